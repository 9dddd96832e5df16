// The messages from the kernel to the page, and what the parts of the page share.

/**
 * @typedef {object} Model what anywidget gives to a widget
 * @property {(name: string) => unknown} get
 * @property {(message: object) => void} send
 * @property {(event: string, listener: (...given: any[]) => unknown) => void} on
 * @property {(event: string, listener: (...given: any[]) => unknown) => void} off
 * @property {any} [widget_manager] of front ends that can draw one widget in another
 *
 * @typedef {object} Facet
 * @property {string} name
 * @property {string} label
 * @property {boolean} many whether each view includes the values, but only those that are shown
 * @property {[value: string, label: string, title: string, depth: number][]} options
 * @property {[name: string, values: string[]][]} together values that one click selects
 * @property {boolean} none whether the counts of the options are followed by one of items without a value
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
 * @property {Record<string, string>} types color of each type of item
 * @property {string} css
 * @property {string} hide
 *
 * @typedef {{do: string, [more: string]: unknown}} Request
 *
 * @typedef {[first: number, after: number]} Span days since 1970, from one until before another
 *
 * @typedef {{day: number, label: string, value: string}} Release a version, with the day of its first item
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
 * @property {(string[] | null)[]} values what a filter gets for each band; empty if no filter selects exactly its items, and null
 *   for items without a value
 * @property {boolean} stacked
 * @property {Release[]} releases
 * @property {number} last
 *
 * @typedef {object} Line
 * @property {number} place
 * @property {number} at
 * @property {string[]} text pieces, of which every second one matches the search
 * @property {string | null} type
 * @property {string | null} status
 * @property {string | null} version
 * @property {string | null} path
 * @property {string | null} source
 * @property {string | null} moment its day and time of day, with a comma between
 *
 * @typedef {object} Marks positions of options
 * @property {number} set how many values are selected or excluded
 * @property {number[]} [in]
 * @property {number[]} [not]
 * @property {number[]} [partly]
 * @property {boolean} [bare] whether only items without a value are selected, if there are any
 * @property {[value: string, label: string, title: string, count: number][]} [rows] of a facet with many values
 * @property {number[]} [none]
 * @property {number} [found]
 * @property {number} [start] the place of the first one among all
 * @property {[text: string, rows: number]} [find] what they were searched for, and how many were requested
 * @property {number} [all]
 *
 * @typedef {{part: string, name: string, said: string, title: string, off: boolean, not: boolean, flips: boolean}} Chip
 *
 * @typedef {object} View
 * @property {number} seq
 * @property {string} who
 * @property {string} tab
 * @property {number} selected
 * @property {number} listed how many of them are in the list
 * @property {number} list changes whenever the items or their order change
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
 * @property {{part?: string, said?: string, search?: string, open?: number, in?: boolean, n: number}[]} without
 *   parts to remove, another spelling of the search, or an item to open and whether the other filters select it
 * @property {Record<string, Uint32Array>} counts
 * @property {number} number of views before it
 * @property {boolean} isLatest whether no later request of this page is still unanswered
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
 * @property {number | null} place position in the list
 * @property {boolean} again whether it was open when the list changed
 *
 * @typedef {{activeElement: Element | null, querySelector: (where: string) => Element | null}} Scope
 *
 * @typedef {object} Page the interface that the parts of a panel share
 * @property {Scope} root
 * @property {HTMLElement} panel
 * @property {Setup} setup
 * @property {string} prefix of the ids of its elements, which differ where there are two
 * @property {string} hint what is said where there are no filters
 * @property {Time} time
 * @property {View | null} view
 * @property {(wish: string, more?: object) => void} act report an action to the kernel
 * @property {(wish: string, more?: object) => void} wish the same, but only the latest of its kind counts
 * @property {(message: Request) => void} send send the kernel a message that changes nothing
 * @property {(what: string, more?: object) => void} ask the same, with an answer to this page only
 * @property {(what: import("./menu.js").Offer) => void} offer open a menu
 * @property {((what?: {part?: string, value?: string | string[] | null, span?: Span, previous?: boolean, against?: string}) => void) | null}
 *   compare what is selected, or what would be, with the rest, the previous period or another value
 * @property {(text: string) => void} note show a message
 * @property {(type: string) => string} colour return the color of a type of item
 * @property {() => void} read move to the items
 */

export {};
