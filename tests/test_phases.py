"""Phases: a load and then maintenance, tapers, hours, days of the week; and changes across them."""

import re
from datetime import date

import pytest
import yaml

from conftest import ROOT
from posology import library as files
from posology import plan, planning
from posology.checks.coherent import coherent
from posology.course.inputs import make, make_change
from posology.errors import CourseError, QuantityError
from posology.export.text import text
from posology.guards.unjudged import Entered
from posology.model import Days, Order, Run
from posology.model.periods import ONCE, Every
from posology.scheduling.dates import slots
from test_reach import drug

FIRST = date(2027, 1, 11)
BASE = {
    "drug": "octreotide",
    "route": "subcutaneous",
    "dose": "100 mcg each",
    "source": "s",
    "quote": "q",
}
EXAMPLE = re.findall(
    r"```yaml\n(.*?)```", (ROOT / "regimens" / "README.md").read_text("utf-8"), re.DOTALL
)[1]


def order(**more):
    return Order.model_validate({**BASE, "every": "1 day", **more})


def days(made, run="999 days"):
    """Number the days of all doses, from the first day of the order."""
    limit = Run.parse(run) if run else Run(None, None)
    placed = slots(made, made.every[0], made.days[0], FIRST, run=limit)
    return [(each.date - FIRST).days + 1 for each in placed]


def test_the_example_of_the_manual_is_what_it_says():
    written = yaml.safe_load(EXAMPLE)
    made = order(**{key: str(value) if key == "dose" else value for key, value in written.items()})
    assert days(made, "5 cycles") == [1, 15, 43, 99, 155, 211, 267]


@pytest.mark.parametrize(
    ("fields", "run", "expected"),
    [
        ({"every": "once"}, "", [1]),
        ({"every": "once", "days": "1-3"}, "9 cycles", [1, 2, 3]),
        ({"every": "2 weeks"}, "3 doses", [1, 15, 29]),
        ({"times": "2"}, "3 doses", [1, 1, 2]),
        ({"every": "1 week", "days": "Wed, Fri"}, "2 weeks", [3, 5, 10, 12]),
        # A phase begins on its day; the cycle before is cut, and cycles count from it.
        ({"every": "4 weeks", "days": "1-3",
          "from": {"day 30": {"every": "1 week", "quote": "q"}}}, "44 days", [1, 2, 3, 29, 30, 37, 44]),
        # From the third cycle on every six weeks: day 57 is its first.
        ({"every": "4 weeks", "from": {"cycle 3": {"every": "6 weeks", "quote": "q"}}}, "4 cycles",
         [1, 29, 57, 99]),
        # A taper: doses change on their day, the rhythm at its end, for two weeks.
        ({"from": {"day 3": {"dose": "50 mcg each", "quote": "q"},
                   "day 5": {"every": "2 days", "duration": "6 days", "quote": "q"}}}, "", [1, 2, 3, 4, 5, 7, 9]),
        # A phase that ends before the next begins leaves days free.
        ({"from": {"day 3": {"every": "1 day", "duration": "2 days", "quote": "q"},
                   "week 2": {"every": "1 day", "duration": "2 cycles", "quote": "q"}}}, "", [1, 2, 3, 4, 8, 9]),
        ({"from": {"day 3": {"every": "once", "days": "1, 4", "quote": "q"}}}, "", [1, 2, 3, 6]),
    ],
)  # fmt: skip
def test_a_phase_begins_and_ends_on_its_day(fields, run, expected):
    assert days(order(**fields), run) == expected


def test_days_of_the_week_are_those_of_the_calendar_whatever_the_first_day_is():
    made = order(every="1 week", days="Mon, Wed, Fri")
    begun = date(2027, 1, 13)  # a Wednesday
    placed = slots(made, made.every[0], made.days[0], begun, run=Run.parse("2 weeks"))
    assert [f"{each.date:%a %d}" for each in placed] == [
        "Wed 13", "Fri 15", "Mon 18", "Wed 20", "Fri 22", "Mon 25",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["5 hours", "24 hours", "0 hours", "8 hour", "1 hours"])
def test_hours_that_do_not_divide_a_day_are_refused(text):
    with pytest.raises(QuantityError, match=r"does not divide a day|is not a period"):
        Every.parse(text)


