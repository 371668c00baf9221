# SPDX-License-Identifier: GPL-2.0-or-later
"""Instances that differ in stages and sizes, and what Linux makes of them.

A row is an instance: its properties, the output address size and the features
that the driver says it found. What the driver prints is a word of flags; their
places are those of Linux 6.1 and 6.12.
"""

import re

from msmmu_guest import events

import checks

FLAGS = {
    'two-level': 0, 'two-level-cd': 1, 'little': 2, 'big': 3, 'stage-1': 9,
    'stage-2': 10, 'hyp': 12, 'vax': 14, 'ranges': 15, 'e2h': 18,
    'access': 21, 'dirty': 22,
}
ONE = 'two-level little stage-1 ranges'
TWO = 'two-level little stage-2 ranges'
BOTH = ONE + ' stage-2'

# Behind each of the first two, Linux has stage 2 tables. Its driver knows no
# substreams of these disks: their SubstreamID size is only not to disturb.
PAGES_4K = (
    ('granules=4k,stage=2', 48, TWO),
    ('granules=4k+64k,stage=2,oas=40,vmidsize=8', 40, TWO),
    ('granules=4k,oas=40', 40, ONE),
    ('granules=4k+64k,oas=52', 52, ONE),
    ('granules=4k,stage=nested,asidsize=8,vmidsize=8', 48, BOTH),
    ('granules=4k,two-level=off', 48, 'little stage-1 ranges'),
    ('granules=4k,ssidsize=8', 48, ONE + ' two-level-cd'),
    ('granules=4k+16k,ssidsize=20,two-level-cd=off', 48, ONE),
    ('granules=4k,stage=nested,httu=dirty', 48, BOTH),
    ('granules=4k,stage=nested,oas=44,ttendian=mixed', 44, BOTH + ' big'),
)
# 52 bits with the 16K granule (DS): the driver does not know that. With 40
# bits, it puts stage 2 tables of 16K where IHI 0070 5.2 STE.S2SL0 and the Arm
# ARM, R_SRKBC, have none, and is refused; Linux 6.14 mended that.
PAGES_16K = (
    ('granules=16k,stage=2', 48, TWO),
    ('granules=4k+16k,stage=2,oas=44,vmidsize=8,ril=off', 44,
     'two-level little stage-2'),
    ('granules=16k,oas=40', 40, ONE),
    ('granules=16k+64k,oas=52', 52, ONE),
    ('granules=4k+16k,stage=nested,asidsize=8,vmidsize=8', 48, BOTH),
    ('granules=16k,two-level=off', 48, 'little stage-1 ranges'),
    ('granules=16k,ssidsize=8', 48, ONE + ' two-level-cd'),
    ('granules=4k+16k,ssidsize=20,two-level-cd=off', 48, ONE),
    ('granules=16k,stage=nested,httu=dirty', 48, BOTH + ' access dirty'),
    ('granules=4k+16k+64k,oas=52,vax=52,ds=on,httu=access', 52,
     ONE + ' vax access'),
)
# A kernel at EL2 with VHE uses the StreamWorld EL2-E2H where there is one.
EL2 = (
    ('granules=4k,stage=nested,hyp=on', 48, BOTH + ' hyp e2h'),
    ('granules=4k+64k,stage=nested,hyp=on,asidsize=8,oas=52,vax=52', 52,
     BOTH + ' hyp e2h vax'),
    ('granules=4k,stage=nested,hyp=off', 48, BOTH),
    ('granules=4k,stage=2', 48, TWO),
)
# VFIO's page sizes: with 64K and 52 bits there are blocks of 4 TiB (LPA).
ASSIGNED = (
    ('granules=16k,stage=2,oas=40', 0x2004000),
    ('granules=4k,stage=2,oas=40', 0x40201000),
    ('granules=64k,oas=52,vax=52', 0x40020010000),
    ('granules=64k,stage=2,oas=52', 0x40020010000),
    ('granules=16k,stage=2,oas=52,vax=52,ds=on', 0x2004000),
)
# (properties, page sizes, the stage that a nesting container makes Linux use)
NESTING = (
    ('granules=4k,stage=nested', 0x40201000, 2),
    ('granules=16k,stage=nested', 0x2004000, 2),
    ('granules=64k,stage=nested,oas=40', 0x20010000, 2),
    ('granules=4k+64k,stage=1', 0x40201000, 1),
    ('granules=4k,stage=2', 0x40201000, 2),
)


def properties(rows):
    """Of the instances, in order."""
    return tuple(row[0] for row in rows)


def page_sizes(rows):
    """The second column is what VFIO must report."""
    return checks.page_sizes({number: row[1]
                              for number, row in enumerate(rows, 1)})


def driver_name(result, segment):
    """What Linux calls the instance in front of a segment: b080000.iommu."""
    return events.driver_name(result.of_kind('device'), segment)


def driver_sees(rows):
    """The driver found these sizes and features."""
    def check(result, _disks):
        wrong = []
        for segment, (_, oas, features) in enumerate(rows, 1):
            name = driver_name(result, segment)
            found = re.search(rf'{name}: (?:ias \d+-bit, )?oas (\d+)-bit '
                              r'\(features (0x[0-9a-f]+)\)', result.log)
            if not found:
                wrong.append(f'segment {segment}: no word of {name}')
                continue
            flags = int(found.group(2), 16)
            names = {flag for flag, bit in FLAGS.items() if flags >> bit & 1}
            if int(found.group(1)) != oas or names != set(features.split()):
                wrong.append(f'segment {segment}: oas {found.group(1)}, '
                             f'{" ".join(sorted(names))}')
        return '; '.join(wrong)
    return check


def faults_at_stage(expected):
    """{segment: stage} of every F_TRANSLATION (IHI 0070 7.3.13) recorded.

    Linux prints the record's four words; S2 is bit 103, 39 of the second.
    """
    def check(result, _disks):
        wrong = []
        for segment, stage in expected.items():
            name = driver_name(result, segment)
            words = re.findall(rf'{name}: event 0x10 received:\n'
                               rf'.*{name}: \s*0x[0-9a-f]{{16}}\n'
                               rf'.*{name}: \s*0x([0-9a-f]{{16}})\n',
                               result.log.replace('\r', ''))
            stages = {2 if int(word, 16) >> 39 & 1 else 1 for word in words}
            if stages != {stage}:
                wrong.append(f'segment {segment}: faults of stages '
                             f'{sorted(stages)}, not {stage}')
        return '; '.join(wrong)
    return check
