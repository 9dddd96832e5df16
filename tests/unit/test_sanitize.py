"""Text of strangers that leaves for chats, issue trackers and wikis, read by a parser of their Markdown."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

import mistune
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.share.privacy.sanitize import JOINER, inert, one_line, readable
from seggwat_nb.share.report.markdown import as_markdown, escape

READ: Final = mistune.create_markdown(
    escape=False, plugins=["table", "task_lists", "url", "footnotes", "math", "strikethrough"]
)
SIGNS: Final = (
    "- ", "+ ", "1. ", "12) ", "---", "- - -", "===", "# ", "> ", "    ", "\t", "```", "~~~", "$x$", "|", "\\", "*",
    "_", "[x](y)", "![x](y)", "[^1]", "<b>", "<!--", "&amp;", "@all", "#1", "http://", "www.", "x.io", "a@b.co",
    "- [ ] ", "\n", " ", "x", "5",
)  # fmt: skip
LEFT: Final = {"p", "br"}


def told(text: str) -> str:
    """Return a text without what is invisible, with single spaces."""
    seen = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf"})
    return " ".join(seen.split())


def read(markdown: str) -> tuple[set[str], str]:
    """Return the tags and the text that a reader of Markdown sees."""
    page = str(READ(markdown))
    return set(re.findall(r"<([a-z0-9]+)", page)), told(html.unescape(re.sub(r"<[^>]+>", " ", page)))


@settings(max_examples=80)
@given(st.lists(st.sampled_from(SIGNS), min_size=1, max_size=7).map("".join))
def test_no_message_makes_a_list_a_heading_a_line_a_link_or_anything_else(text: str) -> None:
    line = " ".join(text.split())
    tags, said = read(escape(line))
    assert tags <= LEFT
    assert said == told(line)


@settings(max_examples=30)
@given(st.lists(st.sampled_from(SIGNS), min_size=1, max_size=7).map("".join))
def test_what_a_cell_prints_keeps_its_lines_and_nothing_else(text: str) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": text}
    cell = type("Cell", (), {"cell_type": "code", "outputs": [type("Output", (), output)]})
    tags, said = read(as_markdown(type("Book", (), {"cells": [cell]})))  # type: ignore[arg-type]  # what is read of one
    assert tags <= LEFT
    assert said == told(text)


def only(text: str, change: object) -> str:
    return str(pl.select(change(pl.lit(text))).item())  # type: ignore[operator]  # one of two functions


@pytest.mark.parametrize(
    "word",
    ["မြို့", "ကျွန်တော်တို့", "བསྒྲུབས", "ภาษาไทยที่", "हिन्दी", "שָׁלוֹם", "مُحَمَّدٌ", "Ti\u0302\u0301ng", "👩🏽\u200d💻"],
)
def test_words_keep_the_marks_that_their_script_needs(word: str) -> None:
    assert only(word, readable) == word


def test_a_reference_to_an_issue_is_none() -> None:
    assert only("fixes GH-12, high-12", inert).replace(JOINER, "·") == "fixes GH·-12, high-12"


def test_stacks_of_marks_are_cut() -> None:
    assert only("Z" + "\u0301\u0316\u0350" * 20 + "a", readable) == "Z\u0301\u0316a"
    assert only("က" + "\u102d" * 40, readable) == "က" + "\u102d" * 8


@pytest.mark.parametrize(
    "address", ["www.1and1.com", "WWW.e.example", "\uff57\uff57\uff57.e.example", "http://e", "e.example/x"]
)
def test_an_address_is_cut_where_chats_look_for_links(address: str) -> None:
    assert JOINER in only(address, inert)
    assert only(address, inert).replace(JOINER, "") == address
    assert "<a" not in str(READ(only(address, inert)))


@given(st.text(st.sampled_from("ab \n\t\u00e9\U0001f600"), max_size=30), st.integers(1, 20))
def test_a_line_is_cut_if_it_is_too_long_and_only_then(text: str, most: int) -> None:
    line = " ".join(text.split())
    shown = pl.select(one_line(pl.lit(text), most=most)).item()
    assert shown == (line if len(line) <= most else f"{line[: most - 1]}…")


def test_what_marks_mean_is_left_out_where_no_chart_is_drawn() -> None:
    said = "Items per month by type. Faded: incomplete months. Tick: all earlier versions. Up to 12 versions."
    output = {"output_type": "display_data", "data": {"application/vnd.vegalite.v5+json": {"description": said}}}
    cell = type("Cell", (), {"cell_type": "code", "outputs": [type("Output", (), output)]})
    book = type("Book", (), {"cells": [cell]})
    assert as_markdown(book) == "Items per month by type. Up to 12 versions.\n"  # type: ignore[arg-type]  # what is read of one
