# SPDX-License-Identifier: GPL-2.0-or-later
"""KTAP in a log: what is read from it, and what is not let pass."""

import unittest

from msmmu_guest.lab import ktap, model

NESTED = """\
[    0.000000] Booting Linux
[    1.000000] KTAP version 1
[    1.000001] 1..2
[    1.000002]     KTAP version 1
[    1.000003]     # Subtest: 0001:00:01.0
[    1.000004]     1..3
[    1.000005]     ok 1 maps 4K
[    1.000006] nvme nvme0: pci function 0001:00:01.0
[    1.000007]     not ok 2 maps 2M # -22 at 0x200000
[    1.000008]     ok 3 maps 1G # SKIP no memory
[    1.000009] not ok 1 0001:00:01.0
[    1.000010] ok 2 the end
[    1.000011] reboot: Power down
"""

# As Linux 6.1 prints it: a hyphen, no version lines within
OLD_KUNIT = """\
[    0.5][    T1] TAP version 14\r
[    0.5][    T1] 1..1\r
[    0.5][    T1]     # Subtest: arm-smmu-v3-kunit-test\r
[    0.5][    T1]     1..2\r
[    0.5][    T1]     # write_ste: EXPECTATION FAILED at test.c:12\r
[    0.5][    T1]     Expected a == b, but\r
[    0.5][    T1]         a == 1 (0x1)\r
[    0.5][    T1]     not ok 1 - write_ste\r
[    0.5][    T1]     ok 2 - other\r
[    0.5][    T1] # arm-smmu-v3-kunit-test: pass:1 fail:1 skip:0 total:2\r
[    0.5][    T1] # Totals: pass:1 fail:1 skip:0 total:2\r
[    0.5][    T1] not ok 1 - arm-smmu-v3-kunit-test\r
"""

PARAMETERS = """\
KTAP version 1
1..1
    KTAP version 1
    # Subtest: suite
    # module: test
    1..1
        KTAP version 1
        # Subtest: sizes
        ok 1 4K
        ok 2 16K
    # sizes: pass:2 fail:0 skip:0 total:2
    ok 1 sizes
ok 1 suite
"""


def claims(text):
    """Of a log."""
    return ktap.claims(ktap.parse(text))


def names(text):
    """(name, result, line) of each claim."""
    return [(claim.name, claim.result, claim.line)
            for claim in claims(text)]


def problems(text):
    """What is wrong with the form."""
    return [text for document in ktap.parse(text)
            for _, text in document.problems]


class Reads(unittest.TestCase):
    """Documents in order."""

    def test_nested_with_stamps_and_other_lines(self):
        self.assertEqual(names(NESTED), [
            ('0001:00:01.0: maps 4K', model.OK, 7),
            ('0001:00:01.0: maps 2M', model.NOT_OK, 9),
            ('0001:00:01.0: maps 1G', model.SKIPPED, 10),
            ('the end', model.OK, 12)])
        details = [claim.detail for claim in claims(NESTED)]
        self.assertEqual(details, ['', '-22 at 0x200000', 'no memory', ''])

    def test_old_kunit(self):
        self.assertEqual(problems(OLD_KUNIT), [])
        found = claims(OLD_KUNIT)
        self.assertEqual([(one.name, one.result) for one in found], [
            ('arm-smmu-v3-kunit-test: write_ste', model.NOT_OK),
            ('arm-smmu-v3-kunit-test: other', model.OK)])
        self.assertIn('EXPECTATION FAILED at test.c:12; Expected a == b',
                      found[0].detail)

    def test_parameters_without_a_plan(self):
        self.assertEqual([name for name, _, _ in names(PARAMETERS)],
                         ['suite: sizes: 4K', 'suite: sizes: 16K'])

    def test_several_documents(self):
        found = names(PARAMETERS + 'some words\n' + NESTED)
        self.assertEqual(len(found), 6)
        self.assertEqual(found[-1], ('the end', model.OK, 26))

    def test_no_document(self):
        self.assertEqual(ktap.parse('ok 1 no document\n1..2\n'), [])

    def test_what_is_not_tried(self):
        text = 'KTAP version 1\n1..3\nok 1 a # SKIP\nnot ok 2 b # TODO x\n' \
            'ok 3 c # XFAIL: known\n'
        self.assertEqual([(one.result, one.detail)
                          for one in claims(text)],
                         [(model.SKIPPED, 'SKIP'), (model.SKIPPED, 'x'),
                          (model.SKIPPED, 'known')])

    def test_nothing_to_do(self):
        self.assertEqual(problems('KTAP version 1\n1..0 # no groups\n'), [])

    def test_time_out_is_a_failure(self):
        found = claims('KTAP version 1\n1..1\nnot ok 1 a # TIMEOUT 9\n')
        self.assertEqual((found[0].result, found[0].detail),
                         (model.NOT_OK, 'TIMEOUT 9'))


