# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the module's look from inside a kernel is whole.

The module makes its own claims in KTAP. One that it leaves out or skips would
not be missed there: here is what each instance's engine must have come to.
"""

import re

from .. import module
from . import bitmaps, groups, ktap, model
from .model import NOT_OK, OK, SKIPPED, Claim

# The module's words, by the size
ARRIVES = 'DMA through a {} mapping arrives, both ways'
TAKES = 'takes the paging domain'
# Why it may skip a claim of a group that it tests: what a kernel has not, and
# what a machine with one SMMU has not
MAY_SKIP = re.compile(r'no such (API|field) since |blocks are not split since |'
                      r'not known to end before |'
                      r'no engine behind another SMMU$')


def wanted(view):
    """Is there a module, in a case where it is loaded, and was it?"""
    return view.case.kind == 'domains' and not view.why_no_module and \
        bool(view.of_kind('module'))


def runs(view):
    """The module ran, where there is one."""
    name = 'the module msmmu_probe runs'
    records = view.of_kind('module')
    if view.case.kind != 'domains':
        return
    if view.why_no_module.startswith(module.BROKEN):
        yield Claim(name, NOT_OK, view.why_no_module)
    elif view.why_no_module:
        yield Claim(name, SKIPPED, view.why_no_module)
    elif view.evidence.done:
        yield Claim(name, OK if records else NOT_OK,
                    '' if records else 'no word of it',
                    records[0]['line'] if records else 0)


def attached(view, port):
    """The group behind an instance that the module attached a domain to."""
    return next((group for group in view.groups
                 if group.smmu == port.smmu and group.after), None)


def said(view, device):
    """{claim: its ktap.Test} that the module made of a device's group."""
    return {path[-1]: test for document in view.documents
            for path, test in ktap.leaves(document.tests)
            if path[0] == device}


def dma(view, port):
    """DMA went through every size that the attached domain has."""
    name = f'{port.smmu}: the module let DMA through each size that it has'
    group = attached(view, port)
    if not group:
        yield Claim(name, NOT_OK, 'the module attached no domain')
        return
    tests = said(view, group.device)
    sizes = bitmaps.name(groups.bits_of(group.after)).split()
    missing = [text for text in (TAKES, *map(ARRIVES.format, sizes))
               if text not in tests or tests[text].result != model.OK]
    details = [tests[text].detail or tests[text].result if text in tests
               else 'not tried' for text in missing]
    yield Claim(name, NOT_OK if missing or not sizes else OK, '; '.join(
        f'{text}: {detail}' for text, detail in zip(missing, details)),
        tests[TAKES].line if TAKES in tests else 0)


def skips(view, port):
    """What it skips is known to be skipped."""
    name = f'{port.smmu}: the module skips only what this kernel has not'
    group = attached(view, port)
    if not group:
        return                  # as dma() says
    bad = [(text, test) for text, test in said(view, group.device).items()
           if test.result == model.SKIPPED and not MAY_SKIP.match(test.detail)]
    yield Claim(name, NOT_OK if bad else OK, '; '.join(
        f'{text}: {test.detail or "no reason"}' for text, test in bad[:3]),
        bad[0][1].line if bad else 0)


def sizes_used(view, port):
    """And the instance saw each: no block was split into pages."""
    name = f'{port.smmu}: each size that the kernel claims was used'
    group = attached(view, port)
    if not group:
        yield Claim(name, NOT_OK, 'the module attached no domain')
        return
    # The module alone uses this stream.
    missing = [size for size
               in bitmaps.name(groups.bits_of(group.after)).split()
               if size not in group.used and size not in group.used_stage2]
    yield Claim(name, NOT_OK if missing else OK,
                f'no walk ended at {", ".join(missing)}' if missing else '')


def aperture(view, port):
    """The addresses of an attached domain are those of stage and sizes."""
    name = f'{port.smmu}: an attached domain has the addresses of its stage'
    group = attached(view, port)
    if not group:
        return
    due = bitmaps.aperture(view.kernel, view.instances[view.ports.index(port)])
    yield Claim(name, OK if group.geometry == due else NOT_OK,
                '' if group.geometry == due else
                f'{group.geometry or "none"}, not {due}')


def of_instance(view, port):
    """All claims about one."""
    if not wanted(view):
        return
    for make in (dma, skips, sizes_used, aperture):
        yield from make(view, port)
