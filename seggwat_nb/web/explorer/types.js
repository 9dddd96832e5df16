// What the kernel tells the page, and what the parts of the page share.

/**
 * @typedef {import("../panel/model.js").Model} Model
 *
 * @typedef {object} Facet
 * @property {string} name
 * @property {string} label
 * @property {boolean} many whether its values come with each view, only those that are shown
 * @property {[value: string, label: string, title: string, depth: number][]} options
 * @property {boolean} none whether a count of items without a value follows those of the options
 * @property {boolean} excludes whether values can be excluded
 * @property {boolean} folded
 *
 * @typedef {object} Setup
 * @property {Facet[]} facets
 * @property {number} total
 * @property {string} about
 * @property {string} zone
 * @property {string[]} tabs
 * @property {[string, string][]} keys
 * @property {[string, string][]} every
 * @property {string[]} columns
 * @property {Record<string, string>} types colour of each type of item
 * @property {string} css
 * @property {string} hide
 *
 * @typedef {object} Time
 * @property {string} every
 * @property {string} asked
 * @property {string} by
 * @property {number[]} starts
 * @property {number[]} days
 * @property {boolean[]} whole
 * @property {string[]} labels
 * @property {string[]} colours
 * @property {boolean[]} selects whether a filter selects the items of the band
 * @property {boolean} stacked
 * @property {{day: number, label: string}[]} releases
 * @property {number} last
 * @property {string} rated_by
 *
 * @typedef {object} Line
 * @property {number} place
 * @property {number} at
 * @property {string[]} text pieces, of which every second one was searched for
 * @property {string | null} type
 * @property {string | null} status
 * @property {string | null} version
 * @property {string | null} path
 * @property {string | null} source
 * @property {string | null} day
 *
 * @typedef {object} Marks places of options
 * @property {number} set how many values are selected or excluded
 * @property {number[]} [in]
 * @property {number[]} [not]
 * @property {number[]} [partly]
 * @property {[value: string, label: string, title: string, count: number][]} [rows] of a facet of many values
 * @property {number[]} [none]
 * @property {number} [found]
 * @property {number} [all]
 *
 * @typedef {{part: string, name: string, said: string, title: string, off: boolean, not: boolean, flips: boolean}} Chip
 *
 * @typedef {object} View
 * @property {number} seq
 * @property {string} who
 * @property {string} tab
 * @property {number} selected
 * @property {number} list another number where the items, or their order, are others
 * @property {[string, number][]} layout
 * @property {Record<string, Marks>} facets
 * @property {Chip[]} chips
 * @property {boolean} back
 * @property {boolean} forth
 * @property {string} search
 * @property {[number | null, number | null]} dates
 * @property {string | null} doubts
 * @property {[string, boolean]} sort
 * @property {Line[]} items
 * @property {{part: string, said: string, n: number}[]} without
 * @property {Record<string, Uint32Array>} counts
 * @property {number} number of views before it
 * @property {boolean} isLatest whether nothing was done since in this page that is still to be answered
 *
 * @typedef {object} Detail
 * @property {number} at
 * @property {string[]} text
 * @property {string | null} type
 * @property {string | null} moment
 * @property {{part: string, name: string, value: string, said: string}[]} fields
 * @property {[string, string][]} all
 * @property {string | null} url
 * @property {{part: string, value: string, said: string, n: number}[]} same
 *
 * @typedef {object} Page what the parts of a panel share
 * @property {ShadowRoot} root
 * @property {HTMLElement} panel
 * @property {Setup} setup
 * @property {Time} time
 * @property {View | null} view
 * @property {(wish: string, more?: object) => void} act tell the kernel what was done
 * @property {(wish: string, more?: object) => void} wish the same, where only the latest of its kind counts
 * @property {(message: object) => void} send tell the kernel something that changes nothing
 * @property {(what: string, more?: object) => void} ask the same, where the answer is for this page alone
 * @property {(what: import("./menu.js").Offer) => void} offer open a menu
 * @property {(what?: {part?: string, value?: string, period?: number, band?: number}) => void} compare what is selected, or what would be, with the rest
 * @property {(text: string) => void} note say that something was done
 * @property {(type: string) => string} colour of a type of item
 * @property {() => void} read move to the items
 */

export {};
