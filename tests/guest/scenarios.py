# SPDX-License-Identifier: GPL-2.0-or-later
"""The boots of the guest test suite: a table.

Each scenario is one boot and what it must show. As much as goes together is
in one boot, so that the whole suite stays at a few minutes.
"""

import dataclasses

import baremetal
import checks
import engines
import inside
import migration
import stages

from engines import Behind

BARE = 'baremetal'
OLD, PAGES_16K, NEWEST = 'debian:6.1', 'debian:6.12-16k', 'debian:newest'
TRANSLATED = 'iommu.passthrough=0'
IDENTITY = 'iommu.passthrough=1'
# The first processor and 512 MiB in node 0, the second in node 1, where root
# complexes are, too
TWO_NODES = tuple(
    '-object memory-backend-ram,id=m0,size=512M '
    '-object memory-backend-ram,id=m1,size=512M '
    '-numa node,memdev=m0,cpus=0 -numa node,memdev=m1,cpus=1 '
    '-global msmmu-rc.numa-node=1'.split())
THREE = ('granules=4k', 'granules=16k', 'granules=64k')


@dataclasses.dataclass
class Scenario:
    """One boot. CLAIMS are (text, check)."""
    name: str
    kernel: str
    smmus: tuple
    claims: tuple
    jobs: str = 'dma,survey'
    append: str = TRANSLATED
    options: dict = dataclasses.field(default_factory=dict)
    hooks: object = None        # a function that returns the machine's hooks
    prepare: object = None      # a function of the kernel and a folder


def three_smmus(kernel, sizes, assignable, **options):
    """Three SMMUs with one granule each: page sizes, and bypass."""
    return Scenario(
        f'{kernel}, three SMMUs', kernel, THREE, (
            ('boots and finishes', checks.finished),
            ('SMMUs offer what was asked for',
             checks.offers(['4K', '16K', '64K'])),
            ('groups have the page sizes of their SMMUs',
             checks.page_sizes(sizes)),
            ('default domains are identity domains',
             checks.domains({1: 'identity', 2: 'identity', 3: 'identity'})),
            ('endpoints have the same requester ID',
             checks.same_requester([1, 2, 3])),
            ('assigned devices reach what is mapped, while it is mapped',
             checks.assigned(assignable)),
            ('transfers pass bypassing streams of every SMMU',
             checks.transfers(3, 'ITS')),
        ), jobs='vfio,dma,survey', append=IDENTITY, options=options)


def stages_and_sizes(kernel, rows):
    """Ten instances, a disk behind each, translated default domains."""
    return Scenario(
        f'{kernel}, stages and sizes', kernel, stages.properties(rows), (
            ('boots and finishes', checks.finished),
            ('the driver finds the stages, sizes and features',
             stages.driver_sees(rows)),
            ('default domains are translated', checks.domains(
                dict.fromkeys(range(1, len(rows) + 1), 'DMA'))),
            ('translated transfers pass on all',
             checks.transfers(len(rows), 'ITS')),
        ), append=TRANSLATED + ' msmmu.dma-mib=1')


def dma_engines(kernel, behind, decoded=False, by_hand=False, **options):
    """Engines behind each of several SMMUs, driven through VFIO."""
    return Scenario(
        f'{kernel}, DMA engines', kernel, tuple(row.smmu for row in behind), (
            ('boots and finishes', checks.finished),
            ("the SMMUs' own interrupts are MSIs by the ITS, with msi=off "
             'wires', engines.own_interrupts(behind)),
            ('the driver sees MSIs where they are, and has no trouble',
             engines.driver_at_ease(behind)),
            ('all operations and patterns give what the processor computes, '
             'in small pages and in large ones', engines.patterns(behind)),
            ('MSI-X interrupts are taken by eventfds, and polling does '
             'without', engines.completions(behind)),
            ('rings wrap, run side by side, and beside those of other '
             'streams and SMMUs', engines.rings(behind)),
            ('engines tell which transaction faulted, and go on',
             engines.faults(behind)),
            ("the kernel's event messages say what happened, once each",
             engines.kernel_events(behind, decoded)),
            ('faults interrupt through the event queue of their own SMMU',
             engines.event_interrupts(behind)),
            ("the monitor explains a fault down to the kernel's descriptor",
             engines.explained(behind)),
            ('msmmu-explain says so to people',
             engines.explained_to_people),
            ('the monitor tells of the faults that the kernel saw',
             engines.remembered(behind)),
            ('what is mapped in large pages is translated by blocks',
             engines.leaf_sizes(behind)),
            *((('the tool for people says what it did, and what failed',
                engines.by_hand),) if by_hand else ()),
        ), jobs='engine,tool,survey' if by_hand else 'engine,survey',
        append=IDENTITY + (' ' + engines.by_hand_option() if by_hand else ''),
        hooks=engines.monitor_hooks(behind),
        options={'mem': '1G', 'endpoints': engines.ENDPOINTS} | options)


