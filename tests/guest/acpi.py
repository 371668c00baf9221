# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine's ACPI tables, read by ACPICA: programs that we did not write.

iasl takes each table apart and builds it again, and says what it does not
like. acpiexec loads the AML as a kernel does and runs the host bridges'
methods. Both are Debian 13's, from the cache; Debian 12's iasl has the MADT.
What they say of virt's own tables, they say of virt as well.
"""

import pathlib
import re
import subprocess
import tempfile

from msmmu_guest import acpi_tables, toolchain

THREE = ('-device msmmu-rc,id=rc1 '
         '-device msmmu-smmuv3,id=smmu1,primary-bus=rc1 '
         '-device msmmu-rc,id=rc2 '
         '-device msmmu-smmuv3,id=smmu2,primary-bus=rc2,msi=off,httu=dirty '
         '-device msmmu-rc,id=rc3,smmu=smmu1,sid-base=0x10000,canwbs=on ')
SEGMENT_0 = ('-device msmmu-smmuv3,id=smmu0,primary-bus=pcie.0 '
             '-device pxb-pcie,id=pxb1,bus=pcie.0,bus_nr=64 '
             '-device pxb-pcie,id=pxb2,bus=pcie.0,bus_nr=128,bypass_iommu=on ')
TEN = ''.join(f'-device msmmu-rc,id=rc{n} -device msmmu-smmuv3,id=smmu{n},'
              f'primary-bus=rc{n} ' for n in range(1, 11))
RESERVED = (THREE + '-device msmmu-engine,id=dma1,bus=rc1,addr=4 '
            '-device msmmu-engine,id=dma3,bus=rc3,addr=5 '
            '-device msmmu-reserved-memory,id=fb,device=dma1+dma3,size=128K '
            '-device msmmu-reserved-memory,id=queues,device=dma3,remap=on ')
NUMA = ('-smp 2 -m 128M -object memory-backend-ram,id=m0,size=64M '
        '-object memory-backend-ram,id=m1,size=64M '
        '-numa node,memdev=m0,cpus=0 -numa node,memdev=m1,cpus=1 '
        '-device msmmu-rc,id=rc1,numa-node=1 '
        '-device msmmu-smmuv3,id=smmu1,primary-bus=rc1,numa-node=0 ')
MACHINES = (
    ('three root complexes', 'virt-msmmu', THREE),
    ('ten root complexes', 'virt-msmmu', TEN),
    ('expanders', 'virt-msmmu', SEGMENT_0 + THREE),
    ('reserved memory', 'virt-msmmu', RESERVED),
    ('NUMA', 'virt-msmmu', NUMA),
    ('beside the SMMU of virt', 'virt-msmmu,iommu=smmuv3', THREE),
    ('no ITS', 'virt-msmmu,its=off', THREE),
    ('GICv2', 'virt-msmmu,gic-version=2', THREE),
)
HEADER_BYTES = 36
# iasl takes each of these that is there apart and builds it again. That is the
# same in all that it knows; of an IORT it does not know root complexes' flags.
BUILT_AGAIN = ('MCFG', 'IORT', 'SSDT', 'SRAT')
SAME_BYTES = ('MCFG', 'APIC', 'SRAT')
# Debian 13's iasl reads two bytes more of a CPU's structure in the MADT than
# virt's of ACPI 6.0 has, and takes an ITS's Reserved from one byte too far on,
# where its ID begins: an ID that is not 0, as ours, is an error to it. Debian
# 12's does neither.
BUILT_BY_OLD = 'APIC'
# Tables that are virt's but for numbers in them
VIRTS = ('FACP', 'DSDT', 'GTDT', 'PPTT', 'SPCR', 'DBG2')

# PCI Firmware Specification 3.3, 4.5 and 4.6: UUIDs as they are in memory
OSC = '(5B 4D DB 33 F7 1F 1C 40 96 57 74 41 C0 3D D7 66)'
DSM = '(D0 37 C9 E5 53 35 7A 4D 91 17 EA 4D 19 C3 43 4D)'
OTHER = '(00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F)'
# Support 0x1f; control asked for: all that is granted, and LTR on top
ASK = '(00 00 00 00 1F 00 00 00 {:02X} 00 00 00)'
METHODS = (
    ('_OSC grants what it has', f'_OSC {OSC} 1 3 ' + ASK.format(0x1f),
     '00 00 00 00 1F 00 00 00 1F 00 00 00'),
    ('_OSC masks what it has not', f'_OSC {OSC} 1 3 ' + ASK.format(0x3f),
     '10 00 00 00 1F 00 00 00 1F 00 00 00'),
    ('_OSC refuses another revision', f'_OSC {OSC} 2 3 ' + ASK.format(0),
     '08 00 00 00 1F 00 00 00 00 00 00 00'),
    ('_OSC refuses another UUID', f'_OSC {OTHER} 1 3 ' + ASK.format(0x3f),
     '04 00 00 00 1F 00 00 00 3F 00 00 00'),
    ('_DSM tells its functions', f'_DSM {DSM} 1 0 0', '21'),
    ('_DSM lets the system assign resources', f'_DSM {DSM} 1 5 0',
     '0000000000000001'),
    ('_DSM has nothing for another UUID', f'_DSM {OTHER} 1 0 0', '00'),
)


def run(*command, cwd):
    """What a program prints."""
    return subprocess.run(list(map(str, command)), cwd=cwd, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False,
                          timeout=600).stdout


def verdict(output):
    """iasl's: '' when it has built a table and complains of nothing."""
    counts = re.search(r'(\d+) Errors, (\d+) Warnings, (\d+) Remarks', output)
    if not counts:
        return output.strip().splitlines()[-1] if output.strip() else 'silent'
    if set(counts.groups()) != {'0'}:
        return next((line for line in output.splitlines() if re.match(
            r'(Error|Warning|Remark)', line)), counts.group())
    return ''


