# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's source: found, fetched once, and laid out in the build directory.

The base is Debian 13's source package of QEMU 10.0, whose point releases
move. The newest is not always to be had, so candidates are tried in order
and each failure is told; what the cache has is used without asking anybody.
"""

import filecmp
import os
import pathlib
import re
import shutil
import tempfile

import msmmu_apt
import msmmu_env
import msmmu_graft

SERIES = '10.0.'
# Where to look for 10.0.x, most wanted first.
SUITES = ('trixie', 'trixie-updates', 'bookworm-backports',
          'trixie-proposed-updates')
# An upload known to work, for when an index names one that cannot be had: its
# files stay in the archive's pool for a while after a newer upload.
FALLBACK = {
    'version': '10.0.13+ds-0+deb13u1',
    'pool': 'pool/main/q/qemu',
    'files': {
        'qemu_10.0.13+ds-0+deb13u1.dsc':
            'a426c892e5369058c3423816c8625bc8010bb5a58ece57261f62b64ee4d765ad',
        'qemu_10.0.13+ds-0+deb13u1.debian.tar.xz':
            'da73c092f5684c551b0334d675eb16a3dec91e1edea94759cfb1102fa4a0364e',
        'qemu_10.0.13+ds.orig.tar.xz':
            '6a0888e806c2ffc0c5f0733e974f9aea55491950d3c47c98669c8b236dde59ae',
    },
}
# Not part of the program's build, and two thirds of the tree's size.
UNUSED = ('roms',)


def cached():
    """The newest 10.0.x source in the cache: its .dsc, or None."""
    versions = {}
    for path in (msmmu_env.cache_dir() / 'sources').glob('qemu_10.0.*/*.dsc'):
        versions[path.parent.name.split('_', 1)[1]] = path
    newest = None
    for version in versions:
        if (newest is None or
                msmmu_apt.compare_versions(version, newest) > 0):
            newest = version
    return versions.get(newest)


def fetch(mirror=None, update=False):
    """The path of a .dsc of QEMU 10.0.x, its tarballs beside it."""
    have = cached()
    if have and not update:
        return have
    tried = []
    for suite in SUITES:
        try:
            archive = msmmu_apt.Archive([suite], 'all', sources=True,
                                        mirror=mirror)
            archive.update(max_age=0 if update else msmmu_apt.FRESH_SECONDS)
            versions = [found.version for found in archive.versions('qemu')
                        if found.version.split(':')[-1].startswith(SERIES)]
        except msmmu_apt.AptError as error:
            tried.append(f'{suite}: {error}')
            continue
        if not versions:
            tried.append(f'{suite}: no {SERIES}x there')
        for version in versions:
            try:
                return archive.download_source('qemu', version)
            except msmmu_apt.AptError as error:
                tried.append(f'{suite}: {error}')
                msmmu_env.say(f'msmmu: {error}')
    try:
        return fetch_fallback(mirror)
    except msmmu_apt.AptError as error:
        tried.append(str(error))
    if have:
        msmmu_env.say(f'msmmu: keeping {have.name}')
        return have
    raise msmmu_env.SetupError(
        f"no source of QEMU {SERIES}x. Tried:\n  " + '\n  '.join(tried) +
        '\nGive a tree of your own with ./configure --qemu-source=DIR, or '
        'another mirror with --debian-mirror=URL.')


def fetch_fallback(mirror=None):
    """The upload in FALLBACK, straight from the pool, by its checksums."""
    mirror = (mirror or msmmu_apt.host_mirror()).rstrip('/')
    base = msmmu_env.cache_dir() / 'sources'
    target = base / f"qemu_{FALLBACK['version']}"
    base.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base, prefix='.new.') as directory:
        new = pathlib.Path(directory) / 'files'
        new.mkdir()
        for name, checksum in FALLBACK['files'].items():
            url = f"{mirror}/{FALLBACK['pool']}/{name}"
            path = new / name
            answer = msmmu_apt.download_file(url, path, checksum)
            if (answer.returncode or not path.is_file() or
                    msmmu_apt.sha256(path) != checksum):
                raise msmmu_apt.AptError(
                    f'fallback {FALLBACK["version"]}: cannot fetch {url}')
        os.rename(new, target)
    return next(target.glob('*.dsc'))


def version_of(tree):
    """What a QEMU tree says it is, or an error when it is none."""
    version = tree / 'VERSION'
    if not version.is_file() or not (tree / 'hw/arm/virt.c').is_file():
        raise msmmu_env.SetupError(f'{tree} is not a QEMU source tree')
    return version.read_text(encoding='utf-8').strip()


def unpack(dsc, tree, log):
    """Unpack and patch the source package as TREE, whole or not at all."""
    marker = tree / '.msmmu-source'
    if marker.is_file() and marker.read_text() == dsc.name:
        return
    discard(tree)
    new = tree.with_name(tree.name + '.new')
    discard(new)
    msmmu_env.run_logged(['dpkg-source', '--no-copy', '-x', dsc,
                          new], log,
                         failure=f'cannot unpack {dsc}')
    for name in UNUSED:
        shutil.rmtree(new / name, ignore_errors=True)
    (new / '.msmmu-source').write_text(dsc.name, encoding='utf-8')
    new.rename(tree)


def discard(tree):
    """Remove a tree; renamed first, so that half of one is never used."""
    if tree.exists():
        old = tree.with_name(tree.name + '.old')
        shutil.rmtree(old, ignore_errors=True)
        tree.rename(old)
        shutil.rmtree(old)


def copy(source, tree):
    """Copy the user's own tree to TREE; later runs copy what has changed.

    The user's tree is only read. Build directories and repositories in it are
    left out.
    """
    marker = tree / '.msmmu-source'
    origin = f'copy of {source}'
    if not marker.is_file() or marker.read_text() != origin:
        discard(tree)
    kept = tree / msmmu_graft.PRISTINE
    for directory, folders, files in os.walk(source):
        relative = pathlib.Path(directory).relative_to(source)
        folders[:] = [
            name for name in folders if name != '.git' and
            not (pathlib.Path(directory) / name / 'build.ninja').exists() and
            str(relative / name) not in UNUSED]
        for folder in folders:
            if not (pathlib.Path(directory) / folder).is_symlink():
                (tree / relative / folder).mkdir(parents=True, exist_ok=True)
        links = [name for name in folders
                 if (pathlib.Path(directory) / name).is_symlink()]
        for name in files + links:
            update_file(pathlib.Path(directory) / name, tree / relative / name,
                        kept / relative / name)
    marker.write_text(origin, encoding='utf-8')


def update_file(source, place, pristine):
    """Bring one file of the copy up to date, below a grafted one's cover."""
    goal = pristine if pristine.exists() else place
    if source.is_symlink():
        if not (goal.is_symlink() and os.readlink(goal) ==
                os.readlink(source)):
            if goal.is_symlink() or goal.exists():
                goal.unlink()
            goal.symlink_to(os.readlink(source))
    elif source.is_file():
        if not (goal.exists() and filecmp.cmp(source, goal)):
            shutil.copy2(source, goal)


def provide(build, options, log):
    """The grafted tree of QEMU in the build directory, ready to configure."""
    tree = build / 'qemu-src'
    if options.qemu_source:
        source = pathlib.Path(options.qemu_source).expanduser().resolve()
        version = version_of(source)
        with msmmu_env.step(f'copying QEMU {version} from {source}'):
            copy(source, tree)
    else:
        with msmmu_env.step("finding QEMU's source"):
            dsc = fetch(options.debian_mirror, options.update)
        with msmmu_env.step(f'unpacking {dsc.name}'):
            unpack(dsc, tree, log)
        version = version_of(tree)
    if not re.match(re.escape(SERIES), version):
        msmmu_env.say(f'msmmu: warning: this is QEMU {version}; '
                      f'msmmu is made for {SERIES}x')
    return tree
