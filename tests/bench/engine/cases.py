# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured: each function returns a case, whose subjects take turns."""

import dataclasses
import itertools
import typing

import smmu
from engine import ABORTED, RANDOM, STRIDED, Job
from meters import net
from sides import (BLOCK, DATA, DATA_PAGES, IOVA, IOVA_PAGES, MIXED,
                   MIXED_PAIRS, SUBJECTS, TRANSLATED)

# Of a working set
JOBS, READS_OF_PAGES = 20, 200
# A page of the stream that is not mapped
NOWHERE = IOVA + IOVA_PAGES * smmu.PAGE + 0x40000000
# Some that are, but are not among those that are measured
ELSEWHERE = IOVA + 4096 * smmu.PAGE
OTHER_ASID, OTHER_VMID = 0x1234, 0x99
FAULTS = 3
PAGES_BEFORE = 2048
BATCH = 16


@dataclasses.dataclass
class Case:
    """MEASURE(bench, subject) returns a sample."""
    name: str
    params: dict
    subjects: tuple
    measure: typing.Callable
    # What a sample is, if not what the meter tells
    unit: str = ''

    @property
    def title(self):
        """For people, and to choose it"""
        return ' '.join([self.name, *(f'{key}={value}' for key, value
                                      in self.params.items())])


def one_by_one(address, pages, size=8):
    """Reads of so many pages, each once"""
    return Job(address, pattern=STRIDED, step=smmu.PAGE, size=size,
               count=pages)


# ---- Hits

