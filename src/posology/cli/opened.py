"""Where a course is: a course file, or a reference in the register; opened, and saved there."""

import argparse
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from posology import __version__, clock, library, record
from posology.errors import RecordError, RegisterError
from posology.library import Library, SiteFile
from posology.model import Plan, Record
from posology.record import saving
from posology.text import shown

REGISTER = "POSOLOGY_REGISTER"
"""The environment variable that names the register: a file, or the address of a database."""


class Opened(NamedTuple):
    """A course, with the library and the site that its plan is computed from."""

    name: str
    record: Record
    raw: bytes
    library: Library
    site: SiteFile
    save: Callable[[Record, Plan], None]
    """Puts what has become of it in its place; raises PosologyError where it is another by now."""


def opened(options: argparse.Namespace) -> Opened:
    """Open the course that a command names."""
    site, named = site_of(options), options.course
    if not is_file(named):
        return _of_the_register(named, site, options)
    path = Path(named)
    kept, raw = saving.load(path)
    return Opened(
        str(path), kept, raw, library_of(kept, options), site,
        save=lambda changed, _: saving.save(path, changed, raw),
    )  # fmt: skip


def is_file(named: str) -> bool:
    """Tell the path of a course file from a reference in the register."""
    return named.endswith(".json") or "/" in named or os.sep in named or Path(named).exists()


def _of_the_register(named: str, site: SiteFile, options: argparse.Namespace) -> Opened:
    from posology import register  # noqa: PLC0415 - slow to import

    where = register_of(options)
    if "://" not in where and not Path(where).exists():
        message = f"{shown(named)} is no file (.json), and there is no register {where}"
        raise RegisterError(f"{message}; name the file, or the register with --register")
    place = register.opened(where)
    held = register.load(place, named)
    basis = basis_of(options, site)

    def save(changed: Record, computed: Plan) -> None:
        rows = register.listed(changed, computed, basis)
        register.save(place, changed, held.raw, rows, clock.now())

    beside = library_of(held.record, options)
    return Opened(named, held.record, held.raw, beside, site, save=save)


def register_of(options: argparse.Namespace) -> str:
    """Give the register that is meant: that of the option, of the environment, else one's own."""
    named = getattr(options, "register", None) or os.environ.get(REGISTER)
    if named:
        return str(named)
    from platformdirs import user_data_path  # noqa: PLC0415 - only where no register is named

    return str(user_data_path("posology", appauthor=False) / "courses.db")


def basis_of(options: argparse.Namespace, site: SiteFile) -> str:
    """Say what plans are computed with today: the version, the site and the library."""
    return f"{__version__} {site.sha256} {library.files_sha256(options.library)}"


def library_of(kept: Record, options: argparse.Namespace) -> Library:
    """Read the library that a course is computed with; raises PosologyError where there is none."""
    name, own = kept.inputs["regimen"], getattr(options, "file", None)
    if own:
        loaded = library.load(own)
        if list(loaded.regimens) != [name]:
            raise RecordError(f"--file: this course is of {name}; give its file, {name}.yaml")
        return loaded
    if kept.origin == "library" and name in library.regimens(options.library):
        return _load(name, options.library)
    return _drugs_alone(options.library)


@cache
def _load(name: str, beside: str | None) -> Library:
    return library.load(name, beside)


@cache
def _drugs_alone(beside: str | None) -> Library:
    drugs = library.drugs_for(beside or library.FOLDER)
    return library.Library({}, drugs, library.read_combinations())


def planner(options: argparse.Namespace, site: SiteFile) -> Callable[[Record], Plan]:
    """Give what computes any course of the register as it is now."""
    return lambda kept: record.planned(kept, library_of(kept, options), site)


def keep(begun: Record, computed: Plan, options: argparse.Namespace) -> str:
    """Put a course that has just been planned into the register; begin one where there is none.

    Gives the register's name, and says whether it is a new one.
    """
    from posology import register  # noqa: PLC0415 - slow to import

    site = site_of(options)
    rows = register.listed(begun, computed, basis_of(options, site))
    place = register.opened(register_of(options), make=True)
    new = not register.courses(place)
    register.add(place, begun, record.exact_content(begun), rows, clock.now())
    return f"{'a new' if new else 'the'} register {place.name}"


def site_of(options: argparse.Namespace) -> SiteFile:
    """Read the site file that the option names, else the example."""
    return library.read_site(Path(options.site)) if options.site else library.read_site()
