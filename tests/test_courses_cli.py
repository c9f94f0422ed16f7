"""The commands for a course file, as a person types them."""

import json
import re
from datetime import UTC, datetime

import pytest

from conftest import CHOOSE_READ
from posology import clock
from posology import library as files
from posology.model import print_date
from posology.model.zone import Zone

PLAN = (
    "plan", "scleromyxedema-ivig", "--weight", "70 kg", "--start", "2031-01-13", "--cycles", "3",
    "--choose", "immunoglobulin.every=4 weeks", "--choose", "immunoglobulin.days=1-4",
    "--course", "IG-0042", "--clearance", "90 mL/min", "--save", "c.json",
)  # fmt: skip
ACKNOWLEDGED = ("--acknowledge", "regimen-draft=compared", "--acknowledge", "example-site")
DELAY = ("revise", "c.json", "delay", "--days", "7", "--from-cycle", "2", "--reason", "neutropenia")


@pytest.fixture(autouse=True)
def _in_2031(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2030, 12, 30, 9, tzinfo=UTC))


@pytest.fixture
def course(run, tmp_path):
    assert run(*PLAN).code == 0
    return tmp_path / "c.json"


def test_a_course_is_kept_shown_changed_released_and_proven(run, course, tmp_path):
    shown = run("course", "c.json")
    assert shown.code == 0
    assert "revision 0, reference IG-0042" in shown.out
    preview = run(*DELAY)
    assert preview.code == 0
    assert "moved  Mon 10-Feb-2031 08:00 → Mon 17-Feb-2031 08:00" in preview.out
    assert preview.out.splitlines()[-1] == (
        "Nothing is kept yet. To keep it: the same command with --take 1"
    )
    before = course.read_bytes()
    assert run(*DELAY).code == 0
    assert course.read_bytes() == before
    taken = run(*DELAY, "--take", "1")
    assert taken.out.splitlines()[-1] == "Saved: c.json, revision 1"
    told = run("changes", "c.json").out
    assert re.search(
        r"Revision 1  .*; by nobody named; kept \w{3} \d\d-\w{3}-\d{4} \d\d:\d\d", told
    )
    assert run("changes", "c.json", "--from", "0", "--to", "1").out.count("moved") == 8 + 6
    signed = run(
        "release", "c.json", "--by", "A. Smith", "--checked-by", "B. Jones", "--weight", "70 kg",
        "--regimen", "scleromyxedema-ivig", *ACKNOWLEDGED,
    )  # fmt: skip
    assert re.search(
        r"RELEASED \w{3} \d\d-\w{3}-\d{4} by A. Smith, checked by B. Jones", signed.out
    )
    written = run("course", "c.json", "--ics", "--csv", "--json")
    names = sorted(path.name for path in tmp_path.glob("course-*"))
    number = json.loads(course.read_bytes())["id"][:8]
    assert names == [
        f"course-{number}-r1-changes.txt", f"course-{number}-r1.csv", f"course-{number}-r1.ics",
        f"course-{number}-r1.json",
    ]  # fmt: skip
    assert written.out.count("Written: ") == 4
    told = run("changes", "c.json").out
    assert re.search(r"Released  1  .* by A. Smith, checked by B. Jones", told)
    proven = run("verify", "c.json", "--ics", names[2], "--csv", names[1], "--json", names[3])
    assert proven.code == 0
    assert proven.out.count("byte for byte that of revision 1") == 3
    again = run("revise", "c.json", "undo", "--reason", "an error", "--take", "2")
    assert "it is a DRAFT again" in again.out
    assert run("verify", "c.json", "--ics", names[2]).code == 1


