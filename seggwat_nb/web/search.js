// The search language of `seggwat_nb.filter_queries` for pages: words, "phrases", -exclusions, OR, /patterns/, key:value.

import { fold } from "./fold.js";
import { patternBelow } from "./page_ids.js";
import { compiled, NotHere } from "./patterns.js";

/**
 * @typedef {object} Term
 * @property {string} key empty for words
 * @property {readonly string[]} values alternatives, one of which must match
 * @property {boolean} isRegex
 * @property {boolean} excluded
 * @property {number} place where it starts in the text, from 1
 *
 * @typedef {readonly Term[]} Clause alternatives, one of which must match
 */

export class SearchError extends Error {}

const KEYS = "type|status|source|version|path|theme|language|submitter|project|since|until|archived|page|from|no";
/** Keys of columns in which an item may have no value. */
const FIELDS = "type status source version path theme language submitter project page from".split(" ");
const MOST_TERMS = 200;
// White space in Python or JavaScript.
const SPACE = String.raw`[\s\x1C-\x1F\x85]`;
const sticky = (/** @type {string} */ pattern, flags = "") => new RegExp(pattern, `yu${flags}`);
const BREAK = sticky(`${SPACE}+`);
const OUTSIDE = new RegExp(`^${SPACE}+|${SPACE}+$`, "gu");
const OPERATOR = sticky(`(OR|AND)(?=${SPACE}|$)`);
const DASH = "[-\u2012\u2013\u2212\uFF0D]";
const MINUS = sticky(`${DASH}(?!${SPACE}|${DASH}|$)|NOT${SPACE}+(?=.)`, "s");
const NOT = sticky(`NOT${SPACE}*$`);
// Without the flag u, which would make a long s match an s.
const KEY = new RegExp(`(${KEYS})[:\uFF1A]`, "yi");
const REGEX = sticky(String.raw`/((?:[^/\\]|\\.)+)/i?(?=${SPACE}|$)`, "s");
// Terms in parentheses, as in other search languages.
const GROUP = sticky(String.raw`\([^\s\x1C-\x1F\x85][^()]*${SPACE}OR${SPACE}[^()]*\)`);
const WORD = sticky(String.raw`[^\s\x1C-\x1F\x85]+`);
const VALUE = sticky(String.raw`[^\s\x1C-\x1F\x85,]+`);
const SINGLE = sticky(`(?:'(?!${SPACE})(.+?)'|[‘‚](?!${SPACE})(.+?)[‘’])(?=${SPACE}|$)`, "s");
/**
 * What other search languages mean by a word, and how to write it here.
 * @type {[RegExp, (found: RegExpExecArray) => string][]}
 */
