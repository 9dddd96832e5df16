"""What a panel shows of messages: pieces that match a search, lines of them, and messages that are similar."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb import FeedbackFilter
from seggwat_nb.panels.reading import cut_to_line, pieces
from seggwat_nb.panels.similar import Similar


def test_what_a_search_finds_is_marked_in_a_time_that_its_pattern_cannot_lengthen() -> None:
    """Python's own engine takes minutes for this pattern, and a stranger may have written the message."""
    hostile = FeedbackFilter.parse("/(a+)+b/")
    assert pieces(["a" * 5_000], hostile) == [["a" * 5_000]]
    assert pieces(["x aab y", "", None], hostile) == [["x ", "aab", " y"], [""], [""]]
    assert pieces(["a\ue000b"], FeedbackFilter.parse("b")) == [["a\N{REPLACEMENT CHARACTER}", "b", ""]]
    assert pieces(["ab"], FeedbackFilter.parse("/x*/")) == [["ab"]]
    assert pieces(["Pay PAY."], FeedbackFilter(text="pay.")) == [["Pay ", "PAY.", ""]]
    assert pieces(["aa"], FeedbackFilter.parse("/(?<x>a)/ /(?<x>a)/")) == [["aa"]]


@given(st.lists(st.text("ab\ue000\x00", max_size=600), min_size=1, max_size=3), st.booleans())
@settings(derandomize=True, deadline=None, max_examples=60)
def test_a_line_is_a_part_of_the_text_with_its_first_match(words: list[str], is_found: bool) -> None:
    text = "a".join(words)
    where = FeedbackFilter(text="b") if is_found else FeedbackFilter()
    (whole,) = pieces([text], where)
    line = cut_to_line(whole)
    assert "".join(line).strip("…") in "".join(whole)
    assert len("".join(line)) <= 242
    assert len(line) % 2 == 1
    assert len(whole) == 1 or line[1] == whole[1][: len(line[1])]


def test_similar_items_are_told_apart_by_who_signed_them() -> None:
    who = ["ann", "bob", "bob", None, None, None]
    frame = pl.DataFrame({"message": ["The payment page is blank"] * 6, "submitted_by": who})
    similar = Similar(frame, np.arange(6, dtype=np.uint32))
    assert similar.to("The payment page is blank", row=0) == ([1, 2, 3, 4, 5], 1, 3)
    unsigned = Similar(frame.drop("submitted_by"), np.arange(6, dtype=np.uint32))
    assert unsigned.to("The payment page is blank", row=0) == ([1, 2, 3, 4, 5], 0, 5)


def test_two_very_long_messages_are_compared_by_their_beginnings() -> None:
    page = " ".join(map(str, range(200_000)))
    frame = pl.DataFrame({"message": [page, f"{page} again", "short"], "submitted_by": ["ann", "bob", None]})
    assert Similar(frame, np.arange(3, dtype=np.uint32)).to(page, row=0) == ([1], 1, 0)
