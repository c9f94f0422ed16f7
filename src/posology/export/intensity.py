"""What was given against the first plan, and why it was changed, in words."""

from collections.abc import Iterator
from fractions import Fraction

from posology.export.text import changed_so
from posology.model import Plan, Record
from posology.model.reasons import coded
from posology.quantity import print_number
from posology.record.intensity import Intensity, intensities


def intensity_text(kept: Record, first: Plan, now: Plan) -> str:
    """Write the relative dose intensity of each order, and the reasons of all changes."""
    lines = ["Given against the first plan (Hryniuk and Bush, J Clin Oncol 1984;2:1281)"]
    for each in intensities(first, now):
        lines += _of(each)
    weights = dict.fromkeys(each.weight.plain for each in now.administrations)
    if len(weights) > 1:
        lines.append(f"  The weight changed ({', '.join(weights)}); amounts are not per kg or m2")
    lines.append("Changes")
    found = [
        (number, revision.change)
        for number, revision in enumerate(kept.revisions)
        if revision.change
    ]
    for number, change in found:
        code = coded(change.reason, now.site.reasons)
        lines.append(f"  {changed_so(number, change)}" + (f" ({code})" if code else ""))
    return "\n".join(lines if found else [*lines, "  none"])


def _of(each: Intensity) -> Iterator[str]:
    if each.doses is None:
        yield f"  {each.order}: nothing to compare; no cycle of which all is recorded"
    else:
        of = f"{each.planned} planned in {each.cycles} of {each.of} cycles"
        yield f"  {each.order}: {each.given} given of {of} ({_percent(each.doses)})"
        if each.relative is None:
            yield "    relative dose intensity not known: one cycle has no length of its own"
        else:
            yield (f"    in {each.days} days for {each.planned_days} planned: "
                   f"relative dose intensity {_percent(each.relative)}")  # fmt: skip
    if each.without_record:
        yield f"    {each.without_record} doses without a record; their cycles are left out"


def _percent(part: Fraction) -> str:
    return f"{print_number(Fraction(round(part * 1000), 10))} %"
