// Vega, which is loaded once, when it is first needed.

/**
 * @typedef {{show: (chart: import("../chart.js").Chart) => Promise<void>, end: () => void}} Charts
 * @typedef {(name: string, when?: unknown) => void} Pick
 * @typedef {{chartsIn: (place: HTMLElement, pick: Pick) => Charts}} Drawing what `charts.js` exports
 */

export class Vega {
  /** @param {(message: import("./types.js").Request) => void} send */
  constructor(send) {
    this.send = send;
    /** @type {Promise<Drawing> | null} */ this.drawing = null;
    /** @type {((drawing: Drawing) => void) | null} */ this.found = null;
  }

  /**
   * Create a host for charts.
   * @param {HTMLElement} place
   * @param {Pick} pick
   */
  async chartsIn(place, pick) {
    if (!this.drawing) {
      this.drawing = new Promise((found) => {
        this.found = found;
      });
      this.send({ do: "vega" });
    }
    return (await this.drawing).chartsIn(place, pick);
  }

  /** @param {string} code of `charts.js`, with Vega in it */
  async load(code) {
    const { found } = this;
    if (!found) return;
    this.found = null;
    const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const made = await import(/* webpackIgnore: true */ address);
    URL.revokeObjectURL(address);
    found(made.default);
  }
}

/**
 * Label a chart for screen readers.
 * @param {HTMLElement} canvas
 * @param {string} label
 */
export const describe = (canvas, label) => {
  const picture = canvas.querySelector("svg");
  picture?.setAttribute("role", "img");
  picture?.setAttribute("aria-label", label);
};
