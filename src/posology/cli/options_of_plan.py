"""The options of the commands that compute a course, as the command line shows them."""

import argparse

from posology.cli.options import Once, add_list
from posology.export.kinds import EXPORTS

_PLAN = """Examples:
  posology plan scleromyxedema-ivig --weight "70 kg" --start 2027-01-11 --cycles 6 \\
      --choose immunoglobulin.every="1 month" --choose immunoglobulin.days=1-5 --ics ivig.ics

--json writes {posology, status, regimen, course, site, administrations, totals, limits, findings}.
Exit codes: 0 done; 1 a finding says stop, and nothing is written; 2 an input cannot be used."""


_MEASURES = {
    "weighed": "2027-01-04, the day of the weight",
    "last-weight": "72 kg, the weight before this one",
    "height": "172 cm",
    "sex": "male or female",
    "age": "70 years",
    "birth-year": "1956, in place of the age",
    "creatinine": "80 umol/L or 0.9 mg/dL",
    "sampled": "2027-01-04, the day of the creatinine",
    "pregnancy-possible": "yes or no",
    "neutrophils": "2000 /uL or 2 G/L",
    "platelets": "150000 /uL or 150 G/L",
    "counted": "2027-01-04, the day of the counts",
    "clearance": "80 mL/min",
    "dialysis": "no",
}


def add_plan(command) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - argparse is slow to name
    """Add the commands that compute a course: plan, and weights."""
    plan = command("plan", "compute the doses and dates of a regimen for a patient", _PLAN)
    _add_inputs(plan)
    add = plan.add_argument
    add(
        "--start",
        action=Once,
        required=True,
        metavar="DATE",
        help="the day of the first dose, as in 2027-01-11",
    )
    add("--cycles", action=Once, metavar="N", help="where the source states no duration: how many")
    add_list("--last", plan, "DRUG=DATE",
        'the last dose before this course and its product, as in "immunoglobulin=2026-12-14 '
        'privigen"; without '
        "it the first infusion runs slowly, as for a patient who never had it")  # fmt: skip
    add(
        "--first-cycle",
        action=Once,
        metavar="N",
        help="take over a treatment that was begun elsewhere: its cycle that begins on --start; "
        "--cycles counts from its first cycle",
    )
    add_list("--before", plan, "DRUG …",
        'what was given before, as in "bortezomib 20 doses, 26 mg/m2", the last ones with their '
        'days: "…; 2027-05-31 1.3 mg/m2"')  # fmt: skip
    add_list("--takes", plan, "MEDICINE",
        "another medicine that the patient takes, as in "
        '"thalidomide from 2027-03-01 to 2027-03-31"')  # fmt: skip
    add("--course", action=Once, metavar="REF",
        help="your own pseudonym of the course, as in IG-0042, never a name; its calendar "
        "needs --save, so that a corrected one is newer")  # fmt: skip
    for kind, export in EXPORTS.items():
        if export.of_any_plan:
            add(f"--{kind}", action=Once, metavar="FILE",
                help=f"write the {export.words}; - for standard output")  # fmt: skip
    add("--privacy", action=Once, choices=("standard", "full", "discreet"),
        help="what the calendar shows: standard leaves the reference out, full shows it, "
        "discreet shows neither drug nor dose")  # fmt: skip
    add("--force", action="store_true", help="overwrite files")
    add("--save", action=Once, metavar="COURSE",
        help="keep the course as a file (.json), to change or release it later")  # fmt: skip
    add(
        "--keep",
        action="store_true",
        help="keep the course in the register, under its reference (--course)",
    )
    add("--compact", action="store_true",
        help="in calendars, equal doses in a row are one repeated entry")  # fmt: skip
    weights = command(
        "weights", "compare the site's dosing weight policies for a patient: grams and containers"
    )
    _add_inputs(weights)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    """Add the options that plan and weights share: the regimen, the patient, the choices."""
    add = parser.add_argument
    add("regimen", metavar="REGIMEN", help="its id, or a .yaml file")
    add(
        "--weight",
        action=Once,
        required=True,
        metavar="WEIGHT",
        help='as in "70.5 kg" or "155 lb"',
    )
    for name, example in _MEASURES.items():
        add(f"--{name}", action=Once, metavar="VALUE", help=f"where it is needed: {example}")
    add_list("--risk", parser, "RISK",
        "renal or thrombosis: infusions run slower; no-paraproteinaemia: the patient has none, "
        "though the regimen assumes it")  # fmt: skip
    add_list("--product", parser, "DRUG=PRODUCT",
        "use this product instead of the site's: immunoglobulin=octagam; or name its sizes: "
        '"immunoglobulin=privigen (5 g, 10 g)"')  # fmt: skip
    add_list("--without", parser, "ORDER", "leave out an optional order")
    add_list("--choose", parser, "ORDER.FIELD=VALUE",
        "settle what the source leaves open, as in immunoglobulin.days=1-5")  # fmt: skip
    add(
        "--site",
        action=Once,
        metavar="FILE",
        help="what your hospital decides; default: an example",
    )
