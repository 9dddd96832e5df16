// How a panel stands in its notebook: it keeps keys to itself, and is light or dark as what is around it.
//
// A notebook takes plain keys for commands, such as x for "cut this cell", wherever the focus is but in a field. Lumino,
// which handles them in JupyterLab and Notebook 7, looks from the event's target upwards for a command, and stops at an
// element with this attribute. What is pressed in a shadow root is pressed on its host, for all that is outside of it.

const SUPPRESS = "data-lm-suppress-shortcuts";
const HALF = 0.5;

// Saving is no plain key, and harms nothing.
const isSave = (/** @type {KeyboardEvent} */ event) =>
  (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s";

/**
 * Keep keys in a panel.
 * @param {HTMLElement} el
 * @param {HTMLElement} panel
 */
export const bound = (el, panel) => {
  el.setAttribute(SUPPRESS, "true");
  let held = false; // whether the panel has, or had last, the focus
  const focused = (/** @type {FocusEvent} */ event) => {
    held = event.target === el;
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.target === el) el.toggleAttribute(SUPPRESS, !isSave(event));
    // A control that is gone, or can no longer be pressed, has left the focus to the page: continue from the panel.
    else if (event.target === document.body && held && el.isConnected && el.getClientRects().length) {
      panel.focus({ preventScroll: true });
      const { key, code, ctrlKey, shiftKey, altKey, metaKey } = event;
      const same = { key, code, ctrlKey, shiftKey, altKey, metaKey, bubbles: true, cancelable: true };
      event.stopImmediatePropagation();
      if (!panel.dispatchEvent(new KeyboardEvent("keydown", same))) event.preventDefault();
    }
  };
  document.addEventListener("focusin", focused);
  window.addEventListener("keydown", pressed, true);
  return () => {
    document.removeEventListener("focusin", focused);
    window.removeEventListener("keydown", pressed, true);
  };
};

/**
 * Whether a colour, as a browser computes it, is light.
 * @param {string} colour such as `rgb(20, 20, 20)` or `color(srgb 0.1 0.1 0.1)`
 */
export const isLight = (colour) => {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+(?=[\s,)/])/g) ?? []).map(Number);
  const most = colour.startsWith("rgb") ? 255 : 1;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / most > HALF;
};

/**
 * Take the colour of the text around, and be dark where it is light.
 * @param {HTMLElement} panel
 */
export const followTheme = (panel) => {
  const look = () => {
    const probe = document.createElement("i");
    probe.style.color = "var(--jp-ui-font-color1, inherit)";
    panel.before(probe);
    const ink = getComputedStyle(probe).color;
    probe.remove();
    if (!ink) return;
    panel.style.setProperty("--ink", ink);
    panel.classList.toggle("dark", isLight(ink));
  };
  const watch = new MutationObserver(look);
  for (const one of [document.documentElement, document.body]) {
    watch.observe(one, { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-light", "data-theme"] });
  }
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", look);
  const shown = new ResizeObserver(look); // a panel is made before it is in the page
  shown.observe(panel);
  return () => {
    watch.disconnect();
    shown.disconnect();
    scheme.removeEventListener("change", look);
  };
};
