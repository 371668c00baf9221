/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lab's page: filters, what is seen on hovering, keys, details. All texts
 * go into the page as text, never as HTML; pictures are our own SVGs.
 */
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = {pass: "pass", fail: "fail", known: "known", fixed: "fixed",
    "not-run": "not run"};
  const one = (path, from = document) => from.querySelector(path);
  const all = (path, from = document) => [...from.querySelectorAll(path)];

  function el(name, attributes, ...inside) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === true) {
        made.setAttribute(key, "");
      } else if (value !== false && value !== undefined && value !== "") {
        made.setAttribute(key, value);
      }
    }
    made.append(...inside.filter((part) => part !== "" && part !== null));
    return made;
  }

  function symbol(outcome) {
    const space = one("svg").namespaceURI;
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "sym");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(space, "use");
    use.setAttribute("href", "#sym-" + outcome);
    svg.append(use);
    return svg;
  }

  /* ---- Filters ---- */

  const fields = [["kernel", "Kernel"], ["kind", "Kind"], ["setup", "Set"],
    ["domain", "Domain"], ["firmware", "Firmware"], ["outcome", "Outcome"]];
  const chosen = {};
  fields.forEach(([field]) => { chosen[field] = new Set(); });
  let wanted = "";

  function values(field) {
    const found = new Set(data.cases.map((each) => each[field]));
    return field === "outcome" ?
      Object.keys(words).filter((word) => found.has(word)) : [...found];
  }

  function menu(field, title) {
    const boxes = values(field).map((value) => {
      const box = el("input", {type: "checkbox", "data-field": field});
      box.value = value;
      box.addEventListener("change", () => {
        chosen[field][box.checked ? "add" : "delete"](value);
        apply();
      });
      return el("label", null, box,
        field === "outcome" ? words[value] : value);
    });
    return el("details", {class: "menu", "data-field": field},
      el("summary", null, title), el("div", null, ...boxes));
  }

  function matches(each) {
    return fields.every(([field]) => !chosen[field].size ||
      chosen[field].has(each[field])) &&
      (!wanted || each.search.includes(wanted));
  }

  function makeFilters() {
    const bar = document.getElementById("filters");
    const search = el("input", {id: "search", type: "search",
      placeholder: "reason, claim, kernel ...",
      "aria-label": "Search in cases, reasons and claims"});
    const reset = el("button", {id: "reset", type: "button"}, "Show all");
    data.cases.forEach((each) => {
      each.search = [each.id, each.why, each.known, each.status].concat(
        each.claims.filter((claim) => claim[1] !== 0).flatMap(
          (claim) => [data.texts[claim[0]], data.texts[claim[2]]]))
        .join(" ").toLowerCase();
    });
    search.addEventListener("input", () => {
      wanted = search.value.trim().toLowerCase();
      apply();
    });
    reset.addEventListener("click", () => {
      Object.values(chosen).forEach((set) => set.clear());
      wanted = search.value = "";
      apply();
    });
    bar.append(...fields.filter(([field]) => values(field).length > 1)
      .map(([field, title]) => menu(field, title)), search, reset,
      el("span", {id: "count", role: "status", "aria-live": "polite"}));
    bar.hidden = false;
    document.addEventListener("click", (event) => {
      all(".menu[open]").filter((each) => !each.contains(event.target))
        .forEach((each) => { each.open = false; });
    });
    all(".chip").forEach((chip) => chip.addEventListener("click", () => {
      const set = chosen.outcome, value = chip.dataset.outcome;
      set[set.has(value) ? "delete" : "add"](value);
      apply();
    }));
  }

  /* Columns without a wanted kernel and rows without a match go. */
  function apply() {
    const seen = data.cases.map(matches);
    const active = wanted || fields.some(([field]) => chosen[field].size);
    all(".grid .cell").forEach((cell) =>
      cell.classList.toggle("off", !seen[cell.dataset.case]));
    hideColumns(".grid");
    hideColumns(".sizetable");
    all(".grid tbody tr[data-row]").forEach((row) => {
      row.hidden = active && !one(".cell:not(.off)", row);
    });
    const setups = new Set(data.cases.filter((each, at) => seen[at])
      .map((each) => each.setup));
    all(".sizetable tbody tr[data-setup]").forEach((row) => {
      row.hidden = active && !setups.has(row.dataset.setup);
    });
    all(".grid tr.kind").forEach((head) => {
      let row = head.nextElementSibling;
      while (row && row.hidden) { row = row.nextElementSibling; }
      head.hidden = !row || row.classList.contains("kind");
    });
    fields.forEach(([field, title]) => showMenu(field, title));
    all(".chip").forEach((chip) => chip.setAttribute("aria-pressed",
      chosen.outcome.has(chip.dataset.outcome)));
    const count = seen.filter(Boolean).length;
    document.getElementById("count").textContent = active ?
      `${count} of ${seen.length} results` : `${seen.length} results`;
    document.getElementById("reset").hidden = !active;
    all("[data-roving]").forEach((table) => table.fix());
    remember();
  }

  function showMenu(field, title) {
    const each = one(`.menu[data-field=${field}]`);
    if (each) {
      const set = chosen[field];
      one("summary", each).textContent = !set.size ? title : set.size === 1 ?
        `${title}: ${[...set][0]}` : `${title}: ${set.size}`;
      each.classList.toggle("on", set.size > 0);
      all("input", each).forEach((box) => {
        box.checked = set.has(box.value);
      });
    }
  }

  function hideColumns(path) {
    const table = one(path);
    if (!table) { return; }
    const kernels = all("thead th.k", table).map((head) => {
      head.hidden = chosen.kernel.size > 0 &&
        !chosen.kernel.has(head.dataset.kernel);
      return head.hidden;
    });
    all("tbody tr:not(.kind)", table).forEach((row) => {
      all("td", row).forEach((cell, at) => { cell.hidden = kernels[at]; });
    });
  }

  /* The address keeps the filters and the case, so that it can be sent. */
  function remember() {
    const query = new URLSearchParams();
    fields.forEach(([field]) => {
      chosen[field].forEach((value) => query.append(field, value));
    });
    if (wanted) { query.set("search", wanted); }
    if (opened !== null) { query.set("case", data.cases[opened].id); }
    const text = query.toString();
    history.replaceState(null, "", text ? "#" + text :
      location.pathname + location.search);
  }

  function recall() {
    const query = new URLSearchParams(location.hash.slice(1));
    fields.forEach(([field]) => {
      query.getAll(field).forEach((value) => chosen[field].add(value));
    });
    wanted = (query.get("search") || "").toLowerCase();
    document.getElementById("search").value = wanted;
    const at = data.cases.findIndex((each) => each.id === query.get("case"));
    apply();
    if (at >= 0) { open(caseDetails(at), null, at); }
  }

  /* ---- Hovering ---- */

  const tip = document.getElementById("tip");
  let tipped = null;

  function claimCount(each) {
    const count = each.claims.length;
    const good = each.claims.filter((claim) => claim[1] === 0).length;
    return !count ? "" : good === count ? `all ${count} claims are true` :
      `${good} of ${count} claims are true`;
  }

  function defects(each) {
    return each.known.split(" ").filter(Boolean).map(
      (id) => data.defects[id] || {id: id});
  }

  function caseTip(each) {
    const line = each.lines.find(([number]) => number === each.line);
    return [el("b", null, `${words[each.outcome]}: ${each.id}`),
      ...defects(each).map((defect) => el("p", null, "known defect ",
        el("b", null, defect.id), defect.title ? ": " + defect.title : "")),
      each.why ? el("p", null, each.why) : null,
      line ? el("code", null, line[1]) : null,
      el("p", null, el("small", null, [claimCount(each),
        each.seconds ? `${each.seconds} s` : "",
        each.line ? `line ${each.line} of the log` : "",
        ].filter(Boolean).join(" · ")))].filter(Boolean);
  }

  function sizeTip(target) {
    const [title, said] = split(target.getAttribute("aria-label"), ": ");
    const list = el("dl");
    said.split("; ").filter(Boolean).forEach((part) => {
      const [name, rest] = split(part, " ");
      list.append(el("dt", null, name), el("dd", null, rest));
    });
    return [el("b", null, title), list];
  }

  function split(text, mark) {
    const at = text.indexOf(mark);
    return at < 0 ? [text, ""] : [text.slice(0, at),
      text.slice(at + mark.length)];
  }

  function showTip(target) {
    tipped = target;
    tip.replaceChildren(...(target.dataset.case !== undefined ?
      caseTip(data.cases[target.dataset.case]) : sizeTip(target)));
    tip.hidden = false;
    placeTip(target);
    target.setAttribute("aria-describedby", "tip");
  }

  function placeTip(target) {
    const box = target.getBoundingClientRect();
    const width = tip.offsetWidth, height = tip.offsetHeight;
    const left = Math.min(Math.max(8, box.left + box.width / 2 - width / 2),
      document.documentElement.clientWidth - width - 8);
    const below = box.bottom + 8 + height < innerHeight ||
      box.top < height + 16;
    tip.style.left = Math.max(left, 4) + "px";
    tip.style.top = (below ? box.bottom + 8 : box.top - height - 8) + "px";
  }

  function hideTip() {
    if (tipped) {
      tipped.removeAttribute("aria-describedby");
      tipped = null;
    }
    tip.hidden = true;
  }

  const tippable = "[data-case], [data-sizes]";
  document.addEventListener("pointerover", (event) => {
    const target = event.pointerType !== "touch" &&
      event.target.closest(tippable);
    if (target && target !== tipped) {
      hideTip();
      showTip(target);
    } else if (!target && tipped && tipped !== document.activeElement) {
      hideTip();
    }
  });
  document.addEventListener("focusin", (event) => {
    const target = event.target.closest(tippable);
    if (target && event.target.matches(":focus-visible")) {
      showTip(target);
    } else {
      hideTip();
    }
  });
  document.addEventListener("focusout", hideTip);
  document.addEventListener("scroll", () => {
    if (tipped && tipped === document.activeElement) {
      placeTip(tipped);
    } else {
      hideTip();
    }
  }, true);

  /* ---- Keys: one stop for Tab in each table, arrows inside it ---- */

  function roving(table) {
    const path = ".cell, .sizes";
    const links = () => all(path, table).filter(
      (link) => link.offsetParent !== null);
    all(path, table).forEach((link, at) => { link.tabIndex = at ? -1 : 0; });
    const take = (link) => {
      all(path, table).forEach((each) => { each.tabIndex = -1; });
      link.tabIndex = 0;
    };
    table.addEventListener("focusin", (event) => {
      if (event.target.matches(path)) { take(event.target); }
    });
    table.addEventListener("keydown", (event) => {
      if (!event.target.matches(path)) { return; }
      const next = neighbour(event.key, event.target, links());
      if (next) {
        event.preventDefault();
        next.focus();
      }
    });
    table.fix = () => {
      const left = links();
      if (left.length && !left.some((link) => link.tabIndex === 0)) {
        take(left[0]);
      }
    };
  }

  function neighbour(key, from, links) {
    const row = from.closest("tr"), column = from.closest("td").cellIndex;
    const mine = links.filter((link) => link.closest("tr") === row);
    const at = mine.indexOf(from);
    const line = links.filter((link) =>
      link.closest("td").cellIndex === column);
    const place = line.indexOf(from);
    return {ArrowRight: mine[at + 1], ArrowLeft: mine[at - 1],
      ArrowDown: line[place + 1], ArrowUp: line[place - 1],
      Home: mine[0], End: mine[mine.length - 1]}[key];
  }

  /* ---- Details ---- */

  const drawer = document.getElementById("drawer");
  let opened = null, from = null;

  function open(content, source, at) {
    hideTip();
    all("[aria-current]").forEach((each) =>
      each.removeAttribute("aria-current"));
    opened = at;
    from = source || one(`.cell[data-case="${at}"]`);
    if (from) { from.setAttribute("aria-current", "true"); }
    drawer.replaceChildren(...content);
    drawer.hidden = false;
    drawer.scrollTop = 0;
    drawer.setAttribute("aria-label", one("h2", drawer).textContent);
    document.getElementById("close").addEventListener("click", close);
    document.getElementById("close").focus();
    remember();
  }

  function close() {
    drawer.hidden = true;
    opened = null;
    remember();
    if (from) {
      from.removeAttribute("aria-current");
      from.focus();
    }
  }

  function top(mark, title) {
    return el("div", {class: "top"}, mark, el("h2", null, title),
      el("button", {id: "close", type: "button",
        title: "Close (Esc)"}, "Close"));
  }

  function definitions(pairs) {
    return el("dl", null, ...pairs.filter((pair) => pair[1]).flatMap(
      ([name, value]) => [el("dt", null, name), el("dd", null, value)]));
  }

  function logLines(each) {
    if (!each.lines.length) { return null; }
    return el("code", {class: "log"}, ...each.lines.map(([number, text]) =>
      el("span", {class: number === each.line ? "at" : ""},
        el("i", null, String(number)), text)));
  }

  function claimItem(claim) {
    const [name, result, detail, line, known, text] = claim;
    const mark = ["pass", data.texts[known] ? "known" : "fail",
      "not-run"][result];
    const more = [data.texts[known] ? "known: " + data.texts[known] : "",
      data.texts[detail], line ? `line ${line} of the log` : ""]
      .filter(Boolean).join(" · ");
    return el("li", {class: "o-" + mark}, symbol(mark), data.texts[name],
      result && more ? el("small", null, more) : null,
      data.texts[text] ? el("code", null, data.texts[text]) : null);
  }

  function claimLists(each) {
    const parts = [
      ["Not so", (claim) => claim[1] === 1 && !data.texts[claim[4]], true],
      ["Not so, as a known defect says",
        (claim) => claim[1] === 1 && data.texts[claim[4]], true],
      ["Not tried", (claim) => claim[1] === 2, false],
      ["True", (claim) => claim[1] === 0, false]];
    return parts.map(([title, test, show]) => {
      const claims = each.claims.filter(test);
      return claims.length ? el("details", {open: show},
        el("summary", null, `${title} (${claims.length})`),
        el("ul", null, ...claims.map(claimItem))) : null;
    }).filter(Boolean);
  }

  /* The axis and the names of the bars are those of the table. */
  function picture(group) {
    const holder = el("div");
    const axis = one(".sizetable .axis"), labels = one(".smmu .labels");
    holder.innerHTML = data.pictures[group.picture];
    holder.prepend(axis ? axis.cloneNode(true) : "");
    return el("div", {class: "pic"}, labels ? labels.cloneNode(true) : "",
      holder);
  }

  function groupPart(group, title) {
    return el("div", {class: "gr"},
      el("b", null, title || group.smmu), " ",
      el("small", null, group.instance), picture(group), definitions([
        ["device", `${group.device}` +
          (group.group >= 0 ? `, group ${group.group}` : "")],
        ["default domain", group.domain],
        ...Object.entries(group.bitmaps).map(([name, texts]) =>
          [name, texts[0] === texts[1] ? texts[0] :
            `${texts[0]} (${texts[1]})`]),
        ["aperture", group.geometry], ...group.counts,
        ["notes", group.notes.join(" · ")]]));
  }

  function caseDetails(at) {
    const each = data.cases[at];
    return [top(el("span", {class: "o-" + each.outcome},
      symbol(each.outcome)), each.id),
      each.why ? el("p", {class: "lead"}, each.why) : null, logLines(each),
      definitions([["outcome", words[each.outcome]],
        ...defects(each).map((defect) => ["known defect", [defect.id,
          defect.title, defect.reason, defect.see].filter(Boolean)
          .join(": ")]),
        ["boot", each.status], ["time", each.seconds && `${each.seconds} s`],
        ["claims", claimCount(each)],
        ["log", each.log && el("a", {href: each.log},
          decodeURIComponent(each.log))]]),
      each.claims.length ? el("h3", null, "Claims") : null,
      ...claimLists(each),
      each.groups.length ? el("h3", null, "IOMMU groups") : null,
      ...each.groups.map((group) => groupPart(group))].filter(Boolean);
  }

  function sizeDetails(link) {
    const [setup, names] = link.dataset.sizes.split("|");
    const found = data.cases.filter((each) => each.setup === setup &&
      each.kernel === link.dataset.kernel);
    return [top("", `${link.dataset.kernel}, ${setup}, ${names}`),
      ...found.flatMap((each) => each.groups.filter(
        (group) => names.split(" ").includes(group.smmu)).map((group) =>
        groupPart(group, `${group.smmu}: ${each.kind}, ${each.domain}, ` +
          each.firmware)))];
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(tippable);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    event.preventDefault();
    if (link.dataset.case !== undefined) {
      open(caseDetails(Number(link.dataset.case)), link,
        Number(link.dataset.case));
    } else {
      open(sizeDetails(link), link, null);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") { return; }
    const shown = one(".menu[open]");
    if (shown) {
      shown.open = false;
      one("summary", shown).focus();
    } else if (!drawer.hidden) {
      close();
    } else {
      hideTip();
    }
  });

  all("[data-roving]").forEach(roving);
  makeFilters();
  recall();
})();
