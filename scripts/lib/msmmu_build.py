# SPDX-License-Identifier: GPL-2.0-or-later
"""What make runs: build the emulator, the tests, or install.

One build runs at a time in a build directory; a second one waits for it. The
graft is applied anew each time, which costs nothing when nothing changed, so
that a new file or insertion is never forgotten.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import msmmu_configure
import msmmu_env
import msmmu_graft

# QEMU's own tests that look at every type and machine, ours among them.
QEMU_QTESTS = ('qom-test', 'device-introspect-test')
PROGRESS_SECONDS = 15


def prepare(build):
    """Configure when that was not done or is out of date; graft anew."""
    options, current = msmmu_configure.saved_options(build)
    ready = (build / 'qemu' / 'build.ninja').is_file()
    if not current or not ready:
        msmmu_configure.configure(build, options)
    else:
        msmmu_graft.apply(build / 'qemu-src')
    return options


def ninja(directory, targets, log, what):
    """Run ninja; without a terminal show progress now and then only.

    Whatever the compiler says is always shown, as it says something only
    when something is wrong.
    """
    words = ['ninja', '-C', str(directory)]
    if os.environ.get('JOBS'):
        words += ['-j', os.environ['JOBS']]
    words += targets
    environment = dict(msmmu_configure.environment(), NINJA_STATUS='[%f/%t] ')
    began = time.monotonic()
    if sys.stdout.isatty():
        status = subprocess.run(words, env=environment,
                                check=False).returncode
    else:
        with open(log, 'w', encoding='utf-8') as output, subprocess.Popen(
                words, env=environment, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                text=True, errors='replace') as process:
            held = condense(process.stdout, output, what)
            status = process.wait()
        if status:
            print(''.join(held[-30:]), end='', flush=True)
    if status:
        raise msmmu_env.SetupError(f'building {what} failed')
    took = time.monotonic() - began
    if took > 2:
        msmmu_env.say(f'msmmu: built {what}: {took:.0f} s')


def condense(lines, output, what):
    """Copy ninja's lines to OUTPUT and what matters of them to the user.

    When Meson runs again inside ninja it says a lot: that is held back, and
    returned, to be shown if it failed.
    """
    last = time.monotonic()
    held = None
    for line in lines:
        output.write(line)
        found = re.match(r'\[(\d+)/(\d+)\] ', line)
        if line.startswith('ninja: ') and 'error' not in line:
            continue
        if line.startswith('[0/1] Regenerating'):
            msmmu_env.say(f'msmmu: {what}: build files changed, '
                          'running Meson again')
            held = []
        elif found:
            held = None if found.group(1) != '0' else held
            if time.monotonic() - last >= PROGRESS_SECONDS:
                last = time.monotonic()
                msmmu_env.say(f'msmmu: building {what}: '
                              f'{found.group(1)} of {found.group(2)}')
        elif held is not None:
            held.append(line)
        else:
            print(line, end='', flush=True)
    return held or []


def qtests():
    """The qtest programs to build: QEMU's of interest and all of ours."""
    text = (msmmu_env.SOURCE_DIR /
            'tests/qtest/msmmu/meson.build').read_text(encoding='utf-8')
    ours = re.search(r'^msmmu_qtests = \[(.*?)^\]', text, re.S | re.M)
    names = re.findall(r"^ *'([\w-]+)'", ours.group(1), re.M) if ours else []
    return ([f'tests/qtest/{name}' for name in QEMU_QTESTS],
            [f'tests/qtest/msmmu/{name}' for name in names])


def build_emulator(build, *, with_qtests=False):
    """Build the emulator, and the qtest programs when asked."""
    targets = ['qemu-system-aarch64', 'qemu-img']
    what = 'the emulator'
    if with_qtests:
        targets += sum(qtests(), [])
        what = 'the emulator and its tests'
    ninja(build / 'qemu', targets, build / 'logs' / 'build-qemu.log', what)


def build_unit(build, name, compiler):
    """Build the core and its unit tests natively."""
    msmmu_configure.configure_core(build, name, compiler)
    ninja(build / name, [], build / 'logs' / f'build-{name}.log',
          f'the unit tests ({compiler})')


