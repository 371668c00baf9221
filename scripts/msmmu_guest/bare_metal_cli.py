# SPDX-License-Identifier: GPL-2.0-or-later
"""msmmu-firmware: the worked example of a bring-up, on any SMMUs."""

import argparse
import shutil
import subprocess
import sys
import tempfile

from . import DEFAULT_QEMU, bare_metal, cli, firmware, topology, vm

import msmmu_env

USAGE, CANNOT_RUN, INTERRUPTED = 2, 125, 130
DEFAULT_SMMUS = ['granules=4k',
                 'granules=16k+64k,stage=2,oas=40,msi=off,two-level=off',
                 'granules=4k+16k+64k,stage=nested,arch=3.2,ssidsize=8']

DESCRIPTION = """\
Build tests/firmware, a bare-metal program that brings up every SMMUv3 of the
machine, and run it: no kernel, no firmware below it. It prints TAP, and powers
off.
"""

EPILOG = """\
SMMUs: one root complex each, with an msmmu-engine behind it
  granules=16k+64k,oas=40   properties of the instance; all are listed by
                            qemu-system-aarch64 -device msmmu-smmuv3,help
  none                      a root complex without an SMMU
  share=1                   a root complex on the instance of the first --smmu
  pcie.0:granules=4k        an instance on the machine's own bus, segment 0

exit status
  0    every line is "ok", and there are as many as the plan says
  1    it is not so
  2    a mistake in the command line
  125  the program cannot be built, or the emulator not be run

examples
  Three SMMUs that differ:
    msmmu-firmware
  What does forgetting a TLB invalidation look like, on a nested one?
    msmmu-firmware --mistake tlbi-forgotten --smmu stage=nested
  All mistakes, on all:
    msmmu-firmware --mistake all
  Ask the emulator about its fault, from another terminal:
    msmmu-firmware --smmu granules=4k --mistake af-clear --hold --qmp /tmp/q
    msmmu-explain --qmp /tmp/q --last
  QEMU's own SMMUv3, which is not ours:
    msmmu-firmware --upstream
  Started by U-Boot, at EL2:
    msmmu-firmware --u-boot trixie --machine virt-msmmu,virtualization=on
  The Image, for a board, or to type at U-Boot's prompt oneself:
    msmmu-firmware --image firmware.img
"""


