"""Writes what follows from the code: the page of findings and the picture of the rooms.

``python docs/make.py`` writes them; a test compares them with the code.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from posology.model.codes import CODES, MEASURED

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "posology"
FINDINGS = ROOT / "docs" / "findings.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
_BEGIN, _END = "<!-- rooms: written by docs/make.py -->\n", "<!-- end of rooms -->\n"


def findings() -> str:
    """Write the table of all findings: code, level, meaning, and where they are found."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for module, code, level in made():
        levels, modules = found.setdefault(code, (set(), set()))
        levels.add(level)
        modules.add(module)
    rows = []
    for code, meaning in CODES.items():
        levels, modules = found.get(code, (set(), set()))
        rows.append(f"| `{code}` | {_levels(levels)} | {meaning} | {', '.join(sorted(modules))} |")
    return "\n".join(
        [
            "# Findings",
            "",
            "What Posology may say of a regimen, a drug file, a plan or a course. *stop*: nothing",
            "leaves. *review*: a pharmacist must acknowledge it. *note*: to be known.",
            "`python docs/make.py` writes this page from the code.",
            "",
            "| code | level | meaning | found by |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _levels(levels: set[str]) -> str:
    order = ("stop", "review", "note")
    listed = [level for level in order if level in levels]
    return " or ".join(listed) if listed and not levels - set(order) else "stop, review or note"


def made() -> Iterator[tuple[str, str, str]]:
    """Find every finding that the code makes: its module, code and level."""
    for path in sorted(SOURCE.rglob("*.py")):
        module = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                level = node.args[1]
                named = str(level.value) if isinstance(level, ast.Constant) else "any"
                for code in _codes(node.args[0]):
                    yield module, code, named


def _codes(code: ast.expr) -> list[str]:
    """Give the codes that an expression may be: one, or all that fit, as in ``over-{length}``."""
    if isinstance(code, ast.Constant):
        return [str(code.value)]
    if isinstance(code, ast.Name):
        return []  # a name for one of the others, which stand where it is set
    parts = code.values if isinstance(code, ast.JoinedStr) else []
    pattern = "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else "(.+)" for part in parts
    )
    fitting = [each for each in CODES if re.fullmatch(pattern, each)]
    return [each for each in fitting if not pattern.startswith("(") or each.startswith(MEASURED)]


def uses() -> dict[str, set[str]]:
    """Give the rooms, each with the rooms that it imports from."""
    found: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        if room in {"__init__", "__main__"}:
            continue
        imported = found.setdefault(room, set())
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}".split(".") for alias in node.names]
                named = [name[1] for name in names if name[0] == "posology"]
                imported |= _ROOMS.intersection(named)
        imported.discard(room)
    return found


def rooms() -> str:
    """Draw the rooms from their imports, the highest first, each with the rooms below it."""
    below = uses()
    floors: dict[str, int] = {}
    while len(floors) < len(below):
        for room, imported in below.items():
            if room not in floors and imported <= floors.keys():
                floors[room] = 1 + max((floors[each] for each in imported), default=-1)
    width = max(map(len, below)) + 2
    lines = [
        f"{floors[room]:>2}  {room:<{width}}{', '.join(_next(room, below, floors)) or '-'}"
        for room in sorted(below, key=lambda each: (-floors[each], each))
    ]
    head = f"    {'room':<{width}}imports from (and from what those import from)"
    return "\n".join(["```text", head, *lines, "```", ""])


_ROOMS = {path.name.removesuffix(".py") for path in SOURCE.iterdir()}


def _next(room: str, below: dict[str, set[str]], floors: dict[str, int]) -> list[str]:
    """List the rooms that a room imports from, without those that the others already do."""
    direct = below[room]
    deeper = {each for neighbour in direct for each in _all(neighbour, below)}
    return sorted(direct - deeper, key=lambda each: (-floors[each], each))


def _all(room: str, below: dict[str, set[str]]) -> set[str]:
    found = set(below[room])
    for each in below[room]:
        found |= _all(each, below)
    return found


def functions(folder: Path, first: str, many: int) -> set[str]:
    """Name the functions of a folder that take ``many`` values, first of this kind, for findings.

    Without those that begin with an underscore.
    """
    found = set()
    for path in sorted(folder.glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.args.args and node.returns:
                takes = ast.unparse(node.args.args[0].annotation or ast.Constant(""))
                if (
                    takes == first
                    and len(node.args.args) == many
                    and ast.unparse(node.returns) == "Iterator[Finding]"
                ):
                    found.add(node.name)
    return {name for name in found if not name.startswith("_")}


def contributing(text: str) -> str:
    """Put the picture of the rooms into CONTRIBUTING.md."""
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    return f"{before}{_BEGIN}{rooms()}{_END}{after}"


def main() -> None:
    """Write the page and the picture."""
    FINDINGS.write_text(findings(), "utf-8")
    CONTRIBUTING.write_text(contributing(CONTRIBUTING.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
