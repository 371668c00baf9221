# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/firmware, the worked example of a bring-up, as a guest.

It prints TAP. A boot is good when all of that is, and when it has everything
that the machine's instances call for.
"""

import re

from msmmu_guest import bare_metal, bare_metal_cli, firmware

import msmmu_env

from scenarios import Scenario

FIRMWARE = 'firmware'
PAGES = msmmu_env.SOURCE_DIR / 'docs/firmware'
WALK = PAGES / 'bare-metal.rst'
MISTAKES = PAGES / 'common-mistakes.rst'

# SMMUs of a machine, and what each root complex has: {segment: [ways]}
DEFAULT = tuple(bare_metal_cli.DEFAULT_SMMUS)
TEN = ('granules=4k+64k,sidsize=18,stage=nested', 'share=1', 'share=1', 'none',
       'granules=16k,two-level=off', 'granules=64k,stage=2,ttendian=big',
       'stage=nested,ttendian=mixed,httu=dirty', 'granules=4k,oas=32,arch=3.0',
       'granules=4k+16k,msi=off,formats=aa32+aa64',
       'stage=2,vmidsize=8,term-model=abort', 'pcie.0:granules=16k+64k,oas=36')


def ways(stages, granules):
    """The lines of an instance: each stage with each granule."""
    return [f'{stage}, {granule}' for stage in stages
            for granule in granules.split()]


ALL = ('stage 1', 'stage 2', 'nested')
DEFAULT_WAYS = {1: ways(ALL[:1], '4K'), 2: ways(ALL[1:2], '16K 64K'),
                3: ways(ALL, '4K 16K 64K')}
TEN_WAYS = {1: ways(ALL, '4K 64K'), 2: ways(ALL, '4K 64K'),
            3: ways(ALL, '4K 64K'), 4: ['untranslated'],
            5: ways(ALL[:1], '16K'), 6: ways(ALL[1:2], '64K'),
            7: ways(ALL, '4K 16K 64K'), 8: ways(ALL[:1], '4K'),
            9: ways(ALL[:1], '4K 16K'), 10: ways(ALL[1:2], '4K 16K 64K'),
            0: ways(ALL[:1], '16K 64K')}


def claims(log):
    """What it says is so, without numbers."""
    return re.findall(r'^ok \d+ - (.*?)\r?$', log, re.M)


def all_well(result, _disks):
    """The program's own judgement."""
    return bare_metal.tap_problem(result.log) or result.errors.strip()


def moved(expected):
    """Data moved in every way that {segment: [way]} has, and in no other."""
    def check(result, _disks):
        found = {}
        for claim in claims(result.log):
            part = re.match(r'segment (\d+), [^:]*: (.*): \d+ KiB land', claim)
            if part:
                found.setdefault(int(part.group(1)), []).append(part.group(2))
        return '' if found == expected else f'{found}'
    return check


def told(smmus, translated, messages, wired):
    """How many lines there are of each kind; WIRED have SPIs, not LPIs."""
    wanted = {'enabled in the order of 3.11': smmus,
              'a translation fault is an event': translated,
              "the device's MSI comes": messages,
              'a reserved command stops the queue': smmus,
              'the queue goes on': smmus,
              'interrupts as SPI': wired,
              # An instance with wires has two of them, and no messages.
              'CMD_SYNC writes its message': smmus - wired // 2,
              'at work at the same time': 1,
              'nothing passes': translated, 'all passes': translated}

    def check(result, _disks):
        found = {text: sum(text in claim for claim in claims(result.log))
                 for text in wanted}
        return '' if found == wanted else f'{found}, not {wanted}'
    return check


def entered_at(level, conduit):
    """The exception level, and how PSCI is called there."""
    def check(result, _disks):
        text = f'entered at EL{level}; PSCI by {conduit};'
        return '' if text in result.log else f'not {text}'
    return check


