# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed between two runs of the lab, or between two kernels.

Cases are the same when their ids are; when a kernel is chosen of each run, when
all but the kernel is the same. What changed in the same way in several cases
is one change. Counters change from run to run, so that which sizes were used,
refused or faulted is compared, not how often.
"""

import collections
import dataclasses
import os
import pathlib
import textwrap

from .. import report
from . import model
from .report_common import BITMAPS, bitmap_text, kernel_info, \
    kernel_names, plain, row_name, walked, why

SAME, DIFFERS = 0, 1
# Sections, in the order in which they are shown
OUTCOMES, BITMAP, USED, DOMAINS, CLAIMS, CASES = (
    'Outcomes', 'Bitmaps', 'Page sizes used', 'Domains and apertures',
    'Claims', 'Cases')
SECTIONS = (OUTCOMES, BITMAP, USED, DOMAINS, CLAIMS, CASES)
# Cases named with a change, and changes of a section
NAMED, SHOWN = 4, 60


@dataclasses.dataclass(frozen=True)
class Side:
    """A run, or one kernel of it."""
    result: model.LabResult
    name: str
    kernel: str = ''

    def cases(self):
        """{key: result}; keys are without the kernel if one is chosen."""
        return {row_name(one.case) if self.kernel else one.case.id: one
                for one in self.result.results
                if self.kernel in ('', one.case.kernel)}


class Changes:
    """Changes by section, and the cases of each."""

    def __init__(self):
        self.found = {section: {} for section in SECTIONS}

    def add(self, section, text, key, place=()):
        """One more; a change behind an SMMU has a place: (set, SMMU)."""
        self.found[section].setdefault(text, []).append((key, place))

    def __bool__(self):
        return any(self.found.values())

    def lines(self):
        """For people."""
        lines = []
        for section, changes in self.found.items():
            if not changes:
                continue
            lines += ['', report.colour(section, 'head')]
            for text, seen in list(changes.items())[:SHOWN]:
                lines += textwrap.wrap(text, report.WIDTH,
                                       initial_indent='  ',
                                       subsequent_indent='    ',
                                       break_on_hyphens=False)
                # The change itself may name its only case.
                if seen != [(text.split(': ')[0], ())]:
                    lines += where(seen)
            if len(changes) > SHOWN:
                lines.append(f'  and {len(changes) - SHOWN} more')
        return lines


def where(seen):
    """The places of a change, or its cases."""
    places = {}
    for key, place in seen:
        if place:
            smmus, cases = places.setdefault(place[0], ({}, {}))
            smmus[place[1]] = cases[key] = None
    if places:
        text = 'behind ' + '; '.join(
            f'{setup} {" ".join(smmus)} ({cases_text(list(cases))})'
            for setup, (smmus, cases) in places.items())
    else:
        text = 'in ' + cases_text(list(dict.fromkeys(
            key for key, _ in seen)), NAMED)
    return textwrap.wrap(text, report.WIDTH, initial_indent='      ',
                         subsequent_indent='        ',
                         break_on_hyphens=False)


def cases_text(keys, most=1):
    """The names of a few cases, the number of many."""
    if len(keys) <= most:
        return ', '.join(plain(key) for key in keys)
    if most == 1:
        return f'{len(keys)} cases'
    more = f' and {len(keys) - most} more' if len(keys) > most else ''
    return ', '.join(plain(key) for key in keys[:most]) + more


def arrow(before, after):
    """'4K 2M -> 4K'; '-' for what there is not."""
    return f'{before or "-"} -> {after or "-"}'


# ---- One case ----

def compare_outcomes(changes, key, old, new):
    """How it ended."""
    if old.outcome != new.outcome:
        reason = why(new) or why(old)
        changes.add(OUTCOMES, f'{plain(key)}: '
                    f'{arrow(old.outcome, new.outcome)}' +
                    (f': {reason}' if reason else ''), plain(key))
    elif old.known != new.known:
        changes.add(OUTCOMES, 'the known defect: '
                    f'{arrow(plain(old.known), plain(new.known))}', key)


def claim_results(one):
    """{name: what came of it}; a name that is there twice has a number."""
    found, names = {}, collections.Counter()
    for claim in one.claims:
        names[claim.name] += 1
        name = plain(claim.name)
        if names[claim.name] > 1:
            name += f' ({names[claim.name]})'
        found[name] = (f'known ({plain(claim.known)})' if claim.known and
                       claim.result == model.NOT_OK else claim.result)
    return found


def compare_claims(changes, key, old, new):
    """Which claims are there, and which are so."""
    before, after = claim_results(old), claim_results(new)
    # A boot that ended early or was not run makes no claims: that is in its
    # outcome.
    if not before or not after:
        return
    gone = [name for name in before if name not in after]
    new = [f'{name} ({after[name]})' for name in after if name not in before]
    for word, names in (('gone', gone), ('new', new)):
        if names:
            more = f' and {len(names) - NAMED} more' \
                if len(names) > NAMED else ''
            changes.add(CLAIMS, f'{word}: {"; ".join(names[:NAMED])}{more}',
                        key)
    for name, result in before.items():
        if after.get(name, result) != result:
            changes.add(CLAIMS, f'{arrow(result, after[name])}: {name}', key)


def compare_groups(changes, key, old, new):
    """What was seen of each IOMMU group."""
    if not old.groups or not new.groups:
        return
    before = {(group.smmu, group.device): group for group in old.groups}
    after = {(group.smmu, group.device): group for group in new.groups}
    for name in dict.fromkeys([*before, *after]):
        place = (plain(new.case.setup), plain(name[0]))
        if name not in after or name not in before:
            word = 'new' if name in after else 'gone'
            changes.add(DOMAINS, f'the group of {plain(name[1])} is {word}',
                        key, place)
        else:
            for section, text in group_changes(before[name], after[name]):
                changes.add(section, text, key, place)


def sizes_in(counts):
    """'4K 2M' of counters."""
    return ' '.join(plain(size) for size in walked(counts))


def group_changes(old, new):
    """(section, text) of each change of a group."""
    for section, show, fields in (
            (BITMAP, bitmap_text, {name: name for name in BITMAPS}),
            (USED, sizes_in, {'used': 'used', 'used of stage 2': 'used_stage2',
                              'refused': 'refused', 'faults': 'faults'}),
            (DOMAINS, plain, {'default domain': 'domain',
                              'aperture': 'geometry'})):
        for name, field in fields.items():
            texts = [show(getattr(group, field)) for group in (old, new)]
            if texts[0] != texts[1]:
                yield section, f'{name}: {arrow(*texts)}'


# ---- Two runs ----

def changes_of(old, new):
    """Changes between two Sides."""
    changes = Changes()
    before, after = old.cases(), new.cases()
    for key in dict.fromkeys([*before, *after]):
        if key not in after:
            changes.add(CASES, f'{plain(key)}: gone', plain(key))
        elif key not in before:
            changes.add(CASES, f'{plain(key)}: new, {after[key].outcome}',
                        plain(key))
        else:
            for step in (compare_outcomes, compare_groups, compare_claims):
                step(changes, key, before[key], after[key])
    return changes


def kernel_lines(old, new):
    """The kernels' releases; that they differ is no change by itself."""
    if old.kernel:
        pairs = [(old.kernel, new.kernel)]
    else:
        pairs = [(name, name) for name in kernel_names(old.result)
                 if name in kernel_names(new.result)]
    lines = []
    for one, other in pairs:
        texts = [plain(kernel_info(side.result, name).release) or '?'
                 for side, name in ((old, one), (new, other))]
        if old.kernel or texts[0] != texts[1]:
            names = one if one == other else arrow(one, other)
            lines.append(f'  {plain(names)}: ' + (
                arrow(*texts) if texts[0] != texts[1] else texts[0]))
    return lines


