"""A selection as a value: it selects rows on any engine and converts to a preset, code or words.

A row is selected if it matches every field that is set. Nulls match no value: fields that select leave them out, and
fields that exclude (``not_…``) keep them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime  # noqa: TC003  # the examples below use them
from difflib import get_close_matches
from functools import partial, reduce
from itertools import chain
from operator import and_
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo

import polars as pl

from seggwat_nb import filter_forms, filter_queries, filter_search
from seggwat_nb.analysis.validation import check_time_zone
from seggwat_nb.analysis.version_schemes import Reading
from seggwat_nb.analysis.versions import in_order, is_ordered, same, sort_key
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filter_doubts import caller, doubts
from seggwat_nb.filter_engines import as_is, check_columns, elsewhere, in_polars, moment_writer, open_frame, values_of
from seggwat_nb.filter_fields import as_edge, as_set, check_flag, check_text, moment_of, normalize_values
from seggwat_nb.options import checks_options
from seggwat_nb.schema import VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FeedbackFilter", "doubts"]

FrameT = TypeVar("FrameT")

_FORMAT: Final = 1
_SETS: Final = (*filter_search.EXCLUDING, *(f"not_{name}" for name in filter_search.EXCLUDING), "project_id", "allow")


@checks_options
@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackFilter:
    """A frozen selection of rows; fields that are None restrict nothing.

    Parameters
    ----------
    type, status, source
        One value or several, in any case: ``"bug"`` is ``"Bug"``, and ``"idea"`` matches ``Idea``. Unknown values are
        allowed, since the API may add some, unless they look like a typo of a known value; see `allow`.
    version
        One version or several, each in any of its spellings: ``"1.10.0"`` also selects ``v1.10``. Builds, variants
        and products are versions of their own, see `seggwat_nb.analysis.versions`.
    version_since, version_until
        First and last version of a range, both included, in version order, in any of their spellings. Branch names
        and other text are never in a range. All versions are in one order, by number, so ``2025.06`` comes after
        ``2.7.0``; `apply` warns if a range includes versions of another scheme. Cannot be combined with `version`.
    path
        One path or several: each selects itself and everything below, so ``/checkout`` selects ``/checkout``,
        ``/checkout/pay`` and ``/checkout?step=2`` but not ``/checkouts``, and ``/café`` also ``/caf%C3%A9``. A segment
        ``:id`` stands for any long ID: ``/orders/:id/pay`` selects ``/orders/48213/pay``, but not ``/orders/7/pay``.
    submitted_by, project_id
        One submitter or project, or several.
    theme
        One theme or several: each selects itself and the themes within it, so ``Checkout`` also selects
        ``Checkout / Payment``. Requires a column ``theme`` of lists, as from `seggwat_nb.themes.tag`.
    language
        One language or several, as `seggwat_nb.themes.language` writes them: ``"de"``, or ``"unsure"``.
    not_type, not_status, not_source, not_version, not_path, not_submitted_by, not_theme, not_language
        Values to exclude, in the same form as for the field without ``not_``. Items without a value are kept.
    since
        First moment: a date, which means its midnight in `time_zone`, a datetime with a zone, or either as ISO 8601
        text, such as ``"2026-01-31"`` or ``"2026-01-31T09:30"``; text without an offset is read in `time_zone`. Or a
        time ago: ``"4w"``, ``"28d"``, ``"12h"``, ``"2mo"``, ``"1y"``, ``"today"`` or ``"yesterday"``. It stays
        relative, in presets and code too: each use counts back from the current time.
    until
        End of the period, not included, in the same formats: ``until="2026-02-01"`` ends with January.
    time_zone
        IANA name of the time zone of `since` and `until`.
    text
        Text that the message must contain. Case, composed and decomposed letters, full-width forms, invisible and
        optional characters make no difference, see `seggwat_nb.analysis.folding`.
    regex
        Whether `text` is a regular expression of polars (Rust's syntax). It is matched against the original message,
        ignoring case unless it begins with ``(?-i)``, and requires a polars frame.
    search
        What people type into a search box: ``payment "credit card" -refund``, see `parse` for the syntax. Stored in
        a canonical spelling.
    archived
        True: only archived items. False: only items that are not archived.
    allow
        Types, statuses and sources to accept exactly as given, even though they look like typos of known values, and
        to match in this case only. Values that this filter does not use are dropped.

    Raises
    ------
    ArgumentError
        A value is invalid: an empty set, a typo, an invalid regular expression, a time without a zone, a range that
        ends before it begins, or a value that is both selected and excluded.

    Notes
    -----
    Several values are stored as tuples without duplicates, moments in UTC and relative times as text, so that filters
    with the same meaning are equal however they are written.

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
    seggwat_nb.errors.TypoError: type="Bugg" is not a known type; did you mean "Bug"? If it is in the data, add \
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
    language: str | Sequence[str] | None = None
    not_type: str | Sequence[str] | None = None
    not_status: str | Sequence[str] | None = None
    not_source: str | Sequence[str] | None = None
    not_version: str | Sequence[str] | None = None
    not_path: str | Sequence[str] | None = None
    not_submitted_by: str | Sequence[str] | None = None
    not_theme: str | Sequence[str] | None = None
    not_language: str | Sequence[str] | None = None
    since: date | datetime | str | None = None
    until: date | datetime | str | None = None
    time_zone: str = "UTC"
    text: str | None = None
    regex: bool = False
    search: str | None = None
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
        allowed: tuple[str, ...] = tuple(self.allow or ())
        self._check_search(allowed)
        self._check_vocabularies(allowed)
        self._check_versions()
        filter_search.check_excluded(self)
        since, until = self.moments
        if since and until and since >= until:
            raise ArgumentError(
                f"since={self.since} is not before until={self.until}, so nothing is selected. Swap them."
            )
        check_text(self.text, regex=self.regex)

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _check_search(self, allowed: tuple[str, ...]) -> None:
        if self.search is not None:
            make = partial(FeedbackFilter, time_zone=self.time_zone, allow=allowed)
            self._set("search", filter_search.canonical(self.search, make))

    @property
    def _has_patterns(self) -> bool:
        return self.regex or any(term.is_regex for clause in self._clauses for term in clause)

    @property
    def _clauses(self) -> tuple[filter_queries.Clause, ...]:
        return filter_queries.parse(self.search or "")

    def _check_vocabularies(self, allowed: tuple[str, ...]) -> None:
        terms = [term for clause in self._clauses for term in clause if term.key in VOCABULARIES]
        used = {value for term in terms for value in term.values} - {*chain(*VOCABULARIES.values())}
        for name in ("type", "status", "source"):
            for field in (name, f"not_{name}"):
                values = normalize_values(name, getattr(self, field) or (), allowed=allowed)
                self._set(field, values or None)
                used |= set(values) - set(VOCABULARIES[name])
        self._set("allow", tuple(value for value in allowed if value in used) or None)

    def _check_versions(self) -> None:
        edges = {name: getattr(self, name) for name in ("version_since", "version_until")}
        given = {name: edge for name, edge in edges.items() if edge is not None}
        if given and self.version is not None:
            raise ArgumentError(f"version and {next(iter(given))} are two ways to select versions. Pass only one.")
        for name, edge in given.items():
            if not isinstance(edge, str) or not is_ordered(edge):
                raise ArgumentError(f"{name}={edge!r} is not a version that can be ordered. Pass one such as '1.9.0'.")
        if len(given) > 1 and sort_key(self.version_since) > sort_key(self.version_until):
            raise ArgumentError(f"version {self.version_since} comes after {self.version_until}. Swap them.")

    @property
    def moments(self) -> tuple[datetime | None, datetime | None]:
        """Start and end of the period in UTC, as of now, the end not included; None where it is open."""
        zone = ZoneInfo(self.time_zone)
        return moment_of("since", self.since, zone), moment_of("until", self.until, zone)

    def expr(self) -> pl.Expr:
        """Return the polars expression that selects, for frames with the columns and types of `schema.FEEDBACK`.

        Notes
        -----
        Versions are matched by a function over the whole column: how one version is read can depend on the others.

        Examples
        --------
        >>> frame = pl.DataFrame({"status": ["New", "Closed"]})
        >>> frame.filter(FeedbackFilter(status="New").expr()).rows()
        [('New',)]
        """
        return reduce(and_, in_polars(self, as_is), pl.lit(value=True))

    def apply(self, frame: FrameT) -> FrameT:
        """Select rows of a frame, in the engine that holds it.

        Parameters
        ----------
        frame
            Any frame that narwhals supports, such as a polars DataFrame or LazyFrame, a pandas or Arrow table, a
            DuckDB relation or a PySpark frame. A ``created_at`` without a zone is read as UTC.

        Returns
        -------
        frame of the same kind
            The selected rows with all their columns. SQL engines keep no order.

        Warns
        -----
        UserWarning
            No row of a polars DataFrame has one of the values, or a range of versions includes versions of another
            scheme. There is no warning if a known type, status or source, a date or a text selects nothing.

        Raises
        ------
        ArgumentError
            A required column is missing, the engine is not supported, or a regular expression is used outside polars.
        """
        rows = open_frame(frame)
        check_columns(rows, self._columns(), patterns=self._has_patterns)
        if isinstance(frame, pl.DataFrame | pl.LazyFrame):
            held: pl.DataFrame | pl.LazyFrame = frame
            if isinstance(frame, pl.DataFrame) and (doubt := doubts(self, frame)):
                warnings.warn(doubt, stacklevel=caller())
            for condition in in_polars(self, moment_writer(rows) if self.since or self.until else as_is):
                held = held.filter(condition)
            rows = open_frame(held)
        elif conditions := elsewhere(self, rows):
            rows = rows.filter(*conditions)
        selected: FrameT = rows.to_native()
        return selected

    def resolve(self, frame: Any) -> FeedbackFilter:  # noqa: ANN401  # any engine's frame
        """Replace the versions or version range by the matching versions of a frame, as spelled there.

        Parameters
        ----------
        frame
            As in `apply`; only its distinct versions are read.

        Returns
        -------
        FeedbackFilter
            The same filter if it selects no versions. If the frame has none of them, `version` and `not_version` stay
            as they were, and a range becomes one of its ends, which selects nothing. Versions in `search` stay too.

        Examples
        --------
        >>> frame = pl.DataFrame({"version": ["1.9.0", "v1.10", "1.10.0-rc.1", "main", None]})
        >>> FeedbackFilter(version_since="1.10.0").resolve(frame).version
        ('v1.10',)
        """
        if self.version is None and self.not_version is None and not self.has_range:
            return self
        rows = open_frame(frame)
        check_columns(rows, self._columns(), patterns=self._has_patterns)
        texts = values_of(rows, "version")
        versions: Any = self.version
        if versions is not None or self.has_range:
            versions = tuple(self.versions_among(texts)) or versions or (self.version_since or self.version_until,)
        excluded: Any = self.not_version and (tuple(same(self.not_version, texts)) or self.not_version)
        return replace(self, version=versions, version_since=None, version_until=None, not_version=excluded)

    @property
    def has_range(self) -> bool:
        """Whether versions are selected by a range."""
        return self.version_since is not None or self.version_until is not None

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
                if is_ordered(text, reading)
                and (first is None or sort_key(first, reading) <= sort_key(text, reading))
                and (last is None or sort_key(text, reading) <= sort_key(last, reading))
            ]
        return [text for text in in_order(found) if text is not None]

    @property
    def columns(self) -> frozenset[str]:
        """Columns that the filter selects by."""
        return frozenset().union(*self._columns().values())

    def _columns(self) -> dict[str, frozenset[str]]:
        return filter_search.columns_by_field(self, self._settings())

    @property
    def texts(self) -> list[tuple[str, bool]]:
        """Texts to highlight in messages, and whether each is a regular expression."""
        own = [] if self.text is None else [(self.text, self.regex)]
        return [*own, *filter_search.texts_of(self._clauses)]

    def without_columns(self, *columns: str) -> FeedbackFilter:
        """Remove the conditions on these columns.

        Examples
        --------
        >>> FeedbackFilter(not_type="Bug", search="pay page:checkout").without_columns("type", "message").to_search()
        'page:checkout'
        """
        cut = {name for name, asked in self._columns().items() if not asked.isdisjoint(columns)}
        values: dict[str, Any] = dict.fromkeys(cut) | {"regex": self.regex and "text" not in cut}
        if "search" in cut:
            values["search"] = filter_search.without_columns(str(self.search), columns)
        return replace(self, **values)

    def _settings(self) -> dict[str, Any]:
        """Fields that differ from their defaults, in the order of the class."""
        values = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: value for name, (value, default) in values.items() if value != default}

    def to_dict(self) -> dict[str, Any]:
        """Return the filter as JSON values for a preset file, without defaults; the format's version comes first.

        Examples
        --------
        >>> FeedbackFilter(type="Bug", since=date(2026, 1, 1)).to_dict()
        {'format': 1, 'type': ['Bug'], 'since': '2026-01-01'}
        """
        return {"format": _FORMAT} | {name: filter_forms.as_json(value) for name, value in self._settings().items()}

    @classmethod
    def from_dict(cls, preset: Mapping[str, Any]) -> FeedbackFilter:
        """Read what `to_dict` wrote.

        Raises
        ------
        ArgumentError
            The preset has another format, an unknown key or an invalid value.

        Examples
        --------
        >>> FeedbackFilter.from_dict({"format": 1, "type": ["Bug"]}) == FeedbackFilter(type="Bug")
        True
        """
        form = preset.get("format") if isinstance(preset, Mapping) else type(preset).__name__  # type: ignore[redundant-expr]
        if form != _FORMAT:
            raise ArgumentError(f"A preset of format {form!r} cannot be read, only format {_FORMAT}. Save it again.")
        names = [field.name for field in fields(cls)]
        for name in preset.keys() - {"format", *names}:
            raise ArgumentError(f"A preset has no key {name!r}{_hint(str(name), names)}; keys are: {', '.join(names)}.")
        return cls(**{name: value for name, value in preset.items() if name != "format"})

    @classmethod
    def parse(cls, text: str, *, allow: str | Sequence[str] | None = None, time_zone: str = "UTC") -> FeedbackFilter:
        """Read what people type into a search box.

        ``payment card``
            Messages with all of these words, ignoring case.
        ``"credit card"``
            A phrase, in quotes of any kind.
        ``-refund``
            Exclude this. A minus also works before a phrase or a key: ``-status:closed``.
        ``pay OR card``
            One of the two terms beside ``OR``, which must be in capitals. ``AND`` may be written between others.
        ``/time.?out/``
            A regular expression, as with `regex`.
        ``type: status: source: version: theme: language: project: archived:yes``
            Values of these fields; a comma separates alternatives, and a value with spaces is quoted:
            ``theme:"Checkout / Payment"``. Ranges of versions are ``version:>=2.4``, ``version:<=2.5`` and
            ``version:2.4..2.5``.
        ``page: from:``
            Any part of the path or the submitter, ignoring case. ``path:`` selects a path and everything below it, with
            ``:id`` for any long ID, and ``submitter:`` a submitter's complete id.
        ``since: until: no:``
            Dates, as in `since` and `until`, and items without a value: ``no:submitter``, or ``no:page,version``.

        Anything else with a colon, such as ``http://x`` or ``10:30``, is a word.

        Parameters
        ----------
        text
            The search; blank text selects everything.
        allow
            Types, statuses and sources to accept even though they look like typos.
        time_zone
            IANA name of the time zone of the dates.

        Returns
        -------
        FeedbackFilter
            The filter. Keys become fields where possible; the rest becomes its `search`.

        Raises
        ------
        ArgumentError
            The text is invalid; the message gives the position in characters, from 1.

        Examples
        --------
        >>> FeedbackFilter.parse('payment -refund type:bug since:2026-01-01').to_python()
        'sw.FeedbackFilter(type="Bug", since=date(2026, 1, 1), search="payment -refund")'
        >>> FeedbackFilter.parse("login type:bgu")
        Traceback (most recent call last):
        seggwat_nb.errors.TypoError: type:bgu at character 7: type="bgu" is not a known type; did you mean "Bug"? \
If it is in the data, add allow=("bgu",).
        """
        make = partial(cls, allow=allow, time_zone=time_zone)
        return make(**filter_search.as_fields(text, make))

    def to_search(self) -> str:
        """Write the filter as text for `parse`, without its time zone and `allow`.

        Examples
        --------
        >>> FeedbackFilter(type="Bug", not_status="Closed", theme="Checkout / Payment", text="credit card").to_search()
        'type:Bug -status:Closed theme:"Checkout / Payment" "credit card"'
        """
        return filter_search.as_search(self)

    def complement(self) -> FeedbackFilter:
        """Return the filter of all other rows: each row is in exactly one of the two, also where values are missing.

        Examples
        --------
        >>> FeedbackFilter(type="Bug", version="2.4.0").complement().to_python()
        'sw.FeedbackFilter(search="-type:Bug OR -version:2.4.0")'
        """
        return filter_search.complement(self)

    def to_python(self) -> str:
        """Return the code that builds this filter.

        It requires ``import seggwat_nb as sw``, and ``from datetime import UTC, date, datetime`` if it has a date.

        Examples
        --------
        >>> FeedbackFilter(type=("Bug", "Other"), since=date(2026, 1, 1)).to_python()
        'sw.FeedbackFilter(type=("Bug", "Other"), since=date(2026, 1, 1))'
        """
        given = (f"{name}={filter_forms.as_code(value)}" for name, value in self._settings().items())
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
        >>> FeedbackFilter(not_type="Bug", search="payment -refund").describe()
        'not type Bug, text "payment", not text "refund"'
        """
        return filter_forms.in_words(self, self._settings(), people=people)


def _hint(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f', did you mean "{close[0]}"?' if close else ""
