"""The sort key of a parsed version, and the canonical spelling of a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from seggwat_nb.analysis.version_words import FIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "DEV",
    "EMPTY",
    "END",
    "FINAL",
    "FIX",
    "NAME",
    "NUMBER",
    "OTHER",
    "POST",
    "RELEASES",
    "SEMVER_NUMBERS",
    "VERSION",
    "Key",
    "Stage",
    "spelling",
]

Stage: TypeAlias = tuple[int, int, str]
Key: TypeAlias = tuple[int, int, tuple[int, ...], tuple[Stage, ...], tuple[Stage, ...], str]
"""Group (version, other text, empty, null), epoch, numbers, stages around the release, build, label or text."""

VERSION, OTHER, EMPTY = range(3)
DEV, END, NUMBER, NAME, FINAL, FIX, POST = range(7)
"""The order of stages: fewer identifiers before more, then the release, then hotfixes, then post-releases."""
RELEASES: Final = (FINAL, FIX)

SEMVER_NUMBERS: Final = 3
"""Numbers of a release in Semantic Versioning."""


def spelling(key: Key) -> str:
    """Return the canonical spelling of a key."""
    _, epoch, release, stages, build, label = key
    numbers, count = _format_numbers(release)
    is_pep440 = any(stage[0] == DEV or (stage[0] == POST and not stage[2]) for stage in stages)
    before = [str(number) if kind == NUMBER else name for kind, number, name in stages if kind in {NUMBER, NAME}]
    after = "".join(_format_after(stage) for stage in stages if stage[0] in {FIX, POST, DEV})
    joint = "~" if stages[0][0] == NUMBER and count != SEMVER_NUMBERS else "-"
    first = "".join(before) if is_pep440 else joint + ".".join(before) if before else ""
    told = after + first if stages[0][0] == FIX else first + after
    built = ".".join(name or str(number) for _, number, name in build)
    return f"{f'{label}@' * bool(label)}{f'{epoch}!' * bool(epoch)}{numbers}{told}{f'+{built}' * bool(build)}"


def _format_after(stage: Stage) -> str:
    kind, number, word = stage
    if kind == DEV:
        return f".dev{number}"
    if kind == POST:
        return word or f".post{number}"
    if not word:
        return str(number)
    return word if len(word) == 1 and word not in FIXES else f"-{word}{f'.{number}' * bool(number)}"


def _format_numbers(release: Sequence[int]) -> tuple[str, int]:
    """Format at least three numbers (a build number alone), with a two-digit month in a calendar version."""
    first, *rest = release or (0,)
    if 1900 <= first < 2100:  # noqa: PLR2004  # a year
        numbers = [str(first), *(f"{number:02}" for number in rest[:1]), *map(str, rest[1:])]
    elif first >= 100 and not rest:  # noqa: PLR2004  # a build number
        numbers = [str(first)]
    else:
        numbers = [str(number) for number in [first, *rest, 0, 0][: max(3, 1 + len(rest))]]
    return ".".join(numbers), len(numbers)
