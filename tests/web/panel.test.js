// The widgets of a panel.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import frame from "../../seggwat_nb/web/panel/frame.js";
import head from "../../seggwat_nb/web/panel/head.js";
import options from "../../seggwat_nb/web/panel/options.js";
import table from "../../seggwat_nb/web/panel/table.js";
import { model, open } from "./dom.js";

/** @type {HTMLElement} */
let el;
beforeEach(() => {
  open();
  el = document.createElement("div");
  document.body.append(el);
});

test("the head tells which part of the filter to remove", () => {
  const chips = [{ part: "type", label: "Type: <b>", title: "Remove" }];
  const held = model({ shown: { selected: "6", rest: " of 60 items", chips } });
  const end = head.render({ model: held, el });
  assert.equal(el.querySelector("[role=status]").textContent, "6 of 60 items");
  for (const button of el.querySelectorAll("button")) button.click();
  assert.deepEqual(held.sent, [{ reset: "type" }, { reset: null }]);
  held.set("shown", { selected: "60", rest: " items", chips: [] });
  assert.equal(el.querySelectorAll("button").length, 0);
  end();
  assert.equal(held.listeners.size, 0);
});

test("options are ticked, and code is copied where the page may", () => {
  const item = { value: "Bug", label: "Bug", count: 1, ticked: false };
  const held = model({ groups: [{ name: "type", label: "Type", options: [item] }] });
  const end = options.render({ model: held, el });
  const box = el.querySelector("input");
  box.checked = true;
  box.dispatchEvent(new window.Event("change"));
  assert.deepEqual(held.sent, [{ group: "type", value: "Bug", ticked: true }]);
  const copied = [];
  const clipboard = { writeText: async (text) => copied.push(text) };
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { clipboard } });
  held.listeners.get("msg:custom")({ copy: "code" });
  held.listeners.get("msg:custom")({});
  assert.deepEqual(copied, ["code"]);
  end();
});

const items = (more = {}) => ({
  caption: "Items",
  columns: [
    { name: "message", label: "Message", sortable: true, opens: true },
    { name: "type", label: "Type", sortable: true },
  ],
  rows: [4, 5].map((at) => ({
    at,
    cells: [
      [
        ["pay", true],
        ["ment", false],
      ],
      [["Bug", false]],
    ],
  })),
  open: null,
  place: "1–2 of 60",
  page: 2,
  more: true,
  ...more,
});

test("a table marks what was found, opens rows, sorts and turns pages", () => {
  const held = model({ shown: items() });
  table.render({ model: held, el });
  assert.deepEqual(
    [...el.querySelectorAll("mark")].map((one) => one.textContent),
    ["pay", "pay"],
  );
  for (const button of el.querySelectorAll("button")) button.click();
  const pressed = [{ sort: "message" }, { sort: "type" }, { open: 4 }, { open: 5 }, { page: 1 }, { page: 3 }];
  assert.deepEqual(held.sent, pressed);
  el.querySelectorAll("tr.seggwat-line td.seggwat-type")[1].click();
  assert.deepEqual(held.sent.at(-1), { open: 5 });
});

test("an open row shows its fields and a link to the dashboard", () => {
  const fields = [["resolution note", "<script>"]];
  const held = model({ shown: items({ open: { at: 5, fields, url: "https://example.org/5" } }) });
  table.render({ model: held, el });
  assert.equal(el.querySelector("dd").textContent, "<script>");
  assert.equal(el.querySelector("a").rel, "noopener noreferrer");
  assert.equal(el.querySelectorAll("tr.seggwat-open").length, 1);
  held.set("shown", items());
  assert.equal(el.querySelector("dl"), null);
});

test("a panel keeps plain keys to itself, lets saving pass, and shows when it is at work", () => {
  const panel = document.createElement("div");
  panel.className = "seggwat-panel";
  const inside = document.createElement("button");
  const outside = document.createElement("button");
  panel.append(el, inside);
  document.body.append(panel, outside);
  const held = model({ busy: false });
  const pressed = new Set();
  globalThis.window = {
    addEventListener: (_, listener) => pressed.add(listener),
    removeEventListener: (_, listener) => pressed.delete(listener),
  };
  const end = frame.render({ model: held, el });
  const press = (target, key, more = {}) => {
    const event = { key, target, ...more };
    for (const listener of pressed) listener(event);
    return target.hasAttribute("data-lm-suppress-shortcuts");
  };
  assert.equal(press(inside, "x"), true);
  assert.equal(press(inside, "s", { ctrlKey: true }), false);
  assert.equal(press(outside, "x"), false);
  held.set("busy", true);
  assert.equal(panel.getAttribute("aria-busy"), "true");
  end();
  assert.equal(pressed.size, 0);
});
