"""Files to nouns: the only reader of ``regimens/``.

Decides which files make a library, and turns everything wrong in them into messages with
file, line and column, all at once. It does not judge doses: that is ``checks``.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from posology import tree
from posology.errors import LibraryError, Problem
from posology.model import Drug, Regimen, Site
from posology.model.kinds import Noun
from posology.quantity import shown

N = TypeVar("N", bound=Noun)
_PACKAGE = Path(__file__).parent
FOLDER = next(
    folder
    for folder in (_PACKAGE / "regimens", _PACKAGE.parents[1] / "regimens")
    if folder.is_dir()
)
"""The shipped library: inside an installed package, or beside ``src`` in a checkout."""
SITE = FOLDER / "site.yaml"


class Entry(NamedTuple):
    """A regimen of the library, with its identity and the places of its values."""

    id: str
    sha256: str
    regimen: Regimen
    tree: tree.Tree


class Library(NamedTuple):
    """Regimens by id, drugs by name."""

    regimens: Mapping[str, Entry]
    drugs: Mapping[str, Drug]


class SiteFile(NamedTuple):
    """What a hospital decides, with the identity of its file."""

    site: Site
    sha256: str
    example: bool = False
    """Whether it is the shipped example, which no hospital has made its own."""


def ids(folder: Path = FOLDER) -> list[str]:
    """List the ids of the regimens in a folder, without reading them."""
    return sorted(path.stem for path in folder.glob("*.yaml") if path.name != SITE.name)


def unknown(name: str) -> str:
    """Say that no regimen has this id, and which one may have been meant."""
    near = [one for one in ids() if name and name in one] or get_close_matches(name, ids(), n=1)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    return f"{shown(name)} is not a regimen of the library; {hint}posology list names them"


def load(only: str | None = None) -> Library:
    """Read the shipped library; or one regimen, by its id or the path of its file, with its drugs.

    A file outside the library is computed with the shipped drugs, unless its folder brings its
    own ``drugs/``.
    """
    if only is None:
        entries = [read_regimen(FOLDER / f"{name}.yaml") for name in ids()]
        return Library({entry.id: entry for entry in entries}, read_drugs(FOLDER / "drugs"))
    path = Path(only) if is_path(only) else FOLDER / f"{only}.yaml"
    entry = read_regimen(path)
    return Library(
        {entry.id: entry}, drugs_beside(path, {one.drug for one in entry.regimen.orders})
    )


def is_path(text: str) -> bool:
    """Tell the path of a regimen's file from an id."""
    return text.endswith(".yaml")


def drugs_beside(path: Path, only: Iterable[str] | None = None) -> dict[str, Drug]:
    """Read the drugs for a regimen's file: those of its own folder, else the shipped ones."""
    own = path.parent / "drugs"
    return read_drugs(own if own.is_dir() else FOLDER / "drugs", only)


def read_drugs(folder: Path, only: Iterable[str] | None = None) -> dict[str, Drug]:
    """Read the formulary entries of a folder."""
    paths = sorted(folder.glob("*.yaml"))
    if only is not None:
        paths = [path for path in paths if path.stem in set(only)]
    drugs = {}
    problems = []
    for path in paths:
        try:
            drug, _, where = _read(path, Drug)
        except LibraryError as error:
            problems.extend(error.problems)
            continue
        if drug.name != path.stem:
            message = f'must be the name of its file: "{path.stem}"'
            problems.append(where.problem(("name",), message))
        drugs[drug.name] = drug
    if problems:
        raise LibraryError(problems)
    return drugs


def read_regimen(path: Path) -> Entry:
    """Read one regimen file."""
    regimen, sha256, where = _read(path, Regimen)
    return Entry(path.stem, sha256, regimen, where)


def read_site(path: Path = SITE) -> SiteFile:
    """Read what a hospital decides."""
    site, sha256, _ = _read(path, Site)
    return SiteFile(site, sha256, path == SITE)


def _read(path: Path, noun: type[N]) -> tuple[N, str, tree.Tree]:
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise LibraryError([Problem(str(path), 1, 1, "file", message)]) from None
    where = tree.read(path.name, content)
    try:
        value = noun.model_validate(where.value)
    except ValidationError as error:
        raise LibraryError(sorted(_problems(error, noun, where))) from None
    return value, hashlib.sha256(content).hexdigest(), where


def _problems(error: ValidationError, noun: type[Noun], where: tree.Tree) -> Iterator[Problem]:
    faults = [
        (tuple(step for step in fault["loc"] if step != "[key]"), fault)
        for fault in error.errors(include_url=False)
    ]
    meant = {
        path: _meant(noun, path) for path, fault in faults if fault["type"] == "extra_forbidden"
    }
    for path, fault in faults:
        if fault["type"] == "missing":
            if path not in meant.values():  # else it stands there, misspelled
                yield where.problem(path, "is missing")
        elif path in meant:
            keys = ", ".join(_hint(noun, path[:-1]).model_fields)
            near = meant[path]
            hint = f'did you mean "{near[-1]}"?' if near else f"keys: {keys}"
            yield where.problem(path, f"is not a key here; {hint}", key=True)
        elif path not in where.marks or (fault["type"] == "too_short" and where.has_items(path)):
            continue  # it follows from another problem, which is said
        else:
            yield where.problem(path, _message(fault))


def _meant(noun: type[Noun], path: tree.Path) -> tree.Path | None:
    near = get_close_matches(str(path[-1]), _hint(noun, path[:-1]).model_fields, n=1)
    return (*path[:-1], near[0]) if near else None


def _message(fault: Any) -> str:  # noqa: ANN401 - pydantic's own kind
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    if fault["type"] == "literal_error":
        accepted = fault["ctx"]["expected"].replace("'", "")
        return f"{shown(str(fault['input']))} is not accepted; accepted: {accepted}"
    return _WORDS.get(fault["type"], str(fault["msg"]))


_WORDS = {
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most 400 characters",
    "tuple_type": "must be a list, each item on a line of its own after a hyphen",
    "too_short": "must hold at least one",
    "model_type": "must be keys with their values",
    "mapping_type": "must be keys with their values",
}


def _hint(noun: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - a type or a type hint
    """Find the noun that a path of a file leads to."""
    if get_origin(noun) in {UnionType, Union}:
        noun = next(part for part in get_args(noun) if part is not NoneType)
    if not path:
        return noun
    if isinstance(noun, type) and issubclass(noun, Noun):
        return _hint(noun.model_fields[str(path[0])].annotation, path[1:])
    key_or_item, *value = get_args(noun)
    return _hint(value[0] if value and value[0] is not Ellipsis else key_or_item, path[1:])
