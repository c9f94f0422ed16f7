"""Files with any mistake are read or refused in words; short inputs cost little."""

import copy
import random
import resource
import shutil
import subprocess

import pytest
import yaml

from conftest import POSOLOGY, ROOT
from posology import library as files
from test_cli import GOOD, but
from tiers import in_parts

TREES = {
    path.relative_to(files.FOLDER).as_posix(): yaml.load(path.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - every value is text
    for path in sorted([*files.FOLDER.glob("*.yaml"), *files.FOLDER.glob("drugs/*.yaml")])
}
HOSTILE = (
    "", "0", "1", "-1", "999", "9" * 40, "1e9", "65 no", "66 yes", "no", "yes", "null", "~", "=1+1",
    "1 mg each", "0 mg each", "1 kg", "mg", "1-999", "1-1 or 2", "cycle 999", "999 months",
    "at most 999 cycles", "height < 0 cm", "age > 999 years", "sex is male", "a" * 401, "\u202e",
    "not stated", "bedtime", "x: y", "1 mL/kg/h", "1 %", "23:59, 00:00", "privigen (5 g)",
    "2 g/kg 999 months", "100 tablet", "1 IU each", "1= g/kg", "5 units",
)  # fmt: skip


def nodes(value, path=()):
    """List every value of a file with its path."""
    yield path, value
    steps = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else ())
    )
    for step, one in steps:
        yield from nodes(one, (*path, step))


EVERY = [one for tree in TREES.values() for _, one in nodes(tree)]


def mutated(chance, tree):
    """Make one to three mistakes in a file."""
    tree = copy.deepcopy(tree)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        path, value = chance.choice([each for each in nodes(tree) if each[0]] or [((), tree)])
        if not path:
            return tree
        place = tree
        for step in path[:-1]:
            place = place[step]
        kind = chance.randrange(6)
        if kind == 0:
            del place[path[-1]]
        elif kind == 1:
            place[path[-1]] = chance.choice(HOSTILE)
        elif kind == 2:
            place[path[-1]] = copy.deepcopy(chance.choice(EVERY))
        elif kind == 3:
            place[path[-1]] = chance.choice([{}, [], [value], {"a": value}, [value, value]])
        elif kind == 4 and isinstance(place, dict):
            place[f"{path[-1]}x"] = place.pop(path[-1])
        elif isinstance(value, str) and value:
            at = chance.randrange(len(value))
            place[path[-1]] = value[:at] + chance.choice("0123456789.,-/ µ%<>=") + value[at + 1 :]
    return tree


@in_parts(1)
def test_no_mistake_in_a_file_is_a_fault_of_posology(run, tmp_path, part):
    """``posology check`` ends with 0, 1 or 2, whatever a file holds; drugs with their regimens."""
    shutil.copytree(files.FOLDER / "drugs", tmp_path / "drugs")
    for name in TREES:
        shutil.copy(files.FOLDER / name, tmp_path / name)
    wrong = []
    for seed in part.choose(range(1200), 30):
        chance = random.Random(seed)  # noqa: S311 - the same mistakes each time
        name = chance.choice(sorted(TREES))
        text = yaml.safe_dump(mutated(chance, TREES[name]), sort_keys=False, allow_unicode=True)
        path = tmp_path / name
        whole = path.read_bytes()
        path.write_text(text, "utf-8")
        using = [
            each
            for each, tree in TREES.items()
            if name.startswith("drugs/")
            and f"drug: {path.stem}\n" in (files.FOLDER / each).read_text("utf-8")
        ]
        done = run("check", name, *using[:1])
        if done.code not in (0, 1, 2) or "fault of Posology" in done.err:
            wrong.append((seed, name, done.err))
        path.write_bytes(whole)
    assert wrong == []


