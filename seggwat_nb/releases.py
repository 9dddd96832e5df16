"""Feedback by version, and the versions that made things worse.

All versions are in one order, by number, so ``2026.10`` comes after ``2.7.0``. In a project with two schemes, the last
version may not be the newest. ``dispersion`` says how much the feedback on a version is clustered, by submitters who
write often and days with many items. Counts are divided by it before they are compared.

Every function takes a frame of feedback or a `seggwat_nb.Dataset`.
"""

from __future__ import annotations

from seggwat_nb.analysis import releases
from seggwat_nb.public import of_feedback

__all__ = ["overview", "regressions"]

overview = of_feedback(releases.overview)
regressions = of_feedback(releases.regressions)
