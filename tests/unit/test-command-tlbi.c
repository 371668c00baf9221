/*
 * TLBI commands: what each one names as invalid on instances with different
 * features, and each illegal form. Words as in 4.4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "commands.h"
#include "fixture.h"

/* What an instance has, and CR2.E2H. */
enum {
    S2 = 1 << 0,                /* besides stage 1 */
    HYP = 1 << 1,
    ID8 = 1 << 2,               /* 8-bit ASIDs and VMIDs */
    NO_RIL = 1 << 3,
    DS = 1 << 4,
    E2H = 1 << 5,
    NO_16K = 1 << 6,
    NO_4K = 1 << 7,
};

static uint32_t with(uint32_t word, uint32_t bits, bool on)
{
    return on ? word | bits : word & ~bits;
}

static Fixture *instance(unsigned has)
{
    Fixture *f = fixture_new(NULL);
    MsmmuRegisters *regs = msmmu_registers(f->m);

    regs->idr[0] = with(regs->idr[0], 0x2, true);       /* S1P */
    regs->idr[0] = with(regs->idr[0], 0x1, has & S2);
    regs->idr[0] = with(regs->idr[0], 0x200, has & HYP);
    regs->idr[0] = with(regs->idr[0], 0x1000, !(has & ID8));    /* ASID16 */
    regs->idr[0] = with(regs->idr[0], 0x40000, !(has & ID8));   /* VMID16 */
    regs->idr[3] = with(regs->idr[3], 0x400, !(has & NO_RIL));
    regs->idr[5] = with(regs->idr[5], 0x10, !(has & NO_4K));
    regs->idr[5] = with(regs->idr[5], 0x20, !(has & NO_16K));
    regs->idr[5] = with(regs->idr[5], 0x80, has & DS);
    regs->cr2 = with(regs->cr2, 0x1, has & E2H);
    fixture_enable_queues(f, 7);
    fixture_forget(f);
    return f;
}

static void check_illegal(Fixture *f)
{
    g_assert_cmpuint(fixture_cerror(f), ==, 1);
    g_assert_cmphex(fixture_reg32(f, 0x9c) & 0xfffff, ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
}

static void check_consumed(Fixture *f)
{
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, fixture_reg32(f, 0x98));
}

typedef struct Case {
    const char *name;
    uint64_t word0;
    uint64_t word1;
    MsmmuInvalidation expect;
} Case;

/* Every field that the scope has, and no other. */
static void check_invalidation(const MsmmuInvalidation *is,
                               const MsmmuInvalidation *expect)
{
    g_assert_cmpint(is->scope, ==, expect->scope);
    g_assert_cmpint(is->world, ==, expect->world);
    g_assert_cmphex(is->asid, ==, expect->asid);
    g_assert_cmphex(is->vmid, ==, expect->vmid);
    g_assert_cmphex(is->first, ==, expect->first);
    g_assert_cmphex(is->last, ==, expect->last);
    g_assert_cmpint(is->leaf_only, ==, expect->leaf_only);
    g_assert_cmpuint(is->granule_shift, ==, expect->granule_shift);
    g_assert_cmpuint(is->ttl, ==, expect->ttl);
}

static void check_cases(const Case *cases, size_t count, unsigned has)
{
    for (size_t i = 0; i < count; i++) {
        Fixture *f = instance(has);

        g_test_message("%s", cases[i].name);
        fixture_command(f, cases[i].word0, cases[i].word1);
        check_consumed(f);
        g_assert_cmpuint(fixture_unmap_count(f), ==, 1);
        check_invalidation(fixture_unmap(f, 0), &cases[i].expect);
        fixture_free(f);
    }
}

#define CHECK(cases, has) check_cases(cases, G_N_ELEMENTS(cases), has)

