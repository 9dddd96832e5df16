// The explorer's front end: its arithmetic and words, and what it tells the kernel.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { legendBelow, legendBeside } from "../../seggwat_nb/web/explorer/charts.js";
import { cutInside } from "../../seggwat_nb/web/explorer/elements.js";
import { rowsOf } from "../../seggwat_nb/web/explorer/facets.js";
import { isLight, within } from "../../seggwat_nb/web/explorer/host.js";
import { ItemList } from "../../seggwat_nb/web/explorer/list.js";
import { ofMark, ofRelease } from "../../seggwat_nb/web/explorer/mark.js";
import explorer from "../../seggwat_nb/web/explorer/panel.js";
import { acrossOf, periodAt, placeNames, roofOf, snapped, ticksOf } from "../../seggwat_nb/web/explorer/scale.js";
import { countsOf, Talk } from "../../seggwat_nb/web/explorer/talk.js";
import { Timeline } from "../../seggwat_nb/web/explorer/timeline.js";
import { Vega } from "../../seggwat_nb/web/explorer/vega.js";
import { dayName, daysName, languageName, lengthName, several } from "../../seggwat_nb/web/explorer/words.js";
import { fitRows } from "../../seggwat_nb/web/fit.js";
import { model, openPanel } from "./dom.js";

const DAY = (/** @type {string} */ date) => Date.parse(date) / 86_400_000;

test("days and numbers are written as people read them", () => {
  assert.equal(dayName(DAY("2026-03-02")), "2 Mar 2026");
  assert.equal(daysName(DAY("2026-03-02"), DAY("2026-03-09")), "2–8 Mar 2026");
  assert.equal(daysName(DAY("2026-02-01"), DAY("2026-03-01")), "Feb 2026");
  assert.equal(daysName(DAY("2026-02-01"), DAY("2026-02-28")), "1–27 Feb 2026");
  assert.equal(daysName(DAY("2026-02-23"), DAY("2026-03-02")), "23 Feb – 1 Mar 2026");
  assert.equal(daysName(DAY("2025-12-29"), DAY("2026-01-05")), "29 Dec 2025 – 4 Jan 2026");
  assert.equal(daysName(DAY("2026-03-02"), DAY("2026-03-03")), "2 Mar 2026");
  assert.equal(daysName(DAY("0002-01-01"), DAY("0002-01-02")), "1 Jan 2");
  assert.equal(several(1, "item"), "1 item");
  assert.equal(several(1977, "item"), "1,977 items");
  assert.equal(lengthName("1q"), "quarter");
});

test("where an event is in a panel is counted in pixels of the panel, however large its text is", () => {
  const node = (/** @type {number | undefined} */ zoom) =>
    /** @type {any} */ ({ currentCSSZoom: zoom, getBoundingClientRect: () => ({ left: 100, top: 50 }) });
  const event = { clientX: 400, clientY: 200 };
  assert.deepEqual(within(event, node(1.5)), { x: 200, y: 100 });
  assert.deepEqual(within(event, node(undefined)), { x: 300, y: 150 });
});

test("the roof of a chart is a round number that is not below its highest bar", () => {
  for (const most of [0, 1, 3, 4, 7, 19, 20, 56, 101, 999_999]) {
    const { step, roof } = roofOf(most);
    assert.ok(roof >= most && roof > 0, String(most));
    assert.ok(Number.isInteger(step) && roof % step === 0 && roof / step <= 6, `${most}: ${step} ${roof}`);
  }
});

test("days and pixels lead to one another, and edges snap to periods", () => {
  const { x, day } = acrossOf({ width: 1000, height: 100, left: 40, right: 10, top: 0, bottom: 0 }, 100, 200);
  assert.equal(x(100), 40);
  assert.equal(x(200), 990);
  for (const one of [100, 123.5, 200]) assert.ok(Math.abs(day(x(one)) - one) < 1e-9);
  assert.equal(snapped(13.4, [0, 7, 14, 21]), 14);
  assert.equal(snapped(-99, [0, 7]), 0);
  assert.equal(periodAt(13.9, [0, 7, 14], [7, 7, 2]), 1);
  assert.equal(periodAt(16, [0, 7, 14], [7, 7, 2]), -1);
});

test("ticks have room, whatever the time shown", () => {
  for (const days of [1, 9, 40, 69, 71, 400, 4_000, 700_000]) {
    const ticks = ticksOf(DAY("2026-03-01") - days, DAY("2026-03-01"), 10);
    assert.ok(ticks.length <= 16, `${days}: ${ticks.length}`);
    assert.ok(days < 30 || ticks.length > 0, String(days));
    for (const { day } of ticks) assert.ok(day >= DAY("2026-03-01") - days && day < DAY("2026-03-01"));
  }
  const names = ticksOf(DAY("2025-11-15"), DAY("2026-03-15"), 10).map((one) => one.name);
  assert.deepEqual(names, ["Dec", "Jan 2026", "Feb", "Mar"]);
});

test("colours are light or dark in every form that a browser writes", () => {
  assert.equal(isLight("rgb(255, 255, 255)"), true);
  assert.equal(isLight("rgba(20, 20, 20, 0.9)"), false);
  assert.equal(isLight("color(srgb 0.9 0.9 0.9)"), true);
  assert.equal(isLight(""), false);
});

const facet = (more = {}) => ({
  name: "type",
  label: "Type",
  many: false,
  options: [..."abcdefghijkl"].map((value) => [value, value.toUpperCase(), "", 0]),
  none: true,
  together: [],
  excludes: true,
  folded: false,
  ...more,
});
const look = (more = {}) => ({ byCount: false, all: false, find: "", ...more });

test("a long name is cut in its middle, if its end may be taken from what is before it", () => {
  openPanel();
  const halves = (/** @type {string} */ text) =>
    cutInside(text).map((one) => (typeof one === "string" ? one : /** @type {any} */ (one).textContent));
  assert.deepEqual(halves("1.0.0-alpha.alpha.alpha.2"), ["1.0.0-alpha.alpha", ".alpha.2"]);
  assert.deepEqual(halves("/app/ä/😀😀😀😀/edit/42"), ["/app/ä/😀😀😀😀", "/edit/42"]);
  assert.deepEqual(halves("my-app@2.0.0-beta.11"), ["my-app@2.0.0", "-beta.11"]);
  assert.deepEqual(halves("customer127@example.com"), ["customer127@example.com"]); // addresses differ before the @
  for (const whole of ["", "1.0.0", "/checkout/pay", "/ar/shop/الدفع-المتأخر", "/shop/cafe\u0301"])
    assert.deepEqual(halves(whole), [whole]);
});

