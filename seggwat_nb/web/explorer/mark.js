// What can be done with a mark of the chart over time: a small menu beside it.

import { h, press } from "./elements.js";
import { daysName, lengthName } from "./words.js";

export class MarkMenu {
  /** @param {import("./types.js").Page} page */
  constructor(page) {
    this.page = page;
    /** @type {HTMLElement | null} */ this.back = null;
    this.node = h("div", { class: "drop mark-menu", role: "menu", hidden: true, "aria-label": "What to do" });
    this.node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.pressed(event));
    this.node.addEventListener("focusout", (/** @type {FocusEvent} */ event) => {
      if (!this.node.contains(event.relatedTarget)) this.node.hidden = true;
    });
  }

  /** @param {{at: number, band: number, x: number, n: string, back: HTMLElement}} mark */
  open({ at, band, x, n, back }) {
    const { time } = this.page;
    this.back = back;
    const when = daysName(time.starts[at], time.starts[at] + time.days[at]);
    const length = lengthName(time.every);
    const label = band >= 0 && time.selects[band] ? time.labels[band] : null;
    const mark =
      (/** @type {string} */ how, /** @type {boolean} */ reads = false) =>
      () => {
        this.page.act("mark", { period: at, band, how });
        this.close();
        if (reads) this.page.read();
      };
    /** @type {[string, () => void][]} */
    const acts = [];
    if (label !== null) {
      acts.push([`Read these: ${label}, this ${length}`, mark("both", true)]);
      acts.push([`Only ${label}`, mark("only")], [`Only this ${length}`, mark("period")]);
      const part = this.page.setup.facets.find((one) => one.name === time.by);
      if (part?.excludes) acts.push([`Not ${label}`, mark("not")]);
    } else acts.push([`Read these: this ${length}`, mark("period", true)], [`Only this ${length}`, mark("period")]);
    this.node.replaceChildren(
      h("p", { class: "lead" }, `${when} · ${n}`),
      ...acts.map(([text, act]) => press(text, act, { role: "menuitem", tabindex: -1 })),
    );
    this.node.hidden = false;
    this.node.style.left = `${Math.max(0, x)}px`;
    this.items[0].focus({ preventScroll: true });
  }

  get items() {
    return /** @type {HTMLElement[]} */ ([...this.node.querySelectorAll("button")]);
  }

  close() {
    this.back?.focus({ preventScroll: true });
    this.node.hidden = true;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const { items } = this;
    const at = items.indexOf(/** @type {HTMLElement} */ (event.target));
    if (event.key === "Escape") this.close();
    else if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
    else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
