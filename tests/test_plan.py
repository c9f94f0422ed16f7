"""The main job: real regimens, exact doses, exact dates."""

import re
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import READ_AS
from posology import plan
from posology.course.inputs import make
from posology.errors import CourseError
from posology.library import SiteFile
from posology.model import Days, Period, Run, StatedDose, print_date
from posology.model.site import Clock, Stock
from posology.model.zone import Zone
from posology.quantity import Quantity
from posology.scheduling.dates import after, busiest, moment, slots

TRIPLE = "scleromyxedema-dexamethasone-sirolimus-octreotide"


def ivig(library, site, every="1 month", days="1-5", **changes):
    inputs = {
        "regimen": "scleromyxedema-ivig",
        "weight": "70 kg",
        "start": "2027-01-11",
        "cycles": 6,
        "choices": {"immunoglobulin.every": every, "immunoglobulin.days": days},
        **changes,
    }
    return plan(make(**inputs), library, site)


def test_ivig_over_five_days_is_30_doses_of_28_g_from_january_to_june(library, site):
    computed = ivig(library, site)
    assert [one.at.date() for one in computed.administrations] == [
        date(2027, month, day) for month in range(1, 7) for day in range(11, 16)
    ]
    assert {str(one.dose.amount) for one in computed.administrations} == {"28 g"}


def test_ivig_over_four_days_is_24_doses_of_35_g(library, site):
    computed = ivig(library, site, days="1-4")
    assert [str(one.dose.amount) for one in computed.administrations] == ["35 g"] * 24


def test_every_four_weeks_the_second_cycle_starts_on_the_eighth_of_february(library, site):
    computed = ivig(library, site, every="4 weeks")
    second = [one for one in computed.administrations if one.slot.cycle == 2]
    assert print_date(second[0].at) == "Mon 08-Feb-2027"


def test_the_triple_combination_for_six_months(library, site):
    computed = plan(
        make(regimen=TRIPLE, choices=READ_AS, weight="70 kg", start="2027-01-04"), library, site
    )
    doses = {}
    for one in computed.administrations:
        doses.setdefault(one.order.drug, []).append(one)
    assert [str(one.dose.amount) for one in doses["dexamethasone"]] == ["60 mg"] * 52
    assert [str(one.dose.amount) for one in doses["octreotide"]] == ["200 mcg"] * 91
    assert [str(one.dose.amount) for one in doses["sirolimus"]] == ["1 mg"] * (2 * 181)
    assert len({one.at.date() for one in doses["sirolimus"]}) == 181
    reviews = {one.code: one.message for one in computed.findings if one.level == "review"}
    assert "the source prints 200 g" in reviews["erratum"]
    assert "120 mg may be the total of both days" in reviews["unclear"]


