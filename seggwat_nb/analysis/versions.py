"""One order over everything that stands in the version field; nothing is dropped, and what is no version comes last.

Semantic versions follow semver's precedence, with any number of parts; what semver does not read (``1.0b2``,
``1.4.3.dev12``, ``1!2.0``) is read by PEP 440. On top of both:

- a leading ``v``, zeros in front of or behind the numbers and build metadata (``+5``) make no other version;
- ``git describe`` (``1.4.2-12-gabc1234``, ``1.4.2-dirty``) comes after the version it names;
- a day (``2026-06-12``) is a calendar version like ``2026.06.12``;
- pre-release names are compared in lower case, and ``beta2`` is read as ``beta.2``, so that ``beta10`` comes after it;
- branch names, commits and other text come next, by the alphabet; an empty text and null come last.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import polars as pl
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["KINDS", "Key", "canonical", "in_order", "kind", "merged", "ranked", "sort_key"]

Stage: TypeAlias = tuple[int, int, str]
Key: TypeAlias = tuple[int, int, tuple[int, ...], tuple[Stage, ...], str]
"""Group (version, other text, empty, null), epoch, numbers, stages before or after the release, other text."""

KINDS: Final = ("release", "prerelease", "post", "other", "empty")
"""What a version can be; ``post`` is ``git describe`` after a release, or a PEP 440 post-release."""

_VERSION, _OTHER, _EMPTY, _NULL = range(4)
_DEV, _END, _NUMBER, _NAME, _FINAL, _POST = range(6)  # the order of stages: fewer identifiers before more, then final

_DESCRIBED: Final = re.compile(r"(?P<base>.+?)(?:-(?P<commits>[0-9]+)-(?P<commit>g[0-9a-f]{4,40}))?(?P<dirty>-dirty)?")
_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_COMMIT: Final = re.compile(r"(?=.*[a-f])[0-9a-f]{7,40}")
_SEMVER: Final = re.compile(
    r"(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?:-(?P<pre>[0-9a-z-]+(?:\.[0-9a-z-]+)*))?(?:\+[0-9a-z.-]*)?",
    re.IGNORECASE | re.ASCII,
)
_JOINED: Final = re.compile(r"(a|alpha|b|beta|c|rc|pre|preview)([0-9]+)")
_FULL_NAMES: Final = {"a": "alpha", "b": "beta", "c": "rc"}


class _Parsed(NamedTuple):
    key: Key
    canonical: str


def sort_key(text: str | None) -> Key:
    """Key that sorts versions; two spellings of one version have the same key.

    Examples
    --------
    >>> sort_key("1.10.0") > sort_key("1.9"), sort_key("v1.10") == sort_key("1.10.0")
    (True, True)
    >>> sort_key("1.10.0-rc.1") < sort_key("1.10.0") < sort_key("1.10.0-3-gabc1234") < sort_key("main")
    True
    """
    if text is None:
        return (_NULL, 0, (), (), "")
    return _parsed(text).key


def canonical(text: str) -> str:
    """One spelling for all that mean the same version; other text as it stands, without the spaces around it.

    Examples
    --------
    >>> [canonical(text) for text in ("v1.10", "1.10.0+5", "1.0b2", "2026.6", "v1.4.2-12-gabc1234", " main")]
    ['1.10.0', '1.10.0', '1.0.0-beta.2', '2026.06', '1.4.2-12-gabc1234', 'main']
    """
    return _parsed(text).canonical


def kind(text: str | None) -> str:
    """Name what a version is, one of `KINDS`.

    Examples
    --------
    >>> [kind(text) for text in ("1.0", "1.0-rc.1", "1.0-3-gabc1234", "main", "", None)]
    ['release', 'prerelease', 'post', 'other', 'empty', 'empty']
    """
    group, _, _, stages, _ = sort_key(text)
    if group != _VERSION:
        return "other" if group == _OTHER else "empty"
    return {_FINAL: "release", _POST: "post"}.get(stages[0][0], "prerelease")


def in_order(values: Iterable[str | None]) -> list[str | None]:
    """Sort versions, oldest first; spellings of one version stand side by side, by the alphabet.

    Examples
    --------
    >>> in_order(["main", "1.10.0", None, "1.9.0", "", "1.10.0-beta.2", "2026.06"])
    ['1.9.0', '1.10.0-beta.2', '1.10.0', '2026.06', 'main', '', None]
    """
    return sorted(values, key=lambda text: (sort_key(text), text or ""))


def ranked(values: pl.Series) -> pl.DataFrame:
    """Rank the distinct versions of a column.

    Parameters
    ----------
    values
        Versions (String), with repetitions and nulls.

    Returns
    -------
    pl.DataFrame
        One row for each distinct value, null among them, oldest version first:

        - ``version``: String, as it stands in the column;
        - ``canonical``: String, see `canonical`; null for null;
        - ``rank``: Int64, from 1, the same for spellings of one version;
        - ``kind``: String, one of `KINDS`.

    Examples
    --------
    >>> ranked(pl.Series(["1.10", "main", "1.9.0", "v1.10.0"])).rows()
    ... # doctest: +NORMALIZE_WHITESPACE
    [('1.9.0', '1.9.0', 1, 'release'), ('1.10', '1.10.0', 2, 'release'), ('v1.10.0', '1.10.0', 2, 'release'),
     ('main', 'main', 3, 'other')]
    """
    distinct = in_order(values.cast(pl.String).unique().to_list())
    return pl.DataFrame(
        {
            "version": distinct,
            "canonical": [text if text is None else canonical(text) for text in distinct],
            "kind": [kind(text) for text in distinct],
        },
        schema={"version": pl.String, "canonical": pl.String, "kind": pl.String},
    ).select("version", "canonical", pl.col("canonical").rle_id().cast(pl.Int64).add(1).alias("rank"), "kind")


def merged(frame: pl.DataFrame) -> pl.DataFrame:
    """Write the column ``version`` of a frame in one spelling for all that mean the same; without one nothing happens.

    Examples
    --------
    >>> merged(pl.DataFrame({"version": ["v1.10", "1.10.0", "main", None]}))["version"].to_list()
    ['1.10.0', '1.10.0', 'main', None]
    """
    if "version" not in frame.columns:
        return frame
    known = ranked(frame["version"])
    spelt = pl.col("version").cast(pl.String)
    return frame.with_columns(spelt.replace_strict(known["version"], known["canonical"], return_dtype=pl.String))


def _parsed(text: str) -> _Parsed:
    text = text.strip()
    if not text:
        return _Parsed((_EMPTY, 0, (), (), ""), "")
    try:
        found = _described(re.sub(r"^[vV](?=[0-9])", "", text))
    except ValueError:  # PEP 440 does not read it, or a number has thousands of digits
        found = None
    return found or _Parsed((_OTHER, 0, (), (), text), text)


def _described(text: str) -> _Parsed | None:
    """Read ``git describe``: so many commits after a tag, and perhaps uncommitted changes."""
    match = _DESCRIBED.fullmatch(text)
    if match is None:
        return None
    base = _tagged(match["base"])
    commits, commit = int(match["commits"] or 0), match["commit"] or ""
    if base is None or not (commits or match["dirty"]):
        return base
    (group, epoch, numbers, stages, _), name = base
    before = tuple(stage for stage in stages if stage[0] not in {_END, _FINAL})
    suffix = f"{f'-{commits}-{commit}' if commit else ''}{match['dirty'] or ''}"
    after: Stage = (_POST, commits, suffix)
    return _Parsed((group, epoch, numbers, (*before, after, _end(_END)), ""), name + suffix)


def _tagged(text: str) -> _Parsed | None:
    text = _DAY.sub(r"\1.\2.\3", text) if _DAY.fullmatch(text) else text
    if _COMMIT.fullmatch(text):  # PEP 440 would read 12a4567 as a pre-release of 12
        return None
    match = _SEMVER.fullmatch(text)
    return _pep440(Version(text)) if match is None else _semver(match["numbers"], match["pre"])


def _semver(numbers: str, pre: str | None) -> _Parsed:
    release = _trimmed(int(number) for number in numbers.split("."))
    names = [] if pre is None else _identifiers(pre.lower())
    stages = (*(_stage(name) for name in names), _end(_END)) if names else (_end(_FINAL),)
    joint = "-" if names else ""
    return _Parsed((_VERSION, 0, release, stages, ""), _spelt(release) + joint + ".".join(names))


def _identifiers(pre: str) -> list[str]:
    joined = _JOINED.fullmatch(pre)
    names = [_FULL_NAMES.get(joined[1], joined[1]), joined[2]] if joined else pre.split(".")
    return [str(int(name)) if name.isdigit() else name for name in names]


def _stage(name: str) -> Stage:
    return (_NUMBER, int(name), "") if name.isdigit() else (_NAME, 0, name)


def _pep440(version: Version) -> _Parsed:
    release = _trimmed(version.release)
    pre = [] if version.pre is None else [_FULL_NAMES.get(version.pre[0], version.pre[0]), str(version.pre[1])]
    stages = [_stage(name) for name in pre]
    if version.post is not None:
        stages.append((_POST, version.post, ""))
    if version.dev is not None:
        stages.append((_DEV, version.dev, ""))
    stages.append(_end(_END if stages else _FINAL))
    return _Parsed((_VERSION, version.epoch, release, tuple(stages), ""), _pep440_spelt(version, release, pre))


def _pep440_spelt(version: Version, release: tuple[int, ...], pre: list[str]) -> str:
    post = "" if version.post is None else f".post{version.post}"
    dev = "" if version.dev is None else f".dev{version.dev}"
    epoch = f"{version.epoch}!" if version.epoch else ""
    joint = "" if epoch or post or dev or not pre else "-"  # semver has no word for the first three
    return f"{epoch}{_spelt(release)}{joint}{('.' if joint else '').join(pre)}{post}{dev}"


def _trimmed(numbers: Iterable[int]) -> tuple[int, ...]:
    release = list(numbers)
    while release and not release[-1]:
        release.pop()
    return tuple(release)


def _spelt(release: tuple[int, ...]) -> str:
    """Write three numbers at least; a calendar version as it is usually written, with two digits for the month."""
    first, *rest = release or (0,)
    if 1900 <= first < 2200:  # noqa: PLR2004  # a year
        return ".".join([str(first), *(f"{number:02}" for number in rest[:1]), *map(str, rest[1:])])
    return ".".join(map(str, [first, *rest, 0, 0][: max(3, 1 + len(rest))]))


def _end(stage: int) -> Stage:
    return (stage, 0, "")
