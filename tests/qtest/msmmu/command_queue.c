/*
 * The Command queue of a rig, command by command: see command_queue.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "command_queue.h"

uint32_t qcmdq_cons(const QSmmu *s)
{
    return qsmmu_readl(s, QSMMU_CMDQ_CONS);
}

void qcmdq_wait(const QSmmu *s, uint32_t index)
{
    gint64 end = g_get_monotonic_time() + 600 * G_TIME_SPAN_SECOND;

    while ((qcmdq_cons(s) & QCMDQ_INDEX) != index) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
    }
}

void qcmdq_put(const QSmmu *s, uint32_t index, uint64_t word0,
               uint64_t word1)
{
    uint64_t pa = s->cmdq + (index & ((1u << s->cmdq_log2) - 1)) * 16ULL;

    qtest_writeq(s->qts, pa, word0);
    qtest_writeq(s->qts, pa + 8, word1);
}

void qcmdq_fill(const QSmmu *s, uint32_t count, uint64_t word0,
                uint64_t word1)
{
    g_autofree uint64_t *commands = g_new(uint64_t, 2 * count);

    for (uint32_t i = 0; i < count; i++) {
        commands[2 * i] = cpu_to_le64(word0);
        commands[2 * i + 1] = cpu_to_le64(word1);
    }
    qtest_bufwrite(s->qts, s->cmdq, commands, 16ULL * count);
}

QRig *qcmdq_start(unsigned log2, const char *properties, QContext *context)
{
    QRig *rig = qrig_new(1, &properties, "");
    QSmmu *s = &rig->smmu[0];

    qsmmu_setup_queues(s, log2, 7);
    qsmmu_setup_two_level(s, 18, 8);
    qsmmu_writel(s, QSMMU_CR2, QCR2_RECINVSID);
    qsmmu_set_irq_ctrl(s, QIRQ_GERROR);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    *context = qcontext_new(s, &qgranules[0], QCMDQ_ASID);
    qcontext_attach(context, QRIG_SID);
    qsmmu_tlbi_all(s);

    /* From an empty queue at 0 */
    qsmmu_set_cr0(s, QCR0_EVENTQEN | QCR0_SMMUEN);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 0);
    qsmmu_writel(s, QSMMU_CMDQ_CONS, 0);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    qcmdq_fill(s, 1u << log2, QCMDQ_NH_VA, QCMDQ_NO_PAGE);
    return rig;
}

void qcmdq_plant(QRig *rig, QContext *c, uint32_t index, unsigned page)
{
    uint64_t va = QCMDQ_IOVA + page * QCMDQ_PAGE;

    qcontext_map(c, va, QRIG_DATA + page * QCMDQ_PAGE, QPTE_RW);
    qedu_load(&rig->edu[0], va, 8);
    qsmmu_expect_no_event(&rig->smmu[0]);
    qcontext_map(c, va, 0, 0);
    qcmdq_put(&rig->smmu[0], index, QCMDQ_NH_VA, va);
}

bool qcmdq_is_done(QRig *rig, unsigned page)
{
    QSmmu *s = &rig->smmu[0];

    qedu_load(&rig->edu[0], QCMDQ_IOVA + page * QCMDQ_PAGE, 8);
    if (!qsmmu_num_events(s)) {
        return false;
    }
    qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);
    return true;
}
