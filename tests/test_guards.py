"""Guards that must hold when something else goes wrong."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import icalendar
import pytest

from posology import disk as files
from posology import plan
from posology.course.inputs import make
from posology.errors import ExportError, LibraryError
from posology.export import calendar as calendars
from posology.export import events
from posology.export.table import as_text, csv_bytes
from posology.guards.dates import many
from posology.library import SITE, SiteFile, read_drug, read_site
from posology.model import Period
from posology.model.site import Clock

CHOICES = {"immunoglobulin.every": "1 month", "immunoglobulin.days": "1-5"}


@pytest.fixture
def computed(library, site):
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=6, choices=CHOICES
    )
    return plan(course, library, site)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"SUMMARY:DRAFT: immunoglobulin 30 g", b"SUMMARY:DRAFT: immunoglobulin 999 g"),
        (b"DTSTART;TZID=Europe/Berlin", b"DTSTART;TZID=Europe/Athens"),
        (
            b"DTSTART;TZID=Europe/Berlin:20270111T080000",
            b"DTSTART;TZID=Europe/Berlin:20270112T080000",
        ),
        (b"T104700", b"T114700"),
        (b"UID:", b"UID:0"),
        (b"BEGIN:VEVENT", b"BEGIN:VTODO"),
    ],
)
def test_a_calendar_that_says_something_else_never_leaves(monkeypatch, computed, old, new):
    written = icalendar.Calendar.to_ical

    def wrong(self, *arguments, **options):
        return written(self, *arguments, **options).replace(old, new, 1)

    monkeypatch.setattr(events.Calendar, "to_ical", wrong)
    with pytest.raises(ExportError, match="does not say what the plan says"):
        calendars.calendar(computed)


def test_an_end_in_the_hour_that_comes_twice_keeps_its_length(library, site):
    """01:45 and 90 minutes on 31-Oct-2027 in Berlin end at 02:15 the first time."""
    late = site.site.model_copy(update={"clock": {1: Clock.parse("01:45")}, "entry_minutes": 90})
    course = make(
        regimen="myeloma-melphalan-prednisone-kg", weight="70 kg", start="2027-10-30", cycles=1
    )
    computed = plan(course, library, SiteFile(late, site.sha256))
    read = icalendar.Calendar.from_ical(calendars.calendar(computed))
    doses = [event for event in read.walk("VEVENT") if isinstance(event.start, datetime)]
    for event, one in zip(doses, computed.administrations, strict=True):
        assert event.start.astimezone(UTC) == one.at.astimezone(UTC)
        assert event.end.astimezone(UTC) - event.start.astimezone(UTC) == timedelta(minutes=90)


def test_doses_on_days_off_are_listed(computed):
    (found,) = [one.message for one in computed.findings if one.code == "day-off"]
    assert found == (
        "immunoglobulin: 8 of 30 doses fall on a day off: Sat 13-Feb-2027, Sun 14-Feb-2027, Sat 13-Mar-2027, Sun 14-Mar-2027, "
        "Sun 11-Apr-2027, Sat 15-May-2027, Sat 12-Jun-2027, Sun 13-Jun-2027 "
        "(working days: Mon, Tue, Wed, Thu, Fri, without public holidays of DE-BE)"
    )


@pytest.mark.parametrize(("count", "notes"), [(1000, 0), (1001, 1)])
def test_many_events_are_noted_above_a_thousand(computed, count, notes):
    given = (computed.administrations * 40)[:count]
    assert len(list(many(SimpleNamespace(administrations=given)))) == notes


def test_a_month_is_28_days_at_least():
    assert Period.parse("1 month").fewest_days == 28
    assert Period.parse("2 weeks").fewest_days == 14


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_becomes_a_formula(text):
    assert as_text(text) == f"'{text}"
    assert as_text("28 g") == "28 g"


def test_the_weight_stands_in_every_row_of_the_table(computed):
    rows = list(csv.DictReader(io.StringIO(csv_bytes(computed).decode())))
    assert {row["weight"] for row in rows} == {"70 kg"}


def test_a_file_that_appears_meanwhile_is_not_overwritten(monkeypatch, tmp_path):
    target = tmp_path / "a.csv"
    stage = files._stage

    def slow(path, content):
        temporary = stage(path, content)
        target.write_bytes(b"another's")
        return temporary

    monkeypatch.setattr(files, "_stage", slow)
    with pytest.raises(ExportError, match="nothing was written"):
        files.write({target: b"ours"}, force=False)
    assert target.read_bytes() == b"another's"
    assert list(tmp_path.iterdir()) == [target]


def test_with_force_too_it_is_all_or_none(monkeypatch, tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_bytes(b"old a")
    second.write_bytes(b"old b")
    place = files._place

    def failing(temporary, path, *, force):
        if path == second:
            raise OSError(28, "No space left on device")
        place(temporary, path, force=force)

    monkeypatch.setattr(files, "_place", failing)
    with pytest.raises(ExportError, match="No space left on device; nothing was written"):
        files.write({first: b"new a", second: b"new b"}, force=True)
    assert (first.read_bytes(), second.read_bytes()) == (b"old a", b"old b")
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_links_and_devices_are_not_written_to(tmp_path):
    (tmp_path / "real.csv").write_bytes(b"old")
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "real.csv")
    with pytest.raises(ExportError, match="is a link or a device"):
        files.write({link: b"new"}, force=True)
    assert (tmp_path / "real.csv").read_bytes() == b"old"


SITE_EDITS = [
    ("time_zone: Europe/Berlin", "time_zone: Factory", "is not an IANA time zone"),
    ("time_zone: Europe/Berlin", "time_zone: ../Berlin", "is not an IANA time zone"),
    ("usual: 35 kg to 150 kg", "usual: 35 mg to 150 mg", "are not weights"),
    ("usual: 35 kg to 150 kg", "usual: 150 kg to 35 kg", "begins with the larger amount"),
    ("  1: 08:00", "  1: 08:00, 09:00", "must name 1 clock times, not 2"),
    ("  1: 08:00", "  1: 8:00", "are not clock times"),
    ("bedtime: 22:00", "bedtime: 25:00", "are not clock times"),
    ("working_days: Mon", "working_days: Moon", "is not a day of the week"),
    ("  others: actual", "  others: idle", "is not among the policies: actual, australia"),
    ("review: 5 %", "review: 5", "is not a percentage"),
    ("entry_minutes: 30", "entry_minutes: 0", "is not a whole number"),
]


@pytest.mark.parametrize(("old", "new", "words"), SITE_EDITS)
def test_a_wrong_site_file_says_where_and_why(tmp_path, old, new, words):
    text = SITE.read_text("utf-8")
    assert old in text
    path = tmp_path / "site.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(LibraryError) as caught:
        read_site(path)
    assert words in str(caught.value)
    assert caught.value.problems[0].line > 1


DRUG_EDITS = [
    ("absolute: 25 mcg to 1500 mcg", "absolute: 25 IU to 1500 IU", "same kind of unit"),
    ("contents: [50 mcg]", "contents: [50 mcg, 1 mL]", "same kind of unit"),
    ("products: [ampoule-50, ampoule-100, ampoule-500]", "products: ampoule", "must be a list"),
    ("per: dose", "per: fortnight", "accepted: dose, day, week, 28 days, cycle or course"),
    ("24.9 mcg stop", "24.9 mcg bad", "is not a verdict"),
]


@pytest.mark.parametrize(("old", "new", "words"), DRUG_EDITS)
def test_a_wrong_drug_file_says_where_and_why(tmp_path, old, new, words):
    text = (SITE.parent / "drugs" / "octreotide.yaml").read_text("utf-8")
    assert old in text
    path = tmp_path / "octreotide.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(LibraryError) as caught:
        read_drug(path)
    assert words in str(caught.value)


def test_a_plan_is_the_same_whatever_day_it_is(library, site):
    """The clock is not asked: a past course is computed as a future one."""
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2001-01-11", cycles=1, choices=CHOICES
    )
    assert plan(course, library, site).administrations[0].at.date() == date(2001, 1, 11)
