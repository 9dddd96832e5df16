// The parts that panels and pages share.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ChartHost, unpack } from "../../seggwat_nb/web/chart.js";
import { chooser, count, make } from "../../seggwat_nb/web/dom.js";
import { FacetList } from "../../seggwat_nb/web/facets.js";
import { fold } from "../../seggwat_nb/web/fold.js";
import { TableView } from "../../seggwat_nb/web/table.js";
import { embed, open } from "./dom.js";

const HOSTILE = "<img src=x onerror=alert(1)>";

beforeEach(() => open());

test("what strangers wrote becomes text", () => {
  const node = make("p", { textContent: HOSTILE, role: "status" }, HOSTILE);
  assert.equal(node.textContent, HOSTILE + HOSTILE);
  assert.equal(node.querySelector("img"), null);
  assert.equal(node.getAttribute("role"), "status");
});

test("numbers have separators", () => assert.equal(count(1977), "1,977"));

test("a chooser tells the place of what is chosen", () => {
  const told = [];
  const { node, set } = chooser("Type", ["All", HOSTILE], (place) => told.push(place));
  const list = node.querySelector("select");
  Object.defineProperty(list, "value", { writable: true }); // linkedom's cannot be set
  set(1);
  assert.equal(list.value, "1");
  list.dispatchEvent(new window.Event("change"));
  assert.deepEqual(told, [1]);
  assert.equal(node.querySelector("img"), null);
});

test("texts that read alike fold alike", () => {
  for (const [one, other] of [
    ["STRASSE", "straße"],
    ["Cafe\u0301", "CAFÉ"],
    ["İstanbul", "istanbul"],
    ["cra\u00adsh", "crash"],
    ["ΟΔΟΣ", "οδος"],
    ["can\u2019t", "can't"],
    ["\u201ce\u2011mail\u201e", '"e-mail"'],
    ["\u0d28\u0d4d\u200d", "\u0d7b"],
    ["\u0664\u0660\u0664 \u096b\u0966\u0968", "404 502"],
  ]) {
    assert.equal(fold(one), fold(other));
  }
  assert.notEqual(fold("e"), fold("é"));
});

test("rows are the same however they are packed", () => {
  const rows = [
    { key: "Bug", n: 1 },
    { key: null, n: 2 },
  ];
  assert.deepEqual(unpack(rows), rows);
  assert.deepEqual(unpack({ plain: rows }), rows);
  const lists = rows.map(({ key, n }) => [key, n]);
  assert.deepEqual(unpack({ columns: ["key", "n"], rows: lists }), rows);
  const key = { codes: [0, null], names: ["Bug"] };
  assert.deepEqual(unpack({ columns: { key, n: [1, 2] }, height: 2 }), rows);
  assert.deepEqual(unpack({ columns: {}, height: 0 }), []);
});

const group = (...options) => ({ name: "type", label: "Type", options });
const option = (value, number, more = {}) => ({ value, label: String(value), count: number, ticked: false, ...more });

test("a facet list shows counts and reports what is ticked", () => {
  const told = [];
  const facets = new FacetList((tick) => told.push(tick));
  document.body.append(facets.node);
  facets.show([{ ...group(option("Bug", 1200), option(HOSTILE, 300), option(null, 0)), note: "Top 3" }]);
  const rows = [...facets.node.querySelectorAll("label")];
  assert.deepEqual(
    rows.map((row) => row.querySelector(".seggwat-count").textContent),
    ["1,200", "300", "0"],
  );
  assert.deepEqual(
    rows.map((row) => row.style.getPropertyValue("--share")),
    ["1", "0.25", "0"],
  );
  assert.equal(facets.node.querySelector("img"), null);
  assert.equal(facets.node.querySelector("p").textContent, "Top 3");
  const boxes = [...facets.node.querySelectorAll("input")];
  assert.deepEqual(
    boxes.map((box) => Boolean(box.disabled)),
    [false, false, true],
  );
  boxes[0].checked = true;
  boxes[0].dispatchEvent(new window.Event("change"));
  assert.deepEqual(told, [{ group: "type", value: "Bug", ticked: true }]);
});

