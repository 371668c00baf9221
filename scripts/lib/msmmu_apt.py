# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages from Debian's archive, without touching the host's own apt.

An Archive is a private apt: its own list of suites, its own architecture,
its own indexes and downloads below the cache directory. Nothing of the
host's configuration is used but the mirror's address and the way to reach it
(proxies, certificates); nothing of the host's is written, and no root is
needed. apt itself checks the signatures: the suite's InRelease against
Debian's archive keyring, the index against InRelease, the file against the
index. Files are downloaded beside their place and renamed, so that what is in
the cache is whole, and a lock makes parallel use safe.

    archive = Archive(['trixie', 'trixie-backports'], 'arm64')
    archive.update()                         # at most once in six hours
    for found in archive.versions('linux-image-arm64'):
        print(found.version, found.suite)    # newest first
    archive.names(r'linux-image-6\\.12\\..*-arm64-16k')
    fields = archive.fields('linux-image-arm64')       # dict, as in Packages
    path = archive.download('linux-image-arm64', found.version)
    unpack(path, directory)

    sources = Archive(['trixie'], 'all', sources=True)
    dsc = sources.download_source('qemu', version)

With the network down, indexes and files that are in the cache are used. A
mirror that fails for a moment is asked again, after longer and longer pauses.
"""

import collections
import functools
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import msmmu_env

Found = collections.namedtuple('Found', 'version suite')

KEYRINGS = ('/usr/share/keyrings/debian-archive-keyring.gpg',
            '/usr/share/keyrings/debian-archive-keyring.pgp')
FRESH_SECONDS = 6 * 3600
# The host's settings that say how to reach a mirror; all others are ours.
REACH = re.compile(r'Acquire::((http|https)(::|\s)|Force|Retries|'
                   r'Check-Valid-Until|Check-Date)', re.I)


# What passes: the mirror is overloaded, restarts, or is being updated.
TRANSIENT = re.compile(
    r'\b(408|429|50[0-9])\b|Could not (connect|resolve)|Connection (failed|'
    r'timed out|reset|refused)|Could not wait for server|Error reading from '
    r'server|Temporary failure|timed out|unreachable|Hash Sum mismatch|'
    r'has unexpected size|Clearsigned file|Undetermined Error', re.I)
PAUSES = (2, 10, 30)            # seconds, before it is asked again


class AptError(msmmu_env.SetupError):
    """apt could not do it; the text says what was asked and its answer."""


def keyring():
    """Debian's archive keyring, from the package debian-archive-keyring."""
    for path in KEYRINGS:
        if os.path.exists(path):
            return path
    raise AptError("Debian's archive keyring is missing; "
                   'install the package debian-archive-keyring')


@functools.lru_cache(maxsize=None)
def host_mirror():
    """The address of the Debian mirror that the host's own apt uses."""
    answer = subprocess.run(
        ['apt-get', 'indextargets', '--no-release-info', '--format',
         '$(REPO_URI)|$(BASE_URI)'],
        capture_output=True, text=True, check=False)
    bases = [line.split('|')[0] for line in answer.stdout.splitlines() if line]
    if not bases:
        # An apt too old for --no-release-info, or one that needs "update".
        answer = subprocess.run(
            ['apt-get', 'indextargets', '--format', '$(REPO_URI)|'],
            capture_output=True, text=True, check=False)
        bases = [line.split('|')[0] for line in answer.stdout.splitlines()]
    for pattern in (r'/debian/?$', r'debian(?!-security)[^/]*/?$'):
        for base in bases:
            if re.search(pattern, base):
                return base.rstrip('/')
    raise AptError("the host's apt names no Debian mirror; say which to use: "
                   './configure --debian-mirror=URL')


def patiently(ask, asked_for):
    """What ASK() answers, asked again while it fails for a passing reason.

    It runs apt and returns a CompletedProcess.
    """
    for pause in (*PAUSES, None):
        answer = ask()
        lines = complaints(answer)
        transient = [line for line in lines if TRANSIENT.search(line)]
        if pause is None or not transient or \
                not (answer.returncode or is_error(transient)):
            return answer
        msmmu_env.say(f'msmmu: {asked_for}: {transient[0]}; again in '
                      f'{pause} s')
        time.sleep(pause)
    return None


