"""Whether the worked examples of a formulary entry come out: sizes, ladders, vaccines, conditions.

A drug file states each number that guards a dose twice: the number, and an example worked out
with it. A slip in either one shows.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from posology.dispensing.infusion import per_hour
from posology.model import (
    Apart,
    Condition,
    Drug,
    Finding,
    Ladder,
    Patient,
    Place,
    Product,
    VaccineTable,
)
from posology.quantity import Quantity
from posology.scheduling.dates import after

_SAMPLE = Quantity(Fraction(100), "kg")
_DAY = date(2027, 1, 1)


def examples(drug: Drug) -> Iterator[Finding]:
    """Stop if a worked example differs from what Posology computes."""
    for place, written, computed in _pairs(drug):
        if written != computed:
            message = f'comes out as "{computed}", not as "{written}"'
            yield Finding("example-failed", "stop", place, message, ())


def _pairs(drug: Drug) -> Iterator[tuple[Place, str, str]]:
    """List every example: its place, the text written there, and the text computed."""
    for name, product in drug.products.items():
        yield from _of_a_product(product, Place.of("products", name))
    for name, table in drug.vaccines.items():
        yield from _of_a_table(table, Place.of("vaccines", name, "examples"))
    for route, giving in drug.routes.items():
        if giving.apart:
            for index, text in enumerate(giving.apart.verdicts):
                place = Place.of("routes", route, "apart", "verdicts", index)
                yield place, text, _too_close(giving.apart, text)
        for index, window in enumerate(giving.windows):
            if window.when:
                place = Place.of("routes", route, "windows", index, "holds")
                yield from _holding(window.when, window.holds, place)
    for index, risk in enumerate(drug.risks):
        yield from _holding(risk.when, risk.holds, Place.of("risks", index, "holds"))


def _of_a_product(product: Product, place: Place) -> Iterator[tuple[Place, str, str]]:
    yield place.at("together"), product.together, _together(product)
    if product.ladder and product.concentration:
        computed, written = _worked(product.ladder, product.concentration), product.ladder.example
        for key in sorted(computed.keys() | written.keys()):
            yield (
                place.at("ladder", "example", key),
                written.get(key, "nothing"),
                computed.get(key, "nothing"),
            )


def _of_a_table(table: VaccineTable, place: Place) -> Iterator[tuple[Place, str, str]]:
    for index, text in enumerate(table.examples):
        yield place.at(index), text, _waits(table, text)
    limits = tuple(str(row.to) for row in table.rows)
    tried = [text for text in table.examples if text.startswith(limits)]
    yield place, f"all {len(limits)} limits tried", f"all {len(tried)} limits tried"


def _together(product: Product) -> str:
    whole, *others = product.contents
    for content in others:
        whole = whole + content
    if product.concentration is None:
        return str(whole)
    volume = whole.to(product.concentration.unit.split("/")[0]) / product.concentration
    return f"{whole} in {volume}"


def _worked(ladder: Ladder, concentration: Quantity) -> dict[str, str]:
    def hourly(rate: Quantity) -> Quantity:
        return per_hour(rate, _SAMPLE, concentration)

    worked = {
        "first": ", ".join(f"{hourly(held.rate)} {held.minutes} min" for held in ladder.first),
        "later": ", ".join(f"{hourly(held.rate)} {held.minutes} min" for held in ladder.later),
        "at_risk": str(hourly(ladder.at_risk.rate)),
        "pause": f"{(after(_DAY, ladder.pause) - _DAY).days} days",
    }
    worked |= {name: str(hourly(ceiling.rate)) for name, ceiling in ladder.most.items()}
    if ladder.first_most:
        worked["first_most"] = str(hourly(ladder.first_most.rate))
    return worked


def _waits(table: VaccineTable, text: str) -> str:
    number, unit, *_ = text.split(" ")
    amount = Quantity.parse(f"{number} {unit}")
    row = next((row for row in table.rows if amount <= row.to), None)
    return f"{amount} {row.wait if row else 'unknown'}"


def _too_close(rule: Apart, text: str) -> str:
    days = text.partition(" ")[0]
    between = int(days) if days.isdecimal() else 0
    close = (after(_DAY, rule.least) - _DAY).days > between
    return f"{between} days {'stop' if close else 'pass'}"


def _holding(
    condition: Condition, texts: tuple[str, ...], place: Place
) -> Iterator[tuple[Place, str, str]]:
    """Compare the examples of a condition; they must include a yes and a no."""
    (measure,) = condition.measures
    answers = set()
    for index, text in enumerate(texts):
        value, _, _ = text.rpartition(" ")
        patient = Patient.model_validate({"weight": "70 kg", measure.replace(" ", "_"): value})
        answer = "yes" if condition.holds(patient) else "no"
        answers.add(answer)
        yield place.at(index), text, f"{value} {answer}"
    yield (
        place,
        "tried on both sides",
        " and ".join(sorted(answers)).replace("no and yes", "tried on both sides"),
    )
