"""Words of a quote beside what is encoded: each difference stops by its name, each agreement not."""

from datetime import time
from fractions import Fraction

import pytest

from posology import library as files
from posology import plan
from posology.course.inputs import make
from posology.dosing.dose import dose
from posology.errors import CourseError, DosingError, QuantityError
from posology.model import Give, Later, Moment, Raise, Reduce, Row
from posology.model.kinds import Offered, StatedDose
from posology.model.patient import Patient
from posology.model.periods import Clock, Over, Run
from test_needed import DAILY, stops, written
from test_reach import drug
from test_rising import BY_MOUTH, INFUSION

DRIP = {
    "drug": "a-drug", "route": "intravenous", "dose": "100 mg each", "every": "1 week",
    "source": "paper", "quote": "100 mg in 500 mL saline intravenously over 60 minutes weekly",
    "over": "60 minutes", "diluted": "500 mL",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"diluted": "250 mL"}, "not-quoted"),
        ({"over": "2 hours"}, "over-not-quoted"),
        ({"quote": "100 mg in 500 mL saline intravenously weekly"}, "over-not-quoted"),
        ({"quote": "100 mg intravenously over 90 to 60 minutes weekly", "diluted": None}, "quote-unread"),
        ({"quote": "100 mg intravenously weekly", "inferred": {"over": "of the label", "diluted": "ours"}}, None),
        ({"quote": "100 mg intravenously over 60 minutes weekly, until progression",
          "inferred": {"diluted": "ours"}}, "proviso-missing"),
    ],
)  # fmt: skip
def test_a_bag_and_its_length_are_those_of_the_quote(change, code):
    order = {key: value for key, value in {**DRIP, **change}.items() if value is not None}
    assert (code in stops(order)) if code else stops(order) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quote": "thalidomide 100 mg orally at 07:00 daily", "at": "07:00"}, None),
        ({"quote": "thalidomide 100 mg orally at 07:00 daily", "at": "19:00"}, "clock-not-quoted"),
        ({"at": "07:00"}, "clock-not-quoted"),
        ({"at": "07:00", "inferred": {"at": "of the ward"}}, None),
        ({"quote": "thalidomide 100 mg orally 3 times weekly on days 1, 3 and 5", "every": "1 week",
          "days": "1, 3, 5"}, None),
        ({"quote": "thalidomide 100 mg orally daily every 4 weeks", "every": "4 weeks",
          "days": "1-5 or 1-4"}, "days-not-quoted"),
        ({"quote": "thalidomide 200 mg per day (100 mg twice daily) orally", "times": "2"}, None),
        ({"quote": "thalidomide 100 mg orally daily, then 50 mg, then 25 mg",
          "from": {"day 8": {"dose": "50 mg each", "quote": "then 50 mg", "inferred": {"start": "x"}}}},
         "change-not-encoded"),
    ],
)  # fmt: skip
def test_the_rhythm_of_an_order_is_that_of_its_quote(change, code):
    found = stops({**DAILY, **change})
    assert (code in found) if code else found == set()


TABLE = {
    "doses": [{"when": "age > 75 years", "dose": "50 mg each", "quote": "50 mg daily if age above 75 years"},
              {"when": "age <= 75 years", "dose": "100 mg each", "quote": "100 mg daily up to 75 years of age"}],
}  # fmt: skip


def test_steps_up_titration_and_phases_do_not_stand_beside_a_table():
    alone = {key: value for key, value in DAILY.items() if key != "dose"}
    up = [{"dose": "200 mg each", "source": "paper", "quote": "200 mg"}]
    assert "step-not-next" in stops({**alone, **TABLE, "steps_up": up})
    assert "titration-wrong" in stops({**alone, **TABLE, "titrate": BY_MOUTH["titrate"]})
    later = {"day 8": {"every": "2 days", "quote": "then every 2 days", "inferred": {"start": "x"}}}
    assert "later-beside-table" in stops({**alone, **TABLE, "from": later})
    offered = {
        **DAILY,
        "dose": "100 to 200 mg each",
        "quote": "thalidomide 100-200 mg orally daily",
    }
    assert "later-beside-table" in stops({**offered, "from": later})
    assert stops(offered) == set()


