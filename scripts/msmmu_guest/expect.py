# SPDX-License-Identifier: GPL-2.0-or-later
"""Gates: what a run must show, for "git bisect run" and for scripts.

    --expect smmu2.pgsizes=0x2004000    a fact has this value
    --expect smmu3.translated!=works    it has not
    --expect 'smmu3.translated~BUG'     it matches a regular expression

Facts of each kernel: booted (yes, or how the survey boot ended), release,
page_size, complaint (the kernel's first BUG or WARNING in the survey boot, or
none), dma (verified, failed, none) and, per SMMU, offers, domain, pgsizes,
group, translated (the word "works", or what the kernel said).
Numbers are compared as numbers. Without --expect, booted=yes is expected.
"""

import dataclasses
import re

from . import survey, vm

import msmmu_env

GOOD, BAD, CANNOT_TEST, USAGE = 0, 1, 125, 129


class ExpectError(msmmu_env.SetupError):
    """An --expect that cannot be understood."""


@dataclasses.dataclass
class Expectation:
    """One --expect."""
    text: str
    fact: str
    relation: str
    value: str

    def holds(self, facts):
        """(holds, what it was)"""
        found = str(facts.get(self.fact, 'unknown'))
        if self.relation == '~':
            return bool(re.search(self.value, found)), found
        same = found == self.value or as_number(found) == as_number(
            self.value) is not None
        return same == (self.relation == '='), found


def as_number(text):
    """0x10 and 16 are the same number; None for what is none."""
    try:
        return int(text, 0)
    except ValueError:
        return None


def parse(text):
    """An Expectation from FACT=VALUE, FACT!=VALUE or FACT~REGEX."""
    match = re.fullmatch(r'([\w.]+)(!=|=|~)(.*)', text)
    if not match:
        raise ExpectError(f'--expect {text}: say FACT=VALUE, FACT!=VALUE or '
                          'FACT~REGEX')
    if match.group(2) == '~':
        try:
            re.compile(match.group(3))
        except re.error as error:
            raise ExpectError(f'--expect {text}: {error}') from error
    return Expectation(text, *match.groups())


def facts(run):
    """What can be expected of a run, by name."""
    found = {
        'booted': 'yes' if run.survey.status == vm.DONE else run.survey.status,
        'release': run.start_record().get('release', 'unknown'),
        'page_size': run.start_record().get('page_size', 'unknown'),
        'complaint': run.survey.complaint() or 'none',
        'dma': 'none',
    }
    for row in run.rows():
        if row['smmu']:
            for name in ('offers', 'domain', 'pgsizes', 'group'):
                found.setdefault(f'{row["smmu"]}.{name}', row[name])
    for port in run.ports:
        if port.number in run.translated:
            outcome = run.outcome(port)
            found[f'{port.smmu}.translated'] = \
                'works' if run.works(port) else outcome
    if run.transfers:
        done = run.transfers.of_kind('dma')
        good = done and run.transfers.status == vm.DONE and not any(
            survey.transfer_problem(record, record.get('file'))
            for record in done)
        found['dma'] = 'verified' if good else 'failed'
    return found


def judge(run, expectations):
    """(exit status, lines that say why)"""
    if run.survey.status in (vm.REFUSED, vm.CRASHED, vm.SILENT):
        return CANNOT_TEST, []
    found = facts(run)
    lines, status = [], GOOD
    for expectation in expectations or [parse('booted=yes')]:
        holds, value = expectation.holds(found)
        if not holds:
            status = BAD
            lines.append(f'not so: {expectation.text}: it is "{value}"')
    return status, lines


def worst(statuses):
    """One exit status for several kernels: bad before cannot-test."""
    for status in (BAD, CANNOT_TEST):
        if status in statuses:
            return status
    return GOOD
