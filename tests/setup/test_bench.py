# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of what makes a report of what the benches measured."""

import pathlib
import re
import sys
import tempfile
import unittest
from xml.etree import ElementTree

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / 'scripts'), str(TOP / 'tests/bench/engine')]

from msmmu_bench import bar, chart, counts, page, rows, table  # noqa: E402

import machines  # noqa: E402
import meters  # noqa: E402


def row(subject, samples, name='hit', **params):
    """A row with these samples."""
    return rows.Row(name, params or {'pages': 1, 'bytes': 8, 'stages': 's1'},
                    subject, samples=samples)


class RowTest(unittest.TestCase):
    """Samples, and their JSON."""

    def test_quartiles(self):
        """As the benches in C have them."""
        self.assertEqual(rows.quartiles([50, 10, 40, 20, 30]), (20, 30, 40))
        self.assertEqual(rows.quartiles([40, 10, 50, 20]), (17.5, 30, 42.5))
        self.assertEqual(rows.quartiles([7]), (7, 7, 7))

    def test_interval_of_the_median(self):
        """As the benches in C have it; more samples make it narrower."""
        self.assertEqual(rows.interval(range(100, 0, -1)), (40, 61))
        self.assertEqual(rows.interval([1 + i * 8 % 21 for i in range(21)]),
                         (6, 16))
        self.assertEqual(rows.interval([9, 2, 5]), (2, 9))
        self.assertEqual(rows.interval([3]), (3, 3))

    def test_series_takes_turns(self):
        """Every other round goes backwards."""
        seen = []
        series = rows.Series(rounds=3, repeats=0)
        series.add(lambda: seen.append('a') or 1, 'x', {})
        series.add(lambda: seen.append('b') or 1, 'x', {}, 'upstream')
        found = series.take()
        self.assertEqual(''.join(seen), 'abbaab')
        self.assertEqual([len(one.samples) for one in found], [3, 3])
        self.assertEqual(found[0].key, found[1].key)

    def test_series_repeats_what_is_wide(self):
        """All get as many rounds, so that samples stay paired."""
        values = iter([1, 1000] * 6)
        series = rows.Series(rounds=4, repeats=2, limit=0.5)
        wide = series.add(lambda: next(values), 'wide', {})
        calm = series.add(lambda: 5, 'calm', {})
        series.take()
        self.assertEqual(len(wide.samples), 12)
        self.assertEqual(len(calm.samples), 12)
        self.assertTrue(wide.wide)
        self.assertFalse(calm.wide)

    def test_series_goes_on_while_unsure(self):
        """As often again, if something may be decided by it."""
        asked = []
        series = rows.Series(rounds=4, repeats=2,
                             unsure=lambda found: asked.append(
                                 len(found[0].samples)) or len(asked) < 3)
        series.add(lambda: 5, 'calm', {})
        self.assertEqual(len(series.take()[0].samples), 12)
        self.assertEqual(asked, [4, 8, 12])
        series = rows.Series(rounds=4, repeats=2, unsure=lambda found: True)
        series.add(lambda: 5, 'calm', {})
        self.assertEqual(len(series.take()[0].samples), 20)

    def test_file_has_all_of_it(self):
        """What was written is read again."""
        one = row('ours', [3.0, 1.0, 2.0])
        one.more['instructions'] = 96
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'core.json'
            rows.write(path, 'core', {'a': 1}, [one])
            bench, settings, found = rows.read(path)
            path.write_text(path.read_text(encoding='utf-8').replace(
                'msmmu-bench-1', 'msmmu-bench-0'), encoding='utf-8')
            with self.assertRaises(ValueError):
                rows.read(path)
        self.assertEqual((bench, settings), ('core', {'a': 1}))
        self.assertEqual(found[0].as_json(), one.as_json())
        self.assertEqual(found[0].more, {'instructions': 96})


