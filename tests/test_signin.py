"""People sign in with the accounts of their hospital; names are taken from there, and not typed."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from uuid import UUID

import pytest

from conftest import POSOLOGY
from posology import library as files
from posology import record, signin
from posology.course.inputs import make
from posology.errors import CourseError, PosologyError
from serving import free_port, wait_for
from test_browser import CHROMIUM, LONGEST, TICK, settled

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
GOOD = {
    "server_metadata_url": "https://login.example/.well-known/openid-configuration",
    "client_id": "posology", "client_secret": "s", "cookie_secret": "c" * 40,
    "redirect_uri": "https://posology.example/oauth2callback",
}  # fmt: skip
ALICE, BOB = "Alice Smith (alice@hospital.example)", "Bob Jones (bob@hospital.example)"


def written(tmp_path, mode=0o600, **more):
    path = tmp_path / "signin.toml"
    entries = {**GOOD, **more}
    path.write_text("".join(f'{key} = "{value}"\n' for key, value in entries.items() if value))
    path.chmod(mode)
    return path


def test_a_file_says_how_people_sign_in(tmp_path):
    assert signin.read(written(tmp_path)) == GOOD


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"mode": 0o644}, "let its owner alone read it"),
        ({"client_id": ""}, "client_id is missing"),
        ({"client": "x"}, '"client" is no key of it'),
        ({"server_metadata_url": "http://login.example/x"}, "must begin with https://"),
        ({"redirect_uri": "https://posology.example/callback"}, "must end with /oauth2callback"),
        ({"cookie_secret": "short"}, "cookie_secret needs 32 letters or more"),
        ({"client_id": 'x"y'}, "signin.toml"),
    ],
)
def test_a_file_that_does_not_is_refused(tmp_path, more, told):
    with pytest.raises(PosologyError, match=re.escape(told)):
        signin.read(written(tmp_path, **more))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PosologyError, match="cannot be read: No such file"):
        signin.read(tmp_path / "none.toml")
    (tmp_path / "b.toml").write_bytes(b"\xff")
    (tmp_path / "b.toml").chmod(0o600)
    with pytest.raises(PosologyError, match="it is no text"):
        signin.read(tmp_path / "b.toml")


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Alice Smith", "email": "alice@hospital.example"}, ALICE),
        ({"email": "alice@hospital.example"}, "alice@hospital.example"),
        ({"name": " ", "preferred_username": "asmith", "sub": "77"}, "asmith"),
        ({"name": "A" * 60, "sub": "7712"}, "7712"),
        ({"name": "Alice", "email": "a@b.c", "email_verified": False}, None),
        ({"name": "Alice"}, None),
        ({"sub": 7}, None),
    ],
)
def test_a_name_is_that_of_the_account(claims, name):
    if name is None:
        with pytest.raises(PosologyError, match="does not say, or has not checked"):
            signin.name_of(claims)
    else:
        assert signin.name_of(claims) == name


def test_a_session_ends_when_its_token_expires():
    assert not signin.has_ended({"exp": 1000}, 999)
    assert signin.has_ended({"exp": 1000}, 1000)
    assert signin.has_ended({}, 1)
    assert signin.has_ended({"exp": "later"}, 1)


def test_who_may_release_stands_in_the_site_file(library, site):
    of = ("alice@hospital.example", "B. Jones")
    ours = site._replace(site=site.site.model_copy(update={"releases": of}))
    course = make(regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=1,
        choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"})  # fmt: skip
    kept, _ = record.begin(course, library, ours, id_=UUID(int=1), at=NOW)
    computed = record.planned(kept, library, ours)
    reviews = {each.code: "" for each in computed.findings if each.level == "review"}
    common = {"acknowledged": reviews, "at": NOW}

    def released(by, second=None):
        again = {"weight": ["70 kg"], "regimen": "scleromyxedema-ivig"} if second else {
            "weight": [], "regimen": None}  # fmt: skip
        return record.release(kept, computed, by=by, checked_by=second, **again, **common)

    assert released(ALICE, "B. Jones").releases
    for by, second, field in ((BOB, None, "by"), (ALICE, BOB, "checked_by"),
                              ("Eve (bob@x)(alice@hospital.example", None, "by")):  # fmt: skip
        with pytest.raises(CourseError) as refused:
            released(by, second)
        assert "may not release; the site file lists who may" in refused.value.problems[field]
    assert signin.may_release(BOB, ())


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("there is no chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


@contextmanager
def provider(seconds):
    """Start a provider of accounts in a process of its own; its tokens hold for so long."""
    if find_spec("oidc_provider_mock") is None:
        pytest.skip("there is no provider of accounts")
    port = free_port()
    users = [word for claims in USERS for word in ("--user-claims", json.dumps(claims))]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--token-max-age",
         str(seconds), *users],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/.well-known/openid-configuration", process)
        yield address
    finally:
        process.terminate()
        process.wait()


@contextmanager
def served(tmp_path, provider):
    """Serve the page with sign-in at a provider of accounts; give process and address."""
    port = free_port()
    address = f"http://localhost:{port}"
    says = written(
        tmp_path, server_metadata_url=f"{provider}/.well-known/openid-configuration",
        redirect_uri=f"{address}/oauth2callback",
    )  # fmt: skip
    site = tmp_path / "site.yaml"
    text = files.SITE.read_text("utf-8")
    site.write_text(text + "releases: [alice@hospital.example, bob@hospital.example]\n", "utf-8")
    server = subprocess.Popen([*POSOLOGY, "web", "--port", str(port), "--no-browser", "--signin",
                               str(says), "--site", str(site)])  # fmt: skip
    try:
        wait_for(f"{address}/_stcore/health", server)
        yield address
    finally:
        server.terminate()
        server.wait()


USERS = [
    {"sub": "alice", "name": "Alice Smith", "email": "alice@hospital.example"},
    {"sub": "bob", "name": "Bob Jones", "email": "bob@hospital.example"},
    {"sub": "carol", "name": "Carol White", "email": "carol@hospital.example"},
]
YEARS = 100_000_000
"""In seconds: the page is used in 2027, whatever day it is."""


def signed_in(browser, address, who):
    """Sign in as somebody, in a session of their own, and open the page of courses."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 1600})
    context.set_default_timeout(LONGEST)
    page = context.new_page()
    page.goto(f"{address}/course")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_placeholder("sub").fill(who)
    page.get_by_role("button", name="Authorize").click()
    page.get_by_text("Signed in as").wait_for()
    page.goto(f"{address}/course")
    page.get_by_text("Signed in as").wait_for()
    return context, page


