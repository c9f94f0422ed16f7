"""What a pharmacist keeps of a course: the inputs, its revisions, its releases."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NamedTuple, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, PlainValidator, StringConstraints, model_validator

from posology.errors import QuantityError
from posology.model.change import AnyChange
from posology.model.finding import Value, exact
from posology.model.kinds import Count, Hash, Name, Noun, Text, plain_text, reads
from posology.model.people import Person, same_person
from posology.text import shown

Form = Literal["1", "2", "3"]
"""The form of a course file.

In form 1 a line was signed with its description, a release with the words of its findings. In
forms 1 and 2 a record held amount and clock time alone, and no revision the hash of the one before.
"""
FORM: Form = "3"
"""The form of the course file that this Posology writes; every earlier one is read."""
SIGNED_FORM: Form = "2"
"""The form that a signature names: form 3 only adds to what it covers."""


class Event(NamedTuple):
    """An entry of a calendar: a dose, equal doses in a row, or something to do on a day."""

    key: str
    """The slot of its (first) dose, or the item and its day: what its UID is made of."""
    drug: str
    """Empty for something to do."""
    start: datetime | date
    end: datetime | date
    summary: str
    about: str
    values: tuple[Value, ...]
    """The exact content of the entry; if any of them changes, the entry changes."""
    former: "Line"
    """As course files of forms 1 and 2 hold it; its summary is that of form 1."""
    every: int = 0
    """Days from one repetition to the next; 0 if it is not repeated."""
    times: int = 1
    """How often it occurs."""
    given: bool = False
    """Whether the dose is recorded as given; it then has no reminder."""

    @property
    def line(self) -> "Line":
        """What the course file keeps of it."""
        repeats = f"{self.every} x {self.times}" if self.every else "once"
        ends = (self.start, self.end)
        return Line.of(ends, repeats, drug=self.drug, values=self.values, summary=self.summary)


class Line(NamedTuple):
    """What a course file keeps of an event, to cancel it and to tell whether it has changed."""

    start: str
    end: str
    repeats: str
    digest: str
    """The digest of its values; in form 1 that of its description in words."""
    drug: str
    summary: str
    """The wording for people; a new wording is not a change of the event."""

    @classmethod
    def of(  # noqa: PLR0913 - the parts of a line, named
        cls, ends: tuple[datetime | date, datetime | date], repeats: str, *, drug: str,
        values: tuple[Value, ...], summary: str, former: bool = False,
    ) -> Self:  # fmt: skip
        """Write what is kept of an event, with the digest of its values.

        ``former``: as it was written when its values held findings.
        """
        start, end = (
            end.isoformat(timespec="minutes") if isinstance(end, datetime) else end.isoformat()
            for end in ends
        )
        digest = f"{_VALUES if former else _DOSE}{_digest(values)}"
        return cls(start, end, repeats, digest=digest, drug=drug or "-", summary=summary)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the six parts, with ``|`` between them."""
        parts = text.split(" | ", 5)
        if len(parts) != len(cls._fields) or not all(map(_is_moment, parts[:2])):
            msg = f"{shown(text)} is not a line of an event"
            raise QuantityError(msg)
        return cls(*parts)

    @property
    def every(self) -> int:
        """Days from one repetition to the next; 0 if it is not repeated."""
        return int(self.repeats.partition(" x ")[0]) if " x " in self.repeats else 0

    @property
    def times(self) -> int:
        """How often it occurs."""
        return int(self.repeats.partition(" x ")[2]) if " x " in self.repeats else 1

    @property
    def edges(self) -> tuple[datetime | date, datetime | date]:
        """Its start and end, as moments or days."""
        start, end = (
            datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
            for text in (self.start, self.end)
        )
        return start, end

    @property
    def of_form_1(self) -> bool:
        """Whether it was written in form 1, so that its digest covers words."""
        return not self.digest.startswith((_DOSE, _VALUES))

    def says(self, event: Event) -> bool:
        """Tell whether an event is still what this line says of it, whatever its wording."""
        now, former = event.line, event.former
        if self.of_form_1:
            return self._replace(digest="") == former._replace(digest="")
        return any(self._replace(summary="") == each._replace(summary="") for each in (now, former))

    def __str__(self) -> str:
        """Write it as it is read."""
        return " | ".join(self)


_DOSE, _VALUES = "dose-", "values-"
"""How the digest of a line begins: of its dose alone; of its dose and findings, as it was first."""


