"""Sorts all values of the version field. Nothing is dropped, and text that is not a version comes last.

`seggwat_nb.analysis.version_schemes` describes how versions are read. In addition:

- versions are sorted by their numbers, then pre-releases, release, hotfixes and commits counted by ``git describe``,
  then builds: ``1.9.0 (800)`` < ``1.10.0-rc.1`` < ``1.10.0`` < ``1.10.0 (1)`` < ``1.10.0-hotfix1``;
- unambiguous spellings of the same version are merged: a leading ``v``, leading or trailing zeros, different notations
  of the same build. Builds, variants (``-ios``) and products (``my-app 1.2.3``) are different versions;
- a version is shown in its most frequent spelling in the data;
- branch names, commits and other text come next, in alphabetical order. Empty text and null come last.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.page_ids import with_pages
from seggwat_nb.analysis.version_keys import EMPTY, OTHER, POST, RELEASES, VERSION, Key
from seggwat_nb.analysis.version_schemes import DEFAULT, Reading, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "KINDS",
    "Key",
    "canonical",
    "in_order",
    "is_ordered",
    "kind",
    "merge_spellings",
    "newest_first",
    "rank_versions",
    "same",
    "sort_key",
    "with_version_order",
]

KINDS: Final = ("release", "prerelease", "post", "other", "empty")
"""The kinds of versions. ``post`` is the output of ``git describe`` after a release, or a PEP 440 post-release."""

UNORDERED: Final = ("other", "empty")
"""Kinds without a place in an order: branch names and other text, and no text."""

_YEAR: Final = re.compile(r"v?(19|20)\d\d\b", re.IGNORECASE)
"""Matches the beginning of a version that is named after its date."""

_NULL: Final[Key] = (EMPTY + 1, 0, (), (), (), "")


def sort_key(text: str | None, reading: Reading = DEFAULT) -> Key:
    """Return a key that sorts versions. Spellings of the same version have the same key.

    Parameters
    ----------
    text
        A version.
    reading
        How the project's other versions are read, from `Reading.of`.

    Examples
    --------
    >>> sort_key("1.10.0") > sort_key("1.9"), sort_key("v1.10") == sort_key("1.10.0")
    (True, True)
    >>> sort_key("1.10.0-rc.1") < sort_key("1.10.0") < sort_key("1.10.0 (7)") < sort_key("1.10.1") < sort_key("main")
    True
    """
    return _NULL if text is None else parse_version(text, reading).key


def canonical(text: str) -> str:
    """Return the canonical spelling of a version, and other text without invisible characters.

    Examples
    --------
    >>> [canonical(text) for text in ("v1.10", "1.10.0 (5)", "1.0b2", "2026-6", "Build 456", "my-app 1.2", " main")]
    ['1.10.0', '1.10.0+5', '1.0.0-beta.2', '2026.06', 'build@456', 'my-app@1.2.0', 'main']
    """
    return parse_version(text).canonical


def kind(text: str | None, reading: Reading = DEFAULT) -> str:
    """Return the kind of a version, one of `KINDS`.

    Examples
    --------
    >>> [kind(text) for text in ("1.0", "1.0-rc.1", "1.0-3-gabc1234", "main", "", None)]
    ['release', 'prerelease', 'post', 'other', 'empty', 'empty']
    """
    group, _, _, stages, _, _ = sort_key(text, reading)
    if group != VERSION:
        return "other" if group == OTHER else "empty"
    first, _, _ = stages[0]
    return "release" if first in RELEASES else "post" if first == POST else "prerelease"


def is_ordered(text: str | None, reading: Reading = DEFAULT) -> bool:
    """Return whether a text is a version that has a place in an order, unlike the name of a branch.

    Examples
    --------
    >>> [is_ordered(text) for text in ("1.0", "1.0-rc.1", "main", "", None)]
    [True, True, False, False, False]
    """
    return kind(text, reading) not in UNORDERED


def in_order(values: Iterable[str | None]) -> list[str | None]:
    """Sort versions, oldest first. Spellings of the same version are adjacent, in alphabetical order.

    Examples
    --------
    >>> in_order(["main", "1.10.0", None, "1.9.0 (800)", "", "1.10.0-beta.2", "2026.06"])
    ['1.9.0 (800)', '1.10.0-beta.2', '1.10.0', '2026.06', 'main', '', None]
    """
    texts = list(values)
    reading = Reading.of(texts)
    return sorted(texts, key=lambda text: (sort_key(text, reading), text or ""))


def rank_versions(values: pl.Series) -> pl.DataFrame:
    """Rank the distinct versions of a column.

    Parameters
    ----------
    values
        Versions (String), with repetitions and nulls.

    Returns
    -------
    pl.DataFrame
        One row per distinct value, including null, oldest version first:

        - ``version``: String, as it is in the column;
        - ``name``: String, the most frequent spelling of the version, the first in alphabetical order of several; null
          for null;
        - ``rank``: Int64, starting at 1, the same for spellings of one version;
        - ``kind``: String, one of `KINDS`;
        - ``scheme``: String, how it was read, one of `seggwat_nb.analysis.version_schemes.SCHEMES`.

    Examples
    --------
    >>> rank_versions(pl.Series(["1.10", "main", "1.9.0", "v1.10.0", "v1.10.0"])).drop("scheme").rows()
    ... # doctest: +NORMALIZE_WHITESPACE
    [('1.9.0', '1.9.0', 1, 'release'), ('1.10', 'v1.10.0', 2, 'release'), ('v1.10.0', 'v1.10.0', 2, 'release'),
     ('main', 'main', 3, 'other')]
    """
    return _rank_counts(values.to_frame("version").group_by("version").len("count"))


def newest_first(in_order: Sequence[str]) -> list[str]:
    """Sort versions in their order for people who look for one: the newest releases first, and anything unordered last.

    Builds, and versions named after a date, come after the releases.

    Examples
    --------
    >>> newest_first(["1.9.0", "1.10.0-rc.1", "1.10.0", "2026.05", "main"])
    ['1.10.0', '1.10.0-rc.1', '1.9.0', '2026.05', 'main']
    """
    newest = [version for version in in_order if is_ordered(version)][::-1]
    dated = [version for version in newest if _YEAR.match(version)]
    builds = [version for version in newest if kind(version) == "post"]
    last = {*builds, *dated}
    releases = [version for version in newest if version not in last]
    return [*dict.fromkeys([*releases, *builds, *dated, *in_order])]


def merge_spellings(frame: pl.DataFrame, *, weights: str | None = None) -> pl.DataFrame:
    """Replace each ``version`` in a frame by its most frequent spelling, and each ``path`` by its page, see `pages_of`.

    `weights` is the column with the number of rows that each row represents, if it represents several. A frame without
    these columns is unchanged.

    Examples
    --------
    >>> merge_spellings(pl.DataFrame({"version": ["v1.10", "1.10.0", "v1.10", "main", None]}))["version"].to_list()
    ['v1.10', 'v1.10', 'v1.10', 'main', None]
    """
    frame = with_pages(frame)
    if "version" not in frame.columns:
        return frame
    rows = pl.len() if weights is None else pl.col(weights).sum()
    spelt = pl.col("version").cast(pl.String)
    known = _rank_counts(frame.group_by(spelt).agg(rows.alias("count")))
    return frame.with_columns(spelt.replace_strict(known["version"], known["name"], return_dtype=pl.String))


def with_version_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Convert a frame's column ``version``, if it has one, to an ``Enum`` that sorts in version order.

    Examples
    --------
    >>> with_version_order(pl.DataFrame({"version": ["1.10", "1.9", None]})).sort("version")["version"].to_list()
    [None, '1.9', '1.10']
    """
    if "version" not in frame.columns:
        return frame
    known = in_order(frame["version"].cast(pl.String).drop_nulls().unique().to_list())
    return frame.with_columns(pl.col("version").cast(pl.String).cast(pl.Enum([str(name) for name in known])))


