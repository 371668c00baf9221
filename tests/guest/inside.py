# SPDX-License-Identifier: GPL-2.0-or-later
"""What the test module in the kernel must have said."""

import checks

from msmmu_guest import console
from msmmu_guest.lab import ktap, model


def loaded(result, _disks):
    """The kernel took the module, and let it go again."""
    record = console.first(result.records, 'module-load')
    if not record:
        return 'it was not tried'
    return record['errno'] or checks.finished(result, None)


def claims(groups, least):
    """All claims hold for so many groups, at least LEAST of them in each."""
    def check(result, _disks):
        documents = ktap.parse(result.log)
        if len(documents) != 1 or len(documents[0].tests) != groups:
            return f'{[len(one.tests) for one in documents]} groups'
        for claim in ktap.claims(documents):
            if claim.result == model.NOT_OK:
                return f'{claim.name}: {claim.detail}'
        for test in documents[0].tests:
            held = [one for one in test.tests if one.result == model.OK]
            if len(held) < least:
                return f'{test.name}: only {len(held)} claims were tried'
        return ''
    return check


def page_sizes(which, expected):
    """{segment: bitmap} of one of the domains that the module looks at."""
    def check(result, _disks):
        found = {checks.segment_of(record): record.get('pgsizes')
                 for record in result.of_kind('domain')
                 if record['which'] == which and
                 record['bdf'] == checks.endpoint(
                     result, checks.segment_of(record)).get('bdf')}
        wanted = {segment: f'{value:#x}'
                  for segment, value in expected.items()}
        return '' if found == wanted else f'{found}, not {wanted}'
    return check
