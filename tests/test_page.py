"""The page's logic: it asks for what is missing, and never shows a stale dose."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from conftest import READ_AS
from posology.library import SITE

APP = str(Path(__file__).parents[1] / "ui" / "plan.py")


LONGEST = 600
"""Seconds: AppTest wants a number, and no busy machine may reach it."""


@pytest.fixture
def page():
    page = AppTest.from_file(APP, default_timeout=LONGEST)
    page.run()
    assert not page.exception
    return page


def fill(page, weight="70 kg", every="1 month", days="1-5", cycles=6):
    page.selectbox[0].select("scleromyxedema-ivig").run()
    page.text_input[0].input(weight)
    page.text_input[1].input("2027-01-11")
    page.number_input[0].set_value(cycles)
    page.radio[0].set_value(every)
    page.radio[1].set_value(days)
    return page.run()


def shown(page):
    """Everything on the page that is not an input."""
    kinds = (page.markdown, page.error, page.warning, page.info, page.caption, page.get("html"))
    return "\n".join(str(getattr(one, "value", "") or one) for kind in kinds for one in kind)


def test_it_opens_empty_and_says_what_to_do(page):
    assert page.info[0].value.startswith("Choose a regimen")
    assert not page.button


def test_it_names_what_is_still_missing(page):
    page.selectbox[0].select("scleromyxedema-ivig").run()
    assert page.info[0].value == (
        "Still to give: the weight, the first day, the number of cycles, how often immunoglobulin "
        "is given, the days of immunoglobulin in its cycle."
    )


def test_it_shows_the_dose_with_its_working(page):
    text = shown(fill(page))
    assert "30 g immunoglobulin" in text
    assert "1 x 20 g + 1 x 10 g, 300 mL, Privigen 10 %" in text
    assert "besides" not in text, "no text of the code is shown"
    assert "2 g/kg x 70 kg = 140 g; / 5 administrations = 28 g" in text
    assert [one.label for one in page.button] == ["Check and export"]


@pytest.mark.parametrize(
    ("change", "gone", "here"),
    [
        (lambda page: page.text_input[0].input("80 kg"), "28 g", "32 g"),
        (lambda page: page.radio[1].set_value("1-4"), "28 g", "35 g"),
        (lambda page: page.radio[0].set_value("4 weeks"), "Tue 15-Jun-2027", "Fri 04-Jun-2027"),
        (lambda page: page.number_input[0].set_value(2), "840 g", "280 g"),
        (lambda page: page.text_input[1].input("2027-01-12"), "Mon 11-Jan-2027",
         "Tue 12-Jan-2027"),
        (lambda page: page.text_input[0].input("70,5 kg"), "28 g", "cannot be read as an amount"),
        (lambda page: page.text_input[0].input(""), "28 g", "Still to give: the weight"),
        (lambda page: page.text_input[0].input("1.5 kg"), " g immunoglobulin", "Stop"),
        (lambda page: page.text_input[1].input("2027-02-30"), "28 g", "not a day of the calendar"),
        (lambda page: page.text_input[1].input("11/01/2027"), "28 g", "as in 2027-01-11"),
        (lambda page: page.selectbox[0].select(
            "scleromyxedema-dexamethasone-sirolimus-octreotide"), "28 g", "Still to give: the weight, the first day, how the dose of dexamethasone is read, the salt"),
    ],
)  # fmt: skip
def test_a_changed_input_leaves_no_stale_number(page, change, gone, here):
    fill(page)
    change(page)
    page.run()
    text = shown(page)
    assert gone not in text
    assert here in text
    assert not page.exception


def test_measures_still_to_give_are_asked_for_without_an_error(page):
    page.selectbox[0].select("myeloma-bortezomib-dexamethasone").run()
    page.text_input[0].input("70 kg")
    page.text_input[1].input("2027-01-11")
    page.number_input[0].set_value(2)
    page.run()
    assert not page.error
    assert page.info[0].value == "Still to give: height."
    page.text_input[2].input("170 cm").run()
    assert "2.375 mg bortezomib" in shown(page)


def test_a_regimen_without_doses_is_shown_and_asks_for_nothing(page):
    page.selectbox[0].select("scleromyxedema-melphalan-dexamethasone-thalidomide").run()
    assert not page.text_input
    assert "states no dose of melphalan and dexamethasone and thalidomide" in page.warning[0].value
    assert "we have not read it" in page.code[0].value
    assert not page.exception


def test_nothing_is_downloaded_from_the_live_page(page):
    fill(page)
    by_label(page.text_input, "Creatinine clearance").input("90 mL/min").run()
    assert not page.get("download_button")
    page.button[0].click().run()
    assert not page.get("download_button")
    for box in page.checkbox:
        box.check()
    page.button[0].click().run()  # the dialog is open for one run of the test's page
    assert len(page.get("download_button")) == 6


def test_no_file_is_given_while_a_review_is_not_ticked(page):
    triple(page)
    page.button[0].click().run()
    assert len(page.checkbox) == 10
    assert not page.get("download_button")


def triple(page):
    page.selectbox[0].select("scleromyxedema-dexamethasone-sirolimus-octreotide").run()
    page.text_input[0].input("70 kg")
    page.text_input[1].input("2027-01-04")
    by_label(page.text_input, "Age").input("58 years")
    by_label(page.radio, "Sex").set_value("male")
    for name, value in READ_AS.items():
        page.radio(key=f"Pulse dexamethasone, sirolimus and octreotide.{name}").set_value(value)
    return page.run()


def test_findings_are_told_by_word(page):
    triple(page)
    assert len(page.warning) == 10
    assert all(one.value.startswith("**Review** — ") for one in page.warning)


def test_a_stopped_plan_shows_no_dose(page):
    fill(page, weight="1.5 kg")
    assert not page.button
    assert not page.get("html")[1:]
    assert page.error[0].value.startswith("**Stop** — 1.5 kg lies outside")


def test_the_site_file_of_the_environment_is_used(monkeypatch, tmp_path):
    text = SITE.read_text("utf-8").replace("Europe/Berlin", "Australia/Sydney")
    (tmp_path / "mine.yaml").write_text(text.replace("Example hospital", "St Elsewhere"), "utf-8")
    monkeypatch.setenv("POSOLOGY_SITE", str(tmp_path / "mine.yaml"))
    st.cache_resource.clear()
    page = fill(AppTest.from_file(APP, default_timeout=LONGEST).run())
    st.cache_resource.clear()
    assert "Australia/Sydney" in shown(page)
    assert "St Elsewhere" in shown(page)
    assert "example site" not in shown(page)


def by_label(elements, label):
    (found,) = [one for one in elements if one.label == label]
    return found


@pytest.mark.parametrize(
    ("change", "here"),
    [
        (
            lambda page: by_label(page.selectbox, "Product of immunoglobulin").select("octagam"),
            "Octagam 10 %",
        ),
        (
            lambda page: by_label(page.multiselect, "Risks").select("no-paraproteinaemia"),
            "immune-thrombocytopenia, the lowest of the brand's",
        ),
        (
            lambda page: by_label(page.text_input, "Immunoglobulin last given on").input("2026-12-14"),
            "Ladder of Privigen 10 %: a later infusion",
        ),
        (
            lambda page: by_label(page.text_input, "Other medicines, with commas between").input(
                "thalidomide, warfarin"
            ),
            "warfarin is not in the table of combinations",
        ),
        (
            lambda page: by_label(page.text_input, "Weight before").input("154 kg"),
            "kg typed as pounds?",
        ),
        (lambda page: by_label(page.text_input, "Weighed on").input("2026-11-01"), "measure again"),
        (lambda page: by_label(page.text_input, "Age").input("70"), "is no age"),
    ],
)  # fmt: skip
def test_what_is_given_besides_is_judged(page, change, here):
    fill(page)
    change(page)
    page.run()
    text = shown(page) + "".join(one.value for one in page.code)
    assert here in text


def test_a_tick_does_not_pass_to_another_plan(page):
    triple(page)
    page.button[0].click().run()
    for box in page.checkbox:
        box.check()
    page.run()
    page.text_input[0].input("30 kg").run()
    page.button[0].click().run()
    assert len(page.checkbox) == 11, "the weight is now reviewed too"
    assert not any(box.value for box in page.checkbox)
    assert not page.get("download_button")


def test_what_was_typed_is_quoted_as_it_was_typed(page):
    fill(page, weight="**70** `kg` $a$ :red[x] ~1~")
    (said,) = [one.value for one in page.error]
    assert r"\*\*70\*\* \`kg\` \$a\$ \:red\[x\] \~1\~" in said
