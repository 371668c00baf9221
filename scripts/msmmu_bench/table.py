# SPDX-License-Identifier: GPL-2.0-or-later
"""What was measured and how far from the bar it is, as text."""


def number(value):
    """Three digits or more."""
    if value is None:
        return ''
    return f'{value:.0f}' if abs(value) >= 100 else f'{value:.3g}'


def columns(lines):
    """Cells below each other: the first to the left, others to the right."""
    widths = [max(map(len, cells)) for cells in zip(*lines)]
    for cells in lines:
        yield '  '.join(
            [cells[0].ljust(widths[0])] +
            [cell.rjust(width) for cell, width in
             zip(cells[1:], widths[1:])]).rstrip()


def with_range(row):
    """A median, and how sure it is."""
    mark = ' wide' if row.wide else ''
    share = (row.as_json()['spread'] if row.samples else 0) / 2
    return f'{number(row.median)} \N{PLUS-MINUS SIGN}{share:.0%}{mark}'


def measurements(found_rows):
    """One line for each thing, a column for each subject."""
    subjects = list(dict.fromkeys(row.subject for row in found_rows))
    counted = any('instructions' in row.more for row in found_rows)
    things = {}
    for row in found_rows:
        things.setdefault(row.key, {})[row.subject] = row
    head = ['', 'unit', *subjects] + (['instructions'] if counted else [])
    lines = [head]
    for by_subject in things.values():
        first = next(iter(by_subject.values()))
        line = [first.title, first.unit]
        line += [with_range(by_subject[subject]) if subject in by_subject
                 else '' for subject in subjects]
        if counted:
            line.append(number(by_subject.get('ours', first)
                               .more.get('instructions')))
        lines.append(line)
    return columns(lines)


def bars(results):
    """The bar, with a mark for each ratio."""
    lines = [['the bar', 'median', 'quartiles', 'limit', '']]
    for result in results:
        lines.append([
            result.bar.text, number(result.ratio),
            f'{number(result.low)} .. {number(result.high)}'
            if result.ratio is not None else '',
            f'{result.bar.sign} {result.bar.limit:g}', result.mark])
    return columns(lines)
