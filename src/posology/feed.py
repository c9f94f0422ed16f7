"""Answers a calendar program that has subscribed: the calendar of an address, or nothing."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from posology import library, register
from posology.errors import PosologyError
from posology.export.clinic import ClinicPrivacy, Listed, alone, clinic
from posology.register import Feed

PATH = "/calendar/{name}"
"""The route; a name is an address with .ics after it."""


class Answer(NamedTuple):
    """What is sent: the status, its headers, its content."""

    status: int
    headers: Mapping[str, str]
    content: bytes


NOTHING = Answer(404, {}, b"")
"""The answer to all that is no address: whether it never was one, or has ended, is not said."""


def answer(where: str, site: str | None, name: str, known: str) -> Answer:
    """Answer a request for an address; ``known`` is the ETag that the program has already."""
    token = name.removesuffix(".ics")
    if token == name or not token.isalnum() or not _is_there(where):
        return NOTHING
    try:
        place = register.opened(where)
        feed = register.feed_of(place, token)
        if feed is None:
            return NOTHING
        state = register.state_of(place, feed)
        headers = {"etag": f'"{state}"', "cache-control": "private, no-cache"}
        if f'"{state}"' in known:
            return Answer(304, headers, b"")
        content = _calendar(where, feed, site, state)
    except PosologyError:
        # The reason may hold a reference; who reads a calendar has no use for it.
        return Answer(503, {"retry-after": "600"}, b"")
    return Answer(200, {**headers, "content-type": "text/calendar; charset=utf-8"}, content)


def _is_there(where: str) -> bool:
    """Tell whether a register has been begun; where there is none, there is no address."""
    return "://" in where or Path(where).exists()


@lru_cache(maxsize=8)
def _calendar(where: str, feed: Feed, site: str | None, state: str) -> bytes:  # noqa: ARG001 - state: what the content is of
    """Write the calendar; the same one is written once for all who read it."""
    place = register.opened(where)
    zone = (library.read_site(Path(site)) if site else library.read_site()).site.time_zone
    listed = [
        Listed(each.reference, register.load(place, each.reference).record,
               each.state == "released", each.problem, ended=bool(each.closed))
        for each in register.courses(place)
        if feed.course in ("", each.id)
    ]  # fmt: skip
    privacy: ClinicPrivacy = "standard" if feed.privacy == "standard" else "discreet"
    return alone(listed[0], zone, privacy) if feed.course else clinic(listed, zone, privacy)
