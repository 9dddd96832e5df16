"""A real JupyterLab and Notebook 7 in the system's own Chromium.

Main fixtures: ``served`` is one server of both for the whole session, started as ``seggwat-nb lab`` starts it, in
folders of its own; ``opened`` opens a notebook in JupyterLab's page that all tests share, on a kernel that they share
too. After each test its notebook is closed and the kernel emptied; after one that failed, both are replaced. Chromium
can reach this machine and nothing else, and a test in which something else than this server was asked for fails.

Without Chromium or Playwright these tests are skipped with a reason; under ``CI=true`` that is a failure.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import pytest
import requests

from seggwat_nb import lab
from tests.starting import first_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from playwright.sync_api import Browser, Locator, Page, Request, ViewportSize

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "screenshots"
PHOTOGRAPHS = SCREENSHOTS.is_dir()
"""Whether to take pictures, which no test reads and each of which takes a moment: for people, who make the folder."""

CHARTS = ".jp-RenderedVegaCommon5 svg.marks"
"""Charts that JupyterLab has drawn, those of panels aside."""

_ADDRESS = re.compile(r"(?P<root>http://127\.0\.0\.1:\d+)/lab/tree/00_start\.ipynb\?token=(?P<token>\w+)")
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--no-sandbox",  # which Chromium refuses to root, as whom containers run
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--no-proxy-server",
    # There is no graphics card: what stands in for one takes more of the processor than drawing without it.
    "--disable-gpu",
    "--disable-software-rasterizer",
]
PATIENCE = 180_000
"""Milliseconds within which a page must come to the state that a test waits for."""
_VIEWPORT: ViewportSize = {"width": 1280, "height": 900}
_GLANCE = 50
"""Milliseconds between two looks at a page."""

_IDLE = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    const session = panel?.sessionContext?.session;
    return session?.kernel?.status === 'idle' && panel.content.widgets.length > 0;
}"""
_CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets.map(
    cell => [cell.model.type, cell.model.sharedModel.getSource()]
)"""
_RAN = """() => window.jupyterapp.shell.currentWidget.content.widgets.every(
    cell => cell.model.type !== 'code' || (cell.model.executionCount !== null && cell.model.executionState === 'idle')
)"""

_RESTORED = "async () => window.jupyterapp !== undefined && (await window.jupyterapp.restored, true)"
_OPEN = """async path => {
    const {commands, shell} = window.jupyterapp;
    const opened = await commands.execute('docmanager:open', {path, factory: 'Notebook'});
    for (const one of [...shell.widgets('main')]) if (one !== opened) one.close(); // the launcher of an empty page
}"""
_CLOSE = """async kernel => {
    const {shell} = window.jupyterapp;
    for (const one of [...shell.widgets('main')]) {
        const own = one.sessionContext?.session?.kernel;
        if (own && own.id !== kernel) await one.sessionContext.shutdown();
        if (one.context) one.context.model.dirty = false; // else a dialog asks whether to save it
        one.close();
    }
    shell.expandLeft();
}"""
_EXECUTE = """code => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
    .requestExecute({code}).done.then(() => true)"""
_EMPTY = "from ipywidgets import Widget\nWidget.close_all()\nget_ipython().reset()"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


HOSTS = {"lab": "lab/tree/{}?reset&token={}", "notebook": "notebooks/{}?token={}"}
"""Where JupyterLab and Notebook 7 open a notebook."""


@dataclass(frozen=True)
class Served:
    """A running server and the folder it serves."""

    root: str
    token: str
    folder: Path

    def start_kernel(self) -> str:
        """Start a kernel that several notebooks may run on, and return its id."""
        return str(self._post("kernels", {"name": "python3"})["id"])

    def restart_kernel(self, kernel: str) -> None:
        self._post(f"kernels/{kernel}/restart", {})

    def stop_kernel(self, kernel: str) -> None:
        requests.delete(f"{self.root}/api/kernels/{kernel}", headers=self._headers, timeout=120).raise_for_status()

    def use_kernel(self, kernel: str, notebook: str) -> None:
        """Let a notebook run on a kernel that is there, once it is opened."""
        session = {"path": notebook, "name": notebook, "type": "notebook", "kernel": {"id": kernel}}
        self._post("sessions", session)

    def _post(self, resource: str, content: Mapping[str, object]) -> dict[str, object]:
        answer = requests.post(f"{self.root}/api/{resource}", json=content, headers=self._headers, timeout=120)
        answer.raise_for_status()
        return dict(answer.json())

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}


class Lab:
    """A notebook opened in JupyterLab or Notebook 7."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def cells(self) -> list[list[str]]:
        """Type and source of each cell."""
        found: list[list[str]] = self.page.evaluate(_CELLS)
        return found

    def heap(self) -> float:
        """Megabytes that the page's JavaScript holds, after a collection of garbage."""
        chromium = self.page.context.new_cdp_session(self.page)
        chromium.send("HeapProfiler.collectGarbage")
        used = chromium.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        chromium.detach()
        return float(used)

    def run(self) -> None:
        """Run all cells, and wait until the last one is done."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(_RAN, timeout=PATIENCE)
        self.page.wait_for_function(_IDLE, timeout=PATIENCE)

    def chart(self, number: int = 0) -> Locator:
        """A chart of the page, once it is drawn."""
        chart = self.page.locator(CHARTS).nth(number)
        chart.wait_for()
        return chart


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, found by itself."""
    try:
        from playwright.sync_api import expect, sync_playwright
    except ModuleNotFoundError:
        missing("Playwright is not installed; run `uv run --group browser pytest tests/browser`")
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        missing(f"no browser is installed; looked for {', '.join(_NAMES)}")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield browser
        browser.close()


