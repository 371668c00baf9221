// SPDX-License-Identifier: GPL-2.0
/*
 * msmmu_probe: what each IOMMU group gets of its SMMU, seen from inside
 *
 * Everything is done while the module is loaded; loading succeeds when the
 * tests could run, whatever they found. One group after the other is claimed,
 * gets a domain, goes through the tables of claims and is given back.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "probe.h"

static char *groups = "";
module_param(groups, charp, 0444);
MODULE_PARM_DESC(groups, "Groups or functions to test, as 1,0001:00:01.0; all endpoints' by default");

static bool skip_dma;
module_param(skip_dma, bool, 0444);
MODULE_PARM_DESC(skip_dma, "Do without the DMA test engine");

static LIST_HEAD(subjects);

/* ---- Which groups there are ---- */

static bool is_wanted(const struct subject *s)
{
	const char *at = groups;
	char number[12];

	if (!*groups)
		return s->endpoint;
	snprintf(number, sizeof(number), "%d", s->id);
	while (*at) {
		size_t length = strcspn(at, ",");

		if ((length == strlen(number) &&
		     !strncmp(at, number, length)) ||
		    (length == strlen(pci_name(s->pdev)) &&
		     !strncmp(at, pci_name(s->pdev), length)))
			return true;
		at += length + (at[length] == ',');
	}
	return false;
}

static struct subject *find_subject(int id)
{
	struct subject *s;

	list_for_each_entry(s, &subjects, entry)
		if (s->id == id)
			return s;
	return NULL;
}

static const char *instance_name(struct pci_dev *pdev)
{
	struct device *dev = pdev->dev.iommu->iommu_dev->dev;

	/* The class device of sysfs; its parent is the instance */
	return dev_name(dev->parent ? dev->parent : dev);
}

static int add_function(struct pci_dev *pdev)
{
	struct iommu_group *group = iommu_group_get(&pdev->dev);
	bool endpoint = pdev->hdr_type == PCI_HEADER_TYPE_NORMAL &&
			pdev->class >> 16 != PCI_BASE_CLASS_BRIDGE;
	struct subject *s;

	if (!group)
		return 0;
	if (!pdev->dev.iommu || !pdev->dev.iommu->iommu_dev) {
		iommu_group_put(group);
		return 0;
	}
	s = find_subject(iommu_group_id(group));
	if (!s) {
		s = kzalloc(sizeof(*s), GFP_KERNEL);
		if (!s) {
			iommu_group_put(group);
			return -ENOMEM;
		}
		s->group = group;
		s->id = iommu_group_id(group);
		list_add_tail(&s->entry, &subjects);
	} else {
		iommu_group_put(group);
	}
	if (!s->pdev || (endpoint && !s->endpoint)) {
		pci_dev_put(s->pdev);
		s->pdev = pci_dev_get(pdev);
		s->endpoint = endpoint;
		s->iommu = instance_name(pdev);
	}
	if (!skip_dma && engine_of(pdev) && !s->engine) {
		pci_dev_put(s->pdev);
		s->pdev = pci_dev_get(pdev);
		s->engine = engine_of(pdev);
	}
	return 0;
}

static int find_subjects(void)
{
	struct pci_dev *pdev = NULL;
	int error;

	for_each_pci_dev(pdev) {
		error = add_function(pdev);
		if (error) {
			pci_dev_put(pdev);
			return error;
		}
	}
	return 0;
}

static void drop_subjects(void)
{
	struct subject *s, *next;

	list_for_each_entry_safe(s, next, &subjects, entry) {
		list_del(&s->entry);
		pci_dev_put(s->pdev);
		iommu_group_put(s->group);
		kfree(s);
	}
}

/* ---- One group ---- */

/*
 * Four pages of the SMMU's smallest size, or of the kernel's if these are
 * larger: contiguous, and aligned to all of them.
 */
static bool allocate_buffer(struct subject *s)
{
	size_t page = max_t(size_t, s->smallest, PAGE_SIZE);
	struct page *pages;

	s->order = get_order(4 * page);
	pages = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, s->order);
	if (!pages)
		return false;
	s->buffer = page_address(pages);
	s->pa = page_to_phys(pages);
	s->bytes = PAGE_SIZE << s->order;
	return true;
}

static void free_buffer(struct subject *s)
{
	if (s->buffer)
		free_pages((unsigned long)s->buffer, s->order);
	s->buffer = NULL;
}

struct progress {
	unsigned int number;
	unsigned int failed;
};

static void try_claim(struct subject *s, struct progress *progress,
		      const struct claim *claim, unsigned long size)
{
	char name[NAME_BYTES];
	enum verdict verdict;

	s->detail[0] = '\0';
	expand_name(name, claim->name, s, size);
	verdict = claim->run(s, size);
	progress->failed += verdict == FALSE_CLAIM;
	report_claim(1, ++progress->number, verdict, name, s->detail);
	cond_resched();
}