const HABITS = [
  [new RegExp(`^(${KEYS})=+([^=].*)$`, "is"), ([, key, value]) => `To search a field, write ${key}:${value}.`],
  [new RegExp(`^(${KEYS})(?:!=+|<>)(.+)$`, "is"), ([, key, value]) => `To exclude it, write -${key}:${value}.`],
  [/^[=:\uFF1A]+$/, () => "To search a field, write a key and a value, such as status:New."],
  [/^is:.+$/is, () => "To search by status, write status:New,Active."],
  [/^has:.+$/is, () => "To select items with a value, write -no: and its key, such as -no:version."],
  [/^before:(.+)$/is, ([, value]) => `To search by date, write until:${value}.`],
  [/^after:(.+)$/is, ([, value]) => `To search by date, write since:${value}.`],
  [/^(?:\*?[^*]+\*|\*[^*]+)$/, () => "A word also matches inside longer words, so remove the *."],
  [/^\|\|?$/, () => "To find either of two terms, write OR between them."],
  [/^!([^!-/:-@[-`{-~].*)$/s, ([, word]) => `To exclude it, write -${word}.`],
];
/**
 * The same for a value after its key.
 * @type {[RegExp, (found: RegExpExecArray) => string][]}
 */
const VALUE_HABITS = [
  [
    new RegExp(`^((?!since|until|archived|no)\\w+)[:\uFF1A](?:!|${DASH})([^!-/:-@[-\`{-~].*)$`, "s"),
    ([, key, value]) => `To exclude it, write -${key}:${value}.`,
  ],
  [
    /^(?:type|status|source|version|language)[:\uFF1A][^|;]+[|;].+$/is,
    () => "To select any of several values, separate them by commas.",
  ],
  [
    /^(page|from)[:\uFF1A](?:\*?[^*]+\*|\*[^*]+)$/is,
    ([, key]) => `After ${key}:, a part of a value is enough, so remove the *.`,
  ],
];
/** @type {Record<string, string>} */
const CLOSED_BY = {
  '"': '"',
  "\uFF02": "\uFF02",
  "“": '”“"',
  "”": '”"',
  "„": '“”"',
  "«": "»",
  "»": "«»",
  "‹": "›",
  "「": "」",
  "『": "』",
};

/**
 * @param {RegExp} pattern
 * @param {string} text
 * @param {number} at
 */
const matchAt = (pattern, text, at) => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/** Count characters as Python does, from 1. @param {string} text @param {number} at */
const placeOf = (text, at) => [...text.slice(0, at)].length + 1;

/** @param {string} text @param {number} at */
const afterSpace = (text, at) => at + (matchAt(BREAK, text, at)?.[0].length ?? 0);

/**
 * @param {typeof HABITS} habits
 * @param {string} word
 * @param {number} place
 */
const checkHabits = (habits, word, place) => {
  for (const [pattern, advice] of habits) {
    const found = pattern.exec(word);
    if (found) {
      throw new SearchError(
        `${word} at character ${place} would be searched for as it is. ${advice(found)} To search for the text ` +
          "itself, quote it.",
      );
    }
  }
};

/**
 * Parse a quoted text, and return its end.
 * @param {string} text
 * @param {number} at
 * @returns {[string, number] | null}
 */
const phraseAt = (text, at) => {
  const single = matchAt(SINGLE, text, at);
  if (single) return [single[1] ?? single[2], at + single[0].length];
  const closers = CLOSED_BY[text[at]];
  if (!closers) return null;
  const inside = matchAt(
    sticky(String.raw`((?:[^\\${closers}]|\\[\\${closers}]|\\(?![\\${closers}]))*)[${closers}]`),
    text,
    at + 1,
  );
  if (!inside) {
    throw new SearchError(`The quote at character ${placeOf(text, at)} is not closed. Close it, or remove it.`);
  }
  const value = inside[1].replace(new RegExp(String.raw`\\([\\${closers}])`, "gu"), "$1");
  return ["«»‹".includes(text[at]) ? value.replace(OUTSIDE, "") : value, at + 1 + inside[0].length];
};

/**
 * Parse the values after a key, separated by commas.
 * @param {string} text
 * @param {RegExpExecArray} key
 * @returns {[string[], number]}
 */
const valuesAfter = (text, key) => {
  const found = [];
  let at = key.index + key[0].length;
  while (at < text.length) {
    const phrase = phraseAt(text, at);
    const bare = phrase ? null : matchAt(VALUE, text, at);
    if (phrase) {
      found.push(phrase[0]);
      at = phrase[1];
    } else if (bare) {
      checkHabits(VALUE_HABITS, key[0] + bare[0], placeOf(text, key.index));
      found.push(bare[0]);
      at += bare[0].length;
    }
    if (text[at] !== ",") break;
    at += 1;
    const next = afterSpace(text, at);
    if (next !== at && next !== text.length) {
      throw new SearchError(
        `The comma at character ${placeOf(text, at - 1)} is not followed by a value. Write values without spaces, such ` +
          "as type:bug,praise, or remove the comma.",
      );
    }
  }
  if (!found.length) {
    throw new SearchError(
      `${key[0]} at character ${placeOf(text, key.index)} requires a value, right after the colon. To search for ` +
        `the text itself, quote it: "${key[0]}".`,
    );
  }
  return [[...new Set(found)], at];
};

/**
 * Parse a word, and return its end.
 * @param {string} text
 * @param {number} at
 * @returns {[string, number]}
 */
const wordAt = (text, at) => {
  const [word] = /** @type {RegExpExecArray} */ (matchAt(WORD, text, at));
  checkHabits(HABITS, word, placeOf(text, at));
  return [word, at + word.length];
};

/**
 * @param {string} text
 * @param {number} start
 * @returns {[Term, number]}
 */
const termAt = (text, start) => {
  const minus = matchAt(MINUS, text, start);
  let at = minus ? start + minus[0].length : start;
  const key = matchAt(KEY, text, at);
  const name = key ? key[1].toLowerCase() : "";
  const regex = key ? null : matchAt(REGEX, text, at);
  /** @type {string[]} */
  let values;
  if (key) [values, at] = valuesAfter(text, key);
  else if (regex) [values, at] = [[regex[1]], at + regex[0].length];
  else {
    const [value, end] = phraseAt(text, at) ?? wordAt(text, at);
    [values, at] = [[value], end];
  }
  if (["", "page", "from"].includes(name) && values.includes("")) {
    throw new SearchError(
      `The quotes at character ${placeOf(text, start)} are empty. Write text between them, or remove them.`,
    );
  }
  const place = placeOf(text, start);
  if (name === "no") {
    values = [...new Set(values.map((value) => value.toLowerCase()))];
    const odd = values.find((value) => !FIELDS.includes(value));
    if (odd !== undefined) {
      throw new SearchError(
        `no:${odd} at character ${place} names no field that can be empty. To select items without a submitter, ` +
          `write no:submitter. To search for the text itself, quote it: "no:${odd}".`,
      );
    }
  }
  return [{ key: name, values, isRegex: Boolean(regex), excluded: Boolean(minus), place }, at];
};

/**
 * Parse a search. Throws a `SearchError` if it is invalid.
 * @param {string} text
 * @returns {Clause[]}
 */
export const parseSearch = (text) => {
  /** @type {Term[][]} */
  const clauses = [];
  /** @type {RegExpExecArray | null} */
  let operator = null;
  let count = 0;
  const dangling = (/** @type {RegExpExecArray} */ { index, 1: word }) =>
    new SearchError(
      `${word} at character ${placeOf(text, index)} must come between two terms. To search for the word itself, ` +
        `quote it: "${word}".`,
    );
  for (let at = afterSpace(text, 0); at < text.length; at = afterSpace(text, at)) {
    const found = matchAt(OPERATOR, text, at);
    if (found) {
      if (operator || !clauses.length) throw dangling(found);
      operator = found;
      at += found[0].length;
      continue;
    }
    if (matchAt(NOT, text, at)) {
      throw new SearchError(
        `NOT at character ${placeOf(text, at)} must come before a term. To search for it, quote it.`,
      );
    }
    if (matchAt(GROUP, text, at)) {
      throw new SearchError(
        `The parenthesis at character ${placeOf(text, at)} does not group: OR joins the two terms beside it, as in ` +
          "pay OR card type:bug. Remove it. To search for it, quote it.",
      );
    }
    count += 1;
    if (count > MOST_TERMS) {
      throw new SearchError(`A search has at most ${MOST_TERMS} terms. To search for a long text, quote it.`);
    }
    /** @type {Term} */
    let term;
    [term, at] = termAt(text, at);
    const last = clauses[clauses.length - 1];
    if (operator?.[1] === "OR") last.push(term);
    else clauses.push([term]);
    operator = null;
  }
  if (operator) throw dangling(operator);
  return clauses;
};

/**
 * The texts that a key searches: the original and the folded text of each row, or null.
 * @typedef {{raw: readonly (string | null)[], folded: readonly (string | null)[]}} Texts
 */

/** Keys whose value may match any part of a text. Others must match all of it, or what a theme or path is nested in. */
const CONTAINED = ["", "page", "from"];
/** Keys whose value must match as it is written, in the same case. */
const EXACT = ["path", "submitter"];
/** Keys of paths, which tables contain by the names of their pages. */
const PATHS = ["path", "page"];

/**
 * Create a function that returns whether a row, given by its number, matches a search.
 * @param {string} search
 * @param {(key: string) => Texts | undefined} textsOf
 * @returns {(row: number) => boolean}
 */
export const searcher = (search, textsOf) => {
  const clauses = parseSearch(search).map((clause) =>
    clause.map((term) => {
      const columns = (term.key === "no" ? term.values : [term.key]).map((key) => {
        const texts = textsOf(key);
        if (texts) return texts;
        throw new SearchError(
          `${key}: at character ${term.place} does not apply to this table. To search for the text itself, quote it.`,
        );
      });
      if (term.key === "no") {
        return (/** @type {number} */ row) => columns.some(({ raw }) => !raw[row]?.trim()) !== term.excluded;
      }
      const [texts] = columns;
      const test = term.isRegex ? patternTest(term) : textTest(term);
      const held = term.isRegex || EXACT.includes(term.key) ? texts.raw : texts.folded;
      return (/** @type {number} */ row) => {
        const text = held[row];
        return (text !== null && test(text)) !== term.excluded;
      };
    }),
  );
  return (row) => clauses.every((clause) => clause.some((matches) => matches(row)));
};

/** @param {Term} term */
const textTest = ({ key, values, place }) => {
  if (key === "version") {
    if (values.some((value) => /^[<>]|\.\./.test(value))) {
      throw new SearchError(
        `The range of versions at character ${place} does not apply to this table. Name the versions, such as ` +
          "version:2.4.0,2.4.1.",
      );
    }
    const numbers = values.map(fold).map(versionOf);
    return (/** @type {string} */ text) => numbers.includes(versionOf(text));
  }
  const named = PATHS.includes(key) ? values.map(pageName) : values;
  const wanted = EXACT.includes(key) ? named : named.map(fold);
  if (key === "path") {
    const tests = wanted.map(pathTest);
    return (/** @type {string} */ text) => tests.some((test) => test(text));
  }
  const matches = MATCHES[key] ?? ((/** @type {string} */ text, /** @type {string} */ one) => text === one);
  return (/** @type {string} */ text) => wanted.some((one) => matches(text, one));
};

/**
 * Decode letters beyond ASCII, as `page_name` does in Python: a path may have been copied from a browser.
 * @param {string} path
 */
const pageName = (path) =>
  path
    .replace(/(?:%[89a-f][0-9a-f])+/gi, (letters) => {
      try {
        return decodeURIComponent(letters);
      } catch {
        return letters; // not UTF-8
      }
    })
    .normalize("NFC");

/** Spell a version without what makes no other version: a v before it, zeros around its numbers. @param {string} text */
const versionOf = (text) =>
  /^v?\d+(?:\.\d+)*$/.test(text)
    ? text
        .replace(/^v/, "")
        .replace(/(^|\.)0+(?=\d)/g, "$1")
        .replace(/(?:\.0)+$/, "")
    : text;

/** @param {string} text @param {string} one */
const contains = (text, one) => text.includes(one);

/** @type {Record<string, (text: string, one: string) => boolean>} */
const MATCHES = {
  ...Object.fromEntries(CONTAINED.map((key) => [key, contains])),
  theme: (text, one) => text === one || text.startsWith(`${one} / `),
};

/** Create a function that returns whether a path equals another one or is below it. @param {string} one */
const pathTest = (one) => {
  const pattern = patternBelow(one);
  if (pattern) return (/** @type {string} */ text) => pattern.test(`${text}/`);
  const stem = one.replace(/\/+$/, "");
  return (/** @type {string} */ text) =>
    text === (stem || "/") || ["/", "?", "#"].some((edge) => text.startsWith(`${stem}${edge}`));
};

/** @param {Term} term */
const patternTest = ({ values: [pattern], place }) => {
  try {
    const regex = compiled(pattern);
    return (/** @type {string} */ text) => regex.test(text);
  } catch (error) {
    if (error instanceof NotHere) {
      throw new SearchError(
        `/${pattern}/ at character ${place} has ${error.message}, which only a notebook can search for. Write it ` +
          "in another way, or quote it to search for the text itself.",
      );
    }
    throw new SearchError(
      `/${pattern}/ at character ${place} is an invalid regular expression. Correct it, or quote it to search for ` +
        "the text itself.",
    );
  }
};
