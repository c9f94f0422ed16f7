"""Published regimens, encoded with the source's unbent phrases, give the published dates and doses.

``published.json`` was worked out by hand, twice, and never with Posology.
"""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from posology import library as files
from posology import plan
from posology.checks.coherent import coherent
from posology.checks.quoted import quoted
from posology.course.inputs import make
from posology.model import Drug
from posology.model.periods import Clock

FOLDER = Path(__file__).with_name("reach")
PUBLISHED = {
    each["id"]: each for each in json.loads((FOLDER / "published.json").read_text("utf-8"))["regimens"]
}  # fmt: skip
INPUTS = yaml.load((FOLDER / "inputs.yaml").read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - every value is text
OF_OTHERS = {"cases-missing", "drug-unknown"}
"""Stops that a test file has by its nature: it has no cases, and drugs of no formulary."""
WIDE = {"g": "1000 g", "drop": "1000 drops", "IU": "100000000 IU"}


def drug(name, routes):
    """Make a drug that is given by these routes; its windows hold every dose."""
    windows = [
        {"per": per, "usual": f"0.000001 {unit} to {most}", "absolute": f"0.000001 {unit} to {most}",
         "source": "none", "basis": "unsourced", "verdicts": [f"1 {unit} pass"]}
        for per in ("dose", "day", "week", "28 days") for unit, most in WIDE.items()
    ]  # fmt: skip
    product = {
        "name": "a product", "form": "solution", "contents": ["1 mg"], "together": "1 mg in 1 mL",
        "concentration": "1 mg/mL", "source": "none", "basis": "unsourced",
    }  # fmt: skip
    return Drug.model_validate(
        {"name": name, "form": "a form", "version": "1", "atc": {"code": "none", "basis": "unsourced"},
         "sources": {"none": {"cite": "none"}}, "products": {"a-product": product},
         "routes": {route: {"windows": windows, "products": ["a-product"]} for route in routes},
         "cases": [{"dose": "1 mg", "route": min(routes), "says": "pass"}]}
    )  # fmt: skip


def regimen(name):
    return files.read_regimen(FOLDER / f"{name}.yaml")


def computed(name, site, entered, published):
    entry = regimen(name)
    drugs = {
        order.drug: drug(order.drug, {each.route for each in entry.regimen.orders})
        for order in entry.regimen.orders
    }
    library = files.Library({entry.id: entry}, drugs, files.combinations_for(files.FOLDER))
    measures = {key.replace(" ", "_"): value for key, value in published["patient"].items()}
    given = {"start": published["start"], **measures, **entered}
    clock = {**site.site.clock, 6: Clock.parse("07:00, 10:00, 13:00, 16:00, 19:00, 22:00")}
    ours = site._replace(site=site.site.model_copy(update={"clock": clock}))
    return plan(make(regimen=entry.id, **given), library, ours)


def lines(expected, found):
    """Write what is computed as it is expected: with a clock time only where that is fixed."""
    clocked = [bool(re.match(r"\w{3} \S+ \d\d:\d\d ", line)) for line in expected]
    out = []
    for number, each in enumerate(found):
        line = each.computed
        if not (number < len(clocked) and clocked[number]):
            line = re.sub(r"^(\w{3} \S+) \d\d:\d\d ", r"\1 ", line)
        out.append(line)
    return out


def plainly(expected):
    """Leave out which of the day it is, and how an exact part is explained."""
    lines = [re.sub(r" \(\d of \d\)$", "", line) for line in expected]
    lines = [line.replace("route not printed", "oral") for line in lines]
    return [line.replace("46.6667 (exactly 140/3)", "~46.67") for line in lines]


def by_day(line):
    _, day, rest = line.split(" ", 2)
    return (datetime.strptime(day, "%d-%b-%Y"), rest)  # noqa: DTZ007 - a day


def totals(found):
    """Add up each drug: a plan has the totals of each order."""
    by_drug = {}
    for each in found.totals:
        number, amount = by_drug.get(each.drug, (0, None))
        amount = each.per_course if amount is None else amount + each.per_course
        by_drug[each.drug] = (number + each.administrations, amount)
    return [
        f"{number} dose{'s' if number != 1 else ''} of {name}, {amount}"
        for name, (number, amount) in by_drug.items()
    ]


CASES = [
    (name, number, entered)
    for name, variants in INPUTS.items() for number, entered in enumerate(variants)
]  # fmt: skip


@pytest.mark.parametrize("name", INPUTS)
def test_a_published_regimen_is_read_without_a_stop(name):
    entry = regimen(name)
    found = [*quoted(entry.regimen, {}), *coherent(entry.regimen, {})]
    assert not [
        each.message for each in found if each.level == "stop" and each.code not in OF_OTHERS
    ]


@pytest.mark.parametrize(("name", "number", "entered"), CASES)
def test_a_published_regimen_gives_the_published_doses(site, name, number, entered):
    published = PUBLISHED[name]
    wanted = published if number == 0 else {**published, **published["variants"][number - 1]}
    found = computed(name, site, entered, published)
    expected = plainly(wanted["expected"])
    got = lines(expected, found.administrations)[: len(expected)]
    # On one day the published lines stand drug by drug, ours by the hour.
    assert sorted(got, key=by_day) == sorted(expected, key=by_day)
    if wanted.get("expected_is") == "complete":
        assert len(found.administrations) == len(expected)
    assert sorted(totals(found)) == sorted(wanted["totals"])
