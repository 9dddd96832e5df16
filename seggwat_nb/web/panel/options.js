// Options to tick, each with its count, in named groups. Everything shown is text: nothing of it can become markup.

const count = new Intl.NumberFormat("en");

function render({model, el}) {
  el.classList.add("seggwat-options");
  const update = () => {
    const held = document.activeElement?.dataset?.place;
    const scrolled = new Map([...el.querySelectorAll("fieldset")].map(one => [one.dataset.name, one.lastChild.scrollTop]));
    el.replaceChildren(...model.get("groups").map(group => {
      const field = document.createElement("fieldset");
      field.dataset.name = group.name;
      const legend = document.createElement("legend");
      legend.textContent = group.label;
      const list = document.createElement("div");
      list.className = "seggwat-list";
      const most = Math.max(1, ...group.options.map(option => option.count));
      list.append(...group.options.map(option => {
        const label = document.createElement("label");
        const box = document.createElement("input");
        box.type = "checkbox";
        box.checked = option.ticked;
        box.indeterminate = option.partly && !option.ticked;
        box.disabled = option.value === null; // counted, and no filter can ask for it
        box.dataset.place = `${group.name}/${option.value}`;
        box.addEventListener("change", () => model.send({group: group.name, value: option.value, ticked: box.checked}));
        const name = document.createElement("span");
        name.className = "seggwat-name";
        name.textContent = option.label;
        name.title = option.title || option.label;
        const number = document.createElement("span");
        number.className = "seggwat-count";
        number.textContent = count.format(option.count);
        label.style.setProperty("--share", `${100 * option.count / most}%`);
        label.classList.toggle("seggwat-none", option.count === 0 && !option.partly);
        label.append(box, name, number);
        return label;
      }));
      field.append(legend, list);
      if (group.note) {
        const note = document.createElement("p");
        note.textContent = group.note;
        list.append(note);
      }
      return field;
    }));
    for (const field of el.querySelectorAll("fieldset")) field.lastChild.scrollTop = scrolled.get(field.dataset.name) || 0;
    if (held) [...el.querySelectorAll("input")].find(box => box.dataset.place === held)?.focus();
  };
  // Only a page may write to the clipboard; where it may not either, the code stands below the panel.
  const copy = message => message.copy && navigator.clipboard?.writeText(message.copy).catch(() => {});
  model.on("change:groups", update);
  model.on("msg:custom", copy);
  update();
  return () => {
    model.off("change:groups", update);
    model.off("msg:custom", copy);
  };
}

export default {render};
