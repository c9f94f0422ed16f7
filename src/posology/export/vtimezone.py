"""A zone's clock changes as a VTIMEZONE, from its POSIX rule and not from transition lists.

Two sub-components that begin in 1970, in the time before the change (TZOFFSETFROM), with one
yearly rule each (RFC 5545, 3.6.5). Readers that take other forms for an hour's error read
this one right.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

from posology.model.zone import Zone, steady

_OFFSET = r"[+-]?\d{1,2}(?::\d\d)?"
_NAME = r"<[^>]+>|[A-Za-z]+"
_CHANGE = r"M(\d+)\.(\d)\.(\d)(?:/(\d{1,2}))?"
_RULE = re.compile(rf"({_NAME})({_OFFSET})(?:({_NAME})({_OFFSET})?,{_CHANGE},{_CHANGE})?")
_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_LAST = 5
"""The week of a POSIX rule that stands for the last one of the month."""


class _Change(NamedTuple):
    """The clocks go from one offset to another, in this week of this month, each year."""

    name: str
    before: timedelta
    behind: timedelta
    month: int
    week: int
    weekday: int
    hour: int

    def onset(self, year: int) -> datetime:
        """Give the moment of the change, as the clocks show it before."""
        first = date(year, self.month, 1)
        to_weekday = (self.weekday - 1 - first.weekday()) % 7
        day = first + timedelta(days=to_weekday + 7 * (self.week - 1))
        if day.month != self.month:
            day -= timedelta(days=7)
        return datetime.combine(day, time(self.hour))


def vtimezone(zone: Zone, moments: Sequence[datetime]) -> Timezone | None:
    """Write the zone down, or give None where its rule is new or fails at one of the moments."""
    found = _RULE.fullmatch(zone.rule)
    years = {moment.year for moment in moments}
    if not found or not steady(zone, min(years), max(years)):
        return None
    name, standard, summer_name, summer, *rest = found.groups()
    offset = _delta(standard)
    component = Timezone()
    component.add("TZID", zone.name)
    if summer_name is None:
        only = TimezoneStandard()
        only.add("DTSTART", datetime(1970, 1, 1))  # noqa: DTZ001 - an onset is local by RFC 5545
        component.add_component(_named(only, name, offset, offset))
        return component if all(moment.utcoffset() == offset for moment in moments) else None
    if any(int(hour or 2) > 23 for hour in (rest[3], rest[7])):  # noqa: PLR2004 - a clock's hours
        return None
    other = _delta(summer) if summer else offset + timedelta(hours=1)
    changes = [
        _Change(label, before, behind, *(int(number) for number in (month, week, day, hour or 2)))
        for label, before, behind, (month, week, day, hour) in (
            (summer_name, offset, other, rest[:4]),
            (name, other, offset, rest[4:]),
        )
    ]
    if any(_offset(changes, moment) != moment.utcoffset() for moment in moments):
        return None
    for change in changes:
        ahead = change.behind > change.before
        part = TimezoneDaylight() if ahead else TimezoneStandard()
        part.add("DTSTART", change.onset(1970))
        week = -1 if change.week == _LAST else change.week
        day = f"{week}{_WEEKDAYS[change.weekday]}"
        part.add("RRULE", vRecur(FREQ="YEARLY", BYMONTH=change.month, BYDAY=day))
        component.add_component(_named(part, change.name, change.before, change.behind))
    return component


def _named(
    part: TimezoneStandard | TimezoneDaylight, name: str, before: timedelta, behind: timedelta
) -> TimezoneStandard | TimezoneDaylight:
    part.add("TZOFFSETFROM", before)
    part.add("TZOFFSETTO", behind)
    part.add("TZNAME", name.strip("<>"))
    return part


def _delta(text: str) -> timedelta:
    """Read a POSIX offset, which counts west of Greenwich: ``-5:30`` is 5:30 ahead."""
    hours, _, minutes = text.lstrip("+-").partition(":")
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return ahead if text.startswith("-") else -ahead


def _offset(changes: list[_Change], moment: datetime) -> timedelta:
    """Give the offset that the rules set for a moment."""
    at = moment.astimezone(UTC).replace(tzinfo=None)
    onsets = [
        (change.onset(year) - change.before, change.behind)
        for change in changes
        for year in (at.year - 1, at.year, at.year + 1)
    ]
    return max(onset for onset in onsets if onset[0] <= at)[1]
