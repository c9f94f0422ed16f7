"""Does a quote say the condition on the patient that is encoded beside it?"""

import re
from collections.abc import Iterator

from posology.checks.reading import plain
from posology.model import Clause, Condition, Finding, Place
from posology.quantity import print_number
from posology.text import shown

_COUNTED = ("neutrophils", "platelets")
"""Measures in /uL, which a source may write as 10^9/L: a thousand of them."""


def of_a_patient(condition: Condition | None, quote: str, place: Place) -> Iterator[Finding]:
    """Stop at a comparison of a condition that its quote does not say."""
    for clause in condition.clauses if condition else ():
        if not _says(clause, plain(quote)):
            message = (
                f"{shown(str(condition))}: its quote does not say {clause.measure} "
                f"{clause.comparison} {clause.value}"
            )
            yield Finding("not-quoted", "stop", place, message, ())


_SIGNS = {
    "<": r"(?:<|below|under|less than) ?{n}(?!\d)|\b{n} ?>",
    "<=": r"(?:≤|<=|up to|at most) ?{n}(?!\d)|\b{n} ?(?:≥|>=)",
    ">": r"(?:>|above|over|more than) ?{n}(?!\d)|\b{n} ?<(?!=)",
    ">=": r"(?:≥|>=|at least|from) ?{n}(?!\d)|\b{n} ?(?:≤|<=)",
}
_OPPOSITE = {"<": ">=", ">=": "<", "<=": ">", ">": "<="}


def _says(clause: Clause, quote: str) -> bool:
    """Tell whether a quote states a comparison, or its opposite for the other patients."""
    if clause.measure == "dialysis":
        return clause.value == 0 or "dialysis" in quote
    if clause.measure == "creatinine clearance" and not re.search(r"clearance|crcl|clcr", quote):
        return False
    text = re.sub(r"(\d),(?=\d{3})", r"\1", quote)
    number = re.escape(print_number(clause.value).replace(",", ""))
    if clause.measure in _COUNTED:
        thousands = re.escape(print_number(clause.value / 1000).replace(",", ""))
        number = rf"(?:{number}|{thousands}(?:\.0)? ?[x×*] ?10 ?\^? ?9|{thousands}(?:\.0)? ?g/l)"
    signs = (clause.comparison, _OPPOSITE[clause.comparison])
    return any(re.search(_SIGNS[sign].replace("{n}", number), text) for sign in signs)
