# SPDX-License-Identifier: GPL-2.0-or-later
"""What is made of boots: claims, known defects, outcomes, and the store."""

import json
import pathlib
import tempfile
import unittest

from msmmu_guest import vm
from msmmu_guest.lab import counters, evidence, expectations, model

BUG = 'kernel BUG at drivers/iommu/iova.c:60!'


def record(kind, **fields):
    """A line of the console."""
    return '[    1.000000] msmmu: ' + json.dumps(
        {'kind': kind, **fields}).replace(': ', ':').replace(', ', ',')


class Boot:
    """A fabricated boot of a machine with one SMMU or more."""

    def __init__(self, setup='16k-only', domain='identity', idr5=0x20,
                 vfio='0x2004000', kernel='debian:6.1', release='6.1.0-50',
                 page_size=4096):
        self.case = model.Case(kernel, 'domains', setup, domain)
        kind = {'identity': 'identity', 'strict': 'DMA', 'lazy': 'DMA-FQ'}
        self.lines = [
            'Booting Linux', record('start', release=release,
                                    page_size=page_size),
            record('dma', bdf='0001:00:01.0', serial='rc1-1', error='',
                   result='verified', interrupts_before=1,
                   interrupts_after=2),
            record('job', job='dma', result='ok', number=0),
            record('vfio', group=0, pgsizes=vfio),
            record('job', job='vfio', result='ok', number=0),
            record('smmu', name='smmu3.0xb000000', idr5=f'{idr5:#x}'),
            record('device', bdf='0001:00:00.0', group='1', **{
                'class': '0x060000'}, smmu='smmu3.0xb000000'),
            record('device', bdf='0001:00:01.0', group='0', **{
                'class': '0x010802'}, smmu='smmu3.0xb000000'),
            record('group', group=0, type=kind[domain]),
            record('job', job='survey', result='ok', number=0),
            record('done')]
        walked = {} if domain == 'identity' else {'16K': 3}
        self.snapshots = [
            snapshot('start'),
            *(snapshot(name, walked) for name in ('dma', 'vfio', 'survey',
                                                  'done'))]
        self.status = vm.DONE
        self.command = ['qemu', '-append', 'msmmu.jobs=dma,vfio,survey x=y']
        self.files = {'rc1-1': 'own data only'}

    def replace(self, old, new):
        """In the line that has it."""
        assert any(old in line for line in self.lines), old
        self.lines = [line.replace(old, new) for line in self.lines]
        return self

    def add(self, *lines):
        """Before the end."""
        self.lines[-2:-2] = lines
        return self

    def judge(self, why_no_module='no headers'):
        """Its CaseResult."""
        found = evidence.Evidence(
            status=self.status, counters=self.snapshots, files=self.files,
            command=self.command,
            log=evidence.Log('\n'.join(self.lines) + '\n'))
        return expectations.judge(self.case, found, why_no_module)


def snapshot(after, leaves=None, faults=None, refused=None, sid='0x8'):
    """As of counters.Recorder, with one stream."""
    return {'after': after, 'streams': {'smmu1': {sid: {
        'transactions': 9, 'stage-1-leaves': leaves or {},
        'stage-2-leaves': {}, 'faults': faults or {},
        'refused-granules': refused or {}}}}}


def bad(result):
    """The claims that are not so."""
    return {claim.name: claim.detail for claim in result.claims
            if claim.result == model.NOT_OK}


