"""The commands that look after a register, such as add, rebuild, verify and backup; and audit."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from posology import clock, library, record, register
from posology.cli.opened import basis_of, planner, register_of, site_of
from posology.cli.output import moment, one_line, out, progress, refuse, refusing
from posology.disk import write
from posology.errors import PosologyError, RegisterError
from posology.export.text import changed_so
from posology.model import Record
from posology.record import saving
from posology.text import shown


def run_register(options: argparse.Namespace) -> int:
    """Run one of the commands under ``posology register``."""
    options.command = f"register {options.action}"
    return refusing(_ACTIONS[options.action])(options)


def _opened(options: argparse.Namespace, *, make: bool = False) -> register.Register:
    return register.opened(register_of(options), make=make)


def _count(done: int, of: int) -> None:
    if done < of:
        progress(f"{done} of {of}")


def _add(options: argparse.Namespace) -> int:
    """Put course files into the register; the files stay as they are."""
    site, refused = site_of(options), []
    place = _opened(options, make=True)
    plan_of, basis = planner(options, site), basis_of(options, site)
    for name in options.names:
        try:
            kept, raw = saving.load(Path(name))
            rows = register.rows_of(kept, plan_of, basis)
            reference = register.add(place, kept, raw, rows, clock.now())
        except PosologyError as error:
            refused.append(f"{shown(name)}: {one_line(error)}")
            continue
        problem = rows.course["problem"]
        out(f"Added: {reference}" + (f"; look at it: {problem}" if problem else ""))
    for line in refused:
        refuse("register add", line)
    out(
        f"{len(options.names) - len(refused)} of {len(options.names)} courses added to {place.name}"
    )
    return 2 if refused else 0


def _list(options: argparse.Namespace) -> int:
    place = _opened(options)
    for each in register.courses(place):
        closed = f"; closed {each.closed}" if each.closed else ""
        out(f"{each.reference}  {each.regimen}{closed}")
    return 0


def _export(options: argparse.Namespace) -> int:
    """Write course files as they were saved last."""
    place, folder = _opened(options), Path(options.to or ".")
    names = [each.reference for each in register.courses(place)] if options.all else options.names
    if not names:
        raise RegisterError("say which courses: their references, or --all")
    if not folder.is_dir():
        raise RegisterError(f"--to: there is no folder {shown(str(folder))}; make it first")
    files = {folder / f"{name}.json": register.load(place, name).raw for name in names}
    write(files, force=False)
    for path in files:
        out(f"Written: {path}")
    return 0


def _close(options: argparse.Namespace) -> int:
    today = clock.today(site_of(options).site.time_zone.info)
    late = _act(options, partial(register.close, today=today), "closed")
    if late:
        out(f"{late} past doses have no record; to record them: posology register reopen")
    return 0


def _reopen(options: argparse.Namespace) -> int:
    _act(options, register.reopen, "open again")
    return 0


def _act(options: argparse.Namespace, act: Callable[..., int | None], done: str) -> int:
    """Close or open a course; give how many of its past doses have no record."""
    place = _opened(options)
    if len(options.names) != 1 or not options.by or not options.because:
        raise RegisterError("name one course, who decides it (--by), and why (--because)")
    late = act(place, options.names[0], by=options.by, why=options.because, at=clock.now())
    out(f"{options.names[0]} is {done}")
    return late or 0


def _rebuild(options: argparse.Namespace) -> int:
    """List every course anew from its course file."""
    place = _opened(options)
    with _on_all_cores(options) as rows:
        problems = register.rebuild(place, rows, _count)
    for reference, why in problems.items():
        out(f"{reference}: {why}")
    out(f"Listed anew: {len(register.courses(place))} courses; {len(problems)} to look at")
    return 1 if problems else 0


def _verify(options: argparse.Namespace) -> int:
    place = _opened(options)
    with _on_all_cores(options) as rows:
        found = register.verify(place, rows, _count)
    for line in found.wrong:
        out(line)
    out(f"{found.courses} courses, {found.states} saved states: {len(found.wrong)} wrong")
    return 1 if found.wrong else 0


@contextmanager
def _on_all_cores(options: argparse.Namespace) -> Iterator[register.Rows]:
    """Give what lists courses as they are now, on as many processes as there are cores."""
    named = argparse.Namespace(library=options.library, site=options.site, file=None)
    site_of(options)  # what is wrong with it is told once, by this process
    with ProcessPoolExecutor() as pool:
        yield lambda files: list(pool.map(partial(_listed, named), files, chunksize=4))


def _listed(options: argparse.Namespace, raw: bytes) -> register.Listed:
    site, basis = _known(options.site, options.library)
    return register.rows_of(record.read(raw), planner(options, site), basis)


@cache
def _known(site: str | None, beside: str | None) -> tuple[library.SiteFile, str]:
    options = argparse.Namespace(site=site, library=beside)
    return site_of(options), basis_of(options, site_of(options))


def _backup(options: argparse.Namespace) -> int:
    if len(options.names) != 1:
        raise RegisterError("name the file of the copy, as in courses-2027-01-11.db")
    register.backup(_opened(options), Path(options.names[0]))
    out(f"Written: {options.names[0]}")
    return 0


_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "add": _add, "list": _list, "export": _export, "close": _close, "reopen": _reopen,
    "rebuild": _rebuild, "verify": _verify, "backup": _backup,
}  # fmt: skip


@refusing
def run_audit(options: argparse.Namespace) -> int:
    """List who changed, released, recorded and closed what of a course, and when."""
    site, place = site_of(options), _opened(options)
    kept = register.load(place, options.course).record
    lines = [*_of_the_record(kept), *_of_the_register(place, options.course)]
    for at, words in sorted(lines, key=lambda each: each[0]):
        out(f"{moment(at, site.site.time_zone.info)}  {words}")
    return 0


def _of_the_record(kept: Record) -> Sequence[tuple[datetime, str]]:
    found = []
    for number, revision in enumerate(kept.revisions):
        if revision.change is None:
            of = f"{kept.inputs['regimen']} version {revision.regimen_version}"
            found.append((revision.at, f"revision 0: begun, {of}"))
        else:
            found.append((revision.at, f"revision {changed_so(number, revision.change)}"))
    for signed in kept.releases:
        second = f", checked by {signed.checked_by}" if signed.checked_by else ""
        seen = ", ".join(signed.acknowledged) or "none"
        words = f"revision {signed.revision} released by {signed.by}{second}; reviews seen: {seen}"
        found.append((signed.at, words))
    return found


def _of_the_register(place: register.Register, reference: str) -> Sequence[tuple[datetime, str]]:
    saved = [
        (datetime.fromisoformat(at), f"saved as entry {number} of the register")
        for number, (at, _) in enumerate(register.versions(place, reference), 1)
    ]
    acts = [
        (act.at, f"{act.what} by {act.by}: {act.why}") for act in register.acts(place, reference)
    ]
    return [*saved, *acts]
