"""What follows another order, and what a change may do to it: nothing is lost, moved or turned round."""

import pytest

from posology.checks.coherent import coherent
from posology.checks.items import items
from posology.checks.quoted import quoted
from posology.errors import CourseError, QuantityError
from posology.model import Item, Run
from posology.model.kinds import StatedDose
from posology.record.entries import events
from test_beside import DEXAMETHASONE, PREMED, RITUXIMAB, entry, moments, planner

LATER = {key: value for key, value in DEXAMETHASONE.items() if key != "with"}
DAILY = {
    "drug": "prednisolone", "route": "oral", "dose": "40 mg each", "every": "1 week", "source": "s",
    "quote": "q",
}  # fmt: skip


@pytest.fixture
def planned(site):
    return planner(site)


def codes(*orders, **more):
    """List what the checks stop at, but for the made-up quotes."""
    made = entry(*orders)
    regimen = made.regimen.model_copy(update=more)
    found = {each.code for each in coherent(regimen, {}) if each.level == "stop"}
    return found - {"cases-missing", "drug-unknown", "items-unproven"}


def doses(computed, of):
    return [
        f"{each.at:%d-%m} {each.amount}"
        for each in computed.administrations
        if each.order.drug == of
    ]


@pytest.mark.parametrize("kind", ["start", "with"])
def test_what_another_order_follows_is_not_left_out(planned, kind):
    follows = {"start": {**LATER, "every": "1 week", "start": "after rituximab"}, "with": PREMED}[
        kind
    ]
    with pytest.raises(CourseError, match="follows rituximab; so rituximab cannot be left out"):
        planned({**RITUXIMAB, "optional": "yes"}, follows, without=["rituximab"])
    both = {**follows, "optional": "yes"}
    with pytest.raises(CourseError, match="follows rituximab; leave it out too"):
        planned({**RITUXIMAB, "optional": "yes"}, both, DAILY, without=["rituximab"])
    computed = planned(
        {**RITUXIMAB, "optional": "yes"}, both, DAILY, without=["rituximab", follows["drug"]]
    )
    assert {each.order.drug for each in computed.administrations} == {"prednisolone"}


@pytest.mark.parametrize("kind", ["start", "with"])
def test_nothing_follows_what_has_no_days(kind):
    needed = {
        "drug": "morphine", "route": "oral", "dose": "10 mg each", "every": "4 hours", "source": "s",
        "as_needed": "as needed", "quote": "q",
    }  # fmt: skip
    follows = {**LATER, "with": {"order": "morphine"}} if kind == "with" else {
        **LATER, "every": "1 week", "start": "after morphine"
    }  # fmt: skip
    assert "start-unknown" in codes(needed, follows)


def test_every_dose_of_the_other_order_is_followed(planned):
    four = {**RITUXIMAB, "every": "1 week", "days": "1", "duration": "4 doses"}
    both_days = {**DEXAMETHASONE, "times": "1", "with": {"order": "rituximab", "when": "days 0, 1"}}
    assert len(moments(planned(four, both_days, cycles=None), "dexamethasone")) == 8
    twice = {**RITUXIMAB, "every": "1 week", "days": "1", "times": "2", "at": "08:00, 20:00"}
    at_each = moments(planned(twice, PREMED), "methylprednisolone")
    assert at_each == ["11-01 07:30", "11-01 19:30"]
    day_after = {**DEXAMETHASONE, "times": "1", "with": {"order": "rituximab", "when": "days 1"}}
    fifteen = {**four, "duration": "15 days"}
    found = moments(planned(fifteen, day_after, cycles=None), "dexamethasone")
    assert found == ["12-01 08:00", "19-01 08:00", "26-01 08:00"]


def test_the_day_before_a_dose_of_each_month_is_the_day_before(planned):
    monthly = {**RITUXIMAB, "every": "1 month", "days": "1"}
    before = {**DEXAMETHASONE, "times": "1", "with": {"order": "rituximab", "when": "days -1"}}
    computed = planned(monthly, before, cycles=3, start="2027-01-31")
    assert moments(computed, "rituximab") == ["31-01 09:00", "28-02 09:00", "31-03 09:00"]
    assert moments(computed, "dexamethasone") == ["30-01 08:00", "27-02 08:00", "30-03 08:00"]


