"""Reads ``regimens/`` into nouns; no other module reads it.

Decides which files make a library, and reports all their problems at once, each
with file, line and column. It does not judge doses: that is ``checks``.
"""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple

from posology.disk import Where, path_of
from posology.errors import LibraryError, Problem
from posology.library import tree
from posology.library.extending import extended
from posology.library.problems import validated
from posology.library.shelf import (
    COMBINATIONS,
    FOLDER,
    SAFETY,
    SITE,
    combinations_for,
    drugs_for,
    files_sha256,
    formulary_for,
    read_combinations,
    read_drug,
    read_drugs,
    read_noun,
    sha256_of,
)
from posology.model import Combinations, Drug, Regimen, Site
from posology.text import shown

__all__ = [
    "COMBINATIONS", "FOLDER", "SAFETY", "SITE", "Entry", "Library", "SiteFile",
    "combinations_for", "drugs_for", "entry_of", "files_sha256", "ids", "is_path", "kind", "load",
    "read_combinations", "read_drug", "read_drugs", "read_regimen", "read_site", "read_text",
    "regimens", "unknown",
]  # fmt: skip
Kind = Literal["site", "combinations", "regimen"]
_REVIEW_KEYS = {"status", "review", "replaced_by"}
_NO_REGIMENS = {SITE.name, COMBINATIONS.name}


class Entry(NamedTuple):
    """A regimen of the library, with its identity and the places of its values.

    ``sha256`` is that of the file (and of its base); ``content_sha256`` that of what a
    reviewer reads, without status and review.
    """

    id: str
    sha256: str
    content_sha256: str
    regimen: Regimen
    tree: tree.Tree

    def __repr__(self) -> str:
        """Print it in few words: ``Entry(scleromyxedema-ivig, c3a366b9)``."""
        return f"Entry({self.id}, {self.sha256[:8]})"


class Library(NamedTuple):
    """Regimens by id, drugs by name, and the combinations of drugs that need a look."""

    regimens: Mapping[str, Entry]
    drugs: Mapping[str, Drug]
    combinations: Combinations
    drug_files: Mapping[str, str] = MappingProxyType({})
    """The sha256 of each drug's file, by its name."""
    drug_names: frozenset[str] = frozenset()
    """All drugs that there are files of, also those that were not read."""

    def __repr__(self) -> str:
        """Print it in few words: ``Library(11 regimens, 9 drugs)``."""
        return f"Library({len(self.regimens)} regimens, {len(self.drugs)} drugs)"


class SiteFile(NamedTuple):
    """What a hospital decides, with the identity of its file."""

    site: Site
    sha256: str
    example: bool = False
    """Whether it is the shipped example site, not that of a hospital."""


def ids(folder: Where = FOLDER) -> list[str]:
    """List the ids of the regimens in a folder, without reading them."""
    paths = path_of(folder).glob("*.yaml")
    return sorted(path.stem for path in paths if path.name not in _NO_REGIMENS)


def regimens(beside: Where | None = None) -> dict[str, Path]:
    """Give the file of each regimen by its id: the shipped ones, and those of a hospital's folder.

    Where both have a regimen of one id, that of the hospital counts; its plans say so.
    """
    found = {name: FOLDER / f"{name}.yaml" for name in ids()}
    if beside is not None:
        folder = path_of(beside)
        if not folder.is_dir():
            raise LibraryError([Problem(str(folder), 1, 1, "library", "is not a folder")])
        found |= {name: folder / f"{name}.yaml" for name in ids(folder)}
    return dict(sorted(found.items()))


def unknown(name: str, beside: Where | None = None) -> str:
    """Say that no regimen has this id, and suggest a similar id."""
    known_ids = list(regimens(beside))
    near = [known for known in known_ids if name and name in known] or get_close_matches(
        name, known_ids, n=1
    )
    hint = f'did you mean "{near[0]}"? ' if near else ""
    return f"{shown(name)} is not a regimen of the library; {hint}posology list names them"


