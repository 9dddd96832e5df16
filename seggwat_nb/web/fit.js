// Fits a chart of rows, with their names before the plot and figures after it, to its width.

export const PLOT = 100; // minimum width in pixels between names and figures: with less room, the chart scrolls
export const WIDE = 640; // chart width in pixels from which on a legend is beside the plot instead of below it
const NAMES = 240; // maximum width in pixels of names before a plot
const SHARE = 0.6; // and their maximum share of the room beside it
const NOTES = 72; // minimum width in pixels of notes after a plot: with less room, they are left out
const BESIDE = 24; // width in pixels of the gaps beside a plot
const STACKS = 480; // chart width in pixels below which there is no room for a row of a legend beside names
const SHORT = { columns: 3, layout: { anchor: "end" } }; // rows that fit above names and plot together
const SHORTEST = 360; // chart width in pixels below which these do not fit, either
export const STACKED = { columns: 1, layout: { anchor: "end" } };

/**
 * Break the title of a horizontal axis after its first comma.
 * @param {any} layer
 */
const titleInLines = (layer) => {
  const { x } = layer.encoding ?? {};
  if (typeof x?.title !== "string" || !x.title.includes(", ")) return layer;
  const [first, ...more] = x.title.split(", ");
  return { ...layer, encoding: { ...layer.encoding, x: { ...x, title: [`${first},`, more.join(", ")] } } };
};

/**
 * Leave the plot its minimum width: limit the names before it and the notes after it, which are left out with too little
 * room for them.
 * @param {Record<string, any>} spec
 * @param {number} width
 * @returns {Record<string, any>} the same if nothing is written beside the plot
 */
export const fitRows = (spec, width) => {
  const isText = (/** @type {any} */ layer) => layer.mark?.type === "text";
  const isName = (/** @type {any} */ layer) => isText(layer) && layer.mark.align === "right" && layer.mark.limit;
  const isNote = (/** @type {any} */ layer) => isText(layer) && layer.encoding?.x?.value === "width";
  if (!spec.layer?.some(isName)) return spec;
  const room = width - PLOT - BESIDE;
  const left = room - Math.min(NAMES, room * SHARE);
  const noted = spec.layer.some(isNote) && left >= NOTES;
  const limited = (/** @type {any} */ layer) => {
    if (isName(layer)) {
      const most = noted ? room - left : room;
      return { ...layer, mark: { ...layer.mark, limit: Math.round(Math.min(layer.mark.limit, most)) } };
    }
    return isNote(layer) ? { ...layer, mark: { ...layer.mark, limit: Math.round(left) } } : layer;
  };
  let layer = spec.layer.filter((/** @type {any} */ one) => noted || !isNote(one)).map(limited);
  if (width >= WIDE) return { ...spec, layer };
  if (width < STACKS) layer = layer.map(titleInLines);
  const { config = {} } = spec;
  const axisX = { titleAnchor: "end", titleAlign: "right", labelSeparation: 6, ...config.axisX }; // clear of the notes
  const rows = width < SHORTEST ? STACKED : SHORT;
  const legend = { ...(width < STACKS ? rows : {}), ...config.legend };
  return { ...spec, layer, config: { ...config, axisX, legend } };
};
