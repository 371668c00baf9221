# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo's picture, and which boots many SMMUs take."""

import concurrent.futures
import types
import unittest

from msmmu_guest import demo, survey, topology, vm

KERNEL = types.SimpleNamespace(name='k', short='k', page_size=4096)


class Bench:
    """Boots that need no machine: what is asked for, and made-up answers."""

    def __init__(self, broken=()):
        self.options = types.SimpleNamespace(endpoints=('nvme',))
        self.broken = broken
        self.booted = []

    def boot(self, _kernel, ports, purpose, _jobs, append, check=None):
        """All disks transfer in translated domains, but for the broken."""
        self.booted.append((purpose, [port.number for port in ports]))
        result = vm.Result(purpose, [], vm.DONE)
        if 'passthrough=0' not in append:
            return result
        for port in ports:
            bdf = f'{port.segment:04x}:00:01.0'
            good = port.number not in self.broken or len(ports) == 1
            result.records += [
                {'kind': 'device', 'bdf': bdf, 'class': '0x010802',
                 'group': str(port.number)},
                {'kind': 'group', 'group': port.number, 'type': 'DMA'},
                {'kind': 'dma', 'bdf': bdf, 'serial': bdf,
                 'result': 'verified' if good else 'failed', 'error': 'no'}]
        if check:
            check(result, [])
        return result

    def start(self, *arguments, **details):
        """The same as a future."""
        future = concurrent.futures.Future()
        future.set_result(self.boot(*arguments, **details))
        return future


def run(smmus, bench=None, **details):
    """A KernelRun at its end."""
    kernel_run = survey.KernelRun(bench or Bench(), KERNEL,
                                  topology.parse_smmus(smmus), **details)
    kernel_run.start()
    kernel_run.finish()
    return kernel_run


class Together(unittest.TestCase):
    """Translated domains in one boot, where that can be"""

    SMMUS = ('granules=4k', 'granules=64k', 'granules=16k+4k', 'share=1',
             'none')

    def test_each_alone_is_usual(self):
        found = run(self.SMMUS)
        self.assertEqual([ports for _, ports in found.bench.booted],
                         [[1, 2, 3, 4, 5], [1, 4], [2], [3]])

    def test_what_the_pages_are_large_enough_for_is_together(self):
        found = run(self.SMMUS, together=True)
        self.assertEqual([ports for _, ports in found.bench.booted],
                         [[1, 2, 3, 4, 5], [1, 3, 4], [2]])
        self.assertTrue(all(found.works(port) for port in found.ports
                            if port.kind != 'none'))
        self.assertEqual(len(found.results()), 3)

    def test_with_one_that_fails_each_is_alone_after_all(self):
        found = run(self.SMMUS, Bench(broken=[3]), together=True)
        self.assertEqual([ports for _, ports in found.bench.booted[3:]],
                         [[1, 4], [3]])
        self.assertTrue(found.works(found.ports[2]))

    def test_its_transfers_are_those_of_all_that_work(self):
        found = run(('granules=4k', 'granules=4k'), together=True, dma=True)
        self.assertEqual(len(found.bench.booted), 2)
        self.assertEqual(found.transfers.of_kind('dma')[0]['file'],
                         'no such file')
        # With one more that works, all must be seen at once.
        found = run(('granules=4k', 'granules=4k', 'granules=64k'),
                    together=True, dma=True)
        self.assertEqual(found.bench.booted[-1][1], [1, 2, 3])


class Picture(unittest.TestCase):
    """What is printed first"""

    def test_it_fits_and_names_all(self):
        for count in demo.COUNTS:
            ports = topology.parse_smmus(demo.SMMUS[:count])
            text = demo.picture(ports)
            self.assertLess(max(map(len, text.split('\n'))), 120)
            for port in ports:
                self.assertIn(f'{port.smmu}: {port.offers()}', text)

    def test_there_are_as_many_as_can_be_asked_for(self):
        self.assertEqual(len(demo.SMMUS), max(demo.COUNTS))


if __name__ == '__main__':
    unittest.main()
