"""The features that require an extra, and the packages that each one uses."""

from __future__ import annotations

from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seggwat_nb.errors import MissingExtraError
from seggwat_nb.text import join_words

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FEATURES", "require"]

_CHARTS: Final = ("altair", "vl_convert")
_PANELS: Final = (*_CHARTS, "anywidget", "ipywidgets")

FEATURES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "Charts": ("lab", _CHARTS),
        "Panels": ("lab", _PANELS),
        "Notebooks": ("lab", (*_PANELS, "ipykernel", "jupyterlab")),
        "Reports": ("report", (*_CHARTS, "ipykernel", "mistune", "nbclient", "nbconvert", "nh3", "pypdf")),
        "Spreadsheets": ("xlsx", ("xlsxwriter",)),
        "Languages": ("languages", ("py3langid",)),
    }
)
"""Each feature with its extra and the modules that it imports."""


def require(feature: str) -> None:
    """Check that the packages of a feature are installed, before any work.

    Parameters
    ----------
    feature
        One of `FEATURES`.

    Raises
    ------
    MissingExtraError
        A package is missing; the message names it and the extra that installs it.
    """
    extra, modules = FEATURES[feature]
    missing = [module for module in modules if not _is_installed(module)]
    if not missing:
        return
    packages = join_words([module.replace("vl_convert", "vl-convert-python") for module in missing], "and")
    is_, them = ("is", "it") if len(missing) == 1 else ("are", "them")
    raise MissingExtraError(
        f"{feature} require {packages}, which {is_} not installed. "
        f"Install {them} with: pip install 'seggwat-nb[{extra}]'."
    )


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:  # raised by an import hook that blocks the module
        return False
