# SPDX-License-Identifier: GPL-2.0-or-later
"""msmmu-demo: three kernels behind three SMMUs that differ, and real DMA."""

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
SMMUS = ('granules=4k', 'granules=16k', 'granules=64k')
PICTURE = """
  machine virt-msmmu: a root complex, an SMMU and an ITS for each PCI segment

    segment 0001        segment 0002        segment 0003
    smmu1: 4K           smmu2: 16K          smmu3: 64K
    nvme at 00:01.0     nvme at 00:01.0     nvme at 00:01.0
"""


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
    text = (f'Shown: Linux {", ".join(releases)} behind {len(SMMUS)} SMMUs '
            f'that differ, page sizes of {groups} IOMMU groups')
    for run in runs:
        records = good_transfers(run)
        if records:
            names = sorted(next(port.smmu for port in run.ports
                          if port.segment == segment_of(record))
                     for record in records)
            text += (f'; {report.size_name(records[0]["bytes"])} of DMA '
                     f'verified through translated domains of '
                     f'{" and ".join(names)} at once')
    return f'{text} ({seconds:.0f} s).'


def make_parser():
    """All options."""
    parser = cli.Parser(
        prog='msmmu-demo', description='Boot Linux 6.1, 6.12 (16K pages) and '
        "the newest of Debian's behind three SMMUs: 4K, 16K and 64K. Shows "
        'what each kernel makes of them, then real DMA behind two of them. '
        'For kernels and SMMUs of your own, see msmmu-guest --help.')
    parser.add_argument('--qemu', default=str(DEFAULT_QEMU), metavar='PATH',
                        help='the emulator')
    parser.add_argument('--keep-logs', metavar='DIR',
                        help='console logs (default: demo-logs beside the '
                        'emulator)')
    parser.add_argument('--json', metavar='FILE', help='write all results')
    parser.add_argument('--timeout', type=cli.positive, default=180.0,
                        metavar='SECONDS', help='for each boot (default: 180)')
    parser.add_argument('--machine', default='virt-msmmu',
                        help=argparse.SUPPRESS)
    return parser


def run_demo(arguments, logs):
    """(runs, what was missing, JSON)"""
    bench = survey.Bench(survey.Options(
        qemu=arguments.qemu, machine=arguments.machine, keep_logs=str(logs),
        timeout=arguments.timeout, jobs=os.cpu_count() or 1))
    runs, missing, output = [], [], []
    try:
        for run in survey.run_all(bench, KERNELS,
                                  topology.parse_smmus(SMMUS),
                                  dma=(DMA_KERNEL,)):
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


def logs_folder(qemu):
    """Beside the emulator in a build directory, else in the cache."""
    folder = pathlib.Path(qemu).absolute().parent
    if not (folder / 'Makefile').exists():
        folder = msmmu_env.cache_dir()
    return folder / 'demo-logs'


def main(words=None):
    """Run the demo; returns the exit status."""
    arguments = make_parser().parse_args(words)
    vm.install_signal_handlers()
    began = time.monotonic()
    logs = pathlib.Path(arguments.keep_logs or logs_folder(arguments.qemu))
    try:
        problem = cli.check_emulator(arguments.qemu)
        if problem:
            raise msmmu_env.SetupError(problem)
        print(PICTURE, flush=True)
        runs, missing, content = run_demo(arguments, logs)
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
              f'scripts/msmmu-guest --qemu {arguments.qemu} --kernel '
              f'{KERNELS[0]}')
    else:
        print('Yours next: scripts/msmmu-guest --help')
    print(report.colour(summary(runs, time.monotonic() - began),
                        'bad' if missing else 'good'))
    return 1 if missing else 0
