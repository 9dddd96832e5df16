"""Settings: precedence, normal forms, and everything wrong told at once."""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import example, given, settings
from hypothesis import strategies as st

import seggwat_nb
from seggwat_nb.config import DEFAULT_BASE_URL, Options, Settings, cache_folder
from seggwat_nb.environment import VARIABLES, environment, unknown_settings
from seggwat_nb.errors import ArgumentError, SettingsError
from seggwat_nb.lab import working_copy
from seggwat_nb.secret import Secret

KEY = "oat_" + "k" * 43


def test_arguments_win_over_the_environment_and_that_over_the_env_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".env").write_text("SEGGWAT_PROJECT_ID=from-file\nSEGGWAT_API_URL=https://file.example\n")
    assert Settings.load().project_id == "from-file"
    monkeypatch.setenv("SEGGWAT_PROJECT_ID", "from-environment")
    assert Settings.load().project_id == "from-environment"
    assert Settings.load(project_id="from-argument").project_id == "from-argument"
    assert Settings.load().base_url == "https://file.example"


@pytest.mark.parametrize("tail", ["", "/", "/api/v1", "/api/v1/", "//"])
def test_a_base_url_is_taken_in_every_spelling(tail: str) -> None:
    settings = Settings.load(base_url=f"https://Feedback.Example:8443/team{tail}")
    assert settings.base_url == "https://feedback.example:8443/team"
    assert settings.api_root == "https://feedback.example:8443/team/api/v1"


def test_an_empty_variable_counts_as_unset() -> None:
    settings = Settings.load(environ={"SEGGWAT_API_KEY": " ", "SEGGWAT_API_URL": ""})
    assert settings.token is None
    assert settings.base_url == DEFAULT_BASE_URL


def test_everything_wrong_is_told_at_once_and_the_key_is_not_repeated() -> None:
    secret = "not-a-token-but-perhaps-a-secret"  # noqa: S105  # it is none
    with pytest.raises(SettingsError) as caught:
        Settings.load(
            api_key=secret,
            project_id="a/b",
            base_url="ftp://x",
            requests_per_minute=-1,
            max_age_seconds=float("nan"),
            cache_dir="",
        )
    text = str(caught.value)
    for name in ("API_KEY", "PROJECT_ID", "API_URL", "REQUESTS_PER_MINUTE", "MAX_AGE_SECONDS", "CACHE_DIR"):
        assert name in text
    assert secret not in text


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SEGGWAT_APIKEY", "SEGGWAT_API_KEY"),
        ("SEGGWAT_NB_API_KEY", "SEGGWAT_API_KEY"),
        ("seggwat_api_url", "SEGGWAT_API_URL"),
        ("SEGGWAT_PROJECT", "SEGGWAT_PROJECT_ID"),
        ("SEGGWAT_NB_MAX_AGE", "SEGGWAT_NB_MAX_AGE_SECONDS"),
        ("SEGGWAT_NB_REQUEST_PER_MINUTE", "SEGGWAT_NB_REQUESTS_PER_MINUTE"),
        ("SEGGWAT_CACHE_DIR", "SEGGWAT_NB_CACHE_DIR"),
        ("SEGGWAT_TOKEN", "SEGGWAT_API_KEY"),
        ("SEGGWAT_KEY", "SEGGWAT_API_KEY"),
        ("SEGGWAT_API_TOKEN", "SEGGWAT_API_KEY"),
        ("SEGGWATT_API_KEY", "SEGGWAT_API_KEY"),
        ("SEGWAT_API_KEY", "SEGGWAT_API_KEY"),
        ("SEGWAT_TOKEN", "SEGGWAT_API_KEY"),
        ("SEGGAWT_API_KEY", "SEGGWAT_API_KEY"),
        ("SEGGWATAPIKEY", "SEGGWAT_API_KEY"),
        ("SeggwatApiKey", "SEGGWAT_API_KEY"),
        ("seggwat_token", "SEGGWAT_API_KEY"),
        ("SEGGWAT_API_KEYS", "SEGGWAT_API_KEY"),
        ("SEGWAT_PROJECT", "SEGGWAT_PROJECT_ID"),
        ("SEGGWAT_PROJECTID", "SEGGWAT_PROJECT_ID"),
        ("SEGGWAT_URL", "SEGGWAT_API_URL"),
        ("SEGGWAT_BASE_URL", "SEGGWAT_API_URL"),
        ("SEGGWAT_HOST", "SEGGWAT_API_URL"),
    ],
)
def test_a_name_with_a_slip_is_told_with_what_else_is_wrong(name: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=f"(?s){name} is not a setting; did you mean {meant}.*SEGGWAT_NB_DATA_DIR"):
        Settings.load(environ={name: "secret"}, data_dir="")
    Settings.load(environ={name: ""})
    known = {meant: {"SEGGWAT_API_KEY": KEY, "SEGGWAT_API_URL": "https://host"}.get(meant, "1")}
    Settings.load(environ={name: "1"} | known)  # beside the right one it harms nothing
    if meant == "SEGGWAT_API_KEY":
        Settings.load(environ={name: "1"}, api_key=KEY)


