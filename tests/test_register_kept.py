"""What a register has acknowledged it keeps: many writers, killed ones, a full disk, a restart."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import event

from crash import longer
from databases import FOUND, postgres
from posology import record, register
from posology.course.inputs import make
from posology.errors import RegisterError
from writers import rows

TESTS = Path(__file__).parent
NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
HEAVY = pytest.param(True, marks=pytest.mark.thorough, id="thorough")
LIGHT = pytest.param(False, id="quick")


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request, tmp_path):
    """A register, by its address; of a server of its own, which a test may stop."""
    if request.param == "sqlite":
        yield str(tmp_path / "courses.db"), None
        return
    if not FOUND:
        pytest.skip("there is no PostgreSQL on this machine")
    with postgres() as server:
        yield server.url, server


@pytest.fixture
def begun(where, library, site):
    address, server = where
    place = register.opened(address, make=True)
    for number in range(42, 46):
        course = make(
            regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=2,
            choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"},
            reference=f"IG-00{number}",
        )  # fmt: skip
        kept, computed = record.begin(course, library, site, id_=UUID(int=number), at=NOW)
        raw = record.exact_content(kept)
        register.add(place, kept, raw, register.listed(kept, computed, "here"), NOW)
    return place, address, server


def writer(address, name, number, *references):
    """Start a process that adds so many revisions to the courses, one after the other."""
    path = os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)])
    return subprocess.Popen(
        [sys.executable, str(TESTS / "writers.py"), address, name, str(number),
         *(references or ["IG-0042"])],
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}, text=True,
    )  # fmt: skip


def whole(place, reference="IG-0042"):
    """Give the reasons of all revisions; what is kept must be whole, and listed as it is."""
    held = register.load(place, reference)
    states = register.versions(place, reference)
    assert states[-1][1] == held.raw
    assert len(held.record.revisions) == len(states)
    if len(states) > 1:
        found = register.verify(place, lambda files: [rows(record.read(raw)) for raw in files],
                                lambda *_: None)  # fmt: skip
        assert not [line for line in found.wrong if line.startswith(reference)]
    return [each.change.reason for each in held.record.revisions if each.change]


@pytest.mark.parametrize("heavy", [LIGHT, HEAVY])
def test_of_many_writers_none_is_lost_and_each_slower_one_is_told(begun, heavy):
    """Four processes, each with 200 revisions of four courses that all of them change."""
    place, address, _ = begun
    count = 50 if heavy else 3
    courses = [f"IG-00{number}" for number in range(42, 46)]
    writers = [writer(address, name, count, *courses) for name in "abcd"]
    said = [each.communicate()[0].splitlines() for each in writers]
    assert [each.returncode for each in writers] == [0] * 4
    wanted = sorted(f"{name}-{index}" for name in "abcd" for index in range(count))
    assert all(sorted(whole(place, reference)) == wanted for reference in courses)
    assert all(lines[-1].startswith("faster ") for lines in said)


@pytest.mark.parametrize("heavy", [LIGHT, HEAVY])
def test_a_writer_that_is_killed_leaves_the_old_or_the_new_one(begun, heavy):
    place, address, _ = begun
    chance = random.Random(30)  # noqa: S311 - any moment will do
    for number in range(30 if heavy else 2):
        one = writer(address, f"k{number}", 1000)
        acknowledged = [one.stdout.readline().split()[1] for _ in range(chance.randrange(1, 6))]
        time.sleep(chance.randrange(0, 30) / 1000)
        one.send_signal(signal.SIGKILL)
        acknowledged += [line.split()[1] for line in one.communicate()[0].splitlines()]
        reasons = whole(place)
        assert set(acknowledged) <= set(reasons)
        assert len(set(reasons)) == len(reasons)


@pytest.mark.thorough
def test_a_server_that_stops_in_the_middle_loses_nothing(begun):
    place, address, server = begun
    if server is None:
        pytest.skip("a file has no server")
    count = 60
    writers = [writer(address, name, count) for name in "abcd"]
    assert all(each.stdout.readline().startswith("saved") for each in writers)
    for mode in ("fast", "immediate", "immediate"):
        time.sleep(1)
        server.stop(mode)
        server.start()
    for each in writers:
        each.communicate()
    assert [each.returncode for each in writers] == [0] * 4
    reasons = whole(place)
    assert sorted(reasons) == sorted(f"{name}-{index}" for name in "abcd" for index in range(count))


def refused_save(place, held):
    new = record.read(record.exact_content(held.record))
    changed = longer(new, "x" * 300)
    with pytest.raises(RegisterError) as error:
        register.save(place, changed, held.raw, rows(changed), NOW)
    return str(error.value)


def test_a_full_disk_keeps_the_old_one_and_says_so(begun):
    place, _, server = begun
    if server is not None:
        pytest.skip("that of a server: the next test")
    held = register.load(place, "IG-0042")
    with place.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    def full(connection, _):
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(place.engine, "connect", full)
    assert refused_save(place, held).endswith("its disk is full; nothing was saved")
    event.remove(place.engine, "connect", full)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        assert refused_save(place, held).endswith("the disk cannot be written; nothing was saved")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert register.load(place, "IG-0042").raw == held.raw
    assert whole(place) == []


def test_a_full_disk_of_a_server_keeps_the_old_one_and_says_so(begun):
    """The disk is a small one that the test makes; that needs a right that not every machine gives."""
    place, _, server = begun
    if server is None:
        pytest.skip("that of a file: the test before")
    small = server.folder / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)],
                             check=False, capture_output=True)  # fmt: skip
    if mounted.returncode:
        pytest.skip("this machine lets nobody make a small disk")
    try:
        shutil.chown(small, "postgres", "postgres")
        with place.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"CREATE TABLESPACE small LOCATION '{small}'")
            for table in ("content", "administration"):
                connection.exec_driver_sql(f"ALTER TABLE {table} SET TABLESPACE small")
        with (small / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(os.urandom(4096))
            except OSError:
                pass
        told = ""
        for _ in range(50):  # the pages that it has are used up first
            try:
                new = register.load(place, "IG-0042")
                changed = longer(new.record, "x" * 300)
                register.save(place, changed, new.raw, rows(changed), NOW)
            except RegisterError as error:
                told = str(error)
                break
        assert told.endswith("its disk is full; nothing was saved")
        assert len(whole(place)) == len(register.load(place, "IG-0042").record.revisions) - 1
    finally:
        server.stop("immediate")
        subprocess.run(["umount", "-l", str(small)], check=False, capture_output=True)
