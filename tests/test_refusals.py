"""Refusals that no ordinary input reaches, each told in words."""

import pytest

from posology.checks.question import ask
from posology.errors import DosingError, QuantityError, RecordError
from posology.library import FOLDER
from posology.planning.inspection import inspect
from posology.planning.origin import own_drugs
from posology.record import saving
from test_given import kept_with


def test_a_drug_that_the_library_does_not_have_is_noted(library):
    own = library._replace(drugs={**library.drugs, "mine": library.drugs["sirolimus"]})
    (found,) = own_drugs(["mine"], own)
    assert (found.code, found.level) == ("drug-own", "note")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("100 mg on days 1, 8 for 3 doses every 28 days", "3 doses"),
        ("2 g/kg over 40 days every 4 weeks", "do not fit a cycle"),
    ],
)
def test_a_schedule_that_does_not_fit_is_refused(library, text, words):
    with pytest.raises(QuantityError, match=words):
        ask(text, "immunoglobulin", "intravenous", library)


def test_a_file_that_cannot_be_checked_leaves_the_others_checked(monkeypatch):
    def broken(*_):
        raise DosingError("no dose")

    monkeypatch.setattr("posology.planning.inspection._one_file", broken)
    report = inspect([FOLDER / "scleromyxedema-ivig.yaml"])
    assert "cannot be checked: no dose" in str(report)


def test_a_course_that_cannot_be_written_is_told_with_its_name(
    tmp_path, monkeypatch, library, site
):
    def refuse(_):
        raise RecordError("would be another")

    monkeypatch.setattr("posology.record.exact_content", refuse)
    with pytest.raises(RecordError, match=r"c\.json.* would be another"):
        saving.save(tmp_path / "c.json", kept_with(library, site), b"")
