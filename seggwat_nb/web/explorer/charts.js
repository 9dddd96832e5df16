// The charts of all tabs except the first, drawn by Vega. Loaded when one of them is first opened.

import { ChartHost } from "../chart.js";

const MARGIN = 28;

/**
 * Create a host for charts that fill an element and report clicks.
 * @param {HTMLElement} place
 * @param {import("./vega.js").Pick} pick
 */
const chartsIn = (place, pick) => {
  let fits = false;
  let width = 0;
  const room = () => Math.max(200, place.clientWidth - MARGIN);
  const host = new ChartHost(place, {
    prepare: (spec) => {
      fits = spec.width === "container";
      width = room();
      return fits ? { ...spec, width } : spec;
    },
    drawn: (view) =>
      view.addEventListener("click", (_, item) => {
        const name = item?.datum?.name ?? item?.datum?.key;
        if (typeof name === "string") pick(name, item.datum.when);
      }),
  });
  const watch = new ResizeObserver(() => {
    if (!host.view || !fits || width === room() || !place.clientWidth) return;
    width = room();
    host.view.width(width).runAsync();
  });
  watch.observe(place);
  return {
    show: (/** @type {import("../chart.js").Chart} */ chart) => host.show(chart),
    end: () => {
      watch.disconnect();
      host.finish();
    },
  };
};

export default { chartsIn };
