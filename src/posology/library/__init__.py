"""Reads ``regimens/`` into nouns; no other module reads it.

Decides which files make a library, and reports all their problems at once, each
with file, line and column. It does not judge doses: that is ``checks``.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar

from posology.disk import Where, path_of
from posology.errors import LibraryError, Problem
from posology.library import tree
from posology.library.extending import extended
from posology.library.problems import validated
from posology.model import Combinations, Drug, Regimen, Site
from posology.model.kinds import Noun
from posology.text import shown

N = TypeVar("N", bound=Noun)
Kind = Literal["site", "combinations", "regimen"]
_REVIEW_KEYS = {"status", "review", "replaced_by"}
_PACKAGE = Path(__file__).parents[1]
FOLDER = next(
    folder
    for folder in (_PACKAGE / "regimens", _PACKAGE.parents[1] / "regimens")
    if folder.is_dir()
)
"""The shipped library: inside an installed package, or beside ``src`` in a checkout."""
SAFETY = next(
    path for path in (_PACKAGE / "SAFETY.md", _PACKAGE.parents[1] / "SAFETY.md") if path.is_file()
)
"""What Posology promises and what it does not check."""
SITE = FOLDER / "site.yaml"
COMBINATIONS = FOLDER / "combinations.yaml"
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


def unknown(name: str) -> str:
    """Say that no regimen has this id, and suggest a similar id."""
    near = [known for known in ids() if name and name in known] or get_close_matches(
        name, ids(), n=1
    )
    hint = f'did you mean "{near[0]}"? ' if near else ""
    return f"{shown(name)} is not a regimen of the library; {hint}posology list names them"


def load(only: Where | None = None) -> Library:
    """Read the shipped library; or regimens of one's own, with their drugs and combinations.

    ``only`` is an id of the shipped library, or the path of a .yaml file or of a folder, of which
    every regimen is read. They are computed with the shipped drugs and combinations, unless their
    folder brings its own ``drugs/`` or ``combinations.yaml``.
    """
    if only is None:
        return _load_folder(FOLDER)
    path = FOLDER / f"{only}.yaml" if isinstance(only, str) and only in ids() else path_of(only)
    if path.is_dir():
        return _load_folder(path)
    if isinstance(only, str) and not is_path(only) and not path.exists():
        raise LibraryError([Problem(only, 1, 1, "regimen", unknown(only))])
    entry = read_regimen(path)
    only_drugs = {order.drug for order in entry.regimen.orders}
    drugs, hashes = _formulary(_drug_folder(path.parent), only_drugs)
    return Library({entry.id: entry}, drugs, combinations_for(path.parent), hashes)


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
        drugs, hashes = _formulary(_drug_folder(folder))
    except LibraryError as error:
        wrong.extend(error.problems)
    if wrong:
        raise LibraryError(wrong)
    regimens = {entry.id: entry for entry in entries}
    return Library(regimens, drugs, combinations_for(folder), hashes)


def is_path(text: str) -> bool:
    """Tell the path of a regimen's file from an id."""
    return text.endswith(".yaml")


def drugs_for(folder: Where, only: Iterable[str] | None = None) -> dict[str, Drug]:
    """Read the drugs for the regimens of a folder: its own, else the shipped ones."""
    return read_drugs(_drug_folder(folder), only)


def _drug_folder(folder: Where) -> Path:
    local = path_of(folder) / "drugs"
    return local if local.is_dir() else FOLDER / "drugs"


def combinations_for(folder: Where) -> Combinations:
    """Read the combinations for the regimens of a folder: its own, else the shipped ones."""
    local = path_of(folder) / COMBINATIONS.name
    return read_combinations(local if local.is_file() else COMBINATIONS)


def read_drugs(folder: Where, only: Iterable[str] | None = None) -> dict[str, Drug]:
    """Read the formulary entries of a folder; raises LibraryError where there is no folder."""
    return _formulary(folder, only)[0]


def _formulary(
    folder: Where, only: Iterable[str] | None = None
) -> tuple[dict[str, Drug], dict[str, str]]:
    """Read the drugs of a folder, and the sha256 of each file, both by name."""
    if not path_of(folder).is_dir():
        raise LibraryError([Problem(str(folder), 1, 1, "folder", "is not a folder of drugs")])
    paths = sorted(path_of(folder).glob("*.yaml"))
    if only is not None:
        paths = [path for path in paths if path.stem in set(only)]
    drugs, hashes = {}, {}
    wrong: list[Problem] = []
    for path in paths:
        try:
            drug, sha256, _ = _read_drug(path)
        except LibraryError as error:
            wrong.extend(error.problems)
            continue
        drugs[drug.name], hashes[drug.name] = drug, sha256
    if wrong:
        raise LibraryError(wrong)
    return drugs, hashes


def read_drug(path: Where) -> tuple[Drug, tree.Tree]:
    """Read one formulary entry, with the places of its values."""
    drug, _, where = _read_drug(path_of(path))
    return drug, where


def _read_drug(path: Path) -> tuple[Drug, str, tree.Tree]:
    drug, sha256, where = _read(path, Drug)
    if drug.name != path.stem:
        message = f'must be the name of its file: "{path.stem}"'
        raise LibraryError([where.problem(("name",), message)])
    return drug, sha256, where


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
    return entry_of(path.stem, _sha256(*hashes), where)


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
    content_sha256 = _sha256(json.dumps(read, sort_keys=True).encode())
    if regimen.status == "reviewed" and regimen.review and regimen.review.sha256 != content_sha256:
        regimen = regimen.model_copy(update={"status": "lapsed"})
    return Entry(name, sha256, content_sha256, regimen, where)


def schema() -> dict[str, Any]:
    """Give the JSON Schema of a regimen file, so that editors complete and check it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Posology regimen",
        **Regimen.model_json_schema(by_alias=True),
    }


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


def read_combinations(path: Where = COMBINATIONS) -> Combinations:
    """Read the combinations of drugs that need a look."""
    table, _, where = _read(path_of(path), Combinations)
    for index, combination in enumerate(table.combinations):
        if combination.source not in table.sources:
            message = f"{combination.source} is not among the sources"
            raise LibraryError([where.problem(("combinations", index, "source"), message)])
    return table


def read_site(path: Where = SITE) -> SiteFile:
    """Read what a hospital decides."""
    path = path_of(path)
    site, sha256, _ = _read(path, Site)
    return SiteFile(site, sha256, path == SITE or site.name == "Example hospital")


def _read(path: Path, noun: type[N]) -> tuple[N, str, tree.Tree]:
    content, where = tree.read_file(path)
    return validated(where, noun), _sha256(content), where


def _sha256(*contents: bytes) -> str:
    return hashlib.sha256(b"".join(contents)).hexdigest()
