/*
 * The fields of commands (IHI 0070 4.1.5): on four kinds of instance, which
 * bits of each command are Reserved, bit by bit; ignored as a whole, or faulted
 * with strict-commands. Masks are written out from chapter 4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "commands.h"
#include "configs.h"
#include "fixture.h"

#define ALL (~UINT64_C(0))

typedef enum Kind {
    PLAIN,                      /* SMMUv3.0, stage 1, no RIL */
    STAGE1,                     /* SMMUv3.1, stage 1 */
    STAGE2,                     /* SMMUv3.1, stage 2 */
    NESTED,                     /* SMMUv3.2, both, Hyp */
    WIDE,                       /* SMMUv3.4, both, Hyp, DS, substreams */
} Kind;

static const char *const kinds[] = {
    [PLAIN] = "arch=3.0,stage=1,ril=off",
    [STAGE1] = "arch=3.1,stage=1",
    [STAGE2] = "arch=3.1,stage=2",
    [NESTED] = "arch=3.2,stage=nested",
    [WIDE] = "arch=3.4,stage=nested,oas=52,vax=52,ds=on,ssidsize=8",
};

#define TG_4K_TTL_3 UINT64_C(0x700)

/*
 * A legal command, which of its bits are Reserved, and with which it is illegal
 * on any instance: SSec = 1, and TG without range or level.
 */
typedef struct Row {
    const char *name;
    Kind kind;
    uint64_t word[2];
    uint64_t reserved[2];
    uint64_t illegal[2];
} Row;

#define OK { 0, 0 }
#define SSEC { 0x400, 0 }
#define TG { 0, 0xc00 }

static const Row rows[] = {
    { "PREFETCH_CONFIG", STAGE1, { 0x01, 0 }, { 0x300, ALL }, SSEC },
    { "PREFETCH_CONFIG", WIDE, { 0x01, 0 }, { 0x300, ALL }, SSEC },
    { "PREFETCH_ADDR, Stride", STAGE1, { 0x02, 0 }, { 0x300, 0xc00 },
      SSEC },
    { "PREFETCH_ADDR, no Stride", PLAIN, { 0x02, 0 }, { 0x300, 0xfe0 },
      SSEC },
    { "CFGI_STE", STAGE1, { 0x03, 0 }, { 0xfffffb00, ALL - 1 },
      SSEC },
    { "CFGI_STE_RANGE", NESTED, { 0x04, 0 }, { 0xfffffb00, ALL - 0x1f },
      SSEC },
    { "CFGI_ALL", STAGE2, { 0x04, 31 }, { 0xfffffb00, ALL - 0x1f },
      SSEC },
    { "CFGI_CD", STAGE1, { 0x05, 0 }, { 0xb00, ALL - 1 }, SSEC },
    { "CFGI_CD", WIDE, { 0x05, 0 }, { 0xb00, ALL - 1 }, SSEC },
    { "CFGI_CD_ALL", WIDE, { 0x06, 0 }, { 0xfffffb00, ALL }, SSEC },

    { "NH_ALL", STAGE1, { 0x10, 0 }, { 0xffffffffffffff00, ALL }, OK },
    { "NH_ALL", NESTED, { 0x10, 0 }, { 0xffff0000ffffff00, ALL }, OK },
    { "NH_ASID", STAGE1, { 0x11, 0 }, { 0x0000ffffffffff00, ALL }, OK },
    { "NH_ASID", NESTED, { 0x11, 0 }, { 0x00000000ffffff00, ALL }, OK },
    { "NH_VA, no RIL", PLAIN, { 0x12, 0 }, { 0x0000ffffffffff00, 0xffe }, OK },
    { "NH_VA, TG 0", STAGE1, { 0x12, 0 }, { 0x0000ffffffffff00, 0x3fe },
      TG },
    { "NH_VA", STAGE1, { 0x12, TG_4K_TTL_3 },
      { 0x0000fffffe0e0f00, 0xfe }, OK },
    { "NH_VA, TG 0", NESTED, { 0x12, 0 }, { 0x00000000ffffff00, 0x3fe },
      TG },
    { "NH_VA", NESTED, { 0x12, TG_4K_TTL_3 }, { 0xfe0e0f00, 0xfe }, OK },
    { "NH_VA, DS", WIDE, { 0x12, TG_4K_TTL_3 }, { 0xfc0e0f00, 0xfe }, OK },
    { "NH_VAA, no RIL", PLAIN, { 0x13, 0 },
      { 0xffffffffffffff00, 0xffe }, OK },
    { "NH_VAA, TG 0", WIDE, { 0x13, 0 }, { 0xffff0000ffffff00, 0x3fe },
      TG },
    { "NH_VAA, DS", WIDE, { 0x13, TG_4K_TTL_3 },
      { 0xffff0000fc0e0f00, 0xfe }, OK },

    { "EL2_ALL", NESTED, { 0x20, 0 }, { 0xffffffffffffff00, ALL }, OK },
    { "EL2_ASID", NESTED, { 0x21, 0 }, { 0x0000ffffffffff00, ALL }, OK },
    { "EL2_VA, TG 0", NESTED, { 0x22, 0 }, { 0x0000ffffffffff00, 0x3fe },
      TG },
    { "EL2_VA", NESTED, { 0x22, TG_4K_TTL_3 },
      { 0x0000fffffe0e0f00, 0xfe }, OK },
    { "EL2_VAA, TG 0", WIDE, { 0x23, 0 }, { 0xffffffffffffff00, 0x3fe },
      TG },
    { "EL2_VAA, DS", WIDE, { 0x23, TG_4K_TTL_3 },
      { 0xfffffffffc0e0f00, 0xfe }, OK },

    { "S12_VMALL", STAGE2, { 0x28, 0 }, { 0xffff0000ffffff00, ALL }, OK },
    { "S2_IPA, TG 0", STAGE2, { 0x2a, 0 },
      { 0xffff0000ffffff00, 0xfff00000000003fe }, TG },
    { "S2_IPA", NESTED, { 0x2a, TG_4K_TTL_3 },
      { 0xffff0000fe0e0f00, 0xfff00000000000fe }, OK },
    { "S2_IPA, SMMUv3.4", WIDE, { 0x2a, TG_4K_TTL_3 },
      { 0xffff0000fc0e0f00, 0xff000000000000fe }, OK },
    { "NSNH_ALL", STAGE1, { 0x30, 0 }, { 0xffffffffffffff00, ALL }, OK },
    { "NSNH_ALL", STAGE2, { 0x30, 0 }, { 0xffffffffffffff00, ALL }, OK },

    { "SYNC, SMMUv3.0", PLAIN, { 0x46, 0 },
      { 0xf03fcf00, 0xffff000000000003 }, OK },
    { "SYNC", STAGE1, { 0x46, 0 }, { 0xf03fcf00, 0xfff0000000000003 }, OK },
    { "SYNC, SMMUv3.4", WIDE, { 0x46, 0 },
      { 0xf03fcf00, 0xff00000000000003 }, OK },
};

