"""Whether the worked examples of a formulary entry come out: sizes, ladders, vaccines, conditions.

A drug file states each number that guards a dose twice: the number, and an example worked out
with it. A slip in either one shows.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from functools import partial

from posology.dispensing.infusion import per_hour
from posology.errors import PosologyError
from posology.model import (
    MEASURES,
    Apart,
    Condition,
    Drug,
    Finding,
    Gate,
    HeldRate,
    Ladder,
    Patient,
    Place,
    Product,
    Task,
    VaccineTable,
)
from posology.quantity import Quantity, print_number
from posology.scheduling.dates import after
from posology.text import shown

_Example = tuple[Place, str, Callable[[], str]]
_SAMPLE = Quantity(Fraction(100), "kg")
_DAY = date(2027, 1, 1)


def examples(drug: Drug) -> Iterator[Finding]:
    """Stop if a worked example differs from what Posology computes."""
    for place, written, compute in _pairs(drug):
        computed = _outcome(compute)
        if written != computed:
            message = f'comes out as "{computed}", not as "{written}"'
            yield Finding("example-failed", "stop", place, message, ())


def _outcome(compute: Callable[[], str]) -> str:
    """Work out an example, or say why that fails: then its text cannot be the same."""
    try:
        return compute()
    except (PosologyError, ValueError, LookupError, ArithmeticError) as error:
        return f"an error: {shown(' '.join(str(error).split()))}"


def _pairs(drug: Drug) -> Iterator[_Example]:
    """List every example: its place, the text written there, and how it is worked out."""
    for name, product in drug.products.items():
        yield from _of_a_product(product, Place.of("products", name))
    for name, table in drug.vaccines.items():
        yield from _of_a_table(table, Place.of("vaccines", name, "examples"))
    for route, giving in drug.routes.items():
        if giving.apart:
            for index, text in enumerate(giving.apart.verdicts):
                place = Place.of("routes", route, "apart", "verdicts", index)
                yield place, text, partial(_too_close, giving.apart, text)
    for place, condition, holds in _conditions(drug):
        yield from _holding(condition, holds, place.at("holds"))
    for index, gate in enumerate(drug.gates):
        yield from _judged(gate, Place.of("gates", index, "verdicts"))
    for index, task in enumerate(drug.tasks):
        yield from _measured(task, Place.of("tasks", index))


def _conditions(drug: Drug) -> Iterator[tuple[Place, Condition, tuple[str, ...]]]:
    """List every condition on a measure, with its place and its examples."""
    for route, giving in drug.routes.items():
        for index, window in enumerate(giving.windows):
            if window.when:
                yield Place.of("routes", route, "windows", index), window.when, window.holds
    for index, risk in enumerate(drug.risks):
        yield Place.of("risks", index), risk.when, risk.holds


def _measured(task: Task, place: Place) -> Iterator[_Example]:
    """Compare the hours with those of the name, and the examples with the least amount."""
    if task.within:
        low, high = (each.plain.removesuffix(" h") for each in task.within)
        hours = f"{low} to {high} hours"
        said = hours if f" {hours} " in f" {task.name} " else "other hours in its name"
        yield place.at("within"), hours, lambda: said
    for index, text in enumerate(task.holds):
        yield place.at("holds", index), text, partial(_enough, task.at_least, text)
    tried = {text.rpartition(" ")[2] for text in task.holds}
    both = tried == ({"yes", "no"} if task.at_least else set())
    yield place.at("holds"), "tried", lambda: "tried" if both else "tried on one side, or for none"


def _enough(least: Quantity | None, text: str) -> str:
    amount = Quantity.parse(text.rpartition(" ")[0])
    return f"{amount} {'yes' if least and amount >= least else 'no'}"


def _of_a_product(product: Product, place: Place) -> Iterator[_Example]:
    yield place.at("together"), product.together, partial(_together, product)
    if product.ladder and product.concentration:
        rates, written = _rates(product.ladder), product.ladder.example
        for key in sorted(rates.keys() | written.keys()):
            rate = rates.get(key, lambda _: "nothing")
            yield (
                place.at("ladder", "example", key),
                written.get(key, "nothing"),
                partial(rate, product.concentration),
            )


def _of_a_table(table: VaccineTable, place: Place) -> Iterator[_Example]:
    for index, text in enumerate(table.examples):
        yield place.at(index), text, partial(_waits, table, text)
    limits = tuple(str(row.to) for row in table.rows)
    tried = [text for text in table.examples if text.startswith(limits)]
    yield place, f"all {len(limits)} limits tried", lambda: f"all {len(tried)} limits tried"


def _together(product: Product) -> str:
    whole, *others = product.contents
    for content in others:
        whole = whole + content
    if product.concentration is None:
        return str(whole)
    volume = whole.to(product.concentration.unit.split("/")[0]) / product.concentration
    return f"{whole} in {volume}"


def _rates(ladder: Ladder) -> dict[str, Callable[[Quantity], str]]:
    """Give how each example of a ladder is worked out, from the product's concentration."""

    def hourly(rate: Quantity) -> Callable[[Quantity], str]:
        return lambda concentration: str(per_hour(rate, _SAMPLE, concentration))

    def held(rates: Sequence[HeldRate]) -> Callable[[Quantity], str]:
        return lambda concentration: ", ".join(
            f"{per_hour(each.rate, _SAMPLE, concentration)} {each.minutes} min" for each in rates
        )

    worked = {
        "first": held(ladder.first),
        "later": held(ladder.later),
        "at_risk": hourly(ladder.at_risk.rate),
        "pause": lambda _: f"{(after(_DAY, ladder.pause) - _DAY).days} days",
    }
    worked |= {name: hourly(ceiling.rate) for name, ceiling in ladder.most.items()}
    if ladder.first_most:
        worked["first_most"] = hourly(ladder.first_most.rate)
    return worked


