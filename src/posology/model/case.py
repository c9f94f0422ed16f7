"""Worked cases of a regimen, written in few lines: the days of each dose, and other patients."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple, Self

from pydantic import model_validator

from posology.model.kinds import MONTHS, Count, Day, Name, Noun, Text, print_date
from posology.model.patient import Patient
from posology.model.periods import Period
from posology.text import shown

_DATE = r"[A-Z][a-z]{2} \d{2}-[A-Z][a-z]{2}-\d{4}"
_RUN = rf"{_DATE}(?: to {_DATE})?"
_CLOCK = r"\d{2}:\d{2}"
_LINE = re.compile(
    rf"({_RUN}(?:, {_RUN})*)(?: every (\d+ (?:day|week)s?), (\d+) times)?"
    rf"(?: ({_CLOCK}(?:, {_CLOCK})*))?  (.+)"
)
_DOSE = re.compile(r"(.+?) ([a-z][a-z0-9-]*), .+")
"""An amount and its drug."""
_MOST_TIMES = 999


class Likewise(Noun):
    """Another patient of a case: the same course on the same days, with other doses."""

    name: Text
    patient: Patient
    choose: Mapping[str, Text] | None = None
    """None: what the case chooses."""
    doses: Mapping[Name, Text] = {}
    """By drug, the amount of one dose; for a drug that is missing it is that of the case."""
    totals: Mapping[Name, Text] = {}
    """By order, the amount of its total; for an order that is missing it is that of the case."""
    refused: Text | None = None


class Case(Noun):
    """A worked example that must come out dose by dose.

    ``expect`` is every dose of the plan from the first to the last expected date; ``totals``
    every line of its totals; or ``refused`` a phrase of the refusal.
    """

    name: Text
    patient: Patient
    start: Day
    cycles: Count | None = None
    choose: Mapping[str, Text] = {}
    without: tuple[Name, ...] = ()
    expect: tuple[Text, ...] = ()
    totals: tuple[Text, ...] = ()
    to_do: tuple[Text, ...] = ()
    """Every item on its day. A regimen with items needs this in at least one case."""
    needed: tuple[Text, ...] = ()
    """Every line of what is taken as needed. A regimen that has such needs this in one case."""
    refused: Text | None = None
    likewise: tuple[Likewise, ...] = ()

    @model_validator(mode="after")
    def _likewise_names_what_is_here(self) -> Self:
        for each in self.likewise:
            for drug in each.doses:
                doses = (_DOSE.fullmatch(line.rpartition("  ")[2]) for line in self.expect)
                amounts = {found[1] for found in doses if found and found[2] == drug}
                if len(amounts) != 1:
                    msg = (
                        f"{shown(each.name)}: {drug} must have one amount in expect; it has "
                        f"{' and '.join(sorted(amounts)) or 'none'}. Write the case in full"
                    )
                    raise ValueError(msg)
            for order in each.totals:
                if not any(f" of {order}, " in line for line in self.totals):
                    msg = f"{shown(each.name)}: no total of the case is of {order}"
                    raise ValueError(msg)
        return self

    @property
    def worked(self) -> tuple["Worked", ...]:
        """The case alone, and each other patient as a case of its own; with their paths."""
        alone = self.model_copy(update={"likewise": ()})
        others = (
            Worked(self._like(each), ("likewise", number))
            for number, each in enumerate(self.likewise)
        )
        return (Worked(alone, ()), *others)

    def _like(self, other: Likewise) -> "Case":
        update: dict[str, object] = {
            "name": other.name, "patient": other.patient, "likewise": (), "to_do": (),
            "needed": (),
            "choose": self.choose if other.choose is None else other.choose,
            "expect": tuple(_with_dose(line, other.doses) for line in self.expect),
            "totals": tuple(_with_total(line, other.totals) for line in self.totals),
            "refused": other.refused,
        }  # fmt: skip
        return self.model_copy(update=update)


class Worked(NamedTuple):
    """A case in full, and where it stands under ``cases``."""

    case: Case
    path: tuple[str | int, ...]


class Expected(NamedTuple):
    """One dose or item that a case expects: its day, and its line in the plan."""

    on: date
    line: str


def expected(line: str) -> Iterator[Expected]:
    """Write a line of a case in full, one for each of its days and clock times.

    Raises ValueError for a line that cannot be read, and for a day of the week that is not that
    of its date.

    >>> text = "Mon 11-Jan-2027 to Tue 12-Jan-2027 every 4 weeks, 2 times 08:00  4 mg a, oral"
    >>> [each.line for each in expected(text)][-1]
    'Tue 09-Feb-2027 08:00  4 mg a, oral'
    """
    found = _LINE.fullmatch(line)
    if found is None:
        msg = (
            f"{shown(line)} cannot be read; write days, clock times, two blanks and the dose: "
            '"Mon 11-Jan-2027 to Thu 14-Jan-2027 every 4 weeks, 3 times 08:00  40 mg a, oral"'
        )
        raise ValueError(msg)
    step = Period.parse(found[2]).fewest_days if found[2] else 0
    for number in range(min(int(found[3] or 1), _MOST_TIMES)):
        for run in found[1].split(", "):
            first, _, last = run.partition(" to ")
            begin, end = _read(first), _read(last or first)
            for day in range((end - begin).days + 1):
                on = begin + timedelta(days=day + step * number)
                for clock in (found[4] or "").split(", "):
                    at = " ".join(filter(None, (print_date(on), clock)))
                    yield Expected(on, f"{at}  {found[5]}")


def in_full(lines: Iterable[str]) -> list[str]:
    """Write lines of a case in full, by date; one that cannot be read stays as it is."""
    found: list[tuple[date, str]] = []
    for line in lines:
        try:
            found += expected(line)
        except ValueError:
            found.append((date.max, line))
    return [line for _, line in sorted(found)]


def _read(text: str) -> date:
    """Read ``Mon 11-Jan-2027``."""
    day, month, year = text[4:].split("-")
    try:
        on = date(int(year), MONTHS.index(month) + 1, int(day))
    except ValueError:
        msg = f"{shown(text)} is no day of the calendar"
        raise ValueError(msg) from None
    if print_date(on) != text:
        msg = f"{shown(text)} is a {print_date(on)[:3]}"
        raise ValueError(msg)
    return on


def _with_dose(line: str, doses: Mapping[str, str]) -> str:
    when, blanks, dose = line.rpartition("  ")
    found = _DOSE.fullmatch(dose)
    if found is None or found[2] not in doses:
        return line
    return f"{when}{blanks}{doses[found[2]]}{dose[found.end(1) :]}"


def _with_total(line: str, totals: Mapping[str, str]) -> str:
    number, _, rest = line.partition(" of ")
    order, _, _ = rest.partition(", ")
    return f"{number} of {order}, {totals[order]}" if order in totals else line
