"""Whose weight: policies with their source, never above the actual weight; ages; clearance."""

from fractions import Fraction
from functools import partial
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from posology import plan
from posology.course.inputs import make, make_change
from posology.dosing import body, measures
from posology.dosing.weight import size, weigh
from posology.errors import CourseError, DosingError, QuantityError
from posology.export.text import text
from posology.library import SiteFile, read_site
from posology.model import Patient, Policy, Review, body_mass_index
from posology.model.site import SurfaceFormula
from posology.planning.policies import by_policy, compare, policies
from posology.quantity import Quantity

CHOICES = {"immunoglobulin.every": "1 month", "immunoglobulin.days": "1-5"}
Q = Quantity.parse


def cm(number):
    return Quantity(Fraction(number), "cm")


def years(number):
    return Quantity(Fraction(number), "year")


SITE = read_site()
RD = "myeloma-lenalidomide-dexamethasone"


def by(policies):
    return SiteFile(SITE.site.model_copy(update={"dosing_weight": policies}), SITE.sha256)


def ivig(**inputs):
    given = {"weight": "100 kg", "start": "2027-01-11", "cycles": 1, "choices": CHOICES, **inputs}
    return make(regimen="scleromyxedema-ivig", **given)


@given(
    st.sampled_from(list(SITE.site.policies)),
    st.integers(300, 3000),
    st.integers(1524, 2300),
    st.sampled_from(["male", "female"]),
)
def test_no_policy_gives_more_than_the_actual_weight(name, tenths, millimetres, sex):
    actual = Quantity(Fraction(tenths, 10), "kg")
    patient = Patient(weight=actual.plain, height=f"{millimetres / 10} cm", sex=sex)
    weight, words = weigh(patient, SITE.site.policies[name], name)
    assert weight <= actual
    assert words.startswith(str(weight))
    assert (weight.number * 10).denominator == 1 or weight == actual, "to 0.1 kg, one visible step"


@pytest.mark.parametrize(
    ("name", "weight", "height", "sex", "expected"),
    [
        # Devine 175 cm: 70.465 kg; adjusted 70.465 + 0.4 x 29.535 = 82.279
        ("australia-2026-07", "100 kg", "175 cm", "male", "82.3 kg"),
        ("australia-2026-07", "100 kg", "151 cm", "male", "100 kg"),
        ("australia-2026-07", "60 kg", "175 cm", "male", "60 kg"),  # below the ideal weight
        ("ontario", "100 kg", "152.3 cm", "male", "100 kg"),
        ("ontario", "100 kg", "152.4 cm", "male", "70 kg"),  # 50 + 0.4 x 50
        ("ontario", "50 kg", "175 cm", "male", "50 kg"),
        ("ontario", "45.5 kg", "160 cm", "female", "45.5 kg"),
        ("ontario", "80 kg", "160 cm", "female", "63.4 kg"),  # 52.382 + 0.4 x 27.618 = 63.429
        ("bmi-30-adjusted", "86.7 kg", "170 cm", "male", "86.7 kg"),  # BMI 30 exactly
        ("bmi-30-adjusted", "86.8 kg", "170 cm", "male", "74.3 kg"),  # 65.945 + 0.4 x 20.855
        ("ideal", "100 kg", "175 cm", "male", "70.5 kg"),
        ("actual", "100 kg", "175 cm", "male", "100 kg"),
    ],
)
def test_each_policy_at_its_limits(name, weight, height, sex, expected):
    patient = Patient(weight=weight, height=height, sex=sex)
    assert weigh(patient, SITE.site.policies[name], name)[0] == Q(expected)


@pytest.mark.parametrize("key", ["dated", "cite"])
def test_a_policy_without_its_date_or_citation_is_refused(key):
    policy = SITE.site.policies["ontario"]
    less = {name: value for name, value in dict(policy).items() if name != key}
    with pytest.raises(ValidationError, match=rf"{key}\n  Field required"):
        Policy.model_validate(less)


def test_between_152_and_152_4_cm_the_formula_refuses(library):
    with pytest.raises(DosingError, match=r"defined from a height of 152\.4 cm"):
        plan(ivig(height="152.2 cm", sex="male"), library, by({"others": "australia-2026-07"}))


