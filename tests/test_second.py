"""The second implementation agrees with the first, over every weight by 0.1 kg."""

import ast
import random
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
import yaml

import second
from conftest import READ_AS
from posology import library as files
from posology import plan
from posology.course.inputs import make
from posology.dispensing.rounding import Stocked, measured
from posology.dosing import body
from posology.errors import CourseError, DosingError
from posology.model.zone import Zone
from posology.planning.compute import compute
from posology.quantity import Quantity, print_number
from tiers import in_parts


def test_the_second_implementation_imports_nothing_of_the_first():
    tree = ast.parse(Path(second.__file__).read_text("utf-8"))
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names == {"datetime", "fractions"}


@in_parts(2)
@pytest.mark.parametrize("days", [4, 5])
@pytest.mark.parametrize("every", ["1 month", "4 weeks"])
def test_ivig_agrees_for_every_weight(library, site, every, days, part):
    for tenths in part.choose(range(20, 3001), 149):
        weight = print_number(Fraction(tenths, 10)).replace(",", "")
        start = date(2027, 1, 1) + timedelta(tenths)
        course = make(
            regimen="scleromyxedema-ivig",
            weight=f"{weight} kg",
            start=start.isoformat(),
            cycles=2,
            choices={"immunoglobulin.every": every, "immunoglobulin.days": f"1-{days}"},
        )
        computed = plan(course, library, site)
        lines, totals = second.ivig(weight, start, 2, every, days)
        assert [one.computed for one in computed.administrations] == lines
        assert [str(one) for one in computed.totals] == totals


@in_parts(2)
def test_the_triple_combination_agrees_from_every_start(library, site, part):
    for number in part.choose(range(0, 1500, 7), 53):
        start = date(2027, 1, 1) + timedelta(number)
        course = make(
            regimen="scleromyxedema-dexamethasone-sirolimus-octreotide",
            choices=READ_AS,
            weight="70 kg",
            start=start.isoformat(),
        )
        computed = plan(course, library, site)
        lines, totals = second.triple(start)
        assert [one.computed for one in computed.administrations] == lines
        assert [str(one) for one in computed.totals] == totals


def agree(library, site, lines, totals, **inputs):
    computed = plan(make(**inputs), library, site)
    assert [one.computed for one in computed.administrations] == lines
    assert [str(one) for one in computed.totals] == totals


WEIGHTS = [print_number(Fraction(tenths, 10)).replace(",", "") for tenths in range(300, 2001, 7)]


@in_parts(1)
def test_melphalan_and_prednisone_agree_per_kg_and_per_square_metre(library, site, part):
    for number, weight in part.choose(enumerate(WEIGHTS), 24):
        start, height = date(2027, 1, 1) + timedelta(number), 140 + number % 70
        per_kg = second.melphalan_prednisone(start, 2, Fraction(weight) / 4, Fraction(weight) * 2)
        inputs = {"weight": f"{weight} kg", "start": start.isoformat(), "cycles": 2}
        agree(library, site, *per_kg, regimen="myeloma-melphalan-prednisone-kg", **inputs)
        m2 = second.surface(height, weight)
        agree(
            library,
            site,
            *second.melphalan_prednisone(start, 2, 9 * m2, 60 * m2),
            regimen="myeloma-melphalan-prednisone-m2",
            height=f"{height} cm",
            **inputs,
        )
        agree(
            library,
            site,
            *second.bortezomib_dexamethasone(height, weight, start, 2),
            regimen="myeloma-bortezomib-dexamethasone",
            height=f"{height} cm",
            **inputs,
        )


