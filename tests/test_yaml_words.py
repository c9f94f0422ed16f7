"""What is no YAML is told in our words, at its own line; and what was probably meant."""

import pytest

from posology.errors import LibraryError, QuantityError
from posology.library import read_text, tree
from posology.model.periods import Every

WRONG = [
    ("a:\n\tb: 1\n", 2, "a tab stands here"),
    ("name: x\nquote: take this: 5 mg\n", 2, "a colon stands in this text"),
    ('name: "x\nquote: y\n', 1, "quotation mark is never closed"),
    ("name: 'x\nquote: y\n", 1, "quotation mark is never closed"),
    ("a\nb: 1\n", 1, "a text stands here without a key"),
    ("a:\n  - b\n  c\n", 3, "a text stands here without a key"),
    ("orders:\n  - drug: x\n    route: oral\n   dose: 1\n", 4, "does not fit the lines above"),
    ("  a: 1\n b: 2\n", 2, "does not fit the lines above"),
    ('quote: "5 mg" daily\n', 1, "does not fit the lines above"),
    ("a: [1, 2\nb: 3\n", 1, "list in brackets is never closed"),
    ("a: {b: 1\nc: 2\n", 1, "braces are never closed"),
    ('a: "x\\q"\n', 1, "a backslash stands in double quotation marks"),
    ("quote: `x`\n", 1, "this character cannot stand here"),
    ("quote: @x\n", 1, "this character cannot stand here"),
    ("quote: - x\n", 1, "a list begins on the next line"),
    ("%YAML 9.9\n---\na: 1\n", 1, "is not YAML here"),
]


@pytest.mark.parametrize(("text", "line", "words"), WRONG)
def test_what_is_no_yaml_is_told_in_our_words_at_its_line(text, line, words):
    with pytest.raises(LibraryError) as caught:
        tree.read("mine.yaml", text.encode())
    (problem,) = caught.value.problems
    assert (problem.line, words in problem.message) == (line, True), problem


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("daily", "1 day"), ("bd", "1 day, and times: 2"), ("t.i.d.", "1 day, and times: 3"),
        ("weekly", "1 week"), ("Monthly", "1 month or 4 weeks"), ("every other day", "2 days"),
        ("q12h", "12 hours"), ("q3w", "3 weeks"),
    ],
)  # fmt: skip
def test_a_rhythm_in_words_is_told_as_a_file_writes_it(written, meant):
    with pytest.raises(QuantityError, match=meant):
        Every.parse(written)


ORDER = """
name: x
indication: y
version: 1
status: draft
duration: not stated
sources: {paper: {cite: z}}
orders:
  - {drug: octreotide, route: %s, dose: 100 mcg each, every: 1 day, source: paper, quote: q}
"""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("SC", "subcutaneous"),
        ("i.v.", "intravenous"),
        ("by mouth", "oral"),
        ("intravenus", "intravenous"),
    ],
)
def test_a_route_in_short_is_told_in_full(written, meant):
    with pytest.raises(LibraryError, match=f'did you mean "{meant}"'):
        read_text("mine", ORDER % written)


def test_a_route_that_is_like_none_lists_all():
    with pytest.raises(LibraryError) as caught:
        read_text("mine", ORDER % "xyzzy")
    assert "did you mean" not in str(caught.value)
