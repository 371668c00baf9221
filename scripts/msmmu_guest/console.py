# SPDX-License-Identifier: GPL-2.0-or-later
"""What the guest printed: the probe's records, and the kernel's complaints."""

import json
import re

STAMP = re.compile(r'^\[\s*\d+\.\d+\](\[\s*[TC]\d+\])?\s?')
RECORD = re.compile(r'msmmu: (\{"kind":.*\})\s*$')
ESCAPES = re.compile(r'\x1b\[[0-9;?]*[A-Za-z]|\r')

# A line that says that something went wrong in the kernel, the worst first
# only in the sense that the first line of a report comes before its details.
COMPLAINT = re.compile(
    r'(kernel BUG at |\bBUG: |\bWARNING: |Unable to handle kernel |'
    r'Internal error: |Kernel panic - not syncing|'
    r'INFO: task .* blocked for more|rcu: INFO: .* stall|'
    r'watchdog: BUG: |UBSAN: |KASAN: |KFENCE: )')
# After one of these nothing more can be expected from the kernel's thread.
FATAL = re.compile(
    r'(kernel BUG at |Unable to handle kernel |Internal error: |'
    r'Kernel panic - not syncing)')


def plain(line):
    """A console line without its time stamp, colours and carriage returns."""
    return STAMP.sub('', ESCAPES.sub('', line)).rstrip()


def parse_record(line):
    """The probe's record in a line, or None."""
    match = RECORD.search(ESCAPES.sub('', line))
    if not match:
        return None
    try:
        record = json.loads(match.group(1))
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def complaint(text):
    """The kernel's first complaint in a log, '' without one."""
    for line in text.splitlines():
        line = plain(line)
        if COMPLAINT.search(line) and 'msmmu: {' not in line:
            return line
    return ''


def is_fatal(line):
    """Does the kernel say here that a thread of it, or all of it, died?"""
    return bool(FATAL.search(line)) and 'msmmu: {' not in line


def tail(text, lines=8):
    """The last lines of a log that say anything."""
    kept = [plain(line) for line in text.splitlines() if plain(line)]
    return kept[-lines:]


def of_kind(records, kind):
    """All records of one kind, in order."""
    return [record for record in records if record.get('kind') == kind]


def first(records, kind):
    """The first record of a kind, {} without one."""
    return next(iter(of_kind(records, kind)), {})
