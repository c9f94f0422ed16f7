"""How each course stands, for a colleague who takes over: what is given, left, next and open."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import case, func, select

from posology.register.tables import Register, administration, course
from posology.register.worklists import Due, due_of, of_course


class Standing(NamedTuple):
    """A course that is open, on a day."""

    reference: str
    regimen: str
    revision: int
    given: int
    """Doses with a record."""
    late: int
    """Past doses without one."""
    left: int
    """Doses to come."""
    next: Due | None
    """The next dose from the day on; None where none is left."""
    state: str
    open: tuple[str, ...]
    """What must be done with the course before a dose is given."""


def standings(register: Register, on: date) -> list[Standing]:
    """Tell how each open course stands on a day, by reference."""
    day, dose = on.isoformat(), administration.c
    past = (dose.given == 0) & (dose.day < day)
    to_come = (dose.given == 0) & (dose.day >= day)
    counts = (
        select(course, func.sum(case((dose.given == 1, 1), else_=0)).label("given"),
               func.sum(case((past, 1), else_=0)).label("late"),
               func.sum(case((to_come, 1), else_=0)).label("left"))
        .select_from(course).join(administration, isouter=True)
        .where(course.c.closed == "").group_by(course.c.number).order_by(course.c.reference)
    )  # fmt: skip
    place = func.row_number().over(partition_by=dose.course, order_by=(dose.at, dose.slot))
    ranked = select(administration, place.label("rank")).where(to_come).subquery()
    about = (course.c.reference, course.c.regimen, course.c.state, course.c.reviews,
             course.c.problem)  # fmt: skip
    first = select(ranked, *about).join(course, course.c.number == ranked.c.course).where(
        ranked.c.rank == 1
    )  # fmt: skip
    with register.reading() as connection:
        rows = connection.execute(counts).all()
        following = {row.reference: due_of(row, ()) for row in connection.execute(first).all()}
    return [
        Standing(row.reference, row.regimen, row.revision, row.given or 0, late=row.late or 0,
                 left=row.left or 0, next=following.get(row.reference), state=row.state,
                 open=of_course(row.state, row.reviews, row.problem))
        for row in rows
    ]  # fmt: skip
