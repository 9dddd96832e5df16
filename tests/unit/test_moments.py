"""A time has one meaning, for the order of a list and for the frame, however a service writes it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from seggwat_nb.source.moments import moments_in, read_moment

WRITTEN = {
    "2026-05-04T03:02:01Z": "2026-05-04T03:02:01",
    "2026-05-04t03:02:01.5z": "2026-05-04T03:02:01.500000",
    "2026-05-04T08:47:01.123456789+05:45": "2026-05-04T03:02:01.123456",
    "2026-05-03T17:32:01-09:30": "2026-05-04T03:02:01",
    "2026-05-04T03:02:60Z": "2026-05-04T03:03:00",
    "2026-05-04T23:59:60.5Z": "2026-05-05T00:00:00.500000",
    "2026-05-04 03:02:01.5+00": "2026-05-04T03:02:01.500000",
    "2026-05-04 04:02:01 +0100": "2026-05-04T03:02:01",
    "2026-05-04 03:02:01 UTC": "2026-05-04T03:02:01",
    "2026-05-04 03:02:01 gmt": "2026-05-04T03:02:01",
    "2026-05-04T03:02:01 Z": "2026-05-04T03:02:01",
    "2026-05-04T03:02:01,5Z": "2026-05-04T03:02:01.500000",
    "2026-05-04T03:02:01.Z": "2026-05-04T03:02:01",
    "2026-05-04T03:02Z": "2026-05-04T03:02:00",
    "2026-5-4 3:2:1Z": "2026-05-04T03:02:01",
    "+2026-05-04  03:02:01Z\n": "2026-05-04T03:02:01",
    "2026-05-04T02:02:01\N{MINUS SIGN}01:00": "2026-05-04T03:02:01",
    "20260504T030201Z": "2026-05-04T03:02:01",
    "2026-W19-1T03:02:01Z": "2026-05-04T03:02:01",
}

NO_MOMENTS = (
    "",
    "2026-05-04",
    "2026-05-04T03:02:01",
    "2026-05-04T03:02:61Z",
    "2026-02-30T03:02:01Z",
    "2026-05-04T03:02:01+24:00",
    "2026-05-04T03:02:01 CEST",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "-0001-05-04T03:02:01Z",
    "1777863721",
    "yesterday",
)


def test_a_time_that_names_its_zone_is_read_however_it_is_written() -> None:
    meant = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in WRITTEN.values()]
    assert [read_moment(text) for text in WRITTEN] == meant
    assert moments_in(pl.Series(list(WRITTEN))).to_list() == meant


@pytest.mark.parametrize("text", NO_MOMENTS)
def test_a_text_that_is_no_time_with_a_zone_is_none(text: str) -> None:
    assert read_moment(text) is None
    assert moments_in(pl.Series(["2026-05-04T03:02:01Z", text, None])).null_count() == 2


@pytest.mark.parametrize("seed", range(5))
def test_a_column_and_one_text_are_read_alike(seed: int) -> None:
    """Also where single characters are changed, so that a text may be a time, or another one, or none."""
    rng = random.Random(seed)

    def changed(text: str) -> str:
        at = rng.randrange(len(text))
        added: str = rng.choice(("", " ", *"0159+-:.,TZz \t"))
        return text[:at] + added + text[at + rng.randrange(2) :]

    start = datetime(1, 1, 2, tzinfo=UTC)
    moments = [
        start + timedelta(seconds=rng.randrange(315_000_000_000), microseconds=rng.randrange(10)) for _ in "x" * 40
    ]
    texts = [*WRITTEN, *NO_MOMENTS[1:], *(moment.isoformat() for moment in moments)]
    texts += [changed(text) for text in texts * 20]
    assert moments_in(pl.Series(texts)).to_list() == [read_moment(text) for text in texts]


@pytest.mark.parametrize("value", [None, 1777863721, 1.5, True, {"$date": 1}])
def test_what_is_no_text_is_no_time(value: object) -> None:
    assert read_moment(value) is None
