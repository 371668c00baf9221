# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's own build tools, run from the cache on a host they were not for.

A module wants the compiler that built its kernel, and the programs of the
kernel's own build system (fixdep, modpost ...). Debian publishes both for
amd64, linked against the C library of their suite, which may be newer than
the host's. So the packages are unpacked below the cache, with the libraries
that they need, and each program is replaced by a script that runs it through
the loader that came along:

    aarch64-linux-gnu-gcc-14        #!/bin/sh, exec LOADER ... NAME.elf "$@"
    aarch64-linux-gnu-gcc-14.elf    the program

Nothing is installed and no root is needed. Scripts name absolute paths: a
cache that was moved is unpacked again. A compiler of the right version that
the host has is used as it is.
"""

import dataclasses
import hashlib
import os
import pathlib
import platform
import re
import shutil
import struct
import subprocess
import tempfile

import msmmu_apt
import msmmu_env

PREFIX = 'aarch64-linux-gnu-'
LOADER = 'ld-linux-x86-64.so.2'
LIBRARIES = 'x86_64-linux-gnu'
SUFFIX = '.elf'
# Of what packages depend on: programs and libraries of the host only.
FOLLOWED = re.compile(r'(lib|gcc|cpp|binutils)[a-z0-9+.-]*')
SKIPPED = re.compile(r'-cross(-base)?$|-dev\b|-base$|^libcc1-|^libgcc-\d')
# The libraries of linux-kbuild, which depends on one or the other name.
KBUILD_LIBRARIES = re.compile(r'libc6|libelf1(t64)?|libssl3(t64)?|zlib1g')
COMPILER_TEXT = re.compile(r'^CONFIG_CC_VERSION_TEXT="(.*)"$', re.M)
COMPILER_NUMBER = re.compile(r'^CONFIG_GCC_VERSION=(\d+)$', re.M)


class ToolchainError(msmmu_env.SetupError):
    """There are no tools: the text says which, and why."""


@dataclasses.dataclass(frozen=True)
class Compiler:
    """A cross compiler, to be found by name."""
    name: str                   # aarch64-linux-gnu-gcc-14
    version: str                # its own words
    folder: str = ''            # to put before PATH; '' for the host's

    def environment(self):
        """The environment in which a build finds it."""
        environment = dict(os.environ, LC_ALL='C.UTF-8')
        if self.folder:
            environment['PATH'] = f'{self.folder}:{environment["PATH"]}'
        return environment


def check_host():
    """Debian's kernel tools come for amd64 in a form that we can run."""
    if platform.machine() != 'x86_64':
        raise ToolchainError('the build tools are fetched for amd64 only, '
                             f'and this machine is {platform.machine()}')


# What a package needs

def dependencies(text):
    """The package names in a Depends field; of alternatives the first."""
    names = []
    for entry in text.split(','):
        name = re.split(r'[\s(:|]', entry.strip())[0]
        if name:
            names.append(name)
    return names


def followed(name):
    """Is a dependency one that programs need to run?"""
    return name == 'zlib1g' or bool(
        FOLLOWED.fullmatch(name) and not SKIPPED.search(name))


def closure(archive, names):
    """NAMES and all that they need to run, sorted."""
    wanted, queue = set(), list(names)
    while queue:
        name = queue.pop()
        if name in wanted:
            continue
        wanted.add(name)
        fields = archive.fields(name)
        for field in ('Pre-Depends', 'Depends'):
            queue += [other for other in
                      dependencies(fields.get(field, '')) if followed(other)]
    return sorted(wanted)


# Programs, and the scripts that stand for them

def interpreter(data):
    """The loader that an ELF program for x86-64 asks for, or ''."""
    if data[:6] != b'\x7fELF\x02\x01' or len(data) < 64 or \
            struct.unpack_from('<H', data, 18)[0] != 62:
        return ''
    offset, = struct.unpack_from('<Q', data, 32)
    size, count = struct.unpack_from('<HH', data, 54)
    for index in range(count):
        start = offset + index * size
        if struct.unpack_from('<I', data, start)[0] == 3:   # PT_INTERP
            at, = struct.unpack_from('<Q', data, start + 8)
            length, = struct.unpack_from('<Q', data, start + 32)
            return data[at:at + length].rstrip(b'\0').decode()
    return ''


def runner(root, final):
    """The command that runs a program with the libraries below ROOT.

    FINAL is where ROOT will be: it is renamed when it is whole.
    """
    folders = [place for place in ('lib', 'usr/lib')
               if (root / place / LIBRARIES).is_dir()]
    loader = next((place for place in folders
                   if (root / place / LIBRARIES / LOADER).exists()), None)
    if not loader:
        raise ToolchainError(f'{root}: no {LOADER} in it')
    path = ':'.join(str(final / place / LIBRARIES) for place in folders)
    return (f'{final / loader / LIBRARIES / LOADER} --inhibit-cache '
            f'--library-path {path}')


def is_program(path):
    """Is a file one that needs a loader? Libraries are none."""
    if path.is_symlink() or not path.is_file() or \
            not os.access(path, os.X_OK):
        return False
    if path.suffix == SUFFIX or '.so' in path.name:
        return False
    return bool(interpreter(path.read_bytes()))


