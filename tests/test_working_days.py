"""Orders for working days only: cycles shift within the tolerance, or a finding says why not."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posology import plan
from posology.course.inputs import make
from posology.errors import CourseError
from posology.library import Library, SiteFile
from posology.model import Move, Period, Region
from posology.scheduling.dates import onto_working_days

NAME = "scleromyxedema-ivig"


@pytest.fixture(scope="module")
def planned(library, site):
    """Plan the IVIG regimen as if it said working days only, with so many days of tolerance."""

    def compute(start, *changes, tolerance="3 days", days="1-4", region="DE-BE", cycles=3):
        entry = library.regimens[NAME]
        (order,) = entry.regimen.orders
        period = Period.parse(tolerance) if tolerance else None
        only = order.model_copy(update={"on": "working days only", "tolerance": period})
        regimen = entry.regimen.model_copy(update={"orders": (only,)})
        shelf = Library(
            {NAME: entry._replace(regimen=regimen)}, library.drugs, library.combinations
        )
        where = site.site.model_copy(update={"region": Region.parse(region) if region else None})
        course = make(
            regimen=NAME, weight="70 kg", start=start, cycles=cycles,
            choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": days},
        )  # fmt: skip
        course = course.model_copy(update={"changes": changes})
        return plan(course, shelf, SiteFile(where, site.sha256))

    return compute


def dates(computed, cycle):
    return [one.at.date() for one in computed.administrations if one.slot.cycle == cycle]


def test_four_days_from_a_wednesday_move_to_the_tuesday(planned):
    """Wed to Sat: a day earlier they are Tue to Fri."""
    computed = planned("2027-06-02")
    assert dates(computed, 1) == [date(2027, 6, 1) + timedelta(day) for day in range(4)]
    assert not [one for one in computed.findings if one.code == "working-days"]


def test_consecutive_days_stay_consecutive_past_a_holiday(planned):
    """Mon 17-May-2027 to Thu 20-May-2027; the Monday, Whit Monday, is a public holiday."""
    computed = planned("2027-05-17")
    assert dates(computed, 1) == [date(2027, 5, 18) + timedelta(day) for day in range(4)]


def test_another_region_has_other_holidays(planned):
    """Mon 8-Mar-2027, International Women's Day, is free in Berlin, not in Bavaria."""
    assert dates(planned("2027-03-08"), 1)[0] == date(2027, 3, 9)
    assert dates(planned("2027-03-08", region="DE-BY"), 1)[0] == date(2027, 3, 8)
    assert dates(planned("2027-03-08", region=None), 1)[0] == date(2027, 3, 8)


def test_what_no_shift_helps_stays_and_is_said(planned):
    computed = planned("2027-06-02", tolerance=None)
    assert dates(computed, 1) == [date(2027, 6, 2) + timedelta(day) for day in range(4)]
    found = [one.message for one in computed.findings if one.code == "working-days"]
    assert found[0] == (
        "immunoglobulin, cycle 1: Sat 05-Jun-2027 cannot be shifted to a working day within "
        "0 days; move the doses, or delay the cycle"
    )


def test_a_dose_moved_by_hand_stays_where_it_was_put(planned):
    """On the Saturday, because a person has said so."""
    move = Move(
        on="2027-05-31", reason="the ward is open", what="immunoglobulin.c2.d4.t1", to="2027-07-10"
    )
    assert dates(planned("2027-06-07", move), 2)[-1] == date(2027, 7, 10)


def test_a_region_that_is_not_known_is_refused(planned):
    with pytest.raises(CourseError, match="not a region with known public holidays"):
        planned("2027-06-02", region="DE-ZZ")


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=6, unique=True).map(sorted),
    st.integers(0, 4),
    st.sets(st.integers(0, 30), max_size=12),
)
def test_shifted_days_are_working_days_near_and_in_order(offsets, most, free):
    first = date(2027, 1, 11)
    off = {first + timedelta(day - 5) for day in free}
    days = [first + timedelta(day) for day in offsets]
    moved = onto_working_days(days, lambda day: day not in off, most)
    if moved is None:
        assert any(day in off for day in days)
        return
    assert all(day not in off for day in moved)
    assert all(one < other for one, other in pairwise(moved))
    for one, other, was, then in zip(moved, moved[1:], days, days[1:], strict=False):
        assert abs((one - was).days) <= most
        if then - was == timedelta(1):
            assert other - one == timedelta(1)
