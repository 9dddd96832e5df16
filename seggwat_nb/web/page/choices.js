// What a report's page is filtered by: kept in its address, such as #type=Bug&finding=2, and told in words.

/**
 * @typedef {{name: string, label: string, options: readonly unknown[], labels: readonly string[], value: unknown}} Control
 */

/** @param {Control} control */
const key = ({ name }) => name.replace(/^chosen_/, "");

/**
 * Options of which a page writes the place in its address: their texts are too long.
 * @param {Control} control
 */
const isNumbered = (control) => key(control) === "finding";

/**
 * Read an address: the value of every control; one that the address does not name, or wrongly, has its default.
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
 * Write the address of what is chosen; empty if all is as it was.
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
 * Controls that do not have their default.
 * @param {readonly Control[]} controls
 * @param {ReadonlyMap<string, unknown>} chosen
 */
export const active = (controls, chosen) =>
  controls.filter(({ name, value }) => (chosen.get(name) ?? null) !== (value ?? null));

/**
 * Say what is chosen: "Type: Bug, Status: New".
 * @param {readonly Control[]} controls
 * @param {ReadonlyMap<string, unknown>} chosen
 */
export const inWords = (controls, chosen) =>
  active(controls, chosen)
    .map(({ name, label, options, labels }) => `${label}: ${labels[options.indexOf(chosen.get(name))]}`)
    .join(", ");

/**
 * Say what something is not filtered by; empty if by nothing.
 * @param {readonly Control[]} controls
 * @param {ReadonlyMap<string, unknown>} chosen
 * @param {(name: string) => boolean} follows whether it follows a control
 */
export const notFiltered = (controls, chosen, follows) => {
  const names = active(controls, chosen)
    .filter(({ name }) => !follows(name))
    .map(({ label }) => label.toLowerCase());
  return names.length ? `Not filtered by ${names.join(" or ")}.` : "";
};
