// The rows of a table: searched, filtered and sorted.

import { fold } from "../fold.js";

/**
 * @typedef {string | number | null} Value
 * @typedef {readonly Value[]} Row
 * @typedef {{label: string, kind: string}} Column
 * @typedef {object} Table
 * @property {readonly Column[]} columns
 * @property {readonly Row[]} rows
 * @property {Record<string, number>} filters name of a filter to the column that it selects by
 */

const { compare } = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export class Rows {
  /** @param {Table} table */
  constructor({ columns, rows, filters }) {
    this.columns = columns;
    this.rows = rows;
    this.filters = filters;
    this.texts = rows.map((row) => fold(row.map((value) => value ?? "").join("\n")));
  }

  /**
   * Give the rows that contain a text and have the chosen values, in order.
   * @param {object} choice
   * @param {string} [choice.search]
   * @param {ReadonlyMap<string, unknown>} [choice.chosen] by the name of a filter; null chooses all
   * @param {number | null} [choice.by] column to sort by
   * @param {boolean} [choice.down]
   */
  select({ search = "", chosen = new Map(), by = null, down = false }) {
    const words = fold(search.trim());
    const wanted = Object.entries(this.filters).filter(([name]) => (chosen.get(name) ?? null) !== null);
    const found = this.rows.filter(
      (row, at) =>
        (!words || this.texts[at].includes(words)) &&
        wanted.every(([name, column]) => row[column] === chosen.get(name)),
    );
    if (by === null) return found;
    const [way, isNumber] = [down ? -1 : 1, this.columns[by].kind === "number"];
    return found.sort(({ [by]: a }, { [by]: b }) => {
      if (a === b) return 0;
      if (a === null) return 1; // what is missing comes last, either way
      if (b === null) return -1;
      return way * (isNumber ? Number(a) - Number(b) : compare(String(a), String(b)));
    });
  }
}
