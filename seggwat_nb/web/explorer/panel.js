// The explorer: draws what the kernel sends, and reports what the user does.
//
// It is all in a shadow root: no style leaks in or out, and to a notebook every key seems to be pressed on the host, where
// one attribute disables its shortcuts. User text is only ever set as text.

import { Beside } from "./beside.js";
import { h, press } from "./elements.js";
import { FacetColumn } from "./facets.js";
import { Foot } from "./foot.js";
import { Head } from "./head.js";
import { bound, followTheme } from "./host.js";
import { ItemList } from "./list.js";
import { Menu } from "./menu.js";
import { Reader } from "./reader.js";
import { Stage } from "./stage.js";
import { numeral } from "./words.js";

const LATE = 150; // milliseconds after which the panel shows that the kernel is busy

let made = 0;

/**
 * Decode the counts of a view.
 * @param {import("./types.js").View} view
 * @param {DataView | ArrayBuffer} buffer
 * @returns {Record<string, Uint32Array>}
 */
export const countsOf = (view, buffer) => {
  const packed =
    buffer instanceof DataView
      ? new Uint32Array(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength))
      : new Uint32Array(buffer);
  /** @type {Record<string, Uint32Array>} */
  const counts = {};
  let at = 0;
  for (const [name, long] of view.layout) {
    counts[name] = packed.subarray(at, at + long);
    at += long;
  }
  return counts;
};

