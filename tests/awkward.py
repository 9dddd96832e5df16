"""Frames that a panel must bear: each made of the demo's feedback, by what is odd about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from seggwat_nb.schema import FEEDBACK

if TYPE_CHECKING:
    from collections.abc import Callable

END = datetime(2026, 11, 18, 15, tzinfo=UTC)
HOSTILE = (
    "</script><script>window.taken = 1</script><img src=http://192.0.2.1/x onerror='window.taken = 1'> "
    "<b>=1+1</b> \u202e"
)


def one_of_each(rows: int) -> pl.DataFrame:
    """Feedback of which every column has one value."""
    columns: dict[str, Any] = dict.fromkeys(FEEDBACK, "same") | {"created_at": END, "archived": False}
    return pl.DataFrame([columns] * rows, schema=FEEDBACK).with_columns(id=pl.int_range(pl.len()).cast(pl.String))


TEXTS = ("message", "type", "status", "source", "path", "version", "submitted_by")
LIKE_OTHERS = '1|1.0|true|null|None|(none)|__proto__|constructor||  |NaN|-1|/|bug|Bug|OR|"|%|\\|Other (3 values)'
RIGHT_TO_LEFT = "مرحبا (دفع)|שלום-123|تصدير / قائمة|عربي 2.4.0|/דף/הזמנה|!مرحبا"
LONG = "|".join(["x" * 5_000, "x" * 4_999 + "y", "/" + "a/" * 600, "word " * 999])
EMOJI = "👍|👎🏽|👨‍👩‍👧|🇩🇪|❤️|❤|1️⃣"


def among(values: str, story: pl.DataFrame) -> pl.DataFrame:
    """Feedback whose texts are values that "|" separates, or missing, each column in another order."""
    known = pl.Series([*values.split("|"), None], dtype=pl.String)
    place = pl.int_range(pl.len())
    return story.head(200).with_columns(
        pl.lit(known).gather(place * (7 + at) // 3 % known.len()).alias(name) for at, name in enumerate(TEXTS)
    )


AWKWARD: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "empty": lambda story: story.clear(),
    "one row": lambda story: story.head(1),
    "all nulls": lambda story: story.head(20).with_columns(
        pl.lit(None, pl.String).alias(name) for name, kind in FEEDBACK.items() if kind == pl.String() and name != "id"
    ),
    "unknown values": lambda story: story.head(200).with_columns(type=pl.lit("Rant"), status=pl.col("id").str.head(1)),
    "one category": lambda _: one_of_each(30),
    "hostile text": lambda story: story.head(40).with_columns(
        pl.lit(HOSTILE).alias(name) for name in ("message", "type", "status", "path", "version", "submitted_by")
    ),
    "5,000 paths": lambda _: pl.concat([one_of_each(10_000)]).with_columns(
        path=pl.format("/area/{}", pl.int_range(pl.len()) % 5_000)
    ),
    "themes": lambda story: story.head(200).with_columns(
        theme=pl.concat_list(
            pl.lit(pl.Series(["A", "A / B", HOSTILE])).gather(pl.int_range(pl.len()) % 3),
            pl.lit(pl.Series(["C", "A / B / C", "D"])).gather(pl.int_range(pl.len()) % 7 % 3),
        ).list.head(pl.int_range(pl.len()) % 3)
    ),
    "values like others": lambda story: among(LIKE_OTHERS, story),
    "right to left": lambda story: among(RIGHT_TO_LEFT, story),
    "emoji": lambda story: among(EMOJI, story),
    "long values": lambda story: among(
        "|".join(["x" * 5000, "x" * 4999 + "y", "/" + "a/" * 600, "wort " * 999]), story
    ),
    "3,000 versions": lambda _: one_of_each(6_000).with_columns(
        version=pl.when(pl.int_range(pl.len()) % 41 > 1)
        .then(pl.format("{}.{}.0", pl.int_range(pl.len()) % 3_000 // 60, pl.int_range(pl.len()) % 60))
        .when(pl.int_range(pl.len()) % 41 > 0)
        .then(pl.lit(" "))
    ),
    "one moment": lambda story: story.head(200).with_columns(created_at=pl.lit(END)),
    "far moments": lambda story: story.head(200).with_columns(
        created_at=pl.col("created_at").dt.offset_by(pl.format("{}y", pl.int_range(pl.len()) % 3 * 3_000 - 2_000))
    ),
    "some nulls": lambda story: story.head(200).with_columns(
        pl.when(pl.int_range(pl.len()) * (2 * at + 3) // 5 % 2 > 0).then(name).alias(name)
        for at, name in enumerate([*TEXTS, "created_at"])
    ),
    "only moments": lambda story: story.select("created_at"),
}
