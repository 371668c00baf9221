# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's reports, read by programs that are not ours."""

import xml.etree.ElementTree as ET

import lab_fabricated
from msmmu_guest.lab import ktap, report_junit, report_ktap

RUN = lab_fabricated.lab_result()


def test_junitparser():
    """junitparser counts in the XML what the lab counted."""
    try:
        import junitparser      # pylint: disable=import-outside-toplevel
    except ImportError as error:
        raise AssertionError('not run: python3-junitparser is not '
                             'installed') from error
    text = report_junit.text(RUN)
    root = ET.fromstring(text)
    suites = junitparser.JUnitXml.fromstring(text.encode('utf-8'))
    assert len(list(suites)) == 9
    before = [suites.tests, suites.failures, suites.skipped]
    assert before[0] == int(root.get('tests')), before
    suites.update_statistics()
    after = [suites.tests, suites.failures, suites.skipped]
    assert before == after, (before, after)
    first = next(iter(next(iter(suites))))
    assert (first.name, first.time) == ('ends as expected', 4.0), first


def test_ktap():
    """the parser of kernels' KTAP finds nothing wrong but the failures."""
    documents = ktap.parse(report_ktap.text(RUN))
    assert len(documents) == 1, len(documents)
    assert len(documents[0].tests) == 270, len(documents[0].tests)
    problems = [problem for _, problem in documents[0].problems]
    assert not problems, problems[:5]
