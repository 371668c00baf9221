// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a domain: which bitmap it has when, and where it can be attached
 *
 * The group's DMA is claimed as VFIO does it. Nothing is unbound for that: a
 * group that a driver uses is left alone, and its claims are skipped.
 */
#include <linux/sizes.h>

#include "compat.h"
#include "probe.h"

/* Any address will do: it identifies the owner */
static char owner;

void domains_report_default(struct subject *s)
{
	s->standard = iommu_get_domain_for_dev(&s->pdev->dev);
	if (s->standard)
		report_domain(s, "default", s->standard);
	else
		report_no_domain(s, "default", "the group has no domain");

	if (compat_no_driver_sizes())
		report_no_domain(s, "driver", compat_no_driver_sizes());
	else
		report_driver(s, compat_driver_sizes(s->pdev->dev.iommu->iommu_dev));
}

/* ---- Before the tests ---- */

static enum verdict has_default(struct subject *s, unsigned long size)
{
	return s->standard ? TRUE_CLAIM : fail(s, "it has none");
}

static enum verdict can_be_claimed(struct subject *s, unsigned long size)
{
	struct device_driver *driver = s->pdev->dev.driver;
	int error = iommu_group_claim_dma_owner(s->group, &owner);

	if ((error == -EPERM || error == -EBUSY) && driver && !s->engine)
		return skip(s, "%s uses it", driver->name);
	if (error)
		return fail(s, "iommu_group_claim_dma_owner: %pe",
			    ERR_PTR(error));
	s->claimed = true;
	return TRUE_CLAIM;
}

/*
 * A domain that was allocated for no device: until it is attached, there is
 * no instance whose tables it could have.
 */
static enum verdict unbound_maps_nothing(struct subject *s, unsigned long size)
{
	struct iommu_domain *domain;
	int error = 0;

	if (compat_no_unbound()) {
		report_no_domain(s, "unbound", compat_no_unbound());
		return skip(s, "%s", compat_no_unbound());
	}
	domain = compat_unbound_domain();
	if (IS_ERR(domain)) {
		report_no_domain(s, "unbound", "iommu_domain_alloc failed");
		return fail(s, "iommu_domain_alloc: %pe", domain);
	}
	report_domain(s, "unbound", domain);
	if (domain->pgsize_bitmap) {
		size = BIT(__ffs(domain->pgsize_bitmap));
		error = compat_map(domain, size, size, size, PROT_RW);
	}
	iommu_domain_free(domain);
	if (!error)
		return fail(s, "it was mapped");
	return error == -ENODEV ? TRUE_CLAIM :
	       fail(s, "%pe, not -ENODEV", ERR_PTR(error));
}

static enum verdict is_allocated(struct subject *s, unsigned long size)
{
	struct iommu_domain *domain = compat_paging_domain(&s->pdev->dev);

	if (IS_ERR(domain)) {
		report_no_domain(s, "before", COMPAT_API_PAGING " failed");
		return fail(s, COMPAT_API_PAGING ": %pe", domain);
	}
	s->domain = domain;
	s->before = domain->pgsize_bitmap;
	report_domain(s, "before", domain);
	return domain->type == IOMMU_DOMAIN_UNMANAGED ? TRUE_CLAIM :
	       fail(s, "its type is %s", domain_type(domain));
}

static enum verdict is_attached(struct subject *s, unsigned long size)
{
	int error;

	if (!s->domain)
		return skip(s, "no domain");
	if (!s->claimed) {
		report_no_domain(s, "after", "a driver uses the group");
		return skip(s, "a driver uses the group");
	}
	error = iommu_attach_group(s->domain, s->group);
	if (error) {
		report_no_domain(s, "after", "iommu_attach_group failed");
		return fail(s, "iommu_attach_group: %pe", ERR_PTR(error));
	}
	s->attached = true;
	report_domain(s, "after", s->domain);
	if (!s->domain->pgsize_bitmap)
		return fail(s, "its bitmap is empty");
	s->smallest = BIT(__ffs(s->domain->pgsize_bitmap));
	return TRUE_CLAIM;
}

/* DDI 0487, D8.2: which sizes the tables of a granule have */
static enum verdict one_granule(struct subject *s, unsigned long size)
{
	unsigned long sizes, legal;

	if (!s->attached)
		return skip(s, "not attached");
	sizes = s->domain->pgsize_bitmap;
	switch (s->smallest) {
	case SZ_4K:
		legal = SZ_4K | SZ_2M | SZ_1G | BIT(39);
		break;
	case SZ_16K:
		legal = SZ_16K | SZ_32M | BIT(36);
		break;
	case SZ_64K:
		legal = SZ_64K | SZ_512M | BIT(42);
		break;
	default:
		return fail(s, "0x%lx: no granule is that small", sizes);
	}
	return sizes & ~legal ? fail(s, "0x%lx", sizes) : TRUE_CLAIM;
}

