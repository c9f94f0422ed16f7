"""Each limit just below, at and just above; each pair exactly where courses overlap."""

from datetime import date

import pytest

from conftest import READ_AS
from posology import plan
from posology.course.inputs import make, make_change
from posology.errors import CourseError
from posology.guards.doses import over
from posology.guards.together import combined
from posology.library import SiteFile
from posology.model import Circumstances, Combination, Condition, Days, Period, StatedDose, Window
from posology.model.site import Stock
from posology.quantity import Quantity

Q = Quantity.parse
CHOICES = {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"}
RD = {"age": "70 years", "creatinine_clearance": "80 mL/min", "dialysis": "no"}
TRIPLE = "scleromyxedema-dexamethasone-sirolimus-octreotide"


def course(**inputs):
    given = {"regimen": "scleromyxedema-ivig", "weight": "70 kg", "start": "2027-01-11"}
    if "regimen" not in inputs:
        given |= {"cycles": 1, "choices": CHOICES}
    return make(**{**given, **inputs})


@pytest.fixture(scope="session")
def computed(library, site):
    def of(**inputs):
        return plan(course(**inputs), library, site)

    return of


def found(computed, code):
    return [(one.level, one.message) for one in computed.findings if one.code == code]


def levels(computed, code):
    return [one.level for one in computed.findings if one.code == code]


# ---------------------------------------------------------------- the patient's measures
@pytest.mark.parametrize(
    ("weight", "last", "expected"),
    [
        ("77 kg", "70 kg", []),  # +10 %
        ("77.1 kg", "70 kg", ["weight-change"]),
        ("63 kg", "70 kg", []),  # -10 %
        ("62.9 kg", "70 kg", ["weight-change"]),
        ("70 kg", "154 lb", []),
        ("138 kg", "70 kg", ["weight-change"]),  # 1.971 times
        ("139 kg", "70 kg", ["weight-units"]),  # 1.986 times: 2.2046 less 10 % is 1.984
        ("154 kg", "70 kg", ["weight-units"]),
        ("169 kg", "70 kg", ["weight-units"]),  # 2.414: 2.2046 and 10 % is 2.425
        ("170 kg", "70 kg", ["weight-change"]),
        ("70 kg", "154 kg", ["weight-units"]),
    ],
)
def test_the_weight_is_compared_with_the_last(computed, weight, last, expected):
    plan = computed(weight=weight, last_weight=last)
    codes = [
        one.code
        for one in plan.findings
        if one.code.startswith("weight-") and one.code != "weight-undated"
    ]
    assert codes == expected
    assert ("stop" in levels(plan, "weight-units")) == (expected == ["weight-units"])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, ["note"]),
        ({"height": "172 cm"}, []),
        ({"last_weight": "71 kg"}, []),
        ({"height": "172 cm", "last_weight": "71 kg"}, []),
    ],
)
def test_a_weight_that_is_compared_with_nothing_is_said(computed, more, told):
    assert levels(computed(**more), "weight-not-compared") == told


def test_pounds_typed_as_kilograms_say_so(computed):
    assert found(computed(weight="154 kg", last_weight="70 kg"), "weight-units") == [
        (
            "stop",
            "154 kg is 2.2 times the last weight, 70 kg: pounds typed as kg? Weigh again, and "
            "check both units",
        )
    ]


# 30 days before 2027-01-11 is 2026-12-12.
@pytest.mark.parametrize(
    ("weighed", "code", "level"),
    [
        (None, "weight-undated", "note"),
        ("2027-01-11", None, None),
        ("2026-12-12", None, None),
        ("2026-12-11", "weight-old", "review"),
        ("2027-01-12", "weight-date", "review"),
    ],
)
def test_a_weight_ages(computed, weighed, code, level):
    plan = computed(weighed=weighed)
    codes = [(one.code, one.level) for one in plan.findings if str(one.place) == "weighed"]
    assert codes == ([(code, level)] if code else [])


@pytest.mark.parametrize(
    ("sampled", "code"),
    [
        (None, "creatinine-undated"),
        ("2026-12-28", None),
        ("2026-12-27", "creatinine-old"),
        ("2027-01-12", "creatinine-date"),
    ],
)
def test_a_creatinine_ages(computed, sampled, code):
    plan = computed(creatinine="80 umol/L", sampled=sampled)
    assert [one.code for one in plan.findings if str(one.place) == "sampled"] == (
        [code] if code else []
    )


