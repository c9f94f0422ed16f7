"""The numbers that others have published, each with its source, against our formulas.

A case whose source is misprinted says so, and is tested as such: the print must differ.
"""

import json
from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import get_args

import pytest

from posology import plan
from posology.course.inputs import make
from posology.dispensing.infusion import per_hour
from posology.dosing import body
from posology.dosing.weight import weigh
from posology.errors import DosingError
from posology.library import SITE
from posology.model import Patient, body_mass_index
from posology.model.site import SurfaceFormula
from posology.quantity import Quantity

CASES = json.loads(
    (Path(__file__).parent / "published_numbers.json").read_text("utf-8"), parse_float=Decimal
)
TEN_PERCENT = Quantity.parse("0.1 g/mL")
FULL = {"neutrophils": "2000 /uL", "platelets": "150000 /uL", "creatinine_clearance": "80 mL/min"}


def of(*groups):
    """Parametrize over the cases of these groups; a misprinted one is marked by its id."""
    found = [case for case in CASES if case["group"] in groups]
    assert found
    names = [f"{case['id']}{'-misprint' if 'misprint' in case else ''}" for case in found]
    return pytest.mark.parametrize("case", found, ids=names)


def exact(value):
    return Fraction(str(value))


def kg(value):
    return Quantity(exact(value), "kg")


def cm(value):
    return Quantity(exact(value), "cm")


def years(value):
    return Quantity(exact(value), "year")


def agrees(case, ours, printed):
    """Whether ours, rounded as printed, is the print; for a misprint, that it is not."""
    text = str(printed)
    step = Fraction(1, 10 ** len(text.partition(".")[2]))
    same = abs(ours - exact(printed)) <= step / 2
    assert same != ("misprint" in case), (case["id"], str(ours), text)


def test_every_case_has_its_source_and_is_used():
    used = {group for groups in USED for group in groups}
    assert {case["group"] for case in CASES} == used
    assert all(case["source"] for case in CASES)


@of("ivig_rate_table_NL", "ivig_rate_table_Panzyga")
def test_rate_tables(case):
    inputs = case["inputs"]
    rate = Quantity(exact(inputs["rate_mL_per_kg_per_min"]), "mL/kg/min")
    hourly = per_hour(rate, kg(inputs["weight_kg"]), TEN_PERCENT)
    assert hourly.unit == "mL/h"
    # A weight between two columns of the table is rounded down; so are our pump rates.
    assert floor(hourly.number) == case["expected"]["rate_mL_per_h"]


@of("unit_equality", "label_rounding_trap")
def test_rates_in_other_units(case):
    """Every figure of a case is the same rate; where the label rounds, the print differs."""
    inputs, one_kg = case["inputs"], Quantity.parse("1 kg")
    strength = Quantity(exact(inputs.get("conc_mg_per_mL", 100)), "mg/mL")
    units = {
        "mg_per_kg_per_min": "mg/kg/min", "mL_per_kg_per_min": "mL/kg/min",
        "mL_per_kg_per_h": "mL/kg/h", "mg_per_kg_per_h": "mg/kg/h",
    }  # fmt: skip
    if "dose_mg_per_kg" in inputs:
        volume = Quantity(exact(inputs["dose_mg_per_kg"]), "mg") / strength
        assert volume.number == exact(case["expected"]["dose_mL_per_kg"])
        return
    (name,) = [name for name in inputs if name in units]
    ours = per_hour(Quantity(exact(inputs[name]), units[name]), one_kg, strength)
    for key, value in case["expected"].items():
        unit = units[key.removesuffix("_printed").removesuffix("_exact")]
        theirs = Quantity(exact(value), unit)
        if unit == "mg/kg/h":
            theirs = Quantity(exact(value) / 60, "mg/kg/min")
        hourly = per_hour(theirs, one_kg, strength)
        off = abs(hourly.ratio(ours) - 1)
        if key.endswith("_printed"):
            assert off > Fraction(1, 100), "the label's rounding is a trap: store one unit"
        elif key.endswith("_exact"):
            assert off < Fraction(1, 1000)
        else:
            assert off == 0


@of("unit_conversion")
def test_pounds_of_a_label_are_rounded(case):
    ours = kg(case["inputs"]["weight_kg"]).to("lb").number
    assert abs(ours - case["expected"]["weight_lb_printed"]) < 1
    assert ours != case["expected"]["weight_lb_printed"]


