"""What leaves the shelf: computed doses become containers, tablets or a measured volume.

The total of a cycle is rounded once, to whole containers, and then split over its doses. Each dose
stays within the site's limit of its exact share. The site prefers the most even doses, then the
fewest containers, or the reverse; the larger doses come last, so that a first infusion is never the
largest. For tablets and capsules evenness comes first, and the larger doses. A product that may be
drawn up in part is rounded to the increment of a syringe. The search is exact. A dose that the
site's limits do not allow is refused, with the nearest that can be made. Rounding keeps a limit of
the source, and the largest usual dose of a cytotoxic.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

from posology.dispensing.splitting import around, containers, covering, fewest, near, split
from posology.errors import DosingError
from posology.model import Pack, Prepared, Product, Site
from posology.quantity import Quantity, print_number

_LONGEST_PATTERN = 7
"""Most days of an alternating pattern of tablets; patients do not follow a longer one."""
_MOST_STEPS = 20_000
"""Most multiples of the sizes' common measure in a total; more is an error of a unit."""
_FORMS_KEPT_EVEN = {"tablet", "capsule"}


class Stocked(NamedTuple):
    """A product with the sizes that are in stock."""

    id: str
    product: Product
    contents: tuple[Quantity, ...]
    most: Quantity | None = None
    """What a dose should not exceed when it is rounded; None: the site's limits alone hold."""

    def __str__(self) -> str:
        """Write it: ``Privigen 10 % (5, 10, 20, 40 g)``."""
        numbers = ", ".join(print_number(size.number) for size in self.contents)
        return f"{self.product.name} ({numbers} {self.contents[0].unit})"


class Rest(NamedTuple):
    """The other doses that belong together with those that are prepared, such as earlier ones."""

    excess: Fraction = Fraction(0)
    """What they are rounded up by in all (or down, below 0), as a share of one dose."""
    number: int = 0


_ALONE = Rest()


def prepare(  # noqa: PLR0913 - a dose, its product, the hospital, and what is around it
    dose: Quantity, count: int, stocked: Stocked, site: Site, route: str, *, rest: Rest = _ALONE
) -> list[Prepared]:
    """Prepare ``count`` equal computed doses that belong together, such as those of a cycle.

    Raises DosingError if the site's limits do not allow it; names the nearest possible totals.
    """
    if stocked.product.measured:
        return [measured(dose, stocked, site, route)] * count
    return whole(dose, count, stocked, site, rest)


def pattern(dose: Quantity, count: int, stocked: Stocked, site: Site) -> list[Prepared]:
    """Dispense a dose of every day by the shortest pattern, such as 100, 50, 100, 50 mg.

    Tries patterns of 1 to 7 days and takes the first that stays within the review limit over the
    days given; otherwise the nearest. Raises DosingError as ``prepare`` does.
    """
    found = []
    for length in range(1, min(_LONGEST_PATTERN, count) + 1):
        try:
            prepared = whole(dose, length, stocked, site)
        except DosingError:
            continue
        days = [prepared[place % length] for place in range(count)]
        off = max(abs(deviation(dose, days)), abs(deviation(dose, prepared)))
        found.append((off, length, days))
        if off <= site.rounding.review.share:
            break
    if not found or min(found)[0] > site.rounding.stop.share:
        raise DosingError(_refusal(dose, 1, stocked, site))
    return min(found)[2]


def deviation(dose: Quantity, prepared: Sequence[Prepared]) -> Fraction:
    """Compute the share by which the dispensed total is above (+) or below (-) the computed."""
    dispensed = sum((each.amount.ratio(dose) for each in prepared), Fraction(0))
    return dispensed / len(prepared) - 1


def percent(share: Fraction) -> str:
    """Print a deviation with its direction: ``-0.7 %``, ``exact``."""
    if share == 0:
        return "exact"
    tenths = Fraction(round(abs(share) * 1000), 10)
    sign = "+" if share > 0 else "-"
    return f"{sign}{print_number(tenths)} %" if tenths else f"{sign}under 0.05 %"


