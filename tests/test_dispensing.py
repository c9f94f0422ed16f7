"""From doses to what leaves the shelf, over whole courses: patterns, products, sums, texts."""

from datetime import date

import pytest

from conftest import READ_AS
from posology import library as files
from posology import plan
from posology.course.inputs import make
from posology.errors import CourseError
from posology.export.text import text
from posology.library import SiteFile
from posology.model import Days, Period, Policy, Run, StatedDose
from posology.model.site import Clock
from posology.quantity import Quantity

Q = Quantity.parse
CHOICES = {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"}
TRIPLE = "scleromyxedema-dexamethasone-sirolimus-octreotide"
THALIDOMIDE = """
name: Thalidomide alone
indication: a test
version: 1
status: draft
duration: {duration}
duration_quote: for {duration}
sources:
  a: {{cite: a test}}
orders:
  - drug: thalidomide
    route: oral
    dose: {dose} each
    every: 1 day
    source: a
    quote: thalidomide {dose} orally daily
"""


def levels(computed, code):
    return [one.level for one in computed.findings if one.code == code]


@pytest.fixture
def thalidomide(tmp_path, library, site):
    """Plan a course of thalidomide by mouth every day."""

    def of(dose, duration, later="", **inputs):
        path = tmp_path / "alone.yaml"
        path.write_text(THALIDOMIDE.format(dose=dose, duration=duration) + later, "utf-8")
        entry = files.read_regimen(path)
        own = library._replace(regimens={"alone": entry})
        given = {"weight": "70 kg", "start": "2027-01-11", "age": "60 years", **inputs}
        return plan(make(regimen="alone", **given), own, site)

    return of


def given(computed):
    return [one.amount.number for one in computed.administrations]


@pytest.mark.parametrize(
    ("dose", "days", "expected"),
    [
        ("75 mg", 4, [100, 50, 100, 50]),
        ("75 mg", 1, None),  # 100 mg would be a third more
        ("75 mg", 3, None),  # 250 of 225 mg: 11 %
        ("75 mg", 5, [100, 50, 100, 50, 100]),  # 400 of 375 mg: 6.7 %, to be reviewed
        ("100 mg", 3, [100, 100, 100]),
    ],
)
def test_a_pattern_is_judged_as_it_is_cut_off(thalidomide, dose, days, expected):
    made = thalidomide(dose, f"{days} day{'s' if days > 1 else ''}")
    if expected is None:
        assert levels(made, "not-dispensable") == ["stop"]
        return
    assert given(made) == expected
    off = abs(sum(expected) / (int(dose.split()[0]) * days) - 1)
    assert levels(made, "rounded") == (["review"] if off > 0.05 else [])


def test_a_pattern_starts_anew_where_the_dose_changes(thalidomide):
    later = """    from:
      day 5: {dose: 100 mg each, quote: then 100 mg}
"""
    made = thalidomide("75 mg", "8 days", later)
    assert given(made) == [100, 50, 100, 50, 100, 100, 100, 100]


def test_a_picked_product_keeps_the_sizes_in_stock(library, site):
    """The site has Privigen without its 2.5 g; picking it by name does not bring them back."""
    picked = make(
        regimen="scleromyxedema-ivig", weight="71.3 kg", start="2027-01-11", cycles=1,
        choices=CHOICES, products={"immunoglobulin": "Privigen"},
    )  # fmt: skip
    # 142.6 g; with 2.5 g vials it would be 142.5.
    assert given(plan(picked, library, site)) == [25, 30, 30, 30, 30]
    own = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=1,
        choices=CHOICES, products={"immunoglobulin": "privigen (40000 mg, 10 g)"},
    )  # fmt: skip
    made = plan(own, library, site)
    assert "whole vials of Privigen 10 % (10, 40 g)" in made.administrations[0].prepared.working


