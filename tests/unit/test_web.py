"""Scripts: modules become one text; bundles are made once, kept with a digest, and made again when damaged or old."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from seggwat_nb.web import script, style
from seggwat_nb.web.bundle import bundle_script

if TYPE_CHECKING:
    from pathlib import Path

OURS = "export default {draw: vegaEmbed};"


def test_a_script_is_kept_checked_and_made_anew(home: Path) -> None:
    first = bundle_script("charts", OURS)
    (kept,) = (home / "cache" / "scripts").glob("*.js")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert bundle_script("charts", OURS) == first
    kept.write_bytes(kept.read_bytes()[:-20] + b"alert(1); export {};")
    assert bundle_script("charts", OURS) == first
    assert "export{" in first[-200:]


def test_a_new_script_takes_the_place_of_the_old_one_of_its_name(home: Path) -> None:
    bundle_script("charts", OURS)
    bundle_script("page", OURS)
    changed = bundle_script("charts", OURS.replace("draw", "drawn"))
    names = sorted(path.name.partition("-")[0] for path in (home / "cache" / "scripts").glob("*.js"))
    assert names == ["charts", "page"]
    assert bundle_script("charts", OURS.replace("draw", "drawn")) == changed


WEB = files("seggwat_nb.web")
ENTRIES = sorted(
    f"{room}/{one.name}"
    for room in ("compare", "explorer", "page")
    for one in (WEB / room).iterdir()
    if one.name.endswith(".js")
)


@pytest.mark.parametrize("path", ENTRIES)
def test_a_script_has_each_module_once_before_what_imports_it_and_no_name_twice(path: str) -> None:
    text = script(path)
    assert not re.findall(r"^import |^export (?!default )", text, re.MULTILINE)
    names = re.findall(r"^(?:const|let|class|(?:async )?function) (\w+)", text, re.MULTILINE)
    assert len(names) == len(set(names)), sorted(names)
    if path == "page/report.js":
        assert names.index("make") < names.index("ChartHost") < names.index("hosted")
        assert names.index("fold") < names.index("Rows")


def test_styles_are_joined_in_order() -> None:
    joined = style("parts.css", "page/page.css")
    assert joined.index(".seggwat-facets") < joined.index(":root")
