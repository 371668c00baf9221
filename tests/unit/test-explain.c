/*
 * Explanations of transactions: the steps and the outcome, as people read them,
 * for each way in which a transaction can end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report_text.h"
#include "rig_stages.h"

/* The sentences of an explanation: each step, the outcome, and from caches. */
static void expect(Fixture *f, MsmmuRequest rq, const char *expected)
{
    ReportText t;

    report_text_init(&t);
    msmmu_explain(f->m, &rq, &t.reporter);
    report_text_expect(t.texts->str, expected);
    report_text_free(&t);
}

#define STE_AT "STE at PA 0x80000140\n"
#define CD_AT "CD at PA 0x40000140\n"
#define LEVEL_0 \
    "stage 1 level 0 descriptor at PA 0x40000000: 0x0000000040010003: " \
    "table at PA 0x40010000\n"
#define TABLES LEVEL_0 \
    "stage 1 level 1 descriptor at PA 0x40010000: 0x0000000040011003: " \
    "table at PA 0x40011000\n" \
    "stage 1 level 2 descriptor at PA 0x40011000: 0x0000000040012003: " \
    "table at PA 0x40012000\n"

/* ---- Stage 1 ---- */

static void test_forwarded(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    expect(r.f, reading(0x1234),
           STE_AT CD_AT TABLES
           "stage 1 level 3 descriptor at PA 0x40012008: "
           "0x0000000000005c43: 4K page at PA 0x5000\n"
           "stage 1 maps 0x1234 to 0x5234 (4K); privileged rw-, "
           "unprivileged rwx; needed: unprivileged r--\n"
           "goes on to PA 0x5234 (4K, rwx)\n");
    rig_free(&r);
}

static void test_translation(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    expect(r.f, reading(0x2000),
           STE_AT CD_AT TABLES
           "stage 1 level 3 descriptor at PA 0x40012010: "
           "0x0000000000000000: invalid\n"
           "aborts with F_TRANSLATION (7.3.13) of stage 1, CLASS IN: the "
           "descriptor is not valid: bit[0] = 0; an event is recorded\n");
    /* Reserved at level 3; a Block at level 0; beyond T0SZ; EPD1. */
    tables_set(&r.t, 0x3000, 3, 0x5001 | TABLES_RW);
    expect(r.f, reading(0x3000),
           STE_AT CD_AT TABLES
           "stage 1 level 3 descriptor at PA 0x40012018: "
           "0x0000000000005c41: illegal\n"
           "aborts with F_TRANSLATION (7.3.13) of stage 1, CLASS IN: a "
           "Reserved descriptor: bits[1:0] = 0b01 at level 3; an event is "
           "recorded\n");
    tables_set(&r.t, UINT64_C(0x8000000000), 0, 0x401);
    expect(r.f, reading(UINT64_C(0x8000000000)),
           STE_AT CD_AT
           "stage 1 level 0 descriptor at PA 0x40000008: "
           "0x0000000000000401: illegal\n"
           "aborts with F_TRANSLATION (7.3.13) of stage 1, CLASS IN: this "
           "granule has no Block at this level; an event is recorded\n");
    expect(r.f, reading(UINT64_C(0x1000000000000)),
           STE_AT CD_AT
           "aborts with F_TRANSLATION (7.3.13) of stage 1, CLASS IN: the "
           "VA has more bits than CD.TxSZ leaves; an event is recorded\n");
    expect(r.f, reading(UINT64_C(0xffff000000000000)),
           STE_AT CD_AT
           "aborts with F_TRANSLATION (7.3.13) of stage 1, CLASS IN: no "
           "walks for the upper half of VAs: CD.EPD1, or a StreamWorld "
           "that has none; an event is recorded\n");
    rig_free(&r);
}

