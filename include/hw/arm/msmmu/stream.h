/*
 * The stream of a PCI function, for devices that know what a transaction is.
 *
 * QEMU's memory core can tell an IOMMU an address and a direction. It has no
 * word for a SubstreamID, privilege, instruction fetches or atomic accesses,
 * nor for where a transaction ends. A device that has asks the stream itself:
 * one call for each transaction, which records one event if it faults.
 *
 * What a transaction does not say is 0, and ends as it does today. Those that
 * can stall, translated ones, requests for translations and for pages will be
 * told by further members of MsmmuTransaction, and end in further ways, which
 * no transaction meets that did not ask for them; the response to a request is
 * a function of MsmmuStreamClass that may be NULL. A device that is not a PCI
 * function will get its stream from the instance.
 *
 * An IOMMU offers this as an interface of the IOMMU memory region that is the
 * root of the function's DMA address space, so that buses, bridges and aliases
 * are resolved as they are for any access.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_STREAM_H
#define HW_ARM_MSMMU_STREAM_H

#include "exec/hwaddr.h"
#include "exec/memory.h"
#include "hw/pci/pci.h"
#include "qom/object.h"

#define TYPE_MSMMU_STREAM "msmmu-stream"

typedef struct MsmmuStreamClass MsmmuStreamClass;
DECLARE_CLASS_CHECKERS(MsmmuStreamClass, MSMMU_STREAM, TYPE_MSMMU_STREAM)
#define MSMMU_STREAM(obj) \
    INTERFACE_CHECK(MsmmuStream, (obj), TYPE_MSMMU_STREAM)

typedef struct MsmmuStream MsmmuStream;

/* No transaction crosses a multiple of this. */
#define MSMMU_TRANSACTION_MAX 0x1000

typedef struct MsmmuTransaction {
    uint64_t iova;
    uint32_t size;          /* bytes: 1..MSMMU_TRANSACTION_MAX */
    uint32_t ssid;
    bool ssid_valid;
    bool write;
    bool atomic;            /* a write that reads, too */
    bool privileged;
    bool instruction;
    bool no_snoop;
} MsmmuTransaction;

typedef enum MsmmuTransactionEnd {
    MSMMU_TRANSACTION_FORWARD,
    MSMMU_TRANSACTION_RAZ_WI,       /* reads as zero, writes are ignored */
    MSMMU_TRANSACTION_ABORT,
} MsmmuTransactionEnd;

/* Where a forwarded transaction goes: to be made at once. */
typedef struct MsmmuTransactionTarget {
    AddressSpace *as;
    hwaddr address;
} MsmmuTransactionTarget;

struct MsmmuStreamClass {
    InterfaceClass parent_class;

    /*
     * Translate @t, and record the event of its fault. For FORWARD, *target
     * holds for @t->size bytes until the RCU read-side critical section ends
     * that the caller is in, or the big lock is released.
     */
    MsmmuTransactionEnd (*translate)(MsmmuStream *stream,
                                     const MsmmuTransaction *t,
                                     MsmmuTransactionTarget *target);
};

/**
 * msmmu_stream_of: the stream of a function
 * @dev: a function on a bus
 *
 * Returns: NULL behind another IOMMU or none
 */
MsmmuStream *msmmu_stream_of(PCIDevice *dev);

#endif /* HW_ARM_MSMMU_STREAM_H */
