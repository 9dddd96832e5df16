"""Renders Markdown as Jupyter does, with formulas, tables and attached images. It takes long to import."""

from __future__ import annotations

from html import escape

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

__all__ = ["render"]


def render(source: str, attachments: dict[str, dict[str, str]]) -> str:
    """Render the Markdown of a cell, with its attached images, as HTML, which is untrusted."""
    renderer = _Renderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(source))


class _Renderer(IPythonRenderer):
    """Renders Markdown. An image that is not attached is left out instead of stopping the export."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Render an image, or its description if there is none."""
        name = url.removeprefix("attachment:")
        if name != url and name not in self.attachments:
            return escape(text)
        return str(super().image(text, url, title))
