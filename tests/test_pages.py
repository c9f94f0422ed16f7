"""The logic of the other pages: a changed input leaves nothing stale."""

import importlib.util
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from posology import library as files
from posology import record, web
from posology.course.commands import ALWAYS, COMMANDS, OPTIONS
from posology.course.inputs import make
from posology.model import Hold
from test_page import LONGEST, shown
from test_record import begin

UI = Path(__file__).parents[1] / "ui"
SPEC = importlib.util.spec_from_file_location("texts", UI / "views" / "texts.py")
TEXTS = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(TEXTS)
plain = TEXTS.plain


def opened(name):
    page = AppTest.from_file(str(UI / f"{name}.py"), default_timeout=LONGEST).run()
    assert not page.exception
    return page


def test_check_a_dose_opens_with_the_200_g_and_forgets_it_when_it_changes():
    page = opened("check")
    assert "400,000 times the largest single dose" in shown(page)
    page.text_input[0].input("200 mcg every other day").run()
    text = shown(page)
    assert "400,000" not in text
    assert "200 mcg each of octreotide, subcutaneous, every 2 days" in text
    page.text_input[0].input("200,5 mcg").run()
    assert "200 mcg each of octreotide, subcutaneous, every" not in shown(page)
    assert page.error
    page.selectbox[0].select("sirolimus").run()
    assert page.text_input[0].value == ""
    assert "octreotide" not in shown(page)


def test_regimens_are_found_by_drug_and_their_cases_run():
    page = opened("regimens")
    page.text_input[0].input("bortezomib").run()
    assert [one.label for one in page.expander if "note" not in one.label] == [
        "Bortezomib and dexamethasone, multiple myeloma after at least one treatment",
        "Bortezomib, lenalidomide and dexamethasone (VRd), multiple myeloma",
        "Bortezomib, thalidomide and dexamethasone (VTd), multiple myeloma, before a transplant",
        "Bortezomib once a week and dexamethasone, multiple myeloma",
        "Cyclophosphamide, bortezomib and dexamethasone (CyBorD), multiple myeloma",
        "Lenalidomide, bortezomib and dexamethasone (RVD-lite), multiple myeloma, not for a transplant",
    ]
    page.button[0].click().run()
    assert "6 of 6 cases come out" in [one.label for one in page.status]
    page.text_input[0].input("no such drug").run()
    assert page.info[0].value.startswith("No regimen has these words")


def test_a_pasted_file_is_checked_line_by_line():
    page = opened("regimens")
    text = (UI.parent / "regimens" / "scleromyxedema-ivig.yaml").read_text("utf-8")
    page.text_area[0].input(text.replace("dose: 2 g/kg per cycle", "doze: 2 g/kg"))
    page.text_input[1].input("mine").run()
    assert "mine.yaml:" in page.code[-1].value
    assert 'did you mean "dose"?' in page.code[-1].value
    page.text_area[0].input(text.replace("2 g/kg per cycle", "20 g/kg per cycle")).run()
    assert "20 g/kg" in shown(page)
    page.text_input[1].input("scleromyxedema-ivig").run()
    assert "immunoglobulin: dose 2 g/kg per cycle → 20 g/kg per cycle" in shown(page)


def test_the_about_page_says_what_is_not_checked():
    text = shown(opened("about"))
    assert "What it does not check yet" in text
    assert "No clinical safety officer has signed this" in text


def test_the_course_page_opens_empty_and_says_what_to_do():
    assert opened("open_course").info[0].value.startswith("Choose a course file")


@pytest.fixture
def course(library, site):
    page = opened("open_course")
    kept = begin(library, site)
    early = kept.revisions[0].model_copy(update={"at": datetime(2026, 11, 1, tzinfo=UTC)})
    raw = record.content(kept.model_copy(update={"revisions": (early,)}))
    page.file_uploader[0].set_value(("c.json", raw, "application/json"))
    page.run()
    assert not page.exception
    return page


def inputs(page):
    return {one.label: one for one in page.text_input}


