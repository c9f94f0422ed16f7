"""What guards judge: a plan with everything computed and nothing judged yet."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from posology.course.changes import Changed, Due
from posology.course.settled import Settled
from posology.dosing.measures import Measured
from posology.library import SiteFile
from posology.model import (
    Administration,
    Circumstances,
    Combinations,
    Course,
    Finding,
    Needed,
    Place,
    Regimen,
    Site,
)


class Entered(NamedTuple):
    """The days on which a course, and then each of its changes, was entered."""

    days: tuple[date, ...]
    new: bool
    """Whether the last of them is entered now. What was kept before is reviewed, never stopped."""
    moments: tuple[datetime, ...] = ()
    """The same with their times; empty where they are not known."""


class Planned(NamedTuple):
    """One order of a plan: its days, doses and circumstances."""

    settled: Settled
    place: Place
    """The place of the order in its regimen."""
    dues: Sequence[Due]
    computed: Sequence[Administration]
    """Every administration before dispensing, including those held, stopped or not given."""
    administrations: Sequence[Administration]
    """The administrations that are not absent, in order of time, dispensed and with rates."""
    circumstances: Sequence[Circumstances]
    """One entry per set of measures; empty if the formulary lacks the drug or the route."""
    after: Changed
    refused: Sequence[Finding]
    """Why a dose cannot be placed or made, and which doses were rounded."""
    before: int = 0
    """How many of its doses lie before the course, in cycles that were given elsewhere."""


class Unjudged(NamedTuple):
    """A plan before the guards have looked at it."""

    course: Course
    regimen: Regimen
    """With the readings, markets and salts that were chosen."""
    whole: Regimen
    """With all that its sources leave open."""
    site_file: SiteFile
    combinations: Combinations
    checked: Sequence[Finding]
    """The findings of the regimen's checks, without a patient."""
    times: Sequence[Measured]
    """The patient's measures: first those of the course, then each new set."""
    orders: Sequence[Planned]
    drugs: Mapping[str, Circumstances]
    """Maps a drug to the circumstances of its first order, with the last measures."""
    administrations: Sequence[Administration]
    """The administrations of all orders, in order of time."""
    needed: Sequence[Needed] = ()
    """What is taken only as needed."""
    entered: Entered | None = None
    """None: its days are judged against no day, as those of a worked case."""

    @property
    def site(self) -> Site:
        """What the hospital decides."""
        return self.site_file.site

    def of(self, drug: str) -> list[Administration]:
        """List the administrations of a drug, in order of time."""
        return [each for each in self.administrations if each.order.drug == drug]
