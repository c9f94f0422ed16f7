"""Reports what is wrong in a file, in words and at its place."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from posology.errors import LibraryError, Problem
from posology.library import tree
from posology.model.kinds import Noun
from posology.text import shown

N = TypeVar("N", bound=Noun)


def validated(where: tree.Tree, noun: type[N]) -> N:
    """Make a noun of a file's values; raises LibraryError with every problem at its place."""
    try:
        return noun.model_validate(where.value)
    except ValidationError as error:
        found = sorted(problems(error, noun, where))
        # A fault without a place of its own must not pass without a word.
        raise LibraryError(found or [where.problem((), str(error.errors()[0]["msg"]))]) from None


def problems(error: ValidationError, noun: type[Noun], where: tree.Tree) -> Iterator[Problem]:
    """Give each fault at its place, with what is accepted; skip faults that follow from another."""
    faults = [
        (tuple(step for step in fault["loc"] if step != "[key]"), fault)
        for fault in error.errors(include_url=False)
    ]
    similar = {
        path: _similar_key(noun, path)
        for path, fault in faults
        if fault["type"] == "extra_forbidden"
    }
    for path, fault in faults:
        if fault["type"] == "missing":
            if path not in similar.values():  # else the key is there, misspelled
                yield where.problem(path, "is missing")
        elif path in similar:
            keys = ", ".join(_keys(noun, path[:-1]))
            near = similar[path]
            hint = f'did you mean "{near[-1]}"?' if near else f"keys: {keys}"
            yield where.problem(path, f"is not a key here; {hint}", key=True)
        elif fault["type"] == "too_short" and where.has_items(path):
            continue  # it follows from another problem, which is reported
        elif path in where.marks:
            yield where.problem(path, _message(fault))
        elif path[:-1] in where.marks and not where.has_items(path[:-1]):
            yield where.problem(path[:-1], _message(fault))  # one value where several may stand


def _keys(noun: type[Noun], path: tree.Path) -> list[str]:
    return [field.alias or name for name, field in _type_at(noun, path).model_fields.items()]


def _similar_key(noun: type[Noun], path: tree.Path) -> tree.Path | None:
    near = get_close_matches(str(path[-1]), _keys(noun, path[:-1]), n=1)
    return (*path[:-1], near[0]) if near else None


def _message(fault: Any) -> str:  # noqa: ANN401 - pydantic's own kind
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    if fault["type"] == "literal_error":
        accepted = fault["ctx"]["expected"].replace("'", "")
        written = str(fault["input"])
        options = re.split(r", | or ", accepted)
        meant = _SAID.get(written.lower().replace(".", ""))
        near = [meant] if meant in options else get_close_matches(written, options, n=1)
        hint = f'did you mean "{near[0]}"? ' if near else ""
        return f"{shown(written)} is not accepted; {hint}accepted: {accepted}"
    return _WORDS.get(fault["type"], str(fault["msg"]))


_SAID = {
    "sc": "subcutaneous", "subcut": "subcutaneous", "s/c": "subcutaneous", "iv": "intravenous",
    "i/v": "intravenous", "im": "intramuscular", "i/m": "intramuscular", "po": "oral",
    "by mouth": "oral", "orally": "oral", "it": "intrathecal", "pr": "rectal", "sl": "sublingual",
    "inh": "inhaled", "in": "nasal", "intranasal": "nasal", "eye drops": "ocular",
}  # fmt: skip
"""Short forms of routes that people write."""
_WORDS = {
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most 400 characters",
    "tuple_type": "must be a list, each item on a line of its own after a hyphen",
    "too_short": "must have at least one entry",
    "model_type": "must be keys with their values",
    "mapping_type": "must be keys with their values",
}


def _type_at(noun: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - a type or a type hint
    """Find the noun that a path of a file leads to."""
    if get_origin(noun) in {UnionType, Union}:
        noun = next(part for part in get_args(noun) if part is not NoneType)
    if not path:
        return noun
    if isinstance(noun, type) and issubclass(noun, Noun):
        fields = {field.alias or name: field for name, field in noun.model_fields.items()}
        return _type_at(fields[str(path[0])].annotation, path[1:])
    key_or_item, *value = get_args(noun)
    return _type_at(value[0] if value and value[0] is not Ellipsis else key_or_item, path[1:])
