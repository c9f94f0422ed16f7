"""What a site's pharmacist has accepted of a regimen, once for every patient."""

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from posology.model.kinds import Day, Hash, Name, Noun, plain_text
from posology.model.people import Person

Words = Annotated[
    str, StringConstraints(min_length=1, max_length=4000), BeforeValidator(plain_text)
]


class Accepted(Noun):
    """A finding that is the same for every patient, and why a pharmacist accepts it."""

    code: Name
    sha256: Hash
    """Covers code, place and values of the finding, without its days."""
    says: Words
    because: Words
    by: Person
    on: Day

    @property
    def texts(self) -> dict[str, str]:
        """Every field as text that can be read again."""
        return {name: str(getattr(self, name)) for name in type(self).model_fields}


class Acceptance(Noun):
    """Which version of a regimen a pharmacist has looked at, and what is accepted of it."""

    regimen_sha256: Hash
    formulary_sha256: Hash
    """Of the drug files of the regimen."""
    findings: tuple[Accepted, ...] = Field(min_length=1)
