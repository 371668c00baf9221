# SPDX-License-Identifier: GPL-2.0-or-later
"""What was measured, in the documentation.

One page has all of it. Others have blocks between two comments, of which the
first says what is in it:

   .. figures: engine ^tlbi-

   ...

   .. end of figures

for lines of the engine's bench whose title matches, by subject, in instructions
with the ratio of times; with "guest", of the guest's; and with "core", of the
core's, in instructions.
"""

import re

from msmmu_bench import bar, table

HEAD = """\
.. SPDX-License-Identifier: GPL-2.0-or-later
.. Made by scripts/msmmu-bench --docs. Do not edit.

Figures
=======

What ``make bench`` told on one host: {host}. :doc:`benchmarks` says what each
line is and how it was measured. Times are this host's; ratios are of samples
that were taken right after each other; instructions are the same each time.
"""

NAME = 'performance-figures.rst'
CHART = 'performance-hits.svg'
BLOCK = re.compile(r'(^\.\. figures: (engine|guest|core) (\S+)\n)(.*?)'
                   r'(^\.\. end of figures$)', re.M | re.S)


PICTURE = f"""\
.. image:: {CHART}
   :alt: What an 8-byte read takes behind nothing, an IOMMU that does nothing,
         upstream's model and this one, by how many pages are read in turn
"""


def literal(lines):
    """Told as it is printed."""
    return '\n'.join(['::', '', *(f'   {line}'.rstrip() for line in lines),
                      ''])


def section(title, lines):
    """Of the page of all."""
    return '\n'.join([title, '-' * len(title), '', literal(lines)])


def text(host, found, results, picture=''):
    """The whole page."""
    about = f'{host["processor"]}, {host["processors"]} processors'
    return '\n'.join([
        HEAD.format(host=about) + (f'\n{picture}' if picture else ''),
        section('The bar', [*table.bars(results), '', table.LEGEND,
                            *table.reasons(results)]),
        *(section(name, table.of_bench(name, found_rows))
          for name, found_rows in found.items())])


# ---- Blocks

def by_title(found_rows, pattern):
    """{title: {subject: row}} of those that match"""
    lines = {}
    for row in found_rows:
        if re.search(pattern, row.title):
            lines.setdefault(row.title, {})[row.subject] = row
    return lines


def ratio_of(line, over, under):
    """One subject's to another's, as it is printed"""
    if not line or over not in line or under not in line:
        return ''
    values = bar.ratios(line[over], line[under])
    return table.number(bar.rows.quartiles(values)[1]) if values else ''


def by_subject(found, bench, pattern, head, counted_ratio, timed_ratio):
    """Instructions of each subject, and ratios of those and of times"""
    counted = by_title(found.get(f'{bench}{bar.COUNTS}', ()), pattern)
    timed = by_title(found.get(bench, ()), pattern)
    subjects = [subject for subject in ('none', 'empty', 'upstream', 'ours')
                if any(subject in line for line in counted.values())]
    compared = {*counted_ratio, *timed_ratio} <= {*subjects}
    lines = [['instructions', *subjects] +
             ([head, 'in time'] if compared else [])]
    for title, line in counted.items():
        lines.append([title, *(table.number(line[subject].median)
                               if subject in line else ''
                               for subject in subjects)])
        if compared:
            lines[-1] += [ratio_of(line, *counted_ratio),
                          ratio_of(timed.get(title), *timed_ratio)]
    return list(table.columns(lines)) if counted else []


def of_engine(found, pattern):
    """To upstream's"""
    return by_subject(found, 'engine', pattern, 'ours/upstream',
                      ('ours', 'upstream'), ('ours', 'upstream'))


def of_guest(found, pattern):
    """To no IOMMU; half as many instructions are twice as many bytes."""
    return by_subject(found, 'guest', pattern, 'none/ours',
                      ('none', 'ours'), ('ours', 'none'))


def of_core(found, pattern):
    """Instructions, or parts, with a column for each size"""
    rows = [*found.get(f'core{bar.COUNTS}', ()),
            *(row for row in found.get('core', ()) if row.unit == '%')]
    chosen = [row for row in rows if re.search(pattern, row.title)]
    return list(table.one_subject(chosen))[1:] if chosen else []


KINDS = {'engine': of_engine, 'guest': of_guest, 'core': of_core}


def fill(page, found):
    """A page with its blocks as they are now; those that nothing was counted
    for stay as they are. Returns it, and the patterns of those.
    """
    missing = []

    def block(match):
        head, bench, pattern, old, end = match.groups()
        lines = KINDS[bench](found, pattern)
        if not lines:
            missing.append(f'{bench} {pattern}')
            return match.group(0)
        return f'{head}\n{literal(lines)}\n{end}'

    return BLOCK.sub(block, page), missing


def write(folder, host, found, results, drawing=''):
    """All pages in FOLDER, and the chart; returns what is missing."""
    if drawing:
        (folder / CHART).write_text(drawing, encoding='utf-8')
    (folder / NAME).write_text(text(host, found, results, PICTURE
                                    if drawing else ''), encoding='utf-8')
    missing = []
    for path in sorted(folder.glob('*.rst')):
        page = path.read_text(encoding='utf-8')
        filled, without = fill(page, found)
        missing += [f'{path.name}: {what}' for what in without]
        if filled != page:
            path.write_text(filled, encoding='utf-8')
    return missing
