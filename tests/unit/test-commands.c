/*
 * Commands: what each one names as invalid, each illegal form, the signals of
 * CMD_SYNC. Words as in chapter 4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fixture.h"

#define CERROR_ILL_WORD 1

static Fixture *fixture_with_queue(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_enable_queues(f, 7);
    fixture_forget(f);
    return f;
}

static Fixture *fixture_without_ril(void)
{
    MsmmuConfig config = msmmu_config_default();
    Fixture *f;

    config.ril = MSMMU_SWITCH_OFF;
    f = fixture_new(&config);
    fixture_enable_queues(f, 7);
    fixture_forget(f);
    return f;
}

/* The command at index 0 was not consumed, with @cerror as the reason. */
static void check_error(Fixture *f, unsigned cerror)
{
    g_assert_cmpuint(fixture_cerror(f), ==, cerror);
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

/* ---- What is invalid ----------------------------------------------------- */

typedef struct Case {
    const char *name;
    uint64_t word0;
    uint64_t word1;
    MsmmuInvalidation expect;
} Case;

static void check_invalidation(const MsmmuInvalidation *is,
                               const MsmmuInvalidation *expect)
{
    g_assert_cmpint(is->scope, ==, expect->scope);
    g_assert_cmphex(is->first, ==, expect->first);
    g_assert_cmphex(is->last, ==, expect->last);
    if (expect->scope == MSMMU_INV_STREAMS) {
        return;
    }
    g_assert_cmpint(is->world, ==, MSMMU_WORLD_NS_EL1);
    g_assert_cmpuint(is->vmid, ==, 0);
    g_assert_cmpint(is->leaf_only, ==, expect->leaf_only);
    g_assert_cmpuint(is->granule_shift, ==, expect->granule_shift);
    g_assert_cmpuint(is->ttl, ==, expect->ttl);
    if (expect->scope == MSMMU_INV_ASID || expect->scope == MSMMU_INV_VA) {
        g_assert_cmphex(is->asid, ==, expect->asid);
    }
}

static void check_cases(const Case *cases, size_t count, bool ril)
{
    for (size_t i = 0; i < count; i++) {
        Fixture *f = ril ? fixture_with_queue() : fixture_without_ril();

        g_test_message("%s", cases[i].name);
        fixture_command(f, cases[i].word0, cases[i].word1);
        check_consumed(f);
        g_assert_cmpuint(fixture_unmap_count(f), ==, 1);
        check_invalidation(fixture_unmap(f, 0), &cases[i].expect);
        fixture_free(f);
    }
}

static void test_configuration(void)
{
    static const Case cases[] = {
        { "CFGI_STE", 0x0001234500000003, 1,
          { MSMMU_INV_STREAMS, .first = 0x12345, .last = 0x12345 } },
        { "CFGI_STE, Leaf 0", 0xffffffff00000003, 0,
          { MSMMU_INV_STREAMS, .first = 0xffffffff, .last = 0xffffffff } },
        { "CFGI_STE_RANGE of 2", 0x0000012300000004, 0,
          { MSMMU_INV_STREAMS, .first = 0x122, .last = 0x123 } },
        { "CFGI_STE_RANGE of 2^8", 0x0001234500000004, 7,
          { MSMMU_INV_STREAMS, .first = 0x12300, .last = 0x123ff } },
        { "CFGI_STE_RANGE of 2^31", 0x9234567800000004, 30,
          { MSMMU_INV_STREAMS, .first = 0x80000000, .last = 0xffffffff } },
        { "CFGI_ALL, StreamID is IGNORED", 0x1234567800000004, 31,
          { MSMMU_INV_STREAMS, .first = 0, .last = 0xffffffff } },
        { "CFGI_CD", 0x0000004200000005, 1,
          { MSMMU_INV_STREAMS, .first = 0x42, .last = 0x42 } },
        { "CFGI_CD_ALL", 0x0000004200000006, 0,
          { MSMMU_INV_STREAMS, .first = 0x42, .last = 0x42 } },
    };

    check_cases(cases, G_N_ELEMENTS(cases), true);
}

/* With and without RIL: TG is 0. */
static const Case plain_tlbi[] = {
    { "NH_ALL", 0x0000000000000010, 0,
      { MSMMU_INV_VMID_S1, .last = UINT64_MAX } },
    { "NH_ALL, VMID is RES0 without stage 2", 0x0000567800000010, 0,
      { MSMMU_INV_VMID_S1, .last = UINT64_MAX } },
    { "NH_ASID", 0xabcd000000000011, 0,
      { MSMMU_INV_ASID, .asid = 0xabcd, .last = UINT64_MAX } },
    { "NH_VA", 0x8001000000000012, 0x0000123456789000,
      { MSMMU_INV_VA, .asid = 0x8001, .first = 0x0000123456789000,
        .last = 0x0000123456789fff } },
    { "NH_VA, leaf, address 0", 0x0007000000000012, 0x1,
      { MSMMU_INV_VA, .asid = 7, .leaf_only = true, .last = 0xfff } },
    { "NH_VA, upper half", 0x0007000000000012, 0xffff800000001000,
      { MSMMU_INV_VA, .asid = 7, .first = 0xffff800000001000,
        .last = 0xffff800000001fff } },
    { "NH_VA, last page", 0x0007000000000012, 0xfffffffffffff000,
      { MSMMU_INV_VA, .asid = 7, .first = 0xfffffffffffff000,
        .last = UINT64_MAX } },
    { "NH_VA, tag of the lower half", 0x0007000000000012, 0xab00000000003000,
      { MSMMU_INV_VA, .asid = 7, .first = 0x3000, .last = 0x3fff } },
    { "NH_VA, tag of the upper half", 0x0007000000000012, 0x12ff000000003000,
      { MSMMU_INV_VA, .asid = 7, .first = 0xffff000000003000,
        .last = 0xffff000000003fff } },
    { "NH_VAA", 0x0007000000000013, 0x0000000000042001,
      { MSMMU_INV_VA_ANY_ASID, .leaf_only = true, .first = 0x42000,
        .last = 0x42fff } },
    { "NSNH_ALL", 0x0000000000000030, 0,
      { MSMMU_INV_WORLD, .last = UINT64_MAX } },
    { "NH_VA, TG 0: NUM, SCALE, TTL are RES0", 0x0007000001f1f012,
      0x0000000000042300,
      { MSMMU_INV_VA, .asid = 7, .first = 0x42000, .last = 0x42fff } },
};

static void test_tlb(void)
{
    check_cases(plain_tlbi, G_N_ELEMENTS(plain_tlbi), true);
    check_cases(plain_tlbi, G_N_ELEMENTS(plain_tlbi), false);
}

/*
 * NUM is [16:12] and SCALE [24:20] of the first word, TG [11:10] and TTL [9:8]
 * of the second.
 */
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
          { MSMMU_INV_VA, .asid = 1, .first = 0x40000000, .last = 0x40000fff,
            .granule_shift = 12, .ttl = 2 } },
        { "4K, block at level 1", 0x0001000000000013, 0x40000500,
          { MSMMU_INV_VA_ANY_ASID, .first = 0x40000000, .last = 0x40000fff,
            .granule_shift = 12, .ttl = 1 } },
        { "16K, three pages", 0x0001000000002013, 0x40800,
          { MSMMU_INV_VA_ANY_ASID, .first = 0x40000, .last = 0x4bfff,
            .granule_shift = 14 } },
        { "16K, TTL 1 counts as 0", 0x0001000000001013, 0x40900,
          { MSMMU_INV_VA_ANY_ASID, .first = 0x40000, .last = 0x47fff,
            .granule_shift = 14 } },
        { "16K, TTL 2", 0x0001000000000013, 0x40a00,
          { MSMMU_INV_VA_ANY_ASID, .first = 0x40000, .last = 0x43fff,
            .granule_shift = 14, .ttl = 2 } },
        { "64K, TTL 1", 0x0001000000000013, 0x40d00,
          { MSMMU_INV_VA_ANY_ASID, .first = 0x40000, .last = 0x4ffff,
            .granule_shift = 16, .ttl = 1 } },
        { "64K, the most", 0x0001000001f1f012, 0xc00,
          { MSMMU_INV_VA, .asid = 1, .first = 0,
            .last = 0x000fffffffffffff, .granule_shift = 16 } },
        { "beyond the top it does not wrap", 0x0001000001f1f012,
          0xfffffffffffffc00,
          { MSMMU_INV_VA, .asid = 1, .first = 0xfffffffffffff000,
            .last = UINT64_MAX, .granule_shift = 16 } },
        { "SCALE[5] is RES0 with DS 0", 0x0001000002001012, 0x42400,
          { MSMMU_INV_VA, .asid = 1, .first = 0x42000, .last = 0x43fff,
            .granule_shift = 12 } },
    };

    check_cases(cases, G_N_ELEMENTS(cases), true);
}

