# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be so of the page of the run that the tests made up.

Its texts would break out of HTML, and what its bars must show is known.
"""

import json

import lab_fabricated
from msmmu_guest.lab import model, report_common

from page import count, same

# The slots of a picture that lie in a class of shapes, by line and by size, as
# the browser draws them; and the sizes' names, from the axis above them.
SLOTS = """((cell) => {
  const axis = [...document.querySelectorAll('.sizetable thead .axis')][0];
  const names = [...axis.querySelectorAll('text')].map(e => e.textContent);
  const svg = cell.querySelector('svg.bars');
  const box = svg.getBoundingClientRect();
  const labels = [...cell.closest('tr').querySelectorAll('.labels text')];
  const slot = box.width / names.length;
  const found = {};
  labels.forEach((label) => {
    const at = label.getBoundingClientRect();
    const y = at.top + at.height / 2 - box.top;
    found[label.textContent] = {};
    for (const kind of ['claimed', 'used', 'contiguous', 'refused']) {
      found[label.textContent][kind] = names.filter((name, i) =>
        [...svg.querySelectorAll('.b-' + kind)].some((path) =>
          [0, 3, 6, 8].some((down) => { const p = svg.createSVGPoint();
            p.x = i * slot + 5.5; p.y = y + down - (kind === 'claimed' ?
            down : 0); return kind === 'refused' ?
            path.isPointInStroke(p) : path.isPointInFill(p); })));
    }
  });
  return found;
})"""

RGB = """((e) => { const c = (text) => text.match(/[\\d.]+/g).map(Number);
  let at = e; let back = c(getComputedStyle(at).backgroundColor);
  while (back.length === 4 && back[3] === 0) { at = at.parentElement;
    back = at ? c(getComputedStyle(at).backgroundColor) : [255, 255, 255]; }
  return [c(getComputedStyle(e).color), back]; })"""


def tip(window):
    """What is seen on hovering."""
    return window.evaluate('document.getElementById("tip").hidden ? "" : '
                           'document.getElementById("tip").innerText')


def first(subject, outcome, claims=True):
    """(number, result) of the first case that ended so."""
    return next((at, one) for at, one in enumerate(subject.result.results)
                if one.outcome == outcome and bool(one.claims) >= claims)


def test_hover(window, subject):
    """hovering shows the line of the log and the reason."""
    number, one = first(subject, model.KNOWN)
    window.hover(f'.cell[data-case="{number}"]')
    text = tip(window)
    for part in (one.case.id, '[   21.000000] kernel BUG at drivers/iommu/',
                 'iova-granule', lab_fabricated.DEFECT['title'],
                 'line 21 of the log'):
        assert part in text, f'{part!r} is not in {text!r}'
    number, one = first(subject, model.FAILED)
    window.hover(f'.cell[data-case="{number}"]')
    assert '<script>document.title="broken"</script>' in tip(window)
    number, one = first(subject, model.NOT_RUN, claims=False)
    window.hover(f'.cell[data-case="{number}"]')
    assert one.reason in tip(window), tip(window)
    window.hover('h1')
    same(tip(window), '', 'elsewhere')


def test_tip_stays_inside(window, subject):
    """what hovering shows stays inside the window."""
    for width in (400, 1280):
        window.size(width, 700)
        window.open(subject.address)
        for selector in ('.grid tr[data-row] td:nth-child(2) .cell',
                         '.grid tr[data-row] td:nth-child(9) .cell',
                         '.sizes'):
            window.hover(selector)
            box = window.evaluate(
                '(() => {const b = document.getElementById("tip")'
                '.getBoundingClientRect(); return [b.left, b.top, b.right, '
                'b.bottom];})()')
            assert box[0] >= 0 and box[1] >= 0 and box[2] <= width and \
                box[3] <= 700 and box[2] > box[0], (width, selector, box)


def test_keys(window, subject):
    """keys reach a cell, show it, move on, open it and come back."""
    window.evaluate('document.getElementById("reset").focus(), '
                    'document.getElementById("search").focus()')
    window.key('Tab')
    at = 'document.activeElement.dataset.case'
    start = window.evaluate(at)
    same(start, '0')
    assert subject.result.results[0].case.id in tip(window), tip(window)
    window.key('ArrowRight')
    same(window.evaluate(at), '1', 'right')
    window.key('ArrowDown')
    same(window.evaluate(at), '10', 'down')
    window.key('End')
    same(window.evaluate(at), '17', 'end')
    window.key('Home')
    window.key('ArrowUp')
    same(window.evaluate(at), '0', 'up')
    window.key('Enter', '\r')
    same(count(window, '#drawer'), 1, 'details')
    same(window.evaluate('document.activeElement.id'), 'close')
    window.key('Escape')
    same(window.evaluate(at), '0', 'back')
    window.key('Tab')
    same(window.evaluate('document.activeElement.className'), 'sizes',
         'one stop for each table')


def test_filters(window, subject):
    """filters by kernel, set, domain and text leave what they say."""
    results = subject.result.results
    window.click('.menu[data-field=kernel] summary')
    window.click('.menu[data-field=kernel] label:nth-child(2)')
    window.key('Escape')
    same(count(window, '.grid thead th.k'), 1, 'columns')
    same(count(window, '.sizetable thead th.k'), 1, 'columns of sizes')
    same(count(window, '.cell:not(.off)'), 30, 'one kernel')
    window.click('.menu[data-field=setup] summary')
    window.click('.menu[data-field=setup] label:nth-child(2)')
    window.key('Escape')
    kernel, setup = 'debian:6.12', results[9].case.setup
    mine = [one for one in results if one.case.kernel == kernel]
    wanted = [one for one in mine
              if one.case.setup == list(subject.result.sets)[1]]
    same(count(window, '.cell:not(.off)'), len(wanted), setup)
    same(count(window, '.sizetable tr[data-setup]:not(.kind)'), 3, 'SMMUs')
    window.click('#reset')
    window.click('#search')
    window.type('512 leaves')
    same(count(window, '.cell:not(.off)'), sum(
        any('512 leaves' in claim.detail for claim in one.claims)
        for one in results), 'text')
    window.type(' of nothing at all')
    same(count(window, '.cell'), 0, 'no match')
    same(count(window, '.grid tr.kind'), 0, 'heads of nothing')


def test_texts_stay_texts(window, subject):
    """what a guest printed is text, wherever it is shown."""
    number, _ = first(subject, model.FAILED)
    window.click(f'.cell[data-case="{number}"]')
    assert '<script>document.title' in window.evaluate(
        'document.getElementById("drawer").innerText')
    same(window.evaluate('document.title'), 'Guest lab: 5 unexpected')
    same(window.evaluate('document.querySelectorAll("script").length'), 2)
    same(window.complaints(), [])
    found = window.evaluate(
        'document.querySelector("#drawer .log .at").textContent')
    assert '[   12.000000] <script>' in found, found


def test_bars(window, subject):
    """bars are drawn where the bitmaps and the counters say."""
    for kernel, setup, smmu in (
            ('debian:6.1', '4k+16k+64k', 'smmu2'),
            ('debian:6.1', '4k+16k+64k', 'smmu3'),
            ('own:7.3-4k', '4k+64k', 'smmu1'),
            ('debian:6.18', 'stage-1+stage-2', 'smmu2')):
        selector = (f'.sizes[data-sizes="{setup}|{smmu}"]'
                    f'[data-kernel="{kernel}"]')
        window.centre(selector)
        found = window.evaluate(
            f'{SLOTS}(document.querySelector({json.dumps(selector)}))')
        groups = [group for one in subject.result.results
                  for group in one.groups
                  if (one.case.kernel, one.case.setup, group.smmu) ==
                  (kernel, setup, smmu)]
        for name in report_common.BITMAPS:
            told = {report_common.bitmap_text(getattr(group, name))
                    for group in groups} - {'-'}
            same(found[name]['claimed'],
                 told.pop().split() if told else [],
                 f'{selector} {name}')
        used = {name for group in groups for name in group.used}
        contiguous = {name.split()[0] for name in used if ' ' in name}
        same(set(found['used']['used']), used - contiguous -
             {name for name in used if ' ' in name}, f'{selector} used')
        same(set(found['used']['contiguous']), contiguous, selector)
        same(set(found['used']['refused']),
             {name for group in groups for name in group.refused},
             f'{selector} refused')
        same(found['stage 2']['used'],
             ['4K'] if 'stage=2' in groups[0].instance else [], selector)


def luminance(rgb):
    """WCAG's relative luminance of a colour."""
    parts = [value / 255 / 12.92 if value / 255 <= 0.03928 else
             ((value / 255 + 0.055) / 1.055) ** 2.4 for value in rgb[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(colours):
    """WCAG's contrast of two colours."""
    light, dark = sorted(map(luminance, colours), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours(window, subject):
    """texts can be read, light and dark."""
    for scheme in ('light', 'dark'):
        window.scheme(scheme)
        window.open(subject.address)
        for selector in ['body', '.facts', '.why', '.also', '.in', '.tag',
                         '.legend', '.kr', '.case', '#count', '.menu summary',
                         *(f'.cell.o-{outcome}' for outcome
                           in model.OUTCOMES),
                         *(f'.chip.o-{outcome}' for outcome
                           in model.OUTCOMES)]:
            colours = window.evaluate(
                f'{RGB}(document.querySelector({json.dumps(selector)}))')
            ratio = contrast(colours)
            assert ratio >= 4.5, f'{scheme} {selector}: {ratio:.1f} {colours}'
        back = window.evaluate(f'{RGB}(document.body)')[1]
        assert (luminance(back) < 0.1) == (scheme == 'dark'), back


def test_symbols_differ(window, _subject):
    """outcomes differ without colours."""
    shapes = [window.evaluate(
        f'document.getElementById("sym-{outcome}").innerHTML')
        for outcome in model.OUTCOMES]
    same(len(set(shapes)), len(model.OUTCOMES))


def test_small_window(window, subject):
    """in a window of 400 the grid and the details can be used."""
    window.size(400, 800)
    window.open(subject.address)
    number, one = first(subject, model.FAILED)
    window.click(f'.cell[data-case="{number}"]')
    box = window.evaluate('(() => {const b = document.getElementById('
                          '"drawer").getBoundingClientRect(); '
                          'return [b.left, b.right];})()')
    same(box, [0, 400])
    assert window.evaluate('document.getElementById("drawer").scrollWidth') \
        <= 400
    assert one.case.id in window.evaluate('location.href').replace(
        '%3A', ':').replace('%2F', '/').replace('%2B', '+')
    window.click('#close')
    same(count(window, '#drawer'), 0)
    cell = window.evaluate('(() => {const b = document.querySelector('
                           '".cell").getBoundingClientRect(); '
                           'return [b.width, b.height];})()')
    assert min(cell) >= 24, f'{cell}: too small for a finger'


def test_without_program(window, subject):
    """without JavaScript the grid still shows and leads to logs."""
    window.call('Emulation.setScriptExecutionDisabled', value=True)
    try:
        window.open(subject.address)
        same(count(window, '.cell'), 270)
        number, one = first(subject, model.PASSED)
        # No callback runs in such a page.
        window.click(f'.cell[data-case="{number}"]', settle=False)
        window.browser.wait('Page.loadEventFired')
        assert one.log.split('/')[-1].replace('+', '%2B') in \
            window.evaluate('location.href'), window.evaluate('location.href')
    finally:
        window.call('Emulation.setScriptExecutionDisabled', value=False)