/** @param {{model: import("./types.js").Model, el: HTMLElement}} place */
function render({ model, el }) {
  const root = el.shadowRoot ?? el.attachShadow({ mode: "open" });
  const setup = /** @type {import("./types.js").Setup} */ (JSON.parse(String(model.get("setup"))));
  const panel = h("section", { class: "panel", tabindex: -1, "aria-label": "Feedback explorer" });
  el.classList.add("seggwat-panel", "seggwat-explorer");
  el.replaceChildren(h("style", {}, setup.hide));
  root.replaceChildren(h("style", {}, setup.css), panel);
  made += 1;
  const who = `${Date.now()}.${made}`;
  let seq = 0;
  let views = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let late;
  /** @type {Map<string, object>} */ const waiting = new Map(); // requests of which only the latest counts
  let reads = false; // whether to open the first item when the answer arrives
  /** @type {string | null} */ let under = null; // the request of this kind that the kernel is handling

  /** @type {import("./types.js").Page} */
  const page = {
    root,
    panel,
    setup,
    time: JSON.parse(String(model.get("time"))),
    view: null,
    act(wish, more = {}) {
      if (waiting.size) flush();
      seq += 1;
      clearTimeout(late);
      late = setTimeout(() => panel.setAttribute("aria-busy", "true"), LATE);
      panel.dataset.asked = String(seq);
      model.send({ do: wish, seq, who, ...more });
    },
    wish(kind, more = {}) {
      if (under === null) {
        under = kind;
        page.act(kind, more);
      } else waiting.set(kind, more);
    },
    send: (message) => model.send(message),
    ask: (what, more = {}) => model.send({ do: what, who, ...more }),
    offer: (what) => menu.open(what),
    compare: (what = {}) => beside.ask(what),
    note: (text) => foot.note(text),
    colour: (name) => setup.types[name] ?? "#8b919b",
    read() {
      reads = true;
      list.list.focus({ preventScroll: true });
    },
  };
  const flush = () => {
    const next = [...waiting];
    waiting.clear();
    under = null;
    for (const [kind, more] of next) page.wish(kind, more);
  };

  const head = new Head(page);
  const facets = new FacetColumn(page);
  const stage = new Stage(page);
  const list = new ItemList(page, (place) => open(place));
  const reader = new Reader(page, { go: (by) => open(list.at + by), close: () => close(), open: (at) => openAt(at) });
  const foot = new Foot(page);
  const menu = new Menu(panel);
  const beside = new Beside(page, el, model.widget_manager);
  const none = h("div", { class: "nothing", hidden: true });
  const work = h("div", { class: "work" }, list.node, reader.node, none);
  const main = h("div", { class: "main" }, stage.tabs, stage.body, work);
  panel.append(
    h("h2", { class: "unseen" }, "Feedback explorer"),
    h("div", { class: "bar" }),
    head.node,
    h("div", { class: "body" }, facets.node, main),
    foot.below,
    foot.node,
    foot.keys,
    menu.node,
    beside.node,
  );

  // -- reading ---------------------------------------------------------------------------------------------------------
  let wanted = -1;
  const openAt = (/** @type {number} */ at) => {
    wanted = at;
    model.send({ do: "open", at });
  };
  const open = (/** @type {number} */ place) => {
    if (!page.view || place < 0 || place >= page.view.selected) return;
    list.at = place;
    panel.classList.add("reading");
    list.follow();
    const line = list.lines.get(place);
    if (line) openAt(line.at);
    else wanted = -1; // requested when its line arrives
  };
  const close = () => {
    list.at = -1;
    wanted = -1;
    const held = reader.node.contains(root.activeElement);
    panel.classList.remove("reading");
    reader.node.hidden = true;
    if (held) list.list.focus({ preventScroll: true });
    list.draw();
  };
  const shown = (/** @type {import("./types.js").Detail} */ item) => {
    if (item.at !== wanted) return;
    reader.node.hidden = false;
    panel.classList.add("reading");
    reader.show(item);
    list.draw();
    list.follow();
    const isHidden = !list.node.getClientRects().length; // in a narrow panel, the item replaces the list
    if (isHidden && !reader.node.contains(root.activeElement)) reader.node.focus({ preventScroll: true });
  };

  // -- nothing found ---------------------------------------------------------------------------------------------------
  const drawNone = () => {
    const { view } = page;
    if (!view) return;
    none.hidden = view.selected > 0;
    list.node.hidden = view.selected === 0;
    if (view.selected) return;
    if (!setup.total) {
      none.replaceChildren(h("b", {}, "There are no items."));
      return;
    }
    const ways = view.without.map(({ part, said, n }) =>
      press([`Without ${said}: `, h("b", {}, numeral(n))], () => page.act("remove", { part }), {
        "data-key": `way/${part}`,
      }),
    );
    none.replaceChildren(
      h("b", { role: "status" }, "No item matches all of these filters."),
      h("div", { class: "ways" }, ...ways),
      view.back
        ? press("Undo the last change", () => page.act("step", { by: -1 }), { class: "plain", "data-key": "way" })
        : press("Clear all", () => page.act("clear"), { class: "plain", "data-key": "way" }),
    );
  };

  // -- what the kernel says --------------------------------------------------------------------------------------------
  const draw = (/** @type {boolean} */ isNew) => {
    const was = root.activeElement;
    head.draw();
    facets.draw();
    stage.draw();
    if (isNew) {
      if (list.at >= 0) close();
      drawNone();
      list.list.scrollTop = 0;
      list.renew();
      foot.hideCode();
    }
    // If the focused control is hidden now, the page would get the focus, and the notebook its shortcuts back.
    if (none.contains(was) && none.hidden) list.list.focus({ preventScroll: true });
    else if (was && list.node.contains(was) && list.node.hidden) panel.focus({ preventScroll: true });
    panel.dataset.number = String(page.view?.number);
  };
  const settled = (/** @type {{who?: string, seq?: number}} */ { who: by, seq: of }) => {
    if (by !== undefined && by !== null && by !== who) return;
    panel.dataset.answered = String(of);
    if (of === seq) {
      clearTimeout(late);
      panel.removeAttribute("aria-busy");
    }
    if (under !== null) {
      under = null;
      flush();
    }
  };
  /** @type {Record<string, (message: any, buffers: (DataView | ArrayBuffer)[]) => void>} */
  const hears = {
    view(message, buffers) {
      views += 1;
      const isNew = message.list !== page.view?.list;
      const isLatest = message.who !== who || message.seq === seq;
      page.view = { ...message, counts: countsOf(message, buffers[0]), number: views, isLatest };
      draw(isNew);
      if (reads && isLatest) {
        reads = false;
        open(0);
      }
      if (foot.told.classList.contains("wrong")) foot.note("");
      settled(message);
    },
    chart: (message) => stage.hear(message),
    vega: ({ code }) => stage.load(code),
    rows({ of, items }) {
      if (of !== page.view?.list) return;
      list.add(items);
      if (wanted === -1 && list.at >= 0 && list.lines.has(list.at)) open(list.at);
    },
    opened: shown,
    similar: (message) => reader.showSimilar(message),
    presets: ({ names }) => foot.drawPresets(names),
    exists: ({ name }) => foot.ask(name),
    compared: ({ who: by, id }) => {
      if (by === who) beside.show(id);
    },
    code: ({ text }) => foot.show(text),
    said: ({ text }) => {
      foot.note(text);
      foot.shut();
    },
    failed(message) {
      reads = false;
      if (message.do === "search") head.fail(message.text);
      else foot.note(message.text, true);
      settled({ seq: message.seq });
    },
  };
  const hear = (/** @type {any} */ message, /** @type {any[]} */ buffers) =>
    hears[message.is]?.(message, buffers ?? []);
  const timed = () => {
    page.time = JSON.parse(String(model.get("time")));
    stage.timeline.dressed = "";
  };
  model.on("msg:custom", hear);
  model.on("change:time", timed);

  // -- keys ------------------------------------------------------------------------------------------------------------
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (beside.view) return; // the comparison handles its own keys
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target.matches("input:not([type=checkbox]), textarea, select");
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key.toLowerCase() === "z" && !(typing && target !== head.search)) {
      if (target === head.search && head.isTyped) head.settle();
      page.act("step", { by: event.shiftKey ? 1 : -1 });
    } else if (control || event.altKey) return;
    else if (event.key === "Escape" && list.at >= 0) close();
    else if (event.key === "Escape" && typing) list.list.focus({ preventScroll: true });
    else if (typing) {
      if (target !== head.search || (event.key !== "Enter" && event.key !== "ArrowDown")) return;
      head.settle();
      list.list.focus({ preventScroll: true });
    } else if (event.key === "/") head.search.select();
    else if (event.key === "?") foot.showKeys();
    else if (event.key === "j" || (target === list.list && event.key === "ArrowDown")) open(list.at + 1);
    else if (event.key === "k" || (target === list.list && event.key === "ArrowUp")) open(Math.max(0, list.at - 1));
    else if (target === list.list && event.key === "Enter" && list.at < 0) open(Math.floor(list.scrolled / list.tall));
    else if (target === list.list && event.key === "Enter") reader.node.focus({ preventScroll: true });
    else return;
    event.preventDefault();
  };
  panel.addEventListener("keydown", keys);
  const ends = [bound(el, panel), followTheme(panel)];
  page.act("start");
  return () => {
    model.off("msg:custom", hear);
    model.off("change:time", timed);
    clearTimeout(late);
    for (const end of [...ends, () => beside.close(), () => stage.end(), () => list.end()]) end();
  };
}

export default { render };
