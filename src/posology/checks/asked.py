"""The judgement of a dose that is asked: limits, least time between doses, what sources say.

A dose in mg is judged by the limits per kg and per m2 too: for the patient, where the weight is
known, else for every adult weight of the site. What cannot be judged is said.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from posology.checks.plausible import amounts, describe, intended, judge
from posology.checks.schedule import Schedule
from posology.dosing.body import SURFACES
from posology.errors import QuantityError
from posology.model import LEVELS, Cited, Drug, Finding, Level, Place, Site, Window
from posology.quantity import Quantity

_DOSE = Place.of("dose")
_SHORTEST, _TALLEST = Quantity.parse("140 cm", ("cm",)), Quantity.parse("210 cm", ("cm",))
"""Adults; Posology's own numbers, beyond which a plan asks for a review."""
_HEIGHTS = (100, 230)
_STEP = Fraction(1, 10)
"""In m2; the surfaces of adults are tried in these steps."""
_EQUAL = 10
"""A rank behind every level: nothing found."""


class Body(NamedTuple):
    """Whose dose it is; a measure that is None is not known."""

    weight: Quantity | None = None
    surface: Quantity | None = None

    def per(self, amount: Quantity) -> Quantity | None:
        """Turn a dose per kg or m2 into the dose of this body; None if that is not known."""
        per = amount.unit.partition("/")[2]
        size = {"": Quantity.parse("1 kg"), "kg": self.weight, "m2": self.surface}[per]
        return (amount * size if per else amount) if size else None

    def __str__(self) -> str:
        """Write it in words."""
        known = [str(each) for each in self if each]
        return " and ".join(known)


def body(weight: "str | Quantity | None", height: "str | Quantity | None", site: Site) -> Body:
    """Read a patient's weight and height; raises QuantityError that names the one refused."""
    if weight is None:
        if height is not None:
            raise QuantityError("height: give the weight too; the surface is computed from both")
        return Body()
    kilograms = _read("weight", weight, ("kg", "lb"), "70 kg").to("kg")
    limits = site.weight.absolute
    if not limits.low <= kilograms <= limits.high:
        raise QuantityError(
            f"weight: {kilograms} lies outside {limits}; check the number and the unit"
        )
    if height is None:
        return Body(kilograms)
    tall = _read("height", height, ("cm",), "170 cm")
    if not _HEIGHTS[0] <= tall.number <= _HEIGHTS[1]:
        raise QuantityError(f"height: {tall} lies outside {_HEIGHTS[0]} to {_HEIGHTS[1]} cm")
    return Body(kilograms, SURFACES[site.body_surface].compute(tall, kilograms))


def _read(name: str, value: "str | Quantity", units: tuple[str, ...], example: str) -> Quantity:
    try:
        text = value.plain if isinstance(value, Quantity) else str(value)
        return Quantity.parse(text, units, example)
    except QuantityError as error:
        raise QuantityError(f"{name}: {error}") from None


class Judged(NamedTuple):
    """What a window says of an amount."""

    level: Level | None
    window: Window
    amount: Quantity


class Question(NamedTuple):
    """A dose to be judged: its schedule, its drug, the patient, the hospital's weights."""

    schedule: Schedule
    drug: Drug
    body: Body
    site: Site

    @property
    def amount(self) -> Quantity:
        """The amount as it is stated."""
        return self.schedule.order.stages[0].dose.amount

    @property
    def per(self) -> str:
        """What the stated amount is per: kg, m2, or nothing."""
        return self.amount.unit.partition("/")[2]

    def judged(self, body: Body, per: str) -> list[Judged]:
        """Judge by the windows that are per kg, per m2 or (empty) for the whole patient."""
        (stage,) = self.schedule.order.stages
        sums = amounts(stage.dose, stage, stage.every[0], stage.days[0])
        found = []
        for window in self.drug.routes[self.schedule.order.route].windows:
            unit = window.usual.low.unit
            if window.when or window.per == "course" or unit.partition("/")[2] != per:
                continue
            whole = sums[window.per] if per == self.per else body.per(sums[window.per])
            size = {"": None, "kg": body.weight, "m2": body.surface}[per]
            amount = whole / size if whole and size and per != self.per else whole
            if amount and amount.dimension == window.usual.low.dimension:
                found.append(Judged(self._level(amount, window), window, amount))
        return found

    def _level(self, amount: Quantity, window: Window) -> Level | None:
        """Judge an amount; one that may be part of more is not too small."""
        whole = self.schedule.regular and not (
            self.schedule.assumed and window.per in {"week", "28 days"}
        )
        if amount < window.usual.low and window.per != "dose" and not whole:
            return None
        return judge(amount, window)


def limits(question: Question) -> Iterator[Finding]:
    """Judge one dose, a day, a week, 28 days and a cycle by every limit that can be applied."""
    stated = question.judged(question.body, question.per)
    if not stated:
        name = question.drug.name
        message = (
            f"{name}, {question.schedule.order.route}, has no window that can judge "
            f"{question.amount}; check the unit, or add a window in it to drugs/{name}.yaml"
        )
        yield Finding("window-missing", "stop", _DOSE, message, ())
        return
    if worst := _worst(stated):
        yield _found(question, worst, question.body, hint=True)
    if question.per:
        stopped = worst is not None and worst.level == "stop"
        yield from () if stopped else _in_whole(question)
    else:
        yield from _by_body(question)


