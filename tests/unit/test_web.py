"""The scripts that draw charts: made once, kept with a digest, made anew where they were damaged or are old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seggwat_nb.web.bundle import bundled

if TYPE_CHECKING:
    from pathlib import Path

OURS = "export default {draw: vegaEmbed};"


def test_a_script_is_kept_checked_and_made_anew(home: Path) -> None:
    first = bundled("charts", OURS)
    (kept,) = (home / "cache" / "scripts").glob("*.js")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert bundled("charts", OURS) == first
    kept.write_bytes(kept.read_bytes()[:-20] + b"alert(1); export {};")
    assert bundled("charts", OURS) == first
    assert "export{" in first[-200:]


def test_a_new_script_takes_the_place_of_the_old_one_of_its_name(home: Path) -> None:
    bundled("charts", OURS)
    bundled("page", OURS)
    changed = bundled("charts", OURS.replace("draw", "drawn"))
    names = sorted(path.name.partition("-")[0] for path in (home / "cache" / "scripts").glob("*.js"))
    assert names == ["charts", "page"]
    assert bundled("charts", OURS.replace("draw", "drawn")) == changed