def missing(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI wants every test")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run JupyterLab as ``seggwat-nb lab`` does."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    settings = home / "settings" / "@jupyterlab" / "notebook-extension"
    for place in (folder, settings):
        place.mkdir(parents=True)
    # All cells at once: a cell that is not on the page has no chart to look at.
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "SEGGWAT_NB_CACHE_DIR": "seggwat-cache",
        "SEGGWAT_NB_DATA_DIR": "seggwat-data",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SEGGWAT_")}
    environment = lab.surroundings(inherited | {name: str(home / place) for name, place in own.items()})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        # A port of its own: of servers started at one moment, several find the same port free, and one gets it.
        *lab.command(folder, port=port, browser=False),
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]
    process = subprocess.Popen(
        command, env=environment, cwd=home, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )  # ours
    assert process.stderr is not None
    address = next(filter(None, map(_ADDRESS.search, process.stderr)), None)
    assert address is not None, "JupyterLab ended before it gave an address"
    rest = threading.Thread(target=process.stderr.read)  # a pipe that nobody reads fills up and stops the server
    rest.start()
    ours = {"Authorization": f"token {address['token']}"}
    first_answer(f"{address['root']}/api/status", headers=ours).raise_for_status()
    yield Served(root=address["root"], token=address["token"], folder=folder)
    process.terminate()
    process.wait(timeout=120)
    rest.join()
    process.stderr.close()


@pytest.fixture(scope="session")
def kernel(served: Served) -> Iterator[str]:
    """One kernel for all notebooks: to start and to import takes longer than most of them."""
    kernel = served.start_kernel()
    yield kernel
    served.stop_kernel(kernel)


