# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest without an operating system: its program, its disks, its results.

The program is tests/guest/baremetal. It has all tests, chosen by test=NAME on
the command line, and reports with records as the probe does.
"""

import pathlib

from msmmu_guest import cross, kernels

SOURCES = pathlib.Path(__file__).resolve().parent / 'baremetal'
SCRIPT = SOURCES / 'image.ld'
CFLAGS = ('-std=gnu11', '-O2', '-Wall', '-Wextra', '-march=armv8.1-a',
          '-mgeneral-regs-only', '-ffreestanding', '-fno-builtin', '-fno-pic',
          '-fno-stack-protector', '-fno-asynchronous-unwind-tables',
          '-nostdlib', '-static', '-no-pie', f'-Wl,-T,{SCRIPT}',
          '-Wl,--build-id=none,-z,norelro')
PAGE_SIZES = {'4k': 4096, '16k': 16384, '64k': 65536}


def program():
    """The Image, as a kernel to boot."""
    image = cross.build('baremetal', CFLAGS, [
        *sorted(SOURCES.glob('*.S')), *sorted(SOURCES.glob('*.c'))],
        [*sorted(SOURCES.glob('*.h')), SCRIPT], binary=True)
    return kernels.Kernel('bare metal', str(image), image, {}, set(),
                          program=True)


def disks(count):
    """Arguments for a disk of zeros behind each of COUNT root complexes."""
    arguments = []
    for number in range(1, count + 1):
        arguments += [
            '-blockdev', f'null-co,node-name=zeros{number},size=1048576,'
            'read-zeroes=on',
            '-device', f'nvme,serial={number},drive=zeros{number},'
            f'bus=rc{number}']
    return tuple(arguments)


def updates(expected, flips, least):
    """Each instance's descriptors, with each granule, lost no update.

    EXPECTED is {segment: (stages, granules, endiannesses, dirty)}.
    """
    wanted = {(segment, stage, PAGE_SIZES[granule], endian, dirty)
              for segment, (stage, granules, endians, dirty)
              in expected.items()
              for granule in granules.split('+')
              for endian in endians.split('+')}

    def check(result, _disks):
        records = result.of_kind('httu')
        found = {(record['segment'], record['stage'], record['granule'],
                  record['endian'], record['dirty']) for record in records}
        if found != wanted or len(records) != len(wanted):
            return f'{sorted(found)}, not {sorted(wanted)}'
        for record in records:
            if (record['lost'] or record['wrong'] or record['events'] or
                    record['flips'] < flips or record['updates'] < least):
                return f'{record}'
            # A lossy update on purpose must show, else nothing was shown.
            if not record['control_lost']:
                return f'no contention: {record}'
        return ''
    return check
