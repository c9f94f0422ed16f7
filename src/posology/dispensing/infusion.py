"""Infusion rates: a brand's ladder, a weight and a volume give the pump's rates and the end.

A rate never exceeds the lowest ceiling that applies, and is rounded down to a setting of the pump.
The volume that has run in at the end is exact. A ladder belongs to its brand.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from posology.dispensing.rounding import Stocked
from posology.errors import DosingError
from posology.model import Ceiling, Cited, Infusion, Ladder, Pace, Rate
from posology.quantity import Quantity


class Risk(NamedTuple):
    """Why an infusion must run slowly, with the source if there is one."""

    words: str
    source: Cited | None = None


class Setting(NamedTuple):
    """What an infusion's rates depend on, besides product and volume."""

    drug: str
    weight: Quantity
    indication: str
    first: str
    """Why this counts as a first infusion; empty if it does not."""
    risks: tuple[Risk, ...]
    pump_step: Quantity


def infuse(volume: Quantity, stocked: Stocked, about: Setting) -> Infusion:
    """Compute the rates for a volume, with the working.

    Raises DosingError if the pump cannot run as slowly as the ladder requires.
    """
    ladder, concentration = stocked.product.ladder, stocked.product.concentration
    if ladder is None or concentration is None:
        raise DosingError(f"{stocked.product.name} has no ladder of rates")
    ceiling, why, cited = _lowest(ladder, about, concentration)
    held_rates = ladder.first if about.first else ladder.later
    source = f"({ladder.source}, {ladder.basis})"
    working = [
        f"Ladder of {stocked.product.name}: {about.first or 'a later infusion'} {source}",
        why,
    ]
    paces: list[Pace] = []
    left = volume.number
    asked = iter([*((each.rate, each.minutes) for each in held_rates), (ceiling, None)])
    while left:  # the last, at the ceiling, runs until nothing is left
        rate, minutes = next(asked)
        exact = per_hour(rate, about.weight, concentration)
        hourly = _pump_rate(min(exact, ceiling), about)
        whole = left * 60 / hourly.number  # minutes until nothing is left
        at_ceiling = exact >= ceiling
        held = whole if minutes is None or at_ceiling else min(Fraction(minutes), whole)
        ran = hourly.number * held / 60
        left -= ran
        paces.append(Pace(hourly, held, Quantity(ran, "mL")))
        working.append(_working_line(rate, exact, ceiling, paces[-1], about))
    sources = [Cited(about.drug, ladder.source), Cited(about.drug, cited)]
    sources += [risk.source for risk in about.risks if risk.source]
    return Infusion(_merged(paces), tuple(working), tuple(dict.fromkeys(sources)))


def running(rate: Rate, dose: Quantity, bag: Quantity | None, about: Setting) -> Infusion:
    """Compute how a dose runs in by the rates of its order: in mL/h where the bag is known.

    Raises DosingError for a rate in mL/h without a bag, and for one that the pump cannot run.
    """
    top = rate.start.unit.split("/")[0]
    unit = "mL" if bag else top
    if not bag and Quantity(Fraction(1), unit).dimension != dose.dimension:
        raise DosingError("rates in mL/h need the volume of the bag (diluted)")

    def hourly(stated: Quantity) -> Quantity:
        own = stated * about.weight if "kg" in stated.unit.split("/") else stated
        an_hour = own.to(f"{own.unit.split('/')[0]}/h")
        if bag is None:
            return an_hour.to(f"{unit}/h")
        if top != "mL":  # of the drug in the bag
            share = an_hour.to(f"{top}/h").number / dose.to(top).number
            an_hour = Quantity(share * bag.number, "mL/h")
        return _pump_rate(an_hour, about)

    paces: list[Pace] = []
    working = [f"By the order: {about.first or 'a later infusion'}: {rate}"]
    left, current = bag or dose.to(unit), rate.start
    while left.number:
        full = rate.most is not None and current >= rate.most
        pace = hourly(rate.most if rate.most and full else current)
        whole = left.number * 60 / pace.number
        held = whole
        if rate.by and rate.each and not full:
            held, current = min(Fraction(rate.each.minutes), whole), current + rate.by
        ran = Quantity(pace.number * held / 60, unit)
        left += ran * -1
        paces.append(Pace(pace, held, ran))
    return Infusion(_merged(paces), tuple(working), ())


