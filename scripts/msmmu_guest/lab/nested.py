# SPDX-License-Identifier: GPL-2.0-or-later
"""Cases of the kind "nested": a hypervisor's interface, IOMMUFD, at work.

The probe's job of that name makes a guest's SMMU for each DMA engine, lets the
engine transfer through both stages, and makes the claims itself: it knows what
must come of what it does. Here is what only the host can say: which instances
must be offered for nesting and which refused, what the STE was meanwhile, and
that the instance did walk both stages.

Linux 7.3's rules, by the function that has them:

  arm_smmu_domain_alloc_paging_flags   a nesting parent needs both stages
  iopt_table_add_domain                and no pages larger than the kernel's
  arm_smmu_get_viommu_size             a vIOMMU needs S2FWB, or CANWBS in the
                                       IORT: a guest's attributes must not
                                       make incoherent what the host takes for
                                       coherent
"""

import dataclasses

from . import counters
from .model import NOT_OK, OK, SKIPPED, Claim

KIND = 'nested'
ENDPOINTS = ('msmmu-engine',)
JOBS = ('survey', 'nested', 'kmsg')
# To read the registers that IOMMU_GET_HW_INFO is compared with; and time
APPEND = ('iomem=relaxed', 'msmmu.job-seconds=150')

_BOTH = 'stage=nested,fwb=on'
SETS = {
    # Offered, where the kernel's pages are large enough
    'nested': (f'granules=4k+16k+64k,{_BOTH}', f'granules=4k,{_BOTH}',
               f'granules=16k+64k,{_BOTH}', f'granules=64k,{_BOTH}'),
    'nested-narrow': (
        f'granules=4k+16k+64k,oas=40,asidsize=8,vmidsize=8,{_BOTH}',
        f'granules=4k+16k,oas=44,ril=off,{_BOTH}',
        f'granules=4k+64k,oas=48,ssidsize=8,{_BOTH}'),
    # Nothing but the IORT says that no guest can make DMA incoherent: with a
    # device tree there is none.
    'nested-canwbs': ('granules=4k+16k+64k,stage=nested,fwb=off,canwbs=on',
                      'granules=4k,oas=44,stage=nested,fwb=off,canwbs=on'),
    # Refused, each for another reason
    'nested-refused': ('granules=4k+16k+64k,stage=nested,fwb=off',
                       'granules=4k+16k+64k,stage=1',
                       'granules=4k+16k+64k,stage=2'),
}

# Of nested.h: where the guest's CD table is, and a page that works
CD_TABLE_IPA = '0x40000000'
IOVA = 0x1240000000

# What the guest skips where nothing can be tried
TITLE = 'nested translation by IOMMUFD'
WORKS = 'the engine reads through both stages'
NO_STAGES = 'without both stages NEST_PARENT is refused with EOPNOTSUPP'
NO_PAGES = ("with pages larger than the kernel's NEST_PARENT is refused with "
            'EINVAL')
NO_FWB = 'without S2FWB or CANWBS a vIOMMU is refused with EOPNOTSUPP'

SHIFTS = {'4k': 12, '16k': 14, '64k': 16}
# Leaves of stage 1 that the probe makes: pages, contiguous pages, blocks
STAGE_1 = {'4k': {'4K', '64K contiguous', '2M', '1G'},
           '16k': {'16K', '2M contiguous', '32M'},
           '64k': {'64K', '2M contiguous', '512M'}}
# Blocks of stage 2 by its granule, and the pieces that the probe maps, by the
# kernel's page size: none on 64K, where they would be 512M
STAGE_2 = {'4k': ('4K', '2M'), '16k': ('16K', '32M'), '64k': ('64K', '512M')}
PIECES = {4096: 2 << 20, 16384: 32 << 20}
BLOCK_BYTES = {'2M': 2 << 20, '32M': 32 << 20, '512M': 512 << 20}


@dataclasses.dataclass(frozen=True)
class Features:
    """What of an instance's properties counts here."""
    granules: tuple
    both: bool
    coherent: bool

    @classmethod
    def of(cls, port, firmware='dt'):
        """From a topology.Port."""
        return cls(
            tuple((port.property('granules') or '4k+16k+64k').split('+')),
            port.property('stage') == 'nested',
            port.property('fwb') == 'on' or
            (port.property('canwbs') == 'on' and firmware == 'uefi'))

    def host_granule(self, page_size):
        """The granule of the kernel's own tables: its page size if it can be,
        else the largest below that, else the smallest. io-pgtable-arm's
        arm_lpae_restrict_pgsizes."""
        fitting = [name for name in self.granules
                   if 1 << SHIFTS[name] <= page_size]
        return max(fitting, key=SHIFTS.get) if fitting else \
            min(self.granules, key=SHIFTS.get)

    def verdict(self, page_size):
        """The claim that the guest must make of it."""
        if not self.both:
            return NO_STAGES
        if min(1 << SHIFTS[name] for name in self.granules) > page_size:
            return NO_PAGES
        return WORKS if self.coherent else NO_FWB

    def stage_1(self):
        """The leaves that its walks of stage 1 must end at."""
        return set().union(*(STAGE_1[name] for name in self.granules))

    def stage_2(self, page_size):
        """And of stage 2."""
        page, block = STAGE_2[self.host_granule(page_size)]
        piece = PIECES.get(page_size, 0)
        return {page, block} if piece >= BLOCK_BYTES[block] else {page}


