// SPDX-License-Identifier: GPL-2.0
/*
 * DMA through mappings of each size, and next to them
 *
 * Reads and writes are checked against data that is new every time. What must
 * fault has to be aborted by the IOMMU, at the very address that was accessed.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/random.h>
#include <linux/string.h>

#include "compat.h"
#include "probe.h"

#define STATUS_OK 1
#define STATUS_ABORTED 2
#define BY_IOMMU 0
#define ACCESS_BYTES 256

static enum verdict verdict_of(bool good)
{
	return good ? TRUE_CLAIM : FALSE_CLAIM;
}

/* ---- One access ---- */

static bool ended_well(struct subject *s, const char *what, u64 iova, int error,
		       const struct engine_result *result)
{
	if (error)
		fail(s, "%s at 0x%llx: %pe", what, iova, ERR_PTR(error));
	else if (result->status != STATUS_OK)
		fail(s, "%s at 0x%llx: status %u, detail %u, fault at 0x%llx",
		     what, iova, result->status, result->detail, result->fault);
	else
		return true;
	return false;
}

/* The engine reads what the processor wrote to the buffer, at @offset in it */
bool dma_reads(struct subject *s, u64 iova, size_t offset,
	       enum access access)
{
	u8 wanted[ACCESS_BYTES], found[ACCESS_BYTES];
	struct engine_result result = { };
	int error;

	get_random_bytes(wanted, sizeof(wanted));
	memset(found, 0, sizeof(found));
	engine_local_set(s->engine, found, sizeof(found));
	memcpy(s->buffer + offset, wanted, sizeof(wanted));
	wmb(); /* the data are in memory before the engine looks there */
	error = engine_access(s->engine, iova, sizeof(wanted), access,
			      &result);
	if (!ended_well(s, "read", iova, error, &result))
		return false;
	engine_local_get(s->engine, found, sizeof(found));
	if (!memcmp(found, wanted, sizeof(wanted)))
		return true;
	fail(s, "read at 0x%llx: other data", iova);
	return false;
}

/* What the engine writes comes to the buffer, and to nowhere beside it */
bool dma_writes(struct subject *s, u64 iova, size_t offset)
{
	u8 wanted[ACCESS_BYTES];
	struct engine_result result = { };
	int error;

	get_random_bytes(wanted, sizeof(wanted));
	engine_local_set(s->engine, wanted, sizeof(wanted));
	memset(s->buffer, 0, s->bytes);
	wmb(); /* the buffer is clear before the engine writes to it */
	error = engine_access(s->engine, iova, sizeof(wanted), DATA_WRITE,
			      &result);
	if (!ended_well(s, "write", iova, error, &result))
		return false;
	rmb(); /* the engine was done before its data are looked at */
	if (!memcmp(s->buffer + offset, wanted, sizeof(wanted)) &&
	    !memchr_inv(s->buffer, 0, offset) &&
	    !memchr_inv(s->buffer + offset + sizeof(wanted), 0,
			s->bytes - offset - sizeof(wanted)))
		return true;
	fail(s, "write at 0x%llx: other data in memory", iova);
	return false;
}

bool dma_arrives(struct subject *s, u64 iova, size_t offset)
{
	return dma_reads(s, iova, offset, DATA_READ) &&
	       dma_writes(s, iova, offset);
}

/* @event: what the SMMU records of it, which its own counters tell */
bool dma_faults(struct subject *s, u64 iova, enum access access,
		enum event event)
{
	static const char * const names[] = {
		[DATA_READ] = "read", [DATA_WRITE] = "write", [FETCH] = "fetch",
	};
	const char *what = names[access];
	struct engine_result result = { };
	int error = engine_access(s->engine, iova, 8, access, &result);

	s->provoked[event]++;
	if (error)
		fail(s, "%s at 0x%llx: %pe", what, iova, ERR_PTR(error));
	else if (result.status != STATUS_ABORTED || result.detail != BY_IOMMU)
		fail(s, "%s at 0x%llx: status %u, detail %u", what, iova,
		     result.status, result.detail);
	else if (result.fault != iova || result.failed != 1)
		fail(s, "%s at 0x%llx: %u faults, the first at 0x%llx", what,
		     iova, result.failed, result.fault);
	else
		return true;
	return false;
}

