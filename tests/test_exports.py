"""Spreadsheets, worksheets, patients' calendars, months: what they say is what the plan says."""

import io
from datetime import date, datetime

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from posology import plan, record
from posology.checks.question import ask
from posology.checks.reading import read
from posology.course.inputs import make
from posology.errors import QuantityError
from posology.export.months import months, spans
from posology.export.sheet import patient_calendar, worksheet
from posology.export.table import COLUMNS, rows
from posology.export.workbook import xlsx_bytes
from posology.model import Give
from test_record import begin, revise, sign, why

THALIDOMIDE = {
    "regimen": "myeloma-thalidomide-dexamethasone", "weight": "61 kg", "start": "2027-01-11",
    "cycles": 2, "sex": "female", "age": "70 years",
}  # fmt: skip


@pytest.fixture(scope="module")
def ivig(library, site):
    course = make(
        regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=2,
        choices={"immunoglobulin.every": "1 month", "immunoglobulin.days": "1-5"},
    )  # fmt: skip
    return plan(course, library, site)


def words(content):
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split()
    )


def test_the_spreadsheet_holds_every_row_with_real_dates(ivig):
    book = load_workbook(io.BytesIO(xlsx_bytes(ivig)))
    sheet = book["Administrations"]
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    read = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert len(read) == len(ivig.administrations)
    assert [row[1] for row in read] == [
        datetime.combine(one.at.date(), datetime.min.time()) for one in ivig.administrations
    ]
    for mine, row in zip(rows(ivig), read, strict=True):
        assert [cell for place, cell in enumerate(mine) if place != 1] == [
            cell or "" for place, cell in enumerate(row) if place != 1
        ]


def test_no_text_of_a_spreadsheet_is_a_formula(library, site):
    kept = begin(library, site)
    changed = Give(
        **why(reason="=1+1", doses={"immunoglobulin.c1.d1.t1": "35 g on 2027-01-04 at 08:00"})
    )
    computed = record.planned(revise(kept, changed, library, site), library, site)
    book = load_workbook(io.BytesIO(xlsx_bytes(computed)))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


@pytest.mark.parametrize("make_file", [xlsx_bytes, worksheet, patient_calendar])
def test_the_same_plan_gives_the_same_bytes(ivig, make_file):
    assert make_file(ivig) == make_file(ivig)


def test_the_worksheet_says_all_that_a_second_person_needs(ivig):
    text = words(worksheet(ivig))
    for phrase in (
        "DRAFT", "70 kg, actual weight", "2 g/kg x 70 kg = 140 g; / 5 administrations = 28 g",
        "140 g = 25 + 25 + 30 + 30 + 30 g", "1 x 20 g + 1 x 10 g", "Second check",
        "21 mL/h", "138 mL/h", "Guarneri", ivig.regimen_sha256[:16], "page 1 of 4",
    ):  # fmt: skip
        assert phrase in text, phrase
    assert text.count("immunoglobulin, intravenous; cycle") == 10


def test_the_papers_are_tagged_and_titled(ivig):
    for content in (worksheet(ivig), patient_calendar(ivig)):
        reader = PdfReader(io.BytesIO(content))
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
        assert reader.trailer["/Root"]["/Lang"] == "en-GB"
        assert reader.metadata.title


def test_the_patients_calendar_is_plain_and_names_nobody(library, site):
    computed = plan(make(**THALIDOMIDE), library, site)
    text = words(patient_calendar(computed))
    assert "DRAFT. Not yet released: please do not use it." in text
    assert "thalidomide: 4 capsules of 50 mg by mouth, 200 mg in all" in text
    assert "mg/kg" not in text
    assert text.count("by mouth") == len(computed.administrations)


def test_a_part_of_a_dose_is_never_shown_with_all_its_containers(library, site):
    kept = begin(library, site)
    part = Give(**why(doses={"immunoglobulin.c1.d1.t1": "12 g on 2027-01-04 at 08:00"}))
    computed = record.planned(revise(kept, part, library, site), library, site)
    assert computed.administrations[0].ready is None
    line = next(part for part in words(worksheet(computed)).split("Mon 04-Jan-2027 08:00 ")[1:])
    assert line.startswith("12 g immunoglobulin, intravenous; cycle 1, day 1; given, planned 35 g")
    assert " x " not in line.partition("Tue 12-Jan")[0]


@pytest.mark.parametrize(
    ("reason", "printed"), [("\u4f53\u91cd", "(U+4F53)(U+91CD)"), ("\U0001f600", "(U+1F600)")]
)
def test_a_letter_that_the_fonts_lack_is_printed_as_its_number(library, site, reason, printed):
    kept = begin(library, site)
    changed = Give(
        **why(reason=reason, doses={"immunoglobulin.c1.d1.t1": "35 g on 2027-01-04 at 08:00"})
    )
    computed = record.planned(revise(kept, changed, library, site), library, site)
    pages = PdfReader(io.BytesIO(worksheet(computed))).pages
    assert printed in "".join(page.extract_text() for page in pages).replace("\n", "")


def test_every_page_of_a_draft_for_the_patient_says_so(library, site):
    computed = plan(make(**THALIDOMIDE), library, site)
    pages = PdfReader(io.BytesIO(patient_calendar(computed))).pages
    assert len(pages) > 1
    assert all("DRAFT" in page.extract_text() for page in pages)


