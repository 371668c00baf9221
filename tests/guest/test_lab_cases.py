# SPDX-License-Identifier: GPL-2.0-or-later
"""Which cases there are, how they are shared out, and put together again."""

import pathlib
import tempfile
import unittest

from msmmu_guest.lab import cases, merge, model, sets


def ids(found):
    """The ids, in order."""
    return [case.id for case in found]


class Choose(unittest.TestCase):
    """cases.choose()."""

    def test_default_has_every_axis(self):
        found = cases.choose()
        self.assertEqual({case.kernel for case in found}, set(cases.DEBIAN))
        domains = [case for case in found if case.kind == 'domains']
        self.assertEqual(
            {(case.kernel, case.setup, case.domain) for case in domains
             if case.firmware == 'dt'},
            {(kernel, setup, domain) for kernel in cases.DEBIAN
             for setup in cases.ALL_SETS for domain in model.DOMAINS} |
            {(kernel, setup, 'identity') for kernel in cases.DEBIAN
             for setup in sets.IDENTITY})
        self.assertEqual({case.kernel for case in domains
                          if case.firmware == 'uefi'}, set(cases.DEBIAN))

    def test_no_case_twice(self):
        for full in (False, True):
            found = ids(cases.choose(full=full))
            self.assertEqual(len(found), len(set(found)))

    def test_full_has_the_default(self):
        self.assertLess(set(cases.choose()), set(cases.choose(full=True)))

    def test_named_choices(self):
        found = cases.choose(['debian:6.1'], ['uniform'], ['lazy'], ['uefi'])
        self.assertEqual(ids(found), ['debian:6.1/domains/uniform/lazy/uefi'])

    def test_other_firmware_when_it_is_named(self):
        found = cases.choose(['debian:6.1'], ['uniform'], ['lazy'])
        self.assertEqual({case.firmware for case in found}, {'dt', 'uefi'})
        found = cases.choose(['debian:6.1'], ['uniform'], ['lazy'],
                             ['uefi-dt', 'u-boot'])
        self.assertEqual({case.firmware for case in found},
                         {'uefi-dt', 'u-boot'})
        self.assertEqual({case.firmware for case in cases.choose(full=True)},
                         set(model.FIRMWARES))

    def test_only(self):
        found = cases.choose(only='^debian:6.1/.*/4k[+]64k/strict/dt$')
        self.assertEqual(ids(found), ['debian:6.1/domains/4k+64k/strict/dt'])

    def test_what_is_not_there(self):
        for words in ({'setups': ['5k']}, {'domains': ['x']},
                      {'firmwares': ['bios']}, {'kinds': ['y']},
                      {'only': '('}, {'only': 'nothing like that'}):
            with self.subTest(words), self.assertRaises(cases.ChoiceError):
                cases.choose(**words)

    def test_known_sets_only(self):
        self.assertTrue({case.setup for case in cases.choose(full=True)}
                        <= {*sets.SETS, *sets.IDENTITY})


class Shard(unittest.TestCase):
    """cases.shard()."""

    def test_is_a_partition(self):
        for chosen in (cases.choose(), cases.choose(full=True),
                       cases.choose(setups=['uniform'])[:3]):
            for count in (1, 2, 3, 5, 7):
                parts = [cases.shard(chosen, index, count)
                         for index in range(1, count + 1)]
                self.assertEqual(sorted(ids(sum(parts, []))),
                                 sorted(ids(chosen)))

    def test_is_balanced(self):
        chosen = cases.choose(full=True)
        sums = [sum(map(cases.weight, cases.shard(chosen, index, 4)))
                for index in (1, 2, 3, 4)]
        self.assertLessEqual(max(sums) - min(sums),
                             max(map(cases.weight, chosen)))

    def test_does_not_depend_on_the_order(self):
        chosen = cases.choose()
        self.assertEqual(set(cases.shard(chosen, 2, 3)),
                         set(cases.shard(chosen[::-1], 2, 3)))

    def test_words(self):
        self.assertEqual(cases.parse_shard('2/3'), (2, 3))
        for text in ('0/3', '4/3', '1', '1/0', 'a/b', '-1/2'):
            with self.subTest(text), self.assertRaises(cases.ChoiceError):
                cases.parse_shard(text)


def shard_result(*names, outcome=model.PASSED, release='6.1'):
    """A LabResult of a few cases."""
    results = []
    for name in names:
        kernel, kind, setup, domain, firmware = name.split('/')
        case = model.Case(kernel, kind, setup, domain, firmware)
        results.append(model.CaseResult(case, outcome, log='logs/a.log'))
    infos = {one.case.kernel: model.KernelInfo(one.case.kernel,
                                               release=release)
             for one in results}
    return model.LabResult(list(infos.values()), results,
                           {'uniform': ['a', 'b']}, [{'id': 'x'}],
                           began='2026-01-01T00:00:00Z', seconds=2.0)


ONE = 'debian:6.1/domains/uniform/strict/dt'
TWO = 'debian:6.1/domains/uniform/identity/dt'
THREE = 'debian:newest/domains/uniform/identity/dt'


class Merge(unittest.TestCase):
    """merge.merge()."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def merge(self, *parts):
        """The parts, each in a folder of its own with a log."""
        placed = []
        for number, part in enumerate(parts):
            source = self.folder / f'part{number}'
            (source / 'logs').mkdir(parents=True)
            (source / 'logs' / 'a.log').write_text(f'of {number}\n', 'utf-8')
            placed.append((source, part))
        return merge.merge(placed, self.folder / 'all')

    def test_in_the_order_of_the_tables(self):
        whole = self.merge(shard_result(THREE, ONE), shard_result(TWO))
        self.assertEqual([one.case.id for one in whole.results],
                         [TWO, ONE, THREE])
        self.assertEqual([info.name for info in whole.kernels],
                         ['debian:6.1', 'debian:newest'])
        self.assertEqual((whole.seconds, whole.sets, whole.defects),
                         (4.0, {'uniform': ['a', 'b']}, [{'id': 'x'}]))

    def test_a_case_in_two_parts(self):
        with self.assertRaises(merge.MergeError):
            self.merge(shard_result(ONE), shard_result(ONE))

    def test_what_another_could_not_run(self):
        missing = shard_result(ONE, outcome=model.NOT_RUN, release='')
        for parts in ((missing, shard_result(ONE)),
                      (shard_result(ONE), missing)):
            with self.subTest(parts[0].results[0].outcome):
                whole = merge.merge([(self.folder, part) for part in parts],
                                    self.folder / 'all')
                self.assertEqual([one.outcome for one in whole.results],
                                 [model.PASSED])
                self.assertEqual(whole.kernels[0].release, '6.1')

    def test_sets_that_differ(self):
        other = shard_result(TWO)
        other.sets = {'uniform': ['a']}
        with self.assertRaises(merge.MergeError):
            self.merge(shard_result(ONE), other)

    def test_logs_come_along(self):
        whole = self.merge(shard_result(ONE))
        text = (self.folder / 'all' / whole.results[0].log).read_text('utf-8')
        self.assertEqual(text, 'of 0\n')


if __name__ == '__main__':
    unittest.main()
