"""Files of one's own: what ``posology check`` stops, a plan stops as well."""

import shutil

import pytest
import yaml

from posology import library as files
from posology import plan
from posology.course.inputs import make
from posology.errors import CourseError, DosingError, LibraryError
from posology.model import Drug
from test_slips import DRUGS, ESCAPES, put, slipped, trials
from tiers import in_parts

OCTREOTIDE = ("--weight", "70 kg", "--start", "2027-01-11")


def few(part, slips):
    """Choose every 211th slip, and for the thorough tier every 23rd of the others."""
    return part.choose(slips, 211)[:: 23 if part.number else 1]


def planned_from_file(path, site):
    """Plan the first worked case of a regimen's file, as ``posology plan FILE`` does."""
    loaded = files.load(path)
    case = next(each for each in loaded.regimens[path.stem].regimen.cases if not each.refused)
    inputs = {**case.patient.texts}
    course = make(
        regimen=path.stem, weight=inputs.pop("weight"), start=case.start.isoformat(),
        cycles=case.cycles, choices=case.choose, without=case.without, **inputs,
    )  # fmt: skip
    return plan(course, loaded, site)


def is_stopped(path, site):
    try:
        return planned_from_file(path, site).stopped
    except (LibraryError, CourseError, DosingError):
        return True


def copied(folder, name="scleromyxedema-dexamethasone-sirolimus-octreotide"):
    """Copy a shipped regimen and the drugs into a folder of one's own."""
    shutil.copytree(files.FOLDER / "drugs", folder / "drugs")
    return shutil.copy(files.FOLDER / f"{name}.yaml", folder / "mine.yaml")


def test_a_copy_of_a_shipped_regimen_is_planned_as_the_shipped_one(tmp_path, site):
    copied(tmp_path)
    assert not is_stopped(tmp_path / "mine.yaml", site)


@in_parts(1)
@pytest.mark.parametrize("name", files.ids())
def test_a_slip_in_a_regimen_of_ones_own_stops_its_plan(name, tmp_path, site, library, part):
    entry = library.regimens[name]
    if entry.regimen.undosed:
        return
    wrong = []
    for path, slip, value in few(part, trials(entry.tree.value)):
        if (name, path, slip) in ESCAPES:
            continue
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(value, sort_keys=False), "utf-8")
        if not is_stopped(tmp_path / f"{name}.yaml", site):
            wrong.append((path, slip))
    assert wrong == []


@in_parts(1)
@pytest.mark.parametrize("name", DRUGS)
def test_a_slip_in_a_drug_file_of_ones_own_stops_a_plan(name, tmp_path, site, library, part):
    regimen = next(
        each.id for each in library.regimens.values()
        if not each.regimen.undosed and name in {order.drug for order in each.regimen.orders}
    )  # fmt: skip
    copied(tmp_path, regimen)
    _, where = files.read_drug(files.FOLDER / "drugs" / f"{name}.yaml")
    wrong = []
    for path, text in few(part, slipped(Drug, where.value)):
        content = yaml.safe_dump(put(where.value, path, text), sort_keys=False)
        (tmp_path / "drugs" / f"{name}.yaml").write_text(content, "utf-8")
        if not is_stopped(tmp_path / "mine.yaml", site):
            wrong.append((path, text))
    assert wrong == []


def test_200_g_of_octreotide_in_files_of_ones_own_is_not_planned(tmp_path, run):
    """All three: the dose in g without its erratum, and a drug file that allows it."""
    copied(tmp_path)
    mine, drug = tmp_path / "mine.yaml", tmp_path / "drugs" / "octreotide.yaml"
    text = mine.read_text("utf-8").replace("dose: 200 mcg each", "dose: 200 g each")
    mine.write_text(text, "utf-8")
    limits = drug.read_text("utf-8")
    for key in ("usual:", "absolute:"):
        limits = "\n".join(
            line.replace(" mcg", " g") if key in line else line for line in limits.splitlines()
        )
    drug.write_text(limits, "utf-8")
    done = run("plan", "mine.yaml", *OCTREOTIDE, "--ics", "x.ics", "--save", "x.json")
    assert done.code != 0
    assert not (tmp_path / "x.ics").exists()
    assert not (tmp_path / "x.json").exists()


def test_a_stop_of_a_drug_file_names_the_file(tmp_path, run):
    copied(tmp_path)
    drug = tmp_path / "drugs" / "octreotide.yaml"
    drug.write_text(drug.read_text("utf-8").replace(" mcg stop", " mcg pass", 1), "utf-8")
    done = run("plan", "mine.yaml", *OCTREOTIDE)
    assert done.code == 1
    assert "drug file octreotide, not the shipped one: " in done.out + done.err
