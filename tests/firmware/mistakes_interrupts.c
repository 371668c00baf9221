/*
 * Mistakes with interrupts and with the device itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mistakes.h"

#define UNMAPPED_EVENTID 7
#define DEVICE_EVENTID 0

/* Something that is an event */
static void spoil_ste(Lab *lab)
{
    lab_change_ste(lab, 0, STE_V, 0);
}

/* ---- The SMMU's own ----------------------------------------------------- */

static void irq_ctrl_forgotten(Lab *lab)
{
    spoil_ste(lab);
    smmu_set_irq_ctrl(lab->smmu, IRQ_CTRL_GERROR);
}

static bool is_wired(const Lab *lab)
{
    return lab->smmu->wired;
}

/* What follows must find it as it was. */
static void wire_as_level(Lab *lab)
{
    uint32_t spi = lab->smmu->eventq.intid - gic_intid_of_spi(0);

    gic_enable_spi(spi, false);
    spoil_ste(lab);
    lab_transfer(lab, false);
    gic_enable_spi(spi, true);
    port_fill(lab->port, 7);
}

static bool sends_messages(const Lab *lab)
{
    return !lab->smmu->wired;
}

static void msi_event_id(Lab *lab)
{
    lab_stop(lab);
    write32(lab->smmu->regs + EVENTQ_IRQ_CFG + IRQ_CFG_DATA,
            UNMAPPED_EVENTID);
    smmu_turn_on(lab->smmu);
    spoil_ste(lab);
}

/* The registers are guarded by IRQ_CTRL, so the message is as before. */
static void irq_cfg_while_on(Lab *lab)
{
    write32(lab->smmu->regs + EVENTQ_IRQ_CFG + IRQ_CFG_DATA,
            UNMAPPED_EVENTID);
    spoil_ste(lab);
}

/* ---- The device's ------------------------------------------------------- */

static void count_message(void *port)
{
    ((Port *)port)->messages++;
}

static bool has_its(const Lab *lab)
{
    return lab->port->its;
}

static uint64_t doorbell(const Lab *lab)
{
    return IOVA_DOORBELL + its_doorbell(lab->port->its) % ITS_DOORBELL_BYTES;
}

/* The ITS is told of the next function: as one who ignores "msi-map" does */
static void msi_device_id(Lab *lab)
{
    its_map(lab->port->its, lab->port->device_id + 1, DEVICE_EVENTID,
            count_message, lab->port);
    lab->port->dma.kind->set_message(&lab->port->dma, doorbell(lab),
                                     DEVICE_EVENTID);
}

/* Unmapped at the stage that the device's address enters by */
static void doorbell_not_mapped(Lab *lab)
{
    *lab_descriptor(lab, doorbell(lab)) = 0;
    stream_invalidate_all(lab->stream);
    lab->port->dma.kind->set_message(&lab->port->dma, doorbell(lab),
                                     DEVICE_EVENTID);
}

static void bus_master_off(Lab *lab)
{
    pci_set_master(&lab->port->dma.pci, false);
}

static bool tells_ends(const Lab *lab)
{
    return lab->port->dma.kind->tells_ends;
}

static const Mistake mistakes[] = {
    {
        "irq-ctrl-forgotten",
        "IRQ_CTRL.EVENTQ_IRQEN = 0", "6.3.16",
        .make = irq_ctrl_forgotten, .event = C_BAD_STE, .end = DMA_ABORTED,
        .flags = NO_INTERRUPT,
    }, {
        "wire-as-level",
        "the GIC takes the wire's edges for levels", "3.18.2",
        .is_possible = is_wired, .make = wire_as_level, .event = C_BAD_STE,
        .flags = NO_INTERRUPT,
    }, {
        "msi-event-id",
        "EVENTQ_IRQ_CFG1 is an EventID that the ITS does not know", "3.18",
        .is_possible = sends_messages, .make = msi_event_id,
        .event = C_BAD_STE, .end = DMA_ABORTED, .flags = NO_INTERRUPT,
    }, {
        "irq-cfg-while-on",
        "EVENTQ_IRQ_CFG1 is written while EVENTQ_IRQEN = 1", "6.3.31",
        .is_possible = sends_messages, .make = irq_cfg_while_on,
        .event = C_BAD_STE, .end = DMA_ABORTED,
    }, {
        "msi-device-id",
        "the ITS has the device's messages by another DeviceID than msi-map "
        "says", "IHI 0069, 5.2",
        .is_possible = has_its, .make = msi_device_id, .end = DMA_DONE,
        .flags = NO_MESSAGE,
    }, {
        "doorbell-not-mapped",
        "the device's tables do not map GITS_TRANSLATER", "3.18",
        .is_possible = has_its, .make = doorbell_not_mapped,
        .event = F_TRANSLATION, .end = DMA_DONE, .flags = NO_MESSAGE,
    }, {
        "bus-master-off",
        "the device's Command register has BusMaster = 0", "PCI Express, 7.5",
        .is_possible = tells_ends, .make = bus_master_off,
        .end = DMA_ABORTED,
    },
};

const MistakeList mistakes_interrupts = { mistakes, ARRAY_SIZE(mistakes) };
