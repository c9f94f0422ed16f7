"""What a pharmacist gives: the patient and the course, and never a name."""

from collections.abc import Mapping
from typing import Annotated

from posology.model.kinds import Count, Day, Name, Noun, Reference, Text, reads_in
from posology.quantity import Quantity

WEIGHT_UNITS = ("kg", "lb")
Weight = Annotated[Quantity, reads_in(WEIGHT_UNITS, "70.5 kg")]


class Patient(Noun):
    """The patient's measures."""

    weight: Weight


class Course(Noun):
    """One patient's inputs and choices for one regimen.

    ``choices`` maps what the source leaves open to the option picked, such as
    ``immunoglobulin.days`` to ``1-5``. ``cycles`` is given where the source states no duration.
    ``reference`` is the hospital's own pseudonym of the course.
    """

    regimen: Name
    patient: Patient
    start: Day
    choices: Mapping[str, Text] = {}
    cycles: Count | None = None
    reference: Reference | None = None

    @property
    def inputs(self) -> dict[str, object]:
        """All inputs as text."""
        return {
            "regimen": self.regimen,
            "reference": self.reference,
            "weight": self.patient.weight.plain,
            "start": self.start.isoformat(),
            "cycles": None if self.cycles is None else str(self.cycles),
            "choices": dict(sorted(self.choices.items())),
        }
