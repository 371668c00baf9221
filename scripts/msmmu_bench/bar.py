# SPDX-License-Identifier: GPL-2.0-or-later
"""The bar: named ratios of what was measured, and how far they may go.

A ratio is taken within each round, of two samples that were taken right after
each other, and what counts is the median of the rounds. Times themselves are
never judged.

Many ratios have a floor: what the same costs with an SMMU that takes no time at
all, which is measured, too. A limit below the floor is out of reach, and stays
one that is not reached: floors explain, and excuse nothing.
"""

import dataclasses

from msmmu_bench import rows

# Behind the name of a bench: that of its instructions
COUNTS = '-instructions'


@dataclasses.dataclass(frozen=True)
class Side:
    """Which row is one side of a ratio."""

    bench: str
    name: str
    subject: str
    params: tuple

    def find(self, found, kind=''):
        """The row in {bench: [row]}, or None."""
        key = self.name, tuple(sorted(self.params))
        for row in found.get(self.bench + kind, ()):
            if row.key == key and row.subject == self.subject:
                return row
        return None


@dataclasses.dataclass(frozen=True)
class Floor:
    """What OVER of a bar takes at least: as much as SIDE."""

    text: str
    side: Side


@dataclasses.dataclass(frozen=True)
class Bar:
    """One ratio, OVER to UNDER, and the limit for it."""

    text: str
    limit: float
    over: Side
    under: Side
    at_least: bool = False
    floor: Floor = None
    # Why a ratio is what it is, where no floor says so
    why: str = ''
    # Whether instructions are to be judged: an access may copy much with few,
    # and a guest's cost more or less.
    counts: bool = True

    @property
    def sign(self):
        """For people."""
        return '>=' if self.at_least else '<='

    def reached(self, ratio):
        """Whether RATIO is as it should be."""
        return ratio >= self.limit if self.at_least else ratio <= self.limit


@dataclasses.dataclass
class Result:
    """What came of a bar; no ratio if one of its sides was not measured."""

    bar: Bar
    ratio: float = None
    # Quartiles, and where the median of more rounds could be
    low: float = None
    high: float = None
    interval: tuple = None
    # The ratio of instructions
    counted: float = None
    # Of the floor, and that of instructions
    floor: float = None
    counted_floor: float = None

    def _mark(self, ratio):
        if ratio is None:
            return 'not measured'
        return 'pass' if self.bar.reached(ratio) else 'FAIL'

    @property
    def mark(self):
        """In a word."""
        return self._mark(self.ratio)

    @property
    def sure(self):
        """Whether more rounds would have the same mark."""
        return self.interval is None or len(
            {self.bar.reached(ratio) for ratio in self.interval}) == 1

    @property
    def reason(self):
        """If the limit is not reached: why that is so, or ''."""
        timed = self.ratio is not None
        if (self.mark if timed else self.counted_mark) != 'FAIL':
            return ''
        floor = self.floor if timed else self.counted_floor
        if floor is not None and not self.bar.reached(floor):
            both = ((self.floor, ''), (self.counted_floor,
                                       ' in instructions'))
            beyond = [f'{ratio:.3g}{unit}' for ratio, unit in both
                      if ratio is not None]
            return (f'out of reach: {self.bar.floor.text} has '
                    f'{" and ".join(beyond)} already')
        if self.bar.why and self.counted is not None:
            return f'{self.bar.why}: {self.counted:.3g} in instructions'
        return self.bar.why

    @property
    def counted_mark(self):
        """The same of instructions."""
        if self.counted is None or not self.bar.counts:
            return ''
        return self._mark(self.counted)

    def as_json(self):
        """For report.json."""
        return {'text': self.bar.text, 'limit': self.bar.limit,
                'at_least': self.bar.at_least, 'ratio': self.ratio,
                'q1': self.low, 'q3': self.high, 'mark': self.mark,
                'sure': self.sure, 'floor': self.floor,
                'instructions': self.counted,
                'instructions_mark': self.counted_mark,
                'instructions_floor': self.counted_floor,
                'reason': self.reason}


def nothing_done(**params):
    """The floor of a transaction"""
    return Floor('an IOMMU that does nothing',
                 Side('engine', 'hit', 'empty', tuple(sorted(params.items()))))


NO_COMMAND = Floor('a command that does nothing',
                   Side('engine', 'command', 'ours', (('cached', 0),)))


def versus(other, name, limit, text, bench='engine', of_bar=None, **params):
    """Ours to another subject's, of the same thing."""
    key = tuple(sorted(params.items()))
    return Bar(f'ours/{other}: {text}', limit,
               Side(bench, name, 'ours', key), Side(bench, name, other, key),
               **(of_bar or {}))


def hits(pages, limit):
    """A hit in a working set of PAGES, to upstream's."""
    params = {'pages': pages, 'bytes': 8, 'stages': 's1'}
    return versus('upstream', 'hit', limit, f'hit, {pages} '
                  f'{"page" if pages == 1 else "pages"}',
                  of_bar={'floor': nothing_done(**params)}, **params)


def within(bench, name, limit, text, over, under):
    """Ours to ours, with other parameters."""
    return Bar(f'ours, {text}', limit, *(
        Side(bench, name, 'ours', tuple(sorted(params.items())))
        for params in (over, under)))


