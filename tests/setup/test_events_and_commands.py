# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of events, commands, errors and interrupts: complete and true."""

import re
import unittest

import documents

PAGE = documents.DOCS / 'system/devices/msmmu-events-and-commands.rst'
SPEC = documents.TOP / 'hw/arm/msmmu/core/spec'

# IHI 0070 G.b, 7.3 and 4.1.1
EVENTS = {
    0x01: 'F_UUT', 0x02: 'C_BAD_STREAMID', 0x03: 'F_STE_FETCH',
    0x04: 'C_BAD_STE', 0x05: 'F_BAD_ATS_TREQ', 0x06: 'F_STREAM_DISABLED',
    0x07: 'F_TRANSL_FORBIDDEN', 0x08: 'C_BAD_SUBSTREAMID', 0x09: 'F_CD_FETCH',
    0x0a: 'C_BAD_CD', 0x0b: 'F_WALK_EABT', 0x10: 'F_TRANSLATION',
    0x11: 'F_ADDR_SIZE', 0x12: 'F_ACCESS', 0x13: 'F_PERMISSION',
    0x20: 'F_TLB_CONFLICT', 0x21: 'F_CFG_CONFLICT', 0x24: 'E_PAGE_REQUEST',
    0x25: 'F_VMS_FETCH',
}
COMMANDS = {
    0x01: 'PREFETCH_CONFIG', 0x02: 'PREFETCH_ADDR', 0x03: 'CFGI_STE',
    0x04: 'CFGI_STE_RANGE', 0x05: 'CFGI_CD', 0x06: 'CFGI_CD_ALL',
    0x07: 'CFGI_VMS_PIDM', 0x10: 'TLBI_NH_ALL', 0x11: 'TLBI_NH_ASID',
    0x12: 'TLBI_NH_VA', 0x13: 'TLBI_NH_VAA', 0x18: 'TLBI_EL3_ALL',
    0x1a: 'TLBI_EL3_VA', 0x20: 'TLBI_EL2_ALL', 0x21: 'TLBI_EL2_ASID',
    0x22: 'TLBI_EL2_VA', 0x23: 'TLBI_EL2_VAA', 0x28: 'TLBI_S12_VMALL',
    0x2a: 'TLBI_S2_IPA', 0x30: 'TLBI_NSNH_ALL', 0x40: 'ATC_INV',
    0x41: 'PRI_RESP', 0x44: 'RESUME', 0x45: 'STALL_TERM', 0x46: 'SYNC',
    0x50: 'TLBI_S_EL2_ALL', 0x51: 'TLBI_S_EL2_ASID', 0x52: 'TLBI_S_EL2_VA',
    0x53: 'TLBI_S_EL2_VAA', 0x58: 'TLBI_S_S12_VMALL', 0x5a: 'TLBI_S_S2_IPA',
    0x60: 'TLBI_SNH_ALL', 0x70: 'DPTI_ALL', 0x73: 'DPTI_PA',
}


def numbered(title):
    """{number: name} of the rows that are NAME (0xNUMBER)."""
    names = {}
    for cells in documents.tables(PAGE)[title]:
        found = re.fullmatch(r'(\w+) \(0x([0-9a-f]{2})\)', cells[0])
        if found:
            names[int(found.group(2), 16)] = found.group(1)
    return names


def defined(header, prefix):
    """{number: name} of a header's #define PREFIX_NAME 0xNUMBER."""
    return {int(number, 16): name for name, number in re.findall(
        rf'^#define {prefix}_(\w+) +(0x[0-9a-f]{{2}})$',
        documents.read(SPEC / header), re.M)}


class EventsAndCommands(unittest.TestCase):
    """docs/system/devices/msmmu-events-and-commands.rst"""

    def test_every_event_has_a_row(self):
        self.assertEqual(numbered('Events'), EVENTS)
        self.assertEqual(defined('evt.h', 'EVT'), EVENTS)

    def test_every_command_has_a_row(self):
        self.assertEqual(numbered('Commands'),
                         {number: 'CMD_' + name
                          for number, name in COMMANDS.items()})
        self.assertEqual(defined('cmd.h', 'CMD'), COMMANDS)

    def test_every_error_has_a_row(self):
        text = documents.read(SPEC / 'regs.h')
        listed = [cells[0] for cells in documents.tables(PAGE)['Global errors']]
        self.assertEqual(listed, [
            name for name in re.findall(r'#define GERROR_(\w+) ', text)
            if name != 'RES0'])
        self.assertEqual(numbered('Command errors'), {
            int(number): name for name, number in re.findall(
                r'#define +(CERROR_\w+) +(\d+)$', text, re.M)})

    def test_every_row_is_complete(self):
        for title, rows in documents.tables(PAGE).items():
            for cells in rows:
                self.assertEqual(len(cells), 4, cells)
                self.assertTrue(cells[1], (title, cells))
                self.assertRegex(cells[2], r'^\d+(\.\d+)+(, \d+(\.\d+)+)*$')
                self.assertTrue(documents.tests_in(cells[3]), (title, cells))

    def test_tests_exist(self):
        self.assertEqual(documents.missing_tests(PAGE), [])
