"""What each change does to a plan: dates, doses, measures; and what is refused."""

from datetime import date, timedelta

import pytest

from conftest import READ_AS
from posology import plan
from posology.course.inputs import make
from posology.errors import CourseError
from posology.library import SiteFile
from posology.model import (
    Delay,
    Extend,
    Give,
    Hold,
    Measures,
    Move,
    Reduce,
    Resume,
    Stop,
    Undo,
    print_date,
)

IVIG = {
    "regimen": "scleromyxedema-ivig",
    "weight": "70 kg",
    "start": "2027-01-11",
    "cycles": 3,
    "choices": {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"},
}
BORTEZOMIB = {
    "regimen": "myeloma-bortezomib-dexamethasone",
    "weight": "70 kg",
    "height": "170 cm",
    "start": "2027-01-11",
    "cycles": 3,
}
WHY = {"on": "2027-01-04", "reason": "a reason"}


@pytest.fixture(scope="module")
def planned(library, site):
    def compute(inputs, *changes, where=None):
        course = make(**inputs).model_copy(update={"changes": changes})
        return plan(course, library, SiteFile(where, site.sha256) if where else site)

    return compute


def days(computed, order=None):
    return {
        str(one.slot): one.at.date()
        for one in computed.administrations
        if order in {None, one.slot.order}
    }


def codes(computed, *levels):
    return [one.code for one in computed.findings if one.level in (levels or ("stop", "review"))]


def test_a_delay_of_one_dose_moves_that_dose_alone(planned):
    before, after = (
        planned(IVIG),
        planned(IVIG, Delay(**WHY, what="immunoglobulin.c2.d4.t1", days=2)),
    )
    moved = {slot for slot, day in days(after).items() if days(before)[slot] != day}
    assert moved == {"immunoglobulin.c2.d4.t1"}
    assert days(after)["immunoglobulin.c2.d4.t1"] == date(2027, 2, 13)


def test_a_delay_of_one_cycle_leaves_the_others(planned):
    before, after = planned(IVIG), planned(IVIG, Delay(**WHY, what="cycle 2", days=7))
    for slot, day in days(before).items():
        later = timedelta(days=7 if ".c2." in slot else 0)
        assert days(after)[slot] == day + later


@pytest.mark.parametrize("what", ["from cycle 2", "from 2027-02-08"])
def test_a_delay_of_this_and_all_later_shifts_all_or_none(planned, what):
    before, after = planned(IVIG), planned(IVIG, Delay(**WHY, what=what, days=10))
    for slot, day in days(before).items():
        later = timedelta(days=0 if ".c1." in slot else 10)
        assert days(after)[slot] == day + later
    assert [one.amount for one in before.administrations] == [
        one.amount for one in after.administrations
    ]


def test_a_delay_of_one_order_leaves_the_other_drug(planned):
    before = planned(BORTEZOMIB)
    after = planned(BORTEZOMIB, Delay(**WHY, what="from cycle 2 of dexamethasone", days=1))
    assert days(after, "bortezomib") == days(before, "bortezomib")
    assert days(after, "dexamethasone") != days(before, "dexamethasone")


def test_two_doses_that_fall_together_stop(planned):
    after = planned(IVIG, Delay(**WHY, what="immunoglobulin.c1.d1.t1", days=1))
    assert "doses-together" in codes(after, "stop")


def test_a_dose_that_passes_another_is_reviewed(planned):
    after = planned(IVIG, Delay(**WHY, what="cycle 2", days=35))
    assert "doses-out-of-order" in codes(after)


def test_the_least_time_between_doses_is_judged_across_a_delay(planned):
    after = planned(BORTEZOMIB, Delay(**WHY, what="bortezomib.c1.d1.t1", days=1))
    assert "too-close" in codes(after, "stop")


def test_rolling_sums_are_judged_across_a_change(planned):
    """Two cycles of 2 g/kg within 28 days of each other."""
    assert "over-28-days" not in codes(planned(IVIG))
    extra = {**IVIG, "choices": {**IVIG["choices"]}}
    after = planned(extra, Delay(**WHY, what="cycle 1", days=10))
    assert {"over-28-days", "over-week"} & set(codes(after))


def test_a_move_within_the_tolerance(planned):
    after = planned(IVIG, Move(**WHY, what="immunoglobulin.c2.d1.t1", to="2027-02-05", at="10:30"))
    one = next(each for each in after.administrations if str(each.slot).endswith("c2.d1.t1"))
    assert f"{one.at:%Y-%m-%d %H:%M}" == "2027-02-05 10:30"


def test_a_move_beyond_the_tolerance_needs_two_names(planned):
    far = {"what": "immunoglobulin.c2.d1.t1", "to": "2027-02-04"}
    with pytest.raises(CourseError, match="more than 3 days"):
        planned(IVIG, Move(**WHY, **far))
    signed = Move(**WHY, **far, by="A. Smith", checked_by="B. Jones")
    assert days(planned(IVIG, signed))["immunoglobulin.c2.d1.t1"] == date(2027, 2, 4)


def test_the_tolerance_counts_from_the_planned_day_however_often_it_is_moved(planned):
    moves = [
        Move(**WHY, what="immunoglobulin.c2.d1.t1", to=to) for to in ("2027-02-06", "2027-02-04")
    ]
    with pytest.raises(CourseError, match="more than 3 days from Mon 08-Feb-2027"):
        planned(IVIG, *moves)


@pytest.mark.parametrize("pair", [("A. Smith", "a smith"), ("A. Smith", None)])
def test_the_second_name_is_another(pair):
    by, checked_by = pair
    if checked_by is None:
        by, checked_by = checked_by, by
    with pytest.raises(ValueError, match="second name must differ"):
        Move(**WHY, what="a.c1.d1.t1", to="2027-02-04", by=by, checked_by=checked_by)


def test_a_reduction_to_a_step_of_the_regimen(planned):
    after = planned(BORTEZOMIB, Reduce(**WHY, what="from cycle 2 of bortezomib", to="1 mg/m2 each"))
    doses = {
        one.slot.cycle: str(one.dose.amount)
        for one in after.administrations
        if one.slot.order == "bortezomib"
    }
    assert doses == {1: "2.366 mg", 2: "1.82 mg", 3: "1.82 mg"}
    working = next(
        one.dose.working for one in after.administrations if str(one.slot) == "bortezomib.c2.d1.t1"
    )
    assert "1 mg/m2 each in place of 1.3 mg/m2 each" in working


def test_a_dose_that_is_no_step_is_an_exception(planned):
    other = {"what": "from cycle 2 of bortezomib", "to": "0.9 mg/m2 each"}
    with pytest.raises(CourseError, match="not the next step of the regimen"):
        planned(BORTEZOMIB, Reduce(**WHY, **other))
    signed = Reduce(**WHY, **other, by="A. Smith", checked_by="B. Jones")
    after = planned(BORTEZOMIB, signed)
    assert {str(one.dose.amount) for one in after.administrations} >= {"1.638 mg"}


def test_steps_go_down_one_by_one(planned):
    first = Reduce(**WHY, what="from cycle 2 of bortezomib", to="1 mg/m2 each")
    second = Reduce(**WHY, what="from cycle 3 of bortezomib", to="0.7 mg/m2 each")
    doses = {
        one.slot.cycle: str(one.dose.amount)
        for one in planned(BORTEZOMIB, first, second).administrations
        if one.slot.order == "bortezomib"
    }
    assert doses == {1: "2.366 mg", 2: "1.82 mg", 3: "1.274 mg"}
    with pytest.raises(CourseError, match=r"not the next step of the regimen \(next: 1 mg/m2 each"):
        planned(BORTEZOMIB, second)
    back = Reduce(**WHY, what="from cycle 3 of bortezomib", to="1 mg/m2 each")
    with pytest.raises(CourseError, match=r"next: 0\.7 mg/m2 each"):
        planned(BORTEZOMIB, first, back)


def bortezomib(computed):
    """Give the dose of each cycle."""
    return {
        one.slot.cycle: str(one.dose.amount)
        for one in computed.administrations
        if one.slot.order == "bortezomib"
    }


def test_a_reduction_never_raises_a_dose_that_was_lowered_further(planned):
    """Cycle 3 at 0.7 mg/m2; then 1 mg/m2 from cycle 2 would raise it by 43 %."""
    lowered = (
        Reduce(**WHY, what="from cycle 3 of bortezomib", to="1 mg/m2 each"),
        Reduce(**WHY, what="from cycle 3 of bortezomib", to="0.7 mg/m2 each"),
    )
    with pytest.raises(CourseError, match=r"is more than 0\.7 mg/m2 each, the dose in force of"):
        planned(
            BORTEZOMIB, *lowered,
            Reduce(**WHY, what="from cycle 2 of bortezomib", to="1 mg/m2 each"),
        )  # fmt: skip
    one = Reduce(**WHY, what="cycle 2 of bortezomib", to="1 mg/m2 each")
    assert bortezomib(planned(BORTEZOMIB, *lowered, one)) == {
        1: "2.366 mg", 2: "1.82 mg", 3: "1.274 mg"
    }  # fmt: skip


def test_a_reduction_leaves_a_dose_that_has_the_new_amount_already(planned):
    changes = [
        Reduce(**WHY, what=f"from cycle {cycle} of bortezomib", to="1 mg/m2 each")
        for cycle in (3, 2)
    ]
    assert bortezomib(planned(BORTEZOMIB, *changes)) == {1: "2.366 mg", 2: "1.82 mg", 3: "1.82 mg"}


def test_a_dose_in_another_unit_is_refused_even_with_two_names(planned):
    """1.3 mg for 1.3 mg/m2."""
    wrong = Reduce(**WHY, what="from cycle 2 of bortezomib", to="1.3 mg each",
                   by="A. Smith", checked_by="B. Jones")  # fmt: skip
    with pytest.raises(CourseError, match="in another unit than the regimen's dose"):
        planned(BORTEZOMIB, wrong)


def test_an_exception_is_a_finding_with_its_names(planned):
    signed = Reduce(**WHY, what="from cycle 2 of bortezomib", to="0.9 mg/m2 each",
                    by="A. Smith", checked_by="B. Jones")  # fmt: skip
    (found,) = [one for one in planned(BORTEZOMIB, signed).findings if one.code == "exception"]
    assert found.level == "review"
    assert found.message.endswith("reason: a reason; by A. Smith and B. Jones")


def test_an_exception_is_judged_by_the_windows_like_any_dose(planned):
    wrong = Reduce(**WHY, what="from cycle 2 of bortezomib", to="13 mg/m2 each",
                   by="A. Smith", checked_by="B. Jones")  # fmt: skip
    assert "implausible-dose" in codes(planned(BORTEZOMIB, wrong), "stop")


def test_an_exception_of_a_fixed_dose_is_judged_too(planned):
    triple = {
        "regimen": "scleromyxedema-dexamethasone-sirolimus-octreotide",
        "choices": READ_AS,
        "weight": "70 kg",
        "start": "2027-01-11",
    }
    wrong = Reduce(**WHY, what="from cycle 5 of octreotide", to="200 mg each",
                   by="A. Smith", checked_by="B. Jones")  # fmt: skip
    assert "implausible-dose" in codes(planned(triple, wrong), "stop")


def test_a_new_weight_counts_from_its_cycle_on(planned):
    after = planned(IVIG, Measures(**WHY, what="from cycle 2", values={"weight": "77 kg"}))
    sums = {
        cycle: sum(
            one.dose.amount.number for one in after.administrations if one.slot.cycle == cycle
        )
        for cycle in (1, 2, 3)
    }
    assert sums == {1: 140, 2: 154, 3: 154}
    rates = {
        one.slot.cycle: one.infusion.working for one in after.administrations if one.slot.day == 4
    }
    assert "77 kg" in " ".join(rates[2])
    assert "77 kg" not in " ".join(rates[1])


@pytest.mark.parametrize(
    ("weight", "code"),
    [("73.4 kg", "weight-below-5"), ("73.5 kg", "weight-from-5"), ("66.5 kg", "weight-from-5"),
     ("78 kg", "weight-change"), ("154 kg", "weight-units")],
)  # fmt: skip
def test_a_new_weight_is_compared_with_the_last(planned, weight, code):
    after = planned(IVIG, Measures(**WHY, what="from cycle 2", values={"weight": weight}))
    assert code in codes(after, "stop", "review", "note")


def test_a_new_weight_counts_for_held_doses_that_come_again(planned):
    changes = [
        Hold(**WHY, what="from 2027-02-08"),
        Resume(**WHY, what="from 2027-03-08", missed="postponed"),
    ]
    between = Measures(**WHY, what="from cycle 2", values={"weight": "77 kg"})
    all_held = planned(IVIG, changes[0], between, changes[1])
    assert {str(one.weight) for one in all_held.administrations if one.slot.cycle > 1} == {"77 kg"}
    one_held = Hold(**WHY, what="from 2027-03-08")
    after = planned(
        IVIG, one_held, between, Resume(**WHY, what="from 2027-03-15", missed="postponed")
    )
    third = [one for one in after.administrations if one.slot.cycle == 3]
    assert {str(one.weight) for one in third} == {"77 kg"}


def test_what_is_recorded_never_changes(planned):
    given = Give(
        **{**WHY, "on": "2027-01-12"},
        doses={"immunoglobulin.c1.d1.t1": "25 g on 2027-01-11 at 09:00"},
    )
    after = planned(IVIG, given)
    one = after.administrations[0]
    assert (str(one.amount), f"{one.at:%H:%M}") == ("25 g", "09:00")
    assert one.planned != one.amount
    assert "cycle-incomplete" in codes(after)
    late = {**WHY, "on": "2027-01-13"}
    with pytest.raises(CourseError, match="is recorded; choose later doses"):
        planned(IVIG, given, Delay(**late, what="cycle 1", days=1))
    with pytest.raises(CourseError, match="is recorded; choose later doses"):
        planned(IVIG, given, Measures(**late, what="from cycle 1", values={"weight": "75 kg"}))


def test_what_was_given_too_much_does_not_forbid_to_hold(planned):
    """A recorded overdose is a fact: it stops what is still planned, until that is held."""
    given = Give(
        **{**WHY, "on": "2027-01-12"},
        doses={"immunoglobulin.c1.d1.t1": "150 g on 2027-01-11 at 08:00"},
    )
    after = planned(IVIG, given)
    assert after.stopped
    assert "given-differs" in codes(after)
    held = Hold(**{**WHY, "on": "2027-01-12"}, what="from 2027-01-12")
    assert not planned(IVIG, given, held).stopped


def test_two_infusions_at_once_stop(planned):
    move = Move(**WHY, what="immunoglobulin.c2.d1.t1", to="2027-02-09", at="09:00")
    assert "doses-overlap" in codes(planned(IVIG, move), "stop")
    late = Move(**WHY, what="immunoglobulin.c2.d1.t1", to="2027-02-09", at="18:00")
    assert "two-doses-a-day" in codes(planned(IVIG, late))


def test_a_move_within_the_tolerance_is_reviewed_not_stopped_by_28_days(planned):
    """Cycles of four weeks: a dose two days late shares its 28 days with the next cycle."""
    inputs = {**IVIG, "choices": {**IVIG["choices"], "immunoglobulin.days": "1-5"}}
    late = Move(**WHY, what="immunoglobulin.c2.d5.t1", to="2027-02-14")
    after = planned(inputs, late)
    assert not after.stopped
    assert "over-28-days" in codes(after)


def test_a_cycle_that_comes_apart_is_reviewed(planned):
    held = Hold(**WHY, what="from 2027-02-10")
    back = Resume(**WHY, what="from 2027-04-01", missed="postponed")
    assert "cycle-split" in codes(planned(IVIG, held, back))


def test_a_measure_is_not_dated_after_its_change(planned):
    values = {"weight": "72 kg", "weighed": "2027-01-05"}
    with pytest.raises(CourseError, match="before the measure was taken"):
        planned(IVIG, Measures(**WHY, what="from cycle 2", values=values))


def test_a_later_measure_does_not_reach_into_an_earlier_cycle(planned):
    heavier = Measures(**WHY, what="from cycle 3", values={"weight": "77 kg"})
    taller = Measures(**WHY, what="from cycle 2", values={"height": "175 cm"})
    with pytest.raises(CourseError, match="different measures; change the later doses first"):
        planned(IVIG, heavier, taller)
    after = planned(IVIG, taller, heavier)
    weights = {one.slot.cycle: str(one.weight) for one in after.administrations}
    assert weights == {1: "70 kg", 2: "70 kg", 3: "77 kg"}


def test_a_reduction_names_its_order_where_there_are_several(planned):
    wrong = Reduce(**WHY, what="from cycle 2", to="1 mg/m2 each")
    with pytest.raises(CourseError, match="must name its order"):
        planned(BORTEZOMIB, wrong)
    wrong = Reduce(**WHY, what="from cycle 2 of dexamethasone", to="10 mg each")
    with pytest.raises(CourseError, match=r"not the next step of the regimen \(next: none"):
        planned(BORTEZOMIB, wrong)


PAST = {"on": "2027-01-20", "reason": "a reason"}


@pytest.mark.parametrize(
    "change",
    [
        Delay(**PAST, what="from cycle 1", days=30),
        Hold(**PAST, what="from 2027-01-12"),
        Stop(**PAST, what="from 2027-01-12"),
        Delay(**PAST, what="cycle 1", days=30),
    ],
    ids=lambda one: one.kind,
)
def test_what_is_past_is_recorded_before_it_is_changed(planned, change):
    """Else a cycle that was given is planned a second time."""
    with pytest.raises(CourseError, match="it has no record; record what was given"):
        planned(IVIG, change)


def test_one_dose_that_was_not_given_may_be_given_later(planned):
    late = Delay(**PAST, what="immunoglobulin.c1.d4.t1", days=10)
    after = planned(IVIG, late)
    assert days(after)["immunoglobulin.c1.d4.t1"] == date(2027, 1, 24)
    assert {"delayed-alone", "cycle-split"} <= set(codes(after))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("35 g on 2026-01-11 at 08:00", "far from Mon 11-Jan-2027; check the month and the year"),
        ("not given", "is still to come; hold or stop it"),
    ],
)
def test_a_record_with_a_slip_in_its_date_is_refused(planned, text, words):
    slot = "immunoglobulin.c1.d1.t1" if "on" in text else "immunoglobulin.c2.d1.t1"
    slot = "immunoglobulin.c2.d1.t1" if text == "not given" else slot
    with pytest.raises(CourseError, match=words):
        planned(IVIG, Give(**PAST, doses={slot: text}))