def test_what_the_source_leaves_open_is_asked_for_all_at_once(library, site):
    with pytest.raises(CourseError) as caught:
        plan(make(regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11"), library, site)
    assert set(caught.value.problems) == {"choices", "cycles"}
    for option in ('"1-5" or "1-4"', '"1 month" or "4 weeks"'):
        assert option in caught.value.problems["choices"]


def test_an_option_that_is_not_offered_is_refused(library, site):
    with pytest.raises(CourseError, match='choose "1-5" or "1-4", not "1-3"'):
        ivig(library, site, days="1-3")


def test_a_choice_that_is_not_open_is_refused(library, site):
    with pytest.raises(CourseError, match="is not left open by this regimen; open: dexamethasone"):
        plan(
            make(
                regimen=TRIPLE,
                weight="70 kg",
                start="2027-01-04",
                choices={**READ_AS, "octreotide.days": "1"},
            ),
            library,
            site,
        )


def test_cycles_are_refused_where_the_source_states_the_duration(library, site):
    with pytest.raises(CourseError, match="states the duration, 6 months; leave the cycles out"):
        plan(
            make(regimen=TRIPLE, choices=READ_AS, weight="70 kg", start="2027-01-04", cycles=2),
            library,
            site,
        )


def test_a_weight_in_pounds_is_computed_exactly_and_shown_as_approximate(library, site):
    """69.85322498 kg; more than six decimals are marked with ~, as thirds are."""
    computed = ivig(library, site, weight="154 lb")
    dose = computed.administrations[0].dose
    assert dose.amount.number == Fraction(154 * 45359237 * 2, 100_000_000 * 5)
    assert dose.working == ("2 g/kg x ~69.85 kg = ~139.71 g; / 5 administrations = ~27.94 g")


@pytest.mark.parametrize(
    ("weight", "levels"),
    [
        ("1.9 kg", ["stop"]),
        ("2 kg", ["review"]),
        ("34.9 kg", ["review"]),
        ("35 kg", []),
        ("150 kg", []),
        ("150.1 kg", ["review"]),
        ("300 kg", ["review"]),
        ("300.1 kg", ["stop"]),
    ],
)
def test_the_weight_is_judged_by_the_sites_limits(library, site, weight, levels):
    computed = plan(
        make(regimen=TRIPLE, choices=READ_AS, weight=weight, start="2027-01-04"), library, site
    )
    assert [one.level for one in computed.findings if one.code == "weight"] == levels


@pytest.mark.parametrize(
    ("weight", "days", "level"),
    [
        ("150 kg", "1-5", None),  # 300 g in 28 days: the usual most
        ("150.1 kg", "1-5", "review"),
        ("200 kg", "1-5", "review"),  # 400 g in 28 days: the absolute most
        ("200.1 kg", "1-5", "stop"),
    ],
)
def test_grams_are_judged_as_well_as_grams_per_kg(library, site, weight, days, level):
    computed = ivig(library, site, days=days, weight=weight)
    levels = {one.level for one in computed.findings if one.code == "implausible-28-days"}
    assert levels == ({level} if level else set())


def test_a_fixed_dose_is_judged_per_kg_too(library, site):
    """500 g over 5 days is no usual amount for a patient of 70 kg."""
    regimen = library.regimens["scleromyxedema-ivig"].regimen
    order = regimen.orders[0].model_copy(update={"dose": StatedDose.parse("200 g per cycle")})
    entry = library.regimens["scleromyxedema-ivig"]._replace(
        regimen=regimen.model_copy(update={"orders": (order,)})
    )
    computed = ivig(library._replace(regimens={"scleromyxedema-ivig": entry}), site)
    found = [one.message for one in computed.findings if one.code.startswith("implausible")]
    assert any("about 1.4 times the largest amount of seven days" in one for one in found)


def test_a_course_that_ends_within_a_cycle_asks_for_review(library, site):
    whole = plan(
        make(regimen=TRIPLE, choices=READ_AS, weight="70 kg", start="2027-01-04"), library, site
    )
    assert not [one for one in whole.findings if one.code == "cycle-cut"]
    cut = plan(
        make(regimen=TRIPLE, choices=READ_AS, weight="70 kg", start="2027-06-01"), library, site
    )
    found = [one.message for one in cut.findings if one.code == "cycle-cut"]
    assert found == [
        (
            "dexamethasone: the course ends within cycle 27, with 1 of 2 doses; decide whether to "
            "give this cycle, and whether to complete it"
        )
    ]


@pytest.mark.parametrize("product", ["kiovig", "ampoule"])
def test_a_product_that_the_formulary_lacks_stops_the_plan(library, site, product):
    other = site.site.model_copy(update={"products": {"immunoglobulin": (Stock(product, ()),)}})
    computed = ivig(library, SiteFile(other, site.sha256))
    found = [one.message for one in computed.findings if one.level == "stop"]
    assert found == [
        (
            f"{product} is no product of immunoglobulin in the formulary; products: privigen, "
            "octagam, panzyga, gammagard, flebogamma"
        )
    ]


def test_a_dose_per_square_metre_asks_for_the_height(library, site):
    regimen = library.regimens["scleromyxedema-ivig"].regimen
    order = regimen.orders[0].model_copy(update={"dose": StatedDose.parse("9 mg/m2 each")})
    entry = library.regimens["scleromyxedema-ivig"]._replace(
        regimen=regimen.model_copy(update={"orders": (order,)})
    )
    with pytest.raises(CourseError, match="height: the dose of immunoglobulin depends on it"):
        ivig(library._replace(regimens={"scleromyxedema-ivig": entry}), site)


def test_a_clock_time_that_does_not_exist_stops_the_plan(library, site):
    early = site.site.model_copy(update={"clock": {1: Clock.parse("02:30")}})
    computed = ivig(
        library, SiteFile(early, site.sha256), every="4 weeks", start="2027-03-01", cycles=2
    )
    stops = [one for one in computed.findings if one.level == "stop"]
    assert not stops
    computed = ivig(library, SiteFile(early, site.sha256), start="2027-03-25", cycles=1)
    stops = [one for one in computed.findings if one.level == "stop"]
    assert [one.code for one in stops] == ["clock-change"]
    assert "02:30 on Sun 28-Mar-2027 does not exist once in Europe/Berlin" in stops[0].message


def test_a_clock_time_that_exists_twice_stops_the_plan(library, site):
    early = site.site.model_copy(update={"clock": {1: Clock.parse("02:30")}})
    computed = ivig(library, SiteFile(early, site.sha256), start="2027-10-30", cycles=1)
    assert [one.code for one in computed.findings if one.level == "stop"] == ["clock-change"]


def test_a_site_without_the_clock_times_stops_the_plan(library, site):
    bare = site.site.model_copy(update={"clock": {1: Clock.parse("08:00")}})
    course = make(regimen=TRIPLE, choices=READ_AS, weight="70 kg", start="2027-01-04")
    computed = plan(course, library, SiteFile(bare, site.sha256))
    assert [one.code for one in computed.findings if one.level == "stop"] == ["clock-missing"]


@pytest.mark.parametrize(
    ("first", "period", "times", "expected"),
    [
        ("2027-01-31", "1 month", 1, "Sun 28-Feb-2027"),
        ("2027-01-31", "1 month", 2, "Wed 31-Mar-2027"),
        ("2028-01-31", "1 month", 1, "Tue 29-Feb-2028"),
        ("2027-01-11", "4 weeks", 1, "Mon 08-Feb-2027"),
        ("2027-12-15", "1 month", 1, "Sat 15-Jan-2028"),
        ("2027-01-04", "6 months", 1, "Sun 04-Jul-2027"),
        ("2027-01-04", "2 days", 3, "Sun 10-Jan-2027"),
    ],
)
def test_months_are_counted_from_the_first_day(first, period, times, expected):
    day = after(date.fromisoformat(first), Period.parse(period), times)
    assert print_date(day) == expected


def test_a_course_beyond_the_calendar_is_refused(library, site):
    with pytest.raises(CourseError, match="beyond 2100"):
        ivig(library, site, start="2099-06-01", cycles=99)


def test_more_doses_than_any_course_has_are_refused(library):
    order = library.regimens[TRIPLE].regimen.orders[2]
    with pytest.raises(CourseError, match="over 10,000 doses of sirolimus; plan a shorter course"):
        slots(
            order, Period(1, "day"), Days.parse("1"), date(2027, 1, 1), run=Run.parse("400 months")
        )


@pytest.mark.parametrize(
    ("every", "days", "count"),
    [("1 week", "1-2", 2), ("2 days", "1", 4), ("1 day", "1", 7), ("1 month", "1-5", 5),
     ("4 weeks", "1-4, 9-12, 17-20", 4), ("4 weeks", "1, 26-28", 4), ("3 weeks", "1, 4, 8, 11", 2)],
)  # fmt: skip
def test_the_fullest_seven_days_are_counted(every, days, count):
    assert busiest(1, Period.parse(every), Days.parse(days), 7) == count
    assert busiest(3, Period.parse(every), Days.parse(days), 7) == 3 * count


@given(st.dates(date(2024, 1, 1), date(2034, 12, 31)), st.times())
def test_a_moment_keeps_its_clock_time_or_is_none(day, clock):
    clock = clock.replace(second=0, microsecond=0, tzinfo=None)
    at = moment(day, clock, Zone.parse("America/New_York"))
    if at is not None:
        assert (at.date(), at.time()) == (day, clock)


WEIGHTS = st.integers(200, 30000).map(
    lambda hundredths: f"{hundredths // 100}.{hundredths % 100:02d} kg"
)


@given(WEIGHTS, st.sampled_from(["1-5", "1-4"]), st.integers(1, 12))
def test_the_doses_of_each_cycle_add_up_to_the_whole(library, site, weight, days, cycles):
    computed = ivig(library, site, days=days, weight=weight, cycles=cycles)
    whole = Quantity.parse(weight).number * 2
    for cycle in range(1, cycles + 1):
        doses = [one.dose.amount for one in computed.administrations if one.slot.cycle == cycle]
        assert sum((dose.number for dose in doses), Fraction(0)) == whole
    assert computed.totals[0].per_course.number == whole * cycles


@pytest.mark.thorough
@given(st.dates(date(2024, 1, 1), date(2040, 12, 31)))
def test_every_slot_stands_once_and_dates_rise(library, site, start):
    course = make(regimen=TRIPLE, choices=READ_AS, weight="70 kg", start=start.isoformat())
    computed = plan(course, library, site)
    slots_ = [one.slot for one in computed.administrations]
    assert len(set(slots_)) == len(slots_)
    moments = [one.at for one in computed.administrations]
    assert moments == sorted(moments)
    assert moments[0].date() == start


def test_what_a_failing_test_prints_is_one_line(library, site):
    """Not a plan of 660 kB, in which nobody finds the fault."""
    assert re.fullmatch(r"Library\(\d+ regimens, \d+ drugs\)", repr(library))
    entry = library.regimens["scleromyxedema-ivig"]
    assert repr(entry) == f"Entry(scleromyxedema-ivig, {entry.sha256[:8]})"
    computed = ivig(library, site, cycles=6)
    findings = len(computed.findings)
    assert repr(computed) == f"Plan(scleromyxedema-ivig, 30 administrations, {findings} findings)"
