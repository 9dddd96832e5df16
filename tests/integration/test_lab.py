"""JupyterLab on a working copy: what is kept, what is printed, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import requests

from seggwat_nb import lab

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_working_copy_is_the_users_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = lab.working_copy(tmp_path / "mine")
    first = folder / lab.FIRST
    assert first.read_bytes() == (lab.notebooks() / lab.FIRST).read_bytes()
    assert not first.is_symlink()
    first.write_text("changed")
    assert capsys.readouterr().err == ""
    lab.working_copy(folder)
    assert first.read_text() == "changed"
    assert f"Kept as you left them: {lab.FIRST}" in capsys.readouterr().err


def test_root_and_a_machine_without_display_are_served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    words = lab.command(tmp_path, port=1234, browser=False)
    assert {"--allow-root", "--no-browser", "--ServerApp.port=1234", f"--ServerApp.root_dir={tmp_path}"} <= set(words)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    words = lab.command(tmp_path, port=None, browser=True)
    assert {"--allow-root", "--no-browser"}.isdisjoint(words)
    monkeypatch.setattr(sys, "platform", "linux")
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    assert not lab.has_display()


def test_lab_prints_the_address_serves_the_notebook_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    environment |= {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment["HOME"] = str(tmp_path)
    command = [sys.executable, "-m", "seggwat_nb.cli", "lab", str(tmp_path / "mine")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        try:
            told = ""
            output: Any = process.stdout
            while (address := re.search(r"http://(?:127\.0\.0\.1|localhost):\d+/lab/\S*token=\w+", told)) is None:
                line = output.readline()
                assert line, told
                told += line
            assert "demo project" in told
            assert lab.FIRST in address.group()
            assert requests.get(address.group(), timeout=30).status_code == 200
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
    assert process.returncode == 130
