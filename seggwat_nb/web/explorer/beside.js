// Another panel that replaces this one. It is a separate widget, which the notebook draws if it supports widgets within
// widgets. Otherwise, its code is shown, to run in another cell.

import { h, icon, press } from "./elements.js";

/**
 * @typedef {{el: HTMLElement, remove: () => void, luminoWidget?: Lumino, pWidget?: Lumino}} View
 * @typedef {{processMessage: (message: object) => void}} Lumino
 * @typedef {object} Manager
 * @property {(id: string) => Promise<unknown>} get_model
 * @property {(model: unknown) => Promise<View>} create_view
 */

export class Beside {
  /**
   * @param {import("./types.js").Page} page
   * @param {HTMLElement} el the widget's element, whose children are outside the shadow root
   * @param {Manager | undefined} manager
   * @param {string} back label of the button that leads back to this panel
   */
  constructor(page, el, manager, back) {
    this.page = page;
    this.el = el;
    this.manager = typeof manager?.create_view === "function" ? manager : null;
    this.back = press([icon("back"), back], () => this.close(), { class: "plain" });
    this.node = h("div", { class: "beside", hidden: true }, this.back, h("slot"));
    this.ready = press("", () => this.reveal(), { class: "plain", hidden: true });
    /** @type {[what: string, more: object]} */ this.asked = ["", {}];
    /** @type {Element | null} */ this.from = null; // the control that led to the other panel
    /** @type {View | null} */ this.view = null;
  }

  /**
   * Request the other panel.
   * @param {string} what
   * @param {object} more
   */
  ask(what, more) {
    this.asked = [what, more];
    this.from = this.page.root.activeElement;
    this.page.ask(what, { ...more, shows: Boolean(this.manager) });
  }

  /**
   * Show the other panel, or offer it if somebody has gone on in the meantime: it would take the place of what they use.
   * @param {string} id of its model
   * @param {() => boolean} isAwaited whether the focus is still where it was when the panel was requested
   */
  async show(id, isAwaited) {
    const { manager, page } = this;
    if (!manager) return;
    let view;
    try {
      view = await manager.create_view(await manager.get_model(id));
    } catch {
      const [what, more] = this.asked;
      page.ask(what, { ...more, shows: false }); // as code
      return;
    }
    this.drop();
    this.view = view;
    if (isAwaited() || this.isShown) {
      this.reveal();
      return;
    }
    this.ready.textContent = `Show the ${this.asked[0] === "compare" ? "comparison" : "explorer"}`;
    this.ready.hidden = false;
    page.note("It is ready.");
  }

  reveal() {
    const { el, page, view } = this;
    if (!view) return;
    this.ready.hidden = true;
    el.append(view.el);
    // As when Lumino attaches it: some widgets only draw their children then.
    for (const type of ["before-attach", "after-attach"]) {
      (view.luminoWidget ?? view.pWidget)?.processMessage({ type, isConflatable: false, conflate: () => false });
    }
    this.node.hidden = false;
    page.panel.classList.add("comparing");
    this.back.focus({ preventScroll: true });
    page.panel.scrollIntoView?.({ block: "nearest" });
  }

  drop() {
    this.view?.remove();
    this.view = null;
    this.ready.hidden = true;
  }

  /** Whether the other panel is in this one's place. */
  get isShown() {
    return !this.node.hidden;
  }

  close() {
    const { page } = this;
    if (!this.view) return;
    this.drop();
    page.ask("back");
    if (!this.isShown) return;
    this.node.hidden = true;
    page.panel.classList.remove("comparing");
    const isThere = this.from?.isConnected && this.from.getClientRects().length;
    const to = /** @type {HTMLElement} */ (isThere ? this.from : page.panel);
    to.focus({ preventScroll: true });
  }
}
