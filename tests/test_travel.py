"""A patient is some weeks in another time zone: doses keep their clock times there."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from posology import record
from posology.course.inputs import make
from posology.course.reading import read_change
from posology.errors import CourseError
from posology.export.calendar import calendar

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
AWAY = {"from": "2027-03-10", "until": "2027-03-30", "to": "America/New_York", "reason": "journey"}


@pytest.fixture
def begun(library, site):
    course = make(regimen="myeloma-thalidomide-dexamethasone", weight="60 kg", age="60 years",
                  start="2027-03-01", cycles=2, pregnancy_possible="no")  # fmt: skip
    return record.begin(course, library, site, id_=UUID(int=6), at=NOW)[0]


@pytest.fixture
def revised(library, site):
    def of(kept, command="travel", decided=NOW, **texts):
        computed = record.planned(kept, library, site)
        change = read_change(command, texts, computed, decided.date().isoformat())
        new, _ = record.revise(kept, change, library, site, decided)
        assert record.read(record.exact_content(new)) == new
        return new, record.planned(new, library, site)

    return of


def daily(computed):
    return [each for each in computed.administrations if each.order.drug == "thalidomide"]


def test_doses_keep_their_clock_time_there_also_where_only_one_zone_has_set_its_clocks(
    begun, revised
):
    """New York sets its clocks on 14-Mar-2027, Berlin on 28-Mar-2027."""
    _, computed = revised(begun, **AWAY)
    for each in daily(computed):
        away = 10 <= each.slot.day <= 28 and each.slot.cycle == 1
        away = away or (each.slot.cycle == 2 and each.slot.day <= 2)
        there = each.at.astimezone(UTC).astimezone(NEW_YORK)
        clock = there if away else each.at
        assert f"{clock:%H:%M}" == "22:00", each
        assert each.at.tzinfo.key == "Europe/Berlin"
    hours = {f"{each.at:%H}" for each in daily(computed)}
    assert hours == {"22", "04", "03"}


def test_a_dose_counts_for_its_day_there(begun, revised):
    _, computed = revised(begun, **AWAY)
    assert not [each for each in computed.findings if each.code in {"over-day", "over-week"}]
    days = [each.counts_on for each in daily(computed)]
    assert len(set(days)) == len(days) == 56


def test_the_calendar_holds_the_moment(begun, revised):
    _, computed = revised(begun, **AWAY)
    events = Calendar.from_ical(calendar(computed)).walk("VEVENT")
    at = {event["DTSTART"].dt.astimezone(NEW_YORK) for event in events
          if "thalidomide 200 mg" in event["SUMMARY"]}  # fmt: skip
    assert datetime(2027, 3, 20, 22, tzinfo=NEW_YORK) in at
    assert datetime(2027, 3, 20, 17, tzinfo=NEW_YORK) not in at


def test_it_is_recorded_moved_and_taken_back_like_any_other(begun, revised):
    kept, _ = revised(begun, **AWAY)
    later = datetime(2027, 3, 12, 12, tzinfo=UTC)
    given, computed = revised(kept, "given", later, dose="thalidomide.c1.d10.t1", reason="chart")
    first = next(each for each in daily(computed) if each.recorded)
    assert f"{first.at:%d %H:%M}" == "11 04:00"
    assert str(first.counts_on) == "2027-03-10"
    moved, computed = revised(given, "move", later, dose="dexamethasone.c1.d17.t1",
                              to="2027-03-17", at="12:00", reason="visit")  # fmt: skip
    (one,) = [each for each in computed.administrations
              if str(each.slot) == "dexamethasone.c1.d17.t1"]  # fmt: skip
    assert f"{one.at:%d %H:%M}" == "17 12:00"
    _, computed = revised(moved, "undo", later, reason="no")
    assert {f"{each.at:%H}" for each in daily(computed)} == {"22", "04", "03"}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"until": "2027-03-01"}, "before it begins"),
        ({"from": "2027-07-01", "until": "2027-07-09"}, "matches no planned dose"),
        (
            {"of": "dexamethasone", "from": "2027-03-05", "until": "2027-03-06"},
            "no planned dose to",
        ),
        ({"to": "New York"}, "is not an IANA time zone"),
        ({"to": ""}, "is needed for travel"),
    ],
)
def test_what_cannot_be_is_refused(begun, revised, more, told):
    with pytest.raises(CourseError, match=told):
        revised(begun, **{**AWAY, **more})
