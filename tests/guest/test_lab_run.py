# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs that are interrupted and go on, progress, and the command line."""

import contextlib
import io
import pathlib
import signal
import tempfile
import unittest
from unittest import mock

from msmmu_guest import expect, kernels, survey, vm
from msmmu_guest.lab import cases, cli, evidence, model, progress, run

from test_lab_expectations import Boot

SETS = ('16k-only',)


class MadeUp(run.Lab):
    """Boots that only look like some."""

    def __init__(self, *arguments, image='image', stop_after=None, **words):
        super().__init__(*arguments, **words)
        self.image = image
        self.stop_after = stop_after
        self.booted = []

    def prepare(self, name):
        """A kernel that is none."""
        info = model.KernelInfo(name, module='no headers')
        if name == 'debian:0.1':
            info.error = 'no such kernel'
        prepared = run.Prepared(info, kernel=object(), initrd='initrd',
                                image=self.image)
        self.prepared[name] = prepared
        return prepared

    def boot(self, case, _plan, _prepared):
        """A good one."""
        if self.stop_after is not None and \
                len(self.booted) >= self.stop_after:
            vm.kill_all()
            return evidence.Evidence()
        self.booted.append(case.id)
        made = Boot(case.setup, case.domain)
        return evidence.Evidence(
            status=vm.DONE, counters=made.snapshots, files=made.files,
            command=made.command,
            kernel={'name': case.kernel, 'module': 'no headers'},
            log=evidence.Log('\n'.join(made.lines) + '\n'))


