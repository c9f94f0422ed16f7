"""The options of the commands for a course file, as the command line shows them."""

import argparse

from posology.course.commands import ALWAYS, COMMANDS, OPTIONS, option
from posology.export.kinds import EXPORTS

_FEW = 2
"""The help of an option names its changes where at most this many take it."""
_COURSE = """A file is named by the course's id and its revision. With a calendar comes a list of
what has changed since the last release, or since the first revision where there is no release.
Exit codes are those of posology plan."""
_REVISE = """Without --take N the command shows the change and keeps nothing. N is the number of
the new revision: if a colleague has changed the course meanwhile, the command refuses.

CHANGE is one of these. Below each is an example of what follows "posology revise c.json CHANGE":
"""
_DOSE = """Examples:
  posology dose octreotide subcutaneous "200 mcg every other day"
  posology dose melphalan oral "16 mg daily on days 1-4 every 6 weeks" --weight "70 kg"

Exit codes: 0 judged; 1 the verdict is stop; 2 the text or another input cannot be used."""
_RELEASE = """Acknowledge each finding that says review by the name that stands before it in
posology course. The second person is not the one who signs, and enters weight and regimen again.
Any later change makes the course a DRAFT again."""
_ACCEPT = """Without --because the command lists the findings and writes nothing. An accepted
finding is a note in every plan of this version of the regimen. Any change of the regimen or of
its drug files ends that. What concerns a patient is never accepted beforehand: gates, measures,
pregnancy prevention, other medicines."""
_PUBLISH = """Each entry is a resource of its own, so a later revision replaces it. The name and
the password come from POSOLOGY_CALDAV_USER and POSOLOGY_CALDAV_PASSWORD. Without the latter the
password comes from the keyring (service posology). This needs the extra caldav: run
pip install ".[caldav]" in Posology's folder.
Example: posology publish c.json --to https://cloud.example.org/dav/calendars/pharmacy/ig-0042/"""


