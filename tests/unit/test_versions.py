"""The order of versions: total, semver's own, and blind to spelling."""

from __future__ import annotations

import random
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from seggwat_nb.analysis.version_schemes import SCHEMES, Reading, parse_version, plain
from seggwat_nb.analysis.versions import (
    KINDS,
    canonical,
    in_order,
    kind,
    merge_spellings,
    rank_versions,
    same,
    sort_key,
)

seeded = settings(derandomize=True, max_examples=75, deadline=None)

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
product = st.sampled_from(["", "", "v", "Version ", "v.", "my-app ", "Android ", "com.acme.app@", "App v"])
built = st.builds(
    "{}{}{}".format,
    st.one_of(core, semver_text),
    st.sampled_from([" ({})", " build {}", "+{}", " build 3 {}", "_{}", " #{}", " [{}]"]).flatmap(
        lambda form: numbers.map(form.format)
    ),
    st.sampled_from(["", "", " ", "\u200b"]),
)
quality = st.sampled_from(
    [
        ".RELEASE",
        ".Final",
        ".GA",
        "-sp1",
        "-hotfix2",
        "-hotfix10",
        "-ios",
        "-prod",
        " RC1",
        ".M2",
        " (iOS)",
        "-ios-rc.2",
    ]
)
qualified = st.one_of(
    st.builds("{}{}{}".format, st.sampled_from(["", "v", "Version ", "v.", "com.acme.app@"]), core, quality),
    st.builds("{}{}{}".format, product, core.filter(lambda text: "." in text), quality),  # my-app 3 (iOS) is none
)
dated = st.builds(
    "{}{}{:02}{}".format,
    st.integers(2019, 2027),
    st.sampled_from([".", "-", "_", "/"]),
    st.integers(1, 12),
    st.sampled_from(["", "-11", ".11", "_11", "-rc.1", " (3)"]),
)
period = st.builds("{}{}{}".format, st.integers(2019, 2027), st.sampled_from(["w", "-W", " Q"]), st.integers(1, 4))
worldly = st.one_of(
    st.builds("{}{}".format, product, built),
    qualified,
    dated,
    period,
    st.integers(0, 10**8).map(str),
    st.sampled_from(
        ["r123", "Build 123", "1:2.3-4", "1.1.1w", "21A329", "26w14a", "22H2", "20260601", "2026-06-01T10:00"]
    ),
)
junk = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["main", "feature/login", "a1b2c3d", "1.0.0-", "v", "-dirty", "9" * 5000, "1.2.3-" + "9" * 5000]),
)
anything = st.one_of(
    semver_text,
    pep440_text,
    described,
    junk,
    worldly,
    core.map(lambda text: f"v{text}"),
    core.map(lambda text: f"{text}-dirty"),
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
        ("1.10.0", "v1.10.0", "V1.10", " 1.10.0 ", "01.10", "1.10.0-0-gabc123", "Version 1.10", "v.1.10", "ver1.10"),
        ("1.10.0", "1.10.0.RELEASE", "1.10.Final", "1.10.GA", "1.10.0-release", "1.10\u200b", "\u200f1.10", "1,10,0"),
        ("1.10.0", "\uff11.\uff11\uff10", "\u0661.\u0661\u0660.\u0660", "\N{ROCKET} 1.10", "版本 1.10", "Версия 1.10"),
        ("1.10.0 (200)", "1.10+200", "v1.10.0 build 200", "1.10.0+build.200", "1.10 [200]", "1.10_200", "1.10 #200"),
        ("8.131.0 build 3 50829", "8.131.0+3.50829", "8.131 (3) 50829"),
        (
            "1.2.3 (45)",
            "1.2.3 сборка 45",
            "1.2.3 (compilación 45)",
            "1.2.3ビルド45",
            "1.2.3\uff08内部版本45\uff09",
            "1.2.3 빌드 45",
        ),
        ("3.2", "Версия 3.2", "バージョン3.2", "版本3.2", "संस्करण 3.2", "الإصدار ٣.٢", "🚀 3.2", "3.2 👍🏽", "3.2 ❤️"),
        (
            "3.2",
            "3.2版",
            "3.2 版本",
            "3.2 버전",
            "3.2 version",
            "3.2 正式版",
            "(3.2)",
            "[v3.2]",
            "<3.2>",
            "\N{LEFT SINGLE QUOTATION MARK}3.2\N{RIGHT SINGLE QUOTATION MARK}",
            "“3.2”",
        ),
        ("1.2.3", "1-2-3", "v1-2-3", "1_2_3", "refs/tags/v1.2.3"),
        ("1.2.3 (45)", "1.2.3/45", "1.2.3,45", "1.2.3;45", "1.2.3 | 45", "1.2.3 code 45", "1.2.3 (versionCode 45)"),
        ("1.2.3 (a1b2c3d)", "1.2.3-a1b2c3d", "1.2.3 commit a1b2c3d"),
        ("1.2.3 Bookworm", '1.2.3 "Bookworm"', "1.2.3 “Bookworm”", "1.2.3 - Bookworm", "1.2.3 (Bookworm)"),
        ("2.0 SP 2", "2.0-sp2", "2.0 Service Pack 2"),
        ("1.2.3 64-bit", "1.2.3 (64-bit)", "1.2.3-64bit", "1.2.3 64 Bit"),
        ("2024-05-31", "31.05.2024"),
        ("2024 Q3", "Q3 2024", "2024-Q3"),
        ("2024w23", "CW23/2024", "W23 2024"),
        ("2026-06-01", "2026年6月1日", "2026년 6월 1일", "2026·06·01"),
        ("2.0 beta 3", "2.0β3", "2.0 (beta 3)", "2.0-베타3", "2.0ベータ3", "2.0 베타 3", "2.0 bêta 3"),
        ("2.0-beta", "2.0 β版", "2.0测试版", "2.0 ベータ版"),
        ("2.1-45", "2.1 - 45", "2.1 — 45"),
        ("my-app 1.2.3", "my-app@1.2.3", "My-App v1.2.3", "my-app/1.2.3", "my-app-1.2.3"),
        ("my-app 4 (45)", "my-app@4+45", "My-App v4 build 45", "my-app 4 #45", "my-app 4.0 [45]"),
        ("ios@1.2.3", "1.2.3-ios", "iOS 1.2.3", "1.2.3 (iOS)"),
        ("1.2.3 RC1", "1.2.3-rc.1", "1.2.3rc1", "1.2.3.CR1", "1.2.3 (rc 1)", "1.2.3~rc1", "1.2.3 release candidate 1"),
        ("24.08.12.3", "24.8.12.3"),
        ("456", "456.0.0", "v456"),
        ("1.0b2", "1.0.0-beta2", "1.0.0-beta.2", "v1.0.0-BETA.2", "1.0.0-b2"),
        ("2026.06", "2026.6", "2026.06.0", "2026-06", "2026_06", "2026/6"),
        ("2026-06-12", "2026.06.12", "2026.6.12", "2026_06_12", "20260612"),
        ("2026-06-12T10:30:00Z", "2026-06-12 10:30", "20260612103000"),
        ("2026w23", "2026-W23", "2026 week 23", "2026-KW23"),
        ("26-06", "26_06", "26.6"),
        ("1.0.post1", "1.0.0.post1", "1.0.0-post1"),
    ],
)
def test_spellings_of_one_version_are_one(spellings: tuple[str, ...]) -> None:
    assert len({sort_key(text) for text in spellings}) == 1
    assert len({canonical(text) for text in spellings}) == 1
    assert rank_versions(pl.Series(spellings))["rank"].unique().to_list() == [1]


