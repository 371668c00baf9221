# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of the lab as one HTML page, for people who look rather than read.

One file: its style (report.css), its program (report.js) and its data
(report_html_data) are inside it, and a policy in it forbids all others. What is
here is what the page shows without its program: the summary, the grid of cases
and kernels whose cells link to logs, and the page sizes.
"""

import base64
import hashlib
import html
import pathlib

from .. import report
from . import model, report_bars
from .report_common import BITMAPS, bitmap_text, cells, claim_text, defect, \
    failed_claims, kernel_info, kernel_names, known_ids, plain, rows, \
    walked, why
from .report_html_data import Page, counters, href

HERE = pathlib.Path(__file__).resolve().parent
WORDS = {model.PASSED: 'pass', model.FAILED: 'fail', model.KNOWN: 'known',
         model.FIXED: 'fixed', model.NOT_RUN: 'not run'}
MEANINGS = {
    model.PASSED: 'all claims are true',
    model.FAILED: 'a claim is not, and no known defect says so',
    model.KNOWN: 'as a known defect of that kernel says',
    model.FIXED: 'a known defect is not seen any more',
    model.NOT_RUN: 'could not be tried'}
# Of cases with one reason, as many are shown at once
SHOWN = 12

# Each outcome has a shape of its own, for those who see no colours.
SYMBOLS = {
    model.PASSED: '<path d="M3 8.5l3.5 3.5L13 4.5"/>',
    model.FAILED: '<path d="M4 4l8 8M12 4l-8 8"/>',
    model.KNOWN: '<path d="M8 1.8L14.2 8 8 14.2 1.8 8z"/>'
                 '<path d="M8 5v3.5M8 10.6v.6"/>',
    model.FIXED: '<path d="M8 1.5l1.9 4.2 4.6.5-3.4 3.1 1 4.5L8 11.5l-4.1 '
                 '2.3 1-4.5L1.5 6.2l4.6-.5z"/>',
    model.NOT_RUN: '<path d="M4 8h8"/>'}


def text_of(text):
    """TEXT, made plain and escaped for HTML."""
    return html.escape(plain(text), quote=True)


def symbol(outcome):
    """An outcome's symbol."""
    return (f'<svg class="sym" viewBox="0 0 16 16" aria-hidden="true">'
            f'<use href="#sym-{outcome}"/></svg>')


def symbols():
    """What symbol() refers to."""
    return ('<svg class="defs" aria-hidden="true"><defs>' + ''.join(
        f'<symbol id="sym-{outcome}" viewBox="0 0 16 16">{shape}</symbol>'
        for outcome, shape in SYMBOLS.items()) +
        '</defs></svg>')


# ---- The summary ----

def duration(seconds):
    """'13 min 32 s'."""
    minutes, rest = divmod(round(seconds), 60)
    return f'{minutes} min {rest} s' if minutes else f'{rest} s'


def header(result):
    """Title, and what run this is."""
    facts = [f'{len(rows(result))} cases', f'{len(kernel_names(result))} '
             'kernels', f'{len(result.results)} results']
    if result.seconds:
        facts.append(duration(result.seconds))
    if result.began:
        facts.append(result.began.replace('T', ' ').replace('Z', ' UTC'))
    if result.shard not in ('', '1/1'):
        facts.append(f'shard {result.shard}')
    if result.emulator:
        facts.append(result.emulator)
    items = ''.join(f'<li>{text_of(fact)}</li>' for fact in facts)
    return (f'<header><h1>Guest lab</h1><ul class="facts">{items}</ul>'
            '</header>')