def test_a_product_for_a_route_that_is_not_given_is_refused(library, site):
    course = make(
        regimen=TRIPLE,
        choices=READ_AS,
        weight="70 kg",
        start="2027-01-04",
        products={"dexamethasone": "tablet"},
    )
    with pytest.raises(CourseError, match="tablet is not given intramuscular; products: ampoule-4"):
        plan(course, library, site)


def test_two_products_for_one_route_must_be_told_apart(library, site):
    stock = {**site.site.products, "immunoglobulin": site.site.products["immunoglobulin"] * 2}
    own = SiteFile(site.site.model_copy(update={"products": stock}), site.sha256)
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=1, choices=CHOICES
    )
    with pytest.raises(CourseError, match="are in stock; pick one"):
        plan(course, library, own)


@pytest.mark.parametrize(
    ("dose", "each", "volume", "amount"),
    [("52 mg", "4.4 mL", "13.2 mL", "52.8 mg"), ("50 mg", "4.2 mL", "12.6 mL", "50.4 mg")],
)
def test_each_injection_site_gets_what_a_syringe_shows(library, site, dose, each, volume, amount):
    entry = library.regimens[TRIPLE]
    order = entry.regimen.orders[0].model_copy(
        update={"dose": StatedDose.parse(f"{dose} each"), "readings": ()}
    )
    regimen = entry.regimen.model_copy(update={"orders": (order,)})
    own = library._replace(regimens={TRIPLE: entry._replace(regimen=regimen)})
    made = plan(
        make(
            regimen=TRIPLE, choices={"dexamethasone.salt": "phosphate"}, weight="70 kg",
            start="2027-01-04",
        ),
        own, site,
    )  # fmt: skip
    ready = made.administrations[0].prepared
    assert (str(ready.volume), str(ready.amount), ready.places) == (volume, amount, 3)
    assert f"3 sites of {each}" in ready.working


def test_an_end_on_the_next_day_says_so(library, site):
    late = SiteFile(site.site.model_copy(update={"clock": {1: Clock.parse("22:30")}}), site.sha256)
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=1, choices=CHOICES
    )
    made = plan(course, library, late)
    assert made.administrations[0].ends_at == "Tue 12-Jan-2027 01:17"
    assert "ends Tue 12-Jan-2027 01:17" in text(made)
    assert plan(course, library, site).administrations[0].ends_at == "10:47"


def test_the_text_names_the_given_dose_beside_its_rates(library, site):
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=1, choices=CHOICES
    )
    lines = text(plan(course, library, site))
    assert "    30 g on Wed 13-Jan-2027 and 2 more: 21 mL/h 30 min" in lines
    assert "28 g on " not in lines


def test_clock_times_are_noted_only_where_the_clocks_change(library, site):
    def notes(start):
        course = make(regimen=TRIPLE, choices=READ_AS, weight="70 kg", start=start)
        entry = library.regimens[TRIPLE]
        short = entry.regimen.model_copy(update={"duration": Run.parse("2 weeks")})
        own = library._replace(regimens={TRIPLE: entry._replace(regimen=short)})
        return levels(plan(course, own, site), "clock-times")

    assert notes("2027-01-04") == []
    assert notes("2027-03-22") == ["note"]


def changed(library, orders, **update):
    """The IVIG regimen with other orders."""
    entry = library.regimens["scleromyxedema-ivig"]
    regimen = entry.regimen.model_copy(update={"orders": tuple(orders), **update})
    return library._replace(regimens={entry.id: entry._replace(regimen=regimen)})


def vaccine(computed):
    return [one.message for one in computed.findings if one.code == "live-vaccine"]