/* Without RIL all four fields are RES0, so this is one page. */
static void test_ranges_without_ril(void)
{
    static const Case cases[] = {
        { "range", 0x0001000001f1f012, 0x42c00,
          { MSMMU_INV_VA, .asid = 1, .first = 0x42000, .last = 0x42fff } },
        { "Reserved with RIL", 0x0001000000000012, 0x42400,
          { MSMMU_INV_VA, .asid = 1, .first = 0x42000, .last = 0x42fff } },
    };

    check_cases(cases, G_N_ELEMENTS(cases), false);
}

/* What is out of range has no effect (4.1.7). */
static void test_out_of_range(void)
{
    Fixture *f = fixture_with_queue();

    /* CFGI_CD of SubstreamID 1: there are no substreams. */
    fixture_command(f, 0x0000004200001005, 1);
    check_consumed(f);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
    fixture_free(f);
}

static void test_prefetch(void)
{
    Fixture *f = fixture_with_queue();

    f->reads = 0;
    fixture_command(f, 0x0000004200000001, 0);
    fixture_command(f, 0x0000004200fff801, 0);
    fixture_command(f, 0x0000004200000002, 0x123456789fff);
    check_consumed(f);
    g_assert_cmpuint(f->reads, ==, 3);      /* the commands themselves */
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
    g_assert_false(fixture_event(f, &(FixtureEvent) { }));
    fixture_free(f);
}

