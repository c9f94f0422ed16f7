"""Whole containers: the split is the best there is, for every weight, product and choice of days."""

from fractions import Fraction
from itertools import combinations_with_replacement
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posology import library as files
from posology import plan
from posology.checks.formulary import check_drug
from posology.course.inputs import make
from posology.dispensing.rounding import Stocked, measured, pattern, percent, prepare, whole
from posology.dispensing.splitting import around, containers, covering, near, split
from posology.errors import CourseError, DosingError, LibraryError
from posology.model import Stock
from posology.quantity import Quantity
from tiers import in_parts

Q = Quantity.parse
PRODUCTS = ["privigen", "octagam", "panzyga", "gammagard", "flebogamma"]
AUSTRALIAN = ["5 g", "10 g", "20 g", "40 g"]


@pytest.fixture(scope="session")
def stocked(library):
    """Give a product of a drug, with all its sizes or with those named."""

    def of(drug, product, sizes=()):
        entry = library.drugs[drug].products[product]
        return Stocked(product, entry, tuple(map(Q, sizes)) or tuple(sorted(entry.contents)))

    return of


def shares(prepared):
    return [int(one.amount.number) for one in prepared]


# The issue's own examples, 2 g/kg in five days.
@pytest.mark.parametrize(
    ("weight", "expected", "words"),
    [
        ("70", [25, 25, 30, 30, 30], "140 g = 25 + 25 + 30 + 30 + 30 g; "),
        ("72.5", [25, 30, 30, 30, 30], "145 g = 25 + 30 + 30 + 30 + 30 g; "),
        (
            "73",
            [25, 30, 30, 30, 30],
            "146 g rounded to 145 g (-0.7 %) = 25 + 30 + 30 + 30 + 30 g; ",
        ),
    ],
)
def test_a_months_vials_add_up_to_the_rounded_total(stocked, site, weight, expected, words):
    dose = Quantity(Fraction(weight) * 2 / 5, "g")
    prepared = whole(dose, 5, stocked("immunoglobulin", "privigen", AUSTRALIAN), site.site)
    assert shares(prepared) == expected
    assert sum(pack.number for one in prepared for pack in one.packs) == 10
    assert prepared[0].working == words + "whole vials of Privigen 10 % (5, 10, 20, 40 g)"


def test_of_two_totals_as_near_the_smaller_is_taken(stocked, site):
    """147.5 g lies between 145 and 150 g."""
    dose = Q("29.5 g")
    prepared = whole(dose, 5, stocked("immunoglobulin", "privigen", AUSTRALIAN), site.site)
    assert sum(shares(prepared)) == 145


def by_hand(sizes, most):
    """The fewest containers for every amount, by trying every handful."""
    fewest = {}
    for number in range(1, most // min(sizes) + 1):
        for picked in combinations_with_replacement(sizes, number):
            if sum(picked) <= most:
                fewest.setdefault(sum(picked), number)
    return fewest


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True),
    st.integers(1, 4),
    st.integers(1, 60),
    st.booleans(),
    st.data(),
)
@settings(max_examples=400)
def test_no_other_split_is_better(sizes, count, total, even_first, data):
    """Brute force: of all splits within the limits, ours is first in the order of the issue."""
    sizes = tuple(sorted(sizes, reverse=True))
    low = data.draw(st.integers(1, 12))
    high = data.draw(st.integers(low, 18))
    fewest = by_hand(sizes, high)

    def rank(days):
        squares, number = sum(day * day for day in days), sum(fewest[day] for day in days)
        return (squares, number, days) if even_first else (number, squares, days)

    makeable = [day for day in range(high, low - 1, -1) if day in fewest]
    every = [days for days in combinations_with_replacement(makeable, count) if sum(days) == total]
    ours = split(total, count, (low, high), sizes, even_first=even_first)
    assert ours == (min(every, key=rank) if every else None)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True), st.integers(1, 40))