def test_a_dose_is_computed_for_the_policys_weight_and_says_so(library):
    site = by({"immunoglobulin": "ontario", "others": "actual"})
    made = plan(ivig(height="175 cm", sex="male"), library, site)
    (working,) = {one.dose.working for one in made.administrations}
    assert working == (
        "2 g/kg x 82.3 kg (adjusted weight: ideal ~70.46 kg + 0.4 x (100 kg - ideal); by policy "
        "ontario, as height >= 152.4 cm and weight > 50 kg and sex is male) = 164.6 g; "
        "/ 5 administrations = 32.92 g"
    )
    assert sum(one.amount.number for one in made.administrations) == 165


def test_a_policy_asks_for_what_it_needs(library):
    with pytest.raises(CourseError) as caught:
        plan(ivig(), library, by({"others": "ontario"}))
    assert set(caught.value.problems) == {"height", "sex"}
    assert "the dosing weight of immunoglobulin, by policy ontario" in str(caught.value)
    assert plan(ivig(), library, SITE).administrations, "the actual weight asks for nothing"


def test_policies_stand_side_by_side(library):
    rows, _ = compare(ivig(height="175 cm", sex="male"), library, SITE)
    assert [(row.policy, row.weight, row.dispensed, row.difference) for row in rows] == [
        ("actual", "100 kg", "200 g", "the same"),
        ("australia-2026-07", "82.3 kg", "165 g", "-17.5 %"),
        ("ontario", "82.3 kg", "165 g", "-17.5 %"),
        ("bmi-30-adjusted", "82.3 kg", "165 g", "-17.5 %"),
        ("ideal", "70.5 kg", "140 g", "-30 %"),
    ]
    assert [row.used for row in rows] == [True, False, False, False, False]
    assert rows[0].packs == "5 x 40 g"


def test_without_height_and_sex_only_the_actual_weight_is_compared(library):
    rows, _ = compare(ivig(), library, SITE)
    assert [bool(row.packs) for row in rows] == [True, False, False, False, False]
    assert {row.why for row in rows[1:]} == {"needs height and sex"}


def test_a_regimen_without_a_dose_per_kg_compares_nothing(library):
    course = make(
        regimen="myeloma-thalidomide-dexamethasone", weight="70 kg", start="2027-01-11", cycles=1
    )
    with pytest.raises(CourseError, match="no dose of this regimen is stated per kg"):
        compare(course, library, SITE)


def rd(**inputs):
    return make(
        regimen=RD,
        choices={"lenalidomide.market": "eu"},
        weight="70 kg",
        start="2027-01-11",
        cycles=1,
        dialysis="no",
        **inputs,
    )


# (140 - 70) x 70 x 1.23 / creatinine: 50 mL/min at 120.54 umol/L.
@pytest.mark.parametrize(
    ("creatinine", "dose"),
    [
        ("120 umol/L", "25 mg"),
        ("120.54 umol/L", "25 mg"),
        ("120.55 umol/L", "10 mg"),
        ("1.3 mg/dL", "25 mg"),
        ("1.4 mg/dL", "10 mg"),
    ],
)
def test_the_clearance_follows_from_the_creatinine(library, creatinine, dose):
    made = plan(rd(creatinine=creatinine, sex="male", age="70 years"), library, SITE)
    (given,) = {str(one.amount) for one in made.administrations if one.order.id == "lenalidomide"}
    assert given == dose


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"age": "70 years"}, "creatinine_clearance"),
        ({"age": "70 years", "creatinine": "80 umol/L"}, "sex"),
        ({"sex": "male", "creatinine": "80 umol/L"}, "age"),
        ({"sex": "male", "birth_year": "1956", "creatinine": "80 umol/L"}, "age"),
        (
            {
                "age": "70 years",
                "sex": "male",
                "creatinine": "80 umol/L",
                "creatinine_clearance": "80 mL/min",
            },
            "creatinine_clearance",
        ),
        (
            {"age": "70 years", "birth_year": "1956", "creatinine_clearance": "80 mL/min"},
            "birth_year",
        ),
        ({"birth_year": "2030", "creatinine_clearance": "80 mL/min"}, "birth_year"),
    ],
)
def test_what_is_missing_or_given_twice_is_named(library, inputs, field):
    with pytest.raises(CourseError) as caught:
        plan(rd(**inputs), library, SITE)
    assert field in caught.value.problems


