"""How often clusters of alike unsigned messages are named although nothing rose, and what is still found beside that.

    uv run python tests/benchmarks/clusters.py FILE [--runs 30] [--only planted]

FILE is a CSV with the columns ``text`` and ``category``. Messages are drawn from it, or made up of 8,000 words by
Zipf's law. In the first rows nothing rises. In the others, messages of a category are added to the latest days; they
are found if a finding's items are mostly of this category, or hold most of those that were added. Each project is
searched without and with the rule of `seggwat_nb.analysis.unsigned_clusters`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from unittest.mock import patch

import numpy as np
import polars as pl

from seggwat_nb.analysis import terms, topics
from seggwat_nb.analysis.rising import rising

if TYPE_CHECKING:
    from collections.abc import Iterator

END: Final = datetime(2026, 11, 18, tzinfo=UTC)
_FILLERS: Final = ("please", "hello", "again", "still", "today", "thanks", "hi there", "any news?", "why")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of project: how its messages come in, and what is added."""

    days: int = 196
    messages: int = 1_800
    clustered: float = 0.0
    """Share of the messages that are in clusters."""
    sizes: tuple[int, int] = (5, 15)
    """Fewest and most messages in a cluster."""
    span: tuple[float, float] = (2, 6)
    """Fewest and most days that a cluster takes."""
    alike: Literal["category", "half", "all"] = "category"
    """What its messages have in common: a category, or half or nearly all of their words."""
    made_up: bool = False
    signed: bool = False
    before: int = 0
    """Number of messages of a story that came and went two months before."""
    added: int = 0
    added_days: int = 28


_LONG: Final = Kind(clustered=0.3)
KINDS: Final = {
    "clusters of three within 4 days, of one category": Kind(clustered=1, sizes=(3, 3), span=(4, 4)),
    "clusters of three within 4 days, the same words": Kind(clustered=1, sizes=(3, 3), span=(4, 4), alike="all"),
    "a tenth in clusters of 5 to 15 within 2 to 6 days, the same words": Kind(clustered=0.1, alike="all"),
    "the same, half of the words": Kind(clustered=0.1, alike="half"),
    "three tenths in such clusters, of one category": _LONG,
    "three tenths in such clusters, the same made-up words": Kind(clustered=0.3, alike="all", made_up=True),
    "three tenths in clusters of 3 to 9 within 1 to 10 days, of one category": Kind(
        clustered=0.3, sizes=(3, 9), span=(1, 10)
    ),
    "400 messages, all in clusters of 2 to 6 within 2 to 6 days": Kind(messages=400, clustered=1, sizes=(2, 6)),
    "900 messages in 12 weeks, three tenths in clusters of 5 to 15": Kind(days=84, messages=900, clustered=0.3),
    "three tenths in clusters of 5 to 15, but signed": Kind(clustered=0.3, signed=True),
    "no clusters": Kind(),
    "planted: 24 in 28 days among 1,800": Kind(added=24),
    "planted: 14 in 7 days among 1,800": Kind(added=14, added_days=7),
    "planted: 24 in 28 days, and 24 about something else before": Kind(added=24, before=24),
    "planted: 24 in 28 days among 600": Kind(messages=600, added=24),
    "planted: 14 in 7 days among 600": Kind(messages=600, added=14, added_days=7),
    "planted: 24 in 28 days among 900 in 12 weeks": Kind(days=84, messages=900, added=24),
}


class Messages:
    """Draws messages of the file, or made-up ones."""

    def __init__(self, path: Path) -> None:
        table = pl.read_csv(path)
        self.texts = table["text"].to_numpy()
        self.of = {name: group["text"].to_numpy() for (name,), group in sorted(table.group_by("category"))}
        chance, letters = np.random.default_rng(5), np.array([*"abcdefghijklmnopqrstuvwxyz"])
        self._words = np.array(["".join(chance.choice(letters, chance.integers(3, 10))) for _ in range(8_000)])
        self._weights = 1 / np.arange(3, 8_003)
        self._weights /= self._weights.sum()

    def one(self, chance: np.random.Generator, kind: Kind) -> str:
        if not kind.made_up:
            return str(chance.choice(self.texts))
        return " ".join(chance.choice(self._words, chance.integers(5, 14), p=self._weights))

    def cluster(self, chance: np.random.Generator, kind: Kind) -> Iterator[str]:
        """Draw messages that are alike, without end."""
        category, words = str(chance.choice([*self.of])), self.one(chance, kind).split()
        while True:
            if kind.alike == "category":
                yield str(chance.choice(self.of[category]))
            elif kind.alike == "all":
                kept = [word for word in words if chance.random() > 0.15] or words
                yield " ".join([*kept, str(chance.choice(_FILLERS))])
            else:
                half = len(words) // 2
                yield " ".join([*words[:half], *self.one(chance, kind).split()[half : half + 6]])