class Claims(unittest.TestCase):
    """Each claim is so in a good boot, and is not so in one like it."""

    def test_a_good_boot(self):
        result = Boot().judge()
        self.assertEqual((bad(result), result.outcome), ({}, model.PASSED))
        group, = result.groups
        self.assertEqual((group.smmu, group.device, group.vfio, group.domain),
                         ('smmu1', '0001:00:01.0', '0x2004000', 'identity'))

    def check(self, boot, name, detail=''):
        result = boot.judge()
        self.assertEqual(list(bad(result)), [name])
        self.assertIn(detail, bad(result)[name])
        self.assertEqual(result.outcome, model.FAILED)
        self.assertIn(name, result.reason)

    def test_other_page_sizes(self):
        self.check(Boot(vfio='0x40201000'),
                   'smmu1: VFIO tells the page sizes of this instance',
                   '4K 2M 1G (0x40201000), not 16K 32M (0x2004000)')

    def test_no_page_sizes(self):
        boot = Boot()
        boot.replace(',"pgsizes":"0x2004000"', '')
        self.check(boot, 'smmu1: VFIO tells the page sizes of this instance',
                   'none')

    def test_other_granules(self):
        self.check(Boot(idr5=0x10), 'smmu1: has the granules asked for',
                   '4K, not 16K')

    def test_another_domain(self):
        boot = Boot().replace('"type":"identity"', '"type":"DMA"')
        self.check(boot, 'smmu1: default domains are identity', 'DMA')

    def test_a_warning(self):
        self.check(Boot().add('[    1.0] WARNING: CPU: 0 PID: 1 at x.c:1'),
                   'the kernel complains of nothing', 'at x.c:1')

    def test_a_job_that_failed(self):
        boot = Boot().replace('"survey","result":"ok"',
                              '"survey","result":"timeout"')
        self.check(boot, 'the job survey ends well', 'timeout')

    def test_a_transfer_that_failed(self):
        boot = Boot().replace('"error":"","result":"verified"',
                              '"error":"block 3","result":"failed"')
        self.check(boot, "smmu1: a disk's data pass its default domain",
                   'block 3')

    def test_data_of_another(self):
        boot = Boot()
        boot.files['rc1-1'] = 'block 3 holds "x"'
        self.check(boot, "smmu1: a disk's data pass its default domain",
                   'block 3 holds "x"')

    def test_walks_where_streams_bypass(self):
        boot = Boot()
        boot.snapshots[1:] = [snapshot(name, {'16K': 1}) for name in
                              ('dma', 'vfio', 'survey', 'done')]
        self.check(boot, 'smmu1: default domains translate, or bypass, as '
                   'asked', 'walks of 0001:00:01.0')

    def test_a_size_that_is_not_claimed(self):
        boot = Boot()
        boot.snapshots.append(snapshot('done', {'2M': 1}))
        self.check(boot, 'smmu1: the kernel used only sizes that it claims',
                   '2M is not in 16K 32M')

    def test_a_size_below_the_pages_is_hidden_by_vfio(self):
        boot = Boot(setup='4k+16k+64k', vfio='0x40204000', idr5=0x10,
                    page_size=16384)
        boot.snapshots.append(snapshot('done', {'4K': 1}))
        self.assertNotIn('smmu1: the kernel used only sizes that it claims',
                         bad(boot.judge()))

    def test_a_refused_granule(self):
        boot = Boot()
        boot.snapshots.append(snapshot('done', refused={'4K': 1}))
        self.check(boot, 'smmu1: no granule was asked for in vain')

    def test_an_event(self):
        boot = Boot()
        boot.snapshots.append(snapshot('done', faults={'F_ACCESS': 1}))
        self.check(boot, 'smmu1: no event that nobody provoked', 'F_ACCESS')

    def test_events_that_vfio_provokes(self):
        boot = Boot().add(record('assigned', bdf='0001:00:01.0',
                                 result='verified'))
        boot.snapshots[2:] = [
            snapshot(name, faults={'F_TRANSLATION': 2})
            for name in ('vfio', 'survey', 'done')]
        self.assertEqual(bad(boot.judge()), {})

    def test_events_other_than_the_module_provoked(self):
        told = record('provoked', bdf='0001:00:01.0', event='F_TRANSLATION',
                      count=2)
        boot = Boot().add(told, record('job', job='module', result='ok',
                                       number=0))
        boot.snapshots.append(snapshot('done',
                                       faults={'F_TRANSLATION': 3}))
        self.check(boot, 'smmu1: no event that nobody provoked', 'provoked')

    def test_a_job_without_an_end(self):
        boot = Boot()
        boot.command[-1] = 'msmmu.jobs=dma,net,vfio,survey'
        self.check(boot, 'the job net ends well', 'no word')

    def test_a_job_after_which_nothing_was_counted(self):
        boot = Boot()
        del boot.snapshots[2]
        self.check(boot, 'the counters are read after the job vfio')

    def test_a_disk_that_was_not_there(self):
        boot = Boot()
        boot.snapshots[1]['streams']['smmu1']['0x8']['transactions'] = 0
        self.check(boot, 'smmu1: default domains translate, or bypass, as '
                   'asked', 'no transaction of 0001:00:01.0')

    def test_an_assigned_disk(self):
        name = 'smmu1: an assigned disk reaches what is mapped, no more'
        boot = Boot(page_size=16384)
        self.check(boot, name, 'it was not tried')
        boot.add(record('assigned', bdf='0001:00:01.0', result='failed',
                        error='no answer'))
        self.check(boot, name, 'no answer')
        boot.replace('"result":"failed"', '"result":"verified"')
        self.assertEqual(bad(boot.judge()), {})

    def test_records_that_make_no_sense(self):
        result = Boot().replace('"bdf":"0001:00:01.0","serial"',
                                '"bdf":"","serial"').judge()
        self.assertEqual(result.outcome, model.FAILED)
        self.assertIn('make no sense', result.reason)

    def test_no_word_of_the_module(self):
        self.assertEqual(list(bad(Boot().judge(''))),
                         ['the module msmmu_probe runs'])

    def test_ktap_of_a_group(self):
        boot = Boot().add(
            'KTAP version 1', '1..1', '    # Subtest: 0001:00:01.0',
            '    1..1', '    not ok 1 maps 16K # -22',
            'not ok 1 0001:00:01.0')
        self.check(boot, 'smmu1 0001:00:01.0: maps 16K', '-22')

    def test_a_claim_of_the_probe(self):
        boot = Boot().add(record('claim', about='0001:00:01.0', name='x',
                                 result='not ok', detail='y'))
        self.check(boot, 'smmu1 0001:00:01.0: x', 'y')

    def test_a_boot_without_an_end(self):
        boot = Boot()
        boot.status = vm.PANIC
        boot.lines[-1:] = ['Kernel panic - not syncing: x']
        self.check(boot, 'the kernel boots, and the probe finishes', 'panic')

    def test_lines_of_claims(self):
        boot = Boot().add('[    1.0] WARNING: CPU: 0 PID: 1 at x.c:1')
        claim = next(one for one in boot.judge().claims
                     if one.result == model.NOT_OK)
        self.assertIn('WARNING', boot.lines[claim.line - 1])


