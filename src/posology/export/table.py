"""A plan as a table (.csv).

The columns are a promise to those who script them.
"""

import csv
import io
from collections.abc import Iterator

from posology import __version__
from posology.course.inputs import inputs_hash
from posology.dispensing.infusion import shown
from posology.model import Administration, Plan, print_date

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
            *record_cells(administration),
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


def record_cells(administration: Administration) -> tuple[str, str, str]:
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
