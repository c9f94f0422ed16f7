"""Every field of a regimen, a drug and a site is handled wherever it must be, or says why not.

Who adds a field to a noun fills it in both specimens below, and is told here where it is missing:
``posology diff``, ``posology show``, the slips (tests/test_slips.py).
"""

import copy

import pytest

from nouns import at, fields, filled, noun_in, parts
from posology import library as files
from posology.checks.coherent import open_questions
from posology.cli import main
from posology.export.regimen import text
from posology.library import tree
from posology.library.versions import difference
from posology.model import Drug, Regimen, Site
from test_slips import DROPPED, KEPT, SLIPPED

FIRST = """\
name: First
indication: first disease
version: 1
status: draft
review: {by: A. First, on: 2027-01-01, sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}
replaced_by: first-other
extends: first-base
duration: 1 month
duration_quote: one month
duration_because: first because
unclear: first unclear
risks: {paraproteinaemia: first risk}
sources:
  first: {cite: first paper, evidence: first evidence, seen: copy}
orders:
  - drug: octreotide
    id: first-order
    route: oral
    dose: 1 mg each
    readings: 3 mg each or 4 mg each
    markets: [eu, us]
    salts: [first-salt, other]
    salt: first-meant
    doses:
      - {when: age > 1 years, dose: 11 mg each, every: 11 days, days: 1-11, times: 3, market: eu, source: first-row, quote: first row}
    every: 1 day
    days: 1-2
    times: 1
    at: bedtime
    start: day 2
    cap: 101 mL/min
    over: 3 hours
    duration: 1 week
    from: {cycle 5: {dose: 12 mg each, every: 12 days, days: 1-12, times: 5, at: bedtime, duration: 12 weeks, quote: first later, inferred: {start: first start}}}
    most: [{amount: 13 mg, when: age > 13 years, quote: first most}]
    reduce: [{to: 25 %, when: age > 14 years, quote: first reduce}]
    steps: [{dose: 0.5 mg each, source: first-step, quote: first step}]
    steps_up: [{dose: 1.5 mg each, source: first-up, quote: first up}]
    rates: {first: {start: 31 mg/h, by: 32 mg/h, each: 33 minutes, most: 34 mg/h, quote: first rate}, later: {start: 35 mg/h, quote: first later rate}}
    diluted: 36 mL
    titrate: {by: 37 mg, every: 38 days, to: 39 mg each, quote: first titration}
    as_needed: first as needed
    most_a_day: 40 mg
    tolerance: 1 day
    on: working days only
    optional: yes
    proviso: first proviso
    source: first
    quote: first quote
    erratum: {printed: 1 g, because: first erratum}
    unclear: first order unclear
    inferred: {route: first inferred}
  - {drug: octreotide, id: lead-a, route: oral, dose: 1 mg each, every: 1 day, source: first, quote: lead}
  - {drug: octreotide, id: lead-b, route: oral, dose: 1 mg each, every: 1 day, source: first, quote: lead}
  - drug: octreotide
    id: first-beside
    route: oral
    with: {order: lead-a, when: 31 minutes before, share: 26 %}
    source: first
    quote: first quote
items:
  - name: first item
    where: pregnancy is possible
    kind: monitoring
    every: 15 days
    days: 1-15
    before: 16 days
    after: 17 days
    duration: 18 days
    with: {order: first-order, when: 30 minutes before, each: cycle}
    bound: {must: platelets >= 50000 /uL, do: first bound}
    source: first-item
    quote: first item quote
cases:
  - name: first case
    patient:
      weight: 70 kg
      weighed: 2027-01-01
      last_weight: 71 kg
      height: 171 cm
      sex: male
      age: 71 years
      birth_year: 1951
      creatinine: 81 umol/L
      sampled: 2027-01-02
      pregnancy_possible: no
      neutrophils: 2001 /uL
      platelets: 150001 /uL
      counted: 2027-01-03
      creatinine_clearance: 81 mL/min
      dialysis: no
    start: 2027-01-11
    cycles: 1
    choose: {first-order.days: 1-2}
    without: [first-without]
    expect: ["Mon 11-Jan-2027 08:00  3 mg a-drug, oral"]
    totals: ["1 dose of an-order, 3 mg"]
    to_do: [first to do]
    refused: first refusal
    needed: [first needed]
    likewise: [{name: first like, patient: {weight: 72 kg}, choose: {first-like.days: 1-2}, doses: {a-drug: 72 mg}, totals: {an-order: 72 g}, refused: first like refusal}]
"""
SECOND = """\
name: Second
indication: second disease
version: 2
status: retired
review: {by: B. Second, on: 2027-02-02, sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}
replaced_by: second-other
extends: second-base
duration: 2 months
duration_quote: two months
duration_because: second because
unclear: second unclear
risks: {paraproteinaemia: second risk}
sources:
  first: {cite: second paper, evidence: second evidence, seen: no}
orders:
  - drug: sirolimus
    id: second-order
    route: intravenous
    dose: 2 mg each
    readings: 5 mg each or 6 mg each
    markets: [uk, us]
    salts: [second-salt, other]
    salt: second-meant
    doses:
      - {when: age > 2 years, dose: 22 mg each, every: 22 days, days: 1-22, times: 4, market: uk, source: second-row, quote: second row}
    every: 2 days
    days: 1-3
    times: 2
    start: day 3
    cap: 102 mL/min
    over: 4 hours
    duration: 2 weeks
    from: {cycle 5: {dose: 23 mg each, every: 23 days, days: 1-23, times: 6, at: 09:00, duration: 23 weeks, quote: second later, inferred: {start: second start}}}
    most: [{amount: 24 mg, when: age > 24 years, quote: second most}]
    reduce: [{to: 50 %, when: age > 25 years, quote: second reduce}]
    steps: [{dose: 0.25 mg each, source: second-step, quote: second step}]
    steps_up: [{dose: 2.5 mg each, source: second-up, quote: second up}]
    rates: {first: {start: 41 mg/h, by: 42 mg/h, each: 43 minutes, most: 44 mg/h, quote: second rate}, later: {start: 45 mg/h, quote: second later rate}}
    diluted: 46 mL
    titrate: {by: 47 mg, every: 48 days, to: 49 mg each, quote: second titration}
    as_needed: second as needed
    most_a_day: 50 mg
    tolerance: 2 days
    optional: no
    proviso: second proviso
    source: second
    quote: second quote
    erratum: {printed: 2 g, because: second erratum}
    unclear: second order unclear
    inferred: {route: second inferred}
  - {drug: octreotide, id: lead-a, route: oral, dose: 2 mg each, every: 2 days, source: first, quote: lead}
  - {drug: octreotide, id: lead-b, route: oral, dose: 2 mg each, every: 2 days, source: first, quote: lead}
  - drug: sirolimus
    id: second-beside
    route: intravenous
    with: {order: lead-b, when: 32 minutes before, share: 27 %}
    source: second
    quote: second quote
items:
  - name: second item
    where: age > 65 years
    kind: hydration
    every: 26 days
    days: 1-26
    before: 27 days
    after: 28 days
    duration: 29 days
    with: {order: second-order, when: "days -1, 0", each: dose}
    bound: {must: platelets >= 70000 /uL, do: second bound}
    source: second-item
    quote: second item quote
cases:
  - name: second case
    patient:
      weight: 80 kg
      weighed: 2027-02-01
      last_weight: 82 kg
      height: 182 cm
      sex: female
      age: 82 years
      birth_year: 1962
      creatinine: 92 umol/L
      sampled: 2027-02-02
      pregnancy_possible: yes
      neutrophils: 2002 /uL
      platelets: 150002 /uL
      counted: 2027-02-03
      creatinine_clearance: 92 mL/min
      dialysis: yes
    start: 2027-02-11
    cycles: 2
    choose: {first-order.days: 1-3}
    without: [second-without]
    expect: ["Tue 12-Jan-2027 08:00  4 mg a-drug, oral"]
    totals: ["2 doses of an-order, 4 mg"]
    to_do: [second to do]
    refused: second refusal
    needed: [second needed]
    likewise: [{name: second like, patient: {weight: 83 kg}, choose: {second-like.days: 1-2}, doses: {a-drug: 83 mg}, totals: {an-order: 83 g}, refused: second like refusal}]
"""
ONE_VALUE = {("Order", "at"), ("Order", "on")}
"""Fields of one value only: the second specimen leaves them out."""