def edited(tmp_path, name, old, new):
    shutil.copytree(files.FOLDER / "drugs", tmp_path / "drugs")
    shutil.copy(files.FOLDER / "scleromyxedema-ivig.yaml", tmp_path / "mine.yaml")
    path = tmp_path / "drugs" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("66 years yes", "66 yes", "example-failed"),
        ("66 years yes", "yes", "example-failed"),
        ("66 years yes", "66 kg yes", "example-failed"),
        ("products: [", "products: [nowhere, ", "product-unknown"),
        ("0.4 g/kg 8 months", "0.4", "example-failed"),
        ("0.4 g/kg 8 months", "0.4= g/kg 8 months", "example-failed"),
    ],
)
def test_a_mistake_in_a_drug_file_is_a_finding_of_its_check_and_a_stop_of_a_plan(
    run, tmp_path, old, new, said
):
    edited(tmp_path, "immunoglobulin.yaml", old, new)
    checked = run("check", ".")
    assert checked.code == 1
    assert f"[stop {said}]" in checked.out
    planned = run("plan", "mine.yaml", *GOOD[2:])
    assert planned.code == 1, planned.err
    assert "stop" in planned.err


LONG = 100_000
TYPED = ("a" * LONG, "1" * LONG, "1 mg " * (LONG // 5), "a=" * (LONG // 2), "immunoglobulin=" + "9" * LONG,
         f"immunoglobulin=privigen ({'5 g, ' * (LONG // 5)}5 g)")  # fmt: skip
OPTIONS = ("--weight", "--start", "--cycles", "--takes", "--course", "--last", "--product", "--without",
           "--choose", "--site", "--height", "--age", "--sex", "--creatinine", "--weighed", "--risk",
           "--birth-year", "--privacy")  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS)
def test_a_text_of_100_000_letters_is_refused_in_a_few_words(run, option):
    for text in TYPED:
        done = run(*(but(option, text) if option in GOOD else (*GOOD, option, text)))
        assert done.code == 2, (option, text[:20])
        assert len(done.err) < 1_000
        assert done.out == ""


@pytest.mark.parametrize("command", ["show", "check", "plan", "diff"])
def test_a_regimen_of_100_000_letters_is_refused_in_a_few_words(run, command):
    for text in ("a" * LONG, "scleromyxedema-" * (LONG // 15), "a" * 3_000, "a" * 3_000 + ".yaml"):
        rest = GOOD[2:] if command == "plan" else ("x",) * (command == "diff")
        done = run(command, text, *rest)
        assert done.code == 2
        assert 0 < len(done.err) < 1_000
        assert "output" not in done.err


def test_more_than_a_hundred_medicines_are_refused(run):
    takes = [text for number in range(101) for text in ("--takes", f"m{number}")]
    assert "--takes: must have at most 100 entries" in run(*GOOD, *takes).err


BIG = """\
name: Big
indication: x
version: 1
status: draft
sources: {{a: {{cite: a, evidence: b}}}}
duration: 999 months
orders:
  - {{drug: octreotide, route: subcutaneous, dose: 100 mcg each, source: a,
     every: {every}, days: {days}, times: {times}, quote: octreotide 100 mcg}}
"""
EVERY_OPTION = " or ".join(f"{number} days" for number in range(999, 993, -1))
DAYS_OPTION = " or ".join(f"1-{number}" for number in range(990, 984, -1))
COSTLY = {
    "many times": BIG.format(every=EVERY_OPTION, days=DAYS_OPTION, times=999).encode(),
    "each hour": BIG.format(every=EVERY_OPTION, days=DAYS_OPTION, times=24).encode(),
    "each day": BIG.format(every="1 day", days="1", times=24).encode(),
    "large": b"name: " + b"a" * 10_000_000,
    "long name": b"name: " + b"a" * 100_000,
    "deep": b"name: " + b"[" * 100_000,
    "deep keys": b"\n".join(b" " * depth + b"a:" for depth in range(400)),
    "many keys": b"\n".join(b"k%d: 1" % number for number in range(20_000)),
}


def _limited():
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))


@pytest.mark.parametrize("kind", COSTLY)
def test_a_costly_file_is_refused_within_seconds_and_little_memory(tmp_path, kind):
    (tmp_path / "big.yaml").write_bytes(COSTLY[kind])
    done = subprocess.run(
        [*POSOLOGY, "check", "big.yaml"], cwd=tmp_path, preexec_fn=_limited, capture_output=True,
        env={"PATH": "", "PYTHONPATH": str(ROOT / "src"), "OPENBLAS_NUM_THREADS": "1"}, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr[:300]
    assert b"fault of Posology" not in done.stderr
    assert len(done.stdout) < 10_000
