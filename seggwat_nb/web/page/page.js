// Shared by all pages: the embedded data, and how charts are drawn. Nothing is requested.

import { ChartHost } from "../chart.js";
import { fitRows } from "../fit.js";

/** Read the embedded data. */
export const stored = () =>
  JSON.parse(/** @type {HTMLElement} */ (document.querySelector("script#seggwat-store")).textContent ?? "");

/**
 * Host a chart with the page's own style, since the page's policy forbids that of vega-embed.
 * @param {Element} canvas
 */
export const hosted = (canvas) =>
  new ChartHost(canvas, {
    prepare: (spec) => (spec.width === "container" && canvas.clientWidth ? fitRows(spec, canvas.clientWidth) : spec),
    drawn: () => hideEmpty(canvas),
    embed: { defaultStyle: false, tooltip: { disableDefaultStyle: true, theme: "seggwat" } },
  });

/**
 * Hide marks of no items from screen readers, since Vega has nothing to name them by.
 * @param {Element} canvas
 */
export const hideEmpty = (canvas) => {
  for (const mark of canvas.querySelectorAll("svg .role-mark[role]"))
    mark.setAttribute("aria-hidden", String(!mark.childElementCount));
};

/** Mark the page as complete. */
export const ready = () => {
  document.documentElement.dataset.ready = "true";
};
