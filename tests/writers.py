"""Saves courses in a register over and over, as a process of its own; run by test_register_kept.

Prints a line for each save that the register has acknowledged, then how often another was faster.
"""

import sys
import time
from datetime import UTC, datetime

from crash import longer
from posology import register
from posology.errors import RecordError, RegisterError

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)


def rows(kept):
    """List the course as its file says, without computing it."""

    def not_computed(_):
        raise RecordError("not computed here")

    return register.rows_of(kept, not_computed, "writers")


def is_saved(place, reference, words):
    """Ask until the register answers: was this save kept, although its answer was lost?"""
    while True:
        try:
            kept = register.load(place, reference).record
        except RegisterError:
            time.sleep(0.05)
            continue
        return any(each.change and each.change.reason == words for each in kept.revisions)


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(where, name, number, *references):
    place, faster = register.opened(where), 0
    for index in range(number):
        for reference in references:
            faster += saved(place, reference, f"{name}-{index}")
            say(f"saved {name}-{index}")
    say(f"faster {faster}")


def saved(place, reference, words):
    """Add a revision, again and again until it is kept; tell how often another was faster."""
    faster = 0
    while True:
        try:
            held = register.load(place, reference)
            new = longer(held.record, words)
            register.save(place, new, held.raw, rows(new), NOW)
        except RegisterError as error:
            if "changed by another" in str(error):
                faster += 1
            elif is_saved(place, reference, words):
                return faster
        else:
            return faster


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
