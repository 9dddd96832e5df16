"""The command line as a shell sees it: output, files, exit status."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import warnings
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import product
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from filelock import FileLock

from seggwat_nb import cli
from seggwat_nb.cli import main
from seggwat_nb.demo.handler import ORG_ID
from seggwat_nb.demo.plans import Archive, Edit, Faults, Insert, Slow, Status
from seggwat_nb.demo.server import PROJECT_ID, DemoServer
from seggwat_nb.demo.state import Service
from seggwat_nb.files import THEMES_FILE
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels.presets import FILE, save
from seggwat_nb.share.report.data import collect
from tests.integration.conftest import item
from tests.integration.odd_server import OddServer
from tests.integration.services import GitHub, Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tornado.httputil import HTTPServerRequest

    from seggwat_nb.client import Client

    Serve = Callable[..., DemoServer]
    Here = Callable[..., "Told"]

Told = subprocess.CompletedProcess[str]


def settings_for(server: DemoServer) -> dict[str, str]:
    return os.environ | {
        "SEGGWAT_API_URL": server.url,
        "SEGGWAT_API_KEY": "oat_" + "c" * 43,
        "SEGGWAT_PROJECT_ID": PROJECT_ID,
        "SEGGWAT_NB_REQUESTS_PER_MINUTE": "0",
    }


def run(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "seggwat_nb", *words]
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False, timeout=300)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_what_a_terminal_cannot_show_is_written_out_and_stops_no_command(
    here: Here, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str
) -> None:
    server = serve([item(1, message="日本")], token="oat_" + "c" * 43)
    env = settings_for(server) | {"SEGGWAT_NB_DATA_DIR": f"{tmp_path}/\udcff"}

    def printed(*words: str) -> str:
        written = io.BytesIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding, errors="strict"))
            assert here(*words, env=env).returncode == 0
            sys.stdout.flush()
            return written.getvalue().decode(encoding)

    assert ("日本" if encoding == "utf-8" else r"\u65e5\u672c") in printed("digest", "--dry-run", "--since", "9y")
    assert r"/\udcff" in printed("doctor")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("forget", "--item", "\udcff"), "not UTF-8"),
        (("forget", "--project", "\udcff"), "not UTF-8"),
        (("export", "--out", "x.csv", "--status", "\udcff"), "--status"),
        (("report", "--out", ""), "not a file name"),
        (("report", "--out", "."), "not a file name"),
        (("report", "--out", "/"), "/ is a folder. Choose a file name."),
        (("export", "--out", "C:\\x.csv"), "contains a backslash. Write / between folders."),
        (("export", "--out", f"{__file__}/x.csv"), "is a file, not a folder. Choose a folder."),
        (("export", "--out", "x.csv", "--since", ""), "--since '' is not a date."),
        (("watch", "--exec", '"'), "--exec '\"' cannot be read"),
    ],
)
def test_words_that_are_no_text_are_our_errors(here: Here, serve: Serve, words: tuple[str, ...], problem: str) -> None:
    told = here(*words, env=settings_for(serve(3)))
    assert told.returncode == 1
    assert problem in told.stderr


def test_values_of_options_may_have_any_case(here: Here, serve: Serve, home: Path) -> None:
    words = ("--out", "x.csv", "--resource", "FEEDBACK", "--refresh", "Full")
    assert here("export", *words, env=settings_for(serve(3, token="oat_" + "c" * 43))).returncode == 0
    assert (home / "x.csv").exists()
    assert "less than or equal to 65535" in here("demo", "--port", "70000").stderr
    assert "greater than or equal to 0" in here("demo", "--limit", "-1").stderr


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run a command in this process, which takes a fraction of the time; a warning in it is an error."""

    def run_here(*words: str, env: dict[str, str] | None = None) -> Told:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["seggwat-nb", *words])
            patch.setattr("warnings.showwarning", warnings.showwarning)
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            try:
                main()
            except SystemExit as exit_:
                status = exit_.code if isinstance(exit_.code, int) else bool(exit_.code)
            told = capsys.readouterr()
        return Told(list(words), int(status), told.out, told.err)

    return run_here


@pytest.fixture
def shop(serve: Serve) -> DemoServer:
    records = [
        item(n, type=["Bug", "Feature"][n % 2], message="=1+1" if n == 3 else f"Message {n}") for n in range(240)
    ]
    return serve(records, token="oat_" + "c" * 43)


def test_help_names_every_command(here: Here) -> None:
    told = run("--help")
    assert told.returncode == 0
    assert "..." not in told.stdout.split("Commands:")[1]  # each command is described in a sentence that fits
    for command in ("lab", "demo", "plan", "pull", "export", "digest", "issues", "doctor", "forget"):
        assert command in told.stdout
        assert here(command, "--help").returncode == 0


def test_a_load_is_planned_pulled_and_exported(here: Here, shop: DemoServer, home: Path) -> None:
    env = settings_for(shop)
    assert "240 items: about 4 requests" in here("plan", env=env).stdout
    assert "240 feedback items" in here("pull", env=env).stderr
    assert "no requests" in here("plan", env=env).stdout
    asked = len(shop.log)
    for suffix in ("parquet", "csv", "jsonl"):
        told = here("export", "--out", f"out.{suffix}", "--type", "Bug", "--since", "2026-03-01", env=env)
        assert (told.returncode, told.stdout) == (0, f"120 rows written to out.{suffix}\n"), told.stderr
    assert len(shop.log) == asked
    assert pl.read_parquet(home / "out.parquet")["type"].unique().to_list() == ["Bug"]
    assert len((home / "out.jsonl").read_text().splitlines()) == 120
    assert json.loads((home / "out.jsonl").read_text().splitlines()[0])["created_at"].endswith("Z")
    assert here("export", "--out", "f.csv", "--type", "Feature", env=env).returncode == 0
    assert '"\'=1+1"' in (home / "f.csv").read_text("utf-8-sig")
    assert here("export", "--out", "r.csv", "--resource", "ratings", "--refresh", "never", env=env).returncode == 0


