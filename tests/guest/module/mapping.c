// SPDX-License-Identifier: GPL-2.0
/*
 * Whole mappings: every size of the bitmap, alone and in a range
 *
 * The kernel has to use the largest size that IOVA, physical address and length
 * allow. Which one it used cannot be seen here; iommu_iova_to_phys() tells where
 * each byte goes, and the instance counts the leaves that it walked to.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "compat.h"
#include "probe.h"

/* ---- What all claims look at; false with a detail ---- */

bool phys_is(struct subject *s, unsigned long iova, phys_addr_t expected)
{
	phys_addr_t found = iommu_iova_to_phys(s->domain, iova);

	if (found == expected)
		return true;
	fail(s, "IOVA 0x%lx is at %pap, not %pap", iova, &found, &expected);
	return false;
}

bool is_mapped(struct subject *s, unsigned long iova, phys_addr_t pa,
	       unsigned long size)
{
	unsigned long half = size / 2;

	return phys_is(s, iova, pa) && phys_is(s, iova + 1, pa + 1) &&
	       phys_is(s, iova + half - 1, pa + half - 1) &&
	       phys_is(s, iova + half, pa + half) &&
	       phys_is(s, iova + size - 1, pa + size - 1);
}

bool is_unmapped(struct subject *s, unsigned long iova, unsigned long size)
{
	return phys_is(s, iova, 0) && phys_is(s, iova + size / 2, 0) &&
	       phys_is(s, iova + size - 1, 0);
}

bool unmap_all(struct subject *s, unsigned long iova, unsigned long size)
{
	size_t unmapped = iommu_unmap(s->domain, iova, size);

	if (unmapped == size)
		return is_unmapped(s, iova, size);
	fail(s, "0x%zx of 0x%lx bytes were unmapped", unmapped, size);
	return false;
}

static enum verdict verdict_of(bool good)
{
	return good ? TRUE_CLAIM : FALSE_CLAIM;
}

/* Map, look at it, unmap, and see that nothing is left */
static enum verdict map_and_unmap(struct subject *s, unsigned long iova,
				  phys_addr_t pa, unsigned long size)
{
	int error = compat_map(s->domain, iova, pa, size, PROT_RW);
	bool good;

	if (error)
		return fail(s, "iommu_map: %pe", ERR_PTR(error));
	good = is_mapped(s, iova, pa, size);
	return verdict_of(unmap_all(s, iova, size) && good);
}

/* What a kernel maps that should not is unmapped again, as far as it can be */
enum verdict is_refused(struct subject *s, unsigned long iova, phys_addr_t pa,
			unsigned long size, int prot)
{
	int error = compat_map(s->domain, iova, pa, size, prot);

	if (!error) {
		iommu_unmap(s->domain, round_down(iova, s->smallest),
			    round_up(size, s->smallest));
		return fail(s, "it was mapped");
	}
	if (error != -EINVAL)
		return fail(s, "%pe, not -EINVAL", ERR_PTR(error));
	return verdict_of(is_unmapped(s, iova, size));
}

/* ---- Each size ---- */

static enum verdict aligned(struct subject *s, unsigned long size)
{
	return map_and_unmap(s, iova_for(s, size), pa_for(s, size), size);
}

static enum verdict ends(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, size);
	phys_addr_t pa = pa_for(s, size);
	bool good;
	int error;

	if (!is_unmapped(s, iova, size))
		return FALSE_CLAIM;
	error = compat_map(s->domain, iova, pa, size, PROT_RW);
	if (error)
		return fail(s, "iommu_map: %pe", ERR_PTR(error));
	good = phys_is(s, iova - 1, 0) && phys_is(s, iova, pa) &&
	       phys_is(s, iova + size - 1, pa + size - 1) &&
	       phys_is(s, iova + size, 0);
	return verdict_of(unmap_all(s, iova, size) && good);
}