def test_a_corrected_record_is_reviewed(planned):
    first = Give(**PAST, doses={"immunoglobulin.c1.d1.t1": "35 g on 2027-01-11 at 08:00"})
    second = Give(**PAST, doses={"immunoglobulin.c1.d1.t1": "not given"})
    (found,) = [
        one for one in planned(IVIG, first, second).findings if one.code == "record-corrected"
    ]
    assert found.message.endswith("from 35 g on Mon 11-Jan-2027 08:00 to not given")


def test_tests_and_supplies_follow_the_first_dose(planned):
    inputs = {
        "regimen": "myeloma-thalidomide-dexamethasone", "weight": "70 kg", "start": "2027-01-11",
        "cycles": 2, "sex": "female", "age": "40 years", "pregnancy_possible": "yes",
    }  # fmt: skip
    before = planned(inputs)
    later = planned(inputs, Delay(**WHY, what="from 2027-01-01", days=21))
    moved = timedelta(days=21)
    assert [one.on for one in later.items] == [one.on + moved for one in before.items]
    assert [one.on for one in later.supplies] == [one.on + moved for one in before.supplies]
    paused = planned(inputs, Delay(**WHY, what="from 2027-02-01", days=21))
    assert "items-not-shifted" in codes(paused)


def test_what_is_missing_is_never_added_to_other_doses(planned):
    before = planned(IVIG)
    missed = Give(**{**WHY, "on": "2027-01-12"}, doses={"immunoglobulin.c1.d1.t1": "not given"})
    after = planned(IVIG, missed)
    rest = {str(one.slot): one.amount for one in before.administrations}
    del rest["immunoglobulin.c1.d1.t1"]
    assert {str(one.slot): one.amount for one in after.administrations} == rest
    assert "cycle-incomplete" in codes(after)


