// The widgets of a comparison.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import frame from "../../seggwat_nb/web/panel/frame.js";
import options from "../../seggwat_nb/web/panel/options.js";
import { model, open } from "./dom.js";

/** @type {HTMLElement} */
let el;
beforeEach(() => {
  open();
  el = document.createElement("div");
  document.body.append(el);
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