/* ---- Each size ---- */

/* Where the buffer is in a mapping; false with a detail if that failed */
static bool map(struct subject *s, unsigned long iova, unsigned long size,
		u64 *at)
{
	phys_addr_t pa = pa_for(s, size);
	int error = compat_map(s->domain, iova, pa, size, PROT_RW);

	*at = iova + (s->pa - pa);
	if (error)
		fail(s, "iommu_map: %pe", ERR_PTR(error));
	return !error;
}

static enum verdict arrives(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, size);
	size_t last = s->smallest - ACCESS_BYTES;
	bool good;
	u64 at;

	if (!map(s, iova, size, &at))
		return FALSE_CLAIM;
	/* The first bytes of a page, and its last ones */
	good = dma_arrives(s, at, 0) && dma_arrives(s, at + last, last);
	return verdict_of(unmap_all(s, iova, size) && good);
}

static enum verdict past_end(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, size);
	bool good;
	u64 at;

	if (!map(s, iova, size, &at))
		return FALSE_CLAIM;
	/* Twice: with the mapping in the TLB, too */
	good = dma_faults(s, iova + size, DATA_READ, F_TRANSLATION) &&
	       dma_faults(s, iova + size, DATA_WRITE, F_TRANSLATION) &&
	       dma_arrives(s, at, 0) &&
	       dma_faults(s, iova + size, DATA_READ, F_TRANSLATION) &&
	       dma_faults(s, iova + size, DATA_WRITE, F_TRANSLATION);
	return verdict_of(unmap_all(s, iova, size) && good);
}

static enum verdict before_start(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, size);
	bool good;
	u64 at;

	if (!map(s, iova, size, &at))
		return FALSE_CLAIM;
	good = dma_faults(s, iova - 8, DATA_READ, F_TRANSLATION) &&
	       dma_arrives(s, at, 0) &&
	       dma_faults(s, iova - 8, DATA_WRITE, F_TRANSLATION);
	return verdict_of(unmap_all(s, iova, size) && good);
}

static enum verdict after_unmap(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, size);
	bool good;
	u64 at;

	if (!map(s, iova, size, &at))
		return FALSE_CLAIM;
	good = dma_arrives(s, at, 0);
	if (!unmap_all(s, iova, size))
		return FALSE_CLAIM;
	return verdict_of(good && dma_faults(s, at, DATA_READ, F_TRANSLATION) &&
			  dma_faults(s, at, DATA_WRITE, F_TRANSLATION));
}

/* The second page of the buffer is where the first one was */
static enum verdict after_remap(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, size), page = s->smallest;
	int error;
	bool good;
	u64 at;

	if (!map(s, iova, size, &at))
		return FALSE_CLAIM;
	good = dma_arrives(s, at, 0);
	if (!unmap_all(s, iova, size))
		return FALSE_CLAIM;
	at = iova + (at & (size - 1) & ~(page - 1));
	error = compat_map(s->domain, at, s->pa + page, page, PROT_RW);
	if (error)
		return fail(s, "iommu_map: %pe", ERR_PTR(error));
	good = good && dma_arrives(s, at, page);
	return verdict_of(unmap_all(s, at, page) && good);
}

/* ---- Blocks ---- */

static enum verdict in_pieces(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, size) + smaller_size(s, size);
	bool good;
	u64 at;

	if (!map(s, iova, size, &at))
		return FALSE_CLAIM;
	good = dma_arrives(s, at, 0) &&
	       dma_faults(s, iova - 8, DATA_READ, F_TRANSLATION) &&
	       dma_faults(s, iova + size, DATA_WRITE, F_TRANSLATION);
	return verdict_of(unmap_all(s, iova, size) && good);
}

/* A page of the buffer is before the block, mapped by itself */
static enum verdict page_beside(struct subject *s, unsigned long size)
{
	unsigned long page = s->smallest, iova = iova_for(s, size);
	unsigned long beside = iova - page;
	bool good;
	int error;
	u64 at;

