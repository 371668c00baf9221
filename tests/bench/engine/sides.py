# SPDX-License-Identifier: GPL-2.0-or-later
"""One emulator, and in it engines behind nothing, behind an IOMMU that does
nothing, behind upstream's model and behind ours, set up alike.
"""

import dataclasses

import smmu
from emulator import Emulator, RootComplex
from engine import FILL, Engine, Job

# Guest memory: what is read, and the structures of each SMMU, all of it where
# the tables of stage 2 map addresses to themselves
RAM = 0x40000000
MAPPED_PAGES = 1 << 16
DATA = 0x40200000
UPSTREAM_MEMORY, OURS_MEMORY = 0x42000000, 0x48000000
# So few pages of data that they stay in the host's caches, whatever is read:
# only what is translated differs between working sets.
DATA_PAGES = 16
IOVA = 0x100000000
IOVA_PAGES = 1 << 16
NESTED_PAGES = 1 << 12
# In turns, 2 MiB of one leaf and 2 MiB of pages, so often
BLOCK = 2 << 20
MIXED, MIXED_PAIRS = IOVA + 0x20000000, 4
# The StreamIDs of stage 1, of both stages and of none
DEVFN, NESTED_DEVFN, BYPASS_DEVFN = 0x10, 0x18, 0x20
DEVFNS = DEVFN, NESTED_DEVFN, BYPASS_DEVFN
UPSTREAM_REGISTERS, OURS_REGISTERS = 0x09050000, 0x0b000000

MACHINE = ['-M', 'virt-msmmu,iommu=smmuv3', '-m', '512M',
           '-device', 'msmmu-rc,id=rc1', '-device', 'msmmu-rc,id=rc2',
           '-device', 'msmmu-rc,id=rc3',
           '-device', 'msmmu-bench-iommu,primary-bus=rc2',
           '-device', 'msmmu-smmuv3,id=smmu1,primary-bus=rc3,stage=nested']
BUSES = {'upstream': 'pcie.0', 'none': 'rc1', 'empty': 'rc2', 'ours': 'rc3'}
NUMBERS = {'upstream': 0, 'none': 1, 'empty': 2, 'ours': 3}
TRANSLATED = ('upstream', 'ours')
SUBJECTS = ('none', 'empty', 'upstream', 'ours')


@dataclasses.dataclass
class Side:
    """A subject: engines, and the SMMU if there is one."""
    name: str
    engine: Engine
    nested: Engine
    bypass: Engine
    smmu: object = None

    def of_stages(self, stages):
        """The engine whose stream has these"""
        return {'s1': self.engine, 'nested': self.nested,
                'none': self.bypass}[stages]

    def place(self, pages, stages='s1'):
        """Where so many pages are read, and how many they are in memory."""
        if self.smmu and stages != 'none':
            return IOVA, pages
        return DATA, min(pages, DATA_PAGES)


def outputs(pages):
    """Of consecutive IOVA pages: no two neighbours are neighbours in memory."""
    return [DATA + i * 5 % DATA_PAGES * smmu.PAGE for i in range(pages)]


def mix_leaves(instance, root):
    """Leaves of 2 MiB between pages, under a table of level 2 that is there"""
    entry = instance.emulator.read(root + 8 * (MIXED >> 30), 'q')
    level3 = instance.level3(outputs(512), smmu.STAGE1_RW)
    at = (entry & -smmu.PAGE) + 8 * (MIXED >> 21 & 511)
    for _ in range(MIXED_PAIRS):
        instance.emulator.write(at, DATA | smmu.STAGE1_RW | smmu.BLOCK, 'q')
        instance.emulator.write(at + 8, level3 | smmu.TABLE, 'q')
        at += 16


def set_up(instance, ranges, nested_ranges=()):
    """Translations of IOVA_PAGES by stage 1, of NESTED_PAGES by both stages,
    for ranges of StreamIDs.
    """
    root = instance.tables(IOVA, outputs(IOVA_PAGES), smmu.STAGE1_RW)
    mix_leaves(instance, root)
    words = smmu.stage1(instance.context(root))
    for sids in ranges:
        instance.set_streams(sids, words)
    if nested_ranges:
        identity = [RAM + i * smmu.PAGE for i in range(MAPPED_PAGES)]
        stage2 = instance.tables(RAM, identity, smmu.STAGE2_RW, root_pages=2)
        root = instance.tables(IOVA, outputs(NESTED_PAGES), smmu.STAGE1_RW)
        words = smmu.nested(instance.context(root), stage2)
    for sids in nested_ranges:
        instance.set_streams(sids, words)
    instance.command(smmu.CFGI_ALL, smmu.SYNC)


def fill_data(emulator):
    """No page is one that nobody ever wrote."""
    for page in range(DATA_PAGES):
        emulator.store(DATA + page * smmu.PAGE, bytes([page]) * smmu.PAGE)


class Bench:
    """All sides in one emulator."""

    def __init__(self, meter, options=''):
        arguments = list(MACHINE)
        arguments[-1] += f',{options}' if options else ''
        for bus in BUSES.values():
            for devfn in DEVFNS:
                arguments += ['-device',
                              f'msmmu-engine,bus={bus},addr={devfn >> 3:x}']
        self.meter = meter
        self.emulator = Emulator(meter.program, arguments)
        self.sides = {name: self._side(name) for name in SUBJECTS}
        fill_data(self.emulator)
        self.bell = self.sides['none'].nested

    def _side(self, name):
        rc = RootComplex(self.emulator, NUMBERS[name])
        side = Side(name, *(Engine(rc, 0, devfn, index)
                            for index, devfn in enumerate(DEVFNS)))
        if name in TRANSLATED:
            side.smmu = smmu.Smmu(
                self.emulator,
                OURS_REGISTERS if name == 'ours' else UPSTREAM_REGISTERS,
                OURS_MEMORY if name == 'ours' else UPSTREAM_MEMORY)
            side.smmu.start()
            side.smmu.set_streams(range(BYPASS_DEVFN, BYPASS_DEVFN + 1),
                                  smmu.BYPASS)
            set_up(side.smmu, [range(DEVFN, DEVFN + 1)],
                   [range(NESTED_DEVFN, NESTED_DEVFN + 1)])
        return side

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.emulator.close()

    # ---- Commands: an engine writes CMDQ_PROD

    def bell_job(self, instance, prod):
        """A write of CMDQ_PROD by the engine that is behind nothing"""
        return Job(op=FILL, size=4, operand=prod,
                   address=instance.registers + smmu.CMDQ_PROD)

    def measure_commands(self, side, warm, commands):
        """What all of COMMANDS take, and what the write itself takes.

        WARM are commands that come first and concern nothing that is measured:
        the emulator's code is in the host's caches then.
        """
        instance, jobs = side.smmu, []
        for group in ((), warm, (), commands):
            jobs.append(self.bell_job(instance, instance.place(group)))
        found = self.meter.last_two(self.bell, jobs)
        instance.check()
        return found
