"""Settings from arguments, the environment or a ``.env`` file, in that order, and the folders used on disk.

========================================  =================================================  =====================
setting                                   meaning                                            default
========================================  =================================================  =====================
``SEGGWAT_API_KEY``                       the token, ``oat_…``                               none
``SEGGWAT_PROJECT_ID``                    the project                                        none
``SEGGWAT_API_URL``                       the service, with or without ``/`` or ``/api/v1``  ``https://seggwat.com``
``SEGGWAT_NB_REQUESTS_PER_MINUTE``        the service's limit; 0 for none                    20
``SEGGWAT_NB_MAX_AGE_SECONDS``            how long a snapshot is reused; 0 always refreshes  300
``SEGGWAT_NB_FULL_AFTER_DAYS``            days until every item is read again                7
``SEGGWAT_NB_KEEP_GONE_DAYS``             days that removed items are kept                   30
``SEGGWAT_NB_QUIET``                      1 hides progress and summaries, 0 shows them       where people watch
``SEGGWAT_NB_CACHE_DIR``                  folder for data that can be fetched again          the user's cache folder
``SEGGWAT_NB_DATA_DIR``                   folder for data that cannot                        the user's data folder
========================================  =================================================  =====================

`seggwat_nb.environment` explains how ``.env`` files are read and where a token may be sent.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict, TypeVar, Unpack
from urllib.parse import urlsplit

from seggwat_nb.addresses import is_loopback
from seggwat_nb.environment import ARGUMENT, ENVIRONMENT, Variable, environment, refusal, typos
from seggwat_nb.errors import SettingsError
from seggwat_nb.options import unknown_option_error
from seggwat_nb.secret import Secret, hide

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "API_PATH",
    "DEFAULT_BASE_URL",
    "DEMO_PROJECT_IDS",
    "DEMO_TOKEN",
    "Connection",
    "Folders",
    "Options",
    "Settings",
    "cache_folder",
    "hide_secrets",
    "is_id",
]

DEFAULT_BASE_URL: Final = "https://seggwat.com"
API_PATH: Final = "/api/v1"

DEMO_TOKEN: Final = "oat_DemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDem"  # noqa: S105  # opens nothing but the demo
"""The demo server's token, which gives access to synthetic data only."""

DEMO_PROJECT_IDS: Final = ("65d0a0c0ffee000000000001", "0d9c2f4e-7a51-4c1e-9b1d-5a3f0c7e2b10")
"""The demo's shop and its manual."""

_MOST_REQUESTS: Final = 1_000_000
_MOST_DAYS: Final = 36_500.0
_APP: Final = "seggwat-nb"
_FOLDERS: Final = {"cache_dir": "SEGGWAT_NB_CACHE_DIR", "data_dir": "SEGGWAT_NB_DATA_DIR"}
_TOKEN: Final = re.compile(r"oat_[A-Za-z0-9_-]+")
_ID: Final = re.compile(r"(?!\.{1,2}$)[^\s/?#\\\x00-\x1f\x7f\ud800-\udfff]+")
_HOST: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*\.?")
_PATH: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")
_Value = TypeVar("_Value")
_OptionsT = TypeVar("_OptionsT", bound="Connection")


class Folders(TypedDict, total=False):
    """Folders on disk, as arguments."""

    cache_dir: str | os.PathLike[str] | None
    data_dir: str | os.PathLike[str] | None


class Connection(Folders, total=False):
    """Connection settings as arguments; those missing or None come from the environment or a ``.env`` file."""

    api_key: str | Secret | None
    base_url: str | None
    requests_per_minute: int | None
    max_age_seconds: float | None
    full_after_days: float | None
    keep_gone_days: float | None


