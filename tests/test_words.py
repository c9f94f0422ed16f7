"""A better wording changes no fact: no released course stops, no SEQUENCE rises.

A copy of the source in which every message, summary and description ends in one more full stop
opens the course files that today's Posology has written and released.
"""

import ast
import json
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT
from posology import library as files
from posology import record
from posology.export.calendar import calendar
from posology.model import Replan
from posology.model.finding import named
from test_machine import parsed

FOLDER = ROOT / "tests" / "courses"
COURSES = sorted(FOLDER.glob("form-*.json"))
SCRIPT = """
import json, sys
from pathlib import Path
from posology import library, record
from posology.export.calendar import calendar
shelf, site = library.load(), library.read_site(sys.argv.pop(1))
for path in map(Path, sys.argv[1:]):
    kept = record.read(path.read_bytes())
    computed = record.planned(kept, shelf, site)
    messages = [one.message for one in computed.findings]
    stops = [one.code for one in computed.findings if one.level == "stop"]
    text = "" if stops else calendar(computed).decode()
    print(json.dumps([bool(computed.released), stops, messages, text]))
"""


class FullStops(ast.NodeTransformer):
    """Appends a full stop to each message of a finding, and to what an event says."""

    def __init__(self):
        self.changed = 0

    def visit_Call(self, node):
        self.generic_visit(node)
        name = getattr(node.func, "id", "")
        if name == "Finding":
            node.args[3] = self.stopped(node.args[3])
        if name == "Event":
            for keyword in node.keywords:
                if keyword.arg in {"summary", "about"}:
                    keyword.value = self.stopped(keyword.value)
        return node

    def stopped(self, value):
        self.changed += 1
        return ast.BinOp(value, ast.Add(), ast.Constant("."))


@pytest.fixture(scope="module")
def today(tmp_path_factory):
    """Every kept course, planned again by the rules of today, and released where it was."""
    folder, shelf = tmp_path_factory.mktemp("today"), files.load()
    site = files.read_site(FOLDER / "site.yaml")
    for path in COURSES:
        kept = record.read(path.read_bytes())
        at = max(each.at for each in (*kept.revisions, *kept.releases))
        again = Replan(on=at.date(), reason="a new version")
        revised, computed = record.revise(kept, again, shelf, site, at)
        if kept.releases:
            open_ = dict.fromkeys(named(computed.findings), "seen")
            revised = record.release(
                revised, computed, by="A. Smith", checked_by=None, weight=(), regimen=None,
                acknowledged=open_, at=at,
            )  # fmt: skip
        (folder / path.name).write_bytes(record.content(revised))
    return folder


@pytest.fixture(scope="module")
def reworded(tmp_path_factory, today):
    """Open every kept course with a Posology whose words are others."""
    folder = tmp_path_factory.mktemp("reworded")
    shutil.copytree(ROOT / "src", folder / "src")
    for name in ("regimens", "ui"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "SAFETY.md", folder)
    stops = FullStops()
    for path in (folder / "src").rglob("*.py"):
        tree = stops.visit(ast.parse(path.read_text("utf-8")))
        path.write_text(ast.unparse(ast.fix_missing_locations(tree)), "utf-8")
    assert stops.changed > 100
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(FOLDER / "site.yaml"),
         *(str(today / path.name) for path in COURSES)],
        env={"PATH": "", "PYTHONPATH": str(folder / "src")}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    lines = map(json.loads, done.stdout.splitlines())
    return dict(zip([path.stem for path in COURSES], lines, strict=True))


@pytest.mark.parametrize("path", COURSES, ids=lambda path: path.stem)
def test_other_words_stop_no_course_and_raise_no_sequence(reworded, today, library, path):
    site = files.read_site(FOLDER / "site.yaml")
    computed = record.planned(record.read((today / path.name).read_bytes()), library, site)
    released, stops, messages, text = reworded[path.stem]
    assert (released, stops) == (bool(computed.released), [])
    assert messages == [f"{finding.message}." for finding in computed.findings]
    before, now = (parsed(content) for content in (calendar(computed), text.encode()))
    active = [each for each in now if each[2] != "CANCELLED"]
    assert active
    assert all(summary.endswith(".") for *_, summary in active)
    assert [each[:4] for each in now] == [each[:4] for each in before]


def test_the_fixtures_hold_released_courses():
    shelf, site = files.load(), files.read_site(FOLDER / "site.yaml")
    computed = [record.planned(record.read(path.read_bytes()), shelf, site) for path in COURSES]
    assert sum(bool(each.released) for each in computed) >= 4
