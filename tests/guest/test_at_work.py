# SPDX-License-Identifier: GPL-2.0-or-later
"""What is made of engines at work, and of kernels that know nothing of them."""

import types
import unittest

import at_work
import bystander

OK, ABORTED = bystander.OK, bystander.ABORTED


def result(low, none, both=(OK,) * 20, rounds=20, enabled_at=10, log=''):
    """As of a boot."""
    engines = [bystander.Engine(name, 0, 0, 0, ends=list(ends))
               for name, ends in (('low', low), ('both', both),
                                  ('none', none))]
    worker = bystander.Worker(engines)
    worker.rounds, worker.enabled_at = rounds, enabled_at
    devices = [{'kind': 'device', 'bdf': bdf, 'smmu_device': name}
               for bdf, name in (('0000:00:10.0', 'arm-smmu-v3.1.auto'),
                                 ('0000:41:00.0', 'arm-smmu-v3.2.auto'))]
    return types.SimpleNamespace(worker=worker, log=log,
                                 of_kind=lambda kind: devices)


class Claims(unittest.TestCase):
    """Each can be false."""

    GOOD = (None,) + (OK,) * 19
    CONTROL = (OK,) * 10 + (ABORTED,) * 3

    def test_never_faults(self):
        def told(*arguments, **details):
            return at_work.never_faults(result(*arguments, **details), None)

        self.assertEqual(told(self.GOOD, self.CONTROL), '')
        self.assertIn('9 of 19', told(
            (OK,) * 9 + (ABORTED,) + (OK,) * 9, self.CONTROL))
        self.assertIn('never faulted', told(
            self.GOOD, (OK,) * 20, enabled_at=None))
        self.assertIn('1 transfers in 20', told(
            (OK,) + (None,) * 19, self.CONTROL))
        self.assertIn('as soon as', told(self.GOOD, self.CONTROL,
                                         enabled_at=18))
        self.assertIn('never faulted', told(self.GOOD, ()))
        self.assertIn('0 transfers', told((), self.CONTROL))

    def test_works_in_the_end(self):
        def told(low, none):
            return at_work.works_in_the_end(result(low, none), None)

        gap = (OK,) * 9 + (ABORTED,) * 3 + (OK,) * 8
        self.assertEqual(told(gap, self.CONTROL), '')
        self.assertIn('low', told((OK,) * 9 + (ABORTED,) * 8, self.CONTROL))
        self.assertIn('so does', told(gap, (OK,) * 20))
        self.assertIn('low', told((), self.CONTROL))
        self.assertIn('so does', told(gap, ()))

    def test_told_of_faults(self):
        lines = [f'arm-smmu-v3 arm-smmu-v3.{n}.auto: event 0x10 received:\n'
                 for n in range(3)]
        self.assertEqual(at_work.told_of_faults(
            result((), (), log=''.join(lines)), None), '')
        self.assertIn('arm-smmu-v3.2.auto', at_work.told_of_faults(
            result((), (), log=''.join(lines[:2])), None))

    def test_regions(self):
        check = at_work.regions({'0001:00:04.0': {at_work.FB: 'direct'}})
        group = {'devices': '0001:00:04.0', 'reserved':
                 '0x0000000008000000 0x00000000080fffff msi;'
                 '0x000000000bc00000 0x000000000bc1ffff direct'}
        for text, good in (('direct', True), ('direct-relaxable', False)):
            record = group | {'reserved': group['reserved'].replace(
                'direct', text)}
            self.assertEqual(check(types.SimpleNamespace(
                of_kind=lambda kind, record=record: [record]), None) == '',
                good)


class Transfers(unittest.TestCase):
    """An engine as its registers and local memory have it."""

    def test_what_the_guest_moves_has_no_end(self):
        for word, end in ((1, OK), (2, ABORTED), (0x102, None), (5, None),
                          (0, None)):
            self.assertEqual(self.engine_end(word), end)

    @staticmethod
    def engine_end(word):
        """The end of a transfer of which word 15 is this."""
        engine = bystander.Engine('e', 0x1000, 0x100000, 0x8000)
        memory = {0x1000 + bystander.COMMAND: 6, 0x1000 + bystander.BAR_0:
                  0x10000, 0x1000 + bystander.BAR_2: 0x20000,
                  0x110000 + bystander.RING_CONS: 1,
                  0x120000 + 8 * 15: word}
        fake = types.SimpleNamespace(
            read=lambda address, size='l': memory[address],
            write=lambda address, value, size='l': None)
        return engine.transfer(fake, 1)