class Inside(unittest.TestCase):
    """What the module must have come to."""

    CLAIMS = ('takes the paging domain',
              'DMA through a 16K mapping arrives, both ways',
              'DMA through a 32M mapping arrives, both ways')

    def setUp(self):
        self.boot = Boot().add(
            record('module', release='6.1'), *(
                record('domain', bdf='0001:00:01.0', which=which,
                       pgsizes='0x2004000', aperture='0x0-0xffffffffffff')
                for which in ('default', 'driver', 'unbound', 'before',
                              'after')),
            'KTAP version 1', '1..1', '    # Subtest: 0001:00:01.0',
            '    1..3', *(f'    ok {number} {name}' for number, name
                          in enumerate(self.CLAIMS, 1)),
            'ok 1 0001:00:01.0',
            record('job', job='module', result='ok', number=0))
        self.count({'16K': 2, '32M': 1})

    def count(self, leaves):
        """Of the walks during the module's job."""
        self.boot.snapshots[2:] = [snapshot(name, leaves) for name in
                                   ('module', 'vfio', 'survey', 'done')]

    def check(self, *names):
        """These are not so."""
        self.assertEqual(list(bad(self.boot.judge(''))), list(names))

    def test_all_is_well(self):
        self.check()

    def test_other_page_sizes(self):
        self.boot.replace('"after","pgsizes":"0x2004000"',
                          '"after","pgsizes":"0x4000"')
        self.check('smmu1: an attached domain has the page sizes of this '
                   'instance', 'smmu1: the kernel used only sizes that it '
                   'claims')

    def test_a_bitmap_that_is_missing(self):
        for which, name in (
                ('default', 'default domains have the page sizes of this '
                 'Linux'),
                ('driver', 'the driver-wide page sizes are those of this '
                 'Linux')):
            with self.subTest(which):
                self.setUp()
                self.boot.replace(f'"{which}","pgsizes":"0x2004000"',
                                  f'"{which}","failed":"x"')
                self.check(f'smmu1: {name}')

    def test_another_aperture(self):
        self.boot.replace('0xffffffffffff', '0xffffffff')
        self.check('smmu1: an attached domain has the addresses of its stage')

    def test_a_size_that_was_not_used(self):
        self.count({'16K': 2})
        self.check('smmu1: each size that the kernel claims was used')

    def test_claims_that_were_skipped(self):
        name = 'smmu1: the module let DMA through each size that it has'
        for claim in self.CLAIMS:
            with self.subTest(claim):
                self.setUp()
                self.boot.replace(claim, f'{claim} # SKIP no engine')
                self.check(name, 'smmu1: the module skips only what this '
                           'kernel has not')
                self.assertIn('no engine', bad(self.boot.judge(''))[name])

    def test_what_may_be_skipped(self):
        name = 'smmu1: the module skips only what this kernel has not'
        for reason, good in (('no such API since 6.13', True),
                             ('blocks are not split since 6.13', True),
                             ('no engine behind another SMMU', True),
                             ('no engine to try it', False),
                             ('not attached', False), ('', False)):
            with self.subTest(reason):
                self.setUp()
                self.boot.replace('    1..3', '    1..4')
                self.boot.replace('ok 1 0001:00:01.0',
                                  f'    ok 4 refuses x # SKIP {reason}\n'
                                  'ok 1 0001:00:01.0')
                self.assertEqual(list(bad(self.boot.judge(''))),
                                 [] if good else [name])

    def test_no_domain_was_attached(self):
        self.boot.replace('"after","pgsizes":"0x2004000"',
                          '"after","failed":"x"')
        self.assertIn('smmu1: the module let DMA through each size that it '
                      'has', bad(self.boot.judge('')))


