"""A click on a filter in a real JupyterLab: until all is repainted, for this package and for others.

    uv run --group browser python tests/benchmarks/panel_peers.py [--rows 1000000] [--only NAME ...]

One JupyterLab serves all. Each contender has a kernel, a Chromium and a notebook of its own, one after the other, and
its pages reach nothing but that JupyterLab. Those that this package does not use get an environment each, made by uv
in a folder that is removed at the end. All read the same Parquet file. Where one cannot be installed or driven, the
table says why.

What is measured, by the page's own clock:

- *first paint*: from running the last cell, which makes the panel from a frame in memory and with modules imported, to
  the frame after the last change of what the cell shows. Then the kernel is restarted and all is done again, now that
  every bundle is in the caches that it has: what follows is of that kernel.
- *a change*: from the first event of a click, key or choice, made as a person's is, to the frame after the last change
  of what the cell shows, shadow roots included. After that nothing may follow for `_QUIET` milliseconds with an idle
  kernel, and what is drawn must differ from before, else the run fails. Nothing is warmed up: the first change counts.
- *kernel*, beside it: from the kernel's first busy to its last idle in that time, as the page hears them.
- *sent*: bytes of all WebSocket messages to the page in that time.
- *heap*: what JavaScript uses after garbage was collected (``JSHeapUsedSize``), after these and along `_LONG` more
  changes.
- *peak*: of the kernel's resident memory (``VmHWM``), and what it had before the panel: imports and rows.

A type and a status are changed in turn, and no selection comes twice, for some pages keep answers: where there are
checkboxes, one is ticked or unticked; where one value of a column can be chosen, the next one is. A search is for
another word each time.

`echo` sends an empty message and gets one back: the least that a change takes. `JupyterChart` and `Output` draw the
same chart of the same counts, and differ in how it comes to the page. quak and buckaroo show a table with a small chart
for each column, mosaic-widget draws what our chart shows.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from playwright.sync_api import Error, sync_playwright

from seggwat_nb import lab

sys.path.insert(0, str(Path(__file__).parent))

from panel import rows_of  # type: ignore[import-not-found]  # beside this script
from panel_contenders import CONTENDERS, Contender  # type: ignore[import-not-found]  # likewise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page, Route

_ROOT: Final = Path(__file__).parents[2]
_CHANGES: Final = 30
_LONG: Final = (0, 100, 200)
_QUIET: Final = 700
_PATIENCE: Final = 120_000
"""Milliseconds after which a page that is not done has failed."""

_WATCH: Final = """(() => {
    const seen = window.bench = {began: Infinity, changed: 0, painted: 0, busy: 0, idle: 0};
    const after = new MessageChannel();
    after.port1.onmessage = () => { seen.painted = performance.now(); };
    const inside = node => {
        const one = node.nodeType === 3 ? node.parentNode : node;
        if (one instanceof ShadowRoot) return inside(one.host);
        if (!one?.closest) return false;
        const root = one.getRootNode();
        return one.closest('.jp-OutputArea-output') || (root instanceof ShadowRoot && inside(root));
    };
    const note = () => {
        seen.changed = performance.now();
        requestAnimationFrame(() => after.port2.postMessage(0));
    };
    const what = {subtree: true, childList: true, attributes: true, characterData: true};
    const look = all => { if (all.some(one => inside(one.target))) note(); };
    new MutationObserver(look).observe(document, what);
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (...options) {
        const root = attach.apply(this, options);
        new MutationObserver(look).observe(root, what); // JupyterLab's own buttons have such roots too
        return root;
    };
    const begin = () => { if (seen.began === Infinity) seen.began = performance.now(); };
    for (const kind of ['pointerdown', 'keydown', 'input', 'change']) addEventListener(kind, begin, true);
})()"""
_IDLE: Final = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    const kernel = panel?.sessionContext?.session?.kernel;
    if (kernel?.status !== 'idle' || !panel.content.widgets.length) return false;
    if (!bench.told) {
        kernel.iopubMessage.connect((_, message) => {
            if (message.header.msg_type !== 'status') return;
            const state = message.content.execution_state;
            if (state === 'idle' || !bench.busy) bench[state] = performance.now();
        });
        bench.told = true;
    }
    return true;
}"""
_RUN: Final = """place => {
    const book = window.jupyterapp.shell.currentWidget.content;
    book.activeCellIndex = place;
    bench.began = performance.now();
    window.jupyterapp.commands.execute('notebook:run-cell');
}"""
_RAN: Final = """place => {
    const {model} = window.jupyterapp.shell.currentWidget.content.widgets[place];
    return model.executionCount !== null && model.executionState === 'idle';
}"""
_SETTLED: Final = """quiet => bench.changed > bench.began && bench.painted >= bench.changed
    && performance.now() - Math.max(bench.painted, bench.idle) > quiet
    && window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"""

