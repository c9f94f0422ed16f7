"""A regimen as text for a terminal: a simple one fills about one screen."""

from collections.abc import Iterable, Iterator, Mapping

from posology.library import Entry
from posology.model import Finding, Item, Later, Offered, Order, Regimen, Row, Source, StatedDose

_ROUTES = {"oral": "PO", "intravenous": "IV", "subcutaneous": "subcut", "intramuscular": "IM"}
"""The short forms that are usual; other routes are written in full."""


def text(entry: Entry, findings: Iterable[Finding]) -> str:
    """Write orders with quotes, sources with evidence, findings, and the names of the cases.

    Every field is written, here or as a finding; what is left out is listed in the tests.
    """
    regimen = entry.regimen
    lines = [*_about(entry), "", "Orders"]
    for order, written in zip(regimen.orders, entry.tree.value["orders"], strict=True):
        parts = [*_parts(order), *_others(written)]
        lines += [f"  {one_line(order)}", *(f"      {part}" for part in parts)]
    if regimen.items:
        lines += ["", "To do"]
        for item in regimen.items:
            lines += [f"  {item_words(item)}", f"      {_quote(item.quote, item.source)}"]
    if regimen.choices:
        lines += ["", "Left open by the source; choose with --choose"]
        lines += [f"  {name}: {' or '.join(each)}" for name, each in regimen.choices.items()]
    lines += ["", "Sources"]
    lines += [f"  {name}: {_source(source)}" for name, source in regimen.sources.items()]
    lines += ["", "Findings"]
    lines += [f"  {finding.level:<6}  {finding.message}" for finding in findings] or ["  none"]
    lines += ["", "Cases"]
    lines += [f"  {case.name}" for case, _ in regimen.worked] or ["  none"]
    return "\n".join(lines)


def _about(entry: Entry) -> Iterator[str]:
    regimen = entry.regimen
    yield f"{regimen.name}, for {regimen.indication}"
    yield f"{entry.id}, version {regimen.version}, {regimen.status}, sha256 {entry.sha256[:12]}"
    yield f"Content   sha256 {entry.content_sha256}"
    if regimen.review:
        by, on = regimen.review.by, regimen.review.on
        yield f"Reviewed  by {by} on {on}, content sha256 {regimen.review.sha256}"
    if regimen.replaced_by:
        yield f"Replaced  by {regimen.replaced_by}"
    if regimen.extends:
        yield f"Extends   {regimen.extends}"
    yield f"Duration  {regimen.duration}{_duration(regimen)}"
    for risk, why in regimen.risks.items():
        yield f"Risk      {risk}: {why}"


def _duration(regimen: Regimen) -> str:
    quote = f': "{regimen.duration_quote}"' if regimen.duration_quote else ""
    return quote + (f", {regimen.duration_because}" if regimen.duration_because else "")


def _parts(order: Order) -> Iterator[str]:
    """Write what stands under an order: quotes, tables, later starts, limits, what is open."""
    yield _quote(order.quote, order.source)
    for row in order.doses:
        market = f"{row.market}, " if row.market else ""
        source = f" [{row.source}]" if row.source else ""
        yield f'{market}where {row.when}: {_row(row)} "{row.quote}"{source}'
    for start, later in order.later.items():
        yield f'from {start}: {later_words(later)} "{later.quote}"'
    yield from _rising(order)
    if order.cap:
        yield f"computed with a clearance of at most {order.cap}"
    for limit in order.most:
        where = f" where {limit.when}" if limit.when else ""
        yield f'at most {limit.amount}{where}: "{limit.quote}"'
    yield from (f'{each.to} where {each.when}: "{each.quote}"' for each in order.reduce)
    for step in order.steps:
        yield f"may be reduced to {step.dose}: {_quote(step.quote, step.source)}"
    for step in order.steps_up:
        yield f"may be raised to {step.dose}: {_quote(step.quote, step.source)}"
    if order.tolerance:
        yield f"may be moved by up to {order.tolerance}"
    if order.erratum:
        yield f"erratum: printed {order.erratum.printed}; {order.erratum.because}"


def _rising(order: Order) -> Iterator[str]:
    """Write how fast it runs, and by which steps its dose is titrated."""
    if order.rates:
        first, later = order.rates.first, order.rates.later
        yield f'runs at {first}: "{first.quote}"'
        yield from ([f'later infusions at {later}: "{later.quote}"'] if later else [])
    if order.titrate:
        yield f'titrated {order.titrate}: "{order.titrate.quote}"'