def test_a_shared_export_is_masked_and_a_plain_one_is_not(here: Here, serve: Serve, home: Path) -> None:
    records = [item(n, message="I am jo@example.org", submitted_by=f"person-{n}", path="/a?x=1") for n in range(4)]
    env = settings_for(serve(records, token="oat_" + "c" * 43))
    for suffix in ("csv", "xlsx"):
        assert here("export", "--out", f"mine.{suffix}", env=env).returncode == 0
        assert here("export", "--out", f"shared.{suffix}", "--share", env=env).returncode == 0
    told = here("export", "--out", "shared.jsonl", "--share", env=env)
    assert "Masked: 8 places in texts and paths, 4 submitter IDs, 0 values in extra." in told.stderr
    assert "Masked" not in here("export", "--out", "mine.jsonl", env=env).stderr
    assert "jo@example.org" in (home / "mine.csv").read_text("utf-8-sig")
    mine, shared = (pl.read_excel(home / f"{name}.xlsx", engine="openpyxl") for name in ("mine", "shared"))
    assert mine["submitted_by"].to_list() == ["person-3", "person-2", "person-1", "person-0"]
    assert shared["message"].unique().to_list() == ["I am [e-mail]"]
    assert shared["submitted_by"].str.contains("^user-[0-9a-f]{10}$").all()
    assert shared["submitted_by"].to_list() == pl.read_csv(home / "shared.csv")["submitted_by"].to_list()


def test_who_gave_feedback_has_an_alias_in_the_ratings_that_name_them(here: Here, home: Path) -> None:
    records = [item(0, submitted_by="jane.doe84")]
    named = {"id": "r", "created_at": "2026-03-01T10:00:00Z", "is_helpful": True, "path": "/u/jane.doe84"}
    service = Service(
        [{"id": PROJECT_ID, "name": "Shop", "org_id": ORG_ID}], {PROJECT_ID: records}, {PROJECT_ID: [named]}
    )
    with DemoServer(service, token="oat_" + "c" * 43) as server:
        env = settings_for(server)
        assert here("pull", env=env).returncode == 0
        assert here("export", "--out", "r.jsonl", "--resource", "ratings", "--share", env=env).returncode == 0
    assert "jane" not in (home / "r.jsonl").read_text()
    assert "/u/user-" in (home / "r.jsonl").read_text()


def test_a_digest_and_issues_are_shown_before_anything_is_sent(here: Here, serve: Serve) -> None:
    now = datetime.now(UTC)
    records = [item(n, message=f"I am jo{n}@example.org", created_at=now.isoformat()) for n in range(2)]
    server = serve(records, token="oat_" + "c" * 43)
    told = here("digest", "--dry-run", env=settings_for(server))
    assert told.stdout.startswith("Feedback: 2 new items\n\nBy type: 2 Bug.")
    assert not re.search(r'[{}"]|&amp;|plain_text|<http', told.stdout)
    assert "I am [e-mail]" in told.stdout
    assert "jo1@example.org" in here("digest", "--dry-run", "--unmasked", env=settings_for(server)).stdout.replace(
        "\u2060", ""
    )
    assert "SLACK_WEBHOOK_URL" in here("digest", env=settings_for(server)).stderr
    told = here("issues", env=settings_for(server))
    assert told.stdout.count("I am [e-mail]") >= 2
    assert "existing issues were not checked" in told.stderr
    assert "GITHUB_TOKEN" in here("issues", "--create", env=settings_for(server)).stderr
    assert here("issues", "--write-back", "note", env=settings_for(server)).returncode == 2


def test_issues_are_created_once_and_their_items_marked(here: Here, serve: Serve) -> None:
    said = ["Cart empties itself", "Search finds no lamps", "Export has no header"]
    server = serve([item(n, message=said[n]) for n in range(3)], token="oat_" + "c" * 43)
    secret = "ghp_" + "t" * 36
    with GitHub(token=secret) as github:
        env = settings_for(server) | {
            "GITHUB_TOKEN": secret,
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_API_URL": f"{github.url}/api/v3",
        }
        assert "3 new issues. Add --create to create what is listed." in here("issues", env=env).stderr
        assert github.issues == []
        told = here("issues", "--create", "--most", "1", "--write-back", "note", env=env)
        assert "1 issue created, 2 left" in told.stderr
        assert "1 item marked" in told.stderr
        told = here("issues", "--create", "--write-back", "active", "--refresh", "full", env=env)
        assert "2 issues created, 0 left" in told.stderr
        assert "3 items marked" in told.stderr
        assert len(github.issues) == 3
        assert "0 new issues." in here("issues", "--refresh", "full", env=env).stderr


