// What the scripts of all pages begin with: what stands in the page, elements, and how charts are drawn.
// Nothing is asked for: all data stand in the page, and strangers' text only ever becomes text.
"use strict";
const store = JSON.parse(document.querySelector("script#seggwat-store").textContent);
const make = (name, props = {}, ...inside) => {
  const element = Object.assign(document.createElement(name), props);
  element.append(...inside);
  return element;
};
// As `seggwat_nb.analysis.folding` folds, so that a page finds what a notebook finds.
const fold = text => text.replace(/\p{Default_Ignorable_Code_Point}+/gu, "").normalize("NFKC")
  .toLowerCase().toUpperCase().toLowerCase().normalize("NFKC").replaceAll("i\u0307", "i").replaceAll("\u03c2", "\u03c3");
const refuse = async () => { throw new Error("a page asks for nothing"); };

const silent = {level: () => silent, error: console.error, warn: () => silent, info: () => silent, debug: () => silent};
// Charts without colours of their own for text and lines take the page's, in light and in dark.
const ink = "currentColor";
const config = {
  background: "transparent",
  axis: {labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink, gridColor: ink, gridOpacity: 0.15},
  legend: {labelColor: ink, titleColor: ink},
  header: {labelColor: ink, titleColor: ink},
  title: {color: ink, subtitleColor: ink},
  text: {color: ink},
};
const embedded = {
  config,
  mode: "vega-lite", ast: true, renderer: "svg", actions: false, defaultStyle: false, logger: silent,
  loader: {load: refuse, sanitize: refuse, http: refuse, file: refuse},
  tooltip: {disableDefaultStyle: true, theme: "seggwat"},
};
