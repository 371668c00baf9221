/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, from 6.1 on
 *
 * Each difference is a function here, decided by the version that brought it.
 */
#ifndef MSMMU_PROBE_COMPAT_H
#define MSMMU_PROBE_COMPAT_H

#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/version.h>

#include "probe.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "msmmu_probe is for Linux 6.1 and newer"
#endif

/* 6.3: iommu_map() takes GFP flags, and iommu_map_atomic() is gone */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define COMPAT_API_MAP "iommu_map with gfp"
#else
#define COMPAT_API_MAP "iommu_map without gfp"
#endif

static inline int compat_map(struct iommu_domain *domain, unsigned long iova,
			     phys_addr_t pa, size_t size, int prot)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return iommu_map(domain, iova, pa, size, prot, GFP_KERNEL);
#else
	return iommu_map(domain, iova, pa, size, prot);
#endif
}

/* 6.11: a domain is allocated for the device that it is to be attached to */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define COMPAT_API_PAGING "iommu_paging_domain_alloc"
#else
#define COMPAT_API_PAGING "iommu_domain_alloc"
#endif

static inline struct iommu_domain *compat_paging_domain(struct device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	return iommu_paging_domain_alloc(dev);
#else
	struct iommu_domain *domain = iommu_domain_alloc(dev->bus);

	return domain ? domain : ERR_PTR(-ENODEV);
#endif
}

/* 6.13: no domain is allocated for a bus any more */
static inline const char *compat_no_unbound(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	return NULL;
#else
	return "no such API since 6.13";
#endif
}

static inline struct iommu_domain *compat_unbound_domain(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	struct iommu_domain *domain = iommu_domain_alloc(&pci_bus_type);

	return domain ? domain : ERR_PTR(-ENODEV);
#else
	return ERR_PTR(-EOPNOTSUPP);
#endif
}

/* 6.13: blocks are not split any more; io-pgtable warns if that is asked for */
static inline const char *compat_no_split(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	return NULL;
#else
	return "blocks are not split since 6.13";
#endif
}

/*
 * 6.12, and 6.1.y in time: io-pgtable refuses a mapping without permissions.
 * Others may do nothing and call that success, with which iommu_map() loops.
 */
static inline const char *compat_no_empty_prot(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0) || \
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 176) && \
	 LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0))
	return NULL;
#else
	return "not known to end before 6.12";
#endif
}

/*
 * 6.9: the driver has a blocked domain, with which the SMMU aborts without an
 * event; before, a group is blocked by a domain with nothing mapped.
 */
static inline enum event compat_blocked_event(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	return NO_EVENT;
#else
	return F_TRANSLATION;
#endif
}

/* 6.17: a driver has no bitmap any more, only its domains have */
static inline const char *compat_no_driver_sizes(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
	return NULL;
#else
	return "no such field since 6.17";
#endif
}

static inline unsigned long compat_driver_sizes(struct iommu_device *iommu)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
	return iommu->ops->pgsize_bitmap;
#else
	return 0;
#endif
}

#endif /* MSMMU_PROBE_COMPAT_H */
