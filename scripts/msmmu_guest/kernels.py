# SPDX-License-Identifier: GPL-2.0-or-later
"""Which kernel: Debian's or an own one by a short name, or any Image.

debian:6.1, debian:6.12-16k, debian:newest, debian:newest-16k: the series,
then the flavour. Debian's packages are found by pattern in several suites and
the highest version of the series wins. A kernel is either one package
(linux-image-...) or, from 6.19 on, split in linux-binary-, linux-modules- and
linux-base-. What is unpacked from them is kept in the cache, so that the next
use needs neither the network nor the package.

own:7.3-64k, own:newest-16k: what msmmu-kernel built (kernel_build_names).
"""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tarfile
import tempfile
import time

from . import modinfo

import msmmu_apt
import msmmu_env

SUITES = ('bookworm', 'bookworm-backports', 'trixie', 'trixie-backports')
SETS = {
    'vfio': ('vfio', 'vfio_iommu_type1', 'vfio_pci'),
    'disk': ('virtio_pci', 'nvme', 'virtio_blk'),
    'net': ('e1000e',),
}
# Found at first sight in most kernels, which spares a second reading.
LIKELY = ('vfio_pci_core vfio_virqfd irqbypass nvme_core nvme_auth '
          'nvme_common nvme_keyring hkdf t10_pi crc_t10dif crct10dif_common '
          'crct10dif_generic crct10dif_ce crc64 crc64_rocksoft '
          'crc64_rocksoft_generic ptp pps_core dh_generic crc_itu_t '
          'virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev '
          'failover net_failover').split()
RESOLVED_SECONDS = 6 * 3600
PACKAGE = re.compile(r'linux-(image|binary)-(?P<release>\d+\.\d+\S*?)-arm64'
                     r'(?P<flavour>-16k)?')


class KernelError(msmmu_env.SetupError):
    """The kernel cannot be had: nothing can be said about it."""


@dataclasses.dataclass
class Kernel:
    """A kernel that can be booted."""
    name: str                       # as the user asked for it
    label: str                      # package and version, or the path
    image: pathlib.Path
    modules: dict                   # name -> path of a .ko
    builtin: set                    # names, empty when unknown
    page_size: int = 0              # 0: the Image does not tell
    program: bool = False           # no Linux: runs alone, without a probe
    build: pathlib.Path = None      # to build modules for it: make -C BUILD
    module: pathlib.Path = None     # the test module, once it is built

    @property
    def short(self):
        """The name, of a path only its end."""
        if self.name.startswith(('debian:', 'own:')):
            return self.name
        return '/'.join(self.image.absolute().parts[-2:])


def image_page_size(data):
    """The page size in an arm64 Image's header, 0 when it says nothing.

    Documentation/arch/arm64/booting: magic at 56, flags at 24, bits 2:1.
    """
    if len(data) < 64 or data[56:60] != b'ARM\x64':
        return 0
    flags, = struct.unpack_from('<Q', data, 24)
    return {1: 4096, 2: 16384, 3: 65536}.get(flags >> 1 & 3, 0)


def is_image(data):
    """What the emulator can boot: an Image, also in gzip or EFI zboot."""
    return data[56:60] == b'ARM\x64' or data[:2] == b'\x1f\x8b' or \
        (data[:2] == b'MZ' and data[4:8] == b'zimg')


def release_key(release):
    """Order of upstream versions: 6.12.107 after 6.12.94; 6.1.0-47 as is."""
    return [int(number) for number in re.findall(r'\d+',
                                                 release.split('+')[0])]


def parse_name(name):
    """('6.12', '-16k') from debian:6.12-16k; the series may be newest."""
    match = re.fullmatch(r'debian:(newest|\d+\.\d+[\d.]*)(-16k)?', name)
    if not match:
        raise KernelError(
            f'{name}: not a kernel; say debian:SERIES[-16k] (debian:6.1, '
            'debian:newest-16k), own:SERIES-PAGES (own:7.3-64k) or the path '
            'of an Image')
    return match.group(1), match.group(2) or ''


