"""Folding for search: one way to write what reads alike."""

from __future__ import annotations

import sys
import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.analysis.folding import _fold_distinct, fold, fold_all, fold_texts
from seggwat_nb.filters import FeedbackFilter

seeded = settings(derandomize=True, max_examples=75, deadline=None)
texts = st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=20)
EVERY_LETTER = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) not in {"Cs", "Cn"}]


def test_what_only_needs_lower_case_gets_what_folding_gives() -> None:
    letters = pl.Series(EVERY_LETTER)
    assert fold_texts(letters).equals(_fold_distinct(letters))


def test_a_few_texts_are_folded_as_a_column_is() -> None:
    plain = [f"A{chr(code)}b" for code in range(128)]
    for some in (plain, [*plain, "Caf\u00c9", "\u2019"], []):
        assert fold_all(some) == fold_texts(pl.Series(some, dtype=pl.String)).to_list()


def test_every_letter_is_folded_as_unicode_folds_case() -> None:
    def caseless(text: str) -> str:  # section 3.13, toNFKC_Casefold, and the Turkish letters
        return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())

    own = {"\u0130", "\u0131"}
    expected = fold_texts(pl.Series(map(caseless, EVERY_LETTER)))
    unequal = [
        letter
        for letter, one, other in zip(EVERY_LETTER, fold_texts(pl.Series(EVERY_LETTER)), expected, strict=True)
        if one and letter not in own and one != other
    ]
    assert unequal == []


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("can't log in", "I can\u2019t log in"),
        ('"save"', "the \u201cSave\u201d button"),
        ('"save"', "\u201eSave\u201c"),
        ("e-mail", "e\u2011mail"),
        ("can't", "I can\u00b4t log in"),
        ("-20", "shows \u221220 degrees"),
        ("ειδοποιησεις", "Οι ειδοποιήσεις δεν έρχονται"),  # noqa: RUF001
        ("προϊόν", "ΤΟ ΠΡΟΪΟΝ ΛΕΙΠΕΙ"),  # noqa: RUF001
        ("счет", "Где мой счёт?"),
        ("зв'язок", "Немає зв\u02bcязку. Зв\u2019язок обірвався"),  # noqa: RUF001
        ("شكرا", "شُكْرًا جزيلاً"),
        ("الان", "الآن لا يعمل"),
        ("فاتوره", "أيــن الفاتورة؟"),
        ("على", "علي الفور"),
        ("کتاب", "كتاب"),
        ("צ'אט", "צ\u05f3אט לא נפתח"),  # noqa: RUF001
        ('דו"ח', "דו\u05f4ח חודשי"),
        ("שלום", "שָׁלוֹם"),
        ("תל-אביב", "תל\u05beאביב"),  # noqa: RUF001
        ("որտեղ", "Որտե\u055eղ է"),
        ("hoá đơn", "Hóa đơn bị sai"),
        ("huỷ", "Nút HỦY không bấm được"),
        ("știri", "Nu primesc ştiri"),
        ("plăți", "Plăţi duble"),
        ("to'lov", "Qayta to\u02bblov so'raydi"),
        ("हिंदी", "ऐप हिन्दी में नहीं है"),
        ("अकाउन्ट", "मेरा अकाउंट बंद हो गया"),
        ("जरूरी", "यह ज़रूरी है"),
        ("हूं", "मैं परेशान हूँ"),
        ("نہیں", "پیسے نهیں ملے"),
        ("അവൻ", "അവന\u0d4d\u200d വന്നു"),
        ("എന്റെ", "എൻ\u0d4dറെ പണം"),
        ("হঠাৎ", "হঠাত\u09cd\u200d বন্ধ"),
        ("יידיש", "אויף \u05f2דיש"),  # noqa: RUF001
        ("404", "خطأ ٤٠٤"),
        ("502", "त्रुटि ५०२"),
        ("๑๒", "หน้า 12"),
    ],
)
def test_what_people_type_finds_what_telephones_write(typed: str, written: str) -> None:
    frame = pl.DataFrame({"message": [written, "something else"]})
    assert FeedbackFilter(text=typed).apply(frame)["message"].to_list() == [written]
    assert FeedbackFilter(text=fold(written)).apply(frame)["message"].to_list() == [written]


@seeded
@given(texts)
def test_folding_again_changes_nothing_and_normal_forms_fold_alike(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold(unicodedata.normalize(form, text)) == once


@seeded
@given(st.lists(st.none() | texts, max_size=8))
def test_a_column_is_folded_text_by_text(values: list[str | None]) -> None:
    column = fold_texts(pl.Series(values, dtype=pl.String))
    assert column.to_list() == [None if text is None else fold(text) for text in values]
