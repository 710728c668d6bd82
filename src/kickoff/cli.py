"""The command line: `kickoff COMMAND`. Only the command that is asked for is imported, for a fast start."""

import os
import pkgutil
import sys
from importlib import import_module
from typing import NoReturn

import typer

from kickoff import commands
from kickoff.commands import BadInput
from kickoff.night import NightError
from kickoff.plumbing.processes import PartFailed
from kickoff.settings import SettingsError

HELP = "The front door of a live-sport streaming service, and its memory of the night."
EXIT_FAILED = 1
EXIT_BAD_INPUT = 2


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 a negative answer or a process that failed, 2 bad input."""
    # Matrices here are small: on a thread for each core BLAS spends three times the processor and gains nothing. NumPy
    # reads this when it is first imported, which is with a command.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    given = sys.argv[1:] if arguments is None else arguments
    known = sorted(name.replace("_", "-") for name in command_names())
    wanted = [given[0]] if given and given[0] in known else known
    try:
        _application(wanted)(given)
    except (BadInput, NightError, SettingsError) as error:
        _end(error, EXIT_BAD_INPUT)
    except PartFailed as error:
        _end(error, EXIT_FAILED)


def _end(error: Exception, status: int) -> NoReturn:
    print(f"kickoff: {error}", file=sys.stderr)  # noqa: T201 - the one line of a failure
    sys.exit(status)


def command_names() -> list[str]:
    """The commands by their file names, as Python spells them."""
    return [module.name for module in pkgutil.iter_modules(commands.__path__)]


def _application(names: list[str]) -> typer.Typer:
    application = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    # A callback keeps the command's name in the line even when only one command is loaded.
    application.callback()(lambda: None)
    for name in names:
        module = import_module(f"kickoff.commands.{name.replace('-', '_')}")
        application.command(name)(module.command)
    return application
