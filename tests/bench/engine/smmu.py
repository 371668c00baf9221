# SPDX-License-Identifier: GPL-2.0-or-later
"""A minimal driver of any SMMUv3: registers, queues, streams, tables.

Offsets and layouts are literal, from IHI 0070 and DDI 0487, for tables of 4 KiB
granules. Structures of stage 1 lie where the identity of stage 2 maps them.
"""

import dataclasses
import struct

CR0, CR0ACK, CR2 = 0x20, 0x24, 0x2c
STRTAB_BASE, STRTAB_BASE_CFG = 0x80, 0x88
CMDQ_BASE, CMDQ_PROD, CMDQ_CONS = 0x90, 0x98, 0x9c
EVENTQ_BASE, EVENTQ_PROD, EVENTQ_CONS = 0xa0, 0x100a8, 0x100ac
GERROR, GERRORN = 0x60, 0x64
SMMUEN, EVENTQEN, CMDQEN = 1, 4, 8

CFGI_ALL = (0x04, 31)
TLBI_ALL = (0x30, 0)
SYNC = (0x46, 0)
PREFETCH_NOTHING = (0x01, 0)

PAGE = 0x1000
BLOCK, TABLE, LEAF = 1, 3, 3
# Normal Write-Back, Inner Shareable, AF; user, not global / read, write
STAGE1_RW = 1 << 6 | 3 << 8 | 1 << 10 | 1 << 11
STAGE2_RW = 0xf << 2 | 3 << 6 | 3 << 8 | 1 << 10
EVENT_LOG2 = 12
COMMAND_LOG2 = 8
ASID, VMID = 5, 7


def cfgi_ste(sid):
    """CMD_CFGI_STE, Leaf"""
    return 0x03 | sid << 32, 1


def tlbi_va(address, asid=ASID, vmid=0):
    """CMD_TLBI_NH_VA of one page (4.4.1)"""
    return 0x12 | vmid << 32 | asid << 48, address


def tlbi_range(address, number, scale, asid=ASID, vmid=0):
    """The same of (NUMBER + 1) << SCALE pages of 4 KiB"""
    return (0x12 | number << 12 | scale << 20 | vmid << 32 | asid << 48,
            address | 1 << 10)


def tlbi_asid(asid=ASID, vmid=0):
    """CMD_TLBI_NH_ASID"""
    return 0x11 | vmid << 32 | asid << 48, 0


def tlbi_vmid(vmid=VMID):
    """CMD_TLBI_S12_VMALL"""
    return 0x28 | vmid << 32, 0


