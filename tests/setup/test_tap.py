# SPDX-License-Identifier: GPL-2.0-or-later
"""The counting of test results: nothing lost, nothing counted twice."""

import os
import pathlib
import tempfile
import time
import unittest
import unittest.mock

import msmmu_tap


def count(text):
    """What a program that prints TEXT adds up to."""
    reader = msmmu_tap.Reader()
    for line in text.splitlines(keepends=True):
        reader.line(line)
    return reader.finish()


def numbers(result):
    """(passed, failed, skipped)."""
    return result.passed, result.failed, result.skipped


class Read(unittest.TestCase):
    """TAP as GLib and others print it."""

    def test_flat(self):
        result = count('1..4\nok 1 /a\nnot ok 2 /b\nok 3 /c # SKIP no disk\n'
                       'ok 4 - with a dash\n# ok not a result\n')
        self.assertEqual(numbers(result), (2, 1, 1))
        self.assertEqual(result.failures, ['/b'])

    def test_plan_at_the_end(self):
        self.assertEqual(numbers(count('ok 1 a\nok 2 b\n1..2\n')), (2, 0, 0))

    def test_missing_results_are_a_failure(self):
        result = count('1..3\nok 1 a\n')
        self.assertEqual(numbers(result), (1, 1, 0))
        self.assertIn('2 of 3', result.failures[0])

    def test_group_is_not_counted_with_its_members(self):
        result = count('1..2\n# Subtest: g\n    1..2\n    ok 1 a\n'
                       '    not ok 2 b\nnot ok 1 g\nok 2 c\n')
        self.assertEqual(numbers(result), (2, 1, 0))

    def test_group_that_fails_on_its_own_is_a_failure(self):
        result = count('# Subtest: g\n    ok 1 a\nnot ok 1 g\n1..1\n')
        self.assertEqual(numbers(result), (1, 1, 0))

    def test_members_missing_from_a_group_are_a_failure(self):
        result = count('# Subtest: g\n    1..2\n    ok 1 a\nok 1 g\n1..1\n')
        self.assertEqual(numbers(result), (1, 1, 0))

    def test_bail_out_is_a_failure(self):
        self.assertEqual(numbers(count('ok 1 a\nBail out! assertion\n')),
                         (1, 1, 0))

    def test_expected_failure_passes(self):
        self.assertEqual(numbers(count('not ok 1 a # TODO later\n1..1\n')),
                         (1, 0, 0))


class Run(unittest.TestCase):
    """Programs that end well and badly."""

    def run_shell(self, script, timeout=300):
        """What running a shell script as a test adds up to."""
        with tempfile.TemporaryDirectory() as folder:
            return msmmu_tap.run(['sh', '-c', script],
                                 pathlib.Path(folder) / 'log',
                                 environment=dict(os.environ),
                                 timeout=timeout)

    def test_good_program(self):
        self.assertEqual(numbers(self.run_shell('echo ok 1 a; echo 1..1')),
                         (1, 0, 0))

    def test_status_alone_is_a_failure(self):
        self.assertEqual(numbers(self.run_shell('echo ok 1 a; exit 3')),
                         (1, 1, 0))

    def test_failed_result_is_counted_once(self):
        self.assertEqual(numbers(self.run_shell('echo not ok 1 a; exit 1')),
                         (0, 1, 0))

    def test_signal_is_a_failure(self):
        result = self.run_shell('echo ok 1 a; kill -SEGV $$')
        self.assertEqual(numbers(result), (1, 1, 0))
        self.assertIn('SIGSEGV', result.failures[0])

    def test_silence_is_a_failure(self):
        result = self.run_shell('true')
        self.assertEqual(numbers(result), (0, 1, 0))
        self.assertIn('no test', result.failures[0])

    def test_program_that_hangs_is_ended_with_its_children(self):
        def until_it_hangs(_process, log, *_others):
            while '\nok 1 a' not in log.read_text(encoding='utf-8'):
                time.sleep(0.01)
            return False

        with unittest.mock.patch('msmmu_tap.follow', until_it_hangs):
            result = self.run_shell('echo ok 1 a; sleep 600 & sleep 600')
        self.assertEqual(numbers(result), (1, 1, 0))
        self.assertLess(result.seconds, 300)
        self.assertEqual(result.failures, [
            'not done within its limit of 300 s; ended, after "a"'])

    def test_program_that_says_nothing_in_its_time(self):
        result = self.run_shell('sleep 600', timeout=1)
        self.assertIn('not done within its limit of 1 s; ended, without a '
                      'result', result.failures)

    def test_failures_tell_the_program(self):
        result = count('not ok 1 /a\nok 2 /b\n1..2\n').of('unit walk')
        self.assertEqual(numbers(result), (1, 1, 0))
        self.assertEqual(result.failures, ['unit walk: /a'])
