"""Both panels outside JupyterLab and Notebook 7: in Voilà and in marimo they are clicked, drawn, and Python asked."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, ROOT, photograph, write_notebook
from tests.starting import first_answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

ROWS = """
import seggwat_nb as sw
from tests.awkward import END
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.source.frames import feedback_frame
rows = feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame
panel = sw.Explorer(rows)
bugs, praise = sw.FeedbackFilter(type="Bug"), sw.FeedbackFilter(type="Praise")
pair = sw.Compare(rows, bugs, praise, names=("Bugs", "Praise"))
"""
ASK = """
from ipywidgets import Button, HTML
from IPython.display import display
asked, answer = Button(description="Ask Python"), HTML()
def reply(_):
    answer.value = f"{panel.selected.height} rows: {panel.filter.describe()}, {' vs '.join(pair.names)}"
asked.on_click(reply)
display(panel, pair, asked, answer)
"""
APP = """
import marimo
app = marimo.App()

@app.cell
def _():
    import marimo as mo
    ROWS
    shown = mo.vstack([mo.ui.anywidget(panel), mo.ui.anywidget(pair)])
    asked = mo.ui.button(label="Ask Python", value=0, on_click=lambda times: times + 1)
    mo.vstack([shown, asked])
    return asked, mo, pair, panel

@app.cell
def _(asked, mo, pair, panel):
    told = f"{panel.selected.height} rows: {panel.filter.describe()}, {' vs '.join(pair.names)}"
    mo.md(told if asked.value else "")
    return
"""


@pytest.fixture(params=["voila", "marimo"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Serve a notebook with both panels, and return its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    if request.param == "voila":
        book = write_notebook(tmp_path / "explorer.ipynb", ROWS, ASK)
        command = ["voila", str(book), "--no-browser", f"--port={port}"]
    else:
        app = tmp_path / "explorer.py"
        app.write_text(APP.replace("ROWS", ROWS.strip().replace("\n", "\n    ")))
        command = ["marimo", "run", str(app), "--headless", "--no-token", f"--port={port}"]
    with subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            first_answer(f"http://127.0.0.1:{port}/favicon.ico")
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def test_a_click_reaches_python_and_comes_back(root: str, browser: Browser, request: pytest.FixtureRequest) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    context.route(re.compile(rf"^(?!{re.escape(root)})http"), lambda route: route.abort())  # Voilà asks a CDN for icons
    page = context.new_page()
    page.goto(root)
    box = page.get_by_role("checkbox", name=re.compile("^Bug, "))
    box.wait_for()
    count = page.locator(".sum b").first
    everything = count.inner_text()
    box.click()
    expect(count).not_to_have_text(everything)
    page.get_by_role("button", name="Swap A and B").click()
    expect(page.locator(".called h3").first).to_have_text(re.compile("Praise$"))
    expect(page.locator(".seggwat-compare .seggwat-chart[data-drawn]")).to_have_count(5)
    page.get_by_role("button", name="Ask Python").click()
    bugs = count.inner_text().replace(",", "")
    expect(page.get_by_text(re.compile("^[0-9]+ rows: "))).to_have_text(f"{bugs} rows: type Bug, Praise vs Bugs")
    page.get_by_role("tab", name="Versions").click()
    expect(page.get_by_role("img", name=re.compile("^Share of bugs by version"))).to_be_visible()
    photograph(page, request.node.callspec.params["root"])
    context.close()