static void test_other_faults_of_stage_1(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW | TABLES_RO);
    expect(r.f, writing(0x1000),
           STE_AT CD_AT TABLES
           "stage 1 level 3 descriptor at PA 0x40012008: "
           "0x0000000000005cc3: 4K page at PA 0x5000\n"
           "stage 1 maps 0x1000 to 0x5000 (4K); privileged r-x, "
           "unprivileged r-x; needed: unprivileged -w-\n"
           "aborts with F_PERMISSION (7.3.16) of stage 1, CLASS IN: stage "
           "1 does not permit this access; an event is recorded\n");
    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_UNPRIV);
    expect(r.f, reading(0x1000),
           STE_AT CD_AT TABLES
           "stage 1 level 3 descriptor at PA 0x40012008: "
           "0x0000000000005043: 4K page at PA 0x5000\n"
           "aborts with F_ACCESS (7.3.15) of stage 1, CLASS IN: the "
           "Access flag is 0, and hardware does not set it; an event is "
           "recorded\n");
    tables_map(&r.t, 0x1000, 3, UINT64_C(0x100000000000), TABLES_RW);
    expect(r.f, reading(0x1000),
           STE_AT CD_AT TABLES
           "stage 1 level 3 descriptor at PA 0x40012008: "
           "0x0000100000000c43: 4K page at PA 0x100000000000\n"
           "aborts with F_ADDR_SIZE (7.3.14) of stage 1, CLASS IN: the "
           "output address exceeds the output size; an event is recorded\n");
    fixture_fail(r.f, 0x40012008, 0x4001200f);
    expect(r.f, reading(0x1000),
           STE_AT CD_AT TABLES
           "stage 1 level 3 descriptor at PA 0x40012008: external abort\n"
           "aborts with F_WALK_EABT (7.3.12) of stage 1, CLASS TT: "
           "external abort: no memory that can be read, or updated, at "
           "this PA; an event is recorded\n");
    rig_free(&r);
}

static void test_unrecorded(void)
{
    Rig r = rig_new(44);

    config_set_bits(&r.cd, A, A, 0);
    config_set_bits(&r.cd, R, R, 0);
    config_put_stage1(r.f, SID, &r.cd);
    expect(r.f, reading(0x1000),
           STE_AT CD_AT
           "stage 1 level 0 descriptor at PA 0x40000000: "
           "0x0000000000000000: invalid\n"
           "RAZ/WI with F_TRANSLATION (7.3.13) of stage 1, CLASS IN: the "
           "descriptor is not valid: bit[0] = 0; the event is not recorded\n");
    rig_free(&r);
}

/* ---- Configuration ---- */

static void test_configuration(void)
{
    Rig r = rig_new(44);
    MsmmuRequest rq = reading(0x1000);
    ConfigWords ste = config_ste_abort();

    config_put_ste(r.f, SID, &ste);
    expect(r.f, rq,
           STE_AT
           "aborts: STE.Config = 0b0xx: abort, and record nothing; no "
           "event\n");
    ste = config_ste_bypass();
    config_put_ste(r.f, SID, &ste);
    expect(r.f, rq,
           STE_AT
           "goes on to PA 0x1000 (16T, rwx)\n");
    expect(r.f, reading(UINT64_C(0x100000000000)),
           STE_AT
           "aborts with F_ADDR_SIZE (7.3.14) of stage 1, CLASS IN: the "
           "address exceeds the OAS; an event is recorded\n");
    ste.word[0] = 0;
    config_put_ste(r.f, SID, &ste);
    expect(r.f, rq,
           STE_AT
           "aborts with C_BAD_STE (7.3.5): V = 0; an event is recorded\n");
    config_put_stage1(r.f, SID, &r.cd);
    rq.ssid_valid = true;
    rq.ssid = 3;
    expect(r.f, rq,
           STE_AT
           "aborts with C_BAD_SUBSTREAMID (7.3.9): a SubstreamID, and "
           "STE.S1CDMax or IDR1.SSIDSIZE is 0; an event is recorded\n");
    rq.ssid_valid = false;
    r.cd.word[0] &= ~(UINT64_C(1) << 31);
    config_put_stage1(r.f, SID, &r.cd);
    expect(r.f, rq,
           STE_AT CD_AT
           "aborts with C_BAD_CD (7.3.11): V = 0; an event is recorded\n");
    fixture_fail(r.f, config_cd_pa(SID), config_cd_pa(SID));
    expect(r.f, rq,
           STE_AT
           "CD at PA 0x40000140: external abort\n"
           "aborts with F_CD_FETCH (7.3.10): external abort: there is no "
           "memory at this PA; an event is recorded\n");
    fixture_fail(r.f, FIXTURE_STRTAB, FIXTURE_STRTAB + 0xffff);
    expect(r.f, rq,
           "STE at PA 0x80000140: external abort\n"
           "aborts with F_STE_FETCH (7.3.4): external abort: there is no "
           "memory at this PA; an event is recorded\n");
    rq.sid = 0x100;
    expect(r.f, rq,
           "aborts with C_BAD_STREAMID (7.3.3): the StreamID is beyond "
           "the Stream table (STRTAB_BASE_CFG.LOG2SIZE, IDR1.SIDSIZE); an "
           "event is recorded\n");
    rig_free(&r);
}

