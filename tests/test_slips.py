"""Every slip of the pen in a regimen or a drug is stopped by a check or fails a case.

For each clinical value of each shipped file: another unit, ten times more or less, another
digit, each / per day / per cycle, day / week / month, another route or drug; or left out. What is
not stopped is listed in ESCAPES with its reason; it must stay under 2 %, and no number escapes.
What is slipped, field by field, stands in SLIPPED and DROPPED; what is not, in KEPT with the reason.
"""

import copy
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import get_args

import pytest
from pydantic import ValidationError

from conftest import ROOT
from nouns import Path, at, filled, texts
from posology import library as files
from posology.checks import check
from posology.checks.formulary import check_drug
from posology.model import Drug, Regimen
from posology.model.kinds import Noun
from posology.model.rows import Route
from posology.planning.cases import failures
from posology.quantity import print_number
from tiers import in_parts

_FORGOTTEN = {
    "the test is done by all patients then, also by those who cannot be pregnant": [
        f"{name} items.{index}.where"
        for name in (
            "myeloma-lenalidomide-dexamethasone", "myeloma-melphalan-prednisone-thalidomide",
            "myeloma-skin-thalidomide-dexamethasone", "myeloma-thalidomide-dexamethasone",
            "scleromyxedema-ivig-thalidomide", "myeloma-bortezomib-thalidomide-dexamethasone",
            "myeloma-bortezomib-lenalidomide-dexamethasone",
            "myeloma-lenalidomide-bortezomib-dexamethasone-lite", "poems-lenalidomide-dexamethasone",
            "myeloma-cyclophosphamide-thalidomide-dexamethasone",
            "myeloma-daratumumab-lenalidomide-dexamethasone",
            "myeloma-melphalan-prednisolone-thalidomide-four-weeks",
        )
        for index in range(4)
    ],
    "the infusion runs faster then, within the brand's ladder (168, not 138 mL/h); no case holds "
    "rates; posology diff tells it": [
        f"{name} {path}"
        for name in (
            "scleromyxedema-ivig", "scleromyxedema-ivig-thalidomide",
            "scleromyxedema-ivig-three-weeks",
        )
        for path in ("risks", "risks.paraproteinaemia")
    ],
    "a dose may be moved less then": [
        f"{name} orders.0.tolerance"
        for name in ("scleromyxedema-ivig", "scleromyxedema-ivig-three-weeks", "cidp-ivig",
                     "dermatomyositis-ivig", "systemic-sclerosis-ivig")
    ],
    "a reduction needs two people then": [
        f"myeloma-bortezomib-dexamethasone orders.0.steps{index}" for index in ("", ".1")
    ],
    "24 mg is above the 20 mg that limit the others, so that each gets the same": [
        "myeloma-melphalan-prednisone-thalidomide orders.0.most.0.when"
    ],
}  # fmt: skip
ESCAPES = {
    (name, path, "dropped"): reason
    for reason, places in _FORGOTTEN.items()
    for name, _, path in (place.partition(" ") for place in places)
}
"""(file, path, slip) → why it cannot be stopped. Only what is left out: no number, unit or sign."""

DRUGS = sorted(path.stem for path in (files.FOLDER / "drugs").glob("*.yaml"))
UNITS = ("g", "mg", "mcg", "ng")
ROUTES = get_args(Route)
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def numbers(text: str) -> Iterator[str]:
    """Slip each number in a text: ten times more and less, and by one in its last digit."""
    for found in NUMBER.finditer(text):
        value = Fraction(found[0])
        places = len(found[0].partition(".")[2])
        step = Fraction(1, 10**places)
        for slipped in (value * 10, value / 10, value + step, value - step):
            if slipped > 0 and slipped != value:
                written = print_number(slipped).replace(",", "")
                yield text[: found.start()] + written + text[found.end() :]


def units(text: str) -> Iterator[str]:
    """Slip the drug's unit: mg for mcg, and so on; kg for none."""
    for unit in UNITS:
        for other in UNITS:
            if other != unit and re.search(rf" {unit}\b", text):
                yield re.sub(rf" {unit}\b", f" {other}", text, count=1)
    for per in ("/kg", "/m2"):
        if per in text:
            yield text.replace(per, "")


