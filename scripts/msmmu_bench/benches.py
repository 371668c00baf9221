# SPDX-License-Identifier: GPL-2.0-or-later
"""Which benches there are, and how each is run."""

import contextlib
import dataclasses
import shutil
import threading

from msmmu_bench import SOURCE_DIR, counts
from msmmu_bench.bar import COUNTS

import msmmu_env

PROGRESS_SECONDS = 20


@dataclasses.dataclass(frozen=True)
class Bench:
    """One bench: a program that writes the JSON of what it measured."""

    name: str
    about: str

    @property
    def counts(self):
        """Whether it counts instructions."""
        return self.name.endswith(COUNTS)

    @property
    def needs_valgrind(self):
        """Where not the guest counts."""
        return self.counts and not self.name.startswith('guest')

    def command(self, options, output):
        """The program and its arguments, or None if it is not there."""
        folder, _, kind = self.name.partition('-')
        if folder == 'core':
            program = options.build / 'core-bench/tests/bench/core/bench-core'
            words = [program, '--output', output]
            if options.quick:
                words += ['--rounds', '5', '--repeats', '0',
                          '--sample-ms', '0.5']
        else:
            program = SOURCE_DIR / 'tests/bench' / folder / (
                'count' if folder == 'engine' and kind else 'run')
            words = [program, '--qemu', options.qemu, '--output', output]
            if kind and folder == 'guest':
                words.append('--instructions')
            if options.quick and not kind:
                words.append('--quick')
        if options.only:
            words += ['--only', options.only]
        return [str(word) for word in words] if program.is_file() else None


BENCHES = (
    Bench('core', 'the core alone, without QEMU'),
    Bench('engine', 'DMA of the test engine, in one emulator'),
    Bench('guest', 'an NVMe disk in a booted kernel'),
    Bench(f'core{COUNTS}', 'instructions of the core alone'),
    Bench(f'engine{COUNTS}', 'instructions of DMA of the test engine'),
    Bench(f'guest{COUNTS}', "the booted kernel's own instructions"),
)


def joins(bench, options):
    """Whether the figures that are there are taken."""
    return options.join and not (options.instructions and bench.counts)


def wanted(options):
    """Those that the command line asks for."""
    if options.bench:
        chosen = [bench for bench in BENCHES if bench.name in options.bench]
    else:
        chosen = [bench for bench in BENCHES
                  if options.instructions or options.join or not bench.counts]
    if any(bench.needs_valgrind and not joins(bench, options)
           for bench in chosen) and not shutil.which('valgrind'):
        raise msmmu_env.SetupError('counting instructions needs valgrind')
    return chosen


@contextlib.contextmanager
def progress(log):
    """Now and then, show the last line of LOG."""
    done = threading.Event()

    def show():
        while not done.wait(PROGRESS_SECONDS):
            lines = log.read_text(encoding='utf-8').splitlines() \
                if log.is_file() else []
            if lines:
                msmmu_env.say(f'  {lines[-1][:100]}')

    thread = threading.Thread(target=show)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def run(bench, options, output):
    """Run one. Returns whether it ran."""
    words = bench.command(options, output)
    if not words:
        msmmu_env.say(f'msmmu-bench: no {bench.name} bench is built')
        return False
    output.unlink(missing_ok=True)
    log = output.with_suffix('.log')
    with msmmu_env.step(f'bench: {bench.about}'), progress(log):
        if bench.name == f'core{COUNTS}':
            counts.of_core(words[0], options.only, output, log)
        else:
            msmmu_env.run_logged(words, log,
                                 failure=f'the {bench.name} bench failed')
    if not output.is_file():
        raise msmmu_env.SetupError(f'the {bench.name} bench wrote no {output}')
    return True
