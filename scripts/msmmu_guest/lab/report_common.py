# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lab's reports share: the grid, sizes, defects, and plain text.

What a guest printed may be anything. plain() makes one harmless line of it;
each report still escapes for its own format.
"""

import re

from .. import report
from . import model

# Control characters, those that turn the direction of text, and what is no
# character in XML
UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e'
                    '\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]')
ESCAPES = re.compile('\x1b\\[[0-9;?]*[A-Za-z]')
# The bitmaps of a group, on their way from the driver to who uses a domain
BITMAPS = ('driver', 'unbound', 'before', 'after', 'default', 'vfio')
UNITS = {'': 1, 'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'T': 1 << 40}


def plain(text):
    """TEXT as one line without characters that a terminal would obey."""
    text = ESCAPES.sub('', str(text)).replace('\r', '').rstrip('\n')
    return UNSAFE.sub(escape, text.replace('\t', ' '))


def escape(match):
    """A character as Python would write it."""
    code = ord(match.group())
    return f'\\x{code:02x}' if code < 256 else f'\\u{code:04x}'


# ---- The grid ----

def row_name(case):
    """A case without its kernel: domains/4k+16k/strict/dt."""
    return '/'.join((case.kind, case.setup, case.domain, case.firmware))


def kernel_names(result):
    """The columns: all kernels of a run in their order."""
    return list(dict.fromkeys(
        [info.name for info in result.kernels] +
        [one.case.kernel for one in result.results]))


def rows(result):
    """{row: a case of it}: by kind, by set, then as they came."""
    found = {}
    for one in result.results:
        found.setdefault(row_name(one.case), one.case)
    kinds = list(dict.fromkeys(case.kind for case in found.values()))
    setups = list(dict.fromkeys(case.setup for case in found.values()))
    return dict(sorted(found.items(), key=lambda item: (
        kinds.index(item[1].kind), setups.index(item[1].setup))))


def row_names(result):
    """The rows' names."""
    return list(rows(result))


def cells(result):
    """{(row, kernel): CaseResult}"""
    return {(row_name(one.case), one.case.kernel): one
            for one in result.results}


def kernel_info(result, name):
    """A kernel's KernelInfo, an empty one if the run has none."""
    for info in result.kernels:
        if info.name == name:
            return info
    return model.KernelInfo(name)


def kernel_title(info):
    """'debian:6.1: Linux 6.1.0-50-arm64, 4K pages'."""
    parts = []
    if info.release:
        parts.append(f'Linux {plain(info.release)}')
    elif info.label:
        parts.append(plain(info.label))
    if info.page_size:
        parts.append(f'{report.size_name(info.page_size)} pages')
    return f'{plain(info.name)}' + (f': {", ".join(parts)}' if parts else '')


# ---- Why ----

def count_text(result):
    """'200 pass, 3 fail, ...', what there is none of left out."""
    return ', '.join(f'{result.count(outcome)} {outcome}'
                     for outcome in model.OUTCOMES if result.count(outcome))


def failed_claims(one):
    """The claims that are not so and that no known defect explains."""
    return [claim for claim in one.claims
            if claim.result == model.NOT_OK and not claim.known]


def why(one):
    """A case's reason in one line; its first failed claim if it has none."""
    if one.reason:
        return plain(one.reason)
    failed = failed_claims(one)
    if failed:
        return claim_text(failed[0])
    return plain(one.status) if one.outcome != model.PASSED else ''


def claim_text(claim):
    """'smmu1: maps 2M: why not'."""
    return plain(claim.name) + (f': {plain(claim.detail)}'
                                if claim.detail else '')


def known_ids(result):
    """{id: results it explains}, in the order in which they were seen."""
    found = {}
    for one in result.results:
        # Several may be at work at once: "one other".
        ids = dict.fromkeys(one.known.split())
        for claim in one.claims:
            ids.update(dict.fromkeys(claim.known.split()))
        for name in ids:
            found.setdefault(name, []).append(one)
    return found


def defect(result, name):
    """What the run knows of a defect: a dict of texts, with at least 'id'."""
    for entry in result.defects:
        if isinstance(entry, dict) and entry.get('id') == name:
            return {key: field_text(value) for key, value in entry.items()}
    return {'id': name}


def field_text(value):
    """A field of a defect, which may be a list, as a line."""
    if isinstance(value, (list, tuple)):
        return ', '.join(plain(part) for part in value)
    return plain(value)


# ---- Sizes ----

def size_value(name):
    """4096 for '4K' and for '4K contiguous'; 0 for what is no size."""
    match = re.match(r'(\d+)([KMGT]?)B?\b', str(name))
    return int(match.group(1)) * UNITS[match.group(2)] if match else 0


def bitmap_sizes(text):
    """The sizes of a bitmap as numbers, or None where there is no bitmap."""
    try:
        value = int(text, 0)
    except (ValueError, TypeError):
        return None
    return [1 << bit for bit in range(64) if value >> bit & 1]


def bitmap_text(text):
    """'4K 2M 1G'; 'none' for an empty bitmap, '-' where it was not had."""
    sizes = bitmap_sizes(text)
    if sizes is None:
        return plain(text) or '-'
    return ' '.join(report.size_name(size) for size in sizes) or 'none'


def walked(counts):
    """The names in a dict of counters that are not 0, the smallest first."""
    return sorted((name for name, count in counts.items() if count),
                  key=lambda name: (size_value(name), str(name)))
