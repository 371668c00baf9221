# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of the kernel's own tests must have run, and how many."""

import unittest

from msmmu_guest.lab import kunit, model

RELEASE = '7.3.4-msmmu-4k'


def suite(number, name, count, bad=0):
    """A suite in KUnit's words, with COUNT tests of which BAD fail."""
    lines = ['    KTAP version 1', f'    # Subtest: {name}',
             f'    1..{count}']
    lines += [f'    {"not ok" if test <= bad else "ok"} {test} t{test}'
              for test in range(1, count + 1)]
    if name.startswith('io-pgtable'):
        lines.insert(-1, '    # arm_lpae_do_selftests: completed with '
                     f'{63 - bad} PASS {bad} FAIL')
    lines.append(f'{"not ok" if bad else "ok"} {number} {name}')
    return lines


def log(*suites):
    """A console's log with these suites."""
    lines = ['KTAP version 1', f'1..{len(suites)}']
    for number, parts in enumerate(suites, 1):
        lines += suite(number, *parts)
    return '\n'.join(f'[    1.{number:06}] {line}\r'
                     for number, line in enumerate(lines))


SMMU, TABLES = 'arm-smmu-v3-kunit-test', 'io-pgtable-arm-test'
OLD_SWEEP = ('[    0.1] arm-lpae io-pgtable: selftest: completed with '
             '{} PASS {} FAIL\n')


class Suites(unittest.TestCase):
    """Claims about logs."""

    def wrong(self, text, release=RELEASE):
        """What is not so, as texts."""
        return [f'{claim.name}: {claim.detail}' for claim in
                kunit.claims(text, release) if claim.result != model.OK]

    def test_all_ran(self):
        text = log((SMMU, 25), (TABLES, 1))
        self.assertEqual(self.wrong(text), [])
        self.assertEqual([claim.detail for claim in
                          kunit.claims(text, RELEASE)],
                         ['25 tests', '1 tests', '63 passed, 0 failed'])

    def test_a_claim_knows_its_line(self):
        text = log((SMMU, 25), (TABLES, 1))
        for claim in kunit.claims(text, RELEASE):
            line = text.split('\n')[claim.line - 1]
            self.assertRegex(line, 'ok [12] (arm|io)-|completed with')

    def test_a_test_that_is_not_there(self):
        self.assertEqual(self.wrong(log((SMMU, 24), (TABLES, 1))),
                         [f'KUnit: the suite {SMMU} runs: 24 tests, not 25'])

    def test_a_suite_that_is_not_there(self):
        self.assertEqual(self.wrong(log((SMMU, 25))), [
            f'KUnit: the suite {TABLES} runs: no word of it',
            'the sweep of io-pgtable-arm passes: no word of it'])

    def test_silence_is_no_success(self):
        self.assertEqual(len(self.wrong('kunit: disabled\n')), 3)
        self.assertEqual(len(self.wrong('', '')), 1)

    def test_a_sweep_that_fails(self):
        self.assertEqual(self.wrong(log((SMMU, 25), (TABLES, 1, 1))), [
            'the sweep of io-pgtable-arm passes: 62 passed, 1 failed'])

    def test_old_series(self):
        self.assertEqual(self.wrong(OLD_SWEEP.format(18, 0),
                                    '6.1.176-msmmu-4k'), [])
        self.assertEqual(len(self.wrong(OLD_SWEEP.format(17, 1),
                                        '6.1.176-msmmu-4k')), 1)
        self.assertEqual(self.wrong(OLD_SWEEP.format(18, 0) + log((SMMU, 22)),
                                    '6.12.107-msmmu-64k'), [])
        self.assertEqual(len(self.wrong(OLD_SWEEP.format(18, 0),
                                        '6.12.107-msmmu-64k')), 1)


if __name__ == '__main__':
    unittest.main()
