// Draws the charts of a panel and tells what is clicked.
//
// A chart comes as {heading, said, label, spec, data, brush}: `spec` without its data, `data` a list of rows for each
// data set. A view lives as long as its spec stays the same and is only given rows; a new spec is drawn beside the old
// one and takes its place when it is ready, so that nothing blinks. While a picture is drawn, only the latest wish waits.

const WIDEST = 1000; // pixels; a wider chart is no easier to read
const EMBED = {mode: "vega-lite", renderer: "svg", actions: false, ast: true, logLevel: 1};

// Rows come as they are, or by columns with each text once.
function unpack(data) {
  if (Array.isArray(data)) return data;
  const columns = Object.entries(data.columns).map(([name, held]) =>
    [name, Array.isArray(held) ? held : held.codes.map(code => code === null ? null : held.names[code])]);
  return Array.from({length: data.height}, (_, row) => Object.fromEntries(columns.map(([name, held]) => [name, held[row]])));
}

class Slot {
  constructor(name, model) {
    this.name = name;
    this.model = model;
    this.node = document.createElement("figure");
    this.node.className = "seggwat-chart";
    this.heading = document.createElement("figcaption");
    this.said = document.createElement("p");
    this.canvas = document.createElement("div");
    this.canvas.className = "seggwat-canvas";
    this.node.append(this.heading, this.said, this.canvas);
    this.busy = false;
    this.watch = new ResizeObserver(() => {
      if (!this.view || !this.fits || this.taken === this.room()) return;
      this.taken = this.room();
      this.view.width(this.taken).runAsync();
    });
    this.watch.observe(this.canvas);
  }

  room() {
    return Math.min(WIDEST, Math.max(200, this.canvas.clientWidth - 12));
  }

  async show(chart) {
    this.wanted = chart;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.wanted) {
        const next = this.wanted;
        this.wanted = null;
        await this.draw(next);
      }
    } finally {
      this.busy = false;
    }
  }

  async draw(chart) {
    this.node.hidden = false;
    this.heading.textContent = chart.heading;
    this.heading.hidden = !chart.heading;
    this.said.textContent = chart.said;
    this.said.hidden = !chart.said;
    const shape = JSON.stringify(chart.spec);
    const data = Object.fromEntries(Object.entries(chart.data).map(([name, rows]) => [name, unpack(rows)]));
    if (this.view && shape === this.shape) {
      for (const [name, rows] of Object.entries(data)) this.view.data(name, rows);
      await this.view.runAsync();
    } else {
      const beside = document.createElement("div");
      beside.className = "seggwat-beside";
      this.canvas.append(beside);
      const spec = {...JSON.parse(shape), datasets: data};
      this.fits = spec.width === "container";
      if (this.fits) spec.width = this.taken = this.room();
      const made = await vegaEmbed(beside, spec, EMBED);
      this.finish();
      this.canvas.replaceChildren(beside);
      beside.classList.remove("seggwat-beside");
      this.finalize = made.finalize;
      this.view = made.view;
      this.shape = shape;
      this.view.addEventListener("click", (_, item) => this.clicked(item));
      if (chart.brush) this.brushed(beside, chart.brush);
    }
    const picture = this.canvas.querySelector("svg");
    if (picture) {
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", chart.label);
    }
    this.drawn = (this.drawn || 0) + 1;
    this.node.dataset.drawn = this.drawn;
  }

  clicked(item) {
    const row = item && item.datum;
    const value = row && (row.name ?? row.key);
    if (typeof value === "string") this.model.send({chart: this.name, picked: value});
  }

  // Dragging across a chart of time chooses dates. What is chosen is drawn from the data set that `brush` names.
  brushed(node, brush) {
    const moment = event => {
      const box = node.querySelector("svg").getBoundingClientRect();
      const x = event.clientX - box.left - this.view.origin()[0];
      const width = this.view.width();
      return this.view.scale("x").invert(Math.max(0, Math.min(width, x))).getTime();
    };
    let from = null, at = 0, last = 0;
    const tell = (to, done) => {
      const [start, end] = from < to ? [from, to] : [to, from];
      this.view.data(brush, [{start, end}]).runAsync();
      if (done || performance.now() - last > 60) {
        last = performance.now();
        this.model.send({chart: this.name, span: [start, end], done});
      }
    };
    node.style.touchAction = "none";
    node.addEventListener("pointerdown", event => {
      if (event.button !== 0) return;
      from = moment(event);
      at = event.clientX;
      node.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    node.addEventListener("pointermove", event => {
      if (from !== null && Math.abs(event.clientX - at) > 3) tell(moment(event), false);
    });
    const end = event => {
      if (from === null) return;
      if (Math.abs(event.clientX - at) > 3) tell(moment(event), true);
      else this.model.send({chart: this.name, span: null, done: true});
      from = null;
    };
    node.addEventListener("pointerup", end);
    node.addEventListener("pointercancel", () => { from = null; });
  }

  finish() {
    if (this.finalize) this.finalize();
    this.view = this.finalize = null;
  }
}

function render({model, el}) {
  el.classList.add("seggwat-charts");
  const slots = new Map();
  const update = () => {
    const charts = JSON.parse(model.get("charts"));
    for (const name of Object.keys(charts)) {
      if (!slots.has(name)) {
        const slot = new Slot(name, model);
        slots.set(name, slot);
        el.append(slot.node);
      }
    }
    for (const [name, slot] of slots) {
      if (!(name in charts)) slot.node.hidden = true;
      else slot.show(charts[name]).catch(error => model.send({failed: String(error)}));
    }
  };
  const redraw = message => message.redraw && slots.get(message.redraw)?.show(JSON.parse(model.get("charts"))[message.redraw]);
  model.on("change:charts", update);
  model.on("msg:custom", redraw);
  update();
  return () => {
    model.off("change:charts", update);
    model.off("msg:custom", redraw);
    for (const slot of slots.values()) {
      slot.watch.disconnect();
      slot.finish();
    }
  };
}

export default {render};
