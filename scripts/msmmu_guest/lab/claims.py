# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be so of every case: claims that the host makes of a boot.

Those that the guest makes itself, in records or in KTAP, are joined to them by
expectations. A claim's name says what must be so, and of which instance; it is
the same for every kernel, so that kernels can be compared.
"""

import re

from .. import console, survey
from . import bitmaps, claims_inside, counters, groups, kunit, nested
from . import jobs as jobs_with_host
from .model import NOT_OK, OK, SKIPPED, Claim

DOMAIN_TYPES = {'identity': 'identity', 'strict': 'DMA', 'lazy': 'DMA-FQ'}
# By an assigned disk, before something is mapped for it and after
VFIO_PROVOKES = 'F_TRANSLATION'
PERIPHERAL_EVENT = re.compile(r'arm-smmu-v3 .*(timeout|timed out|error|fail)')


def check(name, problem, line=0):
    """A Claim: true if there is no problem."""
    return Claim(name, NOT_OK if problem else OK, problem, line)


def skip(name, why):
    """A Claim that could not be tried."""
    return Claim(name, SKIPPED, why)


# ---- The kernel ------------------------------------------------------------

def boots(view):
    """The probe came to its end."""
    evidence = view.evidence
    problem = '' if evidence.done else f'{evidence.status}: {evidence.reason}'
    line, _ = evidence.log.find(console.COMPLAINT) if problem else (0, None)
    yield check('the kernel boots, and the probe finishes', problem, line)


def complaints(view):
    """No BUG, no WARNING, no stall."""
    line, _ = view.evidence.log.find(console.COMPLAINT)
    problem = console.plain(view.evidence.log.lines[line - 1]) if line else ''
    yield check('the kernel complains of nothing', problem, line)


def jobs(view):
    """Each job of the probe's ended by itself."""
    errors = [f'{record["what"]}: {record["text"]}'
              for record in view.of_kind('error')]
    for record in view.of_kind('job'):
        problem = ''
        if record['result'] != 'ok':
            problem = '; '.join([f'{record["result"]} {record["number"]}',
                                 *errors[:2]])
        yield check(f'the job {record["job"]} ends well', problem,
                    record['line'])
    ended = [record['job'] for record in view.of_kind('job')]
    read = [snapshot['after'] for snapshot in view.evidence.counters]
    for job in planned(view):
        if job not in ended:
            yield check(f'the job {job} ends well', 'no word of its end')
        elif job not in read:
            yield check(f'the counters are read after the job {job}',
                        'they were not')


def planned(view):
    """The jobs that the probe was told to do."""
    found = re.search(r'msmmu\.jobs=(\S+)', ' '.join(view.evidence.command))
    return found.group(1).split(',') if found else []


def driver_at_ease(view):
    """The SMMU's driver complains of nothing."""
    line, match = view.evidence.log.find(PERIPHERAL_EVENT)
    yield check("the SMMUs' driver has no trouble",
                match.group() if match else '', line)


# ---- Each instance ---------------------------------------------------------

def here(view, port):
    """The groups behind an instance."""
    return [group for group in view.groups if group.smmu == port.smmu]


def named(bits):
    """'4K 2M 1G (0x40201000)'."""
    return f'{bitmaps.name(bits)} ({bits:#x})' if bits else 'none (0x0)'


def offers(view, port):
    """IDR5 has the granules that were asked for."""
    name = f'{port.smmu}: has the granules asked for'
    base = next((record.get('smmu') for record in view.of_kind('device')
                 if groups.segment_of(record['bdf']) == port.segment and
                 record.get('smmu')), None)
    record = next((one for one in view.of_kind('smmu')
                   if one['name'] == base), {})
    found = survey.offered(record)
    if not base:
        # That it has none is the next claim's to say.
        yield skip(name, 'the kernel has no device behind it')
    elif found is None:
        yield skip(name, 'the guest could not read its registers')
    else:
        wanted = port.offers().replace('default', '4K+16K+64K')
        yield check(name, '' if found == wanted else
                    f'{found}, not {wanted}', record['line'])


def domain_types(view, port):
    """The default domains are of the type asked for."""
    wanted = DOMAIN_TYPES[view.case.domain]
    found = here(view, port)
    if view.case.kind != 'domains':
        # Before 6.15 a device has no group until a driver takes it.
        found = [group for group in found if group.group >= 0] or found[:1]
    bad = [f'{group.device}: {group.domain or "no group"}'
           for group in found if group.domain != wanted]
    if not found:
        bad = ['no device behind it']
    name = f'{port.smmu}: default domains are {wanted}'
    if view.case.kind != 'domains' and all(group.group < 0
                                           for group in found):
        yield skip(name, 'no driver took a device behind it')
    else:
        yield check(name, '; '.join(bad))


