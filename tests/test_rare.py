"""What a person meets rarely: each refusal names what is wrong."""

import errno
import os
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from pydantic import ValidationError

from conftest import READ_AS
from posology import disk, plan, record
from posology import library as files
from posology.checks import check
from posology.checks.formulary import check_drug
from posology.checks.question import ask
from posology.course.inputs import make
from posology.dispensing.infusion import Setting, infuse
from posology.dispensing.rounding import Stocked, measured
from posology.errors import CourseError, DosingError, ExportError, LibraryError, QuantityError
from posology.library import FOLDER, read_combinations, read_drugs, read_text
from posology.model import Drug, Extend, Hold, Period, Regimen, Replan, Site
from posology.model.change import Move
from posology.model.drug import HeldRate, Verdict
from posology.model.kinds import Range
from posology.model.patient import Condition
from posology.model.plan import Absent
from posology.model.record import Release
from posology.model.recorded import Recorded
from posology.model.rows import Moment
from posology.model.site import Region, Stock
from posology.model.slot import Slot
from posology.model.zone import Zone
from posology.quantity import Quantity
from posology.scheduling.dates import after
from test_record import START, begin, revise, why

TRIPLE = "scleromyxedema-dexamethasone-sirolimus-octreotide"


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (Range, "50 mcg", "is not a range"),
        (Range, "500 mcg to 50 mcg", "write the smaller amount first"),
        (HeldRate, "0.5 mg/kg/min", "is not a held rate"),
        (Verdict, "50 mcg maybe", "50 mcg maybe"),
        (Moment, "month 5", "is not a start"),
        (Moment, "cycle 1", "is not a later start"),
        (Condition, "height > 170 cm and moon is full", "is not a condition"),
        (Region, "Berlin", "is not a region"),
        (Stock, "privigen [5 g]", "is not a product in stock"),
        (Recorded, "30 g at 08:00", "is not a record"),
        (Recorded, "30 g on 2027-02-30 at 08:00", "not a day of the calendar"),
        (Zone, "Europe/Berlinn", "is not an IANA time zone"),
        (Zone, "berlin", "is not an IANA time zone"),
    ],
)
def test_a_text_of_another_kind_is_refused(kind, text, words):
    with pytest.raises(QuantityError, match=words):
        kind.parse(text)


def tree(name):
    return files.read_regimen(FOLDER / f"{name}.yaml").tree.value


def edited(value, path, new):
    """Copy a tree with one value changed."""
    if not path:
        return new
    key, *rest = path
    inner = edited(value[key] if key in value or isinstance(value, list) else {}, rest, new)
    if isinstance(value, list):
        return [*value[:key], inner, *value[key + 1 :]]
    return {**value, key: inner}


@pytest.mark.parametrize(
    ("path", "new", "words"),
    [
        (("orders", 0, "dose"), ["1 mg each"], "write a dose, as in"),
        (("orders", 0), "octreotide", "order"),
        (("orders", 0, "every"), "1 day or 2 days or 3 days or 4 days or 5 days or 6 days or 7 days or 8 days or 9 days or 10 days", "at most"),
        (("orders", 0, "every"), "1 day or 1 day", "offers the same option twice"),
        (("orders", 0, "every"), ["1 day"], "1 day"),
        (("orders", 0, "from"), {"month 2": {"dose": "1 mg each", "quote": "x"}}, "is not a start"),
    ],
)  # fmt: skip
def test_a_value_of_a_regimen_of_another_kind_is_refused(path, new, words):
    with pytest.raises(ValidationError, match=words):
        Regimen.model_validate(edited(tree("scleromyxedema-ivig"), path, new))


@pytest.mark.parametrize(
    ("name", "path", "new", "code"),
    [
        ("scleromyxedema-ivig", ("orders", 0, "drug"), "unobtainium", "drug-unknown"),
        ("scleromyxedema-ivig", ("orders", 0, "route"), "oral", "route-unknown"),
        ("scleromyxedema-ivig", ("orders", 0, "source"), "nowhere", "source-unknown"),
        ("scleromyxedema-ivig", ("orders", 0, "tolerance"), "1 week", "tolerance-not-days"),
        ("scleromyxedema-ivig", ("orders", 0, "tolerance"), "9 days", "not-quoted"),
        ("scleromyxedema-ivig", ("orders", 0, "on"), "working days only", "not-quoted"),
        ("scleromyxedema-ivig", ("cases",), [], "cases-missing"),
        (TRIPLE, ("orders", 0, "dose"), "1 mL each", "window-missing"),
        (TRIPLE, ("orders", 2, "at"), "bedtime", "bedtime-twice"),
        ("myeloma-bortezomib-dexamethasone", ("orders", 0, "steps", 0, "dose"), "2 mg/m2 each", "step-not-next"),
        ("myeloma-thalidomide-dexamethasone", ("items", 0, "every"), "1 week", "item-undated"),
    ],
)  # fmt: skip
def test_a_regimen_that_does_not_hold_together_is_stopped(library, name, path, new, code):
    found = check(Regimen.model_validate(edited(tree(name), path, new)), library.drugs)
    assert code in {one.code for one in found if one.level == "stop"}


