# SPDX-License-Identifier: GPL-2.0-or-later
"""How each kind of case is booted: devices, the probe's jobs, the host's part.

domains    a disk and a DMA engine behind each SMMU: the disk's data pass the
           default domain, the module makes its claims of each group, and VFIO
           tells the page sizes
hotplug    a disk comes behind a port of each SMMU, is used, and goes
hugepages  huge pages of all sizes are mapped by VFIO for the engines
nested     a hypervisor's interface, IOMMUFD, with a DMA engine behind each SMMU
kunit      the kernel's own tests of the SMMU's driver and of io-pgtable
"""

import dataclasses

from .. import topology
from . import counters, jobs, kunit, model, nested, sets

# The engine is for the module: the disk's driver keeps the disk.
DISK_AND_ENGINE = ('nvme', 'msmmu-engine')
# A processor that a busy host starves is no finding: soft lockups after 120 s
PATIENCE = 'watchdog_thresh=60'


@dataclasses.dataclass
class Plan:
    """A boot."""
    jobs: list
    append: list
    endpoints: tuple = DISK_AND_ENGINE
    # What differs from the options of all boots: fields of survey.Options
    options: dict = dataclasses.field(default_factory=dict)
    # Called with the working folder and the ports: the machine's hooks, and
    # "arguments" for the emulator
    hooks: object = None


def engines(case):
    """The functions of the engines: in the slot after the disks'."""
    ports = topology.parse_smmus(sets.ALL[case.setup])
    slot = DISK_AND_ENGINE.index('msmmu-engine') + 1
    return [f'{port.segment:04x}:00:{slot:02x}.0' for port in ports]


def domains(case, has_module):
    """The default domains, the module, VFIO, in one boot."""
    append = ['msmmu.dma-mib=1']
    if not has_module:
        return Plan(['dma', 'vfio', 'survey'], append)
    append.append('msmmu.module=groups=' + ','.join(engines(case)))
    return Plan(['dma', 'module', 'vfio', 'survey'], append)


def nested_translation(_case, _has_module):
    """The probe's job of that name."""
    return Plan(list(nested.JOBS), list(nested.APPEND), nested.ENDPOINTS,
                hooks=nested.hooks)


def own_tests(_case, _has_module):
    """The kernel tests itself before the probe starts."""
    return Plan(['survey'], [kunit.APPEND])


MAKERS = {'domains': domains, 'nested': nested_translation,
          'kunit': own_tests}


def plan(case, has_module):
    """The Plan of a case."""
    if case.kind in jobs.PLANS:
        made = Plan(**jobs.PLANS[case.kind](case, has_module))
    else:
        made = MAKERS[case.kind](case, has_module)
    made.append = [model.DOMAINS[case.domain], counters.LINGER, PATIENCE,
                   *made.append]
    return made
