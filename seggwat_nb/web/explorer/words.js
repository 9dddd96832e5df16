// Formats numbers, days and periods.

const NUMBERS = new Intl.NumberFormat("en");
const DAY = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export const SEARCH_HINT =
  'Search: all words · "a phrase" · -without · this OR that · type:bug · page:/checkout · since:28d · since:2026-01-31T18:00';

const LANGUAGES = new Intl.DisplayNames("en", { type: "language", fallback: "none" });

/**
 * Return the English name of a language with its code, or just the code of one without a name.
 * @param {string} code
 */
export const languageName = (code) => {
  const name = /^[a-z]{2,3}$/.test(code) && LANGUAGES.of(code);
  return name ? `${name} (${code})` : code;
};

/** @param {number} number */
export const numeral = (number) => NUMBERS.format(number);

/**
 * Format a number with a noun: 2 items.
 * @param {number} number
 * @param {string} thing
 */
export const several = (number, thing) => `${numeral(number)} ${thing}${number === 1 ? "" : "s"}`;

/**
 * Return the date of a day since 1970, in the calendar in which it was counted.
 * @param {number} day
 */
export const dateOf = (day) => new Date(Math.floor(day) * DAY);

/**
 * Format a day: 2 Mar 2026.
 * @param {number} day since 1970
 * @param {boolean} [year]
 */
export const dayName = (day, year = true) => {
  const date = dateOf(day);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}${year ? ` ${date.getUTCFullYear()}` : ""}`;
};

/** @param {number} month from 0 */
export const monthName = (month) => MONTHS[month];

/**
 * Format the days from one until before another: 2–8 Mar 2026, or Mar 2026 if they are the whole month.
 * @param {number} first
 * @param {number} after
 */
export const daysName = (first, after) => {
  const last = Math.max(first, after - 1);
  if (Math.floor(last) === Math.floor(first)) return dayName(first);
  const [from, to] = [dateOf(first), dateOf(last)];
  if (from.getUTCFullYear() !== to.getUTCFullYear()) return `${dayName(first)} – ${dayName(last)}`;
  if (from.getUTCMonth() !== to.getUTCMonth()) return `${dayName(first, false)} – ${dayName(last)}`;
  const isMonth = from.getUTCDate() === 1 && dateOf(last + 1).getUTCDate() === 1;
  return isMonth ? `${MONTHS[from.getUTCMonth()]} ${from.getUTCFullYear()}` : `${from.getUTCDate()}–${dayName(last)}`;
};

/** @type {Record<string, string>} */
const LENGTHS = { "1d": "day", "1w": "week", "1mo": "month", "1q": "quarter", "1y": "year" };

/** @param {string} every */
export const lengthName = (every) => LENGTHS[every] ?? "period";

/**
 * Return the day of an item.
 * @param {{moment: string | null}} line
 */
export const dayOf = ({ moment }) => moment?.split(",")[0];