@in_parts(1)
def test_the_table_by_age_and_counts_agrees_on_both_sides_of_every_limit(library, site, part):
    start = date(2027, 1, 11)
    grid = product(
        (66, 75, 76, 90),
        (1000, 1499, 1500, 4000),
        (50000, 99999, 100000, 300000),
        (20, 49, 50, 90),
        ("70", "96.1", "100.1"),
    )
    for age, neutrophils, platelets, kidney, weight in part.choose(grid, 41):
        agree(
            library,
            site,
            *second.melphalan_prednisone_thalidomide(
                weight, start, 1, age, neutrophils, platelets, kidney
            ),
            regimen="myeloma-melphalan-prednisone-thalidomide",
            weight=f"{weight} kg",
            start=start.isoformat(),
            cycles=1,
            age=f"{age} years",
            neutrophils=f"{neutrophils} /uL",
            platelets=f"{platelets} /uL",
            creatinine_clearance=f"{kidney} mL/min",
        )


@in_parts(1)
def test_lenalidomide_agrees_for_every_clearance_and_age(library, site, part):
    start = date(2027, 1, 11)
    grid = product(range(1, 121), (40, 74, 75, 90), (False, True))
    for kidney, age, dialysis in part.choose(grid, 31):
        if (kidney < 11 and not dialysis) or (dialysis and kidney >= 30):
            continue
        agree(
            library,
            site,
            *second.lenalidomide_dexamethasone(start, 2, age, kidney, dialysis),
            regimen="myeloma-lenalidomide-dexamethasone",
            choices={"lenalidomide.market": "eu"},
            weight="70 kg",
            start=start.isoformat(),
            cycles=2,
            age=f"{age} years",
            creatinine_clearance=f"{kidney} mL/min",
            dialysis="yes" if dialysis else "no",
        )


def test_thalidomide_and_dexamethasone_agree_for_every_length(library, site):
    for cycles in range(1, 14):
        start = date(2027, 1, 1) + timedelta(11 * cycles)
        agree(
            library,
            site,
            *second.thalidomide_dexamethasone(start, cycles),
            regimen="myeloma-thalidomide-dexamethasone",
            weight="70 kg",
            start=start.isoformat(),
            cycles=cycles,
        )


SIZES = (40, 20, 10, 5)


@in_parts(2)
@pytest.mark.parametrize("days", [4, 5])
def test_vials_and_rates_agree(library, site, days, part):
    """Every third weight by 0.1 kg: each vial, each pump rate, each minute of each infusion."""
    refused = 0
    for tenths in part.choose(range(20, 3001, 3), 31):
        weight = print_number(Fraction(tenths, 10)).replace(",", "")
        course = make(
            regimen="scleromyxedema-ivig",
            weight=f"{weight} kg",
            start="2027-01-11",
            cycles=1,
            choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": f"1-{days}"},
        )
        computed = plan(course, library, site)
        theirs = second.months_vials(weight, days, SIZES)
        codes = {one.code for one in computed.findings if one.level == "stop"}
        if theirs is None:
            assert "not-dispensable" in codes
            refused += 1
            continue
        if tenths < 34:  # 0.5 mg/kg/min are below 1 mL/h
            assert "not-dispensable" in codes
            continue
        assert "not-dispensable" not in codes
        for number, (one, (grams, vials)) in enumerate(
            zip(computed.administrations, theirs, strict=True)
        ):
            assert str(one.amount) == f"{grams} g"
            packs = [pack.size.number for pack in one.prepared.packs for _ in range(pack.number)]
            assert sorted(packs, reverse=True) == sorted(vials, reverse=True)
            rates = second.privigen(weight, grams * 10, first=number == 0)
            assert [(pace.rate.number, pace.minutes) for pace in one.infusion.paces] == rates
    assert refused


def cm(number):
    return Quantity(Fraction(number), "cm")


