"""The patient's measures: whether they are possible, fit together, and are recent enough."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from posology.course.changes import in_force
from posology.dosing.measures import Measured
from posology.dosing.weight import excluded
from posology.guards.unjudged import Unjudged
from posology.model import Course, Finding, Level, Patient, Period, Place, Site, print_date
from posology.model.change import Resume
from posology.model.people import may_hold_a_year
from posology.quantity import Quantity, print_number
from posology.scheduling.dates import after

_ADULT = 18
_BUILDS: tuple[tuple[Level, tuple[int, int], tuple[int, int]], ...] = (
    ("stop", (100, 230), (10, 100)),
    ("review", (140, 210), (15, 50)),
)
"""Accepted heights in cm and body mass indexes in kg/m2; Posology's own numbers."""
_POUNDS = Fraction(22046, 10000)
"""Pounds in a kilogram."""
_NEAR_POUNDS = Fraction(10, 100)
_MOST_CHANGE = Fraction(10, 100)
"""Largest change from the last weight without review; Posology's own number."""
_REPLANNED = Fraction(5, 100)
"""Change of a weight from which doses are recomputed; Posology's own number."""
_OBESE = 30
_HIGH_CLEARANCE = 150
"""In mL/min; Posology's own number."""


def measures(plan: Unjudged) -> Iterator[Finding]:
    """Judge each set of measures: those of the course, then each new set."""
    before: Measured | None = None
    for number, current in enumerate(plan.times):
        yield from weight(current.patient.weight.to("kg"), plan.site)
        yield from build(current.patient)
        yield from last_weight(current.patient)
        yield from _ages(plan, number, current)
        yield from clearance(current.course, current.patient, plan.site)
        yield from excluded_by_policy(plan, current)
        if before and before.patient.weight != current.patient.weight:
            yield from new_weight(current.patient)
        before = current


def _ages(plan: Unjudged, number: int, current: Measured) -> Iterator[Finding]:
    """Judge how old a set of measures is where it is first used, and after each gap.

    Where the regimen itself goes on for long, a later cycle asks for new ones by an item.
    """
    told: set[str] = set()
    for on in (current.course.start, *_after_gaps(plan, number)):
        for finding in freshness(current.course.model_copy(update={"start": on}), plan.site):
            if finding.code not in told:
                told.add(finding.code)
                yield finding


def _after_gaps(plan: Unjudged, number: int) -> list[date]:
    """Give the days of the doses that follow a hold or a delay, of those to come for the set."""
    resumed = [each.what.day for each in in_force(plan.course.changes) if isinstance(each, Resume)]
    first: dict[tuple[str, object], date] = {}
    for planned in plan.orders:
        for dose in planned.administrations:
            if planned.after.patient.get(dose.slot, 0) != number or dose.recorded:
                continue
            on = dose.at.date()
            gaps: list[tuple[str, object]] = [("resumed", day) for day in resumed if day <= on]
            gaps += [("shifted", dose.shifted)] if dose.shifted > 0 else []
            for gap in gaps:
                first[gap] = min(on, first.get(gap, on))
    return sorted(set(first.values()))


def weight(kilograms: Quantity, site: Site) -> Iterator[Finding]:
    """Judge the weight against the site's limits."""
    limits: tuple[tuple[Level, str], ...] = (("stop", "absolute"), ("review", "usual"))
    for level, name in limits:
        limit = getattr(site.weight, name)
        if not limit.low <= kilograms <= limit.high:
            message = (
                f"{kilograms} lies outside {limit}, the {name} weights of the site; "
                "check the number and its unit, kg or lb. The regimens are for adults"
            )
            yield Finding("weight", level, Place.of("weight"), message, (kilograms, *limit))
            return


def build(patient: Patient) -> Iterator[Finding]:
    """Judge height, age and body mass index by Posology's own limits for adults."""
    if patient.age is not None and patient.age < _ADULT:
        message = f"{patient.texts['age']}: the regimens are for adults"
        yield Finding("age", "stop", Place.of("age"), message, (patient.age,))
    if patient.sex == "male" and patient.texts.get("pregnancy_possible") == "yes":
        message = "the sex is male, and pregnancy is said to be possible; check both"
        place = Place.of("pregnancy_possible")
        yield Finding("pregnancy-contradiction", "review", place, message, ())
    if patient.height is None:
        return
    both = f"{patient.texts['height']} with {patient.weight}"
    index = patient.measure("body mass index")
    for level, heights, indexes in _BUILDS:
        low, high = heights
        fits = index is not None and indexes[0] <= index <= indexes[1]
        if not low <= patient.height <= high or not fits:
            message = f"{both} is an unlikely build; check both numbers and their units"
            values = (patient.height, patient.weight)
            yield Finding("height", level, Place.of("height"), message, values)
            return


def last_weight(patient: Patient) -> Iterator[Finding]:
    """Compare the weight with the last one: pounds typed as kilograms, or a change over 10 %."""
    if patient.last_weight is None:
        if patient.height is None:
            message = (
                f"{patient.weight} is compared with nothing, so pounds typed as kg would not be "
                "found; enter the weight before, or the height"
            )
            place = Place.of("weight")
            yield Finding("weight-not-compared", "note", place, message, (patient.weight,))
        return
    current, last = patient.weight.to("kg"), patient.last_weight.to("kg")
    ratio, place = current.ratio(last), Place.of("weight")
    for factor, words in ((_POUNDS, "pounds typed as kg"), (1 / _POUNDS, "kg typed as pounds")):
        if abs(ratio / factor - 1) <= _NEAR_POUNDS:
            times = print_number(Fraction(round(ratio * 100), 100))
            message = (
                f"{current} is {times} times the last weight, {last}: {words}? "
                "Weigh again, and check both units"
            )
            yield Finding("weight-units", "stop", place, message, (current, last))
            return
    if abs(ratio - 1) > _MOST_CHANGE:
        message = (
            f"{current} is {_change(ratio)} than the last weight, {last}; above "
            f"{print_number(_MOST_CHANGE * 100)} % weigh again, and ask why"
        )
        yield Finding("weight-change", "review", place, message, (current, last))


