"""What a quote says and no reading has taken: it stops, so that nothing is dropped."""

import re
from collections.abc import Iterator, Mapping

from posology.checks.reading import (
    Reading,
    parts_in_time,
    plain,
    printed,
    printed_amounts,
    read,
)
from posology.model import Drug, Finding, Later, Level, Order, Place, Stage
from posology.model.periods import ONCE
from posology.text import shown


def own_words(order: Order, later: Later | None = None) -> str:
    """Give the part of a quote that speaks of the beginning of an order, or of a later start.

    Where a quote goes on to say what comes then, each part belongs to its own start.
    """
    quote = later.quote if later else order.quote
    if not order.later or order.beside:
        return quote
    parts, _ = parts_in_time(quote)
    number = [*order.later.values()].index(later) + 1 if later and len(parts) > 1 else 0
    return parts[min(number, len(parts) - 1)] if parts else quote


def words_of(stage: Stage) -> str:
    """Give the phrase that states a dose."""
    if stage.part is None:
        return own_words(stage.order)
    return own_words(stage.order, stage.part) if isinstance(stage.part, Later) else stage.quote


def unread(order: Order, drugs: Mapping[str, Drug], place: Place) -> Iterator[Finding]:
    """Find in each quote of an order the first number, sign, rhythm or amount that is not read."""
    quotes: dict[tuple[str | int, ...], str] = {("quote",): own_words(order)}
    quotes |= {(*stage.path[:-1], "quote"): words_of(stage) for stage in order.stages if stage.part}
    for path, quote in quotes.items():
        whole = path == ("quote",)
        if whole and (other := _another(quote, order, drugs)):
            message = (
                f"{shown(other)} in the quote {shown(quote)} is no dose of this order; encode it, "
                "name the drug that it belongs to, or put … for it"
            )
            yield Finding("amount-not-encoded", "stop", place.at(*path), message, ())
        if left := _left(read(quote), order, whole=whole):
            message = (
                f"{shown(left)} in the quote {shown(quote)} cannot be read; quote a phrase that "
                'says dose and rhythm in words such as "200 mcg twice daily", "every 2 days" or '
                '"days 1-4", and put … for what belongs to something else'
            )
            yield Finding("quote-unread", "stop", place.at(*path), message, ())
        yield from _passed_over(quote, order, drugs, place.at(*path))
        if path[0] != "titrate":
            yield from _unsaid(quote, order, place.at(*path))
    yield from _needed(order, place)
    yield from _then(order, place.at("quote"))
    yield from _changes_later(order, place.at("quote"))


_PLAIN_WORDS = """
a adjunctive after before administer administered administration alone also an and are as at be been
body bodyweight bsa but by clcr clearance clearances consecutive continuously course courses crcl
creatinine cycle cycles day days dialysis dose dosed doses dosing each equivalent every for
followed food from give given has have if in increase increased infusion initial injection into is
it its iv label level loading low-dose maintenance max maximum may moderate non-dialysis not of on
only or oral orally patient patients per period recommended reduce reduced regimen repeat repeated
requiring rest schedule severe should start starting studied subjects such take taken tablet
tablets target the then therapy to total treatment until up upon was water weight were with
"""
"""Words that say nothing of how much, how often or how long."""


def _passed_over(
    quote: str, order: Order, drugs: Mapping[str, Drug], place: Place
) -> Iterator[Finding]:
    """Note the words that no rule reads, so that a person sees that they change nothing."""
    names = [order.drug, order.id, *order.follows]
    names += [name for drug in drugs.values() for name in (drug.name, *drug.names)]
    known = {word for name in names for word in re.findall(r"[a-z]+", name.lower())}
    known.update(_PLAIN_WORDS.split())
    words = [
        word for word in dict.fromkeys(re.findall(r"[a-z][a-z-]+", read(quote).rest))
        if not {word, *word.split("-")} & known
    ]  # fmt: skip
    if words:
        message = (
            f"{order.drug}: not read in the quote: {', '.join(map(shown, words))}; see that this "
            "changes neither dose nor days, or put … for it"
        )
        yield Finding("words-unread", "note", place, message, tuple(words))


def _left(reading: Reading, order: Order, *, whole: bool) -> str:
    """Give what is left over; a comparison needs a condition of the order."""
    if reading.unread:
        return reading.unread
    begins = [rf"cycles? {start.cycle}\b" for start in order.start if start.cycle > 1]
    left = [each for each in reading.compared if not any(re.search(one, each) for one in begins)]
    return left[0] if whole and left and not order.conditions else ""


