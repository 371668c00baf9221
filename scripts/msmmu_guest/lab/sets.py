# SPDX-License-Identifier: GPL-2.0-or-later
"""The SMMUs of the lab's machines: one root complex for each, as --smmu."""

from . import nested

SETS = {
    'uniform': ('granules=4k+16k+64k',) * 3,
    '4k+16k+64k': ('granules=4k', 'granules=16k', 'granules=64k'),
    '16k-only': ('granules=16k',),
    # With 52 bits there are blocks of 4T.
    '64k-only': ('granules=64k', 'granules=64k,oas=52'),
    '4k+64k': ('granules=4k', 'granules=64k'),
    'stage-1+stage-2': ('granules=4k+16k+64k,stage=1',
                        'granules=4k+16k+64k,stage=2'),
    'oas-40+48+52': ('granules=4k+16k+64k,oas=40',
                     'granules=4k+16k+64k,oas=48',
                     'granules=4k+16k+64k,oas=52'),
    # The 32-bit format beside the 64-bit one must not change a bitmap.
    'aa32+aa64': ('granules=4k+16k+64k,formats=aa32+aa64',
                  'granules=4k+16k+64k,formats=aa64'),
}
# Of identity domains alone: translated ones wait for disks that get nothing
IDENTITY = {
    # Stage 2 tables of these sizes begin with 16 tables side by side.
    '16k-stage-2-40': ('granules=16k,stage=2,oas=40',),
}
# Those of one kind of cases only
NESTED = nested.SETS
ALL = {**SETS, **IDENTITY, **NESTED}
