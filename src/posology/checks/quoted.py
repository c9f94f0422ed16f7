"""Second net: does the order say what its quote says?

Number, unit, basis, rhythm, days and route of an order must stand in its quote as whole
tokens, or the order carries an erratum. An order needs an erratum exactly if print and encoding
differ; we refuse an erratum if the printed dose is plausible. ``inferred`` lists what the quote
does not say, with the reason. The rows of a table and later starts have quotes of their own.
"""

import re
from collections.abc import Iterator, Mapping

from posology.checks.plausible import amounts, judge, windows_for
from posology.checks.reading import Reading, canonical, plain, printed_amounts, read
from posology.checks.unread import unread
from posology.model import (
    Clause,
    Condition,
    Drug,
    Finding,
    Later,
    Order,
    Period,
    Place,
    Regimen,
    Row,
    Run,
    Stage,
    StatedDose,
)
from posology.quantity import Quantity, print_number
from posology.text import shown

_MONTH, _FOUR_WEEKS, _DAY = Period(1, "month"), Period(28, "day"), Period(1, "day")


def quoted(regimen: Regimen, drugs: Mapping[str, Drug]) -> Iterator[Finding]:
    """Compare the duration and each order with their quotes."""
    yield from _duration(regimen)
    for index, order in enumerate(regimen.orders):
        place = Place.of("orders", index)
        reading = read(order.quote)
        left = list(unread(order, drugs, place))
        yield from left
        for stage in order.stages:
            yield from _dose(stage, drugs.get(order.drug), place)
        yield from _conditions(order, place)
        yield from _later(order, place)
        if order.stages and not any(each.place == place.at("quote") for each in left):
            yield from _basis(order, reading, place)
            yield from _rhythm(order, reading, place)
            yield from _days(order, reading, place)
            yield from _route(order, reading, place)


def _duration(regimen: Regimen) -> Iterator[Finding]:
    if isinstance(regimen.duration, Run):
        quote, because = regimen.duration_quote, regimen.duration_because
        if quote is None:
            message = "a stated duration needs the phrase that states it (duration_quote)"
            yield Finding("not-quoted", "stop", Place.of("duration"), message, ())
        elif because:
            message = f"{regimen.duration} is our reading of {shown(quote)}: {because}"
            yield Finding("inferred", "note", Place.of("duration"), message, ())
        else:
            yield from _run(regimen.duration, quote, Place.of("duration"))
    for index, order in enumerate(regimen.orders):
        if order.duration:
            yield from _run(order.duration, order.quote, Place.of("orders", index, "duration"))


def _run(run: Run, quote: str, place: Place) -> Iterator[Finding]:
    number, unit = run.period or (run.cycles, "cycle")
    if not re.search(rf"(?<![\d.,-]){number}[- ]{unit}s?\b", plain(quote)):
        message = f"{number} {unit}s do not stand in the quote {shown(quote)}"
        yield Finding("not-quoted", "stop", place, message, ())


def _dose(stage: Stage, drug: Drug | None, place: Place) -> Iterator[Finding]:
    reading, stated = read(stage.quote), stage.dose.amount
    erratum = stage.order.erratum if stage.complete else None
    stands = stated in [
        amount for amount in reading.amounts if amount.dimension == stated.dimension
    ]
    if erratum is None:
        if not stands and not (isinstance(stage.part, Later) and stage.part.dose is None):
            message = (
                f"{stated} does not stand in the quote {shown(stage.quote)}; encode what it says, "
                "or add an erratum that says what is printed and why it cannot be meant"
            )
            yield Finding("not-quoted", "stop", place.at(*stage.path), message, ())
        return
    field = place.at("erratum", "printed")
    printed = printed_amounts(erratum.printed)
    if len(printed) != 1 or printed[0] not in reading.amounts:
        message = f"{shown(erratum.printed)} does not stand in the quote as one amount"
        yield Finding("erratum-not-printed", "stop", field, message, ())
    elif stands:
        message = (
            f"the order gives {stated} as printed, and its erratum says that this cannot be meant; "
            "give the dose that is meant, or drop the erratum"
        )
        yield Finding("erratum-needless", "stop", place.at("erratum"), message, ())
    elif drug is not None and _plausible(stage, printed[0], drug):
        message = (
            f"{printed[0]} as printed would be plausible for {drug.name}; it may be what was "
            "meant. Encode it, or say what is unclear"
        )
        yield Finding("erratum-plausible", "stop", field, message, ())


