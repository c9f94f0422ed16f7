"""The parts of a record that cannot be read are refused, by what is wrong with them."""

import pytest

from posology import record
from posology.errors import QuantityError, RecordError
from posology.library import SITE, read_site
from posology.model import Pace, Pack, Recorded
from posology.quantity import Quantity
from test_given import CHART, kept_with


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
    "more",
    [
        {"moment": "2027-01-11"},
        {"minutes": "long"},
        {"who": "A. Smith"},
    ],
)
def test_a_record_with_a_part_that_cannot_be_read_is_refused(more):
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's own, or ours
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
