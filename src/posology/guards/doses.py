"""The doses of a plan against the formulary: windows, rolling sums, the least time between."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from posology.checks.feasible import makeable
from posology.checks.plausible import LENGTHS, describe, judge, windows_for
from posology.course.inputs import Settled
from posology.model import (
    LEVELS,
    Administration,
    Circumstances,
    Finding,
    Level,
    Patient,
    Route,
    Site,
    Slot,
    Window,
    print_date,
)
from posology.quantity import Quantity
from posology.scheduling.dates import after, busiest


def doses(
    settled: Settled,
    amounts: Iterable[Quantity],
    about: Circumstances,
    where: str,
    *,
    changed: bool,
) -> Iterator[Finding]:
    """Judge the doses computed for a patient, as they are and per kg of dosing weight.

    A dose stated per m2 is not judged per kg: the source has chosen the measure. What the
    regimen's checks have judged already, without a patient, is not said again; a ``changed``
    strength they have not.
    """
    order = settled.order
    stated = {one.dose.amount.dimension for one in order.stages}
    for one in sorted(amounts):
        for amount in (one,) if order.by_surface else (one, one / about.size.weight):
            said = amount.dimension in stated and not order.reduce and not changed
            yield from _judged(settled, amount, about, where, said=said)
        if any("/" in stage.dose.amount.unit for stage in order.stages) or order.reduce or changed:
            yield from makeable(one, about.drug, order.route, where)


def _judged(
    settled: Settled, one: Quantity, about: Circumstances, where: str, *, said: bool
) -> Iterator[Finding]:
    order = settled.order
    given = {
        per: one * busiest(order.times, settled.every, settled.days, length)
        for per, length in LENGTHS.items()
    }
    given |= {"dose": one, "cycle": one * (len(settled.days.numbers) * order.times)}
    for window in windows_for(about.drug, order.route, one):
        if window.per == "course" or (said and not window.when):
            continue  # a course is judged whole, below; the rest by the regimen's checks
        if not _applies(window, about.patient):
            continue
        level = judge(given[window.per], window)
        if level:
            words = describe(given[window.per], window, about.drug.name, order.route)
            message = f"{words}{_to_do(level, window)}{_source(window)}"
            yield Finding(f"implausible-{_code(window)}", level, where, message)
            break  # the longer times go wrong with the shorter


def _code(window: Window) -> str:
    return window.per.replace(" ", "-")


def _applies(window: Window, patient: Patient) -> bool:
    """Tell whether a window is for this patient; not where its measure is not known."""
    return window.when is None or (_known(window, patient) and window.when.holds(patient))


def _known(window: Window, patient: Patient) -> bool:
    return window.when is None or all(
        patient.measure(measure) is not None for measure in window.when.measures
    )


def _to_do(level: Level, window: Window) -> str:
    if level == "stop":
        return f"; the absolute limits are {window.absolute}: change the dose, or the days"
    return "; confirm it with the prescriber"


def _source(window: Window) -> str:
    when = f", {window.when}" if window.when else ""
    return f" (window: {window.source}, {window.basis}{when})"


def not_judged(route: Route, about: Circumstances) -> Iterator[Finding]:
    """Say which limits depend on a measure that is not given."""
    drug, patient = about.drug, about.patient
    for window in drug.routes[route].windows:
        if window.when and not _known(window, patient):
            measures = " and ".join(sorted(window.when.measures))
            message = (
                f"{drug.name}: {measures} not given, so the limit for {window.when}, "
                f"{window.usual.high} per {window.per}, is not judged ({window.source}, "
                f"{window.basis}); give it"
            )
            yield Finding("limit-not-judged", "review", measures.replace(" ", "_"), message)


def over(
    given: Sequence[Administration], about: Circumstances, said: Iterable[Finding]
) -> Iterator[Finding]:
    """Judge what is given on the days themselves, all orders of a drug together, as dispensed.

    Only the upper limits: a usual one may be passed by as much as the site lets a total be
    rounded without review; an absolute one never. What is said already is not said again.
    """
    drug, route = about.drug, given[0].order.route
    own = tuple(
        f"orders[{index}]."
        for index, order in enumerate(about.regimen.orders)
        if order.drug == drug.name and order.route == route
    )
    known = {(one.code, one.level) for one in said if one.where.startswith(own)}
    found: dict[str, Finding] = {}
    open_ = {one.slot for one in given if not one.recorded}
    shorter = _tolerance(given)
    pers = _pers(given)
    usual = [_sums(given, per) for per in pers]

    # What is recorded is a fact: only what is still to be given can be stopped. Where doses have
    # been shifted, as the regimen tolerates it, 28 days are so much shorter.
    def strict() -> list[_Sums]:
        return [_sums(given, per, open_, shorter) for per in pers] if open_ else []

    for window in drug.routes[route].windows:
        if not _applies(window, about.patient):
            continue
        code = f"implausible-{_code(window)}"
        level, measured, on = _worst(window, usual, strict, about.site)
        if level is None or (code, level) in known or (code, "stop") in known:
            continue
        since = "on" if window.per in {"dose", "day"} else "from"
        words = describe(measured, window, drug.name, route)
        when = f"; {since} {print_date(on)}, as dispensed"
        message = f"{words}{when}{_to_do(level, window)}{_source(window)}"
        before = found.get(window.per)
        if before is None or LEVELS.index(level) < LEVELS.index(before.level):
            found[window.per] = Finding(f"over-{_code(window)}", level, drug.name, message)
    yield from found.values()


_Sums = Mapping[str, tuple[Quantity, date]]


def _worst(
    window: Window, usual: Iterable[_Sums], strict: Callable[[], Iterable[_Sums]], site: Site
) -> tuple[Level | None, Quantity, date]:
    """Judge the sums that a window measures: a stop by the strict ones, a review by all."""
    level, amount, on = _judged_by(window, usual, site)
    if level == "stop":  # the strict sums are never more than the usual ones
        strict_level, strict_amount, strict_on = _judged_by(window, strict(), site)
        if strict_level == "stop":
            return "stop", strict_amount, strict_on
        return "review", amount, on
    return level, amount, on


def _judged_by(
    window: Window, all_sums: Iterable[_Sums], site: Site
) -> tuple[Level | None, Quantity, date]:
    limit = window.usual.high
    fitting = (one[window.per] for one in all_sums if one["dose"][0].dimension == limit.dimension)
    amount, on = next(fitting, (None, date.min))
    if amount is None:
        return None, limit, date.min
    return _passes(amount, window, site), amount.to(limit.unit), on


def _tolerance(given: Iterable[Administration]) -> int:
    """Give by how many days doses have been shifted, at most as their orders tolerate."""
    return max(
        min(abs(one.shifted), one.order.tolerance.fewest_days if one.order.tolerance else 0)
        for one in given
    )


def _sums(
    given: Sequence[Administration],
    per: str,
    only: AbstractSet[Slot] | None = None,
    shorter: int = 0,
) -> _Sums:
    """Give the most of one dose, day, 7 and 28 days, cycle, and the course, with its first day.

    ``per`` is empty, or kg or m2: then each dose is divided by the size of its own time. With
    ``only``, only of spans in which one of these doses lies, and 28 days are so much ``shorter``.
    """
    unit = given[0].given.unit
    days: dict[date, Fraction] = {}
    cycles: dict[tuple[str, int], Fraction] = {}
    begins: dict[tuple[str, int], date] = {}
    counted, touched = set(), set()
    most, at = Fraction(0), given[0].at.date()
    for one in given:
        on, cycle = one.at.date(), (one.slot.order, one.slot.cycle)
        number = one.given.to(unit).number
        if per:
            body = one.size.weight if per == "kg" else one.size.surface
            number /= body.number if body else 1
        days[on] = days.get(on, Fraction(0)) + number
        cycles[cycle] = cycles.get(cycle, Fraction(0)) + number
        begins.setdefault(cycle, on)
        if only is None or one.slot in only:
            counted.add(on)
            touched.add(cycle)
            if number > most:
                most, at = number, on
    fullest = max(touched, key=lambda cycle: cycles[cycle])
    lengths = {**LENGTHS, "28 days": LENGTHS["28 days"] - shorter}
    sums = {
        **{name: _busiest(days, length, counted) for name, length in lengths.items()},
        "dose": (most, at),
        "cycle": (cycles[fullest], begins[fullest]),
        "course": (sum(days.values(), Fraction(0)), min(days)),
    }
    in_unit = f"{unit}/{per}" if per else unit
    return {length: (Quantity(number, in_unit), on) for length, (number, on) in sums.items()}


def _passes(amount: Quantity, window: Window, site: Site) -> Level | None:
    if amount > window.absolute.high:
        return "stop"
    return "review" if amount > window.usual.high * (1 + site.rounding.review.share) else None


def _pers(given: Iterable[Administration]) -> list[str]:
    """List by what doses are judged: as they are; per m2 where stated so, else per kg."""
    stated = {one.order.by_surface for one in given}
    pers = ["", "kg"] if False in stated else [""]
    known = all(one.size.surface for one in given)
    return [*pers, "m2"] if True in stated and known else pers


def _busiest(
    days: Mapping[date, Fraction], length: int, counted: AbstractSet[date]
) -> tuple[Fraction, date]:
    """Find the most that falls into so many days in a row, one of them counted; and the first."""
    order = sorted(days)
    first, held, open_ = 0, Fraction(0), 0
    best, begins = Fraction(0), order[0]
    for day in order:
        held += days[day]
        open_ += day in counted
        while order[first] <= day - timedelta(days=length):
            held -= days[order[first]]
            open_ -= order[first] in counted
            first += 1
        if open_ and held > best:
            best, begins = held, order[first]
    return best, begins


def apart(given: Sequence[Administration], about: Circumstances) -> Iterator[Finding]:
    """Find doses, or cycles, of a drug that are closer than its least time, by the calendar."""
    drug, before = about.drug, about.course.last.get(about.drug.name)
    for route, giving in drug.routes.items():
        rule = giving.apart
        some = [one for one in given if one.order.route == route]
        if rule is None or not some:
            continue
        days = [one.at.date() for one in some]
        fact = {one.at.date() for one in some if one.recorded} | ({before} if before else set())
        if rule.between == "cycles":
            cycles: dict[tuple[str, int], date] = {}
            for one in some:
                cycles.setdefault((one.slot.order, one.slot.cycle), one.at.date())
            days = list(cycles.values())
        days = sorted(days if before is None else [before, *days])
        close = [(one, two) for one, two in pairwise(days) if two < after(one, rule.least)]
        if close:
            one_day, next_day = close[0]
            more = f", and {len(close) - 1} more" if len(close) > 1 else ""
            do = "move one" if rule.level == "stop" else "confirm the interval"
            message = (
                f"{drug.name}: {print_date(one_day)} and {print_date(next_day)}{more} are less "
                f"than {rule.least} apart; {do} ({rule.source}, {rule.basis})"
            )
            told = all(one in fact and two in fact for one, two in close)
            yield Finding("too-close", "review" if told else rule.level, drug.name, message)
