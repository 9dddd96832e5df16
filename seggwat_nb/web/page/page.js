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
    embed: { defaultStyle: false, tooltip: { disableDefaultStyle: true, theme: "seggwat" } },
  });

/** Mark the page as complete. */
export const ready = () => {
  document.documentElement.dataset.ready = "true";
};
