// Draws the charts of a panel and tells what is clicked and dragged.
//
// A chart arrives as {heading, said, label, spec, data, brush}: `spec` without its data, `data` the rows of each data set,
// `brush` the data set that shows the selected dates.

import { ChartHost } from "../chart.js";
import { make } from "../dom.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("../chart.js").Chart & {heading: string, said: string, label: string, brush?: string}} PanelChart
 */

const WIDEST = 1000; // pixels; a wider chart is no easier to read
const NARROWEST = 200;
const MARGIN = 12;
const DRAG = 3; // pixels that make a press a drag
const PACE = 60; // milliseconds between two messages while somebody drags

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
      drawn: (view, node) => {
        view.addEventListener("click", (_, item) => this.clicked(item));
        if (this.chart?.brush) this.listen(view, node, this.chart.brush);
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

  /** @param {{datum?: {name?: unknown, key?: unknown}} | undefined} item */
  clicked(item) {
    const value = item?.datum?.name ?? item?.datum?.key;
    if (typeof value === "string") this.model.send({ chart: this.name, picked: value });
  }

  /**
   * Select dates by dragging across a chart of time.
   * @param {import("../chart.js").View} view
   * @param {HTMLElement} node
   * @param {string} brush
   */
  listen(view, node, brush) {
    const moment = (/** @type {PointerEvent} */ event) => {
      const box = /** @type {Element} */ (node.querySelector("svg")).getBoundingClientRect();
      const x = event.clientX - box.left - view.origin()[0];
      return view
        .scale("x")
        .invert(Math.max(0, Math.min(view.width(), x)))
        .getTime();
    };
    /** @type {number | null} */ let from = null;
    let [at, last] = [0, 0];
    const tell = (/** @type {number} */ begun, /** @type {number} */ to, /** @type {boolean} */ done) => {
      const [start, end] = begun < to ? [begun, to] : [to, begun];
      view.data(brush, [{ start, end }]).runAsync();
      if (done || performance.now() - last > PACE) {
        last = performance.now();
        this.model.send({ chart: this.name, span: [start, end], done });
      }
    };
    node.style.touchAction = "none";
    node.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      from = moment(event);
      at = event.clientX;
      node.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    node.addEventListener("pointermove", (event) => {
      if (from !== null && Math.abs(event.clientX - at) > DRAG) tell(from, moment(event), false);
    });
    node.addEventListener("pointerup", (event) => {
      if (from === null) return;
      if (Math.abs(event.clientX - at) > DRAG) tell(from, moment(event), true);
      else this.model.send({ chart: this.name, span: null, done: true });
      from = null;
    });
    node.addEventListener("pointercancel", () => {
      from = null;
    });
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
  const redraw = (/** @type {{redraw?: string}} */ { redraw: name }) => name && slots.get(name)?.show(held()[name]);
  model.on("change:charts", update);
  model.on("msg:custom", redraw);
  update();
  return () => {
    model.off("change:charts", update);
    model.off("msg:custom", redraw);
    for (const slot of slots.values()) slot.finish();
  };
}

export default { render };
