# SPDX-License-Identifier: GPL-2.0-or-later
"""The report as a page of the documentation."""

from msmmu_bench import table

HEAD = """\
.. SPDX-License-Identifier: GPL-2.0-or-later
.. Made by scripts/msmmu-bench --rst. Do not edit.

Figures
=======

What ``make bench`` told on one host: {host}. :doc:`benchmarks` says what each
line is and how it was measured. Times are this host's; ratios are of samples
that were taken right after each other; instructions are the same each time.
"""


def section(title, lines):
    """With what is told as it is printed."""
    return '\n'.join([title, '-' * len(title), '', '::', '',
                      *(f'   {line}'.rstrip() for line in lines), ''])


def text(host, found, results):
    """The whole page."""
    about = f'{host["processor"]}, {host["processors"]} processors'
    return '\n'.join([
        HEAD.format(host=about), section('The bar', table.bars(results)),
        *(section(name, table.of_bench(name, found_rows))
          for name, found_rows in found.items())])
