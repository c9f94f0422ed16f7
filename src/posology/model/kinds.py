"""Kinds of text, such as a dose or a date. Each is read strictly and printed as it was read."""

import re
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from posology.errors import QuantityError
from posology.quantity import Quantity
from posology.text import shown

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DRUG_UNITS = (
    "g", "mg", "mcg", "ng", "IU", "unit", "mmol", "mL", "tablet", "capsule",
    "drop", "puff", "patch", "application",
)  # fmt: skip
"""What a drug is measured in."""
_MOST_OPTIONS = 6
YEARS = range(2000, 2101)


def print_date(day: date) -> str:
    """Print a date without any locale: ``Mon 11-Jan-2027``."""
    return f"{WEEKDAYS[day.weekday()]} {day.day:02d}-{MONTHS[day.month - 1]}-{day.year}"


def read_date(value: object) -> date:
    """Read ``2027-01-11``; raises ValueError that says what is accepted."""
    if type(value) is date:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            msg = f"{shown(value)} is not a day of the calendar; write it as 2027-01-11"
            raise ValueError(msg) from None
        if day.year in YEARS:
            return day
    msg = f"{shown(str(value))} is not a date; write year-month-day from {YEARS[0]} to {YEARS[-1]}"
    raise ValueError(f"{msg}, as in 2027-01-11")


def _read_count(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,2}", value):
        return int(value)
    msg = f"{shown(str(value))} is not a whole number from 1 to 999"
    raise ValueError(msg)


def _turned(amount: str) -> str:
    """Write an exposure as people do: ``AUC 5``."""
    number, unit = amount.split(" ")
    return f"{unit} {number}"


class StatedDose(NamedTuple):
    """A dose as stated: an amount and its basis (each, per day or per cycle)."""

    amount: Quantity
    basis: Literal["each", "per day", "per cycle"]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2 g/kg per cycle``, ``200 mcg each`` or ``1 mg per day``."""
        found = re.fullmatch(r"(.*) (each|per day|per cycle)", text)
        if not found:
            msg = (
                f"{shown(text)} does not say whether it is each dose, per day or per cycle; "
                'write it as in "200 mcg each" or "2 g/kg per cycle"'
            )
            raise QuantityError(msg)
        if exposure := re.fullmatch(r"AUC (.*)", found[1]):
            if found[2] != "each":
                raise QuantityError(f"{shown(text)}: an AUC is of one dose; write AUC 5 each")
            amount = Quantity.parse(f"{exposure[1]} AUC", ("AUC",), "AUC 5")
            return cls(amount, found[2])  # type: ignore[arg-type]  # the pattern holds it
        amount = Quantity.parse(found[1])
        top, *below = amount.unit.split("/")
        if top not in DRUG_UNITS or below not in ([], ["kg"], ["m2"]):
            msg = (
                f"{shown(found[1])} is not a dose; write an amount of the drug, or one per kg or "
                'm2 of the patient, as in "200 mcg", "2 g/kg" or "9 mg/m2"'
            )
            raise QuantityError(msg)
        return cls(amount, found[2])  # type: ignore[arg-type]  # the pattern holds it

    @property
    def exposure(self) -> bool:
        """Whether it is an exposure, of which Calvert's formula makes a dose: ``AUC 5``."""
        return self.amount.unit == "AUC"

    @property
    def of_the_body(self) -> bool:
        """Whether the dose depends on the body: per kg, per m2, or an exposure."""
        return "/" in self.amount.unit or self.exposure

    @property
    def plain(self) -> str:
        """The dose as ``parse`` reads it again, exact: ``1000 mg/kg per cycle``."""
        amount = self.amount.plain
        return f"{_turned(amount) if self.exposure else amount} {self.basis}"

    def __str__(self) -> str:
        """Write it as it is displayed: ``1,000 mg/kg per cycle``, ``AUC 5 each``."""
        amount = str(self.amount)
        return f"{_turned(amount) if self.exposure else amount} {self.basis}"


