# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel modules: their files, what they need, the order to load them in.

Debian's packages have no modules.dep (it is made when they are installed),
so dependencies come from the modules themselves: the section .modinfo of the
ELF file is a list of NAME=VALUE strings, among them depends=.
"""

import gzip
import lzma
import pathlib
import shutil
import struct
import subprocess

import msmmu_env

SUFFIXES = ('.ko', '.ko.xz', '.ko.gz', '.ko.zst')


def module_name(path):
    """The module's name as the kernel spells it, or None for other files."""
    base = str(path).rsplit('/', 1)[-1]
    for suffix in SUFFIXES:
        if base.endswith(suffix):
            return base[:-len(suffix)].replace('-', '_')
    return None


def decompress(data, name):
    """A module's ELF file from what its file holds, by the name's ending."""
    if name.endswith('.xz'):
        return lzma.decompress(data)
    if name.endswith('.gz'):
        return gzip.decompress(data)
    if name.endswith('.zst'):
        if not shutil.which('zstd'):
            raise msmmu_env.SetupError(
                f'{name} is compressed with zstd; install the package zstd')
        return subprocess.run(['zstd', '-dcq'], input=data, check=True,
                              stdout=subprocess.PIPE).stdout
    return data


def elf_section(data, wanted):
    """The bytes of a section of a 64-bit little-endian ELF file, or b''."""
    if data[:6] != b'\x7fELF\x02\x01':
        return b''
    offset, = struct.unpack_from('<Q', data, 0x28)
    size, count, names = struct.unpack_from('<HHH', data, 0x3a)

    def section(index):
        name, = struct.unpack_from('<I', data, offset + index * size)
        return (name,) + struct.unpack_from('<QQ', data,
                                            offset + index * size + 0x18)

    strings = section(names)[1]
    for index in range(count):
        name, start, length = section(index)
        end = data.index(b'\0', strings + name)
        if data[strings + name:end] == wanted.encode():
            return data[start:start + length]
    return b''


def modinfo(data):
    """The strings of .modinfo: a dict of lists."""
    fields = {}
    for entry in elf_section(data, '.modinfo').split(b'\0'):
        name, equals, value = entry.decode('utf-8', 'replace').partition('=')
        if equals:
            fields.setdefault(name, []).append(value)
    return fields


def needs(data):
    """(must, may): modules this one depends on, and ones to load before it."""
    fields = modinfo(data)
    must = [name.replace('-', '_')
            for name in ','.join(fields.get('depends', [])).split(',') if name]
    may = []
    for text in fields.get('softdep', []):
        when, _, names = text.partition(':')
        if when.strip() == 'pre':
            may += [name.replace('-', '_')
                    for name in names.split('post:')[0].split()]
    return must, may


def builtin_names(text):
    """The names in a modules.builtin file."""
    return {module_name(line) for line in text.split() if module_name(line)}


def load_order(wanted, modules):
    """WANTED and what they need, each after what it depends on.

    MODULES maps names to ELF data. Returns (order, missing): a name that is
    not in MODULES is missing; whether it is built in is the caller's to know.
    """
    order, missing, seen = [], [], set()

    def visit(name):
        if name in seen:
            return
        seen.add(name)
        must, may = needs(modules[name])
        missing.extend(other for other in must if other not in modules)
        for other in may + must:
            if other in modules:
                visit(other)
        order.append(name)

    for name in wanted:
        if name in modules:
            visit(name)
        else:
            missing.append(name)
    return order, missing


def index_folder(folder):
    """All modules below a folder: {name: path}; and the built-in names."""
    found, builtin = {}, set()
    for path in sorted(pathlib.Path(folder).rglob('*')):
        name = module_name(path)
        if name and path.is_file():
            found.setdefault(name, path)
        elif path.name == 'modules.builtin':
            builtin |= builtin_names(path.read_text(encoding='utf-8'))
    return found, builtin
