# SPDX-License-Identifier: GPL-2.0-or-later
"""U-Boot's prompt, with a console that stands in for it."""

import sys
import unittest
import unittest.mock

from msmmu_guest import uboot, vm

BANNER = ('\r\n\r\nU-Boot 2025.01-3 (Jun 24 2026)\r\n\r\nDRAM:  512 MiB\r\n'
          '\x1b[?25hHit any key to stop autoboot:  2 ')
PCI = """\
BusDevFun  VendorId   DeviceId   Device Class       Sub-Class
_____________________________________________________________
00.00.00   0x1b36     0x0008     Bridge device           0x00
01.01.00   0x1b36     0x0010     Mass storage controller 0x08
0a.1f.07   0x8086     0x10d3     Network controller      0x00
"""
DISKS = """\
Device 0: Vendor: 0x1b36 Rev: 10.0.13  Prod: rc1-1               \x20
            Type: Hard Disk
            Capacity: 16.0 MB = 0.0 GB (32768 x 512)
Device 1: Vendor: 0x1b36 Rev: 10.0.13  Prod: rc2-1               \x20
            Type: Hard Disk
            Capacity: 16.0 MB = 0.0 GB (4096 x 4096)
"""
DUMP = """\
41000000: 64 69 73 6b 20 31 20 62 6c 6f 63 6b 20 20 20 20  disk 1 block    \r
41000010: 20 0a ff 3d                                       ..=\r
"""


class Board:
    """Echoes, answers from a table, and says all in pieces of a few bytes."""

    def __init__(self, answers=None, banner=BANNER, status='0', lost='',
                 deaf=False):
        self.answers = answers or {}
        self.status = status
        self.lost = lost            # characters that are not echoed
        self.says = banner
        self.line = ''
        self.typed = []
        self.at_prompt = False
        self.deaf = deaf            # to the first key
        self.keys = 0

    def type(self, text):
        """What a person would type."""
        if not self.at_prompt:
            self.keys += 1
            self.at_prompt = self.keys > self.deaf
            self.says += '\b\b\b 0 \r\n=> ' * self.at_prompt
            return
        for character in text:
            if character == uboot.CTRL_C:
                self.line = ''
                self.says += '<INTERRUPT>\r\n=> '
            elif character == '\r':
                self.typed.append(self.line)
                answer = self.status if self.line == 'echo $?' \
                    else self.answers.get(self.line, '')
                self.says += '\r\n' + answer.replace('\n', '\r\n')
                if not answer.endswith('\n') and answer:
                    self.says += '\r\n'
                if 'Abort' not in answer:
                    self.says += '=> '
                self.line = ''
            elif character not in self.lost:
                self.line += character
                self.says += character

    def listen(self, _seconds):
        """The next few characters."""
        text, self.says = self.says[:3], self.says[3:]
        return text


def prompt(*arguments, **options):
    """(Prompt, Board) at the first prompt."""
    board = Board(*arguments, **options)
    return uboot.Prompt(board, 0.05).stop_autoboot(), board


