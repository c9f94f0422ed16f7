"""The public face: its names, its page, and that bad input of any kind is one PosologyError."""

import inspect as signatures
import re
import shutil
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import pytest

import posology
from conftest import ROOT
from posology import library as files
from posology.errors import CourseError, LibraryError, PosologyError, QuantityError
from posology.model import Course
from posology.planning.inspection import inspect
from posology.quantity import Quantity

AT = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
LIBRARY, SITE = posology.load(), posology.example_site()
INPUTS = {
    "regimen": "scleromyxedema-ivig", "weight": "70 kg", "start": "2027-01-11", "cycles": 6,
    "choices": {"immunoglobulin.every": "1 month", "immunoglobulin.days": "1-5"},
    "creatinine_clearance": "90 mL/min",
}  # fmt: skip
COURSE = posology.make(**INPUTS)
PLAN = posology.plan(COURSE, LIBRARY, SITE)
RECORD = posology.begin(COURSE, LIBRARY, SITE, at=AT)
DELAY = posology.change("delay", on="2027-01-04", reason="ill", what="from cycle 3", days=7)
FACE = """
ask(text, *, drug, route, library, weight, height, site)
begin(course, library, site, *, at)
calendar(plan, privacy)
change(kind, *, on, reason, plan, **fields)
check(path)
dose(plan, order)
example_site()
load(path, *, beside)
make(*, regimen, weight, start, cycles, choices, without, reference, products, risks, others, last, **measures)
open_course(path)
plan(course, library, site, *, on)
planned(record, library, site)
release(record, library, site, *, by, at, acknowledged, checked_by, weight, regimen)
revise(record, change, library, site, *, at)
save_course(path, record, before)
site(path)
table(plan)
"""


def test_the_public_face_is_these_names_with_these_inputs_each_described():
    lines = []
    for name in sorted(set(posology.__all__) - {"__version__"}):
        call = getattr(posology, name)
        signature = signatures.signature(call)
        bare = [one.replace(annotation=one.empty, default=one.empty)
                for one in signature.parameters.values()]  # fmt: skip
        lines.append(f"{name}({str(signatures.Signature(bare))[1:]}")
        assert len(call.__doc__.splitlines()) > 1 or not bare, f"{name}: meaning, units, errors"
    assert lines == FACE.strip().splitlines()
    assert dir(posology) == sorted(posology.__all__)
    with pytest.raises(AttributeError, match="no attribute 'plans'"):
        posology.plans  # noqa: B018 - a slip of a name


def test_each_call_of_the_page_prints_what_the_page_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    names = {}
    blocks = re.findall(r"```python\n(.*?)```(?:\n+```text\n(.*?)```)?", page, re.DOTALL)
    for code, printed in blocks:
        exec(compile(code, "docs/api.md", "exec"), names)  # noqa: S102 - the page is ours
        assert capsys.readouterr().out == printed
    shown = "".join(code for code, _ in blocks)
    missing = [name for name in posology.__all__ if f"posology.{name}" not in shown]
    assert missing == ["__version__"]


def _missing(tmp_path):
    return tmp_path / "none"


NOT_A_PATH = [None, 5, 1.5, True, b"regimens", [], {}, "", "a\0b", "x" * 5000]
NO_NOUN = [None, 5, 1.5, True, b"x", "scleromyxedema-ivig", [], {}]
PATH_CALLS = {
    "site": posology.site,
    "open_course": posology.open_course,
    "save_course": lambda path: posology.save_course(path, RECORD),
    "read_site": files.read_site,
    "read_regimen": files.read_regimen,
    "read_drug": files.read_drug,
    "read_drugs": files.read_drugs,
    "read_combinations": files.read_combinations,
    "kind": files.kind,
    "inspect": lambda path: inspect([path]),
}
NOUN_CALLS = {
    "course": lambda one: posology.plan(one, LIBRARY, SITE),
    "library": lambda one: posology.plan(COURSE, one, SITE),
    "site": lambda one: posology.plan(COURSE, LIBRARY, one),
    "plan": posology.table,
    "plan of a calendar": posology.calendar,
    "plan of a dose": lambda one: posology.dose(one, "immunoglobulin"),
    "record": lambda one: posology.planned(one, LIBRARY, SITE),
    "record of a revision": lambda one: posology.revise(one, DELAY, LIBRARY, SITE, at=AT),
    "record of a release": lambda one: posology.release(one, LIBRARY, SITE, by="A. Smith", at=AT),
    "record to save": lambda one: posology.save_course("c.json", one),
    "change": lambda one: posology.revise(RECORD, one, LIBRARY, SITE, at=AT),
    "library of a question": lambda one: posology.ask("1 mg", drug="octreotide", route="subcutaneous", library=one),
    "course to keep": lambda one: posology.begin(one, LIBRARY, SITE, at=AT),
}  # fmt: skip