def per_hour(rate: Quantity, weight: Quantity, concentration: Quantity) -> Quantity:
    """Write a rate in mL/h for a weight and a concentration, exact.

    >>> q = Quantity.parse
    >>> str(per_hour(q("0.5 mg/kg/min"), q("70 kg"), q("0.1 g/mL")))
    '21 mL/h'
    """
    for_weight = rate * weight if "kg" in rate.unit.split("/") else rate
    if for_weight.unit.startswith("mL"):
        return for_weight.to("mL/h")
    return (for_weight / concentration.to("mg/mL")).to("mL/h")


def _lowest(ladder: Ladder, about: Setting, concentration: Quantity) -> tuple[Quantity, str, str]:
    """Find the lowest ceiling that applies, with the reason and its source."""
    ceilings = [
        (per_hour(ceiling.rate, about.weight, concentration), ceiling, reason)
        for ceiling, reason in _ceilings(ladder, about)
    ]
    hourly, ceiling, reason = min(ceilings, key=lambda each: each[0])
    words = f"{ceiling.rate} for {about.weight} = {hourly}"
    if ceiling.rate.unit == hourly.unit:
        words = str(ceiling.rate)
    return hourly, f"Ceiling: {words}, {reason} ({ceiling.source}, {ceiling.basis})", ceiling.source


def _ceilings(ladder: Ladder, about: Setting) -> Iterator[tuple[Ceiling, str]]:
    named = ladder.most.get(about.indication.replace(" ", "-"))
    if named is not None:
        yield named, f"for {about.indication}"
    else:
        for indication, ceiling in ladder.most.items():
            words = f"{indication}, the lowest of the brand's, as none is encoded for"
            yield ceiling, f"{words} {about.indication}"
    if about.risks:
        yield ladder.at_risk, f"at risk: {'; '.join(risk.words for risk in about.risks)}"
    if about.first and ladder.first_most:
        yield ladder.first_most, about.first


def _pump_rate(rate: Quantity, about: Setting) -> Quantity:
    """Round a rate down to a setting of the pump."""
    setting = about.pump_step * int(rate.ratio(about.pump_step))
    if setting.number == 0:
        message = (
            f"{rate} is below {about.pump_step}, the smallest setting of the site's pump; "
            "use another pump, and enter its increment (pump_step) in the site file"
        )
        raise DosingError(message)
    return setting


def _working_line(
    rate: Quantity, exact: Quantity, ceiling: Quantity, pace: Pace, about: Setting
) -> str:
    capped = f", at most {ceiling}" if exact > ceiling else ""
    down = f", pump {pace.rate}" if pace.rate != min(exact, ceiling) else ""
    words = f"{rate} for {about.weight} = {exact}" if rate.unit != exact.unit else str(rate)
    return f"{words}{capped}{down}: {lasting(pace.minutes)}, {pace.volume}"


def lasting(minutes: Fraction) -> str:
    """Print a length of time, to the next whole minute: ``2 h 47 min``."""
    whole = -(-minutes.numerator // minutes.denominator)
    hours, rest = divmod(whole, 60)
    about = "" if minutes.denominator == 1 else "~"
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return about + " ".join(part for part in parts if part)


def _merged(paces: Sequence[Pace]) -> tuple[Pace, ...]:
    """Join neighbours of the same rate."""
    merged: list[Pace] = []
    for pace in paces:
        if merged and merged[-1].rate == pace.rate:
            last = merged.pop()
            pace = Pace(pace.rate, last.minutes + pace.minutes, last.volume + pace.volume)  # noqa: PLW2901 - one value
        merged.append(pace)
    return tuple(merged)


def shown(infusion: Infusion) -> str:
    """Print the rates on one line: ``21 mL/h 30 min, 42 mL/h 30 min, 138 mL/h ~1 h 57 min``."""
    paces = ", ".join(f"{pace.rate} {lasting(pace.minutes)}" for pace in infusion.paces)
    return f"{paces}; in all {lasting(infusion.minutes)}"
