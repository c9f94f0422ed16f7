"""The register: many courses in one place, each saved state kept, and what there is to do."""

import hashlib
import sqlite3
import sys
import zlib
from collections import Counter
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from databases import FOUND, postgres
from posology import record, register
from posology.course.inputs import make, make_change
from posology.errors import RecordError, RegisterError
from posology.model import Stock
from posology.register import Register, tables

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
IVIG = {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"}
BASIS = "today"


@pytest.fixture(scope="session")
def server():
    if not FOUND:
        pytest.skip("there is no PostgreSQL on this machine")
    with postgres() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """An empty register, in a file or in a database of a server."""
    if request.param == "sqlite":
        return register.opened(str(tmp_path / "courses.db"), make=True)
    made = request.getfixturevalue("server")
    name = f"t{abs(hash(request.node.name)) % 10**8}"
    made.run(made.bins / "createdb", "-h", made.folder, "-U", "posology", name)
    return register.opened(made.url.replace("/postgres?", f"/{name}?"), make=True)


@pytest.fixture
def begun(library, site):
    def of(number, regimen="scleromyxedema-ivig", **more):
        given = {
            "weight": "70 kg", "start": "2027-01-11", "cycles": 2, "choices": IVIG,
            "reference": f"IG-{number:04d}", **more,
        }  # fmt: skip
        return record.begin(
            make(regimen=regimen, **given), library, site, id_=UUID(int=number), at=NOW
        )

    return of


@pytest.fixture
def add(place, begun):
    def of(number, **more):
        kept, computed = begun(number, **more)
        rows = register.listed(kept, computed, BASIS)
        raw = record.exact_content(kept)
        register.add(place, kept, raw, rows, NOW)
        return kept, computed, raw

    return of


def test_a_course_comes_out_as_it_went_in(place, add):
    _, _, raw = add(1)
    held = register.load(place, "IG-0001")
    assert held.raw == raw
    assert register.load(place, str(held.record.id)).raw == raw
    assert [each.reference for each in register.courses(place)] == ["IG-0001"]


def test_what_is_not_there_is_told_with_what_is_near(place, add):
    add(1)
    with pytest.raises(RegisterError, match='did you mean "IG-0001"'):
        register.load(place, "IG-0011")


def test_no_course_is_added_twice_and_no_reference_used_twice(place, add, begun):
    kept, computed, raw = add(1)
    rows = register.listed(kept, computed, BASIS)
    with pytest.raises(RegisterError, match="is in the register already"):
        register.add(place, kept, raw, rows, NOW)
    other, computed = begun(2, reference="IG-0001")
    with pytest.raises(RegisterError, match="another course has the reference"):
        register.add(
            place, other, record.exact_content(other), register.listed(other, computed, BASIS), NOW
        )


def held_back(kept, library, site):
    change = make_change("hold", on="2027-01-05", reason="r", what="from 2027-02-01")
    return record.revise(kept, change, library, site, NOW + timedelta(days=1))


def test_each_saved_state_is_kept_and_the_slower_of_two_is_told(place, add, library, site):
    kept, _, raw = add(1)
    new, computed = held_back(kept, library, site)
    rows = register.listed(new, computed, BASIS)
    register.save(place, new, raw, rows, NOW)
    assert [each for _, each in register.versions(place, "IG-0001")] == [
        raw,
        record.exact_content(new),
    ]
    other, _ = record.revise(
        kept, make_change("hold", on="2027-01-06", reason="r", what="from 2027-02-09"), library, site,
        NOW + timedelta(days=2),
    )  # fmt: skip
    with pytest.raises(RegisterError, match="has been changed by another since it was read"):
        register.save(place, other, raw, rows, NOW)
    assert register.load(place, "IG-0001").raw == record.exact_content(new)


def test_what_is_due_is_what_the_plans_hold(place, add):
    plans = [
        add(1)[1],
        add(2, start="2027-01-12")[1],
        add(3, regimen="myeloma-thalidomide-dexamethasone", choices={}, cycles=3)[1],
    ]
    first = date(2026, 12, 1)
    wanted = Counter(
        (each.at, each.order.drug, str(each.amount))
        for one in plans
        for each in one.administrations
    )
    found = Counter(
        (each.at, each.drug, each.dose)
        for day in range(400)
        for each in register.due(place, first + timedelta(days=day), 1)
        if each.at
    )
    assert found == wanted
    tasks = sum(each.at is None for each in register.due(place, first, 400))
    assert tasks == sum(len(one.items) + len(one.supplies) for one in plans)


def test_the_order_is_the_containers_of_all_doses_to_come(place, add):
    plans = [add(1)[1], add(2, weight="83 kg", start="2027-01-12")[1]]
    wanted = Counter()
    for one in plans:
        for each in one.administrations:
            for pack in each.prepared.packs if each.at.date() <= date(2027, 1, 20) else ():
                wanted[each.prepared.product, pack.size.plain] += pack.number
    found = register.order(place, date(2027, 1, 1), date(2027, 1, 20))
    assert {(each.product, each.size.plain): each.number for each in found.wanted} == wanted
    assert found.unknown == ()


def test_a_closed_course_is_in_no_list_and_takes_no_change(place, add, library, site):
    kept, _, raw = add(1)
    register.close(place, "IG-0001", by="A. Berg", why="moved to another hospital", at=NOW,
                   today=date(2028, 1, 1))  # fmt: skip
    assert register.due(place, date(2027, 1, 11), 30) == []
    new, computed = held_back(kept, library, site)
    rows = register.listed(new, computed, BASIS)
    with pytest.raises(RegisterError, match=r"closed \(by A. Berg: moved to another hospital\)"):
        register.save(place, new, raw, rows, NOW)
    with pytest.raises(RegisterError, match="is closed already"):
        register.close(place, "IG-0001", by="A. Berg", why="again", at=NOW, today=date(2028, 1, 1))
    register.reopen(place, "IG-0001", by="A. Berg", why="came back", at=NOW)
    assert register.due(place, date(2027, 1, 11), 30)
    assert [each.what for each in register.acts(place, "IG-0001")] == ["closed", "opened again"]
    counted = register.counted(place, "tomorrow")
    assert (counted.courses, counted.closed, counted.stale) == (1, 0, ("IG-0001",))


def test_the_rows_are_rebuilt_and_proved(place, add, library, site):
    add(1)
    add(2)

    def rows(files, basis=BASIS):
        return [register.rows_of(record.read(raw), plan_of, basis) for raw in files]

    def plan_of(kept):
        return record.planned(kept, library, site)

    said = []
    assert register.verify(place, rows, lambda *each: said.append(each)).wrong == ()
    assert said == [(2, 2)]
    with place.writing() as connection:
        connection.exec_driver_sql("DELETE FROM administration WHERE day = '2027-01-11'")
        connection.exec_driver_sql("DELETE FROM task")
    found = register.verify(place, rows, lambda *_: None)
    assert [line.partition(":")[0] for line in found.wrong] == ["IG-0001", "IG-0002"]
    assert register.rebuild(place, partial(rows, basis="later"), lambda *_: None) == {}
    assert register.verify(place, rows, lambda *_: None).wrong == ()
    assert register.counted(place, "later").stale == ()


def test_content_that_was_damaged_is_never_given(place, add):
    add(1)
    with place.writing() as connection:
        connection.exec_driver_sql("UPDATE content SET sha256 = 'x'")
    with pytest.raises(RegisterError, match="is not as it was saved; restore the last good backup"):
        register.load(place, "IG-0001")


def test_a_copy_is_the_whole_register(tmp_path, add, place):
    _, _, raw = add(1)
    copy = tmp_path / "copy.db"
    if place.engine.dialect.name != "sqlite":
        with pytest.raises(RegisterError, match="pg_dump"):
            register.backup(place, copy)
        return
    register.backup(place, copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    again = register.opened(str(copy))
    assert register.load(again, "IG-0001").raw == raw
    assert register.due(again, date(2027, 1, 11), 7) == register.due(place, date(2027, 1, 11), 7)
    with pytest.raises(RegisterError, match="exists; take another name"):
        register.backup(place, copy)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("{tmp}", "is a folder; name a file"),
        ("{tmp}/none.db", "there is no register"),
        ("{tmp}/text.db", "is no register; name another file"),
        ("mysql://a@b/c", "is no kind of register"),
        ("postgresql://a:secret@b/c", "leave the password out"),
        ("postgresql://a@/c?host={tmp}", "does not answer"),
    ],
)
def test_what_is_no_register_is_told(tmp_path, where, told):
    (tmp_path / "text.db").write_text("a text that is no database", "utf-8")
    with pytest.raises(RegisterError, match=told) as refused:
        register.opened(where.format(tmp=tmp_path))
    assert "secret" not in str(refused.value).replace("leave the password out", "")


