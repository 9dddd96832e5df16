// HTML and SVG elements, and icons. Text is only ever inserted as text.

/** @typedef {Node | string | null | undefined | false} Inside */

/**
 * Create an element with attributes, listeners (`onclick`), styles (`style: {…}`) and children.
 * @param {string} tag
 * @param {Record<string, any>} [has]
 * @param {...Inside} inside
 * @returns {any}
 */
export const h = (tag, has = {}, ...inside) => fill(document.createElement(tag), has, inside);

/**
 * Create an SVG element.
 * @param {string} tag
 * @param {Record<string, any>} [has]
 * @param {...Inside} inside
 * @returns {any}
 */
export const s = (tag, has = {}, ...inside) => fill(document.createElementNS(SVG, tag), has, inside);

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {any} node
 * @param {Record<string, any>} has
 * @param {Inside[]} inside
 */
const fill = (node, has, inside) => {
  for (const [name, value] of Object.entries(has)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) node.style.setProperty(key, one);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const one of inside) if (one !== null && one !== undefined && one !== false) node.append(one);
  return node;
};

/**
 * Create a button with text or an icon.
 * @param {Inside | Inside[]} inside
 * @param {(event: MouseEvent) => void} press
 * @param {Record<string, any>} [has]
 */
export const press = (inside, press, has = {}) =>
  h("button", { type: "button", onclick: press, ...has }, ...(Array.isArray(inside) ? inside : [inside]));

/** @param {keyof typeof PATHS} name */
export const icon = (name) =>
  s(
    "svg",
    { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true", class: "icon" },
    s("path", { d: PATHS[name] }),
  );

const PATHS = {
  back: "M10 3 5 8l5 5",
  forth: "m6 3 5 5-5 5",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm3.3 7.8L14 14",
  close: "m4 4 8 8m0-8-8 8",
  down: "m4 6 4 4 4-4",
  up: "m4 10 4-4 4 4",
  copy: "M5.500 5.500v-3h8v8h-3M2.500 5.500h8v8h-8Z",
  out: "M6 3H3v10h10v-3M9 3h4v4M13 3 7 9",
  sort: "M5 3v10m0 0-2-2m2 2 2-2M9 4h5M9 8h4M9 12h2",
};

/**
 * Show which option of a list is selected.
 * @param {HTMLSelectElement} list
 * @param {string} value
 */
export const showChosen = (list, value) => {
  for (const one of list.querySelectorAll("option")) one.selected = one.value === value;
};

/**
 * Highlight every second piece of a text.
 * @param {readonly string[]} pieces
 */
export const marked = (pieces) => pieces.map((text, place) => (place % 2 ? h("mark", {}, text) : text));

/**
 * Make a text whose middle is cut where it lacks room, since versions and pages often differ at their ends only. It stays
 * whole if its end is short, in a script whose letters change with their neighbors, or alike in most e-mail addresses.
 * @param {string} text
 * @returns {Inside[]}
 */
export const cutInside = (text) => {
  const [, start, end] = (!ADDRESS.test(text) && ENDED.exec(text)) || [];
  return end ? [h("span", { class: "start" }, start), h("span", { class: "end" }, end)] : [text];
};

const ADDRESS = /^[^\s@/]+@[^\s@/]+\.\p{L}{2,}$/u;
const ENDED = /^(.{8,}?)([\p{Script=Latin}\p{Script=Common}]{8})$/su;

/**
 * Set a text, if it is another one: the browser would lay out and announce even the same.
 * @param {any} node
 * @param {string} text
 */
export const tell = (node, text) => {
  const { firstChild } = node;
  if (firstChild?.nodeType === TEXT && firstChild === node.lastChild) {
    if (firstChild.data !== text) firstChild.data = text;
  } else if (node.firstElementChild || text !== node.textContent) node.textContent = text; // marks go, too
};

const TEXT = 3;

/**
 * Set styles, those with other values.
 * @param {HTMLElement | SVGElement} node
 * @param {Record<string, string>} styles
 */
export const dress = (node, styles) => {
  for (const [name, value] of Object.entries(styles)) {
    if (node.style.getPropertyValue(name) !== value) node.style.setProperty(name, value);
  }
};

/**
 * Set attributes, those with other values.
 * @param {Element} node
 * @param {Record<string, string | number>} has
 */
export const put = (node, has) => {
  for (const [name, value] of Object.entries(has)) {
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
  }
};

/**
 * Put elements into another one in place of those that it has. Those that stay are not taken out: a press that has begun on
 * them would be lost.
 * @param {Element} parent
 * @param {Element[]} nodes
 */
export const arrange = (parent, nodes) => {
  const kept = new Set(nodes);
  for (const one of [...parent.children]) if (!kept.has(one)) one.remove();
  nodes.forEach((one, at) => {
    const there = parent.children[at] ?? null;
    if (there !== one) parent.insertBefore(one, there);
  });
};

const GROUP = "[role=group], ul, .steps";

// Without asking for the layout, which a redraw has just changed.
const isThere = (/** @type {any} */ one) => one.isConnected && !one.disabled && !one.closest("[hidden]");

/**
 * Redraw elements. If the focused control is gone or disabled then, the focus moves to the control with the same `data-key`, or
 * else to the one in its place in the same group, or else to what surrounds it.
 * @param {import("./types.js").Scope} root
 * @param {() => void} redraw
 */
export const focusKept = (root, redraw) => {
  const active = /** @type {HTMLElement | null} */ (root.activeElement);
  const key = active?.dataset.key;
  const group = active?.closest(GROUP);
  const controls = () => /** @type {HTMLElement[]} */ ([...(group?.querySelectorAll("button, input") ?? [])]);
  const place = active ? controls().indexOf(active) : -1;
  /** @type {HTMLElement[]} */ const around = [];
  for (let one = active?.parentElement; one; one = one.parentElement)
    if (one.hasAttribute("tabindex")) around.push(one);
  redraw();
  if (!active || (root.activeElement === active ? isThere(active) : root.activeElement)) return;
  const again = key === undefined ? null : root.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const near =
    controls()
      .slice(0, place + 1)
      .reverse()
      .find(isThere) ?? controls().find(isThere);
  const to = [again, near, ...around].find((one) => one && isThere(one));
  /** @type {HTMLElement | undefined} */ (to)?.focus({ preventScroll: true });
};
