"""What is computed: doses with their working, dated administrations, totals, findings."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import NamedTuple
from uuid import UUID

from posology.model.combination import Combinations
from posology.model.course import Course
from posology.model.dispensed import Containers, Infusion, Pack, Prepared
from posology.model.drug import Drug
from posology.model.finding import Finding
from posology.model.item import Dated
from posology.model.kinds import print_date
from posology.model.order import Order
from posology.model.origin import Origin
from posology.model.patient import Patient
from posology.model.record import Issued, Release
from posology.model.recorded import Recorded
from posology.model.regimen import Regimen
from posology.model.site import Site
from posology.model.slot import Slot
from posology.model.stages import Needed
from posology.quantity import Quantity


class Dose(NamedTuple):
    """The content of one administration, with its working written out."""

    amount: Quantity
    working: str


class Size(NamedTuple):
    """The weight and the body surface that doses of a drug are computed for, each also in words."""

    weight: Quantity
    words: str
    surface: Quantity | None
    surface_words: str


class Position(NamedTuple):
    """Where an administration stands among all of its order."""

    number: int
    of: int
    slot: Slot
    by_cycle: bool
    """Whether a cycle has several days, so that cycle and day say more than the number."""
    again: bool = False
    """Whether it is given once more, as after vomiting."""
    recorded: bool = False
    """Whether it is recorded, so that the length of the course must not change its words."""
    times: int = 1
    """How many times a day it is given."""

    def __str__(self) -> str:
        """Print it: ``cycle 2, day 1`` or ``dose 5 of 91``; ``dose 5`` once it is recorded."""
        again = ", once more" if self.again else ""
        if self.by_cycle:
            return f"cycle {self.slot.cycle}, day {self.slot.day}{again}"
        of = "" if self.recorded else f" of {self.of}"
        return f"dose {self.number}{of}{again}"


class Administration(NamedTuple):
    """One dose at one moment."""

    slot: Slot
    order: Order
    at: datetime
    dose: Dose
    position: "Position"
    size: Size
    """The weight and the surface that it is computed for."""
    weight: Quantity
    """The actual weight from which the size follows."""
    prepared: Prepared | None = None
    infusion: Infusion | None = None
    recorded: Recorded | None = None
    shifted: int = 0
    """Days between its day in the regimen and its day now."""
    late: int = 0
    """Days between its planned day and its day now, if it was given only hours from its time."""

    @property
    def counts_on(self) -> date:
        """The day to which it belongs: also of a dose that was given some hours late."""
        return self.at.date() - timedelta(days=self.late)

    @property
    def amount(self) -> Quantity:
        """The amount given if it is recorded, else the planned amount."""
        if self.recorded:
            return self.recorded.amount
        return self.planned

    @property
    def as_planned(self) -> bool:
        """Whether it is not yet given, or was given in the planned amount."""
        return self.recorded is None or self.recorded.amount == self.planned

    @property
    def ready(self) -> Prepared | None:
        """The containers for it, or those that were used; None where that was not recorded."""
        return self.recorded.prepared if self.recorded else self.prepared

    @property
    def planned(self) -> Quantity:
        """The amount to be given: the computed dose as it can be dispensed."""
        if self.recorded and self.recorded.complete:
            return self.recorded.planned or self.recorded.amount  # planned in no amount
        return self.prepared.amount if self.prepared else self.dose.amount

    @property
    def computed_amount(self) -> Quantity:
        """The computed dose; of a recorded dose that of then, of one once more what was given."""
        if self.position.again:
            return self.amount
        return (self.recorded and self.recorded.computed) or self.dose.amount

    @property
    def dosing_weight(self) -> Quantity:
        """The weight that it is computed for; of a recorded dose the one of then."""
        return (self.recorded and self.recorded.dosing_weight) or self.size.weight

    def ends(self, entry_minutes: int) -> datetime:
        """Give the end: of the infusion, to the next whole minute; else after ``entry_minutes``."""
        minutes = self.order.over[0].minutes if self.order.over else entry_minutes
        minutes = ceil(self.infusion.minutes) if self.infusion else minutes
        if self.recorded and self.recorded.minutes:
            minutes = self.recorded.minutes
        end = self.at.astimezone(UTC) + timedelta(minutes=minutes)
        return end.astimezone(self.at.tzinfo)

    @property
    def runs(self) -> Infusion | None:
        """How fast it runs in; of a recorded dose as it was recorded, or None."""
        return self.recorded.infusion if self.recorded else self.infusion

    @property
    def ends_at(self) -> str:
        """Print the end of an infusion, with the date if it is another day; else an empty text."""
        if self.runs is None:
            return ""
        end = self.ends(0)
        day = f"{print_date(end)} " if end.date() != self.at.date() else ""
        return f"{day}{end:%H:%M}"

    @property
    def computed(self) -> str:
        """Print the computed dose on one line, as the cases of a regimen expect it."""
        return self._line(self.dose.amount)

    def __str__(self) -> str:
        """Print it on one line: ``Mon 11-Jan-2027 08:00  30 g immunoglobulin, intravenous``."""
        return self._line(self.amount)

    def _line(self, amount: Quantity) -> str:
        what = f"{amount} {self.order.drug}, {self.order.way}"
        return f"{print_date(self.at)} {self.at:%H:%M}  {what}"


class Absent(NamedTuple):
    """A dose that is not given: held, stopped, left out, or recorded as not given."""

    slot: Slot
    on: date
    why: str

    def __str__(self) -> str:
        """Print it on one line: ``Tue 12-Jan-2027  immunoglobulin.c1.d2.t1: not given``."""
        return f"{print_date(self.on)}  {self.slot}: {self.why}"


class Total(NamedTuple):
    """The totals of an order."""

    order: str
    drug: str
    administrations: int
    per_cycle: tuple[Quantity, ...]
    """The total of a cycle: each different amount once, in the order of the cycles."""
    per_course: Quantity
    dispensed: Quantity
    """The amount dispensed in all; the other amounts are computed ones."""
    to_order: tuple[Containers, ...]
    """What must be ordered for the doses that are not recorded, product by product."""
    per_cycle_to_order: tuple[tuple[Containers, ...], ...]
    """Each different list once, in the order of the cycles of which no dose is recorded."""

    @property
    def product(self) -> str:
        """The marketed names of the products to order."""
        return " and ".join(dict.fromkeys(each.product for each in self.to_order))

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The containers to order, of all products."""
        return tuple(pack for each in self.to_order for pack in each.packs)

    def __str__(self) -> str:
        """Print it on one line."""
        plural = "s" if self.administrations > 1 else ""
        return f"{self.administrations} dose{plural} of {self.order}, {self.per_course}"


