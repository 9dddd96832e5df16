// A report: draws its charts, drives them by one bar of filters, and lets tables be searched and sorted.

import { button, chooser, count, make } from "../dom.js";
import { SearchError } from "../search.js";
import { TableView } from "../table.js";
import { hosted, ready, stored } from "./page.js";
import { Rows } from "./rows.js";

/**
 * @typedef {{name: string, label: string, options: readonly unknown[], labels: readonly string[], value: unknown}} Control
 * @typedef {{spec: {params?: readonly {name: string}[]} & Record<string, unknown>, datasets: Record<string, string>}} Chart
 * @typedef {object} Store
 * @property {readonly Control[]} controls
 * @property {readonly Chart[]} charts
 * @property {Record<string, import("../chart.js").Packed>} datasets
 * @property {readonly import("./rows.js").Table[]} tables
 */

/** @type {Store} */
const store = stored();

// -- the bar --

/** @type {Map<string, unknown>} */
const chosen = new Map();
/** @type {(() => void)[]} */
const listeners = [];
const choose = (/** @type {[string, unknown][]} */ choices) => {
  for (const [name, value] of choices) chosen.set(name, value);
  for (const listener of listeners) listener();
};
const defaults = () => choose(store.controls.map(({ name, value }) => [name, value]));

const bar = /** @type {HTMLElement} */ (document.querySelector("#seggwat-bar"));
for (const { name, label, options, labels } of store.controls) {
  const { node, set } = chooser(label, labels, (place) => choose([[name, options[place]]]));
  listeners.push(() => set(Math.max(0, options.indexOf(chosen.get(name)))));
  bar.append(node);
}
if (store.controls.length) {
  bar.append(button("Show all", defaults));
  bar.hidden = false;
}

// -- charts --

/**
 * @param {Element} figure
 * @param {Chart} chart
 */
const draw = async (figure, { spec, datasets }) => {
  const host = hosted(/** @type {Element} */ (figure.querySelector(".canvas")));
  const data = Object.fromEntries(Object.entries(datasets).map(([name, key]) => [name, store.datasets[key]]));
  await host.show({ spec, data });
  const own = (spec.params ?? []).map(({ name }) => name).filter((name) => chosen.has(name));
  if (own.length) {
    listeners.push(() => {
      for (const name of own) host.view?.signal(name, chosen.get(name));
      host.view?.runAsync();
    });
  }
  figure.classList.add("drawn");
};

// -- tables --

const PAGE = 25;

/**
 * @param {import("./rows.js").Column} column
 * @param {import("./rows.js").Value} value
 */
const cell = ({ label, kind }, value) => {
  const data = make("td", { className: kind });
  data.dataset.label = label;
  if (value === null || value === "") return data;
  if (kind === "link") {
    if (/^https?:\/\//.test(String(value))) {
      data.append(make("a", { href: value, rel: "noreferrer", textContent: "open" }));
    }
  } else data.textContent = typeof value === "number" ? value.toLocaleString("en") : value;
  return data;
};

/**
 * @param {Element} section
 * @param {import("./rows.js").Table} table
 */
const read = (section, { columns, rows, filters }) => {
  const held = new Rows({ columns, rows, filters });
  /** @type {number | null} */ let by = null;
  let [down, first, shown] = [false, 0, rows];
  const search = make("input", { type: "search", placeholder: "Search", "aria-label": "Search the table" });
  search.title = 'payment "credit card" -refund, a OR b, type:bug';
  const problem = make("p", { className: "problem", "aria-live": "polite" });
  const show = () => {
    const page = shown.slice(first, first + PAGE);
    const range = page.length ? `${first + 1}–${first + page.length} of ${count(shown.length)}` : "No items match";
    view.show({
      columns: columns.map(({ label, kind }, at) => {
        const sorted = at === by ? (down ? "descending" : "ascending") : undefined;
        return { label, className: kind, sortable: true, sorted };
      }),
      rows: page.map((row) => make("tr", {}, ...columns.map((column, at) => cell(column, row[at])))),
      place: shown.length < rows.length ? `${range} (filtered from ${count(rows.length)})` : range,
      previous: first > 0,
      next: first + PAGE < shown.length,
    });
  };
  const select = () => {
    try {
      shown = held.select({ search: search.value, chosen, by, down });
      problem.textContent = "";
    } catch (error) {
      if (!(error instanceof SearchError)) throw error;
      problem.textContent = error.message;
    }
    search.setAttribute("aria-invalid", String(Boolean(problem.textContent)));
    first = 0;
    show();
  };
  const view = new TableView({
    sort: (column) => {
      down = by === column ? !down : columns[column].kind === "time";
      by = column;
      select();
    },
    turn: (step) => {
      first = Math.max(0, first + step * PAGE);
      show();
    },
  });
  search.addEventListener("input", select);
  section.replaceChildren(make("div", { className: "tools" }, search, problem), view.node);
  listeners.push(select);
  select();
};

defaults();
const figures = [...document.querySelectorAll("figure.chart")];
const drawn = figures.map((figure, at) => draw(figure, store.charts[at]).catch(() => figure.classList.add("failed")));
for (const [at, section] of document.querySelectorAll("section.table").entries()) read(section, store.tables[at]);
Promise.all(drawn).then(ready);
