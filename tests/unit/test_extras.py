"""What a feature requires is in its extra, and what is missing is named before any work."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import seggwat_nb as sw
from seggwat_nb import extras
from seggwat_nb.errors import MissingExtraError
from seggwat_nb.share import export

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make modules look as if they were not installed."""

    def hide(*hidden: str) -> None:
        monkeypatch.setattr(extras, "find_spec", lambda name: None if name in hidden else find_spec(name))

    return hide


@pytest.mark.parametrize("feature", extras.FEATURES)
def test_an_extra_installs_what_its_features_require(feature: str) -> None:
    extra, modules = extras.FEATURES[feature]
    optional = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    installed = {re.match(r"[\w-]+", line)[0] for line in optional[extra]}  # type: ignore[index]
    assert {module.replace("vl_convert", "vl-convert-python") for module in modules} <= installed
    extras.require(feature)


def test_every_package_of_an_extra_is_looked_for() -> None:
    optional = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    every = {extra for extra in optional if extra != "all"}
    assert optional["all"] == [f"seggwat-nb[{','.join(sorted(every))}]"]
    for extra in every:
        installed = {re.match(r"[\w-]+", line)[0].replace("-python", "").replace("-", "_") for line in optional[extra]}  # type: ignore[index]
        sought = {module for name, modules in extras.FEATURES.values() if name == extra for module in modules}
        assert installed == sought


def test_what_is_missing_is_named_with_its_extra(without: Callable[..., None]) -> None:
    without("altair")
    with pytest.raises(MissingExtraError) as missing:
        extras.require("Charts")
    assert str(missing.value) == (
        "Charts require altair, which is not installed. Install it with: pip install 'seggwat-nb[lab]'."
    )
    assert isinstance(missing.value, ImportError)
    without("altair", "vl_convert")
    with pytest.raises(
        MissingExtraError, match=r"^Charts require altair and vl-convert-python, which are not .* them "
    ):
        extras.require("Charts")


def test_a_module_that_may_not_be_imported_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forbidding:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "altair":
                raise ModuleNotFoundError(name)

    monkeypatch.setattr(sys, "meta_path", [Forbidding(), *sys.meta_path])
    for name in [name for name in sys.modules if name.partition(".")[0] == "altair"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MissingExtraError, match="altair"):
        extras.require("Charts")


@pytest.mark.parametrize(("name", "hidden"), [("Explorer", "anywidget"), ("Compare", "anywidget"), ("report", "nh3")])
def test_a_public_name_is_refused_where_its_extra_is_missing(
    name: str, hidden: str, without: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    without(hidden)
    monkeypatch.delitem(vars(sw), name, raising=False)
    with pytest.raises(MissingExtraError, match=hidden):
        getattr(sw, name)


def test_a_spreadsheet_is_refused_before_anything_is_loaded(without: Callable[..., None], tmp_path: Path) -> None:
    without("xlsxwriter")
    with pytest.raises(MissingExtraError, match=r"Spreadsheets require xlsxwriter.*\[xlsx\]'\.$"):
        export.check_target(tmp_path / "rows.xlsx")
    assert export.check_target(tmp_path / "rows.csv") == tmp_path / "rows.csv"


def test_without_the_extra_nbconvert_lists_its_own_exporters_and_not_ours(
    without: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """JupyterLab reads this list for its export menu; any other error than nbconvert's own leaves the menu empty."""
    exporters = importlib.import_module("nbconvert.exporters.base")
    assert "seggwat_report" in exporters.get_export_names()
    without("nh3")
    monkeypatch.delitem(sys.modules, "seggwat_nb.share.report.exporter")
    names = exporters.get_export_names()
    assert "html" in names
    assert "seggwat_report" not in names
    with pytest.raises(exporters.ExporterDisabledError, match=r"nh3.*pip install 'seggwat-nb\[report\]'"):
        exporters.get_exporter("seggwat_report")
