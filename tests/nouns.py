"""The fields of the nouns, found from their types: no test has to name them by hand."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from posology.model.kinds import Noun

Path = tuple[str | int, ...]


def noun_in(annotation: Any) -> type[Noun] | None:
    """Find the noun in a type such as ``tuple[Row, ...]`` or ``Mapping[Name, Source]``."""
    if isinstance(annotation, type) and issubclass(annotation, Noun):
        return annotation
    found = (noun_in(part) for part in get_args(annotation))
    return next((one for one in found if one), None)


def parts(noun: type[Noun]) -> dict[str, type[Noun]]:
    """List a noun and every noun that is part of it, by name."""
    found = {noun.__name__: noun}
    for info in noun.model_fields.values():
        inner = noun_in(info.annotation)
        if inner and inner.__name__ not in found:
            found |= parts(inner)
    return found


def fields(noun: type[Noun]) -> set[tuple[str, str]]:
    """List every field of a noun and of its parts."""
    return {(name, field) for name, one in parts(noun).items() for field in one.model_fields}


def filled(noun: type[Noun], value: dict, path: Path = ()) -> Iterator[tuple[str, str, Path]]:
    """Give each field that a tree fills: noun, field, and where it stands."""
    for name, info in noun.model_fields.items():
        key = info.alias or name
        if key not in value:
            continue
        here = (*path, key)
        yield noun.__name__, name, here
        if inner := noun_in(info.annotation):
            for step, one in members(value[key], keyed=is_keyed(info.annotation)):
                yield from filled(inner, one, (*here, *step))


def is_keyed(annotation: Any) -> bool:
    return get_origin(annotation) is Mapping


def members(value: Any, *, keyed: bool) -> Iterator[tuple[Path, dict]]:
    """List the members of a field: of a list, of names, or the one that it is."""
    if isinstance(value, list):
        yield from (((index,), one) for index, one in enumerate(value))
    elif keyed:
        yield from (((name,), one) for name, one in value.items())
    else:
        yield (), value


def texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """List the texts of a value with their paths."""
    if isinstance(value, str):
        yield path, value
    else:
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts(inner, (*path, step))


def at(value: Any, path: Path) -> Any:
    """Give what stands at a path of a tree."""
    for step in path:
        value = value[step]
    return value
