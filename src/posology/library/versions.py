"""Two versions of a regimen, compared text by text: no field of a file can be forgotten.

The comparison walks the trees of the two files, so that a new field is told without a change
here. The tables below only choose words and order, and say what a patient would not notice.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from posology.errors import QuantityError
from posology.library import Entry
from posology.model.kinds import Days

REVIEW_FIELDS = frozenset({
    "cases", "duration_because", "duration_quote", "erratum", "extends", "inferred", "quote",
    "review", "source", "sources", "unclear", "version",
})  # fmt: skip
"""What a reviewer would notice and a patient would not; every other field concerns a patient."""
_FIRST = (
    "name", "indication", "status", "dose", "doses", "every", "days", "times", "route", "at",
    "duration", "risks", "from", "most", "reduce", "orders", "items",
)  # fmt: skip
_WORDS = {
    "at": "given at", "cases": "case", "choose": "choice", "most": "at most",
    "optional": "may be left out", "sources": "source", "steps": "step", "times": "times a day",
}  # fmt: skip
_UNWRITTEN = {
    "orders": {
        "at": "the site's times", "days": "1", "duration": "the regimen's", "on": "any day",
        "optional": "no", "times": "1",
    },
    "items": {"days": "1", "where": "all patients"},
}  # fmt: skip
"""What holds where an order or an item leaves a field out."""
_NAMED_BY = {
    "cases": ("name",), "doses": ("when",), "items": ("name",), "most": ("amount",),
    "orders": ("id", "drug"), "reduce": ("when",), "steps": ("dose",),
}  # fmt: skip
_RHYTHM = ("every", "before", "after", "duration")
_MOST_LINES = 5
"""Told of a list of lines one by one, such as the dates of a case; the rest is counted."""


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

    def below(self, key: str, *, review: bool = False) -> "_Place":
        """Give the place of a mapping that stands under a key here."""
        return _Place((*self.words, key), "", self.review or review)

    def line(self, text: str) -> "_Line":
        return _Line(self.review, ": ".join((*self.words, text)))


class _Line(NamedTuple):
    review: bool
    text: str


def difference(old: Entry, new: Entry) -> Difference:
    """Compare every value of two regimens; comments, order of keys and layout are none."""
    was, now = ({**one.tree.value, "status": one.regimen.status} for one in (old, new))
    lines = list(_mapping(was, now, _Place()))
    return Difference(
        tuple(one.text for one in lines if not one.review),
        tuple(one.text for one in lines if one.review),
    )


def _mapping(was: Mapping[str, Any], now: Mapping[str, Any], place: _Place) -> Iterator[_Line]:
    for key in _ordered({**was, **now}):
        if was.get(key) != now.get(key):
            yield from _value(key, was.get(key), now.get(key), place)


def _value(key: str, was: Any, now: Any, place: _Place) -> Iterator[_Line]:  # noqa: ANN401 - a tree's values
    """Tell two values apart that differ; None where a value is not written."""
    review = key in REVIEW_FIELDS
    own = place._replace(review=place.review or review)
    kinds = {type(one) for one in (was, now) if one is not None}
    if kinds == {dict}:
        whole = was is None or now is None
        if whole and not _are_all(dict, (now if was is None else was).values()):
            yield from _member(_word(key), was, now, own)
            return
        below = place.below(_word(key), review=review)
        if _are_all(dict, [*(was or {}).values(), *(now or {}).values()]):
            yield from _keyed(_word(key), was or {}, now or {}, own)
        else:
            yield from _mapping(was or {}, now or {}, below)
    elif kinds == {list} and (texts := [*(was or ()), *(now or ())]):
        if _are_all(dict, texts):
            yield from _members(key, was or [], now or [], own)
        elif _are_all(str, texts):
            yield from _texts(_word(key), was or [], now or [], own)
        else:
            yield own.line(f"{_word(key)} {_text(was)} → {_text(now)}")
    else:
        yield from _leaf(key, was, now, own)


def _are_all(kind: type, values: Iterable[Any]) -> bool:
    values = list(values)
    return bool(values) and all(isinstance(one, kind) for one in values)


def _leaf(key: str, was: Any, now: Any, place: _Place) -> Iterator[_Line]:  # noqa: ANN401 - as above
    unwritten = _UNWRITTEN.get(place.within, {})
    before, after = (unwritten.get(key) if one is None else _text(one, key) for one in (was, now))
    if key == "days" and (days := _days(before, after)):
        yield from (place.line(one) for one in days)
    elif before is None:
        yield place.line(f"{_word(key)} added ({after})")
    elif after is None:
        yield place.line(f"{_word(key)} dropped ({before})")
    elif before == after and None in (was, now):
        what = "written" if was is None else "left out"
        yield place.line(f"{_word(key)} {before}: now {what}, which means the same")
    else:
        yield place.line(f"{_word(key)} {before} → {after}")


def _days(was: str | None, now: str | None) -> list[str]:
    """Say which days are dropped and added; nothing where they are a choice, or the same."""
    try:
        before, after = (Days.parse(one or "").numbers for one in (was, now))
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
    word: str, was: Mapping[str, Any], now: Mapping[str, Any], place: _Place
) -> Iterator[_Line]:
    """Tell mappings apart that hold a mapping under each key, such as sources and later starts."""
    for key in dict.fromkeys([*was, *now]):
        if was.get(key) != now.get(key):
            yield from _member(
                f"{word} {key}", was.get(key), now.get(key), place._replace(within="")
            )


def _member(
    words: str, was: Mapping[str, Any] | None, now: Mapping[str, Any] | None, place: _Place
) -> Iterator[_Line]:
    """Tell a mapping as added, dropped, or by what differs in it."""
    if was is not None and now is not None:
        yield from _mapping(was, now, place._replace(words=(*place.words, words)))
        return
    whole, what = (now or {}, "added") if was is None else (was, "dropped")
    if place.review:
        yield place.line(f"{words}: {what} ({_text(whole)})")
        return
    yield place.line(f"{words}: {what} ({_text(_noticed(whole))})")
    if review := {key: value for key, value in whole.items() if key in REVIEW_FIELDS}:
        yield place._replace(review=True).line(f"{words}: {what} ({_text(review)})")


def _noticed(value: Any) -> Any:  # noqa: ANN401 - a tree's values
    """Leave out what a patient would not notice."""
    if isinstance(value, dict):
        held = {key: inner for key, inner in value.items() if key not in REVIEW_FIELDS}
        return {key: _noticed(inner) for key, inner in held.items()}
    return [_noticed(inner) for inner in value] if isinstance(value, list) else value


def _members(
    key: str, was: list[dict[str, Any]], now: list[dict[str, Any]], place: _Place
) -> Iterator[_Line]:
    """Tell the members of a list apart: orders by id, cases and items by name."""
    inner = place._replace(within=key)
    pairs = _paired(was, now, key)
    for index, one in enumerate(was):
        if index not in pairs:
            yield from _member(_name(key, index, one), _rest(key, one), None, inner)
    for index, one in enumerate(now):
        if index not in pairs.values():
            yield from _member(_name(key, index, one), None, _rest(key, one), inner)
    for before, after in sorted(pairs.items(), key=lambda pair: pair[1]):
        if was[before] != now[after]:
            yield from _member(_name(key, before, was[before]), was[before], now[after], inner)
    places = [pairs[index] for index in sorted(pairs)]
    if places != sorted(places):
        yield place.line(f"{key} in another order")


def _paired(was: list[dict[str, Any]], now: list[dict[str, Any]], key: str) -> dict[int, int]:
    """Pair the places of members: the equal, then those of one name, then those but for a name."""
    pairs: dict[int, int] = {}
    for alike in (
        lambda one, other: one == other,
        lambda one, other: _names(key, one) == _names(key, other) != [],
        lambda one, other: _unnamed(key, one) == _unnamed(key, other),
    ):
        for before, one in enumerate(was):
            free = (index for index in range(len(now)) if index not in pairs.values())
            if before not in pairs:
                match = next((index for index in free if alike(one, now[index])), None)
                pairs |= {} if match is None else {before: match}
    return pairs


def _names(key: str, one: Mapping[str, Any]) -> list[str]:
    """List the value by which a member of this list is known; an order without id by its drug."""
    return [one[field] for field in _NAMED_BY.get(key, ()) if field in one][:1]


def _unnamed(key: str, one: dict[str, Any]) -> dict[str, Any]:
    names = _names(key, one)
    fields = _NAMED_BY.get(key, ())
    return {
        field: value for field, value in one.items() if field not in fields or value not in names
    }


def _rest(key: str, one: dict[str, Any]) -> dict[str, Any]:
    """Give what does not stand in a member's name."""
    shown = _RHYTHM if key == "items" else ()
    return {field: value for field, value in _unnamed(key, one).items() if field not in shown}


