"""What is computed: doses with their working, dated administrations, totals, findings."""

from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from posology.model.course import Course
from posology.model.kinds import print_date
from posology.model.order import Order
from posology.model.regimen import Item, Regimen
from posology.model.site import Site
from posology.quantity import Quantity

Level = Literal["stop", "review", "note"]
LEVELS: tuple[Level, ...] = ("stop", "review", "note")


class Finding(NamedTuple):
    """Something a pharmacist must know.

    ``stop``: nothing leaves; ``review``: must be acknowledged by name; ``note``. ``where`` is
    the field, such as ``orders[1].dose``.
    """

    code: str
    level: Level
    where: str
    message: str


class Dose(NamedTuple):
    """The content of one administration, with its working written out."""

    amount: Quantity
    working: str


class Slot(NamedTuple):
    """The place of an administration in its order; the identity that never changes."""

    order: str
    cycle: int
    day: int
    number: int
    """1 for the first time of the day, 2 for the second …"""

    def __str__(self) -> str:
        """Write it as an id, such as ``immunoglobulin.c2.d1.t1``."""
        return f"{self.order}.c{self.cycle}.d{self.day}.t{self.number}"


class Administration(NamedTuple):
    """One dose at one moment."""

    slot: Slot
    order: Order
    at: datetime
    dose: Dose
    label: str
    """Where it stands in its order: ``cycle 2, day 1`` or ``dose 5 of 91``."""

    def __str__(self) -> str:
        """Print it on one line: ``Mon 11-Jan-2027 08:00  28 g immunoglobulin, intravenous``."""
        what = f"{self.dose.amount} {self.order.drug}, {self.order.route}"
        return f"{print_date(self.at)} {self.at:%H:%M}  {what}"


class Dated(NamedTuple):
    """Something to do on a day: a test to take, a supply to give out."""

    number: int
    """Its place among the regimen's items, from 1."""
    item: Item
    on: date

    def __str__(self) -> str:
        """Print it on one line: ``Mon 11-Jan-2027  pregnancy test (monitoring)``."""
        return f"{print_date(self.on)}  {self.item.name} ({self.item.kind})"


class Total(NamedTuple):
    """What an order adds up to."""

    order: str
    drug: str
    administrations: int
    per_cycle: tuple[Quantity, ...]
    """What a cycle adds up to, each different amount once, in the order of the cycles."""
    per_course: Quantity

    def __str__(self) -> str:
        """Print it on one line."""
        plural = "s" if self.administrations > 1 else ""
        return f"{self.administrations} dose{plural} of {self.order}, {self.per_course}"


class Plan(NamedTuple):
    """All administrations, totals and findings of a course."""

    course: Course
    course_id: UUID
    regimen: Regimen
    regimen_sha256: str
    site: Site
    site_sha256: str
    administrations: tuple[Administration, ...]
    items: tuple[Dated, ...]
    totals: tuple[Total, ...]
    findings: tuple[Finding, ...]

    @property
    def stopped(self) -> bool:
        """Whether a finding forbids that anything leaves."""
        return any(finding.level == "stop" for finding in self.findings)