def test_without_stderr_items_are_loaded_and_only_results_are_on_stdout(serve: Serve, home: Path) -> None:
    env = settings_for(serve(300, token="oat_" + "c" * 43)) | {"WEBHOOK_SECRET": "0123456789abcdef"}
    closed = ["sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, "-m", "seggwat_nb"]
    for words, status in ((("export", "--out", "a.csv"), 0), (("watch", "--exec", "true", "--since", "2026-03-01"), 3)):
        told = subprocess.run([*closed, *words], capture_output=True, text=True, env=env, check=False, timeout=300)
        assert told.returncode == status
    bodies = told.stdout.replace("}\n{", "},{")
    assert sum(len(body["items"]) for body in json.loads(f"[{bodies}]")) == 300
    assert len(pl.read_csv(home / "a.csv")) == 300
    told = subprocess.run([*closed, "pull", "--no"], capture_output=True, text=True, env=env, check=False, timeout=300)
    assert (told.returncode, told.stdout) == (2, "")


@pytest.mark.parametrize("encoding", ["cp1252", "latin1", "utf-8"])
def test_what_is_for_programs_is_json_in_any_encoding(serve: Serve, encoding: str) -> None:
    said = "Größe 😀 → falsch"
    server = serve([item(0, message=said)], token="oat_" + "c" * 43)
    env = settings_for(server) | {"WEBHOOK_SECRET": "0123456789abcdef"}
    command = [sys.executable, "-m", "seggwat_nb", "watch", "--exec", "true", "--since", "2026-03-01"]
    told = subprocess.run(command, capture_output=True, env=env | {"PYTHONIOENCODING": encoding}, check=False)
    assert said in json.dumps(json.loads(told.stdout.decode(encoding)), ensure_ascii=False)


def test_refused_issues_and_comments_are_named_after_everything_else_is_done(here: Here, serve: Serve) -> None:
    class Picky(GitHub):
        def _create(self, issue: dict[str, Any]) -> Reply:
            return Reply(422, b'{"message": "Invalid"}') if "lamps" in issue["title"] else super()._create(issue)

        def _one(self, issue: dict[str, Any], request: HTTPServerRequest) -> Reply:
            is_locked = request.method == "POST" and issue["number"] == 1
            return Reply(403, b'{"message": "Locked"}') if is_locked else super()._one(issue, request)

    said = ["Search finds no lamps", "Cart empties itself", "Export has no header"]
    server = serve([item(n, message=said[n]) for n in range(3)], token="oat_" + "c" * 43)
    secret = "ghp_" + "t" * 36
    with Picky(token=secret) as github:
        env = settings_for(server) | {
            "GITHUB_TOKEN": secret,
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_API_URL": f"{github.url}/api/v3",
        }
        told = here("issues", "--create", "--write-back", "note", env=env)
        assert (told.returncode, len(github.issues)) == (1, 2)
        assert "2 items marked" in told.stderr
        assert "Search finds no lamps: GitHub returned 422 (Invalid)" in told.stderr
        for number in (1, 2):
            github.close(number, "2026-04-20T10:00:00Z")
            later = item(number + 5, message=said[number], created_at="2026-05-01T10:00:00Z")
            server.service.feedback[PROJECT_ID].change(Insert(later))
        told = here("issues", "--create", "--refresh", "full", env=env)
        assert told.returncode == 1
        assert "issues/2  reported again" in told.stdout
        assert "issues/1: GitHub returned 403 (Locked)" in told.stderr


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        (
            ("plan",),
            1,
            "a .env file. You can create a key on the dashboard.\nOr add --demo",
        ),
        (("pull",), 1, "--demo"),
        (("export", "--out", "x.foo"), 1, ".parquet, .csv, .jsonl or .xlsx."),
        (("export", "--out", "nowhere/x.csv"), 1, "does not exist"),
        (("export", "--out", "x.csv", "--since", "soon"), 1, "--since soon is not a date. Use 2026-01-31"),
        (("report", "--out", "x.html", "--since", "7d", "--time-zone", "Mars", "--demo"), 1, "--time-zone Mars is not"),
        (("export", "--out", "x.csv", "--type", "Bgu", "--demo"), 1, "--type Bgu is not a known type; did you mean"),
        (("export", "--out", "x.csv", "--type", "Bugg", "--demo"), 1, "add --allow Bugg."),
        (("watch", "--exec", "say 'unfinished", "--demo"), 1, "seggwat-nb: --exec"),
        (("report", "--out", "x.html", "--type", "Bugg", "--demo"), 1, "add --allow Bugg."),
        (("report", "--out", "x.html", "--time-zone", "Mars", "--demo"), 1, "--time-zone Mars is not an IANA"),
        (
            ("export", "--out", "x.csv", "--since", "2026-02-01", "--until", "2026-01-01"),
            1,
            "--since 2026-02-01 is not",
        ),
        (
            ("export", "--out", "x.csv", "--where", "x type:bgu"),
            1,
            "type:bgu at character 3: --type bgu is not a known",
        ),
        (("export", "--out", "x.csv", "--where", "x OR", "--type", "bug"), 1, "OR at character 3 must come between"),
        (("export", "--out", "x.csv", "--where", "a", "--preset", "b"), 2, "Give --preset or single filters"),
        (("export", "--out", "x.csv", "--refresh", "never", "--demo", "--project", "docs"), 1, "with --refresh auto"),
        (("export", "--out", "x.csv", "--resource", "ratings", "--type", "Bug"), 1, "no type, status"),
        (("export", "--out", "x.csv", "--resource", "ratings", "--where", "-type:bug"), 1, "no type, status"),
        (("export",), 2, "--out"),
        (("export", "--out", "x.csv", "--refresh", "often"), 2, "'--refresh': 'often' is not one of 'auto'"),
        (("demo", "--port", "x"), 2, "'--port': must be a valid integer\n"),
        (("pull", "--all", "--project", "x"), 2, "Error: Give --project or --all, not both."),
        (("nonsense",), 2, "nonsense"),
        (("forget",), 2, "exactly one"),
        (("forget", "--all", "--item", "x"), 2, "exactly one"),
    ],
)
def test_what_goes_wrong_is_told_on_stderr_without_a_traceback(
    words: tuple[str, ...], status: int, problem: str, home: Path, here: Here
) -> None:
    told = here(*words)
    assert told.returncode == status, told.stderr
    assert problem in told.stderr
    assert told.stdout == ""
    assert "Traceback" not in told.stderr
    assert "Value error" not in told.stderr
    assert not re.search(r"\b[a-z_]+=", told.stderr)  # no advice for Python
    assert not list(home.glob("x.*"))


def test_a_value_that_looks_like_a_slip_and_stands_in_the_data_is_selected_by_name(here: Here, serve: Serve) -> None:
    env = settings_for(serve([item(n, type="Bugs" if n else "Bug") for n in range(3)], token="oat_" + "c" * 43))
    told = here("export", "--out", "x.csv", "--type", "Bugs", "--allow", "Bugs", env=env)
    assert (told.returncode, told.stdout) == (0, "2 rows written to x.csv\n")
    assert here("export", "--out", "x.csv", "--type", "Bugs", env=env).returncode == 1


def test_a_project_that_is_not_seen_is_told_with_those_that_are(shop: DemoServer, here: Here) -> None:
    for words in (("plan",), ("pull",), ("export", "--out", "x.csv"), ("report", "--out", "x.html")):
        told = here(*words, "--project", "nope", env=settings_for(shop))
        assert told.returncode == 1
        assert told.stderr.startswith("seggwat-nb: The token cannot access project nope (404). It can access:\n  ")
        assert PROJECT_ID in told.stderr
        assert told.stderr.count("404") == 1


