# SPDX-License-Identifier: GPL-2.0-or-later
"""Exit statuses of the tool, which bisects depend on."""

import contextlib
import io
import signal
import types
import unittest

from msmmu_guest import cli, expect, vm


def run(*words):
    """(status, what was printed) of the tool, run in this process."""
    output = io.StringIO()
    saved = [(number, signal.getsignal(number)) for number in
             (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    try:
        with contextlib.redirect_stdout(output), \
                contextlib.redirect_stderr(output):
            try:
                status = cli.main(list(words))
            except SystemExit as end:
                status = end.code
    finally:
        for number, handler in saved:
            signal.signal(number, handler)
        vm.restart()
    return status, output.getvalue()


class Statuses(unittest.TestCase):
    """Before any boot."""

    def test_mistakes_stop_a_bisect(self):
        for words in (['--nonsense'], ['--timeout', '0'], ['--smmu', '4k'],
                      ['--expect', 'x']):
            self.assertEqual(run(*words)[0], expect.USAGE, words)
        self.assertGreater(expect.USAGE, 127)

    def test_what_cannot_be_tested(self):
        self.assertEqual(run('--qemu', '/nonexistent')[0], 125)
        status, text = run('--qemu', '/bin/false', '--kernel', '/nonexistent')
        self.assertEqual(status, 125)
        self.assertIn('the emulator says', text)

    def test_help_tells_of_every_status(self):
        status, text = run('--help')
        self.assertEqual(status, 0)
        for word in ('125', '129', 'git bisect run', '--keep-logs'):
            self.assertIn(word, text)


class Result:
    """A boot's result for a run that never was."""

    def __init__(self, status):
        self.status, self.records, self.log = status, [], ''

    def of_kind(self, _kind):
        """No records."""
        return []

    def complaint(self):
        """None."""
        return ''


class Judgements(unittest.TestCase):
    """From the survey boot's end to the exit status."""

    def test_ends(self):
        for status, code in ((vm.DONE, 0), (vm.PANIC, 1), (vm.HANG, 1),
                             (vm.STOPPED, 1), (vm.SILENT, 125),
                             (vm.REFUSED, 125), (vm.CRASHED, 125)):
            survey = Result(status)
            run_like = types.SimpleNamespace(
                survey=survey, results=lambda: [survey], ports=[],
                rows=lambda: [], start_record=lambda: {}, translated={},
                transfers=None)
            self.assertEqual(expect.judge(run_like, [])[0], code, status)