class Typing(unittest.TestCase):
    """One command at a time."""

    def test_autoboot_is_stopped_and_the_version_known(self):
        at, board = prompt()
        self.assertEqual(at.version(), '2025.01')
        self.assertNotIn('\x1b', at.banner)
        self.assertEqual((board.typed, board.keys), ([], 1))

    def test_a_key_that_came_too_early_is_typed_again(self):
        with unittest.mock.patch.object(uboot, 'SOON', 0.01):
            at, board = prompt(deaf=True)
        self.assertEqual((at.version(), board.keys), ('2025.01', 2))

    def test_the_first_key_does_not_wait_for_the_countdown(self):
        board = Board(banner='U-Boot 2025.01\r\nDRAM')
        self.assertEqual(uboot.Prompt(board, 0.05).stop_autoboot().banner,
                         'U-Boot 2025.01\nDRAM\b\b\b 0 ')

    def test_a_board_without_a_countdown(self):
        board = Board({'version': 'v'}, banner='U-Boot 2023.01\r\n=> ')
        board.at_prompt = True
        at = uboot.Prompt(board, 0.05).stop_autoboot()
        self.assertEqual(at.version(), '2023.01')
        self.assertEqual(at('version'), 'v')

    def test_output_is_without_echo_and_prompt(self):
        at, _ = prompt({'version': 'U-Boot 2025.01\n\ngcc\n', 'quiet': '',
                        'env': 'a=b\n=> no prompt\nc=d'})
        self.assertEqual(at('version'), 'U-Boot 2025.01\n\ngcc')
        self.assertEqual(at('quiet'), '')
        self.assertEqual(at('env'), 'a=b\n=> no prompt\nc=d')

    def test_failures_are_told_with_the_last_words(self):
        at, _ = prompt({'nvme read 0 0 1': '0 blocks read: ERROR'},
                       status='1')
        with self.assertRaisesRegex(
                uboot.UbootError, 'nvme read 0 0 1" failed: 0 blocks read'):
            at.must('nvme read 0 0 1')
        self.assertIn('ERROR', at.fails('nvme read 0 0 1'))
        at, _ = prompt()
        at.must('true')
        self.assertRaises(uboot.UbootError, at.fails, 'true')

    def test_enter_waits_for_the_echo(self):
        at, board = prompt(lost='v')
        with self.assertRaisesRegex(uboot.UbootError, 'no echo of "nvme"'):
            at('nvme')
        self.assertEqual(board.typed, [])

    def test_lines_that_do_not_fit_are_refused(self):
        at, board = prompt()
        self.assertRaises(uboot.UbootError, at, 'pci\npci')
        board.says = 'x\a'
        board.lost = 'x'
        with self.assertRaisesRegex(uboot.UbootError, 'too long'):
            at('x')

    def test_a_silent_board(self):
        with self.assertRaisesRegex(uboot.UbootError,
                                    'no sign of U-Boot in 0 s; the '
                                    'last that U-Boot said: nothing'):
            uboot.Prompt(Board(banner=''), 0.05).stop_autoboot()

    def test_a_board_that_dies_is_not_waited_for(self):
        at, _ = prompt({'md 0xf0000000': '"Synchronous Abort" handler, '
                        'esr 0x96000010\nelr: 0\n'})
        at.timeout = 3600
        with self.assertRaisesRegex(uboot.UbootError, 'died: "Synchronous '
                                    'Abort" handler, esr 0x96000010'):
            at('md 0xf0000000')


class Saying(unittest.TestCase):
    """What commands print, as values."""

    def test_pci(self):
        at, _ = prompt({'pci': PCI})
        self.assertEqual(at.pci(), [
            uboot.PciDevice(0, 0, 0, '1b36:0008', 'Bridge device'),
            uboot.PciDevice(1, 1, 0, '1b36:0010', 'Mass storage controller'),
            uboot.PciDevice(10, 31, 7, '8086:10d3', 'Network controller')])

    def test_disks(self):
        at, _ = prompt({'nvme info': DISKS})
        self.assertEqual(at.disks(), {
            0: uboot.Disk(0, 'rc1-1', 32768, 512),
            1: uboot.Disk(1, 'rc2-1', 4096, 4096)})

    def test_memory(self):
        at, _ = prompt({'md.b 41000000 14': DUMP})
        self.assertEqual(at.read_memory(0x41000000, 20),
                         b'disk 1 block     \n\xff=')
        at, _ = prompt({'md.b 41000000 15': DUMP})
        with self.assertRaisesRegex(uboot.UbootError, '20 bytes, not 21'):
            at.read_memory(0x41000000, 21)

    def test_memory_is_written_in_words_and_bytes(self):
        at, board = prompt()
        at.write_memory(0x41000000, bytes(range(1, 11)))
        self.assertEqual(
            [line for line in board.typed if line.startswith('mw')],
            ['mw.q 41000000 807060504030201', 'mw.b 41000008 9',
             'mw.b 41000009 a'])

    def test_registers(self):
        at, board = prompt({'md.l b000044 1': '0b000044: 00001000   ....'})
        self.assertEqual(at.register(0xb000044), 0x1000)
        self.assertEqual(at.register(0xb000044, 0x80101000), 0x80101000)
        self.assertIn('mw.l b000044 80101000', board.typed)

    def test_checksum(self):
        at, _ = prompt({'crc32 41000000 100': 'crc32 for 41000000 ... '
                        '410000ff ==> 0b73b48b'})
        self.assertEqual(at.checksum(0x41000000, 0x100), 0x0b73b48b)

    def test_a_kernel_is_not_started_when_it_was_not_loaded(self):
        at, board = prompt(status='1')
        self.assertRaises(uboot.UbootError, at.boot_kernel)
        self.assertFalse([line for line in board.typed if 'booti' in line])


