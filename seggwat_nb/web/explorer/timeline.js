// The chart over time: stacked bars for each period, a line for each release, and the brush to select dates.

import { Brush } from "./brush.js";
import { cutInside, h, press, put, s, showChosen } from "./elements.js";
import { within, zoomOf } from "./host.js";
import { Legend } from "./legend.js";
import { ofMark, ofRelease } from "./mark.js";
import { acrossOf, periodAt, placeNames, roofOf, ticksOf } from "./scale.js";
import { dayName, daysName, lengthName, numeral } from "./words.js";

const MARGIN = { left: 40, right: 10, top: 20, bottom: 20 };
const FIRSTS = 3; // releases that are named of those first seen in a period
const TICK_ROOM = 64;
const ZOOM_ROOM = 2; // periods shown on both sides of the selected dates when zoomed in

export class Timeline {
  /** @param {import("./types.js").Page} page */
  constructor(page) {
    this.page = page;
    this.zoomed = false;
    this.cursor = -1;
    this.room = { width: 0, height: 0, ...MARGIN };
    this.roof = 1;
    this.dressed = "";
    /** @type {Map<string, unknown[]>} */ this.drawn = new Map();
    this.across = acrossOf(this.room, 0, 1);
    this.first = 0;
    this.last = 1;
    const choose = (/** @type {string} */ name, /** @type {[string, string][]} */ options) => {
      const made = options.map(([value, text]) => h("option", { value }, text.toLowerCase()));
      const ask = () => page.act("tab", { tab: page.setup.tabs[0], [name]: list.value });
      const list = h("select", { "aria-label": name === "by" ? "By" : "Every", onchange: ask }, ...made);
      return list;
    };
    this.every = choose("every", page.setup.every);
    this.by = choose("by", [...page.setup.keys, ["", "nothing"]]);
    this.hint = h("span");
    this.zoomer = press("", () => this.zoom(), { class: "plain zoom" });
    this.says = h("div", { class: "says" }, this.hint, this.zoomer);
    const by = page.setup.keys.length ? [" by ", this.by] : [];
    this.title = h("figcaption", {}, h("b", {}, "Items per ", this.every, ...by), this.says);
    this.legend = new Legend(page);
    this.tip = h("div", { class: "tip", hidden: true });
    this.layers = Object.fromEntries(
      ["grid", "bars", "ticks", "releases", "brush"].map((name) => [name, s("g", { class: name })]),
    );
    // The slider says the same of one period at a time.
    for (const name of ["grid", "ticks", "releases"]) this.layers[name].setAttribute("aria-hidden", "true");
    const hatch = s("line", { x1: 0, x2: 0, y1: 0, y2: 5, class: "hatch" });
    const pattern = { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse" };
    this.cross = s("rect", { class: "cross" });
    this.svg = s(
      "svg",
      { class: "chart", role: "group" },
      s("defs", {}, s("pattern", { ...pattern, patternTransform: "rotate(45)" }, hatch)),
      ...Object.values(this.layers),
    );
    this.plot = s("g", { class: "keys", tabindex: 0, role: "slider" }, this.cross);
    this.brush = new Brush(this);
    this.layers.brush.prepend(this.plot);
    this.node = h(
      "figure",
      { class: "time" },
      h("div", { class: "over" }, this.title, this.legend.node),
      this.svg,
      this.tip,
    );
    this.listen();
    this.watch = new ResizeObserver(() => this.sized());
    this.watch.observe(this.svg);
  }

  sized() {
    const { svg } = this;
    const box = svg.getBoundingClientRect();
    const [width, height] = [box.width / zoomOf(svg), box.height / zoomOf(svg)];
    if (!width || (width === this.room.width && height === this.room.height)) return;
    Object.assign(this.room, { width, height });
    this.draw();
  }

  /** The days of the whole chart, and the edges of its periods. */
  get span() {
    const { starts, days } = this.page.time;
    const end = starts.length ? starts[starts.length - 1] + days[days.length - 1] : 1;
    return { from: starts[0] ?? 0, until: end, edges: [...starts, end] };
  }

  /** The selected dates. Either end may be open. */
  get chosen() {
    const [since, until] = this.page.view?.dates ?? [null, null];
    return since === null && until === null ? null : /** @type {[number | null, number | null]} */ ([since, until]);
  }

  /** @param {number} at */
  counts(at) {
    const { labels, starts } = this.page.time;
    const all = this.page.view?.counts.time;
    return labels.map((_, band) => all?.[band * starts.length + at] ?? 0);
  }

  draw() {
    const { page, room } = this;
    if (!page.view || !room.width || this.node.hidden) return;
    const { from, until, edges } = this.span;
    const { chosen } = this;
    if (!chosen) this.zoomed = false;
    this.first = from;
    this.last = until;
    if (this.zoomed && chosen) {
      const low = edges.findLastIndex((edge) => edge <= (chosen[0] ?? from));
      const high = edges.findIndex((edge) => edge >= (chosen[1] ?? until));
      this.first = edges[Math.max(0, low - ZOOM_ROOM)];
      this.last = edges[Math.min(edges.length - 1, (high < 0 ? edges.length - 1 : high) + ZOOM_ROOM)];
    }
    this.across = acrossOf(room, this.first, this.last);
    this.drawBars();
    const { time } = page;
    this.once("ticks", [time, room.width, room.height, this.first, this.last], () => {
      this.drawTicks();
      this.drawReleases();
    });
    this.drawCursor();
    this.brush.draw();
    this.drawWords();
    this.svg.dataset.drawn = String(page.view.number);
  }

  /**
   * Draw what the counts do not change: again only when something else does.
   * @param {string} what
   * @param {unknown[]} by what it depends on
   * @param {() => void} draw
   */
  once(what, by, draw) {
    const before = this.drawn.get(what);
    if (before?.every((one, at) => one === by[at])) return;
    this.drawn.set(what, by);
    draw();
  }

  drawBars() {
    const { page } = this;
    const { labels, starts, days, whole, colours, stacked } = page.time;
    const shown = starts.map((start, at) => start + days[at] > this.first && start < this.last);
    const totals = starts.map((_, at) => {
      const counts = this.counts(at);
      return stacked ? counts.reduce((sum, one) => sum + one, 0) : Math.max(0, ...counts);
    });
    const { step, roof } = roofOf(Math.max(0, ...totals.filter((_, at) => shown[at])));
    this.roof = roof;
    const { left, right, width, height } = this.room;
    this.once("grid", [width, height, roof], () => {
      const grid = [];
      for (let n = 0; n <= roof; n += step) {
        const y = this.y(n);
        grid.push(s("line", { x1: left, x2: width - right, y1: y + 0.5, y2: y + 0.5 }));
        grid.push(s("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, numeral(n)));
      }
      this.layers.grid.replaceChildren(...grid);
    });
    const gap = (width - left - right) / Math.max(1, starts.length) > 4 ? 0.5 : 0;
    const sides = starts.map((start, at) => {
      const a = this.x(start) + gap;
      const b = Math.max(a + 1, this.x(start + days[at]) - gap); // to be seen in thousands of years, too
      return [a.toFixed(1), b.toFixed(1)];
    });
    const base = starts.map(() => ({ n: 0, y: this.y(0).toFixed(1) }));
    let hatched = "";
    const paths = labels.flatMap((_, band) => {
      let [full, part, line] = ["", "", ""];
      starts.forEach((start, at) => {
        const n = page.view?.counts.time[band * starts.length + at] ?? 0;
        if (!shown[at] || (!n && stacked)) return;
        if (!stacked) {
          if (whole[at])
            line += `${line ? "L" : "M"}${this.x(start + days[at] / 2).toFixed(1)} ${this.y(n).toFixed(1)}`;
          return;
        }
        const [a, b] = sides[at];
        const below = base[at];
        const y = this.y(below.n + n).toFixed(1);
        const bar = `M${a} ${below.y}V${y}H${b}V${below.y}Z`;
        base[at] = { n: below.n + n, y };
        if (whole[at]) full += bar;
        else part += bar;
      });
      const fill = colours[band];
      hatched += part;
      /** @type {Record<string, string>[]} */ const drawn = stacked
        ? [
            { d: full, fill },
            { d: part, fill, class: "part" },
          ]
        : [{ d: line, stroke: fill, class: "line" }];
      return drawn;
    });
    if (hatched) paths.push({ d: hatched, fill: "url(#hatch)", class: "hatched" });
    this.once("bars", [page.time, paths.length], () => {
      this.layers.bars.replaceChildren(...paths.map((has) => s("path", has)));
    });
    paths.forEach(({ d }, at) => {
      put(this.layers.bars.children[at], { d });
    });
  }

  drawTicks() {
    const { left, right, width, height, bottom } = this.room;
    const isEmpty = !this.page.time.starts.length;
    const ticks = isEmpty ? [] : ticksOf(this.first, this.last, (width - left - right) / TICK_ROOM);
    this.layers.ticks.replaceChildren(
      ...ticks.flatMap(({ day, name }) => {
        const x = this.x(day);
        const anchor = x > width - 40 ? "end" : "middle";
        return [
          s("line", { x1: x, x2: x, y1: height - bottom, y2: height - bottom + 4 }),
          s("text", { x, y: height - 4, "text-anchor": anchor }, name),
        ];
      }),
    );
  }

  /** A release for whose name there is no room is a tick above the bars, as many lines would hide them. */
  drawReleases() {
    const { left, right, top, width, height, bottom } = this.room;
    const shown = this.page.time.releases
      .map(({ day, label }, place) => ({ at: Math.round(this.x(day)) + 0.5, label, place }))
      .filter(({ at }) => at >= left && at <= width - right);
    const names = placeNames(shown, width);
    this.layers.releases.replaceChildren(
      ...shown.flatMap(({ at, label, place }, n) => {
        const name = names[n];
        const line = s("line", { x1: at, x2: at, y1: 14, y2: name ? height - bottom : top });
        if (!name) return [line];
        return [line, s("text", { x: name.x, y: 11, "text-anchor": name.anchor, "data-release": place }, label)];
      }),
    );
  }

  drawWords() {
    const { page } = this;
    const { time } = page;
    const by = page.setup.keys.find(([key]) => key === time.by)?.[1].toLowerCase();
    const length = lengthName(time.every);
    const heading = `Items per ${length}${by ? ` by ${by}` : ""}`;
    const dressed = JSON.stringify([
      heading,
      time.asked,
      this.chosen,
      this.zoomed,
      page.view?.facets[time.by],
      time.labels,
    ]);
    put(this.svg, { "aria-label": heading });
    put(this.plot, { "aria-label": `${heading}: arrow keys move along the ${length}s, Enter opens a menu` });
    this.say(this.cursor);
    if (dressed === this.dressed) return;
    this.dressed = dressed;
    const isPartial = time.whole.some((one) => !one);
    const isLonger = time.every !== time.asked;
    const longer = isLonger ? `Shown by ${length}: too many ${lengthName(time.asked)}s. ` : "";
    const hint = `${isPartial ? `Hatched ${length}s are incomplete. ` : ""}Drag to select dates.`;
    this.hint.textContent = time.starts.length ? longer + (longer && this.chosen ? "" : hint) : "";
    this.says.classList.toggle("laid", Boolean(this.chosen && !longer)); // keeps its place, so that the chart does not jump
    this.zoomer.hidden = !this.chosen;
    this.zoomer.textContent = this.zoomed ? "All time" : "Zoom in";
    showChosen(this.every, time.asked);
    showChosen(this.by, time.by);
    this.legend.draw();
  }

  zoom() {
    this.zoomed = !this.zoomed;
    this.draw();
  }

  /** @param {number} day */
  x(day) {
    return this.across.x(day);
  }

  /** @param {number} n */
  y(n) {
    const { top, bottom, height } = this.room;
    return top + (height - top - bottom) * (1 - n / this.roof);
  }

  /**
   * Return the period and the band at a position of the chart.
   * @param {{clientX: number, clientY: number}} event
   */
  markAt(event) {
    const { x, y } = within(event, this.svg);
    const { starts, days, stacked } = this.page.time;
    const at = periodAt(this.across.day(x), starts, days);
    if (at < 0 || !this.page.view) return null;
    let sum = 0;
    const band = stacked
      ? this.counts(at).findIndex((n) => {
          sum += n;
          return n > 0 && this.y(sum) <= y;
        })
      : -1;
    return { at, band };
  }

  listen() {
    this.svg.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
      if (!this.brush.grabbed) this.hover(event);
    });
    this.svg.addEventListener("pointerleave", () => {
      this.tip.hidden = true;
    });
    this.plot.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.pressed(event));
    this.plot.addEventListener("blur", () => {
      this.tip.hidden = true;
    });
  }