/* ---- Illegal commands ---------------------------------------------------- */

/* Opcodes that a stage 1 instance without ATS, PRI and stalls has (4.1.1). */
static bool opcode_exists(unsigned opcode)
{
    static const uint8_t opcodes[] = {
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x30,
        0x46,
    };

    return memchr(opcodes, opcode, sizeof(opcodes));
}

/*
 * Among them EL2 and EL3 forms, stage 2, Secure forms, ATC_INV, PRI_RESP,
 * RESUME, STALL_TERM, CFGI_VMS_PIDM and DPTI, which upstream consumed.
 */
static void test_every_opcode(void)
{
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        Fixture *f = fixture_with_queue();

        g_test_message("0x%02x", opcode);
        fixture_command(f, opcode, 0);
        if (opcode_exists(opcode)) {
            check_consumed(f);
        } else {
            check_error(f, CERROR_ILL_WORD);
        }
        fixture_free(f);
    }
}

static void test_illegal_parameters(void)
{
    static const struct {
        const char *name;
        uint64_t word0;
        uint64_t word1;
    } cases[] = {
        { "PREFETCH_CONFIG, SSec", 0x401, 0 },
        { "PREFETCH_ADDR, SSec", 0x402, 0 },
        { "CFGI_STE, SSec", 0x403, 0 },
        { "CFGI_STE_RANGE, SSec", 0x404, 0 },
        { "CFGI_ALL, SSec", 0x404, 31 },
        { "CFGI_CD, SSec", 0x405, 0 },
        { "CFGI_CD of another SubstreamID, SSec", 0x1405, 0 },
        { "CFGI_CD_ALL, SSec", 0x406, 0 },
        { "SYNC, CS 3", 0x3046, 0 },
        { "NH_VA, TG 4K alone", 0x12, 0x42400 },
        { "NH_VA, TG 16K alone", 0x12, 0x40800 },
        { "NH_VA, TG 64K alone", 0x12, 0x40c00 },
        { "NH_VAA, TG 4K alone", 0x13, 0x42400 },
        { "NH_VA, TG 16K, TTL 1", 0x12, 0x40900 },
        { "NH_VAA, TG 16K, TTL 1", 0x13, 0x40900 },
        { "NH_VA, TG 4K, only SCALE[5]", 0x2000012, 0x42400 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_with_queue();

        g_test_message("%s", cases[i].name);
        fixture_command(f, cases[i].word0, cases[i].word1);
        check_error(f, CERROR_ILL_WORD);
        fixture_free(f);
    }
}

/* Of what 4.1.5 permits: Reserved fields are ignored. */
static void test_reserved_fields(void)
{
    static const uint64_t cases[][2] = {
        { 0x00000042fffffb03, 0xfffffffffffffffe },
        { 0x00000042fffff304, 0xffffffffffffffff },
        { 0x0000ffffffffff10, 0xffffffffffffffff },
        { 0xffffffffffffff11, 0xffffffffffffffff },
        { 0xffffffffffffff30, 0xffffffffffffffff },
        { 0xffffffffffffcf46, 0xffffffffffffffff },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_with_queue();

        fixture_command(f, cases[i][0], cases[i][1]);
        check_consumed(f);
        fixture_free(f);
    }
}

/* ---- CMD_SYNC ------------------------------------------------------------ */

/* The consumption must be observable when the interrupt is. */
static void see_consumed(Fixture *f, MsmmuIrq irq)
{
    if (irq == MSMMU_CORE_IRQ_CMDQ_SYNC) {
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, fixture_reg32(f, 0x98));
    }
}

