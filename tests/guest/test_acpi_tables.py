# SPDX-License-Identifier: GPL-2.0-or-later
"""A loader's script is carried out, and tables are found by it."""

import struct
import unittest

from msmmu_guest import acpi_tables


def padded(name):
    """A file's name in a loader's command."""
    return name.encode().ljust(56, b'\0')


def command(number, body):
    """One command of 128 bytes."""
    return (struct.pack('<I', number) + body).ljust(128, b'\0')


def allocate(name):
    """Load a file."""
    return command(1, padded(name) + struct.pack('<IB', 64, 1))


def pointer(target, source, offset, size):
    """Make an address of an offset."""
    return command(2, padded(target) + padded(source) +
                   struct.pack('<IB', offset, size))


def checksum(name, offset, start, length):
    """Make bytes add up to zero."""
    return command(3, padded(name) + struct.pack('<III', offset, start,
                                                 length))


def table(signature, body):
    """An ACPI table without its checksum."""
    return (signature + struct.pack('<I', 36 + len(body))).ljust(36, b'\0') \
        + body


class Loader(unittest.TestCase):
    """acpi_tables.resolve() and collect()"""

    def setUp(self):
        iort = table(b'IORT', b'\1\2\3\4')
        xsdt = table(b'XSDT', struct.pack('<Q', 0))
        self.files = {'etc/acpi/tables': iort + xsdt,
                      'etc/acpi/rsdp': bytes(24) +
                      struct.pack('<Q', len(iort)) + bytes(4)}
        self.script = (
            allocate('etc/acpi/rsdp') + allocate('etc/acpi/tables') +
            checksum('etc/acpi/tables', 9, 0, len(iort)) +
            pointer('etc/acpi/tables', 'etc/acpi/tables', len(iort) + 36, 8) +
            pointer('etc/acpi/rsdp', 'etc/acpi/tables', 24, 8))

    def collect(self):
        """The tables."""
        return acpi_tables.collect(
            acpi_tables.resolve(self.script, self.files.__getitem__))

    def test_tables_are_found_by_pointers(self):
        found = self.collect()
        self.assertEqual([one[:4] for one in found], [b'IORT'])
        self.assertEqual(found[0][36:], b'\1\2\3\4')

    def test_checksums_are_made(self):
        self.assertEqual(sum(self.collect()[0]) & 0xff, 0)

    def test_a_pointer_to_nowhere_is_an_error(self):
        self.files['etc/acpi/rsdp'] = bytes(24) + struct.pack('<Q', 1 << 40)
        self.assertRaises(acpi_tables.AcpiError, self.collect)

    def test_a_table_that_is_cut_off_is_an_error(self):
        tables = bytearray(self.files['etc/acpi/tables'])
        tables[4:8] = struct.pack('<I', 1000)
        self.files['etc/acpi/tables'] = bytes(tables)
        self.assertRaises(acpi_tables.AcpiError, self.collect)

    def test_an_unknown_command_is_an_error(self):
        self.script += command(9, b'')
        self.assertRaises(acpi_tables.AcpiError, self.collect)


if __name__ == '__main__':
    unittest.main()