class Supplied(NamedTuple):
    """What is given out at once of a drug whose supply is limited."""

    order: str
    on: date
    until: date
    packs: tuple[Pack, ...]
    form: str

    def __str__(self) -> str:
        """Print it on one line."""
        what = " + ".join(map(str, self.packs))
        return f"{print_date(self.on)}  {self.order}: {what} (to {print_date(self.until)})"


class Circumstances(NamedTuple):
    """Everything except the order that a guard needs to judge one drug."""

    course: Course
    regimen: Regimen
    site: Site
    patient: Patient
    """The measures, with the age and clearance computed from them."""
    drug: Drug
    size: Size


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
    supplies: tuple[Supplied, ...]
    sizes: Mapping[str, Size]
    """By order."""
    patient: Patient
    """The measures, with the age and the creatinine clearance computed from them."""
    drugs: Mapping[str, Drug]
    combinations: Combinations
    findings: tuple[Finding, ...]
    needed: tuple[Needed, ...] = ()
    """What is taken only as needed, in no administration and in no total."""
    absent: tuple[Absent, ...] = ()
    """The doses that are not given, in order of time."""
    issued: Issued | None = None
    """Its revision and events; None for a plan that is not kept in a course file."""
    origin: Origin = Origin(" (not compared with the library)", (), "")

    def __repr__(self) -> str:
        """Print it in few words: ``Plan(scleromyxedema-ivig, 30 administrations, 9 findings)``."""
        doses, findings = len(self.administrations), len(self.findings)
        return f"Plan({self.course.regimen}, {doses} administrations, {findings} findings)"

    @property
    def named(self) -> str:
        """The id of the regimen, marked where its content is not the library's."""
        return f"{self.course.regimen}{self.origin.mark}"

    @property
    def released(self) -> Release | None:
        """The release of this plan, if there is one."""
        return self.issued.release if self.issued else None

    @property
    def stopped(self) -> bool:
        """Whether a finding forbids that anything leaves."""
        return any(finding.level == "stop" for finding in self.findings)
