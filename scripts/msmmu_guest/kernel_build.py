# SPDX-License-Identifier: GPL-2.0-or-later
"""Own kernels: slim, for arm64, cross-built once and kept by content.

A build is named by a hash of all that goes in: the source's state, the
fragments, the compiler, the page size. Its folder in the cache appears when
it is whole:

    Image  config  System.map  modules.builtin  manifest.json
    build/      what modules from outside need (kernel_build_headers)

Objects of a package's build are removed when it is done; those of a user's
tree stay, so that the next state of the tree is built from what changed.
"""

import dataclasses
import datetime
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from . import kernel_build_config, kernel_build_headers, kernel_build_source

import msmmu_env

RECIPE = 1                      # part of the hash: how it is built
CROSS = 'aarch64-linux-gnu-'
TOOLS = ('make', 'bc', 'bison', 'flex', 'tar', 'xz')
OBJECT_LINE = re.compile(r'\s+(CC|AS|HOSTCC|AR|LD)\b')
ERROR_LINE = re.compile(r'\berror\b|undefined reference|not found$|'
                        r'No such file|\*\*\*', re.I)
# What make and kbuild would take from the environment.
NOT_OURS = re.compile(r'(ARCH|SUBARCH|CROSS_COMPILE|LOCALVERSION|O|M|V|W|C|'
                      r'LLVM|MAKEFLAGS|MFLAGS|MAKELEVEL|KBUILD_\w+|KCONFIG_\w+|'
                      r'KCFLAGS|KAFLAGS|KCPPFLAGS|CONFIG_)')
PROGRESS_SECONDS = 20
FIRST_ERRORS = 8


class BuildError(msmmu_env.SetupError):
    """The kernel does not build."""


@dataclasses.dataclass
class Request:
    """What to build."""
    source: kernel_build_source.Source
    page: str                               # 4k, 16k, 64k
    extra: tuple = ()                       # the user's fragments
    cross: str = CROSS
    jobs: int = 1
    keep_objects: bool = False
    texts: list = dataclasses.field(default_factory=list)
    compiler: str = ''

    def __post_init__(self):
        self.texts = kernel_build_config.read(self.page, self.extra)
        self.compiler = compiler_version(self.cross)

    @property
    def name(self):
        """As --kernel takes it."""
        return f'own:{self.source.name}-{self.page}'

    @property
    def key(self):
        """The hash of all that goes in."""
        parts = [str(RECIPE), self.source.state, self.page, self.compiler,
                 recipe(self.texts)]
        return hashlib.sha256('\0'.join(parts).encode()).hexdigest()[:24]


def recipe(texts):
    """A hash of fragments: whether a kernel was built from these."""
    text = '\0'.join(text for _, text in texts)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def compiler_version(cross=CROSS):
    """The first line of what the compiler says of itself."""
    compiler = shutil.which(f'{cross}gcc')
    if not compiler:
        raise BuildError(f'{cross}gcc is missing; install the package '
                         'gcc-aarch64-linux-gnu')
    answer = subprocess.run([compiler, '--version'], capture_output=True,
                            text=True, check=False)
    return answer.stdout.partition('\n')[0]


def check_tools():
    """Name the programs that are missing."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        packages = [{'xz': 'xz-utils'}.get(tool, tool) for tool in missing]
        raise BuildError(f'{", ".join(missing)}: missing; install the '
                         f'packages {" ".join(packages)}')


def root(cache=None):
    """Where own kernels are kept."""
    return pathlib.Path(cache or msmmu_env.cache_dir()) / 'own-kernels'


def is_building(cache=None):
    """Does somebody build at this moment?"""
    for path in (root(cache) / 'locks').glob('*'):
        with open(path, 'w', encoding='ascii') as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


# make

class Progress:
    """Counted objects: one line that moves, or a line now and then."""

    def __init__(self, name, expected):
        self.name, self.expected = name, expected
        self.count, self.began = 0, time.monotonic()
        self.shown = self.began
        self.moving = sys.stdout.isatty()

    def line(self, text):
        """Take a line of make's."""
        if not OBJECT_LINE.match(text):
            return
        self.count += 1
        now = time.monotonic()
        if now - self.shown >= (0.2 if self.moving else PROGRESS_SECONDS):
            self.shown = now
            self.show('\r\x1b[K' if self.moving else '',
                      '' if self.moving else '\n')

    def show(self, before, after):
        """How far it is."""
        of = f' of about {self.expected}' if self.expected else ''
        print(f'{before}msmmu: {self.name}: {self.count}{of} objects, '
              f'{time.monotonic() - self.began:.0f} s', end=after, flush=True)

    def end(self):
        """Leave the moving line."""
        if self.moving and self.count:
            self.show('\r\x1b[K', '\n')


