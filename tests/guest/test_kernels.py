# SPDX-License-Identifier: GPL-2.0-or-later
"""Which packages a name means; modules and their order; the command line."""

import pathlib
import struct
import tempfile
import unittest

from msmmu_guest import initramfs, kernels, modinfo, topology

NAMES = '''
linux-image-6.1.0-47-arm64 linux-image-6.1.0-50-arm64
linux-image-6.1.0-50-cloud-arm64 linux-image-6.1.0-50-rt-arm64
linux-image-6.12.94+deb13-arm64 linux-image-6.12.107+deb13-arm64
linux-image-6.12.107+deb13-arm64-16k linux-image-6.12.94+deb13-arm64-16k
linux-image-6.12.107+deb13-arm64-unsigned
linux-image-6.18.15+deb13-arm64
linux-image-7.3.4+deb13-arm64 linux-binary-7.3.4+deb13-arm64
linux-modules-7.3.4+deb13-arm64 linux-base-7.3.4+deb13-arm64
linux-image-7.3.4+deb13-arm64-16k linux-binary-7.3.4+deb13-arm64-16k
linux-modules-7.3.4+deb13-arm64-16k linux-base-7.3.4+deb13-arm64-16k
linux-image-7.2.12+deb13-arm64 linux-binary-7.2.12+deb13-arm64
linux-modules-7.2.12+deb13-arm64 linux-base-7.2.12+deb13-arm64
linux-image-arm64 linux-image-arm64-16k
'''.split()


class Names(unittest.TestCase):
    """debian:SERIES-FLAVOUR."""

    def best(self, name):
        return kernels.choose(NAMES, *kernels.parse_name(name))[0][1]

    def test_one_package(self):
        self.assertEqual(self.best('debian:6.1'),
                         ['linux-image-6.1.0-50-arm64'])
        self.assertEqual(self.best('debian:6.12'),
                         ['linux-image-6.12.107+deb13-arm64'])
        self.assertEqual(self.best('debian:6.12-16k'),
                         ['linux-image-6.12.107+deb13-arm64-16k'])
        self.assertEqual(self.best('debian:6.12.94'),
                         ['linux-image-6.12.94+deb13-arm64'])

    def test_split_packages(self):
        tail = '7.3.4+deb13-arm64'
        self.assertEqual(self.best('debian:newest'), [
            f'linux-{part}-{tail}' for part in ('binary', 'modules', 'base')])
        self.assertEqual(self.best('debian:newest-16k'), [
            f'linux-{part}-{tail}-16k'
            for part in ('binary', 'modules', 'base')])

    def test_the_next_best_follows(self):
        releases = [release for release, _ in
                    kernels.choose(NAMES, 'newest', '')]
        self.assertEqual(releases[:3], ['7.3.4+deb13', '7.2.12+deb13',
                                        '6.18.15+deb13'])

    def test_series_are_not_prefixes(self):
        self.assertEqual(kernels.choose(NAMES, '6.2', ''), [])
        self.assertEqual(kernels.choose(NAMES, '7.3', '-64k'), [])

    def test_mistakes(self):
        for name in ('debian:', 'debian:bookworm', 'debian:6', 'fedora:6.1'):
            with self.assertRaises(kernels.KernelError):
                kernels.parse_name(name)
        for path in ('/nonexistent/Image', __file__):
            with self.assertRaises(kernels.KernelError):
                kernels.get(path)

    def test_modules_are_for_paths(self):
        kernels.check_modules(['debian:6.1', 'Image'], 'modules')
        kernels.check_modules(['own:7.3-4k'], None)
        with self.assertRaises(kernels.KernelError):
            kernels.check_modules(['own:7.3-4k', 'debian:6.1'], 'modules')


def image(flags):
    """The header of an arm64 Image."""
    header = bytearray(64)
    header[56:60] = b'ARM\x64'
    struct.pack_into('<Q', header, 24, flags)
    return bytes(header)


def module(**fields):
    """An ELF file with a .modinfo section."""
    info = b''.join(f'{name}={value}'.encode() + b'\0'
                    for name, value in fields.items())
    names = b'\0.modinfo\0.shstrtab\0'
    data = info + names
    sections = b''.join(struct.pack('<IIQQQQIIQQ', *section) for section in (
        (0,) * 10,
        (1, 1, 0, 0, 64, len(info), 0, 0, 1, 0),
        (10, 3, 0, 0, 64 + len(info), len(names), 0, 0, 1, 0)))
    header = bytearray(64)
    header[:6] = b'\x7fELF\x02\x01'
    struct.pack_into('<Q', header, 0x28, 64 + len(data))
    struct.pack_into('<HHH', header, 0x3a, 64, 3, 2)
    return bytes(header) + data + sections


