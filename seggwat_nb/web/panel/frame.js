// What a panel as a whole does in the page: keeps keys to itself, and shows when it is at work.
//
// A notebook takes plain keys for commands, such as x for "cut this cell", wherever the focus is but in a field. Lumino,
// which handles them in JupyterLab and Notebook 7, looks from the event's target upwards for a command, and stops at an
// element with this attribute. It has to be on the target itself, and controls are replaced all the time, so each target
// is marked at the moment a key is pressed: on `window`, which receives it before any handler of Lumino's.

const MARK = "data-lm-suppress-shortcuts";

// Saving is no plain key, and harms nothing.
const saves = (/** @type {KeyboardEvent} */ event) =>
  (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s";

const usable = (/** @type {HTMLElement} */ node) =>
  node.isConnected && !("disabled" in node && node.disabled) && node.getClientRects().length > 0;

/** @param {{model: import("./model.js").Model, el: HTMLElement}} place */
function render({ model, el }) {
  el.hidden = true;
  const panel = () => {
    const found = /** @type {HTMLElement | null} */ (el.closest(".seggwat-panel"));
    if (found) found.tabIndex = -1; // else a click between the controls gives the focus to the notebook's cell
    return found;
  };
  /** @type {HTMLElement | null} */ let held = null; // what has, or had last, the focus in this panel
  const focused = (/** @type {FocusEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    held = panel()?.contains(target) ? target : null;
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (panel()?.contains(target)) target.toggleAttribute(MARK, !saves(event));
    // A button that is gone, or can no longer be pressed, has left the focus to the page: continue from the panel.
    else if (target === document.body && held && !usable(held)) panel()?.focus({ preventScroll: true });
  };
  const worked = () => panel()?.setAttribute("aria-busy", String(model.get("busy")));
  document.addEventListener("pointerdown", panel, true);
  document.addEventListener("focusin", focused);
  window.addEventListener("keydown", pressed, true);
  model.on("change:busy", worked);
  return () => {
    document.removeEventListener("pointerdown", panel, true);
    document.removeEventListener("focusin", focused);
    window.removeEventListener("keydown", pressed, true);
    model.off("change:busy", worked);
  };
}

export default { render };