def verdict(result):
    """In one glance: is there anything to do?"""
    bad = result.unexpected()
    if not result.results:
        kind, words = 'warn', 'Nothing was run'
    elif bad:
        noun = 'results need' if len(bad) > 1 else 'result needs'
        kind, words = 'bad', f'{len(bad)} {noun} attention'
    elif result.count(model.NOT_RUN) == len(result.results):
        kind, words = 'warn', 'Nothing could be run'
    else:
        kind, words = 'good', 'Nothing unexpected'
    mark = symbol({'bad': model.FAILED, 'good': model.PASSED,
                   'warn': model.NOT_RUN}[kind])
    chips = ''.join(
        f'<button type="button" class="chip o-{outcome}" '
        f'data-outcome="{outcome}" aria-pressed="false" '
        f'title="{MEANINGS[outcome]}">{symbol(outcome)}'
        f'<b>{result.count(outcome)}</b> {WORDS[outcome]}</button>'
        for outcome in model.OUTCOMES if result.count(outcome))
    return (f'<section class="verdict v-{kind}" aria-label="Summary">'
            f'<p class="word">{mark}{words}</p>{share(result)}'
            f'<div class="chips" role="group" '
            f'aria-label="Show only">{chips}</div></section>')


def share(result):
    """The outcomes' shares, as one bar."""
    total, left, parts = len(result.results) or 1, 0.0, []
    for outcome in model.OUTCOMES:
        width = 1000 * result.count(outcome) / total
        if width:
            parts.append(f'<rect class="f-{outcome}" x="{left:.1f}" '
                         f'width="{width:.1f}" height="10"/>')
        left += width
    return ('<svg class="share" viewBox="0 0 1000 10" aria-hidden="true" '
            f'preserveAspectRatio="none">{"".join(parts)}</svg>')


def by_reason(results):
    """{reason: results}, the most frequent first."""
    found = {}
    for one in results:
        found.setdefault(why(one) or 'no reason is given', []).append(one)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def case_link(page, one):
    """A case as a link: to its details, or without the program to its log."""
    return (f'<a class="case" href="{text_of(href(one.log) or "#grid")}" '
            f'data-case="{page.place(one)}">'
            f'{text_of(one.case.id)}</a>')


def case_list(page, seen):
    """Links to cases; those after the first few are folded."""
    links = [f'<li>{case_link(page, one)}</li>' for one in seen]
    more = ''
    if len(links) > SHOWN:
        more = (f'<details><summary>{len(links) - SHOWN} more</summary>'
                f'<ul class="cases">{"".join(links[SHOWN:])}</ul></details>')
    return f'<ul class="cases">{"".join(links[:SHOWN])}</ul>{more}'


def attention(result, page):
    """What must be looked at: each reason once, with its line of the log."""
    items = []
    for outcome in model.UNEXPECTED:
        found = [one for one in result.results if one.outcome == outcome]
        for reason, seen in by_reason(found).items():
            if outcome == model.FIXED:
                reason = f'{seen[0].known} is not seen any more: {reason}'
            items.append(
                f'<li class="o-{outcome}">{symbol(outcome)}<div>'
                f'<p class="why">{text_of(reason)}</p>'
                f'{quote(page, seen[0])}'
                f'{case_list(page, seen)}</div></li>')
    if not items:
        return ''
    return ('<section id="attention"><h2>What needs attention</h2>'
            f'<ul class="attention">{"".join(items)}</ul></section>')


def quote(page, one):
    """The line of the log that says most, and the other claims."""
    case = page.cases[page.place(one)]
    text = ''.join(f'<code>{html.escape(line)}</code>'
                   for number, line in case['lines']
                   if number == case['line'])
    others = [claim_text(claim) for claim in failed_claims(one)
              if claim_text(claim) != why(one)]
    if others:
        more = f' and {len(others) - 1} more' if len(others) > 1 else ''
        text += f'<p class="also">also: {text_of(others[0])}{more}</p>'
    return text