def comparisons(text: str) -> Iterator[str]:
    """Slip a comparison for another, and drop each clause of a condition."""
    signs = ("<", "<=", ">", ">=")
    for sign in signs:
        for other in signs:
            if sign != other:
                yield re.sub(rf" {sign} ", f" {other} ", text, count=1)
    clauses = text.split(" and ")
    if len(clauses) > 1:
        for index in range(len(clauses)):
            yield " and ".join(clauses[:index] + clauses[index + 1 :])


def words(text: str, choices: tuple[str, ...]) -> Iterator[str]:
    """Slip one word for another of its kind."""
    for word in choices:
        for other in choices:
            if word != other and re.search(rf"\b{word}\b", text):
                yield re.sub(rf"\b{word}\b", other, text)


def amounts(text: str) -> Iterator[str]:
    """Slip a dose: number, unit, and whether it is each, per day or per cycle."""
    yield from numbers(text)
    yield from units(text)
    yield from words(text, ("each", "per day", "per cycle"))


def periods(text: str) -> Iterator[str]:
    """Slip a period: its number, and days, weeks or months."""
    yield from numbers(text)
    yield from words(text, ("day", "week", "month"))
    yield from words(text, ("days", "weeks", "months"))


def lengths(text: str) -> Iterator[str]:
    """Slip how long an infusion takes: its number, and minutes or hours."""
    yield from numbers(text)
    yield from words(text, ("minutes", "hours"))


def hours(text: str) -> Iterator[str]:
    """Slip a clock time by an hour."""
    for found in re.finditer(r"(\d\d):", text):
        yield f"{text[: found.start()]}{(int(found[1]) + 1) % 24:02d}{text[found.end() - 1 :]}"


def conditions(text: str) -> Iterator[str]:
    """Slip a condition: its numbers, signs and clauses."""
    yield from numbers(text)
    yield from comparisons(text)


def routes(text: str) -> Iterator[str]:
    """Slip a route for each other."""
    yield from (route for route in ROUTES if route != text)


def drugs(text: str) -> Iterator[str]:
    """Slip a drug for the next one of the formulary."""
    yield DRUGS[(DRUGS.index(text) + 1) % len(DRUGS)] if text in DRUGS else DRUGS[0]


def kinds(text: str) -> Iterator[str]:
    """Slip what kind of task it is."""
    yield from words(text, ("monitoring", "supply", "premedication", "prophylaxis", "hydration"))


def eachs(text: str) -> Iterator[str]:
    """Slip each dose for each cycle."""
    yield from words(text, ("dose", "cycle"))


def levels(text: str) -> Iterator[str]:
    """Slip what a rule does for the other."""
    yield from words(text, ("stop", "review"))


def limits(text: str) -> Iterator[str]:
    """Slip what guards a dose in a drug: number, unit, sign."""
    yield from numbers(text)
    yield from units(text)
    yield from comparisons(text)


SLIPPED = {
    ("Regimen", "duration"): periods,
    ("Order", "drug"): drugs,
    ("Order", "route"): routes,
    ("Order", "dose"): amounts,
    ("Order", "readings"): amounts,
    ("Order", "every"): periods,
    ("Order", "days"): periods,
    ("Order", "times"): numbers,
    ("Order", "duration"): periods,
    ("Order", "over"): lengths,
    ("Order", "at"): hours,
    ("Order", "start"): periods,
    ("Order", "cap"): numbers,
    ("Order", "diluted"): numbers,
    ("Order", "most_a_day"): amounts,
    ("Rate", "start"): limits,
    ("Rate", "by"): limits,
    ("Rate", "each"): lengths,
    ("Rate", "most"): limits,
    ("Titration", "by"): amounts,
    ("Titration", "every"): periods,
    ("Titration", "to"): amounts,
    ("Beside", "when"): lengths,
    ("Beside", "share"): numbers,
    ("Later", "at"): hours,
    ("Order", "tolerance"): periods,
    ("Erratum", "printed"): amounts,
    ("Row", "when"): conditions,
    ("Row", "dose"): amounts,
    ("Row", "every"): periods,
    ("Row", "days"): periods,
    ("Row", "times"): numbers,
    ("Later", "dose"): amounts,
    ("Later", "every"): periods,
    ("Later", "days"): periods,
    ("Later", "times"): numbers,
    ("Later", "duration"): periods,
    ("Limit", "amount"): amounts,
    ("Limit", "when"): conditions,
    ("Reduction", "to"): numbers,
    ("Reduction", "when"): conditions,
    ("ReductionStep", "dose"): amounts,
    ("Item", "name"): numbers,
    ("Item", "kind"): kinds,
    ("Item", "every"): periods,
    ("Item", "days"): periods,
    ("Item", "before"): periods,
    ("Item", "after"): periods,
    ("Item", "duration"): periods,
    ("DoneWith", "when"): lengths,
    ("DoneWith", "each"): eachs,
    ("Item", "where"): conditions,
    ("Bound", "must"): conditions,
    ("Window", "usual"): limits,
    ("Window", "absolute"): limits,
    ("Window", "when"): limits,
    ("Volume", "amount"): limits,
    ("Apart", "least"): limits,
    ("Product", "contents"): limits,
    ("Product", "markets"): limits,
    ("Product", "concentration"): limits,
    ("Product", "together"): limits,
    ("Ladder", "first"): limits,
    ("Ladder", "later"): limits,
    ("Ladder", "pause"): limits,
    ("Ladder", "example"): limits,
    ("Ceiling", "rate"): limits,
    ("VaccineRow", "to"): limits,
    ("VaccineRow", "wait"): limits,
    ("RiskFactor", "when"): limits,
    ("Gate", "must"): limits,
    ("Gate", "level"): levels,
    ("Apart", "level"): levels,
    ("Task", "within"): limits,
    ("Task", "at_least"): limits,
    ("Supply", "most"): limits,
}
"""How the text of a field is slipped."""

