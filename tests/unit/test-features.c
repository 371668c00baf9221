/*
 * Features: the ID registers of configurations as literal words, and every
 * configuration that must be refused.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fixture.h"

#define ALL_GRANULES \
    (MSMMU_GRANULES_4K | MSMMU_GRANULES_16K | MSMMU_GRANULES_64K)

/* The words of 6.3.1 to 6.3.8, put together by hand. */
typedef struct Words {
    uint32_t idr0;
    uint32_t idr1;
    uint32_t idr3;
    uint32_t idr5;
    uint32_t aidr;
} Words;

static void check_words(const char *name, const MsmmuConfig *config,
                        const Words *expect)
{
    Fixture *f = fixture_new(config);

    g_test_message("%s", name);
    g_assert_cmphex(fixture_reg32(f, 0x00), ==, expect->idr0);
    g_assert_cmphex(fixture_reg32(f, 0x04), ==, expect->idr1);
    g_assert_cmphex(fixture_reg32(f, 0x08), ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x0c), ==, expect->idr3);
    g_assert_cmphex(fixture_reg32(f, 0x10), ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x14), ==, expect->idr5);
    g_assert_cmphex(fixture_reg32(f, 0x18), ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x1c), ==, expect->aidr);
    fixture_free(f);
}

/*
 * IDR0: S1P 0x2, TTF=2 0x8, COHACC 0x10, ASID16 0x1000, TTENDIAN=2 0x400000,
 * STALL_MODEL=1 0x1000000, ST_LEVEL=1 0x8000000.
 * IDR1: SIDSIZE 20 = 0x14, EVENTQS 19 << 16 = 0x130000, CMDQS 19 << 21 =
 * 0x2600000, ATTR_PERMS_OVR 0x4000000, ATTR_TYPES_OVR 0x8000000.
 */
static void test_default(void)
{
    const MsmmuConfig config = msmmu_config_default();

    check_words("default", &config, &(const Words) {
        .idr0 = 0x0940101a,
        .idr1 = 0x0e730014,
        .idr3 = 0x00000404,     /* RIL, HAD */
        .idr5 = 0x00000075,     /* three granules, 48 bits */
        .aidr = 0x1,
    });
}

static void test_id_registers(void)
{
    static const struct {
        const char *name;
        MsmmuConfig config;
        Words words;
    } cases[] = {
        {
            "4K, linear, SMMUv3.0",
            { MSMMU_GRANULES_4K, MSMMU_STAGE_1, 32, 6, false, false,
              MSMMU_ARCH_AUTO, 16 },
            { 0x0140101a, 0x0e730006, 0x4, 0x10, 0x0 },
        }, {
            "16K, 36 bits, no StreamID bits",
            { MSMMU_GRANULES_16K, MSMMU_STAGE_1, 36, 0, true, false, 0, 16 },
            { 0x0940101a, 0x0e730000, 0x4, 0x21, 0x0 },
        }, {
            "64K, 40 bits, 32 StreamID bits, 3.1 without RIL",
            { MSMMU_GRANULES_64K, MSMMU_STAGE_1, 40, 32, true, false, 1,
              1 << 20 },
            { 0x0940101a, 0x0e730020, 0x4, 0x42, 0x1 },
        }, {
            "4K and 64K, 42 bits, 3.1 with RIL",
            { MSMMU_GRANULES_4K | MSMMU_GRANULES_64K, MSMMU_STAGE_1, 42, 16,
              true, true, 1, 4096 },
            { 0x0940101a, 0x0e730010, 0x404, 0x53, 0x1 },
        }, {
            "16K and 64K, 44 bits, 3.2: FWB and BBML 2",
            { MSMMU_GRANULES_16K | MSMMU_GRANULES_64K, MSMMU_STAGE_1, 44, 16,
              true, true, 2, 4096 },
            { 0x0940101a, 0x0e730010, 0x1504, 0x64, 0x2 },
        }, {
            "3.3: E0PD. Without stage 2, PTWNNC is RES0",
            { MSMMU_GRANULES_4K, MSMMU_STAGE_1, 48, 16, true, true, 3, 4096 },
            { 0x0940101a, 0x0e730010, 0x3504, 0x15, 0x3 },
        }, {
            "3.4: EPAN. Without stage 2, MTEPERM is RES0",
            { MSMMU_GRANULES_4K, MSMMU_STAGE_1, 48, 16, true, true, 4, 4096 },
            { 0x0940101a, 0x0e730010, 0x23504, 0x15, 0x4 },
        },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        check_words(cases[i].name, &cases[i].config, &cases[i].words);
    }
}

static void test_output_sizes(void)
{
    static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48 };

    for (unsigned i = 0; i < G_N_ELEMENTS(bits); i++) {
        MsmmuConfig config = msmmu_config_default();
        Fixture *f;

        config.oas_bits = bits[i];
        f = fixture_new(&config);
        g_assert_cmpuint(fixture_reg32(f, 0x14) & 0x7, ==, i);
        fixture_free(f);
    }
}

/* 2.9: RIL is of SMMUv3.2, so SMMUv3.1 is the lowest that may have it. */
static void test_arch_auto(void)
{
    MsmmuConfig config = msmmu_config_default();
    Fixture *f = fixture_new(&config);

    g_assert_cmpint(msmmu_config(f->m)->arch_minor, ==, 1);
    fixture_free(f);

    config.ril = MSMMU_SWITCH_OFF;
    f = fixture_new(&config);
    g_assert_cmpint(msmmu_config(f->m)->arch_minor, ==, 0);
    fixture_free(f);
}

