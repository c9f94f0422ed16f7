"""Bortezomib's 72 hours are hours: judged on moments, also over a change of the clocks."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from posology import plan, record
from posology.course.inputs import make
from posology.course.reading import read_change

BD = {
    "regimen": "myeloma-bortezomib-dexamethasone", "weight": "80 kg", "height": "178 cm",
    "age": "66 years", "sex": "male", "neutrophils": "4 G/L", "platelets": "250 G/L", "cycles": 1,
}  # fmt: skip
FIRST, SECOND = "bortezomib.c1.d1.t1", "bortezomib.c1.d4.t1"


def too_close(computed):
    return [(each.level, each.message) for each in computed.findings if each.code == "too-close"]


def revised(kept, command, library, site, on="2026-11-21", **texts):
    texts = {"reason": "late", "by": "A. Smith", "checked_by": "B. Jones", **texts}
    change = read_change(command, texts, record.planned(kept, library, site), on)
    at = datetime.fromisoformat(f"{on}T09:00+01:00")
    return record.revise(kept, change, library, site, at)


@pytest.fixture
def kept(library, site):
    """From Fri 20-Nov-2026 08:00; the next dose is on Mon 23-Nov-2026 08:00."""
    course = make(**BD, start="2026-11-20")
    return record.begin(
        course, library, site, id_=UUID(int=9), at=datetime(2026, 11, 19, tzinfo=UTC)
    )[0]


@pytest.mark.parametrize(
    ("given", "level"),
    [("07:59", None), ("08:00", None), ("08:01", "stop"), ("09:00", "stop"), ("22:00", "stop")],
)
def test_a_dose_given_late_brings_the_next_one_too_near(kept, library, site, given, level):
    """Found by a review: given at 22:00, and the next one 58 hours later passed."""
    _, computed = revised(kept, "given", library, site, dose=FIRST, at=given)
    found = too_close(computed)
    assert [each for each, _ in found] == ([level] if level else [])
    if given == "22:00":
        assert (
            "Fri 20-Nov-2026 22:00 and Mon 23-Nov-2026 08:00 are 58 h, less than 72 hours apart"
            in found[0][1]
        )


@pytest.mark.parametrize(("at", "stopped"), [("07:59", True), ("08:00", False), ("08:01", False)])
def test_a_dose_is_not_moved_within_72_hours(kept, library, site, at, stopped):
    texts = {"dose": SECOND, "to": "2026-11-23", "at": at}
    if not stopped and at == "08:00":
        assert too_close(record.planned(kept, library, site)) == []
        return
    if stopped:
        with pytest.raises(Exception, match="less than 72 hours apart"):
            revised(kept, "move", library, site, on="2026-11-19", **texts)
    else:
        assert too_close(revised(kept, "move", library, site, on="2026-11-19", **texts)[1]) == []


def test_an_hour_that_the_clocks_take_is_a_review(library, site):
    """Fri 26-Mar-2027 08:00 to Mon 29-Mar-2027 08:00 are 71 hours: the clocks go forward."""
    computed = plan(make(**BD, start="2027-03-26"), library, site)
    ((level, message),) = too_close(computed)
    assert level == "review"
    assert "are 71 h, less than 72 hours apart" in message


@pytest.mark.parametrize(
    ("last", "level", "words"),
    [
        ("2026-11-16", None, ""), ("2026-11-17", "review", "perhaps less than 72 hours"),
        ("2026-11-18", "stop", "perhaps less than 72 hours"), ("2026-11-19", "stop", ""),
    ],
)  # fmt: skip
def test_the_time_of_the_last_dose_before_the_course_is_not_known(
    library, site, last, level, words
):
    computed = plan(make(**BD, start="2026-11-20", last={"bortezomib": last}), library, site)
    found = too_close(computed)
    assert [each for each, _ in found] == ([level] if level else [])
    assert all(words in message for _, message in found)


def test_doses_by_two_routes_are_judged_together(library, site):
    """Half of the doses into a vein: 72 hours hold for the drug, not for the route."""
    entry = library.regimens[BD["regimen"]]
    first, *others = entry.regimen.orders
    into_a_vein = first.model_copy(update={
        "id": "vein", "route": "intravenous", "days": (first.days[0].parse("2, 6"),)})  # fmt: skip
    regimen = entry.regimen.model_copy(update={"orders": (first, into_a_vein, *others)})
    own = library._replace(regimens={entry.id: entry._replace(regimen=regimen)})
    computed = plan(make(**BD, start="2026-11-20"), own, site)
    assert "stop" in {level for level, _ in too_close(computed)}


def test_two_recorded_doses_that_were_too_near_are_a_review(kept, library, site):
    """Both are past: nothing can be moved any more."""
    late, _ = revised(kept, "given", library, site, dose=FIRST, at="22:00")
    _, computed = revised(late, "given", library, site, on="2026-11-24", dose=SECOND, at="08:00")
    assert [level for level, _ in too_close(computed)] == ["review"]
