"""The style of panels, without a notebook: their widths among other widgets, and long values in their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seggwat_nb.web import style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

LONG = "Ein_sehr_langes_Wort_ohne_Leerzeichen_" * 4
MAKE = """([css, around, styles, inside]) => {
  document.body.innerHTML = `<div style="${around}"></div>`;
  return styles.map(style => {
    const host = document.createElement('div');
    host.style.cssText = style;
    const root = host.attachShadow({mode: 'open'});
    root.innerHTML = `<style>${css}</style><section class="panel">${inside}</section>`;
    document.body.firstChild.append(host);
    return host;
  }).map(host => host.offsetWidth);
}"""
ITEM = """
<div class="left two"><div class="list" style="height: 90px"><div class="item" style="height: 48px">
<span class="message">Text</span>
<span class="meta"><span class="m-type">LONG</span><span class="m-day">2 Mar 2026</span></span>
</div></div></div>
<article class="reader"><div class="top"><span class="badge"><span>LONG</span></span><span>2 Mar</span></div>
<dl><div class="fact"><dt>Version</dt><dd><button>LONG</button></dd></div></dl></article>
"""
WIDER = """() => [...document.querySelector('div div').shadowRoot.querySelectorAll('.meta, .top, .fact, .badge')]
  .filter(one => one.scrollWidth > one.clientWidth + 1 || one.offsetWidth > 400).map(one => one.className)"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    yield page
    page.close()


@pytest.mark.parametrize(
    ("around", "styles", "widths"),
    [
        ("display: flex; width: 900px", ["", ""], [450, 450]),
        ("display: flex; width: 900px", ["min-width: 9px; width: 300px", "min-width: 20px"], [300, 600]),
        ("display: flex; width: 900px", ["width: 300px"], [300]),
        ("display: flex; flex-direction: column; width: 900px", ["", ""], [900, 900]),
        ("width: 900px", [""], [900]),
    ],
)
def test_panels_share_the_width_that_is_left(page: Page, around: str, styles: list[str], widths: list[int]) -> None:
    css = style("explorer/explorer.css", "explorer/reading.css")
    assert page.evaluate(MAKE, [css, around, styles, "Text"]) == widths


def test_a_long_value_does_not_leave_its_row(page: Page) -> None:
    css = style("explorer/explorer.css", "explorer/reading.css")
    page.evaluate(MAKE, [css, "width: 400px", [""], ITEM.replace("LONG", LONG)])
    assert page.evaluate(WIDER) == []