def _waits(table: VaccineTable, text: str) -> str:
    number, unit, *_ = text.split(" ")
    amount = Quantity.parse(f"{number} {unit}")
    row = next((row for row in table.rows if amount <= row.to), None)
    return f"{amount} {row.wait if row else 'unknown'}"


def _too_close(rule: Apart, text: str) -> str:
    number = text.partition(" ")[0]
    between = int(number) if number.isdecimal() else 0
    if rule.least.period is None:
        return f"{between} hours {rule.level if between < (rule.least.hours or 0) else 'pass'}"
    close = (after(_DAY, rule.least.period) - _DAY).days > between
    return f"{between} days {rule.level if close else 'pass'}"


def _holding(condition: Condition, texts: tuple[str, ...], place: Place) -> Iterator[_Example]:
    """Compare the examples of a condition; they must include a yes and a no."""
    yield from _on_both_sides(condition, texts, place, {True: "yes", False: "no"})


def _judged(gate: Gate, place: Place) -> Iterator[_Example]:
    """Compare the examples of a gate; one must pass, and one must have its level."""
    yield from _on_both_sides(gate.must, gate.verdicts, place, {True: "pass", False: gate.level})
    (clause,) = gate.must.clauses
    limit = f"{print_number(clause.value).replace(',', '')} {MEASURES[clause.measure]}"
    tried = [text.rpartition(" ")[0] for text in gate.verdicts]
    yield place, f"tried at {limit}", lambda: f"tried at {limit if limit in tried else 'no limit'}"


def _on_both_sides(
    condition: Condition, texts: tuple[str, ...], place: Place, words: dict[bool, str]
) -> Iterator[_Example]:
    for index, text in enumerate(texts):
        yield place.at(index), text, partial(_answer, condition, text, words)
    both = {text.rpartition(" ")[2] for text in texts} == set(words.values())
    yield place, "tried on both sides", lambda: "tried on both sides" if both else "one side tried"


def _answer(condition: Condition, text: str, words: dict[bool, str]) -> str:
    (measure,) = condition.measures
    value, _, _ = text.rpartition(" ")
    given = {"weight": "70 kg", measure.replace(" ", "_"): value}
    if measure == "body mass index":  # of somebody of 1 m it is the weight
        given = {"weight": value.replace("kg/m2", "kg"), "height": "100 cm"}
    patient = Patient.model_validate(given)
    return f"{value} {words[condition.holds(patient)]}"
