// What a page of counts does in a browser: adds up the cells of its cube as boxes are ticked, and draws them.
// It follows base.js in one script.
const {columns, periods, cells, length, spec} = store;
const count = number => number.toLocaleString("en");
const items = number => `${count(number)} item${number === 1 ? "" : "s"}`;
const places = columns.map(column => cells[column.name]);
const whole = cells.count.reduce((sum, one) => sum + one, 0);
const periodAt = place => Object.fromEntries(Object.entries(periods).map(([name, all]) => [name, all[place]]));
const lastPeriod = Math.max(0, periods.start.length - 1);

// -- what is chosen: for each column the values ticked, none of them meaning all; and the periods --

const ticked = columns.map(() => new Set());
const span = {from: 0, to: lastPeriod};
let by = columns.findIndex(column => column.name === store.by);

// A value's count is of the cells that all boxes but those of its own column let through: it says what ticking leaves.
const addUp = () => {
  const counts = columns.map(column => new Array(column.values.length).fill(0));
  const heights = periods.start.map(() => new Array(by < 0 ? 1 : columns[by].values.length).fill(0));
  let chosen = 0;
  cells.count.forEach((number, cell) => {
    const period = cells.period[cell];
    if (period < span.from || period > span.to) return;
    const shut = columns.map((_, n) => n).filter(n => ticked[n].size && !ticked[n].has(places[n][cell]));
    if (shut.length === 1) counts[shut[0]][places[shut[0]][cell]] += number;
    if (shut.length) return;
    chosen += number;
    counts.forEach((one, n) => { one[places[n][cell]] += number; });
    heights[period][by < 0 ? 0 : places[by][cell]] += number;
  });
  return {chosen, counts, heights};
};

// -- the bar: how many, and what is seen of them --

const told = make("p", {className: "told", role: "status"});
const select = (label, options, value, choose) => {
  const list = make("select", {}, ...options.map(([one, text]) => make("option", {value: one, textContent: text})));
  list.value = value;
  list.addEventListener("change", () => { choose(Number(list.value)); show(); });
  return {list, label: make("label", {}, make("span", {textContent: label}), list)};
};
const names = periods.name.map((name, period) => [period, name]);
const keys = columns.map(({label}, n) => [n, label]);
const colour = select("Colour by", keys, by, value => { by = value; });
const from = select("From", names, span.from, value => { span.from = value; span.to = Math.max(value, span.to); });
const to = select("To", names, span.to, value => { span.to = value; span.from = Math.min(value, span.from); });
const reset = make("button", {type: "button", textContent: "Show all"});
reset.addEventListener("click", () => {
  ticked.forEach(values => values.clear());
  Object.assign(span, {from: 0, to: lastPeriod});
  show();
});

// -- the columns: a box, a count and a bar for each value --

const facets = columns.map((column, n) => {
  const rows = column.values.map((value, place) => {
    const box = make("input", {type: "checkbox"});
    const number = make("span", {className: "count"});
    const bar = make("span", {className: "bar"});
    bar.style.background = column.colours[place];
    box.addEventListener("change", () => { ticked[n][box.checked ? "add" : "delete"](place); show(); });
    const row = make("label", {}, box, make("span", {className: "name", textContent: value, title: value}), number, bar);
    return {box, number, bar, row};
  });
  const list = make("div", {className: "values"}, ...rows.map(({row}) => row));
  return {rows, field: make("fieldset", {}, make("legend", {textContent: column.label}), list)};
});
const showFacets = counts => facets.forEach(({rows}, n) => {
  const most = Math.max(1, ...counts[n]);
  rows.forEach(({box, number, bar, row}, place) => {
    box.checked = ticked[n].has(place);
    number.textContent = count(counts[n][place]);
    bar.style.width = `${100 * counts[n][place] / most}%`;
    row.classList.toggle("none", counts[n][place] === 0);
  });
});

// -- the chart --

