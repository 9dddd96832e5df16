"""What it takes to make 100,000 messages of 10,000 people fit to share.

    uv run python tests/benchmarks/sharing.py

One message in five is of the labelled lists, the others are the demo's; each ends with a word of its own, so that none
equals another, and one in ten names a submitter. Beside it: a loop with ten regular expressions, without aliases.
"""

from __future__ import annotations

import json
import random
import re
import time
from datetime import UTC, datetime
from itertools import islice, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.schema import FEEDBACK
from seggwat_nb.share import privacy
from seggwat_nb.share.export import export, share

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS, PEOPLE = 100_000, 10_000
LISTS = Path(__file__).parents[1] / "unit" / "masking"
SIMPLE = [
    re.compile(pattern)
    for pattern in (
        r"[\w.+-]+@[\w-]+\.[\w.]+", r"\+?\d[\d ()-]{7,}\d", r"\d{1,3}(?:\.\d{1,3}){3}", r"(?:\d[ -]?){13,16}",
        r"[A-Z]{2}\d{2}(?: ?\w{4}){3,}", r"\d{3}-\d{2}-\d{4}", r"eyJ[\w.-]+", r"gh[ps]_\w+", r"AKIA\w+",
        r"(?i)password:? \S+",
    )
]  # fmt: skip


def messages() -> pl.DataFrame:
    """Make the frame."""
    chance = random.Random(1)
    listed = [
        json.loads(line)["text"].replace("«", "").replace("»", "")
        for path in sorted(LISTS.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    ordinary = [
        record["message"] for record in shop_feedback(seed=1, end=datetime(2026, 1, 1, tzinfo=UTC), project_id="p")
    ]
    people = [f"{chance.choice(['user', 'kunde', 'u'])}-{number:05x}" for number in range(PEOPLE)]
    own = ["".join(letters) for letters in islice(product("bcdfghklmn", repeat=5), ROWS)]
    texts = [f"{chance.choice(listed if chance.random() < 0.2 else ordinary)} {word}" for word in own]
    texts = [f"{text} {chance.choice(people)}" if chance.random() < 0.1 else text for text in texts]
    columns = {
        "id": [f"{number:08x}" for number in range(ROWS)],
        "message": texts,
        "type": ["Bug"] * ROWS,
        "status": ["New"] * ROWS,
        "submitted_by": [chance.choice(people) for _ in range(ROWS)],
        "path": [f"/users/{chance.choice(people)}/settings" if chance.random() < 0.1 else "/home" for _ in texts],
        "created_at": [datetime(2026, 1, 1, tzinfo=UTC)] * ROWS,
    }
    return pl.DataFrame({name: columns.get(name, [None] * ROWS) for name in FEEDBACK}, schema_overrides=FEEDBACK)


def timed(what: str, run: Callable[[], object]) -> None:
    """Run once and print the seconds."""
    start = time.perf_counter()
    run()
    print(f"{what:<58}{time.perf_counter() - start:7.2f} s")


def simple(frame: pl.DataFrame) -> list[str]:
    """Mask in a loop, as one would by hand."""
    results = []
    for message in frame["message"]:
        text = message
        for pattern in SIMPLE:
            text = pattern.sub("[hidden]", text)
        results.append(text)
    return results


def main() -> None:
    """Print the table."""
    frame = messages()
    print(f"{ROWS:,} messages, {PEOPLE:,} submitters")
    timed("aliases in all texts and masking", lambda: privacy.mask(frame, salt=b"salt"))
    timed("a loop with ten regular expressions, no aliases", lambda: simple(frame))
    with TemporaryDirectory() as folder:
        timed("export .xlsx", lambda: export(frame, Path(folder) / "a.xlsx"))
        timed("share .xlsx", lambda: share(frame, Path(folder) / "b.xlsx", salt=b"salt"))
        timed("share .parquet", lambda: share(frame, Path(folder) / "b.parquet", salt=b"salt"))


if __name__ == "__main__":
    main()
