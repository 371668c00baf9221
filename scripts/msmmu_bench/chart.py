# SPDX-License-Identifier: GPL-2.0-or-later
"""The chart: what a hit takes over the size of the working set, as SVG.

Both axes are logarithmic. A line is the medians, the band around it goes from
quartile to quartile.
"""

import math
from xml.sax import saxutils

WIDTH, HEIGHT = 860, 500
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 60, 60
# Told apart by people who see few colours, and by their dashes in print.
STYLES = {
    'none': ('no IOMMU', '#767676', '2 3'),
    'empty': ('empty IOMMU', '#b06c00', '8 3'),
    'upstream': ('upstream', '#b0305c', '10 3 2 3'),
    'ours': ('msmmu', '#1a5fb4', ''),
    'core': ('msmmu\N{RIGHT SINGLE QUOTATION MARK}s core alone', '#107a5e',
             '4 2'),
}
# Of the axis of times
STEPS = [decade * step for decade in (10 ** n for n in range(-3, 9))
         for step in (1, 2, 5)]
# hw/arm/smmu-common.c
UPSTREAM_ENTRIES = 256


class Axes:
    """From pages and nanoseconds to places."""

    def __init__(self, pages, times):
        self.pages = 1, max(*pages, 2)
        # Two at least, so that there is something between them
        self.times = (max(step for step in STEPS[:-1] if step <= min(times)),
                      min(step for step in STEPS[1:] if step > max(times)))

    @staticmethod
    def part(value, ends):
        """Where VALUE is between ENDS, from 0 to 1."""
        low, high = map(math.log, ends)
        return (math.log(value) - low) / (high - low)

    def x(self, pages):
        """To the right."""
        return LEFT + self.part(pages, self.pages) * (WIDTH - LEFT - RIGHT)

    def y(self, time):
        """Downwards."""
        height = HEIGHT - TOP - BOTTOM
        return TOP + (1 - self.part(time, self.times)) * height


def text(x, y, words, **attributes):
    """Some words."""
    more = ''.join(f' {name.replace("_", "-")}="{value}"'
                   for name, value in attributes.items())
    return (f'<text x="{x:.1f}" y="{y:.1f}"{more}>{saxutils.escape(words)}'
            '</text>')


def grid(axes):
    """Lines and numbers."""
    page = 1
    while page <= axes.pages[1]:
        x = axes.x(page)
        yield (f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" '
               f'y2="{HEIGHT - BOTTOM}"/>')
        yield text(x, HEIGHT - BOTTOM + 18, f'{page}', text_anchor='middle')
        page *= 4
    low, high = axes.times
    for value in (step for step in STEPS if low <= step <= high):
        y = axes.y(value)
        yield (f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" '
               f'y1="{y:.1f}" y2="{y:.1f}"/>')
        yield text(LEFT - 8, y + 4, f'{value:g}', text_anchor='end')


def capacity(axes):
    """What explains the step in upstream's line"""
    if axes.pages[1] > UPSTREAM_ENTRIES:
        x = axes.x(UPSTREAM_ENTRIES)
        yield (f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" '
               f'y2="{HEIGHT - BOTTOM}" stroke="{STYLES["upstream"][1]}" '
               'stroke-dasharray="1 4"/>')
        yield text(x + 6, HEIGHT - BOTTOM - 8,
                   f'upstream\N{RIGHT SINGLE QUOTATION MARK}s TLB holds '
                   f'{UPSTREAM_ENTRIES}', fill=STYLES['upstream'][1])


def curve(axes, name, points):
    """One subject's: points are (pages, median, q1, q3) in order."""
    _, colour, dashes = STYLES[name]
    there = [f'{axes.x(pages):.1f},{axes.y(max(high, axes.times[0])):.1f}'
             for pages, _, _, high in points]
    back = [f'{axes.x(pages):.1f},{axes.y(max(low, axes.times[0])):.1f}'
            for pages, _, low, _ in reversed(points)]
    line = [f'{axes.x(pages):.1f},{axes.y(middle):.1f}'
            for pages, middle, _, _ in points]
    yield (f'<polygon points="{" ".join(there + back)}" fill="{colour}" '
           'opacity="0.15"/>')
    yield (f'<polyline points="{" ".join(line)}" fill="none" '
           f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>')
    for pages, middle, _, _ in points:
        yield (f'<circle cx="{axes.x(pages):.1f}" cy="{axes.y(middle):.1f}" '
               f'r="3" fill="{colour}"/>')


def labels(axes, curves):
    """A name at the end of each line, none over another."""
    last = None
    ends = sorted((axes.y(points[-1][1]), name)
                  for name, points in curves.items())
    for y, name in ends:
        y = max(y, last + 16) if last is not None else y
        last = y
        words, colour, _ = STYLES[name]
        yield text(WIDTH - RIGHT + 10, y + 4, words, fill=colour,
                   font_weight='bold')


def curves_of(found):
    """{name: points} from {bench: [row]}."""
    wanted = {
        'engine': {'bytes': 8, 'stages': 's1'},
        'core': {'stages': 's1', 'pattern': 'random'},
    }
    curves = {}
    for bench, params in wanted.items():
        for row in found.get(bench, ()):
            others = {name: value for name, value in row.params.items()
                      if name != 'pages'}
            if row.name == 'hit' and others == params and row.median > 0:
                name = 'core' if bench == 'core' else row.subject
                values = row.as_json()
                curves.setdefault(name, []).append(
                    (row.params['pages'], values['median'], values['q1'],
                     values['q3']))
    return {name: sorted(points) for name, points in curves.items()
            if name in STYLES}


def draw(found, note=''):
    """The chart as SVG, or None if nothing for it was measured."""
    curves = curves_of(found)
    if not curves:
        return None
    points = [point for each in curves.values() for point in each]
    axes = Axes([point[0] for point in points],
                [time for point in points for time in point[1:] if time > 0])
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} '
        f'{HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">',
        '<!-- SPDX-License-Identifier: GPL-2.0-or-later -->',
        '<title>What an 8-byte read takes, by working set</title>',
        '<style>.grid { stroke: #ddd; stroke-width: 1 }</style>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        text(LEFT, 26, 'What an 8-byte read takes, by working set',
             font_size=16, font_weight='bold'),
        text(LEFT, 44, f'{note}: medians, and from quartile to quartile',
             fill='#555'),
        text(middle, HEIGHT - 16, 'pages of 4 KiB, read in random order',
             text_anchor='middle'),
        text(14, TOP - 8, 'ns'),
        *grid(axes), *capacity(axes)]
    for name, each in curves.items():
        parts += curve(axes, name, each)
    parts += labels(axes, curves)
    return '\n'.join([*parts, '</svg>', ''])
