// The items of a panel: a page of rows, one of which may be open.

import { button, make } from "../dom.js";
import { TableView } from "../table.js";

/**
 * @typedef {readonly (readonly [string, boolean])[]} Pieces texts, each with whether it is marked
 * @typedef {{at: number, fields: readonly [string, string][], url?: string}} Open
 * @typedef {object} Items
 * @property {string} caption
 * @property {readonly {name: string, label: string, sortable: boolean, sorted?: string, opens?: boolean}[]} columns
 * @property {readonly {at: number, cells: readonly Pieces[]}[]} rows
 * @property {Open | null} open
 * @property {string} place
 * @property {number} page
 * @property {boolean} more
 */

/** @param {Pieces} pieces */
const marked = (pieces) => pieces.map(([text, mark]) => make(mark ? "mark" : "span", { textContent: text }));

/**
 * @param {Open} open
 * @param {number} width
 */
const details = ({ fields, url }, width) => {
  const list = make("dl");
  for (const [name, value] of fields) {
    list.append(make("dt", { textContent: name }), make("dd", { textContent: value }));
  }
  const cell = make("td", { colSpan: width }, list);
  if (url) {
    const rest = { target: "_blank", rel: "noopener noreferrer", textContent: "Open on the dashboard" };
    cell.append(make("a", { href: url, ...rest }));
  }
  return make("tr", {}, cell);
};

/** @param {{model: import("./model.js").Model, el: HTMLElement}} place */
function render({ model, el }) {
  const shown = () => /** @type {Items} */ (model.get("shown"));
  const table = new TableView({
    sort: (column) => model.send({ sort: shown().columns[column].name }),
    turn: (step) => model.send({ page: shown().page + step }),
  });
  el.append(table.node);
  const row = (/** @type {Items["rows"][number]} */ { at, cells }) => {
    const { columns, open } = shown();
    const isOpen = at === open?.at;
    const line = make("tr", { className: isOpen ? "seggwat-line seggwat-open" : "seggwat-line" });
    line.addEventListener("click", (event) => {
      // A press on the button is the button's own, and a drag across the text selects it.
      const own = /** @type {Element} */ (event.target).closest("button, a");
      if (!own && getSelection()?.isCollapsed) model.send({ open: at });
    });
    cells.forEach((pieces, place) => {
      const { name, opens } = columns[place];
      const cell = make("td", { className: `seggwat-${name}` });
      if (opens) {
        const opener = button("", () => model.send({ open: at }), { className: "seggwat-opener" });
        opener.dataset.key = `open/${at}`;
        opener.setAttribute("aria-expanded", String(isOpen));
        opener.append(...marked(pieces));
        cell.append(opener);
      } else cell.append(...marked(pieces));
      line.append(cell);
    });
    return isOpen && open ? [line, details(open, columns.length)] : [line];
  };
  const update = () => {
    const { caption, columns, rows, place, page, more } = shown();
    table.show({
      caption,
      columns: columns.map((column) => ({ ...column, className: `seggwat-${column.name}` })),
      rows: rows.flatMap(row),
      place,
      previous: page > 0,
      next: more,
    });
  };
  model.on("change:shown", update);
  update();
  return () => model.off("change:shown", update);
}

export default { render };
