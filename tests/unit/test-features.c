/*
 * Features: the ID registers of configurations as literal words, and every
 * configuration that must be refused.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "configs.h"
#include "fixture.h"

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
        .idr0 = 0x0940301a,
        .idr1 = 0x0e730014,
        .idr3 = 0x00000404,     /* RIL, HAD */
        .idr5 = 0x00000075,     /* three granules, 48 bits */
        .aidr = 0x1,
    });
}

/*
 * Each word is the sum of the fields of 6.3.1 to 6.3.8 that its case names,
 * over what every instance has: IDR0 0x08400010 (ST_LEVEL 1, TTENDIAN 2,
 * COHACC), 0x01000000 (STALL_MODEL 1), 0x2000 (MSI); IDR1 0x0e720000.
 */
static void test_id_registers(void)
{
    static const struct {
        const char *config;
        Words words;
    } cases[] = {
        /* The lowest version; ST_LEVEL 0; HAD is OPTIONAL in it */
        { "granules=4k,oas=32,sidsize=6,two-level=off,ril=off",
          { 0x0140301a, 0x0e730006, 0x4, 0x10, 0x0 } },
        { "granules=16k,oas=36,sidsize=0,arch=3.0",
          { 0x0940301a, 0x0e730000, 0x4, 0x21, 0x0 } },
        { "granules=64k,oas=40,sidsize=32,ril=off,arch=3.1",
          { 0x0940301a, 0x0e730020, 0x4, 0x42, 0x1 } },
        { "granules=4k+64k,oas=42,sidsize=16,arch=3.1",
          { 0x0940301a, 0x0e730010, 0x404, 0x53, 0x1 } },
        /* FWB 0x100, BBML 2 0x1000 */
        { "granules=16k+64k,oas=44,sidsize=16,arch=3.2",
          { 0x0940301a, 0x0e730010, 0x1504, 0x64, 0x2 } },
        /* E0PD 0x2000. Without stage 2, PTWNNC is RES0 */
        { "granules=4k,sidsize=16,arch=3.3",
          { 0x0940301a, 0x0e730010, 0x3504, 0x15, 0x3 } },
        /* EPAN 0x20000. Without stage 2, MTEPERM is RES0 */
        { "granules=4k,sidsize=16,arch=3.4",
          { 0x0940301a, 0x0e730010, 0x23504, 0x15, 0x4 } },
        /* S2P 0x1 and VMID16 0x40000 for S1P and ASID16; XNX 0x10 for HAD */
        { "stage=2",
          { 0x09442019, 0x0e730014, 0x410, 0x75, 0x1 } },
        { "stage=2,arch=3.0,vmidsize=8",
          { 0x09402019, 0x0e730014, 0x0, 0x75, 0x0 } },
        /* PTWNNC 0x4000, MTEPERM 0x400000; E0PD and EPAN are always there */
        { "stage=2,arch=3.4",
          { 0x09442019, 0x0e730014, 0x427510, 0x75, 0x4 } },
        { "stage=nested",
          { 0x0944301b, 0x0e730014, 0x414, 0x75, 0x1 } },
        /* Hyp 0x200 is mandatory from 3.2 on with both stages */
        { "stage=nested,arch=3.2",
          { 0x0944321b, 0x0e730014, 0x1514, 0x75, 0x2 } },
        { "stage=nested,hyp=on,arch=3.0",
          { 0x0944321b, 0x0e730014, 0x4, 0x75, 0x0 } },
        { "stage=nested,asidsize=8,vmidsize=8",
          { 0x0940201b, 0x0e730014, 0x414, 0x75, 0x1 } },
        /* TTF 3, HTTU 2 0x80, TTENDIAN 0, TERM_MODEL 0x4000000 */
        { "formats=aa32+aa64,httu=dirty,ttendian=mixed,term-model=abort",
          { 0x0d00309e, 0x0e730014, 0x404, 0x75, 0x1 } },
        { "httu=access,ttendian=big",
          { 0x0960305a, 0x0e730014, 0x404, 0x75, 0x1 } },
        /* LPA and VAX are of 3.1, HAFT (HTTU 3, 0xc0) and LPA2 of 3.4 */
        { "oas=52,vax=52,granules=64k",
          { 0x0940301a, 0x0e730014, 0x404, 0x446, 0x1 } },
        { "oas=52,vax=52,ds=on,granules=4k+16k,httu=table",
          { 0x094030da, 0x0e730014, 0x3504, 0x4b6, 0x3 } },
        /* SSIDSIZE 20 0x500, CD2L 0x80000; SSIDSIZE 1 0x40 */
        { "ssidsize=20",
          { 0x0948301a, 0x0e730514, 0x404, 0x75, 0x1 } },
        { "ssidsize=1,two-level-cd=off",
          { 0x0940301a, 0x0e730054, 0x404, 0x75, 0x1 } },
        /* SEV 0x4000 */
        { "msi=off,sev=on",
          { 0x0940501a, 0x0e730014, 0x404, 0x75, 0x1 } },
        { "attr-types-ovr=off",
          { 0x0940301a, 0x06730014, 0x404, 0x75, 0x1 } },
        { "attr-perms-ovr=off",
          { 0x0940301a, 0x0a730014, 0x404, 0x75, 0x1 } },
        /* One version early: STT 0x200, FWB and BBML 1 0x800 in 3.1 */
        { "stt=on,fwb=on,bbml=1",
          { 0x0940301a, 0x0e730014, 0xf04, 0x75, 0x1 } },
        { "stage=nested,e0pd=on,ptwnnc=on",
          { 0x0944321b, 0x0e730014, 0x7514, 0x75, 0x2 } },
        { "stage=nested,epan=on,mteperm=on,bbml=1",
          { 0x0944321b, 0x0e730014, 0x426d14, 0x75, 0x3 } },
        /*
         * What QEMU's own arm-smmuv3 of 10.0 says; with stage 2 alone, all of
         * it but ASID16, which means nothing there, and HAD, which is 0.
         */
        { "stage=nested,oas=44,sidsize=16,term-model=abort,bbml=2,"
          "attr-types-ovr=off,attr-perms-ovr=off,msi=off",
          { 0x0d44101b, 0x02730010, 0x1414, 0x74, 0x1 } },
        { "stage=2,oas=44,sidsize=16,term-model=abort,bbml=2,"
          "attr-types-ovr=off,attr-perms-ovr=off,msi=off",
          { 0x0d440019, 0x02730010, 0x1410, 0x74, 0x1 } },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const MsmmuConfig config = config_of(cases[i].config);

        check_words(cases[i].config, &config, &cases[i].words);
    }
}

