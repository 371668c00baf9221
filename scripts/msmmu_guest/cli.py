# SPDX-License-Identifier: GPL-2.0-or-later
"""msmmu-guest: any kernel behind any SMMUs."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

from . import DEFAULT_QEMU, expect, firmware, initramfs, kernels, loading, \
    report, survey, topology, vm

import msmmu_env

DEFAULT_SMMUS = ['granules=4k', 'granules=16k', 'granules=64k']

DESCRIPTION = """\
Boot arm64 kernels on the machine virt-msmmu and show, for each IOMMU group,
what the kernel makes of the SMMU that it is behind: the domain type, the page
sizes as VFIO reports them, and what a translated default domain does there.
"""

EPILOG = """\
kernels
  debian:6.1  debian:6.12-16k  debian:newest  debian:newest-16k
              a Debian kernel by its series and flavour (-16k: 16K pages),
              fetched once and kept in ${XDG_CACHE_HOME:-~/.cache}/msmmu
  own:7.3-4k  own:newest-64k
              a slim kernel that msmmu-kernel built, with IOMMUFD and with the
              kernel's own tests
  PATH        an Image that you built; drivers that are not built in (nvme,
              vfio-pci) come from --modules DIR, any folder with .ko files,
              such as a modules_install tree

SMMUs: one root complex each, in PCI segment 1, 2, ...
  granules=16k+64k,oas=40   properties of the instance; all are listed by
                            qemu-system-aarch64 -device msmmu-smmuv3,help
  none                      a root complex without an SMMU
  share=1                   a root complex on the instance of the first --smmu
  pcie.0:granules=4k        an instance on the machine's own bus, segment 0
  upstream                  QEMU's own arm-smmuv3 there

expectations: FACT=VALUE, FACT!=VALUE or FACT~REGEX, where FACT is
  booted  release  page_size  complaint  dma     of the kernel
  smmu2.pgsizes  smmu2.domain  smmu2.offers  smmu2.group  smmu2.translated

exit status, made for "git bisect run"
  0    everything expected was so (without --expect: the kernel booted, and
       the probe finished)
  1    it was not so; with kernels that panic or hang, too
  125  cannot test: no such kernel or Image, the emulator did not start or
       died, or the kernel said nothing at all
  129  a mistake in the command line (git bisect run stops at it)
  130  interrupted

environment
  XDG_CACHE_HOME   where msmmu/ with kernels and initramfs is kept (~/.cache)
  MSMMU_GUEST_CC   the cross compiler for the guest's probe
                   (aarch64-linux-gnu-gcc)
  NO_COLOR         no colour on a terminal

examples
  What do three SMMUs that differ look like to Linux 6.1?
    msmmu-guest --kernel debian:6.1 \\
                --smmu granules=4k --smmu granules=16k --smmu granules=64k
  Your own kernel, with real transfers, all logs kept:
    msmmu-guest --kernel ~/linux/arch/arm64/boot/Image --dma --keep-logs logs
  Which commit made a 64K-only SMMU work?
    git bisect run sh -c 'make -j8 Image || exit 125; msmmu-guest \\
        --kernel arch/arm64/boot/Image --smmu granules=64k \\
        --expect smmu1.translated!=works'
  A shell in the guest:
    msmmu-guest --kernel debian:newest --smmu granules=4k+64k --shell
  A DMA test engine to play with, and the monitor at a socket:
    msmmu-guest --smmu granules=4k --endpoint msmmu-engine --shell --qmp /tmp/q
    msmmu# engine read --iova 0xa0000000
"""


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes end with the status that stops a bisect."""

    def error(self, message):
        self.print_usage(sys.stderr)
        print(f'{self.prog}: error: {message}', file=sys.stderr)
        raise SystemExit(expect.USAGE)


def positive(text):
    """A number of seconds or of boots."""
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f'{text}: must be more than 0')
    return value