def environment():
    """The environment without what would change the build."""
    kept = {name: value for name, value in os.environ.items()
            if not NOT_OURS.fullmatch(name)}
    return dict(kept, LC_ALL='C', KBUILD_BUILD_USER='msmmu',
                KBUILD_BUILD_HOST='msmmu', GIT_OPTIONAL_LOCKS='0')


def first_errors(lines):
    """The lines that say why, as few as tell it."""
    found = [line for line in lines if ERROR_LINE.search(line)
             and not re.match(r'\s+(CC|AS|LD|AR|HOSTCC)\b', line)]
    return found[:FIRST_ERRORS] or lines[-FIRST_ERRORS:]


class Objects:
    """The folder of objects of a build, and make in it."""

    def __init__(self, request, folder, log):
        self.request, self.folder, self.log = request, folder, log
        self.tree = request.source.folder

    def run(self, words, watch=None, **details):
        """Run a command with its output in the log."""
        lines = []
        with open(self.log, 'a', encoding='utf-8') as log:
            log.write('$ ' + ' '.join(map(str, words)) + '\n')
            log.flush()
            with subprocess.Popen(
                    list(map(str, words)), stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    text=True, errors='replace', **details) as process:
                try:
                    for line in process.stdout:
                        log.write(line)
                        lines.append(line.rstrip())
                        if watch:
                            watch(line)
                except BaseException:
                    # make ends its children, and takes away halves.
                    process.terminate()
                    raise
        if process.returncode:
            raise BuildError(
                f'{self.request.name} does not build:\n  ' +
                '\n  '.join(first_errors(lines)) +
                f'\nAll of the output is in {self.log}')

    def make(self, *words, watch=None):
        """Run make for the tree."""
        self.run(['make', '-C', self.tree, f'O={self.folder}', 'ARCH=arm64',
                  f'CROSS_COMPILE={self.request.cross}', 'LOCALVERSION=',
                  f'-j{self.request.jobs}', *words], watch,
                 env=environment())

    def configure(self):
        """Merge the fragments onto allnoconfig, and see that they held."""
        paths = []
        for number, (_, text) in enumerate(self.request.texts):
            paths.append(self.folder / f'fragment-{number}.config')
            msmmu_env.write_if_changed(paths[-1], text)
        # Only the merge: the rest of the script would write to the tree.
        self.run(['sh', self.tree / 'scripts/kconfig/merge_config.sh', '-m',
                  '-O', self.folder, *paths], cwd=self.folder,
                 env=environment())
        merged = self.folder / 'merged.config'
        (self.folder / '.config').replace(merged)
        self.make(f'KCONFIG_ALLCONFIG={merged}', 'allnoconfig')
        kernel_build_config.check(
            self.request.texts, self.config.read_text('utf-8'),
            kernel_build_source.tree_version(self.tree), self.tree)

    @property
    def config(self):
        """The finished configuration."""
        return self.folder / '.config'

    def compile(self, progress):
        """The Image, and what modules need."""
        self.make('Image', 'modules', watch=progress.line)


# Results