def download_file(url, path, checksum):
    """A file straight from a mirror, by its SHA-256; what apt answers."""
    return patiently(lambda: subprocess.run(
        ['/usr/lib/apt/apt-helper', '-o', 'APT::Sandbox::User=root', '-o',
         'Acquire::Retries=3', 'download-file', url, str(path),
         f'SHA256:{checksum}'], env=dict(os.environ, LC_ALL='C.UTF-8'),
        capture_output=True, text=True, check=False), url)


def is_error(lines):
    """Whether apt-get update, which ends well then, lacks a file."""
    return any(re.match(r'(E|Err|W: Failed)', line) for line in lines)


def complaints(answer):
    """apt's lines that tell of an error or a warning."""
    lines = (answer.stdout + answer.stderr).splitlines()
    return [line for line in lines if re.match(r'(E|W|Err):', line)]


def unpack(deb, directory):
    """Unpack a .deb's files into DIRECTORY, whole or not at all."""
    directory = pathlib.Path(directory)
    if directory.is_dir():
        return directory
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary = tempfile.mkdtemp(prefix='.' + directory.name + '.',
                                 dir=directory.parent)
    try:
        subprocess.run(['dpkg-deb', '-x', str(deb), temporary], check=True)
        os.chmod(temporary, 0o755)
        try:
            os.rename(temporary, directory)
        except OSError:
            if not directory.is_dir():
                raise
    except subprocess.CalledProcessError as error:
        raise AptError(f'cannot unpack {deb}') from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return directory


def sha256(path):
    """A file's SHA-256 in hexadecimal."""
    with open(path, 'rb') as handle:
        return hashlib.file_digest(handle, 'sha256').hexdigest()


def parse_stanzas(text):
    """Control-file stanzas as dicts; continuation lines keep their breaks."""
    stanzas = []
    for block in re.split(r'\n\n+', text):
        fields = {}
        name = None
        for line in block.splitlines():
            if line[:1] in (' ', '\t') and name:
                fields[name] += '\n' + line.strip()
            elif ':' in line:
                name, value = line.split(':', 1)
                fields[name] = value.strip()
        if fields:
            stanzas.append(fields)
    return stanzas


