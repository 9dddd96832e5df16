// The rows of a table, for searching, filtering and sorting.

import { fold } from "../fold.js";
import { searcher } from "../search.js";

/**
 * @typedef {string | number | null} Value
 * @typedef {readonly Value[]} Row
 * @typedef {{label: string, kind: string}} Column
 * @typedef {object} Table
 * @property {readonly Column[]} columns
 * @property {string} [caption]
 * @property {readonly Row[]} rows
 * @property {Record<string, number>} filters maps the name of a filter to its column
 * @property {Record<string, Record<string, readonly number[]>>} [groups] maps the name of a filter to the rows of each value
 * @property {{names: readonly string[], rows: readonly Row[]}} [totals] total number of rows, by filter
 */

/**
 * Maps each search key to the headings of its columns. Words are searched for in all columns.
 * @type {Record<string, readonly string[]>}
 */
const HEADINGS = {
  type: ["type"],
  status: ["status"],
  source: ["source"],
  version: ["version"],
  theme: ["theme"],
  page: ["page", "path"],
  path: ["path", "page"],
  from: ["submitter", "from"],
  submitter: ["submitter", "from"],
};

const { compare } = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export class Rows {
  /** @param {Table} table */
  constructor({ columns, rows, filters, groups = {}, totals }) {
    this.columns = columns;
    this.rows = rows;
    this.filters = filters;
    this.groups = groups;
    this.totals = totals;
    /** @type {Map<string, import("../search.js").Texts>} */
    this.texts = new Map();
  }

  /**
   * Return the texts that a search key applies to, and cache them. Undefined if there is no such column.
   * @param {string} key
   */
  textsOf(key) {
    const column = (HEADINGS[key] ?? [])
      .map((heading) => this.columns.findIndex(({ label }) => label.toLowerCase() === heading))
      .find((place) => place >= 0);
    if (key && column === undefined) return undefined;
    if (!this.texts.has(key)) {
      const raw = this.rows.map((row) => {
        if (column !== undefined) return row[column] === null ? null : String(row[column]);
        return row.map((value) => value ?? "").join("\n");
      });
      this.texts.set(key, { raw, folded: raw.map((text) => (text === null ? null : fold(text))) });
    }
    return this.texts.get(key);
  }

  /**
   * Return the rows that match a search and the filters, in order. Throws a `SearchError` if the search is invalid.
   * @param {object} choice
   * @param {string} [choice.search]
   * @param {ReadonlyMap<string, unknown>} [choice.chosen] by the name of a filter; null selects all
   * @param {number | null} [choice.by] column to sort by
   * @param {boolean} [choice.down]
   */
  select({ search = "", chosen = new Map(), by = null, down = false }) {
    const matches = searcher(search, (key) => this.textsOf(key));
    const wanted = Object.entries(this.filters).filter(([name]) => (chosen.get(name) ?? null) !== null);
    const inside = Object.entries(this.groups)
      .filter(([name]) => (chosen.get(name) ?? null) !== null)
      .map(([name, values]) => new Set(values[String(chosen.get(name))] ?? []));
    const found = this.rows.filter(
      (row, at) =>
        matches(at) &&
        wanted.every(([name, column]) => row[column] === chosen.get(name)) &&
        inside.every((rows) => rows.has(at)),
    );
    if (by === null) return found;
    const [way, isNumber] = [down ? -1 : 1, this.columns[by].kind === "number"];
    return found.sort(({ [by]: a }, { [by]: b }) => {
      if (a === b) return 0;
      if (a === null) return 1; // missing values always come last
      if (b === null) return -1;
      return way * (isNumber ? Number(a) - Number(b) : compare(String(a), String(b)));
    });
  }

  /**
   * Count all rows that the filters select, including those not listed here. Null if unknown.
   * @param {ReadonlyMap<string, unknown>} chosen
   */
  total(chosen) {
    if (!this.totals) return null;
    const { names, rows } = this.totals;
    const at = names.indexOf("count");
    return rows
      .filter((row) =>
        names.every((name, place) => {
          const value = chosen.get(name) ?? null;
          return place === at || (name in this.groups ? row[place] === value : value === null || row[place] === value);
        }),
      )
      .reduce((sum, row) => sum + Number(row[at]), 0);
  }
}
