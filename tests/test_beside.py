"""An order that is given with another one follows it; one that begins later begins on its day."""

import pytest
import yaml

from posology import library as files
from posology import plan
from posology.checks.coherent import coherent
from posology.checks.quoted import quoted
from posology.course.inputs import make, make_change
from posology.errors import CourseError, DosingError, LibraryError, QuantityError
from posology.export.regimen import one_line
from posology.export.text import text
from posology.model import Start
from posology.model.periods import Offset
from test_reach import drug

RITUXIMAB = {
    "drug": "rituximab", "route": "intravenous", "dose": "1000 mg each", "every": "4 weeks",
    "days": "1, 15", "at": "09:00", "over": "4 hours", "source": "s", "quote": "q",
}  # fmt: skip
PREMED = {
    "drug": "methylprednisolone", "route": "intravenous", "dose": "100 mg each", "over": "5 minutes",
    "with": {"order": "rituximab", "when": "30 minutes before"}, "source": "s", "quote": "q",
}  # fmt: skip
DEXAMETHASONE = {
    "drug": "dexamethasone", "route": "oral", "dose": "8 mg each", "times": "2",
    "with": {"order": "rituximab", "when": "days -1, 0, 1"}, "source": "s", "quote": "q",
}  # fmt: skip
MESNA = {
    "drug": "mesna", "route": "intravenous", "with": {"order": "rituximab", "share": "60 %"},
    "source": "s", "quote": "q",
}  # fmt: skip


def entry(*orders):
    written = {
        "name": "n", "indication": "i", "version": "1", "status": "draft", "duration": "not stated",
        "sources": {"s": {"cite": "c"}}, "orders": [dict(each) for each in orders],
    }  # fmt: skip
    return files.read_text("beside", yaml.safe_dump(written, sort_keys=False))


def planner(site):
    """Give what plans orders of a test, with changes."""

    def of(*orders, changes=(), **more):
        made = entry(*orders)
        drugs = {each.drug: drug(each.drug, [each.route]) for each in made.regimen.orders}
        own = files.Library({made.id: made}, drugs, files.combinations_for(files.FOLDER))
        kept = tuple(
            make_change(kind, **{"on": "2027-01-11", "reason": "r", **fields})
            for kind, fields in changes
        )
        given = {"weight": "70 kg", "start": "2027-01-11", "cycles": 1, **more}
        course = make(regimen="beside", **given).model_copy(update={"changes": kept})
        return plan(course, own, site)

    return of


@pytest.fixture
def planned(site):
    return planner(site)


def moments(computed, of):
    return [f"{each.at:%d-%m %H:%M}" for each in computed.administrations if each.order.drug == of]


def test_a_dose_is_given_so_long_before_each_dose_of_the_other_order(planned):
    computed = planned(RITUXIMAB, PREMED)
    assert moments(computed, "rituximab") == ["11-01 09:00", "25-01 09:00"]
    assert moments(computed, "methylprednisolone") == ["11-01 08:30", "25-01 08:30"]
    assert "methylprednisolone, intravenous over 5 minutes" in text(computed)
    assert "with rituximab: 30 minutes before" in text(computed)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("the same time", ["11-01 09:00", "25-01 09:00"]),
        ("24 hours after", ["12-01 09:00", "26-01 09:00"]),
        ("12 hours before", ["10-01 21:00", "24-01 21:00"]),
        ("36 hours after", ["12-01 21:00", "26-01 21:00"]),
    ],
)
def test_minutes_and_hours_reach_into_other_days(planned, when, expected):
    beside = {**PREMED, "with": {"order": "rituximab", "when": when}}
    assert moments(planned(RITUXIMAB, beside), "methylprednisolone") == expected


def test_days_around_begin_before_the_course(planned):
    computed = planned(RITUXIMAB, DEXAMETHASONE)
    assert moments(computed, "dexamethasone")[::2] == [
        "10-01 08:00", "11-01 08:00", "12-01 08:00", "24-01 08:00", "25-01 08:00", "26-01 08:00",
    ]  # fmt: skip
    assert len(moments(computed, "dexamethasone")) == 12


