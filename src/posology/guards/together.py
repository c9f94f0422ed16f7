"""What concerns drugs together: overlaps, live vaccines, the prevention of pregnancy."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from fractions import Fraction

from posology.guards.unjudged import Unjudged
from posology.model import (
    Administration,
    Circumstances,
    Cited,
    Combinations,
    Course,
    Finding,
    Other,
    Period,
    Place,
    VaccineTable,
    Value,
    print_date,
)
from posology.quantity import Quantity
from posology.scheduling.dates import after

LIVE_VACCINE = "live-vaccine"
_COUNTED = timedelta(days=28)
_Span = tuple[date, date]


def spans(administrations: Iterable[Administration]) -> dict[str, _Span]:
    """Map each drug to its first and last day."""
    found: dict[str, _Span] = {}
    for administration in administrations:
        on, drug = administration.at.date(), administration.order.drug
        first, last = found.get(drug, (on, on))
        found[drug] = (min(first, on), max(last, on))
    return found


def combinations(plan: Unjudged) -> Iterator[Finding]:
    """Find the pairs and triples whose courses overlap, the patient's other medicines included."""
    # What may be taken on any day counts as a medicine that is taken on every day.
    given = {each.order.drug for each in plan.administrations}
    needed = dict.fromkeys(each.order.drug for each in plan.needed)
    also = [Other(name, None, None) for name in needed if name not in given]
    course = plan.course.model_copy(update={"others": (*plan.course.others, *also)})
    return combined(plan.administrations, course, plan.combinations)


def combined(
    administrations: Sequence[Administration], course: Course, table: Combinations
) -> Iterator[Finding]:
    """Report overlapping pairs and triples of a table, and medicines that the table lacks."""
    planned_spans = spans(administrations)
    if not planned_spans:
        return
    # A pair of the patient's other medicines counts too, while the course runs.
    whole = [
        (
            min(first for first, _ in planned_spans.values()),
            max(last for _, last in planned_spans.values()),
        )
    ]
    all_spans = {drug: [span] for drug, span in planned_spans.items()}
    for other in course.others:
        span = (other.start or date.min, other.end or date.max)
        all_spans.setdefault(table.proper(other.name), []).append(span)
    for rule in table.combinations:
        if not all_spans.keys() >= set(rule.drugs):
            continue
        overlaps = _overlaps([whole, *(all_spans[drug] for drug in rule.drugs)])
        for first, last in overlaps:
            days = f"from {print_date(first)} to {print_date(last)}"
            message = (
                f"{' + '.join(rule.drugs)} {days}: {rule.what}. Why: {rule.why}. "
                f"Do: {rule.do} ({rule.source}, {rule.basis})"
            )
            values: tuple[Value, ...] = (*rule.drugs, first, last, rule.what, rule.why, rule.do)
            sources = (Cited("combinations", rule.source),)
            of_the_regimen = planned_spans.keys() >= set(rule.drugs)
            yield Finding(
                "combination", rule.level, Place.of("drugs"), message, values, sources=sources,
                same=of_the_regimen,
            )  # fmt: skip
    yield from _others(planned_spans, all_spans, course, table)


def _others(
    planned_spans: dict[str, _Span],
    all_spans: dict[str, list[_Span]],
    course: Course,
    table: Combinations,
) -> Iterator[Finding]:
    """Report a drug that the patient takes twice, and medicines that the table lacks."""
    place = Place.of("others")
    for other in course.others:
        name = table.proper(other.name)
        if name in planned_spans and _overlaps([[planned_spans[name]], all_spans[name][1:]]):
            message = (
                f"{name} is ordered here, and the patient takes it from elsewhere; "
                "make sure that it is not given twice"
            )
            yield Finding("given-twice", "review", place, message, (name,))
    known = sorted({drug for rule in table.combinations for drug in rule.drugs} | set(table.beyond))
    for other in course.others:
        name = table.proper(other.name)
        paired = any(
            name in rule.drugs and planned_spans.keys() & set(rule.drugs)
            for rule in table.combinations
        )
        if name not in known:
            near = get_close_matches(other.name, known, n=1)
            hint = f' (was "{near[0]}" meant?)' if near else ""
            message = (
                f"{other.name}{hint} is not in the table of combinations, so its interactions "
                "are not checked; look it up"
            )
            yield Finding("other-unknown", "review", place, message, (other.name,))
        elif not (paired or name in planned_spans or name == LIVE_VACCINE):
            drugs = " or ".join(planned_spans)
            message = (
                f"the table of combinations has no line of {other.name} with {drugs}, so their "
                "interaction is not checked; look it up"
            )
            yield Finding("other-unknown", "review", place, message, (other.name, *planned_spans))


def _overlaps(spans_by_drug: Sequence[Sequence[_Span]]) -> list[_Span]:
    """Intersect the spans of all drugs."""
    found = list(spans_by_drug[0])
    for drug_spans in spans_by_drug[1:]:
        found = [
            (max(a[0], b[0]), min(a[1], b[1]))
            for a in found
            for b in drug_spans
            if max(a[0], b[0]) <= min(a[1], b[1])
        ]
    return list(dict.fromkeys(found))


