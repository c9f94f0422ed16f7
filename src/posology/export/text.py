"""A plan as text for a terminal."""

from collections.abc import Iterator, Sequence

from posology import __version__
from posology.dispensing.infusion import shown
from posology.dosing.measures import clearance, filtration
from posology.export.regimen import later_words
from posology.guards.reached import beside
from posology.model import (
    Administration,
    Change,
    Cited,
    Fact,
    Infusion,
    Order,
    Plan,
    Total,
    print_date,
)
from posology.model.changing import describe
from posology.model.finding import named
from posology.planning.policies import by_policy

_UNCHECKED = ", not checked by a second person"


def text(plan: Plan) -> str:
    """Write the plan: inputs as understood, doses with their working, dates, totals, findings."""
    course = plan.course
    revision = f", revision {plan.issued.revision}" if plan.issued else ""
    span = "nothing is planned"
    if plan.administrations:
        first, last = plan.administrations[0], plan.administrations[-1]
        span = f"{print_date(first.at)}; last {print_date(last.at)}"
    lines = [
        f"{release_status(plan)}  {plan.regimen.name}, {plan.regimen.indication}",
        (
            f"Regimen   {plan.named}, version {plan.regimen.version} ({plan.regimen.status}), "
            f"sha256 {plan.regimen_sha256[:12]}"
        ),
        (
            f"Computed  for {weight(plan)}; {plan.site.name}, "
            f"{plan.site.time_zone}; Posology {__version__}"
        ),
        f"Formulary {plan.origin.formulary}",
        *(f"Measures  {line}" for line in measures(plan)),
        f"First     {span}",
        (
            f"Course    {plan.course_id.hex[:8]}{revision}, reference "
            f"{course.reference or 'not given'}"
        ),
        *changes(plan),
        "",
        "Doses",
        *_doses(plan),
        "",
        "Administrations",
    ]
    width = max((len(str(each)) for each in plan.administrations), default=0)
    for administration in plan.administrations:
        # The key in brackets is what posology revise --dose takes.
        key = f"  [{administration.slot}]" if plan.issued else ""
        state = f"{_ends(administration)}{given(administration)}{key}"
        lines.append(f"  {administration!s:<{width}}  {administration.position}{state}")
    if plan.needed:
        lines += ["", "As needed, in no calendar and in no total"]
        lines += [line for each in plan.needed for line in (f"  {each}", f"    {each.working}")]
    if plan.absent:
        lines += ["", "Not given", *(f"  {absent}" for absent in plan.absent)]
    totals = (line for total in plan.totals for line in ordered(total, plan))
    lines += ["", "Totals", *(f"  {line}" for line in totals)]
    if weights := dosing_weights(plan):
        lines += ["", "Dosing weights by each policy of the site (* the site's)", *weights]
    if plan.supplies:
        lines += ["", "Supplies", *(f"  {supplied}" for supplied in plan.supplies)]
    if plan.items:
        lines += ["", "To do", *(f"  {dated}" for dated in plan.items)]
    lines += ["", "Findings"]
    lines += findings(plan) or ["  none"]
    lines += ["", "Warnings and monitoring", *(f"  {line}" for line in facts(plan))]
    lines += ["", "Sources", *(f"  {line}" for line in cited(plan))]
    return "\n".join(lines) + "\n"


def _doses(plan: Plan) -> Iterator[str]:
    """Write how the doses of each order are computed and made, and what they come near to."""
    for total in plan.totals:
        order = next(order for order in plan.regimen.orders if order.id == total.order)
        administrations = [each for each in plan.administrations if each.slot.order == order.id]
        for working in workings(administrations):
            yield f"  {order.id}, {order.route}: {working}"
        yield f"    {rhythm(order, plan)}"
        yield from (f"    {line}" for line in preparation(administrations))
        yield from (f"    {line}" for line in beside(order, plan))


def dosing_weights(plan: Plan) -> list[str]:
    """List what each policy of the site would give; empty where height or sex is not known."""
    found = by_policy(plan)
    width = max((len(each.order) for each in found), default=0)
    return [f"  {each.order:<{width}}  {each}" for each in found]


