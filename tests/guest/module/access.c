// SPDX-License-Identifier: GPL-2.0
/*
 * DMA by the permissions of a mapping
 *
 * The tables of stage 1 have no entry that can be written and not read; those
 * of stage 2 have. Which stage the kernel chose is not known here, so that
 * reads of what was mapped for writing alone may arrive or fault.
 */
#include "compat.h"
#include "probe.h"

static enum verdict verdict_of(bool good)
{
	return good ? TRUE_CLAIM : FALSE_CLAIM;
}

/* One page of the buffer; false with a detail */
static bool map(struct subject *s, unsigned long iova, int prot)
{
	int error = compat_map(s->domain, iova, s->pa, s->smallest,
			       prot | IOMMU_CACHE);

	if (error)
		fail(s, "iommu_map: %pe", ERR_PTR(error));
	return !error;
}

static enum verdict read_only(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, s->smallest);
	bool good;

	if (!map(s, iova, IOMMU_READ))
		return FALSE_CLAIM;
	good = dma_reads(s, iova, 0, DATA_READ) &&
	       dma_faults(s, iova + 8, DATA_WRITE, F_PERMISSION) &&
	       dma_reads(s, iova, 0, DATA_READ);
	return verdict_of(unmap_all(s, iova, s->smallest) && good);
}

static enum verdict write_only(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, s->smallest);
	bool good;

	if (!map(s, iova, IOMMU_WRITE))
		return FALSE_CLAIM;
	good = dma_writes(s, iova, 0);
	return verdict_of(unmap_all(s, iova, s->smallest) && good);
}

static enum verdict never_executed(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, s->smallest);
	bool good;

	if (!map(s, iova, IOMMU_READ | IOMMU_NOEXEC))
		return FALSE_CLAIM;
	good = dma_reads(s, iova, 0, DATA_READ) &&
	       dma_faults(s, iova, FETCH, F_PERMISSION);
	return verdict_of(unmap_all(s, iova, s->smallest) && good);
}

static enum verdict executed(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, s->smallest);
	bool good;

	if (!map(s, iova, IOMMU_READ))
		return FALSE_CLAIM;
	good = dma_reads(s, iova, 0, FETCH);
	return verdict_of(unmap_all(s, iova, s->smallest) && good);
}

/* Two IOVAs of one page, with permissions of their own */
static enum verdict aliased(struct subject *s, unsigned long size)
{
	unsigned long page = s->smallest, iova = iova_for(s, page);
	unsigned long other = iova + 2 * page;
	bool good;

	if (!map(s, iova, IOMMU_READ))
		return FALSE_CLAIM;
	if (!map(s, other, IOMMU_READ | IOMMU_WRITE)) {
		unmap_all(s, iova, page);
		return FALSE_CLAIM;
	}
	good = dma_arrives(s, other, 0) && dma_reads(s, iova, 0, DATA_READ) &&
	       dma_faults(s, iova, DATA_WRITE, F_PERMISSION);
	good = unmap_all(s, iova, page) && good;
	good = good && dma_arrives(s, other, 0);
	return verdict_of(unmap_all(s, other, page) && good);
}

const struct claim access_claims[] = {
	{ ONCE, "a mapping to read: reads arrive, writes fault", read_only },
	{ ONCE, "a mapping to write: writes arrive", write_only },
	{ ONCE, "a mapping not to execute: reads arrive, fetches fault",
	  never_executed },
	{ ONCE, "a mapping to read and execute: fetches arrive", executed },
	{ ONCE, "two mappings of one page have permissions of their own",
	  aliased },
};

const unsigned int access_count = CLAIM_COUNT(access_claims);
