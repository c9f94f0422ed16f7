"""Many courses in one place: every saved course file, and what there is to do over all of them.

The course file stays the truth; what a register lists follows from it and can be rebuilt.
"""

from posology.register.rows import Listed, listed, reference_of
from posology.register.store import (
    Act,
    Kept,
    acts,
    add,
    close,
    courses,
    load,
    reopen,
    save,
    versions,
)
from posology.register.tables import Register, opened
from posology.register.upkeep import Rows, backup, rebuild, rows_of, verify
from posology.register.worklists import Due, Late, Order, counted, demand, due, late, order, overdue

__all__ = [
    "Act", "Due", "Kept", "Late", "Listed", "Order", "Register", "Rows",
    "acts", "add", "backup", "close", "counted", "courses", "demand", "due", "late", "listed",
    "load", "opened",
    "order", "overdue", "rebuild", "reference_of", "reopen", "rows_of", "save", "verify",
    "versions",
]  # fmt: skip
