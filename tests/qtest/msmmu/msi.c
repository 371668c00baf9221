/*
 * Message-signalled interrupts of SMMUs: see msi.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "msi.h"

#define LPI_TABLES 0x4c000000ULL
#define ITS_TABLES(n) (0x4d000000ULL + (n) * QITS_TABLES_SIZE)

#define EVENT_BITS 2
#define LPIS_PER_DEVICE 8
#define LPIS_PER_ITS (3 * LPIS_PER_DEVICE)

#define DEVICE_NGNRE 1

/* Accesses until an interrupt has arrived, at most */
#define PATIENCE 1000
#define A_WHILE 20

uint32_t qmsi_reg(QMsiSource source, unsigned n)
{
    static const uint32_t regs[][3] = {
        [QMSI_EVENTQ] = { 0xb0, 0xb8, 0xbc },
        [QMSI_GERROR] = { 0x68, 0x70, 0x74 },
    };

    return regs[source][n];
}

void qmsi_configure(const QSmmu *s, QMsiSource source, uint64_t address,
                    uint32_t data)
{
    uint32_t enable = source == QMSI_EVENTQ ? QIRQ_EVENTQ : QIRQ_GERROR;
    uint32_t irq_ctrl = qsmmu_readl(s, QSMMU_IRQ_CTRL);

    qsmmu_set_irq_ctrl(s, irq_ctrl & ~enable);
    qsmmu_writeq(s, qmsi_reg(source, 0), address);
    qsmmu_writel(s, qmsi_reg(source, 1), data);
    qsmmu_writel(s, qmsi_reg(source, 2), DEVICE_NGNRE);
    qsmmu_set_irq_ctrl(s, irq_ctrl | enable);
}

void qmsi_sync(QSmmu *s, uint64_t address, uint32_t data)
{
    /* CS = SIG_IRQ in bits 13:12, MSIAttr in 27:24 (4.7.3) */
    qsmmu_command(s, QCMD_SYNC | 0x1000 | DEVICE_NGNRE << 24 |
                     (uint64_t)data << 32, address);
}

void qmsi_cause_event(const QRig *rig, unsigned n)
{
    QEvent event;
    QSmmu s = rig->smmu[n];

    while (qsmmu_pop_event(&s, &event)) {
        continue;
    }
    /* Nothing was configured for edu's stream: C_BAD_STE or C_BAD_STREAMID. */
    qedu_load(&rig->edu[n], 0, 8);
    g_assert_cmpuint(qsmmu_num_events(&s), ==, 1);
}

void qmsi_cause_error(QSmmu *s)
{
    qsmmu_push(s, 0, 0);
    qsmmu_wait_commands(s);
    qsmmu_skip_command(s);
}

void qmsi_settle(QTestState *qts)
{
    for (int i = 0; i < A_WHILE; i++) {
        qtest_readl(qts, QRIG_DATA);
    }
}

/* ---- ITSes --------------------------------------------------------------- */

static unsigned place_of(uint16_t device_id)
{
    switch (device_id) {
    case QMSI_DEVICE_ID:
        return 0;
    case QRIG_DEVFN:
        return 1;
    case QMSI_OTHER_DEVFN:
        return 2;
    }
    g_assert_not_reached();
}

uint32_t qmsi_lpi(unsigned n, uint16_t device_id, unsigned event)
{
    return QITS_FIRST_LPI + n * LPIS_PER_ITS +
           place_of(device_id) * LPIS_PER_DEVICE + event;
}

void qmsi_start_its(const QRig *rig)
{
    static const uint16_t devices[] = {
        QMSI_DEVICE_ID, QRIG_DEVFN, QMSI_OTHER_DEVFN,
    };

    qits_enable_lpis(rig->qts, LPI_TABLES);
    for (unsigned i = 0; i < rig->num; i++) {
        QIts its = qits_init(rig->qts, rig->rc[i].its, ITS_TABLES(i));

        for (unsigned d = 0; d < ARRAY_SIZE(devices); d++) {
            qits_map_events(&its, devices[d], qmsi_lpi(i, devices[d], 0),
                            EVENT_BITS);
        }
    }
}

uint64_t qmsi_doorbell(const QRig *rig, unsigned n)
{
    return rig->rc[n].its + 0x10040;
}

static bool lpi_pending(const QRig *rig, uint32_t lpi)
{
    return qits_lpi_pending(rig->qts, LPI_TABLES, lpi);
}

void qmsi_expect_lpis(const QRig *rig, ...)
{
    bool expected[QRIG_MAX * LPIS_PER_ITS] = { false };
    uint32_t num = rig->num * LPIS_PER_ITS;
    uint32_t lpi;
    va_list lpis;

    va_start(lpis, rig);
    while ((lpi = va_arg(lpis, uint32_t))) {
        expected[lpi - QITS_FIRST_LPI] = true;
        for (int i = 0; i < PATIENCE && !lpi_pending(rig, lpi); i++) {
            continue;
        }
    }
    va_end(lpis);
    qmsi_settle(rig->qts);
    for (uint32_t i = 0; i < num; i++) {
        bool pending = lpi_pending(rig, QITS_FIRST_LPI + i);

        if (pending != expected[i]) {
            g_error("LPI %u is %s", QITS_FIRST_LPI + i,
                    pending ? "pending" : "not pending");
        }
    }
    qits_clear_lpis(rig->qts, LPI_TABLES, QITS_FIRST_LPI, num);
}