def same(asked: Iterable[str], values: Iterable[str | None]) -> list[str]:
    """Return which of the values are spellings of the given versions.

    Examples
    --------
    >>> same(["1.10.0"], ["1.9", "v1.10", "1.10", "1.10.0-rc.1", None])
    ['v1.10', '1.10']
    """
    texts = list(values)
    reading = Reading.of(texts)
    wanted = {sort_key(text, reading) for text in asked}
    return [text for text in texts if text is not None and sort_key(text, reading) in wanted]


def _rank_counts(counts: pl.DataFrame) -> pl.DataFrame:
    """Rank versions as `rank_versions` does, given their ``count`` of rows."""
    counts = counts.select(pl.col("version").cast(pl.String), "count")
    order = in_order(counts["version"].to_list())
    reading = Reading.of(order)
    read = [None if text is None else parse_version(text, reading) for text in order]
    keys = [_NULL if one is None else one.key for one in read]
    ranks = [0, *(int(key != before) for before, key in pairwise(keys))][: len(keys)]
    table = pl.DataFrame(
        {
            "version": order,
            "step": ranks,
            "kind": [kind(text, reading) for text in order],
            "scheme": ["empty" if one is None else one.scheme for one in read],
        },
        schema={"version": pl.String, "step": pl.Int64, "kind": pl.String, "scheme": pl.String},
    ).with_columns(rank=pl.col("step").cum_sum() + 1)
    most = pl.col("version").sort_by(["count", "version"], descending=[True, False]).first()
    return (
        table.join(counts, on="version", how="left", nulls_equal=True, maintain_order="left")
        .with_columns(name=most.over("rank"))
        .select("version", "name", "rank", "kind", "scheme")
    )