class Defects(unittest.TestCase):
    """Outcomes with the BUG of a translated domain of larger granules."""

    def boot(self, **words):
        return Boot(domain='strict', **words)

    def test_known(self):
        boot = self.boot()
        boot.add(BUG)
        result = boot.judge()
        self.assertEqual((result.outcome, result.known),
                         (model.KNOWN, 'iova-granule'))
        self.assertTrue(all(
            claim.known == 'iova-granule' for claim in result.claims
            if claim.result == model.NOT_OK))

    def test_known_though_nothing_was_told(self):
        boot = self.boot()
        boot.status = vm.PANIC
        boot.lines = ['Linux version 7.3.4+deb13-arm64 (x)', BUG,
                      'Kernel panic - not syncing: y']
        boot.judge()
        found = evidence.Evidence(
            status=vm.PANIC, log=evidence.Log('\n'.join(boot.lines)),
            image_page_size=4096)
        result = expectations.judge(boot.case, found)
        self.assertEqual(result.outcome, model.KNOWN)

    def test_fixed(self):
        result = self.boot().judge()
        self.assertEqual((result.outcome, result.known),
                         (model.FIXED, 'iova-granule'))

    def test_where_it_is_not_known(self):
        boot = self.boot(page_size=16384)
        boot.add(BUG)
        self.assertEqual(boot.judge().outcome, model.FAILED)
        boot = Boot()
        boot.add(BUG)
        self.assertEqual(boot.judge().outcome, model.FAILED)

    def test_another_failure_is_no_known_defect(self):
        boot = self.boot()
        boot.add('[    1.0] WARNING: CPU: 0 PID: 1 at x.c:1')
        result = boot.judge()
        self.assertEqual((result.outcome, result.known), (model.FAILED, ''))


class Counters(unittest.TestCase):
    """StreamIDs and leaves."""

    def test_stream_ids(self):
        self.assertEqual(counters.sid_of('0001:02:03.4'), 0x21c)
        self.assertEqual(counters.sid_of('0002:00:01.0', 0x10000), 0x10008)

    def test_contiguous_leaves_have_a_size_of_their_own(self):
        group = model.Group('smmu1', '', 1, '0001:00:01.0')
        seen = snapshot('done', {'4K': 32, '2M': 1})
        seen['streams']['smmu1']['0x8']['stage-1-contiguous'] = {'4K': 16}
        counters.fill(group, [seen])
        self.assertEqual(group.used,
                         {'4K': 16, '64K contiguous': 16, '2M': 1})


class Store(unittest.TestCase):
    """evidence.Store, on which --resume stands."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.store = evidence.Store(self.folder)
        self.case = Boot().case
        self.found = evidence.Evidence(
            status='done', seconds=1.5, command=['qemu', '-M'],
            errors='a warning\n', counters=[snapshot('done')],
            log=evidence.Log('one\r\ntwo\n' + record('done') + '\n'))
        self.store.save(self.case, 'key', self.found)

    def test_comes_back_whole(self):
        back = self.store.load(self.case, 'key')
        self.assertEqual(back.log.lines, self.found.log.lines)
        self.assertEqual(back.log.records, self.found.log.records)
        for name in ('status', 'seconds', 'counters', 'errors', 'command'):
            self.assertEqual(getattr(back, name), getattr(self.found, name))

    def test_not_with_another_key_or_case(self):
        self.assertIsNone(self.store.load(self.case, 'other'))
        other = model.Case('debian:6.1', 'domains', 'uniform')
        self.assertIsNone(self.store.load(other, 'key'))

    def test_not_without_its_log(self):
        (self.folder / self.store.log_path(self.case)).unlink()
        self.assertIsNone(self.store.load(self.case, 'key'))

    def test_log_has_the_console_first(self):
        text = (self.folder / self.store.log_path(self.case)).read_text()
        self.assertTrue(text.startswith('one\ntwo\n'))
        self.assertIn('# stderr: a warning\n', text)

    def test_clear(self):
        self.store.clear()
        self.assertIsNone(self.store.load(self.case))


if __name__ == '__main__':
    unittest.main()
