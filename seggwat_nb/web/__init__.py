"""All JavaScript and CSS: what panels and shared pages run in a browser.

Each is written once, in modules that import one another. Widgets and pages load nothing, so each gets its modules as
one text.
"""

from __future__ import annotations

import re
from importlib.resources import files
from posixpath import dirname, join, normpath
from typing import Final

__all__ = ["script", "style"]

_IMPORT: Final = re.compile(r'^import \{[^}]+\} from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?!default )", re.MULTILINE)


def script(path: str) -> str:
    """Read a module and all that it imports as one text.

    Names at the top of modules must differ, as all share one scope. Of exports, only a default one is left.

    Parameters
    ----------
    path
        In this folder, such as ``explorer/panel.js``.
    """
    return "".join(_EXPORT.sub("", _IMPORT.sub("", _read(one))) for one in _in_order(path, ()))


def style(*paths: str) -> str:
    """Read style sheets as one text."""
    return "".join(map(_read, paths))


def _in_order(path: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """List modules so that each follows what it imports."""
    for imported in _IMPORT.findall(_read(path)):
        before = _in_order(normpath(join(dirname(path), imported)), before)
    return before if path in before else (*before, path)


def _read(path: str) -> str:
    return (files("seggwat_nb.web") / path).read_text(encoding="utf-8")
