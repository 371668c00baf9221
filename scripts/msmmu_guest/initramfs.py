# SPDX-License-Identifier: GPL-2.0-or-later
"""The initramfs: the probe as /init, the modules it loads, perhaps a shell.

The test module (Kernel.module) is apart from the kernel's own, at the place
where the probe's job "module" looks for it.

Both the probe and the archive are kept in the cache by content: the same
sources and the same modules are never built twice.
"""

import hashlib
import os
import pathlib
import tempfile

from . import PROBE_DIR, cross, kernels, modinfo

import msmmu_apt
import msmmu_env

CFLAGS = ('-std=gnu11', '-O2', '-static', '-s', '-Wall', '-Wextra',
          '-Wno-unused-parameter')
# Without an ITS (GICv2m) VFIO wants to be told that MSIs may pass.
PARAMETERS = {
    'vfio_iommu_type1': ('allow_unsafe_interrupts', '1'),
    'nvme_core': ('multipath', 'N'),
}


class CpioWriter:
    """A "newc" archive, the format that the kernel unpacks."""

    def __init__(self):
        self.parts = []
        self.inode = 0

    def add(self, name, mode, data=b'', device=(0, 0)):
        """One entry; folders must come before what is in them."""
        self.inode += 1
        words = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0,
                 device[0], device[1], len(name) + 1, 0)
        header = b'070701' + b''.join(b'%08X' % word for word in words)
        for part in (header + name.encode() + b'\0', data):
            self.parts.append(part + bytes(-len(part) % 4))

    def folder(self, name):
        self.add(name, 0o040755)

    def file(self, name, data, mode=0o644):
        self.add(name, 0o100000 | mode, data)

    def link(self, name, target):
        self.add(name, 0o120777, target.encode())

    def finish(self):
        """The whole archive."""
        self.add('TRAILER!!!', 0)
        return b''.join(self.parts)


def write_once(path, data):
    """Write a cache file whose name says its content; renamed when whole."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix='.new.')
        with os.fdopen(handle, 'wb') as output:
            output.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    return path


def build_probe(cache=None):
    """The probe's path, cross-built unless the cache has it."""
    return cross.build('probe', CFLAGS, sorted(PROBE_DIR.glob('*.c')),
                       sorted(PROBE_DIR.glob('*.h')), cache)


def busybox(cache=None):
    """Debian's static arm64 busybox, for the interactive guest."""
    cache = pathlib.Path(cache or msmmu_env.cache_dir())
    # Its own file name, so that an index is asked for once only.
    kept = cache / 'busybox-arm64'
    if not kept.is_file():
        archive = msmmu_apt.Archive(kernels.SUITES, 'arm64')
        archive.update()
        with msmmu_env.step('fetching busybox-static'):
            deb = archive.download('busybox-static')
        found = {}

        def take(name, read):
            if name.endswith('bin/busybox'):
                found['busybox'] = read()

        kernels.walk_deb(deb, take)
        write_once(kept, found['busybox'])
    return kept


def module_files(kernel):
    """([(set, [(name, parameters)])], {name: data}, missing names)."""
    wanted = [name for names in kernels.SETS.values() for name in names]
    modules, queue = {}, list(wanted)
    while queue:
        name = queue.pop()
        if name in modules or name not in kernel.modules:
            continue
        path = kernel.modules[name]
        modules[name] = modinfo.decompress(path.read_bytes(), path.name)
        for group in modinfo.needs(modules[name]):
            queue.extend(group)
    sets, absent = [], set()
    for title, names in kernels.SETS.items():
        order, missing = modinfo.load_order(names, modules)
        absent.update(missing)
        lines = []
        for name in order:
            parameter, value = PARAMETERS.get(name, (None, None))
            known = any(text.split(':')[0] == parameter for text in
                        modinfo.modinfo(modules[name]).get('parm', []))
            lines.append((name, f'{parameter}={value}' if known else ''))
        sets.append((title, lines))
    return sets, modules, sorted(absent - kernel.builtin)


def build(kernel, shell=False, cache=None):
    """The initramfs' path for a kernel, made unless the cache has it."""
    cache = pathlib.Path(cache or msmmu_env.cache_dir())
    probe = build_probe(cache).read_bytes()
    sets, modules, _ = module_files(kernel)
    writer = CpioWriter()
    for name in ('bin', 'dev', 'modules', 'proc', 'sys', 'tmp'):
        writer.folder(name)
    writer.add('dev/console', 0o020600, device=(5, 1))
    writer.file('init', probe, 0o755)
    for title, lines in sets:
        text = ''.join(f'{name}.ko {parameters}'.rstrip() + '\n'
                       for name, parameters in lines)
        writer.file(f'modules/{title}.list', text.encode())
    for name in sorted(modules):
        writer.file(f'modules/{name}.ko', modules[name])
    if kernel.module:
        writer.folder('lab')
        writer.file('lab/msmmu_probe.ko', kernel.module.read_bytes())
    if shell:
        writer.file('bin/busybox', busybox(cache).read_bytes(), 0o755)
        writer.link('bin/sh', 'busybox')
        writer.link('bin/engine', '/init')
        for name in ('cat ls dmesg mount insmod rmmod lsmod dd hexdump grep '
                     'less vi ps top find sleep poweroff devmem head tail '
                     'echo mkdir free uname wc cut sort xargs ip').split():
            writer.link(f'bin/{name}', 'busybox')
    data = writer.finish()
    name = hashlib.sha256(data).hexdigest()[:24]
    return write_once(cache / 'initramfs' / f'{name}.cpio', data)
