"""What a file says is obeyed: every field of a site and of an order is read by some plan.

That a field is read is no proof that it is used rightly; but one that is never read is ignored.
"""

import pytest

from nouns import fields, parts
from posology import plan
from posology.course.inputs import make
from posology.export.parts import calendars
from posology.export.text import text
from posology.model import Acceptance, Accepted, Order, Site
from posology.planning.cases import failures

OPEN = {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"}
PRINTED = {("Policy", name) for name in ("dated", "cite", "basis")}
ACCEPTED = {(noun.__name__, name) for noun in (Acceptance, Accepted) for name in noun.model_fields}
"""Read where a site has accepted something: see tests/test_accepting.py."""
LATER = {("Site", "reasons"), ("Site", "releases")}
"""Read where a course is changed or released: see test_intensity.py and test_signin.py."""
"""By posology weights alone."""


@pytest.fixture
def reads(monkeypatch):
    """Record which fields of some nouns are read, as (noun, field)."""

    def of(nouns):
        read = set()

        def recording(self, field):
            read.add((type(self).__name__, field))
            return object.__getattribute__(self, field)

        for noun in nouns:
            monkeypatch.setattr(noun, "__getattribute__", recording)
        return read

    return of


def test_every_field_of_a_site_is_read_by_some_plan(reads, library, site):
    read = reads(parts(Site).values())
    for entry in library.regimens.values():
        list(failures(entry, library, site))
    for policy in site.site.policies:
        weights = {**site.site.dosing_weight, "immunoglobulin": policy}
        other = site._replace(site=site.site.model_copy(update={"dosing_weight": weights}))
        course = make(
            regimen="scleromyxedema-ivig", weight="90 kg", weighed="2027-01-04", height="165 cm",
            sex="female", age="40 years", start="2027-01-05", cycles=2, creatinine="80 umol/L",
            sampled="2027-01-04", choices=OPEN,
        )  # fmt: skip
        computed = plan(course, library, other, on="2027-01-05")
        assert text(computed)
        assert calendars(computed)
    assert fields(Site) - read == PRINTED | ACCEPTED | LATER


def test_every_field_of_an_order_is_read_by_some_plan(reads, library, site):
    course = make(
        regimen="scleromyxedema-ivig", weight="90 kg", start="2027-01-04", cycles=2, choices=OPEN
    )
    computed = plan(course, library, site)
    read = reads([Order])
    for entry in library.regimens.values():
        list(failures(entry, library, site))
    assert text(computed)
    assert {("Order", field) for field in Order.model_fields} - read == set()