/* Legal, and naming nothing that an entry could have. */
static void check_nothing(const uint64_t words[][2], size_t count,
                          unsigned has)
{
    for (size_t i = 0; i < count; i++) {
        Fixture *f = instance(has);

        g_test_message("%zu", i);
        fixture_command(f, words[i][0], words[i][1]);
        check_consumed(f);
        g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
        fixture_free(f);
    }
}

/* ---- NS-EL1 (4.4.2) ---- */

/* On any instance: VMID is 0. */
static void test_el1(void)
{
    static const Case cases[] = {
        { "NH_ALL", 0x0000000000000010, 0,
          { MSMMU_INV_VMID_S1, .last = UINT64_MAX } },
        { "NH_ASID", 0x00cd000000000011, 0,
          { MSMMU_INV_ASID, .asid = 0xcd, .last = UINT64_MAX } },
        { "NH_VA", 0x0081000000000012, 0x0000123456789000,
          { MSMMU_INV_VA, .asid = 0x81, .first = 0x0000123456789000,
            .last = 0x0000123456789fff } },
        { "NH_VA, leaf, address 0", 0x0007000000000012, 0x1,
          { MSMMU_INV_VA, .asid = 7, .leaf_only = true, .last = 0xfff } },
        { "NH_VA, upper half", 0x0007000000000012, 0xffff800000001000,
          { MSMMU_INV_VA, .asid = 7, .first = 0xffff800000001000,
            .last = 0xffff800000001fff } },
        { "NH_VA, 52 bits", 0x0007000000000012, 0x000fedcba9876000,
          { MSMMU_INV_VA, .asid = 7, .first = 0x000fedcba9876000,
            .last = 0x000fedcba9876fff } },
        { "NH_VA, 52 bits of the upper half", 0x0007000000000012,
          0xfff0123456789000,
          { MSMMU_INV_VA, .asid = 7, .first = 0xfff0123456789000,
            .last = 0xfff0123456789fff } },
        { "NH_VA, last page", 0x0007000000000012, 0xfffffffffffff000,
          { MSMMU_INV_VA, .asid = 7, .first = 0xfffffffffffff000,
            .last = UINT64_MAX } },
        { "NH_VA, tag of the lower half", 0x0007000000000012,
          0xab00000000003000,
          { MSMMU_INV_VA, .asid = 7, .first = 0x3000, .last = 0x3fff } },
        { "NH_VA, tag of the upper half", 0x0007000000000012,
          0x12ff000000003000,
          { MSMMU_INV_VA, .asid = 7, .first = 0xffff000000003000,
            .last = 0xffff000000003fff } },
        { "NH_VAA, ASID is RES0", 0x0007000000000013, 0x0000000000042001,
          { MSMMU_INV_VA_ANY_ASID, .leaf_only = true, .first = 0x42000,
            .last = 0x42fff } },
        { "NSNH_ALL", 0x0000000000000030, 0,
          { MSMMU_INV_WORLD, .last = UINT64_MAX } },
        { "NSNH_ALL has no parameters", 0xffffffff00000030, 0,
          { MSMMU_INV_WORLD, .last = UINT64_MAX } },
        { "NH_VA, TG 0: NUM, SCALE, TTL, TTL128 are RES0",
          0x0007000003f1f012, 0x0000000000042380,
          { MSMMU_INV_VA, .asid = 7, .first = 0x42000, .last = 0x42fff } },
    };

    CHECK(cases, 0);
    CHECK(cases, NO_RIL);
    CHECK(cases, S2 | HYP | E2H | DS);
    CHECK(cases, S2 | ID8);
}

