"""Where the shipped files are, and how a file of drugs, combinations or a site is read."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from posology.disk import Where, path_of
from posology.errors import LibraryError, Problem
from posology.library import tree
from posology.library.problems import validated
from posology.model import Combinations, Drug
from posology.model.kinds import Noun

N = TypeVar("N", bound=Noun)
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


def files_sha256(beside: Where | None = None) -> str:
    """Give one sha256 of all files that plans are computed from, the shipped ones and one's own."""
    folders = [FOLDER, *([path_of(beside)] if beside is not None else [])]
    paths = [path for folder in folders for part in (folder, folder / "drugs")
             for path in sorted(part.glob("*.yaml"))]  # fmt: skip
    return sha256_of(
        *(piece for path in paths for piece in (path.name.encode(), path.read_bytes()))
    )


def drugs_for(folder: Where, only: Iterable[str] | None = None) -> dict[str, Drug]:
    """Read the drugs for the regimens of a folder: the shipped ones, and its own over them."""
    return formulary_for(path_of(folder), only)[0]


def formulary_for(
    folder: Path, only: Iterable[str] | None = None
) -> tuple[dict[str, Drug], dict[str, str]]:
    """Read the shipped drugs and those of a folder, which replace them by name."""
    shipped, local = FOLDER / "drugs", folder / "drugs"
    own: tuple[dict[str, Drug], dict[str, str]] = ({}, {})
    if local != shipped and local.is_dir():
        own = _formulary(local, only)
    wanted = {path.stem for path in shipped.glob("*.yaml")} if only is None else set(only)
    drugs, hashes = _formulary(shipped, wanted - own[0].keys())
    return {**drugs, **own[0]}, {**hashes, **own[1]}


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
    drug, sha256, where = read_noun(path, Drug)
    if drug.name != path.stem:
        message = f'must be the name of its file: "{path.stem}"'
        raise LibraryError([where.problem(("name",), message)])
    return drug, sha256, where


def read_combinations(path: Where = COMBINATIONS) -> Combinations:
    """Read the combinations of drugs that need a look."""
    table, _, where = read_noun(path_of(path), Combinations)
    for index, combination in enumerate(table.combinations):
        if combination.source not in table.sources:
            message = f"{combination.source} is not among the sources"
            raise LibraryError([where.problem(("combinations", index, "source"), message)])
    return table


def read_noun(path: Path, noun: type[N]) -> tuple[N, str, tree.Tree]:
    """Read a file of one noun: the noun, the sha256 of the file, the places of its values."""
    content, where = tree.read_file(path)
    return validated(where, noun), sha256_of(content), where


def sha256_of(*contents: bytes) -> str:
    """Give the sha256 of contents, one after the other."""
    return hashlib.sha256(b"".join(contents)).hexdigest()
