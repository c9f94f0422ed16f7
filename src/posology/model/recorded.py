"""What was given of a dose: written once, never computed anew."""

import re
import unicodedata
from datetime import datetime, time
from typing import Annotated, Self

from pydantic import PlainValidator

from posology.errors import QuantityError
from posology.model.dispensed import Infusion, Pace, Pack, Prepared
from posology.model.kinds import Count, Day, Noun, Text, print_date, read_date
from posology.model.people import Person
from posology.quantity import Quantity
from posology.text import shown

_PLUS, _SEMICOLON = " + ", "; "


def _read_moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    form = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}(:[0-9]{2})?"
    if not re.fullmatch(form, str(value)):
        msg = f"{shown(str(value))} is not a moment; write it as in 2027-01-11T08:00+01:00"
        raise ValueError(msg)
    return datetime.fromisoformat(str(value))


def _read_exact(value: object) -> Quantity:
    return value if isinstance(value, Quantity) else Quantity.exactly(str(value))


def _read_packs(value: object) -> tuple[Pack, ...]:
    return value if isinstance(value, tuple) else tuple(map(Pack.parse, str(value).split(_PLUS)))


def _read_paces(value: object) -> tuple[Pace, ...]:
    if isinstance(value, tuple):
        return value
    return tuple(map(Pace.parse, str(value).split(_SEMICOLON)))


def _read_minutes(value: object) -> int:
    if re.fullmatch(r"[1-9][0-9]{0,4}", str(value)):
        return int(str(value))
    msg = f"{shown(str(value))} is not a number of minutes"
    raise ValueError(msg)


_Minutes = Annotated[int, PlainValidator(_read_minutes, json_schema_input_type=str)]
_Moment = Annotated[datetime, PlainValidator(_read_moment, json_schema_input_type=str)]
_Exact = Annotated[Quantity, PlainValidator(_read_exact, json_schema_input_type=str)]
_Packs = Annotated[tuple[Pack, ...], PlainValidator(_read_packs, json_schema_input_type=str)]
_Paces = Annotated[tuple[Pace, ...], PlainValidator(_read_paces, json_schema_input_type=str)]


def lot_key(lot: str) -> str:
    """Give the letters and digits of a lot, by which it is compared."""
    plain = unicodedata.normalize("NFKC", lot).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


class Recorded(Noun):
    """What was given of a dose, as it was written down.

    What is None was not recorded. A course file of form 1 or 2 holds amount and clock time alone.
    """

    amount: _Exact
    on: Day
    at: time
    moment: _Moment | None = None
    """Day and clock time with the distance from UTC, so that no other zone changes them."""
    planned: _Exact | None = None
    """The dose to be given as it was planned then."""
    computed: _Exact | None = None
    dosing_weight: _Exact | None = None
    product: Text | None = None
    """Its marketed name."""
    container: Text | None = None
    """What kind of containers: vial, tablet …"""
    packs: _Packs | None = None
    volume: _Exact | None = None
    sites: Count = 1
    rates: _Paces | None = None
    """The rates of the pump as planned; None where another amount was given."""
    minutes: _Minutes | None = None
    """How long the entry of a calendar lasts."""
    lot: Text | None = None
    expiry: Day | None = None
    by: Person | None = None
    """Who recorded it; the change names it."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``30 g on 2027-01-11 at 08:00``, as forms 1 and 2 of the course file hold it."""
        found = re.fullmatch(r"(.+) on (\S+) at (([01][0-9]|2[0-3]):[0-5][0-9])", text)
        if found is None:
            msg = f'{shown(text)} is not a record; write it as in "30 g on 2027-01-11 at 08:00"'
            raise QuantityError(msg)
        try:
            on = read_date(found[2])
        except ValueError as error:
            raise QuantityError(str(error)) from None
        return cls(amount=Quantity.parse(found[1]), on=on, at=time.fromisoformat(found[3]))

    @classmethod
    def read(cls, texts: object) -> Self:
        """Read what ``texts`` writes: a text in forms 1 and 2, else its parts by their names."""
        if not isinstance(texts, dict):
            return cls.parse(str(texts))
        moment = _read_moment(texts.get("moment"))
        known = set(cls.model_fields) - {"on", "at", "by"}
        if unknown := sorted(set(texts) - known):
            msg = f"{shown(unknown[0])} is not a part of a record"
            raise ValueError(msg)
        return cls(**texts, on=moment.date(), at=moment.time())

    @property
    def texts(self) -> str | dict[str, str]:
        """Write it so that ``read`` gives it again."""
        if self.moment is None:
            return str(self)
        written = {
            "amount": self.amount.plain,
            "moment": self.moment.isoformat(timespec="minutes"),
            "planned": self.planned.plain if self.planned else "",
            "computed": self.computed.plain if self.computed else "",
            "dosing_weight": self.dosing_weight.plain if self.dosing_weight else "",
            "product": self.product or "",
            "container": self.container or "",
            "packs": _PLUS.join(pack.plain for pack in self.packs or ()),
            "volume": self.volume.plain if self.volume else "",
            "sites": str(self.sites) if self.sites > 1 else "",
            "rates": _SEMICOLON.join(pace.plain for pace in self.rates or ()),
            "minutes": str(self.minutes or ""),
            "lot": self.lot or "",
            "expiry": self.expiry.isoformat() if self.expiry else "",
        }
        return {name: text for name, text in written.items() if text}

    @property
    def complete(self) -> bool:
        """Whether it says all that is known of the dose; one of form 1 or 2 does not."""
        return self.moment is not None

    @property
    def prepared(self) -> Prepared | None:
        """The containers that were used; None where they were not recorded."""
        if not self.packs or not self.product:
            return None
        return Prepared(
            amount=self.amount,
            product=self.product,
            form=self.container or "",
            packs=self.packs,
            volume=self.volume,
            places=self.sites,
        )

    @property
    def infusion(self) -> Infusion | None:
        """How fast it ran in; None where that was not recorded."""
        return Infusion(self.rates, ("as recorded",), ()) if self.rates else None

    @property
    def words(self) -> str:
        """Say it to a person: ``30 g on Mon 11-Jan-2027 08:00``."""
        return f"{self.amount} on {print_date(self.on)} {self.at:%H:%M}"

    def __str__(self) -> str:
        """Write amount, day and clock time: ``30 g on 2027-01-11 at 08:00``."""
        return f"{self.amount.plain} on {self.on.isoformat()} at {self.at:%H:%M}"