def drug(name="octreotide"):
    return files.read_drug(FOLDER / "drugs" / f"{name}.yaml")[1].value


WINDOW = ("routes", "subcutaneous", "windows", 0)


@pytest.mark.parametrize(
    ("path", "new", "words"),
    [
        ((*WINDOW, "usual"), "50 mL to 500 mL", "the same kind of unit"),
        (("products", "x"), {"name": "x", "form": "x", "contents": ["1 mg", "1 mL"]}, "the same kind of unit"),
        (("routes", "subcutaneous", "largest_volume"), {"amount": "5 mg"}, "is not a volume"),
        (("products", "x"), {"name": "x", "form": "x", "contents": ["1 mg"], "concentration": "5 mg"}, "is not a concentration"),
        ((*WINDOW, "usual"), ["50 mcg"], "must be a text"),
    ],
)  # fmt: skip
def test_a_value_of_a_drug_of_another_kind_is_refused(path, new, words):
    with pytest.raises(ValidationError, match=words):
        Drug.model_validate(edited(drug(), path, new))


@pytest.mark.parametrize(
    ("path", "new", "code"),
    [
        (("routes", "subcutaneous", "products"), ["nothing"], "product-unknown"),
        ((*WINDOW, "source"), "nowhere", "source-unknown"),
        ((*WINDOW, "absolute"), "60 mcg to 1500 mcg", "window-inside-out"),
        ((*WINDOW, "verdicts"), ["50 mcg pass"], "verdict-missing"),
        ((*WINDOW, "verdicts", 0), "50 mcg stop", "verdict-failed"),
        (("cases", 0, "dose"), "2 mg", "route-unknown"),
    ],
)
def test_a_drug_that_does_not_hold_together_is_stopped(path, new, code):
    own = {**drug(), "cases": [{"route": "oral", "dose": "1 mg", "says": "pass"}]}
    found = check_drug(Drug.model_validate(edited(own, path, new)))
    assert code in {one.code for one in found}


def test_every_broken_drug_of_a_folder_is_told(tmp_path):
    whole = (FOLDER / "drugs" / "octreotide.yaml").read_text("utf-8")
    (tmp_path / "other.yaml").write_text(whole, "utf-8")
    (tmp_path / "octreotide.yaml").write_text("name: octreotide\n", "utf-8")
    with pytest.raises(LibraryError) as error:
        read_drugs(tmp_path)
    told = {problem.file for problem in error.value.problems}
    assert told == {"other.yaml", "octreotide.yaml"}
    assert 'must be the name of its file: "other"' in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"a: \x00", "forbids"),
        (b"a: [1, 2", "is never closed, or lacks a comma"),
        (b"", "is empty"),
        (b"a: 1\n---\nb: 2\n", "second document"),
        (b"? [a]\n: 1\n", "a key must be a text"),
        (b"a: 1\na: 2\n", "is written twice"),
        (b"a: &x 1\nb: *x\n", "anchors"),
        (b"a: !!str 1\n", "tags"),
        (b"a: 1\n" * 100_000, "is larger than"),
        (b"[" * 20 + b"]" * 20, "is nested over"),
    ],
)
def test_a_file_that_is_no_tree_is_refused_with_its_place(tmp_path, content, words):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(LibraryError, match=words) as error:
        files.read_regimen(path)
    assert error.value.problems[0].file == "x.yaml"


def test_a_folder_is_no_regimen(tmp_path):
    (tmp_path / "x.yaml").mkdir()
    with pytest.raises(LibraryError, match="is not a plain file"):
        files.read_regimen(tmp_path / "x.yaml")


def test_a_regimen_does_not_extend_one_that_extends(tmp_path):
    text = (FOLDER / "scleromyxedema-ivig-thalidomide.yaml").read_text("utf-8")
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    (tmp_path / "b.yaml").write_text("extends: a\n", "utf-8")
    with pytest.raises(LibraryError):
        files.read_regimen(tmp_path / "b.yaml")


def test_a_pasted_regimen_needs_an_id():
    with pytest.raises(LibraryError, match="is not an id"):
        read_text("My Regimen", "name: x\n")


def test_a_combination_names_its_source(tmp_path):
    text = files.COMBINATIONS.read_text("utf-8")
    source = read_combinations().combinations[0].source
    path = tmp_path / "combinations.yaml"
    path.write_text(text.replace(f"source: {source}", "source: nowhere"), "utf-8")
    with pytest.raises(LibraryError, match="nowhere is not among the sources"):
        read_combinations(path)


def test_a_site_names_a_policy_for_the_others(site):
    less = {**dict(site.site), "dosing_weight": {}}
    with pytest.raises(ValidationError, match='must name a policy for the "others"'):
        Site.model_validate(less)


def course(**changes):
    inputs = {
        "regimen": "scleromyxedema-ivig", "weight": "70 kg", "start": "2027-01-11", "cycles": 1,
        "choices": {"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"},
    }  # fmt: skip
    return make(**{**inputs, **changes})