class BarTest(unittest.TestCase):
    """Ratios."""

    def setUp(self):
        self.bar = bar.hits(1, 0.30)

    def judge(self, ours, upstream):
        """Of these samples."""
        return bar.judge(self.bar, {'engine': [row('ours', ours),
                                               row('upstream', upstream)]})

    def test_ratio_is_of_each_round(self):
        """A host that is slow for one round slows both of it."""
        result = self.judge([30, 300, 31], [100, 1000, 310])
        self.assertAlmostEqual(result.ratio, 0.3)
        self.assertEqual(result.mark, 'pass')

    def test_ratio_of_medians_without_pairs(self):
        """Where rounds cannot be paired."""
        self.assertAlmostEqual(self.judge([20, 20, 20, 20],
                                          [100, 50, 50]).ratio, 0.4)

    def test_beyond_the_limit(self):
        """A mark, in both directions."""
        self.assertEqual(self.judge([31], [100]).mark, 'FAIL')
        at_least = bar.Bar('', 0.95, self.bar.over, self.bar.under, True)
        found = {'engine': [row('ours', [94]), row('upstream', [100])]}
        self.assertEqual(bar.judge(at_least, found).mark, 'FAIL')
        found['engine'][0].samples = [96]
        self.assertEqual(bar.judge(at_least, found).mark, 'pass')
        # Of what is to be much, half as many instructions are twice as much.
        found['engine-instructions'] = [row('ours', [300]),
                                        row('upstream', [210])]
        result = bar.judge(at_least, found)
        self.assertAlmostEqual(result.counted, 0.7)
        self.assertEqual(result.counted_mark, 'FAIL')

    def test_marks_that_are_not_sure(self):
        """The limit is where the median could be."""
        near = [29, 31, 32, 28, 29.5] * 3
        result = self.judge(near, [100] * 15)
        self.assertEqual((result.mark, result.sure), ('pass', False))
        self.assertTrue(bar.undecided('engine', [row('ours', near),
                                                 row('upstream', [100] * 15)]))
        self.assertTrue(self.judge([30] * 15, [101] * 15).sure)
        self.assertFalse(bar.undecided('engine', [
            row('ours', [31] * 15), row('upstream', [100] * 15)]))
        self.assertFalse(bar.undecided('core', []))

    def test_floor_explains(self):
        """And does not make a pass of it."""
        found = {'engine': [row('ours', [40]), row('upstream', [100]),
                            row('empty', [20])]}
        result = bar.judge(self.bar, found)
        self.assertEqual((result.mark, result.floor, result.reason),
                         ('FAIL', 0.2, ''))
        found['engine'][2].samples = [35]
        found['engine-instructions'] = [row('ours', [400]), row('empty', [310]),
                                        row('upstream', [1000])]
        result = bar.judge(self.bar, found)
        self.assertEqual(result.mark, 'FAIL')
        self.assertEqual(result.reason, 'out of reach: an IOMMU that does '
                         'nothing has 0.35 and 0.31 in instructions already')
        # Instructions alone do not explain what times allow.
        found['engine'][2].samples = [20]
        self.assertEqual(bar.judge(self.bar, found).reason, '')
        found['engine'][0].samples = [30]
        self.assertEqual(bar.judge(self.bar, found).reason, '')

    def test_reason_without_a_floor(self):
        """With what was counted, if that was."""
        one = next(one for one in bar.BARS if one.why)
        self.assertIn('mode', dict(one.over.params))
        found = {'guest': [rows.Row(side.name, dict(side.params), side.subject,
                                    samples=[value])
                           for side, value in ((one.over, 70),
                                               (one.under, 100))]}
        self.assertEqual(bar.judge(one, found).reason, one.why)
        found['guest-instructions'] = [
            rows.Row(side.name, dict(side.params), side.subject,
                     samples=[value])
            for side, value in ((one.over, 300), (one.under, 216))]
        self.assertEqual(bar.judge(one, found).reason,
                         f'{one.why}: 0.72 in instructions')
        lines = list(table.reasons([bar.judge(one, found)]))
        self.assertTrue(lines[0].startswith(one.text[:40]))
        self.assertTrue(max(map(len, lines)) < 80)

    def test_nothing_measured_is_no_pass(self):
        """Nor is another thing."""
        self.assertEqual(bar.judge(self.bar, {}).mark, 'not measured')
        others = {'engine': [row('ours', [1], pages=2, bytes=8, stages='s1'),
                             row('upstream', [9])]}
        self.assertEqual(bar.judge(self.bar, others).mark, 'not measured')

    def test_names_are_those_of_the_core(self):
        """What the bar looks for in the core's bench is there."""
        source = (TOP / 'tests/bench/core/commands.c').read_text(
            encoding='utf-8')
        names = {side.name for one in bar.BARS
                 for side in (one.over, one.under) if side.bench == 'core'}
        self.assertTrue(names)
        for name in names:
            self.assertIn(f'{{ "{name}", ', source)

    def test_each_has_its_text(self):
        """No two are told alike."""
        texts = [one.text for one in bar.BARS]
        self.assertEqual(len(texts), len(set(texts)))


