"""How the documentation is built: `uv run --group docs sphinx-build -W docs docs/_build`.

The notebooks and the gallery are executed on the demo project. `-D nb_execution_mode=off` leaves that out.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

from seggwat_nb import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
# The site shows the demo project, whatever project is set where it is built.
for setting in ("SEGGWAT_API_KEY", "SEGGWAT_PROJECT_ID", "SEGGWAT_API_URL"):
    os.environ.pop(setting, None)
# Copies, since links between notebooks are looked up beside the file that a symbolic link points to.
for notebook in (HERE.parent / "notebooks").glob("*.ipynb"):
    shutil.copy2(notebook, HERE / "notebooks" / notebook.name)

project = "seggwat_nb"
release = __version__
extensions = ["sphinx.ext.autodoc", "numpydoc", "myst_nb"]
exclude_patterns = ["_build", "jupyter_execute"]

html_theme = "pydata_sphinx_theme"
html_title = project
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False, "header_links_before_dropdown": 5}
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_sidebars = {name: [] for name in ("quickstart", "gallery", "changelog")}  # which have no pages beside them

# Markdown
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

# Notebooks: one that stops is an error. Panels need a kernel, so their pictures are shown.
nb_execution_mode = "force"  # a cache knows when a notebook changed, but not when the package did
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
nb_merge_streams = True
# A chart comes as Vega-Lite and as an image; the image is shown.
suppress_warnings = ["mystnb.unknown_mime_type"]

# Reference: a name in single backticks links to what it names, and one of ours that leads nowhere is a warning.
default_role = "py:obj"
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(?!seggwat_nb\.).*")]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False


def describe_images(_: Sphinx, page: nodes.document) -> None:
    """Give the image of each chart the text that the chart describes itself with."""
    for output in page.findall(lambda node: getattr(node, "attributes", {}).get("nb_element") == "mime_bundle"):
        forms = {form["mime_type"]: form for form in output.children}
        if "text/plain" in forms and "image/png" in forms:
            for image in forms["image/png"].findall(nodes.image):
                image["alt"] = forms["text/plain"].astext()


def setup(app: Sphinx) -> None:
    """Register what this file does beside its settings, as Sphinx asks."""
    app.connect("doctree-read", describe_images)
