"""A language that more people write in is one finding, and a problem reported in one language is not a language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb.analysis.rising import rising
from seggwat_nb.analysis.spoken import detect_languages, name_of
from tests.unit.test_terms import END as LAST
from tests.unit.test_terms import spoken as feedback

END = datetime(2026, 6, 8, tzinfo=UTC)
ENGLISH = [
    f"{what} {how}"
    for what, how in product(
        ["The search", "My invoice", "The start page", "This list", "The calendar", "Your help page", "The menu"],
        ["is too slow", "does not load", "is what I need", "was better before", "could be larger", "is hard to find"],
    )
]
OTHERS = {
    "German": (
        ["Die Suche", "Meine Rechnung", "Die Startseite", "Diese Liste", "Der Kalender", "Eure Hilfe", "Das Menü"],
        ["ist zu langsam", "lädt nicht", "ist genau das, was ich brauche", "war vorher besser", "finde ich kaum"],
    ),
    "Polish": (
        ["Wyszukiwarka", "Moja faktura", "Strona główna", "Ta lista", "Kalendarz", "Wasza pomoc", "To menu"],
        ["jest za wolna", "nie działa już od wczoraj", "jest tym, czego mi trzeba", "była lepsza niż teraz"],
    ),
    "Japanese": (
        ["検索が", "請求書が", "トップページが", "このリストが", "カレンダーが", "ヘルプが", "メニューが"],
        ["遅いです", "読み込めません", "とても良いです", "前の方が良かったです", "見つかりません"],
    ),
    "another language": (
        ["Іздеу", "Менің шотым", "Басты бет", "Бұл тізім", "Күнтізбе", "Сіздің көмек", "Мәзір"],
        ["тым баяу", "жүктелмейді", "маған керегі осы", "бұрын жақсы еді", "табу қиын"],
    ),
}


def lines(language: str) -> list[str]:
    return [f"{what} {how}" for what, how in product(*OTHERS[language])]


def project(before: dict[str, int], after: dict[str, int], extra: tuple[str, int] = ("", 0)) -> pl.DataFrame:
    """Make 24 weeks and then four of messages, so many in each language, and a line that is new."""
    chance = Random(3)
    rows = [
        (END - timedelta(days=chance.uniform(*days)), chance.choice(lines(name) if name in OTHERS else ENGLISH))
        for days, counts in (((28, 196), before), ((0, 28), after))
        for name, count in counts.items()
        for _ in range(count)
    ]
    rows += [(END - timedelta(days=chance.uniform(0, 28)), extra[0]) for _ in range(extra[1])]
    frame = pl.DataFrame(rows, schema={"created_at": pl.Datetime("us", "UTC"), "message": pl.String}, orient="row")
    return frame.sort("created_at").with_columns(id=pl.int_range(pl.len()).cast(pl.String))


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_that_grew_is_one_finding_whatever_its_words(language: str) -> None:
    rows = project({"English": 900, language: 20}, {"English": 150, language: 80})
    found = rising(rows, as_of=END)
    told = found.row(0, named=True)
    assert found.select("kind", "term").rows() == [("language", language)]
    assert 70 <= told["count"] <= 80  # a few lines may be in any language
    assert told["submitters"] == told["count"] == len(told["ids"])
    assert told["terms"]
    said = rows.filter(pl.col("message").is_in(lines(language)))
    assert set(told["ids"]) <= set(said["id"])


@pytest.mark.parametrize("since", [12, 20])
def test_a_new_language_is_told_whatever_its_most_certain_sentence(since: int) -> None:
    """That sentence is less scattered over the days than everything that is said in the language."""
    chance, usual = Random(5), project({"English": 900}, {"English": 150})
    said = [chance.choice(lines("Polish")[:6]) for _ in range(50)]
    new = pl.DataFrame(
        {"message": said, "created_at": [END - timedelta(days=chance.uniform(0, since)) for _ in said]},
        schema_overrides={"created_at": pl.Datetime("us", "UTC")},
    ).with_columns(id=pl.format("new-{}", pl.int_range(pl.len())))
    found = rising(pl.concat([usual, new.select(usual.columns)]), as_of=END)
    assert found.select("kind", "term").rows() == [("language", "Polish")]


def test_what_more_people_report_in_one_language_is_no_language() -> None:
    usual = {"English": 900, "German": 180}
    rows = project(usual, {"English": 150, "German": 30}, ("Der Login mit dem Konto geht nicht mehr", 30))
    found = rising(rows, as_of=END)
    assert set(found["kind"]) == {"words"}
    assert found["count"].max() == 30


@pytest.mark.parametrize("line", ["CSV export error", "Kafka connector", "Laptop die overnight"])
def test_a_few_words_that_are_in_no_other_message_are_no_language(line: str) -> None:
    found = rising(project({"English": 900}, {"English": 150}, (line, 40)), as_of=END)
    assert set(found["kind"]) == {"words"}


def test_nothing_is_said_of_languages_whose_share_stays() -> None:
    rows = project({"English": 900, "German": 300, "Japanese": 60}, {"English": 150, "German": 50, "Japanese": 10})
    assert rising(rows, as_of=END).is_empty()


def test_a_language_is_told_in_findings_and_is_no_theme() -> None:
    rows = project({"English": 900, "German": 20}, {"English": 150, "German": 80})
    found = sw.findings(rows.with_columns(project_id=pl.lit("p")), as_of=END)
    (told,) = found.filter(key="language").rows(named=True)
    assert (told["kind"], told["value"]) == ("theme", "German")
    assert told["sentence"].startswith("More messages are in German, with words such as “")
    assert sw.themes.suggest(rows, as_of=END).themes == ()
    drawn = sw.charts.terms(rising(rows, as_of=END)).to_dict()
    assert "in German: 2.2% → 35% of items" in drawn["description"]


def test_messages_without_stop_words_count_for_the_language_of_their_words() -> None:
    messages = [*lines("German"), *ENGLISH, "Rechnung", "invoice", "1234", "", None, "wifi 不能用", "アプリ"]
    assert detect_languages(pl.Series(messages)).to_list()[-7:] == ["de", "en", None, None, None, "zh", "ja"]


def test_languages_are_named_only_if_their_stop_words_tell_them() -> None:
    assert name_of(pl.Series(lines("German"))) == "German"
    assert name_of(pl.Series(lines("another language"))) == ""
    assert name_of(pl.Series([], dtype=pl.String)) == ""
    romanized = ["ya gama3a el ta7weel wa2ef", "law sama7t el floos wa2fa", "leh el rasid etsafar", "plz etrafad tany"]
    assert name_of(pl.Series(romanized)) == ""  # Arabic, with the article that Spanish has


def test_the_language_that_was_the_most_common_already_is_never_told() -> None:
    rows = project({"English": 900, "German": 600}, {"English": 200, "German": 20}, ("The payment server is down", 25))
    found = rising(rows, as_of=END)
    assert "language" not in set(found["kind"])
    assert found.row(0, named=True)["term"] == "payment server"


def test_a_language_does_not_hide_what_happens_to_people_of_every_language() -> None:
    chance = Random(1)
    several = [chance.choice(ENGLISH if place % 2 else lines("German")) for place in range(60)]
    moments = [END - timedelta(days=9, hours=chance.uniform(0, 20)) for _ in several]
    burst = pl.DataFrame({"created_at": moments, "message": several})
    usual = project({"English": 900, "German": 20}, {"English": 150, "German": 150})
    rows = pl.concat([usual.drop("id"), burst]).sort("created_at").with_columns(pl.lit("p").alias("project_id"))
    found = sw.findings(rows.with_columns(id=pl.int_range(pl.len()).cast(pl.String)), as_of=END)
    told = found.filter(pl.col("verdict") != "not checked")
    assert sorted(told["kind"]) == ["days", "theme", "volume"]
    assert told["also"].list.len().sum() == 0


def test_a_language_in_which_all_that_came_in_more_is_tells_why_there_is_more() -> None:
    rows = project({"English": 900, "German": 20}, {"English": 150, "German": 150})
    found = sw.findings(rows, as_of=END).filter(pl.col("verdict") != "not checked")
    assert found.select("kind", "also").rows() == [("theme", ["volume"])]


@pytest.mark.parametrize(
    "new",
    [
        ["5.2.1 broke it", "Since 5.2.1 nothing works", "update 5.2.1 is bad", "v5.2.1 is broken"],
        ["X-ray upload", "my x-ray", "X-rays are lost", "no x-ray", "where x-ray", "x-ray docs"],
    ],
)
def test_short_messages_are_in_no_other_language(new: list[str]) -> None:
    usual = [
        "Nothing works today",
        "Where are my docs?",
        "The update is bad",
        "My upload is lost",
        "It broke since then",
    ]
    found = rising(feedback(usual, new), as_of=LAST)
    assert found["kind"].to_list() != ["language"]
    assert "another language" not in found["term"].to_list()


def test_other_words_in_the_usual_language_are_no_other_language() -> None:
    """In Romanian, *de două ori* has stop words of other languages than the usual messages."""
    what = ["Aplicația", "Pagina de start", "Căutarea", "Harta", "Fotografia mea", "Traducerea"]
    how = ["se încarcă greu", "nu se deschide", "este prea mică", "funcționează acum", "se blochează des"]
    new = [
        "Am făcut plata de două ori", "Plăți duble luna asta", "Nu văd plățile mele", "Eroare la plată",
        "Plata nu a trecut", "Unde sunt plățile?", "O plată în așteptare", "Confirmarea plății nu vine",
        "Nu pot termina plata", "Am două plăți identice",
    ]  # fmt: skip
    found = rising(feedback([" ".join(one) for one in product(what, how)], new), as_of=LAST)
    assert found.height
    assert "language" not in set(found["kind"])
