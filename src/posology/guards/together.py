"""What comes together: drugs that overlap, live vaccines, the prevention of pregnancy."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from difflib import get_close_matches

from posology.model import (
    Administration,
    Circumstances,
    Combinations,
    Course,
    Finding,
    Period,
    VaccineTable,
    print_date,
)
from posology.quantity import Quantity
from posology.scheduling.dates import after

LIVE_VACCINE = "live-vaccine"
_Span = tuple[date, date]


def spans(given: Iterable[Administration]) -> dict[str, _Span]:
    """Give the first and the last day of each drug."""
    found: dict[str, _Span] = {}
    for one in given:
        on = one.at.date()
        first, last = found.get(one.order.drug, (on, on))
        found[one.order.drug] = (min(first, on), max(last, on))
    return found


def combined(
    given: Sequence[Administration], course: Course, table: Combinations
) -> Iterator[Finding]:
    """Find the pairs and triples whose courses overlap, the patient's other medicines included."""
    own = spans(given)
    if not own:
        return
    # Other medicines among themselves count too, while the course runs.
    whole = [(min(first for first, _ in own.values()), max(last for _, last in own.values()))]
    all_spans = {drug: [span] for drug, span in own.items()}
    for other in course.others:
        span = (other.start or date.min, other.end or date.max)
        all_spans.setdefault(table.proper(other.name), []).append(span)
    for one in table.combinations:
        if not all_spans.keys() >= set(one.drugs):
            continue
        overlaps = _overlaps([whole, *(all_spans[drug] for drug in one.drugs)])
        for first, last in overlaps:
            days = f"from {print_date(first)} to {print_date(last)}"
            message = (
                f"{' + '.join(one.drugs)} {days}: {one.what}. Why: {one.why}. "
                f"Do: {one.do} ({one.source}, {one.basis})"
            )
            yield Finding("combination", one.level, "drugs", message)
    for other in course.others:
        name = table.proper(other.name)
        if name in own and _overlaps([[own[name]], all_spans[name][1:]]):
            message = (
                f"{name} is ordered here, and the patient takes it from elsewhere; "
                "make sure that it is not given twice"
            )
            yield Finding("given-twice", "review", "others", message)
    known = sorted({drug for one in table.combinations for drug in one.drugs} | set(table.beyond))
    for other in course.others:
        if table.proper(other.name) not in known:
            near = get_close_matches(other.name, known, n=1)
            hint = f' (was "{near[0]}" meant?)' if near else ""
            message = (
                f"{other.name}{hint} is not in the table of combinations, so nothing is known here "
                "of what it does with the others; look it up"
            )
            yield Finding("other-unknown", "review", "others", message)


def _overlaps(spans_by_drug: Sequence[Sequence[_Span]]) -> list[_Span]:
    """Intersect the spans of all drugs."""
    found = list(spans_by_drug[0])
    for spans_of_one in spans_by_drug[1:]:
        found = [
            (max(a[0], b[0]), min(a[1], b[1]))
            for a in found
            for b in spans_of_one
            if max(a[0], b[0]) <= min(a[1], b[1])
        ]
    return list(dict.fromkeys(found))


def vaccines(given: Sequence[Administration], about: Circumstances) -> Iterator[Finding]:
    """Say from which day a live vaccine may be given: the latest by any 28 days of the course."""
    drug, site = about.drug, about.site
    if not drug.vaccines:
        return
    table = drug.vaccines.get(site.vaccines)
    if table is None:
        listed = ", ".join(drug.vaccines)
        message = f"{drug.name} has no vaccine table {site.vaccines}; tables: {listed}"
        yield Finding("vaccine-table-unknown", "stop", "site.vaccines", message)
        return
    waits = [(per_kg, on, _wait(table, per_kg)) for per_kg, on in _sums(given)]
    per_kg, last, wait = max(waits, key=lambda one: (_not_before(one[1], one[2]), one[0].number))
    until = _not_before(last, wait)
    first = min(one.at.date() for one in given)
    said = f"{wait} after {per_kg} of {drug.name} computed for 28 days, to {print_date(last)}"
    message = (
        f"live measles- or varicella-containing vaccine not before {print_date(until)}: {said} "
        f"({table.source}, {table.basis})"
    )
    most = max(per_kg for per_kg, _, _ in waits)
    if most > table.rows[-1].to:
        message = f"{message}; the table ends at {table.rows[-1].to}, here are {most}: ask before"
        yield Finding("live-vaccine", "review", "vaccines", message)
    else:
        yield Finding("live-vaccine", "note", "vaccines", message)
    for other in about.course.others:
        begins, ends = other.start or date.min, other.end or date.max
        if other.name == LIVE_VACCINE and begins < until and ends >= first:
            message = f"a live vaccine is planned before {print_date(until)}; put it off"
            yield Finding("live-vaccine", "review", "others", message)


def _not_before(last: date, wait: Period) -> date:
    """Give the day so long after; where its month is too short, the first of the next."""
    day = after(last, wait)
    return day if day.day == last.day or wait.unit != "month" else day + timedelta(days=1)


def _wait(table: VaccineTable, per_kg: Quantity) -> Period:
    """Give how long a vaccine waits after a dose; after more than the table holds, the longest."""
    return next((row.wait for row in table.rows if per_kg <= row.to), table.rows[-1].wait)


def _sums(given: Sequence[Administration]) -> list[tuple[Quantity, date]]:
    """Add up per kg, for each dose, what was computed for it and the 28 days that end with it.

    What was given otherwise than planned counts as it was given.
    """
    days: dict[date, Quantity] = {}
    for one in given:
        amount = one.dose.amount if one.as_planned else one.given
        on, per_kg = one.at.date(), amount / one.size.weight
        days[on] = days[on] + per_kg if on in days else per_kg
    sums = []
    for last in days:
        whole, *others = [days[on] for on in days if last - timedelta(days=28) < on <= last]
        for per_kg in others:
            whole = whole + per_kg
        sums.append((whole, last))
    return sums


def pregnancy(about: Circumstances) -> Iterator[Finding]:
    """List what must be confirmed before a drug that harms an unborn child is given out."""
    drug, possible = about.drug, about.patient.may_be_pregnant
    if drug.pregnancy_prevention and possible is None:
        message = (
            f"{drug.name}: say whether pregnancy is possible; until then every point of its "
            "checklist stands"
        )
        yield Finding("pregnancy-unknown", "review", "pregnancy_possible", message)
    for one in drug.pregnancy_prevention:
        for_this_sex = one.sex is None or about.patient.sex in {None, one.sex}
        if for_this_sex and not (one.possible and possible is False):
            message = f"{drug.name}, before each supply: {one.text} ({one.source}, {one.basis})"
            yield Finding("pregnancy-prevention", "review", drug.name, message)
