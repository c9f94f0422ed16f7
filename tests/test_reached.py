"""The limit stands beside the dose, in every output, with the plan's own figure."""

import json
from datetime import date, timedelta
from fractions import Fraction

import pytest

from posology import library as files
from posology import plan
from posology.course.inputs import make
from posology.export.document import json_bytes
from posology.export.sheet import worksheet
from posology.export.text import text
from posology.guards.reached import reached
from test_exports import words

IVIG = {
    "regimen": "scleromyxedema-ivig", "weight": "70 kg", "start": "2027-01-11", "cycles": 2,
    "choices": {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"},
}  # fmt: skip
SPANS = {"dose": 0, "day": 1, "week": 7, "28 days": 28}


def by_hand(doses, per):
    """Add up the doses of each day and the days after it, and give the most."""
    if per == "dose":
        return max(amount for _, amount in doses)
    return max(
        sum(amount for day, amount in doses if first <= day < first + timedelta(SPANS[per]))
        for first, _ in doses
    )


@pytest.mark.parametrize("name", files.ids())
def test_each_figure_is_the_sum_by_hand(name, library, site):
    regimen = library.regimens[name].regimen
    cases = [case for case, _ in regimen.worked if not case.refused]
    for case in cases[:2]:
        inputs = {**case.patient.texts}
        course = make(
            regimen=name, weight=inputs.pop("weight"), start=case.start.isoformat(),
            cycles=case.cycles, choices=case.choose, without=case.without, **inputs,
        )  # fmt: skip
        computed = plan(course, library, site)
        rows = reached(computed)
        assert rows
        for row in rows:
            if row.per not in SPANS:
                continue
            unit, _, body = row.amount.unit.partition("/")
            doses = [
                (each.at.date(), each.amount.to(unit).number / _body(each, body))
                for each in computed.administrations
                if (each.order.drug, each.order.route) == (row.drug, row.route)
            ]
            assert row.amount.number == by_hand(doses, row.per), row


def _body(administration, body):
    size = administration.size
    return {"": Fraction(1), "kg": size.weight.number, "m2": size.surface and size.surface.number}[
        body
    ]


def test_the_limits_stand_in_every_output(library, site):
    computed = plan(make(**IVIG), library, site)
    line = (
        "most in 28 days: 2 g/kg from Mon 11-Jan-2027; usual 0.4 g/kg to 2 g/kg, absolute "
        "0.2 g/kg to 4.4 g/kg (three-weeks)"
    )
    assert line in text(computed)
    assert " ".join(line.split()) in words(worksheet(computed))
    rows = json.loads(json_bytes(computed))["limits"]
    assert {
        "drug": "immunoglobulin", "route": "intravenous", "per": "28 days", "most": "2 g/kg",
        "on": "2027-01-11", "usual": "0.4 g/kg to 2 g/kg", "absolute": "0.2 g/kg to 4.4 g/kg",
        "source": "three-weeks",
    } in rows  # fmt: skip
    assert {row["per"] for row in rows} >= {"dose", "day", "28 days"}


def test_a_limit_that_depends_on_a_missing_measure_is_not_shown_as_judged(library, site):
    computed = plan(make(**IVIG), library, site)
    unknown = {each.values[1] for each in computed.findings if each.code == "limit-not-judged"}
    conditions = {
        str(window.when)
        for each in reached(computed)
        for window in computed.drugs[each.drug].routes[each.route].windows
        if window.per == each.per and window.usual == each.usual and window.when
    }
    assert not unknown & conditions
    assert date.fromisoformat("2027-01-11") in {each.on for each in reached(computed)}