REVIEWED = {
    "Regimen": {
        "version", "review", "extends", "duration_quote", "duration_because", "unclear", "sources",
        "cases",
    },
    "Order": {"source", "quote", "erratum", "unclear", "inferred"},
    "Row": {"source", "quote"}, "Later": {"quote", "inferred"}, "Limit": {"quote"}, "Reduction": {"quote"},
    "ReductionStep": {"source", "quote"}, "Rate": {"quote"}, "Titration": {"quote"},
    "Item": {"source", "quote"},
    **{name: set(parts(Regimen)[name].model_fields)
       for name in ("Review", "Source", "Erratum", "Case", "Likewise", "Patient")},
}  # fmt: skip
"""What ``diff`` puts under what a reviewer would notice; all else is for the patient."""

NOT_SHOWN = {
    **{
        (noun, field): "a case fills a screen of its own; posology check runs every case and says "
        "which line comes out differently; show gives its name"
        for noun in ("Case", "Likewise")
        for field in parts(Regimen)[noun].model_fields
        if (noun, field) not in {("Case", "name"), ("Case", "likewise"), ("Likewise", "name")}
    },
    **{
        ("Patient", field): "the patient of a case, as above"
        for field in parts(Regimen)["Patient"].model_fields
    },
}
"""What ``posology show`` leaves out, and why."""

