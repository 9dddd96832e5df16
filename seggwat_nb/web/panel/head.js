// How many items are selected, and by what: each part of the filter is a button that removes it, and one more removes all.

import { button, make } from "../dom.js";

/**
 * @typedef {object} Shown
 * @property {string} selected
 * @property {string} rest
 * @property {readonly {part: string, label: string, title: string}[]} chips
 */

/** @param {{model: import("./model.js").Model, el: HTMLElement}} place */
function render({ model, el }) {
  el.classList.add("seggwat-head");
  const selected = make("b");
  const rest = make("span");
  const chips = make("div", { className: "seggwat-chips" });
  el.append(make("div", { className: "seggwat-summary", role: "status" }, selected, rest), chips);
  const chip = (/** @type {string} */ text, /** @type {string} */ title, /** @type {string | null} */ part) =>
    button(text, () => model.send({ reset: part }), { className: "seggwat-chip", title });
  const update = () => {
    const shown = /** @type {Shown} */ (model.get("shown"));
    selected.textContent = shown.selected;
    rest.textContent = shown.rest;
    const place = [...chips.children].indexOf(/** @type {Element} */ (document.activeElement));
    const made = shown.chips.map(({ part, label, title }) => chip(`${label} ✕`, title, part));
    if (made.length) made.push(chip("Reset all", "Select all items", null));
    chips.replaceChildren(...made);
    if (place >= 0) made.at(Math.min(place, made.length - 1))?.focus();
  };
  model.on("change:shown", update);
  update();
  return () => model.off("change:shown", update);
}

export default { render };