def expected(result, page):
    """Known defects, and what was not run: for those who ask."""
    parts = []
    known = []
    for name, seen in known_ids(result).items():
        seen = [one for one in seen if one.outcome != model.FIXED]
        if seen:
            known.append(known_item(page, name, seen))
    if known:
        parts.append('<section><h2>Known defects, seen as expected</h2><ul '
                     f'class="known">{"".join(known)}</ul></section>')
    skipped = [one for one in result.results
               if one.outcome == model.NOT_RUN]
    if skipped:
        items = ''.join(
            f'<li><b>{len(seen)}</b> {text_of(reason)}<span class="in">'
            f'{text_of(kernels_of(seen))}</span></li>'
            for reason, seen in by_reason(skipped).items())
        parts.append('<section><h2>Not run</h2><ul class="notrun">'
                     f'{items}</ul></section>')
    return f'<div class="two">{"".join(parts)}</div>' if parts else ''


def kernels_of(seen):
    """The kernels of results."""
    return ', '.join(dict.fromkeys(one.case.kernel for one in seen))


def known_item(page, name, seen):
    """A known defect."""
    entry = defect(page.result, name)
    noun = 'cases' if len(seen) > 1 else 'case'
    reason = ' '.join(f'<p>{text_of(entry[key])}</p>'
                      for key in ('reason', 'see') if entry.get(key))
    return (f'<li><details><summary><b>{text_of(name)}</b> '
            f'{text_of(entry.get("title", ""))} <span class="in">'
            f'{len(seen)} {noun}: {text_of(kernels_of(seen))}</span>'
            f'</summary>{reason}{case_list(page, seen)}</details></li>')


# ---- The grid ----

def kernel_heads(result, under=''):
    """The heads of the columns."""
    heads = []
    for name in kernel_names(result):
        info = kernel_info(result, name)
        size = report.size_name(info.page_size) if info.page_size else ''
        said = ', '.join(filter(None, [
            f'{name}: {info.release or info.label}',
            f'{size} pages' if size else '',
            info.error or (f'no module: {info.module}' if info.module not in
                           ('', 'built') else '')]))
        vendor, _, short = plain(name).rpartition(':')
        heads.append(
            f'<th scope="col" class="k" data-kernel="{text_of(name)}" '
            f'title="{text_of(said)}"><span class="kn"><small>'
            f'{html.escape(vendor)}</small>{html.escape(short)}</span>'
            f'<small class="kr">{size and size + " pages"}</small>'
            f'{under}</th>')
    return ''.join(heads)


def cell(at, one):
    """A result in the grid."""
    failed = len(failed_claims(one))
    number = {model.FAILED: str(failed or ''), model.NOT_RUN: ''}.get(
        one.outcome, str(len(one.claims) or ''))
    said = f'{one.case.id}: {WORDS[one.outcome]}'
    if why(one):
        said += f', {why(one)}'
    return (f'<td><a class="cell o-{one.outcome}" data-case="{at}" '
            f'href="{text_of(href(one.log) or "#grid")}" '
            f'aria-label="{text_of(said)}">{symbol(one.outcome)}'
            f'<span>{number}</span></a></td>')


def grid(result, page):
    """Cases against kernels."""
    kernels = kernel_names(result)
    found, body, kind = cells(result), [], None
    for name, case in rows(result).items():
        if case.kind != kind:
            kind = case.kind
            body.append(f'<tr class="kind" data-kind="{text_of(kind)}">'
                        f'<th scope="rowgroup" colspan="{len(kernels) + 1}">'
                        f'<span>{text_of(kind)}</span></th></tr>')
        tags = ''.join(f'<span class="tag t-{text_of(tag)}">{text_of(tag)}'
                       '</span>' for tag in (case.domain, case.firmware))
        row = ''.join(
            cell(page.place(found[name, kernel]), found[name, kernel])
            if (name, kernel) in found else '<td></td>'
            for kernel in kernels)
        body.append(f'<tr data-row="{text_of(name)}"><th scope="row">'
                    f'<b>{text_of(case.setup)}</b><span class="tags">{tags}'
                    f'</span></th>{row}</tr>')
    legend = ''.join(f'<li class="o-{outcome}">{symbol(outcome)}'
                     f'{WORDS[outcome]}: {MEANINGS[outcome]}</li>'
                     for outcome in model.OUTCOMES)
    return ('<section id="grid"><h2>Cases and kernels</h2>'
            f'<ul class="legend">{legend}</ul><div class="scroll"><table '
            'class="grid" data-roving><thead><tr><th scope="col">set, domain, '
            f'firmware</th>{kernel_heads(result)}</tr></thead><tbody>'
            f'{"".join(body)}</tbody></table></div></section>')