_WAIT: Final = "() => { bench.began = Infinity; bench.busy = bench.idle = 0; }"
_ADDRESS: Final = re.compile(r"(?P<root>http://127\.0\.0\.1:\d+)/lab\S*\?token=(?P<token>\w+)")
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")


@dataclass(kw_only=True)
class Figures:
    """What was measured of one contender: milliseconds, bytes, megabytes."""

    ever: float
    first: float
    changes: list[float]
    kernel: list[float]
    sent: list[int]
    heap: list[float]
    before: float
    peak: float

    def line(self) -> str:
        """Write a line of the table."""
        heap = " → ".join(f"{held:.0f}" for held in self.heap)
        return (
            f"{self.ever / 1000:6.2f} s {self.first / 1000:6.2f} s"
            f" {statistics.median(self.changes):7.0f} ({max(self.changes):5.0f}) ms"
            f" {statistics.median(self.kernel):6.0f} ms {statistics.median(self.sent) / 1000:7.0f} kB"
            f" {self.before:5.0f} → {self.peak:5.0f} MB   {heap} MB"
        )


class Notebook:
    """A notebook in a page of its own, and what happens to it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._received = 0
        self._chromium = page.context.new_cdp_session(page)
        self._chromium.send("Performance.enable")
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))

    def _count(self, frame: str | bytes) -> None:
        self._received += len(frame)

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.page.wait_for_function(_IDLE)

    def run(self, place: int) -> None:
        """Run a cell that shows nothing."""
        self.page.evaluate(_RUN, place)
        self.page.wait_for_function(_RAN, arg=place)
        for error in self.page.locator(".jp-RenderedText[data-mime-type*=error]").all():
            raise RuntimeError(error.inner_text()[-600:])

    def show(self, place: int, *, quiet: int) -> float:
        """Run the cell that shows the panel; milliseconds to the first paint with nothing after it."""
        self.page.evaluate(_WAIT)
        self.run(place)
        self.page.wait_for_function(_SETTLED, arg=quiet)
        return float(self.page.evaluate("bench.painted - bench.began"))

    def restart(self) -> None:
        """Restart the kernel."""
        self.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
        self.page.wait_for_function(_IDLE)

    def change(self, act: Callable[[Page, int], None], turn: int, *, quiet: int = _QUIET) -> tuple[float, float, int]:
        """Do it, and wait; milliseconds until repainted, those of the kernel, and bytes."""
        self.page.evaluate(_WAIT)
        self._received = 0
        act(self.page, turn)
        self.page.wait_for_function(_SETTLED, arg=quiet)
        took, kernel = self.page.evaluate("[bench.painted - bench.began, bench.idle - bench.busy]")
        return took, kernel, self._received

    def drawn(self, where: str) -> str:
        """Digest of what is drawn, shadow roots included."""
        markup = self.page.locator(f".jp-OutputArea-output {where}").evaluate_all(
            "all => all.map(one => one.outerHTML)"
        )
        return hashlib.sha256(json.dumps(markup).encode()).hexdigest()

    def heap(self) -> float:
        """Megabytes that JavaScript holds once garbage is collected."""
        self._chromium.send("HeapProfiler.collectGarbage")
        metrics = self._chromium.send("Performance.getMetrics")["metrics"]
        return next(float(one["value"]) for one in metrics if one["name"] == "JSHeapUsedSize") / 1e6


def measured(notebook: Notebook, contender: Contender, process: Callable[[], int]) -> Figures:
    """Measure one contender in a notebook whose cells are the setup and the panel."""
    notebook.run(0)
    ever = notebook.show(1, quiet=2 * _QUIET)
    notebook.restart()
    notebook.run(0)
    before = resident("VmRSS", process())
    first = notebook.show(1, quiet=2 * _QUIET)
    changes, kernel, sent = [], [], []
    for turn in range(_CHANGES):
        was = notebook.drawn(contender.drawn)
        took, worked, received = notebook.change(contender.change, turn)
        if notebook.drawn(contender.drawn) == was:
            raise RuntimeError(f"change {turn + 1} changed nothing that is drawn")
        changes.append(took)
        kernel.append(worked)
        sent.append(received)
    heap = [notebook.heap()]  # what it collects with the garbage, compiled code, would be missed by the next change
    for turn in range(_CHANGES, _LONG[-1] if contender.long else 0):
        notebook.change(contender.change, turn, quiet=20)
        if turn + 1 in _LONG:
            heap.append(notebook.heap())
    peak = resident("VmHWM", process())
    return Figures(
        ever=ever, first=first, changes=changes, kernel=kernel, sent=sent, heap=heap, before=before, peak=peak
    )


def resident(field: str, process: int) -> float:
    """One of the system's figures on a process, in megabytes (Linux)."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(field))


