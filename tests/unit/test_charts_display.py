"""How charts show themselves, and what they leave alone; the theme's promises."""

from __future__ import annotations

import itertools
import operator
import os
import re
import struct
import subprocess
import sys
import zlib
from base64 import b64decode, b64encode
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import polars as pl
import pytest
import vl_convert
from IPython.core.formatters import DisplayFormatter

from seggwat_nb import charts, ratings, trends
from seggwat_nb.charts import images
from seggwat_nb.charts.display import VEGALITE_MIME, LayerChart, responsive
from seggwat_nb.charts.images import drawing, drawing_from_process, image, png_from_process
from seggwat_nb.charts.theme import FONT, colours
from seggwat_nb.schema import FEEDBACK, STATUSES, TYPES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def ours() -> alt.LayerChart:
    frame = pl.DataFrame({"created_at": [datetime(2026, 3, 2, tzinfo=UTC)], "type": ["Bug"]})
    return charts.volume(trends.volume(frame, by="type"))


def shown(chart: alt.TopLevelMixin) -> tuple[dict[str, Any], dict[str, Any]]:
    data, metadata = DisplayFormatter().format(chart)
    return data, metadata


def bundle(chart: Any, **asked: set[str]) -> dict[str, Any]:
    data, _ = chart._repr_mimebundle_(**asked)
    return dict(data)


def unpictured(chart: Any) -> dict[str, Any]:
    """All that a chart shows of itself but the image, which takes longer than the rest."""
    return bundle(chart, exclude={"image/png"})


def test_a_chart_shows_itself_as_vega_lite_5_as_an_image_and_as_words_and_nothing_else() -> None:
    data, metadata = shown(ours())

    assert set(data) == {VEGALITE_MIME, "image/png", "text/plain"}
    assert data[VEGALITE_MIME]["$schema"].endswith("/vega-lite/v5.json")
    assert data["text/plain"].startswith("Items per week by type. 1 item over 1 week")
    assert metadata[VEGALITE_MIME]["embed_options"] == {"renderer": "svg", "actions": False}


def test_the_image_is_sharp_compressed_and_says_what_it_shows() -> None:
    data, metadata = shown(ours())
    width, height, pixels = decoded(data["image/png"])
    vega = vl_convert.vegalite_to_png({**data[VEGALITE_MIME], "background": "white"}, scale=2)

    assert metadata["image/png"] == {"width": width / 2, "height": height / 2, "alt": data["text/plain"]}
    assert pixels[1:5] == b"\xff" * 4  # white and opaque, since the page may be dark and the text is black
    assert decoded(b64encode(vega).decode()) == (width, height, pixels)
    assert len(b64decode(data["image/png"])) < len(vega) / 2


def test_text_is_drawn_in_the_image_whatever_fonts_the_machine_has() -> None:
    drawn = {font: ours().configure_title(font=font) for font in (f"No such font, {FONT}", "No such font, sans-serif")}
    blank = decoded(shown(ours().configure_title(color="white", subtitleColor="white"))[0]["image/png"])

    for chart in drawn.values():
        assert decoded(shown(chart)[0]["image/png"]) != blank


def wide(chart: Any) -> Any:
    return chart.properties(width="container")


