# SPDX-License-Identifier: GPL-2.0-or-later
"""msmmu-guest matrix: the lab's command line."""

import argparse
import os
import pathlib
import signal
import sys

from .. import DEFAULT_QEMU, SOURCE_DIR, cli, expect, report, survey, vm
from . import cases, compare, merge, model, progress, report_html, \
    report_junit, report_ktap, report_text, run, sets

import msmmu_env

INTERRUPTED = 130
DESCRIPTION = """\
Boot many kernels behind many sets of SMMUs, and tell for each IOMMU group
which page sizes the kernel claims, at each step, and which it used. Without
options: Debian's kernels from 6.1 to the newest, all sets of SMMUs, and all
types of default domains, described by a device tree; ACPI, hotplugged devices
and huge pages in some.
"""

EPILOG = """\
what there is
  kernels      {kernels}
               (these by default), any name that msmmu-guest --kernel takes,
               and own:SERIES-4k, own:SERIES-16k, own:SERIES-64k, which
               scripts/msmmu-kernel builds of Debian's sources
  sets         {sets}
  domains      {domains}: what default domains are to be
  firmwares    {firmwares}
  kinds        {kinds}

  Not by default, but with --full: every set and domain by ACPI, too (the
  default has {mixed} with identity, and uniform with the others). Naming sets,
  domains, firmwares or kinds chooses from every combination, of the kind
  "domains" unless --kind says otherwise.

outcomes
  pass     all claims are true
  known    some are not, as a known defect of that kernel has it
  fail     some are not, and nothing says that they should not be
  fixed    a known defect did not show
  not-run  it could not be tried: the reason says why

output folder
  report.json  report.ktap  report.xml (JUnit)  report.html  logs/ID.log
  evidence/ID.json: what else remains of each boot, for --resume

exit status
  0    nothing unexpected: pass, known, not-run
  1    something unexpected: fail, fixed; with --compare: something changed
  125  cannot test: no such kernel, no emulator, no case that could be run
  129  a mistake in the command line
  130  interrupted; the reports have what was done until then

examples
  Only two kernels, behind one set:
    msmmu-guest matrix --kernel debian:6.1 --kernel debian:newest \\
        --set 4k+16k+64k
  One case again, as the reports name it:
    msmmu-guest matrix --only '^debian:6.1/domains/4k\\+64k/strict/dt$'
  On four machines, put together afterwards:
    msmmu-guest matrix --shard 1/4 --output one        (... 2/4, 3/4, 4/4)
    msmmu-guest matrix --merge one/report.json two/report.json ... \\
        --output all
  What changed between two runs:
    msmmu-guest matrix --compare old/report.json build/lab/report.json
  What changed between two kernels:
    msmmu-guest matrix --compare build/lab/report.json:debian:6.1 \\
        build/lab/report.json:debian:newest
  Your own kernel, and where a bitmap changed:
    git bisect run sh -c 'make -j8 Image || exit 125; msmmu-guest matrix \\
        --kernel arch/arm64/boot/Image --set 4k+64k --domain identity'
"""