def make_parser():
    """All options."""
    parser = argparse.ArgumentParser(
        prog='msmmu-firmware', description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    smmus = parser.add_mutually_exclusive_group().add_argument
    smmus('--smmu', action='append', metavar='PROPERTIES',
          help='an SMMU, may be repeated (default: three that differ)')
    smmus('--upstream', action='store_true',
          help="instead of --smmu: QEMU's machine virt with its own SMMUv3, "
          'and its device edu')
    add('--u-boot', choices=firmware.SUITES, metavar='SUITE',
        help="have that Debian suite's U-Boot start it: "
        + ', '.join(firmware.SUITES))
    add('--mistake', metavar='NAME',
        help='make this mistake on each SMMU that can have it, and see what it '
        'reports; "all" makes one after the other')
    add('--list-mistakes', action='store_true', help='name them, and end')
    add('--hold', action='store_true',
        help='do not power off; end it with Ctrl-C')
    add('--qmp', metavar='PATH', help="the emulator's monitor at a socket of "
        'this name, for msmmu-explain and others')
    add('--image', metavar='FILE', help='write the program there, and end')
    add('--qemu', default=str(DEFAULT_QEMU), metavar='PATH',
        help='the emulator (default: build/qemu-system-aarch64 beside this)')
    add('--machine', default='', metavar='M', help='machine and its options, '
        'as for -M: virt-msmmu,virtualization=on enters at EL2')
    add('--cpu', default='neoverse-n1',
        help='as for -cpu (default: neoverse-n1)')
    add('--mem', default='512M', help='as for -m, with --u-boot at '
        'least 256M (default: 512M)')
    add('--qemu-arg', action='append', default=[], metavar='ARG',
        help='one more argument for the emulator, may be repeated')
    add('--timeout', type=cli.positive, default=120.0, metavar='SECONDS',
        help='without --hold: how long it may take (default: 120)')
    add('--verbose', action='store_true', help='print the command line')
    return parser


def devices(arguments, folder):
    """Arguments for the SMMUs, and what is behind them."""
    if arguments.upstream:
        return list(bare_metal.EDU)
    ports = topology.parse_smmus(arguments.smmu or DEFAULT_SMMUS)
    return topology.device_arguments(ports, ('msmmu-engine',), folder)[0]


def command(arguments, image, folder):
    """The emulator's command line, without a console."""
    machine = arguments.machine or 'virt-msmmu'
    if arguments.upstream:
        machine = arguments.machine or bare_metal.UPSTREAM
    words = [f'mistake={arguments.mistake}'] if arguments.mistake else []
    words += ['hold=1'] if arguments.hold else []
    monitor = ['-qmp', f'unix:{arguments.qmp},server=on,wait=off']
    if arguments.u_boot:
        loader = firmware.arguments(f'u-boot:{arguments.u_boot}')
    else:
        loader = []
    return [arguments.qemu, '-nodefaults', '-no-user-config', '-display',
            'none', '-no-reboot', '-M', machine, '-cpu', arguments.cpu, '-m',
            arguments.mem, *loader, '-kernel', str(image), '-append',
            ' '.join(words), *devices(arguments, folder),
            *(monitor if arguments.qmp else []), *arguments.qemu_arg]


def hold(words):
    """--hold: its console is this terminal, until Ctrl-C."""
    return subprocess.run(words + ['-serial', 'mon:stdio'],
                          check=False).returncode


def run(arguments, image):
    """Run it, show what it prints, and tell the exit status."""
    with tempfile.TemporaryDirectory(prefix='msmmu-firmware.') as folder:
        words = command(arguments, image, folder)
        if arguments.verbose:
            msmmu_env.say(' '.join(words))
        missing = cli.check_emulator(arguments.qemu)
        if missing:
            raise msmmu_env.SetupError(missing)
        if arguments.hold:
            return hold(words)
        talk = bare_metal.boot_by_uboot if arguments.u_boot else None
        result = vm.Machine(words, 'firmware', arguments.timeout,
                            talk=talk).run()
    log = result.log.replace('\r', '')
    sys.stdout.write(log[max(log.find('TAP version'), 0):])
    sys.stdout.flush()
    if result.status in (vm.REFUSED, vm.CRASHED):
        raise msmmu_env.SetupError(result.describe())
    problem = bare_metal.tap_problem(log)
    if problem:
        print(f'msmmu-firmware: {result.reason or problem}', file=sys.stderr)
    return 1 if problem else 0


def main(words=None):
    """Run the tool; returns the exit status."""
    arguments = make_parser().parse_args(words)
    vm.install_signal_handlers()
    known = bare_metal.mistakes()
    if arguments.list_mistakes:
        print('\n'.join(known))
        return 0
    if arguments.mistake and arguments.mistake not in (*known, 'all'):
        print(f'msmmu-firmware: error: no mistake {arguments.mistake}; '
              '--list-mistakes names them', file=sys.stderr)
        return USAGE
    try:
        image = bare_metal.firmware().image
        if arguments.image:
            shutil.copyfile(image, arguments.image)
            return 0
        return run(arguments, image)
    except topology.TopologyError as error:
        print(f'msmmu-firmware: error: {error}', file=sys.stderr)
        return USAGE
    except (msmmu_env.SetupError, OSError) as error:
        print(f'msmmu-firmware: {error}', file=sys.stderr)
        return CANNOT_RUN
    except KeyboardInterrupt:
        vm.kill_all()
        return INTERRUPTED
