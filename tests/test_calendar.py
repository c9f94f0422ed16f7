"""The calendar's rules, each as real programs need it."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from conftest import READ_AS
from posology import plan, record
from posology.course.inputs import make
from posology.errors import ExportError
from posology.export.calendar import calendar
from posology.export.events import clean
from posology.export.vtimezone import vtimezone
from posology.library import SiteFile
from posology.model import Finding, Measures, Place
from posology.model.zone import Zone
from test_record import ID, START, begin, revise, why

CHOICES = {"immunoglobulin.every": "1 month", "immunoglobulin.days": "1-5"}


def ivig(library, site, **changes):
    inputs = {
        "regimen": "scleromyxedema-ivig",
        "weight": "70 kg",
        "start": "2027-01-11",
        "cycles": 6,
        "choices": CHOICES,
        **changes,
    }
    return plan(make(**inputs), library, site)


def kept(library, site, id_=ID, **changes):
    """Give the same as the plan of a course file."""
    begun, _ = record.begin(ivig(library, site, **changes).course, library, site, id_=id_, at=START)
    return record.planned(begun, library, site)


def unfolded(content):
    return content.decode().replace("\r\n ", "")


def events(content):
    """Give the entries of doses; what there is to do has a day and no clock time."""
    found = unfolded(content).split("BEGIN:VEVENT\r\n")[1:]
    assert found, "nothing would be tested"
    return [event for event in found if "DTSTART;VALUE=DATE:" not in event]


def prop(event, name):
    return re.search(rf"^{name}[;:].*$", event, re.MULTILINE)[0].rstrip("\r")


@pytest.fixture(scope="module")
def content(library, site):
    return calendar(ivig(library, site))


def test_the_head_names_no_method_and_no_uid_of_the_calendar(content):
    head = unfolded(content).split("BEGIN:VTIMEZONE")[0].split("\r\n")
    names = [line.split(":")[0] for line in head if line]
    assert sorted(names) == [
        "BEGIN", "CALSCALE", "NAME", "PRODID", "VERSION", "X-WR-CALNAME", "X-WR-TIMEZONE",
    ]  # fmt: skip


def test_the_vtimezone_is_written_from_the_rule(content):
    text = unfolded(content)
    assert text.count("BEGIN:VTIMEZONE") == 1
    zone = text.split("BEGIN:VTIMEZONE\r\n")[1].split("END:VTIMEZONE")[0].split("\r\n")
    assert zone == [
        "TZID:Europe/Berlin",
        "BEGIN:DAYLIGHT",
        "DTSTART:19700329T020000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "TZNAME:CEST",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19701025T030000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "TZNAME:CET",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "END:STANDARD",
        "",
    ]


def test_every_event_is_a_draft_private_transparent_and_tentative(content):
    for event in events(content):
        assert "\r\nSTATUS:TENTATIVE\r\n" in event
        assert "\r\nCLASS:PRIVATE\r\n" in event
        assert "\r\nTRANSP:TRANSPARENT\r\n" in event
        assert prop(event, "SUMMARY").startswith("SUMMARY:DRAFT: ")


def test_starts_and_ends_carry_the_zone_and_no_duration(content):
    for event in events(content):
        assert re.search(r"^DTSTART;TZID=Europe/Berlin:\d{8}T080000\r$", event, re.MULTILINE)
        assert re.search(r"^DTEND;TZID=Europe/Berlin:\d{8}T1[01]\d{4}\r$", event, re.MULTILINE)
        assert "DURATION" not in event


def test_the_alarm_is_one_display_and_last(content):
    for event in events(content):
        assert event.count("BEGIN:VALARM") == 1
        assert event.split("BEGIN:VALARM")[1].startswith("\r\nACTION:DISPLAY\r\nDESCRIPTION:DRAFT")
        assert "TRIGGER:-PT1H" in event
        assert event.rstrip().split("END:VALARM\r\n")[1].startswith("END:VEVENT")


def test_the_summary_says_drug_dose_route_cycle_and_day(content):
    found = prop(events(content)[5], "SUMMARY")
    assert found == "SUMMARY:DRAFT: immunoglobulin 25 g\\, intravenous\\, cycle 2\\, day 1"


def test_the_description_carries_working_weight_quote_and_hash(content, library):
    text = prop(events(content)[0], "DESCRIPTION")
    for part in (
        "2 g/kg x 70 kg = 140 g\\; / 5 administrations = 28 g",
        "Computed for 70 kg\\, actual weight",
        "dosed at 2 g/kg per month",
        library.regimens["scleromyxedema-ivig"].sha256,
        "revision 0",
    ):
        assert part in text


def test_lines_are_short_end_in_crlf_and_there_is_no_mark_at_the_start(content):
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75


def test_a_uid_is_one_for_each_dose_and_holds_nothing_of_dose_or_date(library, site):
    """Of a course file weight, start and choices may change and the ids stay."""
    first = calendar(kept(library, site))
    later = calendar(kept(library, site, weight="84 kg", start="2027-02-01"))
    uids = [prop(event, "UID") for event in events(first)]
    assert len(set(uids)) == 30
    assert uids == [prop(event, "UID") for event in events(later)]
    other = calendar(kept(library, site, id_=UUID(int=2)))
    assert not set(uids) & {prop(event, "UID") for event in events(other)}


@pytest.mark.parametrize("privacy", ["standard", "full", "discreet"])
def test_a_reference_without_a_course_file_gives_no_calendar(library, site, privacy):
    """A corrected one would have the same entries, and nothing would tell which is newer."""
    with pytest.raises(ExportError, match="needs a course file"):
        calendar(ivig(library, site, reference="IG-0042"), privacy)


def test_a_discreet_calendar_needs_a_course_file(library, site):
    with pytest.raises(ExportError, match="needs a course file"):
        calendar(ivig(library, site), "discreet")
    assert calendar(kept(library, site), "discreet")


def test_a_corrected_course_is_newer_to_every_reader(library, site):
    """The same course with another weight: of each entry the SEQUENCE is higher."""
    begun = begin(library, site, reference="IG-42", choices=CHOICES)
    again = Measures(**why(what="from cycle 1", values={"weight": "75 kg"}))
    after = revise(begun, again, library, site)
    old, new = (
        {
            prop(one, "UID"): prop(one, "SEQUENCE")
            for one in events(calendar(record.planned(each, library, site)))
        }
        for each in (begun, after)
    )
    assert old.keys() == new.keys()
    assert set(old.values()) == {"SEQUENCE:0"}
    assert set(new.values()) == {"SEQUENCE:1"}


def test_without_a_reference_another_patients_calendar_is_never_overwritten(library, site):
    one = calendar(ivig(library, site))
    other = calendar(ivig(library, site, weight="84 kg"))
    uids = {prop(event, "UID") for event in events(one)}
    assert not uids & {prop(event, "UID") for event in events(other)}


def test_privacy_levels(library, site):
    computed = kept(library, site, reference="IG-0042")
    standard, full, discreet = (
        unfolded(calendar(computed, level)) for level in ("standard", "full", "discreet")
    )
    assert "IG-0042" not in standard
    assert "IG-0042" in full
    for secret in ("IG-0042", "immunoglobulin", "28 g", "70 kg", "ivig", "intravenous"):
        assert secret not in discreet
    assert "SUMMARY:DRAFT: Treatment 3\r\n" in discreet


def test_a_review_finding_is_said_in_the_events_of_its_order_only(library, site):
    course = make(
        regimen="scleromyxedema-dexamethasone-sirolimus-octreotide",
        choices=READ_AS,
        weight="70 kg",
        start="2027-01-04",
    )
    found = events(calendar(plan(course, library, site)))
    octreotide = [one for one in found if "DRAFT: octreotide" in prop(one, "SUMMARY")]
    sirolimus = [one for one in found if "DRAFT: sirolimus" in prop(one, "SUMMARY")]
    assert all("the source prints 200 g" in one for one in octreotide)
    assert not any("Look again" in one for one in sirolimus)


def test_a_stopped_plan_gives_no_calendar(library, site):
    computed = ivig(library, site)
    stopped = computed._replace(findings=(Finding("x", "stop", Place.of("orders", 0), "no", ()),))
    with pytest.raises(ExportError, match="finding of level stop"):
        calendar(stopped)


SAME = """
import hashlib
from posology import library, plan
from posology.course.inputs import make
from posology.export.calendar import calendar
from posology.export.document import json_bytes
from posology.export.table import csv_bytes
course = make(regimen="scleromyxedema-dexamethasone-sirolimus-octreotide", weight="70 kg",
              start="2027-01-04",
              choices={"dexamethasone.reading": "120 mg per cycle", "dexamethasone.salt": "phosphate"})
