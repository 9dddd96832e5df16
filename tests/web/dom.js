// A document for the tests, and a double for vega-embed that remembers what it was asked to draw.

import { parseHTML } from "linkedom";

/**
 * Put a new page in place of the one before.
 * @param {string} [body]
 */
export const open = (body = "") => {
  const { document, window } = parseHTML(`<!doctype html><html><body>${body}</body></html>`);
  Object.assign(globalThis, { document, window, getSelection: () => ({ isCollapsed: true }) });
  return document;
};

/** Open a page with what panels ask a browser for, and return the element that a panel is shown in. */
export const openPanel = () => {
  const document = open();
  class Observer {
    observe() {}
    disconnect() {}
  }
  const global = /** @type {any} */ (globalThis);
  Object.assign(global, {
    ResizeObserver: Observer,
    MutationObserver: Observer,
    requestAnimationFrame: () => 0,
    matchMedia: () => ({ addEventListener: () => {}, removeEventListener: () => {} }),
    CSS: { escape: (/** @type {string} */ text) => text },
  });
  const { Event } = global.window;
  global.window = { Event, addEventListener: () => {}, removeEventListener: () => {} };
  const el = document.createElement("div");
  document.body.append(el);
  return el;
};

/** A model of a widget: what it holds, what it was sent, and its listeners. */
export const model = (/** @type {Record<string, unknown>} */ held) => {
  const listeners = new Map();
  const sent = [];
  return {
    sent,
    get: (/** @type {string} */ name) => held[name],
    send: (/** @type {object} */ message) => sent.push(message),
    on: (/** @type {string} */ event, /** @type {() => void} */ listener) => listeners.set(event, listener),
    off: (/** @type {string} */ event) => listeners.delete(event),
    set(/** @type {string} */ name, /** @type {unknown} */ value) {
      held[name] = value;
      listeners.get(`change:${name}`)?.();
    },
    listeners,
  };
};

/** Draw nothing, and keep what is drawn; a spec with `fails` is refused. */
export const embed = () => {
  const calls = [];
  globalThis.vegaEmbed = async (node, spec, options) => {
    if (spec.fails) throw new Error("no chart");
    const call = { node, spec, options, data: { ...spec.datasets }, runs: 0, finalized: false };
    calls.push(call);
    const view = {
      data: (name, rows) => {
        call.data[name] = rows;
        return view;
      },
      runAsync: async () => {
        call.runs += 1;
        return view;
      },
    };
    return {
      view,
      finalize: () => {
        call.finalized = true;
      },
    };
  };
  return calls;
};