	error = compat_map(s->domain, beside, s->pa + page, page, PROT_RW);
	if (error)
		return fail(s, "iommu_map: %pe", ERR_PTR(error));
	good = map(s, iova, size, &at);
	if (good) {
		good = dma_arrives(s, at, 0) && dma_arrives(s, beside, page);
		good = unmap_all(s, iova, size) && good;
		good = good && dma_faults(s, at, DATA_READ, F_TRANSLATION) &&
		       dma_arrives(s, beside, page);
	}
	return verdict_of(unmap_all(s, beside, page) && good);
}

/* ---- Once ---- */

/* Three pages in one call; the middle one goes */
static enum verdict middle_unmapped(struct subject *s, unsigned long size)
{
	unsigned long page = s->smallest, iova = iova_for(s, page);
	bool good;
	int error;

	error = compat_map(s->domain, iova, s->pa, 3 * page, PROT_RW);
	if (error)
		return fail(s, "iommu_map: %pe", ERR_PTR(error));
	good = dma_arrives(s, iova, 0) && dma_arrives(s, iova + page, page) &&
	       dma_arrives(s, iova + 2 * page, 2 * page);
	good = unmap_all(s, iova + page, page) && good;
	good = good && dma_arrives(s, iova, 0) &&
	       dma_faults(s, iova + page, DATA_READ, F_TRANSLATION) &&
	       dma_faults(s, iova + page, DATA_WRITE, F_TRANSLATION) &&
	       dma_arrives(s, iova + 2 * page, 2 * page);
	good = unmap_all(s, iova, page) && good;
	return verdict_of(unmap_all(s, iova + 2 * page, page) && good);
}

static enum verdict nothing_mapped(struct subject *s, unsigned long size)
{
	return verdict_of(dma_faults(s, iova_for(s, s->smallest), DATA_READ, F_TRANSLATION) &&
			  dma_faults(s, s->pa, DATA_WRITE, F_TRANSLATION));
}

/* One access of 16 bytes is two transactions, one on each page */
static enum verdict across_end(struct subject *s, unsigned long size)
{
	unsigned long page = s->smallest, iova = iova_for(s, page);
	struct engine_result result = { };
	u64 end = iova + page, at;
	int error;

	if (!map(s, iova, page, &at))
		return FALSE_CLAIM;
	error = engine_access(s->engine, end - 8, 16, DATA_READ, &result);
	s->provoked[F_TRANSLATION]++;
	if (!unmap_all(s, iova, page))
		return FALSE_CLAIM;
	if (error)
		return fail(s, "%pe", ERR_PTR(error));
	if (result.status == STATUS_ABORTED && result.detail == BY_IOMMU &&
	    result.fault == end && result.transactions == 2)
		return TRUE_CLAIM;
	return fail(s, "status %u, detail %u, %u transactions, fault at 0x%llx",
		    result.status, result.detail, result.transactions,
		    result.fault);
}

const struct claim dma_claims[] = {
	{ EACH_SIZE, "DMA through a @ mapping arrives, both ways", arrives },
	{ EACH_SIZE, "DMA past the end of a @ mapping faults", past_end },
	{ EACH_SIZE, "DMA before the start of a @ mapping faults",
	  before_start },
	{ EACH_SIZE, "DMA to a @ mapping faults after its unmap", after_unmap },
	{ EACH_SIZE, "DMA arrives at the page that replaced a @ mapping",
	  after_remap },
	{ EACH_BLOCK, "DMA through @ in pieces of $ arrives", in_pieces },
	{ EACH_BLOCK, "DMA to the page before a @ block arrives, also after its unmap",
	  page_beside },
	{ ONCE, "DMA arrives at both ends when the middle page is unmapped",
	  middle_unmapped },
	{ ONCE, "DMA faults where nothing is mapped", nothing_mapped },
	{ ONCE, "one access across the end of a page faults behind it",
	  across_end },
};

const unsigned int dma_count = CLAIM_COUNT(dma_claims);
