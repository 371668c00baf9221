# SPDX-License-Identifier: GPL-2.0-or-later
"""What Linux prints of an SMMU's events, read back.

Each event is its four words (IHI 0070 7.3), and from Linux 6.14 on two more
lines with the kernel's own reading of them:

    arm-smmu-v3 b000000.iommu: event 0x10 received:
    arm-smmu-v3 b000000.iommu:   0x0000000800000010
    ...
    arm-smmu-v3 b000000.iommu: event: F_TRANSLATION client: 0001:00:01.0 ...
    arm-smmu-v3 b000000.iommu: unpriv data read s1 "Input address caused ...

The drivers of several SMMUs print at the same time, each in order.
"""

import dataclasses
import re

NAMES = {0x10: 'F_TRANSLATION', 0x11: 'F_ADDR_SIZE', 0x12: 'F_ACCESS',
         0x13: 'F_PERMISSION'}
LINE = re.compile(r'arm-smmu-v3 (\S+): \s*(.*?)\s*$')
START = re.compile(r'event (0x[0-9a-f]+) received:')
WORD = re.compile(r'0x([0-9a-f]{16})')
DECODED = re.compile(r'event: (\S+) client: .*?sid: (\S+) ssid: (\S+) '
                     r'iova: (\S+) ipa: (\S+)')
ACCESS = re.compile(r'(unpriv|priv) (inst|data) (read|write) (s[12]) ')


@dataclasses.dataclass
class Event:
    """One event, from its words; DECODED is the kernel's reading or ''."""
    number: int
    words: list = dataclasses.field(default_factory=list)
    decoded: str = ''

    def field(self, high, low):
        """Bits of the record, as IHI 0070 7.3 numbers them."""
        value = sum(word << 64 * i for i, word in enumerate(self.words))
        return value >> low & (1 << high - low + 1) - 1

    @property
    def name(self):
        """F_TRANSLATION for 0x10."""
        return NAMES.get(self.number, f'event {self.number:#x}')

    @property
    def stream(self):
        """The StreamID."""
        return self.field(63, 32)

    @property
    def iova(self):
        """InputAddr."""
        return self.field(191, 128)

    @property
    def access(self):
        """'unpriv data read s1', in the words of newer kernels."""
        return ' '.join((
            'priv' if self.field(97, 97) else 'unpriv',
            'inst' if self.field(98, 98) else 'data',
            'read' if self.field(99, 99) else 'write',
            's2' if self.field(103, 103) else 's1'))

    def describe(self):
        """'F_TRANSLATION sid 0x8 iova 0x123 unpriv data read s1'."""
        return (f'{self.name} sid {self.stream:#x} iova {self.iova:#x} '
                f'{self.access}')

    def problem(self):
        """'', or what about it cannot be."""
        if len(self.words) != 4:
            return f'{len(self.words)} words'
        if self.field(7, 0) != self.number:
            return f'the record says type {self.field(7, 0):#x}'
        if self.decoded and self.decoded != self.describe():
            return f'the kernel reads it as {self.decoded}'
        return ''


def parse(lines):
    """{driver: [Event]} in the order of the lines."""
    events, last = {}, {}
    for line in lines:
        match = LINE.search(line)
        if not match:
            continue
        driver, text = match.groups()
        event = last.get(driver)
        if START.fullmatch(text):
            last[driver] = Event(int(START.fullmatch(text).group(1), 16))
            events.setdefault(driver, []).append(last[driver])
        elif event and WORD.fullmatch(text):
            event.words.append(int(text, 16))
        elif event and DECODED.match(text):
            name, sid, _, iova, _ = DECODED.match(text).groups()
            event.decoded = f'{name} sid {sid} iova {iova}'
        elif event and event.decoded and ACCESS.match(text):
            event.decoded += ' ' + ' '.join(ACCESS.match(text).groups())
    return events


def driver_name(devices, segment):
    """What Linux calls the SMMU of a segment, or 'none'.

    By device tree that is b080000.iommu, by ACPI arm-smmu-v3.1.auto. DEVICES
    are the probe's records of that kind.
    """
    for device in devices:
        if int(device['bdf'].split(':')[0], 16) == segment and \
                device.get('smmu_device'):
            return device['smmu_device']
    return 'none'


def of_segment(result, segment, sid_base=0):
    """The events that the kernel printed of a segment's SMMU and streams.

    StreamIDs of a root complex have 16 bits, after those of SID_BASE.
    """
    lines = [record['text'] for record in result.of_kind('kernel')]
    name = driver_name(result.of_kind('device'), segment)
    return [event for event in parse(lines).get(name, [])
            if event.stream >> 16 == sid_base >> 16]
