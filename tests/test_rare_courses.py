"""What a course meets rarely, by the finding, the field or the value that comes out."""

import os
from datetime import date, time, timedelta
from fractions import Fraction

import pytest
from pydantic import ValidationError

from conftest import READ_AS
from posology import disk, plan, record
from posology import library as files
from posology.checks import check
from posology.checks.reading import printed_amounts, read
from posology.course.inputs import make, make_change
from posology.course.reading import read_change
from posology.dispensing.infusion import Setting, infuse
from posology.dispensing.rounding import Stocked
from posology.dosing.dose import dose
from posology.dosing.measures import clearance, filtration
from posology.dosing.weight import weigh
from posology.errors import (
    CourseError,
    DosingError,
    LibraryError,
    RecordError,
)
from posology.guards.patient import new_weight
from posology.library import FOLDER
from posology.library.tree import Tree
from posology.library.versions import difference
from posology.model import Patient, Place, Policy, Regimen, Size
from posology.model.change import Give, Move
from posology.model.drug import Ceiling, HeldRate, Verdict
from posology.model.finding import named
from posology.model.order import Order
from posology.model.record import Release
from posology.model.recorded import Recorded
from posology.model.site import Clock, Stock
from posology.planning.cases import failures
from posology.planning.policies import compare, policies
from posology.quantity import Quantity
from posology.record.entries import events
from posology.record.saving import save
from test_rare import TRIPLE, edited, tree
from test_record import ID, START, begin, revise

