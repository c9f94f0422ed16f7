"""Which recorded doses are of a lot: for the recall of a product."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from posology.course.changes import in_force
from posology.model import Give, Record, Recorded, Slot
from posology.model.recorded import lot_key
from posology.record.file import course_at


class Found(NamedTuple):
    """The recorded doses of one course."""

    doses: tuple[tuple[Slot, Recorded], ...]
    """Those of the lot, in order of time."""
    without: int
    """How many were recorded without a lot; any of them may be of it."""


def doses_of(lot: str, record: Record) -> Found:
    """Find the recorded doses of a lot; only letters and digits count, capitals do not.

    A record may name several lots, with commas between them.
    """
    given = dict(_given(record))
    doses = [
        (slot, each) for slot, each in given.items() if each.lot and lot_key(lot) in _keys(each.lot)
    ]
    return Found(
        tuple(sorted(doses, key=lambda each: (each[1].on, each[1].at))),
        sum(1 for each in given.values() if not each.lot),
    )


def _given(record: Record) -> Iterator[tuple[Slot, Recorded]]:
    """List what is recorded as given; a later record of a dose replaces an earlier one."""
    last: dict[Slot, Recorded | None] = {}
    for change in in_force(course_at(record).changes):
        if isinstance(change, Give):
            last |= change.doses
    yield from ((slot, each) for slot, each in last.items() if each)


def _keys(lots: str) -> set[str]:
    return {lot_key(lot) for lot in re.split(r"[,;]", lots)}
