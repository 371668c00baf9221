# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kernel is built from: Debian's linux-source packages, or a tree.

A source has a state, a text that changes when its content does: the version
of a package, or what git and the file system know about a tree. Packages are
fetched and unpacked only when something is built; a user's tree is only read.
"""

import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from . import kernels

import msmmu_apt
import msmmu_env

PACKAGE = re.compile(r'linux-source-(\d+\.\d+)')
UNPACKED_BYTES = 2 << 30
# Left by a build in the tree, which one with O= refuses.
BUILT_HERE = ('.config', 'include/config', 'arch/arm64/include/generated')


class SourceError(msmmu_env.SetupError):
    """There is no such source, or it cannot be built."""


@dataclasses.dataclass
class Source:
    """Something that a kernel can be built from."""
    kind: str                   # package, tree
    name: str                   # the series, or what the user calls a tree
    state: str                  # changes with the content
    label: str                  # for people
    folder: pathlib.Path        # where the tree is or will be
    version: str = ''           # of the package
    archive: object = None      # that has the package

    def prepare(self):
        """Have the tree in its folder."""
        if self.kind == 'package':
            unpack_package(self)
        else:
            check_tree(self.folder)


def tree_version(folder):
    """(7, 3) from the tree's Makefile."""
    try:
        text = (folder / 'Makefile').read_text('utf-8', 'replace')
    except OSError as error:
        raise SourceError(f'{folder}: no Linux tree, it has no Makefile'
                          ) from error
    numbers = [re.search(rf'^{name} = (\d+)$', text, re.M)
               for name in ('VERSION', 'PATCHLEVEL')]
    if not all(numbers) or not (folder / 'arch/arm64/Kconfig').is_file():
        raise SourceError(f'{folder}: no Linux tree')
    return tuple(int(match.group(1)) for match in numbers)


def check_tree(folder):
    """Refuse a tree that was built in place, as kbuild would."""
    tree_version(folder)
    for name in BUILT_HERE:
        if (folder / name).exists():
            raise SourceError(
                f'{folder} was built in place ({name} is there), and such a '
                'tree cannot be built elsewhere without being changed. '
                f'Either "make -C {folder} mrproper", or build from a second '
                f'one: git -C {folder} worktree add ../clean')


# Debian's packages

def package_archive(suites=kernels.SUITES):
    """The archive that has the packages, with fresh indexes."""
    archive = msmmu_apt.Archive(suites, 'all')
    archive.update()
    return archive


def choose_series(names, wanted):
    """The series among package NAMES that WANTED, perhaps newest, means."""
    series = sorted((match.group(1) for match in
                     map(PACKAGE.fullmatch, names) if match),
                    key=kernels.release_key)
    if wanted == 'newest' and series:
        return series[-1]
    if wanted not in series:
        raise SourceError(
            f'{wanted}: Debian has no linux-source-{wanted}; there is ' +
            (', '.join(series) or 'none at all'))
    return wanted


def from_package(wanted, archive=None, cache=None):
    """The Source of a series; nothing is fetched but indexes."""
    archive = archive or package_archive()
    series, found = wanted, archive.versions(f'linux-source-{wanted}')
    if not found:
        series = choose_series(archive.names(PACKAGE.pattern), wanted)
        found = archive.versions(f'linux-source-{series}')
    package, version = f'linux-source-{series}', found[0].version
    cache = pathlib.Path(cache or msmmu_env.cache_dir())
    return Source('package', series, f'{package} {version}',
                  f'{package} {version}',
                  cache / 'sources' / f'{package}_{version}', version,
                  archive)


