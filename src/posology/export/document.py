"""A plan as an object for other programs (.json); its keys are a promise to those who script."""

import json

from posology import __version__
from posology.course.inputs import inputs_hash
from posology.export.table import NOT_RECORDED, record_cells, status
from posology.guards.reached import Reached, reached
from posology.model import Administration, Finding, Plan, Supplied, Total, exact


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
        "as_needed": [
            {"order": each.order.id, "dose": str(each.dose), "words": str(each)}
            for each in plan.needed
        ],
        "not_given": [
            {"id": str(absent.slot), "on": absent.on.isoformat(), "why": absent.why}
            for absent in plan.absent
        ],
        "items": [
            {"name": dated.name, "kind": dated.kind, "on": dated.on.isoformat()}
            for dated in plan.items
        ],
        "totals": [_total(total) for total in plan.totals],
        "limits": [_reached(each) for each in reached(plan)],
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


def _reached(each: Reached) -> dict[str, object]:
    return {
        "drug": each.drug,
        "route": each.route,
        "per": each.per,
        "most": str(each.amount),
        "on": each.on.isoformat(),
        "usual": str(each.usual),
        "absolute": str(each.absolute),
        "source": each.source.source,
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
        "message": finding.words,
        "values": [exact(value) for value in finding.values],
    }


def _recorded(administration: Administration) -> dict[str, object]:
    recorded = administration.recorded
    if recorded is None:
        return {}
    product = {"product": recorded.product or NOT_RECORDED}
    lot, expiry, by = record_cells(administration)
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