def test_body_surface_and_ideal_weight_agree_by_another_way():
    """By whole-number roots and by plain fractions, for adults of every size."""
    for height in range(153, 211, 3):
        for kilograms in range(35, 181, 5):
            ours = body.mosteller(cm(height), Quantity.parse(f"{kilograms} kg")).number
            assert ours == second.surface(height, kilograms)
            inches = Fraction(height * 100, 254) - 60
            for sex, base in (("male", 50), ("female", Fraction(91, 2))):
                best = base + inches * 23 / 10
                assert body.ideal(cm(height), sex).number == best
                mixed = (best * 6 + kilograms * 4) / 10
                adjusted = body.adjusted(cm(height), Quantity.parse(f"{kilograms} kg"), sex).number
                assert adjusted == min(mixed, kilograms)


def test_the_clearance_agrees():
    for years in range(18, 100, 7):
        for kilograms in ("41.5", "70", "123.4"):
            for sex in ("male", "female"):
                for creatinine, unit in (("0.9", "mg/dL"), ("3.25", "mg/dL"), ("61", "umol/L")):
                    ours = body.cockcroft_gault(
                        Quantity(Fraction(years), "year"),
                        Quantity.parse(f"{kilograms} kg"),
                        sex,
                        Quantity.parse(f"{creatinine} {unit}"),
                    )
                    assert ours.number == second.clearance(years, kilograms, sex, creatinine, unit)


@in_parts(1)
@pytest.mark.parametrize(
    ("drug", "name", "route", "strength", "most"),
    [
        ("bortezomib", "vial", "subcutaneous", Fraction(5, 2), 2),
        ("bortezomib", "vial-intravenous", "intravenous", Fraction(1), None),
        ("dexamethasone", "ampoule-4", "intramuscular", Fraction(4), 5),
    ],
)
def test_measured_volumes_agree(library, site, drug, name, route, strength, most, part):
    entry = library.drugs[drug].products[name]
    stocked = Stocked(name, entry, entry.contents)
    for hundredths in part.choose(range(5, 12000, 7), 53):
        dose = Fraction(hundredths, 100)
        sites, each = second.syringe(dose / strength, most)
        off = abs(each * sites * strength / dose - 1)
        if not each or off > Fraction(1, 10):
            with pytest.raises(DosingError):
                measured(Quantity(dose, "mg"), stocked, site.site, route)
            continue
        ours = measured(Quantity(dose, "mg"), stocked, site.site, route)
        assert (ours.places, ours.volume.number) == (sites, each * sites)
        assert ours.amount.number == each * sites * strength


def one_order(**order):
    """Write a regimen of one order; what its quote says is not what is tried here."""
    value = {
        "name": "an order", "indication": "a test", "version": 1, "status": "draft",
        "duration": "not stated", "sources": {"paper": {"cite": "none"}},
        "orders": [{"drug": "a-drug", "route": "intravenous", "source": "paper", "quote": "none", **order}],
    }  # fmt: skip
    return files.read_text("an-order", yaml.safe_dump(value, sort_keys=False))


def of_one_order(site, order, **inputs):
    # A clock time that does not exist once, as the clocks change, is refused; here none changes.
    site = site._replace(site=site.site.model_copy(update={"time_zone": Zone.parse("UTC")}))
    shelf = files.Library(
        {"an-order": one_order(**order)}, {}, files.combinations_for(files.FOLDER)
    )
    course = make(regimen="an-order", **{"weight": "70 kg", "start": "2027-01-11", **inputs})
    return compute(course, shelf, site)


def rhythm(chance):
    """Choose a rhythm: how it is written, and what the second implementation takes."""
    kind = chance.choice(("day", "week", "month", "hour", "once"))
    if kind == "hour":
        hours = chance.choice((1, 2, 3, 4, 6, 8, 12))
        return f"{hours} hour{'s' * (hours > 1)}", (hours, "hour"), [1], 24 // hours
    number = chance.randint(1, {"day": 30, "week": 8, "month": 3, "once": 1}[kind])
    longest = {"day": number, "week": 7 * number, "month": 28 * number, "once": 60}[kind]
    days = sorted(chance.sample(range(1, longest + 1), min(longest, chance.randint(1, 5))))
    times = chance.choice((1, 1, 2))
    if kind == "once":
        return "once", "once", days, times
    return f"{number} {kind}{'s' * (number > 1)}", (number, kind), days, times


