# SPDX-License-Identifier: GPL-2.0-or-later
"""Device trees, read by programs and rules that we did not write.

The rules are the kernel's bindings, with dt-schema to apply them. dt-schema is
in Debian 13's backports, and runs from the cache, with its Python, wherever
this does. The kernel's sources are large; U-Boot's have a copy of its bindings
in a fifth of the size, and apt checks these as well. Another folder of
bindings, a kernel's, can be named instead.

Of some four thousand bindings only those are made into a schema that name
something which a tree says it is compatible with, and what they refer to.
Others could not apply: a schema is chosen by "compatible" or comes with
dt-schema itself.

    checker = Checker(folder)
    for finding in checker.findings([path, ...]):
        print(finding.tree, finding.node, finding.text)
"""

import collections
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

from msmmu_guest import toolchain

import msmmu_apt
import msmmu_env

SUITE = 'trixie-backports'
PYTHON = 'python3.13'
PACKAGES = (
    'dt-schema', 'device-tree-compiler', 'libexpat1', 'libfdt1', 'libyaml-0-2',
    'libpython3.13-minimal', 'libpython3.13-stdlib', 'python3-attr',
    'python3-jsonschema', 'python3-jsonschema-specifications',
    'python3-libfdt', 'python3-referencing', 'python3-rfc3987',
    'python3-rpds-py', 'python3-ruamel.yaml', 'python3-ruamel.yaml.clib',
    'python3.13-minimal')
BINDINGS_SUITE, BINDINGS_PACKAGE = 'trixie', 'u-boot'
BINDINGS_PART = '/dts/upstream/Bindings/'

# Checks of dtc that are off unless they are asked for
STRICT = ('unique_unit_address_if_enabled', 'node_name_chars_strict',
          'property_name_chars_strict')

Finding = collections.namedtuple('Finding', 'tree node text')


class DtError(msmmu_env.SetupError):
    """A program did not do what it was asked for."""


# Bindings

def unpack(tarball, part, folder):
    """Write all .yaml files below PART of a TARBALL to FOLDER."""
    count = 0
    with tarfile.open(tarball, 'r|*') as archive:
        for member in archive:
            _, found, name = member.name.partition(part)
            if not found or not member.isfile() or '..' in name.split('/') \
                    or not name.endswith('.yaml'):
                continue
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.extractfile(member).read())
            count += 1
    if not count:
        raise DtError(f'{tarball}: no bindings in {part}')


def bindings(cache=None):
    """The folder of the kernel's bindings, fetched when it is missing."""
    cache = pathlib.Path(cache or msmmu_env.cache_dir())
    archive = msmmu_apt.Archive([BINDINGS_SUITE], 'all', sources=True,
                                cache=cache)
    archive.update()
    version = archive.versions(BINDINGS_PACKAGE)[0].version
    target = cache / 'bindings' / f'{BINDINGS_PACKAGE}_{version}'
    with msmmu_env.locked(target.parent / '.lock', 'unpacking bindings'):
        if not target.is_dir():
            with msmmu_env.step('fetching bindings of device trees'):
                tarball = archive.download_tarball(BINDINGS_PACKAGE, version)
                new = target.with_name('.new')
                shutil.rmtree(new, ignore_errors=True)
                unpack(tarball, BINDINGS_PART, new)
                new.rename(target)
                tarball.unlink()
    return target


def references(path, text, top):
    """The files that a binding, TEXT at PATH below TOP, refers to."""
    for name in re.findall(r'''\$ref: *["']?([^\s"'#]+)''', text):
        if name.startswith('/schemas/'):
            yield top / name.removeprefix('/schemas/')
        else:
            yield (path.parent / name).resolve()


def select(top, compatibles):
    """The bindings below TOP for these strings, and what they refer to."""
    texts = {path: path.read_text('utf-8') for path in top.rglob('*.yaml')}
    chosen = {path for path, text in texts.items() if compatibles.intersection(
        re.findall(r'[\w,.+-]+', text.partition('\nexamples:')[0]))}
    todo = list(chosen)
    while todo:
        path = todo.pop()
        for other in references(path, texts[path], top):
            if other in texts and other not in chosen:
                chosen.add(other)
                todo.append(other)
    return chosen


# Programs

def run(command, environment=None):
    """What a program prints, both ways."""
    answer = subprocess.run(
        list(map(str, command)), text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        check=False, timeout=1800)
    return answer


class Checker:
    """dtc and dt-schema, with files of theirs in FOLDER."""

    def __init__(self, folder, top=None):
        self.folder = folder
        self.top = (pathlib.Path(top) if top else bindings()).resolve()
        self.tree = toolchain.tree(SUITE, PACKAGES)
        self.bin = self.tree / 'usr' / 'bin'

    def python(self, program, *words):
        """Run one of dt-schema's programs."""
        environment = dict(
            os.environ, LC_ALL='C.UTF-8',
            PYTHONPATH=str(self.tree / 'usr/lib/python3/dist-packages'))
        return run([self.bin / PYTHON, self.bin / program, *words],
                   environment)

    def warnings(self, tree):
        """What dtc says of a TREE, with all its checks."""
        answer = run([self.bin / 'dtc', '-I', 'dtb', '-O', 'dts', '-o',
                      '/dev/null', *(f'-W{name}' for name in STRICT), tree])
        if answer.returncode:
            raise DtError(f'dtc: {tree}: {answer.stderr.strip()}')
        return [Finding(tree, 'dtc', re.sub(r'^.*?: ', '', line))
                for line in answer.stderr.splitlines()]

    def compatibles(self, tree):
        """All strings of "compatible" in a TREE."""
        text = run([self.bin / 'dtc', '-q', '-I', 'dtb', '-O', 'dts',
                    tree]).stdout
        found = re.findall(r'^\s*compatible = (.*);$', text, re.M)
        return {word for line in found for string in
                re.findall(r'"([^"]*)"', line)
                for word in string.split('\\0')}

    def schema(self, trees):
        """One file of all rules that TREES need."""
        chosen = select(self.top, set().union(*map(self.compatibles, trees)))
        if not chosen:
            raise DtError(f'{self.top}: no bindings for any tree')
        copy = self.folder / 'bindings'
        for path in chosen:
            target = copy / path.relative_to(self.top)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        target = self.folder / 'schema.json'
        answer = self.python('dt-mk-schema', '-j', '-o', target, copy)
        if answer.returncode or not target.is_file():
            raise DtError(f'dt-mk-schema: {answer.stderr[-300:]}')
        return target

    def findings(self, trees):
        """What dt-validate has against TREES, by all rules they need.

        It also names what has no binding at all.
        """
        answer = self.python('dt-validate', '-m', '-s', self.schema(trees),
                             *trees)
        if answer.returncode and 'Traceback' in answer.stderr:
            raise DtError(f'dt-validate: {answer.stderr[-300:]}')
        found = []
        for line in (answer.stdout + answer.stderr).splitlines():
            if line.startswith('\t'):
                continue
            parts = re.fullmatch(r'(\S+\.dtb): (\S+)(?: \([^)]*\))?: (.*)',
                                 line)
            if not parts:
                raise DtError(f'dt-validate: {line}')
            found.append(Finding(pathlib.Path(parts.group(1)),
                                 parts.group(2), parts.group(3)))
        return found