@pytest.mark.parametrize(
    "name", ["SEGGWAT_TOKEN", "SEGGWATT_API_KEY", "segwat_key", "SEGGWAT_PROJECT", "SEGWAT_PROJECT_ID"]
)
@pytest.mark.parametrize("where", ["environment", ".env"])
def test_a_typo_never_leads_to_the_demo(home: Path, monkeypatch: pytest.MonkeyPatch, name: str, where: str) -> None:
    if where == ".env":
        (home / ".env").write_text(f"{name}={KEY}\n")
    else:
        monkeypatch.setenv(name, KEY)
    with pytest.raises(SettingsError, match=f"{name} is not a setting; did you mean SEGGWAT_") as caught:
        seggwat_nb.connect()
    assert KEY not in str(caught.value)


def test_names_that_are_like_none_of_ours_are_left_alone_and_counted() -> None:
    strange = {"SEGGWAT_WEBHOOK": "1", "SEGGWAT_NB_COLOUR": "1", "SEGWAY_KEY": "1", "PATH": "1", "SEGGWAT_API_KEY": KEY}
    assert Settings.load(environ=strange).token is not None
    assert unknown_settings(strange) == ["SEGGWAT_NB_COLOUR", "SEGGWAT_WEBHOOK"]


def test_the_known_names_are_those_that_are_read() -> None:
    package = Path(seggwat_nb.__file__).parent
    read = {
        name for path in package.rglob("*.py") for name in re.findall(r"\"(SEGGWAT_[A-Z_]+[A-Z])\"", path.read_text())
    }
    assert read == set(VARIABLES)


@pytest.mark.parametrize("url", ["https://user:pw@host", "https://host?x=1", "https://host#x", "host", "https://"])
def test_odd_base_urls_are_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="SEGGWAT_API_URL"):
        Settings.load(base_url=url)


@pytest.mark.parametrize(
    ("host", "sent"),
    [
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("a_b.example", "a_b.example"),
        ("[0:0::1]", "[::1]"),
    ],
)
def test_a_host_is_written_as_it_is_sent(host: str, sent: str) -> None:
    assert Settings.load(base_url=f"https://{host}:8443/team").base_url == f"https://{sent}:8443/team"


_PORTS = ["", ":", ":abc", ":99999", ":-1", ":٣", ":0"]
_HOSTS = ["host", "münchen.example", "[::1]", "[fe80::1%25x]", "-a", "a..b"]
_ODD = st.one_of(
    st.text(),
    st.text(alphabet="htps:/[]@.%?# ~-0123456789aüß\\\n\t\x00"),
    st.builds("https://{}{}{}".format, st.text(), st.sampled_from(_PORTS), st.text()),
    st.builds("http://{}/{}".format, st.sampled_from(_HOSTS), st.text()),
)
_NUMBERS = ["~nobody-of-this-name/x", "1e400", "-0", "nan", "9" * 5000, "٣", "²", "1_0", "0x10", "inf", "\0", "1e308"]


@settings(deadline=None, derandomize=True, database=None)
@given(text=_ODD)
@example(text="http://münchen.example/")
@example(text="http://host:abc")
@example(text="http://host:99999")
@example(text="http://host/a b")
@example(text="http://host/ä")
@example(text="http://[::1")
@example(text="http://host/../x")
def test_any_text_as_a_base_url_is_an_address_that_requests_leaves_alone_or_our_error(text: str) -> None:
    try:
        root = Settings.load(environ={}, base_url=text).api_root
    except SettingsError:
        return
    sent = requests.Request("GET", f"{root}/projects/x/feedback", params={"page": 1}).prepare().url
    assert sent == f"{root}/projects/x/feedback?page=1"


@settings(deadline=None, derandomize=True, database=None)
@given(
    text=st.one_of(
        st.text(),
        st.sampled_from(
            ["~nobody-of-this-name/x", "1e400", "-0", "nan", "9" * 5000, "٣", "²", "1_0", "0x10", "inf", "\0", "1e308"]
        ),
        st.floats().map(str),
        st.integers().map(str),
    ),
    name=st.sampled_from(sorted(Options.__annotations__)),
)
def test_any_text_as_a_setting_is_a_setting_or_our_error(text: str, name: str) -> None:
    options: Any = {name: text}
    with contextlib.suppress(SettingsError):
        read = Settings.load(environ={}, **options)
        now = datetime(2026, 11, 26, tzinfo=UTC)
        assert now - read.keep_gone <= now
        assert now - read.full_after <= now
        assert 63.0 / max(1, read.requests_per_minute) > 0
        assert read.project_dir(read.project_id or "p").is_absolute()
        assert read.page_cache_dir.is_absolute()


