// The messages from the kernel to the page of a comparison, and what its parts share.

/**
 * @typedef {import("../explorer/types.js").View & {name: string, title: string, last: number, rated: string}} SideView
 *
 * @typedef {import("../chart.js").Chart & {heading: string, said: string, label: string}} Drawn
 *
 * @typedef {{heads: string[], rows: {cells: string[], few: boolean}[], more: number}} Figures
 *
 * @typedef {object} PairSetup
 * @property {import("../explorer/types.js").Facet[]} facets
 * @property {number} total
 * @property {string} about
 * @property {[string, string][]} keys
 * @property {[string, string][]} every
 * @property {[string, string][]} periods
 * @property {string[]} columns
 * @property {Record<string, string>} types
 * @property {string} css
 * @property {string} hide
 *
 * @typedef {object} PairView
 * @property {string} who
 * @property {number} seq
 * @property {[SideView, SideView]} sides
 * @property {boolean} back
 * @property {boolean} forth
 * @property {string} by
 * @property {string} every
 * @property {string[]} cautions
 * @property {string[]} words
 * @property {Figures} figures
 * @property {Record<string, Drawn> | null} charts null if they have not changed
 *
 * @typedef {{chart: string, name: string, when?: unknown, only?: "a" | "b"}} Mark
 *
 * @typedef {object} Shared
 * @property {ShadowRoot} root
 * @property {HTMLElement} panel
 * @property {PairSetup} setup
 * @property {import("../explorer/talk.js").Talk} talk
 * @property {(message: import("../explorer/types.js").Request) => void} send
 * @property {(what: import("../explorer/menu.js").Offer) => void} offer
 * @property {(text: string) => void} note
 * @property {(side: "a" | "b") => void} explore open a side in an explorer
 */

export {};