def _plausible(stage: Stage, amount: Quantity, drug: Drug) -> bool:
    computed = amounts(StatedDose(amount, stage.dose.basis), stage, stage.every[0], stage.days[0])
    windows = windows_for(drug, stage.order.route, amount)
    return bool(windows) and not any(
        judge(computed[window.per], window) == "stop" for window in windows
    )


def _conditions(order: Order, place: Place) -> Iterator[Finding]:
    """Every number of a condition, a limit or a reduction must stand in its own quote."""
    parts: list[tuple[Place, Condition | None, str]] = [
        (place.at("doses", index), row.when, row.quote) for index, row in enumerate(order.doses)
    ]
    parts += [
        (place.at("most", index), limit.when, limit.quote) for index, limit in enumerate(order.most)
    ]
    parts += [
        (place.at("reduce", index), reduction.when, reduction.quote)
        for index, reduction in enumerate(order.reduce)
    ]
    for field, condition, quote in parts:
        for clause in condition.clauses if condition else ():
            if not _says(clause, plain(quote)):
                message = (
                    f"{shown(str(condition))}: its quote does not say {clause.measure} "
                    f"{clause.comparison} {clause.value}"
                )
                yield Finding("not-quoted", "stop", field.at("when"), message, ())
    for index, row in enumerate(order.doses):
        yield from _row_rhythm(row, order, place.at("doses", index))
    for index, limit in enumerate(order.most):
        if limit.amount not in printed_amounts(limit.quote, limits=True):
            message = f"{limit.amount} does not stand in the quote {shown(limit.quote)}"
            yield Finding("not-quoted", "stop", place.at("most", index, "amount"), message, ())
    for index, reduction in enumerate(order.reduce):
        found = re.search(r"\b(by|to) (\d+) ?%", plain(reduction.quote))
        percent = int(found[2]) if found else 0
        if found is None or reduction.to != f"{100 - percent if found[1] == 'by' else percent} %":
            message = f"the quote {shown(reduction.quote)} does not reduce to {reduction.to}"
            yield Finding("not-quoted", "stop", place.at("reduce", index, "to"), message, ())


_SIGNS = {
    "<": r"(?:<|below|under|less than) ?{n}(?!\d)|\b{n} ?>",
    "<=": r"(?:≤|<=|up to|at most) ?{n}(?!\d)|\b{n} ?(?:≥|>=)",
    ">": r"(?:>|above|over|more than) ?{n}(?!\d)|\b{n} ?<(?!=)",
    ">=": r"(?:≥|>=|at least|from) ?{n}(?!\d)|\b{n} ?(?:≤|<=)",
}
_OPPOSITE = {"<": ">=", ">=": "<", "<=": ">", ">": "<="}


def _says(clause: Clause, quote: str) -> bool:
    """Tell whether a quote states a comparison, or its opposite for the other patients."""
    if clause.measure == "dialysis":
        return clause.value == 0 or "dialysis" in quote
    if clause.measure == "creatinine clearance" and not re.search(r"clearance|crcl|clcr", quote):
        return False
    text = re.sub(r"(\d),(?=\d{3})", r"\1", quote)
    number = re.escape(print_number(clause.value).replace(",", ""))
    signs = (clause.comparison, _OPPOSITE[clause.comparison])
    return any(re.search(_SIGNS[sign].replace("{n}", number), text) for sign in signs)


def _row_rhythm(row: Row, order: Order, place: Place) -> Iterator[Finding]:
    """A row's own period must stand in its quote.

    Its days must be every n-th of the order's days (every other day: every second one).
    """
    reading = read(row.quote)
    if reading.times and reading.times != {order.times}:
        says = " or ".join(str(number) for number in sorted(reading.times))
        message = f"the quote {shown(row.quote)} says {says} a day, the order {order.times}"
        yield Finding("times-not-quoted", "stop", place, message, ())
    if row.every is not None and canonical(row.every) not in reading.periods:
        message = f"the quote {shown(row.quote)} does not say every {row.every}"
        yield Finding("rhythm-not-quoted", "stop", place.at("every"), message, ())
    if row.days is not None and row.days.numbers != reading.days:
        lengths = [period.number for period in reading.periods if period.unit == "day"]
        whole = order.days[0].numbers
        if row.days.numbers not in [whole[::length] for length in lengths]:
            message = f"the quote {shown(row.quote)} does not say days {row.days}"
            yield Finding("days-not-quoted", "stop", place.at("days"), message, ())
    elif reading.periods and row.every is None and row.days is None:
        says = " and ".join(sorted(str(period) for period in reading.periods))
        message = f"the quote {shown(row.quote)} says every {says}, the row does not"
        yield Finding("rhythm-not-quoted", "stop", place, message, ())


