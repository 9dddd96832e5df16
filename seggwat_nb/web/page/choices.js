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
 * Parse a URL and return the value of every control. Missing and invalid values become the default.
 * @param {readonly Control[]} controls
 * @param {string} hash
 * @returns {Map<string, unknown>}
 */
export const fromHash = (controls, hash) => {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  return new Map(
    controls.map((control) => {
      const text = said.get(key(control));
      const { name, options, labels, value } = control;
      if (text === null) return [name, value];
      const place = isNumbered(control) ? Number(text) : labels.indexOf(text);
      return [name, Number.isInteger(place) && place > 0 && place < options.length ? options[place] : value];
    }),
  );
};

/**
 * Write the URL of the current filters. Empty if all have their defaults.
 * @param {readonly Control[]} controls
 * @param {ReadonlyMap<string, unknown>} chosen
 */
export const toHash = (controls, chosen) => {
  const said = new URLSearchParams();
  for (const control of active(controls, chosen)) {
    const place = control.options.indexOf(chosen.get(control.name));
    said.set(key(control), isNumbered(control) ? String(place) : control.labels[place]);
  }
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