test("a facet shows what has items, and what is chosen, until it is unfolded or searched", () => {
  const counts = Uint32Array.from([0, 5, 4, 3, 2, 1, 9, 8, 7, 6, 5, 0, 3]);
  const marks = { set: 1, in: [11], not: [1], partly: [] };
  const { rows, found } = rowsOf(facet(), marks, counts, look());
  assert.deepEqual(
    rows.map((one) => one.label),
    ["B", "C", "D", "E", "F", "G", "H", "L"],
  );
  assert.equal(rows[0].state, "not");
  assert.equal(rows.at(-1).state, "in");
  assert.equal(found, 13);
  const all = rowsOf(facet(), marks, counts, look({ all: true, byCount: true })).rows;
  assert.deepEqual(
    all.slice(0, 3).map((one) => one.n),
    [9, 8, 7],
  );
  assert.equal(all.length, 13);
  assert.deepEqual(
    rowsOf(facet(), marks, counts, look({ find: " A" })).rows.map((one) => one.label),
    ["A"],
  );
  const one = rowsOf(facet(), { set: 0, in: [], not: [], partly: [] }, Uint32Array.from([0, 5]), look());
  assert.deepEqual(
    one.rows.map(({ label }) => label),
    ["B"],
  );
  const held = rowsOf(facet(), { set: 0 }, Uint32Array.from([4, 5]), look()).rows; // and the pointer is in the list
  const shownOf = (/** @type {number[]} */ counted, more = {}) =>
    rowsOf(facet(), { set: 0 }, Uint32Array.from(counted), look({ held, ...more })).rows.map(({ label, n }) => [
      label,
      n,
    ]);
  assert.deepEqual(shownOf([0, 5]), [
    ["A", 0],
    ["B", 5],
  ]);
  assert.deepEqual(shownOf([1, 5, 9], { byCount: true }), [
    ["A", 1],
    ["B", 5],
    ["C", 9],
  ]);
  const many = { set: 0, in: [0], rows: [["/a", "/a", "", 3]], none: [2], found: 900, all: 900 };
  const long = rowsOf(facet({ many: true, options: [] }), many, undefined, look());
  assert.deepEqual(
    long.rows.map((one) => [one.value, one.n, one.state]),
    [
      ["/a", 3, "in"],
      [null, 2, ""],
    ],
  );
  assert.equal(long.found, 901);
  const later = {
    ...many,
    in: [1],
    rows: [
      ["/b", "/b", "", 8],
      ["/a", "/a", "", 2],
    ],
    none: [],
  };
  const kept = rowsOf(facet({ many: true, options: [] }), later, undefined, look({ held: long.rows }));
  assert.deepEqual(
    kept.rows.map((one) => [one.value, one.n, one.state, Boolean(one.isStale)]),
    [
      ["/a", 2, "in", false],
      [null, 0, "", true],
      ["/b", 8, "", false],
    ],
  );
  const last = (/** @type {object} */ more) => {
    const { state, title } = /** @type {any} */ (
      rowsOf(facet(), { set: 0, ...more }, counts, look({ all: true })).rows.at(-1)
    );
    return [state, title];
  };
  assert.deepEqual(last({ bare: false }), ["", "Items without a type"]);
  assert.deepEqual(last({ bare: true }), ["in", "Items without a type"]);
});

test("items without a value are selected with a box", () => {
  const { held, root, last } = openedWith([facet({ options: [["a", "A", "", 0]] })], { type: { set: 0, bare: false } });
  const box = root.querySelector('[data-key="none/type"]');
  assert.equal(box.disabled, false);
  box.checked = true;
  box.dispatchEvent(new window.Event("change"));
  assert.deepEqual([last().do, last().part, last().value, last().how], ["choose", "type", null, "in"]);
  assert.equal(held.sent.length, 2);
  root.querySelector('[aria-label="More for (none)"]').click();
  const offered = ["Read these: (none)", "Only (none)", "Compare (none) with the rest"];
  assert.deepEqual(texts(root, ".offer button"), offered);
  root.querySelectorAll(".offer button")[1].click();
  assert.deepEqual([last().do, last().value, last().how], ["choose", null, "only"]);
  assert.equal(root.querySelector('[aria-label="not (none)"]'), null);
});

test("a language has its name, by which it is found, and its code", () => {
  assert.deepEqual(["de", "zh", "unsure", "", "constructor"].map(languageName), [
    "German (de)",
    "Chinese (zh)",
    "unsure",
    "",
    "constructor",
  ]);
  const options = ["de", "en", "unsure"].map((code) => [code, code, "", 0]);
  const { root } = openedWith([facet({ name: "language", label: "Language", options })], { language: { set: 0 } });
  assert.deepEqual(texts(root, ".facet .name"), ["German (de)", "English (en)", "unsure", "(none)"]);
});

test("counts are read from one buffer, wherever it begins", () => {
  const buffer = Uint32Array.from([99, 1, 2, 3]).buffer;
  const counts = countsOf(
    /** @type {any} */ ({
      layout: [
        ["type", 2],
        ["time", 1],
      ],
    }),
    new DataView(buffer, 4, 12),
  );
  assert.deepEqual([...counts.type], [1, 2]);
  assert.deepEqual([...counts.time], [3]);
});

// -- the whole panel, in a document without layout ---------------------------------------------------------------------

const SETUP = {
  facets: [
    facet({
      options: [
        ["Bug", "Bug", "", 0],
        ["<b>", "<b>", "", 0],
      ],
      together: [["Both", ["Bug", "<b>"]]],
      none: false,
    }),
  ],
  total: 60,
  about: "Demo",
  zone: "UTC",
  tabs: ["Over time", "Versions"],
  keys: [["type", "Type"]],
  every: [["1w", "Week"]],
  columns: ["created_at", "type", "message"],
  types: { Bug: "#D55E00" },
  css: "",
  hide: "",
};
const TIME = {
  every: "1w",
  asked: "1w",
  by: "type",
  starts: [20_000, 20_007],
  days: [7, 7],
  whole: [true, false],
  labels: ["Bug", "<b>"],
  colours: ["#D55E00", "#c4c9d1"],
  values: [["Bug"], []],
  stacked: true,
  releases: [],
  last: 20_013,
};
const VIEW = {
  is: "view",
  tab: "Over time",
  selected: 60,
  listed: 60,
  list: 1,
  layout: [
    ["type", 2],
    ["time", 4],
  ],
  facets: { type: { set: 1, in: [0], not: [], partly: [] } },
  chips: [{ part: "type", name: "Type", said: "Bug", title: "type Bug", off: false, not: false, flips: true }],
  back: true,
  forth: false,
  search: "",
  dates: [null, null],
  doubts: null,
  sort: ["created_at", true],
  items: [],
  without: [],
};

/** @type {HTMLElement} */
let el;
beforeEach(() => {
  el = openPanel();
});

const shown = () => {
  const held = model({ setup: JSON.stringify(SETUP), time: JSON.stringify(TIME) });
  const end = explorer.render({ model: held, el });
  const root = /** @type {any} */ (el).shadowRoot;
  const hear = (/** @type {object} */ more = {}) => {
    const { seq, who } = held.sent.findLast((one) => one.who);
    const counts = Uint32Array.from([40, 20, 30, 10, 15, 5]);
    held.listeners.get("msg:custom")({ ...VIEW, seq, who, ...more }, [new DataView(counts.buffer)]);
  };
  return { held, root, hear, end, last: () => held.sent.at(-1) };
};
const openedWith = (/** @type {object[]} */ facets, /** @type {object} */ marks) => {
  const held = model({ setup: JSON.stringify({ ...SETUP, facets }), time: JSON.stringify(TIME) });
  explorer.render({ model: held, el });
  const counts = Uint32Array.from([40, 20, 30, 10, 15, 5]);
  held.listeners.get("msg:custom")({ ...VIEW, facets: marks }, [new DataView(counts.buffer)]);
  return { held, root: /** @type {any} */ (el).shadowRoot, last: () => held.sent.at(-1) };
};
const texts = (/** @type {any} */ root, /** @type {string} */ where) =>
  [...root.querySelectorAll(where)].map((one) => one.textContent);

