"""What tests share: library and site, and two ways to run the command line."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
from hypothesis import settings

from posology import clock, web
from posology import library as files
from posology.cli import main

ROOT = Path(__file__).parents[1]


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.hookimpl(tryfirst=True)  # --hypothesis-profile comes after, and wins
def pytest_configure():
    """Choose how hypothesis works, whoever runs the tests.

    No deadline: a test must not fail because the machine is busy. The blob repeats a failure.
    ``gate`` tries the same examples each time, so that the gate judges the commit and not its
    luck; a person's own run looks for new examples.
    """
    settings.register_profile("posology", deadline=None, print_blob=True)
    same = {"derandomize": True, "database": None}
    settings.register_profile("gate", settings.get_profile("posology"), **same)
    settings.load_profile("posology")


NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
"""When the tests are run, as far as Posology knows: a week before most of their courses begin."""
AT_THAT_TIME = (
    "import datetime, sys; from posology import clock; "
    f"clock.now = lambda: {NOW!r}; "
    "from posology.cli import script; sys.exit(script())"
)
POSOLOGY = (sys.executable, "-c", AT_THAT_TIME)
"""The command line as a process of its own, at that time."""


READ_AS = {"dexamethasone.reading": "120 mg per cycle", "dexamethasone.salt": "phosphate"}
"""What the tests choose where a source can be read in several ways."""
CHOOSE_READ = tuple(
    word for name, value in READ_AS.items() for word in ("--choose", f"{name}={value}")
)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture(autouse=True)
def _own_register(monkeypatch, tmp_path_factory):
    """No test reads or writes the register of the person who runs it."""
    folder = tmp_path_factory.getbasetemp() / f"register-{uuid4().hex}"
    monkeypatch.setenv("POSOLOGY_REGISTER", str(folder / "courses.db"))


@pytest.fixture(autouse=True)
def _served(monkeypatch):
    """The page is asked as ``posology web`` serves it."""
    monkeypatch.setattr(web, "is_served", lambda: True)


@pytest.fixture(scope="session")
def library():
    return files.load()


@pytest.fixture(scope="session")
def site():
    return files.read_site()


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the command line in this process, in an empty folder."""

    def run_posology(*arguments, **environment):
        with monkeypatch.context() as here:
            here.chdir(tmp_path)
            for name, value in environment.items():
                here.setenv(name, value)
            capsys.readouterr()
            try:
                code = main(list(arguments))
            except SystemExit as error:
                code = error.code
        return Outcome(code, *capsys.readouterr())

    return run_posology


@pytest.fixture
def process(tmp_path):
    """Run the command line in a process of its own, in an empty folder."""

    def run_posology(*arguments, **environment):
        measured = {name: os.environ[name] for name in os.environ if name.startswith("COVERAGE_")}
        done = subprocess.run(
            [*POSOLOGY, *arguments],
            cwd=tmp_path,
            env={"PATH": "", "PYTHONPATH": str(ROOT / "src"), **measured, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run_posology
