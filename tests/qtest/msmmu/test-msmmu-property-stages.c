/*
 * Properties of msmmu-smmuv3 that are about translation, each set both ways:
 * what it changes for a DMA, or in a register where nothing else shows it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "property.h"

#define CD0_PAN (1ULL << 40)
#define CD1_HAD0 (1ULL << 1)
#define CD1_E0PD0 (1ULL << 2)
#define CD1_EPAN (1ULL << 59)
#define TABLE_READ_ONLY (1ULL << 62)    /* APTable[1] */
#define S2_XN_EL1 (1ULL << 53)          /* XN[1:0] = 0b01 with XNX */
#define S2_MEMATTR_MASK (0xfULL << 2)
#define S2_MEMATTR_NO_TAG_ACCESS (4ULL << 2)

static uint64_t attach_and_read(QProbe *p, const QSetup *x, uint32_t attr)
{
    qsetup_attach(p, x);
    return qprobe_read(p, QPROBE_IOVA, attr);
}

/* ---- Stages and formats ------------------------------------------------ */

static uint64_t stage1(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);

    return attach_and_read(p, &x, 0);
}

static uint64_t stage2(QProbe *p)
{
    QSetup x = qsetup_stage2(p, 12, 39);

    return attach_and_read(p, &x, 0);
}

static uint64_t nested(QProbe *p)
{
    QSetup x;

    qsetup_nested(p, &x);
    return attach_and_read(p, &x, 0);
}

static uint64_t tables_of_16k(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 14, 39);

    return attach_and_read(p, &x, 0);
}

static uint64_t tables_of_64k(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 16, 39);

    return attach_and_read(p, &x, 0);
}

/* 5.4 CD.AA64 */
static uint64_t lpae_tables(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 32);

    x.cd.word[0] &= ~QCD_AA64;
    return attach_and_read(p, &x, 0);
}

/* 5.4 CD.ENDI */
static uint64_t big_endian_tables(QProbe *p)
{
    QTables t = {
        .s = p->s, .shift = 12, .input_bits = 39, .start_level = 1,
        .big_endian = true,
    };
    QSetup x;

    qtables_create(&t);
    qtables_map(&t, QPROBE_IOVA, p->data, QPTE_RW, 3);
    x = qsetup_tables(p, &t);
    return attach_and_read(p, &x, 0);
}

/* ---- Sizes -------------------------------------------------------------- */

/* A page at 2^40 where nothing is; CD.IPS says 48 bits */
static uint64_t output_beyond_40_bits(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);

    qtables_map(&x.s1, QPROBE_IOVA, 1ULL << 40, QPTE_RW, 3);
    return attach_and_read(p, &x, 0);
}

static uint64_t input_of_52_bits(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 16, 52);

    qtables_map(&x.s1, 1ULL << 51, p->data, QPTE_RW, 3);
    qsetup_attach(p, &x);
    return qprobe_read(p, 1ULL << 51, 0);
}

/* A Block of 512 GiB, in a table with CD.DS = 1 */
static uint64_t block_at_level_0(QProbe *p)
{
    QTables t = {
        .s = p->s, .shift = 12, .input_bits = 48, .start_level = 0,
        .wide = QWIDE_DS,
    };
    QSetup x;

    qtables_create(&t);
    qtables_map(&t, 1ULL << 44, 0, QPTE_RW, 0);
    x = qsetup_tables(p, &t);
    qsetup_attach(p, &x);
    return qprobe_read(p, (1ULL << 44) | p->data, 0);
}

/* T0SZ = 40, one more than without small tables */
static uint64_t input_of_24_bits(QProbe *p)
{
    QTables t = qtables_stage1(p->s, 12, 24);
    QSetup x;

    qtables_map(&t, 0x200000, p->data, QPTE_RW, 3);
    x = qsetup_tables(p, &t);
    qsetup_attach(p, &x);
    return qprobe_read(p, 0x200000, 0);
}

/* ---- Hardware updates --------------------------------------------------- */

/* CD.HA, and a page that nobody has accessed yet */
static uint64_t access_flag(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);
    uint64_t slot = qtables_map(&x.s1, QPROBE_IOVA, p->data,
                                QPTE_RW & ~QPTE_AF, 3);
    uint64_t ended;

    x.cd.word[0] |= QCD_HA;
    ended = attach_and_read(p, &x, 0);
    g_assert_cmphex(qtables_read(&x.s1, slot) & QPTE_AF, ==,
                    ended == QENDED_OK ? QPTE_AF : 0);
    return ended;
}

