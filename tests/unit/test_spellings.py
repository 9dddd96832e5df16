"""What people write in several ways counts as one word: with signs, and in one or two words."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb.analysis.compounds import compounds
from seggwat_nb.analysis.naming import in_full
from seggwat_nb.analysis.rising import rising
from seggwat_nb.analysis.terms import terms
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.themes import Taxonomy
from tests.unit.test_terms import END, spoken

USUAL = ["The page is slow today.", "Search finds nothing.", "I like the new colors.", "Where do I sign?"]


@pytest.mark.parametrize(
    ("new", "name"),
    [
        (["R&D cannot open it.", "Our R & D team.", "Seats for R&amp;D?"], "r&d"),
        (["AT&T numbers fail.", "No AT&T.", "It is at&t."], "at&t"),
        (["C++ files.", "Where is C++?", "C++17 fails."], "c++"),
        (["The C# client.", "C# again", "Docs of C#."], "c#"),
        (["A/B tests.", "Our A/B results.", "No A/B?"], "a/b"),
        ([".NET fails.", "The .NET client.", "In .NET."], ".net"),
        (["Node.js fails.", "Our node.js app.", "In Node.js!"], "node.js"),
        (["2FA codes.", "No 2FA!", "Our 2fa app."], "2fa"),
        (["Since 5.2.1 it fails.", "v5.2.1 is bad", "In 5.2.1!"], "5.2.1"),
    ],
)
def test_a_word_with_signs_is_a_term_and_a_pattern(new: list[str], name: str) -> None:
    rows = spoken(USUAL, new)
    found = terms(rows, as_of=END)
    assert (found["term"][0], found["count"][0]) == (name, 28)
    suggested = sw.themes.suggest(rows, as_of=END)
    held = sw.themes.tag(rows, Taxonomy.parse(str(suggested))).filter(pl.col("theme").list.len() > 0)
    assert set(held["id"]) == set(found["ids"][0])


def test_a_sign_between_words_still_separates_them() -> None:
    messages = pl.Series(["Wi+fi, iOS/Android; salt&pepper#1 works.But the page ended. Then"])
    names = find_terms(messages).names.to_list()
    assert {"wi", "fi", "ios", "android", "salt", "pepper", "works", "ended"} <= {*names}
    assert "ended then" not in names


@pytest.mark.parametrize(
    ("new", "name"),
    [
        (["I cannot top up.", "The top-up failed.", "My topup is gone.", "Top up, please."], "top up"),
        (["I cannot log in.", "The login failed.", "No login, again.", "A login?"], "login"),
        (["My e-mail is gone.", "No email.", "E-mail of mine.", "E-mail fails."], "e-mail"),
        (["My credit card.", "Credit card fails.", "No creditcard.", "A credit card?"], "credit card"),
        (["My X200 Pro.", "The X-200 fails.", "No x200!", "Our X200 Pro"], "x200"),
    ],
)
def test_what_is_written_in_one_word_and_in_two_is_one_finding_and_one_theme(new: list[str], name: str) -> None:
    rows = spoken(USUAL, new)
    found = rising(rows, as_of=END)
    assert found.select("term", "count").rows() == [(name, 28)]
    suggested = sw.themes.suggest(rows, as_of=END)
    held = sw.themes.tag(rows, suggested).filter(pl.col("theme").list.len() > 0)
    assert set(held["id"]) == set(found["ids"][0])


def test_a_theme_of_a_word_holds_what_is_written_as_one_with_another() -> None:
    new = ["My credit card is gone.", "Credit card!", "A creditcard.", "No card"]
    rows = spoken([*USUAL, "A credit note."], new)
    (found,) = terms(rows, as_of=END).filter(pl.col("term") == "card").select("count", "ids").rows()
    held = sw.themes.tag(rows, sw.themes.suggest(rows, as_of=END)).filter(pl.col("theme").list.len() > 0)
    assert found[0] == 28
    assert set(found[1]) <= set(held["id"])


def test_each_way_to_write_a_word_is_of_one_term() -> None:
    ways = [
        "top up",
        "top's up",
        "topup",
        "topup's",
        "topups",
        "top ups",
        "_topup",
        "credit card",
        "creditcard",
        "card",
    ]
    forms = find_terms(pl.Series(ways * 5), min_count=5).forms
    assert forms["word"].is_unique().all()
    assert not forms.filter(pl.col("word") == pl.col("term")).height


def test_two_words_that_look_like_another_one_stay_two() -> None:
    messages = pl.Series(
        ["It is a way out.", "Far away.", "Away!", "It may be so.", "Maybe.", "maybe", "Not able.", "notable"]
    )
    assert {"way", "away"} <= {*find_terms(messages).names}
    assert find_terms(messages).forms.filter(pl.col("word").str.contains(" ")).is_empty()


@given(st.lists(st.lists(st.sampled_from(["top", "up", "topup", "pay", "pal", "paypal", "x"]), min_size=1), min_size=1))
def test_compounds_are_rewritten_to_the_same_letters(texts: list[list[str]]) -> None:
    words = pl.Series(["top", "up", "topup", "pay", "pal", "paypal", "x"])
    place = {word: number for number, word in enumerate(words)}
    number = np.array([place[word] for words_of in texts for word in words_of])
    text = np.repeat(np.arange(len(texts)), [len(words_of) for words_of in texts])
    new_text, new_number = compounds(words, number, text, np.ones(len(texts), np.int64)).rewrite(number, text)
    for one, before in enumerate(texts):
        assert "".join(words.gather(new_number[new_text == one])) == "".join(before)


def test_a_stop_word_that_few_messages_have_is_part_of_a_name() -> None:
    usual = [f"Tôi thấy trang số{place}x của ứng dụng và không tải" for place in range(240)]
    new = ["Không thể thanh toán", "Lỗi thanh toán", "Trang thanh toán trống", "Thanh toán hai lần"]
    assert terms(spoken(usual, new), as_of=END)["term"][0] == "thanh toán"


@pytest.mark.parametrize(
    ("usual", "new", "name"),
    [
        ("error {}", ["error 1015", "Error: 1015", "error #1015", "Error (1015)"], "error 1015"),
        ("iOS {}", ["iOS 18"], "ios 18"),
        ("code={}", ["code=50011", "Code 50011!"], "code 50011"),
        ("E-{}", ["E-1015", "E1015"], "e1015"),
    ],
)
def test_a_number_tells_what_the_word_before_it_does_not(usual: str, new: list[str], name: str) -> None:
    before = [f"{text} {usual.format(code)}" for text in USUAL for code in (404, 16, 500)]
    now = [f"{text} {code}" for text in USUAL for code in new]
    rows = spoken(before, now)
    found = terms(rows, as_of=END)
    assert (found["term"][0], found["count"][0]) == (name, 28)
    suggested = sw.themes.suggest(rows, as_of=END)
    tagged = sw.themes.tag(rows, suggested)
    themes = tagged.filter(pl.col("theme").list.contains(suggested.themes[0].name))
    assert {*themes["id"]} == {*found["ids"][0]}


@pytest.mark.parametrize("sign", ["-", "•", "*", ">", "#", "=>", "$"])
def test_a_sign_before_a_word_is_no_part_of_its_name(sign: str) -> None:
    texts = pl.Series([f"{sign} {text}" for text in ("cobrança dupla", "cobranca em dobro", "cobrança", "cobranca")])
    assert in_full("cobranca", texts, texts, recent=pl.Series([True] * 4)) == "cobrança"


def test_stop_words_are_typed_without_apostrophes() -> None:
    names = find_terms(
        pl.Series(["I cant pay", "It dont work, ive tried", "Im lost, u know", "Its well"])
    ).names.to_list()
    assert not {*names} & {"cant", "dont", "ive", "im", "u"}
    assert {"pay", "work", "tried", "lost", "well"} <= {*names}


def test_lengthened_words_count_as_the_word_and_lengthened_stop_words_as_none() -> None:
    new = [f"It l{'a' * times}gs s{'o' * times} much" for times in (1, 3, 4, 5, 7, 9)]
    rows = spoken(USUAL, new)
    found = terms(rows, as_of=END)
    assert (found["term"].to_list(), found["count"].to_list()) == (["lags"], [28])
    held = sw.themes.tag(rows, sw.themes.suggest(rows, as_of=END)).filter(pl.col("theme").list.len() > 0)
    assert {*held["id"]} == {*found["ids"][0]}


def test_long_runs_of_letters_take_little_memory() -> None:
    runs = pl.Series([f"{'ab' * 1_000}{chr(97 + n % 26) * (n // 26 + 1)} page" for n in range(300)])
    names = find_terms(runs).names.to_list()
    assert names == ["page"]
