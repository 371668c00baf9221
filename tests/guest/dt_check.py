# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine's device tree, against dtc's checks and the kernel's bindings.

virt's own nodes do not all follow their bindings, and they stay as they are.
So each machine is compared with virt as it is without our devices: whatever
is said of ours must be said of that, too. One thing is said of ours only:
EXPECTED.

dtc has its say about all of SHAPES. dt-schema is slow, and has its say about
those of QUICK, unless the caller wants all.
"""

import collections
import pathlib
import subprocess
import tempfile

import dt_schema

THREE = ('-device msmmu-rc,id=rc1 '
         '-device msmmu-smmuv3,id=smmu1,primary-bus=rc1 '
         '-device msmmu-rc,id=rc2 '
         '-device msmmu-smmuv3,id=smmu2,primary-bus=rc2,msi=off '
         '-device msmmu-rc,id=rc3,smmu=smmu1,sid-base=0x10000 ')
TEN = ''.join(f'-device msmmu-rc,id=rc{n} -device msmmu-smmuv3,id=smmu{n},'
              f'primary-bus=rc{n} ' for n in range(1, 11))
PCIE0 = '-device msmmu-smmuv3,id=smmu0,primary-bus=pcie.0 '
PXB = '-device pxb-pcie,id=pxb1,bus=pcie.0,bus_nr=64 '
NUMA = ('-smp 2 -m 128M -object memory-backend-ram,id=m0,size=64M '
        '-object memory-backend-ram,id=m1,size=64M '
        '-numa node,memdev=m0,cpus=0 -numa node,memdev=m1,cpus=1 ')

# Options of virt, its other arguments, and our devices.
Shape = collections.namedtuple('Shape', 'name options others ours')
SHAPES = (
    Shape('no device of ours', '', '', ''),
    Shape('one root complex', '', '', '-device msmmu-rc,id=rc1 '),
    Shape('three root complexes, a shared instance', '', '', THREE),
    Shape('ten root complexes, twelve instances', '', '',
          TEN + PCIE0 + '-device msmmu-smmuv3,id=free '),
    Shape('an expander', '', PXB, PCIE0 + THREE +
          '-device msmmu-smmuv3,id=smmu4,primary-bus=pxb1 '),
    Shape('beside the SMMU of virt', 'iommu=smmuv3', '', THREE),
    Shape('beside virtio-iommu', '', '-device virtio-iommu-pci,addr=9 ',
          THREE),
    Shape('GICv2', 'gic-version=2', '', THREE + PCIE0),
    Shape('GICv4', 'gic-version=4,virtualization=on', '', THREE),
    Shape('no ITS', 'its=off', '', THREE),
    Shape('secure and virtualization', 'secure=on,virtualization=on', '',
          THREE),
    Shape('memory that moves the windows', '',
          '-m 1G,slots=2,maxmem=600G ', THREE),
    Shape('a large window', 'highmem-mmio-size=1T', '', THREE),
    Shape('a low ECAM', 'highmem-ecam=off', '', THREE),
    Shape('NUMA', '', NUMA,
          '-device msmmu-rc,id=rc1,numa-node=1,segment=7 '
          '-device msmmu-smmuv3,id=smmu1,primary-bus=rc1,numa-node=0 '),
    Shape('reserved memory', '', '', THREE +
          '-device msmmu-engine,id=dma1,bus=rc1,addr=4 '
          '-device msmmu-engine,id=dma3,bus=rc3,addr=5 '
          '-device msmmu-reserved-memory,id=fb,device=dma1+dma3,size=128K '
          '-device msmmu-reserved-memory,id=queues,device=dma3,'
          'base=0x1000000000 '),
    Shape('bypass', 'default-bus-bypass-iommu=on', '', PCIE0 +
          '-device msmmu-rc,id=rc1,bypass-iommu=on '
          '-device msmmu-smmuv3,id=smmu1,primary-bus=rc1 '),
)
QUICK = ('three root complexes, a shared instance',
         'ten root complexes, twelve instances', 'beside the SMMU of virt',
         'GICv2', 'NUMA', 'reserved memory')
# These bindings list the properties that there may be, and not this one, which
# Linux reads of every device's node (drivers/of/platform.c) and of an ITS's
# (drivers/irqchip/irq-gic-v3-its.c).
EXPECTED = {'NUMA': {('iommu@b000000', 'numa-node-id'),
                     ('intc@8000000',
                      "msi-controller@b600000: 'numa-node-id'"),
                     ('pcie@c000000000', 'numa-node-id')}}
# What is written into a tree to see that it is noticed: fdtput's words,
# and a part of the complaint.
WRONG = (
    (['-t', 's', '/iommu@b000000', 'msmmu,strange', 'x'],
     'iommu@b000000', "'msmmu,strange'"),
    (['-d', '/iommu@b080000', '#iommu-cells'],
     'iommu@b080000', "'#iommu-cells' is a required property"),
    (['-t', 'x', '/pcie@c000000000', 'msi-map', '0', '1', '0'],
     'pcie@c000000000', 'msi-map'),
    (['-t', 's', '/pcie@c200000000', 'numa-node-id', 'two'],
     'pcie@c200000000', 'numa-node-id'),
)


def dump(qemu, machine, arguments, target):
    """Have the emulator write the tree of a machine."""
    answer = subprocess.run(
        [str(qemu), '-M', f'{machine},dumpdtb={target}', '-cpu', 'max',
         '-nodefaults', '-display', 'none', *arguments.split()],
        capture_output=True, text=True, check=False, timeout=600)
    if answer.returncode or not target.is_file():
        raise dt_schema.DtError(f'{machine} {arguments}: '
                                f'{answer.stderr.strip()}')
    return target


def machine(name, options):
    """The name and options of a machine; virt's GIC is not 3 by default."""
    if 'gic-version' not in options:
        options = 'gic-version=3' + (options and ',' + options)
    return f'{name},{options}'