/* 6.3.2: without two-level tables there are 6 StreamID bits at most. */
static void test_sidsize_auto(void)
{
    MsmmuConfig config = msmmu_config_default();
    Fixture *f = fixture_new(&config);

    g_assert_cmpuint(msmmu_config(f->m)->sid_bits, ==, 20);
    g_assert_cmphex(fixture_reg32(f, 0x04) & 0x3f, ==, 20);
    fixture_free(f);

    config.two_level = false;
    f = fixture_new(&config);
    g_assert_cmpuint(msmmu_config(f->m)->sid_bits, ==, 6);
    g_assert_cmphex(fixture_reg32(f, 0x04) & 0x3f, ==, 6);
    g_assert_cmphex(fixture_reg32(f, 0x00) >> 27 & 0x3, ==, 0);
    fixture_free(f);
}

static void check_refused(const MsmmuConfig *config, const char *property,
                          const char *section)
{
    static const MsmmuOps no_ops;
    GError *error = NULL;
    Msmmu *m = msmmu_new(config, &no_ops, NULL, &error);

    g_assert_null(m);
    g_assert_error(error, MSMMU_ERROR, 0);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, property));
    g_assert_nonnull(strstr(error->message, section));
    g_assert_null(strchr(error->message, '\n'));
    g_error_free(error);
}

static void test_refused(void)
{
    static const struct {
        const char *property;
        const char *section;
        MsmmuConfig config;
    } cases[] = {
        { "granules", "6.3.6",
          { 0, MSMMU_STAGE_1, 48, 16, true, true, -1, 4096 } },
        { "granules", "6.3.6",
          { 0x8, MSMMU_STAGE_1, 48, 16, true, true, -1, 4096 } },
        { "granules", "6.3.6",
          { 0x9, MSMMU_STAGE_1, 48, 16, true, true, -1, 4096 } },
        { "stage", "6.3.1",
          { ALL_GRANULES, 0, 48, 16, true, true, -1, 4096 } },
        { "stage=2", "6.3.1",
          { ALL_GRANULES, MSMMU_STAGE_2, 48, 16, true, true, -1, 4096 } },
        { "stage=nested", "6.3.1",
          { ALL_GRANULES, MSMMU_STAGE_1 | MSMMU_STAGE_2, 48, 16, true, true,
            -1, 4096 } },
        { "oas=0", "6.3.6",
          { ALL_GRANULES, MSMMU_STAGE_1, 0, 16, true, true, -1, 4096 } },
        { "oas=33", "6.3.6",
          { ALL_GRANULES, MSMMU_STAGE_1, 33, 16, true, true, -1, 4096 } },
        { "oas=47", "6.3.6",
          { ALL_GRANULES, MSMMU_STAGE_1, 47, 16, true, true, -1, 4096 } },
        { "oas=52", "6.3.6",
          { ALL_GRANULES, MSMMU_STAGE_1, 52, 16, true, true, -1, 4096 } },
        { "sidsize=33", "6.3.2",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 33, true, true, -1, 4096 } },
        { "two-level=off", "6.3.2",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 7, false, true, -1, 4096 } },
        { "not 20", "6.3.2",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 20, false, true, -1, 4096 } },
        { "tlb-entries=0", "",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 16, true, true, -1, 0 } },
        { "tlb-entries=8", "",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 16, true, true, -1, 8 } },
        { "tlb-entries=4095", "",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 16, true, true, -1, 4095 } },
        { "tlb-entries=2097152", "",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 16, true, true, -1, 1 << 21 } },
        { "arch", "6.3.8",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 16, true, true, -2, 4096 } },
        { "arch", "6.3.8",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 16, true, true, 5, 4096 } },
        /* a feature of x+2 */
        { "ril=on", "2.4, 2.9",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 16, true, true, 0, 4096 } },
        /* a mandatory feature is off */
        { "ril=on", "6.3.4",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 16, true, false, 2, 4096 } },
        { "ril=on", "6.3.4",
          { ALL_GRANULES, MSMMU_STAGE_1, 48, 16, true, false, 4, 4096 } },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        check_refused(&cases[i].config, cases[i].property, cases[i].section);
    }
}

/* Two instances with different properties in one process. */
static void test_instances_differ(void)
{
    MsmmuConfig config = msmmu_config_default();
    Fixture *a, *b;

    config.granules = MSMMU_GRANULES_4K;
    a = fixture_new(&config);
    config.granules = MSMMU_GRANULES_64K;
    b = fixture_new(&config);
    g_assert_cmphex(fixture_reg32(a, 0x14), ==, 0x15);
    g_assert_cmphex(fixture_reg32(b, 0x14), ==, 0x45);
    fixture_free(a);
    fixture_free(b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/features/default-words", test_default);
    g_test_add_func("/msmmu/features/id-registers-follow-the-configuration",
                    test_id_registers);
    g_test_add_func("/msmmu/features/every-output-size", test_output_sizes);
    g_test_add_func("/msmmu/features/auto-is-the-lowest-version",
                    test_arch_auto);
    g_test_add_func("/msmmu/features/sidsize-follows-two-level",
                    test_sidsize_auto);
    g_test_add_func("/msmmu/features/refusals-name-property-and-section",
                    test_refused);
    g_test_add_func("/msmmu/features/instances-differ",
                    test_instances_differ);
    return g_test_run();
}
