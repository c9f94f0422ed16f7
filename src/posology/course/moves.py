"""What changes do to dates: when each dose is due, or why it is not given.

Each change acts on what the earlier ones left. What is recorded changes by another record only.
"""

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import NamedTuple, assert_never

from posology.course.inputs import Settled
from posology.model import Reach, Recorded, Slot, print_date
from posology.model.change import Change, Delay, Give, Hold, Move, Resume, Stop
from posology.scheduling.dates import Placed

HELD, STOPPED, LEFT_OUT, NOT_GIVEN = "held", "stopped", "left out", "not given"


class Due(NamedTuple):
    """When an administration is due after all changes, or why it is not given."""

    placed: Placed
    on: date
    planned: date
    """Its day before it was moved on its own, from which the tolerance is counted."""
    clock: time | None = None
    """A time of its own, in place of the site's."""
    fixed: bool = False
    """Moved by hand, so that no working day shifts it again."""
    absent: str = ""
    recorded: Recorded | None = None

    @property
    def open(self) -> bool:
        """Whether it may still change: nothing of it is recorded."""
        return self.recorded is None and self.absent != NOT_GIVEN


Dues = dict[Slot, Due]
Moving = Delay | Move | Hold | Resume | Stop | Give
"""The changes that act on dates: when a dose is due, or whether it is given."""


class Refused(Exception):  # noqa: N818 - told as a CourseError
    """Why a change cannot be taken."""


def reached_by(
    what: Reach, dues: Mapping[Slot, Due], settled: Mapping[str, Settled], on: date
) -> list[Slot]:
    """List the doses that a change of the day ``on`` concerns, held ones too, in order of time."""
    if what.order and what.order not in settled:
        raise Refused(f"names no order of this course; orders: {', '.join(settled)}")
    if what.kind == "dose" and what.slot not in dues:
        raise Refused("names no dose of this course; the table (.csv) lists the ids")
    if "cycle" in what.kind and not what.order:
        lengths = {str(one.every): name for name, one in settled.items()}
        if len(lengths) > 1:
            name = next(iter(lengths.values()))
            listed = " and ".join(f"{name} (every {every})" for every, name in lengths.items())
            message = (
                f'counts cycles, and those of {listed} differ; name the order, as in "{what} of '
                f'{name}", or a day'
            )
            raise Refused(message)
    concerned = [slot for slot, due in dues.items() if what.holds(slot, due.on)]
    reached = [slot for slot in concerned if not dues[slot].absent]
    given = [slot for slot in reached if not dues[slot].open]
    if given:
        raise Refused(f"concerns {given[0]}, which is recorded; choose what comes later")
    reached += [slot for slot in concerned if dues[slot].absent == HELD]
    if not reached:
        why = f", it is {dues[concerned[0]].absent}" if concerned else ""
        raise Refused(f"concerns nothing that is planned{why}")
    past = [slot for slot in reached if dues[slot].on < on and not dues[slot].absent]
    if past and what.kind != "dose":
        day = print_date(dues[past[0]].on)
        message = (
            f"concerns {past[0]} of {day}, before {print_date(on)}, and nothing is recorded of it; "
            "record what was given and what was not, or choose what comes later"
        )
        raise Refused(message)
    return sorted(reached, key=lambda slot: dues[slot].on)


def move(change: Moving, dues: Dues, settled: Mapping[str, Settled]) -> None:
    """Change in ``dues`` when doses are due; raises Refused for what cannot be taken."""
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
        case Give():
            _give(change, dues)
        case _:
            assert_never(change)


def _delay(change: Delay, dues: Dues, settled: Mapping[str, Settled]) -> None:
    later = timedelta(days=change.days)
    for slot in reached_by(change.what, dues, settled, change.on):
        due = dues[slot]
        _not_before(change, slot, due.on + later)
        # A dose delayed alone is still measured from its own day.
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
    """Hold or stop what is still open; what is recorded stays."""
    open_ = {slot: due for slot, due in dues.items() if due.open}
    for slot in reached_by(change.what, open_, settled, change.on):
        dues[slot] = dues[slot]._replace(absent=why)


def _resume(change: Resume, dues: Dues, settled: Mapping[str, Settled]) -> None:
    what = change.what
    if what.order and what.order not in settled:
        raise Refused(f"names no order of this course; orders: {', '.join(settled)}")
    held = [
        slot for slot, due in dues.items()
        if due.absent == HELD and (not what.order or slot.order == what.order)
    ]  # fmt: skip
    if not held:
        raise Refused("resumes nothing, as nothing is held")
    firsts = {slot.order: min(dues[one].on for one in held if one.order == slot.order)
              for slot in held}  # fmt: skip
    first = min(firsts.values())
    if change.missed == "postponed" and max(firsts.values()) - first > timedelta(days=6):
        listed = " and ".join(f"{order} from {print_date(day)}" for order, day in firsts.items())
        raise Refused(f"postpones orders held at different times ({listed}); name one order")
    if what.day < max(first, change.on):
        raise Refused(f"begins before {print_date(max(first, change.on))}")
    shift = what.day - first if change.missed == "postponed" else timedelta(0)
    for slot in held:
        due = dues[slot]
        to = due.on + shift
        gone = LEFT_OUT if to < what.day else ""
        dues[slot] = due._replace(on=to, planned=due.planned + shift, absent=gone)


_FARTHEST = timedelta(days=60)
"""From its day a record may lie; beyond, the month or the year is taken for a slip."""


def _give(change: Give, dues: Dues) -> None:
    for slot, record in change.doses.items():
        if slot not in dues:
            raise Refused(f"names {slot}, which is no dose of this course")
        due = dues[slot]
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
            raise Refused(f"records nothing as given of {slot}; say that it was not given")
        else:
            dues[slot] = due._replace(on=record.on, clock=record.at, absent="", recorded=record)
