// Named groups of options to tick, each with its count and a bar.

import { count, keepFocus, make } from "./dom.js";

/**
 * @typedef {object} Option
 * @property {string | number | null} value null is counted, but cannot be selected by a filter
 * @property {string} label
 * @property {string} [title]
 * @property {number} count
 * @property {boolean} ticked
 * @property {boolean} [partly] some of what the option stands for is ticked
 * @property {string} [colour] of the bar
 *
 * @typedef {{name: string, label: string, options: readonly Option[], note?: string}} Group
 * @typedef {{group: string, value: string | number | null, ticked: boolean}} Tick
 */

export class FacetList {
  /** @param {(tick: Tick) => void} tell */
  constructor(tell) {
    this.tell = tell;
    this.node = make("div", { className: "seggwat-facets" });
  }

  /** @param {readonly Group[]} groups */
  show(groups) {
    const lists = /** @type {HTMLElement[]} */ ([...this.node.querySelectorAll(".seggwat-list")]);
    const scrolled = new Map(lists.map((list) => [list.dataset.name, list.scrollTop]));
    keepFocus(this.node, () => this.node.replaceChildren(...groups.map((group) => this.group(group))));
    for (const list of /** @type {NodeListOf<HTMLElement>} */ (this.node.querySelectorAll(".seggwat-list"))) {
      list.scrollTop = scrolled.get(list.dataset.name) ?? 0;
    }
  }

  /** @param {Group} group */
  group({ name, label, options, note }) {
    const most = Math.max(1, ...options.map((option) => option.count));
    const list = make(
      "div",
      { className: "seggwat-list" },
      ...options.map((option) => this.option(name, option, most)),
    );
    list.dataset.name = name;
    if (note) list.append(make("p", { textContent: note }));
    return make("fieldset", {}, make("legend", { textContent: label }), list);
  }

  /**
   * @param {string} group
   * @param {Option} option
   * @param {number} most
   */
  option(group, { value, label, title, count: number, ticked, partly = false, colour }, most) {
    const box = make("input", { type: "checkbox", checked: ticked, indeterminate: partly && !ticked });
    box.disabled = value === null;
    box.dataset.key = `${group}/${value}`;
    box.addEventListener("change", () => this.tell({ group, value, ticked: box.checked }));
    const row = make(
      "label",
      {},
      box,
      make("span", { className: "seggwat-name", textContent: label, title: title || label }),
      make("span", { className: "seggwat-count", textContent: count(number) }),
    );
    row.style.setProperty("--share", String(number / most));
    if (colour) row.style.setProperty("--colour", colour);
    row.classList.toggle("seggwat-none", number === 0 && !partly);
    return row;
  }
}
