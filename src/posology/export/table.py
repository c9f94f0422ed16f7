"""A plan as a table (.csv) and for other programs (.json).

The columns and keys are a promise to those who script them.
"""

import csv
import io
import json
from collections.abc import Iterator

from posology import __version__
from posology.course.inputs import inputs_hash
from posology.dispensing.infusion import shown
from posology.model import Administration, Finding, Plan, Supplied, Total, exact, print_date

COLUMNS = (
    "status",
    "date",
    "day_of_week",
    "time",
    "time_zone",
    "drug",
    "dose",
    "computed_dose",
    "planned_dose",
    "given",
    "product",
    "containers",
    "volume",
    "rates",
    "ends",
    "route",
    "order",
    "cycle",
    "day",
    "position",
    "weight",
    "dosing_weight",
    "working",
    "id",
    "course",
    "revision",
    "course_sha256",
    "regimen",
    "regimen_version",
    "regimen_sha256",
    "posology",
    "formulary_sha256",
    "own_drugs",
    "lot",
    "expiry",
    "recorded_by",
)
NOT_RECORDED = "not recorded"
# A spreadsheet takes the full-width signs for the others.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r")


def csv_bytes(plan: Plan) -> bytes:
    """Write one row for each administration; UTF-8 with CRLF line ends (RFC 4180)."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for row in rows(plan):
        writer.writerow(as_text(cell) for cell in row)
    return stream.getvalue().encode()


def rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    """Give the cells of each administration, in the order of the columns."""
    sha256 = inputs_hash(plan.course)
    for administration in plan.administrations:
        yield (
            status(plan),
            f"{administration.at:%Y-%m-%d}",
            print_date(administration.at)[:3],
            f"{administration.at:%H:%M}",
            _zone(plan, administration),
            administration.order.drug,
            str(administration.amount),
            str(administration.computed_amount),
            str(administration.planned),
            str(administration.recorded or ""),
            *_made(administration),
            administration.order.route,
            administration.order.id,
            str(administration.slot.cycle),
            str(administration.slot.day),
            str(administration.position),
            administration.weight.plain,
            administration.dosing_weight.plain,
            _working(administration),
            str(administration.slot),
            plan.course.reference or plan.course_id.hex[:8],
            str(plan.issued.revision if plan.issued else 0),
            sha256,
            plan.named,
            str(plan.regimen.version),
            plan.regimen_sha256,
            __version__,
            plan.origin.formulary_sha256,
            ", ".join(plan.origin.own_drugs),
            *_record(administration),
        )


def _zone(plan: Plan, administration: Administration) -> str:
    """Name the zone of a clock time; of a record the distance from UTC that it holds."""
    recorded = administration.recorded
    return str(recorded.moment.tzinfo) if recorded and recorded.moment else plan.site.time_zone.name


def _working(administration: Administration) -> str:
    """Write how a dose was computed and made; a recorded one is not computed anew."""
    if administration.recorded:
        return "as recorded"
    ready = administration.prepared
    return "; dispensed: ".join([administration.dose.working, *([ready.working] if ready else [])])


def _record(administration: Administration) -> tuple[str, str, str]:
    """Give lot, expiry and who recorded it; empty for a dose that is not recorded."""
    recorded = administration.recorded
    if recorded is None:
        return "", "", ""
    expiry = recorded.expiry.isoformat() if recorded.expiry else NOT_RECORDED
    return recorded.lot or NOT_RECORDED, expiry, recorded.by or "nobody named"


def status(plan: Plan) -> str:
    """Say whether a plan is released; until then every export says DRAFT."""
    release = plan.released
    if release is None:
        return "DRAFT"
    return "released" if release.checked_by else "released, not checked by a second person"


def _signed(plan: Plan) -> dict[str, object]:
    release = plan.released
    if release is None:
        return {}
    return {
        "released_by": release.by,
        "checked_by": release.checked_by,
        "released_on": f"{release.at:%Y-%m-%dT%H:%M:%S}Z",
        "acknowledged": dict(release.acknowledged),
    }


def _made(administration: Administration) -> tuple[str, str, str, str, str]:
    """Give product, containers, volume, rates and end; empty where there are none."""
    ready, infusion, recorded = administration.ready, administration.runs, administration.recorded
    if ready is None:
        unknown = NOT_RECORDED if recorded else ""
        product = (recorded and recorded.product) or unknown
        return product, unknown, "", "", ""
    return (
        ready.product,
        " + ".join(map(str, ready.packs)),
        str(ready.volume or ""),
        shown(infusion) if infusion else "",
        administration.ends_at,
    )


def as_text(cell: str) -> str:
    """Mark what a spreadsheet would take for a formula as text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def json_bytes(plan: Plan) -> bytes:
    """Write the whole plan as one object, the keys as the command line's help lists them."""
    document = {
        "posology": __version__,
        "status": status(plan),
        "regimen": {
            "id": plan.course.regimen,
            "name": plan.regimen.name,
            "version": plan.regimen.version,
            "status": plan.regimen.status,
            "sha256": plan.regimen_sha256,
            "of_the_library": not plan.origin.mark,
        },
        "formulary": {
            "sha256": plan.origin.formulary_sha256,
            "own_drugs": list(plan.origin.own_drugs),
        },
        "course": {
            **plan.course.inputs,
            "id": str(plan.course_id),
            "revision": str(plan.issued.revision if plan.issued else 0),
            **_signed(plan),
            "sha256": inputs_hash(plan.course),
            "dosing_weights": {order: size.words for order, size in plan.sizes.items()},
        },
        "site": {
            "name": plan.site.name,
            "time_zone": plan.site.time_zone.name,
            "sha256": plan.site_sha256,
        },
        "administrations": [_administration(each) for each in plan.administrations],
        "not_given": [
            {"id": str(absent.slot), "on": absent.on.isoformat(), "why": absent.why}
            for absent in plan.absent
        ],
        "items": [
            {"name": dated.item.name, "kind": dated.item.kind, "on": dated.on.isoformat()}
            for dated in plan.items
        ],
        "totals": [_total(total) for total in plan.totals],
        "supplies": [_supplied(supplied) for supplied in plan.supplies],
        "findings": [_finding(finding) for finding in plan.findings],
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _administration(administration: Administration) -> dict[str, object]:
    return {
        "id": str(administration.slot),
        "order": administration.order.id,
        "drug": administration.order.drug,
        "route": administration.order.route,
        "cycle": administration.slot.cycle,
        "day": administration.slot.day,
        "at": administration.at.isoformat(),
        "dose": str(administration.amount),
        "computed_dose": str(administration.computed_amount),
        "working": "as recorded" if administration.recorded else administration.dose.working,
        **_recorded(administration),
        **_prepared(administration),
    }


def _total(total: Total) -> dict[str, object]:
    return {
        "order": total.order,
        "drug": total.drug,
        "administrations": total.administrations,
        "per_cycle": " or ".join(map(str, total.per_cycle)),
        "per_course": str(total.per_course),
        "dispensed": str(total.dispensed),
        "product": total.product,
        "containers": [str(pack) for pack in total.packs],
    }


def _supplied(supplied: Supplied) -> dict[str, object]:
    return {
        "order": supplied.order,
        "on": supplied.on.isoformat(),
        "until": supplied.until.isoformat(),
        "containers": [str(pack) for pack in supplied.packs],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "level": finding.level,
        "where": str(finding.place),
        "message": finding.message,
        "values": [exact(value) for value in finding.values],
    }


def _recorded(administration: Administration) -> dict[str, object]:
    recorded = administration.recorded
    if recorded is None:
        return {}
    product = {"product": recorded.product or NOT_RECORDED}
    lot, expiry, by = _record(administration)
    return {
        "given": str(recorded), "planned_dose": str(administration.planned),
        **product, "lot": lot, "expiry": expiry, "recorded_by": by,
    }  # fmt: skip


def _prepared(administration: Administration) -> dict[str, object]:
    ready, infusion = administration.ready, administration.runs
    if ready is None:
        return {}
    made: dict[str, object] = {
        "product": ready.product,
        "containers": [str(pack) for pack in ready.packs],
        "preparation": ready.working,
    }
    if ready.volume:
        made |= {"volume": str(ready.volume), "injection_sites": ready.places}
    if infusion:
        made["rates"] = [
            {"rate": str(pace.rate), "minutes": str(pace.minutes), "volume": str(pace.volume)}
            for pace in infusion.paces
        ]
        made["rates_working"] = list(infusion.working)
        made["ends"] = administration.ends(0).isoformat()
    return made