# Dexamethasone is halved from 75 years; on 2027-01-11.
@pytest.mark.parametrize(("year", "dose"), [("1953", "40 mg"), ("1952", None), ("1951", "20 mg")])
def test_a_year_of_birth_counts_where_both_ages_decide_alike(library, year, dose):
    course = rd(birth_year=year, creatinine_clearance="80 mL/min")
    if dose is None:
        with pytest.raises(CourseError, match="born 1952: 74 or 75 years on the first day"):
            plan(course, library, SITE)
        return
    made = plan(course, library, SITE)
    (given,) = {str(one.amount) for one in made.administrations if one.order.id == "dexamethasone"}
    assert given == dose


def test_the_obese_are_told_that_the_clearance_misleads(library):
    def codes(height):
        course = rd(creatinine="80 umol/L", sex="male", age="70 years", height=height)
        return [
            one.level
            for one in plan(course, library, SITE).findings
            if one.code == "clearance-obese"
        ]

    assert codes("170 cm") == []
    assert codes("150 cm") == ["review"]  # body mass index 31.1


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("sex", "m"),
        ("creatinine", "80"),
        ("creatinine", "80 mmol/L"),
        ("birth_year", "56"),
        ("sampled", "yesterday"),
        ("pregnancy_possible", "maybe"),
        ("last_weight", "70"),
    ],
)
def test_a_measure_that_cannot_be_read_is_named(field, text):
    with pytest.raises(CourseError) as caught:
        ivig(**{field: text})
    assert list(caught.value.problems) == [field]


def test_the_ideal_weight_is_refused_below_its_domain():
    with pytest.raises(DosingError):
        body.ideal(cm("152.3"), "male")
    assert body.ideal(cm("152.4"), "male") == Q("50 kg")


@pytest.mark.parametrize("formula", body.SURFACES.values(), ids=list(body.SURFACES))
def test_body_surface_rises_with_both_measures(formula):
    small, large = formula.compute(cm(150), Q("50 kg")), formula.compute(cm(190), Q("100 kg"))
    assert small < large
    assert formula.compute(cm(150), Q("110.2311 lb")) == small


def test_every_surface_formula_that_a_site_may_name_stands_once_with_its_own_label_and_source():
    assert set(body.SURFACES) == set(get_args(SurfaceFormula))
    for part in zip(*body.SURFACES.values(), strict=True):
        assert len(set(part)) == len(body.SURFACES), "no label, source or function stands twice"
    for formula in body.SURFACES.values():
        assert formula.label.split(" and ")[0] in formula.cite.replace("Gehan EA", "Gehan")


@pytest.mark.parametrize("name", get_args(SurfaceFormula))
def test_a_body_surface_is_printed_with_the_name_of_its_formula(name):
    own = SITE.site.model_copy(update={"body_surface": name})
    patient = Patient(weight="70 kg", height="170 cm")
    words = size(patient, own, "bortezomib").surface_words
    assert words.partition(" (")[2].startswith(f"{body.SURFACES[name].label}: 170 cm, 70 kg")


@pytest.mark.parametrize(
    "height",
    [1.70, 170, Fraction(170), "170 cm", None, True, b"170 cm", Q("170 kg"), Q("170 m2"), cm(0),
     cm(-170), Quantity(170.0, "cm"), Quantity(Fraction(170), "metre")],
)  # fmt: skip
def test_a_height_without_its_unit_is_refused_by_every_formula(height):
    refused = 0
    for call in (
        lambda: body.ideal(height, "male"),
        lambda: body.adjusted(height, Q("70 kg"), "male"),
        lambda: body.lean(height, Q("70 kg"), "male"),
        *(partial(one.compute, height, Q("70 kg")) for one in body.SURFACES.values()),
        lambda: body_mass_index(height, Q("70 kg")),
    ):
        with pytest.raises(QuantityError, match=r"^height: .* is not a height with its unit"):
            call()
        refused += 1
    assert refused == 4 + len(body.SURFACES)