def test_a_released_paper_says_by_whom(library, site):
    kept = sign(begin(library, site), library, site)
    text = words(worksheet(record.planned(kept, library, site)))
    assert "RELEASED Mon 04-Jan-2027 by A. Smith, checked by B. Jones" in text
    assert "DRAFT" not in text


@pytest.mark.parametrize(
    "text", ["#import x", "*bold*", "$x$", "\\u{41}", "#sys.inputs", "@ref <a>"]
)
def test_no_text_is_taken_for_markup(library, site, text):
    kept = begin(library, site)
    changed = Give(
        **why(reason=text, doses={"immunoglobulin.c1.d1.t1": "35 g on 2027-01-04 at 08:00"})
    )
    computed = record.planned(revise(kept, changed, library, site), library, site)
    assert text in words(worksheet(computed))


def test_every_dose_and_item_stands_on_its_day_of_the_month(library, site):
    computed = plan(
        make(**{**THALIDOMIDE, "age": "40 years", "pregnancy_possible": "yes"}), library, site
    )
    cells = [
        cell for month in months(computed) for week in month.weeks for cell in week if cell.day
    ]
    assert len({cell.day for cell in cells}) == len(cells)
    assert [one for cell in cells for one in cell.doses] == list(computed.administrations)
    assert sum(len(cell.to_do) for cell in cells) == len(computed.items)
    assert all(one.at.date() == cell.day for cell in cells for one in cell.doses)
    assert months(computed)[0].name == "December 2026"


def test_days_off_and_the_beginning_of_cycles_are_marked(ivig):
    cells = {
        cell.day: cell
        for month in months(ivig)
        for week in month.weeks
        for cell in week
        if cell.day
    }
    assert not cells[date(2027, 1, 16)].working
    assert not cells[date(2027, 1, 1)].working, "a public holiday"
    assert cells[date(2027, 1, 12)].working
    assert [day for day, cell in cells.items() if cell.begins] == [
        date(2027, 1, 11),
        date(2027, 2, 11),
    ]


def test_bars_hold_every_dose(library, site, ivig):
    for computed in (ivig, plan(make(**THALIDOMIDE), library, site)):
        assert sum(one.doses for one in spans(computed)) == len(computed.administrations)
    assert str(spans(ivig)[0]) == (
        "immunoglobulin, cycle 1: 5 doses, Mon 11-Jan-2027 to Fri 15-Jan-2027"
    )


@pytest.mark.parametrize("text", ["200 g subcutaneously every other day", "octreotide 200 g", "200 g daily"])  # fmt: skip
def test_each_net_alone_catches_the_200_g(library, text):
    answer = ask(text, "octreotide", "subcutaneous", library)
    for found in (answer.plausible, answer.quoted, answer.feasible):
        assert "stop" in [one.level for one in found]
    assert "400,000 times the largest" in answer.plausible[0].message
    assert "the page lost the micro sign" in answer.quoted[0].message
    assert "400,000 ampoules" in answer.feasible[0].message


@pytest.mark.parametrize(
    ("drug", "route", "text"),
    [
        ("octreotide", "subcutaneous", "200 mcg every other day"),
        ("immunoglobulin", "intravenous", "2 g/kg over 5 days every month"),
        ("sirolimus", "oral", "1 mg twice daily"),
        ("dexamethasone", "oral", "40 mg daily on days 1-4"),
    ],
)
def test_what_the_sources_state_passes_every_net(library, drug, route, text):
    assert ask(text, drug, route, library).worst is None


@pytest.mark.parametrize(
    "text",
    ["200 mcg every hour", "200 mcg hourly", "200 mcg 10 times", "200 mcg every Monday", "200 mcg twice weekly",
     "20 mg LAR", "200 mcg orally", "dexamethasone 200 mcg", "200 mcg days 5-1", "200 mcg days 1-400",
     "200 mcg every 2 weeks days 1-20", "1 \u00d7 10^3 mcg", "100.000 mcg", "200 mcg every 0 days",
     "200 mcg every 9999 days", "x" * 500],
)  # fmt: skip
def test_what_is_not_understood_is_refused_and_never_called_well(library, text):
    with pytest.raises(QuantityError):
        ask(text, "octreotide", "subcutaneous", library)


def test_without_a_rhythm_nothing_is_called_well(library):
    assert ask("200 mcg", "octreotide", "subcutaneous", library).worst == "review"


def test_what_is_asked_is_kept_for_nobody(library):
    before = read.cache_info().currsize
    ask("137 mcg every other day", "octreotide", "subcutaneous", library)
    assert read.cache_info().currsize == before


def test_a_word_that_is_not_known_is_never_dropped(library):
    with pytest.raises(QuantityError, match="is not understood"):
        ask("200 mcg every other day for Mrs Canary", "octreotide", "subcutaneous", library)


@pytest.mark.parametrize("text", ["200", "", "200 mcg and 300 mcg", "2-4 mg"])
def test_a_question_without_one_dose_is_refused(library, text):
    with pytest.raises(QuantityError, match="write one dose with its unit"):
        ask(text, "octreotide", "subcutaneous", library)
