"""The commands for every day, over all courses: due, unrecorded, state."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from posology import clock, library
from posology.cli.opened import basis_of, register_of, site_of
from posology.cli.output import out, out_json, progress, refusing
from posology.errors import RegisterError
from posology.model import print_date
from posology.model.kinds import read_date
from posology.register import (
    Due,
    Register,
    Standing,
    counted,
    due,
    late,
    opened,
    overdue,
    standings,
)
from posology.text import shown

_MOST_DAYS = 366


def opened_for(options: argparse.Namespace) -> tuple[library.SiteFile, Register, date]:
    """Give the site, the open register, and today by the site's clocks."""
    site = site_of(options)
    return site, opened(register_of(options)), clock.today(site.site.time_zone.info)


def day_of(option: str, text: str | None, default: date) -> date:
    """Read a day of an option."""
    if text is None:
        return default
    try:
        return read_date(text)
    except ValueError as error:
        raise RegisterError(f"--{option}: {error}") from None


def number_of(option: str, text: str | None, default: int) -> int:
    """Read a whole number of an option."""
    if text is None:
        return default
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= _MOST_DAYS:
        return int(text)
    raise RegisterError(f"--{option}: {shown(text)} is no number from 1 to {_MOST_DAYS}")


@refusing
def run_due(options: argparse.Namespace) -> int:
    """List what is due in some days, and what must be there before it is given."""
    site, register, today = opened_for(options)
    on, days = day_of("on", options.on, today), number_of("days", options.days, 7)
    listed = due(register, on, days)
    if options.json:
        out_json([_row(each) for each in listed])
        foot(register, options, site, say=progress)
        return 0
    _say_late(register, on)
    _say_courses(listed)
    for day, of_day in groupby(listed, key=lambda each: each.day):
        out(f"\n{print_date(day)}")
        out("\n".join(map(_line, of_day)))
    if not listed:
        out(f"Nothing is due from {print_date(on)} to {print_date(on + timedelta(days=days - 1))}")
    foot(register, options, site)
    return 0


def _row(each: Due) -> dict[str, object]:
    """Write a dose, or something to do, for a script."""
    return {
        "at": each.at.isoformat() if each.at else each.day.isoformat(),
        "reference": each.reference,
        "regimen": each.regimen,
        "drug": each.drug,
        "dose": each.dose,
        "way": each.way,
        "product": each.product,
        "containers": each.containers,
        "form": each.form,
        "volume": each.volume,
        "place": each.place,
        "state": each.state,
        "given": each.given,
        "before": [*each.of_course, *each.before],
        "to_do": each.task,
    }


def _say_late(register: Register, on: date) -> None:
    """Say on one line for each course and drug how many past doses have no record."""
    without = late(register, on)
    if not without:
        return
    number = sum(each.number for each in without)
    out(f"Overdue: {number:,} doses before {print_date(on)} have no record")
    for each in without:
        first = print_date(each.first)
        out(f"  {each.reference}  {each.drug}: {each.number}, the first on {first}")
    out("  posology unrecorded names each")


def _say_courses(listed: Sequence[Due]) -> None:
    """Say, once for each course, what must be done with the course before a dose is given."""
    of = {each.reference: each.of_course for each in listed if each.of_course}
    if of:
        out("\nBefore any dose of these is given")
    for reference, words in sorted(of.items()):
        out(f"  {reference}  {'; '.join(words)}")


def _line(each: Due) -> str:
    if each.at is None:
        return f"  to do  {each.reference}  {each.task}"
    packs = " + ".join(each.containers)
    made = f": {packs} ({each.product})" if packs else ": containers not known"
    volume = f", {each.volume}" if each.volume else ""
    state = "given" if each.given else each.state
    head = f"  {each.at:%H:%M}  {each.reference}  {each.drug} {each.dose}, {each.way}{made}{volume}"
    return f"{head}; {each.place}; {state.upper() if state == 'draft' else state}"


def foot(
    register: Register, options: argparse.Namespace, site: library.SiteFile,
    say: Callable[[str], None] = out,
) -> None:  # fmt: skip
    """Say what a list is made of, so that nothing is missing from it unseen."""
    of = counted(register, basis_of(options, site))
    closed = f"; {of.closed} closed" if of.closed else ""
    say(f"\n{of.courses} courses of {register.name}{closed}")
    if of.stale:
        progress(
            f"{len(of.stale)} courses were listed with another version, site or library: "
            "posology register rebuild lists them anew"
        )
    for reference, why in of.problems.items():
        progress(f"{reference}: {why}")


@refusing
def run_state(options: argparse.Namespace) -> int:
    """Tell how each course stands, for a colleague who takes over."""
    site, register, today = opened_for(options)
    on = day_of("on", options.on, today)
    listed = standings(register, on)
    if options.json:
        out_json([
            {**each._asdict(), "next": _row(each.next) if each.next else None,
             "open": list(each.open)}
            for each in listed
        ])  # fmt: skip
        foot(register, options, site, say=progress)
        return 0
    for each in listed:
        out("\n".join(_standing(each)))
    foot(register, options, site)
    return 0


def _standing(each: Standing) -> Iterator[str]:
    state = each.state.upper() if each.state == "draft" else each.state
    yield f"{each.reference}  {each.regimen}, revision {each.revision}; {state}"
    late = f"; {each.late} past doses have no record" if each.late else ""
    yield f"    {each.given} doses given, {each.left} to come{late}"
    if each.next and each.next.at:
        dose, at = each.next, each.next.at
        when = f"{print_date(at)} {at:%H:%M}"
        yield f"    next: {when} {dose.drug} {dose.dose}, {dose.way}; {dose.place}"
    yield from (f"    {words}" for words in each.open)


@refusing
def run_unrecorded(options: argparse.Namespace) -> int:
    """List every past dose of which nothing is recorded."""
    site, register, today = opened_for(options)
    on = day_of("on", options.on, today)
    without = overdue(register, on)
    if options.json:
        out_json([_row(each) for each in without])
        foot(register, options, site, say=progress)
        return 0
    for each in without:
        what = f"{each.drug} {each.dose}, {each.way}; {each.place}"
        out(f"{print_date(each.day)} {each.at:%H:%M}  {each.reference}  {what}  [{each.slot}]")
    out(f"Doses before {print_date(on)} without a record: {len(without)}")
    if without:
        out("To record one: posology revise REF given --dose ID …, or not-given")
    foot(register, options, site)
    return 0
