"""Supportive care: what is done beside the doses, with them or on days of its own, and its limits."""

from copy import deepcopy

import pytest
import yaml

from posology import library as files
from posology import plan
from posology.checks.items import items as checked
from posology.course.inputs import make, make_change
from posology.errors import LibraryError
from posology.record.entries import events
from test_beside import RITUXIMAB
from test_reach import drug

PARACETAMOL = {
    "name": "paracetamol 1 g", "kind": "premedication",
    "with": {"order": "rituximab", "when": "30 minutes before"},
    "source": "s", "quote": "paracetamol 1 g 30 minutes before each infusion",
}  # fmt: skip
COUNT = {
    "name": "blood count", "kind": "monitoring",
    "with": {"order": "rituximab", "when": "days -1", "each": "cycle"},
    "bound": {"must": "platelets >= 70000 /uL", "do": "delay the cycle"},
    "source": "s", "quote": "the day before each cycle; platelets should be ≥ 70 x 10^9/L",
}  # fmt: skip
FLUIDS = {
    "name": "1 L of saline", "kind": "hydration", "where": "age > 65 years",
    "with": {"order": "rituximab"}, "source": "s", "quote": "1 L of saline above 65 years",
}  # fmt: skip


def entry(*items):
    written = {
        "name": "n", "indication": "i", "version": "1", "status": "draft", "duration": "not stated",
        "sources": {"s": {"cite": "c"}}, "orders": [dict(RITUXIMAB)], "items": list(items),
    }  # fmt: skip
    return files.read_text("items", yaml.safe_dump(written, sort_keys=False))


@pytest.fixture
def planned(site):
    def of(*items, changes=(), **more):
        made = entry(*items)
        own = files.Library(
            {made.id: made}, {"rituximab": drug("rituximab", ["intravenous"])},
            files.combinations_for(files.FOLDER),
        )  # fmt: skip
        kept = tuple(
            make_change(kind, **{"on": "2027-01-11", "reason": "r", **fields})
            for kind, fields in changes
        )
        given = {"weight": "70 kg", "start": "2027-01-11", "cycles": 2, **more}
        course = make(regimen="items", **given).model_copy(update={"changes": kept})
        return plan(course, own, site)

    return of


def listed(computed):
    return [f"{each.on:%d-%m} {each.words}" for each in computed.items if each.of_the_regimen]


DELAYED = ("delay", {"what": "from 2027-02-01", "days": 7})


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ([], ["11-01", "25-01", "08-02", "22-02"]),
        ([DELAYED], ["11-01", "25-01", "15-02", "01-03"]),
    ],
)
def test_premedication_follows_each_dose_of_its_order(planned, changes, days):
    words = "paracetamol 1 g, 30 minutes before each dose of rituximab (premedication)"
    assert listed(planned(PARACETAMOL, changes=changes)) == [f"{day} {words}" for day in days]


def test_what_is_done_in_the_night_before_is_of_the_day_before(planned):
    early = {**PARACETAMOL, "with": {"order": "rituximab", "when": "10 hours before"}}
    days = [line[:5] for line in listed(planned(early))]
    assert days == ["10-01", "24-01", "07-02", "21-02"]


def test_a_test_before_each_cycle_says_its_limit_and_moves_with_the_cycle(planned):
    words = (
        "blood count, days -1 of each cycle of rituximab, must be platelets >= 70000 /uL, else "
        "delay the cycle (monitoring)"
    )
    assert listed(planned(COUNT)) == [f"10-01 {words}", f"07-02 {words}"]
    assert listed(planned(COUNT, changes=[DELAYED])) == [f"10-01 {words}", f"14-02 {words}"]


@pytest.mark.parametrize(
    ("platelets", "code"),
    [("70000 /uL", None), ("69999 /uL", "gate"), ("70 G/L", None), (None, "gate-not-judged")],
)
def test_the_measures_of_the_patient_are_judged_by_the_limit(planned, platelets, code):
    given = {"platelets": platelets, "counted": "2027-01-10"} if platelets else {}
    computed = planned(COUNT, **given)
    found = [each for each in computed.findings if each.code in ("gate", "gate-not-judged")]
    assert [each.code for each in found] == ([code] if code else [])
    assert all("blood count" in each.message for each in found)
    assert "given-not-judged" not in {each.code for each in computed.findings}
    if code == "gate":
        assert "platelets 69,999 /uL, must be platelets >= 70000 /uL, else delay the cycle" in (
            found[0].message
        )


def test_each_measure_of_a_limit_is_judged(planned):
    both = deepcopy(COUNT)
    both["bound"]["must"] = "neutrophils >= 1000 /uL and platelets >= 70000 /uL"
    both["quote"] = "the day before each cycle; neutrophils < 1 x 10^9/L or platelets < 70 x 10^9/L"
    assert list(checked(entry(both).regimen)) == []
    given = {"neutrophils": "900 /uL", "platelets": "60 G/L", "counted": "2027-01-10"}
    found = [each for each in planned(both, **given).findings if each.code == "gate"]
    assert [each.values[2] for each in found] == ["900 /uL", "60,000 /uL"]


