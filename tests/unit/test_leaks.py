"""The last look before something leaves: only secrets in use stop it, and nothing that a stranger can write."""

from __future__ import annotations

import html
import io
import json
from urllib.parse import quote

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import LeakError
from seggwat_nb.secret import Secret
from seggwat_nb.share.privacy import leaks

TOKEN = Secret("oat_" + "q" * 43)
ODD = Secret('oat_"<&/ü')


@pytest.mark.parametrize("secret", [TOKEN, ODD])
@pytest.mark.parametrize("spelt", [str, html.escape, quote, json.dumps, lambda text: quote(text, safe="")])
def test_a_secret_is_found_however_it_is_spelt_and_is_not_told(secret: Secret, spelt: object) -> None:
    text = f"first\n<p>{spelt(secret.reveal())}</p>"  # type: ignore[operator]  # each of them takes a text
    for content in (text, text.encode()):
        with pytest.raises(LeakError, match=r"report\.html, line 2") as caught:
            leaks.check(content, name="report.html", secrets=[None, secret])
        assert secret.reveal() not in str(caught.value)


@pytest.mark.parametrize("before", ["", "\n", "\n\n", "x", "x\n", "\nx"])
def test_the_line_is_told_wherever_it_is(before: str) -> None:
    with pytest.raises(LeakError, match=f"line {before.count(chr(10)) + 1},"):
        leaks.check(f"{before}{TOKEN.reveal()}\n", name="x", secrets=[TOKEN])


@pytest.mark.parametrize("secret", [TOKEN, ODD])
@pytest.mark.parametrize("spelt", [str, html.escape, quote, json.dumps])
def test_a_part_of_a_secret_is_none(secret: Secret, spelt: object) -> None:
    for part in (secret.reveal()[1:], secret.reveal()[:-1]):
        leaks.check(f"<p>{spelt(part)}</p>", name="x", secrets=[secret])  # type: ignore[operator]  # as above


def test_a_spreadsheet_is_looked_into() -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"message": [TOKEN.reveal()]}).write_excel(buffer)
    with pytest.raises(LeakError, match=r"out\.xlsx, xl/sharedStrings\.xml"):
        leaks.check(buffer.getvalue(), name="out.xlsx", secrets=[TOKEN])


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=200))
def test_nothing_that_a_stranger_writes_stops_anything(text: str) -> None:
    leaks.check(json.dumps({"message": text}), name="x", secrets=[TOKEN])


def test_addresses_of_the_author_are_counted() -> None:
    assert leaks.addresses("mail team@example.org, TEAM@example.org or ops@example.org; lodash@4.17.21") == 2
