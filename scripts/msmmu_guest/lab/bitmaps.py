# SPDX-License-Identifier: GPL-2.0-or-later
"""Which page sizes Linux gives a domain behind an SMMU, and why.

A bitmap has bit N for pages of 2^N bytes. It comes about in steps, and each
function here is one of them, named after what the kernel does there. Read in
the sources of Linux 6.1, 6.12, 6.18, 7.2 and 7.3; what lies between 6.1 and
6.12, and differs at both ends, is said to be not known.
docs/lab/pgsize-bitmap.rst tells the story.

    kernel = Kernel('6.1.0-50-arm64', 4096)
    instances = [Instance.parse(text) for text in sets.SETS['4k+16k+64k']]
    expected(kernel, 'unbound', instances, 0).value   # '0x62215000'
"""

import dataclasses
import re

K, M, G, T = 1 << 10, 1 << 20, 1 << 30, 1 << 40

# Bitmaps of a group, as model.Group names them
DEFAULT = 'default'         # of its default domain
DRIVER = 'driver'           # of the driver's struct iommu_ops
UNBOUND = 'unbound'         # of a domain that is allocated for no device
BEFORE = 'before'           # of a paging domain before a device is attached
AFTER = 'after'             # and after
VFIO = 'vfio'               # as VFIO's type 1 interface tells user space
WHICH = (DEFAULT, DRIVER, UNBOUND, BEFORE, AFTER, VFIO)

# Translation granule: its blocks and pages (arm_smmu_device_hw_probe)
PAGES = {4 * K: 4 * K | 2 * M | G, 16 * K: 16 * K | 32 * M,
         64 * K: 64 * K | 512 * M}
GRANULES = {'4k': 4 * K, '16k': 16 * K, '64k': 64 * K}
BLOCK_4T = 4 * T

# The releases that changed something
ALLOC_FOR_DEVICE = (6, 11)      # iommu_paging_domain_alloc() is there
NO_ALLOC_FOR_BUS = (6, 13)      # iommu_domain_alloc() is gone
CONCATENATES_ALL = (6, 14)      # arm_lpae_concat_mandatory() is there
NO_DRIVER_BITMAP = (6, 17)      # iommu_ops::pgsize_bitmap is gone
# Nobody has read those between
READ_OLD, READ_NEW = (6, 1), (6, 12)


@dataclasses.dataclass(frozen=True)
class Kernel:
    """What of a kernel matters here."""
    release: str                # as uname -r says
    page_size: int
    va_bits: int = 48           # CONFIG_ARM64_VA_BITS

    @property
    def version(self):
        """(6, 12) of 6.12.107+deb13-arm64-16k; of 7.3-rc1 it is (7, 3)."""
        match = re.match(r'(\d+)\.(\d+)', self.release)
        return (int(match.group(1)), int(match.group(2))) if match else (0, 0)


@dataclasses.dataclass(frozen=True)
class Instance:
    """What of an instance matters here: IDR0.S1P, S2P, IDR5."""
    granules: tuple = (4 * K, 16 * K, 64 * K)
    stage1: bool = True
    stage2: bool = False
    oas: int = 48
    vax: int = 48

    @classmethod
    def parse(cls, properties):
        """From properties as on the emulator's command line."""
        given = dict(part.split('=', 1) for part in properties.split(',')
                     if '=' in part)
        stage = given.get('stage', '1')
        return cls(
            tuple(GRANULES[name.lower()] for name in
                  given.get('granules', '4k+16k+64k').split('+')),
            stage in ('1', 'nested'), stage in ('2', 'nested'),
            int(given.get('oas', '48')), int(given.get('vax', '48')))


@dataclasses.dataclass(frozen=True)
class Expected:
    """What a bitmap must be, and the kernel's reason."""
    value: str = ''             # '0x40201000', '' where there is none
    reason: str = ''
    missing: str = ''           # why there is none
    others: tuple = ()          # values that are as right, by order of probing

    def holds(self, found):
        """Whether FOUND, as a record says it, is right; '' is no bitmap."""
        if self.missing:
            return found == ''
        return found in (self.value, *self.others)


