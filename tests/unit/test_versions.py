"""The order of versions: total, semver's own, and blind to spelling."""

from __future__ import annotations

import random
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from seggwat_nb.analysis.versions import KINDS, canonical, in_order, kind, ranked, sort_key

seeded = settings(derandomize=True, max_examples=150, deadline=None)

numbers = st.integers(0, 30)
core = st.lists(numbers, min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
identifier = st.one_of(
    numbers.map(str), st.sampled_from(["alpha", "beta", "rc", "dev", "snapshot", "x-y", "0a", "a", "-"])
)
semver_text = st.builds(
    lambda three, pre: ".".join(map(str, three)) + ("-" + ".".join(pre) if pre else ""),
    st.tuples(numbers, numbers, numbers),
    st.lists(identifier, max_size=4),
)
pep440_text = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "", "1!"]),
    core,
    st.sampled_from(["", "a1", "b2", "b10", "rc1"]),
    st.sampled_from(["", ".post1", ".post2"]),
    st.sampled_from(["", ".dev1", ".dev12", ".dev3+gabc123"]),
)
described = st.builds("{}-{}-g{}".format, st.one_of(core, semver_text), st.integers(0, 40), st.sampled_from(["abc123"]))
junk = st.one_of(
    st.text(max_size=12), st.sampled_from(["main", "feature/login", "a1b2c3d", "1.0.0-", "v", "-dirty", "9" * 5000])
)
anything = st.one_of(
    semver_text, pep440_text, described, junk, core.map(lambda text: f"v{text}"), core.map(lambda text: f"{text}-dirty")
)


def semver_precedence(left: str, right: str) -> int:
    """Clause 11 of semver 2.0.0, written out anew: -1, 0 or 1."""
    cores, pres = zip(*((text.partition("-")[0], text.partition("-")[2]) for text in (left, right)), strict=True)
    a, b = ([int(number) for number in text.split(".")] for text in cores)
    if a != b:
        return -1 if a < b else 1
    if not all(pres):
        return (not pres[0]) - (not pres[1])
    first, second = (text.split(".") for text in pres)
    for x, y in zip(first, second, strict=False):
        if x.isdigit() and y.isdigit() and int(x) != int(y):
            return -1 if int(x) < int(y) else 1
        if x.isdigit() != y.isdigit():
            return -1 if x.isdigit() else 1
        if not x.isdigit() and x != y:
            return -1 if x < y else 1
    return (len(first) > len(second)) - (len(first) < len(second))


def test_semvers_own_list_holds_in_every_shuffle() -> None:
    alphas = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta"]
    betas = ["1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"]
    stated = [*alphas, *betas, "1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1"]
    for seed in range(20):
        assert in_order(random.Random(seed).sample(stated, len(stated))) == stated


def test_everything_that_stands_in_the_field_has_its_place() -> None:
    before = ["1.0.dev3", "1.0a1", "1.0.0-beta2", "1.0.0-beta10", "1.0.0-RC.1", "1.0.0-rc.1-4-gabc1234"]
    releases = ["1.0", "1.0.post1", "v1.4.2", "1.4.2-12-gabc123", "1.4.2-13-gabc123-dirty", "1.4.3", "1.9.0", "1.10.0"]
    dated = ["2025.12", "2026.06", "2026-06-12", "2026.10", "4521", "1!0.1"]
    expected = [*before, *releases, *dated, "a1b2c3d", "feature/login", "main", "", None]
    shuffled = random.Random(1).sample(expected, len(expected))
    assert in_order(shuffled) == expected


@pytest.mark.parametrize(
    "spellings",
    [
        ("1.10.0", "v1.10.0", "V1.10", " 1.10.0 ", "1.10.0+build.5", "01.10", "1.10.0-0-gabc123"),
        ("1.0b2", "1.0.0-beta2", "1.0.0-beta.2", "v1.0.0-BETA.2", "1.0.0-b2"),
        ("2026.06", "2026.6", "2026.06.0"),
        ("2026-06-12", "2026.06.12", "2026.6.12"),
        ("1.0.post1", "1.0.0.post1", "1.0.0.post1+local"),
    ],
)
def test_spellings_of_one_version_are_one(spellings: tuple[str, ...]) -> None:
    assert len({sort_key(text) for text in spellings}) == 1
    assert len({canonical(text) for text in spellings}) == 1
    assert ranked(pl.Series(spellings))["rank"].unique().to_list() == [1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.0", "release"),
        ("2026.06", "release"),
        ("1.0-SNAPSHOT", "prerelease"),
        ("1.0.post1.dev2", "post"),
        ("1.0-3-gabc1234", "post"),
        ("1.0-rc.1-3-gabc1234", "prerelease"),
        ("a1b2c3d", "other"),
        ("main-3-gabc1234", "other"),
        ("latest", "other"),
        ("  ", "empty"),
        (None, "empty"),
    ],
)
def test_a_version_is_named_for_what_it_is(text: str | None, expected: str) -> None:
    assert kind(text) == expected


@seeded
@given(semver_text, semver_text)
def test_semantic_versions_follow_clause_11(left: str, right: str) -> None:
    a, b = sort_key(left), sort_key(right)
    assert (a > b) - (a < b) == semver_precedence(left, right)


@seeded
@given(pep440_text, pep440_text)
def test_pep_440_versions_follow_packaging(left: str, right: str) -> None:
    a, b, x, y = sort_key(left), sort_key(right), Version(Version(left).public), Version(Version(right).public)
    assert (a > b) - (a < b) == (x > y) - (x < y)


@seeded
@given(st.lists(st.none() | anything, max_size=12), st.randoms(use_true_random=False))
def test_the_order_is_total_and_the_shuffle_does_not_matter(values: list[str | None], chance: random.Random) -> None:
    ordered = in_order(values)
    assert in_order(chance.sample(values, len(values))) == ordered
    assert sorted(ordered, key=str) == sorted(values, key=str)
    assert all(sort_key(a) <= sort_key(b) for a, b in pairwise(ordered))
    groups = [("other", "empty").index(kind(text)) if kind(text) in {"other", "empty"} else -1 for text in ordered]
    assert groups == sorted(groups)


@seeded
@given(anything, anything)
def test_one_spelling_for_one_version_and_no_other(left: str, right: str) -> None:
    assert (canonical(left) == canonical(right)) == (sort_key(left) == sort_key(right))
    assert sort_key(canonical(left)) == sort_key(left)
    assert canonical(canonical(left)) == canonical(left)


@seeded
@given(core, st.integers(1, 999), st.text("0123456789abcdef", min_size=7, max_size=7))
def test_git_describe_comes_after_its_tag_and_before_the_next(tag: str, commits: int, commit: str) -> None:
    text = f"v{tag}-{commits}-g{commit}"
    assert sort_key(tag) < sort_key(text) < sort_key(f"v{tag}-{commits + 1}-g{commit}") < sort_key(f"{tag}.0.0.0.1")


@seeded
@given(st.lists(st.none() | anything, max_size=12))
def test_ranks_name_every_distinct_value_once(values: list[str | None]) -> None:
    table = ranked(pl.Series(values, dtype=pl.String))
    assert table.schema == {"version": pl.String, "canonical": pl.String, "rank": pl.Int64, "kind": pl.String}
    assert sorted(table["version"].to_list(), key=str) == sorted(set(values), key=str)
    assert table["version"].to_list() == in_order(set(values))
    assert set(table["kind"]) <= set(KINDS)
    steps = table["rank"].diff().drop_nulls()
    assert steps.is_in([0, 1]).all()
    assert table["rank"].n_unique() == table["canonical"].n_unique()
