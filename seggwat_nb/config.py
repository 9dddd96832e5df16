"""Settings: from arguments, then the environment, then a ``.env``; and where things lie on disk.

========================================  =================================================  =====================
setting                                   meaning                                            default
========================================  =================================================  =====================
``SEGGWAT_API_KEY``                       the token, ``oat_…``                               none
``SEGGWAT_PROJECT_ID``                    the project                                        none
``SEGGWAT_API_URL``                       the service, with or without ``/`` or ``/api/v1``  ``https://seggwat.com``
``SEGGWAT_NB_REQUESTS_PER_MINUTE``        the service's limit; 0 is unlimited                20
``SEGGWAT_NB_MAX_AGE_SECONDS``            a younger snapshot is served; 0 asks every time    300
``SEGGWAT_NB_FULL_AFTER_DAYS``            all rows are read again when that is so long ago  7
``SEGGWAT_NB_KEEP_GONE_DAYS``             rows that went from the list are kept aside        30
``SEGGWAT_NB_CACHE_DIR``                  what can be fetched again                          the user's cache folder
``SEGGWAT_NB_DATA_DIR``                   what cannot                                        the user's data folder
========================================  =================================================  =====================
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypedDict, TypeVar, Unpack
from urllib.parse import urlsplit

from seggwat_nb.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "DEFAULT_BASE_URL",
    "DEMO_TOKEN",
    "VARIABLES",
    "Folders",
    "Options",
    "Settings",
    "Token",
    "cache_folder",
    "environment",
    "is_id",
    "is_loopback",
    "unknown_names",
]

DEFAULT_BASE_URL: Final = "https://seggwat.com"
API_PATH: Final = "/api/v1"

DEMO_TOKEN: Final = "oat_DemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDem"  # noqa: S105  # opens nothing but the demo
"""The demo server's token: whoever uses it works on synthetic data, and is told so."""

VARIABLES: Final = (
    "SEGGWAT_API_KEY",
    "SEGGWAT_PROJECT_ID",
    "SEGGWAT_API_URL",
    "SEGGWAT_NB_REQUESTS_PER_MINUTE",
    "SEGGWAT_NB_MAX_AGE_SECONDS",
    "SEGGWAT_NB_FULL_AFTER_DAYS",
    "SEGGWAT_NB_KEEP_GONE_DAYS",
    "SEGGWAT_NB_CACHE_DIR",
    "SEGGWAT_NB_DATA_DIR",
    "SEGGWAT_NB_REPORT_MATERIAL",
    "SEGGWAT_NB_REPORT_WITHOUT_IMAGES",
)
"""Every name that this package reads; the last is what a report hands to its notebook."""

_PREFIX: Final = "SEGGWAT_"
_ALMOST: Final = 0.7
"""Likeness (difflib's ratio, of what follows the prefix) from which an unknown name is taken for a slip."""

_APP: Final = "seggwat-nb"
_TOKEN: Final = re.compile(r"oat_[A-Za-z0-9_-]+")
_ID: Final = re.compile(r"(?!\.{1,2}$)[^\s/?#\\\x00-\x1f\x7f]+")
_Value = TypeVar("_Value")


class Folders(TypedDict, total=False):
    """Where things lie on disk, as arguments."""

    cache_dir: str | os.PathLike[str] | None
    data_dir: str | os.PathLike[str] | None


class Options(Folders, total=False):
    """Settings as arguments; one that is absent or None comes from the environment or the ``.env``."""

    api_key: str | None
    project_id: str | None
    base_url: str | None
    requests_per_minute: int | None
    max_age_seconds: float | None
    full_after_days: float | None
    keep_gone_days: float | None


