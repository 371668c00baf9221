# SPDX-License-Identifier: GPL-2.0-or-later
"""configure: make a build directory from which `make` builds everything.

In the build directory afterwards:

    config.json        the options given, for the next run
    pyenv/             Python with the Meson that QEMU needs
    qemu-src/          QEMU's source with msmmu grafted in
    qemu/              QEMU's build
    core/              our native build: the core and its unit tests
    logs/              what each step printed
    qemu-system-aarch64  -> qemu/qemu-system-aarch64

Every step looks at what is there and does only what is missing, so running it
again is cheap, and running it after an interruption goes on where it was.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import sys
import venv

import msmmu_apt
import msmmu_env
import msmmu_graft
import msmmu_host
import msmmu_qemu

# QEMU 10.0 wants Meson 1.5 or newer; Debian 12 has 1.0, Debian 13 has 1.7.
TOOL_SUITE = 'trixie'
ROM_FILES = ('efi-e1000.rom', 'efi-e1000e.rom', 'efi-rtl8139.rom',
             'efi-virtio.rom', 'efi-vmxnet3.rom')
QEMU_OPTIONS = (
    '--target-list=aarch64-softmmu', '--with-devices-aarch64=msmmu',
    '--without-default-features', '--without-default-devices',
    '--disable-download', '--disable-install-blobs', '--disable-docs',
    '--enable-fdt=system', '--enable-pixman', '--enable-tcg',
    '--enable-tools')

EPILOG = """\
Run it in the source directory, which makes build/, or in an empty directory
of your own, which becomes the build directory. Then: make, make demo,
make check, make lint, make install; "make help" says what each does.

What is fetched (QEMU's source, Meson, option ROMs, guests' kernels) is kept in
${XDG_CACHE_HOME:-~/.cache}/msmmu and never fetched twice. It comes from the
Debian mirror that the host's apt uses, and apt checks its signatures.
"""


def parse(arguments):
    """The options, as a namespace that config.json can hold."""
    parser = argparse.ArgumentParser(
        prog='configure', description='Prepare a build of msmmu: QEMU with '
        'the machine virt-msmmu and the device msmmu-smmuv3.',
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--qemu-source', metavar='DIR',
        help='build from a QEMU 10.0 tree of yours, which is copied and not '
        "touched (default: Debian 13's source package)")
    parser.add_argument(
        '--debian-mirror', metavar='URL',
        help="the Debian mirror to fetch from (default: the host's own)")
    parser.add_argument(
        '--update', action='store_true',
        help="look for newer packages even when the cache has what is needed")
    parser.add_argument('--prefix', metavar='DIR', default='/usr/local',
                        help='where "make install" installs (/usr/local)')
    parser.add_argument('--cc', metavar='CC', default='cc',
                        help='the C compiler (cc)')
    parser.add_argument(
        '--debug', action='store_true',
        help="an emulator for a debugger: not optimised, with QEMU's own "
        'checks')
    parser.add_argument(
        '--sanitize', action='store_true',
        help='an emulator with address and undefined-behaviour sanitizers '
        '(the unit tests have them anyhow)')
    parser.add_argument(
        '--qemu-option', metavar='OPTION', action='append', default=[],
        help="pass OPTION to QEMU's own configure; may be repeated")
    return parser.parse_args(arguments)


def prepare_python(build, options):
    """A Python environment with Meson in it; returns its python3."""
    env = build / 'pyenv'
    python = env / 'bin' / 'python3'
    stamp = env / 'msmmu-meson'
    if stamp.is_file() and python.exists():
        return python
    with msmmu_env.step('preparing Meson'):
        deb = cached_deb('meson', options)
        files = msmmu_apt.unpack(deb, msmmu_env.cache_dir() / 'tools' /
                                 deb.stem)
        shutil.rmtree(env, ignore_errors=True)
        venv.EnvBuilder(system_site_packages=True, symlinks=True,
                        with_pip=False).create(env)
        # Copied, as QEMU makes a nested environment, which follows this
        # one's folder but not the path files in it.
        site = next(env.glob('lib/python3*/site-packages'))
        for path in (files / 'usr/lib/python3/dist-packages').iterdir():
            shutil.copytree(path, site / path.name)
        meson = env / 'bin' / 'meson'
        meson.write_text(f'#!{python}\nimport sys\n'
                         'from mesonbuild import mesonmain\n'
                         'sys.exit(mesonmain.main())\n', encoding='utf-8')
        meson.chmod(0o755)
        stamp.write_text(deb.name, encoding='utf-8')
    return python


def cached_deb(package, options):
    """An architecture-independent package's .deb, from the cache if there."""
    have = sorted((msmmu_env.cache_dir() / 'debs').glob(f'{package}_*.deb'))
    if have and not options.update:
        return have[-1]
    archive = msmmu_apt.Archive([TOOL_SUITE], 'all',
                                mirror=options.debian_mirror)
    archive.update(max_age=0 if options.update else msmmu_apt.FRESH_SECONDS)
    return archive.download(package)