def _in_whole(question: Question) -> Iterator[Finding]:
    """Judge a dose per kg or m2 by the limits in mg: for the patient, or where no adult keeps them.

    Of several adults the one counts that comes nearest to keeping them.
    """
    tried = [question.body] if question.body.per(question.amount) else _adults(question)
    found = [(_worst(question.judged(each, "")), each) for each in tried]
    worst, whose = max(found, key=lambda each: _rank(each[0]))
    if worst:
        yield _found(question, worst, whose)


def _by_body(question: Question) -> Iterator[Finding]:
    """Judge a dose in mg by the limits per kg and per m2; where a drug has both, one is enough."""
    found = []
    for per in ("kg", "m2"):
        known = question.body.weight if per == "kg" else question.body.surface
        bodies = [question.body] if known else _adults(question, per)
        judged = [(_worst(question.judged(each, per)), each) for each in bodies]
        if any(question.judged(each, per) for each in bodies[:1]):
            found.append((bodies, judged))
            if known and not question.body.surface:
                break  # a height that is not known must not excuse what the weight forbids
    if not found:
        return
    bodies, judged = max(found, key=lambda each: _kept([_rank(worst) for worst, _ in each[1]]))
    passing = [each for worst, each in judged if worst is None]
    allowed = [each for worst, each in judged if worst is None or worst.level != "stop"]
    if len(passing) == len(judged):
        return
    # The body that comes nearest to keeping the limits, the heaviest of several.
    worst, whose = min(
        ((worst, each) for worst, each in reversed(judged) if worst),
        key=lambda each: (-_rank(each[0]), _stops(question, each[1])),
    )
    told = _found(question, worst, whose)
    if len(bodies) == 1:
        yield told
        return
    few = f"from {bodies[0]} to {bodies[-1]}"
    if not allowed:
        yield told._replace(message=f"{told.message}; no adult {few} may have this")
        return
    usual = f"usual only {_span(passing)}" if passing else "beyond the usual for every adult"
    message = (
        f"{question.amount}, as it is given here, is {usual}, and within the outer limits "
        f"{_span(allowed)} (adults {few}); give the weight and the height. {told.message}"
    )
    yield told._replace(level="review", message=message)


def _adults(question: Question, per: str = "") -> list[Body]:
    """List the adults of the site's usual weights by whole kg, or by their surfaces.

    Where the weight is known, the surfaces are those of that weight.
    """
    own = question.body.weight
    low, high = (own, own) if own else question.site.weight.usual
    if (per or question.per) == "kg":
        weights = range(-(-low.number // 1), high.number // 1 + 1)
        return [Body(weight=Quantity(Fraction(weight), "kg")) for weight in weights]
    compute = SURFACES[question.site.body_surface].compute
    smallest, largest = compute(_SHORTEST, low).number, compute(_TALLEST, high).number
    steps = range(smallest // _STEP, largest // _STEP + 1)
    return [Body(surface=Quantity(step * _STEP, "m2")) for step in steps]


def _stops(question: Question, body: Body) -> int:
    per = "kg" if body.weight and not body.surface else "m2"
    return sum(each.level == "stop" for each in question.judged(body, per))


def _span(bodies: list[Body]) -> str:
    return f"from {bodies[0]} to {bodies[-1]}"


def _rank(judged: Judged | None) -> int:
    return LEVELS.index(judged.level) if judged and judged.level else _EQUAL


def _kept(ranks: list[int]) -> int:
    """Rank a set of limits: kept by no adult, by some, or by all."""
    best, worst = max(ranks), min(ranks)
    return best if best in {worst, 0} else 1


def _worst(judged: Iterable[Judged]) -> Judged | None:
    """Find the gravest; None where every limit is kept."""
    found = [each for each in judged if each.level]
    return min(found, key=_rank) if found else None


def _found(question: Question, judged: Judged, body: Body, *, hint: bool = False) -> Finding:
    level, window, amount = judged
    order, name = question.schedule.order, question.drug.name
    words = describe(amount, window, name, order.route)
    whose = f"for {body}: " if any(body) else ""
    meant = None
    if hint and level == "stop":
        (stage,) = order.stages
        windows = [each.window for each in question.judged(body, question.per)]
        meant = intended(stage, stage.every[0], stage.days[0], windows)
    asks = f"; was {meant} meant?" if meant else ""
    message = f"{whose}{words}{asks} (window: {window.source}, {window.basis})"
    values = (amount, *window.usual, *window.absolute)
    per = window.per.replace(" ", "-")
    return Finding(f"implausible-{per}", level or "review", _DOSE, message, values,
                   sources=(Cited(name, window.source),))  # fmt: skip


def too_close(question: Question) -> Iterator[Finding]:
    """Judge the least time between two doses, or between the first doses of two cycles."""
    order, drug = question.schedule.order, question.drug
    rule = drug.routes[order.route].apart
    if rule is None or not question.schedule.regular:
        return
    length, days = order.every[0].fewest_days, order.days[0].numbers
    gaps = [later - day for day, later in pairwise((*days, days[0] + length))]
    least = length if rule.between == "cycles" else 0 if order.times > 1 else min(gaps)
    if least < rule.least.fewest_days:
        what = "first doses of two cycles" if rule.between == "cycles" else "two doses"
        apart = f"{least} day{'' if least == 1 else 's'} apart" if least else "on one day"
        message = (
            f"{what} of {drug.name} are {apart}; at least {rule.least} are needed "
            f"({rule.source}, {rule.basis})"
        )
        yield Finding("too-close", rule.level, _DOSE, message, (str(rule.least), least),
                      sources=(Cited(drug.name, rule.source),))  # fmt: skip
