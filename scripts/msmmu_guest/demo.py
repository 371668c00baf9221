# SPDX-License-Identifier: GPL-2.0-or-later
"""msmmu-demo: three kernels behind SMMUs that differ, and real DMA."""

import argparse
import os
import pathlib
import re
import sys
import time

from . import DEFAULT_QEMU, cli, expect, kernels, report, survey, topology, vm

import msmmu_env

KERNELS = ('debian:6.1', 'debian:6.12-16k', 'debian:newest')
DMA_KERNEL = 'debian:6.12-16k'
SMMUS = ('granules=4k', 'granules=16k', 'granules=64k',
         'granules=4k+16k', 'granules=4k+64k', 'granules=16k+64k',
         'granules=4k+16k+64k', 'granules=4k,oas=40',
         'granules=4k+16k,stage=2', 'granules=4k+64k,oas=44')
COUNTS = (3, 10)
# With more, those that should work are tried in one boot.
ALONE = 3
COLUMN = 20
TITLE = ('machine virt-msmmu: a root complex, an SMMU and an ITS for each PCI '
         'segment')


def picture(ports):
    """The machine, with its root complexes side by side."""
    lines = ['', f'  {TITLE}']
    cells = [(f'segment {port.segment:04x}',
              ', '.join([f'{port.smmu}: {port.offers()}',
                         *port.properties.split(',')[1:2]]),
              'nvme at 00:01.0') for port in ports]
    for start in range(0, len(cells), 4):
        lines.append('')
        for row in zip(*cells[start:start + 4]):
            lines.append('    ' + ''.join(
                f'{text:<{COLUMN}}' if len(cells) < 4 else
                f'{text:<{COLUMN + 6}}' for text in row).rstrip())
    return '\n'.join(lines) + '\n'


def shortcomings(run):
    """What should have been shown of a kernel and was not, as lines."""
    if run.survey.status != vm.DONE:
        return [f'{run.kernel.name} did not boot: {run.survey.describe()}']
    missing = []
    rows = [row for row in run.rows() if row['smmu']]
    for port in run.ports:
        here = [row for row in rows if row['smmu'] == port.smmu]
        if not any(row['pgsizes'] for row in here):
            missing.append(f'{run.kernel.name}: no page sizes for '
                           f'{port.smmu}')
        if not run.outcome(port):
            missing.append(f'{run.kernel.name}: nothing known of a '
                           f'translated domain on {port.smmu}')
    if run.want_dma:
        missing += transfer_shortcomings(run)
    return missing


def transfer_shortcomings(run):
    """The same of the DMA part."""
    verified = good_transfers(run)
    if len({segment_of(record) for record in verified}) >= 2:
        return []
    if not run.transfers:
        return [f'{run.kernel.name}: no SMMU carried transfers through a '
                'translated domain']
    return [f'{run.kernel.name}: transfers behind two SMMUs were to be '
            f'verified, {len(verified)} were: {run.transfers.describe()}']


def segment_of(record):
    """The PCI segment of a record's device."""
    return int(record['bdf'].split(':')[0], 16)


def good_transfers(run):
    """The records of transfers that were verified on both sides."""
    if not run.transfers:
        return []
    return [record for record in run.transfers.of_kind('dma')
            if record['result'] == 'verified' and
            record.get('file') == 'own data only' and
            record['interrupts_after'] > record['interrupts_before']]


def summary(runs, seconds):
    """The last line: what was shown."""
    groups = sum(1 for run in runs for row in run.rows()
                 if row['smmu'] and row['pgsizes'])
    releases = [re.match(r'\d+\.\d+', run.start_record()['release']).group()
                for run in runs if run.start_record()]
    if not groups:
        return f'Shown: nothing ({seconds:.0f} s).'
    text = (f'Shown: Linux {", ".join(releases)} behind {len(runs[0].ports)} '
            f'SMMUs that differ, page sizes of {groups} IOMMU groups')
    for run in runs:
        records = good_transfers(run)
        if records:
            names = sorted(next(port.smmu for port in run.ports
                          if port.segment == segment_of(record))
                     for record in records)
            who = ' and '.join(names) if len(names) < 4 else \
                f'{len(names)} of them'
            text += (f'; {report.size_name(records[0]["bytes"])} of DMA '
                     f'verified through translated domains of {who} at once')
    return f'{text} ({seconds:.0f} s).'


