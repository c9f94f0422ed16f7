"""The command line, as others script it: options, messages, exit codes, files."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import CHOOSE_READ, ROOT
from posology import __version__
from posology.cli import main
from posology.export.table import COLUMNS
from posology.library import FOLDER

TRIPLE = "scleromyxedema-dexamethasone-sirolimus-octreotide"
GOOD = [
    "plan", "scleromyxedema-ivig", "--weight", "70 kg", "--start", "2027-01-11", "--cycles", "6",
    "--choose", "immunoglobulin.every=1 month", "--choose", "immunoglobulin.days=1-5",
]  # fmt: skip


def but(option, value):
    """The good command with one option changed, or left out."""
    place = GOOD.index(option)
    return GOOD[:place] + ([option, value] if value is not None else []) + GOOD[place + 2 :]


def test_plan_prints_doses_working_dates_totals_and_findings(run):
    done = run(*GOOD)
    assert (done.code, done.err) == (0, "")
    for line in (
        "DRAFT  Intravenous immunoglobulin (IVIG), scleromyxedema, first line",
        "  immunoglobulin, intravenous: 2 g/kg x 70 kg = 140 g; / 5 administrations = 28 g",
        "  Mon 11-Jan-2027 08:00  25 g immunoglobulin, intravenous  cycle 1, day 1, ends 10:47",
        "  Tue 15-Jun-2027 08:00  30 g immunoglobulin, intravenous  cycle 6, day 5, ends 10:48",
        "  30 doses of immunoglobulin, 840 g",
    ):
        assert line in done.out.splitlines()


def test_json_has_the_promised_keys(run):
    done = run(*GOOD, "--json", "-")
    document = json.loads(done.out)
    assert done.code == 0
    assert document["posology"] == __version__
    assert {"id", "version", "status", "sha256"} <= set(document["regimen"])
    assert document["course"]["weight"] == "70 kg"
    assert document["course"]["choices"]["immunoglobulin.days"] == "1-5"
    assert len(document["administrations"]) == 30
    first = document["administrations"][0]
    assert first == {
        "id": "immunoglobulin.c1.d1.t1",
        "order": "immunoglobulin",
        "drug": "immunoglobulin",
        "route": "intravenous",
        "cycle": 1,
        "day": 1,
        "at": "2027-01-11T08:00:00+01:00",
        "dose": "25 g",
        "computed_dose": "28 g",
        "working": "2 g/kg x 70 kg = 140 g; / 5 administrations = 28 g",
        "product": "Privigen 10 %",
        "containers": ["1 x 20 g", "1 x 5 g"],
        "preparation": (
            "140 g = 25 + 25 + 30 + 30 + 30 g; whole vials of Privigen 10 % (5, 10, 20, 40 g)"
        ),
        "volume": "250 mL",
        "injection_sites": 1,
        "rates": [
            {"rate": "21 mL/h", "minutes": "30", "volume": "10.5 mL"},
            {"rate": "42 mL/h", "minutes": "30", "volume": "21 mL"},
            {"rate": "84 mL/h", "minutes": "30", "volume": "42 mL"},
            {"rate": "138 mL/h", "minutes": "1765/23", "volume": "176.5 mL"},
        ],
        "rates_working": first["rates_working"],
        "ends": "2027-01-11T10:47:00+01:00",
    }
    assert first["rates_working"][0] == (
        "Ladder of Privigen 10 %: first infusion, as no earlier dose is entered (privigen, inferred)"
    )
    total = document["totals"][0]
    assert (total["drug"], total["per_cycle"], total["per_course"]) == (
        "immunoglobulin", "140 g", "840 g",
    )  # fmt: skip
    assert {"code", "level", "where", "message", "values"} == set(document["findings"][0])


def test_csv_has_a_row_for_each_dose(run):
    done = run(*GOOD, "--csv", "-")
    rows = list(csv.reader(io.StringIO(done.out)))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 31
    assert rows[1][:15] == [
        "DRAFT", "2027-01-11", "Mon", "08:00", "Europe/Berlin", "immunoglobulin", "25 g", "28 g",
        "25 g", "", "Privigen 10 %", "1 x 20 g + 1 x 5 g", "250 mL",
        "21 mL/h 30 min, 42 mL/h 30 min, 84 mL/h 30 min, 138 mL/h ~1 h 17 min; in all ~2 h 47 min",
        "10:47",
    ]  # fmt: skip


def test_files_are_written_and_never_overwritten_without_force(run, tmp_path):
    assert run(*GOOD, "--ics", "a.ics", "--csv", "a.csv", "--json", "a.json").code == 0
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(written) == {"a.ics", "a.csv", "a.json"}
    done = run(*GOOD, "--ics", "new.ics", "--csv", "a.csv")
    assert done.code == 2
    assert done.err == 'posology plan: "a.csv" exists; choose another name or add --force\n'
    assert {path.name for path in tmp_path.iterdir()} == set(written), "all or none"
    assert run(*but("--weight", "80 kg"), "--csv", "a.csv", "--force").code == 0
    assert (tmp_path / "a.csv").read_bytes() != written["a.csv"]
    assert {path.name for path in tmp_path.iterdir()} == set(written), "nothing is left behind"


def test_without_every_choice_it_names_both_options_of_each(run):
    done = run("plan", "scleromyxedema-ivig", "--weight", "70 kg", "--start", "2027-01-11")
    assert done.code == 2
    assert done.err.count("\n") == 1
    for words in ('"1-5" or "1-4"', '"1 month" or "4 weeks"', "--choose", "--cycles"):
        assert words in done.err


REFUSED = [
    (but("--weight", "70,5 kg"), "--weight", '"70,5 kg"', 'as in "70.5 kg"'),
    (but("--weight", "70"), "--weight", '"70"', 'as in "70.5 kg"'),
    (but("--weight", "70kg"), "--weight", '"70kg"', 'as in "70.5 kg"'),
    (but("--weight", "7O kg"), "--weight", '"7O kg"', 'as in "70.5 kg"'),
    (but("--weight", "٧٠ kg"), "--weight", '"٧٠ kg"', 'as in "70.5 kg"'),
    (but("--weight", "1e2 kg"), "--weight", '"1e2 kg"', 'as in "70.5 kg"'),
    (but("--weight", "nan kg"), "--weight", '"nan kg"', 'as in "70.5 kg"'),
    (but("--weight", "-70 kg"), "--weight", '"-70 kg"', 'as in "70.5 kg"'),
    (but("--weight", "0 kg"), "--weight", '"0 kg"', 'as in "70.5 kg"'),
    (but("--weight", "70 lb "), "--weight", '"70 lb "', 'as in "70.5 kg"'),
    (but("--weight", "1234567890123 kg"), "--weight", "1234567890123", "at most 12 digits"),
    (but("--weight", "70 g"), "--weight", '"70 g"', "kg or lb"),
    (but("--weight", ""), "--weight", "has no value", "give one"),
    (but("--weight", None), "--weight", "required", "--help"),
    (but("--start", "11.01.2027"), "--start", '"11.01.2027"', "as in 2027-01-11"),
    (but("--start", "2027-02-30"), "--start", '"2027-02-30"', "not a day of the calendar"),
    (but("--start", "2027-1-1"), "--start", '"2027-1-1"', "as in 2027-01-11"),
    (but("--start", "1735776000"), "--start", '"1735776000"', "as in 2027-01-11"),
    (but("--start", "٢٠٢٧-01-11"), "--start", "٢٠٢٧", "as in 2027-01-11"),
    (but("--start", "1999-12-31"), "--start", "1999", "from 2000 to 2100"),
    (but("--start", "0001-01-01"), "--start", "0001", "from 2000 to 2100"),
    (but("--start", None), "--start", "required", "--help"),
    (but("--cycles", "0"), "--cycles", '"0"', "whole number from 1 to 999"),
    (but("--cycles", "6.0"), "--cycles", '"6.0"', "whole number from 1 to 999"),
    (but("--cycles", "six"), "--cycles", '"six"', "whole number from 1 to 999"),
    (but("--cycles", "1000"), "--cycles", '"1000"', "whole number from 1 to 999"),
    (but("--cycles", None), "--cycles", "no duration", "as in 6"),
    ([*GOOD, "--weight", "80 kg"], "--weight", "appears twice", "give it once"),
    ([*GOOD, "--choose", "immunoglobulin.days=1-4"], "--choose", "appears twice", "give it once"),
    ([*GOOD, "--choose", "days"], "--choose", '"days"', "ORDER.FIELD=VALUE"),
    ([*GOOD, "--choose", "x.days=1"], "--choose", '"x.days"', "open: immunoglobulin.every"),
    ([*GOOD, "--course", "Anna Schmidt"], "--course", '"Anna Schmidt"', "never a name"),
    ([*GOOD, "--course", "1985-03-12"], "--course", '"1985-03-12"', "never a name"),
    ([*GOOD, "--course", "12345678"], "--course", '"12345678"', "never a name"),
    ([*GOOD, "--site", "none.yaml"], "none.yaml", "cannot be read", "No such file"),
    ([*GOOD, "--ics", "no/such/a.ics"], "a.ics", "cannot be written", "No such file"),
    ([*GOOD, "--ics", "."], '"."', "is a folder", ""),
    ([*GOOD, "--ics", "a", "--csv", "a"], "--ics and --csv", "same file", "name one for each"),
    ([*GOOD, "--ics", "-", "--csv", "-"], "--ics and --csv", "same file", "name one for each"),
    ([*GOOD, "--privacy", "none"], "--privacy", "none", "standard"),
    ([*GOOD, "--hight", "170"], "--hight", "unrecognized", "--help"),
    ([*GOOD, "--height", "170"], "--height", '"170"', 'as in "172 cm"'),
    ([*GOOD, "--age", "old"], "--age", '"old"', 'as in "70 years"'),
    ([*GOOD, "--clearance", "0 mL/min"], "--clearance", '"0 mL/min"', 'as in "80 mL/min"'),
    ([*GOOD, "--dialysis", "maybe"], "--dialysis", '"maybe"', '"yes" or "no"'),
    ([*GOOD, "--platelets", "150 g/L"], "--platelets", '"150 g/L"', 'as in "150000 /uL"'),
    ([*GOOD, "--platelets", "150000 G/L"], "--platelets", '"150000 G/L"', "from 0 to 5,000,000 /uL"),
    ([*GOOD, "--neutrophils", "0 mg/L"], "--neutrophils", '"0 mg/L"', "from 0 to 100,000 /uL"),
    ([*GOOD, "--counted", "2027-01-04"], "--counted", "the counts of that day", "are missing"),
    ([*GOOD, "--without", "immunoglobulin"], "--without", "immunoglobulin", "cannot be left out"),
    ([*GOOD, "--site", ""], "--site", "has no value", "leave the option out"),
    ([*GOOD, "--ics", ""], "--ics", "has no value", "leave the option out"),
    ([*GOOD, "--ics", "x.ics", "--privacy", "discreet"], "discreet", "course file", "ids"),
    ([*GOOD, "--ics", "./a.ics", "--csv", "a.ics"], "--ics and --csv", "same file", "one for each"),
    ([*GOOD, "--privacy", "full", "--privacy", "full"], "--privacy", "appears twice", "once"),
    (["plan", "scleromyxedema-melphalan-dexamethasone-thalidomide", *GOOD[2:6]],
     "REGIMEN", "no dose of melphalan", "cannot be computed"),
    (["diff", "nothing", "scleromyxedema-ivig"], "OLD", "nothing", "posology list"),
    (["check", "empty"], "PATH", '"empty"', "does not exist"),
    ([*GOOD[:1], "scleromyxedema-ivi", *GOOD[2:]], "REGIMEN", "scleromyxedema-ivi", "did you mean"),
    ([*GOOD[:1], "../../etc/passwd", *GOOD[2:]], "REGIMEN", "../../etc/passwd", "posology list"),
    (["show", "nothing-like-it"], "REGIMEN", "nothing-like-it", "posology list"),
    (["check", "no.yaml"], "PATH", '"no.yaml"', "does not exist"),
    (["plam"], "plam", "invalid choice", "plan"),
    (["web", "--port", "eighty"], "--port", '"eighty"', "from 1024 to 65535"),
    (["web", "--port", "80"], "--port", '"80"', "from 1024 to 65535"),
    (["plan", TRIPLE, "--weight", "70 kg", *CHOOSE_READ, "--start", "2027-01-04", "--cycles", "6"],
     "--cycles", "6 months", "leave the cycles out"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "option", "value", "accepted"), REFUSED)
def test_bad_input_is_refused_in_one_line(
    arguments, option, value, accepted, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    try:
        code = main(arguments)
    except SystemExit as error:
        code = error.code
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for words in (option, value, accepted):
        assert words in err
    assert list(tmp_path.iterdir()) == [], "nothing is written"


def test_a_finding_of_level_stop_writes_nothing(run, tmp_path):
    done = run(*but("--weight", "1.5 kg"), "--ics", "a.ics")
    assert done.code == 1
    assert done.out == ""
    assert "1.5 kg lies outside 2 kg to 300 kg" in done.err
    assert not (tmp_path / "a.ics").exists()


def test_list_names_every_regimen(run):
    assert TRIPLE in run("list").out
    rows = json.loads(run("list", "--json").out)
    assert {"id", "name", "indication", "version", "status", "sha256"} == set(rows[0])


def test_show_puts_value_and_quote_together(run):
    lines = run("show", TRIPLE).out.splitlines()
    place = lines.index("  octreotide 200 mcg subcut, every 2 days")
    assert lines[place + 1] == '      "octreotide 200 g subcutaneously every other day" [white]'


def test_show_names_steps_limits_and_risks_as_what_they_are(run):
    shown = run("show", "myeloma-bortezomib-dexamethasone").out
    assert 'may be reduced to 1 mg/m2 each: "1.3 mg/m2 reduced to 1 mg/m2" [biomib]' in shown
    assert "from dose" not in shown
    assert "Risk      paraproteinaemia: " in run("show", "scleromyxedema-ivig").out
    shown = run("show", "myeloma-melphalan-prednisone-thalidomide").out
    assert 'at most 24 mg where age <= 75 years: "24 mg (subjects' in shown


def test_diff_tells_patient_and_reviewer_apart_and_says_when_there_is_nothing(run, tmp_path):
    text = (FOLDER / "scleromyxedema-ivig.yaml").read_text("utf-8")

    def edited(name, *edits):
        new = text
        for old, other in edits:
            assert old in new
            new = new.replace(old, other, 1)
        (tmp_path / f"{name}.yaml").write_text(new, "utf-8")
        return run("diff", "scleromyxedema-ivig", f"{name}.yaml").out

    assert edited("same") == "The two files are identical.\n"
    assert edited(
        "layout", ("dose: 2 g/kg per cycle", 'dose: "2 g/kg per cycle"  # a comment')
    ) == ("The two files differ only in comments, in the order of keys, or in layout.\n")
    assert edited(
        "quote", ("dosed at 2 g/kg", "dosed at 2g/kg"), ("2 g/kg per cycle", "3 g/kg per cycle")
    ).split("\n")[:5] == [
        "What a patient would notice",
        "  immunoglobulin: dose 2 g/kg per cycle → 3 g/kg per cycle",
        "",
        "What a reviewer would notice",
        '  immunoglobulin: quote "IVIG is one cycle/month dosed at 2 g/kg per month administered over a course of 4-5 days" → "IVIG is one cycle/month dosed at 2g/kg per month administered over a course of 4-5 days"',
    ]
    assert edited("source", ("case series of 8", "case series of 9")) == (
        "What a patient would notice\n  nothing\n\nWhat a reviewer would notice\n"
        "  source guarneri: evidence case series of 8 → case series of 9\n"
    )


def test_check_prints_places_and_json(run):
    done = run("check")
    assert done.code == 0
    last = done.out.splitlines()[-1]
    assert re.search(r"26 regimens, \d+ cases: 0 stop, \d+ review, \d+ note$", last)
    rows = json.loads(run("check", str(FOLDER / f"{TRIPLE}.yaml"), "--json").out)
    assert set(rows[0]) == {"file", "line", "column", "code", "level", "where", "message"}


def test_the_200_g_stops_with_place_ratio_and_a_question(run, tmp_path):
    text = (FOLDER / f"{TRIPLE}.yaml").read_text("utf-8")
    (tmp_path / "octreotide.yaml").write_text(text.replace("200 mcg each", "200 g each"), "utf-8")
    done = run("check", "octreotide.yaml")
    assert done.code == 1
    assert done.out.startswith(
        "octreotide.yaml:23:11: orders[1].dose: 200 g is 400,000 times the largest single dose of "
        "octreotide, subcutaneous, 500 mcg; was 200 mcg meant? (window: sandostatin, inferred) "
        "[stop implausible-dose]\n"
    )


def test_help_is_there_for_every_command(run):
    assert "posology plan" in run("plan", "--help").out
    for command in ("list", "show", "check", "plan", "web"):
        assert command in run("--help").out
        assert run(command, "--help").code == 0


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from posology.cli import make_parser; make_parser(); "
        "heavy = {'pint', 'pydantic', 'yaml', 'icalendar', 'streamlit', 'numpy', 'typing'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    alone = {"PATH": "", "PYTHONPATH": str(ROOT / "src")}  # measuring coverage loads much
    done = subprocess.run([sys.executable, "-c", code], env=alone, capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_plan_without_a_calendar_loads_no_icalendar_and_never_the_page():
    code = (
        "import sys, io; sys.stdout = io.StringIO(); from posology.cli import main; "
        f"main({GOOD!r}); "
        "sys.stderr.write(str(sorted({'icalendar', 'streamlit', 'pandas'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stderr.strip() == b"[]"


def test_a_fault_of_our_own_shows_no_traceback(monkeypatch, capsys):
    monkeypatch.setattr("posology.library.ids", lambda: 1 / 0)
    assert main(["list"]) == 3
    assert capsys.readouterr().err == (
        "posology: a fault of Posology itself (ZeroDivisionError); nothing was written\n"
    )


@pytest.mark.parametrize("more", [("--course", "IG-0042"), ("--privacy", "discreet")])
def test_a_calendar_that_could_not_be_corrected_is_refused_with_the_way_to_do_it(
    run, tmp_path, more
):
    for weight in ("70 kg", "75 kg"):
        code, said, error = run(*but("--weight", weight), *more, "--ics", "a.ics", "--csv", "a.csv")
        assert code == 2
        assert "Keep the course with --save" in error
        assert said == ""
    assert not list(tmp_path.iterdir())
    assert run(*GOOD, *more, "--ics", "a.ics", "--save", "a.json").code == 0


@pytest.mark.parametrize("more", [(), ("--force",)])
def test_a_name_that_no_file_can_have_is_refused_with_that_name(run, tmp_path, more):
    (tmp_path / "loop").symlink_to("loop")
    for name in ("loop", "loop/x.ics", "/dev/full", "x" * 300 + ".ics"):
        code, said, error = run(*GOOD, "--ics", name, *more)
        assert (code, said) == (2, "")
        assert f'"{name[:40]}' in error
        assert "name a plain file" in error or "name another file" in error


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file of Linux alone")
@pytest.mark.parametrize("more", [(), ("--force",)])
def test_a_file_of_the_systems_own_is_refused_with_its_name(run, more):
    code, said, error = run(*GOOD, "--ics", "/proc/self/mem", *more)
    assert (code, said) == (2, "")
    assert '"/proc/self/mem" cannot be used' in error


def test_nothing_about_the_patient_is_in_a_file_name(run, tmp_path):
    assert run(*GOOD, "--ics", "a.ics", "--course", "IG-0042", "--save", "a.json").code == 0
    text = (tmp_path / "a.ics").read_text()
    assert "IG-0042" not in text


def test_plan_prints_vials_rates_and_what_to_order(run):
    done = run(*but("--weight", "73 kg"))
    lines = [line.strip() for line in done.out.splitlines()]
    for line in (
        "146 g rounded to 145 g (-0.7 %) = 25 + 30 + 30 + 30 + 30 g; whole vials of Privigen 10 % "
        "(5, 10, 20, 40 g)",
        "30 g: 1 x 20 g + 1 x 10 g, 300 mL",
        "0.5 mg/kg/min for 73 kg = 21.9 mL/h, pump 21 mL/h: 30 min, 10.5 mL",
        "30 doses of immunoglobulin, 876 g computed, 870 g dispensed",
        "to order, Privigen 10 %: 30 x 20 g + 24 x 10 g + 6 x 5 g (60 vials)",
        "each cycle: 5 x 20 g + 4 x 10 g + 1 x 5 g (10 vials)",
    ):
        assert line in lines


def test_another_product_may_be_picked(run):
    done = run(*GOOD, "--product", "immunoglobulin=octagam", "--risk", "renal")
    assert done.code == 0
    assert "whole vials of Octagam 10 % (2, 5, 10, 20, 30 g)" in done.out
    assert "renal risk, as entered" in done.out


def test_what_cannot_be_dispensed_stops_and_says_what_can(run):
    done = run(*but("--weight", "4 kg"))
    assert done.code == 1
    assert "8 g in 5 doses cannot be made of Privigen 10 % (5, 10, 20, 40 g)" in done.err
    assert "nearest: 25 g (+212.5 %)" in done.err


WEIGHTS = [
    "weights", "scleromyxedema-ivig", "--weight", "100 kg", "--height", "175 cm", "--sex", "male",
    "--choose", "immunoglobulin.days=1-5",
]  # fmt: skip


def test_weights_compares_policies_in_grams_and_vials(run):
    done = run(*WEIGHTS)
    assert (done.code, done.err) == (0, "")
    rows = [line.split("  ") for line in done.out.splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert ["*", "actual", "100 kg", "200 g", "200 g", "5 x 40 g", "the same"] in cells
    adjusted = ["82.3 kg", "164.6 g", "165 g", "5 x 20 g + 5 x 10 g + 3 x 5 g", "-17.5 %"]
    assert ["ontario", *adjusted] in cells
    assert "2026-07-01" in done.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*GOOD, "--product", "immunoglobulin=kiovig"], "--product: kiovig is no product of"),
        ([*GOOD, "--product", "immunoglobulin=privigen (3 g)"], "Privigen 10 % has no vial of 3 g"),
        ([*GOOD, "--product", "sirolimus=tablet"], '--product: "sirolimus" is not a drug of this'),
        ([*GOOD, "--product", "privigen"], "write DRUG=PRODUCT"),
        ([*GOOD, "--risk", "kidney"], '--risk: "kidney" is not accepted; give renal, '),
        ([*GOOD, "--takes", "war farin"], '--takes: "war farin" cannot be read'),
        ([*GOOD, "--last", "immunoglobulin=2027-01-11"], "--last: immunoglobulin: Mon 11-Jan-2027"),
        ([*GOOD, "--sampled", "2027-01-04"], "--sampled: the creatinine of that day"),
        ([*GOOD, "--creatinine", "150 mg/dL"], "--creatinine: 150 mg/dL cannot be the creatinine"),
        ([*GOOD, "--last", "immunoglobulin=yesterday"], '--last: "yesterday" is not a date'),
        ([*GOOD, "--creatinine", "80"], "--creatinine: "),
        ([*GOOD, "--age", "70 years", "--birth-year", "1956"], "--birth-year: age and year"),
        (["weights", "myeloma-thalidomide-dexamethasone", "--weight", "70 kg"], "no dose of this"),
        (["weights", "nothing", "--weight", "70 kg"], "REGIMEN: "),
    ],
)
def test_the_new_inputs_are_refused_by_the_name_of_their_option(run, arguments, words):
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert done.err.count("\n") == 1
