"""The JSON Schemas with which an editor completes, explains and marks a file."""

import copy
import json

import jsonschema
import pytest

from conftest import ROOT
from nouns import parts
from posology import library as files
from posology.cli import main
from posology.errors import LibraryError
from posology.library import FOLDER, tree
from posology.library.schema import KINDS, below_fields, nouns_of, schema
from test_fields import A, B

REACH = sorted((ROOT / "tests" / "reach").glob("[!i]*.yaml"))
SHIPPED = {
    "regimen": [FOLDER / f"{name}.yaml" for name in files.ids()]
    + REACH
    + [ROOT / "tests" / "phased.yaml"],
    "drug": sorted((FOLDER / "drugs").glob("*.yaml")),
    "site": [FOLDER / "site.yaml"],
    "combinations": [FOLDER / "combinations.yaml"],
}
ALL = [(kind, path) for kind, paths in SHIPPED.items() for path in paths]
SAID = tree.read_file(ROOT / "src/posology/library/sentences.yaml")[1].value


def faults(kind, value):
    found = jsonschema.Draft202012Validator(schema(kind)).iter_errors(value)
    return [f"{'.'.join(map(str, each.path))}: {each.message}" for each in found]


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_a_schema_in_which_every_field_is_explained(capsys, kind):
    assert main(["schema", kind]) == 0
    printed = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(printed)
    for name, noun in parts(KINDS[kind]).items():
        place = printed if noun is KINDS[kind] else printed["$defs"][name]
        keys = {info.alias or field for field, info in noun.model_fields.items()}
        assert set(place["properties"]) == keys, name
        for key, field in place["properties"].items():
            assert len(field["description"].split(". Write it as in")[0]) > 5, (name, key)
            assert not {"title", "default", "written"} & set(field), (name, key)


def test_without_a_kind_it_is_that_of_a_regimen(capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema("regimen")


def test_a_sentence_stands_in_one_place_and_is_used():
    nouns = {noun.__name__: noun for kind in KINDS.values() for noun in nouns_of(kind)}
    assert set(SAID) - {"shared"} <= set(nouns)
    used = set()
    for name, noun in nouns.items():
        own = set(SAID.get(name, {}))
        names = {info.alias or field: field for field, info in noun.model_fields.items()}
        below = {key for key, field in names.items() if field in below_fields(noun)}
        assert own <= set(names), name
        assert not own & below, name
        used |= set(names) - below - own
    assert set(SAID["shared"]) == used


@pytest.mark.parametrize(("kind", "path"), ALL, ids=[f"{kind}-{path.stem}" for kind, path in ALL])
def test_a_file_without_a_fault_has_none_in_an_editor(kind, path):
    assert faults(kind, tree.read_file(path)[1].value) == []


@pytest.mark.parametrize("entry", [A, B])
def test_every_field_may_be_filled_in(entry):
    assert faults("regimen", entry.tree.value) == []


WRONG = [
    (("orders", 0, "every"), "weekly"), (("orders", 0, "every"), "bd"),
    (("orders", 0, "every"), "4 week"), (("orders", 0, "every"), "5 hours"),
    (("orders", 0, "every"), "0 days"), (("orders", 0, "dose"), "2 g/kg"),
    (("orders", 0, "dose"), "2g/kg each"), (("orders", 0, "dose"), "2 furlong each"),
    (("orders", 0, "dose"), "0.5 to 1 mg"), (("orders", 0, "dose"), "1,5 mg each"),
    (("orders", 0, "route"), "SC"), (("orders", 0, "days"), "first"),
    (("orders", 0, "days"), "1-"), (("orders", 0, "days"), "Monday"),
    (("orders", 0, "times"), "twice"), (("orders", 0, "over"), "three hours"),
    (("orders", 0, "at"), "8 am"), (("orders", 0, "duration"), "ever"),
    (("orders", 0, "drug"), "Octreotide"), (("orders", 0, "optional"), "maybe"),
    (("orders", 0, "start"), "later"), (("orders", 0, "evry"), "1 day"),
    (("orders", 0, "tolerance"), "a few days"), (("orders", 0, "inferred"), {"colour": "x"}),
    (("cases", 0, "start"), "11.01.2027"), (("cases", 0, "patient", "weight"), "70"),
    (("cases", 0, "patient", "weight"), "70 stone"), (("version",), "one"),
    (("status",), "final"), (("duration",), "long"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "wrong"), WRONG, ids=[f"{p[-1]}-{w}" for p, w in WRONG])
def test_what_an_editor_marks_is_refused(path, wrong):
    where = files.read_regimen(FOLDER / "scleromyxedema-ivig.yaml").tree
    value = copy.deepcopy(where.value)
    place = value
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = wrong
    (fault,) = faults("regimen", value)
    assert fault.startswith(".".join(map(str, path[:-1] if path[-1] == "evry" else path[:3])))
    with pytest.raises(LibraryError):
        files.entry_of("wrong", "0" * 64, where._replace(value=value))


@pytest.mark.parametrize("name", ["quotes.yaml", "quotes_of_labels.yaml"])
def test_no_order_that_is_accepted_is_marked(name):
    whole = schema("regimen")
    keys = whole["$defs"]["Order"]["properties"]
    written = tree.read_file(ROOT / "tests" / name)[1].value["quotes"]
    accepted = [each["order"] for each in written if each["must"] == "accept"]
    fields = [
        field
        for order in accepted
        for each in (order if isinstance(order, list) else [order])
        for field in each.items()
    ]
    assert len(fields) > 100
    for key, value in fields:
        place = whole["properties"] if value == "not stated" else keys
        jsonschema.validate(value, {"$defs": whole["$defs"], **place[key]})
