"""The project's own files: README, glossary, style, the gate."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from conftest import POSOLOGY, ROOT
from posology import library as files
from posology import model
from posology.cli import courses, main


def blocks(language):
    text = (ROOT / "README.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_readmes_python_runs_and_prints_what_it_says(capsys):
    code = blocks("python")[0]
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - the README is ours
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "Mon 11-Jan-2027 08:00  25 g immunoglobulin, intravenous"
    assert len(code.strip().splitlines()) <= 5


def test_the_readmes_first_command_runs_the_main_job(tmp_path):
    """Only the part after the installation; .ci/run and a person run the whole."""
    command = blocks("sh")[0].split("&&")[-1].replace("\\\n", " ")
    words = shlex.split(command)
    assert words[0] == ".venv/bin/posology"
    done = subprocess.run(
        [*POSOLOGY, *words[1:]],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert b"30 doses of immunoglobulin, 840 g" in done.stdout
    calendar = (tmp_path / "ivig.ics").read_bytes()
    assert calendar.count(b"SUMMARY:DRAFT: immunoglobulin 30 g") == 18
    assert calendar.count(b"SUMMARY:DRAFT: immunoglobulin 25 g") == 12
    assert calendar.count(b"DTSTART;VALUE=DATE") == 1 + 3 * 6, (
        "blood group, and three tests a cycle"
    )


def test_each_output_in_the_readme_is_what_its_command_prints(tmp_path, monkeypatch, capsys):
    """Line by line, in order; ``…`` stands for what is cut."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(courses, "uuid4", lambda: UUID("3f9c21ab-0000-4000-8000-000000000000"))
    ours = (files.FOLDER / "scleromyxedema-ivig.yaml").read_text("utf-8")
    Path("mine.yaml").write_text(ours.replace("2 g/kg per cycle", "2 mg/kg per cycle"), "utf-8")
    site = (files.FOLDER / "site.yaml").read_text("utf-8")
    Path("hospital.yaml").write_text(site.replace("Example hospital", "St Elsewhere"), "utf-8")
    ran = set()
    for block in blocks("console"):
        for part in block.replace("\\\n", " ").split("$ ")[1:]:
            command, *expected = part.splitlines()
            name, *arguments = shlex.split(command)
            assert name == "posology"
            main(arguments)
            ran.add(arguments[0])
            printed = iter(capsys.readouterr().out.splitlines())
            for line in expected:
                begins, cut, _ = line.partition("…")
                assert any(each.startswith(begins) if cut else each == line for each in printed), (
                    f"{command}: {line}"
                )
    assert ran == {
        "list", "show", "check", "diff", "dose", "weights", "plan",
        "revise", "changes", "release", "course", "verify", "accept",
            "due", "order",
    }  # fmt: skip


def test_ci_runs_the_readmes_test_command():
    command = blocks("sh")[1].strip()
    assert command in (ROOT / ".ci" / "run").read_text("utf-8")


def test_every_noun_is_in_the_glossary():
    glossary = (ROOT / "GLOSSARY.md").read_text("utf-8")
    nouns = [name for name in model.__all__ if name[0].isupper() and not name.isupper()]
    missing = [name for name in nouns if f"**{name}**" not in glossary]
    assert missing == []


@pytest.mark.parametrize(
    "command",
    ["list", "show", "check", "plan", "weights", "web", "course", "revise", "changes", "release",
     "verify", "publish", "lot", "accept"],
)  # fmt: skip
def test_every_command_and_option_is_in_the_readme(command, capsys):
    readme = (ROOT / "README.md").read_text("utf-8")
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert f"posology {command}" in readme
    for option in re.findall(r"--[a-z]+", capsys.readouterr().out):
        assert option == "--help" or option in readme, f"{command} {option}"


TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT, capture_output=True, check=False,
).stdout.decode().split()  # fmt: skip


@pytest.mark.skipif(not TRACKED, reason="not a git checkout")
def test_nothing_names_a_host_of_packages_or_a_path_of_one_machine():
    pattern = re.compile(r"(index-url|find-links|(^|[^A-Za-z0-9_.])/(work|root|home)/[a-z.])")
    for name in TRACKED:
        path = ROOT / name
        if path.suffix == ".png" or name == "tests/test_project.py" or not path.exists():
            continue
        found = pattern.search(path.read_text("utf-8"))
        assert not found, f"{name}: {found[0]}"


ERROR_PRONE = {
    r"\d\.\d*0 ?(mg|g|mcg|mL)\b": "a trailing zero",
    r"(?<![\d.])\.\d+ ?(mg|g|mcg|mL)\b": "no leading zero",
    r"[µμ]g\b": "the micro sign; write mcg",
    r"\b\d+(mg|mcg|mL)\b": "no blank before the unit",
    r"\b\d+ ?U\b": "U for units",
    r"\b(QOD|qod|q\.o\.d\.)\b": "QOD; write every other day",
    r"\b\d{4,} (mg|mcg|g)\b": "no comma in a thousand",
}


@pytest.mark.parametrize("name", files.ids())
def test_what_is_printed_follows_the_safety_rules(name, capsys):
    """The lists of error-prone abbreviations of ISMP (2021), on all that people read."""
    assert main(["show", name]) == 0
    out = capsys.readouterr().out
    ours = re.sub(r'"[^"\n]*"', "", out)  # a quote keeps the words of its source
    for pattern, what in ERROR_PRONE.items():
        found = re.search(pattern, ours)
        assert not found, f"{name}: {found[0]}: {what}"


# .ci/quick runs ruff and mypy itself, before the tests.
@pytest.mark.thorough
def test_the_parts_of_the_page_import_no_page():
    """Otherwise a page that is the first one opened would not start: the imports form a ring."""
    pages = {each.stem for each in (ROOT / "ui").glob("*.py")}
    for part in (ROOT / "ui" / "views").glob("*.py"):
        imported = re.findall(r"^(?:from|import) (\w+)", part.read_text("utf-8"), re.MULTILINE)
        assert not pages & set(imported), part.name


def test_ruff_finds_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "."], cwd=ROOT, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.thorough
def test_ruff_has_formatted_everything():
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--check", "."],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.thorough
def test_mypy_finds_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "mypy"], cwd=ROOT, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode()
