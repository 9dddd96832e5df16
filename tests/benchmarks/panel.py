"""A click in the explorer: how long the kernel works on it, and what it sends.

    uv run python tests/benchmarks/panel.py [--rows 10000 100000 1000000 10000000]

Each change of filter makes all live counts, those over time, and the first items. Medians (worst) of thirty changes in
one process; the way to the browser and drawing there come on top of it. Then a click on a type and one on a theme,
of 50 themes of which an item has up to two.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb import Explorer, FeedbackFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

sys.path.insert(0, str(Path(__file__).parent))

from trends import feedback, resident  # type: ignore[import-not-found]  # beside this script

SIZES: Final = (10_000, 100_000, 1_000_000)
CLICKS: Final = (
    FeedbackFilter(type="Bug"),
    FeedbackFilter(type="Bug", status="New"),
    FeedbackFilter(type=("Bug", "Feature"), text="checkout"),
    FeedbackFilter(type="Bug", text="check.*t", regex=True),
    FeedbackFilter(since=date(2025, 6, 1)),
    FeedbackFilter(version_since="2.0.0"),
    FeedbackFilter(path="/orders", source="Widget"),
    FeedbackFilter(),
)
THEMES: Final = pl.Series([f"Area {at % 10} / {at}" if at % 3 else f"Theme {at}" for at in range(50)])
SINGLE: Final = {"type": FeedbackFilter(type="Bug"), "theme": FeedbackFilter(theme=THEMES[0])}
WORDS: Final = (
    "The export is slow",
    "Payment fails at checkout",
    "Love the new search",
    "Please add dark mode",
    "Cannot log in since the update",
)


def rows_of(number: int) -> pl.DataFrame:
    """The rows of the benchmark of trends, with messages."""
    number_of_word = pl.int_range(pl.len()) % len(WORDS)
    rows: pl.DataFrame = feedback(number)
    themes = pl.concat_list(pl.lit(THEMES).gather((pl.int_range(pl.len()) * step) % THEMES.len()) for step in (7, 13))
    return rows.with_columns(
        theme=themes.list.unique(maintain_order=True).list.head(pl.int_range(pl.len()) % 3),
        message=pl.lit(pl.Series(WORDS)).gather(number_of_word) + " " + pl.col("id"),
        project_id=pl.lit("p"),
        archived=pl.int_range(pl.len()) % 50 == 0,
    )


def listened(panel: Explorer) -> list[int]:
    """Stand in for the page of a panel: what it is sent is written as for one, and measured."""
    sizes: list[int] = []

    def send(message: object, buffers: Sequence[bytes] = ()) -> None:
        sizes.append(len(json.dumps(message)) + sum(map(len, buffers)))

    panel.send = send
    panel._hear({"do": "start"})
    sizes.clear()
    return sizes


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, nargs="+", default=SIZES)
    options.add_argument("--changes", type=int, default=30)
    chosen = options.parse_args()
    Explorer(rows_of(10)).close()  # the script is put together once on a machine
    sys.stdout.write("        rows   first     a change (worst)      sent    memory\n")
    for number in chosen.rows:
        rows = rows_of(number)
        before = resident("VmRSS")
        began = perf_counter()
        panel = Explorer(rows.drop("theme"))
        first = perf_counter() - began
        taken, sent, messages = [], [], listened(panel)
        for turn in range(chosen.changes + len(CLICKS)):
            began = perf_counter()
            panel.filter = CLICKS[turn % len(CLICKS)]
            taken.append(1000 * (perf_counter() - began))
            sent.append(sum(messages) / 1000)
            messages.clear()
        taken, sent = taken[len(CLICKS) :], sent[len(CLICKS) :]
        sys.stdout.write(
            f"{number:12,} {first:6.2f} s {statistics.median(taken):9.0f} ms ({max(taken):4.0f})"
            f" {statistics.median(sent):6.0f} kB {resident('VmHWM') - before:+7.0f} MB\n"
        )
        panel.close()
        panel = Explorer(rows)
        listened(panel)
        for name, where in SINGLE.items():
            taken = []
            for _ in range(chosen.changes):
                panel.filter = FeedbackFilter()
                began = perf_counter()
                panel.filter = where
                taken.append(1000 * (perf_counter() - began))
            sys.stdout.write(f"{'':12} a {name}: {statistics.median(taken):.0f} ms ({max(taken):.0f})\n")
        panel.close()


if __name__ == "__main__":
    main()