def test_the_fewest_containers_hold_an_amount(sizes, amount):
    sizes = tuple(sorted(sizes, reverse=True))
    every = [
        picked
        for number in range(1, ceil(amount / max(sizes)) + 1)
        for picked in combinations_with_replacement(sizes, number)
        if sum(picked) >= amount
    ]
    best = min(every, key=lambda picked: (len(picked), sum(picked)))
    ours = covering(Fraction(amount), sizes)
    assert (len(ours), sum(ours)) == (len(best), sum(best))
    exact = by_hand(sizes, amount)
    if amount in exact:
        picked = containers(amount, sizes)
        assert sum(picked) == amount
        assert len(picked) == exact[amount]
        assert picked == sorted(picked, reverse=True)


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True),
    st.integers(1, 4),
    st.fractions(Fraction(1, 2), 40, max_denominator=10),
)
def test_the_nearest_totals_are_those_that_can_be_made(sizes, count, total):
    makeable = {
        sum(picked)
        for number in range(count, 50 // min(sizes) + 1)
        for picked in combinations_with_replacement(sizes, number)
        if number <= 12
    }
    ours = around(total, count, tuple(sorted(sizes, reverse=True)))
    if max(sizes) * 12 > total + max(sizes):  # else the handfuls tried are too small
        below = [amount for amount in makeable if amount < total]
        assert ours[:-1] == ([max(below)] if below else []) or len(ours) == 1
        assert ours[-1] == min(amount for amount in makeable if amount >= total)


def test_totals_are_tried_from_the_nearest():
    assert near(Fraction(59, 2), Fraction(1, 10)) == [29, 30, 28, 31, 27, 32]


@in_parts(1)
@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("days", [4, 5])
def test_every_weight_is_dispensed_within_the_limits_or_refused(stocked, site, product, days, part):
    """30 to 300 kg by 0.1 kg; 2 to 30 kg too, where much is refused."""
    limits = site.site.rounding
    for sizes in [AUSTRALIAN, ()] if product == "privigen" else [()]:
        shelf = stocked("immunoglobulin", product, sizes)
        smallest = min(shelf.contents).number
        refused = []
        for tenths in part.choose(range(20, 3001), 99):
            dose = Quantity(Fraction(tenths, 10) * 2 / days, "g")
            try:
                prepared = whole(dose, days, shelf, site.site)
            except DosingError as error:
                refused.append((tenths, str(error)))
                continue
            assert len(prepared) == days
            total = sum(one.amount.number for one in prepared)
            assert abs(total / (dose.number * days) - 1) <= limits.stop.share
            slack = max(dose.number * limits.day.share, smallest)
            for one in prepared:
                assert abs(one.amount.number - dose.number) <= slack
                assert (
                    sum(pack.number * pack.size.number for pack in one.packs) == one.amount.number
                )
                assert all(pack.size in shelf.contents for pack in one.packs)
                assert one.volume == Quantity(one.amount.number * 10, "mL")
            ordered = [one.amount for one in prepared]
            assert ordered == sorted(ordered), "the largest is never the first"
        assert all(tenths < 300 for tenths, _ in refused), "from 30 kg every weight can be made"
        assert all("cannot be made of" in why and "; nearest: " in why for _, why in refused)


def test_what_cannot_be_made_is_refused_with_the_nearest(stocked, site):
    shelf = stocked("immunoglobulin", "privigen", AUSTRALIAN)
    with pytest.raises(DosingError) as caught:
        whole(Q("1.6 g"), 5, shelf, site.site)
    assert str(caught.value) == (
        "8 g in 5 doses cannot be made of Privigen 10 % (5, 10, 20, 40 g), whole vials, within "
        "10 % of the total, and 15 % or 5 g of a dose; nearest: 25 g (+212.5 %)"
    )
    with pytest.raises(DosingError, match=r"nearest: 5 g \(-37.5 %\) or 10 g \(\+25 %\)"):
        whole(Q("8 g"), 1, shelf, site.site)


# 100 g in one dose of 5 g vials: 10 % is 10 g.
@pytest.mark.parametrize(
    ("dose", "given"),
    [("10 g", "10 g"), ("11 g", "10 g"), ("11.11 g", "10 g"), ("11.12 g", None), ("9.1 g", "10 g"),
     ("9.09 g", None), ("100 g", "100 g")],
)  # fmt: skip
def test_the_limit_of_the_total_just_below_at_and_above(stocked, site, dose, given):
    """10 g of 11.111… g is -10 %; 10 g of 9.0909… g is +10 %."""
    shelf = stocked("immunoglobulin", "flebogamma", ["10 g"])
    if given is None:
        with pytest.raises(DosingError):
            whole(Q(dose), 1, shelf, site.site)
    else:
        assert whole(Q(dose), 1, shelf, site.site)[0].amount == Q(given)


def test_the_limit_of_a_dose_just_below_at_and_above():
    """Two doses of 20 from sizes 3 and 17: within 3, 17 and 23 is the only split of 40."""
    assert split(40, 2, (17, 23), (23, 17), even_first=False) == (23, 17)
    assert split(40, 2, (18, 23), (23, 17), even_first=False) is None
    assert split(40, 2, (17, 22), (23, 17), even_first=False) is None


@pytest.mark.parametrize(
    ("drug", "product", "dose", "count", "expected"),
    [
        ("melphalan", "tablet", "17.5 mg", 4, [18, 18, 18, 16]),
        ("melphalan", "tablet", "18 mg", 4, [18, 18, 18, 18]),
        ("prednisone", "tablet", "140 mg", 4, [140, 140, 140, 140]),
        ("prednisone", "tablet", "122.4 mg", 4, [123, 123, 122, 122]),
        ("dexamethasone", "tablet", "40 mg", 12, [40] * 12),
    ],
)
def test_tablets_are_kept_as_even_as_they_can_be(
    stocked, site, drug, product, dose, count, expected
):
    prepared = prepare(Q(dose), count, stocked(drug, product), site.site, "oral")
    assert [one.amount.number for one in prepared] == expected


@pytest.mark.parametrize(
    ("dose", "expected"),
    [
        ("100 mg", [100]),
        ("75 mg", [100, 50]),
        ("125 mg", [150, 100]),
        ("60 mg", [100, 50, 50, 50]),
        ("90 mg", [100, 100, 100, 50]),
    ],
)
def test_tablets_alternate_where_one_day_cannot_hold_the_dose(stocked, site, dose, expected):
    prepared = pattern(Q(dose), len(expected), stocked("thalidomide", "capsule"), site.site)
    assert [one.amount.number for one in prepared] == expected


def test_a_dose_that_no_pattern_holds_is_refused(stocked, site):
    with pytest.raises(DosingError, match=r"20 mg cannot be made of thalidomide"):
        pattern(Q("20 mg"), 28, stocked("thalidomide", "capsule"), site.site)


@pytest.mark.parametrize(
    ("dose", "product", "volume", "amount", "packs", "places"),
    [
        ("60 mg", "ampoule-4", "15 mL", "60 mg", ["3 x 20 mg"], 3),
        ("20 mg", "ampoule-4", "5 mL", "20 mg", ["1 x 20 mg"], 1),
        ("20.8 mg", "ampoule-4", "5.2 mL", "20.8 mg", ["1 x 20 mg", "1 x 4 mg"], 2),
        ("4 mg", "ampoule-4", "1 mL", "4 mg", ["1 x 4 mg"], 1),
        ("5.9 mg", "ampoule-4", "1.5 mL", "6 mg", ["1 x 20 mg"], 1),
    ],
)
def test_an_injection_is_measured(stocked, site, dose, product, volume, amount, packs, places):
    one = measured(Q(dose), stocked("dexamethasone", product), site.site, "intramuscular")
    assert (str(one.volume), str(one.amount), one.places) == (volume, amount, places)
    assert list(map(str, one.packs)) == packs


# The site's 5 mL at one place: 4 mg/mL.
@pytest.mark.parametrize(
    ("dose", "places"), [("19.2 mg", 1), ("20 mg", 1), ("20.8 mg", 2), ("40 mg", 2)]
)
def test_the_volume_at_one_site_just_below_at_and_above(stocked, site, dose, places):
    one = measured(Q(dose), stocked("dexamethasone", "ampoule-4"), site.site, "intramuscular")
    assert one.places == places
    assert ("above 5 mL at one site" in one.working) == (places > 1)


def test_no_site_gets_more_than_its_limit_by_rounding(stocked, site):
    """4.95 mL are 24.75 steps of 0.2 mL; 25 would be 5 mL, above a limit of 4.95."""
    own = site.site.model_copy(update={"injection_volume": {"intramuscular": Q("4.95 mL")}})
    one = measured(Q("19.8 mg"), stocked("dexamethasone", "ampoule-4"), own, "intramuscular")
    assert (str(one.volume), one.places) == ("4.8 mL", 1)


def test_a_volume_too_small_to_measure_is_refused(stocked, site):
    with pytest.raises(DosingError, match=r"0\.01 mL \(1 mcg\) can be measured"):
        measured(Q("0.4 mcg"), stocked("octreotide", "ampoule-100"), site.site, "subcutaneous")


def test_a_deviation_is_printed_with_its_direction():
    assert [percent(Fraction(n)) for n in ("0", "-1/146", "1/20", "1/4000")] == [
        "exact", "-0.7 %", "+5 %", "+under 0.05 %",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["privigen", "privigen (5 g, 10 g)"])
def test_a_stock_is_written_as_it_is_read(text):
    assert str(Stock.parse(text)) == text


# ---------------------------------------------------------------- even days or fewest containers
# 2 g/kg in so many days, of vials of 5, 10, 20 and 40 g.
@pytest.mark.parametrize(
    ("weight", "days", "even", "few", "before"),
    [
        ("50", 4, [25] * 4, [20, 20, 30, 30], [30, 30, 20, 20]),
        ("70", 4, [35] * 4, [30, 30, 40, 40], [40, 40, 30, 30]),
        ("90", 4, [45] * 4, [40, 40, 50, 50], [50, 50, 40, 40]),
        ("110", 4, [55] * 4, [50, 50, 60, 60], [60, 60, 50, 50]),
        ("87.5", 5, [35] * 5, [30, 30, 35, 40, 40], [40, 40, 35, 30, 30]),
        ("73", 4, [35, 35, 35, 40], [35, 35, 35, 40], [40, 35, 35, 35]),
        ("100", 5, [40] * 5, [40] * 5, [40] * 5),
    ],
)
def test_the_site_prefers_even_days_or_fewest_containers(
    stocked, site, weight, days, even, few, before
):
    """An older site file says neither: as before, with the larger doses first."""
    dose = Quantity(Fraction(weight) * 2 / days, "g")
    shelf = stocked("immunoglobulin", "privigen", AUSTRALIAN)
    assert site.site.rounding.prefer == "even days"
    for prefer, amounts in (("even days", even), ("fewest containers", few), (None, before)):
        limits = site.site.rounding.model_copy(update={"prefer": prefer})
        own = site.site.model_copy(update={"rounding": limits})
        assert shares(whole(dose, days, shelf, own)) == amounts


@pytest.mark.parametrize(
    ("prefer", "notes"), [("even days", 0), ("fewest containers", 0), (None, 1)]
)
def test_an_older_site_file_is_told_that_it_prefers_nothing(library, site, prefer, notes):
    limits = site.site.rounding.model_copy(update={"prefer": prefer})
    own = site._replace(site=site.site.model_copy(update={"rounding": limits}))
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=1,
        choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"},
    )  # fmt: skip
    assert [one.code for one in plan(course, library, own).findings].count("split-unsaid") == notes


