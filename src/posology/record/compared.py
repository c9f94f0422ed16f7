"""What a course file holds beside what is computed now: doses, drug files, and an older form."""

from collections.abc import Mapping

from posology.model import Finding, Line, Place, Plan, Revision
from posology.record.history import event_differences

_MOST_LISTED = 3


def recomputed(kept: Mapping[str, Line], computed: Mapping[str, Line]) -> list[Finding]:
    """Stop where the same course comes out differently: site, formulary or software changed."""
    differs = event_differences(_of_doses(kept), _of_doses(computed))
    if not differs:
        return []
    remainder = [f"and {len(differs) - _MOST_LISTED} more"] if len(differs) > _MOST_LISTED else []
    differs = [*differs[:_MOST_LISTED], *remainder]
    message = (
        f"the site file, the formulary or Posology has changed, and the course now comes out "
        f"differently: {'; '.join(differs)}. Give the site file it was planned with, or take what "
        "is new: posology revise COURSE replan"
    )
    return [Finding("computed-differently", "stop", Place.of("course"), message, ())]


def _of_doses(lines: Mapping[str, Line]) -> dict[str, Line]:
    """Leave out what a drug file asks to measure; a newer file may ask for more."""
    return {key: line for key, line in lines.items() if not key.startswith("due.")}


def formulary_changed(kept_revision: Revision, computed: Plan) -> list[Finding]:
    """Note that the drug files are others than those of the revision."""
    now = computed.origin.formulary_sha256
    if kept_revision.formulary_sha256 in {None, now}:
        return []
    before = str(kept_revision.formulary_sha256)
    message = (
        f"the drug files are not those of the course file (sha256 {before[:16]}, now "
        f"{now[:16] or 'of no file'}); what a dose changes by is said beside it"
    )
    return [Finding("formulary-changed", "note", Place.of("drugs"), message, (before, now))]


def older_form(lines: Mapping[str, Line], *, same_site: bool) -> list[Finding]:
    """Note what a course file of form 1 does not hold; stop if the site file has changed since.

    The site file names the products, and form 1 cannot tell whether they are the same.
    """
    if not any(line.of_form_1 for line in lines.values()):
        return []
    if not same_site:
        message = (
            "an older Posology wrote this course file with another site file, so whether products "
            "and rates are the same cannot be told. Give the site file it was planned with, or "
            "plan it again: posology revise COURSE replan"
        )
        return [Finding("computed-differently", "stop", Place.of("course"), message, ())]
    message = (
        "an older Posology wrote this course file. Days, times, doses and lengths of its entries "
        "are compared with those computed now. Products, containers and rates are not: the file "
        "does not hold them"
    )
    return [Finding("older-form", "note", Place.of("course"), message, ())]
