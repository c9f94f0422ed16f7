"""Texts that stand for people: the pseudonym of a course, the name of a pharmacist."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from posology.model.kinds import must_match, plain_text
from posology.quantity import shown

_SIX, _INITIALS = 6, 2


def _names_nobody(text: str) -> str:
    """Refuse a reference whose digits may be a day or a year of birth."""
    letters, digits = re.fullmatch(r"([A-Z]+)-?([0-9]+)", text).groups()  # type: ignore[union-attr]  # matched before
    days, months = range(1, 32), range(1, 13)
    pairs = [int(digits[at : at + 2]) for at in (0, 2, 4)] if len(digits) == _SIX else []
    orders = [(0, 1), (2, 1), (1, 0)] if pairs else []  # day and month of ddmmyy, yymmdd, mmddyy
    birthday = any(pairs[day] in days and pairs[month] in months for day, month in orders)
    if birthday or (len(letters) > _INITIALS and re.fullmatch(r"(19|20)[0-9]{2}", digits)):
        msg = f"{shown(text)} may hold a date of birth; write a pseudonym that does not"
        raise ValueError(msg)
    return text


Reference = Annotated[
    str,
    must_match(
        r"[A-Z]{1,4}-?[0-9]{1,6}",
        "a course reference; write the hospital's own pseudonym, 1 to 4 capital letters and up to "
        '6 digits, as in "IG-0042"; never a name or a date of birth',
    ),
    AfterValidator(_names_nobody),
]
Person = Annotated[str, StringConstraints(min_length=2, max_length=60), BeforeValidator(plain_text)]
"""A pharmacist's name or initials; never a patient's."""


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are the same but for capitals, blanks and dots."""
    return re.sub(r"[\W_]", "", one).casefold() == re.sub(r"[\W_]", "", other).casefold()