# Stands in for the emulator: greets on its monitor, then plays U-Boot.
STAND_IN = r'''
import json, os, re, sys
end = int(re.search(r'fd=(\d+)', ' '.join(sys.argv)).group(1))
os.write(end, b'{"QMP": {}}\n')
os.read(end, 1000)
os.write(end, b'{"return": {}}\n')
def say(text):
    os.write(1, text.encode())
say('U-Boot 2025.01\r\nHit any key to stop autoboot:  2 ')
os.read(0, 1)
line = ''
say(' 0 \r\n=> ')
while True:
    character = os.read(0, 1).decode()
    if character == '\r':
        say('\r\n')
        if line == 'poweroff':
            break
        if line == 'boot':
            say('msmmu: {"kind": "done"}\r\n')
            break
        line = ''
        say('0\r\n=> ')
    else:
        line += character
        say(character)
'''


def emulate(script, **options):
    """uboot.run() of the program above."""
    return uboot.run([sys.executable, '-c', STAND_IN], script, **options)


class Boots(unittest.TestCase):
    """Through a process of its own."""

    def test_a_script_comes_to_its_end(self):
        heard = []

        def script(at):
            heard.append(at.must('pci'))
            at.power_off()
        result = emulate(script)
        self.assertEqual((result.status, heard), (vm.DONE, ['0']))
        self.assertIn('=> poweroff', result.log)

    def test_what_follows_is_read_as_of_any_boot(self):
        result = emulate(lambda at: at.enter('boot'))
        self.assertEqual(result.status, vm.DONE)
        self.assertEqual(result.records, [{'kind': 'done'}])

    def test_an_error_in_a_script_is_the_outcome(self):
        result = emulate(lambda at: at.fails('true'))
        self.assertEqual(result.status, vm.HANG)
        self.assertEqual(result.describe(), '"true" did not fail: 0')

    def test_an_emulator_that_ends_is_not_waited_for(self):
        def script(at):
            at.power_off()
            at('version')
        result = emulate(script, patience=3600, timeout=3600)
        self.assertEqual(result.status, vm.STOPPED)
        # Seen by what it does not say, or by what it does not hear.
        self.assertRegex(result.describe(), 'the emulator (ended before the '
                         'echo|closed the console)')
        self.assertLess(result.seconds, 600)

    def test_time_is_limited_for_all_of_it(self):
        result = emulate(lambda at: at.wait_for(lambda heard: False, 'word'),
                         timeout=1.0)
        self.assertEqual(result.status, vm.HANG)
        self.assertIn('no end after 1 s', result.describe())

    def test_an_emulator_that_refuses_says_why(self):
        result = uboot.run(
            [sys.executable, '-c', 'import sys; sys.exit("no such machine")'],
            lambda at: at('pci'))
        self.assertEqual(result.status, vm.REFUSED)


if __name__ == '__main__':
    unittest.main()