def provide_roms(tree, options):
    """Option ROMs of network cards, which PCI devices load at start."""
    wanted = [name for name in ROM_FILES
              if not (tree / 'pc-bios' / name).is_file()]
    if wanted:
        deb = cached_deb('ipxe-qemu', options)
        files = msmmu_apt.unpack(deb, msmmu_env.cache_dir() / 'tools' /
                                 deb.stem)
        for name in wanted:
            found = next(files.rglob(name), None)
            if found is None:
                raise msmmu_env.SetupError(f'{deb.name} has no {name}')
            shutil.copyfile(found, tree / 'pc-bios' / name)
    msmmu_env.write_if_changed(tree / 'pc-bios' / 'msmmu-roms',
                               '\n'.join(ROM_FILES) + '\n')


def configure_qemu(build, tree, python, options):
    """Run QEMU's configure unless the same was run for this tree before."""
    qemu = build / 'qemu'
    words = [str(tree / 'configure'), f'--python={python}',
             f'--cc={options.cc}', '--prefix=/usr/local', *QEMU_OPTIONS]
    if options.debug:
        words.append('--enable-debug')
    else:
        words.append('--disable-debug-info')
    if options.sanitize:
        words += ['--enable-asan', '--enable-ubsan']
    words += options.qemu_option
    key = json.dumps([words, (tree / '.msmmu-source').read_text()])
    stamp = qemu / 'msmmu-configured'
    if (stamp.is_file() and stamp.read_text() == key and
            (qemu / 'build.ninja').is_file()):
        return
    with msmmu_env.step('configuring QEMU'):
        shutil.rmtree(qemu, ignore_errors=True)
        qemu.mkdir(parents=True)
        msmmu_env.run_logged(words, build / 'logs' / 'configure-qemu.log',
                             cwd=qemu, env=environment(),
                             failure="QEMU's configure failed")
        stamp.write_text(key, encoding='utf-8')


def configure_core(build, name, compiler, sanitize='address,undefined'):
    """Set up a native build of the core and its tests, or benches."""
    core = build / name
    words = [str(build / 'pyenv/bin/meson'), 'setup',
             '-Dbuildtype=debugoptimized', '-Dwarning_level=2']
    if sanitize:
        words += [f'-Db_sanitize={sanitize}', '-Db_lundef=false']
    words += [str(core), str(msmmu_env.SOURCE_DIR)]
    key = json.dumps([words, compiler])
    stamp = core / 'msmmu-configured'
    if (stamp.is_file() and stamp.read_text() == key and
            (core / 'build.ninja').is_file()):
        return
    with msmmu_env.step(f'configuring the core with {compiler}'):
        shutil.rmtree(core, ignore_errors=True)
        msmmu_env.run_logged(words, build / 'logs' / f'configure-{name}.log',
                             env=dict(environment(), CC=compiler),
                             failure='configuring the core failed')
        stamp.write_text(key, encoding='utf-8')


