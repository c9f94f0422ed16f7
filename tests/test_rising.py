"""Rates of an infusion, and a dose that is titrated: computed, and compared with their quotes."""

from datetime import date
from fractions import Fraction

import pytest

from posology import library as files
from posology import plan
from posology.checks.coherent import coherent
from posology.checks.quoted import quoted
from posology.course.inputs import make
from posology.dispensing.infusion import Setting, running
from posology.errors import CourseError, DosingError, QuantityError
from posology.model import Pace, Rate
from posology.model.kinds import StatedDose
from posology.model.periods import Every
from posology.model.rising import Titration
from posology.quantity import Quantity
from test_needed import written
from test_reach import OF_OTHERS, drug

Q = Quantity.parse


def about(step="0.1 mL/h"):
    return Setting("a-drug", Q("70 kg"), "", first="", risks=(), pump_step=Q(step))


def rate(start, by=None, each=None, most=None):
    values = {"start": start, "by": by, "each": each, "most": most, "quote": "a quote"}
    return Rate.model_validate({key: value for key, value in values.items() if value})


def paces(found):
    return [(str(each.rate), each.minutes, str(each.volume)) for each in found.paces]


def test_a_steady_rate_runs_until_nothing_is_left():
    found = running(rate("100 mg/h"), Q("250 mg"), None, about())
    assert paces(found) == [("100 mg/h", 150, "250 mg")]


def test_a_rate_rises_by_its_steps_to_the_most():
    """25 + 50 mg in the first hour; then 150 mg/h: 75 mg in 30 min, and 300 mg in 2 h."""
    found = running(
        rate("50 mg/h", "50 mg/h", "30 minutes", "150 mg/h"), Q("450 mg"), None, about()
    )
    assert paces(found) == [
        ("50 mg/h", 30, "25 mg"), ("100 mg/h", 30, "50 mg"), ("150 mg/h", 150, "375 mg"),
    ]  # fmt: skip


def test_a_rate_without_a_most_rises_until_nothing_is_left():
    found = running(rate("50 mg/h", "50 mg/h", "30 minutes"), Q("75 mg"), None, about())
    assert found.minutes == 60


def test_a_rate_by_weight_is_for_the_weight_of_the_dose():
    assert paces(running(rate("2 mg/kg/h"), Q("280 mg"), None, about())) == [
        ("140 mg/h", 120, "280 mg")
    ]


def test_in_a_bag_the_pump_runs_in_ml_and_no_faster():
    """50 mg/h of 700 mg in 500 mL are 35.71 mL/h, and the pump is set to 35.7 mL/h."""
    found = running(rate("50 mg/h"), Q("700 mg"), Q("500 mL"), about())
    assert paces(found) == [("35.7 mL/h", Fraction(500 * 60 * 10, 357), "500 mL")]
    in_ml = running(rate("100 mL/h"), Q("700 mg"), Q("500 mL"), about())
    assert paces(in_ml) == [("100 mL/h", 300, "500 mL")]


def test_what_cannot_run_is_refused():
    with pytest.raises(DosingError, match="need the volume of the bag"):
        running(rate("100 mL/h"), Q("700 mg"), None, about())
    with pytest.raises(DosingError, match="smallest setting"):
        running(rate("1 mg/h"), Q("700 mg"), Q("50 mL"), about("1 mL/h"))


def test_a_rate_of_the_drug_is_recorded_and_read_again():
    pace = Pace.parse("50 mg/h for 30 min")
    assert (pace.plain, str(pace.volume)) == ("50 mg/h for 30 min", "25 mg")
    for wrong in ("50 mg for 30 min", "50 mg/min for 30 min", "50 kg/h for 30 min"):
        with pytest.raises(QuantityError):
            Pace.parse(wrong)


@pytest.mark.parametrize("wrong", ["50 mg", "50 mg/day", "50 kg/h", "50 mg/m2/h"])
def test_what_is_no_rate_is_refused_in_words(wrong):
    with pytest.raises(ValueError, match=r"not how fast it runs|not an amount|unit"):
        rate(wrong)