test("a panel asks for what to show, shows it as text, and reports what is clicked", () => {
  const { held, root, hear, end, last } = shown();
  assert.equal(held.sent[0].do, "start");
  const steps = () => [...root.querySelectorAll(".steps button")].map((one) => one.disabled);
  assert.deepEqual(steps(), [true, true]); // as long as nothing is known
  hear();
  assert.equal(root.querySelector(".sum").textContent, "60 of 60 items");
  const [said] = root.querySelectorAll(".sum b");
  hear();
  assert.equal(root.querySelector(".sum b"), said); // a screen reader would say it again
  assert.deepEqual(texts(root, ".facet h3"), ["Type1 active"]); // without the buttons beside it
  assert.deepEqual(texts(root, ".facet .name"), ["Bug", "<b>"]);
  assert.deepEqual(texts(root, ".facet .n"), ["40", "20"]);
  assert.equal(
    root.querySelectorAll("b").length,
    [...root.querySelectorAll("b")].filter((one) => one.textContent !== "").length,
  );
  const press = (/** @type {string} */ where) => root.querySelector(where).click();
  press('[data-key="chip/type"]');
  assert.deepEqual([last().do, last().part], ["switch", "type"]);
  press('[data-key="flip/type"]');
  assert.equal(last().do, "flip");
  press('[data-key="drop/type"]');
  assert.equal(last().do, "remove");
  press('[aria-label="only <b>"]');
  assert.deepEqual([last().do, last().value, last().how], ["choose", "<b>", "only"]);
  press('[aria-label="not Bug"]');
  assert.deepEqual([last().value, last().how], ["Bug", "not"]);
  press('[data-key="together/Both"]');
  assert.deepEqual([last().value, last().how], [["Bug", "<b>"], "only"]);
  hear({ facets: { type: { set: 2, in: [0, 1], not: [], partly: [] } } });
  assert.equal(root.querySelector('[data-key="together/Both"]').getAttribute("aria-pressed"), "true");
  press('[data-key="together/Both"]');
  assert.deepEqual([last().value, last().how], [["Bug", "<b>"], "out"]);
  press('[data-days="28"]');
  assert.deepEqual([last().do, last().days], ["days", 28]);
  press('[aria-label="Back"]');
  assert.deepEqual([last().do, last().by], ["step", -1]);
  end();
  assert.equal(held.listeners.size, 0);
});

test("without values to filter by or to stack by, there is neither a list of them nor a choice", () => {
  const whole = shown();
  whole.hear();
  assert.equal(whole.root.querySelector(".facets").hidden, false);
  assert.equal(texts(whole.root, "figcaption select").length, 2);
  const held = model({
    setup: JSON.stringify({ ...SETUP, facets: [], keys: [], tabs: ["Over time"], total: 0 }),
    time: JSON.stringify({ ...TIME, by: "", starts: [], days: [], whole: [], labels: ["Items"], values: [[]] }),
  });
  explorer.render({ model: held, el });
  const root = /** @type {any} */ (el).shadowRoot;
  const none = { ...VIEW, layout: [["time", 0]], facets: {}, chips: [], selected: 0, listed: 0 };
  held.listeners.get("msg:custom")(none, [new DataView(new ArrayBuffer(0))]);
  assert.equal(root.querySelector(".facets").hidden, true);
  assert.equal(root.querySelector(".chips").textContent, "No filters.");
  assert.deepEqual(texts(root, "figcaption select"), ["week"]);
  assert.deepEqual(texts(root, ".nothing b"), ["There are no items."]);
});

test("a menu offers what can be done with a value, and a comparison is shown as code where no widget can be drawn", () => {
  const { root, hear, last } = shown();
  hear();
  const choose = (/** @type {string} */ text) => {
    root.querySelector('[aria-label="More for <b>"]').click();
    [...root.querySelectorAll('[role="menuitem"]')].find((one) => one.textContent === text).click();
  };
  root.querySelector('[aria-label="More for Bug"]').click();
  assert.deepEqual(texts(root, ".offer .lead, .offer button"), [
    "Bug · 40 items",
    "Read these: Bug",
    "Only Bug",
    "Not Bug",
    "Compare Bug with the rest",
  ]);
  choose("Not <b>");
  assert.deepEqual([last().do, last().part, last().value, last().how], ["choose", "type", "<b>", "not"]);
  choose("Compare <b> with the rest");
  assert.deepEqual([last().do, last().value, last().shows], ["compare", "<b>", false]);
});

test("a mark is named by its value and its days, and its menu closes once the chart has others", () => {
  const { held, root, hear } = shown();
  hear();
  /** @type {any[]} */
  const asked = [];
  const page = /** @type {any} */ ({
    setup: SETUP,
    time: TIME,
    act: (/** @type {string} */ wish, more = {}) => asked.push({ do: wish, ...more }),
    read: () => {},
    compare: (/** @type {object} */ more) => asked.push({ do: "compare", ...more }),
  });
  const { acts } = ofMark(page, { at: 1, band: 0, n: 1 });
  const chart = new Timeline({ ...page, root, view: null, panel: root.querySelector(".panel") });
  chart.drawWords();
  chart.legend.values[0].click();
  page.time = { ...TIME, by: "status", starts: [19_000, 19_030], days: [30, 31], labels: ["New"], values: [["New"]] };
  for (const [, act] of acts) act();
  const span = [20_007, 20_014];
  const choose = { do: "choose", part: "type", value: ["Bug"] };
  assert.deepEqual(asked, [
    { ...choose, how: "only" }, // from the legend
    { ...choose, how: "only", span },
    { ...choose, how: "only" },
    { do: "dates", span },
    { ...choose, how: "not" },
    { do: "compare", part: "type", value: ["Bug"] },
    { do: "compare", span },
  ]);
  root.querySelector('[aria-label="More for Bug"]').click();
  const menu = root.querySelector(".offer");
  assert.equal(menu.hasAttribute("hidden"), false);
  held.set("time", JSON.stringify({ ...TIME, every: "1mo" }));
  assert.equal(menu.hasAttribute("hidden"), true);
});

test("the name of a release, and the period in which it was first seen, lead to its items", () => {
  /** @type {any[]} */
  const asked = [];
  const page = /** @type {any} */ ({
    setup: { ...SETUP, facets: [...SETUP.facets, facet({ name: "version" })] },
    time: {
      ...TIME,
      releases: [
        { day: 19_900, label: "2.3.0", value: "2.3.0" },
        { day: 20_008, label: "2.4.0", value: "v2.4.0" },
      ],
    },
    act: (/** @type {string} */ wish, more = {}) => asked.push({ do: wish, ...more }),
    compare: null,
  });
  const { lead, acts } = ofRelease(page, page.time.releases[1]);
  assert.equal(lead, "2.4.0 · first seen 12 Oct 2024");
  assert.deepEqual(
    acts.map(([text]) => text),
    ["Read these: 2.4.0", "Only 2.4.0", "Not 2.4.0"],
  );
  acts[1][1]();
  assert.deepEqual(asked, [{ do: "choose", part: "version", value: "v2.4.0", how: "only" }]);
  page.compare = (/** @type {object} */ more) => asked.push(more);
  const [text, against] = ofRelease(page, page.time.releases[1]).acts.at(-1) ?? [];
  assert.equal(text, "Compare 2.4.0 with 2.3.0");
  against?.();
  assert.deepEqual(asked.at(-1), { part: "version", value: "v2.4.0", against: "2.3.0" });
  assert.equal(ofRelease(page, page.time.releases[0]).acts.at(-1)?.[0], "Compare 2.3.0 with the rest");
  const inPeriod = (/** @type {number} */ at) => ofMark(page, { at, band: -1, n: 1 }).acts.map(([text]) => text);
  assert.equal(inPeriod(1).at(-1), "Only version 2.4.0, first seen in this period");
  assert.ok(!inPeriod(0).some((text) => text.includes("version")));
});

