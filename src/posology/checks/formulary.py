"""Whether a formulary entry holds together, and its worked examples come out."""

from collections.abc import Iterator, Sequence

from posology.checks.coherent import not_filled_in
from posology.checks.examples import examples
from posology.checks.feasible import makeable
from posology.checks.plausible import judge, lacking
from posology.model import (
    Drug,
    Fact,
    Finding,
    Gate,
    Ladder,
    Place,
    Precaution,
    Product,
    RiskFactor,
    Task,
    Window,
)


def check_drug(drug: Drug) -> list[Finding]:
    """Collect what is wrong with a drug: names that refer to nothing, examples that fail."""
    parts = (not_filled_in, _names, _windows, _supply, _cases, examples)
    return [finding for part in parts for finding in part(drug)]


def _names(drug: Drug) -> Iterator[Finding]:
    for route, giving in drug.routes.items():
        for name in giving.products:
            if name not in drug.products:
                message = f"{name} is not among the products: {', '.join(drug.products)}"
                yield Finding(
                    "product-unknown", "stop", Place.of("routes", route, "products"), message, ()
                )
    for name, product in drug.products.items():
        if product.same_as is not None and product.same_as not in drug.products:
            message = f"{product.same_as} is not among the products: {', '.join(drug.products)}"
            place = Place.of("products", name, "same_as")
            yield Finding("product-unknown", "stop", place, message, ())
    for place, source in _used(drug):
        if source not in drug.sources:
            message = f"{source} is not among the sources: {', '.join(drug.sources)}"
            yield Finding("source-unknown", "stop", place.at("source"), message, ())


def _used(drug: Drug) -> Iterator[tuple[Place, str]]:
    """List every source that the drug file names, with its place."""
    for name, product in drug.products.items():
        yield from _of_a_product(product, Place.of("products", name))
    for route, giving in drug.routes.items():
        for index, window in enumerate(giving.windows):
            yield Place.of("routes", route, "windows", index), window.source
        if giving.apart:
            yield Place.of("routes", route, "apart"), giving.apart.source
    for name, table in drug.vaccines.items():
        yield Place.of("vaccines", name), table.source
    facts: dict[str, Sequence[Fact | Gate | Task | Precaution | RiskFactor]] = {
        "warnings": drug.warnings,
        "monitoring": drug.monitoring,
        "pregnancy_prevention": drug.pregnancy_prevention,
        "risks": drug.risks,
        "gates": drug.gates,
        "tasks": drug.tasks,
    }
    for field, listed in facts.items():
        for index, fact in enumerate(listed):
            yield Place.of(field, index), fact.source


def _of_a_product(product: Product, place: Place) -> Iterator[tuple[Place, str]]:
    yield place, product.source
    for field in ("contraindications", "warnings"):
        for index, fact in enumerate(getattr(product, field)):
            yield place.at(field, index), fact.source
    if product.ladder:
        yield from _ladder_sources(place.at("ladder"), product.ladder)


def _ladder_sources(place: Place, ladder: Ladder) -> list[tuple[Place, str]]:
    ceilings = [(place.at("most", name), ceiling.source) for name, ceiling in ladder.most.items()]
    ceilings.append((place.at("at_risk"), ladder.at_risk.source))
    if ladder.first_most:
        ceilings.append((place.at("first_most"), ladder.first_most.source))
    return [(place, ladder.source), *ceilings]


def _windows(drug: Drug) -> Iterator[Finding]:
    for route, giving in drug.routes.items():
        lengths = lacking(giving.windows)
        if lengths:
            message = f"no window limits {lengths}, so those sums are not judged; add one"
            place = Place.of("routes", route, "windows")
            yield Finding("window-missing", "review", place, message, (lengths,))
        for index, window in enumerate(giving.windows):
            place = Place.of("routes", route, "windows", index)
            usual, absolute = window.usual, window.absolute
            if usual.low < absolute.low or usual.high > absolute.high:
                message = f"the usual range {usual} is not within the absolute one, {absolute}"
                yield Finding("window-inside-out", "stop", place, message, ())
            yield from _verdicts(window, place)


def _verdicts(window: Window, place: Place) -> Iterator[Finding]:
    for number, verdict in enumerate(window.verdicts):
        got = judge(verdict.amount, window) or "pass"
        if got != verdict.level:
            message = f"{verdict.amount} comes out as {got}, not as {verdict.level}"
            yield Finding("verdict-failed", "stop", place.at("verdicts", number), message, ())
    limits = (window.usual.low, window.usual.high, window.absolute.low, window.absolute.high)
    tried = [verdict.amount for verdict in window.verdicts]
    for limit in limits:
        if limit not in tried:
            message = f"no verdict at the limit {limit}; give one at it and one just beyond"
            yield Finding("verdict-missing", "stop", place.at("verdicts"), message, ())


def _supply(drug: Drug) -> Iterator[Finding]:
    """Stop if the text of a supply does not state its length; a slip in either shows."""
    if drug.supply and f" {drug.supply.most} " not in f" {drug.supply.text} ":
        message = f"its text does not say {drug.supply.most}"
        yield Finding("supply-unsaid", "stop", Place.of("supply", "most"), message, ())


def _cases(drug: Drug) -> Iterator[Finding]:
    for index, case in enumerate(drug.cases):
        place = Place.of("cases", index)
        if case.route not in drug.routes:
            message = f"{drug.name} has no {case.route} route"
            yield Finding("route-unknown", "stop", place.at("route"), message, ())
            continue
        got = "; ".join(map(_verdict, makeable(case.dose, drug, case.route, place))) or "pass"
        if got != case.says:
            message = f'{case.dose} comes out as "{got}", not as "{case.says}"'
            yield Finding("case-failed", "stop", place.at("says"), message, ())


def _verdict(finding: Finding) -> str:
    """Write a finding of the feasible net: ``stop not-makeable: 16 g, 320 x 50 mg``."""
    return f"{finding.level} {finding.code}: {', '.join(map(str, finding.values))}"
