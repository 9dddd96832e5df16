"""The environment and ``.env`` files: how they are read, and where each value may be sent.

``.env`` files are read from the working folder and from the project's root, the nearest parent folder with a ``.git``
or a ``pyproject.toml``. The search ends at the home folder and at the boundary of the file system. A ``.env`` of
another user is not read, and ``${...}`` is not expanded.

A secret is sent only to an address that was set in the same place, or that the user has named explicitly:

===========================  =====================  =====================  ============================
the address comes from       secret: an argument    secret: environment    secret: ``.env``
===========================  =====================  =====================  ============================
the default                  sent                   sent                   sent
an argument                  sent                   sent                   sent
the environment              sent                   sent                   refused
a ``.env``                   refused                refused                sent if in the same ``.env``
===========================  =====================  =====================  ============================

So a ``.env`` in a downloaded folder cannot have your token sent elsewhere, and an address left over in a shell does not
receive the token of every project opened there. The rule applies to ``SEGGWAT_API_KEY`` with ``SEGGWAT_API_URL``, and
to ``GITHUB_TOKEN`` with ``GITHUB_API_URL``. A value that is the same in two places counts as set in both.
"""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seggwat_nb.errors import SettingsError
from seggwat_nb.secret import Secret
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "ARGUMENT",
    "ENVIRONMENT",
    "REPORT_ROWS",
    "VARIABLES",
    "WITHOUT_IMAGES",
    "Variable",
    "child_environment",
    "environment",
    "is_quiet",
    "refusal",
    "typos",
    "unknown_settings",
]

REPORT_ROWS: Final = "SEGGWAT_NB_REPORT_MATERIAL"
"""The variable that names the folder with the rows of a report's notebook."""
WITHOUT_IMAGES: Final = "SEGGWAT_NB_REPORT_WITHOUT_IMAGES"
"""If this variable is not empty, a report's notebook renders no images of its charts, since nobody will see them."""

VARIABLES: Final = (
    "SEGGWAT_API_KEY",
    "SEGGWAT_PROJECT_ID",
    "SEGGWAT_API_URL",
    "SEGGWAT_NB_REQUESTS_PER_MINUTE",
    "SEGGWAT_NB_MAX_AGE_SECONDS",
    "SEGGWAT_NB_FULL_AFTER_DAYS",
    "SEGGWAT_NB_KEEP_GONE_DAYS",
    "SEGGWAT_NB_QUIET",
    "SEGGWAT_NB_CACHE_DIR",
    "SEGGWAT_NB_DATA_DIR",
    REPORT_ROWS,
    WITHOUT_IMAGES,
)
"""Every variable that this package reads; a report sets the last two for its notebook."""

_PREFIX: Final = "SEGGWAT_"
_OTHERS: Final = ("SLACK_WEBHOOK_URL", "GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_API_URL", "WEBHOOK_SECRET")
"""Variables of other services, read by deliveries."""

ARGUMENT: Final = "an argument"
ENVIRONMENT: Final = "the environment"

_ALMOST: Final = 0.7
"""Minimum similarity (difflib's ratio, after the prefix) for an unknown name to count as a typo."""

_LONG_ENOUGH: Final = 5
"""Minimum length of a name's beginning to count as an abbreviation of it."""

_ALMOST_PREFIX: Final = 0.8
_SPELT_PREFIX: Final = re.compile(r"S+E+G+W+A+T+")
_SYNONYMS: Final = MappingProxyType(
    dict.fromkeys(("KEY", "TOKEN", "APITOKEN", "AUTHTOKEN", "ACCESSTOKEN", "SECRET"), "API_KEY")
    | dict.fromkeys(("PROJECT", "PROJECTKEY"), "PROJECT_ID")
    | dict.fromkeys(("URL", "BASEURL", "HOST", "SERVER", "ENDPOINT", "SERVICEURL"), "API_URL")
)
"""Other names for variables, without punctuation."""

