// The items of a selection, and the open item. If there are none, the filters to remove.

import { h, press } from "./elements.js";
import { within } from "./host.js";
import { ItemList } from "./list.js";
import { Reader } from "./reader.js";
import { numeral, SEARCH_HINT } from "./words.js";

export class Work {
  /** @param {import("./types.js").Page} page */
  constructor(page) {
    this.page = page;
    this.wanted = -1;
    this.place = -1; // of the item that is shown
    /** @type {(() => number) | null} */ this.reads = null; // which item to open when the answer arrives
    this.enters = false; // whether to leave the search when the answer arrives
    this.list = new ItemList(page, (place) => this.open(place));
    this.reader = new Reader(page, {
      go: (by) => this.open(this.list.at + by),
      close: () => this.close(),
      open: (at) => this.openAt(at),
    });
    this.none = h("div", { class: "nothing", hidden: true });
    this.node = h("div", { class: "work" }, this.list.node, this.reader.node, this.none);
  }

  /** Move to the items. */
  read() {
    this.reads = () => 0;
    this.list.list.focus({ preventScroll: true });
  }

  /** @param {number} at */
  openAt(at) {
    this.wanted = at;
    this.expect(at);
    this.page.send({ do: "open", at });
  }

  /**
   * Say that the item that is shown is not the one that is open, until that one arrives.
   * @param {number} at
   */
  expect(at) {
    if (at !== this.reader.at) this.reader.node.setAttribute("aria-busy", "true");
  }

  /**
   * Go back to the item that is shown if the one that was requested will not come.
   * @param {string | undefined} failed the request that failed, if it is not the kernel that is lost
   */
  stay(failed) {
    const { list, reader } = this;
    if (failed !== undefined && failed !== "open" && failed !== "rows") return;
    if (!reader.node.hasAttribute("aria-busy") && !reader.node.hidden) return;
    reader.node.removeAttribute("aria-busy");
    if (reader.node.hidden) {
      this.close();
      return;
    }
    list.at = this.place;
    this.wanted = reader.at ?? -1;
    list.draw();
  }

  /** The place of the first item in sight. */
  get inSight() {
    return Math.floor(this.list.scrolled / this.list.tall);
  }

  /**
   * Open an item whose ID was searched for: among the items of the other filters, or of none if they leave it out.
   * @param {{open?: number, in?: boolean}} way
   */
  find(way) {
    if (way.in) this.page.act("search", { text: "" });
    else this.page.act("clear");
    this.openAt(way.open ?? -1);
  }

  /** @param {number} place */
  open(place) {
    const { page, list } = this;
    if (!page.view || place < 0 || place >= page.view.listed) return;
    list.at = place;
    this.node.classList.add("reading");
    list.follow();
    const line = list.lines.get(place);
    if (line) this.openAt(line.at);
    else if (list.at === place) {
      this.wanted = -1; // requested when its line arrives
      this.expect(-1);
    }
  }

  close() {
    const { list } = this;
    const { at } = list;
    const wasHidden = !list.list.clientHeight; // in a narrow panel: then, what was read is in sight
    this.shut();
    if (!wasHidden) {
      list.draw();
      return;
    }
    list.resized();
    this.reveal();
    list.follow(Math.max(at, 0));
  }

  /** Close the open item, without drawing the list. */
  shut() {
    const { list, reader, page } = this;
    list.at = -1;
    this.wanted = -1;
    const held = reader.node.contains(page.root.activeElement);
    this.node.classList.remove("reading");
    reader.node.hidden = true;
    reader.node.removeAttribute("aria-busy");
    if (held) list.list.focus({ preventScroll: true });
  }

  /** @param {import("./types.js").Detail} item */
  show(item) {
    const { list, reader, page } = this;
    if (item.at !== this.wanted) return;
    const isSame = item.at === reader.at && !reader.node.hidden;
    const isScrolled = item.again && (list.at >= 0 || list.list.scrollTop > 0); // since the list changed
    if (item.place !== null) list.at = item.place;
    else if (item.again) {
      this.close();
      return;
    }
    reader.node.hidden = false;
    this.node.classList.add("reading");
    reader.node.removeAttribute("aria-busy");
    reader.show(item);
    this.place = list.at;
    if (list.at < 0 || isScrolled) list.draw();
    else list.follow();
    const isHidden = !list.node.getClientRects().length; // in a narrow panel, the item replaces the list
    if (isHidden && !isSame) this.reveal();
    if (isHidden && !reader.node.contains(page.root.activeElement)) reader.node.focus({ preventScroll: true });
  }

  /** Scroll to the items in a panel that is so narrow that the chart is above them. */
  reveal() {
    const around = this.node.closest(".body");
    if (around) around.scrollTop += within({ clientX: 0, clientY: this.node.getBoundingClientRect().top }, around).y;
  }