def decode(programs, folder, name):
    """Take NAME.dat apart and build it again; '' or iasl's complaint."""
    output = run(programs / 'iasl', '-d', f'{name}.dat', cwd=folder)
    text = folder / f'{name}.dsl'
    if not text.is_file():
        return f'not taken apart: {output.strip().splitlines()[-1]}'
    strange = re.search(r'.*(\*\*\*\*|Unknown|Invalid|Warning|Remark).*',
                        output + text.read_text('utf-8', 'replace'))
    if strange:
        return strange.group().strip()
    problem = verdict(run(programs / 'iasl', '-p', f'again-{name}',
                          f'{name}.dsl', cwd=folder))
    before = (folder / f'{name}.dat').read_bytes()[HEADER_BYTES:]
    if not problem and name in SAME_BYTES and before != (
            folder / f'again-{name}.aml').read_bytes()[HEADER_BYTES:]:
        return 'built again it is another table'
    return problem


def complaints(programs, folder, name):
    """[complaint] when NAME.dat is taken apart and built again, sorted."""
    output = run(programs / 'iasl', '-d', f'{name}.dat', cwd=folder)
    text = folder / f'{name}.dsl'
    if not text.is_file():
        return [output]
    output += run(programs / 'iasl', '-p', f'again-{name}', f'{name}.dsl',
                  cwd=folder)
    return sorted(
        line for line in (output + text.read_text('utf-8')).splitlines()
        if re.search(r'\*\*\*\*|^(Error|Warning|Remark)\b', line))


def evaluate(programs, folder, device, words):
    """What acpiexec says that a method returns, bytes or a number."""
    output = run(programs / 'acpiexec', '-b',
                 f'evaluate \\_SB.{device}.{words}', 'DSDT.dat', 'SSDT.dat',
                 cwd=folder)
    found = re.search(r'\[Integer\] = (\w+)', output)
    if found:
        return found.group(1)
    found = re.search(r'\[Buffer\] Length \w+ =\s+0000: ((?:\w\w )+)', output)
    return found.group(1).strip() if found else output.strip()[-200:]


def windows(programs, folder, device):
    """[(minimum, translation, length)] that acpiexec sees in _CRS."""
    output = run(programs / 'acpiexec', '-b', f'resources \\_SB.{device}',
                 'DSDT.dat', 'SSDT.dat', cwd=folder)
    output = output.partition('Evaluating _CRS')[2]
    return [tuple(int(number, 16) for number in found) for found in re.findall(
        r'Address Minimum : (\w+).*?Translation Offset : (\w+).*?'
        r'Address Length : (\w+)', output, re.S)]


def methods(programs, folder):
    """[(claim, problem)] of the second host bridge."""
    for claim, words, expected in METHODS:
        found = evaluate(programs, folder, 'RC01', words)
        yield claim, '' if found == expected else f'it returned {found}'
    found = windows(programs, folder, 'RC01')
    expected = [(0, 0, 0x100), (0, 0x0b810000, 0x10000),
                (0x10000000, 0xc210000000, 0x20000000),
                (0xc300000000, 0, 0xffff0000)]
    yield ('_CRS has the windows of the address map',
           '' if found == expected else f'it has {found}')


def fetch(qemu, machine, arguments, folder):
    """Write a machine's tables to a new FOLDER."""
    folder.mkdir()
    for table in acpi_tables.read([qemu, '-M', machine, *arguments.split()]):
        (folder / f'{table[:4].decode()}.dat').write_bytes(table)
    return folder


def as_virt(machine, devices):
    """The machine and arguments of virt without our devices."""
    options = machine.partition(',')[2]
    if 'gic-version' not in options:
        options = 'gic-version=3' + (options and ',' + options)
    others = re.sub(r'-device msmmu-\S+ ', '', devices)
    return f'virt,{options}', '-cpu max ' + others


def check_machine(programs, qemu, name, machine, devices):
    """[(claim, problem)] of one machine."""
    with tempfile.TemporaryDirectory(prefix='msmmu-acpi.') as folder:
        ours = fetch(qemu, machine, devices, pathlib.Path(folder, 'ours'))
        problems = [
            f'{signature}: {problem}' for signature in BUILT_AGAIN
            if (ours / f'{signature}.dat').exists() and
            (problem := decode(programs, ours, signature))]
        problem = decode(tools('bookworm'), ours, BUILT_BY_OLD)
        if problem:
            problems.append(f'{BUILT_BY_OLD}: {problem}')
        yield (f'ACPI, {name}: iasl takes the tables apart and has no remark',
               '; '.join(problems))
        virts = fetch(qemu, *as_virt(machine, devices),
                      pathlib.Path(folder, 'virt'))
        problems = [
            f'{signature}: {found}' for signature in VIRTS
            if (found := complaints(programs, ours, signature)) !=
            complaints(programs, virts, signature)]
        yield (f"ACPI, {name}: of virt's tables iasl says what it says of "
               "virt", '; '.join(problems))
        if machine == 'virt-msmmu' and devices == THREE:
            for claim, problem in methods(programs, ours):
                yield f'ACPI, {name}: by acpiexec, {claim}', problem


def tools(suite='trixie'):
    """The folder of the programs, of Debian 13 unless said otherwise."""
    return toolchain.tree(suite, ['acpica-tools']) / 'usr' / 'bin'


def check(qemu):
    """[(claim, problem)] of all machines."""
    return [result for row in MACHINES
            for result in check_machine(tools(), qemu, *row)]
