"""How long the work over many courses takes, as ratios to the bare query.

Goals for 1,000 courses of about 300 doses: ``due`` of a week at most 0.3 s beyond start-up,
``order`` of a month 0.5 s, a save with its rows 1.3 times the plan without a register. Of 10,000
courses in PostgreSQL the same queries at most 3 times those of 1,000.
"""

import argparse
import gc
import io
import statistics
import sys
import tempfile
import time
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from posology import library, record, register
from posology.cli import orders, work
from posology.course.inputs import make
from posology.course.reading import read_change
from posology.planning import plan
from posology.register.tables import administration, course

sys.path.insert(0, str(Path(__file__).parents[1]))
from databases import FOUND, postgres

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
FIRST = date(2027, 3, 1)


def base(shelf, site):
    """Plan a course of about 300 doses."""
    of = make(regimen="myeloma-thalidomide-dexamethasone", weight="60 kg", age="60 years",
              start="2027-01-11", cycles=8, pregnancy_possible="no")  # fmt: skip
    kept, computed = record.begin(of, shelf, site, id_=UUID(int=1), at=NOW)
    return of, kept, computed


def filled(place, number, kept, computed, basis):
    """Put that many courses into a register, alike but for id and reference."""
    rows = register.listed(kept, computed, basis)
    for each in range(1, number + 1):
        new = kept.model_copy(update={
            "id": UUID(int=each), "inputs": {**kept.inputs, "reference": f"AB-{each}"},
        })  # fmt: skip
        register.add(place, new, record.exact_content(new), rows, NOW)


def timed(run, times=5):
    """Give the median of some runs, in seconds."""
    found = []
    for _ in range(times):
        gc.collect()
        before = time.perf_counter()
        run()
        found.append(time.perf_counter() - before)
    return statistics.median(found)


def bare(place, first, last):
    """Read the same rows, and nothing else."""
    within = administration.c.day.between(first, last)
    with place.reading() as connection:
        return connection.execute(administration.select().join(course).where(within)).all()


def command(run, where, **options):
    """Run a command as the command line does, without its start."""
    named = {"register": where, "library": None, "site": None, "json": True, "force": False,
             "csv": None, "xlsx": None, **options}  # fmt: skip
    with redirect_stdout(io.StringIO()):
        run(argparse.Namespace(command="", **named))


def queries(place, where, kind):
    week = timed(partial(bare, place, "2027-03-01", "2027-03-07"))
    month = timed(partial(bare, place, "2027-03-01", "2027-03-31"))
    due = timed(partial(command, work.run_due, where, on="2027-03-01", days="7"))
    order = timed(
        partial(command, orders.run_order, where, **{"from": "2027-03-01", "to": "2027-03-31"})
    )
    late = timed(partial(register.late, place, FIRST))
    print(
        f"{kind}: due of a week {due:.2f} s, {due / week:.1f} x its bare query; "
        f"order of a month {order:.2f} s, {order / month:.1f} x; past doses counted {late:.2f} s"
    )
    return due, order


def saving(place, shelf, site, of):
    """Compare a save with its rows to the same change without a register."""
    held = register.load(place, "AB-1")
    before = record.planned(held.record, shelf, site)
    change = read_change("delay", {"days": "7", "from_cycle": "3", "reason": "r"}, before,
                         "2027-01-04")  # fmt: skip
    revise = partial(record.revise, held.record, change, shelf, site, NOW)
    _, computed = revise()

    def with_register():
        began = time.perf_counter()
        now, shown = revise()
        register.save(place, now, held.raw, register.listed(now, shown, "here"), NOW)
        took = time.perf_counter() - began
        with place.writing() as connection:  # as it was, for the next run
            number = register.store.row_of(connection, held.record.id.hex)
            entry = (register.store.content.c.course == number.number) & (
                register.store.content.c.entry == number.entry
            )
            connection.execute(register.store.content.delete().where(entry))
            connection.execute(course.update().where(course.c.number == number.number).values(
                entry=number.entry - 1, sha256=register.store._sha256(held.raw)))  # fmt: skip
        return took

    without, kept = timed(revise, 9), statistics.median(with_register() for _ in range(9))
    planned = timed(partial(plan, of, shelf, site), 9)
    print(
        f"a change {without * 1000:.0f} ms, with its save {kept * 1000:.0f} ms "
        f"({kept / without:.2f}, goal 1.3); a plan alone {planned * 1000:.0f} ms; "
        f"{len(computed.administrations)} doses"
    )


def main():
    shelf, site = library.load(), library.read_site()
    of, kept, computed = base(shelf, site)
    basis = work.basis_of(argparse.Namespace(library=None), site)
    print(f"{len(computed.administrations)} doses a course")
    with tempfile.TemporaryDirectory() as folder:
        where = str(Path(folder) / "courses.db")
        place = register.opened(where, make=True)
        filled(place, 1000, kept, computed, basis)
        queries(place, where, "SQLite, 1,000 courses")
        saving(place, shelf, site, of)
    if not FOUND:
        print("no PostgreSQL on this machine")
        return
    with postgres() as server:
        place = register.opened(server.url, make=True)
        filled(place, 1000, kept, computed, basis)
        with place.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        few = queries(place, server.url, "PostgreSQL, 1,000 courses")
        saving(place, shelf, site, of)
        with place.writing() as connection:
            for times in range(1, 10):
                connection.exec_driver_sql(
                    "INSERT INTO course SELECT number + %(n)s, entry, revision, id || %(t)s, "
                    "reference || %(t)s, regimen, sha256, closed, state, reviews, problem, basis "
                    "FROM course WHERE number <= 1000", {"n": 1000 * times, "t": f"-{times}"},
                )  # fmt: skip
                connection.exec_driver_sql(
                    "INSERT INTO administration SELECT course + %(n)s, given, slot, "
                    "(day::date + %(t)s * 28)::text, at, drug, dose, way, product, form, packs, "
                    "volume, place, lot FROM administration WHERE course <= 1000",
                    {"n": 1000 * times, "t": times},
                )
        with place.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        many = queries(place, server.url, "PostgreSQL, 10,000 courses")
        for name, one, ten in zip(("due", "order"), few, many, strict=True):
            print(f"{name}: 10,000 / 1,000 courses {ten / one:.1f} (goal 3)")


if __name__ == "__main__":
    main()
