// A report: draws its charts, applies its filters, and makes tables searchable and sortable.

import { button, chooser, count, make } from "../dom.js";
import { SearchError } from "../search.js";
import { TableView } from "../table.js";
import { onTyped } from "../typed.js";
import { fromHash, inWords, notFiltered, notHere, searchOf, toHash } from "./choices.js";
import { hideEmpty, hosted, ready, stored } from "./page.js";
import { Rows } from "./rows.js";
import { lookUp, showTile } from "./tiles.js";

/**
 * @typedef {{spec: {params?: readonly {name: string}[]} & Record<string, unknown>, datasets: Record<string, string>}} Chart
 * @typedef {object} Store
 * @property {readonly import("./choices.js").Control[]} controls
 * @property {readonly import("./tiles.js").Tiles[]} tiles
 * @property {readonly Chart[]} charts
 * @property {Record<string, import("../chart.js").Packed>} datasets
 * @property {readonly import("./rows.js").Table[]} tables
 */

/** @type {Store} */
const store = stored();

// -- the bar --

/** @type {Map<string, unknown>} */
let chosen = new Map();
/** @type {(() => void)[]} */
const listeners = [];
const read = () => {
  chosen = fromHash(store.controls, location.hash);
  for (const listener of listeners) listener();
};
const choose = (/** @type {string} */ name, /** @type {unknown} */ value) => {
  const hash = toHash(store.controls, new Map([...chosen, [name, value]]), searchOf(location.hash));
  location.hash = hash; // this calls read, so that URLs, links and controls all work in the same way
};
const clear = () => {
  location.hash = "";
};
addEventListener("hashchange", read);

const bar = /** @type {HTMLElement} */ (document.querySelector("#seggwat-bar"));
const state = /** @type {HTMLElement} */ (document.querySelector("#seggwat-state"));
for (const { name, label, options, labels } of store.controls) {
  const { node, set } = chooser(label, labels, (place) => choose(name, options[place]));
  listeners.push(() => set(Math.max(0, options.indexOf(chosen.get(name)))));
  bar.append(node);
}
if (store.controls.length) {
  bar.append(button("Show all", clear));
  bar.hidden = false;
  const counted = store.tables.map((table) => new Rows(table)).find(({ totals }) => totals);
  listeners.push(() => {
    const words = inWords(store.controls, chosen);
    const missing = notHere(store.controls, location.hash);
    state.hidden = !words && !missing;
    const [some, all] = [chosen, new Map()].map((choice) => counted?.total(choice) ?? null);
    const number = some === null || all === null ? "" : `${count(some)} of ${count(all)} items. `;
    const end = words.endsWith("…") ? "" : ".";
    const told = [words && `${number}${words}${end}`, missing].filter(Boolean).join(" ");
    state.replaceChildren(...(told ? [`${told} `, button("Clear filters", clear)] : []));
  });
}

/**
 * Show next to a part of the page which filters do not apply to it.
 * @param {Element} part
 * @param {(name: string) => boolean} follows
 */
const sayWhatIsNot = (part, follows) => {
  const note = make("p", { className: "soft unfiltered", hidden: true });
  part.prepend(note);
  listeners.push(() => {
    note.textContent = notFiltered(store.controls, chosen, follows);
    note.hidden = !note.textContent;
  });
};

// -- tiles --

for (const [at, section] of document.querySelectorAll("section.tiles").entries()) {
  const { days, tiles } = store.tiles[at];
  const nodes = [...section.querySelectorAll(".figures > div")];
  listeners.push(() => {
    const [type, status] = ["chosen_type", "chosen_status"].map(
      (name) => /** @type {string | null} */ (chosen.get(name) ?? null),
    );
    for (const [place, { choices }] of tiles.entries()) {
      const { choice, follows } = lookUp(choices, type, status);
      const note = notFiltered(store.controls, chosen, (name) => follows.includes(name));
      showTile(nodes[place], choice, days, note);
    }
  });
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
  sayWhatIsNot(figure, (name) => own.includes(name));
  if (own.length) {
    listeners.push(() => {
      for (const name of own) host.view?.signal(name, chosen.get(name));
      host.view?.runAsync().then(() => hideEmpty(host.canvas));
    });
  }
  figure.classList.add("drawn");
};

// -- tables --

const PAGE = 25;
const LONG = { letters: 300, lines: 6 };

/**
 * A text of which only the first lines are shown at first, if it is long.
 * @param {string} text
 */
const clipped = (text) => {
  const held = make("div", { className: "clip", textContent: text });
  if (text.length <= LONG.letters && text.split("\n").length <= LONG.lines) return [held];
  const turn = () => {
    const isOpen = held.classList.toggle("open");
    more.textContent = isOpen ? "Show less" : "Show more";
    more.setAttribute("aria-expanded", String(isOpen));
  };
  const more = button("Show more", turn, { className: "more", "aria-expanded": "false" });
  return [held, more];
};

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
  } else if (kind === "prose") data.append(...clipped(String(value)));
  else data.textContent = typeof value === "number" ? value.toLocaleString("en") : value;
  return data;
};

/**
 * @param {Element} section
 * @param {import("./rows.js").Table} table
 */
const browse = (section, table) => {
  const { caption, columns, rows } = table;
  const held = new Rows(table);
  /** @type {number | null} */ let by = null;
  let [down, first, shown] = [false, 0, rows];
  const listed = make("p", { className: "soft", hidden: !held.totals });
  const search = make("input", { type: "search", placeholder: "Search", "aria-label": "Search the table" });
  search.title = 'payment "credit card" -refund, a OR b, type:bug';
  const problem = make("p", { className: "problem", "aria-live": "polite" });
  const show = () => {
    const page = shown.slice(first, first + PAGE);
    const range = page.length ? `${first + 1}–${first + page.length} of ${count(shown.length)}` : "No items match";
    view.show({
      caption,
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
    listed.textContent = `Lists ${count(held.select({ chosen }).length)} of ${count(held.total(chosen) ?? 0)} items.`;
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
  const isSent = Boolean(held.totals); // the search of the items is part of the URL
  if (isSent) search.value = searchOf(location.hash);
  onTyped(search, () => {
    if (isSent) history.replaceState(null, "", toHash(store.controls, chosen, search.value) || "#");
    select();
  });
  section.replaceChildren(make("div", { className: "tools" }, search, listed, problem), view.node);
  sayWhatIsNot(section, (name) => name in held.filters || name in held.groups);
  listeners.push(() => {
    if (isSent) search.value = searchOf(location.hash);
    select();
  });
  select();
};

chosen = fromHash(store.controls, location.hash);
const figures = [...document.querySelectorAll("figure.chart")];
const drawn = figures.map((figure, at) => draw(figure, store.charts[at]).catch(() => figure.classList.add("failed")));
const sections = [...document.querySelectorAll("section.table")];
for (const [at, section] of sections.entries()) browse(section, store.tables[at]);
for (const part of document.querySelectorAll("#seggwat-bar ~ .output")) sayWhatIsNot(part, () => false);

const items = sections[store.tables.findIndex(({ groups }) => groups && "chosen_finding" in groups)];
for (const link of document.querySelectorAll('a[href^="#finding="]')) {
  link.addEventListener("click", () => items?.scrollIntoView());
}
Promise.all(drawn).then(() => {
  read();
  ready();
});