def test_a_new_register_is_its_owner_s_alone_and_a_later_form_is_refused(tmp_path):
    path = Path(tmp_path / "folder" / "courses.db")
    place = register.opened(str(path), make=True)
    assert path.stat().st_mode & 0o777 == 0o600
    with place.writing() as connection:
        connection.exec_driver_sql("UPDATE meta SET value = '99'")
    with pytest.raises(RegisterError, match="is of form 99, this Posology knows form 2"):
        register.opened(str(path))


def signed(kept, computed):
    reviews = {finding.code: "" for finding in computed.findings if finding.level == "review"}
    return record.release(kept, computed, by="A. Smith", checked_by=None, weight=[], regimen=None,
                          acknowledged=reviews, at=NOW)  # fmt: skip


def test_a_course_that_comes_out_differently_is_listed_as_its_file_says(place, add, library, site):
    kept, _, raw = add(1)
    released = signed(kept, record.planned(kept, library, site))
    rows = register.listed(released, record.planned(released, library, site), BASIS)
    assert (rows.course["state"], rows.course["reviews"]) == ("released", "")
    register.save(place, released, raw, rows, NOW)
    other = site._replace(sha256="0" * 64, site=site.site.model_copy(update={
        "products": {**site.site.products, "immunoglobulin": (Stock.parse("octagam"),)},
    }))  # fmt: skip

    def rows_now(files):
        return [
            register.rows_of(
                record.read(raw), lambda kept: record.planned(kept, library, other), "x"
            )
            for raw in files
        ]

    told = register.rebuild(place, rows_now, lambda *_: None)
    assert list(told) == ["IG-0001"]
    due = [each for each in register.due(place, date(2027, 1, 11), 1) if each.at]
    assert [each.dose for each in due] == ["immunoglobulin 25 g, intravenous, cycle 1, day 1"]
    assert due[0].of_course[0].startswith("look at the course, a finding says stop:")
    order = register.order(place, date(2027, 1, 11), date(2027, 1, 11))
    assert order.wanted == ()
    assert order.unknown == ("IG-0001: immunoglobulin on 2027-01-11",)
    assert list(register.counted(place, "x").problems) == ["IG-0001"]
    # It can be closed without being stopped, which it cannot be any more.
    register.close(place, "IG-0001", by="A", why="r", at=NOW, today=date(2027, 1, 4))


