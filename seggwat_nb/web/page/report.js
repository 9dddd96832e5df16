// What a report does in a browser: draws its charts, drives them by one bar of filters, and lets tables be read.
// It follows base.js in one script.
const values = ({columns, rows, plain}) =>
  plain ?? rows.map(row => Object.fromEntries(columns.map((column, place) => [column, row[place]])));

// -- the bar --

const chosen = new Map(store.controls.map(({name, value}) => [name, value]));
const listeners = [];
const choose = (name, value) => {
  chosen.set(name, value);
  for (const listener of listeners) listener();
};

const bar = document.querySelector("#seggwat-bar");
for (const {name, label, options, labels} of store.controls) {
  const select = make("select", {id: `seggwat-control-${name}`});
  options.forEach((option, place) => select.append(make("option", {value: place, textContent: labels[place]})));
  select.value = Math.max(0, options.findIndex(option => option === chosen.get(name)));
  select.addEventListener("change", () => choose(name, options[select.value]));
  bar.append(make("label", {htmlFor: select.id}, make("span", {textContent: label}), select));
}
if (store.controls.length) {
  const reset = make("button", {type: "button", textContent: "Show all"});
  reset.addEventListener("click", () => {
    for (const {name, value} of store.controls) chosen.set(name, value);
    bar.querySelectorAll("select").forEach((select, place) => {
      const {options, value} = store.controls[place];
      select.value = Math.max(0, options.indexOf(value));
    });
    for (const listener of listeners) listener();
  });
  bar.append(reset);
  bar.hidden = false;
}

// -- charts --

const draw = async (figure, {spec, datasets}) => {
  const canvas = figure.querySelector(".canvas");
  const held = Object.fromEntries(Object.entries(datasets).map(([name, key]) => [name, values(store.datasets[key])]));
  const {view} = await vegaEmbed(canvas, {...spec, datasets: {...spec.datasets, ...held}}, embedded);
  const own = (spec.params ?? []).map(param => param.name).filter(name => chosen.has(name));
  const follow = () => {
    for (const name of own) view.signal(name, chosen.get(name));
    return view.runAsync();
  };
  if (own.length) listeners.push(follow);
  figure.classList.add("drawn");
};
const drawn = Promise.allSettled([...document.querySelectorAll("figure.chart")].map(
  (figure, place) => draw(figure, store.charts[place]).catch(() => figure.classList.add("failed"))
));

// -- tables --

const PAGE = 25;
const compare = new Intl.Collator("en", {numeric: true, sensitivity: "base"}).compare;
const cell = (column, value) => {
  const data = make("td");
  data.dataset.label = column.label;
  data.className = column.kind;
  if (value === null || value === "") return data;
  if (column.kind === "link") {
    if (/^https?:\/\//.test(value)) data.append(make("a", {href: value, rel: "noreferrer", textContent: "open"}));
  } else {
    data.textContent = column.kind === "number" ? value.toLocaleString("en") : value;
  }
  return data;
};
const read = (section, {columns, rows, filters}) => {
  const texts = rows.map(row => row.map(value => value ?? "").join("\n")).map(fold);
  let words = "", by = null, down = false, from = 0, shown = rows;
  const search = make("input", {type: "search", placeholder: "Search", ariaLabel: "Search in the table"});
  const told = make("span", {className: "told", role: "status"});
  const head = section.querySelector("thead tr"), body = section.querySelector("tbody");
  const earlier = make("button", {type: "button", textContent: "Earlier rows"});
  const later = make("button", {type: "button", textContent: "Later rows"});
  const show = () => {
    const page = shown.slice(from, from + PAGE);
    body.replaceChildren(...page.map(row => make("tr", {}, ...columns.map((column, n) => cell(column, row[n])))));
    const count = shown.length.toLocaleString("en");
    const range = page.length ? `${from + 1} to ${from + page.length} of ${count}` : "nothing";
    told.textContent = shown.length < rows.length ? `${range} found, of ${rows.length.toLocaleString("en")}` : range;
    earlier.disabled = from === 0;
    later.disabled = from + PAGE >= shown.length;
  };
  const select = () => {
    const wanted = Object.entries(filters).filter(([name]) => (chosen.get(name) ?? null) !== null);
    shown = rows.filter((row, n) =>
      (!words || texts[n].includes(words)) && wanted.every(([name, place]) => row[place] === chosen.get(name)));
    if (by !== null) {
      const way = down ? -1 : 1, number = columns[by].kind === "number";
      shown.sort(({[by]: a}, {[by]: b}) => {
        if (a === b) return 0;
        if (a === null) return 1; // what is missing stands last, either way
        if (b === null) return -1;
        return way * (number ? a - b : compare(a, b));
      });
    }
    from = 0;
    show();
  };
  search.addEventListener("input", () => { words = fold(search.value.trim()); select(); });
  earlier.addEventListener("click", () => { from = Math.max(0, from - PAGE); show(); });
  later.addEventListener("click", () => { from += PAGE; show(); });
  head.querySelectorAll("th").forEach((th, n) => {
    const button = make("button", {type: "button", textContent: th.textContent});
    button.addEventListener("click", () => {
      down = by === n ? !down : columns[n].kind === "time";
      by = n;
      head.querySelectorAll("th").forEach(other => other.removeAttribute("aria-sort"));
      th.setAttribute("aria-sort", down ? "descending" : "ascending");
      select();
    });
    th.replaceChildren(button);
  });
  section.querySelector("p")?.remove(); // it says that these are the first rows
  section.prepend(make("div", {className: "tools"}, search, told));
  section.append(make("div", {className: "tools"}, earlier, later));
  listeners.push(select);
  select();
};
document.querySelectorAll("section.table").forEach((section, place) => read(section, store.tables[place]));

drawn.then(() => { document.documentElement.dataset.ready = "true"; });