static enum verdict twice_at_once(struct subject *s, unsigned long size)
{
	return map_and_unmap(s, iova_for(s, size), pa_for(s, size), 2 * size);
}

static enum verdict iova_off_by_half(struct subject *s, unsigned long size)
{
	return is_refused(s, iova_for(s, size) + s->smallest / 2,
			  pa_for(s, size), size, PROT_RW);
}

static enum verdict pa_off_by_half(struct subject *s, unsigned long size)
{
	return is_refused(s, iova_for(s, size),
			  pa_for(s, size) + s->smallest / 2, size, PROT_RW);
}

static enum verdict length_off_by_half(struct subject *s, unsigned long size)
{
	return is_refused(s, iova_for(s, size), pa_for(s, size),
			  size + s->smallest / 2, PROT_RW);
}

/* ---- Blocks: what does not fit a block is made of smaller ones ---- */

static enum verdict iova_off_by_smaller(struct subject *s, unsigned long size)
{
	return map_and_unmap(s, iova_for(s, size) + smaller_size(s, size),
			     pa_for(s, size), size);
}

static enum verdict pa_off_by_smaller(struct subject *s, unsigned long size)
{
	return map_and_unmap(s, iova_for(s, size),
			     pa_for(s, size) + smaller_size(s, size), size);
}

/* Two of the smallest, the block, three of the smallest */
static enum verdict block_within_range(struct subject *s, unsigned long size)
{
	unsigned long before = 2 * s->smallest, after = 3 * s->smallest;
	unsigned long iova = iova_for(s, size) + size;
	phys_addr_t pa = pa_for(s, size);
	unsigned long all = before + size + after;
	bool good;
	int error;

	if (pa < before)
		pa += size;
	error = compat_map(s->domain, iova - before, pa - before, all,
			   PROT_RW);
	if (error)
		return fail(s, "iommu_map: %pe", ERR_PTR(error));
	good = phys_is(s, iova - before - 1, 0) &&
	       is_mapped(s, iova - before, pa - before, before) &&
	       is_mapped(s, iova, pa, size) &&
	       is_mapped(s, iova + size, pa + size, after) &&
	       phys_is(s, iova + size + after, 0);
	return verdict_of(unmap_all(s, iova - before, all) && good);
}

/* A block where tables of smaller pages were, and these again */
static enum verdict block_replaces_table(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, size), smaller = smaller_size(s, size);
	enum verdict verdict;

	verdict = map_and_unmap(s, iova + smaller, pa_for(s, smaller), smaller);
	if (verdict == TRUE_CLAIM)
		verdict = map_and_unmap(s, iova, pa_for(s, size), size);
	if (verdict == TRUE_CLAIM)
		verdict = map_and_unmap(s, iova, pa_for(s, smaller), smaller);
	return verdict;
}

const struct claim mapping_claims[] = {
	{ EACH_SIZE, "maps @ at aligned addresses, and unmaps it", aligned },
	{ EACH_SIZE, "iova_to_phys knows the ends of a @ mapping", ends },
	{ EACH_SIZE, "maps two @ in one call", twice_at_once },
	{ EACH_SIZE, "refuses @ at an IOVA that is no multiple of a page",
	  iova_off_by_half },
	{ EACH_SIZE, "refuses @ at a physical address that is no multiple of a page",
	  pa_off_by_half },
	{ EACH_SIZE, "refuses @ and half a page", length_off_by_half },
	{ EACH_BLOCK, "maps @ in pieces at an IOVA aligned to $ only",
	  iova_off_by_smaller },
	{ EACH_BLOCK, "maps @ in pieces to a physical address aligned to $ only",
	  pa_off_by_smaller },
	{ EACH_BLOCK, "maps a range with a @ block in its middle",
	  block_within_range },
	{ EACH_BLOCK, "maps a @ block where $ were, and these again",
	  block_replaces_table },
};

const unsigned int mapping_count = CLAIM_COUNT(mapping_claims);