# ---- Page sizes ----

def sized_groups(result):
    """[(set, smmus, instance, {kernel: groups})], by set.

    SMMUs of a set that are alike, and look alike to each kernel, are one row.
    """
    found = {}
    for one in result.results:
        for group in one.groups:
            kernels = found.setdefault(
                (one.case.setup, group.smmu, group.instance), {})
            kernels.setdefault(one.case.kernel, []).append(group)
    alike = {}
    for (setup, smmu, instance), kernels in found.items():
        words = tuple((kernel, size_words(groups, counts=False))
                      for kernel, groups in kernels.items())
        smmus, together = alike.setdefault((setup, instance, words), ([], {}))
        smmus.append(smmu)
        for kernel, groups in kernels.items():
            together.setdefault(kernel, []).extend(groups)
    setups = list(dict.fromkeys(key[0] for key in alike))
    return sorted(((setup, smmus, instance, kernels) for
                   (setup, instance, _), (smmus, kernels) in alike.items()),
                  key=lambda row: (setups.index(row[0]), row[1]))


def size_words(groups, counts=True):
    """What the bars show, as a sentence; without COUNTS, which sizes alone."""
    words = []
    for name in BITMAPS:
        texts = dict.fromkeys(bitmap_text(getattr(group, name))
                              for group in groups if getattr(group, name))
        if texts:
            words.append(f'{name} {" or ".join(texts)}')
    for name, field in (('used', 'used'), ('stage-2', 'used_stage2'),
                        ('refused', 'refused')):
        total = {}
        for group in groups:
            for size, count in getattr(group, field).items():
                total[size] = total.get(size, 0) + count
        if walked(total):
            words.append(f'{name} ' + (counters(total) if counts else
                                       ' '.join(map(plain, walked(total)))))
    return '; '.join(words)


def size_cell(scale, setup, smmus, kernel, groups):
    """The bars of a kernel behind an instance, over all cases."""
    if not groups:
        return '<td></td>'
    figures, varies = report_bars.merged(groups)
    mark = '<span class="varies" title="not the same in all cases">≠</span>' \
        if varies else ''
    said = (f'{kernel}, {setup}, {" ".join(smmus)}: '
            f'{size_words(groups)}')
    return (f'<td><a class="sizes" href="#sizes" data-sizes="'
            f'{text_of(setup)}|{text_of(" ".join(smmus))}" '
            f'data-kernel="{text_of(kernel)}" aria-label="{text_of(said)}">'
            f'{report_bars.picture(scale, *figures)}{mark}</a></td>')


def size_legend():
    """What the bars mean."""
    return (
        '<ul class="legend"><li><svg class="bars" width="13" height="10"><path '
        'class="b-claimed" d="M.5 1.5h10v7h-10z"/></svg>claimed</li>'
        '<li><svg class="bars" width="13" height="14"><path class="b-used" '
        'd="M0 2h11v12h-11z"/></svg>used: leaves that the SMMU walked to, '
        'taller from 10, 100, 1000 on</li>'
        '<li><svg class="bars" width="13" height="14"><path '
        'class="b-contiguous" d="M0 2h11v12h-11z"/></svg>with the Contiguous '
        'bit</li><li><svg class="bars" width="13" height="12"><path '
        'class="b-refused" d="M2 2l7 8M9 2l-7 8"/></svg>refused by the SMMU'
        '</li><li><svg class="bars" width="13" height="12"><path '
        'class="b-none" d="M0 6h11"/></svg>no such bitmap in that '
        'kernel, or no module to ask it</li><li>an empty line: a bitmap of 0'
        '</li></ul>')


