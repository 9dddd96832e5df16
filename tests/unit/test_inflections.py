"""Forms of one word count as one in languages that nobody listed, and words that only look alike do not."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb.analysis.inflections import merge_inflections
from seggwat_nb.analysis.terms import terms
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.theme_file import stanzas
from tests.unit.test_terms import END, spoken

POLISH = (
    ["Ta strona jest wolna.", "Otwieram stronę.", "Brak strony.", "Jaka nazwa?", "Zmieniam nazwę.", "Nie ma nazwy."],
    ["Moja grupa.", "Dodaj grupę.", "Usuń grupy."],
    ["Zła faktura.", "Gdzie mam fakturę?", "Nie ma faktury."],
    "faktur",
)
HEBREW = (
    ["קובץ ישן.", "הקובץ גדול.", "עברתי לקובץ.", "חלון סגור.", "החלון נסגר.", "חזרה לחלון."],
    ["שרת איטי.", "השרת נפל.", "חיבור לשרת."],
    ["חשבונית שגויה.", "החשבונית חסרה.", "מעבר לחשבונית."],
    "חשבונית",
)
ARABIC = (
    ["ملف قديم.", "الملف كبير.", "وصلت للملف.", "مجلد فارغ.", "المجلد ضاع.", "نقلت للمجلد."],
    ["خادم بطيء.", "الخادم توقف.", "دخلت للخادم."],
    ["فاتورة خاطئة.", "الفاتورة ناقصة.", "نظرت للفاتورة."],
    "فاتورة",
)
AMHARIC = (
    ["ፋይሎች ጠፉ።", "የፋይሎች ስም", "ለፋይሎች ቦታ", "ስልኮች ተዘጉ", "የስልኮች ድምፅ", "ለስልኮች መልስ"],
    ["ገጾችን ክፈት", "የገጾችን ቀለም", "ለገጾችን ጽሑፍ"],
    ["ደረሰኝ ጠፋ", "የደረሰኝ ቁጥር", "ለደረሰኝ ክፍያ"],
    "ደረሰኝ",
)


@pytest.mark.parametrize("told", [POLISH, HEBREW, ARABIC, AMHARIC], ids=["Polish", "Hebrew", "Arabic", "Amharic"])
def test_all_forms_of_a_word_are_one_finding_and_one_pattern(told: tuple[list[str], list[str], list[str], str]) -> None:
    usual, more, new, stem = told
    rows = spoken([*usual, *more], new)
    found = terms(rows, as_of=END)
    assert found["count"][0] == 28
    assert stem in found["term"][0]
    suggested = sw.themes.suggest(rows, as_of=END)
    held = sw.themes.tag(rows, suggested).filter(pl.col("theme").list.len() > 0)
    assert set(held["id"]) == set(found["ids"][0])


def test_a_finding_selects_the_items_with_every_form() -> None:
    usual, more, new, _ = POLISH
    rows = spoken([*usual, *more], new).with_columns(type=pl.lit("Bug"))
    found = sw.findings(rows, as_of=END).filter(kind="theme")
    assert found.height == 1
    where = sw.FeedbackFilter.from_dict(json.loads(found["filter"][0]))
    assert set(where.apply(rows)["id"]) == set(found["ids"][0])


@pytest.mark.parametrize(
    ("forms", "others"),
    [
        (["חשבונית", "החשבונית", "בחשבונית", "וחשבונית", "שהחשבונית"], ["ידע", "מידע", "אלה", "שמאלה"]),
        (["فاتورة", "الفاتورة", "بالفاتورة", "للفاتورة", "وفاتورة"], ["روش", "فروش", "لبه", "کلبه"]),
        (["دفع", "الدفع", "بالدفع"], ["صل", "وصل"]),
        (["ደረሰኝ", "የደረሰኝ", "ለደረሰኝ", "ስለደረሰኝ"], ["ሰው", "በሰው"]),
    ],
)
def test_articles_and_prepositions_show_in_a_single_word(forms: list[str], others: list[str]) -> None:
    found = find_terms(pl.Series([*forms, *others] * 2), min_count=2)
    word = find_terms(pl.Series(forms[:1])).names[0]
    assert {word, *find_terms(pl.Series(others)).names} == {*found.names}
    assert found.has.sum(axis=0).max() == 2 * len(forms)


def test_endings_that_take_turns_once_or_twice_join_nothing() -> None:
    texts = pl.Series(["organic", "organize", "basic", "basize", "planet", "planer"] * 5)
    assert find_terms(texts, min_count=5).names.to_list() == sorted(set(texts))


def test_a_beginning_makes_another_word_in_other_scripts() -> None:
    texts = pl.Series(["read", "unread", "lock", "unlock", "pinned", "unpinned", "known", "unknown"] * 5)
    assert find_terms(texts, min_count=5).names.to_list() == sorted(set(texts))


def by_definition(counts: dict[str, int]) -> dict[str, str]:
    """Return what stands for each word, by loops over all words and cuts."""
    cuts = defaultdict(set)
    for word in counts:
        for size in range(5):
            stem, part = word[: len(word) - size], word[len(word) - size :]
            if len(stem) >= 4:
                cuts[stem].add((part, word))
    together = [
        (stem, one, other)
        for stem, parts in cuts.items()
        for one in parts
        for other in parts
        if one[0][:1] != other[0][:1] and max(counts[one[1]], counts[other[1]]) >= 2
    ]
    turns = Counter((one[0], other[0]) for _, one, other in together if min(counts[one[1]], counts[other[1]]) >= 2)
    support: dict[tuple[str, str, str], int] = defaultdict(int)
    for stem, one, other in together:
        if turns[one[0], other[0]] >= 3:
            support[one[1], stem, one[0]] += counts[other[1]]
    best: dict[str, tuple[int, int, str, str]] = {}
    for (word, stem, part), total in support.items():
        best[word] = max(best.get(word, (0, 0, "", "")), (total, len(stem), stem, part))
    names = {word: word for word in counts}
    for word, (_, _, stem, _) in best.items():
        forms = [(part != "", -counts[one], one) for one, (_, _, its, part) in best.items() if its == stem]
        names[word] = min(forms)[2]
    return names


def test_forms_that_few_use_count_with_those_that_many_do() -> None:
    """Finnish: other words of few texts show which endings there are, and *arkisto* (archive) has two of them once."""
    many = ["lohko", "lohkoa", "lohkossa", "koodi", "koodia", "koodissa", "malli", "mallia", "mallissa"] * 2
    rare = ["arkisto", "arkisto", "arkisto", "arkistoa", "arkistossa"]
    found = find_terms(pl.Series([*many, *rare]), min_count=5)
    assert found.names.to_list() == ["arkisto", "koodi", "lohko", "malli"]
    assert found.has.sum(axis=0).tolist() == [5, 6, 6, 6]


def test_marks_do_not_count_as_letters_of_an_ending() -> None:
    """The Tamil *-த்தில்* has three letters, of which each has a mark."""
    stems, endings = ["கட்டண", "மாற்ற", "விளக்க"], ["ம்", "த்தில்", "ங்கள்"]
    words = pl.Series([stem + ending for stem, ending in product(stems, endings)])
    found = merge_inflections(words, np.array([9.0, 5, 5] * 3))
    assert words.gather(found).to_list() == [f"{stem}ம்" for stem in stems for _ in endings]


def test_words_that_only_begin_alike_are_not_compared_with_each_other() -> None:
    """Text made to this end could otherwise fill the memory: each of these words would be compared with 200,000."""
    words = pl.Series(["".join(("take", *ending)) for ending in product("abcdefghijklmnopqrstu", repeat=4)])
    assert (merge_inflections(words, np.ones(words.len())) == np.arange(words.len())).all()


@given(st.dictionaries(st.text("ab", min_size=2, max_size=7), st.integers(1, 9), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_forms_are_found_as_they_are_defined(counts: dict[str, int]) -> None:
    words = sorted(counts)
    found = merge_inflections(pl.Series(words), np.array([float(counts[word]) for word in words]))
    assert {word: words[number] for word, number in zip(words, found, strict=True)} == by_definition(counts)


def test_a_phrase_is_named_as_it_is_written_and_its_patterns_hold_its_items() -> None:
    usual = [
        *("הכרטיס הגיע אתמול", "מתי הכרטיס מגיע", "לכרטיס יש בעיה", "כרטיס חדש", "בכרטיס יש בעיה"),
        *("באשראי לא ניתן לשלם", "אשראי נדחה", "האשראי לא עובד", "לאשראי אין תוקף", "מתי אשראי מגיע"),
        *("בחשבונית יש טעות", "חשבונית חסרה", "החשבונית שגויה", "לחשבונית אין סכום", "תודה על השירות"),
    ]
    new = ["כרטיס האשראי נדחה", "בכרטיס האשראי לא ניתן לשלם", "לכרטיס האשראי אין תוקף", "הכרטיס לאשראי לא עובר"]
    new.append("כרטיס האשראי שלי חסום")
    rows = spoken(usual, new)
    found = terms(rows, as_of=END).filter(pl.col("term").str.contains(" "))
    assert found["term"].to_list() == ["כרטיס האשראי"]  # and not what the forms have in common
    suggested = stanzas(found.with_columns(kind=pl.lit("words")), rows)
    held = sw.themes.tag(rows, suggested).filter(pl.col("theme").list.len() > 0)
    assert set(held["id"]) >= set(found["ids"][0])
    assert "the patterns match" not in str(suggested)


def test_the_pattern_of_a_topic_matches_words_with_what_is_attached_to_them() -> None:
    rows = spoken(HEBREW[0], ["בחשבונית יש טעות גסה", "טעות גסה בחשבונית", "לחשבונית טעות גסה"])
    found = terms(rows, as_of=END).head(1).with_columns(
        kind=pl.lit("topic"), term=pl.lit("חשבונית"), terms=pl.lit([], pl.List(pl.String))
    )  # fmt: skip
    suggested = stanzas(found, rows)
    held = sw.themes.tag(rows, suggested).filter(pl.col("theme").list.len() > 0)
    assert set(held["id"]) == set(found["ids"][0])


def test_a_theme_says_how_many_items_its_patterns_miss() -> None:
    rows = spoken(POLISH[0], POLISH[2])
    found = terms(rows, as_of=END).head(1).with_columns(kind=pl.lit("words"), ids=pl.lit(rows["id"].tail(40).implode()))
    assert "the patterns match 28 of these 40" in str(stanzas(found, rows))
