"""Time zones, from the tzdata package and never from the machine.

Decides what a zone is and how its clock changes are written down as a rule.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from posology.errors import QuantityError
from posology.text import shown

_YEARS = 10
"""How old the clock changes may be that a calendar program holds for a zone."""
_WEEKDAYS_AGAIN = timedelta(days=146_097)
"""After 400 years each date has its weekday again; of those years a zone's rule alone speaks."""


@cache
def _read(name: str) -> tuple[ZoneInfo, str]:
    resource = files("tzdata.zoneinfo").joinpath(*name.split("/"))
    with resource.open("rb") as stream:
        info = ZoneInfo.from_file(stream, key=name)
    return info, resource.read_bytes().rsplit(b"\n", 2)[-2].decode("ascii")


class Zone(NamedTuple):
    """An IANA time zone.

    ``rule`` is the POSIX footer of its TZif file (RFC 9636, section 3.3), which describes the
    clock changes of all years to come, such as ``CET-1CEST,M3.5.0,M10.5.0/3``.
    """

    name: str
    info: ZoneInfo
    rule: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``Europe/Berlin``."""
        if text != "Factory" and re.fullmatch(r"[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]+){0,2}", text):
            try:
                return cls(text, *_read(text))
            except (OSError, ValueError):
                pass
        msg = f'{shown(text)} is not an IANA time zone of a place; write it as in "Europe/Berlin"'
        raise QuantityError(msg)

    def __str__(self) -> str:
        """Write it as it is read."""
        return self.name


@cache
def steady(zone: Zone, first_year: int, last_year: int) -> bool:
    """Tell whether the zone's rule has held for ten years before these years, and holds in them.

    Elsewhere programs with an older time zone database read a clock time as another moment.
    """
    at = datetime(max(first_year - _YEARS, 1), 1, 1, tzinfo=UTC)
    before = None
    while at.year <= last_year:
        now = _offsets(zone, at)
        if now[0] != now[1]:
            return False
        if now != before:  # the hour of the change must be the rule's too
            halves = (_offsets(zone, at - timedelta(minutes=30 * half)) for half in range(48))
            if any(found != by_rule for found, by_rule in halves):
                return False
        before = now
        at += timedelta(days=1)
    return True


def _offsets(zone: Zone, at: datetime) -> tuple[timedelta | None, timedelta | None]:
    """Give the offset from UTC at a moment, and the one that the rule sets for it."""
    by_rule = (at + _WEEKDAYS_AGAIN).astimezone(zone.info)
    return at.astimezone(zone.info).utcoffset(), by_rule.utcoffset()
