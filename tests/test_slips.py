"""Every slip of the pen in a regimen or a drug is stopped by a check or fails a case.

For each clinical value of each shipped file: another unit, ten times more or less, another
digit, each / per day / per cycle, day / week / month, another route. None may escape.
"""

import copy
import re
from collections.abc import Iterator
from fractions import Fraction

import pytest
from pydantic import ValidationError

from posology import library as files
from posology.checks import check
from posology.checks.formulary import check_drug
from posology.model import Drug, Regimen
from posology.planning.cases import failures
from posology.quantity import print_number
from tiers import in_parts

UNITS = ("g", "mg", "mcg", "ng")
ROUTES = ("oral", "intravenous", "subcutaneous", "intramuscular")
NUMBER = re.compile(r"\d+(?:\.\d+)?")


PROSE = {"cases", "sources", "quote", "duration_quote", "inferred", "unclear", "because"}


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


def slips(path: tuple, text: str) -> Iterator[str]:
    """Give every slip of a value, by where it stands."""
    field = path[-1]
    if field in {"dose", "amount"}:
        yield from numbers(text)
        yield from units(text)
        yield from words(text, ("each", "per day", "per cycle"))
    elif field in {"every", "duration"}:
        yield from numbers(text)
        yield from words(text, ("day", "week", "month"))
        yield from words(text, ("days", "weeks", "months"))
        yield from (
            text.replace(f"1 {one}", f"1 {other}")
            for one in ("day", "week", "month")
            for other in ("day", "week", "month")
            if one != other and f"1 {one}" in text
        )
    elif field == "when":
        yield from numbers(text)
        yield from comparisons(text)
    elif field in {"days", "times", "to", "before", "after", "tolerance"}:
        yield from numbers(text)
        yield from words(text, ("days", "weeks", "months"))
    elif field == "optional":
        yield ""
    elif field == "route":
        yield from (route for route in ROUTES if route != text)
    elif field == "at":
        yield ""


def clinical(value, path=()) -> Iterator[tuple[tuple, str]]:
    """List the clinical values of a regimen's tree, with their paths."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in PROSE:
                yield from clinical(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from clinical(inner, (*path, index))
    elif path and (path[0] in {"orders", "duration", "items"}):
        yield path, value


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
    slipped = entry._replace(regimen=regimen)
    own = library._replace(regimens={entry.id: slipped})
    return next(iter(failures(slipped, own, site)), None) is not None


def trials(tree) -> Iterator[tuple[str, str, dict]]:  # noqa: C901 - one kind of slip each
    for path, text in clinical(tree):
        for slipped in dict.fromkeys(slips(path, text)):
            if slipped != text:
                yield ".".join(map(str, path)), slipped, put(tree, path, slipped)
    for index, order in enumerate(tree["orders"]):
        for key in ("most", "reduce", "from", "at", "times", "days"):
            if key in order:
                yield f"orders.{index}.{key}", "dropped", put(tree, ("orders", index, key), "")
            for item in (
                range(len(order[key])) if key in order and isinstance(order[key], list) else ()
            ):
                kept = copy.deepcopy(tree)
                del kept["orders"][index][key][item]
                yield f"orders.{index}.{key}.{item}", "dropped", kept
        added = copy.deepcopy(tree)
        added["orders"][index]["duration"] = "6 months"
        yield f"orders.{index}.duration", "added", added
    for index in range(len(tree.get("items", []))):
        kept = copy.deepcopy(tree)
        del kept["items"][index]
        yield f"items.{index}", "dropped", kept
    for index, order in enumerate(tree["orders"]):
        if "from" in order:
            for key, changed in moved(tree, ("orders", index, "from")):
                yield f"orders.{index}.from", key, changed


@in_parts(1)
@pytest.mark.parametrize("name", files.ids())
def test_every_slip_in_a_regimen_is_stopped(library, site, name, part):
    entry = library.regimens[name]
    if entry.regimen.undosed:
        pytest.skip("it has no doses to slip: it is read, never computed")
    tried = part.choose(trials(entry.tree.value), 19)
    escaped = [
        (path, slipped)
        for path, slipped, value in tried
        if not stopped(entry, value, library, site)
    ]
    assert escaped == []


DRUGS = sorted(path.stem for path in (files.FOLDER / "drugs").glob("*.yaml"))


def guarding(drug) -> Iterator[tuple]:
    """List the paths of the numbers of a drug that guard a dose."""
    for route, giving in drug["routes"].items():
        for index, window in enumerate(giving["windows"]):
            keys = [key for key in ("usual", "absolute", "when") if key in window]
            yield from (("routes", route, "windows", index, one) for one in keys)
        if "largest_volume" in giving:
            yield ("routes", route, "largest_volume", "amount")
        if "apart" in giving:
            yield ("routes", route, "apart", "least")
    for name, product in drug["products"].items():
        sizes = range(len(product["contents"]))
        yield from (("products", name, "contents", index) for index in sizes)
        if "concentration" in product:
            yield ("products", name, "concentration")
        yield from rates(product.get("ladder"), ("products", name, "ladder"))
    for name, table in drug.get("vaccines", {}).items():
        for index in range(len(table["rows"])):
            yield from (("vaccines", name, "rows", index, key) for key in ("to", "wait"))
    yield from (("risks", index, "when") for index in range(len(drug.get("risks", ()))))


def rates(ladder, path) -> Iterator[tuple]:
    """List the paths of the rates of a ladder."""
    if ladder:
        for key in ("first", "later"):
            yield from ((*path, key, index) for index in range(len(ladder[key])))
        yield from ((*path, "most", one, "rate") for one in ladder["most"])
        yield from ((*path, key, "rate") for key in ("at_risk", "first_most") if key in ladder)
        yield (*path, "pause")


def limits(tree) -> Iterator[tuple[tuple, str]]:
    """Slip each number of a drug that guards a dose."""
    for path in dict.fromkeys(guarding(tree)):
        text = tree
        for step in path:
            text = text[step]
        for slipped in dict.fromkeys([*numbers(text), *units(text), *comparisons(text)]):
            if slipped != text:
                yield path, slipped


def drug_tree(name):
    return files.read_drug(files.FOLDER / "drugs" / f"{name}.yaml")[1].value


@in_parts(1)
@pytest.mark.parametrize("name", DRUGS)
def test_every_slip_in_a_drugs_limits_is_stopped(name, part):
    tree, escaped = drug_tree(name), []
    for path, slipped in part.choose(limits(tree), 19):
        try:
            found = check_drug(Drug.model_validate(put(tree, path, slipped)))
        except ValidationError:
            continue
        if not found:
            escaped.append((path, slipped))
    assert escaped == []


def test_there_is_a_slip_for_each_kind_of_value(library):
    """If a field were renamed, its slips would be lost without a word."""
    dosed = [entry for entry in library.regimens.values() if not entry.regimen.undosed]
    tried = [len(list(trials(entry.tree.value))) for entry in dosed]
    assert min(tried) > 20
    guarded = [len(list(limits(drug_tree(name)))) for name in DRUGS]
    assert sum(tried) + sum(guarded) > 4000, "SAFETY.md says so"