Q = Quantity.parse
IVIG = "scleromyxedema-ivig"
BORTEZOMIB = "myeloma-bortezomib-dexamethasone"
LENALIDOMIDE = "myeloma-lenalidomide-dexamethasone"
SETTLED = {LENALIDOMIDE: {"lenalidomide.market": "eu"}, TRIPLE: READ_AS}
WHY = {"on": "2027-01-04", "reason": "a reason"}
KIDNEYS = {"age": "60 years", "creatinine_clearance": "90 mL/min", "dialysis": "no"}
CHOICES = {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"}
DEXAMETHASONE = """
name: Dexamethasone alone
indication: a test
version: 1
status: draft
duration: not stated
sources:
  a: {cite: a test}
orders:
  - drug: dexamethasone
    route: oral
    dose: 20 mg each
    every: 4 weeks
    source: a
    quote: dexamethasone 20 mg orally every 4 weeks
  - id: second
    drug: dexamethasone
    route: intramuscular
    dose: 20 mg each
    salt: phosphate
    every: 4 weeks
    source: a
    quote: dexamethasone 20 mg intramuscularly every 4 weeks
"""


def ivig(*changes, **inputs):
    given = {"regimen": IVIG, "weight": "70 kg", "start": "2027-01-11", "cycles": 2}
    course = make(**{**given, "choices": CHOICES, **inputs})
    return course.model_copy(update={"changes": changes})


def of(regimen, *changes, **inputs):
    given = {"weight": "70 kg", "start": "2027-01-11", "cycles": 2, **inputs}
    if regimen in SETTLED:
        given = {"choices": SETTLED[regimen], **given}
    return make(regimen=regimen, **given).model_copy(update={"changes": changes})


def change(kind, **fields):
    return make_change(kind, **{**WHY, **fields})


def here(site, **changes):
    return site._replace(site=site.site.model_copy(update=changes))


def codes(findings, *levels):
    return {one.code for one in findings if one.level in (levels or ("stop",))}


def only(regimen, library):
    """Give the library with this regimen alone, under the id ``own``."""
    return library._replace(regimens={"own": files.read_text("own", regimen)})


@pytest.mark.parametrize(
    ("path", "new", "code", "field"),
    [
        ((0, "dose"), "25 mg each", "dose-missing", ("dose",)),
        ((0, "doses", 0, "quote"), "25 mg orally once daily, ≥ 50", "not-quoted", ("doses", 0, "when")),
        ((0, "doses", 0, "every"), "2 weeks", "rhythm-not-quoted", ("doses", 0, "every")),
        ((0, "doses", 0, "quote"), "25 mg every 2 weeks, CLcr >= 50", "rhythm-not-quoted", ("doses", 0)),
    ],
)  # fmt: skip
def test_a_row_that_its_quote_does_not_say_is_stopped(library, path, new, code, field):
    regimen = Regimen.model_validate(edited(tree(LENALIDOMIDE), ("orders", *path), new))
    found = check(regimen, library.drugs)
    stops = [(one.code, one.place) for one in found if one.level == "stop"]
    assert (code, Place.of("orders", 0, *field)) in stops


def test_an_amount_that_cannot_be_read_is_no_amount_of_a_quote():
    assert printed_amounts("0 mg and 11 mg") == [Q("11 mg")]


@pytest.mark.parametrize(("hours", "times", "days"), [(12, {2}, set()), (48, set(), {2}), (7, set(), set())])  # fmt: skip
def test_hours_that_are_no_part_of_a_day_are_no_rhythm(hours, times, days):
    said = read(f"1 mg every {hours} hours")
    assert said.times == times
    assert {one.number for one in said.periods} == days


def test_a_drug_with_an_unknown_route_is_judged_by_its_known_route(library, site):
    regimen = DEXAMETHASONE.replace("route: intramuscular", "route: subcutaneous")
    computed = plan(of("own"), only(regimen, library), site)
    assert "route-unknown" in codes(computed.findings)
    ready = {one.order.route: one.prepared is not None for one in computed.administrations}
    assert ready == {"oral": True, "subcutaneous": False}


def test_a_product_that_is_picked_is_taken_for_its_own_route_alone(library, site):
    own = only(DEXAMETHASONE, library)
    computed = plan(of("own", products={"dexamethasone": "tablet"}), own, site)
    tablet, ampoule = (
        library.drugs["dexamethasone"].products[name].name for name in ("tablet", "ampoule-4")
    )
    found = {one.order.route: one.prepared.product for one in computed.administrations}
    assert found == {"oral": tablet, "intramuscular": ampoule}


def test_two_products_in_stock_for_a_route_are_a_question(library, site):
    both = {"immunoglobulin": (Stock("privigen", ()), Stock("octagam", ()))}
    with pytest.raises(CourseError) as error:
        plan(ivig(), library, here(site, products=both))
    assert list(error.value.problems) == ["products"]


def test_a_drug_that_the_site_does_not_stock_is_named(library, site):
    computed = plan(ivig(), library, here(site, products={}))
    assert "product-not-named" in codes(computed.findings)


def test_a_drug_that_the_formulary_lacks_is_stopped_and_not_prepared(library, site):
    drugs = {name: drug for name, drug in library.drugs.items() if name != "immunoglobulin"}
    computed = plan(ivig(), library._replace(drugs=drugs), site)
    assert "drug-unknown" in codes(computed.findings)
    assert {one.prepared for one in computed.administrations} == {None}
    assert {event.values[2] for event in events(computed)} == {
        one.amount for one in computed.administrations
    }


def test_a_pump_that_cannot_be_set_so_low_stops(library, site):
    computed = plan(ivig(), library, here(site, pump_step=Q("999 mL/h")))
    assert "not-dispensable" in codes(computed.findings)
    assert {one.infusion for one in computed.administrations} == {None}


def test_a_brand_with_a_ladder_and_no_concentration_stops(library, site):
    drug = library.drugs["immunoglobulin"]
    product = drug.products["privigen"].model_copy(update={"concentration": None})
    products = {**drug.products, "privigen": product}
    drugs = {**library.drugs, "immunoglobulin": drug.model_copy(update={"products": products})}
    computed = plan(ivig(), library._replace(drugs=drugs), site)
    assert "not-dispensable" in codes(computed.findings)
    assert {one.infusion for one in computed.administrations} == {None}


def test_a_ceiling_in_ml_per_hour_counts_for_every_weight_and_equal_rates_are_one(library):
    """70 kg: 0.5 and 2 mg/kg/min are 21 and 84 mL/h; 84.5 mL/h is set as 84 mL/h."""
    product = library.drugs["immunoglobulin"].products["privigen"]
    ceiling = Ceiling(rate="84.5 mL/h", source="privigen", basis="published")
    ladder = product.ladder.model_copy(update={"most": {"scleromyxedema": ceiling}})
    capped = product.model_copy(update={"ladder": ladder})
    about = Setting("immunoglobulin", Q("70 kg"), "scleromyxedema", "", (), Q("1 mL/h"))
    infusion = infuse(Q("300 mL"), Stocked("privigen", capped, capped.contents), about)
    assert [str(pace.rate) for pace in infusion.paces] == ["21 mL/h", "84 mL/h"]
    assert [str(pace.volume) for pace in infusion.paces] == ["10.5 mL", "289.5 mL"]
    assert "84.5 mL/h" in infusion.working[1]
    assert "70 kg" not in infusion.working[1]


def test_a_month_in_which_nothing_is_given_has_no_supply(library, site):
    later = change("delay", what="from cycle 2", days=84)
    computed = plan(of(LENALIDOMIDE, later, **KIDNEYS), library, site)  # fmt: skip
    found = [one for one in computed.supplies if one.order == "lenalidomide"]
    assert [one.on for one in found] == [date(2027, 1, 11), date(2027, 5, 3)]


def test_a_dose_per_m2_needs_the_surface(library):
    order = library.regimens[BORTEZOMIB].regimen.orders[0]
    patient = Patient(weight="70 kg")
    with pytest.raises(DosingError):
        dose(order, order.dose, patient, Size(Q("70 kg"), "70 kg", None, ""), (4, 1))


def measured(**changes):
    given = {"weight": "90 kg", "age": "60 years", "sex": "male", "creatinine": "80 umol/L"}
    return of(LENALIDOMIDE, **{**given, **changes})


def test_a_clearance_by_another_weight_asks_for_the_height(library, site):
    by_ideal = here(site, clearance_weight="ideal")
    with pytest.raises(CourseError) as error:
        plan(measured(), library, by_ideal)
    assert "height" in error.value.problems
    with pytest.raises(CourseError) as error:
        plan(measured(height="150 cm"), library, here(site, clearance_weight="bmi-30-adjusted"))
    assert "creatinine" in error.value.problems


def test_a_clearance_and_a_filtration_rate_need_the_creatinine(site):
    course = measured(creatinine=None)
    with pytest.raises(CourseError) as error:
        clearance(course, course.patient, site.site)
    assert list(error.value.problems) == ["creatinine"]
    assert not any(map(str.isdigit, filtration(course.patient)))
    assert filtration(measured().patient).split()[0].replace(".", "").isdigit()


def test_a_policy_weighs_by_lean_weight_and_not_without_the_sex():
    lean = Policy(
        dated="2005", cite="a test", basis="inferred",
        rows=[{"weight": "lean", "when": "height >= 152 cm"}],
    )  # fmt: skip
    weight, _ = weigh(Patient(weight="100 kg", height="170 cm", sex="male"), lean, "own")
    # 9270 x 100 / (6680 + 216 x 100 / 1.7^2) = 65.5
    assert weight == Q("65.5 kg")
    with pytest.raises(CourseError) as error:
        weigh(Patient(weight="100 kg", height="170 cm"), lean, "own")
    assert list(error.value.problems) == ["height"]


def test_a_weight_without_one_before_is_no_new_weight():
    assert list(new_weight(Patient(weight="70 kg"))) == []
    assert [one.code for one in new_weight(Patient(weight="70 kg", last_weight="69 kg"))] == [
        "weight-below-5"
    ]


def test_measures_that_change_the_rhythm_need_a_new_course(library, site):
    course = of(LENALIDOMIDE, **KIDNEYS)
    worse = change("measures", what="from cycle 2", values={"creatinine_clearance": "20 mL/min"})
    with pytest.raises(CourseError) as error:
        plan(course.model_copy(update={"changes": (worse,)}), library, site)
    assert list(error.value.problems) == ["changes"]


@pytest.mark.parametrize("held", [False, True])
def test_a_clock_time_that_does_not_exist_stops_what_is_given_then(library, site, held):
    night = here(site, clock={1: Clock.parse("02:30")})
    changes = [change("hold", what="from 2027-03-28")] if held else []
    computed = plan(ivig(*changes, start="2027-03-25", cycles=1), library, night)
    assert ("clock-change" in codes(computed.findings)) is not held
    assert [str(one.slot) for one in computed.absent] == (
        ["immunoglobulin.c1.d4.t1"] if held else []
    )


def test_an_order_with_neither_dose_nor_table_is_not_computed(library, site):
    regimen = DEXAMETHASONE.replace("    dose: 20 mg each\n", "", 1)
    with pytest.raises(CourseError) as error:
        plan(of("own"), only(regimen, library), site)
    assert list(error.value.problems) == ["regimen"]


def test_later_days_of_an_order_without_a_dose_are_no_dose():
    later = {"cycle 2": {"days": "1", "quote": "from cycle 2 on day 1"}}
    given = {"drug": "octreotide", "route": "subcutaneous", "source": "a", "quote": "x"}
    assert Order.model_validate({**given, "dose": "not stated", "from": later}).stages == ()
    dosed = {**given, "dose": "200 mcg each", "every": "4 weeks", "from": later}
    assert len(Order.model_validate(dosed).stages) == 2


@pytest.mark.parametrize(
    "changes",
    [
        [("resume", {"what": "from 2027-02-08 of nothing", "missed": "left out"})],
        [("hold", {"what": "from 2027-02-01"}), ("resume", {"what": "from 2027-01-20", "missed": "left out"})],
        [("give", {"doses": {"bortezomib.c1.d1.t1": Recorded(amount=Quantity(Fraction(0), "mg"), on=date(2027, 1, 11), at=time(8))}, "on": "2027-01-11"})],
        [("hold", {"what": "from 2027-01-11 of bortezomib"}), ("hold", {"what": "from 2027-02-01 of dexamethasone"}), ("resume", {"what": "from 2027-02-08", "missed": "postponed"})],
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_meant_is_refused(library, site, changes):
    made = [change(name, **fields) for name, fields in changes]
    inputs = {"height": "170 cm", "cycles": 4}
    plan(of(BORTEZOMIB, *made[:-1], **inputs), library, site)
    with pytest.raises(CourseError) as error:
        plan(of(BORTEZOMIB, *made, **inputs), library, site)
    assert list(error.value.problems) == ["changes"]


@pytest.mark.parametrize(
    ("command", "texts", "field"),
    [
        ("delay", {"dose": "immunoglobulin.c2.d1.t1", "of": "immunoglobulin", "days": "1"}, "of"),
        ("measures", {"from_cycle": "2", "set": ["creatinine"]}, "set"),
        ("measures", {"from_cycle": "2", "set": ["height=170 cm", "height=171 cm"]}, "set"),
        ("given", {"until": "2027-01-14", "amount": "12 g"}, "until"),
    ],
)
def test_a_typed_change_that_says_too_much_or_too_little_names_its_option(
    library, site, command, texts, field
):
    computed = plan(ivig(), library, site)
    with pytest.raises(CourseError) as error:
        read_change(command, {"reason": "a reason", **texts}, computed, "2027-02-01")
    assert list(error.value.problems) == [field]


def test_what_was_given_on_another_day_is_typed_with_that_day(library, site):
    computed = plan(ivig(), library, site)
    texts = {"reason": "late", "dose": "immunoglobulin.c1.d4.t1", "day": "2027-01-16"}
    (given,) = read_change("given", texts, computed, "2027-02-01").doses.values()
    assert (given.amount, given.on, given.at) == (
        computed.administrations[3].amount, date(2027, 1, 16), time(8),
    )  # fmt: skip


def test_measures_that_are_typed_are_read(library, site):
    computed = plan(ivig(), library, site)
    texts = {"reason": "a reason", "from_cycle": "2", "set": ["height=170 cm", "clearance=90 mL/min"]}  # fmt: skip
    values = read_change("measures", texts, computed, "2027-02-01").values
    assert dict(values) == {"height": "170 cm", "creatinine_clearance": "90 mL/min"}


def test_values_that_are_read_already_are_taken():
    move = Move(**WHY, what="immunoglobulin.c2.d1.t1", to="2027-02-09", at=time(8, 30))
    assert move.at == time(8, 30)
    doses = {"immunoglobulin.c1.d1.t1": None, "immunoglobulin.c1.d2.t1": "not given"}
    assert set(Give(**WHY, doses=doses).doses.values()) == {None}
    patient = Patient(weight="70 kg", height=Fraction(170), dialysis=True)
    assert (patient.height, patient.dialysis) == (170, True)


@pytest.mark.parametrize(
    ("kind", "text"), [(Verdict, "501 mcg review"), (HeldRate, "0.5 mg/kg/min for 30 minutes")]
)
def test_a_text_of_a_drug_file_is_printed_as_it_is_read(kind, text):
    assert str(kind.parse(text)) == text


def test_a_release_is_of_a_numbered_revision_and_signs_its_findings():
    given = {"revision": "0", "at": "2027-01-11T08:00:00Z", "by": "A. Smith", "content_sha256": "0" * 64}  # fmt: skip
    assert Release.model_validate({**given, "findings_sha256": "1" * 64}).form == "2"
    for wrong, field in (({"revision": "first", "findings_sha256": "1" * 64}, ("revision",)), ({}, ())):  # fmt: skip
        with pytest.raises(ValidationError) as error:
            Release.model_validate({**given, **wrong})
        assert [one["loc"] for one in error.value.errors()] == [field]


def test_an_id_that_is_no_regimen_is_refused():
    with pytest.raises(LibraryError) as error:
        files.load("scleromyxedema-ivigg")
    assert [one.field for one in error.value.problems] == ["regimen"]


def test_the_drugs_of_a_folder_are_told_with_its_regimens(tmp_path):
    (tmp_path / "own.yaml").write_text("name: x\n", "utf-8")
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "x.yaml").write_text("name: x\n", "utf-8")
    with pytest.raises(LibraryError) as error:
        files.load(tmp_path)
    assert {one.file for one in error.value.problems} == {"own.yaml", "x.yaml"}


def test_a_regimen_extends_one_that_stands_alone(tmp_path):
    text = (FOLDER / "scleromyxedema-ivig.yaml").read_text("utf-8")
    (tmp_path / "a.yaml").write_text(f"{text}extends: myeloma-melphalan-prednisone-kg\n", "utf-8")
    (tmp_path / "b.yaml").write_text(DEXAMETHASONE, "utf-8")
    (tmp_path / "c.yaml").write_text(
        f"extends: b\n{DEXAMETHASONE.split('sources', maxsplit=1)[0]}", "utf-8"
    )
    (tmp_path / "d.yaml").write_text(
        f"extends: a\n{DEXAMETHASONE.split('sources', maxsplit=1)[0]}", "utf-8"
    )
    regimen = files.read_regimen(tmp_path / "c.yaml").regimen
    assert [order.id for order in regimen.orders] == ["dexamethasone", "second"]
    assert regimen.items == ()
    with pytest.raises(LibraryError) as error:
        files.read_regimen(tmp_path / "d.yaml")
    assert [one.field for one in error.value.problems] == ["extends"]


def entry_of(name, path, new):
    value = edited(tree(name), path, new)
    return files.entry_of(name, "f" * 64, Tree(f"{name}.yaml", value, {}, {}))


def test_many_lines_of_a_new_case_are_counted(library):
    now = library.regimens[IVIG]
    cases = tree(IVIG)["cases"]
    new = {**cases[0], "name": "another", "expect": [f"line {number}" for number in range(9)]}
    found = difference(now, entry_of(IVIG, ("cases",), [*cases, new]))
    assert found.patient == ()
    (line,) = found.review
    assert "9" in line
    assert "line 8" not in line


def test_a_case_that_proves_nothing_fails(library, site):
    entry = library.regimens[IVIG]
    case = next(one for one in entry.regimen.cases if one.expect)

    def found(**changes):
        cases = (case.model_copy(update=changes), case)
        regimen = entry.regimen.model_copy(update={"cases": cases})
        return [(one.code, one.place) for one in failures(entry._replace(regimen=regimen), library, site)]  # fmt: skip

    assert found() == []
    assert found(refused="a phrase") == [("case-failed", Place.of("cases", 0, "refused"))]
    assert found(expect=()) == [("case-empty", Place.of("cases", 0))]
    assert found(totals=()) == [("case-empty", Place.of("cases", 0))]


def test_policies_are_not_compared_for_a_course_that_is_not_settled(library, site):
    with pytest.raises(CourseError) as error:
        compare(ivig(choices={}), library, site)
    assert "choices" in error.value.problems


def test_a_policy_without_a_result_says_why(library, site):
    """139 cm: no ideal weight, so none adjusted; 40 g alone makes no 180 g, to 10 %."""
    course = ivig(weight="90 kg", height="139 cm", sex="male")
    rows, _ = compare(course, library, site)
    without = {row.policy for row in rows if not row.weight}
    assert without == {"bmi-30-adjusted"}
    assert all(row.why for row in rows)
    large = {**site.site.products, "immunoglobulin": (Stock("privigen", (Q("40 g"),)),)}
    own = here(site, products=large)
    rows, _ = compare(course, library, own)
    assert {(row.dispensed, row.packs) for row in rows} == {("", "")}
    whys = {row.why for row in rows}
    lines, findings = policies(course, library, own)
    assert findings
    assert whys <= {line.strip() for line in lines}
    assert sum(one.message in line for one in findings for line in lines) >= len(findings)


def test_policies_are_compared_where_none_is_the_actual_weight(library, site):
    ideal = {
        "policies": {"ideal": site.site.policies["ideal"]},
        "dosing_weight": {"others": "ideal"},
    }
    course = ivig(weight="90 kg", height="170 cm", sex="male")
    rows, _ = compare(course, library, here(site, clearance_weight="ideal", **ideal))
    assert [(row.policy, row.used, row.difference) for row in rows] == [("ideal", True, "")]
    assert rows[0].dispensed
    assert rows[0].packs


def test_a_kept_regimen_that_cannot_be_read_is_a_fault_of_the_file(library, site):
    kept = begin(library, site)
    (sha256,) = kept.regimens
    broken = kept.model_copy(update={"regimens": {sha256: {"name": "x"}}})
    with pytest.raises(RecordError):
        record.planned(broken, library._replace(regimens={}), site)


def test_a_regimen_that_differs_for_the_patient_alone_is_reviewed(library, site):
    kept = begin(library, site)
    now = entry_of(IVIG, ("orders", 0, "dose"), "1.9 g/kg per cycle")
    assert difference(library.regimens[IVIG], now).review == ()
    computed = record.planned(kept, library._replace(regimens={IVIG: now}), site)
    assert "regimen-changed" in codes(computed.findings, "review")


@pytest.mark.parametrize("change_of", ["inputs", "times"])
def test_a_course_file_that_posology_could_not_have_written_is_refused(library, site, change_of):
    kept = revise(begin(library, site), change("delay", what="from cycle 2", days=7), library, site)
    assert record.read(record.content(kept)) == kept
    early = kept.revisions[1].model_copy(update={"at": START - timedelta(days=1)})
    update = {
        "inputs": {"inputs": {**kept.inputs, "weight": "70.0 kg"}},
        "times": {"revisions": (kept.revisions[0], early)},
    }[change_of]
    with pytest.raises(RecordError):
        record.read(record.content(kept.model_copy(update=update)))


def test_equal_doses_that_are_fewer_are_told(library, site):
    course = of(TRIPLE, cycles=None)
    kept, _ = record.begin(course, library, site, id_=ID, at=START, compact=True)
    kept = revise(kept, change("stop", what="from 2027-02-15 of sirolimus"), library, site)
    told = record.differences(kept, 0, 1)
    before, after = (record.lines_at(kept, number) for number in (0, 1))
    fewer = [key for key in after if before[key].repeats != after[key].repeats]
    assert [key.split(".")[0] for key in fewer] == ["sirolimus", "sirolimus"]
    assert [sum(after[key].repeats in line for line in told) for key in fewer] == [2, 2]


def test_a_release_before_the_last_entry_is_refused(library, site):
    kept = begin(library, site)
    computed = record.planned(kept, library, site)
    given = {"by": "A. Smith", "checked_by": None, "weight": [], "regimen": None, "acknowledged": dict.fromkeys(named(computed.findings), "")}  # fmt: skip
    with pytest.raises(CourseError) as error:
        record.release(kept, computed, at=START - timedelta(hours=1), **given)
    assert list(error.value.problems) == ["plan"]
    assert record.release(kept, computed, at=START, **given).releases


def test_a_course_file_that_is_read_only_is_not_saved(library, site, tmp_path):
    kept = begin(library, site)
    path, raw = tmp_path / "c.json", record.content(kept)
    path.write_bytes(raw)
    path.chmod(0o444)
    more = revise(kept, change("delay", what="from cycle 2", days=7), library, site)
    with pytest.raises(RecordError):
        save(path, more, raw)
    assert path.read_bytes() == raw
    path.chmod(0o644)
    save(path, more, raw)
    assert path.read_bytes() == record.content(more)


def test_a_system_without_folders_to_flush_is_written_all_the_same(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_DIRECTORY")
    disk.write({tmp_path / "a": b"new"}, force=False)
    assert (tmp_path / "a").read_bytes() == b"new"