def test_a_token_in_the_wrong_place_is_refused_and_not_repeated() -> None:
    for name in ("project_id", "base_url", "requests_per_minute", "max_age_seconds", "keep_gone_days"):
        options: Any = {name: KEY}
        with pytest.raises(SettingsError) as caught:
            Settings.load(environ={}, **options)
        assert KEY not in str(caught.value)


def test_a_token_is_not_shown_nor_pickled() -> None:
    token = Secret(KEY)
    assert KEY[8:20] not in repr(token) + str(token) + repr(Settings.load(api_key=KEY))
    assert token.reveal() == KEY
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(token)


def test_folders_are_keyed_as_the_house_says() -> None:
    one, other = Settings.load(api_key=KEY), Settings.load(api_key=KEY + "2")
    assert one.page_cache_dir != other.page_cache_dir
    assert one.bucket_dir == other.bucket_dir
    assert one.project_dir("p") == other.project_dir("p") != one.project_dir("q")
    first, second = (Settings.load(base_url=f"http://127.0.0.1:{port}", demo=True) for port in (1, 2))
    assert first.project_dir("p") == second.project_dir("p") != one.project_dir("p")


@pytest.mark.parametrize(
    ("url", "in_clear"),
    [
        ("https://seggwat.com", False),
        ("http://127.0.0.1:8765", False),
        ("http://localhost", False),
        ("http://[::1]:80", False),
        ("http://feedback.example", True),
        ("http://10.0.0.7", True),
    ],
)
def test_a_token_that_would_be_sent_in_clear_is_known(url: str, in_clear: bool) -> None:
    assert Settings.load(base_url=url).sends_in_clear is in_clear


def test_an_address_with_a_password_is_refused_and_not_repeated() -> None:
    for address in ("ftp://me:hunter2@x", "me:hunter2@x.example", "https://me:hunter2@x"):
        with pytest.raises(SettingsError) as caught:
            Settings.load(base_url=address)
        assert "hunter2" not in str(caught.value)


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container with a user that the system does not know."""
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "SEGGWAT_NB_CACHE_DIR", "SEGGWAT_NB_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("homeless")
def test_without_a_home_folder_the_folders_have_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SEGGWAT_NB_CACHE_DIR: there is no home folder") as caught:
        Settings.load()
    assert "SEGGWAT_NB_DATA_DIR: there is no home folder" in str(caught.value)
    with pytest.raises(SettingsError, match="SEGGWAT_NB_CACHE_DIR: there is no home folder"):
        cache_folder()
    assert Settings.load(cache_dir=tmp_path, data_dir=tmp_path).cache_dir == tmp_path
    with pytest.raises(ArgumentError, match="home folder"):
        working_copy(None)


@pytest.mark.parametrize("folder", [5, ["data"], {}, b"data", "\ud800", datetime(2026, 1, 5, tzinfo=UTC)])
def test_nothing_but_a_path_is_a_folder(folder: Any) -> None:
    with pytest.raises(SettingsError, match="SEGGWAT_NB_DATA_DIR"):
        Settings.load(data_dir=folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('\n\nSEGGWAT_API_KEY="oat_x\n', "1 line of {}, from line 4 on"),
        ("SEGGWAT_API_KEY: oat_x\nSEGGWAT_API_URL: x\n", "2 lines of {}, from line 2 on"),
        ('{\n "SEGGWAT_API_KEY": "oat_x"\n}\n', "1 line of {}, from line 3 on"),
    ],
    ids=["quotation", "YAML", "JSON"],
)
def test_an_env_file_that_cannot_be_read_is_named(
    home: Path, text: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    (home / ".env").write_text(f"SEGGWAT_PROJECT_ID=from-file\n{text}")
    with pytest.warns(UserWarning, match="Cannot read") as warned:
        found = environment()
    assert found["SEGGWAT_PROJECT_ID"].value.reveal() == "from-file"
    said = str(warned[0].message)
    assert said == f"Cannot read {told.format(home / '.env')}. Write NAME=value, and close quotation marks."
    assert caplog.text == ""


def test_folders_where_one_may_not_look_have_no_env_file(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    (home / ".env").write_text("SEGGWAT_PROJECT_ID=from-file\n")
    assert "SEGGWAT_PROJECT_ID" in environment()
    stat = os.stat

    def refusing(path: Any, *rest: Any, **more: Any) -> os.stat_result:
        if str(path).startswith(str(home)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(path, *rest, **more)

    monkeypatch.setattr("os.stat", refusing)
    assert "SEGGWAT_PROJECT_ID" not in environment()