INFUSION = {
    "drug": "rituximab", "route": "intravenous", "dose": "700 mg each", "every": "1 week",
    "source": "paper", "quote": "rituximab 700 mg intravenously weekly",
    "rates": {"first": {"start": "50 mg/h", "by": "50 mg/h", "each": "30 minutes", "most": "400 mg/h",
              "quote": "50 mg/h, raised by 50 mg/h every 30 minutes to at most 400 mg/h"}},
}  # fmt: skip
BY_MOUTH = {
    "drug": "thalidomide", "route": "oral", "dose": "50 mg each", "every": "1 day",
    "source": "paper", "quote": "thalidomide 50 mg orally daily",
    "titrate": {"by": "50 mg", "every": "1 week or 2 weeks", "to": "100 to 200 mg each",
                "quote": "raised by 50 mg every 1-2 weeks to 100-200 mg"},
}  # fmt: skip


def stops(order):
    entry = written(order)
    found = [*quoted(entry.regimen, {}), *coherent(entry.regimen, {})]
    return {each.code for each in found if each.level == "stop"} - OF_OTHERS


def put(order, key, value):
    """Give the order with one value changed, at a key such as ``rates.first.by``."""
    first, _, rest = key.partition(".")
    if rest:
        return {**order, first: put(order[first], rest, value)}
    changed = {**order, first: value}
    return {name: each for name, each in changed.items() if each is not None}


def test_the_examples_have_no_stop():
    assert stops(INFUSION) == stops(BY_MOUTH) == set()


@pytest.mark.parametrize(
    ("order", "key", "value", "code"),
    [
        (INFUSION, "rates.first.start", "500 mg/h", "rate-not-quoted"),
        (INFUSION, "rates.first.by", "5 mg/h", "rate-not-quoted"),
        (INFUSION, "rates.first.most", "40 mg/h", "rate-not-quoted"),
        (INFUSION, "rates.first.most", "300 mg/h", "rate-not-quoted"),
        (INFUSION, "rates.first.each", "3 hours", "rate-not-quoted"),
        (INFUSION, "rates.first.each", None, "rate-not-quoted"),
        (INFUSION, "rates.first.by", None, "rates-wrong"),
        (INFUSION, "rates.first.start", "50 mL/h", "rates-wrong"),
        (INFUSION, "over", "3 hours", "rates-twice"),
        (INFUSION, "diluted", "500 mL", "not-quoted"),
        (BY_MOUTH, "titrate.by", "5 mg", "titration-not-quoted"),
        (BY_MOUTH, "titrate.by", "100 mg", "titration-not-quoted"),
        (BY_MOUTH, "titrate.every", "1 week or 3 weeks", "titration-not-quoted"),
        (BY_MOUTH, "titrate.every", "2 weeks", "titration-not-quoted"),  # one of what is left open
        (
            BY_MOUTH,
            "titrate.quote",
            "lowered by 50 mg every 1-2 weeks to 100-200 mg",
            "titration-not-quoted",
        ),
        (BY_MOUTH, "titrate.to", "100 to 200 mg per day", "titration-wrong"),
        (
            INFUSION,
            "rates.first.quote",
            "start at 50 mg/h, raised by 400 mg/h every 30 minutes to at most 50 mg/h",
            "rate-not-quoted",
        ),
        (
            INFUSION,
            "rates.first.quote",
            "start at 50 mg/h, lowered by 50 mg/h every 30 minutes to at most 400 mg/h",
            "rate-not-quoted",
        ),
        (
            INFUSION,
            "rates.first.quote",
            "start at 50 mg/h, then 50 mg/h every 30 minutes to at most 400 mg/h",
            "rate-not-quoted",
        ),
        (
            INFUSION,
            "rates.first.quote",
            "start at 50 mg/h, raised by 25-50 mg/h every 30 minutes to at most 400 mg/h",
            "rate-not-quoted",
        ),
        (
            INFUSION,
            "rates.first.quote",
            "start at 50 mg/h, raised by 50 mg/h every 30 minutes to at most 400 mg/h",
            None,
        ),
        (BY_MOUTH, "titrate.to", "100 to 250 mg each", "titration-not-quoted"),
        (BY_MOUTH, "titrate.to", "200 mg each", "titration-not-quoted"),
        (BY_MOUTH, "titrate.every", "1 month", "titration-wrong"),
        (BY_MOUTH, "dose", "60 mg each", "titration-wrong"),
    ],
)
def test_a_number_that_the_quote_does_not_say_stops(order, key, value, code):
    found = stops(put(order, key, value))
    assert code in found if code else not found


