"""Texts that stand for people: the pseudonym of a course, the name of a pharmacist."""

import re
import unicodedata
from typing import Annotated, Literal

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


def may_hold_a_year(reference: str) -> Literal["yes", "perhaps", "no"]:
    """Tell whether a new reference may be initials and a year of birth: ``JD-1980``, ``JD-61``.

    Two digits may be a serial number as well, as in ``IG-42``. A course that was kept before this
    was asked keeps its reference.
    """
    digits = re.sub(r"[^0-9]", "", reference)
    if re.fullmatch(r"(19|20)[0-9]{2}", digits):
        return "yes"
    return "perhaps" if len(digits) == 2 else "no"  # noqa: PLR2004 - digits of a year


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
    scripts = _alphabets(name)
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


_TITLES = {"dr", "prof", "mr", "mrs", "ms", "miss", "herr", "frau"}
_HYPHENS = "-'’‐‑"
_SHORT = 3


def could_be_one(name: str, other: str) -> bool:
    """Tell whether two names may be one person's: ``A. Smith`` and ``Alice Smith``, or ``Smith``.

    Marks, hyphens, capitals, titles and the order of words do not tell two people apart; an
    initial may be any name that begins with it; nor can names in two alphabets be told apart.
    """
    alphabets = [_alphabets(each) for each in (name, other)]
    if alphabets[0] != alphabets[1]:
        return max(map(len, alphabets)) == 1  # a name of two alphabets is no Person, and refused
    fewer, more = sorted((_bare(name), _bare(other)), key=len)
    if "".join(fewer) == "".join(more) or _are_initials(fewer, more) or _are_initials(more, fewer):
        return True
    left = list(more)
    for word in sorted(fewer, key=len, reverse=True):
        fits = [each for each in left if each == word] or [
            each for each in left if each[0] == word[0] and 1 in {len(each), len(word)}
        ]
        if not fits:
            return False
        left.remove(fits[0])
    return any(word in more for word in fewer if len(word) > 1)


def _alphabets(name: str) -> set[str]:
    return {unicodedata.name(letter, "?").split()[0] for letter in name if letter.isalpha()}


def _bare(name: str) -> list[str]:
    """Give the words of a name without marks, hyphens and titles: ``müller-lüdenscheidt``."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(
        each for each in plain if not unicodedata.combining(each) and each not in _HYPHENS
    )
    words = re.findall(r"[^\W_]+", re.sub(r"([aou])e", r"\1", plain))
    return [word for word in words if word not in _TITLES] or words


def _are_initials(letters: list[str], words: list[str]) -> bool:
    """Tell whether one word of two or three letters holds the initials of the others."""
    joined = "".join(letters)
    initials = sorted(word[0] for word in words)
    return len(letters) == 1 and 1 < len(joined) <= _SHORT and sorted(joined) == initials


SECOND_NAME = "could be the first person's too; write both names in full, first and last name"


def _words(name: str) -> list[str]:
    return sorted(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", name).casefold()))
