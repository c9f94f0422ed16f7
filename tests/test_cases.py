"""Worked cases in few lines: the days of a dose, other patients, and what is taken as needed."""

import pytest
import yaml

from posology import library as files
from posology.errors import LibraryError
from posology.model import Stock
from posology.model.case import Case, expected, in_full
from posology.planning.cases import failures
from test_needed import DAILY, MEDICINE, SAID, drug

CASE = {
    "name": "two cycles", "patient": {"weight": "70 kg"}, "start": "2027-01-11", "cycles": "2",
    "expect": [
        "Mon 11-Jan-2027 to Tue 12-Jan-2027 08:00  1.5 mg bortezomib, subcutaneous",
        "Mon 11-Jan-2027 every 1 week, 2 times 08:00, 20:00  20 mg dexamethasone, oral",
    ],
    "totals": ["2 doses of bortezomib, 3 mg", "4 doses of dexamethasone-base, 80 mg"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("Mon 11-Jan-2027 08:00  1 mg a, oral", ["Mon 11-Jan-2027 08:00"]),
        ("Mon 11-Jan-2027 to Wed 13-Jan-2027 08:00  1 mg a, oral",
         ["Mon 11-Jan-2027 08:00", "Tue 12-Jan-2027 08:00", "Wed 13-Jan-2027 08:00"]),
        ("Mon 11-Jan-2027, Thu 14-Jan-2027 08:00  1 mg a, oral",
         ["Mon 11-Jan-2027 08:00", "Thu 14-Jan-2027 08:00"]),
        ("Mon 11-Jan-2027 08:00, 20:00  1 mg a, oral",
         ["Mon 11-Jan-2027 08:00", "Mon 11-Jan-2027 20:00"]),
        ("Sun 31-Jan-2027 every 2 days, 3 times 08:00  1 mg a, oral",
         ["Sun 31-Jan-2027 08:00", "Tue 02-Feb-2027 08:00", "Thu 04-Feb-2027 08:00"]),
        ("Mon 11-Jan-2027, Thu 14-Jan-2027 every 3 weeks, 2 times 08:00  1 mg a, oral",
         ["Mon 11-Jan-2027 08:00", "Thu 14-Jan-2027 08:00", "Mon 01-Feb-2027 08:00",
          "Thu 04-Feb-2027 08:00"]),
    ],
)  # fmt: skip
def test_a_line_says_every_day_and_clock_time_of_a_dose(line, days):
    assert in_full([line]) == [f"{day}  1 mg a, oral" for day in days]


def test_an_item_has_no_clock_time():
    assert in_full(["Mon 11-Jan-2027 every 1 week, 2 times  pregnancy test (monitoring)"]) == [
        "Mon 11-Jan-2027  pregnancy test (monitoring)", "Mon 18-Jan-2027  pregnancy test (monitoring)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Tue 11-Jan-2027 08:00  1 mg a, oral", "is a Mon"),
        ("Mon 11-Jan-2027 to Mon 12-Jan-2027 08:00  1 mg a, oral", "is a Tue"),
        ("Sun 30-Feb-2027 08:00  1 mg a, oral", "no day of the calendar"),
        ("Mon 11-Jnn-2027 08:00  1 mg a, oral", "no day of the calendar"),
        (
            "Mon 11-Jan-2027 08:00 1 mg a, oral",
            "cannot be read; write days, clock times, two blanks",
        ),
        ("Mon 11-Jan-2027 every 1 month, 2 times 08:00  1 mg a, oral", "cannot be read"),
        ("Mon 11-Jan-2027 at 08:00  1 mg a, oral", "cannot be read"),
    ],
)
def test_a_line_that_cannot_be_read_says_what_is_wrong(line, words):
    with pytest.raises(ValueError, match=words):
        list(expected(line))
    assert in_full([line]) == [line]


def like(**other):
    whole = {**CASE, "likewise": [{"name": "light", "patient": {"weight": "43 kg"}, **other}]}
    _, (case, path) = Case.model_validate(whole).worked
    assert path == ("likewise", 0)
    return case