def sizes(result, scale):
    """Claimed and used page sizes."""
    found = sized_groups(result)
    if not found:
        return ''
    kernels, body, last = kernel_names(result), [], None
    for setup, smmus, instance, groups in found:
        if setup != last:
            last = setup
            body.append(f'<tr class="kind" data-setup="{text_of(setup)}">'
                        f'<th scope="rowgroup" colspan="{len(kernels) + 1}">'
                        f'<span>{text_of(setup)}</span></th></tr>')
        row = ''.join(size_cell(scale, setup, smmus, kernel,
                                groups.get(kernel)) for kernel in kernels)
        body.append(f'<tr data-setup="{text_of(setup)}"><th scope="row">'
                    '<div class="smmu"><span>'
                    f'<b>{text_of(" ".join(smmus))}</b><small>'
                    f'{instance_words(instance)}</small></span>'
                    f'{report_bars.labels(scale)}</div></th>{row}</tr>')
    return ('<section id="sizes"><h2>Page sizes: what kernels claim, and what '
            f'the SMMU saw</h2>{size_legend()}<div class="scroll"><table '
            'class="sizetable" data-roving><thead><tr><th scope="col">SMMU'
            f'</th>{kernel_heads(result, report_bars.axis(scale))}</tr>'
            f'</thead><tbody>{"".join(body)}</tbody></table></div></section>')


def instance_words(instance):
    """An instance's properties, where a line may be broken."""
    return text_of(instance).replace(',', ',<wbr>').replace('+', '+<wbr>')


def about(result):
    """The kernels and the machines."""
    lines = ''.join(
        f'<tr><th scope="row">{text_of(info.name)}</th>'
        f'<td>{text_of(info.release or "-")}</td><td>'
        f'{report.size_name(info.page_size) if info.page_size else "-"}</td>'
        f'<td>{text_of(info.error or info.module or "-")}</td>'
        f'<td>{text_of(info.label)}</td></tr>' for info in result.kernels)
    machines = ''.join(
        f'<tr><th scope="row">{text_of(name)}</th><td>'
        f'{"<br>".join(text_of(smmu) for smmu in smmus)}</td></tr>'
        for name, smmus in result.sets.items())
    return ('<section class="about"><details><summary>Kernels</summary><div '
            'class="scroll"><table><thead><tr><th>name</th><th>release</th>'
            '<th>pages</th><th>module</th><th>from</th></tr></thead><tbody>'
            f'{lines}</tbody></table></div></details><details><summary>Sets of '
            f'SMMUs</summary><div class="scroll"><table><tbody>{machines}'
            '</tbody></table></div></details></section>')


# ---- The page ----

def digest(text):
    """A script or a style in a policy."""
    return "'sha256-" + base64.b64encode(
        hashlib.sha256(text.encode('utf-8')).digest()).decode() + "'"


def text(result, folder=None):
    """The page; FOLDER is the one that the logs' paths start from."""
    style = (HERE / 'report.css').read_text(encoding='utf-8')
    program = (HERE / 'report.js').read_text(encoding='utf-8')
    page = Page(result, folder)
    policy = (f"default-src 'none'; style-src {digest(style)}; "
              f"script-src {digest(program)}; base-uri 'none'; "
              "form-action 'none'")
    bad = len(result.unexpected())
    title = f'Guest lab: {bad} unexpected' if bad else 'Guest lab'
    return '\n'.join([
        '<!DOCTYPE html>', '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, '
        'initial-scale=1">', '<meta name="color-scheme" '
        'content="light dark">', f'<title>{title}</title>',
        f'<style>{style}</style></head><body>', symbols(), '<main>',
        header(result), verdict(result), attention(result, page),
        expected(result, page), '<div id="filters" hidden></div>',
        grid(result, page), sizes(result, page.scale), about(result), '</main>',
        '<aside id="drawer" hidden></aside>',
        '<div id="tip" role="tooltip" hidden></div>',
        f'<script type="application/json" id="data">{page.json()}</script>',
        f'<script>{program}</script></body></html>', ''])
