# SPDX-License-Identifier: GPL-2.0-or-later
"""Known defects: which kernels and cases have them, and what they explain."""

import unittest

from msmmu_guest import topology
from msmmu_guest.lab import defects, model


def situation(release, page_size, smmus, domain='strict'):
    """Of a case of the kind domains."""
    return defects.Situation(
        model.Case('a kernel', 'domains', 'a set', domain), release,
        page_size, tuple(topology.parse_smmus(smmus)))


def ids(*arguments, **options):
    """The defects that apply."""
    return [defect.id for defect in
            defects.applying(situation(*arguments, **options))]


def defect(name):
    """By its id."""
    return next(one for one in defects.DEFECTS if one.id == name)


def claim(name):
    """That is not so."""
    return model.Claim(name, model.NOT_OK)


BUG = 'iova-granule'
STAGE_2 = 'stage-2-concatenation'
MSI = 'msi-page'


class Applies(unittest.TestCase):
    """Where."""

    def test_larger_granules(self):
        """The BUG in translated domains; the page of MSIs in all."""
        self.assertEqual(ids('6.1.0', 4096, ['granules=4k', 'granules=64k']),
                         [BUG, MSI])
        self.assertEqual(ids('6.1.0', 4096, ['granules=4k', 'granules=64k'],
                             domain='identity'), [MSI])
        self.assertEqual(ids('7.3.4', 16384, ['granules=64k'], domain='lazy'),
                         [BUG, MSI])
        self.assertEqual(ids('7.3.4', 65536, ['granules=64k'], domain='lazy'),
                         [])
        self.assertEqual(ids('6.1.0', 4096, ['granules=4k+64k', 'none']), [])

    def test_stage_2_of_16k_and_40_bits(self):
        """Where 16K is the granule that the kernel takes, until 6.13."""
        smmu = ['granules=16k,stage=2,oas=40']
        self.assertEqual(ids('6.1.0', 16384, smmu), [STAGE_2])
        self.assertEqual(ids('6.12.107+deb13-arm64-16k', 16384, smmu),
                         [STAGE_2])
        self.assertEqual(ids('6.14.0', 16384, smmu), [])
        self.assertEqual(ids('6.12.107', 65536, smmu), [STAGE_2])
        self.assertEqual(ids('6.12.107', 4096, ['stage=2,oas=40']), [])
        self.assertEqual(ids('6.12.107', 16384, ['stage=2,oas=40']),
                         [STAGE_2])
        self.assertEqual(ids('6.12.107', 16384, ['stage=2,oas=48']), [])
        self.assertEqual(ids('6.12.107', 16384, ['oas=40']), [])
        self.assertEqual(ids('6.12.107', 16384, ['stage=nested,oas=40']), [])

    def test_an_unknown_kernel(self):
        """Has none that is known."""
        self.assertEqual(ids('', 4096, ['granules=64k']), [])

    def test_what_must_show(self):
        """In a translated default domain, whatever else is tried."""
        both = ['granules=16k,stage=2,oas=40', 'granules=64k']
        for domain, wanted in (('strict', [BUG, STAGE_2]),
                               ('identity', [])):
            where = situation('6.12.107', 16384, both, domain)
            self.assertEqual([one.id for one in defects.applying(where)
                              if one.always(where)], wanted)


class Explains(unittest.TestCase):
    """What, and what not."""

    def test_no_defect_explains_wrong_page_sizes(self):
        """Nor that sizes were used that are not claimed."""
        for one in defects.DEFECTS:
            for text in ('smmu1: VFIO tells the page sizes of this instance',
                         'smmu1: the kernel used only sizes that it claims',
                         'smmu1: has the granules asked for',
                         'smmu2 0002:00:02.0: maps 2M'):
                self.assertFalse(one.explains(claim(text)), (one.id, text))

    def test_the_bug(self):
        """The end of a kernel, or of a thread."""
        for text in ('the kernel boots, and the probe finishes',
                     'the kernel complains of nothing',
                     'the job vfio ends well',
                     'smmu2: default domains are DMA',
                     "smmu1: a disk's data pass its default domain"):
            self.assertTrue(defect(BUG).explains(claim(text)), text)
        self.assertRegex('kernel BUG at drivers/iommu/iova.c:46!',
                         defect(BUG).pattern)

    def test_consoles(self):
        """What kernels printed."""
        for name, text in (
                (STAGE_2, 'arm-smmu-v3 b000000.iommu: event 0x04 received:'),
                (STAGE_2, 'arm-smmu-v3 b000000.iommu: event: C_BAD_STE '
                          'client: 0001:00:01.0'),
                (MSI, 'iommu: unaligned: iova 0x8000000 pa '
                      '0x000000000b610000 size 0x1000 min_pagesz 0x10000')):
            self.assertRegex(text, defect(name).pattern)
        for name, text in (
                (STAGE_2, 'arm-smmu-v3 b100000.iommu: event 0x10 received:'),
                (MSI, 'iommu: unaligned: iova 0x0 pa 0x00000000432ce000 size '
                      '0x2000 min_pagesz 0x4000')):
            self.assertNotRegex(text, defect(name).pattern)

    def test_rows(self):
        """What reports are told."""
        for one in defects.DEFECTS:
            self.assertEqual(sorted(one.row()),
                             ['id', 'kernels', 'reason', 'see', 'title'])
            self.assertTrue(all(one.row().values()), one.id)
