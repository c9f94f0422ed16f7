"""The command for a recall: which recorded doses are of a lot."""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from posology.cli.opened import register_of
from posology.cli.output import out, refuse
from posology.errors import PosologyError
from posology.model import Record, print_date
from posology.model.recorded import lot_key
from posology.record import saving
from posology.record.lots import doses_of
from posology.text import shown

if TYPE_CHECKING:
    from posology.register import Register


def run_lot(options: argparse.Namespace) -> int:
    """Name the doses of a lot in course files, or in the register; exits 2 where one is unread."""
    if not lot_key(options.lot):
        return refuse("lot", f"{shown(options.lot)} is no lot; write its letters and digits")
    doses = without = 0
    unread = []
    try:
        looked = list(_courses(options))
    except PosologyError as error:
        return refuse("lot", str(error))
    for name, load in looked:
        try:
            kept = load()
            found = doses_of(options.lot, kept)
        except PosologyError as error:
            unread.append(f"posology lot: {error}\n")
            continue
        course = kept.inputs.get("reference") or kept.id.hex[:8]
        for slot, each in found.doses:
            product = each.product or "product not recorded"
            expiry = f", to be used by {print_date(each.expiry)}" if each.expiry else ""
            what = f"{each.words}  {product}, lot {each.lot}{expiry}"
            out(f"{name}course {course}  {what}  [{slot}]")
        doses, without = doses + len(found.doses), without + found.without
    read = len(looked) - len(unread)
    of = f"{read} course{' file' if options.courses else ''}{'' if read == 1 else 's'}"
    out(f"Recorded doses of lot {shown(options.lot)}: {doses}; {of} looked through")
    if not doses:
        out("Write the whole lot; of several in a record, one at a time")
    if without:
        out(f"Recorded doses without a lot, which may be of it too: {without}")
    sys.stderr.write("".join(unread))
    return 2 if unread else 0


def _courses(options: argparse.Namespace) -> Iterator[tuple[str, Callable[[], Record]]]:
    """Give what each line begins with, and how the course is read: of files, or of the register.

    Of the register the closed ones too, and from what was saved, not from what is listed of it.
    """
    if options.courses:
        yield from ((f"{path}: ", partial(_of_a_file, path)) for path in options.courses)
        return
    from posology import register  # noqa: PLC0415 - slow to import

    place = register.opened(register_of(options))
    for each in register.courses(place):
        yield "", partial(_of_the_register, place, each.reference)


def _of_a_file(path: str) -> Record:
    return saving.load(Path(path))[0]


def _of_the_register(place: "Register", reference: str) -> Record:
    from posology.register import load  # noqa: PLC0415 - slow to import

    return load(place, reference).record
