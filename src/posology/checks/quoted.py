"""Second net: does the order say what its quote says?

Number, unit, basis, rhythm, days and route of an order must stand in its quote as whole
tokens, or the order carries an erratum. An erratum is needed exactly where print and encoding
differ, and refused where the print was plausible. What the quote does not say is marked as
``inferred``, with the reason.
"""

from collections.abc import Iterator, Mapping

from posology.checks.plausible import amounts, judge
from posology.checks.reading import Reading, canonical, printed_amounts, read
from posology.model import Drug, Finding, Order, Period, Regimen, Strength
from posology.quantity import Quantity, shown

_MONTH, _FOUR_WEEKS, _DAY = Period(1, "month"), Period(28, "day"), Period(1, "day")


def quoted(regimen: Regimen, drugs: Mapping[str, Drug]) -> Iterator[Finding]:
    """Compare each order with its quote."""
    for index, order in enumerate(regimen.orders):
        where = f"orders[{index}]"
        said = read(order.quote)
        yield from _dose(order, said, drugs.get(order.drug), where)
        if said.unread:
            message = (
                f"{shown(said.unread)} in the quote cannot be read as a rhythm; quote a phrase "
                'that says it in words such as "twice daily", "every 2 days" or "days 1-4"'
            )
            yield Finding("quote-unread", "stop", f"{where}.quote", message)
            continue
        yield from _basis(order, said, where)
        yield from _rhythm(order, said, where)
        yield from _days(order, said, where)
        yield from _route(order, said, where)


def _dose(order: Order, said: Reading, drug: Drug | None, where: str) -> Iterator[Finding]:
    stated = order.dose.amount
    stands = stated in [one for one in said.amounts if one.dimension == stated.dimension]
    if order.erratum is None:
        if not stands:
            message = (
                f"{stated} does not stand in the quote {shown(order.quote)}; encode what it says, "
                "or add an erratum that says what is printed and why it cannot be meant"
            )
            yield Finding("not-quoted", "stop", f"{where}.dose", message)
        return
    field = f"{where}.erratum.printed"
    printed = printed_amounts(order.erratum.printed)
    if len(printed) != 1 or printed[0] not in said.amounts:
        message = f"{shown(order.erratum.printed)} does not stand in the quote as one amount"
        yield Finding("erratum-not-printed", "stop", field, message)
    elif stands:
        message = (
            f"the order gives {stated} as printed, and its erratum says that this cannot be meant; "
            "give the dose that is meant, or drop the erratum"
        )
        yield Finding("erratum-needless", "stop", f"{where}.erratum", message)
    elif drug is not None and _plausible(order, printed[0], drug):
        message = (
            f"{printed[0]} as printed would be plausible for {drug.name}; it may be what was "
            "meant. Encode it, or say what is unclear"
        )
        yield Finding("erratum-plausible", "stop", field, message)


def _plausible(order: Order, amount: Quantity, drug: Drug) -> bool:
    if order.route not in drug.routes:
        return False
    given = amounts(Strength(amount, order.dose.basis), order, order.every[0], order.days[0])
    windows = [
        window
        for window in drug.routes[order.route].windows
        if window.usual.low.dimension == amount.dimension
    ]
    return bool(windows) and not any(judge(given[one.per], one) == "stop" for one in windows)


def _basis(order: Order, said: Reading, where: str) -> Iterator[Finding]:
    shared = "per day" if said.shared and said.daily and order.times > 1 else "per cycle"
    meant = (shared,) if said.shared else ("each", "per day") if order.times == 1 else ("each",)
    if order.dose.basis not in meant:
        says = "shares the dose out" if said.shared else "does not share the dose out"
        message = f'the quote {says}, but the order says "{order.dose.basis}"'
        yield Finding("basis-not-quoted", "stop", f"{where}.dose", message)


def _rhythm(order: Order, said: Reading, where: str) -> Iterator[Finding]:
    options = {canonical(every) for every in order.every}
    if options == {_DAY}:
        good = said.daily or bool(said.times)
    else:
        # A month of a source may be its four weeks; the choice is the pharmacist's.
        near = {_FOUR_WEEKS} if _MONTH in said.periods else set()
        good = bool(said.periods) and said.periods <= options <= (said.periods | near)
    if not good and "every" not in order.inferred:
        says = " and ".join(sorted(str(one) for one in said.periods))
        says = says or ("daily" if said.daily else "no rhythm")
        encoded = " or ".join(str(one) for one in order.every)
        message = f"the quote {shown(order.quote)} says {says}, not {encoded}"
        yield Finding("rhythm-not-quoted", "stop", f"{where}.every", message)
    if said.times | ({1} if not said.times else set()) != {order.times}:
        says = " or ".join(str(one) for one in sorted(said.times)) or "no times"
        message = f"the quote says {says} a day, the order {order.times}"
        yield Finding("times-not-quoted", "stop", f"{where}.times", message)


def _days(order: Order, said: Reading, where: str) -> Iterator[Finding]:
    """Lists of days must agree; a range of counts is offered as a choice of its ends."""
    field = f"{where}.days"
    encoded = [days.numbers for days in order.days]
    if said.days:
        if encoded != [said.days]:
            listed = ", ".join(str(day) for day in said.days)
            message = f"the quote says days {listed}, the order {' or '.join(map(str, order.days))}"
            yield Finding("days-not-quoted", "stop", field, message)
    elif said.counts:
        if {len(days) for days in encoded} != said.counts:
            says = " or ".join(str(number) for number in sorted(said.counts))
            has = " or ".join(str(len(days)) for days in encoded)
            message = f"the quote counts {says} days a cycle, the order {has}"
            yield Finding("days-not-quoted", "stop", field, message)
    elif encoded != [(1,)] and "days" not in order.inferred:
        every = order.every[0].fewest_days
        if not (said.daily and encoded == [tuple(range(1, every + 1))]):
            message = f"the quote says no days, the order {' or '.join(map(str, order.days))}"
            yield Finding("days-not-quoted", "stop", field, message)
    if said.consecutive and any(days[-1] - days[0] + 1 != len(days) for days in encoded):
        message = f"the quote says consecutive days, the order {order.days[0]}"
        yield Finding("days-not-quoted", "stop", field, message)


def _route(order: Order, said: Reading, where: str) -> Iterator[Finding]:
    if order.route in said.routes or (not said.routes and "route" in order.inferred):
        return
    says = " and ".join(sorted(said.routes)) or "no route"
    message = f"the quote {shown(order.quote)} says {says}, the order {order.route}"
    yield Finding("route-not-quoted", "stop", f"{where}.route", message)
