"""Worked numbers that others have published, each with its source; a wrong source is told."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from posology import plan
from posology.checks import check
from posology.checks.plausible import amounts, judge, windows_for
from posology.course.inputs import make
from posology.dosing import weight
from posology.dosing.dose import dose
from posology.model import Days, Patient, Period, StatedDose
from posology.quantity import Quantity

CASES = json.loads((Path(__file__).parent / "published.json").read_text("utf-8"))
BY_ID = {case["id"]: case for case in CASES}


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["kind"] == "course"], ids=lambda case: case["id"]
)
def test_published_doses(library, site, case):
    order = library.regimens["scleromyxedema-ivig"].regimen.orders[0]
    patient = Patient(weight=case["weight"])
    size = weight.size(patient, site.site, "immunoglobulin")
    given = dose(
        order, StatedDose.parse(case["strength"]), patient, size, (case["days"], order.times)
    )
    assert str(given.amount) == case["expected"]["dose"]
    assert str(given.amount * case["days"]) == case["expected"]["total"]


def bortezomib(library, site, days, cycles):
    """Plan bortezomib alone, on these days of cycles of six weeks."""
    entry = library.regimens["myeloma-bortezomib-dexamethasone"]
    order = entry.regimen.orders[0].model_copy(
        update={"every": (Period(6, "week"),), "days": (Days.parse(days),)}
    )
    regimen = entry.regimen.model_copy(update={"orders": (order,)})
    own = library._replace(regimens={entry.id: entry._replace(regimen=regimen)})
    course = make(
        regimen=entry.id, weight="70 kg", height="170 cm", start="2027-01-11", cycles=cycles
    )
    return plan(course, own, site)


def test_bortezomib_with_melphalan_and_prednisone_is_52_doses_three_days_apart(library, site):
    case = BY_ID["BTZ-VMP"]["expected"]
    least = library.drugs["bortezomib"].routes["subcutaneous"].apart.least
    assert str(least) == f"{24 * int(case['least days apart'])} hours"
    for days, cycles, doses in (
        (BY_ID["BTZ-VMP"]["days"], 4, case["first four cycles"]),
        (BY_ID["BTZ-VMP"]["later"], 5, case["cycles 5-9"]),
    ):
        computed = bortezomib(library, site, days, cycles)
        assert len(computed.administrations) == doses
        assert "too-close" not in {one.code for one in computed.findings}
    closer = bortezomib(library, site, BY_ID["BTZ-VMP"]["days"].replace("4,", "3,"), 1)
    assert ("too-close", "stop") in {(one.code, one.level) for one in closer.findings}


def test_the_formulary_keeps_to_the_printed_ladder_of_bortezomib(library):
    """BTZ-red1: the printed "25% reduced" is wrong, 1.3 mg/m2 less 25 % being 0.975 and not 1."""
    assert Quantity.parse("1.3 mg/m2") * Fraction(3, 4) != Quantity.parse("1 mg/m2")
    drug = library.drugs["bortezomib"]
    assert any("printed ladder" in warning.text for warning in drug.warnings)
    assert "1.3 mg/m2 reduced to 1 mg/m2, 1 mg/m2 reduced to 0.7" in drug.sources["biomib"].cite
    window = drug.routes["subcutaneous"].windows[0]
    steps = [Quantity.parse(f"{step} mg/m2") for step in ("1.3", "1", "0.7")]
    assert [judge(step, window) for step in steps] == [None, None, None]


def test_melphalan_four_times_daily_is_stopped(library):
    """NEG-melphalan-QID: plasticsurgerykey.com, lichen myxedematosus, misreads QD."""
    regimen = library.regimens["myeloma-melphalan-prednisone-kg"].regimen
    order = regimen.orders[0].model_copy(update={"times": 4})
    found = check(regimen.model_copy(update={"orders": (order,)}), library.drugs)
    stopped = {one.code for one in found if one.level == "stop"}
    assert {"implausible-day", "times-not-quoted"} <= stopped


def test_the_other_reading_of_120_mg_is_asked_for_review(library):
    """NEG-dex-ambig: 120 mg on each day is 240 mg a week, which the windows call too much."""
    regimen = library.regimens["scleromyxedema-dexamethasone-sirolimus-octreotide"].regimen
    stage = regimen.orders[0].stages[0]
    drug = library.drugs["dexamethasone"]
    literal = amounts(StatedDose.parse("120 mg each"), stage, Period(1, "week"), Days.parse("1-2"))
    assert (str(literal["day"]), str(literal["week"])) == ("120 mg", "240 mg")
    encoded = amounts(stage.dose, stage, Period(1, "week"), Days.parse("1-2"))
    assert (str(encoded["day"]), str(encoded["week"])) == ("60 mg", "120 mg")
    levels = {
        judge(literal[window.per], window)
        for window in windows_for(drug, "intramuscular", Quantity.parse("120 mg"))
    }
    assert "review" in levels


def test_200_g_of_octreotide_is_133_333_times_the_labels_day(library):
    """NEG-octreotide-200g: 200 g over 1,500 mcg."""
    windows = library.drugs["octreotide"].routes["subcutaneous"].windows
    (day,) = [window for window in windows if window.per == "day"]
    asked = Quantity.parse("200 g")
    assert int(asked.ratio(day.absolute.high)) == 133_333
    assert judge(asked, day) == "stop"
