# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be seen at U-Boot's prompt, before anything is booted.

Each look is a function of a Board that returns '' or what was wrong. The
SMMUs are as they come out of reset: nobody has written to one.
"""

import dataclasses
import re
import tempfile
import zlib

from msmmu_guest import uboot

HOST_BRIDGE, NVME = '1b36:0008', '1b36:0010'
BLOCK = 512
READ_BLOCKS = 2048              # of each disk
WRITE_AT = 4096                 # the block that writes begin at
WRITE_BLOCKS = 16
BUFFER = 0x44000000             # in memory that U-Boot leaves alone

# The address map of virt-msmmu, and IHI 0070, 6.3
SMMU_BASE, SMMU_STRIDE = 0x0b000000, 0x80000
CR0, GBPA, GERROR = 0x20, 0x44, 0x60
GBPA_RESET = 0x1000
GBPA_ABORT, GBPA_UPDATE = 1 << 20, 1 << 31


@dataclasses.dataclass
class Board:
    """U-Boot at its prompt, and what it was started with."""
    prompt: object
    ports: list
    disks: dict                 # {serial: the file}

    def smmus(self):
        """{an instance's id: its registers}; in the order of creation."""
        names = [port.smmu for port in self.ports
                 if port.kind in ('own', 'pcie.0')]
        return {name: SMMU_BASE + number * SMMU_STRIDE
                for number, name in enumerate(names)}


def board_of(machine, prompt, ports):
    """The Board of a running machine: its command line names the files."""
    files = dict(re.findall(r'id=drive-(\S+?),\S*?file=(\S+)',
                            ' '.join(machine.result.command)))
    return Board(prompt, ports, files)


def content(serial, blocks=READ_BLOCKS):
    """What the host puts on a disk: each block says whose it is."""
    return b''.join(
        (f'{serial} block {number} '.encode() * BLOCK)[:BLOCK]
        for number in range(blocks))


def version(wanted):
    """It is the U-Boot that was asked for."""
    def look(board):
        found = board.prompt.version()
        return '' if found == wanted else f'it is {found}'
    return look


def device_tree(board):
    """U-Boot's own is the emulator's, to the byte.

    For machines with dtb-randomness=off: else the seeds in it differ.
    """
    with tempfile.NamedTemporaryFile(suffix='.dtb') as file:
        board.prompt.machine.qmp('dumpdtb', filename=file.name)
        tree = file.read()
    pa = int(board.prompt.setting('fdtcontroladdr'), 16)
    if board.prompt.checksum(pa, len(tree)) != zlib.crc32(tree):
        return f'other bytes than the emulator\'s {len(tree)}, at {pa:#x}'
    return ''


def listed(board):
    """Every host bridge and every disk, before and after another "pci enum".

    U-Boot numbers buses on from root complex to root complex.
    """
    buses = {port.segment: [HOST_BRIDGE, NVME] for port in board.ports}
    buses.setdefault(0, [HOST_BRIDGE])
    wanted = [(bus, device, 0, name)
              for bus, segment in enumerate(sorted(buses))
              for device, name in enumerate(buses[segment])]
    for _ in range(2):
        found = [(one.bus, one.device, one.function, one.id)
                 for one in board.prompt.pci()]
        if found != wanted:
            return f'{found}, not {wanted}'
        board.prompt.must('pci enum')
    return ''


def reset_state(board):
    """No instance was touched: disabled, and bypassing all."""
    for name, base in board.smmus().items():
        found = [board.prompt.register(base + offset)
                 for offset in (CR0, GBPA, GERROR)]
        if found != [0, GBPA_RESET, 0]:
            return f'{name}: CR0, GBPA, GERROR: {[hex(one) for one in found]}'
    return ''


def disks_by_serial(board):
    """{serial: Disk}, after a scan; no read is answered from memory."""
    board.prompt.must('blkcache configure 0 0')
    board.prompt.must('nvme scan')
    return {disk.serial: disk for disk in board.prompt.disks().values()}


def read(board):
    """All that the host wrote to each disk is what is read from it."""
    for serial, path in board.disks.items():
        with open(path, 'r+b') as handle:
            handle.write(content(serial))
    disks = disks_by_serial(board)
    if set(disks) != set(board.disks):
        return f'disks {sorted(disks)}, not {sorted(board.disks)}'
    for serial, disk in disks.items():
        board.prompt.must(f'nvme dev {disk.number}')
        board.prompt.must(f'nvme read {BUFFER:#x} 0 {READ_BLOCKS:x}')
        wanted = content(serial)
        if board.prompt.checksum(BUFFER, len(wanted)) != zlib.crc32(wanted):
            found = board.prompt.read_memory(BUFFER, 32)
            return f'{serial}: another checksum; it begins with {found}'
    return ''


def written(board):
    """What is written to each disk is in its file, and in no other."""
    for serial, disk in disks_by_serial(board).items():
        board.prompt.must(f'nvme dev {disk.number}')
        board.prompt.must(f'nvme read {BUFFER:#x} 1 {WRITE_BLOCKS:x}')
        board.prompt.must(
            f'nvme write {BUFFER:#x} {WRITE_AT:x} {WRITE_BLOCKS:x}')
    for serial, path in board.disks.items():
        with open(path, 'rb') as handle:
            found = handle.read()
        wanted = bytearray(len(found))
        wanted[:READ_BLOCKS * BLOCK] = content(serial)
        start = WRITE_AT * BLOCK
        wanted[start:start + WRITE_BLOCKS * BLOCK] = \
            content(serial)[BLOCK:(WRITE_BLOCKS + 1) * BLOCK]
        if found != wanted:
            return f'{path} has something else'
    return ''


def aborts(number):
    """A switch for all: what SMMU NUMBER serves fails, others' do not."""
    def look(board):
        prompt = board.prompt
        port = board.ports[number - 1]
        gbpa = board.smmus()[port.smmu] + GBPA
        disks = {serial: disk.number
                 for serial, disk in disks_by_serial(board).items()}
        own = disks.pop(f'{port.bus}-1', None)
        if own is None or not disks:
            return f'disks {sorted(disks)} beside its own, {own}'
        other = min(disks.values())
        one_block = f'nvme read {BUFFER:#x} 0 1'
        prompt.register(gbpa, GBPA_UPDATE | GBPA_ABORT | GBPA_RESET)
        prompt.must(f'nvme dev {own}')
        output = prompt.fails(one_block)
        if not output.endswith('0 blocks read: ERROR'):
            return f'it says: {uboot.last_lines(output)}'
        prompt.must(f'nvme dev {other}')
        prompt.must(one_block)
        # The controller saw a fatal error: it works again when Linux has
        # reset it.
        prompt.register(gbpa, GBPA_UPDATE | GBPA_RESET)
        return ''
    return look


def empty_disks(board):
    """For those who come after us: as the disks were."""
    for path in board.disks.values():
        with open(path, 'r+b') as handle:
            size = handle.seek(0, 2)
            handle.truncate(0)
            handle.truncate(size)


def run(board, looks):
    """[(claim, problem)] of LOOKS, (claim, look) each; until one raises."""
    results = []
    for claim, look in looks:
        try:
            results.append((claim, look(board)))
        except uboot.UbootError as error:
            results.append((claim, str(error)))
            break
    return results
