// Regular expressions as they are written for `FeedbackFilter`, in the dialect of polars (Rust), for the browser.

const LETTERS = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;
const IN_WORD = { before: `(?<=[${LETTERS}])`, after: `(?=[${LETTERS}])` };
const NO_WORD = { before: `(?<![${LETTERS}])`, after: `(?![${LETTERS}])` };

/** What the browser writes differently, outside of brackets. @type {Record<string, string | undefined>} */
const UNBRACKETED = {
  A: "(?:^)",
  z: "(?:$)",
  b: `(?:${IN_WORD.before}${NO_WORD.after}|${NO_WORD.before}${IN_WORD.after})`,
  B: `(?:${IN_WORD.before}${IN_WORD.after}|${NO_WORD.before}${NO_WORD.after})`,
  "<": `(?:${NO_WORD.before}${IN_WORD.after})`,
  ">": `(?:${IN_WORD.before}${NO_WORD.after})`,
  w: `[${LETTERS}]`,
  W: `[^${LETTERS}]`,
  d: String.raw`\p{Nd}`,
  D: String.raw`\P{Nd}`,
  s: String.raw`\p{White_Space}`,
  S: String.raw`\P{White_Space}`,
  a: String.raw`\x07`,
};
/** The same within brackets. @type {Record<string, string | undefined>} */
const BRACKETED = { ...Object.fromEntries([..."dDsSa"].map((one) => [one, UNBRACKETED[one]])), w: LETTERS };

const PROPERTY = /\\([pP])(?:\{([\w=]+)\}|([A-Z]))/y;
/** A letter by its number, as in \x41, \u{e9} or \U000000E9. */
const NUMBERED = /\\(?:[xuU]\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/y;
const NAMED = /\?P?<([\p{Alphabetic}_][\p{Alphabetic}\p{N}_.[\]]*)>/uy;
const FLAGGED = /\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])/y;
const QUANTIFIER = /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y;
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/;

/** What Python takes in a pattern, and a browser cannot. */
export class NotHere extends Error {}

/** @param {RegExp} syntax @param {string} pattern @param {number} at */
const syntaxAt = (syntax, pattern, at) => {
  syntax.lastIndex = at;
  return syntax.exec(pattern);
};

/** Write a property of letters, whose script the browser names with a key. @param {RegExpExecArray} found */
const propertyOf = ([all, sign, long, short]) => {
  for (const key of ["", "Script="]) {
    const written = `\\${sign}{${key}${long ?? short}}`;
    try {
      return RegExp(written, "u").source;
    } catch {
      // not a property, but perhaps a script
    }
  }
  throw new NotHere(all);
};

/**
 * Write what a backslash and the letters after it stand for, and return where it ends.
 * @param {string} pattern
 * @param {number} at
 * @param {boolean} inside within brackets
 * @returns {[string, number]}
 */