def test_a_course_is_changed_with_a_preview_and_kept(course):
    assert "revision 0" in course.subheader[0].value
    course.selectbox[0].select("delay").run()
    assert "Still to give: the reason." in [one.value for one in course.info]
    inputs(course)["By how many days"].input("7")
    inputs(course)["One cycle"].input("2")
    inputs(course)["Reason"].input("fever").run()
    assert "moved  Mon 08-Feb-2027 08:00 → Mon 15-Feb-2027 08:00" in course.code[0].value
    inputs(course)["By how many days"].input("8").run()
    assert "Mon 15-Feb-2027 08:00" not in "".join(one.value for one in course.code)
    inputs(course)["By how many days"].input("7,5").run()
    assert course.error[0].value.startswith("By how many days: ")
    assert not [one for one in course.button if one.label == "Keep this change"]
    inputs(course)["By how many days"].input("7").run()
    next(one for one in course.button if one.label == "Keep this change").click().run()
    assert "revision 1" in course.subheader[0].value
    assert any(one.value.startswith("Kept in this session") for one in course.success)


def test_the_page_asks_for_all_that_each_change_takes(course):
    assert course.selectbox[0].options == [one.label for one in COMMANDS.values()]
    for command, one in COMMANDS.items():
        course.selectbox[0].select(command).run()
        assert not course.exception
        for name in (*one.takes, *ALWAYS):
            assert OPTIONS[name].label in inputs(course), f"{command}: {name}"


def test_a_release_needs_what_the_command_line_needs(course):
    def release():
        button = next(one for one in course.button if one.label == "Release")
        if not button.disabled:
            button.click().run()
        return button

    assert release().disabled
    for box in course.checkbox:
        if "I have looked at this" in box.label:
            box.check()
    inputs(course)["Pharmacist"].input("A. Smith")
    inputs(course)["Second person"].input("a smith")
    inputs(course)["Weight, entered again"].input("70 kg")
    inputs(course)["Regimen's id, entered again"].input("scleromyxedema-ivig").run()
    release()
    assert "the second person is the first" in course.error[0].value
    inputs(course)["Second person"].input("B. Jones")
    inputs(course)["Weight, entered again"].input("71 kg").run()
    release()
    assert "not the weight of this course" in course.error[0].value
    inputs(course)["Weight, entered again"].input("70 kg").run()
    release()
    assert not course.error
    assert "by A. Smith, checked by B. Jones" in shown(course)


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 100, b'{"posology course file": "1"}'])
def test_a_file_that_is_no_course_is_refused_and_the_last_one_gone(course, content):
    course.file_uploader[0].set_value(("x.json", content, "application/json"))
    course.run()
    assert course.error[0].value.startswith("The file ")
    assert "revision" not in shown(course)
    assert not course.subheader


TABS = f"""
import sys
sys.path.insert(0, {str(UI)!r})
from posology import library, plan
from posology.course.inputs import make
from views.doses import show_dates, show_sources
from views.months import show_timeline
course = make(regimen="scleromyxedema-dexamethasone-sirolimus-octreotide", weight="70 kg", start="2027-01-04",
              choices={{"dexamethasone.reading": "120 mg per cycle", "dexamethasone.salt": "phosphate"}})
computed = plan(course, library.load(), library.read_site())
show_timeline(computed)
show_dates(computed)
show_sources(computed)
"""


def test_the_other_tabs_show_every_dose_and_every_source():
    page = AppTest.from_string(TABS, default_timeout=LONGEST).run()
    assert not page.exception
    text = shown(page)
    assert "505 doses from Mon 04-Jan-2027 to " in text
    assert "**octreotide**: 200 mcg each" in text
    assert "Erratum: printed 200 g" in text
    assert "**Sources named above**" in text


LINK = "[Release](https://evil.example) ![x](//evil.example/x)"
AUTO = "www.evil.example a@evil.example <b>x</b>"


def values(page):
    """Every text of a page that is read as Markdown: with labels, without code and tables."""
    kinds = (page.markdown, page.error, page.warning, page.info, page.success, page.caption,
             page.subheader, page.title, page.checkbox, page.expander, page.tabs)  # fmt: skip
    for kind in kinds:
        for one in kind:
            yield from (str(getattr(one, "value", "")), str(getattr(one, "label", "")))


