// What shared pages compute: sums of a cube, and rows searched and sorted.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  active,
  fromHash,
  inWords,
  notFiltered,
  notHere,
  searchOf,
  toHash,
} from "../../seggwat_nb/web/page/choices.js";
import { addUp, stackingOrder } from "../../seggwat_nb/web/page/cube.js";
import { Rows } from "../../seggwat_nb/web/page/rows.js";
import { bars, lookUp } from "../../seggwat_nb/web/page/tiles.js";

const cube = {
  columns: [
    { name: "type", label: "Type", values: ["Bug", "Idea"], colours: ["red", "blue"] },
    { name: "status", label: "Status", values: ["New", "Closed"], colours: ["grey", "grey"] },
  ],
  periods: { start: [0, 7], end: [7, 14], name: ["a", "b"], known: ["all", "all"], complete: [true, true] },
  cells: { count: [1, 2, 4, 8], period: [0, 0, 1, 1], type: [0, 1, 0, 1], status: [0, 0, 1, 1] },
};
const all = { from: 0, to: 1 };
const none = () => [new Set(), new Set()];

test("with nothing ticked, everything is counted", () => {
  assert.deepEqual(addUp(cube, { ticked: none(), span: all, by: 0 }), {
    chosen: 15,
    counts: [
      [5, 10],
      [3, 12],
    ],
    heights: [
      [1, 2],
      [4, 8],
    ],
  });
});

test("a box leaves the counts of its own column, and narrows the others", () => {
  const sums = addUp(cube, { ticked: [new Set([0]), new Set()], span: all, by: -1 });
  assert.equal(sums.chosen, 5);
  assert.deepEqual(sums.counts, [
    [5, 10],
    [1, 4],
  ]);
  assert.deepEqual(sums.heights, [[1], [4]]);
});

test("periods outside of the span are not counted", () => {
  const sums = addUp(cube, { ticked: none(), span: { from: 1, to: 1 }, by: 0 });
  assert.equal(sums.chosen, 12);
  assert.deepEqual(sums.heights[0], [0, 0]);
});

test("sums agree with counting cell by cell, whatever is ticked", () => {
  for (let choice = 0; choice < 16; choice += 1) {
    const ticked = [0, 1].map((at) => new Set([0, 1].filter((value) => choice & (1 << (2 * at + value)))));
    const passes = (cell) =>
      [cube.cells.type, cube.cells.status].every((places, at) => !ticked[at].size || ticked[at].has(places[cell]));
    const expected = cube.cells.count.reduce((sum, number, cell) => sum + (passes(cell) ? number : 0), 0);
    const sums = addUp(cube, { ticked, span: all, by: 1 });
    assert.equal(sums.chosen, expected);
    assert.equal(
      sums.heights.flat().reduce((sum, one) => sum + one, 0),
      expected,
    );
  }
});

test("values that share a colour are stacked last", () => {
  assert.deepEqual(stackingOrder(["grey", "red", "grey", "blue"]), [1, 3, 0, 2]);
  assert.deepEqual(stackingOrder([]), []);
});

const table = new Rows({
  columns: [
    { label: "Page", kind: "text" },
    { label: "Items", kind: "number" },
  ],
  rows: [
    ["/page-10", 2],
    ["/page-9", 10],
    [null, 1],
    ["/Straße", null],
  ],
  filters: { page: 0 },
});
const pages = (choice) => table.select(choice).map(([page]) => page);

test("a search folds letters and looks at every column", () => {
  assert.deepEqual(pages({ search: " STRASSE " }), ["/Straße"]);
  assert.deepEqual(pages({ search: "10" }), ["/page-10", "/page-9"]);
  assert.deepEqual(pages({ search: "nothing" }), []);
});

test("rows are sorted by number or as people sort, and what is missing comes last", () => {
  assert.deepEqual(pages({ by: 0 }), ["/page-9", "/page-10", "/Straße", null]);
  assert.deepEqual(pages({ by: 0, down: true }), ["/Straße", "/page-10", "/page-9", null]);
  assert.deepEqual(pages({ by: 1, down: true }), ["/page-9", "/page-10", null, "/Straße"]);
});

test("sorting leaves the order that rows came in", () => {
  pages({ by: 1 });
  assert.deepEqual(pages({}), ["/page-10", "/page-9", null, "/Straße"]);
});

test("a filter selects by its column, and null selects all", () => {
  assert.deepEqual(pages({ chosen: new Map([["page", "/page-9"]]) }), ["/page-9"]);
  assert.equal(pages({ chosen: new Map([["page", null]]) }).length, 4);
});

// -- filters --

const controls = [
  { name: "chosen_type", label: "Type", options: [null, "Bug", "A&B=c"], labels: ["All", "Bug", "A&B=c"], value: null },
  {
    name: "chosen_finding",
    label: "Finding",
    options: [null, "1. Up", "2. Down"],
    labels: ["All", "1. Up", "2. Down"],
    value: null,
  },
];

test("an address names what is chosen, and any other address chooses nothing", () => {
  for (const type of controls[0].options)
    for (const finding of controls[1].options) {
      const chosen = new Map([
        ["chosen_type", type],
        ["chosen_finding", finding],
      ]);
      const hash = toHash(controls, chosen);
      assert.deepEqual(fromHash(controls, hash), chosen);
      assert.equal(hash === "", type === null && finding === null);
      assert.equal(active(controls, chosen).length, (type !== null) + (finding !== null));
    }
  assert.equal(toHash(controls, new Map([["chosen_type", "Bug"]])), "#type=Bug");
  assert.equal(fromHash(controls, "#finding=2").get("chosen_finding"), "2. Down");
  for (const wrong of ["", "#", "#type=Bugg", "#finding=9", "#finding=-1", "#finding=x", "#a%zz=&&=", "#finding=1.5"])
    assert.deepEqual([...fromHash(controls, wrong).values()], [null, null]);
});

