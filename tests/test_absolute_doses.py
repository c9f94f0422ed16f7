"""A dose for one patient in place of one per kg or m2: "at most 160 g a cycle"."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from posology import record
from posology.course.inputs import make
from posology.course.reading import read_change
from posology.errors import CourseError

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
TWO = {"by": "Anna Smith", "checked_by": "Bob Jones"}


@pytest.fixture
def revised(library, site):
    course = make(regimen="scleromyxedema-ivig", weight="84 kg", start="2027-01-11", cycles=2,
        choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"})  # fmt: skip
    kept, _ = record.begin(course, library, site, id_=UUID(int=3), at=NOW)

    def of(to, **more):
        computed = record.planned(kept, library, site)
        texts = {"to": to, "cycle": "2", "of": "immunoglobulin", "reason": "prescribed", **more}
        change = read_change("reduce", texts, computed, "2027-01-04")
        return record.revise(kept, change, library, site, NOW)[1]

    return of


def test_it_is_an_exception_of_two_people_and_is_looked_at(revised):
    computed = revised("160 g per cycle", **TWO)
    cycles = {1: 0, 2: 0}
    for each in computed.administrations:
        cycles[each.slot.cycle] += each.amount.to("g").number
    assert cycles == {1: 170, 2: 160}
    assert [each.level for each in computed.findings if each.code == "exception"] == ["review"]


def test_one_person_may_not(revised):
    with pytest.raises(CourseError, match="which needs two names"):
        revised("160 g per cycle")


def test_a_slip_in_it_is_stopped_by_the_limits(revised):
    with pytest.raises(CourseError, match="the absolute limits are"):
        revised("1600 g per cycle", **TWO)


@pytest.mark.parametrize("to", ["160 mL per cycle", "5 mg/m2 each", "2 g per cycle", "32 g each"])
def test_no_other_unit_stands_in_its_place(revised, to):
    with pytest.raises(CourseError):
        revised(to, **TWO)
