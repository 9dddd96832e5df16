"""Creates reports: runs a notebook on a project's rows and writes one file to share.

The data is collected and masked before the notebook runs, so nothing else can end up in the file.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import altair as alt

from seggwat_nb import progress
from seggwat_nb.dataset import Dataset
from seggwat_nb.environment import REPORT_ROWS, WITHOUT_IMAGES
from seggwat_nb.errors import ArgumentError, NoKeyError, ReportError, SettingsError
from seggwat_nb.files import expand_home, write_output
from seggwat_nb.public import public
from seggwat_nb.share import dismissals, privacy
from seggwat_nb.share.export import NOT_MASKED, check_target
from seggwat_nb.share.privacy import leaks
from seggwat_nb.share.privacy.dataset import Masking
from seggwat_nb.share.report.data import collect, in_memory, of_dataset
from seggwat_nb.share.report.once import computing_ahead, with_parts
from seggwat_nb.share.report.since import moment_of_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date, datetime

    from nbformat import NotebookNode

    from seggwat_nb.client import Client
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.loading import Refresh
    from seggwat_nb.secret import Secret
    from seggwat_nb.share.report.data import Period, ReportData
    from seggwat_nb.share.report.execution import CellError
    from seggwat_nb.share.report.page_of_cells import PageOfCells

__all__ = ["FORMATS", "check_notebook", "report"]

FORMATS: Final = (".html", ".pdf", ".ipynb", ".md")
"""Suffixes of the file's name."""

_OURS: Final = "report.ipynb"


@public
def report(
    data: Dataset | Client,
    path: str | os.PathLike[str],
    *,
    notebook: str | os.PathLike[str] | None = None,
    project_id: str | None = None,
    where: FeedbackFilter | None = None,
    period: Period = "1mo",
    since_report: str | os.PathLike[str] | date | None = None,
    time_zone: str | None = None,
    refresh: Refresh = "auto",
    masked: bool = True,
) -> Path:
    """Write a report of a project to one file. If there is an error, nothing is written.

    Parameters
    ----------
    data
        The data, as returned by `seggwat_nb.load`, or a `Client` to load it with. If items have themes
        (`seggwat_nb.themes.tag`), the report counts them.
    path
        The file. ``.html`` is an interactive page that works offline. ``.pdf`` is that page, printed by an installed
        Chromium. ``.ipynb`` is the notebook with its outputs. ``.md`` is its text for a chat or a wiki.
    notebook
        Your own notebook, with a cell tagged ``parameters``. By default, the package's ``report.ipynb``. It gets the
        parameters ``project``, ``period``, ``time_zone`` and ``filter``, but no token. In it, `seggwat_nb.load`
        returns the report's masked rows.
    project_id
        The project to load with a `Client`. By default, the one in the settings.
    where
        Rows to report on. Ratings have no type, status, source, text or theme, so filters by these don't apply to them.
    period
        ``1w``, ``1mo`` or ``1q``: the length of each bar, and roughly that of the periods compared.
    since_report
        An earlier ``.html`` report, or a date or timezone-aware datetime. Adds a section about what is new, closed,
        reopened and reported again since then.
    time_zone
        IANA name of the zone whose days are counted. By default, that of the `Dataset`, or UTC.
    refresh
        As for `seggwat_nb.Client.feedback`, if `data` is a `Client`.
    masked
        Whether personal data is masked, as by `seggwat_nb.share.privacy.mask`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ArgumentError
        An argument is invalid. Nothing was requested.
    ReportError
        The notebook stopped with an error, or there is no browser to print with.
    FileError
        The file cannot be written. An existing file is unchanged.
    LeakError
        The report contained the token. Nothing was written.
    SeggwatError
        The rows could not be loaded.
    """
    target, source = _check_target(path), check_notebook(notebook)
    _check_data(data)
    if isinstance(data, Dataset):
        if project_id is not None or refresh != "auto":
            raise ArgumentError("project_id and refresh are for a client. Pass them to seggwat_nb.load() instead.")
        if data.client is None:
            raise ArgumentError("A report requires a loaded Dataset. Pass what seggwat_nb.load() returned.")
        client = data.client
        zoned = data if time_zone is None else replace(data, time_zone=time_zone)
        collected = of_dataset(zoned, period=period, where=where)
    else:
        client = data
        zone = "UTC" if time_zone is None else time_zone
        collected = collect(client, project=project_id, period=period, time_zone=zone, where=where, refresh=refresh)
    if since_report is not None:
        collected = replace(collected, since_report=moment_of_report(since_report, collected))
    page = _page(source, target)
    masking, first = _mask_values(collected, client) if masked else (None, collected.without_records())
    with _computing_ahead(first) if source == check_notebook(None) else nullcontext():
        shared = _mask_messages(masking, first) if masking else first
        hidden = privacy.describe_masking(collected.feedback, shared.feedback) if masked else ""
        parameters = {
            "project": project_id,
            "period": period,
            "time_zone": shared.time_zone,
            "filter": shared.filter.to_dict() if where else None,
        }
        del collected, masking  # the rows as loaded, which would take memory until the end
        ran = _run(source, shared, parameters, images=target.suffix.lower() == ".ipynb", page=page)
    _check_leaks(ran, target.name, client.settings.token, masked=masked)
    write_output(target, _render(ran, target, as_of=shared.about.as_of, page=page))
    if hidden:
        progress.say(f"Masked: {hidden}. {NOT_MASKED}")
    return target