def choose(names, series, flavour):
    """The packages of SERIES and FLAVOUR among NAMES, the best first.

    Each is (release, [packages]). A binary package brings its modules and
    base packages along; a linux-image of the same release is then only an
    empty one that depends on them.
    """
    found = {}
    for name in names:
        match = PACKAGE.fullmatch(name)
        if not match or (match.group('flavour') or '') != flavour:
            continue
        release = match.group('release')
        if re.search(r'-(cloud|rt)$|unsigned', release):
            continue
        wanted = [] if series == 'newest' else release_key(series)
        if release_key(release)[:len(wanted)] != wanted:
            continue
        found.setdefault(release, []).append(name)
    chosen = []
    for release in sorted(found, key=release_key, reverse=True):
        tail = f'{release}-arm64{flavour}'
        packages = found[release]
        if f'linux-binary-{tail}' in packages:
            packages = [f'linux-{part}-{tail}'
                        for part in ('binary', 'modules', 'base')
                        if f'linux-{part}-{tail}' in names]
            if not any('modules' in package for package in packages):
                packages.append(f'linux-image-{tail}')
        chosen.append((release, packages))
    return chosen


class DebianKernels:
    """Debian's arm64 kernels, through the cache."""

    def __init__(self, suites=SUITES, cache=None):
        self.suites = list(suites)
        self.cache = pathlib.Path(cache or msmmu_env.cache_dir()) / 'kernels'
        self._archive = None
        self._names = None

    def archive(self):
        """The archive with fresh indexes; opened at the first use only."""
        if not self._archive:
            archive = msmmu_apt.Archive(self.suites, 'arm64')
            archive.update()
            self._archive = archive
        return self._archive

    def names(self):
        """The names of all kernel packages."""
        if self._names is None:
            self._names = self.archive().names(
                r'linux-(image|binary|modules|base)-\d.*-arm64(-16k)?')
        return self._names

    def get(self, name):
        """The kernel NAME, ready to boot; fetches and unpacks what it must."""
        series, flavour = parse_name(name)
        folder = self._remembered(name)
        if not folder:
            folder = self._find(name, series, flavour)
            self._remember(name, folder)
        return self._load(name, folder)

    def _find(self, name, series, flavour):
        try:
            candidates = choose(self.names(), series, flavour)
        except msmmu_env.SetupError as error:
            folder = self._remembered(name, max_age=None)
            if folder:
                msmmu_env.say(f'msmmu: {error}; using {folder.name}')
                return folder
            raise KernelError(str(error)) from error
        if not candidates:
            raise KernelError(f'{name}: no such kernel in '
                              f'{", ".join(self.suites)}')
        failures = []
        for release, packages in candidates[:4]:
            try:
                return self._unpacked(packages)
            except msmmu_apt.AptError as error:
                # An upload that is on its way: its index is there before it.
                failures.append(f'{release}: {error}')
                msmmu_env.say(f'msmmu: {error}')
        raise KernelError(f'{name}: ' + '; '.join(failures))

    # What "debian:newest" was lately, so that a second run asks nobody

    def _remembered(self, name, max_age=RESOLVED_SECONDS):
        path = self.cache / (name.replace(':', '-') + '.resolved')
        try:
            folder = self.cache / path.read_text(encoding='utf-8').strip()
            age = time.time() - path.stat().st_mtime
        except OSError:
            return None
        if not (folder / 'manifest.json').is_file():
            return None
        return folder if max_age is None or 0 <= age < max_age else None

    def _remember(self, name, folder):
        path = self.cache / (name.replace(':', '-') + '.resolved')
        temporary = path.with_name(f'{path.name}.{os.getpid()}')
        temporary.write_text(folder.name + '\n', encoding='utf-8')
        temporary.replace(path)

    def _unpacked(self, packages):
        archive = self.archive()
        versions = archive.versions(packages[0])
        if not versions:
            raise msmmu_apt.AptError(f'{packages[0]} has no version')
        version = versions[0].version
        folder = self.cache / f'{packages[0]}_{version}'
        with msmmu_env.locked(self.cache / '.lock', 'unpacking a kernel'):
            if (folder / 'manifest.json').is_file():
                return folder
            for stale in self.cache.glob('.new.*'):
                shutil.rmtree(stale, ignore_errors=True)
            debs = []
            for package in packages:
                size = int(archive.fields(package, version).get('Size', 0))
                with msmmu_env.step(f'fetching {package} {version} '
                                    f'({size / 1e6:.0f} MB)'):
                    debs.append(archive.download(package, version))
            with msmmu_env.step(f'unpacking {packages[0]}'):
                unpack(debs, folder, f'{packages[0]} {version}')
        # All that is needed is kept unpacked.
        for deb in debs:
            deb.unlink(missing_ok=True)
        return folder

    @staticmethod
    def _load(name, folder):
        manifest = json.loads((folder / 'manifest.json').read_text('utf-8'))
        image = folder / 'Image'
        with open(image, 'rb') as handle:
            page_size = image_page_size(handle.read(64))
        return Kernel(name=name, label=manifest['label'], image=image,
                      modules={path.stem: path for path in
                               sorted((folder / 'modules').glob('*.ko'))},
                      builtin=set(manifest['builtin']), page_size=page_size)


