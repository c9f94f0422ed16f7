"""The dosing weight policies of a site side by side, for one patient and one cycle."""

from collections.abc import Sequence
from typing import NamedTuple

from posology.dispensing.rounding import percent
from posology.dosing.weight import needs, weigh
from posology.errors import CourseError, DosingError
from posology.library import Library, SiteFile
from posology.model import Administration, Course, Finding, Order, Patient, Plan, Site
from posology.planning import plan
from posology.quantity import Quantity


class Row(NamedTuple):
    """One policy for one order: the weight, the dose and the containers, or why there are none."""

    order: str
    policy: str
    dated: str
    used: bool
    why: str
    """How the weight is computed, or why it cannot be."""
    weight: str = ""
    computed: str = ""
    dispensed: str = ""
    packs: str = ""
    difference: str = ""
    """Dispensed total compared with that for the actual weight, such as ``-7 %``."""


class ByPolicy(NamedTuple):
    """What a policy of the site would give of an order in one cycle, as computed."""

    order: str
    policy: str
    used: bool
    weight: Quantity
    amount: Quantity
    difference: str
    """Compared with the actual weight, such as ``-21.7 %``; empty where it is the same."""

    def __str__(self) -> str:
        """Print it: ``ontario: 81.4 kg, 162.8 g a cycle (-21.7 %)``."""
        difference = f" ({self.difference})" if self.difference else ""
        mark = "* " if self.used else ""
        return f"{mark}{self.policy}: {self.weight}, {self.amount} a cycle{difference}"


def by_policy(of: Plan) -> list[ByPolicy]:
    """Give each policy's dosing weight and the amount of one cycle, for each weight of the patient.

    For the drugs that the site's ``dosing_weight`` names: its policies are written for them. Empty
    where height or sex is not known: then most policies cannot be computed.
    """
    if of.patient.height is None or of.patient.sex is None:
        return []
    found = []
    for order in of.regimen.orders:
        doses = [each for each in of.administrations if each.order.id == order.id]
        if not order.by_weight or order.drug not in of.site.dosing_weight or not doses:
            continue
        per_kg = _of_a_cycle(doses)
        for weight in dict.fromkeys(each.weight for each in doses if not each.recorded):
            patient = of.patient.model_copy(update={"weight": weight})
            found += _each_policy(order, per_kg, patient, of.site)
    return found


def _of_a_cycle(doses: Sequence[Administration]) -> Quantity:
    """Give the amount of a whole cycle per kg: of the fullest, as the last may have been cut."""
    cycles: dict[int, Quantity] = {}
    for each in doses:
        per_kg = each.dose.amount / each.size.weight
        before = cycles.get(each.slot.cycle)
        cycles[each.slot.cycle] = per_kg if before is None else before + per_kg
    return max(cycles.values())


def _each_policy(order: Order, per_kg: Quantity, patient: Patient, site: Site) -> list[ByPolicy]:
    actual, found = patient.weight.to("kg"), []
    for name, policy in site.policies.items():
        weight, _ = weigh(patient, policy, name)
        one = ByPolicy(
            order=order.id,
            policy=name,
            used=site.policy(order.drug) == name,
            weight=weight,
            amount=per_kg * weight,
            difference=percent(weight.ratio(actual) - 1) if weight != actual else "",
        )
        found.append(one)
    return found


def compare(
    course: Course, library: Library, site_file: SiteFile
) -> tuple[list[Row], list[Finding]]:
    """Compute the course by each policy of the site, for the orders with a dose per kg.

    Gives the rows, and the findings for the actual weight that stop a plan or ask for review.
    """
    site = site_file.site
    regimen = library.regimens[course.regimen].regimen
    orders = [order for order in regimen.orders if order.by_weight]
    if not orders:
        message = "no dose of this regimen is stated per kg, so it needs no dosing weight"
        raise CourseError({"regimen": message})
    computed: dict[str, Plan | str] = {}
    for name in site.policies:
        policies = {"others": name}
        one_policy = site_file._replace(site=site.model_copy(update={"dosing_weight": policies}))
        try:
            computed[name] = plan(course, library, one_policy)
        except CourseError as error:
            if set(error.problems) - set(needs(regimen, one_policy.site)):
                raise
            asked = " and ".join(error.problems)
            computed[name] = f"needs {asked}"
        except DosingError as error:
            computed[name] = str(error)
    rows = []
    for order in orders:
        for name, policy in site.policies.items():
            outcome = computed[name]
            used = site.policy(order.drug) == name
            row = Row(
                order.id, name, policy.dated, used, outcome if isinstance(outcome, str) else ""
            )
            rows.append(
                row if isinstance(outcome, str) else _row(row, outcome, computed.get("actual", ""))
            )
    actual = computed.get("actual")
    found = list(actual.findings) if isinstance(actual, Plan) else []
    for outcome in computed.values():
        if isinstance(outcome, Plan):
            found += [each for each in outcome.findings if each.code == "policy-exclusion"]
    return rows, [
        outcome
        for outcome in found
        if outcome.level != "note" and outcome.code not in {"not-dispensable", "rounded"}
    ]


def _row(row: Row, policy_plan: Plan, actual: Plan | str) -> Row:
    """Fill in the row from the plan that this policy gives."""
    order = row.order
    stopped = [finding for finding in policy_plan.findings if finding.code == "not-dispensable"]
    size = policy_plan.sizes[order]
    total = next(total for total in policy_plan.totals if total.order == order)
    computed = str(total.per_course)
    row = row._replace(weight=str(size.weight), computed=computed, why=size.words)
    if stopped:
        return row._replace(why=stopped[0].message)
    difference = ""
    if isinstance(actual, Plan):
        base = next(total for total in actual.totals if total.order == order)
        off = total.dispensed.ratio(base.dispensed) - 1
        difference = percent(off) if off else "the same"
    packs = " + ".join(map(str, total.packs))
    return row._replace(dispensed=str(total.dispensed), packs=packs, difference=difference)


def policies(
    course: Course, library: Library, site_file: SiteFile
) -> tuple[list[str], list[Finding]]:
    """Write the comparison as a table for a terminal, and give the findings beside it."""
    rows, findings = compare(course, library, site_file)
    head = ("", "policy", "weight", "computed", "dispensed", "containers", "against actual")
    cells = [
        ("*" if row.used else "", row.policy, row.weight, row.computed, row.dispensed, row.packs,
         row.difference)
        for row in rows
    ]  # fmt: skip
    widths = [max(len(line[place]) for line in [head, *cells]) for place in range(len(head))]
    what = "One cycle" if course.cycles else "The whole course"
    lines = [f"{what} of {course.regimen} for {course.patient.weight}"]
    previous = ""
    for row, cell in zip(rows, cells, strict=True):
        if row.order != previous:
            lines += ["", row.order, _line(head, widths)]
            previous = row.order
        lines.append(_line(cell, widths))
        if not row.packs:
            lines.append(f"    {row.why}")
    lines += ["", "* the site's policy. All policies, with date and source:"]
    for name, policy in site_file.site.policies.items():
        lines.append(f"  {name} ({policy.dated}, {policy.basis}): {policy.cite}")
    if findings:
        lines += [
            "",
            "Findings",
            *(f"  {finding.level:<6}  {finding.message}" for finding in findings),
        ]
    return lines, findings


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
    return ("  " + "  ".join(padded)).rstrip()
