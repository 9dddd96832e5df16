// The keys of a panel, wherever its focus is.

/**
 * @typedef {object} Parts
 * @property {import("./beside.js").Beside} beside
 * @property {import("./foot.js").Foot} foot
 * @property {(by: number) => void} step goes back or forward
 * @property {(target: HTMLElement) => {head: import("./head.js").Head, work: import("./work.js").Work}} at
 *   the search and the items that an element belongs to
 */

/**
 * Make the handler of a panel's keys.
 * @param {Parts} parts
 */
export const keysOf =
  ({ beside, foot, step, at }) =>
  (/** @type {KeyboardEvent} */ event) => {
    if (beside.isShown) return; // the panel that is shown in this one's place handles its own keys
    if (foot.keys.open) return; // and so does the list of keys
    if (event.isComposing) return; // they are those of the keyboard, such as Enter for a word of Japanese
    const target = /** @type {HTMLElement} */ (event.target);
    const { head, work } = at(target);
    const { list } = work.list;
    const typing = target.matches("input:not([type=checkbox]), textarea, select");
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key.toLowerCase() === "z" && !(typing && target !== head.search)) {
      if (target === head.search && head.isTyped) head.settle();
      step(event.shiftKey ? 1 : -1);
    } else if (control || event.altKey) return;
    else if (event.key === "Escape" && foot.hideCode()) foot.focus();
    else if (event.key === "Escape" && work.list.at >= 0) work.close();
    else if (event.key === "Escape" && typing) list.focus({ preventScroll: true });
    else if (typing) {
      if (target !== head.search || (event.key !== "Enter" && event.key !== "ArrowDown")) return;
      head.settle();
      work.enter();
    } else if (event.key === "/") head.search.select();
    else if (event.key === "?") foot.showKeys();
    else if (!work.pressed(event, target)) return;
    event.preventDefault();
  };
