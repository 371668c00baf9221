# SPDX-License-Identifier: GPL-2.0-or-later
"""Own kernels, without building one: what is asked for, named, kept, said."""

import collections
import contextlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from msmmu_guest import kernel_build, kernel_build_cli, kernel_build_config, \
    kernel_build_headers, kernel_build_names, kernel_build_source, kernels

import msmmu_env

Found = collections.namedtuple('Found', 'version suite')
MAKEFILE = 'VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\n'
FRAGMENT = '''\
# A comment.
CONFIG_PCI=y
# CONFIG_MODULE_SIG is not set
CONFIG_NR_CPUS=16

#: since 6.2
CONFIG_IOMMUFD=y
CONFIG_VFIO_GROUP=y

#: before 6.19
CONFIG_OLD_SELFTEST=y
'''


class Folder(unittest.TestCase):
    """A cache of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='msmmu-test.')
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.cache = self.folder / 'msmmu'
        patch = mock.patch.dict(os.environ,
                                XDG_CACHE_HOME=str(self.folder))
        patch.start()
        self.addCleanup(patch.stop)

    def tree(self, name='linux'):
        """Something that looks like a Linux tree."""
        tree = self.folder / name
        (tree / 'arch/arm64').mkdir(parents=True)
        (tree / 'Makefile').write_text(MAKEFILE)
        (tree / 'arch/arm64/Kconfig').write_text('config PCI\n\tbool\n')
        return tree

    def entry(self, name, release, made='2026-01-01', **details):
        """A kernel in the cache, as if it had been built."""
        series, page = kernel_build_names.parse_name(name)
        folder = self.cache / 'own-kernels' / f'{release}-{made}'
        (folder / 'build').mkdir(parents=True)
        (folder / 'Image').write_bytes(bytes(56) + b'ARM\x64' + bytes(4))
        (folder / 'modules.builtin').write_text(
            'kernel/drivers/vfio/pci/vfio-pci.ko\n')
        ours = kernel_build.recipe(kernel_build_config.read(page))
        manifest = {'name': name, 'release': release, 'series': series,
                    'page': page, 'page_size': kernel_build_config.PAGES[page],
                    'kind': 'package', 'label': 'a label', 'recipe': ours,
                    'extra': False, 'made': made, 'objects': 1200, **details}
        (folder / 'manifest.json').write_text(json.dumps(manifest))
        return folder


class Fragments(unittest.TestCase):
    """What must be in a configuration."""

    def failed(self, config, version, text=FRAGMENT):
        texts = [('a.config', text)]
        return [option.name for option, _ in
                kernel_build_config.failures(texts, config, version)]

    def test_our_fragments_are_understood(self):
        for page in kernel_build_config.PAGES:
            options = kernel_build_config.requested(
                kernel_build_config.read(page))
            self.assertEqual(options[f'ARM64_{page[:-1]}K_PAGES'].value, 'y')
            self.assertEqual(options['LOCALVERSION'].value,
                             f'"-msmmu-{page}"')
            self.assertEqual(options['STRICT_DEVMEM'].value, 'n')
            self.assertEqual(options['IOMMUFD'].since, (6, 2))

    def test_no_option_is_twice_in_a_fragment(self):
        for page in kernel_build_config.PAGES:
            for title, text in kernel_build_config.read(page):
                names = [option.name for option in
                         kernel_build_config.parse_fragment(text, title)]
                self.assertEqual(len(names), len(set(names)), title)

    def test_all_held(self):
        config = ('CONFIG_PCI=y\nCONFIG_NR_CPUS=16\nCONFIG_IOMMUFD=y\n'
                  'CONFIG_VFIO_GROUP=y\n')
        self.assertEqual(self.failed(config, (6, 19)), [])

    def test_what_did_not_take_effect_is_named(self):
        config = ('CONFIG_PCI=m\nCONFIG_NR_CPUS=8\nCONFIG_MODULE_SIG=y\n'
                  '# CONFIG_IOMMUFD is not set\nCONFIG_VFIO_GROUP=y\n')
        self.assertEqual(self.failed(config, (6, 12)),
                         ['PCI', 'MODULE_SIG', 'NR_CPUS', 'IOMMUFD',
                          'OLD_SELFTEST'])

    def test_a_series_out_of_range_need_not_have_it(self):
        config = 'CONFIG_PCI=y\nCONFIG_NR_CPUS=16\n'
        self.assertEqual(self.failed(config, (6, 1)), ['OLD_SELFTEST'])
        self.assertEqual(self.failed(config, (6, 2)),
                         ['IOMMUFD', 'VFIO_GROUP', 'OLD_SELFTEST'])
        self.assertEqual(self.failed(config, (7, 0)),
                         ['IOMMUFD', 'VFIO_GROUP'])

    def test_a_later_fragment_replaces(self):
        texts = [('a', FRAGMENT), ('b', '# CONFIG_PCI is not set\n')]
        options = kernel_build_config.requested(texts)
        self.assertEqual((options['PCI'].value, options['PCI'].where),
                         ('n', 'b:1'))

    def test_a_line_that_says_nothing_is_an_error(self):
        for text in ('PCI=y', 'CONFIG_PCI', '#: since the beginning'):
            with self.assertRaisesRegex(kernel_build_config.ConfigError,
                                        'a.config:2'):
                kernel_build_config.parse_fragment(f'# x\n{text}\n',
                                                   'a.config')

    def test_the_error_tells_unknown_from_unmet(self):
        with tempfile.TemporaryDirectory() as folder:
            tree = pathlib.Path(folder)
            (tree / 'Kconfig.debug').write_text('config PCI\n\tbool\n')
            with self.assertRaises(kernel_build_config.ConfigError) as caught:
                kernel_build_config.check(
                    [('a', 'CONFIG_PCI=y\nCONFIG_PCY=y\n')], '', (7, 3), tree)
        self.assertIn('CONFIG_PCI=y (a:1): it is n: see what',
                      str(caught.exception))
        self.assertIn('CONFIG_PCY=y (a:2): this kernel does not know it',
                      str(caught.exception))


class Sources(Folder):
    """Packages and trees."""

    def archive(self):
        archive = mock.Mock()
        archive.names.return_value = ['linux-source-6.1', 'linux-source-7.3',
                                      'linux-source-6.12', 'linux-source']
        archive.versions.side_effect = lambda package: [
            Found(f'{package[-3:]}.9-1', 'trixie'),
            Found(f'{package[-3:]}.8-1', 'trixie')
        ] if package in archive.names() else []
        return archive

    def test_packages(self):
        source = kernel_build_source.from_package('newest', self.archive())
        self.assertEqual((source.name, source.version), ('7.3', '7.3.9-1'))
        source = kernel_build_source.from_package('6.1', self.archive())
        self.assertEqual(source.state, 'linux-source-6.1 6.1.9-1')
        with self.assertRaisesRegex(kernel_build_source.SourceError,
                                    'there is 6.1, 6.12, 7.3'):
            kernel_build_source.from_package('6.9', self.archive())

    def test_a_tree_without_git(self):
        tree = self.tree()
        first = kernel_build_source.from_tree(tree)
        self.assertEqual((first.kind, first.name), ('tree', 'linux'))
        self.assertEqual(first.state,
                         kernel_build_source.from_tree(tree).state)
        (tree / '.git').mkdir()
        self.assertEqual(first.state,
                         kernel_build_source.from_tree(tree).state)
        (tree / 'new.c').write_text('int x;\n')
        self.assertNotEqual(first.state,
                            kernel_build_source.from_tree(tree).state)

    @unittest.skipUnless(shutil.which('git'), 'git is not installed')
    def test_a_tree_in_git(self):
        tree = self.tree()

        def git(*words):
            subprocess.run(['git', '-C', tree, '-c', 'user.name=x', '-c',
                            'user.email=x@y', *words], check=True,
                           capture_output=True)

        states = []

        def see():
            states.append(kernel_build_source.from_tree(tree).state)
            return states[-1]

        git('init', '-q')
        git('add', '.')
        git('commit', '-qm', 'one')
        self.assertRegex(see(), '^git ')
        git('commit', '-qm', 'the same files', '--allow-empty')
        self.assertEqual(see(), states[0])
        (tree / 'Makefile').write_text(MAKEFILE + '# changed\n')
        self.assertNotIn(see(), states[:-1])
        git('commit', '-qam', 'two')
        self.assertNotIn(see(), states[:-1])
        (tree / 'new.c').write_text('int x;\n')
        self.assertNotIn(see(), states[:-1])
        index = tree / '.git/index'
        before = index.stat().st_mtime_ns
        os.utime(tree / 'Makefile', ns=(1, 1))
        self.assertEqual(see(), states[-2])
        self.assertEqual(index.stat().st_mtime_ns, before)

    def test_what_is_no_tree(self):
        with self.assertRaisesRegex(kernel_build_source.SourceError,
                                    'no Makefile'):
            kernel_build_source.from_tree(self.folder)
        tree = self.tree()
        (tree / 'Makefile').write_text('all:\n')
        with self.assertRaisesRegex(kernel_build_source.SourceError,
                                    'no Linux tree'):
            kernel_build_source.from_tree(tree)

    def test_a_tree_built_in_place_is_refused(self):
        source = kernel_build_source.from_tree(self.tree())
        source.prepare()
        (source.folder / '.config').write_text('')
        with self.assertRaisesRegex(kernel_build_source.SourceError,
                                    'mrproper'):
            source.prepare()


class Requests(Folder):
    """The hash of all that goes in, and what is said about a build."""

    def request(self, source=None, page='4k', **details):
        with mock.patch.object(kernel_build, 'compiler_version',
                               return_value=details.pop('gcc', 'gcc 12')):
            return kernel_build.Request(
                source or kernel_build_source.from_tree(self.folder / 'linux'),
                page, **details)

    def test_all_that_goes_in_is_in_the_key(self):
        tree = self.tree()
        more = self.folder / 'more.config'
        more.write_text('CONFIG_FTRACE=y\n')
        requests = [self.request(), self.request(page='64k'),
                    self.request(gcc='gcc 14'), self.request(extra=(more,))]
        (tree / 'new.c').write_text('int x;\n')
        requests.append(self.request())
        keys = [request.key for request in requests]
        self.assertEqual(len(set(keys)), len(keys))
        self.assertEqual(self.request(jobs=7).key, keys[-1])

    def test_what_is_there_is_not_built_again(self):
        self.tree()
        request = self.request()
        folder = self.cache / 'own-kernels' / request.key
        folder.mkdir(parents=True)
        (folder / 'manifest.json').write_text('{}')
        with mock.patch.object(kernel_build, 'build_locked') as built:
            self.assertEqual(kernel_build.build(request), folder)
            built.assert_not_called()
            with mock.patch.object(kernel_build, 'check_tools'), \
                    contextlib.redirect_stdout(io.StringIO()):
                kernel_build.build(request, force=True)
            built.assert_called_once()

    def test_missing_programs_are_named(self):
        with mock.patch.object(shutil, 'which', lambda name:
                               None if name in ('bc', 'xz') else name):
            with self.assertRaisesRegex(kernel_build.BuildError,
                                        'packages bc xz-utils'):
                kernel_build.check_tools()

    def test_the_environment_does_not_change_the_build(self):
        with mock.patch.dict(os.environ, KCFLAGS='-O0', LOCALVERSION='-x',
                             ARCH='riscv', KBUILD_OUTPUT='/x', KEPT='1'):
            environment = kernel_build.environment()
        for name in ('KCFLAGS', 'LOCALVERSION', 'ARCH', 'KBUILD_OUTPUT'):
            self.assertNotIn(name, environment)
        self.assertEqual(environment['KEPT'], '1')

    def test_the_first_errors_are_shown(self):
        lines = ['  CC      drivers/base/error.o',
                 'a.c:1:2: error: expected ;',
                 'make[3]: *** [a.o] Error 1', '  CC      b.o']
        self.assertEqual(kernel_build.first_errors(lines), lines[1:3])
        self.assertEqual(kernel_build.first_errors(['no idea']), ['no idea'])

    def test_a_failing_command_leaves_its_log(self):
        self.tree()
        log = self.folder / 'log'
        objects = kernel_build.Objects(self.request(), self.folder, log)
        with self.assertRaisesRegex(kernel_build.BuildError,
                                    f'(?s)own:linux-4k.*error: 7.*{log}'):
            objects.run([sys.executable, '-c',
                         'print("x.c: error: 7"); raise SystemExit(2)'])
        self.assertIn('error: 7', log.read_text())

    def test_objects_are_counted(self):
        progress = kernel_build.Progress('own:7.3-4k', 1200)
        for line in ('  CC      a.o\n', '  AR      b.a\n', 'make: x\n',
                     '  UPD     c.h\n', '  HOSTCC  d\n'):
            progress.line(line)
        self.assertEqual(progress.count, 3)


class Names(Folder):
    """own:SERIES-PAGES."""

    def release(self, name):
        kernel = kernels.get(name)
        self.assertEqual(kernel.build.parent, kernel.image.parent)
        return json.loads((kernel.image.parent / 'manifest.json').read_text()
                          )['release']

    def test_the_highest_version_and_series(self):
        self.entry('own:7.3-4k', '7.3.4-msmmu-4k', '2026-01-02')
        self.entry('own:7.3-4k', '7.3.12-msmmu-4k', '2026-01-01')
        self.entry('own:6.12-4k', '6.12.107-msmmu-4k', '2026-01-03')
        self.entry('own:6.12-64k', '6.12.107-msmmu-64k', '2026-01-03')
        self.assertEqual(self.release('own:7.3-4k'), '7.3.12-msmmu-4k')
        self.assertEqual(self.release('own:newest-4k'), '7.3.12-msmmu-4k')
        self.assertEqual(self.release('own:newest-64k'), '6.12.107-msmmu-64k')

    def test_a_kernel(self):
        self.entry('own:7.3-64k', '7.3.4-msmmu-64k')
        kernel = kernels.get('own:newest-64k')
        self.assertEqual((kernel.name, kernel.short, kernel.page_size),
                         ('own:newest-64k', 'own:newest-64k', 65536))
        self.assertEqual((kernel.modules, kernel.builtin), ({}, {'vfio_pci'}))
        self.assertIn('7.3.4-msmmu-64k', kernel.label)

    def test_what_is_not_built_says_how(self):
        for name, command in (
                ('own:7.3-16k', '--source-package 7.3 --page-size 16k'),
                ('own:mine-4k', '--source DIR --name mine --page-size 4k')):
            with self.assertRaisesRegex(kernels.KernelError, command):
                kernels.get(name)

    def test_other_names_are_refused(self):
        for name in ('own:7.3', 'own:7.3-8k', 'own:', 'own:7.3-4k-x'):
            with self.assertRaisesRegex(kernels.KernelError,
                                        'own:SERIES-PAGES'):
                kernels.get(name)

    def test_one_of_other_fragments_is_not_it(self):
        self.entry('own:7.3-4k', '7.3.4-msmmu-4k', recipe='other')
        with self.assertRaisesRegex(kernels.KernelError, 'changed since'):
            kernels.get('own:7.3-4k')
        self.entry('own:7.3-4k', '7.3.3-msmmu-4k')
        self.assertEqual(self.release('own:7.3-4k'), '7.3.3-msmmu-4k')

    def test_more_configuration_has_no_name_of_a_series(self):
        self.entry('own:7.3-4k', '7.3.4-msmmu-4k', extra=True)
        with self.assertRaisesRegex(kernels.KernelError, 'not built yet'):
            kernels.get('own:7.3-4k')

    def test_the_path_that_was_printed_is_a_name(self):
        folder = self.entry('own:7.3-4k', '7.3.4-msmmu-4k', extra=True)
        for path in (folder, folder / 'Image'):
            kernel = kernels.get(str(path))
            self.assertEqual((kernel.name, kernel.builtin, kernel.build),
                             (str(path), {'vfio_pci'}, folder / 'build'))
        (folder / 'manifest.json').unlink()
        self.assertEqual(kernels.get(str(folder / 'Image')).builtin, set())
        with self.assertRaisesRegex(kernels.KernelError, 'no such file'):
            kernels.get(str(folder))

    def test_a_tree_is_the_last_that_was_built(self):
        for made, release in (('2026-01-02', '7.1.0-msmmu-4k'),
                              ('2026-01-01', '7.2.0-msmmu-4k')):
            self.entry('own:linux-4k', release, made, kind='tree',
                       recipe='other')
        self.assertEqual(self.release('own:linux-4k'), '7.1.0-msmmu-4k')


class Headers(Folder):
    """What modules need is taken from the tree and from the objects."""

    def test_collected(self):
        tree, objects = self.tree(), self.folder / 'objects'
        for base, names in (
                (tree, ('include/linux/iommu.h', 'scripts/Makefile.modfinal',
                        'scripts/kconfig/conf.c', 'arch/arm64/Makefile',
                        'arch/arm64/include/asm/page.h', 'drivers/a.c',
                        'arch/arm64/kvm/hyp/include/hyp/switch.h')),
                (objects, ('Module.symvers', '.config', 'drivers/a.o',
                           'arch/arm64/include/generated/asm/x.h',
                           'include/config/auto.conf', 'scripts/mod/modpost',
                           'include/config/kernel.release',
                           'scripts/mod/modpost.o', 'scripts/mod/.a.cmd',
                           'include/generated/autoconf.h'))):
            for name in names:
                (base / name).parent.mkdir(parents=True, exist_ok=True)
                (base / name).write_text(name)
        target = self.folder / 'build'
        kernel_build_headers.collect(tree, objects, target)
        self.assertEqual(sorted(str(path.relative_to(target)) for path in
                                target.rglob('*') if path.is_file()), [
            '.config', 'Makefile', 'Module.symvers', 'arch/arm64/Makefile',
            'arch/arm64/include/asm/page.h',
            'arch/arm64/include/generated/asm/x.h',
            'arch/arm64/kvm/hyp/include/hyp/switch.h',
            'include/config/auto.conf', 'include/config/kernel.release',
            'include/generated/autoconf.h', 'include/linux/iommu.h',
            'scripts/Makefile.modfinal', 'scripts/mod/modpost'])
        (objects / 'Module.symvers').unlink()
        with self.assertRaisesRegex(msmmu_env.SetupError, 'Module.symvers'):
            kernel_build_headers.collect(tree, objects, target)


class Tool(Folder):
    """The command line."""

    def run_tool(self, *words):
        """(status, standard output, standard error)"""
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), \
                contextlib.redirect_stderr(errors):
            try:
                status = kernel_build_cli.main(words)
            except SystemExit as ended:
                status = ended.code
        return status, output.getvalue(), errors.getvalue()

    def test_mistakes_stop_a_bisect(self):
        for words in ((), ('build', '--page-size', '5k'),
                      ('build', '--source', 'x', '--source-package', '7.3'),
                      ('build', '--name', 'x'), ('build', '--jobs', '0'),
                      ('build', '--source', 'x', '--name', '7.3')):
            self.assertEqual(self.run_tool(*words)[0], 129, words)

    def test_only_paths_on_standard_output(self):
        tree, pages = self.tree(), []

        def built(request, force):
            print('progress')
            pages.append((request.page, force))
            return self.folder / request.page

        with mock.patch.object(kernel_build, 'build', built), \
                mock.patch.object(kernel_build, 'compiler_version'):
            status, output, errors = self.run_tool(
                'build', '--source', str(tree), '--page-size', '64k,4k',
                '--page-size', '4k')
        self.assertEqual(status, 0)
        self.assertEqual(pages, [('64k', False), ('4k', False)])
        self.assertEqual(output, f'{self.folder}/64k\n{self.folder}/4k\n')
        self.assertEqual(errors, 'progress\n' * 2)

    def test_what_cannot_be_built_cannot_be_tested(self):
        status, output, errors = self.run_tool('build', '--source', '/none')
        self.assertEqual((status, output), (125, ''))
        self.assertIn('/none', errors)

    def test_list_path_clean(self):
        self.assertIn('none built', self.run_tool('list')[1])
        good = self.entry('own:7.3-4k', '7.3.4-msmmu-4k')
        old = self.entry('own:7.3-4k', '7.3.3-msmmu-4k')
        other = self.entry('own:6.1-64k', '6.1.9-msmmu-64k')
        self.assertEqual(self.run_tool('path', 'own:7.3-4k')[1],
                         f'{good}\n')
        self.assertEqual(self.run_tool('path', 'own:7.3-64k')[0], 125)
        names = [line.split()[0] for line in
                 self.run_tool('list')[1].splitlines()[::2]]
        self.assertEqual(sorted(names),
                         ['own:6.1-64k', 'own:7.3-4k', 'own:7.3-4k'])
        self.assertEqual(len(json.loads(self.run_tool('list', '--json')[1])),
                         3)
        with msmmu_env.locked(self.cache / 'own-kernels/locks/x', 'x'):
            status, _, errors = self.run_tool('clean', '--all')
        self.assertEqual(status, 125)
        self.assertIn('a build is running', errors)
        self.run_tool('clean')
        self.assertEqual([path.exists() for path in (good, old, other)],
                         [True, False, True])
        self.run_tool('clean', 'own:6.1-64k')
        self.assertFalse(other.exists())
        self.assertEqual(self.run_tool('clean', 'own:6.1-64k')[0], 125)
        self.run_tool('clean', '--all')
        self.assertFalse(good.exists())


if __name__ == '__main__':
    unittest.main()