NO_COMMAND = {
    Drug: "no command compares or shows a drug's file",
    Site: "no command compares or shows a site's file",
}
"""Why diff and show do not concern the fields of these."""


def read(content):
    return files.entry_of("specimen", "0" * 64, tree.read("specimen.yaml", content.encode()))


A, B = read(FIRST), read(SECOND)
PLACES = {(noun, field): path for noun, field, path in filled(Regimen, A.tree.value)}


def changed(path):
    """Give the first specimen with one value of the second; dropped where that has none."""
    value = copy.deepcopy(A.tree.value)
    place = at(value, path[:-1])
    other = B.tree.value
    for step in path:
        other = other.get(step) if isinstance(other, dict) else other[step]
    if other is None:
        del place[path[-1]]
    else:
        place[path[-1]] = other
    return files.entry_of("specimen", "0" * 64, A.tree._replace(value=value))


def shown(entry):
    """Show a regimen without its hashes, and with no finding that quotes what it judges."""
    return text(entry._replace(content_sha256=""), open_questions(entry.regimen, {}))


def test_the_specimens_fill_every_field_with_two_values():
    assert set(PLACES) == fields(Regimen), "fill the new field in both specimens"
    other = {(noun, field) for noun, field, _ in filled(Regimen, B.tree.value)}
    assert other == fields(Regimen) - ONE_VALUE


@pytest.mark.parametrize(("noun", "field"), sorted(PLACES))
def test_diff_tells_every_field_to_whom_it_concerns(noun, field):
    found = difference(A, changed(PLACES[noun, field]))
    assert found.review or found.patient
    if not noun_in(parts(Regimen)[noun].model_fields[field].annotation):
        whole = (found.patient, found.review)
        mine, others = reversed(whole) if field in REVIEWED.get(noun, ()) else whole
        assert mine
        assert others == ()


@pytest.mark.parametrize(("noun", "field"), sorted(PLACES))
def test_show_prints_every_field(noun, field):
    differs = shown(A) != shown(changed(PLACES[noun, field]))
    assert differs != ((noun, field) in NOT_SHOWN)


def test_what_is_not_shown_has_a_reason_and_exists():
    assert set(NOT_SHOWN) <= fields(Regimen)
    assert all(NOT_SHOWN.values())


@pytest.mark.parametrize("noun", [Regimen, Drug, Site], ids=lambda noun: noun.__name__)
def test_every_field_is_slipped_or_says_why_not(noun):
    assert fields(noun) - set(SLIPPED) - DROPPED - set(KEPT) == set(), "say so in test_slips.py"


def test_no_field_is_named_that_does_not_exist_or_is_both_slipped_and_kept():
    known = fields(Regimen) | fields(Drug) | fields(Site)
    assert set(SLIPPED) | DROPPED | set(KEPT) == known
    assert not set(KEPT) & (set(SLIPPED) | DROPPED)


def test_drugs_and_sites_have_no_command_of_their_own_yet(capsys):
    """Should one come, their fields must be handled by it: see NO_COMMAND."""
    for name in ("drugs/octreotide.yaml", "site.yaml"):
        path = str(files.FOLDER / name)
        assert [
            main([command, *[path] * count]) for command, count in (("show", 1), ("diff", 2))
        ] == [2, 2]
    capsys.readouterr()
    assert set(NO_COMMAND) == {Drug, Site}
