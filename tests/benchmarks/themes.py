"""Terms that changed: how fast they are found, how often where nothing changed, and how often where something did.

    uv run --group benchmark python tests/benchmarks/themes.py [--rows 100000] [--shuffles 200] [--intents FILE]

The messages of the first table are made: half from the demo's, half from 30,000 made-up words by Zipf's law. Beside it,
in the same run, is what scikit-learn's users do: count words and pairs of words, then test each by chi-squared, and
BERTopic's class-based TF-IDF of two classes. FILE is a CSV with the columns ``text`` and ``category``: each
category in turn grows by 24 items in a window of 300, against 1,500 items before. With ``--latest 14 --added 20``, it
grows by 20 in half of the window.
"""

from __future__ import annotations

import argparse
import statistics
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from seggwat_nb.analysis.rising import rising
from seggwat_nb.analysis.taxonomy import Theme, tag
from seggwat_nb.analysis.terms import terms
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.analysis.topics import topics
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.source.frames import feedback_frame
from seggwat_nb.theme_file import Taxonomy

if TYPE_CHECKING:
    from collections.abc import Callable

END = datetime(2026, 11, 18, tzinfo=UTC)
DAYS, RECENT = 196, 28


def dated(messages: list[str], days: np.ndarray) -> pl.DataFrame:
    """Give each message an id and a moment on its day."""
    moments = [END - timedelta(days=DAYS) + timedelta(days=float(day)) for day in days]
    ids = [f"i{place}" for place in range(len(messages))]
    return pl.DataFrame({"id": ids, "message": messages, "created_at": moments})


