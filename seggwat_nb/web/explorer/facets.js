// Lists of values to select, one for each column, with the number of items for each value.

import { onTyped } from "../typed.js";
import { arrange, cutInside, dress, h, icon, press, put, tell } from "./elements.js";
import { ofValue } from "./mark.js";
import { languageName, numeral, several } from "./words.js";

const SHOWN = 7; // values in a collapsed list
const SEARCHED = 12; // lists with at least this many values have a search field
const MORE = 100; // values requested at a time
const AHEAD = 10; // values out of sight at which others are requested
const QUIET = 120;

/**
 * @typedef {object} Row a value as displayed
 * @property {string | null} value null for items without one
 * @property {string} label
 * @property {string} title
 * @property {number} depth
 * @property {number} n
 * @property {"" | "in" | "not" | "partly"} state
 * @property {boolean} [isStale] whether it is only shown to keep its place, without its present count
 */

/**
 * @typedef {object} Kept the elements of a value
 * @property {HTMLElement} node
 * @property {HTMLInputElement} box
 * @property {HTMLElement} dot
 * @property {HTMLElement} number
 * @property {string} colour
 * @property {string} share
 */

/**
 * List the values of a facet to display, and their total number.
 * @param {import("./types.js").Facet} facet
 * @param {import("./types.js").Marks} marks
 * @param {Uint32Array | undefined} counts
 * @param {{byCount: boolean, all: boolean, find: string, held?: Row[]}} look values that are held stay in their places
 * @returns {{rows: Row[], found: number}}
 */
export const rowsOf = (facet, marks, counts, { byCount, all, find, held = [] }) => {
  const places = new Map(held.map((one, at) => [one.value, at]));
  const place = (/** @type {Row} */ one) => places.get(one.value) ?? held.length;
  const state = (/** @type {number} */ at) =>
    /** @type {Row["state"]} */ (
      ["in", "not", "partly"].find((one) => marks[/** @type {"in"} */ (one)]?.includes(at)) ?? ""
    );
  if (marks.rows) {
    const rows = marks.rows.map(([value, label, title, n], at) => ({
      value,
      label,
      title,
      depth: 0,
      n,
      state: state(at),
    }));
    const none = (marks.none ?? []).map((n) => nothing(n, facet, marks));
    const shown = find || marks.start ? rows : all ? [...none, ...rows] : [...rows, ...none];
    const values = new Set(shown.map((one) => one.value));
    /** @type {Row[]} */
    const gone = held
      .filter((one) => !values.has(one.value))
      .map((one) => ({ ...one, n: 0, state: "", isStale: true }));
    const found = (marks.found ?? 0) + (find ? 0 : none.length);
    return {
      rows: [...shown, ...gone].sort((a, b) => place(a) - place(b)),
      found: Math.max(found, values.size + gone.length),
    };
  }
  /** @type {Row[]} */
  const rows = facet.options.map(([value, label, title, depth], at) => {
    return { value, label, title: title || label, depth, n: counts?.[at] ?? 0, state: state(at) };
  });
  if (facet.none) rows.push(nothing(counts?.[facet.options.length] ?? 0, facet, marks));
  const wanted = find.trim().toLowerCase();
  const found = rows.filter((one) => !wanted || one.label.toLowerCase().includes(wanted));
  if (byCount) found.sort((a, b) => b.n - a.n);
  found.sort((a, b) => place(a) - place(b));
  if (all || wanted) return { rows: found, found: found.length };
  const some = found.filter((one) => one.n || one.state || places.has(one.value));
  const kept = some.some((one) => one.n) ? some : found; // if nothing matches, show all values
  const shown =
    kept.length > SHOWN + 1 ? kept.filter((one, at) => at < Math.max(SHOWN, held.length) || one.state) : kept;
  return { rows: shown, found: found.length };
};

/**
 * @param {number} n
 * @param {import("./types.js").Facet} facet
 * @param {{bare?: boolean}} marks
 * @returns {Row}
 */
