# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of the lab for a terminal.

Cases against kernels; what must be looked at, why, and where its log is; each
known defect once; what was not run and why. Then what each kernel claimed of
each SMMU, and which sizes its tables really had. Kernels with the same figures
share a row there, so that what is different is seen.
"""

import os
import textwrap

from .. import report
from . import model
from .report_common import BITMAPS, bitmap_text, cells, count_text, defect, \
    failed_claims, claim_text, kernel_info, kernel_names, kernel_title, \
    known_ids, plain, row_names, walked, why

WORDS = {model.PASSED: 'ok', model.FAILED: 'FAIL', model.KNOWN: 'known',
         model.FIXED: 'FIXED', model.NOT_RUN: '-'}
COLOURS = {model.PASSED: 'good', model.FAILED: 'bad', model.FIXED: 'bad',
           model.KNOWN: 'note', model.NOT_RUN: 'note'}
# Of a failed case, no more claims than these
SHOWN_CLAIMS = 5


def short(kernel):
    """A kernel's name in a heading."""
    name = plain(kernel)
    if name.startswith('debian:'):
        return name[len('debian:'):]
    return os.path.basename(name) if name.startswith('/') else name


def headings(names):
    """{kernel: heading}, each heading once."""
    heads = {name: short(name) for name in names}
    taken = list(heads.values())
    return {name: head if taken.count(head) == 1 else plain(name)
            for name, head in heads.items()}


def grid_lines(result):
    """Cases against kernels."""
    kernels, rows, found = kernel_names(result), row_names(result), \
        cells(result)
    heads = headings(kernels)
    first = max([len(plain(row)) for row in rows] + [len('case')])
    widths = {kernel: max(len(heads[kernel]), 5) for kernel in kernels}
    if 2 + first + sum(width + 2 for width in widths.values()) > report.WIDTH:
        # A letter for each kernel, which the list of kernels has too.
        heads = {kernel: letter(at) for at, kernel in enumerate(kernels)}
        widths = dict.fromkeys(kernels, 5)
    lines = [report.colour(f'  {"case":<{first}}' + ''.join(
        f'  {heads[kernel]:<{widths[kernel]}}' for kernel in kernels)
        .rstrip(), 'head')]
    for row in rows:
        line = f'  {plain(row):<{first}}'
        for kernel in kernels:
            one = found.get((row, kernel))
            word = WORDS[one.outcome] if one else ''
            line += '  ' + (report.colour(word, COLOURS[one.outcome])
                            if one else '')
            line += ' ' * (widths[kernel] - len(word))
        lines.append(line.rstrip())
    return kernel_lines(result, heads) + [''] + lines


