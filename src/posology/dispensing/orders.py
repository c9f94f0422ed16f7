"""What leaves the shelf for a whole order: the containers of each dose."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import groupby
from typing import NamedTuple

from posology.dispensing.rates import is_kept, known_and_holds, risks_not_judged
from posology.dispensing.rounding import Stocked, deviation, pattern, percent, prepare
from posology.errors import DosingError, QuantityError
from posology.model import (
    Administration,
    Circumstances,
    Finding,
    Order,
    Place,
    Prepared,
    Site,
    Slot,
    Value,
)
from posology.quantity import Quantity

_MOST_CONTAINERS = 1_000
"""Most containers of one dose; beyond this no search for the best makes sense."""
_CYTOTOXIC = "L01"
"""How the ATC code of an antineoplastic agent begins."""


def dispense(
    administrations: Sequence[Administration],
    stocked: Mapping[Slot, Stocked],
    about: Circumstances,
    place: Place,
) -> tuple[list[Administration], list[Finding]]:
    """Prepare every administration of an order, by cycles, or report why that fails.

    ``stocked`` maps each dose to its product. A cycle that is recorded is not prepared again.
    """
    order, site = administrations[0].order, about.site
    done: dict[Slot, Prepared] = {}
    findings: dict[Finding, None] = {}
    makers: dict[int, Callable[..., list[Prepared]]] = {}
    try:
        for part in _parts(administrations, stocked, about, makers):
            amount, group, ready = _as_recorded(part, site)
            ready = _explained(group, amount, ready)
            done |= zip((each.slot for each in group), ready, strict=True)
            if group:
                findings.update(dict.fromkeys(_judged(order, ready, amount, site, place)))
        if any(each.product.ladder for each in stocked.values()):
            findings.update(dict.fromkeys(risks_not_judged(about)))
    except (DosingError, QuantityError) as error:
        return list(administrations), [not_dispensable(order, error, place)]
    return [each._replace(prepared=done.get(each.slot)) for each in administrations], list(findings)


class _Part(NamedTuple):
    """Doses that are made together, of one product."""

    doses: Sequence[Administration]
    product: Stocked
    amount: Quantity
    """For how much each is made."""
    ready: Sequence[Prepared]
    make: Callable[[Quantity, int], Sequence[Prepared]]
    patterned: bool


def _parts(
    administrations: Sequence[Administration], stocked: Mapping[Slot, Stocked],
    about: Circumstances, makers: dict[int, Callable[..., list[Prepared]]],
) -> Iterator[_Part]:  # fmt: skip
    """Prepare each group of doses as if nothing were recorded.

    Where a change names another product within a cycle, the doses before it stay as they are, and
    the others add up to what they were.
    """
    regular = [each for each in administrations if not each.position.again]
    order, site = administrations[0].order, about.site
    patterned = bool(regular) and all(_patterned(regular, each) for each in stocked.values())
    for product in stocked.values():
        makers.setdefault(id(product), _maker(product, site, order, patterned=patterned))
    for doses in _groups(regular, stocked, patterned=patterned):
        if all(is_kept(each) for each in doses):
            continue
        amount, first = doses[0].dose.amount, stocked[doses[0].slot]
        most = most_when_rounded(doses[0], about)
        _must_be_few(amount, first)
        make = partial(makers[id(first)], most=most)
        whole = make(amount, len(doses))
        for product in {id(stocked[each.slot]): stocked[each.slot] for each in doses}.values():
            places = [number for number, each in enumerate(doses) if stocked[each.slot] is product]
            theirs, ready = [doses[place] for place in places], [whole[place] for place in places]
            share = amount
            if product is not first:
                parts = sum((each.amount.ratio(amount) for each in ready), Fraction(0))
                share = amount * (parts / len(ready))
                make = partial(makers[id(product)], most=most)
                ready = make(share, len(theirs))
            yield _Part(theirs, product, share, ready, make=make, patterned=patterned)


def _as_recorded(
    part: _Part, site: Site
) -> tuple[Quantity, Sequence[Administration], Sequence[Prepared]]:
    """Give the doses that are still open as they are made, and for how much each.

    A record changes no other dose. Only where doses were planned of another product, of other
    sizes or by another rule than today's, those after them are made together, and make up for
    what the recorded ones were rounded by.
    """
    doses, ready, amount = part.doses, part.ready, part.amount
    kept = [each for each in doses if is_kept(each)]
    if len(kept) == len(doses):
        return amount, (), ()
    if _agree(doses, ready):
        return amount, doses, ready
    new = [each for each in doses if not _is_of_another(each, part.product)]
    amount, ready = _made_up_for([each for each in doses if each not in new], new, part, site)
    if not _agree(new, ready):  # they were made by another rule: as many containers, or even days
        new = [each for each in doses if each not in kept]
        amount, ready = _made_up_for(kept, new, part, site)
    return amount, new, ready


def _made_up_for(
    old: Sequence[Administration], new: Sequence[Administration], part: _Part, site: Site
) -> tuple[Quantity, Sequence[Prepared]]:
    """Make the new doses together, and take from each what the old ones were rounded up by.

    A dose is made for no other amount than the site lets a dose of a cycle differ by; the amount
    that is given back is the one owed, against which the cycle is judged.
    """
    dose = part.amount
    if part.patterned or part.product.product.measured:
        return dose, part.make(dose, len(new))
    rounded = [
        each.planned.ratio(dose) - each.recorded.computed.ratio(dose)
        for each in old
        if each.recorded and each.recorded.planned and each.recorded.computed
    ]
    less = sum(rounded, Fraction(0)) / len(new)
    if less >= 1:
        raise DosingError(
            "the recorded doses of the cycle were rounded up by as much as is left of it; decide "
            "what is still given, and revise the dose"
        )
    most = max(site.rounding.day.share, min(each.ratio(dose) for each in part.product.contents))
    made = dose * (1 - max(-most, min(less, most)))
    return dose * (1 - less), part.make(made, len(new))


def _explained(
    group: Sequence[Administration], amount: Quantity, ready: Sequence[Prepared]
) -> Sequence[Prepared]:
    """Say in the working why doses are made for another amount than the computed one."""
    if not group or amount == group[0].dose.amount:
        return ready
    why = f"made for {amount} each, as other doses of the cycle were rounded to other containers"
    return [each._replace(working=f"{each.working}; {why}") for each in ready]


def _agree(doses: Sequence[Administration], ready: Sequence[Prepared]) -> bool:
    """Tell whether each recorded dose was planned in the amount that is made today."""
    pairs = zip(doses, ready, strict=True)
    return all(
        each.recorded.planned in {None, prepared.amount}
        for each, prepared in pairs
        if each.recorded
    )


def _is_of_another(administration: Administration, product: Stocked) -> bool:
    """Tell whether a dose was planned and given of another product, or of sizes not in stock."""
    recorded = administration.recorded
    if recorded is None or recorded.planned is None:
        return False
    sizes = {pack.size for pack in recorded.packs or ()}
    return recorded.product != product.product.name or not sizes <= set(product.contents)


def _maker(
    product: Stocked, site: Site, order: Order, *, patterned: bool
) -> Callable[..., list[Prepared]]:
    """Make what prepares doses of a product: each amount, number and limit once."""
    how = pattern if patterned else partial(prepare, route=order.route)

    @cache
    def make(amount: Quantity, count: int, most: Quantity | None) -> list[Prepared]:
        return how(amount, count, product._replace(most=most), site)

    return make


def _must_be_few(amount: Quantity, product: Stocked) -> None:
    largest = max(product.contents)
    if amount.dimension == largest.dimension and amount.ratio(largest) > _MOST_CONTAINERS:
        raise DosingError(f"{amount} would take over {_MOST_CONTAINERS:,} containers")


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
        if window.when and not known_and_holds(window.when, patient):
            continue
        parts, _, measure = window.usual.high.unit.partition("/")
        body = {"kg": size.weight, "m2": size.surface}.get(measure)
        if window.per in {"dose", "day"} and measure in {"", per} and (body or not measure):
            scale = body.number if body else Fraction(1)
            times = order.times if window.per == "day" else 1
            limits.append(Quantity(window.usual.high.number * scale, parts) / times)
    fitting = [limit.to(dose.unit) for limit in limits if limit.dimension == dose.dimension]
    return max(dose, min(fitting)) if fitting else None


def _patterned(administrations: Sequence[Administration], stocked: Stocked) -> bool:
    """Tell whether each cycle has a single dose of tablets, so that days may alternate."""
    alone = len({each.slot.cycle for each in administrations}) == len(administrations)
    return alone and not stocked.product.measured and stocked.product.form in {"tablet", "capsule"}


def _groups(
    administrations: Sequence[Administration], stocked: Mapping[Slot, Stocked], *, patterned: bool
) -> Iterable[list[Administration]]:
    """Group the doses to round together: equal doses of a cycle, or in a row for a pattern."""
    if patterned:
        runs = groupby(administrations, key=lambda each: (each.dose.amount, id(stocked[each.slot])))
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


def not_dispensable(order: Order, error: DosingError | QuantityError, place: Place) -> Finding:
    """Report that a dose cannot be made, and why."""
    return Finding("not-dispensable", "stop", place, f"{order.id}: {error}", (order.id,))
