"""Texts that stand for people: the pseudonym of a course, the name of a pharmacist."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from posology.model.kinds import must_match, plain_text
from posology.text import shown

_SIX, _INITIALS = 6, 2


def _refuse_birthday(text: str) -> str:
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
    AfterValidator(_refuse_birthday),
]


def _one_script(name: str) -> str:
    """Refuse a name of letters that only look alike, such as a Cyrillic A before Smith."""
    if sum(letter.isalpha() for letter in name) < 2:  # noqa: PLR2004 - initials
        msg = f"{shown(name)} is not a name; write at least two letters"
        raise ValueError(msg)
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in name if letter.isalpha()}
    if len(scripts) > 1:
        msg = (
            f"{shown(name)} mixes {' and '.join(sorted(scripts)).lower()} letters; use one alphabet"
        )
        raise ValueError(msg)
    return unicodedata.normalize("NFC", name)


Person = Annotated[
    str,
    BeforeValidator(plain_text),
    must_match(r"\S.{0,58}\S", "a name; write 2 to 60 characters, a pharmacist's name or initials"),
    AfterValidator(_one_script),
]
"""A pharmacist's name or initials; never a patient's."""


def same_person(name: str, other: str) -> bool:
    """Tell whether two names are equal, ignoring capitals, punctuation and the order of words."""
    return _words(name) == _words(other)


def _words(name: str) -> list[str]:
    return sorted(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", name).casefold()))
