# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lab's page knows, as JSON inside it: report.js shows it.

Names of claims are many and mostly the same, so texts are numbers into a list
of texts; the same holds for pictures. The logs stay where they are, but for
the line that a person wants to see first, and those around it.
"""

import json
import pathlib
import urllib.parse

from .. import console
from . import model, report_bars
from .report_common import BITMAPS, bitmap_text, defect, known_ids, plain, \
    row_name, why

RESULTS = (model.OK, model.NOT_OK, model.SKIPPED)
# Lines of a log around the one of interest
CONTEXT = 4
# A line may be long; a page with hundreds of them must not be
LONGEST_LINE = 400
LARGEST_LOG = 16 << 20


class Texts:
    """A list of texts, each once."""

    def __init__(self):
        self.numbers = {}

    def number(self, text):
        """A text's place in the list."""
        return self.numbers.setdefault(text, len(self.numbers))

    def all(self):
        """The list."""
        return list(self.numbers)


def log_lines(one, folder):
    """The lines of a case's log, [] where it cannot be read."""
    if folder is None or not one.log:
        return []
    path = pathlib.Path(folder, one.log)
    try:
        if path.stat().st_size > LARGEST_LOG:
            return []
        return path.read_text(encoding='utf-8',
                              errors='replace').split('\n')
    except OSError:
        return []


def line_of_interest(one, lines):
    """Which line of its log explains a case, from 1; 0 for none.

    That of the first claim that is not so; else the kernel's first complaint;
    for a boot that did not end as it should, the last line.
    """
    bad = [claim for claim in one.claims
           if claim.result == model.NOT_OK and claim.line]
    for claim in sorted(bad, key=lambda claim: bool(claim.known)):
        if claim.line <= len(lines):
            return claim.line
    for number, line in enumerate(lines, 1):
        if console.complaint(line):
            return number
    if one.outcome == model.FAILED:
        spoken = [number for number, line in enumerate(lines, 1)
                  if console.plain(line) and not line.startswith('# ')]
        return spoken[-1] if spoken else 0
    return 0


def shown(line):
    """A line of a log as the page has it."""
    line = plain(line)
    return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + ' ...'


def href(path):
    """A relative path as a link, whatever is in it."""
    return urllib.parse.quote(str(path).lstrip('/'))


class Page:
    """Texts, pictures and cases of a page."""

    def __init__(self, result, folder):
        self.result = result
        self.texts, self.pictures = Texts(), Texts()
        self.places = {id(one): at for at, one in enumerate(result.results)}
        self.scale = report_bars.Scale(group for one in result.results
                                       for group in one.groups)
        self.cases = [self.case(one, log_lines(one, folder))
                      for one in result.results]

    def place(self, one):
        """Which of the results it is."""
        return self.places[id(one)]

    def claim(self, claim, lines):
        """[name, result, detail, line, defect, line of the log]"""
        line = ''
        if claim.result == model.NOT_OK and 0 < claim.line <= len(lines):
            line = shown(lines[claim.line - 1])
        return [self.texts.number(plain(claim.name)),
                RESULTS.index(claim.result)
                if claim.result in RESULTS else 1,
                self.texts.number(plain(claim.detail)), claim.line,
                self.texts.number(plain(claim.known)),
                self.texts.number(line)]

    def group(self, group):
        """What was seen of a group, and its picture."""
        bitmaps = {name: [bitmap_text(getattr(group, name)),
                          plain(getattr(group, name))]
                   for name in BITMAPS if getattr(group, name)}
        picture = report_bars.group_picture(self.scale, group)
        return {'smmu': plain(group.smmu), 'instance': plain(group.instance),
                'device': plain(group.device), 'group': group.group,
                'domain': plain(group.domain), 'bitmaps': bitmaps,
                'geometry': plain(group.geometry),
                'counts': [[name, counters(getattr(group, field))]
                           for name, field in (
                               ('used', 'used'),
                               ('stage 2', 'used_stage2'),
                               ('refused', 'refused'),
                               ('faults', 'faults'))
                           if counters(getattr(group, field))],
                'notes': [plain(note) for note in group.notes],
                'picture': self.pictures.number(picture)}

    def case(self, one, lines):
        """A case."""
        at = line_of_interest(one, lines)
        first = max(at - CONTEXT, 1)
        around = [[number, shown(lines[number - 1])] for number in
                  range(first, min(at + CONTEXT, len(lines)) + 1)] if at \
            else []
        if one.outcome in (model.PASSED, model.NOT_RUN) and at:
            around = [[at, shown(lines[at - 1])]]
        return {'id': one.case.id, 'kernel': one.case.kernel,
                'row': row_name(one.case), 'kind': one.case.kind,
                'setup': one.case.setup, 'domain': one.case.domain,
                'firmware': one.case.firmware, 'outcome': one.outcome,
                'why': why(one), 'known': plain(one.known),
                'status': plain(one.status),
                'seconds': round(one.seconds, 1),
                'log': href(one.log) if one.log else '',
                'line': at, 'lines': around,
                'claims': [self.claim(claim, lines)
                           for claim in one.claims],
                'groups': [self.group(group) for group in one.groups]}

    def content(self):
        """All of it."""
        return {'cases': self.cases, 'texts': self.texts.all(),
                'pictures': self.pictures.all(),
                'defects': {plain(name): defect(self.result, name)
                            for name in known_ids(self.result)}}

    def json(self):
        """As JSON that can stand inside a script element."""
        text = json.dumps(self.content(), separators=(',', ':'))
        return text.replace('<', '\\u003c').replace('&', '\\u0026')


def counters(counts):
    """'4K 1000, 2M 3' of those that are not 0."""
    return ', '.join(f'{plain(name)} {counts[name]}'
                     for name in sorted(counts, key=lambda name: (
                         report_bars.size_value(name), str(name)))
                     if counts[name])