def test_what_was_given_is_recorded_as_planned_or_otherwise(run, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 2, 5, 9, tzinfo=UTC))
    early = [text.replace("2031-01-13", "2026-01-12") for text in PLAN]
    assert run(*early).code == 0
    chart = ("revise", "c.json", "given", "--until", "2026-01-13", "--reason", "chart")
    assert "intravenous, cycle 1, day 2, given" in run(*chart).out
    assert run(*chart, "--take", "1").out == "Saved: c.json, revision 1\n"
    part = run(
        "revise", "c.json", "given", "--dose", "immunoglobulin.c1.d3.t1", "--amount", "12 g",
        "--at", "09:30", "--reason", "reaction",
    )  # fmt: skip
    part_taken = run(
        "revise", "c.json", "given", "--dose", "immunoglobulin.c1.d3.t1", "--amount", "12 g",
        "--at", "09:30", "--reason", "reaction", "--take", "2",
    )  # fmt: skip
    assert part_taken.out == "Saved: c.json, revision 2\n"
    assert "immunoglobulin 12 g, intravenous, cycle 1, day 3, given; planned 35 g" in part.out
    missed = run(
        "revise", "c.json", "not-given", "--dose", "immunoglobulin.c1.d4.t1", "--reason", "fever"
    )
    assert "cancelled (not given)  Thu 15-Jan-2026 08:00" in missed.out
    assert (
        "cycle 1: 3 of 4 doses are recorded as given, 1 of them in part; 1 not given" in missed.out
    )


def test_a_long_daily_course_is_compact(run, tmp_path):
    done = run(
        "plan", "scleromyxedema-dexamethasone-sirolimus-octreotide", "--weight", "70 kg", *CHOOSE_READ,
        "--start", "2031-01-06", "--save", "d.json", "--compact", "--ics", "d.ics",
    )  # fmt: skip
    assert done.code == 0
    text = (tmp_path / "d.ics").read_text()
    assert "RRULE:FREQ=DAILY;COUNT=181;INTERVAL=1" in text
    assert (tmp_path / "d.ics").stat().st_size < 120_000
    assert run("course", "d.json", "--ics").code == 0
    assert run("verify", "d.json", "--ics", next(tmp_path.glob("course-*")).name).code == 0


