"""What records tell about the doses to come: another brand, a lot that had expired."""

from collections.abc import Iterator

from posology.guards.unjudged import Unjudged
from posology.model import Administration, Drug, Finding, Place, print_date


def brands(plan: Unjudged) -> Iterator[Finding]:
    """Ask for review where an infusion is of another brand than the one before it.

    Where the brand before is not known, a review (or a note, of an older file) says so.
    """
    for name, about in plan.drugs.items():
        doses = [(each.at.date(), str(each.slot), _product(each)) for each in plan.of(name)]
        if not _brands_count(about.drug):
            continue
        last = plan.course.last.get(name)
        if last:
            product = about.drug.products.get(last.product)
            doses.insert(0, (last.on, "before the course", product.name if product else ""))
        unknown, before = "", ""
        for place, (on, _, now) in enumerate(doses):
            if before and now and before != now:
                message = (
                    f"{name}: {now} on {print_date(on)} follows {before}. The first infusion of a "
                    "brand runs like a first one; check that the change is meant, and watch for "
                    "reactions"
                )
                changed = (name, before, now, on)
                yield Finding("brand-changed", "review", Place.of(name), message, changed)
            if place and now and not doses[place - 1][2]:
                unknown = unknown or doses[place - 1][1]
            before = now or before
        if unknown:
            message = (
                f"{name}: the brand given before ({unknown}) is not known, so whether the next "
                "infusion is a first one of its brand is not judged, and it runs like a later one; "
                f'name it: --last "{name}=DATE PRODUCT", or record the dose as a correction'
            )
            values = (name, unknown)
            if last and not last.product:
                yield Finding("brand-not-known", "review", Place.of(name), message, values)
            else:  # a course file of form 1 or 2 holds no brand, and stays released
                yield Finding("brand-not-known", "note", Place.of(name), message, values)


def _brands_count(drug: Drug) -> bool:
    """Tell whether the brands of a drug differ in how they are given: each has its own rates."""
    return any(product.ladder for product in drug.products.values())


def _product(administration: Administration) -> str:
    """Give the brand of a dose; empty if it is recorded without one."""
    if administration.recorded:
        return administration.recorded.product or ""
    return administration.prepared.product if administration.prepared else ""


def expired(plan: Unjudged) -> Iterator[Finding]:
    """Ask for review of a dose that was given after the expiry of its lot."""
    for administration in plan.administrations:
        recorded = administration.recorded
        if recorded and recorded.expiry and recorded.expiry < recorded.on:
            lot = f"lot {recorded.lot}" if recorded.lot else "its lot"
            message = (
                f"{administration.slot}: given on {print_date(recorded.on)}, but {lot} was to be "
                f"used by {print_date(recorded.expiry)}; check the record, and what must be done"
            )
            values = (str(administration.slot), recorded.on, recorded.expiry)
            place = Place.of(administration.order.drug)
            yield Finding("expired", "review", place, message, values)
