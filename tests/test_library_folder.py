"""A hospital's own regimens and drugs beside the shipped ones: on the command line, in scripts."""

import json
import re
import shutil

import pytest
import yaml

import posology
from conftest import ROOT
from posology import library as files
from posology.cli import main
from posology.errors import LibraryError

IVIG = "scleromyxedema-ivig"


@pytest.fixture
def own(tmp_path):
    """A folder with one regimen of the hospital, a copy of a shipped one."""
    folder = tmp_path / "own"
    folder.mkdir()
    shutil.copy(files.FOLDER / f"{IVIG}.yaml", folder / "our-ivig.yaml")
    return folder


def run(capsys, *words):
    code = main([*words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_list_show_check_and_diff_know_the_regimens_of_the_folder(own, capsys):
    code, out, _ = run(capsys, "--library", str(own), "list")
    assert code == 0
    assert "our-ivig " in out
    assert f"{IVIG} " in out
    code, out, _ = run(capsys, "--library", str(own), "show", "our-ivig")
    assert code == 0
    assert "Intravenous immunoglobulin" in out
    code, out, _ = run(capsys, "--library", str(own), "diff", IVIG, "our-ivig")
    assert (code, out) == (0, "The two files are identical.\n")
    code, out, _ = run(capsys, "--library", str(own), "check")
    assert code == 0
    assert "41 files, 27 regimens" in out


def test_without_the_folder_they_are_unknown(capsys):
    for command in ("show", "plan"):
        more = ["--weight", "70 kg", "--start", "2027-01-11"] if command == "plan" else []
        code, _, err = run(capsys, command, "our-ivig", *more)
        assert code == 2
        assert "is not a regimen of the library" in err


PLAN = ("--weight", "70 kg", "--start", "2027-01-11", "--cycles", "2", "--choose",
        "immunoglobulin.days=1-5", "--choose", "immunoglobulin.every=4 weeks")  # fmt: skip


def test_a_course_of_the_folder_is_planned_kept_and_opened_again(own, tmp_path, capsys):
    course = str(tmp_path / "course.json")
    code, out, _ = run(capsys, "--library", str(own), "plan", "our-ivig", *PLAN, "--save", course)
    assert code == 0
    assert "our-ivig (own file)" in out
    code, out, _ = run(capsys, "--library", str(own), "course", course)
    assert code == 0
    assert "our-ivig (own file)" in out
    code, out, _ = run(capsys, "course", course)
    assert "stands in your hospital's own folder (posology --library FOLDER)" in out


def test_a_regimen_of_a_shipped_id_counts_in_place_of_it_and_its_plan_says_so(own, capsys):
    changed = (own / "our-ivig.yaml").read_text("utf-8").replace("version: 3", "version: 99")
    (own / f"{IVIG}.yaml").write_text(changed, "utf-8")
    code, out, _ = run(capsys, "--library", str(own), "plan", IVIG, *PLAN)
    assert code == 0
    assert re.search(rf"{IVIG} \(not the library's", out)


def test_what_is_no_folder_is_refused(tmp_path, capsys):
    for words in (["list"], ["show", IVIG], ["diff", IVIG, IVIG], ["check"], ["plan", IVIG, *PLAN]):
        code, _, err = run(capsys, "--library", str(tmp_path / "none"), *words)
        assert code == 2
        assert "is not a folder" in err or "does not exist" in err
    code, _, err = run(capsys, "web", "--library", str(tmp_path / "none"))
    assert code == 2
    assert "is not a folder" in err


def test_a_script_reads_both(own):
    both = posology.load(beside=own)
    assert {"our-ivig", IVIG} <= both.regimens.keys()
    assert both.drugs == posology.load().drugs
    with pytest.raises(LibraryError, match="is not a folder"):
        posology.load(beside=own / "none")


def test_a_drug_of_the_folder_stands_beside_the_shipped_ones(own):
    value = yaml.safe_load((files.FOLDER / "drugs" / "octreotide.yaml").read_text("utf-8"))
    (own / "drugs").mkdir()
    text = (files.FOLDER / "drugs" / "octreotide.yaml").read_text("utf-8")
    (own / "drugs" / "lanreotide.yaml").write_text(
        text.replace("name: octreotide", "name: lanreotide", 1), "utf-8"
    )
    both = posology.load(beside=own)
    assert both.drugs.keys() == posology.load().drugs.keys() | {"lanreotide"}
    assert both.drug_files.keys() == both.drugs.keys()
    assert value["name"] == both.drugs["octreotide"].name
    # A drug of the same name replaces the shipped one; a plan of it says so.
    (own / "drugs" / "octreotide.yaml").write_text(
        text.replace("version: ", "version: 9", 1), "utf-8"
    )
    assert posology.load(beside=own).drugs["octreotide"] != posology.load().drugs["octreotide"]


def test_the_page_reads_the_folder_too(own, monkeypatch):
    from streamlit.testing.v1 import AppTest  # noqa: PLC0415 - slow to import

    monkeypatch.setenv("POSOLOGY_LIBRARY", str(own))
    page = AppTest.from_file(str(ROOT / "ui" / "regimens.py"), default_timeout=60).run()
    assert not page.exception
    assert any("Intravenous immunoglobulin" in each.label for each in page.expander)


def test_the_lists_of_the_command_line_are_json_too(own, capsys):
    _, out, _ = run(capsys, "--library", str(own), "list", "--json")
    assert "our-ivig" in [row["id"] for row in json.loads(out)]


def test_a_site_is_checked_with_the_cases_that_it_cannot_plan(tmp_path, capsys):
    ours = tmp_path / "ours.yaml"
    text = files.SITE.read_text("utf-8").replace("Example hospital", "Our hospital")
    ours.write_text(text, "utf-8")
    code, out, _ = run(capsys, "check", "--site", str(ours))
    assert (code, "0 stop" in out) == (0, True)
    lines = [line for line in text.splitlines() if not line.strip().startswith("octreotide")]
    ours.write_text("\n".join(lines), "utf-8")
    code, out, _ = run(capsys, "check", "--site", str(ours))
    assert code == 1
    assert '"the first nine days" and 7 more cases cannot be planned at Our hospital' in out
    code, _, err = run(capsys, "check", "--site", str(tmp_path / "none.yaml"))
    assert (code, "does not exist" in err) == (2, True)


OWN = """
name: Infliximab
indication: a test
version: 1
status: draft
duration: not stated
sources: {label: {cite: "a label"}}
orders:
  - drug: infliximab
    route: intravenous
    dose: 5 mg/kg each
    every: 8 weeks
    over: 2 hours
    source: label
    quote: 5 mg/kg intravenously over 2 hours every 8 weeks
cases:
  - name: 70 kg
    patient: {weight: 70 kg}
    start: 2027-01-11
    cycles: 2
    expect:
      - Mon 11-Jan-2027 every 8 weeks, 2 times 08:00  350 mg infliximab, intravenous over 2 hours
    totals:
      - 2 doses of infliximab, 700 mg
"""
DRUG = """
name: infliximab
form: powder for infusion
version: 1
atc: {code: unknown, basis: unsourced}
sources: {label: {cite: "a label"}}
routes:
  intravenous:
    windows:
      - {per: dose, usual: 3 mg/kg to 10 mg/kg, absolute: 1 mg/kg to 20 mg/kg, source: label, basis: unsourced, verdicts: [0.99 mg/kg stop, 1 mg/kg review, 2.99 mg/kg review, 3 mg/kg pass, 10 mg/kg pass, 10.1 mg/kg review, 20 mg/kg review, 20.1 mg/kg stop]}
      - {per: day, usual: 3 mg/kg to 10 mg/kg, absolute: 1 mg/kg to 20 mg/kg, source: label, basis: unsourced, verdicts: [0.99 mg/kg stop, 1 mg/kg review, 2.99 mg/kg review, 3 mg/kg pass, 10 mg/kg pass, 10.1 mg/kg review, 20 mg/kg review, 20.1 mg/kg stop]}
    products: [vial]
products:
  vial: {name: infliximab 100 mg, form: vial, contents: [100 mg], together: 100 mg in 10 mL, concentration: 10 mg/mL, measured: yes, source: label, basis: unsourced}
cases:
  - {dose: 350 mg, route: intravenous, says: "pass"}
"""


def test_a_regimen_of_a_drug_of_ones_own_is_checked_with_ones_own_site(tmp_path, capsys):
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "infliximab.yaml").write_text(DRUG, "utf-8")
    (tmp_path / "mine.yaml").write_text(OWN, "utf-8")
    code, out, _ = run(capsys, "check", str(tmp_path / "mine.yaml"))
    assert code == 1
    assert (
        "is a plan that is stopped at Example hospital: the site stocks no product of infliximab"
        in out
    )
    assert "a drug of your own is stocked by your site (posology check --site FILE)" in out
    text = files.SITE.read_text("utf-8").replace("Example hospital", "Our hospital")
    ours = tmp_path / "ours.yaml"
    ours.write_text(
        text.replace("  octreotide: amp", "  infliximab: vial\n  octreotide: amp", 1), "utf-8"
    )
    code, out, _ = run(capsys, "check", "--site", str(ours), str(tmp_path / "mine.yaml"))
    assert (code, " 0 stop" in out) == (0, True), out
    wrong = OWN.replace("350 mg infliximab", "360 mg infliximab")
    (tmp_path / "mine.yaml").write_text(wrong, "utf-8")
    code, out, _ = run(capsys, "check", "--site", str(ours), str(tmp_path / "mine.yaml"))
    assert code == 1


def test_a_case_of_a_drug_is_of_one_patient(tmp_path, capsys):
    path = tmp_path / "drugs" / "infliximab.yaml"
    path.parent.mkdir()
    path.write_text(DRUG.replace("dose: 350 mg,", "dose: 5 mg/kg,"), "utf-8")
    code, out, _ = run(capsys, "check", str(path))
    assert code == 1
    assert "is no dose of a container; write that of one patient" in out


def test_a_site_whose_policies_need_more_than_the_cases_have_is_told(tmp_path, capsys):
    ours = tmp_path / "ours.yaml"
    text = files.SITE.read_text("utf-8").replace("Example hospital", "Our hospital")
    ours.write_text(text.replace("  immunoglobulin: actual", "  immunoglobulin: ideal", 1), "utf-8")
    code, out, _ = run(capsys, "check", "--site", str(ours), str(files.FOLDER / f"{IVIG}.yaml"))
    assert code == 1
    assert "cannot be planned at Our hospital: " in out