def walk_deb(deb, handler, links=None):
    """Call HANDLER(name, reader) for each file in a .deb.

    Its symbolic links go to LINKS, name to target.
    """
    with subprocess.Popen(['dpkg-deb', '--fsys-tarfile', str(deb)],
                          stdout=subprocess.PIPE) as process:
        with tarfile.open(fileobj=process.stdout, mode='r|') as archive:
            for member in archive:
                if member.isfile():
                    handler(member.name,
                            lambda m=member: archive.extractfile(m).read())
                elif member.issym() and links is not None:
                    links[member.name] = member.linkname
        process.stdout.read()
    if process.returncode:
        raise KernelError(f'cannot unpack {deb}')


def unpack(debs, folder, label):
    """The Image, the configuration and the needed modules of some packages."""
    wanted = set(LIKELY).union(*SETS.values())
    modules, absent = {}, set()
    kept = {'builtin': set(), 'config': b'', 'image': b''}

    def take(name, read):
        base = name.rsplit('/', 1)[-1]
        module = modinfo.module_name(base)
        if module:
            if module in wanted and module not in modules:
                modules[module] = modinfo.decompress(read(), base)
        elif base.startswith('vmlinuz'):
            kept['image'] = read()
        elif base == 'config' or base.startswith('config-'):
            kept['config'] = read()
        elif base == 'modules.builtin':
            kept['builtin'] = modinfo.builtin_names(read().decode())

    while True:
        for deb in debs:
            walk_deb(deb, take)
        order, missing = modinfo.load_order(
            [name for names in SETS.values() for name in names], modules)
        more = set(missing) - kept['builtin'] - wanted
        if not more or more <= absent:
            break
        absent |= more
        wanted |= more
    if not kept['image']:
        raise KernelError(f'{label}: no vmlinuz in the package')

    temporary = pathlib.Path(tempfile.mkdtemp(prefix='.new.',
                                              dir=folder.parent))
    try:
        (temporary / 'modules').mkdir()
        (temporary / 'Image').write_bytes(kept['image'])
        (temporary / 'config').write_bytes(kept['config'])
        for name in order:
            (temporary / 'modules' / f'{name}.ko').write_bytes(modules[name])
        (temporary / 'manifest.json').write_text(json.dumps(
            {'label': label, 'builtin': sorted(kept['builtin'])}), 'utf-8')
        temporary.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def tree_of(image):
    """The tree that an arm64 Image is still in, or None."""
    parts = image.absolute().parts
    if parts[-4:-1] != ('arch', 'arm64', 'boot'):
        return None
    tree = pathlib.Path(*parts[:-4])
    return tree if (tree / 'Module.symvers').is_file() else None


def from_path(path, folder=None):
    """A kernel that the user built: an Image, and perhaps a modules folder."""
    image = pathlib.Path(path).expanduser()
    if not image.is_file():
        raise KernelError(f'{path}: no such file')
    with open(image, 'rb') as handle:
        header = handle.read(64)
    if not is_image(header):
        raise KernelError(f'{path}: not an arm64 kernel Image')
    modules, builtin = {}, set()
    if folder:
        if not pathlib.Path(folder).expanduser().is_dir():
            raise KernelError(f'{folder}: no such folder of modules')
        modules, builtin = modinfo.index_folder(
            pathlib.Path(folder).expanduser())
    return Kernel(name=str(path), label=str(image), image=image,
                  modules=modules, builtin=builtin,
                  page_size=image_page_size(header), build=tree_of(image))


def check_modules(names, folder):
    """A complaint about a FOLDER that none of the kernels would use."""
    if folder and all(name.startswith(('debian:', 'own:')) for name in names):
        raise KernelError('--modules is for a kernel that is given as a path: '
                          f'{", ".join(names)} has its own')


def get(name, folder=None, debian=None, build=None):
    """The kernel that the user named.

    FOLDER has the modules, BUILD the tree of a kernel that is given as a path.
    """
    if name.startswith('debian:'):
        return (debian or DebianKernels()).get(name)
    # Theirs are Kernels of this module: known only when they are asked for.
    from . import kernel_build_names
    if name.startswith(kernel_build_names.PREFIX):
        return kernel_build_names.get(name)
    own = kernel_build_names.at(name)
    if own and not folder:
        return kernel_build_names.load(*own, name)
    kernel = from_path(name, folder)
    return dataclasses.replace(kernel, build=pathlib.Path(build)) \
        if build else kernel
