"""What a load prints, what it logs, and that one switch hides the first."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import pytest

from seggwat_nb import progress
from seggwat_nb.cli import main
from seggwat_nb.cli.entry_point import app
from seggwat_nb.config import Settings
from seggwat_nb.demo.plans import Faults, Status
from seggwat_nb.environment import is_quiet
from seggwat_nb.errors import SettingsError
from seggwat_nb.share import export

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seggwat_nb.client import Client
    from seggwat_nb.demo.server import DemoServer

    Connect = Callable[..., Client]
    Serve = Callable[..., DemoServer]


def use(server: DemoServer, connect: Connect, folder: Path) -> None:
    """Load over a fault, refresh, ask for a plan, and write files for oneself and for others."""
    client = connect(server, max_age_seconds=0)
    rows = client.feedback()
    client.feedback(refresh="verify")
    client.ratings()
    client.plan()
    export.export(rows, folder / "rows.csv")
    export.share(rows, folder / "shared.csv", salt=b"s" * 32)


@pytest.mark.usefixtures("waiting")
def test_a_library_prints_to_stderr_only_if_it_is_to_and_nothing_by_itself(  # noqa: PLR0917  # fixtures
    serve: Serve,
    connect: Connect,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "seggwat_nb")
    monkeypatch.setenv("SEGGWAT_NB_QUIET", "0")
    use(serve(250, faults=Faults({2: Status(503, "")})), connect, home)
    told = capfd.readouterr()
    assert told.out == ""
    assert "Masked: " in told.err
    assert "attempt 1 of 5" in told.err
    said = [record.getMessage() for record in caplog.records if record.name == progress.__name__]
    assert told.err == "".join(f"{line}\n" for line in said)

    for switch in ("1", None):
        caplog.clear()
        if switch is None:
            monkeypatch.delenv("SEGGWAT_NB_QUIET")
        else:
            monkeypatch.setenv("SEGGWAT_NB_QUIET", switch)
        monkeypatch.setenv("SEGGWAT_NB_DATA_DIR", str(home / f"other-{switch}"))
        monkeypatch.setenv("SEGGWAT_NB_CACHE_DIR", str(home / f"another-{switch}"))
        use(serve(250, faults=Faults({2: Status(503, "")})), connect, home)
        assert capfd.readouterr() == ("", "")
        assert [record.name for record in caplog.records].count(progress.__name__) == len(said)
        assert any(record.getMessage().endswith("/feedback?page=2: 503") for record in caplog.records)


def test_a_command_prints_its_results_and_with_quiet_nothing_else(
    serve: Serve, home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server = serve(120)
    for name, value in (("API_KEY", server.token), ("PROJECT_ID", server.project_id), ("API_URL", server.url)):
        monkeypatch.setenv(f"SEGGWAT_{name}", value)
    monkeypatch.setenv("SEGGWAT_NB_REQUESTS_PER_MINUTE", "0")

    def run(*words: str) -> tuple[str, str]:
        app([*words], standalone_mode=False)
        return capfd.readouterr()

    assert run("--quiet", "pull") == ("", "")
    assert run("-q", "export", "--out", "rows.csv") == ("", "")
    assert (home / "rows.csv").exists()
    out, err = run("-q", "plan")
    assert "feedback: " in out
    assert err == ""
    assert not is_quiet()

    assert "loaded completely" in run("pull", "--refresh", "full")[1]
    out, err = run("--verbose", "pull", "--refresh", "full")
    assert out == ""
    assert "seggwat_nb.source.transport: GET /api/v1/projects/" in err
    assert "seggwat_nb.progress" not in err  # It is printed already.
    _, err = run("-q", "-v", "pull", "--refresh", "full")
    assert all(" seggwat_nb." in line for line in err.splitlines() if line.startswith("20"))
    assert "seggwat_nb.progress" in err
    assert not logging.getLogger("seggwat_nb").isEnabledFor(logging.INFO)

    monkeypatch.setattr(sys, "argv", ["seggwat-nb", "--quiet", "export", "--out", "rows.csv"])
    with pytest.raises(SystemExit, match="1"):
        main()
    out, err = capfd.readouterr()
    assert out == ""
    assert "already exists" in err


def test_the_switch_is_a_setting_like_the_others(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".env").write_text("SEGGWAT_NB_QUIET=1\n")
    progress.say("hidden")
    monkeypatch.setenv("SEGGWAT_NB_QUIET", "0")
    progress.say("shown")
    assert capsys.readouterr() == ("", "shown\n")
    monkeypatch.setenv("SEGGWAT_NB_QUIET", "yes")
    with pytest.raises(SettingsError, match=r"SEGGWAT_NB_QUIET: 'yes' must be 1 \(on\) or 0 \(off\)"):
        Settings.load()
