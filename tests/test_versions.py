"""``posology diff`` tells every line of every shipped regimen that is deleted or changed."""

import copy
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posology import library as files
from posology.cli import main
from posology.errors import LibraryError
from posology.library.versions import _mapping, _Place, difference

WORD = re.compile(r"[^\W\d_]+|\d+")

# Long files are for the thorough tier; each kind of line stands in a short one too.
LONG = {name for name in files.ids() if (files.FOLDER / f"{name}.yaml").stat().st_size > 12_000}
NAMES = [
    pytest.param(name, marks=pytest.mark.thorough) if name in LONG else name for name in files.ids()
]


def changed(text):
    """Change each digit run and each word of a text: (what it becomes)."""
    for found in WORD.finditer(text):
        word = found[0]
        other = str(int(word) + 1) if word.isdecimal() else f"{word}x"
        yield text[: found.start()] + other + text[found.end() :]


def leaves(value, path=()):
    """List every text of a tree with its path."""
    if isinstance(value, str):
        yield path, value
    else:
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, step))


def put(value, path, new):
    """Copy a tree with one value changed, copying only what leads to it; None drops it."""
    step, *rest = path
    whole = copy.copy(value)
    if rest:
        whole[step] = put(value[step], rest, new)
    elif new is None:
        del whole[step]
    else:
        whole[step] = new
    return whole


def told(was, now):
    return list(_mapping(was, now, _Place()))


VALUES = st.recursive(
    st.text("ab ;", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "days", "orders", "from", "x"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)
TREES = st.dictionaries(
    st.sampled_from(["name", "days", "orders", "cases", "sources", "every", "a new field"]), VALUES
)


@given(TREES, TREES)
def test_there_is_a_line_exactly_where_two_trees_differ(was, now):
    """Whatever the fields are: a field that is not known yet is told."""
    assert bool(told(was, now)) == (was != now)


@pytest.mark.parametrize("name", NAMES)
def test_every_value_that_is_changed_or_dropped_is_told(library, name):
    entry = library.regimens[name]
    before = {**entry.tree.value, "status": entry.regimen.status}
    tried = 0
    for path, text in leaves(before):
        for other in [None, *changed(text)]:
            tried += 1
            assert told(before, put(before, path, other)), (path, other)
    assert tried > 50


LEAST = """\
name: a
indication: b
version: 1
status: draft
duration: not stated
sources: {c: {cite: d}}
orders: [{drug: e, route: oral, dose: not stated, source: c, quote: f}]
cases:
"""
"""What a file must hold beside the case whose lines are tried."""


def parts(text):
    """Split a file into small ones, each with the lines to try: all but the cases, and each case."""
    lines = text.splitlines(keepends=True)
    top = lines.index("cases:\n") if "cases:\n" in lines else len(lines)
    yield "", lines[:top]
    starts = [at for at in range(top, len(lines)) if lines[at].startswith("  - name:")]
    for first, last in pairwise([*starts, len(lines)]):
        yield LEAST, lines[first:last]
    if starts:
        yield LEAST.removesuffix("cases:\n"), ["cases:\n", *lines[starts[-1] :]]


def edits(line):
    """Delete a line, and change its first word or number, often the key, and its last."""
    yield ""
    first, *_, last = [*WORD.finditer(line)] * 2
    for found in {first.span(): first, last.span(): last}.values():
        yield f"{line[: found.start()]}{found[0]}9{line[found.end() :]}"


def read_again(name, text):
    """Read a regimen, or give what is wrong in it."""
    try:
        return files.read_text(name, text)
    except LibraryError as error:
        return error.problems


@pytest.mark.parametrize("name", NAMES)
def test_every_line_that_is_deleted_or_changed_is_told_or_refused_with_its_place(
    name, record_property
):
    text = (files.FOLDER / f"{name}.yaml").read_text("utf-8")
    told_lines = refused = 0
    for head, lines in parts(text):
        old = files.read_text(name, head + "".join(lines))
        for index, line in enumerate(lines):
            assert line.strip(), "a blank line is no line of a regimen"
            for edit in edits(line):
                new = read_again(name, head + "".join([*lines[:index], edit, *lines[index + 1 :]]))
                if isinstance(new, files.Entry):
                    found = difference(old, new)
                    assert found.patient or found.review, (index, line, edit)
                    told_lines += 1
                else:
                    assert all(one.line > 0 and one.column > 0 and one.message for one in new)
                    refused += 1
    assert min(told_lines, refused) >= min(13, len(text.splitlines()))
    record_property("told", told_lines)
    record_property("refused", refused)


@pytest.mark.parametrize("name", NAMES)
def test_the_command_tells_or_refuses_a_deleted_line(name, tmp_path, capsys):
    lines = (files.FOLDER / f"{name}.yaml").read_text("utf-8").splitlines(keepends=True)
    path = tmp_path / f"{name}.yaml"
    for index in range(0, len(lines), 1 + len(lines) // 8):
        path.write_text("".join(lines[:index] + lines[index + 1 :]), "utf-8")
        code = main(["diff", name, str(path)])
        out, err = capsys.readouterr()
        if code == 0:
            assert out.startswith("What a patient would notice\n")
            assert len(out.splitlines()) > 1
        else:
            assert code == 2
            assert re.match(rf"posology diff: {name}\.yaml:\d+:\d+: ", err)


def test_a_default_that_is_written_out_means_the_same(library):
    """The model's own default stands in for a field that is left out."""
    entry = library.regimens["scleromyxedema-ivig"]
    tree = copy.deepcopy(entry.tree.value)
    tree["orders"][0]["optional"] = "no"
    written = entry._replace(tree=entry.tree._replace(value=tree))
    (line,) = difference(entry, written).patient
    assert line.endswith("now written, which means the same")
    tree["orders"][0]["optional"] = "yes"
    (line,) = difference(entry, written).patient
    assert line.endswith("may be left out no → yes")
