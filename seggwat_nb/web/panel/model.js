// What anywidget gives to a widget.

/**
 * @typedef {object} Model
 * @property {(name: string) => unknown} get
 * @property {(message: object) => void} send
 * @property {(event: string, listener: (...given: any[]) => unknown) => void} on
 * @property {(event: string, listener: (...given: any[]) => unknown) => void} off
 */

export {};