test("names of releases neither overlap nor leave the chart, however long they are", () => {
  const width = 700;
  for (let seed = 1; seed < 200; seed++) {
    const any = (/** @type {number} */ n) => (seed * 7919 * (n + 3)) % 997;
    const releases = Array.from({ length: 2 + (any(1) % 60) }, (_, n) => ({
      at: 40 + (any(n) * 650) / 997,
      label: "x".repeat(1 + (any(n + 5) % 26)),
    })).sort((a, b) => a.at - b.at);
    let taken = -Infinity;
    placeNames(releases, width).forEach((name, n) => {
      if (!name) return;
      const long = releases[n].label.length * 6;
      const start = name.x - { start: 0, middle: long / 2, end: long }[name.anchor];
      assert.ok(start >= 0 && start + long <= width);
      assert.ok(start > taken);
      taken = start + long;
    });
    assert.ok(taken > 0); // the first one always has room
  }
});

test("a period says which releases were first seen in it, and arrow keys move from the one whose menu was opened", () => {
  const { root, hear } = shown();
  hear();
  const releases = ["1.9", "2.0", "2.1", "2.2", "2.3"].map((label, n) => ({ day: 20_006 + n, label, value: label }));
  const view = { counts: { time: Uint32Array.from([3, 0, 0, 0]) } };
  const chart = new Timeline(
    /** @type {any} */ ({ setup: SETUP, time: { ...TIME, releases }, view, root, offer: () => {} }),
  );
  chart.showTip(0, -1);
  assert.equal(chart.tip.querySelector(".firsts")?.textContent, "First of 1.9");
  chart.showTip(1, -1);
  assert.equal(chart.tip.querySelector(".firsts")?.textContent, "First of 2.0, 2.1, 2.2, 1 more");
  assert.equal(chart.plot.getAttribute("aria-valuenow") ?? "1", "1");
  chart.openMenu(0, -1, { x: 0, y: 0 });
  assert.equal(chart.plot.getAttribute("aria-valuenow"), "0");
});

test("a legend is beside a chart rather than below it, and one that is there already stays", () => {
  const layers = [
    { encoding: { color: { legend: { orient: "bottom", columns: 4 }, scale: 1 } } },
    { encoding: { y: 2 } },
  ];
  const spec = { height: 260, layer: layers };
  assert.deepEqual(legendBeside(spec), {
    height: 260,
    layer: [
      { encoding: { color: { legend: { orient: "right", direction: "vertical", columns: 1 }, scale: 1 } } },
      { encoding: { y: 2 } },
    ],
  });
  assert.equal(layers[0].encoding.color?.legend.orient, "bottom"); // the spec is kept for the next time
  const right = { layer: [{ encoding: { color: { legend: {} } } }, {}] };
  assert.equal(legendBeside(right), right);
});

test("a legend below a chart takes as little height as its entries need, and no more width than the chart", () => {
  const legend = { orient: "bottom", columns: 2 };
  const spec = { layer: [{ encoding: { color: { legend, scale: { domain: ["a", "b", "c"] } } } }, { encoding: {} }] };
  const [lowered, height] = legendBelow(spec, 290);
  const { labelExpr } = lowered.layer[0].encoding.color.legend; // for nested themes, which differ in their ends
  assert.deepEqual(lowered.layer[0].encoding.color.legend, {
    ...legend,
    title: null,
    offset: 4,
    labelLimit: 100,
    labelExpr,
  });
  assert.equal(lowered.layer[1], spec.layer[1]);
  assert.equal(height, 24 + 32);
  const right = { layer: [{ encoding: { color: { legend: {} } } }] };
  assert.deepEqual(legendBelow(right, 290), [right, 0]);
});

test("names and notes beside a plot leave it its width, and notes give way where there is no room for them", () => {
  const name = { mark: { type: "text", align: "right", limit: 240 }, encoding: { x: { value: -8 } } };
  const note = { mark: { type: "text", align: "left" }, encoding: { x: { value: "width" } } };
  const marks = { mark: { type: "point" }, encoding: {} };
  const spec = { layer: [marks, name, note] };
  for (const width of [200, 267, 350, 500, 620, 900]) {
    const { layer } = fitRows(spec, width);
    const limits = layer.slice(1).map((/** @type {any} */ one) => one.mark.limit);
    assert.ok(limits[0] <= 240 && limits.every((/** @type {number} */ one) => one >= 70), String(limits));
    assert.ok(limits.reduce((/** @type {number} */ sum, /** @type {number} */ one) => sum + one, 0) <= width - 120);
    assert.equal(layer[0], marks);
    assert.equal(layer.length, width < 300 ? 2 : 3);
  }
  const title = "Percentage points, share in A minus share in B";
  const titled = { layer: [{ ...marks, encoding: { x: { title } } }, name] };
  assert.equal(fitRows(titled, 500).layer[0].encoding.x.title, title);
  const lines = ["Percentage points,", "share in A minus share in B"];
  assert.deepEqual(fitRows(titled, 400).layer[0].encoding.x.title, lines);
  const other = { layer: [marks, { mark: { type: "text" }, encoding: {} }] };
  assert.equal(fitRows(other, 200), other);
});

test("no value moves under the pointer: those that lose their items go once it has left", () => {
  const { held, root, hear } = shown();
  hear();
  const names = () => texts(root, ".facet .name");
  const none = () => {
    const { seq, who } = held.sent.findLast((one) => one.who);
    const view = { ...VIEW, facets: { type: { set: 0, in: [], not: [], partly: [] } }, seq, who };
    held.listeners.get("msg:custom")(view, [new DataView(Uint32Array.from([0, 20, 0, 0, 15, 5]).buffer)]);
  };
  const tell = (/** @type {string} */ kind, more = {}) =>
    root.querySelector(".facets").dispatchEvent(Object.assign(new window.Event(kind), more));
  tell("pointerenter");
  none();
  assert.deepEqual(names(), ["Bug", "<b>"]);
  tell("pointerleave", { pointerType: "touch" }); // which a finger does with each tap
  assert.deepEqual(names(), ["Bug", "<b>"]);
  tell("pointerleave", { pointerType: "mouse" });
  assert.deepEqual(names(), ["<b>"]);
  hear();
  none();
  assert.deepEqual(names(), ["<b>"]);
});

