"""A missing browser skips the browser tests, and fails them under CI: no gate passes by having nothing to run."""

from __future__ import annotations

import pytest

from tests.browser.conftest import missing


def test_without_a_browser_the_tests_are_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no browser"):
        missing("no browser")


def test_under_ci_a_missing_browser_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no browser, and CI wants every test"):
        missing("no browser")
