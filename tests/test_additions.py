"""What is added later has its places, and a place that is forgotten is told here or by mypy.

A kind of change: posology/model/change.py, course/moves.py or course/changes.py,
course/commands.py, README, GLOSSARY. A kind of file: its function, export/kinds.py, README.
"""

import ast
import re
import shlex
import sys
from pathlib import Path
from typing import get_args

import pytest

from posology import plan, record
from posology.checks.formulary import check_drug
from posology.cli import make_parser
from posology.course.commands import ALWAYS, COMMANDS, OPTIONS, option
from posology.course.inputs import make
from posology.course.reading import REACHES, VALUES, read_change
from posology.errors import CourseError
from posology.export.kinds import EXPORTS, exports
from posology.export.sheet import worksheet
from posology.export.text import made
from posology.export.verify import verify
from posology.model import LEVELS, Level, Stop
from posology.model import change as change_module
from posology.model.change import Change
from posology.model.changing import describe, is_fact, needs_effect, why_gone
from test_changes import BORTEZOMIB, IVIG
from test_exports import words
from test_record import begin, revise, why

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
GLOSSARY = (ROOT / "GLOSSARY.md").read_text("utf-8")
KINDS = {one.model_fields["kind"].default: one for one in get_args(Change)}


# Changes


def test_every_class_of_a_change_is_one_of_the_kinds():
    written = {
        one for one in vars(change_module).values()
        if isinstance(one, type) and "kind" in getattr(one, "model_fields", {})
    }  # fmt: skip
    assert written == set(get_args(Change))


def test_every_kind_of_change_can_be_typed():
    assert {one.kind for one in COMMANDS.values()} == set(KINDS)


