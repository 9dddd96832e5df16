// What `:id` in a path means, as `seggwat_nb.analysis.page_ids` has it, so that a page selects what a notebook selects.

const ID = ":id";

/**
 * Match at least so many characters with a mark of a size.
 * @param {string} mark
 * @param {number} size
 * @param {string} before
 * @param {string} after
 * @param {number} least
 */
const having = (mark, size, before, after, least) => {
  let found = mark;
  for (let length = size; length < least; length += 1) {
    found = `(?:${found}${after}|${before}{${length - size + 1}}${mark})`;
  }
  return `(?:${found}${after}*|${before}{${least - size + 1},}${mark}${after}*)`;
};

/** @param {string} letters @param {number} least */
const withDigit = (letters, least) => having("[0-9]", 1, `[${letters}]`, `[${letters}0-9]`, least);

const BASE64 = "[A-Za-z0-9_-]";
const MIXED = "(?:[a-z][0-9][A-Z]|[A-Z][0-9][a-z]|[a-z][A-Z][0-9]|[0-9][A-Z][a-z])";
const SUFFIX = String.raw`(?:\.(?:html?|php|aspx?|jsp|json|xml|pdf))?`;
const UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}";
const SURE_ID = [
  `[~+]?(?:[0-9]+[-_])*[0-9]{4,}(?:[-_][0-9]+)*${SUFFIX}`,
  "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9A-Za-z:.%+-]+|[0-9]{4}-?W[0-9]{2}",
  "[A-Z]{2,10}-(?:[0-9]+-)*[0-9]{4,}(?:-[0-9]+)*",
  String.raw`(?:\{|%7[Bb])?${UUID}(?:\}|%7[Dd])?${SUFFIX}`,
  String.raw`[^/?#]+(?:@|%40)[^/?#]+\.[^/?#0-9][^/?#]*`,
  withDigit("A-Fa-f", 8) + SUFFIX,
  `(?:[A-Za-z]{2,8}_){1,2}${having("[0-9][A-Za-z0-9]", 2, "[A-Za-z]", "[A-Za-z0-9]", 8)}`,
  `${withDigit("A-Za-z", 16)}(?:=|%3[Dd]){0,2}`,
  `${having(MIXED, 3, BASE64, BASE64, 20)}(?:=|%3[Dd]){0,2}`,
].join("|");

/** @param {string} text */
const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/**
 * Return a pattern for what equals a path or is below it, if followed by a slash. Null if the path has no `:id`.
 * @param {string} path
 */
export const patternBelow = (path) => {
  const stem = path.replace(/\/+$/, "");
  const [head] = /** @type {RegExpExecArray} */ (/^[^?#]*(?:#!?\/[^?#]*)?/.exec(stem));
  const segments = head.split(/([/#])/);
  if (!segments.includes(ID)) return null;
  const written = segments.map((one) => (one === ID ? `(?:${ID}|${SURE_ID})` : escaped(one)));
  return new RegExp(`^${written.join("")}${escaped(stem.slice(head.length))}[/?#]`);
};
