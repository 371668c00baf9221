# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own tests of its SMMU driver, in a boot of an own kernel.

Cases of the kind "kunit" boot with kunit.enable=1: the kernel runs its suites
before the probe, and says what came of them in KTAP, each of whose results is
a claim by itself. What is checked here is that all suites of that series ran,
with as many tests as they have: a test that is not there does not fail.
"""

import dataclasses
import re

from .. import console
from . import ktap
from .model import NOT_OK, OK, Claim

APPEND = 'kunit.enable=1'
# How the sweep of io-pgtable-arm ends, as a suite and before it was one
SWEEP = re.compile(r'completed with (\d+) PASS (\d+) FAIL')
# Combinations of page sizes and address sizes, from a series on
SWEEP_LEAST = (((0, 0), 18), ((7, 3), 63))


@dataclasses.dataclass(frozen=True)
class Suite:
    """A suite that must have run."""
    name: str
    since: tuple                # the first series that has it
    least: tuple                # ((series, tests from it on), ...)


SUITES = (
    Suite('arm-smmu-v3-kunit-test', (6, 9),
          (((6, 9), 1), ((6, 12), 22), ((7, 2), 25))),
    Suite('io-pgtable-arm-test', (6, 19), (((6, 19), 1),)),
)


def least(counts, version):
    """The last of COUNTS, ((series, count), ...), that holds for VERSION."""
    return [count for series, count in counts if version >= series][-1]


def series_of(release):
    """(7, 3) from 7.3.4-msmmu-4k, () from anything else."""
    match = re.match(r'(\d+)\.(\d+)', release)
    return tuple(map(int, match.groups())) if match else ()


def suites_of(log):
    """{name: ktap.Test} of the suites in a log."""
    return {test.name: test for document in ktap.parse(log)
            for test in document.tests if test.tests}


def suite_claim(suite, version, found):
    """The suite ran, whole."""
    name = f'KUnit: the suite {suite.name} runs'
    wanted = least(suite.least, version)
    test = found.get(suite.name)
    if not test:
        return Claim(name, NOT_OK, 'no word of it')
    count = len(list(ktap.leaves(test.tests)))
    if count < wanted:
        return Claim(name, NOT_OK, f'{count} tests, not {wanted}', test.line)
    return Claim(name, OK, f'{count} tests', test.line)


def sweep_claim(log, version):
    """The page tables' formats by all sizes; old series have no suite."""
    name = 'the sweep of io-pgtable-arm passes'
    for number, line in enumerate(log.splitlines(), 1):
        match = SWEEP.search(console.plain(line))
        if not match:
            continue
        passed, failed = map(int, match.groups())
        good = passed >= least(SWEEP_LEAST, version) and not failed
        return Claim(name, OK if good else NOT_OK,
                     f'{passed} passed, {failed} failed', number)
    return Claim(name, NOT_OK, 'no word of it')


def claims(log, release):
    """The claims about the suites, for the log of a boot of RELEASE."""
    version = series_of(release)
    if not version:
        return [Claim('KUnit runs', NOT_OK, 'the kernel did not say which '
                      'it is')]
    found = suites_of(log)
    return [suite_claim(suite, version, found) for suite in SUITES
            if version >= suite.since] + [sweep_claim(log, version)]