def make_parser():
    """All options."""
    parser = cli.Parser(
        prog='msmmu-guest matrix', description=DESCRIPTION,
        epilog=EPILOG.format(
            kernels=' '.join(cases.DEBIAN), sets=' '.join(sets.ALL),
            domains=' '.join(model.DOMAINS), kinds=' '.join(cases.KINDS),
            firmwares=' '.join(model.FIRMWARES), mixed=cases.MIXED),
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    for name, what in (('kernel', 'a kernel'), ('set', 'a set of SMMUs'),
                       ('domain', 'a type of default domains'),
                       ('firmware', 'what describes the machine'),
                       ('kind', 'a kind of cases')):
        add(f'--{name}', action='append', default=[],
            metavar=name[0].upper() if name == 'kernel' else 'NAME',
            help=f'{what}, may be repeated')
    add('--modules', metavar='DIR', help='modules of kernels given as PATH')
    add('--kernel-build', metavar='DIR', help='the tree that a kernel given '
        'as PATH was built in, for the test module; that of '
        'DIR/arch/arm64/boot/Image is found by itself')
    add('--only', metavar='REGEX', default='',
        help='cases whose id has it')
    add('--full', action='store_true',
        help='what make check-lab runs: more combinations, below')
    add('--list', action='store_true',
        help='print the ids of the chosen cases, boot nothing')
    add('--shard', metavar='I/N', default='1/1',
        help='the part I of N of the chosen cases')
    add('--tap', action='store_true',
        help='print a line of TAP (Test Anything Protocol) for each case')
    add('--resume', action='store_true',
        help='keep what the output folder has of boots that would be the same')
    add('--judge', action='store_true',
        help='boot nothing: judge again what the output folder has')
    add('--output', metavar='DIR', default='',
        help='where the reports go (default: build/lab)')
    add('--jobs', type=cli.positive, default=os.cpu_count() or 1,
        metavar='N', help='boots at a time (default: one per processor)')
    add('--timeout', type=cli.positive, default=180.0, metavar='SECONDS',
        help='for each boot (default: 180)')
    add('--qemu', default=str(DEFAULT_QEMU), metavar='PATH',
        help='the emulator (default: build/qemu-system-aarch64 beside this)')
    add('--merge', nargs='+', metavar='REPORT.json',
        help='put the results of shards together; boots nothing')
    add('--compare', nargs=2, metavar='REPORT.json[:KERNEL]',
        help='what changed from the first to the second, or from one kernel '
             'to another; boots nothing')
    return parser


def output_folder(arguments):
    """--output."""
    return pathlib.Path(arguments.output or SOURCE_DIR / 'build' / 'lab')


def write_reports(result, folder):
    """Every format; report.json first, from which the others can be made."""
    writers = {'report.json': lambda: result.to_json(),
               'report.ktap': lambda: report_ktap.text(result),
               'report.xml': lambda: report_junit.text(result),
               'report.html': lambda: report_html.text(result, folder)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in writers.items():
        temporary = folder / f'.{name}.new'
        temporary.write_text(text(), encoding='utf-8')
        temporary.replace(folder / name)


def summary(result, folder):
    """The last lines: sums, and where to look."""
    sums = ', '.join(f'{result.count(outcome)} {outcome}'
                     for outcome in model.OUTCOMES if result.count(outcome))
    seconds = result.seconds
    took = f'{seconds:.0f} s' if seconds < 120 else f'{seconds / 60:.1f} min'
    good = not result.unexpected()
    yield report.colour(f'{len(result.results)} cases: {sums} ({took})',
                        'good' if good else 'bad')
    page = folder / 'report.html'
    yield f'Report: {page if page.is_file() else folder / "report.json"}'


def status_of(result, interrupted=False):
    """The exit status."""
    if interrupted:
        return INTERRUPTED
    if result.unexpected():
        return expect.BAD
    if any(kernel.error for kernel in result.kernels) or \
            result.count(model.NOT_RUN) == len(result.results):
        return expect.CANNOT_TEST
    return expect.GOOD


def finish(result, folder, interrupted=False, tap=False):
    """Reports, the summary, the exit status."""
    write_reports(result, folder)
    lines = [*report_text.lines(result, str(folder)), '',
             *summary(result, folder)]
    print('\n'.join(f'# {line}'.rstrip() if tap else line for line in lines),
          flush=True)
    return status_of(result, interrupted)


def read(path):
    """A LabResult from a file."""
    try:
        return model.from_json(pathlib.Path(path).read_text('utf-8'))
    except (OSError, ValueError) as error:
        raise msmmu_env.SetupError(f'{path}: {error}') from error


def run_compare(paths):
    """--compare."""
    try:
        lines, status = compare.run(paths)
    except ValueError as error:
        raise msmmu_env.SetupError(str(error)) from error
    print('\n'.join(lines))
    return status


def run_merge(arguments):
    """--merge."""
    folder = output_folder(arguments)
    parts = [(pathlib.Path(path).parent, read(path))
             for path in arguments.merge]
    return finish(merge.merge(parts, folder), folder)


def run_matrix(arguments, chosen):
    """The boots."""
    index, count = cases.parse_shard(arguments.shard)
    chosen = cases.shard(chosen, index, count)
    if not chosen:
        raise cases.ChoiceError(f'--shard {arguments.shard}: no case is left '
                                'for it')
    if arguments.list:
        print('\n'.join(case.id for case in chosen))
        return expect.GOOD
    missing = cli.check_emulator(arguments.qemu)
    if missing and not arguments.judge:
        raise msmmu_env.SetupError(missing)
    folder = output_folder(arguments)
    shown = (progress.Tap if arguments.tap else progress.Progress)(
        chosen, int(arguments.jobs))
    lab = run.Lab(
        survey.Options(qemu=arguments.qemu, timeout=arguments.timeout,
                       jobs=int(arguments.jobs)), folder,
        resume=arguments.resume, judge=arguments.judge,
        modules=arguments.modules,
        build=arguments.kernel_build, progress=shown)
    result, interrupted = lab.run(chosen)
    result.shard = arguments.shard
    shown.finish()
    return finish(result, folder, interrupted, arguments.tap)


def end_as_interrupted():
    """SIGTERM and SIGHUP end a run as Ctrl-C does: with its reports."""
    def interrupt(_number, _frame):
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def main(words):
    """Run; returns the exit status."""
    arguments = make_parser().parse_args(words)
    end_as_interrupted()
    try:
        if arguments.compare:
            return run_compare(arguments.compare)
        if arguments.merge:
            return run_merge(arguments)
        chosen = cases.choose(
            arguments.kernel, arguments.set, arguments.domain,
            arguments.firmware, arguments.kind, arguments.only,
            arguments.full)
        return run_matrix(arguments, chosen)
    except cases.ChoiceError as error:
        print(f'msmmu-guest matrix: error: {error}', file=sys.stderr)
        return expect.USAGE
    except (msmmu_env.SetupError, OSError) as error:
        print(f'msmmu-guest matrix: {error}', file=sys.stderr)
        return expect.CANNOT_TEST
    except KeyboardInterrupt:
        vm.kill_all()
        print('msmmu-guest matrix: interrupted', file=sys.stderr)
        return INTERRUPTED
