"""How charts show themselves, and what they leave alone; the theme's promises."""

from __future__ import annotations

import itertools
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import altair as alt
import numpy as np
import polars as pl
import pytest
import vl_convert
from IPython.core.formatters import DisplayFormatter

from seggwat_nb import charts
from seggwat_nb.analysis import trends
from seggwat_nb.charts.display import VEGALITE_MIME, LayerChart
from seggwat_nb.charts.theme import FONT, colours
from seggwat_nb.schema import STATUSES, TYPES


def ours() -> alt.LayerChart:
    frame = pl.DataFrame({"created_at": [datetime(2026, 3, 2, tzinfo=UTC)], "type": ["Bug"]})
    return charts.volume(trends.volume(frame, by="type"))


def shown(chart: alt.TopLevelMixin) -> tuple[dict[str, Any], dict[str, Any]]:
    data, metadata = DisplayFormatter().format(chart)
    return data, metadata


def test_a_chart_shows_itself_as_vega_lite_5_and_as_words_and_nothing_else() -> None:
    data, metadata = shown(ours())

    assert set(data) == {VEGALITE_MIME, "text/plain"}
    assert data[VEGALITE_MIME]["$schema"].endswith("/vega-lite/v5.json")
    assert data["text/plain"].startswith("Items per week by type. 1 item in 1 week")
    assert metadata[VEGALITE_MIME]["embed_options"] == {"renderer": "svg", "actions": False}


def test_display_takes_options_for_one_showing() -> None:
    chart = ours()
    with alt.renderers.enable(embed_options={"actions": True}):
        assert shown(chart)[1][VEGALITE_MIME]["embed_options"] == {"renderer": "svg", "actions": True}
    assert shown(chart)[1][VEGALITE_MIME]["embed_options"]["actions"] is False


def test_charts_of_the_users_own_are_shown_as_before() -> None:
    own = alt.Chart(pl.DataFrame({"x": [1]})).mark_bar().encode(x="x:Q")
    before, state = shown(own)[0], (alt.renderers.active, alt.theme.active, alt.data_transformers.active)

    shown(ours())

    after = shown(own)[0]
    assert (alt.renderers.active, alt.theme.active, alt.data_transformers.active) == state
    assert set(after) == set(before) != set(shown(ours())[0])
    assert own.to_dict()["config"] == {"view": {"continuousWidth": 300, "continuousHeight": 300}}


def test_the_users_theme_renderer_and_row_limit_do_not_reach_a_chart_of_ours() -> None:
    plain = ours().to_dict()
    with alt.theme.enable("dark"), alt.renderers.enable("png"), alt.data_transformers.enable("default", max_rows=1):
        chart = ours()
        assert chart.to_dict() == plain
        assert VEGALITE_MIME in shown(chart)[0]


def test_a_chart_stays_ours_when_it_is_changed_like_any_other() -> None:
    rule = alt.Chart(pl.DataFrame({"y": [2]})).mark_rule().encode(y="y:Q")

    for chart in (ours() + rule, ours().properties(height=100), ours().configure_axis(grid=False), ours().copy()):
        assert isinstance(chart, LayerChart)
        assert shown(chart)[0][VEGALITE_MIME]["config"]["font"] == FONT
    for chart in (ours() | rule, ours() | ours() | rule, ours() & rule, ours() & ours() & rule, (ours() | rule) & rule):
        assert shown(chart)[0][VEGALITE_MIME]["config"]["font"] == FONT
        assert vl_convert.vegalite_to_svg(chart.to_dict(), vl_version="5.8")


def test_more_rows_than_altair_takes_are_drawn() -> None:
    days = pl.datetime_range(datetime(2010, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), "1d", eager=True)

    chart = charts.volume(trends.volume(pl.DataFrame({"created_at": days}), every="1d"))

    assert len(next(iter(chart.to_dict()["datasets"].values()))) == len(days) > 5_000


def test_every_font_list_ends_with_a_family_that_is_always_there() -> None:
    fonts = [value for path, value in _leaves(ours().to_dict()["config"]) if path[-1].lower().endswith("font")]

    assert FONT in fonts
    assert all(font.endswith("sans-serif") for font in fonts)


@pytest.mark.parametrize("values", [TYPES, STATUSES], ids=["type", "status"])
@pytest.mark.parametrize("sight", ["normal", "deuteranopia", "protanopia"])
def test_colour_blind_readers_tell_all_values_apart(values: tuple[str, ...], sight: str) -> None:
    key = "type" if values is TYPES else "status"
    shown = [*colours(key, values), *colours(key, ["unknown", "another"])]
    seen = [_lab(_SIGHT[sight] @ _linear(colour)) for colour in shown]

    # 10 in CIELAB is several times what is just noticed (about 2.3).
    assert min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2)) > 10


def test_importing_the_charts_changes_nothing_of_altairs() -> None:
    code = (
        "import altair as alt; before = (alt.renderers.active, alt.theme.active, alt.theme.names());"
        "import seggwat_nb.charts; assert before == (alt.renderers.active, alt.theme.active, alt.theme.names())"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # our own Python


_SIGHT = {
    # Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}


def _linear(colour: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    parts = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """CIELAB, D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(to_xyz @ np.clip(linear, 0, 1) / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def _leaves(value: Any, *path: str) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in _leaves(inner, *path, key)]
    return [(path, value)]
