// The filters of a report's page: stored in its URL, such as #type=Bug&finding=2, and described in words.

/**
 * @typedef {{name: string, label: string, options: readonly unknown[], labels: readonly string[], value: unknown}} Control
 */

/** @param {Control} control */
const key = ({ name }) => name.replace(/^chosen_/, "");

/**
 * Controls whose URL has the position of the option, since the text is too long.
 * @param {Control} control
 */
const isNumbered = (control) => key(control) === "finding";

/**
 * The labels of a control as people write them: without characters that cannot be seen, which isolate names from right to left.
 * @param {Control} control
 */
const namesOf = ({ labels }) => labels.map((label) => label.replace(/[\u200b\u2066-\u2069]/g, ""));

/** @param {string} hash */
const partsOf = (hash) => new URLSearchParams(hash.replace(/^#/, ""));

/**
 * Return the position of the option that a URL has, ignoring case if necessary. 0, the default, if there is none.
 * @param {Control} control
 * @param {string} text
 */
const optionOf = (control, text) => {
  const { options } = control;
  const names = namesOf(control);
  const exact = isNumbered(control) ? Number(text) : names.indexOf(text);
  const folded = names.map((name) => name.toLowerCase());
  const place = exact === -1 ? folded.indexOf(text.toLowerCase()) : exact;
  return Number.isInteger(place) && place > 0 && place < options.length ? place : 0;
};

/**
 * Parse a URL and return the value of every control. Missing and invalid values become the default.
 * @param {readonly Control[]} controls
 * @param {string} hash
 * @returns {Map<string, unknown>}
 */
export const fromHash = (controls, hash) => {
  const said = partsOf(hash);
  return new Map(
    controls.map((control) => {
      const place = optionOf(control, said.get(key(control)) ?? "");
      return [control.name, place ? control.options[place] : control.value];
    }),
  );
};

/**
 * Return what the table is searched for.
 * @param {string} hash
 */
export const searchOf = (hash) => partsOf(hash).get("search") ?? "";

/**
 * Say which values of a URL the page does not have. Empty if it has all.
 * @param {readonly Control[]} controls
 * @param {string} hash
 */
export const notHere = (controls, hash) => {
  const said = partsOf(hash);
  const missing = controls
    .map((control) => ({ control, text: said.get(key(control)) }))
    .filter(({ control, text }) => text && text !== control.labels[0] && !optionOf(control, text))
    .map(({ control, text }) => `${control.label.toLowerCase()} “${text}”`);
  return missing.length ? `Not in this report: ${missing.join(", ")}.` : "";
};

/**
 * Write the URL of the current filters. Empty if all have their defaults.
 * @param {readonly Control[]} controls
 * @param {ReadonlyMap<string, unknown>} chosen
 * @param {string} [search] what the table is searched for
 */
export const toHash = (controls, chosen, search = "") => {
  const said = new URLSearchParams();
  for (const control of active(controls, chosen)) {
    const place = control.options.indexOf(chosen.get(control.name));
    said.set(key(control), isNumbered(control) ? String(place) : namesOf(control)[place]);
  }
  if (search) said.set("search", search);
  const text = said.toString();
  return text && `#${text}`;
};

/**
 * Return the controls that differ from their default.
 * @param {readonly Control[]} controls
 * @param {ReadonlyMap<string, unknown>} chosen
 */
export const active = (controls, chosen) =>
  controls.filter(({ name, value }) => (chosen.get(name) ?? null) !== (value ?? null));

/**
 * Describe the current filters: "Type: Bug, Status: New".
 * @param {readonly Control[]} controls
 * @param {ReadonlyMap<string, unknown>} chosen
 */
export const inWords = (controls, chosen) =>
  active(controls, chosen)
    .map(({ name, label, options, labels }) => `${label}: ${labels[options.indexOf(chosen.get(name))]}`)
    .join(", ");

/**
 * Say which filters do not apply to something. Empty if all do.
 * @param {readonly Control[]} controls
 * @param {ReadonlyMap<string, unknown>} chosen
 * @param {(name: string) => boolean} follows whether a control applies to it
 */
export const notFiltered = (controls, chosen, follows) => {
  const names = active(controls, chosen)
    .filter(({ name }) => !follows(name))
    .map(({ label }) => label.toLowerCase());
  return names.length ? `Not filtered by ${names.join(" or ")}.` : "";
};
