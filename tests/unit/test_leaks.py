"""The last look before something leaves: what it finds, where, and what it lets through."""

from __future__ import annotations

import io
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import LeakError
from seggwat_nb.secret import Secret
from seggwat_nb.share import leaks, privacy

TOKEN = Secret("oat_" + "q" * 43)
PEOPLE = ("jo.sample@example.org", "user_4711ab", "ann", "42", 'quo"te', "Ünal", "Manual")
FRAME = pl.DataFrame({"submitted_by": [*PEOPLE, None], "message": ["I am Maria.Muster@example.com"] * 8})


def page(value: str) -> str:
    return json.dumps({"title": "Feedback", "rows": [{"n": 42}, {"by": value}]})


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (f"<p>{TOKEN.reveal()}</p>", "API token"),
        (page("x" + TOKEN.reveal()), "API token"),
        (page("see MARIA.MUSTER@EXAMPLE.COM."), "e-mail"),
        ("<td>jo.sample@example.org</td>", "e-mail"),
        ("https://x.example/?q=jo.sample%40example.org", "e-mail"),
        (page("user_4711ab"), "submitter"),
        ("<td>ann</td>", "submitter"),
        ("1,ann,Bug\n", "submitter"),
        ("ann,1\n", "submitter"),
        ("Bug,ann", "submitter"),
        (page("42"), "submitter"),
        (page('quo"te'), "submitter"),
        (page("Ünal"), "submitter"),
        (json.dumps(page("ann")), "submitter"),
    ],
)
def test_a_leak_is_found_and_named_without_being_told(content: str, kind: str) -> None:
    for form in (content, content.encode()):
        with pytest.raises(LeakError, match=kind) as caught:
            leaks.check(form, name="report.html", token=TOKEN, frame=FRAME)
        assert "report.html, line 1, character" in str(caught.value)
        assert not any(secret in str(caught.value) for secret in (TOKEN.reveal(), "@", "4711", "quo"))


@pytest.mark.parametrize(
    "content",
    [
        page("annual"),
        page("Ann"),
        page("hello ann and bob"),
        page("Manual"),
        page("user_4711abc"),
        '{"n": 42}',
        "<td>42</td>",
        "",
    ],
)
def test_what_is_no_leak_passes(content: str) -> None:
    leaks.check(content, name="report.html", token=TOKEN, frame=FRAME)


def test_with_masking_off_by_name_only_the_token_is_looked_for() -> None:
    leaks.check(page("ann"), name="x", token=TOKEN)
    with pytest.raises(LeakError):
        leaks.check(page(TOKEN.reveal()), name="x", token=TOKEN)


def test_the_place_is_the_line_and_the_character() -> None:
    with pytest.raises(LeakError, match="line 3, character 5, "):
        leaks.check("é\n\nsee ann@x.example", name="x", frame=pl.DataFrame({"message": ["ann@x.example"]}))


def test_a_spreadsheet_is_looked_into() -> None:
    buffer = io.BytesIO()
    FRAME.write_excel(buffer)
    with pytest.raises(LeakError, match=r"out\.xlsx, xl/sharedStrings\.xml"):
        leaks.check(buffer.getvalue(), name="out.xlsx", frame=FRAME)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=12), min_size=1, max_size=5)
)
def test_masked_frames_pass_and_unmasked_ones_do_not(people: list[str]) -> None:
    frame = pl.DataFrame({"submitted_by": [f"{person}!" for person in people]})
    leaks.check(privacy.mask(frame, salt=b"s").write_ndjson(), name="x", frame=frame)
    with pytest.raises(LeakError):
        leaks.check(frame.write_json(), name="x", frame=frame)
