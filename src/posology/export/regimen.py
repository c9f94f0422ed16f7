"""A regimen as text for a terminal, on one screen."""

from collections.abc import Iterable

from posology.library import Entry
from posology.model import Finding, Order

_ROUTES = {"oral": "PO", "intravenous": "IV", "subcutaneous": "subcut", "intramuscular": "IM"}


def text(entry: Entry, findings: Iterable[Finding]) -> str:
    """Write orders with quotes, sources with evidence, findings and cases."""
    regimen = entry.regimen
    lines = [
        f"{regimen.name}, for {regimen.indication}",
        f"{entry.id}, version {regimen.version}, {regimen.status}, sha256 {entry.sha256[:12]}",
        f"Duration  {regimen.duration}",
        "",
        "Orders",
    ]
    for order in regimen.orders:
        lines.append(f"  {one_line(order)}")
        lines.append(f'      "{order.quote}" [{order.source}]')
    if regimen.choices:
        lines += ["", "Left open by the source; choose with --choose"]
        lines += [f"  {name}: {' or '.join(each)}" for name, each in regimen.choices.items()]
    lines += ["", "Sources"]
    for name, source in regimen.sources.items():
        copy = "; only a copy was seen" if source.seen else ""
        lines.append(f"  {name}: {source.cite}; evidence: {source.evidence or 'not stated'}{copy}")
    lines += ["", "Findings"]
    lines += [f"  {one.level:<6}  {one.message}" for one in findings] or ["  none"]
    lines += ["", "Cases"]
    lines += [f"  {case.name}" for case in regimen.cases]
    return "\n".join(lines)


def one_line(order: Order) -> str:
    """Write an order as people do: ``dexamethasone 120 mg per cycle IM d1-2, every week``."""
    every = " or ".join(str(one).removeprefix("1 ") for one in order.every)
    days = " or ".join(str(one) for one in order.days)
    on = f" d{days}" if days != "1" else ""
    times = f" x {order.times} a day" if order.times > 1 else ""
    length = f" for {order.duration}" if order.duration else ""
    return f"{order.id} {order.dose} {_ROUTES[order.route]}{on}{times}, every {every}{length}"