def test_the_most_of_a_rate_is_not_below_its_first():
    first = {**INFUSION["rates"]["first"], "most": "40 mg/h",
             "quote": "50 mg/h, raised by 50 mg/h every 30 minutes to at most 40 mg/h"}  # fmt: skip
    assert "rates-wrong" in stops({**INFUSION, "rates": {"first": first}})


def test_what_follows_another_order_may_be_inferred():
    beside = {"drug": "dexamethasone", "route": "oral", "dose": "20 mg each", "source": "paper",
              "with": {"order": "thalidomide", "when": "the same time"}, "inferred": {"with": "of the ward"},
              "quote": "dexamethasone 20 mg orally"}  # fmt: skip
    assert stops(DAILY, beside) == set()


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (Offered, "1 mg each or 1 mg each", "offers the same dose twice"),
        (Offered, "2 to 1 mg each", "write the smaller first"),
        (Run, "21 to 14 days", "offers none"),
        (Run, "1 to 99 days", "more than 31 lengths"),
        (Over, "1 hours", "is not how long an infusion takes"),
        (Over, "3 days", "is not how long an infusion takes"),
    ],
)
def test_what_offers_nothing_is_refused_in_words(kind, text, words):
    with pytest.raises(QuantityError, match=words):
        kind.parse(text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Offered, "0.75 to 1 g/m2 each"), (Offered, "1 mg each or 2 mg each"), (Run, "14 to 21 days"),
        (Run, "1 to 2 weeks"), (StatedDose, "AUC 5 each"), (Over, "90 minutes"),
    ],
)  # fmt: skip
def test_a_choice_is_written_as_it_is_read(kind, text):
    assert str(kind.parse(text)) == text
    assert getattr(kind.parse(text), "plain", text) == text


def test_a_dose_by_exposure_without_a_clearance_is_refused():
    order = written(
        {**DRIP, "dose": "AUC 5 each", "quote": "AUC 5 intravenously weekly"}
    ).regimen.orders[0]
    patient = Patient.model_validate({"weight": "70 kg"})
    with pytest.raises(DosingError, match="AUC needs the creatinine clearance"):
        dose(order, StatedDose.parse("AUC 5 each"), patient, None, (1, 1))


def planned(site, *orders, changes=(), **entered):
    library = files.Library(
        {"example": written(*orders)},
        {each["drug"]: drug(each["drug"], {each["route"]}) for each in orders},
        files.combinations_for(files.FOLDER),
    )  # fmt: skip
    course = make(regimen="example", **{"weight": "70 kg", "start": "2027-01-11", **entered})
    return plan(course.model_copy(update={"changes": changes}), library, site)


def test_a_length_of_infusion_that_is_chosen_is_that_of_the_calendar(site):
    order = {**DRIP, "over": "60 minutes or 90 minutes",
             "quote": "100 mg in 500 mL saline intravenously over 60-90 minutes weekly"}  # fmt: skip
    found = planned(site, order, cycles=1, choices={"a-drug.over": "90 minutes"}).administrations
    assert (found[0].ends(30) - found[0].at).seconds == 90 * 60
    assert str(found[0]).endswith("intravenous over 90 minutes in 500 mL")


def test_what_is_chosen_of_a_range_is_not_missed_in_its_quote(site):
    order = {**DRIP, "dose": "100 to 200 mg each", "over": "60 minutes or 90 minutes",
             "every": "1 day", "duration": "14 to 21 days",
             "quote": "100-200 mg in 500 mL saline intravenously over 60-90 minutes daily for 14 to 21 days",
             }  # fmt: skip
    chosen = {
        "a-drug.over": "90 minutes",
        "a-drug.dose": "150 mg each",
        "a-drug.duration": "16 days",
    }
    found = planned(site, order, choices=chosen)
    assert len(found.administrations) == 16
    of_the_stub = {"cases-missing", "verdict-missing", "not-dispensable", "not-makeable",
                   "product-not-named"}  # fmt: skip
    assert {each.code for each in found.findings if each.level == "stop"} <= of_the_stub


