"""What may change in a course: each change dated, with its reason."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, PlainValidator, model_validator

from posology.model.kinds import Count, Day, Noun, StatedDose, Text, reads
from posology.model.patient import MEASURE_FIELDS
from posology.model.people import Person, same_person
from posology.model.recorded import Recorded
from posology.model.site import Stock
from posology.model.slot import Reach, Slot
from posology.model.zone import Zone
from posology.text import shown


def _read_time(value: object) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    msg = f'{shown(str(value))} is not a clock time; write it as in "08:00"'
    raise ValueError(msg)


def _read_record(value: object) -> "Recorded | None":
    if value is None or isinstance(value, Recorded):
        return value
    return None if value == NOT_GIVEN else Recorded.read(value)


NOT_GIVEN = "not given"
_Time = Annotated[time, PlainValidator(_read_time, json_schema_input_type=str)]
_Record = Annotated[Recorded | None, PlainValidator(_read_record, json_schema_input_type=str)]
_SlotText = Annotated[Slot, reads(Slot)]
_ReachText = Annotated[Reach, reads(Reach)]


class _Change(Noun):
    """What all changes have: their day, their reason, and who answers for them."""

    on: Day
    reason: Text
    by: Person | None = None
    checked_by: Person | None = None
    """The second name, without which an exception is refused."""
    reaches: ClassVar[tuple[str, ...]] = ()
    """The kinds of reach that this change may have."""

    @model_validator(mode="after")
    def _reaches_what_it_may(self) -> Self:
        what = getattr(self, "what", None)
        if what is not None and what.kind not in self.reaches:
            accepted = " or ".join(_REACHES[kind] for kind in self.reaches)
            msg = f"{shown(str(what))} does not fit this change; write {accepted}"
            raise ValueError(msg)
        if self.checked_by and (not self.by or same_person(self.by, self.checked_by)):
            msg = "the second name must differ from the first, and both are needed"
            raise ValueError(msg)
        return self

    @property
    def exception(self) -> bool:
        """Whether two people answer for what the regimen does not foresee."""
        return self.checked_by is not None

    @property
    def texts(self) -> dict[str, object]:
        """Every field that is set, as text that can be read again."""
        texts: dict[str, object] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Mapping):
                texts[name] = {str(key): _text_of(entry) for key, entry in sorted(value.items())}
            elif isinstance(value, StatedDose):
                texts[name] = value.plain
            elif isinstance(value, time):
                texts[name] = f"{value:%H:%M}"
            elif value is not None:
                texts[name] = str(value)
        return texts


def _text_of(entry: object) -> object:
    if isinstance(entry, Recorded):
        return entry.texts
    return NOT_GIVEN if entry is None else str(entry)


_REACHES = {
    "dose": '"immunoglobulin.c2.d1.t1"',
    "cycle": '"cycle 3"',
    "from cycle": '"from cycle 3"',
    "from day": '"from 2027-03-01"',
}


class Measures(_Change):
    """New measures of the patient, from a cycle on."""

    kind: Literal["measures"] = "measures"
    reaches = ("from cycle",)
    what: _ReachText
    values: Annotated[Mapping[Literal[MEASURE_FIELDS], Text], Field(min_length=1)]  # type: ignore[valid-type]  # the fields of Patient


class Delay(_Change):
    """Put one dose, one cycle, or this and all later ones ``days`` days later."""

    kind: Literal["delay"] = "delay"
    reaches = ("dose", "cycle", "from cycle", "from day")
    what: _ReachText
    days: Count


class Move(_Change):
    """One dose to another day or clock time, within the regimen's tolerance."""

    kind: Literal["move"] = "move"
    reaches = ("dose",)
    what: _ReachText
    to: Day
    at: _Time | None = None


class Reduce(_Change):
    """Another dose of an order: a step that the regimen defines, else an exception."""

    kind: Literal["reduce"] = "reduce"
    reaches = ("from cycle", "cycle")
    what: _ReachText
    to: Annotated[StatedDose, reads(StatedDose)]


class Raise(_Change):
    """A higher dose of an order: a step up that the regimen defines, else an exception."""

    kind: Literal["raise"] = "raise"
    reaches = ("from cycle", "cycle")
    what: _ReachText
    to: Annotated[StatedDose, reads(StatedDose)]


class Switch(_Change):
    """Another product of a drug, such as another brand."""

    kind: Literal["switch"] = "switch"
    reaches = ("dose", "cycle", "from cycle", "from day")
    what: _ReachText
    to: Annotated[Stock, reads(Stock)]


class Hold(_Change):
    """Nothing is given from a day on, until it is resumed."""

    kind: Literal["hold"] = "hold"
    reaches = ("from day",)
    what: _ReachText


class Resume(_Change):
    """Doses are given again from a day on; missed doses are left out, or all are postponed."""

    kind: Literal["resume"] = "resume"
    reaches = ("from day",)
    what: _ReachText
    missed: Literal["left out", "postponed"]


class Stop(_Change):
    """Nothing more is given from a day on: an order, or the whole course."""

    kind: Literal["stop"] = "stop"
    reaches = ("from day",)
    what: _ReachText


class Travel(_Change):
    """From a day to a day doses keep the clock times of another time zone."""

    kind: Literal["travel"] = "travel"
    reaches = ("from day",)
    what: _ReachText
    until: Day
    """The last of these days."""
    to: Annotated[Zone, reads(Zone)]


class Extend(_Change):
    """More cycles."""

    kind: Literal["extend"] = "extend"
    cycles: Count


class Give(_Change):
    """Record, for each dose, the amount given and when; or that it was not given."""

    kind: Literal["give"] = "give"
    doses: Annotated[Mapping[_SlotText, _Record], Field(min_length=1)]


class Replan(_Change):
    """Compute again with the regimen, the site and the formulary of today."""

    kind: Literal["replan"] = "replan"
    choices: Mapping[str, Text] | None = None
    """The choices from now on, where they differ from those before."""


class Undo(_Change):
    """Take back the last change that is still in force."""

    kind: Literal["undo"] = "undo"


Change = (
    Measures | Delay | Move | Reduce | Raise | Switch | Hold | Resume | Stop | Travel | Extend
    | Give | Replan | Undo
)  # fmt: skip
AnyChange = Annotated[Change, Field(discriminator="kind")]
