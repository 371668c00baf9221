# SPDX-License-Identifier: GPL-2.0-or-later
"""From --smmu to the emulator's command line.

Each --smmu is one root complex with one instance, in the order given:

    granules=16k+64k,oas=40     a root complex and an instance with properties
    granules=4k,canwbs=on       the same; canwbs= is the root complex's
    none                        a root complex without an SMMU
    share=1                     a root complex on the first --smmu's instance
    pcie.0:granules=4k          an instance on the machine's own bus
    upstream                    the emulator's own arm-smmuv3 on pcie.0

The Nth is called smmuN, its root complex rcN, in PCI segment N (pcie.0 is
segment 0), so that a table can tell which is which by the segment that the
guest reports. Endpoints are put at the same device numbers behind each; one
with functions=N is N devices that are functions of one slot.
"""

import dataclasses
import pathlib
import re

from . import firmware

import msmmu_env

DISK_BYTES = 16 << 20
# These come with firmware for booting, which no guest here needs.
BOOT_ROMS = ('e1000', 'e1000e', 'igb', 'virtio-net-pci', 'vmxnet3')
# Properties that are not the instance's
OF_ROOT_COMPLEX = ('canwbs',)
GRANULE_BYTES = {'4k': 4096, '16k': 16384, '64k': 65536}
GRANULES = {'4k': '4K', '16k': '16K', '64k': '64K'}


class TopologyError(msmmu_env.SetupError):
    """An --smmu or --endpoint that cannot be understood."""


@dataclasses.dataclass
class Port:
    """One root bus: its SMMU and where its devices go."""
    number: int                     # 1 for the first --smmu
    kind: str                       # own, none, share, pcie.0, upstream
    properties: str = ''            # of the instance, as given
    shared: int = 0                 # share: whose instance
    sid_base: int = 0               # share: its StreamIDs start here

    @property
    def bus(self):
        """The emulator's name for the bus."""
        if self.kind in ('pcie.0', 'upstream'):
            return 'pcie.0'
        return f'rc{self.number}'

    @property
    def segment(self):
        """The PCI segment, which the guest sees as the domain."""
        return 0 if self.bus == 'pcie.0' else self.number

    @property
    def smmu(self):
        """The instance's id, '' without one."""
        if self.kind == 'none':
            return ''
        if self.kind == 'upstream':
            return 'upstream'
        return f'smmu{self.shared or self.number}'

    def properties_of(self, root_complex):
        """Those of the root complex, or those of the instance."""
        return join(*(part for part in self.properties.split(',')
                      if (part.partition('=')[0] in OF_ROOT_COMPLEX) ==
                      root_complex))

    def property(self, name):
        """A property as given, None when left to the default."""
        values = re.findall(rf'(?:^|,){name}=([^,]*)', self.properties)
        return values[-1] if values else None

    def smallest_granule(self):
        """In bytes, of those that the command line asks for."""
        names = (self.property('granules') or '4k').lower().split('+')
        return min(GRANULE_BYTES.get(name, 4096) for name in names)

    def offers(self):
        """The granules that the command line asks for."""
        value = self.property('granules')
        if value is None:
            return '' if self.kind == 'none' else 'default'
        return '+'.join(GRANULES.get(part.lower(), part)
                        for part in value.split('+'))


def parse_smmus(texts):
    """The ports for a list of --smmu arguments."""
    ports = []
    for number, text in enumerate(texts, 1):
        share = re.fullmatch(r'share=(?:smmu)?(\d+)', text)
        if text in ('none', 'upstream'):
            ports.append(Port(number, text))
        elif share:
            owner = int(share.group(1))
            if not 1 <= owner < number or ports[owner - 1].kind != 'own':
                raise TopologyError(
                    f'--smmu {text}: no earlier --smmu {owner} with an '
                    'instance of its own')
            sharers = [port for port in ports if port.shared == owner]
            ports.append(Port(number, 'share', shared=owner,
                              sid_base=0x10000 * (len(sharers) + 1)))
        elif text.startswith('pcie.0:'):
            ports.append(Port(number, 'pcie.0', text[len('pcie.0:'):]))
        else:
            for part in filter(None, text.split(',')):
                if '=' not in part:
                    raise TopologyError(
                        f'--smmu {text}: "{part}" is not PROPERTY=VALUE; say '
                        'granules=4k+16k, none, share=N, pcie.0:... or '
                        'upstream')
            ports.append(Port(number, 'own', text))
    if len([port for port in ports if port.bus == 'pcie.0']) > 1:
        raise TopologyError('only one --smmu can be on pcie.0')
    return ports


