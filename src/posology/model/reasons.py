"""Why a treatment was changed or ended: a site's own list, and the national codes beside it."""

import re
from collections.abc import Mapping
from typing import Literal

EndCode = Literal["1", "2", "3", "4", "5", "6", "7", "8"]
END_OF_REGIMEN: Mapping[EndCode, str] = {
    "1": "Completed pre-determined number of cycles",
    "2": "Disease Progression",
    "3": "Toxicity",
    "4": "Patient choice to stop treatment",
    "5": "Organisation (Trust) issues/reason",
    "6": "Minimal residual disease (MRD) negativity",
    "7": "Death of patient",
    "8": "Other",
}
"""Item 88, End of Regimen Summary (NHS England, Systemic Anti-Cancer Therapy data set, user guide
v4.0.1, page Outcome; read in a stored copy on 2026-12-01). The lists of its items 69 to 87, reasons
for a modification and a delay, we could not read; they are not here."""
_GRADE = re.compile(r"\bgrade ([1-5])\b", re.IGNORECASE)


def listed(reason: str, reasons: Mapping[str, EndCode]) -> str | None:
    """Give the name in a site's list with which a reason begins, before a comma; None if none."""
    begins = reason.partition(",")[0].strip().casefold()
    return next((name for name in reasons if name.casefold() == begins), None)


def coded(reason: str, reasons: Mapping[str, EndCode]) -> str:
    """Say the national code and the grade of toxicity of a reason; empty where it has none."""
    name = listed(reason, reasons)
    if name is None:
        return ""
    code = reasons[name]
    grade = _GRADE.search(reason) if code == "3" else None
    return f"SACT 88: {code} {END_OF_REGIMEN[code]}" + (f", grade {grade[1]}" if grade else "")
