# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's reports for a terminal, for KTAP and for JUnit's readers."""

import copy
import io
import re
import unittest
import xml.etree.ElementTree as ET

import lab_fabricated
from msmmu_guest.lab import model, report_common, report_junit, \
    report_ktap, report_text

import msmmu_tap

RUN = lab_fabricated.lab_result()
BAD = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]')
CASE = model.Case('debian:6.1', 'domains', 'uniform', 'strict')


def small(outcome, claims=(), **fields):
    """A run of one case."""
    return model.LabResult(results=[model.CaseResult(
        CASE, outcome, claims=list(claims), **fields)])


class Common(unittest.TestCase):
    """What they share."""

    def test_plain_text_has_nothing_that_a_terminal_obeys(self):
        for text, expected in (
                ('a\tb', 'a b'), ('\x1b[31mred\x1b[0m', 'red'),
                ('one\ntwo', 'one\\x0atwo'), ('end\r\n', 'end'),
                ('\x00\x1b]0;t\x07', '\\x00\\x1b]0;t\\x07'),
                ('\u202egpl', '\\u202egpl'), ('\udc85', '\\udc85'),
                ('\ufffe\x9b', '\\ufffe\\x9b'), ('ä 16K', 'ä 16K')):
            self.assertEqual(report_common.plain(text), expected)

    def test_bitmaps_and_names_of_sizes(self):
        for text, expected in (
                ('0x40201000', '4K 2M 1G'), ('', '-'), ('0x0', 'none'),
                ('0x8000000000', '512G'), ('no API', 'no API')):
            self.assertEqual(report_common.bitmap_text(text), expected)
        for name, value in (('4K', 4096), ('32M', 1 << 25), ('1G', 1 << 30),
                            ('64K contiguous', 65536), ('512', 512),
                            ('F_TRANSLATION', 0), ('4Kx', 0)):
            self.assertEqual(report_common.size_value(name), value)
        self.assertEqual(report_common.walked(
            {'1G': 1, '2M': 0, '64K contiguous': 2, '4K': 3, '64K': 1}),
            ['4K', '64K', '64K contiguous', '1G'])

    def test_the_run_that_was_made_up_has_every_outcome(self):
        for outcome in model.OUTCOMES:
            self.assertTrue(RUN.count(outcome), outcome)
        self.assertEqual(len(RUN.results), 270)
        self.assertEqual(len(report_common.kernel_names(RUN)), 9)
        self.assertEqual(len(report_common.row_names(RUN)), 30)
        self.assertEqual(model.from_json(RUN.to_json()), RUN)


class Text(unittest.TestCase):
    """report_text"""

    @classmethod
    def setUpClass(cls):
        stream = io.StringIO()
        report_text.write(RUN, stream, 'build/lab')
        cls.text = stream.getvalue()

    def test_no_character_harms_and_no_line_is_too_long(self):
        for line in self.text.splitlines():
            self.assertIsNone(BAD.search(line), line)
            self.assertLessEqual(len(line), 120, line)

    def test_the_grid_has_each_case_once(self):
        grid = self.text[:self.text.index('Must be looked at')]
        words = grid[grid.index('  case '):].split()
        for outcome in model.OUTCOMES:
            self.assertEqual(words.count(report_text.WORDS[outcome]),
                             RUN.count(outcome), outcome)

    def test_what_is_unexpected_has_its_reason_and_its_log(self):
        part = self.text[self.text.index('Must be looked at'):
                         self.text.index('Known defects')]
        for one in RUN.unexpected():
            self.assertIn(one.case.id, part)
            self.assertIn(f'build/lab/{one.log}', part)
        self.assertIn('hang: no line for 60 s', part)
        self.assertIn('2M was mapped as 512 leaves of 4K', part)
        self.assertIn('the known defect old-defect is not seen', part)

    def test_each_known_defect_is_there_once_with_its_cases(self):
        part = self.text[self.text.index('Known defects'):
                         self.text.index('Not run')]
        self.assertEqual(part.count('iova-granule:'), 1)
        self.assertIn(f'({RUN.count(model.KNOWN)} cases: ', part)
        self.assertNotIn('old-defect', part)

    def test_several_defects_at_once_are_several(self):
        run = small(model.KNOWN, [model.Claim('x', model.NOT_OK, 'y', 0,
                                              'one')], known='one two')
        self.assertEqual(list(report_common.known_ids(run)), ['one', 'two'])
        text = '\n'.join(report_text.lines(run))
        self.assertIn('  one: ', text)
        self.assertIn('  two: ', text)

    def test_what_was_not_run_is_counted_by_reason(self):
        part = self.text[self.text.index('Not run'):
                         self.text.index('Page sizes')]
        counts = [int(number) for number
                  in re.findall(r'^  (\d+): ', part, re.M)]
        self.assertEqual(sum(counts), RUN.count(model.NOT_RUN))
        self.assertIn('linux-source-7.3 was not built', part)

    def test_the_last_line_sums_up(self):
        self.assertRegex(self.text.splitlines()[-1],
                         r'pass, 4 fail, .* 1 fixed, .*: 5 unexpected')
        self.assertIn('1 pass: nothing unexpected',
                      report_text.lines(small(model.PASSED))[-1])

    def test_claimed_sizes_stand_beside_the_used(self):
        part = self.text[self.text.index('\n  4k+16k+64k\n'):]
        lines = part.splitlines()
        at = next(at for at, line in enumerate(lines)
                  if line.startswith('    smmu2  6.1 '))
        self.assertRegex(lines[at], '4K 16K 64K 2M 32M 512M 1G: driver '
                                    'unbound +16K, 32M$')
        self.assertRegex(lines[at + 1],
                         '^ +16K 32M: before after default vfio$')
        self.assertIn('refused: 16K', part)

    def test_nothing_at_all_is_said_too(self):
        self.assertIn('Lab: 0 cases', report_text.lines(
            model.LabResult())[0])