static void try_table(struct subject *s, struct progress *progress,
		      const struct claim *claims, unsigned int count)
{
	unsigned long sizes = s->attached ? s->domain->pgsize_bitmap : 0;
	unsigned int i, bit;

	for_each_set_bit(bit, &sizes, BITS_PER_LONG)
		for (i = 0; i < count; i++)
			if (claims[i].scope == EACH_SIZE ||
			    (claims[i].scope == EACH_BLOCK &&
			     BIT(bit) != s->smallest))
				try_claim(s, progress, &claims[i], BIT(bit));
	for (i = 0; i < count; i++)
		if (claims[i].scope == ONCE)
			try_claim(s, progress, &claims[i], 0);
}

static void skip_table(struct progress *progress, const char *name,
		       const char *why)
{
	report_claim(1, ++progress->number, SKIPPED, name, why);
}

/*
 * The number of claims is known when the domain is attached, and a plan must
 * come before the first of them: the first table has no sizes, and its lines
 * are not many, so that its results wait until then.
 */
struct early_result {
	enum verdict verdict;
	char detail[DETAIL_BYTES];
};

static int try_first(struct subject *s, struct early_result *results)
{
	unsigned int i;

	for (i = 0; i < first_count; i++) {
		s->detail[0] = '\0';
		results[i].verdict = first_claims[i].run(s, 0);
		memcpy(results[i].detail, s->detail, DETAIL_BYTES);
	}
	return s->attached && !allocate_buffer(s) ? -ENOMEM : 0;
}

static unsigned int plan(const struct subject *s, bool mappable)
{
	unsigned long sizes = mappable ? s->domain->pgsize_bitmap : 0;
	unsigned int count = first_count + last_count;

	if (mappable)
		count += count_claims(mapping_claims, mapping_count, sizes) +
			 count_claims(partial_claims, partial_count, sizes);
	else
		count++;
	if (mappable && s->engine)
		count += count_claims(dma_claims, dma_count, sizes) +
			 count_claims(access_claims, access_count, sizes);
	else
		count++;
	return count;
}

static unsigned int test_subject(struct subject *s,
				 struct early_result *results)
{
	struct progress progress = { };
	const char *why = "not attached";
	bool mappable;
	unsigned int i;

	domains_report_default(s);
	if (try_first(s, results))
		why = "no memory";
	mappable = s->attached && s->buffer && s->domain->pgsize_bitmap;
	report_subtest(s);
	report_plan(1, plan(s, mappable));
	for (i = 0; i < first_count; i++) {
		progress.failed += results[i].verdict == FALSE_CLAIM;
		report_claim(1, ++progress.number, results[i].verdict,
			     first_claims[i].name, results[i].detail);
	}
	if (mappable) {
		try_table(s, &progress, mapping_claims, mapping_count);
		try_table(s, &progress, partial_claims, partial_count);
	} else {
		skip_table(&progress, "maps and unmaps", why);
	}
	if (mappable && s->engine) {
		try_table(s, &progress, dma_claims, dma_count);
		try_table(s, &progress, access_claims, access_count);
	} else {
		skip_table(&progress, "DMA", mappable ?
			   "no msmmu-engine in the group" : why);
	}
	try_table(s, &progress, last_claims, last_count);
	domains_release(s);
	free_buffer(s);
	return progress.failed;
}

/* ---- All of them ---- */

static int test_all(void)
{
	struct early_result *results;
	unsigned int count = 0, number = 0, failed;
	struct subject *s;

	results = kcalloc(first_count, sizeof(*results), GFP_KERNEL);
	if (!results)
		return -ENOMEM;
	list_for_each_entry(s, &subjects, entry)
		count += is_wanted(s);
	pr_alert("KTAP version 1\n");
	report_plan(0, count);
	list_for_each_entry(s, &subjects, entry) {
		if (!is_wanted(s)) {
			domains_report_default(s);
			continue;
		}
		failed = test_subject(s, results);
		report_provoked(s);
		report_claim(0, ++number, failed ? FALSE_CLAIM : TRUE_CLAIM,
			     pci_name(s->pdev), "");
	}
	kfree(results);
	return 0;
}

static int __init probe_init(void)
{
	int error = engines_start();

	if (error)
		return error;
	report_module(COMPAT_API_MAP ", " COMPAT_API_PAGING);
	error = find_subjects();
	if (!error)
		error = test_all();
	drop_subjects();
	engines_stop();
	return error;
}

static void __exit probe_exit(void)
{
}

module_init(probe_init);
module_exit(probe_exit);

MODULE_DESCRIPTION("What each IOMMU group gets of its SMMU, seen from inside");
MODULE_LICENSE("GPL");