def test_no_text_of_a_file_or_a_person_is_markup_anywhere_on_the_course_page(tmp_path, monkeypatch):
    text = (UI.parent / "regimens" / "scleromyxedema-ivig.yaml").read_text("utf-8")
    name = next(line for line in text.splitlines() if line.startswith("name: "))
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(name, f"name: '{LINK}'", 1), "utf-8")
    own = tmp_path / "site.yaml"
    shipped = (UI.parent / "regimens" / "site.yaml").read_text("utf-8")
    own.write_text(shipped.replace("name: Example hospital", f"name: '{AUTO}'"), "utf-8")
    monkeypatch.setenv("POSOLOGY_SITE", str(own))
    shelf, place = files.load(path), files.read_site(own)
    course = make(regimen="mine", weight="70 kg", start="2027-01-11", cycles=2,
                  choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-4"})  # fmt: skip
    at = datetime(2026, 11, 1, tzinfo=UTC)
    kept, _ = record.begin(course, shelf, place, id_=UUID(int=7), at=at, own_file=True)
    hold = Hold(on=at.date(), reason=f"{LINK} {AUTO}", what="from 2027-02-08", by="[Dr](//evil.io)")
    kept, _ = record.revise(kept, hold, shelf, place, at)
    page = opened("open_course")
    page.file_uploader[0].set_value(("c.json", record.content(kept), "application/json"))
    page.run()
    next(one for one in page.button if one.label == "Check and export").click().run()
    assert not page.exception
    hostile = [one for one in [*values(page), *values(opened("about"))] if "evil" in one]
    assert len(hostile) > 3
    for one in hostile:
        for raw in ("[Release](", "![x]", "[Dr](", "https://", "www.evil", "a@evil", "<b>"):
            assert not re.search(rf"(?<!\\){re.escape(raw)}", one), one


@pytest.mark.parametrize("name", ["plan", "regimens", "check", "open_course", "about"])
def test_a_page_that_another_program_serves_shows_one_sentence(monkeypatch, name):
    monkeypatch.setattr(web, "is_served", lambda: False)
    page = opened(name)
    assert [one.value for one in page.error] == [
        "This page is served by Posology alone. Start it with: posology web"
    ]
    assert not [*page.text_input, *page.button, *page.file_uploader, *page.selectbox]


@pytest.mark.parametrize(
    "text",
    ["# x", "- x", "+ x", "1. x", "12) x", "> x", "= x", "a | b", "&lt;b&gt;", "HTTPS://x", "WWW.x", "**x**",
     "~~x~~", "$x$", "`x`", ":smile:", "![x](y)", "<i>"],
)  # fmt: skip
def test_every_sign_of_markdown_is_escaped(text):
    shown_as = plain(text)
    assert shown_as != text
    assert re.sub(r"\\(?=[^A-Za-z0-9\s])", "", shown_as) == text


@pytest.mark.parametrize(
    "text", ["1 x 20 g + 1 x 10 g", "2 g/kg x 70 kg = 140 g", "08:00", "5 - 6", "day 1-5"]
)
def test_an_amount_stays_as_it_is(text):
    assert plain(text) == text


COMPACT = f"""
import os, sys
sys.path.insert(0, {str(UI)!r})
import streamlit as st
from posology import library, plan
from posology.course.inputs import make
from views.export import ask_compact
course = make(regimen="scleromyxedema-dexamethasone-sirolimus-octreotide", weight="70 kg", start="2027-08-25",
              choices={{"dexamethasone.reading": "120 mg per cycle", "dexamethasone.salt": "phosphate"}})
computed = plan(course, library.load(), library.read_site(os.environ["POSOLOGY_SITE"]))
st.caption(f"compact: {{ask_compact(computed)}}")
"""


@pytest.mark.parametrize(("zone", "can"), [("Asia/Jerusalem", False), ("Europe/Dublin", True)])
def test_doses_that_cannot_be_repeated_in_a_zone_are_told_before_the_files(
    monkeypatch, tmp_path, zone, can
):
    text = files.SITE.read_text("utf-8").replace("Europe/Berlin", zone)
    (tmp_path / "mine.yaml").write_text(text, "utf-8")
    monkeypatch.setenv("POSOLOGY_SITE", str(tmp_path / "mine.yaml"))
    page = AppTest.from_string(COMPACT, default_timeout=LONGEST).run()
    assert [each.value for each in page.caption] == ["compact: False"]
    page.checkbox[0].check().run()
    assert [each.value for each in page.caption] == [f"compact: {can}"]
    told = [each.value for each in page.warning]
    assert told == [] if can else told[0].startswith(f"Not compact: in {zone} calendar programs")
