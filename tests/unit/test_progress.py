"""The bar of a notebook: it goes with its kernel, and leaves words where it did not come to an end."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core import display_functions
from IPython.core.interactiveshell import InteractiveShell

from seggwat_nb import progress


@pytest.mark.parametrize(("seen", "left"), [(300, {"text/plain": "", "text/html": ""}), (200, None)])
def test_no_widget_stays_in_a_notebook(seen: int, left: dict[str, str] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(display_functions, "publish_display_data", lambda **published: shown.append(published))
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(display_functions, "_new_id", lambda: "place")
    monkeypatch.setattr(
        InteractiveShell,
        "instance",
        lambda: type("Shell", (), {"display_formatter": _Formatter()}),  # no shell is about
    )
    monkeypatch.setattr(progress, "_in_notebook", lambda: True)
    bar = progress.Bar("Feedback", seconds_left=float)
    bar(seen, 300)
    bar.close()
    alive, gone = shown
    assert alive["transient"] == gone["transient"] == {"display_id": "place"}
    assert alive["data"] == {"shown": "HBox"}
    assert gone["update"]
    assert gone["data"] == (left or {"text/plain": "Feedback: 200 of 300 rows"})


class _Formatter:
    def format(self, shown: object, **_: object) -> tuple[dict[str, str], dict[str, str]]:
        return {"shown": type(shown).__bases__[0].__name__}, {}
