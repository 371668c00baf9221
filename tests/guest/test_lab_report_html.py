# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's page: what is in it, and that nothing gets out of its place.

What a browser makes of it is the business of tests/lab.
"""

import base64
import hashlib
import html.parser
import json
import pathlib
import re
import tempfile
import unittest
import xml.etree.ElementTree as ET

import lab_fabricated
from msmmu_guest.lab import model, report_bars, report_html, \
    report_html_data

RUN = lab_fabricated.lab_result()
VOID = {'meta', 'br', 'wbr', 'input'}


class Reader(html.parser.HTMLParser):
    """Collects elements, and whether each is closed where it must be."""

    def __init__(self):
        super().__init__()
        self.open, self.problems = [], []
        self.elements, self.texts = [], {}

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f'</{tag}> at {self.getpos()}')

    def handle_data(self, data):
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def of_class(self, name):
        """The attributes of elements of a class."""
        return [attributes for _, attributes in self.elements
                if name in (attributes.get('class') or '').split()]


class Html(unittest.TestCase):
    """report_html.text"""

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            lab_fabricated.write_logs(RUN, folder)
            cls.text = report_html.text(RUN, folder)
        cls.reader = Reader()
        cls.reader.feed(cls.text)
        cls.reader.close()
        cls.data = json.loads(re.search(
            r'<script type="application/json" id="data">(.*?)</script>',
            cls.text, re.S).group(1))

    def test_each_element_is_closed(self):
        self.assertEqual(self.reader.problems, [])
        self.assertEqual(self.reader.open, [])

    def test_it_is_small_and_asks_for_nothing(self):
        self.assertLess(len(self.text), 2 << 20)
        for tag, attributes in self.reader.elements:
            self.assertNotIn(tag, ('link', 'img', 'iframe', 'object', 'base',
                                   'form', 'embed'))
            self.assertNotIn('src', attributes)
            self.assertFalse([name for name in attributes
                              if name.startswith('on') or name == 'style'])

    def test_the_policy_lets_in_its_own_program_and_style_alone(self):
        policy = next(attributes['content'] for tag, attributes
                      in self.reader.elements
                      if attributes.get('http-equiv'))
        self.assertIn("default-src 'none'", policy)
        for tag, kind in (('style', 'style-src'), ('script', 'script-src')):
            inside = re.findall(f'<{tag}>(.*?)</{tag}>', self.text, re.S)
            self.assertEqual(len(inside), 1)
            digest = base64.b64encode(hashlib.sha256(
                inside[0].encode()).digest()).decode()
            self.assertIn(f"{kind} 'sha256-{digest}'", policy)

    def test_a_guest_cannot_write_elements(self):
        self.assertNotIn('document.title=', ''.join(
            self.reader.texts['script'][1:]))
        self.assertEqual([tag for tag, _ in self.reader.elements].count(
            'script'), 2)
        self.assertEqual(self.text.count('<script>'), 1)
        self.assertIsNone(re.search('[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]',
                                    self.text))
        self.assertIn('&lt;script&gt;document.title', self.text)

    def test_the_grid_has_each_result_once_with_its_log(self):
        found = self.reader.of_class('cell')
        self.assertEqual(sorted(int(cell['data-case']) for cell in found),
                         list(range(len(RUN.results))))
        for cell in found:
            one = RUN.results[int(cell['data-case'])]
            self.assertIn(f'o-{one.outcome}', cell['class'].split())
            self.assertTrue(cell['aria-label'].startswith(one.case.id))
            log = one.log.replace('+', '%2B')
            self.assertEqual(cell['href'], log or '#grid')

    def test_the_line_of_the_log_that_says_why_is_there(self):
        for one, case in zip(RUN.results, self.data['cases']):
            lines = dict(case['lines'])
            if one.outcome == model.KNOWN:
                self.assertIn('kernel BUG at', lines[case['line']])
                self.assertEqual(len(lines), 9)
            elif one.outcome == model.FAILED and one.claims:
                self.assertEqual(case['line'], 12)
                self.assertIn('<script>', lines[12])
            self.assertEqual(len(case['claims']), len(one.claims))

    def test_without_logs_it_is_still_a_page(self):
        page = report_html.text(RUN)
        self.assertIn('5 results need attention', page)
        self.assertNotIn('[   12.000000]', page)

    def test_the_summary_says_what_to_do(self):
        for outcomes, words in (
                ([], 'Nothing was run'),
                ([model.PASSED, model.KNOWN], 'Nothing unexpected'),
                ([model.NOT_RUN], 'Nothing could be run'),
                ([model.PASSED, model.FIXED], '1 result needs attention')):
            result = model.LabResult(results=[model.CaseResult(
                model.Case(f'debian:{at}', 'domains', 'uniform'), outcome)
                for at, outcome in enumerate(outcomes)])
            self.assertIn(words, report_html.text(result))

    def test_instances_that_look_alike_share_a_row(self):
        rows = [attributes['data-sizes'] for attributes
                in self.reader.of_class('sizes')]
        self.assertIn('uniform|smmu1 smmu2 smmu3', rows)
        self.assertIn('4k+16k+64k|smmu2', rows)

    def test_instances_alike_may_have_other_counts(self):
        groups = [model.Group(f'smmu{at}', 'granules=4k', at, '', after=after,
                              used={'4K': at})
                  for at, after in ((1, '0x1000'), (2, '0x1000'),
                                    (3, '0x200000'))]
        result = model.LabResult(results=[model.CaseResult(
            model.Case('debian:6.1', 'domains', 'uniform'), model.PASSED,
            groups=groups)])
        page = report_html.text(result)
        self.assertIn('data-sizes="uniform|smmu1 smmu2"', page)
        self.assertIn('data-sizes="uniform|smmu3"', page)

    def test_links_are_relative_whatever_a_log_is_called(self):
        for path, link in (('logs/a b.log', 'logs/a%20b.log'),
                           ('/etc/x', 'etc/x'), ('//host/x', 'host/x'),
                           ('javascript:alert(1)',
                            'javascript%3Aalert%281%29')):
            self.assertEqual(report_html_data.href(path), link)


class Bars(unittest.TestCase):
    """report_bars"""

    GROUP = model.Group(
        'smmu1', 'granules=4k', 1, '0001:00:01.0', driver='0x62215000',
        after='0x40201000', default='0x0',
        used={'4K': 20, '2M': 0, '1G': 1, '4K contiguous': 16},
        refused={'16K': 2})

    def setUp(self):
        self.scale = report_bars.Scale([self.GROUP])
        self.root = ET.fromstring(report_bars.group_picture(self.scale,
                                                            self.GROUP))

    def boxes(self, name, top=None):
        """The left sides of shapes of a class, in a line."""
        return [float(left) for path in self.root.iter('path')
                if path.get('class') == name
                for left, at in re.findall(r'M([\d.]+) ([\d.]+)',
                                           path.get('d'))
                if top is None or float(at) == top]

    def test_columns_are_the_sizes_that_there_are(self):
        self.assertEqual(self.scale.names(), ['4K', '16K', '64K', '2M', '32M',
                                              '512M', '1G'])
        self.assertEqual(self.scale.bitmaps, ['driver', 'after', 'default'])
        self.assertEqual([name for name, _ in self.scale.lines()],
                         ['driver', 'after', 'default', 'used'])

    def test_boxes_are_what_is_claimed(self):
        slot = report_bars.SLOT + report_bars.GAP
        self.assertEqual(self.boxes('b-claimed', 1.5),
                         [at * slot + .5 for at in range(7)])
        self.assertEqual(self.boxes('b-claimed', report_bars.PITCH + 1.5),
                         [.5, 3 * slot + .5, 6 * slot + .5])
        # A bitmap of 0 is no box, but it is a bitmap.
        self.assertEqual(self.boxes('b-none'), [])

    def test_bars_are_what_was_used_and_crosses_what_was_refused(self):
        slot = report_bars.SLOT + report_bars.GAP
        self.assertEqual(self.boxes('b-used'), [6 * slot])
        self.assertEqual(self.boxes('b-contiguous'), [0])
        self.assertEqual(self.boxes('b-refused'), [slot + 2, 2 * slot - 4])

    def test_heights_are_powers_of_ten(self):
        self.assertEqual([report_bars.level(count) for count in
                          (0, 1, 9, 10, 99, 100, 1000, 10 ** 9)],
                         [0, 1, 1, 2, 2, 3, 4, 4])

    def test_contiguous_leaves_are_a_part_of_their_size(self):
        self.assertEqual(report_bars.sums({'64K': 20, '64K contiguous': 16,
                                           '2M contiguous': 4, '1G': 0}),
                         {65536: (36, 16), 1 << 21: (4, 4)})

    def test_merging_says_when_bitmaps_differ(self):
        other = model.Group('smmu1', '', 1, '', after='0x1000',
                            used={'4K': 1})
        figures, varies = report_bars.merged([self.GROUP, other])
        self.assertTrue(varies)
        self.assertEqual(figures[0]['after'], [4096, 1 << 21, 1 << 30])
        self.assertEqual(figures[1]['4K'], 21)
        self.assertFalse(report_bars.merged([self.GROUP, self.GROUP])[1])


class Files(unittest.TestCase):
    """The page's own program and style."""

    def test_nothing_in_them_ends_their_element(self):
        folder = pathlib.Path(report_html.__file__).parent
        for name in ('report.js', 'report.css'):
            text = (folder / name).read_text(encoding='utf-8')
            self.assertFalse('</' in text, name)
            self.assertFalse('://' in text, name)


if __name__ == '__main__':
    unittest.main()
