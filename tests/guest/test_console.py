# SPDX-License-Identifier: GPL-2.0-or-later
"""What is made of a console, and of a boot's end."""

import pathlib
import sys
import tempfile
import time
import unittest

from msmmu_guest import console, survey, vm

BUG = """\
[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x413fd0c1]
[    1.551203] ------------[ cut here ]------------
[    1.551812] kernel BUG at drivers/iommu/iova.c:60!
[    1.552415] Internal error: Oops - BUG: 00000000f2000800 [#1] SMP
[    1.559999] Kernel panic - not syncing: Attempted to kill init!
"""


class Lines(unittest.TestCase):
    """Records and complaints."""

    def test_records(self):
        parse = console.parse_record
        self.assertEqual(
            parse('[    2.1] msmmu: {"kind":"vfio","group":1}\r\n'),
            {'kind': 'vfio', 'group': 1})
        self.assertEqual(
            parse('[    2.1][   T1] msmmu: {"kind":"done"}')['kind'], 'done')
        for line in ('msmmu: {"kind":"vfio","gro', 'msmmu: {"kind":}',
                     'arm-smmu-v3: nothing', '{"kind":"done"}'):
            self.assertIsNone(parse(line))

    def test_first_complaint(self):
        self.assertEqual(console.complaint(BUG),
                         'kernel BUG at drivers/iommu/iova.c:60!')
        self.assertEqual(console.complaint(
            '[    1.0] WARNING: CPU: 0 PID: 1 at mm/x.c:1 f+0x1/0x2\n'),
            'WARNING: CPU: 0 PID: 1 at mm/x.c:1 f+0x1/0x2')
        self.assertEqual(console.complaint(
            '[    1.0][   T12] BUG: sleeping function called\n'),
            'BUG: sleeping function called')
        self.assertEqual(console.complaint(
            'msmmu: {"kind":"kmsg","text":"BUG: x"}\nall is well\n'
            'debugging BUGS\n'), '')

    def test_fatal(self):
        self.assertTrue(console.is_fatal('kernel BUG at a.c:1!'))
        self.assertFalse(console.is_fatal('WARNING: CPU: 0'))


def emulate(script, machine=vm.Machine, **options):
    """A boot of a program that stands in for the emulator."""
    command = [sys.executable, '-c',
               'import sys, time\nsay = lambda t: print(t, flush=True)\n' +
               script]
    return machine(command, 'test', **options).run()


class UntilItSays(vm.Machine):
    """Its time is up at a word: a busy host may start it late."""

    def __init__(self, *words, word='up', **options):
        super().__init__(*words, timeout=600, **options)
        self.word = word

    def _console_line(self, line):
        super()._console_line(line)
        if self.word in line:
            self.timeout = 0


