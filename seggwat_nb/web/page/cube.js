// A cube of counts: sums its cells for the ticked values.

/**
 * @typedef {{name: string, label: string, values: readonly string[], colours: readonly string[]}} Column
 * @typedef {object} Periods
 * @property {readonly number[]} start milliseconds
 * @property {readonly number[]} end
 * @property {readonly string[]} name
 * @property {readonly string[]} known
 * @property {readonly boolean[]} complete
 *
 * @typedef {Record<string, readonly number[]>} Cells count, period and value in each column for each cell
 * @typedef {{from: number, to: number}} Span positions of the first and the last period
 * @typedef {{chosen: number, counts: number[][], heights: number[][]}} Sums
 */

/**
 * Sum the cells. The count of a value ignores the boxes of its own column, so that it says how many items would remain if
 * it were ticked.
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
 * Sort values for stacking: those that share a color above those with one of their own.
 * @param {readonly string[]} colours
 */
export const stackingOrder = (colours) => {
  const shared = (/** @type {number} */ place) =>
    Number(colours.filter((colour) => colour === colours[place]).length > 1);
  const first = (/** @type {number} */ place) => colours.indexOf(colours[place]);
  return colours.map((_, place) => place).sort((a, b) => shared(a) - shared(b) || first(a) - first(b) || a - b);
};