def environment():
    """Our environment without what would change a build unseen."""
    clean = dict(os.environ, LC_ALL='C.UTF-8')
    for name in ('MAKEFLAGS', 'MAKELEVEL', 'MFLAGS', 'PYTHONPATH',
                 'PYTHONHOME', 'VIRTUAL_ENV', 'CFLAGS', 'LDFLAGS', 'DESTDIR'):
        clean.pop(name, None)
    return clean


def write_entries(build, options):
    """What make and a user find: the link to the emulator, Makefiles."""
    emulator = build / 'qemu-system-aarch64'
    if not emulator.is_symlink():
        emulator.symlink_to('qemu/qemu-system-aarch64')
    msmmu_env.write_if_changed(
        build / 'Makefile',
        '# Made by configure.\n'
        f'BUILD := {build}\n'
        f'include {msmmu_env.SOURCE_DIR}/Makefile\n')
    mirror = options.debian_mirror
    msmmu_env.write_if_changed(
        build / 'config.mk', '# Made by configure.\n' +
        (f'export MSMMU_DEBIAN_MIRROR := {mirror}\n' if mirror else ''))


def inputs_key():
    """A digest of what configure's result depends on besides the options."""
    digest = hashlib.sha256()
    for path in ('scripts/lib/msmmu_configure.py',
                 'scripts/lib/msmmu_qemu.py'):
        digest.update((msmmu_env.SOURCE_DIR / path).read_bytes())
    return digest.hexdigest()


def configure(build, options):
    """Do what is missing in BUILD; the caller holds the build's lock."""
    config = build / 'config.json'
    (build / 'logs').mkdir(parents=True, exist_ok=True)
    msmmu_host.check()
    if not shutil.which(options.cc):
        raise msmmu_env.SetupError(f'no C compiler {options.cc}')
    python = prepare_python(build, options)
    tree = msmmu_qemu.provide(build, options, build / 'logs' / 'unpack.log')
    provide_roms(tree, options)
    changed = msmmu_graft.apply(tree)
    if changed:
        msmmu_env.say(f'msmmu: added msmmu to {changed} files of QEMU')
    configure_qemu(build, tree, python, options)
    write_entries(build, options)
    msmmu_env.write_if_changed(config, json.dumps(
        {'options': vars(options), 'inputs': inputs_key()}, indent=2) + '\n')


def saved_options(build):
    """The options of the last run, or the defaults; and if it is current."""
    options = parse([])
    try:
        saved = json.loads((build / 'config.json').read_text())
    except (OSError, ValueError):
        return options, False
    for name, value in saved['options'].items():
        setattr(options, name, value)
    options.update = False
    return options, saved['inputs'] == inputs_key()


def build_lock(build):
    """Held while anything in BUILD is made."""
    return msmmu_env.locked(build / '.lock', f'a build in {build}')


def main():
    """configure, as a program."""
    options = parse(sys.argv[1:])
    where = pathlib.Path.cwd()
    build = (where / 'build' if where.resolve() == msmmu_env.SOURCE_DIR
             else where)
    if build == where and not (build / '.lock').exists() and any(
            build.iterdir()):
        raise msmmu_env.SetupError(
            f'{build} is neither an empty directory, nor a build directory, '
            f'nor {msmmu_env.SOURCE_DIR}: run configure in one of these')
    if options.qemu_source:
        options.qemu_source = str(
            pathlib.Path(options.qemu_source).expanduser().resolve())
    with build_lock(build):
        configure(build, options)
        configure_core(build, 'core', options.cc)
    msmmu_env.say(f'msmmu: configured in {build}; now run make')
    return 0


if __name__ == '__main__':
    sys.exit(msmmu_env.main_wrapper(main))
