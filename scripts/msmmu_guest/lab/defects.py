# SPDX-License-Identifier: GPL-2.0-or-later
"""Known defects of kernels: which, where they show, and how.

A row says for which releases a defect is known, what of a case brings it out,
what the kernel says then, and which claims are not so because of it. A case
whose failed claims are all explained is "known"; one where a defect that
always shows did not is "fixed", and somebody should hear of it.
"""

import dataclasses
import re
import typing

from .. import kernels
from . import bitmaps, model, nested


@dataclasses.dataclass(frozen=True)
class Situation:
    """What a defect may depend on."""
    case: object                # a model.Case
    release: str                # of the kernel: 6.1.0-50-arm64
    page_size: int              # of the kernel
    ports: tuple                # topology.Port of each SMMU

    @property
    def version(self):
        """[6, 12, 107]; [] if the kernel is unknown."""
        return kernels.release_key(self.release.split('-')[0])

    @property
    def translated(self):
        """Are the default domains to be translated?"""
        return self.case.domain != 'identity'

    @property
    def kernel(self):
        """As bitmaps has it."""
        return bitmaps.Kernel(self.release, self.page_size)

    def instances(self):
        """As bitmaps has them, of the ports that have one of their own."""
        return [bitmaps.Instance.parse(port.properties)
                for port in self.ports if port.kind in ('own', 'pcie.0')]


def never(_situation):
    """It shows or not: as other things are."""
    return False


@dataclasses.dataclass(frozen=True)
class Defect:
    """A row."""
    id: str
    title: str                  # one line
    reason: str                 # why it is so
    see: str                    # where in the kernel
    condition: typing.Callable  # of a Situation: does it show there?
    # What the kernel's console says of it; '' if it says nothing, and only a
    # claim of the probe's shows it
    pattern: str
    claims: str                 # the names of claims that it makes untrue
    since: str = ''             # the first release that has it; '' is any
    before: str = ''            # the first that has it no more; '' is none
    # Of a Situation where the condition holds: is it mended if it is not seen?
    always: typing.Callable = never

    @property
    def kernels(self):
        """For people."""
        return ' '.join(filter(None, (
            f'from {self.since}' if self.since else '',
            f'before {self.before}' if self.before else ''))) or 'all'

    def applies(self, situation):
        """Does the kernel have it, and must the case show it?"""
        version = situation.version
        return bool(version) and \
            kernels.release_key(self.since) <= version and \
            not (self.before and
                 version >= kernels.release_key(self.before)) and \
            bool(self.condition(situation))

    def shown_in(self, log):
        """The line of the log that shows it, 0 without one."""
        if self.pattern:
            return log.find(re.compile(self.pattern))[0]
        return next((record['line'] for record in log.of_kind('claim')
                     if record['result'] == model.NOT_OK and
                     self.explains(model.Claim(record['name'], ''))), 0)

    def explains(self, claim):
        """Is this why a claim is not so?"""
        return bool(re.search(self.claims, claim.name))

    def row(self):
        """For the report."""
        return {'id': self.id, 'title': self.title, 'kernels': self.kernels,
                'reason': self.reason, 'see': self.see}


# What ends with the kernel, or with the thread that its BUG stopped: never a
# claim about page sizes, which nobody saw then.
BOOT_CLAIMS = (r'^the kernel |^the job |^the module |: default domains are |'
               r": a disk's data pass |: an assigned disk |: the module let |"
               r': each size that |^the counters ')
# What is not so where DMA does not arrive
DMA_CLAIMS = (r"^the job |: a disk's data pass |: an assigned disk |"
              r': no event that nobody |'
              r": each size that |^the SMMUs' driver has no trouble|DMA|"
              r': one access across |: a mapping (not )?to |'
              r': two mappings of one page ')


def behind_larger_granules(situation):
    """Is a granule of some SMMU larger than the kernel's pages?"""
    return any(bitmaps.crashes(situation.kernel, instance)
               for instance in situation.instances())


def in_translated_domains(situation):
    """The same, where the kernel allocates IOVAs."""
    return situation.translated and behind_larger_granules(situation)


