/*
 * State that outlives a process: migration to a file and back, and sources that
 * a destination must refuse.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "rig.h"

#define IOVA 0x10000000ULL
#define IOVA_OUT 0x20000000ULL
#define ASID 5

#define TWO_RCS "-device msmmu-rc,id=rc1 -device msmmu-rc,id=rc2 "
#define SMMU1 "-device msmmu-smmuv3,id=smmu1,primary-bus=rc1,"
#define SMMU2 "-device msmmu-smmuv3,id=smmu2,primary-bus=rc2,"
#define EDUS QRIG_EDU "bus=rc1,addr=1 " QRIG_EDU "bus=rc2,addr=1 "

static char *stream;

static void wait_until_saved(QTestState *qts)
{
    for (;;) {
        g_autoptr(QDict) reply = qtest_qmp(qts, "{'execute': 'query-migrate'}");
        const char *status =
            qdict_get_try_str(qdict_get_qdict(reply, "return"), "status");

        g_assert_cmpstr(status, !=, "failed");
        if (g_strcmp0(status, "completed") == 0) {
            return;
        }
        g_usleep(1000);
    }
}

static void save(QTestState *qts)
{
    g_autofree char *uri = g_strdup_printf("file:%s", stream);

    qtest_qmp_assert_success(qts, "{'execute': 'migrate',"
                             " 'arguments': {'uri': %s}}", uri);
    wait_until_saved(qts);
}

static char *incoming(const char *args)
{
    return g_strdup_printf("%s -incoming file:%s", args, stream);
}

/* Wait until the stream was loaded and the machine is in the state @name. */
static QTestState *load_until(const char *args, const char *name)
{
    g_autofree char *all = incoming(args);
    QTestState *qts = qtest_init(all);

    for (;;) {
        g_autoptr(QDict) reply = qtest_qmp(qts, "{'execute': 'query-status'}");
        QDict *status = qdict_get_qdict(reply, "return");

        if (g_str_equal(qdict_get_str(status, "status"), name)) {
            return qts;
        }
        g_usleep(1000);
    }
}

static QTestState *load(const char *args)
{
    return load_until(args, "running");
}

/* The source was stopped, and so is the destination. */
static QTestState *load_stopped(const char *args)
{
    return load_until(args, "paused");
}

/* ---- Going on ---------------------------------------------------------- */

typedef struct Side {
    QSmmu s[2];
    QEdu edu[2];
    QContext c[2];
} Side;

static void get_devices(Side *side, QTestState *qts)
{
    for (int i = 0; i < 2; i++) {
        QRc rc = qrc_get(qts, i);

        side->s[i].qts = qts;
        side->c[i].s = &side->s[i];
        side->edu[i] = qedu_init(&rc, 0, QRIG_DEVFN, 0);
    }
}

/*
 * Two instances at work, with different tables, are saved: events that were
 * not read, an error that was not acknowledged, a full set of registers.
 */
