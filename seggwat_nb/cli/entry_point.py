"""The command line program: shared options, exit statuses, and how errors and warnings are printed."""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from seggwat_nb import __version__, progress
from seggwat_nb.cli.deliveries import digest, issues
from seggwat_nb.cli.files import export, report
from seggwat_nb.cli.housekeeping import doctor, forget
from seggwat_nb.cli.loading import plan, pull
from seggwat_nb.cli.options import echo
from seggwat_nb.cli.servers import demo, lab
from seggwat_nb.cli.themes import themes
from seggwat_nb.cli.triage import triage
from seggwat_nb.cli.watch import watch
from seggwat_nb.environment import is_quiet
from seggwat_nb.errors import NoKeyError, SeggwatError
from seggwat_nb.interrupts import as_keyboard_interrupts
from seggwat_nb.progress import printing, quiet
from seggwat_nb.text import in_shell, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["app", "main"]


_UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""Any mistake in the usage of a command; typer has no public name for it."""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _command in (lab, demo, plan, pull, export, digest, issues, report, themes, triage, watch, doctor, forget):
    app.command()(_command)


def main() -> None:
    """Run a command. Exit status: 0 success, 1 failure, 2 wrong usage, 3 new items of `watch`, 130 interrupted."""
    warnings.showwarning = _show_warning
    if sys.stderr is None:  # It was closed. What is printed there must not go to stdout, or to the next file opened.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # as long as the process runs
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # Not if it is closed. Its encoding may lack characters of the texts.
            stream.reconfigure(errors="backslashreplace")
    try:
        with as_keyboard_interrupts():
            status = app(prog_name="seggwat-nb", standalone_mode=False)
        sys.exit(status)
    except KeyboardInterrupt:  # during a callback from Polars; typer itself exits with 130 after any other
        sys.exit(130)
    except _UsageError as error:
        _fail_usage(error)
    except typer.Abort:  # the input has ended
        sys.exit(1)
    except SeggwatError as error:
        print(f"seggwat-nb: {_in_shell(error)}", file=sys.stderr)  # noqa: T201  # a command speaks here
        if isinstance(error, NoKeyError):
            print("Or add --demo to use the demo project.", file=sys.stderr)  # noqa: T201  # as above
        sys.exit(1)
    except OSError as error:  # such as a full disk in the system's folder for temporary files
        where = f" ({error.filename})" if error.filename else ""
        print(  # noqa: T201  # as above
            f"seggwat-nb: {error.strerror or error}{where}. Check your free disk space, and that you may write there.",
            file=sys.stderr,
        )
        sys.exit(1)


def _fail_usage(error: Any) -> NoReturn:  # noqa: ANN401  # typer keeps the class to itself
    """Explain wrong usage of a command in our own words, not those of the library that reads options."""
    error.message = re.sub(r"^Input should be ([^,]+).*", r"must be \1", error.message.removeprefix("Value error, "))
    if type(error) is typer.BadParameter and error.param is None:
        error = _UsageError(error.message)  # of two options, each of which is valid
    error.show()
    sys.exit(error.exit_code)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning without a line of code."""
    print(f"seggwat-nb: warning: {_in_shell(message)}", file=sys.stderr)  # noqa: T201  # a command speaks here


def _in_shell(error: Exception | str) -> str:
    """Word a message for a shell, with options in place of Python arguments."""
    command = typer.main.get_command(app)
    parameters = [parameter for one in getattr(command, "commands", {}).values() for parameter in one.params]
    options = {parameter.name.rstrip("_"): max(parameter.opts, key=len) for parameter in parameters if parameter.name}
    return printable(in_shell(str(error), options | {"text": "--text", "project_id": "--project"}))


def _print_version(asked: bool) -> None:  # noqa: FBT001  # typer calls it so
    if asked:
        echo(f"seggwat-nb {__version__}")
        raise typer.Exit


@app.callback()
def seggwat_nb(
    context: typer.Context,
    *,
    hush: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only results, warnings and errors, like SEGGWAT_NB_QUIET=1.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print a log of every request to stderr.")] = False,
    version: Annotated[  # noqa: ARG001  # its callback prints it
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Understand user feedback from SeggWat. Set SEGGWAT_API_KEY and SEGGWAT_PROJECT_ID, or use a .env file."""
    context.with_resource(quiet() if hush else printing())
    if verbose:
        context.with_resource(_log_to_stderr())


@contextmanager
def _log_to_stderr() -> Iterator[None]:
    """Write the log to stderr, except for what is printed there anyway."""
    logger, handler = logging.getLogger("seggwat_nb"), logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    handler.addFilter(lambda record: is_quiet() or record.name != progress.__name__)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
