// The tabs and their contents: the chart over time, which always exists, or a chart drawn by Vega.

import { h, press, showChosen } from "./elements.js";
import { LATE } from "./talk.js";
import { Timeline } from "./timeline.js";
import { describe, Vega } from "./vega.js";

/**
 * @typedef {object} Told a chart as sent by the kernel
 * @property {string} tab
 * @property {import("../chart.js").Chart & {heading: string, said: string, label: string}} chart
 * @property {[name: string, part: string, values: string[]][]} picks
 * @property {Record<string, {options: [string, string][], chosen: string}>} choices of ratings, by what is chosen
 */

export class Stage {
  /** @param {import("./types.js").Page} page */
  constructor(page) {
    this.page = page;
    this.tab = page.setup.tabs[0];
    this.timeline = new Timeline(page);
    this.vega = new Vega(page.send);
    /** @type {Promise<import("./vega.js").Charts> | null} */ this.charts = null;
    /** @type {Told | null} */ this.told = null;
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Views" });
    for (const name of page.setup.tabs) {
      const has = {
        role: "tab",
        "aria-selected": "false",
        "aria-controls": "stage",
        tabindex: -1,
        "data-key": `tab/${name}`,
      };
      this.tabs.append(press(name, () => this.choose(name), has));
    }
    this.tabs.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.pressed(event));
    const ask = (/** @type {string} */ key) => (/** @type {string} */ value) =>
      page.act("tab", { tab: this.tab, [key]: value });
    this.rated = {
      measure: this.select("Ratings", [], ask("measure")),
      rated_by: this.select("By", [], ask("rated_by")),
    };
    this.every = this.select("Every", page.setup.every, ask("every"));
    this.heading = h("h3", { class: "title" });
    this.said = h("p", { class: "lead" });
    this.picks = h("details", { class: "picks", hidden: true });
    this.canvas = h("div", { class: "canvas" });
    const choices = h("div", { class: "choices" }, this.rated.measure.node, this.rated.rated_by.node, this.every.node);
    this.other = h("div", { class: "other", hidden: true }, choices, this.heading, this.said, this.canvas, this.picks);
    this.body = h(
      "div",
      { class: "stage", role: "tabpanel", id: "stage", tabindex: 0 },
      this.timeline.node,
      this.other,
    );
  }

  /**
   * @param {string} label
   * @param {[string, string][]} options
   * @param {(value: string) => void} choose
   */
  select(label, options, choose) {
    const list = h("select", { onchange: () => choose(list.value), "data-key": `select/${label}` });
    const node = h("label", { class: "select" }, `${label} `, list);
    const fill = (/** @type {[string, string][]} */ all) => {
      list.replaceChildren(...all.map(([value, text]) => h("option", { value }, text)));
    };
    fill(options);
    return { node, list, fill };
  }

  /** @param {string} name */
  choose(name) {
    this.tab = name;
    this.show();
    this.page.act("tab", { tab: name });
  }

  /** Show the open tab, as far as its content is known. */
  show() {
    const { tab } = this;
    for (const one of /** @type {HTMLElement[]} */ ([...this.tabs.children])) {
      const is = one.textContent === tab;
      one.setAttribute("aria-selected", String(is));
      one.tabIndex = is ? 0 : -1;
    }
    const isTime = tab === this.page.setup.tabs[0];
    if (this.body.getAttribute("aria-label") !== tab) this.body.scrollTop = 0; // each tab is read from its top
    this.body.setAttribute("aria-label", tab);
    const isBack = isTime && this.timeline.node.hidden;
    this.timeline.node.hidden = !isTime;
    this.other.hidden = isTime;
    const isRated = tab === "Ratings";
    this.every.node.hidden = !(tab === "Themes" || (isRated && this.rated.rated_by.list.value === "time"));
    this.rated.measure.node.hidden = !(isRated && this.rated.measure.list.options.length > 1);
    this.rated.rated_by.node.hidden = !(isRated && this.rated.rated_by.list.options.length > 1);
    if (isBack) this.timeline.sized(); // asks for the layout, so not with each view
  }

  draw() {
    const { page } = this;
    if (page.view?.isLatest) this.tab = page.view.tab; // otherwise, another tab was opened in the meantime
    this.show();
    showChosen(this.every.list, page.time.asked);
    this.timeline.draw();
  }

  /**
   * Dim the chart and its sentence if the next ones are not drawn soon after they were requested.
   * @param {number} since
   */
  expect(since) {
    clearTimeout(this.late);
    this.late = setTimeout(() => this.other.setAttribute("aria-busy", "true"), Math.max(0, since + LATE - Date.now()));
  }

  settle() {
    clearTimeout(this.late);
    this.other.removeAttribute("aria-busy");
  }

  /** @param {Told} told */
  async hear(told) {
    if (told.tab !== this.tab) return; // another tab was opened in the meantime
    this.told = told;
    for (const [name, { options, chosen }] of Object.entries(told.choices)) {
      const select = this.rated[/** @type {keyof Stage["rated"]} */ (name)];
      select.fill(options);
      showChosen(select.list, chosen);
    }
    this.show();
    this.heading.textContent = told.chart.heading;
    this.said.textContent = told.chart.said;
    this.drawPicks(told.picks);
    this.other.classList.toggle("captioned", typeof told.chart.spec.height === "number"); // others may be very tall
    this.charts ??= this.vega.chartsIn(this.canvas, (name) => this.page.act("pick", { name }));
    const charts = await this.charts;
    if (this.told !== told) return;
    try {
      await charts.show(told.chart);
      if (this.told !== told) return;
      describe(this.canvas, told.chart.label);
      this.canvas.dataset.drawn = `${told.tab} ${this.page.view?.number}`;
    } catch (error) {
      this.page.send({ do: "failed", text: String(error) });
    }
    this.settle();
  }

  /** @param {Told["picks"]} picks */
  drawPicks(picks) {
    this.picks.hidden = !picks.length;
    const choose = (/** @type {string} */ name) => () => this.page.act("pick", { name });
    this.picks.replaceChildren(
      h("summary", {}, "Filter by a value of this chart"),
      h("div", { class: "ways" }, ...picks.map(([name]) => press(name, choose(name), { "data-key": `pick/${name}` }))),
    );
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const names = this.page.setup.tabs;
    const at = names.indexOf(this.tab);
    /** @type {Record<string, number>} */
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 };
    const next = names[to[event.key] ?? -1];
    if (next === undefined) return;
    this.choose(next);
    /** @type {HTMLElement} */ (this.tabs.children[names.indexOf(next)]).focus();
    event.preventDefault();
    event.stopPropagation();
  }

  end() {
    clearTimeout(this.late);
    this.timeline.end();
    this.charts?.then((charts) => charts.end());
  }
}
