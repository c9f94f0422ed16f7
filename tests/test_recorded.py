"""Records: parts that cannot be read are refused; and what recorded doses change of later ones."""

from pathlib import Path

import pytest

from posology import record
from posology.course.reading import read_change
from posology.dispensing.rounding import Stocked, whole
from posology.errors import DosingError, QuantityError, RecordError
from posology.library import SITE, read_site
from posology.model import Pace, Pack, Recorded, Stock
from posology.quantity import Quantity
from posology.record.given import record_lines
from posology.record.lots import doses_of
from test_given import AT, CHART, kept_with, revised


@pytest.mark.parametrize(
    ("reads", "text"),
    [
        (Pack.parse, "20 g x 2"),
        (Pace.parse, "27 mL/h for ever"),
        (Quantity.exactly, "a third g"),
        (Quantity.exactly, "1/3 stone"),
    ],
)
def test_what_is_no_part_of_a_record_is_refused(reads, text):
    with pytest.raises(QuantityError):
        reads(text)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"moment": "2027-01-11"}, "is not a moment"),
        ({"minutes": "long"}, "is not a number of minutes"),
        ({"who": "A. Smith"}, '"who" is not a part of a record'),
        ({"amount": "30"}, "is not an exact amount"),
        ({"packs": "20 g"}, "is not a number of containers"),
    ],
)
def test_a_record_with_a_part_that_cannot_be_read_is_refused(more, words):
    with pytest.raises(ValueError, match=words):
        Recorded.read({"amount": "30 g", "moment": "2027-01-11T08:00+01:00", **more})


def test_parts_that_are_values_already_are_taken():
    whole = Recorded.read(
        {
            "amount": "30 g", "moment": "2027-01-11T08:00+01:00", "packs": "1 x 20 g + 1 x 10 g",
            "rates": "21 mL/h for 30 min",
        }
    )  # fmt: skip
    again = Recorded(**{name: getattr(whole, name) for name in Recorded.model_fields})
    assert again == whole


def test_a_course_that_could_not_be_opened_again_is_not_saved(library, site, monkeypatch):
    kept = kept_with(library, site, CHART)
    with monkeypatch.context() as here:
        here.setattr("posology.record.file.content", lambda _: b"{}")
        with pytest.raises(RecordError, match="cannot be opened"):
            record.exact_content(kept)
    other = record.content(kept_with(library, read_site(SITE)))
    with monkeypatch.context() as here:
        here.setattr("posology.record.file.content", lambda _: other)
        here.setattr("posology.record.file.read", lambda _: None)
        with pytest.raises(RecordError, match="another course"):
            record.exact_content(kept)


def test_a_dose_without_a_record_says_nothing_of_one(library, site):
    computed = record.planned(kept_with(library, site), library, site)
    assert record_lines(computed.administrations[0]) == []


def test_a_lot_is_found_beside_other_changes(library, site):
    kept = kept_with(library, site, CHART, ("hold", {"from": "2027-01-04"}))
    assert len(doses_of("P100 25-6789", kept).doses) == 4


def test_a_corrected_record_of_an_older_file_makes_nothing_up(library):
    folder = Path(__file__).parent / "courses"
    site = read_site(folder / "site.yaml")
    kept = record.read((folder / "form-2-released.json").read_bytes())
    computed = record.planned(kept, library, site)
    texts = {
        "dose": "immunoglobulin.c1.d1.t1", "lot": "P1", "as": "correction", "reason": "chart",
    }  # fmt: skip
    change = read_change("given", texts, computed, "2027-02-02")
    (written,) = change.doses.values()
    assert (written.lot, written.product, written.planned, written.packs) == (
        "P1",
        None,
        None,
        None,
    )


def test_tablets_of_other_sizes_go_on_with_their_own_pattern(library, site):
    """Recorded with one size, planned again with another: each later record changes no other."""
    inputs = {
        "regimen": "myeloma-thalidomide-dexamethasone", "choices": {}, "cycles": 1,
        "weight": "70 kg",
    }  # fmt: skip
    kept = kept_with(library, site, ("given", {"until": "2026-11-12"}), **inputs)
    stock = {**site.site.products, "thalidomide": (Stock.parse("capsule (50 mg)"),)}
    other = site._replace(site=site.site.model_copy(update={"products": stock}), sha256="1" * 64)
    kept = revised(kept, library, other, "replan")
    before = [each.planned for each in record.planned(kept, library, other).administrations]
    kept = revised(kept, library, other, "given", until="2026-11-16")
    after = [each.planned for each in record.planned(kept, library, other).administrations]
    assert after == before


def preferring(site, prefer):
    limits = site.site.rounding.model_copy(update={"prefer": prefer})
    own = site.site.model_copy(update={"rounding": limits})
    return site._replace(site=own, sha256=("0" if prefer == "even days" else "1") * 64)


