"""What commands do with a client: connect, and report what was loaded."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from seggwat_nb.errors import ArgumentError
from seggwat_nb.progress import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from seggwat_nb.cli.options import RefreshMode
    from seggwat_nb.client import Client
    from seggwat_nb.dataset import Dataset
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.provenance import Provenance
    from seggwat_nb.secret import Secret
    from seggwat_nb.theme_file import Taxonomy

    _DataT = TypeVar("_DataT", pl.DataFrame, Dataset)

__all__ = ["Items", "add_tags", "load_items", "new_client", "one_project", "open_client", "say_load", "say_origin"]


def new_client(*, demo: bool) -> Client:
    """Create a client from the current settings, or one for the demo project."""
    if demo:
        from seggwat_nb.demo_client import demo_client

        return demo_client()
    from seggwat_nb.client import Client

    return Client()


@contextmanager
def open_client(*, demo: bool, max_requests: int | None = None) -> Iterator[Client]:
    """Open a client while a command runs."""
    with new_client(demo=demo) as client, client.at_most(max_requests):
        yield client


def say_load(client: Client) -> None:
    """Print what was loaded last, and how complete it is."""
    if client.last_load is not None:
        say_origin(client.last_load)


def say_origin(about: Provenance) -> None:
    """Print where rows come from, with unknown values only if this load brought something new."""
    told = about if about.new or about.changed else replace(about, unknown={})
    say(told.describe(after_refreshed=about.requests > 0))


def one_project(client: Client) -> tuple[Provenance, Path]:
    """Return where the last load comes from, and the folder of its project."""
    about = client.last_load
    if about is None or len(about.project_ids) != 1:
        raise ArgumentError("Only one project can be shared at a time. Name it with --project ID.")
    return about, client.settings.project_dir(about.project_ids[0])


class Items(NamedTuple):
    """A project's feedback, and what is needed to send some of it."""

    frame: pl.DataFrame
    about: Provenance
    folder: Path
    token: Secret | None


def load_items(
    client: Client, *, project: str | None, refresh: RefreshMode, where: FeedbackFilter, taxonomy: Taxonomy | None
) -> Items:
    """Load the feedback of one project, with what a filter needs, and print what was loaded."""
    frame = add_tags(client.feedback(project_id=project, refresh=refresh.value), where, taxonomy)
    about, folder = one_project(client)
    say_load(client)
    return Items(frame, about, folder, client.settings.token)


def add_tags(data: _DataT, where: FeedbackFilter, taxonomy: Taxonomy | None) -> _DataT:
    """Tag items with themes, if there are any, and with their language, if a filter selects by it."""
    by_language = "language" in where.columns
    if taxonomy is None and not by_language:
        return data
    from seggwat_nb import themes

    tagged = data if taxonomy is None else themes.tag(data, taxonomy)
    return themes.language(tagged) if by_language else tagged
