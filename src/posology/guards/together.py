"""What comes together: drugs that overlap, live vaccines, the prevention of pregnancy."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from difflib import get_close_matches

from posology.model import (
    Administration,
    Circumstances,
    Combinations,
    Course,
    Finding,
    print_date,
)
from posology.quantity import Quantity
from posology.scheduling import after

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
    all_spans = {drug: [span] for drug, span in own.items()}
    for other in course.others:
        span = (other.start or date.min, other.end or date.max)
        all_spans.setdefault(table.proper(other.name), []).append(span)
    for one in table.combinations:
        if not own.keys() & set(one.drugs) or not all_spans.keys() >= set(one.drugs):
            continue
        overlaps = _overlaps([all_spans[drug] for drug in one.drugs])
        for first, last in overlaps:
            begins = "" if first == date.min else f" from {print_date(first)}"
            ends = "" if last == date.max else f" to {print_date(last)}"
            message = (
                f"{' + '.join(one.drugs)}{begins}{ends}: {one.what}. Why: {one.why}. "
                f"Do: {one.do} ({one.source}, {one.basis})"
            )
            yield Finding("combination", one.level, "drugs", message)
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
    """Say from which day a live vaccine may be given, by the computed dose of the last cycle."""
    drug, site = about.drug, about.site
    if not drug.vaccines:
        return
    table = drug.vaccines.get(site.vaccines)
    if table is None:
        listed = ", ".join(drug.vaccines)
        message = f"{drug.name} has no vaccine table {site.vaccines}; tables: {listed}"
        yield Finding("vaccine-table-unknown", "stop", "site.vaccines", message)
        return
    per_kg = _last_cycle(given) / about.size.weight
    first, last = spans(given)[drug.name]
    row = next((row for row in table.rows if per_kg <= row.to), None)
    if row is None:
        message = (
            f"{per_kg} of {drug.name}, last on {print_date(last)}: the table ends at "
            f"{table.rows[-1].to} ({table.source}); ask before a live vaccine"
        )
        yield Finding("live-vaccine", "review", "vaccines", message)
        return
    until = after(last, row.wait)
    message = (
        f"live measles- or varicella-containing vaccine not before {print_date(until)}: {row.wait} "
        f"after {per_kg} of {drug.name}, last on {print_date(last)} ({table.source}, {table.basis})"
    )
    yield Finding("live-vaccine", "note", "vaccines", message)
    for other in about.course.others:
        begins, ends = other.start or date.min, other.end or date.max
        if other.name == LIVE_VACCINE and begins < until and ends >= first:
            message = f"a live vaccine is planned before {print_date(until)}; put it off"
            yield Finding("live-vaccine", "review", "others", message)


def _last_cycle(given: Sequence[Administration]) -> Quantity:
    """Add up what was computed for the last cycle."""
    cycle = max(one.slot.cycle for one in given)
    amounts = [one.dose.amount for one in given if one.slot.cycle == cycle]
    whole, *others = amounts
    for one in others:
        whole = whole + one
    return whole


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