def test_what_follows_a_dose_by_a_table_follows_the_days_of_its_row(planned):
    table = [
        {"when": "age <= 75 years", "dose": "20 mg each", "quote": "q"},
        {"when": "age > 75 years", "dose": "20 mg each", "days": "1, 15", "quote": "q"},
    ]
    weekly = {key: value for key, value in DAILY.items() if key != "dose"}
    weekly |= {"doses": table, "every": "4 weeks", "days": "1, 8, 15"}
    also = {**DEXAMETHASONE, "times": "1", "with": {"order": "prednisolone"}}
    for age, number in (("70 years", 3), ("80 years", 2)):
        assert len(moments(planned(weekly, also, age=age), "dexamethasone")) == number


def test_a_share_keeps_to_its_most(planned):
    share = {
        "drug": "mesna", "route": "intravenous", "with": {"order": "rituximab", "share": "60 %"},
        "most": [{"amount": "500 mg", "quote": "q"}], "source": "s", "quote": "q",
    }  # fmt: skip
    computed = planned(RITUXIMAB, share)
    assert doses(computed, "mesna") == ["11-01 500 mg", "25-01 500 mg"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("reduce", {"what": "from cycle 3 of prednisolone", "to": "20 mg each"}),
            "is more than 10 mg",
        ),
        (
            ("reduce", {"what": "from cycle 2 of prednisolone", "to": "20 mg each"}),
            "is more than 10 mg",
        ),
        (("reduce", {"what": "cycle 2 of prednisolone", "to": "20 mg each"}), None),
        (
            ("raise", {"what": "from cycle 3 of prednisolone", "to": "5 mg each"}),
            "is less than 10 mg",
        ),
    ],
)
def test_a_reduction_is_below_the_dose_in_force_on_its_day(planned, change, told):
    steps = [{"dose": f"{dose} mg each", "source": "s", "quote": "q"} for dose in (20, 10)]
    falls = {**DAILY, "from": {"cycle 3": {"dose": "10 mg each", "quote": "q"}}, "steps": steps}
    if told:
        with pytest.raises(CourseError, match=told):
            planned(falls, cycles=4, changes=[change])
    else:
        assert doses(planned(falls, cycles=4, changes=[change]), "prednisolone") == [
            "11-01 40 mg", "18-01 20 mg", "25-01 10 mg", "01-02 10 mg",
        ]  # fmt: skip


def test_a_step_is_below_the_dose_of_the_row(planned):
    table = [{"when": "age > 75 years", "dose": "20 mg each", "quote": "q"}]
    old = {key: value for key, value in DAILY.items() if key != "dose"} | {
        "doses": table, "steps": [{"dose": "30 mg each", "source": "s", "quote": "q"}],
    }  # fmt: skip
    change = ("reduce", {"what": "from cycle 2 of prednisolone", "to": "30 mg each"})
    with pytest.raises(CourseError, match="is more than 20 mg each, the dose in force"):
        planned(old, cycles=2, age="80 years", changes=[change])


def test_the_next_step_is_the_highest_below_the_dose_in_force(planned):
    steps = [{"dose": f"{dose} mg each", "source": "s", "quote": "q"} for dose in (20, 10)]
    off = {**DAILY, "from": {"cycle 2": {"dose": "30 mg each", "quote": "q"}}, "steps": steps}
    change = ("reduce", {"what": "from cycle 2 of prednisolone", "to": "20 mg each"})
    computed = planned(off, cycles=3, changes=[change])
    assert doses(computed, "prednisolone") == ["11-01 40 mg", "18-01 20 mg", "25-01 20 mg"]
    change = ("reduce", {"what": "from cycle 2 of prednisolone", "to": "10 mg each"})
    with pytest.raises(CourseError, match=r"the dose in force of .* \(next: 20 mg each\)"):
        planned(off, cycles=3, changes=[change])


def test_new_measures_that_change_how_often_a_day_are_refused(planned):
    table = [
        {"when": "platelets >= 100000 /uL", "dose": "20 mg each", "quote": "q"},
        {"when": "platelets < 100000 /uL", "dose": "10 mg each", "times": "2", "quote": "q"},
    ]
    by_count = {key: value for key, value in DAILY.items() if key != "dose"} | {"doses": table}
    change = (
        "measures",
        {"what": "from cycle 2 of prednisolone", "values": {"platelets": "50 G/L"}},
    )
    with pytest.raises(CourseError, match="change the rhythm of prednisolone"):
        planned(by_count, cycles=3, platelets="200 G/L", changes=[change])