def of_port(port, view, before, after):
    """All claims of a port's. VIEW is a groups.View; BEFORE and AFTER the job
    as walked() wants them, or None."""
    page_size, firmware = view.kernel.page_size, view.case.firmware
    first = verdict(port, view.of_kind('claim'), page_size, firmware)
    if not first:
        return
    yield first
    if first.result == SKIPPED:
        return
    seen = entry(port, view.evidence.host, page_size, firmware)
    if seen:
        yield seen
    yield walked(port, before, after, page_size, firmware)


def verdict(port, records, page_size, firmware='dt'):
    """The claim that the guest found it as its features say."""
    name = f'{port.smmu}: IOMMUFD offers nested translation, or refuses it'
    if port.kind == 'none':
        return None
    bdfs = {record['about'] for record in records
            if segment_of(record['about']) == port.segment}
    wanted = Features.of(port, firmware).verdict(page_size)
    for record in records:
        if record['about'] in bdfs and record['name'] == wanted:
            return Claim(name, record['result'],
                         f'{record["about"]}: {wanted}',
                         record.get('line', 0))
    for record in records:
        if record['about'] in bdfs and record['name'] == TITLE:
            return Claim(name, record['result'], record['detail'],
                         record.get('line', 0))
    return Claim(name, NOT_OK, f'the guest does not say: {wanted}')


def walked(port, before, after, page_size, firmware='dt'):
    """The claim that the instance walked both stages to the right leaves.

    BEFORE and AFTER the job: {'used': {size: count}, 'used_stage2': ...} of
    the engine's stream, or None.
    """
    name = f'{port.smmu}: it walked the stages that it had to, to their leaves'
    if before is None or after is None:
        return Claim(name, NOT_OK, 'the counters were not read')
    features = Features.of(port, firmware)
    works = features.verdict(page_size) == WORKS
    wanted = {'used': features.stage_1() if works else set(),
              'used_stage2': features.stage_2(page_size) if works else set()}
    wrong = []
    for which, sizes in wanted.items():
        found = {size for size, count in after.get(which, {}).items()
                 if count > before.get(which, {}).get(size, 0)}
        if found != sizes:
            stage = 2 if which == 'used_stage2' else 1
            wrong.append(f'stage {stage}: {" ".join(sorted(found)) or "none"},'
                         f' not {" ".join(sorted(sizes)) or "none"}')
    detail = '; '.join(wrong) or ', '.join(
        f'stage {stage}: {" ".join(sorted(wanted[which])) or "none"}'
        for stage, which in ((1, 'used'), (2, 'used_stage2')))
    return Claim(name, NOT_OK if wrong else OK, detail)


class Onlooker:
    """Hooks of the machine: asks for the STE while both stages are at work.

    HOST gets {'device': bdf, 'ste': {field: value}} for each engine.
    """

    def __init__(self, ports):
        self.ports = {port.segment: port for port in ports}
        self.host = []

    def on_record(self, machine, record):
        """Called for each record of the probe's, which goes on meanwhile."""
        if record['kind'] != 'claim' or record['name'] != WORKS or \
                record['result'] != OK:
            return
        port = self.ports[segment_of(record['about'])]
        sid = counters.sid_of(record['about'], port.sid_base)
        path = counters.OBJECT.format(port.smmu)
        machine.qmp('qom-set', path=path, property='explain-query',
                    value=f'sid={sid:#x},iova={IOVA:#x}')
        answer = machine.qmp('qom-get', path=path, property='explain')
        self.host.append({'device': record['about'], 'ste': {
            field['name']: field['value'] for step in answer['steps']
            if step['step'] == 'STE' for field in step.get('fields', [])}})


def hooks(_folder, ports):
    """Of a machine that an onlooker is beside."""
    onlooker = Onlooker(ports)
    return {'on_record': onlooker.on_record, 'host': onlooker.host}


def entry(port, host, page_size, firmware='dt'):
    """The claim that the STE had both stages, the guest's and the kernel's.

    None where there is nothing to nest.
    """
    features = Features.of(port, firmware)
    if features.verdict(page_size) != WORKS:
        return None
    name = f'{port.smmu}: its STE has the guest\'s stage 1 and the kernel\'s '\
        'stage 2'
    found = [one['ste'] for one in host
             if 'ste' in one and segment_of(one['device']) == port.segment]
    if not found:
        return Claim(name, NOT_OK, 'it was not seen')
    # MEV: a guest must not fill the host's Event queue.
    wanted = {'V': '0b1', 'Config': '0b111', 'S1ContextPtr': CD_TABLE_IPA,
              'MEV': '0b1', 'S2AA64': '0b1', 'S2R': '0b1',
              'S2FWB': '0b1' if port.property('fwb') == 'on' else '0b0'}
    wrong = [f'{field} {ste.get(field, "0b0")}, not {value}'
             for ste in found for field, value in wanted.items()
             if ste.get(field, '0b0') != value]
    wrong += ['S2VMID 0' for ste in found if ste.get('S2VMID', '0') == '0']
    return Claim(name, NOT_OK if wrong else OK, '; '.join(wrong) or ', '.join(
        f'{field} {value}' for field, value in wanted.items()))


def segment_of(bdf):
    """0001:00:01.0 is in segment 1; -1 if that is no PCI function."""
    head, colon, _ = bdf.partition(':')
    return int(head, 16) if colon and head.isalnum() else -1