def unpack_package(source):
    """The package's tree, whole or not at all."""
    parent = source.folder.parent
    with msmmu_env.locked(parent / '.lock', 'unpacking kernel sources'):
        if source.folder.is_dir():
            return
        if shutil.disk_usage(parent).free < 2 * UNPACKED_BYTES:
            raise SourceError(f'{parent}: less than '
                              f'{2 * UNPACKED_BYTES >> 30} GiB free')
        package = f'linux-source-{source.name}'
        size = int(source.archive.fields(package, source.version)['Size'])
        with msmmu_env.step(f'fetching {source.label} '
                            f'({size / 1e6:.0f} MB)'):
            deb = source.archive.download(package, source.version)
        with msmmu_env.step(f'unpacking {source.label}'):
            unpack_tarball(deb, f'./usr/src/{package}.tar.xz', source.folder)
        deb.unlink(missing_ok=True)


def unpack_tarball(deb, member, folder):
    """The tree in a tarball that is in a package."""
    with tempfile.TemporaryDirectory(dir=folder.parent,
                                     prefix='.new.') as temporary:
        with subprocess.Popen(['dpkg-deb', '--fsys-tarfile', str(deb)],
                              stdout=subprocess.PIPE) as outer, \
                subprocess.Popen(['tar', '-xO', member], stdin=outer.stdout,
                                 stdout=subprocess.PIPE) as inner:
            outer.stdout.close()
            answer = subprocess.run(['tar', '-xJ', '-C', temporary],
                                    stdin=inner.stdout, check=False)
            inner.stdout.close()
        trees = list(pathlib.Path(temporary).iterdir())
        if answer.returncode or inner.returncode or len(trees) != 1:
            raise SourceError(f'{deb}: cannot unpack {member}')
        trees[0].rename(folder)


# A user's tree

def from_tree(path, name=None):
    """The Source that a tree is."""
    folder = pathlib.Path(path).expanduser().absolute()
    tree_version(folder)
    name = name or re.sub(r'[^\w.+]', '_', folder.resolve().name)
    commit, state = git_state(folder)
    label = f'{folder}' + (f' at {commit}' if commit else '')
    return Source('tree', name, state or files_state(folder), label, folder)


def git(folder, *words, **variables):
    """git's answer in bytes, None when it has none."""
    if not shutil.which('git'):
        return None
    answer = subprocess.run(
        ['git', '-C', str(folder), *words], capture_output=True,
        env=dict(os.environ, GIT_OPTIONAL_LOCKS='0', **variables),
        check=False)
    return None if answer.returncode else answer.stdout


def git_state(folder):
    """(commit, state) of a tree in git: what is committed, changed, new.

    Two commits with the same files have the same state. ('', '') when the
    folder is not the top of a tree that git knows.
    """
    top = git(folder, 'rev-parse', '--show-toplevel')
    tree = git(folder, 'rev-parse', 'HEAD^{tree}')
    if not tree or pathlib.Path(top.decode().strip()) != folder.resolve():
        return '', ''
    with tempfile.TemporaryDirectory(prefix='msmmu-kernel.') as temporary:
        # "git diff" writes the index; let it be another one.
        index = shutil.copy2(folder / os.fsdecode(git(
            folder, 'rev-parse', '--git-path', 'index').strip()), temporary)
        changes = git(folder, 'diff', '--binary', 'HEAD',
                      GIT_INDEX_FILE=index)
    new = git(folder, 'ls-files', '--others', '--exclude-standard', '-z')
    digest = hashlib.sha256(changes or b'')
    for name in filter(None, (new or b'').split(b'\0')):
        path = folder / os.fsdecode(name)
        digest.update(name + b'\0')
        if path.is_file():
            digest.update(path.read_bytes())
    commit = git(folder, 'rev-parse', '--short=12', 'HEAD').decode().strip()
    return (commit + (' with changes' if changes or new else ''),
            f'git {tree.decode().strip()} {digest.hexdigest()}')


def files_state(folder):
    """The state of a tree that is not in git: names, sizes and times."""
    digest = hashlib.sha256()
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - {'.git'})
        for name in sorted(files):
            status = os.lstat(os.path.join(root, name))
            digest.update(f'{os.path.relpath(root, folder)}/{name} '
                          f'{status.st_size} {status.st_mtime_ns}\n'.encode())
    return f'files {digest.hexdigest()}'
