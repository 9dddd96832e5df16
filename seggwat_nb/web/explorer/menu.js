// A small menu next to whatever was clicked.

import { h, press } from "./elements.js";
import { within } from "./host.js";

const EDGE = 8; // minimum distance in pixels between the menu and the edge of the panel

/**
 * @typedef {object} Offer
 * @property {string} lead the heading
 * @property {[text: string, act: () => void][]} acts
 * @property {{x: number, y: number}} at the position in the window
 * @property {HTMLElement} back the element to focus when the menu is closed
 */

export class Menu {
  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.panel = panel;
    /** @type {HTMLElement | null} */ this.back = null;
    this.node = h("div", { class: "drop offer", role: "menu", hidden: true, "aria-label": "What to do" });
    this.node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.pressed(event));
    this.node.addEventListener("focusout", (/** @type {FocusEvent} */ event) => {
      if (!this.node.contains(event.relatedTarget)) this.node.hidden = true;
    });
  }

  /** @param {Offer} offer */
  open({ lead, acts, at, back }) {
    const { node, panel } = this;
    this.back = back;
    const choose = (/** @type {() => void} */ act) => () => {
      this.close();
      act();
    };
    node.replaceChildren(
      h("p", { class: "lead" }, lead),
      ...acts.map(([text, act]) => press(text, choose(act), { role: "menuitem", tabindex: -1 })),
    );
    node.hidden = false;
    const { x, y } = within({ clientX: at.x, clientY: at.y }, panel);
    const kept = (/** @type {number} */ place, /** @type {number} */ most) =>
      `${Math.max(EDGE, Math.min(place, most - EDGE))}px`;
    node.style.left = kept(x, panel.offsetWidth - node.offsetWidth);
    node.style.top = kept(y, panel.offsetHeight - node.offsetHeight);
    this.items[0].focus({ preventScroll: true });
  }

  get items() {
    return /** @type {HTMLElement[]} */ ([...this.node.querySelectorAll("button")]);
  }

  /** Close it, if it is open. */
  shut() {
    if (!this.node.hidden) this.close();
  }

  close() {
    const to = this.back?.isConnected ? this.back : this.panel;
    to.focus({ preventScroll: true });
    this.node.hidden = true;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const { items } = this;
    const at = items.indexOf(/** @type {HTMLElement} */ (event.target));
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 };
    if (event.key === "Tab") {
      this.close(); // the next control is the one after where it was opened
      return;
    }
    if (event.key === "Escape") this.close();
    else if (event.key in moves) items[moves[event.key] % items.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
