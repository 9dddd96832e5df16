"""Wrappers for public functions, which reject unknown options and accept a `Dataset` in place of a frame."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import polars as pl

from seggwat_nb.analysis.column_types import with_known_types
from seggwat_nb.dataset import Dataset, Figures, figures
from seggwat_nb.errors import ArgumentError, OptionError
from seggwat_nb.options import check_calls
from seggwat_nb.schema import HISTORY
from seggwat_nb.text import join_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["chart", "of_feedback", "of_ratings", "of_statuses", "public"]

_P = ParamSpec("_P")
_FrameT = TypeVar("_FrameT")
_ResultT = TypeVar("_ResultT")

_CONTEXT: Final = ("history", "time_zone", "as_of")
"""Arguments that a `Dataset` supplies."""

_PARAMETERS: Final = "Parameters\n----------\n"


def public(function: Callable[_P, _ResultT]) -> Callable[_P, _ResultT]:
    """Publish a function that rejects unknown options with a suggestion."""
    called: Callable[_P, _ResultT] = check_calls(function, function.__name__)
    return called


def of_feedback(
    function: Callable[Concatenate[_FrameT, _P], _ResultT],
) -> Callable[Concatenate[_FrameT | Dataset, _P], _ResultT]:
    """Publish a function of feedback, for which a `Dataset` supplies arguments that are not passed by name."""
    published: Callable[Concatenate[_FrameT | Dataset, _P], _ResultT] = _of(function, "feedback")
    return published


def of_statuses(
    function: Callable[Concatenate[_FrameT, _P], _ResultT],
) -> Callable[Concatenate[_FrameT | Dataset, _P], _ResultT]:
    """Publish a function of statuses, as `of_feedback` does. They are those of the load, so no earlier `as_of` fits."""
    published: Callable[Concatenate[_FrameT | Dataset, _P], _ResultT] = _of(function, "feedback", by_status=True)
    return published


def of_ratings(
    function: Callable[Concatenate[_FrameT, _P], _ResultT],
) -> Callable[Concatenate[_FrameT | Dataset, _P], _ResultT]:
    """Publish a function of ratings, as `of_feedback` does."""
    published: Callable[Concatenate[_FrameT | Dataset, _P], _ResultT] = _of(function, "ratings")
    return published


def chart(function: Callable[_P, _ResultT]) -> Callable[_P, _ResultT]:
    """Publish a chart that shows the provenance of its frame, unless `about` is passed."""
    called = check_calls(function, function.__name__)

    @wraps(function)
    def draw(*args: Any, **options: Any) -> Any:  # noqa: ANN401  # the function's arguments
        frame = args[0] if args else options.get("frame")
        if isinstance(frame, Figures) and options.get("about") is None:
            options["about"] = frame.provenance
        return called(*args, **options)

    return draw


def _of(function: Callable[..., Any], resource: str, *, by_status: bool = False) -> Any:  # noqa: ANN401  # of the types above
    called = check_calls(function, function.__name__)
    signature = inspect.signature(function)
    first, *others = signature.parameters
    known = [name for name in _CONTEXT if name in others]
    needs_history = "history" in others and signature.parameters["history"].default is inspect.Parameter.empty

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401  # the function's arguments
        if first in options:
            args = (options.pop(first), *args)
        if args:
            args = (with_known_types(args[0]), *args[1:])
        if "history" in options:
            options["history"] = with_known_types(options["history"], HISTORY)
        if not args or not isinstance(args[0], Dataset):
            if needs_history and len(args) == 1 and "history" not in options:
                raise OptionError(
                    f"{function.__name__} requires history as well as a frame. Pass a Dataset, as seggwat_nb.load() "
                    "returns it, or history=client.history()."
                )
            return called(*args, **options)
        data, *more = args
        if resource == "ratings" and data.without_ratings:
            raise ArgumentError(
                "This Dataset was loaded with ratings=False. Load it again without ratings=False, or "
                "pass a frame of ratings."
            )
        given = {**dict(zip(others, more, strict=False)), **options}
        if resource == "feedback":
            _check_of_feedback(data, given.get("by"))
        if by_status:
            _check_not_past(data, given.get("as_of"))
        context = {name: getattr(data, name) for name in known if name not in given}
        result = called(getattr(data, resource), *more, **options, **context)
        return figures(result, data.provenance(resource)) if isinstance(result, pl.DataFrame) else result

    call.__doc__ = _document(function, known)
    return call


def _check_not_past(data: Dataset, as_of: object) -> None:
    """Raise an error for a moment before some of the items: what their statuses were then is not in the data."""
    last = data.feedback["created_at"].max() if "created_at" in data.feedback.columns else None
    given = as_of if isinstance(as_of, datetime) and as_of.tzinfo else None
    if given is None or not isinstance(last, datetime) or data.as_of is None or given >= min(last, data.as_of):
        return
    raise ArgumentError(
        f"as_of={given.isoformat()} is before the last item ({last.astimezone(UTC):%Y-%m-%d %H:%M} UTC), but the "
        "statuses in the data are newer. To see what was known then, pass sw.load(as_of=...)."
    )


def _document(function: Callable[..., Any], known: Sequence[str]) -> str:
    """Return the docstring with what a `Dataset` supplies, above the parameters."""
    supplied = f" It supplies {join_words(f'`{name}`' for name in known)}, unless you pass them." if known else ""
    said = f"A `seggwat_nb.Dataset` can be passed instead of a frame.{supplied}\n\n{_PARAMETERS}"
    return (inspect.getdoc(function) or "").replace(_PARAMETERS, said, 1)


def _check_of_feedback(data: Dataset, by: object) -> None:
    """Raise an error that points to the ratings if only they have a column."""
    for key in [by] if isinstance(by, str) else by if isinstance(by, list | tuple) else ():
        if key in data.ratings.columns and key not in data.feedback.columns:
            raise ArgumentError(f"by={key!r} is a column of ratings. Pass data.ratings instead of data.")
