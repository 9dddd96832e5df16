"""The user's copy of the notebooks, and what JupyterLab is told."""

from __future__ import annotations

import shutil
import socket
import subprocess
import zipfile
from pathlib import Path

import pytest

from seggwat_nb import lab
from seggwat_nb.errors import ArgumentError

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_the_package_carries_every_notebook() -> None:
    assert NOTEBOOKS
    assert {path.name: path.resolve() for path in lab.notebooks().glob("*.ipynb")} == {
        path.name: path for path in NOTEBOOKS
    }
    assert lab.FIRST in {path.name for path in NOTEBOOKS}


def test_a_wheel_holds_the_notebooks_themselves_and_labs_defaults(tmp_path: Path) -> None:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv, which builds the wheel, is not installed")
    command = [uv, "build", "--quiet", "--offline", "--wheel", "--out-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True)  # what is built is this checkout

    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        for path in NOTEBOOKS:
            assert wheel.read(f"seggwat_nb/notebooks/{path.name}") == path.read_bytes()
        assert "seggwat_nb/jupyter/labconfig/default_setting_overrides.json" in wheel.namelist()
        assert not [name for name in wheel.namelist() if name.startswith(("tests/", "notebooks/"))]


def test_a_copy_is_made_in_the_home_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    folder = lab.working_copy()

    assert folder == tmp_path / "seggwat-notebooks"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in NOTEBOOKS
    }
    assert not any(path.is_symlink() for path in folder.iterdir())


@pytest.mark.usefixtures("shown")
def test_a_changed_copy_is_kept_and_named_and_a_deleted_one_comes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = lab.working_copy(tmp_path) / lab.FIRST
    mine.write_text("mine")
    (tmp_path / "own.ipynb").write_text("own")
    capsys.readouterr()

    lab.working_copy(tmp_path)

    assert mine.read_text() == "mine"
    assert (tmp_path / "own.ipynb").read_text() == "own"
    assert f"Not overwritten: {lab.FIRST}." in capsys.readouterr().err
    mine.unlink()
    lab.working_copy(tmp_path)
    assert mine.read_bytes() == (ROOT / "notebooks" / lab.FIRST).read_bytes()
    assert capsys.readouterr().err == ""


def test_the_checkouts_own_notebooks_are_never_the_copy() -> None:
    for folder in (ROOT / "notebooks", lab.notebooks()):
        with pytest.raises(ArgumentError, match="Choose another folder"):
            lab.working_copy(folder)


def test_a_folder_that_cannot_be_is_refused_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ArgumentError, match=r"cannot be written to .* Choose another folder"):
        lab.working_copy(tmp_path / "file")


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed_only_where_the_user_is_root(
    user: int, allowed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)

    command = lab.command(tmp_path, port=8899, browser=False)

    assert ("--allow-root" in command) is allowed
    assert "--no-browser" in command
    assert {"--ServerApp.port=8899", "--ServerApp.port_retries=0"} <= set(command)
    assert "--no-browser" not in lab.command(tmp_path, port=None, browser=True)


def test_what_the_user_has_set_up_for_jupyter_stays_behind_ours() -> None:
    given = lab.surroundings({"JUPYTER_PATH": "/mine", "PATH": "/bin"})

    assert given["JUPYTER_PATH"].endswith(":/mine")
    assert given["PATH"] == "/bin"
    assert not given["JUPYTER_CONFIG_PATH"].endswith(":")


def test_a_port_that_is_taken_is_refused_before_jupyterlab_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ArgumentError, match="leave it out for a free"):
        lab.launch(tmp_path, port=taken.getsockname()[1], browser=False)
    with pytest.raises(ArgumentError, match="Port 99999 cannot be used"):
        lab.launch(tmp_path, port=99_999, browser=False)