# ---------------------------------------------------------------- windows
def lengths(library, site, windows, administrations):
    drug = library.drugs["immunoglobulin"]
    route = drug.routes["intravenous"].model_copy(update={"windows": windows, "apart": None})
    own = drug.model_copy(update={"routes": {"intravenous": route}})
    made = plan(course(), library, site)
    about = Circumstances(
        made.course, made.regimen, made.site, made.patient, own, made.sizes["immunoglobulin"]
    )
    return [(one.code, one.level) for one in over(administrations, about, [])]


def window(per, usual, absolute):
    return Window(
        per=per, usual=f"1 g to {usual} g", absolute=f"0.5 g to {absolute} g", source="a",
        basis="unsourced", verdicts=("1 g pass",),
    )  # fmt: skip


# 30 + 30 + 30 + 25 + 25 g on five days, three cycles of 28 days: 140 g a cycle, 420 g in all.
SUMS = {"dose": 30, "day": 30, "week": 140, "28 days": 140, "cycle": 140, "course": 420}


@pytest.mark.parametrize("per", SUMS)
def test_every_length_of_time_just_below_at_and_above(library, site, per):
    three = plan(course(cycles=3), library, site).administrations
    most = SUMS[per]

    def judged(usual, absolute):
        return lengths(library, site, (window(per, usual, absolute),), three)

    assert judged(most, most) == []
    assert judged(most, most - 1) == [(f"over-{per.replace(' ', '-')}", "stop")]
    assert judged(most, most + 1) == []
    # A usual limit may be passed by the 5 % that a total may be rounded without review.
    at = Quantity(Q(f"{most} g").number * 20 / 21, "g").number
    assert judged(f"{at.numerator // at.denominator + 1}", most) == []
    assert judged(f"{at.numerator // at.denominator - (at.denominator == 1)}", most) == [
        (f"over-{per.replace(' ', '-')}", "review")
    ]


def test_windows_are_rolled_over_the_days_themselves(library, site):
    """Cycles of 25 days: 28 days hold one cycle and three doses of the next."""
    entry = library.regimens["scleromyxedema-ivig"]
    order = entry.regimen.orders[0].model_copy(update={"every": (Period(25, "day"),)})
    own = library._replace(
        regimens={
            entry.id: entry._replace(regimen=entry.regimen.model_copy(update={"orders": (order,)}))
        }
    )
    made = plan(course(cycles=3, choices={"immunoglobulin.days": "1-5"}), own, site)
    # 30 + 30 + 30 + 25 + 25, and the first three days of the next: 30 + 30 + 30.
    assert lengths(library, site, (window("28 days", 229, 229),), made.administrations) == [
        ("over-28-days", "stop")
    ]
    assert lengths(library, site, (window("28 days", 230, 230),), made.administrations) == []


def test_a_dispensed_dose_above_an_absolute_limit_stops_though_the_computed_one_is_below(
    library, site
):
    """83.3 kg: 166.6 g computed, a limit of 166.6 g, and only 10 g vials: 170 g."""
    whole = site.site.model_copy(
        update={"products": {"immunoglobulin": (Stock("privigen", (Q("10 g"),)),)}}
    )
    drug = library.drugs["immunoglobulin"]
    narrow = window("cycle", "166.6", "166.6")
    giving = drug.routes["intravenous"]
    route = giving.model_copy(update={"windows": (*giving.windows, narrow)})
    own = library._replace(
        drugs={"immunoglobulin": drug.model_copy(update={"routes": {"intravenous": route}})}
    )
    made = plan(course(weight="83.3 kg"), own, SiteFile(whole, site.sha256))
    assert levels(made, "over-cycle") == ["stop"]
    assert made.stopped


@pytest.mark.parametrize(
    ("age", "expected"),
    [("75 years", []), ("76 years", ["review"]), (None, ["limit-not-judged"])],
)
def test_thalidomide_above_75_years(computed, age, expected):
    made = computed(regimen="myeloma-thalidomide-dexamethasone", cycles=1, age=age)
    if age is None:
        assert levels(made, "limit-not-judged") == ["review"]
        assert "age not entered" in found(made, "limit-not-judged")[0][1]
    else:
        assert levels(made, "limit-not-judged") == []
        given = [one for one in found(made, "implausible-day") if "age > 75 years" in one[1]]
        assert [level for level, _ in given] == expected


