# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured: each function returns a case, whose subjects take turns."""

import dataclasses
import itertools
import statistics
import typing

import smmu
from engine import ABORTED, OK, RANDOM, STRIDED, Job
from sides import IOVA, IOVA_PAGES, SUBJECTS, TRANSLATED

# Of a working set, at least, in so many jobs
READS, READS_OF_PAGES = 20000, 200
JOBS = 20
# How often the first read of pages, or a command, is measured for one sample
TIMES = 5
# A page of the stream that is not mapped
NOWHERE = IOVA + IOVA_PAGES * smmu.PAGE + 0x40000000
OTHER_ASID, OTHER_VMID = 0x1234, 0x99
FAULTS = 3
BATCH = 16


@dataclasses.dataclass
class Case:
    """MEASURE(subject) returns a sample."""
    name: str
    params: dict
    subjects: tuple
    measure: typing.Callable
    unit: str = 'ns'

    @property
    def title(self):
        """For people, and to choose it"""
        return ' '.join([self.name, *(f'{key}={value}' for key, value
                                      in self.params.items())])


def one_by_one(address, pages, size=8):
    """Reads of so many pages, each once"""
    return Job(address, pattern=STRIDED, step=smmu.PAGE, size=size,
               count=pages)


def per_transaction(outcomes):
    """ns: the median of jobs, most of which nothing has interrupted"""
    return statistics.median(outcome.time / outcome.transactions
                             for outcome in outcomes)


def net(engine, jobs, status=OK):
    """ns for each transaction of jobs, without what the engine takes"""
    return per_transaction(engine.check(jobs, status)) - \
        per_transaction(engine.without_master(jobs))


# ---- Hits

