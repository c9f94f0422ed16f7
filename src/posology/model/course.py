"""What a pharmacist gives: the inputs of a course."""

from collections.abc import Mapping

from posology.model.kinds import Count, Day, Name, Noun, Reference, Text
from posology.model.patient import Patient


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
    without: tuple[Name, ...] = ()
    """Optional orders that this course leaves out."""
    reference: Reference | None = None

    @property
    def inputs(self) -> dict[str, object]:
        """All inputs as text."""
        return {
            "regimen": self.regimen,
            "reference": self.reference,
            **self.patient.texts,
            "start": self.start.isoformat(),
            "cycles": None if self.cycles is None else str(self.cycles),
            "choices": dict(sorted(self.choices.items())),
            "without": sorted(self.without),
        }
