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
    add_list,
    add_regimens,
    add_web,
)
from posology.export.kinds import EXPORTS

TYPE_CHECKING = False  # importing typing for it would cost a third of "posology --help"
if TYPE_CHECKING:
    from collections.abc import Callable

_DESCRIPTION = (
    "Computes a cited treatment regimen for a patient: exact doses on exact dates. "
    "A pharmacist must check every result; it is a DRAFT until it is released."
)
_PLAN = """Examples:
  posology plan scleromyxedema-ivig --weight "70 kg" --start 2027-01-11 --cycles 6 \\
      --choose immunoglobulin.every="1 month" --choose immunoglobulin.days=1-5 --ics ivig.ics

--json writes {posology, status, regimen, course, site, administrations, totals, limits, findings}.
Exit codes: 0 done; 1 a finding says stop, and nothing is written; 2 an input cannot be used."""


_MEASURES = {
    "weighed": "2027-01-04, the day of the weight",
    "last-weight": "72 kg, the weight before this one",
    "height": "172 cm",
    "sex": "male or female",
    "age": "70 years",
    "birth-year": "1956, in place of the age",
    "creatinine": "80 umol/L or 0.9 mg/dL",
    "sampled": "2027-01-04, the day of the creatinine",
    "pregnancy-possible": "yes or no",
    "neutrophils": "2000 /uL or 2 G/L",
    "platelets": "150000 /uL or 150 G/L",
    "counted": "2027-01-04, the day of the counts",
    "clearance": "80 mL/min",
    "dialysis": "no",
}


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
        description=_DESCRIPTION,
        allow_abbrev=False,
        formatter_class=_formatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--library", action=Once, metavar="FOLDER",
        help="your hospital's own regimens (and drugs/), beside the shipped ones")  # fmt: skip
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, help_: str, epilog: str | None = None) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=help_,
            description=help_[0].upper() + help_[1:] + ".",
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=_formatter,
        )

    add_regimens(command)
    add_dose(command)
    add_accept(command)
    _add_plan(command)
    add_courses(command)
    weights = command(
        "weights", "compare the site's dosing weight policies for a patient: grams and containers"
    )
    _add_inputs(weights)
    add_web(command)
    return parser


def _add_plan(command: "Callable[..., argparse.ArgumentParser]") -> None:
    """Add the command that plans a course."""
    plan = command("plan", "compute the doses and dates of a regimen for a patient", _PLAN)
    _add_inputs(plan)
    add = plan.add_argument
    add(
        "--start",
        action=Once,
        required=True,
        metavar="DATE",
        help="the day of the first dose, as in 2027-01-11",
    )
    add("--cycles", action=Once, metavar="N", help="where the source states no duration: how many")
    add_list("--last", plan, "DRUG=DATE",
        'the last dose before this course and its product, as in "immunoglobulin=2026-12-14 '
        'privigen"; without '
        "it the first infusion runs slowly, as for a patient who never had it")  # fmt: skip
    add_list("--takes", plan, "MEDICINE",
        "another medicine that the patient takes, as in "
        '"thalidomide from 2027-03-01 to 2027-03-31"')  # fmt: skip
    add("--course", action=Once, metavar="REF",
        help="your own pseudonym of the course, as in IG-0042, never a name; its calendar "
        "needs --save, so that a corrected one is newer")  # fmt: skip
    for kind, export in EXPORTS.items():
        if export.of_any_plan:
            add(f"--{kind}", action=Once, metavar="FILE",
                help=f"write the {export.words}; - for standard output")  # fmt: skip
    add("--privacy", action=Once, choices=("standard", "full", "discreet"),
        help="what the calendar shows: standard leaves the reference out, full shows it, "
        "discreet shows neither drug nor dose")  # fmt: skip
    add("--force", action="store_true", help="overwrite files")
    add("--save", action=Once, metavar="COURSE",
        help="keep the course as a file (.json), to change or release it later")  # fmt: skip
    add("--compact", action="store_true",
        help="in calendars, equal doses in a row are one repeated entry")  # fmt: skip


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    """Add the options that plan and weights share: the regimen, the patient, the choices."""
    add = parser.add_argument
    add("regimen", metavar="REGIMEN", help="its id, or a .yaml file")
    add(
        "--weight",
        action=Once,
        required=True,
        metavar="WEIGHT",
        help='as in "70.5 kg" or "155 lb"',
    )
    for name, example in _MEASURES.items():
        add(f"--{name}", action=Once, metavar="VALUE", help=f"where it is needed: {example}")
    add_list("--risk", parser, "RISK",
        "renal or thrombosis: infusions run slower; no-paraproteinaemia: the patient has none, "
        "though the regimen assumes it")  # fmt: skip
    add_list("--product", parser, "DRUG=PRODUCT",
        "use this product instead of the site's: immunoglobulin=octagam; or name its sizes: "
        '"immunoglobulin=privigen (5 g, 10 g)"')  # fmt: skip
    add_list("--without", parser, "ORDER", "leave out an optional order")
    add_list("--choose", parser, "ORDER.FIELD=VALUE",
        "settle what the source leaves open, as in immunoglobulin.days=1-5")  # fmt: skip
    add(
        "--site",
        action=Once,
        metavar="FILE",
        help="what your hospital decides; default: an example",
    )


_MODULES = {
    **dict.fromkeys(("list", "show", "check", "diff", "schema"), "regimens"),
    **dict.fromkeys(("plan", "weights", "web"), "commands"),
    "new": "new", "accept": "accept", "dose": "dose", "lot": "lots",
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