static void test_work_goes_on(void)
{
    const char *args = QRIG_MACHINE TWO_RCS SMMU1 "granules=4k "
                       SMMU2 "granules=64k,oas=40 " EDUS;
    QTestState *qts = qtest_init(args);
    Side side = {};
    uint32_t registers[2][0xb0 / 4], page1[2][2];
    QEvent e;

    for (int i = 0; i < 2; i++) {
        side.s[i] = qsmmu_get(qts, i, QRIG_SMMU_MEMORY(i));
        qsmmu_start(&side.s[i]);
        side.c[i] = qcontext_new(&side.s[i], &qgranules[2 * i], ASID);
        if (i) {
            qcontext_change_cd(&side.c[i], QCD_IPS_MASK, QCD_IPS(2));
        }
        qcontext_attach(&side.c[i], QRIG_SID);
        qcontext_map(&side.c[i], IOVA, QRIG_DATA + i * 0x10000, QPTE_RW);
        qtest_writeq(qts, QRIG_DATA + i * 0x10000, 0x1111 + i);
    }
    get_devices(&side, qts);
    qedu_load(&side.edu[0], IOVA, 8);
    qedu_load(&side.edu[1], IOVA_OUT, 8);       /* an event */
    qsmmu_push(&side.s[1], 0, 0);               /* an error */
    qsmmu_wait_commands(&side.s[1]);
    for (int i = 0; i < 2; i++) {
        for (unsigned r = 0; r < ARRAY_SIZE(registers[i]); r++) {
            registers[i][r] = qsmmu_readl(&side.s[i], r * 4);
        }
        page1[i][0] = qsmmu_readl(&side.s[i], QSMMU_EVENTQ_PROD);
        page1[i][1] = qsmmu_readl(&side.s[i], QSMMU_EVENTQ_CONS);
    }
    save(qts);
    qtest_quit(qts);

    qts = load(args);
    get_devices(&side, qts);
    for (int i = 0; i < 2; i++) {
        for (unsigned r = 0; r < ARRAY_SIZE(registers[i]); r++) {
            g_assert_cmphex(qsmmu_readl(&side.s[i], r * 4), ==,
                            registers[i][r]);
        }
        g_assert_cmphex(qsmmu_readl(&side.s[i], QSMMU_EVENTQ_PROD), ==,
                        page1[i][0]);
        g_assert_cmphex(qsmmu_readl(&side.s[i], QSMMU_EVENTQ_CONS), ==,
                        page1[i][1]);
    }
    e = qsmmu_expect_event(&side.s[1], QEVT_F_TRANSLATION, QRIG_SID);
    g_assert_cmphex(e.word[2], ==, IOVA_OUT);

    for (int i = 0; i < 2; i++) {
        qedu_load(&side.edu[i], IOVA, 8);
        qedu_store(&side.edu[i], IOVA + 8, 8);
        qsmmu_expect_no_event(&side.s[i]);
        g_assert_cmphex(qtest_readq(qts, QRIG_DATA + i * 0x10000 + 8), ==,
                        0x1111 + i);
        qedu_load(&side.edu[i], IOVA_OUT, 8);
        qsmmu_expect_event(&side.s[i], QEVT_F_TRANSLATION, QRIG_SID);
    }
    qsmmu_sync(&side.s[0]);
    qtest_quit(qts);
}

/* Commands that were not consumed when the machine stopped are afterwards. */
static void test_commands_go_on(void)
{
    const unsigned log2 = 12, count = 1u << log2;
    const char *args = QRIG_MACHINE "-device msmmu-rc,id=rc1 " SMMU1
                       "granules=4k";
    QTestState *qts = qtest_init(args);
    QSmmu s = qsmmu_get(qts, 0, QRIG_SMMU_MEMORY(0));

    qsmmu_setup_queues(&s, log2, 7);
    for (unsigned i = 0; i < count; i++) {
        qtest_writeq(qts, s.cmdq + 16 * i,
                     i == count - 1 ? QCMD_SYNC | 1 << 12 : QCMD_TLBI_NH_VA);
    }
    qsmmu_catch_lines(&s);
    qsmmu_set_cr0(&s, QCR0_CMDQEN);
    qtest_qmp_assert_success(qts, "{'execute': 'stop'}");
    qsmmu_writel(&s, QSMMU_CMDQ_PROD, count);
    save(qts);
    qtest_quit(qts);

    qts = load_stopped(args);
    s.qts = qts;
    g_assert_false(qsmmu_line_fired(&s, QSMMU_LINE_CMDQ_SYNC));
    qtest_qmp_assert_success(qts, "{'execute': 'cont'}");
    qsmmu_wait_commands(&s);
    g_assert_cmphex(qsmmu_readl(&s, QSMMU_CMDQ_CONS), ==, count);
    g_assert_true(qsmmu_line_fired(&s, QSMMU_LINE_CMDQ_SYNC));
    qtest_quit(qts);
}

/* An edge that came while the machine was stopped arrives when it runs. */
static void test_interrupts_go_on(void)
{
    const char *args = QRIG_MACHINE "-device msmmu-rc,id=rc1 " SMMU1
                       "granules=4k";
    QTestState *qts = qtest_init(args);
    QSmmu s = qsmmu_get(qts, 0, QRIG_SMMU_MEMORY(0));

    qsmmu_start(&s);
    qsmmu_catch_lines(&s);
    qtest_qmp_assert_success(qts, "{'execute': 'stop'}");
    qsmmu_command(&s, QCMD_SYNC | 1 << 12, 0);
    g_assert_false(qsmmu_line_fired(&s, QSMMU_LINE_CMDQ_SYNC));
    save(qts);
    qtest_quit(qts);

    qts = load_stopped(args);
    s.qts = qts;
    g_assert_false(qsmmu_line_fired(&s, QSMMU_LINE_CMDQ_SYNC));
    qtest_qmp_assert_success(qts, "{'execute': 'cont'}");
    g_assert_true(qsmmu_line_fired(&s, QSMMU_LINE_CMDQ_SYNC));
    g_assert_false(qsmmu_line_fired(&s, QSMMU_LINE_CMDQ_SYNC));
    qtest_quit(qts);
}