def random_jobs(side, pages, size, seeds):
    """Reads all over so many pages; and what comes before"""
    address, places = side.place(pages)
    job = Job(address, pattern=RANDOM, step=places * smmu.PAGE, size=size,
              count=max(READS, pages) // JOBS if size == 8 else READS_OF_PAGES)
    jobs = [dataclasses.replace(job, seed=next(seeds)) for _ in range(JOBS)]
    return [one_by_one(address, places, size), *jobs[:2]], jobs


def cyclic_jobs(side, pages):
    """The same, of one page after the other, and over again"""
    address, places = side.place(pages)
    job = one_by_one(address, pages)
    job.step = smmu.PAGE * places // pages & ~7
    return [job], [job] * max(5, min(-(-READS // pages), JOBS))


def hits(bench, pages, order='random', size=8):
    """Reads in a working set that was read before"""
    seeds = itertools.count()

    def measure(subject):
        side = bench.sides[subject]
        before, jobs = (cyclic_jobs(side, pages) if order == 'cyclic' else
                        random_jobs(side, pages, size, seeds))
        side.engine.check(before)
        return net(side.engine, jobs)

    params = {'pages': pages, 'bytes': size, 'stages': 's1'}
    if order != 'random':
        params['order'] = order
    return Case('hit', params, SUBJECTS, measure)


# ---- Misses

def misses(bench, stages, pages=200):
    """The first reads of pages, nothing being cached but the configuration"""
    def once(side, engine, jobs):
        side.smmu.command(smmu.TLBI_ALL, smmu.SYNC)
        engine.check([Job(IOVA + (pages + 512) * smmu.PAGE)])
        return net(engine, jobs)

    def measure(subject):
        side = bench.sides[subject]
        engine = side.nested if stages == 'nested' else side.engine
        return statistics.median(
            once(side, engine, [one_by_one(IOVA, pages)])
            for _ in range(TIMES))

    return Case('miss', {'stages': stages}, TRANSLATED, measure)


# ---- Commands

def fill(engine, pages):
    """Have so many pages cached, and no other."""
    if pages:
        engine.check([one_by_one(IOVA, pages)])


def commands(bench, name, cached, warm, measured, params=None, nested=False):
    """ns for each of MEASURED commands, with so many pages cached before"""
    def once(side):
        side.smmu.command(smmu.TLBI_ALL, smmu.SYNC)
        fill(side.nested if nested else side.engine, cached)
        return bench.time_commands(side, warm, measured) / len(measured)

    def measure(subject):
        side = bench.sides[subject]
        return statistics.median(once(side) for _ in range(TIMES))

    return Case(name, {**(params or {}), 'cached': cached}, TRANSLATED,
                  measure)


def pages_at(first, number):
    """Addresses of so many pages from page FIRST on"""
    return [IOVA + (first + i) * smmu.PAGE for i in range(number)]


def by_address(bench, cached):
    """TLBI_NH_VA of pages that are cached, or would be"""
    return commands(
        bench, 'tlbi-va', cached,
        [smmu.tlbi_va(va, OTHER_ASID) for va in pages_at(0, BATCH)],
        [smmu.tlbi_va(va) for va in pages_at(100, BATCH)])


def by_range(bench, cached):
    """One TLBI_NH_VA of 31 << 5 pages; several where nothing is to be lost"""
    number = 1 if cached else BATCH // 2
    return commands(bench, 'tlbi-ril', cached,
                    [smmu.tlbi_range(IOVA, 30, 5, OTHER_ASID)] * 4,
                    [smmu.tlbi_range(IOVA, 30, 5)] * number,
                    {'pages': 992})


def by_asid(bench, cached):
    """TLBI_NH_ASID"""
    return commands(bench, 'tlbi-asid', cached,
                    [smmu.tlbi_asid(OTHER_ASID)] * 4,
                    [smmu.tlbi_asid()])


def by_vmid(bench, cached):
    """TLBI_S12_VMALL"""
    return commands(bench, 'tlbi-vmid', cached,
                    [smmu.tlbi_vmid(OTHER_VMID)] * 4,
                    [smmu.tlbi_vmid()],
                    nested=True)


def of_all(bench, cached):
    """TLBI_NSNH_ALL"""
    return commands(bench, 'tlbi-all', cached,
                    [smmu.tlbi_asid(OTHER_ASID)] * 4,
                    [smmu.TLBI_ALL])


# ---- Faults

def fault_job():
    """Reads of 4 KiB that is not mapped"""
    return Job(NOWHERE, pattern=STRIDED, step=smmu.PAGE, size=smmu.PAGE,
               count=FAULTS)


def faults(bench):
    """ns of one DMA that faults"""
    def measure(subject):
        side = bench.sides[subject]
        side.smmu.take_events()
        return net(side.engine, [fault_job()], ABORTED)

    return Case('fault', {'bytes': smmu.PAGE}, TRANSLATED, measure)


def fault_events(bench):
    """Events of one DMA that faults"""
    def measure(subject):
        side = bench.sides[subject]
        side.smmu.take_events()
        side.engine.check([fault_job()], ABORTED)
        return side.smmu.take_events() / FAULTS

    return Case('fault-events', {'bytes': smmu.PAGE}, TRANSLATED, measure,
                  unit='events')


def all_of(bench):
    """Every case of this emulator"""
    sizes = (1, 16, 64, 200, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
    yield from (hits(bench, pages) for pages in sizes)
    yield hits(bench, 1, size=smmu.PAGE)
    yield from (hits(bench, pages, 'cyclic') for pages in (200, 4096, 5000))
    yield misses(bench, 's1')
    yield misses(bench, 'nested')
    for cached in (0, 255, 4096):
        for make in (by_address, by_asid, of_all):
            yield make(bench, cached)
    # Upstream's cache takes stage 1 tables, too, and is cleared at 256.
    yield from (by_vmid(bench, cached) for cached in (0, 200, 4096))
    yield from (by_range(bench, cached) for cached in (0, 992))
    yield faults(bench)
    yield fault_events(bench)