# ---------------------------------------------------------------- limits that rounding keeps
@pytest.mark.parametrize(
    ("weight", "amounts"),
    [
        ("75 kg", [18, 18, 18, 18]),  # 18.75 mg; 20 mg would be 0.267 mg/kg
        ("42.4 kg", [10, 10, 10, 10]),  # 10.6 mg; 12 mg would be 0.283 mg/kg, above 0.275
        ("58 kg", [14, 14, 14, 14]),
        ("72 kg", [18, 18, 18, 18]),
        ("47.9 kg", [12, 12, 12, 12]),  # 10 mg would be 16.5 % too little; 12 mg are 0.2 % above
    ],
)
def test_a_cytotoxic_is_not_rounded_up_above_its_largest_usual_dose(library, site, weight, amounts):
    made = plan(
        make(
            regimen="myeloma-melphalan-prednisone-kg", weight=weight, start="2027-01-11", cycles=1
        ),
        library,
        site,
    )
    melphalan = [
        each.amount.number for each in made.administrations if each.order.id == "melphalan"
    ]
    assert melphalan == amounts
    assert not made.stopped


def test_what_cannot_be_made_below_a_limit_is_refused_with_what_can(library, site):
    """38 kg: 9.5 mg; 10 mg are 5.3 % above it, 8 mg on each day 15.8 % below."""
    made = plan(
        make(
            regimen="myeloma-melphalan-prednisone-kg", weight="38 kg", start="2027-01-11", cycles=1
        ),
        library,
        site,
    )
    (stop,) = (one for one in made.findings if one.level == "stop")
    assert stop.code == "not-dispensable"
    assert stop.message.endswith("and no dose more than 5 % above 9.5 mg; nearest: 32 mg (-15.8 %)")


