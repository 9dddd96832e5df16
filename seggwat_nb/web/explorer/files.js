// Files: presets by name, and exports of the selected items.

import { h, press } from "./elements.js";

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

export class Files {
  /**
   * @param {import("./types.js").Page} page
   * @param {() => void} shut closes the menus
   */
  constructor(page, shut) {
    this.page = page;
    this.shut = shut;
    this.name = h("input", { class: "small", "aria-label": "Name of a preset", placeholder: "Name" });
    this.kept = h("div", { class: "kept" });
    this.presets = h(
      "div",
      { class: "drop" },
      line(this.name, "Save", () => this.save(false)),
      this.kept,
    );
    this.file = h("input", { class: "small", "aria-label": "File", value: "selected.csv" });
    const write = line(this.file, "Export", () => {
      page.send({ do: "export", file: this.file.value });
      shut();
    });
    const unmasked = "Writes all columns of the selected items: .csv, .xlsx, .parquet, … Personal data is not masked.";
    this.exports = h("div", { class: "drop wide" }, write, h("p", { class: "lead" }, unmasked));
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
}
