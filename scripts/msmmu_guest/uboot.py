# SPDX-License-Identifier: GPL-2.0-or-later
"""U-Boot's console, typed at by a program.

    def look(prompt):
        prompt.must('nvme scan')
        for device in prompt.pci():
            print(device)
        assert prompt.read_memory(0x40000000, 4) == b'\\xd0\\r\\xfe\\xed'
        prompt.power_off()

    result = uboot.run([QEMU, '-M', 'virt-msmmu', ...], look)

A Prompt types one command at a time and returns what it printed. It types as
people do: it waits for the prompt, and for the echo of each line before it
presses Enter. What is typed while U-Boot works can be lost: many of its
commands look for Ctrl-C and drop what else they find.

The other side is anything with type(text) and listen(seconds), as vm.Machine
has; a test's is a few lines.
"""

import dataclasses
import re
import time

from . import vm

PROMPT = re.compile(r'(?:^|\n)=> $')
BANNER = 'U-Boot '
AUTOBOOT = 'Hit any key to stop autoboot'
SOON = 1.0                  # less than the countdown
# The console's attributes and cursor, which 2025.01 sends even to a log
ESCAPES = re.compile(r'\x1b(?:\[[0-9;?]*[A-Za-z]|[78])')
CTRL_C = '\x03'
# U-Boot's lines are CONFIG_SYS_CBSIZE long; one more rings the bell.
BELL = '\a'
# In these words U-Boot says that the processor took an exception: it has no
# way back to a prompt.
DEAD = re.compile(r'(?:"(?:Synchronous Abort|Error)" handler|'
                  r'### ERROR ###).*\n')
# What starts the kernel that -kernel, -initrd and -append name. The device
# tree is the one that U-Boot itself got from the emulator.
LOAD_KERNEL = 'qfw load $kernel_addr_r $ramdisk_addr_r'
START_KERNEL = 'booti $kernel_addr_r $ramdisk_addr_r:$filesize $fdtcontroladdr'


class UbootError(vm.ConsoleError):
    """U-Boot did not do what it was told to."""


@dataclasses.dataclass(frozen=True)
class PciDevice:
    """A line of "pci": U-Boot numbers the buses of all segments in a row."""
    bus: int
    device: int
    function: int
    id: str                 # 1b36:0010
    kind: str               # Mass storage controller


@dataclasses.dataclass(frozen=True)
class Disk:
    """A paragraph of "nvme info"."""
    number: int
    serial: str
    blocks: int
    block_bytes: int


def last_lines(text, count=3):
    """The end of what was said, in one line, for messages."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return ' | '.join(lines[-count:]) or 'nothing'


class Prompt:
    """U-Boot at its prompt."""

    def __init__(self, machine, timeout=60.0):
        self.machine = machine
        self.timeout = timeout      # for the prompt to come back
        self.banner = ''            # what was said before the first prompt
        self._heard = ''

    # Listening

    def wait_for(self, found, what, timeout=None):
        """Listen until FOUND(text) is true; returns the text up to then.

        WHAT is waited for, for the message when it does not come.
        """
        end = time.monotonic() + (timeout or self.timeout)
        while not found(self._heard):
            dead = DEAD.search(self._heard)
            if dead:
                raise UbootError(f'U-Boot died: {dead.group().strip()}')
            left = end - time.monotonic()
            if left <= 0:
                raise UbootError(
                    f'no {what} in {timeout or self.timeout:.0f} s; the last '
                    f'that U-Boot said: {last_lines(self._heard)}')
            try:
                self._heard += self.machine.listen(min(left, 1.0))
            except UbootError:
                raise
            except vm.ConsoleError as error:
                raise UbootError(f'{error} before the {what} came; the last '
                                 'that U-Boot said: '
                                 f'{last_lines(self._heard)}') from error
        text, self._heard = self._heard, ''
        return text

    def _prompt(self, timeout=None):
        text = self.wait_for(
            lambda heard: PROMPT.search(plain(heard)), 'prompt', timeout)
        return PROMPT.sub('', plain(text))

    def stop_autoboot(self, timeout=None):
        """From power-on to the first prompt, without booting anything.

        The key is typed early: U-Boot finds it when it begins its countdown,
        which could be over before a busy host lets us see it.
        """
        said = self.wait_for(
            lambda heard: BANNER in heard or PROMPT.search(plain(heard)),
            'sign of U-Boot', timeout)
        if not PROMPT.search(plain(said)):
            self.machine.type(CTRL_C)
            said += self.wait_for(
                lambda heard: AUTOBOOT in heard or PROMPT.search(plain(heard)),
                'offer to stop autoboot', timeout)
        if not PROMPT.search(plain(said)):
            try:
                said += self._prompt(SOON)
            except UbootError:
                self.machine.type(CTRL_C)
                said += self._prompt(timeout)
        self.banner = PROMPT.sub('', plain(said))
        return self

    def version(self):
        """As 2025.01, of the banner."""
        found = re.search(r'U-Boot (\d+\.\d+)', self.banner)
        return found.group(1) if found else 'unknown'

    # Typing

    def enter(self, command):
        """Type a command and press Enter; nothing is waited for but its echo.

        For commands that do not come back, as booti.
        """
        if '\n' in command or '\r' in command:
            raise UbootError(f'{command!r} is more than one line')
        self._heard = ''
        if command:
            self.machine.type(command)
            echo = self.wait_for(
                lambda heard: command in plain(heard) or BELL in heard,
                f'echo of "{command}"')
            if BELL in echo:
                raise UbootError('the command line is too long for U-Boot: '
                                 f'{len(command)} characters')
        self.machine.type('\r')

    def __call__(self, command, timeout=None):
        """Run a command; returns what it printed, without the prompt."""
        self.enter(command)
        return self._prompt(timeout).lstrip('\n').rstrip()

    def must(self, command, timeout=None):
        """The same, and an error when U-Boot says that it failed."""
        output = self(command, timeout)
        status = self('echo $?')
        if status != '0':
            raise UbootError(f'"{command}" failed: {last_lines(output)}')
        return output

    def fails(self, command, timeout=None):
        """What a command printed that must fail."""
        output = self(command, timeout)
        if self('echo $?') == '0':
            raise UbootError(f'"{command}" did not fail: '
                             f'{last_lines(output)}')
        return output

    def setting(self, name):
        """A variable of U-Boot's environment."""
        return self(f'echo ${name}')

    # What commands say

    def pci(self):
        """All devices on all buses, bridges too."""
        return parse_pci(self.must('pci'))

    def disks(self):
        """The disks that "nvme scan" found, by number."""
        return parse_disks(self('nvme info'))

    # Memory

    def read_memory(self, pa, size):
        """Bytes at a physical address, through the processor; a few."""
        data = parse_dump(self.must(f'md.b {pa:x} {size:x}'))
        if len(data) != size:
            raise UbootError(f'md shows {len(data)} bytes, not {size}')
        return data

    def write_memory(self, pa, data):
        """The other way; slow, for a few."""
        for offset in range(0, len(data), 8):
            piece = data[offset:offset + 8]
            if len(piece) == 8:
                self.must(f'mw.q {pa + offset:x} '
                          f'{int.from_bytes(piece, "little"):x}')
            else:
                for number, byte in enumerate(piece, offset):
                    self.must(f'mw.b {pa + number:x} {byte:x}')

    def register(self, pa, value=None):
        """A 32-bit register's value, or a new one for it."""
        if value is not None:
            self.must(f'mw.l {pa:x} {value:x}')
            return value
        found = re.search(r'^[0-9a-f]{8,}: ([0-9a-f]{8})\b',
                          self.must(f'md.l {pa:x} 1'), re.M)
        if not found:
            raise UbootError(f'md.l shows nothing of {pa:#x}')
        return int(found.group(1), 16)

    def checksum(self, pa, size):
        """CRC-32 of memory, as zlib.crc32() computes it."""
        output = self.must(f'crc32 {pa:x} {size:x}')
        found = re.search(r'==> ([0-9a-f]{8})', output)
        if not found:
            raise UbootError(f'crc32 says {last_lines(output)}')
        return int(found.group(1), 16)

    # Ends

    def boot_kernel(self):
        """Start the kernel of -kernel with the emulator's device tree."""
        self.must(LOAD_KERNEL)
        self.enter(START_KERNEL)

    def power_off(self):
        """By PSCI; the emulator ends."""
        self.enter('poweroff')