def test_a_measured_cytotoxic_is_measured_to_the_nearest_step_within_the_share(stocked, site):
    """0.265 mg is 0.106 mL: 0.11 mL is 3.8 % above it, and 5.8 % above a limit of 0.26 mg."""
    vial = stocked("bortezomib", "vial")
    for most, amount in (("0.265 mg", "0.275 mg"), ("0.26 mg", "0.25 mg")):
        one = measured(Q("0.265 mg"), vial._replace(most=Q(most)), site.site, "subcutaneous")
        assert one.amount == Q(amount)


@pytest.mark.parametrize(
    ("market", "packs"),
    [("eu", "4 x 50 mg"), ("uk", "4 x 50 mg"), ("us", "1 x 200 mg"), (None, "1 x 200 mg")],
)
def test_the_packs_of_the_sites_market_are_given(library, site, market, packs):
    here = site._replace(site=site.site.model_copy(update={"market": market}))
    course = make(
        regimen="myeloma-thalidomide-dexamethasone", weight="70 kg", age="60 years", cycles=1,
        start="2027-01-11",
    )  # fmt: skip
    computed = plan(course, library, here)
    thalidomide = next(
        each for each in computed.administrations if each.order.drug == "thalidomide"
    )
    assert " + ".join(map(str, thalidomide.prepared.packs)) == packs


