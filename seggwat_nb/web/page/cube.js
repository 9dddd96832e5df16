// A cube of counts: adds up its cells for what is ticked.

/**
 * @typedef {{name: string, label: string, values: readonly string[], colours: readonly string[]}} Column
 * @typedef {object} Periods
 * @property {readonly number[]} start milliseconds
 * @property {readonly number[]} end
 * @property {readonly string[]} name
 * @property {readonly string[]} known
 * @property {readonly boolean[]} complete
 *
 * @typedef {Record<string, readonly number[]>} Cells for each cell its count, its period and its value in each column
 * @typedef {{from: number, to: number}} Span places of the first and the last period
 * @typedef {{chosen: number, counts: number[][], heights: number[][]}} Sums
 */

/**
 * Add up the cells. A value's count is of the cells that all boxes but those of its own column let through: it tells what
 * ticking it leaves.
 * @param {{columns: readonly Column[], periods: Periods, cells: Cells}} cube
 * @param {{ticked: readonly Set<number>[], span: Span, by: number}} choice `by` is the column to stack by, or -1
 * @returns {Sums}
 */
export const addUp = ({ columns, periods, cells }, { ticked, span, by }) => {
  const places = columns.map((column) => cells[column.name]);
  const counts = columns.map((column) => new Array(column.values.length).fill(0));
  const heights = periods.start.map(() => new Array(by < 0 ? 1 : columns[by].values.length).fill(0));
  let chosen = 0;
  cells.count.forEach((number, cell) => {
    const period = cells.period[cell];
    if (period < span.from || period > span.to) return;
    const shut = columns.map((_, at) => at).filter((at) => ticked[at].size && !ticked[at].has(places[at][cell]));
    if (shut.length === 1) counts[shut[0]][places[shut[0]][cell]] += number;
    if (shut.length) return;
    chosen += number;
    counts.forEach((one, at) => {
      one[places[at][cell]] += number;
    });
    heights[period][by < 0 ? 0 : places[by][cell]] += number;
  });
  return { chosen, counts, heights };
};

/**
 * Order values for stacking: those that share a colour above those that have one of their own.
 * @param {readonly string[]} colours
 */
export const stackingOrder = (colours) => {
  const shared = (/** @type {number} */ place) =>
    Number(colours.filter((colour) => colour === colours[place]).length > 1);
  const first = (/** @type {number} */ place) => colours.indexOf(colours[place]);
  return colours.map((_, place) => place).sort((a, b) => shared(a) - shared(b) || first(a) - first(b) || a - b);
};
