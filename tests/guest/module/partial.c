// SPDX-License-Identifier: GPL-2.0
/*
 * Parts of mappings, the ends of the aperture, and what has no size to be
 * mapped with
 *
 * Nothing is asked for that io-pgtable answers with a warning in the log: to
 * map what is mapped, to unmap what is not, or to go beyond the aperture.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "compat.h"
#include "probe.h"

static enum verdict verdict_of(bool good)
{
	return good ? TRUE_CLAIM : FALSE_CLAIM;
}

/* False with a detail */
static bool map(struct subject *s, unsigned long iova, phys_addr_t pa,
		unsigned long size)
{
	int error = compat_map(s->domain, iova, pa, size, PROT_RW);

	if (error)
		fail(s, "iommu_map: %pe", ERR_PTR(error));
	return !error;
}

/* ---- Each size ---- */

static enum verdict one_of_two(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, size);
	phys_addr_t pa = pa_for(s, size);
	bool good;

	if (!map(s, iova, pa, 2 * size))
		return FALSE_CLAIM;
	good = unmap_all(s, iova + size, size) &&
	       is_mapped(s, iova, pa, size);
	return verdict_of(unmap_all(s, iova, size) && good);
}

static enum verdict remapped(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, size);
	phys_addr_t pa = pa_for(s, size);
	bool good;

	if (!map(s, iova, pa, size))
		return FALSE_CLAIM;
	good = is_mapped(s, iova, pa, size);
	if (!unmap_all(s, iova, size) || !map(s, iova, pa + size, size))
		return FALSE_CLAIM;
	good = is_mapped(s, iova, pa + size, size) && good;
	return verdict_of(unmap_all(s, iova, size) && good);
}

/* ---- Blocks ---- */

static enum verdict block_out_of_range(struct subject *s, unsigned long size)
{
	unsigned long page = s->smallest, iova = iova_for(s, size) + size;
	phys_addr_t pa = pa_for(s, size);
	bool good;

	if (pa < page)
		pa += size;
	if (!map(s, iova - page, pa - page, size + 2 * page))
		return FALSE_CLAIM;
	good = unmap_all(s, iova, size) &&
	       is_mapped(s, iova - page, pa - page, page) &&
	       is_mapped(s, iova + size, pa + size, page);
	good = unmap_all(s, iova - page, page) && good;
	return verdict_of(unmap_all(s, iova + size, page) && good);
}

static enum verdict piece_of_block(struct subject *s, unsigned long size)
{
	unsigned long iova = iova_for(s, size), piece = smaller_size(s, size);
	unsigned long at = size / 2;
	phys_addr_t pa = pa_for(s, size);
	bool good;

	if (compat_no_split())
		return skip(s, "%s", compat_no_split());
	if (!map(s, iova, pa, size))
		return FALSE_CLAIM;
	good = unmap_all(s, iova + at, piece) &&
	       is_mapped(s, iova, pa, at) &&
	       is_mapped(s, iova + at + piece, pa + at + piece,
			 size - at - piece);
	good = unmap_all(s, iova, at) && good;
	return verdict_of(unmap_all(s, iova + at + piece,
				    size - at - piece) && good);
}

/* ---- Once ---- */

static enum verdict less_than_page(struct subject *s, unsigned long size)
{
	return is_refused(s, iova_for(s, s->smallest), s->pa, s->smallest / 2,
			  PROT_RW);
}

static enum verdict half_unmap(struct subject *s, unsigned long size)
{
	unsigned long page = s->smallest, iova = iova_for(s, page);
	size_t unmapped;
	bool good;

	if (!map(s, iova, s->pa, page))
		return FALSE_CLAIM;
	unmapped = iommu_unmap(s->domain, iova, page / 2);
	if (unmapped) {
		fail(s, "0x%zx bytes were unmapped", unmapped);
		iommu_unmap(s->domain, iova, page);
		return FALSE_CLAIM;
	}
	good = is_mapped(s, iova, s->pa, page);
	return verdict_of(unmap_all(s, iova, page) && good);
}

static enum verdict three_pages(struct subject *s, unsigned long size)
{
	unsigned long page = s->smallest, iova = iova_for(s, page);
	bool good;

	if (!map(s, iova, s->pa, 3 * page))
		return FALSE_CLAIM;
	good = is_mapped(s, iova, s->pa, 3 * page) &&
	       phys_is(s, iova + page, s->pa + page) &&
	       phys_is(s, iova + 2 * page, s->pa + 2 * page) &&
	       phys_is(s, iova + 3 * page, 0);
	good = unmap_all(s, iova + page, page) && good;
	good = is_mapped(s, iova, s->pa, page) && good;
	good = unmap_all(s, iova, page) && good;
	return verdict_of(unmap_all(s, iova + 2 * page, page) && good);
}

static enum verdict first_page(struct subject *s, unsigned long size)
{
	unsigned long iova = s->domain->geometry.aperture_start;

	if (!map(s, iova, s->pa, s->smallest))
		return FALSE_CLAIM;
	return verdict_of(is_mapped(s, iova, s->pa, s->smallest) &
			  unmap_all(s, iova, s->smallest));
}

static enum verdict last_page(struct subject *s, unsigned long size)
{
	unsigned long end = s->domain->geometry.aperture_end;
	unsigned long iova = end - s->smallest + 1;

	if (!s->domain->geometry.force_aperture)
		return skip(s, "the aperture has no end");
	if (!map(s, iova, s->pa, s->smallest))
		return FALSE_CLAIM;
	return verdict_of(is_mapped(s, iova, s->pa, s->smallest) &
			  unmap_all(s, iova, s->smallest));
}

static enum verdict without_permission(struct subject *s, unsigned long size)
{
	if (compat_no_empty_prot())
		return skip(s, "%s", compat_no_empty_prot());
	return is_refused(s, iova_for(s, s->smallest), s->pa, s->smallest,
			  IOMMU_CACHE);
}

const struct claim partial_claims[] = {
	{ EACH_SIZE, "unmaps one of two @, and the other stays", one_of_two },
	{ EACH_SIZE, "maps @ to another address after an unmap", remapped },
	{ EACH_BLOCK, "unmaps a @ block out of a range, and the ends stay",
	  block_out_of_range },
	{ EACH_BLOCK, "unmaps $ of a @ block, and the rest stays",
	  piece_of_block },
	{ ONCE, "refuses half a page, less than the smallest size",
	  less_than_page },
	{ ONCE, "refuses to unmap half a page", half_unmap },
	{ ONCE, "maps three pages in one call, and unmaps each alone",
	  three_pages },
	{ ONCE, "maps the first page of the aperture", first_page },
	{ ONCE, "maps the last page of the aperture", last_page },
	{ ONCE, "refuses a mapping without permissions", without_permission },
};

const unsigned int partial_count = CLAIM_COUNT(partial_claims);
