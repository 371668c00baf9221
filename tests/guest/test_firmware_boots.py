# SPDX-License-Identifier: GPL-2.0-or-later
"""The judges of boots by UEFI: what is not so is said."""

import pathlib
import tempfile
import types
import unittest

import firmware_boots

from msmmu_guest import vm

LOADED = ('BdsDxe: starting Boot0001 "UEFI QEMU NVMe Ctrl esp 1" from '
          'PciRoot(0x0)/Pci(0x1E,0x0)/NVMe(0x1,00-FF-00-00-00-00-54-52)\n')
DISK = {'kind': 'device', 'bdf': '0000:00:1e.0', 'driver': 'nvme',
        'smmu': 'smmu3.0x000000000b080000'}
MODEL = '[    0.000000] Machine model: linux,dummy-virt\n'
TABLE = '[    0.000000] ACPI: IORT 0x000000005C43E398 0001B0 (v06 BOCHS)\n'
REFUSAL = 'error: bad shim signature.\n'


def result(log, records=(), status=vm.DONE):
    """A boot's."""
    return vm.Result('x', [], status, list(records), log)


class Judges(unittest.TestCase):
    """Each check, with what it must pass and what it must not"""

    def test_loaded_from_disk(self):
        check = firmware_boots.loaded_from_disk(0x0b080000)
        self.assertEqual(check(result(LOADED, [DISK]), []), '')
        self.assertIn('does not say', check(result('', [DISK]), []))
        self.assertIn('no 0000:00:1e.0', check(result(LOADED), []))
        other = firmware_boots.loaded_from_disk(0x0b000000)
        self.assertIn('its SMMU is', other(result(LOADED, [DISK]), []))

    def test_device_tree_only(self):
        check = firmware_boots.device_tree_only
        self.assertEqual(check(result(MODEL), []), '')
        self.assertIn('no device tree', check(result(''), []))
        self.assertIn('IORT', check(result(MODEL + TABLE), []))

    def test_refused(self):
        check = firmware_boots.refused
        self.assertEqual(check(result(REFUSAL, status=vm.STOPPED), []), '')
        self.assertIn('why', check(result('', status=vm.STOPPED), []))
        self.assertEqual(check(result(REFUSAL, status=vm.HANG), []), vm.HANG)
        self.assertIn('started', check(
            result(REFUSAL + 'Linux version 6.1', status=vm.STOPPED), []))

    def test_one_bit_is_changed(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / 'a').write_bytes(bytes(100))
            image = firmware_boots.changed_image(folder / 'a', folder / 'b')
            self.assertEqual(sum(image.read_bytes()), 1)

    def test_each_boots_by_its_firmware(self):
        kinds = [types.SimpleNamespace(**one.options).firmware
                 for one in firmware_boots.SCENARIOS]
        self.assertEqual({kind.partition(':')[0] for kind in kinds},
                         {'uefi', 'uefi-dt'})
        self.assertIn('uefi:bookworm', kinds)


if __name__ == '__main__':
    unittest.main()
