"""A hospital's own file: what looks like a slip in it is asked, in ``check`` and in a plan."""

import pytest

from posology import library as files
from posology import plan
from posology.course.inputs import make
from posology.planning.inspection import inspect

SHIPPED = files.SITE.read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        ("  2: 08:00, 20:00", "  2: 08:00, 08:20", "clock-near", "clock.2"),
        ("  2: 08:00, 20:00", "  2: 01:00, 23:30", "clock-near", "clock.2"),
        ("  intramuscular: 5 mL", "  intramuscular: 5000 mL", "site-far", "injection_volume.intramuscular"),
        ("  intramuscular: 5 mL", "  intramuscular: 0.5 mL", "site-far", "injection_volume.intramuscular"),
        ("  weight: 30 days", "  weight: 999 months", "site-far", "fresh.weight"),
        ("  weight: 30 days", "  weight: 3 days", "site-far", "fresh.weight"),
        ("least_between_doses: 3 h", "least_between_doses: 3 min", "site-far", "least_between_doses"),
        ("  immunoglobulin: actual", "  imunoglobulin: actual", "site-unknown", "dosing_weight.imunoglobulin"),
        ("  thalidomide: capsule", "  thalidomid: capsule", "site-unknown", "products.thalidomid"),
        ("  sirolimus: tablet", "  sirolimus: capsule", "site-unknown", "products.sirolimus"),
        ("  1 mL: 0.01 mL", "  1 mL: 0.1 mL", "site-far", "syringes.1 mL"),
        ("pump_step: 1 mL/h", "pump_step: 0.1 mL/h", "site-far", "pump_step"),
        ("  review: 5 %", "  review: 50 %", "site-far", "rounding.review"),
        ("  review: 5 %", "  review: 12 %", "site-order", "rounding.review"),
        ("  usual: 35 kg to 150 kg", "  usual: 35 kg to 350 kg", "site-order", "weight.usual"),
        ("{review: 31 days, stop: 24 months}", "{review: 36 months, stop: 24 months}", "site-order", "days.past.review"),
    ],
)  # fmt: skip
def test_what_looks_like_a_slip_is_a_review_in_the_file_and_in_a_plan(
    tmp_path, library, old, new, code, where
):
    assert SHIPPED.count(old) == 1
    path = tmp_path / "site.yaml"
    path.write_text(SHIPPED.replace(old, new), "utf-8")
    found = {(each.code, each.where, each.level) for each in inspect([path]).findings}
    assert (code, where, "review") in found
    assert all(level == "review" for _, _, level in found)
    line = next(each.line for each in inspect([path]).findings if each.code == code)
    assert new.strip() in path.read_text("utf-8").splitlines()[line - 1]
    course = make(
        regimen="myeloma-thalidomide-dexamethasone", weight="70 kg", start="2027-01-11", cycles=1
    )
    told = plan(course, library, files.read_site(path)).findings
    assert (code, f"site.{where}") in {(each.code, str(each.place)) for each in told}


def test_a_file_of_other_decisions_is_left_alone(tmp_path):
    """Other products, zones, times, and limits that differ by less than ten times."""
    text = SHIPPED.replace("Europe/Berlin", "Europe/Dublin").replace(
        "2: 08:00, 20:00", "2: 06:00, 18:00"
    )
    text = text.replace("intramuscular: 5 mL", "intramuscular: 3 mL").replace(
        "weight: 30 days", "weight: 7 days"
    )
    path = tmp_path / "site.yaml"
    path.write_text(text, "utf-8")
    assert not inspect([path]).findings


def test_a_plan_that_reads_its_own_drugs_alone_knows_the_others(run):
    """Only the drugs of the regimen are read; the site's others are no unknown ones."""
    code, said, _ = run(
        "plan", "myeloma-thalidomide-dexamethasone", "--weight", "70 kg", "--start", "2027-01-11",
        "--cycles", "1", "--site", str(files.SITE),
    )  # fmt: skip
    assert (code, "site-unknown" in said) == (0, False)


@pytest.mark.parametrize(
    "products", ["privigen (5, 10, 20)", "privigen (20 g 10 g)", "privigen 5 g"]
)
def test_a_fault_in_a_list_of_products_is_named(tmp_path, products):
    """Found by a newcomer: "0 stop", and a plan that failed without a word."""
    path = tmp_path / "site.yaml"
    old = "immunoglobulin: privigen (5 g, 10 g, 20 g, 40 g)"
    assert SHIPPED.count(old) == 1
    path.write_text(SHIPPED.replace(old, f"immunoglobulin: {products}"), "utf-8")
    (told,) = inspect([path]).findings
    assert (told.code, told.where, told.level) == ("unreadable", "products.immunoglobulin", "stop")
