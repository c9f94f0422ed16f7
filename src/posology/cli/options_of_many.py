"""The options of the commands over all courses, as the command line shows them."""

import argparse

from posology.cli.options import Once

_ACTIONS = ("add", "list", "export", "close", "reopen", "rebuild", "verify", "backup")
_REGISTER = """The register keeps every saved state of each course file, and lists their doses.
  add FILE …      put course files into it     close REF    take a course out of every list
  list            name its courses             reopen REF   put it back
  export REF …    write course files again     rebuild      list all courses anew
  backup FILE     copy it while it is in use   verify       prove what it holds"""
_DUE = """Doses of the past without a record stand first, counted; posology unrecorded names each.
--json prints a list of objects with at, reference, regimen, drug, dose, way, product, containers,
form, volume, place, state, given, before and to_do. What is to be done has a day and no drug."""
_CALENDAR = """Each entry names its course. What is no longer planned stays in it, as cancelled.
Import it into a calendar of its own; delete that calendar before you import the next one."""


def add_work(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - argparse is slow to name
    """Add the commands for every day, over all courses of the register."""
    due = command("due", "list what is due, and what must be there before it is given", _DUE)
    unrecorded = command("unrecorded", "list the past doses of which nothing is recorded")
    state = command("state", "tell how each course stands, to hand over to a colleague")
    order = command("order", "count the containers for doses to come, over all courses")
    demand = command("demand", "count the containers of each week to come, with a picture")
    clinic = command("calendar", "write one calendar of all courses", _CALENDAR)
    audit = command("audit", "list who changed, released, recorded and closed a course, and when")
    for parser in (due, unrecorded, state):
        parser.add_argument("--on", action=Once, metavar="DATE", help="default: today")
    due.add_argument("--days", action=Once, metavar="N", help="how many days; default: 7")
    for parser in (order, demand):
        parser.add_argument("--from", action=Once, metavar="DATE", help="default: today")
    order.add_argument("--to", action=Once, metavar="DATE", help="default: 30 days later")
    order.add_argument("--csv", action=Once, metavar="FILE", help="write it as a table")
    demand.add_argument("--weeks", action=Once, metavar="N", help="how many; default: 12")
    for parser in (order, demand):
        parser.add_argument("--xlsx", action=Once, metavar="FILE", help="write it as a spreadsheet")
    clinic.add_argument("--clinic", action=Once, required=True, metavar="FILE",
        help="where to write it, as in clinic.ics")  # fmt: skip
    clinic.add_argument("--privacy", action=Once, choices=("standard", "discreet"),
        help="standard shows reference, drug and dose, discreet the reference alone")  # fmt: skip
    audit.add_argument("course", metavar="REF", help="the reference of a course of the register")
    for parser in (due, unrecorded, state, order, demand):
        parser.add_argument("--json", action="store_true", help="as JSON")
    for parser in (order, demand, clinic):
        parser.add_argument("--force", action="store_true", help="overwrite files")
    for parser in (due, unrecorded, state, order, demand, clinic, audit):
        _add_site(parser)


def add_register(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
    """Add the command that looks after the register."""
    keep = command("register", "look after the register of all courses", _REGISTER)
    keep.add_argument("action", metavar="ACTION", choices=_ACTIONS, help=", ".join(_ACTIONS))
    keep.add_argument("names", metavar="NAME", nargs="*", help="files, or references")
    keep.add_argument("--all", action="store_true", help="export: every course")
    keep.add_argument("--to", action=Once, metavar="FOLDER", help="export: where")
    keep.add_argument("--by", action=Once, metavar="NAME", help="close, reopen: who decides it")
    keep.add_argument("--because", action=Once, metavar="REASON", help="close, reopen: why")
    _add_site(keep)


_FEED = """  posology feed add IG-0042 --by "A. Smith" --at https://posology.hospital.example
  posology feed add --clinic --privacy standard --by "A. Smith"
  posology feed list
  posology feed end 2 --by "A. Smith"

A calendar program that subscribes to an address reads the calendar again and again: the only way by
which Outlook, Google and Apple change entries. Whoever has the address can read it; end it when it
is no longer needed. Discreet, as it is unless told otherwise, it shows neither drug nor dose."""


def add_feed(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
    """Add the command for subscribed calendars."""
    feed = command("feed", "make an address by which a program subscribes to a calendar", _FEED)
    feed.add_argument("action", metavar="ACTION", choices=("add", "list", "end"),
        help="add, list, end")  # fmt: skip
    feed.add_argument("name", metavar="NAME", nargs="?",
        help="add: the reference of a released course; end: the number of the address")  # fmt: skip
    feed.add_argument("--clinic", action="store_true", help="add: the calendar of all courses")
    feed.add_argument("--privacy", action=Once, choices=("discreet", "standard"),
        help="add: discreet shows neither drug nor dose; standard shows both")  # fmt: skip
    feed.add_argument("--by", action=Once, metavar="NAME", help="add, end: who decides it")
    feed.add_argument("--at", action=Once, metavar="URL",
        help="add: where people reach the page; default: this machine")  # fmt: skip


def _add_site(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--site", action=Once, metavar="FILE",
        help="what your hospital decides; default: an example")  # fmt: skip
