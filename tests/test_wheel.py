"""The wheel carries everything and works from any folder."""

import subprocess
import sys
import zipfile

import pytest

from conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_regimens_page_units_and_types(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "posology/regimens/scleromyxedema-ivig.yaml",
        "posology/regimens/drugs/octreotide.yaml",
        "posology/regimens/site.yaml",
        "posology/ui/app.py",
        "posology/ui/.streamlit/config.toml",
        "posology/units.txt",
        "posology/py.typed",
    ):
        assert name in names


@pytest.mark.thorough
def test_the_unpacked_wheel_works_from_any_folder(wheel, tmp_path):
    """Its dependencies are those of this environment; the checkout is out of reach."""
    (tmp_path / "site").mkdir()
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "elsewhere").mkdir()
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import posology.library as library; "
        "print(library.FOLDER); from posology.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "site"), "check"],
        cwd=tmp_path / "elsewhere",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().startswith(str(tmp_path / "site" / "posology" / "regimens"))
