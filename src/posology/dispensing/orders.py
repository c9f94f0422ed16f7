"""What leaves the shelf for a whole order: its product, its containers, its rates."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import groupby

from posology.dispensing.infusion import Risk, Setting, infuse
from posology.dispensing.rounding import Stocked, deviation, pattern, percent, prepare
from posology.errors import CourseError, DosingError
from posology.model import (
    Administration,
    Circumstances,
    Cited,
    Condition,
    Drug,
    Finding,
    Infusion,
    Order,
    Patient,
    Place,
    Prepared,
    Site,
    Slot,
    Value,
    print_date,
)
from posology.quantity import Quantity
from posology.scheduling.dates import after

_MOST_CONTAINERS = 1_000
"""Most containers of one dose; beyond this no search for the best makes sense."""
_CYTOTOXIC = "L01"
"""How the ATC code of an antineoplastic agent begins."""


def stock(order: Order, about: Circumstances) -> Stocked | Finding:
    """Find the product for an order: the picked product, else the site's for this route.

    Raises CourseError if the picked product is not of this drug, or if several are in stock.
    """
    drug = about.drug
    fitting = drug.routes[order.route].products
    picked = about.course.products.get(drug.name)
    in_stock = [each for each in about.site.products.get(drug.name, ()) if each.product in fitting]
    if picked is not None:
        _must_know(picked.product, drug, "products")
        if picked.product in fitting:
            matching = [each for each in in_stock if each.product == picked.product]
            sizes = picked.contents or (matching[0].contents if matching else ())
            return _stocked(drug, picked.product, sizes, "products")
        routes = {each.route for each in about.regimen.orders if each.drug == drug.name}
        if not any(picked.product in drug.routes[route].products for route in routes):
            other_routes = " and ".join(sorted(routes))
            message = (
                f"{picked.product} is not given {other_routes}; products: {', '.join(fitting)}"
            )
            raise CourseError({"products": message})
    if len(in_stock) == 1:
        return _stocked(drug, in_stock[0].product, in_stock[0].contents, "site")
    place, known = Place.of("site", "products", drug.name), ", ".join(fitting)
    for each in about.site.products.get(drug.name, ()):
        if each.product not in drug.products:
            message = (
                f"{each.product} is no product of {drug.name} in the formulary; products: {known}"
            )
            return Finding("product-unknown", "stop", place, message, (each.product,))
    if in_stock:
        names = " or ".join(each.product for each in in_stock)
        raise CourseError({"products": f"{drug.name}: {names} are in stock; pick one"})
    message = f"the site stocks no product of {drug.name}, {order.route}; products: {known}"
    return Finding("product-not-named", "stop", place, message, (order.route,))


def _must_know(product: str, drug: Drug, field: str) -> None:
    if product not in drug.products:
        message = f"{product} is no product of {drug.name}; products: {', '.join(drug.products)}"
        raise CourseError({field: message})


def _stocked(drug: Drug, name: str, sizes: Sequence[Quantity], field: str) -> Stocked:
    _must_know(name, drug, field)
    product = drug.products[name]
    for size in sizes:
        if size not in product.contents:
            listed = ", ".join(str(each) for each in product.contents)
            message = f"{product.name} has no {product.form} of {size}; sizes: {listed}"
            raise CourseError({field: message})
    held = [each for each in product.contents if not sizes or each in sizes]
    return Stocked(name, product, tuple(sorted(held)))


def dispense(
    administrations: Sequence[Administration], stocked: Stocked, about: Circumstances, place: Place
) -> tuple[list[Administration], list[Finding]]:
    """Prepare every administration of an order, by cycles, or report why that fails."""
    order, site = administrations[0].order, about.site
    done: list[Administration] = []
    findings: dict[Finding, None] = {}
    made: dict[tuple[Quantity, int, Quantity | None], list[Prepared]] = {}
    try:
        for doses in _groups(administrations, stocked):
            amount = doses[0].dose.amount
            most = most_when_rounded(doses[0], about)
            key = (amount, len(doses), most)
            largest = max(stocked.contents)
            if amount.dimension == largest.dimension and amount.ratio(largest) > _MOST_CONTAINERS:
                raise DosingError(f"{amount} would take over {_MOST_CONTAINERS:,} containers")  # noqa: TRY301 - reported below
            if key not in made:
                make = (
                    pattern
                    if _patterned(administrations, stocked)
                    else partial(prepare, route=order.route)
                )
                made[key] = make(amount, len(doses), stocked._replace(most=most), site)
                findings.update(dict.fromkeys(_judged(order, made[key], amount, site, place)))
            done += [
                administration._replace(prepared=ready)
                for administration, ready in zip(doses, made[key], strict=True)
            ]
        if stocked.product.ladder:
            findings.update(dict.fromkeys(risks_not_judged(about)))
        return done, list(findings)
    except DosingError as error:
        return list(administrations), [not_dispensable(order, error, place)]


def most_when_rounded(administration: Administration, about: Circumstances) -> Quantity | None:
    """Find what rounding should not exceed: a limit of the source; of a cytotoxic, the usual dose.

    A computed dose that is itself above it is not rounded up. None: there is no such limit.
    """
    order, size, patient = administration.order, administration.size, about.patient
    dose = administration.dose.amount
    per = "m2" if order.by_surface else "kg"
    limits = [
        limit.amount for limit in order.most if limit.when is None or limit.when.holds(patient)
    ]
    cytotoxic = about.drug.atc.code.startswith(_CYTOTOXIC)
    for window in about.drug.routes[order.route].windows if cytotoxic else ():
        if window.when and not _known_and_holds(window.when, patient):
            continue
        parts, _, measure = window.usual.high.unit.partition("/")
        body = {"kg": size.weight, "m2": size.surface}.get(measure)
        if window.per in {"dose", "day"} and measure in {"", per} and (body or not measure):
            scale = body.number if body else Fraction(1)
            times = order.times if window.per == "day" else 1
            limits.append(Quantity(window.usual.high.number * scale, parts) / times)
    fitting = [limit.to(dose.unit) for limit in limits if limit.dimension == dose.dimension]
    return max(dose, min(fitting)) if fitting else None


def _known_and_holds(condition: Condition, patient: Patient) -> bool:
    known = all(patient.measure(measure) is not None for measure in condition.measures)
    return known and condition.holds(patient)


def _patterned(administrations: Sequence[Administration], stocked: Stocked) -> bool:
    """Tell whether each cycle has a single dose of tablets, so that days may alternate."""
    alone = len({each.slot.cycle for each in administrations}) == len(administrations)
    return alone and not stocked.product.measured and stocked.product.form in {"tablet", "capsule"}


def _groups(
    administrations: Sequence[Administration], stocked: Stocked
) -> Iterable[list[Administration]]:
    """Group the doses to round together: equal doses of a cycle, or in a row for a pattern."""
    if _patterned(administrations, stocked):
        runs = groupby(administrations, key=lambda each: each.dose.amount)
        return [list(doses) for _, doses in runs]
    groups: dict[tuple[int, Quantity], list[Administration]] = {}
    for administration in administrations:
        key = (administration.slot.cycle, administration.dose.amount)
        groups.setdefault(key, []).append(administration)
    return groups.values()


def _judged(
    order: Order, ready: Sequence[Prepared], amount: Quantity, site: Site, place: Place
) -> Iterable[Finding]:
    off = deviation(amount, ready)
    if abs(off) > site.rounding.review.share:
        computed = amount * len(ready)
        message = (
            f"{order.id}: {computed} is dispensed as {computed * (1 + off)}, {percent(off)}; above "
            f"{site.rounding.review} a pharmacist decides"
        )
        yield Finding("rounded", "review", place, message, (computed, computed * (1 + off)))
    if ready[0].places > 1:
        message, volume = f"{order.id}, {order.route}: {ready[0].working}", ready[0].volume
        values: tuple[Value, ...] = (ready[0].amount, ready[0].places, str(volume or ""))
        yield Finding("volume-per-site", "review", place, message, values)


def not_dispensable(order: Order, error: DosingError, place: Place) -> Finding:
    """Report that a dose cannot be made, and why."""
    return Finding("not-dispensable", "stop", place, f"{order.id}: {error}", (order.id,))


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
        if _known_and_holds(factor.when, patient):
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
    stocked: Stocked,
    about: Sequence[Circumstances],
    measured: Mapping[Slot, int],
) -> list[Administration]:
    """Compute the rates of each infusion; the first, and one after a pause, by the lower ladder.

    ``about`` has one entry per set of measures. ``measured`` maps a dose to its entry; a dose
    that is missing uses the first.
    """
    ladder = stocked.product.ladder
    if ladder is None:
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
    last = about[0].course.last.get(about[0].drug.name)
    done: list[Administration] = []
    made: dict[tuple[Quantity, str, int], Infusion] = {}
    for administration in administrations:
        on = administration.at.date()
        first = ""
        if last is None:
            first = "first infusion, as no earlier dose is entered"
        elif after(last, ladder.pause) < on:
            first = f"as a first infusion: more than {ladder.pause} since {print_date(last)}"
        last = on
        volume = administration.prepared.volume if administration.prepared else None
        if volume is None:
            raise DosingError(f"{stocked.product.name} has a ladder, but no concentration")
        index = measured.get(administration.slot, 0)
        key = (volume, first, index)
        if key not in made:
            made[key] = infuse(volume, stocked, settings[index]._replace(first=first))
        done.append(administration._replace(infusion=made[key]))
    return done
