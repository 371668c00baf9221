# SPDX-License-Identifier: GPL-2.0-or-later
"""msmmu-engine-demo: a Linux guest drives DMA test engines behind SMMUs."""

import pathlib
import re
import shlex
import sys
import time

from . import cli, demo, events, kernels, report, survey, topology, vm

import msmmu_env

SMMUS = ('granules=4k', 'granules=16k', 'granules=64k')
ENDPOINTS = ('msmmu-engine,functions=2', 'msmmu-engine')
DESCRIPTION = """\
Boot Linux behind three SMMUs, 4K, 16K and 64K, with DMA test engines behind
each, which a program of the guest drives through VFIO: every operation with
every pattern, compared with what the processor computes; then transactions
that must fault, with what the engine and the kernel say of each.
"""
EPILOG = """\
examples
  scripts/msmmu-engine-demo
  Single operations in place of all; "engine --help" in the guest lists them:
    scripts/msmmu-engine-demo --run "copy --size 1M" \\
        --run "read --iova 0xa0000000 --function 0002:00:01.0"
  A shell in the guest, where "engine copy --size 1M" does it:
    scripts/msmmu-engine-demo --shell
  The same with an SMMU of your own, and the monitor at a socket:
    scripts/msmmu-engine-demo --smmu granules=4k,stage=2 --shell --qmp /tmp/q

exit status: 0 if all data were right and each fault was recorded once, as it
happened; with --run, if each operation could be made, whatever came of it.
"""


def make_parser():
    """All options."""
    parser = cli.Parser(prog='msmmu-engine-demo', description=DESCRIPTION,
                        epilog=EPILOG,
                        formatter_class=cli.argparse.
                        RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--kernel', default='debian:newest', metavar='K',
        help='as for msmmu-guest (default: debian:newest)')
    add('--modules', metavar='DIR', help='modules of a kernel given as PATH')
    add('--smmu', action='append', metavar='PROPERTIES',
        help='as for msmmu-guest, may be repeated (default: three)')
    add('--run', action='append', metavar='COMMAND',
        help='an operation and its options, may be repeated')
    add('--shell', action='store_true', help='an interactive guest')
    add('--qmp', metavar='PATH',
        help="with --shell: the emulator's monitor at a socket")
    add('--json', metavar='FILE', help='write all records')
    add('--keep-logs', metavar='DIR', help='console logs (default: demo-logs '
        'beside the emulator)')
    add('--timeout', type=cli.positive, default=180.0, metavar='SECONDS',
        help='for the boot (default: 180)')
    add('--qemu', default=str(cli.DEFAULT_QEMU), metavar='PATH',
        help='the emulator')
    add('--cpu', default='max,pauth-impdef=on', help=cli.argparse.SUPPRESS)
    return parser


# ---- What the guest did ----

def places(result, ports):
    """{bdf: SMMU} of the engines."""
    names = {port.segment: port.smmu for port in ports}
    return {record['bdf']: names.get(demo.segment_of(record), '')
            for record in result.of_kind('engine')}


def pattern_rows(result, smmus):
    """A row for each SMMU, page size and operation."""
    groups = {}
    for record in result.of_kind('pattern'):
        groups.setdefault((record['bdf'], record['page'],
                           record['operation']), []).append(record)
    for (bdf, page, operation), records in groups.items():
        waits = {wait: sum(record['wait'] == wait for record in records)
                 for wait in ('MSI-X', 'poll')}
        bad = [record for record in records
               if record['result'] != 'verified']
        yield (smmus.get(bdf, ''), bdf, page, operation,
               ' '.join(dict.fromkeys(record['pattern']
                                      for record in records)),
               sum(record['bytes'] for record in records),
               sum(record['transactions'] for record in records),
               ' '.join(f'{count} {wait}' for wait, count in waits.items()
                        if count),
               f'{bad[0]["what"]}: {bad[0]["error"]}' if bad else 'verified')


def fault_rows(result, smmus, ports):
    """A row for each transaction that faulted, with the kernel's event."""
    queues = {port.segment: events.of_segment(result, port.segment,
                                              port.sid_base)
              for port in ports}
    for record in result.of_kind('fault'):
        queue = queues.get(demo.segment_of(record), [])
        # Where it ended well, there is no event of it.
        event = queue.pop(0) if queue and record['status'] == 'aborted' \
            else None
        yield (smmus.get(record['bdf'], ''), record['bdf'], record['what'],
               record['status'] +
               (f' at {record["fault"]}' if record['failed'] else '') +
               (', goes on' if record['after'] == 'ok' else ', is stuck'),
               event.describe() if event else 'nothing')


def shortcomings(result, ports):
    """What went otherwise, as lines."""
    missing = []
    if result.status != vm.DONE:
        missing.append(f'{result.status}: {result.describe()}')
    missing += [f'{record["what"]}: {record["text"]}'
                for record in result.of_kind('error')]
    missing += [f'{record["bdf"]}: {record["what"]}: {record["error"]}'
                for kind in ('pattern', 'ring')
                for record in result.of_kind(kind)
                if record['result'] != 'verified']
    for port in ports:
        faults = [record for record in result.of_kind('fault')
                  if demo.segment_of(record) == port.segment]
        found = events.of_segment(result, port.segment, port.sid_base)
        told = [(record['requester'], int(record['fault'], 0))
                for record in faults if record['status'] == 'aborted']
        heard = [(event.stream & 0xffff, event.iova) for event in found
                 if not event.problem()]
        if not told or told != heard:
            missing.append(f'{port.smmu or port.bus}: the engine tells of '
                           f'{len(told)} faults, the kernel of {len(heard)}')
    return missing


