"""Does a phase go on, and an infusion run, as long as its quote says?"""

import re
from collections.abc import Collection, Iterator

from posology.checks.phases import Phase
from posology.checks.reading import canonical, plain, read
from posology.model import Finding, Period, Place, Run
from posology.quantity import Quantity
from posology.text import shown

_DAY, _A_WEEK = Period(1, "day"), 7


def days_of(run: str) -> int:
    """Count the days of a run such as "4 weeks"; 0 for months and cycles."""
    number, unit = run.split(" ")
    return int(number) * {"week": _A_WEEK, "day": 1}.get(unit.removesuffix("s"), 0)


def lasts(phase: Phase) -> Iterator[Finding]:
    """What the quote says of the duration must be that of the order, or of the days of a cycle."""
    yield from _from_and_to(phase)
    reading, whole = phase.reading, phase.length
    if "duration" in phase.inferred:
        return
    within = max((each.fewest_days for each in phase.every), default=0)
    for run in sorted(reading.runs):
        number, unit = run.split(" ")
        length = days_of(run)
        in_a_cycle = length and length < within and all(
            length - _A_WEEK < days.numbers[-1] <= length for days in phase.days
        )  # fmt: skip
        of_all = unit == "cycles" and int(number) == phase.total
        if not (in_a_cycle or of_all or whole.says(int(number), unit.removesuffix("s"))):
            yield _lasts_otherwise(phase, "run")
    daily = {canonical(each) for each in phase.every} == {_DAY} or bool(reading.hours)
    if daily and reading.counts and reading.counts != whole.each:
        yield _lasts_otherwise(phase, "days")
    for doses in reading.repeats:
        in_cycle = {len(days.numbers) * phase.times for days in phase.days} == {doses}
        if whole.doses != doses and not in_cycle:
            yield _lasts_otherwise(phase, "doses")


def _from_and_to(phase: Phase) -> Iterator[Finding]:
    """What the quote says from one week or cycle to another begins and ends with them."""
    for unit, first, last in phase.reading.spans:
        week = (phase.begin - 1) // _A_WEEK + 1
        begins = phase.first if unit == "cycle" else week
        known = phase.length.cycles if unit == "cycle" else (phase.length.days or 0) // _A_WEEK
        if begins != first and "start" not in phase.inferred:
            message = f"the quote says {phase.said('span')}; the order begins with {unit} {begins}"
            yield Finding("start-not-quoted", "stop", phase.place, message, ())
        elif known not in {last - first + 1, last} and "duration" not in phase.inferred:
            yield _lasts_otherwise(phase, "span")


def _lasts_otherwise(phase: Phase, kind: str) -> Finding:
    message = (
        f"the quote says {phase.said(kind)}, and the order does not end so; write it as its "
        "duration, or say from when on it changes"
    )
    return Finding("duration-not-quoted", "stop", phase.place.at("duration"), message, ())


def totals(phase: Phase, doses: Collection[Quantity]) -> Iterator[Finding]:
    """What the quote says of all doses together must be what they make."""
    made = {dose * (phase.length.doses or 0) for dose in doses} if phase.length.doses else set()
    for total in phase.reading.totals:
        if total not in made | set(doses):
            message = f"the quote says {total} in all, the doses do not make it; write how long"
            yield Finding("total-not-quoted", "stop", phase.place.at("quote"), message, ())


def infused(phase: Phase) -> Iterator[Finding]:
    """How long an infusion takes must be what the quote says; a range offers its ends."""
    said = {minutes for span in phase.reading.over for minutes in span}
    written = {each.minutes for each in phase.over}
    lasts = " or ".join(map(str, phase.over))
    place = phase.place.at("over")
    least = phase.reading.said.get("over at least")
    longer = bool(least) and "over" in phase.inferred
    if written and least:
        message = f"the quote says {phase.said('over at least')}: no shorter, perhaps longer"
        yield Finding("over-minimum", "note", place, message, ())
    if said and not written:
        message = f"the quote says {phase.said('over')}; write it as over, for the calendar"
        yield Finding("over-missing", "review", place, message, ())
    elif written and not said and "over" not in phase.inferred:
        message = f"the quote {shown(phase.quote)} does not say over {lasts}"
        yield Finding("over-not-quoted", "stop", place, message, ())
    elif said and not _within(said, written, longer=longer):
        message = f"the quote says {phase.said('over')}, the order over {lasts}"
        yield Finding("over-not-quoted", "stop", place, message, ())


def _within(said: set[int], written: set[int], *, longer: bool) -> bool:
    """Tell whether the lengths are those of the quote, or ``longer`` than its shortest."""
    if longer and min(written) >= max(said):
        return True
    return said <= written and min(said) <= min(written) and max(written) <= max(said)


_LEAST = re.compile(
    r"\b(?:minimum(?: of)?|at least|(?:no|not) (?:less|fewer) than) (?:\d+ ?(?:to|-) ?)?\d+[- ]"
    r"(?:day|week|month|year|cycle|course|dose)s?\b"
)
_MOST = re.compile(
    r"\b(?:up to|at most|max(?:imum|\.)?(?: of)?|(?:no|not) more than|or until)\b|≤|<="
)


def says_how_long(quote: str) -> bool:
    """Tell whether a quote says how long something goes on."""
    reading = read(quote)
    return bool(reading.runs or reading.counts or reading.repeats)


def run_said(run: Run, quote: str, place: Place, *, ours: bool = False) -> Iterator[Finding]:
    """Stop where a duration is not the one of its quote; ``ours``: a least may be taken for it."""
    text = plain(quote)
    least = _LEAST.search(text)
    most = _MOST.search(text.replace(f"up to a {least[0]}", "") if least else text)
    if least and not ours and not (run.at_most and most):
        message = (
            f"the quote says {shown(least[0])}: that is no end. Leave the duration out, or say "
            "not stated, and the number of cycles is asked for; or say under inferred why it ends"
        )
        yield Finding("not-quoted", "stop", place, message, ())
    number, unit = run.period or ((run.doses, "dose") if run.doses else (run.cycles, "cycle"))
    limit = re.search(
        rf"\b(?:up to|at most|max\w*|not? more than)(?: \w+){{0,2}} {number}[- ]\w*{unit}s?", text
    )
    limit = limit or re.search(rf"\b{number}[- ]\w*{unit}s? at most\b", text)
    if (run.at_most and not most) or (limit and not (run.at_most or ours)):
        says = f"says {shown(limit[0])}" if limit else "does not say at most"
        do = "" if run.at_most else "; say not stated, and these words under proviso"
        message = f"the quote {shown(quote)} {says}; the duration is {run}{do}"
        yield Finding("not-quoted", "stop", place, message, ())
    reading = read(quote)
    stands = re.search(
        rf"(?<![\d.,-])(?<!\d to )(?<!\d or )(?<!every )(?<!after ){number}"
        rf"[- ](?:consecutive |treatment )?{unit}s?\b(?! (?:after|later|off|of rest|rest)\b)",
        text,
    )
    if run.upto and run.period and set(range(run.period.number, run.upto + 1)) == reading.counts:
        return
    if f"{number} {unit}s" in reading.runs:
        return
    counted = {"day": reading.counts, "dose": {*reading.repeats, len(reading.weeks)}}
    if not stands and number not in counted.get(unit, ()):
        message = f"{run} do not stand in the quote {shown(quote)}"
        yield Finding("not-quoted", "stop", place, message, ())
