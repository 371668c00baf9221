/*
 * TLBI commands: ranges and hints (4.4.1.1): what TG, TTL, NUM and SCALE name
 * as invalid on instances with different features, and each illegal form.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "commands.h"
#include "tlbi.h"

/* ---- Ranges and hints (4.4.1.1) ---- */

static void test_ranges(void)
{
    static const TlbiCase cases[] = {
        { "4K, one page by TTL 3", 0x0001000000000012, 0x42700,
          { MSMMU_INV_VA, .asid = 1, .first = 0x42000, .last = 0x42fff,
            .granule_shift = 12, .ttl = 3 } },
        { "4K, two pages", 0x0001000000001012, 0x42400,
          { MSMMU_INV_VA, .asid = 1, .first = 0x42000, .last = 0x43fff,
            .granule_shift = 12 } },
        { "4K, 32 << 1 pages", 0x000100000011f012, 0x40401,
          { MSMMU_INV_VA, .asid = 1, .leaf_only = true, .first = 0x40000,
            .last = 0x7ffff, .granule_shift = 12 } },
        { "4K, SCALE 1, NUM 0", 0x0001000000100012, 0x40400,
          { MSMMU_INV_VA, .asid = 1, .first = 0x40000, .last = 0x41fff,
            .granule_shift = 12 } },
        { "4K, block at level 2", 0x0001000000000012, 0x40000600,
          { MSMMU_INV_VA, .asid = 1, .first = 0x40000000,
            .last = 0x40000fff, .granule_shift = 12, .ttl = 2 } },
        { "4K, block at level 1", 0x0000000000000013, 0x40000500,
          { MSMMU_INV_VA_ANY_ASID, .first = 0x40000000, .last = 0x40000fff,
            .granule_shift = 12, .ttl = 1 } },
        { "16K, three pages", 0x0000000000002013, 0x40800,
          { MSMMU_INV_VA_ANY_ASID, .first = 0x40000, .last = 0x4bfff,
            .granule_shift = 14 } },
        { "16K, TTL 2", 0x0000000000000013, 0x40a00,
          { MSMMU_INV_VA_ANY_ASID, .first = 0x40000, .last = 0x43fff,
            .granule_shift = 14, .ttl = 2 } },
        { "64K, TTL 1", 0x0000000000000013, 0x40d00,
          { MSMMU_INV_VA_ANY_ASID, .first = 0x40000, .last = 0x4ffff,
            .granule_shift = 16, .ttl = 1 } },
        { "beyond the top it does not wrap", 0x0001000001f1f012,
          0xfffffffffffffc00,
          { MSMMU_INV_VA, .asid = 1, .first = 0xfffffffffffff000,
            .last = UINT64_MAX, .granule_shift = 16 } },
        { "TTL128 without D128", 0x0001000000001012, 0x42780,
          { MSMMU_INV_VA, .asid = 1, .first = 0x42000, .last = 0x43fff,
            .granule_shift = 12, .ttl = 3 } },
    };

    CHECK(cases, 0);
    CHECK(cases, DS);
}

static void test_ranges_without_ds(void)
{
    static const TlbiCase cases[] = {
        { "64K, the most", 0x0001000001f1f012, 0xc00,
          { MSMMU_INV_VA, .asid = 1, .first = 0,
            .last = 0x000fffffffffffff, .granule_shift = 16 } },
        { "16K, TTL 1 counts as 0", 0x0000000000001013, 0x40900,
          { MSMMU_INV_VA_ANY_ASID, .first = 0x40000, .last = 0x47fff,
            .granule_shift = 14 } },
        { "SCALE[5] is RES0", 0x0001000002001012, 0x42400,
          { MSMMU_INV_VA, .asid = 1, .first = 0x42000, .last = 0x43fff,
            .granule_shift = 12 } },
    };

    CHECK(cases, 0);
}