def load(only: Where | None = None, beside: Where | None = None) -> Library:
    """Read the shipped library; or regimens of one's own, with their drugs and combinations.

    ``only`` is an id of the library, or the path of a .yaml file or of a folder, of which every
    regimen is read. ``beside`` is a hospital's folder, whose regimens stand beside the shipped
    ones. Drugs of a folder ``drugs/`` stand beside the shipped ones too, and in place of those of
    the same name; a ``combinations.yaml`` of the folder stands in place of the shipped one.
    """
    known = regimens(beside)
    if only is None:
        shipped = _load_folder(FOLDER)
        if beside is None:
            return shipped
        own = _load_folder(path_of(beside))
        return own._replace(regimens={**shipped.regimens, **own.regimens})
    path = known[only] if isinstance(only, str) and only in known else path_of(only)
    if path.is_dir():
        return _load_folder(path)
    if isinstance(only, str) and not is_path(only) and not path.exists():
        raise LibraryError([Problem(only, 1, 1, "regimen", unknown(only, beside))])
    entry = read_regimen(path)
    only_drugs = {order.drug for order in entry.regimen.orders}
    folder = path.parent if beside is None or is_path(str(only)) else path_of(beside)
    drugs, hashes = formulary_for(folder, only_drugs)
    names = {file.stem for shelf in (FOLDER, folder) for file in shelf.glob("drugs/*.yaml")}
    return Library({entry.id: entry}, drugs, combinations_for(folder), hashes, frozenset(names))


def _load_folder(folder: Path) -> Library:
    """Read every regimen of a folder; raises LibraryError with the problems of all its files."""
    entries: list[Entry] = []
    wrong = [
        Problem(path.name, 1, 1, "file", "must end in .yaml; other names are not read")
        for path in sorted(folder.glob("*.yml"))
    ]
    for path in sorted(folder.glob("*.yaml"), key=lambda path: path.stem):
        try:
            content, where = tree.read_file(path)
            if _kind(where) == "regimen":
                entries.append(_read_regimen(path, content, where))
        except LibraryError as error:
            wrong.extend(error.problems)
    if not entries and not wrong:
        wrong = [Problem(str(folder), 1, 1, "folder", "holds no regimen (.yaml)")]
    try:
        drugs, hashes = formulary_for(folder)
    except LibraryError as error:
        wrong.extend(error.problems)
    if wrong:
        raise LibraryError(wrong)
    regimens = {entry.id: entry for entry in entries}
    return Library(regimens, drugs, combinations_for(folder), hashes)


def is_path(text: str) -> bool:
    """Tell the path of a regimen's file from an id."""
    return text.endswith(".yaml")


def read_regimen(path: Where) -> Entry:
    """Read one regimen file, and the one that it extends, from the same folder or the library."""
    path = path_of(path)
    content, where = tree.read_file(path)
    return _read_regimen(path, content, where)


def _read_regimen(path: Path, content: bytes, where: tree.Tree) -> Entry:
    hashes = [content]
    values = where.value
    if isinstance(values, dict) and isinstance(values.get("extends"), str):
        base_content, base = tree.read_file(_base(path, values["extends"], where))
        hashes.append(base_content)
        where = where._replace(value=extended(values, base, where))
    return entry_of(path.stem, sha256_of(*hashes), where)


def read_text(name: str, text: str) -> Entry:
    """Read a regimen that is not in a file, under the id that its file would have."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        message = f"{shown(name)} is not an id; write small letters, digits and hyphens"
        raise LibraryError([Problem("id", 1, 1, "id", message)])
    content = text.encode(errors="replace")
    return _read_regimen(FOLDER / f"{name}.yaml", content, tree.read(f"{name}.yaml", content))


def entry_of(name: str, sha256: str, where: tree.Tree) -> Entry:
    """Make an entry of a regimen's values; a review of other content has lapsed."""
    regimen = validated(where, Regimen)
    read = {key: value for key, value in where.value.items() if key not in _REVIEW_KEYS}
    content_sha256 = sha256_of(json.dumps(read, sort_keys=True).encode())
    if regimen.status == "reviewed" and regimen.review and regimen.review.sha256 != content_sha256:
        regimen = regimen.model_copy(update={"status": "lapsed"})
    return Entry(name, sha256, content_sha256, regimen, where)


def _base(path: Path, name: str, where: tree.Tree) -> Path:
    for folder in (path.parent, FOLDER):
        base = folder / f"{name}.yaml"
        if re.fullmatch(r"[a-z0-9-]+", name) and base.is_file():
            return base
    raise LibraryError([where.problem(("extends",), unknown(name))])


def kind(path: Where) -> Kind:
    """Tell whether a file is a site, a table of combinations or a regimen, by its keys."""
    _, where = tree.read_file(path_of(path))
    return _kind(where)


def _kind(where: tree.Tree) -> Kind:
    keys = where.value if isinstance(where.value, dict) else {}
    if "time_zone" in keys:
        return "site"
    return "combinations" if "combinations" in keys else "regimen"


def read_site(path: Where = SITE) -> SiteFile:
    """Read what a hospital decides."""
    path = path_of(path)
    site, sha256, _ = read_noun(path, Site)
    return SiteFile(site, sha256, path == SITE or site.name == "Example hospital")
