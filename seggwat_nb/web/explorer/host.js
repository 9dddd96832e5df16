// Embeds a panel in a notebook: it keeps key presses to itself, and matches the theme and the size of the text.
//
// Notebooks treat plain keys as commands, such as x for "cut this cell", unless the focus is in a field. Lumino, which
// handles them in JupyterLab and Notebook 7, searches upwards from the event's target for a command, and stops at an
// element with this attribute. Outside of a shadow root, its keys appear to be pressed on the host.

const SUPPRESS = "data-lm-suppress-shortcuts";
const HALF = 0.5;
const NORMAL = 13; // font size in pixels for which all sizes of a panel are written
// VS Code gives its own colors and sizes to what runs in it, beside those of JupyterLab, of which some are not its own.
const INK = "var(--vscode-editor-foreground, var(--jp-ui-font-color1, inherit))";
const SIZE = `max(
  var(--vscode-font-size, var(--jp-ui-font-size1, max(${NORMAL}px, ${NORMAL / 16}rem))),
  calc(var(--jp-content-font-size1, 0px) * ${NORMAL} / 14)
)`;

// Saving is not a plain key, and does no harm.
const isSave = (/** @type {KeyboardEvent} */ event) =>
  (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s";

/**
 * Keep key presses in a panel.
 * @param {HTMLElement} el
 * @param {HTMLElement} panel
 */
export const bound = (el, panel) => {
  el.setAttribute(SUPPRESS, "true");
  let held = false; // whether the panel has the focus, or had it last
  const focused = (/** @type {FocusEvent} */ event) => {
    held = event.target === el;
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.target === el) el.toggleAttribute(SUPPRESS, !isSave(event));
    // If the focused control was removed or disabled, the page has the focus: continue from the panel.
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
 * Return whether a computed color is light.
 * @param {string} colour such as `rgb(20, 20, 20)` or `color(srgb 0.1 0.1 0.1)`
 */
export const isLight = (colour) => {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+(?=[\s,)/])/g) ?? []).map(Number);
  const most = colour.startsWith("rgb") ? 255 : 1;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / most > HALF;
};

/**
 * Adopt the color of the surrounding text, and use the dark theme if it is light. Where text is larger, so is the panel.
 * @param {HTMLElement} panel
 */
export const followTheme = (panel) => {
  const look = () => {
    const probe = document.createElement("i");
    probe.style.color = INK;
    probe.style.fontSize = SIZE;
    panel.before(probe);
    const { color: ink, fontSize } = getComputedStyle(probe);
    probe.remove();
    if (!ink) return;
    panel.style.setProperty("--ink", ink);
    panel.style.setProperty("--zoom", String(Number.parseFloat(fontSize) / NORMAL || 1));
    panel.classList.toggle("dark", isLight(ink));
  };
  const watch = new MutationObserver(look);
  for (const one of [document.documentElement, document.body]) {
    watch.observe(one, { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-light", "data-theme"] });
  }
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", look);
  const shown = new ResizeObserver(look); // a panel is created before it is on the page
  shown.observe(panel);
  return () => {
    watch.disconnect();
    shown.disconnect();
    scheme.removeEventListener("change", look);
  };
};

/**
 * Return how many pixels of the window a pixel within an element takes.
 * @param {Element} node
 */
export const zoomOf = (node) => node.currentCSSZoom ?? 1;

/**
 * Return the position of an event in an element, in pixels of the element.
 * @param {{clientX: number, clientY: number}} event
 * @param {Element} node
 */
export const within = ({ clientX, clientY }, node) => {
  const { left, top } = node.getBoundingClientRect();
  return { x: (clientX - left) / zoomOf(node), y: (clientY - top) / zoomOf(node) };
};