def release_status(plan: Plan) -> str:
    """Say whether a plan is a draft, or who has released it."""
    release = plan.released
    if release is None:
        return "DRAFT"
    second = f", checked by {release.checked_by}" if release.checked_by else _UNCHECKED
    on = print_date(release.at.astimezone(plan.site.time_zone.info))
    if any(each.code == "release-lapsed" for each in plan.findings):
        return f"DRAFT; its release of {on} by {release.by} has lapsed"
    return f"RELEASED {on} by {release.by}{second}"


def changes(plan: Plan) -> list[str]:
    """List the changes of a course, each with its day, its reason and who answers for it."""
    return [
        f"Revision  {changed_so(number, change)}"
        for number, change in enumerate(plan.course.changes, 1)
    ]  # fmt: skip


def changed_so(number: int, change: Change) -> str:
    """Say a change on one line: its revision, its day, what, why, and the names."""
    names = " and ".join(name for name in (change.by, change.checked_by) if name)
    what = f"{describe(change)}; reason: {change.reason}"
    return f"{number}  {print_date(change.on)}: {what}; by {names or 'nobody named'}"


def weight(plan: Plan) -> str:
    """Say which weight was given, which doses are computed for another, and what came later."""
    actual = plan.course.patient.weight
    in_kg = "" if actual.unit == "kg" else f" = {actual.to('kg')}"
    others: dict[str, str] = {}
    later: dict[str, str] = {}
    for administration in plan.administrations:
        order, size = administration.order.id, administration.size
        measured, at = administration.weight, administration.at
        if size.weight != measured.to("kg"):
            others.setdefault(order, f"{order} for {size.words}")
        if measured != actual:
            later.setdefault(str(measured), f"{measured} from {print_date(at)}")
    parts = [f"{actual}{in_kg}, actual weight", *others.values(), *later.values()]
    return "; ".join(parts)


def measures(plan: Plan) -> list[str]:
    """List the other measures, with what follows from them; nothing where there are none."""
    patient = plan.course.patient
    listed = [
        f"{name.replace('_', ' ')} {text}"
        for name, text in patient.texts.items()
        if name not in {"weight", "weighed", "sampled", "counted"}
    ]
    days = {"weighed": patient.weighed, "blood taken": patient.sampled, "counted": patient.counted}
    listed += [f"{words} {print_date(day)}" for words, day in days.items() if day]
    if patient.creatinine_clearance is None and plan.patient.creatinine_clearance is not None:
        _, working = clearance(plan.course, plan.patient, plan.site)
        listed.append(f"creatinine clearance {working}")
        rate = filtration(plan.course.patient)
        listed.append(f"filtration rate {rate} (CKD-EPI 2021; for staging, not for doses)")
    listed += [f"risk {risk}" for risk in plan.course.risks]
    listed += [f"takes {other}" for other in plan.course.others]
    listed += [
        f"last {drug} {print_date(last.on)} {last.product}".rstrip()
        for drug, last in plan.course.last.items()
    ]
    listed += plan.course.taken_over
    return [", ".join(listed)] if listed else []


def workings(administrations: Sequence[Administration]) -> list[str]:
    """Say how the doses of an order are computed; those that are recorded are not anew."""
    open_ = [each for each in administrations if not each.recorded]
    given = ["all doses are recorded"] if not open_ else []
    return [*dict.fromkeys(each.dose.working for each in open_), *given]


def preparation(administrations: Sequence[Administration]) -> list[str]:
    """Say how the doses of an order are made and how fast they run, each different one once."""
    return [*made(administrations), *rates(administrations)]


def made(administrations: Sequence[Administration]) -> list[str]:
    """Say how the doses of an order are rounded and made up, each different one once."""
    ready = [each.ready for each in administrations if each.ready]
    made_so = (prepared.working for prepared in ready if prepared.working)
    return list(dict.fromkeys([*made_so, *map(str, ready)]))


def rates(administrations: Sequence[Administration]) -> list[str]:
    """Say how fast the doses of an order run, each different infusion once."""
    lines = []
    infusions: dict[Infusion, tuple[Administration, int]] = {}
    for administration in administrations:
        if administration.runs:
            first, count = infusions.get(administration.runs, (administration, 0))
            infusions[administration.runs] = (first, count + 1)
    for infusion, (first, count) in infusions.items():
        times = f"{print_date(first.at)}" + (f" and {count - 1} more" if count > 1 else "")
        lines.append(f"{first.amount} on {times}: {shown(infusion)}")
        lines += [f"  {line}" for line in infusion.working]
    return lines