@pytest.mark.parametrize(
    ("weight", "until", "few", "then"),
    [
        ("50 kg", "2026-11-09", [20, 20, 30, 30], [20, 25, 25, 30]),
        ("50 kg", "2026-11-10", [20, 20, 30, 30], [20, 20, 30, 30]),
        ("70 kg", "2026-11-09", [30, 30, 40, 40], [30, 35, 35, 40]),
        ("90 kg", "2026-11-11", [40, 40, 50, 50], [40, 40, 50, 50]),
    ],
)  # fmt: skip
def test_doses_after_those_of_another_rule_make_up_for_them(
    library, site, weight, until, few, then
):
    """The cycle keeps its sum: recorded as fewest containers, planned again as even days."""
    fewest, even = (preferring(site, each) for each in ("fewest containers", "even days"))
    kept = kept_with(library, fewest, weight=weight, cycles=1)
    amounts = [
        int(each.planned.number) for each in record.planned(kept, library, fewest).administrations
    ]
    assert amounts == few
    kept = revised(kept, library, fewest, "given", until=until)
    kept = revised(kept, library, even, "replan")
    computed = record.planned(kept, library, even)
    amounts = [int(each.planned.number) for each in computed.administrations]
    assert (amounts, sum(amounts)) == (then, sum(few))


@pytest.mark.parametrize(
    ("planned", "until", "code", "then"),
    [
        ("45 g", "2026-11-09", None, [45, 20, 20, 20]),  # 105 g, 5 %; a day is 20 g at least
        ("50 g", "2026-11-09", "rounded", [50, 20, 20, 20]),
        ("55 g", "2026-11-09", "not-dispensable", []),  # 115 g, above the 10 % of the site
        ("60 g", "2026-11-10", "not-dispensable", []),  # nothing would be left of the cycle
    ],
)
def test_doses_that_cannot_make_up_for_those_recorded_are_told(
    library, site, planned, until, code, then
):
    kept = kept_with(library, site, weight="50 kg", cycles=1)
    texts = {"until": until, "reason": "chart", "by": "A. Smith"}
    change = read_change("given", texts, record.planned(kept, library, site), "2026-11-30")
    amounts = {"amount": Quantity.parse(planned), "planned": Quantity.parse(planned), "packs": None}
    doses = {slot: each.model_copy(update=amounts) for slot, each in change.doses.items()}
    kept, computed = record.revise(
        kept, change.model_copy(update={"doses": doses}), library, site, AT
    )
    found = {each.code for each in computed.findings} & {"rounded", "not-dispensable"}
    assert found == ({code} if code else set())
    if then:
        assert [int(each.planned.number) for each in computed.administrations] == then
    # What is not given need not be made: the way out of a stop.
    open_ = [str(each.slot) for each in computed.administrations if not each.recorded]
    kept = revised(kept, library, site, "not-given", dose=open_)
    codes = {each.code for each in record.planned(kept, library, site).findings}
    assert "not-dispensable" not in codes


@pytest.mark.parametrize("recorded", ["2026-11-10", "2026-11-11", "2026-11-12"])
def test_a_record_as_planned_changes_no_other_dose_after_other_sizes(library, site, recorded):
    """Found by a review: 44 kg in 5 days; two doses of 20 g, then no vials of 5 g any more."""
    limits = site.site.rounding.model_copy(update={"prefer": None})
    first = site._replace(site=site.site.model_copy(update={"rounding": limits}), sha256="3" * 64)
    large = {**site.site.products, "immunoglobulin": (Stock.parse("privigen (10 g, 20 g, 40 g)"),)}
    second = site._replace(site=site.site.model_copy(update={"products": large}), sha256="4" * 64)
    choices = {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"}
    chart = ("given", {"until": "2026-11-10"})
    kept = kept_with(library, first, chart, weight="44 kg", choices=choices, cycles=2)
    kept = revised(kept, library, second, "replan")
    before = record.planned(kept, library, second)
    assert not before.stopped
    if recorded > "2026-11-10":
        kept = revised(kept, library, second, "given", until=recorded)
    after = record.planned(kept, library, second)
    assert [each.planned for each in after.administrations] == [
        each.planned for each in before.administrations
    ]


def test_a_measured_dose_after_one_of_another_syringe_is_made_as_today(library, site):
    """Each is measured by itself: nothing is made up for."""
    inputs = {"regimen": "myeloma-bortezomib-dexamethasone", "choices": {}, "height": "170 cm", "cycles": 1,
              "weight": "70 kg", "start": "2026-11-09"}  # fmt: skip
    kept = kept_with(library, site, ("given", {"until": "2026-11-09"}), **inputs)
    steps = {Quantity.parse("60 mL"): Quantity.parse("0.02 mL")}
    coarse = site._replace(site=site.site.model_copy(update={"syringes": steps}), sha256="2" * 64)
    kept = revised(kept, library, coarse, "replan")
    planned = record.planned(kept, library, coarse).administrations
    amounts = [str(each.planned) for each in planned if each.order.drug == "bortezomib"]
    assert amounts == ["2.375 mg", "2.35 mg", "2.35 mg", "2.35 mg"]


def test_sizes_that_are_far_too_small_are_refused_before_the_search(library, site):
    product = library.drugs["lenalidomide"].products["capsule"]
    tiny = Stocked("capsule", product, (Quantity.parse("10 ng"), Quantity.parse("25 mg")))
    with pytest.raises(DosingError, match="too small or too different"):
        whole(Quantity.parse("25 mg"), 21, tiny, site.site)
