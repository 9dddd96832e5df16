"""What moves in the explorer, in a real JupyterLab: frames a second while dragging dates, and blanks while scrolling.

    uv run --group browser python tests/benchmarks/panel_motion.py [--rows 1000000]

The page counts its own animation frames. *Dragged* is from pressing a handle of the selected dates to releasing it,
with sixty moves of the mouse a second. *Scrolled* is the wheel over the list, at the speeds of a hand that reads and of
one that looks for something; a frame has a blank if an item that should be in sight is not drawn.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).parent))

from panel import rows_of  # type: ignore[import-not-found]  # beside this script
from panel_contenders import CONTENDERS  # type: ignore[import-not-found]  # likewise
from panel_peers import kernel_of, notebook_of, opened, served  # type: ignore[import-not-found]  # likewise

if TYPE_CHECKING:
    from playwright.sync_api import Page

_NAME: Final = "explorer"
_MOVES: Final = 120
_SPEEDS: Final = {"reading, 300 px/s": 20, "fast, 1,500 px/s": 100, "a fling, 6,000 px/s": 400}
"""Pixels of each turn of the wheel, of which there are fifteen a second."""
_TURNS: Final = 45

_WATCH: Final = """() => {
    const find = (root, what) => {
        const own = root.querySelector(what);
        if (own) return own;
        for (const one of root.querySelectorAll('*')) {
            const found = one.shadowRoot && find(one.shadowRoot, what);
            if (found) return found;
        }
        return null;
    };
    const list = find(document, '[role=listbox].list');
    const seen = window.motion = {frames: [], blanks: 0, on: true};
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
        const box = list.getBoundingClientRect();
        const rows = [...list.querySelectorAll('.item')].map(one => one.getBoundingClientRect());
        const shown = rows.filter(one => one.bottom > box.top && one.top < box.bottom);
        const covered = shown.reduce((sum, one) =>
            sum + Math.min(one.bottom, box.bottom) - Math.max(one.top, box.top), 0);
        if (covered < list.clientHeight - 2) seen.blanks += 1;
    };
    const look = now => {
        if (!seen.on) return;
        seen.frames.push(now);
        painted.port2.postMessage(0);
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
_STOP: Final = "() => { motion.on = false; return [motion.frames, motion.blanks]; }"


def told(what: str, frames: list[float], blanks: int) -> str:
    """Write a line of the table."""
    steps = [after - before for before, after in pairwise(frames)]
    per_second = 1000 * len(steps) / (frames[-1] - frames[0])
    return (
        f"{what:32} {per_second:3.0f} frames a second, median {statistics.median(steps):4.0f} ms, "
        f"longest {max(steps):4.0f} ms, {blanks} of {len(frames)} frames with a blank"
    )


def drag(page: Page) -> None:
    """Drag the first handle to the right and back."""
    box = page.locator(".handle[data-side='0']").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for move in range(_MOVES):
        page.mouse.move(x + 500 * (1 - abs(1 - 2 * move / _MOVES)), y)
        page.wait_for_timeout(1000 / 60)
    page.mouse.up()


def scroll(page: Page, pixels: int) -> None:
    """Turn the wheel over the list."""
    page.locator("[role=listbox].list").first.hover()
    for _ in range(_TURNS):
        page.mouse.wheel(0, pixels)
        page.wait_for_timeout(1000 / 15)


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    chosen = options.parse_args()
    contender, place = CONTENDERS[_NAME], _NAME
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        rows_of(chosen.rows).write_parquet(home / "rows.parquet")
        print(f"{chosen.rows:,} rows, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        with served(home) as server:
            kernel_of(contender, place, home)
            notebook_of(contender, place, home)
            with opened(server, place) as notebook:
                notebook.run(0)
                notebook.show(1, quiet=1_400)
                page = notebook.page
                page.evaluate(_WATCH)
                drag(page)
                print(told("dragged", *page.evaluate(_STOP)), flush=True)
                for what, pixels in _SPEEDS.items():
                    page.evaluate(_WATCH)
                    scroll(page, pixels)
                    print(told(f"scrolled, {what}", *page.evaluate(_STOP)), flush=True)


if __name__ == "__main__":
    main()