def written_rhythm(every, days, times):
    """Write a rhythm as a file does; hours say by themselves how often."""
    said = {"every": every} if "hour" in every else {"every": every, "times": times}
    return {**said, "days": ", ".join(map(str, days))}


@in_parts(12)
def test_phases_of_any_rhythm_agree_on_every_dose(site, part):
    """12,000 orders of two or three phases, the last of so many days."""
    for seed in part.choose(range(12_000), 97):
        chance = random.Random(seed)  # noqa: S311 - for tests
        start = date(2027, 1, 1) + timedelta(chance.randint(0, 2000))
        begins = [1, *sorted(chance.sample(range(2, 120), chance.randint(1, 2)))]
        lasts = chance.randint(1, 90)
        theirs, order, later = [], {}, {}
        for index, begin in enumerate(begins):
            every, taken, days, times = rhythm(chance)
            amount = f"{chance.randint(1, 999)} mg"
            theirs.append((begin, taken, days, times, amount))
            if index == 0:
                order = {"dose": f"{amount} each", **written_rhythm(every, days, times)}
                continue
            own = {"dose": f"{amount} each", "quote": "none", **written_rhythm(every, days, times)}
            if index + 1 == len(begins):
                own["duration"] = f"{lasts} day{'s' * (lasts > 1)}"
            later[f"day {begin}"] = own
        lines = second.phased(start, theirs, lasts)
        if not lines:
            with pytest.raises(CourseError, match="no dose falls within its duration"):
                of_one_order(site, {**order, "from": later}, start=start.isoformat())
            continue
        computed = of_one_order(site, {**order, "from": later}, start=start.isoformat())
        assert sorted(one.computed for one in computed.administrations) == sorted(lines), seed


@in_parts(4)
def test_doses_by_exposure_agree_for_every_clearance(site, part):
    """4,000 clearances, exposures and caps."""
    for seed in part.choose(range(4_000), 97):
        chance = random.Random(seed)  # noqa: S311 - for tests
        exposure = chance.choice(("1.5", "2", "4", "5", "6", "7.5"))
        kidney, cap = Fraction(chance.randint(100, 2000), 10), chance.choice((100, 120, 125, 150))
        clearance = print_number(kidney).replace(",", "")
        computed = of_one_order(
            site, {"dose": f"AUC {exposure} each", "every": "3 weeks", "cap": f"{cap} mL/min"},
            cycles=1, creatinine_clearance=f"{clearance} mL/min",
        )  # fmt: skip
        (one,) = computed.administrations
        assert one.dose.amount.to("mg").number == second.calvert(exposure, clearance, cap), seed


@in_parts(4)
def test_infusions_whose_rate_rises_agree_to_the_minute(site, part):
    """4,000 doses, first rates, steps and most; and an end of each in the calendar."""
    for seed in part.choose(range(4_000), 97):
        chance = random.Random(seed)  # noqa: S311 - for tests
        amount, first = chance.randint(50, 2000), chance.choice((10, 25, 50, 100))
        by, each = chance.choice((10, 25, 50, 100)), chance.choice((15, 20, 30, 60))
        most = first + by * chance.randint(0, 8)
        rate = {"start": f"{first} mg/h", "by": f"{by} mg/h", "each": f"{each} minutes",
                "most": f"{most} mg/h", "quote": "none"}  # fmt: skip
        order = {"dose": f"{amount} mg each", "every": "1 week", "rates": {"first": rate}}
        (one,) = of_one_order(site, order, cycles=1).administrations
        minutes, rates = second.rising(amount, first, by, each, most)
        assert one.infusion.minutes == minutes, seed
        assert [pace.rate.number for pace in one.infusion.paces] == rates, seed
        ended = (one.ends(30) - one.at).total_seconds() / 60
        assert 0 <= ended - minutes < 1, seed
