"""How the fields of a regimen's file are named, ordered and written out for people."""

from collections.abc import Iterable
from typing import Any

from posology.model import Regimen
from posology.model.case import in_full

_FIRST = (
    "name", "indication", "status", "dose", "doses", "every", "days", "times", "route", "at",
    "duration", "risks", "from", "most", "reduce", "orders", "items",
)  # fmt: skip
_WORDS = {
    "at": "given at", "cases": "case", "choose": "choice", "most": "at most",
    "optional": "may be left out", "sources": "source", "steps": "step", "steps_up": "step up",
    "times": "times a day",
}  # fmt: skip
MOST_LINES = 5
"""Differences listed for a list of lines, such as the dates of a case; more are counted."""


def are_all(kind: type, values: Iterable[Any]) -> bool:
    """Tell whether there are values, and all are of a kind."""
    values = list(values)
    return bool(values) and all(isinstance(value, kind) for value in values)


def ordered(keys: Iterable[str]) -> list[str]:
    """Put what a clinician reads first before all others."""
    return sorted(keys, key=lambda key: _FIRST.index(key) if key in _FIRST else len(_FIRST))


def word(key: str) -> str:
    """Name a field in words."""
    return _WORDS.get(key, key.replace("_", " "))


def text_of(value: Any, key: str = "") -> str:  # noqa: ANN401 - a mapping, a list or a text
    """Write a value in one line."""
    if isinstance(value, dict):
        fields = (f"{word(name)} {text_of(value[name], name)}" for name in ordered(value))
        return ", ".join(fields) or "empty"
    if isinstance(value, list) and len(value) > MOST_LINES and are_all(str, value):
        return f"{len(value)} lines"
    if isinstance(value, list):
        return "; ".join(text_of(inner) for inner in value) or "empty"
    return f'"{value}"' if key in {"quote", "duration_quote", "printed"} else str(value)


def cases_in_full(regimen: Regimen) -> dict[str, Any]:
    """Write the cases in full, so that the same cases in fewer lines are no difference."""
    found = []
    for case, _ in regimen.worked:
        texts: dict[str, Any] = {
            "name": case.name, "patient": dict(case.patient.texts), "start": str(case.start),
            "cycles": case.cycles and str(case.cycles), "choose": dict(case.choose),
            "without": list(case.without), "expect": in_full(case.expect),
            "totals": list(case.totals), "to_do": in_full(case.to_do), "needed": list(case.needed),
            "refused": case.refused,
        }  # fmt: skip
        found.append({key: value for key, value in texts.items() if value})
    return {"cases": found} if found else {}
