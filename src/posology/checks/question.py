"""A dose in free text, judged by each of the three nets: is "octreotide 200 g" right?

Each net judges alone, so the answer shows what each would catch without the others. A text is
read whole or refused; what a net has not judged stands in the answer.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic import ValidationError

from posology.checks.asked import Question, body, limits, too_close
from posology.checks.feasible import makeable
from posology.checks.plausible import amounts
from posology.checks.reading import Reading, read
from posology.checks.schedule import Schedule, schedule
from posology.checks.stated import compared, stages_of
from posology.errors import CourseError, QuantityError
from posology.library import Library, read_site
from posology.model import LEVELS, Finding, Level, Place, Route, Site, Stage
from posology.quantity import Quantity
from posology.text import shown

NETS = ("plausible", "quoted", "feasible")
LONGEST = 300
"""The most characters of a question."""
_DOSE = Place.of("dose")


class Answer(NamedTuple):
    """How we read a question, and what each net finds; a net that finds nothing is empty."""

    understood: str
    plausible: tuple[Finding, ...]
    quoted: tuple[Finding, ...]
    feasible: tuple[Finding, ...]
    said: tuple[str, ...]
    """The doses that the library's sources state for this drug and route, with their quotes."""
    not_judged: Mapping[str, tuple[str, ...]]
    """By net, what it has not judged, and what it would need."""

    @property
    def worst(self) -> Level | None:
        """The gravest level of all findings; None if no net found anything."""
        levels = {finding.level for finding in (*self.plausible, *self.quoted, *self.feasible)}
        return next((level for level in LEVELS if level in levels), None)


def ask(  # noqa: PLR0913 - what is asked, and for whom
    text: str, drug: str, route: Route, library: Library, *,
    weight: str | Quantity | None = None, height: str | Quantity | None = None,
    site: Site | None = None,
) -> Answer:  # fmt: skip
    """Judge a dose in free text, for one patient where the weight is given.

    ``site`` has the weights of adults and the formula of the surface; the default is the shipped
    example. Raises CourseError for an unknown drug, QuantityError unless the text states exactly
    one dose and is read whole, and for a weight or height that cannot be used.
    """
    if drug not in library.drugs:
        known = ", ".join(sorted(library.drugs))
        raise CourseError({"drug": f"is not in the formulary; drugs: {known}"})
    entry = library.drugs[drug]
    if route not in entry.routes:
        routes = ", ".join(entry.routes)
        raise QuantityError(f"{drug} has no {route} route in the formulary; routes: {routes}")
    site = site or read_site().site
    patient = body(weight, height, site)
    if len(text) > LONGEST:
        raise QuantityError(
            f"text: has {len(text):,} characters; write at most {LONGEST} characters"
        )
    reading = _read(text)
    _must_be_understood(reading, drug, route, library)
    try:
        asked = schedule(reading, text, drug, route)
    except ValidationError:
        message = 'how often cannot be understood; write it as in "every other day" or "days 1-4"'
        raise QuantityError(message) from None
    question = Question(asked, entry, patient, site)
    judged = [*limits(question), *too_close(question), *_of_the_text(reading, asked)]
    stages = list(stages_of(drug, route, library))
    whose = f"; for {patient}" if any(patient) else ""
    words = asked.words if asked.said else f"{asked.words}; how often is not stated"
    said = (f'{stage.dose}: "{stage.quote}" ({name})' for name, stage in stages)
    return Answer(
        understood=f"{asked.order.dose} of {drug}, {route}{words}{whose}",
        plausible=tuple(judged),
        quoted=tuple(compared(asked, stages)),
        feasible=tuple(_makeable(question)),
        said=tuple(dict.fromkeys(said)),
        not_judged={
            net: tuple(found) for net, found in _not_judged(question, stages, library).items()
        },
    )


_FILLERS = frozenset(
    re.findall(
        r"\w+",
        """a an and as at be by dose doses dosed each for from given give administered administer in
        infusion injected injection is of repeated take taken tablet capsule the with
        equally equal parts consecutive""",
    )
)
"""Words that change nothing; every other word is read or refused."""
_ADVICE = (
    (r"[<>≤≥~±+^*=%×#]", "write the dose itself, without a sign or a range"),
    (r"[^\x00-\x7f]", "write the digits 0 to 9, and plain letters"),
    (r"q\.?o\.?d\.?|eod", 'write "every other day"'),
    (r"q\.?d\.?", 'write "once daily"'),
    (r"hs", 'write "at bedtime"'),
    (r"prn", 'write the most that is taken, as in "2 mg 4 times a day"'),
    (r"\d+ ?u", 'write "units" in full'),
    (r"\.\d.*", 'write a zero before the point, as in "0.5 mg"'),
    (r"\d+,\d{1,2}\b.*|\d+,\d{4,}.*", 'the decimal mark is a point: write "0.5 mg"'),
    (r"days? ?0.*|d ?0.*", 'count the days from day 1, as in "days 1, 15"'),
    (r"days .*", 'write the days in rising order, as in "days 1-4, 8"'),
    (r"(?:every|q) ?\d.*", 'write "3 times a day", or "every 2 days" up to 999 days'),
    (r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|.*\bweek.*|twice|thrice|(?:\d+ )?times?",
     'write the days of a week, as in "days 1 and 4 every week", or how often on a day'),
    (r"\d-\d-\d", 'write "twice daily"'),
    (r"(?:over|during|for) .*", "write the dose alone, and leave out how long it runs"),
    (r"\d+/7", 'write "for 5 days"'),
    (r"\d[\d.,]*-.*", "write one number, not a range"),
    (r"\d[\d.,]*", 'write a number in one piece, as in "1,200 mcg" or "1200 mcg", with its unit'),
    (r"\d.*", 'write each number with its unit or rhythm, as in "1,200 mcg every 2 days"'),
)  # fmt: skip
"""By the sign or word that is not understood, what to write instead."""
_EXAMPLE = 'write a dose and how often, as in "200 mcg every other day" or "2 g/kg over 5 days"'
_read = read.__wrapped__
"""Reads without the cache, so that what people type is not kept."""


