# SPDX-License-Identifier: GPL-2.0-or-later
"""A made-up run of the lab, for the tests of its reports.

Nine kernels and thirty cases with every outcome, known defects, and texts that
no format likes. Nothing of it was measured.
"""

import itertools
import pathlib

from msmmu_guest import vm
from msmmu_guest.lab import model, sets

SIZES = {'4k': 0x40201000, '16k': 0x2004000, '64k': 0x20010000}
MERGED = SIZES['4k'] | SIZES['16k'] | SIZES['64k']
KERNELS = (
    ('debian:6.1', 'linux-image-6.1.0-50-arm64 6.1.176-1',
     '6.1.0-50-arm64', 4096, 'built'),
    ('debian:6.12', 'linux-image-6.12.107 6.12.107-1', '6.12.107-arm64', 4096,
     'built'),
    ('debian:6.12-16k', 'linux-image-6.12.107-16k 6.12.107-1',
     '6.12.107-arm64-16k', 16384, 'built'),
    ('debian:6.18', 'linux-image-6.18.15 6.18.15-1~bpo13+1',
     '6.18.15+deb13-arm64', 4096, 'headers not published'),
    ('debian:newest', 'linux-image-7.3.4 7.3.4-1~bpo13+1',
     '7.3.4+deb13-arm64', 4096, 'built'),
    ('debian:newest-16k', 'linux-image-7.3.4-16k 7.3.4-1~bpo13+1',
     '7.3.4+deb13-arm64-16k', 16384, 'built'),
    ('own:7.3-4k', 'linux-source-7.3', '7.3.4-msmmu', 4096, 'built'),
    ('own:7.3-16k', 'linux-source-7.3', '7.3.4-msmmu', 16384, 'built'),
    ('own:7.3-64k', 'linux-source-7.3', '7.3.4-msmmu', 65536, ''))
# Would break out of HTML, XML, KTAP, a terminal, or a line
NASTY = ('<script>document.title="broken"</script> & "quotes" \'and\' '
         ']]> <!-- \x1b[31mred\x1b[0m \x00\x07\x85\u202e # SKIP not\nok 1')
DEFECT = {
    'id': 'iova-granule', 'title': 'kernel BUG at iova.c when the smallest '
    'page of the SMMU exceeds PAGE_SIZE', 'kernels': ['6.1', '6.12', '7.3'],
    'reason': 'init_iova_domain() has BUG_ON(granule > PAGE_SIZE).',
    'see': 'drivers/iommu/iova.c, init_iova_domain()'}
FIXED_DEFECT = {'id': 'old-defect', 'title': 'not seen any more',
                'kernels': 'up to 6.12', 'reason': NASTY}


def cases():
    """Thirty, each for every kernel."""
    rows = [('domains', setup, domain, 'dt')
            for setup, domain in itertools.product(sets.SETS,
                                                   ('identity', 'strict'))]
    rows += [('domains', setup, 'lazy', 'dt')
             for setup in ('uniform', '4k+16k+64k', '4k+64k')]
    rows += [('domains', setup, domain, 'uefi') for setup, domain in (
        ('uniform', 'identity'), ('4k+16k+64k', 'identity'),
        ('uniform', 'strict'))]
    rows += [('hotplug', setup, 'identity', 'dt')
             for setup in ('uniform', '4k+16k+64k', '4k+64k')]
    rows += [('hugepages', setup, 'identity', 'dt')
             for setup in ('uniform', '4k+16k+64k', '4k+64k')]
    return rows + [('nested', 'uniform', 'identity', 'dt'),
                   ('kunit', 'uniform', 'identity', 'dt')]


def granules(instance):
    """['4k', '16k'] of 'granules=4k+16k,oas=40'."""
    return instance.split(',')[0].removeprefix('granules=').split('+')


def group_of(at, instance, kernel, domain):
    """What a kernel would make of an instance."""
    mine = 0
    for name in granules(instance):
        mine |= SIZES[name]
    old = kernel[2].startswith('6.1.') or kernel[2].startswith('6.12')
    module = kernel[4] == 'built'
    used = {}
    for size in (4096, 16384, 65536, 1 << 21, 1 << 25, 1 << 29, 1 << 30):
        if mine & size:
            name = f'{size >> 10}K' if size < 1 << 20 else (
                f'{size >> 20}M' if size < 1 << 30 else '1G')
            used[name] = 1 + size % 977
    if '4K' in used:
        used['64K contiguous'] = 12
    return model.Group(
        smmu=f'smmu{at}', instance=instance, segment=at,
        device=f'{at:04x}:00:01.0', group=2 * at - 1,
        domain='DMA' if domain == 'strict' else
        'DMA-FQ' if domain == 'lazy' else 'identity',
        default=hex(mine) if domain != 'identity' else '',
        driver=hex(MERGED) if module and old else '',
        unbound=hex(MERGED) if module and old else '',
        before=hex(mine) if module else '', after=hex(mine) if module else '',
        vfio=hex(mine), geometry='0x0-0xffffffffffff', used=used,
        used_stage2={'4K': 3} if 'stage=2' in instance else {},
        refused={'16K': 2} if granules(instance) == ['64k'] else {},
        faults={'F_TRANSLATION': 4},
        notes=[NASTY] if at == 1 else [])


