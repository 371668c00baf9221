# SPDX-License-Identifier: GPL-2.0-or-later
"""The documents' tables, the tests that they name, and their links."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
DOCS = TOP / 'docs'


def read(path):
    """A file's text."""
    return path.read_text(encoding='utf-8')


def tables(path):
    """{title: [[cell]]} of a document's list-tables, without their headers.

    The title is that of the section around the table.
    """
    result = {}
    for part in re.split(r'\n(?=[^\n]+\n-+\n)', read(path))[1:]:
        rows = re.split(r'\n   \* - ', part)[2:]
        if rows:
            rows[-1] = re.split(r'\n(?=\S)', rows[-1])[0]
            result[part.split('\n', 1)[0]] = [
                [cell.strip() for cell in
                 re.split(r'\n     -(?: |$)', row, flags=re.M)]
                for row in rows]
    return result


def tests_in(cell):
    """The tests that a cell names."""
    return re.findall('``(/[^`]*)``', cell)


# ---- Tests -----------------------------------------------------------------

def sources():
    """For each source of tests: its whole paths, and all its strings."""
    found = []
    for path in [*TOP.glob('tests/unit/**/*.c'),
                 *TOP.glob('tests/qtest/msmmu/**/*.c')]:
        strings = set(re.findall(r'"([^"\n]*)"', read(path)))
        found.append(({text for text in strings
                       if text.startswith('/msmmu/')}, strings))
    return found


def exists(test, found):
    """Whether some source of sources() has TEST, or all of that beginning.

    A path may be put together: from the string "/msmmu/walk/" and one beside
    it, or as in "/msmmu/walk/s%u-%s", perhaps with what another source has.
    """
    everywhere = set().union(*(strings for _, strings in found))
    for whole, strings in found:
        for path in whole:
            if path == test or path.startswith(test + '/'):
                return True
            if (path.endswith(('/', '-')) and test.startswith(path) and
                    test.removeprefix(path) in strings):
                return True
            if '%' not in path:
                continue
            pattern = re.escape(path).replace('%u', r'[0-9]+')
            parts = re.fullmatch(pattern.replace('%s', '([^/]+)'), test)
            if parts and all(part in everywhere for part in parts.groups()):
                return True
    return False


def missing_tests(path):
    """The tests that a document's tables name and no source has."""
    found = sources()
    return sorted({test for rows in tables(path).values() for row in rows
                   for cell in row for test in tests_in(cell)
                   if not exists(test, found)})


# ---- Links -----------------------------------------------------------------

def documents():
    """All of them, without their suffix, as index.rst would name them."""
    return {str(path.relative_to(DOCS).with_suffix(''))
            for path in DOCS.rglob('*.rst')}


def links(name):
    """The documents that NAME has a :doc: link to, as documents() has them."""
    folder = (DOCS / name).parent
    for target in re.findall(r':doc:`(?:[^`<]*<)?([^`>]+)>?`',
                             read(DOCS / (name + '.rst'))):
        path = DOCS / target[1:] if target.startswith('/') else folder / target
        path = path.resolve()
        yield (str(path.relative_to(DOCS)) if path.is_relative_to(DOCS)
               else target)


def toctree(name):
    """The documents in NAME's toctrees, and in theirs."""
    folder = (DOCS / name).parent
    for block in re.findall(r'^\.\. toctree::\n(?:   :.*\n)*\n((?:   .*\n?)+)',
                            read(DOCS / (name + '.rst')), re.M):
        for target in block.split():
            below = str((folder / target).resolve().relative_to(DOCS))
            yield below
            if below in documents():
                yield from toctree(below)


# ---- Markup ----------------------------------------------------------------

def crossed_margins(text):
    """Lines of simple tables with text between two columns."""
    margins = None
    for line in text.splitlines():
        if re.fullmatch(r' *=+( +=+)+', line):
            margins = [(found.start(), found.end())
                       for found in re.finditer(r'(?<==) +(?==)', line)]
        elif not line.strip():
            margins = None
        elif margins and any(line[start:end].strip()
                             for start, end in margins):
            yield line
