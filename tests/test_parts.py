"""A calendar above 1 MB or 1,000 entries is several files, which together hold each entry once."""

import re

import icalendar
import pytest

from posology import plan, record
from posology.course.inputs import make
from posology.export import parts
from posology.export.calendar import calendar
from posology.export.kinds import exports
from posology.export.parts import calendars
from posology.export.verify import verify
from test_record import ID, START

THALIDOMIDE = {
    "regimen": "scleromyxedema-ivig-thalidomide", "weight": "70 kg", "start": "2027-01-11",
    "choices": {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"},
    "sex": "male", "age": "60 years", "pregnancy_possible": "no",
}  # fmt: skip


@pytest.fixture(scope="module", params=[2, pytest.param(32, marks=pytest.mark.thorough)])
def long(request, library, site):
    """32 cycles: 986 entries, 896 of them of one drug, above 1 MB. Two, under a smaller limit."""
    kept, _ = record.begin(
        make(**THALIDOMIDE, cycles=request.param), library, site, id_=ID, at=START
    )
    with pytest.MonkeyPatch.context() as here:
        if request.param == 2:
            here.setattr(parts, "MOST_BYTES", 45_000)
        yield kept, record.planned(kept, library, site)


def uids(content):
    found = re.findall(rb"^UID:(.+)\r$", content, re.MULTILINE)
    assert found
    return found


@pytest.mark.parametrize("privacy", ["standard", "discreet"])
def test_a_large_calendar_is_written_in_parts_that_hold_each_entry_once(long, privacy, monkeypatch):
    _, computed = long
    whole = calendar(computed, privacy)
    if privacy == "discreet":  # its entries are short
        monkeypatch.setattr(parts, "MOST_BYTES", len(whole) * 2 // 3)
    files = calendars(computed, privacy)
    together = [uid for content in files.values() for uid in uids(content)]
    assert sorted(together) == sorted(uids(whole))
    assert all(len(content) < parts.MOST_BYTES for content in files.values())
    names = [str(icalendar.Calendar.from_ical(one)["X-WR-CALNAME"]) for one in files.values()]
    assert all(name.endswith(f" {of}") for name, of in zip(names, files, strict=True))
    if privacy == "discreet":
        assert list(files) == ["part-1", "part-2"]
        assert not any("thalidomide" in text for text in (*names, *files))
    else:
        assert len(whole) > parts.MOST_BYTES
        assert list(files) == ["to-do", "immunoglobulin", "thalidomide-1", "thalidomide-2"]


def test_each_part_is_proven_against_its_course(long, library, site):
    kept, computed = long
    files = exports(kept, computed, ["ics"], "standard")
    assert len(files) == 4
    name, content = files.popitem()
    good, lines = verify(kept, library, site, {("ics", name): content})
    assert good, lines
    good, _ = verify(kept, library, site, {("ics", name): content.replace(b"50 mg", b"60 mg", 1)})
    assert not good


def test_a_repeated_entry_may_stand_in_a_part(library, site, monkeypatch):
    """A part is compared with the plan too: it may hold no moment that is not planned."""
    monkeypatch.setattr(parts, "MOST_BYTES", 20_000)
    computed = plan(make(**THALIDOMIDE, cycles=4), library, site)
    files = calendars(computed, compact=True)
    assert list(files) == ["to-do", "immunoglobulin-1", "immunoglobulin-2", "thalidomide"]
    assert b"RRULE:FREQ=DAILY" in files["thalidomide"]
    together = [uid for content in files.values() for uid in uids(content)]
    assert sorted(together) == sorted(uids(calendar(computed, compact=True)))


LONG = (
    "plan", THALIDOMIDE["regimen"], "--weight", "70 kg", "--start", "2027-01-11", "--sex", "male",
    "--age", "60 years", "--pregnancy-possible", "no", "--cycles", "2",
    "--choose", "immunoglobulin.every=4 weeks", "--choose", "immunoglobulin.days=1-5",
)  # fmt: skip


def test_the_command_says_each_file_of_a_large_calendar(run, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "MOST_BYTES", 45_000)
    said = run(*LONG, "--ics", "x.ics", "--csv", "x.csv")
    assert said.code == 0, said.err
    named = re.findall(r"^Written: (\S+) \(ics, DRAFT\)$", said.out, re.MULTILINE)
    assert named == [
        "x-to-do.ics",
        "x-immunoglobulin.ics",
        "x-thalidomide-1.ics",
        "x-thalidomide-2.ics",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*named, "x.csv"])
    assert "The calendar is in several files" in said.out
    code, _, error = run(*LONG, "--ics", "x.ics", "--csv", "x-thalidomide-1.ics")
    assert code == 2
    assert "has the name of another file" in error


def test_a_course_says_each_file_of_a_large_calendar(run, monkeypatch):
    monkeypatch.setattr(parts, "MOST_BYTES", 45_000)
    assert run(*LONG, "--save", "c.json").code == 0
    said = run("course", "c.json", "--ics")
    assert said.code == 0
    assert len(re.findall(r"^Written: \S+-draft-\S+\.ics$", said.out, re.MULTILINE)) == 4
    assert "The calendar is in several files" in said.out