/* CD.HD, and a page that is writable and clean */
static uint64_t dirty_state(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);
    uint64_t slot = qtables_map(&x.s1, QPROBE_IOVA, p->data,
                                QPTE_RW | QPTE_READ_ONLY | QPTE_DBM, 3);
    uint64_t ended;

    x.cd.word[0] |= QCD_HA | QCD_HD;
    qsetup_attach(p, &x);
    ended = qprobe_write(p, QPROBE_IOVA);
    g_assert_cmphex(qtables_read(&x.s1, slot) & QPTE_READ_ONLY, ==,
                    ended == QENDED_OK ? 0 : QPTE_READ_ONLY);
    return ended;
}

/* ---- Permissions -------------------------------------------------------- */

/* 5.4 CD.HAD0: a write below a read-only table */
static uint64_t read_only_table(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);
    uint64_t slot = qtables_slot(&x.s1, QPROBE_IOVA, 2);

    qtables_write(&x.s1, slot, qtables_read(&x.s1, slot) | TABLE_READ_ONLY);
    x.cd.word[1] |= CD1_HAD0;
    qsetup_attach(p, &x);
    return qprobe_write(p, QPROBE_IOVA);
}

static uint64_t unprivileged_below_e0pd(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);

    x.cd.word[1] |= CD1_E0PD0;
    return attach_and_read(p, &x, 0);
}

/* Data of a page that the unprivileged may execute, not read */
static uint64_t privileged_read_with_epan(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);

    qtables_map(&x.s1, QPROBE_IOVA, p->data, QPTE_RW & ~QPTE_USER, 3);
    x.cd.word[0] |= CD0_PAN;
    x.cd.word[1] |= CD1_EPAN;
    return attach_and_read(p, &x, QATTR_PRIV);
}

/* XN[1:0] = 0b01 keeps the privileged out, and nobody without XNX. */
static uint64_t privileged_fetch(QProbe *p)
{
    QSetup x = qsetup_stage2(p, 12, 39);

    qtables_map(&x.s2, QPROBE_IOVA, p->data, QS2_RW | S2_XN_EL1, 3);
    return attach_and_read(p, &x, QATTR_INST | QATTR_PRIV);
}

/* In the StreamWorld EL2 AP[1] means nothing; STE.STRW is ignored without. */
static uint64_t page_of_el2(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);

    qtables_map(&x.s1, QPROBE_IOVA, p->data, QPTE_RW & ~QPTE_USER, 3);
    x.ste.word[1] |= QSTE1_STRW(2);
    return attach_and_read(p, &x, 0);
}

/* STE.PRIVCFG: an unprivileged transaction becomes privileged. */
static uint64_t privileged_page_with_privcfg(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);

    qtables_map(&x.s1, QPROBE_IOVA, p->data, QPTE_RW & ~QPTE_USER, 3);
    x.ste.word[1] |= QSTE1_PRIVCFG(3);
    return attach_and_read(p, &x, 0);
}

/* ---- Attributes --------------------------------------------------------- */

/* MTCFG and MemAttr of GBPA are there, or RES0 (6.3.14). */
static uint64_t gbpa_memory_type(QProbe *p)
{
    qsmmu_set_gbpa(p->s, QGBPA_SHCFG_INCOMING | 0x15);
    return qsmmu_readl(p->s, QSMMU_GBPA);
}

/*
 * MemAttr 0b0100 of stage 2: Normal, NoTagAccess, or Reserved, which is Device
 * here. With STE.S2PTW no table is read from Device memory.
 */
static uint64_t table_without_tag_access(QProbe *p)
{
    QSetup x;
    uint64_t slot;

    qsetup_nested(p, &x);
    slot = qtables_slot(&x.s2, x.s1.root, 3);
    qtables_write(&x.s2, slot,
                  (qtables_read(&x.s2, slot) & ~S2_MEMATTR_MASK) |
                  S2_MEMATTR_NO_TAG_ACCESS);
    x.ste.word[2] |= QSTE2_PTW;
    return attach_and_read(p, &x, 0);
}

/* 5.2 STE.S2FWB: not with VMSAv8-32 LPAE, and ignored without the feature */
static uint64_t fwb_of_lpae_tables(QProbe *p)
{
    QSetup x = qsetup_stage2(p, 12, 32);

    x.ste.word[2] &= ~QSTE2_AA64;
    x.ste.word[1] |= QSTE1_S2FWB;
    return attach_and_read(p, &x, 0);
}

/* IDR3.PTWNNC; what it changes, a cache would show. */
static uint64_t idr3_ptwnnc(QProbe *p)
{
    return qsmmu_readl(p->s, QSMMU_IDR3) >> 14 & 1;
}

/* ---- The table ---------------------------------------------------------- */

