"""What leaves the shelf for one dose, and how fast it runs in."""

import re
from fractions import Fraction
from typing import NamedTuple, Self

from posology.errors import QuantityError
from posology.model.finding import Cited
from posology.model.kinds import DRUG_UNITS
from posology.quantity import Quantity
from posology.text import shown

_FRACTION = r"[1-9][0-9]{0,11}(?:/[1-9][0-9]{0,11})?"


class Pack(NamedTuple):
    """A number of containers of one size."""

    number: int
    size: Quantity

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2 x 20 g``."""
        found = re.fullmatch(r"([1-9][0-9]{0,3}) x (.+)", text)
        if found is None:
            msg = f'{shown(text)} is not a number of containers; write it as in "2 x 20 g"'
            raise QuantityError(msg)
        return cls(int(found[1]), Quantity.parse(found[2]))

    @property
    def plain(self) -> str:
        """Write it as it is read."""
        return f"{self.number} x {self.size.plain}"

    def __str__(self) -> str:
        """Print it: ``2 x 20 g``."""
        return f"{self.number} x {self.size}"


class Containers(NamedTuple):
    """Containers of one product."""

    product: str
    """Its marketed name."""
    form: str
    packs: tuple[Pack, ...]

    @property
    def counted(self) -> str:
        """Print their number without the product: ``5 x 20 g + 3 x 10 g (8 vials)``."""
        number = sum(pack.number for pack in self.packs)
        plural = "s" if number > 1 else ""
        return f"{' + '.join(map(str, self.packs))} ({number:,} {self.form}{plural})"

    def __str__(self) -> str:
        """Print them: ``Privigen 10 %: 5 x 20 g + 3 x 10 g (8 vials)``."""
        return f"{self.product}: {self.counted}"


class Prepared(NamedTuple):
    """What leaves the shelf for one administration, with the working of its group."""

    amount: Quantity
    product: str
    """Its marketed name."""
    form: str
    packs: tuple[Pack, ...]
    volume: Quantity | None = None
    places: int = 1
    """Over how many injection sites it is divided."""
    working: str = ""

    def __str__(self) -> str:
        """Print it on one line: ``30 g: 1 x 20 g + 1 x 10 g, 300 mL``."""
        packs = " + ".join(map(str, self.packs))
        volume = f", {self.volume}" if self.volume else ""
        places = f" over {self.places} sites" if self.places > 1 else ""
        return f"{self.amount}: {packs}{volume}{places}"


class Pace(NamedTuple):
    """A rate of the pump, how many minutes it is held, and the volume that runs in meanwhile."""

    rate: Quantity
    minutes: Fraction
    volume: Quantity

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``27 mL/h for 30 min``; the minutes may be a fraction, ``9180/89``."""
        found = re.fullmatch(rf"(.+) for ({_FRACTION}) min", text)
        if found is None:
            msg = f'{shown(text)} is not a rate; write it as in "27 mL/h for 30 min"'
            raise QuantityError(msg)
        rate, minutes = Quantity.parse(found[1]), Fraction(found[2])
        unit = rate.unit.removesuffix("/h")
        if f"{unit}/h" != rate.unit or unit not in DRUG_UNITS:
            msg = f'{shown(found[1])} is not a rate an hour; write it as in "27 mL/h"'
            raise QuantityError(msg)
        return cls(rate, minutes, Quantity(rate.number * minutes / 60, unit))

    @property
    def plain(self) -> str:
        """Write it as it is read."""
        return f"{self.rate.plain} for {self.minutes} min"


class Infusion(NamedTuple):
    """How fast one administration runs in, with the working; the volumes add up exactly."""

    paces: tuple[Pace, ...]
    working: tuple[str, ...]
    sources: tuple[Cited, ...]

    @property
    def minutes(self) -> Fraction:
        """How long it takes."""
        return sum((pace.minutes for pace in self.paces), Fraction(0))
