"""Calendar readers that we did not write all give the plan's starts.

Read in the zones of three hospitals, over both changes of the clocks, every day at 08:00 and
20:00 and on odd hours.
"""

import subprocess
import sys
from datetime import UTC, timedelta

import icalendar
import pytest
import recurring_ical_events
import vobject
from ical.calendar_stream import IcsCalendarStream
from icalevents.icalevents import events as icalevents_events
from vdirsyncer.vobject import Item, split_collection

from posology import plan
from posology.course import make
from posology.export.calendar import calendar
from posology.library import SiteFile
from posology.zone import Zone

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Sydney"]


@pytest.fixture(scope="module", params=ZONES)
def planned(request, library, site):
    """Two courses of six months, which together pass both changes of the clocks."""
    here = site.site.model_copy(update={"time_zone": Zone.parse(request.param)})
    course = make(
        regimen="scleromyxedema-dexamethasone-sirolimus-octreotide",
        weight="70 kg",
        start="2027-10-20",
    )
    computed = plan(course, library, SiteFile(here, site.sha256))
    spring = plan(
        make(
            regimen="scleromyxedema-dexamethasone-sirolimus-octreotide",
            weight="70 kg",
            start="2027-03-01",
        ),
        library,
        SiteFile(here, site.sha256),
    )
    return [(one, calendar(one)) for one in (computed, spring)]


def meant(computed):
    return sorted(one.at.astimezone(UTC) for one in computed.administrations)


def utc(moments):
    return sorted(moment.astimezone(UTC) for moment in moments)


def test_the_plans_pass_both_changes_of_the_clocks(planned):
    for computed, _ in planned:
        assert len({one.at.utcoffset() for one in computed.administrations}) == 2


def test_recurring_ical_events(planned):
    for computed, content in planned:
        read = recurring_ical_events.of(icalendar.Calendar.from_ical(content)).all()
        assert utc(event.start for event in read) == meant(computed)


def test_ical_of_home_assistant(planned):
    for computed, content in planned:
        read = IcsCalendarStream.calendar_from_ics(content.decode())
        assert utc(event.dtstart for event in read.events) == meant(computed)
        assert utc(event.start for event in read.timeline) == meant(computed)


def test_vobject(planned):
    for computed, content in planned:
        read = vobject.readOne(content.decode())
        starts = [event.dtstart.value for event in read.vevent_list]
        assert utc(starts) == meant(computed)
        assert all(start.tzinfo is not None for start in starts)


def test_icalevents(planned):
    for computed, content in planned:
        first, last = meant(computed)[0], meant(computed)[-1]
        read = icalevents_events(
            string_content=content,
            start=first - timedelta(days=1),
            end=last + timedelta(days=1),
        )
        assert utc(event.start for event in read) == meant(computed)


def test_vdirsyncer_sees_each_event_as_one_item(planned):
    for computed, content in planned:
        items = [Item(text) for text in split_collection(content.decode())]
        assert len({item.uid for item in items}) == len(computed.administrations)


def test_khal_lists_every_dose(planned, tmp_path):
    computed, content = planned[0]
    (tmp_path / "in").mkdir()
    (tmp_path / "a.ics").write_bytes(content)
    zone = computed.site.time_zone.name
    (tmp_path / "khal.conf").write_text(
        f"[calendars]\n[[a]]\npath = {tmp_path}/in\n[sqlite]\npath = {tmp_path}/db\n"
        f"[locale]\nlocal_timezone = {zone}\ndefault_timezone = {zone}\n"
        "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    khal = [sys.executable, "-W", "ignore", "-m", "khal", "-c", str(tmp_path / "khal.conf")]

    def do(*arguments):
        environment = {"PATH": "", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [*khal, *arguments], capture_output=True, env=environment, timeout=120, check=True
        )
        return done.stdout.decode().splitlines()

    for _ in range(2):  # imported twice: still no duplicate
        do("import", "--batch", "-a", "a", str(tmp_path / "a.ics"))
    listed = do(
        "list", "--format", "{start-long} {title}", "--day-format", "", "2027-10-01", "300d"
    )
    starts = sorted(line[:16] for line in listed if "DRAFT" in line)
    assert starts == sorted(f"{one.at:%Y-%m-%d %H:%M}" for one in computed.administrations)