@contextmanager
def served(home: Path) -> Iterator[tuple[str, str]]:
    """Run a JupyterLab that keeps everything below a folder; its address and its token."""
    (home / "notebooks").mkdir()
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
    settings = home / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    environment = lab.surroundings(os.environ | {name: str(home / place) for name, place in own.items()})
    command = [*lab.command(home / "notebooks", port=None, browser=False), "--LabApp.expose_app_in_browser=True"]
    process = subprocess.Popen(command, env=environment, cwd=home, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    address = next(filter(None, map(_ADDRESS.search, process.stderr)), None)
    assert address is not None, "JupyterLab ended before it gave an address"
    rest = threading.Thread(target=process.stderr.read)  # a pipe that nobody reads fills up and stops the server
    rest.start()
    try:
        yield address["root"], address["token"]
    finally:
        process.terminate()
        process.wait(timeout=60)
        rest.join()
        process.stderr.close()


@contextmanager
def opened(server: tuple[str, str], name: str) -> Iterator[Notebook]:
    """Open a notebook in a Chromium of its own that reaches only this server; its kernel ends with it."""
    root, token = server
    executable = next(filter(None, map(shutil.which, _BROWSERS)), None)

    def guard(route: Route) -> None:
        is_ours = urlsplit(route.request.url).netloc == urlsplit(root).netloc
        route.continue_() if is_ours else route.abort()

    with sync_playwright() as playwright:
        # Chromium refuses its own sandbox to root, as whom containers run.
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 1500})
        context.set_default_timeout(_PATIENCE)
        context.route("**/*", guard)
        context.add_init_script(_WATCH)
        notebook = Notebook(context.new_page())
        notebook.open(f"{root}/lab/tree/{name}.ipynb?reset&token={token}")
        try:
            yield notebook
        finally:
            notebook.page.evaluate("window.jupyterapp.commands.execute('notebook:shutdown-kernel')")
            browser.close()


def kernel_of(contender: Contender, name: str, home: Path) -> None:
    """Write the kernel that a contender runs in, in an environment of its own where it wants one."""
    python = sys.executable
    if contender.packages:
        python = str(home / name / "bin" / "python")
        uv = shutil.which("uv") or "uv"
        packages = ["ipykernel", "polars", *contender.packages]
        for command in (
            ["venv", "--quiet", "--python", sys.executable, str(home / name)],
            ["pip", "install", "--quiet", "--python", python, *packages],
        ):
            found = subprocess.run([uv, *command], cwd=_ROOT, capture_output=True, text=True, check=False)
            if found.returncode:
                raise RuntimeError(f"cannot be installed: {found.stderr.strip()[-300:]}")
    place = home / "data" / "kernels" / name
    place.mkdir(parents=True)
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (place / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": name, "language": "python"}))


def notebook_of(contender: Contender, name: str, home: Path) -> Callable[[], int]:
    """Write the notebook; what is returned tells its kernel's process, once its first cell has run."""
    told = home / f"{name}.pid"
    setup = f"""
import os, pathlib
import polars as pl
pathlib.Path({str(told)!r}).write_text(str(os.getpid()))
rows = pl.read_parquet({str(home / "rows.parquet")!r})
{contender.setup}
"""
    code: dict[str, object] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    book = {
        "cells": [{**code, "id": f"cell-{at}", "source": source} for at, source in enumerate((setup, contender.show))],
        "metadata": {"kernelspec": {"name": name, "display_name": name, "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (home / "notebooks" / f"{name}.ipynb").write_text(json.dumps(book))
    return lambda: int(told.read_text())


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        rows_of(chosen.rows).write_parquet(home / "rows.parquet")
        print(f"{chosen.rows:,} rows, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {_CHANGES} changes")
        print(f"{'':14}   ever      first      a change (worst)    kernel       sent  kernel's memory   heap")
        with served(home) as server:
            for name in chosen.only:
                print(f"{name:14} {line_of(name, home, server)}", flush=True)
        print(f"load at the end {os.getloadavg()[0]:.1f}")


def line_of(name: str, home: Path, server: tuple[str, str]) -> str:
    """Measure a contender; where that fails, why."""
    contender, place = CONTENDERS[name], name.lower()  # kernels have no capitals
    try:
        kernel_of(contender, place, home)
        process = notebook_of(contender, place, home)
        with opened(server, place) as notebook:
            return measured(notebook, contender, process).line()
    except (Error, RuntimeError) as error:
        return f"not measured: {' '.join(str(error).split())[:300]}"


if __name__ == "__main__":
    main()