class Offered(NamedTuple):
    """Doses of which the source lets a person choose one; or any between two."""

    options: tuple[StatedDose, ...]
    between: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``0.75 to 1 g/m2 each``, or ``0.2 g/kg per cycle or 0.4 g/kg per cycle``."""
        low, to, high = text.partition(" to ")
        if not to:
            options = tuple(StatedDose.parse(part) for part in text.split(" or "))
            if len(set(options)) < len(options):
                raise QuantityError(f"{shown(text)} offers the same dose twice")
            return cls(options, between=False)
        most = StatedDose.parse(high)
        least = StatedDose.parse(f"{low} {most.amount.unit} {most.basis}")
        if least.amount >= most.amount:
            raise QuantityError(
                f"{shown(text)} begins with the larger dose; write the smaller first"
            )
        return cls((least, most), between=True)

    def picked(self, text: str | None) -> StatedDose | None:
        """Read the dose that was chosen; None if it is none of those offered."""
        try:
            dose = StatedDose.parse(text or "")
        except QuantityError:
            return None
        first, last = self.options[0], self.options[-1]
        alike = dose.basis == first.basis and dose.amount.dimension == first.amount.dimension
        if self.between and alike and first.amount <= dose.amount <= last.amount:
            return dose
        return dose if dose in self.options else None

    def __str__(self) -> str:
        """Write it as it is read."""
        first, last = self.options[0], self.options[-1]
        if self.between:
            return f"{first.amount.plain.split(' ')[0]} to {last}"
        return " or ".join(map(str, self.options))


class Range(NamedTuple):
    """From a smallest to a largest amount, both included."""

    low: Quantity
    high: Quantity

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``50 mcg to 500 mcg``."""
        low, to, high = text.partition(" to ")
        if not to:
            msg = f'{shown(text)} is not a range; write it as in "50 mcg to 500 mcg"'
            raise QuantityError(msg)
        limits = cls(Quantity.parse(low), Quantity.parse(high))
        if limits.low > limits.high:
            msg = f"{shown(text)} begins with the larger amount; write the smaller amount first"
            raise QuantityError(msg)
        return limits

    def __str__(self) -> str:
        """Write it as it is displayed."""
        return f"{self.low} to {self.high}"


def written(kind: str, **more: Any) -> Any:  # noqa: ANN401 - a type, and what a schema holds
    """Name the kind of text of a field, from which its JSON Schema follows (library/schema.py)."""
    return Annotated[str, WithJsonSchema({"written": kind, **more})]


def reads(kind: Any) -> PlainValidator:  # noqa: ANN401 - any of the kinds above
    """Make a field that reads its text with ``kind.parse``; a value of that kind is kept."""

    def read(value: object) -> object:
        if isinstance(value, str):
            return kind.parse(value)
        if isinstance(value, kind):
            return value
        msg = f"{shown(str(value))} must be a text"
        raise ValueError(msg)

    return PlainValidator(read, json_schema_input_type=written(kind.__name__))


def reads_in(units: tuple[str, ...], example: str) -> PlainValidator:
    """Make a field that reads an amount in one of these units."""

    def read(value: object) -> Quantity:
        if isinstance(value, Quantity):
            value = value.plain
        if isinstance(value, str):
            return Quantity.parse(value, units, example)
        msg = f'{shown(str(value))} must be a text, as in "{example}"'
        raise ValueError(msg)

    return PlainValidator(
        read, json_schema_input_type=written("Quantity", units=units, example=example)
    )


def reads_or(kind: Any, *words: str) -> PlainValidator:  # noqa: ANN401 - any of the kinds above
    """Make a field that reads one of these words, else its text with ``kind.parse``."""

    def read(value: object) -> object:
        if value in words or isinstance(value, kind):
            return value
        try:
            return kind.parse(str(value))
        except QuantityError as error:
            msg = f'{error}; or "{words[0]}"'
            raise ValueError(msg) from None

    return PlainValidator(read, json_schema_input_type=written(kind.__name__, words=words))


def reads_options(kind: Any) -> PlainValidator:  # noqa: ANN401 - any of the kinds above
    """Make a field that reads one value, or several with ``or`` between them: a choice."""

    def read(value: object) -> object:
        if isinstance(value, tuple):
            return value
        parts = str(value).split(" or ")
        if len(parts) > _MOST_OPTIONS:
            msg = f"offers {len(parts)} options; at most {_MOST_OPTIONS} are accepted"
            raise ValueError(msg)
        options = tuple(kind.parse(part) for part in parts)
        if len(set(options)) < len(options):
            msg = f"{shown(str(value))} offers the same option twice"
            raise ValueError(msg)
        return options

    return PlainValidator(read, json_schema_input_type=written(kind.__name__, several=True))


def plain_text(text: object) -> object:
    """Refuse characters that cannot be printed."""
    if isinstance(text, str) and (bad := next((c for c in text if not c.isprintable()), None)):
        msg = f"holds a character that cannot be printed (U+{ord(bad):04X})"
        raise ValueError(msg)
    return text


def must_match(pattern: str, words: str) -> AfterValidator:
    """Make a check that refuses other texts; ``words`` names what is accepted."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            msg = f"{shown(text)} is not {words}"
            raise ValueError(msg)
        return text

    return AfterValidator(check)


Text = Annotated[str, StringConstraints(min_length=1, max_length=400), BeforeValidator(plain_text)]
Name = Annotated[
    str,
    must_match(
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
        'a name; write small letters, digits and hyphens: "name-2"',
    ),
    WithJsonSchema({"written": "Name"}),
]
Hash = Annotated[str, must_match(r"[0-9a-f]{64}", "a sha256; write its 64 digits 0-9, a-f")]
Count = Annotated[int, BeforeValidator(_read_count, json_schema_input_type=written("Count"))]
Day = Annotated[date, PlainValidator(read_date, json_schema_input_type=written("Day"))]
Amount = Annotated[Quantity, reads(Quantity)]


class Noun(BaseModel):
    """A frozen value; unknown keys are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True
    )
