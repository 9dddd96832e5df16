// What all pages share: the data that the page carries, and how its charts are drawn. Nothing is requested.

import { ChartHost } from "../chart.js";

/** Read what the page carries. */
export const stored = () =>
  JSON.parse(/** @type {HTMLElement} */ (document.querySelector("script#seggwat-store")).textContent ?? "");

/**
 * Host a chart with the page's own style; what vega-embed would add, the page's policy does not allow.
 * @param {Element} canvas
 */
export const hosted = (canvas) =>
  new ChartHost(canvas, {
    embed: { defaultStyle: false, tooltip: { disableDefaultStyle: true, theme: "seggwat" } },
  });

/** Mark the page as complete. */
export const ready = () => {
  document.documentElement.dataset.ready = "true";
};
