// The explorer: draws what the kernel sends, and reports what the user does.
//
// It is all in a shadow root: no style leaks in or out, and to a notebook every key seems to be pressed on the host, where
// one attribute disables its shortcuts. User text is only ever set as text.

import { Beside } from "./beside.js";
import { focusKept, h } from "./elements.js";
import { FacetColumn } from "./facets.js";
import { Files } from "./files.js";
import { Foot, KEYS, pythonOf } from "./foot.js";
import { Head } from "./head.js";
import { bound, followTheme } from "./host.js";
import { keysOf } from "./keys.js";
import { Menu } from "./menu.js";
import { Stage } from "./stage.js";
import { countsOf, Talk } from "./talk.js";
import { Work } from "./work.js";

/** @param {{model: import("./types.js").Model, el: HTMLElement}} place */
function render({ model, el }) {
  const root = el.shadowRoot ?? el.attachShadow({ mode: "open" });
  const setup = /** @type {import("./types.js").Setup} */ (JSON.parse(String(model.get("setup"))));
  const panel = h("section", { class: "panel", tabindex: -1, "aria-label": "Feedback explorer" });
  el.classList.add("seggwat-panel", "seggwat-explorer");
  el.replaceChildren(h("style", {}, setup.hide));
  root.replaceChildren(h("style", {}, setup.css), panel);
  const talk = new Talk(model, panel, (text) => {
    hears.failed({ text, seq: talk.seq }, []);
    stage.draw(); // the tab is that of what is shown
  });
  let views = 0;

  /** @type {import("./types.js").Page} */
  const page = {
    root,
    panel,
    setup,
    prefix: "",
    hint: setup.total ? "No filters. Click a value or a bar, or drag across the chart." : "No filters.",
    time: JSON.parse(String(model.get("time"))),
    view: null,
    act: (wish, more) => talk.act(wish, more),
    wish: (kind, more) => talk.wish(kind, more),
    send: (message) => talk.send(message),
    ask: (what, more) => talk.ask(what, more),
    offer: (what) => menu.open(what),
    compare: (what = {}) => beside.ask("compare", what),
    note: (text) => foot.note(text),
    colour: (name) => setup.types[name] ?? "#8b919b",
    read: () => work.read(),
  };

  const head = new Head(page);
  const facets = new FacetColumn(page);
  const stage = new Stage(page);
  const work = new Work(page);
  const files = new Files(page, [["", page]], () => foot.shut());
  const foot = new Foot(page, "The selection as Python", KEYS, [
    ["Presets", files.presets, () => page.send({ do: "presets" })],
    ["Code", pythonOf(page, PYTHON)],
    ["Export", h("div", { class: "drop wide" }, files.share("explorer.html"), files.items)],
  ]);
  const menu = new Menu(panel);
  const beside = new Beside(page, el, model.widget_manager, "Back to the explorer");
  const main = h("div", { class: "main" }, stage.tabs, stage.body, work.node);
  foot.told.after(beside.ready);
  panel.append(
    h("h2", { class: "unseen" }, "Feedback explorer"),
    h("div", { class: "bar" }),
    head.node,
    h("div", { class: "body" }, facets.fold, facets.node, main),
    foot.below,
    foot.node,
    foot.keys,
    menu.node,
    beside.node,
  );

  // -- what the kernel says --------------------------------------------------------------------------------------------
  const draw = (/** @type {boolean} */ isNew) => {
    const was = root.activeElement;
    head.draw();
    facets.draw();
    stage.draw();
    if (isNew) {
      work.renew();
      foot.hideCode();
    }
    work.keepFocus(was);
    panel.dataset.number = String(page.view?.number);
  };
  /** @type {Record<string, (message: any, buffers: (DataView | ArrayBuffer)[]) => void>} */
  const hears = {
    view(message, buffers) {
      views += 1;
      const isNew = message.list !== page.view?.list;
      const isLatest = talk.isLatest(message);
      page.view = { ...message, counts: countsOf(message, buffers[0]), number: views, isLatest };
      draw(isNew);
      if (message.tab !== setup.tabs[0]) stage.expect(message.who === talk.who ? talk.since : Date.now());
      work.settled(isLatest);
      if (foot.told.classList.contains("wrong")) foot.note("");
      talk.settled(message);
    },
    chart: (message) => stage.hear(message),
    vega: ({ code }) => stage.vega.load(code),
    rows: (message) => work.add(message),
    opened: (message) => work.show(message),
    similar: (message) => work.reader.showSimilar(message),
    presets: ({ names, deleted }) => files.drawPresets(names, deleted),
    exists: (message) => files.ask(message.name, message.do),
    beside: ({ who, id, do: what }) => {
      if (who === talk.who) beside.show(id, () => talk.isAwaited(what));
    },
    code: ({ text, do: what }) => foot.show(text, talk.isAwaited(what)),
    said: ({ text, do: what }) => {
      foot.note(text);
      files.done(what, talk.isAwaited(what));
    },
    failed(message) {
      work.reads = null;
      work.stay(message.do);
      if (message.do === "search") head.fail(message.text);
      else foot.note(message.text, true);
      stage.settle();
      talk.settled({ seq: message.seq });
    },
  };
  const hear = (/** @type {any} */ message, /** @type {any[]} */ buffers) =>
    focusKept(root, () => hears[message.is]?.(message, buffers ?? []));
  const timed = () => {
    page.time = JSON.parse(String(model.get("time")));
    stage.timeline.dressed = "";
    menu.shut(); // its mark may be gone
  };
  model.on("msg:custom", hear);
  model.on("change:time", timed);

  // -- keys ------------------------------------------------------------------------------------------------------------
  const keys = keysOf({ beside, foot, step: (by) => page.act("step", { by }), at: () => ({ head, work }) });
  panel.addEventListener("keydown", keys);
  const ends = [bound(el, panel), followTheme(panel)];
  page.act("start");
  return () => {
    model.off("msg:custom", hear);
    model.off("change:time", timed);
    for (const end of [...ends, () => talk.end(), () => beside.close(), () => stage.end(), () => work.end()]) end();
  };
}

/** @type {import("./foot.js").Python[]} */
const PYTHON = [
  ["Copy as Python", "all"],
  ["Copy the filter alone", "filter"],
  [
    "Copy a triage plan",
    "triage",
    "Code for a plan that changes the status, type or note of these items. Nothing changes until you apply it.",
  ],
];

export default { render };
