# SPDX-License-Identifier: GPL-2.0-or-later
"""The ACPI tables of a machine, as firmware would install them, without it.

The emulator builds the tables for firmware, which fetches them as files from
fw_cfg: the tables in one blob, and a script for a loader, which allocates
memory for files, makes addresses of offsets, and adds checksums. Here the
emulator runs no instruction (its accelerator is "qtest"); we fetch the files
by fw_cfg's DMA interface and do what the script says.

    tables = acpi_tables.read([qemu, '-M', 'virt-msmmu', ...])
    for table in tables:
        print(table[:4], len(table))        # in the order of the XSDT

QEMU documents both: docs/specs/fw_cfg.rst and, for the script,
hw/acpi/bios-linker-loader.c.
"""

import base64
import struct
import subprocess

import msmmu_env

FW_CFG = 0x09020000             # of QEMU's machine virt
FW_CFG_DMA = FW_CFG + 16
DMA_SELECT, DMA_READ = 8, 2
FILE_DIRECTORY = 0x19
SCRATCH = 0x40000000            # where virt's memory begins
BUFFER = SCRATCH + 0x1000
# Where the files are said to be loaded; they need not be, to be read.
LOADED = 0x48000000
LOADED_STEP = 0x1000000
ENTRY_BYTES = 128
ALLOCATE, ADD_POINTER, ADD_CHECKSUM, WRITE_POINTER = 1, 2, 3, 4


class AcpiError(msmmu_env.SetupError):
    """The emulator has no tables, or they are broken."""


class Qtest:
    """The emulator, told to access its memory."""

    def __init__(self, command):
        words = [*map(str, command), '-nodefaults', '-display', 'none',
                 '-accel', 'qtest', '-qtest', 'stdio', '-qtest-log', 'none']
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    def __call__(self, command):
        """The words of the answer after OK."""
        try:
            self.process.stdin.write(command + '\n')
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise AcpiError('the emulator says: ' +
                                self.process.stderr.read().strip())
            words = line.split()
            if words and words[0] == 'OK':
                return words[1:]
            if words and words[0] != 'IRQ':
                raise AcpiError(f'{command}: {line.strip()}')

    def close(self):
        """End it."""
        self.process.kill()
        self.process.communicate()

    def fw_cfg(self, key, size):
        """SIZE bytes of the item KEY."""
        control = struct.pack('>IIQ', key << 16 | DMA_SELECT | DMA_READ, size,
                              BUFFER)
        self(f'write {SCRATCH:#x} {len(control)} 0x{control.hex()}')
        address = int.from_bytes(struct.pack('>Q', SCRATCH), 'little')
        self(f'writeq {FW_CFG_DMA:#x} {address:#x}')
        return base64.b64decode(self(f'b64read {BUFFER:#x} {size}')[0])

    def files(self):
        """{name: (key, size)} of all files."""
        count, = struct.unpack('>I', self.fw_cfg(FILE_DIRECTORY, 4))
        directory = self.fw_cfg(FILE_DIRECTORY, 4 + 64 * count)
        found = {}
        for at in range(4, len(directory), 64):
            size, key, _, name = struct.unpack_from('>IHH56s', directory, at)
            found[text(name)] = (key, size)
        return found


def text(name):
    """A file's name without its padding."""
    return name.split(b'\0')[0].decode()


def resolve(script, fetch):
    """Run a loader's SCRIPT on files that FETCH(name) gives.

    Returns {name: (address, bytearray)}.
    """
    loaded = {}
    for at in range(0, len(script) - ENTRY_BYTES + 1, ENTRY_BYTES):
        command, = struct.unpack_from('<I', script, at)
        if command == ALLOCATE:
            name = text(script[at + 4:at + 60])
            loaded[name] = (LOADED + LOADED_STEP * len(loaded),
                            bytearray(fetch(name)))
        elif command == ADD_POINTER:
            target, source, offset, size = struct.unpack_from(
                '<56s56sIB', script, at + 4)
            blob = loaded[text(target)][1]
            value = int.from_bytes(blob[offset:offset + size], 'little')
            value += loaded[text(source)][0]
            blob[offset:offset + size] = value.to_bytes(size, 'little')
        elif command == ADD_CHECKSUM:
            name, offset, start, length = struct.unpack_from(
                '<56sIII', script, at + 4)
            blob = loaded[text(name)][1]
            total = sum(blob[start:start + length])
            blob[offset] = (blob[offset] - total) & 0xff
        elif command not in (0, WRITE_POINTER):
            raise AcpiError(f'loader command {command:#x}')
    return loaded


def table_at(loaded, address):
    """The bytes of the table at an ADDRESS."""
    for start, blob in loaded.values():
        if start <= address < start + len(blob):
            at = address - start
            length, = struct.unpack_from('<I', blob, at + 4)
            table = bytes(blob[at:at + length])
            if len(table) != length or length < 36:
                raise AcpiError(f'the table at {address:#x} is cut off')
            return table
    raise AcpiError(f'a pointer leads to {address:#x}, where nothing is')


def collect(loaded):
    """All tables: what the XSDT lists, in its order, then the DSDT."""
    _, rsdp = loaded['etc/acpi/rsdp']
    xsdt = table_at(loaded, struct.unpack_from('<Q', rsdp, 24)[0])
    tables = [table_at(loaded, struct.unpack_from('<Q', xsdt, at)[0])
              for at in range(36, len(xsdt), 8)]
    for table in tables:
        if table[:4] == b'FACP':
            tables.append(table_at(
                loaded, struct.unpack_from('<Q', table, 140)[0]))
            break
    return tables


def read(command):
    """The tables of the machine that COMMAND, an emulator's, describes."""
    qtest = Qtest(command)
    try:
        files = qtest.files()
        if 'etc/table-loader' not in files:
            raise AcpiError('the machine has no ACPI tables')

        def fetch(name):
            if name not in files:
                raise AcpiError(f'the loader wants {name}')
            return qtest.fw_cfg(*files[name])

        return collect(resolve(fetch('etc/table-loader'), fetch))
    finally:
        qtest.close()
