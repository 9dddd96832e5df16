"""Checks of common arguments. Each raises an `ArgumentError` that says what to pass instead."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from numbers import Integral
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, available_timezones

import narwhals as nw
import polars as pl

from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import FEEDBACK, RATINGS
from seggwat_nb.text import CALLED, join_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

__all__ = [
    "check_by",
    "check_choice",
    "check_columns",
    "check_frame",
    "check_keys",
    "check_least",
    "check_level",
    "check_moment",
    "check_time_zone",
    "check_weeks",
    "has_several",
    "lacks",
    "no_moments",
]


_MOST_DAYS: Final = 3_654
"""Ten years, in whole weeks."""

_FREE_TEXT: Final = frozenset({"extra", "id", "message", "resolution_note"})
"""Columns that are not suggested for counting, since nearly every row has a different value."""


_OF_NO_PLACE: Final = frozenset({"Factory", "localtime", "posixrules"})
"""Names that a machine may have beside those of places. They mean another zone on each."""

_SIMILAR: Final = 0.8
"""Similarity (difflib's ratio) from which a place is suggested."""


def check_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Require one of several values, and suggest the closest one.

    Examples
    --------
    >>> check_choice("every", "1m", ("1d", "1w", "1mo"))
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: every must be 1d, 1w or 1mo, got '1m'. Did you mean '1mo'?
    """
    known = tuple(choices)
    if isinstance(value, str) and value in known:
        return
    close = get_close_matches(CALLED.get(str(value), str(value)), known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    allowed = join_words(known, "or") if known else "None"
    raise ArgumentError(f"{name} must be {allowed}, got {value!r}.{hint}")


def check_least(name: str, value: object, least: int, *, none: str | None = None) -> None:
    """Require an integer of at least `least`. `none` says what None means, if it is allowed.

    Examples
    --------
    >>> check_least("top", 0, 1, none="every value")
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: top must be at least 1, or None for every value, got 0.
    """
    if value is None and none is not None:
        return
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        also = "" if none is None else f", or None for {none}"
        raise ArgumentError(f"{name} must be at least {least}{also}, got {value!r}.")


def check_weeks(days: int) -> None:
    """Require a number of days that are whole weeks, and at most ten years.

    Examples
    --------
    >>> check_weeks(30)
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: days must be a multiple of 7 (whole weeks), got 30. Pass 7, 28 or 91.
    """
    check_least("days", days, 7)
    if days % 7 or days > _MOST_DAYS:
        what = f"at most {_MOST_DAYS:,}" if days > _MOST_DAYS else "a multiple of 7 (whole weeks)"
        raise ArgumentError(f"days must be {what}, got {days:,}. Pass 7, 28 or 91.")


def check_level(level: object) -> None:
    """Require a confidence level.

    Examples
    --------
    >>> check_level(95)
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: level must be between 0 and 1, got 95. Did you mean 0.95?
    """
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        hint = f" Did you mean {level / 100:g}?" if isinstance(level, int | float) and 50 <= level < 100 else ""  # noqa: PLR2004  # percent
        raise ArgumentError(f"level must be between 0 and 1, got {level!r}.{hint}")


def check_moment(name: str, moment: object) -> datetime:
    """Require a timezone-aware datetime, and return it."""
    if not isinstance(moment, datetime):
        raise ArgumentError(f"{name} must be a datetime with a time zone, got {moment!r}.")
    if moment.tzinfo is None:
        raise ArgumentError(f"{name}={moment.isoformat()} has no time zone. Pass {name}=datetime(..., tzinfo=UTC).")
    return moment


def check_time_zone(time_zone: object) -> None:
    """Require the IANA name of a time zone, and suggest the closest one.

    Examples
    --------
    >>> check_time_zone("Europe/Berln")
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: time_zone='Europe/Berln' is not an IANA time zone. Did you mean 'Europe/Berlin'?
    """
    try:
        _require_zone(time_zone)
    except (LookupError, ValueError, OSError, TypeError, AttributeError, pl.exceptions.PolarsError):
        # All that ZoneInfo raises for invalid names, and what polars raises for one of this machine, such as localtime.
        close = _zone_like(str(time_zone))
        hint = f"Did you mean {close!r}?" if close else "Pass a name such as 'UTC' or 'Europe/Berlin'."
        raise ArgumentError(f"time_zone={time_zone!r} is not an IANA time zone. {hint}") from None


@lru_cache(maxsize=64)  # each filter has a zone, and a click on a panel makes several filters
def _require_zone(name: str) -> None:
    ZoneInfo(name)
    pl.Series([0]).cast(pl.Datetime("us", str(name)))


def _zone_like(text: str) -> str | None:
    """Return the time zone that a text seems to name, by its place or in other letters.

    Abbreviations and offsets are close to others, which are wrong by hours, so none is suggested for them.

    Examples
    --------
    >>> [_zone_like(text) for text in ("utc", "new york", "Asia/Calcuta", "PST", "GMT+2")]
    ['UTC', 'America/New_York', 'Asia/Calcutta', None, None]
    """
    names = sorted(available_timezones() - _OF_NO_PLACE)
    places = [name for name in names if "/" in name and not name.startswith("Etc/")]
    known = {name.rpartition("/")[2].casefold(): name for name in places} | {name.casefold(): name for name in names}
    wanted = text.strip().casefold().replace(" ", "_")
    written = [name.casefold() if "/" in wanted else name.rpartition("/")[2].casefold() for name in places]
    close = [wanted] if wanted in known else get_close_matches(wanted, written, n=1, cutoff=_SIMILAR)
    return known[close[0]] if close else None


def check_columns(
    frame: object, columns: Iterable[str], *, wanted: str = "a frame of feedback or ratings", rows: bool = True
) -> None:
    """Require a polars frame with these columns. `wanted` says what to pass.

    With `rows`, known columns need their types: in a frame of figures, ``helpful`` is a count.

    Examples
    --------
    >>> check_columns(pl.DataFrame({"id": []}), ["id", "message"], wanted="a frame of feedback")
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: The frame has no column message. Pass a frame of feedback.
    """
    given = check_frame(frame, wanted=wanted)
    columns = tuple(columns)
    missing = [column for column in columns if column not in given.columns]
    if missing:
        raise ArgumentError(lacks(given.columns, missing, wanted=wanted))
    for column in columns if rows else ():
        _check_kind(column, given.schema[column])
    for column in {"message", "submitted_by"}.intersection(given.columns, [*columns, "submitted_by"]):
        if given.schema[column].is_nested():
            raise ArgumentError(f"The column {column} is {given.schema[column]}, not String. Cast it to String.")


def check_frame(frame: object, *, name: str = "This", wanted: str = "a frame of feedback or ratings") -> pl.DataFrame:
    """Require a polars frame with rows, say how to convert others, and return it.

    Examples
    --------
    >>> check_frame(pl.LazyFrame({"id": []}))
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: A LazyFrame has no rows yet. Pass frame.collect().
    """
    if isinstance(frame, pl.LazyFrame):
        raise ArgumentError("A LazyFrame has no rows yet. Pass frame.collect().")
    if not isinstance(frame, pl.DataFrame):
        how = _CONVERTED.get(_name_type(frame), wanted)
        raise ArgumentError(f"{name} requires a polars DataFrame, got {_name_type(frame)}. Pass {how}.")
    return frame


def lacks(columns: Iterable[str], missing: Sequence[str], *, wanted: str = "a frame of feedback or ratings") -> str:
    """Say which columns a frame lacks, and how to rename those that are only written in another way.

    Examples
    --------
    >>> lacks(["ID", "createdAt"], ["created_at"])
    "The frame has no column created_at. Rename columns first: frame.rename({'createdAt': 'created_at'})."
    """
    has = {_letters(name): name for name in columns}
    close = {has[_letters(column)]: column for column in missing if _letters(column) in has}
    hint = f"Rename columns first: frame.rename({close!r})." if close else f"Pass {wanted}."
    return f"The frame has no column{'s' * (len(missing) > 1)} {', '.join(missing)}. {hint}"


_CONVERTED: Final[Mapping[str, str]] = MappingProxyType(
    {"pandas's DataFrame": "pl.from_pandas(frame)", "pyarrow's Table": "pl.from_arrow(frame)"}
)


def _letters(name: str) -> str:
    """Return the letters of a name: the same for ``created_at``, ``createdAt`` and ``Created At``."""
    return "".join(filter(str.isalnum, name)).lower()


def _name_type(frame: object) -> str:
    module = type(frame).__module__.partition(".")[0]
    name = type(frame).__name__
    return name if module == "builtins" else f"{module}'s {name}"


_CONVERSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "String": "pl.col('created_at').str.to_datetime(time_zone='UTC')",
        "Date": "pl.col('created_at').cast(pl.Datetime('us', 'UTC'))",
        "Int64": "pl.from_epoch('created_at', time_unit='s').dt.replace_time_zone('UTC')",
    }
)


def no_moments(kind: object) -> str:
    """Say that the column ``created_at`` has no times, and how to convert it."""
    how = _CONVERSIONS.get(str(kind))
    hint = "Convert it first." if how is None else f"Convert it first: frame.with_columns({how})."
    return f"created_at is {kind}, not Datetime. {hint}"


def _check_kind(column: str, kind: Any) -> None:  # noqa: ANN401  # a type of polars
    """Require the type of a known column, or one that can stand for it."""
    wanted = {**FEEDBACK, **RATINGS}.get(column)
    if wanted is None or kind in {wanted, pl.Null}:
        return
    if column == "created_at":
        if not isinstance(kind, pl.Datetime):
            raise ArgumentError(no_moments(kind))
    elif (wanted == pl.Float64 and not kind.is_numeric()) or wanted == pl.Boolean or kind in {pl.Object, pl.Binary}:
        raise ArgumentError(f"The column {column} is {kind}, not {wanted}. Cast it to {wanted}.")


def check_keys(frame: pl.DataFrame, keys: Sequence[str], *, several: bool = False) -> None:
    """Require a polars frame with ``created_at`` and these text columns, without repetition, as in `check_by`.

    Examples
    --------
    >>> check_keys(pl.DataFrame({"created_at": [], "type": []}), ["typ"])
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: by must be type, got 'typ'. Did you mean 'type'?
    """
    check_columns(frame, ["created_at"])
    for key in keys if isinstance(keys, list | tuple) else ():
        _check_name(key)
    check_by(frame.schema, keys, but={"created_at"}, several=several)


_OF_RESULTS: Final = frozenset(
    (  # noqa: SIM905  # seventy quotes hide a gap
        "after after_first after_last average band before before_first complete count count_a count_b count_before "
        "day days days_a days_after days_b days_before days_covered days_total detractors difference dispersion "
        "dispersion_a dispersion_b dispersion_before distribution earlier expected first first_seen high ids invalid "
        "kind last left_out len log10_p loudest_share low median_least median_most mix n n_a n_after n_b n_before "
        "not_helpful p passives period promoters q rate ratio reached share share_a share_after share_b share_before "
        "share_high share_low share_within spellings submitters to unanswered unsigned verdict weight_after "
        "weight_before who"
    ).split()
)
"""Columns of results that have the key under its own name: a key with such a name would be confused with them."""

_ADDED: Final[Mapping[str, str]] = MappingProxyType({"theme": "tag", "language": "language"})
"""Columns that a function of `seggwat_nb.themes` adds."""


_CAST: Final = "Cast it to String to count by it."
_AS_TEXT: Final = {
    "version": 'Read it as text, as with pl.read_csv(file, schema_overrides={"version": pl.String}): as a number, '
    "2026.10 is 2026.1."
}


def check_by(schema: Mapping[str, Any], keys: Sequence[str], *, but: Collection[str], several: bool = False) -> None:
    """Require text columns of a polars or narwhals schema, without repetition.

    `but` are columns that cannot be counted by. With `several`, lists of texts are allowed, so that a row has several
    values or none.
    """
    if isinstance(keys, str):
        raise ArgumentError(f"by must be a list, got {keys!r}. Pass by=[{keys!r}].")
    for key in keys:
        if not isinstance(key, str):
            raise ArgumentError(f"by must name columns, got {key!r}. Pass names such as 'type'.")
        known = set(schema) - set(but)
        if key not in schema and key in _ADDED:
            raise ArgumentError(f"The frame has no column {key}. Call sw.themes.{_ADDED[key]}(data) first.")
        if key not in known:
            check_choice("by", key, sorted(name for name in known - _FREE_TEXT if _is_counted(schema[name], several)))
        kind = schema[key]
        if has_several(kind):
            if several:
                continue
            raise ArgumentError(
                f"by={key!r} has several values per row, so the counts would exceed the total. Count by a column with "
                "one value per row, or select a theme with where=FeedbackFilter(theme=...)."
            )
        if _is_no_text(kind):
            raise ArgumentError(f"The column {key} is {kind}, not String. {_AS_TEXT.get(key, _CAST)}")
    if len(set(keys)) < len(keys):
        raise ArgumentError(f"by={tuple(keys)!r} names a column twice. Name each once.")


def _check_name(key: object) -> None:
    if not isinstance(key, str):
        return  # `check_by` says so
    if (key in _OF_RESULTS or key.startswith("_")) and key not in {*FEEDBACK, *RATINGS}:
        name = f"{key.strip('_') or 'value'}_of_item"
        raise ArgumentError(
            f"by={key!r} is also the name of a result column. Rename yours first: frame.rename({{{key!r}: {name!r}}})."
        )


def has_several(kind: Any) -> bool:  # noqa: ANN401  # a type of polars or narwhals
    """Return whether a column has several texts per row, like themes."""
    return kind.is_nested() and kind in {pl.List(pl.String), nw.List(nw.String)}


def _is_counted(kind: Any, several: bool) -> bool:  # noqa: ANN401, FBT001  # as above
    return has_several(kind) if several and kind.is_nested() else not _is_no_text(kind)


def _is_no_text(kind: Any) -> bool:  # noqa: ANN401  # a type of polars or narwhals
    return bool(kind.is_numeric() or kind.is_temporal() or kind.is_nested())
