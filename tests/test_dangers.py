"""Dangers that a plan must name, each beside its twin: the same patient without it."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from posology import plan
from posology.course.inputs import make

DATA = yaml.load(Path(__file__).with_name("dangers.yaml").read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - every value is text
ON = date(2027, 1, 4)


def findings(library, site, base, more):
    given = {"start": "2027-01-11", **DATA["bases"][base], **more}
    given = {name: value for name, value in given.items() if value != "null"}
    computed = plan(make(**given), library, site, on=ON)
    return {(each.code, each.level, each.message) for each in computed.findings}


@pytest.mark.parametrize(
    "danger", DATA["dangers"], ids=lambda each: f"{each['base']}-{each['with']}"
)
def test_a_danger_is_found_and_its_twin_is_silent(library, site, danger):
    code, level, phrase = danger["found"]
    with_it = findings(library, site, danger["base"], danger["with"])
    without = findings(library, site, danger["base"], {})

    def told(found):
        return [
            message
            for one, its, message in found
            if (one, its) == (code, level) and phrase in message
        ]

    assert told(with_it), sorted(with_it)
    assert not told(without)


def test_at_least_thirty_dangers_of_each_kind_are_planted():
    assert len(DATA["dangers"]) >= 30
    kinds = {danger["found"][0] for danger in DATA["dangers"]}
    assert kinds >= {
        "gate", "gate-not-judged", "given-not-judged", "pregnancy-prevention", "combination",
        "brand-changed", "too-close", "weight", "counts-old",
    }  # fmt: skip


@pytest.mark.parametrize("base", DATA["bases"])
def test_a_patient_without_a_danger_meets_none_of_their_own(library, site, base):
    """What is told of a plausible patient is the same for every patient of the regimen."""
    own = {
        "gate", "gate-not-judged", "given-not-judged", "pregnancy-unknown", "risk-not-judged",
        "limit-not-judged", "too-close", "brand-changed", "other-unknown", "given-twice",
    }  # fmt: skip
    found = {code for code, level, _ in findings(library, site, base, {}) if level != "note"}
    assert not found & own
