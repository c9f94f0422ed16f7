"""The command for a recall: which recorded doses are of a lot."""

import argparse
import sys
from pathlib import Path

from posology.cli.regimens import out, refuse
from posology.errors import PosologyError
from posology.model import print_date
from posology.model.recorded import lot_key
from posology.record import saving
from posology.record.lots import doses_of
from posology.text import shown


def run_lot(options: argparse.Namespace) -> int:
    """Name the doses of a lot in course files; a file that cannot be read is named, and exits 2."""
    if not lot_key(options.lot):
        return refuse("lot", f"{shown(options.lot)} is no lot; write its letters and digits")
    doses = without = 0
    unread = []
    for path in options.courses:
        try:
            kept, _ = saving.load(Path(path))
            found = doses_of(options.lot, kept)
        except PosologyError as error:
            unread.append(f"posology lot: {error}\n")
            continue
        course = kept.inputs.get("reference") or kept.id.hex[:8]
        for slot, each in found.doses:
            product = each.product or "product not recorded"
            expiry = f", to be used by {print_date(each.expiry)}" if each.expiry else ""
            what = f"{each.words}  {product}, lot {each.lot}{expiry}"
            out(f"{path}: course {course}  {what}  [{slot}]")
        doses, without = doses + len(found.doses), without + found.without
    read = len(options.courses) - len(unread)
    of = f"{read} course file{'' if read == 1 else 's'}"
    out(f"Recorded doses of lot {shown(options.lot)}: {doses}; {of} looked through")
    if not doses:
        out("Write the whole lot; of several in a record, one at a time")
    if without:
        out(f"Recorded doses without a lot, which may be of it too: {without}")
    sys.stderr.write("".join(unread))
    return 2 if unread else 0
