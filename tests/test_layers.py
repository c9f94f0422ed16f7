"""Imports point one way, from room to room; modules stay small; only quantity imports pint."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "posology"
ROOMS = [
    "errors",
    "text",
    "clock",
    "disk",
    "keyrings",
    "signin",
    "quantity",
    "model",
    "library",
    "dosing",
    "scheduling",
    "course",
    "dispensing",
    "checks",
    "guards",
    "planning",
    "record",
    "register",
    "export",
    "api",
    "feed",
    "web",
    "cli",
    "__main__",
]
PAGES = sorted((SOURCE.parents[1] / "ui").rglob("*.py"))
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def room(path):
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path):
    """Give the full names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_only_from_rooms_before_its_own(path):
    own = ROOMS.index(room(path))
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "posology" and parts[1] not in {"__version__", "plan"}:
            assert ROOMS.index(parts[1]) <= own, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_has_at_most_300_lines(path):
    assert len(path.read_text("utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", [*MODULES, *PAGES], ids=lambda path: path.name)
def test_a_function_has_at_most_60_lines_and_a_call_5_arguments_by_position(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 60, node.name
        if isinstance(node, ast.Call):
            assert len(node.args) <= 5, f"{path.name}:{node.lineno}: name the arguments"


def test_only_quantity_imports_pint():
    users = {room(path) for path in MODULES if any(n.startswith("pint") for n in imports(path))}
    assert users == {"quantity"}


def test_only_what_writes_calendars_imports_icalendar():
    users = {room(path) for path in MODULES if any("icalendar" in n for n in imports(path))}
    assert users == {"export"}


def test_the_core_has_no_float():
    """A float near a dose is an error; so none is written anywhere in the core."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
            named = isinstance(node, ast.Name) and node.id == "float"
            assert not is_float, f"{path.name}:{node.lineno}"
            assert not named, f"{path.name}:{node.lineno}"


def test_no_control_is_an_assert():
    """``python -O`` strips asserts."""
    for path in MODULES:
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        assert not any(isinstance(node, ast.Assert) for node in nodes), path.name


def test_no_clock_locale_or_chance_is_asked_in_the_core():
    banned = {"random", "locale", "secrets", "time"}
    for path in MODULES:
        if room(path) in {"clock", "web", "__main__"}:
            continue
        assert not banned & {name.split(".")[0] for name in imports(path)}, path.name
        text = path.read_text("utf-8")
        if room(path) == "cli":
            text = text.replace("clock.now(", "").replace("clock.today(", "")
        assert ".now(" not in text, path.name
        assert ".today(" not in text, path.name
        assert "strftime" not in text, path.name