@of("dosing_weight")
def test_dosing_weights(site, case):
    inputs, expected = case["inputs"], case["expected"]
    height, actual = cm(inputs["height_cm"]), kg(inputs["weight_kg"])
    sex = {"M": "male", "F": "female"}[inputs["sex"]]
    close = Fraction(15, 10_000)  # the source truncates on its way
    if "bmi" in expected:
        off = body_mass_index(height, actual).number - exact(expected["bmi"])
        assert abs(off) < Fraction(1, 10)
    if "ibw_kg" in expected:
        ours = body.ideal(height, sex).number
        assert abs(ours / exact(expected["ibw_kg"]) - 1) < close
    if "adjbw_kg" in expected:
        ours = body.adjusted(height, actual, sex)
        assert abs(ours.number / exact(expected["adjbw_kg"]) - 1) < close
        total = ours.number * exact(inputs["dose_g_per_kg"])
        assert abs(total / exact(expected["total_g"]) - 1) < close
        assert abs(total * 10 / inputs["days"] / expected["per_day_mL"] - 1) < close
    elif "total_g" in expected:
        total = body.ideal(height, sex).number * exact(inputs["dose_g_per_kg"])
        assert abs(total / exact(expected["total_g"]) - 1) < close
        assert abs(total * 10 / exact(expected["total_mL"]) - 1) < close
    if "dosing_weight_kg" in expected:
        patient = Patient(
            weight=f"{inputs['weight_kg']} kg", height=f"{inputs['height_cm']} cm", sex=sex
        )
        weight, _ = weigh(patient, site.site.policies["ontario"], "ontario")
        assert weight == kg(expected["dosing_weight_kg"])


@of("ideal_weight", "adjusted_weight", "lean_weight")
def test_weights_by_formula(case):
    inputs = case["inputs"]
    height, sex = cm(inputs["height_cm"]), inputs["sex"]
    ours = {
        "ideal_weight": lambda: body.ideal(height, sex),
        "adjusted_weight": lambda: body.adjusted(height, kg(inputs["weight_kg"]), sex),
        "lean_weight": lambda: body.lean(height, kg(inputs["weight_kg"]), sex),
    }[case["group"]]()
    agrees(case, ours.number, case["expected"]["kg"])


@of("bmi")
def test_body_mass_index(case):
    ours = body_mass_index(cm(case["inputs"]["height_cm"]), kg(case["inputs"]["weight_kg"]))
    agrees(case, ours.number, case["expected"]["bmi"])


@of("bsa")
def test_body_surface(case):
    inputs, expected = case["inputs"], case["expected"]
    formula = body.SURFACES[inputs["method"].lower().replace(" ", "-")]
    ours = formula.compute(cm(inputs["height_cm"]), kg(inputs["weight_kg"]))
    if "misprint" in case:
        assert ours.number == round(exact(expected["bsa_m2_exact"]), 2)
        assert ours.number != exact(expected["bsa_m2_printed"])
    else:
        assert ours.number == exact(expected["bsa_m2"])


def level(inputs):
    """The creatinine of a case, in the unit that it is given in."""
    if "scr_umol_L" in inputs:
        return Quantity(exact(inputs["scr_umol_L"]), "umol/L")
    return Quantity(exact(inputs["scr_mg_dL"]), "mg/dL")


@of("crcl")
def test_creatinine_clearance(case):
    inputs = case["inputs"]
    creatinine = level(inputs)
    sex = {"M": "male", "F": "female"}[inputs["sex"]]
    ours = body.cockcroft_gault(years(inputs["age_y"]), kg(inputs["weight_kg"]), sex, creatinine)
    assert ours.unit == "mL/min"
    agrees(case, ours.number, case["expected"]["crcl_mL_min"])
    if "misprint" in case:
        assert abs(ours.number - exact(case["expected"]["exact"])) < Fraction(1, 1000)


@of("egfr")
def test_filtration_rate(case):
    inputs = case["inputs"]
    creatinine = level(inputs)
    sex = {"M": "male", "F": "female"}[inputs["sex"]]
    agrees(
        case, body.ckd_epi_2021(years(inputs["age_y"]), sex, creatinine), case["expected"]["egfr"]
    )


@of("dose_volume")
def test_volumes(case):
    inputs, expected = case["inputs"], case["expected"]
    if "volume_mL" in inputs:
        ours = (Quantity(exact(inputs["volume_mL"]), "mL") * TEN_PERCENT).to("g").number
        assert ours == exact(expected["g_exact"]) != exact(expected["g_printed"])
        return
    per_kg = inputs.get("dose_g_per_kg", inputs.get("dose_g_per_kg_day"))
    ours = Quantity(exact(per_kg), "g/kg") * kg(inputs["weight_kg"])
    for key in ("total_g", "dose_g", "g_per_day"):
        if key in expected:
            whole = ours * inputs["days"] if key == "total_g" and "days" in inputs else ours
            assert whole.number == exact(expected[key])
    if "mL_at_10pct" in expected:
        assert (ours / TEN_PERCENT).number == expected["mL_at_10pct"]
        assert (ours / Quantity.parse("0.05 g/mL")).number == expected["mL_at_5pct"]