class Token:
    """The API token, held so that it is not shown by accident.

    Neither repr, str nor pickle gives it away; only `reveal` does, and only the signing adapter calls that.

    Parameters
    ----------
    value
        The token as the service gave it.

    Examples
    --------
    >>> Token("oat_" + "x" * 43)
    Token(oat_…, fingerprint 41870b)
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the token itself; keep it in no variable."""
        return self._value

    @property
    def fingerprint(self) -> str:
        """First half of the token's SHA-256: tells two tokens apart and leads back to neither."""
        return hashlib.sha256(self._value.encode()).hexdigest()[:32]

    def __repr__(self) -> str:
        return f"Token(oat_…, fingerprint {self.fingerprint[:6]})"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token is not pickled: make a new client where it is needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a client needs to know, checked.

    Attributes
    ----------
    token : Token or None
        The API token.
    project_id : str or None
        The project that is meant where none is named.
    base_url : str
        The service, without trailing ``/`` and ``/api/v1``.
    requests_per_minute : int
        The service's limit; 0 is unlimited.
    max_age_seconds : float
        A snapshot younger than this is served without a request; 0 asks every time.
    full_after : timedelta
        A refresh reads every row again when that was last done so long ago; 0 does so every time.
    keep_gone : timedelta
        For so long rows that have gone from the list are kept aside.
    cache_dir, data_dir : Path
        Where what can be fetched again, and what cannot, lies.
    demo : bool
        Whether the service is the demo server.
    """

    token: Token | None
    project_id: str | None
    base_url: str
    requests_per_minute: int
    max_age_seconds: float
    cache_dir: Path
    data_dir: Path
    full_after: timedelta = timedelta(days=7)
    keep_gone: timedelta = timedelta(days=30)
    demo: bool = False

    @property
    def api_root(self) -> str:
        """Base of every endpoint."""
        return self.base_url + API_PATH

    @property
    def sends_in_clear(self) -> bool:
        """Whether the token would cross a network unencrypted."""
        parts = urlsplit(self.base_url)
        return parts.scheme == "http" and not is_loopback(parts.hostname or "")

    @property
    def service_key(self) -> str:
        """Name of the service on disk: the demo keeps its own across ports."""
        return _digest("demo" if self.demo else self.base_url)

    @property
    def page_cache_dir(self) -> Path:
        """Folder for pages and short-lived answers: one for each service and token."""
        fingerprint = "none" if self.token is None else self.token.fingerprint
        return self.cache_dir / "pages" / _digest(f"{self.service_key}:{fingerprint}")

    @property
    def bucket_dir(self) -> Path:
        """Folder of the request bucket: one for each service, since the limit is the machine's."""
        return self.cache_dir / "limits" / self.service_key

    def project_dir(self, project_id: str) -> Path:
        """Folder for what cannot be fetched again: by service and project, so that a new token finds it."""
        return self.data_dir / "projects" / _digest(f"{self.service_key}:{project_id}")

    @classmethod
    def load(
        cls, *, demo: bool = False, environ: Mapping[str, str] | None = None, **options: Unpack[Options]
    ) -> Settings:
        """Gather settings from arguments, then the environment, then the nearest ``.env``, and check them.

        An empty variable counts as unset.

        Raises
        ------
        SettingsError
            Naming everything that is wrong, at once.
        """
        strange = options.keys() - Options.__annotations__.keys()
        if strange:
            known = ", ".join(Options.__annotations__)
            raise TypeError(f"unknown settings: {', '.join(sorted(strange))}; known are {known}")
        named = environment() if environ is None else environ
        problems: list[str] = []

        def setting(name: str, variable: str, parse: Callable[[str], _Value], default: _Value) -> _Value:
            argument = options.get(name)
            text = named.get(variable, "").strip() if argument is None else str(argument).strip()
            if not text and argument is None:
                problems.extend(_slips(variable, named))
                return default
            try:
                return parse(text)
            except ValueError as error:
                problems.append(f"{variable}: {error}")
                return default

        token = setting("api_key", "SEGGWAT_API_KEY", _token, None)
        settings = cls(
            token=token,
            project_id=setting("project_id", "SEGGWAT_PROJECT_ID", _project, None),
            base_url=setting("base_url", "SEGGWAT_API_URL", _base_url, DEFAULT_BASE_URL),
            requests_per_minute=setting("requests_per_minute", "SEGGWAT_NB_REQUESTS_PER_MINUTE", _requests, 20),
            max_age_seconds=setting("max_age_seconds", "SEGGWAT_NB_MAX_AGE_SECONDS", _seconds, 300.0),
            cache_dir=setting("cache_dir", "SEGGWAT_NB_CACHE_DIR", _folder, _default_folder("cache")),
            data_dir=setting("data_dir", "SEGGWAT_NB_DATA_DIR", _folder, _default_folder("data")),
            full_after=setting("full_after_days", "SEGGWAT_NB_FULL_AFTER_DAYS", _days, timedelta(days=7)),
            keep_gone=setting("keep_gone_days", "SEGGWAT_NB_KEEP_GONE_DAYS", _days, timedelta(days=30)),
            demo=demo or (token is not None and token.fingerprint == Token(DEMO_TOKEN).fingerprint),
        )
        if problems:
            listed = "\n".join(f"  - {problem}" for problem in problems)
            raise SettingsError(
                f"These settings are wrong:\n{listed}\n"
                "Correct each where it is set, in the environment, the .env file or an argument, then try again."
            )
        return settings


