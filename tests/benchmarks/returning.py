"""How many items that are reported again `returning` finds, and how many it takes for such by mistake.

    uv run python tests/benchmarks/returning.py [--seeds 5]

The demo project, seen by two loads a week. Copies of items that were closed weeks before are added as new ones, with so
many of a hundred characters mistyped (dropped, doubled, swapped or replaced), and often with other punctuation or case.
Beside each stands a decoy: the first half of one closed item and the second half of another. Recall is the share of
copies found, precision that of copies among copies and decoys found.
"""

from __future__ import annotations

import argparse
import random
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from seggwat_nb import duplicates
from seggwat_nb.demo.replay import load_moments, past
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.schema import HISTORY
from seggwat_nb.source.frames import feedback_frame

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

RATES: Final = (0, 2, 4, 6)
"""Characters of a hundred that are mistyped."""

PLANTED: Final = 60
_LONG: Final = 25
"""Letters of a message from which on a copy is planted."""


class Found(NamedTuple):
    """What was found of what was planted."""

    recall: float
    precision: float
    known: float
    """Share of the copies found whose return is known, not only possible."""


def measure(rate: int, *, seed: int, end: datetime) -> Found:
    """Plant copies and decoys in one demo project, and look for them."""
    chance = random.Random(f"{rate} {seed}")
    records = shop_feedback(seed=seed, end=end, project_id="shop")
    seen = past(records, load_moments(last=end - timedelta(days=1)), end=end)
    frame = feedback_frame([seen.records], project_id="shop").frame
    history = pl.DataFrame(seen.changes, schema=HISTORY)
    done = history.filter(pl.col("new").is_in(["Resolved", "Closed"]), pl.col("latest") < end - timedelta(days=21))
    closed = frame.join(done.select("id"), on="id", how="semi").filter(
        pl.col("status").is_in(["Resolved", "Closed"]), pl.col("message").str.len_chars() >= _LONG
    )
    closed = closed.unique("message", keep="first", maintain_order=True)
    # What is open already of the same text would be its group's affair.
    open_texts = frame.filter(~pl.col("status").is_in(["Resolved", "Closed"]))["message"]
    messages = closed.filter(~pl.col("message").is_in(open_texts.implode()))["message"].to_list()
    chosen = chance.sample(messages, min(PLANTED, len(messages)))
    copies = {f"copy-{n}": mistyped(text, rate, chance) for n, text in enumerate(chosen)}
    others = [*chosen[1:], chosen[0]]
    decoys = {f"decoy-{n}": _half(one, other) for n, (one, other) in enumerate(zip(chosen, others, strict=True))}
    planted = {**copies, **decoys}
    new = pl.DataFrame(
        {"id": list(planted), "message": list(planted.values())}, schema={"id": pl.String, "message": pl.String}
    ).with_columns(
        project_id=pl.lit("shop"), status=pl.lit("New"), type=pl.lit("Bug"), archived=pl.lit(value=False),
        created_at=pl.lit(end - timedelta(days=2)) + pl.duration(minutes=pl.int_range(pl.len())),
    )  # fmt: skip
    told = duplicates.returning(pl.concat([frame, new], how="diagonal"), history=history, as_of=end)
    ids = told.select("ids", "is_known").explode("ids")
    found = {*ids["ids"]}
    right, wrong = found & copies.keys(), found & decoys.keys()
    sure = {*ids.filter("is_known")["ids"]} & right
    return Found(len(right) / len(copies), len(right) / max(len(right) + len(wrong), 1), len(sure) / max(len(right), 1))


def mistyped(text: str, rate: int, chance: random.Random) -> str:
    """Type a text again, with so many of a hundred characters wrong."""
    letters = list(text)
    for _ in range(round(rate * len(letters) / 100)):
        at = chance.randrange(len(letters) - 1)
        match chance.randrange(4):
            case 0:
                del letters[at]
            case 1:
                letters.insert(at, letters[at])
            case 2:
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
            case _:
                letters[at] = chance.choice("aeiourstnl")
    typed = "".join(letters)
    return chance.choice([typed, typed.lower(), typed.rstrip(".!") + "!!", typed.replace(",", " -")])


def _half(one: str, other: str) -> str:
    first, second = one.split(), other.split()
    return " ".join([*first[: len(first) // 2], *second[len(second) // 2 :]])


def table(*, seeds: Iterable[int], end: datetime) -> Iterable[tuple[int, Found]]:
    """Measure every rate, on the average of several projects."""
    chosen = list(seeds)
    for rate in RATES:
        found = [measure(rate, seed=seed, end=end) for seed in chosen]
        yield rate, Found(*(sum(one[place] for one in found) / len(found) for place in range(3)))


def main() -> None:
    """Print the table."""
    from datetime import UTC, datetime

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=5)
    chosen = options.parse_args()
    for rate, found in table(seeds=range(chosen.seeds), end=datetime(2026, 11, 23, tzinfo=UTC)):
        sys.stdout.write(
            f"{rate} of 100 characters mistyped: recall {found.recall:.3f}, precision {found.precision:.3f}, "
            f"known {found.known:.3f}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
