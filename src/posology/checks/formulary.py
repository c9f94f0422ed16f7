"""Whether a formulary entry holds together, and its worked examples come out."""

from collections.abc import Iterator, Sequence

from posology.checks.examples import examples
from posology.checks.feasible import makeable
from posology.checks.plausible import judge
from posology.model import Drug, Fact, Finding, Ladder, Precaution, RiskFactor, Window


def check_drug(drug: Drug) -> list[Finding]:
    """Collect what is wrong with a drug: names that do not meet, examples that fail."""
    return [*_names(drug), *_windows(drug), *_supply(drug), *_cases(drug), *examples(drug)]


def _names(drug: Drug) -> Iterator[Finding]:
    for route, giving in drug.routes.items():
        for name in giving.products:
            if name not in drug.products:
                message = f"{name} is not among the products: {', '.join(drug.products)}"
                yield Finding("product-unknown", "stop", f"routes.{route}.products", message)
    for where, source in _used(drug):
        if source not in drug.sources:
            message = f"{source} is not among the sources: {', '.join(drug.sources)}"
            yield Finding("source-unknown", "stop", f"{where}.source", message)


def _used(drug: Drug) -> Iterator[tuple[str, str]]:
    """List every source that is named, with its place."""
    for name, product in drug.products.items():
        yield f"products.{name}", product.source
        if product.ladder:
            yield from _ladder_sources(f"products.{name}.ladder", product.ladder)
    for route, giving in drug.routes.items():
        for index, window in enumerate(giving.windows):
            yield f"routes.{route}.windows[{index}]", window.source
        if giving.apart:
            yield f"routes.{route}.apart", giving.apart.source
    for name, table in drug.vaccines.items():
        yield f"vaccines.{name}", table.source
    facts: dict[str, Sequence[Fact | Precaution | RiskFactor]] = {
        "warnings": drug.warnings,
        "monitoring": drug.monitoring,
        "pregnancy_prevention": drug.pregnancy_prevention,
        "risks": drug.risks,
    }
    for field, listed in facts.items():
        for index, one in enumerate(listed):
            yield f"{field}[{index}]", one.source


def _ladder_sources(where: str, ladder: Ladder) -> list[tuple[str, str]]:
    ceilings = [(f"{where}.most.{name}", one.source) for name, one in ladder.most.items()]
    ceilings.append((f"{where}.at_risk", ladder.at_risk.source))
    if ladder.first_most:
        ceilings.append((f"{where}.first_most", ladder.first_most.source))
    return [(where, ladder.source), *ceilings]


def _windows(drug: Drug) -> Iterator[Finding]:
    for route, giving in drug.routes.items():
        for index, window in enumerate(giving.windows):
            where = f"routes.{route}.windows[{index}]"
            usual, absolute = window.usual, window.absolute
            if usual.low < absolute.low or usual.high > absolute.high:
                message = f"the usual range {usual} is not within the absolute one, {absolute}"
                yield Finding("window-inside-out", "stop", where, message)
            yield from _verdicts(window, where)


def _verdicts(window: Window, where: str) -> Iterator[Finding]:
    for number, verdict in enumerate(window.verdicts):
        got = judge(verdict.amount, window) or "pass"
        if got != verdict.level:
            message = f"{verdict.amount} comes out as {got}, not as {verdict.level}"
            yield Finding("verdict-failed", "stop", f"{where}.verdicts[{number}]", message)
    limits = (window.usual.low, window.usual.high, window.absolute.low, window.absolute.high)
    tried = [verdict.amount for verdict in window.verdicts]
    for limit in limits:
        if limit not in tried:
            message = f"no verdict at the limit {limit}; give one at it and one just beyond"
            yield Finding("verdict-missing", "stop", f"{where}.verdicts", message)


def _supply(drug: Drug) -> Iterator[Finding]:
    """Stop where the text of a supply does not say its length, so that a slip of one shows."""
    if drug.supply and f" {drug.supply.most} " not in f" {drug.supply.text} ":
        message = f"its text does not say {drug.supply.most}"
        yield Finding("supply-unsaid", "stop", "supply.most", message)


def _cases(drug: Drug) -> Iterator[Finding]:
    for index, case in enumerate(drug.cases):
        where = f"cases[{index}]"
        if case.route not in drug.routes:
            message = f"{drug.name} has no {case.route} route"
            yield Finding("route-unknown", "stop", f"{where}.route", message)
            continue
        said = [f"{one.level}: {one.message}" for one in makeable(case.dose, drug, case.route, "")]
        got = "; ".join(said) or "pass"
        if got != case.says:
            message = f'{case.dose} comes out as "{got}", not as "{case.says}"'
            yield Finding("case-failed", "stop", f"{where}.says", message)