static void test_ranges_with_ds(void)
{
    static const TlbiCase cases[] = {
        { "16K, block at level 1", 0x0000000000000013, 0x1000000900,
          { MSMMU_INV_VA_ANY_ASID, .first = 0x1000000000,
            .last = 0x1000003fff, .granule_shift = 14, .ttl = 1 } },
        { "4K, SCALE 32", 0x0001000002000012, 0x400,
          { MSMMU_INV_VA, .asid = 1, .first = 0,
            .last = 0x00000fffffffffff, .granule_shift = 12 } },
        { "16K, SCALE 39", 0x0001000002700012, 0x800,
          { MSMMU_INV_VA, .asid = 1, .first = 0,
            .last = 0x001fffffffffffff, .granule_shift = 14 } },
        { "SCALE 40 acts as 39", 0x0001000002800012, 0x800,
          { MSMMU_INV_VA, .asid = 1, .first = 0,
            .last = 0x001fffffffffffff, .granule_shift = 14 } },
        { "64K, the most", 0x0001000003f1f012, 0xc00,
          { MSMMU_INV_VA, .asid = 1, .first = 0,
            .last = 0x0fffffffffffffff, .granule_shift = 16 } },
    };

    CHECK(cases, DS);
}

/* Without RIL all four fields are RES0, so this is one page. */
static void test_ranges_without_ril(void)
{
    static const TlbiCase cases[] = {
        { "range", 0x0001000001f1f012, 0x42c00,
          { MSMMU_INV_VA, .asid = 1, .first = 0x42000, .last = 0x42fff } },
        { "Reserved with RIL", 0x0001000000000012, 0x42400,
          { MSMMU_INV_VA, .asid = 1, .first = 0x42000, .last = 0x42fff } },
        { "S2_IPA", 0x000000010001f02a, 0x42400,
          { MSMMU_INV_IPA, .vmid = 1, .first = 0x42000, .last = 0x42fff } },
    };

    CHECK(cases, NO_RIL | S2);
}

typedef struct Range {
    bool ds;
    uint8_t opcode;
    uint64_t address;
    unsigned tg, ttl, scale, num;
} Range;

/* Check the command @r on @f. False if it is Reserved. */
static bool check_range(Fixture *f, const Range *r)
{
    uint64_t cmd[2] = {
        r->opcode | r->num << 12 | r->scale << 20,
        r->address | r->tg << 10 | r->ttl << 8,
    };
    const uint64_t *reserved;
    unsigned scale = r->ds ? MIN(r->scale, 39) : r->scale % 32;
    unsigned ttl = r->tg == 2 && r->ttl == 1 && !r->ds ? 0 : r->ttl;
    uint64_t bytes = (uint64_t)(r->num + 1) << scale << (10 + 2 * r->tg);
    const MsmmuInvalidation *is;
    unsigned cost = 1;

    fixture_forget(f);
    reserved = msmmu_command_reserved(f->m, cmd);
    cmd[0] &= ~reserved[0];
    cmd[1] &= ~reserved[1];
    if (!r->num && !scale && !ttl) {
        g_assert_nonnull(msmmu_tlbi_run(f->m, cmd, &cost));
        g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
        return false;
    }
    g_assert_null(msmmu_tlbi_run(f->m, cmd, &cost));
    g_assert_cmpuint(fixture_unmap_count(f), ==, 1);
    is = fixture_unmap(f, 0);
    g_assert_cmphex(is->first, ==, r->address);
    g_assert_cmphex(is->last, ==, r->address +
                                  MIN(bytes - 1, UINT64_MAX - r->address));
    g_assert_cmpuint(is->granule_shift, ==, 10 + 2 * r->tg);
    g_assert_cmpuint(is->ttl, ==, ttl);
    return true;
}

/* Every SCALE, NUM at the limits, each TG and TTL, with and without DS. */
static void test_range_sweep(void)
{
    static const Range forms[] = {
        { .opcode = 0x12, .address = 0x0000040000000000 },
        { .opcode = 0x13, .address = 0xffff040000000000 },
        { .opcode = 0x22, .address = 0x0000040000000000 },
        { .opcode = 0x23, .address = 0xffff040000000000 },
        { .opcode = 0x2a, .address = 0x0000040000000000 },
    };
    static const unsigned nums[] = { 0, 1, 2, 30, 31 };
    Fixture *f[2] = {
        tlbi_instance(S2 | HYP | E2H), tlbi_instance(S2 | HYP | E2H | DS),
    };
    unsigned legal = 0, reserved = 0;

    for (unsigned i = 0; i < 2 * 5 * 3 * 4 * 64 * 5; i++) {
        unsigned n = i;
        Range r = forms[n % 5];

        r.ds = (n /= 5) % 2;
        r.tg = 1 + (n /= 2) % 3;
        r.ttl = (n /= 3) % 4;
        r.scale = (n /= 4) % 64;
        r.num = nums[n / 64];
        if (check_range(f[r.ds], &r)) {
            legal++;
        } else {
            reserved++;
        }
    }
    g_test_message("%u ranges, %u reserved", legal, reserved);
    /* By form: TTL 0 of 3 TGs, and of 16K 1; SCALE 0 and 32 without DS. */
    g_assert_cmpuint(reserved, ==, 5 * (2 * 4 + 3));
    fixture_free(f[0]);
    fixture_free(f[1]);
}

