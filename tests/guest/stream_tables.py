# SPDX-License-Identifier: GPL-2.0-or-later
"""What the driver put into Stream Table Entries, read from the guest's memory.

Linux allots a disk one Context descriptor, because the disk has no PASIDs. A
property in the device tree can say that it has: "pasid-num-bits", which the
driver reads of any device. The disk's own transactions stay without PASID, and
are translated by the first descriptor of the table (IHI 0070 5.2, STE.S1DSS).
"""

import re
import subprocess

import msmmu_env

# IHI 0070 6.1, and the address map of virt-msmmu
SMMU_BASE, SMMU_BYTES = 0x0b000000, 0x80000
STRTAB_BASE, STRTAB_BASE_CFG = 0x80, 0x88
ADDRESS = (1 << 56) - (1 << 6)
STE_BYTES = 64
# Every disk is device 1 of its root complex.
STREAM = 8
PCI_ADDRESS = '0x800'


def read_words(machine, address, count, size='g'):
    """Words of guest memory, or a register: of 64 bits, or 32 with 'w'."""
    text = machine.qmp('human-monitor-command', **{
        'command-line': f'xp /{count}{size}x {address:#x}'})
    return [int(word, 16) for line in text.splitlines()
            for word in line.partition(':')[2].split()]


def read_ste(machine, number, stream=STREAM):
    """The eight words of a stream's STE on instance NUMBER, None without."""
    base = SMMU_BASE + (number - 1) * SMMU_BYTES
    table = read_words(machine, base + STRTAB_BASE, 1)[0] & ADDRESS
    config = read_words(machine, base + STRTAB_BASE_CFG, 1, 'w')[0]
    if not table:
        return None
    if config >> 16 & 3:
        split = config >> 6 & 31
        table = read_words(machine, table + (stream >> split) * 8,
                           1)[0] & ADDRESS
        stream &= (1 << split) - 1
    return read_words(machine, table + stream * STE_BYTES, 8)


def give_pasids(path, bits):
    """Say in a device tree that disks have so many bits: {segment: bits}."""
    def run(*words):
        try:
            return subprocess.run(words, check=True, capture_output=True,
                                  text=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise msmmu_env.SetupError(
                f'{words[0]}, of the package device-tree-compiler: {error}'
            ) from error

    for name in run('fdtget', '-l', path, '/').split():
        if not name.startswith('pcie@'):
            continue
        segment = int(run('fdtget', '-t', 'i', path, f'/{name}',
                          'linux,pci-domain'))
        if segment not in bits:
            continue
        node = f'/{name}/disk@1,0'
        run('fdtput', '-c', path, node)
        run('fdtput', '-t', 'x', path, node, 'reg', PCI_ADDRESS, '0', '0', '0',
            '0')
        run('fdtput', '-t', 'i', path, node, 'pasid-num-bits',
            str(bits[segment]))


def hooks(rows):
    """For a scenario of stages.ROW: PASIDs to disks, and STEs when they work.

    The result gets them as .stes, {segment: words}.
    """
    bits = {number: row.pasid_bits for number, row in enumerate(rows, 1)
            if row.pasid_bits}

    def prepare(command, folder):
        path = str(folder / 'tree.dtb')
        at = command.index('-M') + 1
        dump = list(command)
        dump[at] += f',dumpdtb={path}'
        answer = subprocess.run(dump, capture_output=True, text=True,
                                check=False)
        if answer.returncode:
            raise msmmu_env.SetupError(f'no device tree: {answer.stderr}')
        give_pasids(path, bits)
        return command + ['-dtb', path]

    def on_record(machine, record):
        if record['kind'] == 'dma' and not hasattr(machine.result, 'stes'):
            machine.result.stes = {
                number: read_ste(machine, number)
                for number in range(1, len(rows) + 1)}

    found = {'on_record': on_record}
    if bits:
        found['prepare'] = prepare
    return lambda _folder: dict(found)


def entries(rows):
    """The STEs select stage, StreamWorld and tables of Context descriptors."""
    def check(result, _disks):
        wrong = []
        for number, row in enumerate(rows, 1):
            ste = getattr(result, 'stes', {}).get(number) or [0, 0]
            found = {'config': ste[0] >> 1 & 7}
            wanted = {'config': 5 if 'stage-1' in row.features else 6}
            if 'stage-1' in row.features:
                found |= {'s1fmt': ste[0] >> 4 & 3, 's1cdmax': ste[0] >> 59,
                          's1dss': ste[1] & 3 if ste[0] >> 59 else 2,
                          'strw': ste[1] >> 30 & 3}
                wanted |= {'s1fmt': row.s1fmt, 's1cdmax': row.s1cdmax,
                           's1dss': 2,
                           'strw': 2 if 'e2h' in row.features else 0}
            if found != wanted:
                wrong.append(f'segment {number}: {found}, not {wanted}')
        return '; '.join(wrong)
    return check
