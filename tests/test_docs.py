"""The pages that follow from the code are those of the code."""

import importlib.util

import pytest

from conftest import ROOT
from posology import checks, guards
from posology.model.codes import CODES


@pytest.fixture(scope="module")
def make():
    spec = importlib.util.spec_from_file_location("make", ROOT / "docs" / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_code_has_its_meaning(make):
    assert {code for _, code, _ in make.made()} == set(CODES)


def test_the_page_of_findings_is_that_of_the_code(make):
    assert make.FINDINGS.read_text("utf-8") == make.findings(), "run: python docs/make.py"


def test_the_picture_of_the_rooms_is_that_of_the_code(make):
    text = make.CONTRIBUTING.read_text("utf-8")
    assert text == make.contributing(text), "run: python docs/make.py"


def test_every_room_stands_in_the_table(make):
    text = make.CONTRIBUTING.read_text("utf-8")
    table = text.split("| room | decides")[1].split("## How to add")[0]
    for room in make.uses():
        assert f"`{room}`" in table, room


def named(module):
    return {each.__name__ for each in module}


def test_every_guard_stands_in_the_list(make):
    """A guard takes an Unjudged plan and gives findings."""
    found = make.functions(ROOT / "src/posology/guards", "Unjudged", 1)
    assert found == named(guards.GUARDS)


def test_every_check_stands_in_the_list(make):
    found = make.functions(ROOT / "src/posology/checks", "Regimen", 2)
    assert found == named(checks.CHECKS)