def test_no_cycle_is_added_before_what_has_begun(planned):
    later = {**LATER, "every": "1 week", "start": "after rituximab"}
    late = {"cycles": 1}
    with pytest.raises(CourseError, match="dexamethasone has begun on Mon 08-Feb-2027"):
        planned(RITUXIMAB, later, cycles=1, changes=[("extend", {**late, "on": "2027-02-09"})])
    computed = planned(
        RITUXIMAB, later, cycles=1, changes=[("extend", {**late, "on": "2027-01-12"})]
    )
    assert moments(computed, "dexamethasone")[0] == "08-03 08:00"


def test_what_begins_sooner_after_a_delayed_order_than_it_should_is_reviewed(planned):
    later = {**LATER, "every": "1 week", "start": "after rituximab"}
    for days, level in ((0, None), (7, "review"), (13, "review"), (14, "stop")):
        delay = [("delay", {"what": "from 2027-01-20 of rituximab", "days": days})] if days else []
        computed = planned(RITUXIMAB, later, changes=delay)
        found = [each.level for each in computed.findings if each.code == "out-of-turn"]
        assert found == ([level] if level else []), days


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({**DAILY, "start": "cycle 2"}, "start-unknown"),  # weekly, the course every 4 weeks
        ({**DAILY, "every": "4 weeks", "start": "cycle 2"}, None),
        ({**DAILY, "every": "4 weeks", "start": "cycle 2", "from": {"day 8": {"dose": "8 mg each", "quote": "q"}}}, "start-unknown"),
        ({**DAILY, "every": "4 weeks", "start": "cycle 2", "titrate": {"by": "4 mg", "every": "1 week", "to": "60 mg each", "quote": "q"}}, "start-unknown"),
        ({**DAILY, "from": {"cycle 3": {"every": "1 week", "duration": "2 cycles", "quote": "q"}, "cycle 7": {"every": "2 weeks", "duration": "2 cycles", "quote": "q"}}}, "later-duration"),
        ({**DAILY, "from": {"cycle 3": {"every": "1 week", "duration": "4 cycles", "quote": "q"}, "cycle 7": {"every": "2 weeks", "duration": "2 cycles", "quote": "q"}}}, None),
        ({**DAILY, "with": {"order": "rituximab"}, "dose": "40 mg per cycle", "every": None}, "start-unknown"),
        ({**DAILY, "every": "4 hours", "as_needed": "as needed", "titrate": {"by": "4 mg", "every": "1 week", "to": "60 mg each", "quote": "q"}}, "needed-with-dates"),
        ({**DAILY, "every": "4 hours", "as_needed": "as needed", "most_a_day": "5 mg"}, "needed-with-dates"),
        ({**DAILY, "every": "4 hours", "as_needed": "as needed", "most_a_day": "80 mg"}, None),
    ],
)  # fmt: skip
def test_what_cannot_be_placed_is_told_of_the_file(order, code):
    order = {key: value for key, value in order.items() if value is not None}
    found = codes(RITUXIMAB, order)
    assert (
        code in found
        if code
        else not found & {"start-unknown", "later-duration", "needed-with-dates"}
    )


def test_a_length_of_which_one_is_chosen_belongs_to_the_orders():
    chosen = {"duration": Run.parse("14 to 21 days"), "duration_quote": "for 14 to 21 days"}
    regimen = entry(DAILY).regimen.model_copy(update=chosen)
    assert any("is a choice" in each.message for each in quoted(regimen, {}))


def test_two_orders_of_a_drug_at_one_time_and_by_two_routes_are_reviewed(planned):
    by_vein = {**DAILY, "id": "by-vein", "route": "intravenous", "over": "30 minutes"}
    found = {each.code: each for each in planned(DAILY, by_vein).findings}
    assert found["two-routes"].level == "review"
    assert "given oral and intravenous on one day" in found["two-routes"].message
    assert "doses-near" in found
    again = {**DAILY, "id": "again"}
    found = {each.code for each in planned(DAILY, again).findings}
    assert "doses-near" in found
    assert "two-routes" not in found
    other_day = {**by_vein, "days": "2"}
    assert "two-routes" not in {each.code for each in planned(DAILY, other_day).findings}


