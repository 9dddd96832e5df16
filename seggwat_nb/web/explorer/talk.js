// What a page and its kernel say to one another: wishes, numbered, of which the latest wins, and counts, as binary.

const LATE = 150; // milliseconds after which the panel shows that the kernel is busy

let made = 0;

/**
 * Read counts that follow each other.
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
   */
  constructor(model, panel) {
    made += 1;
    this.model = model;
    this.panel = panel;
    this.who = `${Date.now()}.${made}`;
    this.seq = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */ this.late = undefined;
    /** @type {Map<string, [wish: string, more: object]>} */ this.waiting = new Map(); // of which only the latest counts
    /** @type {string | null} */ this.under = null; // the wish of such a kind that the kernel is at
  }

  /**
   * Tell the kernel what was done.
   * @param {string} wish
   * @param {object} [more]
   */
  act(wish, more = {}) {
    if (this.waiting.size) this.flush();
    this.seq += 1;
    clearTimeout(this.late);
    this.late = setTimeout(() => this.panel.setAttribute("aria-busy", "true"), LATE);
    this.panel.dataset.asked = String(this.seq);
    this.model.send({ do: wish, seq: this.seq, who: this.who, ...more });
  }

  /**
   * Tell the kernel what was done, if nothing of its kind follows while it is at another wish.
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
   * Ask the kernel for something that changes nothing, and that is for this page alone.
   * @param {string} what
   * @param {object} [more]
   */
  ask(what, more = {}) {
    this.model.send({ do: what, who: this.who, ...more });
  }

  flush() {
    const next = [...this.waiting];
    this.waiting.clear();
    this.under = null;
    for (const [kind, [wish, more]] of next) this.wish(wish, more, kind);
  }

  /**
   * Whether an answer is of what was done last here, or of what was done elsewhere.
   * @param {{who?: string, seq?: number}} answer
   */
  isLatest({ who, seq }) {
    return who !== this.who || seq === this.seq;
  }

  /** @param {{who?: string | null, seq?: number}} answer */
  settled({ who, seq }) {
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
