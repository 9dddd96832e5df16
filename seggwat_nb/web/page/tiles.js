// Tiles with headline figures, whose texts for each type and status are looked up.

import { make } from "../dom.js";

/**
 * Type and status (null is all), value, note, the last periods, and whether the sample is small.
 * @typedef {[string | null, string | null, string, string, readonly (number | null)[], boolean]} Choice
 * @typedef {{days: number, tiles: readonly {label: string, choices: readonly Choice[]}[]}} Tiles
 */

const [WIDTH, HEIGHT, GAP] = [96, 22, 2];

/**
 * Return a bar for each period, from the minimum (or 0) to the maximum. Unknown ones are left out.
 * @param {readonly (number | null)[]} periods
 */
export const bars = (periods) => {
  const known = periods.filter((one) => one !== null);
  const [least, most] = [Math.min(0, ...known), Math.max(0, ...known)];
  const scale = HEIGHT / (most - least || 1);
  const step = WIDTH / periods.length;
  return periods.flatMap((one, at) =>
    one === null
      ? []
      : [
          {
            x: at * step,
            y: (most - Math.max(one, 0)) * scale,
            width: step - GAP,
            height: Math.max(Math.abs(one) * scale, 0.5),
          },
        ],
  );
};

/**
 * Return the text of a tile, and which of the filters apply to it.
 * @param {readonly Choice[]} choices
 * @param {string | null} type
 * @param {string | null} status
 * @returns {{choice: Choice, follows: readonly string[]}}
 */
export const lookUp = (choices, type, status) => {
  const find = (/** @type {string | null} */ one, /** @type {string | null} */ other) =>
    choices.find(([kind, state]) => kind === one && state === other);
  const both = find(type, status);
  if (both) return { choice: both, follows: ["chosen_type", "chosen_status"] };
  const [byType, byStatus] = [find(type, null), find(null, status)];
  if (byType && type !== null) return { choice: byType, follows: ["chosen_type"] };
  if (byStatus && status !== null) return { choice: byStatus, follows: ["chosen_status"] };
  return { choice: choices[0], follows: [] };
};

/**
 * Update a tile.
 * @param {Element} node
 * @param {Choice} choice
 * @param {number} days
 * @param {string} note the filters that do not apply
 */
export const showTile = (node, [, , value, against, periods, few], days, note) => {
  node.classList.toggle("few", few);
  /** @type {Element} */ (node.querySelector(".value")).textContent = value;
  const lines = [against, ...(few ? ["Small sample"] : []), ...(note ? [note] : [])];
  const parts = lines.flatMap((line, at) => (at ? [make("br"), line] : [line]));
  /** @type {Element} */ (node.querySelector(".against")).replaceChildren(...parts);
  const picture = node.querySelector(".spark svg");
  if (!picture || !periods.length) return;
  const rects = bars(periods).map((bar) => {
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, size] of Object.entries(bar)) rect.setAttribute(name, String(size));
    return rect;
  });
  picture.replaceChildren(...rects);
  const told = periods.map((one) => (one === null ? "unknown" : String(Math.round(one * 100) / 100))).join(", ");
  picture.setAttribute("aria-label", `Last ${periods.length} periods of ${days} days: ${told}`);
};