def test_what_a_rate_hangs_on_is_noted_or_stands_under_proviso():
    first = {**INFUSION["rates"]["first"]}
    first["quote"] += " if tolerated"
    for more, noted in (({}, True), ({"proviso": "if tolerated"}, False)):
        found = list(quoted(written({**INFUSION, "rates": {"first": first}, **more}).regimen, {}))
        assert any("this decides nothing here" in each.message for each in found) == noted


def test_a_product_with_rates_of_its_own_is_not_given_others(library):
    order = {**INFUSION, "drug": "immunoglobulin", "dose": "30 g each",
             "quote": "immunoglobulin 30 g intravenously weekly"}  # fmt: skip
    found = quoted(written(order).regimen, library.drugs)
    assert "rates-twice" in {each.code for each in found}


def titration():
    values = {**BY_MOUTH["titrate"]}
    return Titration.model_validate(values)


@pytest.mark.parametrize(
    ("dose", "to", "expected"),
    [
        ("50 mg each", "200 mg each", {8: "100 mg", 15: "150 mg", 22: "200 mg"}),
        ("200 mg each", "100 mg each", {8: "150 mg", 15: "100 mg"}),
        ("100 mg each", "100 mg each", {}),
    ],
)
def test_a_titration_goes_up_or_down_to_its_target(dose, to, expected):
    steps = titration().steps(StatedDose.parse(dose), Every.parse("1 week"), StatedDose.parse(to))
    assert {start.day: str(later.dose.amount) for start, later in steps.items()} == expected


def test_a_target_that_is_jumped_over_is_refused():
    with pytest.raises(QuantityError, match="180 mg is not reached from 50 mg by steps of 50 mg"):
        titration().steps(
            StatedDose.parse("50 mg each"), Every.parse("1 week"), StatedDose.parse("180 mg each")
        )


def planned(site, order, **entered):
    library = files.Library(
        {"example": written(order)}, {order["drug"]: drug(order["drug"], {order["route"]})},
        files.combinations_for(files.FOLDER),
    )  # fmt: skip
    inputs = {"weight": "70 kg", "start": "2027-01-11", "cycles": 21, **entered}
    return plan(make(regimen="example", **inputs), library, site)


def test_a_course_has_each_dose_of_a_titration_on_its_days(site):
    chosen = {"thalidomide.raised": "1 week", "thalidomide.target": "150 mg each"}
    found = planned(site, BY_MOUTH, choices=chosen).administrations
    assert [(each.at.date(), str(each.amount)) for each in found[::7]] == [
        (date(2027, 1, 11), "50 mg"), (date(2027, 1, 18), "100 mg"), (date(2027, 1, 25), "150 mg"),
    ]  # fmt: skip
    assert len(found) == 21


@pytest.mark.parametrize(
    "target", [None, "90 mg each", "250 mg each", "150 mg per day", "120 mg each"]
)
def test_a_titration_without_a_target_that_it_reaches_is_not_planned(site, target):
    chosen = {"thalidomide.raised": "1 week", "thalidomide.target": target}
    with pytest.raises(CourseError, match=r"thalidomide\.target"):
        planned(site, BY_MOUTH, choices={key: value for key, value in chosen.items() if value})
