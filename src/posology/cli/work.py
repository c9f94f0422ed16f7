"""The commands for every day, over all courses: due, unrecorded, order, demand, calendar."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from posology import clock, library
from posology.cli.opened import basis_of, register_of, site_of
from posology.cli.output import out, out_json, progress, refusing
from posology.disk import write
from posology.errors import RegisterError
from posology.model import print_date
from posology.model.kinds import read_date
from posology.register import (
    Due,
    Order,
    Register,
    counted,
    courses,
    demand,
    due,
    late,
    load,
    opened,
    order,
    overdue,
)
from posology.text import shown

_MOST_DAYS = 366
_BAR = 40
"""Letters of the longest bar of a picture."""


def _open(options: argparse.Namespace) -> tuple[library.SiteFile, Register, date]:
    """Give the site, the open register, and today by the site's clocks."""
    site = site_of(options)
    return site, opened(register_of(options)), clock.today(site.site.time_zone.info)


def _day(option: str, text: str | None, default: date) -> date:
    if text is None:
        return default
    try:
        return read_date(text)
    except ValueError as error:
        raise RegisterError(f"--{option}: {error}") from None


def _number(option: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= _MOST_DAYS:
        return int(text)
    raise RegisterError(f"--{option}: {shown(text)} is no number from 1 to {_MOST_DAYS}")


@refusing
def run_due(options: argparse.Namespace) -> int:
    """List what is due in some days, and what must be there before it is given."""
    site, register, today = _open(options)
    on, days = _day("on", options.on, today), _number("days", options.days, 7)
    listed = due(register, on, days)
    if options.json:
        out_json([_row(each) for each in listed])
        _foot(register, options, site, say=progress)
        return 0
    _say_late(register, on)
    _say_courses(listed)
    for day, of_day in groupby(listed, key=lambda each: each.day):
        out(f"\n{print_date(day)}")
        out("\n".join(map(_line, of_day)))
    if not listed:
        out(f"Nothing is due from {print_date(on)} to {print_date(on + timedelta(days=days - 1))}")
    _foot(register, options, site)
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


def _foot(
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
def run_unrecorded(options: argparse.Namespace) -> int:
    """List every past dose of which nothing is recorded."""
    site, register, today = _open(options)
    on = _day("on", options.on, today)
    without = overdue(register, on)
    if options.json:
        out_json([_row(each) for each in without])
        _foot(register, options, site, say=progress)
        return 0
    for each in without:
        what = f"{each.drug} {each.dose}, {each.way}; {each.place}"
        out(f"{print_date(each.day)} {each.at:%H:%M}  {each.reference}  {what}  [{each.slot}]")
    out(f"Doses before {print_date(on)} without a record: {len(without)}")
    if without:
        out("To record one: posology revise REF given --dose ID …, or not-given")
    _foot(register, options, site)
    return 0


@refusing
def run_order(options: argparse.Namespace) -> int:
    """Count the containers for the doses of some days that are not recorded."""
    site, register, today = _open(options)
    first = _day("from", getattr(options, "from"), today)
    last = _day("to", options.to, first + timedelta(days=30))
    if last < first:
        raise RegisterError(f"--to: {last.isoformat()} is before {first.isoformat()}")
    wanted = order(register, first, last)
    files = _order_files(options, wanted, first, last)
    write(files, force=options.force)
    if options.json:
        out_json(_order_json(wanted, first, last))
        _foot(register, options, site, say=progress)
        return 0
    out(f"For doses from {print_date(first)} to {print_date(last)} without a record")
    for (drug, product), of_drug in groupby(wanted.wanted, key=lambda it: (it.drug, it.product)):
        left = wanted.left_over[drug, product]
        rest = f"; they hold {left} more than the doses" if left.number else ""
        out(f"  {product} ({drug}){rest}")
        for each in of_drug:
            out(f"    {each.number:>6,} x {each.size}  {each.form}, for {each.doses} doses")
    if not wanted.wanted:
        out("  nothing")
    _say_unknown(wanted)
    for path in files:
        out(f"Written: {path}")
    _foot(register, options, site)
    return 0


def _say_unknown(wanted: Order) -> None:
    if wanted.unknown:
        out(f"Not in it, as their containers are not known: {'; '.join(wanted.unknown)}")


def _order_files(
    options: argparse.Namespace, wanted: Order, first: date, last: date
) -> dict[Path, bytes]:
    from posology.export import orders  # noqa: PLC0415 - only where a file is wanted

    files = {}
    if options.csv:
        files[Path(options.csv)] = orders.order_csv(wanted)
    if options.xlsx:
        files[Path(options.xlsx)] = orders.order_xlsx(wanted, first, last)
    return files


def _order_json(wanted: Order, first: date, last: date) -> dict[str, object]:
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "containers": [
            {"drug": each.drug, "product": each.product, "form": each.form,
             "size": str(each.size), "number": each.number, "doses": each.doses}
            for each in wanted.wanted
        ],
        "left_over": [
            {"drug": drug, "product": product, "amount": str(left)}
            for (drug, product), left in wanted.left_over.items()
        ],
        "not_known": list(wanted.unknown),
    }  # fmt: skip


@refusing
def run_demand(options: argparse.Namespace) -> int:
    """Count the containers of each week to come, with a picture."""
    from posology.export.orders import demand_table, demand_xlsx  # noqa: PLC0415 - slow to import

    site, register, today = _open(options)
    first = _day("from", getattr(options, "from"), today)
    weeks = demand(register, first, _number("weeks", options.weeks, 12))
    columns, rows = demand_table(weeks)
    if options.xlsx:
        write({Path(options.xlsx): demand_xlsx(weeks)}, force=options.force)
    if options.json:
        out_json([dict(zip(columns, (*names, *numbers), strict=True)) for *names, numbers in rows])
        _foot(register, options, site, say=progress)
        return 0
    out("Containers for the doses of each week without a record")
    for drug, product, size, numbers in rows:
        out(f"\n{product} ({drug}), {size}")
        out("\n".join(_bars([day for day, _ in weeks], numbers)))
    if not rows:
        out("  nothing")
    for _, wanted in weeks:
        _say_unknown(wanted)
    if options.xlsx:
        out(f"Written: {options.xlsx}")
    _foot(register, options, site)
    return 0


def _bars(days: Sequence[date], numbers: Sequence[int]) -> Iterator[str]:
    most = max(numbers)
    for day, number in zip(days, numbers, strict=True):
        bar = "#" * -(-number * _BAR // most)
        yield f"  {print_date(day)}  {number:>6,}  {bar}".rstrip()


@refusing
def run_calendar(options: argparse.Namespace) -> int:
    """Write one calendar of all courses."""
    from posology.export.clinic import Listed, clinic  # noqa: PLC0415 - slow to import

    site, register, _ = _open(options)
    every = courses(register)
    listed = [
        Listed(each.reference, load(register, each.reference).record, each.state == "released",
               each.problem, ended=bool(each.closed))
        for each in every
    ]  # fmt: skip
    content = clinic(listed, site.site.time_zone, options.privacy or "standard")
    write({Path(options.clinic): content}, force=options.force)
    entries = content.count(b"BEGIN:VEVENT")
    out(f"Written: {options.clinic} ({entries:,} entries of {len(every)} courses)")
    out("Import it into a calendar of its own, which you delete before you import the next one.")
    _foot(register, options, site)
    return 0