def whole(
    dose: Quantity, count: int, stocked: Stocked, site: Site, rest: Rest = _ALONE
) -> list[Prepared]:
    """Round the total of equal doses to whole containers, and split it.

    The site's limits are those of the total with the ``rest``, for which these doses make up.
    """
    unit, product = dose.unit, stocked.product
    tablets = product.form in _FORMS_KEPT_EVEN
    grid, sizes = _grid([size.to(unit).number for size in stocked.contents])
    share = dose.number / grid
    if share * count > _MOST_STEPS:
        message = f"the sizes of {stocked} are too small or too different for {dose * count}"
        raise DosingError(f"{message}; check the units of the sizes")
    slack = max(share * site.rounding.day.share, Fraction(min(sizes)))
    low, high = max(ceil(share - slack), 1), floor(share + slack)
    even, limit = tablets or site.rounding.prefer == "even days", site.rounding.stop.share
    splits = (
        split(total, count, (low, min(high, top)), sizes, even_first=even)
        for top in _tops(stocked, site, grid, high)
        for total in near(share * (count - rest.excess), limit, share * (count + rest.number))
    )
    days = next((days for days in splits if days is not None), None)
    if days is None:
        raise DosingError(_refusal(dose, count, stocked, site) + _beside(dose, rest))
    in_order = sorted(days, reverse=tablets or site.rounding.prefer is None)
    amounts = [Quantity(day * grid, unit) for day in in_order]
    working = _worked(dose, amounts, stocked) + _beside(dose, rest)
    return [
        Prepared(
            amount=amount,
            product=product.name,
            form=product.form,
            packs=_packed(containers(day, sizes), grid, unit),
            volume=_volume(amount, stocked),
            working=working,
        )
        for day, amount in zip(in_order, amounts, strict=True)
    ]


def _beside(dose: Quantity, rest: Rest) -> str:
    """Say what the other doses of the cycle were rounded by, for which these make up."""
    if not rest.excess:
        return ""
    by = f"{dose * abs(rest.excess)} {'more' if rest.excess > 0 else 'less'} than computed"
    return f"; the other {rest.number} doses of the cycle are {by}, which counts here"


def _tops(stocked: Stocked, site: Site, grid: Fraction, high: int) -> list[int]:
    """List the largest dose to try, in steps of the grid.

    First the limit itself. If nothing can be made below it, a dose may exceed it by the share that
    the site allows without review, as the limits of a plan may be.
    """
    if stocked.most is None:
        return [high]
    most = stocked.most.number / grid
    return [floor(most), floor(most * (1 + site.rounding.review.share))]


def _worked(dose: Quantity, amounts: Sequence[Quantity], stocked: Stocked) -> str:
    """Write how a total was rounded and split."""
    count, form = len(amounts), stocked.product.form
    computed = dose * count
    dispensed = Quantity(sum((amount.number for amount in amounts), Fraction(0)), dose.unit)
    if dispensed == computed and len(set(amounts)) == 1:
        return f"{dose} in whole {form}s of {stocked}"
    off = dispensed.ratio(computed) - 1
    rounded = f"{computed} rounded to {dispensed} ({percent(off)})" if off else str(dispensed)
    shares = " + ".join(print_number(amount.number) for amount in amounts)
    divided = f" = {shares} {dose.unit}" if count > 1 else ""
    return f"{rounded}{divided}; whole {form}s of {stocked}"


