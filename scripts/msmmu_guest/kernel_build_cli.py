# SPDX-License-Identifier: GPL-2.0-or-later
"""msmmu-kernel: slim arm64 kernels of one's own."""

import argparse
import contextlib
import json
import os
import shutil
import signal
import sys

from . import cli, expect, kernel_build, kernel_build_config, \
    kernel_build_names, kernel_build_source

import msmmu_env

DESCRIPTION = """\
Cross-build slim arm64 kernels for the machine virt-msmmu: IOMMUFD, VFIO,
SMMUv3 with SVA and nesting, the kernel's own tests, everything built in. A
kernel is built once, and kept by a hash of its source, its configuration and
the compiler.
"""

EPILOG = """\
kernel names, for every --kernel of msmmu-guest
  own:7.3-64k       from Debian's linux-source-7.3, with 64K pages
  own:newest-16k    from the highest series that was built with 16K pages
  own:linux-4k      the last build of the tree ~/linux, or of --name linux

exit status, made for "git bisect run"
  0    built, or it was there
  125  it does not build, or there is no such source
  129  a mistake in the command line
  130  interrupted

environment
  XDG_CACHE_HOME   where msmmu/own-kernels is kept (~/.cache)

examples
  Debian's newest, with each page size:
    msmmu-kernel build --page-size 4k,16k,64k
  Your own tree, which is only read:
    msmmu-kernel build --source ~/linux --page-size 64k
    msmmu-guest --kernel own:linux-64k
  With more in it:
    echo CONFIG_FTRACE=y >more.config
    msmmu-kernel build --source ~/linux --append-config more.config
  Which commit broke a 64K-only SMMU?
    git bisect run sh -c 'msmmu-kernel build --source . --name bisect \\
        --page-size 64k && msmmu-guest --kernel own:bisect-64k \\
        --smmu granules=64k --expect smmu1.translated=works'
"""


def page_sizes(text):
    """4k,64k as a list."""
    sizes = text.lower().split(',')
    for size in sizes:
        if size not in kernel_build_config.PAGES:
            raise argparse.ArgumentTypeError(
                f'{size}: not 4k, 16k or 64k')
    return sizes


def tree_name(text):
    """A name that own:NAME-64k can have, and no series has."""
    if not kernel_build_names.NAME.fullmatch(f'own:{text}-4k') or \
            kernel_build_names.SERIES.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f'{text}: letters, digits, _ . and +; not a number like 7.3')
    return text