def needs_16_tables(situation):
    """Are there stage 2 tables of 16K and 40 bits?"""
    return any(
        bitmaps.stage(instance) == 2 and instance.oas == 40 and
        bitmaps.granule(bitmaps.probed(instance),
                        situation.page_size) == 16 * bitmaps.K
        for instance in situation.instances())


def nests(situation):
    """Is there a guest's SMMU in a case of the kind nested?"""
    return situation.case.kind == nested.KIND and any(
        nested.Features.of(port, situation.case.firmware).verdict(
            situation.page_size) == nested.WORKS
        for port in situation.ports if port.kind == 'own')


def nests_surely(situation):
    """The same, with a kernel that surely has IOMMUFD."""
    return situation.case.kernel.startswith('own:') and nests(situation)


NOT_ISSUED = 'commands that are counted as handled were issued'
NO_COMMAND = 'no command at all is accepted'

DEFECTS = (
    Defect(
        'iova-granule', "BUG: a granule larger than the kernel's pages",
        'init_iova_domain() insists that the smallest page of a translated '
        'default domain is not larger than PAGE_SIZE; an SMMU that has only '
        'larger granules ends the kernel when its first device is probed.',
        'drivers/iommu/iova.c: init_iova_domain()', in_translated_domains,
        r'kernel BUG at drivers/iommu/iova\.c', BOOT_CLAIMS,
        always=in_translated_domains),
    Defect(
        'stage-2-concatenation',
        'C_BAD_STE: stage 2 of 16K and 40 bits starts at a wrong level',
        'Stage 2 of the granule 16K and an output size of 40 bits must start '
        'at level 2, with 16 tables side by side (Arm ARM R_SRKBC). Before '
        '"iommu/io-pgtable-arm: Fix stage-2 concatenation with 16K" tables '
        'were put side by side in place of level 0 only; this one starts at '
        'level 1, the STE is illegal, and all DMA aborts.',
        'drivers/iommu/io-pgtable-arm.c: arm_64_lpae_alloc_pgtable_s2()',
        needs_16_tables, r'arm-smmu-v3 .*event(: C_BAD_STE| 0x04 received)',
        DMA_CLAIMS, before='6.14',
        always=lambda situation: situation.translated),
    Defect(
        'msi-page', "MSI-X refused: a granule larger than the kernel's pages",
        'In a domain of user space the page that MSIs are written to is '
        'mapped with PAGE_SIZE. Behind an SMMU that has only larger granules '
        'iommu_map() refuses that, and MSI-X ends with ENOSPC.',
        'drivers/iommu/dma-iommu.c: cookie_msi_granule(), '
        'iommu_dma_get_msi_page()', behind_larger_granules,
        r'iommu: unaligned: iova 0x8\d{6} .* size 0x\w+ min_pagesz ',
        r'MSI|interrupt'),
    Defect(
        'invalidate-count',
        'IOMMU_HWPT_INVALIDATE counts commands that it did not issue',
        'A guest\'s commands are checked and collected first, and issued '
        'together. A wrong one ends that before the good ones in front of it '
        'were issued, but they are counted in entry_num, which the interface '
        'calls "the number of requests successfully handled". A hypervisor '
        'that reports the wrong command to its guest and goes on behind it '
        'leaves stale translations.',
        'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c: '
        'arm_vsmmu_cache_invalidate()', nests, '', NOT_ISSUED,
        since='6.13', always=nests_surely),
    Defect(
        'invalidate-nothing',
        'IOMMU_HWPT_INVALIDATE refuses an empty array',
        'The interface permits entry_num 0, to ask whether a type of commands '
        'is supported. The helper that copies the array answers EINVAL, as '
        'for a type that is not.',
        'include/linux/iommu.h: iommu_copy_struct_from_full_user_array()',
        nests, '', NO_COMMAND, since='6.13', always=nests_surely),
)


def applying(situation):
    """The defects that a case must show."""
    return [defect for defect in DEFECTS if defect.applies(situation)]
