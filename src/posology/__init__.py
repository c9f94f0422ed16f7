"""Posology: a regimen and a patient give exact doses on exact dates.

``plan`` is the one entry. Its parts are imported when it is called, so that the command
line starts fast.
"""

TYPE_CHECKING = False  # importing typing for it would cost a third of "posology --help"
if TYPE_CHECKING:
    from posology.library import Library, SiteFile
    from posology.model import Course, Plan

__version__ = "0.1.0"
__all__ = ["__version__", "plan"]


def plan(course: "Course", library: "Library", site: "SiteFile") -> "Plan":
    """Compute all administrations, totals and findings of a course.

    A pure function: no clock, no disk, no randomness, no locale. Raises CourseError for inputs
    that do not settle the regimen, DosingError for a dose that the patient's measures do not
    give. Everything else that is wrong is a finding.
    """
    from posology.planning import plan as compute  # noqa: PLC0415 - the command line starts fast

    return compute(course, library, site)