def make_parser():
    """All options."""
    parser = cli.Parser(
        prog='msmmu-demo', description='Boot Linux 6.1, 6.12 (16K pages) and '
        "the newest of Debian's behind three SMMUs, 4K, 16K and 64K, or behind "
        'ten. Shows what each kernel makes of them, then real DMA behind '
        'those that carry it. '
        'For kernels and SMMUs of your own, see msmmu-guest --help.')
    parser.add_argument('--qemu', default=str(DEFAULT_QEMU), metavar='PATH',
                        help='the emulator')
    parser.add_argument('--firmware', type=cli.checked_firmware,
                        default='dt', metavar='F',
                        help='what tells the kernels of the hardware, as for '
                        'msmmu-guest: dt, uefi, uefi-dt or u-boot')
    parser.add_argument('--instances', type=int, choices=COUNTS, default=3,
                        help='how many SMMUs (default: 3)')
    parser.add_argument('--keep-logs', metavar='DIR',
                        help='console logs (default: demo-logs, or '
                        'demo-logs-FIRMWARE-INSTANCES, beside the emulator)')
    parser.add_argument('--json', metavar='FILE', help='write all results')
    parser.add_argument('--timeout', type=cli.positive, default=180.0,
                        metavar='SECONDS', help='for each boot (default: 180)')
    parser.add_argument('--machine', default='virt-msmmu',
                        help=argparse.SUPPRESS)
    return parser


def run_demo(arguments, ports, logs):
    """(runs, what was missing, JSON)"""
    bench = survey.Bench(survey.Options(
        qemu=arguments.qemu, machine=arguments.machine, keep_logs=str(logs),
        firmware=arguments.firmware, timeout=arguments.timeout,
        mem='512M' if len(ports) <= ALONE else '1G',
        jobs=os.cpu_count() or 1))
    runs, missing, output = [], [], []
    try:
        for run in survey.run_all(bench, KERNELS, ports, dma=(DMA_KERNEL,),
                                  together=len(ports) > ALONE):
            if isinstance(run, kernels.KernelError):
                missing.append(str(run))
                continue
            runs.append(run)
            missing += shortcomings(run)
            output.append(dict(report.as_json(run), facts=expect.facts(run)))
    finally:
        bench.close()
    return runs, missing, {'format': 1, 'emulator': arguments.qemu,
                           'kernels': output}


def logs_folder(arguments):
    """Beside the emulator in a build directory, else in the cache."""
    folder = pathlib.Path(arguments.qemu).absolute().parent
    if not (folder / 'Makefile').exists():
        folder = msmmu_env.cache_dir()
    if (arguments.firmware, arguments.instances) == ('dt', 3):
        return folder / 'demo-logs'
    kind = arguments.firmware.partition(':')[0]
    return folder / f'demo-logs-{kind}-{arguments.instances}'


def main(words=None):
    """Run the demo; returns the exit status."""
    arguments = make_parser().parse_args(words)
    vm.install_signal_handlers()
    began = time.monotonic()
    logs = pathlib.Path(arguments.keep_logs or logs_folder(arguments))
    ports = topology.parse_smmus(SMMUS[:arguments.instances])
    try:
        problem = cli.check_emulator(arguments.qemu)
        if problem:
            raise msmmu_env.SetupError(problem)
        print(picture(ports), flush=True)
        runs, missing, content = run_demo(arguments, ports, logs)
        if arguments.json:
            cli.write_json(arguments.json, content, sys.stdout)
    except (msmmu_env.SetupError, OSError) as error:
        print(f'msmmu-demo: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        vm.kill_all()
        print('msmmu-demo: interrupted', file=sys.stderr)
        return 130
    for run in runs:
        print('\n'.join(report.kernel_lines(run)))
    print()
    if missing:
        print('\n'.join(f'Not shown: {line}' for line in missing))
        print(f'Each boot\'s console is in {logs}; one kernel alone: '
              f'scripts/msmmu-guest --qemu {arguments.qemu} --firmware '
              f'{arguments.firmware} --kernel {KERNELS[0]}')
    else:
        print('Yours next: scripts/msmmu-guest --help')
    print(report.colour(summary(runs, time.monotonic() - began),
                        'bad' if missing else 'good'))
    return 1 if missing else 0
