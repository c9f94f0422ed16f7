"""A subscribed calendar: an address nobody can guess, which can be ended, and says nothing else."""

import re
import shutil
import sqlite3
import subprocess
import urllib.error
import urllib.request
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from icalendar import Calendar

from conftest import POSOLOGY, ROOT
from posology import feed, record, register
from posology.course.inputs import make
from posology.course.reading import read_change
from serving import free_port, wait_for

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
TOKEN = "0123456789abcdef" * 4


@pytest.fixture
def place(tmp_path):
    return register.opened(str(tmp_path / "courses.db"), make=True)


@pytest.fixture
def released(place, library, site):
    """Two released courses of immunoglobulin, both at 08:00."""

    def of(number):
        course = make(regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=1,
            choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"},
            reference=f"IG-000{number}")  # fmt: skip
        kept, _ = record.begin(course, library, site, id_=UUID(int=number), at=NOW)
        computed = record.planned(kept, library, site)
        reviews = {each.code: "" for each in computed.findings if each.level == "review"}
        signed = record.release(kept, computed, by="A. Smith", checked_by=None, weight=[],
                                regimen=None, acknowledged=reviews, at=NOW)  # fmt: skip
        rows = register.listed(signed, record.planned(signed, library, site), "here")
        register.add(place, signed, record.exact_content(signed), rows, NOW)
        return signed

    return {number: of(number) for number in (1, 2)}


def given(place, reference=None, privacy="discreet"):
    return register.add_feed(place, TOKEN, reference, privacy=privacy, by="A. Smith", at=NOW)


def asked(place, name=f"{TOKEN}.ics", known=""):
    return feed.answer(place.engine.url.database, None, name, known)


def events(answered):
    return Calendar.from_ical(answered.content).walk("VEVENT")


@pytest.mark.usefixtures("released")
def test_an_address_gives_its_course_discreetly_until_it_is_ended(place):
    assert asked(place) == feed.NOTHING
    number = given(place, "IG-0001")
    answered = asked(place)
    assert answered.status == 200
    assert answered.headers["content-type"] == "text/calendar; charset=utf-8"
    summaries = [str(each["SUMMARY"]) for each in events(answered)]
    assert len([each for each in summaries if each.startswith("Treatment ")]) == 5
    assert b"IG-000" not in answered.content
    assert b"immunoglobulin" not in answered.content
    assert b"70 kg" not in answered.content
    register.end_feed(place, number, by="B. Jones", at=NOW)
    assert asked(place) == feed.NOTHING
    with pytest.raises(register.store.RegisterError, match="1 is no address that is read"):
        register.end_feed(place, number, by="B. Jones", at=NOW)
    (one,) = register.feeds(place)
    assert (one.reference, one.ended) == ("IG-0001", "2027-01-04T09:00:00+00:00 by B. Jones")


@pytest.mark.parametrize(
    "name", ["", ".ics", TOKEN, f"{TOKEN}.ICS", f"{TOKEN[:-1]}.ics", f"{TOKEN}x.ics", "../x.ics",
             f"{TOKEN}'--.ics", "IG-0001.ics"],
)  # fmt: skip
@pytest.mark.usefixtures("released")
def test_all_else_is_answered_as_if_it_had_never_been(place, name):
    given(place)
    assert asked(place, name) == feed.NOTHING


def test_where_there_is_no_register_there_is_no_address(tmp_path):
    assert feed.answer(str(tmp_path / "none.db"), None, f"{TOKEN}.ics", "") == feed.NOTHING
    assert not (tmp_path / "none.db").exists()


def test_a_program_is_sent_the_calendar_again_only_if_it_has_changed(
    place, released, library, site
):
    given(place, privacy="standard")
    first = asked(place)
    assert {f"{each['SUMMARY']}"[:8] for each in events(first)} == {"IG-0001:", "IG-0002:"}
    again = asked(place, known=first.headers["etag"])
    assert (again.status, again.content) == (304, b"")
    assert asked(place, known='"other", W/' + first.headers["etag"]).status == 304
    kept = released[1]
    computed = record.planned(kept, library, site)
    texts = {"from": "2027-01-13", "reason": "fever"}
    change = read_change("stop", texts, computed, "2027-01-04")
    new, computed = record.revise(kept, change, library, site, NOW)
    rows = register.listed(new, computed, "here")
    register.save(place, new, record.exact_content(kept), rows, NOW)
    changed = asked(place, known=first.headers["etag"])
    assert changed.status == 200
    before = {str(each["UID"]): each for each in events(first)}
    after = {str(each["UID"]): each for each in events(changed)}
    assert before.keys() <= after.keys()
    gone = [each for each in after.values() if each["STATUS"] == "CANCELLED"]
    assert {
        each["DTSTART"].dt.date() for each in gone if "immunoglobulin 3" in each["SUMMARY"]
    } == {date(2027, 1, day) for day in (13, 14, 15)}
    assert all(str(each["SUMMARY"]).startswith("CANCELLED: IG-0001") for each in gone)
    still = [str(each["SUMMARY"]) for each in after.values() if "IG-0001" in each["SUMMARY"]]
    assert any(each.startswith("DRAFT: IG-0001: immunoglobulin") for each in still)


