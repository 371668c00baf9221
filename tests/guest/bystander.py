# SPDX-License-Identifier: GPL-2.0-or-later
"""Engines that something beside the guest has set up, and keeps at work.

A display's firmware, a management processor: what uses memory before the guest
has drivers, and goes on while it boots. Here it is a thread of the test, which
reaches physical memory by the emulator's qtest socket. The guest knows nothing
of it. Registers and descriptors are those of docs/specs/msmmu-engine.rst.
"""

import dataclasses
import socket
import threading
import time

COMMAND, BAR_0, BAR_2 = 0x04, 0x10, 0x18
DECODES, DECODES_AND_MASTERS = 2, 6
RING, RING_SIZE, RING_CTRL, RING_PROD, RING_CONS = \
    0x1000, 0x1008, 0x100c, 0x1014, 0x1018
ENABLE_LOCAL = 3
FILL = 3
OK, ABORTED = 'ok', 'aborted'
# Of word 15: STATUS, and DETAIL 0: aborted by the IOMMU
ENDS = {0x0001: OK, 0x0002: ABORTED}
TRANSFER_BYTES = 64
TRIES = 50
PAUSE = 0.005


class Gone(Exception):
    """The emulator has ended."""


class Memory:
    """Physical memory, as a CPU sees it."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.socket.settimeout(60)
        self.lines = self.socket.makefile('r', encoding='ascii')

    def close(self):
        """The emulator goes on."""
        self.lines.close()
        self.socket.close()

    def ask(self, text):
        """What the emulator answers, without its OK."""
        try:
            self.socket.sendall(text.encode('ascii') + b'\n')
            answer = self.lines.readline()
        except (OSError, ValueError) as error:
            raise Gone from error
        if not answer.startswith('OK'):
            raise Gone(answer)
        return answer[2:].strip()

    def read(self, address, size='l'):
        """A register: w, l or q."""
        return int(self.ask(f'read{size} {address:#x}'), 0)

    def write(self, address, value, size='l'):
        """A register: w, l or q."""
        self.ask(f'write{size} {address:#x} {value:#x}')


@dataclasses.dataclass
class Engine:
    """An engine, and what it is to do again and again: fill 64 bytes."""
    name: str
    config: int             # the function's configuration space
    window: int             # what the 32-bit window's addresses are short of
    target: int             # IOVA
    bar: int = 0            # where firmware puts its BARs
    asleep: bool = False    # no: the system has placed it, and left it alone
    patience: int = 0       # give up after so many faults in a row; 0: never
    ends: list = dataclasses.field(default_factory=list)

    def set_up(self, memory):
        """As firmware does."""
        memory.write(self.config + BAR_0, self.bar)
        memory.write(self.config + BAR_2, self.bar + 0x10000)
        memory.write(self.config + COMMAND, DECODES_AND_MASTERS, 'w')

    def gives_up(self):
        """Linux tells of only some events in a second, of all SMMUs together.
        """
        return self.patience and \
            self.ends[-self.patience:] == [ABORTED] * self.patience

    def transfer(self, memory, number):
        """How one transfer of NUMBER ended, None if there was none.

        The guest may be moving the engine at this moment: then some of what is
        written goes nowhere, and the descriptor is not complete, or no good.
        """
        bars = [memory.read(self.config + bar) & ~0xf
                for bar in (BAR_0, BAR_2)]
        command = memory.read(self.config + COMMAND, 'w')
        if not all(bars) or not (command & DECODES or self.asleep):
            return None
        if command & DECODES_AND_MASTERS != DECODES_AND_MASTERS:
            memory.write(self.config + COMMAND,
                         command | DECODES_AND_MASTERS, 'w')
        registers, local = (self.window + bar for bar in bars)
        for word, value in enumerate((FILL, TRANSFER_BYTES | 1 << 32,
                                      self.target, 0, 0, 0, number)):
            memory.write(local + 8 * word, value, 'q')
        memory.write(local + 8 * 15, 0, 'q')
        memory.write(registers + RING_CTRL, 0)
        memory.write(registers + RING, 0, 'q')
        memory.write(registers + RING_SIZE, 0)
        memory.write(registers + RING_CTRL, ENABLE_LOCAL)
        memory.write(registers + RING_PROD, 1)
        for _ in range(TRIES):
            if memory.read(registers + RING_CONS) == 1:
                return ENDS.get(memory.read(local + 8 * 15, 'q') & 0xffff)
        return None


class Worker:
    """Keeps engines at work from before the machine runs until it ends.

    AT_WORK are set up first of all. LATER are left alone until the guest's
    system is up.
    """

    def __init__(self, at_work, later=()):
        self.at_work, self.later = at_work, later
        self.memory = self.thread = None
        self.system_is_up = False
        self.rounds = 0
        self.enabled_at = None      # the round in which an SMMU aborted

    def start(self, path):
        """Before the machine runs."""
        self.memory = Memory(path)
        for engine in self.at_work:
            engine.set_up(self.memory)
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self):
        try:
            while True:
                self._round()
                time.sleep(PAUSE)
        except Gone:
            self.memory.close()

    def _round(self):
        self.rounds += 1
        for engine in (*self.at_work, *(self.later if self.system_is_up
                                        else ())):
            if engine.gives_up():
                continue
            engine.ends.append(engine.transfer(self.memory, self.rounds))
            if engine.ends[-1] == ABORTED and self.enabled_at is None:
                self.enabled_at = self.rounds
