# SPDX-License-Identifier: GPL-2.0-or-later
"""The test module msmmu_probe.ko, built for the kernel that is booted.

    path, text = module.build(kernel)       # (None, why) where it cannot be

For a Debian kernel its headers are fetched: linux-headers-RELEASE, the common
headers and linux-kbuild that it depends on, of exactly the image's version.
They are made for /usr/src, so the unpacked copy is mended to stand where it
is. The compiler is of the version that built the kernel (toolchain). A kernel
that comes with a build tree (Kernel.build) is built against that.

What was built is kept by content: sources, headers and compiler.
"""

import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from . import SOURCE_DIR, kernels, modinfo, toolchain

import msmmu_apt
import msmmu_env

MODULE_DIR = SOURCE_DIR / 'tests' / 'guest' / 'module'
NAME = 'msmmu_probe'
BUILT = 'built'
# How a text begins when the sources are at fault, not what is missing here.
BROKEN = 'does not compile'
NO_HEADERS = 'headers not published'
LABEL = re.compile(r'linux-(?:image|binary)-(?P<release>\S+) (?P<version>\S+)')
ERROR_LINE = re.compile(r'error:|ERROR:|undefined!|\*\*\*')


class ModuleError(msmmu_env.SetupError):
    """There is no module for this kernel: the text says why."""


@dataclasses.dataclass(frozen=True)
class Headers:
    """What a module is built against."""
    folder: pathlib.Path        # make -C FOLDER
    suite: str = ''             # Debian's, that has the compiler

    def config(self):
        """The kernel's configuration."""
        return (self.folder / '.config').read_text(encoding='utf-8',
                                                   errors='replace')

    def identity(self):
        """What tells these headers from others, in one string."""
        digest = hashlib.sha256(str(self.folder).encode())
        for name in ('.config', 'Module.symvers',
                     'include/generated/utsrelease.h'):
            path = self.folder / name
            digest.update(path.read_bytes() if path.is_file() else b'-')
        return digest.hexdigest()


# Debian's headers

def wanted_headers(label):
    """(headers package, version) for a kernel's label, None without one."""
    match = LABEL.fullmatch(label)
    if not match:
        return None
    return 'linux-headers-' + match.group('release'), match.group('version')


def companions(depends):
    """The common headers and the kbuild package that DEPENDS names."""
    names = [name for name in toolchain.dependencies(depends)
             if re.fullmatch(r'linux-(headers-\S+-common|kbuild-\S+)', name)]
    if len(names) != 2:
        raise ModuleError(f'headers that depend on "{depends}" are unknown')
    return sorted(names)


def mend_headers(folder, target, libraries):
    """Make unpacked headers usable from TARGET; FOLDER becomes it."""
    sources = folder / 'usr' / 'src'
    for path in sources.glob('linux-headers-*/Makefile'):
        text = path.read_text(encoding='utf-8')
        if '/usr/src/' in text:
            path.write_text(text.replace('/usr/src/', f'{target}/usr/src/'),
                            encoding='utf-8')
    # Without it no BTF is made, which would need Debian's pahole.
    for path in sources.glob('linux-headers-*/vmlinux'):
        path.unlink()
    for path in sources.glob('linux-headers-*-common/arch/*'):
        if path.is_dir() and path.name not in ('arm64', 'arm'):
            shutil.rmtree(path)
    toolchain.wrap(folder / 'usr' / 'lib', target / 'usr' / 'lib',
                   toolchain.runner(libraries, libraries))


def debian_headers(label, cache):
    """Headers for a Debian kernel, from the cache."""
    wanted = wanted_headers(label)
    if not wanted:
        raise ModuleError(NO_HEADERS)
    package, version = wanted
    target = cache / 'headers' / f'{package}_{version}'
    place = target / 'usr' / 'src' / package
    suite_file = target / 'suite'
    if not toolchain.is_unpacked(target):
        toolchain.check_host()
        fetch_headers(package, version, target, cache)
    return Headers(place, suite_file.read_text('utf-8'))


def fetch_headers(package, version, target, cache):
    """Fetch and unpack headers, with the tools that they bring."""
    headers = msmmu_apt.Archive(kernels.SUITES, 'arm64', cache=cache)
    headers.update()
    suite = next((found.suite for found in headers.versions(package)
                  if found.version == version), None)
    if not suite:
        raise ModuleError(NO_HEADERS)
    base = toolchain.base_suite(suite)
    common, kbuild = companions(headers.fields(package, version)['Depends'])
    tools = msmmu_apt.Archive(kernels.SUITES, 'amd64', cache=cache)
    tools.update()
    libraries = toolchain.kbuild_libraries(
        base, tools.fields(kbuild, version)['Depends'], cache)

    def debs():
        with msmmu_env.step(f'fetching {package}'):
            return [headers.download(package, version),
                    headers.download(common, version),
                    tools.download(kbuild, version)]

    def mend(folder):
        mend_headers(folder, target, libraries)
        (folder / 'suite').write_text(base, encoding='utf-8')

    toolchain.unpacked(target, debs, mend)


