# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest without an operating system: its program, its disks, its results.

The program is tests/guest/baremetal, on top of parts of tests/firmware. It has
all tests, chosen by test=NAME on the command line, and reports with records as
the probe does.
"""

import pathlib

from msmmu_guest import bare_metal

SOURCES = pathlib.Path(__file__).resolve().parent / 'baremetal'
PAGE_SIZES = {'4k': 4096, '16k': 16384, '64k': 65536}


def program():
    """The Image, as a kernel to boot."""
    return bare_metal.with_smmu('baremetal', SOURCES)


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