@pytest.mark.parametrize(
    ("field", "age", "weight", "sex", "creatinine"),
    [
        ("age", 70, "70 kg", "male", "1 mg/dL"),
        ("age", Fraction(70), "70 kg", "male", "1 mg/dL"),
        ("age", cm(70), "70 kg", "male", "1 mg/dL"),
        ("weight", years(70), "70 g", "male", "1 mg/dL"),
        ("sex", years(70), "70 kg", "M", "1 mg/dL"),
        ("sex", years(70), "70 kg", None, "1 mg/dL"),
        ("sex", years(70), "70 kg", "", "1 mg/dL"),
        ("creatinine", years(70), "70 kg", "male", "1 mg/L"),
        ("creatinine", years(70), "70 kg", "male", "1 mmol/L"),
    ],
)
def test_a_clearance_of_other_units_or_of_no_sex_is_refused(field, age, weight, sex, creatinine):
    """ "M" was taken for a woman, and any unit but umol/L for mg/dL."""
    with pytest.raises(QuantityError, match=f"^{field}: "):
        body.cockcroft_gault(age, Q(weight), sex, Q(creatinine))


def test_micromoles_and_milligrams_give_nearly_the_same_clearance():
    conventional = body.cockcroft_gault(years(70), Q("75 kg"), "male", Q("1 mg/dL"))
    si = body.cockcroft_gault(years(70), Q("75 kg"), "male", Q("88.4 umol/L"))
    assert abs(si.ratio(conventional) - 1) < Fraction(1, 100)
    assert si.unit == "mL/min"
    with pytest.raises(DosingError):
        body.cockcroft_gault(years(140), Q("75 kg"), "male", Q("1 mg/dL"))


def test_the_filtration_rate_is_for_adults():
    with pytest.raises(DosingError):
        body.ckd_epi_2021(years(17), "male", Q("1 mg/dL"))


def test_the_clearance_stands_with_its_working(library):
    made = plan(rd(creatinine="150 umol/L", sex="male", age="76 years"), library, SITE)
    _, working = measures.clearance(made.course, made.patient, made.site)
    assert working == ("(140 - 76) x 70 kg x 1.23 / 150 = 36.736 mL/min (Cockcroft and Gault)")
    made = plan(rd(creatinine="1 mg/dL", sex="female", age="76 years"), library, SITE)
    _, working = measures.clearance(made.course, made.patient, made.site)
    assert (
        measures.filtration(made.course.patient) == "58.4 mL/min/1.73 m2"
    )  # 142 x (1 / 0.7)^-1.2 x 0.9938^76 x 1.012 = 58.386
    assert working.startswith("(140 - 76) x 70 kg / (72 x 1) x 0.85 = ~52.89 mL/min")


def test_another_site_is_another_course(library):
    """Without a reference; else its calendar would overwrite the first one's doses."""
    course = ivig(height="175 cm", sex="male")
    other = SITE._replace(
        site=SITE.site.model_copy(update={"dosing_weight": {"others": "ontario"}}), sha256="0" * 64
    )
    first, second = (plan(course, library, site) for site in (SITE, other))
    assert first.totals[0].dispensed != second.totals[0].dispensed
    assert first.course_id != second.course_id
    named = [
        plan(ivig(reference="IG-0042"), library, site).course_id
        for site in (SITE, SITE._replace(sha256="0" * 64))
    ]
    assert named[0] == named[1]


def test_the_comparison_says_whom_a_policy_excludes(library):
    _, findings = compare(ivig(height="165 cm", sex="female"), library, SITE)
    assert [one.code for one in findings if one.code == "policy-exclusion"] == ["policy-exclusion"]
    _, findings = compare(ivig(height="165 cm", sex="male"), library, SITE)
    assert not [one for one in findings if one.code == "policy-exclusion"]


