"""Which dose a change may put in place of another: the next step of its regimen, up or down."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from posology.course.moves import Refused
from posology.course.settled import Settled
from posology.model import Order, Slot, StatedDose
from posology.model.change import Raise, Reduce
from posology.quantity import Quantity


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
        _must_be_absolute(change, order, stated)
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


def _must_be_absolute(change: Reduce | Raise, order: Order, stated: Sequence[StatedDose]) -> None:
    """Refuse a dose in another unit, but one for this patient in place of one per kg or m2.

    How it compares with the regimen's dose depends on the patient; so it is an exception. The
    number of a dose or a step of the regimen in another unit is a slip: 1.3 mg for 1.3 mg/m2.
    """
    doses = [*stated, *(step.dose for step in (*order.steps, *order.steps_up))]
    unit = stated[0].amount.unit if stated else "none"
    message = f"is in another unit than the regimen's dose; write it in {unit}"
    fitting = any(
        dose.of_the_body and dose.basis == change.to.basis
        and Quantity(Fraction(1), dose.amount.unit.partition("/")[0]).dimension
        == change.to.amount.dimension
        for dose in stated
    )  # fmt: skip
    if not fitting or any(dose.amount.number == change.to.amount.number for dose in doses):
        raise Refused(message)
    if not change.exception:
        alone = "for this patient alone it is an exception, which needs two names"
        raise Refused(f"{message}; {alone} (by, checked by)")


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