def test_a_course_of_an_unknown_regimen_is_refused_with_those_there_are(library, site):
    with pytest.raises(
        CourseError, match=r"is not in the library; regimens: .*scleromyxedema-ivig"
    ):
        plan(course(regimen="nothing", choices={}), library, site)


@pytest.mark.parametrize("period", [Period(999, "month"), Period(4000, "week")])
def test_a_course_beyond_the_calendar_is_refused(period):
    with pytest.raises(CourseError, match="reaches beyond 2100"):
        after(date(2027, 1, 11), period)


def test_a_clock_that_the_site_does_not_name_stops(library, site):
    order = library.regimens[TRIPLE].regimen.orders[2]
    assert order.times == 2
    here = site.site.model_copy(update={"clock": {1: site.site.clock[1]}})
    computed = plan(
        make(regimen=TRIPLE, choices=READ_AS, weight="70 kg", start="2027-01-11"),
        library,
        site._replace(site=here),
    )
    stops = {one.code for one in computed.findings if one.level == "stop"}
    assert "clock-missing" in stops


def test_what_has_no_ladder_or_concentration_is_refused(library, site):
    tablet = library.drugs["thalidomide"].products
    name, product = next(iter(tablet.items()))
    stocked = Stocked(name, product, product.contents)
    about = Setting("x", Quantity.parse("70 kg"), "x", "", (), pump_step=Quantity.parse("1 mL/h"))
    with pytest.raises(DosingError, match="has no ladder of rates"):
        infuse(Quantity.parse("300 mL"), stocked, about)
    with pytest.raises(DosingError, match="states no concentration"):
        measured(Quantity.parse("50 mg"), stocked, site.site, "oral")


def test_a_question_in_a_unit_that_no_source_states_is_reviewed(library):
    answer = ask("200 mL", "octreotide", "subcutaneous", library)
    assert "not-stated" in {one.code for one in answer.quoted}
    assert "window-missing" in {one.code for one in answer.plausible}
    with pytest.raises(QuantityError, match="has no oral route"):
        ask("200 mcg", "octreotide", "oral", library)


def test_a_disk_that_fails_half_way_brings_back_what_was_there(tmp_path, monkeypatch):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"old")
    real, count = disk._place, []

    def failing(temporary, path, *, force):
        count.append(path)
        if len(count) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(temporary, path, force=force)

    monkeypatch.setattr(disk, "_place", failing)
    with pytest.raises(ExportError, match="nothing was written"):
        disk.write({first: b"new", second: b"new"}, force=True)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"a": b"old"}
    count.clear()
    first.unlink()
    with pytest.raises(ExportError, match="nothing was written"):
        disk.write({first: b"new", second: b"new"}, force=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_links_is_written_all_the_same(tmp_path, monkeypatch):
    def link(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)
    disk.write({tmp_path / "a": b"new"}, force=False)
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_disk_that_fails_while_a_file_is_staged_leaves_nothing(tmp_path, monkeypatch):
    def fsync(_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(ExportError, match="nothing was written"):
        disk.write({tmp_path / "a": b"new"}, force=False)
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_not_written_through(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    with pytest.raises(ExportError, match="is a link or a device"):
        disk.write({tmp_path / "a": b"new"}, force=True)


def test_a_dose_that_is_not_given_prints_on_one_line():
    one = Absent(Slot.parse("immunoglobulin.c1.d2.t1"), date(2027, 1, 12), "not given")
    assert str(one) == "Tue 12-Jan-2027  immunoglobulin.c1.d2.t1: not given"


def test_an_amount_is_not_a_number():
    assert Quantity.parse("1 mg") != Fraction(1)


@pytest.mark.parametrize(("key", "value"), [("at", "yesterday"), ("at", "2027-01-11 08:00")])
def test_a_moment_of_a_record_is_read_strictly(key, value):
    with pytest.raises(ValidationError, match="is not a moment"):
        Release.model_validate({key: value})


def test_a_clock_time_of_a_move_is_read_strictly():
    with pytest.raises(ValidationError, match="is not a clock time"):
        Move(**why(what="immunoglobulin.c2.d1.t1", to="2027-02-09", at="8 o'clock"))


def test_a_replan_needs_the_regimen_and_a_change_is_not_of_tomorrow(library, site):
    kept = begin(library, site)
    less = library._replace(regimens={})
    with pytest.raises(CourseError, match="is not in the library; give its file"):
        record.revise(kept, Replan(**why()), less, site, datetime(2027, 1, 5, tzinfo=UTC))
    with pytest.raises(CourseError, match="still to come"):
        record.revise(kept, Extend(on="2028-01-01", reason="x", cycles=1), library, site, START)


def test_a_change_of_a_course_that_is_held_is_refused(library, site):
    kept = revise(begin(library, site), Hold(**why(what="from 2027-02-08")), library, site)
    with pytest.raises(CourseError, match="is held; resume it first"):
        revise(kept, Move(**why(what="immunoglobulin.c2.d1.t1", to="2027-02-09")), library, site)
