"""The data of a report: all rows, which of them are selected, their provenance, and the period.

`seggwat_nb.report` collects it once, with the rows already masked, and passes it to the notebook: in memory, or in a
folder if the notebook runs in a kernel. So the notebook never gets a token and sends no requests.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

import altair as alt
import polars as pl

from seggwat_nb.analysis.changes import check_windows, rank
from seggwat_nb.analysis.finding_checks import KEYS
from seggwat_nb.analysis.finding_words import dates
from seggwat_nb.analysis.periods import check_periods, local_day, local_moment
from seggwat_nb.analysis.releases import bugs_and_types
from seggwat_nb.analysis.validation import check_choice
from seggwat_nb.analysis.windows import rows_within
from seggwat_nb.charts.base import EMPTY, NONE, display_name
from seggwat_nb.dataset import Dataset
from seggwat_nb.environment import REPORT_ROWS, WITHOUT_IMAGES
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.finding_file import as_end, read_entries
from seggwat_nb.provenance import Provenance
from seggwat_nb.schema import FEEDBACK_ONLY, HISTORY
from seggwat_nb.share.report.once import once
from seggwat_nb.share.rising import find_rising

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from seggwat_nb.analysis.windows import Rows, Windows
    from seggwat_nb.client import Client
    from seggwat_nb.loading import Refresh

__all__ = [
    "DAYS",
    "Chosen",
    "Period",
    "ReportData",
    "Window",
    "collect",
    "display_text",
    "for_notebook",
    "in_memory",
    "of_dataset",
    "open_handed_over",
    "type_and_page",
]

Period = Literal["1w", "1mo", "1q"]
"""Week, month or quarter: the length of each bar, and roughly that of the periods compared."""

DAYS: Final[Mapping[str, int]] = {"1w": 7, "1mo": 28, "1q": 91}
"""Days that a period's figures cover: whole weeks, so that the same weekdays are compared."""

_HANDED: Final[ContextVar[ReportData | None]] = ContextVar("data of the report that is being made", default=None)
_SELECTED: Final = "selected"
_LONGEST: Final = 80


def display_text(column: str, *, empty: str = NONE) -> pl.Expr:
    """Return a value as displayed in a report or shared page, cut to a readable length; `empty` names empty texts."""
    return display_name(column, most=_LONGEST).replace(EMPTY, empty)


