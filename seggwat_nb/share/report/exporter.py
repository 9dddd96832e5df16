"""Exports any notebook as one self-contained page: `jupyter nbconvert --to seggwat_report notebook.ipynb`.

Code is left out. Text, tables, images and charts (Vega-Lite 4, 5 or 6) are kept. Everything in a notebook's HTML that
runs code or loads something is removed. Nothing is masked, since the notebook may be about anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbconvert.exporters import Exporter
from nbconvert.exporters.base import ExporterDisabledError
from traitlets import Bool

from seggwat_nb.errors import MissingExtraError
from seggwat_nb.extras import require

try:
    require("Reports")

    from seggwat_nb.share.report.page_of_cells import PageOfCells
except MissingExtraError as error:  # nbconvert leaves a disabled exporter out of Jupyter's menus
    raise ExporterDisabledError(str(error)) from error

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["SeggwatReport"]


class SeggwatReport(Exporter):
    """Exports one HTML file that works offline and is interactive, without code."""

    export_from_notebook = "SeggWat report"
    output_mimetype = "text/html"
    warns = Bool(default_value=True, help="Whether to warn that nothing is masked.").tag(config=True)

    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(  # type: ignore[override]  # a text, as nbconvert's own exporters give
        self,
        nb: NotebookNode,
        resources: Any = None,  # noqa: ANN401  # as of every exporter
        **kw: Any,  # noqa: ANN401  # likewise
    ) -> tuple[str, dict[str, Any]]:
        """Convert a notebook to a page.

        Parameters
        ----------
        nb
            The notebook with its outputs.
        resources, **kw
            As for any exporter.

        Returns
        -------
        tuple
            The page, and the resources.
        """
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        if self.warns:
            self.log.warning(
                "Personal data in this notebook is not masked. For a masked page, use seggwat-nb report --notebook."
            )
        page = PageOfCells()
        for cell in nb.cells:
            page.add(cell)
        about = resources.get("metadata", {})
        return page.html(name=about.get("name", "Report"), as_of=about.get("as_of", "")), resources
