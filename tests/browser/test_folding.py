"""Pages fold texts for search as notebooks do, letter by letter."""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.analysis.folding import fold_texts
from seggwat_nb.web import script

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WORDS = [
    "ΟΔΟΣ ΟΔΟΣ",
    "Straße",
    "İstanbul",
    "Cafe\u0301",
    "\u1112\u1161\u11ab",
    "cra\u00adsh",
    "\uff21\uff22",
    "ŉ ẞ ﬃ \u03d2\u0301",
    "ΠΡΟΪΟΝ προϊόν ΐ ά\u0313",
    "Счёт е\u0308",  # noqa: RUF001
    "شُكْرًا الآن أيــن فاتورة علی",
    "שָׁלוֹם דו\u05f4ח תל\u05beאביב",  # noqa: RUF001
    "Որտե\u055eղ can\u00b4t",
    "HÓA ĐƠN hoá hủy o\u0301\u0323a óa\u0323",
    "și țară to\u02bblov",
    "हिन्दी ज़रूरी हूँ अकाउन्ट सम्पर्क जन्म",
    "نہیں خانۀ",
    "അവന\u0d4d\u200d എൻ\u0d4dറെ ന\u0d4d\u200d\u0d4dറ হঠাত\u09cd\u200d \u05f2",
]


def test_a_page_folds_as_a_notebook_does(browser: Browser) -> None:
    (fold,) = re.findall(r"^const fold = (.*?);$", script("fold.js"), re.DOTALL | re.MULTILINE)
    known = (chr(code) for code in range(sys.maxunicode + 1))  # a browser may know letters that came later
    texts = [*WORDS, *(letter for letter in known if unicodedata.category(letter) not in {"Cs", "Cn", "Co"})]
    page = browser.new_page()
    assert page.evaluate(f"texts => texts.map({fold})", texts) == fold_texts(pl.Series(texts)).to_list()
    page.close()