def test_a_release_that_has_lapsed_is_said(begun, library, site):
    kept, _ = begun(1)
    released = signed(kept, record.planned(kept, library, site))
    now = record.planned(released, library, site)
    finding = now.findings[0]._replace(code="release-lapsed", level="review")
    rows = register.listed(released, now._replace(findings=(*now.findings, finding)), BASIS)
    assert rows.course["state"] == "lapsed"


def test_a_compact_course_that_cannot_be_computed_is_listed_day_by_day(library, site):
    course = make(regimen="myeloma-thalidomide-dexamethasone", weight="60 kg", age="60 years",
                  start="2027-03-22", cycles=1, pregnancy_possible="no")  # fmt: skip
    kept, _ = record.begin(course, library, site, id_=UUID(int=9), at=NOW, compact=True)
    rows = register.rows_of(kept, _not_computed, BASIS).administrations
    daily = [row["at"] for row in rows if row["drug"] == "thalidomide"]
    assert len(daily) == 28
    assert {at[11:16] for at in daily} == {"22:00"}  # the clocks change on 28-Mar-2027
    assert register.reference_of(kept) == "00000000"


def _not_computed(_):
    raise RecordError("the regimen is gone")


def test_what_was_saved_though_its_answer_was_lost_counts_as_saved(place, add, library, site):
    kept, _, raw = add(1)
    new, computed = held_back(kept, library, site)
    rows = register.listed(new, computed, BASIS)

    class Lost(Register):
        @contextmanager
        def writing(self):
            with super().writing() as connection:
                yield connection
            raise RegisterError("the connection was lost")

    register.save(Lost(*place), new, raw, rows, NOW)
    assert register.load(place, "IG-0001").raw == record.exact_content(new)

    class Gone(Register):
        @contextmanager
        def writing(self):
            raise RegisterError("the server does not answer")
            yield

        @contextmanager
        def reading(self):
            raise RegisterError("the server does not answer")
            yield

    with pytest.raises(RegisterError, match="does not answer"):
        register.save(Gone(*place), new, record.exact_content(new), rows, NOW)


