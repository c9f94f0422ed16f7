"""Many courses in one place: every saved course file, and what there is to do over all of them.

The course file stays the truth; what a register lists follows from it and can be rebuilt.
"""

from posology.register.acts import Act, acts, close, reopen
from posology.register.feeds import Feed, add_feed, end_feed, feed_of, feeds, state_of
from posology.register.rows import Listed, listed, reference_of
from posology.register.states import Standing, standings
from posology.register.store import Kept, add, courses, load, save, versions
from posology.register.tables import Register, opened
from posology.register.upkeep import Rows, backup, rebuild, rows_of, verify
from posology.register.worklists import Due, Late, Order, counted, demand, due, late, order, overdue

__all__ = [
    "Act", "Due", "Feed", "Kept", "Late", "Listed", "Order", "Register", "Rows", "Standing",
    "acts", "add", "add_feed", "backup", "close", "counted", "courses", "demand", "due",
    "end_feed", "feed_of", "feeds", "late", "listed", "load", "opened", "order", "overdue",
    "rebuild", "reference_of", "reopen", "rows_of", "save", "standings", "state_of",
    "verify", "versions",
]  # fmt: skip
