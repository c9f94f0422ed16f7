"""A limit over time is judged on the doses as they are really planned, in a file and in a plan."""

import random
from datetime import date, timedelta
from fractions import Fraction

import pytest
import yaml

from posology import library as files
from posology import plan
from posology.checks import check
from posology.checks.formulary import check_drug
from posology.checks.sums import Given, for_lower_limits, largest
from posology.course.inputs import make
from posology.planning.inspection import inspect

MONDAY = date(2027, 1, 4)


def regimen(drug, route, dose, *, duration, every="1 day", days="1", later=None, cases=()):
    """Write a regimen of one order, whose quote says what it encodes."""
    rhythm = "daily" if every == "1 day" else f"every {every}"
    on = f" on days {days}" if days != "1" else ""
    order = {
        "drug": drug, "route": route, "dose": f"{dose} each", "every": every, "days": days,
        "source": "paper", "quote": f"{route} {drug} {dose} {rhythm}{on}",
        "from": {start: {**change, "quote": f"{change} from {start}"} for start, change in (later or {}).items()},
    }  # fmt: skip
    return {
        "name": "own", "indication": "test", "version": 1, "status": "draft", "duration": duration,
        "duration_quote": f"for {duration}", "sources": {"paper": {"cite": "Author A, 2020", "evidence": "one"}},
        "orders": [order], "cases": list(cases),
    }  # fmt: skip


@pytest.fixture
def own(tmp_path, site):
    """Give the sums that a plan and the first net stop for, of a regimen of one's own."""

    def stops(content, weight, cycles=None):
        path = tmp_path / "own.yaml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
        loaded = files.load(path)
        course = make(regimen="own", weight=weight, start=MONDAY.isoformat(), cycles=cycles)
        found = [
            *check(loaded.regimens["own"].regimen, loaded.drugs),
            *plan(course, loaded, site).findings,
        ]
        kinds = ("implausible-", "over-")
        return {one.code for one in found if one.level == "stop" and one.code.startswith(kinds)}

    return stops


@pytest.fixture
def own_regimen(tmp_path):
    def of(content):
        path = tmp_path / "own.yaml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
        return files.load(path).regimens["own"].regimen

    return of


TAPER = {
    "day 4": {"dose": "30 mg each"},
    "day 11": {"dose": "20 mg each"},
    "day 18": {"dose": "10 mg each"},
}
PULSES = {"cycle 2": {"dose": "1 g/kg each", "days": "1"}}


def test_a_taper_is_summed_as_it_falls(own):
    """3 x 40 + 7 x 30 + 7 x 20 + 7 x 10 = 540 mg, 7.71 mg/kg: below 8."""
    assert (
        own(regimen("prednisone", "oral", "40 mg", duration="24 days", later=TAPER), "70 kg")
        == set()
    )


def test_a_taper_above_the_limit_is_stopped_still(own):
    """Seven days hold 3 x 60 + 4 x 30 = 300 mg, above 10.5 mg/kg of 28 kg (294 mg)."""
    found = own(regimen("prednisone", "oral", "60 mg", duration="24 days", later=TAPER), "28 kg")
    assert found == {"implausible-week"}
    found = own(regimen("prednisone", "oral", "60 mg", duration="24 days", later=TAPER), "29 kg")
    assert found == set()


def test_a_steroid_of_five_weeks_that_ends_in_five_milligrams_is_computed(own):
    """50, 40, 30, 17.5 and 5 mg for a week each; the label of prednisone begins with 5 to 60 mg a day."""
    later = {
        f"day {day}": {"dose": f"{dose} mg each"}
        for day, dose in ((8, 40), (15, 30), (22, 17.5), (29, 5))
    }
    for weight in ("45 kg", "70 kg", "150 kg"):
        assert (
            own(regimen("prednisone", "oral", "50 mg", duration="5 weeks", later=later), weight)
            == set()
        )


def test_cycles_that_differ_are_summed_over_their_days(own):
    """Days 2 to 5 and 29: 4 x 18 + 90 = 162 g, 1.8 g/kg; not 5 x 90."""
    content = regimen(
        "immunoglobulin", "intravenous", "0.2 g/kg", duration="2 cycles", every="4 weeks", days="1-5", later=PULSES
    )  # fmt: skip
    assert own(content, "90 kg") == set()


@pytest.mark.parametrize(
    ("duration", "stopped"), [("1 cycle", False), ("1 day", False), ("2 cycles", False), ("3 cycles", True)]
)  # fmt: skip
def test_a_course_is_no_longer_than_it_is(own, duration, stopped):
    """1 g/kg once is 1 g/kg; on three days in a row 3 g/kg, above 2.4."""
    content = regimen("immunoglobulin", "intravenous", "1 g/kg", duration=duration)
    assert bool(own(content, "70 kg")) == stopped


