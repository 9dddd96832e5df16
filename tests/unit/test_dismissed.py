"""Findings that are dismissed: counted, and named again when they end or double."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb.errors import ArgumentError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def findings(*, count: int = 37) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "kind": ["page", "volume", "page"],
            "key": ["path", None, "path"],
            "value": ["/search", None, "/cart"],
            "count": count,
        }
    )


def said(*, versions: list[str] | None = None, at: datetime = NOW, count: int = 37) -> list[tuple[Any, ...]]:
    data = pl.DataFrame({"version": versions or ["2.7.0", "main"]})
    marked = sw.dismissed.mark(findings(count=count), data, as_of=at)
    return marked.select("is_dismissed", "reason", "back").rows()


def test_a_finding_is_dismissed_until_a_version_or_a_date_or_until_it_doubles() -> None:
    assert said() == [(False, None, None)] * 3
    sw.dismissed.dismiss(findings()[:1], reason="known", until="2.8.0")
    sw.dismissed.dismiss(findings()[1:2], reason="a campaign", until=date(2026, 12, 1), as_of=NOW)
    assert said() == [(True, "known", None), (True, "a campaign", None), (False, None, None)]
    assert said(versions=["v2.8", "2.7.0"])[0] == (False, "known", "2.8.0 is out")
    assert said(versions=["2026.11", "2.7.0", "main"])[0] == (True, "known", None)  # no version after 2.8.0
    assert said(at=datetime(2026, 12, 1, tzinfo=UTC))[1] == (False, "a campaign", "ended 2026-12-01")
    assert said(count=73)[0][0]
    assert said(count=74)[0] == (False, "known", "doubled, 37 before")
    sw.dismissed.dismiss(findings(count=74)[:1], reason="still known", until="2.9.0")
    assert said(count=74)[0] == (True, "still known", None)


def test_a_topic_on_a_dismissed_page_is_dismissed_with_it_and_a_type_takes_nothing_along() -> None:
    sw.dismissed.dismiss(
        {"kind": "page", "key": "path", "value": "/pay", "count": 20}, reason="known", until="2027-01-01"
    )
    sw.dismissed.dismiss(
        {"kind": "type", "key": "type", "value": "Bug", "count": 20}, reason="known", until="2027-01-01"
    )
    rows = pl.DataFrame(
        {
            "kind": "theme", "key": "topic", "value": ["card", "login", "money", "payday"], "count": [20, 20, 40, 20],
            "also": [["path /pay"], ["type Bug"], ["type Bug", "path /pay"], ["path /payday"]],
        }
    )  # fmt: skip
    marked = sw.dismissed.mark(rows, as_of=NOW)
    assert marked["is_dismissed"].to_list() == [True, False, False, False]
    assert marked["back"].to_list() == [None, None, "doubled, 20 before", None]


def test_frames_of_movers_match_without_a_kind() -> None:
    sw.dismissed.dismiss(
        {"key": "path", "value": "/search", "after": 10}, reason="known", until="2026-12-31", as_of=NOW
    )
    movers = pl.DataFrame({"key": ["path", "path"], "value": ["/search", None], "after": [12, 20]})
    assert sw.dismissed.mark(movers, as_of=NOW)["is_dismissed"].to_list() == [True, False]
    assert sw.dismissed.mark(movers.clear(), as_of=NOW).height == 0


def test_what_movers_or_silences_found_is_dismissed_in_findings_too() -> None:
    for more, kind in (({"after": 37}, "page"), ({"silent_since": date(2026, 11, 1)}, "silence")):
        found = findings()[:1].with_columns(kind=pl.lit(kind))
        row = {"key": "path", "value": "/search"} | more
        sw.dismissed.dismiss(row, reason="known", until="2026-12-31", as_of=NOW, file=f"{kind}.toml")
        assert sw.dismissed.mark(found, as_of=NOW, file=f"{kind}.toml")["is_dismissed"].item()
        others = found.with_columns(kind=pl.lit("rating"))
        assert not sw.dismissed.mark(others, as_of=NOW, file=f"{kind}.toml")["is_dismissed"].item()


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_a_file_saved_by_any_editor_is_read_and_keeps_its_line_ends(tmp_path: Path, start: bytes, end: str) -> None:
    file = tmp_path / "own.toml"
    lines = ["# Ours.", "[[dismissed]]", "kind = 'page'", "key = 'path'", "value = '/cart'", "reason = 'b'"]
    file.write_bytes(start + end.join([*lines, "until = 2026-12-31"]).encode())
    sw.dismissed.dismiss(findings()[:1], reason="known", until="2.8.0", file=file)
    marked = sw.dismissed.mark(findings(), pl.DataFrame({"version": ["2.7.0"]}), as_of=NOW, file=file)
    assert marked["is_dismissed"].to_list() == [True, False, True]
    assert file.read_bytes().count(b"\r") == (file.read_bytes().count(b"\n") if end == "\r\n" else 0)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("until = 31.12.2026", "as in until = 2026-12-31"),
        ("until = 2026/12/31", "as in until = 2026-12-31"),
        ("until = 2.5.0", 'in quotation marks: "2.5.0"'),
        ("until = 2026-12-31,", "nothing after them"),
        ('kind = "page", key = "path"', "one key and its value on a line"),
        ('reason = "a "known" bug"', 'contains " in single quotation marks'),
        ("reason = 'it's known'", "contains ' in double quotation marks"),
        ("reason = “known”", "Replace “"),
        ("reason = known", 'as in reason = "Planned for May"'),
        ('reason = "known', "A quotation mark is missing"),
        ("count = True", "small letters"),
        ("[[dismissed", "as in [[dismissed]]"),
        ("<<<<<<< HEAD", "conflict of a merge"),
    ],
)
def test_a_slip_in_the_file_is_named_with_what_to_write_instead(tmp_path: Path, line: str, what: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(f"[[dismissed]]\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        sw.dismissed.mark(findings(), as_of=NOW, file=file)
    assert what in str(caught.value)


def test_comments_stay_and_a_file_that_cannot_be_read_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("# Ours.\n[[dismissed]]\nkey = 'path' # here\nvalue = '/a'\nreason = 'b'\nuntil = 2026-12-31")
    sw.dismissed.dismiss(findings()[:1], reason="known", until="2.8.0", file=file)
    assert file.read_text().startswith("# Ours.\n[[dismissed]]\nkey = 'path' # here\n")
    assert "2.8.0" in file.read_text()
    for broken, problem in (
        ("[[dismissed", "is not valid TOML"),
        ("[[dismissed]]\nkey = 'a'\n", "Entry 1 requires reason and until"),
        ("dismissed = 3\n", r"named \[\[dismissed\]\]"),
        ("dismissed = [3]\n", r"named \[\[dismissed\]\]"),
        ("[[dismissed]]\nkind = 'page'\nuntil = 5\nreason = 'a'\n", "or a version, got 5"),
        ("[[dismissed]]\nReason = 'a'\nuntil = '2.0'\n", "Entry 1 has the unknown name 'Reason'"),
        (
            "[[dismissed]]\nkind = 'pages'\nreason = 'a'\nuntil = '2.0'\n",
            "unknown kind 'pages'. Kinds are copies, theme",
        ),
        ("[[dismissed]]\nkind = 5\nreason = 'a'\nuntil = '2.0'\n", "unknown kind 5"),
        (
            "[[dismissed]]\nkind = 'page'\nreason = 'a'\nuntil = '2.0'\ncount = 'b'\n",
            "count must be a whole number, got 'b'",
        ),
        ("[[dismissed]]\nkind = 'page'\nreason = 'a'\nuntil = '2.0'\ncount = true\n", "count must be a whole number"),
        ("[[dismissed]]\nkind = 'page'\nreason = 'a'\nuntil = '2.0'\ncount = -5\n", "count must be a whole number"),
        ("[[dismissed]]\nkind = 'page'\nreason = ' '\nuntil = '2.0'\n", "Entry 1: reason must say why"),
        ("[[dismissed]]\nkind = 'page'\nvalue = 5\nreason = 'a'\nuntil = '2.0'\n", "value must be text, got 5"),
        ("[[dismissed]]\nvalue = '/a'\nreason = 'a'\nuntil = '2.0'\n", "requires kind or key"),
        ("dismissed = []\n", r"write each entry under \[\[dismissed\]\]"),
        ("dismissed = [{kind='page', reason='a', until='2.0'}]\n", r"write each entry under \[\[dismissed\]\]"),
        ("[[dismised]]\nreason = 'a'\nuntil = '2.0'\n", "dismised is unknown"),
    ):
        file.write_text(broken)
        with pytest.raises(SettingsError, match=rf"own\.toml.*{problem}"):
            sw.dismissed.dismiss(findings()[:1], reason="known", until="2.8.0", file=file)
        assert file.read_text() == broken


@pytest.mark.parametrize(
    ("problem", "options"),
    [
        ("one row, got 3", {"finding": findings()}),
        ("must have key and value", {"finding": {"kind": "page"}}),
        ("must have key and value", {"finding": 5}),
        ("neither kind nor key", {"finding": {"key": None, "value": None}}),
        ("value must be text or None, got 5", {"finding": {"key": "path", "value": 5}}),
        ("count must be a whole number or None", {"finding": {"key": "path", "value": "/a", "count": float("nan")}}),
        (
            "kind 'pages' is unknown. Kinds are copies, theme",
            {"finding": {"kind": "pages", "key": "path", "value": "/a"}},
        ),
        ("must say why", {"reason": " "}),
        ("a date such as 2026-12-31, or a version, got '2027-02-31'", {"until": "2027-02-31"}),
        ("a version, got '20270-01-31'", {"until": "20270-01-31"}),
        ("a version, got '31.12.2027'", {"until": "31.12.2027"}),
        ("or a version, got 'soon'", {"until": "soon"}),
        ("cannot be dismissed forever", {"until": None}),
        ("until=2026-11-27 has passed. Pass a later date", {"until": "2026-11-27"}),
        ("until=2026-02-01 has passed", {"until": datetime(2026, 2, 1, tzinfo=UTC)}),
        ("2.8.0' has been reached: the latest version is v2.10. Pass", {"data": ["2.7", "v2.10", "main"]}),
        ("cannot be reached, since no item has such a version. Pass a date", {"data": ["main", "2026.11", None]}),
    ],
)
def test_what_cannot_be_meant_is_refused(problem: str, options: dict[str, Any]) -> None:
    given: dict[str, Any] = {"finding": findings()[:1], "reason": "known", "until": "2.8.0", "as_of": NOW} | options
    data = pl.DataFrame({"version": given.pop("data", ["2.7.0"])})
    with pytest.raises(ArgumentError, match=problem):
        sw.dismissed.dismiss(given.pop("finding"), data, **given)