def _mask_values(collected: ReportData, client: Client) -> tuple[Masking, ReportData]:
    """Mask everything but messages, which take most of the time, and which many analyses do not need."""
    salt = privacy.salt(client.settings.project_dir(collected.about.project_ids[0]))
    people = [*privacy.submitters(collected.feedback), *privacy.submitters(collected.ratings)]
    lists = Dataset(collected.feedback, collected.ratings, collected.history, sources=collected.sources)
    masking = Masking(lists, salt=salt, people=people)
    masked = masking.values
    values = replace(
        collected.with_sources(masked.sources),
        feedback=masked.feedback,
        ratings=masked.ratings,
        history=masked.history,
        filter=privacy.mask_filter(collected.filter, salt=salt, people=people),
        dismissals=dismissals.mask_entries(collected.dismissals, salt=salt, people=people),
    )
    return masking, values.without_records()


def _mask_messages(masking: Masking, values: ReportData) -> ReportData:
    """Add the masked messages. What is computed ahead stays known."""
    return with_parts(replace(values, feedback=masking.as_dataset().feedback), values)


def _check_leaks(ran: NotebookNode, name: str, token: Secret | None, *, masked: bool) -> None:
    """Return all content to check, one line per cell. The page's own scripts contain no data."""
    parts = [ran.metadata, *map(_without_images, ran.cells)]
    text = "\n".join(json.dumps(part, ensure_ascii=False) for part in parts)
    leaks.check(text, name=name, secrets=[token])
    if masked and (found := leaks.addresses(text)):
        those = "1 e-mail address" if found == 1 else f"{found:,} e-mail addresses"
        progress.say(f"{name} contains {those} from the notebook's own text. Addresses in the data are masked.")


def _without_images(cell: NotebookNode) -> dict[str, Any]:
    """Leave out images, whose encoded text may look like an address by chance."""
    outputs = [
        output | {"data": {kind: held for kind, held in output["data"].items() if kind != "image/png"}}
        if "data" in output
        else output
        for output in cell.get("outputs", [])
    ]
    return {**cell, "outputs": outputs}


def _check_data(data: object) -> None:
    if not (isinstance(data, Dataset) or hasattr(data, "load")):
        raise ArgumentError(
            f"A report requires a Dataset or a Client, got {type(data).__name__}. Pass what seggwat_nb.load() returned."
        )


def _check_target(path: str | os.PathLike[str]) -> Path:
    target = check_target(path, suffixes=FORMATS)
    if target.suffix.lower() == ".pdf":
        from seggwat_nb.share.report.pdf import browser

        browser()
    return target


def check_notebook(notebook: str | os.PathLike[str] | None) -> Path:
    """Return the notebook to run. Raises `ArgumentError` if it does not exist."""
    from seggwat_nb.lab import notebooks

    source = notebooks() / _OURS if notebook is None else expand_home(notebook)
    if not source.is_file():
        raise ArgumentError(
            f"There is no notebook {source}. Name an existing one, or leave it out to use the package's own."
        )
    return source


def _page(source: Path, target: Path) -> PageOfCells | None:
    """Begin the page of our own notebook, which is written while that runs."""
    if source != check_notebook(None) or target.suffix.lower() not in {".html", ".pdf"}:
        return None
    from seggwat_nb.share.report.page_of_cells import PageOfCells

    return PageOfCells()