def count(text):
    """A number of jobs."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'{text}: must be 1 or more')
    return int(text)


def add_build(commands):
    """The options of "build"."""
    parser = commands.add_parser(
        'build', help='build a kernel, print its folder',
        description='Build a kernel unless the cache has it, and print the '
        'folder with Image, config, manifest.json and build/ (for modules '
        'from outside) on standard output; all else goes to standard error.')
    add = parser.add_argument
    which = parser.add_mutually_exclusive_group()
    which.add_argument('--source-package', metavar='SERIES',
                       help="Debian's linux-source-SERIES: 6.1, 7.3, newest "
                       '(default: newest)')
    which.add_argument('--source', metavar='DIR',
                       help='a Linux tree; it is not changed')
    add('--name', type=tree_name, metavar='NAME',
        help='with --source: what it is called in own:NAME-64k (default: '
        "the folder's name)")
    add('--page-size', type=page_sizes, action='append', metavar='4k|16k|64k',
        help='may be repeated, or a list with commas (default: 4k)')
    add('--append-config', action='append', default=[], metavar='FILE',
        help='a fragment merged after ours, may be repeated; all that it '
        'says must take effect')
    add('--cross-compile', default=kernel_build.CROSS, metavar='PREFIX',
        help=f'of the compiler and its tools (default: {kernel_build.CROSS})')
    add('--jobs', '-j', type=count, default=os.cpu_count() or 1, metavar='N',
        help='processes at a time (default: one per processor)')
    add('--force', action='store_true', help='build, whatever the cache has')
    add('--keep-objects', action='store_true',
        help="keep a package's objects, too (a tree's are always kept)")
    parser.set_defaults(run=run_build)


def add_others(commands):
    """The other commands."""
    parser = commands.add_parser('list', help='what was built',
                                 description='Show what was built.')
    parser.add_argument('--json', action='store_true',
                        help='all that is known, as JSON')
    parser.set_defaults(run=run_list)
    parser = commands.add_parser(
        'path', help='print the folder of a kernel that was built',
        description='Print the folder of a kernel that was built.')
    parser.add_argument('kernel', metavar='NAME', help='own:7.3-64k')
    parser.set_defaults(run=run_path)
    parser = commands.add_parser(
        'clean', help='remove kernels, objects, sources',
        description='Remove all builds of the names; or, without names, '
        'kernels that no name means any more, objects and logs.')
    parser.add_argument('kernel', nargs='*', metavar='NAME',
                        help='own:7.3-64k')
    parser.add_argument('--all', action='store_true',
                        help='all kernels, objects and unpacked sources')
    parser.set_defaults(run=run_clean)


def make_parser():
    """All commands."""
    parser = cli.Parser(prog='msmmu-kernel', description=DESCRIPTION,
                        epilog=EPILOG,
                        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(metavar='COMMAND', required=True)
    add_build(commands)
    add_others(commands)
    return parser


def sources(arguments):
    """The Source that the user names."""
    if arguments.source:
        return kernel_build_source.from_tree(arguments.source, arguments.name)
    return kernel_build_source.from_package(
        arguments.source_package or 'newest')


def run_build(arguments, output):
    """build: each page size in turn."""
    if arguments.name and not arguments.source:
        print('msmmu-kernel: error: --name needs --source', file=sys.stderr)
        return expect.USAGE
    source = sources(arguments)
    pages = [page for pages in arguments.page_size or [['4k']]
             for page in pages]
    for page in dict.fromkeys(pages):
        request = kernel_build.Request(
            source, page, tuple(map(kernel_build.pathlib.Path,
                                    arguments.append_config)),
            arguments.cross_compile, arguments.jobs, arguments.keep_objects)
        print(kernel_build.build(request, force=arguments.force),
              file=output, flush=True)
    return 0


def tree_bytes(folder):
    """How much room a folder takes."""
    return sum(os.lstat(os.path.join(root, name)).st_size
               for root, _, files in os.walk(folder) for name in files)


def run_list(arguments, output):
    """list: a line for each kernel."""
    found = kernel_build.manifests()
    if arguments.json:
        print(json.dumps([dict(manifest, folder=str(folder))
                          for folder, manifest in found], indent=1),
              file=output)
        return 0
    if not found:
        print('none built; see msmmu-kernel build --help', file=output)
    for folder, manifest in found:
        print(f'{manifest["name"]:18} {manifest["release"]:24} '
              f'{manifest["made"][:16]} {tree_bytes(folder) / 1e6:6.0f} MB  '
              f'{manifest["label"]}'
              f'{" + more configuration" if manifest["extra"] else ""}\n'
              f'{"":18} {folder}', file=output)
    return 0


def run_path(arguments, output):
    """path: where it is."""
    print(kernel_build_names.find(arguments.kernel)[0], file=output)
    return 0


def outdated(found):
    """Those of FOUND that no name means any more."""
    meant = set()
    for _, manifest in found:
        with contextlib.suppress(msmmu_env.SetupError):
            meant.add(kernel_build_names.find(manifest['name'])[0])
    return [folder for folder, manifest in found
            if folder not in meant and not manifest['extra']]


def run_clean(arguments, _output):
    """clean: what is named, or what is of no use any more."""
    root = kernel_build.root()
    found = kernel_build.manifests()
    if kernel_build.is_building():
        raise msmmu_env.SetupError('a build is running; nothing is removed')
    if arguments.all:
        targets = [root, *(msmmu_env.cache_dir() / 'sources').glob(
            'linux-source-*')]
    elif arguments.kernel:
        targets = []
        for name in arguments.kernel:
            series, page = kernel_build_names.parse_name(name)
            targets += [folder for folder, manifest in found if
                        (manifest['series'], manifest['page']) ==
                        (series, page)]
            if not targets:
                raise msmmu_env.SetupError(f'{name} is not built')
    else:
        targets = [*outdated(found), root / 'objects', root / 'logs',
                   *root.glob('.new.*')]
    for target in targets:
        if target.exists():
            print(f'removing {target} ({tree_bytes(target) / 1e6:.0f} MB)')
            shutil.rmtree(target)
    return 0


def on_signal(number, _frame):
    """SIGTERM and SIGHUP end make, too."""
    raise SystemExit(128 + number)


def main(words=None):
    """Run the tool; returns the exit status."""
    arguments = make_parser().parse_args(words)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        # Progress is for people: only the result goes to standard output.
        output = sys.stdout
        with contextlib.redirect_stdout(sys.stderr):
            return arguments.run(arguments, output)
    except BrokenPipeError:
        return 1
    except (msmmu_env.SetupError, OSError) as error:
        print(f'msmmu-kernel: {error}', file=sys.stderr)
        return expect.CANNOT_TEST
    except KeyboardInterrupt:
        print('msmmu-kernel: interrupted', file=sys.stderr)
        return 130