def hotplug_hooks(folder):
    """A disk comes behind a root port when the guest is ready, and goes."""
    path = folder / 'hot.img'
    with open(path, 'wb') as handle:
        handle.truncate(16 << 20)

    def on_record(machine, record):
        if record['kind'] != 'hotplug':
            return
        if record['state'] == 'ready':
            machine.qmp('blockdev-add', driver='raw',
                        **{'node-name': 'hot-disk',
                           'file': {'driver': 'file',
                                    'filename': str(path)}})
            machine.qmp('device_add', driver='nvme', id='hot', serial='hot',
                        bus='port1', drive='hot-disk')
        elif record['state'] == 'used':
            machine.qmp('device_del', id='hot')
    return {'on_record': on_record}


def hotplug_check(result, _disks):
    """It was used, and it went."""
    states = [record['state'] for record in result.of_kind('hotplug')]
    return '' if states == ['ready', 'used', 'gone'] else f'{states}'


def hot_disk_check(result, _disks):
    """The disk's stream ID followed the bus number that the guest chose."""
    records = [record for record in result.of_kind('dma')
               if record['serial'] == 'hot']
    if not records:
        return 'no transfer by the disk that came'
    if records[0]['bdf'].split(':')[1] == '00':
        return f'it is on bus 0: {records[0]["bdf"]}'
    return '' if records[0]['result'] == 'verified' else records[0]['error']


# An instance each: (properties, stages, granules, endianness of tables, dirty
# state and not only the Access flag)
UPDATING = (
    ('stage=1,httu=dirty', '1', '4k+16k+64k', 'little', True),
    ('stage=2,httu=dirty,ttendian=big', '2', '4k+16k+64k', 'big', True),
    ('stage=nested,httu=dirty,ttendian=mixed', 'nested', '4k+16k+64k',
     'little+big', True),
    ('stage=nested,httu=access,granules=4k', 'nested', '4k', 'little', False),
)

