# SPDX-License-Identifier: GPL-2.0-or-later
"""Which benches there are, and how each is run."""

import dataclasses
import pathlib
import re
import subprocess

from msmmu_bench import SOURCE_DIR

import msmmu_env

# Of each case, for counting; in cases that fix a number of their own, that.
OPERATIONS = 1000


@dataclasses.dataclass(frozen=True)
class Bench:
    """One bench: a program that writes the JSON of what it measured."""

    name: str
    about: str

    def command(self, options, output):
        """The program and its arguments, or None if it is not there."""
        if self.name == 'core':
            program = options.build / 'core-bench/tests/bench/core/bench-core'
            words = [program, '--output', output]
            if options.quick:
                words += ['--rounds', '5', '--repeats', '0',
                          '--sample-ms', '0.5']
        else:
            program = SOURCE_DIR / 'tests/bench' / self.name / 'run'
            words = [program, '--qemu', options.qemu, '--output', output]
            if options.quick:
                words.append('--quick')
        if options.only:
            words += ['--only', options.only]
        return [str(word) for word in words] if program.is_file() else None


BENCHES = (
    Bench('core', 'the core alone, without QEMU'),
    Bench('engine', 'DMA of the test engine, in one emulator'),
    Bench('guest', 'an NVMe disk in a booted kernel'),
)


def run(bench, options, output):
    """Run one. Returns whether it ran."""
    words = bench.command(options, output)
    if not words:
        msmmu_env.say(f'msmmu-bench: no {bench.name} bench is built')
        return False
    log = output.with_suffix('.log')
    output.unlink(missing_ok=True)
    with msmmu_env.step(f'bench: {bench.about}'):
        msmmu_env.run_logged(words, log,
                             failure=f'the {bench.name} bench failed')
    if not output.is_file():
        raise msmmu_env.SetupError(f'the {bench.name} bench wrote no {output}')
    return True


# ---- Instructions of the core ----------------------------------------------

def collected(text):
    """What callgrind says of a run of one case: (operations, instructions)."""
    operations = re.search(r'^(\d+) operations$', text, re.M)
    counted = re.search(r'Collected : (\d+)', text)
    if not operations or not counted:
        return None
    return int(operations.group(1)), int(counted.group(1))


def instructions(program, row):
    """Instructions of the host for one operation of ROW, by callgrind."""
    answer = subprocess.run(
        ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
         '--toggle-collect=bench_timed', str(program),
         '--operations', str(OPERATIONS), '--only',
         f'^{re.escape(row.title)}$'],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False)
    found = None if answer.returncode else collected(answer.stdout)
    return found[1] / found[0] if found and found[0] else None


def count_instructions(options, found_rows):
    """Add them to the core's rows."""
    program = pathlib.Path(
        options.build) / 'core-bench/tests/bench/core/bench-core'
    for row in found_rows:
        if row.unit == 'ns':
            row.more['instructions'] = instructions(program, row)
