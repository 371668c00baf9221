# SPDX-License-Identifier: GPL-2.0-or-later
"""A strict parser of KTAP in a console's log.

KTAP is how tests in a kernel tell what came of them: KUnit's, and those of the
module msmmu_probe. (Documentation/dev-tools/ktap.rst of the kernel.) A log has
any number of documents, in lines that may carry printk's time stamps, with
other lines of the console between them.

What a document promised and did not keep is a failure, never silence: a plan
that is not met, results that are missing, doubled or out of order, a subtest
whose result never came, a suite that says "ok" over a test that failed.
"""

import dataclasses
import re

from .. import console
from . import model

VERSION = re.compile(r'(KTAP version \d+|TAP version 1[34])$')
PLAN = re.compile(r'1\.\.(\d+)(?:\s+#\s*(.*))?$')
RESULT = re.compile(r'(ok|not ok)(?:\s+(\d+))?(?:\s+-(?=\s))?'
                    r'(?:\s+(?!#)(.*?))?(?:\s+#\s*(.*))?$')
SUBTEST = re.compile(r'#\s*Subtest:\s*(.*)$')
DIAGNOSTIC = re.compile(r'#\s*(.*)$')
# What is not tried, or is known to fail, is neither passed nor failed.
NOT_TRIED = re.compile(r'(SKIP|TODO|XFAIL)\b[:\s]*(.*)', re.IGNORECASE)
DETAIL_LINES = 4
# KUnit does not count a test's parameters before it has tried them.
PLANNED_LEVELS = 1


@dataclasses.dataclass
class Test:
    """A result line, and the results below it."""
    name: str
    result: str                 # model.OK, NOT_OK, SKIPPED
    detail: str = ''
    line: int = 0               # of the log, from 1
    tests: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Document:
    """From one version line to the next, or to the end of the log."""
    line: int
    tests: list = dataclasses.field(default_factory=list)
    # What was wrong with the form, as (line, text)
    problems: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Level:
    """An open list of results: the document's own, or a subtest's."""
    indent: int
    line: int
    name: str = ''
    plan: int = -1              # -1: not told yet
    why_none: str = ''          # behind "1..0 #"
    tests: list = dataclasses.field(default_factory=list)


