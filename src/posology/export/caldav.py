"""A released course put into a CalDAV calendar (RFC 4791), one resource for each event.

A revision thereby replaces what an earlier one has put there; cancellations go first. What
was put is read back and compared before it is said to be published.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid5

from icalendar import Calendar, Component

from posology.errors import ExportError
from posology.export.answers import bounded_answers, within
from posology.export.calendar import Privacy, calendar, cancellations
from posology.keyrings import kept_password
from posology.model import Plan, print_date
from posology.text import shown

USER, PASSWORD = "POSOLOGY_CALDAV_USER", "POSOLOGY_CALDAV_PASSWORD"
_AGAIN = "Repeat the command: it puts what is missing, and nothing is doubled."
_Resources = Mapping[str, tuple[Component, str]]
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
    with _client(check_address(url)) as client:
        return _published(plan, client, url, resources, progress)


def _published(
    plan: Plan,
    client: Any,  # noqa: ANN401 - of an extra
    url: str,
    resources: _Resources,
    progress: Callable[[str], None],
) -> Published:
    """Put what differs, read it back, and say what is there."""
    collection = client.calendar(url=url.rstrip("/") + "/")
    there = _before(collection, resources)
    todo = {uid: text for uid, (event, text) in resources.items() if _differs(event, there, uid)}
    answered: list[str] = []
    try:
        for number, (uid, text) in enumerate(todo.items(), 1):
            within(partial(_put, client, f"{collection.url}{uid}.ics", text))
            answered.append(uid)
            if number % 50 == 0:
                progress(f"{number} of {len(todo)}")
        published = within(lambda: _there(collection))
    except Exception as error:  # noqa: BLE001 - as above
        reason = _why(error)
        try:
            held = within(lambda: _there(collection))
        except Exception:  # noqa: BLE001 - as above
            said = _as_answered(plan, resources, todo, answered)
        else:
            said = _as_held(plan, resources, held)
        message = f"the calendar refuses or does not answer ({reason}). {said} {_AGAIN}"
        raise ExportError(message) from None
    wrong = [uid for uid, (event, _) in resources.items() if _differs(event, published, uid)]
    if wrong:
        message = (
            f"{len(wrong)} of {len(resources)} entries, read back, are not as they were put. "
            f"{_as_held(plan, resources, published)} {_AGAIN}"
        )
        raise ExportError(message)
    return Published(len(todo), len(resources) - len(todo))


def _before(collection: Any, resources: _Resources) -> dict[str, Component]:  # noqa: ANN401 - of an extra
    """Read what the calendar holds before anything is put; it may hold no later revision."""
    try:
        there = within(lambda: _there(collection))
    except Exception as error:  # noqa: BLE001 - whatever a server answers is told
        message = f"the calendar cannot be reached or refuses ({_why(error)}); nothing was put; "
        raise ExportError(f"{message}repeat the command later") from None
    for uid, (event, _) in resources.items():
        later = there.get(uid)
        if later is not None and _sequence(later) > _sequence(event):
            raise ExportError("the calendar holds a later revision; nothing was published")
    return there


def _put(client: Any, url: str, text: str) -> int:  # noqa: ANN401 - of an extra
    answer = client.put(url, text, {"Content-Type": "text/calendar; charset=utf-8"})
    status: int = answer.status
    if status not in {200, 201, 204}:
        raise ExportError(str(status))
    return status


def _why(error: Exception) -> str:
    if isinstance(error, ExportError | TimeoutError):
        return shown(str(error))
    return shown(str(getattr(error, "reason", "") or type(error).__name__))


def _as_held(plan: Plan, resources: _Resources, held: dict[str, Component]) -> str:
    """Say which entries the calendar, read back, holds as they are to be."""
    right = [uid for uid, (event, _) in resources.items() if not _differs(event, held, uid)]
    wrong = [uid for uid in resources if uid not in right]
    return f"Read back: {_listed(plan, resources, {'there': right, 'not there': wrong})}"


def _as_answered(
    plan: Plan, resources: _Resources, todo: dict[str, str], answered: list[str]
) -> str:
    """Say what the server has answered for, where it cannot be read back."""
    open_ = [uid for uid in todo if uid not in answered]
    parts = {
        "there before": [uid for uid in resources if uid not in todo],
        "taken by the server": answered,
        "not known": open_[:1],
        "not sent": open_[1:],
    }
    return f"It cannot be read back: {_listed(plan, resources, parts)}"


def _start(event: Component) -> date:
    value: Any = event["DTSTART"]
    day: date = value.dt
    return day


def _listed(plan: Plan, resources: _Resources, parts: dict[str, list[str]]) -> str:
    """Name the entries of each part by id and date."""
    keys = (
        {str(uuid5(plan.course_id, key)): key for key in plan.issued.marks} if plan.issued else {}
    )
    said = []
    for words, uids in parts.items():
        names = (f"{keys[uid]} {print_date(_start(resources[uid][0]))}" for uid in uids)
        said.append(f"{len(uids)} {words}{': ' if uids else ''}{', '.join(names)}")
    return f"{'; '.join(said)}."


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
    blank = any(letter.isspace() or not letter.isprintable() for letter in url)
    if blank or not host or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
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
    client: Any = DAVClient(
        url=url, username=user, password=_password(user), timeout=30, enable_rfc6764=False
    )
    logging.getLogger("caldav").addHandler(logging.NullHandler())  # failures are told by us
    client.session.max_redirects = 0  # nothing about a patient goes to another host
    client.session.request = bounded_answers(client.session.request)
    return client


def _password(user: str) -> str:
    password = os.environ.get(PASSWORD) or kept_password(user)
    if not password:
        raise ExportError(f"no password: set {PASSWORD}, or keep one in the keyring (posology)")
    return password


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
    found: dict[str, Component] = {}
    for resource in collection.get_events():
        try:
            events = Calendar.from_ical(resource.data).walk("VEVENT")
        except (ValueError, TypeError, AttributeError):
            continue  # not one that we could have put
        found |= {str(event["UID"]): event for event in events if "UID" in event}
    return found


def _differs(event: Component, there: dict[str, Component], uid: str) -> bool:
    other = there.get(uid)
    return other is None or any(_text(event, name) != _text(other, name) for name in _PROPERTIES)


def _sequence(event: Component) -> int:
    written = str(event.get("SEQUENCE", "0"))
    if not (written.isascii() and written.isdecimal()):
        return 0
    return int(written[:19])  # RFC 5545 has no larger number; one of 5,000 digits is not read


def _text(event: Component, name: str) -> str:
    value = event.get(name)
    if value is None:
        return ""
    if name in {"DTSTART", "DTEND"}:
        return str(getattr(value, "dt", value))
    written = value.to_ical() if hasattr(value, "to_ical") else str(value).encode()
    return ";".join(sorted(written.decode().split(";"))) if name == "RRULE" else str(value)
