"""Does a phase go on, and an infusion run, as long as its quote says?"""

from collections.abc import Iterator

from posology.checks.phases import Phase
from posology.checks.reading import canonical
from posology.model import Finding, Period
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


def infused(phase: Phase) -> Iterator[Finding]:
    """How long an infusion takes must be what the quote says; a range offers its ends."""
    said = {minutes for span in phase.reading.over for minutes in span}
    written = {each.minutes for each in phase.over}
    lasts = " or ".join(map(str, phase.over))
    place = phase.place.at("over")
    if written and phase.reading.said.get("over at least"):
        message = f"the quote says {phase.said('over at least')}: {lasts} is the shortest"
        yield Finding("over-minimum", "note", place, message, ())
    if said and not written:
        message = f"the quote says {phase.said('over')}; write it as over, for the calendar"
        yield Finding("over-missing", "review", place, message, ())
    elif written and not said and "over" not in phase.inferred:
        message = f"the quote {shown(phase.quote)} does not say over {lasts}"
        yield Finding("over-not-quoted", "stop", place, message, ())
    elif said and not (said <= written and min(said) <= min(written) and max(written) <= max(said)):
        message = f"the quote says {phase.said('over')}, the order over {lasts}"
        yield Finding("over-not-quoted", "stop", place, message, ())
