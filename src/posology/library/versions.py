"""Two versions of a regimen, compared text by text: no field of a file can be forgotten.

The comparison walks the trees of the two files, so that a new field is compared without a
change here; cases are compared in full, however they are written. The tables below only choose
words and order, and say what a patient would not notice.
"""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from posology.errors import QuantityError
from posology.library import Entry
from posology.library.fields import MOST_LINES, are_all, cases_in_full, ordered, text_of, word
from posology.model import Item, Order
from posology.model.kinds import Noun
from posology.model.periods import Days

REVIEW_FIELDS = frozenset({
    "cases", "duration_because", "duration_quote", "erratum", "extends", "inferred", "quote",
    "review", "source", "sources", "unclear", "version",
})  # fmt: skip
"""What a reviewer would notice and a patient would not; every other field concerns a patient."""
_UNWRITTEN = {
    "orders": {
        "at": "the site's times", "days": "1", "duration": "the regimen's", "on": "any day",
    },
    "items": {"days": "1", "where": "all patients"},
}  # fmt: skip
"""What holds where an order or an item leaves a field out, where the default needs other words."""
_NOUNS: Mapping[str, type[Noun]] = {"orders": Order, "items": Item}
_NAMED_BY = {
    "cases": ("name",), "doses": ("when",), "items": ("name",), "most": ("amount",),
    "orders": ("id", "drug"), "reduce": ("when",), "steps": ("dose",),
    "steps_up": ("dose",),
}  # fmt: skip
_ALL = 1_000_000
_RHYTHM = ("every", "before", "after", "duration")


class Difference(NamedTuple):
    """Every difference of two regimens, one a line; both parts are empty for equal values."""

    patient: tuple[str, ...]
    """What a patient would notice: drugs, doses, days, routes, rhythm, duration, risks."""
    review: tuple[str, ...]
    """What a reviewer would notice: quotes, sources, cases, notes."""


class _Place(NamedTuple):
    """Where a value stands: its words, the list that holds it, and who would notice it."""

    words: tuple[str, ...] = ()
    within: str = ""
    review: bool = False
    most: int = MOST_LINES
    """Lines of a list that are told; more are counted."""

    def below(self, key: str, *, review: bool = False) -> "_Place":
        """Give the place of a mapping that stands under a key here."""
        return self._replace(words=(*self.words, key), within="", review=self.review or review)

    def line(self, text: str) -> "_Line":
        return _Line(self.review, ": ".join((*self.words, text)))


class _Line(NamedTuple):
    review: bool
    text: str


def difference(old: Entry, new: Entry, *, whole: bool = False) -> Difference:
    """Compare every value of two regimens; comments, order of keys and layout do not count.

    ``whole``: every line of a case that differs is listed, not the first few.
    """
    texts = [
        {**entry.tree.value, **cases_in_full(entry.regimen), "status": entry.regimen.status}
        for entry in (old, new)
    ]
    lines = list(_mapping(texts[0], texts[1], _Place(most=_ALL if whole else MOST_LINES)))
    return Difference(
        tuple(line.text for line in lines if not line.review),
        tuple(line.text for line in lines if line.review),
    )


def _mapping(old: Mapping[str, Any], new: Mapping[str, Any], place: _Place) -> Iterator[_Line]:
    for key in ordered({**old, **new}):
        if old.get(key) != new.get(key):
            yield from _value(key, old.get(key), new.get(key), place)


def _value(key: str, old: Any, new: Any, place: _Place) -> Iterator[_Line]:  # noqa: ANN401 - a tree's values
    """List the differences of two unequal values; None: the value is not written."""
    review = key in REVIEW_FIELDS
    inside = place._replace(review=place.review or review)
    kinds = {type(value) for value in (old, new) if value is not None}
    if kinds == {dict}:
        whole = old is None or new is None
        if whole and not are_all(dict, (new if old is None else old).values()):
            yield from _member(word(key), old, new, inside)
            return
        below = place.below(word(key), review=review)
        if are_all(dict, [*(old or {}).values(), *(new or {}).values()]):
            yield from _keyed(word(key), old or {}, new or {}, inside)
        else:
            yield from _mapping(old or {}, new or {}, below)
    elif kinds == {list} and (texts := [*(old or ()), *(new or ())]):
        if are_all(dict, texts):
            yield from _members(key, old or [], new or [], inside)
        elif are_all(str, texts):
            yield from _texts(word(key), old or [], new or [], inside)
        else:
            yield inside.line(f"{word(key)} {text_of(old)} → {text_of(new)}")
    else:
        yield from _leaf(key, old, new, inside)


def _leaf(key: str, old: Any, new: Any, place: _Place) -> Iterator[_Line]:  # noqa: ANN401 - as above
    before, after = (
        _unwritten(place.within, key) if value is None else text_of(value, key)
        for value in (old, new)
    )
    if key == "days" and (days := _days(before, after)):
        yield from (place.line(text) for text in days)
    elif before is None:
        yield place.line(f"{word(key)} added ({after})")
    elif after is None:
        yield place.line(f"{word(key)} dropped ({before})")
    elif before == after and None in (old, new):
        what = "written" if old is None else "left out"
        yield place.line(f"{word(key)} {before}: now {what}, which means the same")
    else:
        yield place.line(f"{word(key)} {before} → {after}")


def _unwritten(within: str, key: str) -> str | None:
    """Say what holds where a field is left out; None where nothing does."""
    words = _UNWRITTEN.get(within, {}).get(key)
    noun = _NOUNS.get(within)
    if words or noun is None:
        return words
    named = {info.alias or name: info.default for name, info in noun.model_fields.items()}
    default = named.get(key)
    if isinstance(default, bool):
        return "yes" if default else "no"
    return str(default) if isinstance(default, str | int) and default else None


