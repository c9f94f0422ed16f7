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
        f"First     {print_date(first.at)}; last {print_date(last.at)}",
        f"Course    {plan.course_id.hex[:8]}, reference {course.reference or 'not given'}",
        "",
        "Doses",
    ]
    for order in plan.regimen.orders:
        working = next(one for one in plan.administrations if one.slot.order == order.id)
        lines.append(f"  {order.id}, {order.route}: {working.dose.working}")
        lines.append(f"    {rhythm(order, plan)}")
    lines += ["", "Administrations"]
    width = max(len(str(one)) for one in plan.administrations)
    lines += [f"  {one!s:<{width}}  {one.label}" for one in plan.administrations]
    lines += ["", "Totals"]
    lines += [f"  {total}" for total in plan.totals]
    lines += ["", "Findings"]
    lines += findings(plan) or ["  none"]
    return "\n".join(lines) + "\n"


def rhythm(order: Order, plan: Plan) -> str:
    """Say when an order is given, with the choices made."""
    every = plan.course.choices.get(f"{order.id}.every", str(order.every[0]))
    days = plan.course.choices.get(f"{order.id}.days", str(order.days[0]))
    on = f", days {days}" if days != "1" else ""
    times = {1: "", 2: ", twice a day"}.get(order.times, f", {order.times} times a day")
    return f"every {every.removeprefix('1 ')}{on}{times}"


def findings(plan: Plan) -> list[str]:
    """Write each finding on one line, the gravest first."""
    return [f"  {one.level:<6}  {one.code}: {one.message}" for one in plan.findings]