def _unsaid(quote: str, order: Order, place: Place) -> Iterator[Finding]:
    """Stop at words that change what is given, where the order has nothing of them."""
    for parts in (_depends, _stands_beside, _bracketed):
        yield from parts(quote, order, place)


def _depends(quote: str, order: Order, place: Place) -> Iterator[Finding]:
    """On what it depends whether, how long, and how much is given."""
    reading, provisos = read(quote), plain(order.proviso or "")
    for words in () if order.as_needed else reading.said.get("needed", ()):
        said = shown(printed(words, quote))
        message = f"the quote says {said}: this is no fixed dose; write these words under as_needed"
        yield Finding("needed-not-encoded", "stop", place, message, ())
    for words in reading.said.get("proviso", ()):
        if words not in provisos:
            message = f"the quote says {shown(words)}; write these words under proviso"
            yield Finding("proviso-missing", "stop", place, message, ())
    ended = order.duration and order.duration.at_most  # whether it is so long is compared
    for words in () if ended else reading.said.get("limit of time", ()):
        if words not in provisos:
            message = (
                f"the quote says {shown(words)}, which is no length; write these words under "
                "proviso, and the number of cycles is asked for"
            )
            yield Finding("duration-not-quoted", "stop", place, message, ())
    for words in () if order.as_needed else reading.said.get("most times", ()):
        message = f"the quote says {shown(words)}: that is no number of doses; say under as_needed"
        yield Finding("needed-not-encoded", "stop", place, message, ())
    limits = {each.amount for each in order.most} | {order.most_a_day}
    for limit in reading.limits:
        if limit not in limits:
            message = (
                f"the quote says at most {limit}; write it under most. A phase with a most of its "
                "own is an order of its own, with start: after the one before"
            )
            yield Finding("limit-not-encoded", "stop", place, message, ())


def _stands_beside(quote: str, order: Order, place: Place) -> Iterator[Finding]:
    """When it is given beside something else: another order, a dose before, another dose."""
    reading = read(quote)
    if reading.beside and not order.beside:
        said = " and ".join(shown(printed(each, quote)) for each in reading.said["beside"])
        message = f"the quote says {said}; write under with: the order that it is given beside"
        yield Finding("with-not-encoded", "stop", place, message, ())
    begins = order.later or order.start or order.beside or "start" in order.inferred
    for words in () if begins else reading.said.get("start", ()):
        message = f"the quote says {shown(words)}; write from when it is given, under start or from"
        yield Finding("start-not-quoted", "stop", place, message, ())
    timed = order.over or order.rates or reading.over or order.route not in _RUN_IN
    if re.search(r"\bcontinuous", reading.rest) and not timed:
        message = 'the quote says "continuous"; write how long it runs, under over or rates'
        yield Finding("over-missing", "stop", place, message, ())
    if "hourly" in reading.said and "over" in reading.said:
        message = f"the quote says {shown(reading.said['over'][0])}; write the clock times under at"
        yield Finding("over-not-quoted", "stop", place, message, ())
    if other := _WEIGHT.search(plain(quote)):
        message = f"the quote says {shown(other[0])}; see that the site's dosing weight is that one"
        yield Finding("weight-said", "review", place, message, (), same=True)
    two = len(set(reading.amounts)) > 1
    for words in reading.said.get("alternating", ()):
        if two or not any(every.number == 2 for every in order.every):  # noqa: PLR2004 - each second
            message = f"the quote says {shown(words)}; write an order for each of the doses"
            yield Finding("alternating-not-encoded", "stop", place, message, ())


def another_drug(order: Order, drugs: Mapping[str, Drug], place: Place) -> Iterator[Finding]:
    """Stop at a quote that names another drug of the formulary, and not that of the order."""

    def named(drug: Drug, text: str) -> bool:
        names = (drug.name, *drug.names)
        return any(re.search(rf"\b{re.escape(name.lower())}\b", text) for name in names)

    own = drugs.get(order.drug)
    led = (order.beside.order,) if order.beside else ()
    quotes: dict[tuple[str | int, ...], str] = {("quote",): order.quote}
    quotes |= {(*each.path[:-1], "quote"): each.quote for each in order.stages if each.part}
    for path, quote in quotes.items() if own else ():
        text = plain(quote)
        for drug in drugs.values() if own and not named(own, text) else ():
            if drug.name not in {order.drug, *led} and named(drug, text):
                message = (
                    f"the quote {shown(quote)} names {drug.name}, not {order.drug}; quote the "
                    "words of this drug, or put … for those of the other"
                )
                yield Finding("drug-not-quoted", "stop", place.at(*path), message, ())


