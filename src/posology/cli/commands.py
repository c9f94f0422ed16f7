"""The commands that compute a course: plan and weights; and web, which serves the page."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from posology import clock, library
from posology.cli.output import out, refuse
from posology.errors import CourseError, PosologyError
from posology.export.kinds import EXPORTS, IN_PARTS, Style
from posology.model import Course, Patient, Plan, Record
from posology.text import shown

_PORTS = range(1024, 65536)  # ports that an ordinary user may open
_OPTIONS = {
    "regimen": "REGIMEN",
    "weight": "--weight",
    "start": "--start",
    "cycles": "--cycles",
    "choices": "--choose",
    "reference": "--course",
    "without": "--without",
    "weighed": "--weighed",
    "last_weight": "--last-weight",
    "height": "--height",
    "sex": "--sex",
    "age": "--age",
    "birth_year": "--birth-year",
    "creatinine": "--creatinine",
    "sampled": "--sampled",
    "pregnancy_possible": "--pregnancy-possible",
    "products": "--product",
    "risks": "--risk",
    "others": "--takes",
    "last": "--last",
    "first_cycle": "--first-cycle",
    "before": "--before",
    "site": "--site",
    "neutrophils": "--neutrophils",
    "platelets": "--platelets",
    "counted": "--counted",
    "creatinine_clearance": "--clearance",
    "dialysis": "--dialysis",
}


def run_plan(options: argparse.Namespace) -> int:
    """Compute a plan, print it, and write the files that the options name."""
    from posology.cli.opened import keep  # noqa: PLC0415 - only the command that runs is imported
    from posology.disk import write  # noqa: PLC0415 - as above
    from posology.export.text import findings, text  # noqa: PLC0415 - as above
    from posology.record import exact_content  # noqa: PLC0415 - as above

    try:
        wanted = _wanted(options)
        computed, begun = _computed(options)
        if computed.stopped:
            lines = ["posology plan: stopped, nothing is written", *findings(computed)]
            sys.stderr.write("\n".join(lines) + "\n")
            return 1
        made = _made(computed, wanted, options)
        files = {Path(name): content for name, _, content in made if name != "-"}
        kept = {Path(options.save): exact_content(begun)} if begun and options.save else {}
        places = [str(path) for path in kept]
        if begun and options.keep:
            places.append(keep(begun, computed, options))
        write(files | kept, force=options.force, never=kept)
    except CourseError as error:
        messages = (f"{_OPTIONS[field]}: {message}" for field, message in error.problems.items())
        return refuse("plan", "; ".join(messages))
    except PosologyError as error:
        return refuse("plan", str(error))
    if "-" in wanted.values():
        sys.stdout.buffer.writelines(content for name, _, content in made if name == "-")
        sys.stderr.write("\n".join(findings(computed)) + "\n")
        return 0
    out(text(computed))
    for place in places:
        out(f"Kept: {place} (course {_name(computed)}, revision 0)")
    for name, kind, _ in made:
        out(f"Written: {name} ({kind}, DRAFT)")
    if "ics" in wanted:
        _hints(
            computed, kept=begun is not None, parts=len(made) > len(wanted), compact=options.compact
        )
    return 0


def _hints(computed: Plan, *, kept: bool, parts: bool, compact: bool) -> None:
    """Say what a person must know of the calendar that was written."""
    from posology.export.calendar import not_compact  # noqa: PLC0415 - slow to import

    if parts:
        out(IN_PARTS)
    if kept:
        return
    out(
        "A corrected plan will be another calendar, beside this one. Keep the course with "
        "--save or --keep, and change it with posology revise."
    )
    if compact and (why := not_compact(computed)):
        out(why)


def _made(
    computed: Plan, wanted: Mapping[str, str], options: argparse.Namespace
) -> list[tuple[str, str, bytes]]:
    """Make each file: its name, its kind, its bytes. A large calendar is several files."""
    made = []
    for kind, name in wanted.items():
        style = Style(options.privacy or "standard", compact=options.compact, whole=name == "-")
        for of, content in EXPORTS[kind].make(computed, style).items():
            path = Path(name)
            part = str(path.with_name(f"{path.stem}-{of}{path.suffix}")) if of else name
            made.append((part, kind, content))
    if len({name for name, _, _ in made}) < len(made):
        raise PosologyError("a part of the calendar has the name of another file; name that anew")
    return made


def _wanted(options: argparse.Namespace) -> dict[str, str]:
    wanted = {
        kind: getattr(options, kind)
        for kind, export in EXPORTS.items()
        if export.of_any_plan and getattr(options, kind)
    }
    names = [*wanted.values(), *([options.save] if options.save else [])]
    paths = {name if name == "-" else _resolved(name) for name in names}
    if len(paths) < len(names):
        options_ = f"--{' and --'.join(wanted)}"
        message = f"{options_} name the same file {shown(next(iter(wanted.values())))}"
        raise PosologyError(f"{message}; name one for each")
    return wanted


def _resolved(name: str) -> str:
    try:
        return str(Path(name).resolve())
    except (OSError, RuntimeError):  # a link that leads to itself
        raise PosologyError(f"{shown(name)} leads nowhere; name a plain file") from None


def _name(computed: Plan) -> str:
    return computed.course.reference or computed.course_id.hex[:8]


def _computed(options: argparse.Namespace) -> tuple[Plan, Record | None]:
    """Compute the plan; with --save or --keep also the course file."""
    from posology.guards.unjudged import Entered  # noqa: PLC0415 - only the command that runs is imported
    from posology.planning import plan  # noqa: PLC0415 - as above

    loaded, site = _loaded(options)
    course = _course(options, loaded)
    today = clock.today(site.site.time_zone.info)
    computed = plan(course, loaded, site, Entered((today,), new=True))
    if not (options.save or options.keep) or computed.stopped:
        return computed, None
    from posology.cli.courses import new_course  # noqa: PLC0415 - as above

    return new_course(course, loaded, site, options)


def _loaded(options: argparse.Namespace) -> tuple[library.Library, library.SiteFile]:
    beside = options.library
    if not library.is_path(options.regimen) and options.regimen not in library.regimens(beside):
        raise CourseError({"regimen": library.unknown(options.regimen, beside)})
    site = library.read_site(Path(options.site)) if options.site else library.read_site()
    return library.load(options.regimen, beside), site


def _course(options: argparse.Namespace, loaded: library.Library, **fixed: object) -> Course:
    """Make the course that the options describe; ``fixed`` replaces or adds options."""
    from posology.course.inputs import make_new  # noqa: PLC0415 - only the command that runs is imported

    texts = {**vars(options), **fixed}
    measures = set(_OPTIONS) & set(Patient.model_fields) - {"weight", "creatinine_clearance"}
    return make_new(
        regimen=next(iter(loaded.regimens)),
        weight=texts["weight"],
        start=texts["start"],
        cycles=texts["cycles"],
        choices=_pairs("choices", "ORDER.FIELD=VALUE, as in immunoglobulin.days=1-5", texts),
        without=texts["without"],
        reference=texts["course"],
        products=_pairs("products", "DRUG=PRODUCT, as in immunoglobulin=privigen", texts),
        risks=texts["risk"],
        others=texts["takes"],
        last=_pairs("last", "DRUG=DATE, as in immunoglobulin=2026-12-14", texts),
        first_cycle=texts["first_cycle"],
        before=_before(texts["before"]),
        creatinine_clearance=texts["clearance"],
        **{name: texts[name] for name in measures},
    )


def _pairs(field: str, form: str, options: Mapping[str, Any]) -> dict[str, str]:
    """Read texts of the form NAME=VALUE; each name may stand once."""
    pairs: dict[str, str] = {}
    for text in options[_OPTIONS[field].removeprefix("--")]:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise CourseError({field: f"{shown(text)} cannot be read; write {form}"})
        if name in pairs:
            raise CourseError({field: f"{shown(name)} appears twice; give it once"})
        pairs[name] = value
    return pairs


def _before(texts: Sequence[str]) -> dict[str, str]:
    """Read what was given before: a drug and how much of it; each drug may stand once."""
    found: dict[str, str] = {}
    for text in texts:
        drug, _, rest = text.partition(" ")
        if drug in found:
            raise CourseError({"before": f"{shown(drug)} appears twice; give it once"})
        found[drug] = rest
    return found


def run_weights(options: argparse.Namespace) -> int:
    """Compare the site's dosing weight policies, for one cycle of a regimen."""
    from posology.planning.policies import policies  # noqa: PLC0415 - only the command that runs is imported

    try:
        loaded, site = _loaded(options)
        (entry,) = loaded.regimens.values()
        # The doses of one cycle depend neither on its first day, nor on its length, nor on how
        # many cycles follow.
        open_rhythms = {
            name: offered[0]
            for name, offered in entry.regimen.choices.items()
            if name.endswith(".every")
        }
        asked = "1" if entry.regimen.asks_cycles else None
        course = _course(
            options, loaded, start="2027-01-01", cycles=asked, course=None,
            takes=[], last=[], before=[], first_cycle=None,
        )  # fmt: skip
        chosen = {**open_rhythms, **course.choices}
        lines, found = policies(course.model_copy(update={"choices": chosen}), loaded, site)
    except CourseError as error:
        messages = (f"{_OPTIONS[field]}: {message}" for field, message in error.problems.items())
        return refuse("weights", "; ".join(messages))
    except PosologyError as error:
        return refuse("weights", str(error))
    if any(finding.level == "stop" for finding in found):
        stops = [f"  {finding.level:<6}  {finding.message}" for finding in found]
        sys.stderr.write("\n".join(["posology weights: stopped", *stops]) + "\n")
        return 1
    out("\n".join(lines))
    return 0


def run_web(options: argparse.Namespace) -> int:
    """Serve the page, on this machine unless --host says otherwise."""
    from posology.cli.opened import register_of  # noqa: PLC0415 - only the command that runs is imported
    from posology.web import (  # noqa: PLC0415 - as above
        LIBRARY_VARIABLE,
        LOOPBACK,
        REGISTER_VARIABLE,
        SIGNIN_VARIABLE,
        SITE_VARIABLE,
        serve,
    )

    port = options.port
    if port is not None and not (port.isascii() and port.isdecimal() and int(port) in _PORTS):
        return refuse(
            "web", f"--port: {shown(port)} is not a port; give a number from 1024 to 65535"
        )
    try:
        if options.site:
            library.read_site(Path(options.site))
        if options.library:
            library.load(beside=options.library)
        serve(
            None if port is None else int(port),
            {SITE_VARIABLE: options.site, LIBRARY_VARIABLE: options.library,
             REGISTER_VARIABLE: register_of(options), SIGNIN_VARIABLE: options.signin},
            host=options.host or LOOPBACK, allowed=options.allow_host,
            browser=not options.no_browser,
        )  # fmt: skip
    except PosologyError as error:
        return refuse("web", str(error))
    return 0
