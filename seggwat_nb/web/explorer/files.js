// Files: presets by name, the page to share, and exports of the selected items.

import { h, icon, press } from "./elements.js";

/**
 * Create a field with buttons. Pressing Enter in the field has the same effect as the first one.
 * @param {HTMLElement} field
 * @param {...[text: string, act: () => void]} ways
 */
const line = (field, ...ways) => {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    ways[0][1]();
    event.preventDefault();
    event.stopPropagation();
  });
  return h("div", { class: "line" }, field, ...ways.map(([text, act]) => press(text, act)));
};

/** @typedef {import("./types.js").Page} Page */

/** @typedef {[letter: string, page: Page]} Selection what presets are of; the letter names a side of a comparison */

export class Files {
  /**
   * @param {Page} page
   * @param {Selection[]} selections
   * @param {() => void} shut closes the menus
   */
  constructor(page, selections, shut) {
    this.page = page;
    this.selections = selections;
    this.shut = shut;
    this.name = h("input", { class: "small", "aria-label": "Name of a preset", placeholder: "Name" });
    this.kept = h("div", { class: "kept" });
    this.drawn = ""; // the names of the presets that are shown
    /** @type {Map<string, {asks: HTMLElement, write: (name: string, over: boolean) => void}>} */
    this.writers = new Map(); // by what they write
    /** @type {Map<string, [field: HTMLInputElement, text: string]>} */
    this.sent = new Map(); // the fields that requests were sent from, and what they said
    /** @type {[string, () => void][]} */
    const saves = selections.map(([letter, of]) => [`Save ${letter}`.trim(), () => this.save(of)]);
    this.presets = h("div", { class: "drop" }, line(this.name, ...saves), this.kept);
    this.kept.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.pressed(event));
  }

  /** @param {string} file */
  share(file) {
    const about = "An offline page for other people: masked counts and charts, without the items.";
    return this.writer({ label: "Page", file, text: "Write page", what: "page", about });
  }

  get items() {
    const about = "Writes all columns of the selected items: .csv, .xlsx, .parquet, … Personal data is not masked.";
    return this.writer({ label: "File", file: "selected.csv", text: "Export", what: "export", about });
  }

  /**
   * Create a field to write something to a file.
   * @param {{label: string, file: string, text: string, what: string, about: string}} how
   */
  writer({ label, file, text, what, about }) {
    const field = h("input", { class: "small", "aria-label": label, value: file });
    const asks = h("div");
    const write = (/** @type {string} */ name, /** @type {boolean} */ over) => {
      asks.replaceChildren();
      this.page.note("Writing …");
      this.sent.set(what, [field, field.value]);
      this.page.send({ do: what, file: name, over });
    };
    this.writers.set(what, { asks, write });
    return h("div", {}, line(field, [text, () => write(field.value, false)]), asks, h("p", { class: "lead" }, about));
  }

  /**
   * @param {Page} of
   * @param {string} [replaced] the preset to replace
   */
  save(of, replaced) {
    this.saved = of;
    const over = replaced !== undefined;
    this.sent.set("save", [this.name, this.name.value]);
    of.send({ do: "save", name: replaced ?? this.name.value, over });
    if (!over) return;
    this.shutAsks();
    this.shut();
  }

  /**
   * Close the menu that a request was sent from, unless somebody has gone on.
   * @param {string} what
   * @param {boolean} isAwaited whether the focus is still where it was
   */
  done(what, isAwaited) {
    const [field, text] = this.sent.get(what) ?? [];
    this.sent.delete(what);
    if (isAwaited && field?.value === text) this.shut();
  }

  /**
   * @param {string[]} names
   * @param {string} [deleted] the preset that has just been deleted
   */
  drawPresets(names, deleted) {
    const drawn = JSON.stringify(names);
    // An answer that arrives late leaves alone what has been opened or focused meanwhile.
    if (deleted === undefined && drawn === this.drawn) return;
    this.drawn = drawn;
    const held = this.kept.contains(this.page.root.activeElement);
    const none = h("p", { class: "lead" }, "No presets yet. Enter a name to save these filters.");
    const lead = h("p", { class: "lead" }, "Load a preset:");
    this.kept.replaceChildren(...(names.length ? [lead, ...names.map((name) => this.row(name))] : [none]));
    if (deleted === undefined) {
      if (held) (this.kept.querySelector("button") ?? this.name).focus();
      return;
    }
    const undo = press("Undo", () => this.page.send({ do: "restore" }), { class: "plain" });
    this.kept.prepend(h("p", { class: "lead asks", role: "status" }, `Deleted “${deleted}”. `, undo));
    undo.focus();
  }

  /**
   * A preset to load, or to delete once that is confirmed.
   * @param {string} name
   */
  row(name) {
    const row = h("div", { class: "preset" });
    const drop = press(icon("close"), () => this.confirm(name, row, drop), {
      class: "tool",
      title: "Delete (Del)",
      "aria-label": `Delete ${name}`,
    });
    row.append(this.preset(name), drop);
    return row;
  }

  /**
   * Ask whether to delete a preset.
   * @param {string} name
   * @param {HTMLElement} row
   * @param {HTMLElement} back what gets the focus if it is kept
   */
  confirm(name, row, back) {
    this.shutAsks();
    const keep = () => {
      this.shutAsks();
      back.focus();
    };
    const yes = press("Delete", () => this.page.send({ do: "delete", name }), { class: "plain" });
    const no = press("Keep", keep, { class: "plain" });
    const asks = h("p", { class: "lead asks", role: "alert" }, `Delete “${name}”? `, yes, no);
    asks.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape") return;
      keep();
      event.preventDefault();
      event.stopPropagation();
    });
    row.after(asks);
    row.hidden = true; // the question takes its place
    yes.focus();
  }

  shutAsks() {
    this.kept.querySelector(".asks")?.remove();
    for (const row of this.kept.querySelectorAll(".preset")) row.hidden = false;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const row = /** @type {HTMLElement} */ (event.target).closest(".preset");
    if (!row || event.key !== "Delete") return;
    /** @type {HTMLElement | null} */ (row.querySelector(".tool"))?.click();
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {string} name */
  preset(name) {
    const load = (/** @type {Page} */ of) => () => {
      of.act("load", { name });
      this.shut();
    };
    const [[letter, only]] = this.selections;
    if (!letter) return press(name, load(only), { class: "name", dir: "auto", title: name });
    const ways = this.selections.map(([side, of]) =>
      press(side, load(of), { "aria-label": `Load ${name} as ${side}`, title: `Load as ${side}` }),
    );
    return h("div", { class: "line" }, h("span", { class: "name", dir: "auto", title: name }, name), ...ways);
  }

  /**
   * Ask whether to replace a preset or a file.
   * @param {string} name
   * @param {string} what the request that would replace it
   */
  ask(name, what) {
    const writer = this.writers.get(what);
    const replace = () => (writer ? writer.write(name, true) : this.saved && this.save(this.saved, name));
    const again = press("Replace it", replace, { class: "plain" });
    const asks = h("p", { class: "lead asks", role: "alert" }, `“${name}” already exists. `, again);
    if (writer) {
      this.page.note("");
      writer.asks.replaceChildren(asks);
    } else {
      this.shutAsks(); // of the name before
      this.kept.prepend(asks);
    }
  }
}
