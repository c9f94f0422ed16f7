"""A released course put into a CalDAV calendar (RFC 4791), one resource for each event.

A revision thereby replaces what an earlier one has put there; cancellations go first. What
was put is read back and compared before it is said to be published.
"""

import os
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from icalendar import Calendar, Component

from posology.errors import ExportError
from posology.export.calendar import Privacy, calendar, cancellations
from posology.model import Plan
from posology.text import shown

USER, PASSWORD = "POSOLOGY_CALDAV_USER", "POSOLOGY_CALDAV_PASSWORD"
_PROPERTIES = ("DTSTART", "DTEND", "RRULE", "SUMMARY", "DESCRIPTION", "STATUS", "SEQUENCE")


class Published(NamedTuple):
    """How many events were written, and how many were there already."""

    written: int
    unchanged: int


def publish(
    plan: Plan, url: str, privacy: Privacy = "standard", progress: Callable[[str], None] = print,
    *, cancelled: bool = False,
) -> Published:  # fmt: skip
    """Put a released plan of a course file into the calendar at ``url``.

    With ``cancelled`` only what is cancelled: that needs no release, and no finding forbids it.

    ``said`` takes lines of progress. Raises ExportError where the plan is a draft, the address is
    not to be trusted, the calendar holds a later revision, or the server refuses.
    """
    if plan.released is None and not cancelled:
        raise ExportError("a draft is not published; release it: posology release COURSE --by NAME")
    content = cancellations(plan, privacy) if cancelled else calendar(plan, privacy)
    resources = dict(_resources(content))
    client = _client(check_address(url))
    from caldav.lib.error import DAVError  # noqa: PLC0415 - an extra, only where it is used

    try:
        collection = client.calendar(url=url.rstrip("/") + "/")
        there = _there(collection)
        for uid, (event, _) in resources.items():
            later = there.get(uid)
            if later is not None and _sequence(later) > _sequence(event):
                message = "the calendar holds a later revision; nothing was published"
                raise ExportError(message)
        todo = {
            uid: text for uid, (event, text) in resources.items() if _differs(event, there, uid)
        }
        for number, (uid, text) in enumerate(todo.items(), 1):
            answer = client.put(
                f"{collection.url}{uid}.ics", text, {"Content-Type": "text/calendar; charset=utf-8"}
            )
            if answer.status not in {200, 201, 204}:
                message = (
                    f"the server refused entry {number} of {len(todo)} ({answer.status}); those "
                    "before it are published. Repeat the command: nothing is doubled"
                )
                raise ExportError(message)
            if number % 50 == 0:
                progress(f"{number} of {len(todo)}")
        published = _there(collection)
    except (DAVError, OSError) as error:
        reason = getattr(error, "reason", "") or type(error).__name__
        message = f"the calendar cannot be reached or refuses ({reason}); repeat the command later"
        raise ExportError(message) from None
    wrong = [uid for uid, (event, _) in resources.items() if _differs(event, published, uid)]
    if wrong:
        message = (
            f"{len(wrong)} of {len(resources)} entries, read back, are not as they were put; look "
            "at the calendar, and publish again"
        )
        raise ExportError(message)
    return Published(len(todo), len(resources) - len(todo))


def check_address(url: str) -> str:
    """Refuse an address that is not encrypted, unless it is this machine; or that holds a name."""
    message = f"{shown(url)} is not an address for patient data; write https://…"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise ExportError(message) from None
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if parts.username or parts.password:
        raise ExportError(f"no name or password in the address; set {USER} and {PASSWORD}")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise ExportError(message)
    return url


def _client(url: str) -> Any:  # noqa: ANN401 - of an extra
    try:
        from caldav.davclient import DAVClient  # noqa: PLC0415 - an extra, only where it is used
    except ModuleNotFoundError:
        message = 'publishing needs the extra caldav: pip install ".[caldav]" in its folder'
        raise ExportError(message) from None
    user = os.environ.get(USER)
    if not user:
        raise ExportError(f"set {USER}, and {PASSWORD} or the password in the keyring")
    client = DAVClient(
        url=url, username=user, password=_password(user), timeout=30, enable_rfc6764=False
    )
    client.session.max_redirects = 0  # nothing about a patient goes to another host
    return client


def _password(user: str) -> str:
    password = os.environ.get(PASSWORD) or _kept_password(user)
    if not password:
        raise ExportError(f"no password: set {PASSWORD}, or keep one in the keyring (posology)")
    return password


def _kept_password(user: str) -> str | None:
    try:
        import keyring  # noqa: PLC0415 - an extra, only where it is used
        from keyring.errors import KeyringError  # noqa: PLC0415 - as above
    except ModuleNotFoundError:
        return None
    try:
        return keyring.get_password("posology", user)
    except KeyringError:
        return None


def _resources(content: bytes) -> Iterator[tuple[str, tuple[Component, str]]]:
    """Cut a calendar into one for each event, with the zone; cancelled ones first."""
    whole = Calendar.from_ical(content)
    events = sorted(whole.walk("VEVENT"), key=lambda event: event["STATUS"] != "CANCELLED")
    for event in events:
        single = Calendar()
        for name in ("PRODID", "VERSION", "CALSCALE"):
            single.add(name, whole[name])
        for zone in whole.walk("VTIMEZONE"):
            single.add_component(zone)
        single.add_component(event)
        yield str(event["UID"]), (event, single.to_ical().decode())


def _there(collection: Any) -> dict[str, Component]:  # noqa: ANN401 - of an extra
    """Read what the calendar holds, by UID."""
    found = {}
    for resource in collection.get_events():
        for event in Calendar.from_ical(resource.data).walk("VEVENT"):
            found[str(event["UID"])] = event
    return found


def _differs(event: Component, there: dict[str, Component], uid: str) -> bool:
    other = there.get(uid)
    return other is None or any(_text(event, name) != _text(other, name) for name in _PROPERTIES)


def _sequence(event: Component) -> int:
    return int(str(event.get("SEQUENCE", "0")))


def _text(event: Component, name: str) -> str:
    value = event.get(name)
    if value is None:
        return ""
    if name in {"DTSTART", "DTEND"}:
        return str(value.dt)
    written = value.to_ical() if hasattr(value, "to_ical") else str(value).encode()
    return ";".join(sorted(written.decode().split(";"))) if name == "RRULE" else str(value)
