"""The amounts of a drug in a text: doses, ranges, limits, sums, volumes; each is taken out."""

import re

from posology.checks.heard import AMOUNT, Heard
from posology.errors import QuantityError
from posology.quantity import Quantity

_UNITS = {
    "microgram": "mcg", "micrograms": "mcg", "ug": "mcg", "mcg": "mcg", "milligram": "mg",
    "milligrams": "mg", "mg": "mg", "gram": "g", "grams": "g", "g": "g", "ng": "ng", "iu": "IU",
    "units": "unit", "unit": "unit", "ml": "mL", "mmol": "mmol", "tablet": "tablet",
    "tablets": "tablet", "capsule": "capsule", "capsules": "capsule",
    "drop": "drop", "drops": "drop", "puff": "puff", "puffs": "puff", "patch": "patch",
    "inhalation": "puff", "inhalations": "puff",
    "patches": "patch", "application": "application", "applications": "application",
}  # fmt: skip
_NAMES = "|".join(sorted(_UNITS, key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?<![\w.,/'’-])(\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)[ -]?({_NAMES})(?!\w)"
)
_PER = re.compile(r"(?:/ ?| per )(kg|kilogram|m2)(?!\w)")
_RANGE_BEFORE = re.compile(
    rf"\d ?(?:{_NAMES})? ?(?:-|to|or) ?$|\d and ?$|(?<!,\d\d)\d $|[<>≤≥=~±+*^] ?$"
)
_LIMIT_BEFORE = re.compile(
    r"(?:up to|at most|not exceeding|not to exceed|no more than|max\.?|maximum)"
    r"(?: (?!every|\d[\d.]* ?kg\b)\w+){0,3}:? ?$"
)
_SAME_BEFORE = re.compile(rf"\d ?(?:{_NAMES})(?: ?/ ?(?:kg|m2))? ?\($")
"""In brackets behind an amount stands the same amount once more: "0.2 g/kg (1 mL/kg)"."""
_TOTAL_BEFORE = re.compile(r"\b(?:total(?: dose)?|total of)(?: of)?:? ?$")
_OTHER_BEFORE = re.compile(
    r"\b(?:with|plus) (?!another|additional|an? |loading|food)(?:[a-z][a-z-]+ ?){0,2}[a-z]+ ?$"
)
"""Another medicine and its amount: "with vitamin D 1000 IU"."""
_DILUTED_BEFORE = re.compile(r"\b(?:in|into) (?:an? )?$")
_RANGE_BEHIND = re.compile(r" ?(?:-|to|or) ?\d| ?[~±+]")
_RANGE = re.compile(
    rf"(?<![\w.,/'’-])(\d+(?:\.\d+)?) ?({_NAMES})? ?(?:-|to) ?(\d+(?:\.\d+)?)[ -]?({_NAMES})(?!\w)"
    r"(?:(?:/ ?| per )(kg|m2)(?!\w))?"
)
_UNKNOWN = re.compile(r"(?:/ ?| per )(?!(?:day|d|dose|week|month|cycle|course|treatment)\b)|[²^]")


def without_amounts(text: str, heard: Heard) -> str:
    """Take out the amounts of a drug that stand as whole tokens, and leave ``AMOUNT``."""
    text = _OR.sub(r"\1 ; or ", text)
    text = _EXPOSURE.sub(lambda found: _exposure(found, heard), _without_ranges(text, heard))
    parts, end = [], 0
    for printed in _AMOUNT.finditer(text):
        before, behind = text[: printed.start()], text[printed.end() :]
        per = _PER.match(behind)
        body = {"k": "/kg", "m": "/m2"}[per[1][0]] if per else ""
        behind = behind[per.end() :] if per else behind
        if _RANGE_BEFORE.search(before) or _RANGE_BEHIND.match(behind) or _UNKNOWN.match(behind):
            continue
        number = printed[1].replace(",", "")
        try:
            amount = Quantity.parse(f"{number} {_UNITS[printed[2]]}{body}")
        except QuantityError:
            continue
        kept = _kept(before, amount, heard)
        kept.append(amount)
        if kept is heard.others:
            heard.said.setdefault("others", []).append(printed[0])
        if re.search(r"\.\d*0$|^[1-9]\d*\.\d{3}$", number):
            heard.marked.append(printed[0])
        marked = kept is heard.amounts or kept is heard.limits
        parts += [text[end : printed.start()], AMOUNT if marked else ""]
        end = len(text) - len(behind)
    return "".join(parts) + text[end:]


_OR = re.compile(
    rf"(\d ?(?:{_NAMES})(?:/(?:kg|m2))?(?:/(?:day|d))?) or (?=\d[\d.,]* ?(?:{_NAMES})(?!\w))"
)
"""Two whole amounts are a choice of two; "1 or 2 mg" is a range."""
_EXPOSURE = re.compile(
    r"\bauc(?: of)? ?=? ?(\d+(?:\.\d+)?)(?![\d.-])"
    r"(?: ?mg(?:/ml| per ml)? ?(?:[x*·./]? ?min|/min)\b)?"
)


def _exposure(found: re.Match[str], heard: Heard) -> str:
    """Keep an exposure such as "AUC = 5 mg/mL min"; leave "AUC 0"."""
    if not any(digit in found[1] for digit in "123456789"):
        return found[0]
    heard.amounts.append(Quantity.parse(f"{found[1]} AUC", ("AUC",), "AUC 5"))
    return AMOUNT


def _without_ranges(text: str, heard: Heard) -> str:
    """Take out the ranges of a dose, such as "0.75 to 1 g/m2", and leave ``AMOUNT``."""

    def one(found: re.Match[str]) -> str:
        low, own, high, unit, per = found.groups()
        body = f"/{per}" if per else ""
        try:
            first = Quantity.parse(f"{low} {_UNITS[own or unit]}{body}")
            last = Quantity.parse(f"{high} {_UNITS[unit]}{body}")
        except QuantityError:
            return found[0]
        if (
            first.dimension != last.dimension
            or first >= last
            or _UNKNOWN.match(text[found.end() :])
        ):
            return found[0]
        heard.ranges.append((first, last))
        heard.said.setdefault("range", []).append(found[0])
        return AMOUNT

    return _RANGE.sub(one, text)


def _kept(before: str, amount: Quantity, heard: Heard) -> list[Quantity]:
    """Say what an amount is: a dose, a limit, a sum, a volume, or that of something else."""
    if _LIMIT_BEFORE.search(before):
        return heard.limits
    if _TOTAL_BEFORE.search(before):
        return heard.totals
    if _DILUTED_BEFORE.search(before) and amount.unit == "mL":
        return heard.volumes
    if _SAME_BEFORE.search(before) and amount.unit in {"mL", "mL/kg"}:
        return heard.others
    return heard.others if _OTHER_BEFORE.search(before) else heard.amounts