@pytest.mark.parametrize(
    "texts",
    [
        ["1.8.0 (180)", "1.9.0 (190)", "1.10.0 (200)"],
        ["1.9.0 (800)", "1.10.0 (1)", "1.10.0 (2)", "1.10.0 (10)"],
        ["8.96.1 build 16 50568", "8.131.0 build 3 50829", "8.131.0 build 4 50001"],
        ["2.0.0-rc.1", "2.0.0", "2.0.0+8", "2.0.0+9", "2.0.0+10", "2.0.1"],
        ["2.0.0-beta", "2.0.0", "2.0.0-ios", "2.0.0-prod", "2.0.0-hotfix1", "2.0.0-hotfix2", "2.0.0-hotfix10", "2.0.1"],
        ["2.0.0.M1", "2.0.0.CR1", "2.0.0.BUILD-SNAPSHOT", "2.0.0.Final", "2.0.0-sp1"],
        ["2026", "2026.05", "2026-06", "2026-06-01", "2026w23", "2026w23-1", "2026_06_02", "2026.07"],
        ["26-05", "26.6", "26_07"],
        ["1.8.0_45", "1.8.0_202"],
        ["1.2-3", "1.2-12", "1.2.1"],
        ["455", "456", "1000"],
        ["r9", "r123"],
        ["1.1.1", "1.1.1k", "1.1.1w"],
        ["21A329", "21B74", "21K11"],
        ["1:1.0-1", "1:1.0-2", "2:0.1"],
        ["Version 2402 (Build 17328.20162)", "Version 2402 (Build 17328.20170)", "Version 2403 (Build 17425.20138)"],
        ["2.0.0.M1", "2.0.0.RELEASE", "2.0.0.SR1", "2.0.0.SR10"],
        ["10.0.19045.3803", "10.0.22000.1", "10.0.22631.4317", "10.0.22631.10000"],
        ["v1.2.3-0.20191109021931-daa7c04131f5", "v1.2.3", "v1.2.4-pre.0.20191109021931-daa7c04131f5", "v1.2.4"],
        ["1.0.0-alpha.9", "1.0.0-alpha.10", "1.0.0-beta+exp.sha", "1.0.0-preview.3"],
        ["3.3.0-40", "3.3.1", "3.3.1-42", "3.4.0-51"],
        ["3.3.1-0", "3.3.1-1", "3.3.1"],
        ["1.02", "1.05", "1.1", "1.15", "1.2"],
        ["1.1", "1.2", "1.10"],
        ["28.02.2023", "31.01.2024", "01.02.2024"],
        ["R2023a", "R2023b", "R2024a"],
        ["1.2.3-1ubuntu2", "1.2.3-1ubuntu10", "1.2.3-2.el9", "1.2.4-1.fc39"],
        ["1.2.3 Android 14.1", "1.2.4 Android 9"],
        ["1.2.3 early access", "1.2.3"],
    ],
)
def test_versions_of_the_world_stand_in_their_order(texts: list[str]) -> None:
    for seed in range(5):
        assert in_order(random.Random(seed).sample(texts, len(texts))) == texts
    table = rank_versions(pl.Series(texts))
    assert table["version"].to_list() == texts
    assert table["rank"].to_list() == [*range(1, len(texts) + 1)]
    assert not table["kind"].is_in(["other", "empty"]).any()


