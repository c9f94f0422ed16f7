"""The rates of all infusions of an order: which are first ones, and which risks slow them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from posology.dispensing.infusion import Risk, Setting, infuse, running
from posology.dispensing.rounding import Stocked
from posology.dispensing.stock import must_know
from posology.errors import DosingError
from posology.model import (
    Administration,
    Circumstances,
    Cited,
    Condition,
    Finding,
    Infusion,
    Ladder,
    Patient,
    Place,
    Rates,
    Slot,
    print_date,
)
from posology.scheduling.dates import after


def is_kept(administration: Administration) -> bool:
    """Tell whether its record says what was prepared."""
    return administration.recorded is not None and administration.recorded.complete


def known_and_holds(condition: Condition, patient: Patient) -> bool:
    """Tell whether a condition holds; it does not where a measure is missing."""
    known = all(patient.measure(measure) is not None for measure in condition.measures)
    return known and condition.holds(patient)


def at_risk(about: Circumstances) -> tuple[Risk, ...]:
    """List the reasons why an infusion must run slowly; empty if there are none."""
    risks, patient = about.course.risks, about.patient
    reasons = [
        Risk(f"{name} ({why})")
        for name, why in about.regimen.risks.items()
        if f"no-{name}" not in risks
    ]
    reasons += [Risk(f"{risk} risk, as entered") for risk in risks if not risk.startswith("no-")]
    for factor in about.drug.risks:
        if known_and_holds(factor.when, patient):
            source = Cited(about.drug.name, factor.source)
            reasons.append(Risk(f"{factor.why} ({factor.source}, {factor.basis})", source))
    return tuple(reasons)


def risks_not_judged(about: Circumstances) -> Iterable[Finding]:
    """Report risks of an infusion that depend on a measure that was not entered."""
    unknown = {
        measure
        for factor in about.drug.risks
        for measure in factor.when.measures
        if about.patient.measure(measure) is None
    }
    if unknown and not at_risk(about):
        message = (
            f"{about.drug.name}: {' and '.join(sorted(unknown))} not entered, so whether "
            "the infusion must run slower is not judged; enter them"
        )
        values = (about.drug.name, *sorted(unknown))
        yield Finding("risk-not-judged", "review", Place.of("risks"), message, values)


def infused(
    administrations: Sequence[Administration],
    stocked: Mapping[Slot, Stocked],
    about: Sequence[Circumstances],
    measured: Mapping[Slot, int],
) -> list[Administration]:
    """Compute the rates of each infusion; the first ones run by the lower ladder.

    First are also the one after a pause, and the one after another product. ``about`` has one entry
    per set of measures. ``measured`` maps a dose to its entry; a dose that is missing uses the
    first. Rates that are recorded stay as they are.
    """
    if not any(each.product.ladder for each in stocked.values()):
        return list(administrations)
    settings = [
        Setting(
            drug=circumstances.drug.name,
            weight=circumstances.size.weight,
            indication=circumstances.regimen.indication,
            first="",
            risks=at_risk(circumstances),
            pump_step=circumstances.site.pump_step,
        )
        for circumstances in about
    ]
    last = _before(about[0])
    done: list[Administration] = []
    made: dict[tuple[object, ...], Infusion] = {}
    for administration in administrations:
        product, recorded = stocked[administration.slot], administration.recorded
        ladder = product.product.ladder
        if (
            ladder
            and not is_kept(administration)
            and not (recorded and not administration.prepared)
        ):
            first = _first(last, administration, product, ladder)
            volume = administration.prepared.volume if administration.prepared else None
            if volume is None:
                raise DosingError(f"{product.product.name} has a ladder, but no concentration")
            index = measured.get(administration.slot, 0)
            key = (product.id, product.contents, volume, first, index)
            if key not in made:
                made[key] = infuse(volume, product, settings[index]._replace(first=first))
            # We do not know how long a partial dose ran, so it has no rates.
            rates = made[key] if administration.as_planned else None
            administration = administration._replace(infusion=rates)  # noqa: PLW2901 - one value
        elif recorded and recorded.infusion:
            administration = administration._replace(infusion=recorded.infusion)  # noqa: PLW2901 - one value
        name = (recorded.product or "") if recorded else product.product.name
        # Where a record does not name its brand, the last one that is known counts.
        last = _LastInfusion(administration.at.date(), name or (last.product if last else ""))
        done.append(administration)
    return done


def by_the_order(
    administrations: Sequence[Administration], rates: Rates, about: Setting
) -> list[Administration]:
    """Compute how each dose runs in by the rates of its order; the first of the course as such."""
    done: list[Administration] = []
    for administration in administrations:
        recorded = administration.recorded
        if recorded:
            infusion = recorded.infusion
        else:
            first = "" if done else "the first infusion of the course"
            rate = rates.first if first or rates.later is None else rates.later
            setting = about._replace(weight=administration.size.weight, first=first)
            infusion = running(rate, administration.planned, administration.order.diluted, setting)
        done.append(administration._replace(infusion=infusion))
    return done


class _LastInfusion(NamedTuple):
    """When an infusion was, and of which product; an empty name if that was not recorded."""

    on: date
    product: str


def _before(about: Circumstances) -> _LastInfusion | None:
    """Give the last infusion before the course, as it was entered."""
    last = about.course.last.get(about.drug.name)
    if last is None:
        return None
    if last.product:
        must_know(last.product, about.drug, "last")
    return _LastInfusion(last.on, about.drug.products[last.product].name if last.product else "")


def _first(
    last: _LastInfusion | None, administration: Administration, product: Stocked, ladder: Ladder
) -> str:
    """Say why an infusion runs as a first one; empty if it does not."""
    if last is None:
        return "first infusion, as no earlier dose is entered"
    if last.product and last.product != product.product.name:
        return f"as a first infusion: the last one was {last.product}"
    if after(last.on, ladder.pause) < administration.at.date():
        return f"as a first infusion: more than {ladder.pause} since {print_date(last.on)}"
    return ""
