// The selected dates: drag across the chart to select, move or resize them. They snap to whole periods.

import { put, s } from "./elements.js";
import { within } from "./host.js";
import { snapped } from "./scale.js";
import { dayName } from "./words.js";

const DRAGGED = 4; // pixels from which on a press counts as a drag

export class Brush {
  /** @param {import("./timeline.js").Timeline} chart */
  constructor(chart) {
    this.chart = chart;
    /**
     * @type {{how: string, at: number, day: number, from: [number, number], moved: boolean,
     *   release: import("./types.js").Release | undefined} | null}
     */
    this.grabbed = null;
    /** @type {[number, number] | null} */
    this.passing = null;
    /** @type {{span: [number, number], view: number} | null} where keys have led that is not answered yet, since which view */
    this.keyed = null;
    this.drag = 0; // a whole drag is one step to undo
    this.lane = s("rect", { class: "lane" });
    this.frame = s("rect", { class: "frame" });
    this.shades = [0, 1].map(() => s("rect", { class: "shade" }));
    this.handles = ["From", "To"].map((name, side) =>
      s(
        "g",
        {
          class: "handle",
          tabindex: 0,
          role: "slider",
          "aria-label": name,
          "data-side": side,
          "data-key": `brush/${side}`,
        },
        s("rect"),
        s("path"),
      ),
    );
    chart.layers.brush.append(this.lane, ...this.shades, this.frame, ...this.handles);
    this.listen(chart.svg);
  }

  /** What is selected, or is about to be. Either end may be open. */
  get marked() {
    return this.passing ?? this.keyed?.span ?? this.chart.chosen;
  }

  /** Both ends of the selected dates, as days. */
  get ends() {
    const { from, until } = this.chart.span;
    const [since, before] = this.marked ?? [null, null];
    return /** @type {[number, number]} */ ([since ?? from, before ?? until]);
  }

  draw() {
    const { chart } = this;
    const { view } = chart.page;
    if (view?.isLatest && view.number !== this.keyed?.view) this.keyed = null;
    const { left, right, top, bottom, width, height } = chart.room;
    const [y, tall] = [top - 6, Math.max(0, height - bottom - top + 6)];
    const place = (/** @type {Element} */ node, /** @type {number} */ x, /** @type {number} */ wide) => {
      const box = { x, y, width: Math.max(0, wide), height: tall };
      put(node, box);
    };
    const [since, until] = this.ends;
    const within = (/** @type {number} */ day) => chart.x(Math.min(chart.last, Math.max(chart.first, day)));
    const [a, b] = [within(since), within(until)];
    place(this.lane, left, width - left - right);
    place(this.shades[0], left, a - left);
    place(this.shades[1], b, width - right - b);
    place(this.frame, a, b - a);
    const isSet = Boolean(this.marked);
    this.frame.style.display = isSet ? "" : "none";
    const { from, until: end } = chart.span;
    this.handles.forEach((node, side) => {
      const [bar, grip] = node.children;
      put(node, { transform: `translate(${side ? b : a} 0)` });
      put(bar, { y, height: tall });
      const middle = y + tall / 2;
      put(grip, { d: `M0 ${y}V${y + tall}M-2 ${middle - 9}v18M2 ${middle - 9}v18` });
      node.classList.toggle("idle", !isSet);
      const told = { min: from, max: end, now: side ? until : since, text: dayName(side ? until - 1 : since) };
      for (const [name, value] of Object.entries(told)) put(node, { [`aria-value${name}`]: value });
    });
  }

