"""What calendars and papers say of a dose that was given: its record, and nothing computed anew."""

from datetime import date

from posology.dispensing.infusion import shown
from posology.model import LEVELS, Administration, Finding, Place, Plan, Value, print_date

_MOST_LISTED = 3


def record_values(administration: Administration) -> tuple[Value, ...]:
    """List what an event says of a dose that is recorded: its record alone; empty if it is not."""
    recorded, order = administration.recorded, administration.order
    if recorded is None:
        return ()
    texts = recorded.texts
    parts = texts if isinstance(texts, dict) else {"given": texts}
    listed = [f"{name}: {text}" for name, text in sorted(parts.items())]
    return (order.drug, order.route, *listed, recorded.by or "")


def record_lines(administration: Administration) -> list[str]:
    """Say what was given of a dose, from its record alone; empty where there is none."""
    recorded = administration.recorded
    if recorded is None:
        return []
    infusion = recorded.infusion
    product = recorded.product or "not recorded"
    made = " + ".join(map(str, recorded.packs or ())) or "containers not recorded"
    return [
        f"Given: {recorded.words}"
        + (f"; planned {recorded.planned}" if recorded.planned else "; planned dose not recorded"),
        f"Product: {product}; {made}" + (f", {recorded.volume}" if recorded.volume else ""),
        *([f"Rates: {shown(infusion)}"] if infusion else []),
        f"Lot: {recorded.lot or 'not recorded'}"
        + (f", to be used by {print_date(recorded.expiry)}" if recorded.expiry else ""),
        f"Recorded by {recorded.by or 'nobody named'}",
    ]


def with_unrecorded(computed: Plan, today: date) -> Plan:
    """Add a review of the past doses of which nothing is recorded.

    It is for people, not for files: it depends on the day on which one looks.
    """
    past = [each for each in computed.administrations
            if not each.recorded and each.at.date() < today]  # fmt: skip
    if not past:
        return computed
    days = list(dict.fromkeys(each.at.date() for each in past))
    listed = ", ".join(map(print_date, days[:_MOST_LISTED]))
    more = f", and on {len(days) - _MOST_LISTED} more days" if len(days) > _MOST_LISTED else ""
    message = (
        f"past doses without a record: {len(past)} ({listed}{more}). Record what was given and "
        "what was not: posology revise COURSE given, or not-given"
    )
    finding = Finding("unrecorded", "review", Place.of("course"), message, (len(past), *days))
    findings = sorted([*computed.findings, finding], key=lambda each: LEVELS.index(each.level))
    return computed._replace(findings=tuple(findings))
