/*
 * The topology of virt-msmmu in a migration stream.
 *
 * Addresses and interrupts of a root complex or SMMU follow from its place on
 * the command line, and StreamIDs from what is attached to what. The guest
 * read all of that from the device tree when it booted. A machine that differs
 * would load the state of each device and then not work, so a description in
 * words is saved and compared, ahead of all devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "hw/pci/pci_bus.h"
#include "migration/vmstate.h"
#include "topology.h"

/* The segment of a bus that an SMMU serves. */
static int32_t bus_segment(const MsmmuMachineState *mms, const PCIBus *bus)
{
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        if (msmmu_root_complex_bus(mms->rcs[i].rc) == bus) {
            return mms->rcs[i].rc->segment;
        }
    }
    return 0;
}

/*
 * As in "segment 1, segment 2, SMMU a (segment 1 at 0x0), reserved memory r at
 * 0xbc00000".
 */
static char *describe(const MsmmuMachineState *mms)
{
    GString *text = g_string_new(NULL);
    const char *separator = "";

    for (unsigned i = 0; i < mms->num_rcs; i++) {
        g_string_append_printf(text, "%ssegment %" PRId32, separator,
                               mms->rcs[i].rc->segment);
        separator = ", ";
    }
    for (unsigned i = 0; i < mms->num_smmus; i++) {
        MsmmuSmmuv3State *smmu = mms->smmus[i].smmu;
        const GArray *ranges = msmmu_smmuv3_bus_ranges(smmu);

        g_string_append_printf(text, "%sSMMU %s (", separator,
                               DEVICE(smmu)->id);
        for (unsigned j = 0; j < ranges->len; j++) {
            const MsmmuBusRange *range =
                &g_array_index(ranges, MsmmuBusRange, j);

            g_string_append_printf(text, "%ssegment %" PRId32, j ? ", " : "",
                                   bus_segment(mms, range->bus));
            if (pci_bus_num(range->bus)) {
                g_string_append_printf(text, " from bus 0x%x",
                                       pci_bus_num(range->bus));
            }
            g_string_append_printf(text, " at 0x%" PRIx32, range->sid_base);
        }
        g_string_append_c(text, ')');
        separator = ", ";
    }
    for (unsigned i = 0; i < mms->num_reserved; i++) {
        const MsmmuReservedMemory *rm = mms->reserved[i];

        g_string_append_printf(text, "%sreserved memory %s at 0x%" PRIx64,
                               separator, DEVICE(rm)->id, rm->base);
        separator = ", ";
    }
    return g_string_free(text, false);
}

static void forget(MsmmuMachineState *mms)
{
    g_clear_pointer(&mms->saved_topology, g_free);
    mms->saved_topology_size = 0;
}

static int pre_save(void *opaque)
{
    MsmmuMachineState *mms = opaque;

    forget(mms);
    mms->saved_topology = describe(mms);
    mms->saved_topology_size = strlen(mms->saved_topology) + 1;
    return 0;
}

static int pre_load(void *opaque)
{
    forget(opaque);
    return 0;
}

static int post_load(void *opaque, int version_id)
{
    MsmmuMachineState *mms = opaque;
    g_autofree char *here = describe(mms);
    uint32_t size = mms->saved_topology_size;

    if (size == 0 || mms->saved_topology[size - 1] != '\0') {
        error_report("the saved topology is not a string");
        return -EINVAL;
    }
    if (!g_str_equal(here, mms->saved_topology)) {
        error_report("the saved machine has %s; this one has %s",
                     *mms->saved_topology ? mms->saved_topology : "pcie.0 only",
                     *here ? here : "pcie.0 only");
        return -EINVAL;
    }
    return 0;
}

static const VMStateDescription vmstate_topology = {
    .name = "virt-msmmu/topology",
    .version_id = 1,
    .minimum_version_id = 1,
    /* Before any device whose absence would be reported less clearly */
    .priority = MIG_PRI_MAX,
    .pre_save = pre_save,
    .pre_load = pre_load,
    .post_load = post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(saved_topology_size, MsmmuMachineState),
        VMSTATE_VBUFFER_ALLOC_UINT32(saved_topology, MsmmuMachineState, 0,
                                     NULL, saved_topology_size),
        VMSTATE_END_OF_LIST()
    }
};

void msmmu_topology_register(MsmmuMachineState *mms)
{
    vmstate_register(NULL, 0, &vmstate_topology, mms);
}
