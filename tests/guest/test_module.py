# SPDX-License-Identifier: GPL-2.0-or-later
"""Building the test module: which headers and tools, scripts, reasons."""

import contextlib
import dataclasses
import io
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

from msmmu_guest import cross, kernels, module, toolchain

CONFIG_DEBIAN = ('CONFIG_CC_VERSION_TEXT="aarch64-linux-gnu-gcc-14 (Debian '
                 '14.2.0-19) 14.2.0"\nCONFIG_GCC_VERSION=140200\n')
# A tree that builds with nothing but the compiler, as kbuild is called.
TREE = '''
modules:
\ttest "$(ARCH)" = arm64
\techo built >> {log}
\t$(CC) -c -o $(M)/msmmu_probe.ko $(M)/main.c
'''


def kernel(**fields):
    """A kernel that is not there."""
    fields = {'name': 'debian:6.1', 'label': 'linux-image-6.1.0-50-arm64 '
              '6.1.176-1', 'image': pathlib.Path('/nonexistent'),
              'modules': {}, 'builtin': set(), **fields}
    return kernels.Kernel(**fields)


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)


class Packages(unittest.TestCase):
    """Which packages a kernel's module needs."""

    def test_headers_of_an_image(self):
        self.assertEqual(
            module.wanted_headers('linux-image-6.12.107+deb13-arm64-16k '
                                  '6.12.107-1'),
            ('linux-headers-6.12.107+deb13-arm64-16k', '6.12.107-1'))
        self.assertEqual(
            module.wanted_headers('linux-binary-7.3.4+deb13-arm64 '
                                  '7.3.4-1~bpo13+1'),
            ('linux-headers-7.3.4+deb13-arm64', '7.3.4-1~bpo13+1'))
        self.assertIsNone(module.wanted_headers('/home/me/Image'))

    def test_companions(self):
        self.assertEqual(
            module.companions('gcc-14-for-host, linux-base (>= 4.12~), '
                              'linux-headers-7.3.4+deb13-common (= 7.3.4-1), '
                              'linux-kbuild-7.3.4+deb13'),
            ['linux-headers-7.3.4+deb13-common', 'linux-kbuild-7.3.4+deb13'])
        with self.assertRaises(module.ModuleError):
            module.companions('gcc-12')

    def test_dependencies(self):
        self.assertEqual(toolchain.dependencies(
            'libc6 (>= 2.38), libelf1t64 | libelf1, zlib1g:any'),
            ['libc6', 'libelf1t64', 'zlib1g'])

    def test_what_programs_need_is_followed(self):
        for name in ('libc6', 'cpp-14-aarch64-linux-gnu', 'zlib1g',
                     'libgcc-s1', 'binutils-aarch64-linux-gnu', 'libisl23'):
            self.assertTrue(toolchain.followed(name), name)
        for name in ('pahole', 'libgcc-14-dev-arm64-cross', 'libc6-dev',
                     'gcc-14-aarch64-linux-gnu-base', 'libcc1-0',
                     'libc6-arm64-cross'):
            self.assertFalse(toolchain.followed(name), name)

    def test_closure_ends_in_a_circle(self):
        class Archive:
            """Two libraries that need each other."""
            packages = {'gcc-1': 'liba', 'liba': 'libb (>= 2), make',
                        'libb': 'liba'}

            def fields(self, name):
                return {'Depends': self.packages[name]}

        self.assertEqual(toolchain.closure(Archive(), ['gcc-1']),
                         ['gcc-1', 'liba', 'libb'])

    def test_suites(self):
        self.assertEqual(toolchain.base_suite('trixie-backports'), 'trixie')
        self.assertEqual(toolchain.base_suite('bookworm'), 'bookworm')


class Compilers(unittest.TestCase):
    """The compiler that a configuration names."""

    def test_of_a_configuration(self):
        self.assertEqual(toolchain.configured_compiler(CONFIG_DEBIAN)[:2],
                         ('gcc', 14))
        self.assertEqual(toolchain.configured_compiler(
            'CONFIG_CC_VERSION_TEXT="Debian clang version 19.1.7"\n'
            'CONFIG_GCC_VERSION=0\n')[:2], ('clang', 0))
        self.assertEqual(toolchain.configured_compiler(''), ('', 0, ''))

    def test_the_hosts_own_is_used(self):
        words = toolchain.version_of(cross.COMPILER)
        major = int(words.split(')')[-1].split('.')[0])
        found = toolchain.gcc(major)
        self.assertEqual(found.folder, '')
        self.assertIn(f' {major}.', found.version)

    def test_one_that_is_nowhere(self):
        with self.assertRaisesRegex(toolchain.ToolchainError, 'gcc 3 is not'):
            toolchain.gcc(3)


