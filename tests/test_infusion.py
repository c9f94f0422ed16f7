"""Rates: never above a ceiling, never a drop more or less than the volume."""

from fractions import Fraction

import pytest

from posology import plan
from posology.course.inputs import make
from posology.dispensing.infusion import Risk, Setting, infuse, lasting, per_hour
from posology.dispensing.rounding import Stocked
from posology.errors import DosingError
from posology.quantity import Quantity
from tiers import in_parts

Q = Quantity.parse
PRODUCTS = ["privigen", "octagam", "panzyga", "gammagard", "flebogamma"]
FIRST = "first infusion, as no earlier dose is entered"
RISK = ("paraproteinaemia (a reason)",)
CHOICES = {"immunoglobulin.every": "1 month", "immunoglobulin.days": "1-5"}


@pytest.fixture(scope="session")
def shelf(library):
    def of(name):
        product = library.drugs["immunoglobulin"].products[name]
        return Stocked(name, product, product.contents)

    return of


def setting(weight, first="", risks=(), indication="scleromyxedema", step="1 mL/h"):
    return Setting("immunoglobulin", Q(weight), indication, first, tuple(map(Risk, risks)),
                   pump_step=Q(step))  # fmt: skip


def by_hand(rate, kilograms):
    """mL/h of a rate for 10 % (0.1 g/mL), in figures alone."""
    number, unit = rate.number, rate.unit
    return {
        "mg/kg/min": number * kilograms * 60 / 100,
        "mL/kg/min": number * kilograms * 60,
        "mL/kg/h": number * kilograms,
        "mL/h": number,
    }[unit]


@in_parts(1)
@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("risks", [(), RISK])
@pytest.mark.parametrize("first", ["", FIRST])
@pytest.mark.parametrize("indication", ["scleromyxedema", "immune thrombocytopenia"])
def test_no_step_is_above_its_ceiling_and_the_volume_is_exact(
    shelf, name, risks, first, indication, part
):
    stocked = shelf(name)
    ladder = stocked.product.ladder
    named = ladder.most.get(indication.replace(" ", "-"))
    for tenths in part.choose(range(20, 3001), 99):
        kilograms = Fraction(tenths, 10)
        volume = Q("300 mL") if tenths % 2 else Quantity(kilograms * 4, "mL")
        about = setting("1 kg", first, risks)._replace(
            weight=Quantity(kilograms, "kg"), indication=indication
        )
        steps = ladder.first if first else ladder.later
        lowest = min(by_hand(step.rate, kilograms) for step in steps)
        if lowest < 1:
            with pytest.raises(DosingError, match="smallest setting of the site's pump"):
                infuse(volume, stocked, about)
            continue
        infusion = infuse(volume, stocked, about)
        ceilings = [named] if named else list(ladder.most.values())
        ceilings += [ladder.at_risk] if risks else []
        ceilings += [ladder.first_most] if first and ladder.first_most else []
        ceiling = min(by_hand(one.rate, kilograms) for one in ceilings)
        rates = [pace.rate.number for pace in infusion.paces]
        assert all(rate <= ceiling and rate.denominator == 1 for rate in rates)
        assert rates == sorted(set(rates)), "rising, neighbours joined"
        assert sum(pace.rate.number * pace.minutes / 60 for pace in infusion.paces) == volume.number
        assert sum(pace.volume.number for pace in infusion.paces) == volume.number
        assert infusion.minutes == sum(pace.minutes for pace in infusion.paces)


def test_a_first_infusion_climbs_slower_than_a_later_one(shelf):
    """70 kg: 0.5, 1 and 2 mg/kg/min are 21, 42 and 84 mL/h; 3.3 is 138.6."""
    first = infuse(Q("300 mL"), shelf("privigen"), setting("70 kg", FIRST, RISK))
    later = infuse(Q("300 mL"), shelf("privigen"), setting("70 kg", "", RISK))
    assert [str(pace.rate) for pace in first.paces] == ["21 mL/h", "42 mL/h", "84 mL/h", "138 mL/h"]
    assert [str(pace.rate) for pace in later.paces] == ["21 mL/h", "84 mL/h", "138 mL/h"]
    assert [str(pace.volume) for pace in first.paces] == ["10.5 mL", "21 mL", "42 mL", "226.5 mL"]
    assert first.minutes == 90 + Fraction(2265, 10) * 60 / 138
    assert later.minutes < first.minutes


def test_the_ceiling_says_why_and_by_which_source(shelf):
    said = infuse(Q("300 mL"), shelf("octagam"), setting("70 kg", FIRST, RISK)).working[1]
    assert said == (
        "Ceiling: 0.03 mL/kg/min for 70 kg = 126 mL/h, at risk: paraproteinaemia (a reason) "
        "(octagam, published)"
    )
    said = infuse(Q("300 mL"), shelf("octagam"), setting("70 kg")).working[1]
    assert said == (
        "Ceiling: 0.04 mL/kg/min for 70 kg = 168 mL/h, dermatomyositis, the lowest of the "
        "brand's, as none is encoded for scleromyxedema (octagam-pi, published)"
    )
    said = infuse(
        Q("300 mL"), shelf("octagam"), setting("70 kg", FIRST, (), "immune thrombocytopenia")
    ).working[1]
    assert said.startswith("Ceiling: 0.08 mL/kg/min for 70 kg = 336 mL/h, first infusion")


