// The charts of all tabs except the first, drawn by Vega. Loaded when one of them is first opened.

import { ChartHost } from "../chart.js";
import { fitRows, PLOT, STACKED, WIDE } from "../fit.js";
import { within } from "./host.js";

const MARGIN = 28;
const WIDEST = 1_200; // pixels to which a chart is widened
const LOWEST = 80; // minimum height in pixels of a plot: with less room, the tab scrolls
const AXIS = 52; // height in pixels of the axis
const ENTRY = 16; // of a row of a legend
const GAPS = 24; // and of what is above the plot, and between it and the legend
const BEFORE = 90; // width in pixels of what is before the entries of a legend
const BRIEF = 110; // width in pixels of an entry below which the names of nested themes would lose what differs
const ROOMY = 560; // chart width in pixels from which on a legend is beside the plot
const NARROW = 340; // chart width in pixels below which the entries of a legend are below each other

const isBelow = (/** @type {any} */ layer) => layer.encoding?.color?.legend?.orient === "bottom";

const INNERMOST = "replace(datum.label, /^.* \\/ /, '/ ')";

/**
 * Keep legends below a chart as low as they can be: without their title, which the heading has, and as wide as the chart.
 * @param {Record<string, any>} spec
 * @param {number} width
 * @returns {[spec: Record<string, any>, height: number]} the same if there are none, and their height in pixels
 */
export const legendBelow = (spec, width) => {
  const [first] = spec.layer?.filter(isBelow) ?? [];
  if (!first) return [spec, 0];
  const { legend, scale } = first.encoding.color;
  const columns = legend.columns ?? 1;
  const labelLimit = Math.floor((width - BEFORE) / columns);
  const lowered = (/** @type {any} */ layer) => {
    if (!isBelow(layer)) return layer;
    const { color } = layer.encoding;
    const own = {
      ...color.legend,
      title: null,
      offset: 4,
      labelLimit,
      ...(labelLimit < BRIEF ? { labelExpr: INNERMOST } : {}),
    };
    return { ...layer, encoding: { ...layer.encoding, color: { ...color, legend: own } } };
  };
  const entries = Math.ceil((scale?.domain?.length ?? 1) / columns);
  return [{ ...spec, layer: spec.layer.map(lowered) }, GAPS + entries * ENTRY];
};

/**
 * Move legends from below a chart to its side, which leaves more of a low tab to the plot.
 * @param {Record<string, any>} spec
 * @returns {Record<string, any>} the same if there are none
 */
export const legendBeside = (spec) => {
  if (!spec.layer?.some(isBelow)) return spec;
  const moved = (/** @type {any} */ layer) => {
    if (!isBelow(layer)) return layer;
    const { color } = layer.encoding;
    const legend = { ...color.legend, orient: "right", direction: "vertical", columns: 1 };
    return { ...layer, encoding: { ...layer.encoding, color: { ...color, legend } } };
  };
  return { ...spec, layer: spec.layer.map(moved) };
};

/**
 * Create a host for charts that fill an element and report clicks.
 * @param {HTMLElement} place
 * @param {import("./vega.js").Pick} pick
 */
const chartsIn = (place, pick) => {
  let fits = false;
  /** @type {import("../chart.js").Chart | null} */ let shown = null;
  let width = 0;
  const room = () => Math.max(200, place.clientWidth - MARGIN);
  // In a tab, axis and legend are in sight, too.
  const tallest = (/** @type {number} */ below) => {
    const tab = place.closest(".stage");
    if (!tab) return Number.POSITIVE_INFINITY;
    const { left, top } = place.getBoundingClientRect();
    const above = within({ clientX: left, clientY: top }, tab).y + tab.scrollTop;
    return Math.max(LOWEST, tab.clientHeight - above - below);
  };
  const host = new ChartHost(place, {
    prepare: (given) => {
      const isFixed = typeof given.height === "number"; // otherwise, it depends on the number of rows
      const beside = isFixed && room() >= ROOMY ? legendBeside(given) : given;
      const [below, low] = place.closest(".stage") ? legendBelow(beside, room()) : [beside, 0];
      const tall = () => Math.min(Number(given.height), tallest(AXIS + low));
      const sized = isFixed ? { ...below, height: tall() } : given;
      fits = sized.width === "container";
      width = room();
      const spec = fits ? fitRows(sized, width) : sized;
      if (!fits) return spec;
      if (width >= NARROW) return { ...spec, width };
      const { config = {} } = /** @type {{config?: Record<string, any>}} */ (spec);
      return { ...spec, width, config: { ...config, legend: { ...STACKED, ...config.legend } } };
    },
    drawn: (view) => {
      view.addEventListener("click", (_, item) => {
        const name = item?.datum?.name ?? item?.datum?.key;
        if (typeof name === "string") pick(name, item.datum.when);
      });
      widen(view);
    },
  });
  /**
   * A plot without any width does not say how much it lacks, so that it may take several steps.
   * @param {import("../chart.js").View} view
   */
  const widen = async (view) => {
    for (let wide = room(); fits && host.view === view && view.width() < PLOT && wide < WIDEST; ) {
      wide += PLOT - view.width();
      await view.width(wide).runAsync();
    }
  };
  const watch = new ResizeObserver(() => {
    if (!host.view || !fits || width === room() || !place.clientWidth) return;
    const isOther = Math.min(width, room()) < WIDE; // what is beside the plot depends on the width
    width = room();
    if (isOther && shown) {
      host.shape = "";
      host.show(shown);
    } else host.view.width(width).runAsync().then(widen);
  });
  watch.observe(place);
  return {
    show: (/** @type {import("../chart.js").Chart} */ chart) => {
      shown = chart;
      return host.show(chart);
    },
    end: () => {
      watch.disconnect();
      host.finish();
    },
  };
};

export default { chartsIn };
