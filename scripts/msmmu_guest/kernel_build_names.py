# SPDX-License-Identifier: GPL-2.0-or-later
"""own:7.3-64k: which of the kernels that msmmu-kernel built that is.

own:SERIES-PAGES is the highest version of a Debian series, own:newest-PAGES
that of the highest series, own:NAME-PAGES the last build of a tree. A path
that msmmu-kernel printed is a name, too. Nothing is built and nobody is asked:
what is not in the cache is an error that says the command.
"""

import json
import pathlib
import re

from . import kernel_build, kernel_build_config, kernels, modinfo

PREFIX = 'own:'
NAME = re.compile(r'own:([\w.+]+)-(4k|16k|64k)')
SERIES = re.compile(r'newest|\d+\.\d+')


def parse_name(name):
    """('7.3', '64k') from own:7.3-64k; the first may be newest."""
    match = NAME.fullmatch(name)
    if not match:
        raise kernels.KernelError(
            f'{name}: not an own kernel; say own:SERIES-PAGES (own:7.3-64k, '
            'own:newest-4k), where PAGES is 4k, 16k or 64k')
    return match.groups()


def command(series, page):
    """The command that builds it."""
    if SERIES.fullmatch(series):
        return (f'scripts/msmmu-kernel build --source-package {series} '
                f'--page-size {page}')
    return (f'scripts/msmmu-kernel build --source DIR --name {series} '
            f'--page-size {page}')


def matching(found, series, page):
    """Those of FOUND that the name means, the best first.

    What the user added to the configuration is not meant by a package's
    name; a tree's is always the last one built.
    """
    if not SERIES.fullmatch(series):
        return [pair for pair in found if pair[1]['kind'] == 'tree' and
                (pair[1]['series'], pair[1]['page']) == (series, page)]
    found = [pair for pair in found
             if pair[1]['kind'] == 'package' and pair[1]['page'] == page
             and not pair[1]['extra']
             and series in ('newest', pair[1]['series'])]
    return sorted(found, reverse=True, key=lambda pair: (
        kernels.release_key(pair[1]['release']), pair[1]['made']))


def find(name, cache=None):
    """The folder and the manifest of an own kernel."""
    series, page = parse_name(name)
    found = matching(kernel_build.manifests(cache), series, page)
    if not found:
        raise kernels.KernelError(f'{name} is not built yet; build it with: '
                                  f'{command(series, page)}')
    if found[0][1]['kind'] == 'tree':
        return found[0]
    ours = kernel_build.recipe(kernel_build_config.read(page))
    for pair in found:
        if pair[1]['recipe'] == ours:
            return pair
    raise kernels.KernelError(f'{name}: configs/kernel changed since it was '
                              f'built; build it with: {command(series, page)}')


def at(path):
    """The folder and the manifest that a path means, None for any other.

    The path is what "msmmu-kernel build" prints, or that of the Image there.
    """
    folder = pathlib.Path(path).expanduser().absolute()
    folder = folder.parent if folder.name == 'Image' else folder
    if folder.parent.name != kernel_build.root().name:
        return None
    try:
        return folder, json.loads((folder / 'manifest.json').read_text())
    except (OSError, ValueError):
        return None


def load(folder, manifest, name=None):
    """The Kernel in a folder."""
    builtin = (folder / 'modules.builtin').read_text(encoding='utf-8')
    return kernels.Kernel(
        name=name or manifest['name'],
        label=f'{manifest["label"]}, {manifest["release"]}',
        image=folder / 'Image', modules={},
        builtin=modinfo.builtin_names(builtin),
        page_size=manifest['page_size'], build=folder / 'build')


def get(name, cache=None):
    """The Kernel that own:... names."""
    return load(*find(name, cache), name)