const heading = make("strong", {id: "seggwat-heading"}), said = make("span");
const legend = make("ul", {className: "legend"}), canvas = make("div", {className: "canvas"});
const figure = make("figure", {className: "chart"}, make("figcaption", {}, heading, said), canvas, legend);
figure.setAttribute("aria-labelledby", heading.id);

// Values that share a colour stand on top of each other, above those that have one of their own.
const sharing = (fills, place) => fills.filter(fill => fill === fills[place]).length;
const orders = columns.map(({colours}) => colours.map((_, place) => place)
  .sort((a, b) => (sharing(colours, a) > 1) - (sharing(colours, b) > 1)
    || colours.indexOf(colours[a]) - colours.indexOf(colours[b]) || a - b));
const drawnBy = () => by < 0 ? {values: ["Items"], colours: ["#0072B2"], order: [0]} : {...columns[by], order: orders[by]};
const bars = heights => {
  const {values, colours, order} = drawnBy();
  return heights.flatMap((stack, period) => {
    const {start, end, name, known, complete} = periodAt(period);
    let high = 0;
    return order.filter(place => stack[place]).map(place => {
      const [low, number, value] = [high, stack[place], values[place]];
      high += number;
      const words = `${name}, ${value}: ${items(number)}, ${known}`;
      return {start, end, name, known, complete, low, high, count: number, value, colour: colours[place], told: words};
    });
  });
};
const showLegend = heights => {
  const {values, colours, order} = drawnBy();
  const shown = by < 0 ? [] : order.filter(place => heights.some(stack => stack[place]));
  const fills = [...new Set(shown.map(place => colours[place]))];
  legend.replaceChildren(...fills.map(fill => {
    const named = shown.filter(place => colours[place] === fill).map(place => values[place]);
    const swatch = make("span", {className: "swatch"});
    swatch.style.background = fill;
    return make("li", {}, swatch, named.length > 2 ? `${named.length} others` : named.join(", "));
  }));
};
const inWords = heights => {
  const sums = heights.map(stack => stack.reduce((sum, one) => sum + one, 0));
  const most = Math.max(0, ...sums);
  if (!most) return "No items in this choice: untick a box, or press “Show all”.";
  const faded = sums.filter((sum, period) => sum && !periods.complete[period]).length;
  const note = faded ? ` Faded: ${count(faded)} ${length}${faded === 1 ? " that is" : "s that are"} not whole.` : "";
  return `Most in the ${length} from ${periods.name[sums.indexOf(most)]}: ${count(most)}.${note}`;
};
const showChart = heights => {
  heading.textContent = `Items per ${length || "period"}${by < 0 ? "" : ` by ${columns[by].label.toLowerCase()}`}`;
  said.textContent = inWords(heights);
  showLegend(heights);
  if (!view) return undefined;
  return view.data("bars", bars(heights)).runAsync();
};

// -- all of it, anew --

let view = null;
const show = () => {
  const {chosen, counts, heights} = addUp();
  told.textContent = `${count(chosen)} of ${items(whole)}`;
  [colour.list.value, from.list.value, to.list.value] = [by, span.from, span.to];
  showFacets(counts);
  return showChart(heights);
};

const choices = make("div", {className: "choices"}, ...(columns.length ? [colour.label] : []), from.label, to.label);
if (names.length) figure.prepend(choices);
document.querySelector("#seggwat-cube").append(
  make("div", {className: "bar-of-all"}, told, reset),
  make("div", {className: "sides"}, figure, make("div", {className: "facets"}, ...facets.map(({field}) => field))),
);
const drawn = spec
  ? vegaEmbed(canvas, {...spec, datasets: {bars: bars(addUp().heights)}}, embedded).then(made => { view = made.view; })
  : Promise.resolve();
if (store.beside) {
  const place = document.querySelector("#seggwat-beside");
  vegaEmbed(place.querySelector(".canvas"), store.beside.spec, embedded).catch(() => place.classList.add("failed"));
}
drawn.catch(() => figure.classList.add("failed")).then(show)
  .then(() => { document.documentElement.dataset.ready = "true"; });
