"""A plan on paper (.pdf): the worksheet to be checked by hand, and a calendar for the patient.

Typeset by typst from two templates; every text goes in as data, so none is taken for markup.
The same plan gives the same bytes: no clock, no font of the machine.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import typst

from posology import __version__
from posology.course.inputs import inputs_hash
from posology.dispensing.infusion import lasting
from posology.errors import ExportError
from posology.export.table import status
from posology.export.text import (
    changed_so,
    cited,
    dosing_weights,
    facts,
    given,
    made,
    measures,
    ordered,
    release_status,
    rhythm,
    weight,
    workings,
)
from posology.guards.reached import beside
from posology.model import Administration, Infusion, Plan, print_date
from posology.model.kinds import MONTHS
from posology.model.rows import Route

_FOLDER = Path(__file__).parent
_BY: dict[Route, str] = {
    "oral": "by mouth",
    "intravenous": "as an infusion into a vein",
    "subcutaneous": "as an injection under the skin",
    "intramuscular": "as an injection into a muscle",
    "intrathecal": "as an injection into the spinal canal",
    "inhaled": "breathed in",
    "ocular": "into the eye",
    "topical": "on the skin",
    "rectal": "into the rectum",
    "sublingual": "under the tongue",
    "nasal": "into the nose",
    "buccal": "inside the cheek",
    "vaginal": "into the vagina",
    "transdermal": "as a patch on the skin",
    "intravitreal": "as an injection into the eye",
    "intraarticular": "as an injection into a joint",
}


def worksheet(plan: Plan) -> bytes:
    """Write the worksheet: inputs, working, containers, rates, findings, room for a check."""
    revision = plan.issued.revision if plan.issued else 0
    letters = _letters(plan)
    return _typeset(
        "sheet.typ",
        {
            "title": plan.regimen.name,
            "subtitle": plan.regimen.indication,
            "stands": f"{release_status(plan)}. For a pharmacist's independent check.",
            "head": f"{status(plan)} course {plan.course_id.hex[:8]} revision {revision}",
            "foot": _foot(plan),
            "inputs": _inputs(plan),
            "orders": [_order(plan, order) for order in dict.fromkeys(
                each.slot.order for each in plan.administrations)],
            "administrations": [
                _administration(administration, letters)
                for administration in plan.administrations
            ],
            "to_do": [[print_date(dated.on), dated.words, ""]
                      for dated in plan.items],
            "supplies": [str(supplied) for supplied in plan.supplies],
            "needed": [str(needed) for needed in plan.needed],
            "absent": [str(absent) for absent in plan.absent],
            "facts": facts(plan),
            "totals": [line.strip() for total in plan.totals for line in ordered(total, plan)]
            + [f"By policy, {line.strip()}" for line in dosing_weights(plan)],
            "findings": [{"level": finding.level, "text": finding.words}
                         for finding in plan.findings],
            "sources": cited(plan),
        },
    )  # fmt: skip


def _administration(administration: Administration, letters: Mapping[Infusion, str]) -> list[str]:
    """Write a row of the table: date, time, dose, containers, end, and room for a second figure."""
    at, order, ready = administration.at, administration.order, administration.ready
    infusion = administration.runs
    return [
        print_date(at),
        f"{at:%H:%M}",
        (
            f"{administration.amount} {order.drug}, {order.way}; {administration.position}"
            f"{given(administration)}"
        ),
        " + ".join(map(str, ready.packs)) if ready else "",
        f"{administration.ends_at} ({letters[infusion]})" if infusion else "",
        "",
    ]


def _foot(plan: Plan) -> str:
    return (
        f"{plan.named} version {plan.regimen.version}, sha256 "
        f"{plan.regimen_sha256[:16]}; course {plan.course_id.hex[:8]}, inputs "
        f"{inputs_hash(plan.course)[:16]}; Posology {__version__}"
    )


def _inputs(plan: Plan) -> list[list[str]]:
    course = plan.course
    return [
        ["Reference", course.reference or "not given"],
        ["Weight", weight(plan)],
        *([["Measures", line] for line in measures(plan)]),
        ["First day", print_date(course.start)],
        ["Cycles", str(course.cycles) if course.cycles else str(plan.regimen.duration)],
        *([f"Choice, {name}", picked] for name, picked in sorted(course.choices.items())),
        ["Site", f"{plan.site.name}, {plan.site.time_zone}, sha256 {plan.site_sha256[:16]}"],
        ["Formulary", plan.origin.formulary],
        *(["Change", changed_so(*numbered)] for numbered in enumerate(course.changes, 1)),
    ]


def _order(plan: Plan, name: str) -> dict[str, object]:
    letters = _letters(plan)
    administrations = [each for each in plan.administrations if each.slot.order == name]
    order = administrations[0].order
    amounts = list(dict.fromkeys(str(each.amount) for each in administrations))
    return {
        "name": f"{order.drug}, {order.route}",
        "dose": f"{' or '.join(amounts)}; {rhythm(order, plan)}",
        "working": workings(administrations),
        "prepared": made(administrations),
        "limits": [str(each) for each in beside(order, plan)],
        "infusions": [
            {"title": (f"Rates {letters[infusion]}: {first.amount}, "
                       f"{_covered(administrations, infusion)}"),
             "rows": _paces(infusion), "working": list(infusion.working)}
            for infusion, first in _first_of_each(administrations)
        ],
    }  # fmt: skip


def _letters(plan: Plan) -> dict[Infusion, str]:
    """Name each different course of rates, so that every dose can say which is its own."""
    different = dict.fromkeys(each.runs for each in plan.administrations if each.runs)
    names = [
        f"{chr(ord('A') + number % 26)}{number // 26 or ''}" for number in range(len(different))
    ]
    return dict(zip(different, names, strict=True))


def _covered(administrations: Sequence[Administration], infusion: Infusion) -> str:
    days = [each.at for each in administrations if each.runs == infusion]
    more = f" and {len(days) - 1} more, see the table" if len(days) > 1 else ""
    return f"{print_date(days[0])}{more}"


def _first_of_each(
    administrations: Sequence[Administration],
) -> list[tuple[Infusion, Administration]]:
    seen: dict[Infusion, Administration] = {}
    for administration in administrations:
        if administration.runs:
            seen.setdefault(administration.runs, administration)
    return list(seen.items())


def _paces(infusion: Infusion) -> list[list[str]]:
    return [
        [str(pace.rate), lasting(pace.minutes), str(pace.volume)]
        for pace in infusion.paces
    ]  # fmt: skip


def patient_calendar(plan: Plan) -> bytes:
    """Write the patient's calendar: what is given when, in plain words; without a name."""
    months: dict[str, list[list[str]]] = {}
    for administration in plan.administrations:
        name = f"{MONTHS[administration.at.month - 1]} {administration.at.year}"
        months.setdefault(name, []).append(
            [print_date(administration.at), f"{administration.at:%H:%M}", _plainly(administration)]
        )  # fmt: skip
    revision = plan.issued.revision if plan.issued else 0
    return _typeset(
        "patient.typ",
        {
            "title": "Your treatment calendar",
            "draft": plan.released is None,
            "head": f"{release_status(plan)}; course {plan.course_id.hex[:8]} revision {revision}",
            "foot": _foot(plan),
            "about": [*_in_all(plan), *map(str, plan.needed)],
            "months": [{"name": name, "rows": rows} for name, rows in months.items()],
            "ending": ["Ask your pharmacist or your ward about anything that is unclear.",
                       "This calendar may change: look at the revision at the foot of the page."],
        },
    )  # fmt: skip


