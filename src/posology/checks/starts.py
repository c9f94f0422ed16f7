"""Whether what begins later, or has no dates at all, fits with the rest of its order."""

from collections.abc import Iterator
from itertools import pairwise

from posology.model import Finding, Order, Place, Regimen, Start, StatedDose
from posology.model.periods import ONCE


def starts(regimen: Regimen) -> Iterator[Finding]:
    """An order that starts after another, or is given with one, names one above it with days."""
    names = [order.id for order in regimen.orders]
    undated = {order.id for order in regimen.orders if order.as_needed}
    for index, order in enumerate(regimen.orders):
        for other in sorted(order.follows & undated):
            message = f"{other} is taken as needed, so it has no days; begin with another order"
            place = Place.of("orders", index, "with" if order.beside else "start")
            yield Finding("start-unknown", "stop", place, message, ())
        if order.beside and any(stage.dose.basis == "per cycle" for stage in order.stages):
            message = "what is given with another order has no cycles of its own; write it each"
            yield Finding("start-unknown", "stop", Place.of("orders", index, "dose"), message, ())
        for start in order.start:
            if start.after and start.after not in names[:index]:
                place = Place.of("orders", index, "start")
                listed = ", ".join(names[:index]) or "none"
                message = f"{start.after} is no earlier order; earlier orders: {listed}"
                yield Finding("start-unknown", "stop", place, message, ())
            if start.cycle > 1:
                yield from _with_a_cycle(order, start, Place.of("orders", index))
                yield from _of_other_length(order, start, regimen, Place.of("orders", index))


def _of_other_length(
    order: Order, start: Start, regimen: Regimen, place: Place
) -> Iterator[Finding]:
    """The cycle of the course must be that of every order."""
    dated = [each for each in regimen.orders if not (each.beside or each.as_needed or each.start)]
    lengths = {every for each in (order, *dated) for every in each.every if every != ONCE}
    own = any(later.every for each in (order, *dated) for later in each.later.values())
    if len(lengths) > 1 or own or any(row.every for each in (order, *dated) for row in each.doses):
        listed = " and ".join(sorted(map(str, lengths)))
        message = (
            f"{start} is a cycle of the course, and its orders have cycles of different lengths "
            f"({listed}); write the day or the week"
        )
        yield Finding("start-unknown", "stop", place.at("start"), message, ())


def _with_a_cycle(order: Order, start: Start, place: Place) -> Iterator[Finding]:
    """An order that begins with a cycle of the course has cycles, all numbered by the course."""
    in_days = [each for each in order.later if each.unit != "cycle"]
    if in_days or order.titrate:
        field = place.at("from", str(in_days[0])) if in_days else place.at("titrate")
        message = f"it begins with {start}, and this counts days; write the cycle"
        yield Finding("start-unknown", "stop", field, message, ())
    if order.every[:1] == (ONCE,):
        message = f"what is given once has no {start}; write the day or the week"
        yield Finding("start-unknown", "stop", place.at("start"), message, ())
    if order.duration and order.duration.cycles:
        message = f"it begins with {start}: say when it ends by the regimen's duration, or in weeks"
        yield Finding("start-unknown", "stop", place.at("duration"), message, ())
    early = [each for each in order.later if each.unit == "cycle" and each.number <= start.cycle]
    if early:
        message = f"{early[0]} is not after {start}, with which it begins; cycles are the course's"
        yield Finding("start-unknown", "stop", place.at("from", str(early[0])), message, ())