@dataclasses.dataclass
class Smmu:
    """An instance at REGISTERS, with MEMORY of its own for structures."""
    emulator: object
    registers: int
    memory: int
    prod: int = 0
    streams: int = 0
    commands: int = 0
    sid_bits: int = 16

    def read(self, register):
        """32 bits"""
        return self.emulator.read(self.registers + register)

    def write(self, register, value, size='l'):
        """l or q"""
        self.emulator.write(self.registers + register, value, size)

    def allocate(self, size, align=PAGE):
        """Memory, which nobody has written to yet: zeros"""
        address = -(-self.memory // align) * align
        self.memory = address + size
        return address

    def set_cr0(self, value):
        """And see it acknowledged."""
        self.write(CR0, value)
        if self.read(CR0ACK) != value:
            raise RuntimeError('CR0ACK')

    def start(self):
        """With queues and a linear stream table, everything invalid."""
        self.streams = self.allocate(64 << self.sid_bits, 64 << self.sid_bits)
        self.write(STRTAB_BASE, self.streams, 'q')
        self.write(STRTAB_BASE_CFG, self.sid_bits)
        self.commands = self.allocate(16 << COMMAND_LOG2)
        self.write(CMDQ_BASE, self.commands | COMMAND_LOG2, 'q')
        events = self.allocate(32 << EVENT_LOG2, 32 << EVENT_LOG2)
        self.write(EVENTQ_BASE, events | EVENT_LOG2, 'q')
        self.write(CR2, 2)
        self.set_cr0(CMDQEN)
        self.command(CFGI_ALL, TLBI_ALL, SYNC)
        self.set_cr0(CMDQEN | EVENTQEN)
        self.set_cr0(CMDQEN | EVENTQEN | SMMUEN)

    # ---- Queues

    def place(self, commands):
        """Put commands into the queue; returns CMDQ_PROD, not written yet."""
        for words in commands:
            index = self.prod & (1 << COMMAND_LOG2) - 1
            self.emulator.store(self.commands + 16 * index,
                                struct.pack('<2Q', *words))
            self.prod = (self.prod + 1) & (2 << COMMAND_LOG2) - 1
        return self.prod

    def check(self):
        """All commands were consumed, without an error."""
        if self.read(CMDQ_CONS) != self.prod or \
                self.read(GERROR) != self.read(GERRORN):
            raise RuntimeError(f'CMDQ_CONS is {self.read(CMDQ_CONS):#x}')

    def command(self, *commands):
        """Have commands done."""
        self.write(CMDQ_PROD, self.place(commands))
        self.check()

    def take_events(self):
        """Forget the events; returns how many there were."""
        prod, cons = self.read(EVENTQ_PROD), self.read(EVENTQ_CONS)
        mask = (2 << EVENT_LOG2) - 1
        self.write(EVENTQ_CONS, prod)
        return (prod - cons) & mask

    # ---- Streams

    def set_streams(self, sids, words):
        """The same STE for all of them, a range. The caller invalidates."""
        ste = struct.pack('<8Q', *words, *[0] * (8 - len(words)))
        self.emulator.store(self.streams + 64 * sids.start, ste * len(sids))

    def level3(self, outputs, attributes):
        """Tables of level 3, one after the other, of pages that map OUTPUTS"""
        address = self.allocate(-(-len(outputs) // 512) * PAGE)
        self.emulator.store(address, b''.join(
            struct.pack('<Q', output | attributes | LEAF)
            for output in outputs))
        return address

    def tables(self, address, outputs, attributes, root_pages=1):
        """Tables of levels 1 to 3 that map pages from ADDRESS on to OUTPUTS.

        ADDRESS is a multiple of 2 MiB in its first 512 GiB. Returns the root.
        """
        root = self.allocate(root_pages * PAGE, root_pages * PAGE)
        level3 = self.level3(outputs, attributes)
        first, last = address >> 21, address + PAGE * len(outputs) - 1 >> 21
        for gigabyte in range(first >> 9, (last >> 9) + 1):
            level2 = self.allocate(PAGE)
            self.emulator.write(root + 8 * gigabyte, level2 | TABLE, 'q')
            for block in range(max(first, gigabyte << 9),
                               min(last, (gigabyte << 9) + 511) + 1):
                self.emulator.write(level2 + 8 * (block & 511), level3 + (
                    block - first) * PAGE | TABLE, 'q')
        return root

    def context(self, root, asid=ASID):
        """A CD whose TTB0 has 39 bits of input at ROOT"""
        address = self.allocate(64, 64)
        self.emulator.store(address, struct.pack(
            '<8Q', 25 | 0x35 << 8 | 25 << 16 | 1 << 30 | 1 << 31 | 5 << 32 |
            1 << 41 | 1 << 45 | 1 << 46 | 1 << 47 | asid << 48, root, 0, 0xff,
            0, 0, 0, 0))
        return address


# Words of an STE: no stage, and attributes as they come (SHCFG)
BYPASS = [1 | 4 << 1, 1 << 44]


def stage1(context):
    """Words of an STE"""
    return [1 | 5 << 1 | context, 1 << 44]


def nested(context, root):
    """The same, with a stage 2 of 40 bits from level 1 on, S2R = 1"""
    return [1 | 7 << 1 | context, 1 << 44,
            VMID | 24 << 32 | 1 << 38 | 0x35 << 40 | 5 << 48 | 1 << 51 |
            1 << 58, root]
