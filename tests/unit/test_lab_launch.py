"""JupyterLab as the command starts it: where, with which kernel, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.starting import first_answer

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SHIPPED = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/lab/tree/00_start\.ipynb\?token=(\w+)")


def started(tmp_path: Path) -> subprocess.Popen[str]:
    """The command in a session of its own, and folders of its own."""
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    code = "from seggwat_nb.cli import main; main()"
    return subprocess.Popen(  # our own Python
        [sys.executable, "-c", code, "lab", str(tmp_path / "mine"), "--no-browser"],
        env=os.environ | own,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_lab_prints_its_address_runs_this_pythons_kernel_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    impostor = tmp_path / "data" / "kernels" / "python3"
    impostor.mkdir(parents=True)
    (impostor / "kernel.json").write_text(json.dumps({"argv": ["/gone"], "display_name": "Impostor", "language": "x"}))
    lab = started(tmp_path)
    try:
        said, root, token = _address(lab)
        kernels = _get(f"{root}/api/kernelspecs", token)["kernelspecs"]
        files = _get(f"{root}/api/contents", token)["content"]
        settings = _get(f"{root}/lab/api/settings/@jupyterlab/apputils-extension:notification", token)
    finally:
        os.killpg(lab.pid, signal.SIGINT)  # as a terminal does: to the command and to what it started
        _, rest = lab.communicate(timeout=300)

    assert "the notebooks show the demo project" in said
    assert kernels["python3"]["spec"]["display_name"] != "Impostor"
    assert sorted(file["name"] for file in files) == SHIPPED
    assert settings["schema"]["properties"]["fetchNews"]["default"] == "false"
    assert lab.returncode == 130
    assert "Traceback" not in rest


def test_jupyterlab_ends_with_the_command_that_started_it(tmp_path: Path) -> None:
    lab = started(tmp_path)
    _, root, token = _address(lab)
    _get(f"{root}/api/contents", token)  # it answers, so what it is told to end has begun
    lab.terminate()
    lab.communicate(timeout=300)  # ends only when JupyterLab, which holds the same pipe, has ended too
    with pytest.raises(requests.ConnectionError):
        requests.get(root, timeout=5)


def test_settings_of_an_env_file_reach_the_kernels_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SEGGWAT_PROJECT_ID=mine\nPYTHONPATH=/elsewhere\n")
    code = (
        "import subprocess; from pathlib import Path; from seggwat_nb import lab\n"
        "class Popen:\n"
        "    def __init__(self, command, env): self.env = env\n"
        "    def wait(self): print(self.env.get('SEGGWAT_PROJECT_ID'), self.env.get('PYTHONPATH')); return 0\n"
        "subprocess.Popen = Popen\n"
        "lab.launch(Path(), browser=False)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    told = subprocess.run(  # our own Python
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )

    assert told.stdout.split() == ["mine", "None"]
    assert "demo" not in told.stderr


def _address(lab: subprocess.Popen[str]) -> tuple[str, str, str]:
    """Read what is said until an address comes: all of it, the address and its token."""
    assert lab.stderr is not None
    said = ""
    for line in lab.stderr:
        said += line
        if found := ADDRESS.search(line):
            return said, found[1], found[2]
    pytest.fail(f"JupyterLab ended before it gave an address:\n{said}")


def _get(address: str, token: str) -> Any:
    """Ask again while nobody listens: JupyterLab prints its address a moment before it does."""
    answer = first_answer(address, headers={"Authorization": f"token {token}"})
    answer.raise_for_status()
    return answer.json()
