"""A plan, with all that is wrong with the files of one's own that it rests on."""

from posology.guards.unjudged import Entered
from posology.library import Library, SiteFile
from posology.model import LEVELS, Course, Plan
from posology.planning.accepting import with_accepted
from posology.planning.compute import compute
from posology.planning.origin import origin, own_combinations, own_drugs
from posology.planning.own import own_files


def plan(
    course: Course, library: Library, site_file: SiteFile, entered: Entered | None = None
) -> Plan:
    """Compute a plan; see ``posology.plan``.

    What ``posology check`` finds in a regimen or a drug file that is not the shipped one is a
    finding of the plan.
    """
    computed = compute(course, library, site_file, entered)
    entry = library.regimens[course.regimen]
    came = origin(entry, library)
    found = [*own_files(entry, library, site_file), *own_drugs(came.own_drugs, library),
             *own_combinations([each.drug for each in entry.regimen.orders], library)]  # fmt: skip
    # A pair that an own table lacks may be one with another medicine of the patient.
    of_files = [finding._replace(same=finding.code != "combinations-differ") for finding in found]
    different = dict.fromkeys([*computed.findings, *of_files])
    computed = computed._replace(findings=tuple(different), origin=came)
    findings = sorted(with_accepted(computed), key=lambda finding: LEVELS.index(finding.level))
    return computed._replace(findings=tuple(findings))