class Parser:
    """Takes a log line by line; finish() gives the documents."""

    def __init__(self):
        self.documents = []
        self.levels = []        # the open ones, the document's first
        self.diagnostics = []
        self.number = 0

    def wrong(self, text, line=0):
        """Something that the form forbids."""
        self.documents[-1].problems.append((line or self.number, text))

    def feed(self, line):
        """One line of the console."""
        self.number += 1
        text = console.plain(line)
        indent = len(text) - len(text.lstrip(' '))
        text = text[indent:]
        if VERSION.match(text):
            self.version(indent)
        elif self.levels:
            self.inside(indent, text)

    def version(self, indent):
        """A document begins, or a subtest does."""
        if not self.levels or indent <= self.levels[0].indent:
            self.end_document()
            self.documents.append(Document(self.number))
            self.levels = [Level(indent, self.number)]
            self.diagnostics = []
        else:
            self.open(indent)

    def open(self, indent):
        """A subtest begins at this indentation, where none is open yet."""
        while len(self.levels) > 1 and self.levels[-1].indent >= indent:
            self.lost(self.levels.pop())
        self.levels.append(Level(indent, self.number))

    def inside(self, indent, text):
        """A line of a document, or one of something else."""
        subtest, plan = SUBTEST.match(text), PLAN.match(text)
        result = RESULT.match(text)
        if subtest:
            self.subtest(indent, subtest.group(1).strip())
        elif plan:
            self.plan(indent, int(plan.group(1)), plan.group(2) or '')
        elif result:
            self.result(indent, *result.groups())
        elif text.startswith('Bail out!'):
            self.wrong(text)
        elif DIAGNOSTIC.match(text):
            self.diagnostics.append(DIAGNOSTIC.match(text).group(1))
        elif self.diagnostics and indent >= max(self.levels[-1].indent, 1):
            # KUnit's words about an expectation go on below their first line.
            self.diagnostics.append(text)

    def subtest(self, indent, name):
        """"# Subtest: NAME", with or without a version line before it."""
        level = self.levels[-1]
        if indent != level.indent or level.tests or level.name or \
                len(self.levels) == 1:
            if indent <= self.levels[0].indent:
                return          # a document's own name
            self.open(indent)
        self.levels[-1].name = name
        self.diagnostics = []

    def plan(self, indent, count, why):
        """"1..N"."""
        level = next((one for one in self.levels if one.indent == indent),
                     None)
        if not level:
            self.wrong(f'a plan, 1..{count}, of no test')
        elif level.plan >= 0:
            self.wrong(f'a second plan, 1..{count}')
        else:
            level.plan, level.why_none = count, why

    def result(self, indent, word, number, name, directive):
        """"ok N NAME # DIRECTIVE"."""
        below = None
        while len(self.levels) > 1 and self.levels[-1].indent > indent:
            if below:
                self.lost(below)
            below = self.levels.pop()
        level = self.levels[-1]
        if level.indent != indent:
            self.wrong(f'a result at no test\'s indentation: {word} '
                       f'{number or ""} {name or ""}'.rstrip())
            return
        test = Test(name or f'test {number}',
                    model.OK if word == 'ok' else model.NOT_OK,
                    directive or '', self.number)
        not_tried = NOT_TRIED.match(test.detail)
        if not_tried:
            test.result = model.SKIPPED
            test.detail = not_tried.group(2) or not_tried.group(1)
        elif test.result == model.NOT_OK and not test.detail:
            test.detail = '; '.join(self.diagnostics[:DETAIL_LINES])
        self.diagnostics = []
        if below:
            self.close(below, test)
        level.tests.append(test)
        if number is None:
            self.wrong(f'a result without a number: {test.name}')
        elif int(number) != len(level.tests):
            self.wrong(f'result {number} where {len(level.tests)} was due: '
                       f'{test.name}')

    def close(self, level, test):
        """A subtest ends with its result."""
        test.tests = level.tests
        self.check_plan(level, test.name)
        if level.name and level.name != test.name:
            self.wrong(f'the subtest {level.name} ends as {test.name}')
        bad = [one.name for one in level.tests
               if one.result == model.NOT_OK]
        if bad and test.result != model.NOT_OK:
            self.wrong(f'{test.name} does not fail, and {bad[0]} in it does')

    def lost(self, level):
        """A subtest whose own result never came."""
        name = level.name or f'of line {level.line}'
        self.wrong(f'the subtest {name} has no result')
        self.check_plan(level, name)
        # What was said in it is not lost.
        self.levels[-1].tests.append(Test(
            name, model.NOT_OK, 'no result', level.line, level.tests))

    def check_plan(self, level, name):
        """As many as promised?"""
        if level.plan < 0 and len(self.levels) <= PLANNED_LEVELS:
            self.wrong(f'{name}: no plan')
        elif level.plan >= 0 and level.plan != len(level.tests):
            self.wrong(f'{name}: {level.plan} planned, {len(level.tests)} '
                       'came')
        elif not level.tests and level.plan:
            self.wrong(f'{name}: no results')

    def end_document(self):
        """The last line of the current document was read."""
        if not self.levels:
            return
        while len(self.levels) > 1:
            self.lost(self.levels.pop())
        top, document = self.levels[0], self.documents[-1]
        document.tests = top.tests
        if top.plan < 0:
            self.wrong('no plan: its end cannot be told', document.line)
        elif not top.plan and not top.why_none:
            self.wrong('a plan of no tests', document.line)
        else:
            self.check_plan(top, 'KTAP')
        self.levels = []

    def finish(self):
        """All documents."""
        self.end_document()
        return self.documents


def parse(text):
    """The documents in a log."""
    parser = Parser()
    for line in text.split('\n'):
        parser.feed(line)
    return parser.finish()


def leaves(tests, path=()):
    """(path of names, Test) of each test that has none below it.

    A suite that failed though all in it passed is one, too.
    """
    for test in tests:
        here = (*path, test.name)
        if test.tests:
            yield from leaves(test.tests, here)
        if not test.tests or (test.result == model.NOT_OK and not any(
                one.result == model.NOT_OK for one in test.tests)):
            yield here, test


def claims(documents):
    """Each leaf, and each problem of form, as a model.Claim."""
    found = []
    for document in documents:
        found += [model.Claim(': '.join(path), test.result, test.detail,
                              test.line)
                  for path, test in leaves(document.tests)]
        found += [model.Claim('KTAP is well formed', model.NOT_OK, problem,
                              line) for line, problem in document.problems]
    return found
