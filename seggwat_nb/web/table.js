// A table with a header to sort by, and buttons to turn pages.

import { button, keepFocus, make } from "./dom.js";

/**
 * @typedef {object} Column
 * @property {string} label
 * @property {string} [className]
 * @property {boolean} sortable
 * @property {string} [sorted] ascending or descending
 *
 * @typedef {object} Shown
 * @property {string} [caption]
 * @property {readonly Column[]} columns
 * @property {readonly HTMLTableRowElement[]} rows
 * @property {string} place the range of rows shown
 * @property {boolean} previous whether there is a page before this one
 * @property {boolean} next
 */

export class TableView {
  /**
   * @param {object} actions
   * @param {(column: number) => void} actions.sort
   * @param {(step: -1 | 1) => void} actions.turn
   */
  constructor({ sort, turn }) {
    this.sort = sort;
    this.turn = turn;
    this.node = make("div", { className: "seggwat-table" });
  }

  /** @param {Shown} shown */
  show({ caption, columns, rows, place, previous, next }) {
    const head = make("thead", {}, make("tr", {}, ...columns.map((column, at) => this.heading(column, at))));
    const table = make("table", {}, head, make("tbody", {}, ...rows));
    if (caption) table.prepend(make("caption", { textContent: caption }));
    const pages = make(
      "nav",
      { "aria-label": "Pages of the table" },
      this.turner("‹ Previous", "Previous page", -1, previous),
      make("span", { textContent: place, role: "status" }),
      this.turner("Next ›", "Next page", 1, next),
    );
    keepFocus(this.node, () => this.node.replaceChildren(table, pages));
  }

  /**
   * @param {Column} column
   * @param {number} at
   */
  heading({ label, className = "", sortable, sorted }, at) {
    const cell = make("th", { scope: "col", className });
    if (!sortable) {
      cell.textContent = label;
      return cell;
    }
    cell.setAttribute("aria-sort", sorted || "none");
    const sorter = button(label, () => this.sort(at), { "aria-label": `Sort by ${label}` });
    sorter.dataset.key = `sort/${at}`;
    cell.append(sorter);
    return cell;
  }

  /**
   * @param {string} text
   * @param {string} label
   * @param {-1 | 1} step
   * @param {boolean} enabled
   */
  turner(text, label, step, enabled) {
    const turner = button(text, () => this.turn(step), { "aria-label": label, disabled: !enabled });
    turner.dataset.key = label;
    return turner;
  }
}