@pytest.mark.parametrize("text", ["Mon, Mon", "Fri, Mon", "Mon, 3", "Monday"])
def test_days_of_the_week_are_written_once_in_their_order(text):
    with pytest.raises(QuantityError, match="days of the week"):
        Days.parse(text)


def test_a_rhythm_in_hours_says_how_often_a_day():
    assert order(every="8 hours").times == 3
    assert order(every="1 day", at="07:00, 19:00").times == 2
    assert Every.parse("once") == ONCE
    for wrong in ({"every": "8 hours", "times": "2"}, {"at": "07:00", "times": "2"}):
        with pytest.raises(ValueError, match="leave times out"):
            order(**wrong)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"every": "once", "from": {"cycle 2": {"every": "1 day", "quote": "q"}}}, "later-after-once"),
        ({"from": {"day 9": {"every": "once", "quote": "q"}, "day 12": {"every": "1 day", "quote": "q"}}}, ""),
        ({"from": {"day 9": {"days": "1-2", "quote": "q"}}}, "later-within-cycle"),
        ({"from": {"day 9": {"times": "2", "quote": "q"}}}, "later-within-cycle"),
        ({"from": {"day 9": {"dose": "1 mg each", "duration": "2 weeks", "quote": "q"}}}, "later-duration"),
        ({"from": {"day 9": {"every": "1 day", "duration": "6 doses", "quote": "q"}}}, "later-duration"),
        ({"duration": "6 weeks",
          "from": {"day 9": {"every": "1 day", "duration": "2 weeks", "quote": "q"}}}, "later-duration"),
        ({"from": {"week 2": {"every": "1 day", "quote": "q"}, "day 8": {"every": "2 days", "quote": "q"}}},
         "later-unordered"),
        ({"from": {"cycle 2": {"every": "1 day", "quote": "q"}, "day 8": {"every": "2 days", "quote": "q"}}},
         "later-unordered"),
        ({"from": {"day 29": {"every": "4 weeks", "days": "15", "duration": "2 weeks", "quote": "q"}}},
         "later-without-dose"),
        ({"every": "4 weeks", "days": "15", "from": {"day 9": {"every": "1 day", "quote": "q"}}},
         "later-without-dose"),
    ],
)  # fmt: skip
def test_phases_that_cannot_be_are_stopped(fields, code):
    written = {
        "name": "n", "indication": "i", "version": "1", "status": "draft", "duration": "not stated",
        "sources": {"s": {"cite": "c"}}, "orders": [{**BASE, "every": "1 day", **fields}],
    }  # fmt: skip
    made = files.read_text("phases", yaml.safe_dump(written, sort_keys=False)).regimen
    found = {each.code for each in coherent(made, {}) if each.code.startswith("later")}
    assert found == ({code} if code else set())


IVIG = {
    "drug": "immunoglobulin", "route": "intravenous", "dose": "2 g/kg per cycle", "every": "once",
    "days": "1-2", "source": "s", "quote": "2 g/kg over 2 days",
    "from": {"day 22": {"dose": "1 g/kg each", "every": "3 weeks", "quote": "1 g/kg every 3 weeks"}},
}  # fmt: skip


@pytest.fixture
def cidp(library, site):
    """Plan a load of immunoglobulin and its maintenance, with changes."""
    written = {
        "name": "n", "indication": "i", "version": "1", "status": "draft", "duration": "not stated",
        "sources": {"s": {"cite": "c"}}, "orders": [IVIG],
    }  # fmt: skip
    entry = files.read_text("cidp", yaml.safe_dump(written, sort_keys=False))
    own = library._replace(regimens={entry.id: entry})

    def planned(*changes, **more):
        made = [
            make_change(kind, on="2027-01-12", reason="r", **fields) for kind, fields in changes
        ]
        course = make(regimen="cidp", weight="75 kg", start="2027-01-11", cycles=3, **more)
        return plan(course.model_copy(update={"changes": tuple(made)}), own, site)

    return planned


def lines(computed):
    return [f"{each.slot} {each.at:%d-%m} {each.dose.amount}" for each in computed.administrations]