class Folder(unittest.TestCase):
    """A folder, and what a Bench's end does to the process undone."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.qemu = self.folder / 'qemu'
        self.qemu.write_text('emulator', 'utf-8')
        old = signal.getsignal(signal.SIGINT)
        self.addCleanup(signal.signal, signal.SIGINT, old)
        self.addCleanup(vm.restart)
        self.addCleanup(run.digest.cache_clear)

    def run_lab(self, chosen, **words):
        """(LabResult, interrupted, ids that were booted)"""
        vm.restart()
        run.digest.cache_clear()
        lab = MadeUp(survey.Options(qemu=str(self.qemu), jobs=1),
                     self.folder / 'out', **words)
        result, interrupted = lab.run(chosen)
        return result, interrupted, lab.booted


class Resume(Folder):
    """run.Lab."""

    def setUp(self):
        super().setUp()
        self.cases = cases.choose(['debian:6.1'], SETS, firmwares=['dt'])

    def test_all_are_booted_once(self):
        result, interrupted, booted = self.run_lab(self.cases)
        self.assertEqual(booted, [case.id for case in self.cases])
        self.assertFalse(interrupted)
        self.assertEqual([one.case for one in result.results], self.cases)
        self.assertEqual([one.outcome for one in result.results],
                         [model.PASSED, model.FIXED, model.FIXED])
        self.assertTrue((self.folder / 'out' / result.results[0].log
                         ).is_file())

    def test_an_interrupted_run_goes_on(self):
        result, interrupted, booted = self.run_lab(self.cases, stop_after=1)
        self.assertTrue(interrupted)
        self.assertEqual([one.reason for one in result.results
                          if one.outcome == model.NOT_RUN],
                         ['interrupted', 'interrupted'])
        result, interrupted, more = self.run_lab(self.cases, resume=True)
        self.assertFalse(interrupted)
        self.assertEqual(booted + more, [case.id for case in self.cases])
        self.assertEqual(result.count(model.NOT_RUN), 0)
        self.assertEqual(result.results[0].outcome, model.PASSED)

    def test_what_is_the_same_is_kept(self):
        first, _, _ = self.run_lab(self.cases)
        again, _, booted = self.run_lab(self.cases, resume=True)
        self.assertEqual(booted, [])
        self.assertEqual([one.claims for one in first.results],
                         [one.claims for one in again.results])

    def test_another_kernel_or_emulator_is_booted_again(self):
        self.run_lab(self.cases)
        _, _, booted = self.run_lab(self.cases, resume=True, image='other')
        self.assertEqual(len(booted), 3)
        self.qemu.write_text('another emulator', 'utf-8')
        _, _, booted = self.run_lab(self.cases, resume=True, image='other')
        self.assertEqual(len(booted), 3)

    def test_without_resume_nothing_is_kept(self):
        self.run_lab(self.cases)
        _, _, booted = self.run_lab(self.cases)
        self.assertEqual(len(booted), 3)

    def test_judging_again_boots_nothing(self):
        first, _, _ = self.run_lab(self.cases[:2])
        again, _, booted = self.run_lab(self.cases, judge=True,
                                        image='other')
        self.assertEqual(booted, [])
        self.assertEqual([one.outcome for one in again.results],
                         [one.outcome for one in first.results] +
                         [model.NOT_RUN])
        self.assertEqual(again.results[2].reason,
                         'the folder has no boot of it')

    def test_no_such_kernel(self):
        chosen = cases.choose(['debian:0.1', 'debian:6.1'], SETS,
                              ['identity'], ['dt'])
        result, _, booted = self.run_lab(chosen)
        self.assertEqual(booted, [chosen[1].id])
        self.assertEqual([(one.outcome, one.reason)
                          for one in result.results],
                         [(model.NOT_RUN, 'no such kernel'),
                          (model.PASSED, '')])
        self.assertEqual(cli.status_of(result), expect.CANNOT_TEST)

    def test_result_comes_back_from_json(self):
        result, _, _ = self.run_lab(self.cases)
        back = model.from_json(result.to_json())
        self.assertEqual(back, result)


class Status(unittest.TestCase):
    """cli.status_of()."""

    def status(self, *outcomes, interrupted=False):
        return cli.status_of(model.LabResult(results=[
            model.CaseResult(model.Case('k', 'domains', 'uniform'), outcome)
            for outcome in outcomes]), interrupted)

    def test_each(self):
        self.assertEqual(self.status(model.PASSED, model.KNOWN,
                                     model.NOT_RUN), 0)
        self.assertEqual(self.status(model.PASSED, model.FAILED), 1)
        self.assertEqual(self.status(model.PASSED, model.FIXED), 1)
        self.assertEqual(self.status(model.NOT_RUN), 125)
        self.assertEqual(self.status(model.FAILED, interrupted=True), 130)


class Shown(unittest.TestCase):
    """Progress and TAP."""

    def show(self, kind, *outcomes):
        chosen = cases.choose(['debian:6.1'])[:len(outcomes)]
        stream = io.StringIO()
        shown = kind(chosen, 2, stream)
        for case, outcome in zip(chosen, outcomes):
            shown.begins(case)
            shown.ends(model.CaseResult(case, outcome, 'why # so'), False)
        shown.finish()
        return stream.getvalue().splitlines()

    def test_plain_lines(self):
        lines = self.show(progress.Progress, model.PASSED, model.FAILED)
        self.assertRegex(lines[0], r'^msmmu: \[1/2\] pass +debian:6\.1/')
        self.assertRegex(lines[1], r'^msmmu: \[2/2\] fail +debian:6\.1/')

    def test_tap(self):
        lines = self.show(progress.Tap, model.PASSED, model.KNOWN,
                          model.FAILED, model.FIXED, model.NOT_RUN)
        self.assertEqual(lines[0], '1..5')
        self.assertEqual([line.split(' - ')[0] for line in lines[1:]],
                         ['ok 1', 'ok 2', 'not ok 3', 'not ok 4', 'ok 5'])
        self.assertTrue(lines[5].endswith('# SKIP why . so'))
        self.assertNotIn('#', lines[1])

    def test_time_that_is_left(self):
        chosen = cases.choose(['debian:6.1'])
        shown = progress.Progress(chosen, 2, io.StringIO())
        self.assertEqual(shown.left(), '')
        shown.measured = [10.0, 5.0]
        self.assertRegex(shown.left(), r'^about \d+ (min|s)$')


class CommandLine(unittest.TestCase):
    """msmmu-guest matrix."""

    def main(self, *words):
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), \
                contextlib.redirect_stderr(errors), \
                mock.patch.object(cli, 'end_as_interrupted'):
            try:
                status = cli.main(list(words))
            except SystemExit as end:
                status = end.code
        return status, out.getvalue(), errors.getvalue()

    def test_list_boots_nothing(self):
        with mock.patch.object(kernels, 'get', side_effect=AssertionError):
            status, out, _ = self.main('--list', '--kernel', 'debian:6.1')
        self.assertEqual(status, 0)
        self.assertIn('debian:6.1/domains/4k+64k/lazy/dt\n', out)

    def test_shards_of_the_list(self):
        whole = self.main('--list')[1].splitlines()
        parts = sum((self.main('--list', '--shard', f'{n}/3')[1].splitlines()
                     for n in (1, 2, 3)), [])
        self.assertEqual(sorted(whole), sorted(parts))

    def test_mistakes(self):
        for words in (['--set', 'x'], ['--shard', '3/2'], ['--what'],
                      ['--only', '('], ['--jobs', '0']):
            with self.subTest(words):
                status, _, errors = self.main(*words)
                self.assertEqual(status, expect.USAGE)
                self.assertIn('error:', errors)

    def test_no_emulator(self):
        status, _, errors = self.main('--qemu', '/nowhere')
        self.assertEqual(status, expect.CANNOT_TEST)
        self.assertIn('/nowhere', errors)

    def test_signals_end_a_run_as_ctrl_c_does(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            before = signal.getsignal(number)
            with self.subTest(number):
                try:
                    cli.end_as_interrupted()
                    with self.assertRaises(KeyboardInterrupt):
                        signal.raise_signal(number)
                finally:
                    signal.signal(number, before)

    def test_help_has_examples(self):
        status, out, _ = self.main('--help')
        self.assertEqual(status, 0)
        for word in ('--shard 1/4', '--merge', '--compare', 'fixed'):
            self.assertIn(word, out)


if __name__ == '__main__':
    unittest.main()
