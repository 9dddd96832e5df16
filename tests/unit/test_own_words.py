"""Words are those that authors wrote, and a suggested theme has all items of its finding, whatever is between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb.analysis.own_text import own_text
from seggwat_nb.analysis.stop_words import stop_words_by_language
from seggwat_nb.analysis.terms import terms
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.theme_file import stanzas
from tests.unit.test_terms import END, spoken

USUAL = ["The search is slow.", "A dark theme, please.", "Login fails again.", "The page is blank."]


def found_and_held(usual: list[str], new: list[str]) -> tuple[pl.DataFrame, list[tuple[tuple[str, ...], set[str]]]]:
    """Return what rose, and the patterns and items of each theme suggested for it."""
    rows = spoken(usual, new)
    found = sw.themes.rising(rows, as_of=END)
    suggested = sw.themes.suggest(rows, as_of=END)
    tagged = sw.themes.tag(rows, suggested).explode("theme")
    return found, [(one.any, set(tagged.filter(theme=one.name)["id"])) for one in suggested.themes]


CHARGE = [
    "It charged my card twice",
    "Why was I charged",
    "They charge too much",
    "Charging stops",
    "It charges slowly",
]
PRINT = ["It printed twice", "Prints are blank", "The print is blank", "Printing takes long", "I cannot print"]
INCARCA = ["se încarcă greu", "nu încarcă telefonul", "am încărcat ieri", "pagina se încarcă încet", "căutarea e lentă"]


@pytest.mark.parametrize(
    ("usual", "new", "term"),
    [
        (CHARGE, ["The charger broke", "My charger is hot", "Two chargers missing", "A charger smells"], "charger"),
        (PRINT, ["The printer is offline", "My printer jams", "No printers listed", "Which printer?"], "printer"),
        (
            INCARCA,
            ["încărcătorul lipsește", "un încărcător stricat", "încărcător prea scurt", "unde e încărcătorul"],
            "încărcător",
        ),
    ],
)
def test_a_thing_that_rose_is_not_lost_among_words_that_are_spelled_like_it(
    usual: list[str], new: list[str], term: str
) -> None:
    found, ((patterns, held), *_) = found_and_held(usual, new)
    assert found.select("term", "count").rows()[0] == (term, 28)
    assert not {*found["terms"][0]} & {f"{term}s", f"{term}ul"}
    assert patterns == (f"{term}*",)
    assert held == set(found["ids"][0])


def test_a_verb_that_rose_does_not_select_the_thing() -> None:
    usual = ["My charger is hot", "The charger broke", "A charger, please", *USUAL]
    found, ((patterns, held), *_) = found_and_held(usual, ["They charge twice", "Why charge me", "You charge too much"])
    assert found["term"][0] == "charge"
    assert patterns == ("charge",)
    assert held == set(found["ids"][0])


@pytest.mark.parametrize(
    ("usual", "new", "term", "pattern"),
    [
        (
            ["অ্যাপ খুব ধীর", "লগইন করতে পারছি না", "পেমেন্ট ব্যর্থ হয়েছে", "ডার্ক মোড চাই"],
            ["রসিদ পাইনি", "রসিদটি ভুল", "আমার রসিদ কোথায়", "রসিদের টাকা ভুল", "রসিদগুলো নেই"],
            "রসিদ",
            "রসিদ*",
        ),
        (
            ["aplikace je pomalá", "hledání nefunguje", "nemohu se přihlásit", "chci tmavý režim"],
            ["tiskárna neodpovídá", "nevidí tiskárnu", "chybí tiskárny", "potíže s tiskárnou", "moje tiskárna zmizela"],
            "tiskárna",
            "tiskárn*",
        ),
    ],
    ids=["Bengali", "Czech"],
)
def test_forms_that_rose_together_are_one_finding_though_no_other_word_shows_their_endings(
    usual: list[str], new: list[str], term: str, pattern: str
) -> None:
    found, ((patterns, held), *_) = found_and_held(usual, new)
    assert (found["term"][0], found["count"][0], patterns) == (term, 28, (pattern,))
    assert held == set(found["ids"][0])


def test_parts_of_words_are_their_frequent_forms_and_those_that_begin_with_them() -> None:
    texts = pl.Series(["charge", "charged", "charges", "charger", "chargers", "charging"] * 5)
    found = find_terms(texts, min_count=5, apart=True)
    sizes = sorted(zip(found.names, found.has.sum(axis=0).tolist(), strict=True))
    assert find_terms(texts, min_count=5).names.len() < len(sizes)
    assert {("charger", 5), ("charger", 10)} <= {*sizes}
    assert ("charg", 30) not in sizes  # nobody wrote it
    alone = find_terms(pl.Series(["invoice"] * 30 + ["invoices"] * 3), min_count=5, apart=True)
    assert alone.names.to_list() == ["invoice"]  # nearly all are this form


@pytest.mark.parametrize(("rare", "common"), [("chart", "charges"), ("zero", "zerodha")])
def test_words_that_begin_alike_do_not_count_as_a_rarer_one(rare: str, common: str) -> None:
    texts = pl.Series([f"The {rare} is odd"] * 10 + [f"My {common} are odd", f"Any {common[:-1]}"] * 15)
    found = find_terms(texts, min_count=5, apart=True)
    sizes = found.has.sum(axis=0)
    assert {size for name, size in zip(found.names, sizes, strict=True) if name == rare} == {10}


def test_a_word_is_one_finding_though_it_also_rose_without_its_most_certain_form() -> None:
    def lines(word: str, n: int) -> list[str]:
        return [f"{word} {at}" for at in range(n)]

    old = lines("fine", 680) + lines("slow", 20) + lines("works", 300)
    new = lines("fine", 80) + lines("slow", 20) + lines("work", 40) + lines("works", 100)
    rows = pl.DataFrame({"message": old + new, "version": ["1"] * len(old) + ["2"] * len(new)}).with_row_index("id")
    rows = rows.with_columns(
        created_at=datetime(2026, 3, 1, tzinfo=UTC) + pl.duration(days=pl.int_range(pl.len()) * 37 % 60)
    )
    found = sw.themes.terms(rows, where=sw.FeedbackFilter(version="2"), against=sw.FeedbackFilter(version="1"))
    assert found.filter(pl.col("term").str.starts_with("work")).select("term", "count").rows() == [("works", 140)]


def test_a_long_name_with_digits_is_a_word_and_an_identifier_is_none() -> None:
    texts = pl.Series(["iphone15promax galaxys24ultrafe windows11pro24h2 x9f3bc77120aa55e1 3f2504e04f8941d39a0c0305"])
    assert {"iphone15promax", "galaxys24ultrafe", "windows11pro24h2"} < {*find_terms(texts).names}
    assert not find_terms(texts).names.str.contains("x9f3|3f25").any()


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("<p>The <b>refund</b>s are&nbsp;late</p><br>", ["late", "refunds"]),
        ("<table><tr><td>refund</td><td>gone</td></tr></table>", ["gone", "refund"]),
        (
            "<!-- internal note --><style>p { color: red }</style>caf&eacute; na&#239;f",
            ["café", "café naïf", "naïf"],
        ),
        ("<username> cannot log in: List<String>, a < b", ["list", "log", "string", "username"]),
        ("Refund late\n\nOn Tue, 3 May 2026 at 10:00, Ann <a@x.example> wrote:\n> Restart it", ["late", "refund"]),
        ("Refund late\n\nAm 3.5.2026 um 10:00 schrieb Ann:\n\nBitte neu starten", ["late", "refund"]),
        ("Refund late\n\nLe mar. 3 mai 2026 à 10:00, Ann a écrit :\n\nBonjour", ["late", "refund"]),
        ("Refund late\n\nFrom: Ann\nSent: 3 May 2026\nTo: Bob\nSubject: Router\n\nRestart", ["late", "refund"]),
        (
            "Refund late\r\n\r\nVon: Ann\r\nGesendet: 3. Mai\r\nAn: Bob\r\nBetreff: Router\r\n\r\nStart",
            ["late", "refund"],
        ),
        ("From: Ann\nDate: 3 May\nTo: Bob\nSubject: Router\n\nRefund late", ["late", "refund"]),
        ("No more refunds\n-- \nBob Smith\nCustomer care", ["refunds"]),
        ("___\n---\n***\nrefund\n=====", ["refund"]),
        ("refund https://x.example/pay/now?id=5 and shop.example.com/cart/items", ["refund"]),
        ("返金https://x.example/支払いが遅い", ["支払", "払い", "返金", "遅い", "が遅"]),
    ],
)
def test_markup_quoted_mail_signatures_and_addresses_are_no_words(message: str, words: list[str]) -> None:
    found = find_terms(pl.Series([message])).names
    pairs = found.filter(found.str.contains(" ")) if " " not in "".join(words) else found.clear()
    assert sorted({*found} - {*pairs}) == sorted(words)


def test_themes_are_of_what_authors_wrote() -> None:
    rows = spoken(USUAL, ["Refund late\n\nOn 3 May 2026, Ann wrote:\n> Restart the router"])
    themes = sw.themes.Taxonomy.parse('[[theme]]\nname = "Router"\nany = ["router"]\n')
    assert not sw.themes.tag(rows, themes)["theme"].explode().drop_nulls().len()


def test_a_mail_without_an_answer_and_a_list_of_trips_keep_their_words() -> None:
    kept = [
        "> Why?",
        "From: Ann\nTo: Bob\nSubject: x",
        "Trip\nFrom: Rome\nTo: Paris\nPrice: 5",
        "In 2025 she wrote well",
    ]
    assert [text.strip() for text in own_text(pl.Series(kept))] == ["Why?", "", kept[2], kept[3]]


def test_a_message_is_not_in_a_language_of_which_a_single_word_occurs() -> None:
    """*Mode* is a stop word of Catalan, and punctuation was one of Korean."""
    rows = spoken(USUAL, ["dark mode broken", "night mode no", "my mode", "mode: dark"])
    assert terms(rows, as_of=END)["term"][0] == "mode"
    assert stop_words_by_language()["word"].str.contains(r"\p{L}").all()


@pytest.mark.parametrize(
    ("usual", "new", "term"),
    [
        (
            ["η εφαρμογή κολλάει", "δεν μπορώ να συνδεθώ", "η αναζήτηση είναι αργή"],
            ["ΤΟ ΤΙΜΟΛΟΓΙΟ ΛΕΙΠΕΙ", "ΛΑΘΟΣ ΤΙΜΟΛΟΓΙΟ", "πού είναι το τιμολόγιο", "τιμολόγιο πουθενά"],
            "τιμολόγιο",
        ),
        (
            ["برنامه کند است", "پرداخت ناموفق بود", "جستجو بد است"],
            ["فاکتور نیامد", "فاكتور اشتباه است", "فاکتور کجاست", "یک فاكتور دیگر"],
            "فاکتور",
        ),
    ],
)
def test_a_word_is_shown_as_most_people_write_it_and_not_folded(usual: list[str], new: list[str], term: str) -> None:
    assert terms(spoken(usual, new), as_of=END)["term"][0] == term


# -- suggested themes have the items of their findings --

WORDS = (
    *("dark", "mode", "printer", "Größe", "café", "don't", "user's", "l'ordre", "sign-in"),
    *("snake_case", "C++", "iphone15promax", "3d", "оплата", "зв'язок", "рахунок", "τιμολόγιο", "ΣΊΣΥΦΟΣ"),
    *("فاتورة", "می‌خواهم", "חשבונית", 'צה"ל', "চালান", "রসিদ", "ரசீது", "ใบเสร็จ", "支払い"),
    *("カード", "csvで", "PDF化", "영수증", "결제", "հաշիվ", "ღილაკი", "ደረሰኝ", "hóa"),
    *("đơn", "İstanbul", "ﬁnance", "²", "👍", "🇩🇪", "#tag", "चालान", "www.x.example"),
    *("a@b.example"),
)
BETWEEN = (
    *(
        " ",
        "  ",
        "|",
        " | ",
        "\n\n",
        "\r\n\r\n",
        "\n \n",
        "\n",
        "\n- ",
        "\n1. ",
        "\u00a0",
        "\u200b",
        "\u200c",
        "\u2028",
    ),
    *(
        "/",
        " - ",
        "—",
        "_",
        " ___ ",
        "'",
        '"',
        "©",
        " ® ",
        "™",
        "&",
        "&amp;",
        "&nbsp;",
        "<br>",
        "<b>",
        "</b> ",
        "+",
        "=",
    ),
    *(
        "*",
        "%",
        "$",
        "§",
        "·",
        "。",
        "、",
        "،",
        "।",
        "!",
        "…",
        ":",
        "(",
        "]",
        ">",
        "\n> ",
        "\\",
        "👍",
        "🇩",
        "7",
        " 7 ",
        "\ufeff",
    ),
)


def hostile(chance: Random) -> pl.DataFrame:
    """Make items of which the last 24 have some words with odd signs between them, all the same or not."""
    words = chance.sample(WORDS, chance.randint(2, 4))
    same = "".join(word + chance.choice(BETWEEN) for word in words) if chance.random() < 0.6 else ""
    new = []
    for _ in range(24):
        text = same or "".join(chance.choice(words) + chance.choice(BETWEEN) for _ in range(chance.randint(1, 6)))
        before = chance.choice(["", "the ", f"Hello{chance.choice(BETWEEN)}", f"{chance.choice(WORDS)} "])
        new.append(f"{before}{text}{chance.choice(['', ' please', chance.choice(WORDS)])}")
    old = [f"{chance.choice(USUAL)} {chance.choice('abcdef') * 3}" for _ in range(240)]
    days = [chance.uniform(0, 168) for _ in range(200)] + [chance.uniform(168, 196) for _ in range(64)]
    moments = [datetime(2026, 11, 18, tzinfo=UTC) - timedelta(days=196 - day) for day in days]
    return pl.DataFrame({"id": [*map(str, range(264))], "message": old + new, "created_at": moments})


@pytest.mark.parametrize("seed", range(12))
def test_a_suggested_theme_selects_every_item_that_its_term_was_counted_in(seed: int) -> None:
    rows = hostile(Random(seed))
    found = terms(rows, as_of=END).with_columns(kind=pl.lit("words"))
    for place in range(found.height):
        theme = stanzas(found[place], rows)
        held = sw.themes.tag(rows, theme).filter(pl.col("theme").list.len() > 0)["id"]
        assert set(found["ids"][place]) <= set(held), (found["term"][place], theme.themes[0].any)


@pytest.mark.parametrize(
    "new",
    [
        ["Hello\n\nprinter broken", "Hello\n\nprinter jam", "Hello\n\nprinter noise"],
        ["dark | mode broken", "my dark|mode", "dark | mode x"],
        ["the printer's queue", "printer's queue full", "a printer's queue"],
        ['צה"ל © בקשה', 'צה"ל ® בקשה חדשה', 'שוב צה"ל בקשה'],
    ],
)
def test_a_phrase_ends_in_a_theme_where_it_ends_in_a_finding(new: list[str]) -> None:
    found, themes = found_and_held(USUAL, new)
    assert found.height
    for place, (_, held) in enumerate(themes):
        assert set(found["ids"][place]) <= held


@pytest.mark.parametrize("escape", ["\x1b", ""])
def test_the_colors_of_a_terminal_are_no_part_of_words(escape: str) -> None:
    log = f"{escape}[1;31mERROR{escape}[0m disk {escape}[33mquota{escape}[0m exceeded"
    assert own_text(pl.Series([log])).to_list() == ["ERROR disk quota exceeded"]
    harmless = ["the [10m] race", "see [1] and [message]", "a[0]"]
    assert own_text(pl.Series(harmless)).to_list() == harmless