DROPPED = {
    ("Regimen", "risks"), ("Regimen", "items"),
    ("Order", "doses"), ("Order", "days"), ("Order", "times"), ("Order", "at"),
    ("Order", "duration"), ("Order", "over"), ("Order", "start"), ("Order", "beside"),
    ("Order", "cap"), ("Later", "at"), ("Order", "later"), ("Order", "most"), ("Order", "reduce"),
    ("Order", "steps"), ("Order", "tolerance"), ("Order", "on"), ("Order", "optional"),
    ("Row", "every"), ("Row", "days"), ("Row", "times"), ("Later", "dose"),
    ("Later", "every"), ("Later", "days"), ("Later", "times"), ("Later", "duration"),
    ("Order", "steps_up"), ("Order", "rates"), ("Order", "diluted"), ("Order", "titrate"),
    ("Order", "as_needed"), ("Order", "most_a_day"), ("Rates", "later"), ("Rate", "by"),
    ("Rate", "each"), ("Rate", "most"),
    ("Limit", "when"),
    ("Item", "where"), ("Item", "every"), ("Item", "days"), ("Item", "before"), ("Item", "after"),
    ("Item", "duration"), ("Item", "beside"), ("Item", "bound"), ("DoneWith", "when"), ("DoneWith", "each"),
}  # fmt: skip
"""What a regimen may leave out, whole or one member of it, so that it may be forgotten."""

