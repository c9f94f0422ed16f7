"""The clock. Only the command line and the page ask it; all else is given the moment."""

from datetime import UTC, date, datetime, tzinfo


def now() -> datetime:
    """Give this moment, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def today(zone: tzinfo) -> date:
    """Give the day that it is now in a time zone."""
    return now().astimezone(zone).date()