def compare_sides(old, new):
    """(lines, exit status)"""
    changes = changes_of(old, new)
    both = len(set(old.cases()) & set(new.cases()))
    lines = [f'{plain(old.name)} -> {plain(new.name)}: {both} cases of both',
             *kernel_lines(old, new), *changes.lines(), '']
    if not changes:
        return lines + ['nothing changed'], SAME
    sums = ', '.join(f'{len(found)} {section.lower()}'
                     for section, found in changes.found.items() if found)
    return lines + [f'changed: {sums}'], DIFFERS


def compare(old, new):
    """The lines for two LabResults."""
    return compare_sides(Side(old, 'the first'), Side(new, 'the second'))[0]


def open_side(text):
    """A Side: REPORT.json, or REPORT.json:KERNEL, as build/x.json:own:7.3-4k.

    Raises OSError or model.ModelError.
    """
    name, kernel = text, ''
    parts = text.split(':')
    for at in range(len(parts), 0, -1):
        if os.path.isfile(':'.join(parts[:at])):
            name, kernel = ':'.join(parts[:at]), ':'.join(parts[at:])
            break
    result = model.from_json(pathlib.Path(name).read_text('utf-8'))
    if kernel and kernel not in kernel_names(result):
        raise model.ModelError(
            f'{name} has no kernel {kernel}, but '
            f'{" ".join(kernel_names(result)) or "none"}')
    return Side(result, text, kernel)


def run(texts):
    """(lines, exit status) for the two arguments of --compare."""
    old, new = map(open_side, texts)
    if bool(old.kernel) != bool(new.kernel):
        raise model.ModelError('a kernel is chosen of one report only: '
                               f'{texts[0]} {texts[1]}')
    return compare_sides(old, new)
