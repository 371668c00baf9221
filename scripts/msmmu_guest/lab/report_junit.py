# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of the lab as JUnit's XML, as GitLab and Jenkins read it.

A testsuite for each kernel, a class for each case, a testcase for each claim;
and one for the case itself, with its time, which fails when the case is not
as expected though every claim is: so a list of failures names each cause once.
What a known defect explains is skipped, with its id as the message: JUnit has
no word for it. Jenkins takes what is before a class's last dot for its
package, so there is one dot: between the kernel's name and the case's.
"""

import collections
import xml.etree.ElementTree as ET

from . import model
from .report_common import failed_claims, kernel_info, kernel_names, plain, \
    row_name, why

ENDS = 'ends as expected'


def skipped(entry, message):
    """Mark a testcase so."""
    ET.SubElement(entry, 'skipped', message=plain(message))


def failure(entry, kind, message, one):
    """Mark a testcase so; the log's path is what one needs next."""
    element = ET.SubElement(entry, 'failure', type=kind,
                            message=plain(message))
    lines = [plain(message)]
    if one.log:
        lines.append(f'log: {plain(one.log)}')
    element.text = '\n'.join(lines)


def own_entry(one, names):
    """The testcase of the case itself."""
    entry = testcase(one, ENDS, names, one.seconds)
    if one.outcome == model.NOT_RUN:
        skipped(entry, f'not run: {why(one)}')
    elif one.outcome == model.KNOWN:
        skipped(entry, f'known defect {one.known}: {why(one)}')
    elif one.outcome == model.FIXED:
        failure(entry, model.FIXED, f'known defect {one.known} is not seen: '
                                    f'{why(one)}', one)
    elif one.outcome == model.FAILED and not failed_claims(one):
        failure(entry, model.FAILED, why(one), one)
    return entry


def claim_entry(one, claim, names):
    """The testcase of a claim."""
    entry = testcase(one, claim.name, names)
    if claim.result == model.SKIPPED:
        skipped(entry, claim.detail)
    elif claim.result == model.NOT_OK and claim.known:
        skipped(entry, f'known defect {claim.known}: {claim.detail}')
    elif claim.result == model.NOT_OK:
        where = claim.detail or 'not so'
        if claim.line:
            where += f' (line {claim.line} of the log)'
        failure(entry, model.FAILED, where, one)
    return entry


def testcase(one, name, names, seconds=0.0):
    """A testcase; a name that the case has already gets a number."""
    name = plain(name)
    names[name] += 1
    if names[name] > 1:
        name += f' ({names[name]})'
    kernel = plain(one.case.kernel)
    row = plain(row_name(one.case)).replace('.', '_')
    return ET.Element('testcase', classname=f'{kernel}.{row}', name=name,
                      time=f'{seconds:.3f}')


def entries(one):
    """The testcases of a case."""
    names = collections.Counter()
    return [own_entry(one, names)] + [claim_entry(one, claim, names)
                                      for claim in one.claims]


def sums(cases):
    """The attributes that count."""
    return {'tests': str(len(cases)),
            'failures': str(sum(1 for entry in cases
                                if entry.find('failure') is not None)),
            'errors': '0',
            'skipped': str(sum(1 for entry in cases
                               if entry.find('skipped') is not None))}


def suite(result, kernel):
    """A kernel's testsuite."""
    info = kernel_info(result, kernel)
    results = [one for one in result.results if one.case.kernel == kernel]
    cases = [entry for one in results for entry in entries(one)]
    element = ET.Element(
        'testsuite', name=plain(kernel), **sums(cases),
        time=f'{sum(one.seconds for one in results):.3f}')
    if result.began:
        # The schema's dateTime has no zone here.
        element.set('timestamp', plain(result.began)[:19])
    properties = ET.SubElement(element, 'properties')
    for name, value in (('kernel', info.label), ('release', info.release),
                        ('page-size', info.page_size),
                        ('module', info.module), ('error', info.error),
                        ('emulator', result.emulator),
                        ('shard', result.shard)):
        if value:
            ET.SubElement(properties, 'property', name=name,
                          value=plain(value))
    element.extend(cases)
    return element


def text(result):
    """The whole run."""
    suites = [suite(result, kernel) for kernel in kernel_names(result)]
    root = ET.Element('testsuites', name='msmmu-lab', **sums(
        [entry for one in suites for entry in one.findall('testcase')]),
        time=f'{result.seconds:.3f}')
    root.extend(suites)
    ET.indent(root)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' +
            ET.tostring(root, encoding='unicode') + '\n')