def _run(
    source: Path, collected: ReportData, parameters: Mapping[str, Any], *, images: bool, page: PageOfCells | None
) -> NotebookNode:
    """Run a notebook on the collected data. A page draws its charts itself and needs no images of them."""
    import nbformat

    from seggwat_nb.share.report.execution import CellError, run_here, run_notebook

    is_ours = source == check_notebook(None)
    text = source.read_text(encoding="utf-8")
    # Ours is valid, and to check that takes long.
    book = nbformat.v4.reads(text) if is_ours else nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    book.cells = _with_data(book.cells, collected.lacks)
    then = page.add if page else lambda _: None
    with TemporaryDirectory(prefix="seggwat-report-") as folder:  # readable only by its owner
        if not is_ours:
            collected.save(Path(folder))
        try:
            with _surroundings(folder, collected, images=images), in_memory(collected):
                ran = run_here(book, parameters, then) if is_ours else run_notebook(book, parameters)
        except CellError as error:
            raise ReportError(_why(source, error)) from error
    return _without_traces(ran)


def _computing_ahead(data: ReportData) -> AbstractContextManager[None]:
    """Compute what needs no messages while these are masked, and while our notebook looks for words and findings."""
    from seggwat_nb.share.report.analyses import by_release, silences, spikes
    from seggwat_nb.share.report.charts import change_rows, rows_by_version
    from seggwat_nb.share.report.tiles import tiles

    movers, bugs = attrgetter("movers"), attrgetter("bugs_and_types")
    # In the order of the sections.
    return computing_ahead(data, movers, bugs, by_release, spikes, silences, tiles, change_rows, rows_by_version)


def _with_data(cells: Sequence[NotebookNode], lacks: Sequence[str]) -> list[NotebookNode]:
    """Leave out the sections of what the project has none of. A tag of their heading says what they require."""
    missing = {f"requires-{name}" for name in lacks}
    kept, is_kept = [], True
    for cell in cells:
        if cell.cell_type == "markdown":
            is_kept = missing.isdisjoint(cell.metadata.get("tags", ()))
        if is_kept:
            kept.append(cell)
    return kept


def _why(source: Path, error: CellError) -> str:
    stopped = f"{source.name} stopped in cell {error.number} with {error.name}: {error.value.rstrip('.')}."
    if error.name in {SettingsError.__name__, NoKeyError.__name__}:
        at = f"{source.name} stopped in cell {error.number}"
        return f"{at}: a report's notebook has no API key. Use seggwat_nb.load() in place of connect()."
    return f"{stopped} Open it with `seggwat-nb lab`, run it by hand, and correct that cell."


@contextmanager
def _surroundings(folder: str, collected: ReportData, *, images: bool) -> Iterator[None]:
    """Set the kernel's environment: this Python, the report's data, no token, and no fallback to the demo project."""
    share = Path(sys.prefix) / "share" / "jupyter"
    ours = {
        REPORT_ROWS: folder,
        WITHOUT_IMAGES: "" if images else "1",
        "SEGGWAT_API_KEY": "",  # an empty value counts as unset, even if .env has one
        "SEGGWAT_PROJECT_ID": collected.about.project_ids[0],
        "JUPYTER_PATH": os.pathsep.join(filter(None, [str(share), os.environ.get("JUPYTER_PATH")])),
    }
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        with alt.renderers.enable(alt.renderers.active):  # a notebook that runs in this process may change it
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _without_traces(book: NotebookNode) -> NotebookNode:
    """Remove everything that differs between runs or describes the machine: IDs, times and paths."""
    book.metadata.pop("papermill", None)
    for place, cell in enumerate(book.cells):
        cell.id = f"report-{place:02d}"
        cell.metadata = {name: value for name, value in cell.metadata.items() if name == "tags"}
    return book


def _render(book: NotebookNode, target: Path, *, as_of: datetime, page: PageOfCells | None) -> bytes:
    import nbformat

    if target.suffix.lower() == ".ipynb":
        text: str = nbformat.writes(book)  # type: ignore[no-untyped-call]
        return text.encode("utf-8", "replace")
    if target.suffix.lower() == ".md":
        from seggwat_nb.share.report.markdown import as_markdown

        return as_markdown(book).encode("utf-8", "replace")
    if page is not None:
        text = page.html(name=target.stem, as_of=as_of.isoformat())
    else:
        from seggwat_nb.share.report.exporter import SeggwatReport

        exporter = SeggwatReport(warns=False)  # type: ignore[no-untyped-call]  # nbconvert's
        text, _ = exporter.from_notebook_node(
            book, resources={"metadata": {"name": target.stem, "as_of": as_of.isoformat()}}
        )
    content = text.encode("utf-8", "replace")
    if target.suffix.lower() == ".pdf":
        from seggwat_nb.share.report.pdf import print_page

        return print_page(content)
    return content