/* ---- Refusals ---------------------------------------------------------- */

/* What differs between the source and the destination, and what is said */
static const struct {
    const char *source;
    const char *destination;
    const char *message;
} refusals[] = {
    { "granules=4k", "granules=4k+64k",
      "SMMU_IDR5=0x00000015, this instance 0x00000055 (granules)" },
    { "oas=40", "oas=48",
      "SMMU_IDR5=0x00000072, this instance 0x00000075 (oas)" },
    { "sidsize=17", "sidsize=18",
      "SMMU_IDR1=0x0e730011, this instance 0x0e730012 (sidsize)" },
    { "arch=3.1,ril=off", "arch=3.0,ril=off",
      "SMMU_AIDR=0x00000001, this instance 0x00000000 (arch)" },
    { "arch=3.1,ril=on", "arch=3.1,ril=off",
      "SMMU_IDR3=0x00000404, this instance 0x00000004 (ril)" },
    { "stage=nested,vmidsize=8", "stage=2,vmidsize=8",
      "SMMU_IDR0=0x0940301b, this instance 0x09402019 (stage, asidsize); "
      "SMMU_IDR3=0x00000414, this instance 0x00000410 (had)" },
    { "httu=dirty,ttendian=mixed,ssidsize=8", "",
      "SMMU_IDR0=0x0908309a, this instance 0x0940301a (httu, two-level-cd, "
      "ttendian); SMMU_IDR1=0x0e730214, this instance 0x0e730014 "
      "(ssidsize)" },
    { "vax=52,ds=on", "vax=52,arch=3.3",
      "SMMU_IDR5=0x000004f5, this instance 0x00000475 (ds)" },
};

static void test_refusals(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(refusals); i++) {
        const char *machine = QRIG_MACHINE "-device msmmu-rc,id=rc1 " SMMU1;
        g_autofree char *source = g_strconcat(machine, refusals[i].source,
                                              NULL);
        g_autofree char *all = NULL;
        g_autofree char *destination = NULL;
        g_autofree char *command = NULL;
        g_autofree char *output = NULL;
        g_autofree char *pattern =
            g_strdup_printf("*msmmu-smmuv3 'smmu1': the source has %s\n*",
                            refusals[i].message);
        QTestState *qts = qtest_init(source);
        int status;

        save(qts);
        qtest_quit(qts);

        destination = g_strconcat(machine, refusals[i].destination, NULL);
        all = incoming(destination);
        command = g_strdup_printf("timeout 600 %s -accel qtest -display none "
                                  "%s", getenv("QTEST_QEMU_BINARY"), all);
        g_assert_true(g_spawn_command_line_sync(command, NULL, &output,
                                                &status, NULL));
        g_assert_true(WIFEXITED(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 1);
        if (!g_pattern_match_simple(pattern, output)) {
            g_error("%s -> %s: %s", refusals[i].source,
                    refusals[i].destination, output);
        }
    }
}

int main(int argc, char **argv)
{
    g_autofree char *dir = g_dir_make_tmp("msmmu-XXXXXX", NULL);
    int ret;

    g_test_init(&argc, &argv, NULL);
    stream = g_build_filename(dir, "stream", NULL);
    qtest_add_func("/msmmu/migration/work-goes-on", test_work_goes_on);
    qtest_add_func("/msmmu/migration/commands-go-on", test_commands_go_on);
    qtest_add_func("/msmmu/migration/interrupts-go-on",
                   test_interrupts_go_on);
    qtest_add_func("/msmmu/migration/other-instances-are-refused",
                   test_refusals);
    ret = g_test_run();
    unlink(stream);
    rmdir(dir);
    g_free(stream);
    return ret;
}
