# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels and SMMUs that misbehave, pretended in the test module.

A mutant is C text at the end of a copy of the module's compat.h: functions
that lie, and macros that put them in the place of the kernel's. Each names the
claims that must fail because of it.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Mutant:
    """Something that must be found out."""
    name: str
    text: str
    # How names of claims begin that must fail, in one group at least
    fails: tuple


MAP = """
static inline int lying_map(struct iommu_domain *domain, unsigned long iova,
                            phys_addr_t pa, size_t size, int prot)
{
    unsigned long page = domain->pgsize_bitmap ?
                         BIT(__ffs(domain->pgsize_bitmap)) : PAGE_SIZE;
    unsigned long low = page - 1;

    %s
}
#define compat_map lying_map
"""
ACCESS = """
static inline int lying_access(struct engine *engine, u64 iova, u32 bytes,
                               enum access access, struct engine_result *result)
{
    int error = engine_access(engine, iova, bytes, access, result);

    %s
    return error;
}
#define engine_access lying_access
"""
ATTACH = """
static inline int lying_attach(struct iommu_domain *domain,
                               struct iommu_group *group)
{
    int error = iommu_attach_group(domain, group);

    %s
}
#define iommu_attach_group lying_attach
"""

MUTANTS = (
    Mutant('a kernel that rounds what is not aligned',
           MAP % 'return compat_map(domain, iova & ~low, pa & ~(u64)low, '
                 '(size + low) & ~low, prot);' + """
static inline size_t lying_unmap(struct iommu_domain *domain,
                                 unsigned long iova, size_t size)
{
    return iommu_unmap(domain, iova,
                       round_up(size, BIT(__ffs(domain->pgsize_bitmap))));
}
#define iommu_unmap lying_unmap
""", ('refuses 4K at an IOVA', 'refuses 4K at a physical',
      'refuses 4K and half', 'refuses 2M and half', 'refuses half a page',
      'refuses to unmap half')),
    Mutant('a kernel with error codes of its own',
           MAP % '(void)low; return compat_map(domain, iova, pa, size, prot) '
                 '? -EIO : 0;' + ATTACH % 'return error ? -EIO : 0;',
           ('refuses 4K at an IOVA', 'a domain for no device',
            'refuses a mapping without', 'a group behind another SMMU')),
    Mutant('a kernel that maps the next page',
           MAP % '(void)low; return compat_map(domain, iova, pa + page, size, '
                 'prot);',
           ('maps 4K at aligned', 'maps 1G at aligned', 'iova_to_phys knows',
            'maps two', 'maps 2M in pieces at an IOVA',
            'maps 2M in pieces to', 'maps a range with', 'maps a 2M block',
            'unmaps one of two', 'maps 4K to another', 'unmaps a 2M block',
            'unmaps 4K of a 2M', 'maps three', 'maps the first',
            'maps the last', 'DMA through a 4K', 'DMA through a 1G')),
    Mutant('a kernel that maps a page too much at both ends, for DMA', """
/* One for all files */
unsigned long __weak lying_iova;
unsigned long __weak lying_size;
""" + MAP % """
    if (strcmp(KBUILD_BASENAME, "dma") || (iova | pa | size) & low)
        return compat_map(domain, iova, pa, size, prot);
    lying_iova = iova;
    lying_size = size;
    return compat_map(domain, iova - page, pa - page, size + 2 * page,
                      prot);""" + """
static inline size_t lying_unmap(struct iommu_domain *domain,
                                 unsigned long iova, size_t size)
{
    unsigned long page = BIT(__ffs(domain->pgsize_bitmap));

    if (iova != lying_iova || size != lying_size)
        return iommu_unmap(domain, iova, size);
    return iommu_unmap(domain, iova - page, size + 2 * page) - 2 * page;
}
#define iommu_unmap lying_unmap
""", ('DMA past the end of a 4K', 'DMA past the end of a 1G',
      'DMA before the start of a 4K')),
    Mutant('a kernel that forgets permissions',
           MAP % '(void)low; return compat_map(domain, iova, pa, size, '
                 '(prot | IOMMU_READ | IOMMU_WRITE) & ~IOMMU_NOEXEC);',
           ('a mapping to read: ', 'a mapping not to execute',
            'two mappings', 'refuses a mapping without')),
    Mutant('an SMMU that aborts nothing',
           ACCESS % 'if (result->status == 2) result->status = 1;',
           ('DMA past the end of a 4K', 'DMA past the end of a 1G',
            'DMA before the start', 'DMA to a 4K mapping faults after',
            'DMA faults where', 'DMA faults once', 'one access across',
            'a mapping to read: ', 'a mapping not to execute')),
    Mutant('an SMMU that aborts everything',
           ACCESS % '*result = (struct engine_result) { .status = 2, '
                    '.failed = 1, .transactions = 1, .fault = iova };',
           ('DMA through a 4K', 'DMA through 2M in pieces',
            'DMA arrives at the page', 'DMA arrives at both ends',
            'DMA to the page before', 'a mapping to write',
            'a mapping to read and', 'two mappings',
            'DMA to a physical address')),
    Mutant('a kernel that attaches any domain anywhere',
           ATTACH % '(void)error; return 0;',
           ('a group behind another SMMU',)),
    Mutant('a kernel that attaches none',
           ATTACH % 'if (!error) iommu_detach_group(domain, group); '
                    'return -EINVAL;', ('takes the paging domain',)),
    Mutant('a kernel that invents a size',
           ATTACH % 'domain->pgsize_bitmap |= 0x2000; return error;',
           ('the attached domain has sizes', 'the attached domain has no')),
    Mutant('a kernel that has no domains',
           '#define compat_paging_domain(dev) ERR_PTR(-ENOMEM)\n'
           '#define iommu_get_domain_for_dev(dev) NULL\n',
           ('has a default domain', 'gives out a paging domain')),
    Mutant('a kernel that gives no group back',
           '#define iommu_group_release_dma_owner(group) do { } while (0)\n',
           ('no driver uses the group', 'gets its default domain back',
            'DMA to a physical address')),
)