def test_a_cut_cycle_does_not_bring_the_vaccine_forward(library, site):
    """29 days: the second cycle has one dose, and the 2 g/kg of the first still count."""
    order = library.regimens["scleromyxedema-ivig"].regimen.orders[0]
    order = order.model_copy(update={"every": (Period(4, "week"),), "days": (Days.parse("1-5"),)})
    own = changed(library, [order], duration=Run.parse("29 days"))
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11",
        others=["live-vaccine from 2027-11-01 to 2027-11-01"],
    )  # fmt: skip
    first, *others = vaccine(plan(course, own, site))
    assert any("not before Sat 08-Jan-2028: 11 months" in one for one in [first, *others])
    assert any("is planned before" in one for one in [first, *others])


def test_a_small_order_beside_a_large_one_does_not_either(library, site):
    order = library.regimens["scleromyxedema-ivig"].regimen.orders[0]
    large = order.model_copy(
        update={"id": "load", "every": (Period(4, "week"),), "days": (Days.parse("1-5"),)}
    )
    small = order.model_copy(
        update={"id": "weekly", "every": (Period(1, "week"),), "days": (Days.parse("1"),),
                "dose": StatedDose.parse("0.4 g/kg each")}
    )  # fmt: skip
    own = changed(library, [large, small], duration=Run.parse("2 weeks"))
    made = plan(make(regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11"), own, site)
    (message,) = vaccine(made)
    assert "11 months" in message
    assert "the table ends at 2 g/kg" in message


# Cycles of immunoglobulin: 21 days at least.
@pytest.mark.parametrize(
    ("last", "expected"),
    [("2026-12-21", []), ("2026-12-22", ["review"]), ("2027-01-09", ["review"])],
)
def test_a_cycle_soon_after_the_last_dose_is_reviewed(library, site, last, expected):
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=2,
        choices=CHOICES, last={"immunoglobulin": last},
    )  # fmt: skip
    assert levels(plan(course, library, site), "too-close") == expected


@pytest.mark.parametrize(("weeks", "expected"), [(3, []), (2, ["review"])])
def test_cycles_that_follow_too_soon_are_reviewed(library, site, weeks, expected):
    order = library.regimens["scleromyxedema-ivig"].regimen.orders[0]
    own = changed(library, [order.model_copy(update={"every": (Period(weeks, "week"),)})])
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=2,
        choices={"immunoglobulin.days": "1-5"},
    )  # fmt: skip
    assert levels(plan(course, own, site), "too-close") == expected


def test_a_finding_of_one_drug_does_not_hide_that_of_another(library, site):
    """Two orders of 150 mg are 300 mg a day; octreotide's own finding has the same code."""
    thal = library.regimens["myeloma-thalidomide-dexamethasone"].regimen.orders[0]
    octreotide = library.regimens[TRIPLE].regimen.orders[1]
    half = {
        "dose": StatedDose.parse("150 mg each"),
        "every": (Period(1, "day"),),
        "days": (Days.parse("1"),),
    }
    orders = [
        thal.model_copy(update={"id": "morning", "at": None, **half}),
        thal.model_copy(update={"id": "evening", **half}),
        octreotide.model_copy(
            update={
                "dose": StatedDose.parse("500 mcg each"),
                "every": (Period(1, "day"),),
                "times": 2,
            }
        ),
    ]
    own = changed(library, orders, duration=Run.parse("1 week"), items=())
    course = make(regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", age="60 years")
    made = plan(course, own, site)
    days = {str(one.place) for one in made.findings if one.code in {"over-day", "implausible-day"}}
    assert "thalidomide" in days
    assert "orders[2].dose" in days
    assert levels(made, "over-day").count("review") == 1, "octreotide's is not said twice"


@pytest.mark.parametrize(
    ("other", "count"), [("immunoglobulin", 1), ("ivig", 1), ("ivig to 2027-01-10", 0)]
)
def test_what_is_taken_from_elsewhere_too_is_asked_about(library, site, other, count):
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=1,
        choices=CHOICES, others=[other],
    )  # fmt: skip
    assert len(levels(plan(course, library, site), "given-twice")) == count


