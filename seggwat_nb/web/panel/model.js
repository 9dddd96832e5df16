// What anywidget gives to a widget.

/**
 * @typedef {object} Model
 * @property {(name: string) => unknown} get
 * @property {(message: object) => void} send
 * @property {(event: string, listener: (...given: any[]) => unknown) => void} on
 * @property {(event: string, listener: (...given: any[]) => unknown) => void} off
 * @property {any} [widget_manager] of front ends that can draw one widget in another
 */

export {};