static void test_output_sizes(void)
{
    static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 52 };

    for (unsigned i = 0; i < G_N_ELEMENTS(bits); i++) {
        MsmmuConfig config = msmmu_config_default();
        Fixture *f;

        config.oas_bits = bits[i];
        f = fixture_new(&config);
        g_assert_cmpuint(fixture_reg32(f, 0x14) & 0x7, ==, i);
        fixture_free(f);
    }
}

/*
 * Features of SMMUv3.x may be in SMMUv3.(x-1) (2.9), except where a field is
 * RES0 in it: XNX, VAX and OAS 52 in SMMUv3.0. What is off gives no reason for
 * a later version, and keeps range invalidation out of one that forbids it.
 */
static void test_arch_auto(void)
{
    static const struct {
        const char *config;
        int minor;
    } cases[] = {
        { "ril=auto", 1 },
        { "ril=off", 0 },
        { "ril=off,httu=dirty,hyp=on,stage=nested,had=on", 0 },
        { "ril=off,oas=52", 1 },
        { "ril=off,vax=52", 1 },
        { "ril=off,stage=2,xnx=on", 1 },
        { "ril=off,fwb=on", 1 },
        { "ril=off,stt=on", 1 },
        { "ril=off,bbml=1", 1 },
        { "e0pd=on", 2 },
        { "stage=2,ptwnnc=on", 2 },
        { "httu=table", 3 },
        { "ds=on,vax=52", 3 },
        { "epan=on", 3 },
        { "stage=2,mteperm=on", 3 },
        { "had=off", 0 },
        { "stage=2", 1 },
        { "stage=2,xnx=off", 0 },
        { "fwb=off", 1 },
        { "e0pd=off", 1 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const MsmmuConfig config = config_of(cases[i].config);
        Fixture *f = fixture_new(&config);

        g_test_message("%s", cases[i].config);
        g_assert_cmpint(msmmu_config(f->m)->arch_minor, ==, cases[i].minor);
        g_assert_cmphex(fixture_reg32(f, 0x1c), ==, cases[i].minor);
        fixture_free(f);
    }
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
        const char *config;
    } cases[] = {
        { "granules", "6.3.6", "granules=none" },
        { "granules", "6.3.6", "granules=8" },
        { "granules", "6.3.6", "granules=9" },
        { "stage", "6.3.1", "stage=none" },
        { "stage", "6.3.1", "stage=4" },
        { "formats", "6.3.1", "formats=none" },
        { "formats", "6.3.1", "formats=aa32" },
        { "formats", "6.3.1", "formats=5" },
        { "ttendian", "6.3.1", "ttendian=3" },
        { "httu", "6.3.1", "httu=4" },
        { "term-model", "6.3.1", "term-model=2" },
        { "oas=0", "6.3.6", "oas=0" },
        { "oas=33", "6.3.6", "oas=33" },
        { "oas=47", "6.3.6", "oas=47" },
        { "oas=56", "6.3.6", "oas=56" },
        { "vax=0", "6.3.6", "vax=0" },
        { "vax=56", "6.3.6", "vax=56" },
        { "asidsize=0", "6.3.1", "asidsize=0" },
        { "asidsize=12", "6.3.1", "asidsize=12" },
        { "vmidsize=0", "6.3.1", "vmidsize=0" },
        { "vmidsize=32", "6.3.1", "vmidsize=32" },
        { "sidsize=33", "6.3.2", "sidsize=33" },
        { "two-level=off", "6.3.2", "two-level=off,sidsize=7" },
        { "not 20", "6.3.2", "two-level=off,sidsize=20" },
        { "ssidsize=21", "6.3.2", "ssidsize=21" },
        { "bbml=3", "6.3.4", "bbml=3" },
        { "tlb-entries=0", "", "tlb-entries=0" },
        { "tlb-entries=8", "", "tlb-entries=8" },
        { "tlb-entries=4095", "", "tlb-entries=4095" },
        { "tlb-entries=2097152", "", "tlb-entries=2097152" },
        { "arch", "6.3.8", "arch=-2" },
        { "arch", "6.3.8", "arch=5" },
        /* what one property asks of another */
        { "formats=aa32+aa64 needs granules=4k", "6.3.6",
          "formats=aa32+aa64,granules=16k+64k" },
        { "ds=on needs granules=4k or granules=16k", "6.3.6",
          "ds=on,vax=52,granules=64k" },
        { "ds=on needs vax=52", "6.3.6", "ds=on" },
        { "vax=52 needs granules=64k", "6.3.6", "vax=52,granules=4k+16k" },
        { "oas=52 needs granules=64k", "6.3.6", "oas=52,granules=4k+16k" },
        { "had=on needs stage=1", "6.3.4", "had=on,stage=2" },
        { "hyp=on needs stage=nested", "6.3.1", "hyp=on,stage=1" },
        { "hyp=on needs stage=nested", "6.3.1", "hyp=on,stage=2" },
        { "xnx=on needs stage=2", "6.3.4", "xnx=on,stage=1" },
        { "ptwnnc=on needs stage=2", "6.3.4", "ptwnnc=on,stage=1" },
        { "mteperm=on needs stage=2", "6.3.4", "mteperm=on,stage=1" },
        /* a feature of a later version */
        { "arch=3.0 does not permit ril=on", "2.4, 2.9", "ril=on,arch=3.0" },
        { "arch=3.0 does not permit oas=52", "6.3.6", "oas=52,arch=3.0" },
        { "arch=3.0 does not permit vax=52", "6.3.6", "vax=52,arch=3.0" },
        { "arch=3.0 does not permit xnx=on", "6.3.4",
          "stage=2,xnx=on,arch=3.0" },
        { "arch=3.0 does not permit fwb=on", "2.4, 2.9", "fwb=on,arch=3.0" },
        { "arch=3.0 does not permit stt=on", "2.4, 2.9", "stt=on,arch=3.0" },
        { "arch=3.0 does not permit bbml=1", "2.4, 2.9", "bbml=1,arch=3.0" },
        { "arch=3.1 does not permit e0pd=on", "2.5, 2.9",
          "e0pd=on,arch=3.1" },
        { "arch=3.1 does not permit ptwnnc=on", "2.5, 2.9",
          "stage=2,ptwnnc=on,arch=3.1" },
        { "arch=3.2 does not permit ds=on", "2.8, 2.9",
          "ds=on,vax=52,arch=3.2" },
        { "arch=3.2 does not permit httu=table", "2.8, 2.9",
          "httu=table,arch=3.2" },
        { "arch=3.2 does not permit epan=on", "2.8, 2.9",
          "epan=on,arch=3.2" },
        { "arch=3.2 does not permit mteperm=on", "2.8, 2.9",
          "stage=2,mteperm=on,arch=3.2" },
        /* a mandatory feature is off */
        { "arch=3.1 needs had=on", "6.3.4", "had=off,arch=3.1" },
        { "arch=3.1 needs xnx=on", "6.3.4", "stage=2,xnx=off,arch=3.1" },
        { "arch=3.2 needs ril=on", "6.3.4", "ril=off,arch=3.2" },
        { "arch=3.4 needs ril=on", "6.3.4", "ril=off,arch=3.4" },
        { "arch=3.2 needs fwb=on", "6.3.4", "fwb=off,arch=3.2" },
        { "arch=3.2 needs bbml=1", "6.3.4", "bbml=0,arch=3.2" },
        { "arch=3.2 needs hyp=on", "6.3.1", "stage=nested,hyp=off,arch=3.2" },
        { "arch=3.3 needs e0pd=on", "6.3.4", "e0pd=off,arch=3.3" },
        { "arch=3.3 needs ptwnnc=on", "6.3.4",
          "stage=2,ptwnnc=off,arch=3.3" },
        { "arch=3.4 needs epan=on", "6.3.4", "epan=off,arch=3.4" },
        { "arch=3.4 needs mteperm=on", "6.3.4",
          "stage=2,mteperm=off,arch=3.4" },
        /* two features that no version has together */
        { "oas=52 needs arch=3.1 or later (IHI 0070 6.3.6), which needs "
          "had=on", "6.3.4", "oas=52,had=off" },
        { "ds=on needs arch=3.3 or later (IHI 0070 2.8, 2.9), which needs "
          "ril=on", "6.3.4", "ds=on,vax=52,ril=off" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const MsmmuConfig config = config_of(cases[i].config);

        check_refused(&config, cases[i].property, cases[i].section);
    }
}

/* ---- Any configuration --------------------------------------------------- */

#define RANDOM_CONFIGS 200000

static unsigned pick(GRand *rand, const uint8_t *values, unsigned count)
{
    return values[g_rand_int_range(rand, 0, count)];
}

#define PICK(...) \
    pick(rand, (const uint8_t[]) { __VA_ARGS__ }, \
         sizeof((const uint8_t[]) { __VA_ARGS__ }))

/* Mostly possible values, often ones that do not go together. */
static MsmmuConfig random_config(GRand *rand)
{
    MsmmuConfig config = msmmu_config_default();

    config.granules = PICK(1, 2, 3, 4, 5, 6, 7);
    config.stages = PICK(1, 2, 3);
    config.formats = PICK(1, 3);
    config.endian = PICK(0, 1, 2);
    config.oas_bits = PICK(32, 36, 40, 42, 44, 48, 52, 52);
    config.va_bits = PICK(48, 52);
    config.ds = PICK(0, 0, 0, 1);
    config.sid_bits = PICK(0, 6, 16, 32);
    config.ssid_bits = PICK(0, 20);
    config.asid_bits = PICK(8, 16);
    config.vmid_bits = PICK(8, 16);
    config.httu = PICK(0, 0, 1, 2, 3);
    config.two_level_cd = PICK(0, 1, 2);
    config.hyp = PICK(0, 0, 0, 1, 2);
    config.had = PICK(0, 0, 0, 1, 2);
    config.xnx = PICK(0, 0, 0, 1, 2);
    config.stt = PICK(0, 0, 0, 1, 2);
    config.fwb = PICK(0, 0, 0, 1, 2);
    config.ril = PICK(0, 0, 0, 1, 2);
    config.bbml = PICK(0, 1, 2) - PICK(0, 1);
    config.e0pd = PICK(0, 0, 0, 1, 2);
    config.ptwnnc = PICK(0, 0, 0, 1, 2);
    config.epan = PICK(0, 0, 0, 1, 2);
    config.mteperm = PICK(0, 0, 0, 1, 2);
    config.arch_minor = PICK(0, 1, 2, 3, 4, 5) - 1;
    return config;
}

/* Bits first..last of @word. */
static uint32_t field(uint32_t word, unsigned last, unsigned first)
{
    return word >> first & (UINT32_MAX >> (31 - last + first));
}

/* What 6.3.1, 6.3.4 and 6.3.6 say of fields together, on the words alone. */
static void check_consistent(const MsmmuRegisters *regs)
{
    uint32_t idr0 = regs->idr[0], idr3 = regs->idr[3], idr5 = regs->idr[5];
    unsigned minor = regs->aidr;
    bool s2p = field(idr0, 0, 0), s1p = field(idr0, 1, 1);
    bool gran4k = field(idr5, 4, 4), gran16k = field(idr5, 5, 5);
    bool gran64k = field(idr5, 6, 6), ds = field(idr5, 7, 7);
    unsigned oas = field(idr5, 2, 0), vax = field(idr5, 11, 10);
    bool fwb = field(idr3, 8, 8), ril = field(idr3, 10, 10);
    unsigned bbml = field(idr3, 12, 11);

    g_assert_true(s1p || s2p);
    g_assert_cmpuint(field(idr0, 3, 2), !=, 0);                 /* TTF */
    if (field(idr0, 9, 9)) {                                    /* Hyp */
        g_assert_true(s1p && s2p);
    } else {
        g_assert_true(minor < 2 || !s1p || !s2p);
    }
    if (field(idr0, 7, 6) == 3) {                               /* HAFT */
        g_assert_cmpuint(minor, >=, 3);
    }
    if (field(idr3, 2, 2)) {                                    /* HAD */
        g_assert_true(s1p);
    } else {
        g_assert_true(minor < 1 || !s1p);
    }
    g_assert_cmpint(field(idr3, 4, 4), ==, s2p && minor >= 1);  /* XNX */
    g_assert_true(minor >= 1 || !(fwb || ril || bbml || field(idr3, 9, 9)));
    g_assert_true(minor < 2 || (fwb && ril && bbml));
    g_assert_cmpuint(bbml, !=, 3);
    if (field(idr3, 13, 13)) {                                  /* E0PD */
        g_assert_cmpuint(minor, >=, 2);
    } else {
        g_assert_cmpuint(minor, <, 3);
    }
    if (field(idr3, 14, 14)) {                                  /* PTWNNC */
        g_assert_true(s2p && minor >= 2);
    } else {
        g_assert_true(minor < 3 || !s2p);
    }
    if (field(idr3, 17, 17)) {                                  /* EPAN */
        g_assert_cmpuint(minor, >=, 3);
    } else {
        g_assert_cmpuint(minor, <, 4);
    }
    if (field(idr3, 22, 22)) {                                  /* MTEPERM */
        g_assert_true(s2p && minor >= 3);
    } else {
        g_assert_true(minor < 4 || !s2p);
    }
    if (field(idr0, 3, 2) & 1) {
        g_assert_true(gran4k);
    }
    g_assert_true(gran4k || gran16k || gran64k);
    if (ds) {
        g_assert_true((gran4k || gran16k) && vax == 1 && minor >= 3);
    }
    if (oas == 6 || vax) {
        g_assert_true((gran64k || ds) && minor >= 1);
    }
}

static void check_nothing_is_auto(const MsmmuConfig *config)
{
    const MsmmuSwitch switches[] = {
        config->two_level_cd, config->hyp, config->had, config->xnx,
        config->stt, config->fwb, config->ril, config->e0pd, config->ptwnnc,
        config->epan, config->mteperm,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(switches); i++) {
        g_assert_cmpint(switches[i], !=, MSMMU_SWITCH_AUTO);
    }
    g_assert_cmpuint(config->bbml, <=, 2);
    g_assert_cmpint(config->arch_minor, >=, 0);
    g_assert_cmpuint(config->sid_bits, <=, 32);
}

/* No version below @end has all that was asked for. */
static void check_none_below(const MsmmuConfig *asked, int end)
{
    for (int minor = 0; minor < end; minor++) {
        MsmmuConfig config = *asked;

        config.arch_minor = minor;
        g_assert_false(msmmu_features_check(&config, NULL));
    }
}

/*
 * What is accepted is as the specification demands, whatever was asked; and
 * what some version permits is accepted.
 */
static void test_random(void)
{
    GRand *rand = g_rand_new_with_seed(g_test_rand_int());
    unsigned accepted = 0, refused = 0;

    for (unsigned i = 0; i < RANDOM_CONFIGS; i++) {
        const MsmmuConfig asked = random_config(rand);
        MsmmuConfig config = asked;
        MsmmuRegisters regs = { 0 };
        GError *error = NULL;

        if (!msmmu_features_check(&config, &error)) {
            refused++;
            g_assert_nonnull(strstr(error->message, "IHI 0070"));
            g_error_free(error);
            check_none_below(&asked, asked.arch_minor < 0 ? 5 : 0);
            continue;
        }
        accepted++;
        check_nothing_is_auto(&config);
        msmmu_id_registers_fill(&config, &regs);
        check_consistent(&regs);
        if (asked.arch_minor == MSMMU_ARCH_AUTO &&
            asked.ril != MSMMU_SWITCH_AUTO) {
            check_none_below(&asked, config.arch_minor);
        }
    }
    g_test_message("%u accepted, %u refused", accepted, refused);
    g_assert_cmpuint(accepted, >, RANDOM_CONFIGS / 1000);
    g_assert_cmpuint(refused, >, RANDOM_CONFIGS / 1000);
    g_rand_free(rand);
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
    g_test_add_func("/msmmu/features/any-that-is-accepted-is-consistent",
                    test_random);
    g_test_add_func("/msmmu/features/instances-differ",
                    test_instances_differ);
    return g_test_run();
}