def test_a_policy_asks_for_every_measure_that_its_rows_name(library, site):
    row = {"weight": "adjusted", "when": "height >= 152 cm and age >= 18 years"}
    policies = {
        **site.site.policies,
        "adults": Policy(dated="a", cite="a", basis="unsourced", rows=(row,)),
    }
    own = SiteFile(
        site.site.model_copy(update={"policies": policies, "dosing_weight": {"others": "adults"}}),
        site.sha256,
    )

    def computed(**inputs):
        return plan(
            make(
                regimen="scleromyxedema-ivig", weight="120 kg", start="2027-01-11", cycles=1,
                choices=CHOICES, height="160 cm", sex="female", **inputs,
            ),
            library,
            own,
        )  # fmt: skip

    with pytest.raises(CourseError) as caught:
        computed()
    assert list(caught.value.problems) == ["age"]
    assert sum(given(computed(age="50 years"))) == 160


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"sex": "female"}, ["review"]),
        ({"sex": "female", "pregnancy_possible": "no"}, []),
        ({"sex": "male"}, []),
    ],
)
def test_whom_a_policy_excludes_is_asked_about(library, site, inputs, expected):
    own = SiteFile(
        site.site.model_copy(update={"dosing_weight": {"others": "australia-2026-07"}}), site.sha256
    )
    course = make(
        regimen="scleromyxedema-ivig", weight="120 kg", start="2027-01-11", cycles=1,
        choices=CHOICES, height="160 cm", **inputs,
    )  # fmt: skip
    assert levels(plan(course, library, own), "policy-exclusion") == expected


def ivig(**inputs):
    return make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=1,
        choices=CHOICES, **inputs,
    )  # fmt: skip


def test_a_year_of_birth_hides_no_minor(library, site):
    with pytest.raises(CourseError, match="born 2009: 17 or 18 years"):
        plan(ivig(birth_year="2009"), library, site)
    assert levels(plan(ivig(birth_year="2010"), library, site), "age") == ["stop"]
    assert levels(plan(ivig(birth_year="2008"), library, site), "age") == []


def test_a_year_of_birth_counts_as_the_older_age_for_risks(library, site):
    """Born 1961: 65 or 66 years; older than 65 is a risk."""
    course = ivig(birth_year="1961", risks=["no-paraproteinaemia"])
    ceiling = plan(course, library, site).administrations[0].infusion.working[1]
    assert "older than 65 years" in ceiling


@pytest.mark.parametrize(
    ("creatinine", "words"),
    [("0.2 mg/dL", "gives a clearance of"), ("10 umol/L", "gives a clearance")],
)
def test_a_creatinine_that_gives_no_believable_clearance_is_refused(
    library, site, creatinine, words
):
    with pytest.raises(CourseError, match=words):
        plan(ivig(creatinine=creatinine, age="60 years", sex="male"), library, site)


# (140 - 60) x 70 x 1.23 / creatinine: 150 mL/min at 45.92 umol/L.
@pytest.mark.parametrize(
    ("creatinine", "expected"), [("45.92 umol/L", []), ("45.91 umol/L", ["review"])]
)
def test_a_very_high_clearance_is_reviewed(library, site, creatinine, expected):
    course = ivig(creatinine=creatinine, age="60 years", sex="male")
    assert levels(plan(course, library, site), "clearance-high") == expected


def test_rounding_up_over_an_absolute_limit_stops_and_names_it(library, site):
    """2.4 g/kg for 70 kg are 168 g; 170 g are dispensed, ~2.43 g/kg."""
    order = library.regimens["scleromyxedema-ivig"].regimen.orders[0]
    order = order.model_copy(update={"dose": StatedDose.parse("2.4 g/kg per cycle")})
    made = plan(ivig(), changed(library, [order]), site)
    stops = {one.code: one.message for one in made.findings if one.level == "stop"}
    assert set(stops) - {"not-quoted"} == {"over-week", "over-cycle"}  # 28 days may hold 4.4 g/kg
    assert "the absolute limits are 0.1 g/kg to 2.4 g/kg: change the dose" in stops["over-week"]