static enum verdict within_before(struct subject *s, unsigned long size)
{
	if (!s->attached)
		return skip(s, "not attached");
	if (s->domain->pgsize_bitmap & ~s->before)
		return fail(s, "0x%lx, and it was 0x%lx",
			    s->domain->pgsize_bitmap, s->before);
	return TRUE_CLAIM;
}

const struct claim first_claims[] = {
	{ ONCE, "has a default domain", has_default },
	{ ONCE, "a domain for no device maps nothing", unbound_maps_nothing },
	{ ONCE, "no driver uses the group, so that it can be claimed",
	  can_be_claimed },
	{ ONCE, "gives out a paging domain", is_allocated },
	{ ONCE, "takes the paging domain", is_attached },
	{ ONCE, "the attached domain has sizes of one granule", one_granule },
	{ ONCE, "the attached domain has no size that it had not before",
	  within_before },
};

const unsigned int first_count = CLAIM_COUNT(first_claims);

/* ---- After the tests ---- */

static enum verdict other_refuses(struct subject *s, unsigned long size)
{
	struct pci_dev *pdev = engine_elsewhere(s);
	struct iommu_group *group;
	int error;

	if (!s->attached)
		return skip(s, "not attached");
	if (!pdev)
		return skip(s, "no engine behind another SMMU");
	group = iommu_group_get(&pdev->dev);
	if (!group)
		return fail(s, "%s has lost its group", pci_name(pdev));
	error = iommu_group_claim_dma_owner(group, &owner);
	if (error) {
		iommu_group_put(group);
		return fail(s, "%s cannot be claimed: %pe", pci_name(pdev),
			    ERR_PTR(error));
	}
	error = iommu_attach_group(s->domain, group);
	if (!error)
		iommu_detach_group(s->domain, group);
	iommu_group_release_dma_owner(group);
	iommu_group_put(group);
	/* -ENXIO until 6.1, then -EINVAL: there a domain is incompatible */
	if (error == -EINVAL || error == -ENXIO)
		return TRUE_CLAIM;
	return fail(s, "%s: %pe", pci_name(pdev), ERR_PTR(error));
}

/* What is still mapped in the domain cannot be reached any more */
static enum verdict detached_is_blocked(struct subject *s, unsigned long size)
{
	unsigned long iova;
	bool good;
	int error;

	if (!s->attached || !s->buffer || !s->engine) {
		if (s->attached)
			iommu_detach_group(s->domain, s->group);
		s->attached = false;
		return skip(s, "no engine to try it");
	}
	iova = iova_for(s, s->smallest);
	error = compat_map(s->domain, iova, s->pa, s->smallest, PROT_RW);
	if (error)
		fail(s, "iommu_map: %pe", ERR_PTR(error));
	good = !error && dma_arrives(s, iova, 0);
	iommu_detach_group(s->domain, s->group);
	s->attached = false;
	good = good && dma_faults(s, iova, DATA_READ, compat_blocked_event());
	if (!error)
		iommu_unmap(s->domain, iova, s->smallest);
	return good ? TRUE_CLAIM : FALSE_CLAIM;
}

static enum verdict gets_default_back(struct subject *s, unsigned long size)
{
	struct iommu_domain *now;

	if (!s->claimed)
		return skip(s, "it was not claimed");
	iommu_group_release_dma_owner(s->group);
	s->claimed = false;
	now = iommu_get_domain_for_dev(&s->pdev->dev);
	return now == s->standard ? TRUE_CLAIM :
	       fail(s, "it has another domain now");
}

static enum verdict default_works_as_before(struct subject *s,
					    unsigned long size)
{
	if (!s->engine || !s->buffer || !s->standard)
		return skip(s, "no engine to try it");
	if (s->standard->type == IOMMU_DOMAIN_IDENTITY)
		return dma_arrives(s, s->pa, 0) ? TRUE_CLAIM : FALSE_CLAIM;
	return dma_faults(s, s->pa, DATA_READ, F_TRANSLATION) ? TRUE_CLAIM :
	       FALSE_CLAIM;
}

const struct claim last_claims[] = {
	{ ONCE, "a group behind another SMMU refuses the domain",
	  other_refuses },
	{ ONCE, "DMA faults once the domain is detached",
	  detached_is_blocked },
	{ ONCE, "gets its default domain back", gets_default_back },
	{ ONCE, "DMA to a physical address does what the default domain says",
	  default_works_as_before },
};

const unsigned int last_count = CLAIM_COUNT(last_claims);

/* Give back what a claim that failed may have left */
void domains_release(struct subject *s)
{
	if (s->attached)
		iommu_detach_group(s->domain, s->group);
	if (s->claimed)
		iommu_group_release_dma_owner(s->group);
	if (s->domain)
		iommu_domain_free(s->domain);
	s->attached = false;
	s->claimed = false;
	s->domain = NULL;
}
