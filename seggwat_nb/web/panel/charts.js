// Draws the charts of a comparison and tells what is clicked.
//
// A chart arrives as {heading, said, label, spec, data}: `spec` without its data, `data` the rows of each data set.

import { ChartHost } from "../chart.js";
import { make } from "../dom.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("../chart.js").Chart & {heading: string, said: string, label: string}} PanelChart
 */

const WIDEST = 1000; // pixels; a wider chart is no easier to read
const NARROWEST = 200;
const MARGIN = 12;

class Slot {
  /**
   * @param {string} name
   * @param {Model} model
   */
  constructor(name, model) {
    this.name = name;
    this.model = model;
    this.heading = make("figcaption");
    this.said = make("p");
    this.canvas = make("div", { className: "seggwat-canvas" });
    this.node = make("figure", { className: "seggwat-chart" }, this.heading, this.said, this.canvas);
    /** @type {PanelChart | null} */ this.chart = null;
    this.fits = false;
    this.width = 0;
    this.times = 0;
    this.host = new ChartHost(this.canvas, {
      prepare: (spec) => {
        this.fits = spec.width === "container";
        if (!this.fits) return spec;
        this.width = this.room();
        return { ...spec, width: this.width };
      },
      drawn: (view) => {
        view.addEventListener("click", (_, item) => this.clicked(item));
      },
    });
    this.watch = new ResizeObserver(() => {
      if (!this.host.view || !this.fits || this.width === this.room()) return;
      this.width = this.room();
      this.host.view.width(this.width).runAsync();
    });
    this.watch.observe(this.canvas);
  }

  room() {
    return Math.min(WIDEST, Math.max(NARROWEST, this.canvas.clientWidth - MARGIN));
  }

  /** @param {PanelChart} chart */
  async show(chart) {
    this.chart = chart;
    this.node.hidden = false;
    this.heading.textContent = chart.heading;
    this.heading.hidden = !chart.heading;
    this.said.textContent = chart.said;
    this.said.hidden = !chart.said;
    await this.host.show(chart);
    if (this.host.busy) return; // a drawing under way ends with the latest chart
    const picture = this.canvas.querySelector("svg");
    picture?.setAttribute("role", "img");
    picture?.setAttribute("aria-label", this.chart.label);
    this.times += 1;
    this.node.dataset.drawn = String(this.times);
  }

  /** @param {{datum?: {name?: unknown, key?: unknown, when?: unknown}} | undefined} item */
  clicked(item) {
    const value = item?.datum?.name ?? item?.datum?.key;
    if (typeof value === "string") this.model.send({ chart: this.name, picked: value, when: item?.datum?.when });
  }

  finish() {
    this.watch.disconnect();
    this.host.finish();
  }
}

/** @param {{model: Model, el: HTMLElement}} place */
function render({ model, el }) {
  el.classList.add("seggwat-charts");
  /** @type {Map<string, Slot>} */ const slots = new Map();
  const held = () =>
    /** @type {Record<string, PanelChart>} */ (JSON.parse(/** @type {string} */ (model.get("charts"))));
  const update = () => {
    const charts = held();
    for (const name of Object.keys(charts)) {
      if (slots.has(name)) continue;
      const slot = new Slot(name, model);
      slots.set(name, slot);
      el.append(slot.node);
    }
    for (const [name, slot] of slots) {
      if (name in charts) slot.show(charts[name]).catch((error) => model.send({ failed: String(error) }));
      else slot.node.hidden = true;
    }
  };
  model.on("change:charts", update);
  update();
  return () => {
    model.off("change:charts", update);
    for (const slot of slots.values()) slot.finish();
  };
}

export default { render };