def live_vaccines(plan: Unjudged) -> Iterator[Finding]:
    """Say for each drug from which day a live vaccine may be given."""
    for drug, about in plan.drugs.items():
        yield from vaccines(plan.of(drug), about)


def vaccines(administrations: Sequence[Administration], about: Circumstances) -> Iterator[Finding]:
    """Report the first day for a live vaccine: the latest that any 28 days require."""
    drug, site = about.drug, about.site
    if not drug.vaccines:
        return
    table = drug.vaccines.get(site.vaccines)
    if table is None:
        listed = ", ".join(drug.vaccines)
        message = f"{drug.name} has no vaccine table {site.vaccines}; tables: {listed}"
        place = Place.of("site", "vaccines")
        yield Finding("vaccine-table-unknown", "stop", place, message, (drug.name, site.vaccines))
        return
    waits = [(per_kg, on, _wait(table, per_kg)) for per_kg, on in _sums(administrations)]
    per_kg, last, wait = max(
        waits, key=lambda each: (_not_before(each[1], each[2]), each[0].number)
    )
    until = _not_before(last, wait)
    first = min(each.at.date() for each in administrations)
    reason = f"{wait} after {per_kg} of {drug.name} computed for 28 days, to {print_date(last)}"
    message = (
        f"live measles- or varicella-containing vaccine not before {print_date(until)}: {reason} "
        f"({table.source}, {table.basis})"
    )
    most = max(amount for amount, _, _ in waits)
    values = (drug.name, until, str(wait), per_kg, last)
    place, sources = Place.of("vaccines"), (Cited(drug.name, table.source),)
    if most > table.rows[-1].to:
        message = (
            f"{message}; the table ends at {table.rows[-1].to}, and here it is {most}: ask before"
        )
        yield Finding("live-vaccine", "review", place, message, (*values, most), sources=sources,
                      same=True)  # fmt: skip
    else:
        yield Finding("live-vaccine", "note", place, message, values, sources=sources)
    for other in about.course.others:
        begins, ends = other.start or date.min, other.end or date.max
        if other.name == LIVE_VACCINE and begins < until and ends >= first:
            message = f"a live vaccine is planned before {print_date(until)}; postpone it"
            yield Finding("live-vaccine", "review", Place.of("others"), message, (until,))


def _not_before(last: date, wait: Period) -> date:
    """Give the day after the wait. If its month is too short: the first of the next month."""
    day = after(last, wait)
    return day if day.day == last.day or wait.unit != "month" else day + timedelta(days=1)


def _wait(table: VaccineTable, per_kg: Quantity) -> Period:
    """Find how long a vaccine waits after a dose; beyond the table, its longest wait."""
    return next((row.wait for row in table.rows if per_kg <= row.to), table.rows[-1].wait)


def _sums(administrations: Sequence[Administration]) -> list[tuple[Quantity, date]]:
    """Sum the computed doses per kg over the 28 days that end on each day with a dose.

    A dose that was given otherwise than planned counts as given.
    """
    unit = (administrations[0].dose.amount / administrations[0].size.weight).unit
    days: dict[date, Fraction] = {}
    for administration in administrations:
        as_planned = administration.as_planned
        amount = administration.computed_amount if as_planned else administration.amount
        on, per_kg = administration.at.date(), (amount / administration.size.weight).to(unit)
        days[on] = days.get(on, Fraction(0)) + per_kg.number
    ordered = sorted(days)
    sums, first, held = [], 0, Fraction(0)
    for last in ordered:
        held += days[last]
        while ordered[first] <= last - _COUNTED:
            held -= days[ordered[first]]
            first += 1
        sums.append((Quantity(held, unit), last))
    return sums


def pregnancy(plan: Unjudged) -> Iterator[Finding]:
    """List what to confirm before supplying a drug that harms an unborn child."""
    for about in plan.drugs.values():
        drug, possible = about.drug, about.patient.may_be_pregnant
        if drug.pregnancy_prevention and possible is None:
            message = (
                f"{drug.name}: say whether pregnancy is possible; until then its whole "
                "checklist applies"
            )
            place = Place.of("pregnancy_possible")
            yield Finding("pregnancy-unknown", "review", place, message, (drug.name,))
        points = [
            point
            for point in drug.pregnancy_prevention
            if (point.sex is None or about.patient.sex in {None, point.sex})
            and not (point.possible and possible is False)
            and (not point.markets or about.site.market in {None, *point.markets})
        ]
        if points:
            listed = "; ".join(
                f"{number}. {point.text} ({point.source}, {point.basis})"
                for number, point in enumerate(points, 1)
            )
            message = f"{drug.name}, before each supply: {listed}"
            yield Finding(
                "pregnancy-prevention", "review", Place.of(drug.name, "pregnancy_prevention"),
                message, tuple(point.text for point in points),
                sources=tuple(dict.fromkeys(Cited(drug.name, point.source) for point in points)),
            )  # fmt: skip
