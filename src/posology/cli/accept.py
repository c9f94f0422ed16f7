"""The command by which a site accepts, once, what is the same for every patient of a regimen."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from posology import clock, library
from posology.cli.output import out, refuse
from posology.disk import write
from posology.errors import CourseError, DosingError, LibraryError, PosologyError
from posology.library import Entry, Library, SiteFile, tree
from posology.library.problems import validated
from posology.library.section import with_section
from posology.model import Acceptance, Finding, Plan, Site, print_date
from posology.planning import plan
from posology.planning.accepting import accept, acceptable
from posology.planning.cases import course_of
from posology.text import shown


def run_accept(options: argparse.Namespace) -> int:
    """List what a site can accept of a regimen; with reasons, write them into the site file."""
    try:
        out("\n".join(_accept(options)))
    except CourseError as error:
        named = "; ".join(f"--{name}: {why}" for name, why in error.problems.items())
        return refuse("accept", named)
    except PosologyError as error:
        return refuse("accept", str(error))
    return 0


def _accept(options: argparse.Namespace) -> list[str]:
    path, written = Path(options.site), bool(options.because)
    if options.withdraw and written:
        raise CourseError({"withdraw": "takes back all; give it without --because"})
    if options.by and not written:
        raise CourseError({"because": "say what is accepted, and why, as in unclear=REASON"})
    shelf, site_file = library.load(options.regimen, options.library), library.read_site(path)
    if len(shelf.regimens) > 1:
        raise PosologyError(f"{shown(options.regimen)} is a folder; name one regimen")
    (entry,) = shelf.regimens.values()
    plans = list(_plans(entry, shelf, site_file))
    if not plans:
        raise PosologyError(f"no worked case of {entry.id} can be planned for this site")
    offered = acceptable(plans)
    before = _standing(site_file.site.accepted.get(entry.id), plans[0])
    if not (written or options.withdraw):
        return _listed(entry, offered, before, options.site)
    accepted = {**site_file.site.accepted}
    if accepted.pop(entry.id, None) is None and options.withdraw:
        raise CourseError({"withdraw": f"nothing of {entry.id} is accepted"})
    if written:
        today = clock.today(site_file.site.time_zone.info)
        accepted[entry.id] = accept(plans[0], offered, _reasons(options.because), before=before,
                                    by=options.by, on=today)  # fmt: skip
    _write(path, site_file, accepted)
    number = len(accepted[entry.id].findings) if entry.id in accepted else 0
    return [f"Written: {path}: {number} of {len(offered)} findings of {entry.id} are accepted"]


def _plans(entry: Entry, shelf: Library, site_file: SiteFile) -> Iterator[Plan]:
    """Plan each worked case that the site can make."""
    for case, _ in entry.regimen.worked:
        try:
            computed = plan(course_of(case, entry.id), shelf, site_file)
        except (CourseError, DosingError):
            continue
        if not computed.stopped:
            yield computed


def _standing(before: Acceptance | None, of: Plan) -> Acceptance | None:
    """Give an acceptance that is of this version of the regimen and of its drug files."""
    now = (of.regimen_sha256, of.origin.formulary_sha256)
    same = before and (before.regimen_sha256, before.formulary_sha256) == now
    return before if same else None


def _reasons(written: list[str]) -> dict[str, str]:
    """Read ``NAME=REASON``, several times; raises CourseError where a reason is missing."""
    reasons = {}
    for text in written:
        name, _, because = text.partition("=")
        if not because.strip():
            message = f"{shown(text)} gives no reason; write NAME=REASON"
            raise CourseError({"because": message})
        if name in reasons:
            raise CourseError({"because": f"{shown(name)} appears twice; give one reason"})
        reasons[name] = because.strip()
    return reasons


def _listed(
    entry: Entry, offered: dict[str, Finding], before: Acceptance | None, path: str
) -> list[str]:
    """Write what is offered, and what is accepted already."""
    kept = {each.sha256: each for each in before.findings} if before else {}
    still = [name for name, each in offered.items() if each.sha256 not in kept]
    lines = [
        f"{entry.id}, version {entry.regimen.version}, for {path}",
        "The same for every patient with the same choices; the days are those of a worked case.",
        "", "Not accepted", *(f"  {name}: {offered[name].message}" for name in still),
    ]  # fmt: skip
    lines += [] if still else ["  nothing"]
    for name, each in offered.items():
        if each.sha256 in kept:
            one = kept[each.sha256]
            lines += ["", f"Accepted by {one.by} on {print_date(one.on)}: {one.because}",
                      f"  {name}: {each.message}"]  # fmt: skip
    if still:
        next_ = f'posology accept {entry.id} --site {path} --by NAME --because "{still[0]}=REASON"'
        lines += ["", f"Next: {next_}, with a reason for each that you accept"]
    return lines


def _write(path: Path, site_file: SiteFile, accepted: dict[str, Acceptance]) -> None:
    """Write the section into the site file; nothing else of the file may change."""
    values = {
        name: {
            "regimen_sha256": each.regimen_sha256,
            "formulary_sha256": each.formulary_sha256,
            "findings": [finding.texts for finding in each.findings],
        }
        for name, each in accepted.items()
    }
    content = with_section(path.read_bytes(), "accepted", values)
    try:
        site = validated(tree.read(path.name, content), Site)
    except LibraryError:
        site = None
    if (
        site is None
        or site.model_copy(update={"accepted": site_file.site.accepted}) != site_file.site
    ):
        message = (
            f"{path}: the section cannot be added; write accepted: as the last key of the file"
        )
        raise PosologyError(message)
    write({path: content}, force=True)
