"""Which dose a change may put in place of another: the next step of its regimen, up or down."""

from collections.abc import Mapping

from posology.course.moves import Refused
from posology.course.settled import Settled
from posology.model import Order, Slot, StatedDose
from posology.model.change import Raise, Reduce


def require_steps(
    change: Reduce | Raise, settled: Settled, in_force: Mapping[Slot, StatedDose | None]
) -> None:
    """Accept the step next to the dose in force, for every dose reached; else an exception.

    A dose that has the new amount already stays as it is. What was lowered below the regimen's
    dose is not raised again by a step.
    """
    order = settled.order
    stated = [stage.dose for stage in order.stages]
    if not any(dose.amount.dimension == change.to.amount.dimension for dose in stated):
        unit = stated[0].amount.unit if stated else "none"
        raise Refused(f"is in another unit than the regimen's dose; write it in {unit}")
    if change.exception:
        return
    first: dict[StatedDose | None, Slot] = {}
    for slot, current in in_force.items():
        first.setdefault(current, slot)
    for current, slot in first.items():
        if current == change.to and len(first) > 1:
            continue
        _must_point(change, current, slot)
        near = _next_step(change, order, current)
        if change.to != near:
            side = "above" if isinstance(change, Raise) else "below"
            lowered = current and current != order.dose
            now = f" {side} {current}, the dose in force of {slot}" if lowered else ""
            message = (
                f"is not the next step of the regimen{now} (next: {near or 'none'}); name the "
                "cycles for which it is, or an exception, which needs two names (by, checked by)"
            )
            raise Refused(message)


def _alike(dose: StatedDose, other: StatedDose) -> bool:
    """Tell whether two doses can be compared: each or a day's, per kg or not."""
    return dose.basis == other.basis and dose.amount.dimension == other.amount.dimension


def _must_point(change: Reduce | Raise, current: StatedDose | None, slot: Slot) -> None:
    """Refuse a reduction to more than the dose in force, and a rise to less."""
    if current is None or not _alike(current, change.to):
        return
    up, now, new = isinstance(change, Raise), current.amount, change.to.amount
    if new < now if up else new > now:
        message = (
            f"is {'less' if up else 'more'} than {current}, the dose in force of {slot}; name the "
            f"cycles of a {'lower' if up else 'higher'} dose, or {'reduce' if up else 'raise'} it"
        )
        raise Refused(message)


def _next_step(
    change: Reduce | Raise, order: Order, current: StatedDose | None
) -> StatedDose | None:
    """Give the step next to the dose in force: the highest below it, or the lowest above it.

    None: the regimen has none, as after a dose that an exception put in place of its own. What was
    lowered below the regimen's dose is not raised by a step.
    """
    if current is None or current not in [stage.dose for stage in order.stages]:
        return None
    own = [order.dose] if isinstance(order.dose, StatedDose) else []
    up, down = [step.dose for step in order.steps_up], [step.dose for step in order.steps]
    doses = [each for each in (up if isinstance(change, Raise) else [*up, *own, *down])
             if _alike(each, current)]  # fmt: skip
    if isinstance(change, Reduce):
        below = [each for each in doses if each.amount < current.amount]
        return max(below, key=lambda each: each.amount, default=None)
    if any(_alike(each, current) and current.amount < each.amount for each in own):
        return None
    above = [each for each in doses if each.amount > current.amount]
    return min(above, key=lambda each: each.amount, default=None)
