"""Relative dose intensity, ten cases worked out by hand; and the reasons of a site's list."""

from datetime import UTC, datetime
from fractions import Fraction
from uuid import UUID

import pytest

from posology import record
from posology.course.inputs import make
from posology.course.reading import read_change
from posology.errors import CourseError
from posology.export.intensity import intensity_text
from posology.model.reasons import END_OF_REGIMEN, coded
from posology.record.intensity import intensities

BEGUN = datetime(2027, 1, 4, 9, tzinfo=UTC)
SOON = datetime(2027, 1, 8, 9, tzinfo=UTC)
AT = datetime(2027, 6, 1, 9, tzinfo=UTC)
BORTEZOMIB = {
    "regimen": "myeloma-bortezomib-dexamethasone", "weight": "70 kg", "height": "170 cm",
    "age": "66 years", "start": "2027-01-11", "cycles": 4,
}  # fmt: skip
IVIG = {
    "regimen": "scleromyxedema-ivig", "weight": "70 kg", "start": "2027-01-11", "cycles": 3,
    "choices": {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"},
}  # fmt: skip
DAILY = {
    "regimen": "myeloma-thalidomide-dexamethasone", "weight": "70 kg", "age": "66 years",
    "start": "2027-01-11", "cycles": 2, "pregnancy_possible": "no",
}  # fmt: skip


@pytest.fixture
def course(library, site):
    def of(inputs, *changes):
        kept, _ = record.begin(make(**inputs), library, site, id_=UUID(int=5), at=BEGUN)
        for command, texts in changes:
            computed = record.planned(kept, library, site)
            later = command in {"given", "not-given"}
            on = "2027-06-01" if later else "2027-01-08"
            change = read_change(command, {"reason": "r", **texts}, computed, on)
            kept, _ = record.revise(kept, change, library, site, AT if later else SOON)
        return kept, record.planned(kept, library, site, 0), record.planned(kept, library, site)

    return of


# A dose of bortezomib for 170 cm and 70 kg (1.82 m2) is 2.366 mg, measured as 0.95 mL of 2.5 mg/mL:
# 2.375 mg; a cycle has 4 doses on days 1, 4, 8, 11, so 9.5 mg in 21 days.
ALL = ("given", {"until": "2027-02-15"})  # cycles 1 (11-Jan) and 2 (1-Feb) whole
CASES = {
    # name: inputs, changes, order; cycles, given, planned, days, planned days, relative
    "as planned": (BORTEZOMIB, [ALL], "bortezomib",
                   (2, "19 mg", "19 mg", 42, 42, Fraction(1))),
    # cycle 2 begins a week late: 28 + 21 = 49 days for 42
    "a week late": (BORTEZOMIB, [("delay", {"days": "7", "from_cycle": "2"}),
                                 ("given", {"until": "2027-02-22"})], "bortezomib",
                    (2, "19 mg", "19 mg", 49, 42, Fraction(42, 49))),
    # one of eight doses is not given: 16.625 of 19 mg
    "one dose missed": (BORTEZOMIB, [("not-given", {"dose": "bortezomib.c1.d11.t1"}), ALL],
                        "bortezomib", (2, "16.625 mg", "19 mg", 42, 42, Fraction(7, 8))),
    # both: 7/8 of the dose, in 49 days for 42
    "missed and late": (BORTEZOMIB, [("delay", {"days": "7", "from_cycle": "2"}),
                                     ("not-given", {"dose": "bortezomib.c1.d11.t1"}),
                                     ("given", {"until": "2027-02-22"})], "bortezomib",
                        (2, "16.625 mg", "19 mg", 49, 42, Fraction(7, 8) * Fraction(42, 49))),
    # 1.2 mg of one dose of 2.375 mg: 1.175 mg less
    "half a dose": (BORTEZOMIB, [("given", {"dose": "bortezomib.c1.d1.t1", "amount": "1.2 mg"}),
                                 ALL], "bortezomib",
                    (2, "17.825 mg", "19 mg", 42, 42, Fraction(17825, 19000))),
    # cycle 2 reduced to 1 mg/m2: 1.82 mg, measured as 0.73 mL, 1.825 mg: 9.5 + 7.3 = 16.8 mg
    "reduced": (BORTEZOMIB, [("reduce", {"to": "1 mg/m2 each", "from_cycle": "2",
                                         "of": "bortezomib"}), ALL], "bortezomib",
                (2, "16.8 mg", "19 mg", 42, 42, Fraction(168, 190))),
    # stopped after cycle 2: of 4 cycles 2 were given, as planned
    "stopped early": (BORTEZOMIB, [("stop", {"from": "2027-02-22"}), ALL], "bortezomib",
                      (2, "19 mg", "19 mg", 42, 42, Fraction(1))),
    # the last dose of cycle 2 has no record: cycle 1 alone counts
    "a record is missing": (BORTEZOMIB, [("given", {"until": "2027-02-10"})], "bortezomib",
                            (1, "9.5 mg", "9.5 mg", 21, 21, Fraction(1))),
    # 140 g each cycle of 28 days; cycle 2 a fortnight late: 42 + 28 = 70 days for 56
    "immunoglobulin late": (IVIG, [("delay", {"days": "14", "from_cycle": "2"}),
                                   ("given", {"until": "2027-03-01"})], "immunoglobulin",
                            (2, "280 g", "280 g", 70, 56, Fraction(4, 5))),
    # each day counts: 28 daily doses of 200 mg, of which 7 (days 8 to 14) are not given
    "daily": (DAILY, [("not-given", {"dose": f"thalidomide.c1.d{day}.t1"}) for day in range(8, 15)]
              + [("given", {"until": "2027-02-07"})], "thalidomide",
              (1, "4200 mg", "5600 mg", 28, 28, Fraction(3, 4))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_intensity_is_that_by_hand(course, name):
    inputs, changes, order, (cycles, given, planned, days, planned_days, relative) = CASES[name]
    _, first, now = course(inputs, *changes)
    found = next(each for each in intensities(first, now) if each.order == order)
    assert (found.cycles, found.given.plain, found.planned.plain) == (cycles, given, planned)
    assert (found.days, found.planned_days) == (days, planned_days)
    assert found.relative == relative


def test_what_cannot_be_compared_is_said(course):
    kept, first, now = course({**IVIG, "cycles": 1})
    told = intensity_text(kept, first, now)
    assert "immunoglobulin: nothing to compare; no cycle of which all is recorded" in told
    assert told.endswith("Changes\n  none")
    kept, first, now = course({**IVIG, "cycles": 1}, ("given", {"until": "2027-02-01"}))
    told = intensity_text(kept, first, now)
    assert "140 g given of 140 g planned in 1 of 1 cycles (100 %)" in told
    assert "relative dose intensity not known: one cycle has no length of its own" in told
    kept, first, now = course(BORTEZOMIB, ("measures", {
        "weight": "84 kg", "weighed": "2027-01-08", "from_cycle": "2"}),
        ("given", {"until": "2027-02-10"}))  # fmt: skip
    told = intensity_text(kept, first, now)
    assert "The weight changed (70 kg, 84 kg); amounts are not per kg or m2" in told
    assert "1 doses without a record; their cycles are left out" in told


def test_an_extended_course_is_compared_with_what_was_planned_first(course):
    _, first, now = course({**IVIG, "cycles": 1}, ("extend", {"cycles": "1"}),
                           ("given", {"until": "2027-03-01"}))  # fmt: skip
    (found,) = intensities(first, now)
    assert (found.cycles, found.of, found.given.plain) == (1, 1, "140 g")


def test_the_last_cycle_is_as_long_as_the_one_before(course):
    _, first, now = course(IVIG, ("given", {"until": "2027-04-15"}))
    (found,) = intensities(first, now)
    assert (found.cycles, found.days, found.planned_days, found.relative) == (3, 84, 84, 1)


REASONS = {"toxicity": "3", "patient's choice": "4", "shortage": "5"}


def with_reasons(site):
    return site._replace(site=site.site.model_copy(update={"reasons": REASONS}))


def test_a_reason_begins_with_one_of_the_list_where_a_site_has_one(library, site):
    ours = with_reasons(site)
    kept, computed = record.begin(make(**IVIG), library, ours, id_=UUID(int=5), at=BEGUN)
    texts = {"days": "7", "from_cycle": "2"}
    with pytest.raises(CourseError) as refused:
        read_change("delay", {**texts, "reason": "neutropenia"}, computed, "2027-01-04")
    assert refused.value.problems == {
        "reason": "begin with one of toxicity, patient's choice, shortage; then a comma, and what "
        "you like"
    }
    change = read_change("delay", {**texts, "reason": "Toxicity, neutropenia, grade 3"}, computed,
                         "2027-01-04")  # fmt: skip
    kept, computed = record.revise(kept, change, library, ours, BEGUN)
    told = intensity_text(kept, record.planned(kept, library, ours, 0), computed)
    assert (
        "reason: Toxicity, neutropenia, grade 3; by nobody named (SACT 88: 3 Toxicity, grade 3)"
        in told
    )


def test_a_reason_has_its_national_code():
    assert coded("patient's choice, moved", REASONS) == (
        "SACT 88: 4 Patient choice to stop treatment"
    )
    assert coded("shortage, grade 3", REASONS) == f"SACT 88: 5 {END_OF_REGIMEN['5']}"
    assert coded("toxicity", REASONS) == "SACT 88: 3 Toxicity"
    assert coded("neutropenia", REASONS) == ""
    assert coded("toxicity", {}) == ""


def test_course_prints_the_intensity_of_a_file(run, tmp_path, library, site):
    kept, _ = record.begin(make(**IVIG), library, site, id_=UUID(int=5), at=BEGUN)
    (tmp_path / "c.json").write_bytes(record.exact_content(kept))
    told = run("course", "c.json", "--intensity")
    assert told.code == 0
    assert told.out.startswith("Given against the first plan (Hryniuk and Bush, J Clin Oncol")
