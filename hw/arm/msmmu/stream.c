/*
 * Transactions of devices that say what they are (include/hw/arm/msmmu/
 * stream.h): straight to the core, without the memory core in between.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "exec/address-spaces.h"
#include "smmuv3_private.h"
#include "trace.h"

QEMU_BUILD_BUG_ON(MSMMU_TRANSACTION_FORWARD != (int)MSMMU_FORWARD);
QEMU_BUILD_BUG_ON(MSMMU_TRANSACTION_RAZ_WI != (int)MSMMU_RAZ_WI);
QEMU_BUILD_BUG_ON(MSMMU_TRANSACTION_ABORT != (int)MSMMU_ABORT);

/* The interface belongs to the region of a function: see dma.c. */
static MsmmuDmaRegion *region_of(MsmmuStream *stream)
{
    return container_of((IOMMUMemoryRegion *)stream, MsmmuDmaRegion, iommu);
}

static MsmmuTransactionEnd translate(MsmmuStream *stream,
                                     const MsmmuTransaction *t,
                                     MsmmuTransactionTarget *target)
{
    MsmmuDmaRegion *region = region_of(stream);
    const MsmmuRequest rq = {
        .iova = t->iova,
        .sid = msmmu_dma_sid(region),
        .ssid = t->ssid,
        .ssid_valid = t->ssid_valid,
        .write = t->write,
        .atomic = t->atomic,
        .instruction = t->instruction,
        .privileged = t->privileged,
    };
    MsmmuResult res;

    msmmu_terminate_forget();
    res = msmmu_translate(region->core, &rq);
    if (unlikely(res.disposition != MSMMU_FORWARD)) {
        trace_msmmu_terminate(msmmu_smmuv3_id(region->s), rq.sid,
                              rq.write ? "write" : "read", rq.iova,
                              res.disposition == MSMMU_ABORT ? "abort"
                                                             : "RAZ/WI");
    }
    *target = (MsmmuTransactionTarget) {
        .as = &address_space_memory,
        .address = res.pa,
    };
    return (MsmmuTransactionEnd)res.disposition;
}

void msmmu_stream_class_init(ObjectClass *klass)
{
    MSMMU_STREAM_CLASS(klass)->translate = translate;
}

MsmmuStream *msmmu_stream_of(PCIDevice *dev)
{
    AddressSpace *as = pci_device_iommu_address_space(dev);

    return (MsmmuStream *)object_dynamic_cast(OBJECT(as->root),
                                              TYPE_MSMMU_STREAM);
}

static const TypeInfo stream_info = {
    .name = TYPE_MSMMU_STREAM,
    .parent = TYPE_INTERFACE,
    .class_size = sizeof(MsmmuStreamClass),
};

static void stream_register_types(void)
{
    type_register_static(&stream_info);
}

type_init(stream_register_types)
