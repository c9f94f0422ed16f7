"""What is due over all days is what all plans hold, and the order is their containers, counted.

Random registers: some courses, each changed at random, saved state by state, some closed.
"""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from posology import record, register
from posology.course.inputs import make
from posology.course.reading import read_change
from posology.errors import CourseError

NOW = datetime(2027, 3, 15, 9, tzinfo=UTC)
FIRST, DAYS = date(2027, 2, 1), 260
KINDS = [
    {"regimen": "scleromyxedema-ivig", "cycles": 3,
     "choices": {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"}},
    {"regimen": "myeloma-bortezomib-dexamethasone", "cycles": 2, "height": "170 cm",
     "age": "66 years"},
    {"regimen": "myeloma-thalidomide-dexamethasone", "cycles": 2, "pregnancy_possible": "no",
     "age": "66 years"},
    {"regimen": "myeloma-melphalan-prednisone-kg", "cycles": 2, "age": "60 years"},
]  # fmt: skip
CHANGES = [
    ("delay", {"days": "7", "from_cycle": "2"}),
    ("hold", {"from": "2027-04-01"}),
    ("stop", {"from": "2027-04-05"}),
    ("extend", {"cycles": "1"}),
    ("given", {"until": "2027-03-10"}),
    ("measures", {"weight": "75 kg", "weighed": "2027-03-15", "from_cycle": "2"}),
]


@pytest.fixture(scope="module")
def states(library, site):
    """Make, for many courses, every state from its first plan to its last change."""
    chance, made = random.Random(300), []  # noqa: S311 - the same ones each time
    while len(made) < 40:
        kind = chance.choice(KINDS)
        day = date(2027, 3, 1) + timedelta(days=chance.randrange(20))
        given = {**kind, "weight": f"{chance.randrange(55, 95)} kg", "start": day.isoformat()}
        number = len(made) + 1
        try:
            course = make(**given, reference=f"AB-{number:04d}")
            states = [record.begin(course, library, site, id_=UUID(int=number), at=NOW)]
        except CourseError:
            continue
        for step in range(chance.randrange(3)):
            name, more = chance.choice(CHANGES)
            at = NOW + timedelta(days=step + 1)
            try:
                texts = {**more, "reason": "r"}
                change = read_change(name, texts, states[-1][1], "2027-03-15")
                states.append(record.revise(states[-1][0], change, library, site, at))
            except CourseError:
                continue
        made.append(states)
    assert sum(len(each) for each in made) > 60
    assert any(one.recorded for each in made for one in each[-1][1].administrations)
    return made


def filled(path, chance, states):
    """Make a register of some of the courses, each saved as often as it was changed."""
    place, plans = register.opened(str(path), make=True), []
    for of in chance.sample(states, chance.randrange(1, 6)):
        (kept, computed), *later = of
        raw = record.exact_content(kept)
        name = register.add(place, kept, raw, register.listed(kept, computed, "here"), NOW)
        for kept, computed in later:
            register.save(place, kept, raw, register.listed(kept, computed, "here"), NOW)
            raw = record.exact_content(kept)
        if chance.random() < 0.2:
            register.close(place, name, by="A", why="r", at=NOW, today=date(2040, 1, 1))
        else:
            plans.append(computed)
    return place, plans


def pieces(chance):
    """Cut the whole time into pieces of 1 to 14 days, each next to the one before."""
    day = FIRST
    while day < FIRST + timedelta(days=DAYS):
        length = chance.randrange(1, 15)
        yield day, length
        day += timedelta(days=length)


@pytest.mark.parametrize(
    "part", [0, *(pytest.param(number, marks=pytest.mark.thorough) for number in range(1, 20))]
)
def test_due_is_the_union_of_all_plans_and_the_order_their_containers(tmp_path, states, part):
    chance = random.Random(part)  # noqa: S311 - as above
    for number in range(15):
        place, plans = filled(tmp_path / f"{number}.db", chance, states)
        doses = [each for one in plans for each in one.administrations]
        wanted = Counter((each.at, each.order.drug, str(each.amount)) for each in doses)
        found = Counter(
            (each.at, each.drug, each.dose)
            for day, length in pieces(chance)
            for each in register.due(place, day, length)
            if each.at
        )
        assert found == wanted
        first = FIRST + timedelta(days=chance.randrange(120))
        last = first + timedelta(days=chance.randrange(60))
        count, left = Counter(), {}
        for each in doses:
            if each.recorded or not first <= each.at.date() <= last:
                continue
            for pack in each.prepared.packs:
                count[each.order.drug, each.prepared.product, pack.size.plain] += pack.number
            key = (each.order.drug, each.prepared.product)
            rest = sum((p.size * p.number for p in each.prepared.packs[1:]),
                       each.prepared.packs[0].size * each.prepared.packs[0].number)  # fmt: skip
            rest += each.amount * -1
            left[key] = left[key] + rest if key in left else rest
        order = register.order(place, first, last)
        assert {(e.drug, e.product, e.size.plain): e.number for e in order.wanted} == count
        assert order.left_over == left
        assert order.unknown == ()
        without = sum(not each.recorded and each.at.date() < first for each in doses)
        assert len(register.overdue(place, first)) == without
        assert sum(each.number for each in register.late(place, first)) == without