class Ktap(unittest.TestCase):
    """report_ktap"""

    def test_a_reader_of_tap_counts_what_there_is(self):
        reader = msmmu_tap.Reader()
        for line in report_ktap.text(RUN).splitlines():
            reader.line(line)
        count = reader.finish()
        bad = [claim for one in RUN.results
               for claim in report_common.failed_claims(one)]
        alone = [one for one in RUN.unexpected()
                 if not report_common.failed_claims(one)]
        self.assertEqual(count.failed, len(bad) + len(alone))
        self.assertEqual(count.skipped, RUN.count(model.NOT_RUN) + sum(
            claim.result == model.SKIPPED for one in RUN.results
            for claim in one.claims))

    def test_each_line_is_of_the_grammar(self):
        lines = report_ktap.text(RUN).splitlines()
        self.assertEqual(lines[:2], ['KTAP version 1', '1..270'])
        for line in lines:
            self.assertIsNone(BAD.search(line))
            self.assertRegex(line, r'^ *(KTAP version 1|1\.\.\d+|# .*|'
                                   r'(not )?ok \d+ [^#]+( # .+)?)$')

    def test_lines_of_each_outcome(self):
        known = model.Claim('maps # 4K', model.NOT_OK, 'BUG', 3, 'iova')
        for outcome, fields, expected in (
                (model.PASSED, {}, 'ok 1 ID'),
                (model.KNOWN, {'known': 'iova', 'reason': 'BUG'},
                 'ok 1 ID # XFAIL iova: BUG'),
                (model.FIXED, {'known': 'iova', 'reason': 'all true'},
                 'not ok 1 ID # known defect iova is not seen: all true'),
                (model.NOT_RUN, {'reason': 'no headers'},
                 'ok 1 ID # SKIP no headers'),
                (model.FAILED, {'reason': 'silent', 'status': 'hang'},
                 'not ok 1 ID # TIMEOUT silent'),
                (model.FAILED, {'status': 'panic'},
                 'not ok 1 ID # panic')):
            text = report_ktap.text(small(outcome, **fields))
            self.assertIn(expected.replace('ID', CASE.id) + '\n', text)
        text = report_ktap.text(small(model.KNOWN, [known], known='iova'))
        self.assertIn('\n  1..1\n  ok 1 maps  4K # XFAIL iova: BUG\n', text)


class Junit(unittest.TestCase):
    """report_junit"""

    @classmethod
    def setUpClass(cls):
        cls.text = report_junit.text(RUN)
        cls.root = ET.fromstring(cls.text)

    def test_counts_are_those_of_the_testcases(self):
        self.assertEqual(len(self.root.findall('testsuite')), 9)
        for suite in [self.root, *self.root.findall('testsuite')]:
            for name, path in (('tests', './/testcase'),
                               ('failures', './/failure'),
                               ('skipped', './/skipped')):
                self.assertEqual(int(suite.get(name)),
                                 len(suite.findall(path)), name)
        self.assertEqual(
            int(self.root.get('tests')),
            sum(1 + len(one.claims) for one in RUN.results))

    def test_each_cause_fails_once(self):
        names = {}
        for entry in self.root.iter('testcase'):
            if entry.find('failure') is not None:
                names.setdefault(entry.get('classname'), []).append(
                    entry.get('name'))
        for one in RUN.unexpected():
            row = report_common.row_name(one.case)
            found = names.pop(f'{one.case.kernel}.{row}')
            self.assertEqual(len(found), len(
                report_common.failed_claims(one)) or 1)
        self.assertEqual(names, {})

    def test_known_and_not_run_are_skipped_with_the_reason(self):
        messages = [entry.get('message')
                    for entry in self.root.iter('skipped')]
        self.assertIn('known defect iova-granule: '
                      'kernel BUG at drivers/iommu/iova.c:46!', messages)
        self.assertIn('not run: linux-source-7.3 was not built', messages)
        self.assertIn('no API for that since 6.16', messages)

    def test_no_name_is_there_twice(self):
        keys = [(entry.get('classname'), entry.get('name'))
                for entry in self.root.iter('testcase')]
        self.assertEqual(len(keys), len(set(keys)))
        twice = [model.Claim('maps', model.OK), model.Claim('maps', model.OK)]
        root = ET.fromstring(report_junit.text(small(model.PASSED, twice)))
        self.assertEqual([entry.get('name')
                          for entry in root.iter('testcase')],
                         ['ends as expected', 'maps', 'maps (2)'])

    def test_texts_come_through_without_what_xml_forbids(self):
        self.assertIsNone(BAD.search(self.text))
        messages = [entry.get('message')
                    for entry in self.root.iter('failure')]
        self.assertTrue(any('<script>document.title="broken"</script> &' in
                            message for message in messages))
        result = copy.deepcopy(small(model.FAILED, reason='\udcff\ufffe\x0c'))
        root = ET.fromstring(report_junit.text(result).encode('utf-8'))
        self.assertEqual(root.find('.//failure').get('message'),
                         '\\udcff\\ufffe\\x0c')


if __name__ == '__main__':
    unittest.main()
