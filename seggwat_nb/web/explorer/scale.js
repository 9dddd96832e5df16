// Positions in the chart over time: pure arithmetic on days and pixels.

import { dateOf, monthName } from "./words.js";

/**
 * @typedef {object} Room size of a chart and its margins in pixels
 * @property {number} width
 * @property {number} height
 * @property {number} left
 * @property {number} right
 * @property {number} top
 * @property {number} bottom
 */

/**
 * Return a step of 1, 2 or 5 times a power of ten, and its first multiple that is not below a number.
 * @param {number} most
 * @param {number} [steps]
 */
export const roofOf = (most, steps = 3) => {
  const rough = Math.max(most, steps) / steps;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? power;
  return { step, roof: Math.ceil(Math.max(most, 1) / step) * step };
};

/**
 * Convert days to pixels and back.
 * @param {Room} room
 * @param {number} first
 * @param {number} last
 */
export const acrossOf = ({ width, left, right }, first, last) => {
  const wide = Math.max(1, width - left - right);
  return {
    x: (/** @type {number} */ day) => left + (wide * (day - first)) / (last - first),
    day: (/** @type {number} */ pixels) => first + ((pixels - left) / wide) * (last - first),
  };
};

/**
 * Snap an edge of the selected dates to the nearest edge of a period.
 * @param {number} day
 * @param {readonly number[]} edges in order
 */
export const snapped = (day, edges) => {
  let best = edges[0];
  for (const edge of edges) if (Math.abs(edge - day) < Math.abs(best - day)) best = edge;
  return best;
};

/**
 * Return the period that contains a day, or -1.
 * @param {number} day
 * @param {readonly number[]} starts
 * @param {readonly number[]} days
 */
export const periodAt = (day, starts, days) => starts.findIndex((from, at) => day >= from && day < from + days[at]);

const STEPS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12000];
const MONTH = 30.44;

/**
 * Return the labels below a chart: months, or days for a short time, with the year next to each January.
 * @param {number} first
 * @param {number} last
 * @param {number} room how many labels fit
 * @returns {{day: number, name: string}[]}
 */
export const ticksOf = (first, last, room) => {
  const ticks = [];
  if (last - first < 70) {
    const step = [1, 2, 7, 14].find((one) => (last - first) / one <= room) ?? 28;
    for (let day = Math.ceil(first); day < last; day += step) {
      const date = dateOf(day);
      ticks.push({ day, name: `${date.getUTCDate()} ${monthName(date.getUTCMonth())}` });
    }
    return ticks;
  }
  const step = STEPS.find((one) => (last - first) / MONTH / one <= room) ?? STEPS[STEPS.length - 1];
  const begin = dateOf(first);
  const from = Math.ceil((begin.getUTCFullYear() * 12 + begin.getUTCMonth() + 1) / step) * step;
  for (let month = from; ; month += step) {
    const date = new Date(0);
    date.setUTCFullYear(Math.floor(month / 12), month % 12, 1);
    const day = date.getTime() / 86_400_000;
    if (day >= last || Number.isNaN(day)) break;
    const year = date.getUTCFullYear();
    const name = step >= 12 ? `${year}` : monthName(date.getUTCMonth());
    ticks.push({ day, name: step < 12 && date.getUTCMonth() === 0 ? `${name} ${year}` : name });
  }
  return ticks;
};

const LETTER = 6; // width in pixels of a letter of the name of a release
const NAME_GAP = 8; // least distance in pixels of two such names

/**
 * Place the names of releases above their lines, from left to right. A name for which there is no room is left out.
 * @param {{at: number, label: string}[]} releases
 * @param {number} width of the chart
 * @returns {({x: number, anchor: "start" | "middle" | "end"} | null)[]}
 */
export const placeNames = (releases, width) => {
  let taken = -Infinity;
  return releases.map(({ at, label }) => {
    const long = label.length * LETTER;
    const start = Math.max(0, Math.min(at - long / 2, width - long));
    if (start < taken + NAME_GAP) return null;
    taken = start + long;
    if (start === at - long / 2) return { x: at, anchor: "middle" };
    return start ? { x: width, anchor: "end" } : { x: 0, anchor: "start" };
  });
};
