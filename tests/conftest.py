"""What tests share: the shipped library and site, and a way to run the command line."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from posology import library as files

ROOT = Path(__file__).parents[1]


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def library():
    return files.load()


@pytest.fixture(scope="session")
def site():
    return files.read_site()


@pytest.fixture
def run(tmp_path):
    """Run the command line in a process of its own, in an empty folder."""

    def run_posology(*arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "posology", *arguments],
            cwd=tmp_path,
            env={"PATH": "", "PYTHONPATH": str(ROOT / "src"), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run_posology
