/*
 * The worked example of docs/devel/qtest.rst: two instances, one of which has a
 * page that the other has not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "msmmu-engine.h"
#include "msmmu-machine.h"

#define IOVA 0x20000000
#define SID QPCI_DEVFN(1, 0)

static void one_instance_faults(void *obj, void *data, QGuestAllocator *alloc)
{
    QMsmmuMachine *machine = obj;
    QMsmmuHost *first = qmsmmu_machine_host(machine, 0);
    QMsmmuHost *second = qmsmmu_machine_host(machine, 1);
    QMsmmuEngine *engine1 = qmsmmu_engine_at(first, SID);
    QMsmmuEngine *engine2 = qmsmmu_engine_at(second, SID);
    uint64_t page = guest_alloc(alloc, 4096);
    QJob write = { .op = QOP_FILL, .size = 8, .addr = IOVA, .operand = 0x1234 };
    QEvent event;

    qmsmmu_map(first, IOVA, page, true);
    qengine_run_ok(&engine1->engine, &write, 1);
    g_assert_cmphex(qtest_readq(machine->qts, page), ==, 0x1234);
    qsmmu_expect_no_event(&first->smmu);

    g_assert_cmpuint(qengine_run(&engine2->engine, &write).status, ==,
                     QSTATUS_ABORTED);
    event = qsmmu_expect_event(&second->smmu, QEVT_F_TRANSLATION, SID);
    g_assert_cmphex(event.word[2], ==, IOVA);
}

static void register_test(void)
{
    QOSGraphTestOptions options = {
        .edge.before_cmd_line =
            "-device msmmu-rc,id=rc1 -device msmmu-engine,bus=rc1,addr=1.0 "
            "-device msmmu-smmuv3,id=smmu1,primary-bus=rc1,granules=4k "
            "-device msmmu-rc,id=rc2 -device msmmu-engine,bus=rc2,addr=1.0 "
            "-device msmmu-smmuv3,id=smmu2,primary-bus=rc2,granules=16k",
    };

    qos_add_test("one-instance-faults", "msmmu-machine", one_instance_faults,
                 &options);
}

libqos_init(register_test);