def type_and_page() -> pl.Expr:
    """Return the type of an item, and its page if it has one, as displayed under its message."""
    page = pl.when(pl.col("path").cast(pl.String) != "").then(display_text("path"))
    return pl.concat_str(display_text("type"), page, separator=", ", ignore_nulls=True)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The report's selection, or its part with one type and one status, as `where` of an analysis.

    Rows are selected before they are masked: afterwards, a filter by a submitter or a text would find other rows.
    """

    filter: FeedbackFilter
    only: pl.Expr | None = None

    @property
    def moments(self) -> tuple[datetime | None, datetime | None]:
        """Start and end of the selection, in UTC."""
        return self.filter.moments

    def apply(self, frame: Any) -> Any:  # noqa: ANN401  # eager in, eager out; lazy in, lazy out
        """Return the selected rows."""
        is_whole = isinstance(frame, pl.DataFrame) and frame[_SELECTED].all()
        selected = frame if is_whole else frame.filter(pl.col(_SELECTED))  # to copy all rows takes long
        return selected if self.only is None else selected.filter(self.only)


@dataclass(frozen=True, slots=True)
class Window:
    """A range of local days, including both ends."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    def __str__(self) -> str:
        return dates(self.first, self.last)


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """The data that a report is made from.

    Attributes
    ----------
    feedback, ratings : pl.DataFrame
        Every row of the project, with ``selected`` (Boolean).
    about, about_ratings : Provenance
        Their provenance. None for ratings that were not loaded.
    filter : FeedbackFilter
        The selection. Fields that ratings lack (`seggwat_nb.schema.FEEDBACK_ONLY`) don't apply to them.
    period : str
        ``1w``, ``1mo`` or ``1q``.
    time_zone : str
        IANA name of the zone whose days are counted.
    name : str
        Name of the project.
    history : pl.DataFrame
        Changes seen between loads, for all rows.
    dismissals : sequence of mappings
        Entries of the file of dismissed findings.
    since_report : datetime or None
        The date of an earlier report. The new report says what has happened since then.
    """

    feedback: pl.DataFrame
    ratings: pl.DataFrame
    about: Provenance
    about_ratings: Provenance | None
    filter: FeedbackFilter
    period: Period
    time_zone: str
    name: str
    history: pl.DataFrame = field(default_factory=HISTORY.to_frame)
    dismissals: Sequence[Mapping[str, Any]] = ()
    since_report: datetime | None = None

    @property
    def where(self) -> Chosen:
        """The selection, to pass to analyses."""
        return Chosen(self.filter)

    def where_only(self, **values: str | None) -> Chosen:
        """Narrow the selection to these values, as displayed. None stands for any value."""
        only = [_reads(self.feedback[column], value) for column, value in values.items() if value is not None]
        return Chosen(self.filter, pl.all_horizontal(only) if only else None)

    @cached_property
    def dataset(self) -> Dataset:
        """All rows, to pass to analyses together with `where`."""
        return Dataset(
            self.feedback, self.ratings, self.history, time_zone=self.time_zone, as_of=self.about.as_of,
            sources=self.sources,
        )  # fmt: skip

    @property
    def sources(self) -> dict[str, Provenance]:
        """Where each list comes from, by name."""
        return {"feedback": self.about} | ({} if self.about_ratings is None else {"ratings": self.about_ratings})

    @cached_property
    def lacks(self) -> tuple[str, ...]:
        """What the project has none of: ``feedback``, ``versions`` or ``ratings``."""
        versions = self.feedback["version"].drop_nulls().len()
        held = {"feedback": self.feedback.height, "versions": versions, "ratings": self.ratings.height}
        return tuple(name for name, count in held.items() if not count)

    @cached_property
    def items(self) -> pl.DataFrame:
        """The selected feedback, newest first."""
        rows: pl.DataFrame = self.where.apply(self.feedback)
        return rows

    @cached_property
    def rising(self) -> pl.DataFrame:
        """Words and topics that rose, which several sections show."""
        return find_rising(
            self.feedback, where=self.where, days=self.days, time_zone=self.time_zone, as_of=self.about.as_of
        )

    @property
    @once
    def compared(self) -> tuple[Rows, Windows]:
        """The rows in both windows, by all keys and by status."""
        options: dict[str, Any] = {"where": self.where, "time_zone": self.time_zone}
        windows = check_windows(self.feedback, days=self.days, as_of=self.about.as_of, level=0.95, **options)
        keys = [*self._keys, "status"]
        rows = rows_within(self.feedback, windows, keys=keys, include_churn=False, **options)
        return rows, windows

    @property
    @once
    def movers(self) -> pl.DataFrame:
        """What changed between the two windows, by all keys."""
        rows, windows = self.compared
        return rank(rows, self._keys, windows)

    @property
    def _keys(self) -> list[str]:
        return [key for key in KEYS if key in self.feedback.columns]

    @property
    @once
    def bugs_and_types(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Each version's share of bugs, and that of each type, compared with earlier versions."""
        return bugs_and_types(self.feedback, where=self.where)

    @cached_property
    def responses(self) -> pl.DataFrame:
        """The selected ratings, newest first."""
        rows: pl.DataFrame = self.where.apply(self.ratings)
        return rows

    @property
    def days(self) -> int:
        """Length in days of the windows compared."""
        return DAYS[self.period]

    @property
    def windows(self) -> tuple[Window, Window]:
        """The latest whole days of the period's length, and as many before them. A project's first day counts, too."""
        today = self._end.astimezone(ZoneInfo(self.time_zone)).date()
        last = today if self._began == today else today - timedelta(days=1)
        first = last - timedelta(days=self.days - 1)
        return Window(first - timedelta(days=self.days), first - timedelta(days=1)), Window(first, last)

    @property
    def _end(self) -> datetime:
        until = self.filter.moments[1]
        return min(self.about.as_of, until) if until else self.about.as_of

    def within(self, window: Window) -> pl.Expr:
        """Return the rows of a window."""
        return local_day(pl.col("created_at"), time_zone=self.time_zone).is_between(window.first, window.last)

    @property
    def reaches_back(self) -> bool:
        """Whether the data cover both windows completely."""
        return self._reaches_back(self.feedback if self.feedback.height else self.ratings)

    @property
    def rated_before(self) -> bool:
        """Whether there were ratings from the start of the earlier window on, so that the two can be compared."""
        return self._reaches_back(self.ratings)

    def _reaches_back(self, rows: pl.DataFrame) -> bool:
        first = self._first_day(rows)
        return first is not None and first <= self.windows[0].first

    @property
    def starts_late(self) -> date | None:
        """The first day with data, if it is within the days that the figures cover."""
        return self._began if self._began is not None and self._began > self.windows[1].first else None

    @property
    def _began(self) -> date | None:
        days = [day for rows in (self.feedback, self.ratings) if (day := self._first_day(rows)) is not None]
        return min(days, default=None)

    def _first_day(self, rows: pl.DataFrame) -> date | None:
        first = rows["created_at"].min()
        if not isinstance(first, datetime):
            return None
        since = self.filter.moments[0]
        known = max(first, since) if since else first
        return local_moment("created_at", known, ZoneInfo(self.time_zone)).date()

    def without_records(self) -> ReportData:
        """Keep only the number of unreadable records."""
        kept = {name: replace(one, set_aside=("",) * len(one.set_aside)) for name, one in self.sources.items()}
        return self.with_sources(kept)

    def with_sources(self, sources: Mapping[str, Provenance]) -> ReportData:
        """Replace where each list comes from."""
        return replace(self, about=sources["feedback"], about_ratings=sources.get("ratings"))

    def save(self, folder: Path) -> None:
        """Write it to a folder. Of unreadable records, only the number is written."""
        self.feedback.write_parquet(folder / "feedback.parquet")
        self.ratings.write_parquet(folder / "ratings.parquet")
        self.history.write_parquet(folder / "history.parquet")
        facts = {
            "sources": {name: asdict(one) for name, one in self.without_records().sources.items()},
            "filter": self.filter.to_dict(),
            "period": self.period,
            "time_zone": self.time_zone,
            "name": self.name,
            "dismissals": self.dismissals,
            "since_report": self.since_report,
        }
        (folder / "data.json").write_text(json.dumps(facts, default=_plain), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> ReportData:
        """Read it from a folder that `save` wrote."""
        facts = json.loads((folder / "data.json").read_text(encoding="utf-8"))
        sources, since = facts.pop("sources"), facts.pop("since_report")
        return cls(
            feedback=pl.read_parquet(folder / "feedback.parquet"),
            ratings=pl.read_parquet(folder / "ratings.parquet"),
            history=pl.read_parquet(folder / "history.parquet"),
            about=_provenance(sources["feedback"]),
            about_ratings=_provenance(sources["ratings"]) if "ratings" in sources else None,
            filter=FeedbackFilter.from_dict(facts.pop("filter")),
            dismissals=[entry | {"until": as_end(entry["until"])} for entry in facts.pop("dismissals")],
            since_report=None if since is None else datetime.fromisoformat(since),
            **facts,
        )


def collect(
    client: Client,
    *,
    project: str | None = None,
    period: Period = "1mo",
    time_zone: str = "UTC",
    where: FeedbackFilter | None = None,
    refresh: Refresh = "auto",
) -> ReportData:
    """Load the data for a report, unmasked.

    Parameters
    ----------
    client
        The client to load with.
    project
        ID of the project. By default, the one in the settings.
    period
        ``1w``, ``1mo`` or ``1q``.
    time_zone
        IANA name of the zone whose days are counted.
    where
        Rows to report on.
    refresh
        As for `seggwat_nb.Client.feedback`.

    Raises
    ------
    ArgumentError
        An argument is invalid. Nothing was requested.
    SeggwatError
        The rows could not be loaded.
    """
    check_choice("period", period, DAYS)
    check_periods(time_zone=time_zone)
    data = client.load(project_id=project, refresh=refresh, time_zone=time_zone)
    return of_dataset(data, period=period, where=where)


def of_dataset(data: Dataset, *, period: Period = "1mo", where: FeedbackFilter | None = None) -> ReportData:
    """Prepare the data for a report from a `Dataset`. Requests the project's name if it is unknown."""
    check_choice("period", period, DAYS)
    about, rated = data.provenance("feedback"), data.provenance("ratings")
    if about is None or (rated is None and not data.without_ratings):
        raise ArgumentError(
            "A report requires a loaded Dataset, to state where its items come from. Pass what "
            "seggwat_nb.load() returned."
        )
    if len(about.project_ids) != 1:
        raise ArgumentError(
            f"A report covers one project, but this Dataset has {len(about.project_ids)}. Load one: "
            "seggwat_nb.load(project_id='…')."
        )
    if data.as_of is not None:
        about = replace(about, as_of=min(about.as_of, data.as_of))
        rated = rated and replace(rated, as_of=min(rated.as_of, data.as_of))
    (project,) = about.project_ids
    name = about.project_names.get(project)
    if name is None:
        name = project if about.served_from == "snapshot" else _name(data.client, project)
    chosen = where or FeedbackFilter()
    of_ratings = chosen.without_columns(*FEEDBACK_ONLY)
    return ReportData(
        feedback=_mark_selected(data.feedback, chosen.apply),
        # Some rows have no value in these columns.
        ratings=_mark_selected(data.ratings, lambda rows: rows.filter(of_ratings.expr())),
        about=about,
        about_ratings=rated,
        filter=chosen,
        period=period,
        time_zone=data.time_zone,
        history=data.history,
        name=name,
        dismissals=read_entries(),
    )


@contextmanager
def in_memory(data: ReportData) -> Iterator[None]:
    """Pass data to a notebook that runs in this process, without writing them."""
    token = _HANDED.set(data)
    try:
        yield
    finally:
        _HANDED.reset(token)


def for_notebook(
    *,
    project: str | None = None,
    period: Period = "1mo",
    time_zone: str = "UTC",
    filter: Mapping[str, Any] | None = None,  # noqa: A002  # what a preset is called everywhere
) -> ReportData:
    """Return the data for a notebook: what `seggwat_nb.report` passed to it, else the rows of the settings' project.

    Parameters
    ----------
    project, period, time_zone
        As in `collect`. Ignored if `seggwat_nb.report` passed data.
    filter
        A selection as written by `FeedbackFilter.to_dict`. None for all rows.
    """
    folder, handed = os.environ.get(REPORT_ROWS), _HANDED.get()
    if folder:
        if os.environ.get(WITHOUT_IMAGES):
            alt.renderers.enable("mimetype")
        return handed or ReportData.load(Path(folder))
    from seggwat_nb.connection import connect

    where = FeedbackFilter.from_dict(filter) if filter else None
    return collect(connect(), project=project, period=period, time_zone=time_zone, where=where)


def open_handed_over(folder: str, *, time_zone: str | None = None) -> Dataset:
    """Return the report's rows to a notebook that `seggwat_nb.report` runs, masked like the report."""
    data = ReportData.load(Path(folder))
    return Dataset(
        data.items.drop(_SELECTED),
        data.responses.drop(_SELECTED),
        data.history,
        time_zone=time_zone or data.time_zone,
        sources=data.sources,
    )


def _reads(column: pl.Series, text: str) -> pl.Expr:
    """Select rows by how a value is displayed, which is written once for each value instead of for each row."""
    values = column.unique()
    shown = values.to_frame().select(display_text(column.name)).to_series()
    same = [pl.col(column.name).eq_missing(pl.lit(value)) for value in values.filter(shown == text)]
    return pl.any_horizontal(same) if same else pl.lit(value=False)


def _mark_selected(frame: pl.DataFrame, select: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    rows = frame.with_row_index("_row")
    inside = select(rows)["_row"].implode()
    return rows.with_columns(pl.col("_row").is_in(inside).alias(_SELECTED)).drop("_row")


def _name(client: Client | None, project: str) -> str:
    from seggwat_nb.errors import SeggwatError

    if client is None:
        return project
    try:
        projects = client.projects()
    except SeggwatError:
        return project  # a token may have access to a project but not to the list of projects
    named = projects.filter(pl.col("id") == project)["name"].drop_nulls()
    return str(named[0]) if named.len() else project


def _provenance(facts: dict[str, Any]) -> Provenance:
    names = ("as_of", "finished", "full_as_of", "status_as_of", "open_as_of", "oldest_read_at")
    moments = {name: datetime.fromisoformat(facts[name]) for name in names if facts.get(name) is not None}
    sequences = {name: tuple(value) for name, value in facts.items() if isinstance(value, list)}
    sets = {name: frozenset(facts[name]) for name in ("repeated", "conflicting")}
    return Provenance(**facts | moments | sequences | sets)


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)
