"""The checks of regimen, drug and site files of one's own, for a plan that rests on them."""

from functools import cache

from posology.checks.formulary import check_drug
from posology.checks.site import check_site
from posology.library import (
    FOLDER,
    Entry,
    Library,
    SiteFile,
    ids,
    read_combinations,
    read_drug,
    read_regimen,
    read_site,
)
from posology.model import Drug, Finding, Place
from posology.planning.cases import failures

_Key = tuple[str, str, str]
_known_cases: dict[_Key, tuple[dict[str, Drug], list[Finding]]] = {}
"""The failed cases of regimens of one's own in this process; a page computes a plan often."""
_MOST_KNOWN = 100


@cache
def shipped_regimen(name: str) -> Entry | None:
    """Give the regimen of the shipped library with this id; None if there is none."""
    return read_regimen(FOLDER / f"{name}.yaml") if name in ids() else None


@cache
def shipped_drug(name: str) -> Drug | None:
    """Give the drug of the shipped library with this name; None if there is none."""
    path = FOLDER / "drugs" / f"{name}.yaml"
    return read_drug(path)[0] if path in FOLDER.glob("drugs/*.yaml") else None


@cache
def shipped_drugs() -> frozenset[str]:
    """Name the drugs of the shipped library; a plan may have read only those that it needs."""
    return frozenset(path.stem for path in FOLDER.glob("drugs/*.yaml"))


_example_site = cache(read_site)
shipped_combinations = cache(read_combinations)


def own_files(entry: Entry, library: Library, site_file: SiteFile) -> list[Finding]:
    """Check the site file, and the drug files and cases that are not those of the shipped library.

    The place of a finding in another file begins with ``site``, or ``drugs`` and the drug's name.
    """
    used = {name: library.drugs[name] for name in dict.fromkeys(
        order.drug for order in entry.regimen.orders) if name in library.drugs}  # fmt: skip
    own = [drug for name, drug in used.items() if drug != shipped_drug(name)]
    found = [
        finding._replace(
            place=Place.of("drugs", drug.name, *finding.place.steps),
            message=f"drug file {drug.name}, not the shipped one: {finding.message}",
        )
        for drug in own
        for finding in check_drug(drug)
    ]
    found += [
        finding._replace(
            place=Place.of("site", *finding.place.steps),
            message=f"site file, {finding.place}: {finding.message}",
        )
        for finding in check_site(
            site_file.site,
            _example_site().site,
            library.drugs,
            shipped_drugs() | library.drug_names,
        )
    ]
    if any(finding.level == "stop" for finding in found):
        return found  # the cases would only repeat it, line by line
    shipped = shipped_regimen(entry.id)
    if own or shipped is None or shipped.content_sha256 != entry.content_sha256:
        found += _failed_cases(entry, library, site_file, used)
    return found


def _failed_cases(
    entry: Entry, library: Library, site_file: SiteFile, used: dict[str, Drug]
) -> list[Finding]:
    """Compute the worked cases, once for the same regimen, drugs and site.

    Cases are written for the example site, as ``posology check`` computes them, or for the
    hospital's own: its clock times and its stock may be others. Those that fail for both stop.
    """
    key = (entry.id, entry.content_sha256, site_file.sha256)
    known = _known_cases.get(key)
    if known is None or known[0] != used:
        if len(_known_cases) >= _MOST_KNOWN:
            _known_cases.clear()
        alone = library._replace(regimens={entry.id: entry})
        found = list(failures(entry, alone, _example_site()))
        if found and site_file.sha256 != _example_site().sha256:
            found = list(failures(entry, alone, site_file))
        known = _known_cases[key] = (used, found)
    return known[1]