/* Granules that the instance lacks: nothing. Reserved is looked at first. */
static void test_absent_granule(void)
{
    static const uint64_t absent_16k[][2] = {
        { 0x0001000000001012, 0x40800 },
        { 0x0001000000000012, 0x40a00 },
        { 0x0001000000001013, 0x40900 },
        { 0x000000010000102a, 0x40800 },
    };
    static const uint64_t absent_4k[][2] = {
        { 0x0001000000001012, 0x40400 },
        { 0x000000010000002a, 0x40600 },
    };
    static const TlbiCase present[] = {
        { "64K", 0x0001000000001012, 0x40c00,
          { MSMMU_INV_VA, .asid = 1, .first = 0x40000, .last = 0x5ffff,
            .granule_shift = 16 } },
        { "any", 0x0001000000000012, 0x40000,
          { MSMMU_INV_VA, .asid = 1, .first = 0x40000, .last = 0x40fff } },
    };
    Fixture *f = tlbi_instance(NO_16K | S2);

    tlbi_check_nothing(absent_16k, G_N_ELEMENTS(absent_16k), NO_16K | S2);
    tlbi_check_nothing(absent_4k, G_N_ELEMENTS(absent_4k), NO_4K | S2);
    CHECK(present, NO_16K | NO_4K);
    fixture_command(f, 0x0001000000000012, 0x40800);
    tlbi_check_illegal(f);
    fixture_free(f);
}

static void test_reserved_combinations(void)
{
    static const struct {
        const char *name;
        uint64_t word0;
        uint64_t word1;
        bool with_ds;           /* with DS too */
    } cases[] = {
        { "NH_VA, TG 4K alone", 0x12, 0x42400, true },
        { "NH_VA, TG 16K alone", 0x12, 0x40800, true },
        { "NH_VA, TG 64K alone", 0x12, 0x40c00, true },
        { "NH_VAA, TG 4K alone", 0x13, 0x42400, true },
        { "NH_VA, TG 16K, TTL 1", 0x12, 0x40900, false },
        { "NH_VAA, TG 16K, TTL 1", 0x13, 0x40900, false },
        { "NH_VA, TG 4K, only SCALE[5]", 0x2000012, 0x42400, false },
        { "EL2_VA, TG 4K alone", 0x22, 0x42400, true },
        { "EL2_VAA, TG 64K alone", 0x23, 0x40c00, true },
        { "EL2_VAA, TG 16K, TTL 1", 0x23, 0x40900, false },
        { "S2_IPA, TG 4K alone", 0x2a, 0x42400, true },
        { "S2_IPA, TG 16K, TTL 1", 0x2a, 0x40900, false },
        { "an error precedes what has no effect", 0xffffffff00000012,
          0x42400, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (unsigned ds = 0; ds < 2; ds++) {
            Fixture *f = tlbi_instance(S2 | HYP | ID8 | (ds ? DS : 0));

            g_test_message("%s", cases[i].name);
            fixture_command(f, cases[i].word0, cases[i].word1);
            if (!ds || cases[i].with_ds) {
                tlbi_check_illegal(f);
            } else {
                tlbi_check_consumed(f);
            }
            fixture_free(f);
        }
    }
}

#define ADD(path, func) g_test_add_func("/msmmu/command-tlbi/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("ranges", test_ranges);
    ADD("ranges-without-ds", test_ranges_without_ds);
    ADD("ranges-with-ds-have-six-bits-of-scale", test_ranges_with_ds);
    ADD("ranges-need-ril", test_ranges_without_ril);
    ADD("every-range", test_range_sweep);
    ADD("absent-granule-names-nothing", test_absent_granule);
    ADD("tg-without-range-or-level-is-illegal", test_reserved_combinations);
    return g_test_run();
}