def test_a_course_that_is_not_released_has_no_address(place, library, site):
    course = make(regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=1,
        choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"},
        reference="IG-0009")  # fmt: skip
    kept, computed = record.begin(course, library, site, id_=UUID(int=9), at=NOW)
    register.add(place, kept, record.exact_content(kept), register.listed(kept, computed, "x"), NOW)
    with pytest.raises(register.store.RegisterError, match="IG-0009 is not released"):
        given(place, "IG-0009")
    with pytest.raises(register.store.RegisterError, match='"IG-0010" is no course'):
        given(place, "IG-0010")


@pytest.mark.usefixtures("released")
def test_a_fault_is_told_without_a_word_of_a_course(place):
    given(place, "IG-0001")
    with place.writing() as connection:
        connection.exec_driver_sql("UPDATE content SET sha256 = 'x'")
    assert asked(place).status == 503
    assert asked(place).content == b""


@pytest.mark.usefixtures("released")
def test_the_command_makes_lists_and_ends_addresses(run, place):
    where = ("--register", place.engine.url.database)
    made = run(*where, "feed", "add", "IG-0001", "--by", "A. Smith", "--at", "https://a.example/")
    address = re.search(r"  (https://a.example/calendar/([0-9a-f]{64})\.ics)\n", made.out)
    assert asked(place, f"{address[2]}.ics").status == 200
    assert run(*where, "feed", "add", "--clinic", "--privacy", "standard", "--by", "B").code == 0
    assert run(*where, "feed", "list").out == (
        "1  IG-0001, discreet; Mon 04-Jan-2027 by A. Smith\n"
        "2  all courses, standard; Mon 04-Jan-2027 by B\n"
    )
    assert "as if it had never been" in run(*where, "feed", "end", "1", "--by", "B").out
    assert asked(place, f"{address[2]}.ics") == feed.NOTHING
    assert run(*where, "feed", "end", "1", "--by", "B").code == 2
    assert "name a released course or --clinic" in run(*where, "feed", "add", "--by", "A").err
    assert "give the number" in run(*where, "feed", "end", "x", "--by", "A").err
    held = Path(place.engine.url.database).read_bytes()
    assert address[2].encode() not in held


def test_a_register_of_form_1_is_brought_up_and_loses_nothing(tmp_path, run):
    """``form-1.db`` was written by Posology when registers had form 1."""
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.executescript((ROOT / "tests/registers/form-1.sql").read_text("utf-8"))
        before = connection.execute("SELECT sha256, bytes FROM content ORDER BY entry").fetchall()
    connection.close()
    shutil.copy(path, tmp_path / "again.db")
    for _ in range(2):
        place = register.opened(str(path))
        with place.reading() as connection:
            now = connection.exec_driver_sql(
                "SELECT sha256, bytes FROM content ORDER BY entry"
            ).fetchall()
            form = connection.exec_driver_sql("SELECT value FROM meta").scalar()
        assert [tuple(row) for row in now] == before
        assert form == "2"
    assert register.feeds(place) == []
    told = run("--register", str(path), "audit", "BD-0098").out
    assert "revision 1" in told
    assert run("--register", str(path), "register", "rebuild").code in {0, 1}


@pytest.fixture
def served(place, tmp_path):
    """Serve the page in a process of its own; give its address and its log."""
    port = free_port()
    log = tmp_path / "log"
    with log.open("wb") as said:
        server = subprocess.Popen(
            [*POSOLOGY, "--register", place.engine.url.database, "web", "--port", str(port),
             "--no-browser"],
            stdout=said, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}", log
    finally:
        server.terminate()
        server.wait()


@pytest.mark.usefixtures("released")
def test_posology_web_answers_and_writes_nothing_of_it_into_its_log(place, served):
    address, log = served
    given(place, "IG-0001")
    with urllib.request.urlopen(f"{address}/calendar/{TOKEN}.ics") as answered:
        content, tag = answered.read(), answered.headers["etag"]
        assert answered.headers["content-type"] == "text/calendar; charset=utf-8"
        assert answered.headers["referrer-policy"] == "no-referrer"
    assert content == asked(place).content
    again = urllib.request.Request(
        f"{address}/calendar/{TOKEN}.ics", headers={"If-None-Match": tag}
    )
    for request, status in ((again, 304), (f"{address}/calendar/{TOKEN[::-1]}.ics", 404)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == status
        refused.value.close()
    said = log.read_text("utf-8")
    assert TOKEN not in said
    assert "IG-000" not in said
    assert "calendar" not in said
