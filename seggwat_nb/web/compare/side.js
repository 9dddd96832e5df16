// One of the two columns of a comparison: its selection, the filters, and the items.

import { h, press } from "../explorer/elements.js";
import { FacetColumn } from "../explorer/facets.js";
import { Head } from "../explorer/head.js";
import { several } from "../explorer/words.js";
import { Work } from "../explorer/work.js";

const TIME = { last: 0, by: "", labels: [], colours: [] };

export class Side {
  /**
   * @param {import("./types.js").Shared} shared
   * @param {"a" | "b"} letter
   */
  constructor(shared, letter) {
    this.letter = letter;
    const { talk, setup, panel } = shared;
    const side = letter;
    /** @type {HTMLElement[]} */ this.nodes = [];
    const { nodes } = this;
    /** @type {import("../explorer/types.js").Page} */
    this.page = /** @type {any} */ ({
      root: {
        get activeElement() {
          return shared.root.activeElement;
        },
        querySelector: (/** @type {string} */ where) =>
          nodes.map((one) => one.querySelector(where)).find((one) => one) ?? null,
      },
      panel,
      setup,
      prefix: `${letter}-`,
      hint: "No filters: all items.",
      time: TIME,
      view: null,
      act: (/** @type {string} */ wish, more = {}) => talk.act(wish, { ...more, side }),
      wish: (/** @type {string} */ kind, more = {}) => talk.wish(kind, { ...more, side }, `${kind} ${side}`),
      send: (/** @type {import("../explorer/types.js").Request} */ message) => shared.send({ ...message, side }),
      offer: shared.offer,
      note: shared.note,
      compare: null,
      colour: (/** @type {string} */ name) => setup.types[name] ?? "#8b919b",
      read: () => this.work.read(),
    });
    const { page } = this;
    this.head = new Head(page);
    this.head.steps.remove();
    this.facets = new FacetColumn(page);
    this.facets.node.hidden = true;
    this.work = new Work(page);
    this.name = h("span", { dir: "auto" });
    this.filters = press("Filters", () => this.unfold(), {
      class: "quiet",
      "aria-expanded": "false",
      "aria-label": `Filters of ${letter.toUpperCase()}`,
    });
    const open = press("Open in Explorer", () => shared.explore(letter), {
      class: "quiet",
      "aria-label": `Open ${letter.toUpperCase()} in Explorer`,
    });
    this.rated = h("p", { class: "rated" });
    const badge = () => h("i", { class: "letter", "aria-hidden": "true" }, letter.toUpperCase());
    this.node = h(
      "section",
      { class: "side" },
      h("div", { class: "called" }, h("h3", {}, badge(), this.name), this.head.sum, this.filters, open),
      this.head.node,
      this.rated,
      this.facets.node,
    );
    this.title = h("span", { role: "status" });
    this.all = press("Show all", () => page.act("all"), { class: "plain", hidden: true });
    const lead = h("div", { class: "listed" }, badge(), h("h3", {}, this.title), this.all);
    this.items = h("section", { class: "items" }, lead, this.work.node);
    nodes.push(this.node, this.items);
  }

  /** Show or hide the values to filter by. */
  unfold() {
    const open = this.facets.node.hidden;
    this.facets.node.hidden = !open;
    this.filters.setAttribute("aria-expanded", String(open));
    this.page.act("filters", { open });
  }

  /**
   * @param {import("./types.js").SideView} told
   * @param {{counts: Record<string, Uint32Array>, number: number, isLatest: boolean}} more
   */
  draw(told, more) {
    const { page, head, work } = this;
    const was = page.root.activeElement;
    const isNew = told.list !== page.view?.list;
    page.view = { ...told, ...more };
    page.time = /** @type {any} */ ({ ...TIME, last: told.last });
    this.name.textContent = told.name;
    this.node.setAttribute("aria-label", told.name);
    head.draw();
    this.facets.draw();
    this.rated.textContent = told.rated;
    this.rated.hidden = !told.rated;
    const of = [told.name, told.title].filter(Boolean);
    const names = of.flatMap((name, at) => [at ? " · " : "", h("bdi", {}, name)]);
    const title = h("span", {}, ...names, `: ${several(told.listed, "item")}`);
    if (this.title.textContent !== title.textContent) this.title.replaceChildren(title); // else it would be read again
    this.items.setAttribute("aria-label", this.title.textContent ?? "");
    this.all.hidden = !told.title;
    if (isNew) work.renew();
    work.keepFocus(was);
    work.settled(more.isLatest);
    if (was === this.all && this.all.hidden) work.list.list.focus({ preventScroll: true });
  }

  /** @param {Node | null} node */
  has(node) {
    return this.nodes.some((one) => one.contains(node));
  }
}
