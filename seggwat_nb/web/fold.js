/**
 * Fold a text for search, as `seggwat_nb.analysis.folding` does, so that a page finds what a notebook finds.
 * @param {string} text
 */
export const fold = (text) =>
  text
    .replace(/[\u0d23\u0d28\u0d30\u0d32\u0d33\u0d15]\u0d4d\u200d/g, (two) =>
      String.fromCharCode(0x0d7a + "\u0d23\u0d28\u0d30\u0d32\u0d33\u0d15".indexOf(two[0])),
    )
    .replaceAll("\u09a4\u09cd\u200d", "\u09ce")
    .replace(/\p{Default_Ignorable_Code_Point}+/gu, "")
    .normalize("NFKD")
    .replace(/[\u055b\u055c\u055e\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]+/g, "")
    .replace(/[\u0610-\u061a\u064b-\u065f\u0670]+/g, "")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replace(/([\u03b1\u03b5\u03b7\u03b9\u03bf\u03c5\u03c9]\u0308?)\u0301+|(\u0435)\u0308+/g, "$1$2")
    .replace(/([\u0915-\u0917\u091c\u092b])\u093c+/g, "$1")
    .replace(/\u0919\u094d(?=[\u0915-\u0918])|\u091e\u094d(?=[\u091a-\u091d])/g, "\u0902")
    .replace(/[\u0923\u0928]\u094d(?=[\u091f-\u0922])|\u0928\u094d(?=[\u0924-\u0927])/g, "\u0902")
    .replace(/\u092e\u094d(?=[\u092a-\u092d])/g, "\u0902")
    .normalize("NFKC")
    .replaceAll("i\u0307", "i")
    .replaceAll("\u03c2", "\u03c3")
    .replaceAll(" \u0301", "'")
    .replace(/[\u2018\u2019\u201b\u02bb\u02bc\u2032\u055a\u05f3]/g, "'")
    .replace(/[\u201c-\u201f\u05f4]/g, '"')
    .replace(/[\u2010-\u2013\u2212\u058a\u05be]/g, "-")
    .replaceAll("\u0671", "\u0627")
    .replace(/[\u0649\u06cc]/g, "\u064a")
    .replace(/[\u0629\u06c1\u06c3\u06d5]/g, "\u0647")
    .replaceAll("\u06a9", "\u0643")
    .replaceAll("\u0640", "")
    .replaceAll("\u0451", "\u0435")
    .replaceAll("\u0219", "\u015f")
    .replaceAll("\u021b", "\u0163")
    .replaceAll("\u0901", "\u0902")
    .replaceAll("\u05f0", "\u05d5\u05d5")
    .replaceAll("\u05f1", "\u05d5\u05d9")
    .replaceAll("\u05f2", "\u05d9\u05d9")
    .replaceAll("\u0d7b\u0d4d", "\u0d28\u0d4d")
    .replace(/[\u0660-\u0669\u06f0-\u06f9\u0e50-\u0e59\u0ed0-\u0ed9\u0f20-\u0f29\u1040-\u1049]/g, (digit) =>
      String(digit.charCodeAt(0) % 16),
    )
    .replace(/[\u17e0-\u17e9\u1810-\u1819]/g, (digit) => String(digit.charCodeAt(0) % 16))
    .replace(/[\u0966-\u096f\u09e6-\u09ef\u0a66-\u0a6f\u0ae6-\u0aef\u0b66-\u0b6f]/g, (digit) =>
      String((digit.charCodeAt(0) % 16) - 6),
    )
    .replace(/[\u0be6-\u0bef\u0c66-\u0c6f\u0ce6-\u0cef\u0d66-\u0d6f]/g, (digit) =>
      String((digit.charCodeAt(0) % 16) - 6),
    )
    .replace(/[óòỏõọ][ae]|[úùủũụ]y/g, (two) =>
      (two[0].normalize("NFD")[0] + two[1] + two[0].normalize("NFD")[1]).normalize(),
    );
