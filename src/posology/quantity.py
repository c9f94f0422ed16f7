"""Exact amounts with clinical units.

Decides what text is an amount, how amounts multiply, compare and print. It is the only
importer of pint, whose algebra proves the unit of every dose; no text from a person or a
file reaches pint's own parser, which reads ``1,5 mg`` as 15 mg.

    2 g/kg x 70 kg = 140 g
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Self

import pint
from pint.util import UnitsContainer

from posology.errors import QuantityError
from posology.text import shown

_LIST = Path(__file__).with_name("units.txt")
_REGISTRY: "pint.UnitRegistry[Any]" = pint.UnitRegistry(
    str(_LIST), non_int_type=Fraction, cache_folder=None
)
UNITS = tuple(re.findall(r"^(\w+) =", _LIST.read_text("utf-8"), re.MULTILINE))
"""Every unit, in the order in which they are written."""
_ONLY_WHERE_ASKED = frozenset({"cm", "year", "AUC"})
"""Units of a patient's measures: ``parse`` reads them only where ``accept`` names them."""

_COUNTED = (
    "unit", "tablet", "capsule", "ampoule", "vial", "drop", "puff", "application",
    "administration", "cycle", "year",
)  # fmt: skip
_PLURALS = {**{name: f"{name}s" for name in _COUNTED}, "patch": "patches"}
_SPELLINGS = {
    "ug": "mcg",
    "\u00b5g": "mcg",  # micro sign
    "\u03bcg": "mcg",  # Greek small letter mu
    "\u00b5mol": "umol",
    "\u03bcmol": "umol",
    **{many: one for one, many in _PLURALS.items() if one not in {"administration", "cycle"}},
}
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_AMOUNT = re.compile(rf"({_NUMBER.pattern}) ([^\s0-9][^\s]*)")
_PLAIN = re.compile(rf"({_NUMBER.pattern}|[1-9][0-9]{{0,80}}/[1-9][0-9]{{0,80}}) (\S+)")
_MOST_DIGITS = 12
_MOST_PLACES = 40
"""The most decimals of a number that a program reads again."""


def _any_of(units: Iterable[str]) -> str:
    *most, last = units
    return f"{', '.join(most)} or {last}" if most else last


def print_number(value: Fraction, most_places: int = 6) -> str:
    """Print a number by medication-safety rules: leading zero, no trailing zero, 1,000.

    A number that needs more than ``most_places`` decimals is marked as approximate with ``~``.

    >>> [print_number(Fraction(n)) for n in ("1250", "1/2", "140/3", "6985322498/100000000")]
    ['1,250', '0.5', '~46.67', '~69.85']
    """
    places = _places(value)
    exact = places is not None and places <= most_places
    if places is None or not exact:
        places = 2
        while abs(value) * 10 ** (places - 3) < 1 and value:
            places += 1
    scaled = round(abs(value) * 10**places)
    whole, part = divmod(scaled, 10**places)
    decimals = f".{part:0{places}d}".rstrip("0").rstrip(".") if places else ""
    return f"{'' if exact else '~'}{'-' if value < 0 else ''}{whole:,}{decimals}"


def _places(value: Fraction) -> int | None:
    """Count the decimals that write a number exactly; None where none do."""
    rest = value.denominator
    twos = fives = 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def _cause(text: str) -> str:
    """Name the mistake in a text, if it is a common one."""
    if re.fullmatch(r"[0-9]+,[0-9]+ ?\S*", text):
        return ": the decimal mark is a point, not a comma"
    if _NUMBER.fullmatch(text):
        return ": the unit is missing"
    if re.fullmatch(rf"{_NUMBER.pattern}[^\W\d]\S*", text):
        return ": the space before the unit is missing"
    return ""


@cache
def _pint_unit(unit: str) -> Any:  # noqa: ANN401 - pint's unit classes are made at run time
    top, *below = unit.split("/")
    if unknown := [name for name in [top, *below] if name not in {*UNITS, "1"}]:
        raise QuantityError(f"{shown(unknown[0])} is not a unit here")
    powers = dict.fromkeys(below, -1)
    if top != "1":
        powers[top] = 1
    return _REGISTRY.Unit(UnitsContainer(powers))