def made_up(rows: int, *, seed: int) -> pl.DataFrame:
    """Messages of the demo, and of words that nobody knows; one of ten recent ones has a word of its own."""
    chance = np.random.default_rng(seed)
    demo = [str(one["message"]) for one in shop_feedback(seed=SEED, end=END, project_id="p")]
    letters = np.array([*"abcdefghijklmnopqrstuvwxyz"])
    words = np.array(["".join(chance.choice(letters, chance.integers(3, 12))) for _ in range(30_000)])
    weights = 1 / np.arange(1, words.size + 1)
    drawn = words[chance.choice(words.size, (rows // 2, 14), p=weights / weights.sum())]
    messages = [*chance.choice(demo, rows - rows // 2), *(" ".join(line) for line in drawn)]
    days = chance.uniform(0, DAYS, rows)
    planted = (days > DAYS - RECENT) & (chance.random(rows) < 0.1)
    said = [
        f"{message} The invoice is wrong." if new else message for message, new in zip(messages, planted, strict=True)
    ]
    return dated(said, days)


def by_scikit_learn(frame: pl.DataFrame) -> object:
    """Count words and pairs, and test each between the recent days and those before."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.feature_selection import chi2

    recent = (frame["created_at"] >= END - timedelta(days=RECENT)).to_numpy()
    counts = CountVectorizer(ngram_range=(1, 2), min_df=5, stop_words="english").fit_transform(
        frame["message"].to_list()
    )
    return chi2(counts, recent)


def by_class_tfidf(frame: pl.DataFrame) -> object:
    """Weigh words and pairs of two classes, as BERTopic does once it has its topics."""
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer

    recent = (frame["created_at"] >= END - timedelta(days=RECENT)).to_numpy()
    counts = CountVectorizer(ngram_range=(1, 2), min_df=5, stop_words="english").fit_transform(
        frame["message"].to_list()
    )
    classes = sparse.csr_array(np.stack([~recent, recent]).astype(np.int64)) @ counts
    of_word = np.asarray(classes.sum(axis=0)).ravel()
    return classes.multiply(np.log(1 + classes.sum() / 2 / of_word))


def speed(rows: int, *, rounds: int = 3) -> None:
    frame = made_up(rows, seed=1)
    ways: dict[str, Callable[[pl.DataFrame], object]] = {"sw.themes.terms": lambda one: terms(one, as_of=END)}
    try:
        import sklearn  # noqa: F401  # whether it is there
    except ImportError:
        print("scikit-learn is not installed: --group benchmark brings it.")
    else:
        ways |= {"CountVectorizer + chi2": by_scikit_learn, "class-based TF-IDF": by_class_tfidf}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            begun = perf_counter()
            way(frame)
            times[name].append(perf_counter() - begun)
    letters = frame["message"].str.len_chars().sum() / rows
    print(f"{rows:,} messages of {letters:.0f} characters; median of {rounds} rounds")
    for name, taken in times.items():
        print(f"| {name} | {statistics.median(taken):.2f} s |")
    print(f"terms: {on_top(frame, find):.0f} MB on top of the frame")
    print(terms(frame, as_of=END).select("term", "terms", "count", "baseline_count").head(3).rows())
    begun = perf_counter()
    topics(frame, as_of=END)
    print(f"topics: {perf_counter() - begun:.1f} s")


def find(frame: pl.DataFrame) -> object:
    return terms(frame, as_of=END)


def on_top(frame: pl.DataFrame, work: Callable[[pl.DataFrame], object]) -> float:
    """Megabytes that the peak of another process grows by."""
    with TemporaryDirectory() as folder, get_context("spawn").Pool(1) as pool:
        file = Path(folder, "frame.parquet")
        frame.write_parquet(file)
        return pool.apply(memory, (file, work))


def memory(file: Path, work: Callable[[pl.DataFrame], object]) -> float:
    """Megabytes that the peak of this process grows by."""
    frame = pl.read_parquet(file)
    work(frame.head(1_000))
    Path("/proc/self/clear_refs").write_text("5")  # From here on the peak is counted anew.
    before = peak()
    work(frame)
    return peak() - before


def peak() -> float:
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1e3


def tagging(rows: int, *, themes: int = 50, rounds: int = 3) -> None:
    """Tag messages with themes of four patterns to be held and one not to be."""
    frame = made_up(rows, seed=1)
    words = find_terms(frame["message"].head(rows // 5), min_count=20).names
    drawn = iter(np.random.default_rng(0).choice(words.to_numpy(), themes * 5, replace=False).tolist())
    named = [Theme(name=f"t{n}", any=tuple(islice(drawn, 4)), none=(next(drawn),)) for n in range(themes)]
    times = []
    for _ in range(rounds):
        begun = perf_counter()
        tag(frame, named)
        times.append(perf_counter() - begun)
    print(f"{rows:,} messages tagged with {themes} themes: {statistics.median(times):.2f} s")
    print(f"tagging: {on_top(frame, partial(tag, themes=named)):.0f} MB on top of the frame")


def null(shuffles: int) -> None:
    story = feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame
    for way in (terms, topics, rising):
        alarms = 0
        for seed in range(shuffles):
            dealt = story.with_columns(story["created_at"].sample(fraction=1, shuffle=True, seed=seed))
            alarms += way(dealt, as_of=END).height > 0
        share = f"{alarms} of {shuffles} ({alarms / shuffles:.1%})"
        print(f"demo, moments dealt anew: {way.__name__} finds something in {share}")


def power(path: Path, *, draws: int, latest: int, added: int) -> None:
    """Plant each category in the latest days, and nothing, and look for words, for topics, and for both at one level.

    A planted category is found where a finding's recent items are mostly of it, or hold most of what was planted.
    """
    texts = pl.read_csv(path)
    chance = np.random.default_rng(0)
    ways: dict[str, Callable[..., pl.DataFrame]] = {"terms": terms, "topics": topics, "rising": rising}
    counts = {way: np.zeros(3, np.int64) for way in ways}
    planted = 0
    for category in sorted(texts["category"].unique()):
        own = texts.filter(category=category)["text"].to_list()
        for _ in range(draws):
            order = chance.permutation(texts.height)[:1_800]
            usual = texts[order]
            days = np.concatenate([chance.uniform(0, DAYS - RECENT, 1_500), chance.uniform(DAYS - RECENT, DAYS, 300)])
            null = dated(usual["text"].to_list(), days)
            more = list(chance.choice(own, added, replace=len(own) < added))
            days = np.concatenate([days, chance.uniform(DAYS - latest, DAYS, added)])
            frame = dated([*usual["text"].to_list(), *more], days)
            kind = dict(zip(frame["id"], [*usual["category"].to_list(), *[category] * added], strict=True))
            new = {f"i{place}" for place in range(1_800, 1_800 + added)}
            for name, way in ways.items():
                shown = way(frame, as_of=END)
                right = any(
                    sum(kind[one] == category for one in ids) * 2 > len(ids) or len(new & {*ids}) * 2 > len(new)
                    for ids in shown["ids"]
                )
                counts[name] += np.array([shown.height > 0, right, way(null, as_of=END).height > 0])
            planted += 1
    print(f"planted growth of {added} in {latest} days, {planted} draws | anything named | found | named without it")
    for name, (some, found, alarms) in counts.items():
        print(f"{name} | {some / planted:.0%} | {found / planted:.0%} | {alarms / planted:.1%}")


def by_hand(path: Path) -> None:
    """Compare themes that were written by hand with the categories of the same names."""
    themes = Taxonomy.read(Path(__file__).with_name("banking77-themes.toml")).themes
    texts = pl.read_csv(path)
    frame = texts.select("category", message="text").with_row_index("id").cast({"id": pl.String})
    tagged = tag(frame, themes)
    print("theme | precision | recall")
    figures = []
    for theme in themes:
        found = tagged["theme"].list.contains(theme.name).to_numpy()
        right = (tagged["category"] == theme.name).to_numpy()
        figures.append([(found & right).sum() / max(found.sum(), 1), (found & right).sum() / right.sum()])
    for name, figure in [
        *zip([theme.name for theme in themes], figures, strict=True),
        ("mean", np.mean(figures, axis=0)),
    ]:
        print(f"{name} | {figure[0]:.2f} | {figure[1]:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="0: do not measure speed")
    parser.add_argument("--intents", type=Path)
    parser.add_argument("--draws", type=int, default=2, help="draws of each category")
    parser.add_argument("--latest", type=int, default=RECENT, help="days in which categories grow")
    parser.add_argument("--added", type=int, default=24, help="messages by which they grow")
    parser.add_argument("--shuffles", type=int, default=200, help="0: do not measure false alarms on the demo")
    options = parser.parse_args()
    if options.rows:
        speed(options.rows)
        tagging(options.rows)
    if options.shuffles:
        null(options.shuffles)
    if options.intents is not None:
        power(options.intents, draws=options.draws, latest=options.latest, added=options.added)
        by_hand(options.intents)
