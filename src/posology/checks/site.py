"""What is doubtful in a site file: clock times that are close, numbers that look like a slip."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from fractions import Fraction
from itertools import pairwise

from posology.model import Drug, Finding, Period, Place, Range, Site

_SLIP = 10
"""A number so many times that of the example file, or so little, is perhaps in another unit."""
_ANY_DAY = date(2027, 1, 4)


def check_site(
    site: Site, example: Site, drugs: Mapping[str, Drug], others: Collection[str] = ()
) -> list[Finding]:
    """List what a pharmacist should look at again in a hospital's file; never a stop.

    ``others`` are names of drugs that are not among ``drugs``, and known all the same.
    """
    known = {*drugs, *others}
    return [*_unknown(site, drugs, known), *_close(site), *_far(site, example), *_crossed(site)]


def _unknown(site: Site, drugs: Mapping[str, Drug], known: Collection[str]) -> Iterator[Finding]:
    """Ask about a drug or a product that the formulary does not have: what it says is not used."""
    named = [(("dosing_weight", name), name) for name in site.dosing_weight if name != "others"]
    named += [(("products", name), name) for name in site.products]
    for steps, name in named:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"drugs: {', '.join(sorted(known))}"
            message = f"{name} is no drug of the formulary, so this is used for none; {hint}"
            yield Finding("site-unknown", "review", Place.of(*steps), message, (name,))
    for name, in_stock in site.products.items():
        products = drugs[name].products if name in drugs else {}
        for each in in_stock:
            if name in drugs and each.product not in products:
                listed = ", ".join(products)
                message = f"{each.product} is no product of {name}; products: {listed}"
                place = Place.of("products", name)
                yield Finding("site-unknown", "review", place, message, (name, each.product))


def _close(site: Site) -> Iterator[Finding]:
    """Ask about clock times of a day that are closer than the least between two doses."""
    least = timedelta(minutes=int(site.least_between_doses.to("min").number))
    for number, clock in site.clock.items():
        at = [datetime.combine(_ANY_DAY, each) for each in clock.times]
        again = [*at, at[0] + timedelta(days=1)]
        if any(second - first < least for first, second in pairwise(again)):
            message = (
                f"{clock}: two doses are closer than {site.least_between_doses}, the site's least; "
                "check the clock times"
            )
            yield Finding(
                "clock-near", "review", Place.of("clock", str(number)), message, (str(clock),)
            )


def _far(site: Site, example: Site) -> Iterator[Finding]:
    usual = {steps: (value, number) for steps, value, number in _numbers(example)}
    for steps, value, number in _numbers(site):
        if steps not in usual or Fraction(1, _SLIP) < number / usual[steps][1] < _SLIP:
            continue
        known = usual[steps][0]
        message = f"{value}, where the example file has {known}; check the number and the unit"
        yield Finding("site-far", "review", Place.of(*steps), message, (str(value), str(known)))


def _crossed(site: Site) -> Iterator[Finding]:
    """Ask about a review that begins where a stop has ended the plan already."""
    rounding, weight, days = site.rounding, site.weight, site.days
    pairs: list[tuple[tuple[str, ...], object, bool]] = [
        (("rounding", "review"), rounding.stop, rounding.review.share > rounding.stop.share),
        (("weight", "usual"), weight.absolute, not _within(weight.usual, weight.absolute)),
    ]
    pairs += [
        (("days", name, "review"), far.stop, far.review.fewest_days > far.stop.fewest_days)
        for name, far in (("past", days.past), ("ahead", days.ahead), ("course", days.course))
    ]
    for steps, stop, crossed in pairs:
        if crossed:
            message = f"asks for a review beyond {stop}, where the plan stops; exchange the two"
            yield Finding("site-order", "review", Place.of(*steps), message, (str(stop),))


def _within(usual: Range, absolute: Range) -> bool:
    return absolute.low <= usual.low and usual.high <= absolute.high


def _numbers(site: Site) -> Iterator[tuple[tuple[str, ...], object, Fraction]]:
    """Give what a slip may change without a word elsewhere: its place, itself, and its size."""
    for route, volume in site.injection_volume.items():
        yield ("injection_volume", route), volume, volume.number
    yield ("pump_step",), site.pump_step, site.pump_step.number
    for size, step in site.syringes.items():
        yield ("syringes", str(size)), step, step.number
    least = site.least_between_doses
    yield ("least_between_doses",), least, least.to("min").number
    for name, limits in (("usual", site.weight.usual), ("absolute", site.weight.absolute)):
        for end, weight in (("low", limits.low), ("high", limits.high)):
            yield ("weight", name, end), weight, weight.to("kg").number
    rounding = site.rounding
    for name, percent in (
        ("review", rounding.review),
        ("stop", rounding.stop),
        ("day", rounding.day),
    ):
        yield ("rounding", name), percent, percent.share
    periods: dict[tuple[str, ...], Period] = {
        ("fresh", "weight"): site.fresh.weight,
        ("fresh", "creatinine"): site.fresh.creatinine,
        ("fresh", "counts"): site.fresh.counts,
    }
    for name, far in (
        ("past", site.days.past),
        ("ahead", site.days.ahead),
        ("course", site.days.course),
    ):
        periods |= {("days", name, "review"): far.review, ("days", name, "stop"): far.stop}
    for steps, period in periods.items():
        yield steps, period, Fraction(period.fewest_days)