class Wrapping(Folder):
    """Programs that run through a loader of their own."""

    def loaders_root(self):
        """A root with the libraries of this host."""
        root = self.folder / 'root'
        real = pathlib.Path('/lib64', toolchain.LOADER).resolve().parent
        (root / 'usr' / 'lib').mkdir(parents=True)
        (root / 'usr' / 'lib' / toolchain.LIBRARIES).symlink_to(real)
        return root

    def test_a_wrapped_program_runs(self):
        root = self.loaders_root()
        new, final = self.folder / 'new', self.folder / 'final'
        (new / 'bin').mkdir(parents=True)
        shutil.copy('/bin/sh', new / 'bin' / 'shell')
        (new / 'bin' / 'script').write_text('#!/bin/sh\n', encoding='utf-8')
        (new / 'bin' / 'script').chmod(0o755)
        shutil.copy('/bin/sh', new / 'bin' / 'liba.so.1')
        (new / 'bin' / 'link').symlink_to('shell')
        command = toolchain.runner(root, root)
        self.assertEqual(toolchain.wrap(new, final, command), 1)
        new.rename(final)
        answer = subprocess.run(
            [final / 'bin' / 'link', '-c', 'echo "$0|$1"', 'a b', 'c  d'],
            capture_output=True, text=True, check=True)
        self.assertEqual(answer.stdout, 'a b|c  d\n')
        # Wrapped once, however often it is asked for.
        self.assertEqual(toolchain.wrap(final, final, command), 0)

    def test_its_own_name_is_the_scripts(self):
        root = self.loaders_root()
        shutil.copy(shutil.which('readlink'), self.folder / 'tool')
        toolchain.wrap(self.folder, self.folder,
                       toolchain.runner(root, root))
        answer = subprocess.run([self.folder / 'tool', '--nonsense'],
                                capture_output=True, text=True, check=False)
        self.assertIn(f'{self.folder / "tool"}:', answer.stderr)

    def test_no_loader(self):
        with self.assertRaisesRegex(toolchain.ToolchainError, 'no ld-linux'):
            toolchain.runner(self.folder, self.folder)

    def test_what_is_no_program(self):
        self.assertEqual(toolchain.interpreter(b'#!/bin/sh\n'), '')
        self.assertEqual(toolchain.interpreter(b''), '')
        data = bytearray(pathlib.Path('/bin/sh').read_bytes())
        self.assertIn('ld-linux', toolchain.interpreter(bytes(data)))
        struct.pack_into('<H', data, 18, 183)       # EM_AARCH64
        self.assertEqual(toolchain.interpreter(bytes(data)), '')


class Unpacking(Folder):
    """A folder in the cache is whole, and where it was made, or made anew."""

    def test_once(self):
        calls = []

        def debs():
            calls.append(1)
            return []

        target = self.folder / 'tools' / 'one'
        for _ in range(2):
            toolchain.unpacked(target, debs,
                               lambda new: (new / 'file').touch())
        self.assertEqual(calls, [1])
        target.rename(target.with_name('two'))
        self.assertFalse(toolchain.is_unpacked(target.with_name('two')))

    def test_a_failure_leaves_nothing(self):
        def mend(_):
            raise toolchain.ToolchainError('no')

        target = self.folder / 'tools' / 'one'
        with self.assertRaises(toolchain.ToolchainError):
            toolchain.unpacked(target, lambda: [], mend)
        self.assertEqual([path.name for path in target.parent.iterdir()],
                         ['.lock'])

    def test_headers_are_mended(self):
        new, target = self.folder / 'new', self.folder / 'target'
        place = new / 'usr' / 'src' / 'linux-headers-9-arm64'
        common = new / 'usr' / 'src' / 'linux-headers-9-common'
        for folder in (place, common / 'arch' / 'arm64',
                       common / 'arch' / 'x86', new / 'usr' / 'lib'):
            folder.mkdir(parents=True)
        (place / 'Makefile').write_text(
            'KBUILD_OUTPUT=/usr/src/linux-headers-9-arm64\n'
            'include /usr/src/linux-headers-9-common/Makefile\n', 'utf-8')
        (place / 'vmlinux').touch()
        libraries = self.folder / 'root'
        (libraries / 'lib' / toolchain.LIBRARIES).mkdir(parents=True)
        (libraries / 'lib' / toolchain.LIBRARIES / toolchain.LOADER).touch()
        module.mend_headers(new, target, libraries)
        self.assertEqual(
            (place / 'Makefile').read_text('utf-8'),
            f'KBUILD_OUTPUT={target}/usr/src/linux-headers-9-arm64\n'
            f'include {target}/usr/src/linux-headers-9-common/Makefile\n')
        self.assertFalse((place / 'vmlinux').exists())
        self.assertEqual(os.listdir(common / 'arch'), ['arm64'])