static void test_two_level(void)
{
    Rig r = rig_new(44);

    fixture_set_reg32(r.f, 0x20, 0xc);          /* CR0: SMMUEN = 0 */
    fixture_set_reg32(r.f, 0x88, 0x10188);      /* 2-level, SPLIT 6, 8 bits */
    fixture_set_reg32(r.f, 0x20, 0xd);
    fixture_write64(r.f, FIXTURE_STRTAB, 0);
    expect(r.f, reading(0),
           "L1STD at PA 0x80000000\n"
           "aborts with C_BAD_STREAMID (7.3.3): L1STD.Span = 0: no STEs "
           "for this StreamID; an event is recorded\n");
    config_put_l1std(r.f, FIXTURE_STRTAB, 0x88000000, 3);
    expect(r.f, reading(0),
           "L1STD at PA 0x80000000\n"
           "aborts with C_BAD_STREAMID (7.3.3): the StreamID is beyond "
           "L1STD.Span; an event is recorded\n");
    config_put_l1std(r.f, FIXTURE_STRTAB, 0x88000000, 8);
    expect(r.f, reading(0),
           "L1STD at PA 0x80000000\n"
           "aborts with C_BAD_STREAMID (7.3.3): L1STD.Span is Reserved, "
           "or more than SPLIT permits; an event is recorded\n");
    config_put_l1std(r.f, FIXTURE_STRTAB, 0x88000000, 1);
    expect(r.f, reading(0),
           "L1STD at PA 0x80000000\n"
           "aborts with C_BAD_STREAMID (7.3.3): the StreamID is beyond "
           "L1STD.Span; an event is recorded\n");
    rig_free(&r);
}

static void test_gate(void)
{
    Rig r = rig_new(44);

    fixture_set_reg32(r.f, 0x20, 0xc);
    expect(r.f, reading(0x1000),
           "CR0.SMMUEN = 0: GBPA = 0x1000 rules (ABORT = 0)\n"
           "goes on to PA 0x1000 (16T, rwx)\n");
    expect(r.f, reading(UINT64_C(0x100000000000)),
           "CR0.SMMUEN = 0: GBPA = 0x1000 rules (ABORT = 0)\n"
           "aborts: CR0.SMMUEN = 0, and the address exceeds the OAS; no "
           "event\n");
    fixture_set_reg32(r.f, 0x44, 0x80101000);
    expect(r.f, reading(0x1000),
           "CR0.SMMUEN = 0: GBPA = 0x101000 rules (ABORT = 1)\n"
           "aborts: CR0.SMMUEN = 0 and GBPA.ABORT = 1; no event\n");
    rig_free(&r);
}

/* ---- Two stages ---- */

