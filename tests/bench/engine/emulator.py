# SPDX-License-Identifier: GPL-2.0-or-later
"""An emulator without CPUs at work, driven through its qtest socket.

Addresses are the user guide's address map. What takes time is never measured
here, on this side of the socket, but by the engine (engine.py).
"""

import base64
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

PATIENCE = 300

# Configuration space (PCI 3.0, 6.1)
COMMAND, BAR_0, BAR_2 = 0x04, 0x10, 0x18
MEMORY, MASTER = 2, 4
MIB = 1 << 20


class Emulator:
    """QEMU with -accel qtest: nothing runs in it but what is asked of it."""

    def __init__(self, qemu, arguments):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='msmmu-bench-'))
        path = self.folder / 'qtest'
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen(1)
            listener.settimeout(PATIENCE)
            self.process = subprocess.Popen(
                [str(pathlib.Path(qemu).resolve()), '-accel', 'qtest',
                 '-qtest', f'unix:{path}', '-qtest-log', '/dev/null',
                 '-nodefaults', '-display', 'none', *arguments],
                stdin=subprocess.DEVNULL)
            self.socket, _ = listener.accept()
        self.stay()
        self.socket.settimeout(PATIENCE)
        self.lines = self.socket.makefile('r', encoding='ascii')

    def stay(self):
        """Keep it on one CPU, whose caches know it: its main thread, which does
        all of the work. The others are for this script.
        """
        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) > 1:
            os.sched_setaffinity(self.process.pid, cpus[-1:])

    def close(self):
        """The end of it"""
        self.process.terminate()
        self.process.wait()
        self.lines.close()
        self.socket.close()
        shutil.rmtree(self.folder)

    def ask(self, text):
        """What the emulator answers, without its OK."""
        self.socket.sendall(text.encode('ascii') + b'\n')
        answer = self.lines.readline()
        if not answer.startswith('OK'):
            raise RuntimeError(f'{text[:60]}: {answer or "the end"}')
        return answer[2:].strip()

    def read(self, address, size='l'):
        """Of w, l or q."""
        return int(self.ask(f'read{size} {address:#x}'), 0)

    def write(self, address, value, size='l'):
        """Of w, l or q."""
        self.ask(f'write{size} {address:#x} {value:#x}')

    def load(self, address, size):
        """SIZE bytes of memory."""
        return base64.b64decode(self.ask(f'b64read {address:#x} {size:#x}'))

    def store(self, address, data):
        """Bytes to memory, in parts: qtest has room for a line."""
        for at in range(0, len(data), MIB):
            part = bytes(data[at:at + MIB])
            self.ask(f'b64write {address + at:#x} {len(part):#x} '
                     + base64.b64encode(part).decode('ascii'))


class RootComplex:
    """pcie.0, or the msmmu-rc NUMBER of the command line, from 1 on."""

    def __init__(self, emulator, number):
        base = 0xc000000000 + (number - 1) * 0x200000000
        self.emulator = emulator
        self.ecam = base if number else 0x4010000000
        self.window = base + 0x20000000 if number else 0x10000000
        self.window_pci = 0x10000000

    def config(self, bus, devfn, register):
        """Where configuration space is."""
        return self.ecam + (bus << 20) + (devfn << 12) + register

    def enable(self, bus, devfn, index):
        """Give a function the MiB INDEX of the window; returns its address."""
        emulator, pci = self.emulator, self.window_pci + index * MIB
        emulator.write(self.config(bus, devfn, BAR_0), pci)
        emulator.write(self.config(bus, devfn, BAR_2), pci + 0x10000)
        self.set_master(bus, devfn, True)
        return self.window + index * MIB

    def set_master(self, bus, devfn, master):
        """Whether the function may make transactions."""
        self.emulator.write(self.config(bus, devfn, COMMAND),
                            MEMORY | (MASTER if master else 0), 'w')
