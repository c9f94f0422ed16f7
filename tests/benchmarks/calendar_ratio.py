"""Goal 1: plan + .ics, against icalendar building and serialising the same events.

The yardstick builds each event as icalendar's documentation does, with the same properties and
alarm. Goal: at most 1.10.
"""

import gc
import statistics
import time
from datetime import timedelta

from icalendar import Alarm, Calendar, Event

from posology import library, plan
from posology.course.inputs import make
from posology.export.calendar import calendar


def bare(read):
    """Build and serialise the same events anew, by icalendar's own ``add``."""
    whole = Calendar()
    for name, value in read["head"]:
        whole.add(name, value)
    for zone in read["zones"]:
        whole.add_component(zone)
    for properties, description in read["events"]:
        event = Event()
        for name, value in properties:
            event.add(name, value)
        alarm = Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", description)
        alarm.add("TRIGGER", timedelta(minutes=-60))
        event.add_component(alarm)
        whole.add_component(event)
    return whole.to_ical()


def as_plain_values(content):
    """Read a calendar into the plain values that ``bare`` adds."""
    whole = Calendar.from_ical(content)

    def plain(value):
        return getattr(value, "dt", value if isinstance(value, int) else str(value))

    return {
        "head": [(name, str(value)) for name, value in whole.items()],
        "zones": [one for one in whole.subcomponents if one.name == "VTIMEZONE"],
        "events": [
            ([(name, plain(value)) for name, value in event.items()], str(event["SUMMARY"]))
            for event in whole.walk("VEVENT")
        ],
    }


def timed(function):
    gc.collect()
    before = time.perf_counter()
    function()
    return time.perf_counter() - before


def main():
    shelf, site = library.load(), library.read_site()
    course = make(
        regimen="scleromyxedema-dexamethasone-sirolimus-octreotide",
        choices={"dexamethasone.reading": "120 mg per cycle", "dexamethasone.salt": "phosphate"},
        weight="70 kg",
        start="2027-01-04",
    )
    read = as_plain_values(calendar(plan(course, shelf, site)))
    same = sorted(bare(read).split(b"\r\n")) == sorted(
        calendar(plan(course, shelf, site)).split(b"\r\n")
    )
    ours, theirs = [], []
    for _ in range(15):
        theirs.append(timed(lambda: bare(read)))
        ours.append(timed(lambda: calendar(plan(course, shelf, site))))
    print(f"events: {len(read['events'])}; the same lines: {same}")
    print(f"plan + .ics     {statistics.median(ours) * 1000:.0f} ms")
    print(f"icalendar alone {statistics.median(theirs) * 1000:.0f} ms")
    print(f"ratio           {statistics.median(ours) / statistics.median(theirs):.2f} (goal 1.10)")


if __name__ == "__main__":
    main()
