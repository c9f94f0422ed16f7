"""A course file as bytes: read strictly, written the same each time.

Pure: bytes in, bytes out; no clock, no disk. ``saving`` keeps the bytes.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from posology.course.inputs import make
from posology.errors import RecordError
from posology.model import Course, Line, Patient, Record, Release, Replan, Revision
from posology.model.record import FORM, SIGNED_FORM, Form
from posology.text import shown

LARGEST_BYTES = 20_000_000
_NO_COURSE = "is not a course file; posology plan … --save FILE writes one"
_DAMAGED = "it was changed outside Posology, or damaged; take the last good copy"


def lines_at(record: Record, revision: int) -> dict[str, Line]:
    """Give the events of a revision, by their keys."""
    lines: dict[str, Line] = {}
    for each in record.revisions[: revision + 1]:
        for key in each.gone:
            del lines[key]
        lines |= each.events
    return lines


def course_at(record: Record, revision: int | None = None) -> Course:
    """Give the course as it was in a revision; the last one where none is named."""
    inputs = dict(record.inputs)
    measures = {name: inputs.pop(name) for name in Patient.model_fields if name in inputs}
    course = make(**inputs, **measures)
    until = len(record.revisions) if revision is None else revision + 1
    changes = [each.change for each in record.revisions[1:until] if each.change]
    chosen = [each.choices for each in changes if isinstance(each, Replan) and each.choices]
    choices = chosen[-1] if chosen else course.choices
    return course.model_copy(update={"changes": tuple(changes), "choices": choices})


def last_entry(record: Record) -> datetime:
    """Give the moment of the last revision or release."""
    return max([each.at for each in record.revisions] + [each.at for each in record.releases])


def content_sha256(
    record: Record, revision: int | None = None, form: Form = SIGNED_FORM
) -> str:  # fmt: skip
    """Give the sha256 of all that a signature of a revision covers: all but the signatures.

    ``form``: that of the course file when it was signed.
    """
    until = len(record.revisions) if revision is None else revision + 1
    revisions = record.revisions[:until]
    used = {each.regimen_sha256 for each in revisions}
    regimens = {key: value for key, value in record.regimens.items() if key in used}
    update = {"revisions": revisions, "regimens": regimens, "releases": (), "version": form}
    return hashlib.sha256(_json(_texts(record.model_copy(update=update)))).hexdigest()


def content(record: Record) -> bytes:
    """Write the course file: JSON, all values as text, with the sha256 of its content."""
    body = _json(_texts(record))
    return body.removesuffix(b"\n}\n") + (
        f',\n "sha256": "{hashlib.sha256(body).hexdigest()}"\n}}\n'.encode()
    )


def exact_content(record: Record) -> bytes:
    """Write the course file, and read it back before it is kept.

    Raises RecordError where what is read differs from the record, so that nothing that cannot be
    opened again takes the place of a course.
    """
    raw = content(record)
    try:
        kept = read(raw)
    except RecordError as error:
        message = f"would be a file that cannot be opened ({error}); nothing was saved"
        raise RecordError(message) from None
    if kept != record:
        raise RecordError("would be read back as another course; nothing was saved")
    return raw


def _json(texts: Mapping[str, object]) -> bytes:
    return (json.dumps(texts, ensure_ascii=False, indent=1) + "\n").encode()


def _texts(record: Record) -> dict[str, object]:
    return {
        "posology course file": record.version,
        "id": str(record.id),
        "form": record.form,
        "origin": record.origin,
        "inputs": record.inputs,
        "regimens": record.regimens,
        "revisions": [_revision(revision) for revision in record.revisions],
        "releases": [
            {
                "revision": str(release.revision),
                "at": _stamp(release.at),
                "by": release.by,
                **({"checked_by": release.checked_by} if release.checked_by else {}),
                "acknowledged": dict(release.acknowledged),
                **({"accepted": dict(release.accepted)} if release.accepted else {}),
                "content_sha256": release.content_sha256,
                **_findings_hash(release),
            }
            for release in record.releases
        ],
    }


def _revision(revision: Revision) -> dict[str, object]:
    before, formulary = revision.before_sha256, revision.formulary_sha256
    return {
        "at": _stamp(revision.at),
        "software": revision.software,
        "regimen_version": str(revision.regimen_version),
        "regimen_sha256": revision.regimen_sha256,
        "site_sha256": revision.site_sha256,
        **({"formulary_sha256": formulary} if formulary else {}),
        **({"before_sha256": before} if before else {}),
        **({"change": revision.change.texts} if revision.change else {}),
        "events": {key: str(line) for key, line in revision.events.items()},
        "gone": list(revision.gone),
    }


def revision_sha256(revision: Revision) -> str:
    """Give the sha256 of a revision, which the next one holds."""
    return hashlib.sha256(_json(_revision(revision))).hexdigest()


def _findings_hash(release: Release) -> dict[str, str | None]:
    if release.form == "1":
        return {"reviews_sha256": release.reviews_sha256}
    return {"findings_sha256": release.findings_sha256}


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def read(raw: bytes) -> Record:
    """Read a course file strictly; raises RecordError that says what is wrong with it.

    It must be, byte for byte, what Posology would write; so every change of it is found.
    """
    data = _loaded(raw)
    if not isinstance(data, dict) or "posology course file" not in data:
        raise RecordError(_NO_COURSE)
    schema, _ = data.pop("posology course file"), data.pop("sha256", None)
    if not (isinstance(schema, str) and re.fullmatch(r"[1-9][0-9]{0,3}", schema)):
        raise RecordError(f"names no version of its form; {_DAMAGED}")
    if int(schema) > int(FORM):
        raise RecordError(f"is of form {int(schema)}, this Posology reads up to {FORM}; update it")
    try:
        record = Record.model_validate({**data, "version": schema})
        if content(record) != raw:
            raise RecordError(f"does not match its sha256; {_DAMAGED}")  # noqa: TRY301 - told as it is
        _must_fit(record)
        lines_at(record, len(record.revisions) - 1)
        course_at(record)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"]))
        known = {"extra_forbidden": "is not a key here", "missing": "is missing"}
        reason = known.get(fault["type"]) or fault.get("ctx", {}).get("error", fault["msg"])
        raise RecordError(f"{where}: {reason}; {_DAMAGED}") from None
    except RecordError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, StopIteration) as error:
        reason = " ".join(str(error).split())[:120].encode("ascii", "backslashreplace").decode()
        raise RecordError(f"does not fit together ({reason}); {_DAMAGED}") from None
    return record


def _loaded(raw: bytes) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read JSON of texts alone: no number, no key twice."""
    if len(raw) > LARGEST_BYTES:
        raise RecordError(f"is larger than {LARGEST_BYTES:,} bytes; it is no course file")
    number = partial(_no_number, ours=b'"posology course file"' in raw)
    try:
        return json.loads(
            raw.decode(), object_pairs_hook=_once, parse_constant=number, parse_int=number,
            parse_float=number,
        )  # fmt: skip
    except UnicodeDecodeError:
        raise RecordError(f"is not UTF-8; {_DAMAGED}") from None
    except RecursionError:
        raise RecordError(f"is nested too deeply; {_DAMAGED}") from None
    except json.JSONDecodeError as error:
        raise RecordError(f"is not JSON (line {error.lineno}: {error.msg}); {_DAMAGED}") from None


