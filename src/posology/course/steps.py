"""Which dose a change may put in place of another: the next step of its regimen, up or down."""

from collections.abc import Mapping, Sequence

from posology.course.moves import Refused
from posology.course.settled import Settled
from posology.model import Order, Slot, StatedDose
from posology.model.change import Raise, Reduce


def require_steps(
    change: Reduce | Raise, settled: Settled, reached: Sequence[Slot],
    doses: Mapping[Slot, StatedDose],
) -> None:  # fmt: skip
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
    in_force = {doses.get(slot): slot for slot in reversed(reached)}
    for current, first in in_force.items():
        if current == change.to and len(in_force) > 1:
            continue
        near = _next_step(change, order, current)
        if change.to != near:
            side = "above" if isinstance(change, Raise) else "below"
            now = f" {side} {current}, the dose in force of {first}" if current else ""
            message = (
                f"is not the next step of the regimen{now} (next: {near or 'none'}); name the "
                "cycles for which it is, or an exception, which needs two names (by, checked by)"
            )
            raise Refused(message)


def _next_step(
    change: Reduce | Raise, order: Order, current: StatedDose | None
) -> StatedDose | None:
    """Give the step next to a dose of the ladder, up or down; None: the regimen has none."""
    own = order.dose if isinstance(order.dose, StatedDose) else None
    up, down = [step.dose for step in order.steps_up], [step.dose for step in order.steps]
    ladder = [*reversed(up), own, *down]  # from the highest to the lowest
    at = len(up) if current is None else ladder.index(current) if current in ladder else None
    if at is None:
        return None
    if isinstance(change, Reduce):
        return ladder[at + 1] if at + 1 < len(ladder) else None
    return ladder[at - 1] if 0 < at <= len(up) else None
