// Typed text, whatever keyboard it is typed with.

/**
 * Act on the text of a field, once it is written: not while letters are composed, as with Japanese or Chinese keyboards.
 * @param {EventTarget} field
 * @param {() => void} act
 */
export const onTyped = (field, act) => {
  field.addEventListener("input", (event) => {
    if (!(/** @type {InputEvent} */ (event).isComposing)) act();
  });
  field.addEventListener("compositionend", () => act());
};
