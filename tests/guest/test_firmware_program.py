# SPDX-License-Identifier: GPL-2.0-or-later
"""What is made of the output of tests/firmware."""

import contextlib
import io
import re
import types
import unittest

import firmware_program

from msmmu_guest import bare_metal, bare_metal_cli, demo

LOG = '''TAP version 13\r
ok 1 - iommu@b000000: enabled in the order of 3.11, 2-level\r
ok 2 - segment 1, iommu@b000000: stage 1, 4K: 64 KiB land where they should\r
#   a detail\r
1..2\r
'''
MISTAKE = '''ok 7 - iommu@b000000, stage 1, 4K: af-clear\r
#   the transfer is aborted\r
#   event 0x12 F_ACCESS\r
ok 8 - iommu@b080000, stage 2, 4K: af-clear\r
#   another\r
'''


def result(log):
    """As of a boot."""
    return types.SimpleNamespace(log=log, errors='')


class Tap(unittest.TestCase):
    """bare_metal.tap_problem()."""

    def test_all_is_well(self):
        self.assertEqual(bare_metal.tap_problem(LOG), '')

    def test_something_is_not(self):
        for log in ('', 'TAP version 13\n1..0\n', LOG.replace('1..2', '1..3'),
                    LOG.replace('1..2', ''), LOG.replace('ok 2', 'not ok 2'),
                    LOG.replace('ok 2', 'ok 3'),
                    LOG + 'Bail out! exception\n'):
            self.assertTrue(bare_metal.tap_problem(log), log)


class CommandLine(unittest.TestCase):
    """Mistakes in it."""

    def mistake(self, parser, *words):
        """What is said of it."""
        text = io.StringIO()
        with contextlib.redirect_stderr(text), \
                self.assertRaises(SystemExit) as end:
            parser.parse_args(words)
        self.assertNotEqual(end.exception.code, 0)
        return text.getvalue()

    def test_nothing_is_left_out_silently(self):
        parser = bare_metal_cli.make_parser()
        self.assertIn('not allowed with', self.mistake(
            parser, '--upstream', '--smmu', 'granules=4k'))
        self.assertIn('must be more than 0', self.mistake(
            parser, '--timeout', '0'))

    def test_a_tool_says_its_own_name(self):
        for parser in (bare_metal_cli.make_parser(), demo.make_parser()):
            self.assertIn(f'\n{parser.prog}: error: ',
                          self.mistake(parser, '--nonsense'))


class Claims(unittest.TestCase):
    """What a boot must have said."""

    def test_ways(self):
        right = firmware_program.moved({1: ['stage 1, 4K']})
        self.assertEqual(right(result(LOG), None), '')
        for ways in ({}, {1: ['stage 1, 16K']}, {2: ['stage 1, 4K']},
                     {1: ['stage 1, 4K', 'nested, 4K']}):
            self.assertTrue(firmware_program.moved(ways)(result(LOG), None))

    def test_kinds_of_lines(self):
        right = firmware_program.told(1, 0, 0, 0)
        self.assertTrue(right(result(LOG), None))

    def test_first_block_of_a_mistake(self):
        self.assertEqual(firmware_program.blocks(MISTAKE), {'af-clear': [
            '#   the transfer is aborted', '#   event 0x12 F_ACCESS']})


class Mistakes(unittest.TestCase):
    """The program's list."""

    def test_names(self):
        names = bare_metal.mistakes()
        self.assertEqual(len(names), len(set(names)))
        self.assertIn('tlbi-forgotten', names)
        self.assertEqual(names[0], 'log2size-too-small')

    def test_all_rows_are_found(self):
        rows = sum(path.read_text(encoding='utf-8').count('.make = ')
                   for path in bare_metal.FIRMWARE.glob('mistakes_*.c'))
        self.assertEqual(len(bare_metal.mistakes()), rows)


class Pages(unittest.TestCase):
    """docs/firmware: the output is compared in a boot, the rest here."""

    def test_page_has_the_programs_mistakes(self):
        text = firmware_program.MISTAKES.read_text(encoding='utf-8')
        terms = re.findall(r'^``([a-z0-9-]+)``$', text, re.M)
        self.assertEqual(terms, bare_metal.mistakes())
        self.assertEqual(list(firmware_program.blocks(text)), terms)
        self.assertIn(f'makes {len(terms)} mistakes',
                      firmware_program.WALK.read_text(encoding='utf-8'))

    def test_walk_shows_the_programs_code(self):
        text = firmware_program.WALK.read_text(encoding='utf-8')
        sources = ''.join(path.read_text(encoding='utf-8') for path in
                          sorted(bare_metal.FIRMWARE.glob('*.c')))
        code = re.findall(r'^\.\. code-block:: c\n\n((?:    .*\n|\n)+)', text,
                          re.M)
        self.assertEqual(len(code), 3)
        for block in code:
            self.assertIn(block.strip('\n'), sources)

    def test_other_output_is_noticed(self):
        page = firmware_program.WALK.read_text(encoding='utf-8')
        log = '\n'.join(firmware_program.output_lines(page))
        right = result(log)
        self.assertEqual(firmware_program.as_walked_through(right, None), '')
        wrong = result(log.replace('F_TRANSLATION', 'F_ACCESS'))
        self.assertTrue(firmware_program.as_walked_through(wrong, None))
        page = firmware_program.MISTAKES.read_text(encoding='utf-8')
        self.assertEqual(firmware_program.as_documented(result(page), None),
                         '')
        wrong = result(page.replace('C_BAD_CD', 'C_BAD_STE', 1))
        self.assertTrue(firmware_program.as_documented(wrong, None))