static Fixture *instance(Kind kind, bool strict)
{
    MsmmuConfig config = config_of(kinds[kind]);
    Fixture *f;

    config.strict_commands = strict;
    f = fixture_new(&config);
    fixture_enable_queues(f, 7);
    fixture_forget(f);
    return f;
}

/*
 * Whether @f consumes the command. If not, it is replaced, and the error
 * acknowledged, so that the queue goes on (7.1).
 */
static bool consumes(Fixture *f, uint64_t word0, uint64_t word1)
{
    uint32_t at = fixture_reg32(f, 0x98);

    fixture_forget(f);
    fixture_command(f, word0, word1);
    if (fixture_reg32(f, 0x60) == fixture_reg32(f, 0x64)) {
        g_assert_cmphex(fixture_reg32(f, 0x9c) & 0xff, ==,
                        fixture_reg32(f, 0x98));
        return true;
    }
    g_assert_cmphex(fixture_reg32(f, 0x60) ^ fixture_reg32(f, 0x64), ==, 1);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 0x01000000 | at);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_CMDQ_SYNC], ==, 0);
    g_assert_cmpuint(f->guest_errors->len, <=, 1);
    fixture_write64(f, FIXTURE_CMDQ + 16 * (at & 0x7f), 0x46);
    fixture_write64(f, FIXTURE_CMDQ + 16 * (at & 0x7f) + 8, 0);
    fixture_set_reg32(f, 0x64, fixture_reg32(f, 0x60));
    g_assert_cmphex(fixture_reg32(f, 0x9c) & 0xff, ==,
                    fixture_reg32(f, 0x98));
    return false;
}

/* Each bit beside the opcode, set alone in the command of the row */
static void check_bits(const Row *row, bool strict)
{
    Fixture *f = instance(row->kind, strict);

    g_test_message("%s, %s, strict %d", row->name, kinds[row->kind], strict);
    g_assert_true(consumes(f, row->word[0], row->word[1]));
    for (unsigned bit = 8; bit < 128; bit++) {
        uint64_t word[2] = { row->word[0], row->word[1] };
        uint64_t mask = UINT64_C(1) << bit % 64;
        bool legal = !(row->illegal[bit / 64] & mask) &&
                     !(strict && row->reserved[bit / 64] & mask);

        word[bit / 64] |= mask;
        if (consumes(f, word[0], word[1]) != legal) {
            g_error("%s (%s): bit %u is %s", row->name, kinds[row->kind], bit,
                    legal ? "illegal" : "legal");
        }
    }
    fixture_free(f);
}