class Once(argparse.Action):
    """An option that may stand once; otherwise the second value would silently win."""

    def __call__(self, parser, namespace, values, option_string=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204 - as above
        """Set the value; refuse a second one."""
        if getattr(namespace, self.dest, None) is not None:
            parser.error(f"{option_string} appears twice; give it once")
        if values in ("", []):
            parser.error(f"{option_string} has no value; give one or leave the option out")
        setattr(namespace, self.dest, values)


def add_list(name: str, parser: argparse.ArgumentParser, metavar: str, help_: str) -> None:
    """Add an option that may stand several times."""
    parser.add_argument(name, action="append", default=[], metavar=metavar, help=help_)


def add_dose(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
    """Add the command that judges a dose in words."""
    dose = command("dose", "judge a dose as it is written, by the three nets", _DOSE)
    dose.add_argument("drug", metavar="DRUG", help="as in octreotide")
    dose.add_argument("route", metavar="ROUTE",
        help="oral, intravenous, subcutaneous, intramuscular, and others")  # fmt: skip
    dose.add_argument("text", metavar="TEXT", help='as in "200 mcg every other day"')
    for name, help_ in (
        ("--weight", 'the patient\'s weight, as in "70 kg"; else all adult weights of the site'),
        ("--height", 'the patient\'s height, as in "170 cm", for limits per m2'),
        ("--site", "what your hospital decides; default: an example"),
    ):
        dose.add_argument(name, action=Once, metavar=name[2:].upper(), help=help_)
    dose.add_argument("--json", action="store_true",
        help="as JSON: understood, verdict, findings and what is not judged, by net")  # fmt: skip


def add_accept(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
    """Add the command by which a site accepts what is the same for every patient."""
    accept = command("accept", "accept, once for a site, what is the same for every patient of a "
        "regimen", _ACCEPT)  # fmt: skip
    accept.add_argument("regimen", metavar="REGIMEN", help="its id, or a .yaml file")
    accept.add_argument("--site", action=Once, required=True, metavar="FILE",
        help="your hospital's file; its section accepted: is written anew")  # fmt: skip
    accept.add_argument("--by", action=Once, metavar="NAME", help="the pharmacist who accepts")
    add_list("--because", accept, "NAME=REASON", "accept the finding of this name, and why")
    accept.add_argument("--withdraw", action="store_true", help="take back what was accepted")


def add_courses(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
    """Add the commands for a course file."""
    course = command("course", "show a course file, and write its calendar and tables", _COURSE)
    _add_course(course)
    for kind, export in EXPORTS.items():
        even = ", even where a finding says stop" if export.though_stopped else ""
        course.add_argument(
            f"--{kind}", action="store_true", help=f"write the {export.words}{even}"
        )
    course.add_argument("--intensity", action="store_true",
        help="only what was given against the first plan, and why it was changed")  # fmt: skip
    course.add_argument("--to", action=Once, metavar="FOLDER", help="where; default: this folder")
    course.add_argument("--privacy", action=Once, choices=("standard", "full", "discreet"),
        help="what the calendar shows, as for posology plan")  # fmt: skip
    course.add_argument("--force", action="store_true", help="overwrite files")

    _add_revise(command)

    changes = command("changes", "list what moved, changed, was cancelled or is new in a course")
    _add_course(changes)
    changes.add_argument("--from", action=Once, metavar="N", help="default: the one before M")
    changes.add_argument("--to", action=Once, metavar="M", help="default: the last revision")

    release = command("release", "sign a revision, so that its exports no longer say DRAFT",
        _RELEASE)  # fmt: skip
    _add_course(release)
    add_list("--weight", release, "WEIGHT",
        "entered again by the second person; each, where doses to come use several")  # fmt: skip
    for name, metavar, help_ in (
        ("--by", "NAME", "who signs; a pharmacist's name or initials"),
        ("--checked-by", "NAME", "the second person, who enters weight and regimen again"),
        ("--regimen", "REGIMEN", "its id, entered again by the second person"),
    ):
        release.add_argument(name, action=Once, metavar=metavar, help=help_,
            required=name == "--by")  # fmt: skip
    add_list("--acknowledge", release, "NAME[=WORDS]", "a review finding that you have looked at")

    verify = command("verify", "prove that a course file and its exports belong together")
    _add_course(verify)
    for kind, export in EXPORTS.items():
        if export.revision_of:
            add_list(f"--{kind}", verify, "FILE", "an export, to be compared byte for byte")

    lot = command("lot", "name the recorded doses of a lot, for a recall")
    lot.add_argument("lot", metavar="LOT", help="as on the pack")
    lot.add_argument("courses", metavar="COURSE", nargs="*",
        help="course files (.json); default: every course of the register")  # fmt: skip

    publish = command("publish", "put a released course into a CalDAV calendar", _PUBLISH)
    _add_course(publish)
    publish.add_argument("--to", action=Once, required=True, metavar="URL",
        help="the address of the calendar (collection): https, or on this machine")  # fmt: skip
    publish.add_argument("--cancellations", action="store_true",
        help="only cancelled entries, even of a draft or where a finding says stop")  # fmt: skip
    publish.add_argument("--privacy", action=Once, choices=("standard", "full", "discreet"),
        help="what the calendar shows, as for posology plan")  # fmt: skip


def _add_revise(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
    """Add the command for a change, with every option that a change takes."""
    listed = "\n".join(
        f"  {name:<10} {change.about}\n             {change.example}"
        for name, change in COMMANDS.items()
    )
    revise = command("revise", "change a course: shows what would change; --take keeps it",
        _REVISE + listed)  # fmt: skip
    _add_course(revise)
    names = ", ".join(COMMANDS)
    revise.add_argument("change", metavar="CHANGE", choices=tuple(COMMANDS), help=names)
    revise.add_argument("--take", action=Once, metavar="N",
        help="keep the change as revision N; without --take nothing is kept")  # fmt: skip
    for name, text in OPTIONS.items():
        takers = [command_ for command_, change in COMMANDS.items() if name in change.takes]
        few = name not in ALWAYS and len(takers) <= _FEW
        about = f"{', '.join(takers)}: {text.about}" if few else text.about
        if text.several:
            add_list(option(name), revise, text.metavar, about)
        else:
            revise.add_argument(option(name), action=Once, metavar=text.metavar, help=about)


def _add_course(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "course", metavar="COURSE", help="the course file (.json), or a reference in the register"
    )
    parser.add_argument("--site", action=Once, metavar="FILE",
        help="what your hospital decides; default: an example")  # fmt: skip
    parser.add_argument("--file", action=Once, metavar="FILE",
        help="the .yaml file of a regimen outside the library")  # fmt: skip


def add_web(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
    """Add the command that serves the page."""
    web = command("web", "open the page in your browser, on this machine")
    web.add_argument("--port", action=Once, metavar="N", help="default: 8501, or the next free one")
    web.add_argument("--site", action=Once, metavar="FILE", help="what your hospital decides")
    web.add_argument("--library", action=Once, metavar="FOLDER", default=argparse.SUPPRESS,
        help="your hospital's own regimens, beside the shipped ones")  # fmt: skip
    web.add_argument("--no-browser", action="store_true", help="do not open a browser")
    web.add_argument("--host", action=Once, metavar="ADDRESS",
        help="serve beyond this machine; needs --allow-host, and a proxy with a login")  # fmt: skip
    web.add_argument("--signin", action=Once, metavar="FILE",
        help="people sign in with the hospital's accounts, as this file (.toml) says")  # fmt: skip
    add_list("--allow-host", web, "NAME", "the name by which people reach the page")


def add_regimens(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
    """Add the commands for regimen files."""
    listing = command("list", "list the regimens of the library")
    listing.add_argument("--json", action="store_true", help="as JSON")

    show = command("show", "show a regimen: orders, quotes, sources, findings, cases")
    show.add_argument("regimen", metavar="REGIMEN", help="its id, or a .yaml file")
    show.add_argument("--html", action=Once, metavar="FILE",
        help="write one page for review: each value beside the words that say it")  # fmt: skip

    check = command("check", "check regimen files and run their cases")
    check.add_argument(
        "paths", metavar="PATH", nargs="*", help="files or folders; default: the library"
    )
    check.add_argument("--json", action="store_true", help="as JSON")
    check.add_argument("--site", action=Once, metavar="FILE",
        help="your hospital's file: checked too; each case is planned with its stock")  # fmt: skip

    diff = command("diff", "list every difference between two versions of a regimen")
    diff.add_argument("old", metavar="OLD", help="an id, or a .yaml file")
    diff.add_argument("new", metavar="NEW", help="an id, or a .yaml file")
    diff.add_argument("--review", action="store_true",
        help="everything that changed, in full, for the second pharmacist")  # fmt: skip

    new = command("new", "begin a file to fill in: a regimen, or a drug in drugs/")
    new.add_argument("kind", metavar="KIND", choices=("regimen", "drug"), help="regimen or drug")
    new.add_argument("name", metavar="NAME", help="its id, as in lymphoma-mtx")

    schema = command("schema", "print the JSON Schema of a kind of file, for editors")
    schema.add_argument("kind", metavar="KIND", nargs="?", default="regimen",
        choices=("regimen", "drug", "site", "combinations"),
        help="regimen (as it stands), drug, site or combinations")  # fmt: skip
