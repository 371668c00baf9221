/*
 * A minimal driver of virtio-blk-pci for qtests, for what no other device here
 * does: DMA in a thread of its own (iothread=), beside all that a test does.
 *
 * Layouts are literal, from the Virtual I/O Device specification 1.1: 2.6 split
 * virtqueues, 4.1 PCI, 5.2 block devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_BLK_H
#define TESTS_QTEST_MSMMU_BLK_H

#include "rc.h"

/*
 * A disk of zeros, and what a device with an IOMMU needs. "iothread=ID", "bus="
 * and so on follow; of a drive there is one device at a time.
 */
#define QBLK_DRIVE "-blockdev driver=null-co,node-name=zeros,size=67108864," \
                   "read-zeroes=on "
#define QBLK_DEVICE "virtio-blk-pci,drive=zeros,queue-size=1024," \
                    "disable-legacy=on,iommu_platform=on"

/* What may be under way, and the memory that the queue takes */
#define QBLK_REQUESTS 256
#define QBLK_QUEUE_BYTES 0xb000u

typedef struct QBlk {
    QRc rc;
    uint8_t bus;
    uint8_t devfn;
    uint64_t regs;          /* of the BAR, for the CPU */
    uint64_t common;
    uint64_t notify;
    uint64_t queue;         /* its IOVA, and where that is */
    uint64_t queue_pa;
    unsigned posted;        /* since the last qblk_wait() */
    unsigned started;
    uint16_t index;         /* in the rings, of the first of them */
} QBlk;

/*
 * Find the function, give it the @index-th MiB of the 32-bit window and let it
 * decode and master. Set up its queue in QBLK_QUEUE_BYTES at IOVA @queue, which
 * are at @queue_pa, both multiples of 4 KiB.
 */
QBlk qblk_init(const QRc *rc, uint8_t bus, uint8_t devfn, unsigned index,
               uint64_t queue, uint64_t queue_pa);

/*
 * Have the disk write @len bytes of memory at @iova, that is read from it, or
 * read them. Sectors have 512 bytes. Nothing happens before qblk_kick(), which
 * starts @n more of those posted, or as many as there are.
 */
void qblk_post(QBlk *b, bool writes_memory, uint64_t iova, uint32_t len);
void qblk_kick(QBlk *b, unsigned n);

/* How many were started, since the last qblk_wait(), and are not done */
unsigned qblk_under_way(const QBlk *b);
/* Start what was not, and wait until all are done, without an error. */
void qblk_wait(QBlk *b);

#endif /* TESTS_QTEST_MSMMU_BLK_H */