def random_jobs(place, size, seeds, reads):
    """Reads all over so many pages; and what comes before"""
    address, places = place
    job = Job(address, pattern=RANDOM, step=places * smmu.PAGE, size=size,
              count=max(reads, places) // JOBS if size == 8 else READS_OF_PAGES)
    jobs = [dataclasses.replace(job, seed=next(seeds)) for _ in range(JOBS)]
    return [one_by_one(address, places, size), *jobs[:2]], jobs


def cyclic_jobs(side, pages, reads):
    """The same, of one page after the other, and over again"""
    address, places = side.place(pages)
    job = one_by_one(address, pages)
    job.step = smmu.PAGE * places // pages & ~7
    return [job], [job] * max(5, min(-(-reads // pages), JOBS))


def hits(pages, order='random', size=8, stages='s1'):
    """Reads in a working set that was read before"""
    seeds = itertools.count()

    def measure(bench, subject):
        side, reads = bench.sides[subject], bench.meter.reads
        engine = side.of_stages(stages)
        before, jobs = (
            cyclic_jobs(side, pages, reads) if order == 'cyclic' else
            random_jobs(side.place(pages, stages), size, seeds, reads))
        engine.check(before)
        return net([bench.meter.transactions(engine, jobs)])

    params = {'pages': pages, 'bytes': size, 'stages': stages}
    if order != 'random':
        params['order'] = order
    return Case('hit', params, SUBJECTS, measure)


def mixed_hits():
    """Reads of 2 MiB leaves and of pages in turns, all read before"""
    def measure(bench, subject):
        side = bench.sides[subject]
        address, span = (MIXED, BLOCK) if side.smmu else (DATA, smmu.PAGE)
        step = smmu.PAGE if side.smmu else 8
        jobs = [Job(address + i * step, pattern=STRIDED, step=span,
                    count=2 * MIXED_PAIRS) for i in range(DATA_PAGES)]
        side.engine.check(jobs)
        return net([bench.meter.transactions(side.engine, jobs * 5)])

    return Case('hit', {'leaves': '2M+4K', 'bytes': 8, 'stages': 's1'},
                SUBJECTS, measure)


# ---- Misses

def misses(stages, pages=200):
    """The first reads of pages, nothing being cached but the configuration"""
    def once(bench, side, engine, jobs):
        side.smmu.command(smmu.TLBI_ALL, smmu.SYNC)
        engine.check([Job(IOVA + (pages + 512) * smmu.PAGE)])
        return bench.meter.transactions(engine, jobs)

    def measure(bench, subject):
        side = bench.sides[subject]
        engine = side.of_stages(stages)
        return net(once(bench, side, engine, [one_by_one(IOVA, pages)])
                   for _ in range(bench.meter.times))

    return Case('miss', {'stages': stages}, TRANSLATED, measure)


def config_misses(stages):
    """A read, of what is cached, whose configuration is not"""
    def once(bench, side, engine):
        engine.check([Job(IOVA)])
        side.smmu.command(smmu.cfgi_ste(engine.sid), smmu.SYNC)
        return bench.meter.transactions(engine, [Job(IOVA)])

    def measure(bench, subject):
        side = bench.sides[subject]
        engine = side.of_stages(stages)
        return net(once(bench, side, engine)
                   for _ in range(bench.meter.times))

    return Case('config-miss', {'stages': stages}, TRANSLATED, measure)


# ---- Commands

def fill(side, engine, pages, others=0):
    """Have so many pages cached, and OTHERS; before, there were more."""
    engine.check([one_by_one(IOVA, PAGES_BEFORE)])
    side.smmu.command(smmu.TLBI_ALL, smmu.SYNC)
    if others:
        engine.check([one_by_one(ELSEWHERE, others)])
    if pages:
        engine.check([one_by_one(IOVA, pages)])


def commands(name, cached, warm, measured, params=None, nested=False,
             others=0):
    """Each of MEASURED commands, with so many pages cached before"""
    def once(bench, side):
        fill(side, side.nested if nested else side.engine, cached, others)
        return bench.measure_commands(side, warm, measured)

    def measure(bench, subject):
        side = bench.sides[subject]
        return net(once(bench, side)
                   for _ in range(bench.meter.times)) / len(measured)

    return Case(name, {**(params or {}), 'cached': cached}, TRANSLATED,
                  measure)


def pages_at(first, number):
    """Addresses of so many pages from page FIRST on"""
    return [IOVA + (first + i) * smmu.PAGE for i in range(number)]


def by_address(cached):
    """TLBI_NH_VA of pages that are cached, or would be"""
    return commands(
        'tlbi-va', cached,
        [smmu.tlbi_va(va) for va in pages_at(0, BATCH)],
        [smmu.tlbi_va(va) for va in pages_at(100, BATCH)])


def by_range(cached):
    """One TLBI_NH_VA of 31 << 5 pages; several where nothing is to be lost

    Before it, ranges of 31 << 1 pages elsewhere are dropped. Upstream has
    lost these, as it is cleared at 256: it has what it would have without them.
    """
    number, others = (1, 256) if cached else (BATCH // 2, 0)
    return commands('tlbi-ril', cached,
                    [smmu.tlbi_range(ELSEWHERE + i * 62 * smmu.PAGE, 30, 1)
                     for i in range(4)],
                    [smmu.tlbi_range(IOVA, 30, 5)] * number,
                    {'pages': 992}, others=others)


def by_asid(cached):
    """TLBI_NH_ASID"""
    return commands('tlbi-asid', cached,
                    [smmu.tlbi_asid(OTHER_ASID)] * 4,
                    [smmu.tlbi_asid()])


def by_vmid(cached):
    """TLBI_S12_VMALL"""
    return commands('tlbi-vmid', cached,
                    [smmu.tlbi_vmid(OTHER_VMID)] * 4,
                    [smmu.tlbi_vmid()],
                    nested=True)


def of_all(cached):
    """TLBI_NSNH_ALL"""
    return commands('tlbi-all', cached,
                    [smmu.tlbi_asid(OTHER_ASID)] * 4,
                    [smmu.TLBI_ALL])


def of_nothing():
    """CMD_PREFETCH_CFG of a stream that nobody has: what a command takes"""
    return commands('command', 0, [smmu.PREFETCH_NOTHING] * 4,
                    [smmu.PREFETCH_NOTHING] * (BATCH // 2))


# ---- Faults

def fault_job():
    """Reads of 4 KiB that is not mapped"""
    return Job(NOWHERE, pattern=STRIDED, step=smmu.PAGE, size=smmu.PAGE,
               count=FAULTS)


def faults():
    """One DMA that faults"""
    def once(bench, side):
        side.smmu.take_events()
        return bench.meter.transactions(side.engine, [fault_job()], ABORTED)

    def measure(bench, subject):
        side = bench.sides[subject]
        return net(once(bench, side) for _ in range(bench.meter.times))

    return Case('fault', {'bytes': smmu.PAGE}, TRANSLATED, measure)


def fault_events():
    """Events of one DMA that faults"""
    def measure(bench, subject):
        side = bench.sides[subject]
        side.smmu.take_events()
        side.engine.check([fault_job()], ABORTED)
        return side.smmu.take_events() / FAULTS

    return Case('fault-events', {'bytes': smmu.PAGE}, TRANSLATED, measure,
                  unit='events')


def all_of():
    """Every case of sides.Bench, in groups: those in one take turns."""
    sizes = (1, 16, 64, 200, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
    yield from ([hits(pages)] for pages in sizes)
    yield [hits(1, size=smmu.PAGE)]
    yield [mixed_hits()]
    yield from ([hits(pages, 'cyclic')] for pages in (200, 4096, 5000))
    yield from ([hits(200, stages=stages)] for stages in ('none', 'nested'))
    for make in (misses, config_misses):
        yield from ([make(stages)] for stages in ('s1', 'nested'))
    for make in (by_address, by_asid, of_all):
        yield [make(cached) for cached in (0, 255, 4096)]
    # Upstream's cache takes stage 1 tables, too, and is cleared at 256.
    yield [by_vmid(cached) for cached in (0, 200, 4096)]
    yield [by_range(0), by_range(992), of_nothing()]
    yield [faults()]
    yield [fault_events()]