class Building(Folder):
    """Against a tree that stands for a kernel's."""

    def setUp(self):
        super().setUp()
        self.log = self.folder / 'log'
        self.tree, self.sources = self.folder / 'tree', self.folder / 'src'
        self.tree.mkdir()
        self.sources.mkdir()
        words = toolchain.version_of(cross.COMPILER)
        major = int(words.split(')')[-1].split('.')[0])
        (self.tree / '.config').write_text(
            f'CONFIG_CC_VERSION_TEXT="{words}"\n'
            f'CONFIG_GCC_VERSION={major}0000\n', 'utf-8')
        (self.tree / 'Makefile').write_text(TREE.format(log=self.log),
                                            'utf-8')
        (self.tree / 'Module.symvers').touch()
        self.write('int answer = 42;\n')
        self.kernel = kernel(name='own', build=self.tree)

    def write(self, text):
        (self.sources / 'main.c').write_text(text, encoding='utf-8')

    def build(self, one=None):
        with contextlib.redirect_stdout(io.StringIO()):
            return module.build(one or self.kernel, self.folder / 'cache',
                                self.sources)

    def test_kept_by_content(self):
        path, text = self.build()
        self.assertEqual(text, module.BUILT)
        self.assertEqual(path.read_bytes()[:4], b'\x7fELF')
        self.assertEqual(self.build()[0], path)
        self.assertEqual(self.log.read_text('utf-8'), 'built\n')
        self.write('int answer = 43;\n')
        self.assertNotEqual(self.build()[0], path)
        (self.tree / 'Module.symvers').write_text('0x1 symbol', 'utf-8')
        self.build()
        self.assertEqual(self.log.read_text('utf-8'), 'built\n' * 3)

    def test_a_mistake_is_named(self):
        self.write('int answer = nonsense;\nint other = rubbish;\n')
        path, text = self.build()
        self.assertIsNone(path)
        self.assertTrue(text.startswith(module.BROKEN), text)
        self.assertIn('nonsense', text)
        self.assertNotIn('\n', text)

    def test_an_outer_make_does_not_matter(self):
        os.environ['MAKEFLAGS'] = 'n ARCH=x86'
        self.addCleanup(os.environ.pop, 'MAKEFLAGS')
        self.assertEqual(self.build()[1], module.BUILT)

    def test_reasons(self):
        half = self.folder / 'half'
        half.mkdir()
        (half / '.config').touch()
        (half / 'Makefile').touch()
        reasons = {
            'no .config': dataclasses.replace(self.kernel,
                                              build=self.folder),
            'no Module.symvers': dataclasses.replace(self.kernel,
                                                     build=half),
            '--kernel-build': dataclasses.replace(self.kernel, build=None),
            module.NO_HEADERS: kernel(label='something else'),
        }
        for reason, one in reasons.items():
            path, text = self.build(one)
            self.assertIsNone(path)
            self.assertIn(reason, text)
        (self.tree / '.config').write_text(
            'CONFIG_CC_VERSION_TEXT="Debian clang version 19.1.7"\n', 'utf-8')
        self.assertIn('clang', self.build()[1])
        self.sources = self.folder / 'nothing'
        self.assertIn('no sources', self.build()[1])


class Trees(Folder):
    """The tree that an Image is in."""

    def test_named_by_the_user(self):
        image = self.folder / 'Image'
        image.write_bytes(bytes(56) + b'ARM\x64' + bytes(4))
        self.assertIsNone(kernels.get(str(image)).build)
        self.assertEqual(kernels.get(str(image), build='/tree').build,
                         pathlib.Path('/tree'))

    def test_found_when_it_was_built(self):
        image = self.folder / 'arch' / 'arm64' / 'boot' / 'Image'
        self.assertIsNone(kernels.tree_of(image))
        (self.folder / 'Module.symvers').touch()
        self.assertEqual(kernels.tree_of(image), self.folder)
        self.assertIsNone(kernels.tree_of(self.folder / 'Image'))