def test_a_measure_of_two_tests_is_asked_for_once(planned):
    computed = planned(COUNT, {**deepcopy(COUNT), "name": "second blood count"})
    (found,) = [each for each in computed.findings if each.code == "gate-not-judged"]
    assert found.values == ("blood count platelets",)


@pytest.mark.parametrize(("age", "number"), [(None, 4), ("66 years", 4), ("65 years", 0)])
def test_an_item_is_for_whom_it_says_and_for_whom_that_is_not_known(planned, age, number):
    given = {"age": age} if age else {}
    found = listed(planned(FLUIDS, **given))
    assert found == [
        f"{day} 1 L of saline, with each dose of rituximab (hydration)"
        for day in ("11-01", "25-01", "08-02", "22-02")[:number]
    ]


def test_it_is_an_entry_of_its_day(planned):
    found = [each for each in events(planned(PARACETAMOL)) if not each.drug]
    assert [str(each.start) for each in found][:2] == ["2027-01-11", "2027-01-25"]
    assert "paracetamol 1 g, 30 minutes before each dose of rituximab" in found[0].summary


@pytest.mark.parametrize(
    ("item", "wrong", "code"),
    [
        (PARACETAMOL, {"every": "1 week"}, "item-undated"),
        (PARACETAMOL, {"before": "1 day"}, "item-undated"),
        (PARACETAMOL, {"after": "1 week"}, "item-undated"),
        (PARACETAMOL, {"duration": "1 week"}, "item-undated"),
        (PARACETAMOL, {"days": "2"}, "item-undated"),
        (PARACETAMOL, {"with": {"order": "mesna", "when": "30 minutes before"}}, "item-undated"),
        (PARACETAMOL, {"with": {"order": "rituximab", "when": "3 minutes before"}}, "with-not-quoted"),
        (PARACETAMOL, {"with": {"order": "rituximab", "when": "30 hours before"}}, "with-not-quoted"),
        (PARACETAMOL, {"with": {"order": "rituximab", "when": "30 minutes after"}}, "with-not-quoted"),
        (PARACETAMOL, {"with": {"order": "rituximab"}}, "with-not-quoted"),
        (COUNT, {"bound": {"must": "platelets >= 7000 /uL", "do": "x"}}, "not-quoted"),
        (COUNT, {"bound": {"must": "platelets >= 700000 /uL", "do": "x"}}, "not-quoted"),
        (COUNT, {"bound": {"must": "platelets <= 70000 /uL", "do": "x"}}, "not-quoted"),
        (FLUIDS, {"where": "age > 56 years"}, "not-quoted"),
        (FLUIDS, {"where": "age < 65 years"}, "not-quoted"),
        ({**FLUIDS, "every": "1 week"}, {"with": None}, "item-not-quoted"),
        ({**FLUIDS, "every": "1 week"}, {"with": None, "quote": "1 L of saline weekly above 65 years"}, None),
        ({**FLUIDS, "every": "8 days"}, {"with": None, "quote": "1 L of saline weekly above 65 years"}, "item-not-quoted"),
        ({**FLUIDS, "every": "1 day"}, {"with": None, "quote": "1 L of saline daily above 65 years"}, None),
        ({**FLUIDS, "every": "4 weeks"}, {"with": None, "quote": "28-day supply of 1 L above 65 years"}, None),
        ({**FLUIDS, "before": "1 day"}, {"with": None, "quote": "1 L within 24 hours before, above 65 years"}, None),
        ({**FLUIDS, "before": "14 days"}, {"with": None, "quote": "1 L 10-14 d before, above 65 years"}, None),
        ({**FLUIDS, "before": "2 weeks"}, {"with": None, "quote": "1 L 10-14 d before, above 65 years"}, None),
        ({**FLUIDS, "before": "3 weeks"}, {"with": None, "quote": "1 L 10-14 d before, above 65 years"}, "item-not-quoted"),
        (FLUIDS, {"name": "10 L of saline"}, "item-not-quoted"),
        (PARACETAMOL, {"name": "paracetamol 1 mg"}, "item-not-quoted"),
        (PARACETAMOL, {"quote": "paracetamol 1000 mg 30 minutes before each infusion"}, None),
        (FLUIDS, {"name": "1 L of sodium chloride 0.9 %"}, None),
        ({**FLUIDS, "before": "1 week"}, {"with": None, "quote": "1 L one week before the first dose, above 65 years"}, None),
        ({**FLUIDS, "before": "1 day"}, {"with": None, "quote": "1 L the day before, above 65 years"}, None),
        ({**FLUIDS, "before": "2 days"}, {"with": None, "quote": "1 L 2 hours before, above 65 years"}, "item-not-quoted"),
        ({**FLUIDS, "before": "2 weeks"}, {"with": None, "quote": "1 L 2 weeks after, above 65 years"}, "item-not-quoted"),
        ({**FLUIDS, "every": "1 week"}, {"with": None, "quote": "1 L three times weekly above 65 years"}, None),
        ({**FLUIDS, "every": "1 week"}, {"with": None, "quote": "1 L on Mondays and Fridays above 65 years"}, None),
        ({**FLUIDS, "every": "1 week"}, {"with": None, "quote": "1 L not weekly above 65 years"}, "item-not-quoted"),
        ({**FLUIDS, "every": "3 months"}, {"with": None, "quote": "1 L quarterly above 65 years"}, None),
        ({**FLUIDS, "every": "1 week", "duration": "8 weeks"}, {"with": None, "quote": "1 L weekly for the first 4 weeks above 65 years"}, "item-not-quoted"),
        ({**FLUIDS, "every": "1 week", "after": "8 weeks"}, {"with": None, "quote": "1 L weekly after 4 weeks above 65 years"}, "item-not-quoted"),
        ({**FLUIDS, "every": "1 week", "duration": "4 weeks"}, {"with": None, "quote": "1 L weekly in the first month above 65 years"}, None),
        (COUNT, {"quote": "the day before each cycle; start only with platelets < 70 x 10^9/L"}, "not-quoted"),
        (FLUIDS, {"with": {"order": "rituximab", "each": "cycle"}, "quote": "1 L of saline with each dose above 65 years"}, "item-not-quoted"),
        (FLUIDS, {"quote": "1 L of saline with each cycle above 65 years"}, "item-not-quoted"),
        (COUNT, {"quote": "the day before each cycle; hold if platelets ≥ 70 x 10^9/L"}, "not-quoted"),
        (COUNT, {"quote": "the day before each cycle; hold if platelets < 70 x 10^9/L"}, None),
        (COUNT, {"quote": "the day before each cycle; neutrophils ≥ 70 x 10^9/L"}, "not-quoted"),
        ({**FLUIDS, "before": "1 day", "after": "1 week"}, {"with": None}, "item-undated"),
        ({**FLUIDS, "every": "1 week", "days": "1, 10"}, {"with": None}, "item-undated"),
        (PARACETAMOL, {"name": "paracetamol 2 g"}, "item-not-quoted"),
        (PARACETAMOL, {"name": "paracetamol 1.5 g"}, "item-not-quoted"),
        (PARACETAMOL, {"name": "paracetamol 1,000 mg"}, None),
        (PARACETAMOL, {"quote": "paracetamol 1 g 30 to 60 minutes before each infusion"}, None),
        (PARACETAMOL, {"quote": "paracetamol 1 g 1 to 3 hours before each infusion"}, "with-not-quoted"),
        (COUNT, {"quote": "1 to 2 days before each cycle; platelets should be ≥ 70 x 10^9/L"}, None),
        (COUNT, {"quote": "2 to 3 days before each cycle; platelets should be ≥ 70 x 10^9/L"}, "with-not-quoted"),
        (COUNT, {}, None), (PARACETAMOL, {}, None), (FLUIDS, {}, None),
    ],
)  # fmt: skip
def test_an_item_has_one_rhythm_and_its_quote_says_its_numbers(item, wrong, code):
    whole = {key: value for key, value in {**item, **wrong}.items() if value is not None}
    found = {each.code for each in checked(entry(whole).regimen)}
    assert found == ({code} if code else set())


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "drink"}, {"where": "old"}, {"bound": {"must": "platelets >= 70000 /uL"}},
        {"bound": {"must": "platelets many", "do": "x"}},
        {"with": {"order": "rituximab", "when": "soon"}},
        {"with": {"order": "rituximab", "each": "week"}},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(wrong):
    with pytest.raises(LibraryError):
        entry({**COUNT, **wrong})


def test_whom_an_item_is_for_is_decided_by_the_measures_of_its_day(planned):
    low = deepcopy(FLUIDS)
    low |= {"where": "platelets < 50000 /uL", "quote": "1 L of saline if platelets < 50 x 10^9/L"}
    given = {"platelets": "40 G/L", "counted": "2027-01-10"}
    up = ("measures", {"on": "2027-01-20", "what": "from cycle 2 of rituximab",
                       "values": {"platelets": "150 G/L", "counted": "2027-01-19"}})  # fmt: skip
    computed = planned(low, changes=(up,), **given)
    assert [line[:5] for line in listed(computed)] == ["11-01", "25-01"]
    assert len(listed(planned(low, **given))) == 4
