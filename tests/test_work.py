"""A week of twelve courses in a register, by commands alone: what is due, ordered, recorded."""

import csv
import json
import shlex
import shutil
from collections import Counter
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from posology import clock, register
from posology.cli import WORK, make_parser
from posology.cli import main as cli_main
from posology.export.clinic import Listed, clinic
from posology.model import Pack
from posology.model.zone import Zone

WEEK = Path(__file__).parent / "week"
ON = ("--on", "2027-01-11")
pytestmark = pytest.mark.usefixtures("week")


@pytest.fixture(scope="module")
def twelve(tmp_path_factory):
    """Plan the twelve once; each test has a copy of their register."""
    path = tmp_path_factory.mktemp("week") / "courses.db"
    for line in (WEEK / "commands.txt").read_text("utf-8").splitlines():
        words = shlex.split(line)[1:]
        assert cli_main(["--register", str(path), *words]) == 0
    return path


@pytest.fixture
def later(monkeypatch):
    """Make it Tue 12-Jan-2027."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 1, 12, 12, tzinfo=UTC))


@pytest.fixture
def week(twelve, tmp_path, monkeypatch):
    copy = tmp_path / "courses.db"
    shutil.copy(twelve, copy)
    monkeypatch.setenv("POSOLOGY_REGISTER", str(copy))
    return copy


def of_the_week(run, *more):
    return json.loads(run("due", *ON, "--json", *more).out)


def test_the_week_is_the_one_that_is_kept(run):
    """``week.csv`` was compared, dose by dose, with a list made before there was a register."""
    found = [
        [row["at"][:16].replace("T", " "), row["reference"], row["drug"], row["dose"], row["way"],
         row["product"], "; ".join(row["containers"]), row["place"]]
        for row in of_the_week(run)
        if row["drug"]
    ]  # fmt: skip
    with (WEEK / "week.csv").open(encoding="utf-8", newline="") as stream:
        kept = list(csv.reader(stream))[1:]
    assert found == kept
    assert len(found) == 105


def test_what_must_be_there_before_a_dose_is_said(run, week):
    told = run("due", *ON, "--days", "1").out
    assert "Overdue: 254 doses before Mon 11-Jan-2027 have no record" in told
    assert "BD-0099  bortezomib: 4, the first on Mon 21-Dec-2026" in told
    assert "IG-0084  release the course; look at what is open: regimen-draft" in told
    assert "to do  BD-0099  bortezomib, cycle 2: platelets, neutrophils (monitoring)" in told
    assert "to do  MT-0112  hand out thalidomide: 112 x 50 mg, until Sun 07-Feb-2027" in told
    assert (
        "08:00  IG-0084  immunoglobulin 30 g, intravenous: 1 x 20 g + 1 x 10 g (Privigen 10 %), "
        "300 mL; cycle 1, day 1; DRAFT"
    ) in told
    assert told.splitlines()[-1] == f"12 courses of {week}"
    rows = of_the_week(run, "--days", "1")
    dose = next(row for row in rows if row["reference"] == "BD-0099" and row["drug"])
    assert dose["before"][0] == "release the course"
    assert "bortezomib, cycle 2: platelets, neutrophils" in dose["before"]
    assert run("due", "--on", "2040-01-01", "--days", "2").out.count("Nothing is due from") == 1


@pytest.mark.usefixtures("later")
def test_past_doses_without_a_record_are_named_until_they_are_recorded(run):
    before = run("unrecorded", *ON).out
    assert "Doses before Mon 11-Jan-2027 without a record: 254" in before
    assert "[thalidomide.c1.d14.t1]" in before
    given = ("revise", "TD-0007", "given", "--dose", "thalidomide.c1.d14.t1", "--lot", "L 77-A",
             "--reason", "as planned", "--on", "2027-01-11")  # fmt: skip
    assert "given" in run(*given).out
    assert run(*given, "--take", "1").out.splitlines()[-1].startswith("Saved: TD-0007, revision 1")
    assert len(json.loads(run("unrecorded", *ON, "--json").out)) == 253
    assert "TD-0007  200 mg on Sun 10-Jan-2027 22:00" in run("lot", "l77a").out
    assert "1; 12 courses looked through" in run("lot", "l77a").out
    told = run("audit", "TD-0007").out
    assert "revision 0: begun, myeloma-thalidomide-dexamethasone version" in told
    assert "saved as entry 2 of the register" in told


@pytest.mark.usefixtures("later")
def test_how_each_course_stands_is_told(run):
    told = run("state", "--on", "2027-01-12").out
    assert (
        "BD-0099  myeloma-bortezomib-dexamethasone, revision 0; DRAFT\n"
        "    0 doses given, 58 to come; 14 past doses have no record\n"
        "    next: Tue 12-Jan-2027 08:00 dexamethasone 20 mg, oral; cycle 2, day 2\n"
        "    release the course\n"
    ) in told
    rows = json.loads(run("state", "--on", "2027-01-12", "--json").out)
    due = Counter(row["reference"] for row in json.loads(
        run("due", "--on", "2027-01-12", "--days", "366", "--json").out) if row["drug"])  # fmt: skip
    assert {row["reference"]: row["left"] for row in rows if row["left"]} == due
    assert [row["reference"] for row in rows] == sorted(row["reference"] for row in rows)
    given = (
        "revise",
        "IG-0107",
        "stop",
        "--from",
        "2027-01-13",
        "--reason",
        "moved",
        "--take",
        "1",
    )
    assert run(*given).code == 0
    rows = json.loads(run("state", "--on", "2027-01-12", "--json").out)
    (stopped,) = [row for row in rows if row["reference"] == "IG-0107"]
    assert (stopped["left"], stopped["next"]) == (0, None)
    assert "IG-0107  scleromyxedema-ivig, revision 1; DRAFT\n    0 doses given, 0 to come\n" in (
        run("state", "--on", "2027-01-12").out
    )


@pytest.mark.usefixtures("later")
def test_a_dose_that_was_given_is_not_ordered_again(run, tmp_path):
    span = ("--from", "2027-01-11", "--to", "2027-01-31")
    before = json.loads(run("order", *span, "--json").out)
    given = ("revise", "IG-0084", "given", "--dose", "immunoglobulin.c1.d1.t1", "--at", "10:30",
             "--reason", "as planned", "--on", "2027-01-11")  # fmt: skip
    assert run(*given, "--take", "1").code == 0
    after = json.loads(run("order", *span, "--json").out)
    less = Counter(
        {(each["product"], each["size"]): each["number"] for each in before["containers"]}
    )
    less.subtract({(each["product"], each["size"]): each["number"] for each in after["containers"]})
    assert +less == {("Privigen 10 %", "20 g"): 1, ("Privigen 10 %", "10 g"): 1}
    assert before["not_known"] == []
    told = run("order", *span, "--csv", "o.csv", "--xlsx", "o.xlsx").out
    assert "bortezomib 3.5 mg, 2.5 mg/mL (bortezomib); they hold 9.6 mg more than the doses" in told
    table = list(csv.reader((tmp_path / "o.csv").read_text("utf-8").splitlines()))
    assert table[0] == [
        "drug",
        "product",
        "form",
        "size",
        "number",
        "doses",
        "left_over_of_product",
    ]
    assert [[*row[:4], int(row[4])] for row in table[1:]] == [
        [each["drug"], each["product"], each["form"], each["size"], each["number"]]
        for each in after["containers"]
    ]
    sheet = load_workbook(tmp_path / "o.xlsx").active
    assert [cell.value for cell in sheet[4]][:5] == [*table[1][:4], int(table[1][4])]
    assert "exists; choose another name or add --force" in run("order", "--csv", "o.csv").err


def test_the_order_is_a_count_over_all_plans_by_hand(week):
    span = (date(2027, 1, 11), date(2027, 2, 28))
    place = register.opened(str(week))
    wanted = Counter()
    for each in register.due(place, span[0], (span[1] - span[0]).days + 1):
        for pack in map(Pack.parse, each.containers):
            wanted[each.product, str(pack.size)] += pack.number
    found = register.order(place, *span)
    assert {(each.product, str(each.size)): each.number for each in found.wanted} == wanted


def test_the_demand_of_each_week_is_its_order_and_has_a_picture(run, tmp_path):
    told = run("demand", "--from", "2027-01-11", "--weeks", "3", "--xlsx", "d.xlsx").out
    assert "dexamethasone (dexamethasone), 20 mg" in told
    assert "Mon 11-Jan-2027      18  ####" in told
    rows = json.loads(run("demand", "--from", "2027-01-11", "--weeks", "3", "--json").out)
    first = json.loads(run("order", "--from", "2027-01-11", "--to", "2027-01-17", "--json").out)[
        "containers"
    ]
    assert {
        (row["product"], row["size"], row["2027-01-11"]) for row in rows if row["2027-01-11"]
    } == {(each["product"], each["size"], each["number"]) for each in first}
    sheet = load_workbook(BytesIO((tmp_path / "d.xlsx").read_bytes())).active
    assert sheet["A3"].value == "drug"
    assert len(sheet._charts) == 1
    assert "nothing" in run("demand", "--from", "2040-01-01", "--weeks", "1").out


def test_one_calendar_names_whose_infusion_it_is_and_keeps_what_is_cancelled(run, tmp_path):
    assert "entries of 12 courses" in run("calendar", "--clinic", "a.ics").out
    assert run("revise", "IG-0084", "stop", "--from", "2027-01-12", "--reason", "fever",
               "--take", "1").code == 0  # fmt: skip
    assert run("calendar", "--clinic", "b.ics").code == 0
    before, after = (
        {str(event["UID"]): event for event in Calendar.from_ical(path.read_bytes()).walk("VEVENT")}
        for path in (tmp_path / "a.ics", tmp_path / "b.ics")
    )
    assert before.keys() == after.keys()
    at_eight = {str(event["SUMMARY"]) for event in before.values()
                if f"{event['DTSTART'].dt:%F %H:%M}" == "2027-01-11 08:00"
                and "immunoglobulin" in event["SUMMARY"]}  # fmt: skip
    assert at_eight == {
        "DRAFT: IG-0084: immunoglobulin 30 g, intravenous, cycle 1, day 1",
        "DRAFT: IG-0091: immunoglobulin 30 g, intravenous, cycle 3, day 1",
    }
    gone = [uid for uid in after if after[uid]["STATUS"] == "CANCELLED"]
    assert len([uid for uid in gone if "immunoglobulin 3" in after[uid]["SUMMARY"]]) == 29
    assert all(after[uid]["SEQUENCE"] > before[uid]["SEQUENCE"] for uid in gone)
    assert run("calendar", "--clinic", "c.ics", "--privacy", "discreet").code == 0
    text = (tmp_path / "c.ics").read_text("utf-8")
    assert "IG-0084: treatment" in text
    assert "immunoglobulin" not in text
    assert " g" not in {str(event["SUMMARY"]) for event in Calendar.from_ical(text).walk("VEVENT")}


def test_equal_doses_in_a_row_are_each_of_their_own_day_in_the_clinic(run, week):
    words = ("plan", "myeloma-thalidomide-dexamethasone", "--weight", "60 kg", "--age", "60 years",
             "--start", "2027-03-01", "--cycles", "2", "--pregnancy-possible", "no", "--course",
             "TD-0099", "--keep", "--compact")  # fmt: skip
    assert run(*words).code == 0
    kept = register.load(register.opened(str(week)), "TD-0099").record
    one = Listed("TD-0099", kept, released=True, problem="", ended=False)
    events = Calendar.from_ical(clinic([one], Zone.parse("Europe/Berlin"))).walk("VEVENT")
    at = [each["DTSTART"].dt for each in events if "thalidomide 200 mg" in each["SUMMARY"]]
    assert len(set(at)) == len(at) == 56
    assert {f"{each:%H:%M}" for each in at} == {"22:00"}
    closed = clinic([one._replace(ended=True)], Zone.parse("Europe/Berlin"))
    assert {str(e["STATUS"]) for e in Calendar.from_ical(closed).walk("VEVENT")} == {"CONFIRMED"}
    ended = clinic([one._replace(ended=True, problem="stop")], Zone.parse("Europe/Berlin"))
    assert {str(e["STATUS"]) for e in Calendar.from_ical(ended).walk("VEVENT")} == {"CANCELLED"}


def test_a_course_leaves_no_list_unseen(run):
    refused = run("register", "close", "IG-0084", "--by", "A. Berg", "--because", "moved away")
    assert refused.code == 2
    assert "IG-0084 has 30 doses to come; stop it first" in refused.err
    assert run("revise", "IG-0084", "stop", "--from", "2027-01-04", "--reason", "moved away",
               "--take", "1").code == 0  # fmt: skip
    assert (
        run("register", "close", "IG-0084", "--by", "A. Berg", "--because", "moved away").code == 0
    )
    assert "11 courses of" in run("due", *ON).out
    assert "1 closed" in run("due", *ON).out
    assert "closed by A. Berg: moved away" in run("register", "list").out
    assert "closed by A. Berg: moved away" in run("audit", "IG-0084").out
    assert run("register", "reopen", "IG-0084", "--by", "A. Berg", "--because", "back").code == 0
    assert "name one course, who decides it (--by)" in run("register", "close", "IG-0084").err


@pytest.mark.usefixtures("later")
def test_a_course_is_closed_with_a_word_on_what_has_no_record(run):
    assert run("revise", "TD-0007", "stop", "--from", "2027-01-12", "--reason", "moved", "--take",
               "1").code == 0  # fmt: skip
    told = run("register", "close", "TD-0007", "--by", "A. Berg", "--because", "moved").out
    assert "23 past doses have no record; to record them: posology register reopen" in told


def test_files_go_in_and_out_without_loss(run, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    assert run("register", "export", "--all", "--to", "out").code == 0
    files = sorted(folder.glob("*.json"))
    assert len(files) == 12
    again = ("--register", str(tmp_path / "again.db"))
    added = run(*again, "register", "add", *map(str, files), "none.json")
    assert added.code == 2
    assert f"12 of 13 courses added to {tmp_path / 'again.db'}" in added.out
    assert "none.json" in added.err
    copies = tmp_path / "copies"
    copies.mkdir()
    assert run(*again, "register", "export", "--all", "--to", "copies").code == 0
    assert {path.name: path.read_bytes() for path in copies.iterdir()} == {
        path.name: path.read_bytes() for path in files
    }
    assert run(*again, "due", *ON, "--json").out == run("due", *ON, "--json").out
    refused = run("register", "export", "IG-0084", "--to", "out")
    assert "is a course file; it is never overwritten" in refused.err
    assert "say which courses" in run("register", "export").err
    assert "make it first" in run("register", "export", "IG-0084", "--to", "no").err


def test_a_restored_copy_has_the_same_courses_and_the_same_work(run, tmp_path):
    assert run("register", "backup", "copy.db").code == 0
    copy = ("--register", str(tmp_path / "copy.db"))
    for command in (("due", *ON, "--json"), ("order", "--from", "2027-01-11", "--json")):
        assert run(*copy, *command).out == run(*command).out
    assert "12 courses, 12 saved states: 0 wrong" in run(*copy, "register", "verify").out
    assert "name the file of the copy" in run("register", "backup").err


def test_other_software_is_told_and_the_list_is_made_anew(run, tmp_path):
    site = tmp_path / "site.yaml"
    example = Path(__file__).parents[1] / "regimens" / "site.yaml"
    site.write_text(example.read_text("utf-8").replace("Example hospital", "Our hospital"), "utf-8")
    assert site.read_text("utf-8") != example.read_text("utf-8")
    told = run("due", *ON, "--site", str(site))
    assert "12 courses were listed with another version, site or library" in told.err
    anew = run("register", "rebuild", "--site", str(site))
    assert "Listed anew: 12 courses; 0 to look at" in anew.out
    assert "another version" not in run("due", *ON, "--site", str(site)).err


def test_a_damaged_course_is_named_and_the_others_are_proved(run, week):
    place = register.opened(str(week))
    with place.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE content SET bytes = zeroblob(9) WHERE course = "
            "(SELECT number FROM course WHERE reference = 'DS-0031')"
        )
    found = run("register", "verify")
    assert found.code == 1
    assert '"DS-0031" is not as it was saved; restore the last good backup' in found.out
    assert "12 courses, 11 saved states: 1 wrong" in found.out
    assert run("register", "rebuild").code == 1
    looked = run("lot", "X")
    assert looked.code == 2
    assert "11 courses looked through" in looked.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("due", "--on", "11.1.2027"), "--on: "),
        (("due", "--days", "0"), '--days: "0" is no number from 1 to 366'),
        (("order", "--from", "2027-02-01", "--to", "2027-01-01"), "is before 2027-02-01"),
        (("course", "IG-0048"), 'did you mean "IG-0084"'),
        (("audit", "none"), "is no course of the register"),
        (("--register", "no.db", "due"), "there is no register"),
        (("--register", "no.db", "course", "IG-1"), "is no file (.json), and there is no register"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(run, words, told):
    refused = run(*words)
    assert refused.code == 2
    assert told in refused.err
    assert refused.err.count("\n") == 1


def test_a_plan_is_kept_once_under_its_reference(run):
    words = shlex.split((WEEK / "commands.txt").read_text("utf-8").splitlines()[0])[1:]
    again = run(*words, "--ics", "a.ics")
    assert again.code == 2
    assert 'another course has the reference "IG-0084"; give it its own' in again.err
    assert not Path("a.ics").exists()


def test_every_command_stands_once_under_the_work_that_it_is_for():
    named = [name for names in WORK.values() for name in names]
    choices = make_parser()._subparsers._group_actions[0].choices
    assert sorted(named) == sorted(choices)
