// The front end of a comparison: two sides of the explorer's parts, and what each tells the kernel.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import comparison from "../../seggwat_nb/web/compare/panel.js";
import { Vega } from "../../seggwat_nb/web/explorer/vega.js";
import { model, openPanel } from "./dom.js";

const SETUP = {
  facets: [
    {
      name: "type",
      label: "Type",
      many: false,
      options: [
        ["Bug", "Bug", "", 0],
        ["<b>", "<b>", "", 0],
      ],
      none: false,
      together: [],
      excludes: true,
      folded: false,
    },
  ],
  total: 60,
  about: "Demo",
  keys: [
    ["type", "Type"],
    ["path", "Page"],
  ],
  every: [
    ["", "Auto"],
    ["1w", "Week"],
  ],
  periods: [
    ["28", "Last 28 days vs previous 28"],
    ["always", "All time"],
  ],
  columns: ["created_at", "type", "message"],
  types: { Bug: "#D55E00" },
  css: "",
  hide: "",
};
const side = (/** @type {object} */ more = {}) => ({
  name: "A",
  title: "",
  last: 20_000,
  rated: "",
  selected: 40,
  listed: 40,
  list: 1,
  layout: [["type", 2]],
  facets: { type: { set: 0, in: [], not: [], partly: [] } },
  chips: [{ part: "type", name: "Type", said: "Bug", title: "type Bug", off: false, not: false, flips: true }],
  back: true,
  forth: false,
  search: "",
  dates: [null, null],
  doubts: null,
  sort: ["created_at", true],
  items: [],
  without: [],
  ...more,
});
const VIEW = {
  is: "view",
  back: true,
  forth: false,
  by: "type",
  every: "",
  cautions: ["A and B share 1 item."],
  words: ["Bug: 67% of <b>, 31% of B."],
  figures: {
    heads: ["Type", "<b>", "B", "Points", "Interval", "Verdict"],
    rows: [{ cells: ["Bug", "67% (20)", "31% (9)", "+36", "+2 to +70", "higher in <b>"], few: false }],
    more: 1200,
  },
  charts: null,
};

/** @type {HTMLElement} */
let el;
beforeEach(() => {
  el = openPanel();
});

const shown = () => {
  const held = model({ setup: JSON.stringify(SETUP) });
  const end = comparison.render({ model: held, el });
  const root = /** @type {any} */ (el).shadowRoot;
  const hear = (
    /** @type {object[]} */ sides = [{ name: "<b>" }, { name: "B", selected: 20, listed: 20 }],
    more = {},
  ) => {
    const { seq, who } = held.sent.findLast((one) => one.who && one.seq);
    const buffers = [
      [30, 10],
      [15, 5],
    ].map((counts) => new DataView(Uint32Array.from(counts).buffer));
    held.listeners.get("msg:custom")({ ...VIEW, ...more, sides: sides.map(side), seq, who }, buffers);
  };
  return { held, root, hear, end, last: () => held.sent.at(-1) };
};
const texts = (/** @type {any} */ root, /** @type {string} */ where) =>
  [...root.querySelectorAll(where)].map((one) => one.textContent);

