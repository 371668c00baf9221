# SPDX-License-Identifier: GPL-2.0-or-later
"""Every machine that something is measured in, and what that is."""

import re

from msmmu_bench.rows import Series

import cases
import crowds
import sides

# (start of a machine with a meter, its cases)
MACHINES = (
    (sides.Bench, cases.all_of),
    *((lambda meter, number=number: crowds.Instances(meter, number),
       lambda number=number: [crowds.of_instances(number)])
      for number in (1, 10)),
    (crowds.Streams, crowds.of_streams),
)


def cases_of_all():
    """Every case there is"""
    return [case for _, cases_of in MACHINES for case in cases_of()]


def wanted(meter, only=''):
    """(machine, case) for each whose title has the regular expression ONLY.

    A machine runs until the next one is asked for; none is started in vain.
    """
    for start, cases_of in MACHINES:
        chosen = [case for case in cases_of() if re.search(only, case.title)]
        if chosen:
            with start(meter) as machine:
                for case in chosen:
                    yield machine, case


def measure(machine, case, rounds=1, repeats=0, after=None):
    """The rows of one case; prints a line. AFTER(subject) follows a sample."""
    def sample(subject):
        value = case.measure(machine, subject)
        if after:
            after(subject)
        return value

    series = Series(rounds, repeats)
    for subject in case.subjects:
        series.add(lambda of=subject: sample(of), case.name, case.params,
                   subject, unit=case.unit or machine.meter.unit)
    rows = series.take()
    texts = [f'{row.subject} {row.median:.1f}{" (wide)" if row.wide else ""}'
             for row in rows]
    print(f'{case.title}: {", ".join(texts)} {rows[0].unit}', flush=True)
    return rows