def test_a_little_above_a_limit_is_said_in_percent(library, site):
    course = make(
        regimen="scleromyxedema-ivig",
        weight="154 kg",
        start="2027-01-11",
        cycles=1,
        choices=CHOICES,
    )
    (message,) = [
        one.message
        for one in plan(course, library, site).findings
        if one.code == "implausible-28-days"
    ]
    assert message.startswith("308 g is up to 2.7 % above the largest usual amount of 28 days")


def test_nothing_is_dispensed_on_another_day(library, site):
    made = plan(ivig(), library, site)
    assert [one.at.date() for one in made.administrations] == [
        date(2027, 1, day) for day in range(11, 16)
    ]


# Courses of one dose; 11 months on, February is short.
@pytest.mark.parametrize(
    ("start", "until"),
    [("2027-03-28", "Mon 28-Feb-2028"), ("2027-03-29", "Tue 29-Feb-2028"),
     ("2027-03-30", "Wed 01-Mar-2028"), ("2027-03-31", "Wed 01-Mar-2028"),
     ("2027-04-01", "Wed 01-Mar-2028")],
)  # fmt: skip
def test_not_before_is_never_brought_forward_by_a_short_month(library, site, start, until):
    order = library.regimens["scleromyxedema-ivig"].regimen.orders[0]
    one = order.model_copy(
        update={
            "dose": StatedDose.parse("2 g/kg each"),
            "every": (Period(4, "week"),),
            "days": (Days.parse("1"),),
        }
    )
    own = changed(library, [one], duration=Run.parse("1 week"))
    made = plan(make(regimen="scleromyxedema-ivig", weight="70 kg", start=start), own, site)
    (message,) = vaccine(made)
    assert f"not before {until}" in message


@pytest.mark.parametrize("build", [("41 kg", "150 cm"), ("70 kg", "170 cm"), ("120 kg", "185 cm")])
def test_a_dose_per_square_metre_is_not_judged_per_kg(library, site, build):
    """9 mg/m2 for 41 kg and 150 cm are 0.288 mg/kg: the source's own dose, for a light patient."""
    weight, height = build
    made = plan(
        make(
            regimen="myeloma-melphalan-prednisone-m2", weight=weight, start="2027-01-11",
            cycles=2, age="60 years", height=height,
        ),
        library,
        site,
    )  # fmt: skip
    assert not made.stopped
    assert not any("mg/kg" in one.message for one in made.findings)


def test_a_plain_dose_is_judged_per_kg(library, site):
    """140 g in one day for 50 kg are 2.8 g/kg."""
    order = library.regimens["scleromyxedema-ivig"].regimen.orders[0]
    plain = order.model_copy(
        update={
            "dose": StatedDose.parse("140 g each"),
            "days": (Days.parse("1"),),
            "every": (Period(4, "week"),),
        }
    )
    course = make(regimen="scleromyxedema-ivig", weight="50 kg", start="2027-01-11", cycles=1)
    made = plan(course, changed(library, [plain]), site)
    stops = [one.message for one in made.findings if one.code == "implausible-dose"]
    assert any("2.8 g/kg" in one and "change the dose" in one for one in stops)


@pytest.mark.parametrize("height", [None, "172 cm", "150 cm"])
def test_a_height_that_no_dose_needs_changes_no_verdict(library, site, height):
    """Melphalan and prednisone per kg; their windows per m2 are for doses per m2."""
    made = plan(
        make(
            regimen="myeloma-melphalan-prednisone-kg", weight="70 kg", start="2027-01-11",
            cycles=2, age="66 years", height=height,
        ),
        library,
        site,
    )  # fmt: skip
    assert not made.stopped
    assert not any("mg/m2" in one.message for one in made.findings)
