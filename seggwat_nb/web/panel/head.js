// How many items are selected, and by what: each part of the filter is a button that takes it back, and one more takes
// back all. All is set as text.

function render({model, el}) {
  el.classList.add("seggwat-head");
  const summary = document.createElement("div");
  summary.className = "seggwat-summary";
  summary.setAttribute("role", "status");
  const selected = document.createElement("b");
  const rest = document.createElement("span");
  summary.append(selected, rest);
  const chips = document.createElement("div");
  chips.className = "seggwat-chips";
  el.append(summary, chips);
  const button = (text, title, part) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "seggwat-chip";
    made.textContent = text;
    made.title = title;
    made.addEventListener("click", () => model.send({reset: part}));
    return made;
  };
  const update = () => {
    const shown = model.get("shown");
    selected.textContent = shown.selected;
    rest.textContent = shown.rest;
    const place = [...chips.children].indexOf(document.activeElement);
    const made = shown.chips.map(({part, label, title}) => button(`${label} ✕`, title, part));
    if (made.length) made.push(button("Reset all", "Select all items", null));
    chips.replaceChildren(...made);
    if (place >= 0) chips.children[Math.min(place, chips.children.length - 1)]?.focus();
  };
  model.on("change:shown", update);
  update();
  return () => model.off("change:shown", update);
}

export default {render};