def release(page, path):
    """Open a course file, go to its release, and tick every finding."""
    page.locator('input[type="file"]').set_input_files(path)
    page.get_by_role("tab", name="Release").click()
    page.get_by_text("Pharmacist: ").wait_for()
    ticks = page.get_by_role("tabpanel", name="Release").locator(TICK)
    ticks.first.wait_for()
    settled(page)
    for number in range(ticks.count()):
        for _ in range(5):  # a click while the page is drawn anew is lost
            if ticks.nth(number).locator("input").is_checked():
                break
            ticks.nth(number).click()
            settled(page)
    return page


@pytest.mark.thorough
def test_two_people_release_in_sessions_of_their_own(browser, tmp_path, library):
    """Alice signs, Bob countersigns; Carol may not, and nobody types a name."""
    with provider(YEARS) as accounts, served(tmp_path, accounts) as address:
        site = files.read_site(tmp_path / "site.yaml")
        course = make(regimen="scleromyxedema-ivig", weight="70 kg", start="2027-01-11", cycles=1,
            choices={"immunoglobulin.every": "4 weeks", "immunoglobulin.days": "1-5"})  # fmt: skip
        kept, _ = record.begin(course, library, site, id_=UUID(int=1), at=NOW)
        path = tmp_path / "c.json"
        path.write_bytes(record.exact_content(kept))

        context, page = signed_in(browser, address, "carol")
        page = release(page, path)
        assert page.get_by_role("textbox", name="Pharmacist").count() == 0
        page.get_by_role("button", name="Release").last.click()
        page.get_by_text("may not release; the site file lists who may").wait_for()
        context.close()

        context, page = signed_in(browser, address, "alice")
        page = release(page, path)
        page.get_by_text(f"Pharmacist: {ALICE}").wait_for()
        page.get_by_role("button", name="Release").last.click()
        page.get_by_text(f"by {ALICE}").first.wait_for()
        context.close()

        computed = record.planned(kept, library, site)
        reviews = {each.code: "" for each in computed.findings if each.level == "review"}
        signed = record.release(kept, computed, by=ALICE, checked_by=None, weight=[], regimen=None,
                                acknowledged=reviews, at=NOW)  # fmt: skip
        path.write_bytes(record.exact_content(signed))
        context, page = signed_in(browser, address, "bob")
        page = release(page, path)
        page.get_by_text(f"Second person: {BOB}").wait_for()
        page.get_by_role("textbox", name="Weight, entered again").fill("70 kg")
        page.get_by_role("textbox", name="Regimen's id, entered again").fill("scleromyxedema-ivig")
        page.keyboard.press("Tab")
        settled(page)
        page.get_by_role("button", name="Release").last.click()
        page.get_by_text(f"by {ALICE}, checked by {BOB}").first.wait_for()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{accounts}/**")  # the provider is told too, and asks
        page.goto(f"{address}/course")
        page.get_by_role("button", name="Sign in").wait_for()
        context.close()


@pytest.mark.thorough
def test_a_session_ends_with_its_token(browser, tmp_path):
    """The page is used in 2027, when a token of an hour has expired."""
    with provider(3600) as accounts, served(tmp_path, accounts) as address:
        context = browser.new_context()
        context.set_default_timeout(LONGEST)
        page = context.new_page()
        page.goto(address)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_placeholder("sub").fill("alice")
        page.get_by_role("button", name="Authorize").click()
        # It was begun, and ended at once: the provider is told so.
        page.wait_for_url(re.compile(re.escape(accounts) + ".*end_session"))
        page.goto(f"{address}/course")
        page.get_by_role("button", name="Sign in").wait_for()
        assert page.locator('input[type="file"]').count() == 0
        context.close()
