// Hosts a chart. While the spec stays the same, the view is kept and only gets new rows. A new spec is drawn behind the
// old chart and replaces it when it is ready, so that nothing flickers.

import { make } from "./dom.js";

/**
 * Rows of a data set: as they are, as lists under one list of names, or by columns with each text once.
 * @typedef {readonly unknown[] | {plain: readonly unknown[]}
 *   | {columns: readonly string[], rows: readonly (readonly unknown[])[]}
 *   | {columns: Record<string, readonly unknown[] | {codes: readonly (number | null)[], names: readonly unknown[]}>,
 *      height: number}} Packed
 *
 * @typedef {{spec: Record<string, unknown>, data: Record<string, Packed>}} Chart
 *
 * @typedef {object} View
 * @property {(name: string, rows: readonly unknown[]) => View} data
 * @property {(name: string, value: unknown) => View} signal
 * @property {(width?: number) => any} width
 * @property {() => Promise<View>} runAsync
 * @property {() => [number, number]} origin
 * @property {(name: string) => {invert: (pixels: number) => Date}} scale
 * @property {(kind: string, listener: (event: Event, item: any) => void) => View} addEventListener
 */

/**
 * Unpack the rows of a data set.
 * @param {Packed} data
 * @returns {readonly unknown[]}
 */
export const unpack = (data) => {
  if (Array.isArray(data)) return data;
  if ("plain" in data) return data.plain;
  if ("rows" in data) {
    const { columns, rows } = data;
    return rows.map((row) => Object.fromEntries(columns.map((column, place) => [column, row[place]])));
  }
  const { columns, height } = /** @type {Exclude<Packed, readonly unknown[] | {rows: any} | {plain: any}>} */ (data);
  const whole = Object.entries(columns).map(([name, held]) => {
    if ("codes" in held) return [name, held.codes.map((code) => (code === null ? null : held.names[code]))];
    return [name, held];
  });
  return Array.from({ length: height }, (_, row) =>
    Object.fromEntries(whole.map(([name, held]) => [name, /** @type {unknown[]} */ (held)[row]])),
  );
};

const refuse = async () => {
  throw new Error("charts load nothing");
};
const silent = {
  level: () => silent,
  error: console.error,
  warn: () => silent,
  info: () => silent,
  debug: () => silent,
};
// Text and lines without a color of their own have the page's color, light or dark.
const ink = "currentColor";
const EMBED = {
  mode: "vega-lite",
  ast: true,
  renderer: "svg",
  actions: false,
  logger: silent,
  loader: { load: refuse, sanitize: refuse, http: refuse, file: refuse },
  config: {
    background: "transparent",
    axis: { labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink, gridColor: ink, gridOpacity: 0.15 },
    legend: { labelColor: ink, titleColor: ink },
    header: { labelColor: ink, titleColor: ink },
    title: { color: ink, subtitleColor: ink },
    text: { color: ink },
  },
};

export class ChartHost {
  /**
   * @param {Element} canvas
   * @param {object} [options]
   * @param {(spec: Record<string, unknown>) => Record<string, unknown>} [options.prepare] changes a spec before it is drawn
   * @param {(view: View, node: HTMLElement) => void} [options.drawn] called with each new view
   * @param {object} [options.embed] options of vega-embed, beside those of all charts
   */
  constructor(canvas, { prepare = (spec) => spec, drawn = () => {}, embed = {} } = {}) {
    this.canvas = canvas;
    this.prepare = prepare;
    this.drawn = drawn;
    this.embed = { ...EMBED, ...embed };
    /** @type {Promise<void> | null} */ this.drawing = null;
    /** @type {Chart | null} */ this.wanted = null;
    /** @type {View | null} */ this.view = null;
    /** @type {(() => void) | null} */ this.finalize = null;
    this.shape = "";
  }

  /**
   * Show a chart. While one is drawn, only the latest request waits.
   * @param {Chart} chart
   * @returns {Promise<void>} until the latest one is drawn
   */
  show(chart) {
    this.wanted = chart;
    this.drawing ??= this.drawWanted().finally(() => {
      this.drawing = null;
    });
    return this.drawing;
  }

  async drawWanted() {
    while (this.wanted) {
      const next = this.wanted;
      this.wanted = null;
      await this.draw(next);
    }
  }

  /** @param {Chart} chart */
  async draw({ spec, data }) {
    const shape = JSON.stringify(spec);
    const datasets = Object.fromEntries(Object.entries(data).map(([name, rows]) => [name, unpack(rows)]));
    if (this.view && shape === this.shape) {
      for (const [name, rows] of Object.entries(datasets)) this.view.data(name, rows);
      await this.view.runAsync();
      return;
    }
    const behind = make("div", { className: "seggwat-behind" });
    this.canvas.append(behind);
    const prepared = this.prepare({ ...JSON.parse(shape) });
    const held = /** @type {object | undefined} */ (prepared.datasets);
    const made = await vegaEmbed(behind, { ...prepared, datasets: { ...held, ...datasets } }, this.embed).catch(
      (/** @type {unknown} */ error) => {
        behind.remove();
        throw error;
      },
    );
    this.finish();
    this.canvas.replaceChildren(behind);
    behind.classList.remove("seggwat-behind");
    this.finalize = made.finalize;
    this.view = made.view;
    this.shape = shape;
    this.drawn(made.view, behind);
  }

  /** Free the view. */
  finish() {
    this.finalize?.();
    this.view = null;
    this.finalize = null;
  }
}