FOLLOWED = [
    ([("move", {"what": "rituximab.c1.d15.t1", "to": "2027-01-27", "by": "A. Smith", "checked_by": "B. Jones"})],
     ["11-01 08:30", "27-01 08:30"]),
    ([("delay", {"what": "from 2027-01-20 of rituximab", "days": 7})], ["11-01 08:30", "01-02 08:30"]),
    ([("delay", {"what": "from 2027-01-20", "days": 7})], ["11-01 08:30", "01-02 08:30"]),
    ([("hold", {"what": "from 2027-01-20 of rituximab"})], ["11-01 08:30"]),
    ([("hold", {"what": "from 2027-01-20 of rituximab"}),
      ("resume", {"what": "from 2027-01-30 of rituximab", "missed": "postponed"})], ["11-01 08:30", "30-01 08:30"]),
    ([("hold", {"what": "from 2027-01-20 of methylprednisolone"})], ["11-01 08:30"]),
    ([("hold", {"what": "from 2027-01-20 of methylprednisolone"}),
      ("delay", {"what": "from 2027-01-20 of rituximab", "days": 7})], ["11-01 08:30"]),
    ([("move", {"what": "methylprednisolone.c1.d15.t1", "to": "2027-01-26", "at": "10:00", "by": "A. Smith",
                "checked_by": "B. Jones"}),
      ("delay", {"what": "from 2027-01-20 of rituximab", "days": 7})], ["11-01 08:30", "26-01 10:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), FOLLOWED)
def test_it_follows_where_the_other_dose_goes(planned, changes, expected):
    assert moments(planned(RITUXIMAB, PREMED, changes=changes), "methylprednisolone") == expected


def test_it_is_not_delayed_by_itself(planned):
    alone = [("delay", {"what": "from 2027-01-20 of methylprednisolone", "days": 7})]
    with pytest.raises(CourseError, match="follows rituximab; delay rituximab"):
        planned(RITUXIMAB, PREMED, changes=alone)


def test_what_follows_a_dose_that_was_not_given_is_left_out(planned):
    gone = [("give", {"doses": {"rituximab.c1.d1.t1": None}})]
    computed = planned(RITUXIMAB, PREMED, changes=gone)
    assert moments(computed, "methylprednisolone") == ["25-01 08:30"]
    assert {each.slot.order: each.why for each in computed.absent} == {
        "rituximab": "not given", "methylprednisolone": "left out",
    }  # fmt: skip


def test_a_share_follows_the_dose_as_it_is_reduced(planned):
    less = [("reduce", {"what": "from cycle 2 of rituximab", "to": "500 mg each", "by": "A. Smith",
                        "checked_by": "B. Jones"})]  # fmt: skip
    computed = planned(RITUXIMAB, MESNA, changes=less, cycles=2)
    found = [
        str(each.dose.amount) for each in computed.administrations if each.order.drug == "mesna"
    ]
    assert found == ["600 mg", "600 mg", "300 mg", "300 mg"]
    assert "60 % of 1,000 mg rituximab = 600 mg" in text(computed)
    assert "with 60 % of rituximab: the same time" in one_line(
        entry(RITUXIMAB, MESNA).regimen.orders[1]
    )


@pytest.mark.parametrize(
    ("start", "run", "expected"),
    [
        ("day 8", {}, "18-01"),
        ("week 3", {}, "25-01"),
        ("after rituximab", {}, "08-02"),
        ("after rituximab", {"duration": "6 weeks"}, "22-02"),
        ("after rituximab", {"duration": "3 doses"}, "08-03"),
        ("after rituximab", {"every": "once", "days": "1-2"}, "13-01"),
    ],
)  # fmt: skip
def test_an_order_begins_on_its_day_or_after_another(planned, start, run, expected):
    later = {**DEXAMETHASONE, "start": start, "every": "1 week"}
    later.pop("with")
    found = moments(planned({**RITUXIMAB, **run}, later), "dexamethasone")
    assert found[0] == f"{expected} 08:00"


@pytest.mark.parametrize(
    ("of", "level"),
    [("of rituximab", "stop"), ("", None), ("of dexamethasone", None)],
)
def test_an_order_that_begins_after_a_delayed_one_is_not_due_before_its_last_dose(
    planned, of, level
):
    later = {**DEXAMETHASONE, "start": "after rituximab", "every": "1 week"}
    later.pop("with")
    delay = ("delay", {"what": f"from 2027-01-20 {of}".strip(), "days": 28})
    computed = planned(RITUXIMAB, later, changes=[delay])
    found = [each for each in computed.findings if each.code == "out-of-turn"]
    assert [each.level for each in found] == ([level] if level else [])
    assert all("delay dexamethasone too" in each.message for each in found)


LATE = {
    "drug": "dexamethasone", "route": "oral", "dose": "8 mg each", "every": "4 weeks", "days": "8",
    "start": "cycle 3", "source": "s", "quote": "q",
}  # fmt: skip


def test_what_begins_with_a_cycle_keeps_the_numbers_of_the_course(planned):
    late = {**LATE, "from": {"cycle 4": {"days": "8, 22", "quote": "q"}}}
    computed = planned(RITUXIMAB, late, cycles=4)
    assert moments(computed, "dexamethasone") == ["15-03 08:00", "12-04 08:00", "26-04 08:00"]
    slots = [
        str(each.slot) for each in computed.administrations if each.order.drug == "dexamethasone"
    ]
    assert slots == ["dexamethasone.c3.d8.t1", "dexamethasone.c4.d8.t1", "dexamethasone.c4.d22.t1"]
    short = planned(RITUXIMAB, late, cycles=2)
    assert moments(short, "dexamethasone") == []
    (note,) = [each for each in short.findings if each.code == "not-begun"]
    assert note.message == "dexamethasone begins with cycle 3; this course ends before it"
    assert "not-begun" not in {each.code for each in computed.findings}


def test_what_is_given_with_it_begins_with_it_too(planned):
    with_it = {**MESNA, "with": {"order": "dexamethasone", "share": "100 %"}}
    assert moments(planned(RITUXIMAB, LATE, with_it, cycles=4), "mesna") == [
        "15-03 08:00",
        "12-04 08:00",
    ]
    assert moments(planned(RITUXIMAB, LATE, with_it, cycles=1), "mesna") == []


def test_a_later_cycle_by_months_begins_with_its_month(planned):
    late = {**LATE, "every": "1 month", "days": "1"}
    assert moments(planned(RITUXIMAB, late, cycles=4, start="2027-01-31"), "dexamethasone") == [
        "31-03 08:00", "30-04 08:00"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"every": "once", "days": "1"}, {"duration": "6 cycles"},
        {"from": {"cycle 3": {"days": "8, 22", "quote": "q"}}},
        {"from": {"cycle 2": {"days": "8, 22", "quote": "q"}}},
    ],
)  # fmt: skip
def test_what_begins_with_a_cycle_is_counted_by_the_course(wrong):
    found = coherent(entry(RITUXIMAB, {**LATE, **wrong}).regimen, {})
    assert "start-unknown" in {each.code for each in found}


@pytest.mark.parametrize(
    ("quote", "code"),
    [
        ("8 mg orally on day 8 every 28 days in cycles 3 to 6", None),
        ("8 mg orally on day 8 every 28 days from cycle 3 onwards", None),
        ("8 mg orally on day 8 every 28 days in cycles 2 to 6", "start-not-quoted"),
        ("8 mg orally on day 8 every 28 days in cycles 3 to 7", "duration-not-quoted"),
        ("8 mg orally on day 8 every 28 days", "start-not-quoted"),
    ],
)
def test_the_cycle_with_which_an_order_begins_stands_in_its_quote(quote, code):
    late = {
        **LATE,
        "quote": quote,
        "from": {"cycle 7": {"days": "8, 22", "quote": "days 8 and 22 from cycle 7"}},
    }
    found = quoted(
        entry(RITUXIMAB, late).regimen, {"dexamethasone": drug("dexamethasone", ["oral"])}
    )
    codes = {
        each.code
        for each in found
        if str(each.place).startswith("orders[1]") and each.level == "stop"
    }
    assert codes == ({code} if code else set())


def test_a_start_may_be_a_choice(planned):
    later = {**DEXAMETHASONE, "start": "day 8 or day 15", "every": "1 week"}
    later.pop("with")
    with pytest.raises(CourseError, match=r"dexamethasone\.start: the source leaves this open"):
        planned(RITUXIMAB, later)
    chosen = planned(RITUXIMAB, later, choices={"dexamethasone.start": "day 15"})
    assert moments(chosen, "dexamethasone")[0] == "25-01 08:00"


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (Offset, "soon"), (Offset, "days 1, 0"), (Offset, "30 minutes"), (Offset, "0 hours before"),
        (Start, "cycle 1"), (Start, "after"), (Start, "later"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_what_to_write(kind, wrong):
    with pytest.raises(QuantityError, match="write"):
        kind.parse(wrong)


@pytest.mark.parametrize(
    "orders",
    [
        [PREMED, RITUXIMAB],
        [RITUXIMAB, PREMED, {**MESNA, "with": {"order": "methylprednisolone", "share": "100 %"}}],
        [{**RITUXIMAB, "every": "1 week", "days": "Mon, Fri"}, DEXAMETHASONE],
    ],
)
def test_what_is_followed_stands_before_and_follows_nothing(orders):
    with pytest.raises(LibraryError, match=r"no earlier order with a rhythm|days of the week"):
        entry(*orders)


def test_it_follows_each_phase_of_the_other_order(planned):
    phases = {
        **RITUXIMAB,
        "from": {"week 5": {"every": "8 weeks", "days": "1", "at": "10:00", "quote": "q"}},
    }
    found = moments(planned(phases, PREMED, cycles=3), "methylprednisolone")
    assert found == ["11-01 08:30", "25-01 08:30", "08-02 09:30", "05-04 09:30"]


@pytest.mark.parametrize(
    ("quote", "fields", "codes"),
    [
        ("100 mg intravenous 30 minutes prior to each infusion", {}, set()),
        ("100 mg intravenous before each infusion", {}, {"with-not-quoted"}),
        ("100 mg intravenous 60 minutes before each infusion", {}, {"with-not-quoted"}),
        ("100 mg intravenous on the day of and day after rituximab", {"when": "days 0, 1"}, set()),
        ("100 mg intravenous on the day of and day after rituximab", {"when": "days 0, 2"}, {"with-not-quoted"}),
        ("100 mg intravenous the day after rituximab", {"when": "24 hours after"}, set()),
        ("100 mg intravenous for 3 days starting 1 day before", {"when": "days -1, 0, 1"}, set()),
        ("100 mg intravenous for 4 days starting 1 day before", {"when": "days -1, 0, 1"}, {"with-not-quoted"}),
        ("100 mg intravenous with each infusion", {"when": "the same time"}, set()),
    ],
)  # fmt: skip
def test_the_time_beside_another_dose_is_what_the_quote_says(quote, fields, codes):
    beside = {**PREMED, "quote": quote, "with": {**PREMED["with"], **fields}}
    made = entry(RITUXIMAB, beside).regimen
    found = {each.code for each in quoted(made, {}) if str(each.place).startswith("orders[1]")}
    assert found - {"over-missing"} == codes


def test_a_share_is_what_the_quote_says():
    for quote, codes in (("mesna intravenous, 60 % of the dose", set()),
                         ("mesna intravenous in a dose equal to rituximab", {"with-not-quoted"})):  # fmt: skip
        made = entry(RITUXIMAB, {**MESNA, "quote": quote}).regimen
        assert {
            each.code for each in quoted(made, {}) if str(each.place).startswith("orders[1]")
        } == codes


def test_a_quote_with_a_time_beside_another_dose_needs_the_other_order():
    alone = {
        **RITUXIMAB,
        "quote": "1000 mg intravenous 30 minutes before the other, days 1, 15 every 4 weeks",
    }
    assert "with-not-encoded" in {each.code for each in quoted(entry(alone).regimen, {})}


def test_a_start_after_no_earlier_order_is_stopped():
    wrong = {**RITUXIMAB, "start": "after mesna"}
    assert "start-unknown" in {each.code for each in coherent(entry(wrong).regimen, {})}
    assert "start-not-quoted" in {
        each.code for each in quoted(entry({**RITUXIMAB, "start": "day 8"}).regimen, {})
    }


CARBOPLATIN = {
    "drug": "carboplatin", "route": "intravenous", "dose": "AUC 5 each", "every": "3 weeks",
    "over": "1 hour", "source": "s", "quote": "carboplatin AUC of 5 intravenous over 1 hour every 3 weeks",
}  # fmt: skip


@pytest.mark.parametrize(
    ("clearance", "more", "expected"),
    [
        ("80 mL/min", {}, "525 mg"),
        ("80.5 mL/min", {}, "527.5 mg"),
        ("140 mL/min", {}, "825 mg"),
        ("140 mL/min", {"cap": "125 mL/min"}, "750 mg"),
        ("125 mL/min", {"cap": "125 mL/min"}, "750 mg"),
        ("80 mL/min", {"dose": "AUC 1.5 each"}, "157.5 mg"),
    ],
)
def test_a_dose_by_exposure_is_calverts(planned, clearance, more, expected):
    computed = planned({**CARBOPLATIN, **more}, creatinine_clearance=clearance)
    (given,) = computed.administrations
    assert str(given.dose.amount) == expected
    assert given.dose.working.startswith("AUC ")


def test_a_dose_by_exposure_asks_for_the_clearance(planned):
    with pytest.raises((CourseError, DosingError), match="carboplatin depends on it"):
        planned(CARBOPLATIN)


def test_an_exposure_is_read_in_a_quote_and_a_cap_belongs_to_it():
    assert not [each for each in quoted(entry(CARBOPLATIN).regimen, {}) if each.level == "stop"]
    other = entry({**CARBOPLATIN, "dose": "AUC 6 each"}).regimen
    assert "not-quoted" in {each.code for each in quoted(other, {})}
    capped = entry({**CARBOPLATIN, "cap": "125 mL/min"}).regimen
    assert "not-quoted" in {each.code for each in quoted(capped, {})}
    assert "limit-unit" in {
        each.code for each in coherent(entry({**RITUXIMAB, "cap": "125 mL/min"}).regimen, {})
    }
