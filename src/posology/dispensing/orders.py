"""What leaves the shelf for a whole order: the containers of each dose."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import groupby

from posology.dispensing.rates import is_kept, known_and_holds, risks_not_judged
from posology.dispensing.rounding import Rest, Stocked, pattern, percent, prepare
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
    absent: Container[Slot] = (),
) -> tuple[list[Administration], list[Finding]]:
    """Prepare every administration of an order, by cycles, or report why that fails.

    ``stocked`` maps each dose to its product, ``absent`` are the doses that are not given. A cycle
    that is recorded, or of which nothing is left to give, need not be makeable.
    """
    order, site = administrations[0].order, about.site
    done: dict[Slot, Prepared] = {}
    findings: dict[Finding, None] = {}
    regular = [each for each in administrations if not each.position.again]
    patterned = bool(regular) and all(_patterned(regular, each) for each in stocked.values())
    make = _maker(site, order, patterned=patterned)
    try:
        for doses in _groups(regular, stocked, patterned=patterned):
            if all(is_kept(each) for each in doses):
                continue
            _must_be_few(doses[0].dose.amount, stocked[doses[0].slot])
            most = most_when_rounded(doses[0], about)
            try:
                made = _made(doses, stocked, partial(make, most=most), patterned=patterned)
            except DosingError:
                if all(is_kept(each) or each.slot in absent for each in doses):
                    continue
                raise
            done |= made
            findings.update(dict.fromkeys(_judged(order, doses, made, site, place)))
        if any(each.product.ladder for each in stocked.values()):
            findings.update(dict.fromkeys(risks_not_judged(about)))
    except (DosingError, QuantityError) as error:
        return list(administrations), [not_dispensable(order, error, place)]
    return [each._replace(prepared=done.get(each.slot)) for each in administrations], list(findings)


Make = Callable[[Stocked, Quantity, int, Rest], Sequence[Prepared]]


def _made(
    doses: Sequence[Administration], stocked: Mapping[Slot, Stocked], make: Make, *, patterned: bool
) -> dict[Slot, Prepared]:
    """Prepare the doses of a group; those that are recorded are not prepared again.

    A record changes no other dose: as long as the recorded doses were planned in the amounts that
    are made today, all are made together. Where the first of them were planned of another product,
    of other sizes or by another rule, those after them are made together, and make up for what the
    first were rounded by.
    """
    kept = [each for each in doses if is_kept(each)]
    # A pattern goes on for months: only the likely numbers of such first doses are tried.
    others = sum(_is_of_another(each, stocked[each.slot]) for each in kept)
    starts = sorted({others, len(kept)}) if patterned else list(range(1, len(kept) + 1))
    new, ready = doses, _made_after([], doses, stocked, make)
    while not _agree(new, ready):  # after the last of them nothing is left to disagree
        old = kept[: starts.pop(0)]
        new = [each for each in doses if each not in old]
        ready = _made_after(old, new, stocked, make)
    given = {each.slot for each in kept}
    return {slot: each for slot, each in ready.items() if slot not in given}


def _made_after(
    old: Sequence[Administration], new: Sequence[Administration],
    stocked: Mapping[Slot, Stocked], make: Make,
) -> dict[Slot, Prepared]:  # fmt: skip
    """Prepare the doses that follow recorded ones, product by product.

    Where a change names another product within a cycle, the doses before it are as they would be
    without it, and the others make up for what those were rounded by.
    """
    dose = new[0].dose.amount
    rest = Rest(_excess(old, dose), len(old))
    ready: dict[Slot, Prepared] = {}
    products = {id(stocked[each.slot]): stocked[each.slot] for each in new}
    for number, product in enumerate(products.values()):
        theirs = [each for each in new if stocked[each.slot] is product]
        if number == 0:  # as if all were of it
            made = dict(zip((each.slot for each in new),
                            make(product, dose, len(new), rest), strict=True))  # fmt: skip
            ready |= {each.slot: made[each.slot] for each in theirs}
        else:
            ready |= zip((each.slot for each in theirs), make(product, dose, len(theirs), rest),
                         strict=True)  # fmt: skip
        excess = sum((ready[each.slot].amount.ratio(dose) - 1 for each in theirs), Fraction(0))
        rest = Rest(rest.excess + excess, rest.number + len(theirs))
    return ready


def _excess(old: Sequence[Administration], dose: Quantity) -> Fraction:
    """Add up what recorded doses were rounded up by, as a share of a dose; as far as recorded."""
    rounded = (
        each.planned.ratio(dose) - each.recorded.computed.ratio(dose)
        for each in old
        if each.recorded and each.recorded.planned and each.recorded.computed
    )
    return sum(rounded, Fraction(0))


def _agree(doses: Sequence[Administration], ready: Mapping[Slot, Prepared]) -> bool:
    """Tell whether each recorded dose was planned in the amount that is made today."""
    return all(
        each.recorded.planned in {None, ready[each.slot].amount} for each in doses if each.recorded
    )


def _is_of_another(administration: Administration, product: Stocked) -> bool:
    """Tell whether a dose was planned and given of another product, or of sizes not in stock."""
    recorded = administration.recorded
    if recorded is None or recorded.planned is None:
        return False
    sizes = {pack.size for pack in recorded.packs or ()}
    return recorded.product != product.product.name or not sizes <= set(product.contents)


def _maker(site: Site, order: Order, *, patterned: bool) -> Callable[..., Sequence[Prepared]]:
    """Make what prepares doses of a product, up to a largest one; what is alike is made once."""
    known: dict[tuple[object, ...], Sequence[Prepared]] = {}

    def make(
        product: Stocked, dose: Quantity, count: int, rest: Rest, *, most: Quantity | None
    ) -> Sequence[Prepared]:
        key = (product.id, product.contents, dose, count, rest, most)
        if key not in known:
            product = product._replace(most=most)
            known[key] = (
                pattern(dose, count, product, site)
                if patterned
                else prepare(dose, count, product, site, order.route, rest=rest)
            )
        return known[key]

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
            times = administration.position.times if window.per == "day" else 1
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
    order: Order, doses: Sequence[Administration], made: Mapping[Slot, Prepared], site: Site,
    place: Place,
) -> Iterable[Finding]:  # fmt: skip
    """Judge what rounding does to a group, with its recorded doses; and how it is injected."""
    dose = doses[0].dose.amount
    computed = sum((each.computed_amount.ratio(dose) for each in doses), Fraction(0))
    dispensed = sum(
        ((made[each.slot].amount if each.slot in made else each.planned).ratio(dose)
         for each in doses), Fraction(0),
    )  # fmt: skip
    off = dispensed / computed - 1
    if abs(off) > site.rounding.review.share:
        message = (
            f"{order.id}: {dose * computed} is dispensed as {dose * dispensed}, {percent(off)}; "
            f"above {site.rounding.review} a pharmacist decides"
        )
        yield Finding("rounded", "review", place, message, (dose * computed, dose * dispensed))
    ready = list(made.values())
    if ready[0].places > 1:
        message, volume = f"{order.id}, {order.route}: {ready[0].working}", ready[0].volume
        values: tuple[Value, ...] = (ready[0].amount, ready[0].places, str(volume or ""))
        yield Finding("volume-per-site", "review", place, message, values, same=order.fixed)


def not_dispensable(order: Order, error: DosingError | QuantityError, place: Place) -> Finding:
    """Report that a dose cannot be made, and why."""
    return Finding("not-dispensable", "stop", place, f"{order.id}: {error}", (order.id,))