@pytest.mark.parametrize("call", PATH_CALLS.values(), ids=PATH_CALLS)
@pytest.mark.parametrize("bad", NOT_A_PATH, ids=lambda bad: repr(bad)[:12])
def test_what_is_no_path_is_refused_by_its_name(call, bad):
    with pytest.raises(PosologyError, match=r"^path: "):
        call(bad)


@pytest.mark.parametrize(("field", "call"), NOUN_CALLS.items(), ids=NOUN_CALLS)
@pytest.mark.parametrize("bad", NO_NOUN, ids=repr)
def test_what_another_call_should_have_made_is_refused_by_its_name(field, call, bad):
    with pytest.raises(CourseError) as caught:
        call(bad)
    assert list(caught.value.problems) == [field.split(" ")[0]]


BAD_INPUTS = [
    *(("weight", bad) for bad in (None, 70, 70.5, True, b"70 kg", [], "", "70", "70 g", "1" * 99 + " kg", "0 kg", "nan kg", Fraction(70), Quantity(Fraction(70), "g"))),
    *(("height", bad) for bad in (1.70, 170, True, b"170 cm", [], "", "1.70 m", "9999 cm", Fraction(170), Fraction("1.70"))),
    *(("age", bad) for bad in (70, 70.5, True, [], "", "70", "-1 years", "121 years", Fraction(70))),
    *(("sex", bad) for bad in (1, True, b"male", [], {}, "", "M")),
    *(("creatinine", bad) for bad in (80, 0.9, [], "", "80", "80 mg/L", "80000 umol/L")),
    *(("start", bad) for bad in (None, 5, 1.5, True, b"2027-01-11", [], "", "11.1.2027", "2027-02-30", AT, AT.replace(tzinfo=None))),
    *(("cycles", bad) for bad in (0, -1, 1.5, True, b"6", [], "", "six", 10**9, Fraction(6))),
    *(("choices", bad) for bad in (5, 0, True, b"x", [], "1-5", ["1-5"])),
    *(("without", bad) for bad in (None, 5, True, b"x", "thalidomide", {"thalidomide": 5}.items())),
    *(("regimen", bad) for bad in (None, 5, 1.5, True, [], "", "Two Words")),
    *(("reference", bad) for bad in (5, 0, False, 1.5, [], "a name with spaces")),
    *(("products", bad) for bad in (5, "privigen", {"immunoglobulin": 5}, {"immunoglobulin": None})),
    *(("risks", bad) for bad in (None, 5, "renal", ["heart"], [None])),
    *(("others", bad) for bad in (None, 5, "thalidomide", [5], [None], ["thalidomide from 1.1.2027"])),
    *(("last", bad) for bad in (5, "2027-01-01", {"immunoglobulin": 5}, {"immunoglobulin": AT})),
    *(("dialysis", bad) for bad in (1, 0, [], "maybe")),
    ("hieght", "170 cm"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "bad"), BAD_INPUTS, ids=lambda one: repr(one)[:20])
def test_an_input_of_a_course_that_cannot_be_used_is_refused_by_its_name(field, bad):
    with pytest.raises(CourseError) as caught:
        posology.make(**{**INPUTS, field: bad})
    assert list(caught.value.problems) == [field]
    assert len(str(caught.value)) < 600


BAD_CHANGES = [
    *(("kind", {"kind": bad}) for bad in (None, 5, True, b"delay", "", "postpone", [], {})),
    *(("days", {"days": bad}) for bad in (None, 0, -1, 1.5, True, [], "", "seven", 10**9)),
    *(("what", {"what": bad}) for bad in (None, 5, [], "", "cycle three", b"cycle 3")),
    *(("on", {"on": bad}) for bad in (None, 5, AT, "", "4.1.2027")),
    *(("reason", {"reason": bad}) for bad in (None, 5, "", [], "x" * 401, "a\nb")),
    *(("by", {"by": bad}) for bad in (5, [], "")),
    ("to", {"to": "2027-01-20"}),
    ("change", {"by": "A. Smith", "checked_by": "A. Smith"}),
    ("days", {"kind": "hold", "what": "cycle 3"}),
    ("change", {"checked_by": "B. Jones"}),
]


@pytest.mark.parametrize(("field", "bad"), BAD_CHANGES, ids=lambda one: repr(one)[:30])
def test_a_change_that_cannot_be_made_is_refused_by_its_name(field, bad):
    given = {"kind": "delay", "on": "2027-01-04", "reason": "ill", "what": "cycle 3", "days": 7}
    with pytest.raises(CourseError) as caught:
        posology.change(**{**given, **bad})
    assert field in caught.value.problems