@pytest.mark.parametrize(("weight", "told"), [("50 kg", False), ("60 kg", True), ("70 kg", False)])
def test_bands_that_leave_out_a_patient_are_told(library, site, weight, told):
    drug = library.drugs["immunoglobulin"]
    giving = drug.routes["intravenous"]
    bands = tuple(
        window("dose", 1, 200).model_copy(update={"when": Condition.parse(when)})
        for when in ("weight <= 55 kg", "weight > 65 kg")
    )
    route = giving.model_copy(update={"windows": bands})
    drugs = {"immunoglobulin": drug.model_copy(update={"routes": {"intravenous": route}})}
    made = plan(course(weight=weight), library._replace(drugs=drugs), site)
    said = [words for _, words in found(made, "limit-not-judged")]
    assert any("no limit per dose is for this patient" in words for words in said) == told


# ---------------------------------------------------------------- the least time between doses
@pytest.mark.parametrize(
    ("days", "stopped"), [("1, 4, 7", False), ("1, 4, 6", True), ("1, 5", False)]
)
def test_bortezomib_is_three_days_apart(library, site, days, stopped):
    entry = library.regimens["myeloma-bortezomib-dexamethasone"]
    order = entry.regimen.orders[0].model_copy(update={"days": (Days.parse(days),)})
    orders = (order, *entry.regimen.orders[1:])
    regimen = entry.regimen.model_copy(update={"orders": orders})
    own = library._replace(regimens={entry.id: entry._replace(regimen=regimen)})
    made = plan(course(regimen=entry.id, cycles=1, height="170 cm"), own, site)
    assert (levels(made, "too-close") == ["stop"]) == stopped


@pytest.mark.parametrize(("last", "stopped"), [("2027-01-08", False), ("2027-01-09", True)])
def test_the_dose_before_the_course_counts(computed, last, stopped):
    made = computed(
        regimen="myeloma-bortezomib-dexamethasone", cycles=1, height="170 cm",
        last={"bortezomib": last},
    )  # fmt: skip
    assert (levels(made, "too-close") == ["stop"]) == stopped


# ---------------------------------------------------------------- pairs and triples
PAIRS = {
    TRIPLE: [
        ("octreotide", "sirolimus"),
        ("octreotide", "dexamethasone"),
        ("sirolimus", "dexamethasone"),
    ],
    "myeloma-thalidomide-dexamethasone": [("thalidomide", "dexamethasone")],
    "myeloma-lenalidomide-dexamethasone": [("lenalidomide", "dexamethasone")],
    "scleromyxedema-ivig-thalidomide": [("thalidomide", "immunoglobulin")],
    "scleromyxedema-ivig": [],
    "myeloma-melphalan-prednisone-kg": [],
    "myeloma-melphalan-prednisone-thalidomide": [
        ("thalidomide", "melphalan"),
        ("thalidomide", "prednisone"),
    ],
}


@pytest.mark.parametrize("regimen", PAIRS)
def test_the_pairs_of_a_regimen(library, site, regimen):
    inputs = {"choices": READ_AS} if regimen == TRIPLE else {"cycles": 1}
    if regimen.startswith("myeloma-lenalidomide"):
        inputs |= {**RD, "choices": {"lenalidomide.market": "eu"}}
    if regimen.endswith("melphalan-prednisone-thalidomide"):
        inputs |= {**RD, "neutrophils": "2000 /uL", "platelets": "150 G/L"}
    if "ivig" in regimen:
        inputs["choices"] = CHOICES
    made = plan(course(regimen=regimen, **inputs), library, site)
    names = [message.split(" from ")[0] for _, message in found(made, "combination")]
    assert names == [" + ".join(pair) for pair in PAIRS[regimen]]