static const QProperty properties[] = {
    { "stage", "stage-1-is-translated-or-c_bad_ste", { "1", "2" }, NULL,
      stage1, { QENDED_OK, QENDED_BY(C_BAD_STE) } },
    { "stage", "stage-2-is-translated-or-c_bad_ste", { "1", "2" }, NULL,
      stage2, { QENDED_BY(C_BAD_STE), QENDED_OK } },
    { "stage", "both-are-translated-or-c_bad_ste", { "2", "nested" }, NULL,
      nested, { QENDED_BY(C_BAD_STE), QENDED_OK } },
    { "granules", "4k-is-translated-or-c_bad_cd", { "4k", "16k+64k" }, NULL,
      stage1, { QENDED_OK, QENDED_BY(C_BAD_CD) } },
    { "granules", "16k-is-translated-or-c_bad_cd", { "16k", "4k+64k" }, NULL,
      tables_of_16k, { QENDED_OK, QENDED_BY(C_BAD_CD) } },
    { "granules", "64k-is-translated-or-c_bad_cd", { "4k+16k", "64k" }, NULL,
      tables_of_64k, { QENDED_BY(C_BAD_CD), QENDED_OK } },
    { "formats", "lpae-is-translated-or-c_bad_cd", { "aa64", "aa32+aa64" },
      NULL, lpae_tables, { QENDED_BY(C_BAD_CD), QENDED_OK } },
    { "ttendian", "big-is-translated-or-c_bad_cd", { "little", "big" }, NULL,
      big_endian_tables, { QENDED_BY(C_BAD_CD), QENDED_OK } },
    { "ttendian", "mixed-takes-both", { "big", "mixed" }, NULL, stage1,
      { QENDED_BY(C_BAD_CD), QENDED_OK } },
    { "oas", "an-output-beyond-it-is-f_addr_size", { "40", "44" }, NULL,
      output_beyond_40_bits,
      { QENDED_BY(F_ADDR_SIZE), QENDED(QSTATUS_ABORTED, 2, 0) } },
    { "vax", "52-bit-inputs-are-translated-or-c_bad_cd", { "48", "52" },
      "granules=64k", input_of_52_bits,
      { QENDED_BY(C_BAD_CD), QENDED_OK } },
    { "ds", "blocks-of-level-0-are-translated-or-f_translation",
      { "off", "on" }, "vax=52", block_at_level_0,
      { QENDED_BY(F_TRANSLATION), QENDED_OK } },
    { "stt", "24-bit-inputs-are-translated-or-c_bad_cd", { "off", "on" },
      NULL, input_of_24_bits, { QENDED_BY(C_BAD_CD), QENDED_OK } },
    { "httu", "access-flag-is-set-or-c_bad_cd", { "off", "access" }, NULL,
      access_flag, { QENDED_BY(C_BAD_CD), QENDED_OK } },
    { "httu", "dirty-state-is-set-or-c_bad_cd", { "access", "dirty" }, NULL,
      dirty_state, { QENDED_BY(C_BAD_CD), QENDED_OK } },
    { "had", "hierarchical-bits-are-disabled-or-count", { "off", "on" },
      "arch=3.0", read_only_table,
      { QENDED_BY(F_PERMISSION), QENDED_OK } },
    { "e0pd", "the-unprivileged-are-kept-out-or-not", { "off", "on" }, NULL,
      unprivileged_below_e0pd, { QENDED_OK, QENDED_BY(F_TRANSLATION) } },
    { "epan", "executable-pages-are-protected-or-not", { "off", "on" }, NULL,
      privileged_read_with_epan, { QENDED_OK, QENDED_BY(F_PERMISSION) } },
    { "xnx", "xn-is-by-privilege-or-not", { "off", "on" }, "stage=2",
      privileged_fetch, { QENDED_OK, QENDED_BY(F_PERMISSION) } },
    { "hyp", "strw-selects-el2-or-is-ignored", { "off", "on" },
      "stage=nested", page_of_el2, { QENDED_BY(F_PERMISSION), QENDED_OK } },
    { "attr-perms-ovr", "privcfg-applies-or-is-ignored", { "off", "on" },
      NULL, privileged_page_with_privcfg,
      { QENDED_BY(F_PERMISSION), QENDED_OK } },
    { "attr-types-ovr", "gbpa-has-a-memory-type-or-res0", { "off", "on" },
      NULL, gbpa_memory_type, { 0, 0x1015 } },
    { "mteperm", "no-tag-access-is-normal-or-reserved", { "off", "on" },
      "stage=nested", table_without_tag_access,
      { QENDED_BY(F_PERMISSION), QENDED_OK } },
    { "fwb", "s2fwb-counts-or-is-ignored", { "off", "on" },
      "stage=2,formats=aa32+aa64", fwb_of_lpae_tables,
      { QENDED_OK, QENDED_BY(C_BAD_STE) } },
    { "ptwnnc", "idr3-tells", { "off", "on" }, "stage=nested", idr3_ptwnnc,
      { 0, 1 } },
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qproperty_add(properties, ARRAY_SIZE(properties));
    return g_test_run();
}