class Ends(unittest.TestCase):
    """How a boot ended, from what a stand-in for the emulator does."""

    def test_done(self):
        result = emulate('say("[  1.0] msmmu: {\\"kind\\":\\"done\\"}")')
        self.assertEqual(result.status, vm.DONE)
        self.assertEqual(result.records, [{'kind': 'done'}])

    def test_done_though_it_does_not_power_off(self):
        result = emulate('say("msmmu: {\\"kind\\":\\"done\\"}")\n'
                         'time.sleep(600)', timeout=600)
        self.assertEqual(result.status, vm.DONE)
        self.assertLess(result.seconds, 300)

    def test_panic(self):
        result = emulate(f'say({BUG!r})')
        self.assertEqual(result.status, vm.PANIC)
        self.assertEqual(result.describe(),
                         'kernel BUG at drivers/iommu/iova.c:60!')

    def test_refused_shows_the_emulators_line(self):
        result = emulate('sys.stderr.write("qemu: warning: w\\nqemu: no\\n")\n'
                         'sys.exit(1)')
        self.assertEqual(result.status, vm.REFUSED)
        self.assertEqual(result.describe(), 'qemu: no')

    def test_missing_emulator_is_refused(self):
        result = vm.Machine(['/nonexistent/emulator'], 'test').run()
        self.assertEqual(result.status, vm.REFUSED)

    def test_crash(self):
        result = emulate('import os; say("x"); os.kill(os.getpid(), 11)')
        self.assertEqual(result.status, vm.CRASHED)

    def test_hang_is_ended_with_its_log(self):
        result = emulate('say("[ 1.0] up"); time.sleep(600)',
                         UntilItSays)
        self.assertEqual(result.status, vm.HANG)
        self.assertIn('up', result.log)
        self.assertLess(result.seconds, 300)

    def test_nothing_on_the_console(self):
        self.assertEqual(emulate('time.sleep(60)', timeout=1).status,
                         vm.SILENT)
        self.assertEqual(emulate('pass').status, vm.SILENT)

    def test_silence_after_a_death_is_not_waited_out(self):
        saved, vm.SILENCE_AFTER_DEATH = vm.SILENCE_AFTER_DEATH, 0.5
        try:
            result = emulate('say("kernel BUG at a.c:1!"); time.sleep(600)',
                             timeout=600)
        finally:
            vm.SILENCE_AFTER_DEATH = saved
        self.assertEqual(result.status, vm.HANG)
        self.assertLess(result.seconds, 300)

    # An emulator with a monitor, which wakes the guest
    MONITOR = """if True:
        import os, socket
        name = next(word for word in sys.argv if 'id=qmp' in word)
        qmp = socket.socket(fileno=int(name.rpartition('=')[2]))
        qmp.sendall(b'{"QMP": {}}\\n')
        say('up')
        for line in qmp.makefile():
            qmp.sendall(b'{"return": {"status": "running"}}\\n')
            if 'query-status' in line:
                say('awake')
    """

    def test_a_machine_that_hangs_can_be_asked(self):
        asked = []
        result = emulate(self.MONITOR, UntilItSays, on_hang=lambda machine:
                         asked.append(machine.qmp('query-status')))
        self.assertEqual(result.status, vm.HANG)
        self.assertEqual(asked, [{'status': 'running'}])

    def test_an_emulator_that_goes_while_it_is_asked(self):
        def ask(machine):
            machine.qmp('query-status')
            if late:
                machine.process.wait()
            machine.qmp('query-status')
        for late in (False, True):
            result = emulate(
                self.MONITOR.replace("say('awake')", 'os._exit(0)'),
                on_start=ask)
            self.assertEqual(result.status, vm.STOPPED)

    def test_a_silent_machine_is_woken(self):
        saved, vm.SILENCE_BEFORE_NUDGE = vm.SILENCE_BEFORE_NUDGE, 0.3
        try:
            result = emulate(self.MONITOR, UntilItSays, word='awake',
                             on_hang=str)
        finally:
            vm.SILENCE_BEFORE_NUDGE = saved
        self.assertIn('awake', result.log)
        self.assertGreaterEqual(result.nudges, 1)

    def test_stopped(self):
        self.assertEqual(emulate('say("up")').status, vm.STOPPED)


class Files(unittest.TestCase):
    """Whose data a disk's backing file holds."""

    @staticmethod
    def block(serial, number):
        line = f'msmmu disk={serial} block={number} round=1 '.encode()
        return (line.ljust(63, b'.') + b'\n') * 64

    def verdict(self, data):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'disk'
            path.write_bytes(data)
            return survey.file_verdict(path, 'rc1-1')

    def test_verdicts(self):
        own = [self.block('rc1-1', number) for number in range(3)]
        self.assertEqual(self.verdict(b''.join(own)), 'own data only')
        self.assertEqual(self.verdict(own[0] + bytes(8192)), 'own data only')
        self.assertEqual(self.verdict(bytes(8192)), 'empty')
        self.assertIn('block 1 holds', self.verdict(own[0] + own[0]))
        self.assertIn('rc2-1', self.verdict(self.block('rc2-1', 0)))
        self.assertIn('block 0', self.verdict(
            own[0][:2048] + self.block('rc2-1', 0)[2048:]))
