// The footer: provenance, messages, keys, presets, code and export.

import { h, press } from "./elements.js";

const TOLD = 6_000; // milliseconds for which a message is shown

/** @type {[string, string][]} */
const KEYS = [
  ["/", "Search"],
  ["j k or ↓ ↑", "Next or previous item"],
  ["Enter", "Read an item. In the chart: open the menu of a period"],
  ["Esc", "Close the item, or leave the search"],
  ["Ctrl+Z, Ctrl+Shift+Z", "Back, forward"],
  ["o, x, m", "In a list of values: only this, all but this, more"],
  ["← →", "In the chart: move along it, or move an edge of the dates (with Shift, both edges)"],
  ["?", "These keys"],
];

/**
 * Create a field with a button. Pressing Enter in the field has the same effect as the button.
 * @param {HTMLElement} field
 * @param {string} text
 * @param {() => void} act
 */
const line = (field, text, act) => {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    act();
    event.preventDefault();
    event.stopPropagation();
  });
  return h("div", { class: "line" }, field, press(text, act));
};

export class Foot {
  /** @param {import("./types.js").Page} page */
  constructor(page) {
    this.page = page;
    this.told = h("span", { class: "told", role: "status" });
    this.code = h("textarea", {
      class: "code",
      readonly: true,
      rows: 8,
      "aria-label": "The selection as Python",
      hidden: true,
    });
    this.keys = h("dialog", { class: "keys-list", "aria-label": "Keys" });
    this.keys.append(
      h("h3", {}, "Keys"),
      h("dl", { class: "fields" }, ...KEYS.flatMap(([key, text]) => [h("dt", {}, key), h("dd", {}, text)])),
      press("Close", () => this.keys.close(), { class: "plain" }),
    );
    this.presets = h("div", { class: "drop" });
    this.name = h("input", { class: "small", "aria-label": "Name of a preset", placeholder: "Name" });
    const save = line(this.name, "Save", () => this.save(false));
    this.kept = h("div", { class: "kept" });
    this.presets.append(save, this.kept);
    this.file = h("input", { class: "small", "aria-label": "File", value: "selected.csv" });
    const write = line(this.file, "Export", () => {
      page.send({ do: "export", file: this.file.value });
      this.shut();
    });
    const unmasked = "Writes all columns of the selected items: .csv, .xlsx, .parquet, … Personal data is not masked.";
    const python = (/** @type {string} */ what) => () => {
      page.send({ do: "code", what });
      this.shut();
    };
    const codes = h(
      "div",
      { class: "drop" },
      press("Copy as Python", python("all")),
      press("Copy the filter alone", python("filter")),
      press("Copy a triage plan", python("triage"), {
        title: "Code that plans to change the status, type or note of these items. Nothing changes until you apply it.",
      }),
    );
    this.node = h(
      "div",
      { class: "foot" },
      h("span", { class: "about", title: page.setup.about }, page.setup.about),
      this.told,
      h("span", { class: "space" }),
      press("Keys", () => this.showKeys(), { class: "plain", title: "Keys (?)" }),
      this.menu("Presets", this.presets, () => page.send({ do: "presets" })),
      this.menu("Code", codes),
      this.menu("Export", h("div", { class: "drop wide" }, write, h("p", { class: "lead" }, unmasked))),
    );
    this.below = h("div", { class: "below" }, this.code);
    this.menus = /** @type {HTMLDetailsElement[]} */ ([...this.node.querySelectorAll("details")]);
  }

  /**
   * @param {string} name
   * @param {HTMLElement} inside
   * @param {() => void} [open]
   */
  menu(name, inside, open) {
    const node = h("details", { class: "menu" }, h("summary", {}, name), inside);
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

  /** @param {boolean} over whether to replace a preset with the same name */
  save(over) {
    this.page.send({ do: "save", name: this.name.value, over });
    if (over) this.shut();
  }

  /** @param {string[]} names */
  drawPresets(names) {
    const load = (/** @type {string} */ name) => () => {
      this.page.act("load", { name });
      this.shut();
    };
    const none = h("p", { class: "lead" }, "No presets are saved yet.");
    this.kept.replaceChildren(...(names.length ? names.map((name) => press(name, load(name))) : [none]));
  }

  /** @param {string} name */
  ask(name) {
    this.kept.prepend(
      h(
        "p",
        { class: "lead asks", role: "alert" },
        `“${name}” already exists. `,
        press("Replace it", () => this.save(true), { class: "plain" }),
      ),
    );
  }

  /** @param {string} text */
  async show(text) {
    this.code.value = text;
    this.code.hidden = false;
    try {
      await navigator.clipboard.writeText(text);
      this.note("Copied");
    } catch {
      this.code.focus();
      this.code.select();
      this.note("Press Ctrl+C to copy");
    }
  }

  hideCode() {
    this.code.hidden = true;
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
