// A page of rows, and one row opened. Everything shown is text: nothing of it can become markup.

function parts(node, pieces) {
  for (const [text, marked] of pieces) {
    const piece = document.createElement(marked ? "mark" : "span");
    piece.textContent = text;
    node.append(piece);
  }
  return node;
}

function render({model, el}) {
  el.classList.add("seggwat-table");
  const button = (text, label, message, enabled = true) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.dataset.place = label;
    made.disabled = !enabled;
    made.addEventListener("click", () => model.send(message));
    return made;
  };
  const update = () => {
    const shown = model.get("shown");
    const held = document.activeElement?.dataset?.place;
    const table = document.createElement("table");
    const caption = document.createElement("caption");
    caption.textContent = shown.caption;
    const head = document.createElement("tr");
    for (const column of shown.columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.className = `seggwat-${column.name}`;
      if (column.sortable) {
        cell.setAttribute("aria-sort", column.sorted || "none");
        const arrow = {ascending: " ▲", descending: " ▼"}[column.sorted] || "";
        cell.append(button(column.label + arrow, `Sort by ${column.label}`, {sort: column.name}));
      } else cell.textContent = column.label;
      head.append(cell);
    }
    const body = document.createElement("tbody");
    for (const row of shown.rows) {
      const line = document.createElement("tr");
      line.classList.toggle("seggwat-open", row.at === shown.open?.at);
      line.classList.add("seggwat-line");
      line.addEventListener("click", event => {
        // A press on the button is the button's own, and a drag across the text selects it.
        if (!event.target.closest("button, a") && getSelection().isCollapsed) model.send({open: row.at});
      });
      row.cells.forEach((pieces, place) => {
        const cell = document.createElement("td");
        cell.className = `seggwat-${shown.columns[place].name}`;
        if (shown.columns[place].opens) {
          const opener = button("", `Open row ${row.at}`, {open: row.at});
          opener.removeAttribute("aria-label"); // its text, the message, says more
          opener.className = "seggwat-opener";
          opener.setAttribute("aria-expanded", String(row.at === shown.open?.at));
          cell.append(parts(opener, pieces));
        } else parts(cell, pieces);
        line.append(cell);
      });
      body.append(line);
      if (row.at === shown.open?.at) {
        const opened = document.createElement("tr");
        const cell = document.createElement("td");
        cell.colSpan = shown.columns.length;
        const list = document.createElement("dl");
        for (const [name, value] of shown.open.fields) {
          const term = document.createElement("dt");
          term.textContent = name;
          const said = document.createElement("dd");
          said.textContent = value;
          list.append(term, said);
        }
        cell.append(list);
        if (shown.open.url) {
          const link = document.createElement("a");
          link.href = shown.open.url;
          link.target = "_blank";
          link.rel = "noopener noreferrer";
          link.textContent = "Open on the dashboard";
          cell.append(link);
        }
        opened.append(cell);
        body.append(opened);
      }
    }
    const top = document.createElement("thead");
    top.append(head);
    table.append(caption, top, body);
    const pages = document.createElement("nav");
    pages.setAttribute("aria-label", "Pages of items");
    const place = document.createElement("span");
    place.textContent = shown.place;
    pages.append(
      button("‹ Before", "Page before", {page: shown.page - 1}, shown.page > 0),
      place,
      button("Next ›", "Next page", {page: shown.page + 1}, shown.more),
    );
    el.replaceChildren(table, pages);
    if (held) [...el.querySelectorAll("button")].find(one => one.dataset.place === held)?.focus();
  };
  model.on("change:shown", update);
  update();
  return () => model.off("change:shown", update);
}

export default {render};