class Modules(unittest.TestCase):
    """Dependencies without modules.dep."""

    def test_modinfo(self):
        data = module(depends='a-b,c', softdep='pre: d e-f post: g',
                      parm='x:text (int)')
        self.assertEqual(modinfo.needs(data), (['a_b', 'c'], ['d', 'e_f']))
        self.assertEqual(modinfo.modinfo(data)['parm'], ['x:text (int)'])
        self.assertEqual(modinfo.needs(b'no ELF'), ([], []))

    def test_order(self):
        modules = {'nvme': module(depends='nvme-core,t10-pi'),
                   'nvme_core': module(depends='t10-pi,gone'),
                   't10_pi': module(softdep='pre: nowhere')}
        order, missing = modinfo.load_order(['nvme', 'other'], modules)
        self.assertEqual(order, ['t10_pi', 'nvme_core', 'nvme'])
        self.assertEqual(missing, ['gone', 'other'])

    def test_names(self):
        self.assertEqual(modinfo.module_name('a/b/vfio-pci.ko.xz'),
                         'vfio_pci')
        self.assertIsNone(modinfo.module_name('a/b/modules.dep'))
        self.assertEqual(
            modinfo.builtin_names('kernel/a/b-c.ko\nkernel/d.ko\n'),
            {'b_c', 'd'})

    def test_page_size_in_the_image(self):
        for flags, size in ((0xa, 4096), (0xc, 16384), (0xe, 65536), (8, 0)):
            self.assertEqual(kernels.image_page_size(image(flags)), size)
        self.assertEqual(kernels.image_page_size(b'\x1f\x8b'), 0)

    def test_cpio_entries_are_aligned(self):
        writer = initramfs.CpioWriter()
        writer.folder('a')
        writer.file('a/b', b'12345', 0o755)
        data = writer.finish()
        self.assertEqual(len(data) % 4, 0)
        self.assertEqual(data.count(b'070701'), 3)
        second = data.index(b'070701', 6)
        self.assertEqual(data[second + 14:second + 22], b'000081ED')
        self.assertEqual(data[second + 54:second + 62], b'00000005')


class Topology(unittest.TestCase):
    """--smmu."""

    def arguments(self, smmus, endpoints=('nvme',)):
        with tempfile.TemporaryDirectory() as folder:
            arguments, disks = topology.device_arguments(
                topology.parse_smmus(smmus), endpoints, folder)
            for disk in disks:
                self.assertEqual(disk.path.stat().st_size,
                                 topology.DISK_BYTES)
            self.assertTrue(all(disk.path.parent == pathlib.Path(folder)
                                for disk in disks))
        return [word for word in arguments if word not in ('-device',
                                                           '-drive')]

    def test_an_instance_each(self):
        words = self.arguments(['granules=4k', 'granules=16k,oas=40'])
        self.assertEqual(words[:4], [
            'msmmu-rc,id=rc1,segment=1',
            'msmmu-smmuv3,id=smmu1,primary-bus=rc1,granules=4k',
            'msmmu-rc,id=rc2,segment=2',
            'msmmu-smmuv3,id=smmu2,primary-bus=rc2,granules=16k,oas=40'])
        self.assertEqual(words[-2:], [
            'nvme,serial=rc2-1,id=ep-rc2-1,bus=rc2,addr=1',
            'nvme-ns,drive=drive-rc2-1,bus=ep-rc2-1,'
            'eui64=0x5254000000020100'])

    def test_other_kinds(self):
        words = self.arguments(['granules=4k,sidsize=18', 'share=1', 'none',
                                'share=smmu1', 'pcie.0:granules=64k'], ())
        self.assertEqual(words[2:], [
            'msmmu-rc,id=rc2,segment=2,smmu=smmu1,sid-base=0x10000',
            'msmmu-rc,id=rc3,segment=3',
            'msmmu-rc,id=rc4,segment=4,smmu=smmu1,sid-base=0x20000',
            'msmmu-smmuv3,id=smmu5,primary-bus=pcie.0,granules=64k'])

    def test_functions_of_one_slot(self):
        words = self.arguments([''], ('edu,functions=2,a=b', 'edu'))
        self.assertEqual(words[2:], [
            'edu,id=ep-rc1-1,bus=rc1,addr=1,a=b,multifunction=on',
            'edu,id=ep-rc1-1-1,bus=rc1,addr=1.1,a=b',
            'edu,id=ep-rc1-2,bus=rc1,addr=2'])
        with self.assertRaises(topology.TopologyError):
            self.arguments([''], ('edu,functions=9',))

    def test_properties_with_no_default_stay_as_given(self):
        port, = topology.parse_smmus(['granules=4k,canwbs=on,ril=off'])
        self.assertEqual(port.properties_of(True), 'canwbs=on')
        self.assertEqual(port.properties_of(False), 'granules=4k,ril=off')
        port, = topology.parse_smmus(['ril=off,granules=4k+64k'])
        self.assertEqual((port.properties_of(True), port.properties_of(False)),
                         ('', 'ril=off,granules=4k+64k'))
        self.assertEqual((port.offers(), port.property('ril'),
                          port.property('oas')), ('4K+64K', 'off', None))
        self.assertEqual(topology.parse_smmus([''])[0].offers(), 'default')

    def test_families(self):
        ports = topology.parse_smmus(['', 'none', 'share=1', ''])
        self.assertEqual([port.number for port in topology.family(ports, 1)],
                         [1, 3])
        self.assertEqual([port.number for port in topology.family(ports, 4)],
                         [4])

    def test_mistakes(self):
        for smmus in (['4k'], ['share=1'], ['none', 'share=1'],
                      ['upstream', 'pcie.0:granules=4k']):
            with self.assertRaises(topology.TopologyError):
                topology.parse_smmus(smmus)