def _needed(order: Order, place: Place) -> Iterator[Finding]:
    """The words by which it is taken as needed, and the most of a day, must stand in the quote."""
    words = plain(order.as_needed or "")
    if words and (words not in plain(order.quote) or not read(words).said.get("needed")):
        message = f'{shown(words)} must be words of the quote, such as "as needed for pain"'
        yield Finding("not-quoted", "stop", place.at("as_needed"), message, ())
    most = order.most_a_day
    if most and most not in printed_amounts(order.quote, limits=True):
        message = f"{most} does not stand in the quote {shown(order.quote)}"
        yield Finding("not-quoted", "stop", place.at("most_a_day"), message, ())


def _bracketed(quote: str, _: Order, place: Place) -> Iterator[Finding]:
    """Words that are not the source's stand in square brackets."""
    if re.search(r"[\[\]]", quote):
        message = (
            f"the quote {shown(quote)} has square brackets: words that the source does not have. "
            "Quote the source's own words; say the others under inferred"
        )
        yield Finding("quote-bracketed", "stop", place, message, ())


def _then(order: Order, place: Place) -> Iterator[Finding]:
    """Stop where a quote says that something changes, and the order does not change."""
    parts, word = parts_in_time(order.quote)
    changes = order.later or order.steps or order.steps_up or order.start
    if word and not changes and word not in plain(order.proviso or ""):
        message = (
            f"the quote {shown(order.quote)} says {shown(word)}, and the order does not change; "
            "write under from: what comes then, or put … for what belongs to something else"
        )
        yield Finding("change-not-encoded", "stop", place, message, ())
    elif len(parts) > len(order.later) + 1 and order.later:
        message = f"the quote says {len(parts)} things in turn, the order {len(order.later) + 1}"
        yield Finding("change-not-encoded", "stop", place, message, ())


_RUN_IN = ("intravenous", "subcutaneous", "intrathecal")
_WEIGHT = re.compile(r"\b(?:ideal|lean|adjusted|dry)\b[^.;…]{0,12}\b(?:weight|mass)\b")
_BEGINS = re.compile(
    r"\b(?:gradual\w*|wean\w*|withdraw\w*|tail\w* off|buil[dt]\w* up|loading|initial(?:ly)?"
    r"|starting dose)\b"
)
"""Words of a dose that is not meant to go on as it is."""


def _changes_later(order: Order, place: Place) -> Iterator[Finding]:
    """Stop where a quote calls a dose a first one, or one that changes, and it never changes."""
    found = _BEGINS.search(plain(order.quote))
    steps = order.steps or order.steps_up or order.titrate
    ends = order.later or order.start or order.duration or steps or order.beside
    if found and not ends and order.every != (ONCE,):
        message = (
            f"the quote {shown(order.quote)} says {shown(found[0])}, and the order never "
            "changes; write from or titrate, its duration, or put … for the word"
        )
        level: Level = "review" if found[0] in {"initial", "starting dose"} else "stop"
        yield Finding("change-not-encoded", level, place, message, ())


def _another(quote: str, order: Order, drugs: Mapping[str, Drug]) -> str:
    """Give an amount beside the order's own, in a quote that names no other drug."""
    names = {name for drug in drugs.values() for name in (drug.name, *drug.names)} - {order.drug}
    own = {stage.dose.amount for stage in order.stages} | {each.amount for each in order.most}
    own |= {stage.dose.amount * stage.times for stage in order.stages}  # that of a day
    own |= {
        stage.dose.amount / stage.times for stage in order.stages if stage.dose.basis == "per day"
    }  # that of each time
    own |= set(printed_amounts(order.erratum.printed)) if order.erratum else set()
    found = read(quote).amounts
    if not own & set(found) or any(name.lower() in plain(quote) for name in names):
        return ""  # the dose itself is not quoted, which is told of the dose
    return next((str(each) for each in found if each not in own), "")