def line_of_bitmap(view, group, which):
    """Where a bitmap is in the log."""
    if which == bitmaps.VFIO:
        found = [record for record in view.of_kind('vfio')
                 if record['group'] == group.group]
    else:
        found = [record for record in view.of_kind('domain')
                 if record.get('bdf') == group.device and
                 record.get('which') == which]
    return found[0]['line'] if found else 0


TITLES = {
    bitmaps.DEFAULT: 'default domains have the page sizes of this Linux',
    bitmaps.DRIVER: 'the driver-wide page sizes are those of this Linux',
    bitmaps.UNBOUND: 'a domain for no device has the page sizes of this Linux',
    bitmaps.BEFORE: 'a domain not attached has the page sizes of this Linux',
    bitmaps.AFTER: 'an attached domain has the page sizes of this instance',
    bitmaps.VFIO: 'VFIO tells the page sizes of this instance',
}


def page_sizes(view, port):
    """Each bitmap is what this kernel makes of this instance."""
    for which in bitmaps.WHICH:
        name = f'{port.smmu}: {TITLES[which]}'
        # A group that a domain was attached to has told of all others, too.
        found = [group for group in here(view, port)
                 if getattr(group, which) or (group.after and
                                              which != bitmaps.VFIO)]
        expected = view.expected(which, port)
        wrong = [group for group in found
                 if not expected.holds(getattr(group, which))]
        if wrong:
            bits = groups.bits_of(getattr(wrong[0], which))
            wanted = (f'none: {expected.missing}' if expected.missing else
                      f'{named(int(expected.value, 0))}: {expected.reason}')
            yield check(name, f'{wrong[0].device}: {named(bits)}, not '
                        f'{wanted}', line_of_bitmap(view, wrong[0], which))
        elif found and not expected.missing:
            yield Claim(name, OK, expected.reason,
                        line_of_bitmap(view, found[0], which))
        elif expected.missing:
            yield skip(name, expected.missing)
        elif which == bitmaps.VFIO:
            if view.of_kind('vfio'):
                yield check(name, 'VFIO tells none')
        elif view.of_kind('domain'):
            yield check(name, 'the module tells none')


def transfers(view, port):
    """The disk's data passed the default domain, both ways."""
    name = f"{port.smmu}: a disk's data pass its default domain"
    records = [record for record in view.of_kind('dma')
               if groups.segment_of(record['bdf']) == port.segment]
    if not any(record['job'] == 'dma' for record in view.of_kind('job')):
        return
    if not records:
        yield check(name, 'no disk transferred')
    for record in records:
        verdict = view.evidence.files.get(record['serial'], 'no such file')
        yield check(name, survey.transfer_problem(record, verdict),
                    record['line'])


def assigned(view, port):
    """A disk in user space's hands reaches what is mapped for it."""
    name = f'{port.smmu}: an assigned disk reaches what is mapped, no more'
    if 'vfio' not in planned(view):
        return
    record = next((one for one in view.of_kind('assigned')
                   if groups.segment_of(one['bdf']) == port.segment), None)
    if record:
        yield check(name, '' if record['result'] == 'verified' else
                    record.get('error', record['result']), record['line'])
        return
    bits = groups.bits_of(view.expected(bitmaps.VFIO, port).value)
    if bits & -bits > view.kernel.page_size:
        yield skip(name, "its pages are larger than the kernel's")
    else:
        yield check(name, 'it was not tried')


# ---- What the instance saw -------------------------------------------------

def within_claims(view, port):
    """Walks ended only at sizes that the kernel says it maps."""
    name = f'{port.smmu}: the kernel used only sizes that it claims'
    wrong, seen = [], False
    for group in here(view, port):
        bits, which = groups.claimed(group)
        if not bits:
            continue
        for used in (group.used, group.used_stage2):
            seen = seen or bool(used)
            for size in used:
                value = groups.size_bits(size)
                # VFIO shows PAGE_SIZE in place of smaller ones.
                hidden = which == bitmaps.VFIO and \
                    value < view.kernel.page_size == bits & -bits
                if not bits & value and not hidden:
                    wrong.append(f'{group.device}: {size} is not in '
                                 f'{named(bits)} of {which}')
    if wrong:
        yield check(name, '; '.join(wrong))
    elif not seen:
        yield skip(name, 'no walk of a stream with known sizes')
    else:
        yield check(name, '')