@cache
def _factor(unit: str) -> tuple[Fraction, str]:
    """Give the size of a unit in base units, and its dimension."""
    base = _REGISTRY.Quantity(Fraction(1), _pint_unit(unit)).to_root_units()
    return Fraction(base.magnitude), str(base.dimensionality)


@cache
def _combination(unit: str, other: str, power: int) -> tuple[Fraction, str]:
    """Let pint multiply or divide 1 unit by 1 other: the factor, and the resulting unit."""
    first, second = (_REGISTRY.Quantity(Fraction(1), _pint_unit(each)) for each in (unit, other))
    result = first * second if power == 1 else first / second
    units = [(str(name), int(exponent)) for name, exponent in result.unit_items()]
    return Fraction(result.magnitude), _unit_text(units)


def _unit_text(powers: Iterable[tuple[str, int]]) -> str:
    ordered = sorted(powers, key=lambda item: UNITS.index(item[0]))
    top = [name for name, power in ordered if power == 1]
    below = [name for name, power in ordered if power == -1]
    if len(top) > 1 or len(top) + len(below) != len(ordered):
        msg = f"these units do not make a dose: {dict(ordered)}"
        raise QuantityError(msg)
    return "/".join([top[0] if top else "1", *below])


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """An exact amount with its unit, such as 28 g or 2 g/kg.

    ``number`` is a Fraction, ``unit`` a text from the closed list, such as ``g/kg``.
    """

    number: Fraction
    unit: str

    @classmethod
    def parse(cls, text: str, accept: tuple[str, ...] = (), example: str = "") -> Self:
        """Read ``<number> <unit>``; ``accept`` limits the units, such as ``("kg", "lb")``.

        Without ``accept`` it reads every unit except those of a patient's measures (cm, year).
        Raises QuantityError, which says what is accepted and gives the example.

        >>> Quantity.parse("200 µg")
        Quantity('200 mcg')
        """
        unit = _any_of(accept) if accept else "a unit"
        form = (
            f'write a number, one space and {unit}, as in "{example or "2.5 mg"}" (digits 0-9, a '
            f"point as decimal mark, at most {_MOST_DIGITS} digits, more than 0)"
        )
        if not isinstance(text, str):
            msg = f"{shown(str(text))} must be a text; {form}"
            raise QuantityError(msg)
        found = _AMOUNT.fullmatch(text)
        if not found or len(found[1].replace(".", "")) > _MOST_DIGITS or not Fraction(found[1]):
            msg = f"{shown(text)} cannot be read as an amount{_cause(text)}; {form}"
            raise QuantityError(msg)
        names = [_SPELLINGS.get(name, name) for name in found[2].split("/")]
        units = UNITS if accept else [name for name in UNITS if name not in _ONLY_WHERE_ASKED]
        if unknown := [name for name in names if name not in units]:
            msg = f"{shown(unknown[0])} is not a unit here; accepted: {_any_of(accept or units)}"
            raise QuantityError(msg)
        if (accept and "/".join(names) not in accept) or len(set(names)) < len(names):
            msg = f"{shown(text)} has the wrong unit; {form}"
            raise QuantityError(msg)
        return cls(Fraction(found[1]), "/".join(names))

    @classmethod
    def exactly(cls, text: str) -> Self:
        """Read what ``plain`` writes: any unit, any number of digits, a fraction too.

        >>> Quantity.exactly("140/3 g")
        Quantity('140/3 g')
        """
        found = _PLAIN.fullmatch(text)
        names = found[2].split("/") if found else []
        if not found or not Fraction(found[1]) or not all(name in UNITS for name in names):
            msg = f"{shown(text)} is not an exact amount, as in 140/3 g"
            raise QuantityError(msg)
        return cls(Fraction(found[1]), found[2])

    @property
    def dimension(self) -> str:
        """What is measured, such as ``[drug_mass] / [body_mass]``."""
        return _factor(self.unit)[1]

    @property
    def plain(self) -> str:
        """The amount as ``parse`` reads it again, or as a fraction: ``1250 mg``, ``140/3 g``."""
        text = print_number(self.number, _MOST_PLACES)
        value = str(self.number) if text.startswith("~") else text.replace(",", "")
        return f"{value} {self.unit}"

    def __str__(self) -> str:
        """Print the amount as it is displayed: ``1,250 mg``, ``~46.67 g``, ``2 tablets``."""
        unit = _PLURALS.get(self.unit, self.unit) if self.number != 1 else self.unit
        return f"{print_number(self.number)} {unit}"

    def __repr__(self) -> str:
        """Show the exact amount."""
        return f"Quantity({self.plain!r})"

    def __mul__(self, other: "Quantity | int | Fraction") -> "Quantity":
        """Multiply by a number or an amount; the unit follows from both."""
        return self._combined(other, 1)

    def __truediv__(self, other: "Quantity | int | Fraction") -> "Quantity":
        """Divide by a number or an amount; the unit follows from both."""
        return self._combined(other, -1)

    def __add__(self, other: "Quantity") -> "Quantity":
        """Add an amount of the same dimension; the unit is that of the first."""
        return Quantity(self.number + other.to(self.unit).number, self.unit)

    def __eq__(self, other: object) -> bool:
        """Tell whether both are the same amount: 1 mg is 1,000 mcg."""
        if not isinstance(other, Quantity):
            return False
        if self.unit == other.unit:
            return self.number == other.number
        return self._base() == other._base()

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash(self._base())

    def __lt__(self, other: "Quantity") -> bool:
        """Compare amounts of the same dimension."""
        return self.number < other.to(self.unit).number

    def __gt__(self, other: "Quantity") -> bool:
        """Compare amounts of the same dimension."""
        return self.number > other.to(self.unit).number

    def __le__(self, other: "Quantity") -> bool:
        """Compare amounts of the same dimension."""
        return self.number <= other.to(self.unit).number

    def ratio(self, other: "Quantity") -> Fraction:
        """Say how many times ``other`` this is; both must be of the same dimension."""
        if self.unit == other.unit:
            return self.number / other.number
        base, other_base = self._base(), other._base()  # noqa: SLF001 - the same class
        if base[1] != other_base[1]:
            msg = f"{self} cannot be compared with {other}: {base[1]} is not {other_base[1]}"
            raise QuantityError(msg)
        return base[0] / other_base[0]

    def to(self, unit: str) -> "Quantity":
        """Write the same amount in another unit of the same dimension."""
        if unit == self.unit:
            return self
        return Quantity(self.ratio(Quantity(Fraction(1), unit)), unit)

    def _base(self) -> tuple[Fraction, str]:
        size, dimension = _factor(self.unit)
        return self.number * size, dimension

    def _combined(self, other: "Quantity | int | Fraction", power: int) -> "Quantity":
        if not isinstance(other, Quantity):
            factor = Fraction(other)
            return Quantity(self.number * factor if power == 1 else self.number / factor, self.unit)
        factor, unit = _combination(self.unit, other.unit, power)
        number = self.number * other.number if power == 1 else self.number / other.number
        return Quantity(number * factor, unit)


def number_in(unit: str, value: object, what: str, example: str) -> Fraction:
    """Give a measure of a patient as a number in a unit; ``what`` names it in the message.

    Raises QuantityError if the value is not an exact amount above 0 in a unit of this kind. A
    height of 1.70 has no unit, so it is refused and not taken for centimetres.
    """
    if isinstance(value, Quantity) and isinstance(value.number, Fraction) and value.number > 0:
        try:
            return value.to(unit).number
        except QuantityError:
            pass  # the message below names the measure
    written = f"{value.number} {value.unit}" if isinstance(value, Quantity) else str(value)
    msg = (
        f"{what}: {shown(written)} is not a {what} with its unit; write "
        f'Quantity.parse("{example} {unit}", ("{unit}",))'
    )
    raise QuantityError(msg)
