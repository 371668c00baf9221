# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tests run under ThreadSanitizer, and how it is started."""

import pathlib
import re
import tempfile
import unittest

import msmmu_env
import msmmu_tsan

UNIT = msmmu_env.SOURCE_DIR / 'tests/unit'


class Tests(unittest.TestCase):
    """The list in tests/unit/meson.build."""

    def test_all_tests_with_threads_are_listed(self):
        """A unit test that makes threads is one of threaded_tests."""
        text = (UNIT / 'meson.build').read_text(encoding='utf-8')
        listed = re.search(r'^threaded_tests = \[(.*?)^\]', text, re.S | re.M)
        names = set(re.findall(r"'([\w-]+)'", listed.group(1)))
        with_threads = {
            path.stem.removeprefix('test-') for path in UNIT.glob('test-*.c')
            if 'g_thread_new' in path.read_text(encoding='utf-8')}
        self.assertTrue(with_threads)
        self.assertEqual(names, with_threads)


class Ways(unittest.TestCase):
    """How a program is started, on hosts that differ."""

    def probe(self, script):
        """A program that says what SCRIPT, of sh, says."""
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = pathlib.Path(directory.name) / 'probe'
        path.write_text(f'#!/bin/sh\n{script}\n', encoding='utf-8')
        path.chmod(0o755)
        return str(path)

    def test_the_first_way_that_works(self):
        """What a kernel forbids, or does not have, is not used."""
        ways = (['no-such-program'], ['false'], ['env', 'ROOM=1'], [])
        probe = self.probe('[ "$ROOM" ]')
        self.assertEqual(msmmu_tsan.way_to_run(probe, ways), ways[2])

    def test_luck_is_no_way(self):
        """A program that starts now and then only is not started."""
        probe = self.probe('[ -e "$0.seen" ] && exit 66; : >"$0.seen"')
        self.assertIsNone(msmmu_tsan.way_to_run(probe, ([],)))

    def test_a_race_is_told(self):
        """By a status and by words: one of them is not enough."""
        for script, found in (('echo data race >&2; exit 66', True),
                              ('echo data race >&2', False),
                              ('exit 66', False)):
            self.assertEqual(
                msmmu_tsan.finds_races([], self.probe(script)), found)
