"""Plausible plans of accepted regimens: what is left to look at concerns the patient."""

from datetime import date
from pathlib import Path
from statistics import median

import pytest
import yaml

from posology import library as files
from posology import plan
from posology.course.inputs import make
from test_accepting import accepted

ON = date(2027, 1, 4)
DATA = Path(__file__).with_name("plausible.yaml").read_text("utf-8")
PLANS = yaml.load(DATA, yaml.BaseLoader)["plans"]  # noqa: S506 - every value is text


@pytest.fixture(scope="module")
def accepting():
    """A hospital that has accepted all that it can, of every regimen."""
    site = files.read_site()._replace(example=False)
    for name in {each["regimen"] for each in PLANS}:
        site = accepted(name, site)
    return site


def reviews(library, site, entered):
    given = {"weighed": "2027-01-04", "start": "2027-01-11", **entered}
    given.pop("reviews", None)
    computed = plan(make(**given), library, site, on=ON)
    assert not computed.stopped, [
        each.message for each in computed.findings if each.level == "stop"
    ]
    return sorted(each.code for each in computed.findings if each.level == "review")


@pytest.mark.parametrize("entered", PLANS, ids=lambda each: f"{each['regimen']}-{each['weight']}")
def test_what_is_left_to_look_at_concerns_the_patient(library, accepting, entered):
    assert reviews(library, accepting, entered) == sorted(entered.get("reviews", []))


def test_a_pharmacist_looks_at_one_finding_a_plan_at_most_on_the_median(library, accepting, site):
    """The figures of SAFETY.md; the same plans with nothing accepted are counted beside them."""
    assert len(PLANS) == 54
    assert {each["regimen"] for each in PLANS} == {
        name for name, entry in library.regimens.items() if not entry.regimen.undosed
    }
    left = [len(reviews(library, accepting, each)) for each in PLANS]
    before = [len(reviews(library, site, each)) for each in PLANS]
    said = (
        f"{sum(before)} reviews, and {sum(left)} where the regimens are accepted: "
        f"{median(left):g} a plan on the median, {max(left)} at most"
    )
    assert median(left) <= 1
    safety = " ".join((Path(__file__).parents[1] / "SAFETY.md").read_text("utf-8").split())
    assert said in safety, said
