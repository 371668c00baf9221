# SPDX-License-Identifier: GPL-2.0-or-later
"""What was seen of each IOMMU group: from records and counters to the model."""

import dataclasses
import functools

from .. import topology
from . import bitmaps, counters, ktap, model, sets

# Class codes of bridges, which have groups and no DMA worth a row
BRIDGE = '0x06'


@dataclasses.dataclass(frozen=True)
class View:
    """A case and what there is of its boot, as the claims look at it."""
    case: model.Case
    evidence: object            # an evidence.Evidence
    why_no_module: str = ''

    @functools.cached_property
    def ports(self):
        """The SMMUs of its machine."""
        return topology.parse_smmus(sets.ALL[self.case.setup])

    @functools.cached_property
    def kernel(self):
        """As bitmaps wants it."""
        return bitmaps.Kernel(self.evidence.release, self.evidence.page_size,
                              self.evidence.va_bits)

    @functools.cached_property
    def instances(self):
        """As bitmaps wants them, in the order of the ports."""
        return [bitmaps.Instance.parse(port.properties)
                for port in self.ports]

    @functools.cached_property
    def groups(self):
        """The groups, by device."""
        return build(self)

    @functools.cached_property
    def documents(self):
        """KTAP in the log."""
        return ktap.parse(self.evidence.log.text)

    def of_kind(self, kind):
        """The probe's records."""
        return self.evidence.of_kind(kind)

    def port(self, bdf):
        """Which SMMU a device is behind, by its segment."""
        segment = segment_of(bdf)
        return next((port for port in self.ports
                     if port.segment == segment), None)

    def expected(self, which, port):
        """bitmaps.Expected of a port."""
        return bitmaps.expected(self.kernel, which, self.instances,
                                self.ports.index(port), self.case.domain)


def segment_of(bdf):
    """1 of 0001:00:02.0."""
    return int(bdf.split(':')[0], 16)


def build(view):
    """A model.Group for each device that is not a bridge."""
    types = {str(record['group']): record.get('type', '')
             for record in view.of_kind('group')}
    sizes = {str(record['group']): record for record in view.of_kind('vfio')}
    groups = []
    for device in view.of_kind('device'):
        port = view.port(device['bdf'])
        if device['class'].startswith(BRIDGE) or not port:
            continue
        number = device.get('group', '')
        group = model.Group(
            port.smmu, port.properties, port.segment, device['bdf'],
            int(number) if number else -1, types.get(number, ''),
            vfio=sizes.get(number, {}).get('pgsizes', ''))
        add_domains(group, view)
        counters.fill(group, view.evidence.counters, port.sid_base)
        groups.append(group)
    return groups


def add_domains(group, view):
    """What the module says of a group's domains."""
    for record in view.of_kind('domain'):
        if record.get('bdf') != group.device or \
                record.get('which') not in bitmaps.WHICH:
            continue
        which = record['which']
        setattr(group, which, record.get('pgsizes', ''))
        if record.get('failed'):
            group.notes.append(f'{which}: {record["failed"]}')
        if record.get('aperture') and (which == bitmaps.AFTER or
                                       not group.geometry):
            group.geometry = record['aperture']
        if which == bitmaps.DEFAULT and record.get('type') and \
                not group.domain:
            group.domain = record['type']


def bits_of(text):
    """A bitmap from '0x40201000', 0 from ''."""
    return int(text, 0) if text else 0


def claimed(group):
    """(bitmap, where it is from): what the kernel says that it maps.

    VFIO's has no sizes below PAGE_SIZE, the domain's own is better.
    """
    # An identity domain maps nothing, whatever its bitmap says.
    sources = (bitmaps.AFTER, bitmaps.VFIO) if group.domain == 'identity' \
        else (bitmaps.AFTER, bitmaps.DEFAULT, bitmaps.VFIO)
    for which in sources:
        bits = bits_of(getattr(group, which))
        if bits:
            return bits, which
    return 0, ''


def size_bits(name):
    """2M is 1 << 21; what follows the first word is a label."""
    word = name.split()[0]
    unit = 'KMGTPE'.find(word[-1]) + 1
    return int(word[:-1]) << 10 * unit if unit else int(word)
