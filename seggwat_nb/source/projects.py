"""Resolves which projects a call is about, and which ones the token can access."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.config import is_id
from seggwat_nb.errors import ArgumentError, NotFoundError, SeggwatError, SettingsError, UnexpectedResponseError
from seggwat_nb.secret import presentable, without_tokens
from seggwat_nb.source import responses
from seggwat_nb.source.frames import projects_frame
from seggwat_nb.source.organisation import note_projects, stored_projects
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from seggwat_nb.config import Settings
    from seggwat_nb.source.transport import Api

__all__ = ["ALL_PROJECTS", "Projects", "can_be_requested", "check_id"]

ALL_PROJECTS: Final = "all"

_QUOTABLE: Final = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")


class Projects:
    """The projects of a token.

    Parameters
    ----------
    api
        Sends the requests.
    settings
        The default project, and the storage locations.

    Attributes
    ----------
    names : dict of str to str
        Maps the IDs of the projects listed so far to their names.
    """

    def __init__(self, api: Api, settings: Settings) -> None:
        self._api = api
        self._settings = settings
        self.names: dict[str, str] = {}

    def fetch(self) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """Request the projects of the token. Returns a frame, and the records that cannot be read as rows."""
        found = projects_frame(self._list_projects())
        self.names |= dict(found[0].select("id", "name").drop_nulls().iter_rows())
        note_projects(self._settings, dict(found[0].select("id", "name").iter_rows()))
        return found

    def _list_projects(self) -> list[Any]:
        """Request the list of projects, and its further pages if it says that there are more."""
        listed, total = self._api.get("/projects", {}, check=responses.read_projects)
        limit, page, ids = len(listed), 1, {responses.read_row(one).id for one in listed}
        while listed and len(listed) < total:
            page += 1
            more, _ = self._api.get("/projects", {"page": page, "limit": limit}, check=responses.read_projects)
            new = [one for one in more if responses.read_row(one).id not in ids]
            if not new:
                raise UnexpectedResponseError(
                    f"The service lists {len(listed)} of {count_of(total, 'project')}. Name those to load: project_id="
                    "['…', '…']."
                )
            listed += new
            ids |= {responses.read_row(one).id for one in new}
        return listed

    def choose_one(self, project_id: str | None) -> str:
        """Return the named project, or the one in the settings."""
        (project,) = self.choose(project_id)
        return project

    def choose(self, project_id: str | Sequence[str] | None, *, offline: bool = False) -> tuple[str, ...]:
        """Return the named projects, or the one in the settings. ``"all"`` asks the service unless offline."""
        asked = self._settings.project_id if project_id is None else project_id
        if isinstance(asked, str) and asked == ALL_PROJECTS:
            return self._all_projects(offline=offline)
        if asked is None:
            raise SettingsError(f"No project is chosen. {self._choices(offline=offline)}")
        try:
            projects = (asked,) if isinstance(asked, str) else tuple(dict.fromkeys(asked))
        except TypeError:
            projects = (asked,)  # type: ignore[assignment]  # not an ID, which `check_id` reports
        if not projects:
            raise ArgumentError("project_id is empty. Name a project, several, or 'all'.")
        return tuple(check_id(project) for project in projects)

    def _all_projects(self, *, offline: bool) -> tuple[str, ...]:
        if offline:
            known = tuple(project for project in stored_projects(self._settings) or () if can_be_requested(project))
            if not known:
                raise ArgumentError(
                    "The list of projects has not been loaded on this machine yet. Load project_id='all' once while "
                    "the service can be reached, or name the projects: project_id=['…', '…']."
                )
            return known
        frame, set_aside = self.fetch()
        projects = tuple(filter(can_be_requested, frame["id"]))
        unusable = len(set_aside) + frame.height - len(projects)
        if unusable:
            warnings.warn(
                f"{count_of(unusable, 'project')} of the token could not be read, because of a missing or invalid "
                "ID, and will not be loaded.",
                stacklevel=2,
            )
        if not projects:
            raise SettingsError(
                "The token cannot access any project. Create one on the dashboard, or use another token."
            )
        return projects

    @contextmanager
    def explain_not_found(self, project: str) -> Iterator[None]:
        """If a project is not found because the token cannot access it, say which projects it can access."""
        try:
            yield
        except NotFoundError as error:
            try:
                frame, _ = self.fetch()
            except NotFoundError:
                hint = f"The list of projects is not found either. Check SEGGWAT_API_URL ({self._settings.base_url})."
                error.args = (f"{error} {hint}",)
                raise error from None
            except SeggwatError:  # A token may have access to a project but not to the list of projects.
                frame = None
            if frame is not None and project not in frame["id"]:
                listed = _format_projects(frame)
                hint = (
                    f"It can access:\n{listed}\nPass one of these as project_id=, or use a token of that project's "
                    "organization."
                    if listed
                    else "It cannot access any project. Create one on the dashboard, or use another token."
                )
                stored = "" if error.snapshot is None else "\nIts stored snapshot is still served by refresh='never'."
                error.args = (f"The token cannot access project {project} ({error.status}). {hint}{stored}",)
            raise

    def _choices(self, *, offline: bool) -> str:
        how = "Set SEGGWAT_PROJECT_ID, or pass project_id="
        if offline:
            return f"{how}."
        listed = _format_projects(self.fetch()[0])
        return (
            f"{how}, to one of:\n{listed}"
            if listed
            else f"The token cannot access any project. Create one on the dashboard. {how}."
        )


def _format_projects(projects: pl.DataFrame) -> str:
    named = projects.select("id", "name").iter_rows()
    return "\n".join(f"  {presentable(project) or repr(project)}  {presentable(name) or ''}" for project, name in named)


def can_be_requested(text: object) -> bool:
    """Return whether a text can be an ID in a URL, where it is quoted. A token must not become part of one.

    Dots alone change the path of a request even if quoted, and so does ``../me`` if a proxy decodes the slash.

    Examples
    --------
    >>> [can_be_requested(text) for text in ("a/b", "a b?", "..", "../me", chr(10), "")]
    [True, True, False, False, False, False]
    """
    if not isinstance(text, str) or not _QUOTABLE.fullmatch(text) or {".", ".."} & {*re.split(r"[/\\]", text)}:
        return False
    return not (text.startswith("oat_") and without_tokens(text) != text)


def check_id(text: str, *, of_item: bool = False) -> str:
    """Raise an error if a text cannot be an ID, before it becomes part of a URL.

    IDs of projects are typed and so must not have spaces or slashes. Those of items come from frames.
    """
    if not can_be_requested(text) or not (of_item or is_id(text)):
        shown = without_tokens(repr(text))
        raise ArgumentError(f"{shown[:100]} is not an ID; copy it from the frame's id column or from the dashboard.")
    return text
