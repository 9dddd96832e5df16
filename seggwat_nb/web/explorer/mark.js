// The menus of a mark in the chart over time, and of a value in a list.

import { dayName, daysName, several } from "./words.js";

const MOST_RELEASES = 3; // in the menu of a period

/**
 * @typedef {import("./types.js").Page} Page
 * @typedef {[text: string, act: () => void][]} Acts
 */

/**
 * Return the menu of a period in the chart, or of one value in it. Its entries name days and values, since the chart may
 * have other periods and bands by the time that the kernel reads them.
 * @param {Page} page
 * @param {{at: number, band: number, n: number}} mark
 * @returns {{lead: string, acts: Acts}}
 */
export const ofMark = (page, { at, band, n }) => {
  const { time, setup } = page;
  /** @type {import("./types.js").Span} */
  const span = [time.starts[at], time.starts[at] + time.days[at]];
  const when = daysName(...span);
  const lead = `${when} · ${several(n, "item")}`;
  const during = () => page.act("dates", { span });
  const part = time.by;
  const value = band in time.values ? time.values[band] : [];
  if (value?.length === 0) {
    return {
      lead,
      acts: [
        [`Read these: ${when}`, reading(page, during)],
        [`Only ${when}`, during],
        ...comparing(page, when, { span }),
        ...released(page, at),
      ],
    };
  }
  const label = time.labels[band];
  const choose = (/** @type {string} */ how, more = {}) => page.act("choose", { part, value, how, ...more });
  /** @type {Acts} */
  const acts = [
    [`Read these: ${label}, ${when}`, reading(page, () => choose("only", { span }))],
    [`Only ${label}`, () => choose("only")],
    [`Only ${when}`, during],
  ];
  if (value && setup.facets.find((one) => one.name === part)?.excludes)
    acts.push([`Not ${label}`, () => choose("not")]);
  acts.push(...comparing(page, label, { part, value }), ...comparing(page, when, { span }));
  return { lead, acts: [...acts, ...released(page, at)] };
};

/**
 * Return the menu of a release in the chart.
 * @param {Page} page
 * @param {import("./types.js").Release} release
 * @returns {{lead: string, acts: Acts}}
 */
export const ofRelease = (page, { label, value, day }) => {
  const facet = page.setup.facets.find((one) => one.name === "version");
  const acts = facet ? ofValue(page, facet, { value, label, n: 0 }).acts : [];
  const { compare, time } = page;
  const before = time.releases[time.releases.findIndex((one) => one.value === value) - 1];
  if (facet && before && compare) {
    const against = () => compare({ part: "version", value, against: before.value });
    acts.push([`Compare ${label} with ${before.label}`, against]);
  }
  return { lead: `${label} · first seen ${dayName(day)}`, acts };
};

/**
 * Return the menu entries for the releases first seen in a period.
 * @param {Page} page
 * @param {number} at
 * @returns {Acts}
 */
const released = (page, at) => {
  const { starts, days, releases } = page.time;
  const within = releases.filter(({ day }) => day >= starts[at] && day < starts[at] + days[at]);
  return within
    .slice(0, MOST_RELEASES)
    .map(({ label, value }) => [
      `Only version ${label}, first seen in this period`,
      () => page.act("choose", { part: "version", value, how: "only" }),
    ]);
};

/**
 * Return the menu of a value in a list.
 * @param {Page} page
 * @param {import("./types.js").Facet} facet
 * @param {{value: string | null, label: string, n: number}} row
 * @returns {{lead: string, acts: Acts}}
 */
export const ofValue = (page, { name, excludes }, { value, label, n }) => {
  const choose = (/** @type {string} */ how) => () => page.act("choose", { part: name, value, how });
  /** @type {Acts} */
  const acts = [
    [`Read these: ${label}`, reading(page, choose("only"))],
    [`Only ${label}`, choose("only")],
  ];
  if (excludes && value !== null) acts.push([`Not ${label}`, choose("not")]);
  acts.push(...comparing(page, label, { part: name, value }));
  return { lead: `${label} · ${several(n, "item")}`, acts };
};

/**
 * Return the menu entry to compare something with the rest of what the other filters select, if there is one selection.
 * @param {Page} page
 * @param {string} name
 * @param {{part?: string, value?: string | string[] | null, span?: import("./types.js").Span}} what
 * @returns {Acts}
 */
const comparing = ({ compare }, name, what) =>
  compare ? [[`Compare ${name} with the rest`, () => compare(what)]] : [];

/**
 * Select something, then open its first item.
 * @param {Page} page
 * @param {() => void} select
 */
const reading = (page, select) => () => {
  select();
  page.read();
};