test("an option that is partly ticked is indeterminate, and one that is ticked is not", () => {
  const facets = new FacetList(() => {});
  facets.show([group(option("a", 0, { partly: true }), option("b", 0, { partly: true, ticked: true }))]);
  const boxes = [...facets.node.querySelectorAll("input")];
  assert.deepEqual(
    boxes.map(({ checked, indeterminate }) => [checked, indeterminate]),
    [
      [false, true],
      [true, false],
    ],
  );
  assert.equal(facets.node.querySelector(".seggwat-none"), null);
});

test("the focus stays on the control while everything around it is replaced", () => {
  const facets = new FacetList(() => {});
  document.body.append(facets.node);
  facets.show([group(option("a", 1), option("b", 2))]);
  const before = facets.node.querySelectorAll("input")[1];
  const focused = [];
  Object.defineProperty(document, "activeElement", { configurable: true, get: () => before });
  Object.getPrototypeOf(before).focus = function () {
    focused.push(this);
  };
  facets.show([group(option("b", 2), option("a", 1))]);
  assert.equal(focused.length, 1);
  assert.notEqual(focused[0], before);
  assert.equal(focused[0].dataset.key, "type/b");
});

test("a table sorts by its heads and turns its pages", () => {
  const told = [];
  const table = new TableView({
    sort: (column) => told.push(["sort", column]),
    turn: (step) => told.push(["turn", step]),
  });
  table.show({
    caption: HOSTILE,
    columns: [
      { label: "Type", sortable: true, sorted: "ascending" },
      { label: HOSTILE, sortable: false },
    ],
    rows: [make("tr", {}, make("td", { textContent: HOSTILE }))],
    place: "26–50 of 60",
    previous: true,
    next: false,
  });
  assert.equal(table.node.querySelector("img"), null);
  const heads = [...table.node.querySelectorAll("th")];
  assert.deepEqual(
    heads.map((head) => head.getAttribute("aria-sort")),
    ["ascending", null],
  );
  const [sort, previous, next] = table.node.querySelectorAll("button");
  assert.deepEqual([Boolean(previous.disabled), Boolean(next.disabled)], [false, true]);
  sort.click();
  previous.click();
  assert.deepEqual(told, [
    ["sort", 0],
    ["turn", -1],
  ]);
});

test("a chart of the same spec is only given rows; another spec replaces it", async () => {
  const calls = embed();
  const canvas = make("div");
  let views = 0;
  const host = new ChartHost(canvas, { drawn: () => (views += 1), embed: { tooltip: false } });
  await host.show({ spec: { mark: "bar" }, data: { rows: [{ a: 1 }] } });
  await host.show({ spec: { mark: "bar" }, data: { rows: [{ a: 2 }] } });
  assert.equal(calls.length, 1);
  assert.deepEqual(calls[0].data.rows, [{ a: 2 }]);
  assert.equal(calls[0].options.tooltip, false);
  await host.show({ spec: { mark: "line" }, data: {} });
  assert.equal(calls[0].finalized, true);
  assert.equal(views, 2);
  assert.equal(canvas.children.length, 1);
  assert.equal(canvas.children[0], calls[1].node);
  host.finish();
  assert.equal(calls[1].finalized, true);
});

test("while a chart is drawn, only the latest request waits", async () => {
  const calls = embed();
  const host = new ChartHost(make("div"));
  const shown = [1, 2, 3].map((width) => host.show({ spec: { width }, data: {} }));
  await Promise.all(shown);
  assert.deepEqual(
    calls.map(({ spec }) => spec.width),
    [1, 3],
  );
});

test("a chart that cannot be drawn leaves the one before, and the next is drawn", async () => {
  const calls = embed();
  const canvas = make("div");
  const host = new ChartHost(canvas);
  await host.show({ spec: { width: 1 }, data: {} });
  await assert.rejects(host.show({ spec: { fails: true }, data: {} }), /no chart/);
  assert.equal(canvas.children.length, 1);
  assert.equal(calls[0].finalized, false);
  await host.show({ spec: { width: 2 }, data: {} });
  assert.equal(calls.length, 2);
});

test("a chart loads nothing", async () => {
  const calls = embed();
  await new ChartHost(make("div")).show({ spec: {}, data: {} });
  for (const ask of Object.values(calls[0].options.loader)) await assert.rejects(ask("https://example.org"));
});