def test_a_course_of_which_a_row_or_a_titration_settles_more_is_kept(planned):
    twice = [{"when": "age > 75 years", "dose": "20 mg each", "times": "2", "quote": "q"}]
    by_table = {key: value for key, value in DAILY.items() if key != "dose"} | {"doses": twice}
    rises = {
        **DAILY,
        "titrate": {"by": "20 mg", "every": "1 week", "to": "80 mg each", "quote": "q"},
    }
    for order in (by_table, rises):
        computed = planned(order, RITUXIMAB, PREMED, age="80 years", cycles=3)
        assert events(computed)
        assert events(computed, compact=True)


def test_an_order_begins_after_one_that_follows_another(planned):
    last = {**DAILY, "start": "after dexamethasone"}
    computed = planned(RITUXIMAB, DEXAMETHASONE, last)
    assert moments(computed, "dexamethasone")[-1] == "26-01 20:00"
    assert moments(computed, "prednisolone")[0] == "08-02 08:00"  # with the next cycle of rituximab


def test_of_two_days_beside_doses_in_a_row_the_nearer_dose_counts(planned):
    in_a_row = {**RITUXIMAB, "days": "1, 2"}
    before = {**DEXAMETHASONE, "times": "1", "with": {"order": "rituximab", "when": "days -1, 0"}}
    computed = planned(in_a_row, before)
    assert moments(computed, "dexamethasone") == ["10-01 08:00", "11-01 08:00", "12-01 08:00"]


def test_a_step_in_another_basis_is_an_exception(planned):
    steps = [{"dose": "20 mg per day", "source": "s", "quote": "q"}]
    change = ("reduce", {"what": "from cycle 2 of prednisolone", "to": "20 mg per day"})
    with pytest.raises(CourseError, match="not the next step"):
        planned({**DAILY, "steps": steps}, cycles=3, changes=[change])


def test_a_step_of_a_table_whose_measure_is_not_known_yet_is_an_exception(planned):
    table = [{"when": "creatinine clearance >= 30 mL/min", "dose": "40 mg each", "quote": "q"}]
    by_kidney = {key: value for key, value in DAILY.items() if key != "dose"} | {
        "doses": table, "steps": [{"dose": "20 mg each", "source": "s", "quote": "q"}],
    }  # fmt: skip
    kidney = {"creatinine": "80 umol/L", "age": "60 years", "sex": "male"}
    change = ("reduce", {"what": "from cycle 2 of prednisolone", "to": "20 mg each"})
    with pytest.raises(CourseError, match="not the next step"):
        planned(by_kidney, cycles=3, changes=[change], **kidney)
    measured = {"creatinine_clearance": "80 mL/min"}
    found = doses(planned(by_kidney, cycles=3, changes=[change], **measured), "prednisolone")
    assert found == ["11-01 40 mg", "18-01 20 mg", "25-01 20 mg"]


def test_a_length_that_a_quote_says_is_the_duration():
    for quote, told in (("for 12 months", True), ("the duration is not stated", False)):
        chosen = {"duration": "not stated", "duration_quote": quote}
        found = quoted(entry(DAILY).regimen.model_copy(update=chosen), {})
        assert any("says how long" in each.message for each in found) == told


def test_an_exposure_is_of_one_dose():
    with pytest.raises(QuantityError, match="an AUC is of one dose; write AUC 5 each"):
        StatedDose.parse("AUC 5 per cycle")


def test_an_item_is_not_done_with_what_has_no_days():
    needed = {
        "drug": "morphine", "route": "oral", "dose": "10 mg each", "every": "4 hours", "source": "s",
        "as_needed": "as needed", "quote": "q",
    }  # fmt: skip
    item = Item.model_validate({
        "name": "a laxative", "kind": "prophylaxis", "with": {"order": "morphine"}, "source": "s",
        "quote": "a laxative with each dose",
    })  # fmt: skip
    regimen = entry(needed).regimen.model_copy(update={"items": (item,)})
    assert "item-undated" in {each.code for each in items(regimen)}


@pytest.mark.parametrize(("days", "told"), [("days -1, 0, 1", False), ("days -1, 1, 3", True)])
def test_so_many_days_from_the_day_before_are_days_in_a_row(days, told):
    beside = {**DEXAMETHASONE, "with": {"order": "rituximab", "when": days},
              "quote": "8 mg orally twice daily for 3 days starting 1 day before"}  # fmt: skip
    found = quoted(entry(RITUXIMAB, beside).regimen, {})
    of_it = {each.code for each in found if str(each.place).startswith("orders[1]")}
    assert ("with-not-quoted" in of_it) == told
