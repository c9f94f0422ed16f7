"""Whether a formulary entry holds together, and its worked examples come out."""

from collections.abc import Iterator, Sequence

from posology.checks.feasible import makeable
from posology.checks.plausible import judge
from posology.model import Drug, Fact, Finding, Interaction, Window


def check_drug(drug: Drug) -> list[Finding]:
    """Collect what is wrong with a drug: names that do not meet, examples that fail."""
    return [*_names(drug), *_windows(drug), *_cases(drug)]


def _names(drug: Drug) -> Iterator[Finding]:
    used = [(f"products.{name}", product.source) for name, product in drug.products.items()]
    for route, giving in drug.routes.items():
        for index, window in enumerate(giving.windows):
            used.append((f"routes.{route}.windows[{index}]", window.source))
        for name in giving.products:
            if name not in drug.products:
                message = f"{name} is not among the products: {', '.join(drug.products)}"
                yield Finding("product-unknown", "stop", f"routes.{route}.products", message)
    facts: dict[str, Sequence[Fact | Interaction]] = {
        "warnings": drug.warnings,
        "monitoring": drug.monitoring,
        "pregnancy_prevention": drug.pregnancy_prevention,
        "interactions": drug.interactions,
    }
    for field, listed in facts.items():
        used += [(f"{field}[{index}]", one.source) for index, one in enumerate(listed)]
    for where, source in used:
        if source not in drug.sources:
            message = f"{source} is not among the sources: {', '.join(drug.sources)}"
            yield Finding("source-unknown", "stop", f"{where}.source", message)


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