def independent(bench, name, **params):
    """What is cached must not slow an invalidation down."""
    return within(bench, name, 1.5, f'{bench}: {name}, 4096 cached/none',
                  {**params, 'cached': 4096}, {**params, 'cached': 0})


def crowd(name, number):
    """How many there are must not slow a hit down; times need some room."""
    return within('engine', name, 1.25, f'hit, {number} {name}/1',
                  {name: number}, {name: 1})


HIT = {'pages': 1, 'stages': 's1'}

# "An empty TLB" may be ours alone, or upstream's as well. For the latter, no
# command can be that cheap: see docs/devel/performance-commands.rst.
NOTHING = Side('engine', 'tlbi-ril', 'ours', (('cached', 0), ('pages', 992)))
RANGES_OF_NOTHING = tuple(
    Bar(f'ours/upstream: TLBI_NH_VA of 992 pages, {text}', 0.02, NOTHING,
        Side('engine', 'tlbi-ril', 'upstream',
             (('cached', cached), ('pages', 992))), floor=NO_COMMAND)
    for cached, text in ((992, 'none/992 cached'), (0, 'none/none cached')))

# Shown by the same with passthrough, where the kernel has none of it to do.
MAPPING = ("the guest's kernel maps, unmaps and invalidates each page, which "
           'it does not behind nothing (docs/devel/performance.rst)')

BARS = (
    hits(1, 0.30), hits(200, 0.30), hits(4096, 0.12), hits(65536, 0.20),
    *(versus('upstream', 'miss', 0.25, text, stages=stages,
             of_bar={'floor': nothing_done(pages=200, bytes=8, stages='s1')})
      for stages, text in (('s1', 'isolated miss, stage 1'),
                           ('nested', 'cold miss, nested 4K and 4K'))),
    versus('upstream', 'tlbi-va', 0.10, 'TLBI_NH_VA, 255 cached', cached=255),
    versus('upstream', 'tlbi-ril', 0.05, 'TLBI_NH_VA of 992 pages', pages=992,
           cached=992),
    *RANGES_OF_NOTHING,
    versus('upstream', 'tlbi-asid', 0.10, 'TLBI_NH_ASID, 255 cached',
           cached=255),
    # Of both stages, 255 pages and their tables are more than upstream holds.
    versus('upstream', 'tlbi-vmid', 0.10, 'TLBI_S12_VMALL, 200 cached',
           cached=200),
    versus('upstream', 'tlbi-all', 0.10, 'TLBI_NSNH_ALL, 255 cached',
           cached=255),
    versus('upstream', 'fault', 0.10, '4 KiB DMA that faults', bytes=4096),
    versus('empty', 'hit', 1.25, '8-byte hit', bytes=8, **HIT),
    versus('none', 'hit', 1.8, '8-byte hit', bytes=8, **HIT,
           of_bar={'floor': nothing_done(bytes=8, **HIT)}),
    versus('none', 'hit', 1.15, '4 KiB read, hit', bytes=4096, **HIT,
           of_bar={'counts': False,
                   'floor': nothing_done(bytes=4096, **HIT)}),
    *(versus('none', 'nvme-seq-read', 0.95,
             f'guest, nvme sequential read, {text}{mode}', bench='guest',
             of_bar={'at_least': True, 'counts': False,
                     'why': '' if mode == 'passthrough' else MAPPING},
             mode=mode, **depth)
      for text, depth in (('', {}), ('8 at a time, ', {'depth': 8}))
      for mode in ('passthrough', 'lazy', 'strict')),
    *(independent('engine', name)
      for name in ('tlbi-va', 'tlbi-asid', 'tlbi-vmid', 'tlbi-all')),
    *(independent('core', name, how='queue')
      for name in ('tlbi-va', 'tlbi-vaa', 'tlbi-ipa')),
    crowd('instances', 10), crowd('streams', 10200),
)


def ratios(over, under):
    """Of each round; of the medians alone if rounds are not the same ones."""
    if len(over.samples) != len(under.samples) or 0 in under.samples:
        return [over.median / under.median] if under.median else []
    return [a / b for a, b in zip(over.samples, under.samples)]


def floor_of(bar, found, under, kind=''):
    """The least that a ratio to UNDER can be, or None"""
    over = bar.floor and bar.floor.side.find(found, kind)
    return over.median / under.median if over and under else None


def judge(bar, found):
    """The Result of BAR for {bench: [row]}."""
    result = Result(bar)
    over, under = bar.over.find(found), bar.under.find(found)
    values = ratios(over, under) if over and under else []
    if values:
        result.low, result.ratio, result.high = rows.quartiles(values)
        result.interval = rows.interval(values)
    result.floor = floor_of(bar, found, under)
    over, under = (side.find(found, COUNTS) for side in (bar.over, bar.under))
    result.counted_floor = floor_of(bar, found, under, COUNTS)
    if over and under:
        # Half as many instructions are twice as many bytes.
        result.counted = (under.median / over.median if bar.at_least else
                          over.median / under.median)
    return result


def undecided(bench, group):
    """Whether more rounds of rows of a bench could change a mark."""
    results = (judge(each, {bench: group}) for each in BARS)
    return any(result.ratio is not None and not result.sure
               for result in results)