class Options(Connection, total=False):
    """All settings as arguments."""

    project_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The validated settings of a client.

    Attributes
    ----------
    token : Secret or None
        The API token.
    project_id : str or None
        The project used if none is named.
    base_url : str
        The service, without trailing ``/`` and ``/api/v1``.
    requests_per_minute : int
        The service's limit; 0 for none.
    max_age_seconds : float
        A snapshot younger than this is served without a request; 0 always refreshes.
    full_after : timedelta
        The longest time since each row was last read: refreshes read older rows again, or the whole list. 0 loads the
        whole list every time.
    keep_gone : timedelta
        How long rows that left the list are kept.
    cache_dir, data_dir : Path
        Folders for data that can be fetched again, and for data that cannot.
    demo : bool
        Whether the service is the demo server.
    places : dict of str to str
        Where each setting was set, by name; settings at their defaults are left out.
    """

    token: Secret | None
    project_id: str | None
    base_url: str
    requests_per_minute: int
    max_age_seconds: float
    cache_dir: Path
    data_dir: Path
    full_after: timedelta = timedelta(days=7)
    keep_gone: timedelta = timedelta(days=30)
    demo: bool = False
    places: Mapping[str, str] = field(default_factory=dict)

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
        """Name of the service on disk, the same for the demo on every port."""
        return _digest("demo" if self.demo else self.base_url)

    @property
    def page_cache_dir(self) -> Path:
        """Folder for pages and short-lived responses, one per service and token."""
        fingerprint = "none" if self.token is None else self.token.fingerprint
        return self.cache_dir / "pages" / _digest(f"{self.service_key}:{fingerprint}")

    @property
    def bucket_dir(self) -> Path:
        """Folder of the request budget, one per service, since all programs on the machine share it."""
        return self.cache_dir / "limits" / self.service_key

    def project_dir(self, project_id: str) -> Path:
        """Folder for data that cannot be fetched again, by service and project so that a new token finds it."""
        return self.data_dir / "projects" / _digest(f"{self.service_key}:{project_id}")

    @classmethod
    def load(
        cls, *, demo: bool = False, environ: Mapping[str, str] | None = None, **options: Unpack[Options]
    ) -> Settings:
        """Read settings from arguments, the environment and ``.env`` files, in that order, and validate them.

        An empty variable counts as unset.

        Raises
        ------
        SettingsError
            A setting is invalid; the message lists every problem.
        """
        options = hide_secrets(options)
        strange = options.keys() - Options.__annotations__.keys()
        if strange:
            raise unknown_option_error("connect", sorted(strange), Options.__annotations__)
        read = _Reader(options, environment(environ))
        del environ  # Its repr shows all values.
        # Only validated here, and read where messages are printed.
        read.setting("quiet", "SEGGWAT_NB_QUIET", _switch, default=False)
        token = read.setting("api_key", "SEGGWAT_API_KEY", _token, None)
        base_url = read.setting("base_url", "SEGGWAT_API_URL", _base_url, DEFAULT_BASE_URL)
        settings = cls(
            token=token,
            project_id=read.setting("project_id", "SEGGWAT_PROJECT_ID", _project, None),
            base_url=base_url,
            requests_per_minute=read.setting("requests_per_minute", "SEGGWAT_NB_REQUESTS_PER_MINUTE", _requests, 20),
            max_age_seconds=read.setting("max_age_seconds", "SEGGWAT_NB_MAX_AGE_SECONDS", _seconds, 300.0),
            cache_dir=read.folder("cache_dir", "cache"),
            data_dir=read.folder("data_dir", "data"),
            full_after=read.setting("full_after_days", "SEGGWAT_NB_FULL_AFTER_DAYS", _days, timedelta(days=7)),
            keep_gone=read.setting("keep_gone_days", "SEGGWAT_NB_KEEP_GONE_DAYS", _days, timedelta(days=30)),
            demo=demo or (token is not None and token.fingerprint == Secret(DEMO_TOKEN).fingerprint),
            places={name: " and ".join(found.places) for name, found in read.used.items()},
        )
        problems = read.problems
        if token is not None and base_url != DEFAULT_BASE_URL:
            refused = refusal(
                "SEGGWAT_API_KEY",
                read.used["api_key"],
                "SEGGWAT_API_URL",
                read.used.get("base_url"),
                argument="base_url=",
            )
            problems.extend([] if refused is None else [refused])
        if problems:
            listed = "\n".join(f"  - {problem}" for problem in problems)
            raise SettingsError(
                f"These settings are invalid:\n{listed}\n"
                "Correct each where it is set (the environment, a .env file or an argument), then retry."
            )
        return settings


class _Reader:
    """Reads settings one by one, and collects what is wrong with them.

    Parameters
    ----------
    options
        Settings as arguments, with secrets hidden.
    named
        The variables of the environment and of ``.env`` files.

    Attributes
    ----------
    used : dict
        The variables that were read, by the name of the setting.
    problems : list of str
        What is wrong, one sentence a setting.
    """

    def __init__(self, options: Mapping[str, object], named: Mapping[str, Variable]) -> None:
        self._options, self._named = options, named
        self.used: dict[str, Variable] = {}
        self.problems = [
            f"{_FOLDERS[name]}: {type(value).__name__} is not the path of a folder"
            for name, value in options.items()
            if name in _FOLDERS and not isinstance(value, str | os.PathLike | None)
        ]

    def setting(self, name: str, variable: str, parse: Callable[[str], _Value], default: _Value) -> _Value:
        """Read a setting from its argument, or else from its variable."""
        argument = hide(self._options.get(name))
        found = self._named.get(variable) if argument is None else Variable(argument, (ARGUMENT,))
        if found is None or (argument is None and not found.value):
            self.problems.extend(typos(variable, self._named))
            return default
        self.used[name] = found
        if found.places[0] not in {ARGUMENT, ENVIRONMENT} and "${" in found.value.reveal():
            self.problems.append(f"{variable}: ${{...}} in {found.places[0]} is not expanded. Write the value itself")
            return default
        try:
            return parse(found.value.reveal().strip())
        except ValueError as error:
            self.problems.append(f"{variable}: {error}")
            return default

    def folder(self, name: str, kind: str) -> Path:
        """Read a setting that is a folder. By default, it is the user's folder of a kind."""
        variable = _FOLDERS[name]
        chosen = self.setting(name, variable, _folder, None)
        try:
            return chosen or _default_folder(kind)
        except ValueError as error:
            self.problems.append(f"{variable}: {error}")
            return Path()


