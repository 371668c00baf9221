/*
 * Step 5: interrupts of the Event queue and of global errors (IHI 0070 3.18).
 *
 * With IDR0.MSI an instance writes a message: to the ITS that "msi-parent"
 * names, as the device that the cell after it says. An instance without has a
 * wire for each source, of which "interrupts" says the SPI. All are edges:
 * the queue is not empty any more, an error has become active.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "smmu.h"

/* EventIDs at the ITS are ours to choose. */
enum { EVENTID_EVENTQ, EVENTID_GERROR };

#define INTERRUPT_CELLS 3
#define EDGE_RISING 1u
#define PATIENCE_MS 10000

static void take(void *source)
{
    ((SmmuSource *)source)->taken++;
}

/* "interrupts": type, number, flags, in the order of "interrupt-names" */
static void route_wire(Smmu *smmu, SmmuSource *source)
{
    int index = fdt_text_index(smmu->node, "interrupt-names", source->name);
    uint32_t spi;

    if (index < 0) {
        fail("%s has no interrupt %s", fdt_name(smmu->node), source->name);
    }
    spi = fdt_cell(smmu->node, "interrupts", index * INTERRUPT_CELLS + 1);
    source->intid = gic_intid_of_spi(spi);
    gic_set_handler(source->intid, take, source);
    gic_enable_spi(spi, fdt_cell(smmu->node, "interrupts",
                                 index * INTERRUPT_CELLS + 2) == EDGE_RISING);
}

static Its *find_parent(Smmu *smmu, Its *its, unsigned num_its)
{
    if (!smmu->features.msi ||
        !fdt_property(smmu->node, "msi-parent", NULL)) {
        return NULL;
    }
    for (unsigned i = 0; i < num_its; i++) {
        if (fdt_cell(its[i].node, "phandle", 0) ==
            fdt_cell(smmu->node, "msi-parent", 0)) {
            smmu->device_id = fdt_cell(smmu->node, "msi-parent", 1);
            return its + i;
        }
    }
    return NULL;
}

void smmu_route_interrupts(Smmu *smmu, Its *its, unsigned num_its)
{
    smmu->its = find_parent(smmu, its, num_its);
    smmu->wired = !smmu->its;
    if (smmu->wired) {
        route_wire(smmu, &smmu->eventq);
        route_wire(smmu, &smmu->gerror);
        return;
    }
    smmu->eventq.intid = its_map(smmu->its, smmu->device_id, EVENTID_EVENTQ,
                                 take, &smmu->eventq);
    smmu->gerror.intid = its_map(smmu->its, smmu->device_id, EVENTID_GERROR,
                                 take, &smmu->gerror);
}

/* The address 0 means: no message (6.3.30). */
static void set_message(Smmu *smmu, uintptr_t config, uint32_t event)
{
    write64(smmu->regs + config, smmu->wired ? 0 : its_doorbell(smmu->its));
    write32(smmu->regs + config + IRQ_CFG_DATA, event);
    write32(smmu->regs + config + IRQ_CFG_ATTRIBUTES, IRQ_CFG_DEVICE_NGNRE);
}

/* Without IDR0.MSI these registers do not exist. */
void smmu_set_messages(Smmu *smmu)
{
    if (smmu->features.msi && (smmu->its || smmu->wired)) {
        set_message(smmu, EVENTQ_IRQ_CFG, EVENTID_EVENTQ);
        set_message(smmu, GERROR_IRQ_CFG, EVENTID_GERROR);
    }
}

typedef struct Waiting {
    SmmuSource *source;
    unsigned before;
} Waiting;

static bool has_come(void *argument)
{
    const Waiting *waiting = argument;

    /* The handler runs between two looks. */
    return __atomic_load_n(&waiting->source->taken, __ATOMIC_RELAXED) !=
           waiting->before;
}

bool smmu_wait_interrupt(SmmuSource *source, unsigned before)
{
    return gic_wait_until(has_come, &(Waiting) { source, before },
                          PATIENCE_MS);
}
