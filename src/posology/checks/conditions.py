"""Does a quote say the condition on the patient that is encoded beside it?"""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from posology.checks.reading import plain, read
from posology.model import Clause, Condition, Finding, Place
from posology.quantity import print_number
from posology.text import shown

_COUNTED = ("neutrophils", "platelets")
"""Measures in /uL, which a source may write as 10^9/L: a thousand of them."""


def of_a_patient(
    condition: Condition | None, quote: str, place: Place, *, bound: bool = False
) -> Iterator[Finding]:
    """Stop at a comparison of a condition that its quote does not say."""
    for clause in condition.clauses if condition else ():
        if not _says(clause, plain(quote), bound=bound):
            value = f"{clause.comparison} {clause.value}"
            if clause.comparison == "is":
                value = "is " + str(condition).rpartition(" is ")[2]
            message = (
                f"{shown(str(condition))}: its quote does not say {clause.measure} {value}; write "
                "what it says, in the words < or below, ≤ or up to, > or above, ≥ or at least"
            )
            yield Finding("not-quoted", "stop", place, message, ())


_SEXES = {1: r"(?<!non-)\b(?:males?|men|man|boys?)\b", 0: r"\b(?:females?|women|woman|girls?)\b"}
_NO_DIALYSIS = re.compile(
    r"\b(?:no|not|non|without)[- ](?:requiring |on |needing |receiving )?(?:ha?emo)?dialysis"
)


def _is(clause: Clause, quote: str) -> bool:
    """Tell whether a quote says the sex, or the dialysis; that there is none may be left unsaid."""
    if clause.measure == "sex":
        return bool(re.search(_SEXES[int(clause.value)], quote))
    without = _NO_DIALYSIS.sub(" ", quote)
    needed = "dialysis" in without
    return needed if clause.value else not needed or without != quote


def nothing_else(known: Iterable[Condition], quote: str, place: Place) -> Iterator[Finding]:
    """Stop at a comparison of a quote that no condition of the regimen has."""
    values = {clause.value for each in known for clause in each.clauses}
    values |= {value / 1000 for value in values}
    for words in read(quote).compared:
        numbers = {Fraction(each.replace(",", "")) for each in _NUMBER.findall(words)}
        if not values & numbers:
            message = f"the quote says {shown(words)}, and no condition has it; encode it"
            yield Finding("not-quoted", "stop", place, message, ())


_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_UNIT = r"(?: ?(?:kg|years?|ml/min)(?: of age)?)?"
_SIGNS = {
    "<": r"(?:<|below|under|(?:less|lower|younger|fewer) than) ?{n}(?!\d)(?! ?(?:to|-) ?\d)"
         r"|\b{n} ?>",
    "<=": r"(?:≤|<=|up to|at most|(?:not|no) more than) ?{n}(?!\d)|\b{n} ?(?:≥|>=)"
          rf"|\b{{n}}{_UNIT} (?:or|and) (?:less|lower|below|under|younger|fewer)\b"
          rf"|\d{_UNIT} ?(?:to|-) ?{{n}}(?![\d.])",
    ">": r"(?:>|above|over|(?:more|greater|higher|older) than|exceeding) ?{n}(?!\d)"
         r"|\b{n} ?<(?!=)",
    ">=": r"(?:≥|>=|at least|from|(?:not|no) less than) ?{n}(?!\d)|\b{n} ?(?:≤|<=)"
          rf"|\b{{n}}{_UNIT} (?:or|and) (?:more|greater|higher|above|over|older)\b"
          rf"|(?<!than )(?<![\d.<>]){{n}}{_UNIT} ?(?:to|-) ?\d",
}  # fmt: skip
"""How a text says a comparison; "55 to 85 kg" holds both ends, "more than 55 to 85 kg" only one."""
_OPPOSITE = {"<": ">=", ">=": "<", "<=": ">", ">": "<="}


_NAMED = {
    "age": r"\byears?\b|\bage\b|\bold\b|elderly",
    "weight": r"(?<!/)\bkg\b|weigh",
    "neutrophils": r"neutrophil|\banc\b|granulocyte",
    "platelets": r"platelet|thrombocyt|\bplt\b",
    "creatinine clearance": r"clearance|crcl|clcr",
    "creatinine": r"creatinine(?! clearance)",
}
"""How a text names a measure. A table may name none; one that names another is about that."""
_WAITS = r"\b(?:hold|held|withh[eo]ld|omit|delay|postpone|interrupt|stop|avoid|not|reduce)\w*"
_WAITS_IF = re.compile(rf"{_WAITS}\b[^.;…]{{0,30}}\b(?:if|when|where|for|at)\b")
_OTHERS = re.compile(r"\d ?(?:mg|mcg|g|iu|units?)\b.*…")
"""What stands before the words for the other patients: "25 mg daily … (10 mg if < 50)"."""
_OF_ELSE = r"(?! ?(?:days?|weeks?|months?|mg|mcg|g|cycles?|doses?)\b)"


def _says(clause: Clause, quote: str, *, bound: bool) -> bool:
    """Tell whether a quote states a comparison.

    A ``bound`` is what must hold to go on: a quote may say for it when one waits.
    """
    if clause.measure in {"dialysis", "sex"}:
        return _is(clause, quote)
    named = {name for name, words in _NAMED.items() if re.search(words, quote)}
    unnamed = named or clause.measure == "creatinine clearance"
    if clause.measure in _NAMED and clause.measure not in named and unnamed:
        return False
    text = re.sub(r"(\d),(?=\d{3})", r"\1", quote)
    number = re.escape(print_number(clause.value).replace(",", ""))
    if clause.measure in _COUNTED:
        thousands = re.escape(print_number(clause.value / 1000).replace(",", ""))
        times, litre = r" ?[x×*] ?10 ?\^? ?9", r" ?g/l"
        number = rf"(?:{number}(?!{times}|{litre})|{thousands}(?:\.0)?(?:{times}|{litre}))"

    def stands(sign: str) -> str | None:
        """Give what stands before a comparison; None where the text does not say it."""
        pattern = _SIGNS[sign].replace("{n}", number + _OF_ELSE)
        found = re.search(rf"(?<!not )(?<!unless )(?<!except )(?:{pattern})", text)
        return text[: found.start()] if found else None

    direct, opposite = stands(clause.comparison), stands(_OPPOSITE[clause.comparison])
    goes_on = re.search(r"\b(?:start|begin|give|proceed|continue|only|should be|must be)\b", text)
    waits = bound and (re.search(_WAITS, text) or not goes_on)
    if opposite is not None and (waits or (not bound and _OTHERS.search(opposite))):
        return True
    return direct is not None and not (bound and _WAITS_IF.search(text))
