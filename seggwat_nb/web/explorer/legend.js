// The legend of the chart over time. A click selects a value. Tab leads to one of them, arrow keys to the others.

import { cutInside, h, press } from "./elements.js";

export class Legend {
  /** @param {import("./types.js").Page} page */
  constructor(page) {
    this.page = page;
    this.stop = 0; // the value that Tab leads to
    this.node = h("ul", { class: "legend", "aria-label": "Values in the chart" });
    this.node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.pressed(event));
    this.node.addEventListener("focusin", (/** @type {FocusEvent} */ event) => {
      this.stopAt(this.values.indexOf(/** @type {HTMLElement} */ (event.target)));
    });
  }

  /** The values that can be selected. */
  get values() {
    return /** @type {HTMLElement[]} */ ([...this.node.querySelectorAll("button")]);
  }

  draw() {
    const { page } = this;
    const { time } = page;
    const marks = page.view?.facets[time.by];
    const chosen = new Set(
      (marks?.in ?? []).map((at) => page.setup.facets.find((one) => one.name === time.by)?.options[at]?.[1]),
    );
    if (marks?.bare) chosen.add("(none)");
    this.node.replaceChildren(
      ...(time.by ? time.labels : []).map((label, band) => {
        const box = h("i", { style: { background: time.colours[band] } });
        const dim = chosen.size > 0 && !chosen.has(label) ? "dim" : "";
        const value = time.values[band];
        if (value?.length === 0)
          return h("li", { class: `${dim} still`, title: label }, box, h("bdi", {}, ...cutInside(label)));
        const only = () => page.act("choose", { part: time.by, value, how: "only" });
        return h(
          "li",
          {},
          press([box, h("bdi", {}, ...cutInside(label))], only, {
            class: dim,
            title: `Only ${label}`,
            "aria-label": `Only ${label}`,
            "data-key": `legend/${band}`,
          }),
        );
      }),
    );
    this.stopAt(this.stop);
  }

  /**
   * Let Tab lead to one value.
   * @param {number} at
   */
  stopAt(at) {
    const { values } = this;
    this.stop = Math.max(0, Math.min(at, values.length - 1));
    values.forEach((one, place) => {
      one.setAttribute("tabindex", place === this.stop ? "0" : "-1");
    });
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const { values } = this;
    const at = values.indexOf(/** @type {HTMLElement} */ (event.target));
    const last = values.length - 1;
    const [before, after] = [Math.max(0, at - 1), Math.min(last, at + 1)];
    /** @type {Record<string, number>} */
    const to = { ArrowLeft: before, ArrowUp: before, ArrowRight: after, ArrowDown: after, Home: 0, End: last };
    if (at < 0 || !(event.key in to)) return;
    values[to[event.key]].focus();
    event.preventDefault();
  }
}
