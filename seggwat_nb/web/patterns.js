// Regular expressions as they are written for `FeedbackFilter`, in the dialect of polars (Rust), for the browser.

const LETTERS = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;
const IN_WORD = { before: `(?<=[${LETTERS}])`, after: `(?=[${LETTERS}])` };
const NO_WORD = { before: `(?<![${LETTERS}])`, after: `(?![${LETTERS}])` };

/** What the browser writes differently, outside of brackets. @type {Record<string, string>} */
const UNBRACKETED = {
  A: "^",
  z: "$",
  b: `(?:${IN_WORD.before}${NO_WORD.after}|${NO_WORD.before}${IN_WORD.after})`,
  B: `(?:${IN_WORD.before}${IN_WORD.after}|${NO_WORD.before}${NO_WORD.after})`,
  w: `[${LETTERS}]`,
  W: `[^${LETTERS}]`,
  d: String.raw`\p{Nd}`,
  D: String.raw`\P{Nd}`,
};
/** The same within brackets. @type {Record<string, string>} */
const BRACKETED = { w: LETTERS, d: UNBRACKETED.d, D: UNBRACKETED.D };

const FLAGS = /^\(\?([ismu]+)\)/;
const PROPERTY = /\\([pP])(?:\{(\w+)\}|([A-Z]))/y;
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/;
const LETTER = /[A-Za-z0-9]/;

/** Write a property of letters, whose script the browser names with a key. @param {RegExpExecArray} found */
const propertyOf = ([, sign, long, short]) => {
  const name = long ?? short;
  for (const key of ["", "Script="]) {
    const written = `\\${sign}{${key}${name}}`;
    try {
      return RegExp(written, "u").source;
    } catch {
      // not a property, but perhaps a script
    }
  }
  throw new SyntaxError(`unknown property ${name}`);
};

/**
 * Compile a pattern, ignoring case. Throws a `SyntaxError` if it is invalid, or cannot be written for the browser.
 * @param {string} pattern
 */
export const compiled = (pattern) => {
  const flags = FLAGS.exec(pattern);
  let [written, inside] = ["", false];
  for (let at = flags ? flags[0].length : 0; at < pattern.length; at += 1) {
    const [one, next] = [pattern[at], pattern[at + 1] ?? ""];
    PROPERTY.lastIndex = at;
    const property = PROPERTY.exec(pattern);
    if (property) {
      written += propertyOf(property);
      at += property[0].length - 1;
    } else if (one === "\\") {
      const own = (inside ? BRACKETED : UNBRACKETED)[next];
      if (inside && next === "W") throw new SyntaxError("\\W in brackets");
      const isPlain = !LETTER.test(next) && !SYNTAX.test(next) && !(inside && next === "-");
      written += own ?? (isPlain ? next : `\\${next}`);
      at += 1;
    } else if (inside && (one === "[" || ["&&", "--", "~~"].includes(one + next))) {
      throw new SyntaxError("sets of sets");
    } else if (pattern.startsWith("(?P<", at)) {
      written += "(?<";
      at += 3;
    } else if (pattern.startsWith("(?i:", at)) {
      written += "(?:";
      at += 3;
    } else {
      // A bracket that closes right away is a letter of the set.
      const isFirst = inside && one === "]" && /(?:^|[^\\])\[\^?$/.test(written);
      inside = one === "[" ? true : one === "]" && !isFirst ? false : inside;
      written += isFirst ? "\\]" : one;
    }
  }
  const more = new Set((flags?.[1] ?? "").replace(/[iu]/g, ""));
  return new RegExp(written, `iu${[...more].join("")}`);
};