def test_what_is_not_there_is_told_by_every_call(place, add):
    add(1)
    for ask in (register.versions, register.acts):
        with pytest.raises(RegisterError, match="is no course of the register"):
            ask(place, "XX-1")
    with pytest.raises(RegisterError, match="IG-0001 is not closed"):
        register.reopen(place, "IG-0001", by="A", why="r", at=NOW)
    with pytest.raises(RegisterError, match="is no course of the register"):
        register.close(place, "XX-1", by="A", why="r", at=NOW, today=date(2040, 1, 1))
    listed = register.Listed({"state": "draft"}, (), ())
    assert not register.store.relist(place, 1, "another", listed)
    assert register.due(place, date(2027, 1, 11), 1)


def test_a_file_that_no_posology_wrote_is_never_read_as_a_course(place, add):
    add(1)
    raw = b'{"posology course": "9"}'
    with place.writing() as connection:
        connection.execute(update(tables.content).values(
            bytes=zlib.compress(raw), sha256=hashlib.sha256(raw).hexdigest()
        ))  # fmt: skip
    with pytest.raises(RegisterError, match='"IG-0001" '):
        register.load(place, "IG-0001")


def test_a_register_that_another_begins_in_the_same_moment_is_one(tmp_path, monkeypatch):
    path = tmp_path / "courses.db"
    first = register.opened(str(path), make=True)

    class Empty:
        def has_table(self, _):
            return False

        def get_table_names(self):
            return []

    monkeypatch.setattr(tables, "inspect", lambda _: Empty())
    register.opened(str(path), make=True)
    with pytest.raises(RegisterError, match="holds no register"):
        register.opened(str(path))
    with first.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM meta").scalar() == 1


def test_what_a_server_needs_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(
        RegisterError, match=r'needs the extra postgres: pip install ".\[postgres\]"'
    ):
        register.opened("postgresql://a@b/c")
    with pytest.raises(RegisterError, match="is not an address"):
        register.opened("postgresql://a@b:port/c")


def test_a_copy_that_cannot_be_made_leaves_nothing(tmp_path, begun):
    path = tmp_path / "courses.db"
    place = register.opened(str(path), make=True)
    kept, computed = begun(1)
    register.add(place, kept, record.exact_content(kept), register.listed(kept, computed, "x"), NOW)
    with pytest.raises(RegisterError, match="cannot be written: No such file"):
        register.backup(place, tmp_path / "none" / "copy.db")
    (tmp_path / "a-file").write_text("", "utf-8")
    with pytest.raises(RegisterError, match="cannot be used"):
        register.opened(str(tmp_path / "a-file" / "courses.db"), make=True)
    with place.writing() as connection:
        connection.exec_driver_sql("PRAGMA writable_schema = ON")
        connection.exec_driver_sql(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master "
            "WHERE name = 'task_by_day') WHERE name = 'administration_by_day'"
        )
    with pytest.raises(RegisterError, match="the copy is not whole; the register is damaged"):
        register.backup(place, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_a_database_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (a)")
        other.commit()
    before = path.read_bytes()
    for begin in (True, False):
        with pytest.raises(RegisterError, match="is a database of another program"):
            register.opened(str(path), make=begin)
    assert path.read_bytes() == before


def test_a_course_named_by_its_id_is_not_closed_with_doses_to_come_either(place, add):
    kept, _, _ = add(1)
    for name in ("IG-0001", str(kept.id)):
        with pytest.raises(RegisterError, match="IG-0001 has 10 doses to come; stop it first"):
            register.close(place, name, by="A", why="r", at=NOW, today=date(2027, 1, 4))
    assert (
        register.close(place, str(kept.id), by="A", why="r", at=NOW, today=date(2028, 1, 1)) == 10
    )


def test_a_state_that_was_changed_by_hand_is_found(place, add, library, site):
    add(1)
    with place.writing() as connection:
        connection.exec_driver_sql("UPDATE course SET state = 'released', reviews = ''")

    def rows(files):
        return [register.rows_of(record.read(raw), lambda kept: record.planned(kept, library, site),
                                 BASIS) for raw in files]  # fmt: skip

    (wrong,) = register.verify(place, rows, lambda *_: None).wrong
    assert wrong.startswith("IG-0001: its rows are not those of its course file")
    register.rebuild(place, rows, lambda *_: None)
    assert register.verify(place, rows, lambda *_: None).wrong == ()