computed = plan(course, library.load(), library.read_site())
whole = calendar(computed) + csv_bytes(computed) + json_bytes(computed)
print(hashlib.sha256(whole).hexdigest())
"""


@pytest.mark.thorough
def test_the_same_plan_gives_the_same_bytes_everywhere():
    seen = set()
    for seed, zone, language in [
        ("0", "UTC", "C"),
        ("1", "Asia/Tokyo", "C.UTF-8"),
        ("7", "America/St_Johns", "de_DE.UTF-8"),
        ("99", "Pacific/Chatham", "ar_EG.UTF-8"),
    ]:
        environment = {"PATH": "", "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language}
        done = subprocess.run(
            [sys.executable, "-c", SAME], env=environment, capture_output=True, check=True
        )
        seen.add(done.stdout)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/St_Johns",
        "America/Chicago", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland",
        "Asia/Kolkata", "America/Bogota", "Asia/Tokyo",
    ],
)  # fmt: skip
def test_a_zones_rule_holds_from_2024_to_2035(name):
    """What the VTIMEZONE says is what zoneinfo says, at every hour around every change."""
    zone = Zone.parse(name)
    hours = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=6 * n) for n in range(12 * 1461)]
    moments = [hour.astimezone(zone.info) for hour in hours]
    component = vtimezone(zone, moments)
    if component is None:
        pytest.fail("the rule does not hold; this zone would be written in UTC")
    assert component["TZID"] == name


@pytest.mark.parametrize(
    "zone",
    [
        pytest.param(Zone.parse("America/Santiago"), id="changes at 24:00"),
        pytest.param(Zone.parse("Africa/Cairo"), id="changes at 24:00 too"),
        pytest.param(Zone.parse("Europe/Berlin")._replace(rule="CET-1"), id="a rule that is wrong"),
        pytest.param(Zone.parse("Europe/Berlin")._replace(rule="EET-2EEST,M3.5.0/3,M10.5.0/4"),
                     id="another zone's rule"),
        pytest.param(Zone.parse("Europe/Berlin")._replace(rule="?"), id="no rule"),
        pytest.param(Zone.parse("UTC"), id="UTC"),
    ],
)  # fmt: skip
def test_a_zone_whose_rule_cannot_be_used_is_written_in_utc(library, site, zone):
    here = site.site.model_copy(update={"time_zone": zone})
    computed = ivig(library, SiteFile(here, site.sha256), start="2027-01-31", cycles=6)
    text = unfolded(calendar(computed))
    assert "VTIMEZONE" not in text
    starts = re.findall(r"^DTSTART:(\d{8}T\d{6}Z)\r$", text, re.MULTILINE)
    assert starts == [
        f"{one.at.astimezone(UTC):%Y%m%dT%H%M%SZ}" for one in computed.administrations
    ]


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b\x0bc", "abc"),
        ("a\u2028b\u2029c\u0085d", "abcd"),
        ("C:\\New", "C:/New"),
        ("e\u0301", "\u00e9"),
        ("a\ud800b", "ab"),
        ("\ufeffa", "a"),
        ("a\u202eb", "ab"),
        ("one\ntwo", "one\ntwo"),
        ("one\r\ntwo", "one\ntwo"),
    ],
)
def test_text_is_cleaned_of_what_breaks_calendars(text, cleaned):
    assert clean(text) == cleaned