def test_the_comparison_says_which_policy_asks_for_more(library):
    """A policy that asks for the age does not keep the others from being compared."""
    row = {"weight": "adjusted", "when": "age >= 18 years"}
    adults = Policy(dated="a", cite="a", basis="unsourced", rows=(row,))
    own = SITE._replace(
        site=SITE.site.model_copy(update={"policies": {**SITE.site.policies, "adults": adults}})
    )
    rows, _ = compare(ivig(height="175 cm", sex="male"), library, own)
    assert rows[-1].why == "needs age"
    assert all(row.packs for row in rows[:-1])


TALL = {"weight": "110 kg", "height": "172 cm", "sex": "male"}


def test_a_plan_lists_each_policy_in_grams_as_the_command_for_weights_computes_it(library, site):
    computed = plan(ivig(**TALL), library, site)
    beside = by_policy(computed)
    assert [each.policy for each in beside] == list(site.site.policies)
    assert [each.policy for each in beside if each.used] == ["actual"]
    for each in beside:
        weights = {**site.site.dosing_weight, "immunoglobulin": each.policy}
        other = site._replace(site=site.site.model_copy(update={"dosing_weight": weights}))
        (total,) = plan(ivig(**TALL), library, other).totals
        assert each.amount == total.per_cycle[-1]
    assert [str(each.amount) for each in beside][:2] == ["220 g", "169.2 g"]
    assert [each.difference for each in beside][:2] == ["", "-23.1 %"]
    lines = text(computed)
    assert "  immunoglobulin  australia-2026-07: 84.6 kg, 169.2 g a cycle (-23.1 %)" in lines


@pytest.mark.parametrize("missing", ["height", "sex"])
def test_without_height_or_sex_no_policy_is_listed(library, site, missing):
    given = {name: value for name, value in TALL.items() if name != missing}
    computed = plan(ivig(**given), library, site)
    assert by_policy(computed) == []
    assert "Dosing weights by each policy" not in text(computed)


def test_an_order_that_is_not_by_weight_has_no_policy_beside_it(library, site):
    given = {"regimen": "myeloma-thalidomide-dexamethasone", "start": "2027-01-11", "cycles": 1}
    assert by_policy(plan(make(**given, **TALL), library, site)) == []


def test_where_nothing_is_to_be_looked_at_no_findings_stand_below_the_policies(library, site):
    shelf = library._replace(regimens=dict(library.regimens))
    entry = shelf.regimens["scleromyxedema-ivig"]
    review = Review(by="A. Smith", on="2027-01-01", sha256="0" * 64)
    reviewed = entry.regimen.model_copy(update={"status": "reviewed", "review": review})
    shelf.regimens[entry.id] = entry._replace(regimen=reviewed)
    own = site._replace(example=False)
    course = ivig(weight="70 kg", height="172 cm", sex="male", age="50 years",
                  creatinine_clearance="95 mL/min")  # fmt: skip
    lines, findings = policies(course, shelf, own)
    assert findings == []
    assert "Findings" not in lines


def test_a_cut_cycle_does_not_make_the_grams_of_a_policy_less(library, site):
    course = ivig(**TALL, cycles=2)
    stop = make_change("stop", what="from 2027-02-12", on="2027-01-04", reason="x")
    cut = plan(course.model_copy(update={"changes": (stop,)}), library, site)
    assert str(by_policy(cut)[0].amount) == "220 g"


def test_each_weight_of_the_patient_has_its_grams(library, site):
    lighter = make_change(
        "measures", what="from cycle 2", values={"weight": "70 kg"}, on="2027-01-04", reason="x"
    )
    course = ivig(**TALL, cycles=2).model_copy(update={"changes": (lighter,)})
    found = [str(each.amount) for each in by_policy(plan(course, library, site)) if each.used]
    assert found == ["220 g", "140 g"]


def test_policies_of_immunoglobulin_are_listed_for_no_other_drug(library, site):
    given = {"regimen": "myeloma-melphalan-prednisone-kg", "start": "2027-01-11", "cycles": 1}
    assert by_policy(plan(make(**given, **TALL), library, site)) == []