_REASONS = {
    "its parts are slipped, or stand below": (
        "Regimen.orders Rates.first Order.erratum Giving.windows Giving.largest_volume Giving.apart "
        "Product.ladder Ladder.most Ladder.at_risk Ladder.first_most VaccineTable.rows Drug.routes "
        "Drug.products Drug.vaccines Drug.supply Drug.risks Drug.gates Drug.tasks "
        "Product.contraindications Product.warnings"
    ),
    "its parts stand below, each with the reason": (
        "Regimen.cases Regimen.sources Regimen.review Case.patient Drug.atc Drug.rxnorm Drug.sources "
        "Drug.cases Drug.warnings Drug.monitoring Drug.pregnancy_prevention"
    ),
    "words of the source; only a person with the source can judge them; where a value in use "
    "no longer stands in its quote, the quoted net stops it": (
        "Regimen.duration_quote Order.quote Row.quote Later.quote Limit.quote Reduction.quote "
        "ReductionStep.quote Rate.quote Titration.quote Item.quote Source.cite Source.evidence Source.seen"
    ),
    "words for a reader; no dose follows from them": (
        "Regimen.name Regimen.indication Regimen.unclear Regimen.duration_because Order.unclear "
        "Order.inferred Later.inferred Order.proviso Erratum.because Case.name Drug.names Drug.form Product.name Product.stability "
        "Ladder.note Window.note Fact.text Precaution.text Supply.text RiskFactor.why "
        "Gate.do Task.name Bound.do"
    ),
    "a name; another name is refused, or fails a case": (
        "Beside.order DoneWith.order Row.source Row.market Order.markets Order.salts Order.salt Product.salt Product.same_as "
        "Order.id Order.source ReductionStep.source Item.source Regimen.extends Regimen.replaced_by "
        "Drug.name Giving.products Apart.source Ceiling.source DrugCase.route Fact.source "
        "Ladder.source Precaution.source Product.source RiskFactor.source Supply.source Gate.source Task.source "
        "VaccineTable.source Volume.source Window.source"
    ),
    "a word that says who stands for a value; no dose follows from it": (
        "Apart.basis Ceiling.basis Code.basis Fact.basis Ladder.basis Precaution.basis Product.basis "
        "RiskFactor.basis Supply.basis VaccineTable.basis Volume.basis Window.basis Gate.basis Task.basis"
    ),
    "a count or a signature of the file; no dose follows from it": (
        "Regimen.version Regimen.status Review.by Review.on Review.sha256 Drug.version Code.code"
    ),
    "a worked example of a regimen: it is what stops the slips; slipped itself, it fails": (
        "Case.start Case.cycles Case.choose Case.without Case.expect Case.totals Case.to_do "
        "Case.refused Case.needed Case.likewise Likewise.name Likewise.patient Likewise.choose Likewise.doses Likewise.totals Likewise.refused Patient.weight Patient.weighed Patient.last_weight Patient.height Patient.sex "
        "Patient.age Patient.birth_year Patient.creatinine Patient.sampled "
        "Patient.pregnancy_possible Patient.neutrophils Patient.platelets Patient.counted "
        "Patient.creatinine_clearance Patient.dialysis"
    ),
    "a worked example of a drug: it stops the slips of the limits; slipped itself, it fails, or "
    "says another true thing": (
        "Window.verdicts Window.holds Apart.verdicts RiskFactor.holds Gate.verdicts Task.holds VaccineTable.examples "
        "DrugCase.dose DrugCase.says"
    ),
    "a word of a closed list, not a number; no example holds it: a wrong one is not stopped": (
        "Window.per Apart.between Product.form Product.measured Precaution.possible "
        "Gate.before Task.kind Task.due Precaution.markets "
        "Precaution.sex"
    ),
    "what a pharmacist has accepted; its parts are written by posology accept": "Site.accepted",
    "whose name stands on it, and why; it changes no dose": "Site.reasons Site.releases",
    "written by posology accept; another hash accepts nothing": (
        "Acceptance.regimen_sha256 Acceptance.formulary_sha256 Accepted.by Accepted.on "
        "Acceptance.findings Accepted.code Accepted.sha256 Accepted.says Accepted.because"
    ),
    "the hospital's own decision: nothing else states it, so that a slip cannot show; each plan "
    "names the file by its hash": (
        "Site.name Site.market Site.time_zone Site.clock Site.bedtime Site.entry_minutes Site.reminder_minutes "
        "Site.working_days Site.region Site.products Site.dosing_weight Site.clearance_weight "
        "Site.policies Site.body_surface Site.rounding Site.syringes Site.injection_volume "
        "Site.pump_step Site.weight Site.fresh Site.vaccines Policy.dated Policy.cite Policy.basis "
        "Policy.unless Policy.rows PolicyRow.weight PolicyRow.when RoundingLimits.review "
        "RoundingLimits.stop RoundingLimits.day RoundingLimits.prefer Freshness.weight Freshness.creatinine Freshness.counts "
        "WeightLimits.usual WeightLimits.absolute Site.days Site.least_between_doses DayLimits.past "
        "DayLimits.ahead DayLimits.course Far.review Far.stop"
    ),
}
KEPT = {
    (noun, field): reason
    for reason, names in _REASONS.items()
    for noun, _, field in (name.partition(".") for name in names.split())
}
"""What is neither slipped nor dropped, and why not."""


def slipped(noun: type[Noun], tree: dict) -> Iterator[tuple[Path, str]]:
    """Give every slip of every text of a tree; a field that is not known fails."""
    for name, field, path in filled(noun, tree):
        if (name, field) in SLIPPED:
            for place, text in texts(at(tree, path), path):
                slips = dict.fromkeys(SLIPPED[name, field](text))
                yield from ((place, one) for one in slips if one != text)
        else:
            assert (name, field) in DROPPED or (name, field) in KEPT, f"slip {name}.{field}"


