// A comparison: the differences of two selections, then the same charts and the items of both, side by side.
//
// The columns consist of the explorer's parts. Each has its own page, whose requests name the side.

import { Beside } from "../explorer/beside.js";
import { focusKept, h, icon, press, showChosen } from "../explorer/elements.js";
import { Files } from "../explorer/files.js";
import { Foot, pythonOf } from "../explorer/foot.js";
import { bound, followTheme } from "../explorer/host.js";
import { keysOf } from "../explorer/keys.js";
import { Menu } from "../explorer/menu.js";
import { countsOf, Talk } from "../explorer/talk.js";
import { Vega } from "../explorer/vega.js";
import { Figure, Table } from "./difference.js";
import { Side } from "./side.js";

const LATEST = "28";

/** @type {[string, string][]} */
const PAIR_KEYS = [
  ["/", "Search the side that has the focus"],
  ["j k or ↓ ↑", "Next or previous item of that side"],
  ["Enter", "Read an item"],
  ["Esc", "Close the item, or leave the search"],
  ["Ctrl+Z, Ctrl+Shift+Z", "Back, forward"],
  ["o, x", "In a list of values: only this, all but this"],
  ["?", "Show these shortcuts"],
];

/** @param {{model: import("../explorer/types.js").Model, el: HTMLElement}} place */
function render({ model, el }) {
  const root = el.shadowRoot ?? el.attachShadow({ mode: "open" });
  const setup = /** @type {import("./types.js").PairSetup} */ (JSON.parse(String(model.get("setup"))));
  const panel = h("section", { class: "panel pair", tabindex: -1, "aria-label": "Comparison" });
  el.classList.add("seggwat-panel", "seggwat-compare");
  el.replaceChildren(h("style", {}, setup.hide));
  root.replaceChildren(h("style", {}, setup.css), panel);
  const talk = new Talk(model, panel, (text) => hears.failed({ text, seq: talk.seq }, []));
  let views = 0;
  let leads = false; // whether to show the items when the next answer arrives

  const mark = (/** @type {import("./types.js").Mark} */ one) => {
    leads = true;
    talk.act("mark", one);
  };
  const vega = new Vega((message) => talk.send(message));
  const shared = {
    root,
    panel,
    setup,
    talk,
    send: (/** @type {import("../explorer/types.js").Request} */ message) => talk.send(message),
    offer: (/** @type {import("../explorer/menu.js").Offer} */ what) => menu.open(what),
    note: (/** @type {string} */ text) => foot.note(text),
    explore: (/** @type {"a" | "b"} */ side) => beside.ask("explore", { of: side }),
  };
  const sides = [new Side(shared, "a"), new Side(shared, "b")];
  const [first, second] = sides;
  /** @type {import("../explorer/types.js").Page} */
  const whole = /** @type {any} */ ({ ...first.page, root, send: shared.send, ask: talk.ask.bind(talk) });
  const menu = new Menu(panel);
  const codes = pythonOf(whole, [
    ["Copy as Python", "all"],
    ["Copy filter A alone", "a"],
    ["Copy filter B alone", "b"],
  ]);
  const files = new Files(
    whole,
    [
      ["A", first.page],
      ["B", second.page],
    ],
    () => foot.shut(),
  );
  const foot = new Foot(whole, "The comparison as Python", PAIR_KEYS, [
    ["Presets", files.presets, () => whole.send({ do: "presets" })],
    ["Code", codes],
    ["Export", h("div", { class: "drop wide" }, files.share("comparison.html"))],
  ]);
  const beside = new Beside(whole, el, model.widget_manager, "Back to the comparison");

  // -- controls for both sides --------------------------------------------------------------------------------------------
  const step = (/** @type {number} */ by) => () => talk.act("step", { by });
  const tool = (/** @type {string} */ name, /** @type {string} */ title) => ({
    class: "tool",
    "aria-label": name,
    title,
    "data-key": name,
    disabled: true, // until the kernel says otherwise
  });
  const back = press(icon("back"), step(-1), tool("Back", "Back (Ctrl+Z)"));
  const forth = press(icon("forth"), step(1), tool("Forward", "Forward (Ctrl+Shift+Z)"));
  const choose = (
    /** @type {string} */ label,
    /** @type {[string, string][]} */ options,
    /** @type {(value: string) => void} */ act,
  ) => {
    const list = h(
      "select",
      { onchange: () => act(list.value) },
      ...options.map(([value, text]) => h("option", { value }, text)),
    );
    return { node: h("label", {}, `${label} `, list), list };
  };
  const periods = choose("Periods", [["", "Choose …"], ...setup.periods], (wanted) => {
    showChosen(periods.list, ""); // can be chosen again
    if (wanted) talk.act("periods", { wanted });
  });
  const every = choose("Every", setup.every, (value) => talk.act("view", { every: value }));
  const by = h("div", { class: "quick", role: "group", "aria-label": "Compare by" });
  by.append(
    ...setup.keys.map(([key, name]) =>
      press(name, () => talk.act("view", { by: key }), {
        "data-by": key,
        "aria-pressed": "false",
        title: `Compare by ${name.toLowerCase()}`,
      }),
    ),
  );
  const latest = setup.periods.find(([key]) => key === LATEST)?.[1] ?? "";
  const tools = h(
    "div",
    { class: "tools" },
    h("div", { class: "steps" }, back, forth),
    press("Swap A and B", () => talk.act("swap"), { class: "quiet" }),
    press(latest, () => talk.act("periods", { wanted: LATEST }), { class: "quiet" }),
    periods.node,
    h("span", { class: "space" }),
    h("span", { class: "by" }, "By ", by, every.node),
  );

  // -- contents of both sides -------------------------------------------------------------------------------------------
  const both = (/** @type {HTMLElement[]} */ ...nodes) => h("div", { class: "both" }, ...nodes);
  const cautions = h("div", { class: "cautions", role: "status" });
  const words = h("ul", { class: "words" });
  const table = new Table(mark);
  /** @type {Record<string, Figure>} */
  const figures = Object.fromEntries(
    ["differences", "time a", "time b", "values a", "values b"].map((name) => [name, new Figure(name, vega, mark)]),
  );
  const pair = (/** @type {string} */ name) => both(figures[`${name} a`].node, figures[`${name} b`].node);
  foot.told.after(beside.ready);
  panel.append(
    h("h2", { class: "unseen" }, "Comparison"),
    h("div", { class: "bar" }),
    tools,
    both(first.node, second.node),
    h(
      "div",
      { class: "difference" },
      h("div", { role: "status" }, words),
      figures.differences.node,
      table.node,
      cautions,
    ),
    pair("time"),
    pair("values"),
    both(first.items, second.items),
    foot.below,
    foot.node,
    foot.keys,
    menu.node,
    beside.node,
  );

  // -- messages from the kernel --------------------------------------------------------------------------------------------
  const drawCharts = (
    /** @type {Record<string, import("./types.js").Drawn>} */ charts,
    /** @type {number} */ since,
  ) => {
    foot.hideCode();
    for (const [name, chart] of Object.entries(charts)) {
      figures[name].show(chart, since).catch((error) => talk.send({ do: "failed", text: String(error) }));
    }
  };
  const draw = (
    /** @type {import("./types.js").PairView} */ view,
    /** @type {(DataView | ArrayBuffer)[]} */ buffers,
  ) => {
    views += 1;
    const isLatest = talk.isLatest(view);
    back.disabled = !view.back;
    forth.disabled = !view.forth;
    table.draw(view.figures);
    for (const one of by.children) one.setAttribute("aria-pressed", String(one.dataset.by === view.by));
    showChosen(every.list, view.every);
    words.replaceChildren(...view.words.map((text) => h("li", {}, text)));
    cautions.replaceChildren(...view.cautions.map((text) => h("p", {}, text)));
    for (const [place, side] of sides.entries()) {
      const told = view.sides[place];
      side.draw(told, { counts: countsOf(told, buffers[place]), number: views, isLatest });
    }
    if (view.charts) drawCharts(view.charts, view.who === talk.who ? talk.since : Date.now());
    panel.dataset.number = String(views);
    const led = leads && isLatest ? view.sides.findIndex((one) => one.title) : -1;
    if (led < 0) return;
    leads = false;
    sides[led].work.list.list.focus({ preventScroll: true });
    sides[led].items.scrollIntoView?.({ block: "nearest" });
  };
  const of = (/** @type {{side?: string}} */ { side }) => (side === "b" ? second : first);
  /** @type {Record<string, (message: any, buffers: (DataView | ArrayBuffer)[]) => void>} */
  const hears = {
    view(message, buffers) {
      draw(message, buffers);
      if (foot.told.classList.contains("wrong")) foot.note("");
      talk.settled(message);
    },
    vega: ({ code }) => vega.load(code),
    rows: (message) => of(message).work.add(message),
    opened: (message) => of(message).work.show(message),
    similar: (message) => of(message).work.reader.showSimilar(message),
    beside: ({ who, id, do: what }) => {
      if (who === talk.who) beside.show(id, () => talk.isAwaited(what));
    },
    code: ({ text, do: what }) => foot.show(text, talk.isAwaited(what)),
    presets: ({ names, deleted }) => files.drawPresets(names, deleted),
    exists: (message) => files.ask(message.name, message.do),
    said({ text, do: what }) {
      foot.note(text);
      files.done(what, talk.isAwaited(what));
    },
    failed(message) {
      leads = false;
      for (const { work } of sides) {
        work.reads = null;
        work.stay(message.do);
      }
      if (message.do === "search") of(message).head.fail(message.text);
      else foot.note(message.text, true);
      talk.settled({ seq: message.seq });
    },
  };
  const hear = (/** @type {any} */ message, /** @type {any[]} */ buffers) =>
    focusKept(root, () => hears[message.is]?.(message, buffers ?? []));
  model.on("msg:custom", hear);

  // -- keys ------------------------------------------------------------------------------------------------------------
  const keys = keysOf({
    beside,
    foot,
    step: (by) => step(by)(),
    at: (target) => sides.find((one) => one.has(target)) ?? first,
  });
  panel.addEventListener("keydown", keys);
  const ends = [bound(el, panel), followTheme(panel)];
  talk.act("start");
  return () => {
    model.off("msg:custom", hear);
    for (const end of ends) end();
    talk.end();
    beside.close();
    for (const one of Object.values(figures)) one.end();
    for (const one of sides) one.work.end();
  };
}

export default { render };