@of("mpt_smpc")
def test_melphalan_prednisone_thalidomide(library, site, case):
    inputs, expected = case["inputs"], case["expected"]
    given = dict(FULL)
    for name, key, unit in (
        ("neutrophils", "anc_per_uL", "/uL"),
        ("platelets", "platelets_per_uL", "/uL"),
        ("creatinine_clearance", "crcl_mL_min", "mL/min"),
    ):
        if key in inputs:
            given[name] = f"{inputs[key]} {unit}"
    course = make(
        regimen="myeloma-melphalan-prednisone-thalidomide", weight=f"{inputs['weight_kg']} kg",
        start="2027-01-11", cycles=1, age=f"{inputs['age_y']} years", **given,
    )  # fmt: skip
    computed = plan(course, library, site)
    doses = {one.order.id: one.dose for one in computed.administrations}
    mg = {order: given.amount.number for order, given in doses.items()}
    checks = {
        "thalidomide_mg": mg["thalidomide"],
        "melphalan_mg_70kg": mg["melphalan"],
        "melphalan_mg": mg["melphalan"],
        "prednisone_mg_70kg": mg["prednisone"],
        "melphalan_mg_per_kg": mg["melphalan"] / exact(inputs["weight_kg"]),
        "prednisone_mg_per_kg": mg["prednisone"] / exact(inputs["weight_kg"]),
    }
    known = {"melphalan_cap_mg", "melphalan_uncapped_mg", "melphalan_factor"}
    assert set(expected) <= set(checks) | known
    for name, value in expected.items():
        if name in checks:
            assert checks[name] == exact(value), name
    if "melphalan_uncapped_mg" in expected:
        assert doses["melphalan"].working.startswith("0.25 mg/kg x 100 kg = 25 mg; at most 24 mg")


@of("lenalidomide_renal")
def test_lenalidomide_by_clearance(library, site, case):
    """The European table, which refuses what the American one calls not studied."""
    inputs, expected = case["inputs"], case["expected"]
    course = make(
        regimen="myeloma-lenalidomide-dexamethasone", choices={"lenalidomide.market": "eu"}, weight="70 kg", start="2027-01-11", cycles=1,
        age="70 years", creatinine_clearance=f"{inputs['crcl_mL_min']} mL/min",
        dialysis="yes" if inputs["dialysis"] else "no",
    )  # fmt: skip
    if "result" in expected:
        with pytest.raises(DosingError, match="the source gives no dose"):
            plan(course, library, site)
        return
    computed = plan(course, library, site)
    given = [one for one in computed.administrations if one.order.id == "lenalidomide"]
    assert {one.dose.amount.number for one in given} == {exact(expected["dose_mg"])}
    assert expected["freq"].startswith("q24h")
    assert len(given) == 21


@of("myeloma_schedule")
def test_lenalidomide_and_dexamethasone_add_up(library, site, case):
    course = make(
        regimen="myeloma-lenalidomide-dexamethasone", choices={"lenalidomide.market": "eu"}, weight="70 kg", start="2027-01-11",
        cycles=1, age="70 years", creatinine_clearance="80 mL/min", dialysis="no",
    )  # fmt: skip
    totals = {one.order: one.per_course.number for one in plan(course, library, site).totals}
    assert totals["lenalidomide"] == case["expected"]["len_mg_per_cycle"]
    assert totals["dexamethasone"] == case["expected"]["dex_mg_per_cycle"]


@of("vaccine_interval")
def test_live_vaccines_wait(library, case):
    table = "australia" if case["id"].startswith("VAX-AU") else "acip"
    rows = library.drugs["immunoglobulin"].vaccines[table].rows
    inputs = case["inputs"]
    amount = inputs.get("ivig_mg_per_kg", inputs.get("ivig_mg_per_kg_high"))
    given = Quantity(exact(amount), "mg/kg")
    row = next(row for row in rows if given <= row.to)
    assert str(row.wait) == f"{case['expected']['months']} months"


def test_three_misprinted_formulas_are_not_ours():
    """NEG-formula-typos: rxkinetics.com, renal formulas: 60 - height, HT x WT squared, and a plus.

    For 70 inches (177.8 cm) and 70 kg they give 27 kg, 43,000 m2 and 0.35 m2.
    """
    height, weight = cm("177.8"), kg(70)
    assert body.ideal(height, "male").number == 73 != 50 + Fraction("2.3") * (60 - 70)
    assert body.mosteller(height, weight).number == Fraction("1.86")
    assert body.mosteller(height, weight).number != (Fraction("177.8") * 70) ** 2 / 3600
    assert body.du_bois(height, weight).number == Fraction("1.87")
    printed = 0.007184 * (177.8**0.725 + 70**0.425)
    assert abs(float(body.du_bois(height, weight).number) - printed) > 1


USED = [
    [case["group"] for case in mark.args[1]]
    for test in list(globals().values())
    for mark in getattr(test, "pytestmark", [])
]


def test_every_formula_of_body_surface_has_a_published_number():
    tried = {
        case["inputs"]["method"].lower().replace(" ", "-")
        for case in CASES
        if case["group"] == "bsa" and "misprint" not in case
    }
    assert tried == set(get_args(SurfaceFormula))


def test_the_site_file_names_every_formula_of_body_surface():
    lines = SITE.read_text("utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith("body_surface:")]
    assert [name for name in get_args(SurfaceFormula) if name not in line] == []