SCENARIOS = (
    three_smmus(OLD, {1: 0x40201000, 2: 0x2004000, 3: 0x20010000}, 1),
    # VFIO replaces sizes below PAGE_SIZE by PAGE_SIZE.
    three_smmus(PAGES_16K, {1: 0x40204000, 2: 0x2004000, 3: 0x20010000}, 2),
    three_smmus(NEWEST, {1: 0x40201000, 2: 0x2004000, 3: 0x20010000}, 1,
                cpu='max,pauth-impdef=on'),
    # VFIO maps pages larger than the kernel's, with warnings that the probe
    # keeps from the console; for such SMMUs the kernel sets up no MSIs.
    dma_engines(OLD, (
        Behind('granules=4k', ('4K', '2M')),
        Behind('granules=16k', ('16K',), msix=False),
        Behind('granules=64k,msi=off', ('64K',), msix=False, chip='GICv3'),
        Behind('share=1', ('4K', '2M'), sid_base=0x10000)), by_hand=True),
    dma_engines(PAGES_16K, (
        Behind('granules=4k', ('16K', '2M'), leaves=('4K', '2M')),
        Behind('granules=16k', ('16K', '32M')),
        Behind('granules=64k,msi=off', ('64K',), msix=False, chip='GICv3'))),
    dma_engines(NEWEST, (
        Behind('granules=4k', ('4K', '2M')),
        Behind('granules=16k', ('16K',), msix=False),
        Behind('granules=64k,msi=off', ('64K',), msix=False, chip='GICv3'),
        Behind('granules=4k,stage=2,oas=44', ('4K', '2M'), stage=2, bits=44)),
        decoded=True, cpu='max,pauth-impdef=on'),
    Scenario(
        'seen from inside the kernel', OLD, THREE, (
            ('the module is built, loaded and unloaded', inside.loaded),
            ('domains have the page sizes of their SMMUs, once attached',
             inside.page_sizes('after', {1: 0x40201000, 2: 0x2004000,
                                         3: 0x20010000})),
            ('before that they have those of all SMMUs together',
             inside.page_sizes('unbound', dict.fromkeys(
                 (1, 2, 3), 0x62215000))),
            ('all claims hold of each group', inside.claims(3, 40)),
        ), jobs='module,survey', append=IDENTITY,
        options={'endpoints': ('msmmu-engine',)}),
    # VFIO warns of pages larger than the kernel's, and then does it: real
    # transfers through 16K and 64K tables under a kernel with 4K pages. THP,
    # which makes the memory contiguous, wants more than 512 MiB.
    Scenario(
        'large pages in small ones', OLD,
        THREE + ('granules=16k,ril=off', 'granules=16k+64k,oas=40'), (
            ('finishes', checks.ends),
            ('assigned devices reach what is mapped, while it is mapped',
             checks.assigned(5)),
        ), jobs='vfio,survey', append=IDENTITY + ' msmmu.assign=all',
        options={'mem': '1G'}),
    Scenario(
        '16K pages, eight SMMUs', PAGES_16K,
        ('granules=4k,oas=32', 'granules=16k,oas=40',
         'granules=4k+16k+64k,ril=on', 'granules=16k+64k,ril=off',
         'granules=4k+16k,oas=48', 'granules=16k,sidsize=6,two-level=off',
         'none', 'pcie.0:granules=4k+16k'), (
            ('boots and finishes', checks.finished),
            ('SMMUs offer what was asked for', checks.offers(
                ['4K', '16K', '4K+16K+64K', '16K+64K', '4K+16K', '16K',
                 '4K+16K'])),
            ('default domains are translated', checks.domains(
                {1: 'DMA-FQ', 2: 'DMA-FQ', 3: 'DMA-FQ', 4: 'DMA-FQ',
                 5: 'DMA-FQ', 6: 'DMA-FQ', 7: None, 0: 'DMA-FQ'})),
            ('translated transfers pass on all', checks.transfers(8, 'ITS')),
        ), append=TRANSLATED + ' iommu.strict=0'),
    Scenario(
        'ten root complexes, shared and mixed', NEWEST,
        ('granules=4k,sidsize=18', 'share=1', 'share=1', 'none',
         'granules=4k+16k+64k', 'granules=4k+64k,ril=off',
         'granules=4k,oas=40', 'none', 'granules=4k+16k', 'granules=4k',
         'upstream'), (
            ('boots and finishes', checks.finished),
            ('runs on four processors', checks.cpus(4)),
            ('three root complexes share one instance',
             checks.one_smmu([1, 2, 3])),
            ('default domains are translated, without an SMMU there is none',
             checks.domains(dict.fromkeys(range(11), 'DMA') |
                            {4: None, 8: None})),
            ('translated transfers pass on all', checks.transfers(11)),
        ), append=TRANSLATED + ' iommu.strict=1',
        options={'smp': 4, 'mem': '1G', 'cpu': 'max,pauth-impdef=on'}),
    stages_and_sizes(OLD, stages.PAGES_4K),
    # The last one's tables are no Linux's for little-endian processors.
    Scenario(
        'EL2 with VHE, and big-endian tables', OLD,
        stages.properties(stages.EL2) + ('granules=4k,ttendian=big',), (
            ('boots and finishes', checks.finished),
            ('the kernel runs at EL2 with VHE',
             checks.says(r'Virtualization Host Extensions')),
            ('the driver finds the StreamWorlds',
             stages.driver_sees(stages.EL2)),
            ('the driver refuses big-endian tables', checks.says(
                r'arm-smmu-v3 \S+: unknown/unsupported TT endianness')),
            ('what it serves is translated, what it refused is not',
             checks.domains({1: 'DMA', 2: 'DMA', 3: 'DMA', 4: 'DMA',
                             5: None})),
            ('transfers pass on all', checks.transfers(5, 'ITS')),
        ), append=TRANSLATED + ' msmmu.dma-mib=1 deferred_probe_timeout=1',
        options={'machine': 'virt-msmmu,virtualization=on'}),
    Scenario(
        'sizes of assigned devices', NEWEST,
        stages.properties(stages.ASSIGNED), (
            ('finishes', checks.ends),
            ('groups have the page sizes of their SMMUs',
             stages.page_sizes(stages.ASSIGNED)),
            ('faults are of the stage that the SMMU has',
             stages.faults_at_stage({1: 2, 2: 2, 3: 1, 4: 2, 5: 2})),
            ('assigned devices reach what is mapped, while it is mapped',
             checks.assigned(5)),
        ), jobs='vfio,survey', append=IDENTITY + ' msmmu.assign=all',
        options={'mem': '1G'}),
    Scenario(
        'nesting containers', OLD, stages.properties(stages.NESTING), (
            ('finishes', checks.ends),
            ('groups have the page sizes of their SMMUs',
             stages.page_sizes(stages.NESTING)),
            ('the driver uses stage 2, where there is one',
             stages.faults_at_stage({number: stage for number, (_, _, stage)
                                     in enumerate(stages.NESTING, 1)})),
            ('assigned devices reach what is mapped, while it is mapped',
             checks.assigned(5)),
        ), jobs='vfio,survey',
        append=IDENTITY + ' msmmu.assign=all msmmu.iommu-type=nesting',
        options={'mem': '1G'}),
    Scenario(
        'descriptors that a processor changes, too', BARE,
        tuple(properties for properties, *_ in UPDATING), (
            ('finishes', checks.ends),
            ('a million flips of software bits and the updates of Access flag '
             'and dirty state leave each other alone', baremetal.updates(
                 {number: expected for number, (_, *expected)
                  in enumerate(UPDATING, 1)}, 1000000, 20000)),
        ), append='test=httu flips=1000000 updates=20000',
        options={'smp': 2, 'endpoints': (),
                 'qemu_args': baremetal.disks(len(UPDATING))}),
    Scenario(
        'hotplug behind a root port', NEWEST, ('granules=4k', 'granules=4k'), (
            ('boots and finishes', checks.finished),
            ('a disk comes, is used and goes', hotplug_check),
            ('its transfers are translated by its stream ID', hot_disk_check),
        ), jobs='hotplug,survey', hooks=hotplug_hooks,
        options={'cpu': 'cortex-a72', 'qemu_args': (
            '-device', 'pcie-root-port,id=port1,bus=rc1,addr=5,chassis=1')}),
    Scenario(
        'no ITS, INTx', OLD, ('granules=4k', 'granules=4k+64k'), (
            ('boots and finishes', checks.finished),
            ('default domains are translated',
             checks.domains({1: 'DMA', 2: 'DMA'})),
            ('translated transfers pass, with INTx interrupts',
             checks.transfers(2, '^GICv3$')),
        ), options={'machine': 'virt-msmmu,its=off', 'cpu': 'cortex-a53'}),
    Scenario(
        'GICv2', OLD, ('granules=4k', 'granules=4k+16k'), (
            ('boots and finishes', checks.finished),
            ('page sizes', checks.page_sizes({1: 0x40201000,
                                              2: 0x40201000})),
            ('translated transfers pass, with MSIs',
             checks.transfers(2, 'MSI')),
        ), jobs='dma,vfio,survey',
        options={'machine': 'virt-msmmu,gic-version=2', 'cpu': 'cortex-a57'}),
    Scenario(
        'EL2 and GICv4', NEWEST, ('granules=4k', 'granules=4k+16k+64k'), (
            ('boots and finishes', checks.finished),
            ('the kernel runs at EL2',
             checks.says(r'CPU\(s\) started at EL2')),
            ('translated transfers pass', checks.transfers(2, 'ITS')),
        ), options={'machine': 'virt-msmmu,virtualization=on,gic-version=4',
                    'cpu': 'cortex-a72'}),
    Scenario(
        '64 GiB of memory', PAGES_16K, ('granules=4k', 'granules=16k'), (
            ('boots and finishes', checks.finished),
            ('the guest has it', checks.memory_at_least(63 * 1024)),
            ('translated transfers pass', checks.transfers(2, 'ITS')),
        ), options={
            'mem': '64G', 'machine': 'virt-msmmu,memory-backend=ram',
            'qemu_args': ('-object', 'memory-backend-ram,id=ram,size=64G,'
                          'reserve=off')}),
    Scenario(
        'network', OLD, ('granules=4k', 'granules=4k+64k'), (
            ('boots and finishes', checks.finished),
            ('frames pass from memory behind one SMMU to the other\'s',
             checks.frames(2)),
        ), jobs='net,survey', options={
            'endpoints': ('e1000e,mac=52:54:00:00:00:SEGMENT,'
                          'netdev=hub-SEGMENT',),
            'qemu_args': ('-netdev', 'hubport,id=hub-01,hubid=0',
                          '-netdev', 'hubport,id=hub-02,hubid=0')}),
    Scenario(
        'snapshots', OLD, ('granules=4k', 'granules=4k+16k'), (
            ('boots and finishes', checks.finished),
            ('is saved, restored and goes on', migration.restored_check),
            ('transfers pass before and after', migration.transfers_check),
        ), jobs='soak,survey',
        append=TRANSLATED + ' msmmu.rounds=6 msmmu.dma-mib=1',
        options={'endpoints': ('virtio-blk-pci',)},
        hooks=migration.save_and_load_hooks),
)
