"""The options of the commands for a course file, as the command line shows them."""

import argparse

from posology.course.commands import ALWAYS, COMMANDS, OPTIONS, option
from posology.export.kinds import EXPORTS

_FEW = 2
"""Changes that are named beside an option which only they take."""
_COURSE = """Files are named by the course's id and its revision; beside a calendar stands what
has changed since the last release, else since the first revision. Exit codes are those of
posology plan."""
_REVISE = """Without --take N the change is shown and not kept; N, the number of the new
revision, makes sure that nobody else has changed the course since.

CHANGE is one of, each with an example of what follows "posology revise c.json CHANGE":
"""
_RELEASE = """Every finding that says review must be acknowledged by its code. A second person, if
named, is another one and enters weight and regimen anew. Any later change makes the course a
DRAFT again."""
_PUBLISH = """One resource for each entry, so that a revision replaces it. Name and password come
from POSOLOGY_CALDAV_USER and POSOLOGY_CALDAV_PASSWORD, or the password from the keyring
(service posology). Needs the extra caldav: pip install ".[caldav]" in Posology's folder.
Example: posology publish c.json --to https://cloud.example.org/dav/calendars/pharmacy/ig-0042/"""


class Once(argparse.Action):
    """An option that may be given once; else the second value would silently win."""

    def __call__(self, parser, namespace, values, option_string=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204 - as above
        """Set the value, or refuse the second."""
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} is given twice; give it once")
        if values in ("", []):
            parser.error(f"{option_string} is given without a value; give one or leave it out")
        setattr(namespace, self.dest, values)


def add_list(name: str, parser: argparse.ArgumentParser, metavar: str, help_: str) -> None:
    """Add an option that may be given more than once."""
    parser.add_argument(name, action="append", default=[], metavar=metavar, help=help_)


def add_courses(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
    """Add the commands for a course file."""
    course = command("course", "show a course file, and write its calendar and tables", _COURSE)
    _add_course(course)
    for kind, export in EXPORTS.items():
        even = ", even where a finding says stop" if export.though_stopped else ""
        course.add_argument(
            f"--{kind}", action="store_true", help=f"write the {export.words}{even}"
        )
    course.add_argument("--to", action=Once, metavar="FOLDER", help="where; default: here")
    course.add_argument("--privacy", action=Once, choices=("standard", "full", "discreet"),
        help="of the calendar, as for posology plan")  # fmt: skip
    course.add_argument("--force", action="store_true", help="overwrite files")

    _add_revise(command)

    changes = command("changes", "list what moved, changed, was cancelled or is new in a course")
    _add_course(changes)
    changes.add_argument("--from", action=Once, metavar="N", help="default: the one before")
    changes.add_argument("--to", action=Once, metavar="M", help="default: the last revision")

    release = command("release", "sign a revision, so that its exports no longer say DRAFT",
        _RELEASE)  # fmt: skip
    _add_course(release)
    add_list("--weight", release, "WEIGHT",
        "entered anew by the second person; each, where doses to come are for several")  # fmt: skip
    for name, metavar, help_ in (
        ("--by", "NAME", "who signs; a pharmacist's name or initials"),
        ("--checked-by", "NAME", "the second person, who enters weight and regimen anew"),
        ("--regimen", "REGIMEN", "its id, entered anew by the second person"),
    ):
        release.add_argument(name, action=Once, metavar=metavar, help=help_,
            required=name == "--by")  # fmt: skip
    add_list("--acknowledge", release, "CODE[=WORDS]", "a review finding that was looked at")

    verify = command("verify", "prove that a course file and its exports belong together")
    _add_course(verify)
    for kind, export in EXPORTS.items():
        if export.revision_of:
            add_list(f"--{kind}", verify, "FILE", "an export to compare, byte for byte")

    publish = command("publish", "put a released course into a CalDAV calendar", _PUBLISH)
    _add_course(publish)
    publish.add_argument("--to", action=Once, required=True, metavar="URL",
        help="of the calendar (collection); https, or this machine")  # fmt: skip
    publish.add_argument("--cancellations", action="store_true",
        help="only what is cancelled, even of a draft or where a finding says stop")  # fmt: skip
    publish.add_argument("--privacy", action=Once, choices=("standard", "full", "discreet"),
        help="as for posology plan")  # fmt: skip


def _add_revise(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
    """Add the command for a change, with all that a change may take."""
    listed = "\n".join(
        f"  {name:<10} {one.about}\n             {one.example}" for name, one in COMMANDS.items()
    )
    revise = command("revise", "change a course: shows what would change; --take keeps it",
        _REVISE + listed)  # fmt: skip
    _add_course(revise)
    names = ", ".join(COMMANDS)
    revise.add_argument("change", metavar="CHANGE", choices=tuple(COMMANDS), help=names)
    revise.add_argument("--take", action=Once, metavar="N",
        help="keep it, as revision N; without it nothing is kept")  # fmt: skip
    for name, one in OPTIONS.items():
        takers = [taker for taker, taking in COMMANDS.items() if name in taking.takes]
        few = name not in ALWAYS and len(takers) <= _FEW
        about = f"{', '.join(takers)}: {one.about}" if few else one.about
        if one.several:
            add_list(option(name), revise, one.metavar, about)
        else:
            revise.add_argument(option(name), action=Once, metavar=one.metavar, help=about)


def _add_course(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("course", metavar="COURSE", help="the course file (.json)")
    parser.add_argument("--site", action=Once, metavar="FILE",
        help="what your hospital decides; default: an example")  # fmt: skip
    parser.add_argument("--file", action=Once, metavar="FILE",
        help="the .yaml file of a regimen outside the library")  # fmt: skip