SHAPES: dict[str, Callable[[], Any]] = {
    "as it is": ours,
    "taking its width from its place": lambda: wide(ours()),
    "taking both": lambda: wide(ours()).properties(height="container"),
    "with a layer more": lambda: wide(ours() + alt.Chart(pl.DataFrame({"y": [2]})).mark_rule().encode(y="y:Q")),
    "side by side": lambda: wide(ours()) | ours(),
    "below each other": lambda: wide(ours()) & wide(ours()) & ours(),
    "both": lambda: (wide(ours()) | wide(ours())) & ours(),
    "in facets": lambda: ours().facet("type:N", data=pl.DataFrame({"type": ["a", "b"]})),
    "in facets that take their width": lambda: wide(ours()).facet("t:N", data=pl.DataFrame({"t": ["a", "b"]})),
    "without rows": lambda: wide(charts.volume(trends.volume(pl.DataFrame(schema=FEEDBACK)))),
    "of thousands of rows": lambda: wide(ours()).properties(height=20_000),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_becomes_of_a_chart_it_is_shown_with_lengths_in_pixels_and_an_image(shape: str) -> None:
    # An output without an image, or with an empty one, is drawn by JupyterLab again and again.
    data, metadata = shown(SHAPES[shape]())

    lengths = [value for path, value in _leaves(data[VEGALITE_MIME]) if path[-1] in {"width", "height"}]
    assert "container" not in [value for path, value in _leaves(data[VEGALITE_MIME]) if "usermeta" not in path]
    assert all(value > 0 for value in lengths if isinstance(value, int))
    width, height, pixels = decoded(data["image/png"])
    assert len(set(pixels)) > 1
    assert width * height <= 4_100_000
    assert metadata["image/png"]["width"] > 60


def marks(chart: Any) -> Counter[tuple[str, str]]:
    """Color and shape of everything that is drawn."""
    drawn = vl_convert.vegalite_to_svg(unpictured(chart)[VEGALITE_MIME])
    filled = re.findall(r'role="graphics-symbol"[^>]*? d="([^"]+)" fill="(#\w+)"', drawn)
    return Counter((fill, shape if len(shape) < 80 else "") for shape, fill in filled)


@pytest.mark.parametrize("stack", [operator.and_, operator.or_, lambda a, b: (a & b) & b])
def test_charts_that_stand_together_keep_their_colors_and_shapes_and_are_described(stack: Callable[..., Any]) -> None:
    rows = pl.DataFrame(
        {"created_at": [datetime(2026, 3, 2, tzinfo=UTC)] * 3, "type": ["Question", "Praise", None], "source": "Widget"}
    )
    one, two = (charts.volume(trends.volume(rows, by=key)) for key in ("type", "source"))
    together = stack(one, two)
    assert set(marks(together)) == set(marks(one)) | set(marks(two))
    text = unpictured(together)["text/plain"]
    assert unpictured(one)["text/plain"] in text
    assert unpictured(two)["text/plain"] in text


def test_a_page_gets_back_the_width_that_a_chart_takes_from_its_place() -> None:
    kept = {"mine": 1}
    assert responsive(unpictured(wide(ours()))[VEGALITE_MIME])["width"] == "container"
    assert responsive(unpictured(wide(ours()).properties(usermeta=kept))[VEGALITE_MIME])["width"] == "container"
    assert responsive(unpictured(ours().properties(width=333, usermeta=kept))[VEGALITE_MIME])["width"] == 333


def test_altairs_renderer_for_vega_lite_alone_leaves_the_image_out_and_so_does_who_asks_for_no_image() -> None:
    for renderer in ("mimetype", "jupyterlab", "nteract"):
        with alt.renderers.enable(renderer):
            assert set(shown(wide(ours()))[0]) == {VEGALITE_MIME, "text/plain"}
    assert "image/png" not in bundle(ours(), include={"text/plain"})
    assert "image/png" not in bundle(ours(), exclude={"image/png"})
    assert "image/png" in bundle(ours(), include={"image/png"}, exclude=set())


def test_a_terminal_pays_for_no_image(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    monkeypatch.setattr("seggwat_nb.charts.display.image", drawn.append)
    terminal = SimpleNamespace(display_formatter=SimpleNamespace(active_types=["text/plain"]))
    monkeypatch.setattr("seggwat_nb.progress.shell", lambda: terminal)

    assert "image/png" not in bundle(ours())
    ours().to_dict()
    assert drawn == []


def test_a_chart_that_cannot_be_drawn_as_an_image_is_shown_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ValueError("no fonts")

    monkeypatch.setattr("seggwat_nb.charts.display.image", fail)

    with pytest.warns(UserWarning, match=r"no fonts"):
        assert set(bundle(ours())) == {VEGALITE_MIME, "text/plain"}


def test_another_process_draws_the_same_image_and_this_one_does_where_none_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = {**ours().to_dict(), "width": 300}
    here = image(spec, scale=1)
    with monkeypatch.context() as patched:
        patched.setattr("seggwat_nb.charts.display.image", None)  # cannot be called
        assert png_from_process(spec, scale=1) == here.png
    with pytest.raises(ValueError, match="conversion failed"):
        png_from_process({**spec, "layer": [{"mark": "nosuchmark"}]})
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert png_from_process(spec, scale=1) == here.png


def interrupted() -> None:
    raise KeyboardInterrupt


def test_one_process_draws_chart_after_chart_and_another_takes_over_when_it_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    specs = [{**ours().to_dict(), "width": width} for width in (300, 400)]
    here = [drawing(spec) for spec in specs]
    ended = images._drawer(os.getpid())
    with monkeypatch.context() as patched:
        patched.setattr(images, "drawing", None)  # cannot be called
        assert [drawing_from_process(spec) for spec in specs] == here
        assert images._drawer(os.getpid()) is ended
    with pytest.raises(ValueError, match="conversion failed"):
        drawing_from_process({**specs[0], "layer": [{"mark": "nosuchmark"}]})
    images._end(ended._process)
    assert drawing_from_process(specs[0]) == here[0]
    assert images._drawer(os.getpid()) is not ended
    process = images._drawer(os.getpid())._process
    assert process.stdout is not None
    with monkeypatch.context() as patched:
        patched.setattr(process, "stdout", SimpleNamespace(readline=interrupted, close=process.stdout.close))
        with pytest.raises(KeyboardInterrupt):
            drawing_from_process(specs[1])
    assert [drawing_from_process(spec) for spec in specs] == here  # and none is the answer to what was asked before
    images._drawer.cache_clear()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert drawing_from_process(specs[1]) == here[1]


def decoded(text: str) -> tuple[int, int, bytes]:
    """Width, height and filtered pixels of a PNG of 8-bit RGBA without interlacing, whose checksums hold."""
    png = b64decode(text)
    width, height, *kind = struct.unpack_from(">IIBBBBB", png, 16)
    assert kind == [8, 6, 0, 0, 0]
    place, packed = 8, b""
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        body = png[place + 4 : place + 8 + length]
        assert struct.unpack_from(">I", png, place + 8 + length) == (zlib.crc32(body),)
        packed += body[4:] if body.startswith(b"IDAT") else b""
        place += 12 + length
    return width, height, zlib.decompress(packed)


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
        assert VEGALITE_MIME in unpictured(chart)


def test_charts_drawn_in_threads_at_the_same_time_are_all_ours_and_leave_the_users_theme() -> None:
    chart = ours()
    plain, theme, often = chart.to_dict(), alt.theme.active, sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            drawn = list(threads.map(lambda _: chart.to_dict(validate=False), range(60)))
    finally:
        sys.setswitchinterval(often)
    assert drawn == [plain] * 60
    assert alt.theme.active == theme


def test_a_chart_stays_ours_when_it_is_changed_like_any_other() -> None:
    rule = alt.Chart(pl.DataFrame({"y": [2]})).mark_rule().encode(y="y:Q")

    for chart in (ours() + rule, ours().properties(height=100), ours().configure_axis(grid=False), ours().copy()):
        assert isinstance(chart, LayerChart)
        assert unpictured(chart)[VEGALITE_MIME]["config"]["font"] == FONT
    for chart in (ours() | rule, ours() | ours() | rule, ours() & rule, ours() & ours() & rule, (ours() | rule) & rule):
        assert unpictured(chart)[VEGALITE_MIME]["config"]["font"] == FONT
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
    shown = colours(key, [*values, "unknown", "another"])
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


def test_notes_stand_beside_the_plot_where_charts_stand_together() -> None:
    rows = pl.DataFrame({"rating_type": "nps", "nps_category": ["detractor"], "version": "1.0"}).with_columns(
        created_at=datetime(2026, 3, 1, tzinfo=UTC)
    )
    chart = charts.nps(ratings.nps(rows, by="version"))
    (plot, together) = (vl_convert.vegalite_to_svg(one.to_dict()) for one in (chart, chart | chart))
    for svg, times in ((plot, 1), (together, 2)):
        notes = re.findall(r'translate\((\d+),[\d.]+\)"[^>]*>\N{MINUS SIGN}100, n 1<', svg)
        assert len(notes) == times
        assert min(map(int, notes)) > 400


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_names_of_emojis_too_long_for_their_place_are_drawn_and_told_apart(kind: str, tmp_path: Path) -> None:
    types = ["\N{GRINNING FACE}" * 30, "\N{GREEN HEART}" * 30]
    days = pl.DataFrame({"created_at": [datetime(2026, 3, 1, tzinfo=UTC)] * 2, "type": types})
    chart = charts.volume(trends.volume(days, by="type", as_of=datetime(2026, 3, 9, tzinfo=UTC)))
    with pytest.raises(ValueError, match="text"):  # else this is mended in vl-convert, and of no use here
        vl_convert.vegalite_to_svg(chart.to_dict())
    data, _ = shown(chart)
    assert "image/png" in data
    svg = drawing(chart.to_dict())
    assert all(f">{name}</text>" in svg for name in types)
    assert all(svg.count(f'fill="{colour}"') > 1 for colour in colours("type", types))
    chart.save(tmp_path / f"chart.{kind}")
    assert (tmp_path / f"chart.{kind}").stat().st_size > 1_000


def test_columns_of_rows_are_no_limits_of_texts() -> None:
    spec = {"data": {"values": [{"limit": 3}]}, "encoding": {"x": {"axis": {"labelLimit": 9}}}}
    whole = images.lift_limits(spec)
    assert whole["data"] == spec["data"]
    assert whole["encoding"]["x"]["axis"] == {"labelLimit": 0}


def test_a_chart_that_cannot_be_drawn_with_whole_names_either_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="conversion failed"):
        image({"mark": "no mark", "encoding": {}})
    with pytest.raises(ValueError, match="format"):
        ours().save(tmp_path / "chart.xyz")
