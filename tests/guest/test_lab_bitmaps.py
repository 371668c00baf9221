# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of the page sizes that the lab expects of Linux.

Values are written out, as kernels showed them.
"""

import unittest

from msmmu_guest.lab import bitmaps, sets

OLD = bitmaps.Kernel('6.1.0-50-arm64', 0x1000)
TRIXIE_16K = bitmaps.Kernel('6.12.107+deb13-arm64-16k', 0x4000, 52)
LONG_TERM = bitmaps.Kernel('6.18.15+deb13-arm64', 0x1000, 52)
NEWEST = bitmaps.Kernel('7.3.4+deb13-arm64', 0x1000, 52)
NEWEST_64K = bitmaps.Kernel('7.3.4', 0x10000, 52)

ONLY_4K, ONLY_16K, ONLY_64K = 0x40201000, 0x2004000, 0x20010000
ALL = 0x62215000
BLOCK_4T = 1 << 42


def instances(name):
    """Those of a row of sets.SETS."""
    return [bitmaps.Instance.parse(text) for text in sets.SETS[name]]


def instance(properties):
    """One."""
    return bitmaps.Instance.parse(properties)


class Values(unittest.TestCase):
    """Bitmaps by kernel and instance."""

    def values(self, kernel, which, rows, domain='identity'):
        """By instance; None where there is no such bitmap."""
        found = [bitmaps.expected(kernel, which, rows, index, domain)
                 for index in range(len(rows))]
        return [None if one.missing else int(one.value, 16) for one in found]

    def test_what_each_kernel_keeps_per_driver(self):
        """Merged until 6.16, and for no device until 6.12."""
        rows = instances('4k+16k+64k')
        for which, kernels in (('driver', (OLD, TRIXIE_16K)),
                               ('unbound', (OLD, TRIXIE_16K))):
            for kernel in kernels:
                self.assertEqual(self.values(kernel, which, rows), [ALL] * 3)
        for kernel in (LONG_TERM, NEWEST, NEWEST_64K):
            for which in ('driver', 'unbound'):
                self.assertEqual(self.values(kernel, which, rows), [None] * 3)

    def test_before_attaching(self):
        """All sizes in 6.1, the instance's since domains know the device."""
        rows = instances('4k+16k+64k')
        self.assertEqual(self.values(OLD, 'before', rows), [ALL] * 3)
        for kernel in (TRIXIE_16K, LONG_TERM, NEWEST):
            self.assertEqual(self.values(kernel, 'before', rows),
                             [ONLY_4K, ONLY_16K, ONLY_64K])

    def test_after_attaching(self):
        """One granule, the kernel's own if the instance has it."""
        for kernel, uniform in ((OLD, ONLY_4K), (TRIXIE_16K, ONLY_16K),
                                (NEWEST, ONLY_4K), (NEWEST_64K, ONLY_64K)):
            self.assertEqual(
                self.values(kernel, 'after', instances('4k+16k+64k')),
                [ONLY_4K, ONLY_16K, ONLY_64K])
            for name in ('uniform', 'aa32+aa64', 'stage-1+stage-2'):
                self.assertEqual(
                    set(self.values(kernel, 'after', instances(name))),
                    {uniform})

    def test_granules_that_the_kernel_has_not(self):
        """The largest below its page size, else the smallest above."""
        for kernel, properties, value in (
                (TRIXIE_16K, 'granules=4k', ONLY_4K),
                (TRIXIE_16K, 'granules=64k', ONLY_64K),
                (TRIXIE_16K, 'granules=4k+64k', ONLY_4K),
                (NEWEST_64K, 'granules=4k', ONLY_4K),
                (NEWEST_64K, 'granules=16k', ONLY_16K),
                (NEWEST_64K, 'granules=4k+16k', ONLY_16K),
                (NEWEST, 'granules=16k+64k', ONLY_16K)):
            self.assertEqual(
                self.values(kernel, 'after', [instance(properties)]), [value],
                (kernel, properties))

    def test_blocks_of_4t(self):
        """Of all granules in the driver's bitmap, of 64K in a domain's."""
        rows = instances('oas-40+48+52')
        self.assertEqual(self.values(OLD, 'driver', rows),
                         [ALL | BLOCK_4T] * 3)
        self.assertEqual(self.values(OLD, 'driver', [instance('oas=52')]),
                         [ALL | BLOCK_4T])
        self.assertEqual(self.values(NEWEST, 'after', rows), [ONLY_4K] * 3)
        self.assertEqual(self.values(NEWEST_64K, 'after', rows),
                         [ONLY_64K, ONLY_64K, ONLY_64K | BLOCK_4T])

    def test_default_domains(self):
        """Translated ones are attached; the others are the kernel's affair."""
        rows = instances('4k+64k')
        for domain in ('strict', 'lazy'):
            self.assertEqual(self.values(NEWEST_64K, 'default', rows, domain),
                             [ONLY_4K, ONLY_64K])
        self.assertEqual(self.values(NEWEST, 'default', rows), [0, 0])
        found = bitmaps.expected(OLD, 'default', rows, 1)
        self.assertEqual(found.value, f'{ONLY_4K | ONLY_64K:#x}')
        self.assertEqual(found.others, (f'{ONLY_64K:#x}',))
        self.assertTrue(found.holds('0x20010000'))
        self.assertFalse(found.holds('0x40201000'))
        self.assertFalse(found.holds(''))

    def test_vfio_rounds_up(self):
        """As user space sees it, no page is smaller than the kernel's."""
        rows = instances('4k+16k+64k')
        self.assertEqual(self.values(TRIXIE_16K, 'vfio', rows),
                         [0x40204000, ONLY_16K, ONLY_64K])
        self.assertEqual(self.values(NEWEST_64K, 'vfio', rows),
                         [0x40210000, 0x2010000, ONLY_64K])
        self.assertEqual(self.values(OLD, 'vfio', rows),
                         [ONLY_4K, ONLY_16K, ONLY_64K])


