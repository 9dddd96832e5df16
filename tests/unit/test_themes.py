"""Themes that people name hold the items that their words say, and a file with a typo is refused as a whole."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb.analysis.taxonomy import matches
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.dataset import Dataset
from seggwat_nb.errors import ArgumentError, FileError, SettingsError
from seggwat_nb.theme_file import stanzas
from seggwat_nb.themes import Taxonomy, Theme

FILE = """\
# What our customers talk about.

[[theme]]
name = "Checkout / Payment"   # with cards
any = { en = ["pay*", "credit card"], de = ["zahl*", "*karte"] }
not = ["payroll"]
keep = ["kept"]
drop = ["dropped"]

[[theme]]
name = "Speed"
any = ["slow", "langsam", "遅い"]
all = ["page"]
level = 3
"""


def items(*messages: str | None, who: list[str | None] | None = None) -> pl.DataFrame:
    first = datetime(2026, 3, 2, tzinfo=UTC)
    return pl.DataFrame(
        {
            "id": [f"i{place}" for place in range(len(messages))],
            "message": messages,
            "created_at": [first + timedelta(days=place) for place in range(len(messages))],
            "submitted_by": who or [None] * len(messages),
        },
        schema_overrides={"message": pl.String, "submitted_by": pl.String},
    )


def found(theme: Theme, *messages: str | None) -> list[bool]:
    rows = items(*messages)
    held: list[bool] = matches(rows["message"], rows["id"], [theme])[:, 0].tolist()
    return held


# -- what a pattern matches --


@pytest.mark.parametrize(
    ("pattern", "message", "held"),
    [
        ("pay", "Pay now", True),
        ("pay", "Payment fails", False),
        ("pay*", "Payment fails", True),
        ("*fehler", "Ein Ladefehler!", True),
        ("*lade*", "Ein Ladefehler!", True),
        ("credit card", "my CREDIT-CARD", True),
        ("credit card", "credit. Card", False),
        ("credit card*", "two credit cards", True),
        ("don't", "I don\N{RIGHT SINGLE QUOTATION MARK}t know", True),
        ("facture", "l'ancienne facture", True),
        ("user", "the user's page", True),
        ("請求書", "先月の請求書はどこ", True),
        ("चालान", "मेरा चालान कहाँ है", True),
        ("straße", "STRASSE", True),
        ("noël", "NOE\N{COMBINING DIAERESIS}L", True),
        ("pay", "https://a.example/pay", False),
        ("pay", "pay@mail.example", False),
        ("top* up", "Topping up fails", True),
        ("top* up", "I topped it up", False),
        ("*konto*sperr*", "Mein Girokonto\N{SOFT HYPHEN}sperrung", True),
        ("terms & conditions", "Your Terms & Conditions changed", True),
        ("sign - in", "the sign-in page", True),
        ("setup twice", "see _setup_ twice", True),
        ("snake_case", "a snake_case name", True),
        ("a|b", "a b", False),
        ("b", "a|b", True),
        ("pay", None, False),
        ("pay", "", False),
    ],
)
def test_a_pattern_matches_whole_words(pattern: str, message: str | None, held: bool) -> None:
    assert found(Theme(name="t", any=(pattern,)), message) == [held]


def test_any_all_not_keep_and_drop() -> None:
    messages = ("pay with card", "pay", "pay card payroll", "card", None)
    assert found(Theme(name="t", any=("pay", "card")), *messages) == [True, True, True, True, False]
    assert found(Theme(name="t", all=("pay", "card")), *messages) == [True, False, True, False, False]
    both = Theme(name="t", all=("pay", "card"), none=("payroll",), keep=("i4",), drop=("i0",))
    assert found(both, *messages) == [False, False, False, False, True]


PATTERNS = ["pay", "card page", "pay*", "*slow", "p*e", "pay* s*w", "*s*o*"]
WORDS = st.lists(st.sampled_from(["pay", "card", "slow", "page", "payment", "pagesslow"]), max_size=6)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(WORDS, max_size=6),
    st.lists(st.sampled_from(["pay", "card page", "pay*", "*slow", "p*e", "pay* s*w", "*s*o*"]), min_size=1),
)
def test_matches_are_those_of_a_regular_expression(texts: list[list[str]], patterns: list[str]) -> None:
    messages = [" ".join(words) for words in texts]

    def holds(message: str, pattern: str) -> bool:
        core = re.escape(pattern.strip("*")).replace(r"\*", r"\w*")
        starts, ends = ("" if pattern.startswith("*") else r"\b"), ("" if pattern.endswith("*") else r"\b")
        return re.search(f"{starts}{core}{ends}", message) is not None

    expected = [any(holds(message, pattern) for pattern in patterns) for message in messages]
    assert found(Theme(name="t", any=tuple(patterns)), *messages) == expected


# -- the file --


def test_a_file_is_read_and_written_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "seggwat-themes.toml"
    file.write_text(FILE, encoding="utf-8")
    read = Taxonomy.read(file)
    payment, speed = read.themes
    assert payment.name == "Checkout / Payment"
    assert payment.any == ("pay*", "credit card", "zahl*", "*karte")
    assert (payment.none, payment.keep, payment.drop, payment.level) == (("payroll",), ("kept",), ("dropped",), 2)
    assert (speed.all, speed.level) == (("page",), 3)
    assert read.save() == file
    assert file.read_text(encoding="utf-8") == str(read) == FILE


def test_themes_are_added_and_comments_stay() -> None:
    more = Taxonomy.parse(
        '[[theme]]\nname = "Speed"\nany = ["fast"]\n\n[[theme]]\nname = "Export"\nany = ["export*"]\n'
    )
    both = Taxonomy.parse(FILE).add(more)
    assert [theme.name for theme in both.themes] == ["Checkout / Payment", "Speed", "Export"]
    assert str(both).startswith(FILE.rstrip())
    assert both.themes[1].any == ("slow", "langsam", "遅い")
    assert Taxonomy.parse("").add(more).themes == more.themes
    assert Taxonomy.parse(FILE.rstrip()).add(more).themes == both.themes
    with pytest.raises(SettingsError, match=r"write each theme under \[\[theme\]\]"):
        Taxonomy.parse('theme = [{name = "a", any = ["b"]}]').add(more)


def test_a_file_in_another_encoding_is_refused_and_a_mark_of_utf_8_is_not(tmp_path: Path) -> None:
    file = tmp_path / "themes.toml"
    file.write_bytes('[[theme]]\nname = "a"\nany = ["größe"]\n'.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"not UTF-8\. Save it as plain text in UTF-8"):
        Taxonomy.read(file)
    file.write_bytes('[[theme]]\nname = "a"\nany = ["b"]\n'.encode("utf-16-le"))
    with pytest.raises(SettingsError, match=r"not UTF-8\. Save it as plain text in UTF-8"):
        Taxonomy.read(file)
    file.write_text('[[theme]]\nname = "a"\nany = ["größe"]\n', encoding="utf-8-sig")
    assert Taxonomy.read(file).themes[0].any == ("größe",)


def test_a_file_behind_a_link_stays_behind_it(tmp_path: Path) -> None:
    (tmp_path / "shared.toml").write_text(FILE, encoding="utf-8")
    (tmp_path / "link.toml").symlink_to(tmp_path / "shared.toml")
    Taxonomy.parse("", path=tmp_path / "link.toml").save()
    assert (tmp_path / "link.toml").is_symlink()
    assert (tmp_path / "shared.toml").read_text(encoding="utf-8") == ""


def test_a_file_that_was_not_read_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "seggwat-themes.toml"
    file.write_text("# by hand\n")
    new = Taxonomy.parse('[[theme]]\nname = "New"\nany = ["new"]\n[[duplicates]]\napart = ["x"]\n')
    with pytest.raises(FileError, match="exists"):
        new.save(file)
    assert file.read_text() == "# by hand\n"
    Taxonomy.read(file).add(new).save()
    kept = Taxonomy.read(file)
    assert (str(kept).startswith("# by hand"), kept.themes, kept.apart) == (True, new.themes, (("x",),))
    other: Any = "themes"
    with pytest.raises(ArgumentError, match="add takes a Taxonomy"):
        kept.add(other)
    with pytest.raises(ArgumentError, match="tuple of strings"):
        Theme(name="P", any=other)


def test_a_committed_link_is_read_where_it_leads(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "themes.toml").write_text('[[theme]]\nname = "A"\nany = ["a"]\n')
    (tmp_path / "seggwat-themes.toml").symlink_to("shared/themes.toml")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@t.invalid"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "themes"]):
        subprocess.run([*git, *command], check=True)
    committed = Taxonomy.read(tmp_path / "seggwat-themes.toml").committed()
    assert committed is not None
    assert [theme.name for theme in committed.themes] == ["A"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[[theme]\n", "not TOML"),
        ('[[theme]]\nany = ["a"]\n', 'theme 1 needs a name, such as name = "Checkout / Payment"'),
        ('[[theme]]\nname = "a"\nanny = ["a"]\nall = ["b"]\n', 'unknown key "anny"; did you mean "any"'),
        ('[[themes]]\nname = "a"\n', 'unknown key "themes"; write [[theme]]'),
        ('[[duplicate]]\napart = ["a"]\n', "write [[duplicates]]"),
        ('[duplicates]\napart = ["a"]\n', "two brackets"),
        ('[[duplicates]]\napart = "a"\n', "a list of IDs"),
        ('[[duplicates]]\napart = ["a"]\ntogether = ["a", "b"]\n', "a list of IDs"),
        ('[[duplicates]]\ntogether = ["a"]\n', "a single ID"),
        ('[theme]\nname = "a"\n', "two brackets"),
        ('[[theme]]\nname = "a"\n', "selects nothing"),
        ('[[theme]]\nname = "a"\nany = "b"\n', '"any" of "a" must be a list'),
        ('[[theme]]\nname = "a"\nany = [1]\n', '"any" of "a" must be a list'),
        ('[[theme]]\nname = "a"\nany = ["!"]\n', '"!" in "any" of "a" matches nothing'),
        ('[[theme]]\nname = "a"\nany = ["*"]\n', "Write letters and whole numbers"),
        ('[[theme]]\nname = "a"\nany = ["a*b*c*d*e*f*g"]\n', "more than 5 asterisks"),
        ('[[theme]]\nname = "a"\nall = { en = ["b"], de = ["c"] }\n', "no item has the words of several languages"),
        (
            '[[theme]]\nname = "No\u00ebl"\nany = ["b"]\n[[theme]]\nname = "noe\u0308l "\nany = ["c"]\n',
            "is defined twice",
        ),
        ('[[theme]]\nname = "(none)"\nany = ["b"]\n', "choose another name"),
        ('[[theme]]\nname = "a"\nany = ["b"]\nlevel = 0\n', '"level" of "a"'),
        ('[[theme]]\nname = "a"\nkeep = ["1"]\ndrop = ["1"]\n', "both keeps and drops 1"),
        ('[[theme]]\nname = "a"\nany = ["b"]\nkeep = 5\ndrop = ["1"]\n', '"keep" of "a" must be a list'),
        ('theme = [1, "a"]\n', "theme 2 needs a name"),
        ('[[theme]]\nname = "\u200b"\nany = ["b"]\n', "theme 1 needs a name"),
        ('[[theme]]\nname = "a / / b"\nany = ["b"]\n', "theme 1 needs a name"),
        *(
            (f'[[theme]]\nname = "{name}"\nany = ["b"]\n', 'write the name of theme 1 as "a / b"')
            for name in ("a /b", "a /  b", "a\u00a0/\u00a0b", "a \uff0f b", "a /\\tb ", "a / \u202eb", "\ufeffa / b")
        ),
        (
            '[[theme]]\nname = "a"\nany = ["b"]\n[[theme]]\nname = "\u200ba"\nany = ["c"]\n',
            '"a" is defined twice',
        ),
        (
            '[[theme]]\nname = "A / c"\nany = ["b"]\n[[theme]]\nname = "a/b"\nany = ["c"]\n',
            '"a/b" is not nested in "a"',
        ),
        ('[[theme]]\nname = "(No theme)"\nany = ["b"]\n', "choose another name"),
        *(
            (
                f"[[theme]]\nname = 'a'\nany = ['{pattern}']\n",
                f'"{pattern}" in "any" of "a" has a character that would be',
            )
            for pattern in ("disney+", "#tag", "^pay$", r"pay\w+", "50%", "$5", "\u20ac5")
        ),
        *(
            (f'[[theme]]\nname = "a"\nany = ["{pattern}"]\n', f'"{pattern}" in "any" of "a" is a search')
            for pattern in ("-payroll", "pay OR bill", "pay AND bill", "pay NOT payroll")
        ),
        ('[[theme]]\nname = "a"\nany = { en = ["b"], not = ["c"] }\n', '"not" in "any" of "a" is not a language code'),
        ('[[theme]]\nname = "a"\nany = { german = ["b"] }\n', "is not a language code"),
        ('[[theme]]\nname = "a"\nany = { en = ["Pay"] }\nnot = ["pay"]\n', '"Pay" of "a" is also in "not"'),
        ('[[theme]]\nname = "a"\nany = ["b"]\n[[theme]]\nname = "a"\nany = ["c"]\n', '"a" is defined twice'),
        ('[[theme]]\nname = "a"\nany = "pay*, bill"\n', 'must be a list of strings: any = ["pay*", "bill"].'),
        ('[[theme]]\nname = "a"\nany = [404, "b"]\n', 'must be a list of strings: any = ["404", "b"].'),
        ('[[theme]]\nname = "a"\nkeep = 17\n', 'must be a list of strings: keep = ["17"].'),
        ('[[theme]]\nname = "a"\nany = ["pay, bill"]\n', 'matches nothing. Write "pay", "bill".'),
        ('[[theme]]\nname = "a"\nany = ["\\bpay\\b"]\n', "has a character that would be ignored"),
        ('[[theme]]\nName = "a"\nANY = ["b"]\n', 'theme 1 has an unknown key "ANY"; did you mean "any"?'),
        ('[Pay]\nany = ["b"]\n', 'unknown key "Pay"; write [[theme]] and below it name = "Pay".'),
        ('[[theme.Pay]]\nany = ["b"]\n', 'write [[theme]] and below it name = "Pay".'),
        *(
            (f"[[theme]]\n{line}\n", f"{advice} Correct the file")
            for line, advice in (
                (
                    "name = \u201cPay\u201d",
                    "Replace \u201c (left double quotation mark) with a straight quotation mark.",
                ),
                (
                    'name = "a"\nany = [\u300c\u652f\u6255\u300d]',
                    "(left corner bracket) with a straight quotation mark.",
                ),
                ('name = "a"\nany = ["b"\u3001"c"]', 'Replace \u3001 (ideographic comma) with ",".'),
                ('name\uff1d"a"', 'Replace \uff1d (fullwidth equals sign) with "=".'),
                ('\u00a0name = "a"', "Replace the no-break space with a space."),
                ('\ufeffname = "a"', "Remove the zero width no-break space."),
                ('\u2192 name = "a"', "Write \u2192 (rightwards arrow) only in quotation marks."),
                ('name = "a"\nany = ["b"]\nany = ["c"]', 'The key "any" is there twice. Join both.'),
                ('<<<<<<< HEAD\nname = "a"', "Resolve the conflict of a merge and remove its markers."),
                ("name = Gr\u00f6\u00dfe", 'Write text in quotation marks, as in name = "Payment".'),
                ('name = "a\nany = ["b"]', "A quotation mark is missing at the end."),
                ('name = "a"\nany = ["b" "c"]', "Write a comma between the texts of a list, and ] at its end."),
                ('name: "a"', 'Write an equals sign after the key, as in name = "Payment", and # before a comment.'),
                ('name = "a",', "Write one key and its value on a line, and nothing after them."),
                ('name = "a"\nany = ["\\w+"]', "Write text with a backslash in single quotation marks."),
            )
        ),
    ],
)
def test_a_typo_is_refused_and_every_problem_is_named(text: str, hint: str) -> None:
    with pytest.raises(SettingsError, match="Correct the file, then retry") as told:
        Taxonomy.parse(text)
    assert hint in str(told.value)


@pytest.mark.parametrize(
    "table",
    [
        'name = "Log in/out"\nany = ["sign-in", "e-mail*", "don\'t", "R&D", "a & b", "and/or", "l\u2019appli"]',
        'name = "\u0646\u0645\u06cc\u200c\u0634\u0648\u062f / \U0001f468\u200d\U0001f469"\nany = ["\U0001f4b8"]',
        'name = "\u05d0"\nany = ["\u05e6\u05d4\u05f4\u05dc"]',
        'name = "a"\nany = { "pt-BR" = ["nota"], zh-Hans = ["\u53d1\u7968"], yue = ["\u55ae"] }\nnot = ["notas"]',
    ],
)
def test_names_and_patterns_that_look_odd_but_are_meant_are_taken(table: str) -> None:
    assert Taxonomy.parse(f"[[theme]]\n{table}\n").themes


def test_suggestions_of_one_name_are_numbered() -> None:
    found = pl.DataFrame(
        {"kind": "words", "term": ["Gr\u00f6\u00dfe", "gr\u00f6sse", "gr\u00f6\u00dfe"], "terms": [[]] * 3, "count": 9,
         "submitters": 9, "ids": [["a"]] * 3}, schema_overrides={"terms": pl.List(pl.String)},
    )  # fmt: skip
    names = [theme.name for theme in stanzas(found, items("x")).themes]
    assert names == ["Gr\u00f6\u00dfe", "gr\u00f6sse 2", "gr\u00f6\u00dfe 3"]


def test_themes_are_added_with_the_line_endings_of_the_file_and_a_blank_line_between() -> None:
    old = '[[theme]]\nname = "A"  # kept\nany = ["a"]'
    new = Taxonomy.parse('[[theme]]\nname = "B"\nany = ["b"]\n')
    both = Taxonomy.parse(old).add(new).text
    assert both == f"{old}\n\n{new.text}"
    assert Taxonomy.parse(old.replace("\n", "\r\n")).add(new).text == both.replace("\n", "\r\n")
    assert Taxonomy.parse("").add(new).text == new.text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_is_added_leaves_sections_in_any_order_and_their_comments_where_they_are(newline: str) -> None:
    pair = '[[duplicates]]  # one bug\ntogether = [ "i1","i2" ]\n'
    stanza = '[[theme]]\nname="{}"\nany = ["x"]\n'
    old = f"# top\n{stanza.format('A')}\n# about copies\n{pair}\n{stanza.format('B')}# end".replace("\n", newline)
    both = Taxonomy.parse(old).add(Taxonomy.parse(stanza.format("C") + pair.replace("i2", "i3")))
    assert both.text.startswith(old + newline * 2)
    assert [theme.name for theme in both.themes] == ["A", "B", "C"]
    assert both.together == (("i1", "i2"), ("i1", "i3"))
    assert Taxonomy.parse(old).add(Taxonomy.parse(stanza.format("a"))).text == old + newline


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="suggest"):
        Taxonomy.read(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("csv", "注文履歴をCSVで保存"),
        ("csv", "日本語とＣＳＶ"),
        ("csv で", "CSVで"),
        ("pdf", "PDF파일을 주세요"),
        ("pdf*", "ดาวน์โหลดPDFไม่ได้"),
        ("pdf化", "PDF化する"),
        ("*app", "LINEappが"),
        ("3月", "2024年3月分"),
        ("支払", "支払いPDF"),
        ("が", "か\u3099ぎ"),
    ],
)
def test_words_end_where_a_script_without_spaces_begins(pattern: str, message: str) -> None:
    theme = Theme(name="A", any=(pattern,))
    found = matches(pl.Series([message, "csvs apps pdfs 13月"]), pl.Series(["a", "b"]), [theme])
    assert found[0, 0]
    assert found[1, 0] == (pattern == "pdf*")


# -- tags, suggestions and checks --


def test_items_have_several_themes_or_none() -> None:
    rows = items("the page is slow to pay", "pay", "nothing", None)
    tagged = sw.themes.tag(rows, Taxonomy.parse(FILE))
    assert tagged["theme"].to_list() == [
        ["Checkout", "Checkout / Payment", "Speed"],
        ["Checkout", "Checkout / Payment"],
        [],
        [],
    ]
    assert tagged.drop("theme").equals(rows)
    assert sw.themes.tag(tagged, Taxonomy.parse(FILE)).equals(tagged)
    assert sw.themes.tag(rows.clear(), Taxonomy.parse(FILE)).schema["theme"] == pl.List(pl.String)
    assert sw.themes.tag(rows, Taxonomy.parse(""))["theme"].to_list() == [[], [], [], []]
    data = sw.themes.tag(Dataset(rows), Taxonomy.parse(FILE))
    assert data.feedback.equals(tagged)
    with pytest.raises(ArgumentError, match="no column message"):
        sw.themes.tag(rows.drop("message"), Taxonomy.parse(FILE))


def grown() -> pl.DataFrame:
    """Half a year of three usual lines, and exports in the last month."""
    lines = ["The page is slow.", "Search finds nothing.", "I love it."]
    messages = [lines[n % 3] for _ in range(168) for n in range(3)]
    messages += [[*lines, "Exports fail on Monday."][n] for _ in range(28) for n in range(4)]
    days = [day for day in range(168) for _ in range(3)] + [day for day in range(168, 196) for _ in range(4)]
    first = datetime(2026, 3, 2, tzinfo=UTC)
    return items(*messages).with_columns(created_at=pl.Series([first + timedelta(days=day) for day in days]))


def test_suggestions_are_themes_that_hold_their_items() -> None:
    rows = grown()
    made = sw.themes.suggest(rows, as_of=datetime(2026, 9, 14, tzinfo=UTC))
    assert made.themes[0].any == (" ".join(f"{word}*" for word in made.themes[0].name.split()),)
    assert "# 28 items by 28 submitters" in str(made)
    assert sw.themes.tag(rows, made)["theme"].list.len().sum() == 28
    again = sw.themes.suggest(rows, made, as_of=datetime(2026, 9, 14, tzinfo=UTC))
    assert again.themes == ()
    assert tomlkit.parse(str(again)) == {}


def test_a_suggestion_holds_every_ending_of_its_word() -> None:
    endings = pl.Series(["Exports fail.", "My export broke.", "The exports again."])
    late = pl.col("message").str.starts_with("Exports")
    rows = grown().with_columns(
        message=pl.when(late).then(pl.Series([endings[n % 3] for n in range(grown().height)])).otherwise("message")
    )
    made = sw.themes.suggest(rows, as_of=datetime(2026, 9, 14, tzinfo=UTC))
    assert (made.themes[0].name, made.themes[0].any) == ("exports", ("export*",))
    assert sw.themes.tag(rows, made)["theme"].list.contains("exports").sum() == 28


def test_a_check_shows_what_each_theme_finds_and_misses() -> None:
    rows = items(
        *["the invoice total is wrong"] * 6,
        *["the invoice is lovely today"] * 2,
        "the total is wrong again",
        *["the page is slow"] * 9,
        "the slow page has an invoice",
        None,
        who=["ann"] * 5 + [None] * 15,
    )
    text = '[[theme]]\nname = "Invoice"\nany = ["invoice"]\n[[theme]]\nname = "Slow"\nany = ["slow"]\nlevel = 20\n'
    shown = sw.themes.check(rows, Taxonomy.parse(text))
    invoice, slow, none = shown.iter_rows(named=True)
    assert (invoice["theme"], invoice["count"], invoice["submitters"]) == ("Invoice", 9, 5)
    assert (invoice["alone"], invoice["overlaps"], invoice["overlap"]) == (8, "Slow", 1)
    assert invoice["near_misses"][0] == "the total is wrong again"
    assert (invoice["unused"], none["unused"]) == ([], None)
    assert invoice["odd_matches"][0] == "the slow page has an invoice"
    assert (invoice["stage"], slow["stage"]) == ("established", "emerging")
    assert (none["theme"], none["count"], none["share"]) == (None, 2, 0.1)
    assert invoice["gained"] is None
    assert sw.themes.check(rows.clear(), Taxonomy.parse(text)).schema == shown.schema
    unsigned = sw.themes.check(rows.drop("submitted_by"), Taxonomy.parse(text))
    assert unsigned["submitters"].equals(unsigned["count"])


def test_what_a_theme_excludes_is_listed_apart_from_its_near_misses() -> None:
    rows = items(
        *["the invoice amount is off", "our invoice total is off"] * 3,
        *["an invoice for shipping", "where is the invoice of the ships"],
        *["amount on the receipt is off", "search is slow", "the page is slow today", "slow again"] * 2,
    )
    themes = Taxonomy((sw.themes.Theme(name="Billing", any=("invoice*",), none=("ship*",)),), "")
    billing, rest = sw.themes.check(rows, themes, top=2).iter_rows(named=True)
    assert {*billing["excluded"]} == {"an invoice for shipping", "where is the invoice of the ships"}
    assert billing["near_misses"][0] == "amount on the receipt is off"
    assert "ship" not in " ".join(billing["near_misses"])
    assert rest["excluded"] is None
    dropped = [rows.filter(message=billing["near_misses"][0])["id"][0]]
    kept_out = sw.themes.Theme(name="Billing", any=("invoice*", "receipt"), drop=tuple(dropped))
    assert sw.themes.check(rows, Taxonomy((kept_out,), ""))["excluded"][0].to_list() == [billing["near_misses"][0]]


def test_a_check_names_the_words_that_near_misses_share_and_patterns_that_match_nothing() -> None:
    rows = items(
        *[
            f"{first} {second} again"
            for first in ("the bill", "our invoice")
            for second in ("amount is off", "total is off")
        ],
        *["amount on the receipt is off", "the receipt total is off"] * 3,
        *["search is slow", "the page is slow today", "slow again"] * 4,
    )
    theme = sw.themes.Theme(name="Billing", any=("bill", "invoice*", "facture"), none=("ship*",))
    themes = Taxonomy((theme, replace(theme, name="Slow", any=("slow",), none=())), "")
    billing, slow, _ = sw.themes.check(rows, themes, top=2).iter_rows(named=True)
    assert "receipt" in billing["near_misses"][0]
    assert len(billing["missing_words"]) == 2
    assert "receipt" in " ".join(billing["missing_words"])
    assert sw.themes.check(rows, themes, top=1)["missing_words"][0].to_list() == billing["missing_words"][:1]
    assert billing["unused"] == ["facture", "ship*"]
    assert (slow["missing_words"], slow["unused"]) == ([], [])
    with pytest.raises(ArgumentError, match="top must be"):
        sw.themes.check(rows, themes, top=0)


def test_the_themes_of_the_benchmark_are_ten_and_hold_what_their_names_say() -> None:
    file = Path(__file__).parents[1] / "benchmarks" / "banking77-themes.toml"
    said = {
        "card_arrival": "My card should have arrived by now",
        "declined_transfer": "The transfer got declined",
        "request_refund": "Please refund me",
        "top_up_limits": "Is there a limit for topping up?",
    }
    taxonomy = Taxonomy.read(file)
    assert len(taxonomy.themes) == 10
    assert sw.themes.tag(items(*said.values()), taxonomy)["theme"].to_list() == [[name] for name in said]


def test_a_check_compares_with_the_last_version_in_git(tmp_path: Path) -> None:
    file = tmp_path / "seggwat-themes.toml"
    rows = items("pay", "paying", "slow")
    file.write_text('[[theme]]\nname = "Pay"\nany = ["pay", "slow"]\n', encoding="utf-8")
    assert sw.themes.check(rows, file)["gained"].to_list() == [None, None]
    who = ["-c", "user.name=n", "-c", "user.email=e@mail.example"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "Themes"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)  # noqa: S607  # git, wherever it is
    file.write_text('[[theme]]\nname = "Pay"\nany = ["pay*"]\n', encoding="utf-8")
    shown = sw.themes.check(rows, file)
    assert (shown["gained"].to_list(), shown["lost"].to_list()) == ([["i1"], None], [["i2"], None])
    given = sw.themes.check(rows, file, previous=Taxonomy.parse('[[theme]]\nname = "Pay"\nany = ["x"]\n'))
    assert given["gained"].to_list() == [["i0", "i1"], None]


def test_a_check_names_themes_that_are_gone_or_find_nothing_and_ids_that_no_item_has() -> None:
    rows = items("pay", "paying", "slow")
    now = Taxonomy.parse(
        '[[theme]]\nname = "Paying"\nany = ["pay*"]\nkeep = ["i2", "other"]\n'
        '[[theme]]\nname = "Export"\nany = ["csv"]\n'
    )
    before = Taxonomy.parse('[[theme]]\nname = "Payment"\nany = ["pay*"]\n')
    shown = sw.themes.check(rows, now, previous=before)
    assert shown.select("theme", "stage", "count", "lost", "unknown_ids").rows() == [
        ("Paying", "established", 3, [], ["other"]),
        ("Export", "empty", 0, [], []),
        ("Payment", "removed", 0, ["i0", "i1"], None),
        (None, None, 0, None, None),
    ]
    description = sw.charts.check(shown).to_dict()["description"]
    assert "2 themes" in description
    assert "1 without any item" in description
    assert "Payment" not in description


def test_an_item_counts_once_in_the_theme_that_its_themes_are_nested_in() -> None:
    nested = Taxonomy.parse(
        '[[theme]]\nname = "Checkout / Payment"\nany = ["pay"]\n'
        '[[theme]]\nname = "Checkout / Basket"\nany = ["basket"]\n'
    )
    rows = sw.themes.tag(items("pay", "pay for the basket", "basket", "other"), nested)
    for theme, count in (("Checkout", 3), ("Checkout / Payment", 2), ("Checkout / Basket", 2)):
        assert sw.FeedbackFilter(theme=theme).apply(rows).height == count
        assert rows["theme"].list.contains(theme).sum() == count


def test_an_invalid_last_version_is_told_apart_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "seggwat-themes.toml"
    who = ["-c", "user.name=n", "-c", "user.email=e@mail.example"]
    for content in (b'[[theme]]\nname = "Pay"\nanny = ["pay"]\n', b"\xff"):
        file.write_bytes(content)
        for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "Themes"]):
            subprocess.run(["git", *command], cwd=tmp_path, check=True)  # noqa: S607  # git, wherever it is
        file.write_text('[[theme]]\nname = "Pay"\nany = ["pay"]\n', encoding="utf-8")
        with pytest.raises(SettingsError, match=r"The committed version of .*Commit the file as it is now, or"):
            sw.themes.check(items("pay"), file)
        assert sw.themes.check(items("pay"), file, previous=file).height == 2


@pytest.mark.parametrize(
    ("between", "is_phrase"),
    [
        *(("\n", True), ("\r\n ", True), ("\n\n", False), ("\r\n \r\n", False), ("\n- ", False), ("\n  * ", False)),
        *(("\n• ", False), ("\n2. ", False), (". ", False)),
    ],
)
def test_a_phrase_continues_across_a_line_break_within_a_sentence(between: str, is_phrase: bool) -> None:
    messages = pl.Series([f"My credit{between}card fails"])
    theme = Theme(name="Cards", any=("credit card",))
    assert matches(messages, pl.Series(["a"]), [theme]).any() == is_phrase
    assert ("credit card" in find_terms(messages).names) == is_phrase
