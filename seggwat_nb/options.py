"""Checks of keyword arguments: an unknown one raises an error that suggests the intended name."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from seggwat_nb.errors import ArgumentError, OptionError
from seggwat_nb.secret import hide
from seggwat_nb.text import CALLED, join_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["by_name", "check_calls", "checks_options", "unknown_option_error"]

_ClassT = TypeVar("_ClassT", bound=type)
_P = ParamSpec("_P")
_ResultT = TypeVar("_ResultT")
_ALMOST: Final = 0.67
"""Minimum similarity (difflib's ratio) of a name to be suggested."""


def checks_options(cls: _ClassT) -> _ClassT:
    """Make a class and its public methods reject unknown options with a suggestion.

    Raises
    ------
    OptionError
        One of them was called with an unknown option.
    """
    for name, member in [*vars(cls).items()]:
        if inspect.isfunction(member) and (name == "__init__" or not name.startswith("_")):
            setattr(cls, name, check_calls(member, cls.__name__ if name == "__init__" else f"{cls.__name__}.{name}"))
    if "__repr__" in vars(cls):
        setattr(cls, "__repr__", _even_unfilled(vars(cls)["__repr__"]))  # noqa: B010  # as above
    return cls


def _even_unfilled(shown: Callable[[object], str]) -> Callable[[object], str]:
    """Make `repr` work on an object whose constructor failed, since tools that print local variables use it."""

    @wraps(shown)
    def show(self: object) -> str:
        try:
            return shown(self)
        except AttributeError:
            return object.__repr__(self)

    return show


def unknown_option_error(called: str, given: Iterable[str], known: Iterable[str]) -> OptionError:
    """Return the error for unknown options.

    Examples
    --------
    >>> str(unknown_option_error("volume", ["evry"], ["by", "every", "where"]))
    'volume has no option evry. Did you mean every?'
    >>> str(unknown_option_error("FeedbackFilter", ["page"], ["path", "type"]))
    'FeedbackFilter has no option page. Did you mean path?'
    >>> str(unknown_option_error("volume", ["colour"], ["by", "every"]))
    'volume has no option colour. Its options are by and every.'
    """
    given, known = list(given), list(known)
    meant = [CALLED.get(name.lower(), name.lower()) for name in given]
    close = [match for name in meant for match in get_close_matches(name, known, n=1, cutoff=_ALMOST)]
    advice = f"Did you mean {' and '.join(dict.fromkeys(close))}?" if close else f"Its options are {join_words(known)}."
    return OptionError(f"{called} has no option {join_words(given)}. {advice}")


def check_calls(function: Callable[..., Any], called: str) -> Callable[..., Any]:
    """Make a function reject unknown options, like `checks_options`, and take moments of any time zone in UTC."""
    every = [*inspect.signature(function).parameters.values()]
    parameters = [one for one in every if one.name != "self"]
    known = [one.name for one in parameters if one.kind in {one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY}]
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return function

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401  # whatever the function takes
        strange = [name for name in options if name not in known]
        # Keep a token out of this frame's local variables, even under a misspelled name.
        options = {
            name: hide(value) if name == "api_key" or name in strange else _plain(value)
            for name, value in options.items()
        }
        if strange:
            raise unknown_option_error(called, strange, known)
        _check_passed(called, every, len(args), options)
        _check_flags(parameters, options)
        return function(*map(_plain, args), **options)

    return call


def _check_flags(parameters: Iterable[inspect.Parameter], options: Mapping[str, object]) -> None:
    """Require True or False where a flag is expected: any text, such as ``"false"``, would count as True."""
    flags = {one.name for one in parameters if one.annotation in {"bool", bool}}
    for name in flags & {*options}:
        if not isinstance(options[name], bool):
            # The value is not shown, since it may be a token.
            raise ArgumentError(f"{name} must be True or False, got {type(options[name]).__name__}.")


def _plain(value: Any) -> Any:  # noqa: ANN401  # whatever the function takes
    """Convert a number or flag of numpy to Python's, and a moment to UTC, since polars compares those of one zone.

    Anything else stays as it is.
    """
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        value = value.item()
    # pandas's NaT, which is a datetime, has no offset to ask for.
    if not isinstance(value, datetime) or value.tzinfo is None or value.utcoffset() is None:
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:  # within a day of the calendar's ends
        return value.replace(tzinfo=UTC)


def by_name(function: Callable[_P, _ResultT]) -> Callable[_P, _ResultT]:
    """Make a function that passes on its options reject positional arguments."""
    from seggwat_nb.config import Options

    parameters = [*inspect.signature(function).parameters.values()]
    known = [one.name for one in parameters if one.kind is not one.VAR_KEYWORD]
    plain = {*known, *Options.__annotations__} - {"api_key"}

    @wraps(function)
    def call(*args: _P.args, **options: _P.kwargs) -> _ResultT:
        given = len(args)
        del args  # It may contain a token, and tracebacks show local variables. The same is true of unknown options.
        passed: dict[str, Any] = {name: one if name in plain else hide(one) for name, one in options.items()}
        options.clear()
        strange = passed.keys() - plain - {"api_key"}
        if strange:
            raise unknown_option_error(function.__name__, sorted(strange), [*known, *Options.__annotations__])
        _check_passed(function.__name__, parameters, given, passed)
        _check_flags(parameters, passed)
        return function(**passed)  # type: ignore[call-arg]  # the options as passed

    return call


def _check_passed(called: str, parameters: Sequence[inspect.Parameter], given: int, options: Iterable[str]) -> None:
    """Raise `OptionError` for missing arguments or too many positional ones.

    The values are neither inspected nor shown, since one may be a token.
    """
    by_place = [one for one in parameters if one.kind in {one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD}]
    if given > len(by_place) and not any(one.kind is one.VAR_POSITIONAL for one in parameters):
        others = [one.name for one in parameters if one.kind is one.KEYWORD_ONLY]
        placed = [one.name for one in by_place if one.name != "self"]
        first = f"{called} takes {join_words(placed) if placed else 'nothing'} without a name"
        named = f": {join_words(others, 'or')}" if others else ""
        by_name = f" Pass {'the others' if placed else 'all'} by name{named}."
        takes_names = others or any(one.kind is one.VAR_KEYWORD for one in parameters)
        raise OptionError(f"{first}.{by_name}" if takes_names else f"{first}, and nothing else.")
    filled = {one.name for one in by_place[:given]} | {*options}
    missing = [
        one.name
        for one in parameters
        if one.default is one.empty and one.kind not in {one.VAR_POSITIONAL, one.VAR_KEYWORD} and one.name not in filled
    ]
    if missing:
        example = f"{called.rpartition('.')[2]}({', '.join(f'{name}=…' for name in missing)})"
        raise OptionError(
            f"{called} requires {join_words(missing)}. Pass {'it' if len(missing) == 1 else 'them'}: {example}."
        )
