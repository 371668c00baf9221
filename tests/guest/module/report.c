// SPDX-License-Identifier: GPL-2.0
/*
 * What the module says: KTAP for claims, JSON for what was seen
 *
 * Everything goes through the kernel's log, at a level that is shown in spite
 * of "quiet". KTAP is nested as in Documentation/dev-tools/ktap.rst; a JSON
 * object follows "msmmu: ", as those of the probe that runs as /init.
 */
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/utsname.h>

#include "probe.h"

enum verdict fail(struct subject *s, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(s->detail, sizeof(s->detail), format, list);
	va_end(list);
	return FALSE_CLAIM;
}

enum verdict skip(struct subject *s, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(s->detail, sizeof(s->detail), format, list);
	va_end(list);
	return SKIPPED;
}

/* ---- KTAP: depth 0 is the module, depth 1 a group ---- */

static const char *indent(unsigned int depth)
{
	return depth ? "    " : "";
}

void report_plan(unsigned int depth, unsigned int count)
{
	pr_alert("%s1..%u\n", indent(depth), count);
}

void report_subtest(const struct subject *s)
{
	pr_alert("%sKTAP version 1\n", indent(1));
	pr_alert("%s# Subtest: %s\n", indent(1), pci_name(s->pdev));
}

void report_claim(unsigned int depth, unsigned int number, enum verdict verdict,
		  const char *name, const char *detail)
{
	const char *separator = "";

	if (verdict == SKIPPED)
		separator = " # SKIP ";
	else if (verdict == FALSE_CLAIM && *detail)
		separator = " # ";
	pr_alert("%s%s %u %s%s%s\n", indent(depth),
		 verdict == FALSE_CLAIM ? "not ok" : "ok", number, name,
		 separator, *separator ? detail : "");
}

/* ---- JSON: no text here needs quoting ---- */

void report_module(const char *api)
{
	pr_alert("msmmu: {\"kind\":\"module\",\"release\":\"%s\",\"page_size\":%lu,\"api\":\"%s\"}\n",
		 init_utsname()->release, PAGE_SIZE, api);
}

const char *domain_type(const struct iommu_domain *domain)
{
	switch (domain->type) {
	case IOMMU_DOMAIN_BLOCKED:
		return "blocked";
	case IOMMU_DOMAIN_IDENTITY:
		return "identity";
	case IOMMU_DOMAIN_UNMANAGED:
		return "unmanaged";
	case IOMMU_DOMAIN_DMA:
		return "DMA";
	case IOMMU_DOMAIN_DMA_FQ:
		return "DMA-FQ";
	default:
		return "other";
	}
}

static void report_record(const struct subject *s, const char *which,
			  const char *rest)
{
	pr_alert("msmmu: {\"kind\":\"domain\",\"bdf\":\"%s\",\"group\":%d,\"iommu\":\"%s\",\"which\":\"%s\",%s}\n",
		 pci_name(s->pdev), s->id, s->iommu, which, rest);
}

void report_domain(const struct subject *s, const char *which,
		   const struct iommu_domain *domain)
{
	char rest[160];

	snprintf(rest, sizeof(rest),
		 "\"type\":\"%s\",\"pgsizes\":\"0x%lx\",\"aperture\":\"0x%llx-0x%llx\"",
		 domain_type(domain), domain->pgsize_bitmap,
		 (u64)domain->geometry.aperture_start,
		 (u64)domain->geometry.aperture_end);
	report_record(s, which, rest);
}

void report_no_domain(const struct subject *s, const char *which,
		      const char *why)
{
	char rest[160];

	snprintf(rest, sizeof(rest), "\"failed\":\"%s\"", why);
	report_record(s, which, rest);
}

/* For whoever looks at the SMMU's own counters */
void report_provoked(const struct subject *s)
{
	static const char * const names[EVENT_COUNT] = {
		[F_TRANSLATION] = "F_TRANSLATION",
		[F_PERMISSION] = "F_PERMISSION",
	};
	unsigned int i;

	for (i = NO_EVENT + 1; i < EVENT_COUNT; i++)
		pr_alert("msmmu: {\"kind\":\"provoked\",\"bdf\":\"%s\",\"event\":\"%s\",\"count\":%u}\n",
			 pci_name(s->pdev), names[i], s->provoked[i]);
}

void report_driver(const struct subject *s, unsigned long sizes)
{
	char rest[40];

	snprintf(rest, sizeof(rest), "\"pgsizes\":\"0x%lx\"", sizes);
	report_record(s, "driver", rest);
}
