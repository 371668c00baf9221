# SPDX-License-Identifier: GPL-2.0-or-later
"""The tool msmmu-bench."""

import argparse
import json
import os
import pathlib
import platform

from msmmu_bench import SOURCE_DIR, bar, benches, chart, page, rows, table

import msmmu_env


def host():
    """What the numbers depend on most."""
    model = ''
    try:
        for line in pathlib.Path('/proc/cpuinfo').read_text(
                encoding='utf-8').splitlines():
            if line.startswith('model name'):
                model = line.partition(':')[2].strip()
                break
    except OSError:
        pass
    return {'processor': model or platform.machine(),
            'processors': len(os.sched_getaffinity(0)),
            'load': round(os.getloadavg()[0], 2),
            'kernel': platform.release()}


def measure(options, folder):
    """Run what is wanted; the files."""
    files = []
    for bench in benches.wanted(options):
        output = folder / f'{bench.name}.json'
        if benches.joins(bench, options) or \
                benches.run(bench, options, output):
            files.append(output)
    return [path for path in files if path.is_file()]


def read_all(files):
    """{bench: settings}, {bench: [row]}."""
    settings, found = {}, {}
    for path in files:
        name, settings_of, found_rows = rows.read(path)
        settings[name], found[name] = settings_of, found_rows
    return settings, found


def report(folder, settings, found, docs=None):
    """Write report.json, the chart and the pages, and print the tables."""
    results = [bar.judge(each, found) for each in bar.BARS]
    about = host()
    (folder / 'report.json').write_text(json.dumps(
        {'schema': 'msmmu-bench-report-1', 'host': about, 'benches': [
            {'bench': name, 'settings': settings[name],
             'rows': [row.as_json() for row in found[name]]}
            for name in found],
         'bar': [result.as_json() for result in results]}, indent=1) + '\n',
        encoding='utf-8')
    drawing = chart.draw(found, about['processor'])
    if drawing:
        (folder / 'report.svg').write_text(drawing, encoding='utf-8')
    if docs:
        for what in page.write(docs, about, found, results, drawing):
            msmmu_env.say(f'msmmu-bench: there is nothing for {what}')
    for name, found_rows in found.items():
        print('\n' + '\n'.join(table.of_bench(name, found_rows)))
    print('\n' + '\n'.join([*table.bars(results), '', table.LEGEND,
                              *table.reasons(results)]))
    wide = sum(row.wide for found_rows in found.values() for row in found_rows)
    if wide:
        print(f'\n{wide} medians are not sure to {rows.SPREAD:.0%}: more '
              'rounds, or a host that does nothing else, would help.')
    print(f'\n{folder / "report.json"}' +
          (f', {folder / "report.svg"}' if drawing else ''))
    return results


def parse(words):
    """The command line."""
    parser = argparse.ArgumentParser(
        prog='msmmu-bench', description='Measure what a DMA costs, and how '
        'that compares with upstream and with no IOMMU.',
        epilog='Ratios are of samples taken right after each other, and '
        'judged; times are told, and never judged. The exit status is 0 '
        'whatever the ratios are, but with --strict.')
    parser.add_argument('--build', type=pathlib.Path, metavar='DIR',
                        default=SOURCE_DIR / 'build',
                        help='the build directory')
    parser.add_argument('--qemu', type=pathlib.Path, metavar='PATH',
                        help='the emulator')
    parser.add_argument('--output', type=pathlib.Path, metavar='DIR',
                        help='the folder for the report; bench in the build '
                        'directory')
    parser.add_argument('--bench', action='append', metavar='NAME',
                        choices=[each.name for each in benches.BENCHES],
                        help='this one only: ' + '; '.join(
                            f'{each.name}: {each.about}'
                            for each in benches.BENCHES))
    parser.add_argument('--only', metavar='REGEX',
                        help='what matches, as the benches name it')
    parser.add_argument('--quick', action='store_true',
                        help='few rounds: for a first look')
    parser.add_argument('--join', action='store_true',
                        help='measure no times: report what there is')
    parser.add_argument('--instructions', action='store_true',
                        help='count instructions, too, with valgrind: slow, '
                        'and the same each time')
    parser.add_argument('--docs', type=pathlib.Path, metavar='DIR', nargs='?',
                        const=SOURCE_DIR / 'docs/devel',
                        help='write the figures into the documentation')
    parser.add_argument('--strict', action='store_true',
                        help='exit status 1 if a ratio that was measured is '
                        'beyond its limit')
    options = parser.parse_args(words)
    options.build = options.build.absolute()
    options.qemu = options.qemu or options.build / 'qemu-system-aarch64'
    return options


def main(words=None):
    """Run the tool; returns the exit status."""
    options = parse(words)
    folder = (options.output or options.build / 'bench').absolute()
    folder.mkdir(parents=True, exist_ok=True)
    settings, found = read_all(measure(options, folder))
    if not found:
        raise msmmu_env.SetupError('nothing was measured')
    results = report(folder, settings, found, options.docs)
    failed = [result for result in results if result.mark == 'FAIL']
    return 1 if options.strict and failed else 0
