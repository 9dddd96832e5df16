// The header: back and forward, search, quick date ranges, the number of selected items, and the filters.

import { onTyped } from "../typed.js";
import { arrange, h, icon, press, put, tell } from "./elements.js";
import { numeral, several } from "./words.js";

const TYPED = 120; // milliseconds without typing after which a search starts
const PERIODS = [7, 28, 90];

export class Head {
  /** @param {import("./types.js").Page} page */
  constructor(page) {
    this.page = page;
    const step = (/** @type {number} */ by) => () => page.act("step", { by });
    const tool = (/** @type {string} */ name, /** @type {string} */ title) => ({
      class: "tool",
      "aria-label": name,
      title,
      disabled: true, // until the kernel says otherwise
    });
    this.back = press(icon("back"), step(-1), tool("Back", "Back (Ctrl+Z)"));
    this.forth = press(icon("forth"), step(1), tool("Forward", "Forward (Ctrl+Shift+Z)"));
    this.search = h("input", {
      type: "search",
      class: "search",
      "aria-label": "Search",
      "aria-describedby": `${page.prefix}search-error`,
      placeholder: "Search messages",
      title: 'Words, "a phrase", -not, OR, /regex/, type:bug page:/checkout from:name since:28d',
      autocomplete: "off",
      spellcheck: "false",
    });
    this.error = h("p", { class: "error", id: `${page.prefix}search-error`, role: "alert", hidden: true });
    this.quick = h("div", { class: "quick", role: "group", "aria-label": "Period" });
    for (const days of [...PERIODS, 0]) {
      const name = days ? `Last ${days} days` : "All time";
      const act = () => page.act("days", { days });
      this.quick.append(
        press(days ? `${days} d` : "All", act, {
          "data-days": days,
          "aria-pressed": "false",
          "aria-label": name,
          title: name,
        }),
      );
    }
    const before = () => page.act("previous");
    this.previous = press("‹ Previous", before, {
      class: "plain previous",
      title: "The previous period of the same length",
      "aria-label": "Previous period",
      hidden: true,
    });
    this.against = press("Compare with previous", () => page.compare?.({ previous: true }), {
      class: "plain previous",
      title: "Compare these dates with the previous period of the same length",
      hidden: true,
    });
    this.sum = h("p", { class: "sum", role: "status" });
    this.chips = h("div", { class: "chips", role: "group", "aria-label": "Filters" });
    this.clear = press("Clear all", () => page.act("clear"), { class: "plain", "data-key": "clear" });
    this.doubts = h("p", { class: "doubts", role: "status", hidden: true });
    const find = h("label", { class: "find" }, icon("search"), this.search, h("kbd", { "aria-hidden": "true" }, "/"));
    this.steps = h("div", { class: "steps" }, this.back, this.forth);
    this.node = h(
      "div",
      { class: "head" },
      h("div", { class: "row" }, this.steps, find, this.quick, this.sum, this.error),
      h("div", { class: "filters" }, this.chips, this.previous, this.against),
      this.doubts,
    );
    /** @type {Map<string, {node: HTMLElement, said: string}>} */ this.kept = new Map(); // the filters that are shown, by part
    this.visit = 1; // while the field has the focus, its text replaces what was typed before, with its filters
    this.isTyped = false; // the field has text that the kernel does not know yet
    this.listen();
  }

  listen() {
    const { search, page } = this;
    search.addEventListener("input", () => {
      this.isTyped = true;
      clearTimeout(this.waiting);
    });
    onTyped(search, () => {
      clearTimeout(this.waiting);
      page.panel.toggleAttribute("data-typing", true);
      this.waiting = setTimeout(() => this.look(), TYPED);
    });
    search.addEventListener("blur", () => this.settle());
  }

  look() {
    this.page.panel.toggleAttribute("data-typing", false);
    this.page.wish("search", { text: this.search.value, typing: this.visit });
  }

  /** Search for the typed text, if that has not happened yet. */
  settle() {
    clearTimeout(this.waiting);
    this.page.panel.toggleAttribute("data-typing", false);
    if (!this.isTyped) return;
    this.isTyped = false;
    if (this.search.value !== this.page.view?.search) this.look();
    this.visit += 1;
  }

  /** @param {string} text */
  fail(text) {
    tell(this.error, text);
    this.error.hidden = !text;
    put(this.search, { "aria-invalid": String(Boolean(text)) });
  }

  draw() {
    const { page } = this;
    const { view } = page;
    if (!view) return;
    this.fail("");
    if (page.root.activeElement !== this.search || !this.isTyped) this.search.value = view.search;
    const [number, of] = [numeral(view.selected), ` of ${several(page.setup.total, "item")}`];
    if (this.sum.textContent !== number + of) this.sum.replaceChildren(h("b", {}, number), of); // said again if replaced
    const most = numeral(page.setup.total);
    this.sum.dataset.room = most.slice(0, most.length - number.length); // so that fewer digits do not move the header
    tell(this.doubts, view.doubts ?? "");
    this.doubts.hidden = !view.doubts;
    const [since, until] = view.dates;
    const last = page.time.last + 1;
    for (const one of this.quick.children) {
      const days = Number(one.dataset.days);
      const is = days ? since === last - days && until === null : since === null && until === null;
      put(one, { "aria-pressed": String(is) });
    }
    this.previous.hidden = since === null;
    this.against.hidden = since === null || !page.compare;
    this.back.disabled = !view.back;
    this.forth.disabled = !view.forth;
    this.drawChips(view);
  }

  /** @param {import("./types.js").View} view */
  drawChips(view) {
    const { page } = this;
    const kept = new Map(
      view.chips.map((chip) => {
        const said = JSON.stringify(chip);
        const before = this.kept.get(chip.part);
        return [chip.part, before?.said === said ? before : { node: this.chip(chip), said }];
      }),
    );
    this.kept = kept;
    const made = [...kept.values()].map(({ node }) => node);
    if (made.length > 1) made.push(this.clear);
    if (!made.length) made.push(h("span", { class: "hint" }, page.hint));
    arrange(this.chips, made);
  }

  /**
   * Make a filter that can be turned off, swapped and removed.
   * @param {import("./types.js").Chip} chip
   */
  chip({ part, name, said, title, off, not, flips }) {
    const { page } = this;
    const what = `${name}: ${said}`;
    return h(
      "span",
      { class: `chip${off ? " off" : ""}${not ? " not" : ""}`, title },
      press([h("span", { class: "what" }, `${name}: `), said], () => page.act("switch", { part }), {
        "data-key": `chip/${part}`,
        "aria-pressed": String(!off),
        title: off ? `Turn on: ${title}` : `Turn off temporarily: ${title}`,
      }),
      flips &&
        press("≠", () => page.act("flip", { part }), {
          class: "flip",
          "data-key": `flip/${part}`,
          title: "Swap: these ↔ all others",
          "aria-label": `${not ? "Select instead of exclude" : "Exclude instead of select"}: ${what}`,
        }),
      press(icon("close"), () => page.act("remove", { part }), {
        "data-key": `drop/${part}`,
        title: "Remove",
        "aria-label": `Remove filter ${what}`,
      }),
    );
  }
}
