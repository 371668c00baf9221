# SPDX-License-Identifier: GPL-2.0-or-later
"""Page sizes as small bars, in SVG: what is claimed, used and refused.

A column for each size, the same in all of a page. A line of outlined boxes for
each bitmap that a kernel told; below it filled bars for the sizes of leaves
that the SMMU walked to, the taller the more there were (in powers of 10). What
was refused is struck. Nothing in an SVG but numbers and our own words.
"""

import math

from .. import report
from .report_common import BITMAPS, bitmap_sizes, size_value, walked

SLOT, GAP, PITCH, BOX, USED = 11, 2, 11, 8, 18
# The bars' names beside the bitmaps'
STAGE1, STAGE2 = 'used', 'stage 2'


class Scale:
    """Which columns and lines there are, over all groups of a run."""

    def __init__(self, groups):
        groups = list(groups)
        sizes = set()
        for group in groups:
            for name in BITMAPS:
                sizes.update(bitmap_sizes(getattr(group, name)) or ())
            for counts in (group.used, group.used_stage2, group.refused):
                sizes.update(map(size_value, counts))
        self.sizes = sorted(sizes - {0})
        self.bitmaps = [name for name in BITMAPS if any(
            getattr(group, name) for group in groups)]
        self.bars = [STAGE1] + [STAGE2] * any(
            walked(group.used_stage2) for group in groups)
        self.width = max(len(self.sizes), 1) * (SLOT + GAP)
        self.height = len(self.bitmaps) * PITCH + len(self.bars) * (USED + 2)

    def left(self, size):
        """Where a size's column begins."""
        return self.sizes.index(size) * (SLOT + GAP)

    def names(self):
        """The columns' names."""
        return [report.size_name(size) for size in self.sizes]

    def lines(self):
        """(name, middle) of each line, from above."""
        found = [(name, at * PITCH + BOX // 2 + 1)
                 for at, name in enumerate(self.bitmaps)]
        top = len(self.bitmaps) * PITCH
        return found + [(name, top + at * (USED + 2) + USED // 2 + 2)
                        for at, name in enumerate(self.bars)]


def level(count):
    """How tall a bar is: 1, 10, 100, 1000 and more give 4 heights."""
    return min(1 + int(math.log10(count)), 4) if count > 0 else 0


def sums(counts):
    """{size: (count, of which contiguous)} of counters by name.

    '64K contiguous' are walks to runs of 64K, '64K' those to other leaves.
    """
    whole, part = {}, {}
    for name, count in counts.items():
        into = part if 'contig' in str(name) else whole
        size = size_value(name)
        if size and count:
            into[size] = into.get(size, 0) + count
    return {size: (whole.get(size, 0) + part.get(size, 0), part.get(size, 0))
            for size in sorted(set(whole) | set(part))}


def bitmap_shapes(scale, at, sizes):
    """A line of boxes; a dash where there is no bitmap."""
    top = at * PITCH + 1
    if sizes is None:
        return (f'<path class="b-none" d="M0 {top + BOX // 2}'
                f'h{scale.width - GAP}"/>')
    path = ''.join(f'M{scale.left(size) + .5} {top + .5}h{SLOT - 1}v{BOX - 1}'
                   f'h-{SLOT - 1}z' for size in sizes)
    return f'<path class="b-claimed" d="{path}"/>' if path else ''


def bar_shapes(scale, top, counts):
    """Filled bars."""
    plain, contiguous = '', ''
    for size, (count, part) in sums(counts).items():
        height = level(count) * USED // 4
        path = (f'M{scale.left(size)} {top + USED - height}h{SLOT}'
                f'v{height}h-{SLOT}z')
        if part:
            contiguous += path
        else:
            plain += path
    base = f'M0 {top + USED}h{scale.width - GAP}'
    return ''.join([
        f'<path class="b-base" d="{base}"/>',
        f'<path class="b-used" d="{plain}"/>' if plain else '',
        f'<path class="b-contiguous" d="{contiguous}"/>'
        if contiguous else ''])


def struck_shapes(scale, top, refused):
    """A cross over each size that was refused."""
    path = ''.join(
        f'M{scale.left(size) + 2} {top + USED - 10}l{SLOT - 4} 8'
        f'M{scale.left(size) + SLOT - 2} {top + USED - 10}l-{SLOT - 4} 8'
        for size in sums(refused))
    return f'<path class="b-refused" d="{path}"/>' if path else ''


def picture(scale, bitmaps, used, used_stage2, refused):
    """The SVG of {name: sizes or None} and three dicts of counters."""
    shapes = [bitmap_shapes(scale, at, bitmaps.get(name))
              for at, name in enumerate(scale.bitmaps)]
    top = len(scale.bitmaps) * PITCH
    shapes.append(bar_shapes(scale, top, used))
    shapes.append(struck_shapes(scale, top, refused))
    if STAGE2 in scale.bars:
        shapes.append(bar_shapes(scale, top + USED + 2, used_stage2))
    return (f'<svg class="bars" aria-hidden="true" width="{scale.width}" '
            f'height="{scale.height}">{"".join(shapes)}</svg>')


def group_picture(scale, group):
    """The SVG of one group."""
    return picture(scale, {name: bitmap_sizes(getattr(group, name))
                           for name in BITMAPS},
                   group.used, group.used_stage2, group.refused)


def merged(groups):
    """picture()'s figures over several groups: sizes united, counts added.

    Also whether a bitmap differs between groups that have it.
    """
    bitmaps, counts, varies = {}, ({}, {}, {}), False
    for group in groups:
        for name in BITMAPS:
            sizes = bitmap_sizes(getattr(group, name))
            if sizes is not None:
                before = bitmaps.get(name)
                varies |= before is not None and set(before) != set(sizes)
                bitmaps[name] = sorted(set(before or ()) | set(sizes))
        for total, mine in zip(counts, (group.used, group.used_stage2,
                                        group.refused)):
            for name, count in mine.items():
                total[name] = total.get(name, 0) + count
    return (bitmaps, *counts), varies


def axis(scale):
    """The columns' names, upright, as an SVG above the bars."""
    texts = ''.join(
        f'<text transform="translate({scale.left(size) + SLOT - 2} 30)'
        f'rotate(-90)">{name}</text>'
        for size, name in zip(scale.sizes, scale.names()))
    return (f'<svg class="axis" aria-hidden="true" width="{scale.width}" '
            f'height="32">{texts}</svg>')


def labels(scale):
    """The lines' names, right-aligned, as an SVG beside the bars."""
    texts = ''.join(f'<text x="48" y="{middle + 3}">{name}</text>'
                    for name, middle in scale.lines())
    return (f'<svg class="labels" aria-hidden="true" width="48" '
            f'height="{scale.height}">{texts}</svg>')