  /** @param {{of: number, items: import("./types.js").Line[]}} rows */
  add({ of, items }) {
    const { list, page } = this;
    if (of !== page.view?.list) return;
    list.add(items);
    if (this.wanted === -1 && list.at >= 0 && list.lines.has(list.at)) this.open(list.at);
  }

  /** Start over with the items of a view. An item that is open stays open if it is one of them. */
  renew() {
    const { list, page, wanted } = this;
    list.at = page.view?.items.find((line) => line.at === wanted)?.place ?? -1;
    if (!page.view?.listed || wanted < 0) this.shut();
    else page.send({ do: "open", at: wanted, again: true });
    this.drawNone();
    list.renew();
    if (list.at >= 0) list.follow();
  }

  /** Move the focus from the search to the items, or to the first way out if there are none, once they are known. */
  enter() {
    const { asked, answered } = this.page.panel.dataset;
    this.enters = !this.none.hidden && asked !== answered;
    if (!this.enters) this.focus();
  }

  /** Move the focus to the items, or to the first way out if there are none. */
  focus() {
    const { none, list } = this;
    (none.hidden ? list.list : none.querySelector("button"))?.focus({ preventScroll: true });
  }

  /** @param {boolean} isLatest */
  settled(isLatest) {
    if (this.enters && isLatest) {
      this.enters = false;
      if (this.page.root.activeElement?.matches(".search")) this.focus();
    }
    if (!this.reads || !isLatest) return;
    const place = this.reads();
    this.reads = null;
    this.open(place);
  }

  drawNone() {
    const { page, none, list } = this;
    const { view, setup } = page;
    if (!view) return;
    none.hidden = view.listed > 0;
    list.node.hidden = view.listed === 0;
    if (view.listed) return;
    if (!setup.total) {
      none.replaceChildren(h("b", {}, "There are no items."));
      return;
    }
    if (view.selected) {
      none.replaceChildren(h("b", { role: "status" }, "No items."));
      return;
    }
    const ways = view.without.map(({ part, said, n, search: text, ...way }) => {
      if (way.open !== undefined) {
        const words = ["Open item: ", h("bdi", {}, said)];
        return press(h("span", {}, ...words), () => this.find(way), { "data-key": `way/open/${way.open}` });
      }
      const act = () => (text ? page.act("search", { text }) : page.act("remove", { part }));
      const words = text ? ["Did you mean ", h("bdi", {}, text), "? "] : [`Without ${said}: `];
      return press([h("span", {}, ...words), h("b", {}, numeral(n))], act, {
        "data-key": `way/${text ? "spelling" : part}`,
      });
    });
    none.replaceChildren(
      h("b", { role: "status" }, "No item matches all of these filters."),
      h("div", { class: "ways" }, ...ways),
      view.search && h("p", { class: "hint" }, SEARCH_HINT),
      view.back
        ? press("Undo the last change", () => page.act("step", { by: -1 }), { class: "plain", "data-key": "way" })
        : press("Clear all", () => page.act("clear"), { class: "plain", "data-key": "way" }),
    );
  }

  /**
   * Move the focus to the items if the focused button brought them back, and to the first way out if they are gone.
   * @param {Element | null} was
   */
  keepFocus(was) {
    const { none, list } = this;
    if (none.contains(was) ? none.hidden : was === list.list && !none.hidden) this.focus();
  }

  /**
   * Return whether a key moves between items.
   * @param {KeyboardEvent} event
   * @param {HTMLElement} target
   */
  pressed({ key }, target) {
    const { list } = this;
    const isHere = target === list.list;
    const last = (this.page.view?.listed ?? 0) - 1;
    const screen = Math.max(1, Math.floor(list.list.clientHeight / list.tall) - 1);
    /** @type {Record<string, number>} */
    const far = { Home: 0, End: last, PageUp: list.at - screen, PageDown: list.at + screen };
    if (key === "j" || (isHere && key === "ArrowDown")) this.open(list.at + 1);
    else if (key === "k" || (isHere && key === "ArrowUp")) this.open(Math.max(0, list.at - 1));
    else if (isHere && key in far) this.open(Math.max(0, Math.min(last, far[key])));
    else if (isHere && key === "Enter" && list.at < 0) this.openFirst();
    else if (isHere && key === "Enter") this.reader.node.focus({ preventScroll: true });
    else return false;
    return true;
  }

  /** Open the first item in sight, or in that of the list that is still to come, such as after a search. */
  openFirst() {
    const { asked, answered } = this.page.panel.dataset;
    if (asked === answered) this.open(this.inSight);
    else this.reads = () => this.inSight;
  }

  end() {
    this.list.end();
  }
}