def _days(old: str | None, new: str | None) -> list[str]:
    """Say which days are dropped and added; empty if they are a choice, or equal."""
    try:
        before, after = (Days.parse(text or "").numbers for text in (old, new))
    except QuantityError:
        return []
    listed = {
        "dropped": [str(day) for day in before if day not in after],
        "added": [str(day) for day in after if day not in before],
    }
    return [
        f"day{'s' if len(days) > 1 else ''} {', '.join(days)} {what}"
        for what, days in listed.items()
        if days
    ]


def _keyed(
    word: str, old: Mapping[str, Any], new: Mapping[str, Any], place: _Place
) -> Iterator[_Line]:
    """Compare mappings whose values are mappings, such as sources and later starts."""
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            yield from _member(
                f"{word} {key}", old.get(key), new.get(key), place._replace(within="")
            )


def _member(
    words: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, place: _Place
) -> Iterator[_Line]:
    """Report a mapping as added or dropped, or list its differences."""
    if old is not None and new is not None:
        yield from _mapping(old, new, place._replace(words=(*place.words, words)))
        return
    whole, what = (new or {}, "added") if old is None else (old, "dropped")
    if place.review:
        yield place.line(f"{words}: {what} ({text_of(whole)})")
        return
    yield place.line(f"{words}: {what} ({text_of(_noticed(whole))})")
    if review := {key: value for key, value in whole.items() if key in REVIEW_FIELDS}:
        yield place._replace(review=True).line(f"{words}: {what} ({text_of(review)})")


def _noticed(value: Any) -> Any:  # noqa: ANN401 - a tree's values
    """Leave out what a patient would not notice."""
    if isinstance(value, dict):
        held = {key: inner for key, inner in value.items() if key not in REVIEW_FIELDS}
        return {key: _noticed(inner) for key, inner in held.items()}
    return [_noticed(inner) for inner in value] if isinstance(value, list) else value


def _members(
    key: str, old: list[dict[str, Any]], new: list[dict[str, Any]], place: _Place
) -> Iterator[_Line]:
    """Compare the members of two lists: orders by id, cases and items by name."""
    inner = place._replace(within=key)
    pairs = _paired(old, new, key)
    for index, member in enumerate(old):
        if index not in pairs:
            yield from _member(_name(key, index, member), _rest(key, member), None, inner)
    for index, member in enumerate(new):
        if index not in pairs.values():
            yield from _member(_name(key, index, member), None, _rest(key, member), inner)
    for before, after in sorted(pairs.items(), key=lambda pair: pair[1]):
        if old[before] != new[after]:
            yield from _member(_name(key, before, old[before]), old[before], new[after], inner)
    places = [pairs[index] for index in sorted(pairs)]
    if places != sorted(places):
        yield place.line(f"{key} in another order")


def _paired(old: list[dict[str, Any]], new: list[dict[str, Any]], key: str) -> dict[int, int]:
    """Pair members by index: first the equal, then by name, then those equal but for the name."""
    pairs: dict[int, int] = {}
    for alike in (
        lambda before, after: before == after,
        lambda before, after: _names(key, before) == _names(key, after) != [],
        lambda before, after: _unnamed(key, before) == _unnamed(key, after),
    ):
        for before, member in enumerate(old):
            free = (index for index in range(len(new)) if index not in pairs.values())
            if before not in pairs:
                match = next((index for index in free if alike(member, new[index])), None)
                pairs |= {} if match is None else {before: match}
    return pairs


def _names(key: str, member: Mapping[str, Any]) -> list[str]:
    """List the value by which a member of this list is known; an order without id by its drug."""
    return [member[field] for field in _NAMED_BY.get(key, ()) if field in member][:1]


def _unnamed(key: str, member: dict[str, Any]) -> dict[str, Any]:
    names = _names(key, member)
    fields = _NAMED_BY.get(key, ())
    return {
        field: value for field, value in member.items() if field not in fields or value not in names
    }


def _rest(key: str, member: dict[str, Any]) -> dict[str, Any]:
    """Give the fields that are not part of a member's name."""
    in_name = _RHYTHM if key == "items" else ()
    return {field: value for field, value in _unnamed(key, member).items() if field not in in_name}


def _name(key: str, index: int, member: Mapping[str, Any]) -> str:
    """Name a member of a list as a clinician does."""
    name = next(iter(_names(key, member)), str(index + 1))
    if key == "items":
        rhythm = [f"{word(field)} {member[field]}" for field in _RHYTHM if field in member]
        return ", ".join([name, *rhythm])
    if key == "orders":
        return name
    if key in {"doses", "reduce"}:
        return f"{'reduced ' if key == 'reduce' else ''}where {name}"
    return f'case "{name}"' if key == "cases" else f"{word(key)} {name}"


def _texts(word: str, old: list[str], new: list[str], place: _Place) -> Iterator[_Line]:
    """Compare two lists of lines: give the first differences, and count the others."""
    lines: list[str] = []
    for _, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        before, after = old[first:last], new[start:end]
        if before == after:
            continue
        if len(before) == len(after):
            pairs = zip(before, after, strict=True)
            lines += [f'{word} "{text}" → "{new_text}"' for text, new_text in pairs]
        else:
            lines += [f'{word} "{text}" dropped' for text in before]
            lines += [f'{word} "{text}" added' for text in after]
    yield from map(place.line, lines[: place.most])
    if (rest := len(lines) - place.most) > 0:
        yield place.line(f"{word}, {rest} more line{'s differ' if rest > 1 else ' differs'}")