test("what a chart and its sentence no longer say is dimmed until the next ones are drawn, if these take long", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  try {
    const { held, root, hear } = shown();
    const send = held.listeners.get("msg:custom");
    /** @type {(() => void)[]} */ const drawn = [];
    const charts = { show: () => new Promise((done) => drawn.push(() => done(undefined))), end: () => {} };
    const chart = { is: "chart", tab: "Versions", chart: { heading: "", said: "", spec: {} }, picks: [], choices: {} };
    const other = root.querySelector(".other");
    const isDimmed = () => other.getAttribute("aria-busy") === "true";
    Vega.prototype.chartsIn = async () => charts;
    hear();
    root.querySelector('[data-key="tab/Versions"]').click();
    mock.timers.tick(100);
    hear({ tab: "Versions" });
    mock.timers.tick(40);
    assert.equal(isDimmed(), false);
    mock.timers.tick(20); // 160 ms after the click
    assert.equal(isDimmed(), true);
    send(chart, []);
    await new Promise(setImmediate);
    assert.equal(isDimmed(), true); // it is being drawn
    drawn.pop()?.();
    await new Promise(setImmediate);
    assert.equal(isDimmed(), false);
    hear({ tab: "Versions", who: null }); // set by code
    send(chart, []);
    await new Promise(setImmediate);
    drawn.pop()?.();
    await new Promise(setImmediate);
    mock.timers.tick(1_000);
    assert.equal(isDimmed(), false); // it came soon
    hear({ tab: "Versions", who: null });
    mock.timers.tick(1_000);
    assert.equal(isDimmed(), true);
    send({ is: "failed", text: "no" }, []);
    assert.equal(isDimmed(), false);
  } finally {
    mock.timers.reset();
  }
});

test("each tab is read from its top, and a search without results shows how to search", () => {
  const { root, hear } = shown();
  hear({ selected: 0, listed: 0, list: 2, search: "export not csv" });
  assert.match(root.querySelector(".nothing .hint").textContent, /-without/);
  hear({ selected: 0, listed: 0, list: 3 });
  assert.deepEqual(texts(root, ".nothing .hint"), []);
  const stage = root.querySelector(".stage");
  stage.scrollTop = 90;
  root.querySelector('[data-key="tab/Over time"]').click();
  assert.equal(stage.scrollTop, 90);
  root.querySelector('[data-key="tab/Versions"]').click();
  assert.equal(stage.scrollTop, 0);
});

const line = (/** @type {number} */ place, /** @type {number} */ at) => ({
  place,
  at,
  text: [`item ${at}`],
  type: "Bug",
  status: null,
  version: null,
  path: null,
  source: null,
  moment: null,
});
const opened = (/** @type {number} */ at, more = {}) => ({
  is: "opened",
  at,
  text: [`item ${at}`],
  type: "Bug",
  moment: null,
  fields: [],
  all: [],
  url: null,
  same: [],
  place: 0,
  again: false,
  ...more,
});

test("an open item stays open while it is in the list, and closes once it is not", () => {
  const { held, root, hear, last } = shown();
  const tell = (/** @type {object} */ message) => held.listeners.get("msg:custom")(message, []);
  const work = root.querySelector(".work");
  work.querySelector(".left").getClientRects = () => [{}]; // it is in sight
  const isOpen = () => work.classList.contains("reading") && !work.querySelector(".reader").hasAttribute("hidden");
  hear({ items: [line(0, 7), line(1, 5)] });
  root.querySelector(".panel").dispatchEvent(Object.assign(new window.Event("keydown"), { key: "j" }));
  assert.deepEqual([last().do, last().at], ["open", 7]);
  hear({ list: 2, items: [line(0, 5), line(1, 7)] }); // the answer to a click before, which renews the list
  assert.deepEqual([last().do, last().at, last().again], ["open", 7, true]);
  tell(opened(7, { place: 1 }));
  assert.equal(isOpen(), true);
  tell(opened(7, { place: 1, again: true }));
  assert.equal(isOpen(), true);
  hear({ list: 3, items: [line(0, 5)] });
  assert.equal(isOpen(), true); // it may be further down
  tell(opened(7, { place: null, again: true }));
  assert.equal(isOpen(), false);
  const asked = held.sent.length;
  hear({ list: 4, items: [line(0, 7)] });
  assert.equal(held.sent.length, asked); // it is not opened again
});

test("a late answer leaves the focus and the menus to what somebody uses in the meantime", async () => {
  const { held, root, hear } = shown();
  const tell = (/** @type {object} */ message) => held.listeners.get("msg:custom")(message, []);
  const clipboard = { writeText: () => Promise.reject(new Error("no")) };
  Object.defineProperty(globalThis, "navigator", { value: { clipboard }, configurable: true });
  hear();
  const [presets, code, files] = root.querySelectorAll("details.menu");
  const search = root.querySelector(".search");
  const field = root.querySelector('[aria-label="File"]');
  const ask = (/** @type {any} */ menu, /** @type {string} */ text) => {
    const made = [...menu.querySelectorAll("button")].find((one) => one.textContent === text);
    Object.assign(menu, { open: true });
    root.activeElement = made;
    made.click();
  };
  const said = { is: "said", text: "Written", do: "export" };
  ask(files, "Export");
  tell(said);
  assert.equal(files.open, false);
  ask(files, "Export");
  root.activeElement = search;
  presets.open = true;
  tell(said);
  assert.deepEqual([presets.open, files.open], [true, true]);
  ask(files, "Export");
  field.value = "another.csv"; // for the next file
  tell(said);
  assert.equal(files.open, true);
  tell({ is: "said", text: "Saved by another page", do: "save" });
  assert.equal(files.open, true);

  const area = root.querySelector("textarea.code");
  let focused = 0;
  Object.assign(area, { focus: () => focused++, select: () => {} });
  ask(code, "Copy as Python");
  tell({ is: "code", text: "where", do: "code" });
  await new Promise(setImmediate);
  assert.deepEqual([focused, code.open], [1, false]);
  ask(code, "Copy as Python");
  root.activeElement = search;
  tell({ is: "code", text: "where = 1", do: "code" });
  await new Promise(setImmediate);
  assert.deepEqual([focused, area.value, root.querySelector(".below").hidden], [1, "where = 1", false]);
  assert.match(root.querySelector(".told").textContent, /Select the code/);
});

test("another panel takes the place of this one, or is offered if somebody has gone on", async () => {
  for (const isUsed of [false, true]) {
    el = openPanel();
    const held = model({ setup: JSON.stringify(SETUP), time: JSON.stringify(TIME) });
    const other = document.createElement("p");
    const view = { el: other, remove: () => other.remove() };
    const manager = { get_model: async () => ({}), create_view: async () => view };
    explorer.render({ model: { ...held, widget_manager: manager }, el });
    const root = /** @type {any} */ (el).shadowRoot;
    const tell = (/** @type {object} */ message) => held.listeners.get("msg:custom")(message, []);
    tell({ ...VIEW, dates: [20_000, null], layout: [] });
    const compare = [...root.querySelectorAll("button")].find((one) => one.textContent === "Compare with previous");
    compare.getClientRects = () => [{}];
    root.activeElement = compare;
    compare.click();
    const { who } = held.sent.at(-1);
    if (isUsed) root.activeElement = root.querySelector(".search");
    tell({ is: "beside", do: "compare", id: "1", who });
    await new Promise(setImmediate);
    const beside = root.querySelector(".beside");
    assert.equal(beside.hidden, isUsed);
    assert.equal(other.parentNode === el, !isUsed);
    if (isUsed) [...root.querySelectorAll("button")].find((one) => one.textContent === "Show the comparison").click();
    assert.equal(beside.hidden, false);
    assert.equal(other.parentNode, el);
    beside.querySelector("button").click();
    assert.equal(beside.hidden, true);
    assert.equal(held.sent.at(-1).do, "back");
  }
});