REFUSED = [
    (("course", "none.json"), "none.json"),
    (("course", "c.json", "--to", "out"), "--to: say also what to write"),
    (("course", "c.json", "--ics", "--to", "nowhere"), "there is no folder"),
    (("course", "c.json", "--site", "none.yaml"), "none.yaml"),
    (("course", "c.json", "--file", "none.yaml"), "none.yaml"),
    (("revise", "c.json", "delay", "--days", "7", "--reason", "x"), "say which doses, by one of dose, cycle, from cycle, from"),
    (("revise", "c.json", "delay", "--days", "7", "--cycle", "2", "--from-cycle", "2", "--reason", "x"),
     "say which doses, by one of"),
    (("revise", "c.json", "delay", "--days", "7", "--cycle", "2"), "--reason: say why"),
    (("revise", "c.json", "delay", "--cycle", "2", "--reason", "x"), "--days: is needed for delay"),
    (("revise", "c.json", "delay", "--cycle", "2", "--days", "-7", "--reason", "x"), "--days"),
    (("revise", "c.json", "delay", "--cycle", "2", "--days", "7.5", "--reason", "x"), "--days"),
    (("revise", "c.json", "hold", "--cycle", "2", "--reason", "x"), "--cycle: is not for hold; it takes from, of"),
    (("revise", "c.json", "resume", "--from", "2031-02-01", "--reason", "x"), "--missed: write left-out or postponed"),
    (("revise", "c.json", "resume", "--from", "2031-02-01", "--missed", "skip", "--reason", "x"), "--missed: write left-out"),
    (("revise", "c.json", "stop", "--from", "31/01/2031", "--reason", "x"), "is not a date"),
    (("revise", "c.json", "measures", "--from-cycle", "2", "--reason", "x"), "--set: "),
    (("revise", "c.json", "measures", "--from-cycle", "2", "--set", "name=Mia", "--reason", "x"), "--set"),
    (("revise", "c.json", "measures", "--from-cycle", "2", "--weight", "75", "--reason", "x"), "one space and kg or lb"),
    (("revise", "c.json", "move", "--dose", "c2", "--to", "2031-02-11", "--reason", "x"), "is not a dose"),
    (("revise", "c.json", "move", "--dose", "immunoglobulin.c2.d1.t1", "--to", "2031-03-11", "--reason", "x"),
     "the regimen's tolerance"),
    (("revise", "c.json", "move", "--dose", "immunoglobulin.c2.d1.t1", "--to", "2031-02-11", "--at", "8", "--reason", "x"),
     "is not a clock time"),
    (("revise", "c.json", "reduce", "--to", "1 g/kg", "--from-cycle", "2", "--reason", "x"), "does not say whether it is each"),
    (("revise", "c.json", "given", "--reason", "x"), "name the doses (dose), or the last day"),
    (("revise", "c.json", "given", "--until", "2031-01-01", "--reason", "x"), "no dose without a record up to"),
    (("revise", "c.json", "not-given", "--reason", "x"), "name the dose that was not given"),
    (("revise", "c.json", "extend", "--cycles", "0", "--reason", "x"), "--cycles"),
    (("revise", "c.json", "undo", "--reason", "x"), "no change to take back"),
    (("revise", "c.json", "undo", "--reason", "x\ny"), "cannot be printed"),
    (("revise", "c.json", "shorten", "--reason", "x"), "invalid choice"),
    ((*DELAY, "--take", "2"), "this would be revision 1"),
    ((*DELAY, "--on", "2031-01-01"), "is still to come"),
    ((*DELAY, "--by", "A. Smith", "--checked-by", "A.Smith"), "second name must differ"),
    (("changes", "c.json", "--to", "7"), "is not a revision; give 0 to 0"),
    (("changes", "c.json", "--from", "x"), "is not a revision"),
    (("release", "c.json"), "--by"),
    (("release", "c.json", "--by", "A"), "write 2 to 60 characters"),
    (("release", "c.json", "--by", "A. Smith", "--acknowledge", "volume"), '"volume" is not open; open: regimen-draft, example-site'),
    (("release", "c.json", "--by", "A. Smith", "--checked-by", "B. Jones"), "enters weight and regimen anew"),
    (("verify", "c.json", "--ics", "none.ics"), "none.ics"),
    (("publish", "c.json", "--to", "https://example.org/c/"), "a draft is not published"),
    (("publish", "c.json"), "--to"),
    (PLAN, "a course file is never overwritten"),
    ((*PLAN[:-1], "c.txt"), "must end in .json"),
    ((*PLAN[:-2], "--json", "c.json", "--force"), "is a course file; it is never overwritten"),
    ((*PLAN[:-1], "d.json", "--json", "d.json"), "name the same file"),
    (("course", "c.json", "--site=--"), "has no value"),
    ((*DELAY, "--dose=--"), "has no value"),
    (("verify", "c.json", "--ics", "/dev/zero"), "is no plain file"),
    (("verify", "c.json", "--csv", "c.json/x"), "cannot be read"),
    (("course", "x" * 305 + ".json"), "cannot be read"),
    (("release", "c.json", "--by", ".."), "is not a name; write at least two letters"),
    (("changes", "c.json", "--from", "0", "--to", "-1"), "--to"),
    (("revise", "c.json", "measures", "--from-cycle", "2", "--weight", "999999999999 kg", "--reason", "x"),
     "cannot be the weight of a patient"),
    (("revise", "c.json", "given", "--dose", "immunoglobulin.c1.d1.t1", "--at", "08:60", "--reason", "x"),
     '--at: "08:60" is not a clock time'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"), REFUSED, ids=[" ".join(one[0])[:60] for one in REFUSED]
)
def test_what_cannot_be_is_refused_in_one_line_and_nothing_is_lost(run, course, arguments, words):
    before = course.read_bytes()
    done = run(*arguments)
    assert done.code == 2, done.out + done.err
    assert words in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert "Traceback" not in done.err
    assert course.read_bytes() == before


def test_a_damaged_course_is_refused_and_left_as_it_is(run, course):
    course.write_bytes(course.read_bytes().replace(b"70 kg", b"71 kg"))
    before = course.read_bytes()
    for command in (("course",), ("changes",), ("verify",), ("release", "--by", "A. Smith")):
        done = run(command[0], "c.json", *command[1:])
        assert done.code == 2
        assert "does not match its sha256" in done.err
    assert course.read_bytes() == before


def test_nothing_about_a_patient_stands_in_file_names_or_on_standard_error(run, course, tmp_path):
    done = run("course", "c.json", "--ics", "--csv", "--json")
    names = " ".join(path.name for path in tmp_path.iterdir())
    for secret in ("IG-0042", "70"):
        assert secret not in names.replace(json.loads(course.read_bytes())["id"][:8], "")
    assert done.err == ""


def test_above_a_thousand_entries_there_is_one_file_for_each_drug(run, tmp_path):
    done = run(
        "plan", "myeloma-thalidomide-dexamethasone", "--weight", "70 kg", "--start", "2031-01-06",
        "--cycles", "30", "--sex", "male", "--age", "60 years", "--save", "t.json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert run("course", "t.json", "--ics").code == 0
    written = {path.name.rpartition("-draft")[2]: path.read_bytes()
               for path in tmp_path.glob("course-*.ics")}  # fmt: skip
    assert set(written) == {"-dexamethasone.ics", "-thalidomide.ics", "-to-do.ics"}
    uids = [uid for one in written.values() for uid in re.findall(rb"UID:(\S+)", one)]
    assert len(uids) == len(set(uids)) > 1000
    assert b"SUMMARY:DRAFT: dexamethasone" not in written["-thalidomide.ics"]


@pytest.mark.parametrize(
    "dose",
    ["1000 mg/kg per cycle", "1.0000001 g/kg per cycle", "1999.5 mg/kg per cycle",
     "0.0019 kg/kg per cycle", "2000000 mcg/kg per cycle", "1.23456789012 g/kg per cycle"],
)  # fmt: skip
def test_a_reduced_dose_is_saved_exactly_and_the_file_opens(run, course, dose):
    done = run(
        "revise", "c.json", "reduce", "--to", dose, "--from-cycle", "2", "--reason", "half",
        "--by", "A. Smith", "--checked-by", "B. Jones", "--take", "1",
    )  # fmt: skip
    assert done.code == 0 or not dose.startswith("1000 ")
    if done.code == 0:
        assert json.loads(course.read_bytes())["revisions"][1]["change"]["to"] == dose
        assert run("course", "c.json").code == 0
        assert run("revise", "c.json", "undo", "--reason", "x", "--take", "2").code == 0
    else:
        assert "fault of Posology" not in done.err
        assert run("course", "c.json").code == 0


@pytest.mark.parametrize("reason", [
    "1,000 mg", "=1+1", "\uff1d1", "# x: [y]", "\u6f22\u5b57", "\u05d0\u05d1", "e\u0301", "\U0001f600",
    "x" * 400, '"', "\\n", "{}", "null",
])  # fmt: skip
def test_a_file_with_any_reason_opens_or_is_not_saved(run, course, reason):
    before = course.read_bytes()
    done = run(
        "revise", "c.json", "hold", "--from", "2031-02-01", "--reason", reason, "--take", "1"
    )
    assert (done.code == 0) == (course.read_bytes() != before)
    assert run("course", "c.json").code == 0


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "Australia/Sydney"])
def test_a_release_is_dated_by_the_day_of_the_site(run, tmp_path, zone):
    shipped = (files.FOLDER / "site.yaml").read_text("utf-8")
    text = shipped.replace("Europe/Berlin", zone).replace("DE-BE", "AU-NSW")
    (tmp_path / "site.yaml").write_text(text, "utf-8")
    assert run(*PLAN, "--site", "site.yaml").code == 0
    done = run("release", "c.json", "--site", "site.yaml", "--by", "A. Smith", *ACKNOWLEDGED)
    signed = json.loads((tmp_path / "c.json").read_bytes())["releases"][0]["at"]
    at = datetime.fromisoformat(signed)
    assert f"RELEASED {print_date(at.astimezone(Zone.parse(zone).info))} by A. Smith" in done.out
