"""A plan as text for a terminal."""

from posology import __version__
from posology.model import Order, Plan, print_date


def text(plan: Plan) -> str:
    """Write the plan: inputs as understood, doses with their working, dates, totals, findings."""
    first, last = plan.administrations[0], plan.administrations[-1]
    course = plan.course
    weight = course.patient.weight
    in_kg = "" if weight.unit == "kg" else f" = {weight.to('kg')}"
    lines = [
        f"DRAFT  {plan.regimen.name}, {plan.regimen.indication}",
        (
            f"Regimen   {course.regimen}, version {plan.regimen.version} ({plan.regimen.status}), "
            f"sha256 {plan.regimen_sha256[:12]}"
        ),
        (
            f"Computed  for {weight}{in_kg}, {plan.site.dosing_weight} weight; {plan.site.name}, "
            f"{plan.site.time_zone}; Posology {__version__}"
        ),
        *_measures(plan),
        f"First     {print_date(first.at)}; last {print_date(last.at)}",
        f"Course    {plan.course_id.hex[:8]}, reference {course.reference or 'not given'}",
        "",
        "Doses",
    ]
    for total in plan.totals:
        order = next(one for one in plan.regimen.orders if one.id == total.order)
        doses = [one.dose for one in plan.administrations if one.slot.order == order.id]
        each = dict.fromkeys(dose.working for dose in doses)
        lines += [f"  {order.id}, {order.route}: {working}" for working in each]
        lines.append(f"    {rhythm(order, plan)}")
    lines += ["", "Administrations"]
    width = max(len(str(one)) for one in plan.administrations)
    lines += [f"  {one!s:<{width}}  {one.label}" for one in plan.administrations]
    lines += ["", "Totals"]
    lines += [f"  {total}" for total in plan.totals]
    if plan.items:
        lines += ["", "To do", *(f"  {one}" for one in plan.items)]
    lines += ["", "Findings"]
    lines += findings(plan) or ["  none"]
    return "\n".join(lines) + "\n"


def _measures(plan: Plan) -> list[str]:
    texts = {name: text for name, text in plan.course.patient.texts.items() if name != "weight"}
    if not texts:
        return []
    listed = ", ".join(f"{name.replace('_', ' ')} {text}" for name, text in texts.items())
    return [f"Measures  {listed}"]


def rhythm(order: Order, plan: Plan) -> str:
    """Say when an order is given, as chosen, and what changes later."""
    given = [one for one in plan.administrations if one.slot.order == order.id]
    every = plan.course.choices.get(f"{order.id}.every", str(order.every[0]))
    days = plan.course.choices.get(f"{order.id}.days", str(order.days[0]))
    seen = ", ".join(
        str(day) for day in sorted({one.slot.day for one in given if one.slot.cycle == 1})
    )
    if any(row.days for row in order.doses):
        days = seen  # a row of the table has set days of its own
    on = f", days {days}" if days != "1" else ""
    times = {1: "", 2: ", twice a day"}.get(order.times, f", {order.times} times a day")
    at = " at bedtime" if order.at else ""
    later = "".join(
        f"; from {start}: {' and '.join(str(one) for one in (change.dose, change.days) if one)}"
        for start, change in order.later.items()
    )
    return f"every {every.removeprefix('1 ')}{on}{times}{at}{later}"


def findings(plan: Plan) -> list[str]:
    """Write each finding on one line, the gravest first."""
    return [f"  {one.level:<6}  {one.code}: {one.message}" for one in plan.findings]
