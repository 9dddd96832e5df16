// The page of counts: sums the cells of its cube when boxes are ticked, and draws them.

import { button, chooser, count, make } from "../dom.js";
import { FacetList } from "../facets.js";
import { addUp, stackingOrder } from "./cube.js";
import { hosted, ready, stored } from "./page.js";

/**
 * @typedef {import("./cube.js").Column} Column
 * @typedef {object} Store
 * @property {readonly Column[]} columns
 * @property {import("./cube.js").Periods} periods
 * @property {import("./cube.js").Cells} cells
 * @property {string} length of a period, in words
 * @property {string | null} by
 * @property {Record<string, unknown> | null} spec
 * @property {{spec: Record<string, unknown>} | null} beside
 */

/** @type {Store} */
const store = stored();
const { columns, periods, cells, length, spec, beside } = store;
const items = (/** @type {number} */ number) => `${count(number)} item${number === 1 ? "" : "s"}`;
const whole = cells.count.reduce((sum, one) => sum + one, 0);
const last = Math.max(0, periods.start.length - 1);

// -- the selection: the ticked values of each column, where none means all, and the periods --

const ticked = columns.map(() => /** @type {Set<number>} */ (new Set()));
const span = { from: 0, to: last };
let by = columns.findIndex((column) => column.name === store.by);

// -- the controls --

const status = make("p", { className: "told", role: "status" });
const dates = make("p", { className: "dates" }); // for paper, which the lists to choose from are not on
const colour = chooser(
  "Color by",
  columns.map(({ label }) => label),
  (place) => {
    by = place;
    show();
  },
);
const from = chooser("From", periods.name, (place) => {
  Object.assign(span, { from: place, to: Math.max(place, span.to) });
  show();
});
const to = chooser("To", periods.name, (place) => {
  Object.assign(span, { from: Math.min(place, span.from), to: place });
  show();
});
const reset = button("Show all", () => {
  for (const values of ticked) values.clear();
  Object.assign(span, { from: 0, to: last });
  show();
});
const facets = new FacetList(({ group, value, ticked: isTicked }) => {
  const values = ticked[columns.findIndex((column) => column.name === group)];
  if (isTicked) values.add(Number(value));
  else values.delete(Number(value));
  show();
});
const showFacets = (/** @type {number[][]} */ counts) =>
  facets.show(
    columns.map(({ name, label, values, colours }, at) => ({
      name,
      label,
      options: values.map((value, place) => ({
        value: place,
        label: value,
        count: counts[at][place],
        ticked: ticked[at].has(place),
        colour: at === by ? colours[place] : undefined, // those of the chart, and no others
      })),
    })),
  );

// -- the chart --

const heading = make("strong", { id: "seggwat-heading" });
const said = make("span");
const legend = make("ul", { className: "legend" });
const canvas = make("div", { className: "canvas" });
const caption = make("figcaption", {}, heading, said);
const figure = make("figure", { className: "chart", "aria-labelledby": heading.id }, caption, canvas, legend);
const host = hosted(canvas);
const orders = columns.map(({ colours }) => stackingOrder(colours));
const drawnBy = () =>
  by < 0 ? { values: ["Items"], colours: ["#0072B2"], order: [0] } : { ...columns[by], order: orders[by] };

const bars = (/** @type {number[][]} */ heights) => {
  const { values, colours, order } = drawnBy();
  return heights.flatMap((stack, period) => {
    const [name, known] = [periods.name[period], periods.known[period]];
    const when = { start: periods.start[period], end: periods.end[period], complete: periods.complete[period] };
    let high = 0;
    return order
      .filter((place) => stack[place])
      .map((place) => {
        const [low, number, value] = [high, stack[place], values[place]];
        high += number;
        const told = `${name}, ${value}: ${items(number)}, ${known}`;
        return { ...when, name, known, low, high, count: number, value, colour: colours[place], told };
      });
  });
};

const showLegend = (/** @type {number[][]} */ heights) => {
  const { values, colours, order } = drawnBy();
  const shown = by < 0 ? [] : order.filter((place) => heights.some((stack) => stack[place]));
  const fills = [...new Set(shown.map((place) => colours[place]))];
  legend.replaceChildren(
    ...fills.map((fill) => {
      const named = shown.filter((place) => colours[place] === fill).map((place) => values[place]);
      const swatch = make("span", { className: "swatch" });
      swatch.style.background = fill;
      return make("li", {}, swatch, named.length > 2 ? `${named.length} others` : named.join(", "));
    }),
  );
};

const inWords = (/** @type {number[][]} */ heights) => {
  const sums = heights.map((stack) => stack.reduce((sum, one) => sum + one, 0));
  const most = Math.max(0, ...sums);
  if (!whole) return "There are no items.";
  if (!most) return "No items match. Clear a checkbox, or click “Show all”.";
  const faded = sums.filter((sum, period) => sum && !periods.complete[period]).length;
  const note = faded ? ` Faded: ${count(faded)} incomplete ${length}${faded === 1 ? "" : "s"}.` : "";
  const of = length === "week" ? "the week of " : "";
  return `Most in ${of}${periods.name[sums.indexOf(most)]}: ${count(most)}.${note}`;
};

const showChart = async (/** @type {number[][]} */ heights) => {
  heading.textContent = `Items per ${length || "period"}${by < 0 ? "" : ` by ${columns[by].label.toLowerCase()}`}`;
  said.textContent = inWords(heights);
  showLegend(heights);
  if (spec) await host.show({ spec, data: { bars: bars(heights) } }).catch(() => figure.classList.add("failed"));
};

// -- everything --

const show = () => {
  const { chosen, counts, heights } = addUp(store, { ticked, span, by });
  status.textContent = `${count(chosen)} of ${items(whole)}`;
  colour.set(by);
  from.set(span.from);
  to.set(span.to);
  const isAll = span.from === 0 && span.to === last;
  dates.textContent = isAll ? "" : `From ${periods.name[span.from]} to ${periods.name[span.to]}`;
  showFacets(counts);
  return showChart(heights);
};

const choices = make("div", { className: "choices" }, ...(columns.length ? [colour.node] : []), from.node, to.node);
if (periods.name.length) figure.prepend(choices, dates);
document
  .querySelector("#seggwat-cube")
  ?.append(
    make("div", { className: "bar-of-all" }, status, reset),
    make("div", { className: columns.length ? "sides" : "" }, figure, ...(columns.length ? [facets.node] : [])),
  );
if (beside) {
  const place = /** @type {Element} */ (document.querySelector("#seggwat-beside"));
  const drawn = hosted(/** @type {Element} */ (place.querySelector(".canvas"))).show({ spec: beside.spec, data: {} });
  drawn.catch(() => place.classList.add("failed"));
}
show().then(ready);
