"""What is taken only as needed: on the plan and the worksheet, in no calendar and no total."""

import io
import json

import pytest
import yaml
from pypdf import PdfReader

from posology import library as files
from posology import plan
from posology.checks.coherent import coherent
from posology.checks.quoted import quoted
from posology.course.inputs import make
from posology.export.calendar import calendar
from posology.export.document import json_bytes
from posology.export.sheet import patient_calendar, worksheet
from posology.export.text import text
from test_reach import OF_OTHERS, drug

MEDICINE = {
    "drug": "loperamide", "route": "oral", "dose": "2 mg each", "every": "4 hours",
    "as_needed": "as needed for diarrhoea", "most_a_day": "16 mg", "source": "paper",
    "quote": "loperamide 2 mg orally every 4 hours as needed for diarrhoea, up to 16 mg daily",
}  # fmt: skip
DAILY = {
    "drug": "thalidomide", "route": "oral", "dose": "100 mg each", "every": "1 day", "source": "paper",
    "quote": "thalidomide 100 mg orally daily",
}  # fmt: skip


def written(*orders):
    """Write a regimen of these orders."""
    value = {
        "name": "An example", "indication": "an example", "version": 1, "status": "draft",
        "duration": "not stated", "sources": {"paper": {"cite": "Author A, Journal 2020;1:1"}},
        "orders": list(orders),
    }  # fmt: skip
    return files.read_text("example", yaml.safe_dump(value))


def planned(site, *orders, **entered):
    entry = written(*orders)
    drugs = {each["drug"]: drug(each["drug"], {each["route"]}) for each in orders}
    library = files.Library({"example": entry}, drugs, files.combinations_for(files.FOLDER))
    inputs = {"weight": "70 kg", "start": "2027-01-11", "cycles": 2, **entered}
    return plan(make(regimen="example", **inputs), library, site)


def stops(*orders):
    entry = written(*orders)
    found = [*quoted(entry.regimen, {}), *coherent(entry.regimen, {})]
    return {each.code for each in found if each.level == "stop"} - OF_OTHERS


def pdf_text(content):
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


SAID = (
    "2 mg loperamide, oral, as needed for diarrhoea, not sooner than 4 hours after the last; "
    "at most 16 mg a day"
)


def test_what_is_taken_as_needed_is_told_and_in_no_date_and_no_total(site):
    computed = planned(site, DAILY, MEDICINE)
    assert [str(each) for each in computed.needed] == [SAID]
    assert {each.order.drug for each in computed.administrations} == {"thalidomide"}
    assert [each.drug for each in computed.totals] == ["thalidomide"]
    finding = next(each for each in computed.findings if each.code == "as-needed")
    assert finding.level == "review"
    assert finding.same
    assert SAID in text(computed)
    assert SAID in pdf_text(worksheet(computed))
    assert SAID in pdf_text(patient_calendar(computed))
    assert json.loads(json_bytes(computed))["as_needed"] == [
        {"order": "loperamide", "dose": "2 mg", "words": SAID}
    ]
    leaves = computed._replace(findings=())  # the drugs of this test have no worked limits
    assert b"loperamide" not in calendar(leaves)


def test_a_regimen_of_nothing_else_has_no_days_and_asks_for_no_cycles(site):
    computed = planned(site, MEDICINE, cycles=None)
    assert computed.administrations == ()
    assert len(computed.needed) == 1
    assert "nothing is planned" in text(computed)


@pytest.mark.parametrize(
    ("every", "times", "words"),
    [
        ("1 day", 1, "at most once every day"),
        ("1 day", 4, "at most 4 times every day"),
        ("2 days", 1, "at most once every 2 days"),
        ("6 hours", 1, "not sooner than 6 hours after the last"),
    ],
)
def test_how_often_it_may_be_taken_is_said(site, every, times, words):
    order = {**MEDICINE, "every": every, "times": times}
    if every.endswith("hours"):
        order.pop("times")
    order.pop("most_a_day")
    computed = planned(site, order, cycles=None)
    assert f"{words}; no most a day is stated" in str(computed.needed[0])


def test_a_dose_by_weight_that_is_taken_as_needed_is_of_this_patient(site):
    order = {**MEDICINE, "dose": "0.1 mg/kg each"}
    computed = planned(site, order, cycles=None)
    assert str(computed.needed[0].dose) == "7 mg"
    assert not next(each for each in computed.findings if each.code == "as-needed").same


def test_a_pair_with_what_is_taken_as_needed_is_told(site):
    other = {**MEDICINE, "drug": "dexamethasone", "dose": "4 mg each"}
    other.pop("most_a_day")
    alone = planned(site, DAILY)
    both = planned(site, DAILY, other)
    pairs = [
        {each.values for each in found.findings if each.code == "combination"}
        for found in (alone, both)
    ]
    assert pairs[1] > pairs[0]


def test_the_example_has_no_stop():
    assert stops(DAILY, MEDICINE) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"as_needed": None}, "needed-not-encoded"),
        ({"as_needed": "as needed for pain"}, "not-quoted"),
        ({"as_needed": "for diarrhoea"}, "not-quoted"),
        ({"most_a_day": "18 mg"}, "not-quoted"),
        ({"dose": "20 mg each"}, "not-quoted"),
        ({"every": "6 hours"}, "rhythm-not-quoted"),
        ({"duration": "4 weeks"}, "needed-with-dates"),
        ({"days": "1-4"}, "needed-with-dates"),
        ({"at": "08:00"}, "needed-with-dates"),
    ],
)
def test_what_the_quote_does_not_say_of_it_stops(change, code):
    order = {key: value for key, value in {**MEDICINE, **change}.items() if value is not None}
    assert code in stops(order)


def test_a_most_of_a_day_of_another_order_stops():
    order = {**DAILY, "most_a_day": "100 mg"}
    assert "needed-with-dates" in stops(order)