_ROOT_MARKS: Final = (".git", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable's value, hidden since it may be a secret, and the places that set it, in order of precedence."""

    value: Secret
    places: tuple[str, ...]


def environment(environ: Mapping[str, str] | None = None) -> dict[str, Variable]:
    """Read the variables that this package reads, or that look as if it should.

    Parameters
    ----------
    environ
        Used in place of the environment and every ``.env``.

    Returns
    -------
    dict
        Name to value. The environment overrides every ``.env``, and the one in the working folder overrides the one in
        the project's root. An empty value counts as unset, but hides values from places with lower precedence.
    """
    found: dict[str, Variable] = {}
    files = [] if environ is not None else _env_files()
    for path in files:
        found = _override(found, _read_env_file(path), str(path))
    return _override(found, os.environ if environ is None else environ, ENVIRONMENT)


def _override(weaker: dict[str, Variable], stronger: Mapping[str, str], place: str) -> dict[str, Variable]:
    """Override variables with those of a place. A value that is the same in both counts as set in both."""
    ours = {name: Secret(text) for name, text in stronger.items() if _is_ours(name) or name in _OTHERS}
    also = {
        name: weaker[name].places
        for name, value in ours.items()
        if name in weaker and weaker[name].value.fingerprint == value.fingerprint
    }
    return weaker | {name: Variable(value, (place, *also.get(name, ()))) for name, value in ours.items()}


def _env_files() -> list[Path]:
    """Find the ``.env`` of the project's root, then that of the working folder, which takes precedence."""
    try:
        folder = Path.cwd()
    except FileNotFoundError:  # It was deleted.
        return []
    folders = dict.fromkeys([*_project_root(folder), folder])
    # Unlike the methods of Path, these functions do not raise without permission.
    return [file for file in (each / ".env" for each in folders) if os.path.isfile(file)]  # noqa: PTH113


def _project_root(folder: Path) -> Iterator[Path]:
    """Find the nearest folder that is a project's root, not beyond the home folder or another file system."""
    home, device = _identity(Path("~")), _identity(folder)[:1]
    for candidate in (folder, *folder.parents):
        here = _identity(candidate)
        if here[:1] != device:
            return
        if any(os.path.exists(candidate / mark) for mark in _ROOT_MARKS):  # noqa: PTH110  # as above
            yield candidate
            return
        if here == home != ():
            return


def _identity(folder: Path) -> tuple[int, ...]:
    """Return device and inode of a folder, or nothing if it does not exist or is not accessible."""
    try:
        facts = folder.expanduser().stat()
    except (OSError, RuntimeError):
        return ()
    return facts.st_dev, facts.st_ino


def _read_env_file(path: Path) -> Mapping[str, str]:
    """Read a ``.env`` file. Ignores a file of another user, since it could have the token sent anywhere."""
    from io import StringIO

    from dotenv.parser import parse_stream

    try:
        if os.name != "posix" or {path.lstat().st_uid, path.stat().st_uid} == {os.geteuid()}:
            # Not expanding ${...}, which would allow the file to put any environment variable into an address.
            lines = list(parse_stream(StringIO(path.read_bytes().decode("utf-8-sig"))))
            unread = [line.original for line in lines if line.error]
            if unread:
                blank = unread[0].string[: -len(unread[0].string.lstrip())]
                warnings.warn(
                    f"Cannot read {count_of(len(unread), 'line')} of {path}, from line "
                    f"{unread[0].line + blank.count(chr(10))} on. Write NAME=value, and close quotation marks.",
                    stacklevel=2,
                )
            return {line.key: line.value for line in lines if line.key is not None and line.value is not None}
        reason = "it belongs to another user"
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    warnings.warn(
        f"{path} was ignored: {reason}. Fix that, remove the file, or set the variables in the environment.",
        stacklevel=2,
    )
    return {}


def unknown_settings(named: Mapping[str, object]) -> list[str]:
    """Return names that look like settings of this package but are not.

    Examples
    --------
    >>> unknown_settings({"SEGGWAT_API_KEY": "oat_x", "seggwat_key": "oat_x", "SEGWAT_URL": "x", "HOME": "/"})
    ['SEGWAT_URL', 'seggwat_key']
    """
    return sorted(name for name in named if _is_ours(name) and name not in VARIABLES)


def _is_ours(name: str) -> bool:
    return _after_prefix(name) is not None


def _after_prefix(name: str) -> str | None:
    """Return the letters and digits after the prefix, however both are spelled; None without the prefix.

    Examples
    --------
    >>> [_after_prefix(name) for name in ("SEGGWAT_NB_CACHE_DIR", "segwatApiKey", "SEGGAWT-KEY", "SEGWAY_KEY")]
    ['CACHEDIR', 'APIKEY', 'KEY', None]
    """
    head, *rest = re.split(r"[^A-Z0-9]+", name.upper())
    spelt = _SPELT_PREFIX.match(head)
    if spelt is not None:
        rest = [head[spelt.end() :], *rest]
    elif not get_close_matches(head, [_PREFIX.rstrip("_")], cutoff=_ALMOST_PREFIX):
        return None
    return "".join(rest).removeprefix("NB")


def typos(variable: str, named: Mapping[str, Variable]) -> Iterator[str]:
    """Describe the unknown names that are probably typos of a variable that is not set."""
    stems = {_after_prefix(known) or "": known for known in VARIABLES}
    for name in unknown_settings(named):
        stem = _after_prefix(name) or ""
        cut = [known for known in stems if len(stem) >= _LONG_ENOUGH and known.startswith(stem)]
        close = cut or get_close_matches(stem, list(stems), n=1, cutoff=_ALMOST)
        meant = _PREFIX + _SYNONYMS[stem] if stem in _SYNONYMS else stems[close[0]] if close else None
        if meant == variable and named[name].value:
            yield f"{name} is not a setting; did you mean {variable}? Rename or remove it"


def refusal(
    secret_name: str, secret: Variable, address_name: str, address: Variable | None, *, argument: str | None = None
) -> str | None:
    """Explain why a secret is not sent to an address, by where each was set; None if it may be sent.

    Parameters
    ----------
    secret_name, address_name
        Their variables' names.
    secret, address
        Where they were set; without an address, the default is used.
    argument
        The argument for an address, if there is one.
    """
    if address is None or ARGUMENT in address.places or set(address.places) & set(secret.places):
        return None
    if ENVIRONMENT in address.places and ARGUMENT in secret.places:
        return None
    beside = f", or pass {argument}" if argument else ""
    return (
        f"{address_name} is set in {address.places[0]}, but {secret_name} comes from {secret.places[0]}. A secret is "
        f"sent only to an address that is set in the same place. Set both in one place, remove {address_name}{beside}"
    )


def is_quiet() -> bool | None:
    """Return whether messages are switched off, or None without a setting; one that `Settings.load` rejects is none."""
    named = environment().get("SEGGWAT_NB_QUIET")
    return None if named is None else {"0": False, "1": True}.get(named.value.reveal().strip())


def child_environment() -> dict[str, str]:
    """Return our variables for a child process, which cannot know where each was set.

    Raises
    ------
    SettingsError
        A token would be sent to an address that was set in another place.
    """
    named = environment()
    key, address = named.get("SEGGWAT_API_KEY"), named.get("SEGGWAT_API_URL")
    if key is not None and key.value and address is not None and address.value:
        problem = refusal("SEGGWAT_API_KEY", key, "SEGGWAT_API_URL", address)
        if problem is not None:
            raise SettingsError(f"{problem}.")
    return {name: found.value.reveal() for name, found in named.items() if name.startswith(_PREFIX)}