static void test_sixteen_bits(void)
{
    static const Case cases[] = {
        { "NH_ALL", 0x0000567800000010, 0,
          { MSMMU_INV_VMID_S1, .vmid = 0x5678, .last = UINT64_MAX } },
        { "NH_ASID", 0xabcd567800000011, 0,
          { MSMMU_INV_ASID, .asid = 0xabcd, .vmid = 0x5678,
            .last = UINT64_MAX } },
        { "NH_VA", 0x8001fffe00000012, 0x1000,
          { MSMMU_INV_VA, .asid = 0x8001, .vmid = 0xfffe, .first = 0x1000,
            .last = 0x1fff } },
        { "NH_VAA", 0x0000800100000013, 0x1000,
          { MSMMU_INV_VA_ANY_ASID, .vmid = 0x8001, .first = 0x1000,
            .last = 0x1fff } },
        { "S12_VMALL", 0x0000800100000028, 0,
          { MSMMU_INV_VMID, .vmid = 0x8001, .last = UINT64_MAX } },
        { "S2_IPA", 0x000080010000002a, 0x1000,
          { MSMMU_INV_IPA, .vmid = 0x8001, .first = 0x1000,
            .last = 0x1fff } },
    };

    CHECK(cases, S2);
}

/* With 8 bits, the others are RES0, and what has them matches nothing. */
static void test_eight_bits(void)
{
    static const Case cases[] = {
        { "NH_ASID", 0x00ff00fe00000011, 0,
          { MSMMU_INV_ASID, .asid = 0xff, .vmid = 0xfe,
            .last = UINT64_MAX } },
        { "S12_VMALL", 0x000000ff00000028, 0,
          { MSMMU_INV_VMID, .vmid = 0xff, .last = UINT64_MAX } },
        { "NH_VAA, ASID is RES0", 0x0100000100000013, 0x1000,
          { MSMMU_INV_VA_ANY_ASID, .vmid = 1, .first = 0x1000,
            .last = 0x1fff } },
    };
    static const uint64_t nothing[][2] = {
        { 0x0000010000000010, 0 },
        { 0x0100000000000011, 0 },
        { 0x0001010000000011, 0 },
        { 0xff01000100000012, 0x1000 },
        { 0x0001800100000012, 0x1000 },
        { 0x0000010100000013, 0x1000 },
        { 0x0000010100000028, 0 },
        { 0x000001010000002a, 0x1000 },
        { 0x0101000000000021, 0 },
        { 0x0101000000000022, 0x1000 },
    };

    CHECK(cases, S2 | ID8);
    check_nothing(nothing, G_N_ELEMENTS(nothing), S2 | ID8 | HYP | E2H);
}

/* Without stage 2 nothing has a VMID: the parameter is RES0, and ignored. */
static void test_vmid_without_stage2(void)
{
    static const Case cases[] = {
        { "NH_ALL", 0x0000567800000010, 0,
          { MSMMU_INV_VMID_S1, .last = UINT64_MAX } },
        { "NH_ASID", 0x0001567800000011, 0,
          { MSMMU_INV_ASID, .asid = 1, .last = UINT64_MAX } },
        { "NH_VA", 0x0001567800000012, 0,
          { MSMMU_INV_VA, .asid = 1, .last = 0xfff } },
        { "NH_VAA", 0x0000567800000013, 0,
          { MSMMU_INV_VA_ANY_ASID, .last = 0xfff } },
    };

    CHECK(cases, 0);
    CHECK(cases, ID8);
}

/* ---- NS-EL2 (4.4.2.7 to 4.4.2.10) ---- */

static void test_el2(void)
{
    static const Case cases[] = {
        { "EL2_VA, ASID is ignored", 0x4321000000000022, 0x1000,
          { MSMMU_INV_VA, MSMMU_WORLD_NS_EL2, .first = 0x1000,
            .last = 0x1fff } },
        { "EL2_VA, VMID is RES0", 0x0000567800000022, 0x1001,
          { MSMMU_INV_VA, MSMMU_WORLD_NS_EL2, .first = 0x1000,
            .last = 0x1fff, .leaf_only = true } },
        { "EL2_VAA", 0x0000000000000023, 0x1000,
          { MSMMU_INV_VA_ANY_ASID, MSMMU_WORLD_NS_EL2, .first = 0x1000,
            .last = 0x1fff } },
        { "EL2_VAA, range", 0x0000000000001023, 0x10400,
          { MSMMU_INV_VA_ANY_ASID, MSMMU_WORLD_NS_EL2, .first = 0x10000,
            .last = 0x11fff, .granule_shift = 12 } },
        { "EL2_ASID, of E2H all the same", 0x0042000000000021, 0,
          { MSMMU_INV_ASID, MSMMU_WORLD_NS_EL2_E2H, .asid = 0x42,
            .last = UINT64_MAX } },
    };

    CHECK(cases, S2 | HYP);
}