def test_one_is_told_in_the_singular(here: Here, serve: Serve) -> None:
    env = settings_for(serve(1, token="oat_" + "c" * 43))
    assert "feedback: 1 item: 1 request (" in here("plan", env=env).stdout
    told = here("pull", env=env)
    assert "1 feedback item (all items)" in told.stderr
    assert "1 request." in told.stderr
    assert here("export", "--out", "x.csv", env=env).stdout == "1 row written to x.csv\n"


def test_the_version_is_told() -> None:
    assert run("--version").stdout == f"seggwat-nb {version('seggwat-nb')}\n"


def test_an_export_says_one_number_and_it_is_the_number_of_rows_in_the_file(serve: Serve, home: Path) -> None:
    days_ago = [datetime.now(UTC) - timedelta(days=days) for days in (0, 1, 3, 30)]
    records = [
        item(n, type=kind, created_at=moment.isoformat())
        for n, (kind, moment) in enumerate(product(("Bug", "Idea"), days_ago))
    ]
    env = settings_for(serve(records, token="oat_" + "c" * 43))
    told = run("export", "--out", "x.parquet", "--type", "bug", "--since", "7d", "--until", "today", env=env)
    assert told.returncode == 0, told.stderr
    written = pl.read_parquet(home / "x.parquet")
    assert set(written["type"]) == {"Bug"}
    assert written.height == 2
    assert told.stdout == "2 rows written to x.parquet\n"
    assert "2 feedback items (type Bug, since " in told.stderr
    assert "Idea" not in told.stderr
    assert not re.search(r"\b[48] (?:rows|feedback items)", told.stdout + told.stderr)


SELECTING = {
    "--type": "Bug",
    "--status": "New",
    "--source": "Widget",
    "--version": "v2.4",
    "--path": "/checkout",
    "--submitter": "ann",
    "--theme": "Trouble",
    "--text": "broken",
    "--where": '"broken, says" from:ANN -page:home since:2026-03-02',
    "--since": "2026-03-02",
    "--until": "2026-03-03",
}


THEMES = (
    '[[theme]]\nname = "Trouble / Breakage"\nany = ["broken"]\n\n[[theme]]\nname = "Fine"\nany = ["fine", "broken"]\n'
)


@pytest.fixture
def varied(serve: Serve) -> DemoServer:
    """Four items, of which the options of `SELECTING` select the first; it names who submitted the others."""
    one = item(
        1,
        message="broken, says bob@example.org",
        submitted_by="ann",
        path="/checkout/pay",
        version="2.4.0",
        created_at="2026-03-02T10:00:00Z",
    )
    other = item(
        2,
        message="fine",
        submitted_by="bob-the-builder",
        path="/home",
        version="2.5.0",
        type="Praise",
        status="Active",
        source="Manual",
        created_at="2026-03-01T10:00:00Z",
    )
    third = other | {"id": one["id"][:-1] + "f", "created_at": "2026-03-03T10:00:00Z", "message": "fine, too"}
    bug = other | {"id": one["id"][:-1] + "e", "type": "Bug", "status": "New", "message": "never mind"}
    return serve([one, other, third, bug], token="oat_" + "c" * 43)


@pytest.mark.parametrize("option", [*SELECTING, "--preset"])
def test_every_command_that_selects_items_takes_the_same_options(
    here: Here, varied: DemoServer, home: Path, option: str
) -> None:
    env = settings_for(varied)
    save("ann's", FeedbackFilter(submitted_by="ann"), home / FILE)
    (home / THEMES_FILE).write_text(THEMES)
    chosen = (option, SELECTING.get(option, "ann's"))
    told = here("export", "--out", "x.jsonl", *chosen, env=env)
    assert told.returncode == 0, told.stderr
    words = {"one": "broken", "other": "fine(?!, )", "third": "fine, too", "bug": "never mind"}
    others = {"--since": {"third"}, "--until": {"other", "bug"}, "--type": {"bug"}, "--status": {"bug"}}
    kept = {"one", *others.get(option, ())}
    text = {"export": (home / "x.jsonl").read_text()}
    first = [] if option in {"--since", "--preset"} else ["--since", "9y"]  # of a digest, which else begins a day ago
    told = here("digest", "--dry-run", *chosen, *first, env=env)
    assert told.returncode == 0, told.stderr
    text |= {} if option == "--preset" else {"digest": told.stdout.replace("\u2060", "")}
    for command, out in text.items():
        assert {name for name, word in words.items() if re.search(word, out)} == kept, command
    found = re.findall("^# (broken|never mind|fine)", here("issues", *chosen, env=env).stdout, re.MULTILINE)
    assert sorted(found) == ["broken", *(["never mind"] if "bug" in kept else [])]


def test_a_report_takes_the_options_that_select_items(here: Here) -> None:
    told = here("report", "--help").stdout
    assert [option for option in (*SELECTING, "--preset") if option not in told] == []


def test_messages_are_selected_by_their_language(here: Here, serve: Serve, home: Path) -> None:
    texts = ["Der Export bricht nach 5000 Zeilen ab.", "The export stops at 5,000 rows", "Ich kann mich nicht anmelden"]
    env = settings_for(serve([item(n, message=text) for n, text in enumerate(texts, 1)], token="oat_" + "c" * 43))
    for chosen in (("--language", "de"), ("--where", "-language:en")):
        told = here("export", "--out", "x.parquet", "--force", *chosen, env=env)
        assert told.returncode == 0, told.stderr
        found = pl.read_parquet(home / "x.parquet")
        assert set(found.select("message", "language").iter_rows()) == {(texts[0], "de"), (texts[2], "de")}
    told = here("export", "--out", "y.csv", "--language", "de", "--resource", "ratings", env=env)
    assert (told.returncode, "Ratings have no type" in told.stderr) == (1, True)


