"""A treatment that was begun elsewhere: its later cycles here are those of the whole one."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from posology import library as files
from posology import plan, record
from posology.course.inputs import make
from posology.course.reading import read_change
from posology.errors import CourseError, QuantityError
from posology.model import Before

LIBRARY = files.load()
NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
BORTEZOMIB = {
    "regimen": "myeloma-bortezomib-dexamethasone", "weight": "80 kg", "height": "178 cm",
    "age": "66 years",
}  # fmt: skip
IVIG = {
    "regimen": "scleromyxedema-ivig", "weight": "70 kg",
    "choices": {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"},
}  # fmt: skip
WHOLE = "20 doses, 26 mg/m2"


def of_case(name):
    case, _ = LIBRARY.regimens[name].regimen.worked[0]
    given = dict(case.patient.texts)
    return {"regimen": name, "weight": given.pop("weight"), "choices": case.choose,
            "cycles": case.cycles, **given}  # fmt: skip


DOSED = [name for name, entry in LIBRARY.regimens.items() if not entry.regimen.undosed]


def begins(computed, cycle, orders):
    """Give the first day of a cycle of the orders whose cycles are longest."""
    days = [each.at.date() for each in computed.administrations
            if each.slot.cycle == cycle and each.slot.order in orders and each.slot.day == 1]  # fmt: skip
    return min(days, default=None)


def told(administration):
    each = administration
    return (str(each.slot), each.at, each.dose.amount, str(each.position), each.planned)


@pytest.mark.parametrize("name", DOSED)
def test_the_later_cycles_are_those_of_the_whole_treatment(name, site):
    """For every shipped regimen and every cycle with which it can be taken over.

    Where it is not known when cycle 1 began, or cycles are cut, it is refused in words.
    """
    inputs = of_case(name)
    if inputs["cycles"]:
        inputs["cycles"] = max(int(inputs["cycles"]), 3)
    try:
        whole = plan(make(start="2027-01-11", **inputs), LIBRARY, site)
    except CourseError:  # the source allows fewer
        inputs["cycles"] = of_case(name)["cycles"]
        whole = plan(make(start="2027-01-11", **inputs), LIBRARY, site)
    periods = {}
    for each in whole.administrations:
        first = begins(whole, 1, {each.slot.order})
        second = begins(whole, 2, {each.slot.order})
        if first and second:
            periods[each.slot.order] = (second - first).days
    longest = {order for order, days in periods.items() if days == max(periods.values())}
    tried = 0
    for cycle in range(2, 6):
        start = begins(whole, cycle, longest)
        if start is None:
            continue
        try:
            here = plan(make(start=start.isoformat(), first_cycle=cycle, **inputs), LIBRARY, site)
        except CourseError as error:
            assert list(error.problems) == ["first_cycle"]  # noqa: PT017 - the only one allowed
            continue
        tried += 1
        wanted = [told(each) for each in whole.administrations if each.at.date() >= start]
        assert [told(each) for each in here.administrations] == wanted
    if tried:
        assert [each for each in here.findings if each.code == "before-not-counted"]


def test_most_regimens_can_be_taken_over(site):
    """So that the test above is not one of refusals alone."""
    done = 0
    for name in DOSED:
        try:
            inputs = of_case(name)
            if inputs["cycles"]:
                inputs["cycles"] = max(int(inputs["cycles"]), 3)
            plan(make(start="2027-01-11", first_cycle=2, **inputs), LIBRARY, site)
            done += 1
        except CourseError:
            continue
    assert done >= 20


def test_labels_and_the_most_cycles_count_what_was_before(site):
    computed = plan(make(start="2027-01-11", cycles=8, first_cycle=6, before={"bortezomib": WHOLE},
                         **BORTEZOMIB), LIBRARY, site)  # fmt: skip
    assert str(computed.administrations[0].position) == "cycle 6, day 1"
    assert {each.slot.cycle for each in computed.administrations} == {6, 7, 8}
    with pytest.raises(CourseError, match="9 are more than the source's"):
        plan(make(start="2027-01-11", cycles=9, first_cycle=6, **BORTEZOMIB), LIBRARY, site)
    with pytest.raises(CourseError, match="the treatment has ended before cycle 6"):
        plan(make(start="2027-01-11", cycles=5, first_cycle=6, **BORTEZOMIB), LIBRARY, site)
    daily = of_case("myeloma-thalidomide-dexamethasone")
    computed = plan(
        make(start="2027-01-11", first_cycle=3, **{**daily, "cycles": 4}), LIBRARY, site
    )
    first = next(each for each in computed.administrations if each.order.drug == "thalidomide")
    assert str(first.position) == "cycle 3, day 1"


def over(computed, code):
    return [each for each in computed.findings if each.code == code]


def test_the_limit_of_the_whole_course_counts_what_was_before(site):
    """Three cycles of 4 doses of 2.5 mg for 1.99 m2 are 15.08 mg/m2; the usual limit is 67.6."""

    def planned(before):
        return plan(make(start="2027-01-11", cycles=8, first_cycle=6,
                         before={"bortezomib": before}, **BORTEZOMIB), LIBRARY, site)  # fmt: skip

    assert over(planned("20 doses, 52 mg/m2"), "over-course") == []
    (found,) = over(planned("20 doses, 58 mg/m2"), "over-course")
    assert found.level == "review"
    (found,) = over(planned("20 doses, 90 mg/m2"), "over-course")
    assert found.level == "stop"
    assert "105.0" in found.message


def test_sums_over_days_count_doses_whose_days_are_known(site):
    """1.3 mg/m2 on 5-Jan, then 2.5 mg (1.256 mg/m2) on 11-Jan: 7 days hold both, and 3 doses do."""

    def planned(day):
        before = {"bortezomib": f"20 doses, 26 mg/m2; {day} 1.3 mg/m2"}
        return plan(make(start="2027-01-11", cycles=8, first_cycle=6, before=before, **BORTEZOMIB),
                    LIBRARY, site)  # fmt: skip

    assert over(planned("2027-01-04"), "over-week") == []
    (found,) = over(planned("2027-01-08"), "over-week")
    assert found.level == "stop"
    assert "from Fri 08-Jan-2027" in found.message


def test_the_least_time_between_doses_counts_the_days_of_those_before(site):
    """72 hours between doses of bortezomib: 9-Jan is too near 11-Jan, 4-Jan is not."""

    def near(day):
        before = {"bortezomib": f"20 doses, 26 mg/m2; {day} 0.1 mg/m2"}
        computed = plan(make(start="2027-01-11", cycles=8, first_cycle=6, before=before,
                             **BORTEZOMIB), LIBRARY, site)  # fmt: skip
        return over(computed, "too-close")

    assert near("2027-01-04") == []
    assert len(near("2027-01-09")) == 1


def test_what_is_not_known_of_before_is_said(site):
    def said(**before):
        computed = plan(make(start="2027-01-11", cycles=8, first_cycle=6, before=before,
                             **BORTEZOMIB), LIBRARY, site)  # fmt: skip
        return {str(each.place): each.message for each in over(computed, "before-not-counted")}

    nothing = said()
    assert set(nothing) == {"before.bortezomib", "before.dexamethasone"}
    assert "limits over a week, 28 days, the course do not count" in nothing["before.bortezomib"]
    assert "limits over a week, 28 days do not count" in said(bortezomib=WHOLE)["before.bortezomib"]
    one = said(bortezomib=f"{WHOLE}; 2026-12-31 1.3 mg/m2")
    assert "limits over 28 days do not count" in one["before.bortezomib"]
    days = "; ".join(f"2026-12-{day} 1.3 mg/m2" for day in (14, 21, 24, 28, 31))
    assert set(said(bortezomib=f"{WHOLE}; {days}")) == {"before.dexamethasone"}
    assert "the course" in said(bortezomib="20 doses, 52 mg")["before.bortezomib"]
    computed = plan(make(start="2027-01-11", cycles=8, first_cycle=6,
                         before={"bortezomib": "18 doses, 23 mg/m2"}, **BORTEZOMIB),
                    LIBRARY, site)  # fmt: skip
    (found,) = over(computed, "before-differs")
    assert "18 doses were entered as given before; the regimen plans 20 before cycle 6" in (
        found.message
    )


def test_an_earlier_treatment_counts_for_a_new_course_too(site):
    computed = plan(make(start="2027-01-11", cycles=2, before={"bortezomib": "32 doses, 90 mg/m2"},
                         **BORTEZOMIB), LIBRARY, site)  # fmt: skip
    assert over(computed, "over-course")[0].level == "stop"
    assert over(computed, "before-differs") == []


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"first_cycle": 1}, "first_cycle", "a course that begins with cycle 1 is a new one"),
        ({"first_cycle": "x"}, "first_cycle", ""),
        ({"before": {"melphalan": WHOLE}}, "before", "is not a drug of this regimen"),
        ({"before": {"bortezomib": "26 mg/m2"}}, "before", 'as in "20 doses, 26 mg/m2"'),
        ({"before": {"bortezomib": "20 doses, 26"}}, "before", ""),
        ({"before": {"bortezomib": f"{WHOLE}; 2027-01-11 1.3 mg/m2"}}, "before", "is not before"),
        ({"before": {"bortezomib": f"{WHOLE}; 2027-01-02 1.3 mg"}}, "before", "in one unit"),
        ({"before": {"bortezomib": f"{WHOLE}; 2027-01-02"}}, "before", ""),
        ({"before": {"bortezomib": "1 dose, 1 mg; 2027-01-02 2 mg"}}, "before", "are more than"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_refused(site, given, field, told):
    with pytest.raises(CourseError) as refused:
        plan(make(**{"start": "2027-01-11", "cycles": 8, **BORTEZOMIB, **given}), LIBRARY, site)
    assert told in refused.value.problems[field]


def test_months_are_counted_back_or_refused(site):
    monthly = {**IVIG, "choices": {"immunoglobulin.every": "1 month", "immunoglobulin.days": "1-4"}}
    computed = plan(make(start="2027-03-15", cycles=4, first_cycle=3, **monthly), LIBRARY, site)
    assert [each.at.date() for each in computed.administrations if each.slot.day == 1] == [
        date(2027, 3, 15), date(2027, 4, 15),
    ]  # fmt: skip
    for start in ("2027-03-31", "2027-02-28", "2027-04-30"):
        with pytest.raises(CourseError) as refused:
            plan(make(start=start, cycles=4, first_cycle=2, **monthly), LIBRARY, site)
        assert "on which day cycle 1 began does not follow" in refused.value.problems["first_cycle"]


def test_a_course_file_keeps_it_and_changes_reach_only_what_is_here(site):
    course = make(start="2027-01-11", cycles=4, first_cycle=3, reference="IG-0042",
                  before={"immunoglobulin": "8 doses, 280 g"}, **IVIG)  # fmt: skip
    kept, _ = record.begin(course, LIBRARY, site, id_=UUID(int=4), at=NOW)
    again = record.read(record.exact_content(kept))
    assert record.course_at(again) == course
    computed = record.planned(again, LIBRARY, site)
    assert not any(each.code == "computed-differently" for each in computed.findings)
    texts = {"cycles": "1", "reason": "response"}
    longer, computed = record.revise(
        again, read_change("extend", texts, computed, "2027-01-04"), LIBRARY, site, NOW
    )
    assert sorted({each.slot.cycle for each in computed.administrations}) == [3, 4, 5]
    for reach in ({"cycle": "2"}, {"dose": "immunoglobulin.c2.d1.t1"}):
        with pytest.raises(CourseError):
            record.revise(longer, read_change("delay", {**reach, "days": "7", "reason": "r"},
                          computed, "2027-01-04"), LIBRARY, site, NOW)  # fmt: skip


def test_the_command_line_takes_it_over(run):
    words = ("plan", "myeloma-bortezomib-dexamethasone", "--weight", "80 kg", "--height", "178 cm",
             "--age", "66 years", "--start", "2027-01-11", "--cycles", "8", "--first-cycle", "6",
             "--before")  # fmt: skip
    told = run(*words, f"bortezomib {WHOLE}; 2026-12-31 1.3 mg/m2")
    assert told.code == 0
    to_come = run(*words, f"bortezomib {WHOLE}; 2027-01-08 1.3 mg/m2")
    assert to_come.code == 1
    assert "a dose of bortezomib before the course is dated Fri 08-Jan-2027" in to_come.err
    assert (
        "taken over with cycle 6, before: bortezomib 20 doses, 26 mg/m2; 2026-12-31 1.3 mg/m2"
        in told.out
    )
    twice = run(*words, f"bortezomib {WHOLE}", "--before", f"bortezomib {WHOLE}")
    assert '--before: "bortezomib" appears twice; give it once' in twice.err


def test_before_is_written_as_it_is_read():
    for text in ("20 doses, 26 mg/m2", "1 dose, 1.3 mg/m2; 2027-01-01 1.3 mg/m2"):
        assert str(Before.parse(text)) == text
    with pytest.raises(QuantityError):
        Before.parse("0 doses, 1 mg")
