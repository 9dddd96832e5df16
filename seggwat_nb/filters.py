"""A selection as a value: it selects rows on any engine and converts to a preset, code or words.

A row is selected if it matches every field that is given. Nulls match no value: a restricted column selects none of
its nulls.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields, replace
from datetime import date, datetime  # noqa: TC003  # the examples below use them
from difflib import get_close_matches
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl

from seggwat_nb import filter_forms
from seggwat_nb.analysis.counts import collected
from seggwat_nb.analysis.validation import check_time_zone, has_several
from seggwat_nb.analysis.version_schemes import Reading
from seggwat_nb.analysis.versions import in_order, kind, same, sort_key
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filter_doubts import caller, doubts
from seggwat_nb.filter_engines import (
    as_is,
    below,
    matching_text,
    matching_text_elsewhere,
    matching_themes,
    matching_versions,
    moment_writer,
    opened,
)
from seggwat_nb.filter_fields import as_edge, as_set, check_flag, check_text, moment_of, spelled
from seggwat_nb.options import checks_options
from seggwat_nb.schema import VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["FeedbackFilter", "doubts"]

FrameT = TypeVar("FrameT")

_FORMAT: Final = 1
_EQUAL: Final = ("type", "status", "source", "submitted_by", "project_id")
_SETS: Final = (*_EQUAL, "version", "path", "theme", "allow")


@checks_options
@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackFilter:
    """A frozen selection of rows; fields that are None restrict nothing.

    Parameters
    ----------
    type, status, source
        One value or several; known values in any case, so ``"bug"`` is ``"Bug"``. Values outside the vocabulary are
        allowed, since vocabularies grow; one that looks like a typo of a known value is not, unless `allow` names it.
    version
        One version or several, each in any of its spellings: ``"1.10.0"`` also selects ``v1.10``. Builds, variants
        and products are versions of their own, see `seggwat_nb.analysis.versions`.
    version_since, version_until
        First and last version of a range, both included, in version order, in any of their spellings. Branch names
        and other text have no place in a range. All versions are in one order, by number, so ``2025.06`` comes after
        ``2.7.0``: where a range takes in such versions of another scheme, `apply` warns. Not beside `version`.
    path
        One path or several: each selects itself and what lies below, so ``/checkout`` selects ``/checkout``,
        ``/checkout/pay`` and ``/checkout?step=2`` but not ``/checkouts``.
    submitted_by, project_id
        One submitter or project, or several.
    theme
        One theme or several, of a polars frame that `seggwat_nb.themes.tag` made: each selects itself and the themes
        within it, so ``Checkout`` also selects ``Checkout / Payment``.
    since
        First moment: a date, which stands for its midnight in `time_zone`, a datetime with a zone, or either as text
        in ISO 8601, such as ``"2026-01-31"`` or ``"2026-01-31T09:30"``; text without an offset is of `time_zone`. Or a
        time ago, as on the command line: ``"4w"``, ``"28d"``, ``"12h"``, ``"2mo"``, ``"1y"``, ``"today"`` or
        ``"yesterday"``. It stays relative, in presets and code too: each use counts back from the present moment.
    until
        First moment after the last, in the same formats: ``until="2026-02-01"`` ends with January.
    time_zone
        IANA name of the zone whose days and hours `since` and `until` name.
    text
        What the message contains. Case, composed and decomposed letters, full-width forms and characters that cannot be
        seen make no difference, see `seggwat_nb.analysis.folding`.
    regex
        Whether `text` is a regular expression of polars (Rust's syntax; ``(?-i)`` tells the cases apart). It is matched
        against the message as it is written, case aside, and requires the rows as a polars frame.
    archived
        True: only what is archived. False: only what is not.
    allow
        Values of type, status and source to take exactly as they are, although they look like typos of known values,
        because they occur in the data. Those that nothing here uses are left out.

    Raises
    ------
    ArgumentError
        A value is invalid: an empty set, a typo, an invalid regular expression, a time without a
        zone, a range that ends before it begins.

    Notes
    -----
    Sets are kept as tuples without repetitions, moments in UTC, a time ago as text; so two filters that are written
    differently and keep the same are equal.

    Examples
    --------
    >>> bugs = FeedbackFilter(type="bug", text="login")
    >>> frame = pl.DataFrame({"type": ["Bug", "Bug", None], "message": ["Login fails", "Slow", "login?"]})
    >>> bugs.apply(frame).rows()
    [('Bug', 'Login fails')]
    >>> bugs.describe()
    'type Bug, text "login"'
    >>> FeedbackFilter(type="Bugg")
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: type="Bugg" is not a known type; did you mean "Bug"? If it is in the data, add \
allow=("Bugg",).
    """

    type: str | Sequence[str] | None = None
    status: str | Sequence[str] | None = None
    source: str | Sequence[str] | None = None
    version: str | Sequence[str] | None = None
    version_since: str | None = None
    version_until: str | None = None
    path: str | Sequence[str] | None = None
    submitted_by: str | Sequence[str] | None = None
    project_id: str | Sequence[str] | None = None
    theme: str | Sequence[str] | None = None
    since: date | datetime | str | None = None
    until: date | datetime | str | None = None
    time_zone: str = "UTC"
    text: str | None = None
    regex: bool = False
    archived: bool | None = None
    allow: str | Sequence[str] | None = None

    def __post_init__(self) -> None:
        for name in _SETS:
            self._set(name, as_set(name, getattr(self, name)))
        for name in ("regex", "archived"):
            check_flag(name, getattr(self, name), none=name == "archived")
        check_time_zone(self.time_zone)
        for name in ("since", "until"):
            self._set(name, as_edge(name, getattr(self, name), ZoneInfo(self.time_zone)))
        self._check_vocabularies()
        self._check_versions()
        since, until = self.moments
        if since and until and since >= until:
            raise ArgumentError(
                f"since={self.since} is not before until={self.until}, so nothing is selected. Swap them."
            )
        check_text(self.text, regex=self.regex)

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _check_vocabularies(self) -> None:
        allowed: tuple[str, ...] = tuple(self.allow or ())
        used: set[str] = set()
        for name in ("type", "status", "source"):
            values = spelled(name, getattr(self, name) or (), allowed=allowed)
            self._set(name, values or None)
            used |= set(values) - set(VOCABULARIES[name])
        self._set("allow", tuple(value for value in allowed if value in used) or None)

    def _check_versions(self) -> None:
        edges = {name: getattr(self, name) for name in ("version_since", "version_until")}
        given = {name: edge for name, edge in edges.items() if edge is not None}
        if given and self.version is not None:
            raise ArgumentError(f"version and {next(iter(given))} are two ways to select versions. Pass only one.")
        for name, edge in given.items():
            if not isinstance(edge, str) or kind(edge) in {"other", "empty"}:
                raise ArgumentError(f"{name}={edge!r} is not a version that can be ordered. Pass one such as '1.9.0'.")
        if len(given) > 1 and sort_key(self.version_since) > sort_key(self.version_until):
            raise ArgumentError(f"version {self.version_since} comes after {self.version_until}. Swap them.")

    @property
    def moments(self) -> tuple[datetime | None, datetime | None]:
        """First moment selected and first moment after the last, in UTC, as of now; None if that side is open."""
        zone = ZoneInfo(self.time_zone)
        return moment_of("since", self.since, zone), moment_of("until", self.until, zone)

    def expr(self) -> pl.Expr:
        """Return the polars expression that selects, for frames with the columns and types of `schema.FEEDBACK`.

        Notes
        -----
        Versions are matched by a function that sees the whole column: how one version is read can depend on the others.

        Examples
        --------
        >>> frame = pl.DataFrame({"status": ["New", "Closed"]})
        >>> frame.filter(FeedbackFilter(status="New").expr()).rows()
        [('New',)]
        """
        conditions = [*self._seen_whole(), *self._conditions(pl.col, pl.String, as_is)]
        return reduce(and_, conditions, pl.lit(value=True))

    def _seen_whole(self) -> list[pl.Expr]:
        """Conditions that polars alone can put; other engines find them out in `apply`."""
        versions = [matching_versions(self)] if self._has_versions else []
        text = [] if self.text is None else [matching_text(self.text, regex=self.regex)]
        themes = [] if self.theme is None else [matching_themes(as_set("theme", self.theme) or ())]
        return [*versions, *text, *themes]

    def apply(self, frame: FrameT) -> FrameT:
        """Select the rows of a frame on the engine that holds them.

        Parameters
        ----------
        frame
            A polars DataFrame or LazyFrame, a pandas or Arrow table, a DuckDB relation, a PySpark frame: what
            narwhals takes. A ``created_at`` without a zone is read as UTC.

        Returns
        -------
        frame of the same kind
            The selected rows with all their columns. SQL engines keep no order.

        Warns
        -----
        UserWarning
            No row of a polars DataFrame has one of the values, with likely alternatives, or a range of versions
            takes in versions of another scheme. Known types, statuses and sources, dates and text may select nothing.

        Raises
        ------
        ArgumentError
            A restricted column is missing, the frame is of no known engine, or a regular expression is to be matched
            elsewhere than in polars.
        """
        rows = opened(frame)
        self._check_columns(rows)
        written = moment_writer(rows) if self.since or self.until else as_is
        conditions = self._conditions(nw.col, nw.String, written)
        if isinstance(frame, pl.DataFrame | pl.LazyFrame):
            held: pl.DataFrame | pl.LazyFrame = frame
            if isinstance(frame, pl.DataFrame) and (doubt := doubts(self, frame)):
                warnings.warn(doubt, stacklevel=caller())
            for condition in self._seen_whole():
                held = held.filter(condition)
            rows = opened(held)
        else:
            if self._has_versions:
                inside = self.resolve(frame).version or ()
                conditions.append(nw.col("version").cast(nw.String).is_in(list(inside)))
            if self.text is not None:
                conditions.append(matching_text_elsewhere(rows, self.text))
        selected: FrameT = (rows.filter(*conditions) if conditions else rows).to_native()
        return selected

    def resolve(self, frame: Any) -> FeedbackFilter:  # noqa: ANN401  # any engine's frame
        """Replace a version range or other spellings by the versions of a frame, as it spells them.

        Parameters
        ----------
        frame
            As in `apply`; its distinct versions are read.

        Returns
        -------
        FeedbackFilter
            The same filter where it has no versions. Where the frame has none of them, `version` is as it was, or
            the range's own end, which stands in no row.

        Examples
        --------
        >>> frame = pl.DataFrame({"version": ["1.9.0", "v1.10", "1.10.0-rc.1", "main", None]})
        >>> FeedbackFilter(version_since="1.10.0").resolve(frame).version
        ('v1.10',)
        """
        if not self._has_versions:
            return self
        rows = opened(frame)
        self._check_columns(rows)
        distinct = collected(rows.select(nw.col("version").cast(nw.String)).unique())
        inside = tuple(self.versions_among(distinct["version"].drop_nulls().to_list()))
        versions = inside or self.version or (self.version_since or self.version_until or "",)
        return replace(self, version=versions, version_since=None, version_until=None)

    @property
    def has_range(self) -> bool:
        """Whether versions are selected by a range."""
        return self.version_since is not None or self.version_until is not None

    @property
    def _has_versions(self) -> bool:
        return self.has_range or self.version is not None

    def versions_among(self, texts: list[str]) -> list[str]:
        """Return the selected versions among the given distinct ones, in version order.

        Examples
        --------
        >>> FeedbackFilter(version="1.10.0").versions_among(["1.9", "v1.10", "1.10"])
        ['1.10', 'v1.10']
        """
        if self.version is not None:
            found = same(self.version, texts)
        else:
            reading = Reading.of(texts)
            first, last = (self.version_since, self.version_until)
            found = [
                text
                for text in texts
                if kind(text, reading) not in {"other", "empty"}
                and (first is None or sort_key(first, reading) <= sort_key(text, reading))
                and (last is None or sort_key(text, reading) <= sort_key(last, reading))
            ]
        return [text for text in in_order(found) if text is not None]

    def _check_columns(self, rows: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> None:
        columns = {"since": "created_at", "until": "created_at", "text": "message"}
        columns |= {"version_since": "version", "version_until": "version"}
        names = rows.collect_schema().names()
        for name in self._given():
            column = columns.get(name, name)
            if name == "theme" and not (
                column in names and rows.implementation.is_polars() and has_several(rows.collect_schema()[column])
            ):
                raise ArgumentError(
                    "theme selects items of a polars frame that has themes; call sw.themes.tag(data) first."
                )
            if name not in {"allow", "time_zone", "regex"} and column not in names:
                raise ArgumentError(
                    f"{name} requires the column {column}, which the frame does not have. Remove it from the filter."
                )
        if self.regex and not rows.implementation.is_polars():
            raise ArgumentError(
                f"Regular expressions require a polars frame, and these rows are in {rows.implementation.value}. "
                "Pass a polars frame, or regex=False."
            )

    def _conditions(self, col: Callable[[str], Any], string: Any, written: Callable[[datetime], Any]) -> list[Any]:  # noqa: ANN401  # polars and narwhals spell expressions alike
        conditions = [
            col(name).cast(string).is_in(list(getattr(self, name)))
            for name in _EQUAL
            if getattr(self, name) is not None
        ]
        if self.path is not None:
            conditions.append(reduce(or_, (below(col("path").cast(string), path) for path in self.path)))
        since, until = self.moments
        conditions += [] if since is None else [col("created_at") >= written(since)]
        conditions += [] if until is None else [col("created_at") < written(until)]
        return conditions if self.archived is None else [*conditions, col("archived") == self.archived]

    def _given(self) -> dict[str, Any]:
        """Fields that differ from their default, in the order of the class."""
        values = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: value for name, (value, default) in values.items() if value != default}

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values for a preset file: the format's version first, defaults left out.

        Examples
        --------
        >>> FeedbackFilter(type="Bug", since=date(2026, 1, 1)).to_dict()
        {'format': 1, 'type': ['Bug'], 'since': '2026-01-01'}
        """
        return {"format": _FORMAT} | {name: filter_forms.as_json(value) for name, value in self._given().items()}

    @classmethod
    def from_dict(cls, preset: Mapping[str, Any]) -> FeedbackFilter:
        """Read what `to_dict` wrote.

        Raises
        ------
        ArgumentError
            A preset of another format, a key that is no field, or an invalid value.

        Examples
        --------
        >>> FeedbackFilter.from_dict({"format": 1, "type": ["Bug"]}) == FeedbackFilter(type="Bug")
        True
        """
        if preset.get("format") != _FORMAT:
            raise ArgumentError(
                f"a preset of format {preset.get('format')!r} cannot be read, only format {_FORMAT}. Save it again."
            )
        names = [field.name for field in fields(cls)]
        for name in preset.keys() - {"format", *names}:
            raise ArgumentError(f"a preset has no key {name!r}{_hint(str(name), names)}; keys are: {', '.join(names)}.")
        return cls(**{name: value for name, value in preset.items() if name != "format"})

    def to_python(self) -> str:
        """Return the code that builds this filter.

        It requires ``import seggwat_nb as sw``, and ``from datetime import UTC, date, datetime`` if it has a date.

        Examples
        --------
        >>> FeedbackFilter(type=("Bug", "Other"), since=date(2026, 1, 1)).to_python()
        'sw.FeedbackFilter(type=("Bug", "Other"), since=date(2026, 1, 1))'
        """
        given = (f"{name}={filter_forms.as_code(value)}" for name, value in self._given().items())
        return f"sw.FeedbackFilter({', '.join(given)})"

    def describe(self, *, people: bool = True) -> str:
        """Describe the selection in one line; without `people`, submitters are only counted.

        Examples
        --------
        >>> FeedbackFilter(status=("New", "Active"), version_since="1.9.0", archived=False).describe()
        'status New or Active, version from 1.9.0, not archived'
        >>> FeedbackFilter().describe()
        'all items'
        >>> FeedbackFilter(type="Bug", submitted_by=("ann", "bob")).describe(people=False)
        'type Bug, of 2 submitters'
        """
        return filter_forms.in_words(self, self._given(), people=people)


def _hint(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f', did you mean "{close[0]}"?' if close else ""