# The course runs from Mon 11-Jan-2027 to Fri 15-Jan-2027.
@pytest.mark.parametrize(
    ("other", "overlap"),
    [
        ("thalidomide", " from Mon 11-Jan-2027 to Fri 15-Jan-2027"),
        ("thalidomide to 2027-01-10", None),
        ("thalidomide to 2027-01-11", " from Mon 11-Jan-2027 to Mon 11-Jan-2027"),
        ("thalidomide from 2027-01-15", " from Fri 15-Jan-2027 to Fri 15-Jan-2027"),
        ("thalidomide from 2027-01-16", None),
        ("thalidomide from 2026-01-01 to 2026-12-31", None),
        ("thalidomide from 2027-01-12 to 2027-01-13", " from Tue 12-Jan-2027 to Wed 13-Jan-2027"),
    ],
)
def test_a_pair_fires_exactly_where_courses_overlap(computed, other, overlap):
    made = found(computed(others=[other]), "combination")
    assert len(made) == (overlap is not None)
    if overlap:
        assert made[0][1].startswith(f"thalidomide + immunoglobulin{overlap}: thrombosis. Why: ")
        assert ". Do: " in made[0][1]


@pytest.mark.parametrize(
    ("others", "count"),
    [
        (["thalidomide", "dexamethasone"], 3),  # two pairs, and all three
        (["thalidomide from 2027-01-11 to 2027-01-12", "dexamethasone from 2027-01-13"], 1),
        (["thalidomide from 2027-01-11 to 2027-01-13", "dexamethasone from 2027-01-13"], 3),
        (["dexamethasone"], 0),
        (["octreotide", "sirolimus"], 1),  # others among themselves, while the course runs
        (["octreotide to 2027-01-10", "sirolimus"], 0),
    ],
)
def test_a_triple_needs_a_day_of_all_three(computed, others, count):
    assert len(found(computed(others=others), "combination")) == count


def test_every_combination_of_the_table_fires(library, site):
    """Each rule alone, with the courses of its drugs on one day, and not a day apart."""
    table = library.combinations
    made = plan(course(), library, site)
    template = made.administrations[0]
    for rule in table.combinations:
        own, *others = [name for name in rule.drugs if name not in table.beyond]
        others += [name for name in rule.drugs if name in table.beyond]
        given = [template._replace(order=template.order.model_copy(update={"drug": own}))]
        on = template.at.date().isoformat()
        together = course(others=[f"{name} from {on} to {on}" for name in others])
        only = table.model_copy(update={"combinations": (rule,)})
        assert len(list(combined(given, together, only))) == 1
        apart = course(others=[f"{name} to 2027-01-10" for name in others])
        assert list(combined(given, apart, only)) == []


@pytest.mark.parametrize("name", ["IVIG", "Privigen", "octagam", "immunoglobulin"])
def test_a_brand_or_a_short_name_is_the_drug(computed, name):
    made = computed(regimen="myeloma-thalidomide-dexamethasone", cycles=1, others=[name])
    found_ones = [message.split(" from ")[0] for _, message in found(made, "combination")]
    assert "thalidomide + immunoglobulin" in found_ones
    assert found(made, "other-unknown") == []


def test_a_misspelled_medicine_is_asked_back(computed):
    (one,) = found(computed(others=["thalidomid"]), "other-unknown")
    assert one[1].startswith('thalidomid (was "thalidomide" meant?) is not in the table')


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, []),  # at risk already, by the disease
        ({"risks": ["no-paraproteinaemia"]}, ["review"]),
        ({"risks": ["no-paraproteinaemia"], "age": "60 years"}, ["review"]),
        ({"risks": ["no-paraproteinaemia"], "age": "66 years"}, []),
        (
            {
                "risks": ["no-paraproteinaemia"],
                "age": "60 years",
                "creatinine_clearance": "80 mL/min",
            },
            [],
        ),
        ({"risks": ["no-paraproteinaemia", "renal"]}, []),
    ],
)
def test_risks_that_cannot_be_judged_are_said(computed, inputs, expected):
    assert levels(computed(**inputs), "risk-not-judged") == expected


def test_creatinine_slows_an_infusion(computed):
    """(140 - 60) x 73 x 1.23 / 150 = 47.9 mL/min."""
    made = computed(
        weight="73 kg", risks=["no-paraproteinaemia"], creatinine="150 umol/L", sex="male",
        age="60 years",
    )  # fmt: skip
    ceiling = made.administrations[0].infusion.working[1]
    assert "at risk: creatinine clearance below 60 mL/min" in ceiling


