# SPDX-License-Identifier: GPL-2.0-or-later
"""The DMA test engine as a clock of transactions (docs/specs/msmmu-engine.rst).

A descriptor's TIME is taken inside the emulator, around its transactions. They
are unmarked: they take the way that all devices of the emulator take. What the
engine itself spends on a descriptor is what the same one takes with bus
mastering off.
"""

import dataclasses
import struct
import time

RING, RING_SIZE, RING_CTRL, RING_PROD, RING_CONS, RING_STATUS = \
    0x1000, 0x1008, 0x100c, 0x1014, 0x1018, 0x101c
ENABLE_LOCAL = 3
LOCAL = 0x10000
SLOTS_LOG2 = 8
SLOT_BYTES = 128
HALTED = 3

FILL, TOUCH = 3, 11
STRIDED, RANDOM = 1, 2
CONTINUE, UNMARKED = 1 << 17, 1 << 18
OK, ABORTED = 1, 2
# Between looks whether a ring is done: whoever looks keeps the host's core, or
# half of it, from the emulator. So each pause is twice as long as the last.
PAUSE, LONGEST_PAUSE = 0.0005, 0.02


@dataclasses.dataclass
class Job:
    """Words 0 to 8 of a descriptor."""
    address: int
    op: int = TOUCH
    pattern: int = 0
    size: int = 8
    count: int = 1
    step: int = 0
    operand: int = 0
    seed: int = 0

    def encode(self):
        """The descriptor, not complete."""
        return struct.pack('<16Q', self.op | self.pattern << 8 | CONTINUE |
                           UNMARKED, self.size | self.count << 32,
                           self.address, self.step, 0, 0, self.operand, 0,
                           self.seed, *[0] * 7)


@dataclasses.dataclass
class Outcome:
    """Of one descriptor; time is in ns."""
    time: int
    transactions: int
    status: int
    failed: int


class Engine:
    """One function: its ring 0, of descriptors in the local memory."""

    def __init__(self, rc, bus, devfn, index):
        self.emulator, self.rc, self.bus, self.devfn = \
            rc.emulator, rc, bus, devfn
        self.registers = rc.enable(bus, devfn, index)
        self.local = self.registers + LOCAL
        self.prod = 0
        self.emulator.write(self.registers + RING, 0, 'q')
        self.emulator.write(self.registers + RING_SIZE, SLOTS_LOG2)
        self.emulator.write(self.registers + RING_CTRL, ENABLE_LOCAL)

    @property
    def sid(self):
        """The StreamID, where RequesterIDs are StreamIDs."""
        return self.bus << 8 | self.devfn

    def slot(self, number):
        """Where descriptor NUMBER is."""
        return self.local + number % (1 << SLOTS_LOG2) * SLOT_BYTES

    def run(self, jobs):
        """Do all of them, one after the other: their outcomes."""
        first, emulator = self.prod, self.emulator
        for job in jobs:
            emulator.store(self.slot(self.prod), job.encode())
            self.prod += 1
        emulator.write(self.registers + RING_PROD, self.prod & 0xffffffff)
        pause = PAUSE
        while emulator.read(self.registers + RING_CONS) != \
                self.prod & 0xffffffff:
            if emulator.read(self.registers + RING_STATUS) & 0xff == HALTED:
                raise RuntimeError('a ring has halted')
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return [self.outcome(number) for number in range(first, self.prod)]

    def outcome(self, number):
        """Words 11 to 15."""
        words = struct.unpack('<16Q', self.emulator.load(
            self.slot(number), SLOT_BYTES))
        return Outcome(time=words[11], transactions=words[12],
                       status=words[15] & 0xff, failed=words[15] >> 32)

    def check(self, jobs, status=OK):
        """Do all of them: each must end with STATUS."""
        outcomes = self.run(jobs)
        for job, outcome in zip(jobs, outcomes):
            if outcome.status != status:
                raise RuntimeError(f'{job}: {outcome}')
        return outcomes

    def without_master(self, jobs):
        """Do all of them, but for their transactions."""
        self.rc.set_master(self.bus, self.devfn, False)
        try:
            return self.check(jobs, ABORTED)
        finally:
            self.rc.set_master(self.bus, self.devfn, True)