static void test_strict(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        check_bits(&rows[i], true);
    }
}

static void test_ignored(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        check_bits(&rows[i], false);
    }
}

/* Ignored as a whole: with all Reserved bits 1 a command does the same. */
static void test_ignored_as_a_whole(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const Row *row = &rows[i];
        Fixture *f = instance(row->kind, false), *g;

        g_test_message("%s, %s", row->name, kinds[row->kind]);
        g = instance(row->kind, false);
        g_assert_true(consumes(f, row->word[0], row->word[1]));
        g_assert_true(consumes(g, row->word[0] | row->reserved[0],
                               row->word[1] | row->reserved[1]));
        g_assert_cmpuint(fixture_unmap_count(f), ==, fixture_unmap_count(g));
        for (unsigned n = 0; n < fixture_unmap_count(f); n++) {
            const MsmmuInvalidation *a = fixture_unmap(f, n);
            const MsmmuInvalidation *b = fixture_unmap(g, n);

            g_assert_cmpint(a->scope, ==, b->scope);
            g_assert_cmpint(a->world, ==, b->world);
            g_assert_cmphex(a->asid, ==, b->asid);
            g_assert_cmphex(a->vmid, ==, b->vmid);
            g_assert_cmpint(a->leaf_only, ==, b->leaf_only);
            g_assert_cmphex(a->first, ==, b->first);
            g_assert_cmphex(a->last, ==, b->last);
            g_assert_cmpuint(a->granule_shift, ==, b->granule_shift);
            g_assert_cmpuint(a->ttl, ==, b->ttl);
        }
        fixture_free(f);
        fixture_free(g);
    }
}

/* Reserved, yes, but of what is illegal or IGNORED all the same */
static void test_what_is_not_reserved(void)
{
    static const struct {
        const char *name;
        Kind kind;
        uint64_t word0;
        uint64_t word1;
    } cases[] = {
        { "SSV and SubstreamID without substreams (4.2)", STAGE1,
          0x00000042fffff801, 0 },
        { "the same of PREFETCH_ADDR", STAGE1, 0x00000042fffff802,
          0xfffffffffffff3ff },
        { "CFGI_CD of a SubstreamID out of range (4.3.3)", STAGE1,
          0x0000004200001005, 1 },
        { "a StreamID out of range (4.1.7)", STAGE1, 0xffffffff00000003, 0 },
        { "CFGI_ALL with a StreamID", STAGE1, 0xffffffff00000004, 31 },
        { "MSI parameters of SIG_NONE (4.7.3)", STAGE1, 0xffffffff0fc00046,
          0x000ffffffffffffc },
        { "MSI parameters of SIG_SEV", STAGE1, 0xffffffff0fc02046,
          0x000ffffffffffffc },
        { "MSI parameters of SIG_IRQ", STAGE1, 0xffffffff0fc01046,
          0x000ffffffffffffc },
        { "MSH 1, taken as 0", STAGE1, 0x0000000000401046, 0 },
        { "ASID of EL2_VA with E2H 0 (4.4.2.8)", NESTED, 0xffff000000000022,
          0x1000 },
        { "a VA beyond the VAS (4.4.2)", STAGE1, 0x0001000000000012,
          0x1234567890123000 },
        { "an IPA beyond the IAS (4.4.3.1)", STAGE2, 0x000000010000002a,
          0x000ffffffffff000 },
        { "SCALE beyond 39 (4.4.1.1)", WIDE, 0x0000000003f00012, 0x400 },
        { "TTL 1 of 16KB without DS (4.4.1.1)", STAGE1, 0x0000000000001012,
          0x900 },
        { "TG of a granule that is not there", STAGE1, 0x0000000000001012,
          0x800 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = instance(cases[i].kind, true);

        g_test_message("%s", cases[i].name);
        g_assert_true(consumes(f, cases[i].word0, cases[i].word1));
        fixture_free(f);
    }
}

/* ASID and VMID of 8 bits: 4.4 says what the upper half does, and no error */
static void test_eight_bits(void)
{
    MsmmuConfig config = config_of("stage=nested,asidsize=8,vmidsize=8,"
                                   "strict-commands=on");
    static const uint64_t words[] = {
        0x0100000000000011, 0x0000010000000010, 0x0000ff0000000028,
        0xff00000000000012, 0x000001000000002a,
    };
    Fixture *f = fixture_new(&config);

    fixture_enable_queues(f, 7);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_assert_true(consumes(f, words[i], 0));
        g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
    }
    fixture_free(f);
}

/*
 * What drivers send: Linux 6.1 to 7.3 (CMD_SYNC always has MSH and MSIAttr, EL2
 * forms with E2H, ranges with TTL 0 to 3), FreeBSD, and Xen.
 */