def test_an_export_has_the_themes_of_each_item(here: Here, varied: DemoServer, home: Path) -> None:
    env = settings_for(varied)
    (home / "mine.toml").write_text(THEMES)
    assert here("export", "--out", "plain.jsonl", env=env).returncode == 0
    assert "theme" not in (home / "plain.jsonl").read_text()
    for suffix in ("jsonl", "csv", "parquet"):
        told = here("export", "--out", f"x.{suffix}", "--themes", "mine.toml", "--share", env=env)
        assert (told.returncode, told.stdout) == (0, f"4 rows written to x.{suffix}\n"), told.stderr
    expected = {"broken": ["Trouble", "Trouble / Breakage", "Fine"], "fine": ["Fine"], "never": []}
    for message, found in pl.read_parquet(home / "x.parquet").select("message", "theme").iter_rows():
        assert found == expected[re.match(r"\w+", message)[0]]  # type: ignore[index]  # each begins with a word
    assert pl.read_ndjson(home / "x.jsonl")["theme"].to_list() == pl.read_parquet(home / "x.parquet")["theme"].to_list()
    assert '"Trouble; Trouble / Breakage; Fine"' in (home / "x.csv").read_text("utf-8-sig")
    told = here("export", "--out", "z.csv", "--where", "-theme:Fine", "--themes", "mine.toml", "--type", "bug", env=env)
    assert (told.returncode, told.stdout) == (0, "1 row written to z.csv\n"), told.stderr
    save("trouble", FeedbackFilter(theme="Trouble"), home / FILE)
    told = here("export", "--out", "y.csv", "--preset", "trouble", "--themes", "mine.toml", env=env)
    assert (told.returncode, told.stdout) == (0, "1 row written to y.csv\n"), told.stderr


def test_a_report_adds_what_happened_since_an_earlier_one(here: Here, varied: DemoServer, home: Path) -> None:
    told = here("report", "--out", "a.md", "--since-report", "2020-01-31", env=settings_for(varied))
    assert (told.returncode, told.stdout) == (0, "Written: a.md\n"), told.stderr
    assert "## Since 31 Jan 2020" in (home / "a.md").read_text()
    told = here("report", "--out", "b.md", "--since-report", "none.html", env=settings_for(varied))
    assert (told.returncode, told.stdout) == (1, "")
    assert "Could not read none.html" in told.stderr
    assert not (home / "b.md").exists()


def test_a_report_counts_themes_that_its_file_has(here: Here, varied: DemoServer, home: Path) -> None:
    (home / "mine.toml").write_text(THEMES)
    told = here("report", "--themes", "mine.toml", "--theme", "Trouble", env=settings_for(varied))
    assert (told.returncode, told.stdout) == (0, "Written: report.html\n"), told.stderr
    page = (home / "report.html").read_text()
    assert "theme Trouble (1 item and 0 ratings)" in page
    assert '["Rare (3 values)",1]' in page.replace(", ", ",")
    assert "No word or topic is more frequent than chance explains." in page
    assert "broken, says [e-mail]" in page
    assert "bob@" not in page


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--theme", "Trouble"), "Could not read seggwat-themes.toml: "),
        (("--themes", "none.toml"), "Could not read none.toml: "),
        (
            ("--theme", "Truoble", "--themes", "mine.toml"),
            '--theme Truoble is not in mine.toml. Did you mean "Trouble"?',
        ),
        (("--theme", "x", "--themes", "mine.toml"), "It has Trouble, Trouble / Breakage and Fine."),
        (("--theme", "Fine", "--themes", "mine.toml", "--resource", "ratings"), "Ratings have no type, status, source"),
        (("--themes", "bad.toml"), 'unknown key "them"'),
    ],
)
def test_themes_that_are_not_there_are_told_before_anything_is_sent(
    here: Here, varied: DemoServer, home: Path, words: tuple[str, ...], problem: str
) -> None:
    (home / "mine.toml").write_text(THEMES)
    (home / "bad.toml").write_text("them = 1")
    told = here("export", "--out", "x.csv", *words, env=settings_for(varied))
    assert told.returncode == 1
    assert problem in told.stderr
    assert "Traceback" not in told.stderr
    assert varied.log == []


@pytest.mark.parametrize(("first", "note"), [("p0", ""), (None, r" \(unsigned items counted as one each\)")])
def test_themes_are_proposed_as_a_file_and_checked(
    here: Here, serve: Serve, home: Path, first: str | None, note: str
) -> None:
    start = datetime.now(UTC) - timedelta(days=200)
    moments = [start + timedelta(hours=8 * n) for n in range(600)]
    said = ["The invoice is wrong" if n >= 520 and n % 2 else "All is well" for n in range(600)]
    records = [
        item(n, message=message, submitted_by=f"p{n}" if n else first, created_at=moment.isoformat())
        for n, (message, moment) in enumerate(zip(said, moments, strict=True))
    ]
    env = settings_for(serve(records, token="oat_" + "c" * 43))
    told = here("themes", env=env)
    assert told.returncode == 0, told.stderr
    assert "1 theme suggested." in told.stderr
    (home / THEMES_FILE).write_text(told.stdout)
    told = here("themes", "--check", env=env)
    assert re.fullmatch(
        rf"(invoice|wrong)[^:]*: 40 items by 40 submitters{note}, 7% of all\n"
        rf"\(no theme\): 560 items by 560 submitters{note}, 93% of all\n",
        told.stdout,
    )
    told = here("themes", "--themes", THEMES_FILE, env=env)
    assert told.stdout == ""
    assert "No word or topic is more frequent than chance explains, except in items that have a theme." in told.stderr
    assert "0 items" in here("themes", "--check", "--text", "nothing", env=env).stdout
    (home / THEMES_FILE).unlink()
    assert here("themes", "--check", env=env).returncode == 1


