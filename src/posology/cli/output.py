"""What every command says alike: a line, a refusal in one line, a value as JSON, a moment."""

import argparse
import sys
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import wraps

from posology.course.commands import option
from posology.errors import CourseError, PosologyError
from posology.model import print_date

_NO_OPTIONS = ("change", "changes", "plan", "start")
"""Fields of a CourseError that no option sets."""


def out(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


def progress(line: str) -> None:
    """Tell a person how far long work is; it does not belong to what is printed."""
    sys.stderr.write(line + "\n")


def refuse(command: str, message: str) -> int:
    """Print in one line why a command was refused; return exit code 2."""
    sys.stderr.write(f"posology {command}: {one_line(message)}\n")
    return 2


def one_line(message: object) -> str:
    """Write a message, or an error, on one line."""
    return "; ".join(str(message).splitlines())


def refusing(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Wrap a command: print in one line why it was refused; return exit code 2, or 1 for a stop."""

    @wraps(run)
    def wrapped(options: argparse.Namespace) -> int:
        try:
            return run(options)
        except CourseError as error:
            stopped = list(error.problems) == ["plan"]
            message = "; ".join(
                problem if field in _NO_OPTIONS else f"{option(field)}: {problem}"
                for field, problem in error.problems.items()
            )
        except PosologyError as error:
            message, stopped = str(error), False
        return 1 if refuse(options.command, message) and stopped else 2

    return wrapped


def moment(at: datetime, zone: tzinfo) -> str:
    """Print a moment by the clocks of a zone."""
    local = at.astimezone(zone)
    return f"{print_date(local)} {local:%H:%M}"


def out_json(value: object) -> None:
    """Print a value as JSON, for a script; a list with one line for each of its values."""
    import json  # noqa: PLC0415 - only for those who ask

    if isinstance(value, list):
        lines = ",\n".join(map(json.JSONEncoder(ensure_ascii=False).encode, value))
        out(f"[\n{lines}\n]" if value else "[]")
        return
    out(json.dumps(value, ensure_ascii=False, indent=1))
