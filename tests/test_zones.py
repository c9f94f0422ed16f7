"""Time zones, dose by dose and compact: each start right when two other libraries read it."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import available_timezones

import icalendar
import pytest
import recurring_ical_events
from icalevents.icalevents import events as icalevents_events

from conftest import CHOOSE_READ, READ_AS
from posology import plan
from posology.course.inputs import make
from posology.export.calendar import calendar, can_repeat
from posology.library import SiteFile
from posology.model.site import Clock
from posology.model.zone import Zone, steady
from tiers import in_parts

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
    """Choose one zone of those whose clocks are alike in the year and known as long."""
    found = {}
    for name in sorted(available_timezones() - {"Factory", "localtime"}):
        if re.fullmatch(r"[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]+){0,2}", name):
            zone = Zone.parse(name)
            year = offsets(zone)
            rule = zone.rule if len(year) > 1 else ""
            found.setdefault((year, rule, steady(zone, 2027, 2028)), name)
    return sorted(found.values())


def planned(library, site, zone, clock, start):
    times = {**site.site.clock, 1: Clock.parse(clock), 2: Clock.parse(f"{clock}, 20:00")}
    here = site.site.model_copy(update={"time_zone": Zone.parse(zone), "clock": times})
    course = make(
        regimen="scleromyxedema-dexamethasone-sirolimus-octreotide",
        choices=READ_AS,
        weight="70 kg",
        start=start,
    )
    return plan(course, library, SiteFile(here, site.sha256))


def utc(starts):
    return sorted(at.astimezone(UTC) for at in starts if isinstance(at, datetime))


def lean(content):
    """Leave out what tells no time: reading is most of the work of these tests."""
    text = content.decode().replace("\r\n ", "")
    text = re.sub(r"BEGIN:VALARM.*?END:VALARM\r\n", "", text, flags=re.DOTALL)
    return re.sub(r"(DESCRIPTION|LAST-MODIFIED|CREATED|CLASS|TRANSP):.*\r\n", "", text)


def starts(content):
    read = recurring_ical_events.of(icalendar.Calendar.from_ical(lean(content))).all()
    return utc(one.start for one in read)


def starts_of_icalevents(content, meant):
    first, last = meant[0] - timedelta(days=1), meant[-1] + timedelta(days=1)
    text = lean(content).encode()
    read = icalevents_events(string_content=text, start=first, end=last)
    return utc(one.start for one in read if not one.all_day)


@in_parts(4)
def test_every_start_of_a_year_is_right_in_every_zone_in_both_forms(library, site, part):
    for zone in part.choose(kinds(), 40):
        changes = len(offsets(Zone.parse(zone))) > 1
        for number, start in enumerate(STARTS if changes else STARTS[:1]):
            clock = CLOCKS[(len(zone) + number) % len(CLOCKS)]
            computed = planned(library, site, zone, clock, start)
            if computed.stopped:  # the clocks bring two doses too near; nothing leaves
                assert zone != "Europe/Berlin" or clock == "02:30"
                computed = planned(library, site, zone, "08:00", start)
            meant = utc(one.at for one in computed.administrations)
            for compact in (False, True):
                content = calendar(computed, compact=compact)
                assert starts(content) == meant, (zone, clock, start)
                assert starts_of_icalevents(content, meant) == meant, (zone, clock, start)


READ = """
import datetime, sys, icalendar, recurring_ical_events
from icalevents.icalevents import events
with open("c.ics", "rb") as file: content = file.read()
first, last = datetime.datetime(2027, 1, 1), datetime.datetime(2028, 6, 1)
read = recurring_ical_events.of(icalendar.Calendar.from_ical(content)).all()
for one in [*read, *events(string_content=content, start=first, end=last)]:
    if isinstance(one.start, datetime.datetime) and not getattr(one, "all_day", False):
      print(one.start.astimezone(datetime.UTC).isoformat())