const nothing = (n, { label }, { bare }) => ({
  value: null,
  label: "(none)",
  title: `Items without a ${label.toLowerCase()}`,
  depth: 0,
  n,
  state: bare ? "in" : "",
});

/**
 * Name languages as people do.
 * @param {import("./types.js").Facet} facet
 * @returns {import("./types.js").Facet}
 */
const named = (facet) =>
  facet.name === "language"
    ? { ...facet, options: facet.options.map(([value, , ...rest]) => [value, languageName(value), ...rest]) }
    : facet;

export class FacetColumn {
  /** @param {import("./types.js").Page} page */
  constructor(page) {
    this.page = page;
    this.node = h("nav", { class: "facets", "aria-label": "Filters by value" });
    this.lists = page.setup.facets.map((facet) => new FacetValues(page, named(facet)));
    this.node.append(...this.lists.map((one) => one.node));
    this.node.hidden = !this.lists.length;
    const unfold = () =>
      put(this.fold, { "aria-expanded": String(this.fold.getAttribute("aria-expanded") === "false") });
    this.fold = press([icon("down"), "Filters"], unfold, {
      class: "unfold",
      "aria-expanded": "false",
      hidden: this.node.hidden,
    }); // in a narrow panel, it shows and hides the lists
    this.isHeld = false;
    this.listen();
  }

  /** Keep the values in their places while they are worked with: none may move under the pointer or the focus. */
  listen() {
    const { node, page } = this;
    const hold = () => {
      this.isHeld = true;
    };
    const release = () => {
      if (!this.isHeld) return;
      this.isHeld = false;
      this.draw();
    };
    for (const kind of ["pointerenter", "pointerdown", "focusin"]) node.addEventListener(kind, hold);
    node.addEventListener("pointerleave", (/** @type {PointerEvent} */ event) => {
      if (event.pointerType === "mouse") release(); // a finger leaves with each tap
    });
    page.panel.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (!node.contains(/** @type {Node} */ (event.target))) release();
    });
    node.addEventListener("focusout", (/** @type {FocusEvent} */ event) => {
      if (event.relatedTarget && !node.contains(/** @type {Node} */ (event.relatedTarget)) && !node.matches(":hover"))
        release();
    });
  }

  draw() {
    for (const one of this.lists) one.draw(this.isHeld);
  }
}