def put(tree, path, text):
    """Copy a tree with one value changed, or its key dropped where the text is empty."""
    tree = copy.deepcopy(tree)
    inner = tree
    for step in path[:-1]:
        inner = inner[step]
    if text:
        inner[path[-1]] = text
    else:
        del inner[path[-1]]
    return tree


def moved(tree, path) -> Iterator[tuple[str, dict]]:
    """Slip the keys of later starts: cycle 5 for cycle 4, day for cycle."""
    inner = tree
    for step in path:
        inner = inner[step]
    for key in inner:
        for other in [*numbers(key), *words(key, ("cycle", "day"))]:
            changed = copy.deepcopy(tree)
            place = changed
            for step in path:
                place = place[step]
            place[other] = place.pop(key)
            yield other, changed


def stopped(entry, value, library, site) -> bool:
    """Whether a slipped regimen is refused, stopped by a check, or fails a case."""
    try:
        regimen = Regimen.model_validate(value)
    except ValidationError:
        return True
    if any(one.level == "stop" for one in check(regimen, library.drugs)):
        return True
    other = entry._replace(regimen=regimen)
    own = library._replace(regimens={entry.id: other})
    return next(iter(failures(other, own, site)), None) is not None


def trials(tree) -> Iterator[tuple[str, str, dict]]:
    """Give every slip of a regimen: where, what, and the tree with it."""
    for path, text in slipped(Regimen, tree):
        yield ".".join(map(str, path)), text, put(tree, path, text)
    for name, field, path in filled(Regimen, tree):
        if (name, field) in DROPPED:
            value = at(tree, path)
            steps = () if isinstance(value, str) else value
            steps = range(len(value)) if isinstance(value, list) else steps
            for place in (path, *((*path, step) for step in steps)):
                yield ".".join(map(str, place)), "dropped", put(tree, place, "")
        if (name, field) == ("Order", "later"):
            for key, changed in moved(tree, path):
                yield ".".join(map(str, path)), key, changed
    for index, order in enumerate(tree["orders"]):
        if "6 months" in order["quote"]:
            continue  # it says so
        added = copy.deepcopy(tree)
        added["orders"][index]["duration"] = "6 months"
        yield f"orders.{index}.duration", "added", added


@in_parts(1)
@pytest.mark.parametrize("name", files.ids())
def test_every_slip_in_a_regimen_is_stopped(library, site, name, part):
    entry = library.regimens[name]
    if entry.regimen.undosed:
        pytest.skip("it has no doses to slip: it is read, never computed")
    tried = part.choose(trials(entry.tree.value), 19)
    escaped = {
        (name, path, slip)
        for path, slip, value in tried
        if not stopped(entry, value, library, site)
    }
    places = {(name, path, slip) for path, slip, _ in tried}
    assert escaped == places & ESCAPES.keys(), "none more, and none less"


@in_parts(1)
@pytest.mark.parametrize("name", DRUGS)
def test_every_slip_in_a_drugs_limits_is_stopped(name, part):
    _, where = files.read_drug(files.FOLDER / "drugs" / f"{name}.yaml")
    escaped = []
    for path, text in part.choose(slipped(Drug, where.value), 19):
        try:
            found = check_drug(Drug.model_validate(put(where.value, path, text)))
        except ValidationError:
            continue
        if not found:
            escaped.append((".".join(map(str, path)), text))
    assert escaped == []


def test_as_many_slips_are_tried_as_we_say_and_at_most_two_in_a_hundred_escape(library):
    computed = [entry for entry in library.regimens.values() if not entry.regimen.undosed]
    tried = sum(1 for entry in computed for _ in trials(entry.tree.value))
    for name in DRUGS:
        _, where = files.read_drug(files.FOLDER / "drugs" / f"{name}.yaml")
        tried += sum(1 for _ in slipped(Drug, where.value))
    assert len(ESCAPES) * 50 <= tried
    for page in ("SAFETY.md", "CHANGELOG.md"):
        assert f"{tried:,} slips" in (ROOT / page).read_text("utf-8")


def test_what_escapes_is_left_out_and_never_another_number():
    assert {slip for _, _, slip in ESCAPES} == {"dropped"}
