# SPDX-License-Identifier: GPL-2.0-or-later
"""U-Boot in the guest test suite: its prompt, and Linux by it.

SCENARIOS are boots of kernels like any other's; before U-Boot starts the
kernel it is looked at what its prompt shows. check() are boots to the prompt
alone.
"""

import tempfile

import checks
import scenarios
import uboot_looks

from msmmu_guest import firmware, survey, topology, uboot, vm

VERSIONS = {'bookworm': '2023.01', 'trixie': '2025.01'}
TEN = ('granules=4k', 'granules=16k', 'granules=64k', 'granules=4k+16k+64k',
       'share=1', 'none', 'granules=4k,stage=nested', 'granules=16k+64k',
       'granules=4k,msi=off', 'granules=64k', 'pcie.0:granules=4k')
K4, K16, K64 = 0x40201000, 0x2004000, 0x20010000
TEN_SIZES = {0: K4, 1: K4, 2: K16, 3: K64, 4: K4, 5: K4, 7: K4, 8: K16, 9: K4,
             10: K64}
MACHINE = 'virt-msmmu,dtb-randomness=off'
PROMPT_SECONDS = 400
ABORTING = 2                    # whose SMMU is told to abort


def looks(suite, aborting=False):
    """(claim, look) in the order that they are made."""
    return (
        ("the prompt is that of the suite's version",
         uboot_looks.version(VERSIONS[suite])),
        ("its device tree is the emulator's, to the byte",
         uboot_looks.device_tree),
        ('the devices behind every root complex are listed',
         uboot_looks.listed),
        ('disks behind every root complex are read',
         uboot_looks.read),
        ('they are written', uboot_looks.written),
        ('all SMMUs are as they come out of reset', uboot_looks.reset_state),
        *((('with GBPA.ABORT set reads through this SMMU fail, no others',
            uboot_looks.aborts(ABORTING)),) if aborting else ()),
    )


def looked(claim):
    """A check: what came of a look, which is a record of the boot's."""
    def check(result, _disks):
        for record in result.of_kind('u-boot'):
            if record['claim'] == claim:
                return record['problem']
        return f'it did not come so far: {result.describe()}'
    return check


def hooks(smmus, wanted):
    """Scenario.hooks: look first, then start the kernel."""
    def talk(machine):
        prompt = uboot.Prompt(machine, PROMPT_SECONDS).stop_autoboot()
        board = uboot_looks.board_of(machine, prompt,
                                     topology.parse_smmus(smmus))
        for claim, problem in uboot_looks.run(board, wanted):
            machine.result.records.append(
                {'kind': 'u-boot', 'claim': claim, 'problem': problem})
        uboot_looks.empty_disks(board)
        prompt.boot_kernel()
    return lambda _folder: {'talk': talk}


def ten_smmus(kernel, suite, aborting=False):
    """Ten root complexes and pcie.0: the prompt, then Linux."""
    wanted = looks(suite, aborting)
    return scenarios.Scenario(
        f'{kernel}, U-Boot of {suite}', kernel, TEN, (
            *((claim, looked(claim)) for claim, _ in wanted),
            ('Linux boots with the device tree, and finishes',
             checks.finished),
            ('groups have the page sizes of their SMMUs',
             checks.page_sizes(TEN_SIZES)),
            ('default domains are identity domains, without an SMMU there '
             'is none', checks.domains(dict.fromkeys(TEN_SIZES, 'identity') |
                                       {6: None})),
            ('two root complexes share one instance',
             checks.one_smmu([1, 5])),
            ('transfers pass bypassing streams of every SMMU',
             checks.transfers(len(TEN), 'ITS')),
        ), jobs='vfio,dma,survey',
        append=scenarios.IDENTITY + ' msmmu.dma-mib=1',
        options={'firmware': f'u-boot:{suite}', 'machine': MACHINE},
        hooks=hooks(TEN, wanted))


SCENARIOS = (
    ten_smmus(scenarios.OLD, 'bookworm'),
    ten_smmus(scenarios.NEWEST, 'trixie', aborting=True),
    scenarios.Scenario(
        'all on a disk, U-Boot of bookworm', scenarios.OLD,
        ('granules=4k', 'granules=16k'), (
            ('U-Boot finds the kernel behind the first SMMU',
             checks.says(r'Retrieving file: /Image')),
            ('boots and finishes', checks.finished),
            ('groups have the page sizes of their SMMUs',
             checks.page_sizes({1: K4, 2: K16})),
            ('transfers pass', checks.transfers(2, 'ITS')),
        ), jobs='vfio,dma,survey', append=scenarios.IDENTITY,
        options={'firmware': 'u-boot:bookworm', 'boot_from': 'disk'}),
)


def options_for(qemu, suite):
    """survey.Options of a machine with U-Boot."""
    return survey.Options(qemu=qemu, machine=MACHINE,
                          firmware=f'u-boot:{suite}')


def command_for(options, ports, devices):
    """The emulator's, with U-Boot and nothing to boot."""
    return [options.qemu, *topology.machine_arguments(options, ports),
            *firmware.arguments(options.firmware), *devices]


def prompt_alone(qemu, suite, count):
    """[(claim, problem)] of U-Boot before COUNT root complexes."""
    options = options_for(qemu, suite)
    ports = topology.parse_smmus(['granules=4k'] * count)
    results = []
    with tempfile.TemporaryDirectory(prefix='msmmu-u-boot.') as folder:
        devices, disks = topology.device_arguments(ports, ('nvme',), folder)
        wanted = looks(suite)

        def script(prompt):
            board = uboot_looks.Board(
                prompt, ports, {disk.serial: disk.path for disk in disks})
            results.extend(uboot_looks.run(board, wanted))
            prompt.power_off()

        result = uboot.run(command_for(options, ports, devices), script,
                           timeout=PROMPT_SECONDS)
    name = f'U-Boot of {suite}, {count} root complex' + 'es' * (count > 1)
    found = dict(results)
    for claim, _ in wanted:
        yield f'{name}: {claim}', found.get(claim, result.describe())
    yield (f'{name}: powers off',
           '' if result.status == vm.DONE else result.describe())


def check(qemu):
    """[(claim, problem)] of all that is no Scenario."""
    return [result for count in (1, 3) for suite in VERSIONS
            for result in prompt_alone(qemu, suite, count)]