def is_id(text: object) -> bool:
    """Tell whether a text can be an id: ids are opaque, but one that would change the path of a request is none."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself, to which nothing travels in clear."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def environment() -> dict[str, str]:
    """Read the environment over the nearest ``.env``."""
    from dotenv import dotenv_values, find_dotenv

    nearest = find_dotenv(usecwd=True)
    from_file = dotenv_values(nearest) if nearest else {}
    return {name: value for name, value in {**from_file, **os.environ}.items() if value is not None}


def unknown_names(named: Mapping[str, str]) -> list[str]:
    """Names that look like settings of ours and are none.

    Examples
    --------
    >>> unknown_names({"SEGGWAT_API_KEY": "oat_x", "seggwat_key": "oat_x", "HOME": "/"})
    ['seggwat_key']
    """
    return sorted(name for name in named if name.upper().startswith(_PREFIX) and name not in VARIABLES)


def _slips(variable: str, named: Mapping[str, str]) -> Iterator[str]:
    """Tell the unknown names that are likest to a variable which is not set."""
    stems = [name.removeprefix(_PREFIX) for name in VARIABLES]
    for name in unknown_names(named):
        close = get_close_matches(name.upper().removeprefix(_PREFIX), stems, n=1, cutoff=_ALMOST)
        if close == [variable.removeprefix(_PREFIX)] and named[name].strip():
            yield f"{name} is no setting; did you mean {variable}? Rename or remove it"


def cache_folder() -> Path:
    """Find the folder of what can be fetched or made again, whether or not the other settings are right."""
    named = environment().get("SEGGWAT_NB_CACHE_DIR", "").strip()
    return _folder(named) if named else _default_folder("cache")


def _default_folder(kind: str) -> Path:
    import platformdirs

    find = platformdirs.user_cache_path if kind == "cache" else platformdirs.user_data_path
    return find(_APP, appauthor=False)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _token(text: str) -> Token | None:
    if not _TOKEN.fullmatch(text):
        # The text itself stays out of the message: it may be a token with a slip in it.
        raise ValueError(
            "this is no SeggWat token; one starts with oat_ and has only letters, digits, - and _. "
            "Copy it again from the dashboard"
        )
    return Token(text)


def _project(text: str) -> str | None:
    if not is_id(text):
        raise ValueError(f"{text!r} is no project id; `seggwat-nb doctor` lists the ids that your token sees")
    return text


def _base_url(text: str) -> str:
    url = text.rstrip("/").removesuffix(API_PATH).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{text!r} is no web address; write it as {DEFAULT_BASE_URL}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            "an address with a password, a query or a fragment is not taken; write only scheme, host and path"
        )
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}"


def _requests(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"{text!r} is no whole number from 0 (unlimited) up")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"{text!r} is no number of seconds from 0 (always ask) up")
    return seconds


def _days(text: str) -> timedelta:
    try:
        days = timedelta(days=float(text))
    except (ValueError, OverflowError):
        days = timedelta(-1)
    if days < timedelta(0):
        raise ValueError(f"{text!r} is no number of days from 0 up")
    return days


def _folder(text: str) -> Path:
    if not text:
        raise ValueError("an empty path is no folder; leave it out for the default")
    return Path(text).expanduser().absolute()