def build_unit_tsan(build, compiler):
    """The same with ThreadSanitizer, of the tests that have threads."""
    msmmu_configure.configure_core(build, 'core-tsan', compiler,
                                   sanitize='thread')
    ninja(build / 'core-tsan', ['threaded-tests'],
          build / 'logs' / 'build-core-tsan.log',
          'the unit tests with threads')


def build_bench(build, compiler):
    """Build the core's bench: as the emulator is, without sanitizers."""
    msmmu_configure.configure_core(build, 'core-bench', compiler,
                                   sanitize='')
    ninja(build / 'core-bench', ['tests/bench/core/bench-core'],
          build / 'logs' / 'build-core-bench.log', "the core's bench")


def install(build, prefix, destdir):
    """Install the emulator and the data it loads below PREFIX.

    Nothing else of QEMU's is built or installed. The program finds its data
    from its own place, so PREFIX may be moved.
    """
    base = pathlib.Path(f'{destdir or ""}{prefix}')
    data = build / 'qemu/qemu-bundle/usr/local/share/qemu'
    # What is a link in the bundle, to the source or the build, is a file then.
    files = {base / 'share/qemu' / path.relative_to(data): path
             for path in data.rglob('*') if path.is_file()}
    for name in ('qemu-system-aarch64', 'qemu-img'):
        files[base / 'bin' / name] = build / 'qemu' / name
    files[base / 'share/doc/msmmu/COPYING'] = msmmu_env.SOURCE_DIR / 'COPYING'
    try:
        for place, source in sorted(files.items()):
            place.parent.mkdir(parents=True, exist_ok=True)
            # Renamed into place: an emulator that runs is not overwritten.
            new = place.with_name('.' + place.name + '.new')
            shutil.copy(source, new)
            new.replace(place)
    except OSError as error:
        raise msmmu_env.SetupError(f'cannot install: {error}') from error
    msmmu_env.say(f'msmmu: installed {base / "bin/qemu-system-aarch64"}')


def clean(build):
    """Remove what was compiled; what was fetched and unpacked stays."""
    for name in ('qemu', 'core', 'core-clang', 'core-tsan', 'core-bench',
                 'bench', 'lint', 'logs', 'demo-logs'):
        shutil.rmtree(build / name, ignore_errors=True)
    emulator = build / 'qemu-system-aarch64'
    if emulator.is_symlink():
        emulator.unlink()


def distclean(build):
    """Remove all that configure and make made."""
    ours = ('config.json', 'config.mk', 'pyenv', 'qemu-src', 'qemu-src.new',
            'qemu-src.old', 'Makefile', '.lock')
    clean(build)
    for name in ours:
        path = build / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
    if build == msmmu_env.SOURCE_DIR / 'build':
        shutil.rmtree(build, ignore_errors=True)
    msmmu_env.say(f'msmmu: what was fetched is in {msmmu_env.cache_dir()}')


def main():
    """The commands of the Makefile."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('what', choices=['emulator', 'qtests', 'unit',
                                         'unit-clang', 'unit-tsan', 'bench',
                                         'install', 'clean', 'distclean'])
    parser.add_argument('--prefix')
    parser.add_argument('--destdir')
    arguments = parser.parse_args()
    build = arguments.build.absolute()
    with msmmu_configure.build_lock(build):
        if arguments.what in ('clean', 'distclean'):
            (clean if arguments.what == 'clean' else distclean)(build)
            return 0
        options = prepare(build)
        if arguments.what == 'emulator':
            build_emulator(build)
        elif arguments.what == 'qtests':
            build_emulator(build, with_qtests=True)
        elif arguments.what == 'unit':
            build_unit(build, 'core', options.cc)
        elif arguments.what == 'unit-clang':
            build_unit(build, 'core-clang', 'clang')
        elif arguments.what == 'unit-tsan':
            build_unit_tsan(build, options.cc)
        elif arguments.what == 'bench':
            build_emulator(build)
            build_bench(build, options.cc)
        else:
            build_emulator(build)
            install(build, arguments.prefix or options.prefix,
                    arguments.destdir)
    return 0


if __name__ == '__main__':
    sys.exit(msmmu_env.main_wrapper(main))