def test_the_first_infusion_is_the_first_that_is_given(planned):
    missed = Give(**{**WHY, "on": "2027-01-12"}, doses={"immunoglobulin.c1.d1.t1": "not given"})
    after = planned(IVIG, missed)
    assert "first infusion" in after.administrations[0].infusion.working[0]


def test_an_amount_of_another_kind_is_refused(planned):
    wrong = Give(
        **{**WHY, "on": "2027-01-12"},
        doses={"immunoglobulin.c1.d1.t1": "300 mL on 2027-01-11 at 09:00"},
    )
    with pytest.raises(CourseError, match="in the unit of the dose"):
        planned(IVIG, wrong)


def test_a_hold_and_a_resumption_that_leaves_out(planned):
    held = Hold(**WHY, what="from 2027-02-09")
    assert max(days(planned(IVIG, held)).values()) == date(2027, 2, 8)
    back = Resume(**WHY, what="from 2027-03-01", missed="left out")
    after = days(planned(IVIG, held, back))
    assert sorted(slot for slot in after if ".c2." in slot) == ["immunoglobulin.c2.d1.t1"]
    assert after["immunoglobulin.c3.d1.t1"] == days(planned(IVIG))["immunoglobulin.c3.d1.t1"]


def test_a_hold_and_a_resumption_that_postpones(planned):
    held = Hold(**WHY, what="from 2027-02-08")
    back = Resume(**WHY, what="from 2027-02-22", missed="postponed")
    before, after = days(planned(IVIG)), days(planned(IVIG, held, back))
    assert len(after) == len(before)
    assert after["immunoglobulin.c3.d4.t1"] == before["immunoglobulin.c3.d4.t1"] + timedelta(14)


