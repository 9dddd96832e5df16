"""A project's feedback, ratings and history together, and where each comes from."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.analysis.column_types import KNOWN, with_known_types
from seggwat_nb.analysis.periods import check_periods
from seggwat_nb.analysis.validation import check_frame
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import HISTORY, RATINGS
from seggwat_nb.text import count_of, format_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seggwat_nb.client import Client
    from seggwat_nb.provenance import Provenance

__all__ = ["Dataset", "Figures", "data_end", "figures", "frames_of", "past_moment"]


class Figures(pl.DataFrame):
    """A small result frame with its provenance, which its chart then shows.

    Otherwise it is a `polars.DataFrame`. Frames derived from it, such as by ``filter``, have no provenance, which is
    better than a wrong one.

    Attributes
    ----------
    provenance : Provenance or None
        Where the counted rows come from.
    """

    provenance: Provenance | None = None


@dataclass(frozen=True, eq=False)
class Dataset:
    """Feedback, ratings and history of one or several projects. Accepted by every function that takes a frame.

    Given a `Dataset`, a function uses its feedback or ratings, its history, its time zone and the time of the load.
    Arguments passed by name override these.

    Parameters
    ----------
    feedback
        The columns of `seggwat_nb.schema.FEEDBACK`.
    ratings
        The columns of `seggwat_nb.schema.RATINGS`; none by default.
    history
        Changes seen between loads, with the columns of `seggwat_nb.schema.HISTORY`; none by default.
    time_zone
        IANA name of the zone whose days are counted.
    as_of
        The time up to which the rows are known; by default the earliest of the loads in `sources`.
    sources
        Where each list comes from, by name.
    client
        The connection that loaded it.

    Attributes
    ----------
    feedback, ratings, history : pl.DataFrame
        Plain frames; times are UTC.

    Raises
    ------
    ArgumentError
        An argument is not a polars frame, a frame of your own has an ID twice, or the time zone is unknown.

    Examples
    --------
    >>> from datetime import UTC
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame({"created_at": [datetime(2026, 3, day, tzinfo=UTC) for day in (2, 3, 11)]})
    >>> data = Dataset(rows, as_of=datetime(2026, 3, 16, tzinfo=UTC))
    >>> data
    Dataset(3 items, 0 ratings, 0 changes, as of 2026-03-16 00:00 UTC)
    >>> sw.trends.volume(data)["complete"].to_list()
    [True, True]
    """

    feedback: pl.DataFrame
    ratings: pl.DataFrame = field(default_factory=RATINGS.to_frame)
    history: pl.DataFrame = field(default_factory=HISTORY.to_frame)
    _: KW_ONLY
    time_zone: str = "UTC"
    as_of: datetime | None = None
    sources: Mapping[str, Provenance] = field(default_factory=dict)
    client: Client | None = None

    def __post_init__(self) -> None:
        for name in ("feedback", "ratings", "history"):
            frame = check_frame(getattr(self, name), name=name, wanted="a polars frame")
            object.__setattr__(self, name, with_known_types(frame, HISTORY if name == "history" else KNOWN))
        if "rating_type" in self.feedback.columns and "message" not in self.feedback.columns:
            raise ArgumentError("feedback contains ratings. Pass feedback first: Dataset(feedback, ratings).")
        for name in () if self.sources else ("feedback", "ratings"):
            _check_ids(name, getattr(self, name))
        check_periods(time_zone=self.time_zone, as_of=self.as_of)
        if self.as_of is None and self.sources:
            object.__setattr__(self, "as_of", min(source.as_of for source in self.sources.values()))

    def __repr__(self) -> str:
        if not all(isinstance(frame, pl.DataFrame) for frame in (self.feedback, self.ratings, self.history)):
            return "Dataset(invalid)"  # A traceback may show it before __init__ has finished.
        sizes = (
            count_of(self.feedback.height, "item"),
            "ratings not loaded" if self.without_ratings else count_of(self.ratings.height, "rating"),
            count_of(self.history.height, "change"),
        )
        known = [] if self.as_of is None else [f"as of {self.as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC"]
        demo = ["demo data"] if any(source.demo for source in self.sources.values()) else []
        return f"Dataset({', '.join([*sizes, *known, *demo])})"

    @property
    def without_ratings(self) -> bool:
        """Whether it was loaded with ``ratings=False``, so that nothing is known about ratings."""
        return bool(self.sources) and "ratings" not in self.sources and self.ratings.is_empty()

    def provenance(self, resource: str = "feedback") -> Provenance | None:
        """Return where a list comes from, and when it was loaded.

        Parameters
        ----------
        resource
            ``"feedback"`` or ``"ratings"``.

        Returns
        -------
        Provenance or None
            None for your own frames, and for a list that was not loaded.
        """
        return self.sources.get(resource)

    def describe(self) -> str:
        """Describe where each list comes from, one sentence per list."""
        return "\n".join(source.describe() for source in self.sources.values()) or repr(self)


def _check_ids(name: str, frame: pl.DataFrame) -> None:
    """Raise an error if an item is in a frame twice, as after two exports were joined."""
    keys = [key for key in ("project_id", "id") if key in frame.columns]
    if "id" not in keys:
        return
    known = frame.drop_nulls("id")
    again = known.height - known.n_unique(keys)
    if again:
        raise ArgumentError(
            f"{name} has {count_of(again, 'row')} with the ID of another row, which would be counted twice. Keep one "
            f"of each: frame.unique({keys}, keep='last', maintain_order=True)."
        )


def frames_of(
    data: pl.DataFrame | Dataset, ratings: pl.DataFrame | None, about: Provenance | None
) -> tuple[pl.DataFrame, pl.DataFrame | None, Provenance | None]:
    """Return feedback, ratings and provenance of a `Dataset`, unless they are passed explicitly."""
    if not isinstance(data, Dataset):
        return with_known_types(data), with_known_types(ratings), about
    ratings = with_known_types(ratings)
    return data.feedback, data.ratings if ratings is None else ratings, about or data.provenance()


def data_end(data: pl.DataFrame | Dataset, about: Provenance | None) -> datetime | None:
    """Return the time up to which rows are known: that of a `Dataset`, as functions use it, or that of the load."""
    if isinstance(data, Dataset) and data.as_of is not None:
        return data.as_of
    return None if about is None else about.as_of


def past_moment(frame: pl.DataFrame, as_of: datetime | None) -> str:
    """Say of a frame of the past when it was known like this, and how much of it is uncertain; else return nothing."""
    if as_of is None or "is_known" not in frame.columns:
        return ""
    moment = as_of.astimezone(UTC)
    unsure = frame.height - int(frame["is_known"].sum())
    said = f"As known on {format_day(moment)}, {moment:%H:%M} UTC"
    if not unsure:
        return said
    return f"{said}; {'1 status is' if unsure == 1 else f'{unsure:,} statuses are'} uncertain"


def figures(frame: pl.DataFrame, provenance: Provenance | None) -> Figures:
    """Attach provenance to a result frame."""
    made = Figures(frame)
    made.provenance = provenance
    return made