BAD_MOMENTS = [None, 5, 1.5, True, b"x", "", "2027-01-05T09:00:00Z", [], date(2027, 1, 5),
               AT.replace(tzinfo=None), datetime(1999, 1, 5, 9, tzinfo=UTC)]  # fmt: skip


@pytest.mark.parametrize("bad", BAD_MOMENTS, ids=repr)
def test_a_moment_without_its_zone_is_refused_at_once_and_says_what_to_do(bad):
    for call in (
        lambda: posology.begin(COURSE, LIBRARY, SITE, at=bad),
        lambda: posology.revise(RECORD, DELAY, LIBRARY, SITE, at=bad),
        lambda: posology.release(RECORD, LIBRARY, SITE, by="A. Smith", at=bad),
    ):
        with pytest.raises(CourseError, match=r"^at: .*; write datetime\(.*, tzinfo=UTC\)"):
            call()


def test_a_moment_of_another_zone_is_kept_as_the_same_moment():
    """It was written with its own hours, as if they were those of UTC."""
    there = AT.astimezone(timezone(timedelta(hours=5))).replace(microsecond=7)
    assert posology.begin(COURSE, LIBRARY, SITE, at=there).revisions[0].at == AT


def ask(**inputs):
    given = {"text": "200 mcg every 2 days", "drug": "octreotide", "route": "subcutaneous"}
    return posology.ask(**{**given, **inputs}, library=LIBRARY)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        *((lambda bad=bad: ask(text=bad), "text: ") for bad in (None, 5, b"1 mg", [], "x" * 401)),
        *((lambda bad=bad: ask(drug=bad), "drug: ") for bad in (None, 5, [], "", "aspirin")),
        *((lambda bad=bad: ask(route=bad), "route: ") for bad in (None, 5, [])),
        *((lambda bad=bad: ask(text=bad), ".") for bad in ("", "mg", "1 cm", "1.5.2 mg", "\0", "9" * 400)),
        (lambda: ask(route="nasal"), "has no nasal route"),
        *((lambda bad=bad: posology.dose(PLAN, bad), "order: ") for bad in (None, 5, [], "", "thalidomide")),
        *((lambda bad=bad: posology.calendar(PLAN, bad), "privacy: ") for bad in (None, 5, [], "", "none")),
        *((lambda bad=bad: posology.release(RECORD, LIBRARY, SITE, by=bad, at=AT), "by: ") for bad in (None, 5, [], "")),
        *((lambda bad=bad: posology.release(RECORD, LIBRARY, SITE, by="A", at=AT, checked_by=bad), "checked_by: ") for bad in (5, [], True)),
        *((lambda bad=bad: posology.release(RECORD, LIBRARY, SITE, by="A", at=AT, weight=bad), "weight: ") for bad in (5, None, [5], {"a"})),
        *((lambda bad=bad: posology.release(RECORD, LIBRARY, SITE, by="A", at=AT, acknowledged=bad), "acknowledged: ") for bad in (5, "volume", ["volume"], {"volume": None})),
        (lambda: posology.release(RECORD, LIBRARY, SITE, by="A. Smith", at=AT, checked_by="B. Jones", weight="70", regimen="x"), "weight: "),
        *((lambda bad=bad: posology.save_course("c.json", RECORD, bad), "before: ") for bad in (5, "x", [])),
        (lambda: posology.save_course("course.txt", RECORD), "must end in .json"),
        *((lambda bad=bad: posology.load(bad), "path: ") for bad in (5, b"x", [], "", "a\0b")),
        (lambda: posology.load("scleromyxedema-ivg.yaml"), "cannot be read"),
        (lambda: posology.load("scleromyxedema-ivig"), "cannot be read"),
        *((lambda bad=bad: posology.check(bad), "path: ") for bad in (5, b"x", [], "")),
        *((lambda bad=bad: Quantity.parse(bad), "amount|text") for bad in (None, 5, 1.5, [], b"5 mg", "")),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_in_words(call, words):
    with pytest.raises(PosologyError, match=words):
        call()


def test_a_measure_of_a_change_that_cannot_be_read_is_refused_when_it_is_taken():
    for values in ({"weight": "70"}, {"height": "1.70 m"}, {"age": "old"}):
        change = posology.change(
            "measures", on="2027-01-04", reason="weighed", what="from cycle 2", values=values
        )
        with pytest.raises(CourseError, match=next(iter(values))):
            posology.revise(RECORD, change, LIBRARY, SITE, at=AT)