def tapers(number):
    """Doses that change on days of their own: from the start, by day, each for some days."""
    chance = random.Random(12)  # noqa: S311 - the same each time
    for _ in range(number):
        starts = [1, *sorted(chance.sample(range(2, 60), chance.randint(1, 4)))]
        doses = [chance.randrange(10, 190, 5) for _ in starts]
        yield starts, doses, starts[-1] + chance.randint(1, 40)


def fullest(doses, length):
    """Add up every window by itself."""
    return max(sum(doses[first : first + length]) for first in range(len(doses)))


def test_tapers_stop_exactly_where_a_sum_by_hand_is_above_a_limit(own):
    """Limits of prednisone: one day 2.2, seven days 10.5 mg/kg; 28 days 42 mg/kg and 3,360 mg."""
    seen = set()
    for starts, doses, length in tapers(25):
        by_day = [doses[sum(start <= day for start in starts) - 1] for day in range(1, length + 1)]
        content = regimen(
            "prednisone", "oral", f"{doses[0]} mg", duration=f"{length} days",
            later={f"day {day}": {"dose": f"{dose} mg each"} for day, dose in zip(starts[1:], doses[1:], strict=True)},
        )  # fmt: skip
        limits = {1: Fraction("2.2") * 90, 7: Fraction("10.5") * 90, 28: 3360}
        above = any(fullest(by_day, days) > most for days, most in limits.items())
        assert bool(own(content, "90 kg")) == above, (starts, doses, length)
        seen.add(above)
    assert seen == {True, False}


def test_an_order_without_a_stated_length_is_judged_as_going_on(own):
    """Melphalan 0.25 mg/kg daily without end: seven days hold 1.75 mg/kg."""
    content = regimen("melphalan", "oral", "0.25 mg/kg", duration="not stated")
    del content["duration_quote"]
    assert "implausible-week" in own(content, "70 kg", cycles=1)


def test_the_lower_limit_of_28_days_says_nothing_of_a_shorter_course(own):
    """Octreotide 50 mcg once is no too small amount of 28 days; every 28 days it is."""
    once = regimen("octreotide", "subcutaneous", "50 mcg", duration="1 cycle")
    assert own(once, "70 kg") == set()
    seldom = regimen("octreotide", "subcutaneous", "50 mcg", duration="3 cycles", every="28 days")
    assert own(seldom, "70 kg") == {"implausible-28-days"}


def test_sums_count_only_spans_with_a_counted_dose():
    def dose(day, amount, *, counted):
        return Given(MONDAY + timedelta(days=day), day, Fraction(amount), counted)

    doses = [dose(0, 10, counted=False), dose(20, 1, counted=True), dose(50, 10, counted=False)]
    most = largest(doses, "mg")
    assert [str(most[per][0]) for per in ("dose", "day", "week", "28 days", "course")] == [
        "1 mg", "1 mg", "1 mg", "11 mg", "21 mg",
    ]  # fmt: skip
    least = for_lower_limits(doses, "mg", MONDAY + timedelta(days=90))
    assert str(least["28 days"][0]) == "1 mg"
    assert "28 days" not in for_lower_limits(doses[:2], "mg", MONDAY + timedelta(days=47))


def case(weight, first, total, **more):
    return {
        "name": "first day", "patient": {"weight": weight}, "start": MONDAY.isoformat(),
        "expect": [f"Mon 04-Jan-2027 08:00  {first}"], "totals": [total], **more,
    }  # fmt: skip


def checked(tmp_path, content):
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    return [
        (one.code, one.where, one.message)
        for one in inspect([path]).findings
        if one.level == "stop"
    ]


def test_check_stops_a_file_whose_own_case_is_a_plan_that_stops(tmp_path):
    daily = case("70 kg", "16 mg melphalan, oral", "28 doses of melphalan, 448 mg")
    content = regimen("melphalan", "oral", "16 mg", duration="4 weeks", cases=[daily])
    ((code, where, message),) = checked(tmp_path, content)
    assert (code, where) == ("case-failed", "cases[0]")
    assert message.startswith(
        '"first day" is a plan that is stopped at Example hospital: 1.6 mg/kg is about 1.5 times'
    )
    assert message.endswith("is stocked by your site (posology check --site FILE)")