def plain(text):
    """What the console said, as text: no escapes, no carriage returns."""
    return ESCAPES.sub('', text).replace('\r', '')


def parse_pci(text):
    """PciDevices of what "pci" prints."""
    return [PciDevice(*(int(part, 16) for part in found[:3]),
                      f'{found[3]}:{found[4]}', found[5].strip())
            for found in re.findall(
                r'^([0-9a-f]{2})\.([0-9a-f]{2})\.([0-9a-f]{2}) +'
                r'0x([0-9a-f]{4}) +0x([0-9a-f]{4}) +(.*?)  *0x', text, re.M)]


def parse_disks(text):
    """Disks of what "nvme info" prints, {number: Disk}."""
    found = re.findall(
        r'Device (\d+): Vendor: \S+ Rev: \S+ +Prod: (\S+).*?\((\d+) x (\d+)\)',
        text, re.S)
    return {int(number): Disk(int(number), serial, int(blocks), int(size))
            for number, serial, blocks, size in found}


def parse_dump(text):
    """The bytes that md.b prints."""
    rows = re.findall(r'^[0-9a-f]{8,}:((?: [0-9a-f]{2}){1,16})(?=  |$)',
                      text, re.M)
    return bytes.fromhex(''.join(rows))


def run(command, script, *, purpose='', timeout=120.0, patience=60.0, **hooks):
    """Start an emulator and call SCRIPT(prompt) at the first prompt.

    Returns a vm.Result, with status vm.DONE when SCRIPT came to its end. When
    it has started a kernel, the boot is followed to its end as any other.
    COMMAND is the emulator's, without a console; PATIENCE is for a command.
    """
    finished = []

    def talk(machine):
        script(Prompt(machine, patience).stop_autoboot())
        finished.append(True)

    result = vm.Machine(command, purpose, timeout, talk=talk, **hooks).run()
    if finished and result.status in (vm.STOPPED, vm.SILENT):
        result.status = vm.DONE
    return result


def boot_kernel(machine):
    """A talk hook of vm.Machine: the kernel of -kernel, without a delay.

    U-Boot would find it by itself after its countdown, and other things in
    other versions before it.
    """
    Prompt(machine).stop_autoboot().boot_kernel()


def boot_disk(machine, serial):
    """A talk hook: what is on the nvme with this serial number.

    2023.01 takes the first nvme that it finds, and no other; its successors
    take any that has something to boot.
    """
    prompt = Prompt(machine).stop_autoboot()
    prompt.must('pci enum')
    prompt('nvme scan')
    number = next((number for number, disk in prompt.disks().items()
                   if disk.serial == serial), None)
    if number is None:
        raise UbootError(f'U-Boot does not see the nvme "{serial}"')
    prompt.must(f'setenv devnum {number}')
    prompt.enter('run nvme_boot' if prompt('env exists nvme_boot && echo yes')
                 else 'boot')
