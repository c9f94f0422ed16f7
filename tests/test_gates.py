"""Counts, organs and age before a drug: each gate just below, at and just above its limit."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from posology import library as files
from posology import plan, record
from posology.checks.formulary import check_drug
from posology.course.inputs import make
from posology.course.reading import read_change
from posology.errors import CourseError
from posology.export.text import facts
from posology.model import MEASURES, Gate, StatedDose, Stock
from posology.quantity import print_number

REGIMENS = {
    "melphalan": "myeloma-melphalan-prednisone-kg",
    "lenalidomide": "myeloma-lenalidomide-dexamethasone",
    "bortezomib": "myeloma-bortezomib-dexamethasone",
    "immunoglobulin": "scleromyxedema-ivig",
    "dexamethasone": "myeloma-thalidomide-dexamethasone",
    "thalidomide": "myeloma-thalidomide-dexamethasone",
    "cyclophosphamide": "myeloma-cyclophosphamide-thalidomide-dexamethasone",
}
WELL = {
    "age": "60 years", "sex": "male", "height": "170 cm", "neutrophils": "4 G/L", "platelets": "250 G/L",
    "creatinine_clearance": "100 mL/min", "dialysis": "no", "counted": "2027-01-10",
    "weighed": "2027-01-10",
}  # fmt: skip
GATES = [(name, gate) for name, drug in files.load().drugs.items() for gate in drug.gates]


def course(drug, **measures):
    regimen = REGIMENS[drug]
    choices = {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"}
    if drug != "immunoglobulin":
        choices = {"lenalidomide.market": "eu"} if drug == "lenalidomide" else {}
    given = {"weight": "70 kg", **WELL, **measures}
    given = {name: text for name, text in given.items() if text is not None}
    return make(regimen=regimen, start="2027-01-11", cycles=2, choices=choices, **given)


def without_a_table(library, given):
    """A regimen whose own table decides by the clearance has no gate by it; so take the table away."""
    entry = library.regimens[given.regimen]
    table, *others = entry.regimen.orders
    fixed = {"doses": (), "markets": (), "dose": StatedDose.parse("25 mg each")}
    regimen = entry.regimen.model_copy(update={"orders": (table.model_copy(update=fixed), *others)})
    regimens = {entry.id: entry._replace(regimen=regimen)}
    return library._replace(regimens=regimens), given.model_copy(update={"choices": {}})


def told(drug, library, site, **measures):
    """List the level and the condition of each gate that is shut."""
    given = course(drug, **measures)
    if drug == "lenalidomide":
        library, given = without_a_table(library, given)
    found = plan(given, library, site).findings
    return [(each.level, each.values[1]) for each in found if each.code == "gate"]


def test_every_drug_with_gates_is_tried():
    assert {name for name, _ in GATES} == REGIMENS.keys()


@pytest.mark.parametrize(("drug", "gate"), GATES)
def test_a_gate_is_shut_just_below_its_limit_and_open_at_it(drug, gate, library, site):
    (clause,) = gate.must.clauses
    fine = {"creatinine clearance", "body mass index"}
    step = Fraction(1, 10) if clause.measure in fine else Fraction(1)
    inside = clause.value if "=" in clause.comparison else clause.value - step
    outside = clause.value - step if ">" in clause.comparison else clause.value
    unit = MEASURES[clause.measure]
    for value, shut in ((inside, False), (inside + step, False), (outside, True)):
        if ">" not in clause.comparison and value > inside and not shut:
            value = inside - step  # noqa: PLW2901 - above the limit is outside here
        text = f"{print_number(value).replace(',', '')} {unit}"
        given = {clause.measure.replace(" ", "_"): text}
        if clause.measure == "body mass index":  # of somebody of 2 m it is a quarter of the weight
            given = {"height": "200 cm", "weight": f"{print_number(value * 4)} kg"}
        found = told(drug, library, site, **given)
        # Of several gates of a measure the gravest is told, so a higher one may stand for it.
        of_it = [each for each in found if each[1].startswith(clause.measure)]
        known = (gate.level, str(gate.must)) in found or (shut and of_it)
        assert bool(known) == shut, (text, found)


@pytest.mark.parametrize("drug", REGIMENS)
def test_a_patient_who_is_well_meets_no_gate(drug, library, site):
    found = {each.code for each in plan(course(drug), library, site).findings}
    assert not found & {"gate", "gate-not-judged"}


def test_full_doses_at_counts_that_forbid_them_are_stopped(library, site):
    """Found by a review: melphalan 12 mg x 4 at 400 and 20,000 /uL and 12 mL/min, released."""
    found = told(
        "melphalan", library, site, neutrophils="400 /uL", platelets="20000 /uL", creatinine_clearance="12 mL/min"
    )  # fmt: skip
    assert found == [
        ("stop", "neutrophils >= 1000 /uL"), ("stop", "platelets >= 50000 /uL"),
        ("review", "creatinine clearance >= 50 mL/min"),
    ]  # fmt: skip


def test_of_several_gates_of_a_measure_the_gravest_alone_is_told(library, site):
    assert told("melphalan", library, site, platelets="49 G/L") == [
        ("stop", "platelets >= 50000 /uL")
    ]
    assert told("melphalan", library, site, platelets="99 G/L") == [
        ("review", "platelets >= 100000 /uL")
    ]


@pytest.mark.parametrize("text", ["50000 /uL", "50 G/L", "50 10^9/L", "50 /nL", "50.000 G/L"])
def test_a_count_is_read_in_each_unit(text, library, site):
    assert told("melphalan", library, site, platelets=text)[0][0] == "review"


@pytest.mark.parametrize(
    ("drug", "without", "missing"),
    [
        ("melphalan", ("neutrophils",), ["melphalan neutrophils"]),
        ("melphalan", ("platelets", "creatinine_clearance"), ["melphalan platelets", "melphalan creatinine clearance"]),
        ("immunoglobulin", ("creatinine_clearance",), ["immunoglobulin creatinine clearance"]),
        ("bortezomib", ("neutrophils", "age"), ["bortezomib neutrophils", "dexamethasone age"]),
    ],
)  # fmt: skip
def test_what_a_gate_needs_and_nobody_entered_is_one_review(drug, without, missing, library, site):
    found = plan(course(drug, **dict.fromkeys(without)), library, site).findings
    (told_,) = [each for each in found if each.code == "gate-not-judged"]
    assert (told_.level, sorted(told_.values)) == ("review", sorted(missing))


@pytest.mark.parametrize(
    ("drug", "measures", "names"),
    [
        ("immunoglobulin", {"neutrophils": None, "platelets": "20 G/L"}, ["platelets"]),
        ("immunoglobulin", {"neutrophils": None, "platelets": None, "counted": None, "dialysis": "yes"}, ["dialysis"]),
        ("melphalan", {"dialysis": None}, []),
        ("dexamethasone", {"dialysis": None, "platelets": None}, ["creatinine_clearance"]),
        ("dexamethasone", {"dialysis": None, "platelets": None, "creatinine_clearance": None, "creatinine": "80 umol/L"}, ["creatinine"]),
    ],
)  # fmt: skip
def test_a_measure_that_no_rule_uses_is_a_review(drug, measures, names, library, site):
    found = plan(course(drug, **{"dialysis": None, **measures}), library, site).findings
    assert [each.values[0] for each in found if each.code == "given-not-judged"] == names


@pytest.mark.parametrize(
    ("counted", "code"),
    [
        (None, "counts-undated"), ("2027-01-04", None), ("2027-01-03", "counts-old"),
        ("2027-01-12", "counts-date"),
    ],
)  # fmt: skip
def test_counts_age(counted, code, library, site):
    found = {
        each.code for each in plan(course("melphalan", counted=counted), library, site).findings
    }
    assert found & {"counts-undated", "counts-old", "counts-date"} == ({code} if code else set())


AT = datetime(2027, 1, 8, 9, tzinfo=UTC)


def kept_course(library, site):
    kept, _ = record.begin(
        course("melphalan", counted="2027-01-08", weighed="2027-01-08"), library, site,
        id_=UUID(int=5), at=AT,
    )  # fmt: skip
    return kept


def with_measures(kept, library, site, **texts):
    texts = {"reason": "counted", "by": "A. Smith", "from_cycle": "2", **texts}
    change = read_change("measures", texts, record.planned(kept, library, site), "2027-02-19")
    return record.revise(kept, change, library, site, datetime(2027, 2, 19, 9, tzinfo=UTC))


def test_new_counts_are_judged_for_the_cycles_that_they_count_for(library, site):
    kept = kept_course(library, site)
    low = ["neutrophils=800 /uL", "platelets=120 G/L", "counted=2027-02-19"]
    with pytest.raises(CourseError, match="neutrophils 800 /uL, must be >= 1,000 /uL"):
        with_measures(kept, library, site, set=low)
    well = ["neutrophils=3 G/L", "platelets=120 G/L", "counted=2027-02-19"]
    _, computed = with_measures(kept, library, site, set=well)
    assert "gate" not in {each.code for each in computed.findings}


def test_the_day_of_the_counts_is_that_of_all_of_them(library, site):
    """A day for one count must not make the other one younger."""
    with pytest.raises(CourseError, match="neutrophils and platelets of that day"):
        with_measures(
            kept_course(library, site), library, site,
            set=["platelets=120 G/L", "counted=2027-02-19"],
        )  # fmt: skip


@pytest.mark.parametrize(("days", "old"), [(28, False), (84, True)])
def test_a_weight_is_judged_again_after_a_hold(library, site, days, old):
    """Found by a review: a weight of 112 days counted after a hold of three months."""
    inputs = {
        "regimen": "scleromyxedema-ivig", "weight": "70 kg", "weighed": "2027-01-08", "start": "2027-01-08",
        "cycles": 5, "choices": {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"},
    }  # fmt: skip
    kept, computed = record.begin(make(**inputs), library, site, id_=UUID(int=6), at=AT)
    changes = [
        ("given", {"until": "2027-01-12"}, "2027-01-13"),
        ("hold", {"from": "2027-02-05"}, "2027-01-13"),
        ("resume", {"from": str(date(2027, 1, 8) + timedelta(days=days)), "missed": "left out"}, "2027-01-13"),
    ]  # fmt: skip
    for command, texts, on in changes:
        typed = {"reason": "x", "by": "A. Smith", **texts}
        change = read_change(command, typed, record.planned(kept, library, site), on)
        at = datetime.fromisoformat(f"{on}T09:00+00:00")
        kept, computed = record.revise(kept, change, library, site, at)
    told = [each for each in computed.findings if each.code == "weight-old"]
    assert bool(told) == old
    assert all("Fri 08-Jan-2027" in each.message for each in told)


@pytest.mark.parametrize(
    "must", ["platelets >= 50000 /uL and neutrophils >= 1000 /uL", "dialysis is no"]
)
def test_a_gate_is_about_one_measure(must):
    values = {"must": must, "verdicts": ("1 /uL stop", "2 /uL pass"), "before": "each cycle", "level": "stop",
              "do": "delay", "source": "ema", "basis": "published"}  # fmt: skip
    with pytest.raises(ValueError, match="is no gate; compare one measure"):
        Gate.model_validate(values)


@pytest.mark.parametrize(
    ("product", "phrase"),
    [
        ("privigen", "hyperprolinaemia, type I or II"),
        ("flebogamma", "hereditary fructose intolerance"),
        ("octagam", ""),
        ("panzyga", ""),
    ],
)
def test_what_each_patient_is_asked_before_a_product_is_a_note(product, phrase, library, site):
    given = course("immunoglobulin").model_copy(
        update={"products": {"immunoglobulin": Stock(product, ())}}
    )
    computed = plan(given, library, site)
    told = [
        (each.level, each.message) for each in computed.findings if each.code == "contraindication"
    ]
    assert [level for level, _ in told] == (["note"] if phrase else [])
    assert all(phrase in message for _, message in told)
    assert ("some glucose meters read" in " ".join(facts(computed))) == (product == "octagam")


def test_the_first_dose_is_the_one_that_is_still_to_come_with_whichever_measures(library, site):
    """Found by a reviewer: new counts for cycle 1 had passed a gate of the first dose."""
    given = course("lenalidomide", platelets="60 G/L")
    kept, _ = record.begin(
        given, library, site, id_=UUID(int=5), at=datetime(2027, 1, 10, 9, tzinfo=UTC)
    )
    computed = record.planned(kept, library, site)
    counts = ["neutrophils=3000 /uL", "platelets=35000 /uL", "counted=2027-01-10"]
    low = read_change(
        "measures", {"set": counts, "from_cycle": "1", "reason": "x"}, computed, "2027-01-10"
    )
    with pytest.raises(CourseError, match="platelets 35,000 /uL, must be >= 50,000 /uL"):
        record.revise(kept, low, library, site, datetime(2027, 1, 10, 10, tzinfo=UTC))
    later = read_change(
        "measures", {"set": counts, "from_cycle": "2", "reason": "x"}, computed, "2027-01-10"
    )
    record.revise(kept, later, library, site, datetime(2027, 1, 10, 10, tzinfo=UTC))


def test_a_patient_who_has_had_the_drug_before_has_no_first_dose(library, site):
    given = course("lenalidomide", platelets="40 G/L")
    assert "stop" in {
        each.level for each in plan(given, library, site).findings if each.code == "gate"
    }
    before = make(regimen=given.regimen, start="2027-01-11", cycles=2, weight="70 kg",
                  choices={"lenalidomide.market": "eu"}, last={"lenalidomide": "2026-12-20"},
                  **{**WELL, "platelets": "40 G/L"})  # fmt: skip
    assert "gate" not in {each.code for each in plan(before, library, site).findings}


@pytest.mark.parametrize("text", ["0 /uL", "0 G/L", "0.0 G/L"])
def test_no_cells_at_all_are_a_count(text, library, site):
    found = told("melphalan", library, site, platelets=text)
    assert ("stop", "platelets >= 50000 /uL") in found


@pytest.mark.parametrize(("drug", "risks", "said"), [
    ("melphalan", ["renal"], True), ("melphalan", [], False), ("immunoglobulin", ["thrombosis"], False),
])  # fmt: skip
def test_a_risk_that_slows_no_infusion_is_a_review(drug, risks, said, library, site):
    given = course(drug).model_copy(update={"risks": tuple(risks)})
    found = {(each.code, str(each.place)) for each in plan(given, library, site).findings}
    assert (("given-not-judged", "risks") in found) == said


def test_a_man_of_whom_pregnancy_is_said_to_be_possible_is_a_review(library, site):
    found = {
        each.code
        for each in plan(course("thalidomide", pregnancy_possible="yes"), library, site).findings
    }
    assert "pregnancy-contradiction" in found
    assert "pregnancy-contradiction" not in {
        each.code
        for each in plan(course("thalidomide", pregnancy_possible="no"), library, site).findings
    }


@pytest.mark.parametrize(
    "verdicts", ["4000 /uL stop, 100000 /uL pass", "49999 /uL stop, 50001 /uL pass"]
)
def test_a_gate_has_a_verdict_at_its_limit(tmp_path, verdicts):
    text = (files.FOLDER / "drugs" / "melphalan.yaml").read_text("utf-8")
    old = "verdicts: [49999 /uL stop, 50000 /uL pass]"
    assert old in text
    (tmp_path / "melphalan.yaml").write_text(text.replace(old, f"verdicts: [{verdicts}]"), "utf-8")
    drug, _ = files.read_drug(tmp_path / "melphalan.yaml")
    assert "tried at no limit" in "".join(each.message for each in check_drug(drug))
