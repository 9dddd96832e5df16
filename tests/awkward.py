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
    "only moments": lambda story: story.select("created_at"),
}
