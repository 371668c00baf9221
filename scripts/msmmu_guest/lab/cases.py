# SPDX-License-Identifier: GPL-2.0-or-later
"""Which boots there are: a table, and a choice from it.

Each row is kernels x sets x default domains x firmwares. What "make lab" runs
is chosen so that it takes minutes; FULL_ROWS is what "make check-lab" runs.
--set, --domain, --firmware and --kind choose from every combination.
"""

import dataclasses
import re

from . import sets
from .model import DOMAINS, FIRMWARES, Case

import msmmu_env

DEBIAN = ('debian:6.1', 'debian:6.12', 'debian:6.12-16k', 'debian:6.18',
          'debian:newest', 'debian:newest-16k')
OWN = ('own:newest-4k', 'own:newest-16k', 'own:newest-64k')
KINDS = ('domains', 'hotplug', 'hugepages', 'nested', 'kunit')
# Kinds that need what Debian's kernels do not have
OWN_KINDS = {
    'nested': "Debian's arm64 kernels have no IOMMUFD",
    'kunit': "Debian's kernels have no KUnit tests of the SMMU's driver",
}
MIXED = '4k+16k+64k'
# For sharding and for the time that is left: seconds of a boot
SECONDS = {'domains': 8, 'hotplug': 14, 'hugepages': 14, 'nested': 6,
           'kunit': 3}
UEFI_SECONDS = 8


class ChoiceError(msmmu_env.SetupError):
    """A choice of cases that cannot be made."""


@dataclasses.dataclass(frozen=True)
class Row:
    """Boots that differ in what is listed."""
    kind: str
    setups: tuple
    domains: tuple = ('identity',)
    firmwares: tuple = ('dt',)


ALL_SETS = tuple(sets.SETS)
# A device tree and ACPI tables; other firmware only hands on the device tree.
TABLES = ('dt', 'uefi')
ROWS = (
    Row('domains', ALL_SETS, tuple(DOMAINS)),
    Row('domains', tuple(sets.IDENTITY)),
    # Firmware tables instead of a device tree tell the kernel the same.
    Row('domains', (MIXED,), ('identity',), ('uefi',)),
    Row('domains', ('uniform',), ('strict', 'lazy'), ('uefi',)),
    Row('hotplug', ('uniform',), ('strict',)),
    Row('hugepages', (MIXED,)),
    Row('nested', tuple(sets.NESTED), ('identity',), TABLES),
    Row('kunit', ('uniform',)),
)
FULL_ROWS = (
    Row('domains', ALL_SETS, tuple(DOMAINS), TABLES),
    Row('domains', tuple(sets.IDENTITY), ('identity',), TABLES),
    Row('domains', (MIXED,), ('identity',), FIRMWARES),
    Row('domains', ('uniform',), ('strict',), FIRMWARES),
    Row('hotplug', ('uniform',), tuple(DOMAINS), TABLES),
    Row('hotplug', (MIXED, 'oas-40+48+52'), ('identity',)),
    Row('hugepages', (MIXED, 'stage-1+stage-2'), ('identity',), TABLES),
    # VFIO takes the devices from their default domains.
    Row('nested', tuple(sets.NESTED), ('identity',), TABLES),
    Row('kunit', ('uniform',), ('identity',), TABLES),
)
# Special sets are of one kind.
EVERY_ROW = tuple(
    Row(kind, tuple(sets.NESTED) if kind == 'nested' else
        (*ALL_SETS, *sets.IDENTITY), tuple(DOMAINS), FIRMWARES)
    for kind in KINDS)


def is_own(kernel):
    """Not one of Debian's: it may have anything built in."""
    return not kernel.startswith('debian:')


def why_not(case):
    """Why a case cannot be tried with its kernel, '' if it can."""
    return '' if is_own(case.kernel) else OWN_KINDS.get(case.kind, '')


def from_rows(kernels, rows):
    """The cases of some rows, kernel by kernel, each once."""
    return list(dict.fromkeys(
        Case(kernel, row.kind, setup, domain, firmware)
        for kernel in kernels for row in rows for setup in row.setups
        for firmware in row.firmwares for domain in row.domains))


def check(what, chosen, known):
    """Every name of a choice must be one of the known."""
    for name in chosen:
        if name not in known:
            raise ChoiceError(f'{what} {name}: no such; there are '
                              f'{", ".join(known)}')


def choose(kernels=(), setups=(), domains=(), firmwares=(), kinds=(),
           only='', full=False):
    """The cases that the command line asks for.

    Without a choice of sets, domains, firmwares or kinds these are ROWS, or
    FULL_ROWS. What a kernel cannot do is left out unless it was asked for by
    name: then it is a case that is not run, and says why.
    """
    check('--set', setups, sets.ALL)
    check('--domain', domains, DOMAINS)
    check('--firmware', firmwares, FIRMWARES)
    check('--kind', kinds, KINDS)
    rows = FULL_ROWS if full else ROWS
    if not full and (setups or domains or firmwares or kinds):
        rows = EVERY_ROW
        kinds = kinds or KINDS[:1]
        firmwares = firmwares or TABLES
    cases = from_rows(kernels or DEBIAN, rows)
    cases = [case for case in cases if
             (not setups or case.setup in setups) and
             (not domains or case.domain in domains) and
             (not firmwares or case.firmware in firmwares) and
             (not kinds or case.kind in kinds) and
             (not why_not(case) or case.kind in kinds)]
    if only:
        try:
            pattern = re.compile(only)
        except re.error as error:
            raise ChoiceError(f'--only {only}: {error}') from error
        cases = [case for case in cases if pattern.search(case.id)]
    if not cases:
        raise ChoiceError('no case is chosen; --list shows them')
    return cases


def weight(case):
    """About how many seconds a boot takes."""
    return SECONDS[case.kind] + \
        (UEFI_SECONDS if case.firmware != 'dt' else 0)


def parse_shard(text):
    """(I, N) from I/N."""
    match = re.fullmatch(r'(\d+)/(\d+)', text)
    if not match or not 1 <= int(match.group(1)) <= int(match.group(2)):
        raise ChoiceError(f'--shard {text}: say I/N, as 1/4')
    return int(match.group(1)), int(match.group(2))


def shard(cases, index, count):
    """The part INDEX (from 1) of COUNT: every case is in one of them.

    The heaviest first, each to the part that has least so far; all who ask
    with the same cases get the same parts. They stay in order.
    """
    sums, parts = [0] * count, [set() for _ in range(count)]
    for case in sorted(cases, key=lambda one: (-weight(one), one.id)):
        least = sums.index(min(sums))
        sums[least] += weight(case)
        parts[least].add(case)
    return [case for case in cases if case in parts[index - 1]]