def name(bits):
    """'4K 2M 1G' of a bitmap."""
    words = []
    for shift in range(bits.bit_length()):
        if bits >> shift & 1:
            unit = min(shift // 10, 6)
            words.append(f'{1 << shift - 10 * unit}{" KMGTPE"[unit].strip()}')
    return ' '.join(words)


# ---- The steps -------------------------------------------------------------

def probed(instance):
    """arm_smmu_device_hw_probe(): smmu->pgsize_bitmap, all of the instance's.

    The 4T block is added for an OAS of 52 bits, with or without the granule
    64K that it belongs to.
    """
    bits = sum(PAGES[granule] for granule in set(instance.granules))
    return bits | (BLOCK_4T if instance.oas == 52 else 0)


def merged(instances):
    """The same function, until 6.16: arm_smmu_ops.pgsize_bitmap |= that."""
    bits = 0
    for instance in instances:
        bits |= probed(instance)
    return bits


def granule(bits, page_size):
    """arm_lpae_restrict_pgsizes(): one of the sizes in BITS.

    PAGE_SIZE if it is one; else the largest smaller one, else the smallest.
    """
    if bits & page_size:
        return page_size
    smaller = bits & (page_size - 1)
    if smaller:
        return 1 << smaller.bit_length() - 1
    return bits & -bits


def restricted(bits, page_size, oas):
    """arm_lpae_restrict_pgsizes(): pages and blocks of that granule alone."""
    chosen = granule(bits, page_size)
    if chosen not in PAGES:
        return 0
    sizes = PAGES[chosen]
    if chosen == 64 * K and oas > 48:
        sizes |= BLOCK_4T
    return bits & sizes


def stage(instance, nesting=False):
    """Whose tables arm_smmu_domain_finalise() makes: stage 1 where it is.

    NESTING: the domain was marked by VFIO_TYPE1_NESTING_IOMMU (until 6.12) or
    allocated as IOMMUFD's nest parent.
    """
    if not instance.stage2:
        return 1
    return 2 if nesting or not instance.stage1 else 1


def attached(instance, page_size):
    """arm_smmu_domain_finalise(): what a domain of this instance has.

    Both stages restrict the same bitmap, with the same OAS: the stage makes no
    difference, nor do tables of another format (IDR0.TTF).
    """
    return restricted(probed(instance), page_size, instance.oas)


def aperture_bits(kernel, instance, nesting=False):
    """The same: log2 of the addresses that the domain has.

    Stage 1: 48 bits or, with IDR5.VAX, 52, and no more than the kernel itself
    has; stage 2: the OAS. Only the granule 64K has more than 48 bits.
    """
    bits = instance.oas
    if stage(instance, nesting) == 1:
        bits = min(instance.vax, kernel.va_bits)
    chosen = granule(probed(instance), kernel.page_size)
    return bits if chosen == 64 * K else min(bits, 48)


def aperture(kernel, instance, nesting=False):
    """As a record has it: '0x0-0xffffffffffff'."""
    return f'0x0-{(1 << aperture_bits(kernel, instance, nesting)) - 1:#x}'


def rounded(bits, page_size):
    """vfio_update_pgsize_bitmap(): sizes below PAGE_SIZE appear as it."""
    smaller = bits & (page_size - 1)
    return bits - smaller | page_size if smaller else bits


def crashes(kernel, instance):
    """init_iova_domain(): BUG_ON(granule > PAGE_SIZE), for a DMA domain."""
    bits = attached(instance, kernel.page_size)
    return bits & -bits > kernel.page_size


# ---- What comes of them ----------------------------------------------------

def unknown(kernel):
    """A kernel that nobody has read."""
    return READ_OLD < kernel.version < READ_NEW


def expect_driver(kernel, instances):
    """struct iommu_ops of the driver."""
    if kernel.version >= NO_DRIVER_BITMAP:
        return Expected(missing='iommu_ops::pgsize_bitmap is gone since 6.17')
    return Expected(f'{merged(instances):#x}',
                    'arm_smmu_device_hw_probe() ORs what each instance has '
                    'into arm_smmu_ops.pgsize_bitmap')


def expect_unbound(kernel, instances):
    """A domain for a bus, but for no device."""
    if kernel.version >= NO_ALLOC_FOR_BUS:
        return Expected(missing='iommu_domain_alloc() is gone since 6.13')
    return Expected(f'{merged(instances):#x}',
                    '__iommu_domain_alloc() takes iommu_ops::pgsize_bitmap '
                    'where the driver sets none: it knows no instance yet')


def expect_before(kernel, instances, index):
    """A paging domain, meant for a device of instance INDEX."""
    if unknown(kernel) and kernel.version < ALLOC_FOR_DEVICE:
        return Expected(missing=f'not known for Linux {kernel.release}')
    if kernel.version < ALLOC_FOR_DEVICE:
        return Expected(f'{merged(instances):#x}',
                        'iommu_domain_alloc() is told the bus only')
    return Expected(f'{attached(instances[index], kernel.page_size):#x}',
                    'iommu_paging_domain_alloc() is told the device, and '
                    'arm_smmu_domain_finalise() runs within it')


def expect_after(kernel, instances, index):
    """The same, when the device is attached."""
    who = ('arm_smmu_attach_dev() finalises the domain'
           if kernel.version < ALLOC_FOR_DEVICE
           else 'attaching changes nothing')
    return Expected(f'{attached(instances[index], kernel.page_size):#x}',
                    f'{who}: arm_lpae_restrict_pgsizes() keeps one granule '
                    "of the instance's, PAGE_SIZE if it can")


def subsets(instances, index):
    """Merged bitmaps while instances are being probed, INDEX included."""
    found = {probed(instances[index])}
    for instance in instances:
        found |= {bits | probed(instance) for bits in found}
    return found


def expect_identity(kernel, instances, index):
    """A default domain that translates nothing has page sizes nonetheless."""
    if unknown(kernel):
        return Expected(missing=f'not known for Linux {kernel.release}')
    if kernel.version >= READ_NEW:
        return Expected('0x0', 'arm_smmu_identity_domain is one static object '
                        'for all devices, and has no page sizes')
    full = merged(instances)
    others = sorted(subsets(instances, index) - {full})
    return Expected(f'{full:#x}', '__iommu_domain_alloc() gives it what '
                    'arm_smmu_ops.pgsize_bitmap was when the device was '
                    'found: of the instances probed by then',
                    others=tuple(f'{bits:#x}' for bits in others))


def expect_vfio(kernel, instances, index):
    """VFIO_IOMMU_GET_INFO of a container with this group alone."""
    bits = attached(instances[index], kernel.page_size)
    shown = rounded(bits, kernel.page_size)
    reason = 'vfio_update_pgsize_bitmap() passes on the domain of the group'
    if shown != bits:
        reason += ', with PAGE_SIZE for what is smaller'
    return Expected(f'{shown:#x}', reason)


def expected(kernel, which, instances, index, domain='identity'):
    """What WHICH is for the group behind INSTANCES[INDEX].

    DOMAIN: identity, strict or lazy, the type of default domains. Where the
    kernel crashes, which is what crashes() says, there is nothing to expect.
    """
    if which == DRIVER:
        return expect_driver(kernel, instances)
    if which == UNBOUND:
        return expect_unbound(kernel, instances)
    if which == BEFORE:
        return expect_before(kernel, instances, index)
    if which == VFIO:
        return expect_vfio(kernel, instances, index)
    if which == DEFAULT and domain == 'identity':
        return expect_identity(kernel, instances, index)
    return expect_after(kernel, instances, index)
