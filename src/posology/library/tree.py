"""YAML files as trees of text that remember where each value stands.

Decides what YAML is accepted: one document of mappings, lists and texts. No implicit types
(every scalar is text), no anchors, aliases or tags, no key twice; size and depth are bounded
before anything is built.
"""

import pathlib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from posology.errors import LibraryError, Problem
from posology.text import shown

Path = tuple[str | int, ...]
LARGEST_BYTES = 256 * 1024
_DEEPEST = 12
_MOST_VALUES = 20_000


class Tree(NamedTuple):
    """A file's values as text, each with its line and column."""

    file: str
    value: Any
    marks: dict[Path, tuple[int, int]]
    keys: dict[Path, tuple[int, int]]

    def mark(self, path: Path) -> tuple[int, int]:
        """Find the place of a value, or of the nearest that holds it."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, (1, 1))

    def has_items(self, path: Path) -> bool:
        """Say whether anything stands inside a mapping or list."""
        return any(len(mark) > len(path) and mark[: len(path)] == path for mark in self.marks)

    def problem(self, path: Path, message: str, *, key: bool = False) -> Problem:
        """Say what is wrong at the place where the value, or its key, stands."""
        line, column = self.keys.get(path, (1, 1)) if key else self.mark(path)
        return Problem(self.file, line, column, print_path(path) or "file", message)


def print_path(path: Path) -> str:
    """Write a path as people do: ``orders[1].dose``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def read_file(path: pathlib.Path) -> tuple[bytes, Tree]:
    """Read a file: its bytes, and the tree; raises LibraryError that names it."""
    try:
        if path.exists() and not path.is_file():
            raise LibraryError([Problem(str(path), 1, 1, "file", "is not a plain file")])
        with path.open("rb") as stream:
            content = stream.read(LARGEST_BYTES + 1)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise LibraryError([Problem(str(path), 1, 1, "file", message)]) from None
    return content, read(path.name, content)


def read(file: str, content: bytes) -> Tree:
    """Build the tree of a file; raises LibraryError with its place."""
    if len(content) > LARGEST_BYTES:
        raise _refusal(file, None, f"is larger than {LARGEST_BYTES // 1024} kB")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = Problem(file, line, 1, "file", "is not UTF-8; save the file as UTF-8")
        raise LibraryError([problem]) from None
    try:
        return _build(file, yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        raise LibraryError([_in_words(error, file, text)]) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        message = f"holds a character that YAML forbids (U+{error.character:04X})"
        raise LibraryError([Problem(file, line, 1, "file", message)]) from None


_COLON = "a colon stands in this text; put it in quotation marks"
_KEYLESS = "a text stands here without a key; write key: value"
_CLOSE = "this quotation mark is never closed; write it at the end of the text too"
_INDENT = "this does not fit the lines above: indent it as they are; an item of a list has a hyphen"
_YAML = {
    "cannot start any token": "this character cannot stand here; put the text in quotation marks",
    "mapping values are not allowed": _COLON,
    "unexpected end of stream": _CLOSE,
    "unexpected document": _CLOSE,
    "could not find expected ':'": _KEYLESS,
    "expected key": f"{_INDENT}; a text with quotation marks inside stands in others as a whole",
    "expected '-'": _INDENT,
    "expected <document start>": _INDENT,
    "block sequence entries": "a list begins on the next line, each item after a hyphen",
    "expected ',' or ']'": "this list in brackets is never closed, or lacks a comma",
    "expected ',' or '}'": "these braces are never closed, or lack a comma",
    "unknown escape": "a backslash stands in double quotation marks; use single ones",
}
"""What libyaml says, and what a person can do about it."""


def _in_words(error: yaml.MarkedYAMLError, file: str, text: str) -> Problem:
    """Say in words what is no YAML, at the line where it begins."""
    problem, mark = str(error.problem), error.problem_mark or error.context_mark
    lines = text.split("\n")
    line, column = (mark.line, mark.column) if mark else (0, 0)
    here = lines[min(line, len(lines) - 1)]
    told = next((words for said, words in _YAML.items() if said in problem), "")
    if re.match(r"\s*\t", here):
        told = "a tab stands here; indent with blanks"
    elif told == _COLON and ":" not in here[:column]:
        line, column, told = max(line - 1, 0), 0, _KEYLESS  # the line above has no key
    elif error.context_mark and ("never closed" in told or told == _KEYLESS):
        line, column = error.context_mark.line, error.context_mark.column
    return Problem(file, line + 1, column + 1, "file", told or f"is not YAML here: {problem}")


def _refusal(file: str, mark: Any, message: str) -> LibraryError:  # noqa: ANN401 - PyYAML's mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return LibraryError([Problem(file, line, column, "file", message)])


class _Open(NamedTuple):
    path: Path
    value: dict[str, Any] | list[Any]
    key: list[str]
    """For a mapping: the key whose value comes next, if any."""


def _build(file: str, events: Iterator[Any]) -> Tree:  # noqa: C901, PLR0912 - one event, one case
    marks: dict[Path, tuple[int, int]] = {}
    keys: dict[Path, tuple[int, int]] = {}
    stack: list[_Open] = []
    root: list[Any] = []
    for event in events:
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refusal(
                file, mark, "anchors (&) and aliases (*) are not accepted; write the value out"
            )
        if getattr(event, "tag", None):
            raise _refusal(file, mark, "tags (!) are not accepted; every value is text")
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            stack.pop()
            continue
        if isinstance(event, yaml.DocumentStartEvent) and root:
            raise _refusal(file, mark, "holds a second document (---); one file is one document")
        if not isinstance(event, yaml.NodeEvent):
            continue
        within = stack[-1] if stack else None
        if within and isinstance(within.value, dict) and not within.key:
            _take_key(file, event, within)
            keys[*within.path, str(getattr(event, "value", ""))] = (mark.line + 1, mark.column + 1)
            continue
        value = event.value if isinstance(event, yaml.ScalarEvent) else _container(event)
        path: Path = ()
        if within is None:
            root.append(value)
        elif isinstance(within.value, dict):
            key = within.key.pop()
            path = (*within.path, key)
            within.value[key] = value
        else:
            path = (*within.path, len(within.value))
            within.value.append(value)
        marks[path] = (mark.line + 1, mark.column + 1)
        if len(path) > _DEEPEST or len(marks) > _MOST_VALUES:
            raise _refusal(
                file, mark, f"is nested over {_DEEPEST} deep or over {_MOST_VALUES:,} values"
            )
        if not isinstance(value, str):
            stack.append(_Open(path, value, []))
    if not root:
        raise _refusal(file, None, "is empty")
    return Tree(file, root[0], marks, keys)


def _container(event: Any) -> dict[str, Any] | list[Any]:  # noqa: ANN401 - PyYAML's events
    return {} if isinstance(event, yaml.MappingStartEvent) else []


def _take_key(file: str, event: Any, within: _Open) -> None:  # noqa: ANN401 - PyYAML's events
    if not isinstance(event, yaml.ScalarEvent):
        raise _refusal(file, event.start_mark, "a key must be a text")
    if event.value in within.value:
        message = f"the key {shown(event.value)} is written twice; keep one"
        raise _refusal(file, event.start_mark, message)
    within.key.append(event.value)
