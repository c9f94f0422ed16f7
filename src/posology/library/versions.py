"""Two versions of a regimen told apart as a clinician would."""

from collections.abc import Iterable, Iterator

from posology.model import NOT_STATED, Item, Later, Limit, Order, Reduction, Regimen, Row, Strength


def difference(old: Regimen, new: Regimen) -> list[str]:
    """Say what a patient would notice: drugs, doses, days, routes, rhythm, duration."""
    lines = list(_whole(old, new))
    before = {order.id: order for order in old.orders}
    after = {order.id: order for order in new.orders}
    lines += [f"{name}: dropped" for name in before if name not in after]
    lines += [f"{name}: added, {_dose(one)}" for name, one in after.items() if name not in before]
    for name, order in after.items():
        if name in before:
            lines += [f"{name}: {line}" for line in _order(before[name], order)]
    return lines


def _whole(old: Regimen, new: Regimen) -> Iterator[str]:
    for what, was, now in (
        ("duration", str(old.duration), str(new.duration)),
        ("indication", old.indication, new.indication),
        ("status", old.status, new.status),
    ):
        if was != now:
            yield f"{what}: {was} → {now}"
    items, items_now = {_item(one) for one in old.items}, {_item(one) for one in new.items}
    yield from (f"{item}: dropped" for item in sorted(items - items_now))
    yield from (f"{item}: added" for item in sorted(items_now - items))


def _item(item: Item) -> str:
    rhythm = f"every {item.every}, days {item.days}" if item.every else f"{item.before} before"
    after = f", after {item.after}" if item.after else ""
    length = f", for {item.duration}" if item.duration else ""
    return f"{item.name} ({item.kind}), {rhythm}{after}{length}"


def _dose(order: Order) -> str:
    if isinstance(order.dose, Strength):
        return str(order.dose)
    return "; ".join(_row(row) for row in order.doses) or NOT_STATED


def _row(row: Row) -> str:
    every = f" every {row.every}" if row.every else ""
    days = f" on days {row.days}" if row.days else ""
    return f"{row.dose}{every}{days} where {row.when}"


def _limit(limit: Limit) -> str:
    return f"{limit.amount} where {limit.when}" if limit.when else str(limit.amount)


def _order(old: Order, new: Order) -> Iterator[str]:
    pairs = [
        ("dose", _dose(old), _dose(new)),
        ("route", old.route, new.route),
        ("every", _joined(old.every), _joined(new.every)),
        ("times a day", str(old.times), str(new.times)),
        ("duration", str(old.duration or "the regimen's"), str(new.duration or "the regimen's")),
        ("given at", old.at or "the site's times", new.at or "the site's times"),
        ("may be left out", "yes" if old.optional else "no", "yes" if new.optional else "no"),
        ("at most", _joined(map(_limit, old.most)), _joined(map(_limit, new.most))),
        ("steps", _joined(one.dose for one in old.steps), _joined(one.dose for one in new.steps)),
        ("tolerance", str(old.tolerance or ""), str(new.tolerance or "")),
        ("only on working days", "yes" if old.on else "no", "yes" if new.on else "no"),
        ("reduced to", _joined(_part(one) for one in old.reduce), _joined(map(_part, new.reduce))),
    ]
    for what, was, now in pairs:
        if was != now:
            yield f"{what} {was or 'none'} → {now or 'none'}"
    yield from _days(old, new)
    for start in {**old.later, **new.later}:
        was_later, is_later = old.later.get(start), new.later.get(start)
        if was_later is None or is_later is None:
            yield f"from {start}: {'added' if was_later is None else 'dropped'}"
        elif (was_later.dose, was_later.days) != (is_later.dose, is_later.days):
            yield f"from {start}: {_later(was_later)} → {_later(is_later)}"


def _later(later: Later) -> str:
    parts = [str(later.dose)] if later.dose else []
    return ", ".join(parts + ([f"days {later.days}"] if later.days else []))


def _part(reduction: Reduction) -> str:
    return f"{reduction.to} where {reduction.when}"


def _joined(options: Iterable[object]) -> str:
    return " or ".join(str(option) for option in options)


def _days(old: Order, new: Order) -> Iterator[str]:
    if len(old.days) > 1 or len(new.days) > 1:
        if _joined(old.days) != _joined(new.days):
            yield f"days {_joined(old.days)} → {_joined(new.days)}"
        return
    was, now = old.days[0].numbers, new.days[0].numbers
    dropped = [str(day) for day in was if day not in now]
    added = [str(day) for day in now if day not in was]
    if dropped:
        yield f"day{'s' if len(dropped) > 1 else ''} {', '.join(dropped)} dropped"
    if added:
        yield f"day{'s' if len(added) > 1 else ''} {', '.join(added)} added"