def test_another_patient_has_the_same_days_and_other_doses():
    case = like(doses={"bortezomib": "1.2 mg"}, totals={"bortezomib": "2.4 mg"})
    assert case.patient.weight.plain == "43 kg"
    assert (case.start, case.cycles) == (Case.model_validate(CASE).start, 2)
    assert case.expect == (
        "Mon 11-Jan-2027 to Tue 12-Jan-2027 08:00  1.2 mg bortezomib, subcutaneous",
        "Mon 11-Jan-2027 every 1 week, 2 times 08:00, 20:00  20 mg dexamethasone, oral",
    )
    assert case.totals == (
        "2 doses of bortezomib, 2.4 mg", "4 doses of dexamethasone-base, 80 mg",
    )  # fmt: skip
    assert like(refused="a phrase").refused == "a phrase"


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"doses": {"melphalan": "1 mg"}}, "melphalan must have one amount in expect; it has none"),
        ({"totals": {"dexamethasone": "1 mg"}}, "no total of the case is of dexamethasone"),
    ],
)
def test_a_dose_that_the_case_does_not_have_is_refused(other, words):
    with pytest.raises(ValueError, match=words):
        like(**other)


def test_a_drug_with_two_amounts_is_written_in_full():
    lines = [*CASE["expect"], "Fri 15-Jan-2027 08:00  2 mg bortezomib, subcutaneous"]
    other = {"name": "light", "patient": {"weight": "43 kg"}, "doses": {"bortezomib": "1 mg"}}
    with pytest.raises(ValueError, match=r"1\.5 mg and 2 mg"):
        Case.model_validate({**CASE, "expect": lines, "likewise": [other]})


def failed(site, *orders, **case):
    """Compute one case of a regimen of these orders, and give what is said of it."""
    whole = {"name": "a case", "patient": {"weight": "70 kg"}, "start": "2027-01-11", **case}
    value = {
        "name": "An example", "indication": "an example", "version": 1, "status": "draft",
        "duration": "not stated", "sources": {"paper": {"cite": "Author A, Journal 2020;1:1"}},
        "orders": list(orders), "cases": [whole],
    }  # fmt: skip
    entry = files.read_text("example", yaml.safe_dump(value))
    drugs = {each["drug"]: drug(each["drug"], {each["route"]}) for each in orders}
    library = files.Library({"example": entry}, drugs, files.combinations_for(files.FOLDER))
    return [each.message for each in failures(entry, library, site)]


def test_a_case_of_nothing_but_what_is_taken_as_needed_says_its_line(site):
    assert failed(site, MEDICINE, needed=[SAID]) == []
    (message,) = failed(site, MEDICINE, needed=[SAID.replace("16 mg", "8 mg")])
    assert "comes out differently" in message
    (message,) = failed(site, MEDICINE)
    assert "no case lists what is taken as needed" in message


def test_a_line_that_cannot_be_read_fails_its_case(site):
    order = {**MEDICINE, "every": "1 day", "quote": "loperamide 2 mg orally daily"}
    for key in ("as_needed", "most_a_day"):
        del order[key]
    right = "Mon 11-Jan-2027 to Tue 12-Jan-2027 08:00  2 mg loperamide, oral"
    products = {**site.site.products, "loperamide": (Stock.parse("a-product"),)}
    site = site._replace(site=site.site.model_copy(update={"products": products}))
    case = {"cycles": "2", "totals": ["2 doses of loperamide, 4 mg"]}
    assert failed(site, order, expect=[right], **case) == []
    (message,) = failed(site, order, expect=[right.replace("Mon", "Tue")], **case)
    assert message == '"a case": "Tue 11-Jan-2027" is a Mon'
    (message,) = failed(site, order, expect=[right.replace("2 mg", "3 mg")], **case)
    assert "+ Mon 11-Jan-2027 08:00  2 mg loperamide, oral" in message


@pytest.mark.parametrize(
    "own", [{"every": "1 day"}, {"days": "1-4"}, {"duration": "4 weeks"}, {"start": "day 8"}]
)
def test_an_order_that_is_given_with_another_has_no_rhythm_of_its_own(site, own):
    beside = {"drug": "dexamethasone", "route": "oral", "dose": "20 mg each", "source": "paper",
              "with": {"order": "thalidomide"}, "quote": "dexamethasone 20 mg orally"}  # fmt: skip
    with pytest.raises(LibraryError, match="on its days and as long; leave out"):
        failed(site, DAILY, {**beside, **own})


def test_a_limit_that_the_quote_says_is_encoded():
    from test_needed import stops  # noqa: PLC0415 - beside the example

    quote = "thalidomide 100 mg orally daily, maximum 200 mg"
    assert "limit-not-encoded" in stops({**DAILY, "quote": quote})
    limit = [{"amount": "200 mg", "quote": "maximum 200 mg"}]
    assert "limit-not-encoded" not in stops({**DAILY, "quote": quote, "most": limit})