def checked_firmware(text):
    """A --firmware that can be understood."""
    try:
        firmware.parse(text)
    except firmware.FirmwareError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def make_parser():
    """All options."""
    parser = Parser(
        prog='msmmu-guest', description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--kernel', action='append', metavar='K',
        help='a kernel, may be repeated (default: debian:newest)')
    add('--modules', metavar='DIR', help='modules of a kernel given as PATH')
    add('--smmu', action='append', metavar='PROPERTIES',
        help='an SMMU, may be repeated (default: three, one per granule)')
    add('--endpoint', action='append', metavar='DEVICE',
        help='a device behind each SMMU, may be repeated: nvme, '
        'virtio-blk-pci, e1000e, msmmu-engine, any PCI device with its '
        'properties, where SEGMENT stands for the segment as 01, 02, and '
        'functions=N makes N functions of it (default: nvme)')
    add('--append', default='', metavar='TEXT',
        help='more for the kernel command line')
    add('--firmware', type=checked_firmware, default='dt', metavar='F',
        help='what tells the kernel of the hardware: dt, a device tree from '
        "the emulator; uefi, ACPI tables through Debian's AAVMF, which adds "
        'some seconds to each boot; uefi-dt, AAVMF with a device tree; '
        'u-boot, U-Boot with one. uefi:bookworm is the version of that suite, '
        'uefi:PATH an image of yours (default: dt)')
    add('--boot-from', choices=loading.WAYS, default='emulator',
        help='where the kernel comes from: the emulator; esp, an EFI system '
        'partition on an nvme on pcie.0, by systemd-boot; secure-esp, the '
        'same with secure boot, by shim and GRUB, for kernels that are '
        'signed, as Debian\'s are; disk, an ext2 partition on an nvme behind '
        'the first SMMU, for U-Boot (default: emulator)')
    add('--dma', action='store_true',
        help='also: transfers by all disks at once behind the SMMUs whose '
        'translated domains work')
    add('--no-translated', action='store_true',
        help='leave out the boots with translated default domains')
    add('--all-devices', action='store_true',
        help='show host bridges and other bridges, too')
    add('--expect', action='append', default=[], metavar='FACT=VALUE',
        help='must be so for exit status 0, may be repeated')
    add('--shell', action='store_true',
        help='an interactive guest instead of a report')
    add('--qmp', metavar='PATH', help='with --shell: the emulator\'s monitor '
        'at a socket of this name, for msmmu-explain and others')
    add('--json', metavar='FILE', help='write all results; - is stdout, with '
        'progress and tables on stderr')
    add('--keep-logs', metavar='DIR', help="keep each boot's console log")
    add('--timeout', type=positive, default=120.0, metavar='SECONDS',
        help='for each boot (default: 120)')
    add('--jobs', type=positive, default=os.cpu_count() or 1, metavar='N',
        help='boots at a time (default: one per processor)')
    add('--qemu', default=str(DEFAULT_QEMU), metavar='PATH',
        help='the emulator (default: build/qemu-system-aarch64 beside this)')
    add('--machine', default='virt-msmmu', metavar='M',
        help='machine and its options, as for -M (default: virt-msmmu)')
    add('--cpu', default='neoverse-n1',
        help='as for -cpu (default: neoverse-n1, which has all page sizes)')
    add('--smp', default='1', help='as for -smp (default: 1)')
    add('--mem', default='512M', help='as for -m (default: 512M)')
    add('--qemu-arg', action='append', default=[], metavar='ARG',
        help='one more argument for the emulator, may be repeated: '
        '--qemu-arg=-device --qemu-arg=edu,bus=rc1')
    add('--verbose', action='store_true',
        help="print each boot's command line")
    return parser


def options_from(arguments):
    """survey.Options of the command line."""
    return survey.Options(
        qemu=arguments.qemu, machine=arguments.machine, cpu=arguments.cpu,
        smp=arguments.smp, mem=arguments.mem, append=arguments.append,
        firmware=arguments.firmware, boot_from=arguments.boot_from,
        timeout=arguments.timeout,
        endpoints=tuple(arguments.endpoint or ['nvme']),
        qemu_args=tuple(arguments.qemu_arg),
        keep_logs=arguments.keep_logs or '', jobs=int(arguments.jobs))


def check_emulator(path):
    """A message when the emulator is not there, '' when it is."""
    if shutil.which(path):
        return ''
    return (f'{path}: no emulator there; build it with "make", or say '
            '--qemu PATH')


def monitor(path):
    """--qmp: the arguments for a monitor at a socket."""
    return ['-qmp', f'unix:{path},server=on,wait=off'] if path else []