class FacetValues {
  /**
   * @param {import("./types.js").Page} page
   * @param {import("./types.js").Facet} facet
   */
  constructor(page, facet) {
    this.page = page;
    this.facet = facet;
    this.look = { byCount: facet.name === "path", all: false, find: "" };
    this.folded = facet.folded;
    /** @type {Map<string | null, Kept>} */ this.kept = new Map();
    /** @type {{rows: Row[], found: number}} */ this.shown = { rows: [], found: 0 };
    this.asked = -1; // the first value requested
    this.most = 1;
    /** @type {"" | "Home" | "End"} */ this.goal = ""; // where the focus goes once that end is drawn
    this.leads = false; // whether to scroll to the list once it is drawn
    this.list = h("ul", { "aria-label": facet.label });
    this.many = h("span", { class: "many" });
    this.more = press("", () => this.unfold(), { class: "plain more", "data-key": `more/${facet.name}` });
    const isLong = facet.many || facet.options.length > SEARCHED;
    this.find = h("input", {
      type: "search",
      class: "small",
      "aria-label": `Find a ${facet.label.toLowerCase()}`,
    });
    onTyped(this.find, () => this.search(this.find.value));
    this.find.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape" || !this.find.value || event.isComposing) return;
      this.find.value = "";
      this.search("");
      event.preventDefault();
      event.stopPropagation();
    });
    this.fold = press([icon("down"), facet.label, this.many], () => this.toggle(), {
      class: "fold",
      "aria-expanded": String(!this.folded),
    });
    this.sort = press(icon("sort"), () => this.resort(), {
      class: "sort",
      title: "Sort by count",
      "aria-label": `Sort ${facet.label} by count`,
      "aria-pressed": String(this.look.byCount || facet.many),
    });
    this.groups = facet.together.map(([name, values]) => this.group(name, values));
    const tools = [...this.groups.map((one) => one.node), !facet.many && this.sort];
    const head = h("div", { class: "named" }, h("h3", {}, this.fold), ...tools);
    this.node = h("section", { class: "facet" }, head, isLong && this.find, this.list, this.more);
    this.node.classList.toggle("shut", this.folded);
    this.list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.pressed(event));
    this.list.addEventListener("focusin", (/** @type {FocusEvent} */ event) => {
      const box = /** @type {HTMLElement} */ (event.target);
      if (box.matches("input")) this.stopAt(box);
    });
    this.list.addEventListener("scroll", () => this.scrolled());
  }

  /**
   * Offer values that are selected together, and deselected if they are all that is selected.
   * @param {string} name
   * @param {string[]} values
   */
  group(name, values) {
    const { facet, page } = this;
    const places = values.map((value) => facet.options.findIndex(([one]) => one === value));
    const isSet = () => {
      const held = page.view?.facets[facet.name]?.in ?? [];
      return held.length === places.length && places.every((at) => held.includes(at));
    };
    const title = `${name}: ${values.join(", ")}`;
    const act = () => page.act("choose", { part: facet.name, value: values, how: isSet() ? "out" : "only" });
    const node = press(name, act, { class: "together", title, "aria-label": title, "data-key": `together/${name}` });
    return { node, isSet };
  }

  toggle() {
    this.folded = !this.folded;
    this.fold.setAttribute("aria-expanded", String(!this.folded));
    this.node.classList.toggle("shut", this.folded);
    this.leads = !this.folded;
    this.page.act("unfold", { name: this.facet.name, folded: this.folded });
  }

  resort() {
    this.look.byCount = !this.look.byCount;
    this.sort.setAttribute("aria-pressed", String(this.look.byCount));
    this.draw();
  }

  unfold() {
    this.look.all = !this.look.all;
    const rows = this.look.all ? MORE : SHOWN + 1;
    if (this.facet.many) this.page.act("unfold", { name: this.facet.name, start: 0, rows });
    else this.draw();
  }

  /** Request the values around those in sight, of a list that is too long to be there as a whole. */
  scrolled() {
    const { start = 0, found = 0, rows = [] } = this.page.view?.facets[this.facet.name] ?? {};
    const tall = /** @type {HTMLElement | null} */ (this.list.firstElementChild)?.offsetHeight;
    if (!this.facet.many || !tall) return;
    const first = Math.floor(this.list.scrollTop / tall);
    const last = first + Math.ceil(this.list.clientHeight / tall);
    const isBefore = start > 0 && first < start + AHEAD;
    const isAfter = start + rows.length < found && last > start + rows.length - AHEAD;
    const wanted = Math.max(0, Math.round((first + last - MORE) / 2));
    if (!(isBefore || isAfter) || wanted === this.asked) return;
    this.asked = wanted;
    this.page.act("unfold", { name: this.facet.name, start: wanted, rows: MORE });
  }

  /** @param {string} text */
  search(text) {
    this.look.find = text;
    if (!this.facet.many) {
      this.draw();
      return;
    }
    clearTimeout(this.waiting);
    const rows = text || this.look.all ? MORE : SHOWN + 1;
    this.waiting = setTimeout(
      () => this.page.act("unfold", { name: this.facet.name, find: text, start: 0, rows }),
      QUIET,
    );
  }

  /** @param {boolean} [isHeld] whether to keep the values that are shown */
  draw(isHeld = false) {
    const { page, facet } = this;
    const marks = page.view?.facets[facet.name];
    if (!page.view || !marks) return;
    const set = marks.set ? `${marks.set} active` : "";
    if (this.many.textContent !== set) {
      const word = h("span", { class: "word" }, " active"); // not in sight where there is no room for it
      this.many.replaceChildren(...(set ? [String(marks.set), word] : []));
    }
    for (const { node, isSet } of this.groups) put(node, { "aria-pressed": String(isSet()) });
    if (this.folded) return;
    const { start = 0 } = marks;
    const look = JSON.stringify([this.look, marks.find, start]); // what was searched for, unfolded or scrolled moves at once
    const held = isHeld && look === this.looked ? this.shown.rows : [];
    this.looked = look;
    this.shown = rowsOf(facet, marks, page.view.counts[facet.name], { ...this.look, held });
    const { rows, found } = this.shown;
    const all = facet.many ? (marks.all ?? 0) : facet.options.length;
    put(this.find, { placeholder: `Find in ${numeral(all)}` });
    if (!start) this.most = Math.max(1, ...rows.map((one) => one.n));
    const before = start && start + (marks.none?.length ?? 0);
    const after = facet.many && this.look.all ? Math.max(0, (marks.found ?? 0) - start - (marks.rows?.length ?? 0)) : 0;
    const deepest = Math.max(0, ...rows.map((one) => one.depth));
    dress(this.list, { "--deepest": String(deepest), "--before": String(before), "--after": String(after) });
    const nodes = rows.map((row) => this.row(row, this.most));
    const active = /** @type {HTMLElement | null} */ (page.root.activeElement);
    const focused = active && this.list.contains(active) ? active : null;
    if (nodes.length !== this.list.children.length || nodes.some((one, at) => this.list.children[at] !== one)) {
      arrange(this.list, nodes);
      if (focused?.isConnected) focused.focus({ preventScroll: true });
      else if (focused)
        /** @type {HTMLElement} */ (nodes[0]?.querySelector("input") ?? page.panel).focus({ preventScroll: true });
    }
    this.asked = -1;
    if (this.kept.size > 4 * MORE) {
      const values = new Set(rows.map((one) => one.value));
      for (const value of this.kept.keys()) if (!values.has(value)) this.kept.delete(value);
    }
    const isPart = before + after > 0;
    nodes.forEach((node, at) => {
      if (isPart) put(node, { "aria-posinset": before + at + 1, "aria-setsize": before + nodes.length + after });
      else for (const name of ["aria-posinset", "aria-setsize"]) node.removeAttribute(name);
    });
    if (this.goal && !(this.goal === "End" ? after : before)) this.reach();
    const stops = this.list.querySelectorAll('input[tabindex="0"]');
    if (stops.length !== 1) this.stopAt(this.list.querySelector("input"));
    this.list.classList.toggle("long", this.look.all || Boolean(this.look.find));
    const rest = found - rows.length;
    this.more.hidden = this.look.find ? true : !rest && !this.look.all;
    const text = this.look.all ? "Fewer" : `${numeral(rest)} more`;
    tell(this.more, text);
    put(this.more, { "aria-label": `${text} of ${facet.label}` });
    this.list.toggleAttribute("data-empty", !rows.length);
    if (this.leads) this.node.scrollIntoView?.({ block: "nearest" });
    this.leads = false;
  }

  /**
   * Return the element of a value. It is reused, so that focus and pointer stay in place.
   * @param {Row} row
   * @param {number} most
   */
  row({ value, label, title, depth, n, state, isStale }, most) {
    const row = this.kept.get(value) ?? this.made(value, label, title, depth);
    this.kept.set(value, row);
    const { node, box, dot, number } = row;
    const items = isStale ? "not counted" : several(n, "item");
    box.checked = state === "in";
    box.indeterminate = state === "not" || state === "partly";
    put(box, { "aria-label": `${label}${state === "not" ? ", excluded" : ""}, ${items}` });
    for (const name of ["not", "partly"]) node.classList.toggle(name, state === name);
    node.classList.toggle("set", Boolean(state));
    node.classList.toggle("none", !n);
    const share = (n / most).toFixed(4);
    if (row.share !== share) node.style.backgroundSize = `calc((86% - 12px * var(--deepest, 0)) * ${share}) 2px`;
    row.share = share;
    tell(number, isStale ? "…" : numeral(n));
    const { labels, colours, by } = this.page.time;
    const band = by === this.facet.name ? labels.indexOf(depth ? title : label) : -1; // bands of themes have whole names
    const colour = band >= 0 ? colours[band] : "transparent";
    dot.hidden = by !== this.facet.name;
    if (row.colour !== colour) dot.style.background = colour;
    row.colour = colour;
    return node;
  }

  /**
   * @param {string | null} value
   * @param {string} label
   * @param {string} title
   * @param {number} depth
   * @returns {Kept}
   */
  made(value, label, title, depth) {
    const { facet, page } = this;
    const part = facet.name;
    const choose = (/** @type {string} */ how) => () => page.act("choose", { part, value, how });
    const key = value === null ? `none/${part}` : `value/${part}/${value}`;
    const box = h("input", { type: "checkbox", tabindex: -1, "data-key": key });
    box.addEventListener("change", () => {
      box.checked = !box.checked; // until the kernel confirms it
      choose("in")();
    });
    // The box says both, with its count.
    const name = h("span", { class: "name", dir: "auto", "aria-hidden": "true" }, ...cutInside(label));
    const dot = h("i", { class: "dot", hidden: true });
    const number = h("span", { class: "n", "aria-hidden": "true" }, "");
    const act = (/** @type {string} */ how, /** @type {string} */ said) =>
      press(how, choose(how), { tabindex: -1, title: said, "aria-label": `${how} ${label}`, "data-act": how });
    const more = press("⋯", () => this.offer(value, label, more, box), {
      tabindex: -1,
      title: "More (m)",
      "aria-label": `More for ${label}`,
      "aria-haspopup": "menu",
      "data-act": "more",
    });
    const node = h(
      "li",
      { style: { "--depth": depth } },
      h("label", { title: title || label }, box, dot, name, number),
      h(
        "span",
        { class: "acts" },
        act("only", "Only this (o)"),
        facet.excludes && value !== null && act("not", "All but this (x)"),
        more,
      ),
    );
    return { node, box, dot, number, colour: "", share: "" };
  }

  /**
   * Show the menu of a value.
   * @param {string | null} value
   * @param {string} label
   * @param {HTMLElement} beside
   * @param {HTMLElement} back
   */
  offer(value, label, beside, back) {
    const { rows } = this.shown;
    const n = rows.find((one) => one.value === value)?.n ?? 0;
    const row = /** @type {HTMLElement} */ (beside.closest("li")).getBoundingClientRect();
    const at = { x: row.left + row.width / 2, y: row.bottom };
    this.page.offer({ ...ofValue(this.page, this.facet, { value, label, n }), at, back });
  }

  /**
   * Let Tab lead to one box of the list: when it gets the focus, not when a view is drawn, which would ask for the layout.
   * @param {Element | null} box
   */
  stopAt(box) {
    for (const one of this.list.querySelectorAll("input")) one.tabIndex = one === box ? 0 : -1;
  }

  /** Focus the first or the last value of all. */
  reach() {
    const { firstElementChild, lastElementChild } = this.list;
    (this.goal === "End" ? lastElementChild : firstElementChild)?.querySelector("input")?.focus();
    this.goal = "";
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const row = /** @type {HTMLElement} */ (event.target).closest("li");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, Element | null | undefined>} */
    const steps = {
      ArrowDown: row.nextElementSibling,
      ArrowUp: row.previousElementSibling,
    };
    /** @type {Record<string, string>} */
    const acts = { o: "only", x: "not", m: "more" };
    if (event.key === "Home" || event.key === "End") {
      const isThere = Number(this.list.style.getPropertyValue(event.key === "End" ? "--after" : "--before")) === 0;
      this.goal = event.key;
      if (isThere) this.reach();
      else this.list.scrollTop = event.key === "End" ? this.list.scrollHeight : 0; // which leads to `scrolled`
    } else if (event.key in steps) {
      const box = steps[event.key]?.querySelector("input");
      if (!box) return;
      box.focus();
    } else if (event.key in acts) {
      /** @type {HTMLElement | null} */ (row.querySelector(`[data-act="${acts[event.key]}"]`))?.click();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