def as_needed(order: Order, place: Place) -> Iterator[Finding]:
    """What is taken only as needed has no days; a most of a day belongs to it alone."""
    dated = (
        order.later,
        order.start,
        order.beside,
        order.at,
        order.duration,
        order.on,
        order.doses,
        order.titrate,
        order.steps,
        order.steps_up,
    )
    if order.as_needed and (any(dated) or any(days.numbers != (1,) for days in order.days)):
        message = (
            "what is taken as needed has no dates: every is the least time between two doses, and "
            "times the most of a day; leave the other keys out"
        )
        yield Finding("needed-with-dates", "stop", place.at("as_needed"), message, ())
    single = order.dose.amount if isinstance(order.dose, StatedDose) else None
    if (
        order.most_a_day
        and single
        and single.dimension == order.most_a_day.dimension
        and (single > order.most_a_day)
    ):
        message = f"one dose of {single} is more than {order.most_a_day}, the most of a day"
        yield Finding("needed-with-dates", "stop", place.at("most_a_day"), message, ())
    if order.most_a_day and not order.as_needed:
        message = "most_a_day belongs to what is taken as needed; write most"
        yield Finding("needed-with-dates", "stop", place.at("most_a_day"), message, ())


def later_starts(order: Order, place: Place) -> Iterator[Finding]:
    """Check that later starts rise, and change within a cycle only what can change there."""
    numbers = [start.number if start.unit == "cycle" else start.day for start in order.later]
    if numbers != sorted(set(numbers)) or len({each.unit == "cycle" for each in order.later}) > 1:
        message = "later starts must rise, and all count cycles, or all count days and weeks"
        yield Finding("later-unordered", "stop", place.at("from"), message, ())
    if order.duration and order.ends and order.later:
        message = "the last phase says when it ends; leave out the duration of the order"
        yield Finding("later-duration", "stop", place.at("duration"), message, ())
    yield from _without_dose(order, place)
    yield from _gaps(order, place)
    once = order.every[:1] == (ONCE,)
    for start, later in order.later.items():
        field = place.at("from", str(start))
        if start.unit == "cycle" and once:
            message = f"what is given once has no {start}; write the day or the week"
            yield Finding("later-after-once", "stop", field, message, ())
        if later.duration and (later.every is None or later.duration.doses):
            message = "a later start with a duration begins a phase: give every; count cycles"
            yield Finding("later-duration", "stop", field, message, ())
        within = start.unit != "cycle" and later.every is None
        if within and (later.days or later.times or later.at):
            message = f"{start} may lie within a cycle; give every too, or write the cycle"
            yield Finding("later-within-cycle", "stop", field, message, ())
        shared = any(stage.dose.basis == "per cycle" for stage in order.stages)
        if shared and later.every is None:
            message = 'where something changes later, write the dose "each", or give every too'
            yield Finding("later-per-cycle", "stop", field, message, ())
        once = later.every == ONCE if later.every else once


def _gaps(order: Order, place: Place) -> Iterator[Finding]:
    """A phase of so many cycles ends where the next one begins: cycles have no gap."""
    starts = [start for start, later in order.later.items() if later.every]
    for start, following in pairwise(starts):
        run = order.later[start].duration
        counted = run and run.cycles and start.unit == following.unit == "cycle"
        if run and counted and start.number + (run.cycles or 0) != following.number:
            message = (
                f"it goes on for {run} from {start}, and the next phase begins with {following}; "
                "let one end where the other begins"
            )
            yield Finding("later-duration", "stop", place.at("from", str(start)), message, ())


def _without_dose(order: Order, place: Place) -> Iterator[Finding]:
    """Stop at a phase that ends before its first dose."""
    parts = order.parts(order.every[0], order.days[0]) if order.every else {}
    phases = [(start, part) for start, part in parts.items() if part.anew]
    for index, (start, part) in enumerate(phases):
        after = phases[index + 1][0] if index + 1 < len(phases) else None
        begins = start.day if start else 1
        lengths = [part.run.period.fewest_days] if part.run and part.run.period else []
        if after and "cycle" not in {after.unit, start and start.unit} and after.day > begins:
            lengths.append(after.day - begins)
        first = min(part.days.numbers)
        if lengths and first > min(lengths) and not part.days.weekdays:
            message = f"its first dose is on day {first}, and it ends after {min(lengths)} days"
            field = place.at("from", str(start)) if start else place.at("days")
            yield Finding("later-without-dose", "stop", field, message, ())