def _change(ratio: Fraction) -> str:
    """Say by how much a weight differs: ``12.5 % more``."""
    tenths = print_number(Fraction(round(abs(ratio - 1) * 1000), 10))
    return f"{tenths} % {'more' if ratio > 1 else 'less'}"


def new_weight(patient: Patient) -> Iterator[Finding]:
    """Report whether a new weight is reason enough to recompute the doses."""
    if patient.last_weight is None:
        return
    current, last = patient.weight.to("kg"), patient.last_weight.to("kg")
    ratio, place = current.ratio(last), Place.of("weight")
    least = f"{print_number(_REPLANNED * 100)} %"
    words = f"the new weight, {current}, is {_change(ratio)} than {last}"
    if abs(ratio - 1) < _REPLANNED:
        message = f"{words}; below {least} doses are not usually recomputed: confirm it"
        yield Finding("weight-below-5", "review", place, message, (current, last))
    else:
        message = f"{words}; from {least} on we propose to recompute the doses"
        yield Finding("weight-from-5", "note", place, message, (current, last))


def freshness(course: Course, site: Site) -> Iterator[Finding]:
    """Judge how old the weight and the creatinine are on the first day, by the site's limits."""
    patient = course.patient
    known = (patient.weighed, f" of {patient.weight}")
    yield from _fresh("weight", "weighed", known, course.start, site.fresh.weight)
    if patient.creatinine is not None:
        limit = site.fresh.creatinine
        yield from _fresh("creatinine", "sampled", (patient.sampled, ""), course.start, limit)
    if patient.neutrophils is not None or patient.platelets is not None:
        known = (patient.counted, "")
        yield from _fresh("counts", "counted", known, course.start, site.fresh.counts)
    if "creatinine_clearance" in patient.texts:
        message = (
            "the clearance is entered as it is, so its age is not judged; enter the creatinine and "
            "its day, or look at the day of the clearance"
        )
        yield Finding("clearance-undated", "note", Place.of("creatinine_clearance"), message, ())


def _fresh(
    what: str, field: str, known: tuple[date | None, str], start: date, limit: Period
) -> Iterator[Finding]:
    measured, of = known
    place = Place.of(field)
    if measured is None:
        its = "their" if what == "counts" else "its"
        message = f"the day of the {what}{of} is not entered, so {its} age is not judged"
        yield Finding(f"{what}-undated", "note", place, message, ())
    elif measured > start:
        message = (
            f"the day of the {what}, {print_date(measured)}, is after the first dose on "
            f"{print_date(start)}; check both days"
        )
        yield Finding(f"{what}-date", "review", place, message, (measured, start))
    elif after(measured, limit) < start:
        message = (
            f"the {what} of {print_date(measured)} {'are' if what == 'counts' else 'is'} more than "
            f"{limit} old on "
            f"{print_date(start)}; measure again"
        )
        yield Finding(f"{what}-old", "review", place, message, (measured, start, str(limit)))


def clearance(course: Course, patient: Patient, site: Site) -> Iterator[Finding]:
    """Ask for review if the clearance is very high, or if obesity makes it too high."""
    value, place = patient.creatinine_clearance, Place.of("creatinine")
    if value is not None and value > _HIGH_CLEARANCE:
        message = (
            f"creatinine clearance {patient.says('creatinine clearance')} is above "
            f"{_HIGH_CLEARANCE} mL/min; check creatinine, weight and age"
        )
        yield Finding("clearance-high", "review", place, message, (value,))
    computed = course.patient.creatinine_clearance is None and value is not None
    index = patient.measure("body mass index")
    actual = not site.policies[site.clearance_weight].rows
    if computed and value is not None and actual and index is not None and index > _OBESE:
        message = (
            f"creatinine clearance {patient.says('creatinine clearance')} is computed with the "
            f"actual weight at a body mass index above {_OBESE} kg/m2, which makes it too high; "
            "compare with the ideal weight"
        )
        yield Finding("clearance-obese", "review", place, message, (value, index))


def excluded_by_policy(plan: Unjudged, current: Measured) -> Iterator[Finding]:
    """Ask for review if a policy excludes patients whom no measure can identify."""
    for order, name in excluded(plan.regimen, plan.site, current.sizes, current.patient):
        unless = plan.site.policies[name].unless or ""
        message = f"{order}: by policy {name} {unless}"
        place = Place.of("site", "policies")
        yield Finding("policy-exclusion", "review", place, message, (order, name, unless))


def reference(plan: Unjudged) -> Iterator[Finding]:
    """Note a reference that could be initials and a year of birth."""
    written = plan.course.reference
    if written and may_hold_a_year(written) == "perhaps":
        message = (
            f"the reference {written} could be initials and a year of birth; if it is, take "
            "another pseudonym, such as one of four digits"
        )
        yield Finding("reference-year", "note", Place.of("reference"), message, (written,))
