// Helpers for elements, numbers and focus. Text is only ever inserted as text.

/**
 * Create an element with properties and children. `role` and `aria-…` are set as attributes.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "role" || name.startsWith("aria-")) element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  }
  element.append(...children);
  return element;
};

/**
 * Create a button.
 * @param {string} text
 * @param {() => void} press
 * @param {Record<string, unknown>} [properties]
 */
export const button = (text, press, properties = {}) => {
  const made = make("button", { type: "button", textContent: text, ...properties });
  made.addEventListener("click", press);
  return made;
};

/**
 * Create a select list. `set` selects an option by its position.
 * @param {string} label
 * @param {readonly string[]} options
 * @param {(place: number) => void} choose
 */
export const chooser = (label, options, choose) => {
  const list = make(
    "select",
    {},
    ...options.map((text, place) => make("option", { value: String(place), textContent: text })),
  );
  list.addEventListener("change", () => choose(Number(list.value)));
  const set = (/** @type {number} */ place) => {
    list.value = String(place);
  };
  return { node: make("label", {}, make("span", { textContent: label }), list), set };
};

const format = new Intl.NumberFormat("en");

/**
 * Format a number: 1,977.
 * @param {number} number
 */
export const count = (number) => format.format(number);

/**
 * Redraw the contents of an element. The focus returns to the control with the same `data-key`.
 * @param {Element} root
 * @param {() => void} redraw
 */
export const keepFocus = (root, redraw) => {
  const active = document.activeElement;
  const key = root.contains(active) ? /** @type {HTMLElement} */ (active).dataset.key : undefined;
  redraw();
  if (key === undefined) return;
  const keyed = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-key]")]);
  keyed.find((one) => one.dataset.key === key)?.focus();
};