def _name(key: str, index: int, one: Mapping[str, Any]) -> str:
    """Name a member of a list as a clinician does."""
    name = next(iter(_names(key, one)), str(index + 1))
    if key == "items":
        return ", ".join([name, *(f"{_word(each)} {one[each]}" for each in _RHYTHM if each in one)])
    if key == "orders":
        return name
    if key in {"doses", "reduce"}:
        return f"{'reduced ' if key == 'reduce' else ''}where {name}"
    return f'case "{name}"' if key == "cases" else f"{_word(key)} {name}"


def _texts(word: str, was: list[str], now: list[str], place: _Place) -> Iterator[_Line]:
    """Tell two lists of lines apart: the first differences, and how many more there are."""
    lines: list[str] = []
    for _, first, last, start, end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        before, after = was[first:last], now[start:end]
        if before == after:
            continue
        if len(before) == len(after):
            pairs = zip(before, after, strict=True)
            lines += [f'{word} "{one}" → "{other}"' for one, other in pairs]
        else:
            lines += [f'{word} "{one}" dropped' for one in before]
            lines += [f'{word} "{one}" added' for one in after]
    yield from map(place.line, lines[:_MOST_LINES])
    if (more := len(lines) - _MOST_LINES) > 0:
        yield place.line(f"{word}, {more} more line{'s differ' if more > 1 else ' differs'}")


def _ordered(keys: Iterable[str]) -> list[str]:
    """Put what a clinician reads first before all others."""
    return sorted(keys, key=lambda key: _FIRST.index(key) if key in _FIRST else len(_FIRST))


def _word(key: str) -> str:
    return _WORDS.get(key, key.replace("_", " "))


def _text(value: Any, key: str = "") -> str:  # noqa: ANN401 - as above
    """Write a value in one line."""
    if isinstance(value, dict):
        fields = (f"{_word(one)} {_text(value[one], one)}" for one in _ordered(value))
        return ", ".join(fields) or "empty"
    if isinstance(value, list) and len(value) > _MOST_LINES and _are_all(str, value):
        return f"{len(value)} lines"
    if isinstance(value, list):
        return "; ".join(_text(inner) for inner in value) or "empty"
    return f'"{value}"' if key in {"quote", "duration_quote", "printed"} else str(value)
