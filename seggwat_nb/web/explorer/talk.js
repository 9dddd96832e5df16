// The communication between page and kernel: numbered requests, of which the latest wins, and binary counts.

export const LATE = 150; // milliseconds after which the panel shows that the kernel is busy

const LOST = "The kernel was restarted. Run all cells again.";

let made = 0;

// What has the focus in the shadow root of a panel.
const focusedAround = (/** @type {HTMLElement} */ panel) =>
  /** @type {ShadowRoot} */ (panel.getRootNode()).activeElement;

/**
 * Decode consecutive counts.
 * @param {{layout: [string, number][]}} view
 * @param {DataView | ArrayBuffer} buffer
 * @returns {Record<string, Uint32Array>}
 */
export const countsOf = (view, buffer) => {
  const packed =
    buffer instanceof DataView
      ? new Uint32Array(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength))
      : new Uint32Array(buffer);
  /** @type {Record<string, Uint32Array>} */
  const counts = {};
  let at = 0;
  for (const [name, long] of view.layout) {
    counts[name] = packed.subarray(at, at + long);
    at += long;
  }
  return counts;
};

export class Talk {
  /**
   * @param {import("./types.js").Model} model
   * @param {HTMLElement} panel
   * @param {(text: string) => void} lost says why the kernel no longer answers
   */
  constructor(model, panel, lost) {
    made += 1;
    this.model = model;
    this.lost = lost;
    this.panel = panel;
    this.who = `${Date.now()}.${made}`;
    this.seq = 0;
    this.since = 0; // when the latest request was sent
    /** @type {ReturnType<typeof setTimeout> | undefined} */ this.late = undefined;
    /** @type {Map<string, [wish: string, more: object]>} */ this.waiting = new Map(); // requests of which only the latest counts
    /** @type {Map<string, Element | null>} */ this.from = new Map(); // what had the focus when each kind of request was sent
    /** @type {string | null} */ this.under = null; // the request of this kind that the kernel is handling
  }

  /**
   * Report an action to the kernel.
   * @param {string} wish
   * @param {object} [more]
   */
  act(wish, more = {}) {
    if (this.waiting.size) this.flush();
    this.seq += 1;
    this.since = Date.now();
    clearTimeout(this.late);
    this.late = setTimeout(() => this.panel.setAttribute("aria-busy", "true"), LATE);
    this.panel.dataset.asked = String(this.seq);
    this.send({ do: wish, seq: this.seq, who: this.who, ...more });
  }

  /**
   * Send the kernel a message. A kernel that was restarted has no such panel: nobody answers, and what is shown stays.
   * @param {import("./types.js").Request} message
   */
  send(message) {
    this.from.set(message.do, focusedAround(this.panel));
    try {
      this.model.send(message);
    } catch {
      this.waiting.clear();
      this.settled({ seq: this.seq });
      this.lost(LOST);
    }
  }

  /**
   * Report an action to the kernel, unless another one of its kind follows while the kernel is busy.
   * @param {string} wish
   * @param {object} [more]
   * @param {string} [kind]
   */
  wish(wish, more = {}, kind = wish) {
    if (this.under === null) {
      this.under = kind;
      this.act(wish, more);
    } else this.waiting.set(kind, [wish, more]);
  }

  /**
   * Send the kernel a request that changes nothing, with an answer to this page only.
   * @param {string} what
   * @param {object} [more]
   */
  ask(what, more = {}) {
    this.send({ do: what, who: this.who, ...more });
  }

  /**
   * Return whether the focus is still where it was when the latest request of a kind was sent, from this page. Only then may
   * its answer move the focus, or close what is open: otherwise, somebody is using something else in the meantime.
   * @param {string} what
   */
  isAwaited(what) {
    const is = this.from.has(what) && this.from.get(what) === focusedAround(this.panel);
    this.from.delete(what);
    return is;
  }

  flush() {
    const next = [...this.waiting];
    this.waiting.clear();
    this.under = null;
    for (const [kind, [wish, more]] of next) this.wish(wish, more, kind);
  }

  /**
   * Return whether an answer belongs to the latest request of this page, and none waits to be sent, or to another page.
   * @param {{who?: string, seq?: number}} answer
   */
  isLatest({ who, seq }) {
    return who !== this.who || (seq === this.seq && !this.waiting.size);
  }

  /** @param {{who?: string | null, seq?: number | null}} answer */
  settled({ who, seq }) {
    if (!seq) return; // it answers no action: code set a filter, or an item could not be opened
    if (who !== undefined && who !== null && who !== this.who) return;
    this.panel.dataset.answered = String(seq);
    if (seq === this.seq) {
      clearTimeout(this.late);
      this.panel.removeAttribute("aria-busy");
    }
    if (this.under !== null) {
      this.under = null;
      this.flush();
    }
  }

  end() {
    clearTimeout(this.late);
  }
}
