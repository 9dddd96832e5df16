"""Small pieces of HTML that a report's cells show. All content is escaped."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Html", "blockquote", "bullet_list", "line", "quote"]


class Html:
    """A piece of HTML. Notebooks render it, and other programs show its text."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_mimebundle_(self, *_: object, **__: object) -> dict[str, str]:
        text = re.sub(r"<[^>]+>", "", re.sub(r"</(?:li|p|h3|dt|dd|div|blockquote)>|<br>", "\n", self.html))
        return {"text/html": self.html, "text/plain": unescape(text).strip()}


def bullet_list(lines: Sequence[str], *, lead: bool = False) -> Html:
    """Show sentences as a list."""
    marked = ' class="lead"' if lead else ""
    return Html(f"<ul{marked}>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>")


def line(text: str) -> Html:
    """Show the line under a title."""
    return Html(f'<p class="byline">{escape(text)}</p>')


def blockquote(text: str, source: str, address: str | None = None) -> str:
    """Show a message with its type and page, and a link to the item if it has an address."""
    link = f' · <a href="{escape(address)}">Open in SeggWat</a>' if address else ""
    return f'<blockquote>{escape(text)}<br><span class="soft">{escape(source)}{link}</span></blockquote>'


def quote(heading: str, quotes: Iterable[tuple[str, str, str | None]], *, more: str = "") -> str:
    """Show messages under a heading, each with its type and page, and the address of its item if there is one."""
    said = "".join(blockquote(text, source, address) for source, text, address in quotes)
    rest = f'<p class="soft">{escape(more)}</p>' if more else ""
    return f"<h3>{escape(heading)}</h3>{said}{rest}"
