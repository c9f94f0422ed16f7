"""The same course gives the same bytes everywhere, and no start is shifted where clocks change."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

import icalendar
import pytest
import recurring_ical_events

from posology import plan, record
from posology.course.inputs import make
from posology.errors import CourseError
from posology.export.calendar import calendar
from posology.library import SiteFile
from posology.model import Delay, Move
from posology.model.site import Clock
from posology.model.zone import Zone
from test_record import ID, START
from tiers import in_parts

SCRIPT = """
import hashlib, sys, time, os
sys.path.insert(0, {tests!r})
from posology import library as files, record
from posology.export.kinds import exports
from posology.model import Delay, Give, Measures, Stop
from test_record import begin, revise, sign, why
library, site = files.load(), files.read_site()
for zone in {zones!r}:
    os.environ["TZ"] = zone
    time.tzset()
    whole = hashlib.sha256()
    for form in (False, True):
        kept = begin(library, site)
        kept = kept.model_copy(update={{"form": "compact" if form else "explicit"}})
        kept = revise(kept, Delay(**why(what="from cycle 2", days=7)), library, site)
        kept = revise(kept, Measures(**why(what="from cycle 2", values={{"weight": "77 kg"}})), library, site)
        kept = revise(kept, Give(**why(doses={{"immunoglobulin.c1.d1.t1": "35 g on 2027-01-04 at 08:00"}})), library, site)
        kept = revise(kept, Stop(**why(what="from 2027-02-17")), library, site)
        for state in (kept, sign(kept, library, site, weight=["77 kg", "70 kg"])):
            whole.update(record.content(state))
            computed = record.planned(state, library, site)
            for privacy in ("standard", "full", "discreet"):
                for name, content in exports(state, computed, ["ics", "csv", "json"], privacy).items():
                    whole.update(name.encode() + content)
    print(whole.hexdigest())
"""
SEEDS = ("0", "1", "7", "99", "4294967295")
ZONES = ["UTC", "Asia/Tokyo", "America/St_Johns", "Pacific/Chatham"]
LANGUAGES = ("C", "de_DE.UTF-8", "tr_TR.UTF-8")


@pytest.mark.thorough
def test_the_same_course_gives_the_same_bytes_everywhere():
    """5 hash seeds x 4 time zones x 3 languages: course file and all exports, draft and released."""
    script = SCRIPT.format(tests=os.path.dirname(__file__), zones=ZONES)  # noqa: PTH120 - a text for another process
    running = []
    seen = []
    for seed, language in product(SEEDS, LANGUAGES):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": language, "LANG": language}
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE
            )
        )
        if len(running) == 2:
            seen += [line for one in running for line in one.communicate()[0].split()]
            running = []
    seen += [line for one in running for line in one.communicate()[0].split()]
    assert len(seen) == 60
    assert len(set(seen)) == 1


CHANGING = [
    "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/St_Johns",
    "America/Chicago", "America/Santiago", "Australia/Sydney", "Australia/Lord_Howe",
    "Pacific/Auckland", "Pacific/Chatham", "Africa/Cairo",
]  # fmt: skip
CLOCKS = ("00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "08:00", "23:30")


def changes(zone):
    """List the days of every change of clocks from 2024 to 2035."""
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(12 * 365 + 3)]
    offsets = [datetime.combine(day, time(12), zone.info).utcoffset() for day in days]
    return [
        day for day, was, now in zip(days[1:], offsets, offsets[1:], strict=False) if was != now
    ]


def exists_once(moment):
    there = moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None)
    twice = moment.utcoffset() != moment.replace(fold=1).utcoffset()
    return there == moment.replace(tzinfo=None) and not twice


@in_parts(1)
@pytest.mark.parametrize("name", CHANGING)
def test_no_start_is_shifted_or_does_not_exist(library, site, name, part):
    """Five days around every change, at eight clock times: right in the calendar, or refused."""
    zone = Zone.parse(name)
    found = changes(zone)
    assert len(found) >= 22
    tried = refused = 0
    for day, clock in part.choose(product(found, CLOCKS), 17):
        times = {**site.site.clock, 1: Clock.parse(clock)}
        here = SiteFile(
            site.site.model_copy(update={"time_zone": zone, "clock": times}), site.sha256
        )
        course = make(
            regimen="scleromyxedema-ivig", weight="70 kg", start=f"{day - timedelta(days=2)}",
            cycles=1, choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"},
        )  # fmt: skip
        meant = [
            datetime.combine(day + timedelta(days=number), time.fromisoformat(clock), zone.info)
            for number in range(-2, 3)
        ]
        computed = plan(course, library, here)
        good = [moment for moment in meant if exists_once(moment)]
        assert [one.at for one in computed.administrations] == good
        tried += 1
        if len(good) < 5:
            refused += 1
            assert "clock-change" in [one.code for one in computed.findings if one.level == "stop"]
            continue
        read = recurring_ical_events.of(icalendar.Calendar.from_ical(calendar(computed))).all()
        assert sorted(
            each.start.astimezone(UTC) for each in read if isinstance(each.start, datetime)
        ) == [moment.astimezone(UTC) for moment in meant]
    assert refused * 16 >= tried


def test_a_change_into_an_hour_that_does_not_exist_is_refused(library, site):
    """Sun 28-Mar-2027, 02:30 in Berlin."""
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-03-01", cycles=2,
        choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"},
    )  # fmt: skip
    at = START + timedelta(days=1)
    kept, _ = record.begin(course, library, site, id_=ID, at=START)
    move = Move(
        on="2027-01-04", reason="x", what="immunoglobulin.c2.d1.t1", to="2027-03-28", at="02:30"
    )
    with pytest.raises(CourseError, match="does not exist once"):
        record.revise(kept, move, library, site, at)
    night = SiteFile(
        site.site.model_copy(update={"clock": {**site.site.clock, 1: Clock.parse("02:30")}}),
        "0" * 64,
    )
    kept, _ = record.begin(course, library, night, id_=ID, at=START)
    delay = Delay(on="2027-01-04", reason="x", what="cycle 1", days=24)
    with pytest.raises(CourseError, match="does not exist once"):
        record.revise(kept, delay, library, night, at)
