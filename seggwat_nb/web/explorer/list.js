// The list of selected items. Only those in sight are on the page, and more are requested while scrolling.

import { dress, h, icon, marked, press, put, tell } from "./elements.js";
import { dayOf, several } from "./words.js";

const [ONE, TWO] = [30, 48]; // height in pixels of an item with one line, and with two
const NARROW = 700;
const AROUND = 6; // items above and below those in sight
const BEYOND = 30; // items that are loaded beyond those while scrolling, so that no gap is seen
const PORTION = 120;
const DRAG = 5; // pixels from which on a press counts as a drag
const TALLEST = 8_000_000; // maximum height that browsers can scroll; longer lists are scrolled proportionally

/** @type {[string, string, string][]} */
const COLUMNS = [
  ["status", "Status", "m-status"],
  ["version", "Version", "m-version"],
  ["path", "Page", "m-path"],
];

/**
 * @typedef {object} Row the elements of an item
 * @property {HTMLElement} node
 * @property {HTMLElement} dot
 * @property {HTMLElement} type
 * @property {HTMLElement} message
 * @property {HTMLElement[]} cells
 * @property {string} colour
 * @property {((line: import("./types.js").Line) => string)[]} told what each cell says
 */

export class ItemList {
  /**
   * @param {import("./types.js").Page} page
   * @param {(place: number) => void} open
   */
  constructor(page, open) {
    this.page = page;
    this.open = open;
    this.at = -1; // position of the open item
    /** @type {Map<number, import("./types.js").Line>} */ this.lines = new Map();
    /** @type {Map<number, Row>} */ this.rows = new Map(); // what is on the page, by place
    this.asked = "";
    this.tall = ONE;
    this.order = h("div", { class: "order", role: "group", "aria-label": "Sort" });
    this.sheet = h("div", { class: "sheet", role: "presentation" });
    this.list = h(
      "div",
      { class: "list", role: "listbox", tabindex: 0, "aria-label": "Items", "data-key": "list" },
      this.sheet,
    );
    this.node = h("div", { class: "left" }, this.order, this.list);
    this.isScrolled = false;
    const scrolled = () => {
      this.isScrolled = true;
      requestAnimationFrame(() => this.draw());
    };
    this.list.addEventListener("scroll", scrolled, { passive: true });
    let pressed = 0;
    this.list.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      pressed = event.clientX;
    });
    this.list.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const row = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest(".item"));
      const isDrag = event.detail > 0 && Math.abs(event.clientX - pressed) > DRAG; // dragging selects text
      if (row && !isDrag) this.open(Number(row.dataset.place));
    });
    this.size = { wide: 0, high: 0 };
    this.watch = new ResizeObserver(() => this.resized());
    this.watch.observe(this.list);
  }

  /** Draw what fits, with the items that were in sight. While an item replaces the list, it keeps its width. */
  resized() {
    const { clientWidth: wide, clientHeight: high } = this.list;
    const [first, tall] = [this.scrolled / this.tall, this.tall];
    this.size = { wide: high ? wide : this.size.wide, high };
    if (!high) return;
    this.draw();
    if (this.tall === tall) return;
    if (first) this.scrollTo(first * this.tall);
    if (this.at >= 0) this.follow();
  }

  /** Start over with the items of a view. */
  renew() {
    const { view } = this.page;
    if (!view) return;
    this.lines = new Map(view.items.map((line) => [line.place, line]));
    this.asked = "";
    this.drawOrder(view);
    if (this.isScrolled) this.list.scrollTop = 0;
    this.isScrolled = false;
    this.draw(true);
  }

  /** @param {import("./types.js").Line[]} lines */
  add(lines) {
    for (const line of lines) this.lines.set(line.place, line);
    this.draw();
  }

  /** @param {import("./types.js").View} view */
  drawOrder(view) {
    const { setup } = this.page;
    const [by, down] = view.sort;
    const key = (/** @type {string} */ name, /** @type {string} */ text, /** @type {string} */ looks) => {
      const title = `Sort by ${text.toLowerCase()}`;
      const order = name === "created_at" ? "" : `, ${down ? "descending" : "ascending"}`;
      return press([text, by === name && icon(down ? "down" : "up")], () => this.page.act("sort", { by: name }), {
        class: looks,
        "data-key": `sort/${name}`,
        "aria-label": by === name ? `${title}${order}` : title,
        "aria-pressed": String(by === name),
        title,
      });
    };
    const columns = COLUMNS.filter(([name]) => setup.columns.includes(name));
    const label = this.order.querySelector("[data-key]") === null || this.sorted !== `${by}${down}`;
    this.sorted = `${by}${down}`;
    if (!label) return;
    this.order.replaceChildren(
      h("span", { class: "grow" }, "Message"),
      ...columns.map(([name, text, looks]) => key(name, text, looks)),
      key("created_at", by === "created_at" && down ? "Newest" : by === "created_at" ? "Oldest" : "Date", "m-time"),
    );
  }

  /** The scroll position in items. For very long lists, it is proportional. */
  get scrolled() {
    const { list } = this;
    const whole = (this.page.view?.listed ?? 0) * this.tall;
    const given = Math.min(whole, TALLEST);
    const share = given > list.clientHeight ? list.scrollTop / (given - list.clientHeight) : 0;
    return whole <= TALLEST ? list.scrollTop : share * (whole - list.clientHeight);
  }

  /** @param {number} pixels */
  scrollTo(pixels) {
    const whole = (this.page.view?.listed ?? 0) * this.tall;
    const given = Math.min(whole, TALLEST);
    const { clientHeight } = this.list;
    this.isScrolled = true;
    this.list.scrollTop = whole <= TALLEST ? pixels : (pixels / (whole - clientHeight)) * (given - clientHeight);
  }

  /** @param {boolean} [isTop] whether the list is known to be at its top, which need not be asked then */
  draw(isTop = false) {
    const { page, list, sheet } = this;
    const { view } = page;
    const { wide, high } = this.size; // without asking for the layout, which a view has just changed
    if (!view || !high) return;
    const two = wide < NARROW;
    this.tall = two ? TWO : ONE;
    this.node.classList.toggle("two", two);
    sheet.style.height = `${Math.min(view.listed * this.tall, TALLEST)}px`;
    const [top, offset] = isTop ? [0, 0] : [this.scrolled, list.scrollTop];
    const from = Math.max(0, Math.floor(top / this.tall) - AROUND);
    const to = Math.min(view.listed, Math.ceil((top + high) / this.tall) + AROUND);
    /** @type {number[]} */ const places = [];
    let missing = -1;
    const beyond = this.isScrolled ? BEYOND : 0;
    for (let place = Math.max(0, from - beyond); place < Math.min(view.listed, to + beyond); place++) {
      if (!this.lines.has(place)) {
        if (missing < 0) missing = place;
      } else if (place >= from && place < to) places.push(place);
    }
    const free = [...this.rows.keys()].filter((place) => place < from || place >= to || !this.lines.has(place));
    const rows = places.map((place) => {
      const row = this.rows.get(place) ?? this.rows.get(free.pop() ?? -1) ?? this.row();
      this.show(
        row,
        /** @type {import("./types.js").Line} */ (this.lines.get(place)),
        place * this.tall - top + offset,
      );
      return row;
    });
    this.rows = new Map(rows.map((row, at) => [places[at], row]));
    const { children } = sheet;
    if (rows.length !== children.length || rows.some(({ node }, at) => children[at] !== node))
      sheet.replaceChildren(...rows.map(({ node }) => node));
    put(list, { "aria-label": several(view.listed, "item") });
    if (this.lines.has(this.at)) put(list, { "aria-activedescendant": `${page.prefix}item-${this.at}` });
    else list.removeAttribute("aria-activedescendant");
    const wanted = `${view.list}/${missing}`;
    if (missing < 0 || this.asked === wanted) return;
    this.asked = wanted;
    page.send({ do: "rows", of: view.list, from: missing, to: missing + PORTION });
  }

  /**
   * Make a row, whose elements are used for one item after another.
   * @returns {Row}
   */
  row() {
    const { setup } = this.page;
    const columns = COLUMNS.filter(([name]) => setup.columns.includes(name));
    const cells = [...columns.map(([, , looks]) => looks), "m-day"].map((looks) =>
      h("span", { class: looks, dir: "auto" }, ""),
    );
    const type = h("span", { class: "m-type", dir: "auto" }, "");
    const dot = h("i", { class: "dot", "aria-hidden": "true" }); // the type is there in words, too
    const message = h("span", { class: "message", dir: "auto" });
    const node = h(
      "div",
      { class: "item", role: "option" },
      dot,
      message,
      h("span", { class: "meta" }, type, ...cells),
    );
    const values = columns.map(
      ([name, text]) =>
        (/** @type {import("./types.js").Line} */ line) =>
          line[/** @type {"status"} */ (name)] || `no ${text.toLowerCase()}`,
    );
    const told = [...values, (/** @type {import("./types.js").Line} */ line) => dayOf(line) ?? "no date"];
    return { node, dot, type, message, cells, told, colour: "" };
  }

  /**
   * @param {Row} row
   * @param {import("./types.js").Line} line
   * @param {number} top
   */
  show(row, line, top) {
    const { page, at, tall } = this;
    const { node, dot, type, message, cells, told } = row;
    const isOpen = line.place === at;
    put(node, {
      id: `${page.prefix}item-${line.place}`,
      "data-place": line.place,
      "aria-selected": String(isOpen),
      "aria-posinset": line.place + 1,
      "aria-setsize": page.view?.listed ?? 0,
    });
    dress(node, { top: `${top}px`, height: `${tall}px` });
    node.classList.toggle("open", isOpen);
    // The second line of a narrow list has the type in words.
    put(dot, { title: tall === TWO ? "" : (line.type ?? "") });
    const colour = page.colour(line.type ?? "");
    if (row.colour !== colour) dot.style.background = colour;
    row.colour = colour;
    tell(type, line.type ?? (page.setup.columns.includes("type") ? "no type" : ""));
    cells.forEach((cell, column) => {
      tell(cell, told[column](line));
    });
    put(/** @type {Element} */ (cells.at(-1)), { title: line.moment ?? "" });
    if (line.text.length > 1) message.replaceChildren(...marked(line.text));
    else tell(message, line.text[0] || "(no text)");
  }

  /** Scroll an item into view, by default the open one. */
  follow(at = this.at) {
    const { list, tall } = this;
    const top = at * tall;
    const now = this.scrolled;
    if (top < now) this.scrollTo(top);
    else if (top + tall > now + list.clientHeight) this.scrollTo(top + tall - list.clientHeight);
    this.draw();
  }

  end() {
    this.watch.disconnect();
  }
}