def family(ports, number):
    """The ports that cannot be told apart: one instance and its sharers."""
    owner = ports[number - 1].shared or number
    return [port for port in ports
            if port.number == owner or port.shared == owner]


@dataclasses.dataclass
class Disk:
    """A backing file and where it was attached."""
    serial: str
    path: pathlib.Path
    port: Port


def join(*parts):
    """An option value from its parts, empty ones left out."""
    return ','.join(part for part in parts if part)


def functions(endpoint):
    """The endpoint as often as its functions=N says; once without that."""
    found = re.search(r',functions=(\d+)', endpoint)
    if not found:
        return [endpoint]
    count = int(found.group(1))
    if not 1 <= count <= 8:
        raise TopologyError(f'--endpoint {endpoint}: a slot has 1 to 8 '
                            'functions')
    one = endpoint.replace(found.group(), '')
    return [f'{one},multifunction=on'] + [one] * (count - 1)


def endpoint_arguments(port, slot, function, endpoint, folder, disks):
    """The arguments for one function; a disk of it is added to DISKS."""
    name, _, extra = endpoint.replace(
        'SEGMENT', f'{port.segment:02x}').partition(',')
    place = f'{slot}.{function}' if function else f'{slot}'
    tag = f'{port.bus.replace(".", "")}-{place.replace(".", "-")}'
    arguments = []
    device = [name, f'id=ep-{tag}', f'bus={port.bus}', f'addr={place}', extra]
    more = []
    if name in BOOT_ROMS and 'romfile=' not in extra:
        device.append('romfile=')
    if name in ('nvme', 'virtio-blk-pci'):
        disk = Disk(tag, pathlib.Path(folder) / f'{tag}.img', port)
        with open(disk.path, 'wb') as handle:
            handle.truncate(DISK_BYTES)
        disks.append(disk)
        arguments += ['-drive', f'if=none,id=drive-{tag},format=raw,'
                      f'file={disk.path}']
        device.insert(1, f'serial={tag}')
        if name == 'nvme':
            more = ['-device', f'nvme-ns,drive=drive-{tag},bus=ep-{tag},'
                    f'eui64={eui64(port, slot, function)}']
        else:
            device.insert(1, f'drive=drive-{tag}')
    if name.startswith('virtio-'):
        device[1:1] = ['disable-legacy=on', 'iommu_platform=on']
    return arguments + ['-device', join(*device)] + more


def eui64(port, slot, function):
    """A namespace's own number; 2023.01's U-Boot takes no second without."""
    return f'0x52540000{port.segment:04x}{slot:02x}{function:02x}'


def device_arguments(ports, endpoints, folder):
    """(arguments, disks) for the ports; backing files are made in FOLDER."""
    arguments, disks = [], []
    for port in ports:
        # Before any SMMU that is to serve it; sharers come after the owner.
        if port.kind in ('own', 'none'):
            arguments += ['-device', join(f'msmmu-rc,id={port.bus}',
                                          f'segment={port.segment}',
                                          port.properties_of(True))]
        if port.kind in ('own', 'pcie.0'):
            arguments += ['-device', join(f'msmmu-smmuv3,id={port.smmu}',
                                          f'primary-bus={port.bus}',
                                          port.properties_of(False))]
        if port.kind == 'share':
            arguments += ['-device', join(f'msmmu-rc,id={port.bus}',
                                          f'segment={port.segment}',
                                          f'smmu={port.smmu}',
                                          f'sid-base={port.sid_base:#x}')]
    for port in ports:
        for slot, endpoint in enumerate(endpoints, 1):
            for function, text in enumerate(functions(endpoint)):
                arguments += endpoint_arguments(port, slot, function, text,
                                                folder, disks)
    return arguments, disks


def machine_arguments(options, ports):
    """The machine, the CPU, the memory: what does not depend on a boot."""
    machine = options.machine
    if any(port.kind == 'upstream' for port in ports):
        machine += ',iommu=smmuv3'
    machine += firmware.machine_options(options.firmware)
    return ['-nodefaults', '-no-user-config', '-display', 'none',
            '-no-reboot', '-M', machine, '-cpu', options.cpu,
            '-smp', str(options.smp), '-m', options.mem]