def test_one_order_is_stopped_and_the_other_goes_on(planned):
    after = planned(BORTEZOMIB, Stop(**WHY, what="from 2027-02-01 of dexamethasone"))
    assert max(days(after, "dexamethasone").values()) < date(2027, 2, 1)
    assert days(after, "bortezomib") == days(planned(BORTEZOMIB), "bortezomib")


def test_a_course_stopped_before_its_first_dose_has_none(planned):
    after = planned(IVIG, Stop(**WHY, what="from 2027-01-11"))
    assert after.administrations == ()
    assert not after.stopped


def test_cycles_are_added_and_earlier_delays_count_for_them(planned):
    delay = Delay(**WHY, what="from cycle 3", days=7)
    after = days(planned(IVIG, delay, Extend(**WHY, cycles=2)))
    assert after["immunoglobulin.c5.d1.t1"] == date(2027, 1, 11) + timedelta(4 * 28 + 7)


def test_cycles_are_not_added_beyond_the_source(planned):
    with pytest.raises(CourseError, match="more than the source's"):
        planned(BORTEZOMIB, Extend(**WHY, cycles=6))
    triple = {
        "regimen": "scleromyxedema-dexamethasone-sirolimus-octreotide",
        "choices": READ_AS,
        "weight": "70 kg",
        "start": "2027-01-11",
    }
    with pytest.raises(CourseError, match="states the duration"):
        planned(triple, Extend(**WHY, cycles=1))


