"""The commands for regimen files: list, show, check, diff; and how every command prints."""

import argparse
import json
from pathlib import Path

from posology import library
from posology.cli.output import out, refuse
from posology.disk import path_of
from posology.errors import LibraryError
from posology.model import LEVELS
from posology.text import shown


def run_list(options: argparse.Namespace) -> int:
    """List the regimens of the library."""
    try:
        paths = library.regimens(options.library).values()
        entries = [library.read_regimen(path) for path in paths]
    except LibraryError as error:
        return refuse("list", str(error))
    if options.json:
        rows = [
            {
                "id": entry.id,
                "name": entry.regimen.name,
                "indication": entry.regimen.indication,
                "version": entry.regimen.version,
                "status": entry.regimen.status,
                "sha256": entry.sha256,
            }
            for entry in entries
        ]
        out(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    width = max(len(entry.id) for entry in entries)
    for entry in entries:
        regimen = entry.regimen
        out(f"{entry.id:<{width}}  {regimen.name}; {regimen.indication} ({regimen.status})")
    out("\nNext: posology show REGIMEN, or posology plan REGIMEN --help")
    return 0


def run_show(options: argparse.Namespace) -> int:
    """Show a regimen on one screen."""
    from posology.checks import check  # noqa: PLC0415 - only the command that runs is imported
    from posology.export.regimen import text  # noqa: PLC0415 - as above
    from posology.export.rules import rules  # noqa: PLC0415 - as above

    beside = options.library
    try:
        if not library.is_path(options.regimen) and options.regimen not in library.regimens(beside):
            return refuse("show", f"REGIMEN: {library.unknown(options.regimen, beside)}")
        loaded = library.load(options.regimen, beside)
    except LibraryError as error:
        return refuse("show", str(error))
    (entry,) = loaded.regimens.values()
    listed = rules(entry.regimen, loaded.drugs.values(), loaded.combinations)
    found = check(entry.regimen, loaded.drugs)
    if options.html:
        from posology.export.woven import page  # noqa: PLC0415 - as above

        return _write(options.html, page(entry, found, listed))
    out(text(entry, found))
    out("\n".join(["", "Rules of its drugs (source, basis)", *map(_indented, listed)]))
    return 0


def _write(name: str, text: str) -> int:
    """Write a page; a file that exists is never overwritten."""
    try:
        with path_of(name).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return refuse("show", f"--html: {shown(name)} exists; take another name")
    except OSError as error:
        return refuse("show", f"--html: {shown(name)} cannot be written: {error.strerror or error}")
    out(f"Written: {name}")
    return 0


def run_diff(options: argparse.Namespace) -> int:
    """List what differs between two regimens: for a patient, then for a reviewer."""
    from posology.library.versions import difference  # noqa: PLC0415 - only the command that runs

    entries = []
    for name, text in (("OLD", options.old), ("NEW", options.new)):
        try:
            known = library.regimens(options.library)
            if not library.is_path(text) and text not in known:
                return refuse("diff", f"{name}: {library.unknown(text, options.library)}")
            path = Path(text) if library.is_path(text) else known[text]
            entries.append(library.read_regimen(path))
        except LibraryError as error:
            return refuse("diff", str(error))
    old, new = entries
    differences = difference(old, new, whole=options.review)
    if options.review:
        for name, entry in (("Old", old), ("New", new)):
            regimen = entry.regimen
            out(f"{name}  {entry.id}, version {regimen.version}, {regimen.status}")
            out(f"     content sha256 {entry.content_sha256}")
        out("")
    if not (differences.patient or differences.review):
        identical = old.sha256 == new.sha256
        out(f"The two files {'are identical' if identical else _ONLY_LAYOUT}.")
        return 0
    noticed = differences.patient or ["nothing"]
    out("\n".join(["What a patient would notice", *map(_indented, noticed)]))
    if differences.review:
        out("\n".join(["", "What a reviewer would notice", *map(_indented, differences.review)]))
    if options.review:
        out(f"\nTo sign the new one: status: reviewed, and review: {{by: …, on: …, sha256: "
            f"{new.content_sha256}}}")  # fmt: skip
    return 0


_ONLY_LAYOUT = "differ only in comments, in the order of keys, or in layout"


def _indented(line: str) -> str:
    return f"  {line}"


def run_schema(options: argparse.Namespace) -> int:
    """Print the JSON Schema of a kind of file."""
    from posology.library.schema import schema  # noqa: PLC0415 - only the command that runs is imported

    out(json.dumps(schema(options.kind), ensure_ascii=False, indent=2))
    return 0


def run_check(options: argparse.Namespace) -> int:
    """Check regimen files and run their worked cases."""
    from posology.planning.inspection import inspect  # noqa: PLC0415 - only the command that runs is imported

    paths = [path_of(path) for path in options.paths]
    for path in paths:
        if not path.exists():
            return refuse(
                "check", f"PATH: {shown(str(path))} does not exist; give a .yaml file or a folder"
            )
        if path.is_dir() and not any(path.glob("**/*.yaml")):
            return refuse("check", f"PATH: {shown(str(path))} contains no .yaml file")
    own = [path_of(options.library)] if options.library else []
    if own and not own[0].is_dir():
        return refuse("check", f"--library: {shown(str(own[0]))} is not a folder")
    if options.site and not path_of(options.site).is_file():
        return refuse("check", f"--site: {shown(options.site)} does not exist")
    report = inspect(paths or [library.FOLDER, *own], options.site)
    stops = sum(finding.level == "stop" for finding in report.findings)
    if options.json:
        rows = [finding._asdict() for finding in report.findings]
        out(json.dumps(rows, ensure_ascii=False, indent=2))
        return 1 if stops else 0
    for finding in report.findings:
        out(str(finding))
    counts = ", ".join(
        f"{sum(finding.level == level for finding in report.findings)} {level}" for level in LEVELS
    )
    looked_at = (("file", report.files), ("regimen", report.regimens), ("case", report.cases))
    listed = ", ".join(f"{number} {what}{'' if number == 1 else 's'}" for what, number in looked_at)
    out(f"{listed}: {counts}")
    return 1 if stops else 0