test("what an answer leaves as it is keeps its node, which somebody may be pressing", () => {
  const { root, hear } = shown();
  hear();
  const drop = root.querySelector('[data-key="drop/type"]');
  const status = {
    part: "status",
    name: "Status",
    said: "New",
    title: "status New",
    off: false,
    not: false,
    flips: true,
  };
  let moved = 0;
  const chip = drop.parentNode;
  const { remove } = chip;
  chip.remove = () => {
    moved += 1;
    remove.call(chip);
  };
  hear({ chips: [status, ...VIEW.chips] });
  assert.deepEqual(texts(root, ".chip .what"), ["Status: ", "Type: "]);
  assert.equal(root.querySelector('[data-key="drop/type"]'), drop);
  assert.equal(root.querySelector(".chips").lastChild.textContent, "Clear all");
  hear();
  assert.deepEqual([moved, root.querySelector('[data-key="drop/type"]') === drop], [0, true]);
  assert.equal(root.querySelector(".chips").children.length, 1);
  hear({ chips: [{ ...VIEW.chips[0], off: true }] });
  assert.equal(root.querySelector('[data-key="chip/type"]').getAttribute("aria-pressed"), "false");
  hear({ chips: [] });
  assert.match(root.querySelector(".chips").textContent, /No filters/);
});

test("the reader says that another item is on its way, and its row is that of the item shown if it will not come", () => {
  const { held, root, hear } = shown();
  const tell = (/** @type {object} */ message) => held.listeners.get("msg:custom")(message, []);
  hear({ items: [line(0, 7), line(1, 5)] });
  root.querySelector(".left").getClientRects = () => [{}]; // it is in sight
  const press = () =>
    root.querySelector(".panel").dispatchEvent(Object.assign(new window.Event("keydown"), { key: "j" }));
  const reader = root.querySelector(".reader");
  const isBusy = () => reader.getAttribute("aria-busy") === "true";
  press();
  assert.equal(isBusy(), true);
  tell(opened(7));
  assert.equal(isBusy(), false);
  press();
  assert.equal(isBusy(), true);
  tell({ is: "failed", do: "export", text: "No folder." });
  assert.equal(isBusy(), true); // which has nothing to do with it
  tell({ is: "failed", do: "open", text: "no" });
  assert.deepEqual([isBusy(), reader.hidden], [false, false]);
  held.send = () => {
    throw new Error("Cannot send a message on a closed comm");
  };
  press();
  assert.deepEqual([isBusy(), reader.querySelector(".text").textContent], [false, "item 7"]);
  root.querySelector('[data-key="read/close"]').click();
  press(); // the first one again
  assert.equal(root.querySelector(".work").classList.contains("reading"), false);
});

test("Enter after a search opens its first item, not that of the list before", () => {
  const { held, root, hear, last } = shown();
  hear({ items: [line(0, 7)] });
  const [search, list] = [".search", ".list"].map((where) => root.querySelector(where));
  list.scrollTop = 0;
  const enter = (/** @type {any} */ target) =>
    target.dispatchEvent(Object.assign(new window.Event("keydown", { bubbles: true }), { key: "Enter" }));
  const type = (/** @type {string} */ text) => {
    search.value = text;
    search.dispatchEvent(new window.Event("input"));
  };
  type("p");
  enter(search);
  type("pay");
  enter(search); // it waits for the answer to the one before
  enter(list);
  const opens = () => held.sent.filter((one) => one.do === "open").map((one) => one.at);
  assert.deepEqual([last().text, opens()], ["p", []]);
  hear({ list: 2, items: [line(0, 6)], search: "p" });
  assert.deepEqual([last().text, opens()], ["pay", []]);
  hear({ list: 3, items: [line(0, 5)], search: "pay" });
  assert.deepEqual(opens(), [5]);
});

test("a chart that arrives once another tab is open is not shown", async () => {
  const { held, root, hear } = shown();
  Vega.prototype.chartsIn = async () => ({ show: async () => {}, end: () => {} });
  hear({ tab: "Versions" });
  const chart = { is: "chart", tab: "Pages", chart: { heading: "Pages", said: "", spec: {} }, picks: [], choices: {} };
  held.listeners.get("msg:custom")(chart, []);
  await new Promise(setImmediate);
  assert.equal(root.querySelector(".title").textContent, "");
  held.listeners.get("msg:custom")({ ...chart, tab: "Versions", chart: { heading: "Bugs", said: "", spec: {} } }, []);
  assert.equal(root.querySelector(".title").textContent, "Bugs");
});

test("similar items are from submitters, and from unsigned items beside them", () => {
  const { held, root, hear } = shown();
  const send = (/** @type {object} */ message) => held.listeners.get("msg:custom")(message, []);
  hear({ items: [line(0, 7)] });
  root.querySelector(".left").getClientRects = () => [{}]; // it is in sight
  root.querySelector(".panel").dispatchEvent(Object.assign(new window.Event("keydown"), { key: "j" }));
  send(opened(7));
  const said = (/** @type {number} */ people, /** @type {number} */ unsigned) => {
    send({ is: "similar", at: 7, number: 49, people, unsigned, items: [line(0, 5)] });
    return root.querySelector(".reader section h3").textContent;
  };
  assert.equal(said(25, 24), "49 similar items (24 unsigned) from 25 submitters");
  assert.equal(said(1, 0), "49 similar items from 1 submitter");
  assert.equal(said(0, 49), "49 similar items");
  assert.equal(root.querySelector(".reader [aria-live]").textContent, "49 similar items"); // and not each of them
  assert.equal(root.querySelectorAll(".near li").length, 1);
});

test("an answer to no action leaves those that are still unanswered", () => {
  const { held, root, hear } = shown();
  hear();
  const panel = root.querySelector(".panel");
  const { asked } = panel.dataset;
  for (const message of [
    { is: "failed", do: "open", text: "Why", seq: null },
    { is: "failed", do: "rows", text: "Why" },
  ]) {
    held.listeners.get("msg:custom")(message, []);
    assert.equal(panel.dataset.answered, asked);
  }
  const talk = new Talk(/** @type {any} */ (held), panel, () => {});
  talk.wish("search", { text: "a" });
  talk.wish("search", { text: "b" });
  talk.settled({ seq: null, who: null }); // code has set a filter in the meantime
  assert.deepEqual(
    held.sent.filter((one) => one.who === talk.who).map((one) => one.text),
    ["a"],
  );
});

test("a panel whose kernel was restarted says so, and stays as it is", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { held, root, hear } = shown();
    hear();
    held.send = () => {
      throw new Error("Cannot send a message on a closed comm");
    };
    const panel = root.querySelector(".panel");
    for (const where of ['[data-days="28"]', '[data-key="drop/type"]', '[data-key="tab/Versions"]', ".drop button"]) {
      root.querySelector(".told").textContent = "";
      root.querySelector(where).click();
      mock.timers.tick(1_000);
      assert.equal(root.querySelector(".told").textContent, "The kernel was restarted. Run all cells again.", where);
      assert.equal(root.querySelector(".told").getAttribute("role"), "alert");
      assert.equal(panel.getAttribute("aria-busy"), null);
      assert.equal(panel.dataset.asked, panel.dataset.answered);
    }
    const search = root.querySelector(".search");
    search.value = "pay";
    for (const text of ["p", "pa"]) {
      search.value = text;
      search.dispatchEvent(new window.Event("input"));
      mock.timers.tick(1_000);
    }
    assert.equal(root.querySelector(".sum").textContent, "60 of 60 items");
    assert.equal(root.querySelector('[data-key="tab/Over time"]').getAttribute("aria-selected"), "true");
  } finally {
    mock.timers.reset();
  }
});

