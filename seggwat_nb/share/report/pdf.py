"""Prints a page to PDF with an installed Chromium, as a reader would."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from seggwat_nb.errors import ReportError

__all__ = ["browser", "print_page"]

_NAMES: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_SECONDS: Final = 120
_BUDGET: Final = 20_000
"""Virtual time in milliseconds for drawing charts. It passes as fast as the work is done."""


def browser() -> str:
    """Return the path of the browser to print with.

    Raises
    ------
    ReportError
        There is none.
    """
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise ReportError(
            "A PDF is printed by Chromium or Chrome, and none is installed. Install one, or use --format html and "
            "print that page from any browser."
        )
    return found


def print_page(page: bytes) -> bytes:
    """Print a page to PDF.

    Raises
    ------
    ReportError
        There is no browser, or printing failed.
    """
    program = browser()
    with TemporaryDirectory(prefix="seggwat-pdf-") as name:
        folder = Path(name)
        source, target = folder / "report.html", folder / "report.pdf"
        source.write_bytes(page)
        options = [
            "--headless=new",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--window-size=794,1123",  # A4 at 96 dots per inch, so that charts are as wide as the paper
            f"--user-data-dir={folder / 'profile'}",
            f"--virtual-time-budget={_BUDGET}",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            f"--print-to-pdf={target}",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--no-sandbox")  # Chromium refuses to sandbox processes of root
        try:
            ended = subprocess.run(  # noqa: S603  # a browser, on a page that this package wrote
                [program, *options, source.as_uri()], check=False, capture_output=True, timeout=_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ReportError(f"{program} could not print the report ({error}). Use --format html instead.") from error
        if not target.exists():
            raise ReportError(
                f"{program} exited with status {ended.returncode} and wrote no PDF. Use --format html instead."
            )
        return _set_metadata(target.read_bytes())


def _set_metadata(printed: bytes) -> bytes:
    """Replace the producer of a PDF, so that it does not reveal the browser and the system."""
    from pypdf import PdfReader, PdfWriter

    reader = PdfReader(io.BytesIO(printed))
    title = reader.metadata.title if reader.metadata else None
    writer = PdfWriter(clone_from=reader)
    writer.metadata = {"/Title": title or "Report", "/Creator": "seggwat_nb", "/Producer": "seggwat_nb"}
    if writer.outline:
        writer.page_mode = "/UseOutlines"  # PDF readers show it beside the page
    described = io.BytesIO()
    writer.write(described)
    return described.getvalue()