def test_rates_and_a_length_that_differ_are_reviewed(site, library):
    order = {
        "drug": "immunoglobulin", "route": "intravenous", "dose": "0.4 g/kg each", "every": "4 weeks",
        "over": "3 hours", "source": "paper",
        "quote": "immunoglobulin 0.4 g/kg intravenously over 3 hours every 4 weeks",
    }  # fmt: skip
    shelf = library._replace(regimens={"example": written(order)})
    found = plan(make(regimen="example", weight="70 kg", start="2027-01-11", cycles=1), shelf, site)
    (finding,) = [each for each in found.findings if each.code == "over-differs"]
    assert "the source says over 3 hours, the rates of the product take" in finding.message


def test_rates_that_cannot_run_stop_a_plan(site):
    rates = {"first": {"start": "100 mL/h", "quote": "at 100 mL/hour"}}
    order = {key: value for key, value in DRIP.items() if key not in {"over", "diluted"}}
    found = planned(site, {**order, "rates": rates}, cycles=1)
    assert any("need the volume of the bag" in each.message for each in found.findings)


def test_true_intervals_need_the_hour_of_a_single_dose(site):
    order = {**DAILY, "every": "8 hours", "quote": "thalidomide 100 mg orally every 8 hours"}
    without = {times: clock for times, clock in site.site.clock.items() if times != 1}
    bare = site._replace(site=site.site.model_copy(update={"clock": without}))
    assert "clock-missing" in {each.code for each in planned(bare, order, cycles=1).findings}
    single = {**site.site.clock, 1: Clock((time(7),))}
    whole = site._replace(site=site.site.model_copy(update={"clock": single}))
    found = planned(whole, order, cycles=1).administrations
    assert [f"{each.at:%H:%M}" for each in found] == ["07:00", "15:00", "23:00"]


WHY = {"on": "2027-01-04", "reason": "a reason"}
TWO = {"by": "A. Smith", "checked_by": "B. Jones"}
LADDER = {
    **DAILY,
    "steps_up": [{"dose": "200 mg each", "source": "paper", "quote": "200 mg"}],
    "steps": [{"dose": "50 mg each", "source": "paper", "quote": "50 mg"}],
}


def step(kind, to, cycle, **more):
    return kind(**WHY, what=f"from cycle {cycle} of thalidomide", to=to, **more)


def test_a_ladder_goes_up_and_down_by_its_neighbours(site):
    up = step(Raise, "200 mg each", 2)
    back, low = step(Reduce, "100 mg each", 3), step(Reduce, "50 mg each", 4)
    found = planned(site, LADDER, cycles=4, changes=(up, back, low)).administrations
    assert [str(each.dose.amount) for each in found] == ["100 mg", "200 mg", "100 mg", "50 mg"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((step(Raise, "400 mg each", 2),), r"next: 200 mg each"),
        ((step(Raise, "200 mg each", 2), step(Reduce, "50 mg each", 3)), r"next: 100 mg each"),
        (
            (step(Reduce, "50 mg each", 2), step(Raise, "100 mg each", 3)),
            r"above 50 mg each.*next: none",
        ),
        ((step(Reduce, "70 mg each", 2, **TWO), step(Reduce, "50 mg each", 3)), r"next: none"),
        ((step(Raise, "200 mg each", 2), step(Raise, "400 mg each", 3)), r"next: none"),
    ],
)
def test_a_step_that_is_no_neighbour_is_an_exception(site, changes, words):
    with pytest.raises(CourseError, match=words):
        planned(site, LADDER, cycles=4, changes=changes)


def test_a_recorded_infusion_keeps_the_rates_of_its_record(site):
    order = {**INFUSION, "drug": "a-drug", "quote": "700 mg intravenously weekly"}
    given = Give(**WHY | {"on": "2027-01-12"}, doses={
        "a-drug.c1.d1.t1": "700 mg on 2027-01-11 at 08:00"})  # fmt: skip
    found = planned(site, order, cycles=2, changes=(given,)).administrations
    assert found[0].infusion is None
    assert found[1].infusion.minutes == Fraction(210)


def test_a_later_start_of_a_table_has_no_dose_of_its_own():
    row = Row.model_validate(TABLE["doses"][0])
    later = Later.model_validate({"every": "2 days", "quote": "x"})
    order = (
        written(DAILY)
        .regimen.orders[0]
        .model_copy(update={"dose": None, "doses": (row,), "later": {Moment.parse("day 8"): later}})
    )
    assert [stage.path[0] for stage in order.stages] == ["doses"]
