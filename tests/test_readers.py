"""Calendar readers that we did not write all give the plan's starts.

Read in the zones of three hospitals, over both changes of the clocks, every day at 08:00 and
20:00 and on odd hours.
"""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import icalendar
import pytest
import recurring_ical_events
import vobject
from ical.calendar_stream import IcsCalendarStream
from icalevents.icalevents import events as icalevents_events
from vdirsyncer.vobject import Item, split_collection

from conftest import READ_AS
from posology import plan, record
from posology.course.inputs import make
from posology.export.calendar import calendar
from posology.library import SiteFile
from posology.model import Delay, Stop
from posology.model.zone import Zone

PLACES = [
    "Europe/Berlin",
    pytest.param("America/New_York", marks=pytest.mark.thorough),
    pytest.param("Australia/Sydney", marks=pytest.mark.thorough),
]


@pytest.fixture(scope="module", params=PLACES)
def planned(request, library, site):
    """Two courses of six months, which together pass both changes of the clocks."""
    here = site.site.model_copy(update={"time_zone": Zone.parse(request.param)})
    course = make(
        regimen="scleromyxedema-dexamethasone-sirolimus-octreotide",
        choices=READ_AS,
        weight="70 kg",
        start="2027-10-20",
    )
    computed = plan(course, library, SiteFile(here, site.sha256))
    spring = plan(
        make(
            regimen="scleromyxedema-dexamethasone-sirolimus-octreotide",
            choices=READ_AS,
            weight="70 kg",
            start="2027-03-01",
        ),
        library,
        SiteFile(here, site.sha256),
    )
    return [(one, calendar(one)) for one in (computed, spring)]


def changed(library, here, sha256):
    """The spring's course again, with one drug moved, some doses cancelled, and compact."""
    where = SiteFile(here, sha256)
    start = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
    course = make(
        regimen="scleromyxedema-dexamethasone-sirolimus-octreotide",
        choices=READ_AS,
        weight="70 kg",
        start="2027-03-01",
    )
    kept, _ = record.begin(course, library, where, id_=UUID(int=1 << 100), at=start, compact=True)
    for hours, change in enumerate(
        (
            Delay(on="2027-01-04", reason="x", what="from 2027-03-20 of octreotide", days=1),
            Stop(on="2027-01-04", reason="x", what="from 2027-06-01 of sirolimus"),
            Stop(on="2027-01-04", reason="x", what="from 2027-08-01 of dexamethasone"),
        ),
        1,
    ):
        at = start + timedelta(hours=hours)
        kept, _ = record.revise(kept, change, library, where, at)
    return record.planned(kept, library, where)


def meant(computed):
    return sorted(one.at.astimezone(UTC) for one in computed.administrations)


def utc(moments):
    """Give the moments of doses; what there is to do on a day has a date."""
    return sorted(each.astimezone(UTC) for each in moments if isinstance(each, datetime))


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
        assert all(start.tzinfo for start in starts if isinstance(start, datetime))


def test_icalevents(planned):
    for computed, content in planned:
        first, last = meant(computed)[0], meant(computed)[-1]
        read = icalevents_events(
            string_content=content,
            start=first - timedelta(days=1),
            end=last + timedelta(days=1),
        )
        assert utc(event.start for event in read if not event.all_day) == meant(computed)


def test_vdirsyncer_sees_each_event_as_one_item(planned):
    for computed, content in planned:
        items = [Item(text) for text in split_collection(content.decode())]
        entries = len(computed.administrations) + len(computed.items)
        assert len({item.uid for item in items}) == entries


@pytest.mark.thorough
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
        done = subprocess.run([*khal, *arguments], capture_output=True, env=environment, check=True)
        return done.stdout.decode().splitlines()

    for _ in range(2):  # imported twice: still no duplicate
        do("import", "--batch", "-a", "a", str(tmp_path / "a.ics"))
    listed = do(
        "list", "--format", "{start-long} {title}", "--day-format", "", "2027-10-01", "300d"
    )
    starts = sorted(line[:16] for line in listed if "DRAFT" in line and ":" in line[:16])
    assert starts == sorted(f"{one.at:%Y-%m-%d %H:%M}" for one in computed.administrations)


@pytest.fixture(scope="module", params=PLACES)
def compact(request, library, site):
    """A revised course whose equal doses in a row are one repeated entry."""
    here = site.site.model_copy(update={"time_zone": Zone.parse(request.param)})
    computed = changed(library, here, site.sha256)
    content = calendar(computed)
    assert content.count(b"RRULE:FREQ=DAILY") > 3
    assert b"STATUS:CANCELLED" in content
    return computed, content


def active(events, status):
    return [one for one in events if status(one) != "CANCELLED"]


def test_a_compact_calendar_in_recurring_ical_events(compact):
    computed, content = compact
    read = recurring_ical_events.of(icalendar.Calendar.from_ical(content)).all()
    read = active(read, lambda one: str(one["STATUS"]))
    assert utc(one.start for one in read) == meant(computed)


def test_a_compact_calendar_in_ical_of_home_assistant(compact):
    computed, content = compact
    read = IcsCalendarStream.calendar_from_ics(content.decode()).timeline
    read = active(read, lambda one: one.status.value)
    assert utc(one.start for one in read) == meant(computed)


def test_a_compact_calendar_in_icalevents(compact):
    computed, content = compact
    first, last = meant(computed)[0], meant(computed)[-1]
    read = icalevents_events(
        string_content=content, start=first - timedelta(days=1), end=last + timedelta(days=1)
    )
    read = active(read, lambda one: one.status)
    assert utc(one.start for one in read if not one.all_day) == meant(computed)


def test_a_compact_calendar_in_vobject(compact):
    computed, content = compact
    read = active(vobject.readOne(content.decode()).vevent_list, lambda one: one.status.value)
    starts = []
    for one in (each for each in read if isinstance(each.dtstart.value, datetime)):
        rules = one.getrruleset(addRDate=True)
        zone = one.dtstart.value.tzinfo
        starts += [at if at.tzinfo else at.replace(tzinfo=zone) for at in rules or []]
        starts += [] if rules else [one.dtstart.value]
    assert utc(starts) == meant(computed)
