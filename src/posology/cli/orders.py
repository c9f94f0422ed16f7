"""The commands for what is to be ordered, and for one calendar of all courses."""

import argparse
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from posology.cli.output import out, out_json, progress, refusing
from posology.cli.work import day_of, foot, number_of, opened_for
from posology.disk import write
from posology.errors import RegisterError
from posology.model import print_date
from posology.register import Order, courses, demand, load, order

_BAR = 40
"""Letters of the longest bar of a picture."""


@refusing
def run_order(options: argparse.Namespace) -> int:
    """Count the containers for the doses of some days that are not recorded."""
    site, register, today = opened_for(options)
    first = day_of("from", getattr(options, "from"), today)
    last = day_of("to", options.to, first + timedelta(days=30))
    if last < first:
        raise RegisterError(f"--to: {last.isoformat()} is before {first.isoformat()}")
    wanted = order(register, first, last)
    files = _order_files(options, wanted, first, last)
    write(files, force=options.force)
    if options.json:
        out_json(_order_json(wanted, first, last))
        foot(register, options, site, say=progress)
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
    foot(register, options, site)
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

    site, register, today = opened_for(options)
    first = day_of("from", getattr(options, "from"), today)
    weeks = demand(register, first, number_of("weeks", options.weeks, 12))
    columns, rows = demand_table(weeks)
    if options.xlsx:
        write({Path(options.xlsx): demand_xlsx(weeks)}, force=options.force)
    if options.json:
        out_json([dict(zip(columns, (*names, *numbers), strict=True)) for *names, numbers in rows])
        foot(register, options, site, say=progress)
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
    foot(register, options, site)
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

    site, register, _ = opened_for(options)
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
    foot(register, options, site)
    return 0