test("a comparison says how two sides differ, and each side tells the kernel which it is", () => {
  const { held, root, hear, end, last } = shown();
  assert.equal(held.sent.filter((one) => one.do === "vega").length, 1);
  assert.equal(last().do, "start");
  const steps = () => [...root.querySelectorAll(".tools .steps button")].map((one) => one.disabled);
  assert.deepEqual(steps(), [true, true]); // as long as nothing is known
  hear();
  assert.deepEqual(steps(), [false, true]);
  assert.deepEqual(texts(root, ".called h3 span"), ["<b>", "B"]);
  assert.deepEqual(texts(root, ".sum"), ["40 of 60 items", "20 of 60 items"]);
  assert.deepEqual(texts(root, ".words li"), VIEW.words);
  assert.deepEqual(texts(root, ".cautions p"), VIEW.cautions);
  assert.deepEqual(texts(root, ".listed h3"), ["<b>: 40 items", "B: 20 items"]);
  const press = (/** @type {string} */ where, at = 0) => root.querySelectorAll(where)[at].click();
  press('[data-key="chip/type"]', 1);
  assert.deepEqual([last().do, last().part, last().side], ["switch", "type", "b"]);
  press('[data-days="28"]');
  assert.deepEqual([last().do, last().days, last().side], ["days", 28, "a"]);
  press('[aria-label="Filters of B"]');
  assert.deepEqual([last().do, last().open, last().side], ["filters", true, "b"]);
  press('[aria-label="only <b>"]', 1);
  assert.deepEqual([last().do, last().value, last().how, last().side], ["choose", "<b>", "only", "b"]);
  press('[aria-label="More for Bug"]', 1);
  assert.deepEqual(texts(root, ".offer button"), ["Read these: Bug", "Only Bug", "Not Bug"]); // it compares already
  const items = root.querySelectorAll(".left");
  items[1].querySelector(".list").scrollTop = 0;
  root.querySelector(".offer button").click();
  assert.deepEqual([last().do, last().side], ["choose", "b"]);
  hear([{ name: "<b>" }, { name: "B", list: 2, items: [{ place: 0, at: 9, text: ["First"] }] }]);
  assert.deepEqual([last().do, last().at, last().side], ["open", 9, "b"]);
  press('[data-by="path"]');
  assert.deepEqual([last().do, last().by, last().side], ["view", "path", undefined]);
  press('[aria-label="Open A in Explorer"]');
  assert.deepEqual([last().do, last().of, last().shows], ["explore", "a", false]);
  end();
  assert.equal(held.listeners.size, 0);
});

test("a chart of an older selection is dimmed until the next one is drawn, if this takes long", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const { chartsIn } = Vega.prototype;
  /** @type {((value?: unknown) => void)[]} */ const drawn = [];
  /** @type {((error: unknown) => void)[]} */ const fails = [];
  const show = () =>
    new Promise((done, fail) => {
      drawn.push(done);
      fails.push(fail);
    });
  Vega.prototype.chartsIn = async () => /** @type {any} */ ({ show, end: () => {} });
  const settled = () => new Promise(setImmediate);
  try {
    const { root, hear } = shown();
    const charts = () => ({ "time a": { heading: "A", said: "", label: "" } });
    const figure = root.querySelector('[data-chart="time a"]');
    const isDimmed = () => figure.getAttribute("aria-busy") === "true";
    hear(undefined, { charts: charts() });
    await settled();
    mock.timers.tick(140);
    assert.equal(isDimmed(), false);
    mock.timers.tick(20);
    assert.equal(isDimmed(), true);
    hear(undefined, { charts: charts() }); // another one, while this one is drawn
    await settled();
    drawn[0]();
    await settled();
    assert.equal(isDimmed(), true);
    drawn[1]();
    await settled();
    assert.equal(isDimmed(), false);
    hear(undefined, { charts: charts() });
    await settled();
    mock.timers.tick(1_000);
    fails[2](new Error("no"));
    await settled();
    assert.equal(isDimmed(), false);
  } finally {
    Vega.prototype.chartsIn = chartsIn;
    mock.timers.reset();
  }
});

test("figures of the table lead to the items they stand for, and back to all", () => {
  const { root, hear, last } = shown();
  hear();
  const figures = root.querySelectorAll(".figures button");
  assert.deepEqual(
    [...figures].map((one) => one.textContent),
    ["Bug", "67% (20)", "31% (9)"],
  );
  assert.match(texts(root, ".figures .lead")[0], /^1,200 more/);
  figures[2].click();
  assert.deepEqual([last().do, last().chart, last().name, last().only], ["mark", "differences", "Bug", "b"]);
  const [, all] = root.querySelectorAll(".listed button");
  assert.equal(all.hidden || all.hasAttribute("hidden"), true);
  hear([{ name: "A" }, { name: "B", title: "Bug", list: 2, listed: 9, selected: 20 }]);
  assert.deepEqual(texts(root, ".listed h3"), ["A: 40 items", "B · Bug: 9 items"]);
  all.click();
  assert.deepEqual([last().do, last().side], ["all", "b"]);
});