class EngineTest(unittest.TestCase):
    """The engine's bench, without an emulator."""

    # A transaction of 100 instructions, of which 30 are the engine's; the
    # memory core calls a function that the engine calls, too.
    PROFILE = """\
fn=(1) main
cfn=(2) msmmu_engine_bus_access
calls=1 0
0 100

fn=(2)
0 10
+3 5
cfn=(3) access_once
calls=1 0
0 85

fn=(3)
0 15
cfn=(4) address_space_rw
calls=1 0
0 70

fn=(4)
0 30
cfn=(5) translate
calls=2 0
* 40

fn=(5)
-2 40
"""

    def test_own_instructions_do_not_count(self):
        """Those between hand-over and the memory core; nothing counts twice."""
        took, callees = meters.parse(self.PROFILE)
        self.assertEqual(took, {'msmmu_engine_bus_access': 15,
                                'access_once': 15, 'address_space_rw': 30,
                                'translate': 40})
        self.assertEqual(callees['address_space_rw'], {'translate'})
        self.assertEqual(meters.cost(self.PROFILE), 70)

    def test_what_the_bar_looks_for_is_measured(self):
        """By both subjects of a ratio."""
        measured = {(case.name, tuple(sorted(case.params.items()))):
                    case.subjects for case in machines.cases_of_all()}
        for one in bar.BARS:
            sides = [one.over, one.under]
            if one.floor:
                sides.append(one.floor.side)
            for side in sides:
                if side.bench == 'engine':
                    self.assertIn(side.subject, measured.get(
                        (side.name, tuple(sorted(side.params))), ()), one.text)