  /**
   * Return the release whose name is at a position of the chart.
   * @param {Element} target
   */
  releaseAt(target) {
    const place = target.closest("[data-release]")?.getAttribute("data-release");
    return place ? this.page.time.releases[Number(place)] : undefined;
  }

  /** @param {PointerEvent} event */
  hover(event) {
    const release = this.releaseAt(/** @type {Element} */ (event.target));
    if (release) {
      this.tip.replaceChildren(h("b", {}, release.label), h("div", {}, `First seen ${dayName(release.day)}`));
      this.placeTip(this.x(release.day));
      return;
    }
    const found = this.markAt(event);
    this.svg.classList.toggle("pick", Boolean(found));
    if (!found) {
      this.tip.hidden = true;
      return;
    }
    this.showTip(found.at, found.band);
  }

  /**
   * @param {number} at
   * @param {number} band
   */
  showTip(at, band) {
    const { labels, colours, starts, days, whole } = this.page.time;
    const counts = this.counts(at);
    const rows = labels.map((label, place) => ({ label, place, n: counts[place] })).filter((one) => one.n);
    const total = counts.reduce((sum, one) => sum + one, 0);
    this.tip.replaceChildren(
      h("b", {}, `${daysName(starts[at], starts[at] + days[at])}${whole[at] ? "" : " (incomplete)"}`),
      ...rows
        .reverse()
        .map(({ label, place, n }) =>
          h(
            "div",
            { class: place === band ? "here" : "" },
            h("i", { style: { background: colours[place] } }),
            h("bdi", {}, ...cutInside(label)),
            h("span", {}, numeral(n)),
          ),
        ),
      ...(rows.length > 1 && this.page.time.stacked
        ? [h("div", { class: "all" }, "All", h("span", {}, numeral(total)))]
        : []),
      ...(rows.length ? [] : [h("div", {}, "No items")]),
      ...this.firstsIn(at),
    );
    this.placeTip(this.x(starts[at] + days[at] / 2));
  }