@pytest.mark.parametrize(
    ("weight", "refused", "stopped"),
    [
        ("70 kg", "largest amount of seven days", False),
        ("70 kg", "largest amount of 28 days", False),
        ("70 kg", "another reason", True),
        ("400 kg", "largest amount of seven days", True),
    ],
)
def test_a_case_may_expect_that_its_plan_is_stopped(tmp_path, weight, refused, stopped):
    stops = {
        "name": "too much",
        "patient": {"weight": weight},
        "start": MONDAY.isoformat(),
        "refused": refused,
    }
    content = regimen("melphalan", "oral", "16 mg", duration="4 weeks", cases=[stops])
    assert bool(checked(tmp_path, content)) == stopped


def test_a_hospital_with_another_clock_may_plan_its_own_regimen(tmp_path, run):
    """The case is written for the example site, as check computes it."""
    one = case("70 kg", "70 g immunoglobulin, intravenous", "1 dose of immunoglobulin, 70 g")
    content = regimen("immunoglobulin", "intravenous", "1 g/kg", duration="1 cycle", cases=[one])
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    site = (files.FOLDER / "site.yaml").read_text("utf-8")
    (tmp_path / "site.yaml").write_text(site.replace("  1: 08:00", "  1: 09:00"), "utf-8")
    inputs = ("--weight", "70 kg", "--start", "2027-01-04", "--site", "site.yaml")
    assert run("plan", "own.yaml", *inputs).code == 0
    wrong = one | {"totals": ["1 dose of immunoglobulin, 71 g"]}
    (tmp_path / "own.yaml").write_text(
        yaml.safe_dump(content | {"cases": [wrong]}, sort_keys=False), "utf-8"
    )
    assert run("plan", "own.yaml", *inputs).code == 1


def test_a_dose_that_cannot_be_made_has_no_second_stop_about_its_rates(library, site):
    course = make(
        regimen="scleromyxedema-ivig", weight="8.4 kg", start="2027-01-11", cycles=1,
        choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"},
    )  # fmt: skip
    stops = [one for one in plan(course, library, site).findings if one.level == "stop"]
    assert [one.code for one in stops] == ["not-dispensable"]
    assert "16.8 g in 4 doses cannot be made" in stops[0].message


def test_a_course_that_no_plan_can_hold_is_stopped_in_its_file(tmp_path):
    content = regimen(
        "octreotide", "subcutaneous", "200 mcg", duration="999 cycles", every="28 days", days="1-28"
    )
    assert "course-too-long" in {code for code, *_ in checked(tmp_path, content)}


# ---------------------------------------------------------------- limits over time that are missing
def without(drug, route, *lengths):
    """Give a drug without the windows of some lengths of time."""
    giving = drug.routes[route]
    windows = tuple(each for each in giving.windows if each.per not in lengths)
    routes = {**drug.routes, route: giving.model_copy(update={"windows": windows})}
    return drug.model_copy(update={"routes": routes})


@pytest.mark.parametrize(
    ("lengths", "missing"),
    [
        (("week",), None),  # a day or a week is enough
        (("day",), None),
        (("28 days",), "28 days"),
        (("day", "week"), "a day or a week"),
        (("day", "week", "28 days"), "a day or a week and 28 days"),
    ],
)
def test_a_drug_without_a_limit_over_time_is_a_review(library, lengths, missing):
    """In its own file, and in each regimen that gives it."""
    own = without(library.drugs["sirolimus"], "oral", *lengths)
    regimen = library.regimens["scleromyxedema-dexamethasone-sirolimus-octreotide"].regimen
    for found in (check_drug(own), check(regimen, {**library.drugs, "sirolimus": own})):
        reviews = [one.message for one in found if one.code == "window-missing"]
        assert len(reviews) == (missing is not None)
        assert all(f"no window limits {missing}" in message for message in reviews)
        assert not [one for one in found if one.level == "stop" and one.code.startswith("window")]


def test_a_dose_whose_unit_has_no_limit_over_time_is_a_review(own_regimen, library):
    """The windows of bortezomib over days are per m2; a dose in mg is judged as it is and per kg."""
    in_mg = own_regimen(
        regimen("bortezomib", "subcutaneous", "2 mg", duration="4 cycles", every="4 weeks")
    )
    assert [one.level for one in check(in_mg, library.drugs) if one.code == "window-missing"] == [
        "review"
    ]
    per_m2 = own_regimen(
        regimen("bortezomib", "subcutaneous", "1.3 mg/m2", duration="4 cycles", every="4 weeks")
    )
    assert [one.level for one in check(per_m2, library.drugs) if one.code == "window-missing"] == []


def test_each_shipped_drug_has_limits_over_time(library):
    for drug in library.drugs.values():
        assert [one.message for one in check_drug(drug) if one.code == "window-missing"] == []
