"""What changes do to dates: when each dose is due, or why it is not given.

Each change acts on what the earlier ones left. What is recorded never changes.
"""

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from typing import NamedTuple

from posology.course import Settled
from posology.model import (
    Change,
    Delay,
    Give,
    Hold,
    Move,
    Reach,
    Recorded,
    Resume,
    Slot,
    Stop,
    print_date,
)
from posology.scheduling import Placed

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


class Refused(Exception):  # noqa: N818 - told as a CourseError
    """Why a change cannot be taken."""


def reached_by(what: Reach, dues: Mapping[Slot, Due], settled: Mapping[str, Settled]) -> list[Slot]:
    """List the doses that a change concerns and that are still to be given, in order of time."""
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
    held = [slot for slot, due in dues.items() if what.holds(slot, due.on)]
    reached = [slot for slot in held if not dues[slot].absent]
    given = [slot for slot in reached if not dues[slot].open]
    if given:
        raise Refused(f"concerns {given[0]}, which is recorded; choose what comes later")
    if not reached:
        why = f", it is {dues[held[0]].absent}" if held else ""
        raise Refused(f"concerns nothing that is planned{why}")
    return sorted(reached, key=lambda slot: dues[slot].on)


def held_by(what: Reach, dues: Mapping[Slot, Due]) -> list[Slot]:
    """List the doses that a change concerns and that are held, so that they may come again."""
    return [
        slot for slot, due in dues.items() if due.absent == HELD and what.holds(slot, due.on)
    ]  # fmt: skip


def _delay(change: Delay, dues: Dues, settled: Mapping[str, Settled]) -> None:
    later = timedelta(days=change.days)
    present, held = reached_by(change.what, dues, settled), held_by(change.what, dues)
    for slot in present:
        _place(dues, slot, dues[slot].on + later, change)
    for slot in held:
        due = dues[slot]
        dues[slot] = due._replace(on=due.on + later, planned=due.planned + later)


def _place(dues: Dues, slot: Slot, to: date, change: Change) -> None:
    if to < change.on:
        message = (
            f"would put {slot} on {print_date(to)}, before {print_date(change.on)}; record what "
            "was given, or choose a later day"
        )
        raise Refused(message)
    shift = to - dues[slot].on
    dues[slot] = dues[slot]._replace(on=to, planned=dues[slot].planned + shift)


def _move(change: Move, dues: Dues, settled: Mapping[str, Settled]) -> None:
    (slot,) = reached_by(change.what, dues, settled)
    due = dues[slot]
    order = settled[slot.order].order
    most = order.tolerance.fewest_days if order.tolerance else 0
    if abs((change.to - due.planned).days) > most and not change.exception:
        message = (
            f"is more than {order.tolerance or '0 days'} from {print_date(due.planned)}, the "
            f"regimen's tolerance for {order.id}; an exception needs two names (--by and "
            "--checked-by)"
        )
        raise Refused(message)
    _place(dues, slot, change.to, change)
    dues[slot] = dues[slot]._replace(planned=due.planned, clock=change.at or due.clock, fixed=True)


def _hold(change: Hold | Stop, dues: Dues, settled: Mapping[str, Settled]) -> None:
    why = HELD if isinstance(change, Hold) else STOPPED
    for slot in _open(change, dues, settled):
        dues[slot] = dues[slot]._replace(absent=why)


def _open(change: Hold | Stop, dues: Dues, settled: Mapping[str, Settled]) -> list[Slot]:
    """List what is held or stopped: what is recorded stays; what is held already may be stopped."""
    held = {slot: due for slot, due in dues.items() if due.open}
    if isinstance(change, Stop):
        held = {
            slot: due._replace(absent="") if due.absent == HELD else due
            for slot, due in held.items()
        }
    return reached_by(change.what, held, settled)


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
    first = min(dues[slot].on for slot in held)
    if what.day < max(first, change.on):
        raise Refused(f"begins before {print_date(max(first, change.on))}")
    shift = what.day - first if change.missed == "postponed" else timedelta(0)
    for slot in held:
        due = dues[slot]
        to = due.on + shift
        gone = LEFT_OUT if to < what.day else ""
        dues[slot] = due._replace(on=to, planned=due.planned + shift, absent=gone)


def _give(change: Give, dues: Dues, _settled: Mapping[str, Settled]) -> None:
    for slot, record in change.doses.items():
        if slot not in dues:
            raise Refused(f"names {slot}, which is no dose of this course")
        if record is None:
            dues[slot] = dues[slot]._replace(absent=NOT_GIVEN, recorded=None)
        elif record.on > change.on:
            raise Refused(f"records {slot} as given on {print_date(record.on)}, after its own day")
        elif record.amount.number <= 0:
            raise Refused(f"records nothing as given of {slot}; say that it was not given")
        else:
            dues[slot] = dues[slot]._replace(
                on=record.on, clock=record.at, absent="", recorded=record
            )


APPLY: Mapping[type, Callable[..., None]] = {
    Delay: _delay,
    Move: _move,
    Hold: _hold,
    Stop: _hold,
    Resume: _resume,
    Give: _give,
}
