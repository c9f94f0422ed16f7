"""Published regimens, encoded with the source's unbent phrases, give the published dates and doses.

``published.json`` was worked out by hand, twice, and never with Posology.
"""

import json
import re
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from posology import library as files
from posology import plan
from posology.checks.coherent import coherent
from posology.checks.quoted import quoted
from posology.course.inputs import make
from posology.errors import CourseError, DosingError
from posology.model import Drug, Regimen
from posology.model.change import AnyChange
from posology.model.periods import Clock
from test_slips import trials
from tiers import in_parts

FOLDER = Path(__file__).with_name("reach")
PUBLISHED = {
    each["id"]: each for each in json.loads((FOLDER / "published.json").read_text("utf-8"))["regimens"]
}  # fmt: skip
INPUTS = yaml.load((FOLDER / "inputs.yaml").read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - every value is text
NEEDED = {
    "prochlorperazine-as-needed": [
        "10 mg prochlorperazine, oral, as needed for nausea and vomiting, not sooner than 4 hours "
        "after the last; no most a day is stated"
    ],
}
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


def computed(name, site, entered, published, entry=None):
    entry = entry or regimen(name)
    drugs = {
        order.drug: drug(order.drug, {each.route for each in entry.regimen.orders})
        for order in entry.regimen.orders
    }
    library = files.Library({entry.id: entry}, drugs, files.combinations_for(files.FOLDER))
    measures = {key.replace(" ", "_"): value for key, value in published["patient"].items()}
    given = {"start": published["start"], **measures, **entered}
    clock = {**site.site.clock, 6: Clock.parse("07:00, 10:00, 13:00, 16:00, 19:00, 22:00")}
    ours = site._replace(site=site.site.model_copy(update={"clock": clock}))
    changes = [TypeAdapter(AnyChange).validate_python(each) for each in given.pop("changes", [])]
    course = make(regimen=entry.id, **given)
    return plan(course.model_copy(update={"changes": tuple(changes)}), library, ours)


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


def compared(name, number, found):
    """Give what is computed of a regimen and what is published, as pairs that must be equal."""
    published = PUBLISHED[name]
    wanted = published if number == 0 else {**published, **published["variants"][number - 1]}
    expected = plainly(wanted["expected"])
    got = lines(expected, found.administrations)
    complete = wanted.get("expected_is") == "complete"
    # On one day the published lines stand drug by drug, ours by the hour.
    return (
        (sorted(got if complete else got[: len(expected)], key=by_day), sorted(expected, key=by_day)),
        (sorted(totals(found)), sorted(wanted["totals"])),
        ([str(each) for each in found.needed], NEEDED.get(name, [])),
    )  # fmt: skip


@pytest.mark.parametrize(("name", "number", "entered"), CASES)
def test_a_published_regimen_gives_the_published_doses(site, name, number, entered):
    found = computed(name, site, entered, PUBLISHED[name])
    for got, expected in compared(name, number, found):
        assert got == expected


def test_every_published_regimen_is_encoded():
    files_ = {path.stem for path in FOLDER.glob("*.yaml")} - {"inputs"}
    assert set(INPUTS) == files_ == set(PUBLISHED)


def test_the_first_infusion_of_rituximab_lasts_longer_than_the_later_ones(site):
    found = computed(
        "rituximab-first-infusion", site, {}, PUBLISHED["rituximab-first-infusion"]
    ).administrations
    lengths = [each.infusion.minutes for each in found]
    assert lengths == [207, *[Fraction(1179, 8)] * 3]  # 3 h 27 min; 2 h 27.4 min
    assert [str(pace.rate) for pace in found[0].infusion.paces] == [
        f"{rate} mg/h" for rate in range(50, 400, 50)
    ]
    assert {f"{each.ends(30):%H:%M}" for each in found} == {"11:27", "10:28"}


def test_a_step_up_of_the_depot_is_not_jumped_over(site):
    name, published = "octreotide-lar-titration", PUBLISHED["octreotide-lar-titration"]
    change = {**INPUTS[name][0]["changes"][0], "to": "40 mg each"}
    with pytest.raises(CourseError, match="next: 30 mg each"):
        computed(name, site, {"cycles": 6, "changes": [change]}, published)
    lower = {**change, "kind": "reduce", "to": "10 mg each"}
    found = computed(name, site, {"cycles": 6, "changes": [lower]}, published)
    assert [str(each.amount) for each in found.administrations[-2:]] == ["10 mg", "10 mg"]


def test_folic_acid_moves_with_methotrexate(site):
    name = "methotrexate-folic-acid"
    delay = {"kind": "delay", "on": "2027-01-20", "reason": "fever",
             "what": "from cycle 3 of methotrexate", "days": "2"}  # fmt: skip
    entered = {**INPUTS[name][0], "changes": [delay]}
    found = computed(name, site, entered, PUBLISHED[name]).administrations
    days = [(each.order.drug, each.at.strftime("%a")) for each in found]
    assert days[:2] == [("methotrexate", "Mon"), ("folic-acid", "Tue")]
    assert days[4:6] == [("methotrexate", "Wed"), ("folic-acid", "Thu")]


_LEFT_OUT = {
    "a row or a phase has the rhythm or the dose of the one before it": (
        "enoxaparin-renal orders.0.doses.0.every",
        "prednisolone-taper-combivas orders.0.from.day 71.dose",
    ),
    "a reduction or a raise needs two people then": (
        "octreotide-lar-titration orders.0.steps",
        "octreotide-lar-titration orders.0.steps.0",
        "octreotide-lar-titration orders.0.steps_up.1",
    ),
    "how long an infusion takes is asked for then, or it runs as slowly as the first": (
        "rituximab-first-infusion orders.0.rates",
        "rituximab-first-infusion orders.0.rates.later",
    ),
}
ESCAPES = {
    (name, path, "dropped"): reason
    for reason, places in _LEFT_OUT.items()
    for name, _, path in (place.partition(" ") for place in places)
}
"""(file, path, slip) → why nothing stops it: only what is left out, and no number."""


def stopped(name, value, site):
    """Whether a slipped regimen is refused, stopped by a check, or gives other doses."""
    try:
        slipped = regimen(name)._replace(regimen=Regimen.model_validate(value))
    except ValidationError:
        return True
    found = [*quoted(slipped.regimen, {}), *coherent(slipped.regimen, {})]
    if any(each.level == "stop" and each.code not in OF_OTHERS for each in found):
        return True
    try:
        return any(
            got != expected
            for number, entered in enumerate(INPUTS[name])
            for got, expected in compared(
                name, number, computed(name, site, entered, PUBLISHED[name], slipped)
            )
        )
    except (CourseError, DosingError):
        return True


@in_parts(1)
@pytest.mark.parametrize("name", INPUTS)
def test_every_slip_in_a_published_regimen_is_stopped(site, name, part):
    tried = part.choose(trials(regimen(name).tree.value), 19)
    escaped = {(name, path, slip) for path, slip, value in tried if not stopped(name, value, site)}
    places = {(name, path, slip) for path, slip, _ in tried}
    assert escaped == places & ESCAPES.keys(), "none more, and none less"
