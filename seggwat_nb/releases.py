"""Feedback by version, and the versions that made things worse.

Every function takes a frame of feedback or a `seggwat_nb.Dataset`.
"""

from __future__ import annotations

from seggwat_nb.analysis import releases
from seggwat_nb.public import of_feedback

__all__ = ["overview", "regressions"]

overview = of_feedback(releases.overview)
regressions = of_feedback(releases.regressions)
