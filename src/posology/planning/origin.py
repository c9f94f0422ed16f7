"""Where the regimen and the drugs of a plan come from, and what drug files of one's own lack."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence

from posology.library import Entry, Library
from posology.model import Finding, Place
from posology.model.kinds import Noun
from posology.model.origin import Origin
from posology.planning.own import shipped_combinations, shipped_drug, shipped_regimen

_SAYS_NOTHING_OF_A_DOSE = {
    "name", "names", "version", "atc", "rxnorm", "sources", "cases", "source", "basis", "note",
    "verdicts", "example", "examples", "holds",
}  # fmt: skip
_MOST_NAMED = 12


def origin(entry: Entry, library: Library) -> Origin:
    """Compare the regimen and its drugs with those of the shipped library."""
    used = sorted({order.drug for order in entry.regimen.orders} & library.drugs.keys())
    own = tuple(name for name in used if library.drugs[name] != shipped_drug(name))
    return Origin(_mark(entry), own, _formulary(used, library.drug_files))


def _mark(entry: Entry) -> str:
    """Say of a regimen that it is not the library's; an empty text if it is."""
    shipped = shipped_regimen(entry.id)
    if shipped is None:
        return " (own file)"
    if shipped.content_sha256 == entry.content_sha256:
        return ""
    if shipped.regimen.version != entry.regimen.version:
        return f" (not the library's version {shipped.regimen.version})"
    return " (not the library's)"


def _formulary(used: Sequence[str], files: Mapping[str, str]) -> str:
    """Give one sha256 for the drug files of a plan; empty where a drug came from no file."""
    if not set(used) <= files.keys():
        return ""
    lines = "".join(f"{name} {files[name]}\n" for name in used)
    return hashlib.sha256(lines.encode()).hexdigest()


def own_drugs(names: Sequence[str], library: Library) -> Iterator[Finding]:
    """Ask for review of a drug file that lacks what the shipped one says, or says otherwise."""
    for name in names:
        shipped = shipped_drug(name)
        place = Place.of("drugs", name)
        if shipped is None:
            message = f"{name}: the drug file is your own; the library has none to compare it with"
            yield Finding("drug-own", "note", place, message, (name,))
            continue
        differs = tuple(dict.fromkeys(_differences(shipped, library.drugs[name], "")))
        if not differs:
            message = f"{name}: the drug file is your own; it gives doses as the shipped one does"
            yield Finding("drug-own", "note", place, message, (name,))
            continue
        listed = "; ".join(differs[:_MOST_NAMED])
        more = f"; and {len(differs) - _MOST_NAMED} more" if len(differs) > _MOST_NAMED else ""
        message = (
            f"{name}: the drug file is your own. Compared with the shipped one it {listed}{more}. "
            "Look at each, and add what is missing"
        )
        yield Finding("drug-differs", "review", place, message, (name, *differs))


def own_combinations(names: Collection[str], library: Library) -> Iterator[Finding]:
    """Ask for review of a table of combinations that lacks one of the shipped one's."""
    own = [_essence(each) for each in library.combinations.combinations]
    lacking = tuple(
        " + ".join(each.drugs)
        for each in shipped_combinations().combinations
        if _essence(each) not in own and set(each.drugs) & set(names)
    )
    if lacking:
        listed = "; ".join(dict.fromkeys(lacking))
        message = (
            "the table of combinations is your own. Compared with the shipped one it lacks, or "
            f"says otherwise: {listed}. Look at each, and add what is missing"
        )
        yield Finding("combinations-differ", "review", Place.of("combinations"), message, lacking)


def _differences(shipped: object, own: object, where: str) -> Iterator[str]:
    """Name what the own file lacks or says otherwise, and a ceiling of a rate that it adds.

    What else it adds is its own affair.
    """
    if isinstance(shipped, Noun) and isinstance(own, Noun):
        for field in type(shipped).model_fields:
            if field in _SAYS_NOTHING_OF_A_DOSE:
                continue
            yield from _differences(
                getattr(shipped, field), getattr(own, field), f"{where}.{field}".strip(".")
            )
    elif isinstance(shipped, Mapping) and isinstance(own, Mapping):
        for name, value in shipped.items():
            yield from _differences(value, own.get(name), f"{where}.{name}")
        added = own.keys() - shipped.keys() if where.endswith(".most") else ()
        yield from (f"adds {where}.{name}" for name in sorted(added))
    elif listed := _nouns(shipped):
        kept = [_essence(one) for one in _nouns(own)]
        for number, one in enumerate(listed, 1):
            if _essence(one) not in kept:
                yield f"lacks {where} {number} of {len(listed)}"
    elif own != shipped and shipped not in (None, (), {}):
        yield f"lacks {where}" if own in (None, (), {}) else f"has another {where}"


def _nouns(value: object) -> list[Noun]:
    return [one for one in value if isinstance(one, Noun)] if isinstance(value, tuple) else []


def _essence(noun: Noun) -> dict[str, object]:
    """Give the fields of a noun that decide or warn, without their sources and worked examples."""
    return {
        field: _essence(value) if isinstance(value := getattr(noun, field), Noun) else value
        for field in type(noun).model_fields
        if field not in _SAYS_NOTHING_OF_A_DOSE
    }
