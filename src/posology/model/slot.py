"""Slots: the fixed place of a dose in its order; and texts that refer to doses."""

import re
from datetime import date
from typing import Literal, NamedTuple, Self

from posology.errors import QuantityError
from posology.model.kinds import print_date, read_date
from posology.text import shown

_NAME = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_NUMBER = r"[1-9][0-9]{0,2}"


class Slot(NamedTuple):
    """The place of an administration in its order; the identity that never changes."""

    order: str
    cycle: int
    day: int
    number: int
    """1 for the first time of the day, 2 for the second …"""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``immunoglobulin.c2.d1.t1``."""
        found = re.fullmatch(rf"({_NAME})\.c({_NUMBER})\.d({_NUMBER})\.t({_NUMBER})", text)
        if found is None:
            msg = f'{shown(text)} is not a dose; write its id, as in "immunoglobulin.c2.d1.t1"'
            raise QuantityError(msg)
        return cls(found[1], int(found[2]), int(found[3]), int(found[4]))

    def __str__(self) -> str:
        """Write it as an id, such as ``immunoglobulin.c2.d1.t1``."""
        return f"{self.order}.c{self.cycle}.d{self.day}.t{self.number}"


class Reach(NamedTuple):
    """Which administrations a change concerns, with its original text."""

    text: str
    kind: Literal["dose", "cycle", "from cycle", "from day"]
    order: str
    """Empty for all orders."""
    cycle: int = 0
    day: date = date.min
    slot: Slot | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a dose's id, ``cycle 3``, ``from cycle 3 of bortezomib`` or ``from 2027-03-01``."""
        found = re.fullmatch(rf"(cycle|from cycle|from) (\S+)(?: of ({_NAME}))?", text)
        if found is None:
            slot = Slot.parse(text)
            return cls(text, "dose", slot.order, slot=slot)
        kind, point, order = found[1], found[2], found[3] or ""
        if kind == "from":
            try:
                return cls(text, "from day", order, day=read_date(point))
            except ValueError as error:
                raise QuantityError(str(error)) from None
        if not re.fullmatch(_NUMBER, point):
            raise QuantityError(f"{shown(point)} is not the number of a cycle, 1 to 999")
        return cls(text, "cycle" if kind == "cycle" else "from cycle", order, cycle=int(point))

    def __str__(self) -> str:
        """Write it as it is read."""
        return self.text

    @property
    def words(self) -> str:
        """Say it to a person: ``from Mon 01-Mar-2027 of bortezomib``."""
        if self.kind != "from day":
            return self.text
        return f"from {print_date(self.day)}{f' of {self.order}' if self.order else ''}"

    def holds(self, slot: Slot, on: date) -> bool:
        """Tell whether it concerns an administration that is due on this day."""
        if self.kind == "dose":
            return slot == self.slot
        if self.order and slot.order != self.order:
            return False
        if self.kind == "from day":
            return on >= self.day
        return slot.cycle == self.cycle or (self.kind == "from cycle" and slot.cycle > self.cycle)