static void test_el2_e2h(void)
{
    static const Case cases[] = {
        { "EL2_VA", 0x4321000000000022, 0x1000,
          { MSMMU_INV_VA, MSMMU_WORLD_NS_EL2_E2H, .asid = 0x4321,
            .first = 0x1000, .last = 0x1fff } },
        { "EL2_VA, VMID is RES0", 0x0001567800000022, 0xffff000000001000,
          { MSMMU_INV_VA, MSMMU_WORLD_NS_EL2_E2H, .asid = 1,
            .first = 0xffff000000001000, .last = 0xffff000000001fff } },
        { "EL2_VAA", 0x4321567800000023, 0x1000,
          { MSMMU_INV_VA_ANY_ASID, MSMMU_WORLD_NS_EL2_E2H, .first = 0x1000,
            .last = 0x1fff } },
        { "EL2_ASID", 0xfedc567800000021, 0,
          { MSMMU_INV_ASID, MSMMU_WORLD_NS_EL2_E2H, .asid = 0xfedc,
            .last = UINT64_MAX } },
    };

    CHECK(cases, S2 | HYP | E2H);
}

/* EL2_ALL is about both worlds, whatever CR2.E2H is. */
static void test_el2_all(void)
{
    for (unsigned e2h = 0; e2h < 2; e2h++) {
        Fixture *f = instance(S2 | HYP | (e2h ? E2H : 0));
        MsmmuInvalidation expect = {
            MSMMU_INV_WORLD, MSMMU_WORLD_NS_EL2_E2H, .last = UINT64_MAX,
        };

        fixture_command(f, 0x4321567800000020, 0);
        check_consumed(f);
        g_assert_cmpuint(fixture_unmap_count(f), ==, 2);
        check_invalidation(fixture_unmap(f, 0), &expect);
        expect.world = MSMMU_WORLD_NS_EL2;
        check_invalidation(fixture_unmap(f, 1), &expect);
        fixture_free(f);
    }
}

/* ---- Stage 2 (4.4.3) ---- */

/*
 * Address is [51:12], without a sign; the rest is taken as zero (4.1.6). (The
 * default instance is an SMMUv3.1.)
 */
static void test_stage2(void)
{
    static const Case cases[] = {
        { "S12_VMALL", 0xffff000700000028, UINT64_MAX,
          { MSMMU_INV_VMID, .vmid = 7, .last = UINT64_MAX } },
        { "S2_IPA", 0xffff00070000002a, 0x0000123456789001,
          { MSMMU_INV_IPA, .vmid = 7, .first = 0x123456789000,
            .last = 0x123456789fff, .leaf_only = true } },
        { "S2_IPA, 52 bits", 0x000000070000002a, 0x000fffffffffe000,
          { MSMMU_INV_IPA, .vmid = 7, .first = 0x000fffffffffe000,
            .last = 0x000fffffffffefff } },
        { "S2_IPA, bits 52 and up", 0x000000070000002a, 0xff98000000001000,
          { MSMMU_INV_IPA, .vmid = 7, .first = 0x0008000000001000,
            .last = 0x0008000000001fff } },
        { "S2_IPA, TTL 2", 0x000000070000002a, 0x40200600,
          { MSMMU_INV_IPA, .vmid = 7, .first = 0x40200000,
            .last = 0x40200fff, .granule_shift = 12, .ttl = 2 } },
        { "S2_IPA, range", 0x000000070011f02a, 0x40010c00,
          { MSMMU_INV_IPA, .vmid = 7, .first = 0x40010000,
            .last = 0x4040ffff, .granule_shift = 16 } },
    };

    CHECK(cases, S2);
    CHECK(cases, S2 | HYP | E2H);
}