test("a preset is saved from a side and loaded on a side", () => {
  const { held, root, hear, last } = shown();
  hear();
  const tell = (/** @type {object} */ message) => held.listeners.get("msg:custom")(message, []);
  const press = (/** @type {string} */ text) =>
    [...root.querySelectorAll(".menu button")].find((one) => one.textContent === text).click();
  root.querySelector('[aria-label="Name of a preset"]').value = "Mine";
  press("Save B");
  assert.deepEqual([last().do, last().name, last().side, last().over], ["save", "Mine", "b", false]);
  tell({ is: "presets", names: ["Mine", "<b>"] });
  tell({ is: "exists", name: "Mine", side: "b" });
  root.querySelector('[aria-label="Name of a preset"]').value = "Other";
  press("Replace it");
  assert.deepEqual([last().do, last().name, last().side, last().over], ["save", "Mine", "b", true]);
  root.querySelector('[aria-label="Load <b> as A"]').click();
  assert.deepEqual([last().do, last().name, last().side], ["load", "<b>", "a"]);
});

test("a preset is deleted once that is confirmed, by mouse and by keyboard, and comes back", () => {
  const { held, root, hear, last } = shown();
  hear();
  const tell = (/** @type {object} */ message) => held.listeners.get("msg:custom")(message, []);
  const ask = () => root.querySelector(".kept .asks");
  const answer = (/** @type {string} */ text) =>
    [...ask().querySelectorAll("button")].find((one) => one.textContent === text).click();
  tell({ is: "presets", names: ["Mine", "<b>"] });
  root.querySelector('[aria-label="Delete Mine"]').click();
  assert.equal(ask().textContent, "Delete “Mine”? DeleteKeep");
  assert.equal(last().do, "start");
  answer("Keep");
  assert.equal(ask(), null);
  const press = (/** @type {any} */ on, /** @type {string} */ key) => {
    const event = Object.assign(new window.Event("keydown", { bubbles: true, cancelable: true }), { key });
    on.dispatchEvent(event);
    return event.defaultPrevented;
  };
  const load = root.querySelector('[aria-label="Load <b> as B"]');
  assert.equal(press(load, "a"), false);
  assert.equal(press(load, "Delete"), true);
  assert.equal(ask().textContent, "Delete “<b>”? DeleteKeep");
  assert.equal(press(ask(), "Escape"), true);
  assert.equal(ask(), null);
  press(load, "Delete");
  answer("Delete");
  assert.deepEqual([last().do, last().name], ["delete", "<b>"]);
  tell({ is: "presets", names: ["Mine"], deleted: "<b>" });
  assert.equal(ask().textContent, "Deleted “<b>”. Undo");
  assert.equal(ask().getAttribute("role"), "status");
  assert.deepEqual(texts(root, ".preset .name"), ["Mine"]);
  answer("Undo");
  assert.equal(last().do, "restore");
  tell({ is: "presets", names: ["Mine", "<b>"] });
  assert.equal(ask(), null);
});

test("a list of presets that arrives late leaves an open question alone", () => {
  const { held, root, hear } = shown();
  hear();
  const tell = (/** @type {object} */ message) => held.listeners.get("msg:custom")(message, []);
  const question = () => root.querySelector(".kept .asks")?.textContent;
  tell({ is: "presets", names: ["Mine"] });
  root.querySelector('[aria-label="Delete Mine"]').click();
  tell({ is: "presets", names: ["Mine"] });
  assert.equal(question(), "Delete “Mine”? DeleteKeep");
  tell({ is: "presets", names: ["Theirs"] });
  assert.equal(question(), undefined);
  assert.deepEqual(texts(root, ".preset .name"), ["Theirs"]);
});

test("errors show where it was typed, on its side", () => {
  const { root, hear, held } = shown();
  hear();
  const failed = { is: "failed", text: "The quote is not closed.", do: "search", seq: 1, side: "b" };
  held.listeners.get("msg:custom")(failed, []);
  assert.deepEqual(texts(root, ".error"), ["", "The quote is not closed."]);
  const ids = [...root.querySelectorAll("[id]")].map((one) => one.id);
  assert.equal(new Set(ids).size, ids.length);
});