def _digest(values: tuple[Value, ...]) -> str:
    return hashlib.sha256(json.dumps([*map(exact, values)]).encode()).hexdigest()[:16]


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _read_stamp(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    text = str(value)
    if re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", text):
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    msg = f"{shown(text)} is not a moment; write it as in 2027-01-11T08:00:00Z"
    raise ValueError(msg)


def _read_number(value: object) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"0|[1-9][0-9]{0,5}", value):
        return int(value)
    msg = f"{shown(str(value))} is not the number of a revision"
    raise ValueError(msg)


def _read_id(value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(value)):
        return UUID(str(value))
    msg = f"{shown(str(value))} is not the id of a course"
    raise ValueError(msg)


Stamp = Annotated[datetime, PlainValidator(_read_stamp, json_schema_input_type=str)]
Number = Annotated[int, PlainValidator(_read_number, json_schema_input_type=str)]


class Revision(Noun):
    """A counted state of a course: what changed, and which events came, changed or went."""

    at: Stamp
    software: Text
    regimen_version: Count
    regimen_sha256: Hash
    site_sha256: Hash
    formulary_sha256: Hash | None = None
    """Of the drug files it was computed with; None in forms 1 and 2, or where there was no file."""
    before_sha256: Hash | None = None
    """The sha256 of the revision before; None for the first, and in forms 1 and 2."""
    change: AnyChange | None = None
    """None for the first revision."""
    events: Mapping[Text, Annotated[Line, reads(Line)]]
    """The events that are new or differ from the revision before."""
    gone: tuple[Text, ...] = ()
    """The events that are no longer planned."""


Words = Annotated[str, StringConstraints(max_length=400), BeforeValidator(plain_text)]
"""What was decided about a finding; may be empty."""


AcceptedWords = Annotated[str, StringConstraints(max_length=4200), BeforeValidator(plain_text)]


class Release(Noun):
    """A pharmacist's signature on a revision; it covers exactly that content."""

    revision: Number
    at: Stamp
    by: Person
    checked_by: Person | None = None
    acknowledged: Mapping[Name, Words] = {}
    """Review findings by code, each with the words given for it, if any."""
    accepted: Mapping[Hash, AcceptedWords] = {}
    """Findings that the site had accepted, by the sha256 of what is signed: by whom and why."""
    content_sha256: Hash
    findings_sha256: Hash | None = None
    """Covers code, place and values of the acknowledged review findings."""
    reviews_sha256: Hash | None = None
    """The same in form 1; covers the words of the findings."""

    @property
    def form(self) -> Form:
        """The form of the course file when it was signed."""
        return "1" if self.reviews_sha256 else "2"

    @model_validator(mode="after")
    def _signs_its_findings(self) -> Self:
        if (self.findings_sha256 is None) == (self.reviews_sha256 is None):
            msg = "a release needs exactly one sha256 of its findings"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _by_two_people(self) -> Self:
        if self.checked_by and same_person(self.by, self.checked_by):
            msg = "the second person is the first"
            raise ValueError(msg)
        return self


class Record(Noun):
    """The course file."""

    version: Form = FORM
    """The form of the file."""
    id: Annotated[UUID, PlainValidator(_read_id, json_schema_input_type=str)]
    form: Literal["explicit", "compact"]
    """How its calendars show doses: an event for each, or one for equal doses in a row."""
    origin: Literal["library", "file"]
    """Whether the regimen was of the library, or a local file."""
    inputs: Mapping[str, Any]
    """The inputs of the course, as text, without its changes."""
    regimens: Mapping[Hash, Any]
    """Every regimen that a revision was computed with, by its sha256."""
    revisions: Annotated[tuple[Revision, ...], Field(min_length=1)]
    releases: tuple[Release, ...] = ()


class Mark(NamedTuple):
    """The history of an event over the revisions."""

    line: Line
    cancelled: bool
    sequence: int
    """How often it has changed, by RFC 5545, 3.8.7.4."""
    created: datetime
    modified: datetime
    revision: int
    """The revision that changed it last."""
    number: int
    """Its number, from 1, among all events in the order in which they first appeared."""
    software: str
    why: str = ""
    """Why it is cancelled: held, stopped, left out, not given, or no longer planned."""


class Issued(NamedTuple):
    """A revision as it leaves: its number, whether it is released, and every event ever planned."""

    revision: int
    release: Release | None
    marks: Mapping[str, Mark]
    """By the keys of the events."""
    compact: bool
    """Whether equal doses in a row are one event."""