/* ---- Ranges and hints (4.4.1.1) ---- */

static void test_ranges(void)
{
    static const Case cases[] = {
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
    static const Case cases[] = {
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
    static const Case cases[] = {
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
    static const Case cases[] = {
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
    uint64_t reserved[2];
    unsigned scale = r->ds ? MIN(r->scale, 39) : r->scale % 32;
    unsigned ttl = r->tg == 2 && r->ttl == 1 && !r->ds ? 0 : r->ttl;
    uint64_t bytes = (uint64_t)(r->num + 1) << scale << (10 + 2 * r->tg);
    const MsmmuInvalidation *is;

    fixture_forget(f);
    msmmu_command_reserved(f->m, cmd, reserved);
    cmd[0] &= ~reserved[0];
    cmd[1] &= ~reserved[1];
    if (!r->num && !scale && !ttl) {
        g_assert_nonnull(msmmu_tlbi_run(f->m, cmd));
        g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
        return false;
    }
    g_assert_null(msmmu_tlbi_run(f->m, cmd));
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
        instance(S2 | HYP | E2H), instance(S2 | HYP | E2H | DS),
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
    static const Case present[] = {
        { "64K", 0x0001000000001012, 0x40c00,
          { MSMMU_INV_VA, .asid = 1, .first = 0x40000, .last = 0x5ffff,
            .granule_shift = 16 } },
        { "any", 0x0001000000000012, 0x40000,
          { MSMMU_INV_VA, .asid = 1, .first = 0x40000, .last = 0x40fff } },
    };
    Fixture *f = instance(NO_16K | S2);

    check_nothing(absent_16k, G_N_ELEMENTS(absent_16k), NO_16K | S2);
    check_nothing(absent_4k, G_N_ELEMENTS(absent_4k), NO_4K | S2);
    CHECK(present, NO_16K | NO_4K);
    fixture_command(f, 0x0001000000000012, 0x40800);
    check_illegal(f);
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
            Fixture *f = instance(S2 | HYP | ID8 | (ds ? DS : 0));

            g_test_message("%s", cases[i].name);
            fixture_command(f, cases[i].word0, cases[i].word1);
            if (!ds || cases[i].with_ds) {
                check_illegal(f);
            } else {
                check_consumed(f);
            }
            fixture_free(f);
        }
    }
}

#define ADD(path, func) g_test_add_func("/msmmu/command-tlbi/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("el1-forms-name-their-scope", test_el1);
    ADD("sixteen-bits-of-asid-and-vmid-count", test_sixteen_bits);
    ADD("more-than-eight-bits-match-nothing", test_eight_bits);
    ADD("vmid-is-ignored-without-stage-2", test_vmid_without_stage2);
    ADD("el2-forms-name-their-scope", test_el2);
    ADD("el2-forms-follow-e2h", test_el2_e2h);
    ADD("el2-all-is-about-both-worlds", test_el2_all);
    ADD("stage-2-forms-name-their-scope", test_stage2);
    ADD("ranges", test_ranges);
    ADD("ranges-without-ds", test_ranges_without_ds);
    ADD("ranges-with-ds-have-six-bits-of-scale", test_ranges_with_ds);
    ADD("ranges-need-ril", test_ranges_without_ril);
    ADD("every-range", test_range_sweep);
    ADD("absent-granule-names-nothing", test_absent_granule);
    ADD("tg-without-range-or-level-is-illegal", test_reserved_combinations);
    return g_test_run();
}