def _later(order: Order, place: Place) -> Iterator[Finding]:
    for start, later in order.later.items():
        reading, field = read(later.quote), place.at("from", str(start))
        words = {"cycle": "cycle|course|month", "day": "day"}[start.unit]
        if not re.search(rf"\b(?:{words})s? {start.number}\b", plain(later.quote)):
            message = f"{start} does not stand in the quote {shown(later.quote)}"
            yield Finding("start-not-quoted", "stop", field, message, ())
        if later.days is not None and later.days.numbers != reading.days:
            listed = ", ".join(str(day) for day in reading.days) or "none"
            message = f"the quote says days {listed}, the order {later.days}"
            yield Finding("days-not-quoted", "stop", field.at("days"), message, ())


def _basis(order: Order, reading: Reading, place: Place) -> Iterator[Finding]:
    daily = (reading.shared and reading.daily) or reading.per_day
    if order.times > 1 and daily:
        bases = ("per day",)
    else:
        bases = ("per cycle",) if reading.shared else ("each",)
    if any(each.basis in bases for each in order.readings):
        return  # the other readings are what makes the quote unclear
    for stage in order.stages:
        if stage.dose.basis not in bases:
            message = f'the quote states the dose {bases[0]}, the order "{stage.dose.basis}"'
            yield Finding("basis-not-quoted", "stop", place.at(*stage.path), message, ())


def _rhythm(order: Order, reading: Reading, place: Place) -> Iterator[Finding]:
    options = {canonical(every) for every in order.every}
    if options == {_DAY}:
        agrees = (reading.daily or bool(reading.times)) and not reading.periods
    else:
        # A source may mean four weeks by a month; the pharmacist chooses.
        near = {_FOUR_WEEKS} if _MONTH in reading.periods else set()
        agrees = bool(reading.periods) and reading.periods <= options <= (reading.periods | near)
    unsaid = not reading.periods and "every" in order.inferred
    if not agrees and not unsaid:
        says = " and ".join(sorted(str(period) for period in reading.periods))
        says = says or ("daily" if reading.daily else "no rhythm")
        encoded = " or ".join(map(str, order.every))
        message = f"the quote {shown(order.quote)} says {says}, not {encoded}"
        yield Finding("rhythm-not-quoted", "stop", place.at("every"), message, ())
    if (reading.times or {1}) != {order.times}:
        says = " or ".join(str(number) for number in sorted(reading.times)) or "no times"
        message = f"the quote says {says} a day, the order {order.times}"
        yield Finding("times-not-quoted", "stop", place.at("times"), message, ())


def _days(order: Order, reading: Reading, place: Place) -> Iterator[Finding]:
    """Listed days must agree. For a range of counts the order must offer both ends."""
    field = place.at("days")
    encoded = [days.numbers for days in order.days]
    has = " or ".join(str(days) for days in order.days)
    message = ""
    # "daily" in a longer cycle is each of its days; "1 mg twice daily every other day" is not.
    in_cycle = reading.daily and bool(reading.periods - {Period(2, "day")})
    if reading.days:
        if encoded != [reading.days]:
            message = f"the quote says days {', '.join(map(str, reading.days))}, the order {has}"
    elif reading.counts:
        if {len(days) for days in encoded} != reading.counts:
            says = " or ".join(str(number) for number in sorted(reading.counts))
            counts = " or ".join(str(len(days)) for days in encoded)
            message = f"the quote counts {says} days a cycle, the order {counts}"
    elif (encoded != [(1,)] or in_cycle) and "days" not in order.inferred:
        whole_cycle = [tuple(range(1, order.every[0].fewest_days + 1))]
        if not (reading.daily and encoded == whole_cycle):
            message = f"the quote says no days, the order {has}"
    if message:
        yield Finding("days-not-quoted", "stop", field, message, ())
    if reading.consecutive and any(days[-1] - days[0] + 1 != len(days) for days in encoded):
        message = f"the quote says consecutive days, the order {order.days[0]}"
        yield Finding("days-not-quoted", "stop", field, message, ())


def _route(order: Order, reading: Reading, place: Place) -> Iterator[Finding]:
    if order.route in reading.routes or (not reading.routes and "route" in order.inferred):
        return
    says = " and ".join(sorted(reading.routes)) or "no route"
    message = f"the quote {shown(order.quote)} says {says}, the order {order.route}"
    yield Finding("route-not-quoted", "stop", place.at("route"), message, ())
