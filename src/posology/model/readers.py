"""How the fields of an order are read where a kind of text is not enough."""

import re
from collections.abc import Mapping
from typing import Literal

from posology.model.kinds import Offered, StatedDose, reads_options
from posology.model.periods import HOURS_A_DAY, Days, days_of_the_week

NOT_STATED: Literal["not stated"] = "not stated"


def read_dose(value: object) -> object:
    """Read a dose, or ``not stated``."""
    if value == NOT_STATED or isinstance(value, StatedDose | Offered):
        return value
    if isinstance(value, str):
        several = " or " in value or " to " in value
        return Offered.parse(value) if several else StatedDose.parse(value)
    msg = f'write a dose, as in "200 mcg each", or "{NOT_STATED}"; a table of doses is doses:'
    raise ValueError(msg)


def read_days(value: object) -> object:
    """Read days, or ``3 weekdays``: any three days of the week, a choice."""
    found = re.fullmatch(r"([1-6]) weekdays?", value) if isinstance(value, str) else None
    return days_of_the_week(int(found[1])) if found else _DAYS.func(value)  # type: ignore[call-arg]  # no info


_DAYS = reads_options(Days)


def times_said(data: Mapping[str, object]) -> dict[str, object]:
    """Count the times a day that hours or clock times say; refuse another number beside them."""
    every, at = str(data.get("every")), data.get("at")
    found = re.fullmatch(r"([1-9][0-9]?) hours?", every)
    said = HOURS_A_DAY // int(found[1]) if found else 0
    if at is not None and not isinstance(at, (list, dict)) and at != "bedtime":
        said = len(str(at).split(", "))
    if said and str(data.get("times", said)) != str(said):
        what = f"every {every}" if found else f"at {at}"
        msg = f"{what} is {said} times a day; leave times out"
        raise ValueError(msg)
    return {"times": said} if said else {}
