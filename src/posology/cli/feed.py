"""The command for addresses from which a calendar program reads a calendar again and again."""

import argparse
from collections.abc import Callable
from uuid import uuid4

from posology import clock, register
from posology.cli.opened import register_of
from posology.cli.output import out, refusing
from posology.errors import RegisterError
from posology.feed import PATH
from posology.model import print_date


@refusing
def run_feed(options: argparse.Namespace) -> int:
    """Add, list or end addresses."""
    return _ACTIONS[options.action](options)


def _add(options: argparse.Namespace) -> int:
    """Make an address that nobody can guess; it is shown this once."""
    if bool(options.name) == options.clinic or not options.by:
        raise RegisterError("name a released course or --clinic, and who decides it (--by)")
    token = f"{uuid4().hex}{uuid4().hex}"
    privacy = options.privacy or "discreet"
    number = register.add_feed(
        register.opened(register_of(options)), token, None if options.clinic else options.name,
        privacy=privacy, by=options.by, at=clock.now(),
    )  # fmt: skip
    out(f"Address {number}, {privacy}; whoever has it can read the calendar:")
    at = (options.at or "http://127.0.0.1:8501").rstrip("/")
    out(f"  {at}{PATH.format(name=f'{token}.ics')}")
    out("It is shown this once. posology web answers it; subscribe to it, do not import it.")
    return 0


def _list(options: argparse.Namespace) -> int:
    for each in register.feeds(register.opened(register_of(options))):
        ended = f"; ended {each.ended}" if each.ended else ""
        of = each.reference or "all courses"
        out(f"{each.number}  {of}, {each.privacy}; {print_date(each.at)} by {each.by}{ended}")
    return 0


def _end(options: argparse.Namespace) -> int:
    if not (options.name or "").isdecimal() or not options.by:
        raise RegisterError("give the number of the address, and who decides it (--by)")
    place = register.opened(register_of(options))
    register.end_feed(place, int(options.name), by=options.by, at=clock.now())
    out(f"Address {options.name} has ended: it answers as if it had never been")
    return 0


_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "add": _add, "list": _list, "end": _end,
}  # fmt: skip