static void test_sync(void)
{
    static const struct {
        const char *name;
        uint64_t word0;
        uint64_t word1;
        unsigned irqs;
    } cases[] = {
        { "SIG_NONE", 0x0046, 0, 0 },
        { "SIG_IRQ", 0x1046, 0, 1 },
        { "SIG_IRQ, MSI parameters are IGNORED", 0xdeadbeef0fc01046,
          0x80001000, 1 },
        { "SIG_SEV without SEV", 0x2046, 0, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_with_queue();

        g_test_message("%s", cases[i].name);
        f->on_irq = see_consumed;
        fixture_command(f, cases[i].word0, cases[i].word1);
        check_consumed(f);
        g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_CMDQ_SYNC], ==,
                         cases[i].irqs);
        g_assert_cmpuint(f->writes, ==, 0);
        fixture_free(f);
    }
}

#define ADD(path, func) g_test_add_func("/msmmu/commands/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("cfgi-names-its-streams", test_configuration);
    ADD("tlbi-names-its-scope", test_tlb);
    ADD("tlbi-ranges", test_ranges);
    ADD("tlbi-ranges-need-ril", test_ranges_without_ril);
    ADD("out-of-range-has-no-effect", test_out_of_range);
    ADD("prefetch-is-consumed", test_prefetch);
    ADD("absent-opcodes-are-illegal", test_every_opcode);
    ADD("illegal-parameters", test_illegal_parameters);
    ADD("reserved-fields-are-ignored", test_reserved_fields);
    ADD("sync-completion-signals", test_sync);
    return g_test_run();
}
