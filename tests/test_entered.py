"""Days are judged against the day on which they are entered; doses against each other."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from conftest import READ_AS
from posology import clock, plan, record
from posology.course.inputs import make
from posology.errors import CourseError
from posology.library import SITE, read_site
from posology.model import Delay, Extend, Give, Hold, Measures, Move, Reduce, Stop, Undo

ON = date(2027, 1, 4)
OPEN = {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"}
TRIPLE = "scleromyxedema-dexamethasone-sirolimus-octreotide"


def ivig(**inputs):
    given = {"regimen": "scleromyxedema-ivig", "weight": "70 kg", "start": "2027-01-11"}
    return make(**{**given, "cycles": 3, "choices": OPEN, **inputs})


def levels(computed, *codes):
    return [each.level for each in computed.findings if each.code in codes]


def moved(on, days):
    return (on + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (moved(ON, 0), []), (moved(ON, 7), []), (moved(ON, -1), []), (moved(ON, -31), []),
        (moved(ON, -32), ["review"]), ("2026-01-11", ["review"]), ("2025-01-04", ["review"]),
        ("2025-01-03", ["stop"]), ("2017-01-11", ["stop"]), ("2000-01-01", ["stop"]),
        ("2027-07-04", []), ("2027-07-05", ["review"]), ("2028-01-11", ["review"]),
        ("2029-01-04", ["review"]), ("2029-01-05", ["stop"]), ("2072-01-11", ["stop"]),
    ],
)  # fmt: skip
def test_a_first_dose_far_from_the_day_of_planning_is_reviewed_then_stopped(
    library, site, start, expected
):
    computed = plan(ivig(start=start, cycles=1), library, site, on=ON)
    assert levels(computed, "day-far") == expected


def test_without_a_day_of_planning_a_note_says_that_no_day_is_judged(library, site):
    computed = plan(ivig(start="2017-01-11"), library, site)
    assert levels(computed, "day-far", "day-not-given") == ["note"]
    with pytest.raises(CourseError, match="on: "):
        plan(ivig(), library, site, on="11/01/2027")


@pytest.mark.parametrize(
    ("inputs", "code", "expected"),
    [
        ({"weighed": "2027-01-04"}, "day-to-come", []),
        ({"weighed": "2027-01-05"}, "day-to-come", ["stop"]),
        ({"weighed": "2090-01-11"}, "day-to-come", ["stop"]),
        ({"weighed": "2090-01-11"}, "day-far", ["stop"]),
        ({"weighed": "2017-01-04"}, "day-far", ["stop"]),
        ({"weighed": "2026-01-04"}, "day-far", ["review"]),
        ({"creatinine": "80 umol/L", "sampled": "2027-01-05"}, "day-to-come", ["stop"]),
        ({"creatinine": "80 umol/L", "sampled": "2072-01-04"}, "day-far", ["stop"]),
        ({"creatinine": "80 umol/L", "sampled": "2027-01-04"}, "day-to-come", []),
        ({"others": ["sirolimus from 2017-01-01"]}, "day-far", []),
        ({"others": ["sirolimus from 2026-12-01 to 2026-12-20"]}, "day-far", []),
        ({"others": ["sirolimus from 2017-01-01 to 2017-03-31"]}, "day-far", ["review"]),
        ({"others": ["sirolimus from 2026-01-05 to 2026-01-31"]}, "day-far", ["review"]),
        ({"others": ["sirolimus from 2028-01-05"]}, "day-far", ["review"]),
        ({"last": {"immunoglobulin": "2026-12-14"}}, "day-to-come", []),
        ({"last": {"immunoglobulin": "2027-01-05"}}, "day-to-come", ["stop"]),
    ],
)
def test_what_has_happened_cannot_be_dated_ahead(library, site, inputs, code, expected):
    computed = plan(ivig(**inputs), library, site, on=ON)
    assert levels(computed, code) == expected


def kept(library, site, **inputs):
    at = datetime(2027, 1, 4, 9, tzinfo=UTC)
    return record.begin(ivig(**inputs), library, site, id_=UUID(int=1), at=at)[0]


def change(kind, **fields):
    return kind(**{"on": date(2027, 1, 4), "reason": "x", **fields})


TWO = {"by": "A. Smith", "checked_by": "B. Jones"}
NEXT = "immunoglobulin.c3.d4.t1"
CHANGES = [
    (change(Delay, what="from cycle 2", days=7), []),
    (change(Delay, what="from cycle 2", days=200), ["review"]),
    (change(Delay, what="from cycle 2", days=999), ["stop"]),
    (change(Delay, what="cycle 3", days=800, **TWO), ["stop"]),
    (change(Move, what=NEXT, to="2027-03-12", **TWO), []),
    (change(Move, what=NEXT, to="2028-03-12", **TWO), ["review"]),
    (change(Move, what=NEXT, to="2037-03-12", **TWO), ["stop"]),
    (
        change(Measures, what="from cycle 2", values={"weight": "80 kg", "weighed": "2027-01-04"}),
        [],
    ),
    (
        change(Measures, what="from cycle 2", values={"weight": "80 kg", "weighed": "2027-01-05"}),
        ["stop"],
    ),
    (
        change(Measures, what="from cycle 2", values={"weight": "80 kg", "weighed": "2017-01-04"}),
        ["stop"],
    ),
    (change(Extend, cycles=2), []),
    (change(Extend, cycles=30), []),
]


@pytest.mark.parametrize(("one", "expected"), CHANGES, ids=str)
def test_a_change_is_judged_against_the_day_on_which_it_is_entered(library, site, one, expected):
    course = kept(library, site)
    at = datetime(2027, 1, 4, 10, tzinfo=UTC)
    if "stop" in expected:
        with pytest.raises(CourseError, match=r"check the year|before the measure was taken"):
            record.revise(course, one, library, site, at)
        return
    _, computed = record.revise(course, one, library, site, at)
    assert levels(computed, "day-far", "day-to-come") == expected


@pytest.mark.parametrize("on", ["2026-12-01", "2026-01-04", "2017-01-04"])
def test_a_decision_dated_long_before_it_is_entered_is_told(library, site, on):
    course = kept(library, site)
    hold = Hold(on=date.fromisoformat(on), reason="x", what="from 2027-02-08")
    _, computed = record.revise(course, hold, library, site, datetime(2027, 1, 4, 10, tzinfo=UTC))
    expected = {"2026-12-01": ["review"], "2026-01-04": ["review"], "2017-01-04": ["stop"]}
    assert levels(computed, "day-far") == expected[on]


def test_a_kept_course_stays_as_it_was_whatever_the_day(library, site, monkeypatch):
    """Ten years later it opens, is changed for that day, and nothing of its past is stopped."""
    course = kept(library, site)
    before = record.planned(course, library, site).findings
    monkeypatch.setattr(clock, "now", lambda: datetime(2037, 1, 4, 9, tzinfo=UTC))
    assert record.planned(course, library, site).findings == before
    given = Give(
        on=date(2037, 1, 4), reason="x",
        doses={"immunoglobulin.c1.d1.t1": "35 g on 2027-01-11 at 08:00"},
    )  # fmt: skip
    later, _ = record.revise(course, given, library, site, datetime(2037, 1, 4, 9, tzinfo=UTC))
    assert levels(record.planned(later, library, site), "day-far") == ["review"]
    undone, _ = record.revise(
        later, Undo(on=date(2037, 1, 4), reason="x"), library, site,
        datetime(2037, 1, 4, 10, tzinfo=UTC),
    )  # fmt: skip
    assert levels(record.planned(undone, library, site), "day-far") == []


@pytest.mark.parametrize(
    ("cycles", "expected"), [(39, []), (41, ["review"]), (130, ["review"]), (131, ["review"])]
)
def test_a_course_of_years_is_reviewed(library, site, cycles, expected):
    assert levels(plan(ivig(cycles=cycles), library, site, on=ON), "course-long") == expected


@pytest.mark.parametrize("cycles", [132, 135, 600, 950, 999])
def test_a_course_beyond_the_sites_limit_is_refused_before_it_is_computed(library, site, cycles):
    with pytest.raises(CourseError, match=r"longer than 120 months|reaches beyond"):
        plan(ivig(cycles=cycles), library, site, on=ON)


@pytest.mark.parametrize("cycles", [130, 800, 999])
def test_a_course_is_not_extended_beyond_the_sites_limit(library, site, cycles):
    at = datetime(2027, 1, 4, 10, tzinfo=UTC)
    with pytest.raises(CourseError, match=r"longer than 120 months|reaches beyond"):
        record.revise(kept(library, site), change(Extend, cycles=cycles), library, site, at)


def test_a_kept_course_of_many_years_can_still_be_stopped(library, site):
    """One that was planned before there was a limit."""
    wide = site.site.days.model_copy(update={"course": site.site.days.ahead.model_copy(
        update={name: type(getattr(site.site.days.ahead, name))(999, "month")
                for name in ("review", "stop")})})  # fmt: skip
    lax = site._replace(site=site.site.model_copy(update={"days": wide}))
    course = kept(library, lax, cycles=200)
    at = datetime(2027, 1, 4, 10, tzinfo=UTC)
    assert levels(record.planned(course, library, site), "course-long") == ["review"]
    for one in (
        change(Stop, what="from 2027-02-08"),
        change(Reduce, what="from cycle 2", to="1 g/kg per cycle", **TWO),
    ):
        revised, _ = record.revise(course, one, library, site, at)
        assert len(revised.revisions) == 2


def with_clock(path, times):
    text = SITE.read_text("utf-8").replace("2: 08:00, 20:00", f"2: {times}")
    path.write_text(text, "utf-8")
    return read_site(path)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ("08:00, 20:00", []), ("08:00, 11:00", []), ("00:00, 21:00", []),
        ("08:00, 10:59", ["review"]), ("08:00, 08:20", ["review"]), ("08:00, 08:01", ["review"]),
        ("00:00, 23:59", ["review"]), ("00:30, 22:00", ["review"]),
    ],
)  # fmt: skip
def test_clock_times_of_the_site_that_are_close_are_told(library, tmp_path, times, expected):
    site = with_clock(tmp_path / "site.yaml", times)
    course = make(regimen=TRIPLE, choices=READ_AS, weight="70 kg", start="2027-01-11")
    computed = plan(course, library, site, on=ON)
    assert levels(computed, "doses-near") == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [("08:01", ["review"]), ("10:59", ["review"]), ("11:00", []), ("05:30", ["review"])],
)
def test_two_doses_of_a_drug_a_minute_apart_are_told(library, site, at, expected):
    begun, _ = record.begin(
        make(regimen=TRIPLE, choices=READ_AS, weight="70 kg", start="2027-01-11"), library, site, id_=UUID(int=2),
        at=datetime(2027, 1, 4, 9, tzinfo=UTC),
    )  # fmt: skip
    order = next(
        each.order for each in record.planned(begun, library, site).administrations
        if each.order.times == 2
    )  # fmt: skip
    move = change(Move, what=f"{order.id}.c1.d1.t2", to="2027-01-11", at=at, **TWO)
    _, computed = record.revise(begun, move, library, site, datetime(2027, 1, 4, 9, tzinfo=UTC))
    assert levels(computed, "doses-near") == expected


def test_a_site_file_of_before_is_read_and_says_which_limits_it_lacks(library, tmp_path):
    text = SITE.read_text("utf-8")
    begin, end = text.index("days:  "), text.index("vaccines:")
    path = tmp_path / "site.yaml"
    path.write_text(text[:begin] + text[end:], "utf-8")
    old = read_site(path)
    assert (old.site.days, old.site.least_between_doses) == (
        read_site().site.days, read_site().site.least_between_doses,
    )  # fmt: skip
    assert levels(plan(ivig(), library, old, on=ON), "limits-unsaid") == ["note"]
    assert levels(plan(ivig(), library, read_site(), on=ON), "limits-unsaid") == []