class Desk:
    """Pages of the server: one of JupyterLab that is kept, as to load it takes longer than most tests, and others."""

    def __init__(self, browser: Browser, served: Served) -> None:
        self._browser, self._served = browser, served
        self._kept: Page | None = None
        self.outside: list[str] = []
        """Addresses that were asked for and are not the server's."""

    def show(self, notebook: str) -> Page:
        """Open a notebook in the page that is kept."""
        if self._kept is None:
            self._kept = self.load("lab", notebook)
            self._kept.wait_for_function(_RESTORED)
        else:
            self._kept.mouse.move(0, 0)
            self._kept.set_viewport_size(_VIEWPORT)
            self._kept.evaluate(_OPEN, notebook)
        return self._kept

    def load(self, host: str, notebook: str) -> Page:
        """Open a notebook in a page of its own."""
        context = self._browser.new_context(viewport=_VIEWPORT, device_scale_factor=2 if PHOTOGRAPHS else 1)
        context.set_default_timeout(PATIENCE)
        context.on("request", self._look)
        page = context.new_page()
        page.goto(f"{self._served.root}/{HOSTS[host].format(notebook, self._served.token)}")
        return page

    def clear(self, kernel: str) -> None:
        """Close what is open in the page that is kept, and stop kernels other than this."""
        if self._kept is not None:
            self._kept.evaluate(_CLOSE, kernel)

    def discard(self) -> None:
        """Close the page that is kept."""
        if self._kept is not None:
            self._kept.context.close()
        self._kept = None

    def _look(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme != "blob" and url.netloc != urlsplit(self._served.root).netloc:
            self.outside.append(request.url)


@pytest.fixture(scope="session")
def desk(browser: Browser, served: Served) -> Iterator[Desk]:
    """Pages of the server, for ``opened``."""
    desk = Desk(browser, served)
    yield desk
    desk.discard()


@pytest.fixture
def opened(request: pytest.FixtureRequest, desk: Desk, served: Served, kernel: str) -> Iterator[Callable[..., Lab]]:
    """Open a notebook; ``dark=True`` in Lab's dark theme, ``host="notebook"`` in Notebook 7.

    With ``fresh=True`` it gets a kernel of its own: for a notebook whose name no other test opens. With ``alone=True``
    it gets a page of its own, as it does in Notebook 7.
    """
    failed = request.session.testsfailed
    desk.outside.clear()
    loaded: list[Page] = []
    sharing: list[Page] = []

    def open_(
        notebook: Path, *, dark: bool = False, host: str = "lab", fresh: bool = False, alone: bool = False
    ) -> Lab:
        shutil.copyfile(notebook, served.folder / notebook.name)
        if not fresh:
            served.use_kernel(kernel, notebook.name)
        if alone or host != "lab":
            page = desk.load(host, notebook.name)
            loaded.append(page)
        else:
            page = desk.show(notebook.name)
        if not fresh:
            sharing.append(page)
        page.wait_for_function(_IDLE)
        use_theme(page, dark=dark)
        return Lab(page)

    yield open_
    if request.session.testsfailed == failed:
        for page in sharing[-1:]:
            page.wait_for_function(_EXECUTE, arg=_EMPTY)
        desk.clear(kernel)
    else:  # whatever state it left
        desk.discard()
        served.restart_kernel(kernel)
    for page in loaded:
        page.context.close()
    assert desk.outside == []


def until(page: Page, read: Callable[[], T], wanted: Callable[[T], object]) -> T:
    """Read until it is as wanted, and return it: a page follows its kernel as fast as the machine lets it."""
    for _ in range(PATIENCE // _GLANCE):
        if wanted(seen := read()):
            return seen
        page.wait_for_timeout(_GLANCE)
    pytest.fail(f"the page still shows {read()!r}")


def use_theme(page: Page, *, dark: bool) -> None:
    """Switch JupyterLab or Notebook 7 to its dark or its light theme."""
    theme = "JupyterLab Dark" if dark else "JupyterLab Light"
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    page.wait_for_function("dark => document.body.dataset.jpThemeLight === String(!dark)", arg=dark)


def photograph(seen: Page | Locator, name: str, **how: Any) -> None:
    """Keep a picture of a page or a part of it, if pictures are taken."""
    if PHOTOGRAPHS:
        seen.screenshot(path=SCREENSHOTS / f"{name}.png", **how)


def write_notebook(path: Path, *cells: str) -> Path:
    """Write a notebook of code cells."""
    code: dict[str, object] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    book = {
        "cells": [{**code, "id": f"cell-{place}", "source": source} for place, source in enumerate(cells)],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(book))
    return path