@pytest.mark.parametrize(
    "texts",
    [
        ["2.0.0+8", "2.0.0+9", "2.0.0"],
        ["1.2.3", "my-app 1.2.3", "ios@1.2.3", "android@1.2.3"],
        ["2.0.0", "2.0.0-prod", "2.0.0-staging"],
        ["123", "r123", "build 123"],
        ["release-1.2.3", "1.2.3"],
        ["1.02", "1.2"],
        ["main", "Main"],
        ["for2024a 1.2", "fo2024a 1.2"],
    ],
)
def test_what_could_be_two_is_two(texts: list[str]) -> None:
    assert rank_versions(pl.Series(texts))["rank"].n_unique() == len(texts)


@pytest.mark.parametrize(
    "text",
    [
        *("^1.2.3", ">=1.2", "~1.2", "1.2.x", "1.2.*", "1.1, 1.2", "latest", "release/1.2", "feature/2.0-login"),
        *(
            "1.2 vs 1.3",
            "1.2 and 1.3",
            "1.2 - 1.3",
            "1.2 / 1.3",
            "1.2; 1.3",
            "1.2 -> 1.3",
            "1.2 bis 1.3",
            "refs/heads/1.2",
        ),
        *("fix-12", "iPhone 12", "1.2 is broken for me since then", "12 months", "a1b2c3d", "-1", "\N{ROCKET}"),
        *("my-app 3", "my-app 3 (iOS)", "Windows 10 2004", "fix-12 (3)", "PR-12+3"),
        *("9" * 300, "1." * 500, "1.2.3-" + "1" * 5000, "1" * 5000 + ".2", "a" * 10_000, "1..2"),
    ],
)
def test_what_names_no_version_has_no_place(text: str) -> None:
    assert kind(text) == "other"


