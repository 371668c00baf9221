# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be so of any page of the lab, in a browser.

Each test gets the page, newly opened at 1280 x 900, and the run that it shows.
"""

import pathlib
import urllib.parse

import lab_fabricated
from msmmu_guest.lab import model, report_common, report_html

WIDTH, HEIGHT = 1280, 900
VISIBLE = ('[...document.querySelectorAll({})].filter('
           'e => e.checkVisibility()).length')


class Subject:
    """A page, and the run that it shows."""

    def __init__(self, path, result):
        self.path, self.result = pathlib.Path(path).absolute(), result
        self.address = self.path.as_uri()

    @classmethod
    def made_up(cls, folder):
        """One that has everything."""
        result = lab_fabricated.lab_result()
        lab_fabricated.write_logs(result, folder)
        path = pathlib.Path(folder, 'report.html')
        path.write_text(report_html.text(result, folder), encoding='utf-8')
        return cls(path, result)

    @classmethod
    def of_file(cls, path):
        """That of a run."""
        text = path.with_name('report.json').read_text(encoding='utf-8')
        return cls(path, model.from_json(text))


def fresh(function, window, subject):
    """Run a test in a page that is as a person finds it."""
    window.size(WIDTH, HEIGHT)
    window.scheme('light')
    window.open(subject.address)
    function(window, subject)


def keep(window, subject, folder):
    """Screenshots, to look at."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for width, scheme in ((1280, 'light'), (1280, 'dark'), (400, 'light')):
        window.size(width, HEIGHT)
        window.scheme(scheme)
        window.open(subject.address)
        window.screenshot(folder / f'{width}-{scheme}.png', whole=True)


def same(found, expected, what=''):
    """Raise when it is not."""
    assert found == expected, f'{what}: {found!r}, not {expected!r}'


def count(window, selector):
    """How many of these are seen."""
    return window.evaluate(VISIBLE.format(repr(selector)))


def test_a_console(window, subject):
    """it opens without an error, asks for nothing else, and is fast."""
    same(window.complaints(), [], 'console')
    same([address for address in window.requests()
          if address != subject.address], [], 'requests')
    assert subject.path.stat().st_size < 4 << 20, 'the page is large'
    # A page may get a process of its own, so this is no difference.
    took = window.worked()
    assert 0 < took < 5, f'{took:.1f} s of the processor until it was there'


def test_b_cells(window, subject):
    """as many cells as results, each with its outcome."""
    same(count(window, '.grid .cell'), len(subject.result.results), 'cells')
    same(count(window, '.grid thead th.k'),
         len(report_common.kernel_names(subject.result)), 'columns')
    same(count(window, '.grid tr[data-row]'),
         len(report_common.row_names(subject.result)), 'rows')
    for outcome in model.OUTCOMES:
        same(count(window, f'.cell.o-{outcome}'),
             subject.result.count(outcome), outcome)
        if subject.result.count(outcome):
            box = window.evaluate(
                f'(() => {{const b = document.querySelector(".cell.o-'
                f'{outcome} .sym").getBoundingClientRect(); '
                'return [b.width, b.height];})()')
            assert min(box) >= 10, f'the symbol of {outcome}: {box}'


def test_c_summary(window, subject):
    """what is on top says how much needs attention."""
    words = window.evaluate('document.querySelector(".word").textContent')
    bad = len(subject.result.unexpected())
    if bad:
        assert words.startswith(f'{bad} result'), words
        same(window.evaluate('document.querySelectorAll('
                             '"#attention .case").length'), bad, 'listed')
    else:
        assert words.startswith('Nothing'), words
        same(count(window, '#attention'), 0)


def test_d_links(window, subject):
    """links lead to logs that are there."""
    links = window.evaluate('[...document.querySelectorAll(".cell, .case")]'
                            '.map(e => [e.dataset.case, e.href])')
    for number, link in links:
        one = subject.result.results[int(number)]
        if one.log:
            path = pathlib.Path(urllib.parse.unquote(
                urllib.parse.urlsplit(link).path))
            same(path, subject.path.parent / one.log)
            assert path.is_file(), f'{path} is not there'


def test_e_widths(window, subject):
    """nothing is wider than the window, from 320 to 1600."""
    for width in (320, 400, 768, 1024, 1280, 1600):
        window.size(width, 800)
        window.open(subject.address)
        wide = window.evaluate('document.documentElement.scrollWidth')
        assert wide <= width, f'{wide} in a window of {width}'
        same(count(window, '.grid .cell'), len(subject.result.results),
             f'cells at {width}')


def test_f_details(window, subject):
    """a click on a cell shows its claims, its groups and its log."""
    number = next((at for at, one in enumerate(subject.result.results)
                   if one.claims and one.groups), None)
    if number is None:
        return
    one = subject.result.results[number]
    window.click(f'.cell[data-case="{number}"]')
    same(window.evaluate('document.querySelector("#drawer h2").textContent'),
         one.case.id)
    same(window.evaluate('document.querySelectorAll("#drawer details > ul >'
                         ' li").length'), len(one.claims), 'claims')
    same(count(window, '#drawer .gr svg.bars'), len(one.groups), 'groups')
    link = window.evaluate('document.querySelector("#drawer dd a").href')
    assert link.startswith('file:'), link
    window.key('Escape')
    same(count(window, '#drawer'), 0, 'details after Escape')
    same(window.evaluate('document.activeElement.dataset.case'), str(number),
         'the focus afterwards')


def test_g_filter(window, subject):
    """a filter by outcome leaves those cells, and the address keeps it."""
    outcome = next((outcome for outcome in model.OUTCOMES
                    if subject.result.count(outcome)), None)
    if not outcome:
        return
    began = window.worked()
    window.click(f'.chip[data-outcome="{outcome}"]')
    took = window.worked() - began
    assert took < 1, f'a filter takes {took:.1f} s of the processor'
    expected = subject.result.count(outcome)
    same(count(window, '.cell:not(.off)'), expected, outcome)
    same(window.evaluate('document.getElementById("count").textContent'),
         f'{expected} of {len(subject.result.results)} results')
    address = window.evaluate('location.href')
    window.open(address)
    same(count(window, '.cell:not(.off)'), expected, 'after opening it again')
    window.click('#reset')
    same(count(window, '.cell:not(.off)'), len(subject.result.results),
         'after "Show all"')


def test_h_paper(window, _subject):
    """it prints."""
    pages = window.pdf()
    assert pages.startswith(b'%PDF-') and len(pages) > 20000, 'no PDF'
    window.scheme('print')
    same(count(window, '#filters, #drawer, #tip'), 0, 'controls on paper')
