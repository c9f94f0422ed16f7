"""The command line: it reads options, calls the library and prints. It decides nothing.

Exit codes: 0, done; 1, a finding says stop and nothing is written; 2, an input cannot be used and
one line on standard error says why; 3, a fault of Posology itself. Only the module of the command
that runs is imported.
"""

import argparse
import gc
import os
import sys
from contextlib import suppress
from importlib import import_module

from posology.cli.options import (
    Once,
    add_accept,
    add_courses,
    add_dose,
    add_regimens,
    add_web,
)
from posology.cli.options_of_many import add_feed, add_register, add_work
from posology.cli.options_of_plan import add_plan

_DESCRIPTION = (
    "Computes a cited treatment regimen for a patient: exact doses on exact dates.\n"
    "A pharmacist must check every result; it is a DRAFT until it is released."
)

_LONGEST_LINE = 300  # letters of a refusal that repeats what was typed


class _Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line."""

    def error(self, message: str) -> None:  # type: ignore[override]  # typing is slow to import
        """Print the error and exit with code 2."""
        if message.startswith("unrecognized arguments") and ": -" not in message:
            message += " (put a value that contains a space in quotes)"
        line = " ".join(message.split())
        line = line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
        self.exit(2, f"{self.prog}: {line}; see {self.prog} --help\n")


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Format help to the width of the terminal; argparse would import a slow module for it."""
    try:
        width = min(os.get_terminal_size().columns, 100)
    except OSError:
        width = 80
    return argparse.RawDescriptionHelpFormatter(prog, width=width - 2)


def make_parser() -> _Parser:
    """Make the parser of all commands."""
    parser = _Parser(
        prog="posology",
        usage="posology [OPTION …] COMMAND …; posology COMMAND --help tells more",
        description=_DESCRIPTION,
        allow_abbrev=False,
        formatter_class=_formatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--library", action=Once, metavar="FOLDER",
        help="your hospital's own regimens (and drugs/), beside the shipped ones")  # fmt: skip
    parser.add_argument("--register", action=Once, metavar="FILE|URL",
        help="of all courses; default: POSOLOGY_REGISTER, else one of your own")  # fmt: skip
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", help=argparse.SUPPRESS, prog="posology"
    )
    about: dict[str, str] = {}

    def command(name: str, help_: str, epilog: str | None = None) -> argparse.ArgumentParser:
        about[name] = help_
        return commands.add_parser(
            name,
            description=help_[0].upper() + help_[1:] + ".",
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=_formatter,
        )

    add_regimens(command)
    add_plan(command)
    add_dose(command)
    add_accept(command)
    add_courses(command)
    add_work(command)
    add_register(command)
    add_feed(command)
    add_web(command)
    parser.epilog = "\n\n".join(
        "\n".join([f"{work}:", *(f"  {name:<11} {about[name]}" for name in names)])
        for work, names in WORK.items()
    )
    return parser


WORK = {
    "plan": ("plan", "weights", "dose"),
    "change": ("course", "revise", "changes", "release", "verify", "publish"),
    "every day": ("due", "unrecorded", "state", "order", "demand", "calendar", "lot", "audit"),
    "library": ("list", "show", "check", "diff", "new", "accept", "schema"),
    "many": ("register", "feed", "web"),
}
"""The commands, by the work that they are for."""


_MODULES = {
    **dict.fromkeys(("list", "show", "check", "diff", "schema"), "regimens"),
    **dict.fromkeys(("plan", "weights", "web"), "commands"),
    "new": "new", "accept": "accept", "dose": "dose", "lot": "lots", "feed": "feed",
    **dict.fromkeys(("due", "unrecorded", "state"), "work"),
    **dict.fromkeys(("order", "demand", "calendar"), "orders"),
    **dict.fromkeys(("register", "audit"), "register"),
}  # fmt: skip
"""By command; any other is in ``courses``."""


def _module(command: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - as above
    """Import the module of a command, and no other."""
    return import_module(f"posology.cli.{_MODULES.get(command, 'courses')}")


def _prepare_streams() -> None:
    """Write UTF-8 on every terminal; write to nowhere where our starter closed the stream."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - for good
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    _prepare_streams()
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _write_to_nowhere()  # the reader (head, less) has closed
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        _write_to_nowhere()
        sys.stderr.write(f"posology: the output cannot be written: {error.strerror or error}\n")
        return 2
    except Exception as error:  # noqa: BLE001 - a person never sees a traceback
        words, code = _told(error)
        sys.stderr.write(f"posology: {words}\n")
        return code


def _told(error: Exception) -> tuple[str, int]:
    """Say in one line what no command has told, and give the exit code."""
    from posology.errors import PosologyError  # noqa: PLC0415 - typing is slow to import

    if isinstance(error, PosologyError):
        return "; ".join(str(error).splitlines()), 2
    if isinstance(error, ModuleNotFoundError):
        name = str(error.name or error).partition(".")[0]
        return f"the package {name} is missing; install Posology again", 2
    return f"a fault of Posology itself ({type(error).__name__}); nothing was written", 3


def _run(arguments: list[str] | None) -> int:
    parser = make_parser()
    options = parser.parse_args(arguments)
    for name, value in vars(options).items():
        if isinstance(value, list) and [] in value:
            option = f"--{name.replace('_', '-')}"
            parser.error(f"{option} has no value; give one or leave the option out")
    if options.version:
        from posology import __version__  # noqa: PLC0415 - only the command that runs is imported

        print(__version__)  # noqa: T201 - a command line prints
        return 0
    if options.command is None:
        parser.print_help()
        return 0
    code: int = getattr(_module(options.command), f"run_{options.command}")(options)
    return code


def _write_to_nowhere() -> None:
    """Let what is still to be written vanish: Python would complain again when it exits."""
    with suppress(OSError, ValueError):  # a test's standard output has no file of its own
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def script() -> int:
    """Run the command line as a process of its own."""
    if sys.argv[1:2] != ["web"]:
        # pint loads numpy wherever the page has brought it along, a sixth of the whole start;
        # no command but the page's needs it, and no other code lives in this process.
        sys.modules["numpy"] = None  # type: ignore[assignment]  # how an import is forbidden
        # A command ends before its garbage matters; collecting it is a tenth of the start.
        gc.disable()
    return main()