def hide_secrets(options: _OptionsT) -> _OptionsT:
    """Copy options, with the token and any unknown option, which may be a misspelled token, as a `Secret`.

    Called first by everything that takes a token, so that its local variables do not show it.
    """
    plain = Options.__annotations__.keys() - {"api_key"}
    return {name: value if name in plain else hide(value) for name, value in options.items()}  # type: ignore[return-value]  # same keys


def is_id(text: object) -> bool:
    """Return whether a text may be an ID. IDs are opaque, but must not change the path of a request."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def cache_folder() -> Path:
    """Find the cache folder, even if other settings are invalid."""
    named = environment().get("SEGGWAT_NB_CACHE_DIR")
    problem = ""
    try:
        if named is None or not named.value:
            return _default_folder("cache")
        return _folder(named.value.reveal().strip())
    except ValueError as error:
        problem = str(error)
    raise SettingsError(f"SEGGWAT_NB_CACHE_DIR: {problem}. Correct it where it is set, then retry.")


def _default_folder(kind: str) -> Path:
    import platformdirs

    find = platformdirs.user_cache_path if kind == "cache" else platformdirs.user_data_path
    try:
        return find(_APP, appauthor=False)
    except RuntimeError:
        raise ValueError("there is no home folder for the default. Set it to a folder") from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _token(text: str) -> Secret | None:
    if not _TOKEN.fullmatch(text):
        # The text itself stays out of the message: it may be a token with a typo in it.
        raise ValueError(
            "not a SeggWat token. Tokens start with oat_ and contain only letters, digits, - and _. "
            "Copy it again from the dashboard"
        )
    return Secret(text)


def _project(text: str) -> str | None:
    if _TOKEN.match(text):
        raise ValueError("this looks like a token, not a project ID. Put the token in SEGGWAT_API_KEY")
    if not is_id(text):
        raise ValueError(
            f"{_quote(text)} is not a project ID. To list those that your token can access, run `seggwat-nb doctor`"
        )
    return text


def _base_url(text: str) -> str:
    parts = urlsplit(text.rstrip("/").removesuffix(API_PATH).rstrip("/"))
    if "@" in text or parts.query or parts.fragment:  # First, so that no message repeats a password.
        raise ValueError("an address must not have a password, a query or a fragment. Write only scheme, host and path")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{_quote(text)} is not a web address. Write it like {DEFAULT_BASE_URL}")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(f"{_quote(text)} has an invalid port. Write a number from 1 to 65535, or none")
    if not _PATH.fullmatch(parts.path):
        raise ValueError(f"{_quote(text)} has an invalid path. Use only letters, digits, '-', '.', '_' and '~'")
    return f"{parts.scheme}://{_host(parts.hostname)}{'' if port is None else f':{port}'}{parts.path}"


def _host(name: str) -> str:
    """Format a host for a URL: an IPv6 address in brackets, non-ASCII letters encoded by IDNA."""
    if ":" in name and "%" not in name:
        return f"[{ip_address(name)}]"
    host = name
    if not name.isascii():
        import idna

        try:
            host = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            host = ""
    if not _HOST.fullmatch(host):
        raise ValueError(f"{_quote(name)} is not a host name. Write it like {DEFAULT_BASE_URL}")
    return host


def _quote(text: str) -> str:
    """Quote a value, shortened and without any token that was put in the wrong place."""
    return repr(_TOKEN.sub("oat_…", text)[:100])


def _requests(text: str) -> int:
    if not (text.isdecimal() and len(text) <= len(str(_MOST_REQUESTS)) and int(text) <= _MOST_REQUESTS):
        raise ValueError(f"{_quote(text)} is not a whole number from 0 (unlimited) to {_MOST_REQUESTS:,}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"{_quote(text)} is not a number of seconds, 0 (always refresh) or more")
    return seconds


def _days(text: str) -> timedelta:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days <= _MOST_DAYS:
        raise ValueError(f"{_quote(text)} is not a number of days from 0 to {_MOST_DAYS:,.0f}")
    return timedelta(days=days)


def _switch(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError(f"{_quote(text)} must be 1 (on) or 0 (off)")
    return text == "1"


def _folder(text: str) -> Path:
    try:
        text.encode(errors="surrogateescape")  # as Python reads names that are not UTF-8
    except UnicodeEncodeError:
        raise ValueError("the path contains characters that no file system can write") from None
    if not text or "\0" in text:
        raise ValueError("an empty path is not a folder. Leave it out for the default")
    try:
        return Path(text).expanduser().absolute()
    except (RuntimeError, OSError):
        raise ValueError(f"{_quote(text)} is not a folder. Write the path in full") from None
