# SPDX-License-Identifier: GPL-2.0-or-later
"""Instances that differ in stages and sizes, and what Linux makes of them.

The driver prints the output address size and a word of flags for the features
that it found; the flags' places are those of Linux 6.1 and 6.12.
"""

import re
import typing

import checks

FLAGS = {
    'two-level': 0, 'two-level-cd': 1, 'little': 2, 'big': 3, 'stage-1': 9,
    'stage-2': 10, 'hyp': 12, 'vax': 14, 'ranges': 15, 'e2h': 18,
    'access': 21, 'dirty': 22,
}
ONE = 'two-level little stage-1 ranges'
TWO = 'two-level little stage-2 ranges'
BOTH = ONE + ' stage-2'


class Row(typing.NamedTuple):
    """An instance, and what Linux's driver makes of it.

    A disk with PASIDs (see stream_tables) has a table of Context descriptors:
    linear up to 1024 of them, else of two levels with leaves of 64K.
    """
    properties: str
    oas: int
    features: str
    pasid_bits: int = 0
    s1fmt: int = 0
    s1cdmax: int = 0


PAGES_4K = (
    Row('granules=4k,stage=2', 48, TWO),
    Row('granules=4k+64k,stage=2,oas=40,vmidsize=8', 40, TWO),
    Row('granules=4k,oas=40', 40, ONE),
    Row('granules=4k+64k,oas=52,ssidsize=4', 52, ONE + ' two-level-cd'),
    Row('granules=4k,stage=nested,asidsize=8,vmidsize=8', 48, BOTH),
    Row('granules=4k,two-level=off', 48, 'little stage-1 ranges'),
    Row('granules=4k,ssidsize=20', 48, ONE + ' two-level-cd', 20, 2, 20),
    Row('granules=4k+16k,ssidsize=20,two-level-cd=off', 48, ONE, 20, 0, 10),
    Row('granules=4k,stage=nested,httu=dirty,ssidsize=8', 48,
        BOTH + ' two-level-cd', 20, 0, 8),
    Row('granules=4k,stage=nested,oas=44,ttendian=mixed', 44, BOTH + ' big'),
)
# 52 bits with the 16K granule (DS): the driver does not know that. With 40
# bits, it puts stage 2 tables of 16K where IHI 0070 5.2 STE.S2SL0 and the Arm
# ARM, R_SRKBC, have none, and is refused; Linux 6.14 mended that.
PAGES_16K = (
    Row('granules=16k,stage=2', 48, TWO),
    Row('granules=4k+16k,stage=2,oas=44,vmidsize=8,ril=off', 44,
        'two-level little stage-2'),
    Row('granules=16k,oas=40', 40, ONE),
    Row('granules=16k+64k,oas=52,ssidsize=4', 52, ONE + ' two-level-cd'),
    Row('granules=4k+16k,stage=nested,asidsize=8,vmidsize=8', 48, BOTH),
    Row('granules=16k,two-level=off', 48, 'little stage-1 ranges'),
    Row('granules=16k,ssidsize=20', 48, ONE + ' two-level-cd', 20, 2, 20),
    Row('granules=4k+16k,ssidsize=20,two-level-cd=off', 48, ONE, 20, 0, 10),
    Row('granules=16k,stage=nested,httu=dirty,ssidsize=8', 48,
        BOTH + ' two-level-cd access dirty', 20, 0, 8),
    Row('granules=4k+16k+64k,oas=52,vax=52,ds=on,httu=access', 52,
        ONE + ' vax access'),
)
# A kernel at EL2 with VHE uses the StreamWorld EL2-E2H where there is one.
EL2 = (
    Row('granules=4k,stage=nested,hyp=on', 48, BOTH + ' hyp e2h'),
    Row('granules=4k+64k,stage=nested,hyp=on,asidsize=8,oas=52,vax=52', 52,
        BOTH + ' hyp e2h vax'),
    Row('granules=4k,stage=nested,hyp=off', 48, BOTH),
    Row('granules=4k,stage=2', 48, TWO),
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
    name = checks.endpoint(result, segment).get('smmu', '')
    base = re.search(r'\.0x([0-9a-f]+)', name)
    return f'{int(base.group(1), 16):x}.iommu' if base else 'none'


def driver_sees(rows):
    """The driver found these sizes and features."""
    def check(result, _disks):
        wrong = []
        for segment, row in enumerate(rows, 1):
            name = driver_name(result, segment)
            found = re.search(rf'{name}: (?:ias \d+-bit, )?oas (\d+)-bit '
                              r'\(features (0x[0-9a-f]+)\)', result.log)
            if not found:
                wrong.append(f'segment {segment}: no word of {name}')
                continue
            flags = int(found.group(2), 16)
            names = {flag for flag, bit in FLAGS.items() if flags >> bit & 1}
            if (int(found.group(1)) != row.oas or
                    names != set(row.features.split())):
                wrong.append(f'segment {segment}: oas {found.group(1)}, '
                             f'{" ".join(sorted(names))}')
        return '; '.join(wrong)
    return check


def faults_at_stage(expected):
    """{segment: stage} of every F_TRANSLATION (IHI 0070 7.3.12) recorded.

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
