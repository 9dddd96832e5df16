"""Commands that update stored data, and that estimate how long that takes."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from seggwat_nb.cli.connection import open_client, say_load
from seggwat_nb.cli.options import Demo, NoRatings, Project, Refresh, RefreshMode, Resource, echo
from seggwat_nb.errors import FileError, IncompleteError, LockedError, SeggwatError
from seggwat_nb.files import DATA_FOLDER
from seggwat_nb.text import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seggwat_nb.config import Settings
    from seggwat_nb.provenance import Provenance

__all__ = ["plan", "pull"]


def plan(*, project: Project = None, no_ratings: NoRatings = False, demo: Demo = False) -> None:
    """Print how many requests a load will take, and how long."""
    with open_client(demo=demo) as client:
        for resource in Resource:
            if resource is Resource.ratings and no_ratings:
                continue
            with _or_without(resource):
                cost = client.plan(resource=resource.value, project_id=project)
            echo(f"{resource.value}: {cost}")


def pull(
    *,
    project: Project = None,
    everything: Annotated[bool, typer.Option("--all", help="Load all projects of the organization.")] = False,
    refresh: Refresh = RefreshMode.auto,
    max_requests: Annotated[int | None, typer.Option(metavar="N", min=0, help="Send no more than N requests.")] = None,
    no_ratings: NoRatings = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON, for a scheduler.")] = False,
    demo: Demo = False,
) -> None:
    """Bring stored feedback and ratings up to date."""
    if everything and project is not None:
        raise typer.BadParameter("Give --project or --all, not both.")
    done: list[Provenance] = []
    failed: list[IncompleteError] = []
    with open_client(demo=demo, max_requests=max_requests) as client, _alone(client.settings):
        for resource, load in ((Resource.feedback, client.feedback), (Resource.ratings, client.ratings)):
            if resource is Resource.ratings and no_ratings:
                continue
            left = None if max_requests is None else max_requests - client.requests_sent
            before = client.last_load
            try:
                with _or_without(resource):
                    load(project_id="all" if everything else project, refresh=refresh.value, max_requests=left)
            except IncompleteError as error:
                if not error.failures:
                    raise
                failed.append(error)
            if client.last_load is not None and client.last_load is not before:
                say_load(client)
                done.append(client.last_load)
    if as_json:
        echo(json.dumps(_summary(done, failed)))
    if failed:
        raise IncompleteError("\n".join(map(str, failed)))
    _check_stored(done)


def _summary(done: list[Provenance], failed: list[IncompleteError]) -> dict[str, object]:
    """Sum up loads for a scheduler."""
    failures = sorted({project for error in failed for project in error.failures})
    return {
        **{name: sum(getattr(one, name) for one in done) for name in ("new", "changed", "gone")},
        "full": all(one.is_full for one in done),
        "stored": all(one.stored for one in done),
        "status_verified": all("status" in one.verified_fields for one in done if one.status_as_of is not None),
        "set_aside": sum(len(one.set_aside) for one in done),
        "forgotten": sum(one.forgotten for one in done),
        "served_from": {one.resource: one.served_from for one in done},
        "requests": sum(one.requests for one in done),
        **({"failed": failures} if failures else {}),
    }


def _check_stored(loads: list[Provenance]) -> None:
    """Raise an error if a load could not be stored, for which there is a warning with the reason."""
    unstored = [load.resource for load in loads if not load.stored]
    if unstored:
        raise FileError(f"Could not store the {join_words(unstored)}. {DATA_FOLDER}")


@contextmanager
def _or_without(resource: Resource) -> Iterator[None]:
    """Add to the error of a load of ratings that feedback can be loaded without them."""
    try:
        yield
    except SeggwatError as error:
        if resource is Resource.ratings:
            from seggwat_nb.source.load_errors import how_to_do_without

            error.args = (f"{error}{how_to_do_without(error)}",)
        raise


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Prevent a scheduler from starting a second pull while one is running."""
    from seggwat_nb.files import file_errors, private_folder
    from seggwat_nb.locks import hold

    folder = settings.data_dir / "projects"
    with ExitStack() as lock:
        try:
            with file_errors(f"store anything in {folder}", DATA_FOLDER):
                lock.enter_context(hold(private_folder(folder) / ".pull.lock"))
        except TimeoutError:
            raise LockedError("Another `seggwat-nb pull` is running. Wait until it is done, or stop it.") from None
        yield