def manifests(cache=None):
    """[(folder, manifest)] of all own kernels, the newest first."""
    found = []
    for path in root(cache).glob('*/manifest.json'):
        try:
            found.append((path.parent, json.loads(path.read_text('utf-8'))))
        except (OSError, ValueError):
            continue
    return sorted(found, key=lambda pair: pair[1]['made'], reverse=True)


def expected_objects(request, cache):
    """How many objects a similar kernel took, 0 when there was none."""
    found = [manifest for _, manifest in manifests(cache)]
    same = [manifest for manifest in found
            if manifest['series'] == request.source.name]
    # Most: when objects were there already, few were made.
    return max((manifest['objects'] for manifest in same or found), default=0)


def keep(request, objects, progress, target):
    """Put what is wanted of a build into TARGET, whole or not at all."""
    boot = objects.folder / kernel_build_headers.ARCH / 'boot'
    temporary = pathlib.Path(tempfile.mkdtemp(prefix='.new.',
                                              dir=target.parent))
    try:
        for path, name in ((boot / 'Image', 'Image'),
                           (objects.config, 'config'),
                           (objects.folder / 'System.map', 'System.map'),
                           (objects.folder / 'modules.builtin',
                            'modules.builtin')):
            shutil.copy2(path, temporary / name)
        kernel_build_headers.collect(objects.tree, objects.folder,
                                     temporary / 'build')
        write_manifest(request, objects, progress, temporary)
        temporary.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_manifest(request, objects, progress, folder):
    """What was built, from what, by what."""
    release = (objects.folder / 'include/config/kernel.release').read_text()
    now = datetime.datetime.now(datetime.timezone.utc)
    (folder / 'manifest.json').write_text(json.dumps({
        'name': request.name, 'release': release.strip(),
        'series': request.source.name, 'page': request.page,
        'page_size': kernel_build_config.PAGES[request.page],
        'kind': request.source.kind, 'version': request.source.version,
        'label': request.source.label, 'state': request.source.state,
        'recipe': recipe(request.texts), 'extra': bool(request.extra),
        'compiler': request.compiler, 'objects': progress.count,
        'seconds': round(time.monotonic() - progress.began, 1),
        'made': now.isoformat(timespec='microseconds'),
    }, indent=1) + '\n', encoding='utf-8')


def objects_folder(request, cache):
    """A package's by the result's name; a tree's own, for the next time."""
    if request.source.kind == 'package':
        return root(cache) / 'objects' / request.key
    where = '\0'.join([str(request.source.folder.resolve()), request.page,
                       request.compiler])
    name = hashlib.sha256(where.encode()).hexdigest()[:16]
    return root(cache) / 'objects' / f'tree-{name}'


def build(request, cache=None, force=False):
    """The folder of the kernel asked for, built unless the cache has it."""
    target = root(cache) / request.key
    if (target / 'manifest.json').is_file() and not force:
        return target
    check_tools()
    folder = objects_folder(request, cache)
    with msmmu_env.locked(root(cache) / 'locks' / folder.name,
                          f'building {request.name}'):
        if (target / 'manifest.json').is_file() and not force:
            return target
        request.source.prepare()
        build_locked(request, folder, target, cache)
    return target


def build_locked(request, folder, target, cache):
    """Configure, compile, keep."""
    folder.mkdir(parents=True, exist_ok=True)
    log = root(cache) / 'logs' / f'{request.key}.log'
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text('', encoding='utf-8')
    msmmu_env.say(f'msmmu: building {request.name} from '
                  f'{request.source.label}; log: {log}')
    objects = Objects(request, folder, log)
    progress = Progress(request.name, expected_objects(request, cache))
    with msmmu_env.step(f'configuring {request.name}'):
        objects.configure()
    try:
        objects.compile(progress)
    finally:
        progress.end()
    keep(request, objects, progress, target)
    msmmu_env.say(f'msmmu: built {request.name}: {progress.count} objects, '
                  f'{time.monotonic() - progress.began:.0f} s')
    if request.source.kind == 'package' and not request.keep_objects:
        shutil.rmtree(folder, ignore_errors=True)
