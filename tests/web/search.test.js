// The search language is read in pages as `tests/unit/test_search.py` has Python read it: both follow one table of cases.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fold } from "../../seggwat_nb/web/fold.js";
import { Rows } from "../../seggwat_nb/web/page/rows.js";
import { patternBelow } from "../../seggwat_nb/web/page_ids.js";
import { compiled } from "../../seggwat_nb/web/patterns.js";
import { parseSearch, searcher } from "../../seggwat_nb/web/search.js";

const cases = JSON.parse(readFileSync(new URL("search.json", import.meta.url), "utf8"));

for (const { text, clauses, error } of cases.parsed) {
  test(`${JSON.stringify(text)} is read as the table says`, () => {
    if (error) {
      assert.throws(() => parseSearch(text), { message: error });
      return;
    }
    const found = parseSearch(text).map((clause) => clause.map(({ place: _, ...term }) => term));
    const plain = { key: "", isRegex: false, excluded: false };
    assert.deepEqual(
      found,
      clauses.map((clause) => clause.map((term) => ({ ...plain, ...term }))),
    );
  });
}

test("a search matches what the table says", () => {
  const texts = { raw: cases.messages, folded: cases.messages.map((text) => (text === null ? null : fold(text))) };
  for (const { search, rows } of cases.matched) {
    const matches = searcher(search, () => texts);
    assert.deepEqual(
      cases.messages.map((_, at) => at).filter((at) => matches(at)),
      rows,
      search,
    );
  }
});

test("values of fields match what the table says", () => {
  const labels = {
    type: "Type",
    status: "Status",
    source: "Source",
    version: "Version",
    theme: "Theme",
    path: "Page",
    submitted_by: "From",
  };
  const names = Object.keys(labels);
  const table = new Rows({
    columns: names.map((name) => ({ label: labels[name], kind: "text" })),
    rows: cases.fields.type.map((_, at) => names.map((name) => cases.fields[name][at])),
    filters: {},
  });
  for (const { search, rows } of cases.matched_fields) {
    const found = table.select({ search }).map((row) => table.rows.indexOf(row));
    assert.deepEqual(found, rows, search);
  }
});

test("IDs are those of the table", () => {
  const isId = (/** @type {string} */ one) => patternBelow("/a/:id")?.test(`/a/${one}/`);
  for (const one of cases.ids) assert.ok(isId(one), one);
  for (const one of cases.names) assert.equal(isId(one), one === ":id", one);
  assert.ok(patternBelow("/(a)/:id?x=[1]")?.test("/(a)/48213?x=[1]#top/"));
  assert.equal(patternBelow("/a?sort=/:id"), null);
});

test("a search of a table knows its columns, and says what it cannot do", () => {
  const table = new Rows({
    columns: [
      { label: "Type", kind: "text" },
      { label: "Page", kind: "text" },
    ],
    rows: [
      ["Bug", "/shop/Checkout"],
      ["Question", null],
      [null, "/bug"],
    ],
    filters: {},
  });
  const found = (search) => table.select({ search }).map((row) => table.rows.indexOf(row));
  assert.deepEqual(found("bug"), [0, 2]);
  assert.deepEqual(found("type:bug"), [0]);
  assert.deepEqual(found("-type:bug"), [1, 2]);
  assert.deepEqual(found("page:checkout OR type:question"), [0, 1]);
  assert.deepEqual(found("path:/bug"), [2]);
  assert.throws(() => found("x since:28d"), {
    message: "since: at character 3 does not apply to this table. To search for the text itself, quote it.",
  });
  assert.throws(() => found("/(/"), /^Error: \/\(\/ at character 1 is an invalid regular expression\./);
});

for (const { pattern, rows } of cases.patterns) {
  test(`/${pattern}/ matches in a page what it matches in Python`, () => {
    const regex = compiled(pattern);
    assert.deepEqual(
      cases.pattern_texts.map((_, at) => at).filter((at) => regex.test(cases.pattern_texts[at])),
      rows,
    );
  });
}

test("a pattern that a page cannot match as Python does is an error", () => {
  for (const pattern of ["[[:alpha:]]", "[a-z&&[^b]]", "[\\W]", "\\p{Unheard}", "\\b{start}a", "(?x) a", "a(?-i)b"]) {
    assert.throws(() => parseAndSearch(pattern), { name: "Error", message: /which only a notebook can search for/ });
  }
});

for (const pattern of cases.invalid_patterns) {
  test(`/${pattern}/ is invalid in a page as it is in Python`, () => {
    assert.throws(() => parseAndSearch(pattern), { name: "Error", message: /is an invalid regular expression/ });
  });
}

const parseAndSearch = (/** @type {string} */ pattern) => searcher(`/${pattern}/`, () => ({ raw: [""], folded: [""] }));

test("a range of versions is refused where versions have no order", () => {
  const table = new Rows({ columns: [{ label: "Version", kind: "text" }], rows: [["2.4.0"]], filters: {} });
  for (const search of ["version:>=2.4", "-version:2.4..2.5"]) {
    assert.throws(() => table.select({ search }), { message: /range of versions at character 1 does not apply/ });
  }
});
