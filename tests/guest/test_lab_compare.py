# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed between two runs of the lab."""

import copy
import pathlib
import tempfile
import unittest

import lab_fabricated
from msmmu_guest.lab import compare, model

RUN = lab_fabricated.lab_result()


def differences(change):
    """The lines and the status after CHANGE of a copy of the run."""
    other = copy.deepcopy(RUN)
    change(other)
    lines, status = compare.compare_sides(compare.Side(RUN, 'old'),
                                          compare.Side(other, 'new'))
    return '\n'.join(lines), status


def find(result, name):
    """A case's result."""
    return next(one for one in result.results if one.case.id == name)


class Runs(unittest.TestCase):
    """Two runs."""

    CASE = 'debian:6.1/domains/4k+16k+64k/identity/dt'

    def test_the_same_is_the_same(self):
        def count(result):
            for one in result.results:
                one.seconds += 1
                for group in one.groups:
                    group.used = {name: number + 1 for name, number
                                  in group.used.items() if number}
        text, status = differences(count)
        self.assertEqual(status, compare.SAME)
        self.assertTrue(text.endswith('nothing changed'), text)

    def test_an_outcome(self):
        def worse(result):
            one = find(result, self.CASE)
            one.outcome, one.reason = model.FAILED, 'a \x1b[31m panic'
        text, status = differences(worse)
        self.assertEqual(status, compare.DIFFERS)
        self.assertIn(f'  {self.CASE}: pass -> fail: a  panic', text)
        self.assertTrue(text.endswith('changed: 1 outcomes'), text)

    def test_a_bitmap_and_what_was_used(self):
        def other(result):
            group = find(result, self.CASE).groups[1]
            group.driver, group.after = '', '0x2004000'
            group.before = '0x4000'
            group.used, group.domain = {'16K': 1, '32M': 0}, 'DMA'
        text, _ = differences(other)
        for line in (
                'driver: 4K 16K 64K 2M 32M 512M 1G -> -',
                'before: 16K 32M -> 16K',
                'used: 16K 32M -> 16K',
                'default domain: identity -> DMA',
                f'      behind 4k+16k+64k smmu2 ({self.CASE})'):
            self.assertIn(line, text)
        self.assertNotIn('after:', text)
        self.assertIn('changed: 2 bitmaps, 1 page sizes used, 1 domains',
                      text)

    def test_claims(self):
        def claims(result):
            one = find(result, self.CASE)
            del one.claims[0]
            one.claims[0].result = model.NOT_OK
            one.claims.append(model.Claim('smmu3: more', model.OK))
        text, _ = differences(claims)
        for line in ('gone: smmu1: the domain is of the type asked for',
                     'ok -> not ok: smmu1: maps 4K at an aligned address',
                     'new: smmu3: more (ok)'):
            self.assertIn(line, text)

    def test_a_boot_that_ended_early_is_not_a_list_of_claims(self):
        def ended(result):
            del find(result, self.CASE).claims[1:]
        text, _ = differences(ended)
        self.assertEqual(text.count('gone: '), 1)
        self.assertIn(' and 25 more', ' '.join(text.split()))
        self.assertIn('changed: 1 claims', text)

    def test_cases_that_come_and_go(self):
        def cases(result):
            result.results.remove(find(result, self.CASE))
            result.results.append(model.CaseResult(
                model.Case('debian:9', 'domains', 'uniform'), model.PASSED))
        text, _ = differences(cases)
        self.assertIn(f'{self.CASE}: gone', text)
        self.assertIn('debian:9/domains/uniform/identity/dt: new, pass', text)

    def test_the_same_change_in_many_cases_is_one(self):
        def all_of_them(result):
            for one in result.results:
                if one.case.kernel == 'debian:6.1' and \
                        one.case.setup == '16k-only':
                    one.groups[0].vfio = '0x4000'
        text, _ = differences(all_of_them)
        self.assertEqual(text.count('vfio: '), 1)
        self.assertIn('  vfio: 16K 32M -> 16K\n      behind 16k-only smmu1 '
                      '(2 cases)', text)

    def test_a_new_release_alone_is_no_difference(self):
        def release(result):
            result.kernels[4].release = '7.9.0'
        text, status = differences(release)
        self.assertEqual(status, compare.SAME)
        self.assertIn('debian:newest: 7.3.4+deb13-arm64 -> 7.9.0', text)


class Kernels(unittest.TestCase):
    """Two kernels, as --compare names them."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = str(pathlib.Path(self.folder.name, 'a:b.json'))
        pathlib.Path(self.path).write_text(RUN.to_json(), encoding='utf-8')

    def test_of_one_report(self):
        lines, status = compare.run([f'{self.path}:debian:6.1',
                                     f'{self.path}:debian:newest'])
        text = '\n'.join(lines)
        self.assertEqual(status, compare.DIFFERS)
        self.assertIn('30 cases of both', lines[0])
        self.assertIn('debian:6.1 -> debian:newest: 6.1.0-50-arm64 -> '
                      '7.3.4+deb13-arm64', text)
        self.assertEqual(text.count(
            'unbound: 4K 16K 64K 2M 32M 512M 1G -> -'), 1)
        self.assertIn('; 4k+16k+64k smmu1 smmu2 smmu3 (6 cases)', text)
        self.assertNotIn('Cases\n', text)

    def test_a_kernel_and_itself(self):
        self.assertEqual(compare.run([f'{self.path}:debian:6.1'] * 2)[1],
                         compare.SAME)
        self.assertEqual(compare.run([self.path] * 2)[1], compare.SAME)

    def test_mistakes(self):
        for texts in ([f'{self.path}:debian:9', self.path],
                      [f'{self.path}:debian:6.1', self.path]):
            with self.assertRaises(model.ModelError):
                compare.run(texts)
        with self.assertRaises(OSError):
            compare.run([self.path + '.gone', self.path])
        pathlib.Path(self.path).write_text('{}', encoding='utf-8')
        with self.assertRaises(model.ModelError):
            compare.run([self.path] * 2)


if __name__ == '__main__':
    unittest.main()
