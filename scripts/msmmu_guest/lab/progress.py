# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run shows of itself: a live line on a terminal, else plain lines."""

import shutil
import sys
import threading
import time

from .. import report
from . import cases, model

COLOURS = {model.PASSED: 'good', model.FAILED: 'bad', model.FIXED: 'bad'}


class Progress:
    """Told of each case's begin and end, by several threads."""

    def __init__(self, chosen, jobs, stream=None):
        self.stream = stream or sys.stdout
        self.live = self.stream.isatty()
        self.weights = {case.id: cases.weight(case) for case in chosen}
        self.jobs = jobs
        self.count = len(chosen)
        self.done = 0
        self.sums = dict.fromkeys(model.OUTCOMES, 0)
        self.running = {}           # id -> when it began
        self.measured = [0.0, 0.0]  # seconds, and the weight of what they did
        self.width = 0
        self.lock = threading.RLock()

    def begins(self, case):
        """A boot starts."""
        with self.lock:
            self.running[case.id] = time.monotonic()
            self.draw()

    def ends(self, result, kept):
        """A case is over; KEPT: it was so before this run."""
        with self.lock:
            self.count_end(result)
            self.erase()
            if not self.live or result.outcome in model.UNEXPECTED:
                self.stream.write(self.line(result, kept) + '\n')
                self.stream.flush()
            self.draw()

    def count_end(self, result):
        """The sums, and how fast it goes."""
        name = result.case.id
        self.done += 1
        self.sums[result.outcome] += 1
        weight = self.weights.pop(name, 0)
        if name in self.running:
            began = self.running.pop(name)
            self.measured[0] += time.monotonic() - began
            self.measured[1] += weight

    def line(self, result, kept):
        """What became of a case, in a line."""
        took = 'kept' if kept else f'{result.seconds:.1f} s'
        text = (f'msmmu: [{self.done:>{len(str(self.count))}}/{self.count}] '
                f'{result.outcome:<7} {result.case.id}  {took}')
        if result.reason:
            text += f'  {shortened(result.reason, 100)}'
        colour = COLOURS.get(result.outcome)
        return report.colour(text, colour) if colour and self.live else text

    def left(self):
        """'about 3 min', '' while nothing can be said."""
        seconds, weight = self.measured
        if not weight:
            return ''
        more = sum(self.weights.values()) * seconds / weight / self.jobs
        return f'about {more / 60:.0f} min' if more > 90 else \
            f'about {more:.0f} s'

    def status(self):
        """The live line."""
        sums = '  '.join(f'{self.sums[outcome]} {outcome}'
                         for outcome in model.OUTCOMES if self.sums[outcome])
        names = ', '.join(self.running)
        return '  '.join(filter(None, (
            f'[{self.done}/{self.count}]', sums, self.left(), names)))

    def erase(self):
        """The live line goes."""
        if self.live and self.width:
            self.stream.write('\r' + ' ' * self.width + '\r')
            self.width = 0

    def draw(self):
        """The live line, as it is now."""
        if not self.live:
            return
        self.erase()
        text = shortened(self.status(), shutil.get_terminal_size().columns - 1)
        self.width = len(text)
        self.stream.write(text)
        self.stream.flush()

    def finish(self):
        """The last line was written."""
        with self.lock:
            self.erase()
            self.stream.flush()


class Tap(Progress):
    """The same as TAP: a plan, a line for each case."""

    def __init__(self, chosen, jobs, stream=None):
        super().__init__(chosen, jobs, stream)
        self.live = False
        self.stream.write(f'1..{self.count}\n')

    def line(self, result, kept):
        """A known defect that shows is as expected."""
        word = 'not ok' if result.outcome in model.UNEXPECTED else 'ok'
        text = f'{word} {self.done} - {result.case.id}'
        why = shortened(result.reason, 200).replace('#', '.')
        if result.outcome == model.NOT_RUN:
            return f'{text} # SKIP {why}'
        return f'{text}: {result.outcome}: {why}' if why else text


def shortened(text, width):
    """Cut with three dots."""
    text = ' '.join(text.split())
    return text if len(text) <= width else text[:max(width - 3, 0)] + '...'
