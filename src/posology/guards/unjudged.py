"""What guards look at: a plan with everything computed and nothing judged yet."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from posology.course.changes import Changed, Due
from posology.course.inputs import Settled
from posology.dosing.measures import Measured
from posology.library import SiteFile
from posology.model import (
    Administration,
    Circumstances,
    Combinations,
    Course,
    Finding,
    Place,
    Regimen,
    Site,
)


class Planned(NamedTuple):
    """What is planned of one order."""

    settled: Settled
    place: Place
    """Of the order in its regimen."""
    dues: Sequence[Due]
    computed: Sequence[Administration]
    """Every administration, not yet dispensed; also those that are held, stopped or not given."""
    administrations: Sequence[Administration]
    """Those that stand, in order of time: dispensed, with their rates."""
    circumstances: Sequence[Circumstances]
    """One for each set of measures; none where the formulary lacks the drug or the route."""
    after: Changed
    refused: Sequence[Finding]
    """Why a dose of it cannot be placed or made, and what was rounded."""


class Unjudged(NamedTuple):
    """A plan before the guards have looked at it."""

    course: Course
    regimen: Regimen
    site_file: SiteFile
    combinations: Combinations
    checked: Sequence[Finding]
    """What the checks say of the regimen, without a patient."""
    times: Sequence[Measured]
    """The patient's measures: first those of the course, then each new set."""
    orders: Sequence[Planned]
    drugs: Mapping[str, Circumstances]
    """By drug: the circumstances of its first order, with the last measures."""
    administrations: Sequence[Administration]
    """Of all orders, in order of time."""

    @property
    def site(self) -> Site:
        """What the hospital decides."""
        return self.site_file.site

    def of(self, drug: str) -> list[Administration]:
        """List the administrations of a drug, in order of time."""
        return [each for each in self.administrations if each.order.drug == drug]