const escapeAt = (pattern, at, inside) => {
  const next = pattern[at + 1] ?? "";
  const property = syntaxAt(PROPERTY, pattern, at);
  if (property) return [propertyOf(property), PROPERTY.lastIndex];
  const number = syntaxAt(NUMBERED, pattern, at)?.slice(1).find(Boolean);
  if (number) return [`\\u{${number}}`, NUMBERED.lastIndex];
  if (inside && next === "W") throw new NotHere("\\W in brackets");
  if (!inside && next === "b" && pattern[at + 2] === "{") throw new NotHere("\\b{…}");
  const own = (inside ? BRACKETED : UNBRACKETED)[next];
  if (!own && !/[fnrtv!-/:-@[-`{-~ ]/.test(next)) throw new SyntaxError(`\\${next} is not known`);
  const isPlain = !/[a-z]/.test(next) && !SYNTAX.test(next) && !(inside && next === "-");
  return [own ?? (isPlain ? next : `\\${next}`), at + 2];
};

/**
 * Compile a pattern, ignoring case. Throws a `SyntaxError` if it is invalid in Python, too, and `NotHere` if it cannot
 * be written for the browser.
 * @param {string} pattern
 */
export const compiled = (pattern) => {
  let [written, inside] = ["", false];
  /** Where the last part starts that can be repeated, or -1, and whether it is repeated. */
  let [last, isRepeated] = [-1, false];
  /** Flags that are set, as they are written here: m is for ^ and $, and s for the full stop. */
  let flags = "";
  /** Where each open group or bracket starts, and the flags before it. @type {[number, string][]} */
  const open = [];
  const names = new Set();
  const add = (/** @type {string} */ part) => {
    [last, isRepeated] = [written.length, false];
    written += part;
  };
  const close = (/** @type {string} */ part) => {
    const opened = open.pop();
    if (!opened) throw new SyntaxError("a group is closed that is not open");
    written += part;
    [[last, flags], isRepeated] = [opened, false];
  };
  const setFlags = (/** @type {string} */ on, /** @type {string} */ off) => {
    if (/[^imsuxUR]/.test(on + off) || new Set(on + off).size < (on + off).length) {
      throw new SyntaxError(`(?${on}) is not known`);
    }
    if (/[xUR]/.test(on) || /[iu]/.test(off)) throw new NotHere(`(?${on}${off && "-"}${off})`);
    flags = [...(flags + on)].filter((flag) => !off.includes(flag)).join("");
  };
  for (let at = 0; at < pattern.length; ) {
    const [one, next] = [pattern[at], pattern[at + 1] ?? ""];
    const quantifier = inside ? null : syntaxAt(QUANTIFIER, pattern, at);
    if (quantifier) {
      if (last < 0) throw new SyntaxError("nothing to repeat");
      // Python repeats what is repeated already.
      if (isRepeated) written = `${written.slice(0, last)}(?:${written.slice(last)})`;
      [written, isRepeated, at] = [written + quantifier[0], true, at + quantifier[0].length];
      continue;
    }
    if (one === "\\") {
      const [letter, end] = escapeAt(pattern, at, inside);
      if (inside) written += letter;
      else add(letter);
      at = end;
      continue;
    }
    at += 1;
    if (inside) {
      if (one === "[" || ["&&", "--", "~~"].includes(one + next)) throw new NotHere("brackets in brackets");
      // A bracket that closes right away is a letter of the set.
      const isFirst = one === "]" && /(?:^|[^\\])\[\^?$/.test(written.slice(last));
      inside = one !== "]" || isFirst;
      if (inside) written += isFirst ? "\\]" : one;
      else close("]");
    } else if (one === "(") {
      const named = syntaxAt(NAMED, pattern, at);
      const flagged = named ? null : syntaxAt(FLAGGED, pattern, at);
      if (!named && !flagged && next === "?") throw new SyntaxError("this group is not known");
      if (named && names.size === names.add(named[1]).size) throw new SyntaxError("a name is used twice");
      const start = /** @type {[number, string]} */ ([written.length, flags]);
      const [all, on, off = "", end] = flagged ?? [named?.[0] ?? "", "", "", "("];
      if (all === "?)") throw new SyntaxError("a group is empty");
      if (flagged) setFlags(on, off);
      at += all.length;
      last = -1;
      if (end === ")") continue;
      open.push(start);
      written += flagged ? "(?:" : "(";
    } else if (one === "[") {
      open.push([written.length, flags]);
      [last, inside] = [written.length, true];
      written += "[";
      if (next === "^") [written, at] = [`${written}^`, at + 1];
    } else if (one === ")") close(")");
    else if (one === ".") add(flags.includes("s") ? "[^]" : String.raw`[^\n]`);
    else if (one === "^") add(flags.includes("m") ? String.raw`(?:(?<![^\n]))` : "(?:^)");
    else if (one === "$") add(flags.includes("m") ? String.raw`(?:(?![^\n]))` : "(?:$)");
    else if (one === "|") [written, last] = [`${written}|`, -1];
    else add("]}".includes(one) ? `\\${one}` : String.fromCodePoint(pattern.codePointAt(at - 1) ?? 0));
    if (!inside && one >= "\ud800" && one <= "\udbff") at += 1;
  }
  if (open.length) throw new SyntaxError("a group is not closed");
  return new RegExp(written, "iu");
};