def test_a_size_of_another_market_is_refused_by_name(library, site):
    course = make(
        regimen="myeloma-thalidomide-dexamethasone", weight="70 kg", cycles=1, start="2027-01-11",
        products={"thalidomide": "capsule (100 mg)"},
    )  # fmt: skip
    with pytest.raises(CourseError, match="of 100 mg is not sold in the market eu; sizes: 50 mg"):
        plan(course, library, site)


@pytest.mark.parametrize("sizes", ["[500 mg]", "[100 mg, 50 mg]", "[50 mg, 50 mg]", "[]"])
def test_a_market_sells_sizes_of_the_product_in_rising_order(tmp_path, sizes):
    text = (files.FOLDER / "drugs" / "thalidomide.yaml").read_text("utf-8")
    (tmp_path / "thalidomide.yaml").write_text(text.replace("eu: [50 mg]", f"eu: {sizes}"), "utf-8")
    with pytest.raises(LibraryError, match="must list sizes among the contents, in rising order"):
        files.read_drug(tmp_path / "thalidomide.yaml")


@pytest.mark.parametrize(
    ("salt", "product"), [("phosphate", "ampoule-4-base"), ("base", "ampoule-4")]
)
def test_a_product_that_is_stated_in_another_salt_is_refused(library, site, salt, product):
    course = make(
        regimen="scleromyxedema-dexamethasone-sirolimus-octreotide", weight="70 kg",
        start="2027-01-11", products={"dexamethasone": product},
        choices={"dexamethasone.reading": "120 mg per cycle", "dexamethasone.salt": salt},
    )  # fmt: skip
    with pytest.raises(CourseError, match=f"{product} is stated as .*, the dose as {salt}; leave"):
        plan(course, library, site)


def test_what_restates_a_product_needs_that_product(tmp_path):
    text = (files.FOLDER / "drugs" / "dexamethasone.yaml").read_text("utf-8")
    (tmp_path / "dexamethasone.yaml").write_text(
        text.replace("same_as: ampoule-4", "same_as: none"), "utf-8"
    )
    drug, _ = files.read_drug(tmp_path / "dexamethasone.yaml")
    assert "product-unknown" in {each.code for each in check_drug(drug)}


@pytest.mark.parametrize("market", ["de", "europe", "EU", "ch"])
def test_a_market_that_nobody_knows_is_refused(tmp_path, market):
    """Found by a reviewer: of an unknown market the whole pregnancy programme had vanished."""
    text = (files.FOLDER / "site.yaml").read_text("utf-8")
    (tmp_path / "site.yaml").write_text(text.replace("market: eu", f"market: {market}"), "utf-8")
    with pytest.raises(LibraryError, match="market"):
        files.read_site(tmp_path / "site.yaml")