def test_every_option_of_a_change_is_taken_by_one_and_has_its_words():
    takes = {name for one in COMMANDS.values() for name in one.takes}
    assert takes | set(ALWAYS) == set(OPTIONS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_typed_change_takes_all_that_its_kind_holds(command):
    kind, takes = KINDS[COMMANDS[command].kind], COMMANDS[command].takes
    reaches = {"dose": "dose", "cycle": "cycle", "from cycle": "from_cycle", "from day": "from"}
    assert [name for name in REACHES if name in takes and kind.reaches] == [
        name for reach, name in reaches.items() if reach in kind.reaches
    ]
    whole = {"values": "set", "doses": "dose", "choices": "choose"}
    fields = set(kind.model_fields) - {"kind", "what", *ALWAYS}
    own = {whole.get(name, name) for name in fields}
    of_a_record = {"until", "amount", "day", "at", "product", "lot", "expiry", "as", "of"}
    besides = {*REACHES, *VALUES, "of"} if kind.reaches else of_a_record
    assert own - set(takes) == set()
    assert set(takes) - own - besides == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_says_what_each_change_takes(command):
    rows = [row for row in README.splitlines() if re.match(rf"\|[^|]*`{command}`", row)]
    assert len(rows) == 1
    for name in COMMANDS[command].takes:
        assert name == "of" or option(name) in rows[0], name


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
def test_each_kind_of_change_is_in_the_glossary(kind):
    assert f"| **{kind.__name__}**" in GLOSSARY
    assert re.search(rf"one of \*.*\b{kind.model_fields['kind'].default}\b", GLOSSARY)


def typed(command, computed, today):
    options = make_parser().parse_args(
        ["revise", "c.json", command, *shlex.split(COMMANDS[command].example)]
    )
    texts = {name: getattr(options, name) for name in OPTIONS if getattr(options, name)}
    return read_change(command, texts, computed, today)


def doses(computed):
    made = [(str(one), one.recorded, one.prepared) for one in computed.administrations]
    return made, computed.absent


@pytest.fixture(scope="module")
def tried(library, site):
    """Each typed change by its example, with the plan before and after."""

    def attempt(command):
        for inputs in (IVIG, BORTEZOMIB):
            for earlier in (None, "hold"):
                for today in ("2027-01-04", "2027-02-15"):
                    course = make(**inputs)
                    before = plan(course, library, site)
                    changes = [typed(earlier, before, today)] if earlier else []
                    try:
                        course = course.model_copy(update={"changes": tuple(changes)})
                        before = plan(course, library, site)
                        change = typed(command, before, today)
                        course = course.model_copy(update={"changes": (*changes, change)})
                        return change, before, plan(course, library, site)
                    except CourseError:
                        continue
        return None

    return {command: attempt(command) for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_of_a_change_is_read_and_does_something(tried, command):
    assert tried[command], "the example is refused"
    change, before, after = tried[command]
    assert change.kind == COMMANDS[command].kind
    if change.kind != "replan":  # it is the record that plans anew
        assert doses(before) != doses(after)


def test_no_two_kinds_of_change_are_said_in_the_same_words(tried):
    said = [describe(change) for change, _, _ in tried.values()]
    assert len(set(said)) == len(said)


# Of each kind: no finding forbids it; it is refused where it changes nothing; why a dose is gone.
KNOWN = {
    "measures": (False, False, "no longer planned"),
    "delay": (False, True, "no longer planned"),
    "move": (False, True, "no longer planned"),
    "reduce": (False, True, "no longer planned"),
    "raise": (False, False, "no longer planned"),  # two people may fix a dose
    "product": (False, True, "no longer planned"),
    "hold": (True, True, "held"),
    "resume": (False, True, "left out"),
    "stop": (True, True, "stopped"),
    "extend": (False, True, "no longer planned"),
    "given": (True, False, "no longer planned"),
    "not-given": (True, False, "not given"),
    "replan": (False, False, "no longer planned"),
    "undo": (True, False, "no longer planned"),
}


@pytest.mark.parametrize("command", KNOWN)
def test_what_a_change_is(tried, command):
    change, _, _ = tried[command]
    gone = why_gone(change, "immunoglobulin.c2.d1.t1")
    assert (is_fact(change), needs_effect(change), gone) == KNOWN[command]


@pytest.mark.parametrize(
    ("command", "texts", "field", "message"),
    [
        ("shorten", {}, "change", '"shorten" is not a change; changes: measures, delay, '),
        (
            "delay",
            {"days": "7"},
            "change",
            "delay: say which doses, by one of dose, cycle, from cycle, from",
        ),
        (
            "delay",
            {"days": "7", "cycles": "2"},
            "cycles",
            "is not for delay; it takes days, dose, cycle, ",
        ),
        (
            "delay",
            {"days": "7", "wards": "2"},
            "wards",
            "is not for delay; it takes days, dose, cycle, ",
        ),
        ("delay", {"cycle": "2"}, "days", "is needed for delay"),
        ("delay", {"cycle": ["2", "3"], "days": "7"}, "cycle", "is given twice; give it once"),
        ("delay", {"dose": "c2", "days": "7"}, "dose", '"c2" is not a dose; write its id'),
        ("delay", {"cycle": "two", "days": "7"}, "cycle", '"two" is not the number of a cycle'),
        ("hold", {"from": "1 March"}, "from", '"1 March" '),
        (
            "given",
            {"dose": "immunoglobulin.c9.d1.t1"},
            "dose",
            "immunoglobulin.c9.d1.t1 is not planned",
        ),
        ("given", {"dose": "immunoglobulin.c1.d1.t1", "amount": "12"}, "amount", '"12" '),
        (
            "given",
            {"dose": "immunoglobulin.c1.d1.t1", "of": "immunoglobulin"},
            "of",
            "the id of a dose names its order",
        ),
    ],
)
def test_a_typed_change_that_cannot_be_read_names_its_option(
    library, site, command, texts, field, message
):
    computed = plan(make(**IVIG), library, site)
    with pytest.raises(CourseError) as refused:
        read_change(command, {"reason": "fever", **texts}, computed, "2027-01-04")
    assert list(refused.value.problems) == [field]
    assert refused.value.problems[field].startswith(message)
    assert "--" not in str(refused.value), "only the command line writes dashes"


def test_an_empty_text_counts_as_not_given(library, site):
    computed = plan(make(**IVIG), library, site)
    texts = {"reason": "fever", "by": "", "days": "7", "cycle": "2", "dose": "", "of": ""}
    change = read_change("delay", texts, computed, "2027-01-04")
    assert describe(change) == "delay cycle 2 by 7 days"
    assert (change.by, change.on.isoformat()) == (None, "2027-01-04")


# Exports


@pytest.fixture(scope="module")
def stopped(library, site):
    """A course of which one cycle is still given and the rest is cancelled."""
    kept = begin(library, site, reference="IG-0042")
    kept = revise(kept, Stop(**why(what="from 2027-02-01")), library, site)
    return kept, record.planned(kept, library, site)


def test_every_function_that_writes_a_file_of_a_plan_is_of_a_kind():
    folder = ROOT / "src" / "posology" / "export"
    kinds = ast.parse((folder / "kinds.py").read_text("utf-8"))
    used = {node.func.id for node in ast.walk(kinds)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip
    writes = {
        node.name
        for path in folder.glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        and node.returns and ast.unparse(node.returns) == "bytes"
        and node.args.args and ast.unparse(node.args.args[0].annotation) == "Plan"
    }  # fmt: skip
    assert {"calendar", "csv_bytes", "worksheet"} <= writes
    assert writes <= used
    makers = {node.name for node in kinds.body
              if isinstance(node, ast.FunctionDef) and node.args.args[-1].arg.endswith("style")}  # fmt: skip
    assert makers == {one.make.__name__ for one in EXPORTS.values()}


@pytest.mark.parametrize("kind", EXPORTS)
def test_each_kind_of_file_is_made_and_ends_as_it_says(stopped, kind):
    kept, computed = stopped
    files = exports(kept, computed, [kind], "standard")
    assert files
    assert all(files.values())
    suffixes = [name.removeprefix(f"course-{kept.id.hex[:8]}-r1-draft") for name in files]
    assert suffixes == [EXPORTS[kind].suffix, *(["-changes.txt"] if kind == "ics" else [])]
    assert EXPORTS[kind].suffix.rpartition(".")[2] in EXPORTS[kind].words


def test_no_two_kinds_of_file_hold_the_same_or_have_the_same_name(stopped):
    kept, computed = stopped
    made_ = [exports(kept, computed, [kind], "standard") for kind in EXPORTS]
    assert len({content for files in made_ for content in files.values()}) == len(EXPORTS) + 1
    for words_of in ("suffix", "words"):
        assert len({getattr(one, words_of) for one in EXPORTS.values()}) == len(EXPORTS)


@pytest.mark.parametrize("kind", [kind for kind, one in EXPORTS.items() if one.revision_of])
def test_each_kind_of_file_that_names_its_revision_is_verified(stopped, library, site, kind):
    kept, computed = stopped
    for privacy in ("standard", "full", "discreet") if EXPORTS[kind].styled else ("standard",):
        content = next(iter(exports(kept, computed, [kind], privacy).values()))
        good, lines = verify(kept, library, site, {(kind, "a file"): content})
        assert good, lines
        assert lines[1].startswith(f"a file: byte for byte that of revision 1 ({privacy}, ")
        bad, lines = verify(kept, library, site, {(kind, "a file"): content.replace(b"0", b"1")})
        assert not bad, lines


@pytest.mark.parametrize("kind", EXPORTS)
def test_each_kind_of_file_is_offered_by_the_commands(kind):
    parser = make_parser()
    assert getattr(parser.parse_args(["course", "c.json", f"--{kind}"]), kind)
    assert f"`--{kind}`" in README
    plan_ = ["plan", "x", "--weight", "70 kg", "--start", "2027-01-11"]
    assert hasattr(parser.parse_args(plan_), kind) == EXPORTS[kind].of_any_plan
    assert hasattr(parser.parse_args(["verify", "c.json"]), kind) == bool(EXPORTS[kind].revision_of)


def test_the_worksheet_prints_every_line_of_the_preparation(library, site):
    """A product may be called anything: its line is data, and no word in it drops it."""
    computed = plan(make(**IVIG), library, site)
    renamed = tuple(
        one._replace(prepared=one.prepared._replace(working=f"{one.prepared.working} on a holiday"))
        for one in computed.administrations
    )
    computed = computed._replace(administrations=renamed)
    lines = made(computed.administrations)
    assert any(" on a holiday" in line for line in lines)
    text = words(worksheet(computed))
    for line in lines:
        assert line in text, line


# Findings


def test_the_page_has_words_and_an_icon_for_each_level(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "ui"))
    texts = pytest.importorskip("views.texts")
    assert set(LEVELS) == set(get_args(Level)) == set(texts.ICONS) == set(texts.WORDS)
    assert len(LEVELS) == len(get_args(Level))
    for name in [name for name in sys.modules if name.split(".")[0] == "views"]:
        monkeypatch.delitem(sys.modules, name)


def test_the_text_of_a_supply_states_its_length(library):
    drug = library.drugs["lenalidomide"]
    wrong = drug.supply.model_copy(update={"most": type(drug.supply.most).parse("3 weeks")})
    found = check_drug(drug.model_copy(update={"supply": wrong}))
    assert "supply-unsaid" in {each.code for each in found}