def test_undo_takes_back_the_last_change_still_in_force(planned):
    one, two = (Delay(**WHY, what="from cycle 2", days=number) for number in (3, 4))
    undo = Undo(**WHY)
    assert days(planned(IVIG, one, two, undo)) == days(planned(IVIG, one))
    assert days(planned(IVIG, one, two, undo, undo)) == days(planned(IVIG))
    with pytest.raises(CourseError, match="no change to take back"):
        planned(IVIG, undo)


REFUSED = [
    (Delay(**WHY, what="cycle 9", days=1), "no planned dose"),
    (Delay(**WHY, what="cycle 1 of thalidomide", days=1), "names no order of this course; orders: immunoglobulin"),
    (Delay(**WHY, what="immunoglobulin.c1.d9.t1", days=1), "names no dose of this course"),
    (Move(**WHY, what="immunoglobulin.c1.d1.t1", to="2027-01-03", by="A. S", checked_by="B. J"),
     "before Mon 04-Jan-2027"),
    (Resume(**WHY, what="from 2027-02-01", missed="postponed"), "no dose is held"),
    (Measures(**WHY, what="from cycle 2", values={"weight": "seventy kg"}), "cannot be read"),
    (Measures(**{**WHY, "on": "2027-02-20"}, what="from cycle 2", values={"weight": "72 kg"}),
     "record what was given and what was not, or choose later doses"),
    (Give(**WHY, doses={"immunoglobulin.c1.d1.t1": "30 g on 2027-01-11 at 08:00"}), "which is still to come"),
    (Give(**{**WHY, "on": "2027-02-01"}, doses={"immunoglobulin.c9.d1.t1": "not given"}),
     "is no dose of this course"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), REFUSED, ids=lambda one: getattr(one, "kind", ""))
