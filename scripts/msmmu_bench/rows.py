# SPDX-License-Identifier: GPL-2.0-or-later
"""What a bench measured: series of samples, taken in turns, and their JSON."""

import dataclasses
import json
import math
import statistics

SCHEMA = 'msmmu-bench-1'
# What is wide: where the median may be is more than this part of it.
SPREAD = 0.1


def quartiles(samples):
    """A quarter, half and three quarters of SAMPLES are below these."""
    if len(samples) == 1:
        return samples[0], samples[0], samples[0]
    return tuple(statistics.quantiles(samples, n=4, method='inclusive'))


def spread(samples):
    """How far apart the quartiles are, as a part of the median."""
    low, middle, high = quartiles(samples)
    return (high - low) / abs(middle) if middle else 0.0


def interval(samples):
    """Where the median of all samples there could be is, in 95 of 100 cases.

    By the binomial distribution, which is nearly a normal one. More samples
    make it narrower, which they do not the quartiles.
    """
    below = max(0, math.floor(len(samples) / 2 -
                              0.98 * math.sqrt(len(samples))) - 1)
    ordered = sorted(samples)
    return ordered[below], ordered[-1 - below]


@dataclasses.dataclass
class Row:
    """One thing that was measured: one sample for each round, in order."""

    name: str
    params: dict
    subject: str = 'ours'
    unit: str = 'ns'
    better: str = 'less'
    limit: float = SPREAD
    samples: list = dataclasses.field(default_factory=list)
    # Whatever else there is to be told, by its name in the JSON.
    more: dict = dataclasses.field(default_factory=dict)

    @property
    def key(self):
        """The same for all subjects that are compared with each other."""
        return self.name, tuple(sorted(self.params.items()))

    @property
    def title(self):
        """For people."""
        words = [f'{name}={value}' for name, value in self.params.items()]
        return ' '.join([self.name, *words])

    @property
    def median(self):
        """Of all samples."""
        return statistics.median(self.samples)

    @property
    def wide(self):
        """Whether the median could be elsewhere with other samples."""
        low, high = interval(self.samples)
        return high - low > self.limit * abs(self.median)

    def as_json(self):
        """As the schema has it."""
        first, middle, third = quartiles(self.samples)
        low, high = interval(self.samples)
        return {'name': self.name, 'subject': self.subject,
                'params': self.params, 'unit': self.unit,
                'better': self.better, 'median': middle, 'q1': first,
                'q3': third, 'spread': spread(self.samples),
                'low': low, 'high': high, 'wide': self.wide,
                'samples': self.samples, **self.more}

    @classmethod
    def from_json(cls, value):
        """The row that as_json() told of."""
        known = {'name', 'subject', 'params', 'unit', 'better', 'median', 'q1',
                 'q3', 'spread', 'low', 'high', 'wide', 'samples'}
        return cls(value['name'], value['params'], value['subject'],
                   value['unit'], value['better'], samples=value['samples'],
                   more={name: what for name, what in value.items()
                         if name not in known})


class Series:
    """Things that take turns: a sample of each in every round.

    Add what is to be measured, each with a function that takes one sample and
    returns it. Every other round goes through them backwards. If medians are
    wide, all get as many rounds again, for REPEATS times at most; and once more
    as often while UNSURE(rows) says that this could decide something.
    """

    def __init__(self, rounds=21, repeats=2, limit=SPREAD, unsure=None):
        self.rounds = rounds
        self.repeats = repeats
        self.limit = limit
        self.unsure = unsure or (lambda rows: False)
        self.turns = []

    def add(self, function, name, params, subject='ours', **row):
        """FUNCTION() is a sample of a new Row, which is returned."""
        new = Row(name, params, subject, limit=self.limit, **row)
        self.turns.append((function, new))
        return new

    def take(self):
        """Measure; returns the rows."""
        rows = [row for _, row in self.turns]
        for repeat in range(1 + 2 * self.repeats):
            for number in range(self.rounds):
                for function, row in self.turns[::-1 if number % 2 else 1]:
                    row.samples.append(float(function()))
            wide = repeat < self.repeats and any(row.wide for row in rows)
            if not wide and not self.unsure(rows):
                break
        return rows


def write(path, bench, settings, rows):
    """Write the JSON of a bench."""
    path.write_text(json.dumps(
        {'schema': SCHEMA, 'bench': bench, 'settings': settings,
         'rows': [row.as_json() for row in rows]}, indent=1) + '\n',
        encoding='utf-8')


def read(path):
    """(bench, settings, rows) of a file that a bench wrote."""
    value = json.loads(path.read_text(encoding='utf-8'))
    if value.get('schema') != SCHEMA:
        raise ValueError(f'{path}: its schema is not {SCHEMA}')
    return (value['bench'], value['settings'],
            [Row.from_json(row) for row in value['rows']])
