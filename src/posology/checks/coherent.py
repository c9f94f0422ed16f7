"""Whether the parts of a regimen fit together, and what its sources leave open."""

from collections.abc import Iterator, Mapping
from itertools import product

from posology.model import Drug, Finding, Order, Regimen


def coherent(regimen: Regimen, drugs: Mapping[str, Drug]) -> Iterator[Finding]:
    """Stop where names do not meet, or days do not fit their cycle."""
    seen: set[str] = set()
    for index, order in enumerate(regimen.orders):
        where = f"orders[{index}]"
        if order.id in seen:
            message = f"a second order is named {order.id}; give one of them an id of its own"
            yield Finding("order-twice", "stop", f"{where}.drug", message)
        seen.add(order.id)
        if order.source not in regimen.sources:
            message = f"{order.source} is not among the sources: {', '.join(regimen.sources)}"
            yield Finding("source-unknown", "stop", f"{where}.source", message)
        drug = drugs.get(order.drug)
        if drug is None:
            message = f"{order.drug} is not in the formulary; add drugs/{order.drug}.yaml"
            yield Finding("drug-unknown", "stop", f"{where}.drug", message)
        elif order.route not in drug.routes:
            message = (
                f"{order.drug} has no {order.route} route in the formulary; "
                f"routes: {', '.join(drug.routes)}"
            )
            yield Finding("route-unknown", "stop", f"{where}.route", message)
        yield from _days_fit(order, where)


def _days_fit(order: Order, where: str) -> Iterator[Finding]:
    for every, days in product(order.every, order.days):
        if days.numbers[-1] > every.fewest_days:
            message = f"day {days.numbers[-1]} lies beyond a cycle of {every}"
            yield Finding("day-beyond-cycle", "stop", f"{where}.days", message)
        if order.dose.basis == "per cycle" and len(days.numbers) * order.times == 1:
            message = f'a cycle has one administration; write "{order.dose.amount} each"'
            yield Finding("basis-empty", "stop", f"{where}.dose", message)
        if order.dose.basis == "per day" and order.times == 1:
            message = f'a day has one administration; write "{order.dose.amount} each"'
            yield Finding("basis-empty", "stop", f"{where}.dose", message)


def open_questions(regimen: Regimen, _: Mapping[str, Drug]) -> Iterator[Finding]:
    """Ask a pharmacist to look at every erratum and everything unclear."""
    for index, order in enumerate(regimen.orders):
        where = f"orders[{index}]"
        if order.erratum and order.erratum.printed != str(order.dose.amount):
            message = (
                f"{order.id}: the source prints {order.erratum.printed}; encoded is "
                f"{order.dose}, because {order.erratum.because}"
            )
            yield Finding("erratum", "review", f"{where}.erratum", message)
        for field, because in order.inferred.items():
            message = f"{order.id}: the quote does not say the {field}; {because}"
            yield Finding("inferred", "note", f"{where}.inferred.{field}", message)
        if order.unclear:
            message = f"{order.id}: {order.unclear}"
            yield Finding("unclear", "review", f"{where}.unclear", message)
    if regimen.status == "draft":
        message = "the regimen is a draft: no second person has reviewed the encoding"
        yield Finding("regimen-draft", "note", "status", message)