def _must_fit(record: Record) -> None:
    """Refuse what Posology could not have written: times that run back, signatures of nothing."""
    if course_at(record, 0).inputs != dict(record.inputs):
        raise RecordError(f"does not fit together (inputs); {_DAMAGED}")
    if any(revision.regimen_sha256 not in record.regimens for revision in record.revisions):
        raise RecordError(f"does not fit together (a regimen is missing); {_DAMAGED}")
    moments = [revision.at for revision in record.revisions]
    if moments != sorted(moments):
        raise RecordError(f"holds revisions whose times run back; {_DAMAGED}")
    _must_be_chained(record)
    if any(each.change is None for each in record.revisions[1:]) or record.revisions[0].change:
        raise RecordError(f"holds a revision without a change; {_DAMAGED}")
    before = (0, record.revisions[0].at)
    for release in record.releases:
        good = before[0] <= release.revision < len(moments) and before[1] <= release.at
        if not good or release.at < moments[release.revision]:
            raise RecordError(f"holds a release that belongs to no revision; {_DAMAGED}")
        if release.content_sha256 != content_sha256(record, release.revision, release.form):
            raise RecordError(f"holds a release of other content; {_DAMAGED}")
        lines = lines_at(record, release.revision).values()
        if any(line.of_form_1 != (release.form == "1") for line in lines):
            raise RecordError(f"holds a release of another form; {_DAMAGED}")
        before = (release.revision, release.at)
    written = [line for revision in record.revisions for line in revision.events.values()]
    if record.version == "1" and not all(line.of_form_1 for line in written):
        raise RecordError(f"holds lines of another form; {_DAMAGED}")


def _must_be_chained(record: Record) -> None:
    """Refuse a record from which a revision was cut out; those of forms 1 and 2 hold no hash."""
    chained = False
    for before, each in pairwise(record.revisions):
        held = each.before_sha256
        if (held is None and chained) or held not in {None, revision_sha256(before)}:
            raise RecordError(f"lacks a revision, or one was changed; {_DAMAGED}")
        chained = held is not None
    if record.revisions[0].before_sha256 or (chained and record.version != FORM):
        raise RecordError(f"does not fit together (revisions); {_DAMAGED}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RecordError(f"holds {shown(twice)} twice; {_DAMAGED}")
    return found


def _no_number(text: str, *, ours: bool) -> Any:  # noqa: ANN401 - it never returns
    if not ours:
        raise RecordError(_NO_COURSE)
    raise RecordError(f"holds {shown(text)}, which is no text; {_DAMAGED}")
