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
    """For each source of tests: its whole paths, beginnings, and the rest."""
    found = []
    for path in [*TOP.glob('tests/unit/**/*.c'),
                 *TOP.glob('tests/qtest/msmmu/**/*.c')]:
        strings = set(re.findall(r'"([^"\n]*)"', read(path)))
        whole = {text for text in strings if text.startswith('/msmmu/')}
        found.append((whole, {text.split('%')[0] for text in whole
                              if text.endswith(('/', '-')) or '%' in text},
                      strings))
    return found


def exists(test, found):
    """Whether some source of sources() has TEST, or all of that beginning.

    A claim may be put together, as in "/msmmu/walk/s%u-%s", perhaps by a
    function that several sources share.
    """
    shared = set().union(*({one for one in beginnings if one + '%u-%s' in whole}
                           for whole, beginnings, _ in found))
    for whole, beginnings, strings in found:
        beginnings = beginnings | shared
        if test in whole or test + '/' in beginnings:
            return True
        rests = [test.removeprefix(beginning) for beginning in beginnings
                 if test.startswith(beginning)]
        if any(rest in strings or
               re.sub('^s?[12]-', '', rest) in strings for rest in rests):
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
    """The documents in NAME's toctrees."""
    folder = (DOCS / name).parent
    for block in re.findall(r'^\.\. toctree::\n(?:   :.*\n)*\n((?:   .*\n?)+)',
                            read(DOCS / (name + '.rst')), re.M):
        for target in block.split():
            yield str((folder / target).resolve().relative_to(DOCS))
