// The differences of two selections: sentences, figures, and charts whose marks lead to items.

import { h, press } from "../explorer/elements.js";
import { LATE } from "../explorer/talk.js";
import { describe } from "../explorer/vega.js";
import { numeral } from "../explorer/words.js";

/** A chart with a heading and a sentence. */
export class Figure {
  /**
   * @param {string} name
   * @param {import("../explorer/vega.js").Vega} vega
   * @param {(mark: import("./types.js").Mark) => void} mark
   */
  constructor(name, vega, mark) {
    this.heading = h("figcaption");
    this.said = h("p", { class: "lead" });
    this.canvas = h("div", { class: "canvas" });
    this.node = h("figure", { class: "seggwat-chart", "data-chart": name }, this.heading, this.said, this.canvas);
    this.charts = vega.chartsIn(this.canvas, (value, when) => mark({ chart: name, name: value, when }));
    this.times = 0;
    /** @type {import("./types.js").Drawn | null} */ this.chart = null;
  }

  /**
   * Draw a chart. Until it is drawn, the one of before is dimmed, unless this takes no longer than usual after `since`.
   * @param {import("./types.js").Drawn} chart
   * @param {number} since
   */
  async show(chart, since) {
    this.chart = chart;
    this.heading.textContent = chart.heading;
    this.said.textContent = chart.said;
    clearTimeout(this.late);
    this.late = setTimeout(() => this.node.setAttribute("aria-busy", "true"), Math.max(0, since + LATE - Date.now()));
    const charts = await this.charts;
    if (this.chart !== chart) return;
    try {
      await charts.show(chart);
      describe(this.canvas, chart.label);
      this.times += 1;
      this.node.dataset.drawn = String(this.times);
    } finally {
      if (this.chart === chart) this.settle();
    }
  }

  settle() {
    clearTimeout(this.late);
    this.node.removeAttribute("aria-busy");
  }

  end() {
    clearTimeout(this.late);
    this.charts.then((charts) => charts.end());
  }
}

/** The differences as a table, whose figures lead to items like the marks of the charts. */
export class Table {
  /** @param {(mark: import("./types.js").Mark) => void} mark */
  constructor(mark) {
    this.mark = mark;
    this.head = h("tr");
    this.body = h("tbody");
    this.more = h("p", { class: "lead" });
    const table = h("table", {}, h("thead", {}, this.head), this.body);
    const scrolls = h("div", { class: "scrolls", tabindex: 0, role: "group", "aria-label": "Differences" }, table);
    this.node = h("details", { class: "figures" }, h("summary", {}, "Differences as a table"), scrolls, this.more);
  }

  /** @param {import("./types.js").Figures} figures */
  draw({ heads, rows, more }) {
    this.node.hidden = !rows.length;
    this.head.replaceChildren(...heads.map((name) => h("th", { scope: "col", dir: "auto" }, name)));
    this.body.replaceChildren(...rows.map((row) => this.row(row, heads)));
    this.more.hidden = !more;
    this.more.textContent = `${numeral(more)} more in panel.differences.`;
  }

  /**
   * @param {import("./types.js").Figures["rows"][number]} row
   * @param {string[]} heads
   */
  row({ cells: [name, a, b, ...others], few }, heads) {
    const lead = (/** @type {string} */ text, /** @type {"a" | "b" | undefined} */ only, /** @type {string} */ of) =>
      press(text, () => this.mark({ chart: "differences", name, only }), {
        title: `Read the items: ${of}`,
        "data-key": `figure/${only ?? ""}/${name}`,
      });
    return h(
      "tr",
      { class: few ? "few" : null },
      h("th", { scope: "row", dir: "auto" }, lead(name, undefined, name)),
      h("td", {}, lead(a, "a", `${heads[1]} · ${name}`)),
      h("td", {}, lead(b, "b", `${heads[2]} · ${name}`)),
      ...others.map((text) => h("td", {}, text)),
    );
  }
}
