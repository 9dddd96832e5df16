// The options of a panel, each with its count.

import { FacetList } from "../facets.js";

/** @param {{model: import("./model.js").Model, el: HTMLElement}} place */
function render({ model, el }) {
  const facets = new FacetList((tick) => model.send(tick));
  el.append(facets.node);
  const update = () => facets.show(/** @type {import("../facets.js").Group[]} */ (model.get("groups")));
  // Only a page may write to the clipboard; where it may not either, the code is shown below the panel.
  const copy = (/** @type {{copy?: string}} */ { copy: text }) =>
    text && navigator.clipboard?.writeText(text).catch(() => {});
  model.on("change:groups", update);
  model.on("msg:custom", copy);
  update();
  return () => {
    model.off("change:groups", update);
    model.off("msg:custom", copy);
  };
}

export default { render };
