/*
 * MSIs of SMMUs and what outlives a process: their configuration, and those
 * that were still to be sent when the machine was stopped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qobject/qdict.h"
#include "msi.h"
#include "stream.h"

#define ARGS QRIG_MACHINE \
    "-device msmmu-rc,id=rc1 -device msmmu-smmuv3,id=smmu1,primary-bus=rc1 " \
    "-device msmmu-rc,id=rc2 -device msmmu-smmuv3,id=smmu2,primary-bus=rc2 " \
    QRIG_EDU "bus=rc1,addr=1 " QRIG_EDU "bus=rc2,addr=1 "

enum { EVENTQ_ID, GERROR_ID, SYNC_ID };

static char *path;

/* edu saves nothing: it is found anew. */
static void find_devices(QRig *rig)
{
    for (unsigned i = 0; i < rig->num; i++) {
        rig->rc[i] = qrc_get(rig->qts, i);
        rig->smmu[i].qts = rig->qts;
        rig->edu[i] = qedu_init(&rig->rc[i], 0, QRIG_DEVFN, 0);
    }
}

/* Two instances at work; their MSIs have EventIDs 0 and 1, or 2 and 3. */
static QRig start(void)
{
    QRig rig = { .qts = qtest_init(ARGS), .num = 2 };

    for (unsigned i = 0; i < rig.num; i++) {
        rig.smmu[i] = qsmmu_get(rig.qts, i, QRIG_SMMU_MEMORY(i));
        qsmmu_start(&rig.smmu[i]);
    }
    find_devices(&rig);
    qmsi_start_its(&rig);
    for (unsigned i = 0; i < rig.num; i++) {
        qmsi_configure(&rig.smmu[i], QMSI_EVENTQ, qmsi_doorbell(&rig, i),
                       2 * i + EVENTQ_ID);
        qmsi_configure(&rig.smmu[i], QMSI_GERROR, qmsi_doorbell(&rig, i),
                       2 * i + GERROR_ID);
    }
    return rig;
}

static void migrate(QRig *rig)
{
    qstream_save(rig->qts, path);
    qtest_quit(rig->qts);
    rig->qts = qstream_load(ARGS, path);
    find_devices(rig);
}

static uint32_t lpi(unsigned n, unsigned event)
{
    return qmsi_lpi(n, QMSI_DEVICE_ID, event);
}

static void test_configuration(void)
{
    QRig rig = start();

    migrate(&rig);
    for (unsigned i = 0; i < rig.num; i++) {
        const QSmmu *s = &rig.smmu[i];

        for (QMsiSource source = QMSI_EVENTQ; source <= QMSI_GERROR;
             source++) {
            g_assert_cmphex(qsmmu_readl(s, qmsi_reg(source, 0)), ==,
                            qmsi_doorbell(&rig, i));
            g_assert_cmphex(qsmmu_readl(s, qmsi_reg(source, 1)), ==,
                            2 * i + source);
            g_assert_cmphex(qsmmu_readl(s, qmsi_reg(source, 2)), ==, 1);
        }
    }
    qmsi_expect_lpis(&rig, 0);
    qmsi_cause_event(&rig, 0);
    qmsi_cause_event(&rig, 1);
    qmsi_expect_lpis(&rig, lpi(0, EVENTQ_ID), lpi(1, 2 + EVENTQ_ID), 0);
    qmsi_cause_error(&rig.smmu[0]);
    qmsi_cause_error(&rig.smmu[1]);
    qmsi_expect_lpis(&rig, lpi(0, GERROR_ID), lpi(1, 2 + GERROR_ID), 0);
    qtest_quit(rig.qts);
}

/* A debugger makes a mistake for the guest while the machine is stopped. */
static void make_error_while_stopped(QRig *rig)
{
    qtest_qmp_assert_success(rig->qts, "{ 'execute': 'stop' }");
    qsmmu_push(&rig->smmu[1], 0, 0);
    g_assert_cmphex(qsmmu_readl(&rig->smmu[1], QSMMU_GERROR), ==,
                    QGERROR_CMDQ_ERR);
    qmsi_expect_lpis(rig, 0);
}

static void test_stopped(void)
{
    QRig rig = start();

    make_error_while_stopped(&rig);
    qtest_qmp_assert_success(rig.qts, "{ 'execute': 'cont' }");
    qmsi_expect_lpis(&rig, lpi(1, 2 + GERROR_ID), 0);
    qtest_quit(rig.qts);
}

/*
 * What a stopped machine did not send is sent by the one that takes over, once,
 * when that runs.
 */
static void test_pending(void)
{
    g_autofree char *incoming = g_strdup_printf(ARGS "-S -incoming file:%s",
                                                path);
    QRig rig = start();

    make_error_while_stopped(&rig);
    qstream_save(rig.qts, path);
    qmsi_expect_lpis(&rig, 0);
    qtest_quit(rig.qts);

    rig.qts = qtest_init(incoming);
    find_devices(&rig);
    for (;;) {
        g_autoptr(QDict) reply =
            qtest_qmp(rig.qts, "{ 'execute': 'query-status' }");
        QDict *status = qdict_get_qdict(reply, "return");

        if (!g_str_equal(qdict_get_str(status, "status"), "inmigrate")) {
            break;
        }
        g_usleep(1000);
    }
    g_assert_cmphex(qsmmu_readl(&rig.smmu[1], QSMMU_GERROR), ==,
                    QGERROR_CMDQ_ERR);
    qmsi_expect_lpis(&rig, 0);
    qtest_qmp_assert_success(rig.qts, "{ 'execute': 'cont' }");
    qmsi_expect_lpis(&rig, lpi(1, 2 + GERROR_ID), 0);
    qtest_qmp_assert_success(rig.qts, "{ 'execute': 'stop' }");
    qtest_qmp_assert_success(rig.qts, "{ 'execute': 'cont' }");
    qmsi_expect_lpis(&rig, 0);
    qtest_quit(rig.qts);
}

/* Reset forgets it, and the configuration has no effect any more. */
static void test_reset(void)
{
    QRig rig = start();

    make_error_while_stopped(&rig);
    qtest_qmp_assert_success(rig.qts, "{ 'execute': 'system_reset' }");
    qtest_qmp_eventwait(rig.qts, "RESET");
    qtest_qmp_assert_success(rig.qts, "{ 'execute': 'cont' }");
    qmsi_settle(rig.qts);
    g_assert_cmphex(qsmmu_readl(&rig.smmu[1], QSMMU_GERROR), ==, 0);
    g_assert_cmphex(qsmmu_readl(&rig.smmu[1], QSMMU_IRQ_CTRLACK), ==, 0);
    qmsi_expect_lpis(&rig, 0);
    qtest_quit(rig.qts);
}

int main(int argc, char **argv)
{
    int fd, result;

    g_test_init(&argc, &argv, NULL);
    fd = g_file_open_tmp("msmmu-msi-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
#define ADD(name, func) qtest_add_func("/msmmu/msi-migration/" name, func)
    ADD("configuration-goes-along", test_configuration);
    ADD("nothing-while-stopped", test_stopped);
    ADD("what-was-not-sent-is-sent-there", test_pending);
    ADD("reset-forgets", test_reset);
#undef ADD
    result = g_test_run();
    g_unlink(path);
    g_free(path);
    return result;
}