class Refuses(unittest.TestCase):
    """Each of these is a claim that is not so."""

    def check(self, text, *expected):
        self.assertEqual(problems(text), list(expected))
        bad = [claim for claim in claims(text)
               if claim.name == 'KTAP is well formed']
        self.assertEqual([claim.detail for claim in bad], list(expected))
        self.assertTrue(all(claim.result == model.NOT_OK and claim.line
                            for claim in bad))

    def test_fewer_than_planned(self):
        self.check('KTAP version 1\n1..2\nok 1 a\n', 'KTAP: 2 planned, 1 came')

    def test_more_than_planned(self):
        self.check('KTAP version 1\n1..1\nok 1 a\nok 2 b\n',
                   'KTAP: 1 planned, 2 came')

    def test_fewer_in_a_subtest(self):
        self.check(NESTED.replace('1..3', '1..4'),
                   '0001:00:01.0: 4 planned, 3 came')

    def test_no_plan(self):
        self.check('KTAP version 1\nok 1 a\n',
                   'no plan: its end cannot be told')

    def test_a_plan_of_nothing(self):
        self.check('KTAP version 1\n1..0\n', 'a plan of no tests')

    def test_a_second_plan(self):
        self.check('KTAP version 1\n1..1\n1..1\nok 1 a\n',
                   'a second plan, 1..1')

    def test_a_number_left_out(self):
        self.check('KTAP version 1\n1..2\nok 1 a\nok 3 b\n',
                   'result 3 where 2 was due: b')

    def test_a_number_twice(self):
        self.check('KTAP version 1\n1..2\nok 1 a\nok 1 a\n',
                   'result 1 where 2 was due: a')

    def test_no_number(self):
        self.check('KTAP version 1\n1..1\nok\n',
                   'a result without a number: test None')

    def test_a_kernel_that_died_in_a_subtest(self):
        text = ''.join(NESTED.splitlines(True)[:9])
        self.check(text, 'the subtest 0001:00:01.0 has no result',
                   '0001:00:01.0: 3 planned, 2 came',
                   'KTAP: 2 planned, 1 came')
        self.assertIn(('0001:00:01.0: maps 2M', model.NOT_OK, 9),
                      names(text))

    def test_a_result_of_another_name(self):
        self.check(NESTED.replace('not ok 1 0001:00:01.0', 'not ok 1 x'),
                   'the subtest 0001:00:01.0 ends as x')

    def test_ok_over_a_failure(self):
        self.check(NESTED.replace('] not ok 1', '] ok 1'),
                   '0001:00:01.0 does not fail, and maps 2M in it does')

    def test_an_indentation_of_nothing(self):
        self.check('KTAP version 1\n1..1\n    ok 1 b\nok 1 a\n',
                   "a result at no test's indentation: ok 1 b")

    def test_bail_out(self):
        self.check('KTAP version 1\n1..1\nok 1 a\nBail out! no memory\n',
                   'Bail out! no memory')

    def test_a_suite_that_fails_by_itself(self):
        text = PARAMETERS.replace('\nok 1 suite', '\nnot ok 1 suite # exit')
        self.assertIn(('suite', model.NOT_OK, 13), names(text))


if __name__ == '__main__':
    unittest.main()