class Archive:
    """Some suites of Debian's archive for one architecture."""

    def __init__(self, suites, architecture, *, sources=False, mirror=None,
                 cache=None):
        """SUITES is a list of names, ARCHITECTURE as dpkg spells it.

        sources=True indexes source packages instead of binary ones. MIRROR
        and CACHE default to the host's mirror and the msmmu cache.
        """
        self.suites = list(suites)
        # Packages of architecture "all" are in every architecture's index.
        self.architecture = 'amd64' if architecture == 'all' else architecture
        self.sources = sources
        self.mirror = (mirror or os.environ.get('MSMMU_DEBIAN_MIRROR')
                       or host_mirror()).rstrip('/')
        self.cache = pathlib.Path(cache or msmmu_env.cache_dir())
        kind = 'source' if sources else self.architecture
        key = hashlib.sha256('\n'.join([self.mirror, kind] +
                                       self.suites).encode()).hexdigest()
        self.root = self.cache / 'apt' / f'{kind}-{key[:12]}'
        self.stamp = self.root / 'updated'
        self.files = self.cache / ('sources' if sources else 'debs')
        self.problems = []

    # Preparation

    def _prepare(self):
        """Write the private configuration; cheap, so done on each call."""
        for name in ('lists/partial', 'cache/archives/partial', 'empty.d'):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self.files.mkdir(parents=True, exist_ok=True)
        options = (f'target=Sources signed-by={keyring()}' if self.sources else
                   f'arch={self.architecture} target=Packages '
                   f'signed-by={keyring()}')
        word = 'deb-src' if self.sources else 'deb'
        msmmu_env.write_if_changed(
            self.root / 'sources.list',
            ''.join(f'{word} [{options}] {self.mirror} {suite} main\n'
                    for suite in self.suites))
        msmmu_env.write_if_changed(self.root / 'status', '')
        settings = {
            'Dir::Etc::SourceList': self.root / 'sources.list',
            'Dir::Etc::SourceParts': self.root / 'empty.d',
            'Dir::Etc::Parts': self.root / 'empty.d',
            'Dir::Etc::Main': '/dev/null',
            'Dir::Etc::Preferences': '/dev/null',
            'Dir::Etc::PreferencesParts': self.root / 'empty.d',
            'Dir::State': self.root,
            'Dir::State::Lists': self.root / 'lists',
            'Dir::State::status': self.root / 'status',
            'Dir::Cache': self.root / 'cache',
            'APT::Architecture': self.architecture,
            'APT::Architectures': self.architecture,
            'APT::Get::AllowUnauthenticated': 'false',
            'APT::Sandbox::User': 'root',
            'Acquire::AllowInsecureRepositories': 'false',
            'Acquire::Languages': 'none',
            'Acquire::GzipIndexes': 'true',
            'Acquire::Retries': '3',
        }
        host = subprocess.run(['apt-config', 'dump', '--no-empty'],
                              env=self._environment(private=False),
                              capture_output=True, text=True, check=False)
        lines = [line for line in host.stdout.splitlines()
                 if REACH.match(line)]
        lines += [f'{name} "{value}";' for name, value in settings.items()]
        msmmu_env.write_if_changed(self.root / 'apt.conf',
                                   '\n'.join(lines) + '\n')

    def _environment(self, private=True):
        environment = dict(os.environ, LC_ALL='C.UTF-8',
                           DEBIAN_FRONTEND='noninteractive')
        environment.pop('APT_CONFIG', None)
        if private:
            environment['APT_CONFIG'] = str(self.root / 'apt.conf')
        return environment

    def _apt(self, *words, cwd=None):
        return subprocess.run([str(word) for word in words], cwd=cwd,
                              env=self._environment(), capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, check=False)

    def _lock(self):
        return msmmu_env.locked(self.root / 'lock', f'indexes in {self.root}')

    # Indexes

    def update(self, max_age=FRESH_SECONDS):
        """Bring the indexes up to date unless they are younger than MAX_AGE.

        A suite that cannot be had is noted in self.problems; an AptError is
        raised when no index at all is there, not even an old one.
        """
        with self._lock():
            if self.stamp.exists():
                age = time.time() - self.stamp.stat().st_mtime
                if 0 <= age < max_age:
                    return
            self._prepare()
            if self._has_index():
                answer = self._apt('apt-get', 'update', '-q')
            else:
                answer = patiently(
                    lambda: self._apt('apt-get', 'update', '-q'),
                    f'indexes from {self.mirror}')
            self.problems = complaints(answer)
            if not self._has_index():
                raise AptError(
                    f'no index of {", ".join(self.suites)} from '
                    f'{self.mirror}:\n  ' + '\n  '.join(self.problems) +
                    '\nAnother mirror: ./configure --debian-mirror=URL')
            if self.problems:
                msmmu_env.say('msmmu: apt: ' + '\nmsmmu: apt: '.join(
                    self.problems[:4]))
            else:
                self.stamp.touch()

    def _has_index(self):
        return any(re.search(r'_(Packages|Sources)(\.|$)', path.name)
                   for path in (self.root / 'lists').iterdir())

    def names(self, pattern):
        """Names of binary packages that PATTERN matches whole, sorted."""
        self._prepare()
        answer = self._apt('apt-cache', 'pkgnames')
        return sorted(name for name in answer.stdout.split()
                      if re.fullmatch(pattern, name))

    def versions(self, package):
        """What the suites hold of PACKAGE: a list of Found, newest first."""
        self._prepare()
        answer = self._apt('apt-cache', 'madison', package)
        index = 'Sources' if self.sources else 'Packages'
        found = []
        for line in answer.stdout.splitlines():
            name, version, origin = (part.strip() for part in line.split('|'))
            words = origin.split()
            if name == package and words[-1] == index:
                entry = Found(version, words[1].split('/')[0])
                if entry not in found:
                    found.append(entry)
        newest = functools.cmp_to_key(
            lambda left, right: compare_versions(left.version, right.version))
        return sorted(found, key=newest, reverse=True)

    def fields(self, package, version=None):
        """The index's stanza of PACKAGE as a dict; the newest by default."""
        version = version or self._newest(package)
        self._prepare()
        if self.sources:
            answer = self._apt('apt-cache', 'showsrc', '--only-source',
                               package)
        else:
            answer = self._apt('apt-cache', 'show', '--all-versions', package)
        for stanza in parse_stanzas(answer.stdout):
            if stanza.get('Version') == version:
                return stanza
        raise AptError(f'{package} {version} is not in '
                       f'{", ".join(self.suites)} at {self.mirror}')

    def _newest(self, package):
        found = self.versions(package)
        if not found:
            raise AptError(f'{package} is not in {", ".join(self.suites)} '
                           f'at {self.mirror}')
        return found[0].version

    # Files

    def download(self, package, version=None):
        """The path of PACKAGE's .deb in the cache, fetched when missing."""
        version = version or self._newest(package)
        fields = self.fields(package, version)
        target = self.files / os.path.basename(fields['Filename'])
        with self._lock():
            if target.exists() and sha256(target) == fields['SHA256']:
                return target
            with tempfile.TemporaryDirectory(dir=self.files,
                                             prefix='.new.') as directory:
                answer = patiently(
                    lambda: self._apt('apt-get', 'download',
                                      f'{package}={version}', cwd=directory),
                    f'{package} {version}')
                got = list(pathlib.Path(directory).glob('*.deb'))
                if answer.returncode or len(got) != 1:
                    raise AptError(self._failed(package, version, answer))
                if sha256(got[0]) != fields['SHA256']:
                    raise AptError(f'{package} {version}: the file does not '
                                   'match the index')
                os.replace(got[0], target)
        return target

    def download_source(self, package, version=None):
        """The path of PACKAGE's .dsc in the cache, its tarballs beside it."""
        version = version or self._newest(package)
        plain = version.split(':', 1)[-1]
        target = self.files / f'{package}_{plain}'
        with self._lock():
            if not target.is_dir():
                self._prepare()
                with tempfile.TemporaryDirectory(dir=self.files,
                                                 prefix='.new.') as directory:
                    new = os.path.join(directory, 'files')
                    os.mkdir(new)
                    answer = patiently(
                        lambda: self._apt(
                            'apt-get', 'source', '--download-only',
                            '--only-source', f'{package}={version}', cwd=new),
                        f'{package} {version}')
                    if answer.returncode or not os.listdir(new):
                        raise AptError(self._failed(package, version, answer))
                    os.rename(new, target)
        return next(target.glob('*.dsc'))

    def download_tarball(self, package, version=None):
        """The path of PACKAGE's original sources in the cache."""
        version = version or self._newest(package)
        found = re.search(r'^(\w{64}) \d+ (\S+\.orig\.tar\.\w+)$', self.fields(
            package, version).get('Checksums-Sha256', ''), re.M)
        if not found:
            raise AptError(f'{package} {version} has no original sources')
        target = self.files / found.group(2)
        with self._lock():
            if target.exists() and sha256(target) == found.group(1):
                return target
            self._prepare()
            with tempfile.TemporaryDirectory(dir=self.files,
                                             prefix='.new.') as directory:
                answer = self._apt('apt-get', 'source', '--download-only',
                                   '--tar-only', '--only-source',
                                   f'{package}={version}', cwd=directory)
                new = pathlib.Path(directory) / target.name
                if answer.returncode or not new.is_file():
                    raise AptError(self._failed(package, version, answer))
                if sha256(new) != found.group(1):
                    raise AptError(f'{package} {version}: the file does not '
                                   'match the index')
                os.replace(new, target)
        return target

    def _failed(self, package, version, answer):
        lines = complaints(answer) or [f'exit {answer.returncode}']
        return (f'cannot fetch {package} {version} from {self.mirror}:\n  ' +
                '\n  '.join(lines[:6]))


def compare_versions(left, right):
    """Debian's order of versions: negative, zero or positive."""
    if left == right:
        return 0
    less = subprocess.run(['dpkg', '--compare-versions', left, 'lt', right],
                          check=False)
    return -1 if less.returncode == 0 else 1
