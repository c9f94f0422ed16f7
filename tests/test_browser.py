"""The page in a real browser: from opening it to a calendar, and no request to another host.

Needs Debian's chromium. Where it is missing the tests are skipped, except in CI.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PICTURES = Path(__file__).parent / "pictures"
"""Renewed where the environment says POSOLOGY_PICTURES=1; else written aside."""
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="needs chromium on the PATH"
)


@pytest.fixture(scope="module")
def address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "posology", "web", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(150):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                    break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                  "--disable-background-networking"],
        )  # fmt: skip
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, address):
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(f"{address}/?regimen=scleromyxedema-ivig")
    page.get_by_role("textbox", name="Weight", exact=True).wait_for()
    yield page
    context.close()
    assert hosts <= {address.split("/")[2]}, "no request leaves this machine"


def fill(page, weight="70 kg"):
    page.get_by_role("textbox", name="Weight", exact=True).fill(weight)
    page.keyboard.press("Tab")
    page.get_by_role("textbox", name="First dose on", exact=True).fill("2027-01-11")
    page.keyboard.press("Tab")
    page.get_by_text("Understood as Mon 11-Jan-2027").wait_for()
    page.get_by_role("spinbutton", name="Cycles").fill("6")
    page.keyboard.press("Tab")
    page.get_by_text("1 month", exact=True).click()
    page.get_by_text("1-5", exact=True).click()
    page.get_by_role("button", name="Check and export").wait_for()


def download(page, weight="70 kg"):
    """Click the button that says what it holds, as a person who reads it would."""
    with page.expect_download() as caught:
        page.get_by_role("button", name=f"Download calendar (.ics) for {weight} from").click()
    return caught.value.suggested_filename, Path(caught.value.path()).read_text("utf-8")


def test_from_an_empty_page_to_a_calendar(page):
    fill(page)
    page.get_by_role("button", name="Check and export").click()
    name, text = download(page)
    assert re.fullmatch(r"scleromyxedema-ivig-[0-9a-f]{8}-r0-draft\.ics", name)
    assert text.count("BEGIN:VEVENT") == 30
    assert text.count("SUMMARY:DRAFT: immunoglobulin 30 g") == 18
    assert text.count("SUMMARY:DRAFT: immunoglobulin 25 g") == 12
    assert "weight" not in page.url
    assert "70" not in page.url.split("?")[1]


def test_a_download_never_holds_the_dose_before_the_last_change(page):
    fill(page)
    for tens in range(8):
        weight, dose = f"{50 + 10 * tens} kg", f"{20 + 4 * tens} g"
        box = page.get_by_role("textbox", name="Weight", exact=True)
        box.fill(weight)
        page.get_by_role("button", name="Check and export").click()
        page.get_by_role("dialog").get_by_text(f"Computed for {weight}").wait_for()
        _, text = download(page, weight)
        assert text.replace("\n ", "").count(f"administrations = {dose}\\n") == 30
        page.get_by_role("button", name="Close").click()
        page.get_by_role("dialog").wait_for(state="detached")


def test_a_decimal_comma_is_refused_and_the_dose_gone(page):
    fill(page)
    page.get_by_text("30 g immunoglobulin").first.wait_for()
    page.get_by_role("textbox", name="Weight", exact=True).fill("70,5 kg")
    page.keyboard.press("Tab")
    page.get_by_text("cannot be read as an amount").wait_for()
    assert page.get_by_text("30 g immunoglobulin").count() == 0
    assert page.get_by_role("button", name="Check and export").count() == 0


def test_files_come_when_every_review_is_ticked(page, address):
    page.goto(f"{address}/?regimen=scleromyxedema-dexamethasone-sirolimus-octreotide")
    page.get_by_role("textbox", name="Weight", exact=True).fill("61 kg")
    page.get_by_role("textbox", name="First dose on", exact=True).fill("2027-01-04")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Check and export").click()
    ticks = page.get_by_role("dialog").locator('[data-testid="stCheckbox"] label')
    ticks.nth(6).wait_for()
    for number in range(7):
        assert page.get_by_role("button", name="Download calendar (.ics)").count() == 0
        ticks.nth(number).click()
    _, text = download(page, "61 kg")
    assert text.count("BEGIN:VEVENT") == 52 + 91 + 362


@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_can_be_used_by_all_and_looks_as_pictured(page, width, tmp_path):
    page.set_viewport_size({"width": width, "height": 1600})
    fill(page)
    page.wait_for_timeout(800)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    folder = PICTURES if os.environ.get("POSOLOGY_PICTURES") else tmp_path
    page.screenshot(path=folder / f"plan-{width}.png")
    page.get_by_role("button", name="Check and export").click()
    page.get_by_role("button", name="Download calendar (.ics)").wait_for()
    page.wait_for_timeout(800)
    page.screenshot(path=folder / f"export-{width}.png")