"""


@pytest.mark.parametrize(
    ("zone", "old", "clock"),
    [
        ("America/Vancouver", "America/Los_Angeles", "02:30"),
        pytest.param("Africa/Casablanca", "Africa/Lagos", "08:00", marks=pytest.mark.thorough),
        pytest.param("Europe/Chisinau", "Africa/Tripoli", "02:30", marks=pytest.mark.thorough),
    ],
)
def test_readers_that_hold_the_old_clock_changes_of_a_zone_read_every_start_right(
    library, site, tmp_path, zone, old, clock
):
    """A program's own time zone database wins over the VTIMEZONE; it may be some years old."""
    folder = tmp_path / "zones" / zone
    folder.parent.mkdir(parents=True)
    folder.write_bytes(files("tzdata.zoneinfo").joinpath(*old.split("/")).read_bytes())
    computed = planned(library, site, zone, clock, "2027-08-25")
    assert not computed.stopped
    assert "clocks-set-anew" in {one.code for one in computed.findings if one.level == "note"}
    meant = utc(one.at for one in computed.administrations)
    for compact in (False, True):
        (tmp_path / "c.ics").write_text(lean(calendar(computed, compact=compact)), newline="")
        done = subprocess.run(
            [sys.executable, "-c", READ], cwd=tmp_path, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONTZPATH": str(tmp_path / "zones")},
        )  # fmt: skip
        read = sorted(datetime.fromisoformat(line) for line in done.stdout.split())
        assert read == sorted(meant * 2)


@pytest.mark.parametrize(
    ("zone", "year", "holds"),
    [
        ("Europe/Berlin", 2027, True),
        ("America/New_York", 2027, True),
        ("Australia/Sydney", 2027, True),
        ("Asia/Tokyo", 2027, True),
        ("UTC", 2027, True),
        ("America/Vancouver", 2027, False),  # no change of the clocks since 2026
        ("America/Vancouver", 2040, True),
        ("Africa/Casablanca", 2027, False),
        ("Europe/Chisinau", 2027, False),  # another hour of the night since 2022
        ("America/Havana", 2027, False),
        ("America/Sao_Paulo", 2028, False),  # no change of the clocks since 2019
        ("America/Sao_Paulo", 2030, True),
    ],
)
def test_a_zone_is_steady_whose_rule_has_held_for_ten_years(library, site, zone, year, holds):
    assert steady(Zone.parse(zone), year, year) is holds
    noted = planned(library, site, zone, "08:00", f"{year}-02-01").findings
    assert ("clocks-set-anew" in {one.code for one in noted}) is not holds


def test_a_calendar_in_utc_names_no_zone(library, site):
    """Some readers move a moment in UTC to the clock time of X-WR-TIMEZONE."""
    content = calendar(planned(library, site, "America/Vancouver", "08:00", "2027-02-01"))
    assert b"America/Vancouver" not in lean(content).encode()
    content = calendar(planned(library, site, "Europe/Berlin", "08:00", "2027-02-01"))
    assert b"X-WR-TIMEZONE:Europe/Berlin" in content


@pytest.mark.parametrize(
    ("zone", "clock", "repeated"),
    [
        ("Europe/Berlin", "08:00", True),
        ("America/New_York", "08:00", True),
        ("Asia/Jerusalem", "08:00", False),
        ("Africa/Cairo", "08:00", False),
        ("America/Santiago", "08:00", False),
        ("America/Havana", "08:00", False),
        ("America/Vancouver", "08:00", False),
        ("Europe/Berlin", "01:45", False),  # ends at a time that comes twice
        ("Europe/Dublin", "02:30", False),  # one reader is an hour off beside a change
        ("Europe/Dublin", "06:00", True),
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
        "plan", "scleromyxedema-dexamethasone-sirolimus-octreotide", "--weight", "70 kg", *CHOOSE_READ,
        "--start", "2027-08-20", "--site", site_in("Asia/Jerusalem"), "--save", "d.json", "--compact",
    )  # fmt: skip
    assert code == 2
    assert "leave out --compact" in error


def test_a_plan_that_cannot_be_repeated_says_so(run, site_in):
    code, said, _ = run(
        "plan", "scleromyxedema-dexamethasone-sirolimus-octreotide", "--weight", "70 kg", *CHOOSE_READ,
        "--start", "2027-08-20", "--site", site_in("Asia/Jerusalem"), "--ics", "d.ics", "--compact",
    )  # fmt: skip
    assert code == 0
    assert "Not compact: in Asia/Jerusalem" in said
    assert "Keep the course with --save" in said


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
    run(
        "plan",
        name,
        *CHOOSE_READ,
        "--weight",
        "70 kg",
        "--start",
        "2027-01-11",
        "--save",
        "d.json",
        "--compact",
    )
    said = run("revise", "d.json", "hold", "--from", "2027-03-01", "--of", "sirolimus", "--reason",
               "x", "--take", "1")  # fmt: skip
    assert said.code == 0
    code, _, error = run("course", "d.json", "--cancellations")
    assert code == 2
    count = int(re.search(r"but (\d+) doses within repeated entries", error)[1])
    assert count == error.count("sirolimus.c")
    assert count > 100
