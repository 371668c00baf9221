# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of the lab as KTAP, version 1: a subtest for each case.

What a known defect explains is "ok ... # XFAIL id: why": the directive of
KTAP for what is expected to fail. What was not run is SKIP with its reason. A
case whose known defect did not show is "not ok": somebody must look at it.
"""

from .. import vm
from . import model
from .report_common import plain, why

HEADER = 'KTAP version 1'
INDENT = '  '
# How boots end that took too long
TIMED_OUT = (vm.HANG, vm.SILENT)


def safe(text):
    """TEXT without '#': a guest's "# SKIP" must not become a directive."""
    return plain(text).replace('#', '')


def line(number, good, name, directive='', detail=''):
    """A result's line."""
    words = f'{"ok" if good else "not ok"} {number} {safe(name) or "unnamed"}'
    comment = ' '.join(part for part in (directive, safe(detail)) if part)
    return f'{words} # {comment}' if comment else words


def claim_line(number, claim):
    """A claim's line."""
    if claim.result == model.OK:
        return line(number, True, claim.name)
    if claim.result == model.SKIPPED:
        return line(number, True, claim.name, 'SKIP', claim.detail)
    if claim.known:
        return line(number, True, claim.name, 'XFAIL',
                    f'{claim.known}: {claim.detail}')
    return line(number, False, claim.name, detail=claim.detail)


def case_line(number, one):
    """A case's own line, after those of its claims."""
    name = one.case.id
    if one.outcome == model.PASSED:
        return line(number, True, name)
    if one.outcome == model.NOT_RUN:
        return line(number, True, name, 'SKIP', why(one))
    if one.outcome == model.KNOWN:
        return line(number, True, name, 'XFAIL',
                    f'{one.known}: {why(one)}')
    if one.outcome == model.FIXED:
        return line(number, False, name,
                    detail=f'known defect {one.known} is not seen: '
                           f'{why(one)}')
    directive = 'TIMEOUT' if one.status in TIMED_OUT else ''
    return line(number, False, name, directive, why(one))


def case_lines(number, one):
    """A case: its claims as a subtest, notes, and its line."""
    lines = []
    if one.claims:
        lines += [f'{INDENT}{HEADER}', f'{INDENT}# Subtest: '
                  f'{safe(one.case.id)}',
                  f'{INDENT}1..{len(one.claims)}']
        lines += [INDENT + claim_line(at, claim)
                  for at, claim in enumerate(one.claims, 1)]
    if one.log and one.outcome in model.UNEXPECTED:
        lines.append(f'# log: {plain(one.log)}')
    return lines + [case_line(number, one)]


def text(result):
    """The whole run."""
    lines = [HEADER, f'1..{len(result.results)}']
    for number, one in enumerate(result.results, 1):
        lines += case_lines(number, one)
    unexpected = [one.case.id for one in result.unexpected()]
    lines += [f'# {outcome}: {result.count(outcome)}'
              for outcome in model.OUTCOMES]
    lines += [f'# unexpected: {plain(name)}' for name in unexpected]
    return '\n'.join(lines) + '\n'
