"""The days on which a hospital works: its week, without the public holidays of its region."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from posology.errors import CourseError
from posology.model import Region, Site
from posology.text import shown


@cache
def _holidays(region: Region) -> Any:  # noqa: ANN401 - the package's own kind, a mapping of days
    from holidays import country_holidays  # noqa: PLC0415 - slow, and few orders ask for it

    try:
        return country_holidays(region.country, subdiv=region.part or None)
    except NotImplementedError:
        message = f"{shown(str(region))} is not a region with known public holidays"
        raise CourseError({"site": f"region: {message}; name it as ISO 3166 does"}) from None


def works(site: Site) -> Callable[[date], bool]:
    """Give a function that tells whether the hospital works on a day."""
    holidays = _holidays(site.region) if site.region else ()
    return lambda day: day.weekday() in site.working_days.weekdays and day not in holidays
