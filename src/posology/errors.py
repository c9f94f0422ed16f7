"""Errors for input that cannot be used at all. Every other problem is a finding.

PosologyError
├── QuantityError   a text that is not an amount with a unit
├── LibraryError    a regimen, drug or site file that cannot be read; holds every problem
├── CourseError     inputs that do not make a course; names each field
├── DosingError     an order that cannot be computed for this patient
├── RecordError     a course file that cannot be read or written
├── RegisterError   a register, or a course in it, that cannot be read or written
└── ExportError     a file that would differ from the plan
"""

from typing import NamedTuple


class PosologyError(ValueError):
    """The root: one sentence that says what is wrong and what is accepted."""


class QuantityError(PosologyError):
    """A text that is not an amount with a unit, or two amounts that do not fit together."""


class Problem(NamedTuple):
    """One thing wrong in a file: where it stands, which field, and what to do about it."""

    file: str
    line: int
    column: int
    field: str
    message: str

    def __str__(self) -> str:
        """Print it in the form that editors and people can follow."""
        return f"{self.file}:{self.line}:{self.column}: {self.field}: {self.message}"


class LibraryError(PosologyError):
    """Files that cannot be read; holds all their problems."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems, so that a caller can show each at its place."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class CourseError(PosologyError):
    """Inputs that do not make a course, all at once.

    ``problems`` maps each input, such as ``weight`` or ``choices``, to what to do about it.
    """

    def __init__(self, problems: dict[str, str]) -> None:
        """Keep the problems, so that the command line and the page can name their own inputs."""
        super().__init__("; ".join(f"{field}: {message}" for field, message in problems.items()))
        self.problems = problems


class DosingError(PosologyError):
    """An order that cannot be computed for this patient."""


class RecordError(PosologyError):
    """A course file that cannot be read or written."""


class RegisterError(PosologyError):
    """A register, or a course in it, that cannot be read or written."""


class ExportError(PosologyError):
    """An export that would differ from the plan when it is read again."""
