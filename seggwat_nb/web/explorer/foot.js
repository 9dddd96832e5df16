// The footer: provenance, messages, keys, menus, and code to copy.

import { h, icon, press } from "./elements.js";

const TOLD = 6_000; // milliseconds for which a message is shown

/** @typedef {[text: string, what: string, title?: string]} Python code to copy, and the name of its request */

/** @type {[string, string][]} */
export const KEYS = [
  ["/", "Search"],
  ["j k or ↓ ↑", "Next or previous item"],
  ["Enter", "Read an item. In the chart: open the menu of a period"],
  ["Home, End, Page Up, Page Down", "Jump within the list of items"],
  ["Esc", "Close the item, or leave the search"],
  ["Ctrl+Z, Ctrl+Shift+Z", "Back, forward"],
  ["o, x, m", "In a list of values: only this, all but this, more"],
  ["← →", "In the chart: move along it, or move an edge of the dates (with Shift, both edges)"],
  ["?", "Show these shortcuts"],
];

/**
 * Create a menu of code to copy.
 * @param {import("./types.js").Page} page
 * @param {Python[]} codes
 * @returns {HTMLElement}
 */
export const pythonOf = (page, codes) =>
  h(
    "div",
    { class: "drop" },
    ...codes.map(([text, what, title]) => press(text, () => page.send({ do: "code", what }), { title })),
  );

export class Foot {
  /**
   * @param {import("./types.js").Page} page
   * @param {string} name of the code
   * @param {[string, string][]} keys
   * @param {[name: string, inside: HTMLElement, open?: () => void][]} menus
   */
  constructor(page, name, keys, menus) {
    this.page = page;
    this.told = h("span", { class: "told", role: "status" });
    this.code = h("textarea", { class: "code", readonly: true, rows: 8, "aria-label": name });
    this.keys = h("dialog", { class: "keys-list", "aria-label": "Keyboard shortcuts" });
    this.keys.append(
      h("h3", {}, "Keyboard shortcuts"),
      h("dl", { class: "fields" }, ...keys.flatMap(([key, text]) => [h("dt", {}, key), h("dd", {}, text)])),
      press("Close", () => this.keys.close(), { class: "plain" }),
    );
    this.menus = menus.map((menu) => this.menu(...menu));
    this.node = h(
      "div",
      { class: "foot" },
      h("span", { class: "about", title: page.setup.about }, page.setup.about),
      this.told,
      h("span", { class: "space" }),
      press("Shortcuts", () => this.showKeys(), { class: "plain", title: "Keyboard shortcuts (?)" }),
      ...this.menus,
    );
    this.hide = press(icon("close"), () => this.hideCode() && this.focus(), {
      class: "tool",
      "aria-label": "Close the code",
      title: "Close (Esc)",
    });
    this.below = h("div", { class: "below", hidden: true }, this.code, this.hide);
    page.panel.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      for (const one of this.menus) if (!one.contains(/** @type {Node} */ (event.target))) one.open = false;
    });
  }

  /**
   * @param {string} name
   * @param {HTMLElement} inside
   * @param {() => void} [open]
   */
  menu(name, inside, open) {
    const node = /** @type {HTMLDetailsElement} */ (h("details", { class: "menu" }, h("summary", {}, name), inside));
    node.addEventListener("toggle", () => {
      if (!node.open) return;
      for (const one of this.menus) if (one !== node) one.open = false;
      open?.();
    });
    node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape" || !node.open) return;
      node.open = false;
      /** @type {HTMLElement} */ (node.firstElementChild).focus();
      event.preventDefault();
      event.stopPropagation();
    });
    return node;
  }

  /** Close the menus. If one of them has the focus, it moves to the menu's name. */
  shut() {
    for (const one of this.menus) {
      if (!one.open) continue;
      if (one.contains(this.page.root.activeElement)) /** @type {HTMLElement} */ (one.firstElementChild).focus();
      one.open = false;
    }
  }

  showKeys() {
    this.keys.showModal();
  }

  /**
   * @param {string} text
   * @param {boolean} isAwaited whether the focus is still where it was when the code was requested
   */
  async show(text, isAwaited) {
    const { root } = this.page;
    if (isAwaited) this.shut();
    this.code.value = text;
    this.below.hidden = false;
    const from = root.activeElement;
    try {
      await navigator.clipboard.writeText(text);
      this.note("Copied");
    } catch {
      if (!isAwaited || root.activeElement !== from) {
        this.note("Copying is not allowed on this page. Select the code and press Ctrl+C.");
        return;
      }
      this.code.focus();
      this.code.select();
      this.note("Press Ctrl+C to copy");
    }
  }

  /** Hide the code. Return whether it was shown. */
  hideCode() {
    const { hidden } = this.below;
    this.below.hidden = true;
    return !hidden;
  }

  /** Move the focus to the menu of code. */
  focus() {
    const menu = this.menus.find((one) => one.firstElementChild?.textContent === "Code");
    /** @type {HTMLElement | undefined} */ (menu?.firstElementChild)?.focus({ preventScroll: true });
  }

  /**
   * @param {string} text
   * @param {boolean} [wrong]
   */
  note(text, wrong = false) {
    clearTimeout(this.waiting);
    this.told.textContent = text;
    this.told.title = text;
    this.told.setAttribute("role", wrong ? "alert" : "status");
    this.told.classList.toggle("wrong", wrong);
    if (!wrong) this.waiting = setTimeout(() => this.note(""), text ? TOLD : 0);
    if (!text) clearTimeout(this.waiting);
  }
}