def test_an_unknown_medicine_is_not_passed_over(computed):
    (one,) = found(computed(others=["warfarin"]), "other-unknown")
    assert one[0] == "review"
    assert one[1].startswith("warfarin is not in the table of combinations")


@pytest.mark.parametrize(
    "text",
    [
        "war farin",
        "thalidomide since 2027-01-01",
        "thalidomide from 2027-02-30",
        "thalidomide from 2027-02-02 to 2027-02-01",
    ],
)
def test_another_medicine_must_be_readable(text):
    with pytest.raises(CourseError) as caught:
        course(others=[text])
    assert "others" in caught.value.problems


def test_a_combination_needs_two_drugs():
    with pytest.raises(ValueError, match="at least 2 items"):
        Combination(
            drugs=("a",), level="review", what="a", why="a", do="a", source="a", basis="published"
        )


# ---------------------------------------------------------------- live vaccines
@pytest.mark.parametrize(
    ("strength", "until", "months"),
    [
        ("0.4 g/kg per cycle", "Wed 15-Sep-2027", "8 months"),
        ("0.41 g/kg per cycle", "Mon 15-Nov-2027", "10 months"),
        ("1 g/kg per cycle", "Mon 15-Nov-2027", "10 months"),
        ("1.01 g/kg per cycle", "Wed 15-Dec-2027", "11 months"),
        ("2 g/kg per cycle", "Wed 15-Dec-2027", "11 months"),
        ("2.01 g/kg per cycle", None, None),
    ],
)
def test_live_vaccines_wait_by_the_dose(library, site, strength, until, months):
    entry = library.regimens["scleromyxedema-ivig"]
    order = entry.regimen.orders[0].model_copy(update={"dose": StatedDose.parse(strength)})
    regimen = entry.regimen.model_copy(update={"orders": (order,)})
    own = library._replace(regimens={entry.id: entry._replace(regimen=regimen)})
    (one,) = found(plan(course(), own, site), "live-vaccine")
    if until is None:
        assert one[0] == "review"
        assert "the table ends at 2 g/kg" in one[1]
    else:
        assert one[0] == "note"
        assert f"not before {until}: {months} after" in one[1]


# From the first dose on 2027-01-11 to 11 months after the last, 2027-12-15.
@pytest.mark.parametrize(
    ("other", "reviews"),
    [
        ("live-vaccine from 2027-01-10 to 2027-01-10", 0),
        ("live-vaccine from 2027-01-11 to 2027-01-11", 1),
        ("live-vaccine from 2027-12-14 to 2027-12-14", 1),
        ("live-vaccine from 2027-12-15 to 2027-12-15", 0),
        ("live-vaccine", 1),
    ],
)
def test_a_planned_live_vaccine_is_put_off(computed, other, reviews):
    assert levels(computed(others=[other]), "live-vaccine").count("review") == reviews


def test_the_sites_table_of_vaccines_must_exist(library, site):
    own = SiteFile(site.site.model_copy(update={"vaccines": "atlantis"}), site.sha256)
    assert levels(plan(course(), library, own), "vaccine-table-unknown") == ["stop"]


# ---------------------------------------------------------------- prevention of pregnancy, supply
@pytest.mark.parametrize(("market", "column"), [("us", 0), ("eu", 1), (None, 2)])
@pytest.mark.parametrize(
    ("sex", "possible", "points", "unknown"),
    [
        (None, None, (7, 6, 11), 1),
        (None, "yes", (7, 6, 11), 0),
        (None, "no", (5, 4, 7), 0),
        ("female", "yes", (6, 4, 9), 0),
        ("female", "no", (4, 2, 5), 0),
        ("male", None, (5, 4, 7), 0),
        ("male", "no", (5, 4, 7), 0),
    ],
)
def test_thalidomide_has_its_checklist(
    library, site, sex, possible, points, unknown, market, column
):
    """That of the site's market; of a site that names none, all."""
    here = site._replace(site=site.site.model_copy(update={"market": market}))
    made = plan(
        course(
            regimen="myeloma-thalidomide-dexamethasone",
            cycles=1,
            sex=sex,
            pregnancy_possible=possible,
        ),
        library,
        here,
    )
    tests = [one for one in made.items if one.kind == "monitoring" and one.of_the_regimen]
    assert bool(tests) == (sex != "male" and possible != "no"), "no test where none is needed"
    assert levels(made, "pregnancy-prevention") == ["review"], "one finding for a whole checklist"
    (told,) = [each for each in made.findings if each.code == "pregnancy-prevention"]
    assert len(told.values) == points[column]
    assert f"{points[column]}. " in told.message
    assert len(levels(made, "pregnancy-unknown")) == unknown