def project(said: Messages, kind: Kind, seed: int) -> tuple[pl.DataFrame, str]:
    """Draw a project. Returns its feedback, with what was ``added``, and the category of that."""
    chance = np.random.default_rng([seed, 77])
    rows: list[tuple[float, str, int]] = []
    often = np.mean(kind.sizes)  # of so many starts of clusters and single messages, these are clusters
    begins = kind.clustered / often / (kind.clustered / often + 1 - kind.clustered)
    writer = 0
    while len(rows) < kind.messages:
        writer += 1
        if chance.random() < begins:
            start, length = chance.uniform(-8, kind.days), chance.uniform(*kind.span)
            size = int(chance.integers(kind.sizes[0], kind.sizes[1] + 1))
            alike = said.cluster(chance, kind)
            days = start + np.sort(chance.uniform(0, length, size))
            rows += [(day, next(alike), writer) for day in days.tolist() if 0 <= day < kind.days]
        else:
            rows.append((float(chance.uniform(0, kind.days)), said.one(chance, kind), writer))
    names = [*said.of]
    category, other = names[seed % len(names)], names[(seed + 7) % len(names)]
    for number, (name, first, last) in enumerate(
        [(other, 110, 82)] * kind.before + [(category, kind.added_days, 0)] * kind.added
    ):
        day = float(chance.uniform(kind.days - first, kind.days - last))
        rows.append((day, str(chance.choice(said.of[name])), -number))
    table = pl.DataFrame(rows, schema=["day", "message", "writer"], orient="row").with_row_index("id")
    signed = pl.col("writer").cast(pl.String) if kind.signed else pl.lit(None, pl.String)
    moment = pl.lit(END - timedelta(days=kind.days)) + pl.duration(microseconds=pl.col("day") * 86_400_000_000)
    frame = table.select(
        pl.col("id").cast(pl.String), "message", created_at=moment, submitted_by=signed,
        added=pl.int_range(pl.len()) >= pl.len() - kind.added,
    )  # fmt: skip
    return frame, category


def outcome(said: Messages, frame: pl.DataFrame, category: str) -> tuple[bool, bool]:
    """Return whether something is named, and whether it is what was added."""
    found = rising(frame.drop("added"), as_of=END)
    own = {*frame.filter(pl.col("message").is_in(said.of[category].tolist()))["id"]}
    new = {*frame.filter("added")["id"]}
    right = any(2 * len(own & {*ids}) > len(ids) or 2 * len(new & {*ids}) > len(new) for ids in found["ids"].to_list())
    return found.height > 0, bool(new) and right


def main() -> None:
    """Print a row for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--only", default="", help="part of the names of kinds")
    options = parser.parse_args()
    said = Messages(options.file)
    print("| kind | named without the rule | with it | found without | with it |\n| --- | --- | --- | --- | --- |")
    for name, kind in KINDS.items():
        if options.only not in name:
            continue
        counts = np.zeros((2, 2), np.int64)
        for seed in range(options.runs):
            frame, category = project(said, kind, seed)
            with (
                patch.object(terms, "rise_of_terms", lambda *_: 0.0),
                patch.object(topics, "rise_of_messages", lambda *_: 0.0),
            ):
                counts[0] += outcome(said, frame, category)
            counts[1] += outcome(said, frame, category)
        named, found = (counts / options.runs).T
        shown = [f"{share:.0%}" for share in named] + [f"{share:.0%}" if kind.added else "" for share in found]
        print(f"| {name} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    main()
