"""Small pieces of HTML that a report's cells show. All content is escaped."""

from __future__ import annotations

import re
from functools import cache
from html import escape, unescape
from typing import TYPE_CHECKING, Final

from seggwat_nb.text import RIGHT_TO_LEFT
from seggwat_nb.web import style

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Html", "blockquote", "bullet_list", "line", "quote", "sentence", "with_looks"]

_ASIDE: Final = rf"\([^()A-Za-z]*{RIGHT_TO_LEFT}[^()A-Za-z]*\)"
_WORDS: Final = re.compile(
    rf"(\u2068[^\u2069]*\u2069|{RIGHT_TO_LEFT}(?:[\s\d'\"\u2019\u200c-\u200f-]*(?:{RIGHT_TO_LEFT}|{_ASIDE}))*)"
)
"""An isolated name, or words of scripts that are written from right to left, with what stands between them."""


class Html:
    """A piece of HTML. Notebooks render it, and other programs show its text."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_mimebundle_(self, *_: object, **__: object) -> dict[str, str]:
        text = re.sub(r"<[^>]+>", "", re.sub(r"</(?:li|p|h3|dt|dd|div|blockquote)>|<br>", "\n", self.html))
        return {"text/html": with_looks(self.html), "text/plain": unescape(text).strip()}


@cache
def _looks() -> str:
    return style("page/cells.css")


def with_looks(html: str) -> str:
    """Give what a cell shows its looks, since notebooks have no style sheet for it. A report's page removes them.

    Each output has its own: JupyterLab takes outputs that are out of sight off the page, with their styles.
    """
    return f'<style>{_looks()}</style><div class="seggwat-cell">{html}</div>'


def sentence(text: str) -> str:
    """Escape a sentence. Names in it that are written from right to left do not move what follows them.

    Examples
    --------
    >>> sentence("متجر النور: 26 items & more")
    '<bdi>متجر النور</bdi>: 26 items &amp; more'
    """
    parts = (escape(part.strip("\u2068\u2069")) for part in _WORDS.split(text))
    return "".join(f"<bdi>{part}</bdi>" if at % 2 else part for at, part in enumerate(parts))


def bullet_list(lines: Sequence[str], *, lead: bool = False) -> Html:
    """Show sentences as a list."""
    marked = ' class="lead"' if lead else ""
    return Html(f"<ul{marked}>{''.join(f'<li>{sentence(line)}</li>' for line in lines)}</ul>")


def line(text: str) -> Html:
    """Show the line under a title."""
    return Html(f'<p class="byline">{sentence(text)}</p>')


def blockquote(text: str, source: str, address: str | None = None) -> str:
    """Show a message with its type and page, and a link to the item if it has an address."""
    link = f' · <a href="{escape(address)}">Open in SeggWat</a>' if address else ""
    return f'<blockquote>{escape(text)}<br><span class="soft">{sentence(source)}{link}</span></blockquote>'


def quote(heading: str, quotes: Iterable[tuple[str, str, str | None]], *, more: str = "") -> str:
    """Show messages under a heading, each with its type and page, and the address of its item if there is one."""
    said = "".join(blockquote(text, source, address) for source, text, address in quotes)
    rest = f'<p class="soft">{sentence(more)}</p>' if more else ""
    return f"<h3>{sentence(heading)}</h3>{said}{rest}"