def test_the_versions_of_a_project_decide_where_two_readings_are_possible() -> None:
    def schemes(*texts: str) -> dict[str, str]:
        return dict(rank_versions(pl.Series(texts)).select("version", "scheme").iter_rows())

    assert schemes("3.3.1-42", "3.3.1")["3.3.1-42"] == "semver"
    assert schemes("3.3.1-42", "3.3.1", "3.2.0-40", "3.4.0-50")["3.3.1-42"] == "build"
    assert schemes("1.1.1a", "1.1.0")["1.1.1a"] == "pep 440"
    assert schemes("1.1.1a", "1.1.0", "1.1.0k")["1.1.1a"] == "letter"
    assert schemes("20260601", "20251231")["20260601"] == "calendar"
    assert schemes("20260601", "20260699")["20260601"] == "revision"
    assert schemes("1.02", "1.1")["1.1"] == "semver"
    assert schemes("1.02", "1.2", "1.1")["1.1"] == "decimal"
    assert schemes("1.02", "1.2", "1.10", "1.1")["1.1"] == "semver"
    assert schemes("1.02", "1.2", "1.1.1")["1.2"] == "semver"


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
    a, b, x, y = sort_key(left), sort_key(right), Version(left), Version(right)
    assert (a > b) - (a < b) == (x > y) - (x < y)


@seeded
@given(
    st.one_of(core, semver_text).filter(lambda text: text[-1] != "-"), st.integers(0, 99), st.integers(0, 99), numbers
)
def test_builds_are_ordered_within_their_version_and_never_beyond_it(text: str, a: int, b: int, other: int) -> None:
    forms = ("{} ({})", "{}+{}", "{} build {}", "{} #{}", "Version {} ({})")
    keys = [{sort_key(form.format(text, build)) for form in forms} for build in (a, b)]
    assert all(len(spelt) == 1 for spelt in keys)
    ((first,), (second,)) = keys
    assert (first > second) - (first < second) == (a > b) - (a < b)
    assert sort_key(text) < first
    assert (first < sort_key(f"{other}.0")) == (sort_key(text) < sort_key(f"{other}.0"))


@seeded
@given(st.lists(st.none() | anything, max_size=12), st.randoms(use_true_random=False))
def test_the_order_is_total_and_the_shuffle_does_not_matter(values: list[str | None], chance: random.Random) -> None:
    ordered = in_order(values)
    assert in_order(chance.sample(values, len(values))) == ordered
    assert sorted(ordered, key=str) == sorted(values, key=str)
    reading = Reading.of(values)
    assert all(sort_key(a, reading) <= sort_key(b, reading) for a, b in pairwise(ordered))
    groups = [("other", "empty").index(kind(text)) if kind(text) in {"other", "empty"} else -1 for text in ordered]
    assert groups == sorted(groups)


@seeded
@given(worldly, st.sampled_from(["{}", " {}", "{}\u200b", "\ufeff{}"]))
def test_what_cannot_be_seen_makes_no_other_version(text: str, form: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isdecimal() and letter.isascii() else letter for letter in text)
    assert sort_key(form.format(text)) == sort_key(text) == sort_key(wide)
    assert kind(text) not in {"other", "empty"}
    assert parse_version(text).scheme in SCHEMES


@seeded
@given(st.text(max_size=30))
def test_plain_text_is_plain(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@seeded
@given(st.lists(anything, min_size=1, max_size=12), st.data())
def test_every_spelling_finds_all_others(values: list[str], data: st.DataObject) -> None:
    table = rank_versions(pl.Series(values, dtype=pl.String))
    asked = data.draw(st.sampled_from(values))
    (rank,) = table.filter(version=asked)["rank"]
    assert set(same([asked], values)) == set(table.filter(rank=rank)["version"])
    told = merge_spellings(pl.DataFrame({"version": values}))["version"]
    assert set(told) <= set(values)
    assert told.to_list() == [dict(table.select("version", "name").iter_rows())[text] for text in values]


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
    table = rank_versions(pl.Series(values, dtype=pl.String))
    texts = ["version", "name", "kind", "scheme"]
    assert dict(table.schema) == dict.fromkeys(texts, pl.String) | {"rank": pl.Int64}
    assert sorted(table["version"].to_list(), key=str) == sorted(set(values), key=str)
    assert table["version"].to_list() == in_order(set(values))
    assert set(table["kind"]) <= set(KINDS)
    steps = table["rank"].diff().drop_nulls()
    assert steps.is_in([0, 1]).all()
    assert table["rank"].n_unique() == table["name"].n_unique()