def shell(arguments, ports):
    """--shell: the guest's console is this terminal."""
    kernel = kernels.get(arguments.kernel[0], arguments.modules)
    options = options_from(arguments)
    with tempfile.TemporaryDirectory(prefix='msmmu-guest.') as folder:
        devices, _ = topology.device_arguments(ports, options.endpoints,
                                               folder)
        append = ' '.join(filter(None, (
            survey.APPEND, 'msmmu.jobs=survey,shell iommu.passthrough=1',
            arguments.append)))
        command = [options.qemu, *topology.machine_arguments(options, ports),
                   *devices, *loading.arguments(
                       options, kernel.image,
                       initramfs.build(kernel, shell=True), append, folder,
                       ports[0].bus), '-serial', 'mon:stdio',
                   *monitor(arguments.qmp), *options.qemu_args]
        if arguments.verbose:
            msmmu_env.say(' '.join(map(str, command)))
        if firmware.parse(options.firmware).kind == 'u-boot':
            msmmu_env.say('msmmu: a key stops U-Boot at its prompt; without '
                          'one it boots Linux (Ctrl-A X ends the machine)')
        return subprocess.run(command, check=False).returncode


def run_report(arguments, ports, expectations):
    """The main use: boots, tables, JSON, exit status."""
    statuses, output, reasons = [], [], []
    bench = survey.Bench(options_from(arguments))
    try:
        runs = survey.run_all(
            bench, arguments.kernel, ports, modules=arguments.modules,
            translated=not arguments.no_translated, dma=arguments.dma)
        for run in runs:
            if isinstance(run, kernels.KernelError):
                print(f'msmmu-guest: {run}', file=sys.stderr)
                statuses.append(expect.CANNOT_TEST)
                output.append({'error': str(run)})
                continue
            if arguments.verbose:
                for result in run.results():
                    msmmu_env.say('msmmu: ' + ' '.join(result.command))
            print('\n'.join(report.kernel_lines(run, arguments.all_devices)),
                  flush=True)
            status, why = expect.judge(run, expectations)
            statuses.append(status)
            reasons += [f'{run.kernel.name}: {line}' for line in why]
            output.append(dict(report.as_json(run), facts=expect.facts(run),
                               status=status))
    finally:
        bench.close()
    status = expect.worst(statuses)
    if reasons:
        print('\n' + '\n'.join(reasons))
    return status, {'format': 1, 'emulator': arguments.qemu,
                    'kernels': output, 'status': status}


def write_json(path, content, stdout):
    """--json FILE."""
    text = json.dumps(content, indent=1) + '\n'
    if path == '-':
        stdout.write(text)
        return
    with open(path, 'w', encoding='utf-8') as handle:
        handle.write(text)


def main(words=None):
    """Run the tool; returns the exit status."""
    words = sys.argv[1:] if words is None else words
    if words[:1] == ['matrix']:
        # The lab stands on this module.
        from .lab import cli as lab
        return lab.main(words[1:])
    arguments = make_parser().parse_args(words)
    arguments.kernel = arguments.kernel or ['debian:newest']
    vm.install_signal_handlers()
    stdout = sys.stdout
    if arguments.json == '-':
        sys.stdout = sys.stderr
    try:
        ports = topology.parse_smmus(arguments.smmu or DEFAULT_SMMUS)
        expectations = [expect.parse(text) for text in arguments.expect]
        loading.check(arguments)
        kernels.check_modules(arguments.kernel, arguments.modules)
    except msmmu_env.SetupError as error:
        print(f'msmmu-guest: error: {error}', file=sys.stderr)
        return expect.USAGE
    if arguments.qmp and not arguments.shell:
        print('msmmu-guest: error: --qmp needs --shell', file=sys.stderr)
        return expect.USAGE
    try:
        missing = check_emulator(arguments.qemu)
        if missing:
            raise msmmu_env.SetupError(missing)
        if arguments.shell:
            return shell(arguments, ports)
        status, content = run_report(arguments, ports, expectations)
        if arguments.json:
            write_json(arguments.json, content, stdout)
        return status
    except (msmmu_env.SetupError, OSError) as error:
        print(f'msmmu-guest: {error}', file=sys.stderr)
        return expect.CANNOT_TEST
    except KeyboardInterrupt:
        vm.kill_all()
        print('msmmu-guest: interrupted', file=sys.stderr)
        return 130