def test_what_cannot_be_is_refused_in_words(planned, change, words):
    with pytest.raises(CourseError) as error:
        planned(IVIG, change)
    assert words in str(error.value)
    assert list(error.value.problems) == ["changes"]


def test_a_cycle_is_named_with_its_order_where_rhythms_differ(planned):
    triple = {
        "regimen": "scleromyxedema-dexamethasone-sirolimus-octreotide",
        "choices": READ_AS,
        "weight": "70 kg",
        "start": "2027-01-11",
    }
    with pytest.raises(CourseError, match='name the order, as in "cycle 2 of '):
        planned(triple, Delay(**WHY, what="cycle 2", days=1))


def test_a_change_is_not_dated_before_the_one_that_precedes_it(planned):
    early = Delay(on="2027-01-03", reason="x", what="cycle 2", days=1)
    with pytest.raises(CourseError, match="dated before the previous change"):
        planned(IVIG, Delay(**WHY, what="cycle 2", days=1), early)


def test_totals_follow_what_is_planned(planned):
    after = planned(IVIG, Stop(**WHY, what="from 2027-02-10"))
    (total,) = after.totals
    assert total.administrations == len(after.administrations) == 6
    assert total.dispensed.number == sum(one.amount.number for one in after.administrations)


TEXTS = [
    ("from 2027-13-01", "not a day of the calendar"),
    ("from cycle 0", "not the number of a cycle"),
    ("immunoglobulin.c1.d1", "is not a dose"),
    ("", "is not a dose"),
]