  /** @param {SVGElement} svg */
  listen(svg) {
    svg.addEventListener("pointerdown", (event) => this.down(event, svg));
    svg.addEventListener("pointermove", (event) => this.move(event));
    svg.addEventListener("pointerup", (event) => this.up(event));
    svg.addEventListener("pointercancel", () => {
      this.drop();
      this.draw();
    });
    svg.addEventListener("dblclick", () => this.chart.page.act("dates", { span: null }));
    this.handles.forEach((node, side) => {
      node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.pressed(event, side));
      node.addEventListener("focus", () => {
        this.drag += 1;
      });
    });
  }

  /** @param {PointerEvent} event */
  pointed(event) {
    return within(event, this.chart.svg).x;
  }

  /**
   * @param {PointerEvent} event
   * @param {SVGElement} svg
   */
  down(event, svg) {
    if (event.button !== 0) return;
    const target = /** @type {Element} */ (event.target);
    const side = target.closest(".handle")?.getAttribute("data-side");
    const at = this.pointed(event);
    const how = side ?? (target === this.frame && this.chart.chosen ? "move" : "new");
    this.drag += 1;
    const release = this.chart.releaseAt(target);
    this.grabbed = { how, at, day: this.chart.across.day(at), from: this.ends, moved: false, release };
    svg.setPointerCapture(event.pointerId);
    this.chart.tip.hidden = true;
    event.preventDefault();
    const focus = target.closest(".handle") ?? this.chart.plot;
    /** @type {HTMLElement} */ (focus).focus({ preventScroll: true });
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { grabbed, chart } = this;
    if (!grabbed) return;
    const at = this.pointed(event);
    if (Math.abs(at - grabbed.at) > DRAGGED) grabbed.moved = true;
    if (!grabbed.moved) return;
    const { edges, from, until } = chart.span;
    const day = Math.min(chart.last, Math.max(chart.first, chart.across.day(at)));
    let [a, b] = grabbed.from;
    if (grabbed.how === "move") {
      const by = Math.max(from - a, Math.min(until - b, day - grabbed.day));
      const start = snapped(a + by, edges);
      [a, b] = [start, Math.min(until, Math.max(snapped(start + b - a, edges), this.next(start, 1)))];
    } else {
      const still = grabbed.how === "0" ? b : grabbed.how === "1" ? a : snapped(grabbed.day, edges);
      const to = snapped(day, edges);
      [a, b] = still < to ? [still, to] : [to, still];
      if (a === b) b = this.next(a, 1);
      if (a === b) a = this.next(b, -1);
    }
    if (this.passing?.[0] === a && this.passing[1] === b) return;
    this.passing = [a, b];
    this.draw();
    chart.page.wish("dates", { span: [a, b], drag: this.drag });
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { grabbed, passing, chart } = this;
    if (!grabbed) return;
    this.drop();
    if (grabbed.moved && passing) chart.page.wish("dates", { span: passing, drag: this.drag });
    else if (!grabbed.moved && grabbed.release) chart.openRelease(grabbed.release);
    else if (!grabbed.moved && grabbed.how !== "0" && grabbed.how !== "1") {
      const found = chart.markAt(event);
      if (found) chart.openMenu(found.at, found.band, within(event, chart.svg));
    }
  }

  drop() {
    this.grabbed = null;
    const kept = this.passing;
    this.passing = null;
    if (!kept) this.draw();
  }

  /**
   * Return the edge after a given one.
   * @param {number} edge
   * @param {number} by
   */
  next(edge, by) {
    const { edges } = this.chart.span;
    const at = edges.indexOf(snapped(edge, edges));
    return edges[Math.max(0, Math.min(edges.length - 1, at + by))];
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} side
   */
  pressed(event, side) {
    const { page } = this.chart;
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -4, PageUp: 4 };
    if (event.key === "Escape" || event.key === "Delete") {
      if (!this.marked) return;
      this.keyed = null;
      page.act("dates", { span: null });
    } else if (event.key in steps) {
      const by = steps[event.key];
      let [a, b] = this.ends;
      if (event.shiftKey) {
        const moved = [this.next(a, by), this.next(b, by)];
        if (moved[0] === a || moved[1] === b) return;
        [a, b] = moved;
      } else if (side) b = this.next(b, by);
      else a = this.next(a, by);
      if (a >= b) return;
      this.keyed = { span: [a, b], view: page.view?.number ?? 0 };
      page.wish("dates", { span: [a, b], drag: this.drag });
      this.draw();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