def test_supply_is_split_at_28_days(computed):
    made = computed(regimen="myeloma-thalidomide-dexamethasone", cycles=2)
    given = [one for one in made.supplies if one.order == "thalidomide"]
    assert [str(one) for one in given] == [
        "Mon 11-Jan-2027  thalidomide: 112 x 50 mg (to Sun 07-Feb-2027)",
        "Mon 08-Feb-2027  thalidomide: 112 x 50 mg (to Sun 07-Mar-2027)",
    ]
    in_all = sum(pack.number for one in given for pack in one.packs)
    doses = sum(one.order.id == "thalidomide" for one in made.administrations)
    assert in_all == 4 * doses, "the European capsule has 50 mg"
    assert date(2027, 1, 11) == given[0].on


@pytest.mark.parametrize(
    ("regimen", "other", "told"),
    [
        ("myeloma-melphalan-prednisone-kg", "estradiol", True),
        ("myeloma-melphalan-prednisone-kg", "darbepoetin", True),
        ("myeloma-thalidomide-dexamethasone", "estradiol", False),  # a pair: thrombosis
        ("scleromyxedema-ivig", "velcade", True),
        ("scleromyxedema-ivig", "live-vaccine", False),
        ("myeloma-thalidomide-dexamethasone", "warfarin", True),
    ],
)
def test_a_medicine_that_is_in_the_table_with_other_drugs_is_not_judged(
    library, site, regimen, other, told
):
    """Found by a reviewer: it had been silent, as if it had been judged."""
    inputs = {"choices": CHOICES} if "ivig" in regimen else {}
    made = plan(course(regimen=regimen, cycles=1, others=[other], **inputs), library, site)
    assert bool(levels(made, "other-unknown")) == told


OLD = {"weighed": "2027-01-04", "creatinine_clearance": "90 mL/min"}


def aged(library, site, *changes):
    """Give the codes of ages of a course of two cycles whose weight is of 4 January."""
    inputs = {"regimen": "scleromyxedema-ivig", "choices": FOUR, "cycles": 3, **OLD}
    made = course(**inputs).model_copy(update={"changes": changes})
    return [one.code for one in plan(made, library, site).findings if one.code.endswith("-old")]


FOUR = {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"}
WHY = {"on": "2027-01-04", "reason": "x"}


@pytest.mark.parametrize(
    ("days", "what", "told"),
    [
        (22, "from cycle 1", []), (23, "from cycle 1", []), (24, "from cycle 1", ["weight-old"]),
        (1, "from cycle 2", ["weight-old"]), (90, "from cycle 2", ["weight-old"]),
    ],
)  # fmt: skip
def test_a_weight_is_judged_for_the_first_dose_after_a_delay(library, site, days, what, told):
    """It is 30 days old on 3 February; the second cycle is planned for 8 February."""
    assert aged(library, site, make_change("delay", days=days, what=what, **WHY)) == told


@pytest.mark.parametrize("missed", ["left out", "postponed"])
@pytest.mark.parametrize(
    ("until", "told"),
    [("2027-02-03", []), ("2027-02-04", ["weight-old"]), ("2027-05-03", ["weight-old"])],
)
def test_a_weight_is_judged_for_the_first_dose_after_a_hold(library, site, missed, until, told):
    """Found by a reviewer: with a first cycle that nobody had recorded it was not."""
    hold = make_change("hold", what="from 2027-01-13", **WHY)
    back = make_change("resume", what=f"from {until}", missed=missed, **WHY)
    found = aged(library, site, hold, back)
    if missed == "left out":  # the next dose is that of 8 February, or none is left
        told = [] if until == "2027-05-03" else ["weight-old"]
    assert found == told


def test_without_a_gap_a_later_cycle_asks_by_an_item(library, site):
    assert aged(library, site) == []


def test_a_clearance_without_a_day_is_said(computed):
    assert levels(computed(creatinine_clearance="90 mL/min"), "clearance-undated") == ["note"]
    assert levels(computed(), "clearance-undated") == []