/* The steps for 0x1000; what the access needs, twice, and how it ends */
static const char nested_steps[] =
    STE_AT
    "stage 2 level 0 descriptor at PA 0x60000000: "
    "0x0000000060010003: table at PA 0x60010000\n"
    "stage 2 level 1 descriptor at PA 0x60010008: "
    "0x0000000060011003: table at PA 0x60011000\n"
    "stage 2 level 2 descriptor at PA 0x60011400: "
    "0x0000000060014003: table at PA 0x60014000\n"
    "stage 2 level 3 descriptor at PA 0x60014000: "
    "0x000000011000f4ff: 4K page at PA 0x11000f000\n"
    "stage 2 maps 0x50000000 to 0x11000f000 (4K); privileged rwx, "
    "unprivileged rwx; needed: privileged r--\n"
    "CD at IPA 0x50000000 = PA 0x11000f000\n"
    "stage 2 level 0 descriptor at PA 0x60000000: "
    "0x0000000060010003: table at PA 0x60010000\n"
    "stage 2 level 1 descriptor at PA 0x60010008: "
    "0x0000000060011003: table at PA 0x60011000\n"
    "stage 2 level 2 descriptor at PA 0x60011000: "
    "0x0000000060012003: table at PA 0x60012000\n"
    "stage 2 level 3 descriptor at PA 0x60012000: "
    "0x00000001003ff4ff: 4K page at PA 0x1003ff000\n"
    "stage 2 maps 0x40000000 to 0x1003ff000 (4K); privileged rwx, "
    "unprivileged rwx; needed: privileged r--\n"
    "stage 1 level 0 descriptor at IPA 0x40000000 = PA "
    "0x1003ff000: 0x0000000040010003: table at IPA 0x40010000\n"
    "stage 2 level 0 descriptor at PA 0x60000000: "
    "0x0000000060010003: table at PA 0x60010000\n"
    "stage 2 level 1 descriptor at PA 0x60010008: "
    "0x0000000060011003: table at PA 0x60011000\n"
    "stage 2 level 2 descriptor at PA 0x60011000: "
    "0x0000000060012003: table at PA 0x60012000\n"
    "stage 2 level 3 descriptor at PA 0x60012080: "
    "0x00000001003ef4ff: 4K page at PA 0x1003ef000\n"
    "stage 2 maps 0x40010000 to 0x1003ef000 (4K); privileged rwx, "
    "unprivileged rwx; needed: privileged r--\n"
    "stage 1 level 1 descriptor at IPA 0x40010000 = PA "
    "0x1003ef000: 0x0000000040011003: table at IPA 0x40011000\n"
    "stage 2 level 0 descriptor at PA 0x60000000: "
    "0x0000000060010003: table at PA 0x60010000\n"
    "stage 2 level 1 descriptor at PA 0x60010008: "
    "0x0000000060011003: table at PA 0x60011000\n"
    "stage 2 level 2 descriptor at PA 0x60011000: "
    "0x0000000060012003: table at PA 0x60012000\n"
    "stage 2 level 3 descriptor at PA 0x60012088: "
    "0x00000001003ee4ff: 4K page at PA 0x1003ee000\n"
    "stage 2 maps 0x40011000 to 0x1003ee000 (4K); privileged rwx, "
    "unprivileged rwx; needed: privileged r--\n"
    "stage 1 level 2 descriptor at IPA 0x40011000 = PA "
    "0x1003ee000: 0x0000000040012003: table at IPA 0x40012000\n"
    "stage 2 level 0 descriptor at PA 0x60000000: "
    "0x0000000060010003: table at PA 0x60010000\n"
    "stage 2 level 1 descriptor at PA 0x60010008: "
    "0x0000000060011003: table at PA 0x60011000\n"
    "stage 2 level 2 descriptor at PA 0x60011000: "
    "0x0000000060012003: table at PA 0x60012000\n"
    "stage 2 level 3 descriptor at PA 0x60012090: "
    "0x00000001003ed4ff: 4K page at PA 0x1003ed000\n"
    "stage 2 maps 0x40012008 to 0x1003ed008 (4K); privileged rwx, "
    "unprivileged rwx; needed: privileged r--\n"
    "stage 1 level 3 descriptor at IPA 0x40012008 = PA "
    "0x1003ed008: 0x0000000080000c43: 4K page at IPA 0x80000000\n"
    "stage 1 maps 0x1000 to 0x80000000 (4K); privileged rw-, "
    "unprivileged rwx; needed: unprivileged %s\n"
    "stage 2 level 0 descriptor at PA 0x60000000: "
    "0x0000000060010003: table at PA 0x60010000\n"
    "stage 2 level 1 descriptor at PA 0x60010010: "
    "0x0000000060015003: table at PA 0x60015000\n"
    "stage 2 level 2 descriptor at PA 0x60015000: "
    "0x0000000060016003: table at PA 0x60016000\n"
    "stage 2 level 3 descriptor at PA 0x60016000: "
    "0x000000012000047f: 4K page at PA 0x120000000\n"
    "stage 2 maps 0x80000000 to 0x120000000 (4K); privileged r-x, "
    "unprivileged r-x; needed: unprivileged %s\n"
    "%s";

static void test_nested(void)
{
    Stages s;
    g_autofree char *needs_read = NULL;
    g_autofree char *needs_write = NULL;

    stages_init(&s, "granules=4k", 4, 4);
    stages_page(&s, 0x80000000, UINT64_C(0x120000000), TABLES_S2_READ |
                TABLES_AF | TABLES_S2_WB);
    tables_map(&s.r.t, 0x1000, 3, 0x80000000, TABLES_RW);
    needs_read = g_strdup_printf(nested_steps, "r--", "r--",
        "goes on to PA 0x120000000 (4K, r-x)\n");
    expect(s.r.f, reading(0x1000), needs_read);
    needs_write = g_strdup_printf(nested_steps, "-w-", "-w-",
        "aborts with F_PERMISSION (7.3.16) of stage 2, CLASS IN: stage "
        "2 does not permit this access; an event is recorded\n");
    expect(s.r.f, writing(0x1000), needs_write);
    stages_free(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/explain/what-is-forwarded", test_forwarded);
    g_test_add_func("/msmmu/explain/translation-faults-of-stage-1",
                    test_translation);
    g_test_add_func("/msmmu/explain/other-faults-of-stage-1",
                    test_other_faults_of_stage_1);
    g_test_add_func("/msmmu/explain/cd-a-and-cd-r", test_unrecorded);
    g_test_add_func("/msmmu/explain/configuration-faults",
                    test_configuration);
    g_test_add_func("/msmmu/explain/two-level-stream-tables",
                    test_two_level);
    g_test_add_func("/msmmu/explain/smmuen-0", test_gate);
    g_test_add_func("/msmmu/explain/nested-steps-and-stage-2-faults",
                    test_nested);
    return g_test_run();
}