@pytest.mark.parametrize("words", [("export", "--out", "x.csv"), ("report", "--out", "x.html"), ("report",)])
def test_a_file_that_is_there_is_replaced_only_by_force(
    here: Here, shop: DemoServer, home: Path, words: tuple[str, ...]
) -> None:
    target = home / (words[2] if len(words) > 1 else "report.html")
    target.write_text("mine")
    told = here(*words, env=settings_for(shop))
    assert told.returncode == 1
    assert f"{target.name} already exists. Add --force to replace it" in told.stderr
    assert target.read_text() == "mine"
    assert shop.log == []
    if words[0] == "export":
        assert here(*words, "--force", env=settings_for(shop)).returncode == 0
        assert target.read_text() != "mine"


def test_a_failed_export_leaves_the_file_that_was_there(here: Here, shop: DemoServer, home: Path) -> None:
    (home / "x.csv").write_text("mine")
    shop.faults = Faults(ever_from=1, ever=Status(404, '{"error": "gone", "message": "no"}'))
    told = here("export", "--out", "x.csv", "--force", env=settings_for(shop))
    assert told.returncode == 1
    assert (home / "x.csv").read_text() == "mine"


def test_doctor_checks_everything_and_never_shows_the_key(here: Here, shop: DemoServer) -> None:
    env = settings_for(shop)
    told = here("doctor", env=env)
    assert told.returncode == 0
    assert "240 items" in told.stdout
    assert "ok    feedback: 240 in the list\nok    ratings: 0 in the list\n" in told.stdout
    assert "fingerprint" in told.stdout
    assert "cccc" not in told.stdout + told.stderr
    wrong = here("doctor", env=env | {"SEGGWAT_API_KEY": "oat_" + "w" * 43})
    assert wrong.returncode == 1
    assert "FAIL  token" in wrong.stdout
    odd = here("doctor", env=env | {"SEGGWAT_COLOUR": "red"})
    assert (odd.returncode, "SEGGWAT_COLOUR (ignored)" in odd.stdout) == (0, True)
    slip = here("doctor", env=env | {"SEGGWAT_NB_MAX_AGE": "9"})
    assert (slip.returncode, "did you mean SEGGWAT_NB_MAX_AGE_SECONDS" in slip.stdout) == (1, True)
    other = here("doctor", env=env | {"SEGGWAT_PROJECT_ID": "other"})
    assert "the token cannot access other. It can access: " in other.stdout


def test_forgetting_removes_a_row_a_person_a_project_and_everything(here: Here, serve: Serve, home: Path) -> None:
    records = [item(n, submitted_by=f"person-{n % 3}") for n in range(9)]
    env = settings_for(serve(records, token="oat_" + "c" * 43))
    here("pull", env=env)
    for option in ("--item", "--submitter", "--project"):
        told = here("forget", option, "nope", env=env)
        assert (told.returncode, told.stdout) == (1, "")
        assert f"Nothing stored on this machine matches {option} nope." in told.stderr
    assert "1 row in 1 snapshot," in here("forget", "--item", "item-000004", env=env).stdout
    assert "3 rows in 1 snapshot," in here("forget", "--submitter", "person-0", env=env).stdout
    told = here("forget", "--item", "nope", env=env)
    assert "answers" not in told.stderr  # There are none any more.
    lacking = here("pull", "--refresh", "never", "--json", env=env)
    assert {"full": True, "forgotten": 4}.items() <= json.loads(lacking.stdout).items()
    assert "without 4 items forgotten on this machine" in lacking.stderr
    here("export", "--out", "left.parquet", "--refresh", "never", env=env)
    left = pl.read_parquet(home / "left.parquet")
    assert left.height == 5
    again = here("pull", "--refresh", "full", env=env)
    assert "4 new, 0 changed, 0 gone" in again.stderr
    assert "4 of the new items had been forgotten" in again.stderr
    assert "forgotten" not in here("pull", "--refresh", "full", env=env).stderr
    here("forget", "--item", "item-000004", env=env)
    here("forget", "--submitter", "person-0", env=env)
    everything = b"".join(path.read_bytes() for folder in ("cache", "data") for path in (home / folder).rglob("*.*"))
    assert b"person-0" not in everything
    assert b"item-000004" not in everything
    assert "5 rows in 2 snapshots" in here("forget", "--project", PROJECT_ID, env=env).stdout
    here("pull", env=env)
    assert "9 rows in 2 snapshots" in here("forget", "--all", env=env).stdout
    assert not [path for folder in ("cache", "data") for path in (home / folder).rglob("*") if path.is_file()]


def test_what_cannot_be_written_is_told_without_a_traceback(shop: DemoServer, home: Path, here: Here) -> None:
    (home / "file").touch()
    env = settings_for(shop)
    for words, problem, changed in (
        (("pull",), "Could not store anything in ", {"SEGGWAT_NB_DATA_DIR": str(home / "file" / "data")}),
        (("export", "--out", "/proc/x.csv"), "Could not write /proc/x.csv", {}),
        (("report", "--out", "/proc/x.md"), "Could not write /proc/x.md", {}),
        (("digest", "--dry-run"), "Could not write ", {"SEGGWAT_NB_DATA_DIR": str(home / "file" / "data")}),
    ):
        # A data folder that cannot be written warns first, which ends a test in its own process.
        told = (run if changed else here)(*words, env=env | changed)
        assert (told.returncode, told.stdout) == (1, ""), told.stderr
        assert problem in told.stderr
        assert "Traceback" not in told.stderr


def test_a_pull_of_all_projects_loads_what_it_can_and_names_the_one_that_fails(here: Here) -> None:
    records = [item(n, project_id="two") for n in range(3)]
    service = Service([{"id": "two", "name": "Two", "org_id": ORG_ID}], {"two": records}, {})
    service.projects = lambda: [{"id": name, "name": name, "org_id": ORG_ID} for name in ("one", "two")]  # type: ignore[method-assign]
    with DemoServer(service, token="oat_" + "c" * 43) as server:
        told = here("pull", "--all", "--json", env=settings_for(server))
        assert told.returncode == 1
        assert "1 of 2 projects could not be loaded" in told.stderr
        assert "one: " in told.stderr
        assert {"new": 3, "failed": ["one"]}.items() <= json.loads(told.stdout).items()
        left = here("export", "--out", "x.csv", "--project", "two", "--refresh", "never", env=settings_for(server))
        assert (left.returncode, left.stdout.startswith("3 rows")) == (0, True)


