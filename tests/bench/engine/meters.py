# SPDX-License-Identifier: GPL-2.0-or-later
"""What a case is measured with: a clock, or a counter of instructions.

Both tell what transactions take, without what the engine itself does for them.
The clock is the engine's own. The counter is callgrind, under which the whole
emulator runs: it collects in what the engine calls for a transaction, nowhere
else, and writes a file whenever the script steps the emulator's clock.
"""

import os
import pathlib
import re

from engine import ABORTED, OK

HAND_OVER, MEMORY_CORE = 'msmmu_engine_bus_access', 'address_space_'
# Entered by qtest's clock_step
MARK = 'qtest_set_virtual_clock'


def net(pairs):
    """What something takes by (whole, what is not of it), measured several
    times: the least of each, as what else the host does can only add to them.
    """
    wholes, others = zip(*pairs)
    return min(wholes) - min(others)


class Clock:
    """ns."""
    unit = 'ns'
    # At least, of a working set; how often the first read of pages, or a
    # command, is measured for one sample
    reads, times = 20000, 7

    def __init__(self, qemu):
        self.program = qemu

    @staticmethod
    def transactions(engine, jobs, status=OK):
        """For each transaction of jobs: all of it, and the engine's own"""
        return tuple(min(outcome.time / outcome.transactions
                         for outcome in outcomes)
                     for outcomes in (engine.check(jobs, status),
                                      engine.without_master(jobs)))

    @staticmethod
    def last_two(engine, jobs):
        """Of the last of jobs, and the one before"""
        ends = engine.run(jobs)
        return ends[-1].time, ends[-2].time


# ---- Instructions ----------------------------------------------------------

def parse(text):
    """({function: what it took itself}, {function: those that it called}) of a
    file of callgrind's.

    A name is written out once, with a number that stands for it from then on.
    The line behind "calls=" is what the callee took: it is told there, too.
    """
    names, took, callees, function, called = {}, {}, {}, None, False
    for line in text.splitlines():
        name = re.match(r'(c?)fn=\((\d+)\)(?: (.+))?', line)
        if name:
            callee, number, words = name.groups()
            if words:
                names[number] = words
            if callee:
                callees.setdefault(function, set()).add(names[number])
            else:
                function = names[number]
        elif line.startswith('calls='):
            called = True
        elif re.match(r'[-+*\d]', line):
            if not called:
                took[function] = took.get(function, 0) + int(line.split()[1])
            called = False
    return took, callees


def cost(text):
    """Instructions of transactions: without functions of the engine, which are
    those between its hand-over and the memory core.
    """
    took, callees = parse(text)
    own, found = set(), {HAND_OVER}
    while found:
        own |= found
        found = {callee for name in found for callee in callees.get(name, ())
                 if not callee.startswith(MEMORY_CORE)} - own
    return sum(number for name, number in took.items() if name not in own)


class Counter:
    """Instructions of the host. They are the same each time: once is enough."""
    unit = 'instructions'
    reads, times = 4000, 1

    def __init__(self, qemu, folder):
        self.folder = folder
        # What callgrind_annotate reads, of the last count
        self.files = []
        self.program = folder / 'emulator'
        self.program.write_text(
            '#!/bin/sh\n'
            'exec valgrind -q --tool=callgrind '
            f'"--callgrind-out-file={folder}/callgrind.%p" '
            f'--toggle-collect={HAND_OVER} --dump-before={MARK} '
            f'"{pathlib.Path(qemu).resolve()}" "$@"\n', encoding='utf-8')
        os.chmod(self.program, 0o755)

    def mark(self, emulator):
        """The next count begins here. Returns the last one."""
        emulator.ask('clock_step 1')
        self.files = []
        for path in self.folder.glob('callgrind.*.*'):
            # A call that began earlier is one that annotate cannot read.
            self.files.append(re.sub(r'^calls=0 .*\n.*\n', '', path.read_text(
                encoding='utf-8'), flags=re.M))
            path.unlink()
        return sum(map(cost, self.files))

    def transactions(self, engine, jobs, status=OK):
        """For each transaction of jobs, and nothing of the engine's"""
        self.mark(engine.emulator)
        outcomes = engine.check(jobs, status)
        return self.mark(engine.emulator) / sum(
            outcome.transactions for outcome in outcomes), 0

    def last_two(self, engine, jobs):
        """Of the last of jobs, and the one before"""
        engine.run(jobs[:-2])
        self.mark(engine.emulator)
        counts = []
        for job in jobs[-2:]:
            engine.run([job])
            counts.append(self.mark(engine.emulator))
        return counts[1], counts[0]