def translated(view, port):
    """Streams in a translated domain walk tables, bypassed ones do not."""
    name = f'{port.smmu}: default domains translate, or bypass, as asked'
    after = [snapshot for snapshot in view.evidence.counters
             if snapshot['after'] == 'dma']
    if not after:
        return
    # From the start of the machine: a guest may be faster than who reads.
    walked = [group.device for group in here(view, port)
              if leaves(after[0], group, port)]
    moved = [record['bdf'] for record in view.of_kind('dma')
             if groups.segment_of(record['bdf']) == port.segment]
    silent = [bdf for bdf in moved if not counters.stream(
        after[0], port.smmu, bdf, port.sid_base).get('transactions')]
    if silent:
        yield check(name, f'no transaction of {", ".join(silent)}')
    elif view.case.domain == 'identity' and any(
            counters.faults(after[0], port.smmu).values()):
        # A job that provokes faults, and walks, had begun by then.
        yield skip(name, 'the counters were read too late')
    elif view.case.domain == 'identity':
        yield check(name, f'walks of {", ".join(walked)}' if walked else '')
    elif moved:
        missing = [bdf for bdf in moved if bdf not in walked]
        yield check(name, f'no walk of {", ".join(missing)}' if missing
                    else '')


def leaves(snapshot, group, port):
    """How many walks of a group's stream ended at leaves."""
    found = counters.stream(snapshot, group.smmu, group.device, port.sid_base)
    return sum(sum(found.get(f'stage-{stage}-leaves', {}).values())
               for stage in (1, 2))


def no_refusals(view, port):
    """The kernel asked for no granule that the instance does not have."""
    if view.case.kind == nested.KIND:
        return                  # its job asks for them
    wrong = [f'{group.device}: {group.refused}'
             for group in here(view, port) if group.refused]
    yield check(f'{port.smmu}: no granule was asked for in vain',
                '; '.join(wrong))


def provoked(view, port):
    """{sid: {event: count}} that jobs say they must have caused."""
    found = {}
    for record in view.of_kind('provoked'):
        if not record['count'] or \
                groups.segment_of(record['bdf']) != port.segment:
            continue
        sid = f'{counters.sid_of(record["bdf"], port.sid_base):#x}'
        events = found.setdefault(sid, {})
        events[record['event']] = events.get(record['event'], 0) + \
            record['count']
    return found


def surprises(view, port):
    """Faults that nobody provoked, or that did not come, as texts.

    Over the whole boot: the guest does not wait while the host asks, so what
    comes early in a job may be counted with the one before.
    """
    told = provoked(view, port)
    came = counters.faults(view.evidence.counters[-1], port.smmu)
    assigned = {f'{counters.sid_of(record["bdf"], port.sid_base):#x}'
                for record in view.of_kind('assigned')
                if groups.segment_of(record['bdf']) == port.segment}
    for sid in sorted({*told, *came}):
        events, due = came.get(sid, {}), told.get(sid, {})
        if events == due or (sid in assigned and
                             set(events) == {VFIO_PROVOKES}):
            continue
        yield f'sid {sid}: {events}, and {due or "none"} provoked'


def no_surprises(view, port):
    """No fault but those that a job provoked, on streams that it took."""
    name = f'{port.smmu}: no event that nobody provoked'
    if view.case.kind == nested.KIND:
        return                  # its job makes claims of its own of each
    if view.evidence.counters:
        yield check(name, '; '.join(surprises(view, port)))
    else:
        yield skip(name, 'the counters were not read')


# ---- What a kind of cases has of its own -----------------------------------

def nested_stages(view):
    """What only the host can say of nested translation."""
    around_job = counters.around(view.evidence.counters, nested.KIND)
    for port in view.ports:
        devices = [group.device for group in here(view, port)]
        yield from nested.of_port(port, view, *(
            sizes(snapshot, port, devices[0]) if snapshot and devices
            else None for snapshot in around_job))


def sizes(snapshot, port, device):
    """{'used': ..., 'used_stage2': ...} of a device's stream."""
    found = counters.stream(snapshot, port.smmu, device, port.sid_base)
    return {name: counters.used(found, stage)
            for name, stage in counters.LEAVES.items()}


def kunit_suites(view):
    """The kernel's own tests were among those that ran."""
    yield from kunit.claims(view.evidence.log.text, view.evidence.release)


KERNEL = (boots, complaints, jobs, driver_at_ease, claims_inside.runs)
INSTANCE = (offers, domain_types, page_sizes, transfers, assigned, translated,
            within_claims, no_refusals, no_surprises,
            claims_inside.of_instance)


KINDS = {nested.KIND: (nested_stages,), 'kunit': (kunit_suites,),
         **jobs_with_host.CLAIMS}


def of_boot(view):
    """All claims of the host's. A boot that did not end has few."""
    if not view.evidence.done:
        return list(boots(view))
    return [claim for make in (*KERNEL, *KINDS.get(view.case.kind, ()))
            for claim in make(view)] + \
        [claim for port in view.ports for make in INSTANCE
         for claim in make(view, port)]