test("an address has names as people write them, without what isolates those from right to left", () => {
  const [type] = controls;
  const hebrew = [{ ...type, options: [null, "a", "b"], labels: ["All", "\u2068תקלה\u2069", "constructor\u200b"] }];
  for (const [name, value] of [
    ["תקלה", "a"],
    ["constructor", "b"],
  ]) {
    assert.equal(fromHash(hebrew, `#type=${name}`).get("chosen_type"), value);
    assert.equal(decodeURIComponent(toHash(hebrew, new Map([["chosen_type", value]]))), `#type=${name}`);
    assert.equal(notHere(hebrew, `#type=${name}`), "");
  }
});

test("values in an address that the page lacks are reported, capitals do not matter, and it includes the search", () => {
  assert.equal(notHere(controls, "#type=Bugg&finding=9"), "Not in this report: type “Bugg”, finding “9”.");
  for (const right of ["", "#", "#type=bug&finding=2", "#type=All", "#items", "#a%zz=&&="])
    assert.equal(notHere(controls, right), "", right);
  assert.equal(fromHash(controls, "#type=bug").get("chosen_type"), "Bug");
  const hash = toHash(controls, new Map([["chosen_type", "Bug"]]), 'a & "b" = c');
  assert.equal(searchOf(hash), 'a & "b" = c');
  assert.equal(fromHash(controls, hash).get("chosen_type"), "Bug");
});

test("what is chosen is said in words, and what does not follow it says so", () => {
  const chosen = new Map([
    ["chosen_type", "Bug"],
    ["chosen_finding", "1. Up"],
  ]);
  assert.equal(inWords(controls, chosen), "Type: Bug, Finding: 1. Up");
  assert.equal(
    notFiltered(controls, chosen, () => false),
    "Not filtered by type or finding.",
  );
  assert.equal(
    notFiltered(controls, chosen, (name) => name === "chosen_type"),
    "Not filtered by finding.",
  );
  assert.equal(
    notFiltered(controls, chosen, () => true),
    "",
  );
  assert.equal(
    notFiltered(controls, new Map(), () => false),
    "",
  );
});

test("over random walks every total is a count of the rows that are chosen", () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const types = ["Bug", "Idea", "(none)"];
  const items = Array.from({ length: 300 }, (_, at) => [
    types[Math.floor(random() * 3)],
    ["New", "Closed"][at % 2],
    ["1. Up", "2. Down"].filter(() => random() < 0.3),
  ]);
  const totals = [];
  for (const finding of [null, "1. Up", "2. Down"])
    for (const type of types)
      for (const status of ["New", "Closed"]) {
        const mine = items.filter(
          ([one, other, inside]) => one === type && other === status && (finding === null || inside.includes(finding)),
        );
        totals.push([type, status, mine.length, finding]);
      }
  const listed = items.slice(0, 100);
  const places = (name) => listed.flatMap(([, , inside], at) => (inside.includes(name) ? [at] : []));
  const held = new Rows({
    columns: ["Type", "Status"].map((label) => ({ label, kind: "text" })),
    rows: listed.map(([type, status]) => [type, status]),
    filters: { chosen_type: 0, chosen_status: 1 },
    groups: { chosen_finding: { "1. Up": places("1. Up"), "2. Down": places("2. Down") } },
    totals: { names: ["chosen_type", "chosen_status", "count", "chosen_finding"], rows: totals },
  });
  const chosen = new Map();
  const pick = (values) => values[Math.floor(random() * values.length)];
  for (let step = 0; step < 400; step += 1) {
    const name = pick(["chosen_type", "chosen_status", "chosen_finding"]);
    chosen.set(
      name,
      pick(
        {
          chosen_type: [null, ...types],
          chosen_status: [null, "New", "Closed"],
          chosen_finding: [null, "1. Up", "2. Down"],
        }[name],
      ),
    );
    const [type, status, finding] = ["chosen_type", "chosen_status", "chosen_finding"].map(
      (one) => chosen.get(one) ?? null,
    );
    const matches = ([one, other, inside]) =>
      (type === null || one === type) &&
      (status === null || other === status) &&
      (finding === null || inside.includes(finding));
    assert.equal(held.total(chosen), items.filter(matches).length);
    assert.equal(held.select({ chosen }).length, listed.filter(matches).length);
  }
});

test("a tile says what it knows of a type and a status, and by what that is not filtered", () => {
  const choices = [
    [null, null, "10", "", [], false],
    ["Bug", null, "4", "", [], false],
    [null, "New", "6", "", [], false],
    ["Bug", "New", "2", "", [], false],
  ];
  const said = (type, status) => {
    const { choice, follows } = lookUp(choices, type, status);
    return [choice[2], follows.length];
  };
  assert.deepEqual(
    [said(null, null), said("Bug", null), said("Bug", "New")],
    [
      ["10", 2],
      ["4", 2],
      ["2", 2],
    ],
  );
  assert.deepEqual(
    [said("Idea", "New"), said("Idea", null), said("Bug", "Held")],
    [
      ["6", 1],
      ["10", 0],
      ["4", 1],
    ],
  );
  assert.deepEqual(said("Idea", "Held"), ["10", 0]);
});

test("bars reach from nothing to the most, also where scores are below nothing", () => {
  assert.deepEqual(
    bars([2, null, -2]).map(({ y, height }) => [y, height]),
    [
      [0, 11],
      [11, 11],
    ],
  );
  assert.equal(
    bars([0, 0]).every(({ height }) => height === 0.5),
    true,
  );
});
