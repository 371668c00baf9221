# SPDX-License-Identifier: GPL-2.0-or-later
"""ACPI tables as they were when somebody last looked at them.

tests/data/acpi has a folder for each of SHAPES, and in it some of its tables
as Debian 13's iasl shows them. A change of one byte of them is a failure, with
the difference in words. When it is wanted,

    tests/guest/tables --regenerate

writes the files anew: read what git says of them, and commit it with what
changed them. They are text, so that it can be read; of a data table the text
has all bytes, of AML the length and the checksum.
"""

import collections
import difflib
import pathlib
import re
import tempfile

import acpi

from msmmu_guest import acpi_tables

DATA = pathlib.Path(__file__).resolve().parents[1] / 'data' / 'acpi'
LICENCE = '// SPDX-License-Identifier: GPL-2.0-or-later\n'
ADVICE = 'if it is wanted: tests/guest/tables --regenerate'
DIFFERENCE_LINES = 14

NUMA = ('-smp 2 -m 128M -object memory-backend-ram,id=m0,size=64M '
        '-object memory-backend-ram,id=m1,size=64M '
        '-numa node,memdev=m0,cpus=0 -numa node,memdev=m1,cpus=1 ')
ONE = ('-device msmmu-rc,id=rc1 '
       '-device msmmu-smmuv3,id=smmu1,primary-bus=rc1 ')

Shape = collections.namedtuple('Shape', 'name machine arguments tables')
SHAPES = (
    Shape('one', 'virt-msmmu', ONE, ('APIC', 'MCFG', 'IORT', 'SSDT')),
    Shape('shared', 'virt-msmmu', NUMA + ONE +
          '-device msmmu-rc,id=rc2,segment=9,numa-node=1 '
          '-device msmmu-smmuv3,id=smmu2,primary-bus=rc2,msi=off,httu=dirty,'
          'numa-node=1 '
          '-device msmmu-rc,id=rc3,smmu=smmu1,sid-base=0x10000,canwbs=on '
          '-device msmmu-rc,id=rc4 ', ('APIC', 'MCFG', 'IORT', 'SRAT')),
    Shape('expanders', 'virt-msmmu',
          '-device msmmu-smmuv3,id=smmu0,primary-bus=pcie.0 '
          '-device pxb-pcie,id=pxb1,bus=pcie.0,bus_nr=64 '
          '-device pxb-pcie,id=pxb2,bus=pcie.0,bus_nr=128,bypass_iommu=on '
          '-device pxb-pcie,id=pxb3,bus=pcie.0,bus_nr=192 '
          '-device msmmu-smmuv3,id=smmu3,primary-bus=pxb3 ', ('IORT',)),
    Shape('gicv2', 'virt-msmmu,gic-version=2', ONE, ('APIC', 'IORT')),
    Shape('reserved', 'virt-msmmu', ONE.strip() + ',ssidsize=8 '
          '-device msmmu-rc,id=rc2,smmu=smmu1,sid-base=0x10000 '
          '-device msmmu-engine,id=dma1,bus=rc1,addr=4 '
          '-device msmmu-engine,id=dma2,bus=rc2,addr=5 '
          '-device msmmu-reserved-memory,id=fb,device=dma1+dma2,size=128K '
          '-device msmmu-reserved-memory,id=queues,device=dma2,remap=on,'
          'privileged=on,attributes=device-ngnre ', ('IORT',)),
    Shape('upstream', 'virt-msmmu,iommu=smmuv3', ONE, ('IORT',)),
)


def readable(text):
    """iasl's text without its version, a route of _PRT on a line."""
    text = re.sub(r'\A/\*.*?(?=\n \* Original Table Header|\n \* ACPI Data)',
                  '/*', text, flags=re.S)
    text = re.sub(r'[ \t]+$', '', text, flags=re.M)
    return LICENCE + re.sub(
        r'Package \(0x04\)\s*\{\s*([^{}]*?)\s*\}',
        lambda found: f'Package (0x04) {{ {" ".join(found[1].split())} }}',
        text)


def tables(programs, qemu, shape):
    """{name: text} of a shape's tables."""
    found = {}
    with tempfile.TemporaryDirectory(prefix='msmmu-acpi.') as folder:
        folder = pathlib.Path(folder)
        for table in acpi_tables.read([qemu, '-M', shape.machine,
                                       *shape.arguments.split()]):
            name = table[:4].decode()
            if name not in shape.tables:
                continue
            (folder / f'{name}.dat').write_bytes(table)
            output = acpi.run(programs / 'iasl', '-d', f'{name}.dat',
                              cwd=folder)
            text = folder / f'{name}.dsl'
            found[name] = (readable(text.read_text('utf-8'))
                           if text.is_file() else output)
    return found


def difference(expected, found):
    """'' or the first lines that differ."""
    lines = [line.rstrip() for line in difflib.unified_diff(
        expected.splitlines(), found.splitlines(), 'expected', 'found',
        n=1, lineterm='')]
    if not lines:
        return ''
    return ' / '.join([*lines[:DIFFERENCE_LINES], ADVICE])


def check(qemu):
    """[(claim, problem)] of all shapes."""
    programs = acpi.tools()
    results = []
    for shape in SHAPES:
        found = tables(programs, qemu, shape)
        for name in shape.tables:
            path = DATA / shape.name / f'{name}.dsl'
            expected = path.read_text('utf-8') if path.is_file() else ''
            results.append((
                f'ACPI, {shape.name}: {name} is as expected',
                difference(expected, found.get(name, 'no such table'))))
    return results


def regenerate(qemu):
    """Write the files anew; yields those that changed."""
    programs = acpi.tools()
    for shape in SHAPES:
        folder = DATA / shape.name
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in tables(programs, qemu, shape).items():
            path = folder / f'{name}.dsl'
            if not path.is_file() or path.read_text('utf-8') != text:
                path.write_text(text, 'utf-8')
                yield path
