# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a program that prints TAP (Test Anything Protocol) and count.

Newer GLib nests: a group's results are indented, and the group itself is then
one more line, less indented, which sums them up and is not counted. A program
that ends badly, is killed for its time, or gives fewer results than it
announced, counts as a failure of its own: no loss is silent.
"""

import dataclasses
import os
import re
import signal
import subprocess
import time

RESULT = re.compile(r'(?P<indent> *)(?P<bad>not )?ok\b *(?P<number>\d*)'
                    r'(?: -)? *(?P<name>.*)')
PLAN = re.compile(r'( *)1\.\.(\d+)')
DIRECTIVE = re.compile(r'\s# *(SKIP|TODO)\b', re.I)


@dataclasses.dataclass
class Count:
    """What came of one program's tests, or of several."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list = dataclasses.field(default_factory=list)
    skips: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0

    def add(self, other):
        """Add another's numbers to ours."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures
        self.skips += other.skips

    def fail(self, text):
        """One more failure."""
        self.failed += 1
        self.failures.append(text)

    def of(self, program):
        """The same, with PROGRAM named in each failure."""
        return dataclasses.replace(self, failures=[
            f'{program}: {text}' for text in self.failures])

    @property
    def total(self):
        """All tests that were there to run."""
        return self.passed + self.failed + self.skipped


class Reader:
    """Counts the results in lines of TAP."""

    def __init__(self):
        self.count = Count()
        self.depth = 0
        self.plans = {}
        self.seen = {}
        self.inner_failed = False
        self.bailed = False
        self.last = ''

    def line(self, line):
        """Take one line."""
        plan = PLAN.fullmatch(line.rstrip())
        if plan:
            self.plans[len(plan.group(1))] = int(plan.group(2))
            return
        if line.lstrip().startswith('Bail out!'):
            self.count.fail(line.strip())
            self.bailed = True
            return
        found = RESULT.fullmatch(line.rstrip('\n'))
        if found:
            self.result(found)

    def result(self, found):
        """Take one result."""
        indent = len(found.group('indent'))
        bad = bool(found.group('bad'))
        name = found.group('name')
        self.last = name
        self.seen[indent] = self.seen.get(indent, 0) + 1
        if indent < self.depth:
            # A group's own line: its members were counted.
            self.close(self.depth)
            self.depth = indent
            if bad and not self.inner_failed:
                self.count.fail(name)
            self.inner_failed = False
            return
        self.depth = indent
        directive = DIRECTIVE.search(name)
        if directive and directive.group(1).upper() == 'SKIP':
            self.count.skipped += 1
            self.count.skips.append(name)
        elif bad and not directive:
            self.inner_failed = True
            self.count.fail(name)
        else:
            self.count.passed += 1

    def close(self, indent):
        """Results of one depth end: were as many as its plan says?"""
        plan = self.plans.pop(indent, None)
        seen = self.seen.pop(indent, 0)
        if plan is not None and seen < plan:
            self.count.fail(f'{plan - seen} of {plan} tests did not run')

    def finish(self):
        """The count, after the last line."""
        for indent in sorted(set(self.plans) | set(self.seen)):
            self.close(indent)
        return self.count


def stop(process):
    """End a program and what it started: kindly, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue


def run(command, log, *, environment, timeout, cwd=None, each_line=None):
    """Run COMMAND with its output in LOG; returns a Count."""
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with open(log, 'w', encoding='utf-8', errors='replace') as output:
        output.write('$ ' + ' '.join(command) + '\n')
        output.flush()
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        timed_out = not follow(process, log, began + timeout, each_line)
        if timed_out:
            stop(process)
    reader = Reader()
    with open(log, encoding='utf-8', errors='replace') as lines:
        for line in lines:
            reader.line(line)
    count = reader.finish()
    count.seconds = time.monotonic() - began
    if timed_out:
        after = f'after "{reader.last}"' if reader.last else 'without a result'
        count.fail(f'not done within its limit of {timeout} s; ended, {after}')
    elif process.returncode < 0 and not reader.bailed:
        name = signal.Signals(-process.returncode).name
        count.fail(f'the program was ended by {name}')
    elif process.returncode and not count.failed:
        count.fail(f'the program ended with status {process.returncode}')
    elif not count.total:
        count.fail('the program ran no test')
    return count


def follow(process, log, deadline, each_line):
    """Wait for PROCESS, showing its lines; False when time is up."""
    with open(log, encoding='utf-8', errors='replace') as lines:
        while True:
            try:
                process.wait(timeout=0.05)
                ended = True
            except subprocess.TimeoutExpired:
                ended = False
            if each_line:
                for line in lines:
                    each_line(line)
            if ended:
                return True
            if time.monotonic() > deadline:
                return False
