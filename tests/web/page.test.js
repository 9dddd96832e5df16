// What shared pages compute: sums of a cube, and rows searched and sorted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addUp, stackingOrder } from "../../seggwat_nb/web/page/cube.js";
import { Rows } from "../../seggwat_nb/web/page/rows.js";

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