def measured(dose: Quantity, stocked: Stocked, site: Site, route: str) -> Prepared:
    """Divide a dose over injection sites and round each part to the increment of a syringe."""
    product, concentration, exact = (
        stocked.product,
        stocked.product.concentration,
        _volume(dose, stocked),
    )
    if concentration is None or exact is None:
        raise DosingError(f"{product.name} may be measured, but states no concentration")
    limit = site.injection_volume.get(route)  # type: ignore[call-overload]  # any route
    places = ceil(exact.ratio(limit)) if limit else 1
    increment = _increment(exact / places, site)
    parts = exact.number / places / increment.number
    number = floor(parts) + (parts - floor(parts) > Fraction(1, 2))
    if limit and increment * number > limit:
        number -= 1
    most = stocked.most
    if most and increment * number * places * concentration > most * (
        1 + site.rounding.review.share
    ):
        number -= 1
    per_site = increment * number
    off = number / parts - 1
    if number == 0 or abs(off) > site.rounding.stop.share:
        volumes = [increment * multiple * places for multiple in (floor(parts), floor(parts) + 1)]
        near = " or ".join(
            f"{volume} ({(volume * concentration).to(dose.unit)})"
            for volume in volumes
            if volume.number
        )
        message = f"{dose} is {exact} of {product.name}; syringes show steps of {increment}: "
        raise DosingError(f"{message}{near} can be measured")
    volume = per_site * places
    amount = (volume * concentration).to(dose.unit)
    grid, sizes = _grid([size.to(dose.unit).number for size in stocked.contents])
    packs = _packed(covering(amount.number / grid, sizes), grid, dose.unit)
    working = f"{dose} / {concentration} = {exact} of {product.name}"
    if places > 1:
        working += f"; above {limit} at one site: {places} sites of {per_site}"
    if off:
        working += f"; measured {volume} = {amount} ({percent(off)})"
    return Prepared(
        amount=amount,
        product=product.name,
        form=product.form,
        packs=packs,
        volume=volume,
        places=places,
        working=working,
    )


def _increment(volume: Quantity, site: Site) -> Quantity:
    """Find the increment of the smallest syringe that holds a volume, else of the largest."""
    syringes = sorted(site.syringes.items())
    return next((increment for size, increment in syringes if volume <= size), syringes[-1][1])


def _volume(amount: Quantity, stocked: Stocked) -> Quantity | None:
    concentration = stocked.product.concentration
    if concentration is None:
        return None
    return amount.to(concentration.unit.split("/")[0]) / concentration


def _grid(sizes: Sequence[Fraction]) -> tuple[Fraction, tuple[int, ...]]:
    """Write sizes as whole multiples of their largest common measure, the largest first."""
    below = lcm(*(size.denominator for size in sizes))
    numbers = [int(size * below) for size in sizes]
    measure = gcd(*numbers)
    return Fraction(measure, below), tuple(sorted({n // measure for n in numbers}, reverse=True))


def _packed(picked: Sequence[int], grid: Fraction, unit: str) -> tuple[Pack, ...]:
    """Count containers by size, the larger first."""
    sizes = sorted(set(picked), reverse=True)
    return tuple(Pack(picked.count(size), Quantity(size * grid, unit)) for size in sizes)


def _refusal(dose: Quantity, count: int, stocked: Stocked, site: Site) -> str:
    """Say what cannot be made, and the nearest totals of whole containers."""
    grid, sizes = _grid([size.to(dose.unit).number for size in stocked.contents])
    computed, total = dose * count, dose.number * count / grid
    nearest = around(total, count, sizes)
    if stocked.most:
        top = _tops(stocked, site, grid, 0)[-1]
        counts = fewest(top, sizes)
        held = [amount for amount in range(1, top + 1) if counts[amount] <= amount]
        nearest = [count * held[-1]] if held else nearest[-1:]
    listed = " or ".join(
        f"{Quantity(amount * grid, dose.unit)} ({percent(amount / total - 1)})"
        for amount in nearest
    )
    parts = f" in {count} doses" if count > 1 else ""
    limits, smallest = site.rounding, min(stocked.contents)
    share = limits.review
    above = f", and no dose more than {share} above {stocked.most}" if stocked.most else ""
    return (
        f"{computed}{parts} cannot be made of {stocked}, whole {stocked.product.form}s, within "
        f"{limits.stop} of the total, and {limits.day} or {smallest} of a dose{above}; nearest: "
        f"{listed}"
    )


def added(packs: Iterable[Pack]) -> tuple[Pack, ...]:
    """Add up containers by size, the larger first."""
    numbers: dict[Quantity, int] = {}
    for pack in packs:
        numbers[pack.size] = numbers.get(pack.size, 0) + pack.number
    return tuple(Pack(number, size) for size, number in sorted(numbers.items(), reverse=True))