def test_each_phase_has_its_dose_and_the_cycles_count_on(cidp):
    assert lines(cidp()) == [
        "immunoglobulin.c1.d1.t1 11-01 75 g", "immunoglobulin.c1.d2.t1 12-01 75 g",
        "immunoglobulin.c2.d1.t1 01-02 75 g", "immunoglobulin.c3.d1.t1 22-02 75 g",
    ]  # fmt: skip
    computed = cidp()
    assert [str(each) for each in computed.totals] == ["4 doses of immunoglobulin, 300 g"]
    assert "once, days 1-2; from day 22: 1 g/kg each, every 3 weeks" in text(computed)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("delay", {"what": "from cycle 2", "days": 7}), ["11-01", "12-01", "08-02", "01-03"]),
        (("delay", {"what": "cycle 3", "days": 2}), ["11-01", "12-01", "01-02", "24-02"]),
        (("hold", {"what": "from 2027-02-10"}), ["11-01", "12-01", "01-02"]),
        (("stop", {"what": "from 2027-02-01"}), ["11-01", "12-01"]),
        (("extend", {"cycles": 1}), ["11-01", "12-01", "01-02", "22-02", "15-03"]),
    ],
)
def test_changes_reach_across_phases(cidp, change, expected):
    assert [f"{each.at:%d-%m}" for each in cidp(change).administrations] == expected


def test_a_later_phase_is_reduced_and_weighed_by_itself(cidp):
    weighed = ("measures", {"what": "from cycle 2", "values": {"weight": "80 kg"}})
    assert [str(each.dose.amount) for each in cidp(weighed).administrations] == [
        "75 g", "75 g", "80 g", "80 g",
    ]  # fmt: skip
    less = ("reduce", {"what": "from cycle 3", "to": "0.5 g/kg each", "by": "A. Smith",
                       "checked_by": "B. Jones"})  # fmt: skip
    assert [str(each.dose.amount) for each in cidp(less).administrations][-2:] == ["75 g", "37.5 g"]


def test_what_ends_by_itself_asks_for_no_cycles(library, site):
    once = {key: value for key, value in IVIG.items() if key != "from"}
    written = {
        "name": "n", "indication": "i", "version": "1", "status": "draft", "duration": "not stated",
        "sources": {"s": {"cite": "c"}}, "orders": [once],
    }  # fmt: skip
    entry = files.read_text("once", yaml.safe_dump(written, sort_keys=False))
    own = library._replace(regimens={entry.id: entry})
    given = {"regimen": "once", "weight": "75 kg", "start": "2027-01-11"}
    assert len(plan(make(**given), own, site).administrations) == 2
    with pytest.raises(CourseError, match="leave the cycles out"):
        plan(make(**given, cycles=2), own, site)


def test_a_dose_every_eight_hours_is_given_at_true_intervals(site):
    written = {
        "name": "n", "indication": "i", "version": "1", "status": "draft", "duration": "2 days",
        "sources": {"s": {"cite": "c"}},
        "orders": [{**BASE, "drug": "aciclovir", "route": "intravenous", "every": "8 hours"}],
    }  # fmt: skip
    entry = files.read_text("hours", yaml.safe_dump(written, sort_keys=False))
    own = files.Library({"hours": entry}, {"aciclovir": drug("aciclovir", ["intravenous"])},
                        files.combinations_for(files.FOLDER))  # fmt: skip
    computed = plan(make(regimen="hours", weight="70 kg", start="2027-01-11"), own, site)
    assert [f"{each.at:%d %H:%M}" for each in computed.administrations] == [
        "11 08:00", "11 16:00", "12 00:00", "12 08:00", "12 16:00", "13 00:00",
    ]  # fmt: skip
    assert not {"two-doses-a-day", "too-close"} & {each.code for each in computed.findings}


def test_a_load_that_is_given_once_does_not_make_a_course_of_years(library, site):
    """Found by trial: five cycles of cidp-ivig were refused when they were to be kept."""
    given = {
        "regimen": "cidp-ivig",
        "weight": "64 kg",
        "start": "2027-02-01",
        "choices": {"immunoglobulin.days": "1-2"},
    }
    entered = Entered((date(2027, 1, 25),), new=True)
    computed = planning.plan(make(cycles=24, **given), library, site, entered)
    assert len(computed.administrations) > 24
    with pytest.raises(CourseError, match="cycles of 3 weeks are longer than"):
        planning.plan(make(cycles=300, **given), library, site, entered)