def letter(at):
    """A, B, ... Z, A1, B1, ..."""
    return chr(ord('A') + at % 26) + (str(at // 26) if at >= 26 else '')


def kernel_lines(result, heads):
    """What each column is."""
    lines = []
    for kernel in kernel_names(result):
        info = kernel_info(result, kernel)
        line = f'  {heads[kernel]}  {kernel_title(info)}'
        if info.error:
            line += f'; not had: {plain(info.error)}'
        elif info.module and info.module != 'built':
            line += f'; no module: {plain(info.module)}'
        lines.append(line)
    return lines


def paragraph(text, indent, **options):
    """TEXT wrapped below an indent."""
    return textwrap.wrap(text, report.WIDTH, initial_indent=indent,
                         subsequent_indent=indent, **options)


def unexpected_lines(result, folder):
    """What a person must look at."""
    lines = []
    for one in result.unexpected():
        lines.append('  ' + report.colour(
            f'{WORDS[one.outcome]:<5}', COLOURS[one.outcome]) +
            f'  {plain(one.case.id)}')
        failed = failed_claims(one)
        texts = [why(one)] if why(one) else []
        texts += [claim_text(claim) for claim in failed
                  if claim_text(claim) not in texts][:SHOWN_CLAIMS]
        if one.outcome == model.FIXED:
            texts.insert(0, f'the known defect {plain(one.known)} is not '
                            'seen')
        for text in texts:
            lines += paragraph(text, '         ')
        if len(failed) > SHOWN_CLAIMS:
            lines.append(f'         {len(failed)} claims in all')
        if one.log:
            lines.append('         ' + os.path.join(folder, plain(one.log)))
    return lines


def known_lines(result):
    """Each known defect that was seen, once."""
    lines = []
    for name, seen in known_ids(result).items():
        seen = [one for one in seen if one.outcome != model.FIXED]
        if not seen:
            continue
        entry = defect(result, name)
        title = entry.get('title') or entry.get('reason') or \
            next((why(one) for one in seen if name in one.known.split()),
                 '')
        kernels = headings(dict.fromkeys(one.case.kernel for one in seen))
        count = f'{len(seen)} case' + ('s' if len(seen) > 1 else '')
        lines += paragraph(f'{plain(name)}: {title} ({count}: '
                           f'{" ".join(kernels.values())})', '  ')
    return lines


def not_run_lines(result):
    """What was not run, by reason."""
    reasons = {}
    for one in result.results:
        if one.outcome == model.NOT_RUN:
            reasons.setdefault(why(one) or 'no reason is given',
                               []).append(one)
    lines = []
    for reason, seen in reasons.items():
        kernels = headings(dict.fromkeys(one.case.kernel for one in seen))
        kinds = dict.fromkeys(one.case.kind for one in seen)
        lines += paragraph(
            f'{len(seen)}: {reason} ({" ".join(kernels.values())}; '
            f'{", ".join(plain(kind) for kind in kinds)})', '  ')
    return lines


# ---- Page sizes ----

def merge(values):
    """The different values of a column, '-' without any."""
    texts = list(dict.fromkeys(value for value in values
                               if value and value != '-'))
    return ' or '.join(texts) or '-'


def claimed(seen):
    """Lines '4K 2M: default vfio': bitmaps, and which of a group's are so."""
    names = {}
    for name in BITMAPS:
        sizes = merge(bitmap_text(getattr(group, name)) for group in seen)
        if sizes != '-':
            names.setdefault(sizes, []).append(name)
    return tuple(f'{sizes}: {" ".join(which)}'
                 for sizes, which in names.items()) or ('-',)


def used(seen):
    """What was used in any case, and what was refused."""
    lines = []
    for title, field in (('', 'used'), ('stage 2: ', 'used_stage2'),
                         ('refused: ', 'refused')):
        names = {}
        for group in seen:
            names.update(dict.fromkeys(walked(getattr(group, field)), 1))
        if walked(names):
            lines.append(title + ', '.join(map(plain, walked(names))))
    return tuple(lines) or ('-',)


def size_rows(result, setup):
    """{(instance, figures): {kernel: [smmu]}} over the cases of a set."""
    groups, rows = {}, {}
    for one in result.results:
        if one.case.setup == setup:
            for group in one.groups:
                groups.setdefault((group.instance, group.smmu,
                                   one.case.kernel), []).append(group)
    for (instance, smmu, kernel), seen in groups.items():
        rows.setdefault((instance, claimed(seen), used(seen)), {}).setdefault(
            kernel, []).append(plain(smmu))
    return rows


def size_lines(result):
    """Claimed and used page sizes, a table for each set of SMMUs."""
    heads = headings(kernel_names(result))
    lines = []
    for setup in dict.fromkeys(one.case.setup for one in result.results
                               if one.groups):
        body, offers = {}, {}
        for (instance, *figures), kernels in size_rows(result,
                                                       setup).items():
            for kernel, smmus in kernels.items():
                key = (' '.join(smmus), *figures)
                body.setdefault(key, []).append(heads[kernel])
                offers.update((smmu, plain(instance)) for smmu in smmus)
        lines += ['', '  ' + report.colour(plain(setup), 'head')]
        lines += paragraph('; '.join(f'{smmu} {offers[smmu]}'
                                     for smmu in sorted(offers)), '    ')
        lines += multi_line_table(
            ('SMMU', 'kernels', 'claimed', 'used'),
            [(wrap([smmus], 11), wrap([' '.join(kernels)], 18),
              wrap(claims, 50), wrap(uses, 30))
             for (smmus, claims, uses), kernels
             in sorted(body.items(), key=lambda item: item[0][0])])
    return lines


def wrap(texts, width):
    """TEXTS as lines; what goes over more than one is indented."""
    return [line for text in texts for line in textwrap.wrap(
        text, width, subsequent_indent=' ', break_on_hyphens=False)]


def multi_line_table(heads, body):
    """A table whose cells are lists of lines."""
    table = [[[head] for head in heads]] + [list(row) for row in body]
    widths = [max(len(part) for row in table for part in row[at])
              for at in range(len(heads))]
    lines = []
    for number, row in enumerate(table):
        for level in range(max(len(cell) for cell in row)):
            line = '    ' + '  '.join(
                f'{cell[level] if level < len(cell) else "":<{width}}'
                for cell, width in zip(row, widths))
            line = line.rstrip()
            lines.append(line if number else report.colour(line, 'head'))
    return lines


# ---- All of it ----

def lines(result, folder=''):
    """The report; FOLDER goes before the paths of logs."""
    output = [report.colour(
        f'Lab: {len(result.results)} cases in {result.seconds:.0f} s' +
        (f', shard {plain(result.shard)}' if result.shard != '1/1' else ''),
        'head'), *grid_lines(result)]
    for title, part in (
            ('Must be looked at', unexpected_lines(result, folder)),
            ('Known defects, seen as expected', known_lines(result)),
            ('Not run', not_run_lines(result)),
            ('Page sizes: claimed, and what the SMMU saw',
             size_lines(result))):
        if part:
            output += ['', report.colour(title, 'head'), *part]
    return output + ['', f'{count_text(result)}: ' +
                     ('nothing unexpected' if not result.unexpected() else
                      f'{len(result.unexpected())} unexpected')]


def write(result, stream, folder=''):
    """The report to a stream."""
    for line in lines(result, folder):
        print(line, file=stream)