class ReportTest(unittest.TestCase):
    """What people see."""

    def setUp(self):
        self.found = {'engine': [
            row(subject, [value * pages, value * pages * 1.1], pages=pages,
                bytes=8, stages='s1')
            for pages in (1, 200, 4096)
            for subject, value in (('none', 1), ('ours', 2),
                                   ('upstream', 9))]}

    def test_subjects_are_beside_each_other(self):
        """A line for each thing."""
        lines = list(table.measurements(self.found['engine']))
        self.assertEqual(lines[0].split(), ['unit', 'none', 'ours',
                                            'upstream'])
        self.assertEqual(len(lines), 4)
        self.assertEqual(lines[1].split()[:4],
                         ['hit', 'pages=1', 'bytes=8', 'stages=s1'])
        self.assertIn('9.45', lines[1])

    def test_sizes_are_beside_each_other(self):
        """Where there is one subject; what is wide is marked."""
        some = [row('ours', [number, number, number * wide], name,
                    cached=number, how=how)
                for name in ('tlbi-va', 'tlbi-asid') for how in ('one', 'call')
                for number, wide in ((10, 1), (2, 2))]
        some.append(row('ours', [5], 'tlbi-va', streams=7, how='one'))
        some.append(row('ours', [3], 'fault', stages='s1'))
        lines = [line.split() for line in table.one_subject(some)]
        self.assertEqual(lines[:3], [
            [], ['ns', 'cached=2', 'cached=10'],
            ['tlbi-va', 'how=one', '2', '\N{PLUS-MINUS SIGN}25%?', '10',
             '\N{PLUS-MINUS SIGN}0%']])
        self.assertEqual([line[0] for line in lines[3:6]],
                         ['tlbi-va', 'tlbi-asid', 'tlbi-asid'])
        self.assertEqual(lines[7], ['ns', 'streams=7'])
        self.assertEqual(lines[-1][:3], ['fault', 'stages=s1', '3'])

    def test_bars_have_marks(self):
        """Also those that nothing is known of."""
        results = [bar.judge(one, self.found) for one in bar.BARS[:3]]
        lines = list(table.bars(results))
        self.assertRegex(lines[1], r'hit, 1 page +<= 0\.3 +0\.222 .* pass$')
        self.assertRegex(lines[3], r'hit, 4096 pages +<= 0\.12 .* FAIL$')
        nothing = list(table.bars([bar.judge(bar.BARS[0], {})]))
        self.assertTrue(nothing[1].endswith('not measured'))

    def test_page_has_all_tables(self):
        """As they are printed, indented."""
        host = {'processor': 'a host', 'processors': 2}
        text = page.text(host, self.found, [bar.judge(bar.BARS[0],
                                                      self.found)], 'p\n')
        self.assertIn('the same each time.\n\np\n\nThe bar\n', text)
        self.assertIn('on one host: a host, 2 processors.', text)
        self.assertIn('\nengine\n------\n\n::\n\n   engine: medians', text)
        for line in [*table.bars([bar.judge(bar.BARS[0], self.found)]),
                     *table.measurements(self.found['engine'])]:
            self.assertIn(f'\n   {line}\n', text)

    def test_blocks_of_pages_are_filled(self):
        """By what they say; the rest of a page stays."""
        self.found['engine-instructions'] = [
            row(subject, [value], pages=200, bytes=8, stages='s1')
            for subject, value in (('none', 372), ('ours', 661),
                                   ('upstream', 1829))]
        self.found['core-instructions'] = [
            rows.Row('sync', {'cached': value, 'how': 'one'},
                     unit='instructions', samples=[value])
            for value in (5, 7)]
        old = ('a\n\n.. figures: {}\n\nold\n\n.. end of figures\n\nb\n')
        filled, missing = page.fill(old.format('engine ^hit.pages=200')
                                    + old.format('core ^sync')
                                    + old.format('core ^nothing'), self.found)
        self.assertEqual(missing, ['core ^nothing'])
        self.assertEqual(filled.count('old'), 1)
        self.assertIn('b\na\n\n.. figures: core ^nothing\n\nold\n', filled)
        words = [line.split() for line in filled.splitlines()]
        self.assertIn(['instructions', 'none', 'upstream', 'ours',
                       'ours/upstream', 'in', 'time'], words)
        self.assertIn(['hit', 'pages=200', 'bytes=8', 'stages=s1', '372',
                       '1829', '661', '0.361', '0.222'], words)
        self.assertIn(['instructions', 'cached=5', 'cached=7'], words)
        self.assertEqual(page.fill(filled, self.found), (filled, missing))

    def test_blocks_are_of_what_there_is(self):
        """Each matches a case, and each mark has its end."""
        titles = [case.title for case in machines.cases_of_all()]
        sources = {name: ''.join(
            path.read_text(encoding='utf-8') for path in
            (TOP / 'tests/bench' / name).glob(pattern))
            for name, pattern in (('core', '*.c'), ('guest', 'run'))}
        blocks = 0
        for path in (TOP / 'docs/devel').glob('*.rst'):
            text = path.read_text(encoding='utf-8')
            found = page.BLOCK.findall(text)
            self.assertEqual(text.count('\n.. figures: '), len(found), path)
            self.assertEqual(text.count('\n.. end of figures'), len(found))
            blocks += len(found)
            for _, bench, pattern, body, _ in found:
                self.assertIn('::', body, f'{path}: {pattern}')
                if bench == 'engine':
                    self.assertTrue(any(re.search(pattern, title)
                                        for title in titles), pattern)
                else:
                    names = re.findall(r'[a-z0-9]+(?:-[a-z0-9]+)*', pattern)
                    self.assertTrue(re.search(f'["\']{names[0]}',
                                              sources[bench]), pattern)
        self.assertGreater(blocks, 0)

    def test_chart_has_a_line_for_each_subject(self):
        """With a point for each size, in a picture that is XML."""
        self.found['core'] = [row('ours', [3, 4], pages=1, stages='s1',
                                  pattern='random'),
                              row('ours', [3, 4], pages=1, stages='nested',
                                  pattern='random')]
        tree = ElementTree.fromstring(chart.draw(self.found, 'a < b'))
        space = '{http://www.w3.org/2000/svg}'
        lines = tree.findall(f'{space}polyline')
        self.assertEqual([len(line.get('points').split()) for line in lines],
                         [3, 3, 3, 1])
        words = [one.text for one in tree.findall(f'{space}text')]
        for name in ('no IOMMU', 'msmmu', 'upstream',
                     'a < b: medians, and from quartile to quartile'):
            self.assertIn(name, words)
        # From 1 to 2 * 4096 * 1.05 * 9 ns: all of it is within the frame.
        for line in lines + tree.findall(f'{space}polygon'):
            for point in line.get('points').split():
                x, y = map(float, point.split(','))
                self.assertTrue(chart.LEFT <= x <= chart.WIDTH - chart.RIGHT)
                self.assertTrue(chart.TOP <= y <= chart.HEIGHT - chart.BOTTOM)

    def test_chart_of_nothing(self):
        """Is none."""
        self.assertIsNone(chart.draw({'engine': [row('ours', [1], 'miss')]}))

    def test_instructions_have_a_column(self):
        """And a mark of their own."""
        self.found['engine-instructions'] = [
            row('ours', [500], pages=1, bytes=8, stages='s1'),
            row('upstream', [1000], pages=1, bytes=8, stages='s1')]
        lines = list(table.bars([bar.judge(one, self.found)
                                 for one in bar.BARS[:2]]))
        self.assertEqual(lines[0].split()[-2:], ['instructions', 'floor'])
        self.assertRegex(lines[1], r'0\.222 .* pass +0\.5 +FAIL$')
        self.assertRegex(lines[2], r' pass$')


class CountTest(unittest.TestCase):
    """Instructions of the core."""

    def test_cases_are_read(self):
        """With their numbers; a title alone was not run."""
        self.assertEqual(counts.cases(
            'over-hits pages=1\nhit pages=1\n1000 operations\n'
            'tlbi-va how=one\n64 operations\n'),
            [('hit pages=1', 1000), ('tlbi-va how=one', 64)])

    def test_rows_are_those_that_are_timed(self):
        """Texts and numbers stay what they are."""
        one = counts.row('tlbi-va cached=255 how=one', 4.5)
        self.assertEqual(one.params, {'cached': 255, 'how': 'one'})
        self.assertEqual((one.name, one.subject, one.median),
                         ('tlbi-va', 'ours', 4.5))

    def test_files_are_read(self):
        """Of parts, and of the last one."""
        self.assertEqual(counts.total('part: 1\nsummary: 438042\n'), 438042)
        self.assertEqual(counts.total('\ntotals: 7\n'), 7)


if __name__ == '__main__':
    unittest.main()