test("letters that are being composed are not searched for until they are written", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { held, root, hear } = shown();
    hear();
    const before = held.sent.length;
    const search = root.querySelector(".search");
    const type = (/** @type {string} */ text, /** @type {string} */ kind, isComposing = false) => {
      search.value = text;
      search.dispatchEvent(Object.assign(new window.Event(kind), { isComposing }));
      mock.timers.tick(1_000);
    };
    type("s", "input", true);
    type("し", "input", true);
    search.dispatchEvent(
      Object.assign(new window.Event("keydown", { bubbles: true }), { key: "Enter", isComposing: true }),
    );
    assert.equal(held.sent.length, before);
    root.activeElement = search;
    hear({ search: "" });
    root.activeElement = search;
    hear({ search: "" });
    assert.equal(search.value, "し"); // what is written stays when a view arrives
    type("支払", "compositionend");
    assert.deepEqual([held.sent.length, held.sent.at(-1).do, held.sent.at(-1).text], [before + 1, "search", "支払"]);
    type("支払い", "input");
    assert.equal(held.sent.at(-1).text, "支払"); // the kernel has not answered yet
    hear({ search: "支払" });
    assert.equal(held.sent.at(-1).text, "支払い");
  } finally {
    mock.timers.reset();
  }
});

test("a list of values is searched once letters are written", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const held = model({
      setup: JSON.stringify({ ...SETUP, facets: [facet({ name: "path", label: "Page", many: true, options: [] })] }),
      time: JSON.stringify(TIME),
    });
    explorer.render({ model: held, el });
    const find = /** @type {any} */ (el).shadowRoot.querySelector('[aria-label="Find a page"]');
    const type = (/** @type {string} */ kind, isComposing = false) => {
      find.dispatchEvent(Object.assign(new window.Event(kind), { isComposing }));
      mock.timers.tick(1_000);
      return held.sent.at(-1);
    };
    find.value = "し";
    assert.equal(type("input", true).do, "start");
    find.value = "支払";
    assert.equal(type("compositionend").find, "支払");
    find.value = "支払い";
    assert.equal(type("input").find, "支払い");
  } finally {
    mock.timers.reset();
  }
});

test("of a list that is too long to be there as a whole, the values in sight are asked for", () => {
  const held = model({
    setup: JSON.stringify({ ...SETUP, facets: [facet({ name: "path", label: "Page", many: true, options: [] })] }),
    time: JSON.stringify(TIME),
  });
  explorer.render({ model: held, el });
  const root = /** @type {any} */ (el).shadowRoot;
  const list = root.querySelector('[aria-label="Page"]');
  const tell = (/** @type {number} */ start, number = 100) => {
    const rows = Array.from({ length: number }, (_, at) => [`/${start + at}`, `/${start + at}`, "", 1]);
    const path = { set: 0, bare: false, rows, none: [7], found: 90_000, start, find: ["", number], all: 90_000 };
    held.listeners.get("msg:custom")({ ...VIEW, facets: { path } }, [new DataView(new ArrayBuffer(24))]);
    for (const one of list.children) Object.defineProperty(one, "offsetHeight", { value: 25, configurable: true });
  };
  const away = () => ["--before", "--after"].map((name) => Number(list.style.getPropertyValue(name)));
  const scroll = (/** @type {number} */ to) => {
    list.scrollTop = to;
    list.dispatchEvent(new window.Event("scroll"));
    return held.sent.at(-1);
  };
  const key = (/** @type {string} */ name) => {
    const box = list.querySelector("input");
    box.dispatchEvent(Object.assign(new window.Event("keydown", { bubbles: true }), { key: name }));
  };
  Object.defineProperties(list, { clientHeight: { value: 250 }, scrollHeight: { value: 90_001 * 25 } });
  tell(0, 8);
  assert.equal(texts(root, ".facet li .name").at(-1), "(none)");
  root.querySelector('[data-key="more/path"]').click();
  tell(0);
  assert.equal(texts(root, ".facet li .name")[0], "(none)"); // not far below
  assert.deepEqual(away(), [0, 89_900]);
  const before = held.sent.length;
  scroll(25 * 20);
  assert.equal(held.sent.length, before); // they are there
  const wish = scroll(25 * 50_000);
  assert.deepEqual([wish.do, wish.name, wish.start, wish.rows], ["unfold", "path", 49_955, 100]);
  tell(49_955);
  assert.deepEqual(away(), [49_956, 39_945]);
  const row = list.firstElementChild;
  assert.deepEqual([row.getAttribute("aria-posinset"), row.getAttribute("aria-setsize")], ["49957", "90001"]);
  assert.deepEqual(texts(root, ".facet li .name").at(0), "/49955");
  key("End");
  assert.equal(list.scrollTop, 90_001 * 25);
  tell(89_900);
  assert.deepEqual(away(), [89_901, 0]);
  key("Home");
  assert.equal(list.scrollTop, 0);
});

test("the link of an item is copied, if it has one", async () => {
  const { held, root, hear } = shown();
  /** @type {string[]} */ const copied = [];
  const clipboard = { writeText: async (/** @type {string} */ text) => copied.push(text) };
  Object.defineProperty(globalThis, "navigator", { value: { clipboard }, configurable: true });
  hear({ items: [line(0, 5)], selected: 1, listed: 1 });
  root.querySelector(".work .left").getClientRects = () => [{}]; // it is in sight
  root.querySelector(".panel").dispatchEvent(Object.assign(new window.Event("keydown"), { key: "j" }));
  held.listeners.get("msg:custom")(opened(5), []);
  assert.equal(root.querySelector('[data-key="read/link"]'), null);
  held.listeners.get("msg:custom")(opened(5, { url: "https://example.com/5" }), []);
  root.querySelector('[data-key="read/link"]').click();
  await new Promise(setImmediate);
  assert.deepEqual(copied, ["https://example.com/5"]);
  assert.equal(root.querySelector(".told").textContent, "Copied the link");
});

test("the rows of a list are used again, and say nothing of the items that they showed before", () => {
  const page = /** @type {any} */ ({ setup: SETUP, prefix: "", colour: () => "red", act: () => {}, send: () => {} });
  const list = new ItemList(page, () => {});
  list.size = { wide: 900, high: 300 }; // as its page would say
  const show = (/** @type {any[]} */ ...items) => {
    page.view = { ...VIEW, items, listed: items.length };
    list.renew();
    return /** @type {any[]} */ ([...list.sheet.children]);
  };
  const [first, second] = show(
    { ...line(0, 7), text: ["to ", "pay", " by card"], type: "<b>", moment: "2 May 2026, 18:05" },
    line(1, 5),
  );
  assert.equal(first.querySelector("mark").textContent, "pay");
  assert.match(first.textContent, /^to pay by card<b>.*2 May 2026$/);
  assert.equal(first.querySelector(".m-day").title, "2 May 2026, 18:05");
  const then = show(line(0, 5), { ...line(1, 9), text: [""] }, line(2, 3));
  assert.deepEqual(then.slice(0, 2), [first, second]);
  assert.equal(first.querySelector("mark"), null);
  assert.deepEqual(texts(list.sheet, ".message"), ["item 5", "(no text)", "item 3"]);
  assert.deepEqual(texts(list.sheet, ".m-day"), ["no date", "no date", "no date"]);
  assert.equal(first.querySelector(".m-day").title, "");
  assert.deepEqual(texts(list.sheet, ".m-type"), ["Bug", "Bug", "Bug"]);
  assert.equal(first.querySelector(".dot").getAttribute("aria-hidden"), "true"); // the type is said once
  assert.deepEqual(show(line(0, 3)), [first]);
  show({ ...line(0, 3), text: ["to ", "pay", ""] });
  show({ ...line(0, 3), text: ["to pay"] }); // the search was cleared
  assert.equal(first.querySelector("mark"), null);
  assert.equal(first.querySelector(".message").textContent, "to pay");
});

