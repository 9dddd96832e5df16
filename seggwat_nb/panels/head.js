// How many items are selected, and by what: each part of the filter is a button that takes it back. All is set as text.

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
  const update = () => {
    const shown = model.get("shown");
    selected.textContent = shown.selected;
    rest.textContent = shown.rest;
    const place = [...chips.children].indexOf(document.activeElement);
    chips.replaceChildren(...shown.chips.map(({part, label, title}) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "seggwat-chip";
      chip.textContent = `${label} ✕`;
      chip.title = title;
      chip.addEventListener("click", () => model.send({reset: part}));
      return chip;
    }));
    if (place >= 0) chips.children[Math.min(place, chips.children.length - 1)]?.focus();
  };
  model.on("change:shown", update);
  update();
  return () => model.off("change:shown", update);
}

export default {render};