  /**
   * Name the releases first seen in a period.
   * @param {number} at
   */
  firstsIn(at) {
    const { starts, days, releases } = this.page.time;
    const seen = releases.filter(({ day }) => day >= starts[at] && day < starts[at] + days[at]);
    const names = seen.slice(0, FIRSTS).flatMap(({ label }) => [", ", h("bdi", {}, label)]);
    const more = seen.length > FIRSTS ? `, ${seen.length - FIRSTS} more` : "";
    return seen.length ? [h("div", { class: "firsts" }, "First of ", ...names.slice(1), more)] : [];
  }

  /** @param {number} x */
  placeTip(x) {
    this.tip.hidden = false;
    this.tip.style.left = `${x > this.room.width / 2 ? x - this.tip.offsetWidth - 14 : x + 14}px`;
  }

  /**
   * Describe a period for screen readers.
   * @param {number} at
   */
  say(at) {
    const { starts, days, labels, releases } = this.page.time;
    const place = at < 0 ? starts.length - 1 : Math.min(at, starts.length - 1);
    const set = (/** @type {string} */ name, /** @type {string} */ value) =>
      put(this.plot, { [`aria-${name}`]: value });
    set("valuemin", "0");
    set("valuemax", String(Math.max(0, starts.length - 1)));
    set("valuenow", String(Math.max(0, place)));
    const counts = place < 0 ? [] : this.counts(place);
    const told = labels
      .filter((_, band) => counts[band])
      .map((label) => `${label} ${numeral(counts[labels.indexOf(label)])}`);
    const when = place < 0 ? "" : daysName(starts[place], starts[place] + days[place]);
    const isHere = (/** @type {number} */ day) => day >= starts[place] && day < starts[place] + days[place];
    const seen = releases.filter(({ day }) => isHere(day)).map(({ label }) => `, first of ${label}`);
    set("valuetext", place < 0 ? "No items" : `${when}: ${told.join(", ") || "no items"}${seen.join("")}`);
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.target !== this.plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const { starts } = this.page.time;
    const end = starts.length - 1;
    const now = this.cursor < 0 ? end : Math.min(this.cursor, end);
    /** @type {Record<string, number>} */
    const moves = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: end };
    if (event.key in moves) {
      this.cursor = Math.max(0, Math.min(end, moves[event.key]));
      this.say(this.cursor);
      this.drawCursor();
      this.showTip(this.cursor, -1);
    } else if (event.key === "Enter" || event.key === " ") {
      this.openMenu(now, -1, { x: this.x(starts[now]), y: this.room.height / 3 });
    } else if (event.key === "Escape" && !this.tip.hidden) {
      this.tip.hidden = true;
      event.stopPropagation();
    } else return;
    event.preventDefault();
  }

  /** Frame the period that the arrow keys have moved to: the last one at first. */
  drawCursor() {
    const { starts, days } = this.page.time;
    const at = this.cursor < 0 ? starts.length - 1 : Math.min(this.cursor, starts.length - 1);
    if (at < 0) return;
    const { left, right, top, bottom, width, height } = this.room;
    const within = (/** @type {number} */ day) => Math.max(left, Math.min(width - right, this.x(day)));
    const [a, b] = [within(starts[at]), within(starts[at] + days[at])];
    const box = { x: a, y: top, width: Math.max(2, b - a), height: Math.max(0, height - top - bottom) };
    put(this.cross, box);
  }

  /**
   * @param {number} at
   * @param {number} band
   * @param {{x: number, y: number}} place in the chart
   */
  openMenu(at, band, place) {
    if (at < 0) return;
    this.cursor = at; // from where the arrow keys move once the menu is closed
    this.say(at);
    this.drawCursor();
    const n = this.counts(at).reduce((sum, one) => sum + one, 0);
    this.offer(ofMark(this.page, { at, band, n }), place);
  }

  /**
   * @param {{lead: string, acts: import("./mark.js").Acts}} menu
   * @param {{x: number, y: number}} place in the chart
   */
  offer(menu, { x, y }) {
    this.tip.hidden = true;
    const { left, top } = this.svg.getBoundingClientRect();
    const zoom = zoomOf(this.svg);
    this.page.offer({ ...menu, at: { x: left + x * zoom, y: top + y * zoom }, back: this.plot });
  }

  /**
   * Open the menu of a release, if there is anything to choose.
   * @param {import("./types.js").Release} release
   */
  openRelease(release) {
    const menu = ofRelease(this.page, release);
    if (menu.acts.length) this.offer(menu, { x: this.x(release.day), y: this.room.top });
  }

  end() {
    this.watch.disconnect();
  }
}