class Others(unittest.TestCase):
    """Apertures, crashes, and the words for it."""

    def test_apertures(self):
        """Input sizes of the stage used."""
        for kernel, properties, nesting, end in (
                (OLD, 'oas=40', False, '0xffffffffffff'),
                (OLD, 'oas=40,stage=2', False, '0xffffffffff'),
                (OLD, 'oas=40,stage=nested', False, '0xffffffffffff'),
                (OLD, 'oas=40,stage=nested', True, '0xffffffffff'),
                (NEWEST, 'oas=52,vax=52', False, '0xffffffffffff'),
                (NEWEST_64K, 'oas=52,vax=52', False, '0xfffffffffffff'),
                (OLD, 'oas=52,vax=52,granules=64k', False, '0xffffffffffff'),
                (NEWEST_64K, 'oas=52', False, '0xffffffffffff'),
                (NEWEST_64K, 'oas=52,stage=2', False, '0xfffffffffffff'),
                (NEWEST, 'oas=52,stage=2', False, '0xffffffffffff')):
            self.assertEqual(
                bitmaps.aperture(kernel, instance(properties), nesting),
                f'0x0-{end}', properties)

    def test_crashes(self):
        """Where no granule is as small as a page of the kernel's."""
        for kernel, properties, crashes in (
                (OLD, 'granules=4k', False), (OLD, 'granules=16k', True),
                (OLD, 'granules=4k+64k', False), (NEWEST, '', False),
                (NEWEST, 'granules=64k', True),
                (TRIXIE_16K, 'granules=64k', True),
                (TRIXIE_16K, 'granules=16k', False),
                (NEWEST_64K, 'granules=64k', False)):
            self.assertEqual(
                bitmaps.crashes(kernel, instance(properties)), crashes,
                (kernel, properties))

    def test_kernels_that_nobody_has_read(self):
        """Nothing is claimed of them."""
        between = bitmaps.Kernel('6.6.30', 0x1000)
        rows = instances('4k+64k')
        self.assertIn('not known',
                      bitmaps.expected(between, 'before', rows, 0).missing)
        self.assertIn('not known',
                      bitmaps.expected(between, 'default', rows, 0).missing)

    def test_names(self):
        """Bitmaps for people."""
        self.assertEqual(bitmaps.name(ONLY_64K | BLOCK_4T), '64K 512M 4T')
        self.assertEqual(bitmaps.name(ONLY_4K), '4K 2M 1G')
        self.assertEqual(bitmaps.name(1 << 63 | 1), '1 8E')
        self.assertEqual(bitmaps.name(0), '')

    def test_versions(self):
        """Of Debian's and of one's own."""
        self.assertEqual(bitmaps.Kernel('7.3-rc1', 1).version, (7, 3))
        self.assertEqual(bitmaps.Kernel('next', 1).version, (0, 0))
        self.assertEqual(LONG_TERM.version, (6, 18))
