# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables for people, JSON for programs."""

import os
import sys
import textwrap

from . import console, vm

WIDTH = 120
UNITS = ((1 << 40, 'T'), (1 << 30, 'G'), (1 << 20, 'M'), (1 << 10, 'K'))
COLOURS = {'good': '32', 'bad': '31', 'head': '1', 'note': '2'}


def colour(text, kind):
    """TEXT in a colour when standard output is a terminal."""
    if not sys.stdout.isatty() or os.environ.get('NO_COLOR'):
        return text
    return f'\x1b[{COLOURS[kind]}m{text}\x1b[0m'


def size_name(size):
    """4096 is 4K; what is no multiple of 1K keeps its bytes."""
    for unit, letter in UNITS:
        if size >= unit and size % unit == 0:
            return f'{size // unit}{letter}'
    return str(size)


def decode_bitmap(value):
    """'4K 2M 1G (0x40201000)' for 0x40201000."""
    if isinstance(value, str):
        value = int(value, 0)
    sizes = [size_name(1 << bit) for bit in range(64) if value >> bit & 1]
    return f'{" ".join(sizes) or "none"} ({value:#x})'


def rounding_note(pgsizes, offers, page_size):
    """Does VFIO show the kernel's page size for a smaller granule?"""
    if not pgsizes or not offers or not page_size:
        return False
    names = offers.split('+')
    return bool(int(pgsizes, 0) & page_size) and \
        size_name(page_size) not in names and \
        any(name in names for name in smaller_granules(page_size))


def smaller_granules(page_size):
    """Names of the granules below a page size."""
    return [size_name(size) for size in (4096, 16384) if size < page_size]


HEADINGS = ('seg', 'SMMU', 'offers', 'group', 'device', 'domain',
            'pgsize_bitmap (VFIO)', 'translated default domain')


def cells(row):
    """A row's cells as text."""
    offers = row['offers']
    if offers is None:
        # Not read from IDR5: say so.
        offers = f'({row["asked"]})'
    return (f'{row["segment"]:04x}', row['smmu'] or 'none', offers or '-',
            '-' if row['group'] is None else str(row['group']),
            row['device'], row['domain'] or '-',
            decode_bitmap(row['pgsizes']) if row['pgsizes']
            else row['pgsizes_error'] or '-',
            row['translated'] or '-')


def table(headings, lines, width=WIDTH, indent=2):
    """Aligned columns; the last one is wrapped to the width."""
    lines = [tuple(line) for line in lines]
    widths = [max(len(str(line[column])) for line in [headings] + lines)
              for column in range(len(headings) - 1)]
    start = indent + sum(widths) + 2 * len(widths)
    room = max(width - start, 24)
    output = []
    for line in [headings] + lines:
        head = ' ' * indent + ''.join(f'{text:<{size}}  '
                                      for text, size in zip(line, widths))
        parts = textwrap.wrap(line[-1], room, break_long_words=True) or ['']
        output.append((head + parts[0]).rstrip())
        output += [' ' * start + part for part in parts[1:]]
        if line is headings:
            output[0] = colour(output[0], 'head')
    return output


def kernel_title(run):
    """'Linux 6.1.0-50-arm64, 4K pages (debian:6.1)'."""
    start = run.start_record()
    page_size = start.get('page_size') or run.kernel.page_size
    title = f'Linux {start["release"]}' if start else run.kernel.label
    pages = f', {size_name(page_size)} pages' if page_size else ''
    return f'{title}{pages} ({run.kernel.name})'


def kernel_lines(run, host_bridges=False):
    """The table of one kernel, with its notes, as lines."""
    lines = ['', colour(kernel_title(run), 'head')]
    rows = run.rows(host_bridges)
    if run.survey.status != vm.DONE:
        lines.append(colour(f'  {run.survey.status}: {run.survey.describe()}',
                            'bad'))
        if not run.survey.errors or run.survey.log:
            lines += ['  | ' + line for line in console.tail(run.survey.log)]
    elif not rows:
        lines.append('  the guest sees no PCI device')
    if rows:
        lines += table(HEADINGS, [cells(row) for row in rows])
    page_size = run.start_record().get('page_size')
    if any(rounding_note(row['pgsizes'], row['offers'], page_size)
           for row in rows):
        lines.append(f'  Note: VFIO rounds page sizes below the kernel\'s own '
                     f'up to {size_name(page_size)}.')
    lines += assigned_lines(run)
    if run.survey.status == vm.DONE and run.survey.complaint():
        lines.append(f'  The kernel says: {run.survey.complaint()}')
    for record in run.survey.of_kind('error'):
        lines.append(f'  Note: {record["what"]}: {record["text"]}')
    if run.transfers:
        lines += transfer_lines(run)
    return lines


def assigned_lines(run):
    """What devices assigned to user space could reach."""
    records = run.survey.of_kind('assigned')
    names = {port.segment: port.smmu for port in run.ports}
    good = [names.get(int(record['bdf'].split(':')[0], 16), record['bdf'])
            for record in records if record['result'] == 'verified']
    lines = []
    if good:
        lines = [f'  VFIO: an assigned nvme reached what was mapped, while it '
                 f'was mapped: {", ".join(dict.fromkeys(good))}']
    return lines + [f'  VFIO: {record["bdf"]} assigned: {record["error"]} '
                    f'({record["errno"]})' for record in records
                    if record['result'] != 'verified']


def transfer_lines(run):
    """The DMA part: who transferred what, with which interrupts."""
    result = run.transfers
    types = {str(record['group']): record.get('type', '')
             for record in result.of_kind('group')}
    devices = {record['bdf']: record for record in result.of_kind('device')}
    lines = ['', colour('  Transfers with translated domains, all disks at '
                        f'once, {run.kernel.short}', 'head')]
    if result.status != vm.DONE:
        lines.append(colour(f'  {result.status}: {result.describe()}', 'bad'))
    body = []
    for record in sorted(result.of_kind('dma'), key=lambda r: r['bdf']):
        segment = int(record['bdf'].split(':')[0], 16)
        port = next(port for port in run.ports if port.segment == segment)
        domain = types.get(devices.get(record['bdf'], {}).get('group'), '-')
        count = record['interrupts_after'] - record['interrupts_before']
        # Newer kernels append the device's name.
        chip = record['chip'].replace('-' + record['bdf'], '')
        body.append((
            record['bdf'], record['driver'], port.smmu or 'none', domain,
            f'{size_name(record["bytes"])} {record["result"]}',
            f'+{count}, {record["vectors"]} {chip}',
            record.get('file', '-'), record.get('error', '-')))
    if body:
        lines += table(('device', 'driver', 'SMMU', 'domain', 'O_DIRECT',
                        'interrupts', 'backing file', 'errors'), body)
    else:
        lines.append('  no transfer was made')
    return lines


def as_json(run):
    """All there is to know of one kernel, for --json."""
    return {
        'kernel': run.kernel.name,
        'package': run.kernel.label,
        'start': run.start_record(),
        'rows': run.rows(host_bridges=True),
        'smmus': run.survey.of_kind('smmu'),
        'groups': run.survey.of_kind('group'),
        'assigned': run.survey.of_kind('assigned'),
        'transfers': run.transfers.of_kind('dma') if run.transfers else [],
        'boots': [{
            'purpose': result.purpose,
            'status': result.status,
            'seconds': round(result.seconds, 2),
            'complaint': result.complaint(),
            'reason': result.reason,
            'errors': result.errors,
            'command': [str(word) for word in result.command],
            'records': result.records,
        } for result in run.results()],
    }