_IN_WORDS = frozenset(
    (
        "drug", "id", "route", "dose", "doses", "every", "days", "times", "at", "duration", "from",
        "most", "reduce", "steps", "tolerance", "on", "optional", "source", "quote", "erratum",
        "unclear", "inferred", "proviso", "over", "start", "with", "cap",
        "as_needed", "most_a_day", "steps_up", "rates", "diluted", "titrate",
        "readings", "markets", "salts",
    )
)  # fmt: skip
"""The fields of an order that stand in the lines above, or in a finding."""


def _others(written: Mapping[str, object]) -> Iterator[str]:
    """Write each other field as it stands in the file, so that a new one is never missing."""
    yield from (f"{key}: {value}" for key, value in written.items() if key not in _IN_WORDS)


def _quote(quote: str, source: str) -> str:
    return f'"{quote}" [{source}]'


def _row(row: Row) -> str:
    return ", ".join([str(row.dose), *_rhythm(row)])


def later_words(later: Later) -> str:
    """Write what changes from a later start on."""
    length = [f"for {later.duration}"] if later.duration else []
    return ", ".join([*([str(later.dose)] if later.dose else []), *_rhythm(later), *length])


def _rhythm(part: Row | Later) -> list[str]:
    every = [f"every {part.every}"] if part.every else []
    days = [f"days {part.days}"] if part.days else []
    at = [f"at {part.at}"] if isinstance(part, Later) and part.at else []
    return every + days + ([f"{part.times} times a day"] if part.times else []) + at


def item_words(item: Item) -> str:
    """Write what is to be done, when, and for whom."""
    when = f"every {item.every}, days {item.days}" if item.every else ""
    before = f"{item.before} before the first day" if item.before else ""
    after = f"from {item.after} after the first day" if item.after else ""
    length = f"for {item.duration}" if item.duration else ""
    where = f"only where {item.where}" if item.where else ""
    beside, bound = (str(part) if part else "" for part in (item.beside, item.bound))
    parts = [part for part in (when, before, after, beside, length, where, bound) if part]
    return f"{item.name} ({item.kind}), {', '.join(parts)}"


def _source(source: Source) -> str:
    seen = {"copy": "; we read a copy, not the original", "no": "; we have not read it"}
    evidence = source.evidence or "not stated"
    return f"{source.cite}; evidence: {evidence}{seen.get(source.seen or '', '')}"


def one_line(order: Order) -> str:
    """Write an order as people do: ``dexamethasone 60 mg IM d1-2, every week``."""
    every = " or ".join(str(period).removeprefix("1 ") for period in order.every)
    days = " or ".join(str(each) for each in order.days)
    on = f" d{days}" if days != "1" else ""
    times = f" x {order.times} a day" if order.times > 1 else ""
    at = f" at {order.at}" if order.at else ""
    length = f" for {order.duration}" if order.duration else ""
    route = _ROUTES.get(order.route, order.route)
    over = f" over {' or '.join(map(str, order.over))}" if order.over else ""
    over += f" in {order.diluted}" if order.diluted else ""
    working = f", {order.on}" if order.on else ""
    optional = " (may be left out)" if order.optional else ""
    rhythm = f"every {every}" if every else "rhythm not stated"
    rhythm = "once" if every == "once" else rhythm
    if order.beside:
        share = f" {order.beside.share} of" if order.beside.share else ""
        rhythm = f"with{share} {order.beside.order}: {order.beside.when}"
    rhythm += f", {order.as_needed}" if order.as_needed else ""
    rhythm += f", at most {order.most_a_day} a day" if order.most_a_day else ""
    begins = f" from {' or '.join(map(str, order.start))}" if order.start else ""
    drug = f" ({order.drug})" if order.drug != order.id else ""
    what = f"{order.id}{drug} {_dose(order)} {route}{over}{on}{times}{at}"
    return f"{what}, {rhythm}{begins}{length}{working}{optional}"


def _dose(order: Order) -> str:
    """Write the dose of one administration where all readings give the same, else as stated."""
    if not isinstance(order.dose, StatedDose):
        if isinstance(order.dose, Offered):
            return str(order.dose)
        if order.readings:
            return " or ".join(map(str, order.readings))
        return "dose by patient" if order.doses else "dose not stated"
    if order.dose.basis == "each":
        return str(order.dose).removesuffix(" each")
    parts = {
        "per day": {order.times},
        "per cycle": {len(days.numbers) * order.times for days in order.days},
    }[order.dose.basis]
    if len(parts) == 1:
        return f"{order.dose.amount / parts.pop()} ({order.dose})"
    return str(order.dose)
