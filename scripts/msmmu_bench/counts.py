# SPDX-License-Identifier: GPL-2.0-or-later
"""Instructions of the core's bench, by callgrind: all cases in one process.

The program says the title of each case that it runs, and how many operations it
does in bench_timed(), where alone callgrind collects, and behind which it
writes a file. So files and cases come in the same order.
"""

import pathlib
import re
import tempfile

from msmmu_bench import rows

import msmmu_env

# Of each case; those that fix a number of their own do that many.
OPERATIONS = 1000


def cases(text):
    """(title, operations) of all that were run, in order."""
    return [(found[1], int(found[2])) for found in
            re.finditer(r'^(.+)\n(\d+) operations$', text, re.M)]


def total(text):
    """Instructions that a file of callgrind's has in all."""
    return int(re.search(r'^(?:summary|totals): (\d+)', text, re.M)[1])


def row(title, instructions):
    """For each operation."""
    name, *params = title.split(' ')
    pairs = (param.split('=') for param in params)
    return rows.Row(name, {key: int(value) if value.isdigit() else value
                           for key, value in pairs},
                    unit='instructions', samples=[instructions])


def of_core(program, only, output, log):
    """Count, and write the JSON as a bench does."""
    with tempfile.TemporaryDirectory(prefix='msmmu-count-') as folder:
        words = ['valgrind', '-q', '--tool=callgrind',
                 f'--callgrind-out-file={folder}/part',
                 '--toggle-collect=bench_timed', '--dump-after=bench_timed',
                 program, '--operations', OPERATIONS]
        msmmu_env.run_logged(words + (['--only', only] if only else []), log,
                             failure='counting instructions failed')
        found = cases(log.read_text(encoding='utf-8'))
        parts = [total(pathlib.Path(folder, f'part.{number + 1}').read_text(
            encoding='utf-8')) for number in range(len(found))]
    rows.write(output, 'core-instructions', {'counted by': 'callgrind'},
               [row(title, part / operations)
                for (title, operations), part in zip(found, parts)])
