/**
 * Fold a text for search, as `seggwat_nb.analysis.folding` does, so that a page finds what a notebook finds.
 * @param {string} text
 */
export const fold = (text) =>
  text
    .replace(/\p{Default_Ignorable_Code_Point}+/gu, "")
    .normalize("NFKC")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKC")
    .replaceAll("i\u0307", "i")
    .replaceAll("\u03c2", "\u03c3")
    .replace(/[\u2018\u2019\u201b\u02bc\u2032]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u2010-\u2013]/g, "-");
