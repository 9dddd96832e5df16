"""What reports and digests say about texts: words and topics that rose, items per theme, masked, of nobody alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb.share import privacy
from seggwat_nb.share.delivery.digest import compose
from seggwat_nb.share.report import findings, key_findings, themes
from seggwat_nb.share.report.data import ReportData, of_dataset
from seggwat_nb.share.rising import find_rising, how_many, shareable
from seggwat_nb.themes import Taxonomy
from tests.stub_client import AS_OF, StubClient, found_in, item

INVOICE = "The invoice for jo@example.org is <b>wrong</b> {n}"
FILE = '[[theme]]\nname = "Invoices"\nany = ["invoice*"]\n\n[[theme]]\nname = "Errors"\nany = ["wrong", "fails"]\n'


def steady() -> list[dict[str, Any]]:
    return [item(n, message="All is well", created_at=AS_OF - timedelta(hours=8 * n + 1)) for n in range(600)]


def rise(days: int = 28, *, people: int = 99, message: str = INVOICE) -> list[dict[str, Any]]:
    """Forty items in the latest days, of so many people."""
    return [
        item(1000 + n, message=message.format(n=n), type="Bug", path="/billing", submitted_by=f"writer-{n % people}",
             created_at=AS_OF - timedelta(hours=24 * days / 40 * n + 12))
        for n in range(40)
    ]  # fmt: skip


def reported(items: list[dict[str, Any]], *, tagged: bool = False) -> ReportData:
    """Collect a report as it is written: tagged, then masked."""
    data = StubClient(items=items).load()
    collected = of_dataset(sw.themes.tag(data, Taxonomy.parse(FILE)) if tagged else data)
    return replace(collected, feedback=privacy.mask(collected.feedback, salt=b"1"))


def text(shown: Any) -> str:
    return str(shown._repr_mimebundle_()["text/plain"])


def test_words_that_rose_have_their_figures_and_a_masked_message() -> None:
    made = reported(steady() + rise())
    shown = themes.what_rose(made)
    assert "”: 40 items by 40 submitters in 28 days\n" in text(shown)
    assert "Not used in the 168 days before (likely at least " in text(shown)
    assert "invoice" in text(shown)
    assert "The invoice for [e-mail] is <b>wrong</b>" in text(shown)
    assert "Bug, /billing" in text(shown)
    assert "&lt;b&gt;" in shown.html
    assert "<b>" not in shown.html
    assert "jo@" not in shown.html
    assert "mail”" not in shown.html
    told = text(key_findings.show(made, found_in(made)))
    assert "More people mention “" in told
    assert ": 40 items in 28 days (usually none), likely at least " in told
    assert "The invoice for [e-mail] is <b>wrong</b>" in told
    before = [one | {"id": f"{one['id']}-too", "message": "The invoice is wrong"} for one in steady()[200::12]]
    assert " times as often as in the 168 days before (likely between " in text(
        themes.what_rose(reported(steady() + rise() + before))
    )


def test_unsigned_items_are_not_said_to_be_of_as_many_people() -> None:
    nobody = [one | {"submitted_by": None} for one in rise()]
    assert "”: 40 unsigned items in 28 days\n" in text(themes.what_rose(reported(steady() + nobody)))
    some = [one | {"submitted_by": "" if n % 4 else one["submitted_by"]} for n, one in enumerate(rise())]
    shown = text(themes.what_rose(reported(steady() + some)))
    assert "”: 40 items (30 unsigned) by 10 submitters in 28 days\n" in shown


@pytest.mark.parametrize("people", [1, privacy.SMALLEST_GROUP - 1])
def test_words_of_a_few_people_are_left_out(people: int) -> None:
    others = [one | {"id": f"{one['id']}-too", "message": "The invoice is wrong"} for one in steady()[200::100]]
    made = reported(steady() + rise(people=people) + others)
    assert people == 1 or sw.themes.terms(made.feedback, as_of=AS_OF).height
    assert text(themes.what_rose(made)).strip("• ") == "No word or topic is more frequent than chance explains."
    assert "More people mention" not in text(key_findings.show(made, found_in(made)))


def test_other_words_of_a_finding_are_those_of_enough_people_and_the_example_has_no_others() -> None:
    def said(n: int) -> str:
        return f"The invoice is wrong {'since Annemarie left' if n % 10 < 4 else 'since the migration'}"

    rows = [one | {"message": said(n)} for n, one in enumerate(rise(people=10))]  # four of ten people name somebody
    before = [one | {"id": f"{one['id']}-too", "message": "Ask Annemarie"} for one in steady()[200:400:50]]
    made = reported(steady() + before + rows)
    found = sw.themes.terms(made.feedback, as_of=AS_OF)
    named = found.filter(pl.col("terms").list.contains("annemarie"))
    assert named.height
    assert "Annemarie" in named["examples"][0][0]
    (sentence,) = found_in(made).table["sentence"]
    assert "invoice" in sentence
    assert "annemarie" not in sentence
    shown = text(themes.what_rose(made))
    assert "10 submitters" in shown
    assert "migration" in shown
    assert "nnemarie" not in shown


def test_items_whose_ids_repeat_are_each_counted_as_unsigned() -> None:
    nobody = [one | {"id": f"r{n % 10}", "submitted_by": None} for n, one in enumerate(rise())]
    data = reported(steady()).feedback
    rows = reported(rise()).feedback.with_columns(
        id=pl.Series([one["id"] for one in nobody]), submitted_by=pl.lit(None, pl.String)
    )
    both = pl.concat([data, rows])
    found = shareable(find_rising(both, days=28, as_of=AS_OF), both).row(0, named=True)
    assert (found["count"], len(set(found["ids"]))) == (40, 10)
    assert how_many(found) == "40 unsigned items in 28 days"


@pytest.mark.parametrize("items", [[], [item(1)], [item(n, message=None) for n in range(200)], steady()])
def test_where_nothing_rose_it_says_so_in_a_line(items: list[dict[str, Any]]) -> None:
    made = reported(items)
    assert text(themes.what_rose(made)).strip("• ") == "No word or topic is more frequent than chance explains."
    assert themes.by_theme(made) is None
    tagged = themes.by_theme(reported(items, tagged=True))
    assert tagged is not None
    assert [row[1] for row in tagged.to_dict()["rows"]] == ([len(items)] if items else [])


def test_items_are_counted_by_theme_in_all_and_lately() -> None:
    made = reported(steady() + rise() + rise(people=3)[:5], tagged=True)
    table = themes.by_theme(made)
    assert table is not None
    shown = table.to_dict()
    assert [column["label"] for column in shown["columns"]] == [
        "Theme", "Items", "Last 28 days", "Usually", "Relative to usual (likely)", "Verdict",
    ]  # fmt: skip
    assert [row[:4] for row in shown["rows"][:2]] == [["Errors", 45, 45, 0.0], ["Invoices", 45, 45, 0.0]]
    assert [row[5] for row in shown["rows"]] == ["up", "up", "unclear"]
    assert "An item with several themes counts for each." in text(findings.methods(made))
    assert shown["rows"][2][:2] == ["(no theme)", 600]
    assert shown["rows"][2][4].startswith(("1.0 (", "0.9 ("))


@pytest.mark.parametrize("lists", [True, False])
def test_themes_of_a_few_people_are_one_row_and_no_label_stands_twice(lists: bool) -> None:
    def shown(*groups: tuple[str, int]) -> list[list[Any]]:
        signed = [(name, f"{name}-{n}") for name, people in groups for n in range(people) for _ in range(2)]
        names = {f"t{n}": name for n, (name, _) in enumerate(signed)}
        made = reported([item(n, submitted_by=who) | {"id": f"t{n}"} for n, (_, who) in enumerate(signed)] + steady())
        named = [names.get(one) for one in made.feedback["id"]]
        theme = pl.Series("theme", [[name] if name else [] for name in named] if lists else named)
        table = themes.by_theme(replace(made, feedback=made.feedback.with_columns(theme)))
        assert table is not None
        return sorted(row[:2] for row in table.to_dict()["rows"])

    rest = ["(no theme)", 600]
    assert shown(("Annemarie", 3), ("Also few", 3), ("Many", 6)) == [rest, ["Many", 12], ["Rare (2 values)", 12]]
    assert shown(("Annemarie", 3), ("Many", 6), ("Most", 9)) == [rest, ["Most", 18], ["Rare (2 values)", 18]]
    assert shown(("(no theme)", 6)) == [["((no theme))", 600], ["(no theme)", 12]]


def digest_of(items: list[dict[str, Any]]) -> str:
    client = StubClient(items=items)
    frame = client.feedback()
    assert client.last_load is not None
    (message, *_) = compose(frame, about=client.last_load, salt=b"1", since=AS_OF - timedelta(days=1))
    return str(message.payload["blocks"][1]["text"]["text"])


def test_a_digest_names_words_that_rose_and_is_silent_otherwise() -> None:
    told = digest_of(steady() + rise(7))
    assert "Used more than chance explains: “" in told
    assert "”, 40 items by 40 submitters in 7 days, not used in the 168 days before (likely at least " in told
    assert "mail”" not in told
    assert "Used more" not in digest_of(steady())
    assert "Used more" not in digest_of(steady() + rise(7, people=4))
    imported = digest_of([item(n, created_at=AS_OF - timedelta(hours=9)) for n in range(30)])
    assert imported.endswith("There is no complete previous week to compare with."), "nothing was compared"


def test_a_digest_says_which_weeks_its_usual_number_excludes() -> None:
    burst = [item(n, created_at=AS_OF - timedelta(days=60, minutes=n)) | {"id": f"b{n}"} for n in range(400)]
    assert "Usual numbers exclude " not in digest_of(steady())
    assert re.search(r"Usual numbers exclude \d+ .* 20\d\d \(4\d\d items\)\.", digest_of(steady() + burst))


FORMS = ["рахунок", "рахунку", "рахункові", "рахунком", "рахунки", "рахунків", "рахункам", "рахунками", "рахунках"]


def forms_of_one_word(days: int) -> list[dict[str, Any]]:
    """Thirty items in the latest days with a word in nine forms, among 900 of 400 other words."""
    chance = np.random.default_rng(4)
    words = ["".join(chance.choice(sorted("абвгдезклмнопрст"), 7)) for _ in range(400)]
    said = [" ".join(chance.choice(words, 4)) for _ in range(930)]
    hours = [*(n * 168 * 24 / 900 + 12 for n in range(900)), *(n * days * 24 / 30 + 12 for n in range(30))]
    return [
        item(n, message=said[n] + (f" {FORMS[n % 9]} jo@example.org" if n >= 900 else ""),
             created_at=AS_OF - timedelta(hours=hours[n]))
        for n in range(930)
    ]  # fmt: skip


def test_what_no_single_word_shows_is_the_same_topic_in_findings_in_what_people_write_about_and_in_a_digest() -> None:
    made = reported(forms_of_one_word(28))
    assert sw.themes.terms(made.feedback, as_of=AS_OF).is_empty()
    (word,) = found_in(made).table["value"]
    assert word == "рахун…"  # each of the nine forms is of fewer than five people
    told = text(key_findings.show(made, found_in(made)))
    assert f"More people write similar messages, with words such as “{word}”" in told
    (line, *others) = text(themes.what_rose(made)).strip().splitlines()
    assert line.startswith(f"Similar messages, with words such as “{word}”")
    assert line.endswith(" in 28 days")
    assert "рахун" in str(others)
    assert "[e-mail]" in str(others)
    assert "Usually " in str(others)
    digest = digest_of(forms_of_one_word(7))
    assert "Similar messages, more than chance explains, with words such as “рахун…”: " in digest
    assert "No type, page or source changed by more than chance explains." in digest
    assert " submitters in 7 days (usually " in digest
    assert "jo@" not in told + str(others) + digest


def test_dismissed_words_and_topics_are_left_out_everywhere(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for items in (steady() + rise(), forms_of_one_word(28)):
        known = found_in(reported(items)).table.head(1)
        sw.dismissed.dismiss(known, reason="We know", until=AS_OF.date() + timedelta(days=9), as_of=AS_OF)
        made = reported(items)
        for said in (text(themes.what_rose(made)), text(key_findings.show(made, found_in(made)))):
            assert "1 finding is dismissed" in said
            assert "(until 2 Dec 2026: We know)" in said
        assert "28 days" not in text(themes.what_rose(made))


def test_what_masking_left_is_no_word() -> None:
    from seggwat_nb.analysis.tokens import find_terms

    texts = pl.DataFrame({"message": ["Call +1 202 555 0142 or jo@example.org", "ann"], "submitted_by": ["ann", "ann"]})
    masked = privacy.mask(pl.concat([texts, texts]), salt=b"1")["message"]
    assert "[phone]" in masked[0]
    assert find_terms(masked).names.to_list() == ["call"]
    marked = pl.DataFrame({"id": ["a"], "message": [masked[0]]})
    phone = Taxonomy.parse('[[theme]]\nname = "Phone"\nany = ["phone", "mail"]\n')
    assert sw.themes.tag(marked, phone)["theme"].to_list() == [[]]


def test_a_word_that_few_people_used_names_no_finding() -> None:
    made = reported(steady() + rise())
    made.__dict__["rising"] = made.rising.head(1).with_columns(term=pl.lit("annemarie"))
    assert shareable(made.rising, made.feedback)["term"].to_list() == [None]
    shown = text(themes.what_rose(made))
    assert "annemarie" not in shown
    assert "Similar messages, with words such as “" in shown