def wrap(folder, final, command):
    """Put scripts that use COMMAND before the programs below FOLDER.

    FINAL is where FOLDER will be. Returns how many there are.
    """
    programs = [path for path in sorted(folder.rglob('*'))
                if is_program(path)]
    for path in programs:
        name = path.name + SUFFIX
        path.rename(path.with_name(name))
        real = final / path.relative_to(folder).with_name(name)
        path.write_text(f'#!/bin/sh\nexec {command} --argv0 "$0" {real} '
                        '"$@"\n', encoding='utf-8')
        path.chmod(0o755)
    return len(programs)


# Unpacking

def fetch(archive, names):
    """The .deb files of NAMES, the newest of ARCHIVE."""
    debs = []
    with msmmu_env.step('fetching ' + names[0] + (
            f' and {len(names) - 1} more' if len(names) > 1 else '')):
        for name in names:
            debs.append(archive.download(name))
    return debs


def extract(debs, folder):
    """Unpack some .deb files into one FOLDER."""
    for deb in debs:
        if subprocess.run(['dpkg-deb', '-x', str(deb), str(folder)],
                          check=False).returncode:
            raise ToolchainError(f'cannot unpack {deb}')


def is_unpacked(target):
    """Is TARGET there, whole and where it was made?"""
    stamp = target / '.unpacked'
    return stamp.is_file() and stamp.read_text('utf-8') == str(target)


def unpacked(target, debs, mend):
    """TARGET, of the files that DEBS() fetches unless it is there.

    MEND(folder) works on what is unpacked, before it becomes TARGET.
    """
    with msmmu_env.locked(target.parent / '.lock', 'unpacking build tools'):
        if is_unpacked(target):
            return target
        shutil.rmtree(target, ignore_errors=True)
        temporary = pathlib.Path(tempfile.mkdtemp(prefix='.new.',
                                                  dir=target.parent))
        try:
            files = debs()
            extract(files, temporary)
            mend(temporary)
            (temporary / '.unpacked').write_text(str(target), 'utf-8')
            temporary.chmod(0o755)
            temporary.rename(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        # What is needed is kept unpacked.
        for deb in files:
            deb.unlink(missing_ok=True)
        return target


def base_suite(suite):
    """The suite whose compiler builds the kernels of SUITE."""
    return suite.split('-')[0]


def tree(suite, names, cache=None):
    """A folder with the programs NAMES of SUITE and their libraries.

    What backports do not have is the suite's that they are for.
    """
    check_host()
    cache = pathlib.Path(cache or msmmu_env.cache_dir())
    digest = hashlib.sha256(' '.join(names).encode()).hexdigest()[:8]
    target = cache / 'toolchain' / f'{suite}-{names[0]}-{digest}'
    if is_unpacked(target):
        return target

    def debs():
        suites = list(dict.fromkeys([base_suite(suite), suite]))
        archive = msmmu_apt.Archive(suites, 'amd64', cache=cache)
        archive.update()
        return fetch(archive, closure(archive, names))

    def mend(folder):
        wrap(folder, target, runner(folder, target))

    return unpacked(target, debs, mend)


def kbuild_libraries(suite, depends, cache=None):
    """The libraries that SUITE's linux-kbuild DEPENDS on, unpacked."""
    names = [name for name in dependencies(depends)
             if KBUILD_LIBRARIES.fullmatch(name)]
    return tree(suite, sorted(names), cache)


# Compilers

def configured_compiler(config):
    """('gcc', 14, its own words) that a kernel's .config tells."""
    text = COMPILER_TEXT.search(config)
    number = COMPILER_NUMBER.search(config)
    words = text.group(1) if text else ''
    if number and int(number.group(1)):
        return 'gcc', int(number.group(1)) // 10000, words
    return ('clang' if 'clang' in words else ''), 0, words


def version_of(name, environment=None):
    """A compiler's first line of --version, '' when it does not run."""
    try:
        answer = subprocess.run([name, '--version'], capture_output=True,
                                text=True, env=environment, check=False)
    except OSError:
        return ''
    return answer.stdout.splitlines()[0] if answer.returncode == 0 and \
        answer.stdout else ''


def host_gcc(major):
    """The host's cross gcc of that version, or None."""
    for name in (f'{PREFIX}gcc-{major}', f'{PREFIX}gcc'):
        if shutil.which(name) and shutil.which(f'{PREFIX}ld'):
            words = version_of(name)
            if re.search(rf'\s{major}\.\d+', words):
                return Compiler(name, words)
    return None


def debian_gcc(major, suite, cache=None):
    """SUITE's cross gcc of that version, from the cache."""
    try:
        root = tree(suite, [f'gcc-{major}-aarch64-linux-gnu'], cache)
    except msmmu_apt.AptError as error:
        raise ToolchainError(f'no gcc {major} for arm64: {error}') from error
    name = f'{PREFIX}gcc-{major}'
    folder = root / 'usr' / 'bin'
    words = version_of(folder / name)
    if not words:
        raise ToolchainError(f'{folder / name} does not run here')
    return Compiler(name, words, str(folder))


def gcc(major, suite='', cache=None):
    """The cross gcc of that version: the host's, or else SUITE's."""
    found = host_gcc(major)
    if found:
        return found
    if not suite:
        raise ToolchainError(f'{PREFIX}gcc {major} is not installed')
    return debian_gcc(major, suite, cache)
