# SPDX-License-Identifier: GPL-2.0-or-later
"""What was measured and how far from the bar it is, as text."""

import textwrap


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
    if row.unit == 'instructions':
        return f'{row.median:.0f}'
    if row.unit == '%':
        return number(row.median)
    mark = '?' if row.wide else ''
    share = row.as_json()['spread'] / 2
    return f'{number(row.median)} \N{PLUS-MINUS SIGN}{share:.0%}{mark}'


def measurements(found_rows):
    """One line for each thing, a column for each subject."""
    subjects = list(dict.fromkeys(row.subject for row in found_rows))
    things = {}
    for row in found_rows:
        things.setdefault(row.key, {})[row.subject] = row
    lines = [['', 'unit', *subjects]]
    for by_subject in things.values():
        first = next(iter(by_subject.values()))
        line = [first.title, first.unit]
        line += [with_range(by_subject[subject]) if subject in by_subject
                 else '' for subject in subjects]
        lines.append(line)
    return columns(lines)


# What a table of one subject has columns for: the first that a row has.
AXES = ('cached', 'streams', 'pages')


def axis_of(row):
    """Which parameter of a row is its column, or None."""
    return next((axis for axis in AXES if axis in row.params), None)


def sections(found_rows):
    """Rows that differ in one parameter become one line.

    Yields (axis, columns, {title of a line: {column: row}}), where neighbours
    that have the same columns are together.
    """
    kinds = {}
    for row in found_rows:
        axis = axis_of(row)
        rest = {name: value for name, value in row.params.items()
                if name != axis}
        title = ' '.join([row.name, *(f'{name}={value}' for name, value in
                                      rest.items())])
        lines = kinds.setdefault((row.name, axis, row.unit), {})
        lines.setdefault(title, {})[row.params.get(axis)] = row
    together = None
    for (_, axis, unit), lines in kinds.items():
        columns_of = sorted({column for line in lines.values()
                             for column in line}, key=lambda value: value or 0)
        if together and together[:3] == (axis, unit, columns_of):
            together[3].update(lines)
            continue
        if together:
            yield together
        together = axis, unit, columns_of, dict(lines)
    if together:
        yield together


def one_subject(found_rows):
    """Tables with a column for each size."""
    for axis, unit, columns_of, lines in sections(found_rows):
        cells = [[unit, *(f'{axis}={column}' if axis else ''
                          for column in columns_of)]]
        for title, line in lines.items():
            cells.append([title, *(with_range(line[column])
                                   if column in line else ''
                                   for column in columns_of)])
        yield ''
        yield from columns(cells)


def of_bench(name, found_rows):
    """All of one bench, below a line that says what it is."""
    alone = len({row.subject for row in found_rows}) == 1
    counted = all(row.unit == 'instructions' for row in found_rows)
    yield f'{name}:' if counted else (
        f'{name}: medians, and half of what is between quartiles (?: the '
        'median is not sure)')
    yield from (one_subject if alone else measurements)(found_rows)


def bars(results):
    """The bar, with a mark for each ratio."""
    counted = any(result.counted is not None for result in results)
    lines = [['the bar', 'limit', 'median', 'quartiles', 'floor', ''] +
             (['instructions', 'floor', ''] if counted else [])]
    for result in results:
        lines.append([
            result.bar.text, f'{result.bar.sign} {result.bar.limit:g}',
            number(result.ratio),
            f'{number(result.low)} .. {number(result.high)}'
            if result.ratio is not None else '',
            number(result.floor if result.ratio is not None else None),
            result.mark + ('' if result.sure else '?')] +
            ([number(result.counted), number(result.counted_floor),
              result.counted_mark] if counted else []))
    return columns(lines)


def reasons(results):
    """What is known of the bars that are not reached, a sentence for each."""
    by_reason = {}
    for result in results:
        if result.reason:
            by_reason.setdefault(result.reason, []).append(result.bar.text)
    for reason, texts in by_reason.items():
        yield from textwrap.wrap(f'{"; ".join(texts)}: {reason}.', 79,
                                 subsequent_indent='  ')


# What the marks of bars() mean
LEGEND = ('floor: what the ratio is with an SMMU that takes no time. '
          '?: with more rounds, the mark could be another one.')
