"""Time zones, a sample of them, dose by dose and compact: each start right when another library reads it."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import icalendar
import pytest
import recurring_ical_events

from posology import plan
from posology.course.inputs import make
from posology.export.calendar import calendar, can_repeat
from posology.library import SiteFile
from posology.model.site import Clock
from posology.model.zone import Zone
from tiers import Part

STARTS = ("2027-03-01", "2027-08-25")
"""Courses of half a year, which together pass every change of the clocks of a year."""
CLOCKS = ("08:00", "01:15", "02:30")


def offsets(zone):
    """List the offsets from UTC over the year, with the hour from which each holds."""
    first = datetime(2027, 2, 20, tzinfo=UTC)

    def at(hour):
        return (first + timedelta(hours=hour)).astimezone(zone.info).utcoffset()

    found = [(0, at(0))]
    for day in range(400):
        if at(24 * day + 24) != at(24 * day):
            hours = range(24 * day + 1, 24 * day + 25)
            found += [(hour, at(hour)) for hour in hours if at(hour) != at(hour - 1)]
    return tuple(found)


def kinds():
    """Choose one zone of those with the same offsets in the year and the same rule."""
    found = {}
    for name in sorted(available_timezones() - {"Factory", "localtime"}):
        if re.fullmatch(r"[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]+){0,2}", name):
            zone = Zone.parse(name)
            found.setdefault((offsets(zone), zone.rule), name)
    return sorted(found.values())


def planned(library, site, zone, clock, start):
    times = {**site.site.clock, 1: Clock.parse(clock), 2: Clock.parse(f"{clock}, 20:00")}
    here = site.site.model_copy(update={"time_zone": Zone.parse(zone), "clock": times})
    course = make(
        regimen="scleromyxedema-dexamethasone-sirolimus-octreotide", weight="70 kg", start=start
    )
    return plan(course, library, SiteFile(here, site.sha256))


def starts(content):
    read = recurring_ical_events.of(icalendar.Calendar.from_ical(content)).all()
    return sorted(one.start.astimezone(UTC) for one in read if isinstance(one.start, datetime))


def test_every_start_is_right_in_a_sample_of_zones_in_both_forms(library, site):
    for zone in Part(0, 1).choose(kinds(), 40):
        for number, start in enumerate(STARTS):
            clock = CLOCKS[(len(zone) + number) % len(CLOCKS)]
            computed = planned(library, site, zone, clock, start)
            if computed.stopped:  # the clocks bring two doses too near; nothing leaves
                assert zone != "Europe/Berlin" or clock == "02:30"
                computed = planned(library, site, zone, "08:00", start)
            meant = sorted(one.at.astimezone(UTC) for one in computed.administrations)
            for compact in (False, True):
                assert starts(calendar(computed, compact=compact)) == meant, (zone, clock, start)


@pytest.mark.parametrize(
    ("zone", "clock", "repeated"),
    [
        ("Europe/Berlin", "08:00", True),
        ("America/New_York", "08:00", True),
        ("Asia/Jerusalem", "08:00", False),
        ("Africa/Cairo", "08:00", False),
        ("America/Santiago", "08:00", False),
        ("Europe/Berlin", "01:45", False),  # ends at a time that comes twice
    ],
)
def test_doses_are_repeated_only_where_every_reader_gives_their_times(
    library, site, zone, clock, repeated
):
    computed = planned(library, site, zone, clock, "2027-08-25")
    content = calendar(computed, compact=True)
    assert can_repeat(computed) is repeated
    assert (b"RRULE:FREQ=DAILY" in content) is repeated
    assert starts(content) == sorted(one.at.astimezone(UTC) for one in computed.administrations)


def test_a_course_that_cannot_be_repeated_is_not_kept_compact(run, site_in):
    code, _, error = run(
        "plan", "scleromyxedema-dexamethasone-sirolimus-octreotide", "--weight", "70 kg",
        "--start", "2027-08-20", "--site", site_in("Asia/Jerusalem"), "--save", "d.json", "--compact",
    )  # fmt: skip
    assert code == 2
    assert "leave out --compact" in error


def test_a_plan_that_cannot_be_repeated_says_so(run, site_in):
    code, said, _ = run(
        "plan", "scleromyxedema-dexamethasone-sirolimus-octreotide", "--weight", "70 kg",
        "--start", "2027-08-20", "--site", site_in("Asia/Jerusalem"), "--ics", "d.ics", "--compact",
    )  # fmt: skip
    assert code == 0
    assert "Not compact: in Asia/Jerusalem" in said
    assert "give --course or --save" in said


@pytest.fixture
def site_in(tmp_path):
    def write(zone):
        from posology import library  # noqa: PLC0415 - its folder alone

        text = (library.FOLDER / "site.yaml").read_text()
        (tmp_path / "site.yaml").write_text(text.replace("Europe/Berlin", zone))
        return str(tmp_path / "site.yaml")

    return write


def test_a_hold_in_a_compact_course_names_every_dose_held(run):
    """No entry is cancelled as a whole: the doses lie within one that is repeated."""
    name = "scleromyxedema-dexamethasone-sirolimus-octreotide"
    run("plan", name, "--weight", "70 kg", "--start", "2027-01-11", "--save", "d.json", "--compact")
    said = run("revise", "d.json", "hold", "--from", "2027-03-01", "--of", "sirolimus", "--reason",
               "x", "--take", "1")  # fmt: skip
    assert said.code == 0
    code, _, error = run("course", "d.json", "--cancellations")
    assert code == 2
    count = int(re.search(r"but (\d+) doses within repeated entries", error)[1])
    assert count == error.count("sirolimus.c")
    assert count > 100
