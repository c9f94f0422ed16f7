"""Names and references: one person is not two, and a reference says nothing of a birthday."""

from datetime import date

import pytest

from posology.course.inputs import make_change
from posology.errors import CourseError
from posology.model.people import could_be_one
from test_cli import GOOD
from test_courses_cli import PLAN

ONE = [
    ("A. Smith", "A. Smith"), ("A. Smith", "Alice Smith"), ("A. Smith", "Smith"), ("A. Smith", "a smith"),
    ("A. Smith", "A. S-mith"), ("Müller", "Muller"), ("Müller", "Mueller"), ("A. Smith", "A. Smit\u0301h"),
    ("A. Smith", "Smith, Alice"), ("A. Smith", "Dr A. Smith"), ("Dr. Smith", "Prof. Alice Smith"),
    ("A. B. Smith", "Alice Smith"), ("A. Smith", "Alice Beth Smith"), ("AS", "A. Smith"),
    ("AS", "Alice Smith"), ("ABS", "Alice Beth Smith"), ("Smith A", "A Smith"), ("O'Neill", "ONeill"),
    ("Anne-Marie Roy", "A. Roy"), ("Annemarie Roy", "Anne-Marie Roy"), ("Straße", "Strasse"),
    ("Łukasz Nowak", "Ł. Nowak"), ("А. Смит", "A. Smith"), ("Søren Ek", "S. Ek"), ("A.Smith", "A. Smith"),  ("A. Smith", "S. A. Smith"), ("Ann Roe", "Anna A. Roe"),
]  # fmt: skip
TWO = [
    ("A. Smith", "B. Jones"), ("A. Smith", "B. Smith"), ("Alice Smith", "Anna Smith"), ("A. Smith", "S. Adams"),
    ("AS", "BJ"), ("AS", "B. Jones"), ("Alice Smith", "Alice Jones"), ("Li Wei", "Wang Fang"),
    ("A. Smith", "A. Smythe"), ("Smith", "Smithson"), ("Dr A. Smith", "Dr B. Jones"), ("А. Смит", "Б. Иванов"),
    ("Jo Roe", "Joan Roe"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "other"), ONE)
def test_names_that_could_be_one_persons(name, other):
    assert could_be_one(name, other)
    assert could_be_one(other, name)


@pytest.mark.parametrize(("name", "other"), TWO)
def test_names_of_two_people(name, other):
    assert not could_be_one(name, other)
    assert not could_be_one(other, name)


@pytest.mark.parametrize("second", [other for name, other in ONE if name == "A. Smith"])
def test_a_second_name_that_could_be_the_firsts_is_refused_and_says_what_to_write(run, second):
    with pytest.raises(CourseError, match=r"differ|both names in full"):
        make_change("reduce", on=date(2027, 1, 4), reason="x", what="cycle 2",
                    to="1 g/kg per cycle", by="A. Smith", checked_by=second)  # fmt: skip
    assert run(*(text.replace("2031", "2027") for text in PLAN)).code == 0
    done = run(
        "release", "c.json", "--by", "A. Smith", "--checked-by", second, "--weight", "70 kg",
        "--regimen", "scleromyxedema-ivig",
    )  # fmt: skip
    assert done.code == 2
    assert "both names in full" in done.err or "the second person is the first" in done.err


@pytest.mark.parametrize("reference", ["JD-1980", "A-1980", "JD1961", "ABC-1961", "A-2004"])
def test_initials_and_a_year_of_birth_are_no_reference(run, reference):
    done = run(*GOOD, "--course", reference)
    assert done.code == 2
    assert "--course: " in done.err
    assert "of birth" in done.err


@pytest.mark.parametrize("reference", ["JD-61", "JD61", "ABC-61", "IG-01", "IG-42"])
def test_a_reference_of_two_digits_is_noted(run, reference):
    """They may be a year of birth, or a serial number."""
    done = run(*GOOD, "--course", reference)
    assert done.code == 0
    assert f"reference-year: the reference {reference} could be" in done.out


@pytest.mark.parametrize("reference", ["IG-0042", "IG-1", "IG-142", "IG-3042", "IG-30420"])
def test_a_pseudonym_is_a_reference(run, reference):
    assert run(*GOOD, "--course", reference).code == 0


@pytest.mark.parametrize(
    "reason",
    [
        "漢字",
        "שלום",
        "مرحبا",
        "😀",
        "👩‍⚕️",
        "हिन्दी",
        "ไทย",
        "한국어",
        "Ԁ",
        "𝒜",
        "ЖЯ",
        "Ωμέγα",
        "ǅ",
        "→ ≥ ½ µ",
        "ffi ﬁ",
    ],
)
def test_every_paper_can_be_made_whatever_the_script_of_a_reason(run, tmp_path, reason):
    assert run(*(text.replace("2031", "2027") for text in PLAN)).code == 0
    held = run(
        "revise", "c.json", "hold", "--from", "2027-02-01", "--reason", reason, "--take", "1"
    )
    assert held.code in (0, 2), held.err
    done = run("course", "c.json", "--worksheet", "--patient", "--ics", "--xlsx", "--csv")
    assert done.code == 0, done.err
    assert len(list(tmp_path.glob("*.pdf"))) == 2
