"""What a quote says and no reading has taken: it stops, so that nothing is dropped."""

from collections.abc import Iterator, Mapping

from posology.checks.reading import Reading, plain, printed_amounts, read
from posology.model import Drug, Finding, Order, Place
from posology.text import shown


def unread(order: Order, drugs: Mapping[str, Drug], place: Place) -> Iterator[Finding]:
    """Find in each quote of an order the first number, sign, rhythm or amount that is not read."""
    quotes: dict[tuple[str | int, ...], str] = {("quote",): order.quote}
    quotes |= {(*stage.path[:-1], "quote"): stage.quote for stage in order.stages if stage.part}
    for path, quote in quotes.items():
        whole = path == ("quote",)
        left = _left(read(quote), order, whole=whole)
        left = left or (_another(quote, order, drugs) if whole else "")
        if left:
            message = (
                f"{shown(left)} in the quote {shown(quote)} cannot be read; quote a phrase that "
                'says dose and rhythm in words such as "200 mcg twice daily", "every 2 days" or '
                '"days 1-4", and put … for what belongs to something else'
            )
            yield Finding("quote-unread", "stop", place.at(*path), message, ())


def _left(reading: Reading, order: Order, *, whole: bool) -> str:
    """Give what is left over; a comparison needs a condition of the order."""
    if reading.unread:
        return reading.unread
    if reading.repeats:
        return f"x{min(reading.repeats)}"
    return reading.compared[0] if whole and reading.compared and not order.conditions else ""


def _another(quote: str, order: Order, drugs: Mapping[str, Drug]) -> str:
    """Give an amount beside the order's own, in a quote that names no other drug."""
    names = {name for drug in drugs.values() for name in (drug.name, *drug.names)} - {order.drug}
    own = {stage.dose.amount for stage in order.stages} | {each.amount for each in order.most}
    own |= set(printed_amounts(order.erratum.printed)) if order.erratum else set()
    found = read(quote).amounts
    if not own & set(found) or any(name.lower() in plain(quote) for name in names):
        return ""  # the dose itself is not quoted, which is told of the dose
    return next((str(each) for each in found if each not in own), "")
