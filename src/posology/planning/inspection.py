"""Check files: every finding with its file, line and column.

Reads the files, runs the checks, and computes the worked cases.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from posology import library as files
from posology.checks import check
from posology.checks.formulary import check_drug
from posology.checks.site import check_site
from posology.disk import Where, path_of
from posology.errors import LibraryError, PosologyError, Problem
from posology.library import Library, SiteFile
from posology.library.tree import Tree, read_file
from posology.model import LEVELS, Combinations, Drug, Finding, Level
from posology.planning.cases import failures, not_planned


class Placed(NamedTuple):
    """A finding at its place in a file."""

    file: str
    line: int
    column: int
    code: str
    level: Level
    where: str
    message: str

    def __str__(self) -> str:
        """Print it in the form that editors and people can follow."""
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.where}: {self.message} [{self.level} {self.code}]"


class Report(NamedTuple):
    """How many files were checked, and the findings, the gravest of each file first."""

    files: int
    regimens: int
    cases: int
    findings: tuple[Placed, ...]


def inspect(paths: Iterable[Where], site: Where | None = None) -> Report:
    """Check files, or a folder with its drugs, and locate each finding.

    With a ``site`` its file is checked too, and each case is planned with its stock and clock.
    """
    shelf = _Shelf(
        cache(files.read_site), cache(files.drugs_for), cache(files.combinations_for),
        own=cache(lambda: files.read_site(site) if site else None),
    )  # fmt: skip
    all_paths = [*map(path_of, paths), *([path_of(site)] if site else [])]
    count = regimens = cases = 0
    found: list[Placed] = []
    for path in all_paths:
        for file in _files(path):
            count += 1
            label = file.name if path == files.FOLDER else str(file)
            try:
                inspected, worked = _one_file(file, shelf)
            except LibraryError as error:
                inspected, worked = [_unreadable(problem) for problem in error.problems], None
            except PosologyError as error:  # the other files are checked all the same
                problem = Problem(file.name, 1, 1, "file", f"cannot be checked: {error}")
                inspected, worked = [_unreadable(problem)], None
            if worked is not None:
                regimens, cases = regimens + 1, cases + worked
            # A problem in a drug file keeps the name of that file.
            found += (
                placed._replace(file=label) if placed.file == file.name else placed
                for placed in inspected
            )
    return Report(count, regimens, cases, tuple(dict.fromkeys(found)))


def _files(path: Path) -> list[Path]:
    """List the files to check; with a regimen of one's own those of its own drugs."""
    drugs = path.parent / "drugs"
    if path.is_file() and path.parent != files.FOLDER and drugs.is_dir():
        try:
            orders = files.read_regimen(path).regimen.orders
        except PosologyError:  # no regimen, or one that cannot be read, as will be said
            return [path]
        own = (drugs / f"{name}.yaml" for name in dict.fromkeys(each.drug for each in orders))
        return [path, *(each for each in own if each.is_file())]
    if not path.is_dir():
        return [path]
    return sorted(path.glob("*.yaml")) + sorted((path / "drugs").glob("*.yaml"))


class _Shelf(NamedTuple):
    """Readers of what a regimen needs; each folder is read once in a run."""

    site: Callable[[], SiteFile]
    drugs: Callable[[Path], Mapping[str, Drug]]
    combinations: Callable[[Path], Combinations]
    own: Callable[[], SiteFile | None]
    """The hospital's own site, if one is given; ``site`` is the shipped example."""


def _one_file(file: Path, shelf: _Shelf) -> tuple[list[Placed], int | None]:
    """Check a file of any kind. The second value is the number of cases of a regimen."""
    if file.parent.name == "drugs":
        drug, where = files.read_drug(file)
        return _at_their_places(check_drug(drug), where), None
    kind = files.kind(file)
    if kind == "site":
        site, drugs = files.read_site(file).site, shelf.drugs(file.parent)
        doubtful = check_site(site, shelf.site().site, drugs)
        return _at_their_places(doubtful, read_file(file)[1]), None
    if kind == "combinations":
        files.read_combinations(file)
        return [], None
    entry = files.read_regimen(file)
    drugs, combinations = shelf.drugs(file.parent), shelf.combinations(file.parent)
    library = Library({entry.id: entry}, drugs, combinations)
    return _inspected(library, shelf), len(entry.regimen.worked)


def _unreadable(problem: Problem) -> Placed:
    return Placed(
        file=problem.file,
        line=problem.line,
        column=problem.column,
        code="unreadable",
        level="stop",
        where=problem.field,
        message=problem.message,
    )


def _inspected(library: Library, shelf: _Shelf) -> list[Placed]:
    (entry,) = library.regimens.values()
    findings = check(entry.regimen, library.drugs)
    if not any(finding.level == "stop" for finding in findings):
        # With a stop the cases would only repeat it, line by line.
        failed, own = list(failures(entry, library, shelf.site())), shelf.own()
        if failed and own:  # the cases may be those of this hospital, not of the example
            failed = list(failures(entry, library, own))
        findings += failed or (not_planned(entry, library, own) if own else [])
    return _at_their_places(findings, entry.tree)


def _at_their_places(findings: Iterable[Finding], where: Tree) -> list[Placed]:
    placed = []
    for finding in findings:
        line, column = where.mark(finding.place.steps)
        placed.append(
            Placed(
                file=where.file,
                line=line,
                column=column,
                code=finding.code,
                level=finding.level,
                where=str(finding.place),
                message=finding.message,
            )
        )
    return sorted(
        placed, key=lambda finding: (LEVELS.index(finding.level), finding.line, finding.column)
    )