def test_ctrl_c_ends_a_load_before_its_answer_says_how_to_go_on_and_it_does(serve: Serve) -> None:
    server = serve(900, token="oat_" + "c" * 43, faults=Faults({5: Slow(300)}))
    command = [sys.executable, "-m", "seggwat_nb", "pull"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=settings_for(server)) as process:
        server.wait_for(5)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=120)  # less than the answer takes
    assert process.returncode == 130
    assert "resume after page" in told
    assert "Traceback" not in told
    server.faults = Faults()
    asked = server.list_requests
    again = run("pull", env=settings_for(server))
    assert "from a resumed load" in again.stderr
    assert server.list_requests - asked < 11  # a whole load of 900 rows and no ratings takes 13


def test_ctrl_c_while_the_program_is_still_imported_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "seggwat_nb.cli.entry_point":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "seggwat_nb.cli.entry_point", raising=False)
    monkeypatch.delattr(cli, "entry_point", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130


def test_a_wait_for_the_limit_is_interrupted_too(serve: Serve) -> None:
    server = serve(900, token="oat_" + "c" * 43)
    env = settings_for(server) | {"SEGGWAT_NB_REQUESTS_PER_MINUTE": "4"}
    with subprocess.Popen(
        [sys.executable, "-m", "seggwat_nb", "pull"], stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        stderr: Any = process.stderr
        assert any("Waiting" in line for line in stderr)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)  # less than the wait
    assert process.returncode == 130


def test_the_demo_serves_until_it_is_stopped_and_prints_its_settings() -> None:
    command = [sys.executable, "-m", "seggwat_nb", "demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        stdout: Any = process.stdout
        lines = [stdout.readline() for _ in range(4)]
        env = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        told = run("pull", env=os.environ | env)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=300)
    assert process.returncode == 130
    assert told.returncode == 0
    assert "demo data" in told.stderr


@pytest.mark.filterwarnings("always:.*could not be stored:UserWarning")
def test_a_pull_that_cannot_store_says_so_and_fails(here: Here, shop: DemoServer, home: Path) -> None:
    env = settings_for(shop) | {"SEGGWAT_NB_MAX_AGE_SECONDS": "0"}
    assert here("pull", "--no-ratings", env=env).returncode == 0
    (folder,) = (path for path in (home / "data" / "projects").iterdir() if path.is_dir())
    shutil.rmtree(folder)
    folder.touch()
    told = here("pull", "--json", env=env)
    assert (told.returncode, json.loads(told.stdout)["stored"]) == (1, False)
    assert "warning: The feedback list is loaded, but could not be stored" in told.stderr
    assert "Feedback: 240 items, not stored; loaded completely" in told.stderr
    assert "0 new" not in told.stderr
    assert "Could not store the feedback and ratings. Free some disk space" in told.stderr


def test_a_pull_for_a_scheduler_says_in_one_line_what_it_did(here: Here, shop: DemoServer) -> None:
    env = settings_for(shop) | {"SEGGWAT_NB_MAX_AGE_SECONDS": "0"}
    first = here("pull", "--json", "--all", env=env)
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout) == {
        "new": 240,
        "changed": 0,
        "gone": 0,
        "full": True,
        "stored": True,
        "status_verified": True,
        "set_aside": 0,
        "forgotten": 0,
        "requests": 6,  # two of them for ratings, of which there are none
        "served_from": {"feedback": "api", "ratings": "api"},
    }
    shop.service.feedback[PROJECT_ID].change(Edit("item-000003", {"status": "Closed"}))
    shop.service.feedback[PROJECT_ID].change(Archive("item-000004"))
    shop.service.feedback[PROJECT_ID].change(Insert(item(999)))
    again = here("pull", "--json", env=env)
    assert len(again.stdout.splitlines()) == 1
    told = json.loads(again.stdout)
    assert (told["new"], told["changed"], told["gone"], told["status_verified"]) == (1, 1, 1, True)
    assert "1 new, 1 changed, 1 gone" in again.stderr


def test_a_pull_stops_before_its_limit_and_keeps_what_is_stored(here: Here, shop: DemoServer, home: Path) -> None:
    env = settings_for(shop) | {"SEGGWAT_NB_MAX_AGE_SECONDS": "0"}
    assert here("pull", env=env).returncode == 0
    asked = len(shop.log)
    told = here("pull", "--json", "--max-requests", "1", env=env)
    assert (told.returncode, told.stdout) == (1, "")
    assert "--max-requests 1" in told.stderr
    assert len(shop.log) - asked <= 1
    assert here("export", "--out", "x.csv", "--refresh", "never", env=env).returncode == 0
    assert (home / "x.csv").exists()


def test_a_second_pull_at_the_same_time_does_not_start(shop: DemoServer, home: Path) -> None:
    (home / "data" / "projects").mkdir(parents=True)
    with FileLock(home / "data" / "projects" / ".pull.lock"):
        told = run("pull", env=settings_for(shop))
    assert told.returncode == 1
    assert "Another `seggwat-nb pull` is running" in told.stderr
    assert shop.log == []
    assert run("pull", "--all", "--project", "x", env=settings_for(shop)).returncode == 2


def test_the_demo_is_forgotten_only_when_asked_for(shop: DemoServer, here: Here) -> None:
    env = settings_for(shop)
    assert here("pull", "--demo", env=env).returncode == 0
    assert here("pull", env=env).returncode == 0
    told = here("forget", "--submitter", "loud.customer@example.com", env=env)
    assert (told.returncode, "Nothing stored" in told.stderr) == (1, True)
    told = here("forget", "--demo", "--submitter", "loud.customer@example.com", env=env)
    assert told.returncode == 0, told.stderr
    assert "The service still has" not in told.stderr
    assert ": 0 rows" not in here("forget", "--demo", "--all", env=env).stdout
    assert "240 rows in 2 snapshots" in here("forget", "--all", env=env).stdout


