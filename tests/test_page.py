"""The page's logic: it asks for what is missing, and never shows a stale dose."""

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

APP = str(Path(__file__).parents[1] / "ui" / "app.py")


@pytest.fixture
def page():
    page = AppTest.from_file(APP, default_timeout=20)
    page.run()
    assert not page.exception
    return page


def fill(page, weight="70 kg", every="1 month", days="1-5", cycles=6):
    page.selectbox[0].select("scleromyxedema-ivig").run()
    page.text_input[0].input(weight)
    page.date_input[0].set_value(date(2027, 1, 11))
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
        "Still to give: the weight, the first day, the number of cycles, immunoglobulin.every, "
        "immunoglobulin.days."
    )


def test_it_shows_the_dose_with_its_working(page):
    text = shown(fill(page))
    assert "28 g immunoglobulin" in text
    assert "2 g/kg x 70 kg = 140 g; / 5 administrations = 28 g" in text
    assert [one.label for one in page.button] == ["Check and export"]


@pytest.mark.parametrize(
    ("change", "gone", "here"),
    [
        (lambda page: page.text_input[0].input("80 kg"), "28 g", "32 g"),
        (lambda page: page.radio[1].set_value("1-4"), "28 g", "35 g"),
        (lambda page: page.radio[0].set_value("4 weeks"), "Sun 13-Jun-2027", "Mon 08-Feb-2027"),
        (lambda page: page.number_input[0].set_value(2), "840 g", "280 g"),
        (lambda page: page.date_input[0].set_value(date(2027, 1, 12)), "Mon 11-Jan-2027",
         "Tue 12-Jan-2027"),
        (lambda page: page.text_input[0].input("70,5 kg"), "28 g", "cannot be read as an amount"),
        (lambda page: page.text_input[0].input(""), "28 g", "Still to give: the weight"),
        (lambda page: page.text_input[0].input("1.5 kg"), "Check and export", "Stop"),
        (lambda page: page.selectbox[0].select(
            "scleromyxedema-dexamethasone-sirolimus-octreotide"), "28 g", "200 mcg octreotide"),
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


def test_nothing_is_downloaded_from_the_live_page(page):
    fill(page)
    assert not page.get("download_button")
    page.button[0].click().run()
    assert len(page.get("download_button")) == 1


def test_findings_are_told_by_word(page):
    page.selectbox[0].select("scleromyxedema-dexamethasone-sirolimus-octreotide").run()
    page.text_input[0].input("70 kg")
    page.date_input[0].set_value(date(2027, 1, 4))
    page.run()
    assert len(page.warning) == 4
    assert all(one.value.startswith("**Review** — ") for one in page.warning)
