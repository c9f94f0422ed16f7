"""Refusals that no ordinary input reaches, each told in words."""

from pathlib import Path

import pytest

from posology import plan, record
from posology.checks.question import ask
from posology.course.inputs import make
from posology.errors import DosingError, QuantityError, RecordError
from posology.guards.reached import reached
from posology.library import FOLDER
from posology.planning import own
from posology.planning.inspection import inspect
from posology.planning.origin import own_drugs
from posology.record import saving
from test_given import kept_with
from test_own import copied, planned_from_file


def test_a_drug_that_the_library_does_not_have_is_noted(library):
    own = library._replace(drugs={**library.drugs, "mine": library.drugs["sirolimus"]})
    (found,) = own_drugs(["mine"], own)
    assert (found.code, found.level) == ("drug-own", "note")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("100 mg on days 1, 8 for 3 doses every 28 days", "3 doses"),
        ("100 mg on days 1, 8 x3 every 28 days", "one of the two"),
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


def test_a_row_is_given_as_often_as_its_own_quote_says(tmp_path):
    text = (FOLDER / "myeloma-lenalidomide-dexamethasone.yaml").read_text("utf-8")
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("10 mg once daily", "10 mg twice daily"), "utf-8")
    (found,) = [each for each in inspect([path]).findings if each.code == "times-not-quoted"]
    assert (found.where, found.level) == ("orders[0].doses[1]", "stop")


def test_cases_are_computed_again_when_many_are_known(tmp_path, monkeypatch, site):
    """What is known of earlier regimens is forgotten; nothing else changes."""
    path = Path(copied(tmp_path))
    path.write_text(
        path.read_text("utf-8").replace("quote: dexamethasone 40", "quote:  dexamethasone 40")
    )
    before = planned_from_file(path, site)
    monkeypatch.setattr("posology.planning.own._MOST_KNOWN", 0)
    monkeypatch.setattr("posology.planning.own._known_cases", {("a", "b", "c"): ({}, [])})
    after = planned_from_file(path, site)
    assert after == before
    assert [key[0] for key in own._known_cases] == ["mine"]


def test_the_limits_stand_beside_the_first_order_of_a_drug(library, site):
    """A drug in two orders has one row of each limit, with the sum of both."""
    entry = library.regimens["scleromyxedema-dexamethasone-sirolimus-octreotide"]
    once = next(each for each in entry.regimen.orders if each.drug == "sirolimus")
    orders = {"orders": (once, once.model_copy(update={"id": "evening"}))}
    regimen = entry.regimen.model_copy(update=orders)
    own = library._replace(regimens={entry.id: entry._replace(regimen=regimen)})
    computed = plan(make(regimen=entry.id, weight="70 kg", start="2027-01-04"), own, site)
    days = [(each.drug, str(each.amount)) for each in reached(computed) if each.per == "day"]
    assert days == [("sirolimus", "4 mg")]


def test_a_kept_regimen_that_cannot_be_read_is_told(library, site):
    kept = kept_with(library, site)
    first = kept.revisions[0].model_copy(update={"regimen_sha256": "0" * 64})
    regimens = {"0" * 64: {"name": "no orders"}}
    kept = kept.model_copy(update={"revisions": (first,), "regimens": regimens})
    assert record.read(record.content(kept)) == kept
    with pytest.raises(RecordError, match="holds a regimen that this Posology cannot read"):
        record.planned(kept, library, site)


def test_a_first_revision_that_follows_another_is_refused(library, site):
    kept = kept_with(library, site)
    first = kept.revisions[0].model_copy(update={"before_sha256": "0" * 64})
    cut = kept.model_copy(update={"revisions": (first,)})
    with pytest.raises(RecordError, match=r"does not fit together \(revisions\)"):
        record.read(record.content(cut))