def test_each_step_can_be_redone_by_hand(shelf):
    working = infuse(Q("300 mL"), shelf("privigen"), setting("73 kg", FIRST, RISK)).working
    assert working[2] == "0.5 mg/kg/min for 73 kg = 21.9 mL/h, pump 21 mL/h: 30 min, 10.5 mL"
    assert working[5] == (
        "4 mg/kg/min for 73 kg = 175.2 mL/h, at most 144.54 mL/h, pump 144 mL/h: ~1 h 34 min, "
        "224.5 mL"
    )


def test_a_volume_that_ends_within_a_step_ends_there(shelf):
    infusion = infuse(Q("7 mL"), shelf("privigen"), setting("70 kg", FIRST))
    assert [(str(pace.rate), pace.minutes) for pace in infusion.paces] == [("21 mL/h", 20)]


@pytest.mark.parametrize(
    ("weight", "step", "rate"),
    [
        ("70 kg", "0.1 mL/h", "138.6 mL/h"),
        ("70 kg", "1 mL/h", "138 mL/h"),
        ("70 kg", "5 mL/h", "135 mL/h"),
    ],
)
def test_pump_rates_are_rounded_down(shelf, weight, step, rate):
    infusion = infuse(Q("300 mL"), shelf("privigen"), setting(weight, "", RISK, step=step))
    assert str(infusion.paces[-1].rate) == rate


def test_a_rate_in_ml_per_h_needs_no_weight():
    assert per_hour(Q("120 mL/h"), Q("70 kg"), Q("0.1 g/mL")) == Q("120 mL/h")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (30, "30 min"),
        (60, "1 h"),
        (125, "2 h 5 min"),
        (Fraction(1, 3), "~1 min"),
        (Fraction(239, 2), "~2 h"),
    ],
)
def test_how_long_is_printed_to_the_next_minute(minutes, words):
    assert lasting(Fraction(minutes)) == words


def course(**inputs):
    given = {"weight": "70 kg", "start": "2027-01-11", "cycles": 2, "choices": CHOICES, **inputs}
    return make(regimen="scleromyxedema-ivig", **given)


def ladders(computed):
    return [
        one.infusion.working[0].partition(": ")[2].removesuffix(" (privigen, inferred)")
        for one in computed.administrations
    ]


# Privigen's pause is 8 weeks: 56 days before 2027-01-11 is 2026-11-16.
@pytest.mark.parametrize(
    ("last", "first"),
    [
        (None, FIRST),
        ("2026-11-17", "a later infusion"),
        ("2026-11-16", "a later infusion"),
        ("2026-11-15", "as a first infusion: more than 8 weeks since Sun 15-Nov-2026"),
    ],
)
def test_after_a_pause_the_lower_ladder_counts_again(library, site, last, first):
    given = {"last": {"immunoglobulin": last}} if last else {}
    found = ladders(plan(course(**given), library, site))
    assert found[0] == first
    assert set(found[1:]) == {"a later infusion"}, "a month between cycles is no pause"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, ["paraproteinaemia (scleromyxedema comes with a monoclonal gammopathy"]),
        ({"risks": ["no-paraproteinaemia"]}, []),
        ({"risks": ["no-paraproteinaemia", "renal"]}, ["renal risk, as entered"]),
        ({"risks": ["no-paraproteinaemia", "thrombosis"]}, ["thrombosis risk, as entered"]),
        ({"risks": ["no-paraproteinaemia"], "age": "65 years"}, []),
        ({"risks": ["no-paraproteinaemia"], "age": "66 years"}, ["older than 65 years"]),
        ({"risks": ["no-paraproteinaemia"], "creatinine_clearance": "60 mL/min"}, []),
        (
            {"risks": ["no-paraproteinaemia"], "creatinine_clearance": "59 mL/min"},
            ["creatinine clearance below 60 mL/min"],
        ),
    ],
)
def test_risks_lower_the_ceiling_and_say_why(library, site, inputs, words):
    ceiling = plan(course(**inputs), library, site).administrations[0].infusion.working[1]
    assert ("at risk" in ceiling) == bool(words)
    assert all(word in ceiling for word in words)
    rates = {
        str(one.infusion.paces[-1].rate)
        for one in plan(course(**inputs), library, site).administrations
    }
    # At risk 3.3 mg/kg/min; else Privigen's lowest, 4.
    assert rates == ({"138 mL/h"} if words else {"168 mL/h"})


def test_the_end_is_the_start_and_the_whole_length(library, site):
    first = plan(course(), library, site).administrations[0]
    assert f"{first.at:%H:%M}" == "08:00"
    assert f"{first.ends(30):%H:%M}" == "10:47"