def ordered(total: Total, plan: Plan) -> list[str]:
    """Write a total, and what must be ordered for it."""
    differs = total.dispensed != total.per_course
    lines = [f"{total} computed, {total.dispensed} dispensed" if differs else str(total)]
    recorded = sum(each.slot.order == total.order and bool(each.recorded)
                   for each in plan.administrations)  # fmt: skip
    if recorded:
        lines[0] += f"; {recorded} of them given"
    lines += [f"  to order, {containers}" for containers in total.to_order]
    cycles = total.per_cycle_to_order
    if len(cycles) == 1 and cycles[0] != total.to_order:
        lines += [f"  each cycle: {containers.counted}" for containers in cycles[0]]
    return lines


def given(administration: Administration) -> str:
    """Say that a dose is recorded, its lot, and what was planned if another amount was given."""
    recorded = administration.recorded
    if recorded is None:
        return ""
    planned = "" if administration.as_planned else f", planned {administration.planned}"
    return f"; given{planned}{f', lot {recorded.lot}' if recorded.lot else ''}"


def _ends(administration: Administration) -> str:
    return f", ends {administration.ends_at}" if administration.runs else ""


def rhythm(order: Order, plan: Plan) -> str:
    """Say when an order is given, as chosen, and what changes later."""
    administrations = [each for each in plan.administrations if each.slot.order == order.id]
    if order.beside:
        share = f", {order.beside.share} of its dose" if order.beside.share else ""
        return f"with {order.beside.order}{share}: {order.beside.when}"
    every = plan.course.choices.get(f"{order.id}.every", str(order.every[0]))
    days = plan.course.choices.get(f"{order.id}.days", str(order.days[0]))
    if any(row.days for row in order.doses):  # a row of the table has set days of its own
        first = {each.slot.day for each in administrations if each.slot.cycle == 1}
        days = ", ".join(map(str, sorted(first)))
    on = f", days {days}" if days != "1" else ""
    times = {1: "", 2: ", twice a day"}.get(order.times, f", {order.times} times a day")
    at = " at bedtime" if order.at else ""
    later = "".join(
        f"; from {start}: {later_words(change)}" for start, change in order.later.items()
    )
    later += f"; titrated {order.titrate}" if order.titrate else ""
    salt = f", stated as {order.salt}" if order.salt else ""
    said = f"every {every.removeprefix('1 ')}{on}{times}{at}{salt}{later}"
    return said.replace("every once", "once", 1)


def findings(plan: Plan) -> list[str]:
    """Write each finding on one line, the gravest first."""
    names = {finding: name for name, finding in named(plan.findings).items()}
    return [
        f"  {finding.level:<6}  {names.get(finding, finding.code)}: {finding.words}"
        for finding in plan.findings
    ]


def facts(plan: Plan) -> list[str]:
    """List what the formulary warns of, and what to watch, drug by drug."""
    return [f"{of}: {fact.text} ({fact.source}, {fact.basis})" for _, of, fact in _facts(plan)]


def _facts(plan: Plan) -> Iterator[tuple[str, str, Fact]]:
    """Give each fact of the drugs and of the products in use: the drug, of what, the fact."""
    used = {each.ready.product for each in plan.administrations if each.ready}
    for name, drug in plan.drugs.items():
        for fact in (*drug.warnings, *drug.monitoring):
            yield name, name, fact
        for product in drug.products.values():
            for fact in product.warnings if product.name in used else ():
                yield name, product.name, fact


def cited(plan: Plan) -> list[str]:
    """Spell out the sources of the regimen, and those that findings, facts and rates name."""
    named = {source for finding in plan.findings for source in finding.sources}
    named |= {source for each in plan.administrations if each.runs
              for source in each.runs.sources}  # fmt: skip
    named |= {Cited(name, fact.source) for name, _, fact in _facts(plan)}
    shelves = {"": plan.regimen.sources}
    shelves |= {name: drug.sources for name, drug in plan.drugs.items()}
    shelves["combinations"] = plan.combinations.sources
    seen = {"copy": "; we read a copy, not the original", "no": "; we have not read it"}
    return [
        f"{f'{shelf}, ' if shelf else ''}{key}: {source.cite}{seen.get(source.seen or '', '')}"
        for shelf, sources in shelves.items()
        for key, source in sources.items()
        if not shelf or Cited(shelf, key) in named
    ]