def find_headers(kernel, cache):
    """The headers of a kernel, Debian's or its own tree."""
    if kernel.build:
        folder = pathlib.Path(kernel.build).expanduser().absolute()
        for name in ('.config', 'Makefile', 'Module.symvers'):
            if not (folder / name).is_file():
                raise ModuleError(f'{folder}: no {name} in it: not a tree '
                                  'that a kernel was built in')
        return Headers(folder)
    if not kernel.name.startswith('debian:'):
        raise ModuleError('no build tree of this kernel: --kernel-build')
    return debian_headers(kernel.label, cache)


# Building

def choose_compiler(headers, cache):
    """The compiler for a module: of the version that built the kernel."""
    kind, major, words = toolchain.configured_compiler(headers.config())
    if kind != 'gcc':
        raise ModuleError(f'kernels built by "{words}" have no module yet')
    return toolchain.gcc(major, headers.suite, cache)


def source_files(folder):
    """The module's sources, sorted."""
    return sorted(path for path in pathlib.Path(folder).rglob('*')
                  if path.is_file() and (path.suffix in ('.c', '.h') or
                                         path.name in ('Kbuild', 'Makefile')))


def first_errors(output, count=4):
    """The compiler's first complaints, in one line."""
    lines = [line.strip() for line in output.splitlines()
             if ERROR_LINE.search(line)]
    return '; '.join(lines[:count]) or 'make says nothing'


def clean_environment(compiler):
    """The compiler's environment, without what an outer make left."""
    environment = compiler.environment()
    for name in ('MAKEFLAGS', 'MAKELEVEL', 'MFLAGS', 'MAKEOVERRIDES', 'ARCH',
                 'CROSS_COMPILE', 'KBUILD_OUTPUT', 'CC', 'O'):
        environment.pop(name, None)
    return environment


def compile_module(headers, compiler, sources, output):
    """Build the module of the folder SOURCES into the file OUTPUT."""
    environment = clean_environment(compiler)
    with tempfile.TemporaryDirectory(dir=output.parent,
                                     prefix='.build.') as folder:
        copy = pathlib.Path(folder) / NAME
        for path in source_files(sources):
            place = copy / path.relative_to(sources)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        answer = subprocess.run(
            ['make', '-j2', '-C', str(headers.folder), f'M={copy}',
             'ARCH=arm64', f'CROSS_COMPILE={toolchain.PREFIX}',
             f'CC={compiler.name}', 'modules'],
            env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors='replace', check=False)
        result = copy / f'{NAME}.ko'
        if answer.returncode or not result.is_file():
            raise ModuleError(f'{BROKEN}: ' + first_errors(
                answer.stderr + answer.stdout))
        subprocess.run([f'{toolchain.PREFIX}strip', '--strip-debug',
                        str(result)], env=environment, check=True)
        os.replace(result, output)


def build_for(kernel, cache, sources):
    """The module's path; raises when there is none."""
    files = source_files(sources)
    if not files:
        raise ModuleError(f'no sources in {sources}')
    headers = find_headers(kernel, cache)
    compiler = choose_compiler(headers, cache)
    digest = hashlib.sha256(
        f'{headers.identity()}\0{compiler.version}\0'.encode())
    for path in files:
        digest.update(str(path.relative_to(sources)).encode() + b'\0' +
                      path.read_bytes() + b'\0')
    target = cache / 'module' / f'{digest.hexdigest()[:24]}.ko'
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with msmmu_env.locked(target.parent / '.lock', 'building a module'):
        if not target.is_file():
            with msmmu_env.step(f'building the test module for '
                                f'{kernel.short}'):
                compile_module(headers, compiler, sources, target)
    return target


def build(kernel, cache=None, sources=MODULE_DIR):
    """(path, 'built'), or (None, why there is no module for KERNEL)."""
    cache = pathlib.Path(cache or msmmu_env.cache_dir())
    try:
        return build_for(kernel, cache, pathlib.Path(sources)), BUILT
    except msmmu_env.SetupError as error:
        return None, str(error)


def vermagic(path):
    """The kernel that a module says it is for."""
    fields = modinfo.modinfo(pathlib.Path(path).read_bytes())
    return (fields.get('vermagic') or [''])[0]