def _in_all(plan: Plan) -> Iterator[str]:
    """Say how often each drug is taken, all its orders together."""
    for drug, number in Counter(each.order.drug for each in plan.administrations).items():
        yield f"{drug}: {f'{number:,} times' if number > 1 else 'once'} in all"


def _plainly(administration: Administration) -> str:
    """Say a dose to the patient: ``2 capsules of 50 mg thalidomide (100 mg) by mouth``."""
    drug, how = administration.order.drug, _BY[administration.order.route]
    amount, ready = administration.amount, administration.ready
    if ready and ready.form in {"tablet", "capsule"}:
        packs = " and ".join(
            f"{pack.number} {ready.form}{'s' if pack.number > 1 else ''} of {pack.size}"
            for pack in ready.packs
        )
        return f"{drug}: {packs} {how}, {amount} in all"
    if administration.runs:
        return f"{drug} {amount} {how}, until about {administration.ends_at}"
    return f"{drug} {amount} {how}"


_IN_PRINT = (range(0x500), range(0x1E00, 0x2000), range(0x2010, 0x2600))
"""The letters of the typesetter's own fonts: Latin, Greek, Cyrillic, punctuation, arrows, signs."""
_NOT_IN_PRINT = frozenset(map(chr, (
    0x485, 0x486, 0x2041, 0x2043, 0x2053, 0x211F, 0x2121, 0x2123, 0x2125, 0x2152, 0x2185, 0x2186,
    0x2187, 0x2188, 0x218A, 0x218B,
)))  # fmt: skip


def _in_print(data: object) -> object:
    """Write a letter that the fonts lack as its number, (U+6F22), wherever it stands."""
    if isinstance(data, str):
        return "".join(
            each
            if each not in _NOT_IN_PRINT and any(ord(each) in letters for letters in _IN_PRINT)
            else f"(U+{ord(each):04X})"
            for each in data
        )
    if isinstance(data, dict):
        return {name: _in_print(value) for name, value in data.items()}
    return [_in_print(value) for value in data] if isinstance(data, list | tuple) else data


def _typeset(template: str, data: dict[str, object]) -> bytes:
    try:
        content = typst.compile(
            str(_FOLDER / template),
            sys_inputs={"data": json.dumps(_in_print(data), ensure_ascii=False)},
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=0,
        )
    except typst.TypstError as error:
        reason = " ".join(str(error).split())[:200]
        message = f"the .pdf cannot be typeset ({reason}); write reasons and names in Latin letters"
        raise ExportError(message) from None
    return bytes(content)