@pytest.mark.parametrize(("text", "words"), TEXTS)
def test_a_reach_is_read_strictly(text, words):
    with pytest.raises(ValueError, match=words):
        Delay(**WHY, what=text, days=1)


def test_a_change_has_only_the_reach_that_fits_it():
    with pytest.raises(ValueError, match='does not fit this change; write "from 2027-03-01"'):
        Hold(**WHY, what="cycle 2")


def test_every_change_is_written_as_it_is_read():
    changes = [
        Measures(**WHY, what="from cycle 2", values={"weight": "75 kg"}),
        Delay(**WHY, what="cycle 2", days=7, by="A. Smith"),
        Move(**WHY, what="immunoglobulin.c2.d1.t1", to="2027-02-09", at="09:15"),
        Reduce(**WHY, what="cycle 2 of bortezomib", to="1 mg/m2 each"),
        Hold(**WHY, what="from 2027-03-01"),
        Resume(**WHY, what="from 2027-03-09", missed="left out"),
        Stop(**WHY, what="from 2027-03-01 of dexamethasone"),
        Extend(**WHY, cycles=2),
        Give(
            **WHY, doses={"a.c1.d1.t1": "1.5 mg on 2027-01-04 at 08:00", "a.c1.d2.t1": "not given"}
        ),
        Undo(**WHY),
    ]
    for change in changes:
        assert type(change)(**change.texts) == change


def test_a_dose_keeps_its_place_under_any_change(planned):
    """Slots are of the order alone; so a moved dose keeps its calendar entry."""
    changes = [
        Delay(**WHY, what="from cycle 2", days=3),
        Move(**WHY, what="immunoglobulin.c3.d1.t1", to="2027-03-11"),
    ]
    assert days(planned(IVIG, *changes)).keys() == days(planned(IVIG)).keys()
    assert print_date(days(planned(IVIG, *changes))["immunoglobulin.c3.d1.t1"]) == "Thu 11-Mar-2027"