def interrupt_lines(result, smmus):
    """Why some engines were polled."""
    reasons = {}
    for record in result.of_kind('engine'):
        if record['interrupts'] != 'MSI-X':
            reasons.setdefault(record['interrupts'], set()).add(
                smmus[record['bdf']])
    return [f'  Note: no MSI-X behind {", ".join(sorted(names))}: {reason}. '
            'Linux maps what MSIs are written to in its own page size.'
            for reason, names in reasons.items()]


def tables(result, ports):
    """All tables, as lines."""
    smmus = places(result, ports)
    lines = ['', report.colour('Operations, in the smallest pages of each '
                               'SMMU and in larger ones', 'head')]
    lines += report.table(
        ('SMMU', 'engine', 'pages', 'operation', 'patterns', 'bytes',
         'transactions', 'waited for', 'data'), pattern_rows(result, smmus))
    lines += interrupt_lines(result, smmus)
    lines += ['', report.colour('Rings', 'head')]
    lines += report.table(('SMMU', 'engine', 'what', 'result'), (
        (smmus.get(record['bdf'], ''), record['bdf'], record['what'],
         record.get('error', 'verified')) for record
        in result.of_kind('ring')))
    lines += ['', report.colour('Faults', 'head')]
    return lines + report.table(
        ('SMMU', 'engine', 'what', 'the engine says', 'the kernel says'),
        fault_rows(result, smmus, ports), width=190)


def tool_lines(result):
    """What single operations printed."""
    for record in result.records:
        if record['kind'] == 'tool':
            yield ''
            yield report.colour('engine ' + record['command'].replace(
                ',', ' '), 'head')
        elif record['kind'] == 'line':
            yield '  ' + record['text']
        elif record['kind'] == 'exit' and record['status']:
            yield f'  (exit status {record["status"]})'


def tool_shortcomings(result, count):
    """--run: operations that were not made."""
    statuses = [record['status'] for record in result.of_kind('exit')]
    if result.status != vm.DONE:
        return [f'{result.status}: {result.describe()}']
    bad = [status for status in statuses if status not in (0, 1)]
    if len(statuses) != count or bad:
        return [f'{len(statuses) - len(bad)} of {count} operations were made']
    return []


def tool_option(commands):
    """The commands on the kernel's command line, which has no spaces."""
    for command in commands:
        if re.search(r'[,;"]', command):
            raise topology.TopologyError(
                f'--run {command}: commas, semicolons and quotes cannot be '
                'given')
    return 'msmmu.tool=' + ';'.join(','.join(shlex.split(command))
                                    for command in commands)


# ---- The program ----

def run(arguments, ports, logs):
    """Boot, show; the exit status."""
    began = time.monotonic()
    bench = survey.Bench(survey.Options(
        qemu=arguments.qemu, cpu=arguments.cpu, mem='1G',
        timeout=arguments.timeout, endpoints=ENDPOINTS, keep_logs=str(logs),
        jobs=1))
    jobs, append = 'engine,survey', 'iommu.passthrough=1'
    if arguments.run:
        jobs = 'tool,survey'
        append += ' ' + tool_option(arguments.run)
    try:
        bench.try_emulator(ports)
        kernel = kernels.get(arguments.kernel, arguments.modules)
        result = bench.boot(kernel, ports, 'DMA engines', jobs, append)
    finally:
        bench.close()
    if arguments.run:
        print('\n'.join(tool_lines(result)))
        missing = tool_shortcomings(result, len(arguments.run))
    else:
        print('\n'.join(tables(result, ports)))
        missing = shortcomings(result, ports)
    if arguments.json:
        cli.write_json(arguments.json, {'format': 1,
                                        'records': result.records},
                       sys.stdout)
    print()
    if missing:
        print('\n'.join(f'Not as it must be: {line}' for line in missing))
        print(f'The console is in {logs}.')
    else:
        print('By hand: scripts/msmmu-engine-demo --shell, and there '
              '"engine --help"')
    start = (result.of_kind('start') or [{'release': '?'}])[0]
    verified = sum(record['bytes'] for record in result.of_kind('pattern')
                   if record['result'] == 'verified')
    print(report.colour(
        f'Linux {start["release"]}, {len(ports)} SMMUs: {verified} bytes '
        f'verified, {len(result.of_kind("fault"))} faults '
        f'({time.monotonic() - began:.0f} s).' if not arguments.run else
        f'Linux {start["release"]} ({time.monotonic() - began:.0f} s).',
        'bad' if missing else 'good'))
    return 1 if missing else 0


def run_shell(arguments, smmus):
    """--shell is that of msmmu-guest, with engines."""
    words = ['--shell', '--qemu', arguments.qemu, '--kernel',
             arguments.kernel, '--cpu', arguments.cpu, '--mem', '1G']
    for smmu in smmus:
        words += ['--smmu', smmu]
    for endpoint in ENDPOINTS:
        words += ['--endpoint', endpoint]
    for name in ('modules', 'qmp'):
        if getattr(arguments, name):
            words += [f'--{name}', getattr(arguments, name)]
    return cli.main(words)


def main(words=None):
    """Run the demo; returns the exit status."""
    arguments = make_parser().parse_args(words)
    smmus = arguments.smmu or SMMUS
    if arguments.shell:
        return run_shell(arguments, smmus)
    vm.install_signal_handlers()
    logs = pathlib.Path(arguments.keep_logs or
                        demo.logs_folder(arguments.qemu))
    try:
        problem = cli.check_emulator(arguments.qemu)
        if problem:
            raise msmmu_env.SetupError(problem)
        return run(arguments, topology.parse_smmus(smmus), logs)
    except (msmmu_env.SetupError, OSError) as error:
        print(f'msmmu-engine-demo: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        vm.kill_all()
        print('msmmu-engine-demo: interrupted', file=sys.stderr)
        return 130