def _must_be_understood(reading: Reading, drug: str, route: Route, library: Library) -> None:
    """Raise QuantityError if we would silently ignore a part of the text."""
    if reading.routes - {route}:
        raise QuantityError(f"the text says {' and '.join(sorted(reading.routes))}, not {route}")
    rest = reading.rest.replace("on ;", ";")  # as in "on days 1-4"
    words = re.findall(r"[^\W\d_]+", rest)
    others = sorted(name for name in library.drugs if name != drug and name in words)
    if others:
        raise QuantityError(f"the text names {' and '.join(others)}, not {drug}")
    left = reading.unread or reading.beyond
    advice = (told for sign, told in _ADVICE if re.fullmatch(sign, left))
    unread = f"{shown(left)} is not understood; {next(advice, _EXAMPLE)}"
    if reading.limits:
        raise QuantityError(f"at most {reading.limits[0]} is a limit; write the dose that is given")
    if len(reading.amounts) != 1:
        found = " and ".join(map(str, reading.amounts)) or "none"
        example = '"200 mcg every other day" or "2 g/kg over 5 days every month"'
        message = f"write one dose with its unit, as in {example}; found: {found}"
        raise QuantityError(f"{message}; {unread}" if left else message)
    if left:
        raise QuantityError(unread)
    for mark in reading.marked:
        if re.match(r"[1-9]\d*\.\d{3}\D", mark):
            raise QuantityError(
                f'{shown(mark)} may be thousands or decimals; write "1,200 mcg" for thousands, or '
                "the number without a zero at its end"
            )
    own = re.findall(r"[^\W\d_]+", " ".join([drug, *library.drugs[drug].names]).casefold())
    unknown = [word for word in words if word not in _FILLERS and word not in own]
    signs = re.findall(r"[^\w\s.,;:()/&-]|(?<!\s)-|-(?!\s)|_", rest)
    if unknown or signs:
        raise QuantityError(f"{shown([*unknown, *signs][0])} is not understood; {_EXAMPLE}")


def _of_the_text(reading: Reading, asked: Schedule) -> Iterator[Finding]:
    """Say what the text leaves open, and what can be misread in it."""
    if not asked.said:
        message = (
            "the text does not say how often, so a day and a week are not judged; add how often"
        )
        yield Finding("rhythm-not-said", "review", _DOSE, message, ())
    for mark in reading.marked:
        if mark == "od":
            message = 'OD is read as once a day; it also stands for the right eye: write "daily"'
            yield Finding("print-ambiguous", "note", _DOSE, message, (mark,))
        else:
            message = f"{mark}: a zero at the end is misread as ten times more; write it without"
            yield Finding("print-ambiguous", "review", _DOSE, message, (mark,))


def _makeable(question: Question) -> Iterator[Finding]:
    """Judge whether one dose can be made; a dose per kg or m2 for the patient that is known."""
    (stage,) = question.schedule.order.stages
    dose = amounts(stage.dose, stage, stage.every[0], stage.days[0])["dose"]
    whole = question.body.per(dose)
    if whole is not None:
        yield from makeable(whole, question.drug, question.schedule.order.route, _DOSE)


def _not_judged(
    question: Question, stages: list[tuple[str, Stage]], library: Library
) -> dict[str, list[str]]:
    """List by net what it has not judged."""
    found: dict[str, list[str]] = {net: [] for net in NETS}
    known = question.body.per(question.amount) is not None
    needs = {"kg": "the weight", "m2": "the weight and the height", "": ""}[question.per]
    if not known:
        found["plausible"].append(f"the amount for one patient; give {needs}")
        found["feasible"].append(f"the containers and the volume; give {needs}")
    if not question.schedule.said:
        found["plausible"].append("a day, a week and 28 days; add how often")
        found["quoted"].append("the rhythm; add how often")
    elif question.schedule.assumed:
        found["quoted"].append('the length of the cycle; add it, as in "every 28 days"')
    measures = {
        measure
        for entry in library.regimens.values()
        for order in entry.regimen.orders
        if (order.drug, order.route) == (question.drug.name, question.schedule.order.route)
        for measure in order.measures
    }
    if measures:
        listed = ", ".join(sorted(measures))
        found["quoted"].append(
            f"{listed}: the sources make the dose depend on it; plan the regimen"
        )
    if not stages:
        found["quoted"].append("the dose: no regimen of the library gives this drug by this route")
    windows = question.drug.routes[question.schedule.order.route].windows
    found["plausible"] += [f"the limit for {window.when}" for window in windows if window.when]
    if any(window.per == "course" for window in windows):
        found["plausible"].append("the amount of a whole course")
    return found