def blocks(text):
    """{mistake: its lines}, of a page or of a log; the first of each."""
    found = {}
    for name, lines in re.findall(
            r'^ *ok \d+ - iommu@\w+, [^:]*: (\S+)\r?\n((?: *#   .*\n)+)', text,
            re.M):
        found.setdefault(name, [line.strip() for line in lines.splitlines()])
    return found


def every_mistake(result, _disks):
    """Each was made, somewhere."""
    missing = set(bare_metal.mistakes()) - set(blocks(result.log))
    return f'nothing of {sorted(missing)}' if missing else ''


def as_documented(result, _disks):
    """What the page says of each is what was seen."""
    page = blocks(MISTAKES.read_text(encoding='utf-8'))
    seen = blocks(result.log)
    wrong = [f'{name}: {lines}, the page says {page.get(name)}'
             for name, lines in seen.items() if page.get(name) != lines]
    return '; '.join(wrong) or ('' if page else f'{MISTAKES} has no output')


def output_lines(text):
    """The lines of a page that are the program's output."""
    return re.findall(r'^    ((?:ok \d+ - |# |#   |1\.\.\d).*)$', text, re.M)


def as_walked_through(result, _disks):
    """What the page shows is what was printed."""
    log = set(result.log.replace('\r', '').splitlines())
    lines = output_lines(WALK.read_text(encoding='utf-8'))
    for line in lines:
        if line not in log:
            return f'the page has a line that is not printed there: {line}'
    return '' if lines else f'{WALK} has no output'


def by_uboot(_folder):
    """Hooks of a machine whose firmware is U-Boot."""
    return {'arguments': tuple(firmware.arguments('u-boot')),
            'talk': bare_metal.boot_by_uboot}


def scenario(name, smmus, of_moves, of_tells, *more, hooks=None, **options):
    """A boot of the program as it is."""
    return Scenario(f'firmware, {name}', FIRMWARE, smmus, (
        ('all that it says is ok', all_well),
        ('data lands where the tables say, with every stage and granule',
         moved(of_moves)),
        ('each instance is enabled, tells of a fault and an error by '
         'interrupts, and is off at last', told(*of_tells)), *more),
        append='', hooks=hooks,
        options={'endpoints': ('msmmu-engine',), 'timeout': 60.0, **options})


SCENARIOS = (
    scenario('three SMMUs', DEFAULT, DEFAULT_WAYS, (3, 3, 3, 2),
             ('it is entered at EL1', entered_at(1, 'hvc')),
             ('the page that walks through it shows what it prints',
              as_walked_through)),
    scenario('one SMMU, entered at EL2', ('stage=nested',),
             {1: ways(ALL, '4K 16K 64K')}, (1, 1, 1, 0),
             ('it is entered at EL2', entered_at(2, 'smc')),
             machine='virt-msmmu,virtualization=on', cpu='max'),
    # U-Boot has found all segments before, and gives each device its place.
    scenario('started by U-Boot at EL2', DEFAULT, DEFAULT_WAYS, (3, 3, 3, 2),
             ('it is entered at EL2', entered_at(2, 'smc')), hooks=by_uboot,
             machine='virt-msmmu,virtualization=on'),
    scenario('eleven root complexes', TEN, TEN_WAYS, (8, 10, 11, 2),
             mem='1G'),
    # What was not written by us: the emulator's own machine and SMMU
    scenario("QEMU's own SMMUv3", (), {0: ways(ALL, '4K 16K 64K')},
             (1, 1, 1, 2), machine=bare_metal.UPSTREAM, cpu='max',
             endpoints=(), qemu_args=bare_metal.EDU),
    Scenario('firmware, mistakes', FIRMWARE, DEFAULT, (
        ('each instance reports each mistake as the specification says',
         all_well),
        ('all mistakes were made', every_mistake),
        ('the page of common mistakes says what is seen', as_documented),
    ), append='mistake=all', options={
        'endpoints': ('msmmu-engine',), 'timeout': 120.0}),
)


def program():
    """The Image, as a kernel to boot."""
    return bare_metal.firmware()
