# SPDX-License-Identifier: GPL-2.0-or-later
"""Every machine that something is measured in, and what that is."""

import functools
import re

from msmmu_bench import bar
from msmmu_bench.rows import Series

import cases
import crowds
import sides

# (how a machine is started with a meter, groups of its cases)
MACHINES = (
    (sides.Bench, tuple(cases.all_of())),
    (lambda meter: crowds.Both(meter, crowds.Instances, crowds.INSTANCES),
     (crowds.group('instances', crowds.INSTANCES),)),
    (lambda meter: crowds.Both(meter, crowds.Streams, crowds.STREAMS),
     (crowds.group('streams', crowds.STREAMS),)),
)


def cases_of_all():
    """Every case there is"""
    return [case for _, groups in MACHINES for group in groups
            for case in group]


def wanted(meter, only=''):
    """(machine, group) for all cases whose titles match ONLY.

    A machine runs until the next one is asked for; none is started in vain.
    """
    for start, groups in MACHINES:
        chosen = [[case for case in group if re.search(only, case.title)]
                  for group in groups]
        if any(chosen):
            with start(meter) as machine:
                for group in filter(None, chosen):
                    yield machine, group


def measure(machine, group, rounds=1, repeats=0, after=None):
    """The rows of cases, in turns; prints a line for each.

    AFTER(case, subject) follows each sample.
    """
    def sample(case, subject):
        value = case.measure(machine, subject)
        if after:
            after(case, subject)
        return value

    series = Series(rounds, repeats,
                    unsure=lambda rows: bar.undecided('engine', rows))
    for case in group:
        for subject in case.subjects:
            series.add(functools.partial(sample, case, subject), case.name,
                       case.params, subject,
                       unit=case.unit or machine.meter.unit)
    rows = series.take()
    for case in group:
        of_case = [row for row in rows if row.title == case.title]
        texts = [f'{row.subject} {row.median:.1f}'
                 f'{" (wide)" if row.wide else ""}' for row in of_case]
        print(f'{case.title}: {", ".join(texts)} {of_case[0].unit}',
              flush=True)
    return rows
