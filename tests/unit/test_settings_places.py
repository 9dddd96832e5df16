"""Where settings come from: which files are read, and that no secret goes to an address from another place."""

from __future__ import annotations

import itertools
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from seggwat_nb import config, doctor, lab
from seggwat_nb.client import Client
from seggwat_nb.config import Settings
from seggwat_nb.environment import environment
from seggwat_nb.errors import SettingsError
from seggwat_nb.share.delivery import github

if TYPE_CHECKING:
    from pathlib import Path

KEY = "oat_" + "k" * 43
ELSEWHERE = "https://elsewhere.example"

PLACES = ("default", "argument", "environment", "file", "root")
SENT = {
    ("default", "argument"),
    ("default", "environment"),
    ("default", "file"),
    ("default", "root"),
    ("argument", "argument"),
    ("argument", "environment"),
    ("argument", "file"),
    ("argument", "root"),
    ("environment", "argument"),
    ("environment", "environment"),
    ("file", "file"),
    ("root", "root"),
}
"""Address and secret, by where each is set: the only pairs in which the one is sent to the other."""


@pytest.fixture
def place(home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a variable into a place; gives the options that a program would pass."""
    folder = home / "project" / "notebooks"
    (home / "project" / ".git").mkdir(parents=True)
    folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(folder)

    def put(where: str, name: str, value: str, option: str) -> dict[str, Any]:
        if where == "environment":
            monkeypatch.setenv(name, value)
        elif where in {"file", "root"}:
            with ((folder if where == "file" else folder.parent) / ".env").open("a") as file:
                file.write(f"{name}={value}\n")
        return {option: value} if where == "argument" else {}

    return put


@pytest.mark.parametrize("secret_at", PLACES[1:])
@pytest.mark.parametrize("address_at", PLACES)
def test_a_token_goes_only_to_an_address_from_its_own_place_or_said_by_the_user(
    place: Any, address_at: str, secret_at: str
) -> None:
    options = place(secret_at, "SEGGWAT_API_KEY", KEY, "api_key")
    options |= place(address_at, "SEGGWAT_API_URL", ELSEWHERE, "base_url")
    if (address_at, secret_at) in SENT:
        settings = Settings.load(**options)
        assert settings.token is not None
        assert settings.token.reveal() == KEY
        assert settings.base_url == (config.DEFAULT_BASE_URL if address_at == "default" else ELSEWHERE)
    else:
        with pytest.raises(
            SettingsError, match=r"SEGGWAT_API_URL is set in .*set in the same place.*or pass base_url="
        ):
            Settings.load(**options)


@pytest.mark.parametrize("secret_at", PLACES[2:])
@pytest.mark.parametrize("address_at", [place for place in PLACES if place != "argument"])
def test_githubs_token_keeps_the_same_rule(place: Any, address_at: str, secret_at: str) -> None:
    place("environment", "GITHUB_REPOSITORY", "acme/shop", "")
    place(secret_at, "GITHUB_TOKEN", "ghp_x", "")
    place(address_at, "GITHUB_API_URL", f"{ELSEWHERE}/api/v3", "")
    if (address_at, secret_at) in SENT:
        assert github.repository_from(environment()).name == "acme/shop"
    else:
        with pytest.raises(SettingsError, match=r"GITHUB_API_URL is set in .*set in the same place") as caught:
            github.repository_from(environment())
        assert "ghp_x" not in str(caught.value)


def test_the_default_address_may_be_named_anywhere(place: Any) -> None:
    place("environment", "SEGGWAT_API_KEY", KEY, "")
    place("file", "SEGGWAT_API_URL", "https://seggwat.com/api/v1/", "")
    assert Settings.load().token is not None
    place("file", "GITHUB_TOKEN", "ghp_x", "")
    place("environment", "GITHUB_API_URL", github.API_URL, "")  # As GitHub Actions does.
    place("environment", "GITHUB_REPOSITORY", "acme/shop", "")
    assert github.repository_from(environment()).name == "acme/shop"


def test_what_two_places_say_alike_comes_from_both(place: Any) -> None:
    place("file", "SEGGWAT_API_KEY", KEY, "")
    place("file", "SEGGWAT_API_URL", ELSEWHERE, "")
    place("environment", "SEGGWAT_API_URL", ELSEWHERE, "")
    assert Settings.load().base_url == ELSEWHERE


def test_the_working_folder_wins_over_the_projects_root_and_an_empty_variable_hides_both(place: Any) -> None:
    place("root", "SEGGWAT_PROJECT_ID", "of-the-root", "")
    assert Settings.load().project_id == "of-the-root"
    place("file", "SEGGWAT_PROJECT_ID", "of-the-folder", "")
    assert Settings.load().project_id == "of-the-folder"
    place("environment", "SEGGWAT_PROJECT_ID", "", "")
    assert Settings.load().project_id is None


@pytest.mark.parametrize("marked", [True, False])
def test_a_file_further_up_is_not_read(home: Path, monkeypatch: pytest.MonkeyPatch, marked: bool) -> None:
    folder = home / "project" / "a" / "b"
    folder.mkdir(parents=True)
    if marked:
        (home / "project" / "pyproject.toml").touch()
    for above in (home, home / "project" / "a", home.parent):
        (above / ".env").write_text("SEGGWAT_PROJECT_ID=further-up\n")
    monkeypatch.chdir(folder)
    assert Settings.load().project_id is None


def test_the_search_for_the_root_ends_at_the_home_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home.parent / ".git").mkdir()
    (home.parent / ".env").write_text("SEGGWAT_PROJECT_ID=of-somebody\n")
    (home / "work").mkdir()
    monkeypatch.chdir(home / "work")
    assert Settings.load().project_id == "of-somebody"
    monkeypatch.setenv("HOME", str(home))
    assert Settings.load().project_id is None


@pytest.mark.skipif(os.name != "posix", reason="files have no owner there that could be asked for")
def test_a_file_of_another_user_is_not_read_and_that_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".env").write_text("SEGGWAT_PROJECT_ID=theirs\n")
    monkeypatch.setattr(os, "geteuid", lambda: (home / ".env").stat().st_uid + 1)
    with pytest.warns(UserWarning, match=r"\.env was ignored: it belongs to another user\. Fix"):
        assert Settings.load().project_id is None


def test_a_file_that_is_no_text_is_not_read_and_that_is_said(home: Path) -> None:
    (home / ".env").write_bytes("SEGGWAT_PROJECT_ID=ü\n".encode("latin-1"))
    with pytest.warns(UserWarning, match="it is not UTF-8"):
        assert Settings.load().project_id is None
    (home / ".env").write_bytes("SEGGWAT_PROJECT_ID=ü\n".encode("utf-8-sig"))
    assert Settings.load().project_id == "ü"


def test_a_file_does_not_get_at_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    (home / ".env").write_text(f"SEGGWAT_API_KEY={KEY}\nSEGGWAT_API_URL=https://x.example/${{AWS_SECRET_ACCESS_KEY}}\n")
    with pytest.raises(SettingsError, match="is not expanded") as caught:
        Settings.load()
    assert "hunter2" not in str(caught.value)


def test_jupyterlab_is_not_started_where_a_token_would_go_elsewhere(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGGWAT_API_KEY", KEY)
    (home / ".env").write_text(f"SEGGWAT_API_URL={ELSEWHERE}\n")
    monkeypatch.setattr(subprocess, "Popen", None)
    with pytest.raises(SettingsError, match="set in the same place"):
        lab.launch(home)


def test_the_doctor_says_where_settings_come_from_and_never_the_token(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".env").write_text(f"SEGGWAT_API_KEY={KEY}\nSEGGWAT_API_URL=http://127.0.0.1:9\n")
    monkeypatch.setenv("SEGGWAT_PROJECT_ID", "p1")
    told = [str(finding) for finding in itertools.islice(doctor.examine(Client), 3)]
    assert f"api_key: {home / '.env'}, base_url: {home / '.env'}, project_id: the environment" in told[2]
    assert KEY not in "".join(told)


def test_the_doctor_names_the_demo_where_there_is_no_key(home: Path) -> None:
    assert not (home / ".env").exists()
    told = [str(finding) for finding in doctor.examine(Client)]
    assert told[-1].startswith("FAIL  settings: No API key is set.")
    assert told[-1].endswith("Or add --demo to use the demo project.")