def claims_of(instances):
    """Ten claims for each instance."""
    found = []
    for at, _ in enumerate(instances, 1):
        for name in ('the domain is of the type asked for',
                     'maps 4K at an aligned address',
                     'maps every size of its bitmap',
                     'refuses a misaligned address',
                     'refuses sizes outside its bitmap',
                     'maps a mixed range larger than a block',
                     'iova_to_phys says what was mapped',
                     'the engine transfers through each mapping',
                     'past the end of a mapping the engine faults',
                     'unmaps all of it'):
            found.append(model.Claim(f'smmu{at}: {name}', model.OK,
                                     line=10 + len(found)))
    return found


def result_of(number, row, kernel):
    """A case; every so many end in each other way."""
    case = model.Case(kernel[0], *row)
    one = model.CaseResult(case, model.PASSED, status=vm.DONE,
                           seconds=4.0 + number % 7, log='')
    instances = sets.SETS[case.setup]
    if kernel[0].endswith('64k') or (case.kind in ('nested', 'kunit') and
                                     not kernel[0].startswith('own:')):
        one.outcome, one.status, one.seconds = model.NOT_RUN, '', 0.0
        one.reason = 'the kernel has no IOMMUFD and no KUnit'
        if kernel[0].endswith('64k'):
            one.reason = 'linux-source-7.3 was not built'
        return one
    one.log = f'logs/{case.id.replace("/", "_").replace(":", "-")}.log'
    one.claims = claims_of(instances)
    one.groups = [group_of(at, instance, kernel, case.domain)
                  for at, instance in enumerate(instances, 1)]
    if case.domain != 'identity' and '4k' not in granules(instances[-1]):
        one.outcome, one.known = model.KNOWN, DEFECT['id']
        one.reason = 'kernel BUG at drivers/iommu/iova.c:46!'
        one.status = vm.HANG
        one.claims[0] = model.Claim(one.claims[0].name, model.NOT_OK,
                                    one.reason, 21, DEFECT['id'])
        one.groups[-1].used = {}
    elif number % 50 == 7:
        one.outcome = model.FAILED
        one.claims[2] = model.Claim(one.claims[2].name + ' # with a sharp',
                                    model.NOT_OK, NASTY, 12)
        one.claims[3] = model.Claim(one.claims[3].name, model.NOT_OK,
                                    '2M was mapped as 512 leaves of 4K', 13)
    elif number == 13:
        one.outcome, one.status = model.FAILED, vm.HANG
        one.reason = 'hang: no line for 60 s'
        one.claims = []
    elif number == 4:
        one.outcome, one.known = model.FIXED, FIXED_DEFECT['id']
        one.reason = 'all claims are true'
    elif number % 10 == 3:
        one.claims[-1] = model.Claim(one.claims[-1].name, model.SKIPPED,
                                     'no API for that since 6.16')
    return one


def lab_result():
    """The whole run."""
    result = model.LabResult(
        kernels=[model.KernelInfo(*kernel) for kernel in KERNELS],
        sets={name: list(row) for name, row in sets.SETS.items()},
        defects=[DEFECT, FIXED_DEFECT], emulator='QEMU 10.0.13 with msmmu',
        began='2030-01-02T03:04:05Z', seconds=812.5)
    result.kernels[-1].error = 'linux-source-7.3 was not built'
    result.results = [result_of(number, row, kernel) for number, (row, kernel)
                      in enumerate(itertools.product(cases(), KERNELS))]
    return result


def write_logs(result, folder):
    """The logs of the cases; line 21 is a BUG, line 12 is nasty."""
    for one in result.results:
        if not one.log:
            continue
        path = pathlib.Path(folder, one.log)
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f'[    {at}.000000] line {at} of {one.case.id}'
                 for at in range(1, 41)]
        lines[11] = f'[   12.000000] {NASTY}'.replace('\n', ' ')
        lines[20] = '[   21.000000] kernel BUG at drivers/iommu/iova.c:46!'
        path.write_text('\n'.join(lines) + '\n', encoding='utf-8',
                        errors='surrogateescape')
