"""axe-core, run in a page: which rules of accessibility what it shows breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.conftest import ROOT, missing

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["faults"]

_AXE = ROOT / "tests" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async where => {
    const found = await axe.run(where, {resultTypes: ['violations']});
    return found.violations.flatMap(({id, help, nodes}) =>
        nodes.map(({target, any, all, none}) =>
            `${id}: ${help}: ${target.flat().at(-1)} ${[...any, ...all, ...none].map(one => one.message).join(' ')}`));
}"""


def faults(page: Page, where: str = "body") -> list[str]:
    """Return what is wrong, a line for each element."""
    if not _AXE.exists():
        missing("axe-core is not installed; run `npm install --no-package-lock` in tests/web")
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text())  # which a page's policy for scripts does not concern
    found: list[str] = page.evaluate(_RUN, where)
    return found