def own(tmp_path):
    """Make a folder of one's own, with two regimens."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("scleromyxedema-ivig", "scleromyxedema-ivig-thalidomide"):
        shutil.copy(files.FOLDER / f"{name}.yaml", folder)
    return folder


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_is_taken_as_text_or_as_path(kind, tmp_path):
    folder = own(tmp_path)
    file = kind(folder / "scleromyxedema-ivig.yaml")
    assert list(posology.load(file).regimens) == ["scleromyxedema-ivig"]
    assert files.read_regimen(file).id == "scleromyxedema-ivig"
    assert len(posology.load(kind(folder)).regimens) == 2
    assert files.read_site(kind(files.SITE)).example
    assert posology.site(kind(files.SITE)).example
    assert set(files.read_drugs(kind(files.FOLDER / "drugs"))) == set(LIBRARY.drugs)
    assert inspect([kind(folder)]).regimens == posology.check(kind(folder)).regimens == 2
    course = kind(tmp_path / "c.json")
    posology.save_course(course, RECORD)
    record, before = posology.open_course(course)
    assert record == RECORD
    revised = posology.revise(record, DELAY, LIBRARY, SITE, at=AT)
    posology.save_course(course, revised, before)
    with pytest.raises(PosologyError, match="changed by another"):
        posology.save_course(course, revised, before)
    with pytest.raises(PosologyError, match="never overwritten"):
        posology.save_course(course, revised)


def test_a_folder_is_read_with_its_own_drugs_and_combinations_else_with_the_shipped(tmp_path):
    folder = own(tmp_path)
    loaded = posology.load(folder)
    assert loaded.drugs == LIBRARY.drugs
    assert loaded.combinations == LIBRARY.combinations
    (folder / "drugs").mkdir()
    shutil.copy(files.FOLDER / "drugs" / "immunoglobulin.yaml", folder / "drugs")
    text = files.COMBINATIONS.read_text("utf-8")
    (folder / "combinations.yaml").write_text(
        re.sub(r"version: .*", "version: 99", text, count=1), "utf-8"
    )
    shutil.copy(files.SITE, folder / "our-hospital.yaml")
    loaded = posology.load(folder)
    assert list(loaded.regimens) == ["scleromyxedema-ivig", "scleromyxedema-ivig-thalidomide"]
    assert loaded.drugs.keys() == LIBRARY.drugs.keys()
    assert loaded.combinations.version == 99
    assert posology.load(folder / "scleromyxedema-ivig.yaml").combinations.version == 99


def test_a_folder_with_faults_tells_all_of_them_and_drops_nothing(tmp_path):
    folder = own(tmp_path)
    (folder / "first.yaml").write_text("name: x\n")
    (folder / "second.yaml").write_text("[\n")
    shutil.copy(folder / "scleromyxedema-ivig.yaml", folder / "third.yml")
    with pytest.raises(LibraryError) as caught:
        posology.load(folder)
    assert {one.file for one in caught.value.problems} == {"first.yaml", "second.yaml", "third.yml"}
    (tmp_path / "empty").mkdir()
    for call in (posology.load, posology.check):
        with pytest.raises(PosologyError, match="holds no"):
            call(tmp_path / "empty")
    with pytest.raises(LibraryError, match="is not a folder of drugs"):
        files.read_drugs(tmp_path / "none")


def test_a_course_of_ones_own_regimen_says_so_in_its_record(tmp_path):
    folder = own(tmp_path)
    assert posology.begin(COURSE, posology.load(folder), SITE, at=AT).origin == "library"
    file = folder / "scleromyxedema-ivig.yaml"
    file.write_text(file.read_text("utf-8") + "# ours\n", "utf-8")
    assert posology.begin(COURSE, posology.load(folder), SITE, at=AT).origin == "file"


def test_nothing_leaves_a_plan_that_is_stopped():
    light = posology.plan(COURSE.model_copy(update={"patient": COURSE.patient.model_copy(
        update={"weight": Quantity.parse("3 kg")})}), LIBRARY, SITE)  # fmt: skip
    assert light.stopped
    for call in (
        posology.calendar,
        posology.table,
        lambda one: posology.dose(one, "immunoglobulin"),
    ):
        with pytest.raises(PosologyError, match="the plan is stopped, nothing leaves: "):
            call(light)


def test_an_amount_may_be_given_as_a_quantity_and_a_day_as_a_date():
    made = posology.make(
        **{**INPUTS, "weight": Quantity.parse("70 kg"), "start": date(2027, 1, 11)}
    )
    assert made == COURSE
    assert isinstance(made, Course)
    with pytest.raises(QuantityError):
        Quantity.parse("170 cm")
