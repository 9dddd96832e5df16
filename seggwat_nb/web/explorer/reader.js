// The open item: its full message, its fields, and similar items.

import { h, icon, marked, press } from "./elements.js";
import { dayOf, numeral, several } from "./words.js";

export class Reader {
  /**
   * @param {import("./types.js").Page} page
   * @param {{go: (by: number) => void, close: () => void, open: (at: number) => void}} acts
   */
  constructor(page, acts) {
    this.page = page;
    this.acts = acts;
    this.node = h("article", { class: "reader", hidden: true, tabindex: -1, "aria-label": "Item" });
    this.told = h("div", { "aria-live": "polite" }); // how many similar items there are, but not all of their messages
    this.near = h("ul", { class: "near" });
    this.alike = h("section", {}, this.told, this.near);
    /** @type {number | null} */ this.at = null;
  }

  /** @param {import("./types.js").Detail} item */
  show(item) {
    const { page, acts } = this;
    const isSame = item.at === this.at;
    this.at = item.at;
    const place = item.place === null ? "" : ` ${numeral(item.place + 1)} of ${numeral(page.view?.listed ?? 0)}`;
    this.node.setAttribute("aria-label", `Item${place}`);
    if (!isSame) this.tellSimilar([], []);
    const tool = (
      /** @type {"up" | "down" | "close" | "copy"} */ name,
      /** @type {string} */ text,
      /** @type {() => void} */ act,
    ) =>
      press(icon(name), act, {
        class: "tool",
        title: text,
        "aria-label": text.replace(/ \(.*/, ""),
        "data-key": `read/${name}`,
      });
    const text = item.text.join("");
    const copy = (/** @type {string} */ what, /** @type {string} */ written) => () => {
      navigator.clipboard?.writeText(written).then(
        () => page.note(`Copied the ${what}`),
        () => page.note(`Copying is not allowed on this page. Select the ${what} and press Ctrl+C.`),
      );
    };
    this.node.replaceChildren(
      h(
        "div",
        { class: "top" },
        h(
          "span",
          { class: "badge", title: item.type ?? "", style: { "--c": page.colour(item.type ?? "") } },
          h("span", {}, item.type ?? (page.setup.columns.includes("type") ? "No type" : "")),
        ),
        h("span", {}, item.moment ?? "No date"),
        h(
          "span",
          { class: "tools" },
          tool("up", "Previous item (k)", () => acts.go(-1)),
          tool("down", "Next item (j)", () => acts.go(1)),
          tool("copy", "Copy the message", copy("message", text)),
          tool("close", "Close item (Esc)", acts.close),
        ),
      ),
      h(
        "p",
        { class: "text", dir: "auto" },
        ...(text ? marked(item.text) : [h("span", { class: "none" }, "(no text)")]),
      ),
      h("dl", {}, ...item.fields.map((field) => this.fact(field))),
      ...(item.url
        ? [
            h(
              "p",
              { class: "links" },
              h(
                "a",
                { href: item.url, target: "_blank", rel: "noopener noreferrer", class: "plain" },
                "Open on the dashboard ",
                icon("out"),
              ),
              press("Copy link", copy("link", item.url), { class: "plain", "data-key": "read/link" }),
            ),
          ]
        : []),
      ...(item.same.some((one) => one.n > 1)
        ? [
            h(
              "section",
              {},
              h("h3", {}, "See all"),
              h("div", { class: "same" }, ...item.same.filter((one) => one.n > 1).map((one) => this.same(one))),
            ),
          ]
        : []),
      this.alike,
      h(
        "details",
        { class: "all" },
        h("summary", {}, "All fields"),
        h(
          "dl",
          { class: "fields" },
          ...item.all.flatMap(([name, value]) => [h("dt", {}, name), h("dd", { dir: "auto" }, value)]),
        ),
      ),
    );
    if (!isSame) this.node.scrollTop = 0;
  }

  /** @param {import("./types.js").Detail["fields"][number]} field */
  fact({ part, name, value, said }) {
    const choose = () => this.page.act("choose", { part, value, how: "only" });
    const button = press(said, choose, { title: `Filter by this ${name.toLowerCase()}`, "data-key": `fact/${part}` });
    return h("div", { class: "fact" }, h("dt", {}, name), h("dd", { dir: "auto" }, button));
  }

  /** @param {import("./types.js").Detail["same"][number]} same */
  same({ part, value, said, n }) {
    const all = () => {
      this.page.act("clear");
      this.page.act("choose", { part, value, how: "only" });
    };
    return press([h("b", {}, numeral(n)), ` ${said}`], all, {
      title: "Replace all filters with this one",
      "data-key": `same/${part}`,
    });
  }

  /** @param {{at: number, number: number, people: number, unsigned: number, items: import("./types.js").Line[]}} found */
  showSimilar({ at, number, people, unsigned, items }) {
    if (at !== this.at || !number) return;
    const others = unsigned ? ` (${numeral(unsigned)} unsigned)` : "";
    const from = people ? `${others} from ${several(people, "submitter")}` : ""; // else nobody is known
    const row = (/** @type {import("./types.js").Line} */ line) =>
      h(
        "li",
        {},
        press(
          [
            h("i", { class: "dot", title: line.type ?? "", style: { background: this.page.colour(line.type ?? "") } }),
            h("span", { dir: "auto" }, ...line.text),
            h("span", { class: "day", title: line.moment ?? "" }, dayOf(line) ?? ""),
          ],
          () => this.acts.open(line.at),
        ),
      );
    this.tellSimilar([h("h3", {}, several(number, "similar item"), from && h("span", {}, from))], items.map(row));
  }

  /**
   * @param {Node[]} heading
   * @param {Node[]} rows
   */
  tellSimilar(heading, rows) {
    this.told.replaceChildren(...heading);
    this.near.replaceChildren(...rows);
    this.near.hidden = !rows.length;
  }
}
