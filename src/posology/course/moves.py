"""Applies changes to dates: when each dose is due, or why it is not given.

Each change applies to the result of the earlier ones. Only another record changes a record.
"""

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import NamedTuple, assert_never

from posology.course.settled import Settled
from posology.model import Reach, Recorded, Slot, print_date
from posology.model.change import Change, Delay, Give, Hold, Move, Resume, Stop, Travel
from posology.model.zone import Zone
from posology.scheduling.dates import Placed

HELD, STOPPED, LEFT_OUT, NOT_GIVEN = "held", "stopped", "left out", "not given"


class Due(NamedTuple):
    """When an administration is due after all changes, or why it is not given."""

    placed: Placed
    on: date
    planned: date
    """Its day before it was moved alone; the tolerance counts from here."""
    clock: time | None = None
    """Its clock time, if it is not the site's."""
    zone: Zone | None = None
    """The zone by whose clocks it is given, if not the site's."""
    fixed: bool = False
    """Whether it was moved by hand; it is then not shifted onto a working day."""
    absent: str = ""
    inherited: bool = False
    """Whether it is absent because the dose that it follows is."""
    recorded: Recorded | None = None
    before: tuple[date, time | None] | None = None
    """Its day and clock time, if not the site's, before it was recorded."""

    @property
    def again(self) -> bool:
        """Whether it is given once more, beyond the times of its day."""
        return self.placed.slot.number > self.placed.times

    @property
    def open(self) -> bool:
        """Whether it may still change: it has no record."""
        return self.recorded is None and self.absent != NOT_GIVEN


Dues = dict[Slot, Due]
Moving = Delay | Move | Hold | Resume | Stop | Travel | Give
"""The changes that act on dates: when a dose is due, or whether it is given."""


class Refused(Exception):  # noqa: N818 - reported as a CourseError
    """Why a change cannot be applied."""


def reached_by(
    what: Reach, dues: Mapping[Slot, Due], settled: Mapping[str, Settled], on: date
) -> list[Slot]:
    """List the doses that a change made on the day ``on`` concerns, also held ones, by time."""
    if what.order and what.order not in settled:
        raise Refused(f"names no order of this course; orders: {', '.join(settled)}")
    if what.kind == "dose" and what.slot not in dues:
        raise Refused("names no dose of this course; the table (.csv) lists the ids")
    if "cycle" in what.kind and not what.order:
        lengths = {str(entry.every): name for name, entry in settled.items()}
        if len(lengths) > 1:
            name = next(iter(lengths.values()))
            listed = " and ".join(f"{name} (every {every})" for every, name in lengths.items())
            message = (
                f"counts cycles, but the cycles of {listed} differ; name the order, as in "
                f'"{what} of {name}", or a day'
            )
            raise Refused(message)
    concerned = [slot for slot, due in dues.items() if what.holds(slot, due.on)]
    reached = [slot for slot in concerned if not dues[slot].absent]
    recorded = [slot for slot in reached if not dues[slot].open]
    if recorded:
        raise Refused(f"concerns {recorded[0]}, which is recorded; choose later doses")
    reached += [slot for slot in concerned if dues[slot].absent == HELD]
    if not reached:
        why = f": the dose is {dues[concerned[0]].absent}" if concerned else ""
        raise Refused(f"matches no planned dose{why}")
    past = [slot for slot in reached if dues[slot].on < on and not dues[slot].absent]
    if past and what.kind != "dose":
        day = print_date(dues[past[0]].on)
        message = (
            f"concerns {past[0]} of {day}, before {print_date(on)}, and it has no record; "
            "record what was given and what was not, or choose later doses"
        )
        raise Refused(message)
    return sorted(reached, key=lambda slot: dues[slot].on)


def move(change: Moving, dues: Dues, settled: Mapping[str, Settled]) -> None:
    """Apply a change to ``dues``; raises Refused if it cannot be applied."""
    match change:
        case Delay():
            _delay(change, dues, settled)
        case Move():
            _move(change, dues, settled)
        case Hold():
            _leave_out(change, HELD, dues, settled)
        case Stop():
            _leave_out(change, STOPPED, dues, settled)
        case Resume():
            _resume(change, dues, settled)
        case Travel():
            _travel(change, dues, settled)
        case Give():
            _give(change, dues)
        case _:
            assert_never(change)


def _delay(change: Delay, dues: Dues, settled: Mapping[str, Settled]) -> None:
    later = timedelta(days=change.days)
    for slot in reached_by(change.what, dues, settled, change.on):
        due = dues[slot]
        _not_before(change, slot, due.on + later)
        # The tolerance of a dose that is delayed alone still counts from its old day.
        planned = due.planned + (timedelta(0) if change.what.kind == "dose" else later)
        dues[slot] = due._replace(on=due.on + later, planned=planned, fixed=False)


def _not_before(change: Change, slot: Slot, to: date) -> None:
    if to < change.on:
        message = (
            f"would put {slot} on {print_date(to)}, before {print_date(change.on)}; record what "
            "was given, or choose a later day"
        )
        raise Refused(message)