test("Tab leads to one value of the legend, and arrow keys to the others", () => {
  const { root, hear } = shown();
  hear();
  const chart = new Timeline(
    /** @type {any} */ ({ setup: SETUP, time: { ...TIME, values: [["Bug"], ["<b>"]] }, view: null, root }),
  );
  chart.drawWords();
  const { legend } = chart;
  const stops = () => legend.values.map((one) => one.getAttribute("tabindex"));
  assert.deepEqual(stops(), ["0", "-1"]);
  const event = new window.Event("keydown", { bubbles: true, cancelable: true });
  Object.assign(event, { key: "ArrowRight" });
  let focused = -1;
  legend.values.forEach((one, at) => {
    one.focus = () => {
      focused = at;
    };
  });
  legend.values[0].dispatchEvent(event);
  assert.equal(focused, 1);
  legend.values[1].dispatchEvent(new window.Event("focusin", { bubbles: true }));
  assert.deepEqual(stops(), ["-1", "0"]);
  chart.dressed = "";
  chart.drawWords();
  assert.deepEqual(stops(), ["-1", "0"]);
});

test("of wishes that follow each other only the latest waits, and it goes once the kernel has answered", () => {
  const { held, root, hear } = shown();
  hear();
  const handle = root.querySelector('[data-key="brush/1"]');
  for (const key of ["ArrowLeft", "ArrowRight", "ArrowLeft", "ArrowRight"]) {
    const event = new window.Event("keydown", { bubbles: true });
    Object.assign(event, { key });
    handle.dispatchEvent(event);
  }
  const spans = () => held.sent.filter((one) => one.do === "dates").map(({ span }) => span);
  assert.deepEqual(spans(), [[20_000, 20_007]]);
  hear();
  const both = [
    [20_000, 20_007],
    [20_000, 20_014], // each key goes on from where the one before led, answered or not
  ];
  assert.deepEqual(spans(), both);
  hear();
  assert.deepEqual(spans(), both);
});

test("zero results suggest what to do, and errors show where it was typed", () => {
  const { root, hear, held, last } = shown();
  const spelling = { search: "payment", n: 7 };
  hear({ selected: 0, listed: 0, list: 2, without: [spelling, { part: "search", said: "search x", n: 12 }] });
  const other = root.querySelector('[data-key="way/spelling"]');
  assert.equal(other.textContent, "Did you mean payment? 7");
  other.click();
  assert.deepEqual([last().do, last().text], ["search", "payment"]);
  const way = root.querySelector('[data-key="way/search"]');
  assert.equal(way.textContent, "Without search x: 12");
  way.click();
  assert.deepEqual([last().do, last().part], ["remove", "search"]);
  const failed = { is: "failed", text: "The quote is not closed.", do: "search", seq: 1 };
  held.listeners.get("msg:custom")(failed, []);
  assert.equal(root.querySelector(".error").textContent, "The quote is not closed.");
  held.listeners.get("msg:custom")({ ...failed, do: "export", text: "No folder." }, []);
  assert.equal(root.querySelector(".told.wrong").textContent, "No folder.");
});

test("an item whose ID was searched for is offered, and opened where it is listed", () => {
  for (const [within, changes] of [
    [true, [["search", ""]]],
    [false, [["clear", undefined]]],
  ]) {
    const { root, hear, held } = shown();
    const item = { open: 5, said: "No way to pay", in: within, n: 1 };
    hear({ selected: 0, listed: 0, list: 2, without: [item, { part: "search", said: "search x", n: 12 }] });
    const way = root.querySelector('[data-key="way/open/5"]');
    assert.equal(way.textContent, "Open item: No way to pay");
    const before = held.sent.length;
    way.click();
    const sent = held.sent.slice(before);
    assert.deepEqual(
      sent.map((one) => [one.do, one.text ?? one.at]),
      [...changes, ["open", 5]],
    );
  }
});

test("Enter in the search leads to the items, and to the first way out where there are none", () => {
  const { root, hear, last } = shown();
  const search = root.querySelector("input.search");
  const focused = () => root.querySelector("[data-focused]")?.dataset.key;
  for (const one of [...root.querySelectorAll(".list")]) one.focus = () => mark(one);
  const mark = (/** @type {HTMLElement} */ one) => {
    for (const other of root.querySelectorAll("[data-focused]")) other.removeAttribute("data-focused");
    one.setAttribute("data-focused", "");
  };
  const enter = () => {
    const event = new window.Event("keydown", { bubbles: true, cancelable: true });
    Object.assign(event, { key: "Enter" });
    search.dispatchEvent(event);
  };
  enter();
  assert.equal(focused(), "list");
  hear({ selected: 0, listed: 0, list: 2, without: [{ part: "search", said: "search x", n: 12 }], seq: last().seq });
  const way = root.querySelector('[data-key="way/search"]');
  way.focus = () => mark(way);
  enter();
  assert.equal(focused(), "way/search");
});

test("a narrow panel shows its lists of values only when they are asked for", () => {
  const { root } = shown();
  const fold = root.querySelector(".unfold");
  assert.equal(fold.textContent, "Filters");
  assert.equal(fold.nextElementSibling.className, "facets");
  for (const open of ["true", "false"]) {
    fold.click();
    assert.equal(fold.getAttribute("aria-expanded"), open);
  }
});

test("whether to replace a file is asked below its name, and is about the name that was asked for", () => {
  const { root, held, last } = shown();
  const field = root.querySelector('[aria-label="File"]');
  const press = (/** @type {string} */ text) =>
    [...root.querySelectorAll(".menu button")].find((one) => one.textContent === text)?.click();
  field.value = "a.csv";
  press("Export");
  assert.deepEqual([last().do, last().file, last().over], ["export", "a.csv", false]);
  held.listeners.get("msg:custom")({ is: "exists", name: "a.csv", do: "export" }, []);
  assert.match(root.querySelector(".asks").textContent, /“a.csv” already exists/);
  field.value = "b.csv";
  press("Replace it");
  assert.deepEqual([last().do, last().file, last().over], ["export", "a.csv", true]);
  assert.equal(root.querySelector(".asks"), null);
});

test("two kinds of requests wait separately, and a question is not a request", () => {
  const held = model({});
  const panel = document.createElement("div");
  const talk = new Talk(held, panel, () => {});
  talk.wish("search", { text: "a", side: "a" }, "search a");
  talk.wish("search", { text: "b", side: "b" }, "search b");
  talk.wish("search", { text: "bc", side: "b" }, "search b");
  talk.ask("back");
  assert.deepEqual(
    held.sent.map((one) => [one.do, one.seq, one.text]),
    [
      ["search", 1, "a"],
      ["back", undefined, undefined],
    ],
  );
  talk.settled({ who: "another page", seq: 1 });
  assert.equal(held.sent.length, 2);
  talk.settled({ who: talk.who, seq: 1 });
  assert.deepEqual([held.sent.at(-1).text, held.sent.at(-1).seq, talk.isLatest(held.sent.at(-1))], ["bc", 2, true]);
  assert.equal(talk.isLatest({ who: talk.who, seq: 1 }), false);
  talk.end();
});
