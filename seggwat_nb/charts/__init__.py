"""Small frames made into altair charts that tell the truth; each says what it shows and where it comes from."""

from __future__ import annotations

from seggwat_nb.charts.counts import volume

__all__ = ["volume"]