def test_a_value_that_no_row_has_is_warned_about(
    shop: DemoServer, varied: DemoServer, connect: Callable[..., Client]
) -> None:
    chosen = ("--type", "Xyzzy", "--status", "Closed", "--path", "checkout", "--version", "9")
    told = run("export", "--out", "x.csv", *chosen, env=settings_for(varied))
    assert told.returncode == 0, told.stderr
    (warned,) = re.findall("^seggwat-nb: warning: (.*)$", told.stderr, re.MULTILINE)
    assert "No row has type Xyzzy. Values in the data: " in warned
    assert "No row has version 9. Values in the data: 2.5.0, 2.4.0." in warned
    assert "No row has path checkout. Did you mean /checkout?" in warned
    assert "Closed" not in told.stderr.replace("status Closed", "")  # A known status may be in no row.
    with pytest.warns(UserWarning, match="No row has source Fax. Values in the data: Widget. No row has path /x."):
        collect(connect(shop), where=FeedbackFilter(source="Fax", path="/x"))


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("export", "--out", "x.csv", "--since", "soon"), "--since soon"),
        (("export", "--out", "x.csv", "--type", "Bgu"), "--type Bgu"),
        (("export", "--out", "x.csv", "--resource", "ratings", "--search", "x"), "no type, status"),
        (("report", "--out", "x.csv.html", "--time-zone", "Mars"), "--time-zone Mars"),
        (("report", "--out", "x.csv.html", "--notebook", "none.ipynb"), "no notebook none.ipynb"),
        (("report", "--out", "x.csv.html", "--preset", "none"), "No preset is named 'none'"),
        (("export", "--out", "x.csv"), "SEGGWAT_API_KEY"),
    ],
)
def test_a_mistake_is_told_before_a_file_that_is_there(
    words: tuple[str, ...], problem: str, home: Path, here: Here
) -> None:
    for name in ("x.csv", "x.csv.html"):
        (home / name).write_text("mine")
    told = here(*words)
    assert told.returncode == 1
    assert problem in told.stderr
    assert "--force" not in told.stderr


def test_only_what_it_helps_against_is_answered_with_the_demo(here: Here) -> None:
    for env in ({"SEGGWAT_API_KEY": "wrong"}, {"SEGGWAT_NB_MAX_AGE_SECONDS": "x"}, {"SEGGWAT_TOKEN": "x"}):
        assert "--demo" not in here("plan", env=env).stderr
    assert "--demo" in here("plan").stderr


def test_doctor_names_the_demo_and_no_class(here: Here) -> None:
    told = here("doctor", "--demo").stdout
    assert "api_key: demo, base_url: demo" in told
    assert "Secret(" not in told


def test_settings_of_deliveries_are_told_as_unset_or_wrong(shop: DemoServer, here: Here) -> None:
    told = here("issues", "--create", env=settings_for(shop)).stderr
    assert "GITHUB_REPOSITORY is not set (owner/name). GITHUB_TOKEN is not set. Set them in" in told
    told = here(
        "issues", "--create", env=settings_for(shop) | {"GITHUB_REPOSITORY": "shop", "GITHUB_TOKEN": "x"}
    ).stderr
    assert told.startswith("seggwat-nb: GITHUB_REPOSITORY must be owner/name. ")
    for address in (
        "https://example.org/services/T/B/x",
        "https://hooks.slack.com/",
        "http://hooks.slack.com/services/x",
    ):
        told = here("digest", env=settings_for(shop) | {"SLACK_WEBHOOK_URL": address}).stderr
        assert "SLACK_WEBHOOK_URL is not the address of a Slack webhook." in told
    assert "SLACK_WEBHOOK_URL is not set." in here("digest", env=settings_for(shop)).stderr


def test_a_pull_says_nothing_twice(shop: DemoServer, here: Here) -> None:
    told = here("pull", env=settings_for(shop)).stderr
    assert told.count("4 requests") == 1
    assert "240 feedback items (all items); as of " in told
    again = here("pull", env=settings_for(shop) | {"SEGGWAT_NB_MAX_AGE_SECONDS": "0"}).stderr
    assert again.count("every item read since") == 1
    assert "from the snapshot; 0 requests" in here("pull", env=settings_for(shop)).stderr


def test_unknown_values_are_named_by_the_load_that_brings_them_and_not_by_each_command(
    here: Here, serve: Serve
) -> None:
    env = settings_for(serve([item(n, type="Idea") for n in range(3)], token="oat_" + "c" * 43))
    assert "unknown values: type 'Idea' (3)" in here("pull", env=env).stderr
    for words in (("pull",), ("export", "--out", "x.csv")):
        told = here(*words, env=env)
        assert "3 feedback items" in told.stderr
        assert "Idea" not in told.stderr
    assert "Idea" not in here("pull", env=env | {"SEGGWAT_NB_MAX_AGE_SECONDS": "0"}).stderr


def test_what_cannot_be_reached_is_named_while_it_is_tried_again(here: Here, waiting: Any) -> None:
    env = {"SEGGWAT_API_URL": "http://127.0.0.1:9", "SEGGWAT_API_KEY": "oat_" + "c" * 43, "SEGGWAT_PROJECT_ID": "p"}
    told = here("pull", env=env).stderr
    assert told.count("no response from 127.0.0.1:9, attempt ") == 4
    assert "Check the network and the address http://127.0.0.1:9, then retry." in told
    assert waiting.seconds


def test_a_service_without_ratings_can_be_used(here: Here) -> None:
    with OddServer(records=[item(1), item(0)], fails={"/ratings": (403, {})}) as server:
        env = settings_for(server)  # type: ignore[arg-type]  # which has what it takes
        for command in ("pull", "plan", "report"):
            refused = here(command, env=env)
            assert refused.returncode == 1
            assert refused.stderr.endswith("If the service has no ratings for you, load without them: --no-ratings.\n")
        pulled = here("pull", "--no-ratings", "--json", env=env)
        assert json.loads(pulled.stdout)["served_from"] == {"feedback": "snapshot"}
        assert here("plan", "--no-ratings", env=env).stdout.startswith("feedback: 2 items")
        assert here("report", "--no-ratings", "--format", "md", env=env).returncode == 0
