# SPDX-License-Identifier: GPL-2.0-or-later
"""What a machine that hangs can still be asked: does it spin, and where?"""

import os
import re
import time

SAMPLES, PAUSE = 8, 0.25
PLACE = re.compile(r'\b(PC|X30|PSTATE)=([0-9a-f]+)')


def processor_seconds(pid):
    """What a process used so far, 0 if nobody says."""
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as handle:
            fields = handle.read().rpartition(')')[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def monitor(machine, line):
    """The answer to a command for people."""
    return machine.qmp('human-monitor-command', **{'command-line': line}
                       ).replace('\r', '')


def look(machine):
    """Lines for the log: all registers, then where each CPU is, some times.

    With the words around the first CPU's place, to be disassembled.
    """
    lines = monitor(machine, 'info registers -a').splitlines()
    lines += monitor(machine, 'x/24xw $pc-48').splitlines()
    began, used = time.monotonic(), processor_seconds(machine.process.pid)
    for _ in range(SAMPLES):
        time.sleep(PAUSE)
        places = PLACE.findall(monitor(machine, 'info registers -a'))
        lines.append(' '.join(f'{name}={value}' for name, value in places))
    used = processor_seconds(machine.process.pid) - used
    lines.append(f'the emulator used {used:.2f} s of '
                 f'{time.monotonic() - began:.2f} s')
    return lines
