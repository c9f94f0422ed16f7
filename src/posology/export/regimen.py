"""A regimen as text for a terminal, on one screen."""

from collections.abc import Iterable

from posology.library import Entry
from posology.model import Finding, Order, Stage, Strength

_ROUTES = {"oral": "PO", "intravenous": "IV", "subcutaneous": "subcut", "intramuscular": "IM"}


def text(entry: Entry, findings: Iterable[Finding]) -> str:
    """Write orders with quotes, sources with evidence, findings and cases."""
    regimen = entry.regimen
    lines = [
        f"{regimen.name}, for {regimen.indication}",
        f"{entry.id}, version {regimen.version}, {regimen.status}, sha256 {entry.sha256[:12]}",
        f"Content   sha256 {entry.content_sha256}",
        f"Duration  {regimen.duration}",
        "",
        "Orders",
    ]
    for order in regimen.orders:
        lines.append(f"  {one_line(order)}")
        lines.append(f'      "{order.quote}" [{order.source}]')
        lines += [
            f'      {_field(stage)}: {stage.dose} "{stage.quote}"'
            for stage in order.stages
            if not stage.complete
        ]
        lines += [f'      at most {one.amount}: "{one.quote}"' for one in order.most]
        lines += [f'      {one.to} where {one.when}: "{one.quote}"' for one in order.reduce]
    for item in regimen.items:
        when = f"every {item.every}" if item.every else f"{item.before} before the first day"
        lines.append(f"  {item.name} ({item.kind}), {when}")
    if regimen.choices:
        lines += ["", "Left open by the source; choose with --choose"]
        lines += [f"  {name}: {' or '.join(each)}" for name, each in regimen.choices.items()]
    lines += ["", "Sources"]
    for name, source in regimen.sources.items():
        copy = {"copy": "; only a copy was seen", "no": "; nothing of it was seen"}.get(
            source.seen or "", ""
        )
        lines.append(f"  {name}: {source.cite}; evidence: {source.evidence or 'not stated'}{copy}")
    lines += ["", "Findings"]
    lines += [f"  {one.level:<6}  {one.message}" for one in findings] or ["  none"]
    lines += ["", "Cases"]
    lines += [f"  {case.name}" for case in regimen.cases]
    return "\n".join(lines)


def _field(stage: Stage) -> str:
    kind, point, *_ = stage.path
    if kind == "doses" and isinstance(point, int):
        return f"where {stage.order.doses[point].when}"
    return f"step {point}" if kind == "steps" else f"from {point}, days {stage.days[0]}"


def one_line(order: Order) -> str:
    """Write an order as people do: ``dexamethasone 60 mg IM d1-2, every week``."""
    every = " or ".join(str(one).removeprefix("1 ") for one in order.every)
    days = " or ".join(str(one) for one in order.days)
    on = f" d{days}" if days != "1" else ""
    times = f" x {order.times} a day" if order.times > 1 else ""
    at = " at bedtime" if order.at else ""
    length = f" for {order.duration}" if order.duration else ""
    route = _ROUTES[order.route]
    optional = " (may be left out)" if order.optional else ""
    rhythm = f"every {every}" if every else "rhythm not stated"
    return f"{order.id} {_dose(order)} {route}{on}{times}{at}, {rhythm}{length}{optional}"


def _dose(order: Order) -> str:
    """Write the dose of one administration where all readings give the same, else as stated."""
    if not isinstance(order.dose, Strength):
        return "dose by patient" if order.doses else "dose not stated"
    if order.dose.basis == "each":
        return str(order.dose.amount)
    parts = {
        "per day": {order.times},
        "per cycle": {len(days.numbers) * order.times for days in order.days},
    }[order.dose.basis]
    if len(parts) == 1:
        return f"{order.dose.amount / parts.pop()} ({order.dose})"
    return str(order.dose)
