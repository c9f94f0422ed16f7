"""Time zones, from the tzdata package and never from the machine.

Decides what a zone is and how its clock changes are written down as a rule.
"""

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from posology.errors import QuantityError
from posology.text import shown


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
        msg = f'{shown(text)} is not an IANA time zone; write it as in "Europe/Berlin"'
        raise QuantityError(msg)

    def __str__(self) -> str:
        """Write it as it is read."""
        return self.name
