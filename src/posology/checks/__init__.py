"""What is wrong with a regimen before any patient is involved.

A check is a function from a regimen and the drugs to findings, in the list below. Three of
them are nets, each of which stops a thousandfold error alone: plausible, quoted, feasible.
"""

from collections.abc import Callable, Iterable, Mapping

from posology.checks.coherent import coherent, open_questions
from posology.checks.feasible import feasible
from posology.checks.plausible import plausible
from posology.checks.quoted import quoted
from posology.model import LEVELS, Drug, Finding, Regimen

Check = Callable[[Regimen, Mapping[str, Drug]], Iterable[Finding]]
CHECKS: tuple[Check, ...] = (coherent, plausible, quoted, feasible, open_questions)


def check(
    regimen: Regimen, drugs: Mapping[str, Drug], checks: Iterable[Check] = CHECKS
) -> list[Finding]:
    """Collect the findings of all checks, the gravest first."""
    found = [finding for run in checks for finding in run(regimen, drugs)]
    return sorted(found, key=lambda finding: (LEVELS.index(finding.level), finding.place))
