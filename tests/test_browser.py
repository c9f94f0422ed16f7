"""The page in a real browser: from opening it to a calendar, and no request to another host.

Needs Debian's chromium. Where it is missing the tests are skipped, except in CI.
"""

import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError, sync_playwright  # noqa: A004 - its own

from conftest import POSOLOGY
from serving import free_port, wait_for

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PICTURES = Path(__file__).parent / "pictures"
"""How each page looks (.png, for people) and what stands on it (.txt, compared).

To renew both: ``POSOLOGY_PICTURES=1 .venv/bin/python -m pytest tests/test_browser.py -k stands``,
then read the difference.
"""
RENEW = bool(os.environ.get("POSOLOGY_PICTURES"))
LONGEST = 300_000
"""Milliseconds to wait for what must come: it comes, however busy the machine is."""
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="needs chromium on the PATH"
    ),
]


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "server.txt"


@pytest.fixture(scope="module")
def address(log):
    port = free_port()
    with log.open("wb") as said:
        server = subprocess.Popen(
            [*POSOLOGY, "web", "--port", str(port), "--no-browser"],
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


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
    context.set_default_timeout(LONGEST)
    page = context.new_page()
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(f"{address}/?regimen=scleromyxedema-ivig")
    page.get_by_role("textbox", name="Weight", exact=True).wait_for()
    yield page
    context.close()
    assert hosts <= {address.split("/")[2]}, "no request leaves this machine"


def settled(page):
    """Wait until the page has been drawn anew, if it is."""
    page.wait_for_timeout(800)
    page.locator('[data-test-script-state="notRunning"]').wait_for()


def labelled(page, label):
    return page.get_by_role("textbox", name=label, exact=True)


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
    labelled(page, "Creatinine clearance").fill("80 mL/min")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Check and export").wait_for()


TICK = '[data-testid="stCheckbox"] label:has-text("I have looked at this")'


def tick(place, page):
    """Tick every finding that says review, one after the other."""
    place.locator(TICK).first.wait_for()
    for number in range(place.locator(TICK).count()):
        place.locator(TICK).nth(number).click()
        settled(page)


def check_and_export(page):
    """Open the dialog and tick; where the page was just being drawn anew, click again."""
    opened_dialog(page)
    tick(page.get_by_role("dialog"), page)
    page.get_by_role("button", name="Download calendar (.ics)").wait_for()


def opened_dialog(page):
    """Open the dialog; where the page was just being drawn anew, click again, as a person would."""
    for _ in range(60):
        page.get_by_role("button", name="Check and export").click()
        try:
            page.get_by_role("dialog").wait_for(timeout=5000)
        except TimeoutError:
            continue
        return
    pytest.fail("the dialog does not open")


def download(page, weight="70 kg"):
    """Click the button that says what it holds, as a person who reads it would."""
    with page.expect_download() as caught:
        page.get_by_role("button", name=f"Download calendar (.ics) for {weight} from").click()
    return caught.value.suggested_filename, Path(caught.value.path()).read_text("utf-8")


def test_from_an_empty_page_to_a_calendar(page):
    fill(page)
    check_and_export(page)
    name, text = download(page)
    assert re.fullmatch(r"course-[0-9a-f]{8}-r0-draft\.ics", name)
    assert text.count("DTSTART;TZID") == 30
    assert text.count("SUMMARY:DRAFT: immunoglobulin 30 g") == 18
    assert text.count("SUMMARY:DRAFT: immunoglobulin 25 g") == 12
    assert "weight" not in page.url
    assert "70" not in page.url.split("?")[1]


def test_a_download_never_holds_the_dose_before_the_last_change(page):
    fill(page)
    for fives in range(20):
        weight, dose = f"{50 + 5 * fives} kg", f"{20 + 2 * fives} g"
        box = page.get_by_role("textbox", name="Weight", exact=True)
        box.fill(weight)
        check_and_export(page)
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
    settled(page)
    for chosen in ("120 mg per cycle", "phosphate"):
        page.get_by_text(chosen, exact=True).click()
        settled(page)
    opened_dialog(page)
    ticks = page.get_by_role("dialog").locator(TICK)
    ticks.nth(8).wait_for()
    for number in range(ticks.count()):
        assert page.get_by_role("button", name="Download calendar (.ics)").count() == 0
        ticks.nth(number).click()
        settled(page)
    _, text = download(page, "61 kg")
    assert text.count("DTSTART;TZID") == 52 + 91 + 362


def test_from_a_bookmark_to_a_calendar_in_five_actions_and_a_tick_for_each_review(page, address):
    """The address of a protocol holds what it settles; a person gives weight, clearance and day.

    The two ticks are those of a draft regimen and of the example site.
    """
    protocol = (
        "regimen=scleromyxedema-ivig&cycles=6&immunoglobulin.every=1 month&immunoglobulin.days=1-5"
    )
    page.goto(f"{address}/?{protocol}")
    labelled(page, "Weight").fill("70 kg")  # 1
    labelled(page, "First dose on").fill("2027-01-11")  # 2
    labelled(page, "Creatinine clearance").fill("80 mL/min")  # 3
    page.keyboard.press("Tab")
    check_and_export(page)  # 4
    _, text = download(page)  # 5
    assert text.count("DTSTART;TZID") == 30


def test_the_address_keeps_the_protocol_and_nothing_of_the_patient(page):
    fill(page)
    settled(page)
    assert "cycles=6" in page.url
    assert "immunoglobulin.days=1-5" in page.url
    assert "70" not in page.url.split("?")[1]
    assert "2027" not in page.url


def test_by_keyboard_alone(page):
    def to(label):
        for _ in range(60):
            page.keyboard.press("Tab")
            named = page.evaluate(
                "(document.activeElement.getAttribute('aria-label') || "
                "document.activeElement.innerText || document.activeElement.value || '').trim()"
            )
            if named.startswith(label):
                return
        pytest.fail(f"{label} is not reached by Tab")

    to("Weight")
    page.keyboard.type("70 kg")
    to("First dose on")
    page.keyboard.type("2027-01-11")
    to("Cycles")
    page.keyboard.type("6")
    page.keyboard.press("Tab")
    settled(page)
    to("Creatinine clearance")
    page.keyboard.type("80 mL/min")
    page.keyboard.press("Tab")
    settled(page)
    for _ in range(2):  # both choices: to the first radio of each group, and pick it
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.type") == "radio":
                page.keyboard.press("Space")
                settled(page)
                break
    page.get_by_role("button", name="Check and export").wait_for()
    to("Check and export")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").locator(TICK).first.wait_for()
    settled(page)
    for _ in range(page.get_by_role("dialog").locator(TICK).count()):
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate(
                "document.activeElement.type === 'checkbox' && !document.activeElement.checked"
            ):
                page.keyboard.press("Space")
                settled(page)
                break
    page.get_by_role("button", name="Download calendar (.ics)").wait_for()
    settled(page)
    to("Download calendar (.ics)")
    with page.expect_download() as caught:
        page.keyboard.press("Enter")
    assert Path(caught.value.path()).read_text("utf-8").count("DTSTART;TZID") == 30


@pytest.mark.parametrize(
    "weight",
    ["70,5 kg", "70", "kg", "70 kgs", "70.5.1 kg", "-70 kg", "1e2 kg", "7O kg", "\u0667\u0660 kg",
     "70\u00a0kg", "0 kg", "9999 kg", "70 stone", "070 kg", "70 mg"],
)  # fmt: skip
def test_a_bad_weight_is_refused_and_the_dose_gone(page, weight):
    fill(page)
    page.get_by_text("30 g immunoglobulin").first.wait_for()
    labelled(page, "Weight").fill(weight)
    page.keyboard.press("Tab")
    page.locator('[data-testid="stAlert"]').first.wait_for()
    page.get_by_role("button", name="Check and export").wait_for(state="detached")
    assert page.get_by_text("30 g immunoglobulin").count() == 0


def test_a_day_that_does_not_exist_is_refused_and_the_dose_gone(page):
    fill(page)
    labelled(page, "First dose on").fill("2027-02-31")
    page.keyboard.press("Tab")
    page.get_by_text("is not a day of the calendar").wait_for()
    page.get_by_role("button", name="Check and export").wait_for(state="detached")
    assert page.get_by_text("30 g immunoglobulin").count() == 0


def test_a_reload_leaves_no_dose_behind(page):
    fill(page)
    page.reload()
    labelled(page, "Weight").wait_for()
    page.get_by_text("Still to give").wait_for()
    assert labelled(page, "Weight").input_value() == ""
    assert page.get_by_text("30 g immunoglobulin").count() == 0


def test_two_tabs_do_not_mix(page, address):
    other = page.context.new_page()
    other.goto(f"{address}/?regimen=scleromyxedema-ivig")
    labelled(other, "Weight").wait_for()
    fill(page, "70 kg")
    fill(other, "100 kg")
    for tab, weight, dose in ((page, "70 kg", "28 g"), (other, "100 kg", "40 g")):
        check_and_export(tab)
        _, text = download(tab, weight)
        assert text.replace("\n ", "").count(f"administrations = {dose}") == 30
    other.close()


def test_a_course_is_saved_reopened_revised_released_and_exported_again(page, address, tmp_path):
    fill(page, "84 kg")
    check_and_export(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download course file (.json)").click()
    saved = tmp_path / caught.value.suggested_filename
    caught.value.save_as(saved)
    page.goto(f"{address}/course")
    page.locator('input[type="file"]').set_input_files(saved)
    page.get_by_text("Computed again today, the course comes out the same.").wait_for()
    page.get_by_text("Choose a change; it is shown before it is kept.").wait_for()
    settled(page)
    page.get_by_role("combobox", name="Change").click()
    settled(page)
    page.keyboard.type("New measures")
    settled(page)
    page.keyboard.press("Enter")
    labelled(page, "New weight").fill("76 kg")
    labelled(page, "This cycle and all later").fill("3")
    labelled(page, "Reason").fill("weighed")
    page.keyboard.press("Tab")
    page.get_by_text("weight 76 kg, from cycle 3; reason: weighed").first.wait_for()
    page.get_by_text("is 9.5 % less than 84 kg").first.wait_for(state="attached")
    page.get_by_role("button", name="Keep this change").click()
    page.get_by_text("Kept in this session, not yet saved.").wait_for()
    settled(page)
    page.get_by_role("tab", name="Release").click()
    tick(page.get_by_role("tabpanel"), page)
    labelled(page, "Pharmacist").fill("A. Smith")
    labelled(page, "Second person").fill("B. Jones")
    labelled(page, "Weight, entered again").fill("84 kg, 76 kg")
    labelled(page, "Regimen's id, entered again").fill("scleromyxedema-ivig")
    page.keyboard.press("Tab")
    settled(page)
    page.get_by_role("button", name="Release", exact=True).click()
    page.get_by_text("by A. Smith, checked by B. Jones").first.wait_for()
    opened_dialog(page)
    name, text = download(page, "84 kg and 76 kg")
    assert re.fullmatch(r"course-[0-9a-f]{8}-r1\.ics", name)
    assert "DRAFT" not in text
    assert text.count("DTSTART;TZID") == 30
    assert text.replace("\n ", "").count("76 kg\\, actual weight") == 20


PAGES = {"plan": "?regimen=scleromyxedema-ivig", "regimens": "regimens", "check": "check",
         "course": "course", "about": "about"}  # fmt: skip


def opened(browser, address, name, width, scheme):
    context = browser.new_context(
        locale="en-GB", viewport={"width": width, "height": 1600}, color_scheme=scheme
    )
    context.set_default_timeout(LONGEST)
    page = context.new_page()
    page.goto(f"{address}/{PAGES[name]}")
    page.get_by_role("heading", level=1).first.wait_for()
    # What is drawn anew fades; half faded it would be judged as too pale.
    page.add_style_tag(content="*, *::before, *::after { transition: none !important }")
    if name == "plan":
        labelled(page, "Weight").wait_for()
        fill(page)
    if name == "regimens":
        page.get_by_text("Intravenous immunoglobulin (IVIG)").first.click()
        page.get_by_role("button", name="Run its").wait_for()
    settled(page)
    return context, page


def violations(page):
    return Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_used_by_all(browser, address, name, scheme):
    context, page = opened(browser, address, name, 1280, scheme)
    found = violations(page)
    assert found.violations_count == 0, found.generate_report()
    if name == "plan":
        check_and_export(page)
        settled(page)
        found = violations(page)
        assert found.violations_count == 0, found.generate_report()
    context.close()


PART = re.compile(
    r"- (heading|button|textbox|spinbutton|combobox|radio|checkbox|tab|link) \"[^\"]*\""
)


STREAMLITS_OWN = {"Link to heading", "Open", "Clear value", "Decrement", "Increment"}


def parts(page):
    """Name each heading and control in order, as a screen reader tells them.

    Fonts differ between machines, so that pictures cannot be compared; these do not differ.
    """
    found = [one[0] for one in PART.finditer(page.aria_snapshot())]
    return [one for one in found if one.split('"')[1] not in STREAMLITS_OWN]


def compared(page, name, width):
    """Compare what stands on a page with the kept list, or renew list and picture."""
    kept = PICTURES / f"{name}.txt"
    if RENEW:
        page.page.screenshot(path=PICTURES / f"{name}-{width}.png")
        kept.write_text("\n".join(parts(page)) + "\n", "utf-8")
    assert parts(page) == kept.read_text("utf-8").splitlines()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", PAGES)
def test_what_stands_on_every_page_is_what_is_kept(browser, address, name, width):
    """In either width the same headings and controls, in the same order, within the screen."""
    context, page = opened(browser, address, name, width, "light")
    compared(page.get_by_test_id("stMain"), name, width)
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
    assert not page.evaluate(too_wide), "the page scrolls sideways"
    if name == "plan":
        check_and_export(page)
        settled(page)
        compared(page.get_by_role("dialog"), "export", width)
    context.close()


def test_the_log_and_the_address_hold_nothing_of_the_patient(page, log):
    fill(page, "73.9 kg")
    page.get_by_text("More about the patient").click()
    labelled(page, "Course reference").fill("ZZ-7391")
    page.keyboard.press("Tab")
    settled(page)
    labelled(page, "Weight").fill("73,9 kg")
    page.keyboard.press("Tab")
    page.get_by_text("cannot be read as an amount").wait_for()
    for canary in ("73.9", "73,9", "ZZ-7391", "2027-01-11"):
        assert canary not in log.read_text("utf-8")
        assert canary not in page.url


def test_every_answer_forbids_what_the_page_does_not_need(address):
    with urllib.request.urlopen(address) as answer:
        headers = answer.headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    foreign = urllib.request.Request(address, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(foreign)
