# SPDX-License-Identifier: GPL-2.0-or-later
"""What compares tables and trees, without programs of others."""

import io
import pathlib
import tarfile
import tempfile
import unittest

import acpi
import acpi_expected
import dt_check
import dt_schema

DSL = '''/*
 * AML/ASL+ Disassembler version 20250404 (64-bit version)
 * Disassembly of SSDT.dat
 *
 * Original Table Header:
 *     Checksum         0x9F
 */
    Package (0x04)
    {
        0xFFFF,\x20
        Zero
    },\x20
'''


def finding(node, text):
    """Of one tree or another."""
    return dt_schema.Finding('a.dtb', node, text)


class Bindings(unittest.TestCase):
    """dt_schema"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)

    def write(self, name, text):
        """A binding."""
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, 'utf-8')
        return path

    def test_bindings_are_chosen_by_compatible_and_reference(self):
        chosen = {
            self.write('iommu/smmu.yaml', 'const: arm,smmu-v3\n'
                       '$ref: /schemas/iommu/common.yaml#\n'),
            self.write('iommu/common.yaml', "$ref: 'bits.yaml#/definitions'"),
            self.write('iommu/bits.yaml', 'x'),
        }
        self.write('iommu/other.yaml', 'const: arm,smmu-v2\nexamples:\n'
                   '  compatible = "arm,smmu-v3"\n')
        self.assertEqual(dt_schema.select(self.top, {'arm,smmu-v3'}), chosen)

    def test_only_bindings_are_unpacked(self):
        tarball = self.top / 'u-boot.tar.bz2'
        with tarfile.open(tarball, 'w:bz2') as archive:
            for name in ('u/dts/upstream/Bindings/a/b.yaml',
                         'u/dts/upstream/Bindings/../../c.yaml',
                         'u/dts/upstream/Bindings/d.txt', 'u/e.yaml'):
                archive.addfile(tarfile.TarInfo(name), io.BytesIO())
        dt_schema.unpack(tarball, dt_schema.BINDINGS_PART, self.top / 'to')
        self.assertEqual([path for path in (self.top / 'to').rglob('*')
                          if path.is_file()], [self.top / 'to/a/b.yaml'])
        self.assertFalse((self.top / 'c.yaml').exists())

    def test_a_tarball_without_bindings_is_an_error(self):
        tarball = self.top / 'u-boot.tar'
        tarfile.open(tarball, 'w').close()
        self.assertRaises(dt_schema.DtError, dt_schema.unpack, tarball,
                          dt_schema.BINDINGS_PART, self.top / 'to')


class Findings(unittest.TestCase):
    """dt_check"""

    def test_what_virt_has_is_no_problem(self):
        virts = [finding('intc', 'bad name')]
        self.assertEqual(dt_check.more_than(virts, virts, ()), '')
        self.assertEqual(dt_check.more_than(
            [*virts, finding('iommu', 'no reg')], virts, ()), 'iommu: no reg')

    def test_what_is_expected_must_be_said(self):
        expected = {('iommu', 'numa')}
        self.assertEqual(dt_check.more_than(
            [finding('iommu', "'numa' does not match")], [], expected), '')
        self.assertIn('not a word', dt_check.more_than([], [], expected))

    def test_every_mistake_must_be_noticed(self):
        found = [finding(node, part) for _, node, part in dt_check.WRONG]
        self.assertEqual(dt_check.noticed(found), '')
        self.assertNotEqual(dt_check.noticed(found[1:]), '')

    def test_names_of_shapes_are_there(self):
        names = {shape.name for shape in dt_check.SHAPES}
        self.assertEqual(len(names), len(dt_check.SHAPES))
        self.assertLessEqual({*dt_check.QUICK, *dt_check.EXPECTED}, names)


class Tables(unittest.TestCase):
    """acpi and acpi_expected"""

    def test_versions_and_names_are_left_out(self):
        self.assertEqual(
            acpi_expected.readable(DSL), acpi_expected.LICENCE +
            '/*\n * Original Table Header:\n *     Checksum         0x9F\n'
            ' */\n    Package (0x04) { 0xFFFF, Zero },\n')

    def test_a_difference_is_shown(self):
        self.assertEqual(acpi_expected.difference('a\nb\n', 'a\nb\n'), '')
        shown = acpi_expected.difference('a\nb\n', 'a\nc\n')
        self.assertIn('-b / +c', shown)
        self.assertIn('--regenerate', shown)

    def test_every_expected_table_is_of_a_shape(self):
        there = {(path.parent.name, path.stem)
                 for path in acpi_expected.DATA.glob('*/*')}
        self.assertEqual(there, {
            (shape.name, name) for shape in acpi_expected.SHAPES
            for name in shape.tables})

    def test_virt_is_the_machine_without_our_devices(self):
        self.assertEqual(
            acpi.as_virt('virt-msmmu,its=off', '-device msmmu-rc,id=a '
                         '-device pxb-pcie,bus_nr=64 '
                         '-device msmmu-smmuv3,id=s '),
            ('virt,gic-version=3,its=off',
             '-cpu max -device pxb-pcie,bus_nr=64 '))


if __name__ == '__main__':
    unittest.main()