class Trees:
    """The trees of all shapes, ours and virt's."""

    def __init__(self, qemu, folder):
        self.ours, self.virts = {}, {}
        for number, shape in enumerate(SHAPES):
            self.ours[shape.name] = dump(
                qemu, machine('virt-msmmu', shape.options),
                shape.others + shape.ours, folder / f'ours{number}.dtb')
            self.virts[shape.name] = self.virt(qemu, folder, shape)

    def virt(self, qemu, folder, shape):
        """virt's tree; one for all shapes that have the same."""
        for other in SHAPES:
            if other.name in self.virts and \
                    other[1:3] == shape[1:3]:
                return self.virts[other.name]
        return dump(qemu, machine('virt', shape.options), shape.others,
                    folder / f'virt{len(self.virts)}.dtb')

    def of(self, names):
        """The paths of those that the shapes of these names need."""
        return list(dict.fromkeys(
            tree[name] for tree in (self.ours, self.virts) for name in names))


def spoil(checker, tree, target):
    """A copy of TREE with all of WRONG, but for what is wrong already."""
    target.write_bytes(tree.read_bytes())
    for words, _, _ in WRONG:
        options = [words[0]] if words[0] == '-d' else words[:2]
        dt_schema.run([checker.bin / 'fdtput', *options, target,
                       *words[len(options):]])
    return target


def more_than(ours, virts, expected):
    """'' or what is said of OURS, not of VIRTS, and not EXPECTED.

    What is expected and not said is a problem, too.
    """
    known = {finding[1:] for finding in virts}
    missing = set(expected)
    for finding in ours:
        if finding[1:] in known:
            continue
        same = {one for one in expected if finding.node == one[0] and
                one[1] in finding.text}
        if not same:
            return f'{finding.node}: {finding.text}'
        missing -= same
    return '; '.join(f'{node}: not a word of {text}'
                     for node, text in sorted(missing))


def compare(claim, trees, names, findings, expected):
    """[(claim, problem)] of the shapes of these NAMES."""
    of = collections.defaultdict(list)
    for finding in findings:
        of[finding.tree].append(finding)
    for name in names:
        yield (f'device tree, {name}: {claim}',
               more_than(of[trees.ours[name]], of[trees.virts[name]],
                         expected.get(name, ())))


def noticed(findings):
    """'' if each of WRONG was."""
    missed = [part for _, node, part in WRONG
              if not any(finding.node == node and part in finding.text
                         for finding in findings)]
    return f'not noticed: {", ".join(missed)}' if missed else ''


def check(qemu, names=QUICK, top=None):
    """[(claim, problem)]: by dtc of all shapes, by bindings of NAMES.

    TOP are other bindings than those in the cache.
    """
    every = [shape.name for shape in SHAPES]
    with tempfile.TemporaryDirectory(prefix='msmmu-dt.') as folder:
        folder = pathlib.Path(folder)
        checker = dt_schema.Checker(folder, top)
        trees = Trees(qemu, folder)
        results = list(compare(
            'dtc warns of nothing that virt has not', trees, every,
            [one for tree in trees.of(every)
             for one in checker.warnings(tree)], {}))
        wrong = spoil(checker, trees.ours[QUICK[0]], folder / 'wrong.dtb')
        found = checker.findings([*trees.of(names), wrong])
        results += compare('follows the bindings wherever virt does', trees,
                           names, found, EXPECTED)
        results.append(('device tree: what breaks a binding is noticed',
                        noticed([one for one in found if one.tree == wrong])))
        return results