static void test_drivers(void)
{
    static const uint64_t linux_words[][2] = {
        { 0x0000000000000004, 31 },                 /* CFGI_ALL */
        { 0x0000001800000003, 1 },                  /* CFGI_STE, Leaf */
        { 0x0000001800000003, 0 },
        { 0x0000001800005005, 1 },                  /* CFGI_CD of SSID 5 */
        { 0x0000001800000006, 0 },
        { 0x0000001800000001, 0 },                  /* PREFETCH_CFG */
        { 0x0000000000000020, 0 }, { 0x0000000000000030, 0 },
        { 0x0001000000000011, 0 }, { 0x0001000000000021, 0 },
        { 0x0000000300000010, 0 }, { 0x0000000300000028, 0 },
        { 0x0001000000000012, 0x0000ffffff7ff001 },
        { 0x000100000000f012, 0x0000ffffff7ff701 }, /* 4K, TTL 3, NUM 15 */
        { 0x0001000000100012, 0x0000ffffff800400 }, /* Leaf 0, TTL 0 */
        { 0x0001000000900022, 0xffff800000000601 },
        { 0x000000030011f02a, 0x000fffffff800701 },
        { 0x0000000000000013, 0x1000 },
        { 0x000000000fc02046, 0 },                  /* SYNC, SIG_SEV */
        { 0x000000000fc01046, 0x0000000080001234 }, /* SYNC, MSI */
        { 0x0000000000000046, 0 },
    };
    Fixture *f = instance(NESTED, true);

    for (size_t i = 0; i < G_N_ELEMENTS(linux_words); i++) {
        g_test_message("%zu", i);
        g_assert_true(consumes(f, linux_words[i][0], linux_words[i][1]));
    }
    fixture_free(f);
}

/* A line for whoever writes a driver: which command, and why */
static void test_reasons(void)
{
    static const struct {
        uint64_t word0;
        uint64_t word1;
        const char *pattern;
    } cases[] = {
        { 0x40, 0, "*(CMD_ATC_INV)*no such command (4.1.3)*" },
        { 0xff, 0, "*(Reserved)*no such command (4.1.3)*" },
        { 0x28, 0, "*(CMD_TLBI_S12_VMALL)*no such command (4.1.3)*" },
        { 0x403, 0, "*0x0000000000000403*(CMD_CFGI_STE)*SSec*(4.1.6)*" },
        { 0x3046, 0, "*(CMD_SYNC)*CS*(4.7.3)*" },
        { 0x12, 0x400, "*(CMD_TLBI_NH_VA)*TG*(4.4.1.1)*" },
        { 0x130, 0, "*(CMD_TLBI_NSNH_ALL)*Reserved*strict-commands*" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = instance(STAGE1, true);

        fixture_command(f, cases[i].word0, cases[i].word1);
        g_assert_cmpuint(f->guest_errors->len, ==, 1);
        if (!g_pattern_match_simple(cases[i].pattern,
                                    f->guest_errors->pdata[0])) {
            g_error("%s", (char *)f->guest_errors->pdata[0]);
        }
        fixture_free(f);
    }
}

/* 4.1.1, all that have one */
static void test_names(void)
{
    unsigned named = 0;

    for (unsigned opcode = 0; opcode < 256; opcode++) {
        named += msmmu_command_name(opcode) != NULL;
    }
    g_assert_cmpuint(named, ==, 34);
    g_assert_cmpstr(msmmu_command_name(0x04), ==, "CMD_CFGI_STE_RANGE");
    g_assert_cmpstr(msmmu_command_name(0x1a), ==, "CMD_TLBI_EL3_VA");
    g_assert_cmpstr(msmmu_command_name(0x5a), ==, "CMD_TLBI_S_S2_IPA");
    g_assert_cmpstr(msmmu_command_name(0x73), ==, "CMD_DPTI_PA");
    g_assert_null(msmmu_command_name(0x80));
    g_assert_null(msmmu_command_name(0x29));
}

#define ADD(path, func) g_test_add_func("/msmmu/command-fields/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("strict-faults-each-reserved-bit-and-no-other", test_strict);
    ADD("reserved-bits-are-ignored", test_ignored);
    ADD("reserved-bits-are-ignored-as-a-whole", test_ignored_as_a_whole);
    ADD("ignored-and-out-of-range-is-not-reserved",
        test_what_is_not_reserved);
    ADD("upper-half-of-8-bit-ids-is-no-error", test_eight_bits);
    ADD("what-drivers-send-is-legal-when-strict", test_drivers);
    ADD("illegal-commands-are-explained", test_reasons);
    ADD("every-command-has-its-name", test_names);
    return g_test_run();
}