def _move(change: Move, dues: Dues, settled: Mapping[str, Settled]) -> None:
    (slot,) = reached_by(change.what, dues, settled, change.on)
    due = dues[slot]
    if due.absent:
        raise Refused("concerns a dose that is held; resume it first")
    order = settled[slot.order].order
    most = order.tolerance.fewest_days if order.tolerance else 0
    if abs((change.to - due.planned).days) > most and not change.exception:
        message = (
            f"is more than {order.tolerance or '0 days'} from {print_date(due.planned)}, the "
            f"regimen's tolerance for {order.id}; an exception needs two names (by, "
            "checked by)"
        )
        raise Refused(message)
    _not_before(change, slot, change.to)
    dues[slot] = due._replace(on=change.to, clock=change.at or due.clock, fixed=True)


def _leave_out(
    change: Hold | Stop, why: str, dues: Dues, settled: Mapping[str, Settled]
) -> None:  # fmt: skip
    """Hold or stop the doses without a record; recorded doses stay."""
    open_ = {slot: due for slot, due in dues.items() if due.open}
    for slot in reached_by(change.what, open_, settled, change.on):
        dues[slot] = dues[slot]._replace(absent=why)


def _travel(change: Travel, dues: Dues, settled: Mapping[str, Settled]) -> None:
    """Put doses of some days on the same clock time of another zone."""
    if change.what.day and change.until < change.what.day:
        raise Refused(f"ends on {print_date(change.until)}, before it begins")
    reached = [
        slot for slot in reached_by(change.what, dues, settled, change.on)
        if dues[slot].on <= change.until
    ]  # fmt: skip
    if not reached:
        raise Refused(f"matches no planned dose to {print_date(change.until)}")
    for slot in reached:
        dues[slot] = dues[slot]._replace(zone=change.to)


def _resume(change: Resume, dues: Dues, settled: Mapping[str, Settled]) -> None:
    what = change.what
    if what.order and what.order not in settled:
        raise Refused(f"names no order of this course; orders: {', '.join(settled)}")
    held = [
        slot for slot, due in dues.items()
        if due.absent == HELD and (not what.order or slot.order == what.order)
    ]  # fmt: skip
    if not held:
        raise Refused("resumes nothing: no dose is held")
    firsts = {slot.order: min(dues[each].on for each in held if each.order == slot.order)
              for slot in held}  # fmt: skip
    first = min(firsts.values())
    if change.missed == "postponed" and max(firsts.values()) - first > timedelta(days=6):
        listed = " and ".join(f"{order} from {print_date(day)}" for order, day in firsts.items())
        raise Refused(f"postpones orders held at different times ({listed}); name one order")
    if what.day < max(first, change.on):
        raise Refused(
            f"resumes too early; the first possible day is {print_date(max(first, change.on))}"
        )
    shift = what.day - first if change.missed == "postponed" else timedelta(0)
    for slot in held:
        due = dues[slot]
        to = due.on + shift
        gone = LEFT_OUT if to < what.day else ""
        dues[slot] = due._replace(on=to, planned=due.planned + shift, absent=gone)


_FARTHEST = timedelta(days=60)
"""The most time between a record and its dose; more is a wrong month or year."""


def _give(change: Give, dues: Dues) -> None:
    for slot, record in change.doses.items():
        due = dues.get(slot) or _once_more(slot, record, dues)
        if record is None:
            if due.on > change.on:
                day = print_date(due.on)
                raise Refused(
                    f"says {slot} was not given, but {day} is still to come; hold or stop it"
                )
            dues[slot] = due._replace(absent=NOT_GIVEN, recorded=None)
        elif record.on > change.on:
            raise Refused(
                f"records {slot} as given on {print_date(record.on)}, which is still to come"
            )
        elif abs(record.on - due.on) > _FARTHEST:
            message = f"records {slot} on {print_date(record.on)}, far from {print_date(due.on)}"
            raise Refused(f"{message}; check the month and the year")
        elif record.amount.number <= 0:
            raise Refused(f"records no amount of {slot}; record it as not given")
        else:
            written = record.model_copy(update={"by": change.by})
            before = due.before or (due.on, due.clock)
            dues[slot] = due._replace(
                on=record.on, clock=record.at, absent="", recorded=written, before=before
            )


def _once_more(slot: Slot, record: Recorded | None, dues: Dues) -> Due:
    """Make room for a dose that is given once more, as after vomiting; its number is the next.

    A dose of its day must be recorded as given, so that the second record replaces nothing.
    """
    same_day = [each for each in dues if each[:3] == slot[:3]]
    times = max((dues[each].placed.times for each in same_day), default=0)
    highest = max([times, *(each.number for each in same_day)])
    if record is None or not same_day or slot.number != highest + 1:
        raise Refused(f"names {slot}, which is no dose of this course")
    if not any(dues[each].recorded for each in same_day):
        raise Refused(f"records {slot} as given once more, but no dose of its day is recorded")
    first = dues[same_day[0]]
    placed = first.placed._replace(slot=slot)
    return first._replace(placed=placed, planned=record.on, before=None)
