# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of a case: all claims, against the known defects.

Claims come from three sides: the host's (claims), the probe's records of the
kind "claim", and KTAP in the log, of the module or of KUnit. A claim that is
not so is explained by a known defect of that kernel or it is a failure; a
defect that must show and did not is unexpected, too.
"""

from . import claims, defects, groups, ktap, model


def from_records(view):
    """The claims that jobs of the probe made."""
    results = (model.OK, model.NOT_OK, model.SKIPPED)
    for record in view.of_kind('claim'):
        result = record.get('result')
        yield model.Claim(
            place(view, record.get('about', '')) + record.get('name', '?'),
            result if result in results else model.NOT_OK,
            record.get('detail', ''), record['line'])


def place(view, text):
    """'smmu1 0001:00:02.0: ' for what is about a device."""
    try:
        port = view.port(text)
    except ValueError:
        port = None
    if port and port.smmu:
        return f'{port.smmu} {text}: '
    return f'{text}: ' if text else ''


def from_ktap(view):
    """The claims in the log; a group's device is named by its instance."""
    for claim in ktap.claims(view.documents):
        device, colon, rest = claim.name.partition(': ')
        if colon:
            claim.name = place(view, device) + rest
        yield claim


def situation(view):
    """As the defects want it."""
    return defects.Situation(view.case, view.evidence.release,
                             view.evidence.page_size, tuple(view.ports))


def explain(found, applying):
    """Mark the claims that a defect explains."""
    for claim in found:
        if claim.result != model.NOT_OK:
            continue
        for defect, _ in applying:
            if defect.explains(claim):
                claim.known = defect.id
                break


def settle(result, view):
    """The outcome, and why."""
    where = situation(view)
    applying = [(defect, defect.shown_in(view.evidence.log))
                for defect in defects.applying(where)]
    shown = [(defect, line) for defect, line in applying if line]
    absent = [defect for defect, line in applying
              if not line and defect.always(where)]
    explain(result.claims, shown)
    bad = [claim for claim in result.claims if claim.result == model.NOT_OK]
    open_ones = [claim for claim in bad if not claim.known]
    if open_ones:
        result.outcome = model.FAILED
        more = f' (and {len(open_ones) - 1} more)' if open_ones[1:] else ''
        result.reason = ': '.join(filter(None, (
            open_ones[0].name, open_ones[0].detail))) + more
    elif bad:
        result.outcome = model.KNOWN
        ids = dict.fromkeys(claim.known for claim in bad)
        result.known = ' '.join(ids)
        result.reason = '; '.join(defect.title for defect, _ in shown
                                  if defect.id in ids)
    elif absent:
        result.outcome = model.FIXED
        result.known = absent[0].id
        result.reason = f'it did not show: {absent[0].title}'
    else:
        result.outcome = model.PASSED


# What a record that makes no sense raises somewhere
NONSENSE = (ArithmeticError, AttributeError, LookupError, TypeError,
            ValueError)


def judge(case, evidence, why_no_module='', log=''):
    """A CaseResult from what remains of a boot."""
    result = model.CaseResult(case, status=evidence.status,
                              seconds=evidence.seconds, log=log)
    view = groups.View(case, evidence, why_no_module)
    try:
        result.groups = view.groups
        result.claims = [*claims.of_boot(view), *from_records(view),
                         *from_ktap(view)]
        settle(result, view)
    except NONSENSE as error:
        result.outcome = model.FAILED
        result.reason = ("the guest's records make no sense: "
                         f'{type(error).__name__}: {error}')
    return result


def not_run(case, why):
    """A CaseResult of what could not be tried."""
    return model.CaseResult(case, model.NOT_RUN, why)
