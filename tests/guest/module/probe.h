/* SPDX-License-Identifier: GPL-2.0 */
/*
 * msmmu_probe: what the files of the module share
 *
 * A subject is an IOMMU group under test. A claim is a sentence that must be
 * true of it; it is one row of a table and one line of the report. Claims do
 * not depend on each other: each maps what it needs and unmaps it again.
 */
#ifndef MSMMU_PROBE_H
#define MSMMU_PROBE_H

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/pci.h>
#include <linux/types.h>

#define DETAIL_BYTES 200
#define NAME_BYTES 120
#define PROT_RW (IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE)

enum verdict { TRUE_CLAIM, FALSE_CLAIM, SKIPPED };

enum event { NO_EVENT, F_TRANSLATION, F_PERMISSION, EVENT_COUNT };

struct engine;

struct subject {
	struct list_head entry;
	struct iommu_group *group;
	int id;
	struct pci_dev *pdev;		/* the first endpoint, or a bridge */
	bool endpoint;
	const char *iommu;		/* the instance: its device's name */
	struct engine *engine;		/* NULL without one */

	struct iommu_domain *standard;	/* the default domain */
	bool claimed;			/* the group's DMA is ours */
	bool attached;
	struct iommu_domain *domain;	/* for the tests; NULL before */
	unsigned long before;		/* its bitmap before it was attached */
	unsigned long smallest;		/* of its sizes, once attached */

	/* Memory for the tests: bytes are a multiple of smallest */
	void *buffer;
	phys_addr_t pa;
	size_t bytes;
	unsigned int order;

	/* How many faults the tests made, by what the SMMU records of them */
	unsigned int provoked[EVENT_COUNT];

	char detail[DETAIL_BYTES];	/* why a claim is false or skipped */
};

enum claim_scope {
	ONCE,		/* for the domain */
	EACH_SIZE,	/* for each size in its bitmap */
	EACH_BLOCK,	/* for each but the smallest */
};

/* In a name, '@' is the size, '$' the next smaller one */
struct claim {
	enum claim_scope scope;
	const char *name;
	enum verdict (*run)(struct subject *s, unsigned long size);
};

#define CLAIM_COUNT(table) ARRAY_SIZE(table)

/* report.c */
__printf(2, 3) enum verdict fail(struct subject *s, const char *format, ...);
__printf(2, 3) enum verdict skip(struct subject *s, const char *format, ...);
void report_plan(unsigned int depth, unsigned int count);
void report_subtest(const struct subject *s);
void report_claim(unsigned int depth, unsigned int number, enum verdict verdict,
		  const char *name, const char *detail);
void report_module(const char *api);
void report_domain(const struct subject *s, const char *which,
		   const struct iommu_domain *domain);
void report_no_domain(const struct subject *s, const char *which,
		      const char *why);
void report_provoked(const struct subject *s);
void report_driver(const struct subject *s, unsigned long sizes);
const char *domain_type(const struct iommu_domain *domain);

/* sizes.c: page sizes, and where mappings of them go */
struct size_text {
	char text[12];
};

struct size_text size_text(u64 size);
unsigned long smaller_size(const struct subject *s, unsigned long size);
unsigned long iova_for(const struct subject *s, unsigned long size);
phys_addr_t pa_for(const struct subject *s, unsigned long size);
unsigned int count_claims(const struct claim *rows, unsigned int count,
			  unsigned long sizes);
void expand_name(char *name, const char *pattern, const struct subject *s,
		 unsigned long size);

/* domains.c: the domain's life, before and after the tests */
extern const struct claim first_claims[];
extern const unsigned int first_count;
extern const struct claim last_claims[];
extern const unsigned int last_count;

void domains_report_default(struct subject *s);
void domains_release(struct subject *s);

/* mapping.c: whole mappings */
extern const struct claim mapping_claims[];
extern const unsigned int mapping_count;

bool phys_is(struct subject *s, unsigned long iova, phys_addr_t expected);
bool is_unmapped(struct subject *s, unsigned long iova, unsigned long size);
bool is_mapped(struct subject *s, unsigned long iova, phys_addr_t pa,
	       unsigned long size);
enum verdict is_refused(struct subject *s, unsigned long iova, phys_addr_t pa,
			unsigned long size, int prot);
bool unmap_all(struct subject *s, unsigned long iova, unsigned long size);

/* partial.c: parts and ends of mappings, and what must be refused */
extern const struct claim partial_claims[];
extern const unsigned int partial_count;

/* engine.c: a driver of the DMA test engine */
struct engine_result {
	u32 status;
	u32 detail;
	u32 failed;
	u32 transactions;
	u64 fault;
};

enum access { DATA_READ, DATA_WRITE, FETCH };

int engines_start(void);
void engines_stop(void);
struct engine *engine_of(struct pci_dev *pdev);
struct pci_dev *engine_elsewhere(const struct subject *s);
int engine_access(struct engine *engine, u64 iova, u32 bytes,
		  enum access access, struct engine_result *result);
void engine_local_set(struct engine *engine, const void *data, size_t bytes);
void engine_local_get(struct engine *engine, void *data, size_t bytes);

/* dma.c: DMA through mappings of each size; access.c: by permission */
extern const struct claim dma_claims[];
extern const unsigned int dma_count;
extern const struct claim access_claims[];
extern const unsigned int access_count;

bool dma_arrives(struct subject *s, u64 iova, size_t offset);
bool dma_faults(struct subject *s, u64 iova, enum access access,
		enum event event);
bool dma_reads(struct subject *s, u64 iova, size_t offset,
	       enum access access);
bool dma_writes(struct subject *s, u64 iova, size_t offset);

#endif /* MSMMU_PROBE_H */
