"""One dose that changes is one entry of the calendar that changes: no other one's SEQUENCE rises."""

from datetime import UTC, datetime, timedelta

import pytest

from conftest import READ_AS
from posology import record
from posology.course.inputs import make
from posology.errors import CourseError
from posology.library import read_site
from posology.model import Give, Move
from posology.model.record import Line
from posology.record.entries import events
from test_record import FOLDER, ID, START

COUNTS = {"neutrophils": "5000 /uL", "platelets": "200000 /uL"}
COURSES = {
    "scleromyxedema-ivig": {
        "weight": "58.5 kg", "cycles": 6,
        "choices": {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"},
    },
    "scleromyxedema-dexamethasone-sirolimus-octreotide": {"weight": "70 kg", "choices": READ_AS},
    "myeloma-bortezomib-dexamethasone": {"weight": "70 kg", "height": "170 cm", "cycles": 4},
    "myeloma-melphalan-prednisone-kg": {"weight": "70 kg", "cycles": 4, **COUNTS},
    "myeloma-thalidomide-dexamethasone": {"weight": "70 kg", "cycles": 2},
}  # fmt: skip
DAY = timedelta(days=1)


def changes(administrations, slot):
    """Give ways to change one dose alone."""
    (dose,) = (one for one in administrations if str(one.slot) == slot)
    why = {"on": "2026-12-01", "reason": "a reason"}
    day = dose.at.date()
    for days in (-6, -2, -1, 1, 2, 3, 6):  # some bring two doses into one limit's days
        yield Move(**why, what=slot, to=str(day + days * DAY))
    yield Move(**why, what=slot, to=str(day), at="14:00")
    at = datetime(2027, 8, 1, tzinfo=UTC)
    part = (dose.amount / 2).plain
    for given in (
        f"{dose.amount.plain} on {day} at 08:00",
        f"{part} on {day} at 09:30",
        "not given",
    ):
        yield Give(**{**why, "on": str(at.date())}, doses={slot: given})


def facts(computed):
    """Say what is given of each dose, and how: what an entry tells of it."""
    return {
        str(one.slot): (one.at, one.amount, one.prepared, one.infusion, one.recorded, one.weight)
        for one in computed.administrations
    } | {item.key: (item.on, item.name) for item in computed.items}


@pytest.mark.parametrize("regimen", COURSES)
def test_one_dose_that_changes_changes_one_entry(library, site, regimen):
    course = make(regimen=regimen, start="2026-12-07", **COURSES[regimen])
    kept, before = record.begin(course, library, site, id_=ID, at=START.replace(year=2026))
    about = {event.key: event.about for event in events(before)}
    slots = [str(one.slot) for one in before.administrations]
    tried = alone = 0
    for slot in slots[3 : len(slots) - 1 : max(len(slots) // 4, 1)]:
        for change in changes(before.administrations, slot):
            try:
                after, computed = record.revise(
                    kept, change, library, site, datetime(2027, 8, 2, tzinfo=UTC)
                )
            except CourseError:
                continue  # the plan would stop: nothing is kept
            was, now = facts(before), facts(computed)
            differ = {key for key in {*was, *now} if was.get(key) != now.get(key)}
            revision = after.revisions[-1]
            assert {*revision.events, *revision.gone} == differ, change
            same = {event.key: event.about for event in events(computed) if event.key not in differ}
            assert same == {key: about[key] for key in same}
            tried += 1
            alone += {key for key in differ if not key.startswith("due.")} == {slot}
    assert tried > 10
    assert alone > 0.9 * tried


def test_a_move_that_brings_a_finding_is_told_alone(run):
    """The sum over 28 days passes its limit: a finding of the plan, not of 29 other entries."""
    run("plan", "scleromyxedema-ivig", "--weight", "58.5 kg", "--start", "2026-12-07", "--cycles", "6",
        "--choose", "immunoglobulin.every=4 weeks", "--choose", "immunoglobulin.days=1-5",
        "--weighed", "2026-12-01", "--save", "x.json")  # fmt: skip
    said = run("revise", "x.json", "move", "--dose", "immunoglobulin.c2.d5.t1", "--to", "2027-01-10",
               "--reason", "public holiday", "--take", "1")  # fmt: skip
    assert said.code == 0
    told = run("changes", "x.json").out
    assert told.count("immunoglobulin.c2.d5") == 2
    assert told.count("[") == 2, "the dose, and the haemoglobin after it"
    assert "moved" in told
    assert "description" not in told


def test_what_is_unclear_in_a_regimen_stands_in_its_entries_and_no_sum_does(library, site):
    regimen = "scleromyxedema-dexamethasone-sirolimus-octreotide"
    course = make(regimen=regimen, start="2027-01-11", **COURSES[regimen])
    _, computed = record.begin(course, library, site, id_=ID, at=START)
    codes = {finding.code for finding in computed.findings if finding.level == "review"}
    assert {"over-day", "unclear"} <= codes
    dexamethasone = next(one for one in events(computed) if one.drug == "dexamethasone")
    assert "Look again: dexamethasone: 120 mg may be the total of both days" in dexamethasone.about
    assert dexamethasone.about.count("Look again") == 1


def test_a_line_with_its_findings_is_compared_with_them(library):
    """Course files that were kept before lines held the dose alone stay as they are."""
    site = read_site(FOLDER / "site.yaml")  # that it was planned with
    kept = record.read((FOLDER / "form-2-released.json").read_bytes())
    lines = record.lines_at(kept, len(kept.revisions) - 1)
    assert all(line.digest.startswith("values-") for line in lines.values())
    computed = record.planned(kept, library, site)
    assert computed.released
    planned = events(computed)
    assert all(lines[each.key].says(each) for each in planned if not each.key.startswith("due."))
    former = planned[0].former._replace(digest="values-of-another-dose")
    other = planned[0]._replace(former=former)
    assert not lines[other.key].says(other)


def test_a_line_of_another_dose_does_not_say_the_same(library, site):
    course = make(
        regimen="scleromyxedema-ivig", start="2027-01-11", **COURSES["scleromyxedema-ivig"]
    )
    _, computed = record.begin(course, library, site, id_=ID, at=START)
    first, second, *_ = events(computed)
    assert Line.parse(str(first.line)).says(first)
    assert not first.line.says(first._replace(values=second.values))
